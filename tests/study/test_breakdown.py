"""Breakdowns: sums and sums of sums, shares, costs per something, what is not included, and what is no sum."""

from __future__ import annotations

from typing import Any

import pytest
from counted import at_most

import calc
from calc.errors import Problems
from calc.scenario.load import load_text
from calc.scenario.resolve import Options, resolve
from calc.study.answer import answer
from calc.study.points import yearly_lines

INPUTS = {
    "hardware": "$15M",
    "network": "$4M",
    "hall": "$6M",
    "power": "$5M",
    "number_of_gpus": "1000 gpus",
}
FORMULAS = {
    "machines": "hardware + network",
    "cost": "machines + hall + power",
    "cost_per_gpu": "cost / number_of_gpus",
}


def lines(name: str, **formulas: str) -> list[tuple[str, Any, Any]]:
    given: dict[str, Any] = {"inputs": INPUTS, "formulas": {**FORMULAS, **formulas}, "show": [name]}
    found = calc.run(given).to_dict()["cases"][0]["results"][name]
    return [(line["name"], line["value"], line["share"]) for line in found.get("breakdown", [])]


def test_sums_inside_a_sum_are_opened_and_the_largest_line_stands_first() -> None:
    # 15 + 4 + 6 + 5 = 30
    assert lines("cost") == [
        ("hardware", 15e6, 0.5),
        ("hall", 6e6, 0.2),
        ("power", 5e6, pytest.approx(5 / 30)),
        ("network", 4e6, pytest.approx(4 / 30)),
    ]


def test_a_cost_per_something_is_broken_down_per_something() -> None:
    found = lines("cost_per_gpu")
    assert [name for name, _, _ in found] == ["hardware", "hall", "power", "network"]
    assert [value for _, value, _ in found] == pytest.approx([15_000, 6_000, 5_000, 4_000])
    assert sum(share for _, _, share in found) == pytest.approx(1)


@pytest.mark.parametrize(
    "formula", ["hardware - network", "hardware * 2", "hardware + network - hall", "maximum(hall, power)"]
)
def test_what_is_no_sum_has_no_breakdown(formula: str) -> None:
    assert lines("other", other=formula) == []


def test_a_line_below_zero_leaves_no_breakdown() -> None:
    """Shares of a sum with a credit in it would add to more than the whole."""
    assert lines("other", credit="-power", other="hardware + network + credit") == []


def test_a_line_of_nothing_is_left_out_and_leaves_the_others() -> None:
    # 15 + 0 + 5 = 20
    found = lines("other", none="network - network", other="hardware + none + power")
    assert found == [("hardware", 15e6, 0.75), ("power", 5e6, 0.25)]


def test_what_a_sum_adds_twice_counts_twice() -> None:
    # 15 + 15 + 5 = 35
    found = lines("twice", twice="hardware + hardware + power")
    assert [(name, value) for name, value, _ in found] == [("hardware", 30e6), ("power", 5e6)]
    assert [share for _, _, share in found] == pytest.approx([30 / 35, 5 / 35])


def test_sums_of_sums_are_opened_once_each() -> None:
    """x40 = x39 + x38, x39 = x38 + x37 ...: as a tree it has 165,580,140 branches, and x1 stands in most of them."""
    formulas = {f"x{at}": f"x{at - 1} + x{at - 2}" for at in range(2, 41)}
    # Fibonacci's numbers: x40 = 102,334,155 x1 + 63,245,986 x0, here of $1 each.
    given: dict[str, Any] = {"inputs": {"x0": "$1", "x1": "$1"}, "formulas": formulas, "show": ["x40"]}
    with at_most(100_000):
        found = calc.run(given).to_dict()["cases"][0]["results"]["x40"]
    assert [(line["name"], line["value"]) for line in found["breakdown"]] == [
        ("x1", pytest.approx(102_334_155)),
        ("x0", pytest.approx(63_245_986)),
    ]


def test_a_sum_inside_of_very_many_lines_is_one_line() -> None:
    many = {f"a{at}": "$1" for at in range(110)}
    formulas = {f"s{at}": " + ".join(list(many)[at * 10 : at * 10 + 10]) for at in range(11)}
    formulas |= {"whole": " + ".join(f"s{at}" for at in range(11)), "both": "whole + extra"}
    given: dict[str, Any] = {"inputs": {**many, "extra": "$100"}, "formulas": formulas, "show": ["both"]}
    found = calc.run(given).to_dict()["cases"][0]["results"]["both"]
    assert [(line["name"], line["value"]) for line in found["breakdown"]] == [("whole", 110.0), ("extra", 100.0)]


def test_lines_of_a_sum_beyond_the_root_of_all_numbers_have_their_amounts() -> None:
    # 1e200 x 3e200 would be no number; the lines are 2e200 and 1e200 of 3e200.
    found = calc.run({"inputs": {"a": "1e200 USD", "b": "2e200 USD"}, "formulas": {"c": "a + b"}, "show": ["c"]})
    told = [(each["name"], each["value"]) for each in found.to_dict()["cases"][0]["results"]["c"]["breakdown"]]
    assert told == [("b", pytest.approx(2e200)), ("a", pytest.approx(1e200))]


def test_lines_of_every_year_are_those_of_a_sum_of_several() -> None:
    text = """
years: 2026 to 2028
inputs:
  {power: {start: $10, grows: 50 %/year}, paid: {start: $8, grows: 100 %/year}, rent: $4, nothing: $0, gpus: 2 gpus}
formulas:
  both: power + rent
  less: power - paid
  one: power + nothing
  per_gpu: (power + rent) / gpus
  flat: rent + nothing
show: [both, less, one, per_gpu, flat]
"""
    problems = Problems()
    scenario = resolve(load_text(text, "years.yaml", problems), Options(), problems)
    [case] = answer(scenario).cases
    # 10, 15 and 22.5 beside 4; less 8, 16 and 32; for each of two GPUs half of it
    expected = {
        "both": {"power": [10, 15, 22.5], "rent": [4, 4, 4]},
        "less": {"power": [10, 15, 22.5], "paid": [-8, -16, -32]},
        "one": {},
        "per_gpu": {"power": [5, 7.5, 11.25], "rent": [2, 2, 2]},
        "flat": {},
    }
    assert {name: yearly_lines(case, name, scenario.catalogue) for name in expected} == expected
