"""Which side of a minimum or maximum decided, also of three that are nested."""

from __future__ import annotations

import pytest

from calc.engine.catalogue import standard_catalogue
from calc.engine.explain import binding, figure_text
from calc.engine.figures import Figure, NotIncluded, NoValue, Series
from calc.expression import Call, Expression, Name

A, B, C = Name("a"), Name("b"), Name("c")
LEAST_OF_THREE = Call("minimum", (Call("minimum", (A, B)), C))
ABSENT = NotIncluded(("x",))


@pytest.mark.parametrize(
    ("expression", "figures", "said"),
    [
        (Call("minimum", (A, B)), {"a": 1.0, "b": 2.0}, ["a binds"]),
        (Call("maximum", (A, B)), {"a": 1.0, "b": 2.0}, ["b binds"]),
        (Call("minimum", (A, B)), {"a": 2.0, "b": 2.0}, ["a and b are equal"]),
        (Call("minimum", (A, B)), {"a": 1.0, "b": ABSENT}, ["a binds; b is not included"]),
        (Call("minimum", (A, B)), {"a": ABSENT, "b": ABSENT}, []),
        (Call("minimum", (A, B)), {"a": 1.0, "b": NoValue("none")}, []),
        (LEAST_OF_THREE, {"a": 3.0, "b": 2.0, "c": 1.0}, ["c binds"]),
        (LEAST_OF_THREE, {"a": 3.0, "b": 1.0, "c": 2.0}, ["b binds"]),
        (LEAST_OF_THREE, {"a": 1.0, "b": 1.0, "c": 2.0}, ["a and b are equal"]),
        (LEAST_OF_THREE, {"a": 1.0, "b": 2.0, "c": ABSENT}, ["a binds; c is not included"]),
        (LEAST_OF_THREE, {"a": ABSENT, "b": ABSENT, "c": 1.0}, ["c binds; a and b are not included"]),
        # Of a minimum of maxima each is told for itself.
        (Call("minimum", (Call("maximum", (A, B)), C)), {"a": 1.0, "b": 2.0, "c": 3.0}, ["b binds"]),
        # What stands for a figure that is included is not in use.
        (Call("if_included", (C, Call("maximum", (A, B)))), {"a": 1.0, "b": 2.0, "c": 3.0}, []),
        (Call("if_included", (C, Call("maximum", (A, B)))), {"a": 1.0, "b": 2.0, "c": ABSENT}, ["b binds"]),
    ],
)
def test_binding(expression: Expression, figures: dict[str, Figure], said: list[str]) -> None:
    assert binding(expression, figures) == said


def test_contested_tells_only_where_there_was_a_choice() -> None:
    assert binding(Call("minimum", (A, B)), {"a": 1.0, "b": ABSENT}, contested=True) == []
    assert binding(LEAST_OF_THREE, {"a": 1.0, "b": 2.0, "c": ABSENT}, contested=True) != []


def test_a_figure_by_year_says_both_ends_where_one_has_no_value_too() -> None:
    quantity = standard_catalogue()["rack_power_rated"]
    none = NoValue("server is 0")
    assert figure_text(Series((none, 2000.0)), quantity) == "no value in the first year, 2 kW/rack in the last"
    assert figure_text(Series((2000.0, none)), quantity) == "2 kW/rack in the first year, no value in the last"
