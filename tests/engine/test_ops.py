"""The operations of formulas: whole numbers that snap, and float and array forms that agree."""

from __future__ import annotations

import ast
import itertools
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spreadsheet import sheet_text

import calc
from calc import ops
from calc.engine.blocks import Blocks
from calc.engine.compile import build, write_function
from calc.engine.evaluate import NotIncluded, evaluate_formula, evaluate_samples
from calc.engine.symbol import RefusalError, Symbol
from calc.expression import Call, Name, Number, expression_text, is_left_out
from calc.op import operation, pure
from calc.units import parse_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PACKAGE = Path(calc.__file__).parent
SERVER_TENTHS = range(1, 201)  # 0.1 to 20 kW
COUNTS = range(1, 41)
PAIRS = [(tenths, k) for tenths in SERVER_TENTHS for k in COUNTS]

# How 18.0 kW / 4.5 kW may reach a formula: as written, in watts (the coherent unit), or as a product of floats.
QUOTIENTS: dict[str, Callable[[int, int], float]] = {
    "as written": lambda tenths, k: (tenths * k / 10) / (tenths / 10),
    "in watts": lambda tenths, k: (tenths * k / 10 * 1000.0) / (tenths / 10 * 1000.0),
    "server times k": lambda tenths, k: (tenths * 0.1 * k) / (tenths / 10),
    "server in tenths": lambda tenths, k: (tenths * k / 10) / (tenths * 0.1),
    "k single servers": lambda tenths, k: sum([tenths / 10] * k) / (tenths / 10),
}


@pytest.mark.parametrize("way", QUOTIENTS)
def test_no_rack_of_k_servers_is_one_short(way: str) -> None:
    quotients = [QUOTIENTS[way](tenths, k) for tenths, k in PAIRS]
    expected = [k for _, k in PAIRS]
    assert len(PAIRS) == 8000
    assert [ops.floor(each) for each in quotients] == expected
    assert [ops.ceil(each) for each in quotients] == expected
    array = np.asarray(quotients)
    assert np.array_equal(np.asarray(ops.floor(array)), expected)  # type: ignore[arg-type]  # arrays are taken too
    assert np.array_equal(np.asarray(ops.ceil(array)), expected)  # type: ignore[arg-type]


def test_without_snapping_racks_would_be_one_short() -> None:
    """The grid above holds pairs that plain rounding gets wrong; without them it would prove nothing."""
    for way in ("server times k", "server in tenths", "k single servers"):
        plain = [math.floor(QUOTIENTS[way](tenths, k)) for tenths, k in PAIRS]
        assert any(found < k for found, (_, k) in zip(plain, PAIRS, strict=True)), way


FLOORS = [
    # Far from a whole number: ordinary rounding down, towards minus infinity.
    (5e9 + 0.7, 5e9),
    (5e9 + 0.3, 5e9),
    (2.5, 2.0),
    (-2.5, -3.0),
    (-0.5, -1.0),
    (0.0, 0.0),
    (1e300, 1e300),
    # Nearer than 1e-9 x max(1, |n|): the whole number itself.
    (3.9999999999, 4.0),
    (4.0000000001, 4.0),
    (-3.9999999999, -4.0),
    (-4.0000000001, -4.0),
    (0.0 - 5e-10, 0.0),
    (1 - 5e-10, 1.0),
    (100 - 5e-8, 100.0),
    # Just outside of it: 4 x 1e-9 = 4e-9 for 4, 1e-9 for 0 and 1, 1e-7 for 100.
    (4 - 5e-9, 3.0),
    (-4 - 5e-9, -5.0),
    (0.0 - 2e-9, -1.0),
    (1 - 2e-9, 0.0),
    (100 - 2e-7, 99.0),
    # At most 1e-6, however large the number: 1e-9 x 1e6 would be 1e-3 and 1e-9 x 5e9 would be 5.
    (1e6 - 5e-7, 1e6),
    (1e6 - 2e-6, 1e6 - 1),
    (5e9 - 0.3, 5e9 - 1),
]


@pytest.mark.parametrize(("x", "expected"), FLOORS)
def test_floor_snaps_only_close_to_a_whole_number(x: float, expected: float) -> None:
    assert ops.floor(x) == expected
    assert np.asarray(ops.floor(np.asarray([x])))[0] == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(("x", "expected"), [(-x, -expected) for x, expected in FLOORS])
def test_ceil_mirrors_floor(x: float, expected: float) -> None:
    assert ops.ceil(x) == expected
    assert np.asarray(ops.ceil(np.asarray([x])))[0] == expected  # type: ignore[arg-type]


@given(st.floats(-1e12, 1e12))
def test_rounding_moves_by_less_than_one(x: float) -> None:
    down, up = ops.floor(x), ops.ceil(x)
    assert down == int(down)
    assert x - 1 < down <= x + 1e-6
    assert x - 1e-6 <= up < x + 1
    assert up - down in {0.0, 1.0}


# ---------------------------------------------------------------- the forms of one operation agree

_ANY = (-7.25, -1.0, -1e-9, 0.0, 1e-9, 0.3, 1.0, 2.0, 41.999999999999, 5e9 + 0.7)
_POSITIVE = (1e-6, 0.3, 1.0, 2.0, 17.5, 4e5)
_NOT_ZERO = (*_POSITIVE, -0.3, -17.5)
_TRUTHS = (0.0, 1.0)
_RATES = (-0.02, 0.0, 1e-12, 1e-6, 0.005, 0.08, 1.5)
_PERIODS = (1.0, 3.0, 4.5, 48.0)

DOMAINS: dict[str, tuple[tuple[float, ...], ...]] = {
    "add": (_ANY, _ANY),
    "subtract": (_ANY, _ANY),
    "multiply": (_ANY, _ANY),
    "divide": (_ANY, _NOT_ZERO),
    "divide_by_count": (_ANY, _NOT_ZERO),
    "negate": (_ANY,),
    "raise": (_NOT_ZERO, (0.0, 1.0, -1.0, 2.0)),
    "less": (_ANY, _ANY),
    "less_equal": (_ANY, _ANY),
    "greater": (_ANY, _ANY),
    "greater_equal": (_ANY, _ANY),
    "floor": ((*_ANY, 3.9999999999, 4 - 5e-9, 2.5),),
    "ceil": ((*_ANY, 4.0000000001, 4 + 5e-9, 2.5),),
    "minimum": (_ANY, _ANY),
    "maximum": (_ANY, _ANY),
    "clip": (_ANY, (-1.0, 0.0), (0.5, 2.0)),
    "where": (_TRUTHS, _ANY, _ANY),
    "if_included": (_ANY, _ANY),
    "number": (_ANY, _POSITIVE),
    "amount": (_ANY, _POSITIVE),
    "exp": ((-7.25, 0.0, 1e-9, 0.3, 17.5),),
    "log": (_POSITIVE,),
    "power": (_POSITIVE, (-1.5, 0.0, 0.5, 1.0, 2.7)),
    "annuity": (_RATES, _PERIODS),
    "compound": (_RATES, _PERIODS),
}


def _rows(op: str) -> list[tuple[float, ...]]:
    return list(itertools.product(*DOMAINS[op]))


def test_every_operation_has_a_domain_to_be_tested_on() -> None:
    assert set(DOMAINS) == set(ops.TABLE) - ops.OVER_YEARS


def test_float_and_array_form_agree() -> None:
    wrong = []
    for op in DOMAINS:
        rows = _rows(op)
        single = [float(ops.TABLE[op].scalar(*row)) for row in rows]
        columns = [np.asarray(column) for column in zip(*rows, strict=True)]
        together = np.asarray(ops.TABLE[op].array(*columns), dtype=float)
        for row, one, other in zip(rows, single, together.tolist(), strict=True):
            if not abs(other - one) <= 1e-12 * abs(one):
                wrong.append(f"{op}{row}: {one!r} on floats, {other!r} on arrays")
    assert wrong == []


REFUSED = [
    ("divide", (1.0, 0.0)),
    ("divide", (0.0, 0.0)),
    ("raise", (0.0, -1.0)),
    ("log", (0.0,)),
    ("log", (-2.0,)),
    ("exp", (1000.0,)),
    ("power", (-8.0, 0.5)),
    ("power", (0.0, -1.0)),
    ("compound", (-2.0, 0.5)),
    ("compound", (1e300, 2.0)),
    ("annuity", (-2.0, 3.0)),
    ("annuity", (0.08, 0.0)),
    ("annuity", (0.0, 0.0)),
]


@pytest.mark.parametrize(("op", "args"), REFUSED)
def test_what_floats_refuse_arrays_leave_unfinite(op: str, args: tuple[float, ...]) -> None:
    with pytest.raises((ArithmeticError, ValueError)):
        ops.TABLE[op].scalar(*args)
    with np.errstate(all="ignore"):
        found = ops.TABLE[op].array(*(np.asarray([each]) for each in args))
    assert not np.isfinite(found).any()


@pytest.mark.parametrize(("op", "args"), [("annuity", (-1.0, 3.0)), ("annuity", (-0.5, 2000.0)), ("exp", (-1000.0,))])
def test_at_the_edge_floats_and_arrays_do_the_same(op: str, args: tuple[float, ...]) -> None:
    """Either form may refuse an extreme argument, but then the other must too: a run has one answer."""
    try:
        single = ops.TABLE[op].scalar(*args)
    except (ArithmeticError, ValueError):
        single = math.nan
    with np.errstate(all="ignore"):
        together = ops.TABLE[op].array(*(np.asarray([each]) for each in args))
    np.testing.assert_allclose(np.where(np.isfinite(together), together, np.nan), [single], rtol=1e-12, equal_nan=True)


# ---------------------------------------------------------------- annuity, compound, number


@pytest.mark.parametrize("rate", [-0.02, 1e-4, 0.005, 0.08, 0.3, 1.5])
@pytest.mark.parametrize("periods", [1, 4, 7.5, 48, 360])
def test_annuity_is_the_capital_recovery_factor(rate: float, periods: float) -> None:
    assert ops.annuity(rate, periods) == pytest.approx(rate / (1 - (1 + rate) ** -periods), rel=1e-9)


def test_annuity_by_hand() -> None:
    # 8 % over 2 years: 0.08 / (1 - 1 / 1.1664) = 0.08 x 1.1664 / 0.1664 = 0.560769...
    assert ops.annuity(0.08, 2) == pytest.approx(0.093312 / 0.1664, rel=1e-12)
    # Without interest each of 48 months repays 1/48.
    assert ops.annuity(0.0, 48) == 1 / 48
    assert np.asarray(ops.annuity(np.zeros(2), np.asarray([4.0, 48.0]))).tolist() == [0.25, 1 / 48]  # type: ignore[arg-type]


def test_annuity_is_smooth_where_the_rate_vanishes() -> None:
    # To first order in r the payment is (1 + r (n + 1) / 2) / n; at r = 1e-9, n = 48 the rest is about 1e-16.
    assert ops.annuity(1e-9, 48) == pytest.approx((1 + 1e-9 * 49 / 2) / 48, rel=1e-12)


def test_compound_by_hand() -> None:
    assert ops.compound(0.08, 2) == pytest.approx(1.1664, rel=1e-15)
    # Ten times a year over five years is 10^5.
    assert ops.compound(9.0, 5) == pytest.approx(1e5, rel=1e-15)


def test_number_takes_the_pure_number_in_a_unit() -> None:
    # 4 years are 4 x 8,760 x 3,600 s in the coherent unit, and 48 months.
    years = 4 * 8760 * 3600.0
    assert ops.number(years, "year") == 4
    assert ops.number(years, "month") == pytest.approx(48, rel=1e-15)


def test_functions_are_those_of_the_module() -> None:
    assert all(callable(getattr(ops, name)) for name in ops.FUNCTIONS)
    assert set(ops.FUNCTIONS) <= set(ops.TABLE)
    assert set(ops.FUNCTIONS) == {name for name in ops.TABLE if callable(getattr(ops, name, None))}


# ---------------------------------------------------------------- one entry is enough


@pytest.fixture
def s_curve() -> Iterator[Callable[[float], float]]:
    """An operation that nothing knows but its entry."""

    @operation(pure("s_curve"), lambda x: 1 / (1 + np.exp(-x)), spreadsheet="(1/(1+EXP(-{0})))")
    def s_curve(x: float) -> float:
        return 1 / (1 + math.exp(-x))

    yield s_curve
    del ops.TABLE["s_curve"]
    ops.FUNCTIONS.remove("s_curve")


def test_a_new_operation_is_one_entry(s_curve: Callable[[float], float]) -> None:
    x = Symbol.named("x", parse_unit("1"))
    grown: Any = s_curve(x * x) + x  # type: ignore[arg-type]  # formulas see floats
    expression = grown.expression
    assert expression_text(expression) == "s_curve(x * x) + x"
    assert sheet_text(expression, str.upper) == "(1/(1+EXP(-(X*X))))+X"
    # 1 / (1 + e^-0.25) = 0.562176...; + 0.5
    expected = 0.5621765008857981 + 0.5
    assert evaluate_formula("f", expression, {"x": 0.5}, {}) == pytest.approx(expected, rel=1e-15)
    assert evaluate_samples("f", expression, {"x": np.array([[0.5]])}, {}) == pytest.approx(expected, rel=1e-15)
    graph = build([("f", expression)], {}, {"x": False})
    assert write_function(graph, ["f"])(0.5) == pytest.approx((expected,), rel=1e-15)
    blocks = Blocks(graph, ["f"], {"x": 1})
    blocks.prepare({})
    assert blocks.run({"x": np.array([0.5, 0.5])}, {1: (2,)})["f"] == pytest.approx(expected, rel=1e-15)
    left_out = NotIncluded(("x",))
    assert evaluate_formula("f", expression, {"x": left_out}, {}) == left_out
    assert is_left_out(expression, {"x"})


def test_a_new_operation_hides_no_infinity(s_curve: Callable[[float], float]) -> None:
    """Of a negative infinity the S-curve is 0: without a word in its entry the operand is looked at."""
    infinite = Call("s_curve", (Call("divide", (Number(-1.0), Name("x"))),))
    blocks = Blocks(build([("f", infinite)], {}, {"x": False}), ["f"], {"x": 1})
    blocks.prepare({})
    with pytest.raises(ops.NotFiniteFoundError):
        blocks.run({"x": np.array([0.5, 0.0])}, {1: (2,)})


def test_a_new_operation_has_a_rule_for_units(s_curve: Callable[[float], float]) -> None:
    with pytest.raises(RefusalError, match="s_curve takes pure numbers, not power"):
        s_curve(Symbol.named("x", parse_unit("W")))  # type: ignore[arg-type]  # formulas see floats


def test_no_side_table_names_operations() -> None:
    """What the engine has to know of an operation stands in its entry."""
    found = []
    for path in (PACKAGE / "engine").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Set | ast.Dict | ast.Tuple | ast.List):
                members = [each for each in node.keys if each] if isinstance(node, ast.Dict) else node.elts
                named = [each.value for each in members if isinstance(each, ast.Constant) and each.value in ops.TABLE]
                if len(named) > 1:
                    found.append(f"{path.name}:{node.lineno}: {named}")
    assert found == []
