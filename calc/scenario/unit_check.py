"""Whether an amount fits a quantity: its unit, a per-thing that the name already says, its bounds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from calc.errors import CalcError, Place, quote
from calc.scenario.amount import Amount, from_base
from calc.text import pattern
from calc.units import COUNTS, CURRENCIES, RATIO, Unit, make_unit, parse_unit
from calc.units.format import GIVEN_DIGITS, amount_text, percent_text

if TYPE_CHECKING:
    from calc.engine.catalogue import Quantity
    from calc.units.unit import Dimension
    from calc.value import Distribution

_PLURALS = {
    "server": "servers", "gpu": "gpus", "rack": "racks", "person": "people", "token": "tokens", "item": "items",
    "rack_unit": "U", "year": "years", "entity": "entities", "parameter": "parameters",
    "model": "models", "request": "requests", "query": "queries", "image": "images", "user": "users", "seat": "seats",
    "node": "nodes", "VM": "VMs", "core": "cores",
}  # fmt: skip
# A number such as 148.390 or 1.000, and not 0.085.
_POINT_AND_THREE = pattern(r"(?<![0-9.,])[1-9][0-9]{0,2}\.[0-9]{3}$")
_PERIODS = (parse_unit("1/month").factor, parse_unit("1/year").factor)
_TAIL_LIMIT = 0.01
_PER_TIME = parse_unit("1/year").dimension
_YEAR = parse_unit("year").factor
_POWER_FACTOR = parse_unit("kW/kVA").dimension
# Beyond a billion times a year a rate is no rate.
_LARGEST = math.log(1e9)
# A tail that no sample of any practical size reaches is not worth a word.
_TAIL_UNSEEN = 1e-9
# Nobody counts these in thousands or millions, so a bare number of them says all.
_WHOLE_THINGS = COUNTS - {"token", "parameter"}
# The slip of writing an energy for a power, or the other way round.
_SLIPS = {"kWh": "kW", "MWh": "MW", "Wh": "W", "GWh": "GW", "kW": "kWh", "MW": "MWh", "W": "Wh", "GW": "GWh"}
# A mass whose gas was left out.
_GASES = {"g": "gCO2e", "kg": "kgCO2e", "t": "tCO2e", "lb": "lbCO2e"}
# What stands before the digits of an amount of money, beside a minus.
_CURRENCY = pattern(r"(?<![0-9.])[^-0-9.]+(?=[0-9.])")


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
        if may_be_bare(quantity):
            return RATIO, None
        if wanted.dimension == _POWER_FACTOR:
            # Everybody writes a power factor as a plain number.
            return wanted, None
        raise CalcError("E-UNIT", f"`{name}` has no unit", place=place, hint=unit_hint(amount.bare_text, quantity))
    if unit.dimension == wanted.dimension:
        _refuse_other_period(amount, unit, wanted, place, name)
        return unit, None
    thing = quantity.omittable
    if thing is not None and unit.dimension == wanted.without(thing).dimension:
        return unit, None
    currency, written = wanted.dimension.currency, unit.dimension.currency
    if currency and written and currency != written:
        swap = parse_unit(currency).dimension / parse_unit(written).dimension
        if unit.dimension * swap == wanted.dimension:
            return unit, written
    message = f"`{name}` is given as {_measured(unit)}, it needs {wanted.dimension.describe()}"
    raise CalcError("E-DIMENSION", message, place=place, hint=_dimension_hint(amount, unit, quantity))


def may_be_bare(quantity: Quantity) -> bool:
    """Tell whether an amount of the quantity may be a plain number: a ratio, also one per what the name says."""
    thing = quantity.omittable
    return quantity.unit.dimension.is_ratio or bool(thing and quantity.unit.without(thing).dimension.is_ratio)


def _refuse_other_period(amount: Amount, unit: Unit, wanted: Unit, place: Place | None, name: str) -> None:
    """Refuse a share of another period for a rate a year: twelve months add up to one figure and compound to another.

    Raises CalcError.
    """
    if not is_yearly_rate(wanted) or is_yearly_rate(unit):
        return
    share = amount.base * unit_period(unit)
    periods = _YEAR / unit_period(unit)
    added = amount_text(share * periods, RATIO, share=True, digits=GIVEN_DIGITS)
    hint = f"write `{added}/year` if {periods:,.10g} of them add up"
    if share > -1 and periods * math.log1p(share) < _LARGEST:
        compounded = amount_text(math.expm1(periods * math.log1p(share)), RATIO, share=True, digits=6)
        hint = f"write `{compounded}/year` if it compounds, `{added}/year` if {periods:,.10g} of them add up"
    written = f"{amount.bare_text} {unit}".replace("percent", "%")
    message = f"`{name}` is a rate a year, and {quote(written)} can be two of them"
    raise CalcError("E-UNIT", message, place=place, hint=hint)


def unit_period(unit: Unit) -> float:
    """Return the length of the period that a rate is over, in seconds; 0 for a unit that is no pure rate."""
    spans = [atom for atom, power in unit.atoms if power == -1 and atom != "percent"]
    is_rate = unit.dimension == _PER_TIME and len(spans) == 1
    return parse_unit(spans[0]).factor if is_rate else 0.0


def is_yearly_rate(unit: Unit) -> bool:
    """Tell whether a unit is that of a rate a year, in per cent or not."""
    return unit_period(unit) == _YEAR


def _measured(unit: Unit) -> str:
    """Return words for what a unit measures, also where what stands above and below its line cancels: lb/MWh."""
    above = make_unit(tuple(each for each in unit.atoms if each[1] > 0)).dimension
    below = above / unit.dimension
    shared = {base for base, _ in above.exponents} & {base for base, _ in below.exponents}
    return f"{above.describe()} per {below.describe()}" if shared else unit.dimension.describe()


def unit_hint(number: str, quantity: Quantity) -> str:
    """Return the hint for an amount without a unit; `number` is it as written.

    The number is kept only where no other unit comes into question: 4500 is more likely W than kW, 250 servers are 250.
    """
    short = spelled(quantity)
    if all(base in _WHOLE_THINGS for base, _ in quantity.unit.dimension.exponents):
        return f"write `{number} {short}`"
    return f"write its unit after the number, such as `{short}`"


def _slip_hint(unit: Unit, wanted: Dimension, short: str, digits: str) -> str:
    """Return the hint for apparent power where power is wanted and for nodes where servers are, else nothing."""
    nodes = make_unit(tuple(("server" if atom == "node" else atom, power) for atom, power in unit.atoms))
    if nodes is not unit and nodes.dimension in {wanted, parse_unit(short).dimension}:
        return f"a node that is a server of its own is one: write `{digits} {_PLURALS.get(str(nodes), str(nodes))}`"
    apparent = parse_unit("kVA").dimension
    to_power = unit.dimension / apparent * parse_unit("kW").dimension
    if to_power in {wanted, parse_unit(short).dimension}:
        return f"apparent power times its power factor is real power: give it in `{short}`"
    return ""


def _dimension_hint(amount: Amount, unit: Unit, quantity: Quantity) -> str:
    """Return the hint for an amount that measures something else; what it says to write means what was meant."""
    short, wanted = spelled(quantity), quantity.unit.dimension
    currency, written = wanted.currency, unit.dimension.currency
    if currency and written and currency not in dict(unit.dimension.exponents) and written not in short:
        short = short.replace(currency, written)
        wanted = wanted / parse_unit(currency).dimension * parse_unit(written).dimension
    digits = _CURRENCY.sub("", amount.bare_text)
    if unit.dimension**-1 == wanted and amount.number:
        inverse = make_unit(tuple((atom, -power) for atom, power in unit.atoms))
        known = max(3, len(f"{abs(amount.number):.12g}".replace(".", "").strip("0")))
        return f"that is its inverse: write `{1 / amount.number:.{known}g} {inverse}`"
    slipped = make_unit(tuple((_SLIPS.get(atom, atom), power) for atom, power in unit.atoms))
    if slipped.dimension in {wanted, parse_unit(short).dimension}:
        return f"write `{digits} {slipped}`"
    slip = _slip_hint(unit, wanted, short, digits)
    if slip:
        return slip
    gas = make_unit(tuple((_GASES.get(atom, atom), power) for atom, power in unit.atoms))
    if gas.dimension == wanted:
        return f"a mass says not of what; if it counts all greenhouse gases as CO2e, write `{digits} {gas}`"
    if "operation" in dict(unit.dimension.exponents):
        return f"what is counted in OP need not be floating-point operations, which are wanted: give it in `{short}`"
    if currency and written:
        lost = [base for base, power in unit.dimension.exponents if power < 0 and base not in dict(wanted.exponents)]
        lacks = [base for base, power in wanted.exponents if power < 0 and base not in dict(unit.dimension.exponents)]
        if lost and lacks and COUNTS.issuperset([*lost, *lacks]):
            return f"what is per {lost[0]} is not per {lacks[0]}: convert it, and give it in `{short}`"
        if wanted.exponents != ((written, 1),):
            return f"a price says per what: give it in `{short}`"
    return f"give it in `{short}`" if short else "give it as a plain number, as in `1.2`"


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
    """Return the distribution with its tails cut at the quantity's bounds.

    A cut that matters is added to `warnings`, and so is a median on which half of all draws fall.

    Raises CalcError when the point or a finite support lies outside, or more than 1 % of a tail.
    """
    for value in (*(distribution.support or ()), distribution.point):
        check_bounds(value, quantity, place)
    cut, beyond = distribution.cut(*base_bounds(quantity))
    if beyond > _TAIL_LIMIT:
        middle = "median" if distribution.kind == "split_lognormal" else "likely"
        message = f"{percent_text(beyond)} of the distribution of `{name}` lies beyond its bounds"
        hint = f"a tail of at most 1 % is cut; use low, {middle}, high, which end where you say"
        raise CalcError("E-TAIL", message, place=place, hint=hint)
    if beyond > _TAIL_UNSEEN:
        tail = percent_text(beyond, digits=2)
        warnings.append(f"{name}: a tail of {tail} of the distribution lies beyond its bounds and is cut")
    end = distribution.empty_half
    if end:
        warnings.append(f"{name}: its {end} is its median, so half of all draws are the median itself")
    return cut


def refuse_backwards(distribution: Distribution, name: str, place: Place | None) -> None:
    """Refuse parameters that make no distribution: ends in the wrong order or equal, no spread, a p10 of 0.

    Raises CalcError.
    """
    given = dict(distribution.parameters)
    values = list(given.values())
    if distribution.kind == "normal":
        if given["sd"] <= 0:
            message, hint = f"the standard deviation of `{name}` is not above 0", "leave `sd` out for a certain value"
            raise CalcError("E-VALUE", message, place=place, hint=hint)
    elif values != sorted(values) or values[0] == values[-1]:
        no_width = len(set(values)) == 1
        wrong = "has no width" if no_width else f"runs backwards ({_backwards(given)})"
        hint = "write one value" if no_width else "the smaller value stands first"
        raise CalcError("E-VALUE", f"the range of `{name}` {wrong}", place=place, hint=hint)
    if given.get("p10", 1.0) <= 0:
        ends = "low, median, high" if "median" in given else "low, likely, high"
        message, hint = f"`p10` of `{name}` is not above 0", f"a lognormal value is positive; use {ends}"
        raise CalcError("E-VALUE", message, place=place, hint=hint)


def _backwards(given: dict[str, float]) -> str:
    """Return the names of the parts that fall from one to the next, such as `low > median`."""
    names = list(given)
    falls = [at for at in range(1, len(names)) if given[names[at - 1]] > given[names[at]]]
    return " > ".join(names[min(falls) - 1 : max(falls) + 1])


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
    if quantity.is_share and amount is not None and amount.unit is None and 2 <= number <= 100:
        hint = f"did you mean `{amount.bare_text} %`?"
    limit = quantity.low if below else quantity.high
    word = "below" if below else "above"
    shown = _amount(number, quantity)
    if quantity.is_share and amount is not None and amount.unit is None:
        shown = f"{number:g}, that is {shown}"
    message = f"`{quantity.name}` is {shown}, {word} {_amount(limit, quantity)}"
    raise CalcError("E-BOUNDS", message, place=place, hint=hint)


def point_remarks(amount: Amount, text: str, quantity: Quantity | None, name: str) -> list[str]:
    """Return what to say of a point before three digits that may have been meant to part thousands, if anything.

    So it may in a count and in money for a whole thing or a month or year of it, which come in thousands and rarely in
    thousandths; not in what is measured or in a unit price (1.826 USD per GPU-hour), and not beside a magnitude.
    """
    unit = amount.unit or (quantity.unit if quantity and quantity.unit.dimension.is_count else RATIO)
    point = _POINT_AND_THREE.search(amount.bare_text)
    if point is None or amount.has_magnitude or unit.factor not in {1.0, *_PERIODS}:
        return []
    above = {base for base, power in unit.dimension.exponents if power > 0}
    below = {base for base, power in unit.dimension.exponents if power < 0}
    if not above or not above <= _WHOLE_THINGS | set(CURRENCIES) or not below <= _WHOLE_THINGS | {"time"}:
        return []
    text, number = text.strip(), point.group()
    meant = text.replace(number, number.replace(".", ","))
    return [f"{name}: the point in {quote(text)} is that of decimals; if it is to part thousands, write {quote(meant)}"]


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
    if quantity.low == quantity.high and quantity.low is not None:
        return f"at {_amount(quantity.low, quantity)}"
    if quantity.high is None:
        return f"at or above {_amount(quantity.low, quantity)}"
    if quantity.low is None:
        return f"at or below {_amount(quantity.high, quantity)}"
    return f"from {_amount(quantity.low, quantity)} to {_amount(quantity.high, quantity)}"
