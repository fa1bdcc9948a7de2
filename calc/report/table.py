"""The table report: results per case side by side, assumptions with their sources, what is not included, warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.report.assumptions import print_assumptions
from calc.report.breakdown import print_breakdowns
from calc.report.console import drawn, heading, prose
from calc.report.lines import print_lines, print_notes
from calc.report.results import print_results
from calc.study.remarks import ASIDE
from calc.study.results import on_the_way
from calc.text import shorten
from calc.units.format import percent_text

if TYPE_CHECKING:
    from calc.report.console import Console
    from calc.study.results import Answer


def render(answer: Answer, *, to_file: bool = False, quiet: bool = False, verbose: bool = False) -> str:
    """Return an answer as text, laid out for the width of the terminal, or plain for a file.

    quiet: figures, checks and warnings only, without question and assumptions.
    verbose: also what was computed on the way, and notes and addresses of the assumptions.
    """
    return drawn(lambda console: _draw(console, answer, quiet=quiet, verbose=verbose), to_file=to_file)


def _draw(console: Console, answer: Answer, *, quiet: bool, verbose: bool) -> None:
    scenario = answer.scenario
    prose(console, scenario.heading, style="bold")
    if scenario.question and not quiet:
        prose(console, " ".join(scenario.question.split()), style="dim")
    _print_section(console, ASIDE, list(answer.unheeded.values()))
    print_lines(console, answer)
    print_results(console, answer, verbose=verbose)
    print_breakdowns(console, answer)
    if verbose:
        print_results(console, on_the_way(answer), "Computed on the way", verbose=True)
    _print_section(console, "Verdict", verdict_lines(answer))
    _print_section(console, "Checks", [f"{verdict}  {words}" for verdict, words in check_lines(answer)])
    if not answer.studies.is_empty:
        from calc.report.studies import draw_studies
        from calc.report.studies_json import studies_dict

        studied = answer.studies.scenario or scenario
        draw_studies(console, studies_dict(scenario, answer.studies), studied.catalogue)
    if not quiet:
        print_notes(console, answer)
        print_assumptions(console, answer, notes=verbose)
        _print_section(console, "Conventions", convention_lines(answer))
        _print_section(console, "Not included", not_included_lines(answer))
    _print_section(console, "Warnings", answer.other_warnings)


def _print_section(console: Console, title: str, lines: list[str]) -> None:
    if lines:
        heading(console, title)
    for line in lines:
        prose(console, line, 2)


def verdict_lines(answer: Answer) -> list[str]:
    """Return what the models say in words."""
    lines = []
    for case in answer.columns:
        for told in case.verdicts:
            where = f"{shorten(case.label)}: " if len(answer.columns) > 1 else ""
            so = "so" if told.sentences == 1 else "all of this"
            share = "" if told.probability is None else f"; {so} in {percent_text(told.probability)} of the samples"
            lines.append(f"{where}{told.text}{share}")
    return lines


def check_lines(answer: Answer) -> list[tuple[str, str]]:
    """Return how each check came out, in a word, and which it is."""
    lines = []
    for case in answer.columns:
        for check in case.checks:
            verdict = "holds" if check.passed else "FAILS"
            share = ""
            if check.probability is not None:
                basis = "" if check.condition.confidence else "at the median, "
                share = f": {basis}in {percent_text(check.probability)} of the samples"
            words = (not check.passed and check.meaning) or check.condition.text
            where = f" ({shorten(case.label)})" if len(answer.columns) > 1 else ""
            where += f" (tightest in {check.year})" if check.year is not None else ""
            lines.append((verdict, f"{words}{where}{share}"))
    return lines


def convention_lines(answer: Answer) -> list[str]:
    """Return which of several ways to compute a figure is in use, and where not everywhere in which cases."""
    found: dict[str, list[str]] = {}
    for case in answer.columns:
        for name, variant, assumption in case.variants(answer.scenario.catalogue):
            found.setdefault(f"{name}: {variant} ({assumption})", []).append(case.label)
    return [
        line + ("" if len(cases) == len(answer.columns) else f" in {', '.join(map(shorten, cases))}")
        for line, cases in found.items()
    ]


def not_included_lines(answer: Answer) -> list[str]:
    """Return what was left out, and beside it the figures shown that leave it out."""
    catalogue = answer.scenario.catalogue
    cases: dict[str, list[str]] = {}
    figures: dict[str, dict[str, None]] = {}
    for case in answer.columns:
        for name in case.plan.not_included:
            cases.setdefault(name, []).append(shorten(case.label))
        for shown in case.shown:
            for name in case.left_out(shown):
                figures.setdefault(name, {})[shown] = None
    lines = []
    for name, where in cases.items():
        text = f"{name}: {catalogue[name].text}"
        if len(where) < len(answer.columns):
            text += f" (in {', '.join(where)})"
        lines.append(f"{text}; left out of {', '.join(figures[name])}" if name in figures else text)
    return lines
