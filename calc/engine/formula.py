"""A formula: a plain function whose name, parameters, annotations and docstring say what it computes.

Called once with symbols it leaves its trace. What its source may hold, arithmetic, `ops` and nothing else, is read from
its syntax tree.
"""

from __future__ import annotations

import ast
import inspect
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc import ops
from calc.engine.symbol import LITERALS, RefusalError, Symbol, apply
from calc.errors import CalcError, Place, SourceText
from calc.expression import is_left_out, lacks
from calc.records import dataclass, field
from calc.text import docstring, shorten
from calc.units.vocabulary import Measure, measure_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet
    from types import TracebackType

    from calc.expression import Expression

VARIANT_MARK = "__"
_ALLOWED_NAMES = frozenset({"ops", *ops.FUNCTIONS})
_NEEDING_NAMES = frozenset({"ops", *(name for name in ops.FUNCTIONS if ops.TABLE[name].absent == "needed")})

_BODY = "bodies are arithmetic and ops, and end in one `return`"
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub, ast.UAdd)
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_PLAIN = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.arguments, ast.arg)
_BRANCHES = (ast.If, ast.IfExp, ast.For, ast.While, ast.BoolOp, ast.Try, ast.Match, ast.With, ast.Assert)
_KINDS = {
    "Attribute": "a dot after a name",
    "Subscript": "an index in brackets",
    **dict.fromkeys(("List", "Tuple", "Set", "Dict"), "a list"),
    "Lambda": "a function",
    "JoinedStr": "a text",
    "NamedExpr": "an assignment",
}


@dataclass(frozen=True, slots=True)
class Formula:
    """One way to compute a quantity.

    name: the quantity; variant: the word after `__` in the function's name, empty for the only way.
    parameters: the names of the quantities that it needs, in the order of the signature.
    """

    name: str
    variant: str
    function: Callable[..., Any]
    parameters: tuple[str, ...]
    _traced: list[Symbol] = field(default_factory=list, repr=False, compare=False)
    _lacks: list[set[frozenset[str]] | None] = field(default_factory=list, repr=False, compare=False)

    @property
    def measures(self) -> dict[str, Measure]:
        """Return by parameter the unit that its annotation states."""
        return {each: self.measure(each) for each in self.parameters}

    @property
    def result(self) -> Measure:
        """Return what the return annotation states."""
        return self.measure("return")

    def measure(self, name: str) -> Measure:
        """Return the unit that a parameter, or `return`, is annotated with; raises CalcError where it has none."""
        annotation = self.function.__annotations__.get(name)
        if isinstance(annotation, str):
            annotation = inspect.get_annotations(self.function, eval_str=True).get(name)
        measure = measure_of(annotation)
        if measure is None:
            what = "the result" if name == "return" else f"the parameter `{name}`"
            message = f"{what} of `{self.function.__name__}` has no unit"
            hint = "annotate it with a type of calc.units.vocabulary, such as `kW_per_server`"
            raise CalcError("E-FORMULA-SIGNATURE", message, place=self.place, hint=hint)
        return measure

    @property
    def is_over_years(self) -> bool:
        """Tell whether the body calls an operation that looks at all years at once; it is not traced for that."""
        return not ops.OVER_YEARS.isdisjoint(self.function.__code__.co_names)

    def is_left_out(self, absent: AbstractSet[str]) -> bool:
        """Tell whether there is no figure without the absent names; most formulas need not be traced for that."""
        if _NEEDING_NAMES.issuperset(self.function.__code__.co_names):
            return not absent.isdisjoint(self.parameters)
        if not self._lacks:
            self._lacks.append(lacks(self.expression))
        enough = self._lacks[0]
        return is_left_out(self.expression, absent) if enough is None else any(each <= absent for each in enough)

    @property
    def text(self) -> str:
        """Return the first paragraph of the docstring on one line."""
        lines = (self.function.__doc__ or docstring(self.function)).strip().splitlines()
        return " ".join(" ".join(takewhile(str.strip, lines)).split())

    @property
    def assumption(self) -> str:
        """Return the docstring's `Assumes:` paragraph, which every variant has."""
        return self._paragraph("Assumes:")

    @property
    def source(self) -> str:
        """Return the docstring's `Source:` paragraph."""
        return self._paragraph("Source:")

    @property
    def label(self) -> str:
        """Return the docstring's `Label:` paragraph: what a reader calls the figure, where its name does not say it."""
        return self._paragraph("Label:").rstrip(".")

    def _paragraph(self, head: str) -> str:
        for paragraph in docstring(self.function).split("\n\n"):
            if paragraph.startswith(head):
                return " ".join(paragraph.removeprefix(head).split())
        return ""

    @property
    def place(self) -> Place:
        """Return where the function is defined."""
        code = self.function.__code__
        return file_place(code.co_filename, code.co_firstlineno, 5, len(code.co_name))

    def trace(self) -> Symbol:
        """Call the function once with symbols.

        Returns the symbol of its result. Raises CalcError with file, line, caret and hint when the body does what a
        formula must not, or its unit is not the annotated one.
        """
        if not self._traced:
            self._traced.append(self._trace())
        return self._traced[0]

    @property
    def expression(self) -> Expression:
        """Return the traced expression."""
        return self.trace().expression

    def _trace(self) -> Symbol:
        symbols = {name: Symbol.named(name, measure.unit) for name, measure in self.measures.items()}
        try:
            result = self.function(**symbols)
            result = result if isinstance(result, Symbol) else apply("add", result, 0)
        except RefusalError as refusal:
            place = self._traceback_place(refusal.__traceback__)
            raise CalcError(
                refusal.code, f"in `{self.name}`: {refusal.message}", place=place, hint=refusal.hint
            ) from None
        except Exception as error:  # noqa: BLE001  # a body can fail in any way; all of them are told alike
            place = self._traceback_place(error.__traceback__)
            message = f"in `{self.name}`: the body fails with {type(error).__name__}: {error}"
            raise CalcError("E-FORMULA-BODY", message, place=place, hint="bodies are arithmetic and ops") from None
        # A body that names anything but ops may have called another formula, which the trace cannot see.
        for lint_error in () if _ALLOWED_NAMES.issuperset(self.function.__code__.co_names) else self.lint():
            raise lint_error
        wanted = self.result.unit.dimension
        if result.dimension == ops.TRUTH:
            hint = "choose with it: ops.where(a < b, x, y)"
            raise CalcError(
                "E-FORMULA-RESULT", f"`{self.name}` is a comparison, no figure", place=self.place, hint=hint
            )
        if result.dimension is not None and result.dimension != wanted:
            message = f"`{self.name}` computes {result.dimension.describe()}, but is declared as {wanted.describe()}"
            hint = f"the body gives `{result.unit}`; the annotation says `{self.result.text}`"
            raise CalcError("E-FORMULA-RESULT", message, place=self.place, hint=hint)
        return result

    def _traceback_place(self, traceback: TracebackType | None) -> Place:
        """Return the place inside this formula's file at which an exception passed, with its columns."""
        filename, found = self.function.__code__.co_filename, self.place
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if code.co_filename == filename:
                _, _, start, end = list(code.co_positions())[traceback.tb_lasti // 2]
                # `python -X no_debug_ranges` knows no columns.
                found = file_place(filename, traceback.tb_lineno, (start or 0) + 1, max(1, (end or 0) - (start or 0)))
            traceback = traceback.tb_next
        return found

    def lint(self) -> Iterator[CalcError]:
        """Yield what the source of the function must not hold, by its syntax tree."""
        # What a decorator returns runs instead of what stands there.
        if self.function.__code__.co_qualname != self.function.__name__:
            message = f"`{self.name}` is made by a decorator or by another function"
            yield CalcError("E-FORMULA-BODY", message, place=self.place, hint="write its arithmetic in a plain `def`")
            return
        lines, first = inspect.getsourcelines(self.function)
        tree = ast.parse("".join(lines)).body[0]
        assert isinstance(tree, ast.FunctionDef)  # noqa: S101  # a lambda has no annotations, and a coroutine no trace
        filename = self.function.__code__.co_filename
        for refusal, node in lint(tree):
            line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
            length = (
                getattr(node, "end_col_offset", column + 1) - column if getattr(node, "end_lineno", line) == line else 1
            )
            place = file_place(filename, first + line - 1, column + 1, length)
            yield CalcError(refusal.code, f"in `{self.name}`: {refusal.message}", place=place, hint=refusal.hint)
        if not self.source:
            yield CalcError(
                "E-FORMULA-SOURCE",
                f"`{self.name}` names no source",
                place=self.place,
                hint='add a paragraph "Source: ..." to the docstring, or "Source: definition."',
            )


def file_place(filename: str, line: int, column: int, length: int) -> Place:
    """Return a place in a Python file; the file is read only when an error shows its line."""
    path = Path(filename)
    read = lambda: path.read_text(encoding="utf-8") if path.is_file() else ""  # noqa: E731  # one use, read late
    return Place(SourceText(_short(path), read), line, column, length)


def _short(path: Path) -> str:
    """Return the path below the package, which is how a reader of this code knows the file."""
    parts = path.parts
    return "/".join(parts[len(parts) - 1 - parts[::-1].index("calc") :]) if "calc" in parts else path.name


def read_formula(name: str, function: Callable[..., Any], *, tested: bool = False) -> Formula:
    """Read a plain function as a formula.

    tested: whether its signature is known to be one of a formula.

    Raises CalcError when its signature has defaults, stars or a parameter without a unit.
    """
    code = function.__code__
    quantity, _, variant = name.partition(VARIANT_MARK)
    found = Formula(quantity, variant, function, code.co_varnames[: code.co_argcount])
    if tested:
        return found
    starred = code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS) or code.co_kwonlyargcount
    if function.__defaults__ or function.__kwdefaults__ or starred:
        message = f"`{name}` has a default, a star or a keyword-only parameter"
        hint = "defaults are facts in seeds/; a formula names plain parameters"
        raise CalcError("E-FORMULA-SIGNATURE", message, place=found.place, hint=hint)
    for each in (*found.parameters, "return"):
        found.measure(each)
    return found


# ---------------------------------------------------------------- what a body may hold


def lint(function: ast.FunctionDef) -> Iterator[tuple[RefusalError, ast.AST]]:
    """Yield what the function's body must not hold, each with the node it stands at."""
    known = {argument.arg for argument in function.args.args}
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    for statement in body:
        yield from _statement(statement, known)
    if not body or not isinstance(body[-1], ast.Return) or body[-1].value is None:
        yield RefusalError("E-FORMULA-BODY", "the formula returns nothing", _BODY), function


def _statement(statement: ast.stmt, known: set[str]) -> Iterator[tuple[RefusalError, ast.AST]]:
    if isinstance(statement, ast.Return) and statement.value is not None:
        yield from lint_expression(statement.value, known)
        return
    again = "give the new value a name of its own"
    refused: tuple[str, str, str] | None = "E-FORMULA-BODY", "this statement cannot stand in a formula", _BODY
    target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
    if isinstance(statement, ast.Assign) and isinstance(target, ast.Name):
        yield from lint_expression(statement.value, known)
        is_new = target.id not in known
        refused = None if is_new else ("E-FORMULA-INPLACE", f"`{target.id}` is given a second value", again)
        known.add(target.id)
    elif isinstance(statement, ast.AugAssign):
        refused = "E-FORMULA-INPLACE", "the body changes a value in place", again
    elif isinstance(statement, _BRANCHES):
        refused = "E-FORMULA-BRANCH", "the body branches or loops", "use ops.where, ops.minimum or ops.maximum"
    if refused is not None:
        yield RefusalError(*refused), statement


def lint_expression(expression: ast.expr, known: set[str] | None) -> Iterator[tuple[RefusalError, ast.AST]]:
    """Yield what an expression must not hold; `known` are the names it may use, None for any."""
    stack: list[ast.AST] = [expression]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Call):
            refusal = _call(node)
            if refusal is None:
                stack.extend(
                    each for each in node.args if not isinstance(each, ast.Constant) or not isinstance(each.value, str)
                )
                continue
        else:
            refusal = _node(node, known)
            stack.extend(ast.iter_child_nodes(node))
        if refusal is not None:
            yield refusal, node


def _call(node: ast.Call) -> RefusalError | None:
    function = node.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "ops":
        name = function.attr
    elif isinstance(function, ast.Name):
        name = function.id
        if name in ops.FUNCTIONS:
            return RefusalError("E-FORMULA-CALL", f"`{name}` is called without `ops.`", f"write `ops.{name}(...)`")
    else:
        name = ast.unparse(function)
    if name not in ops.FUNCTIONS:
        hint = {"min": "use ops.minimum", "max": "use ops.maximum"}.get(name)
        hint = hint or f"use one of ops: {', '.join(ops.FUNCTIONS)}; a formula takes other quantities as parameters"
        return RefusalError("E-FORMULA-CALL", f"the body calls `{name}`", hint)
    if node.keywords or any(isinstance(each, ast.Starred) for each in node.args):
        return RefusalError(
            "E-FORMULA-CALL", f"`{name}` takes plain arguments", "write them one by one, without names or stars"
        )
    return None


def _node(node: ast.AST, known: set[str] | None) -> RefusalError | None:
    if isinstance(node, ast.Constant):
        return _constant(node)
    if isinstance(node, ast.Name):
        if known is None or node.id in known:
            return None
        return RefusalError(
            "E-FORMULA-BODY", f"`{node.id}` is no parameter of the formula", "take every quantity as a parameter"
        )
    if isinstance(node, ast.BinOp | ast.UnaryOp):
        if isinstance(node.op, _ARITHMETIC):
            return None
        return RefusalError("E-FORMULA-BODY", "this operator cannot stand in a formula", "use + - * / and **")
    if isinstance(node, ast.Compare):
        return _comparison(node)
    if isinstance(node, _BRANCHES):
        return RefusalError("E-FORMULA-BRANCH", "the body branches", "use ops.where, ops.minimum or ops.maximum")
    if isinstance(node, _PLAIN):
        return None
    kind = _KINDS.get(type(node).__name__, type(node).__name__)
    message, hint = f"{kind} cannot stand in a formula", "write arithmetic over quantities, and the functions of ops"
    return RefusalError("E-FORMULA-BODY", message, hint)


def _comparison(node: ast.Compare) -> RefusalError | None:
    if len(node.ops) == 1 and isinstance(node.ops[0], _COMPARISONS):
        return None
    if isinstance(node.ops[0], ast.In):
        hint = "a formula computes its figure in every part and year, of those there; name the quantity alone"
        return RefusalError("E-FORMULA-BODY", "`in` cannot stand in a formula", hint)
    hint = "use one of < <= > >= in ops.where"
    return RefusalError("E-FORMULA-BRANCH", "this comparison cannot stand in a formula", hint)


def _constant(node: ast.Constant) -> RefusalError | None:
    value = node.value
    if isinstance(value, int | float) and not isinstance(value, bool) and value in LITERALS:
        return None
    hint = "make it an input whose value is a sourced fact; only 0, 1, -1 and 2 may stand in a formula"
    return RefusalError("E-FORMULA-LITERAL", f"the literal {shorten(str(value), 40)} has no unit and no source", hint)
