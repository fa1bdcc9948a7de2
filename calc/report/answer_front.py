"""The answer on one screen: the headline of each case, what drives it, what a reader must know, and one last sentence.

Figures are called by words here; their names stand in the details.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from calc.arrays import np
from calc.engine.explain import figure_text
from calc.engine.figures import Series
from calc.report.answer_lines import (
    checks_told,
    drivers,
    figure_cell,
    first_of,
    from_files,
    left_out,
    left_out_elsewhere,
    plans,
    shown_names,
    study_lines,
    verdict_lines,
    verdicts_in_short,
    warnings_told,
    without_value,
)
from calc.report.report import (
    Block,
    Cell,
    Column,
    Paragraph,
    Row,
    Section,
    Table,
    label,
    notices,
    number,
    signed,
    unit_cell,
    unit_text,
    written,
)
from calc.study.answer import ASSUMES, FOLLOWS, STATED
from calc.study.headline import headline, headline_text
from calc.study.remarks import failures
from calc.text import shorten
from calc.units.format import compact, percent_text, range_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from calc.engine.catalogue import Quantity
    from calc.study.results import Answer, CaseAnswer

Room = tuple[int, int, int, int, int]
# How many cases, figures, verdicts and warnings a screen has room for, and whether pictures beside the figures, from
# generous to tight: a figure more is worth more than a picture, a verdict or warning in full, which are counted.
ROOM: tuple[Room, ...] = (
    (8, 6, 4, 3, 1), (7, 6, 2, 2, 1), (7, 6, 1, 1, 1), (7, 5, 1, 0, 1), (7, 5, 1, 0, 0), (6, 4, 1, 0, 0),
    (6, 3, 1, 0, 1), (6, 3, 0, 0, 0), (5, 2, 1, 0, 1), (4, 1, 1, 0, 1), (4, 1, 0, 0, 0), (3, 1, 0, 0, 0),
)  # fmt: skip
_BINS = 16
# Of more years the first, the middle and the last are shown.
_MOST_YEARS = 5
# What is larger by such a share is told as a multiple.
_MANY_TIMES = 10
# So many parts are told one by one: they are no choices between a least and a most.
_MOST_PARTS = 4
# So many more parts of a hall than cases have room, for their rows are short.
_MORE_PARTS = 4


def fronts(answer: Answer) -> Callable[[Room], list[Section]]:
    """Return what makes the sections of the first screen for a room of `ROOM`; what no room changes is found once."""
    name = headline_name(answer)
    of_studies, reasons, left = study_lines(answer), without_value(answer), left_out(answer, name)
    elsewhere, files = left_out_elsewhere(answer, name, led_names(answer)[1 : ROOM[0][1]]), from_files(answer)
    is_driven = not answer.lines and "sensitivity" not in answer.studies.found
    driven, of_plans = drivers(answer, name) if is_driven else [], plans(answer)
    failed = checks_told(answer)

    def front(room: Room) -> list[Section]:
        cases, figures, verdicts, warnings, has_pictures = room
        found = [Section("", first_of(failed, verdicts + 1, "checks that fail or are doubtful"), "failed")]
        tables = [(_lines_table(answer), shown_names(answer))] if answer.lines else [*_answer(answer, cases, figures)]
        for block, _ in tables:
            if isinstance(block, Table) and not has_pictures:
                block.rows = [row._replace(cells=[each._replace(strip=()) for each in row.cells]) for row in block.rows]
            found.append(Section("", [block], "answer"))
        # The last sentence says of all verdicts who wins.
        told: list[Block] = [*of_plans, *driven, *notices(verdict_lines(answer)[:verdicts], mark="verdict")]
        told += [each for lines in of_studies for each in lines[: max(1, verdicts)]]
        told += [*reasons, *left, *elsewhere, *files, *warnings_told(answer, warnings)]
        found.append(Section("", told, "to know"))
        counts = _counts(answer, {name for _, names in tables for name in names})
        found.append(Section("", [Paragraph(counts, "quiet")] if counts else [], "more"))
        return [each for each in found if each.blocks]

    return front


# ---------------------------------------------------------------- which figures


def led_names(answer: Answer) -> list[str]:
    """Return the names that any case answers, those that lead first."""
    return list(dict.fromkeys([*headlines(answer), *shown_names(answer)]))


def headlines(answer: Answer) -> list[str]:
    """Return the figures that an answer leads with: those marked or that a plan is made for, else the first."""
    names = shown_names(answer)
    placing = answer.scenario.placing
    marked = answer.scenario.headlines or (placing.wanted[:1] if placing is not None else ())
    return [each for each in marked if each in names] or names[:1]


def headline_name(answer: Answer) -> str | None:
    """Return the figure that an answer leads with."""
    return next(iter(headlines(answer)), None)


# ---------------------------------------------------------------- the figures


def _answer(answer: Answer, most_cases: int, most: int) -> Iterator[tuple[Block, list[str]]]:
    """Yield tables and what they show; of the only case with parts the whole and the parts each have their own."""
    names, columns = led_names(answer), [case for case in answer.columns if case.shown]
    parts = [case for case in columns if case.inside]
    if answer.placements and len(answer.cases) > 1:
        columns, parts = [case for case in columns if not case.inside] or parts, []
    apart = [parts, [case for case in columns if not case.inside]] if len(answer.cases) == 1 and parts else [columns]
    # What leads stands first; of a plan it is the whole.
    apart.sort(key=lambda group: not any(case.shows(names[0]) for case in group) if names else 0)
    for group in apart:
        shown = [name for name in names if any(case.shows(name) for case in group)]
        is_hall = bool(answer.placements) and group is parts
        if shown:
            yield from _figures_of(answer, group, shown[:most], most_cases + (_MORE_PARTS if is_hall else 0))


def _figures_of(
    answer: Answer, columns: list[CaseAnswer], names: list[str], most: int
) -> Iterator[tuple[Block, list[str]]]:
    """Yield the figures of cases or parts: what leads with its range, the others beside each other, then by year."""
    shown = _most_telling(columns, most)
    single = [name for name in names if not any(isinstance(case.figures.get(name), Series) for case in shown)]
    yearly = [name for name in names if name not in single]
    # A table of its own is for ranges; of a hall the parts stand beside the whole.
    is_led = len(columns) > 1 and single[:1] == names[:1] and not (answer.placements and columns[0].inside)
    if is_led and any(
        _range(case, single[0], answer.scenario.catalogue[single[0]]).base is not None for case in columns
    ):
        shown = _most_telling([case for case in columns if case.shows(single[0])], most)
        yield _by_case(answer, single[0], shown), single[:1]
        single = [name for name in single[1:] if any(case.shows(name) for case in shown)]
    if single:
        table = _side_by_side(answer, single, shown) if len(columns) > 1 else _figures(answer, columns[0], single)
        yield table, single
    if yearly:
        # Of several cases a figure takes a row for itself and one a case.
        room = max(len(names) * 2 // (len(shown) + 1 if len(shown) > 1 else 1), int(yearly[0] == names[0]))
        if room:
            yield _years(answer, shown, yearly[:room]), yearly[:room]
    if more := len(columns) - len(shown):
        what = "of the cases and their parts" if any(case.inside for case in columns) else "case" + "s" * (more > 1)
        yield Paragraph(f"and {more} more {what}", "quiet"), []


def _most_telling(columns: list[CaseAnswer], most: int) -> list[CaseAnswer]:
    """Return the columns that a screen has room for: whole cases before their parts, where all have no room."""
    if len(columns) <= most:
        return columns
    whole = [case for case in columns if not case.inside]
    return (whole or columns)[:most]


def _figures(answer: Answer, case: CaseAnswer, names: list[str]) -> Table:
    """Return the figures of one case with their ranges."""
    has_range = any(case.statistics(name) for name in names)
    heads = [Column(kind="label"), Column()]
    heads += [Column("80 % of the samples", "words"), Column(kind="strip")] if has_range else []
    table = Table(heads)
    for name in names:
        quantity = answer.scenario.catalogue[name]
        cells = [Cell(label(quantity)), _middle(case, name, quantity)]
        if has_range:
            cells += [_range(case, name, quantity), _strip(case, name, _ends([case], name))]
        table.rows.append(Row(cells))
    return table


def _years(answer: Answer, columns: list[CaseAnswer], names: list[str]) -> Table:
    """Return figures by year, a row each or one a case, with the range of the last year and a picture of all years."""
    years = list(answer.years)
    at = [*range(len(years))] if len(years) <= _MOST_YEARS else [0, len(years) // 2, len(years) - 1]
    has_range = any(case.yearly_statistics(name) for case in columns for name in names if case.shows(name))
    heads = [Column(kind="label"), *(Column(str(years[each])) for each in at)]
    heads += [Column(f"80 % in {years[-1]}", "words")] if has_range else []
    table = Table([*heads, Column(kind="strip")])
    for name in names:
        quantity = answer.scenario.catalogue[name]
        unit = unit_text(quantity)
        words = f"{label(quantity)} ({unit})" if unit else label(quantity)
        if len(columns) > 1:
            table.rows.append(Row([Cell(words), *(Cell() for _ in table.columns[1:])]))
        for case in columns:
            if not case.shows(name):
                continue
            figure = headline(case, name)
            singles = figure.values if isinstance(figure, Series) else (figure,) * len(years)
            cells = [figure_cell(singles[each], quantity)._replace(whole="") for each in at]
            cells += [_range(case, name, quantity, len(years) - 1)] if has_range else []
            first = Cell(shorten(case.label)) if len(columns) > 1 else Cell(words)
            table.rows.append(Row([first, *cells, Cell(strip=_heights(singles))], int(len(columns) > 1)))
    return table


def _heights(singles: Sequence[object]) -> tuple[float, ...]:
    """Return how high each year's figure stands between 0 or the least of them and the largest."""
    numbers = [float(each) if isinstance(each, float | int) else 0.0 for each in singles]
    low, high = min(0.0, *numbers), max(0.0, *numbers)
    return tuple((each - low) / (high - low) if high > low else 0.0 for each in numbers)


def _middle(case: CaseAnswer, name: str, quantity: Quantity) -> Cell:
    """Return a figure's headline without its range."""
    without = case.share_without_value(name) if name in case.samples else 0.0
    if 0 < without < 1 and case.statistics(name) is None:
        return written(f"no value in {percent_text(without)}")
    return figure_cell(headline(case, name), quantity)


def _range(case: CaseAnswer, name: str, quantity: Quantity, year: int | None = None) -> Cell:
    """Return the 80 % range of a figure; year: the position of that of a yearly one."""
    if year is not None:
        yearly = case.yearly_statistics(name)
        statistics, without = (yearly[min(year, len(yearly) - 1)] if yearly else None), 0.0
    else:
        statistics = case.statistics(name)
        without = case.share_without_value(name) if statistics else 0.0
    lost = f"no value in {percent_text(without)}" if without else ""
    if not statistics or statistics["p10"] == statistics["p90"]:
        return Cell(lost, tone="quiet")
    low, high = range_texts(statistics["p10"], statistics["p90"], quantity.unit, share=quantity.is_share, digits=3)
    return Cell(f"{low} to {high}" + (f", {lost}" if lost else ""), base=statistics["p10"], tone="quiet")


def _by_case(answer: Answer, name: str, columns: list[CaseAnswer]) -> Table:
    """Return the headline of every case with its range, its samples, and the difference to the first case."""
    quantity = answer.scenario.catalogue[name]
    ends, first = _ends(columns, name), headline(columns[0], name)
    heads = [
        Column(label(quantity), "label"),
        Column(unit=unit_text(quantity), head="median"),
        Column("80 % of samples", "words"),
    ]
    heads += [Column(kind="strip")]
    # Parts stand beside each other, and are no choices to be held against the first.
    is_choice = len(columns) > 1 and not any(case.inside for case in columns)
    table = Table(heads + ([Column("against the first")] if is_choice else []))
    for case in columns:
        cells = [
            Cell(shorten(case.label)),
            _middle(case, name, quantity),
            _range(case, name, quantity),
            _strip(case, name, ends),
        ]
        if is_choice:
            cells.append(Cell() if case is columns[0] else _against(first, headline(case, name), quantity))
        table.rows.append(Row(cells))
    return table


def _against(first: object, other: object, quantity: Quantity) -> Cell:
    """Return how a figure differs from that of the first case: as a share, or by how much where that says nothing."""
    if not isinstance(first, float | int) or not isinstance(other, float | int):
        return Cell()
    change = other - first
    # What differs in digits that nobody sees is the same.
    if not change or math.isclose(other, first, rel_tol=5e-4):
        return written("the same")
    if quantity.is_share:
        return signed(written(f"{compact(change * 100, digits=3)} points", change), change)
    if first * other <= 0:
        return signed(number(change, quantity, digits=3), change)
    share = change / first
    if share >= _MANY_TIMES:
        return written(f"{compact(other / first, digits=3)} times", share)
    digits = f"{share * 100:+.0f}" if abs(share) >= 0.01 else f"{share * 100:+.1f}"
    return signed(written(f"{digits} %", share), share)


def _side_by_side(answer: Answer, names: list[str], columns: list[CaseAnswer]) -> Table:
    """Return figures of several cases, which a terminal shows with the cases below each other."""
    heads = [Column(shorten(case.label)) for case in columns]
    table = Table([Column(kind="label"), Column(kind="unit"), *heads], turns=True, common=True)
    for name in names:
        quantity = answer.scenario.catalogue[name]
        cells = [_figure(case, name, quantity) for case in columns]
        table.rows.append(Row([Cell(label(quantity)), unit_cell(quantity), *cells]))
    return table


def _figure(case: CaseAnswer, name: str, quantity: Quantity) -> Cell:
    return _middle(case, name, quantity) if case.shows(name) else Cell()


def _ends(columns: list[CaseAnswer], name: str) -> tuple[float, float]:
    """Return the ends of the axis on which samples are drawn, the same for all cases."""
    found = [each for case in columns if (each := case.statistics(name))]
    low = min((each["p5"] for each in found), default=0.0)
    high = max((each["p95"] for each in found), default=0.0)
    return low, high


def _strip(case: CaseAnswer, name: str, ends: tuple[float, float]) -> Cell:
    statistics, (low, high) = case.statistics(name), ends
    # What differs in its last digits only is one value: there are no bins between them.
    if not statistics or math.isclose(low, high):
        return Cell()
    samples: Any = case.samples[name][:, 0]
    counts, _ = np.histogram(samples, bins=_BINS, range=(low, high))
    most = int(counts.max()) or 1
    return Cell(strip=tuple(float(each) / most for each in counts))


def _counts(answer: Answer, told: set[str]) -> str:
    """Return how many figures are not told, and how many assumptions there are."""
    more = len(set(shown_names(answer)) - told)
    parts = [f"{more} more figure{'s' if more > 1 else ''}"] if more else []
    values = {
        (name, id(value)): value
        for each in answer.columns
        for name in each.plan.leaves
        if (value := each.case.values.get(name))
    }
    names_given = {name for name, _ in values}
    unsourced = {name for (name, _), value in values.items() if not value.source}
    if names_given:
        source = f", {len(unsourced)} without a source" if unsourced else ""
        parts.append(f"{len(names_given)} assumption{'s' if len(names_given) > 1 else ''}{source}")
    return " · ".join(parts)


def _lines_table(answer: Answer) -> Table:
    """Return a scenario's table: a line each with the first figure that it computes, or states."""
    table = Table([Column(kind="label"), Column("as computed", "words"), Column(kind="words")])
    for found in answer.lines:
        names = found.line.computed or found.line.stated
        quantity = found.answer.scenario.catalogue[names[0]]
        more = f" (+{len(names) - 1})" if len(names) > 1 else ""
        status = {ASSUMES: "assumes"}.get(found.status, found.status)
        text = f"{_middle(found.case, names[0], quantity).alone}{more}"
        table.rows.append(Row([Cell(found.line.label), written(text), Cell(status)]))
    return table


# ---------------------------------------------------------------- the last sentence


def closing(answer: Answer) -> Paragraph:
    """Return the result in one sentence, which is what is left when the rest has scrolled away."""
    errors = failures(answer)
    if errors:
        count = f"{len(errors)} checks and promises failed; the first: " if len(errors) > 1 else "Failed: "
        return Paragraph(f"{count}{errors[0].message}", "bad")
    names = headlines(answer)
    found = [each.text for lines in study_lines(answer) for each in lines]
    told = [(case, each) for case in answer.columns for each in case.verdicts]
    if found and not answer.scenario.headlines:
        # A file that asks a study, and marks no figure, is answered by what the study found.
        text = found[0]
    elif told:
        text = verdict_lines(answer)[0] if len(told) == 1 else "; ".join(verdicts_in_short(answer))
    elif answer.lines:
        text = _of_lines(answer)
    elif names:
        text = "; ".join(_of_figure(answer, name, brief=name != names[0]) for name in names)
        text += _proof(answer)
    else:
        text = "nothing is asked for"
    first = text[:1].upper() + text[1:]
    return Paragraph(first if first.endswith((".", "!", "?")) else f"{first}.", "strong")


def _proof(answer: Answer) -> str:
    """Return how sure the only plan is, where it is the answer."""
    if len(answer.placements) != 1 or (plan := answer.placements[0].plan) is None:
        return ""
    from calc.report.placement import plan_proof

    return f", {plan_proof(plan)}"


def _of_figure(answer: Answer, name: str, *, brief: bool) -> str:
    """Return a figure in words: of cases the least and the most; brief: without ranges and without the cases."""
    quantity, columns = answer.scenario.catalogue[name], [case for case in answer.columns if case.shows(name)]
    words = label(quantity)

    def text(case: CaseAnswer) -> str:
        year = len(answer.years) - 1 if isinstance(case.figures[name], Series) else None
        figure = headline(case, name)
        last = figure.values[-1] if isinstance(figure, Series) else figure
        is_plain = (
            brief
            and isinstance(last, float | int)
            and not (case.share_without_value(name) if name in case.samples else 0)
        )
        short = figure_text(last, quantity) if is_plain else headline_text(case, name, quantity, year)
        return f"{short} in {answer.years[-1]}" if year is not None else short

    known = [(case, middle) for case in columns if isinstance(middle := _total(headline(case, name)), float | int)]
    if len(columns) == 1 or len(known) < 2:
        case = known[0][0] if known else columns[0]
        where = f" ({shorten(case.label)})" if len(columns) > 1 or (len(answer.cases) > 1) else ""
        return f"{words}{where}: {text(case)}"
    if all(case.inside for case in columns) and len(columns) <= _MOST_PARTS:
        return f"{words}: {'; '.join(f'{shorten(case.label)} {text(case)}' for case in columns)}"
    least, most = min(known, key=lambda each: each[1]), max(known, key=lambda each: each[1])
    absent = len(columns) - len(known)
    if least[1] == most[1] and absent:
        return f"{words}: {text(least[0])} in {len(known)} cases, no value in {absent}"
    if least[1] == most[1] or text(least[0]) == text(most[0]):
        return f"{words}: {text(least[0])} in every case"
    if brief:
        first = text(least[0])
        year = f" in {answer.years[-1]}" if answer.years else ""
        return f"{words}: {first.removesuffix(year)} to {text(most[0])}"
    return f"{words}: from {text(least[0])} ({shorten(least[0].label)}) to {text(most[0])} ({shorten(most[0].label)})"


def _of_lines(answer: Answer) -> str:
    """Return how many lines of a table are stated, follow, and need assumptions."""
    counts = {status: sum(each.status == status for each in answer.lines) for status in (STATED, FOLLOWS, ASSUMES)}
    words = {STATED: "stated", FOLLOWS: "follow from what is stated", ASSUMES: "need assumptions"}
    parts = [f"{count} {words[status]}" for status, count in counts.items() if count]
    return f"Of {len(answer.lines)} lines {', '.join(parts)}."


def _total(figure: object) -> object:
    return figure.values[-1] if isinstance(figure, Series) else figure
