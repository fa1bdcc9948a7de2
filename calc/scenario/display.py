"""What figures are shown in: their unit, the currency of all money, and the exchange rates that amounts follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.evaluate import evaluate_formula
from calc.engine.figures import at_year
from calc.engine.flat import key_of
from calc.engine.graph import make_plan
from calc.engine.symbol import Symbol
from calc.errors import CalcError, Place, Problems, SourceText, quote
from calc.expression import Call, Expression, Name, Number
from calc.records import NamedTuple, replace
from calc.scenario.fact_values import fact_value, fitting
from calc.scenario.shapes import OPTION, read_list
from calc.scenario.yaml_reader import Mapping, Node, Scalar, Sequence
from calc.scenario.years import figure_of
from calc.text import pattern, spelling
from calc.units import CURRENCIES, Dimension, Unit, UnitError, make_unit, parse_unit, plain_unit
from calc.units.format import GIVEN_DIGITS, amount_text, compact
from calc.units.table import UNITS
from calc.units.unit import definition
from calc.value import Moment

if TYPE_CHECKING:
    import re
    from collections import abc
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from calc.engine.catalogue import Catalogue, Quantity
    from calc.engine.figures import Figure
    from calc.engine.graph import Plan
    from calc.scenario.case import Context, Layer, Options, ResolvedCase
    from calc.scenario.conditions import Condition
    from calc.value import Value

# A converted value is held at the point of its rate; wherever the rate stands elsewhere (in another year, in a
# sample, at a point of a study), the value follows it.


def rate_of(context: Context, name: str, value: Value) -> str:
    """Return the name of the exchange rate that a value in another currency waits for."""
    declared = context.catalogue[name].unit.dimension.currency
    return f"{str(value.currency).lower()}_per_{str(declared).lower()}"


def convert(
    context: Context, values: dict[str, Value], used: AbstractSet[str], given: AbstractSet[str]
) -> dict[str, Value]:
    """Convert amounts in another currency through the exchange rate that the scenario gives.

    Returns the values with those amounts converted. Without a rate, an amount that the scenario gives or a figure needs
    is an error in the context's problems; a fact that nothing needs is left out.
    given: all names that are given, also those whose value could not be read, which is an error already.
    """
    converted = dict(values)
    for name, value in values.items():
        if value.currency is None:
            continue
        rate_name = rate_of(context, name, value)
        rate = values.get(rate_name)
        if rate is None or not is_rate(rate):
            del converted[name]
            # What only a study gives the rate of is left to the study.
            is_asked = value.place is not None and (rate is not None or rate_name not in context.chosen)
            is_read = rate is not None or rate_name not in given
            if is_read and (name in used or is_asked):
                _no_rate(context, name, value, rate_name, rate)
            continue
        if rate.source is None:
            context.reading.warnings.append(f"no source: {rate_name}")
        original = amount_text(value.point, value.unit, digits=GIVEN_DIGITS)
        first = context.document.years[:1]
        at = next((each.point for year, each in rate.by_year if year in first), rate.point)
        converted[name] = replace(value.scaled(1 / at), converted=rate_name, original=original, at_rate=at)
    return converted


def is_rate(rate: Value) -> bool:
    """Tell whether a value is an exchange rate: above 0 whatever it comes to be, and with a source.

    One from the command line needs no source.
    """
    is_set = rate.place is not None and rate.place.source.name == OPTION
    return _is_positive(rate) and (rate.source is not None or is_set)


def _is_positive(rate: Value) -> bool:
    moments = rate.moments if rate.by_year else rate.moments[:1]
    ends = [each.distribution.support for each in moments if each.distribution]
    return all(each.point > 0 for each in moments) and all(each[0] > 0 for each in ends if each)


def no_rate_hint(context: Context, rate_name: str, otherwise: str) -> str:
    """Return the hint where an exchange rate is missing; otherwise: where no fact gives it."""
    facts = fitting(rate_name, context.facts)
    return (
        f"take a dated exchange rate, as in `facts: [fx]`, or name one under `inputs:`; {facts}" if facts else otherwise
    )


def _no_rate(context: Context, name: str, value: Value, rate_name: str, rate: Value | None) -> None:
    declared = str(context.catalogue[name].unit.dimension.currency)
    facts = fitting(rate_name, context.facts)
    hint = no_rate_hint(context, rate_name, f"write it in {declared}, or give `{rate_name}` under `inputs:`")
    message = f"`{name}` is in {value.currency} and needs {declared}, and no `{rate_name}` is given"
    place = value.place
    if rate is not None:
        lack = "has no source" if rate.source is None and _is_positive(rate) else "is not above 0"
        message = f"`{rate_name}` {lack}, and `{name}` is converted with it"
        dated = ", or take `facts: [fx]`" if facts else ""
        hint = f"as in `{rate_name}: {{value: ..., source: ..., note: ...}}`{dated}"
        place = rate.place or place
    context.problems.add(CalcError("E-CURRENCY", message, place=place, hint=hint))


# ---------------------------------------------------------------- conversions as a part of the graph


def plan_of_values(
    catalogue: Catalogue,
    names: Iterable[str],
    values: abc.Mapping[str, Value],
    use: abc.Mapping[str, str],
    totals: AbstractSet[str] = frozenset(),
    also: Iterable[str] = (),
) -> Plan:
    """Return the plan for names; the exchange rates that given values go through are among its leaves.

    also: names that have a value beside those. Raises LoopError.
    """
    plan = make_plan(catalogue, names, {*values, *also}, use, totals)
    rates: dict[str, list[str]] = {}
    for name in plan.leaves:
        rate = values[name].converted if name in values else None
        if rate and rate not in plan.leaves:
            rates.setdefault(rate, []).append(name)
    if not rates:
        return plan
    found = [rate for rate in rates if rate in values]
    missing = {rate: plan.missing.get(rate, []) + users for rate, users in rates.items() if rate not in values}
    return replace(plan, leaves=[*plan.leaves, *found], missing={**plan.missing, **missing})


def conversion(expression: Expression, value: Value) -> Expression:
    """Return what an expression of a value at the point of its rate is wherever that rate stands."""
    if not value.converted:
        return expression
    return Call("multiply", (expression, Call("divide", (Number(value.at_rate), Name(value.converted)))))


def varies(name: str, values: abc.Mapping[str, Value]) -> tuple[bool, bool]:
    """Return whether a given value is uncertain, and whether it differs from year to year; its rate may be why."""
    value = values[name]
    rate = values.get(value.converted or "")
    both = [value, rate] if rate else [value]
    return any(each.is_uncertain for each in both), any(each.is_yearly for each in both)


def given_figure(name: str, values: abc.Mapping[str, Value], years: abc.Sequence[int]) -> Figure:
    """Return a given value at its point and that of its rate: a number, or one for each of the years."""
    value, figure = values[name], figure_of(values[name], years)
    if not value.converted or value.converted not in values:
        return figure
    figures = {name: figure, value.converted: figure_of(values[value.converted], years)}
    return evaluate_formula(name, conversion(Name(name), value), figures, {}, years)


def shown_value(name: str, values: abc.Mapping[str, Value], years: abc.Sequence[int]) -> Value:
    """Return a given value as a report shows it: one whose rate differs from year to year has a value in every year."""
    value = values[name]
    rate = values.get(value.converted or "")
    if rate is None:
        return value
    if not rate.is_yearly or not years:
        return replace(value.scaled(value.at_rate / rate.point), at_rate=rate.point)
    figures, rates = given_figure(name, values, years), figure_of(rate, years)
    moments = dict(value.by_year)
    found = []
    for at, year in enumerate(years):
        moment = moments.get(year, Moment(value.point, value.distribution))
        spread = moment.scaled(value.at_rate / at_year(rates, at)).distribution  # type: ignore[operator]  # given rates are numbers
        # The range of a later year of what grows is no multiple of the first year's, where the growth has one too.
        kept = spread if value.growth is None else None
        found.append((year, Moment(float(at_year(figures, at)), kept)))  # type: ignore[arg-type]  # so are given values
    return replace(value, distribution=None, by_year=tuple(found), point=found[0][1].point)


# ---------------- what figures are shown in: the unit that `show` or a formula names, and the currency of all money

# A unit to show in changes no figure, only the number that a reader sees; so does a currency, whose unit is worth
# what the exchange rate says.


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
    try:
        return split_units(texts)
    except CalcError as error:
        problems.add(error)
        return [replace(each, text=each.text.partition(" in ")[0].strip()) for each in texts], {}


def _is_unit(text: str) -> bool:
    try:
        return bool(parse_unit(text).atoms)
    except UnitError:
        return False


def split_units(texts: Iterable[Scalar]) -> tuple[list[Scalar], dict[str, Scalar]]:
    """Return names, none where one says `all`, and the unit after ` in ` of those that have one.

    Raises CalcError for a name with two units.
    """
    names: list[Scalar] = []
    units: dict[str, Scalar] = {}
    written = list(texts)
    for each in written:
        name, mark, unit = each.text.partition(" in ")
        if mark and name.strip() in units and units[name.strip()].text != unit.strip():
            message = f"`{name.strip()}` is shown in two units"
            hint = f"show it once; a second figure is a formula, as in `{name.strip()}_again: {name.strip()}`"
            raise CalcError("E-UNIT", message, place=each.place, hint=hint)
        if mark:
            lead = len(name) + len(mark) if each.plain else 0
            units[name.strip()] = Scalar(unit.strip(), each.plain, each.place.shifted(lead, len(unit.strip())))
        if name.strip() != ALL:
            names.append(replace(each, text=name.strip()) if mark else each)
    # All of them, also where others stand beside it.
    return ([] if any(each.text.strip() == ALL for each in written) else names), units


def options_to_show(options: Options) -> tuple[Options, dict[str, Scalar]]:
    """Return the options with the names alone that `--show` asks for, and by name the unit to show it in."""
    written = [
        Scalar(each, plain=True, place=Place(SourceText("--show", each), 1, 1, len(each))) for each in options.show
    ]
    names, units = split_units(written)
    shown = (ALL,) if len(names) < len(written) else tuple(each.text for each in names)
    return options._replace(show=shown), units


# `per million tokens`, `/1k tokens`: as prices are quoted.
_PER_MANY = pattern(r"\s*(?:/|\bper\b)\s*(?:1\s*)?(thousand|million|billion|[kKMB])\s+([A-Za-z]+)$")


def _per_many(found: re.Match[str]) -> str:
    letter = {"thousand": "k", "K": "k", "million": "M", "billion": "B"}.get(found[1], found[1])
    return f"/{letter}{found[2].removesuffix('s')}"


def unit_in(shown: Scalar, dimension: Dimension | None, name: str, currency: Scalar | None) -> Unit:
    """Return the unit that a figure is to be shown in.

    currency: that of all money, which stands for dollars here. Raises CalcError where it is no unit or measures
    something else.
    """
    try:
        unit = parse_unit(_PER_MANY.sub(_per_many, shown.text.strip()))
    except UnitError as error:
        raise CalcError("E-UNIT", f"`{name}`: {error.message}", place=shown.place, hint=error.hint) from None
    if currency is not None and unit.dimension.currency == currency.text.strip():
        unit = in_dollars(unit)
    if dimension is not None and unit.dimension != dimension:
        message = f"`{name}` is {dimension.describe()}, and `{shown.text}` is {unit.dimension.describe()}"
        hint = f"name a unit of the same dimension, as in `{plain_unit(dimension)}`"
        if dimension.currency and unit.dimension.currency not in {None, dimension.currency}:
            hint = f"`currency: {unit.dimension.currency}` shows all money in that currency"
        raise CalcError("E-DIMENSION", message, place=shown.place, hint=hint)
    return unit


def in_dollars(unit: Unit) -> Unit:
    """Return a unit of money as one of dollars, which all money is computed in where it is shown in one currency."""
    currency = unit.dimension.currency
    if currency in {None, _DOLLARS}:
        return unit
    atoms = []
    for atom, power in unit.atoms:
        swapped = atom.replace(str(currency), _DOLLARS)
        is_money = definition(atom)[1] == ((currency, 1),)
        atoms.append(((swapped if swapped in UNITS else _DOLLARS) if is_money else atom, power))
    return make_unit(tuple(atoms))


def note_units(context: Context, units: dict[str, Scalar]) -> None:
    """Note the units that `show` names; what does not fit is added to the context's problems."""
    for name, node in units.items():
        # An unknown name is told where the names are looked up.
        if name in context.catalogue and name not in context.unsaid:
            try:
                dimension = context.catalogue[name].unit.dimension
                context.units[name] = unit_in(node, dimension, name, context.document.currency)
            except CalcError as error:
                if node.text in {*context.document.parts, *map(str, context.document.years)}:
                    error.hint = "what is shown is shown of every part and year; after `in` stands a unit"
                context.problems.add(error)


# ---------------------------------------------------------------- money


class Money(NamedTuple):
    """The currency that all money is shown in: how many of it a dollar is, and the rate that says so."""

    currency: str
    rate: float
    name: str
    value: Value


def read_currency(context: Context, layers: Iterable[Layer], lowest: Layer) -> Money | None:
    """Return the currency that the scenario wants all money in, by its own rate or the dated fact; None for dollars.

    layers: what holds for all cases, later ones win. lowest: where the rate is put, so that what is written in that
    currency goes through it too. What is wrong is added to the context's problems.
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
        lack = (
            "is not given" if value is None else "differs by year" if value.is_yearly
            else "has no source" if value.source is None else "is not above 0"
        )  # fmt: skip
        message = f"money is to be shown in {found}, and `{name}` {lack}"
        hint = no_rate_hint(context, name, f"leave out `currency`, or give one `{name}` under `inputs:`")
        context.problems.add(CalcError("E-CURRENCY", message, place=node.place, hint=hint))
        return None
    context.catalogue.rates = {found: value.point}
    lowest.values.setdefault(name, value)
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
    return replace(quantity, measured=unit, unit_text=str(unit), low=low, high=high, band=band)


def checks_in(checks: list[Condition], money: Money | None) -> list[Condition]:
    """Return conditions whose sides are told in the currency of all money."""
    if money is None:
        return checks

    def told(side: Symbol) -> Symbol:
        return Symbol(side.expression, side.dimension, _in_currency(side.unit, money))

    return [each._replace(left=told(each.left), right=told(each.right)) for each in checks]
