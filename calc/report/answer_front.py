"""The answer on one screen: the headline of each case, what drives it, what a reader must know, and one last sentence.

Figures are called by words here; their names stand in the details.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from calc.arrays import np
from calc.engine.figures import NotIncluded, Series
from calc.report.answer_lines import reason_lines, verdict_lines
from calc.report.report import (
    Block,
    Cell,
    Column,
    Notice,
    Paragraph,
    Row,
    Section,
    Table,
    number,
    signed,
    unit_text,
    written,
)
from calc.report.words import label, words_in
from calc.scenario.facts_files import own_of
from calc.scenario.sections import STUDIES
from calc.study.breakdown import breakdown
from calc.study.remarks import alike_checks
from calc.study.results import headline, headline_text
from calc.study.table import ASSUMES
from calc.study.worth import worth_of_left_out
from calc.text import shorten
from calc.units.format import compact, percent_text, range_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from calc.engine.catalogue import Quantity
    from calc.study.check_result import CheckResult
    from calc.study.results import Answer, CaseAnswer

# How many rows, figures and lines of each kind a screen has room for, from generous to tight.
ROOM = ((8, 6, 4, 3), (7, 6, 3, 2), (6, 6, 2, 2), (6, 5, 1, 1), (5, 4, 1, 1), (4, 3, 1, 0), (3, 2, 1, 0))
_BINS = 16
# What is left out is told in so many characters, about two lines.
_ROOM_FOR_LEFT_OUT = 110
_SMALL = 0.005
# What is left out of another figure than the headline is told where it is likely to change it by so much.
_LARGE = 0.05
# What is larger by such a share is told as a multiple.
_MANY_TIMES = 10
# So many more parts of a hall than cases have room, for their rows are short.
_MORE_PARTS = 4
# With it a fact and what takes it, both with long names, are told whole.
_ROOM_FOR_WARNING = 240
# A sum of so many parts is told whole.
_MOST_PARTS = 3


Room = tuple[int, int, int, int]


def fronts(answer: Answer) -> Callable[[Room], list[Section]]:
    """Return what gives the sections of the first screen for a room; what stands in every room is found once."""
    drivers = [] if "sensitivity" in answer.studies.found else _drivers(answer)
    planned = [*_plans(answer), *drivers]
    left_out = [*_without_value(answer), *_left_out(answer)]
    return lambda room: _front(answer, room, planned, left_out, [*_from_files(answer)])


def _front(
    answer: Answer, room: Room, planned: Sequence[Block], left_out: Sequence[Block], files: Sequence[Block]
) -> list[Section]:
    """Return the sections of the first screen; room: how many cases, figures, verdicts and warnings may stand there."""
    cases, figures, verdicts, warnings = room
    found = [Section("", [*_failures(answer, verdicts)], "failed")]
    if answer.lines:
        found.append(Section("", [_lines_table(answer)], "answer"))
    else:
        found.append(Section("", _answer(answer, cases, figures), "answer"))
    told: list[Block] = [*planned, *_verdicts(answer, verdicts), *study_notices(answer, verdicts)]
    told += [*left_out, *_left_out_elsewhere(answer, figures), *files, *_warnings(answer, warnings)]
    found.append(Section("", told, "to know"))
    counts = _counts(answer, figures)
    found.append(Section("", [Paragraph(counts, "quiet")] if counts else [], "more"))
    return [each for each in found if each.blocks]


# ---------------------------------------------------------------- which figures


def shown_names(answer: Answer) -> list[str]:
    """Return the names that any case answers, the headline first."""
    names = list(dict.fromkeys(name for case in answer.columns for name in case.shown))
    placing = answer.scenario.placing
    marked = answer.scenario.headline or (placing.wanted[0] if placing is not None and placing.wanted else None)
    return [marked, *(each for each in names if each != marked)] if marked in names else names


def headline_name(answer: Answer) -> str | None:
    """Return the figure that an answer leads with: one that is marked or that a plan is made for, else the first."""
    names = shown_names(answer)
    return names[0] if names else None


def _rows(answer: Answer, name: str) -> list[CaseAnswer]:
    return [case for case in answer.columns if case.shows(name)]


# ---------------------------------------------------------------- the figures


def _answer(answer: Answer, most_cases: int, most: int) -> list[Block]:
    names = shown_names(answer)[:most]
    if not names:
        return []
    if answer.placements:
        return [*_placed(answer, most_cases, most)]
    if len(answer.columns) == 1:
        return [*_figures(answer, answer.columns[0], names)]
    first = names[0]
    columns = _rows(answer, first)
    if any(first in case.samples for case in columns) and not isinstance(columns[0].figures[first], Series):
        shown = _most_telling(columns, most_cases)
        blocks: list[Block] = [_by_case(answer, first, shown), *_same_in_every_case(answer, columns, names[1:4])]
    else:
        columns = [case for case in answer.columns if any(case.shows(name) for name in names)]
        shown = _most_telling(columns, most_cases)
        told = [name for name in shown_names(answer) if any(case.shows(name) for case in shown)][:most]
        blocks = [_side_by_side(answer, told, shown)]
    left = len(columns) - len(shown)
    what = "of the cases and their parts" if any(case.inside for case in columns) else f"case{'s' if left > 1 else ''}"
    return [*blocks, *([Paragraph(f"and {left} more {what}", "quiet")] if left > 0 else [])]


def _most_telling(columns: list[CaseAnswer], most: int) -> list[CaseAnswer]:
    """Return the columns that a screen has room for: whole cases before their parts, where all have no room."""
    if len(columns) <= most:
        return columns
    whole = [case for case in columns if not case.inside]
    return (whole or columns)[:most]


def _placed(answer: Answer, most_parts: int, most: int) -> Iterator[Block]:
    """Yield the figures of the whole hall, and of its only plan those of each part and kind of cabinets."""
    whole = [name for name in shown_names(answer) if any(case.shows(name) for case in answer.cases)][:most]
    if whole and len(answer.cases) == 1:
        yield from _figures(answer, answer.cases[0], whole)
    elif whole:
        yield _side_by_side(answer, whole, answer.cases)
    if len(answer.cases) == 1 or not whole:
        parts = [part for case in answer.cases for part in case.parts]
        apart = [name for name in shown_names(answer) if any(part.shows(name) for part in parts)][:most]
        if apart:
            yield _side_by_side(answer, apart, parts[: most_parts + _MORE_PARTS])
        if len(parts) > most_parts + _MORE_PARTS:
            yield Paragraph(
                f"and {len(parts) - most_parts - _MORE_PARTS} more of the parts and kinds of cabinets", "quiet"
            )


def _figures(answer: Answer, case: CaseAnswer, names: list[str]) -> Iterator[Block]:
    """Yield the figures of the only case: those of all years with their ranges, then those by year."""
    single = [name for name in names if not isinstance(case.figures[name], Series)]
    yearly = [name for name in names if name not in single]
    has_range = any(case.statistics(name) for name in single)
    if single:
        heads = [Column(kind="label"), Column()]
        heads += [Column("80 % of the samples", "words"), Column(kind="strip")] if has_range else []
        table = Table(heads)
        for name in single:
            quantity = answer.scenario.catalogue[name]
            cells = [Cell(label(quantity)), _middle(case, name, quantity)]
            if has_range:
                cells += [_range(case, name, quantity), _strip(case, name, _ends([case], name))]
            table.rows.append(Row(cells))
        yield table
    if yearly:
        yield _years(answer, case, yearly)


def _years(answer: Answer, case: CaseAnswer, names: list[str]) -> Table:
    years = list(answer.years)
    shown = years if len(years) <= 5 else [years[0], years[len(years) // 2], years[-1]]
    table = Table([Column(kind="label"), *(Column(str(year)) for year in shown), Column(kind="strip")])
    for name in names:
        quantity, figure = answer.scenario.catalogue[name], headline(case, name)
        singles = figure.values if isinstance(figure, Series) else (figure,) * len(years)
        cells = [_single(singles[years.index(year)], quantity) for year in shown]
        table.rows.append(Row([Cell(label(quantity)), *cells, Cell(strip=_heights(singles))]))
    return table


def _heights(singles: Sequence[object]) -> tuple[float, ...]:
    """Return how high each year's figure stands between 0 or the least of them and the largest."""
    numbers = [float(each) if isinstance(each, float | int) else 0.0 for each in singles]
    low, high = min(0.0, *numbers), max(0.0, *numbers)
    return tuple((each - low) / (high - low) if high > low else 0.0 for each in numbers)


def _single(figure: object, quantity: Quantity) -> Cell:
    if isinstance(figure, float | int):
        return number(figure, quantity)
    return written("not included" if isinstance(figure, NotIncluded) else "no value")


def _middle(case: CaseAnswer, name: str, quantity: Quantity) -> Cell:
    """Return a figure's headline without its range."""
    without = case.share_without_value(name) if name in case.samples else 0.0
    if 0 < without < 1 and case.statistics(name) is None:
        return written(f"no value in {percent_text(without)}")
    return _single(headline(case, name), quantity)


def _range(case: CaseAnswer, name: str, quantity: Quantity) -> Cell:
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


def _same_in_every_case(answer: Answer, columns: list[CaseAnswer], names: list[str]) -> list[Block]:
    """Return the figures that stand next where a headline is marked and no case changes them."""
    if not answer.scenario.headline or len(columns) < 2:
        return []
    parts = []
    for name in names:
        quantity = answer.scenario.catalogue[name]
        texts = {headline_text(case, name, quantity) if case.shows(name) else "" for case in columns}
        if len(texts) == 1 and all(texts):
            parts.append(f"{label(quantity)} {texts.pop()}")
    return [Paragraph(f"in every case {', '.join(parts)}")] if parts else []


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
        table.rows.append(Row([Cell(label(quantity)), Cell(unit_text(quantity), tone="quiet"), *cells]))
    return table


def _figure(case: CaseAnswer, name: str, quantity: Quantity) -> Cell:
    if not case.shows(name):
        return Cell()
    figure = headline(case, name)
    if isinstance(figure, Series):
        ends = figure.values[0], figure.values[-1]
        first, last = (_single(each, quantity).text for each in ends)
        return written(first if first == last else f"{first} … {last}")
    return _middle(case, name, quantity)


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


# ---------------------------------------------------------------- what a reader must know


def _plans(answer: Answer) -> list[Notice]:
    if not answer.placements:
        return []
    from calc.report.placement import plan_notices

    return [*plan_notices(answer)]


def _failures(answer: Answer, most: int) -> Iterator[Block]:
    """Yield what fails or is doubtful, above everything else."""
    yield from _checks(answer)[: most + 1]
    more = len(_checks(answer)) - most - 1
    if more > 0:
        yield Paragraph(f"and {more} more checks that fail or are doubtful", "bad")


def _checks(answer: Answer) -> list[Notice]:
    found: list[Notice] = []

    def told(check: CheckResult) -> str:
        return "" if check.passed and not check.is_doubtful else f"{check.passed} {check.probability}"

    for alike in alike_checks(answer, told):
        check, labels = alike[0][1], [shorten(case.label) for case, _ in alike]
        is_all = len(labels) > 1 and len(labels) == len(answer.cases)
        where = f" ({'every case' if is_all else '; '.join(labels)})" if len(answer.columns) > 1 else ""
        words = (not check.passed and check.meaning) or f"`{check.condition.text}`"
        year = f" in {check.year}" if check.year is not None else ""
        share = f": holds in {percent_text(check.probability)} of the samples" if check.probability is not None else ""
        severity, mark = ("warning", "DOUBTFUL") if check.passed else ("error", "FAILS")
        found.append(Notice(f"{words}{where}{year}{share}", severity, mark))  # type: ignore[arg-type]
    for case in answer.columns:
        found += [Notice(each.message, "error", "FAILS") for each in case.broken]
    return sorted(found, key=lambda each: each.severity != "error")


def _drivers(answer: Answer) -> list[Notice]:
    """Return what the headline depends on most: the inputs that spread it, or the largest parts of a sum."""
    name = headline_name(answer)
    if name is None or answer.lines:
        return []
    case = _rows(answer, name)[0]
    catalogue = answer.scenario.catalogue
    shares = [(each, share) for each, share in case.contributors(name)[:2] if share >= _SMALL]
    if shares and name in case.samples:
        texts = [f"{label(catalogue[each])} ({percent_text(share, digits=2)})" for each, share in shares]
        return [Notice(", ".join(texts).replace(" %)", " % of the spread)", 1), "", "driven by")]
    lines = breakdown(case, name, catalogue)
    if lines:
        shown = lines if len(lines) <= _MOST_PARTS else lines[: _MOST_PARTS - 1]
        parts = [f"{label(catalogue[each.name])} ({percent_text(each.share, digits=2)})" for each in shown]
        more = len(lines) - len(shown)
        return [Notice(", ".join(parts) + (f" and {more} more" if more else ""), "", "made up of")]
    decided = case.binding(name, catalogue)
    return [Notice(words_in(decided[0], catalogue), "", "decided by")] if decided else []


def _verdicts(answer: Answer, most: int) -> list[Block]:
    lines = verdict_lines(answer)
    # The last sentence says of all of them who wins.
    found: list[Block] = [Notice(line, "", "verdict") for line in lines[:most]]
    return found


def study_notices(answer: Answer, most: int) -> list[Block]:
    """Return what the studies found, a few lines each."""
    if answer.studies.is_empty:
        return []
    from calc.report.study_reports import report_of, studies_dict

    studied = answer.studies.scenario or answer.scenario
    found: list[Block] = []
    for name, body in studies_dict(answer.scenario, answer.studies).items():
        lines = report_of(name).lines(body, studied.catalogue)
        found += [Notice(words_in(line, studied.catalogue), "", STUDIES[name].front) for line in lines[: max(1, most)]]
    return found


def _without_value(answer: Answer) -> list[Block]:
    lines = reason_lines(answer)
    return [Notice(words_in(lines[0], answer.scenario.catalogue), "warning", "no value")] if lines else []


def _left_out(answer: Answer) -> list[Block]:
    """Return what the headline leaves out, first what is likely to be worth most."""
    name = headline_name(answer)
    if name is None:
        return []
    case, catalogue = _rows(answer, name)[0], answer.scenario.catalogue
    worth = worth_of_left_out(answer.scenario, case, name)
    if not worth:
        return []
    shares: dict[str, float] = {}
    within: dict[str, dict[str, None]] = {}
    for each in worth:
        topic, _, part = catalogue[each.name].topic.partition(": ")
        words = topic or label(catalogue[each.name])
        shares[words] = max(shares.get(words, 0.0), each.share or 0.0, key=abs)
        within.setdefault(words, {}).update({part: None} if part else {})
    parts = []
    for words, share in shares.items():
        about = f" ({', '.join(within[words])})" if within[words] else ""
        parts.append(f"{words}{about}" + (f" (likely {share * 100:+.2g} %)" if abs(share) >= _SMALL else ""))
    shown = max(1, sum(1 for at in range(len(parts)) if len(", ".join(parts[: at + 1])) <= _ROOM_FOR_LEFT_OUT))
    more = len(parts) - shown
    tail = f" and {more} more" if more > 0 else ""
    return [Notice(f"{', '.join(parts[:shown])}{tail}", "", "not in it")]


def _from_files(answer: Answer) -> list[Block]:
    """Return which inputs come from which file of facts of one's own."""
    used = ((name, case.case.values[name]) for case in answer.columns for name in case.plan.leaves)
    found = own_of(answer.scenario.origin.options.read_facts or (), used)
    return [Paragraph(f"from {file}: {shorten(', '.join(names), _ROOM_FOR_LEFT_OUT)}") for file, names in found.items()]


def _left_out_elsewhere(answer: Answer, most: int) -> list[Block]:
    """Return what figures beside the headline leave out, where it is likely to change them much."""
    if len(answer.columns) != 1:
        return []
    case, catalogue = answer.columns[0], answer.scenario.catalogue
    lead = headline_name(answer)
    told = set(case.left_out(lead)) if lead else set()
    found: list[tuple[float, str]] = []
    for name in shown_names(answer)[1:most]:
        lacking = [each for each in case.left_out(name) if each not in told]
        worth = worth_of_left_out(answer.scenario, case, name, lacking)
        if worth and abs(share := worth[0].share or 0.0) >= _LARGE:
            told.add(worth[0].name)
            found.append(
                (share, f"of {label(catalogue[name])}: {label(catalogue[worth[0].name])} (likely {share * 100:+.2g} %)")
            )
    return [Notice(text, "", "not in it") for _, text in sorted(found, key=lambda each: -abs(each[0]))[:1]]


def _warnings(answer: Answer, most: int) -> list[Block]:
    told = [each for each in answer.warnings if not each.startswith("`") or "holds at the median" not in each]
    found: list[Block] = [Notice(shorten(line, _ROOM_FOR_WARNING), "warning", "!") for line in told[:most]]
    more = len(told) - most
    tail = f"and {more} more warning{'s' if more > 1 else ''}"
    return [*found, *([Paragraph(tail, "warning")] if more > 0 else [])]


def _counts(answer: Answer, shown: int) -> str:
    names = shown_names(answer)
    case = next((each for each in answer.columns if each.shows(names[0])), None) if names else None
    is_led = case is not None and len(answer.columns) > 1 and names[0] in case.samples
    more = len(names) - (1 if is_led else min(shown, len(names)))
    parts = [f"{more} more figure{'s' if more > 1 else ''}"] if more > 0 and not answer.lines else []
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
