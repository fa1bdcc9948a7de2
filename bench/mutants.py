"""Mutants of a Python file: one small change each, as a slip of the hand would make it, which some test should notice.

Changed are operators, comparisons and their boundaries, `and` and `or`, conditions, numbers and truth values; left out
are calls whose result nobody takes, results and errors. Texts are not changed (their words are snapshots), nor
annotations, nor what only a type checker reads.
"""

from __future__ import annotations

import ast
import hashlib
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BINARY: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip


class Mutant(NamedTuple):
    """One change: in `file` (relative to the root), from `start` to `end` (byte offsets), `new` instead of what stands.

    line: where it begins; function: the names of the definitions around it; number: which one of equal changes.
    """

    file: str
    line: int
    function: str
    start: int
    end: int
    old: str
    new: str
    number: int
    is_statement: bool

    @property
    def key(self) -> str:
        """Return a name that stays when lines move."""
        return f"{self.file} {self.function} `{self.old}` -> `{self.new}` #{self.number}"

    def rank(self, seed: int) -> str:
        """Return what orders mutants at random, and alike when others come and go."""
        return hashlib.sha256(f"{seed} {self.key}".encode()).hexdigest()

    def applied(self, source: bytes) -> bytes:
        """Return the file with the change; as many lines as before, so that those below keep their numbers."""
        lost = b"\n" * source[self.start : self.end].count(b"\n")
        new = self.new.encode() + lost if self.is_statement else b"(" + self.new.encode() + lost + b")"
        return source[: self.start] + new + source[self.end :]


def mutants_of(root: Path, file: str) -> list[Mutant]:
    """Return all mutants of a file below `root`."""
    source = (root / file).read_bytes()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found: list[Mutant] = []
    seen: dict[tuple[str, str, str], int] = {}
    for node, new, function in _changes(ast.parse(source), ""):
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        old = " ".join(source[start:end].decode().split())
        same = (function, old, new)
        seen[same] = seen.get(same, 0) + 1
        statement = isinstance(node, ast.stmt)
        found.append(Mutant(file, node.lineno, function, start, end, old, new, seen[same], statement))
    return found


def _changes(node: ast.AST, function: str) -> Iterator[tuple[ast.expr | ast.stmt, str, str]]:
    """Yield each node to be changed, the text that takes its place, and the definitions around it."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        function = f"{function}.{node.name}".lstrip(".")
    if isinstance(node, ast.expr | ast.stmt):
        for new in _of_expression(node) if isinstance(node, ast.expr) else _of_statement(node):
            yield node, new, function
    for test in _conditions(node):
        yield test, f"not {ast.unparse(test)}", function
    for child in _children(node):
        yield from _changes(child, function)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        if name not in {"annotation", "returns", "decorator_list"}:
            children = value if isinstance(value, list) else [value]
            yield from (each for each in children if isinstance(each, ast.AST) and not _is_left_alone(each))


def _is_left_alone(node: ast.AST) -> bool:
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    if isinstance(node, ast.Assign):
        return ast.unparse(node.targets[0]) == "__all__"
    return isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom)


def _of_expression(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.BinOp(left, op, right) if type(op) in _BINARY and not _is_type(node):
            yield ast.unparse(ast.BinOp(left, _BINARY[type(op)](), right))
        case ast.Compare(left, ops, comparators):
            for at, test in enumerate(ops):
                for other in _COMPARED[type(test)]:
                    yield ast.unparse(ast.Compare(left, [*ops[:at], other(), *ops[at + 1 :]], comparators))
        case ast.BoolOp(either, values):
            yield ast.unparse(ast.BoolOp(ast.And() if isinstance(either, ast.Or) else ast.Or(), values))
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield ast.unparse(operand)
        case ast.Constant(bool() as value):
            yield str(not value)
        case ast.Constant(int() | float() as value):
            yield repr(value + 1)


def _of_statement(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.Return(value) if value is not None and not _is_none(value):
            yield "return None"
        case ast.Raise() | ast.Expr(ast.Call()):
            yield "pass"
        case ast.AugAssign(target, op, value) if type(op) in _BINARY:
            yield ast.unparse(ast.AugAssign(target, _BINARY[type(op)](), value))
        case ast.Break():
            yield "continue"
        case ast.Continue():
            yield "break"


def _conditions(node: ast.AST) -> list[ast.expr]:
    """Return conditions; comparisons and the like are turned round by changes of their own."""
    match node:
        case ast.If(test) | ast.While(test) | ast.IfExp(test):
            tests = [test]
        case ast.comprehension(ifs=tests):
            pass
        case _:
            tests = []
    return [test for test in tests if not isinstance(test, ast.Compare | ast.BoolOp) and not _is_negation(test)]


def _is_negation(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_type(node: ast.BinOp) -> bool:
    """Tell whether it is a union of types, as in `int | None`."""
    return isinstance(node.op, ast.BitOr) and any(
        _is_none(each) or (isinstance(each, ast.Name) and each.id in {"int", "float", "str"})
        for each in (node.left, node.right)
    )
