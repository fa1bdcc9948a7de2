"""What failed in an answer: checks that do not hold and promises that were not kept, as errors for a reader."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from calc.engine.figures import NotIncluded, NoValue
from calc.errors import CalcError, quote
from calc.scenario.resolved import BASE
from calc.text import and_list, shorten
from calc.units.format import GIVEN_DIGITS, RESULT_DIGITS, amount_text, percent_text

if TYPE_CHECKING:
    from calc.engine.figures import Single
    from calc.errors import Place
    from calc.study.placing import Placed
    from calc.study.results import Answer, CaseAnswer, CheckResult
    from calc.study.studied import Studied
    from calc.units import Unit


def failures(answer: Answer) -> list[CalcError]:
    """Return an error for every failed check and every broken promise."""
    errors = []
    for case in (each for whole in answer.cases for each in (*whole.parts, whole)):
        for broken in case.broken:
            hint = _explain(answer, case, broken.name)
            errors.append(CalcError("E-EXPECT", broken.message, place=broken.place, hint=hint))
        errors += [_check_error(answer, case, check) for check in case.checks if not check.passed]
    for line in answer.lines:
        errors += failures(line.answer)
    errors += [_no_plan(found) for found in answer.placements if found.plan is None]
    return [*errors, *missed_goals(answer.studies)]


def _no_plan(found: Placed) -> CalcError:
    """Return the error for wishes that cannot all be met: the fewest to give up, with what can be had of each."""
    where = "" if found.case == BASE else f" in case {quote(found.case)}"
    message = f"no placement meets all that is wished for{where}"
    ways = [" and ".join(found.wish_text(each) for each in way) for way in found.ways]
    hint = f"give up {', or '.join(ways)}" if ways else None
    return CalcError("E-PLACE-MISSED", message, place=found.placing.place, hint=hint)


def doubts(answer: Answer) -> list[tuple[Place | None, str]]:
    """Return a line, with its place, for every check that holds at the median but not in most of the samples."""
    found: list[tuple[Place | None, str]] = []
    for case in answer.columns:
        for each in case.checks:
            if each.is_doubtful and each.probability is not None:
                text, where = each.condition.text, _where(case, each)
                share = f"{percent_text(each.probability)} of the samples"
                words = f"`{text}` holds at the median{where}, but only in {share}"
                if each.meaning:
                    fails = f"{percent_text(1 - each.probability)} of the samples"
                    words = f"in {fails}{where} {each.meaning}: `{text}` holds in {share}"
                found.append((each.condition.place or answer.scenario.place, words))
    for line in answer.lines:
        found += doubts(line.answer)
    return found


def missed_goals(studied: Studied) -> list[CalcError]:
    """Return an error for every goal that is not reached in some case."""
    errors = []
    for goal, cases in studied.goals:
        for found in cases:
            if not found.reached:
                where = "" if found.case.name == BASE else f" in case {quote(found.case.name)}"
                chosen = and_list(goal.names)
                several = "ranges" if len(goal.names) > 1 else "range"
                wanted = " and ".join(quote(each.text) for each in goal.conditions) or "a value"
                message = f"no {chosen} within the {several} gives {wanted}{where}"
                hint = f"widen the {several}, or ask for less"
                errors.append(CalcError("E-GOAL-MISSED", message, place=goal.place, hint=hint))
    return errors


def _explain(answer: Answer, case: CaseAnswer, name: str) -> str:
    words = ["calc", "explain", answer.scenario.path, name]
    named = case.inside or case.case.name
    if named != BASE:
        words += ["--case", named]
    return f"`{shorten(shlex.join(words), 200)}` shows where it comes from"


def _check_error(answer: Answer, case: CaseAnswer, check: CheckResult) -> CalcError:
    condition = check.condition
    found = f"{'at the median ' if check.p50 is not None else ''}{' against '.join(_sides(check))}"
    if check.probability is not None:
        if check.p50 is None and isinstance(check.value, float | int):
            found = f"at the likely values {found}, but some samples have no value"
        found += f"; it holds in {percent_text(check.probability)} of the samples"
    for_case = _where(case, check)
    # A model's own check stands in no scenario; point at what the scenario gives for it.
    given = (case.case.values[name].place for name in condition.names if name in case.case.values)
    place = condition.place or next((each for each in given if each), None) or answer.scenario.place
    message = f"`{condition.text}` does not hold{for_case}; {found}"
    if check.meaning:
        message = f"{check.meaning}{for_case}: {found}"
    return CalcError(
        "E-CHECK-FAILED",
        message,
        place=place,
        hint=_explain(answer, case, next(iter(condition.required or condition.names))),
    )


def _where(case: CaseAnswer, check: CheckResult) -> str:
    """Return the part, case and year that a check is of, in words."""
    named = case.inside or case.case.name
    where = f" in part {quote(case.case.name)}" if case.inside else ""
    where += "" if named == BASE else f" in case {quote(named)}"
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
