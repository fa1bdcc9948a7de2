"""Measured serving runs of `seeds/serving/`, and a user's own in the same columns."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING

from calc.errors import CalcError, Place, Problems, SourceText, quote
from calc.facts import standard_facts
from calc.files import data_folder
from calc.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_ROWS = 20_000
REQUIRED = ("model", "precision", "gpu", "n_gpus", "framework", "isl", "osl")
# Numbers, with the lowest and highest that make sense. `tp`, `dp` and `ep` may be multiplied by the source; `n_gpus` is
# what stands there.
NUMBERS: Mapping[str, tuple[float, float]] = {
    "n_gpus": (1, 1e5),
    "tp": (1, 1e5),
    "pp": (1, 1e3),
    "concurrency": (1, 1e6),
    "isl": (1, 1e8),
    "osl": (1, 1e8),
    "ttft_ms": (0, 1e9),
    "tpot_ms": (0, 1e7),
    "out_tok_s_per_gpu": (0, 1e7),
}
COLUMNS = (
    "id", "family", "model", "precision", "gpu", "n_gpus", "tp", "pp", "dp", "ep", "moe_tp", "framework",
    "framework_version", "concurrency", "batch", "isl", "osl", "ttft_ms", "tpot_ms", "out_tok_s_per_gpu",
    "measured_date", "kind", "statistic", "source",
)  # fmt: skip
# Endings of a model's name that say how it was trained further or packed, not what shape it has.
_PACKING = re.compile(
    r"(-(instruct|it|chat|base|hf|thinking|fp8|fp8-dynamic|fp8-kv|nvfp4|mxfp4|fp4|bf16|int4|w4a16|w8a8|awq|gptq|dynamic"
    r"|preview|quantized|w4a8|ptpc|bnb|4bit|8bit|int8|block|mxfp8|tee|v0-1|\d{4}))+$"
)


# Words of a GPU's name that say who makes it and how it is built in; what it is stands in the others.
_BUILT_IN = re.compile(
    r"\b(nvidia|amd|intel|google|instinct|tesla|geforce|accelerator|gpu|dgx|hgx|oam|hbm\d?e?|blackwell|edition)\b"
)
_MEMORY = re.compile(r"\b(\d+)-?gi?b\b")
# What follows the name of serving software: versions and the part of it that serves.
_VERSION = re.compile(r"(-(v?\d[\d.a-z]*|backend|serve|engine|server))+$")


@dataclass(frozen=True, slots=True)
class Row:
    """One measured run: texts and figures by column, None where a cell is empty."""

    id: str
    texts: Mapping[str, str]
    numbers: Mapping[str, float]
    place: Place

    @property
    def is_offline(self) -> bool:
        """Tell whether it is the greatest throughput, with as many requests as fit."""
        return self.texts.get("batch") == "max" and "concurrency" not in self.numbers

    def number(self, column: str) -> float | None:
        """Return a figure, or None where the source gives none."""
        return self.numbers.get(column)


@dataclass(frozen=True, slots=True)
class Names:
    """What rows call things: bundles of facts of models and GPUs, frameworks and number formats; families of models."""

    model: Mapping[str, str]
    gpu: Mapping[str, str]
    framework: Mapping[str, str]
    format: Mapping[str, str]
    family: Mapping[str, str]
    refused: Mapping[str, str]

    def family_of(self, model: str) -> str:
        """Return the family of a model; those that the fit has seen are in a table, others are their own."""
        return self.family.get(model, model)

    def find(self, kind: str, written: str) -> str:
        """Return what a name stands for.

        Raises LookupError, with the nearest name, when nobody knows it.
        """
        known: Mapping[str, str] = getattr(self, kind)
        if not written:
            raise LookupError(f"no {_KINDS[kind]} is given")
        plain = _plain(written)
        for each in _spellings(kind, plain):
            if _bare(each) in known and (kind != "gpu" or _holds(known[_bare(each)], plain)):
                return known[_bare(each)]
            if _bare(each) in self.refused:
                raise LookupError(f"{quote(written)} cannot be foretold: {self.refused[_bare(each)]}")
        short, every = [*_spellings(kind, plain)][-1], sorted(set(known.values()))
        near = [each for each in every if each.startswith(short)] or get_close_matches(short, every, 1, cutoff=0.0)
        raise LookupError(f"no {_KINDS[kind]} {quote(written)} is known; the nearest is {quote(near[0])}")


_KINDS = {"model": "model", "gpu": "GPU", "framework": "serving software", "format": "number format"}


def _plain(written: str) -> str:
    """Return the last part of a name in lower case, without what stands in brackets."""
    last = re.sub(r"\([^)]*\)", "", written).strip().rsplit("/", 1)[-1].lower()
    return re.sub(r"[^a-z0-9]+", "-", last).strip("-")


def _spellings(kind: str, plain: str) -> Iterable[str]:
    """Return a name as it stands, and without what says only how the thing is packed, built in or numbered."""
    yield plain
    if kind == "model":
        yield _PACKING.sub("", plain)
    elif kind == "framework":
        yield _VERSION.sub("", plain)
    elif kind == "gpu":
        short = re.sub("-+", "-", _BUILT_IN.sub("", plain)).strip("-")
        short = re.sub(r"\bsxm\d\b", "sxm", short)
        yield short
        yield re.sub("-+", "-", _MEMORY.sub("", short)).strip("-")


def _holds(gpu: str, plain: str) -> bool:
    """Tell whether a GPU has the memory that its name says; names count it in thousands or in 1,024s."""
    fact = (standard_facts().bundle(gpu) or {}).get("gpu_memory")
    size = fact.value if fact else None
    return size is None or all(abs(float(said) / size - 1) < 0.1 for said in _MEMORY.findall(plain))


def _bare(plain: str) -> str:
    return plain.replace("-", "")


@lru_cache(maxsize=1)
def names() -> Names:
    """Return the names of `seeds/serving/names.csv`; bundles of models also go by their own."""
    rows = list(_table("names.csv"))
    found = {
        kind: {_bare(_plain(row["name"])): row["stands_for"] for row in rows if row["kind"] == kind} for kind in _KINDS
    }
    shapes = {_bare(fact.subject): fact.subject for fact in standard_facts().for_quantity("hidden")}
    chips = {_bare(fact.subject): fact.subject for fact in standard_facts().for_quantity("gpu_memory_bandwidth")}
    families, refused = (
        {row["name"]: row["stands_for"] for row in rows if row["kind"] == kind} for kind in ("family", "refused")
    )
    refused = {_bare(_plain(name)): why for name, why in refused.items()}
    gpus = {**chips, **found["gpu"]}
    return Names({**shapes, **found["model"]}, gpus, found["framework"], found["format"], families, refused)


@lru_cache(maxsize=1)
def release_dates() -> dict[tuple[str, str], float]:
    """Return the date of releases of serving software, in years, by software and version."""
    return {(row["framework"], row["version"]): year_of(row["date"]) for row in _table("software.csv")}


@lru_cache(maxsize=64)
def constants_without(family: str) -> dict[str, float]:
    """Return the constants of the formulas, in their declared units, as fitted without a family."""
    rows = list(_table("constants.csv"))
    column = family if rows and family in rows[0] else "all"
    return {row["constant"]: float(row[column]) for row in rows}


def year_of(date: str) -> float:
    """Return an ISO date, perhaps without day or month, in years."""
    parts = [int(each) for each in date.split("-")]
    month, day = (parts[1:] + [7, 1][len(parts) - 1 :])[:2] if len(parts) < 3 else parts[1:3]
    return parts[0] + (month - 1) / 12 + (day - 1) / 365


def _table(name: str) -> Iterable[dict[str, str]]:
    path = data_folder("seeds") / "serving" / name
    return csv.DictReader(path.read_text(encoding="utf-8").splitlines())


@lru_cache(maxsize=2)
def measured_rows(name: str = "online") -> tuple[Row, ...]:
    """Return the rows that ship: `online` has times under a load, `offline` greatest throughput."""
    path = data_folder("seeds") / "serving" / f"{name}.csv"
    rows, _ = read_rows(SourceText(f"seeds/serving/{name}.csv", path.read_text(encoding="utf-8")))
    return tuple(rows)


def read_rows(source: SourceText) -> tuple[list[Row], list[str]]:
    """Read a file of measured runs; return them and the columns that nobody knows.

    Raises CalcErrors: a column that is missing or stands twice, a row of other length, a figure that makes no sense.
    """
    reader = csv.reader(source.text.lstrip("\ufeff").splitlines())
    header = [name.strip() for name in next(reader, [])]
    problems = Problems()
    place = Place(source, 1, 1)
    for name in REQUIRED:
        if name not in header:
            hint = did_you_mean(name, header) or f"columns are {', '.join(COLUMNS)}"
            problems.add(CalcError("E-RUNS", f"there is no column {quote(name)}", place=place, hint=hint))
    for name in dict.fromkeys(header):
        if header.count(name) > 1:
            problems.add(CalcError("E-RUNS", f"the column {quote(name)} stands twice", place=place, hint="keep one"))
    problems.raise_if_any()
    rows: list[Row] = []
    try:
        for cells in reader:
            place = Place(source, reader.line_num, 1)
            if not any(cell.strip() for cell in cells):
                continue
            try:
                rows.append(_row(header, cells, place))
            except CalcError as error:
                problems.add(error)
            if len(rows) > MAX_ROWS:
                message = f"there are more than {MAX_ROWS:,} rows"
                raise CalcError("E-TOO-LARGE", message, place=place, hint="split the file")
    except csv.Error as error:
        problems.add(CalcError("E-RUNS", f"this is no CSV: {error}", place=Place(source, reader.line_num, 1)))
    problems.raise_if_any()
    return rows, [name for name in header if name not in COLUMNS]


def _row(header: list[str], cells: list[str], place: Place) -> Row:
    if len(cells) != len(header):
        raise CalcError(
            "E-RUNS",
            f"this row has {len(cells)} cells and the first line {len(header)}",
            place=place,
            hint="put a cell that holds a comma into double quotes",
        )
    texts = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    numbers = {name: _number(name, texts[name], place) for name in NUMBERS if texts.get(name)}
    return Row(texts.get("id") or f"line {place.line}", texts, numbers, place)


def _number(column: str, text: str, place: Place) -> float:
    low, high = NUMBERS[column]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or not low <= value <= high or value == 0:
        raise CalcError(
            "E-RUNS", f"`{column}` is {quote(text)}", place=place, hint=f"write a plain number from {low:g} to {high:g}"
        )
    return value
