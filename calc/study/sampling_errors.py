"""Sampling errors: by how much mean and percentiles would differ with other draws of as many samples.

For pseudo-random samples theory says it. The points of a Sobol sequence fill the space more evenly than chance, so that
their own scatter overstates the error; what they are worth is seen when everything is drawn again, scrambled anew. Of
many samples fewer are drawn, and the error of all follows from how it falls with their number.
"""

from __future__ import annotations

import math
from statistics import linear_regression
from typing import TYPE_CHECKING, Any, Protocol

from calc.arrays import np
from calc.study.draws import draws_of
from calc.study.statistics import KEYS, PERCENTILES, Ranked, summary, with_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from calc.engine.graph import Plan
    from calc.scenario.case import ResolvedCase, Scenario
    from calc.study.draws import Draws

Errors = dict[str, float]
# How often everything is drawn again: as it is, or less of it more often.
_WHOLE, _LESS = 8, 16
# So many samples are drawn again of each case, as they are or fewer, and of all cases, but a few of each at least.
_MOST_WHOLE, _MOST_LESS, _OF_ALL, _FEWEST = 1 << 20, 1 << 18, 1 << 22, 1 << 14
# The error of n samples falls as n to the power of one of these: pseudo-random ones, and the best that points can do.
_SLOWEST, _FASTEST = 0.5, 1.5
# Replicates draw with seeds that nobody gives.
_SEED = 1 << 64
_FEW = 32


class Column(Protocol):
    """What is needed of a case or part that is computed: `calc.study.results.CaseAnswer`."""

    label: str
    inside: str
    case: ResolvedCase
    plan: Plan
    samples: dict[str, Any]


class Sampled(Protocol):
    """What draws the samples of all columns, block by block: `calc.study.simulate.Simulation`."""

    draws: Draws
    size: int

    def block(self, start: int, count: int) -> Iterator[tuple[int, str, Any]]:
        """Yield position of the column, name and samples of every wanted figure, of shape (years or 1, count)."""


class SamplingErrors:
    """The sampling errors of all figures of an answer, found when they are first asked for.

    simulation: makes the simulation of the cases, with what is wanted of each case and part.
    """

    def __init__(
        self,
        scenario: Scenario,
        columns: Sequence[Column],
        simulation: Callable[[Iterable[Iterable[str]]], Sampled],
    ) -> None:
        self.scenario = scenario
        self.simulation = simulation
        self.columns = columns
        self._places = {(each.inside, each.label): at for at, each in enumerate(self.columns)}
        self._found: dict[bool, dict[tuple[int, str], Errors]] = {}

    def of(self, column: Column, name: str) -> Errors | None:
        """Return the standard errors of mean and percentiles of a figure that is the same in every year.

        None where there are none: of very few samples, or where too many have no value.
        """
        if self.scenario.samples < _FEW:
            return None
        if self.scenario.method == "random":
            return by_chance(column.samples[name][:, 0], self.scenario.samples)
        # What is asked for is told more often than what is on the way.
        at = self._places[column.inside, column.label]
        asked = name in self.columns[at].case.wanted
        if asked not in self._found:
            self._found[asked] = self._replicated(asked=asked)
        return self._found[asked].get((at, name))

    def _replicated(self, *, asked: bool) -> dict[tuple[int, str], Errors]:
        names = [[n for n in (each.case.wanted if asked else each.plan.answered) if n in each.samples]
                 for each in self.columns]  # fmt: skip
        simulation = self.simulation(names)
        times, sizes = replicates(self.scenario.samples, len(self.columns))
        drawn: dict[tuple[int, str], list[list[Mapping[str, float] | None]]] = {}
        for again in range(1, times + 1):
            simulation.draws = draws_of(self.scenario, self.scenario.seed + again * _SEED)
            for key, values in _samples(simulation, sizes[0]).items():
                drawn.setdefault(key, []).append([summary(values[:size]) for size in sizes])
        found = {key: errors_of(each, sizes, self.scenario.samples) for key, each in drawn.items()}
        return {key: each for key, each in found.items() if each is not None}


def replicates(samples: int, columns: int) -> tuple[int, list[int]]:
    """Return how often so many samples are drawn again, and how many of them: a size, and a quarter and less of it."""
    share = max(_FEWEST, _OF_ALL // columns)
    if _WHOLE * samples <= min(_MOST_WHOLE, share):
        return _WHOLE, [samples]
    most = min(_MOST_LESS, share)
    # Halved again and again: how even a beginning of the sequence is depends on the first bits of its length.
    halvings = (samples * _LESS // most).bit_length()
    return _LESS, [samples >> halvings, samples >> halvings + 2, samples >> halvings + 4]


def _samples(simulation: Sampled, size: int) -> dict[tuple[int, str], Any]:
    """Return the first samples of all figures that are the same in every year."""
    found: dict[tuple[int, str], Any] = {}
    for start in range(0, size, simulation.size):
        count = min(simulation.size, size - start)
        for at, name, each in simulation.block(start, count):
            if len(each) == 1:
                found.setdefault((at, name), np.empty(size))[start : start + count] = each[0]
    return found


def errors_of(
    drawn: Sequence[Sequence[Mapping[str, float] | None]], sizes: Sequence[int], samples: int
) -> Errors | None:
    """Return the standard errors of so many samples, from the statistics of replicates, each of some sizes."""
    levels = [[each for one in drawn if (each := one[at]) is not None] for at in range(len(sizes))]
    if len(levels[0]) < 2:
        return None
    found = {}
    for key in KEYS:
        # What is too large is infinite, which whoever asks refuses.
        with np.errstate(all="ignore"):
            spreads = [float(np.std([each[key] for each in one], ddof=1)) if len(one) > 1 else 0.0 for one in levels]
        found[key] = spreads[0] if sizes[0] == samples else extrapolated(spreads, sizes, samples)
    return found


def extrapolated(spreads: Sequence[float], sizes: Sequence[int], samples: int) -> float:
    """Return the spread at so many samples, from those at smaller sizes: by a power of the size, fitted to them."""
    known = [(math.log(size), math.log(each)) for size, each in zip(sizes, spreads, strict=True) if each > 0]
    if not spreads[0]:
        return 0.0
    rate = -linear_regression(*zip(*known, strict=True)).slope if len(known) > 1 else _SLOWEST
    rate = min(_FASTEST, max(_SLOWEST, rate))
    return float(spreads[0] * (sizes[0] / samples) ** rate)


def by_chance(values: Any, samples: int) -> Errors | None:
    """Return the standard errors of so many pseudo-random samples, the first of which are these.

    The mean: the standard deviation over the root of their number. A percentile: its rank has that of a binomial count.
    """
    known = with_value(values)
    if known is None:
        return None
    count = samples * len(known) / len(values)
    ranked, found = Ranked(known), {}
    with np.errstate(all="ignore"):
        found["mean"] = float(np.std(known, ddof=1)) / math.sqrt(count)
    for key, share in PERCENTILES.items():
        off = math.sqrt(share * (1 - share) / count)
        found[key] = (ranked.at(min(1.0, share + off)) - ranked.at(max(0.0, share - off))) / 2
    return found
