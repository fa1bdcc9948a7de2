"""Quantities that a scenario defines itself: its formulas, also those of a model's quantities, and its own inputs."""

from __future__ import annotations

import keyword
import re
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from calc import ops
from calc.engine.catalogue import Quantity
from calc.errors import CalcError, Place, quote
from calc.expression import Call, expression_text
from calc.facts import DEFAULTS
from calc.records import replace
from calc.scenario.case import study_inputs
from calc.scenario.display import in_dollars, unit_in
from calc.scenario.expressions import UserFormula, parse_scalar, symbol_of, unknown_name
from calc.scenario.values import read_value
from calc.scenario.yaml_reader import Mapping, Scalar, Sequence
from calc.text import and_list, or_list, pattern
from calc.units import RATIO, Dimension, Unit, make_unit, parse_unit, reduced_unit
from calc.units.format import unit_words
from calc.units.unit import definition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.engine.symbol import Symbol
    from calc.scenario.case import Context
    from calc.scenario.expressions import ParsedFormula
    from calc.scenario.yaml_reader import Node

_WORD = pattern(r"[^\W\d]\w*")
_TIME = (("time", 1),)


def add_own_quantities(context: Context) -> None:
    """Add the scenario's formulas and its own inputs to the catalogue.

    An input of no model is the scenario's own where something uses it: a formula, a check, a study, a promise, `show`.
    """
    parsed = _parsed_formulas(context)
    used = _used_words(context)
    own: dict[str, Quantity] = {}
    for name, key, node in context.all_inputs():
        if name not in used or name in context.catalogue or name in parsed or name in own:
            continue  # what nothing uses is no quantity, which is told where its layer is read
        value = read_value(node, None, name, context.reading)
        if value is None:
            context.unread.add(name)
        else:
            unit = value.unit
            if context.document.currency and f"{unit.dimension.currency}_per_usd".lower() not in used:
                # Nothing of the scenario converts it by hand, and all money is to be of one currency.
                unit = in_dollars(unit)
            own[name] = _own_quantity(name, unit, "An input of this scenario", key.place)
    context.unread -= own.keys()
    context.catalogue = context.catalogue.with_quantities(own.values())
    _trace_formulas(context, parsed)


def _used_words(context: Context) -> set[str]:
    """Return every word that something of the scenario may mean by the name of an input.

    The words of a formula that cannot be read count too, so that one mistake makes one message.
    """
    document = context.document
    texts = [each.node.text for each in document.formulas.values()]
    texts += [node.text for node in (*(document.checks or ()), *(document.show or ()))]
    texts += [*document.correlate, *context.options.show, *(total.of for total in document.totals.values())]
    # What a study varies is not used by that alone.
    varied = {id(key) for _, key, _ in study_inputs(document.studies)}
    for node in (document.expect, *document.studies.values()):
        texts += _texts(node, varied)
    return {word for text in texts for word in _WORD.findall(text)}


def _texts(node: Node | None, without: set[int]) -> Iterator[str]:
    """Yield every key and text below a node; without: keys that do not count."""
    if isinstance(node, Scalar):
        yield node.text
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from _texts(item, without)
    elif isinstance(node, Mapping):
        for name, (key, each) in node.entries.items():
            if id(key) not in without:
                yield name
            yield from _texts(each, without)


def _parsed_formulas(context: Context) -> dict[str, ParsedFormula]:
    parsed = {}
    for name, (key, node, *_) in context.document.formulas.items():
        if name == "ops" or keyword.iskeyword(name):
            message = f"{quote(name)} is a word of formulas and no name for a quantity"
            hint = "choose another name, as in `cost_per_gpu`"
            context.problems.add(CalcError("E-NAME", message, place=key.place, hint=hint))
        elif not name.isidentifier() or not name.isascii() or len(name) > 64 or name != name.lower():
            parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
            plain = re.sub(r"[\W_]+", "_", parted, flags=re.ASCII).strip("_").lower()
            example = plain if re.fullmatch("[a-z][a-z0-9_]{0,63}", plain) else "cost_per_gpu"
            hint = f"names are lower-case words joined by `_`, as in `{example}`"
            message = f"{quote(name)} is no name for a quantity"
            context.problems.add(CalcError("E-NAME", message, place=key.place, hint=hint))
        else:
            try:
                parsed[name] = parse_scalar(node)
            except CalcError as error:
                context.problems.add(error)
                context.unsaid.add(name)
    return parsed


def _trace_formulas(context: Context, parsed: dict[str, ParsedFormula]) -> None:
    """Trace the formulas, each after those that it needs.

    Formulas that need each other are fine where one of them is given; its unit is then that of the value. The unit of
    a model's quantity is known before its formula is, so that what needs it need not wait.
    """
    totals = context.document.totals
    waits = {name for name in (*parsed, *totals) if name not in context.catalogue}
    needs = {name: [each for each in formula.names if each in waits] for name, formula in parsed.items()}
    needs.update({name: [total.of] if total.of in waits else [] for name, total in totals.items()})
    order = _ordered(context, parsed, needs)
    for name in order:
        if name in totals:
            _declare_total(context, name)
        else:
            _trace_formula(context, name, parsed[name])


def _ordered(context: Context, parsed: dict[str, ParsedFormula], needs: dict[str, list[str]]) -> list[str]:
    """Return names each after those that it needs; every loop that no value cuts open is told, and is left out."""
    cut: set[str] = set()
    while True:
        left = {name: [each for each in found if each not in cut] for name, found in needs.items()}
        try:
            found = TopologicalSorter(left).static_order()
            return [name for name in found if name not in context.unsaid]
        except CycleError as error:
            circle = list(dict.fromkeys(error.args[1]))
        if not cut:
            cut |= {name for name in parsed if _declare_given(context, name)}
            if not cut.isdisjoint(circle):
                continue
        cut.update(circle)
        # What needs one of them cannot be said either; all others can.
        context.unsaid.update(circle)
        if not any(name in circle for name, _, _ in context.all_inputs()):  # else its value could not be read
            context.problems.add(_loop(context, circle))


def _loop(context: Context, circle: list[str]) -> CalcError:
    first, totals = circle[0], context.document.totals
    place = totals[first].key.place if first in totals else context.document.formulas[first].key.place
    message = f"the formulas {and_list(circle[:20])} need each other"
    if len(circle) == 1:
        message = f"the formula {and_list(circle)} needs itself"
    hint = f"give a value for {or_list(circle[:20])} under `inputs:`"
    return CalcError("E-LOOP", message, place=place, hint=hint)


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
    key, node, shown, words = context.document.formulas[name]
    unknown = [each for each in formula.names if each not in context.catalogue]
    for each in unknown:
        if each not in context.document.formulas and each not in context.unread:
            own = [*context.document.formulas, *(given for given, _, _ in context.all_inputs())]
            at = re.search(rf"\b{re.escape(each)}\b", node.text) if formula.exact_place else None
            place = node.place.shifted(at.start(), len(each)) if at else node.place
            context.problems.add(unknown_name(each, context.catalogue, place, own))
    if unknown or not context.unsaid.isdisjoint(formula.names):
        context.unsaid.add(name)
        return
    known = context.catalogue.quantities.get(name)
    is_models = known is not None and known.model != "scenario"
    try:
        symbol = formula.trace({each: symbol_of(context.catalogue[each]) for each in formula.names})
        if known is not None and is_models:
            _refuse_other_dimension(context, known, formula, symbol)
        unit = unit_in(shown, symbol.dimension, name, context.document.currency) if shown else _shown_unit(symbol)
    except CalcError as error:
        context.problems.add(error)
        context.unsaid.add(name)
        return
    if known is not None and is_models:
        known = replace(known, label=words or known.label)
        _replace_formula(
            context, known, UserFormula(name, symbol, node.text.strip(), node.place, *_instead(context, known))
        )
        if shown:
            context.units[name] = unit
        return
    if known is not None and symbol.dimension is not None and known.unit.dimension != symbol.dimension:
        given, computed = known.unit.dimension.describe(), symbol.dimension.describe()
        message = f"`{name}` is given as {given}, but its formula computes {computed}"
        hint = "give the value in the formula's unit"
        context.problems.add(CalcError("E-DIMENSION", message, place=node.place, hint=hint))
        return
    quantity = replace(_own_quantity(name, unit, "A formula of this scenario", key.place), label=words)
    quantity.formulas[""] = UserFormula(name, symbol, node.text.strip(), node.place)  # type: ignore[assignment]  # it has what a Formula has, AnyFormula
    context.catalogue.add(quantity)


# ---------------------------------------------------------------- formulas of a model's quantities


def _replace_formula(context: Context, known: Quantity, formula: UserFormula) -> None:
    """Let a formula of the scenario compute a quantity of a model; no choice of variants is about it any more."""
    catalogue = context.catalogue
    catalogue.add(replace(known, formulas={"": formula}, optional=False))  # type: ignore[dict-item]  # it has what a Formula has, AnyFormula
    for choice, declared in list(catalogue.choices.items()):
        if known.name in declared.binds:
            binds = tuple(each for each in declared.binds if each != known.name)
            catalogue.choices = {**catalogue.choices, choice: declared._replace(binds=binds)}
            if not binds:
                del catalogue.choices[choice]


def _instead(context: Context, known: Quantity) -> tuple[str, str]:
    """Return what the report calls a formula that takes the place of a model's or of facts, and its source."""
    bundles = [context.facts.bundle(subject) or {} for subject in sorted({*context.reading.used, DEFAULTS})]
    replaced = [f"the fact {bundle[known.name].id}" for bundle in bundles if known.name in bundle]
    first = next(iter(known.formulas.values()), None)
    replaced += [expression_text(first.expression)] if first else []
    what = " and ".join(replaced) or f"an input of the model `{known.model}`"
    return f"formula of the scenario instead of {what}", f"this scenario, instead of {what}"


def _refuse_other_dimension(context: Context, known: Quantity, formula: ParsedFormula, symbol: Symbol) -> None:
    """Refuse a formula that computes something else than the quantity is.

    "Per rack" may be left out where a value may leave it out. Raises CalcError.
    """
    dimension, wanted = symbol.dimension, known.unit.dimension
    bare = known.unit.without(known.omittable).dimension if known.omittable else wanted
    if dimension is None or dimension in {wanted, bare}:
        return
    # Where a model that ships declares it is no place that a user mends.
    is_own = known.place is not None and not known.place.source.name.startswith("calc/")
    related = [("declared at", known.place)] if known.place and is_own else []
    message = f"the formula of `{known.name}` computes {dimension.describe()}, it needs {wanted.describe()}"
    hint = _missing_per(context, formula, dimension / wanted, wanted)
    hint = hint or f"its unit is `{known.unit_text}`; a figure of your own that is something else has a name of its own"
    raise CalcError("E-DIMENSION", message, place=formula.place, hint=hint, related=related)


def _missing_per(context: Context, formula: ParsedFormula, over: Dimension, wanted: Dimension) -> str | None:
    """Return the hint for a formula that fits where one of the scenario's own inputs counts the thing, or is per it."""
    if len(over.exponents) != 1 or not over.is_count or abs(over.exponents[0][1]) != 1:
        return None
    thing, is_lacking = over.exponents[0][0], over.exponents[0][1] < 0
    for name in formula.names:
        quantity = context.catalogue[name]
        if quantity.model != "scenario" or quantity.formulas:
            continue
        if is_lacking and quantity.unit.atoms:
            continue
        unit = parse_unit(thing) if is_lacking else quantity.unit / parse_unit(thing)
        symbols = {each: symbol_of(context.catalogue[each]) for each in formula.names}
        try:
            traced = formula.trace({**symbols, name: symbol_of(replace(quantity, measured=unit))})
        except CalcError:
            continue
        if traced.dimension == wanted and is_lacking:
            return (
                f"`{name}` is a number without a unit: say of what, as in `{name}: 12 {unit_words(unit, plural=True)}`"
            )
        if traced.dimension == wanted:
            return f"`{thing}` is left over: give `{name}` per {thing}, in `{unit}`"
    return None


def _compares_spans(unit: Unit) -> bool:
    """Tell whether a unit is that of things over a time by another time, such as gpu-hours per year."""
    spans = [(definition(atom)[1] == _TIME, power) for atom, power in unit.atoms]
    above = [atom for atom, power in unit.atoms if power == 1]
    return (
        (True, -1) in spans
        and len(above) == 2
        and make_unit(((above[0], 1),)).dimension.is_count
        and definition(above[1])[1] == _TIME
    )


def _own_quantity(name: str, unit: Unit, text: str, place: Place) -> Quantity:
    return Quantity(name, unit, str(unit), text, None, None, optional=False, model="scenario", where=lambda: place)


def _shown_unit(symbol: Symbol) -> Unit:
    """Return the unit to show a scenario's own figure in: that of its operands, reduced.

    A quotient of two spans of time keeps both where it counts things, as in gpu-hours per person-year.
    """
    if symbol.dimension is None or symbol.dimension.is_ratio:
        return RATIO
    quotient = isinstance(symbol.expression, Call) and ops.TABLE[symbol.expression.op].is_quotient
    if quotient and _compares_spans(symbol.unit):
        return symbol.unit
    try:
        reduced = reduced_unit(symbol.unit)
    except OverflowError:
        return symbol.unit
    # A price is said in cents, what comes of it in dollars.
    return parse_unit("USD") if reduced.atoms == (("US_cent", 1),) else reduced
