"""Statistics of more samples than are kept: sums, and counts near the percentiles that a first part of them found.

Tallies of different samples with the same brackets can be merged; their size does not grow with the samples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from calc.study.statistics import BATCHES, PERCENTILES, spread

if TYPE_CHECKING:
    from collections.abc import Iterator

BINS = 4096
# A percentile of the first part misses its rank by a standard error; so many of them lie in a bracket.
_WIDTH = 6.0
_RANK_ERROR = 1e-5


@dataclass(frozen=True, slots=True)
class Bracket:
    """Where a percentile lies: bins of equal width from `low` to `high`, or one a whole number."""

    low: float
    high: float
    is_whole: bool

    @property
    def step(self) -> float:
        """Return the width of a bin."""
        return 1.0 if self.is_whole else (self.high - self.low) / BINS

    def value(self, position: int, inside: float) -> float:
        """Return the value so far into a bin."""
        return self.low + self.step * (position if self.is_whole else position + inside)


def brackets(values: Any) -> list[Bracket]:
    """Return a bracket for every percentile, from the first part of the samples; none where it has no values."""
    import numpy as np

    ordered = np.sort(values[~np.isnan(values)])
    if not ordered.size:
        return []
    whole = bool((ordered == np.rint(ordered)).all())
    count = len(ordered)
    found = []
    for share in PERCENTILES.values():
        margin = _WIDTH * math.sqrt(share * (1 - share) / count)
        low = ordered[max(0, math.floor((share - margin) * count))]
        high = ordered[min(count - 1, math.ceil((share + margin) * count))]
        found.append(Bracket(float(low), float(high), whole and high - low < BINS))
    return found


@dataclass(slots=True)
class Tally:
    """What is counted of one figure, batch by batch.

    counts: samples. without: those without a value. sums: of the values. below: those below each bracket.
    bins: those in each bin of each bracket.
    """

    brackets: list[Bracket]
    counts: list[int] = field(default_factory=lambda: [0] * BATCHES)
    sums: list[float] = field(default_factory=lambda: [0.0] * BATCHES)
    without: int = 0
    below: Any = None
    bins: dict[tuple[int, int], Any] = field(default_factory=dict)

    def add(self, values: Any, batch: int) -> None:
        """Count samples of one batch."""
        import numpy as np

        total = float(np.add.reduce(values))
        self.counts[batch] += len(values)
        self.sums[batch] += total
        if math.isnan(total):
            self.without += int(np.count_nonzero(np.isnan(values)))
        if self.below is None:
            self.below = np.zeros((BATCHES, len(self.brackets)), dtype=np.int64)
        for at, bracket in enumerate(self.brackets):
            lower = values < bracket.low
            self.below[batch, at] += np.count_nonzero(lower)
            inside = values[np.logical_xor(values <= bracket.high, lower)]
            if inside.size:
                self._bin(inside, bracket, batch, at)

    def _bin(self, inside: Any, bracket: Bracket, batch: int, at: int) -> None:
        import numpy as np

        step = bracket.step
        position = np.zeros(len(inside), dtype=np.int64)
        if step:
            position = np.minimum(((inside - bracket.low) / step).astype(np.int64), BINS - 1)
        counted = np.bincount(position, minlength=BINS)
        known = self.bins.get((batch, at))
        self.bins[batch, at] = counted if known is None else known + counted

    def merge(self, other: Tally) -> None:
        """Add what another tally with the same brackets has counted."""
        self.counts = [one + each for one, each in zip(self.counts, other.counts, strict=True)]
        self.sums = [one + each for one, each in zip(self.sums, other.sums, strict=True)]
        self.without += other.without
        if other.below is not None:
            self.below = other.below if self.below is None else self.below + other.below
        for key, counted in other.bins.items():
            self.bins[key] = self.bins[key] + counted if key in self.bins else counted

    def pack(self) -> tuple[Any, list[Any]]:
        """Return what was counted as what JSON can hold, and arrays; without the brackets."""
        plain = self.counts, self.sums, self.without, self.below is not None, list(self.bins)
        return plain, [*([] if self.below is None else [self.below]), *self.bins.values()]

    @classmethod
    def unpack(cls, plain: Any, arrays: Iterator[Any], brackets: list[Bracket]) -> Tally:
        """Return a tally that was packed; takes its arrays from the iterator."""
        counts, sums, without, has_below, keys = plain
        below = next(arrays) if has_below else None
        return cls(brackets, counts, sums, without, below, {(batch, at): next(arrays) for batch, at in keys})

    # ------------------------------------------------------------ what was found

    def summary(self) -> dict[str, float] | None:
        """Return mean and percentiles, or None when some samples have no value."""
        if self.without or not self.brackets:
            return None
        found = {"mean": math.fsum(self.sums) / sum(self.counts)}
        found.update((key, self._value(at, share)) for at, (key, share) in enumerate(PERCENTILES.items()))
        return found

    def standard_errors(self) -> dict[str, float] | None:
        """Return the standard errors of what `summary` gives, as for samples that are kept."""
        found = self.summary()
        if found is None or min(self.counts) == 0:
            return None
        errors = {"mean": spread([one / each for one, each in zip(self.sums, self.counts, strict=True)])}
        for at, (key, share) in enumerate(PERCENTILES.items()):
            position = self._position(at, share)[0]
            off = spread([self._rank(at, batch, position) / self.counts[batch] for batch in range(BATCHES)])
            errors[key] = (self._value(at, min(1.0, share + off)) - self._value(at, max(0.0, share - off))) / 2
        return errors

    def unsure(self) -> list[Bracket] | None:
        """Return better brackets where bins are too coarse or lie beside the percentile, or None if all is well."""
        if self.without or not self.brackets:
            return None
        fresh, total = list(self.brackets), sum(self.counts)
        for at, share in enumerate(PERCENTILES.values()):
            bracket = self.brackets[at]
            counted, below = self._counted(at), int(self.below[:, at].sum())
            target = math.ceil(share * total - 1e-9)
            if not below < target <= below + int(counted.sum()):
                width = bracket.high - bracket.low or abs(bracket.low) or 1.0
                fresh[at] = Bracket(bracket.low - width, bracket.high + width, bracket.is_whole)
                continue
            position = self._position(at, share)[0]
            if bracket.step and not bracket.is_whole and counted[position] > _RANK_ERROR * total:
                edges = Bracket(bracket.value(position, 0.0), bracket.value(position, 1.0), is_whole=False)
                # Equal values cannot be told apart by narrower bins.
                if edges.high - edges.low > 1e-12 * max(abs(edges.low), abs(edges.high)):
                    fresh[at] = edges
        return None if fresh == self.brackets else fresh

    def _counted(self, at: int) -> Any:
        import numpy as np

        return sum((each for (_, bracket), each in self.bins.items() if bracket == at), np.zeros(BINS, dtype=np.int64))

    def _position(self, at: int, share: float) -> tuple[int, float]:
        """Return the bin that holds the sample of a rank, and how far into it that lies."""
        import numpy as np

        counted, below = self._counted(at), int(self.below[:, at].sum())
        rank = math.ceil(share * sum(self.counts) - 1e-9) - below
        running = np.cumsum(counted)
        position = min(int(np.searchsorted(running, max(rank, 1))), BINS - 1)
        before = int(running[position] - counted[position])
        return position, min(1.0, max(0.0, (rank - before - 0.5) / max(1, int(counted[position]))))

    def _value(self, at: int, share: float) -> float:
        return self.brackets[at].value(*self._position(at, share))

    def _rank(self, at: int, batch: int, position: int) -> float:
        """Return how many samples of a batch lie below the middle of a bin."""
        counted = self.bins.get((batch, at))
        inside = 0.0 if counted is None else float(counted[:position].sum()) + float(counted[position]) / 2
        return float(self.below[batch, at]) + inside
