"""Values inside the results of studies: figures, chosen inputs, and the inputs that a study used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.explain import figure_text
from calc.engine.figures import at_year
from calc.engine.flat import qualified
from calc.report.json_values import STATISTICS, figure_entry, input_entry, number
from calc.scenario.exchange import shown_value
from calc.study.headline import median_of, share_off_median, text_of
from calc.study.statistics import shares_without_value, summary
from calc.units.format import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calc.engine.catalogue import Quantity
    from calc.engine.figures import Figure
    from calc.scenario.resolve import ResolvedCase, Scenario
    from calc.value import Value


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
    return found if share is None else {**found, "value_percentile": clean(share * 100)}


def chosen_dict(values: Mapping[str, float], scenario: Scenario) -> dict[str, Any]:
    """Return inputs that a study chose, by name."""
    return {name: figure_dict(value, scenario.catalogue[name]) for name, value in values.items()}
