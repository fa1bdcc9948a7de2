"""The results part of the table report, in the widest layout that fits without cutting a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.explain import figure_text
from calc.engine.figures import NoValue, Series
from calc.report.console import cell, fits, fixed, heading, prose
from calc.report.grid import Table
from calc.report.pieces import bare, figure_in, print_pairs, samples_text, style, unit_text
from calc.report.spread import print_spread
from calc.report.yearly import print_years
from calc.text import shorten

if TYPE_CHECKING:
    from calc.engine.figures import Figure
    from calc.report.console import Console
    from calc.study.results import Answer, CaseAnswer

# Names of columns are broken no more than the terminal makes necessary.
_HEAD_WIDTHS = (28, 20, 14, 9)


def print_results(console: Console, answer: Answer, title: str = "Results", *, verbose: bool = False) -> None:
    """Print the results of all cases under a title, then why figures have no value.

    verbose: of uncertain ones also what they are at the likely values.
    """
    shown = shown_names(answer)
    names = [name for name in shown if not any(isinstance(figure_in(case, name), Series) for case in answer.columns)]
    uncertain = [name for name in names if any(name in case.samples for case in answer.columns)]
    certain = [name for name in names if name not in uncertain]
    common = [name for name in certain if len(answer.columns) > 1 and _is_common(answer, name)]
    varying = [name for name in certain if name not in common]
    if varying:
        heading(console, title if len(answer.columns) > 1 or not uncertain else f"{title} without uncertainty")
        _print_certain(console, answer, varying)
    if common:
        heading(console, "The same in every case")
        print_pairs(console, [(name, _text(answer, answer.columns[0], name)) for name in common])
    if uncertain:
        heading(
            console, f"{title} with uncertainty ({samples_text(answer.scenario.samples)}, seed {answer.scenario.seed})"
        )
        print_spread(console, answer, uncertain, verbose=verbose)
    print_years(console, answer, [name for name in shown if name not in names], verbose=verbose)
    _print_binding(console, answer)
    _print_reasons(console, answer)


def _text(answer: Answer, case: CaseAnswer, name: str) -> str:
    figure = figure_in(case, name)
    if figure is None:
        return ""
    text = figure_text(figure, answer.scenario.catalogue[name])
    given = case.case.values.get(name)
    return f"{text} (given)" if given is not None else text


def _is_common(answer: Answer, name: str) -> bool:
    return len({_text(answer, case, name) for case in answer.columns}) == 1


def _print_certain(console: Console, answer: Answer, names: list[str]) -> None:
    if len(answer.columns) == 1:
        print_pairs(console, [(name, _text(answer, answer.columns[0], name)) for name in names])
        return
    down = _quantities_down(answer, names)
    if fits(console, down):
        console.print(down)
        return
    for columns in _HEAD_WIDTHS:
        table = _cases_down(answer, names, columns)
        if fits(console, table):
            console.print(table)
            return
    for name in names:
        fixed(console, f"  {name}")
        print_pairs(console, [(shorten(case.label), _text(answer, case, name)) for case in answer.columns], 4)


def _quantities_down(answer: Answer, names: list[str]) -> Table:
    """Return the layout for few cases: a row a quantity, a column a case."""
    table = Table(ruled=True)
    table.add_column()
    table.add_column()
    for case in answer.columns:
        table.add_column(cell(shorten(case.label)), right=True)
    for name in names:
        quantity = answer.scenario.catalogue[name]
        texts = [_number(answer, case, name) for case in answer.columns]
        table.add_row(cell(name), cell(unit_text(quantity), "dim"), *(cell(text, style(text)) for text in texts))
    return table


def _cases_down(answer: Answer, names: list[str], columns: int) -> Table:
    """Return the layout for many cases: a row a case, a column a quantity, its name broken at `_` to `columns`."""
    table = Table(ruled=True)
    table.add_column()
    figures = {name: [_number(answer, case, name) for case in answer.columns] for name in names}
    for name, texts in figures.items():
        wanted = max(columns, *(len(text) for text in texts))
        unit = unit_text(answer.scenario.catalogue[name])
        head = _broken(name, "_", wanted) + (f"\n{_broken(f'({unit})', '/', wanted)}" if unit else "")
        table.add_column(cell(head), right=True)
    for position, case in enumerate(answer.columns):
        texts = [column[position] for column in figures.values()]
        table.add_row(cell(shorten(case.label)), *(cell(text, style(text)) for text in texts))
    return table


def _number(answer: Answer, case: CaseAnswer, name: str) -> str:
    """Return a figure as a bare number; its unit stands once for the row or column."""
    figure, quantity = figure_in(case, name), answer.scenario.catalogue[name]
    if figure is None:
        return ""
    text = bare(figure, quantity) if isinstance(figure, float | int) else figure_text(figure, quantity)
    return f"{text} (given)" if name in case.case.values else text


def _broken(text: str, mark: str, wanted: int) -> str:
    """Break a text after `mark` into lines of about the width of the figures below it."""
    lines: list[str] = []
    for word in text.replace(mark, f"{mark}\n").split("\n"):
        if lines and len(lines[-1]) + len(word) <= wanted:
            lines[-1] += word
        else:
            lines.append(word)
    return "\n".join(lines)


def _reasons(figure: Figure | None) -> list[str]:
    singles = figure.values if isinstance(figure, Series) else (figure,)
    return [each.reason for each in singles if isinstance(each, NoValue)]


def _print_reasons(console: Console, answer: Answer) -> None:
    """Say loudly why figures have no value."""
    lines = reason_lines(answer)
    if lines:
        heading(console, "No value")
    for line in lines:
        prose(console, line, 2, "yellow")


def shown_names(answer: Answer) -> list[str]:
    """Return the names that any case answers."""
    return list(dict.fromkeys(name for case in answer.columns for name in case.shown))


def reason_lines(answer: Answer) -> list[str]:
    """Return why figures have no value, once a reason."""
    names = shown_names(answer)
    reasons: dict[str, dict[str, None]] = {}
    for case in answer.columns:
        for name in names:
            for reason in _reasons(figure_in(case, name)):
                reasons.setdefault(reason, {})[name] = None
    lines = []
    for reason, found in reasons.items():
        cases = [case.label for case in answer.columns if any(_reasons(figure_in(case, name)) for name in found)]
        where = f" ({'; '.join(map(shorten, cases))})" if len(answer.columns) > 1 else ""
        lines.append(f"{', '.join(found)}: {reason}{where}")
    return lines


def _print_binding(console: Console, answer: Answer) -> None:
    lines = binding_lines(answer)
    if lines:
        heading(console, "What binds")
    for line in lines:
        prose(console, line, 2)


def binding_lines(answer: Answer) -> list[str]:
    """Return which side of a minimum or maximum decided, once a sentence."""
    catalogue, names = answer.scenario.catalogue, shown_names(answer)
    found: dict[str, list[str]] = {}
    for case in answer.columns:
        for name in names:
            for sentence in case.binding(name, catalogue) if case.shows(name) else ():
                found.setdefault(f"{name}: {sentence}", []).append(case.label)
    lines = []
    for line, cases in found.items():
        where = f" ({'; '.join(map(shorten, cases))})" if len(cases) < len(answer.columns) else ""
        lines.append(f"{line}{where}")
    return lines
