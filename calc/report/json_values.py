"""Numbers, figures and given values as they stand in JSON results, each in its declared unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.explain import figure_text
from calc.engine.figures import NotIncluded, NoValue, Series, at_year
from calc.engine.flat import qualified
from calc.scenario.display import shown_value
from calc.study.headline import median_of, share_off_median, text_of
from calc.study.statistics import shares_without_value, summary
from calc.units import RATIO
from calc.units.format import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calc.engine.catalogue import Quantity
    from calc.engine.figures import Figure
    from calc.scenario.resolve import ResolvedCase, Scenario
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
