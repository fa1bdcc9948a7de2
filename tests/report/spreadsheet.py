"""A spreadsheet in miniature: reads an xlsx file, computes its formulas anew, and changes cells."""

from __future__ import annotations

import ast
import io
import math
import operator
import re
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import numpy_financial

from calc.report.sheet_formula import FIRST, Line, Place, Term

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from calc.expression import Expression

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_PART = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]+)$")
_TOKEN = re.compile(
    r'"[^"]*"|(?:(?P<sheet>[A-Z][a-z]+)!)?(?P<first>\$?[A-Z]{1,3}\$?[0-9]+)(?::(?P<last>\$?[A-Z]{1,3}\$?[0-9]+))?(?![\w(])'
    r"|(?P<equals>(?<![<>])=)|(?P<power>\^)"
)

Cell = float | str | bool | None


class SheetError(Exception):
    """What a spreadsheet shows as `#N/A`, `#DIV/0!` or `#NUM!`."""


@dataclass
class Workbook:
    """The cells of an xlsx file: by sheet, row and column (both from 0) the value and the formula.

    shown: what the file holds beside a formula. names: of cells.
    """

    shown: dict[tuple[str, int, int], Cell] = field(default_factory=dict)
    formulas: dict[tuple[str, int, int], str] = field(default_factory=dict)
    names: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    links: int = 0
    _found: dict[tuple[str, int, int], Any] = field(default_factory=dict)

    def change(self, where: tuple[str, int, int], value: float) -> None:
        """Put a number into a cell."""
        self.formulas.pop(where, None)
        self.shown[where] = value
        self._found.clear()

    def value(self, where: tuple[str, int, int]) -> Cell:
        """Return what a cell shows once everything is computed anew; an error as its text."""
        try:
            found = self._value(where)
        except SheetError as error:
            return str(error)
        shown: Cell = found.item() if isinstance(found, np.generic) else found
        return shown

    def _value(self, where: tuple[str, int, int]) -> Any:
        if where not in self.formulas:
            return self.shown.get(where)
        if where not in self._found:
            try:
                self._found[where] = self._evaluated(self.formulas[where], where[0])
            except SheetError as error:
                self._found[where] = error
        if isinstance(self._found[where], SheetError):
            raise SheetError(str(self._found[where]))
        return self._found[where]

    def _evaluated(self, formula: str, sheet: str) -> Any:
        def python(token: re.Match[str]) -> str:
            if token["first"]:
                ends = [token["first"], token["last"] or token["first"]]
                (one, two), (three, four) = (place(each) for each in ends)
                kind = "RANGE" if token["last"] else "CELL"
                return f"{kind}({token['sheet'] or sheet!s},{one},{two},{three},{four})"
            return "==" if token["equals"] else "**" if token["power"] else token[0]

        tree = ast.parse(_TOKEN.sub(python, formula), mode="eval").body
        try:
            return self._node(tree)
        except ZeroDivisionError:
            raise SheetError("#DIV/0!") from None
        except (OverflowError, ValueError):
            raise SheetError("#NUM!") from None

    def _node(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return -self._node(inner)
            case ast.BinOp(left=left, op=op, right=right) | ast.Compare(left=left, ops=[op], comparators=[right]):
                return _OPERATORS[type(op)](self._node(left), self._node(right))
            case ast.Call(func=ast.Name(id="CELL" | "RANGE" as kind), args=[sheet, *ends]):
                return self._cells(kind, ast.unparse(sheet), [int(ast.literal_eval(each)) for each in ends])
            case ast.Call(func=ast.Name(id="IF"), args=[test, yes, no]):
                return self._node(yes if self._node(test) else no)
            case ast.Call(func=ast.Name(id="IFERROR" | "ISNA" as kind), args=[first, *other]):
                return self._caught(kind, first, other)
            case ast.Call(func=ast.Name(id=name), args=args):
                return FUNCTIONS[name](*(self._node(each) for each in args))
        raise NotImplementedError(ast.dump(node))

    def _cells(self, kind: str, sheet: str, ends: list[int]) -> Any:
        row, column, last_row, last = ends
        assert last_row == row
        values = [self._value((sheet, row, at)) for at in range(column, last + 1)]
        assert None not in values, f"{sheet}!{row + 1}, columns {column + 1} to {last + 1}: a cell is empty"
        return values[0] if kind == "CELL" else np.array(values)

    def _caught(self, kind: str, first: ast.expr, other: list[ast.expr]) -> Any:
        try:
            found = self._node(first)
        except SheetError as error:
            if kind == "ISNA" and str(error) != "#N/A":
                raise
            return True if kind == "ISNA" else self._node(other[0])
        except (ZeroDivisionError, ValueError, OverflowError):
            if kind == "ISNA":
                raise
            return self._node(other[0])
        return False if kind == "ISNA" else found


def place(text: str) -> tuple[int, int]:
    """Return row and column of a reference, from 0."""
    found = _PART.match(text)
    assert found, text
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


def read(data: bytes) -> Workbook:
    """Read the cells of an xlsx file."""
    book = Workbook()
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        shared = _texts(file)
        whole = ET.fromstring(file.read("xl/workbook.xml"))  # noqa: S314  # written by the test itself
        sheets = [each.attrib["name"] for each in whole.iter(f"{_MAIN}sheet")]
        for each in whole.iter(f"{_MAIN}definedName"):
            sheet, _, cells = (each.text or "").partition("!")
            first = cells.partition(":")[0]
            if _PART.fullmatch(first):
                book.names[each.attrib["name"]] = (sheet.strip("'$"), *place(first))
        for at, name in enumerate(sheets, 1):
            root = ET.fromstring(file.read(f"xl/worksheets/sheet{at}.xml"))  # noqa: S314  # likewise
            book.links += sum(1 for _ in root.iter(f"{_MAIN}hyperlink"))
            for cell in root.iter(f"{_MAIN}c"):
                where = (name, *place(cell.attrib["r"]))
                formula = cell.find(f"{_MAIN}f")
                if formula is not None:
                    book.formulas[where] = (formula.text or "").removeprefix("of:=")
                book.shown[where] = _shown(cell, shared)
    return book


def _texts(file: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in file.namelist():
        return []
    root = ET.fromstring(file.read("xl/sharedStrings.xml"))  # noqa: S314  # written by the test itself
    return ["".join(each.text or "" for each in item.iter(f"{_MAIN}t")) for item in root.iter(f"{_MAIN}si")]


def _shown(cell: ET.Element, shared: list[str]) -> Cell:
    value, kind = cell.findtext(f"{_MAIN}v"), cell.attrib.get("t", "n")
    if value is None or value == "":
        return None
    if kind == "s":
        return shared[int(value)]
    return float(value) if kind == "n" else value == "1" if kind == "b" else value


# ---------------------------------------------------------------- functions


def _na() -> float:
    raise SheetError("#N/A")


def _round(x: float, digits: float) -> float:
    """Round half away from zero, as spreadsheets do."""
    assert digits == 0
    return math.copysign(math.floor(abs(x) + 0.5), x)


def _pmt(rate: float, periods: float, present: float) -> float:
    """Return a spreadsheet's payment, which is negative for a positive loan."""
    return -present / periods if rate == 0 else -present * rate / (1 - (1 + rate) ** -periods)


def _irr(amounts: Any, _guess: float = 0.1) -> float:
    found = float(numpy_financial.irr(amounts))
    if math.isnan(found):
        raise SheetError("#NUM!")
    return found


def _log(x: float) -> float:
    return math.log(x)


_OPERATORS: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ABS": abs,
    "EXP": np.exp,
    "INT": math.floor,
    "IRR": _irr,
    "LN": _log,
    "MAX": lambda *args: max(float(np.max(each)) for each in args),
    "MIN": lambda *args: min(float(np.min(each)) for each in args),
    "NA": _na,
    "PMT": _pmt,
    "POWER": math.pow,
    "ROUND": _round,
    "SIGN": lambda x: float(np.sign(x)),
    "SUM": lambda x: math.fsum(np.atleast_1d(x)),
    "SUMPRODUCT": lambda x: float(np.sum(x)),
}


def changed(data: bytes, cells: Mapping[tuple[str, int, int], float]) -> bytes:
    """Return an xlsx file with other numbers in some cells, and without what it shows beside its formulas."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as file, zipfile.ZipFile(target, "w") as into:
        whole = ET.fromstring(file.read("xl/workbook.xml"))  # noqa: S314  # written by the test itself
        sheets = [each.attrib["name"] for each in whole.iter(f"{_MAIN}sheet")]
        for name in file.namelist():
            text = file.read(name)
            if name.startswith("xl/worksheets/sheet"):
                sheet = sheets[int(name.removeprefix("xl/worksheets/sheet").removesuffix(".xml")) - 1]
                root = ET.fromstring(text)  # noqa: S314  # likewise
                for cell in root.iter(f"{_MAIN}c"):
                    value, where = cell.find(f"{_MAIN}v"), (sheet, *place(cell.attrib["r"]))
                    if cell.find(f"{_MAIN}f") is not None and value is not None:
                        cell.remove(value)
                        cell.attrib.pop("t", None)
                    if where in cells and value is not None:
                        value.text = repr(cells[where])
                text = ET.tostring(root)
            into.writestr(name, text)
    return target.getvalue()


def sheet_text(expression: Expression, cell: Callable[[str], str], steps: list[Line] | None = None) -> str:
    """Return an expression over names of pure numbers as the formula of a cell; `steps` takes those on the way."""

    def step(words: str) -> Line:
        kept.append(Line("Sheet", "", words, years=(2026, 2027)))
        return kept[-1]

    kept = [] if steps is None else steps
    calendar = Line("Sheet", "", "", years=(2026, 2027))
    place = Place(
        lambda name, _year: Term(cell(name), is_plain=True), {}, calendar.years, lambda: calendar, lambda _terms: None,
        step, step, FIRST,
    )  # fmt: skip
    term = place.term(expression, 0)
    assert term is not None
    return term.over(1.0).text
