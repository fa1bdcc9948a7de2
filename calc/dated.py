"""Operations on money with a date inside its year: what is bought when, and what dated flows are worth.

A year of a plan is its place from 0; a date in it is the share of the year that has passed, from 0 at its start to 1 at
its end. Forms are those of `calc.ops`: lists with a value a year, or arrays whose last axis is the years.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any, TypeAlias

from calc.arrays import np
from calc.op import first_at_rate, operation, ratio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from calc.arrays import Array

Yearly: TypeAlias = Any

# Dates that are nearer to each other than this, three seconds, are one.
_SAME = 1e-7
# What lasts for less than four days is no purchase that a plan of years can follow.
_LEAST_LIFE = 0.01
# Discount factors between which a rate of return is looked for: from -99.9999 % to a million per cent a year.
_FACTORS = (math.log(1e-4), math.log(1e6))
# Halved so often, what is between these is below the last digit of a float.
_HALVINGS = 60
_LOOKED_AT = 60
# Where amounts stand among the arguments of a rate of return; dates are between them.
_AMOUNTS = (0, 1, 3, 5, 7)


# ---------------------------------------------------------------- what is bought when


def _purchases(needed: Sequence[float], life: Sequence[float]) -> Iterator[tuple[int, float, float]]:
    """Yield year, date and amount of each purchase that keeps what is in service at what is needed."""
    if min(life) < _LEAST_LIFE:
        raise ValueError("a life of no years")
    serving: list[tuple[float, float]] = []
    for year, need in enumerate(needed):
        now = float(year)
        while now < year + 1:
            amount = need - math.fsum(each for each, end in serving if end > now + _SAME)
            if amount > 0:
                yield year, now - year, amount
                serving.append((amount, now + life[year]))
            now = min((end for _, end in serving if now + _SAME < end < year + 1 - _SAME), default=math.inf)


def _purchases_arrays(needed: Array, life: Array) -> tuple[Array, Array, Array]:
    """Return by year all purchases, those after the start of the year, and the sum of these times their dates."""
    shape = np.broadcast_shapes(needed.shape, life.shape)
    needed, life = np.broadcast_to(needed, shape), np.broadcast_to(life, shape)
    bad = np.asarray(np.isnan(needed).any(axis=-1) | ~(life >= _LEAST_LIFE).all(axis=-1))
    lives = np.where(bad[..., np.newaxis], np.inf, life)
    found = np.zeros((3, *shape))
    serving: list[tuple[Array, Array]] = []
    for year in range(shape[-1]):
        now = np.full(shape[:-1], float(year))
        while np.isfinite(now).any():
            alive = sum((np.where(end > now + _SAME, each, 0.0) for each, end in serving), np.zeros(shape[:-1]))
            amount = np.where(np.isfinite(now) & ~bad, np.maximum(0.0, needed[..., year] - alive), 0.0)
            date = np.where(np.isfinite(now), now - year, 0.0)
            found[0, ..., year] += amount
            found[1, ..., year] += np.where(date > 0, amount, 0.0)
            found[2, ..., year] += amount * date
            serving.append((amount, np.where(amount > 0, now + lives[..., year], -np.inf)))
            ends = [np.where((now + _SAME < end) & (end < year + 1 - _SAME), end, np.inf) for _, end in serving]
            now = np.minimum.reduce(ends)
    found[:, bad] = np.nan
    return found[0], found[1], found[2]


@operation(
    first_at_rate("cohort"),
    lambda needed, life: _purchases_arrays(needed, life)[0],
    years="series",
    words="each year, what is needed less what was bought before and still serves, at least 0, at its start and "
    "whenever a life ends within it",
)
def cohort(needed: Yearly, life: Yearly) -> list[float]:
    """Return purchases by year, so that what is in service covers `needed`; what has served its life is replaced.

    life: a pure number of years, at least 0.01; a life that ends within a year is replaced within it. What is no longer
    needed is kept.
    """
    bought = [0.0] * len(needed)
    for year, _, amount in _purchases(needed, life):
        bought[year] += amount
    return bought


@operation(
    first_at_rate("cohort_within"),
    lambda needed, life: _purchases_arrays(needed, life)[1],
    years="series",
    words="of the purchases that cohort counts, those after the start of their year",
)
def cohort_within(needed: Yearly, life: Yearly) -> list[float]:
    """Return those purchases of `cohort` that are made after the start of their year, where a life ends within it."""
    bought = [0.0] * len(needed)
    for year, date, amount in _purchases(needed, life):
        bought[year] += amount if date > 0 else 0.0
    return bought


def _cohort_date_array(needed: Array, life: Array) -> Array:
    _, within, moment = _purchases_arrays(needed, life)
    found: Array = np.where(within == 0, 0.0, moment / np.where(within == 0, 1.0, within))
    return found


@operation(
    ratio,
    _cohort_date_array,
    years="series",
    words="the mean date of the purchases that cohort_within counts, as a share of their year; 0 where there are none",
)
def cohort_date(needed: Yearly, life: Yearly) -> list[float]:
    """Return the mean date of the purchases that `cohort_within` counts, weighted by their amounts."""
    parts: list[list[tuple[float, float]]] = [[] for _ in needed]
    for year, date, amount in _purchases(needed, life):
        if date > 0:
            parts[year].append((date, amount))
    return _mean_dates(parts)


def _mean_dates(parts: Sequence[Sequence[tuple[float, float]]]) -> list[float]:
    """Return the mean of dates that come with amounts, year by year; 0 where there are none."""
    found = []
    for part in parts:
        whole = math.fsum(amount for _, amount in part)
        found.append(math.fsum(date * amount for date, amount in part) / whole if whole else 0.0)
    return found


def _fallen(young: float, old: float, fall: float) -> float:
    """Return the integral of exp(-fall * age) between two ages."""
    if fall == 0:
        return old - young
    return math.exp(-fall * young) * -math.expm1(-fall * (old - young)) / fall


def _serving_array(x: Array, date: Array, life: Array, fall: Array) -> Array:
    found = np.zeros(np.broadcast_shapes(x.shape, date.shape, life.shape, fall.shape))
    for made in range(x.shape[-1]):
        amount, rate = x[..., made], fall[..., made]
        bought = made + date[..., made]
        divisor = np.where(rate == 0, 1.0, rate)
        for year in range(made, x.shape[-1]):
            young = np.maximum(bought, year) - bought
            span = np.maximum(0.0, np.minimum(bought + life[..., made], year + 1) - bought - young)
            falling = np.exp(-rate * young) * -np.expm1(-rate * span) / divisor
            found[..., year] += amount * np.where(rate == 0, span, falling)
    return found


@operation(
    first_at_rate("serving"),
    _serving_array,
    years="series",
    words="each year, what was bought before and still serves: each times the part of the year in which it does, and "
    "smaller by exp(-fall) for each year of its age",
)
def serving(x: Yearly, date: Yearly, life: Yearly, fall: Yearly) -> list[float]:
    """Return by year the amounts `x`, bought at `date` of their years, over the part of each year in which they serve.

    life: a pure number of years. fall: the rate a year at which each falls with its age, 0 for none. All but x are pure
    numbers, and those of the year of the purchase count.
    """
    found = [0.0] * len(x)
    for made, each in enumerate(x):
        bought = made + date[made]
        for year in range(made, len(x)):
            begin, end = max(bought, year), min(bought + life[made], year + 1)
            if each and end > begin:
                found[year] += each * _fallen(begin - bought, end - bought, fall[made])
    return found


# ---------------------------------------------------------------- spent before it serves


def _led(x: Sequence[float], date: Sequence[float], lead: Sequence[float]) -> Iterator[tuple[int, float, float, float]]:
    """Yield year, beginning and end within it, and amount of what is spent evenly over the lead before each date."""
    for made, each in enumerate(x):
        ready = made + date[made]
        begin = ready - lead[made]
        if lead[made] <= _SAME:
            yield made, date[made], date[made], each
            continue
        if begin < -_SAME:
            yield 0, 0.0, 0.0, each * -begin / lead[made]
        for year in range(max(0, math.floor(begin + _SAME)), made + 1):
            low, high = max(begin, year), min(ready, year + 1)
            if high > low + _SAME:
                yield year, low - year, high - year, each * (high - low) / lead[made]


def _by_row(function: Callable[..., list[float] | None]) -> Callable[..., Array]:
    """Return the form on arrays of a function on lists, row by row; rows that are alike are computed once."""

    def call(*args: Array) -> Array:
        shape = np.broadcast_shapes(*(each.shape for each in args))
        rows = np.stack([np.broadcast_to(each, shape).reshape(-1, shape[-1]) for each in args], axis=1)
        unlike, place = np.unique(rows, axis=0, return_inverse=True)
        found = [
            [math.nan] * shape[-1] if np.isnan(each).any() else function(*each.tolist()) or [math.nan] * shape[-1]
            for each in unlike
        ]
        made: Array = np.array(found)[place.reshape(-1)].reshape(shape)
        return made

    return call


def _ahead(x: Yearly, date: Yearly, lead: Yearly) -> list[float]:
    found = [0.0] * len(x)
    for year, _, _, amount in _led(x, date, lead):
        found[year] += amount
    return found


@operation(
    first_at_rate("ahead"),
    _by_row(_ahead),
    years="series",
    words="each amount spread evenly over the lead before its date, the part that falls into each year; what would "
    "fall before the first year is at its start",
)
def ahead(x: Yearly, date: Yearly, lead: Yearly) -> list[float]:
    """Return amounts that are ready at `date` of their years, spent evenly over `lead` years before."""
    return _ahead(x, date, lead)


def _ahead_date(x: Yearly, date: Yearly, lead: Yearly, timing: Yearly) -> list[float]:
    parts: list[list[tuple[float, float]]] = [[] for _ in x]
    for year, low, high, amount in _led(x, date, lead):
        parts[year].append((low + (high - low) * timing[year], amount))
    return _mean_dates(parts)


@operation(
    ratio,
    _by_row(_ahead_date),
    years="series",
    words="the mean date of what ahead counts, each part at `timing` of the time over which it is spent",
)
def ahead_date(x: Yearly, date: Yearly, lead: Yearly, timing: Yearly) -> list[float]:
    """Return the mean date of what `ahead` counts by year; timing: 0, 1/2 or 1 of the time over which it is spent."""
    return _ahead_date(x, date, lead, timing)


def _moved(x: Sequence[float], date: Sequence[float], delay: Sequence[float]) -> Iterator[tuple[int, float, float]]:
    """Yield year, date and amount of what comes a delay after each date, as far as the plan goes."""
    for made, each in enumerate(x):
        when = made + date[made] + delay[made]
        year = math.floor(when + _SAME)
        if each and year < len(x):
            yield year, max(0.0, when - year), each


def _later(x: Yearly, date: Yearly, delay: Yearly) -> list[float]:
    found = [0.0] * len(x)
    for year, _, amount in _moved(x, date, delay):
        found[year] += amount
    return found


@operation(
    first_at_rate("later"),
    _by_row(_later),
    years="series",
    words="the amounts whose date, and delay years more, fall into each year; what falls behind the plan is in none",
)
def later(x: Yearly, date: Yearly, delay: Yearly) -> list[float]:
    """Return amounts of `date` of their years that come `delay` years later, by the year in which they come."""
    return _later(x, date, delay)


def _later_date(x: Yearly, date: Yearly, delay: Yearly) -> list[float]:
    parts: list[list[tuple[float, float]]] = [[] for _ in x]
    for year, when, amount in _moved(x, date, delay):
        parts[year].append((when, amount))
    return _mean_dates(parts)


@operation(
    ratio,
    _by_row(_later_date),
    years="series",
    words="the mean date, as a share of the year, of the amounts that later counts in it",
)
def later_date(x: Yearly, date: Yearly, delay: Yearly) -> list[float]:
    """Return the mean date of what `later` counts by year, weighted by its amounts; 0 where there is none."""
    return _later_date(x, date, delay)


# ---------------------------------------------------------------- what dated flows are worth


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
        one = when[..., at] - when[..., at - 1] < _SAME
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
    spent = (year for year in range(len(through)) if start[year] or bought[year])
    return None if so_far < 0 else [max(0.0, below - next(spent, 0))] * len(through)


def _together(dated: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return amounts by date in order, those of one date added."""
    found: list[tuple[float, float]] = []
    for date, amount in sorted(dated):
        same = found.pop()[1] if found and date - found[-1][0] < _SAME else 0.0
        found.append((date, same + amount))
    return found


@operation(
    ratio,
    lambda *flows: _by_row(_payback_time)(*flows)[..., :1],
    years="one",
    words="the time, from the year of the first flow at a date, after which the sum of all flows stays at 0 or above; "
    "what runs through a year is spread evenly over it",
    no_value="the sum of all flows is below 0 at the end of the plan",
)
def payback_time(
    start: Yearly, bought: Yearly, bought_date: Yearly, sold: Yearly, sold_date: Yearly, through: Yearly, end: Yearly
) -> float | None:
    """Return the years after which the sum of flows stays at 0 or above, a pure number; arguments: `rate_of_return`.

    They count from the start of the year with the first flow in `start` or `bought`.
    """
    found = _payback_time(start, bought, bought_date, sold, sold_date, through, end)
    return None if found is None else found[0]
