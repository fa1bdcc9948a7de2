"""The JSON result, schema `calc.run/1`; every value is in the declared unit that stands beside it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from calc import __version__
from calc.engine.explain import figure_text, sum_text
from calc.engine.figures import NotIncluded, Series, at_year
from calc.engine.graph import formula_of
from calc.expression import expression_text
from calc.report.json_values import STATISTICS, figure_entry, input_entry, number, uncertainty
from calc.scenario.case import BASE
from calc.scenario.display import shown_value
from calc.study.headline import headline_text, off_median
from calc.study.points import breakdown
from calc.text import is_unsafe
from calc.units.format import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.engine.catalogue import Quantity
    from calc.study.results import Answer, CaseAnswer, CheckResult, LineAnswer, Told

SCHEMA = "calc.run/1"
# What JSON holds beside the statistics that every report shows.
TAILS = ("p5", "p95")


def render(answer: Answer, *, ascii_only: bool = False) -> str:
    """Return the answer as one JSON object, with a final newline; never NaN or Infinity.

    ascii_only: write other characters as escapes, for an output that is not UTF-8.
    """
    return as_json(as_dict(answer), ascii_only=ascii_only)


def as_json(value: object, *, ascii_only: bool = False) -> str:
    """Return a value as JSON text; characters that a terminal could obey are written as escapes."""
    text = json.dumps(value, ensure_ascii=ascii_only, allow_nan=False, indent=2)
    return re.sub(r"[^\x00-\x7f]", _written, text) + "\n"


def _written(found: re.Match[str]) -> str:
    char = found[0]
    return json.dumps(char).strip('"') if is_unsafe(char) else char


def as_dict(answer: Answer) -> dict[str, Any]:
    """Return the answer as plain dictionaries and lists."""
    scenario = answer.scenario
    return {
        "schema": SCHEMA,
        "calc_version": __version__,
        "scenario": {"title": scenario.title, "path": scenario.path, "sha256": scenario.sha256},
        "uncertainty": uncertainty(scenario) if answer.is_uncertain else None,
        **({"years": list(scenario.years)} if scenario.years else {}),
        "cases": [_whole(answer, case) for case in answer.cases],
        **_studies(answer),
        "warnings": answer.warnings,
        **({"table": [_line(line) for line in answer.lines]} if answer.lines else {}),
    }


def _line(found: LineAnswer) -> dict[str, Any]:
    """Return a line of a table, its figures as in `results`, with the sources of those that are given."""
    columns = {}
    for column, names in (("stated", found.line.stated), ("computed", found.line.computed)):
        results = {name: _result(found.answer, found.case, name) for name in names}
        for name, result in results.items():
            given = found.case.case.values.get(name)
            if given is not None:
                result.update(source=given.source, fact=given.fact)
        columns[column] = results
    return {
        "line": found.line.label,
        "scenario": found.line.path,
        "case": found.case.case.name,
        **columns,
        "status": found.status,
        "assumptions": found.assumptions,
        "note": found.line.note,
    }


def _studies(answer: Answer) -> dict[str, Any]:
    if answer.studies.is_empty:
        return {}
    from calc.report.study_reports import studies_dict

    return {"studies": studies_dict(answer.scenario, answer.studies)}


def _whole(answer: Answer, case: CaseAnswer) -> dict[str, Any]:
    found = {**_case(answer, case), **_placement(answer, case.case.name)}
    return {**found, "parts": [_case(answer, part) for part in case.parts]} if case.parts else found


def _placement(answer: Answer, name: str) -> dict[str, Any]:
    """Return the plan of a case, where servers are placed."""
    if not answer.placements:
        return {}
    from calc.report.placement import placement_dict

    return {"placement": next(placement_dict(answer, each) for each in answer.placements if each.case == name)}


def _case(answer: Answer, case: CaseAnswer) -> dict[str, Any]:
    catalogue = answer.scenario.catalogue
    given = {name: shown_value(name, case.case.values, answer.years) for name in case.plan.leaves}
    return {
        "name": case.case.name,
        "results": {name: _result(answer, case, name) for name in case.shown},
        "inputs": {name: input_entry(value, catalogue[name]) for name, value in given.items()},
        "not_included": list(case.plan.not_included),
        "variants": {name: {"variant": variant, "assumes": text} for name, variant, text in case.variants(catalogue)},
        "checks": [_check(answer, check) for check in case.checks],
        **({"verdicts": [_verdict(each) for each in case.verdicts]} if case.verdicts else {}),
        "broken_promises": [each.message for each in case.broken],
    }


def side_by_side(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what stands side by side in a report, from a JSON result: cases, or their parts and then the whole.

    The name of each is the one that a reader knows it by.
    """
    columns = []
    for case in found["cases"]:
        before = "" if case["name"] == BASE else f"{case['name']}: "
        parts = case.get("parts", [])
        columns += [{**part, "name": f"{before}{part['name']}"} for part in parts]
        columns.append({**case, "name": f"{before}all parts"} if parts else case)
    return columns


def _result(answer: Answer, case: CaseAnswer, name: str) -> dict[str, Any]:
    catalogue = answer.scenario.catalogue
    quantity, figure, given = catalogue[name], case.figures[name], case.case.values.get(name)
    added = None if given else case.case.totals.get(name)
    formula = None if given or added else formula_of(catalogue, name, case.case.use)
    result = {
        **figure_entry(figure, quantity.unit),
        "unit": quantity.unit_text,
        "text": figure_text(figure, quantity),
        "headline": headline_text(case, name, quantity),
        "status": given.status if given else "not included" if isinstance(figure, NotIncluded) else "derived",
        "formula": expression_text(formula.expression) if formula else _sum_text(added, case) if added else None,
    }
    statistics = case.statistics(name) or {}
    result.update({key: number(statistics[key], quantity.unit) if statistics else None for key in STATISTICS})
    result.update((key, number(statistics[key], quantity.unit)) for key in TAILS if statistics)
    shares = off_median(case, name)
    if len(shares) == 1 and shares[0] is not None:
        result["value_percentile"] = clean(shares[0] * 100)
    errors = case.standard_errors(name)
    if errors:
        result["standard_errors"] = {key: number(each, quantity.unit) for key, each in errors.items()}
    if isinstance(figure, Series):
        result["by_year"] = by_year(case, name, quantity, answer.years)
    decided = case.binding(name, catalogue)
    if decided:
        result["binding"] = decided
    lines = breakdown(case, name, catalogue)
    if lines:
        result["breakdown"] = [
            {
                "name": line.name,
                "value": number(line.amount, quantity.unit),
                "share": clean(line.share),
                **({} if line.p50 is None else {"p50": number(line.p50, quantity.unit)}),
            }
            for line in lines
        ]
    left_out = case.left_out(name)
    if left_out:
        result["left_out"] = left_out
    without = case.share_without_value(name)
    if without:
        result["share_without_value"] = without
    return result


def _sum_text(added: str, case: CaseAnswer) -> str:
    """Return a sum over the parts that have the figure, as an explanation writes it."""
    return sum_text(added, (part.case.name for part in case.parts if added in part.figures))


def by_year(case: CaseAnswer, name: str, quantity: Quantity, years: Sequence[int]) -> list[dict[str, Any]]:
    """Return a row a year, each like a result."""
    figure, unit = case.figures[name], quantity.unit
    statistics, shares = case.yearly_statistics(name), off_median(case, name)
    without = case.yearly_shares_without_value(name)
    rows = []
    for at, year in enumerate(years):
        found = statistics[at] if statistics else None
        spread = {key: number(found[key], unit) if found else None for key in STATISTICS}
        row = {"year": year, **figure_entry(at_year(figure, at), unit), **spread}
        if any(without):
            row["share_without_value"] = without[at]
        share = shares[at] if shares else None
        rows.append(row if share is None else {**row, "value_percentile": clean(share * 100)})
    return rows


def _verdict(told: Told) -> dict[str, Any]:
    return {"verdict": told.name, "text": told.text, "probability": told.probability}


def _check(answer: Answer, check: CheckResult) -> dict[str, Any]:
    condition = check.condition
    left = condition.names[0] if condition.names else None
    quantity = answer.scenario.catalogue.quantities.get(left or "")
    whole = quantity is not None and quantity.unit.dimension == condition.left.dimension
    unit = quantity.unit if quantity is not None and whole else condition.left.unit
    found: dict[str, Any] = {"check": condition.text, "passed": check.passed, **figure_entry(check.value, unit)}
    found["unit"] = str(unit)
    found["p50"] = None if check.p50 is None else number(check.p50, unit)
    if check.year is not None:
        found["year"] = check.year
    found["probability"] = check.probability
    if check.meaning:
        found["meaning"] = check.meaning
    return found
