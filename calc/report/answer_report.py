"""What a run says: results, what they are made up of, verdicts and checks, assumptions with their sources, warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.explain import figure_text
from calc.engine.figures import Series
from calc.report.answer_lines import (
    binding_lines,
    convention_lines,
    figure_in,
    not_included_lines,
    reason_lines,
    shown_names,
    verdict_lines,
)
from calc.report.assumptions import value_text
from calc.report.breakdowns import breakdowns, yearly_breakdowns
from calc.report.report import (
    Cell,
    Column,
    Notice,
    Report,
    Row,
    Section,
    Severity,
    Table,
    name_cell,
    notices,
    number,
    section,
    stacked,
    unit_text,
    written,
)
from calc.report.spreads import spread_section, year_sections
from calc.scenario.place_section import PLACED
from calc.study.remarks import ASIDE
from calc.study.results import headline, headline_text, off_median, percentile_text
from calc.study.table import ASSUMES
from calc.text import and_list, shorten
from calc.units.format import percent_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.study.results import Answer, CaseAnswer, LineAnswer

NOT_STATED = "no figure"
_LISTED = 3


def answer_report(answer: Answer, *, verbose: bool = False, likely: bool = False, brief: bool = False) -> Report:
    """Return what an answer says.

    brief: no more than the answer in short, if there is one. likely: also the figures at the likely values, and inputs
    in every year. verbose: that, what was computed on the way, and notes and addresses of assumptions.
    """
    from calc.report.assumptions import assumptions

    scenario = answer.scenario
    found = Report(scenario.heading, " ".join((scenario.question or "").split()), name="run")
    _put_in_front(found, answer)
    if brief and found.front:
        return found
    found.sections += section(ASIDE, notices(answer.unheeded.values(), "warning"), "given but not used")
    found.sections += _lines(answer)
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
        from calc.report.study_reports import report_of, studies_dict

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
        unit = Cell(unit_text(answer.scenario.catalogue[name]), tone="quiet")
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
    if isinstance(figure, float | int):
        return number(figure, quantity, after=given)
    return written(f"{figure_text(figure, quantity)}{given}")


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


# ---------------------------------------------------------------- a table of other scenarios' figures


def _lines(answer: Answer) -> list[Section]:
    """Return a scenario's table: each line with its figure as stated, as computed, and what it rests on."""
    if not answer.lines:
        return []
    heads = [
        Column(kind="label"),
        *(Column(each, "words") for each in ("as stated", "as computed", "status", "scenario")),
    ]
    table = Table(heads)
    for found in answer.lines:
        stated, computed = (_figures(found, names) for names in (found.line.stated, found.line.computed))
        path = Cell(found.line.path, is_name=True)
        table.rows.append(Row([Cell(found.line.label), stated, computed, Cell(status(found)), path]))
    return [Section("Table", [table], "table")]


def _figures(found: LineAnswer, names: list[str]) -> Cell:
    """Return figures, each with its name below it."""
    if not names:
        return Cell(NOT_STATED, tone="quiet")
    return stacked(each for name, text in line_figures(found, names) for each in (written(text), name_cell(name)))


def line_figures(found: LineAnswer, names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield names and figures with their ranges: of a given value its own, of a computed one its headline."""
    catalogue, case = found.answer.scenario.catalogue, found.case
    for name in names:
        quantity = catalogue[name]
        given = case.case.values.get(name)
        if given is not None:
            yield name, value_text(given, quantity)
            continue
        off = [each for each in off_median(case, name) if each is not None]
        likely = f", likely at {percentile_text(off[0])}" if off else ""
        yield name, f"{headline_text(case, name, quantity)}{likely}"


def status(found: LineAnswer) -> str:
    """Return whether the figures are stated, follow, or need assumptions, and which."""
    if found.status != ASSUMES:
        return found.status
    listed, more = found.assumptions[:_LISTED], len(found.assumptions) - _LISTED
    words = ", ".join(listed) + f" and {more} more" if more > 0 else and_list(listed)
    return f"{found.status}: {words}".replace("`", "")
