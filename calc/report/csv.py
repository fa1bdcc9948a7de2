"""Comma-separated values: of an answer a row a number, of a study a row a point or value.

The numbers of an answer are told by case, part, quantity, year and statistic, also with the years across.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from typing import TYPE_CHECKING, Any

from calc.report.json import STATISTICS, as_dict
from calc.text import pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from calc.study.results import Answer


# A spreadsheet takes a text that begins so for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@")
_BREAKS = pattern(r"\s+")


def render(answer: Answer, *, wide: bool = False) -> str:
    """Return every number of an answer as one tidy table with a header line; see `tidy_rows`.

    wide: with the years across.
    """
    rows = tidy_rows(as_dict(answer))
    return table(*widened(rows)) if wide else table(COLUMNS, rows)


def table(columns: tuple[str, ...], found: list[dict[str, Any]]) -> str:
    """Return rows as CSV; texts that a spreadsheet would run as a formula are made inert by an apostrophe."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(columns)
    for row in found:
        writer.writerow([inert(row.get(column)) for column in columns])
    return target.getvalue()


def inert(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula or for two rows."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    # A line break inside a cell is a new row to many readers.
    text = _BREAKS.sub(" ", value).strip()
    # Some spreadsheets also obey the full-width forms of these.
    return f"'{text}" if unicodedata.normalize("NFKC", text[:1]).startswith(_FORMULA_STARTS) else text


COLUMNS: tuple[str, ...] = ("case", "part", "quantity", "year", "statistic", "value", "unit")
# The figure at the likely values, an input as it was given, and how a check came out: 1 where it holds.
VALUE, GIVEN, HOLDS = "value", "given", "holds"
_SPREAD = (VALUE, *STATISTICS, "p5", "p95", "share_without_value")

Row = dict[str, Any]


def tidy_rows(found: Mapping[str, Any]) -> list[Row]:
    """Return the rows of a JSON result: its figures, then what was given, then its checks, case by case.

    A figure without a value has a row whose value is None. part: None for the whole of a case. year: None for what is
    the same in all years.
    """
    return [row for case in found["cases"] for row in _rows_of(case)] + [
        {"case": line["line"], "part": None, "quantity": name, "year": None, "statistic": column,
         "value": result["value"], "unit": result["unit"]}
        for line in found.get("table", ())
        for column in ("stated", "computed")
        for name, result in line[column].items()
    ]  # fmt: skip


def _rows_of(case: Mapping[str, Any]) -> Iterator[Row]:
    for part, each in (*((one["name"], one) for one in case.get("parts", ())), (None, case)):
        where = {"case": case["name"], "part": part}
        for name, result in each["results"].items():
            yield from _numbers({**where, "quantity": name, "unit": result["unit"]}, result, VALUE)
        for name, given in each["inputs"].items():
            yield from _numbers({**where, "quantity": name, "unit": given["unit"]}, given, GIVEN)
            if given.get("growth"):
                about = {**where, "quantity": name, "year": None, "unit": "1/year"}
                yield {**about, "statistic": f"{GIVEN} growth", "value": given["growth"]["value"]}
        for check in each["checks"]:
            about = {**where, "quantity": check["check"], "year": check.get("year"), "unit": "1"}
            yield {**about, "statistic": HOLDS, "value": int(check["passed"])}
            if check["probability"] is not None:
                yield {**about, "statistic": "probability", "value": check["probability"]}
    yield from placed(case)


def placed(case: Mapping[str, Any]) -> Iterator[Row]:
    """Yield a plan: how many cabinets of a kind, which is the part, have each filling, and power by where it goes."""
    plan = case.get("placement", {})
    where = {"case": case["name"], "year": None}
    for each in plan.get("cabinets", ()):
        filling = ", ".join(f"{count} {part}" for part, count in each["servers"].items())
        about = {"part": each["kind"], "quantity": filling, "statistic": "cabinets"}
        yield {**where, **about, "value": each["count"], "unit": "rack"}
    for cause, value in plan.get("stranded", {}).items():
        if isinstance(value, float | int):
            about = {"part": None, "quantity": cause, "statistic": "rated power"}
            yield {**where, **about, "value": value, "unit": "kW"}


def _numbers(about: Row, found: Mapping[str, Any], main: str) -> Iterator[Row]:
    """Yield what is known of one quantity, of one that differs from year to year a row a year and statistic."""
    for each in found.get("by_year", [found]):
        dated = {**about, "year": each.get("year")}
        for key in _SPREAD if main == VALUE else (VALUE,):
            if key == VALUE or each.get(key) is not None:
                own = {"unit": "1"} if key == "share_without_value" else {}
                yield {**dated, **own, "statistic": main if key == VALUE else key, "value": each[key]}
        for name, number in (each.get("distribution") or {}).items():
            if name != "kind":
                yield {**dated, "statistic": f"{GIVEN} {name}", "value": number}


def widened(found: list[Row]) -> tuple[tuple[str, ...], list[Row]]:
    """Return tidy rows with the years across: a column `value` for what is the same in all, then one a year."""
    years = sorted({row["year"] for row in found if row["year"] is not None})
    merged: dict[tuple[Any, ...], Row] = {}
    for row in found:
        key = tuple(row[name] for name in ("case", "part", "quantity", "statistic", "unit"))
        line = merged.setdefault(key, dict(zip(("case", "part", "quantity", "statistic", "unit"), key, strict=True)))
        line[VALUE if row["year"] is None else str(row["year"])] = row["value"]
    return ("case", "part", "quantity", "statistic", "unit", VALUE, *map(str, years)), list(merged.values())
