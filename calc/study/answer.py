"""Answers: every case of a scenario computed, checked and held against its promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.explain import figure_text
from calc.engine.figures import NotIncluded
from calc.engine.graph import known_names, make_plan
from calc.errors import CalcError
from calc.scenario.resolved import BASE
from calc.study.checks import check, hold
from calc.study.compute import compute
from calc.study.remarks import remarks
from calc.study.results import Answer, CaseAnswer, CheckResult
from calc.study.studies import run_studies
from calc.study.totals import add_up
from calc.study.verdicts import compute_for_verdicts, tell, verdict_names

if TYPE_CHECKING:
    from calc.engine.figures import Figure
    from calc.engine.graph import Plan
    from calc.scenario.resolve import ResolvedCase, Scenario

__all__ = ["Answer", "CaseAnswer", "answer", "figure_text"]

MAX_SAMPLE_BYTES = 2_000_000_000
# So many samples of every figure on the way take little room.
_FEW = 1 << 16


def answer(scenario: Scenario, *, everything: bool | None = None, workers: int = 1) -> Answer:
    """Compute every case of a scenario.

    everything: keep the samples of all figures on the way, not only of those asked for; None for where they are few.
    workers: processes for long runs; their number does not change the result.
    Raises CalcError when a formula leaves the finite numbers or the samples would not fit into memory.
    """
    try:
        cases = [_prepare(scenario, case) for case in scenario.cases]
        result = Answer(scenario, cases, [])
        for found in cases:
            _compute_case(scenario, found)
        answered = [found.plan.answered for found in cases]
        for found in cases:
            for column in (*found.parts, found):
                compute_for_verdicts(scenario, column, found.case.totals)
        _simulate(scenario, result, workers, everything=scenario.samples <= _FEW if everything is None else everything)
        for found, names in zip(cases, answered, strict=True):
            for column in (*found.parts, found):
                _check(scenario, found, column, names)
        result.studies = run_studies(scenario)
    except CalcError as error:
        error.place = error.place or scenario.place
        raise
    result.warnings = [*scenario.warnings, *remarks(result)]
    return result


def _prepare(scenario: Scenario, case: ResolvedCase) -> CaseAnswer:
    """Return a case and its parts with their plans: what the figures, promises and checks need."""
    alone = case.name == BASE
    found = CaseAnswer(case, _plan(scenario, case, case.asked, case.totals), case.name)
    for part in case.parts:
        label = part.name if alone else f"{case.name}: {part.name}"
        found.parts.append(CaseAnswer(part, _plan(scenario, part, part.asked, case.totals), label, case.name))
    if found.parts:
        found.label = "all parts" if alone else f"{case.name}: all parts"
    return found


def _plan(scenario: Scenario, case: ResolvedCase, names: list[str], totals: dict[str, str]) -> Plan:
    plan = make_plan(scenario.catalogue, names, set(case.values), case.use, set(totals))
    # What only studies use is listed among the assumptions too.
    plan.leaves += [name for name in case.studied if name not in plan.leaves]
    return plan


def _compute_case(scenario: Scenario, found: CaseAnswer) -> None:
    """Compute the parts as far as totals need them, the totals, the whole, and what in the parts follows from it."""
    totals = found.case.totals
    for part in found.parts:
        compute(scenario, part, _plan(scenario, part.case, list(totals.values()), {}))
    for total, added in totals.items():
        add_up(found, total, added)
        for part in found.parts:
            part.figures[total] = found.figures[total]
    for column in (found, *found.parts):
        compute(scenario, column, column.plan)


def _check(scenario: Scenario, whole: CaseAnswer, found: CaseAnswer, answered: set[str]) -> None:
    """Hold a case or a part against the checks that its figures answer, and against its promises.

    answered: the names that the whole case was asked for, with all that they need.
    """
    part = "" if found is whole else found.case.name
    for condition in scenario.checks:
        # What the whole case answers is no question to its parts.
        is_whole = all(name in answered for name in condition.names)
        if is_whole == (found is whole) and all(name in found.figures for name in condition.names):
            found.checks.append(check(found, condition, scenario.years))
    found.checks += _failed_model_checks(scenario, found, whole.case.totals)
    tell(scenario, found)
    for promise in scenario.expectations:
        if (promise.case, promise.part) == (whole.case.name, part):
            hold(found, promise, scenario)


def _failed_model_checks(scenario: Scenario, found: CaseAnswer, totals: dict[str, str]) -> list[CheckResult]:
    """Return the models' own checks that fail at the likely values, asked for or not; those that hold are no news."""
    failed = []
    case, names = found.case, [name for condition, _ in scenario.model_checks for name in condition.names]
    has_years = bool(scenario.years)
    given = {name for name, value in case.values.items() if has_years or not value.is_yearly}
    available = known_names(scenario.catalogue, names, given, case.use, set(totals), has_years=has_years)
    for condition, meaning in scenario.model_checks:
        known = [name for name in condition.names if name in available]
        spare = len(condition.names) - len(condition.required)
        if set(condition.required) <= set(known) and (len(known) > len(condition.required) or not spare):
            points = CaseAnswer(found.case, found.plan, found.label, figures=_points(scenario, found, known, totals))
            points.figures.update({name: NotIncluded((name,)) for name in condition.names if name not in known})
            if any(isinstance(points.figures[name], NotIncluded) for name in condition.required):
                continue
            result = check(points, condition, scenario.years, meaning)
            failed += [] if result.passed else [result]
    return failed


def _points(scenario: Scenario, found: CaseAnswer, names: list[str], totals: dict[str, str]) -> dict[str, Figure]:
    """Return names and all that they need at the likely values."""
    plan = _plan(scenario, found.case, names, totals)
    points = CaseAnswer(found.case, plan, found.label, figures=dict(found.figures))
    compute(scenario, points, plan)
    return points.figures


def _simulate(scenario: Scenario, result: Answer, workers: int, *, everything: bool) -> None:
    """Compute what is uncertain on samples."""
    columns = result.columns
    if not any(_may_vary(each) for each in columns):
        return
    from calc.study.simulate import FIRST, KEPT, Simulation, count, keep

    names = [found.plan.answered if everything else _wanted(scenario, found) for found in columns]
    simulation = Simulation(scenario, result.cases, names)
    if not simulation.is_uncertain:
        return
    kept = scenario.samples if scenario.samples <= KEPT else FIRST
    arrays = sum(simulation.width(each, name) for each in columns for name in simulation.names[id(each)])
    if arrays * kept * 8 > MAX_SAMPLE_BYTES:
        raise CalcError(
            "E-TOO-LARGE",
            f"{scenario.samples:,} samples of {arrays} quantities are {arrays * kept * 8 / 1e9:,.1f} GB",
            hint=f"at most {MAX_SAMPLE_BYTES / 1e9:,.0f} GB are used; take fewer `samples`, or ask for fewer figures",
        )
    keep(simulation, kept)
    if kept < scenario.samples:
        count(simulation, scenario.samples, workers)


def _may_vary(found: CaseAnswer) -> bool:
    """Tell whether something that a case or part may need is uncertain."""
    # What sums over parts need is no part of the parts' own plans.
    names = found.case.values if found.parts or found.inside else found.plan.leaves
    values = found.case.values
    return any(values[name].is_uncertain for name in names if name in values)


def _wanted(scenario: Scenario, found: CaseAnswer) -> list[str]:
    """Return the names whose samples an answer needs: what is asked for, and what checks and verdicts are about."""
    checked = (name for each in scenario.checks for name in each.names)
    names = dict.fromkeys([*found.case.asked, *checked, *verdict_names(scenario, found)])
    return [name for name in names if name in found.plan.answered]
