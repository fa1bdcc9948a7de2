"""The answer as a workbook with live formulas: a changed input recalculates every figure.

Sheets: Answer, Inputs, Formulas, Years, Sources, Checks, and one for each study, whose results are values. A column is
a case, or in a block by year a year. Ranges of uncertain figures are values, and say so: a spreadsheet draws no
samples.
"""

from __future__ import annotations

import io
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from calc import __version__
from calc.engine.explain import figure_text
from calc.engine.figures import NotIncluded, Series
from calc.engine.graph import formula_of
from calc.errors import CalcError
from calc.expression import expression_text
from calc.report.answer_lines import convention_lines, not_included_lines, verdict_lines
from calc.report.answer_report import samples_text
from calc.report.explain_report import value_text
from calc.report.json import number, studies_dict
from calc.report.report import label
from calc.report.sheet_cells import FORMULAS, INPUTS, NA, NO_VALUE, NOT_INCLUDED, YEARS, Cells, Column
from calc.report.sheet_formula import FIRST, Line
from calc.report.sheet_writer import Pages, Sheets, cell_text, check_rows, sheet_name, write_studies
from calc.scenario.display import shown_value
from calc.study.remarks import failures, today

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import ModuleType

    from calc.scenario.case import Scenario
    from calc.study.results import Answer

ANSWER, SOURCES, CHECKS = "Answer", "Sources", "Checks"
_PLAIN = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
SHEETS = (ANSWER, INPUTS, FORMULAS, YEARS, SOURCES, CHECKS)
_PERCENTILES = ("p50", "p10", "p90")
_SOURCE_HEADS = (
    "name", "what it is", "value", "status", "source", "fact", "status of the fact", "as of", "money of", "address",
    "note", "written as", "instead of", "place", "cases",
)  # fmt: skip


def render(answer: Answer) -> bytes:
    """Return the answer as the bytes of an xlsx file.

    Raises CalcError where the package that writes it is not installed, or a formula is too long for a cell.
    """
    return _Writer(_xlsxwriter(), answer).bytes()


def _xlsxwriter() -> ModuleType:
    try:
        import xlsxwriter
    except ImportError:
        hint = "install it with `pip install 'ai-infra-calc[xlsx]'`, or `pip install XlsxWriter`"
        raise CalcError("E-USAGE", "a workbook is written with XlsxWriter, which is not installed", hint=hint) from None
    found: ModuleType = xlsxwriter
    return found


def render_study(name: str, scenario: Scenario, body: dict[str, Any]) -> bytes:
    """Return what one study found as the bytes of an xlsx file; raises CalcError as `render` does."""
    file = io.BytesIO()
    book = Sheets(_xlsxwriter().Workbook(file, _PLAIN), [sheet_name(name)])
    book.book.set_properties({"title": scenario.heading[:250], "comments": f"calc {__version__}", "created": _made()})
    write_studies(book, {name: body}, scenario.catalogue)
    _paged(book)
    return file.getvalue()


def _made() -> datetime:
    return datetime.combine(today(), time())


def _paged(book: Sheets) -> None:
    """Lay every sheet out for paper, and end the file."""
    for sheet in book.sheets.values():
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&L&A&R&P / &N")
    book.book.close()


class _Writer(Pages):
    """One workbook."""

    def __init__(self, xlsxwriter: ModuleType, answer: Answer) -> None:
        cells, self._file = Cells(answer), io.BytesIO()
        self.answer, self.checks = answer, check_rows(answer, cells)
        studied = answer.studies.scenario or answer.scenario
        self.studies, self._catalogue = studies_dict(answer.scenario, answer.studies), studied.catalogue
        names = (*SHEETS, *map(sheet_name, self.studies))
        super().__init__(xlsxwriter.Workbook(self._file, _PLAIN), names, cells)

    def bytes(self) -> bytes:
        """Return the file."""
        title = self.answer.scenario.heading
        self.book.set_properties({"title": title[:250], "comments": f"calc {__version__}", "created": _made()})
        self._place()
        self._inputs()
        self._formulas()
        self._years()
        self._sources()
        self._checks()
        self._answer()
        for name, (line, first, last) in self.cells.names.items():
            self.book.define_name(name, f"={line.sheet}!{cell_text(line.row, first, last, fixed=True)}")
        write_studies(self, self.studies, self._catalogue)
        _paged(self)
        return self._file.getvalue()

    # ---------------------------------------------------------------- where lines stand

    def _place(self) -> None:
        row = 3
        for line in self.cells.inputs.values():
            if line.sheet == INPUTS:
                line.row, row = row, row + 1
        years: Sequence[int] = ()
        for line in self.cells.yearly_inputs:
            row += 3 if line.years != years else 0
            years = line.years
            line.row, row = row, row + 1
        for row, line in enumerate(self.cells.formulas.values(), 3):
            line.row = row
        row = 2
        for column in self.columns:
            if not column.by_year:
                continue
            self.cells.calendar(column).row = row
            for line in column.by_year:
                row += 1
                line.row = row
            row += 3

    # ---------------------------------------------------------------- sheets

    def _inputs(self) -> None:
        remark = "Change a yellow cell, and every figure follows. A cell that is not yellow takes another one's value."
        after = FIRST + len(self.columns)
        self.head(INPUTS, "Inputs", remark, more=("name",))
        for line in self.cells.inputs.values():
            if line.sheet == INPUTS:
                self.line(line, "input")
                self.text(INPUTS, line.row, after, line.name, "quiet")
        years: Sequence[int] = ()
        for line in self.cells.yearly_inputs:
            if line.years != years:
                years = line.years
                heads = ("called", "what it is, by year", "unit", *map(str, years), "name")
                self.texts(INPUTS, line.row - 1, 0, heads, "head")
            self.line(line, "input")
            self.text(INPUTS, line.row, FIRST + len(line.years), line.name, "quiet")

    def _formulas(self) -> None:
        remark = "Every figure that does not differ from year to year. Lines in italics are steps of the figure below."
        self.head(FORMULAS, "Formulas", remark, more=("formula", "source of the formula"))
        after = FIRST + len(self.columns)
        for line in self.cells.formulas.values():
            self.line(line, "figure")
            if not line.name:
                continue
            texts, sources = dict[str, None](), dict[str, None]()
            for column in self.columns:
                text, source = self._written(column, line.name)
                texts.update({text: None} if text else {})
                sources.update({source: None} if source else {})
                if column.at not in line.cells:
                    self._elsewhere(line, column)
            self.text(FORMULAS, line.row, after, "; or ".join(texts), "quiet")
            self.text(FORMULAS, line.row, after + 1, "; or ".join(sources), "quiet")

    def _elsewhere(self, line: Line, column: Column) -> None:
        """Say of a figure of a line why a case has no formula for it there."""
        name, case = line.name, column.found
        term = self.cells.named(column, name, None) if name in column.scenario.catalogue else None
        if term is not None and isinstance(case.figures.get(name), Series):
            self.text(FORMULAS, line.row, column.at, "by year", "quiet")
        elif term is not None and name in case.case.values:
            self.put(
                FORMULAS,
                line.row,
                column.at,
                (term.text, self.cells.shown(column, name, None)),
                "figure",
                self.form(line),
            )
        elif isinstance(case.figures.get(name), NotIncluded):
            self.text(FORMULAS, line.row, column.at, NOT_INCLUDED, "quiet")

    def _written(self, column: Column, name: str) -> tuple[str, str]:
        """Return the formula of a figure of a case, and where that comes from; empty where it has none."""
        case = column.found.case
        if name in column.totals and column.whole is None:
            return f"sum of {column.totals[name]} over the parts", ""
        if name in case.values or name not in column.scenario.catalogue or name not in column.found.figures:
            return "", ""
        formula = formula_of(column.scenario.catalogue, name, case.use)
        return (expression_text(formula.expression), formula.source) if formula else ("", "")

    def _years(self) -> None:
        self.text(YEARS, 0, 0, "Years", "title")
        widest = max((len(each.scenario.years) for each in self.columns), default=0)
        self.widths(YEARS, widest)
        self.sheets[YEARS].freeze_panes(1, 1)
        if not any(each.by_year for each in self.columns):
            self.text(YEARS, 1, 0, "Nothing here differs from year to year.", "quiet")
        for column in self.columns:
            if not column.by_year:
                continue
            calendar = self.cells.calendar(column)
            self.texts(YEARS, calendar.row, 0, (column.label, "by year", "unit"), "head")
            for at, cell in calendar.cells.items():
                self.put(YEARS, calendar.row, at, cell, "head", "0")
            after = FIRST + len(column.scenario.years)
            for line in column.by_year:
                self.line(line, "figure")
                self.text(YEARS, line.row, after, self._written(column, line.name)[0] if line.name else "", "quiet")

    def _sources(self) -> None:
        self.text(SOURCES, 0, 0, "Sources", "title")
        self.texts(SOURCES, 2, 0, _SOURCE_HEADS, "head")
        self.sheets[SOURCES].freeze_panes(3, 1)
        self.sheets[SOURCES].set_column(0, 2, 32)
        self.sheets[SOURCES].set_column(3, len(_SOURCE_HEADS) - 1, 22)
        rows: dict[tuple[str, ...], list[str]] = {}
        for column in self.columns:
            case, catalogue = column.found, column.scenario.catalogue
            for name in case.plan.leaves:
                value, quantity = shown_value(name, case.case.values, column.scenario.years), catalogue[name]
                year = "" if value.currency_year is None else str(value.currency_year)
                cells = (
                    name, quantity.text, value_text(value, quantity), value.status, value.source or "no source",
                    value.fact, value.fact_status, value.as_of, year, value.url, value.note, value.original,
                    value.replaces, str(value.place) if value.place else "",
                )  # fmt: skip
                rows.setdefault(tuple(each or "" for each in cells), []).append(column.label)
        for row, (texts, labels) in enumerate(rows.items(), 3):
            where = "all" if len(labels) == len(self.columns) else "; ".join(labels)
            self.texts(SOURCES, row, 0, (*texts, where))

    def _checks(self) -> None:
        self.text(CHECKS, 0, 0, "Checks", "title")
        remark = "Live at the values of this workbook; in how many samples a check holds is a value from calc."
        self.text(CHECKS, 1, 0, remark if self.checks else "The scenario has no checks.", "quiet")
        heads = ("check", "case", "unit", "left side", "right side", "at these values", "in calc", "share of samples")
        self.texts(CHECKS, 2, 0, heads, "head")
        self.sheets[CHECKS].freeze_panes(3, 1)
        self.sheets[CHECKS].set_column(0, 0, 60)
        self.sheets[CHECKS].set_column(1, len(heads) - 1, 20)
        for row, check in enumerate(self.checks, 3):
            self.text(CHECKS, row, 0, check.text)
            self.text(CHECKS, row, 1, check.label)
            self.text(CHECKS, row, 2, check.unit, "quiet")
            for at, (cell, form) in enumerate(check.sides, 3):
                if cell is not None:
                    self.put(CHECKS, row, at, cell, "figure", form)
            if check.holds is not None:
                self.put(CHECKS, row, 5, (check.holds, check.now), "answer")
            self.text(CHECKS, row, 6, "holds" if check.passed else "fails", "value")
            if check.share is not None:
                self.put(CHECKS, row, 7, (check.share, None), "value", "0.0%")
        row = len(self.checks) + 4
        broken = [each for column in self.columns for each in column.found.broken]
        for each in broken:
            self.text(CHECKS, row, 0, f"promise not kept: {each.message}")
            row += 1

    # ---------------------------------------------------------------- the answer

    def _answer(self) -> None:
        scenario = self.answer.scenario
        self.head(ANSWER, scenario.heading, " ".join((scenario.question or "").split()), row=3)
        row = 4
        several = [each for each in self.columns if each.found in self.answer.columns]
        names = list(dict.fromkeys(name for each in several for name in each.found.shown))
        by_year = [name for name in names if any(isinstance(each.found.figures.get(name), Series) for each in several)]
        for name in names:
            if name not in by_year:
                row = self._figure(row, name, several)
        row = self._lines(row)
        for name in by_year:
            row = self._by_year(row + 1, name, several)
        row += 1
        for text, style in self._remarks():
            self.text(ANSWER, row, 0, text, style)
            row += 1
        self.sheets[ANSWER].activate()

    def _figure(self, row: int, name: str, columns: Sequence[Column]) -> int:
        """Write a figure of every case, and below it what its samples are."""
        quantity = columns[0].scenario.catalogue[name]
        self.text(ANSWER, row, 0, label(quantity), "answer")
        self.text(ANSWER, row, 1, quantity.text)
        self.text(ANSWER, row, 2, quantity.unit_text, "quiet")
        shown = [each.found.figures.get(name) for each in columns]
        form = self.form(
            Line(ANSWER, name, "", quantity.unit_text),
            [number(each, quantity.unit) for each in shown if isinstance(each, float | int)],
        )
        for column, figure in zip(columns, shown, strict=True):
            if figure is None or not column.found.shows(name):
                continue
            term = self.cells.named(column, name, None)
            if term is None:
                self.text(ANSWER, row, column.at, NOT_INCLUDED, "quiet")
                continue
            value = number(figure, quantity.unit) if isinstance(figure, float | int) else NO_VALUE
            self.put(ANSWER, row, column.at, (_or_no_value(term.text), value), "answer", form)
        row += 1
        for key in _PERCENTILES:
            found = {each.at: each.found.statistics(name) for each in columns if each.found.shows(name)}
            numbers = {at: each[key] for at, each in found.items() if each}
            if numbers:
                self.text(ANSWER, row, 1, self._samples(key), "value")
                for at, base in numbers.items():
                    self.put(ANSWER, row, at, (number(base, quantity.unit), None), "value", form)
                row += 1
        return row

    def _by_year(self, row: int, name: str, columns: Sequence[Column]) -> int:
        """Write a figure by year, a row a case, and what its samples are in each year."""
        quantity, years = columns[0].scenario.catalogue[name], self.answer.years
        heads = (label(quantity), quantity.text, quantity.unit_text, *map(str, years))
        self.texts(ANSWER, row, 0, heads, "head")
        row += 1
        for column in columns:
            figure = column.found.figures.get(name)
            if figure is None or not column.found.shows(name):
                continue
            self.text(ANSWER, row, 0, column.label)
            numbers = figure.numbers if isinstance(figure, Series) else [figure] if isinstance(figure, float) else []
            line = Line(ANSWER, name, "", quantity.unit_text)
            form = self.form(line, [number(each, quantity.unit) for each in numbers])
            for at in range(len(years)):
                term = self.cells.named(column, name, at)
                if term is None:
                    self.text(ANSWER, row, FIRST + at, NOT_INCLUDED, "quiet")
                    continue
                self.put(
                    ANSWER, row, FIRST + at, (_or_no_value(term.text), self._shown(column, name, at)), "answer", form
                )
            row += 1
            yearly = column.found.yearly_statistics(name)
            for key in _PERCENTILES if any(yearly) else ():
                self.text(
                    ANSWER, row, 1, f"{key.upper()} of {self.answer.scenario.samples:,} samples, a value", "value"
                )
                for at, each in enumerate(yearly):
                    if each:
                        self.put(ANSWER, row, FIRST + at, (number(each[key], quantity.unit), None), "value", form)
                row += 1
        return row

    def _samples(self, key: str) -> str:
        return f"{key.upper()} of {samples_text(self.answer.scenario.samples)}, a value"

    def _shown(self, column: Column, name: str, at: int | None) -> float | str:
        found = self.cells.shown(column, name, at)
        return NO_VALUE if found == NA else found

    def _lines(self, row: int) -> int:
        """Write the scenario's table: each line with its figures as stated and as computed."""
        if not self.answer.lines:
            return row
        heads = ("line", "figure", "unit", "", "value", "status", "scenario", "note")
        self.texts(ANSWER, row, 0, heads, "head")
        row += 1
        for found in self.answer.lines:
            column = self.cells.answers[id(found.case)]
            for words, names in (("as stated", found.line.stated), ("as computed", found.line.computed)):
                for name in names:
                    quantity = column.scenario.catalogue[name]
                    self.text(ANSWER, row, 0, found.line.label)
                    self.text(ANSWER, row, 1, label(quantity))
                    self.text(ANSWER, row, 2, quantity.unit_text, "quiet")
                    self.text(ANSWER, row, 3, words, "quiet")
                    row = self._value_of(row, column, name)
                    self.texts(ANSWER, row - 1, 5, (found.status, found.line.path, found.line.note))
        return row

    def _value_of(self, row: int, column: Column, name: str) -> int:
        """Write a figure of a line, of one by year the first year's and the last's."""
        figure, quantity = column.found.figures[name], column.scenario.catalogue[name]
        if isinstance(figure, Series):
            self.text(ANSWER, row, 4, figure_text(figure, quantity), "value")
            return row + 1
        term = self.cells.named(column, name, None)
        if term is None:
            self.text(ANSWER, row, 4, NOT_INCLUDED, "quiet")
            return row + 1
        shown = self._shown(column, name, None)
        form = self.form(Line(ANSWER, name, "", quantity.unit_text), [shown] if isinstance(shown, float) else [])
        self.put(ANSWER, row, 4, (_or_no_value(term.text), shown), "answer", form)
        return row + 1

    def _remarks(self) -> Iterable[tuple[str, str]]:
        answer, scenario = self.answer, self.answer.scenario
        if answer.is_uncertain or any(line.answer.is_uncertain for line in answer.lines):
            text = "P50, P10 and P90 in grey italics are of the samples that calc drew around the inputs as delivered."
            yield (
                f"{text} They do not follow a changed input; the figure above them does, at the values as they stand.",
                "value",
            )
        sections: list[tuple[str, Callable[[], Iterable[str]]]] = [
            ("Verdict, at the inputs as delivered", lambda: verdict_lines(answer)),
            ("Failed, at the inputs as delivered", lambda: (each.message for each in failures(answer))),
            ("Not included", lambda: not_included_lines(answer)),
            ("Conventions", lambda: convention_lines(answer)),
            ("Warnings", lambda: answer.warnings),
        ]
        for title, lines in sections:
            for at, text in enumerate(lines()):
                if not at:
                    yield title, "head"
                yield text, ""
        yield "How it was made", "head"
        yield f"calc {__version__}, scenario {scenario.path}, SHA-256 {scenario.sha256}", "quiet"
        if answer.is_uncertain:
            yield f"{scenario.samples:,} samples, seed {scenario.seed}", "quiet"


def _or_no_value(text: str) -> str:
    return f'IF(ISNA({text}),"{NO_VALUE}",{text})'
