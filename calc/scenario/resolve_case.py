"""One case resolved: its layers laid over each other, its parts, and what has to be computed where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.catalogue import implied, known_catalogue, spread
from calc.engine.evaluate import evaluate_formula
from calc.engine.flat import key_of
from calc.engine.graph import LoopError, formula_of, make_plan, reached
from calc.errors import CalcError, quote
from calc.records import dataclass, field, replace
from calc.scenario import place_section
from calc.scenario.case import Layer, ResolvedCase, fact_layer, read_layer
from calc.scenario.conditions import SLACK
from calc.scenario.display import convert, given_figure, rate_of, varies
from calc.scenario.requested import Asking, nothing_follows, shown_names
from calc.scenario.years import refuse_missing_years
from calc.text import and_list, did_you_mean, or_list
from calc.units import RATIO
from calc.units.format import GIVEN_DIGITS, amount_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calc.engine.evaluate import Figure
    from calc.scenario.case import Context
    from calc.scenario.requested import Expectation
    from calc.scenario.shapes import Case
    from calc.scenario.yaml_reader import Scalar
    from calc.value import Moment, Value

# The quantity that says to which year, and the facts of the level of prices, by year: what a hall is rented for follows
# the prices of those who sell hosting, everything else those of consumers.
YEAR = "price_level_year"
CONSUMER = ("us-prices.consumer_price_index", "consumer prices")
LEVELS = {"colocation_price": ("us-prices.hosting_producer_price_index", "what hosting is sold for")}


def at_one_level(context: Context, values: dict[str, Value]) -> dict[str, Value]:
    """Return values whose prices are in the money of the scenario's `price_level_year`; without one as they are.

    Only facts know the year of their money. A level that no fact holds is an error in the context's problems.
    """
    wanted = values.get(YEAR)
    if wanted is None:
        return values
    year = round(wanted.point / wanted.unit.factor)
    found = dict(values)
    for name, value in values.items():
        money = value.currency_year
        # What was converted followed the prices of its own country.
        if money is None or money == year or value.converted:
            continue
        index, by = LEVELS.get(name, CONSUMER)
        # Of the whole year, not of a month.
        dated = {each.id.partition("@")[2]: each.value for each in context.facts.dated(index)}
        levels = {int(at): level for at, level in dated.items() if len(at) == 4 and level}
        unknown = [each for each in (money, year) if each not in levels]
        if unknown:
            message = f"`{name}` is in money of {money}; no level of prices is known for {and_list(map(str, unknown))}"
            hint = f"levels are known from {min(levels)} to {max(levels)}; give `{name}` in money of {year}"
            context.problems.add(CalcError("E-PRICE-LEVEL", message, place=value.place or wanted.place, hint=hint))
            continue
        rise = levels[year] / levels[money]
        words = f"{value.source}; brought from money of {money} to {year} by {by}, x {rise:.4g}"
        found[name] = replace(value.scaled(rise), source=words, currency_year=year)
    return found


# ---------------- given beats derived


def lay(context: Context, layers: list[Layer], use: dict[str, str]) -> dict[str, Value]:
    """Lay the layers over each other; a later one that gives a name of a loop withdraws the loop's other names."""
    values: dict[str, Value] = {}
    for layer in layers:
        withdrawn = _withdrawn(context, values, layer, use)
        for name in withdrawn:
            if values.pop(name).place is not None:
                context.reading.warnings.append(f"{name}: withdrawn, because a later layer gives what it follows from")
        for name, value in layer.values.items():
            earlier = values.get(name)
            replaces = earlier is not None and earlier.status in {"default", "overridden"} and value.status == "given"
            fact = (earlier.fact or earlier.replaces) if earlier else None
            values[name] = replace(value, status="overridden", replaces=fact) if replaces else value
            if earlier is not None and earlier.growth is not None and not value.is_yearly:
                values[name] = _growing(context, name, values[name], earlier.growth)
    return values


def _growing(context: Context, name: str, start: Value, growth: Moment) -> Value:
    """Return a value that takes the place of the start of one that grows; what follows from the start follows."""
    rate = amount_text(growth.point, RATIO, share=True, digits=GIVEN_DIGITS)
    context.reading.warnings.append(
        f"{name}: the value of {start.place} is its start, and it still grows by {rate}/year; "
        "`{start: ..., grows: 0 %/year}` ends that"
    )
    return replace(start, growth=growth)


def _withdrawn(context: Context, values: dict[str, Value], layer: Layer, use: dict[str, str]) -> list[str]:
    candidates = [name for name in values if name not in layer.values and context.catalogue[name].formulas]
    given = {*values, *layer.values, *layer.broken}
    return [
        old
        for old in candidates
        if any(
            _in_one_loop(context, old, new, given, use)
            for new in (*layer.values, *layer.broken)
            if context.catalogue[new].formulas
        )
    ]


def _in_one_loop(context: Context, one: str, other: str, given: set[str], use: dict[str, str]) -> bool:
    """Tell whether two given names would each be computed from the other if it were not given."""
    return _reaches(context, one, other, given, use) and _reaches(context, other, one, given, use)


def _reaches(context: Context, start: str, goal: str, given: set[str], use: dict[str, str]) -> bool:

    def below(name: str) -> tuple[str, ...]:
        formula = None if name in given and name != start else formula_of(context.catalogue, name, use)
        return formula.parameters if formula else ()

    return goal in reached([start], below)


def agree(context: Context, values: dict[str, Value], use: dict[str, str]) -> None:
    """Refuse given names of one loop, such as a share and its amount, that contradict each other.

    They may differ by the slack of conditions. values: those of one case after all layers and conversions, so that a
    total from another layer counts too.
    """
    names = [name for name in values if context.catalogue[name].formulas]
    for position, one in enumerate(names):
        for other in names[position + 1 :]:
            if _in_one_loop(context, one, other, set(values), use):
                _compare(context, one, other, values, use)


def _compare(context: Context, one: str, other: str, values: dict[str, Value], use: dict[str, str]) -> None:
    stated = values[one].point
    follows = _computed(context, one, values, use)
    if follows is None:
        one, other = other, one
        stated, follows = values[one].point, _computed(context, one, values, use)
    uncertain = any(any(varies(each, values)) for each in (one, other))
    if follows is None or (not uncertain and abs(stated - follows) <= SLACK * max(abs(stated), abs(follows))):
        return
    quantity = context.catalogue[one]
    said, computed = (
        amount_text(each, quantity.unit, share=quantity.is_share, digits=GIVEN_DIGITS) for each in (stated, follows)
    )
    place = values[other].place
    message = f"`{one}` and `{other}` contradict each other: `{one}` is {said}, but {computed} follows from `{other}`"
    if uncertain:
        spread = "differ by year" if any(varies(each, values)[1] for each in (one, other)) else "have a range"
        message = f"`{one}` and `{other}` both {spread}, and each follows from the other"
    related = [("the other", place)] if place else []
    hint = "give one of the two; the other follows"
    context.problems.add(CalcError("E-CONTRADICTION", message, place=values[one].place, hint=hint, related=related))


def _computed(context: Context, name: str, values: dict[str, Value], use: dict[str, str]) -> float | None:
    """Return what a given name would be if it were computed from the other given names, or None."""
    years = context.document.years
    figures: dict[str, Figure] = {
        each: given_figure(each, values, years)
        for each in values
        if each != name and (years or not varies(each, values)[1])
    }
    try:
        plan = make_plan(context.catalogue, [name], set(figures), use)
        for each in plan.order:
            formula = formula_of(context.catalogue, each, use)
            if formula is None or any(parameter not in figures for parameter in formula.parameters):
                return None
            figures[each] = evaluate_formula(each, formula.expression, figures, {}, years)
    except CalcError:
        return None
    result = figures.get(name)
    return result if isinstance(result, float) else None


# ---------------- one case resolved: its layers laid over each other, its parts, and what has to be computed where


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
    placing, over = context.placing, place_section.parts_of_totals(context)
    shown = shown_names(context)
    if context.chosen:
        shown, checked = _set_aside(context, site, parts, shown, checked)
    at_site = {each for each in [*(shown or ()), *checked] if not parts or is_at_site(site.asking, each)}
    wanted = [each for each in shown if each in at_site] if shown is not None else _at_hand(site, follows(site.asking))
    needed = [each for each in checked if each in at_site] + [each.name for each in promised if not each.part]
    if not wanted and shown is None and not parts:
        # Of what is only checked or promised, that is the answer.
        wanted = list(dict.fromkeys(needed))
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
        needed = [each for each in checked if each not in at_site and part in place_section.home(context, each)]
        needed += [*totals.values(), *place_section.needed_of(context, part)]
        needed += [each.name for each in promised if each.part == part]
        inner = finish(context, laid, own, needed, is_explicit=shown is not None)
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
    added = {name: total.of for name, total in context.document.totals.items() if total.of in context.catalogue}
    totals = {each for each, of in added.items() if any(_waits(laid.asking, of, ()) for laid in parts.values())}
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
            hint = did_you_mean(name, having) or "`calc list quantities` shows the names"
            message = f"{quote(name)} has no variants"
            bound = known_catalogue().choices[name].binds if name in known_catalogue().choices else (name,)
            own = [each for each in bound if each in context.document.formulas]
            if own:
                it = "it" if own == [name] else and_list(own)
                message, hint = f"{message}: a formula of this scenario computes {it}", "leave out one of the two"
            context.problems.add(CalcError("E-USE", message, place=key.place, hint=hint))
        elif node.text not in variants:
            hint = did_you_mean(node.text, variants) or f"its variants are {and_list(variants)}"
            message = f"`{name}` has no variant {quote(node.text)}"
            context.problems.add(CalcError("E-USE", message, place=node.place, hint=hint))
        else:
            chosen[name] = node.text
    return spread(catalogue.choices, chosen)
