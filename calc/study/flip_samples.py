"""Verdicts on uncertain figures while an input is moved: the share of samples in which they hold.

The input moved stands at the value tried in all samples; the others are drawn, and alike at every value tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.study.draws import GROWTH as GROWS
from calc.study.draws import draws_of, with_certain
from calc.study.factors import GROWTH, START

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from calc.study.draws import Draws
    from calc.study.evaluator import Evaluator
    from calc.study.factors import Factors

# The range is looked through with the first samples; the value found is that of so many, as goal-seek finds it.
_FEW = 1 << 12
_MANY = 1 << 16
# Elements of an array at a time, and samples of one.
_AT_ONCE = 1 << 19
_SHARE_AT_ONCE = 1 << 17
_MOST = 1_000_000


class Sampled:
    """The figures of a case whose inputs are uncertain, on the same samples wherever a factor is moved to."""

    def __init__(self, evaluator: Evaluator, factors: Factors) -> None:
        self.evaluator = evaluator
        self.factors = factors
        self.scenario = evaluator.scenario
        self.draws = draws_of(self.scenario)
        self._drawn: dict[str | None, dict[str, Any]] = {}

    def _draws_beside(self, label: str | None) -> Draws:
        """Return the draws of a run in which the input that a factor is of is set."""
        factor = self.factors.found[label] if label is not None else None
        if factor is None or factor.kind != START or self.evaluator.case.values[factor.name].growth is not None:
            return self.draws
        draws, streams = draws_of(with_certain(self.scenario, factor.name)), self.evaluator.case.streams
        names = [streams.get(name, name) for name in self.evaluator.uncertain if name != factor.name]
        same = all(draws.dimensions.get(each) == self.draws.dimensions.get(each) for each in names)
        return self.draws if same and draws.mixed == self.draws.mixed else draws

    def drawn(self, label: str | None, samples: int) -> dict[str, Any]:
        """Return the samples of the inputs beside a factor: (1, samples), or (1, samples, years) of yearly ones."""
        draws = self._draws_beside(label)
        key = None if draws is self.draws else label
        known = self._drawn.get(key, {})
        if not known or next(iter(known.values())).shape[1] < samples:
            known = {name: self.evaluator.draw(draws, name, 0, samples).T[None] for name in self.evaluator.uncertain}
            # One factor is looked at after the other; of those that draw anew one is kept.
            self._drawn = {**{each: one for each, one in self._drawn.items() if each is None}, key: known}
        return {name: each[:, :samples] for name, each in known.items()}

    def at(self, label: str | None, places: Any, samples: int) -> dict[str, Any]:
        """Return figures with a factor at places, or nothing moved: arrays of shape (places, samples, years or 1)."""
        columns = self.drawn(label, samples)
        if label is not None:
            columns = {**columns, **self._moved(label, places, samples)}
        values = self.evaluator.case.values
        shape = (len(places) if label is not None else 1, samples)
        found = self.evaluator.grid_rows(columns, shape, {name for name in columns if values[name].is_yearly})
        return {name: each.reshape(*shape, each.shape[-1]) for name, each in found.items()}

    def _moved(self, label: str, places: Any, samples: int) -> dict[str, Any]:
        """Return the column of the input that a factor is of; its growth is drawn while its start is moved."""
        factor = self.factors.found[label]
        if factor.kind not in {START, GROWTH}:
            return {name: each[:, None] for name, each in self.factors.columns({label: places}).items()}
        wide = {label: places[:, None]}
        stream = self.evaluator.case.streams.get(factor.name, factor.name)
        for other in self.factors.found.values():
            if other.name == factor.name and other.label != label and other.distribution is not None:
                uniform = self.draws.uniform(f"{stream}{GROWS}" if other.kind == GROWTH else stream, 0, samples)
                wide[other.label] = other.distribution.quantile(uniform)[None]
        return self.factors.columns(wide)


class SampledVerdict:
    """A verdict on figures of one or two cases; it holds where it does in so large a share of the samples.

    held: from the figures of each case, given by name as arrays of shape (..., samples, years or 1), to the samples in
    which the verdict holds, as booleans of shape (..., samples).
    """

    def __init__(self, cases: list[Sampled], held: Callable[[Sequence[Mapping[str, Any]]], Any], wanted: float) -> None:
        self.cases = cases
        self.held = held
        self.wanted = wanted
        self.years = max(1, len(cases[0].evaluator.scenario.years))
        self.samples = cases[0].evaluator.scenario.samples

    def share(self) -> float:
        """Return the share of samples, at most a million, in which it holds with nothing moved."""
        total, count_held = min(self.samples, _MOST), 0.0
        for start in range(0, total, _SHARE_AT_ONCE):
            count = min(_SHARE_AT_ONCE, total - start)
            seed = self.cases[0].evaluator.scenario.seed
            found = [case.evaluator.sample({}, count, seed, start) for case in self.cases]
            count_held += count * float(self.held(found).mean())
        return count_held / total

    def roughly(self, labels: list[str | None], places: Any) -> Any:
        """Return at which places of a factor it holds, by the first samples; labels: the factor in each case."""
        return self._truth(labels, places, min(self.samples, _FEW))

    def closely(self, labels: list[str | None], places: Any) -> Any:
        """Return the same by many samples."""
        return self._truth(labels, places, min(self.samples, _MANY))

    def _truth(self, labels: list[str | None], places: Any, samples: int) -> Any:
        import numpy as np

        size, shares = max(1, _AT_ONCE // (samples * self.years)), []
        for at in range(0, len(places), size):
            some = places[at : at + size]
            found = [case.at(label, some, samples) for case, label in zip(self.cases, labels, strict=True)]
            shares.append(np.broadcast_to(self.held(found).mean(axis=-1), (len(some),)))
        return np.concatenate(shares) >= self.wanted
