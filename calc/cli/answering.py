"""What the commands share: from a scenario's name to its answer, and from an answer to an exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from calc.text import shorten

if TYPE_CHECKING:
    from calc.engine.evaluate import Figure
    from calc.errors import CalcError
    from calc.scenario.resolve import Options
    from calc.study.results import Answer, CaseAnswer, CheckResult
    from calc.units import Unit


def options(
    case: list[str] | None = None,
    setting: list[str] | None = None,
    show: str | None = None,
    samples: str | None = None,
    seed: str | None = None,
) -> Options:
    """Return the command line's options as the resolver takes them.

    Raises CalcError when samples or seed are no whole numbers.
    """
    from calc.scenario.document import read_whole
    from calc.scenario.resolve import Options

    return Options(
        settings=tuple(setting or ()),
        cases=tuple(case or ()),
        show=tuple(each.strip() for each in (show or "").split(",") if each.strip()),
        samples=None if samples is None else read_whole(samples, "--samples"),
        seed=None if seed is None else read_whole(seed, "--seed"),
    )


def answered(scenario: str, chosen: Options) -> Answer:
    """Load, resolve and compute a scenario.

    Raises CalcErrors with everything that is wrong with it.
    """
    from calc.errors import Problems
    from calc.scenario.load import load
    from calc.scenario.resolve import resolve
    from calc.study.answer import answer

    problems = Problems()
    loaded = load(scenario, problems)
    return answer(resolve(loaded, chosen, problems))


def report_failures(answer: Answer) -> int:
    """Write failed checks and broken promises to standard error; return the exit code."""
    from calc.cli.exit_codes import FAILED, FINE
    from calc.errors import CalcError, render

    errors = []
    for case in answer.cases:
        for broken in case.broken:
            hint = _explain(answer, case, broken.name)
            errors.append(CalcError("E-EXPECT", broken.message, place=broken.place, hint=hint))
        errors += [_check_error(answer, case, check) for check in case.checks if not check.passed]
    if errors:
        print("\n\n".join(render(error) for error in errors), file=sys.stderr)
    return FINE if answer.is_fine else FAILED


def _explain(answer: Answer, case: CaseAnswer, name: str) -> str:
    import shlex

    words = ["calc", "explain", answer.scenario.path, name]
    if case.case.name != "base":
        words += ["--case", case.case.name]
    return f"`{shorten(shlex.join(words), 200)}` shows where it comes from"


def _check_error(answer: Answer, case: CaseAnswer, check: CheckResult) -> CalcError:
    from calc.errors import CalcError, quote

    condition = check.condition
    found = f"{_side(check.value, condition.left.unit)} against {_side(check.limit, condition.right.unit)}"
    if check.probability is not None:
        found += f"; it holds in {check.probability * 100:.3g} % of the samples"
    meaning = f": {check.meaning}" if check.meaning else ""
    for_case = "" if case.case.name == "base" else f" in case {quote(case.case.name)}"
    # A model's own check stands in no scenario; point at what the scenario gives for it.
    given = (case.case.values[name].place for name in condition.names if name in case.case.values)
    place = condition.place or next((each for each in given if each), None) or answer.scenario.place
    message = f"`{condition.text}` does not hold{for_case}{meaning}; {found}"
    return CalcError("E-CHECK-FAILED", message, place=place, hint=_explain(answer, case, condition.names[0]))


def _side(figure: Figure, unit: Unit) -> str:
    from calc.engine.evaluate import NotIncluded, NoValue
    from calc.units.format import amount_text

    if isinstance(figure, NoValue | NotIncluded):
        return f"no value ({figure.reason})"
    return amount_text(figure, unit)
