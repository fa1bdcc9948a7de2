"""Values inside the results of studies: figures, chosen inputs, and the inputs that a study used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.explain import figure_text
from calc.engine.figures import at_year
from calc.report.json_values import STATISTICS, figure_entry, input_entry, number
from calc.study.headline import median_of, share_off_median, text_of
from calc.study.statistics import summary
from calc.units.format import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calc.engine.catalogue import Catalogue, Quantity
    from calc.engine.figures import Figure
    from calc.scenario.resolve import ResolvedCase, Scenario


def inputs_of(scenario: Scenario, case: ResolvedCase) -> dict[str, Any]:
    """Return the given values that a study of a case used, each with its source."""
    return {name: input_entry(case.values[name], scenario.catalogue[name]) for name in case.studied}


def name_of(catalogue: Catalogue, label: str) -> str:
    """Return the quantity that a label is about, which may name a case after it, as in `server_power in small`."""
    while label not in catalogue and " in " in label:
        label = label.rpartition(" in ")[0]
    return label


def figure_dict(figure: Figure, quantity: Quantity, samples: Any = None) -> dict[str, Any]:
    """Return a figure, with the statistics of its samples, shape (samples, years or 1), where there are some."""
    found = {**figure_entry(figure, quantity.unit), "unit": quantity.unit_text, "text": figure_text(figure, quantity)}
    if samples is None:
        return found
    statistics = [summary(column) for column in samples.T]
    found["headline"] = text_of(median_of(figure, statistics), statistics, quantity)
    if len(statistics) == 1:
        share = share_off_median(samples[:, 0], at_year(figure, 0), statistics[0])
        found.update(statistics_dict(statistics[0], share, quantity))
    return found


def statistics_dict(
    statistics: Mapping[str, float] | None, share: float | None, quantity: Quantity
) -> dict[str, float | None]:
    """Return mean and percentiles, and at which percentile the likely value lies where that is not near the median."""
    if statistics is None:
        return {}
    found: dict[str, float | None] = {key: number(statistics[key], quantity.unit) for key in STATISTICS}
    return found if share is None else {**found, "value_percentile": clean(share * 100)}


def chosen_dict(values: Mapping[str, float], scenario: Scenario) -> dict[str, Any]:
    """Return inputs that a study chose, by name."""
    return {name: figure_dict(value, scenario.catalogue[name]) for name, value in values.items()}
