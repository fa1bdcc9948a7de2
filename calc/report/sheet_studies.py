"""What studies found as sheets of a workbook: values, because a spreadsheet makes no sweep and solves for no goal."""

from __future__ import annotations

import csv
import io
from math import isfinite
from typing import TYPE_CHECKING, Any

from calc.report.report import Cell, Column, Notice, Paragraph, Table
from calc.report.sheet_writer import Sheets, number_format
from calc.report.study_reports import report_of
from calc.report.sweep_report import MAX_ROWS
from calc.report.words import words_in
from calc.units.format import unit_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calc.engine.catalogue import Catalogue

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
    kept = [at for at, each in enumerate(table.columns) if each.kind not in {"bar", "strip"}]
    if any(table.columns[at].head for at in kept):
        for column, at in enumerate(kept):
            book.text(sheet, row, column, words_in(table.columns[at].title, catalogue), "head")
        row += 1
    for each in table.rows:
        for column, at in enumerate(kept):
            _cell(book, (sheet, row, column), each.cells[at], table.columns[at], catalogue)
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
