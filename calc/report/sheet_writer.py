"""What a workbook is written with: styles, number formats with units, texts that stay texts, and references."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING, Any

from calc.errors import CalcError
from calc.report.sheet_formula import FIRST
from calc.text import pattern
from calc.units.format import unit_words

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Sequence

    from calc.report.sheet_cells import Cells
    from calc.report.sheet_formula import Line

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
        for at, head in enumerate((first, "what it is", "unit", *(each.label for each in self.columns), *more)):
            self.text(sheet, row, at, head, "head")
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
