"""Whether an amount fits a quantity: its unit, a per-thing that the name already says, its bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.errors import CalcError, Place
from calc.scenario.amount import Amount, from_base
from calc.units import RATIO, Unit, UnitError, parse_unit
from calc.units.format import GIVEN_DIGITS, amount_text

if TYPE_CHECKING:
    from calc.distribution import Distribution
    from calc.engine.catalogue import Quantity

_PLURALS = {
    "server": "servers", "gpu": "gpus", "rack": "racks", "person": "people", "token": "tokens", "item": "items",
    "rack_unit": "U", "year": "years", "entity": "entities", "parameter": "parameters",
    "model": "models",
}  # fmt: skip
_TAIL_LIMIT = 0.01
# A tail that no sample of any practical size reaches is not worth a word.
_TAIL_UNSEEN = 1e-9
# The slip of writing an energy for a power, or the other way round.
_SLIPS = {"kWh": "kW", "MWh": "MW", "Wh": "W", "GWh": "GW", "kW": "kWh", "MW": "MWh", "W": "Wh", "GW": "GWh"}


def unit_of(amount: Amount, quantity: Quantity | None, place: Place | None, name: str = "") -> tuple[Unit, str | None]:
    """Return the unit of an amount and, if it waits for an exchange rate, its currency.

    quantity: None for a scenario's own input, which takes any unit.
    Raises CalcError when the unit is missing or measures something else than the quantity.
    """
    unit = amount.unit
    if quantity is None:
        return unit or RATIO, None
    name = name or quantity.name
    wanted = quantity.unit
    if unit is None:
        if wanted.dimension.is_ratio:
            return RATIO, None
        hint = f"write `{amount.bare_text} {spelled(quantity)}`"
        raise CalcError("E-UNIT", f"`{name}` has no unit", place=place, hint=hint)
    if unit.dimension == wanted.dimension:
        return unit, None
    thing = quantity.omittable
    if thing is not None and unit.dimension == wanted.without(thing).dimension:
        return unit, None
    currency, written = wanted.dimension.currency, unit.dimension.currency
    if currency and written and currency != written:
        swap = parse_unit(currency).dimension / parse_unit(written).dimension
        if unit.dimension * swap == wanted.dimension:
            return unit, written
    raise CalcError(
        "E-DIMENSION",
        f"`{name}` is given as {unit.dimension.describe()}, it needs {wanted.dimension.describe()}",
        place=place,
        hint=_dimension_hint(amount, unit, quantity),
    )


def _dimension_hint(amount: Amount, unit: Unit, quantity: Quantity) -> str:
    if quantity.unit.dimension.currency and unit.dimension.currency and len(quantity.unit.atoms) > 1:
        per = quantity.unit_text.replace(quantity.unit.dimension.currency, unit.dimension.currency)
        return f"a price says per what: write `{amount.bare_text.lstrip('$')} {per}` if that is meant"
    short = spelled(quantity)
    head, _, tail = str(unit).partition("/")
    swapped = _SLIPS.get(head, "") + (f"/{tail}" if tail else "")
    try:
        fits = parse_unit(swapped).dimension in {quantity.unit.dimension, parse_unit(short).dimension}
    except UnitError:
        fits = False
    return f"write `{amount.bare_text} {swapped}`" if fits and swapped else f"give it in `{short or 'a plain number'}`"


def base_bounds(quantity: Quantity | None) -> tuple[float | None, float | None]:
    """Return the bounds of a quantity in coherent base units, None for open."""
    if quantity is None:
        return None, None
    factor = quantity.unit.factor
    low, high = quantity.low, quantity.high
    return None if low is None else low * factor, None if high is None else high * factor


def bounded(
    distribution: Distribution, quantity: Quantity | None, name: str, place: Place | None, warnings: list[str]
) -> Distribution:
    """Return the distribution with its tails cut at the quantity's bounds; a cut that matters is added to `warnings`.

    Raises CalcError when the point or a finite support lies outside, or more than 1 % of a tail.
    """
    for value in (*(distribution.support or ()), distribution.point):
        check_bounds(value, quantity, place)
    cut, beyond = distribution.cut(*base_bounds(quantity))
    if beyond > _TAIL_LIMIT:
        raise CalcError(
            "E-TAIL",
            f"{beyond * 100:.3g} % of the distribution of `{name}` lies beyond its bounds",
            place=place,
            hint="a tail of at most 1 % is cut; use low, likely, high, which end where you say",
        )
    if beyond > _TAIL_UNSEEN:
        warnings.append(f"{name}: a tail of {beyond:.2g} of the distribution lies beyond its bounds and is cut")
    return cut


def check_bounds(base: float, quantity: Quantity | None, place: Place | None, amount: Amount | None = None) -> None:
    """Refuse a value outside the bounds of its quantity; `base` is in coherent base units.

    Raises CalcError.
    """
    if quantity is None:
        return
    number = float(f"{from_base(base, quantity.unit):.12g}")
    below = quantity.low is not None and number < quantity.low
    above = quantity.high is not None and number > quantity.high
    if not below and not above:
        return
    hint = f"it lies {_interval(quantity)}"
    if quantity.why and not quantity.is_share and (above or quantity.low):
        hint = f"{hint}; {quantity.why}"
    if quantity.is_share and amount is not None and amount.unit is None and 1 < number <= 100:
        hint = f"did you mean `{amount.bare_text} %`?"
    limit = quantity.low if below else quantity.high
    word = "below" if below else "above"
    shown = _amount(number, quantity)
    if quantity.is_share and amount is not None and amount.unit is None:
        shown = f"{number:g}, that is {shown}"
    message = f"`{quantity.name}` is {shown}, {word} {_amount(limit, quantity)}"
    raise CalcError("E-BOUNDS", message, place=place, hint=hint)


def _amount(number: float | None, quantity: Quantity) -> str:
    base = (number or 0.0) * quantity.unit.factor
    return amount_text(base, quantity.unit, share=quantity.is_share, digits=GIVEN_DIGITS)


def spelled(quantity: Quantity) -> str:
    """Return the unit as a person would write it after a number; empty for a plain ratio."""
    thing = quantity.omittable
    text = str(quantity.unit.without(thing)) if thing else quantity.unit_text
    if text == "1":
        return "%" if quantity.is_share else ""
    if text.startswith("1/"):
        # `3 1/year` would be two numbers.
        return text[1:]
    return _PLURALS.get(text, text)


def _interval(quantity: Quantity) -> str:
    if quantity.high is None:
        return f"at or above {_amount(quantity.low, quantity)}"
    if quantity.low is None:
        return f"at or below {_amount(quantity.high, quantity)}"
    return f"from {_amount(quantity.low, quantity)} to {_amount(quantity.high, quantity)}"
