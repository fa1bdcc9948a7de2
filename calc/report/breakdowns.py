"""What figures are made up of: the lines of a sum with their shares, also year by year."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.report.answer_lines import shown_names
from calc.report.report import (
    Block,
    Cell,
    Column,
    Paragraph,
    Row,
    Section,
    Stacked,
    Table,
    bar_cell,
    name_cell,
    number,
    unit_text,
)
from calc.study.breakdown import Line, breakdown, yearly_lines
from calc.text import shorten
from calc.units.format import decimal_text, percent_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from calc.engine.catalogue import Quantity
    from calc.study.results import Answer


def breakdowns(answer: Answer) -> list[Section]:
    """Return what every figure shown that is a sum is made up of, once for all columns that agree."""
    catalogue, sections = answer.scenario.catalogue, list[Section]()
    for name in shown_names(answer):
        columns: dict[tuple[Line, ...], list[str]] = {}
        varies = any(name in case.samples for case in answer.columns)
        for case in answer.columns:
            lines = tuple(breakdown(case, name, catalogue)) if case.shows(name) else ()
            if lines:
                columns.setdefault(lines, []).append(shorten(case.label))
        for lines, labels in columns.items():
            where = "" if len(labels) == len(answer.columns) else f" ({'; '.join(labels)})"
            quantity = catalogue[name]
            words = "" if quantity.is_share else unit_text(quantity)
            blocks: list[Block] = []
            if varies:
                blocks.append(Paragraph(_told(lines), "quiet"))
            blocks.append(parts_table(lines, quantity))
            title = f"{name} is made up of{where}" + (f", in {words}" if words else "")
            sections.append(Section(title, blocks, "breakdown"))
    return sections


def parts_table(lines: Sequence[Line], quantity: Quantity, names: Callable[[str], Cell] = name_cell) -> Table:
    """Return the lines of a sum with their shares as bars; names: what a line is called."""
    table = Table([Column(kind="label"), Column("amount"), Column("share"), Column(kind="bar")])
    table.columns = [each._replace(head="") for each in table.columns]
    for line in lines:
        amount = number(line.amount if line.p50 is None else line.p50, quantity)._replace(whole="")
        share = Cell(_share_text(line.share), base=line.share)
        table.rows.append(Row([names(line.name), amount, share, bar_cell(line.share)]))
    return table


def _told(lines: Sequence[Line]) -> str:
    """Return in words what the lines of an uncertain figure show."""
    if lines[0].p50 is None:
        return "amounts and shares at the likely values, which add up"
    return "amounts are medians, which do not add up; shares are those at the likely values, which do"


def _share_text(share: float) -> str:
    text = f"{decimal_text(share * 100, 1)} %"
    return percent_text(share) if text == "100.0 %" and share < 1 else text


# ---------------------------------------------------------------- years

Lines = dict[str, tuple[float, ...]]


def yearly_breakdowns(answer: Answer) -> list[Section]:
    """Return what figures shown that differ from year to year are made up of, a table with its picture."""
    sections = []
    for name in shown_names(answer):
        quantity = answer.scenario.catalogue[name]
        for where, lines in stacks_of(answer, name):
            unit = Cell(unit_text(quantity), tone="quiet")
            table = Table([Column(kind="label"), Column(kind="unit"), *(Column(str(year)) for year in answer.years)])
            table.rows = [
                Row([name_cell(each), unit, *(number(value, quantity) for value in values)])
                for each, values in lines.items()
            ]
            totals = [number(sum(values), quantity) for values in zip(*lines.values(), strict=True)]
            table.rows.append(Row([name_cell(name), unit, *totals]))
            title = f"{name} is made up of{where.replace(', ', ': ', 1)}, by year"
            sections.append(Section(title, [table, stacked(answer, name, lines, "", str)], "yearly breakdown"))
    return sections


def stacks_of(answer: Answer, name: str) -> Iterator[tuple[str, Lines]]:
    """Yield of which cases it is, and what adds up to a figure in every year."""
    columns: dict[tuple[tuple[str, tuple[float, ...]], ...], list[str]] = {}
    for case in answer.columns:
        lines = yearly_lines(case, name, answer.scenario.catalogue) if case.shows(name) else {}
        if lines:
            columns.setdefault(tuple((each, tuple(values)) for each, values in lines.items()), []).append(case.label)
    for found, cases in columns.items():
        yield "" if len(cases) == len(answer.columns) else f", {'; '.join(map(shorten, cases))}", dict(found)


def stacked(answer: Answer, name: str, lines: Lines, title: str, called: Callable[[str], str]) -> Stacked:
    """Return what adds up to a figure in every year as a picture; called: what a line is called there."""
    quantity = answer.scenario.catalogue[name]
    totals = [number(sum(values), quantity) for values in zip(*lines.values(), strict=True)]
    words = f" ({unit_text(quantity)})" if title else ""
    parts = [(called(each), list(values)) for each, values in lines.items()]
    return Stacked(f"{title}{words}", [str(year) for year in answer.years], parts, totals)
