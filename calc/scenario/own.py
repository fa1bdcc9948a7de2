"""Quantities that a scenario defines itself: its formulas, and the inputs that only they use."""

from __future__ import annotations

import keyword
import re
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from calc import ops
from calc.engine.catalogue import Quantity
from calc.errors import CalcError, Place, quote
from calc.expression import Call
from calc.scenario.expressions import UserFormula, parse_scalar, symbol_of, unknown_name
from calc.scenario.values import read_value
from calc.text import and_list, or_list
from calc.units import RATIO, Unit, parse_unit, plain_unit

if TYPE_CHECKING:
    from calc.engine.symbol import Symbol
    from calc.scenario.context import Context
    from calc.scenario.expressions import ParsedFormula

_WORD = re.compile(r"[^\W\d]\w*")
_TIME = parse_unit("hour").dimension


def add_own_quantities(context: Context) -> None:
    """Add the scenario's formulas, and the inputs that only they use, to the catalogue."""
    parsed = _parsed_formulas(context)
    # The words of a formula that cannot be read count too, so that one mistake makes one message.
    used = {word for _, node in context.document.formulas.values() for word in _WORD.findall(node.text)}
    own: dict[str, Quantity] = {}
    for name, key, node in context.all_inputs():
        if name in used and name not in context.catalogue and name not in parsed and name not in own:
            value = read_value(node, None, name, context.reading)
            if value is None:
                context.unread.add(name)
            else:
                own[name] = _own_quantity(name, value.unit, "An input of this scenario", key.place)
    context.unread -= own.keys()
    context.catalogue = context.catalogue.with_quantities(own.values())
    _trace_formulas(context, parsed)


def _parsed_formulas(context: Context) -> dict[str, ParsedFormula]:
    parsed = {}
    for name, (key, node) in context.document.formulas.items():
        known = context.catalogue.quantities.get(name)
        if known is not None:
            context.problems.add(
                CalcError(
                    "E-DUPLICATE",
                    f"`{name}` has two owners: this scenario and the model `{known.model}`",
                    place=key.place,
                    hint="choose another name for the formula, or give a value for the name under `inputs:`",
                    related=[("also declared at", known.place)] if known.place else [],
                )
            )
        elif name in {"ops", *ops.FUNCTIONS} or keyword.iskeyword(name):
            message = f"{quote(name)} is a word of formulas and no name for a quantity"
            hint = "choose another name, as in `cost_per_gpu`"
            context.problems.add(CalcError("E-NAME", message, place=key.place, hint=hint))
        elif not name.isidentifier() or not name.isascii() or len(name) > 64 or name != name.lower():
            hint = "names are lower-case words joined by `_`, as in `cost_per_gpu`"
            context.problems.add(
                CalcError("E-NAME", f"{quote(name)} is no name for a quantity", place=key.place, hint=hint)
            )
        else:
            try:
                parsed[name] = parse_scalar(node)
            except CalcError as error:
                context.problems.add(error)
    return parsed


def _trace_formulas(context: Context, parsed: dict[str, ParsedFormula]) -> None:
    """Trace the formulas, each after those that it needs.

    Formulas that need each other are fine where one of them is given; its unit is then that of the value.
    """
    totals = context.document.totals
    known = {**parsed, **totals}
    needs = {name: [each for each in formula.names if each in known] for name, formula in parsed.items()}
    needs.update({name: [total.of] if total.of in known else [] for name, total in totals.items()})
    try:
        order = list(TopologicalSorter(needs).static_order())
    except CycleError:
        declared = {name for name in parsed if _declare_given(context, name)}
        try:
            cut = {name: [each for each in found if each not in declared] for name, found in needs.items()}
            order = list(TopologicalSorter(cut).static_order())
        except CycleError as error:
            circle = list(dict.fromkeys(error.args[1]))
            if any(name in circle for name, _, _ in context.all_inputs()):
                return  # a value that could not be read was to cut it open
            first = circle[0]
            place = totals[first].key.place if first in totals else context.document.formulas[first][0].place
            message = f"the formulas {and_list(circle[:20])} need each other"
            if len(circle) == 1:
                message = f"the formula {and_list(circle)} needs itself"
            hint = f"give a value for {or_list(circle[:20])} under `inputs:`"
            context.problems.add(CalcError("E-LOOP", message, place=place, hint=hint))
            return
    for name in order:
        if name in totals:
            _declare_total(context, name)
        else:
            _trace_formula(context, name, parsed[name])


def _declare_total(context: Context, name: str) -> None:
    """Declare a sum over the parts as a quantity of the unit that is added up."""
    total = context.document.totals[name]
    known, added = context.catalogue.quantities.get(name), context.catalogue.quantities.get(total.of)
    if known is not None:
        message = f"`{name}` has two owners: this scenario's `totals` and {_owner(known)}"
        hint = "choose another name for the total"
        context.problems.add(CalcError("E-DUPLICATE", message, place=total.key.place, hint=hint))
    elif added is None:
        context.problems.add(unknown_name(total.of, context.catalogue, total.place))
    elif not context.document.parts:
        hint = "add `parts:`, each with its `facts` and `inputs`"
        message = f"`{name}` adds up over parts, and the scenario has none"
        context.problems.add(CalcError("E-TOTAL", message, place=total.key.place, hint=hint))
    else:
        text = f"Sum of {total.of} over all parts"
        context.catalogue.add(_own_quantity(name, added.unit, text, total.key.place))


def _owner(quantity: Quantity) -> str:
    return "an input or formula of its own" if quantity.model == "scenario" else f"the model `{quantity.model}`"


def _declare_given(context: Context, name: str) -> bool:
    """Declare a formula's name by the unit of a value given for it, which cuts a loop of formulas open."""
    if name in context.catalogue:
        return False
    for given, key, node in context.all_inputs():
        value = read_value(node, None, name, context.reading) if given == name else None
        if value is not None:
            declared = _own_quantity(name, value.unit, "A formula of this scenario", key.place)
            context.catalogue.add(declared)
            return True
    return False


def _trace_formula(context: Context, name: str, formula: ParsedFormula) -> None:
    key, node = context.document.formulas[name]
    unknown = [each for each in formula.names if each not in context.catalogue]
    for each in unknown:
        if each not in context.document.formulas and each not in context.unread:
            context.problems.add(unknown_name(each, context.catalogue, node.place))
    if unknown:
        return
    try:
        symbol = formula.trace({each: symbol_of(context.catalogue[each]) for each in formula.names})
    except CalcError as error:
        context.problems.add(error)
        return
    known = context.catalogue.quantities.get(name)
    if known is not None and symbol.dimension is not None and known.unit.dimension != symbol.dimension:
        given, computed = known.unit.dimension.describe(), symbol.dimension.describe()
        message = f"`{name}` is given as {given}, but its formula computes {computed}"
        hint = "give the value in the formula's unit"
        context.problems.add(CalcError("E-DIMENSION", message, place=node.place, hint=hint))
        return
    quantity = _own_quantity(name, _shown_unit(symbol), "A formula of this scenario", key.place)
    quantity.formulas[""] = UserFormula(name, symbol, node.text.strip(), node.place)  # type: ignore[assignment]  # it has what a Formula has, AnyFormula
    context.catalogue.add(quantity)


def _own_quantity(name: str, unit: Unit, text: str, place: Place) -> Quantity:
    return Quantity(name, unit, str(unit), text, None, None, optional=False, model="scenario", where=lambda: place)


def _shown_unit(symbol: Symbol) -> Unit:
    """Return the unit to show a scenario's own figure in: that of its operands, unless a plainer one says the same.

    A quotient of two spans of time keeps both, as in gpu-hours per person-year.
    """
    if symbol.dimension is None or symbol.dimension.is_ratio:
        return RATIO
    try:
        plain = plain_unit(symbol.dimension)
    except OverflowError:
        return symbol.unit
    quotient = isinstance(symbol.expression, Call) and ops.TABLE[symbol.expression.op].is_quotient
    spare = [atom for atom in symbol.unit.atoms if not (quotient and parse_unit(atom[0]).dimension == _TIME)]
    return plain if len(plain.atoms) < len(spare) else symbol.unit
