"""What figures are shown in: the unit that `show` or a formula names, and the currency of all money.

A unit to show in changes no figure, only the number that a reader sees; so does a currency, whose unit is worth what
the exchange rate says.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from calc.engine.flat import key_of
from calc.engine.symbol import Symbol
from calc.errors import CalcError, Place, Problems, SourceText, quote
from calc.scenario.exchange import is_rate, no_rate_hint
from calc.scenario.fact_values import fact_value
from calc.scenario.nodes import Mapping, Node, Scalar, Sequence
from calc.scenario.shapes import read_list
from calc.text import spelling
from calc.units import CURRENCIES, Dimension, Unit, UnitError, make_unit, parse_unit, plain_unit
from calc.units.format import GIVEN_DIGITS, compact
from calc.units.unit import definition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calc.engine.catalogue import Catalogue, Quantity
    from calc.scenario.conditions import Condition
    from calc.scenario.context import Context, Options
    from calc.scenario.layers import Layer
    from calc.scenario.resolved import ResolvedCase
    from calc.value import Value

ALL = "all"
_DOLLARS = "USD"


# ---------------------------------------------------------------- units of `show` and of formulas


def read_show(node: Node, problems: Problems) -> tuple[list[Scalar], dict[str, Scalar]]:
    """Read `show`: the names, none for `all`, and by name the unit that a figure is to be shown in.

    An item is a name, `NAME in UNIT`, or `{NAME: in UNIT}`.
    """
    items: list[Node] = []
    for item in node.items if isinstance(node, Sequence) else [node]:
        if isinstance(item, Mapping) and item.entries:
            for name, (key, unit) in item.entries.items():
                items.append(key)
                if isinstance(unit, Scalar) and unit.text.startswith("in ") and unit.text[3:].strip():
                    items[-1] = Scalar(f"{name} {unit.text}", plain=False, place=unit.place)
                else:
                    shown = unit.text.strip() if isinstance(unit, Scalar) else ""
                    hint = f"as in `{{{name}: in {shown if _is_unit(shown) else 'USD/Mtoken'}}}`"
                    message = f"{quote(name)} is shown in no unit that is named here"
                    problems.add(CalcError("E-UNIT", message, place=unit.place, hint=hint))
        else:
            items.append(item)
    listed = Sequence(items, node.place) if isinstance(node, Mapping | Sequence) else node
    texts = read_list(listed, "show", "servers_per_rack")
    return split_units(texts)


def _is_unit(text: str) -> bool:
    try:
        return bool(parse_unit(text).atoms)
    except UnitError:
        return False


def split_units(texts: Iterable[Scalar]) -> tuple[list[Scalar], dict[str, Scalar]]:
    """Return names, without those that say `all`, and the unit after ` in ` of those that have one."""
    names, units = [], {}
    for each in texts:
        name, mark, unit = each.text.partition(" in ")
        if mark:
            lead = len(name) + len(mark) if each.plain else 0
            units[name.strip()] = Scalar(unit.strip(), each.plain, each.place.shifted(lead, len(unit.strip())))
        if name.strip() != ALL:
            names.append(replace(each, text=name.strip()) if mark else each)
    return names, units


def options_to_show(options: Options) -> tuple[Options, dict[str, Scalar]]:
    """Return the options with the names alone that `--show` asks for, and by name the unit to show it in."""
    written = [
        Scalar(each, plain=True, place=Place(SourceText("--show", each), 1, 1, len(each))) for each in options.show
    ]
    names, units = split_units(written)
    shown = (ALL,) if len(names) < len(written) else tuple(each.text for each in names)
    return options._replace(show=shown), units


def unit_in(shown: Scalar, dimension: Dimension | None, name: str, currency: Scalar | None) -> Unit:
    """Return the unit that a figure is to be shown in.

    currency: that of all money, which stands for dollars here. Raises CalcError where it is no unit or measures
    something else.
    """
    try:
        unit = parse_unit(shown.text.strip())
    except UnitError as error:
        raise CalcError("E-UNIT", f"`{name}`: {error.message}", place=shown.place, hint=error.hint) from None
    if currency is not None and unit.dimension.currency == currency.text.strip():
        atoms = [(_DOLLARS if each == unit.dimension.currency else each, power) for each, power in unit.atoms]
        unit = make_unit(tuple(atoms))
    if dimension is not None and unit.dimension != dimension:
        message = f"`{name}` is {dimension.describe()}, and `{shown.text}` is {unit.dimension.describe()}"
        hint = f"name a unit of the same dimension, as in `{plain_unit(dimension)}`"
        if dimension.currency and unit.dimension.currency not in {None, dimension.currency}:
            hint = f"`currency: {unit.dimension.currency}` shows all money in that currency"
        raise CalcError("E-DIMENSION", message, place=shown.place, hint=hint)
    return unit


def note_units(context: Context, units: dict[str, Scalar]) -> None:
    """Note the units that `show` names; what does not fit is added to the context's problems."""
    for name, node in units.items():
        # An unknown name is told where the names are looked up.
        if name in context.catalogue:
            try:
                dimension = context.catalogue[name].unit.dimension
                context.units[name] = unit_in(node, dimension, name, context.document.currency)
            except CalcError as error:
                context.problems.add(error)


# ---------------------------------------------------------------- money


class Money(NamedTuple):
    """The currency that all money is shown in: how many of it a dollar is, and the rate that says so."""

    currency: str
    rate: float
    name: str
    value: Value


def read_currency(context: Context, layers: Iterable[Layer]) -> Money | None:
    """Return the currency that the scenario wants all money in, by its own rate or the dated fact; None for dollars.

    layers: what holds for all cases, later ones win. What is wrong is added to the context's problems.
    """
    node = context.document.currency
    if node is None:
        return None
    try:
        found = parse_unit(node.text.strip()).dimension.currency or ""
    except UnitError:
        found = ""
    if found not in CURRENCIES or parse_unit(node.text.strip()).factor != 1:
        hint = spelling(node.text.upper(), CURRENCIES) or f"it is one of {', '.join(CURRENCIES)}"
        context.problems.add(CalcError("E-CURRENCY", f"{quote(node.text)} is no currency", place=node.place, hint=hint))
        return None
    name = f"{found.lower()}_per_usd"
    if found == _DOLLARS or name not in context.catalogue:
        return None
    value = next((layer.values[name] for layer in reversed(list(layers)) if name in layer.values), None)
    fact = (context.facts.bundle("fx") or {}).get(name)
    if value is None and fact is not None:
        value = fact_value(fact, context.catalogue[name], name, context.reading.warnings, None)
    if value is None or not is_rate(value) or value.is_yearly:
        message = f"money is to be shown in {found}, and no `{name}` is given"
        if value is not None:
            lack = (
                "differs by year" if value.is_yearly else "has no source" if value.source is None else "is not above 0"
            )
            message = f"money is to be shown in {found}, and `{name}` {lack}"
        hint = no_rate_hint(context, name, f"leave out `currency`, or give one `{name}` under `inputs:`")
        context.problems.add(CalcError("E-CURRENCY", message, place=node.place, hint=hint))
        return None
    context.catalogue.rates = {found: value.point}
    return Money(found, value.point, name, value)


def apply_money(context: Context, money: Money, cases: Iterable[ResolvedCase]) -> None:
    """Note the rate among the values that cases use, and say it; a case with another rate is refused."""
    for case in cases:
        for column in (case, *case.parts):
            own = column.values.get(money.name, money.value)
            if (own.point, own.distribution) != (money.value.point, money.value.distribution):
                message = f"all money is shown at one rate, and {quote(column.name)} has a `{money.name}` of its own"
                hint = "give the rate once under `inputs:`, or leave out `currency`"
                context.problems.add(CalcError("E-CURRENCY", message, place=own.place, hint=hint))
        case.values.setdefault(money.name, money.value)
        if money.name not in case.studied:
            case.studied.append(money.name)
    value = money.value
    origin = f"{value.fact}, {value.as_of}" if value.fact and value.as_of else value.fact or value.source or "no source"
    rate = f"{compact(money.rate, digits=GIVEN_DIGITS)} {money.currency}/USD"
    text = f"all money is shown in {money.currency}, at {rate} ({origin})"
    if value.distribution is not None:
        text += "; the range of the rate is not in the figures"
    context.reading.warnings.append(text)


def _in_currency(unit: Unit, money: Money) -> Unit:
    """Return a unit of dollars as one of another currency; of a rate and of what is no money the unit itself."""
    named = [(atom, power) for atom, power in unit.atoms if dict(definition(atom)[1]).keys() & {*CURRENCIES}]
    if len(named) != 1 or unit.dimension.currency != _DOLLARS:
        return unit
    (atom, power) = named[0]
    factor = unit.factor / definition(atom)[0] ** power / money.rate**power
    return Unit(
        tuple((money.currency if each == atom else each, one) for each, one in unit.atoms), factor, unit.dimension
    )


# ---------------------------------------------------------------- applied


def display(context: Context, catalogues: Iterable[Catalogue | None], money: Money | None) -> None:
    """Let the quantities of catalogues, which are this scenario's alone, be shown in other units."""
    units = context.units
    for catalogue in {id(each): each for each in catalogues if each and (units or money)}.values():
        for key, quantity in catalogue.quantities.items():
            unit = units.get(key_of(key).name, quantity.unit)
            unit = _in_currency(unit, money) if money else unit
            if unit is not quantity.unit:
                catalogue.quantities[key] = _shown_in(quantity, unit)


def _shown_in(quantity: Quantity, unit: Unit) -> Quantity:
    scale = quantity.unit.factor / unit.factor
    low, high = (None if each is None else each * scale for each in (quantity.low, quantity.high))
    band = quantity.band and (quantity.band[0] * scale, quantity.band[1] * scale)
    return replace(quantity, unit=unit, unit_text=str(unit), low=low, high=high, band=band)


def checks_in(checks: list[Condition], money: Money | None) -> list[Condition]:
    """Return conditions whose sides are told in the currency of all money."""
    if money is None:
        return checks

    def told(side: Symbol) -> Symbol:
        return Symbol(side.expression, side.dimension, _in_currency(side.unit, money))

    return [each._replace(left=told(each.left), right=told(each.right)) for each in checks]
