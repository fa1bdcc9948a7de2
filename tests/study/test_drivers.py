"""Sensitivity, flips and comparisons: against scipy, SALib and pen and paper."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import calc
from calc.study.sensitivity import Index, indices, uniforms

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = ["x", "y", "z"]


def ishigami(columns: Mapping[str, Any]) -> dict[str, Any]:
    x, y, z = (2 * np.pi * (columns[name] - 0.5) for name in NAMES)
    return {"f": np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)}


def test_indices_are_those_of_the_literature() -> None:
    found = indices(ishigami, *uniforms(NAMES, 65_536, 7))["f"]
    # Ishigami and Homma 1990, in closed form for a = 7, b = 0.1
    assert [found[name].first for name in NAMES] == pytest.approx([0.3139, 0.4424, 0.0], abs=0.02)
    assert [found[name].total for name in NAMES] == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.02)


def test_indices_are_those_of_scipy_and_salib() -> None:
    from SALib.analyze import sobol as salib
    from scipy.stats import sobol_indices

    first, second = uniforms(NAMES, 1024, 3)
    found = indices(ishigami, first, second)["f"]
    mixed = {name: ishigami({**first, name: second[name]})["f"] for name in NAMES}
    one, other = ishigami(first)["f"], ishigami(second)["f"]
    theirs = sobol_indices(
        func={
            "f_A": one[None, :],
            "f_B": other[None, :],
            "f_AB": np.array([mixed[name] for name in NAMES])[:, None, :],
        },
        n=1024,
    )
    ours = np.array([[found[name].first, found[name].total] for name in NAMES])
    assert ours[:, 0] == pytest.approx(theirs.first_order.ravel(), abs=1e-9)
    assert ours[:, 1] == pytest.approx(theirs.total_order.ravel(), abs=1e-9)
    rows = np.column_stack([one, *mixed.values(), other]).ravel()
    problem = {"num_vars": 3, "names": NAMES, "bounds": [[0, 1]] * 3}
    salib_found = salib.analyze(problem, rows, calc_second_order=False, num_resamples=2, seed=1)
    # SALib centres by the mean of all evaluations, mixed ones too: that moves its first-order indices a little.
    assert ours[:, 0] == pytest.approx(salib_found["S1"], abs=2e-5)
    assert ours[:, 1] == pytest.approx(salib_found["ST"], abs=1e-9)


def test_standard_errors_of_indices_are_those_of_their_terms() -> None:
    """Plain numpy: the index is a mean of terms over the variance; its error their deviation over the root of n."""
    first, second = uniforms(NAMES, 20_000, 5)

    def f(columns: Any) -> dict[str, Any]:
        return {"f": 1e-3 * (columns[NAMES[0]] + 2 * columns[NAMES[1]] * columns[NAMES[2]]) + 7e-3}

    found, one, other = indices(f, first, second)["f"], f(first)["f"], f(second)["f"]
    both = np.concatenate([one, other])
    for name in NAMES:
        change = f({**first, name: second[name]})["f"] - one
        alone, whole = (other - both.mean()) * change, change**2 / 2
        values = [found[name].first, found[name].total, found[name].first_error, found[name].total_error]
        errors = [each.std() / np.sqrt(20_000) / both.var() for each in (alone, whole)]
        assert values == pytest.approx([alone.mean() / both.var(), whole.mean() / both.var(), *errors], rel=1e-9)
        assert 0 < found[name].total_error < 0.01
    # What a figure does not depend on has no share of it, and no error.
    idle = indices(f, first, second, lambda name, columns: {} if name == NAMES[0] else f(columns))["f"]
    assert idle == {**found, NAMES[0]: Index(0.0, 0.0, 0.0, 0.0)}


PRODUCT = {
    "inputs": {"servers_needed": "100 to 300 servers", "server_power": "4 to 5 kW", "rack_power_rated": "25 kW"},
    "formulas": {"draw": "servers_needed * server_power * server_power"},
    "show": ["draw"],
}


def test_a_tornado_moves_each_input_alone() -> None:
    body = calc.run({**PRODUCT, "sensitivity": {"of": ["draw"]}}).to_dict()["studies"]["sensitivity"]
    [servers, power] = body["cases"][0]["figures"]["draw"]["inputs"]
    # p10 and p90 of 100 to 300 are 120 and 280; 120 x 4.5^2 = 2,430
    assert (servers["name"], servers["p10"], servers["p90"]) == ("servers_needed", 120, 280)
    assert (servers["at_p10"], servers["at_p90"]) == pytest.approx((2430, 5670))
    assert (power["at_p10"], power["at_p90"]) == pytest.approx((200 * 4.1**2, 200 * 4.9**2))
    assert (servers["elasticity"], power["elasticity"]) == pytest.approx((1, 2))
    # E(P^2) = 61 / 3, E(P^4) = 420.2, Var(P^2) = 6.756; E(N^2) = 43,333, Var(N) = 3,333; the variance of the product is
    # 43,333 x 420.2 - (200 x 61 / 3)^2 = 1,670,889. Alone 413.44 x 3,333 and 40,000 x 6.756 of it, in all 420.2 x 3,333
    # and 43,333 x 6.756.
    assert (servers["first_order"], power["first_order"]) == pytest.approx((0.8248, 0.1617), abs=0.02)
    assert (servers["total"], power["total"]) == pytest.approx((0.8383, 0.1752), abs=0.01)


def test_a_jump_has_no_elasticity() -> None:
    scenario = {**PRODUCT, "show": ["racks_needed"], "sensitivity": ["racks_needed"]}
    [case] = calc.run(scenario).to_dict()["studies"]["sensitivity"]["cases"]
    by_name = {each["name"]: each for each in case["figures"]["racks_needed"]["inputs"]}
    # 200 servers fill 40 racks of 5 exactly: one more and a rack is added
    assert by_name["servers_needed"]["elasticity"] is None
    assert by_name["server_power"]["elasticity"] == 0


def test_small_jumps_within_the_step_leave_no_elasticity_either() -> None:
    """50,000 racks of one server: over a step of 1e-4, five of them, the slope is 1.0, and 0.8 over a finer one."""
    inputs = {"servers_needed": "40,000 to 60,000 servers", "server_power": "4.5 kW", "rack_power_rated": "5 kW"}
    scenario = {"inputs": inputs, "show": ["racks_needed"], "sensitivity": ["racks_needed"]}
    [case] = calc.run(scenario).to_dict()["studies"]["sensitivity"]["cases"]
    [servers] = case["figures"]["racks_needed"]["inputs"]
    assert servers["elasticity"] is None


def test_what_moves_a_figure_as_far_at_both_ends_is_listed_by_its_share() -> None:
    """At p10 and p90 of x the square is alike, or a figure has no value at both: x moves them all the same."""
    inputs = {"x": "0 to 10", "middle": "5", "z": "0 to 30", "least": "4 kW/server", "more": "0.8 kW/server"}
    inputs |= {"rack_power_rated": "12 kW", "servers_needed": "30 servers"}
    formulas = {
        "square": "(x - middle) * (x - middle)",
        "even": "square + z",
        # 4 kW at the middle, and 4 + 0.8 x 16 = 16.8 at p10 and p90: more than a cabinet gives.
        "server_power": "least + more * square",
    }
    asked = ["even", "racks_needed"]
    scenario = {"inputs": inputs, "formulas": formulas, "sensitivity": asked, "show": asked}
    [case] = calc.run(scenario, samples=500).to_dict()["studies"]["sensitivity"]["cases"]
    even = {each["name"]: each for each in case["figures"]["even"]["inputs"]}
    assert list(even) == ["z", "x"]
    # 1 and 9 are as far from 5: to the last digit no swing at all.
    assert even["x"]["at_p10"] == even["x"]["at_p90"] == 31
    # The square of -5 to 5: its variance is 625 (1 / 5 - 1 / 9) = 55.6, that of z 900 / 12 = 75.
    assert even["x"]["total"] == pytest.approx(55.6 / (55.6 + 75), abs=0.03)
    [none] = case["figures"]["racks_needed"]["inputs"]
    assert (none["name"], none["at_p10"], none["at_p90"]) == ("x", None, None)


def flips(scenario: dict[str, Any]) -> dict[str, dict[str, Any]]:
    body = calc.run(scenario).to_dict()["studies"]["sensitivity"]
    found = [*body["flips_between_cases"], *(each for case in body["cases"] for each in case["flips"])]
    return {each["input"]: each for each in found}


def test_a_flip_is_where_the_verdict_changes() -> None:
    found = flips({**PRODUCT, "sensitivity": {"of": ["draw"], "flip": ["racks_needed <= 45 racks"]}})
    # 45 racks of 5 servers hold 225; with 4 to 5 kW five servers always fit
    assert found["servers_needed"]["flips_at"] == pytest.approx([225], rel=1e-6)
    assert found["server_power"]["flips_at"] == []
    assert found["server_power"]["range"] == "whole"
    assert "rack_power_rated" not in found


def test_a_certain_input_moves_within_a_given_range_and_a_tail_from_p1_to_p99() -> None:
    inputs = {**PRODUCT["inputs"], "servers_needed": {"mean": "200 servers", "sd": "10 servers"}}  # type: ignore[dict-item]  # both forms are values
    asked = {"of": ["draw"], "flip": ["servers_per_rack >= 5"], "within": {"rack_power_rated": "10 to 30 kW"}}
    found = flips({**PRODUCT, "inputs": inputs, "sensitivity": {**asked, "flip": ["racks_needed <= 45 racks"]}})
    assert found["servers_needed"]["range"] == "p1 to p99"
    # 2.326 sd
    assert found["servers_needed"]["low"] == pytest.approx(176.74, abs=0.01)
    found = flips({**PRODUCT, "sensitivity": asked})
    # 5 servers of the median of 4 to 5 kW, near 4.5 kW
    power = calc.run({**PRODUCT, "show": ["server_power"]}).cases["base"]["server_power"].p50 or 0.0
    assert power == pytest.approx(4.5, rel=1e-4)
    assert found["rack_power_rated"]["flips_at"] == pytest.approx([5 * power], rel=1e-8)


def test_two_cases_are_held_against_each_other() -> None:
    scenario = {
        "inputs": {"server_power": "4 to 5 kW"},
        "cases": {"small": {"rack_power_rated": "10 kW"}, "large": {"rack_power_rated": "14 kW"}},
        "show": ["rack_power_stranded"],
        "sensitivity": {"flip": ["rack_power_stranded in small < rack_power_stranded in large"]},
    }
    # 10 - 2 p against 14 - 3 p up to 14/3 kW, 14 - 2 p beyond: 10 - 2 p < 14 - 3 p for p < 4
    found = flips(scenario)["server_power"]
    assert found["holds"] is False
    assert found["flips_at"] == pytest.approx([4.6666667], rel=1e-6)


# ------------------------------------------------------------ compare

BOUGHT = {
    "inputs": {"server_price": "300,000 USD/server", "cluster_budget": "$3M"},
    "formulas": {"left": "cluster_budget - servers_affordable * server_price"},
    "cases": {
        "now": {},
        "later": {"server_price": "250,000 USD/server", "cluster_budget": "$4.1M"},
    },
    "show": ["servers_affordable", "left"],
    "compare": ["now", "later"],
}


def waterfall(scenario: dict[str, Any], name: str) -> dict[str, Any]:
    figures = calc.run(scenario).to_dict()["studies"]["compare"]["figures"]
    found: dict[str, Any] = next(each for each in figures if each["name"] == name)["to_first"][0]["waterfall"]
    return found


def test_a_waterfall_is_the_average_over_all_orders() -> None:
    found = waterfall(BOUGHT, "servers_affordable")
    # 10 now; price alone 12, budget alone 13, both 16: price (2 + 3) / 2, budget (3 + 4) / 2
    changes = {step["inputs"][0]["name"]: step["change"] for step in found["steps"]}
    assert (found["from"], found["to"], found["method"]) == (10, 16, "shapley")
    assert changes == {"cluster_budget": 3.5, "server_price": 2.5}


def test_a_waterfall_of_four_changes_is_the_average_over_their_24_orders() -> None:
    changed = {"a": (2.0, 3.0), "b": (5.0, 4.0), "c": (7.0, 11.0), "d": (1.0, 13.0)}
    cases = {name: {key: repr(ends[at]) for key, ends in changed.items()} for at, name in enumerate(("now", "later"))}
    found = waterfall({"formulas": {"e": "a * b * c + d"}, "cases": cases, "show": ["e"], "compare": [*cases]}, "e")
    expected = dict.fromkeys(changed, 0.0)
    for order in itertools.permutations(changed):
        here = {name: ends[0] for name, ends in changed.items()}
        for name in order:
            before = here["a"] * here["b"] * here["c"] + here["d"]
            here[name] = changed[name][1]
            expected[name] += (here["a"] * here["b"] * here["c"] + here["d"] - before) / 24
    assert found["method"] == "shapley"
    assert {step["inputs"][0]["name"]: step["change"] for step in found["steps"]} == pytest.approx(expected)


@pytest.mark.parametrize("name", ["servers_affordable", "left"])
def test_a_waterfall_leaves_nothing_over(name: str) -> None:
    found = waterfall(BOUGHT, name)
    assert found["steps"][-1]["after"] == found["to"]
    assert found["from"] + sum(step["change"] for step in found["steps"]) == pytest.approx(found["to"], rel=1e-14)


def test_variants_and_one_sided_inputs_are_steps_too() -> None:
    found = waterfall(
        {
            "inputs": {"budget_total": "$50M", "gpu_hour_price": "2 USD/gpu/hour"},
            "cases": {"share": {"compute_share": "40 %"}, "amount": {"compute_budget": "$30M"}},
            "show": ["compute_budget"],
            "compare": ["share", "amount"],
        },
        "compute_budget",
    )
    assert (found["from"], found["to"]) == (20_000_000, 30_000_000)
    assert sum(step["change"] for step in found["steps"]) == 10_000_000


def test_own_and_rented_halls_differ_by_the_site() -> None:
    body = calc.run("what-flips-own-or-rent", samples=200).to_dict()["studies"]["compare"]
    [figure] = body["figures"]
    [change] = figure["to_first"]
    [step] = change["waterfall"]["steps"]
    assert step["inputs"] == [{"name": "use: site", "from": "own_hall", "to": "colocation"}]
    assert step["change"] == pytest.approx(change["difference"], rel=1e-12)
