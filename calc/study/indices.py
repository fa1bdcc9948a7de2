"""Sobol indices: the share of a figure's variance that comes from each uncertain input, alone and with the others.

Source: Saltelli et al. 2010 (Computer Physics Communications 181, 259): equation (b) of table 2 for first-order
indices, Jansen's (f) for total ones, on centred figures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_BLOCK = 1 << 14
_OTHER = " again"


@dataclass(frozen=True, slots=True)
class Index:
    """The first-order and total index of one input for one figure, with their standard errors."""

    first: float
    total: float
    first_error: float
    total_error: float


def uniforms(names: Sequence[str], samples: int, seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return two independent sets of numbers inside (0, 1) for every input: arrays of shape (samples,).

    Points of one Sobol sequence, scrambled by name, with two dimensions for each input.
    """
    from calc.study.draws import Draws
    from calc.study.sobol import dimensions

    others = [f"{name}{_OTHER}" for name in names]
    draws = Draws(seed, "sobol", dict(zip([*names, *others], range(dimensions()), strict=False)))
    first, second = (
        {name: draws.uniform(stream, 0, samples) for name, stream in zip(names, streams, strict=True)}
        for streams in (names, others)
    )
    return first, second


def indices(
    evaluate: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    first: Mapping[str, Any],
    second: Mapping[str, Any],
    moved: Callable[[str, Mapping[str, Any]], Mapping[str, Any]] | None = None,
) -> dict[str, dict[str, Index]]:
    """Return the indices of every figure for every input.

    evaluate: columns of inputs, shape (samples,), to columns of figures. first, second: independent samples of all
    inputs. moved: what `evaluate` gives after it was last called, now with another column of the named input; figures
    that do not depend on it may be left out. A figure without a value in some sample, or without variance, has no
    indices.
    """
    samples = len(next(iter(first.values())))
    found: dict[str, _Sums] = {}
    for start in range(0, samples, _BLOCK):
        inside = slice(start, min(samples, start + _BLOCK))
        one, other = ({name: each[inside] for name, each in columns.items()} for columns in (first, second))
        # What is evaluated next writes over it.
        at_second = {name: each.copy() for name, each in evaluate(other).items()}
        at_first = evaluate(one)
        for figure, values in at_first.items():
            if figure not in found:
                found[figure] = _Sums(float(values.mean()))
            found[figure].add(values, at_second[figure])
        for name in first:
            mixed = {**one, name: other[name]}
            for figure, values in (moved(name, mixed) if moved else evaluate(mixed)).items():
                found[figure].move(name, values)
    return {figure: sums.indices(first) for figure, sums in found.items() if sums.varies}


class _Sums:
    """Sums over the samples of one figure; of figures less `middle`, which is near their mean."""

    def __init__(self, middle: float) -> None:
        self.middle = middle
        self.count = 0
        self.total = 0.0
        self.squares = 0.0
        self.moved: dict[str, list[float]] = {}
        self.first: Any = None
        self.second: Any = None

    def add(self, first: Any, second: Any) -> None:
        """Add a block of figures at both samples."""
        self.first, self.second = first - self.middle, second - self.middle
        self.count += len(first)
        for each in (self.first, self.second):
            self.total += float(each.sum())
            self.squares += _product(each, each)

    def move(self, name: str, values: Any) -> None:
        """Add the same block of the first figures with one input from the second sample."""
        change = values - self.middle
        change -= self.first
        with_second, square = change * self.second, change * change
        sums = (
            float(change.sum()), float(with_second.sum()), float(square.sum()),
            _product(with_second, with_second), _product(with_second, change), _product(square, square),
        )  # fmt: skip
        known = self.moved.get(name, (0.0,) * len(sums))
        self.moved[name] = [one + each for one, each in zip(known, sums, strict=True)]

    @property
    def mean(self) -> float:
        """Return the mean over both samples."""
        return self.total / (2 * self.count)

    @property
    def variance(self) -> float:
        """Return the variance over both samples."""
        return self.squares / (2 * self.count) - self.mean**2

    @property
    def varies(self) -> bool:
        """Tell whether all samples have a value and differ by more than rounding."""
        return math.isfinite(self.variance) and self.variance > (1e-12 * abs(self.middle + self.mean)) ** 2

    def indices(self, names: Iterable[str]) -> dict[str, Index]:
        """Return the indices for every input, or none where a moved figure has no value."""
        found = {name: self._index(self.moved[name]) if name in self.moved else _NONE for name in names}
        return found if all(math.isfinite(each.total) for each in found.values()) else {}

    def _index(self, sums: list[float]) -> Index:
        change, product, square, products, crossed, fourth = (each / self.count for each in sums)
        alone, whole = product - self.mean * change, square / 2
        alone_variance = products - 2 * self.mean * crossed + self.mean**2 * square - alone**2
        whole_variance = fourth / 4 - whole**2
        errors = (math.sqrt(max(0.0, each) / self.count) / self.variance for each in (alone_variance, whole_variance))
        return Index(alone / self.variance, whole / self.variance, *errors)


_NONE = Index(0.0, 0.0, 0.0, 0.0)


def _product(one: Any, other: Any) -> float:
    """Return the sum of products, without an array of them and in the same order on every machine."""
    import numpy as np

    return float(np.einsum("i,i->", one, other))
