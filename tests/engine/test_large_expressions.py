"""Expressions that use one value many times, or are very deep: nothing walks them as trees, or by recursion."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from counted import at_most
from spreadsheet import sheet_text

from calc.engine.blocks import Blocks
from calc.engine.compile import build, write_function
from calc.engine.evaluate import evaluate_formula, evaluate_samples
from calc.engine.explain import binding
from calc.engine.flat import rename
from calc.errors import CalcError
from calc.expression import (
    Call,
    Expression,
    Name,
    Number,
    expression_text,
    fold,
    is_left_out,
    names,
    operations,
    required,
    steps,
    written,
)

if TYPE_CHECKING:
    from calc.report.sheet_formula import Line

X, A = Name("x"), Name("a")


def doubled(times: int, op: str = "add") -> Expression:
    """Return x joined with itself, that with itself, and so on: a graph of `times` + 1 nodes, a tree of 2^times."""
    found: Expression = X
    for _ in range(times):
        found = Call(op, (found, found))
    return found


def chained(times: int, op: str = "add") -> Expression:
    """Return ((x op a) op a) ...: as deep as it is long."""
    found: Expression = X
    for _ in range(times):
        found = Call(op, (found, A))
    return found


def test_a_node_is_met_once_and_after_its_arguments() -> None:
    assert len(steps(doubled(60))) == 61
    found = steps(Call("subtract", (Call("add", (A, X)), A)))
    assert [getattr(each, "op", getattr(each, "name", "")) for each in found] == ["a", "x", "add", "subtract"]
    assert fold(chained(20_000), lambda node, args: sum(args) if args else float(isinstance(node, Name))) == 20_001.0


def test_what_is_written_is_the_same_for_equal_expressions_only() -> None:
    assert written(doubled(60)) == written(doubled(60))
    assert written(chained(20_000)) == written(chained(20_000))
    different = [
        doubled(3),
        doubled(4),
        doubled(3, "multiply"),
        chained(3),
        Call("subtract", (X, A)),
        Call("subtract", (A, X)),
    ]
    assert len({written(each) for each in different}) == len(different)


@pytest.mark.parametrize("expression", [doubled(60), chained(2000)], ids=["doubled", "deep"])
def test_nothing_walks_an_expression_as_a_tree(expression: Expression) -> None:
    # 2^60 x, or x + 2000 a, at x = a = 1.
    wanted = 2.0**60 if "a" not in names(expression) else 2001.0
    figures = {"x": 1.0, "a": 1.0}
    with at_most(400_000):
        assert evaluate_formula("f", expression, figures, {}) == wanted
        assert (
            evaluate_samples("f", expression, {each: np.ones((3, 1)) for each in figures}, {}).tolist()
            == [[wanted]] * 3
        )
        assert operations(expression) == {"add"}
        assert not is_left_out(expression, {"b"})
        assert is_left_out(expression, {"x"})
        assert required(expression)[0] == "x"
        assert names(rename(expression, {"x": "y"}))[0] == "y"
        assert len(expression_text(expression)) <= 4000
        assert binding(expression, figures) == []
        graph = build([("f", expression)], {}, dict.fromkeys(figures, False))
        assert write_function(graph, ["f"])(1.0, 1.0) == (wanted,)
        blocks = Blocks(graph, ["f"], dict.fromkeys(figures, 1))
        blocks.prepare({})
        assert blocks.run(dict.fromkeys(figures, np.ones(3)), {1: (3,)})["f"].tolist() == [wanted] * 3


@pytest.mark.parametrize("expression", [doubled(60, "minimum"), chained(2000, "minimum")], ids=["doubled", "deep"])
def test_choices_among_many_are_told_once(expression: Expression) -> None:
    with at_most(100_000):
        assert binding(expression, {"x": 2.0, "a": 3.0}) == ["x binds"]


def test_a_choice_below_many_others_is_walked_once() -> None:
    """Infinities in a branch that is not taken are looked for below every `where`."""
    found: Expression = X
    for _ in range(60):
        found = Call("where", (Call("less", (found, A)), Call("add", (found, found)), found))
    with at_most(200_000):
        graph = build([("f", found)], {}, {"x": False, "a": False})
        # Doubled while it is less than 100: 1, 2, ... 128.
        assert write_function(graph, ["f"])(1.0, 100.0) == (128.0,)


def test_a_cell_of_a_spreadsheet_does_not_hold_all_of_a_long_formula() -> None:
    """What is long and used twice gets a cell of its own, so that no text grows beyond one."""
    assert sheet_text(doubled(2), str) == "x+x+x+x"
    steps: list[Line] = []
    with at_most(1_000_000):
        text = sheet_text(doubled(60), str, steps)
    assert len(text) < 8192
    assert all(len(str(each)) < 8192 for line in steps for each, _ in line.cells.values())


def test_a_branch_that_is_not_taken_does_not_matter_wherever_else_it_stands() -> None:
    """One quotient in two branches: where x is 0 the first is not taken, but the second is."""
    quotient = Call("divide", (A, X))
    guarded = Call("where", (Call("less", (Number(0.0), X)), quotient, A))
    values = {"x": np.array([[0.0], [2.0]]), "a": np.array([[6.0], [6.0]])}
    assert evaluate_samples("f", guarded, values, {}).tolist() == [[6.0], [3.0]]
    assert evaluate_formula("f", guarded, {"x": 0.0, "a": 6.0}, {}) == 6.0
    both = Call("add", (guarded, Call("where", (Call("less", (X, Number(1.0))), quotient, A))))
    with pytest.raises(CalcError, match="divides by zero in some samples"):
        evaluate_samples("f", both, values, {})
    with pytest.raises(CalcError, match="divides by zero"):
        evaluate_formula("f", both, {"x": 0.0, "a": 6.0}, {})
    assert math.isfinite(evaluate_samples("f", both, {"x": np.array([[2.0]]), "a": np.array([[6.0]])}, {})[0, 0])
