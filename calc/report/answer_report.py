"""What a run says: results, what they are made up of, verdicts and checks, assumptions with their sources, warnings.

Figures with uncertainty have a row a figure and case, figures that differ from year to year a column a year.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from calc import __version__
from calc.arrays import np
from calc.engine.figures import Series
from calc.records import replace
from calc.report.answer_lines import (
    binding_lines,
    convention_lines,
    figure_cell,
    figure_in,
    not_included_lines,
    reason_lines,
    shown_names,
    table_section,
    verdict_lines,
)
from calc.report.breakdowns import breakdowns, yearly_breakdowns
from calc.report.report import (
    Block,
    Cell,
    Column,
    HeatMap,
    Histogram,
    Notice,
    Paragraph,
    Report,
    Row,
    Section,
    Severity,
    Stacked,
    Table,
    Tree,
    label,
    name_cell,
    notices,
    number,
    pairs,
    section,
    unit_cell,
    unit_text,
    words_in,
    written,
)
from calc.scenario.place_section import PLACED
from calc.study.headline import error_of_mean, headline, headline_text, off_median, percentile_text, percentile_words
from calc.study.remarks import ASIDE
from calc.text import shorten
from calc.units.format import digits_apart, percent_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from calc.engine.catalogue import Catalogue, Quantity
    from calc.engine.figures import Figure
    from calc.study.results import Answer, CaseAnswer


def answer_report(answer: Answer, *, verbose: bool = False, likely: bool = False, brief: bool = False) -> Report:
    """Return what an answer says.

    brief: no more than the answer in short, if there is one. likely: also the figures at the likely values, and inputs
    in every year. verbose: that, what was computed on the way, and notes and addresses of assumptions.
    """
    scenario = answer.scenario
    found = Report(scenario.heading, " ".join((scenario.question or "").split()), name="run")
    _put_in_front(found, answer)
    if brief and found.front:
        return found
    from calc.report.explain_report import assumptions

    found.sections += section(ASIDE, notices(answer.unheeded.values(), "warning"), "given but not used")
    found.sections += table_section(answer)
    if answer.placements:
        from calc.report.placement import placement_sections

        found.sections += placement_sections(answer)
    found.sections += results(answer, likely=likely or verbose)
    found.sections += breakdowns(answer)
    found.sections += yearly_breakdowns(answer)
    if verbose:
        from calc.study.results import on_the_way

        found.sections += results(on_the_way(answer), "Computed on the way", likely=True)
    found.sections += section("Verdict", notices(verdict_lines(answer)), "verdict")
    found.sections += section("Checks", check_notices(answer), "checks")
    if not answer.studies.is_empty:
        from calc.report.json import studies_dict
        from calc.report.report import report_of

        studied = answer.studies.scenario or scenario
        for name, body in studies_dict(scenario, answer.studies).items():
            found.sections += report_of(name).sections(body, studied.catalogue)
    noted = [f"{each.line.label}: {each.line.note}" for each in answer.lines if each.line.note]
    found.sections += section("Notes", notices(noted), "notes", detail=True)
    found.sections += assumptions(answer, notes=verbose, years=likely or verbose)
    found.sections += section("Conventions", notices(convention_lines(answer)), "conventions", detail=True)
    found.sections += section("Not included", notices(not_included_lines(answer)), "not included", detail=True)
    found.sections += section("Warnings", notices(answer.other_warnings, "warning"), "warnings")
    return found


def _put_in_front(report: Report, answer: Answer) -> None:
    """Add the answer in short, and how to make it shorter."""
    from calc.report.answer_front import ROOM, closing, fronts

    front = fronts(answer)
    report.front, report.closing = front(ROOM[0]), closing(answer)
    report.tighter = lambda: map(front, ROOM[1:])


# ---------------------------------------------------------------- results


def results(answer: Answer, title: str = "Results", *, likely: bool = False) -> list[Section]:
    """Return the figures of all cases, what decided them, and why some have no value."""
    shown = shown_names(answer)
    names = [name for name in shown if not any(isinstance(figure_in(case, name), Series) for case in answer.columns)]
    uncertain = [name for name in names if any(name in case.samples for case in answer.columns)]
    found = section(title, [_headlines(answer, names, uncertain)] if names else [], "results")
    if uncertain:
        found.append(spread_section(answer, uncertain, title, likely=likely))
    found += year_sections(answer, [name for name in shown if name not in names], likely=likely)
    found += section("What binds", notices(binding_lines(answer)), "what binds")
    return found + section("No value", notices(reason_lines(answer), "warning"), "no value")


def _headlines(answer: Answer, names: list[str], uncertain: list[str]) -> Table:
    """Return every figure of every case: of an uncertain one its median and its range."""
    if len(answer.columns) == 1:
        table, (case,) = Table([Column(kind="label"), Column()]), answer.columns
        for name in names:
            table.rows.append(Row([name_cell(name), _figure(answer, case, name)], again=name in uncertain))
        return table
    heads = [Column(shorten(case.label)) for case in answer.columns]
    table = Table([Column(kind="label"), Column(kind="unit"), *heads], turns=True, common=True)
    for name in names:
        unit = unit_cell(answer.scenario.catalogue[name])
        cells = [name_cell(name), unit, *(_figure(answer, case, name) for case in answer.columns)]
        table.rows.append(Row(cells, again=name in uncertain))
    return table


def _figure(answer: Answer, case: CaseAnswer, name: str) -> Cell:
    figure, quantity = figure_in(case, name), answer.scenario.catalogue[name]
    if figure is None:
        return Cell()
    value = case.case.values.get(name)
    given = "" if value is None else f" ({PLACED if value.status == PLACED else 'given'})"
    if name in case.samples:
        middle, whole = headline(case, name), headline_text(case, name, quantity)
        if not isinstance(middle, float | int):
            return written(f"{whole}{given}")
        found = number(middle, quantity)
        # The range behind the median, where there is one.
        bare = whole.replace(found.whole, found.text, 1)
        return found._replace(text=f"{bare}{given}", whole=f"{whole}{given}")
    return figure_cell(figure, quantity, given)


# ---------------------------------------------------------------- what a reader must know


def check_notices(answer: Answer) -> list[Notice]:
    """Return how each check came out."""
    found = []
    for case in answer.columns:
        for check in case.checks:
            share = ""
            if check.probability is not None:
                basis = "" if check.condition.confidence else "at the median, "
                share = f": {basis}in {percent_text(check.probability)} of the samples"
            words = (not check.passed and check.meaning) or check.condition.text
            where = f" ({shorten(case.label)})" if len(answer.columns) > 1 else ""
            where += f" (tightest in {check.year})" if check.year is not None else ""
            severity: Severity = "error" if not check.passed else "warning" if check.is_doubtful else "good"
            found.append(Notice(f"{words}{where}{share}", severity, "holds" if check.passed else "FAILS"))
    return found


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
        unit = unit_cell(answer.scenario.catalogue[name])
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
    point = figure_cell(figure, quantity)
    statistics = case.statistics(name)
    if statistics is None:
        share = case.share_without_value(name)
        # What is certain here has no range; it is the headline all the same.
        is_partly = share and not (share == 1 and point.text == "no value")
        words = written(f"no value in {percent_text(share)}") if is_partly else point
        return [words, *empty[2:], point]
    found = spread_cells(statistics, _SHOWN, quantity)
    error = error_of_mean(case, name, statistics["mean"])
    if error:
        found[-1] = found[-1]._replace(text=f"{found[-1].text} ± {percent_text(error, digits=2)}")
    off = off_median(case, name)[0]
    return [*found, Cell("" if off is None else percentile_text(off)), point]


def spread_cells(spread: Mapping[str, float], keys: Iterable[str], quantity: Quantity) -> list[Cell]:
    """Return statistics in base units; p10 and p90 with as many digits as it takes to tell them apart."""
    digits = digits_apart(spread["p10"], spread["p90"], quantity.unit, share=quantity.is_share)
    return [number(spread[key], quantity, digits=digits) for key in keys]


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
        return [figure_cell(one, quantity) for one in (each.values if isinstance(each, Series) else (each,) * years)]

    unit = unit_cell(quantity)
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


# ---------------------------------------------------------------- a page

# Explanations are long; a page that is sent around should stay small.
MOST_CHARACTERS = 60_000


def answer_page(answer: Answer) -> Report:
    """Return what an answer says, with formulas with values, and how it was made."""
    from calc.report.explain_report import assumptions

    found = answer_report(answer, likely=True)
    at = next((at for at, each in enumerate(found.sections) if each.key == "assumptions"), None)
    if at is not None:
        # A page stands alone, so that the addresses of the sources stand on it.
        found.sections[at : at + 1] = assumptions(answer, notes=True, years=True)
    catalogue = answer.scenario.catalogue
    names = list(dict.fromkeys(name for case in answer.columns for name in case.shown))
    found.sections = [each if each.is_detail else in_words(each, catalogue) for each in found.sections]
    found.sections += _formulas(answer)
    found.sections += section("Names of the figures", [_names(names, catalogue)] if names else [], "names", detail=True)
    found.sections.append(Section("How it was made", [_made(answer)], "made", is_detail=True))
    return found


def in_words(told: Section, catalogue: Catalogue) -> Section:
    """Return a section whose figures are called by their labels; their names stand in what is folded."""

    def cell(found: Cell) -> Cell:
        if found.stack:
            return found
        return found._replace(text=words_in(found.text, catalogue), is_name=False) if found.is_name else found

    def block(found: Block) -> Block:
        if isinstance(found, Table):
            columns = [each._replace(head=words_in(each.head, catalogue), is_name=False) for each in found.columns]
            rows = [row._replace(cells=[cell(each) for each in row.cells]) for row in found.rows]
            return replace(found, columns=columns, rows=rows)
        if isinstance(found, Paragraph | Notice):
            return replace(found, text=words_in(found.text, catalogue))
        if isinstance(found, Stacked):
            parts = [(words_in(name, catalogue), values) for name, values in found.parts]
            return replace(found, title=words_in(found.title, catalogue), parts=parts)
        if isinstance(found, HeatMap):
            (down, values), (across, heads) = found.down, found.across
            found = replace(
                found, down=(words_in(down, catalogue), values), across=(words_in(across, catalogue), heads)
            )
        return found if isinstance(found, Tree) else replace(found, title=words_in(found.title, catalogue))

    return replace(told, title=words_in(told.title, catalogue), blocks=[block(each) for each in told.blocks])


def _names(names: list[str], catalogue: Catalogue) -> Table:
    table = Table([Column("called here", "label"), Column("name", "words"), Column("what it is", "prose")])
    for name in names:
        quantity = catalogue[name]
        table.rows.append(Row([Cell(label(quantity)), name_cell(name), Cell(quantity.text)]))
    return table


def _formulas(answer: Answer) -> list[Section]:
    """Return how each figure shown was computed, case by case, as long as the page stays small."""
    from calc.report.explain_report import explain_report

    trees, written, left = list[Tree](), 0, 0
    for name in dict.fromkeys(name for column in answer.columns for name in column.shown):
        for case in explain_report(answer, name).sections:
            for tree in case.blocks:
                if not isinstance(tree, Tree):
                    continue
                written += _size(tree)
                if written > MOST_CHARACTERS:
                    left += 1
                    continue
                trees.append(tree)
                tree.part = case.title
    blocks: list[Block] = [*trees, *([Paragraph(f"{left} more: calc explain")] if left else [])]
    return [Section("Formulas with their values", blocks, "formulas", is_detail=True)] if blocks else []


def _size(tree: Tree) -> int:
    """Return how many characters stand in the lines of a tree."""
    return sum(map(len, tree.lines)) + sum(map(_size, tree.children))


def _made(answer: Answer) -> Table:
    scenario = answer.scenario
    rows = {"calc": __version__, "scenario": scenario.path, "SHA-256": scenario.sha256}
    if any(case.samples for case in answer.columns):
        rows |= {"samples": f"{scenario.samples:,} ({scenario.method})", "seed": str(scenario.seed)}
    rows["command"] = f"calc run {scenario.path}"
    return pairs((Cell(name), Cell(words)) for name, words in rows.items())
