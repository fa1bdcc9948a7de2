"""What goes with an answer: checks and promises that failed, unneeded inputs, unverified facts, old prices."""

from __future__ import annotations

import os
import shlex
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from calc.engine.catalogue import spread
from calc.engine.figures import NotIncluded, NoValue
from calc.engine.graph import formula_of, make_plan
from calc.errors import CalcError, quote
from calc.facts.book import read_period
from calc.records import NamedTuple
from calc.scenario.case import BASE
from calc.text import and_list, or_list, shorten
from calc.units import CURRENCIES
from calc.units.format import GIVEN_DIGITS, RESULT_DIGITS, amount_text, percent_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from calc.engine.catalogue import Catalogue
    from calc.engine.figures import Single
    from calc.engine.graph import Plan
    from calc.errors import Place
    from calc.scenario.case import ResolvedCase, Scenario
    from calc.study.results import Answer, CaseAnswer, CheckResult, Placed
    from calc.units import Unit


def failures(answer: Answer) -> list[CalcError]:
    """Return an error for every failed check and every broken promise."""
    errors = []
    for case in answer.columns:
        for broken in case.broken:
            hint = _explain(answer, case, broken.promise.name)
            errors.append(CalcError("E-EXPECT", broken.message, place=broken.promise.place, hint=hint))
    errors += [
        _check_error(answer, alike)
        for alike in alike_checks(answer, lambda check: "" if check.passed else _found(check))
    ]
    for line in answer.lines:
        errors += failures(line.answer)
    errors += [_no_plan(found) for found in answer.placements if found.plan is None]
    return [*errors, *answer.studies.missed()]


def alike_checks(answer: Answer, told: Callable[[CheckResult], str]) -> list[list[tuple[CaseAnswer, CheckResult]]]:
    """Return the checks of which something is to be told, those that say the same of several cases together.

    told: what is to be told of a check, empty for nothing.
    """
    found: dict[tuple[str, str, int | None, str], list[tuple[CaseAnswer, CheckResult]]] = {}
    for case in answer.columns:
        for check in case.checks:
            words = told(check)
            if words:
                part = case.case.name if case.inside else ""
                found.setdefault((part, check.condition.text, check.year, words), []).append((case, check))
    return list(found.values())


def _no_plan(found: Placed) -> CalcError:
    """Return the error for wishes that cannot all be met: the fewest to give up, with what can be had of each."""
    # Few runs place anything, and start-up is counted in milliseconds.
    from calc.study.placed import wish_text

    where = "" if found.case == BASE else f" in case {quote(found.case)}"
    message = f"no placement meets all that is wished for{where}"
    ways = [" and ".join(wish_text(found, each) for each in way) for way in found.ways]
    hint = f"give up {', or '.join(ways)}" if ways else None
    return CalcError("E-PLACE-MISSED", message, place=found.placing.place, hint=hint)


def doubts(answer: Answer) -> list[tuple[Place | None, str]]:
    """Return a line, with its place, for every check that holds at the median but not in most of the samples."""
    found: list[tuple[Place | None, str]] = []
    for alike in alike_checks(answer, lambda check: str(check.probability) if check.is_doubtful else ""):
        each = alike[0][1]
        if each.probability is not None:
            text, where = each.condition.text, _where(answer, alike)
            share = f"{percent_text(each.probability)} of the samples"
            words = f"`{text}` holds at the median{where}, but only in {share}"
            if each.meaning:
                fails = f"{percent_text(1 - each.probability)} of the samples"
                words = f"in {fails}{where} {each.meaning}: `{text}` holds in {share}"
            found.append((each.condition.place or answer.scenario.place, words))
    for line in answer.lines:
        found += doubts(line.answer)
    return found


def _explain(answer: Answer, case: CaseAnswer, name: str) -> str:
    words = ["calc", "explain", answer.scenario.path, name]
    named = case.inside or case.case.name
    if named != BASE:
        words += ["--case", named]
    return f"`{shorten(shlex.join(words), 200)}` shows where it comes from"


def _found(check: CheckResult) -> str:
    """Return what was found of a check that does not hold."""
    found = f"{'at the median ' if check.p50 is not None else ''}{' against '.join(_sides(check))}"
    if check.probability is not None:
        if check.p50 is None and isinstance(check.value, float | int):
            found = f"at the likely values {found}, but some samples have no value"
        found += f"; it holds in {percent_text(check.probability)} of the samples"
    return found


def _check_error(answer: Answer, alike: list[tuple[CaseAnswer, CheckResult]]) -> CalcError:
    """Return the error for a check that does not hold; alike: it in all cases of which it says the same."""
    case, check = alike[0]
    condition, found, for_case = check.condition, _found(check), _where(answer, alike)
    # A model's own check stands in no scenario; point at what the scenario gives for it.
    given = (case.case.values[name].place for name in condition.names if name in case.case.values)
    place = condition.place or next((each for each in given if each), None) or answer.scenario.place
    message = f"`{condition.text}` does not hold{for_case}; {found}"
    if check.meaning:
        message = f"{check.meaning}{for_case}: {found}"
    name = next(iter(condition.required or condition.names))
    # A part of a hall has no figure of what stands together in its cabinets.
    is_placed = answer.scenario.placing is not None and bool(check.meaning) and name not in case.figures
    hint = None if is_placed else _explain(answer, case, name)
    return CalcError("E-CHECK-FAILED", message, place=place, hint=hint)


def _where(answer: Answer, alike: list[tuple[CaseAnswer, CheckResult]]) -> str:
    """Return the part, cases and year that a check is of, in words."""
    case, check = alike[0]
    names = [each.inside or each.case.name for each, _ in alike]
    where = f" in part {quote(case.case.name)}" if case.inside else ""
    if len(names) > 1 and len(names) == len(answer.cases):
        where += " in every case"
    elif names[0] != BASE:
        where += f" in case {quote(names[0])}" if len(names) == 1 else f" in cases {', '.join(map(quote, names))}"
    return where + ("" if check.year is None else f" in {check.year}")


def _sides(check: CheckResult) -> list[str]:
    """Return both sides in words, at the median where they are uncertain, with the digits that tell them apart."""
    left = check.value if check.p50 is None else check.p50
    right = check.limit if check.limit_p50 is None else check.limit_p50
    sides = [(left, check.condition.left.unit), (right, check.condition.right.unit)]
    for digits in range(RESULT_DIGITS, GIVEN_DIGITS + 1):
        texts = [_side(figure, unit, digits) for figure, unit in sides]
        if texts[0] != texts[1] or left == right:
            break
    return texts


def _side(figure: Single, unit: Unit, digits: int) -> str:
    if isinstance(figure, NoValue | NotIncluded):
        return f"no value ({figure.reason})"
    return amount_text(figure, unit, digits=digits)


# ---------------- remarks that go with an answer: inputs nothing needed, unverified facts, prices of long ago


_OLD_DAYS = 365


def today() -> date:
    """Return the date that ages are counted to; SOURCE_DATE_EPOCH fixes it for repeatable output."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    try:
        return datetime.fromtimestamp(int(epoch), tz=UTC).date()
    except (ValueError, OverflowError, OSError):
        return date.today()


def remarks(answer: Answer) -> list[str]:
    """Return the remarks, each one line."""
    # Where servers cannot be placed nothing follows, and what would be used cannot be told.
    is_planned = all(each.plan is not None for each in answer.placements)
    return [
        *(_unused(answer) if is_planned else ()),
        *(_without_effect(answer) if is_planned else ()),
        *dict.fromkeys(note for each in answer.placements for note in each.notes),
        *_partial_totals(answer),
        *age_remarks(_used_facts(answer), today()),
        *_unverified(answer),
    ]


def _unused(answer: Answer) -> list[str]:
    given: dict[str, None] = {}
    used = set()
    for case in answer.columns:
        used.update(case.plan.leaves)
        used.update(value.converted for value in case.case.values.values() if value.converted)
        # It moves prices whose money has a year before any formula sees them.
        if any(case.case.values[name].currency_year for name in case.plan.leaves if name in case.case.values):
            used.add("price_level_year")
        # A default was not asked for, nor what is placed, so that nobody minds when nothing needs it.
        asked = {name: each for name, each in case.case.values.items() if each.status not in {"default", "placed"}}
        given.update((name, None) for name, value in asked.items() if value.place is not None)
    idle = [name for name in given if name not in used and name not in answer.unheeded]
    return (
        [f"unused input: {', '.join(idle)} (no figure asked for needs {'it' if len(idle) == 1 else 'them'})"]
        if idle
        else []
    )


def _without_effect(answer: Answer) -> list[str]:
    """Return what the scenario says beside values and no figure of the answer needs."""
    stated, columns = answer.scenario.stated, answer.columns
    answered = {name for case in columns for name in case.plan.answered}
    computed = {name for case in columns for name in case.plan.order}
    subjects = {
        fact.rpartition(".")[0]
        for case in columns
        for name in (*case.plan.leaves, *(value.converted for value in case.case.values.values() if value.converted))
        for fact in (case.case.values[name].fact, case.case.values[name].replaces)
        if fact
    }
    idle, overruled = _choices(answer)
    kinds = {
        "formula": [name for name in stated.formulas if name not in answered],
        "total": [name for name in stated.totals if name not in answered],
        "choice under `use`": idle,
        "facts": [name for name in stated.facts if name not in subjects],
        "section": ["uncertainty"] if stated.uncertainty and not answer.is_uncertain else [],
    }
    given = [name for name in stated.formulas if name in answered and name not in computed]
    return [
        *([f"unused formula: {', '.join(given)} (a value is given instead)"] if given else []),
        *(f"unused {kind}: {', '.join(names)} (nothing asked for needs it)" for kind, names in kinds.items() if names),
        *overruled,
    ]


def _choices(answer: Answer) -> tuple[list[str], list[str]]:
    """Return what stands under `use` and decides nothing, and a line for each that is overruled for some quantities."""
    use, choices = answer.scenario.stated.use, answer.scenario.catalogue.choices
    decided: set[tuple[tuple[str, str, str], str]] = set()
    overruled: dict[str, dict[str, None]] = {}
    for column in answer.columns if use else ():
        case, part = (column.inside, column.case.name) if column.inside else (column.case.name, "")
        decides: dict[str, tuple[str, str, str]] = {}
        values = column.case.values
        given = {each for each in column.plan.leaves if values[each].place is not None and not values[each].fact}
        for where in dict.fromkeys([("", ""), ("", part), (case, ""), (case, part)]):
            for chosen in sorted(use.get(where, ()), key=lambda each: each.name not in choices):
                decides.update(dict.fromkeys(chosen.binds, (*where, chosen.name)))
                out = [name for name in chosen.overruled if name in column.plan.order]
                out += [name for name in chosen.binds if name in given]
                overruled.setdefault(chosen.name, {}).update(dict.fromkeys(out if chosen.is_own else ()))
        decided.update((decides[name], name) for name in column.plan.order if name in decides)
    written = [(*where, each.name) for where, entries in use.items() for each in entries if each.is_own]
    used, heeded = {chosen for chosen, _ in decided}, {(chosen[-1], name) for chosen, name in decided}
    some = {name for name, _ in heeded}
    idle = [
        " in ".join([name, *(quote(each) for each in (part, case) if each)]) if name in some else name
        for case, part, name in written
        if (case, part, name) not in used
    ]
    left = {name: [each for each in names if (name, each) not in heeded] for name, names in overruled.items()}
    return list(dict.fromkeys(idle)), [
        f"`{name}` under `use` does not decide {and_list(names)}, with a formula or value of the scenario's own"
        for name, names in left.items()
        if names and name in some
    ]


def _partial_totals(answer: Answer) -> list[str]:
    """Return a line for every sum that leaves out parts whose figure is not included."""
    lines = []
    for case in answer.cases:
        for total, added in case.case.totals.items():
            parts = case.parts_of(total)
            out = [part.case.name for part in parts if isinstance(part.figures[added], NotIncluded)]
            if out and len(out) < len(parts):
                lines.append(f"{total} leaves out {', '.join(out)}, where {added} is not included")
    return lines


class UsedFact(NamedTuple):
    """What is told about a fact that an answer rests on.

    is_price: money per something; a sum of money, such as a budget, does not age.
    """

    as_of: str
    status: str
    is_price: bool


def _used_facts(answer: Answer) -> dict[str, UsedFact]:
    """Return every fact in use by id, and by its name every value beside which a date stands."""
    found = {}
    for case in answer.columns:
        rates = [value.converted for value in case.case.values.values() if value.converted]
        for name in (*case.plan.leaves, *rates):
            value = case.case.values[name]
            if value.fact or value.as_of:
                price = is_price(answer.scenario.catalogue[name].unit)
                found[value.fact or name] = UsedFact(value.as_of or "", value.fact_status or "", price)
    return found


def is_price(unit: Unit) -> bool:
    """Return whether a unit is money per something."""
    currencies = [base for base, _ in unit.dimension.exponents if base in CURRENCIES]
    return len(currencies) == 1 and len(unit.atoms) > 1


def age_remarks(used: Mapping[str, UsedFact], now: date) -> list[str]:
    """Return a line for the prices of more than a year ago, and one for the facts whose day nobody knows.

    An average over a period ages from its middle.
    """
    periods = {fact: read_period(each.as_of) for fact, each in used.items()}
    old = [
        f"{fact} ({used[fact].as_of})"
        for fact, period in periods.items()
        if period and used[fact].is_price and (now - period.middle).days > _OLD_DAYS
    ]
    undated = [fact for fact, period in periods.items() if period is None]
    kinds = {"price older than a year": old, "fact without a date": undated}
    return [f"{kind}: {', '.join(facts)}" for kind, facts in kinds.items() if facts]


def _unverified(answer: Answer) -> list[str]:
    given = ((name, case.case.values[name]) for case in answer.columns for name in case.plan.leaves)
    undated = [name for name, value in given if not value.fact and value.fact_status == "unverified"]
    found = [fact for fact, each in _used_facts(answer).items() if each.status == "unverified"]
    found = list(dict.fromkeys([*found, *undated]))
    return [f"unverified fact: {', '.join(found)}"] if found else []


# What a report calls them.
ASIDE = "Given, but not used"


def unheeded(scenario: Scenario, columns: Iterable[tuple[ResolvedCase, Plan]]) -> dict[str, str]:
    """Return a remark by the name of every input that a person gave and that the variants in use leave aside.

    columns: the cases, and their parts, each with the plan of what it was asked for. Where only some cases of the file
    are answered there is no remark: the input may be there for another.
    """
    if scenario.origin.options.cases:
        return {}
    catalogue, columns = scenario.catalogue, list(columns)
    used = {(name, case.values[name].place) for case, plan in columns for name in plan.leaves}
    found: dict[str, str] = {}
    # Ten thousand cases differ in what they give, seldom in what they choose.
    tried = set()
    for case, plan in columns:
        chosen = tuple(sorted(case.use.items()))
        for name, value in case.values.items():
            asked = value.status != "default" and value.place is not None
            if asked and (name, value.place) not in used and name not in found and (name, chosen) not in tried:
                tried.add((name, chosen))
                remark = _remark(catalogue, case, plan, name)
                if remark:
                    found[name] = remark
    return found


def unheeded_by_studies(scenario: Scenario) -> list[str]:
    """Return the same for the cases of a scenario's studies, whose catalogue it has."""
    if scenario.placing is not None:
        # Its plan used what no figure that is studied uses; the run of the scenario says what nobody did.
        return []
    plans = ((case, _plan(scenario.catalogue, case, case.use)) for case in scenario.studies.cases())
    return list(unheeded(scenario, [(case, plan) for case, plan in plans if plan]).values())


def _remark(catalogue: Catalogue, case: ResolvedCase, plan: Plan, name: str) -> str:
    """Return what leaves an input of a case aside and what would use it; empty where no other variant would."""
    for key, chosen, meaning, others in _decided(catalogue, case, plan):
        plans = {
            each: _plan(catalogue, case, {**case.use, **spread(catalogue.choices, {key: each})}) for each in others
        }
        takers = [each for each, found in plans.items() if found and name in found.leaves]
        if takers:
            ways = or_list([f"use: {{{key}: {each}}}" for each in takers])
            return f"`{name}` is given, but `{chosen}` does not use it ({meaning}); {ways} does"
    return ""


def _decided(catalogue: Catalogue, case: ResolvedCase, plan: Plan) -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield what was chosen on the way to a case's figures: by which name, which variant, its meaning, the others."""
    bound = {each: name for name, choice in catalogue.choices.items() for each in choice.binds}
    seen = set()
    for name in plan.order:
        formula = formula_of(catalogue, name, case.use)
        key = bound.get(name, name)
        if formula is None or not formula.variant or key in seen:
            continue
        seen.add(key)
        choice = catalogue.choices.get(key)
        meaning = choice.options[formula.variant] if choice else formula.assumption
        options = choice.options if choice else catalogue[name].formulas
        yield key, formula.variant, meaning.rstrip("."), [each for each in options if each != formula.variant]


def _plan(catalogue: Catalogue, case: ResolvedCase, use: Mapping[str, str]) -> Plan | None:
    """Return the plan of what a case is asked for under a choice of variants, or None where there is none."""
    try:
        return make_plan(catalogue, case.asked, set(case.values), use, set(case.totals))
    except CalcError:
        return None
