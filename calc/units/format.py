"""Figures as a person reads them: four significant digits, thousands separators, magnitudes, plurals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from calc.errors import CalcError
from calc.units.unit import OWN_COUNTS

if TYPE_CHECKING:
    from calc.units.unit import Unit

_COUNTED = (
    "gpu", "server", "rack", "token", "parameter", "item", "model", "request", "replica", "image", "user", "seat",
    "node", "VM", "core", "minute", "hour", "day", "week", "month", "year",
)  # fmt: skip
_PLURALS = {
    **{word: f"{word}s" for word in _COUNTED},
    "person": "people",
    "entity": "entities",
    "query": "queries",
    "order_of_magnitude": "orders_of_magnitude",
}
_MAGNITUDES = ((1e12, "T"), (1e9, "B"), (1e6, "M"))
_LARGEST = 1e15
_PLAUSIBLE = "numbers end at 1.8e308; look for an input that is given in the wrong unit"
_DATE = (("AD", 1),)
# A share a year or a month, such as interest, is written as a percentage.
_RATES = ((("year", -1),), (("month", -1),))
# Results are rounded for reading; what was given is shown as it was given, so that a reader can check the arithmetic.
RESULT_DIGITS = 4
GIVEN_DIGITS = 12


def amount_text(base: float, unit: Unit, *, share: bool = False, digits: int = RESULT_DIGITS) -> str:
    """Return a value in coherent base units as text in `unit`, such as `4 servers/rack`, `$20M` or `72 %`.

    share: write a pure number as a percentage. digits: significant digits; whole numbers below a million keep all.
    """
    if share:
        # Of the base: a unit of its own, such as the percent of `my_share: 20 %`, must not come on top.
        return f"{_percent(clean(base * 100), digits)} %"
    number = clean(base / unit.factor if unit.factor >= 1 else base * (1 / unit.factor))
    atoms = unit.atoms
    if atoms == _DATE:
        # A date is no amount: nobody writes 2,026, nor 2026 AD.
        return decimal_text(number, 0, grouped=False)
    if [(atom, power) for atom, power in atoms if power > 0] == [("USD", 1)]:
        return f"{'-' if number < 0 else ''}${compact(abs(number), money=True, digits=digits)}{_below(unit)}"
    words = unit_words(unit, plural=number != 1)
    if atoms in _RATES:
        return f"{_percent(clean(number * 100), digits)} {words}"
    return f"{compact(number, digits=digits)} {words}".rstrip()


def bare_text(base: float, unit: Unit, *, share: bool = False, digits: int = RESULT_DIGITS) -> str:
    """Return the number of `amount_text` without the unit, for a place where the unit stands already."""
    text = amount_text(base, unit, share=share, digits=digits)
    if share or not unit.atoms or unit.atoms == _DATE:
        return text.removesuffix(" %") if share else text
    return text.removesuffix(_below(unit)) if text.lstrip("-").startswith("$") else text.rpartition(" ")[0]


def digits_apart(low: float, high: float, unit: Unit, *, share: bool = False, digits: int = RESULT_DIGITS) -> int:
    """Return how many digits, `digits` at least, it takes to tell the ends of a range apart."""
    for wanted in range(digits, GIVEN_DIGITS):
        if low == high or bare_text(low, unit, share=share, digits=wanted) != bare_text(
            high, unit, share=share, digits=wanted
        ):
            return wanted
    return GIVEN_DIGITS


def range_texts(
    low: float, high: float, unit: Unit, *, share: bool = False, digits: int = RESULT_DIGITS
) -> tuple[str, str]:
    """Return the numbers of both ends of a range, with as many digits as it takes to tell them apart."""
    wanted = digits_apart(low, high, unit, share=share, digits=digits)
    return bare_text(low, unit, share=share, digits=wanted), bare_text(high, unit, share=share, digits=wanted)


def percent_text(share: float, *, digits: int = 3) -> str:
    """Return a share as a percentage: `57 %`, `0.004 %`; what is short of all is not written as 100 %."""
    number = clean(share * 100)
    if 0 < 100 - number < 0.5:
        # The digits that count are those of what is missing from all.
        digits = max(digits, 3 - math.floor(math.log10(100 - number)))
    return f"{_percent(number, min(digits, GIVEN_DIGITS))} %"


def _percent(number: float, digits: int) -> str:
    """Return the number of a percentage: a small one with its zeros, as people write it, where they can be counted."""
    return _significant(number, digits) if 1e-6 <= abs(number) < 1e-4 else compact(number, digits=digits)


def decimal_text(number: float, decimals: int, *, sign: bool = False, grouped: bool = True) -> str:
    """Return a number with fixed decimals for a column, and with significant digits where it would read as 0."""
    text = f"{number:{'+' if sign else ''}{',' if grouped else ''}.{decimals}f}"
    if number == 0 or text.strip("+-0.,"):
        return text
    return f"{'+' if sign and number > 0 else ''}{compact(number, digits=3)}"


def unit_words(unit: Unit, *, plural: bool = False) -> str:
    """Return a unit as words: `servers/rack`, `gpu-hours`, `kW`; empty for a ratio and for a date."""
    if not unit.atoms or unit.atoms == _DATE:
        return ""
    above = [(atom, power) for atom, power in unit.atoms if power > 0]
    words = [_word(atom, power) for atom, power in above]
    if plural and words and above[-1][1] == 1:
        words[-1] = _PLURALS.get(words[-1], OWN_COUNTS.get(words[-1], words[-1]))
    return ("-".join(words) or ("%" if unit.atoms in _RATES else "1")) + _below(unit)


def _below(unit: Unit) -> str:
    below = [_word(atom, -power) for atom, power in unit.atoms if power < 0]
    return f"/{'-'.join(below)}" if below else ""


def _word(atom: str, power: int) -> str:
    word = {"rack_unit": "U", "percent": "%", "US_cent": "cent"}.get(atom, atom)
    return word if power == 1 else f"{word}**{power}"


def compact(number: float, *, money: bool = False, digits: int = RESULT_DIGITS) -> str:
    """Return a number with four (or `digits`) significant digits: `0.4444`, `16.67`, `12,346`, `1.4T`.

    Whole numbers below a million keep all their digits. money: a single decimal gets its second one.
    """
    size = abs(number)
    if size == 0:
        return "0"
    if size >= _LARGEST or size < 1e-4:
        mantissa, _, exponent = f"{number:.{digits - 1}e}".partition("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    for factor, letter in _MAGNITUDES:
        # What rounds up to the next magnitude is shown in it: 1B, not 1,000M.
        if size >= (factor - 0.5 if factor == _MAGNITUDES[-1][0] else factor * (1 - 5e-5)):
            return f"{_significant(number / factor, digits)}{letter}"
    if size >= 1000 and digits <= RESULT_DIGITS:
        return f"{number:,.0f}"
    text = _significant(number, digits)
    # Money with one decimal is written with its cents: $1.50.
    return f"{text}0" if money and size < 100 and len(text.partition(".")[2]) == 1 else text


def _significant(number: float, digits: int) -> str:
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(number))))
    text = f"{number:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def clean(number: float) -> float:
    """Return the number without the last float digit's noise: 15 significant digits, no negative zero.

    Raises CalcError for infinity and NaN, which no report may hold.
    """
    if not math.isfinite(number):
        raise CalcError("E-NOT-FINITE", "a figure of the report is larger than any number", hint=_PLAUSIBLE)
    return float(f"{number:.15g}") + 0.0
