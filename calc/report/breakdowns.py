"""What figures are made up of, also year by year: the lines of a sum with their shares, and pictures of an answer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from calc.arrays import np
from calc.engine.figures import Series
from calc.report.answer_front import headline_name, led_names
from calc.report.answer_lines import shown_names
from calc.report.report import (
    Block,
    Cell,
    Chart,
    Column,
    Paragraph,
    Row,
    Section,
    Stacked,
    Table,
    bar_cell,
    chart,
    label,
    name_cell,
    number,
    unit_cell,
    unit_text,
)
from calc.study.headline import headline
from calc.study.points import Line, breakdown, yearly_lines
from calc.text import shorten
from calc.units.format import decimal_text, percent_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from calc.engine.catalogue import Quantity
    from calc.study.results import Answer, CaseAnswer


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
            unit = unit_cell(quantity)
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


_BINS, _CASES = 36, 3


def pictures(answer: Answer) -> list[Section]:
    """Return pictures of the headline of up to three cases, and of the first figure shown that years add up."""
    name = headline_name(answer)
    if name is None or answer.lines:
        return []
    catalogue, blocks = answer.scenario.catalogue, list[Block]()
    quantity = catalogue[name]
    for case in [each for each in answer.columns if each.shows(name)][:_CASES]:
        title, figure = f"{label(quantity)}{_of(answer, case)}", headline(case, name)
        if isinstance(figure, Series):
            numbers = [each if isinstance(each, float | int) else None for each in figure.values]
            blocks.append(chart(title, numbers, quantity, [str(answer.years[0]), str(answer.years[-1])]))
        elif case.statistics(name):
            blocks.append(_histogram(case, name, title, quantity))
        if lines := breakdown(case, name, catalogue):
            blocks.append(Paragraph(f"{title} is made up of", "quiet"))
            blocks.append(parts_table(lines, quantity, lambda each: Cell(label(catalogue[each]))))
    # Of several sums the one of most lines says most.
    stacks = {each: list(stacks_of(answer, each)) for each in led_names(answer)}
    summed = max(stacks, key=lambda each: max((len(lines) for _, lines in stacks[each]), default=0))
    for where, adding in stacks[summed][:_CASES]:
        title = f"{label(catalogue[summed])}{where}, by year"
        blocks.append(stacked(answer, summed, adding, title, lambda each: label(catalogue[each])))
    return [Section("Pictures", blocks, "pictures")] if blocks else []


def _of(answer: Answer, case: CaseAnswer) -> str:
    return f", {shorten(case.label)}" if len(answer.columns) > 1 else ""


def _histogram(case: CaseAnswer, name: str, title: str, quantity: Quantity) -> Chart:
    statistics = case.statistics(name) or {}
    samples: Any = case.samples[name][:, 0]
    low, high = float(np.quantile(samples, 0.005)), float(np.quantile(samples, 0.995))
    # What differs in its last digits only is one value: there are no bins between them.
    low, high = (low, low) if math.isclose(low, high) else (low, high)
    counts, _ = np.histogram(samples, bins=_BINS, range=(low, high if high > low else low + 1))
    scale = 1 / (high - low) if high > low else 0.0
    keys = ("p10", "p50", "p90")
    marks = [((statistics[each] - low) * scale, f"{each} {number(statistics[each], quantity).whole}") for each in keys]
    ends = [number(each, quantity).whole for each in (low, high)]
    most = f"{int(counts.max()) / len(samples) * 100:.2g} %"
    return Chart(f"{title}: share of the samples", [float(each) for each in counts], ("0", most), ends, marks)
