"""The verdict of a condition with a confidence while an input is moved: the share of samples in which it holds.

The input moved stands at the value tried in all samples; the others are drawn, and alike at every value tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.study.draws import GROWTH as GROWS
from calc.study.draws import draws_of, with_certain
from calc.study.factors import GROWTH, START
from calc.study.truth import held, on_grid, share_held

if TYPE_CHECKING:
    from calc.scenario.conditions import Condition
    from calc.study.draws import Draws
    from calc.study.evaluator import Evaluator
    from calc.study.factors import Factors

_SAMPLES = 4096
# Elements of an array at a time, and samples of one.
_AT_ONCE = 1 << 19
_SHARE_AT_ONCE = 1 << 17
_MOST = 1_000_000


class SampledVerdict:
    """A condition with a confidence in one case, whose inputs are uncertain."""

    def __init__(self, condition: Condition, evaluator: Evaluator, factors: Factors) -> None:
        self.condition = condition
        self.evaluator = evaluator
        self.factors = factors
        self.scenario = evaluator.scenario
        self.samples = min(self.scenario.samples, _SAMPLES)
        self.draws = draws_of(self.scenario)
        self.drawn = self._drawn_by(self.draws)

    def _drawn_by(self, draws: Draws) -> dict[str, Any]:
        names = self.evaluator.uncertain
        return {name: self.evaluator.draw(draws, name, 0, self.samples).T[None] for name in names}

    def _drawn_beside(self, label: str) -> dict[str, Any]:
        """Return the samples of the inputs as a run draws them in which the one that a factor is of is set."""
        factor = self.factors.found[label]
        if factor.kind != START or self.evaluator.case.values[factor.name].growth is not None:
            return self.drawn
        draws = draws_of(with_certain(self.scenario, factor.name))
        names = {name: self.evaluator.case.streams.get(name, name) for name in self.drawn if name != factor.name}
        same = all(draws.dimensions.get(each) == self.draws.dimensions.get(each) for each in names.values())
        return self.drawn if same and draws.mixed == self.draws.mixed else self._drawn_by(draws)

    def share(self) -> float:
        """Return the share of samples, at most a million, in which the condition holds with nothing moved."""
        total, sum_held = min(self.scenario.samples, _MOST), 0.0
        for start in range(0, total, _SHARE_AT_ONCE):
            count = min(_SHARE_AT_ONCE, total - start)
            sum_held += count * share_held([self.condition], self.evaluator, {}, count, self.scenario.seed, start)
        return sum_held / total

    def truth(self, label: str, places: Any) -> Any:
        """Return at which places of a factor the condition holds in as many samples as it has to."""
        import numpy as np

        size = max(1, _AT_ONCE // (self.samples * max(1, len(self.scenario.years))))
        drawn = self._drawn_beside(label)
        shares = [self._shares(label, places[at : at + size], drawn) for at in range(0, len(places), size)]
        return np.concatenate(shares) >= (self.condition.confidence or 0.0)

    def _shares(self, label: str, places: Any, drawn: dict[str, Any]) -> Any:
        columns = {**drawn, **self._moved(label, places)}
        values = self.evaluator.case.values
        shape = (len(places), self.samples)
        found = on_grid(self.evaluator, columns, shape, {name for name in columns if values[name].is_yearly})
        fine = held(self.condition, found, len(places) * self.samples, self.scenario.years)
        return fine.reshape(shape).mean(axis=1)

    def _moved(self, label: str, places: Any) -> dict[str, Any]:
        """Return the column of the input that a factor is of; its growth is drawn while its start is moved."""
        factor = self.factors.found[label]
        if factor.kind not in {START, GROWTH}:
            return {name: each[:, None] for name, each in self.factors.columns({label: places}).items()}
        wide = {label: places[:, None]}
        stream = self.evaluator.case.streams.get(factor.name, factor.name)
        for other in self.factors.found.values():
            if other.name == factor.name and other.label != label and other.distribution is not None:
                uniform = self.draws.uniform(f"{stream}{GROWS}" if other.kind == GROWTH else stream, 0, self.samples)
                wide[other.label] = other.distribution.quantile(uniform)[None]
        return self.factors.columns(wide)
