"""One case resolved: its layers laid over each other, its parts, and what has to be computed where."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from calc.engine.catalogue import implied, spread
from calc.engine.flat import key_of
from calc.engine.graph import LoopError
from calc.errors import CalcError, quote
from calc.scenario import place_section
from calc.scenario.asked import Asking, nothing_follows, shown_names
from calc.scenario.exchange import convert, rate_of
from calc.scenario.given import agree, lay
from calc.scenario.layers import Layer, fact_layer, read_layer
from calc.scenario.price_level import at_one_level
from calc.scenario.resolved import ResolvedCase
from calc.scenario.years import refuse_missing_years
from calc.text import and_list, did_you_mean, or_list

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calc.scenario.cases import Case
    from calc.scenario.context import Context
    from calc.scenario.expectations import Expectation
    from calc.scenario.nodes import Scalar
    from calc.value import Value


@dataclass(slots=True)
class Levels:
    """What all cases share: facts and inputs of the file, what the command line sets, and the variants in use.

    high_in: what the command line sets in single parts.
    """

    facts: list[Layer]
    inputs: list[Layer]
    high: Layer
    use: dict[str, str]
    high_in: dict[str, Layer] = field(default_factory=dict)


@dataclass(slots=True)
class _Laid:
    """Layers of a case or a part laid over each other; given also counts names whose value could not be read."""

    values: dict[str, Value]
    asking: Asking


def resolve_case(
    context: Context, name: str, case: Case, levels: Levels, checked: list[str], promised: list[Expectation]
) -> ResolvedCase:
    """Resolve one case; what is wrong is added to the context's problems.

    checked: names that checks need. promised: the promises for this case.
    """
    _refuse_unknown_parts(context, case)
    site = lay_case(context, name, "", [case], levels)
    names = context.document.parts
    parts = {each: lay_case(context, name, each, choices_of(context, case, each), levels) for each in names}
    placing = context.placing
    over = (
        {}
        if placing is None
        else {each: place_section.home(context, one.of) for each, one in context.document.totals.items()}
    )
    shown = shown_names(context)
    if context.chosen:
        shown, checked = _set_aside(context, site, parts, shown, checked)
    at_site = {each for each in [*(shown or ()), *checked] if not parts or is_at_site(site.asking, each)}
    wanted = [each for each in shown if each in at_site] if shown is not None else _at_hand(site, follows(site.asking))
    needed = [each for each in checked if each in at_site] + [each.name for each in promised if not each.part]
    needed += place_section.needed_of(context, "")
    found = finish(context, site, wanted, needed, is_explicit=shown is not None)
    for laid in (site, *parts.values()):
        _refuse_loops(laid)
    found.name = name
    found.totals = {each: one.of for each, one in context.document.totals.items() if each in site.asking.totals}
    found.over = over
    for part, laid in parts.items():
        totals = {each: of for each, of in found.totals.items() if part in over.get(each, (part,))}
        _refuse_circles(laid.asking, totals)
        own = [each for each in shown or () if each not in at_site and part in place_section.home(context, each)]
        if shown is None:
            # What cabinets are like the plan itself tells.
            own = [] if placing and part in placing.kinds else _at_hand(laid, laid.asking.derivable())
        wanted = own
        needed = [each for each in checked if each not in at_site and part in place_section.home(context, each)]
        needed += [*totals.values(), *place_section.needed_of(context, part)]
        needed += [each.name for each in promised if each.part == part]
        inner = finish(context, laid, wanted, needed, is_explicit=shown is not None)
        inner.name, inner.streams = part, streams_of(part, laid.values, site.values)
        found.parts.append(inner)
    if not any([found.wanted, *(each.wanted for each in found.parts)]) and not context.document.studies:
        nothing_follows(context)
    return found


def _refuse_loops(laid: _Laid) -> None:
    """Refuse formulas of the scenario that close a circle through a model, also where nothing asked for needs them."""
    context = laid.asking.context
    for name in context.document.formulas:
        quantity = context.catalogue.quantities.get(name)
        if quantity is not None and quantity.model != "scenario" and name not in laid.asking.given:
            try:
                laid.asking.plan([name])
            except LoopError as error:
                if name in error.names:
                    context.problems.add(laid.asking.loop_error([name], error))


def _set_aside(
    context: Context, site: _Laid, parts: dict[str, _Laid], shown: list[str] | None, checked: list[str]
) -> tuple[list[str] | None, list[str]]:
    """Return the figures and names of checks that do not wait for a study.

    What only a study can answer, because it chooses a value, is not asked of the case as it stands.
    """
    totals = {name for name, total in context.document.totals.items()
              if any(_waits(laid.asking, total.of, ()) for laid in parts.values())}  # fmt: skip
    columns = [site, *parts.values()]
    for laid in columns:
        laid.asking = replace(laid.asking, totals=laid.asking.totals - totals)

    def left(names: list[str]) -> list[str]:
        return [each for each in names if not any(_waits(laid.asking, each, totals) for laid in columns)]

    return None if shown is None else left(shown), left(checked)


def _waits(asking: Asking, name: str, totals: Iterable[str]) -> bool:
    """Tell whether a figure lacks a value that a study chooses, or a total that does."""
    chosen = asking.context.chosen
    lacking = {*totals, *(key.name for key in map(key_of, chosen) if key.part in {"", asking.part})}
    try:
        plan = asking.plan([name])
        if not plan.missing and set(plan.leaves) <= asking.given:
            return False
    except LoopError:
        pass  # what a study chooses may cut the loop open
    try:
        return not lacking.isdisjoint(replace(asking, given=asking.given | lacking).plan([name]).leaves)
    except LoopError:
        return False


def _at_hand(laid: _Laid, names: list[str]) -> list[str]:
    """Return the figures that go through no exchange rate which only a study gives."""
    asking = laid.asking
    lacking = {rate for rate in asking.rates.values() if rate not in asking.given and rate in asking.context.chosen}
    return [each for each in names if lacking.isdisjoint(asking.plan([each]).leaves)] if lacking else names


def lay_case(
    context: Context, case: str, part: str, choices: list[Case], levels: Levels, above: list[Layer] | None = None
) -> _Laid:
    """Lay the layers of a case, or of one of its parts, over each other.

    choices: what makes the case or part, later ones win. above: layers above all others.
    """
    facts = [fact_layer(context, each.facts) for each in choices]
    layers = [*levels.facts, *facts, *levels.inputs]
    layers += [*(read_layer(context, each.inputs) for each in choices), levels.high]
    layers += [*([levels.high_in[part]] if part in levels.high_in else []), *(above or ())]
    layers = place_section.without_misplaced(context, part, layers)
    hidden = [name for layer in facts for name in layer.values if any(name in each.values for each in levels.inputs)]
    if hidden:
        where = f"part {quote(part)}" if part else f"case {quote(case)}"
        context.reading.warnings.append(f"{where}: its facts give {', '.join(hidden)}, but `inputs` win")
    named = {name for layer in layers for name in layer.values}
    # Years make a choice too, as a name that is given does.
    told = named | {"years"} if context.document.years else named
    use = {**implied(context.catalogue.choices, told), **levels.use}
    for each in choices:
        use = {**use, **read_use(context, each.use)}
    values = lay(context, layers, use)
    # A name whose value could not be read is not missing too; one mistake makes one message.
    given = {*values, *(name for layer in layers for name in layer.broken)}
    # A part refers to totals only where it is asked for what follows from them.
    totals = frozenset(name for name in context.document.totals if name in context.catalogue)
    # What follows from default facts alone answers no question of this scenario.
    defaults = {name for name, value in values.items() if value.status == "default" and value.place is None}
    rates = {name: rate_of(context, name, value) for name, value in values.items() if value.currency}
    asking = Asking(context, case, part, given, use, totals, defaults, rates)
    decided = place_section.placed_name(context, asking)
    if decided and decided not in values:
        values = {**values, decided: place_section.placed_value(context, decided)}
        asking = replace(asking, given=asking.given | {decided})
    return _Laid(values, asking)


def choices_of(context: Context, case: Case, part: str) -> list[Case]:
    """Return what makes a part of a case: the part, the case, and what the case says of the part."""
    return [context.document.parts[part], case, *([case.parts[part]] if part in case.parts else [])]


def _refuse_unknown_parts(context: Context, case: Case) -> None:
    parts = context.document.parts
    for name, part in case.parts.items():
        if name not in parts and part.name is not None:
            hint = did_you_mean(name, parts) or (f"its parts are {or_list(parts)}" if parts else "add `parts:`")
            problem = CalcError("E-PART", f"there is no part {quote(name)}", place=part.name.place, hint=hint)
            context.problems.add(problem)


def is_at_site(asking: Asking, name: str) -> bool:
    """Tell whether a figure is one of the whole scenario: it follows from totals and what all parts share."""
    try:
        plan = asking.plan([name])
    except CalcError:
        return False
    return bool(plan.totals) and not plan.missing


def follows(asking: Asking) -> list[str]:
    """Return what is answered without a `show` list: with parts, the totals and what follows from them."""
    if not asking.context.document.parts:
        return asking.derivable()
    found = [name for name in asking.derivable(with_totals=True) if is_at_site(asking, name)]
    totals = [name for name in asking.context.document.totals if name in asking.totals]
    return [*totals, *(name for name in found if name not in totals)]


def _refuse_circles(asking: Asking, totals: dict[str, str]) -> None:
    """Refuse a total over figures that follow from a total themselves."""
    for total, added in totals.items():
        if asking.follows_from_totals(added):
            message = f"`{total}` adds up `{added}`, which needs a total itself"
            place = asking.context.document.totals[total].place
            hint = "add up a figure of the parts alone"
            asking.context.problems.add(CalcError("E-LOOP", message, place=place, hint=hint))


def finish(context: Context, laid: _Laid, wanted: list[str], needed: list[str], *, is_explicit: bool) -> ResolvedCase:
    """Return a case or part with its values converted; what is missing for it is added to the context's problems."""
    case = ResolvedCase("", laid.values, laid.asking.use, wanted, is_explicit, needed)
    plan = laid.asking.checked_plan(case.asked)
    if plan is None:
        return case
    case.values = at_one_level(context, convert(context, laid.values, set(plan.leaves), laid.asking.given))
    for name in plan.leaves:
        if name in case.values:
            try:
                refuse_missing_years(name, case.values[name], context.document.years)
            except CalcError as error:
                context.problems.add(error)
    agree(context, case.values, case.use)
    return case


def streams_of(part: str, values: dict[str, Value], shared: dict[str, Value]) -> dict[str, str]:
    """Return the random streams of what a part gives itself; what all parts share, also a fact, is one draw.

    values, shared: before conversions, which a part may make and the whole case not.
    """
    own = {name: value for name, value in values.items() if name not in shared or not _same(value, shared[name])}
    return {name: f"{name}@{value.fact}" if value.fact else f"{part}: {name}" for name, value in own.items()}


def _same(one: Value, other: Value) -> bool:
    """Tell whether two values are one figure of one origin, whatever each replaces."""
    return (one.moments, one.place, one.fact) == (other.moments, other.place, other.fact)


# ---------------------------------------------------------------- `use:`


def read_use(context: Context, entries: dict[str, tuple[Scalar, Scalar]]) -> dict[str, str]:
    """Return quantity to variant for one `use:` section; what is wrong is added to the context's problems."""
    chosen = {}
    catalogue = context.catalogue
    for name, (key, node) in entries.items():
        quantity, choice = catalogue.quantities.get(name), catalogue.choices.get(name)
        found = quantity.formulas if quantity else choice.options if choice else {}
        variants = [each for each in found if each]
        if not variants:
            varied = [each.name for each in catalogue.quantities.values() if len(each.formulas) > 1]
            having = [*catalogue.choices, *varied]
            hint = did_you_mean(name, having) or f"variants exist for {', '.join(having)}"
            message = f"{quote(name)} has no variants"
            if name in context.document.formulas:
                message, hint = f"{message}: a formula of this scenario computes it", "leave out one of the two"
            context.problems.add(CalcError("E-USE", message, place=key.place, hint=hint))
        elif node.text not in variants:
            hint = did_you_mean(node.text, variants) or f"its variants are {and_list(variants)}"
            message = f"`{name}` has no variant {quote(node.text)}"
            context.problems.add(CalcError("E-USE", message, place=node.place, hint=hint))
        else:
            chosen[name] = node.text
    return spread(catalogue.choices, chosen)
