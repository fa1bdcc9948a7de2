"""What explains a difference between two cases: a share of it for every change, adding up exactly.

The share of a change is its Shapley value: its effect, averaged over all orders in which the changes can be made one
after the other. Many changes are made in one order, which is said. Either way the steps lead from one figure to the
other, so that nothing is left over.
Source: Shapley 1953 (Contributions to the Theory of Games II, 307).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from calc.errors import CalcError
from calc.study.change import Change, Side

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Side", "Step", "Waterfall", "explain"]

# 2^12 combinations are about as many as a reader waits for gladly.
MAX_SHAPLEY = 12
# What float arithmetic in another order may change, relative to the figure.
_NOISE = 1e-9
# A share that rounding alone can make.
_NONE = 1e-12

Groups = list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Step:
    """What some changes, usually one, do to a figure; after: the figure once they are made too.

    names: inputs, variants as `use: NAME`, `formulas` or `years`. change is `after` less the figure before.
    """

    names: tuple[str, ...]
    change: float
    after: float


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The way from one figure to another; method: shapley, sequential or together, where no change stands alone."""

    start: float
    end: float
    method: str
    steps: tuple[Step, ...]


def explain(
    first: Side, second: Side, name: str, years: Sequence[int | None], ends: Sequence[tuple[float, float]]
) -> list[Waterfall]:
    """Return the steps that lead from a figure of the first side to that of the second, a way for each of the years.

    years: None for a figure that is the same in all years. ends: the figure on both sides, for each of the years.
    """
    change = Change(first, second, name, years)
    for groups in change.groupings():
        try:
            start, end = change.figures(frozenset()), change.figures(frozenset(change.names))
            if not all(_same(pair, each) for pair, each in zip(zip(start, end, strict=True), ends, strict=True)):
                break
            is_short = len(groups) <= MAX_SHAPLEY
            shares = _shapley(change, groups) if is_short else _sequential(change, groups)
        except CalcError:
            continue
        method = "together" if len(groups) == 1 < len(change.names) else "shapley" if is_short else "sequential"
        return [_waterfall(groups, [each[at] for each in shares], ends[at], method) for at in range(len(years))]
    # What the sides differ in cannot be told apart: all of it is one step.
    whole = tuple(change.names)
    return [Waterfall(*pair, "together", (Step(whole, pair[1] - pair[0], pair[1]),) if whole else ()) for pair in ends]


def _same(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return all(abs(a - b) <= _NOISE * max(abs(a), abs(b)) for a, b in zip(one, other, strict=True))


def _waterfall(groups: Groups, shares: list[float], ends: tuple[float, float], method: str) -> Waterfall:
    start, end = ends
    slack = _NONE * max(abs(each) for each in (start, end, *shares))
    found = [(group, share) for group, share in zip(groups, shares, strict=True) if abs(share) > slack]
    if method == "shapley":
        found.sort(key=lambda each: -abs(each[1]))
    steps, before = [], start
    for at, (group, _) in enumerate(found):
        # The last step ends where the other figure is, so that no rounding is left over.
        after = end if at == len(found) - 1 else start + math.fsum(share for _, share in found[: at + 1])
        steps.append(Step(group, after - before, after))
        before = after
    return Waterfall(start, end, method, tuple(steps))


def _shapley(change: Change, groups: Groups) -> list[list[float]]:
    """Return the Shapley value of every group in every year."""
    count, shares = len(groups), []
    for at, group in enumerate(groups):
        others = [each for position, each in enumerate(groups) if position != at]
        terms: list[list[float]] = [[] for _ in change.years]
        for size in range(count):
            weight = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
            for chosen in combinations(others, size):
                before = frozenset(name for each in chosen for name in each)
                pairs = zip(change.figures(before), change.figures(before | set(group)), strict=True)
                for term, (one, other) in zip(terms, pairs, strict=True):
                    term.append(weight * (other - one))
        shares.append([math.fsum(term) for term in terms])
    return shares


def _sequential(change: Change, groups: Groups) -> list[list[float]]:
    """Return what each group does when they are changed in this order."""
    shares, changed = [], frozenset[str]()
    for group in groups:
        before, changed = change.figures(changed), changed | set(group)
        shares.append([other - one for one, other in zip(before, change.figures(changed), strict=True)])
    return shares
