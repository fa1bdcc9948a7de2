"""Figures with uncertainty, a row a figure and case, and figures that differ from year to year, a column a year."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from calc.arrays import np
from calc.engine.explain import figure_text
from calc.engine.figures import Series
from calc.report.report import (
    Cell,
    Column,
    Histogram,
    Paragraph,
    Row,
    Section,
    Table,
    name_cell,
    number,
    unit_text,
    written,
)
from calc.study.results import error_of_mean, headline, off_median, percentile_text, percentile_words
from calc.text import shorten
from calc.units.format import digits_apart, percent_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from calc.engine.catalogue import Quantity
    from calc.engine.figures import Figure, Single
    from calc.study.results import Answer, CaseAnswer

_EVERY = "every case"
_SHOWN = ("p50", "p10", "p90", "mean")
_LIKELY, _POINT = "likely\nat", "at the\nlikely\nvalues"
_ENDS = ("p10", "p90")
_BINS, _PICTURED, _TAIL = 32, 4, 0.005


def samples_text(samples: int) -> str:
    """Return a number of samples in words."""
    return f"{samples:,} sample{'' if samples == 1 else 's'}"


def spread_section(answer: Answer, names: list[str], title: str, *, likely: bool) -> Section:
    """Return figures by median, 80 % range and mean; likely: also what they are at the likely values."""
    found = {name: _rows(answer, name) for name in names}
    cells = [each for rows in found.values() for _, each in rows]
    off, point = len(_SHOWN), len(_SHOWN) + 1
    # What a figure is at the likely values is asked for, or all that there is where some samples have no value.
    is_needed = likely or any(each[0].text.startswith("no value in") for each in cells)
    heads = (*_SHOWN, _LIKELY, _POINT)
    shown = [
        at
        for at in range(len(heads))
        if (at != off or any(each[off].text for each in cells)) and (at != point or is_needed)
    ]
    table = Table([Column(kind="label"), Column(kind="unit"), *(Column(heads[at]) for at in shown)])
    for name, rows in found.items():
        unit = Cell(unit_text(answer.scenario.catalogue[name]), tone="quiet")
        if rows and not rows[0][0]:
            table.rows.append(Row([name_cell(name), unit, *(rows[0][1][at] for at in shown)]))
            continue
        table.rows.append(Row([name_cell(name), unit, *(Cell() for _ in shown)]))
        table.rows += [Row([Cell(label), Cell(), *(each[at] for at in shown)], 1) for label, each in rows]
    about = f"{samples_text(answer.scenario.samples)}, seed {answer.scenario.seed}"
    remarks = [Paragraph(line, "quiet") for line in _remarks(answer, names)]
    pictures = list(_histograms(answer, names[0]))
    return Section(f"{title} with uncertainty ({about})", [table, *remarks, *pictures], "uncertainty")


def _histograms(answer: Answer, name: str) -> Iterator[Histogram]:
    """Yield how the samples of a figure lie, of the first cases that have some; the ends of long tails are left out."""
    quantity = answer.scenario.catalogue[name]
    columns = [each for each in answer.columns if each.shows(name) and each.statistics(name)]
    for case in columns[:_PICTURED]:
        statistics, values = case.statistics(name), case.samples.get(name)
        if statistics is None or values is None:
            continue
        found = values[:, 0]
        low, high = np.quantile(found, [_TAIL, 1 - _TAIL]).tolist()
        # What differs in its last digits only is one value: there are no bins between them.
        if math.isclose(low, high):
            continue
        counts, edges = np.histogram(found, bins=_BINS, range=(low, high))
        marks = [(key.upper(), statistics[key]) for key in ("p10", "p50", "p90")]
        where = f" ({shorten(case.label)})" if len(answer.columns) > 1 else ""
        yield Histogram(
            f"{name}{where}",
            edges.tolist(),
            counts.tolist(),
            marks,
            quantity.unit,
            quantity.is_share,
            unit_text(quantity),
        )


def _rows(answer: Answer, name: str) -> list[tuple[str, list[Cell]]]:
    """Return the label and the cells of every case that answers a figure; one row where all cases agree."""
    found = [(shorten(case.label), _cells(answer, case, name)) for case in answer.columns]
    rows = [(label, cells) for label, cells in found if any(each.text for each in cells)]
    if len(answer.columns) == 1:
        return [("", cells) for _, cells in rows]
    texts = [[each.text for each in cells] for _, cells in rows]
    agree = len(rows) == len(answer.columns) and all(each == texts[0] for each in texts)
    return [(_EVERY, rows[0][1])] if agree else rows


def _cells(answer: Answer, case: CaseAnswer, name: str) -> list[Cell]:
    """Return p50, p10, p90, mean, where the likely value lies, and the figure at the likely values."""
    quantity = answer.scenario.catalogue[name]
    figure = case.figures.get(name) if case.shows(name) else None
    empty = [Cell()] * (len(_SHOWN) + 2)
    if figure is None:
        return empty
    point = _single(figure, quantity) if not isinstance(figure, Series) else written(figure_text(figure, quantity))
    statistics = case.statistics(name)
    if statistics is None:
        share = case.share_without_value(name)
        # What is certain here has no range; it is the headline all the same.
        is_partly = share and not (share == 1 and point.text == "no value")
        words = written(f"no value in {percent_text(share)}") if is_partly else point
        return [words, *empty[2:], point]
    found = spread_cells(statistics, _SHOWN, quantity)
    error = error_of_mean(case, name)
    if error:
        found[-1] = found[-1]._replace(text=f"{found[-1].text} ± {percent_text(error, digits=2)}")
    off = off_median(case, name)[0]
    return [*found, Cell("" if off is None else percentile_text(off)), point]


def spread_cells(spread: Mapping[str, float], keys: Iterable[str], quantity: Quantity) -> list[Cell]:
    """Return statistics in base units; p10 and p90 with as many digits as it takes to tell them apart."""
    digits = digits_apart(spread["p10"], spread["p90"], quantity.unit, share=quantity.is_share)
    return [number(spread[key], quantity, digits=digits) for key in keys]


def _single(figure: Single, quantity: Quantity) -> Cell:
    if isinstance(figure, float | int):
        return number(figure, quantity)
    return written(figure_text(figure, quantity))


def _remarks(answer: Answer, names: Sequence[str]) -> list[str]:
    """Return what a reader has to know of a table of spreads."""
    found = []
    shares = [
        share
        for case in answer.columns
        for name in names
        if case.shows(name)
        for share in off_median(case, name)
        if share is not None
    ]
    if shares:
        words = f"{percentile_text(shares[0])}: the figure at the likely values lies {percentile_words(shares[0])}"
        found.append(f"likely at {words} of the samples")
    lost = [
        (percent_text(case.share_without_value(name)), name)
        for name in names
        for case in answer.columns
        if case.shows(name) and case.statistics(name) and case.share_without_value(name)
    ]
    by_share: dict[str, dict[str, None]] = {}
    for share_text, name in lost:
        by_share.setdefault(share_text, {})[name] = None
    found += [f"{', '.join(each)}: of the samples with a value; {text} have none" for text, each in by_share.items()]
    errors = _largest_errors(answer, names)
    if errors:
        found.append(f"sampling error, at most: {errors}; it shrinks with more samples, the range does not")
    return found


def _largest_errors(answer: Answer, names: Sequence[str]) -> str:
    """Return the largest standard errors of p50 and p90, as a percentage of each; empty where there are none."""
    found = []
    for key in ("p50", "p90"):
        shares = [0.0]
        for case in answer.columns:
            for name in names:
                statistics = case.statistics(name) if case.shows(name) else None
                if statistics and statistics[key]:
                    shares.append(case.sampling_error(name, key) / abs(statistics[key]))
        found += [f"{key} ± {percent_text(max(shares), digits=2)}"] if max(shares) else []
    return ", ".join(found)


# ---------------------------------------------------------------- years


def year_sections(answer: Answer, names: list[str], *, likely: bool) -> list[Section]:
    """Return the named figures by year, a table a case; with uncertainty the medians, and their 80 % ranges below.

    likely: also what they are at the likely values.
    """
    sections = []
    for case in answer.columns:
        rows = [row for name in names for row in _yearly(answer, case, name, likely=likely)]
        if rows:
            where = f": {shorten(case.label)}" if len(answer.columns) > 1 else ""
            heads = [Column(kind="label"), Column(kind="unit"), *(Column(str(year)) for year in answer.years)]
            sections.append(Section(f"By year{where}", [Table(heads, rows)], "by year"))
    return sections


def _yearly(answer: Answer, case: CaseAnswer, name: str, *, likely: bool) -> list[Row]:
    """Return the row of a figure and those of its spread."""
    figure = case.figures.get(name) if case.shows(name) else None
    if figure is None:
        return []
    quantity, years = answer.scenario.catalogue[name], len(answer.years)

    def cells(each: Figure) -> list[Cell]:
        return [_single(one, quantity) for one in (each.values if isinstance(each, Series) else (each,) * years)]

    unit = Cell(unit_text(quantity), tone="quiet")
    statistics = case.yearly_statistics(name) if isinstance(figure, Series) else []
    some = any(each is not None for each in statistics)
    first = Row([name_cell(name, " p50" if some else ""), unit, *cells(headline(case, name))])
    if not statistics:
        return [first]
    ends = [spread_cells(each, _ENDS, quantity) if each else [Cell(), Cell()] for each in statistics]
    below = {key: [each[at] for each in ends] for at, key in enumerate(_ENDS)}
    below["likely at"] = [Cell("" if each is None else percentile_text(each)) for each in off_median(case, name)]
    shares = case.yearly_shares_without_value(name)
    below["no value in"] = [Cell(percent_text(share) if share else "") for share in shares]
    if likely or not all(each is not None for each in statistics):
        below["at the likely values"] = cells(figure)
    return [first] + [
        Row([Cell(key), Cell(), *found], 1) for key, found in below.items() if any(each.text for each in found)
    ]
