"""What a formula's source may hold, read from its syntax tree: arithmetic, `ops` and nothing else."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from calc import ops
from calc.engine.symbol import LITERALS, RefusalError

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    elif (
        isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name)
    ):
        name = statement.targets[0].id
        yield from lint_expression(statement.value, known)
        if name in known:
            yield (
                RefusalError(
                    "E-FORMULA-INPLACE", f"`{name}` is given a second value", "give the new value a name of its own"
                ),
                statement,
            )
        known.add(name)
    elif isinstance(statement, ast.AugAssign):
        yield (
            RefusalError(
                "E-FORMULA-INPLACE", "the body changes a value in place", "give the new value a name of its own"
            ),
            statement,
        )
    elif isinstance(statement, _BRANCHES):
        yield (
            RefusalError("E-FORMULA-BRANCH", "the body branches or loops", "use ops.where, ops.minimum or ops.maximum"),
            statement,
        )
    else:
        yield RefusalError("E-FORMULA-BODY", "this statement cannot stand in a formula", _BODY), statement


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
        if len(node.ops) == 1 and isinstance(node.ops[0], _COMPARISONS):
            return None
        return RefusalError(
            "E-FORMULA-BRANCH", "this comparison cannot stand in a formula", "use one of < <= > >= in ops.where"
        )
    if isinstance(node, _BRANCHES):
        return RefusalError("E-FORMULA-BRANCH", "the body branches", "use ops.where, ops.minimum or ops.maximum")
    if isinstance(node, _PLAIN):
        return None
    kind = _KINDS.get(type(node).__name__, type(node).__name__)
    return RefusalError(
        "E-FORMULA-BODY",
        f"{kind} cannot stand in a formula",
        "write arithmetic over quantities, and the functions of ops",
    )


def _constant(node: ast.Constant) -> RefusalError | None:
    value = node.value
    if isinstance(value, int | float) and not isinstance(value, bool) and value in LITERALS:
        return None
    return RefusalError(
        "E-FORMULA-LITERAL",
        f"the literal {str(value)[:40]} has no unit and no source",
        "make it an input whose value is a sourced fact; only 0, 1, -1 and 2 may stand in a formula",
    )
