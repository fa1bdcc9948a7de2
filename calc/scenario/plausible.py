"""Given figures that are far from all known ones: a misread point, a wrong unit, a peak with sparsity."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from calc.facts.extremes import EXTREMES
from calc.units.format import amount_text, compact, unit_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from calc.engine.catalogue import Catalogue, Quantity
    from calc.errors import Place
    from calc.facts import FactBook
    from calc.scenario.resolved import ResolvedCase
    from calc.value import Moment, Value

# A figure may lie so many times beyond the largest or below the smallest known one: prices differ tenfold between
# countries and generations, a slip of unit or decimal point is a hundredfold and more.
FAR = 10.0
_PEAK = "gpu_peak"
# Data sheets round: the dense peak of an H100 is 989.4 TFLOP/s, the one with sparsity 1,979.
_ROUNDING = 0.002
_DIGITS = 6


class Doubt(NamedTuple):
    """What is possible and should be looked at again, in words, and where it stands."""

    text: str
    place: Place


def doubts(catalogue: Catalogue, case: ResolvedCase, years: tuple[int, ...], facts: FactBook) -> Iterator[Doubt]:
    """Yield what is doubtful about the values of one case or part; facts are beyond doubt.

    Ranges, values by year and values that grow are judged at their ends.
    """
    for name, value in case.values.items():
        if value.place is None or value.fact is not None:
            continue
        rate = _rate(catalogue[name], value, case.values)
        figures = [(base / rate, year) for base, year in _ends(value, years)] if rate else []
        text = doubt(catalogue[name], figures) or _with_sparsity(catalogue[name], value, case, facts)
        if text:
            yield Doubt(text, value.place)


def doubt(quantity: Quantity, figures: Iterable[tuple[float, int | None]]) -> str | None:
    """Return what is doubtful about figures in base units, each with its year or None, or None; the farthest is told.

    Zero is no slip of unit or point: it says that there is none.
    """
    told: list[tuple[float, str]] = []
    known = EXTREMES.get(quantity.name)
    for base, year in figures:
        if not 0 < base < math.inf:
            continue
        said = f"`{quantity.name}` is {_text(base, quantity)}{f' in {year}' if year else ''}"
        if known is not None:
            low, least, high, most = known
            if base > FAR * high:
                ratio = base / high
                about = f"the largest known (`{most}`, {_text(high, quantity)})"
                told.append((ratio, f"{said}, {_times(ratio)} {about}"))
            elif base * FAR < low:
                ratio = low / base
                about = f"the smallest known (`{least}`, {_text(low, quantity)})"
                told.append((ratio, f"{said}, {_times(ratio)} less than {about}"))
        elif quantity.band is not None:
            low, high = (each * quantity.unit.factor for each in quantity.band)
            if not low <= base <= high:
                usual = f"{_text(low, quantity)} to {_text(high, quantity)}"
                told.append((max(low / base, base / high), f"{said}, outside of what is usual: {usual}"))
    return max(told)[1] if told else None


def _text(base: float, quantity: Quantity) -> str:
    """Return an amount as it is written in a scenario, `95 USD/kWh`, for the reader has to find it there."""
    if quantity.unit.dimension.currency and not quantity.is_share:
        return f"{compact(base / quantity.unit.factor, digits=_DIGITS)} {unit_words(quantity.unit)}"
    return amount_text(base, quantity.unit, share=quantity.is_share, digits=_DIGITS)


def _times(ratio: float) -> str:
    # Of a number near the smallest that floats hold, the ratio may be beyond the largest.
    return "over 1T times" if ratio > 1e12 else f"{compact(float(f'{ratio:.2g}'))} times"


def _rate(quantity: Quantity, value: Value, values: Mapping[str, Value]) -> float | None:
    """Return what an amount is divided by to be in the declared currency; None where no rate is given."""
    if value.currency is None or value.converted:
        return 1.0
    rate = values.get(f"{value.currency}_per_{quantity.unit.dimension.currency}".lower())
    return rate.point if rate is not None and rate.point > 0 else None


def _ends(value: Value, years: tuple[int, ...]) -> Iterator[tuple[float, int | None]]:
    """Yield the figures at which a value is judged."""
    moments: list[tuple[Moment, int | None]] = [(each, year) for year, each in value.by_year]
    moments = moments or [(value.moments[0], None)]
    for moment, year in moments:
        given = dict(moment.distribution.parameters) if moment.distribution else {}
        if "sd" in given:
            figures = [given["mean"] - given["sd"], given["mean"] + given["sd"]]
        else:
            figures = [*given.values()] or [moment.point]
        for figure in figures:
            yield figure, year
            if value.growth is not None and len(years) > 1:
                with suppress(OverflowError):  # the run tells
                    yield figure * (1 + value.growth.point) ** (len(years) - 1), years[-1]


def _with_sparsity(quantity: Quantity, value: Value, case: ResolvedCase, facts: FactBook) -> str | None:
    """Return the doubt about a peak that is exactly twice a known dense one and is none itself.

    Known is what the peak stands in for, or else any.
    """
    if not quantity.name.startswith(_PEAK) or value.is_uncertain or value.is_yearly:
        return None
    name = quantity.name
    if name == _PEAK:
        # Given for whatever format is used, whose own peak a bundle may hold.
        name = f"{_PEAK}_{case.use.get(_PEAK) or next(iter(quantity.formulas))}"
        own = case.values[name].fact if name in case.values else None
    else:
        own = value.replaces
    known = [facts.find(own)] if own else facts.for_quantity(name)
    dense = [(each, each.value * quantity.unit.factor) for each in known if each and each.value]
    half = next((each for each, base in dense if _is_about(value.point, 2 * base)), None)
    if half is None or any(_is_about(value.point, base) for _, base in dense):
        return None
    peak = _text((half.value or 0.0) * quantity.unit.factor, quantity)
    return f"`{quantity.name}` is {_text(value.point, quantity)}, twice the dense peak `{half.id}` ({peak}): sparsity?"


def _is_about(one: float, other: float) -> bool:
    return abs(one - other) <= _ROUNDING * other
