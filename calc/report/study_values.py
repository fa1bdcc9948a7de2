"""Values inside the results of studies: figures, chosen inputs, and the inputs that a study used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.explain import figure_text
from calc.report.json_values import STATISTICS, figure_entry, input_entry, number
from calc.study.statistics import summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calc.engine.catalogue import Quantity
    from calc.engine.figures import Figure
    from calc.scenario.resolve import ResolvedCase, Scenario


def inputs_of(scenario: Scenario, case: ResolvedCase) -> dict[str, Any]:
    """Return the given values that a study of a case used, each with its source."""
    return {name: input_entry(case.values[name], scenario.catalogue[name]) for name in case.studied}


def figure_dict(figure: Figure, quantity: Quantity, samples: Any = None) -> dict[str, Any]:
    """Return a figure, with the statistics of its samples where there are some."""
    found = {**figure_entry(figure, quantity.unit), "unit": quantity.unit_text, "text": figure_text(figure, quantity)}
    statistics = summary(samples[:, 0]) if samples is not None and samples.shape[1] == 1 else None
    if statistics:
        found.update({key: number(statistics[key], quantity.unit) for key in STATISTICS})
    return found


def chosen_dict(values: Mapping[str, float], scenario: Scenario) -> dict[str, Any]:
    """Return inputs that a study chose, by name."""
    return {name: figure_dict(value, scenario.catalogue[name]) for name, value in values.items()}
