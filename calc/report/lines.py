"""A scenario's table: each line with its figure as stated, as computed, and what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.report.assumptions import value_text
from calc.report.console import cell, fits, heading, prose
from calc.report.grid import Table
from calc.study.headline import headline_text, off_median, percentile_text
from calc.study.lines import ASSUMES
from calc.text import and_list, wrapped

if TYPE_CHECKING:
    from calc.report.console import Console
    from calc.report.grid import Cell
    from calc.study.lines import LineAnswer
    from calc.study.results import Answer

# Words are broken no more than the terminal makes necessary.
_WIDTHS = (34, 28, 22, 18)
_LISTED = 3
NOT_STATED = "no figure"


def print_lines(console: Console, answer: Answer) -> None:
    """Print the table side by side, or line below line where that is too wide."""
    if not answer.lines:
        return
    console.print()
    for words in _WIDTHS:
        table = _side_by_side(answer.lines, words)
        if fits(console, table):
            console.print(table)
            return
    for found in answer.lines:
        prose(console, found.line.label, 2, "bold")
        for head, names in (("stated", found.line.stated), ("computed", found.line.computed)):
            if not names:
                prose(console, f"{head}: {NOT_STATED}", 4, "dim")
            for name, text in figures(found, names):
                prose(console, f"{head}: {name}", 4)
                prose(console, text, 6, "cyan")
        prose(console, f"{status(found)}; {place(found)}", 4, "dim")


def print_notes(console: Console, answer: Answer) -> None:
    """Print what a reader should know of a line."""
    noted = [found.line for found in answer.lines if found.line.note]
    if noted:
        heading(console, "Notes")
    for line in noted:
        prose(console, f"{line.label}: {line.note}", 2)


def _side_by_side(lines: list[LineAnswer], words: int) -> Table:
    table = Table(ruled=True)
    for head in ("scenario", "as stated", "as computed", "status"):
        table.add_column(cell(head))
    for found in lines:
        table.add_row(
            cell("\n".join([*wrapped(found.line.label, words), f"  {found.line.path}"])),
            _stacked(figures(found, found.line.stated)),
            _stacked(figures(found, found.line.computed)),
            cell("\n".join(wrapped(status(found), words))),
        )
    return table


def _stacked(pairs: list[tuple[str, str]]) -> Cell:
    """Return figures, each with its name below it."""
    if not pairs:
        return cell(NOT_STATED, "dim")
    return cell("\n".join(f"{text}\n  {name}" for name, text in pairs), "cyan")


def figures(found: LineAnswer, names: list[str]) -> list[tuple[str, str]]:
    """Return names and figures with their ranges: of a given value its own, of a computed one its headline."""
    catalogue, case = found.answer.scenario.catalogue, found.case
    pairs = []
    for name in names:
        quantity = catalogue[name]
        given = case.case.values.get(name)
        if given is not None:
            pairs.append((name, value_text(given, quantity)))
            continue
        off = [each for each in off_median(case, name) if each is not None]
        likely = f", likely at {percentile_text(off[0])}" if off else ""
        pairs.append((name, f"{headline_text(case, name, quantity)}{likely}"))
    return pairs


def status(found: LineAnswer) -> str:
    """Return whether the figures are stated, follow, or need assumptions, and which."""
    if found.status != ASSUMES:
        return found.status
    listed, more = found.assumptions[:_LISTED], len(found.assumptions) - _LISTED
    words = ", ".join(listed) + f" and {more} more" if more > 0 else and_list(listed)
    return f"{found.status}: {words}".replace("`", "")


def place(found: LineAnswer) -> str:
    """Return the command that shows a line's scenario."""
    return f"calc run {found.line.path}"
