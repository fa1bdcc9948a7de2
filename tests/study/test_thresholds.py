"""The value sought in every sample: against scipy, bisection and pen and paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import calc
from calc.errors import Problems
from calc.scenario.load import load
from calc.scenario.resolve import Options, resolve
from calc.study.draws import draws_of
from calc.study.evaluator import Evaluator
from calc.study.thresholds import Thresholds, edges, spread_of
from calc.units import parse_unit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SIZE = 2000


def test_edges_of_smooth_margins_are_those_of_scipy() -> None:
    from scipy.optimize.elementwise import find_root

    wanted = np.random.default_rng(1).uniform(1, 50, SIZE)
    low, high = np.full(SIZE, 0.5), np.full(SIZE, 9.0)
    seen = []

    def margin(x: Any, places: Any) -> Any:
        seen.append(len(x))
        return x * np.exp(x / 3) - wanted[places]

    every = np.arange(SIZE)
    ours = edges(margin, (low, margin(low, every)), (high, margin(high, every)))
    theirs = find_root(lambda x, goal: x * np.exp(x / 3) - goal, (low, high), args=(wanted,)).x
    np.testing.assert_allclose(ours, theirs, rtol=2e-10)
    assert (margin(ours, every) >= 0).all()
    # A quarter of what a bisection would need: the other samples are left out when they are done.
    assert sum(seen) / SIZE < 14


def test_edges_of_jumps_are_those_of_a_bisection() -> None:
    # floor(a x) >= 5 from 5 / a on
    slope = np.random.default_rng(2).uniform(0.2, 3, SIZE)
    low, high = np.full(SIZE, 1.0), np.full(SIZE, 30.0)

    def margin(x: Any, places: Any) -> Any:
        return np.floor(slope[places] * x) - 5

    every = np.arange(SIZE)
    found = edges(margin, (high * 0, margin(low * 0, every)), (high, margin(high, every)))
    np.testing.assert_allclose(found, 5 / slope, rtol=2e-10)
    assert (margin(found, every) == 0).all()


def test_an_edge_next_to_what_has_no_value_is_found() -> None:
    one = np.ones(1)
    found = edges(lambda x, _: np.where(x > 2, 1.0, -np.inf), (one, -np.inf * one), (5 * one, one))
    assert found[0] == pytest.approx(2, rel=2e-10)
    # towards 0 there is always a smaller number: the width says when to stop
    assert edges(lambda x, _: x, (-one, -one), (one, one))[0] == pytest.approx(0, abs=1e-15)


BOUGHT = """
inputs: {price: {low: 2, likely: 3, high: 5}, tax: 10 to 20 %, size: 5}
formulas:
  cost: price * size * size * (1 + tax)
show: [cost]
"""


def thresholds(folder: Path, text: str, looks: Sequence[float], samples: int = SIZE) -> tuple[Any, dict[str, Any]]:
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    problems = Problems()
    scenario = resolve(load(str(path), problems), Options(samples=samples), problems)
    [goal], case = scenario.studies.request("find"), scenario.studies.cases("find")[0]
    names = list(dict.fromkeys(name for each in goal.conditions for name in each.names))
    evaluator = Evaluator(scenario, case, names, goal.names)
    found = Thresholds(evaluator, goal, goal.conditions)
    drawn = {name: evaluator.draw(draws_of(scenario), name, 0, samples) for name in found.drawn}
    return found.values(draws_of(scenario), samples, looks, looks), drawn


def test_thresholds_of_a_scenario_are_what_algebra_says(tmp_path: Path) -> None:
    text = f"{BOUGHT}find:\n  size: {{largest within: 1 to 10, so that: cost <= 100}}\n"
    found, drawn = thresholds(tmp_path, text, [10, 1], 40_000)
    # price x size^2 x (1 + tax) = 100; the slack of checks is 1e-9
    np.testing.assert_allclose(found, np.sqrt(100 / (drawn["price"] * (1 + drawn["tax"]))), rtol=2e-9)


def test_thresholds_are_the_same_formula_by_formula(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"{BOUGHT}find:\n  size: {{largest within: 1 to 10, so that: cost <= 100}}\n"
    fast, _ = thresholds(tmp_path, text, [10, 1], 500)
    monkeypatch.setattr(Thresholds, "_compiled", lambda _: None)
    slow, _ = thresholds(tmp_path, text, [10, 1], 500)
    np.testing.assert_allclose(slow, fast, rtol=1e-9)


def test_samples_in_which_no_value_will_do_are_told(tmp_path: Path) -> None:
    text = f"{BOUGHT}find:\n  size: {{smallest within: 1 to 4, so that: cost >= 60}}\n"
    found, drawn = thresholds(tmp_path, text, [1, 4])
    needed = np.sqrt(60 / (drawn["price"] * (1 + drawn["tax"])))
    np.testing.assert_array_equal(np.isnan(found), needed > 4)
    spread = spread_of(found, 1.0, upwards=True)
    assert spread.without == (needed > 4).mean() > 0.1
    ordered = np.sort(needed)
    assert spread.percentiles["p50"] == pytest.approx(ordered[SIZE // 2 - 1], rel=1e-8)
    # what lies beyond the range is no number
    assert spread.percentiles["p90"] is None
    found, _ = thresholds(tmp_path, text.replace(">= 60", ">= 0"), [1, 4])
    assert spread_of(found, 1.0, upwards=True).at_bound == 1


def test_whole_things_are_found_whole_and_the_likely_stretch_in_between(tmp_path: Path) -> None:
    text = """
inputs: {server_power: 4 to 5 kW, rack_power_rated: 25 kW, servers_needed: 10 servers}
show: [racks_needed]
find:
  servers_needed: {largest within: 1 to 999 servers, so that: racks_needed <= 9 racks}
"""
    found, drawn = thresholds(tmp_path, text, [999, 1])
    # cabinets of 5 servers, of 6 from 25 / 6 kW down
    np.testing.assert_array_equal(found, np.where(drawn["server_power"] <= 25_000 / 6 * (1 + 1e-9), 54, 45))
    between = f"{BOUGHT}find:\n  size: {{smallest within: 1 to 10, so that: [cost >= 60, cost <= 110]}}\n"
    ends, drawn = thresholds(tmp_path, between, [1, 10])
    assert np.isnan(ends).all(), "the conditions hold at neither end"
    found, _ = thresholds(tmp_path, between, list(np.linspace(1, 10, 33)))
    np.testing.assert_allclose(found, np.sqrt(60 / (drawn["price"] * (1 + drawn["tax"]))), rtol=2e-9)


def test_a_whole_thing_at_the_very_edge_is_the_answer(tmp_path: Path) -> None:
    """A smooth condition is met at an edge that is found to ten digits: one thing more, or less, was told."""
    for sense, looks, condition, less in (
        # A third power: its edge is approached from one side, and what is compared with 0 has no slack.
        ("smallest", [1, 9999], "missing >= 0 servers**3", 0),
        ("largest", [9999, 1], "missing <= 0 servers**3", 0),
        # Jumps: met at the first whole thing, and no more at it, where there are `count` full cabinets.
        ("smallest", [1, 9999], "full >= count", 0),
        ("largest", [9999, 1], "full < count", 1),
    ):
        text = f"""
inputs: {{size: 3 to 7 servers, count: 211}}
formulas:
  away: servers_needed - count * ceil(size)
  missing: away * away * away
  full: floor(servers_needed / ceil(size))
show: [missing, full]
find:
  servers_needed: {{{sense} within: 1 to 9999 servers, so that: {condition}}}
"""
        found, drawn = thresholds(tmp_path, text, looks)
        np.testing.assert_array_equal(found, np.ceil(drawn["size"]) * 211 - less, err_msg=f"{sense} {condition}")


def test_of_a_list_the_choice_that_does_it_is_the_answer_and_hours_come_whole_in_their_own_unit(tmp_path: Path) -> None:
    text = f"{BOUGHT}find:\n  size: {{largest within: [1, 4, 5, 6, 9], so that: cost <= 100}}\n"
    found, drawn = thresholds(tmp_path, text, [9, 6, 5, 4, 1])
    exact = np.sqrt(100 / (drawn["price"] * (1 + drawn["tax"])))
    np.testing.assert_array_equal(found, np.select([exact >= each for each in (9, 6, 5, 4)], [9, 6, 5, 4], 1))
    text = """
inputs: {hardware_cost_per_month: "900 to 1,100 USD/month"}
show: [hardware_cost_per_gpu_hour]
find:
  gpu_hours_per_month: {smallest within: 1 to 999 gpu*hour/month, so that: hardware_cost_per_gpu_hour <= 9 USD/gpu/hour}
"""
    hour, price = (parse_unit(each).factor for each in ("gpu*hour/month", "USD/month"))
    found, drawn = thresholds(tmp_path, text, [hour, 999 * hour])
    np.testing.assert_allclose(found / hour, np.ceil(drawn["hardware_cost_per_month"] / price / 9), rtol=1e-12)


def test_years_have_to_hold_all(tmp_path: Path) -> None:
    text = """
years: 2026 to 2028
inputs: {price: {start: 2 to 3, grows: 10 %/year}, size: 5}
formulas:
  cost: price * size
show: [cost]
find:
  size: {largest within: 1 to 100, so that: cost <= 60}
"""
    found, drawn = thresholds(tmp_path, text, [100, 1])
    np.testing.assert_allclose(found, 60 / drawn["price"][2], rtol=2e-9)


@pytest.mark.parametrize("condition", ["racks_needed < 50 racks", "racks_needed <= 50 racks"])
def test_the_answer_with_a_confidence_is_the_percentile_of_the_answers(condition: str) -> None:
    scenario = {
        "inputs": {"server_power": "4 to 6 kW", "servers_needed": "200 servers"},
        "show": ["racks_needed"],
        "find": {"rack_power_rated": {"smallest within": "10 to 60 kW", "so that": condition, "confidence": "90 %"}},
    }
    [case] = calc.run(scenario).to_dict()["studies"]["find"]["goals"][0]["cases"]
    value = case["values"]["rack_power_rated"]["value"]
    assert value == pytest.approx(case["over_samples"]["p90"], rel=1e-8)
    # 49 cabinets need 5 servers each, 50 need 4; 90 % of the servers draw at most 5.8 kW
    assert value == pytest.approx(5.8 * (5 if "<=" not in condition else 4), rel=1e-3)
    assert case["over_samples"]["share_without"] == 0


def test_without_uncertainty_there_is_nothing_to_say() -> None:
    goal = {"rack_power_rated": {"smallest within": "5 to 60 kW", "so that": "servers_per_rack >= 5"}}
    found = calc.run({"inputs": {"server_power": "4.5 kW"}, "show": ["servers_per_rack"], "find": goal}).to_dict()
    assert found["studies"]["find"]["goals"][0]["cases"][0]["over_samples"] is None
