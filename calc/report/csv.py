"""The answer as comma-separated values: a row a figure, input, check and warning, numbers in the unit beside them."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

from calc.report.json import as_dict

if TYPE_CHECKING:
    from calc.study.answer import Answer

COLUMNS = (
    "case", "part", "kind", "name", "year", "value", "unit", "mean", "p10", "p50", "p90", "probability",
    "distribution", "low", "likely", "high", "sd", "grows", "status", "fact_status", "reason", "source", "note",
    "fact", "replaces", "original", "converted_with", "place", "median", "independent",
    "share_without_value",
)  # fmt: skip
# A spreadsheet takes a text that begins so for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@")
_BREAKS = re.compile(r"\s+")


def render(answer: Answer) -> str:
    """Return the results, inputs, checks and what else there is to say of every case as CSV with a header line."""
    return table(COLUMNS, rows(answer))


def rows(answer: Answer) -> list[dict[str, Any]]:
    """Return one dictionary a row, with keys among COLUMNS."""
    whole = as_dict(answer)
    found: list[dict[str, Any]] = []
    for case in whole["cases"]:
        for part in case.get("parts", []):
            found += _rows({"case": case["name"], "part": part["name"]}, part)
        found += _rows({"case": case["name"]}, case)
    for line in whole.get("table", ()):
        words = "; ".join([line["status"], *line["assumptions"]])
        for column in ("stated", "computed"):
            for name, result in line[column].items():
                about = {"case": line["line"], "kind": column, "name": name, "note": f"{words}; {line['scenario']}"}
                found.append({**result, **about})
    return found + [{"kind": "warning", "note": warning} for warning in whole["warnings"]]


def _rows(where: dict[str, Any], case: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of a case or a part; a figure or input by year has a row a year."""
    found = []
    for name, result in case["results"].items():
        rows = [{**result, **each} for each in result.get("by_year", [{}])]
        found += [{**where, "kind": "result", "name": name, **each} for each in rows]
    for name, given in case["inputs"].items():
        rows = [{**given, **each} for each in given.get("by_year", [{}])]
        found += [{**where, "kind": "input", "name": name, **each, **_ends(each)} for each in rows]
    left_out = {**where, "kind": "not included", "status": "not included"}
    found += [{**left_out, "name": name} for name in case["not_included"]]
    for name, each in case["variants"].items():
        found.append({**where, "kind": "variant", "name": name, "status": each["variant"], "note": each["assumes"]})
    for check in case["checks"]:
        status = "holds" if check["passed"] else "fails"
        named = {"kind": "check", "name": check["check"], "status": status, "note": check.get("meaning")}
        found.append({**where, **check, **named})
    for told in case.get("verdicts", []):
        named = {"kind": "verdict", "name": told["verdict"], "note": told["text"], "probability": told["probability"]}
        found.append({**where, **named})
    broken = case["broken_promises"]
    return found + [{**where, "kind": "promise", "status": "fails", "reason": message} for message in broken]


def _ends(given: dict[str, Any]) -> dict[str, Any]:
    spread = given["distribution"] or {}
    ends = {key: spread.get(key) for key in ("low", "likely", "median", "high", "sd", "mean", "p10", "p90")}
    growth = given.get("growth")
    return {**ends, "distribution": spread.get("kind"), "grows": growth["value"] if growth else None}


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
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
