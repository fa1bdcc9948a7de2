"""Every case of a scenario at its likely values: what is to be computed, in which order, and its figures."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from math import isfinite
from string import Formatter
from typing import TYPE_CHECKING, Any

from calc.arrays import np
from calc.engine.evaluate import evaluate_formula
from calc.engine.explain import figure_text
from calc.engine.figures import Figure, NotIncluded, NoValue, Series, Single, at_year
from calc.engine.graph import formula_of
from calc.errors import CalcError
from calc.records import replace
from calc.scenario.case import BASE
from calc.scenario.conditions import MEDIAN, read_condition
from calc.scenario.display import given_figure, plan_of_values
from calc.scenario.place_section import refuse_undecided
from calc.scenario.years import refuse_missing_years
from calc.study.checks import sampled_sides
from calc.study.results import CaseAnswer, Told, headline, text_of
from calc.units.format import GIVEN_DIGITS, RESULT_DIGITS, percent_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from calc.declarations import Verdict
    from calc.engine.catalogue import Catalogue
    from calc.engine.graph import Plan
    from calc.scenario.conditions import Condition
    from calc.scenario.resolve import ResolvedCase, Scenario


def at_points(scenario: Scenario) -> tuple[list[CaseAnswer], list[set[str]]]:
    """Return every case with its figures, and for each the names that it was asked for, with all that they need.

    What the models' verdicts are about is computed too.
    Raises CalcError when a formula leaves the finite numbers.
    """
    cases = [_prepare(scenario, case) for case in scenario.cases]
    for found in cases:
        _compute_case(scenario, found)
    answered = [found.plan.answered for found in cases]
    for found in cases:
        for column in (*found.parts, found):
            compute_for_verdicts(scenario, column, found.case.totals)
    return cases, answered


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
        shown = _Texts(needs, figures, catalogue)
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


class _Texts(Mapping[str, str]):
    """The texts of figures by name, made only when an error shows them."""

    def __init__(self, names: tuple[str, ...], figures: dict[str, Figure], catalogue: Catalogue) -> None:
        self._names = names
        self._figures = figures
        self._catalogue = catalogue

    def __getitem__(self, name: str) -> str:
        return figure_text(self._figures[name], self._catalogue[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


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


def compute_for_verdicts(scenario: Scenario, found: CaseAnswer, totals: Mapping[str, str]) -> None:
    """Compute the figures that the models' verdicts about what is asked of a case or part need.

    Nobody has asked for a verdict: where a figure that it names cannot be computed, there is none, and no error.
    """
    names: list[str] = []
    for _, verdict in _about(scenario, found):
        fresh = names_of(verdict, scenario.catalogue)
        if _is_computed(scenario, found, [*names, *fresh], totals):
            names += fresh


def verdict_names(scenario: Scenario, found: CaseAnswer) -> list[str]:
    """Return the names that the verdicts about a case or part are about."""
    return [name for _, verdict in _about(scenario, found) for name in names_of(verdict, scenario.catalogue)]


def _about(scenario: Scenario, found: CaseAnswer) -> list[tuple[str, Verdict]]:
    verdicts = scenario.catalogue.verdicts
    return [(name, each) for name, each in verdicts.items() if not set(each.about).isdisjoint(found.case.wanted)]


def tell(scenario: Scenario, found: CaseAnswer) -> None:
    """Add the models' verdicts about what is asked of a case or part, where the figures that they need are there."""
    replaced: set[str] = set()
    # Those that stand instead of others first, and of these what stands instead of most.
    for name, verdict in sorted(_about(scenario, found), key=lambda each: -len(each[1].instead_of)):
        if name in replaced:
            continue
        conditions = [read_condition(each, scenario.catalogue, None) if each else None for each in verdict.sentences]
        if not all(each in found.figures for each in names_of(verdict, scenario.catalogue)):
            continue
        branches = _branches(found, conditions, scenario.years)
        if None not in branches:
            agreed = _agreed(found, conditions, branches, scenario.years)
            texts = _texts(scenario, found, verdict, [each for each in branches if each is not None], agreed)
            probability = None if agreed is None else float(agreed.all(axis=-1).mean())
            replaced.update(verdict.instead_of)
            found.verdicts.append(Told(name, tuple(texts), probability))


def names_of(verdict: Verdict, catalogue: Catalogue) -> list[str]:
    """Return every figure that the conditions and sentences of a verdict name."""
    compared = [name for text in verdict.sentences if text for name in read_condition(text, catalogue, None).names]
    printed = [name for text in verdict.sentences.values() for _, name, _, _ in Formatter().parse(text) if name]
    return list(dict.fromkeys([*compared, *printed]))


def _is_computed(scenario: Scenario, found: CaseAnswer, names: list[str], totals: Mapping[str, str]) -> bool:
    """Compute the figures beside those that were asked for, which they then stand with; False where that fails."""
    case = found.case
    trial = replace(found, figures=dict(found.figures))
    try:
        plan = plan_of_values(scenario.catalogue, [*case.asked, *names], case.values, case.use, set(totals))
        if plan.missing or (plan.over_years and not scenario.years):
            return False
        for name in plan.leaves:
            refuse_missing_years(name, case.values[name], scenario.years)
        compute(scenario, trial, plan)
    except CalcError:
        return False
    found.plan, found.figures = plan, trial.figures
    return True


def _branches(found: CaseAnswer, conditions: list[Condition | None], years: Sequence[int]) -> list[int | None]:
    """Return which condition decides in each year, None where a figure has no value; one entry if years are alike.

    Conditions on uncertain figures hold where they do in at least half of the samples, as checks do.
    """
    held: list[list[bool | None]] = [_held(found, each, years) if each else [True] for each in conditions]
    return [_branch(held, at) for at in range(max(map(len, held)))]


def _held(found: CaseAnswer, condition: Condition, years: Sequence[int]) -> list[bool | None]:
    """Return whether a condition holds in each year, None without values; one entry where years are alike."""
    margins = condition.margins(*condition.sides(found.figures, years))
    drawn = sampled_sides(condition, found, found.samples, years)
    if drawn is None:
        return [None if margin == -math.inf else margin >= 0 for margin in margins]
    shares = condition.op.held(*drawn).mean(axis=0).tolist()
    wide = shares if len(shares) == len(margins) else shares * len(margins)
    return [None if margin == -math.inf else share >= MEDIAN for margin, share in zip(margins, wide, strict=True)]


def _branch(held: list[list[bool | None]], year: int) -> int | None:
    for at, each in enumerate(held):
        now = each[year if len(each) > 1 else 0]
        if now is None:
            return None
        if now:
            return at
    return None


def _texts(scenario: Scenario, found: CaseAnswer, verdict: Verdict, branches: list[int], agreed: Any) -> list[str]:
    """Return the sentence that holds, or one for each run of years in which another does.

    agreed: in which samples and years the same conditions decide, None without uncertainty. Each of several sentences
    says in which share of the samples it is so: that of all together may be small where each is likely.
    """
    sentences = list(verdict.sentences.values())
    runs = [list(group) for _, group in itertools.groupby(range(len(branches)), key=branches.__getitem__)]
    told = []
    for run in runs:
        sentence = sentences[branches[run[0]]]
        names = [name for _, name, _, _ in Formatter().parse(sentence) if name]
        filled = sentence.format(**_spans(scenario, found, names, run))
        first, last = (scenario.years[run[end]] for end in (0, -1)) if len(runs) > 1 else ("", "")
        when = f"{first}: " if first == last else f"{first} to {last}: "
        share = "" if agreed is None else f" (in {percent_text(agreed[:, run].all(axis=-1).mean())} of the samples)"
        told.append(f"{when}{filled}{share}" if len(runs) > 1 else filled)
    return told


def _spans(scenario: Scenario, found: CaseAnswer, names: list[str], run: list[int]) -> dict[str, str]:
    """Return figures in words, with the digits that tell one from another: a sentence may say which is greater."""
    figures = {tuple(at_year(found.figures[name], at) for at in (run[0], run[-1])) for name in names}
    for digits in range(RESULT_DIGITS, GIVEN_DIGITS + 1):
        spans = {name: _span(scenario, found, name, run, digits) for name in names}
        if len(set(spans.values())) >= len(figures):
            break
    return spans


def _span(scenario: Scenario, found: CaseAnswer, name: str, run: list[int], digits: int) -> str:
    """Return a figure in words: its headline, or that of the first and the last year of a run."""
    quantity = scenario.catalogue[name]
    # In which samples it is so, also of those without a value, is said at the end.
    figure, statistics = headline(found, name), found.yearly_statistics(name)
    texts = [text_of(figure, statistics, quantity, at, digits=digits) for at in (run[0], run[-1])]
    return " to ".join(dict.fromkeys(texts))


def _agreed(
    found: CaseAnswer, conditions: list[Condition | None], branches: list[int | None], years: Sequence[int]
) -> Any:
    """Return in which samples the same conditions decide, shape (samples, branches), or None without uncertainty."""
    if not any(name in found.samples for each in conditions if each for name in each.names):
        return None
    decided: Any = len(conditions) - 1
    for at, condition in reversed(list(enumerate(conditions))):
        if condition is not None:
            sides = condition.side_arrays({**found.figures, **found.samples}, years)
            decided = np.where(False if sides is None else condition.op.held(*sides), at, decided)
    return decided == np.array([branches])
