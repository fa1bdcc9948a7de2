"""Figures at the likely values: every case computed, what a figure is made up of, what it leaves out is worth."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from calc import ops
from calc.arrays import np
from calc.engine.evaluate import evaluate_formula
from calc.engine.explain import Texts
from calc.engine.figures import Figure, NotIncluded, NoValue, Series, Single, at_year
from calc.engine.graph import formula_of, reached
from calc.errors import CalcError
from calc.expression import Call, Expression, Name, Number, steps
from calc.facts import standard_facts
from calc.records import NamedTuple, replace
from calc.scenario.case import BASE
from calc.scenario.display import given_figure, plan_of_values
from calc.scenario.fact_values import fact_value
from calc.scenario.place_section import refuse_undecided
from calc.study.results import CaseAnswer
from calc.study.statistics import MOST, Ranked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.engine.catalogue import Catalogue
    from calc.engine.graph import Plan
    from calc.facts import Fact
    from calc.scenario.resolve import ResolvedCase, Scenario
    from calc.value import Value

# Names and how often each is added.
Counts = dict[str, float]
# A sum of more lines is one line itself.
_MOST_LINES = 100


def at_points(scenario: Scenario) -> tuple[list[CaseAnswer], list[set[str]]]:
    """Return every case with its figures, and for each the names that it was asked for, with all that they need.

    Raises CalcError when a formula leaves the finite numbers.
    """
    cases = [_prepare(scenario, case) for case in scenario.cases]
    for found in cases:
        _compute_case(scenario, found)
    return cases, [found.plan.answered for found in cases]


def _prepare(scenario: Scenario, case: ResolvedCase) -> CaseAnswer:
    """Return a case and its parts with their plans: what the figures, promises and checks need."""
    alone = case.name == BASE
    found = CaseAnswer(case, plan_of(scenario, case, case.asked, case.totals), case.name)
    for part in case.parts:
        label = part.name if alone else f"{case.name}: {part.name}"
        found.parts.append(CaseAnswer(part, plan_of(scenario, part, part.asked, case.totals), label, case.name))
    if found.parts:
        found.label = "all parts" if alone else f"{case.name}: all parts"
    return found


def plan_of(scenario: Scenario, case: ResolvedCase, names: list[str], totals: dict[str, str]) -> Plan:
    """Return the plan for names of a case or a part."""
    plan = plan_of_values(scenario.catalogue, names, case.values, case.use, set(totals))
    # What only studies use is listed among the assumptions too.
    further = [name for name in case.studied if name not in plan.leaves]
    return replace(plan, leaves=[*plan.leaves, *further]) if further else plan


def _compute_case(scenario: Scenario, found: CaseAnswer) -> None:
    """Compute the parts as far as totals need them, the totals, the whole, and what in the parts follows from it."""
    totals = found.case.totals
    for part in found.parts:
        over = found.case.over
        own = [added for total, added in totals.items() if part.case.name in over.get(total, (part.case.name,))]
        compute(scenario, part, plan_of(scenario, part.case, own, {}))
    for total, added in totals.items():
        add_up(found, total, added)
        for part in found.parts:
            part.figures[total] = found.figures[total]
    for column in (found, *found.parts):
        compute(scenario, column, column.plan)


def compute(scenario: Scenario, found: CaseAnswer, plan: Plan) -> None:
    """Add the figures that a plan names and that are not there yet.

    Raises CalcError when a formula leaves the finite numbers.
    """
    case, catalogue, years = found.case, scenario.catalogue, scenario.years
    figures = found.figures
    if scenario.placing is not None:
        refuse_undecided(case.values, plan.leaves)
    for name in plan.leaves:
        figures[name] = given_figure(name, case.values, years)
    for name in plan.not_included:
        figures[name] = NotIncluded((name,))
    figures.update({name: NotIncluded(lacking) for name, lacking in plan.left_out.items()})
    for name in plan.order:
        formula = formula_of(catalogue, name, case.use)
        if formula is None or name in figures:
            continue
        needs = formula.parameters
        shown = Texts(needs, figures, catalogue)
        try:
            figures[name] = evaluate_formula(name, formula.expression, figures, shown, years)
            _refuse_unwritable(name, figures[name], catalogue)
        except CalcError as error:
            # A zero that was given is what a person has to look at.
            zeros = (case.values[each].place for each in needs if each in case.values and figures[each] == 0)
            error.place = error.place or next((place for place in zeros if place), None)
            raise


def _refuse_unwritable(name: str, figure: Figure, catalogue: Catalogue) -> None:
    """Refuse a figure that is a number in base units, but none in the unit that it is written in."""
    factor = catalogue[name].unit.factor
    if factor >= 1:
        return
    for each in figure.values if isinstance(figure, Series) else (figure,):
        if isinstance(each, float | int) and not isfinite(each * (1 / factor)):
            message = f"`{name}` overflows in `{catalogue[name].unit_text}`"
            raise CalcError("E-NOT-FINITE", message, hint="look for an input that is given in the wrong unit")


def add_up(found: CaseAnswer, total: str, added: str) -> None:
    """Add the sum of figure `added` over the parts to a case, at the point values.

    A part in which the figure is not included is left out of the sum; a remark says so.
    """
    over = found.parts_of(total)
    parts = [part for part in over if not isinstance(part.figures[added], NotIncluded)]
    if not parts:
        names = [name for part in over for name in _left_out(part.figures[added])]
        found.figures[total] = NotIncluded(tuple(dict.fromkeys(names)))
        return
    figures = {part.case.name: part.figures[added] for part in parts}
    years = max((len(each.values) for each in figures.values() if isinstance(each, Series)), default=0)
    if years:
        found.figures[total] = Series(tuple(_sum(total, added, figures, at) for at in range(years)))
    else:
        found.figures[total] = _sum(total, added, figures, 0)


def _left_out(figure: Figure) -> tuple[str, ...]:
    return figure.names if isinstance(figure, NotIncluded) else ()


def _sum(total: str, added: str, figures: dict[str, Figure], year: int) -> Single:
    result = 0.0
    # In an order that does not depend on that of the parts, which would change the last digits.
    for part in sorted(figures):
        single = at_year(figures[part], year)
        if isinstance(single, NoValue):
            return NoValue(f"part {part}: {single.reason}")
        if not isinstance(single, NotIncluded):
            result += single
    if not isfinite(result):
        raise CalcError("E-NOT-FINITE", f"`{total}` overflows", hint=f"it adds up `{added}` over the parts")
    return result


# ---------------- what a figure is made up of


class Line(NamedTuple):
    """One line of a sum.

    amount: at the likely values, in base units of the figure that is broken down; share: of that figure. p50: the
    median of the amount; None without uncertainty, or where the samples of a line are not kept. Medians do not add up.
    """

    name: str
    amount: float
    share: float
    p50: float | None = None


def breakdown(found: CaseAnswer, name: str, catalogue: Catalogue) -> list[Line]:
    """Return the lines that figure `name` adds up, largest first; empty for a ratio, or where it is no sum of several.

    Sums inside a sum are opened. A cost per GPU-hour is broken down as the cost is, each line per GPU-hour.
    Lines that are not included are left out. With a line below 0 or by year there is no breakdown.
    """
    numbers = line_amounts(found, name, catalogue)
    if not numbers:
        return []
    figure: Any = found.figures[name]
    whole = sum(numbers.values())
    shares = sorted(numbers.items(), key=lambda item: -item[1])
    medians = _medians(found, name, list(numbers), catalogue)
    return [Line(each, figure * (amount / whole), amount / whole, medians.get(each)) for each, amount in shares]


def line_amounts(found: CaseAnswer, name: str, catalogue: Catalogue) -> dict[str, float]:
    """Return the lines that figure `name` adds up, or is so much of, as they are likely; empty where `breakdown` is."""
    figure = found.figures.get(name)
    formula = None if name in found.case.values else formula_of(catalogue, name, found.case.use)
    is_ratio = catalogue[name].unit.dimension.is_ratio
    if formula is None or is_ratio or not isinstance(figure, float | int) or figure <= 0:
        return {}
    root = formula.expression
    if isinstance(root, Call) and ops.TABLE[root.op].is_quotient:
        root = root.args[0]
    counts = _opened(found, catalogue, _terms(root) or {})
    amounts = {
        each: count * amount if isinstance(amount, float | int) else amount
        for each, count in counts.items()
        if not isinstance(amount := found.figures[each], NotIncluded)
    }
    numbers = {each: amount for each, amount in amounts.items() if isinstance(amount, float | int) and amount > 0}
    if len(numbers) < 2 or len(numbers) < len([each for each in amounts.values() if each != 0]):
        return {}
    return numbers if isfinite(sum(numbers.values())) else {}


def yearly_lines(found: CaseAnswer, name: str, catalogue: Catalogue) -> dict[str, list[float]]:
    """Return what each line adds to a figure in every year, in base units, what it takes away below 0.

    A line that is a sum is not opened. Empty where the figure does not differ from year to year, or is no sum of
    several lines that have a value in every year.
    """
    figure = found.figures.get(name)
    formula = None if name in found.case.values else formula_of(catalogue, name, found.case.use)
    if formula is None or not isinstance(figure, Series):
        return {}
    root: Expression = formula.expression
    divisor: Figure = 1.0
    if isinstance(root, Call) and ops.TABLE[root.op].is_quotient:
        root, per = root.args
        if not isinstance(per, Name):
            return {}
        divisor = found.figures[per.name]
    lines: dict[str, list[float]] = {}
    for each, count in (_terms(root, signed=True) or {}).items():
        if isinstance(found.figures[each], NotIncluded):
            continue
        amounts = [at_year(found.figures[each], at) for at in range(len(figure.values))]
        scales = [at_year(divisor, at) for at in range(len(figure.values))]
        numbers = [
            count * amount / per
            for amount, per in zip(amounts, scales, strict=True)
            if isinstance(amount, float | int) and isinstance(per, float | int) and per
        ]
        if len(numbers) < len(amounts) or not all(map(isfinite, numbers)):
            return {}
        if any(numbers):
            lines[each] = numbers
    return lines if len(lines) > 1 else {}


def _medians(found: CaseAnswer, name: str, lines: list[str], catalogue: Catalogue) -> dict[str, float]:
    """Return the median of every line of figure `name`; nothing where a line varies whose samples are not kept."""
    whole = found.samples.get(name)
    if (
        whole is None
        or len(whole) > MOST
        or any(each not in found.samples and varies(found, each, catalogue) for each in lines)
    ):
        return {}
    amounts: dict[str, Any] = {each: found.samples.get(each, found.figures[each]) for each in lines}
    with np.errstate(all="ignore"):
        total = sum(amounts.values())
        drawn = {each: np.broadcast_to(whole * amount / total, whole.shape)[:, 0] for each, amount in amounts.items()}
    if not all(np.isfinite(each).all() for each in drawn.values()):
        return {}
    return {each: Ranked(column).at(0.5) for each, column in drawn.items()}


def varies(found: CaseAnswer, name: str, catalogue: Catalogue) -> bool:
    """Tell whether a figure of a case or part rests on something uncertain, whether or not it was asked for."""
    samples, values = found.samples, found.case.values

    def below(each: str) -> tuple[str, ...]:
        is_end = each in samples or each in values or each in found.case.totals
        formula = None if is_end else formula_of(catalogue, each, found.case.use)
        return formula.parameters if formula else ()

    return any(each in samples or (each in values and values[each].is_uncertain) for each in reached([name], below))


def _terms(root: Expression, *, signed: bool = False) -> Counts | None:
    """Return the names that an expression adds up, and how often; None when it does something else.

    signed: it may also take some away.
    """
    terms: Counts = {}
    times = {id(root): 1.0}
    for node in reversed(steps(root)):
        count = times.get(id(node))
        if count is None:
            continue
        nothing = isinstance(node, Call) and ops.TABLE[node.op].absent == "replaced" and node.args[1] == Number(0.0)
        if isinstance(node, Name):
            terms[node.name] = terms.get(node.name, 0.0) + count
        elif isinstance(node, Call) and (node.op == "add" or nothing):
            for each in node.args[:1] if nothing else node.args:
                times[id(each)] = times.get(id(each), 0.0) + count
        elif isinstance(node, Call) and node.op in {"subtract", "negate"} and signed:
            for each, sign in zip(node.args[::-1], (-1.0, 1.0), strict=False):
                times[id(each)] = times.get(id(each), 0.0) + sign * count
        else:
            return None
    return dict(reversed(terms.items()))


def _opened(found: CaseAnswer, catalogue: Catalogue, terms: Counts) -> Counts:
    """Return the lines of terms: a sum among them is opened, down to names that are no sums themselves."""
    opened, stack = found.opened, list(terms)
    while stack:
        name = stack[-1]
        if name in opened:
            stack.pop()
            continue
        formula = None if name in found.case.values else formula_of(catalogue, name, found.case.use)
        inner = _terms(formula.expression) if formula is not None else None
        if inner is None:
            opened[name] = {name: 1.0}
        elif fresh := [each for each in inner if each not in opened]:
            stack.extend(fresh)
            continue
        else:
            lines = _merged(opened, inner)
            opened[name] = lines if len(lines) <= _MOST_LINES else {name: 1.0}
        stack.pop()
    return _merged(opened, terms)


def _merged(opened: dict[str, Counts], terms: Counts) -> Counts:
    lines: Counts = {}
    for name, times in terms.items():
        for each, count in opened[name].items():
            lines[each] = lines.get(each, 0.0) + times * count
    return lines


# ---------------- what a figure leaves out


class Worth(NamedTuple):
    """How much a figure would change with an input that was left out.

    share: the change as a share of the figure; None where no fact gives the input, or it changes nothing by itself.
    value: what it was taken to be, the middle of the known facts, in base units. facts: how many there are.
    """

    name: str
    share: float | None = None
    value: float = 0.0
    facts: int = 0


def worth_of_left_out(
    scenario: Scenario, found: CaseAnswer, name: str, left_out: Sequence[str] | None = None
) -> list[Worth]:
    """Return the inputs that figure `name` of a case leaves out, those first that are likely to change it most.

    Each is tried alone, at the likely values of all others. A case with parts is not computed again.
    left_out: those to look at instead of all.
    """
    left_out = found.left_out(name) if left_out is None else left_out
    before = _number(found.figures[name])
    if not left_out or found.parts or found.inside or not before:
        return [Worth(each) for each in left_out]
    tried = [_worth(scenario, found, name, each, before) for each in left_out]
    return sorted(tried, key=lambda each: -abs(each.share or 0.0))


def _worth(scenario: Scenario, found: CaseAnswer, name: str, left_out: str, before: float) -> Worth:
    facts = standard_facts().for_quantity(left_out)
    given = [each for fact in facts if (each := _value(scenario, left_out, fact)) is not None]
    if not given:
        return Worth(left_out)
    middle = replace(given[0], point=_middle(sorted(each.point for each in given)), distribution=None)
    case = replace(found.case, values={**found.case.values, left_out: middle})
    try:
        again = CaseAnswer(case, plan_of(scenario, case, [name], {}), found.label)
        if again.plan.missing or again.plan.loop:
            return Worth(left_out)
        compute(scenario, again, again.plan)
        after = _number(again.figures[name])
    except CalcError:
        return Worth(left_out)
    share = None if after is None or after == before else after / before - 1
    return Worth(left_out, share, middle.point, len(given))


def _middle(numbers: list[float]) -> float:
    """Return the median of sorted numbers; the standard library's module for it takes as long to load as a scenario."""
    return (numbers[(len(numbers) - 1) // 2] + numbers[len(numbers) // 2]) / 2


def _value(scenario: Scenario, name: str, fact: Fact) -> Value | None:
    try:
        found = fact_value(fact, scenario.catalogue[name], name, [], None)
    except CalcError:
        return None
    # What goes through an exchange rate would need one.
    return None if found.currency else found


def _number(figure: Figure) -> float | None:
    if isinstance(figure, Series):
        numbers = [each for each in figure.values if isinstance(each, float | int)]
        return sum(numbers) if len(numbers) == len(figure.values) else None
    return figure if isinstance(figure, float | int) else None
