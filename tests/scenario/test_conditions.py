"""Conditions: the signed distance to holding, for floats and arrays alike, and all that follows from it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from calc.engine.catalogue import standard_catalogue
from calc.engine.figures import NotIncluded, NoValue, Series
from calc.scenario.conditions import COMPARISONS, Condition, read_condition
from calc.scenario.shapes import AND, COMMA, split
from calc.study.checks import by_confidence, share_held

# Left, right, and which of < <= > >= hold. A slack of 1e-9 of the larger side makes 0.1 + 0.2 equal to 0.3; 1e-8 more
# is more.
PAIRS = [
    (1.0, 2.0, "< <="),
    (2.0, 1.0, "> >="),
    (0.1 + 0.2, 0.3, "<= >="),
    (0.0, 0.0, "<= >="),
    (1.0, 1.0 + 0.9e-9, "<= >="),
    (1.0, 1.0 + 1.1e-9, "< <="),
    (1.0, 1.0 + 1e-8, "< <="),
    (-1e12, -1e12 - 1, "<= >="),
    (-3.0, 0.0, "< <="),
    (1e-300, 0.0, "> >="),
    (math.nan, 1.0, ""),
]


def test_a_margin_is_from_0_upwards_where_a_comparison_holds_of_floats_and_arrays() -> None:
    left, right = np.array([each[0] for each in PAIRS]), np.array([each[1] for each in PAIRS])
    wrong = []
    for text, comparison in COMPARISONS.items():
        held = comparison.held(left[:, None], right[:, None])[:, 0].tolist()
        for (one, other, holding), at_array in zip(PAIRS, held, strict=True):
            expected = text in holding.split()
            if (comparison.margin(one, other) >= 0, at_array) != (expected, expected):
                wrong.append(f"{one!r} {text} {other!r}")
            if (comparison.breach(one, other) == 0) != expected and not math.isnan(one):
                wrong.append(f"breach of {one!r} {text} {other!r}")
    assert not wrong


def test_margins_and_breaches_are_those_of_hand_arithmetic() -> None:
    at_most, more = COMPARISONS["<="], COMPARISONS[">"]
    # 4 - 3 and 1e-9 of 4; 3 - 5 and 1e-9 of 5; more than needs more than the slack
    assert at_most.margin(3.0, 4.0) == pytest.approx(1 + 4e-9, rel=1e-15)
    assert at_most.margin(5.0, 3.0) == pytest.approx(-2 + 5e-9, rel=1e-15)
    assert more.margin(5.0, 3.0) == pytest.approx(2 - 5e-9, rel=1e-15)
    assert more.margin(3.0, 3.0) < 0
    # (5 - 3) / 5, and nothing where it holds; of equal sides that may not be equal next to nothing
    assert at_most.breach(5.0, 3.0) == pytest.approx(0.4)
    assert at_most.breach(np.array([[5.0, 3.0]]), np.array([[3.0, 4.0]])).tolist() == [[pytest.approx(0.4), 0.0]]
    assert 0 < more.breach(3.0, 3.0) < 1e-12


def condition(text: str) -> Condition:
    return read_condition(text, standard_catalogue(), None)


def test_years_are_held_one_by_one_and_the_worst_says_how_far_it_is() -> None:
    asked, years = condition("servers_needed <= servers"), [2026, 2027, 2028]
    figures = {"servers_needed": Series((1.0, 5.0, 100.0)), "servers": Series((90.0, 4.0, 100.0))}
    assert asked.margins(*asked.sides(figures, years)) == pytest.approx([89, -1, 0], abs=1e-6)
    assert not asked.holds(figures, years)
    # 2027 alone breaks it, by a fifth of 5; that 2026 is far on the good side is no breach
    assert asked.breach(figures, years) == pytest.approx(0.2)
    columns = {name: np.array([each.values, (1.0, 1.0, 1.0)]) for name, each in figures.items()}
    assert asked.held(columns, years).tolist() == [False, True]
    sides = asked.side_arrays(columns, years)
    assert sides is not None
    assert asked.op.breach(*sides).max(axis=-1).tolist() == [pytest.approx(0.2), 0]


def test_what_has_no_value_or_is_not_included_does_not_hold() -> None:
    asked = condition("servers_needed <= 5")
    for absent in (NoValue("no reason"), NotIncluded(("servers_needed",))):
        figures = {"servers_needed": absent}
        assert not asked.holds(figures, [])
        assert asked.breach(figures, []) == math.inf
    assert asked.held({}, []).tolist() == [False]
    assert asked.held({"servers_needed": np.array([[math.nan], [4.0]])}, []).tolist() == [False, True]


def test_conditions_of_a_goal_hold_together_and_one_with_a_confidence_of_its_own_alone() -> None:
    texts = (
        "servers_needed <= 3",
        "servers_needed >= 2",
        "servers_needed <= 9 with 80 % confidence",
        "racks_needed < 1",
    )
    first, second, own, plain = (condition(each) for each in texts)
    first, second = (each._replace(confidence=0.9, of_goal=True) for each in (first, second))
    assert by_confidence([own, first, plain, second]) == [(0.9, [first, second]), (0.8, [own]), (0.5, [plain])]
    assert own.text_without_confidence == "servers_needed <= 9"
    # 1 to 4 in four samples: two of them are 2 or 3
    drawn = {"servers_needed": np.array([[1.0], [2.0], [3.0], [4.0]])}
    assert share_held([first, second], drawn, []) == 0.5
    assert share_held([own], drawn, []) == share_held([], drawn, []) == 1.0


def test_a_list_on_the_line_is_not_cut_inside_the_name_of_a_part() -> None:
    parts = ["hall a, east", "hall a", "b"]
    text = "gpus in hall a, east,cost in hall a, racks in b,pue"
    assert split(text, COMMA, parts) == ["gpus in hall a, east", "cost in hall a", "racks in b", "pue"]
    # Beside a longer name, and at the end of it.
    assert split("gpus in hall a, easterly", COMMA, parts) == ["gpus in hall a", "easterly"]
    assert split("gpus in hall and yard and cost", AND, ["hall and yard"]) == ["gpus in hall and yard", "cost"]
