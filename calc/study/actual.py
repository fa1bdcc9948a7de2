"""Plan against actual: what explains the difference between the monthly cost of a plan and what a bill says was paid.

Of the lines of a plan that came: volume is the change of all hours at the planned mean price, mix what their other
shares do to that mean, price what each hour cost more or less. The rest has no planned hours: lines that did not come,
charges that no line plans, commitments that nothing used, taxes and credits, and what is paid in another month than it
is used. Together they are the difference.
Source: price, volume and mix of sales variance analysis (Horngren, Datar and Rajan, Cost Accounting, chapter 14).
"""

from __future__ import annotations

from collections import defaultdict
from math import fsum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from calc.importers.focus import Charge

# So many services that the plan does not contain are named, the largest first.
NAMED = 5


class PlannedLine(NamedTuple):
    """One line of a plan in one month: its cost, and the price of one of its hours, None where it has none."""

    name: str
    cost: float
    price: float | None


class ActualStep(NamedTuple):
    """What one reason changes; before, after: what it was and became, in words, None where that says nothing.

    kind: volume, mix, price, together, absent, unplanned, unused, other or timing.
    """

    kind: str
    words: str
    change: float
    before: str | None = None
    after: str | None = None


class Month(NamedTuple):
    """A plan and a bill in one month: planned, paid or used, and the steps from one to the other."""

    month: str
    planned: float
    actual: float
    steps: tuple[ActualStep, ...]


class Counting(NamedTuple):
    """How a bill is read.

    line_of: the line that a charge belongs to, None for none. hours_of: hours of a charge as the plan counts them, None
    where nobody knows how many GPUs it had. money: an amount of a charge in the currency of the plan. thing: what an
    hour is of, for words. is_billed: the end is what was billed, not what was used.
    """

    line_of: Callable[[Charge], str | None]
    hours_of: Callable[[Charge], float | None]
    money: Callable[[Charge, float], float]
    thing: str
    is_billed: bool


def compare_month(month: str, lines: Sequence[PlannedLine], charges: Sequence[Charge], counting: Counting) -> Month:
    """Return what explains the difference between lines of a plan and the charges of one month."""
    used: dict[str, float] = defaultdict(float)
    hours: dict[str, float | None] = defaultdict(float)
    beside: dict[str, float] = defaultdict(float)
    unplanned: dict[str, float] = defaultdict(float)
    for each in charges:
        cost, line = counting.money(each, each.effective), counting.line_of(each)
        if each.is_unused:
            beside["unused"] += cost
        elif each.category in {"Tax", "Credit", "Adjustment"}:
            beside["other"] += cost
        elif line is None:
            unplanned[each.service] += cost
        else:
            used[line] += cost
            known, some = hours[line], counting.hours_of(each)
            hours[line] = None if known is None or some is None else known + some
    planned = fsum(each.cost for each in lines)
    steps = [*_lines(lines, used, hours, counting.thing), *_unplanned(unplanned)]
    words = {"unused": "commitments that nothing used", "other": "taxes, credits and adjustments"}
    steps += [ActualStep(kind, words[kind], beside[kind]) for kind in words if beside[kind]]
    billed = fsum(counting.money(each, each.billed) for each in charges)
    effective = fsum(counting.money(each, each.effective) for each in charges)
    if counting.is_billed and billed != effective:
        steps.append(ActualStep("timing", "paid in another month than used", billed - effective))
    return Month(
        month, planned, billed if counting.is_billed else effective, tuple(each for each in steps if each.change)
    )


def _lines(
    lines: Sequence[PlannedLine], used: Mapping[str, float], hours: Mapping[str, float | None], thing: str
) -> list[ActualStep]:
    came = [each for each in lines if each.name in used]
    steps = [ActualStep("absent", f"did not come: {each.name}", -each.cost) for each in lines if each.name not in used]
    apart = [each for each in came if each.price and each.cost and hours[each.name]]
    for each in came:
        if each not in apart:
            why = "its hours are not known" if each.price else "the plan has no price of an hour"
            steps.append(
                ActualStep("together", f"{each.name}: use and price together, {why}", used[each.name] - each.cost)
            )
    before = {each.name: each.cost / each.price for each in apart if each.price}
    after = {each.name: hours[each.name] or 0.0 for each in apart}
    if not apart:
        return steps
    first, last = fsum(before.values()), fsum(after.values())
    mean = fsum(each.cost for each in apart) / first
    at_planned = fsum(after[each.name] * (each.price or 0.0) for each in apart)
    spent = fsum(used[each.name] for each in apart)
    steps.append(
        ActualStep("volume", f"volume ({thing}-hours)", (last - first) * mean, f"{first:,.6g}", f"{last:,.6g}")
    )
    if len(apart) > 1:
        shares = [_shares(each, total) for each, total in ((before, first), (after, last))]
        steps.append(ActualStep("mix", "mix", at_planned - last * mean, *shares))
    prices = [f"{each:,.4g}" for each in (at_planned / last, spent / last)]
    steps.append(ActualStep("price", f"price of a {thing}-hour", spent - at_planned, *prices))
    return steps


def _shares(hours: Mapping[str, float], total: float) -> str:
    return ", ".join(f"{name} {each / total * 100:.3g} %" for name, each in hours.items())


def _unplanned(costs: Mapping[str, float]) -> list[ActualStep]:
    """Return the charges of no planned line by service, the largest first, those beyond the first few together."""
    ranked = sorted(costs.items(), key=lambda each: -abs(each[1]))
    steps = [ActualStep("unplanned", f"not in the plan: {name or 'no service'}", cost) for name, cost in ranked[:NAMED]]
    rest = fsum(cost for _, cost in ranked[NAMED:])
    more = len(ranked) - NAMED
    return steps if more <= 0 else [*steps, ActualStep("unplanned", f"not in the plan: {more} other services", rest)]
