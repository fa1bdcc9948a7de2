"""Published training runs of `seeds/runs/`, a user's own in the same columns, and the measured utilisation of steps."""

from __future__ import annotations

import csv
import math
import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from calc.errors import CalcError, Place, Problems, SourceText, quote, quote_path
from calc.files import data_folder
from calc.scenario.yaml_reader import MAX_BYTES, decode
from calc.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping


MAX_RUNS = 10_000
# Columns that hold numbers, with the lowest and highest that make sense; `low` itself is excluded where it is 0.
NUMBERS: Mapping[str, tuple[float, float]] = {
    "year": (1950, 2100),
    "params_total_b": (0, math.inf),
    "params_active_b": (0, math.inf),
    "tokens_b": (0, math.inf),
    "train_flop": (0, math.inf),
    "n_accel": (0, math.inf),
    "accel_hours": (0, math.inf),
    "days": (0, math.inf),
    "mfu": (0, 1),
    "avg_w_per_accel": (0, math.inf),
    "energy_mwh": (0, math.inf),
    "pue": (1, 10),
    "carbon_kg_per_kwh": (0, 10),
    "tco2e": (0, math.inf),
    "cost_usd_low": (0, math.inf),
    "cost_usd_high": (0, math.inf),
}
COLUMNS = (
    "id", "model", "organisation", "year", "params_total_b", "params_active_b", "tokens_b", "train_flop",
    "accelerator", "n_accel", "accel_hours", "days", "mfu", "avg_w_per_accel", "energy_mwh", "energy_scope", "pue",
    "carbon_kg_per_kwh", "tco2e", "tco2e_scope", "cost_usd_low", "cost_usd_high", "cost_basis", "circular_fields",
    "source", "locator", "url", "confidence",
)  # fmt: skip
# What the shipped runs say beyond that; other files may.
OWN_COLUMNS = ("family", "energy_includes_pue")


@dataclass(frozen=True, slots=True)
class Accelerator:
    """What a run's accelerator is: the bundle of facts that holds its peaks, and its generation."""

    bundle: str
    generation: str


@dataclass(frozen=True, slots=True)
class Run:
    """One training run: texts and figures by column, None where a cell is empty.

    family: runs that share an organisation's model line; a prediction never sees its own family.
    """

    texts: Mapping[str, str]
    numbers: Mapping[str, float]
    family: str
    place: Place

    @property
    def id(self) -> str:
        """Return the name of the run."""
        return self.texts["id"]

    def number(self, column: str) -> float | None:
        """Return a figure, or None where the source gives none."""
        return self.numbers.get(column)

    @property
    def accelerator(self) -> Accelerator | None:
        """Return what the accelerator is, or None for one that nobody knows or for a mixture of two."""
        name = re.sub(r"\([^)]*\)", "", self.texts["accelerator"])
        name = re.sub(r"^\s*(NVIDIA|Google|Huawei|AMD)\s", "", name, flags=re.IGNORECASE)
        return accelerators().get(" ".join(name.split()).lower())

    @property
    def circular(self) -> frozenset[str]:
        """Return the columns, by the words of `circular_fields`, that the source computed from the others."""
        return frozenset(re.findall(r"(?:^|[;,])\s*([a-z]\w*)", self.texts["circular_fields"]))

    @property
    def energy_includes_pue(self) -> bool:
        """Tell whether the energy is that of the whole hall; so it is where a PUE is given and nothing else is said."""
        said = self.texts["energy_includes_pue"]
        return said == "yes" or (not said and self.number("pue") is not None)


@lru_cache(maxsize=1)
def accelerators() -> dict[str, Accelerator]:
    """Return accelerators by every name that runs give them, in lower case, also by the name of their bundle."""
    path = data_folder("seeds") / "runs" / "accelerators.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    named = {row["name"].lower(): Accelerator(row["bundle"], row["generation"]) for row in rows}
    return {**{each.bundle: each for each in named.values()}, **named}


@lru_cache(maxsize=1)
def published_runs() -> tuple[Run, ...]:
    """Return the runs that ship."""
    path = data_folder("seeds") / "runs" / "published.csv"
    return tuple(read_runs(SourceText("seeds/runs/published.csv", path.read_text(encoding="utf-8"))))


def read_runs(source: SourceText, known: Mapping[str, Run] | None = None) -> list[Run]:
    """Read a file of runs.

    known: runs by id, which say of a run in the file what it does not say in OWN_COLUMNS.
    Raises CalcErrors: a column that does not exist or stands twice, no column `id`, a row without id or with one that
    is there already, a figure that is no number or makes no sense.
    """
    reader = csv.reader(source.text.lstrip("\ufeff").splitlines())
    header = [name.strip() for name in next(reader, [])]
    problems = Problems()
    for error in _header_errors(header, source):
        problems.add(error)
    problems.raise_if_any()
    runs: dict[str, Run] = {}
    try:
        for cells in reader:
            place = Place(source, reader.line_num, 1)
            if not any(cell.strip() for cell in cells):
                continue
            try:
                run = _run(header, cells, place, known or {})
                _refuse_second(run, runs)
                runs[run.id] = run
            except CalcError as error:
                problems.add(error)
    except csv.Error as error:
        problems.add(CalcError("E-RUNS", f"this is no CSV: {error}", place=Place(source, reader.line_num, 1)))
    problems.raise_if_any()
    return list(runs.values())


def _header_errors(header: list[str], source: SourceText) -> list[CalcError]:
    place = Place(source, 1, 1)
    known = (*COLUMNS, *OWN_COLUMNS)
    errors = [
        CalcError(
            "E-RUNS",
            f"there is no column {quote(name)}",
            place=place,
            hint=did_you_mean(name, known) or f"columns are {', '.join(COLUMNS)}",
        )
        for name in header
        if name not in known
    ]
    errors += [
        CalcError("E-RUNS", f"the column {quote(name)} stands twice", place=place, hint="keep one of them")
        for name in dict.fromkeys(header)
        if name in known and header.count(name) > 1
    ]
    if "id" not in header:
        errors.append(CalcError("E-RUNS", "there is no column `id`", place=place, hint="the first line names columns"))
    return errors


def _refuse_second(run: Run, runs: Mapping[str, Run]) -> None:
    if run.id in runs:
        raise CalcError(
            "E-RUNS",
            f"there are two runs {quote(run.id)}",
            place=run.place,
            hint="give each run an id of its own",
            related=[("the first one", runs[run.id].place)],
        )
    if len(runs) >= MAX_RUNS:
        raise CalcError("E-TOO-LARGE", f"there are more than {MAX_RUNS:,} runs", place=run.place, hint="split the file")


def _run(header: list[str], cells: list[str], place: Place, known: Mapping[str, Run]) -> Run:
    if len(cells) != len(header):
        raise CalcError(
            "E-RUNS",
            f"this row has {len(cells)} cells and the first line {len(header)}",
            place=place,
            hint="put a cell that holds a comma into double quotes",
        )
    row = {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
    texts = {name: row.get(name, "") for name in (*COLUMNS, *OWN_COLUMNS) if name not in NUMBERS}
    if not texts["id"]:
        raise CalcError("E-RUNS", "this run has no id", place=place, hint="give it a name of its own")
    numbers = {name: _number(name, row[name], place) for name in NUMBERS if row.get(name)}
    if texts["energy_includes_pue"] not in {"", "yes", "no"}:
        wrong = quote(texts["energy_includes_pue"])
        raise CalcError("E-RUNS", f"`energy_includes_pue` is {wrong}", place=place, hint="write yes or no")
    if texts["id"] in known:
        texts.update({name: texts[name] or known[texts["id"]].texts[name] for name in OWN_COLUMNS})
    return Run(texts, numbers, texts["family"] or family_of(texts), place)


def family_of(texts: Mapping[str, str]) -> str:
    """Return the family of a run that does not say it: the first word of its model, letters only.

    The organisation is left out of it: a line trained elsewhere shares code and habits with the first one.
    """
    found = re.match(r"[^\W\d_]+", texts["model"] or texts["id"])
    return (found[0] if found else texts["id"]).lower()


def _number(column: str, text: str, place: Place) -> float:
    low, high = NUMBERS[column]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text or not text.isascii():
        raise CalcError(
            "E-RUNS",
            f"`{column}` is {quote(text)}, which is no number",
            place=place,
            hint="write digits and a point, without unit or thousands separator, as in `1082990` or `3.5e23`",
        )
    if not low <= value <= high or value == 0:
        bounds = f"between {low:g} and {high:g}" if math.isfinite(high) else f"above {low:g}"
        raise CalcError("E-RUNS", f"`{column}` is {text}", place=place, hint=f"it lies {bounds}")
    return value


# ---------------- runs from a user's own file, in the columns of the published ones


def runs_of(name: str) -> list[Run]:
    """Return the runs of a CSV file, or of standard input under `-`.

    A run whose id is that of a published one has its family, unless the file says another.
    Raises CalcError when the file cannot be read, is no text, holds no run, or a row of it is wrong.
    """
    found = read_runs(source_of(name), {run.id: run for run in published_runs()})
    if not found:
        raise no_runs(name)
    return found


def no_runs(name: str) -> CalcError:
    """Return the error of a file without a run."""
    return CalcError("E-RUNS", f"{quote_path(name)} holds no run", hint="write one run a line below the columns")


def source_of(name: str) -> SourceText:
    """Return the text of a CSV file, or of standard input under `-`.

    Raises CalcError when it cannot be read or is no text.
    """
    if name == "-":
        data, shown = sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>"
    else:
        data, shown = _bytes(name), name
    return decode(data, shown, kind="CSV")


def _bytes(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no file name"
        raise CalcError(
            "E-FILE", f"{quote_path(name)} cannot be read: {reason}", hint="give a CSV file, or `-` for standard input"
        ) from None


# Names of bundles leave out what is meant where nothing is said: the large memory, sixteen bits, a dense model.
_UNSAID = {"A100-80GB": "A100", "bf16": "", "dense": ""}


class Measured(NamedTuple):
    """What share of the dense peak of a number format measured steps reached.

    accelerator: as in `seeds/runs/accelerators.csv`; bundle: of its peaks. kind: `dense` or `mixture`. code: what ran.
    rows: how many measured steps, each another model, size or layout. p10, median, p90: of these. peak: that the share
    is over, dense, in TFLOP/s.
    """

    accelerator: str
    bundle: str
    format: str
    kind: str
    code: str
    rows: int
    p10: float
    median: float
    p90: float
    peak: float
    source: str
    url: str

    @property
    def subject(self) -> str:
        """Return the bundle of facts that holds the range, such as `prior-h100-fp8-mixture`."""
        words = ["prior", *(_UNSAID.get(each, each) for each in (self.accelerator, self.format, self.kind))]
        return "-".join(word.lower() for word in words if word)

    @property
    def own_subject(self) -> str:
        """Return the bundle of a line that is the second source of its subject."""
        return f"{self.subject}-{re.sub('[^a-z0-9]+', '-', self.code.lower())}"


@lru_cache(maxsize=1)
def measured_utilisation() -> dict[str, list[Measured]]:
    """Return the lines by subject; the one with most rows stands first, the others are second sources."""
    path = data_folder("seeds") / "runs" / "mfu_measured.csv"
    found: dict[str, list[Measured]] = {}
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
        line = Measured(
            row["accelerator"], row["bundle"], row["format"], row["class"], row["code"], int(row["rows"]),
            float(row["p10"]), float(row["median"]), float(row["p90"]), float(row["peak"]), row["source"], row["url"],
        )  # fmt: skip
        found.setdefault(line.subject, []).append(line)
    return {subject: sorted(lines, key=lambda line: -line.rows) for subject, lines in found.items()}
