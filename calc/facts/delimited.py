"""Delimited text as spreadsheets and other programs write it: commas, semicolons or tabs, and places for errors."""

from __future__ import annotations

import csv
import io
import math
import re
from typing import TYPE_CHECKING

from calc.errors import CalcError, Place, SourceText, quote, quote_path
from calc.records import NamedTuple
from calc.text import and_list, pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from calc.errors import Problems

SEPARATORS = ",;\t|"
MAX_ROWS = 500_000
MAX_CELL = 64_000
MAX_COLUMNS = 2_000
_TEXT = pattern(r"\S")
_SEPARATOR_LINE = pattern(r"sep=(.)", re.IGNORECASE)
_NUMBER = pattern(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
# What can be one thing only: 2.5, 0.123, 1,234.56, 1,234,567 and the same with point and comma changed.
_TELLS = {
    mark: pattern(
        rf"[+-]?(?:[0-9]*\{mark}(?:[0-9]{{1,2}}|[0-9]{{4,}})|0*\{mark}[0-9]+|[0-9]{{4,}}\{mark}[0-9]+"
        rf"|[0-9]{{1,3}}(?:\{other}[0-9]{{3}})+\{mark}[0-9]+|[0-9]{{1,3}}(?:\{other}[0-9]{{3}}){{2,}})(?:[eE][+-]?[0-9]+)?"
    )
    for mark, other in ((".", ","), (",", "."))
}
# 1.234 and 1,234: thousands or decimals.
_EITHER = pattern(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
# 9.99, 99.99, 999, 9999.99: what price lists hold where nobody has entered a price.
_PLACEHOLDER = pattern(r"9+(?:\.9+)?")
_PLACEHOLDER_DIGITS = 3


class Row(NamedTuple):
    """One line of a table: where it begins, and its cells in the order of the columns."""

    line: int
    cells: list[str]


class Delimited:
    """A table read from text.

    source: the text, its line ends made equal. separator: what parts its cells. columns: the names in its head.
    """

    def __init__(self, source: SourceText, separators: str = SEPARATORS) -> None:
        """Read the head of a text and keep the rest; raises CalcError when there is no head."""
        text = source.text.replace("\r\n", "\n").replace("\r", "\n")
        self.source = SourceText(source.name, text)
        self._start = self._line_of_text(0)
        named = _SEPARATOR_LINE.fullmatch(text[self._start : self._line_end(self._start)].strip())
        if named:
            separators = named[1]
            self._start = self._line_of_text(self._line_end(self._start))
        self._first = text.count("\n", 0, self._start) + 1
        head = text[self._start : self._line_end(self._start)]
        if not head.strip():
            hint = "its first line names the columns"
            raise CalcError("E-FILE", f"{quote_path(source.name)} is empty", place=self.at(1), hint=hint)
        bare = re.sub(r'"[^"]*"', "", head)
        self.separator = max(separators, key=bare.count)
        if bare.count(self.separator) > MAX_COLUMNS:
            hint = f"a file has at most {MAX_COLUMNS:,} columns"
            raise CalcError("E-TOO-LARGE", f"{quote_path(source.name)} has more columns", hint=hint)
        self.head_line = self._first
        first = next(self._records(), Row(1, []))
        self.columns = [each.strip() for each in first.cells]

    def _line_of_text(self, start: int) -> int:
        """Return where the first line that holds anything begins, from `start` on."""
        text = self.source.text
        found = _TEXT.search(text, start)
        return text.rfind("\n", 0, found.start()) + 1 if found else len(text)

    def _line_end(self, start: int) -> int:
        end = self.source.text.find("\n", start)
        return len(self.source.text) if end < 0 else end

    def at(self, line: int, column: int = 1, length: int = 1) -> Place:
        """Return a place in the text."""
        return Place(self.source, line, column, length)

    def place(self, line: int, index: int) -> Place:
        """Return where cell `index` of the row that begins at a line stands; a quoted cell may go over lines."""
        text, position, cell, quoted = self.source.text, 0, 0, False
        for _ in range(line - 1):
            position = text.index("\n", position) + 1
        begin, end = position, position
        while end < len(text):
            char = text[end]
            if quoted and text.startswith('""', end):
                end += 1
            elif char == '"' and (quoted or not text[begin:end].strip()):
                quoted = not quoted
            elif not quoted and char in {self.separator, "\n"}:
                if cell == index or char == "\n":
                    break
                cell, begin = cell + 1, end + 1
            end += 1
        shown = text[begin:end].partition("\n")[0]
        lead = len(shown) - len(shown.lstrip())
        before = text.count("\n", 0, begin)
        column = begin - (text.rfind("\n", 0, begin) + 1) + 1
        return self.at(before + 1, column + lead, max(1, len(shown.strip())))

    def rows(self, problems: Problems) -> Iterator[Row]:
        """Yield the rows below the head that hold anything; cells that are left out at the end of one are empty.

        A row that has more cells than there are columns is added to `problems`. Raises CalcError for too many rows.
        """
        for count, row in enumerate(self._records()):
            if count == 0 or not any(each.strip() for each in row.cells):
                continue
            if count > MAX_ROWS:
                hint = f"a file has at most {MAX_ROWS:,} rows; part it"
                raise CalcError("E-TOO-LARGE", f"{quote_path(self.source.name)} has more rows", hint=hint)
            if any(each.strip() for each in row.cells[len(self.columns) :]):
                words = {",": "comma", ";": "semicolon", "\t": "tab"}.get(self.separator, f"`{self.separator}`")
                message = f"this row has {len(row.cells)} cells for {len(self.columns)} columns"
                hint = f"quote a cell that holds a {words}"
                problems.add(CalcError("E-FILE", message, place=self.place(row.line, len(self.columns)), hint=hint))
                continue
            yield Row(row.line, row.cells + [""] * (len(self.columns) - len(row.cells)))

    def _records(self) -> Iterator[Row]:
        """Yield all rows, the head first."""
        stream = io.StringIO(self.source.text[self._start :])
        reader = csv.reader(stream, delimiter=self.separator, skipinitialspace=True, strict=True)
        line = self._first
        try:
            for cells in reader:
                if any(len(each) > MAX_CELL for each in cells):
                    raise CalcError("E-TOO-LARGE", f"a cell has more than {MAX_CELL:,} characters", place=self.at(line))
                yield Row(line, cells)
                line = self._first + reader.line_num
        except csv.Error as error:
            hint = "a quoted cell ends with a quote; a quote inside one is written twice"
            raise CalcError("E-FILE", f"this row is no CSV: {error}", place=self.at(line), hint=hint) from None


def find_columns(table: Delimited, names: Sequence[str], known: Iterable[str]) -> tuple[dict[str, int], list[str]]:
    """Return the position of each known column, and the names of those that are not known.

    names: what the columns are called; they are the same in capitals and with blanks for `_`.
    Raises CalcError when a column stands twice.
    """
    found: dict[str, int] = {}
    unknown = []
    folded = {_folded(each): each for each in known}
    for at, name in enumerate(names):
        column = folded.get(_folded(name))
        if column is None:
            unknown += [name] if name else []
        elif column in found:
            message = f"the column `{column}` stands twice"
            raise CalcError("E-FILE", message, place=table.place(table.head_line, at), hint="keep one of them")
        else:
            found[column] = at
    return found, unknown


def missing_columns(table: Delimited, missing: Sequence[str], what: str) -> CalcError:
    """Return the error for columns that a kind of file has and this one has not."""
    more = "columns" if len(missing) > 1 else "column"
    message = f"{quote_path(table.source.name)} lacks the {more} {and_list(list(missing))} of {what}"
    listed = ", ".join(each for each in table.columns[:12] if each)
    return CalcError("E-FILE", message, place=table.at(table.head_line), hint=f"its columns are {listed}")


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.strip()).casefold()


def plain_number(text: str) -> float | None:
    """Return a number written with a decimal point and nothing else, or None for another text or what is too large."""
    # Python also reads 1_0 as 10, digits of other scripts, nan and infinity.
    found = float(text) if len(text) <= 100 and _NUMBER.fullmatch(text) else None
    return None if found is None or math.isinf(found) else found


class Numbers:
    """The numbers of one file, which are all written in one way: with a decimal point, or with a decimal comma."""

    def __init__(self, texts: Iterable[tuple[str, Callable[[], Place]]], *, comma_parts_cells: bool) -> None:
        """Look at all numbers of a file, each with a function that says where it stands.

        comma_parts_cells: a comma parts cells, so that what is plain has a decimal point.
        Raises CalcError when some have a decimal point and others a decimal comma.
        """
        self._is_sure = comma_parts_cells
        told: dict[str, tuple[str, Callable[[], Place]]] = {}
        for text, place in texts:
            for mark, tells in _TELLS.items():
                if mark not in told and tells.fullmatch(text.strip()):
                    told[mark] = text, place
        if len(told) == 2:
            (first, at), (second, also) = told["."], told[","]
            message = f"{quote(first)} has a decimal point and {quote(second)} a decimal comma"
            hint = "write all numbers of a file in one way"
            raise CalcError("E-VALUE", message, place=also(), hint=hint, related=[("the other", at())])
        self.mark = next(iter(told), "")

    def read(self, text: str, place: Callable[[], Place]) -> float:
        """Return the number of a cell; raises CalcError for what is none, or may be two."""
        plain = text.strip()
        if _EITHER.fullmatch(plain) and not self.mark:
            if not (self._is_sure and "." in plain):
                whole, parts = re.sub("[.,]", "", plain), plain.replace(",", ".")
                hint = f"write `{whole}` or `{parts}0`, whichever is meant"
                raise CalcError("E-VALUE", f"{quote(plain)} may be {whole} or {parts}", place=place(), hint=hint)
        elif self.mark:
            other = "," if self.mark == "." else "."
            grouped = re.fullmatch(rf"([+-]?[0-9]{{1,3}}(?:\{other}[0-9]{{3}})+)((?:\{self.mark}.*)?)", plain)
            plain = grouped[1].replace(other, "") + grouped[2] if grouped else plain
            plain = plain.replace(",", ".") if self.mark == "," and "." not in plain else plain
        found = plain_number(plain)
        if found is None:
            hint = "a cell holds a number alone, as in `2.40`; its unit has a column of its own"
            raise CalcError("E-VALUE", f"{quote(text)} is no number", place=place(), hint=hint)
        return found


def price_of(number: float | None, text: str) -> str | None:
    """Return why a number is no price, None where it may be one."""
    if number is None:
        return "no price"
    if number <= 0:
        return f"a price of {text.strip() or '0'}"
    digits = f"{number:.10g}"
    if _PLACEHOLDER.fullmatch(digits) and len(digits.replace(".", "")) >= _PLACEHOLDER_DIGITS:
        return f"a placeholder, {digits}"
    return None
