"""Comma-separated values: of an answer a row a number, of a study a row a point or value."""

from __future__ import annotations

import csv
import io
import unicodedata
from typing import TYPE_CHECKING, Any

from calc.report import tidy
from calc.report.json import as_dict
from calc.text import pattern

if TYPE_CHECKING:
    from calc.study.answer import Answer

# A spreadsheet takes a text that begins so for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@")
_BREAKS = pattern(r"\s+")


def render(answer: Answer, *, wide: bool = False) -> str:
    """Return every number of an answer as one tidy table with a header line; see `calc.report.tidy`.

    wide: with the years across.
    """
    rows = tidy.rows(as_dict(answer))
    return table(*tidy.wide(rows)) if wide else table(tidy.COLUMNS, rows)


def table(columns: tuple[str, ...], found: list[dict[str, Any]]) -> str:
    """Return rows as CSV; texts that a spreadsheet would run as a formula are made inert by an apostrophe."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(columns)
    for row in found:
        writer.writerow([inert(row.get(column)) for column in columns])
    return target.getvalue()


def inert(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula or for two rows."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    # A line break inside a cell is a new row to many readers.
    text = _BREAKS.sub(" ", value).strip()
    # Some spreadsheets also obey the full-width forms of these.
    return f"'{text}" if unicodedata.normalize("NFKC", text[:1]).startswith(_FORMULA_STARTS) else text
