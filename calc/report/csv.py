"""Comma-separated values: of an answer a row a number, of a study a row a point or value."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from calc.report import tidy
from calc.report.json import as_dict

if TYPE_CHECKING:
    from calc.study.answer import Answer

# A spreadsheet takes a text that begins so for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@")
_BREAKS = re.compile(r"\s+")


def render(answer: Answer, *, wide: bool = False) -> str:
    """Return every number of an answer as one tidy table with a header line; see `calc.report.tidy`.

    wide: with the years across.
    """
    rows = tidy.rows(as_dict(answer))
    return table(*tidy.wide(rows)) if wide else table(tidy.COLUMNS, rows)


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


# ---------------------------------------------------------------- studies


FIND_COLUMNS = (
    "goal", "case", "reached", "kind", "name", "value", "unit", "mean", "p10", "p50", "p90", "probability",
    "explanation", "share_without", "year", "reason", "share_without_value",
)  # fmt: skip
SENSITIVITY_COLUMNS = (
    "case", "kind", "of", "input", "unit", "value", "p10", "p90", "at_p10", "at_p90", "elasticity", "first_order",
    "first_order_error", "total", "total_error", "holds", "low", "high", "flips_at",
)  # fmt: skip
COMPARE_COLUMNS = (
    "figure", "kind", "case", "name", "from", "to", "value", "unit", "difference", "ratio", "change", "after",
    "probability_lower", "year", "pair", "p10", "p50", "p90", "share_without_value",
)  # fmt: skip


def study_csv(name: str, body: dict[str, Any]) -> str:
    """Return the result of one study as CSV with a header line."""
    if name == "sweep":
        return _sweep(body)
    if name == "find":
        return table(FIND_COLUMNS, _find(body))
    if name == "sensitivity":
        return table(SENSITIVITY_COLUMNS, _sensitivity(body))
    return table(COMPARE_COLUMNS, _compare(body))


def sweep_columns(body: dict[str, Any]) -> dict[str, list[Any]]:
    """Return the columns of a sweep over all cases, by a name that says the unit: `racks_needed (rack)`."""
    columns: dict[str, list[Any]] = {"case": []}
    for case in body["cases"]:
        done = len(columns["case"])
        columns["case"] += [case["name"]] * case["points"]
        named = {}
        for each in case["columns"]:
            dated = each["name"] if each["year"] is None else f"{each['name']} {each['year']}"
            for key in ("values", "p50", "p10", "p90"):
                label = dated if key == "values" else f"{dated} {key}"
                if key in each:
                    named[f"{label} ({each['unit']})"] = each[key]
        if case["holds"] is not None:
            named["holds"] = case["holds"]
        for label, values in named.items():
            # A figure that earlier cases lack is empty there.
            columns.setdefault(label, [None] * done).extend(values)
        for label, values in columns.items():
            columns[label] = values + [None] * (done + case["points"] - len(values))
    return columns


def _sweep(body: dict[str, Any]) -> str:
    columns = sweep_columns(body)
    names = tuple(columns)
    return table(names, [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)])


def _find(body: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for goal in body["goals"]:
        for case in goal["cases"]:
            where = {"goal": goal["goal"], "case": case["name"], "reached": case["reached"]}
            said = {"probability": case["probability"], "explanation": case["explanation"]}
            for kind, entries in (("found", case["values"]), ("nearest", case["nearest"]), ("figure", case["results"])):
                beside = said if kind != "figure" else {}
                rows += [
                    {**where, "kind": kind, "name": name, **row, **beside}
                    for name, each in entries.items()
                    for row in each.get("by_year", [each])
                ]
                if kind == "nearest" and case["over_samples"]:
                    rows.append({**where, "kind": "over samples", **case["over_samples"]})
    return rows


def _sensitivity(body: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for case in body["cases"]:
        for name, figure in case["figures"].items():
            about = {"case": case["name"], "kind": "driver", "of": name}
            rows += [{**about, **each, "input": each["name"]} for each in figure["inputs"]]
        rows += [_flip(each, case["name"]) for each in case["flips"]]
    return rows + [_flip(each, None) for each in body["flips_between_cases"]]


def _flip(each: dict[str, Any], case: str | None) -> dict[str, Any]:
    at = "; ".join(f"{value:.10g}" for value in each["flips_at"])
    return {"case": case, "kind": "flip", "of": each["verdict"], **each, "flips_at": at or "never within its range"}


def _compare(body: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for row in body["figures"]:
        where = {"figure": row["name"], "year": row.get("year"), "pair": row.get("pair"), "unit": row["unit"]}
        changes = [{"difference": None, "ratio": None, "samples": None}, *row["to_first"]]
        for case, value, change in zip(body["cases"], row["values"], changes, strict=True):
            lower = (change["samples"] or {}).get("probability_lower")
            spread = {key: value.get(key) for key in ("p10", "p50", "p90", "share_without_value")}
            rows.append({**where, **change, "kind": "figure", "case": case, "value": value["value"],
                         "probability_lower": lower, **spread})  # fmt: skip
        for change in row["to_first"]:
            for step in (change["waterfall"] or {}).get("steps", []):
                named = {key: "; ".join(str(each[key]) for each in step["inputs"]) for key in ("name", "from", "to")}
                rows.append({**where, "kind": "step", "case": change["case"], **step, **named})
    return rows
