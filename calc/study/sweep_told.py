"""What the numbers of a sweep do not say: its conditions, why a figure has no value, and which are not included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.figures import NotIncluded, NoValue, at_year

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calc.study.sweep import Run, SweepCase

# Of the points that miss a condition so many are looked at for which it is.
_LOOKED_AT = 4096


def told(run: Run, result: SweepCase) -> SweepCase:
    """Return a sweep with the words that belong to it."""
    result.conditions = conditions_of(run)
    result.not_included = not_included(run)
    result.reasons = reasons_of(run, result.axes, result.columns)
    result.model_checks = broken_of(run, result.axes, result.holds)
    return result


def conditions_of(run: Run) -> list[str]:
    """Return what the points are held against beside the models' own checks."""
    return [each.text for each in run.conditions if each not in run.model_checks]


def reasons_of(run: Run, axes: Mapping[str, Any], columns: Mapping[tuple[str, int | None], Any]) -> dict[Any, str]:
    """Return why figures have no value, each by the first of the points at which it has none."""
    import numpy as np

    found = {}
    for (name, year), column in columns.items():
        empty = np.flatnonzero(np.isnan(column))
        if empty.size:
            point = {axis: float(each[empty[0]]) for axis, each in axes.items()}
            found[name, year] = _reason(run, point, name, year)
    return found


def broken_of(run: Run, axes: Mapping[str, Any], holds: Any) -> list[str]:
    """Return the models' checks that do not hold at the first of the points which miss something."""
    import numpy as np

    if not run.model_checks or holds is None or holds.all():
        return []
    missed = np.flatnonzero(~holds)[:_LOOKED_AT]
    figures = run.evaluator.grid_rows({name: each[missed] for name, each in axes.items()}, (len(missed),))
    years = run.scenario.years
    return [each.text for each in run.model_checks if not each.held(figures, years).all()]


def not_included(run: Run) -> dict[str, str]:
    """Return the figures asked for that are not included, and why."""
    first = {axis.name: axis.values[0] for axis in run.sweep.axes}
    figures = run.evaluator.at(first)
    asked = (name for name in run.case.wanted if name not in first)
    return {name: figure.reason for name in asked if isinstance(figure := figures[name], NotIncluded)}


def _reason(run: Run, point: Mapping[str, float], name: str, year: int | None) -> str:
    figure = run.evaluator.points(point)[name]
    found = at_year(figure, 0 if year is None else run.scenario.years.index(year))
    return found.reason if isinstance(found, NoValue) else ""
