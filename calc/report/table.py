"""The table report: results per case side by side, assumptions with their sources, what is not included, warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.report.assumptions import print_assumptions
from calc.report.console import drawn, heading, prose
from calc.report.results import print_results
from calc.text import shorten

if TYPE_CHECKING:
    from rich.console import Console

    from calc.study.results import Answer


def render(answer: Answer, *, to_file: bool = False) -> str:
    """Return an answer as text, laid out for the width of the terminal, or plain for a file."""
    return drawn(lambda console: _draw(console, answer), to_file=to_file)


def _draw(console: Console, answer: Answer) -> None:
    scenario = answer.scenario
    prose(console, scenario.heading, style="bold")
    if scenario.question:
        prose(console, " ".join(scenario.question.split()), style="dim")
    print_results(console, answer)
    _print_checks(console, answer)
    print_assumptions(console, answer)
    _print_variants(console, answer)
    _print_not_included(console, answer)
    if answer.warnings:
        heading(console, "Warnings")
        _print_list(console, answer.warnings)


def _print_list(console: Console, lines: list[str]) -> None:
    for line in lines:
        prose(console, line, 2)


def _print_checks(console: Console, answer: Answer) -> None:
    lines = []
    for case in answer.cases:
        for check in case.checks:
            # A model's own check is worth a line only when it fails.
            if check.meaning and check.passed:
                continue
            verdict = "holds" if check.passed else "FAILS"
            share = ""
            if check.probability is not None:
                basis = "" if check.condition.confidence else "at the likely values, "
                share = f": {basis}in {check.probability * 100:.3g} % of the samples"
            meaning = f": {check.meaning}" if check.meaning else ""
            where = f" ({shorten(case.case.name)})" if len(answer.cases) > 1 else ""
            lines.append(f"{verdict}  {check.condition.text}{where}{share}{meaning}")
    if lines:
        heading(console, "Checks")
        _print_list(console, lines)


def _print_variants(console: Console, answer: Answer) -> None:
    found: dict[str, list[str]] = {}
    for case in answer.cases:
        for name, variant, assumption in case.variants(answer.scenario.catalogue):
            found.setdefault(f"{name}: {variant} ({assumption})", []).append(case.case.name)
    if found:
        heading(console, "Conventions")
        lines = [
            line + ("" if len(cases) == len(answer.cases) else f" in {', '.join(map(shorten, cases))}")
            for line, cases in found.items()
        ]
        _print_list(console, lines)


def _print_not_included(console: Console, answer: Answer) -> None:
    found: dict[str, list[str]] = {}
    for case in answer.cases:
        for name in case.plan.not_included:
            found.setdefault(name, []).append(case.case.name)
    if found:
        heading(console, "Not included")
        lines = []
        for name, cases in found.items():
            where = "" if len(cases) == len(answer.cases) else f" (in {', '.join(map(shorten, cases))})"
            lines.append(f"{name}: {answer.scenario.catalogue[name].text}{where}")
        _print_list(console, lines)
