"""The JSON result, schema `calc.run/1`; every value is in the declared unit that stands beside it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from calc import __version__
from calc.engine.explain import figure_text, sum_text
from calc.engine.figures import NotIncluded, NoValue, Series, at_year
from calc.engine.flat import qualified
from calc.engine.graph import formula_of
from calc.expression import expression_text
from calc.report.report import report_of
from calc.scenario.display import shown_value
from calc.study.headline import headline_text, median_of, off_median, share_off_median, text_of
from calc.study.points import breakdown
from calc.study.remarks import unheeded_by_studies
from calc.study.statistics import shares_without_value, summary
from calc.text import is_unsafe
from calc.units import RATIO
from calc.units.format import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from calc.engine.catalogue import Quantity
    from calc.engine.figures import Figure
    from calc.scenario.case import ResolvedCase, Scenario
    from calc.scenario.studies import Studied
    from calc.study.results import Answer, CaseAnswer, CheckResult, LineAnswer, Told
    from calc.units import Unit
    from calc.value import Moment, Value

STATISTICS = ("mean", "p10", "p50", "p90")


def number(base: float, unit: Unit) -> float:
    """Return a value in coherent base units as a number in `unit`, without the last digit's noise."""
    return clean(base / unit.factor if unit.factor >= 1 else base * (1 / unit.factor))


def number_text(base: float, unit: Unit) -> str:
    """Return the text of `number`, quicker than by way of the number."""
    text = f"{base / unit.factor if unit.factor >= 1 else base * (1 / unit.factor):.15g}"
    if "e" in text or "n" in text or text == "-0":
        return repr(number(base, unit))
    return text if "." in text else f"{text}.0"


def figure_entry(figure: Figure, unit: Unit) -> dict[str, Any]:
    """Return a figure as a number in `unit`, or the reason why there is none."""
    if isinstance(figure, NoValue | NotIncluded):
        return {"value": None, "reason": figure.reason}
    if isinstance(figure, Series):
        return {"value": None, "reason": "one value a year, in by_year"}
    return {"value": number(figure, unit)}


def input_entry(value: Value, quantity: Quantity) -> dict[str, Any]:
    """Return a given value with all that is known of it."""
    return {
        "value": number(value.point, quantity.unit),
        "unit": quantity.unit_text,
        "text": figure_text(value.point, quantity, given=True),
        "status": value.status,
        "source": value.source,
        "note": value.note,
        "url": value.url,
        "fact": value.fact,
        "replaces": value.replaces,
        "fact_status": value.fact_status,
        "as_of": value.as_of or None,
        "currency_year": value.currency_year,
        **({"fact_file": value.file} if value.file else {}),
        "place": str(value.place) if value.place else None,
        "converted_with": value.converted,
        "original": value.original,
        "distribution": _distribution(value.moments[0], quantity.unit) if not value.by_year else None,
        **_over_years(value, quantity.unit),
    }


def _over_years(value: Value, unit: Unit) -> dict[str, Any]:
    """Return what a value that differs from year to year has beside the first year's: its growth, or its years."""
    found: dict[str, Any] = {}
    if value.growth is not None:
        found["growth"] = {"value": clean(value.growth.point), "distribution": _distribution(value.growth, RATIO)}
    years = [
        {"year": year, "value": number(each.point, unit), "distribution": _distribution(each, unit)}
        for year, each in value.by_year
    ]
    found |= {"by_year": years} if years else {}
    return found | ({"independent": value.independent} if found and value.draws else {})


def _distribution(moment: Moment, unit: Unit) -> dict[str, Any] | None:
    if moment.distribution is None:
        return None
    parameters = {name: number(each, unit) for name, each in moment.distribution.parameters}
    return {"kind": moment.distribution.kind, **parameters}


def uncertainty(scenario: Scenario) -> dict[str, Any]:
    """Return how the samples of a scenario are drawn."""
    tied = [{"inputs": list(pair), "rank_correlation": wanted} for pair, wanted in scenario.correlated.items()]
    found = {"samples": scenario.samples, "seed": scenario.seed, "method": scenario.method}
    return {**found, "correlated": tied} if tied else found


# ---------------------------------------------------------------- values of studies


def inputs_of(scenario: Scenario, case: ResolvedCase) -> dict[str, Any]:
    """Return the given values that a study of a case used, each with its source.

    Where a study chooses an exchange rate, what goes through it is what it is at the rate that is given.
    """
    given: dict[str, Value] = {}
    for each in scenario.cases:
        if each.name == case.name:
            given.update(each.values)
            given.update(
                (qualified(name, part.name), value) for part in each.parts for name, value in part.values.items()
            )
    found = {}
    for name in case.studied:
        value = case.values[name]
        if value.converted in given:
            value = shown_value(name, {**given, name: value}, scenario.years)
        found[name] = input_entry(value, scenario.catalogue[name])
    return found


def figure_dict(figure: Figure, quantity: Quantity, samples: Any = None) -> dict[str, Any]:
    """Return a figure, with the statistics of its samples, shape (samples, years or 1), where there are some."""
    found = {**figure_entry(figure, quantity.unit), "unit": quantity.unit_text, "text": figure_text(figure, quantity)}
    if samples is None:
        return found
    statistics = [summary(column) for column in samples.T]
    without = shares_without_value(samples)
    found["headline"] = text_of(median_of(figure, statistics), statistics, quantity, without=without)
    if len(statistics) == 1:
        share = share_off_median(samples[:, 0], at_year(figure, 0), statistics[0])
        found.update(statistics_dict(statistics[0], share, quantity, without[0]))
    elif any(without):
        found["share_without_value"] = sum(without) / len(without)
    return found


def statistics_dict(
    statistics: Mapping[str, float] | None, share: float | None, quantity: Quantity, without: float = 0.0
) -> dict[str, float | None]:
    """Return mean and percentiles, and at which percentile the likely value lies where that is not near the median.

    Where some samples have no value there are none of these, but their share: without.
    """
    if statistics is None:
        return {"share_without_value": without} if without else {}
    found: dict[str, float | None] = {key: number(statistics[key], quantity.unit) for key in STATISTICS}
    if without:
        found["share_without_value"] = without
    return found if share is None else {**found, "value_percentile": clean(share * 100)}


def chosen_dict(values: Mapping[str, float], scenario: Scenario) -> dict[str, Any]:
    """Return inputs that a study chose, by name."""
    return {name: figure_dict(value, scenario.catalogue[name]) for name, value in values.items()}


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
        **({} if answer.studies.is_empty else {"studies": studies_dict(scenario, answer.studies)}),
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


def studies_dict(scenario: Scenario, studied: Studied) -> dict[str, Any]:
    """Return the results of all studies by the name of their section."""
    scenario = studied.scenario or scenario
    return {name: report_of(name).as_dict(scenario, found) for name, found in studied.found.items()}


def study_dict(name: str, scenario: Scenario, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result of one study as a document of its own."""
    return {
        "schema": f"calc.{name}/1",
        "calc_version": __version__,
        "scenario": {"title": scenario.title, "path": scenario.path, "sha256": scenario.sha256},
        "uncertainty": uncertainty(scenario),
        **({"years": list(scenario.years)} if scenario.years else {}),
        **body,
        "warnings": [*unheeded_by_studies(scenario), *scenario.warnings],
    }


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
