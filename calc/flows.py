"""Operations on dated flows: what they are worth, at which rate they add up to nothing, and when they have paid back.

Dates and forms are those of `calc.dated`.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from calc.arrays import np
from calc.dated import SAME, of_rows
from calc.op import first_at_rate, operation, ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from calc.arrays import Array
    from calc.dated import Yearly

# Discount factors between which a rate of return is looked for: from -99.9999 % to a million per cent a year.
_FACTORS = (math.log(1e-4), math.log(1e6))
# Halved so often, what is between these is below the last digit of a float.
_HALVINGS = 60
_LOOKED_AT = 60
# Where amounts stand among the arguments of a rate of return; dates are between them.
_AMOUNTS = (0, 1, 3, 5, 7)


def _starts(rate: Sequence[float]) -> list[float]:
    """Return what 1 at the beginning of the plan has become at the start of each year."""
    return list(itertools.accumulate(rate[:-1], lambda factor, each: factor * (1 + each), initial=1.0))


def _present_array(x: Array, date: Array, rate: Array) -> Array:
    grown: Array = np.ones(rate.shape)
    grown[..., 1:] = np.multiply.accumulate(1.0 + rate[..., :-1], axis=-1)
    found: Array = x / grown / (1.0 + rate) ** date
    return found


@operation(
    first_at_rate("present"),
    _present_array,
    years="series",
    words="each year's amount / (1 + rate) of every year before it / (1 + rate of its own year) ** date",
)
def present(x: Yearly, date: Yearly, rate: Yearly) -> list[float]:
    """Return what yearly amounts at `date` of their years are worth at the beginning of the plan, by year.

    date: a share of the year, from 0 at its start to 1 at its end. rate: a pure number, of the year itself.
    """
    dated = zip(x, _starts(rate), rate, date, strict=True)
    return [each / start / math.pow(1 + own, at) for each, start, own, at in dated]


def _serving_present_array(x: Array, date: Array, life: Array, timing: Array, rate: Array) -> Array:
    x, date, life, timing, rate = np.broadcast_arrays(x, date, life, timing, rate)
    found, one = np.zeros(x.shape), np.ones(x.shape)
    starts = _present_array(one, 0 * one, rate)
    for made in range(x.shape[-1]):
        bought = made + date[..., made]
        for year in range(made, x.shape[-1]):
            begin = np.maximum(bought, year)
            span = np.maximum(0.0, np.minimum(bought + life[..., made], year + 1) - begin)
            at = begin - year + span * timing[..., year]
            found[..., year] += x[..., made] * span * starts[..., year] / (1.0 + rate[..., year]) ** at
    return found


@operation(
    first_at_rate("serving_present"),
    _serving_present_array,
    years="series",
    words="each year, what serving counts, each stretch of a year discounted as in present from the place in it that "
    "timing says",
)
def serving_present(x: Yearly, date: Yearly, life: Yearly, timing: Yearly, rate: Yearly) -> list[float]:
    """Return by year what amounts that run over a life from their dates are worth at the beginning of the plan.

    x, date, life: as in `calc.dated.serving`. timing: 0, 1/2 or 1 of the part of each year through which one runs.
    rate: as in `present`.
    """
    found = [0.0] * len(x)
    starts = _starts(rate)
    for made, each in enumerate(x):
        bought = made + date[made]
        for year in range(made, len(x)):
            begin, end = max(bought, year), min(bought + life[made], year + 1)
            if each and end > begin:
                at = begin - year + (end - begin) * timing[year]
                found[year] += each * (end - begin) / starts[year] / math.pow(1 + rate[year], at)
    return found


def _worth(*flows: Array) -> Callable[..., Array]:
    """Return what flows of each year are worth as a function of the logarithm of a year's discount factor."""
    start, *pairs, end = flows
    dated = tuple(zip(pairs[::2], pairs[1::2], strict=True))

    def value(log: Array) -> Array:
        found = np.zeros(log.shape)
        with np.errstate(all="ignore"):
            factor = np.exp(log)
            for year in reversed(range(start.shape[-1])):
                midst = sum(each[..., year] * np.exp(log * date[..., year]) for each, date in dated)
                found = (found + end[..., year]) * factor + midst + start[..., year]
        return found

    return value


def _changes(amounts: Array) -> Array:
    """Count how often amounts change their sign along the last axis; 0 takes the sign before it."""
    signs = np.sign(amounts)
    for at in range(1, amounts.shape[-1]):
        signs[..., at] = np.where(signs[..., at] == 0, signs[..., at - 1], signs[..., at])
    found: Array = (signs[..., 1:] * signs[..., :-1] < 0).sum(axis=-1)
    return found


def _changes_by_date(*flows: Array) -> Array:
    """Count how often flows change their sign from date to date, those of one date taken together."""
    start, *pairs, end = flows
    years: Array = np.arange(start.shape[-1], dtype=float)
    dates = (years, *(years + each for each in pairs[1::2]), years + 1.0)
    times = [np.broadcast_to(each, start.shape) for each in dates]
    when, amounts = (np.concatenate(each, axis=-1) for each in (times, (start, *pairs[::2], end)))
    order = np.argsort(when, axis=-1, kind="stable")
    when, amounts = (np.take_along_axis(each, order, axis=-1) for each in (when, amounts))
    for at in range(1, when.shape[-1]):
        one = when[..., at] - when[..., at - 1] < SAME
        amounts[..., at] += np.where(one, amounts[..., at - 1], 0.0)
        amounts[..., at - 1] = np.where(one, 0.0, amounts[..., at - 1])
    return _changes(amounts)


def _rate_of_return_array(*args: Array) -> Array:
    shape = np.broadcast_shapes(*(each.shape for each in args))
    flows = [np.broadcast_to(each, shape) for each in args]
    value = _worth(*flows)
    places = np.linspace(*_FACTORS, _LOOKED_AT)
    looked = np.stack([value(np.full(shape[:-1], each)) for each in places], axis=-1)
    rises = looked[..., -1] > 0
    once = (_changes(np.add.reduce([flows[at] for at in _AMOUNTS])) == 1) | (_changes_by_date(*flows) == 1)
    none = ~once | (_changes(looked) != 1)
    low, high = (np.full(shape[:-1], each) for each in _FACTORS)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = (value(middle) > 0) == rises
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    unknown = sum((np.isnan(each).any(axis=-1) for each in flows), np.zeros(shape[:-1])) > 0
    rate: Array = np.where(none | unknown, np.nan, np.exp(-(low + high) / 2) - 1)
    return rate[..., np.newaxis]


@operation(
    ratio,
    _rate_of_return_array,
    years="one",
    words="the rate a year at which all flows, each discounted with it from its date, add up to 0",
    no_value="the flows do not change from minus to plus, or back, exactly once, neither by year nor by date",
)
def rate_of_return(  # noqa: PLR0913, PLR0917  # each flow with its date
    start: Yearly, bought: Yearly, bought_date: Yearly, sold: Yearly, sold_date: Yearly, through: Yearly,
    timing: Yearly, end: Yearly,
) -> float | None:  # fmt: skip
    """Return the yearly rate at which dated flows add up to 0 at present value, a pure number.

    start, end: what flows at the start and the end of each year; bought, sold: what flows at their dates within it;
    through: what runs through it and counts at `timing`. No value unless the sums of the years, or the flows of each
    date, change their sign exactly once, and one rate alone does it.
    """
    args = (start, bought, bought_date, sold, sold_date, through, timing, end)
    rows = [np.array([each], dtype=float) for each in args]
    found = float(_rate_of_return_array(*rows)[0, 0])
    return None if math.isnan(found) else found


def _payback_time(
    start: Yearly, bought: Yearly, bought_date: Yearly, sold: Yearly, sold_date: Yearly, through: Yearly, end: Yearly
) -> list[float] | None:
    so_far, below = 0.0, 0.0
    for year, evenly in enumerate(through):
        last = year == len(through) - 1
        dated = ((0.0, start[year]), (bought_date[year], bought[year]), (sold_date[year], sold[year]), (1.0, end[year]))
        begin = 0.0
        # From a date to the next: what has come evenly, then what comes at once, that of one date together.
        for stop, at_once in _together(dated):
            after = so_far + evenly * (stop - begin)
            if stop > begin and after < 0:
                below = year + stop
            elif stop > begin and so_far < 0:
                below = year + begin - so_far / evenly
            so_far, begin = after + at_once, stop
            if so_far < 0:
                below = math.inf if last and stop == 1.0 else year + stop
    spent = (
        year + (0.0 if start[year] else bought_date[year])
        for year in range(len(through))
        if start[year] or bought[year]
    )
    return None if so_far < 0 else [max(0.0, below - next(spent, 0.0))] * len(through)


def _together(dated: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return amounts by date in order, those of one date added."""
    found: list[tuple[float, float]] = []
    for date, amount in sorted(dated):
        same = found.pop()[1] if found and date - found[-1][0] < SAME else 0.0
        found.append((date, same + amount))
    return found


def _together_arrays(dated: Sequence[tuple[Array, Array]]) -> Iterator[tuple[Array, Array, Any]]:
    """Yield date and amount as `_together` does for all rows at once, and where they count: the last of one date."""
    dates, amounts = (np.stack(each, axis=-1) for each in zip(*dated, strict=True))
    order = np.argsort(dates, axis=-1, kind="stable")
    dates, amounts = (np.take_along_axis(each, order, axis=-1) for each in (dates, amounts))
    carried = np.zeros(dates.shape[:-1])
    for at in range(dates.shape[-1]):
        date, carried = dates[..., at], carried + amounts[..., at]
        is_last = at + 1 == dates.shape[-1]
        counts = np.isfinite(date) if is_last else ~(dates[..., at + 1] - date < SAME)
        yield date, carried, counts
        carried = np.where(counts, 0.0, carried)


@of_rows
def _payback_time_array(*flows: Array) -> Array:
    """Return what `_payback_time` does for all rows at once."""
    start, bought, bought_date, sold, sold_date, through, end = flows
    years, shape = start.shape[-1], start.shape[:-1]
    so_far, below = np.zeros(shape), np.zeros(shape)
    none, whole = np.zeros(start.shape), np.ones(start.shape)
    dated = ((none, start), (bought_date, bought), (sold_date, sold), (whole, end))
    for year in range(years):
        evenly, begin = through[..., year], np.zeros(shape)
        for stop, at_once, counts in _together_arrays([(date[..., year], each[..., year]) for date, each in dated]):
            after = so_far + evenly * (stop - begin)
            crossing = year + begin - so_far / np.where(evenly == 0, 1.0, evenly)
            turned = np.where(after < 0, year + stop, np.where(so_far < 0, crossing, below))
            below = np.where(counts & (stop > begin), turned, below)
            so_far, begin = np.where(counts, after + at_once, so_far), np.where(counts, stop, begin)
            below = np.where(counts & (so_far < 0), year + stop, below)
    spends = (start != 0) | (bought != 0)
    first = np.argmax(spends, axis=-1)[..., np.newaxis]
    dates = np.where((start != 0) | ~spends, 0.0, bought_date)
    spent = (first + np.take_along_axis(dates, first, axis=-1))[..., 0]
    found: Array = np.where(so_far >= 0, np.maximum(0.0, below - spent), np.nan)
    return found[..., np.newaxis]


@operation(
    ratio,
    _payback_time_array,
    years="one",
    words="the time, from the first flow of the first two, after which the sum of all flows stays at 0 or above; "
    "what runs through a year is spread evenly over it",
    no_value="the sum of all flows is below 0 at the end of the plan",
)
def payback_time(
    start: Yearly, bought: Yearly, bought_date: Yearly, sold: Yearly, sold_date: Yearly, through: Yearly, end: Yearly
) -> float | None:
    """Return the years after which the sum of flows stays at 0 or above, a pure number; arguments: `rate_of_return`.

    They count from the date of the first flow in `start` or `bought`.
    """
    found = _payback_time(start, bought, bought_date, sold, sold_date, through, end)
    return None if found is None else found[0]
