"""One case resolved: its layers laid over each other, its parts, and what has to be computed where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from calc.engine.graph import LoopError
from calc.errors import CalcError, quote
from calc.scenario.asked import Asking, nothing_follows, shown_names
from calc.scenario.exchange import convert
from calc.scenario.given import agree, lay
from calc.scenario.layers import Layer, fact_layer, read_layer
from calc.scenario.resolved import ResolvedCase
from calc.scenario.variants import read_use
from calc.scenario.years import refuse_missing_years
from calc.text import did_you_mean, or_list

if TYPE_CHECKING:
    from calc.scenario.cases import Case
    from calc.scenario.context import Context
    from calc.scenario.expectations import Expectation
    from calc.value import Value


@dataclass(slots=True)
class Levels:
    """What all cases share: facts and inputs of the file, what the command line sets, and the variants in use."""

    facts: list[Layer]
    inputs: list[Layer]
    high: Layer
    use: dict[str, str]


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
    site = _lay(context, name, "", [case], levels)
    parts = {each: _lay(context, name, each, _choices(context, case, each), levels) for each in context.document.parts}
    shown = shown_names(context)
    if context.chosen:
        # What only a study can answer, because it chooses a value, is not asked of the case as it stands.
        asking = next(iter(parts.values())).asking if parts else site.asking
        shown = [each for each in shown if not _waits(asking, each)] if shown is not None else None
        checked = [each for each in checked if not _waits(asking, each)]
    at_site = {each for each in [*(shown or ()), *checked] if not parts or _is_at_site(site.asking, each)}
    wanted = [each for each in shown if each in at_site] if shown is not None else _follows(site.asking)
    needed = [each for each in checked if each in at_site] + [each.name for each in promised if not each.part]
    found = _finish(context, site, wanted, needed, is_explicit=shown is not None)
    found.name, found.totals = name, {each: context.document.totals[each].of for each in site.asking.totals}
    for part, laid in parts.items():
        _refuse_circles(laid.asking, found.totals)
        wanted = [each for each in shown if each not in at_site] if shown is not None else laid.asking.derivable()
        needed = [each for each in checked if each not in at_site] + list(found.totals.values())
        needed += [each.name for each in promised if each.part == part]
        inner = _finish(context, laid, wanted, needed, is_explicit=shown is not None)
        inner.name, inner.streams = part, _streams(part, inner.values, found.values)
        found.parts.append(inner)
    if not any([found.wanted, *(each.wanted for each in found.parts)]) and not context.document.studies:
        nothing_follows(context)
    return found


def resolve_study_case(
    context: Context, name: str, case: Case, levels: Levels, layer: Layer, wanted: list[str] | None, needed: list[str]
) -> ResolvedCase:
    """Resolve one case for a study.

    layer: the values that the study chooses, above all others. wanted: the figures to answer; None for all that follow
    from those values, or from anything where the study chooses none. needed: names that its conditions need.
    """
    laid = _lay(context, name, "", [case], levels, [layer])
    if wanted is None:
        wanted = [each for each in laid.asking.derivable() if not layer.values or _needs(laid.asking, each, layer)]
    found = _finish(context, laid, wanted, needed, is_explicit=True)
    found.name = name
    try:
        found.studied = [each for each in laid.asking.plan(found.asked).leaves if each not in layer.values]
    except CalcError:
        found.studied = []
    return found


def _waits(asking: Asking, name: str) -> bool:
    """Tell whether a figure lacks a value that a study chooses."""
    try:
        return not asking.context.chosen.isdisjoint(asking.plan([name]).missing)
    except LoopError as error:
        return not asking.context.chosen.isdisjoint(error.names)


def _needs(asking: Asking, name: str, layer: Layer) -> bool:
    return not layer.values.keys().isdisjoint(asking.plan([name]).leaves)


def _lay(
    context: Context, case: str, part: str, choices: list[Case], levels: Levels, above: list[Layer] | None = None
) -> _Laid:
    facts = [fact_layer(context, each.facts) for each in choices]
    layers = [*levels.facts, *facts, *levels.inputs]
    layers += [*(read_layer(context, each.inputs) for each in choices), levels.high, *(above or ())]
    hidden = [name for layer in facts for name in layer.values if any(name in each.values for each in levels.inputs)]
    if hidden:
        where = f"part {quote(part)}" if part else f"case {quote(case)}"
        context.reading.warnings.append(f"{where}: its facts give {', '.join(hidden)}, but `inputs` win")
    use = levels.use
    for each in choices:
        use = {**use, **read_use(context, each.use)}
    values = lay(context, layers, use)
    # A name whose value could not be read is not missing too; one mistake makes one message.
    given = {*values, *(name for layer in layers for name in layer.broken)}
    # A part refers to totals only where it is asked for what follows from them.
    totals = frozenset(name for name in context.document.totals if name in context.catalogue)
    # What follows from default facts alone answers no question of this scenario.
    defaults = {name for name, value in values.items() if value.status == "default" and value.place is None}
    return _Laid(values, Asking(context, case, part, given, use, totals, defaults))


def _choices(context: Context, case: Case, part: str) -> list[Case]:
    """Return what makes a part of a case: the part, the case, and what the case says of the part."""
    return [context.document.parts[part], case, *([case.parts[part]] if part in case.parts else [])]


def _refuse_unknown_parts(context: Context, case: Case) -> None:
    parts = context.document.parts
    for name, part in case.parts.items():
        if name not in parts and part.name is not None:
            hint = did_you_mean(name, parts) or (f"its parts are {or_list(parts)}" if parts else "add `parts:`")
            problem = CalcError("E-PART", f"there is no part {quote(name)}", place=part.name.place, hint=hint)
            context.problems.add(problem)


def _is_at_site(asking: Asking, name: str) -> bool:
    """Tell whether a figure is one of the whole scenario: it follows from totals and what all parts share."""
    try:
        plan = asking.plan([name])
    except CalcError:
        return False
    return bool(plan.totals) and not plan.missing


def _follows(asking: Asking) -> list[str]:
    """Return what is answered without a `show` list: with parts, the totals and what follows from them."""
    if not asking.context.document.parts:
        return asking.derivable()
    follows = [name for name in asking.derivable(with_totals=True) if _is_at_site(asking, name)]
    return [*asking.totals, *(name for name in follows if name not in asking.totals)]


def _refuse_circles(asking: Asking, totals: dict[str, str]) -> None:
    """Refuse a total over figures that follow from a total themselves."""
    for total, added in totals.items():
        if asking.follows_from_totals(added):
            message = f"`{total}` adds up `{added}`, which needs a total itself"
            place = asking.context.document.totals[total].place
            hint = "add up a figure of the parts alone"
            asking.context.problems.add(CalcError("E-LOOP", message, place=place, hint=hint))


def _finish(context: Context, laid: _Laid, wanted: list[str], needed: list[str], *, is_explicit: bool) -> ResolvedCase:
    case = ResolvedCase("", laid.values, laid.asking.use, wanted, is_explicit, needed)
    plan = laid.asking.checked_plan(case.asked)
    if plan is None:
        return case
    case.values = convert(context, laid.values, set(plan.leaves))
    for name in plan.leaves:
        if name in case.values:
            try:
                refuse_missing_years(name, case.values[name], context.document.years)
            except CalcError as error:
                context.problems.add(error)
    agree(context, case.values, case.use)
    return case


def _streams(part: str, values: dict[str, Value], shared: dict[str, Value]) -> dict[str, str]:
    """Return the random streams of what a part gives itself; what all parts share, also a fact, is one draw."""
    own = {name: value for name, value in values.items() if name not in shared or not _same(value, shared[name])}
    return {name: f"{name}@{value.fact}" if value.fact else f"{part}: {name}" for name, value in own.items()}


def _same(one: Value, other: Value) -> bool:
    """Tell whether two values are one figure of one origin, whatever each replaces."""
    return (one.moments, one.place, one.fact) == (other.moments, other.place, other.fact)
