"""Samples of figures that nobody asked for, such as those of the models' own checks, beside samples that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.figures import Figure, NotIncluded, Series
from calc.study.breakdown import MOST, varies
from calc.study.draws import draws_of
from calc.study.evaluator import Evaluator
from calc.study.room import block_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from calc.scenario.resolved import Scenario
    from calc.study.results import CaseAnswer


def further_samples(
    scenario: Scenario, found: CaseAnswer, figures: Mapping[str, Figure], names: Iterable[str]
) -> dict[str, Any]:
    """Return samples of those figures that are uncertain: arrays of shape (samples, years or 1).

    found: the case or part, with the samples that it has; what they hold is not drawn again. figures: at the point
    values, names and those of `found` among them. Of many samples the first ones say enough.
    """
    names = [name for name in names if not isinstance(figures[name], NotIncluded)]
    size = len(next(iter(found.samples.values()))) if found.samples else scenario.samples
    size = min(size, MOST)
    known = {name: found.samples[name][:size] for name in names if name in found.samples}
    lacking = [name for name in names if name not in known]
    if not any(varies(found, name, scenario.catalogue) for name in lacking):
        return known
    there = {*found.case.totals, *found.samples}
    given = {name: figures[name] for name in there if name in figures}
    evaluator = Evaluator(scenario, found.case, lacking, given=given)
    moving = {name: found.samples[name].T for name in evaluator.plan.totals if name in found.samples}
    if not moving and not evaluator.uncertain:
        return known
    import numpy as np

    draws, step = draws_of(scenario), block_size(len(scenario.years))
    years = len(scenario.years)
    fresh = {name: np.empty((years if isinstance(figures[name], Series) else 1, size)) for name in lacking}
    for start in range(0, size, step):
        count = min(step, size - start)
        block = {name: each[:, start : start + count] for name, each in moving.items()}
        block = {name: each[0] if len(each) == 1 else each for name, each in block.items()}
        for name, each in evaluator.block(draws, start, count, {}, block).items():
            fresh[name][:, start : start + count] = each
    return known | {name: each.T for name, each in fresh.items()}
