"""Operations on money with a date inside its year: what is bought when, and what is spent before or comes later.

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
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from calc.arrays import Array

Yearly: TypeAlias = Any

# Dates that are nearer to each other than this, three seconds, are one.
SAME = 1e-7
# What lasts for less than four days is no purchase that a plan of years can follow.
_LEAST_LIFE = 0.01


# ---------------------------------------------------------------- what is bought when


def _purchases(needed: Sequence[float], life: Sequence[float]) -> Iterator[tuple[int, float, float]]:
    """Yield year, date and amount of each purchase that keeps what is in service at what is needed."""
    if min(life) < _LEAST_LIFE:
        raise ValueError("a life of no years")
    serving: list[tuple[float, float]] = []
    for year, need in enumerate(needed):
        now = float(year)
        while now < year + 1:
            amount = need - math.fsum(each for each, end in serving if end > now + SAME)
            if amount > 0:
                yield year, now - year, amount
                serving.append((amount, now + life[year]))
            now = min((end for _, end in serving if now + SAME < end < year + 1 - SAME), default=math.inf)


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
            alive = sum((np.where(end > now + SAME, each, 0.0) for each, end in serving), np.zeros(shape[:-1]))
            amount = np.where(np.isfinite(now) & ~bad, np.maximum(0.0, needed[..., year] - alive), 0.0)
            date = np.where(np.isfinite(now), now - year, 0.0)
            found[0, ..., year] += amount
            found[1, ..., year] += np.where(date > 0, amount, 0.0)
            found[2, ..., year] += amount * date
            serving.append((amount, np.where(amount > 0, now + lives[..., year], -np.inf)))
            ends = [np.where((now + SAME < end) & (end < year + 1 - SAME), end, np.inf) for _, end in serving]
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


def _standing_array(x: Array, date: Array, life: Array, fall: Array) -> Array:
    found = np.zeros(np.broadcast_shapes(x.shape, date.shape, life.shape, fall.shape))
    for made in range(x.shape[-1]):
        for year in range(made, x.shape[-1]):
            age = year - made - date[..., made]
            stands = (age > -SAME) & (age < life[..., made] - SAME)
            found[..., year] += np.where(stands, x[..., made] * np.exp(-fall[..., made] * age), 0.0)
    return found


@operation(
    first_at_rate("standing"),
    _standing_array,
    years="series",
    words="at the start of each year, what was bought up to then and still serves, each smaller by exp(-fall) for each "
    "year of its age",
)
def standing(x: Yearly, date: Yearly, life: Yearly, fall: Yearly) -> list[float]:
    """Return what the amounts `x`, bought at `date` of their years, stand at when each year begins; as in `serving`."""
    found = [0.0] * len(x)
    for made, each in enumerate(x):
        for year in range(made, len(x)):
            age = year - made - date[made]
            if -SAME < age < life[made] - SAME:
                found[year] += each * math.exp(-fall[made] * age)
    return found


def _leased_array(needed: Array, term: Array) -> Array:
    needed, term = np.broadcast_arrays(needed, term)
    years, found = needed.shape[-1], np.zeros(needed.shape)
    contracts: list[tuple[Array, Array]] = []
    held = np.zeros(needed.shape[:-1])
    for year in range(years):
        need = needed[..., year]
        contracts.append((np.maximum(0.0, need - held), year + term[..., year]))
        dates = np.sort(
            [np.full(held.shape, float(year)), *(np.clip(end, year, year + 1) for _, end in contracts)], axis=0
        )
        for begin, stop in itertools.pairwise([*dates, np.full(held.shape, year + 1.0)]):
            bound = sum((np.where(end > begin + SAME, each, 0.0) for each, end in contracts), np.zeros(held.shape))
            found[..., year] += np.maximum(need, bound) * (stop - begin)
            held = np.where(stop > begin + SAME, np.maximum(need, bound), held)
    found[..., -1] += sum(each * np.maximum(0.0, end - years) for each, end in contracts)
    return found


@operation(
    first_at_rate("leased"),
    _leased_array,
    years="series",
    words="each year, what is needed, and at least what was taken on for a term that has not ended, on average; what "
    "still runs when the last year ends is added to that",
)
def leased(needed: Yearly, term: Yearly) -> list[float]:
    """Return by year what is paid of `needed` where each is taken on for a shortest term, and for as long as needed.

    term: a pure number of years, from the start of the year in which one is taken on.
    """
    found: list[float] = []
    contracts: list[tuple[float, float]] = []
    held = 0.0
    for year, need in enumerate(needed):
        contracts.append((max(0.0, need - held), year + term[year]))
        dates = sorted({float(year), *(end for _, end in contracts if year + SAME < end < year + 1 - SAME)})
        paid = 0.0
        for begin, stop in itertools.pairwise([*dates, year + 1.0]):
            held = max(need, math.fsum(each for each, end in contracts if end > begin + SAME))
            paid += held * (stop - begin)
        found.append(paid)
    found[-1] += math.fsum(each * max(0.0, end - len(needed)) for each, end in contracts)
    return found


# ---------------------------------------------------------------- spent before it serves


def _led(x: Sequence[float], date: Sequence[float], lead: Sequence[float]) -> Iterator[tuple[int, float, float, float]]:
    """Yield year, beginning and end within it, and amount of what is spent evenly over the lead before each date."""
    for made, each in enumerate(x):
        ready = made + date[made]
        begin = ready - lead[made]
        if lead[made] <= SAME:
            yield made, date[made], date[made], each
            continue
        if begin < -SAME:
            yield 0, 0.0, 0.0, each * -begin / lead[made]
        for year in range(max(0, math.floor(begin + SAME)), made + 1):
            low, high = max(begin, year), min(ready, year + 1)
            if high > low + SAME:
                yield year, low - year, high - year, each * (high - low) / lead[made]


def _led_arrays(x: Array, date: Array, lead: Array) -> Iterator[tuple[int, Array, Array, Array]]:
    """Yield what `_led` does for all rows at once, with amounts of 0 where a row has none."""
    for made in range(x.shape[-1]):
        each, when, ahead = x[..., made], date[..., made], lead[..., made]
        at_once = ~(ahead > SAME)
        yield made, when, when, np.where(at_once, each, 0.0)
        ready, divisor = made + when, np.where(at_once, 1.0, ahead)
        begin = ready - ahead
        before = np.where(~at_once & (begin < -SAME), each * -begin / divisor, 0.0)
        yield 0, np.zeros(before.shape), np.zeros(before.shape), before
        for year in range(made + 1):
            low, high = np.maximum(begin, year), np.minimum(ready, year + 1)
            counts = ~at_once & (high > low + SAME) & (np.floor(begin + SAME) <= year)
            yield year, low - year, high - year, np.where(counts, each * (high - low) / divisor, 0.0)


def of_rows(function: Callable[..., Array]) -> Callable[..., Array]:
    """Let a form on arrays have arguments of one shape, and give a row with an unknown value no values."""

    def call(*args: Array) -> Array:
        spread = np.broadcast_arrays(*args)
        unknown = np.logical_or.reduce([np.isnan(each).any(axis=-1, keepdims=True) for each in spread])
        found: Array = np.where(unknown, np.nan, function(*spread))
        return found

    return call


def _summed(parts: Iterable[tuple[int, Array]], shape: tuple[int, ...]) -> Array:
    found: Array = np.zeros(shape)
    for year, amount in parts:
        found[..., year] += amount
    return found


def _mean_dates_array(parts: Iterable[tuple[int, Array, Array]], shape: tuple[int, ...]) -> Array:
    """Return the means of dates that come with amounts, as `_mean_dates` does."""
    whole, moment = np.zeros(shape), np.zeros(shape)
    for year, date, amount in parts:
        whole[..., year] += amount
        moment[..., year] += date * amount
    found: Array = np.where(whole == 0, 0.0, moment / np.where(whole == 0, 1.0, whole))
    return found


@of_rows
def _ahead_array(x: Array, date: Array, lead: Array) -> Array:
    return _summed(((year, amount) for year, _, _, amount in _led_arrays(x, date, lead)), x.shape)


@of_rows
def _ahead_date_array(x: Array, date: Array, lead: Array, timing: Array) -> Array:
    parts = _led_arrays(x, date, lead)
    return _mean_dates_array(
        ((year, low + (high - low) * timing[..., year], amount) for year, low, high, amount in parts), x.shape
    )


def _ahead(x: Yearly, date: Yearly, lead: Yearly) -> list[float]:
    found = [0.0] * len(x)
    for year, _, _, amount in _led(x, date, lead):
        found[year] += amount
    return found


@operation(
    first_at_rate("ahead"),
    _ahead_array,
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
    _ahead_date_array,
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
        year = math.floor(when + SAME)
        if each and year < len(x):
            yield year, max(0.0, when - year), each


def _moved_arrays(x: Array, date: Array, delay: Array) -> Iterator[tuple[int, Array, Array]]:
    """Yield what `_moved` does for all rows at once, with amounts of 0 where a row has none."""
    for made in range(x.shape[-1]):
        when = made + date[..., made] + delay[..., made]
        falls = np.floor(when + SAME)
        for year in range(made, x.shape[-1]):
            yield year, np.maximum(0.0, when - year), np.where(falls == year, x[..., made], 0.0)


@of_rows
def _later_array(x: Array, date: Array, delay: Array) -> Array:
    return _summed(((year, amount) for year, _, amount in _moved_arrays(x, date, delay)), x.shape)


@of_rows
def _later_date_array(x: Array, date: Array, delay: Array) -> Array:
    return _mean_dates_array(_moved_arrays(x, date, delay), x.shape)


def _later(x: Yearly, date: Yearly, delay: Yearly) -> list[float]:
    found = [0.0] * len(x)
    for year, _, amount in _moved(x, date, delay):
        found[year] += amount
    return found


@operation(
    first_at_rate("later"),
    _later_array,
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
    _later_date_array,
    years="series",
    words="the mean date, as a share of the year, of the amounts that later counts in it",
)
def later_date(x: Yearly, date: Yearly, delay: Yearly) -> list[float]:
    """Return the mean date of what `later` counts by year, weighted by its amounts; 0 where there is none."""
    return _later_date(x, date, delay)
