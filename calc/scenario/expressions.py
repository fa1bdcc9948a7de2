"""Formulas and conditions that a scenario writes in one line, read by Python's parser through an allow-list."""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING

from calc import ops
from calc.engine.formula import lint_expression
from calc.engine.symbol import RefusalError, Symbol, apply
from calc.errors import CalcError, Place, SourceText, quote
from calc.expression import Number, is_left_out, names, operations
from calc.records import dataclass
from calc.scenario.unit_check import unit_period
from calc.text import pattern, spelling
from calc.units import RATIO, UnitError, parse_unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from calc.engine.catalogue import Catalogue, Quantity
    from calc.expression import Expression
    from calc.scenario.yaml_reader import Scalar
    from calc.units import Unit

MAX_LENGTH = 1000
MAX_NODES = 200
# A number with its unit, which has no place in a formula.
_AMOUNT = pattern(r"[$€£¥]\s?\d[\d.,]*\w*(/\w+)*|(?<![\w.])\d[\d.,]*\s*(%|[A-Za-z]\w*(/\w+)*)")
_OPERATORS = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
}


@dataclass(frozen=True, slots=True)
class UserFormula:
    """A formula of a scenario's `formulas:`; it has what a model's formula has."""

    name: str
    symbol: Symbol
    written: str
    place: Place
    variant: str = ""
    source: str = "this scenario"
    assumption: str = ""

    @property
    def label(self) -> str:
        """Return what a reader calls the figure: a name of a scenario's own says it."""
        return ""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the names that the formula needs, each once."""
        return tuple(names(self.symbol.expression))

    @property
    def expression(self) -> Expression:
        """Return the traced expression."""
        return self.symbol.expression

    @property
    def is_over_years(self) -> bool:
        """Tell whether the formula looks at all years at once."""
        return not ops.OVER_YEARS.isdisjoint(operations(self.expression))

    def is_left_out(self, absent: AbstractSet[str]) -> bool:
        """Tell whether there is no figure without the absent names."""
        return is_left_out(self.expression, absent)


class ParsedFormula:
    """A formula's syntax tree before its names are known: parse, look at `names`, then trace."""

    def __init__(self, text: str, place: Place, *, exact_place: bool) -> None:
        self.text = text
        self.place = place
        self.exact_place = exact_place
        self.tree = self._parse()
        self.names = list(dict.fromkeys(_quantity_names(self.tree)))

    def _parse(self) -> ast.expr:
        if len(self.text) > MAX_LENGTH:
            raise self._error(
                None,
                "E-FORMULA-BODY",
                f"a formula of {len(self.text):,} characters",
                f"at most {MAX_LENGTH:,}; split it",
            )
        try:
            tree = _tree(self.text)
        except SyntaxError as error:
            column = max(0, (error.offset or 1) - 1)
            raise CalcError(
                "E-FORMULA-SYNTAX",
                f"{quote(self.text)} is no formula: {error.msg}",
                place=self.place.shifted(column, 1) if self.exact_place and (error.lineno or 1) == 1 else self.place,
                hint=_meant(self.text),
            ) from None
        except (ValueError, RecursionError, MemoryError):
            raise self._error(
                None,
                "E-FORMULA-SYNTAX",
                f"{quote(self.text)} is no formula",
                "write arithmetic over quantity names, as in `a / b`",
            ) from None
        if sum(1 for _ in ast.walk(tree)) > MAX_NODES:
            raise self._error(None, "E-FORMULA-BODY", "the formula is too long", "split it into several")
        for refusal, node in lint_expression(_AddOps().visit(_tree(self.text)), None):
            # A scenario writes `floor(x)` for `ops.floor(x)`.
            message, hint = (
                each.replace("ops.", "").replace(" of ops:", " of") for each in (refusal.message, refusal.hint)
            )
            raise self._error(node, refusal.code, message.replace("the body", "the formula"), hint)
        return tree

    def trace(self, symbols: Mapping[str, Symbol]) -> Symbol:
        """Return the symbol of the formula over the symbols of its names.

        Raises CalcError where the units do not fit.
        """
        symbol = self._visit(self.tree, symbols)
        if symbol.dimension == ops.TRUTH:
            hint = "choose with it, as in where(a < b, x, y); a condition stands under `checks:`"
            raise self._error(self.tree, "E-FORMULA-RESULT", "a comparison is no figure", hint)
        return symbol

    def _visit(self, node: ast.expr, symbols: Mapping[str, Symbol]) -> Symbol:
        try:
            return self._symbol(node, symbols)
        except RefusalError as refusal:
            raise self._error(node, refusal.code, refusal.message, refusal.hint) from None

    def _symbol(self, node: ast.expr, symbols: Mapping[str, Symbol]) -> Symbol:
        if isinstance(node, ast.Name):
            return symbols[node.id]
        if isinstance(node, ast.Constant):
            value = node.value
            return Symbol(Number(float(value)), None if value == 0 else RATIO.dimension, RATIO)  # type: ignore[arg-type]  # the lint lets numbers pass only
        if isinstance(node, ast.UnaryOp):
            inner = self._visit(node.operand, symbols)
            return -inner if isinstance(node.op, ast.USub) else inner
        if isinstance(node, ast.BinOp):
            left = self._visit(node.left, symbols)
            if isinstance(node.op, ast.Pow):
                return left ** _whole(node.right)
            right = self._visit(node.right, symbols)
            return left / right if isinstance(node.op, ast.Div) else apply(_OPERATORS[type(node.op)], left, right)
        if isinstance(node, ast.Compare):
            left, right = self._visit(node.left, symbols), self._visit(node.comparators[0], symbols)
            return apply(_OPERATORS[type(node.ops[0])], left, right)
        if isinstance(node, ast.Call):
            function = node.func.id if isinstance(node.func, ast.Name) else node.func.attr  # type: ignore[attr-defined]  # the lint lets `f` and `ops.f` pass only
            if function in {"number", "amount"}:
                return self._with_unit(function, node, symbols)
            if len(node.args) != len(ops.TABLE[function].arguments):
                hint = f"see {function}({', '.join(ops.TABLE[function].arguments)})"
                raise RefusalError("E-FORMULA-CALL", f"`{function}` has the wrong number of arguments", hint)
            return apply(function, *(self._visit(each, symbols) for each in node.args))
        raise AssertionError(ast.dump(node))

    def _with_unit(self, function: str, node: ast.Call, symbols: Mapping[str, Symbol]) -> Symbol:
        unit = node.args[1] if len(node.args) == 2 else None
        if not isinstance(unit, ast.Constant) or not isinstance(unit.value, str):
            message, hint = f"`{function}` takes a quantity and a unit in quotes", f'as in {function}(x, "year")'
            raise RefusalError("E-FORMULA-CALL", message, hint)
        inner = self._visit(node.args[0], symbols)
        if function == "number":
            _refuse_other_period(inner.unit, unit.value)
        return inner.number_in(unit.value) if function == "number" else inner.amount_in(unit.value)

    def _error(self, node: ast.AST | None, code: str, message: str, hint: str) -> CalcError:
        place = self.place
        if node is not None and self.exact_place and getattr(node, "lineno", 1) == 1:
            start = len(self.text.encode()[: getattr(node, "col_offset", 0)].decode(errors="ignore"))
            length = getattr(node, "end_col_offset", start + 1) - getattr(node, "col_offset", 0)
            place = place.shifted(start, max(1, length))
        return CalcError(code, message, place=place, hint=hint)


def _refuse_other_period(unit: Unit, named: str) -> None:
    """Refuse the number of a percentage of one period in another: it adds up to one figure and compounds to another."""
    try:
        wanted = unit_period(parse_unit(named))
    except UnitError:
        return
    period = unit_period(unit)
    if period and wanted and period != wanted and any(atom == "percent" for atom, _ in unit.atoms):
        own = str(unit).rpartition("/")[2]
        shown = str(unit).replace("percent", "%")
        message = f"`{shown}` has two numbers in `{named}`: what its periods add up to, and what they compound to"
        hint = f'take its number in its own period, number(x, "1/{own}"), or give it in `%/{named.rpartition("/")[2]}`'
        raise RefusalError("E-FORMULA-DIMENSION", message, hint)


def _meant(text: str) -> str:
    """Return the hint for what is no formula."""
    if text.lstrip().startswith("="):
        return "leave out the `=`"
    if text.count("(") > text.count(")"):
        return "inside braces a comma begins a new key: put the formula in quotes, or on a line of its own"
    if "%" in text:
        return "a percentage is an input with a source, as in `rebate: 10 %`"
    amount = _AMOUNT.search(text)
    if amount:
        return f"make {quote(amount[0])} an input of your own with its source, and use its name here"
    return "write arithmetic over quantity names, as in `a / b`"


def _whole(node: ast.expr) -> int:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        value = None
    if isinstance(value, int) and not isinstance(value, bool) and value in {-1, 0, 1, 2}:
        return value
    raise RefusalError(
        "E-FORMULA-LITERAL", "`**` takes the whole powers 0, 1, -1 and 2 only", "use power(x, y) on pure numbers"
    )


def _quantity_names(tree: ast.expr) -> Iterator[str]:
    """Yield the names that stand for quantities: all but those of functions that are called."""
    called = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called.add(id(node.func.value if isinstance(node.func, ast.Attribute) else node.func))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and id(node) not in called:
            yield node.id


def _tree(text: str) -> ast.expr:
    with warnings.catch_warnings():
        # Of `1if`: what is wrong with it is told, and no warning of Python's.
        warnings.simplefilter("ignore")
        return ast.parse(text.strip(), mode="eval").body


class _AddOps(ast.NodeTransformer):
    """A scenario may write `floor(x)` for `ops.floor(x)`."""

    def visit_Call(self, node: ast.Call) -> ast.AST:  # named by ast
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in ops.FUNCTIONS:
            prefixed = ast.Attribute(ast.Name("ops", ast.Load()), node.func.id, ast.Load())
            return ast.copy_location(ast.Call(prefixed, node.args, node.keywords), node)
        return node


def symbol_of(quantity: Quantity) -> Symbol:
    """Return the symbol of a declared quantity."""
    return Symbol.named(quantity.name, quantity.unit)


def unknown_name(name: str, catalogue: Catalogue, place: Place | None, own: Iterable[str] = ()) -> CalcError:
    """Return the error for a name that is no quantity, with suggestions.

    own: names of the scenario's own, which are meant before those of models.
    """
    hint = (spelling(name, own) if own else None) or spelling(name, catalogue.quantities)
    if name.partition(" in ")[0].strip() in catalogue:
        hint = "only studies and the command line name what is of one part or year; a promise of a part stands below it"
    message, hint = f"{quote(name)} is no quantity", hint or "`calc list quantities` shows the names"
    return CalcError("E-NAME", message, place=place, hint=hint)


NOWHERE = Place(SourceText("a model's check", ""), 1, 1)


def parse_scalar(node: Scalar) -> ParsedFormula:
    """Parse the formula that a YAML scalar holds."""
    return ParsedFormula(node.text, node.place, exact_place=node.plain and "\n" not in node.text)
