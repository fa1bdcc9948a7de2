"""Grids: figures at the shape of their inputs, in pieces that do not show, in arrays that stay what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from calc.engine.blocks import NotFiniteFoundError
from calc.engine.compile import build
from calc.engine.figures import Figure, Series
from calc.engine.grids import Grid, axes_of, shapes_of
from calc.expression import Call, Expression, Name, Number

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

YEARS = (2026, 2027, 2028)
X, Y, Z = Name("x"), Name("y"), Name("z")
FORMULAS: dict[str, Expression] = {
    "product": Call("multiply", (X, Y)),
    "whole": Call("floor", (Call("multiply", (Call("add", (X, Y)), Z)),)),
    "only x": Call("add", (X, Number(1))),
    "repaid": Call("annuity", (X, Number(15))),
    "greater": Call("where", (Call("greater", (X, Y)), X, Y)),
    "count": Call("divide_by_count", (X, Y)),
    "x again": X,
    "fixed": Name("a"),
}


def grid_of(arrays: Mapping[str, Any], formulas: Mapping[str, Expression], **fixed: Figure) -> Grid:
    yearly = {"dated"} & set(arrays)
    graph = build(formulas.items(), fixed, {name: name in yearly for name in arrays}, YEARS)
    return Grid(graph, formulas, *axes_of(shapes_of(arrays, yearly)))


def run(
    arrays: Mapping[str, Any],
    formulas: Mapping[str, Expression],
    most: int,
    yearly: Collection[str] = (),
    **fixed: Figure,
) -> dict[str, Any]:
    return grid_of(arrays, formulas, **fixed).run(arrays, yearly, most)


def by_hand(x: Any, y: Any, z: Any) -> dict[str, Any]:
    return {
        "product": x * y, "whole": np.floor((x + y) * z), "only x": x + 1, "repaid": x / (1 - (1 + x) ** -15),
        "greater": np.where(x > y, x, y), "count": x / y, "x again": x, "fixed": np.asarray(0.5),
    }  # fmt: skip


def inputs(*shapes: tuple[int, ...]) -> list[Any]:
    random = np.random.default_rng(1)
    return [random.uniform(0.5, 3, shape) for shape in shapes]


@pytest.mark.parametrize("most", [1, 7, 100, 1 << 20])
@pytest.mark.parametrize(
    "shapes",
    [
        ((1000,), (1000,), (1000,)),
        ((10, 1, 1), (1, 7, 1), (1, 1, 5)),
        ((1, 1, 5), (1, 7, 1), (10, 1, 1)),
        ((1, 7, 5), (10, 7, 1), (1, 1, 1)),
        # As numpy broadcasts them: axes that are missing come first.
        ((5,), (7, 1), ()),
        ((), (), ()),
        ((1,), (1,), (1,)),
        ((0,), (0,), (1,)),
    ],
)
def test_a_figure_has_the_shape_of_its_inputs_whatever_the_pieces(shapes: tuple[Any, ...], most: int) -> None:
    x, y, z = inputs(*shapes)
    found = run({"x": x, "y": y, "z": z}, FORMULAS, most, a=0.5)
    expected = by_hand(x, y, z)
    assert list(found) == list(expected)
    for name, values in expected.items():
        assert np.shape(found[name]) == np.shape(values), name
        np.testing.assert_allclose(found[name], values, rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("most", [1, 1000])
def test_what_differs_from_year_to_year_has_the_years_last(most: int) -> None:
    x, dated = inputs((4, 1), (1, 5, 3))
    price = Series((1.0, 10.0, 100.0))
    formulas: dict[str, Expression] = {
        "all": Call("multiply", (X, Name("dated"))),
        "sum": Call("total", (Call("multiply", (X, Name("dated"))),)),
        "priced": Call("multiply", (X, Name("price"))),
        "price alone": Name("price"),
    }
    found = run({"x": x, "dated": dated}, formulas, most, ["dated"], price=price)
    whole = x[..., None] * dated
    np.testing.assert_allclose(found["all"], whole, rtol=1e-12)
    np.testing.assert_allclose(found["sum"], whole.sum(axis=-1), rtol=1e-12)
    np.testing.assert_allclose(found["priced"], x[..., None] * price.values, rtol=1e-12)
    np.testing.assert_array_equal(found["price alone"], price.values)


@pytest.mark.parametrize("keep", [lambda each: each, lambda each: each[3:5], lambda each: each.reshape(-1, 2)[:, :1]])
def test_figures_that_are_held_stay_what_they_are(keep: Any) -> None:
    x, y = inputs((1000,), (1000,))
    grid = grid_of({"x": x, "y": y}, {"product": FORMULAS["product"]})
    held = keep(grid.run({"x": x, "y": y}, (), 100)["product"])
    before = held.copy()
    for factor in (2, 3):
        np.testing.assert_allclose(grid.run({"x": x, "y": factor * y}, (), 100)["product"], factor * x * y)
    np.testing.assert_array_equal(held, before)


def test_memory_of_figures_that_nobody_holds_is_used_again() -> None:
    x, y = inputs((1000,), (1000,))
    grid = grid_of({"x": x, "y": y}, {"product": FORMULAS["product"]})

    def place() -> int:
        return int(grid.run({"x": x, "y": y}, (), 100)["product"].__array_interface__["data"][0])

    assert place() == place()


def test_a_grid_may_change_its_size() -> None:
    grid = grid_of({"x": np.ones(5), "y": np.ones(5)}, {"product": FORMULAS["product"]})
    for size in (1000, 3, 2000, 3):
        x, y = inputs((size,), (size,))
        np.testing.assert_allclose(grid.run({"x": x, "y": y}, (), 100)["product"], x * y)


@pytest.mark.parametrize("at", [0, 500, 999])
def test_what_is_not_finite_is_found_in_any_piece(at: int) -> None:
    x = np.full(1000, 2.0)
    x[at] = 0.0
    with pytest.raises(NotFiniteFoundError):
        run({"x": x}, {"inverse": Call("divide", (Number(1), X))}, 100)


def test_an_empty_grid_by_year_is_empty() -> None:
    dated = np.empty((0, 3))
    found = run({"dated": dated}, {"double": Call("add", (Name("dated"), Name("dated")))}, 100, ["dated"])
    assert found["double"].shape == (0, 3)


def test_a_grid_without_axes_has_the_years_alone() -> None:
    """The lesser of 1 + 1 + ... and 1, 2, 9 in three years is 1, 2, 3."""
    least = Call("minimum", (Call("cumulative", (Call("multiply", (X, Name("one"))),)), Name("y")))
    one, limit = Series((1.0, 1.0, 1.0)), Series((1.0, 2.0, 9.0))
    found = run({"x": np.asarray(1.0)}, {"least": least}, 100, one=one, y=limit)
    np.testing.assert_array_equal(found["least"], [1, 2, 3])
