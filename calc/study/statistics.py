"""Statistics of samples: those kept, and those of more samples than are kept; and the memory that samples take."""

from __future__ import annotations

import math
import struct
import sys
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

from calc.arrays import np
from calc.engine.figures import Series
from calc.errors import CalcError
from calc.longrun import duration
from calc.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from calc.arrays import Array, Counts, Positions
    from calc.engine.figures import Figure

MAX_SAMPLE_BYTES = 2_000_000_000
# Of so many samples those of the lines of a sum are kept too, and further figures are drawn; more would take much room.
MOST = 1 << 16
# Elements of an array: few enough to stay near the processor while a block is computed, and so many that numpy's calls
# take a small part of the time. Twice and half as many were slower.
BLOCK = 1 << 15


def block_size(years: int) -> int:
    """Return how many samples make a block, of a scenario with so many years."""
    return max(1 << 10, BLOCK >> max(0, years - 1).bit_length())


def arrays_of(figures: Iterable[Figure], years: Sequence[int]) -> int:
    """Return how many numbers a sample of figures holds: of a yearly one, one a year."""
    return sum(len(years) if isinstance(each, Series) else 1 for each in figures)


def check_memory(samples: int, arrays: int, kept: int | None = None, seconds: float = 0.0) -> None:
    """Refuse samples that would not fit into memory.

    kept: how many of them are, if not all. seconds: how long they would take, where that is known.
    Raises CalcError.
    """
    size = arrays * (samples if kept is None else kept) * 8
    if size > MAX_SAMPLE_BYTES:
        time = f", and would take about {duration(seconds)}" if seconds else ""
        message = f"{samples:,} samples of {arrays:,} quantities are {size / 1e9:,.1f} GB{time}"
        hint = f"at most {MAX_SAMPLE_BYTES / 1e9:,.0f} GB are used; take fewer `samples`, or ask for fewer figures"
        raise CalcError("E-TOO-LARGE", message, hint=hint)


# ---------------- statistics of samples

PERCENTILES = {"p5": 0.05, "p10": 0.1, "p50": 0.5, "p90": 0.9, "p95": 0.95}
KEYS = ("mean", *PERCENTILES)
# A sum of so many sums loses fewer digits.
BATCHES = 16
# From the middle outwards, each rank halves what is left to look through.
_OUTWARDS = sorted(PERCENTILES, key=lambda key: abs(PERCENTILES[key] - 0.5))


def rank_of(share: float, count: int) -> int:
    """Return the rank, from 0, of the smallest of so many samples that so large a share of them does not exceed."""
    return min(max(math.ceil(share * count - 1e-9) - 1, 0), count - 1)


class Ranked:
    """Samples of which single ranks are found without sorting them all.

    Each look divides the samples between two ranks already known, so that further ranks cost less and less.
    """

    def __init__(self, values: Array) -> None:
        """Take samples that all have a value."""
        self._values = values.copy()
        self._known = [-1, len(values)]

    def at(self, share: float) -> float:
        """Return the smallest sample that so large a share of them does not exceed."""
        rank = rank_of(share, len(self._values))
        place = bisect_left(self._known, rank)
        if self._known[place] != rank:
            first, end = self._known[place - 1] + 1, self._known[place]
            self._values[first:end].partition(rank - first)
            self._known.insert(place, rank)
        return float(self._values[rank])


def with_value(values: Array) -> Array | None:
    """Return the samples that have a value; None where half of them or more have none: no median stands for those."""
    import numpy as np

    missing = np.isnan(values)
    lost = int(np.count_nonzero(missing))
    if not lost:
        return values
    return values[~missing] if 2 * lost < len(values) else None


def summary(values: Array) -> dict[str, float] | None:
    """Return mean and percentiles of samples that have a value, or None where half of them or more have none.

    Percentiles are samples themselves (inverse of the empirical distribution), so that a count stays whole.
    """
    # What is too large for a mean is infinite, which whoever asks refuses.
    with np.errstate(all="ignore"):
        mean = float(np.mean(values))
        if math.isnan(mean):
            known = with_value(values)
            if known is None:
                return None
            values = known
            mean = float(np.mean(values))
    ranked = Ranked(values)
    percentiles = {key: ranked.at(PERCENTILES[key]) for key in _OUTWARDS}
    return {"mean": mean, **{key: percentiles[key] for key in PERCENTILES}}


def shares_without_value(samples: Array) -> list[float]:
    """Return the share of the samples, shape (samples, years or 1), that have no value, of every year."""
    shares: list[float] = np.isnan(samples).mean(axis=0).tolist()
    return shares


def ranks(samples: Array) -> Array:
    """Return the ranks of samples, shape (samples,); equal ones share the middle of theirs, as chance ranks none."""
    _, place, counts = np.unique(samples, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]


def rank_share(ranked: Array, inputs: dict[str, Array]) -> dict[str, float]:
    """Return how much of the spread of a figure each input explains: its squared rank correlation, largest first.

    ranked, inputs: `ranks` of the figure and of inputs, shape (samples,); shares of inputs that act together add to
    less or more than one. Source: Spearman 1904; the square as the share of the variance of ranks.
    """
    if ranked.std() == 0:
        return {}
    shares = {name: float(np.corrcoef(ranked, each)[0, 1] ** 2) for name, each in inputs.items() if each.std()}
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


# ---------------- statistics of more samples than are kept

# Tallies of different samples with the same brackets can be merged; their size does not grow with the samples.


BINS = 4096
# So many values wait for their bins at most.
_NEAR = 1 << 16
# A percentile of the first part misses its rank by a standard error; so many of them lie in a bracket.
_WIDTH = 6.0
_RANK_ERROR = 1e-5
# All bits of a floating-point number but its sign, and all of them.
_LARGEST = (1 << 63) - 1
_ALL = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Bracket:
    """Where a percentile lies, in bins from `low` to `high`, both included.

    kind: bins of equal width ("even"), of as many whole numbers each ("whole"), or of as many floating-point numbers
    each ("bits"), which tell values of any size apart. whole: the figure is a count, whose percentile has to be exact.
    atom: the value that the first part of the samples had most often near that percentile, NaN for none.
    """

    low: float
    high: float
    kind: str
    whole: bool
    atom: float

    @property
    def step(self) -> float:
        """Return the width of a bin, in what the kind counts."""
        if self.kind == "even":
            return (self.high - self.low) / BINS
        first, last = (_key(each) if self.kind == "bits" else int(each) for each in (self.low, self.high))
        return -(-(last - first + 1) // BINS)

    def positions(self, inside: Array) -> Positions:
        """Return the bins of values that lie inside."""
        if self.kind == "bits":
            bits = np.ascontiguousarray(inside).view(np.int64)
            # The bits of negative numbers run the other way.
            keys = np.where(bits < 0, bits ^ np.int64(_LARGEST), bits).view(np.uint64)
            from_low = keys - np.uint64(_key(self.low) & _ALL)
            return (from_low // np.uint64(self.step)).astype(np.int64)
        step = self.step
        if not step:
            return np.zeros(len(inside), dtype=np.int64)
        return np.minimum(((inside - self.low) / step).astype(np.int64), BINS - 1)

    def value(self, position: int, share: float) -> float:
        """Return the value so far into a bin."""
        if self.kind == "even":
            return self.low + self.step * (position + share)
        first = int(position * self.step)
        inside = first + round(share * (self.step - 1))
        return _float(min(_key(self.low) + inside, _key(self.high))) if self.kind == "bits" else self.low + inside

    def is_exact(self, position: int) -> bool:
        """Tell whether all values in a bin are equal."""
        return self.value(position, 0.0) == self.value(position, 1.0)

    def inside(self, position: int) -> Bracket:
        """Return a bracket that is one bin of this one."""
        ends = self.value(position, 0.0), self.value(position, 1.0)
        return Bracket(*ends, self.kind if self.kind == "whole" else "bits", self.whole, self.atom)


def _one(value: float) -> Array:
    return np.array([value])


def _key(value: float) -> int:
    """Return an integer that grows with a floating-point number, by one to the next number."""
    (bits,) = struct.unpack("<q", struct.pack("<d", value + 0.0))
    return int(bits ^ _LARGEST if bits < 0 else bits)


def _float(key: int) -> float:
    (value,) = struct.unpack("<d", struct.pack("<q", key ^ _LARGEST if key < 0 else key))
    return float(value)


def brackets(values: Array) -> list[Bracket]:
    """Return a bracket for every percentile, from the first part of the samples; none where it has no values."""
    ordered = np.sort(values[~np.isnan(values)])
    if not ordered.size:
        return []
    # Larger numbers are whole because they have no digits left.
    whole = bool((ordered == np.rint(ordered)).all()) and float(np.abs(ordered[[0, -1]]).max()) < 2.0**53
    count = len(ordered)
    found = []
    for share in PERCENTILES.values():
        margin = _WIDTH * math.sqrt(share * (1 - share) / count)
        near = ordered[max(0, math.floor((share - margin) * count)) : math.ceil((share + margin) * count) + 1]
        low, high = float(near[0]), float(near[-1])
        each, ties = np.unique(near, return_counts=True)
        atom = float(each[ties.argmax()]) if ties.max() > 1 else math.nan
        kind = "whole" if whole else "even" if math.isfinite((high - low) / BINS) else "bits"
        found.append(Bracket(low, high, kind, whole, atom))
    return found


@dataclass(slots=True)
class Tally:
    """What is counted of one figure, batch by batch.

    counts: samples that have a value. without: those that have none. sums: of the values. below: those below each
    bracket. atoms: those below the atom of each bracket, and equal to it. bins: those in each bin of each bracket.
    is_whole: no value in a bracket of whole numbers was another. near: values in brackets, by batch, that no bin counts
    yet: for few of them at a time bins are too many.
    """

    brackets: list[Bracket]
    counts: list[int] = field(default_factory=lambda: [0] * BATCHES)
    sums: list[float] = field(default_factory=lambda: [0.0] * BATCHES)
    without: int = 0
    below: Counts = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    atoms: Counts = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    bins: dict[tuple[int, int], Counts] = field(default_factory=dict)
    is_whole: bool = True
    near: list[tuple[int, Array]] = field(default_factory=list)

    @property
    def is_begun(self) -> bool:
        """Tell whether anything was counted; what lies below brackets and on atoms has a place for each then."""
        return self.below.ndim > 1

    def add(self, values: Array, batch: int) -> None:
        """Count samples of one batch."""
        total = float(np.add.reduce(values))
        if math.isnan(total):
            known = values[~np.isnan(values)]
            self.without += len(values) - len(known)
            values, total = known, float(np.add.reduce(known))
        self.counts[batch] += len(values)
        self.sums[batch] += total
        if not self.is_begun:
            self.below = np.zeros((BATCHES, len(self.brackets)), dtype=np.int64)
            self.atoms = np.zeros((2, BATCHES, len(self.brackets)), dtype=np.int64)
        near = np.zeros(len(values), dtype=bool)
        for at, bracket in enumerate(self.brackets):
            lower = values < bracket.low
            self.below[batch, at] += np.count_nonzero(lower)
            near |= np.logical_xor(values <= bracket.high, lower, out=lower)
        self.near.append((batch, values[near]))
        if sum(len(each) for _, each in self.near) > _NEAR:
            self.settle()

    def settle(self) -> None:
        """Count in bins what was added since the last time; whatever reads bins does so first."""
        for batch in dict.fromkeys(batch for batch, _ in self.near):
            near = np.concatenate([each for one, each in self.near if one == batch])
            for at, bracket in enumerate(self.brackets):
                inside = near[(near >= bracket.low) & (near <= bracket.high)]
                if inside.size:
                    self._bin(inside, bracket, batch, at)
        self.near = []

    def _bin(self, inside: Array, bracket: Bracket, batch: int, at: int) -> None:
        counted = np.bincount(bracket.positions(inside), minlength=BINS)
        known = self.bins.get((batch, at))
        self.bins[batch, at] = counted if known is None else known + counted
        if bracket.atom == bracket.atom:  # NaN, no atom, is not itself
            self.atoms[0, batch, at] += np.count_nonzero(inside < bracket.atom)
            self.atoms[1, batch, at] += np.count_nonzero(inside == bracket.atom)
        if bracket.kind == "whole" and self.is_whole:
            self.is_whole = bool((inside == np.rint(inside)).all())

    def merge(self, other: Tally) -> None:
        """Add what another tally with the same brackets has counted."""
        self.settle()
        other.settle()
        self.counts = [one + each for one, each in zip(self.counts, other.counts, strict=True)]
        self.sums = [one + each for one, each in zip(self.sums, other.sums, strict=True)]
        self.without += other.without
        if other.is_begun and self.is_begun:
            self.below, self.atoms = self.below + other.below, self.atoms + other.atoms
        elif other.is_begun:
            self.below, self.atoms = other.below, other.atoms
        self.is_whole = self.is_whole and other.is_whole
        for key, counted in other.bins.items():
            self.bins[key] = self.bins[key] + counted if key in self.bins else counted

    def pack(self) -> tuple[Any, list[Counts]]:
        """Return what was counted as what JSON can hold, and arrays; without the brackets."""
        self.settle()
        plain = self.counts, self.sums, self.without, self.is_whole, self.is_begun, list(self.bins)
        return plain, [*([self.below, self.atoms] if self.is_begun else []), *self.bins.values()]

    @classmethod
    def unpack(cls, plain: Any, arrays: Iterator[Counts], brackets: list[Bracket]) -> Tally:
        """Return a tally that was packed; takes its arrays from the iterator."""
        counts, sums, without, is_whole, has_below, keys = plain
        none = np.zeros(0, dtype=np.int64)
        below, atoms = (next(arrays), next(arrays)) if has_below else (none, none)
        bins = {(batch, at): next(arrays) for batch, at in keys}
        return cls(brackets, counts, sums, without, below, atoms, bins, is_whole)

    def may_be_of(self, size: int) -> bool:
        """Tell whether this may have been counted in so many samples, whoever wrote it down."""
        counts, marks, known = [*self.counts, self.without], len(self.brackets), sum(self.counts)
        whole = [*([self.below, self.atoms] if self.is_begun else []), *self.bins.values()]
        shapes = [] if not self.is_begun else [(BATCHES, marks), (2, BATCHES, marks)]
        return (
            len(self.counts) == len(self.sums) == BATCHES
            and all(type(each) is int and each >= 0 for each in counts)
            and sum(counts) in {0, size}
            and all(type(each) is float for each in self.sums)
            and (self.is_begun or not known)
            and [each.shape for each in whole] == [*shapes, *[(BINS,)] * len(self.bins)]
            and all(each.dtype.kind == "i" and int(each.min(initial=0)) >= 0 for each in whole)
            and all(int(each.sum()) <= marks * known for each in whole)
            and all(key in {(batch, at) for batch in range(BATCHES) for at in range(marks)} for key in self.bins)
        )

    # ------------------------------------------------------------ what was found

    @property
    def mean(self) -> float:
        """Return the mean of all samples."""
        return math.fsum(self.sums) / sum(self.counts)

    def summary(self) -> dict[str, float] | None:
        """Return mean and percentiles, or None where half of the samples or more have no value."""
        self.settle()
        if self.without >= sum(self.counts) or not self.brackets:
            return None
        found = {"mean": self.mean}
        found.update((key, self._value(at, share)) for at, (key, share) in enumerate(PERCENTILES.items()))
        return found

    def unsure(self) -> list[Bracket] | None:
        """Return better brackets where bins are too coarse or lie beside the percentile, or None if all is well."""
        self.settle()
        if self.without >= sum(self.counts) or not self.brackets:
            return None
        fresh = [self._better(at, share) for at, share in enumerate(PERCENTILES.values())]
        return None if all(new is old for new, old in zip(fresh, self.brackets, strict=True)) else fresh

    def _better(self, at: int, share: float) -> Bracket:
        bracket, total = self.brackets[at], sum(self.counts)
        if not self.is_whole and bracket.whole:
            return Bracket(bracket.low, bracket.high, "bits", whole=False, atom=bracket.atom)
        rank, below, counted = self._target(share), int(self.below[:, at].sum()), self._counted(at)
        if self._is_atom(at, rank):
            return bracket
        if rank <= below:
            return Bracket(-sys.float_info.max, bracket.low, "bits", bracket.whole, bracket.atom)
        if rank > below + int(counted.sum()):
            return Bracket(bracket.high, sys.float_info.max, "bits", bracket.whole, bracket.atom)
        position = self._position(at, share)[0]
        inside = int(counted[position])
        if bracket.low <= bracket.atom <= bracket.high and bracket.positions(_one(bracket.atom))[0] == position:
            inside -= int(self.atoms[1, :, at].sum())
        is_fine = bracket.is_exact(position) or (not bracket.whole and inside <= _RANK_ERROR * total)
        return bracket if is_fine else bracket.inside(position)

    def _target(self, share: float) -> int:
        return max(1, math.ceil(share * sum(self.counts) - 1e-9))

    def _is_atom(self, at: int, rank: int) -> bool:
        """Tell whether the sample of a rank is the atom of a bracket."""
        first = int(self.below[:, at].sum() + self.atoms[0, :, at].sum())
        return first < rank <= first + int(self.atoms[1, :, at].sum())

    def _counted(self, at: int) -> Counts:
        return sum((each for (_, bracket), each in self.bins.items() if bracket == at), np.zeros(BINS, dtype=np.int64))

    def _position(self, at: int, share: float) -> tuple[int, float]:
        """Return the bin that holds the sample of a rank, and how far into it that lies."""
        counted, rank = self._counted(at), self._target(share) - int(self.below[:, at].sum())
        running = np.cumsum(counted)
        position = min(int(np.searchsorted(running, max(rank, 1))), BINS - 1)
        before = int(running[position] - counted[position])
        return position, min(1.0, max(0.0, (rank - before - 0.5) / max(1, int(counted[position]))))

    def _value(self, at: int, share: float) -> float:
        bracket, rank = self.brackets[at], self._target(share)
        if self._is_atom(at, rank):
            return bracket.atom
        value = bracket.value(*self._position(at, share))
        if not bracket.low <= bracket.atom <= bracket.high:
            return value
        is_below = rank <= int(self.below[:, at].sum() + self.atoms[0, :, at].sum())
        return min(value, bracket.atom) if is_below else max(value, bracket.atom)
