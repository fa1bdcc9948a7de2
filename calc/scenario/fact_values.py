"""What facts say of a quantity: its value, examples that hints propose, and whether a given figure is plausible."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from calc.engine.catalogue import standard_catalogue
from calc.errors import CalcError
from calc.facts.book import LIKELY, MEDIAN, PERCENTILES
from calc.facts.extremes import EXTREMES
from calc.records import NamedTuple
from calc.scenario.amount import Amount
from calc.scenario.unit_check import bounded, check_bounds, spelled, unit_of
from calc.text import and_list
from calc.units import parse_unit
from calc.units.format import amount_text, compact, percent_text, unit_words
from calc.value import Distribution, Value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from calc.engine.catalogue import Catalogue, Quantity
    from calc.errors import Place, Problems
    from calc.facts import Fact, FactBook
    from calc.value import Moment

# A figure may lie so many times beyond the largest or below the smallest known one: prices differ tenfold between
# countries and generations, a slip of unit or decimal point is a hundredfold and more.
FAR = 10.0
_PEAK = "gpu_peak"
_SHARES = {
    "share", "utilisation", "utilization", "fraction", "rate", "busy", "occupancy", "percent", "percentage",
    "probability", "efficiency",
}  # fmt: skip
# An exchange rate may be any number.
_EXCHANGE = {"exchange", "fx", "currency"}
# Data sheets round: the dense peak of an H100 is 989.4 TFLOP/s, the one with sparsity 1,979.
_ROUNDING = 0.002
_DIGITS = 6


class Doubt(NamedTuple):
    """What is possible and should be looked at again, in words, and where it stands."""

    text: str
    place: Place


class Reading(NamedTuple):
    """What a value reader needs to know beside the text.

    sources: the scenario's `sources:` by key, as words. facts: for `{fact: id}`.
    problems: collects errors; warnings: collects remarks such as a cut tail; doubts: what a reader should look at.
    used: the bundles of facts that the scenario names, for hints.
    """

    sources: dict[str, str]
    facts: FactBook
    problems: Problems
    warnings: list[str]
    doubts: list[Doubt]
    used: frozenset[str] = frozenset()


def doubts(
    catalogue: Catalogue, values: Mapping[str, Value], use: Mapping[str, str], years: tuple[int, ...], facts: FactBook
) -> Iterator[Doubt]:
    """Yield what is doubtful about the values of a case or part, with the variants in use; facts are beyond doubt.

    Ranges, values by year and values that grow are judged at their ends.
    """
    for name, value in values.items():
        if value.place is None or value.fact is not None:
            continue
        text = doubt(catalogue[name], _ends(value, years))
        text = text or _with_sparsity(catalogue[name], value, (values, use), facts)
        text = text or _above_all(catalogue[name], value, years)
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


def _above_all(quantity: Quantity, value: Value, years: tuple[int, ...]) -> str | None:
    """Return the doubt about a share above 1 in a name of the scenario's own, whose bounds nobody has declared.

    A share is what is written with `%`, and a bare number whose name begins or ends with a word for one.
    """
    if quantity.model != "scenario" or not value.unit.dimension.is_ratio:
        return None
    most = max((base for base, _ in _ends(value, years)), default=0.0)
    if not 1 < most < math.inf:
        return None
    words = quantity.name.split("_")
    number = compact(most, digits=_DIGITS)
    if any(atom == "percent" for atom, _ in value.unit.atoms):
        return f"`{quantity.name}` is {percent_text(most)}, more than all; write `{number}` if it is no share"
    if not value.unit.atoms and _SHARES & {words[0], words[-1]} and not _EXCHANGE & set(words):
        return f"`{quantity.name}` is {number}, which is {percent_text(most)}; write `{number} %` if that is meant"
    return None


def _text(base: float, quantity: Quantity) -> str:
    """Return an amount as it is written in a scenario, `95 USD/kWh`, for the reader has to find it there."""
    if quantity.unit.dimension.currency and not quantity.is_share:
        return f"{compact(base / quantity.unit.factor, digits=_DIGITS)} {unit_words(quantity.unit)}"
    return amount_text(base, quantity.unit, share=quantity.is_share, digits=_DIGITS)


def _times(ratio: float) -> str:
    # Of a number near the smallest that floats hold, the ratio may be beyond the largest.
    return "over 1T times" if ratio > 1e12 else f"{compact(float(f'{ratio:.2g}'))} times"


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


def _with_sparsity(
    quantity: Quantity, value: Value, case: tuple[Mapping[str, Value], Mapping[str, str]], facts: FactBook
) -> str | None:
    """Return the doubt about a peak that is exactly twice a known dense one and is none itself.

    Known is what the peak stands in for, or else any.
    """
    if not quantity.name.startswith(_PEAK) or value.is_uncertain or value.is_yearly:
        return None
    name, (values, use) = quantity.name, case
    if name == _PEAK:
        # Given for whatever format is used, whose own peak a bundle may hold.
        name = f"{_PEAK}_{use.get(_PEAK) or next(iter(quantity.formulas))}"
        own = values[name].fact if name in values else None
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


# ---------------- what hints propose


# So many facts a hint lists; a reader chooses from the whole list with `calc list`.
_LISTED = 6
# Of every chip with data, this quantity is known; the fact holds for its release.
CHIPS = "gpu_peak_bf16"
_RATES = {"1/year": "%/year", "1/month": "%/month"}
_PLAIN = (10.0, 1.0, 0.1)


def fitting(name: str, facts: FactBook, used: Collection[str] = ()) -> str | None:
    """Return a hint that lists facts which give quantity `name`, one a subject, or None.

    used: the bundles of facts that the scenario names; what has to do with them stands first, then the newest.
    """
    found = _ranked(name, facts, used)
    if not found:
        return None
    latest: dict[str, str] = {}
    for fact in found:
        latest.setdefault(fact.subject, fact.id)
    shown = list(latest.values())[:_LISTED]
    listed = ", ".join(f"`{each}`" for each in shown)
    if len(shown) == len(found):
        return f"facts that fit: {listed}"
    more = f"{len(found) - len(shown)} more (`calc list facts --quantity {name}`)"
    return f"facts that fit: {listed} and {more}"


def _ranked(name: str, facts: FactBook, used: Collection[str]) -> list[Fact]:
    """Return the facts of a quantity: one's own first, of what is in use, of the newest chips, then the newest."""
    words = {word for each in used for word in _words(each)}
    chips = {fact.subject.partition("-")[0]: fact.as_of for fact in facts.for_quantity(CHIPS)}

    def rank(fact: Fact) -> tuple[bool, int, str, str]:
        # `dgx-h100` and `h100-sxm` are about one chip; a word with a digit in it is one's name.
        shared = sum(2 if any(map(str.isdigit, word)) else 1 for word in _words(fact.subject) & words)
        release = max((chips[word] for word in _words(fact.subject) if word in chips), default="")
        return bool(fact.file), 100 * (fact.subject in used) + shared, release, fact.as_of

    return sorted(facts.for_quantity(name), key=rank, reverse=True)


def _words(subject: str) -> set[str]:
    return set(re.split(r"[-._]", subject))


def example(quantity: Quantity, facts: FactBook, used: Collection[str] = ()) -> str:
    """Return an amount of the quantity as a person writes it, that may be and is usual: `10.2 kW`, `80 %`."""
    return _written(_usual(quantity, facts, used), quantity)


def example_range(quantity: Quantity, facts: FactBook) -> str:
    """Return a range about what is usual, as a person writes it: `5 kW to 20 kW`."""
    number = _usual(quantity, facts, ())
    low = max(number / 2, quantity.low or 0.0)
    high = number * 2 if quantity.high is None else min(number * 2, quantity.high)
    return f"{_written(low, quantity)} to {_written(high, quantity)}"


def _usual(quantity: Quantity, facts: FactBook, used: Collection[str]) -> float:
    possible = [
        number
        for number in _candidates(quantity, facts, used)
        if (quantity.low is None or number >= quantity.low) and (quantity.high is None or number <= quantity.high)
    ]
    # A book without a fact of the quantity may have nothing that is near the known ones.
    usual = (each for each in possible if doubt(quantity, [(each * quantity.unit.factor, None)]) is None)
    return next(usual, possible[0])


def _candidates(quantity: Quantity, facts: FactBook, used: Collection[str]) -> Iterator[float]:
    if quantity.unit.dimension.is_count and not quantity.unit.dimension.is_ratio:
        yield 10.0  # how many there are is a scenario's own matter
    for fact in _ranked(quantity.name, facts, used):
        number, unit = fact.low if fact.value is None else fact.value, parse_unit(fact.unit)
        if number and unit.dimension == quantity.unit.dimension:
            yield float(f"{number * unit.factor / quantity.unit.factor:.4g}")
    if quantity.is_share:
        yield 0.8
    if quantity.band:
        yield float(f"{(quantity.band[0] * quantity.band[1]) ** 0.5:.1g}")
    yield from _PLAIN
    yield ((quantity.low or 0.0) + (quantity.high or 0.0)) / 2


def _written(number: float, quantity: Quantity) -> str:
    unit = _RATES.get(quantity.unit_text, spelled(quantity))
    scaled = number * 100 if unit.startswith("%") else number
    # A magnitude such as M is glued to a number with a unit only.
    shown = compact(scaled, digits=6) if unit or scaled < 1e6 else f"{scaled:,.0f}"
    return f"{shown} {unit}".rstrip()


# ---------------- facts as values: their units and bounds checked, their ranges as distributions


# What low, value and high of a fact are, by its kind.
_SPREADS = {
    LIKELY: ("triangular", ("low", "likely", "high")),
    MEDIAN: ("median", ("low", "median", "high")),
    PERCENTILES: ("split_lognormal", ("p10", "median", "p90")),
}


def fact_value(fact: Fact, quantity: Quantity | None, name: str, warnings: list[str], place: Place | None) -> Value:
    """Return a fact as a value.

    A range with a value is triangular, or what its kind says; a range without one uniform; a value with `sd` normal.
    place: where the scenario asks for the fact; None for a default, whose row is then the place of an error.
    Raises CalcError when the fact does not fit the quantity's unit or bounds.
    """
    unit = parse_unit(fact.unit)
    where = place or fact.place
    value, low, high = (
        None if each is None else Amount(each, unit, 0.0, f"{each:g}") for each in (fact.value, fact.low, fact.high)
    )
    first = value or low or Amount(0.0, unit, 0.0, "0")
    checked, currency = unit_of(first, quantity, where, name)
    keep = partial(
        Value,
        unit=checked,
        status="default",
        source=", ".join(each for each in (fact.source, fact.as_of, fact.file) if each),
        note=fact.note or None,
        fact=fact.id,
        fact_status=fact.status or None,
        as_of=fact.as_of,
        currency_year=fact.currency_year,
        file=fact.file or None,
        url=fact.url or None,
        currency=currency,
    )
    if fact.sd is not None:
        spread = Distribution("normal", (("mean", first.base), ("sd", fact.sd * unit.factor)))
    elif low is None or high is None:
        check_bounds(first.base, quantity, where, first)
        return keep(first.base, None)
    elif value is None:
        spread = Distribution("uniform", (("low", low.base), ("high", high.base)))
    else:
        kind, names = _SPREADS[fact.kind]
        spread = Distribution(kind, tuple(zip(names, (low.base, value.base, high.base), strict=True)))
    spread = bounded(spread, quantity, name, where, warnings)
    return keep(spread.point, spread)


def refuse_other_quantity(fact: Fact, quantity: Quantity | None, place: Place, facts: FactBook) -> None:
    """Refuse a fact that measures something else than the quantity it is taken for, and list those that fit.

    Raises CalcError. Another currency is no other quantity; it is converted.
    """
    if quantity is None:
        return
    known = standard_catalogue().quantities.get(fact.quantity)
    if known is not None and _computes(quantity, known) and _computes(known, quantity):
        # Both have one unit, as an HFU and an MFU do, but a formula lies between them.
        message = f"the fact `{fact.id}` is no `{quantity.name}`: {known.text[:1].lower()}{known.text[1:].rstrip('.')}"
        needs = [each for each in next(iter(quantity.formulas.values())).parameters if each != known.name]
        others = f" and {and_list(needs)}" if needs else ""
        hint = f"give `{known.name}`{others} instead; `{quantity.name}` follows"
        raise CalcError("E-OTHER-QUANTITY", message, place=place, hint=hint)
    found, wanted = parse_unit(fact.unit).dimension, quantity.unit.dimension
    if found != wanted and found.currency == wanted.currency:
        message = f"the fact `{fact.id}` is {found.describe()}, `{quantity.name}` needs {wanted.describe()}"
        hint = fitting(quantity.name, facts) or f"no fact gives `{quantity.name}`; write a value"
        raise CalcError("E-DIMENSION", message, place=place, hint=hint)


def _computes(one: Quantity, other: Quantity) -> bool:
    """Tell whether a formula of the other quantity needs the one, and both are of one dimension."""
    needed = any(one.name in formula.parameters for formula in other.formulas.values())
    return needed and one.name != other.name and one.unit.dimension == other.unit.dimension
