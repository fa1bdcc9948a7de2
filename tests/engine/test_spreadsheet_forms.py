"""The spreadsheet forms of the operations, evaluated by a spreadsheet in miniature and held against runs.

The text is read by Python's parser (after `^` became `**`) and walked node by node; functions are those that occur.
"""

from __future__ import annotations

import ast
import itertools
import math
import operator
from typing import TYPE_CHECKING, Any

import pytest

from calc import ops
from calc.expression import Call, Name, Number, UnitOf, spreadsheet_formula

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def _round(x: float, digits: float) -> float:
    """Round half away from zero, as spreadsheets do."""
    assert digits == 0
    return math.copysign(math.floor(abs(x) + 0.5), x)


def _pmt(rate: float, periods: float, present: float) -> float:
    """Return a spreadsheet's payment, which is negative for a positive loan."""
    return -present / periods if rate == 0 else -present * rate / (1 - (1 + rate) ** -periods)


_FUNCTIONS: dict[str, Callable[..., float]] = {
    "ABS": abs,
    "EXP": math.exp,
    "INT": math.floor,
    "LN": math.log,
    "MAX": max,
    "MIN": min,
    "PMT": _pmt,
    "POWER": math.pow,
    "ROUND": _round,
}


def sheet_value(formula: str, cells: Mapping[str, float]) -> float:
    """Return what a spreadsheet shows for a formula without its leading `=`."""
    return float(_value(ast.parse(formula.replace("^", "**"), mode="eval").body, cells))


def _value(node: ast.expr, cells: Mapping[str, float]) -> Any:
    match node:
        case ast.Name(id=name):
            return cells[name]
        case ast.Constant(value=number):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner, cells)
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_value(left, cells), _value(right, cells))
        case ast.Compare(left=left, ops=[comparison], comparators=[right]):
            return _OPERATORS[type(comparison)](_value(left, cells), _value(right, cells))
        case ast.Call(func=ast.Name(id="IF"), args=[test, yes, no]):
            return _value(yes if _value(test, cells) else no, cells)
        case ast.Call(func=ast.Name(id=name), args=args):
            return _FUNCTIONS[name](*(_value(each, cells) for each in args))
    raise NotImplementedError(ast.dump(node))


CELLS = ("A1", "B1", "C1")

_ANY = (-7.25, -1.0, -1e-9, 0.0, 0.3, 1.0, 41.999999999999, 5e9 + 0.7)
_POSITIVE = (1e-6, 0.3, 1.0, 17.5, 4e5)
_NEAR_WHOLE = (3.9999999999, 4 - 5e-9, 4 + 5e-9, -3.9999999999, -4.0000000001, -4 - 5e-9, 1e6 - 5e-7, 1e6 - 2e-6, 2.5)
_RATES = (-0.02, 0.0, 0.005, 0.08, 1.5)
_PERIODS = (1.0, 4.5, 48.0)

DOMAINS: dict[str, tuple[tuple[float, ...], ...]] = {
    **dict.fromkeys(("add", "subtract", "multiply", "less", "less_equal", "greater", "greater_equal"), (_ANY, _ANY)),
    **dict.fromkeys(("divide", "divide_by_count", "number", "amount"), (_ANY, _POSITIVE)),
    **dict.fromkeys(("minimum", "maximum", "if_included"), (_ANY, _ANY)),
    **dict.fromkeys(("floor", "ceil"), ((*_ANY, *_NEAR_WHOLE),)),
    **dict.fromkeys(("annuity", "compound"), (_RATES, _PERIODS)),
    "negate": (_ANY,),
    "raise": (_POSITIVE, (0.0, 1.0, -1.0, 2.0)),
    "clip": (_ANY, (-1.0, 0.0), (0.5, 2.0)),
    "where": ((0.0, 1.0), _ANY, _ANY),
    "exp": ((-7.25, 0.0, 0.3, 17.5),),
    "log": (_POSITIVE,),
    "power": (_POSITIVE, (-1.5, 0.0, 0.5, 2.7)),
}


def test_every_operation_has_a_domain_to_be_tested_on() -> None:
    # What looks at all years takes rows of cells, which this spreadsheet in miniature does not have.
    assert set(DOMAINS) == set(ops.TABLE) - ops.OVER_YEARS


def test_spreadsheet_and_run_agree() -> None:
    wrong = []
    for op, domain in DOMAINS.items():
        formula = ops.TABLE[op].spreadsheet.format(*CELLS)
        for row in itertools.product(*domain):
            found = sheet_value(formula, dict(zip(CELLS, row, strict=False)))
            run = float(ops.TABLE[op].scalar(*row))
            if found != pytest.approx(run, rel=1e-9, abs=1e-12):
                wrong.append(f"{op}{row}: {run!r} in a run, {found!r} in a spreadsheet")
    assert wrong == []


@pytest.mark.parametrize(
    ("op", "args", "expected"),
    [
        ("floor", (3.9999999999,), 4),
        ("floor", (4 - 5e-9,), 3),
        ("floor", (-2.5,), -3),
        ("floor", (5e9 + 0.7,), 5e9),
        ("ceil", (4.0000000001,), 4),
        ("ceil", (4.1,), 5),
        ("ceil", (-2.5,), -2),
        ("minimum", (3.0, -4.0), -4),
        ("maximum", (3.0, -4.0), 3),
        ("clip", (9.0, 0.0, 5.0), 5),
        ("where", (1.0, 7.0, 8.0), 7),
        # 8 % over 2 years: 0.08 x 1.1664 / 0.1664
        ("annuity", (0.08, 2.0), 0.093312 / 0.1664),
    ],
)
def test_figures_by_hand(op: str, args: tuple[float, ...], expected: float) -> None:
    cells = dict(zip(CELLS, args, strict=False))
    assert sheet_value(ops.TABLE[op].spreadsheet.format(*CELLS), cells) == pytest.approx(expected, rel=1e-12)


def test_nested_formula_keeps_its_order_of_operations() -> None:
    # a - (b - c) x 2 and (a + b) / (c / hour): the brackets of the tree must survive in the sheet.
    a, b, c = (Name(each) for each in "abc")
    tree = Call("subtract", (a, Call("multiply", (Call("subtract", (b, c)), Number(2.0)))))
    cells = {"A1": 10.0, "B1": 7.0, "C1": 3.0}
    sheet = {"a": "A1", "b": "B1", "c": "C1"}
    assert sheet_value(spreadsheet_formula(tree, sheet.__getitem__), cells) == 2.0
    quotient = Call("divide", (Call("add", (a, b)), Call("number", (c, UnitOf("hour", 3600.0)))))
    # 17 / (3 / 3,600) = 20,400
    assert sheet_value(spreadsheet_formula(quotient, sheet.__getitem__), cells) == pytest.approx(20_400, rel=1e-12)
    # A power of a negated payment: -(-x)^2 would differ in sign.
    power = Call("raise", (Call("negate", (a,)), Number(2.0)))
    assert sheet_value(spreadsheet_formula(power, sheet.__getitem__), cells) == 100.0
