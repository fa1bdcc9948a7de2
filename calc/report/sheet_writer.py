"""What a workbook is written with: styles, number formats with units, texts that stay texts, and two of its sheets.

Checks are formulas over the cells of figures. What studies found are values, because a spreadsheet makes no sweep and
solves for no goal.
"""

from __future__ import annotations

import csv
import io
from math import floor, isfinite, log10
from typing import TYPE_CHECKING, Any, NamedTuple

from calc.engine.figures import at_year
from calc.errors import CalcError
from calc.report.json import number
from calc.report.report import Cell, Column, Notice, Paragraph, Table, report_of, words_in
from calc.report.sheet_formula import FIRST, is_by_year
from calc.report.sweep_report import MAX_ROWS
from calc.scenario.conditions import SLACK
from calc.text import pattern
from calc.units.format import unit_words

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Mapping, Sequence

    from calc.engine.catalogue import Catalogue
    from calc.report.sheet_cells import Cells
    from calc.report.sheet_cells import Column as CaseColumn
    from calc.report.sheet_formula import Line, Term
    from calc.study.results import Answer, CheckResult


_MARK = pattern("\x01(\\d+):(\\d+):(\\d+)\x02")
_NUMBER = pattern(r"[0-9.]+(?:E[+-][0-9]+)?")
# Colours of a cell: of an input to change, of a figure, and of what does not follow the inputs.
_STYLES: dict[str, dict[str, object]] = {
    "": {},
    "title": {"bold": True, "font_size": 14},
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"},
    "input": {"font_color": "#1F3FBF", "bg_color": "#FFF9DB", "border": 1, "border_color": "#D9D9D9"},
    "figure": {},
    "answer": {"bold": True},
    "value": {"italic": True, "font_color": "#666666"},
    "quiet": {"font_color": "#666666"},
    "step": {"italic": True, "font_color": "#666666", "indent": 1},
    "wrap": {"text_wrap": True, "valign": "top"},
}


def decimal_form(decimals: int) -> str:
    """Return the number format of so many decimals."""
    return f"0.{'0' * decimals}" if decimals else "0"


def number_format(unit: str, numbers: Iterable[float], words: str = "") -> str:
    """Return how a spreadsheet shows numbers of a unit: with about four digits, and the unit beside them.

    unit: as declared. words: the unit for a reader.
    """
    sizes = [abs(each) for each in numbers if each]
    if unit in {"1/year", "1/month", "share"}:
        percents = [each * 100 for each in sizes]
        is_whole = all(abs(each - round(each)) < 1e-9 for each in percents)
        decimals = 0 if is_whole else max(1, min(7, 3 - floor(log10(max(percents)))))
        return f"{decimal_form(decimals)}%" + ("" if unit == "share" else f'"{unit[1:]}"')
    if unit == "AD":
        return "0"
    largest = max(sizes, default=0)
    if sizes and (largest >= 1e15 or largest < 1e-4):
        digits = "0.000E+00"
    elif all(each == int(each) for each in sizes) or largest >= 1000:
        digits = "#,##0"
    else:
        digits = f"#,##{decimal_form(max(1, min(7, 3 - floor(log10(largest)))))}"
    if unit == "USD" or unit.startswith("USD/"):
        below = words.partition("/")[2]
        return f'"$"{digits}' + (f'"/{below}"' if below else "")
    return digits + (f'" {words}"' if words else "")


class Sheets:
    """The sheets of a workbook, and how texts and numbers are written into them."""

    def __init__(self, book: Any, names: Iterable[str]) -> None:
        self.book = book
        self.sheets: dict[str, Any] = {name: book.add_worksheet(name) for name in names}
        self._formats: dict[tuple[str, str], Any] = {}

    def style(self, name: str, form: str = "") -> Any:
        """Return a format, each made once."""
        if (name, form) not in self._formats:
            self._formats[name, form] = self.book.add_format(
                {**_STYLES[name], **({"num_format": form} if form else {})}
            )
        return self._formats[name, form]

    def text(self, sheet: str, row: int, column: int, text: str | None, style: str = "") -> None:
        """Write a text, which is never a formula or a link."""
        if text:
            self.sheets[sheet].write_string(row, column, " ".join(text.split())[:32_000], self.style(style))

    def texts(self, sheet: str, row: int, column: int, texts: Iterable[str | None], style: str = "") -> None:
        """Write texts beside each other."""
        for at, text in enumerate(texts, column):
            self.text(sheet, row, at, text, style)

    def number(self, sheet: str, row: int, column: int, number: float, style: str, form: str = "") -> None:
        """Write a number as it is."""
        self.sheets[sheet].write_number(row, column, number, self.style(style, form))


class Pages(Sheets):
    """The sheets of an answer, whose figures are formulas over cells."""

    def __init__(self, book: Any, names: Sequence[str], cells: Cells) -> None:
        super().__init__(book, names)
        self.cells, self.columns = cells, cells.columns

    def put(self, sheet: str, row: int, column: int, cell: tuple[float | str, Any], style: str, form: str = "") -> None:
        """Write a number or a formula."""
        found, shown = cell
        how = self.style(style, form)
        found = float(found) if isinstance(found, str) and _NUMBER.fullmatch(found) else found
        if not isinstance(found, str):
            self.sheets[sheet].write_number(row, column, found, how)
            return
        text = self.placed(found, sheet)
        if len(text) > 8000:
            message = "a formula has more than the 8,192 characters that a cell of a spreadsheet holds"
            raise CalcError("E-FORMULA-BODY", message, hint="split it into several formulas")
        self.sheets[sheet].write_formula(row, column, f"={text}", how, "" if shown is None else shown)

    def placed(self, text: str, sheet: str) -> str:
        """Return a formula with references in place of marks."""

        def reference(mark: re.Match[str]) -> str:
            line = self.cells.line(mark[1])
            if line.row < 0:
                raise AssertionError(line)
            where = cell_text(line.row, int(mark[2]), int(mark[3]))
            return where if line.sheet == sheet else f"{line.sheet}!{where}"

        return _MARK.sub(reference, text)

    def head(self, sheet: str, title: str, remark: str, row: int = 2, more: Sequence[str] = ()) -> None:
        """Write the title of a sheet with a remark, and the head of its columns: one a case, and `more` after them."""
        self.text(sheet, 0, 0, title, "title")
        self.text(sheet, 1, 0, remark, "quiet")
        first = "called" if sheet == "Inputs" else "name"
        self.texts(sheet, row, 0, (first, "what it is", "unit", *(each.label for each in self.columns), *more), "head")
        self.sheets[sheet].freeze_panes(row + 1, 1)
        self.widths(sheet, len(self.columns))
        for at in range(len(more)):
            self.sheets[sheet].set_column(FIRST + len(self.columns) + at, FIRST + len(self.columns) + at, 60)

    def widths(self, sheet: str, columns: int) -> None:
        """Set the widths of the columns of words, and of so many columns of figures."""
        self.sheets[sheet].set_column(0, 0, 32)
        self.sheets[sheet].set_column(1, 1, 44)
        self.sheets[sheet].set_column(2, 2, 16)
        self.sheets[sheet].set_column(FIRST, FIRST + max(columns, 1) - 1, 25)

    def line(self, line: Line, style: str, *, named: bool = True) -> None:
        """Write a line of one of the sheets of cells."""
        called = line.label or line.name
        self.text(line.sheet, line.row, 0, called if named else "", "step" if not line.name else "")
        self.text(line.sheet, line.row, 1, line.words, "" if line.name else "step")
        self.text(line.sheet, line.row, 2, line.unit if line.name else "", "quiet")
        form = self.form(line)
        for at, cell in line.cells.items():
            is_given = not isinstance(cell[0], str)
            self.put(line.sheet, line.row, at, cell, "input" if is_given and style == "input" else "figure", form)

    def form(self, line: Line, numbers: Iterable[float] | None = None) -> str:
        """Return the number format of a line: for the numbers given, or else for those of its cells."""
        if not line.name:
            return ""
        quantity = next(
            each.scenario.catalogue[line.name] for each in self.columns if line.name in each.scenario.catalogue
        )
        shown = [each[0] if not isinstance(each[0], str) else each[1] for each in line.cells.values()]
        sizes = [each for each in shown if isinstance(each, float | int)] if numbers is None else numbers
        is_declared = line.unit == quantity.unit_text
        words = unit_words(quantity.unit, plural=True) if is_declared else line.unit
        return number_format("share" if quantity.is_share and is_declared else line.unit, sizes, words)


def cell_text(row: int, first: int, last: int, *, fixed: bool = False) -> str:
    """Return a reference to the cells of a row."""
    sign = "$" if fixed else ""
    names = [f"{sign}{_letters(each)}{sign}{row + 1}" for each in (first, last)]
    return names[0] if first == last else ":".join(names)


def _letters(column: int) -> str:
    text, column = "", column + 1
    while column:
        column, letter = divmod(column - 1, 26)
        text = chr(65 + letter) + text
    return text


class CheckRow(NamedTuple):
    """One check of one case.

    sides: for left and right a cell with its number format; None where it differs from year to year.
    holds: a formula that says `holds` or `fails`; None where a side is not computed in this workbook. now: what it
    shows. passed, share: as calc has it, by samples where figures are uncertain.
    """

    text: str
    label: str
    unit: str
    sides: list[tuple[tuple[str, float | str] | None, str]]
    holds: str | None
    now: str
    passed: bool
    share: float | None


def check_rows(answer: Answer, cells: Cells) -> list[CheckRow]:
    """Return the checks of all cases; steps on the way to them get cells."""
    found = []
    for column in cells.columns:
        if column.found in answer.columns:
            found += [_row(cells, column, check, len(answer.columns)) for check in column.found.checks]
    return found


def _row(cells: Cells, column: CaseColumn, check: CheckResult, several: int) -> CheckRow:
    condition, years = check.condition, column.scenario.years
    catalogue, figures, place = column.scenario.catalogue, column.found.figures, cells.place(column)
    label = column.label if several > 1 else ""
    unit = condition.left.unit if condition.names else condition.right.unit
    fits = (each for each in map(catalogue.__getitem__, condition.names) if each.unit.dimension == unit.dimension)
    quantity = next(fits, None)
    unit = quantity.unit if quantity else unit
    text = condition.text if check.passed or not check.meaning else f"{condition.text} ({check.meaning})"
    plain = CheckRow(text, label, str(unit), [], None, "", check.passed, check.probability)
    if not all(name in figures for name in condition.names):
        return plain
    sides = (condition.left.expression, condition.right.expression)
    yearly = any(is_by_year(each, figures) for each in sides)
    spans = range(len(years)) if yearly else (None,)
    pairs = [[place.term(each, at) for each in sides] for at in spans]
    if any(each is None for pair in pairs for each in pair):
        return plain
    known = [[each.over(unit.factor) for each in pair if each is not None] for pair in pairs]
    tests = [_margin(check, left, right) for left, right in known]
    margins = list(condition.margins(*condition.sides(figures, years)))
    now = "holds" if min(margins) >= 0 else "fails"
    if yearly:
        line = cells.yearly_step(column, f"margin of {condition.text}")
        line.cells.update((FIRST + at, (test, None)) for at, test in enumerate(tests))
        test = f"MIN({line.at(FIRST, FIRST + len(years) - 1)})"
        shown: list[tuple[tuple[str, float | str] | None, str]] = [(None, ""), (None, "")]
    else:
        test = tests[0]
        shown = []
        for term, single in zip(pairs[0], (check.value, check.limit), strict=True):
            value = at_year(single, 0)
            cached = number(value, unit) if isinstance(value, float | int) else "#N/A"
            shown.append(((term.over(unit.factor).text, cached) if term is not None else None, ""))
    holds = f'IF(IFERROR({test},-1){">=" if condition.op.or_equal else ">"}0,"holds","fails")'
    return plain._replace(sides=shown, holds=holds, now=now)


def _margin(check: CheckResult, left: Term, right: Term) -> str:
    """Return by how much it holds; of a strict comparison above 0 where it does."""
    op = check.condition.op
    one, other = (f"({each.text})" for each in ((right, left) if op.is_less else (left, right)))
    slack = f"{SLACK:.0E}*MAX(ABS({one}),ABS({other}))".replace("E-0", "E-")
    return f"{one}-{other}{'+' if op.or_equal else '-'}{slack}"


REMARK = "Values that calc found at the inputs as delivered. They do not follow a changed input: run calc again."
# A sheet has a few rows more.
_MOST_ROWS = 1_000_000
# What is written as a share, by the end of its text.
_SHARES = {" %": "share", " %/year": "1/year", " %/month": "1/month"}


def sheet_name(study: str) -> str:
    """Return what the sheet of a study is called."""
    return study.capitalize()


def write_studies(book: Sheets, found: Mapping[str, dict[str, Any]], catalogue: Catalogue) -> None:
    """Write the sheet of every study; found: the JSON results by the name of their section."""
    for name, body in found.items():
        sheet, row = sheet_name(name), 3
        book.text(sheet, 0, 0, sheet, "title")
        book.text(sheet, 1, 0, REMARK, "quiet")
        book.sheets[sheet].set_column(0, 0, 40)
        book.sheets[sheet].set_column(1, 30, 20)
        for section in report_of(name).sections(body, catalogue):
            book.text(sheet, row, 0, words_in(section.title, catalogue), "answer")
            row += 1
            for block in section.blocks:
                if isinstance(block, Paragraph | Notice):
                    book.text(sheet, row, 0, words_in(block.text, catalogue))
                    row += 1
                elif isinstance(block, Table):
                    row = _table(book, sheet, row, block, catalogue)
            row += 1
        if name == "sweep" and any(case["points"] > MAX_ROWS for case in body["cases"]):
            _points(book, sheet, row, report_of(name).csv(body))


def _table(book: Sheets, sheet: str, row: int, table: Table, catalogue: Catalogue) -> int:
    """Write a table and return the row below it."""
    table = table.without("bar", "strip")
    if any(each.head for each in table.columns):
        book.texts(sheet, row, 0, (words_in(each.title, catalogue) for each in table.columns), "head")
        row += 1
    for each in table.rows:
        for at, column in enumerate(table.columns):
            _cell(book, (sheet, row, at), each.cells[at], column, catalogue)
        row += 1
    return row + 1


def _cell(book: Sheets, where: tuple[str, int, int], cell: Cell, column: Column, catalogue: Catalogue) -> None:
    sheet, row, at = where
    if cell.base is None or not isfinite(cell.base) or column.kind in {"label", "words", "prose", "unit"}:
        indent = "step" if cell.text.startswith("  ") else ""
        book.text(sheet, row, at, words_in(cell.alone, catalogue) if cell.is_name else cell.alone, indent)
        return
    share = next((name for end, name in _SHARES.items() if cell.alone.endswith(end)), "")
    if share or cell.unit is None:
        base = cell.base / cell.unit.factor if cell.unit is not None else cell.base
        book.number(sheet, row, at, base, "value", number_format(share, [base]) if share else "")
        return
    number = cell.base / cell.unit.factor
    words = unit_words(cell.unit, plural=True)
    # The unit stands in the head, or else beside the number.
    form = number_format("" if column.unit else str(cell.unit), [number], "" if column.unit else words)
    book.number(sheet, row, at, number, "value", form)


def _points(book: Sheets, sheet: str, row: int, text: str) -> None:
    """Write every point of a sweep, as its CSV has them, where the tables above show some."""
    book.text(sheet, row, 0, "Every point", "answer")
    for at, cells in enumerate(csv.reader(io.StringIO(text))):
        if at > _MOST_ROWS:
            break
        for column, cell in enumerate(cells):
            number = _float(cell) if at else None
            if number is None:
                book.text(sheet, row + 1 + at, column, cell, "" if at else "head")
            else:
                book.number(sheet, row + 1 + at, column, number, "value")


def _float(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if isfinite(found) else None
