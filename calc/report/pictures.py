"""Pictures of an answer: samples, lines over years, what a cost is made up of, and that year by year."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from calc.arrays import np
from calc.engine.figures import Series
from calc.report.answer_front import headline_name, led_names
from calc.report.breakdowns import parts_table, stacked, stacks_of
from calc.report.report import (
    Block,
    Cell,
    Chart,
    Paragraph,
    Section,
    chart,
    number,
)
from calc.report.words import label
from calc.study.breakdown import breakdown
from calc.study.results import headline
from calc.text import shorten

if TYPE_CHECKING:
    from calc.engine.catalogue import Quantity
    from calc.study.results import Answer, CaseAnswer

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
