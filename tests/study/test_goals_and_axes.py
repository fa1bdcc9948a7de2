"""What a review of the studies found, each with the scenario that showed it."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import calc
from calc.errors import CalcError, Problems
from calc.scenario.load import load_text
from calc.scenario.resolve import Options, resolve
from calc.study.answer import answer
from calc.study.find import _HALVINGS

if TYPE_CHECKING:
    from pathlib import Path

SERVER = {"server_power": "4.5 kW", "servers_needed": "250 servers"}


def study(name: str, scenario: dict[str, Any], **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = calc.run(scenario, **options).to_dict()["studies"][name]
    return found


def goal(scenario: dict[str, Any], **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = study("find", {"show": [], **scenario}, **options)["goals"][0]["cases"][0]
    return found


def chosen(found: dict[str, Any]) -> dict[str, float]:
    return {name: each["value"] for name, each in found["values"].items()}


def test_conditions_with_confidences_of_their_own_are_each_held_to_it() -> None:
    scenario: dict[str, Any] = {
        "inputs": {"server_power": "4 to 5 kW", "five": "5 servers/rack", "six": "6 servers/rack"},
        "formulas": {"both": "five + six"},
        "find": {
            "rack_power_rated": {
                "smallest within": "5 to 60 kW",
                "so that": [
                    "rack_power_usable >= server_power * five with 90 % confidence",
                    "rack_power_usable >= server_power * six with 20 % confidence",
                ],
            }
        },
    }
    # 5 x 4.9 kW and 6 x 4.2 kW; together in 90 % would be 6 x 4.9 kW
    assert chosen(goal(scenario, samples=5000))["rack_power_rated"] == pytest.approx(25.2, rel=1e-3)
    best = {"minimise": "rack_power_usable", "over": {"rack_power_rated": "5 to 60 kW"}}
    conditions = scenario["find"]["rack_power_rated"]["so that"]
    found = goal({**scenario, "find": {**best, "so that": conditions}}, samples=5000)
    assert chosen(found)["rack_power_rated"] == pytest.approx(25.2, rel=1e-3)
    # Both hold up to 25.2 / 6 = 4.2 of 4 to 5 kW.
    assert found["probability"] == pytest.approx(0.2, abs=1e-3)


def test_a_confidence_of_the_goal_is_that_of_all_its_conditions_together() -> None:
    scenario = {
        "inputs": {"server_power": "4 to 5 kW", "five": "5 servers/rack", "six": "6 servers/rack"},
        "formulas": {"both": "five + six"},
        "find": {
            "rack_power_rated": {
                "smallest within": "5 to 60 kW",
                "so that": [f"rack_power_usable >= server_power * {each}" for each in ("five", "six")],
                "confidence": "90 %",
            }
        },
    }
    assert chosen(goal(scenario, samples=5000))["rack_power_rated"] == pytest.approx(29.4, rel=1e-3)


def test_a_check_with_a_confidence_fails_by_the_samples_beside_a_goal() -> None:
    find = {"rack_power_rated": {"smallest within": "5 to 60 kW", "so that": "rack_power_usable >= 23 kW"}}
    scenario = {"inputs": {"server_power": "4 to 5 kW"}, "show": ["servers_per_rack"], "find": find}
    # five fit up to 4.6 kW: in 60 % of the samples, and at the likely 4.5 kW
    for confidence, failed in ((90, True), (50, False)):
        check = f"servers_per_rack >= 5 with {confidence} % confidence"
        assert goal({**scenario, "checks": [check]}, samples=2000)["failed_checks"] == ([check] if failed else [])


def test_a_jump_in_a_later_year_is_told_as_one() -> None:
    scenario = {
        "years": "2026 to 2027",
        "inputs": {"need": {"by year": {2026: "2 servers", 2027: "7 servers"}}, "each": "2 servers/rack"},
        "formulas": {"racks": "ceil(need * growth / each)"},
        "find": {"growth": {"largest within": "0.1 to 10", "so that": "racks <= 5 racks"}},
    }
    found = goal(scenario)
    # 7 x 10 / 7 / 2 = 5; the sixth rack comes right after, of 2 in 2026
    assert chosen(found)["growth"] == pytest.approx(10 / 7, rel=1e-8)
    assert found["how"] == "jump"
    assert "from 6 racks to 5 racks" in found["explanation"]


def test_the_end_that_comes_nearest_is_judged_by_all_years() -> None:
    scenario = {
        "years": "2026 to 2027",
        "inputs": {"slope": {"by year": {2026: "-1", 2027: "10"}}, "base": "8"},
        "formulas": {"far": "base + slope * x"},
        "find": {"x": {"smallest within": "1 to 2", "so that": "far <= 5"}},
    }
    # at 1: 7 and 18, at 2: 6 and 28
    assert goal(scenario)["nearest"]["x"]["value"] == 1


def test_no_whole_thing_within_a_range_is_an_error() -> None:
    find = {"servers_needed": {"largest within": "1.2 to 1.8 servers", "so that": "racks_needed <= 3 racks"}}
    with pytest.raises(CalcError, match="no whole"):
        goal({"inputs": {"server_power": "4.5 kW", "rack_power_rated": "25 kW"}, "find": find})


def test_things_that_add_up_stay_whole() -> None:
    scenario: dict[str, Any] = {
        "inputs": {"price": "1 USD/server", "other": "3 USD/server"},
        "formulas": {"worth": "price * servers_needed - other * servers"},
        "find": {
            "maximise": "worth",
            "over": {"servers_needed": "0 to 10 servers", "servers": "0 to 10 servers"},
            "adding up to": "7 servers",
            "so that": "servers >= servers_needed",
        },
    }
    found = goal(scenario)
    assert chosen(found) == {"servers_needed": 3, "servers": 4}
    assert found["without_effect"] == []
    # The last of them takes what the others leave, within a range of its own.
    for servers, counts in (("0 to 10 servers", (7, 0)), ("2 to 5 servers", (5, 2)), ("4 to 6 servers", (3, 4))):
        scenario["find"] |= {"over": {"servers_needed": "0 to 10 servers", "servers": servers}, "so that": []}
        assert chosen(goal(scenario)) == dict(zip(("servers_needed", "servers"), counts, strict=True)), servers


def test_the_ends_of_a_search_for_things_are_whole() -> None:
    scenario = {"inputs": {"server_power": "4.5 kW", "rack_power_rated": "5 kW"}}
    for sense, count in (("maximise", 7), ("minimise", 2)):
        find = {sense: "racks_needed", "over": {"servers_needed": "1.6 to 7.6 servers"}}
        assert chosen(goal({**scenario, "find": find})) == {"servers_needed": count}
    # GPU-hours a month are whole too, in their own unit: of what costs 1,000 a month the dearest has the fewest hours.
    monthly = {"inputs": {"hardware_cost_per_month": "1,000 USD/month"}}
    for sense, hours in (("maximise", 101), ("minimise", 107)):
        find = {sense: "hardware_cost_per_gpu_hour", "over": {"gpu_hours_per_month": "100.6 to 107.6 gpu*hour/month"}}
        assert chosen(goal({**monthly, "find": find})) == {"gpu_hours_per_month": hours}


def test_what_is_found_is_a_simple_number_in_the_unit_of_its_range() -> None:
    """In that, or in the one that is shown; and the condition holds there, which rounding up would not keep."""
    own: dict[str, Any] = {"inputs": {"pay": "2 USD/hour"}, "formulas": {"cost": "pay * rented"}}
    # 1.25 months of 730 hours are 912.5 hours or 38.02083333... days; 45 days are 1,080 hours.
    rows = [
        ("1 to 400 days", "45 days", 45),
        ("100 to 5000 hours", "45 days", 1080),
        ("1 to 9 months", "1.25 months", 1.25),
        ("100 to 5000 hours", "1.25 months", 912.5),
        ("1 to 400 days", "1.25 months", 38.0208333),
        ("1 to 4000000 hours", "45 days", 1080),
    ]
    for within, most, value in rows:
        limit = f"rented <= {most}"
        for find in (
            {"maximise": "cost", "over": {"rented": within}, "so that": limit},
            {"rented": {"largest within": within, "so that": limit}},
        ):
            assert chosen(goal({**own, "find": find})) == {"rented": value}, (within, most)
    # Written in days, declared and shown in years.
    find = {"programme_duration": {"largest within": "1 to 400 days", "so that": "programme_duration <= 73 days"}}
    assert chosen(
        goal({**own, "show": ["cost"], "inputs": {"pay": "2 USD/hour", "rented": "1 hour"}, "find": find})
    ) == {"programme_duration": 0.2}
    # A model's own check of the budget names lines that are not included here. 66 % is twice 33 %.
    least = "minimum(compute_budget, people_budget + people_budget)"
    split: dict[str, Any] = {"inputs": {"budget_total": "$50M"}, "formulas": {"least": least}}
    over = {"compute_share": "10 to 90 %", "people_share": "10 to 90 %"}
    find = {"maximise": "least", "over": over, "adding up to": "99 %"}
    assert chosen(goal({**split, "find": find})) == {"compute_share": 0.66, "people_share": 0.33}
    # What adds up stays what it adds up to: 100.3 - 33.3 days, and 33.3 days are 799.2 hours.
    find = {
        "maximise": "cost",
        "over": {"rented": "1 to 99 days", "left": "1 to 99 days"},
        "adding up to": "100.3 days",
    }
    spare = {"pay": "2 USD/hour", "left": "1 hour"}
    found = chosen(goal({**own, "inputs": spare, "checks": ["left >= 33.3 days"], "find": find}))
    assert found == {"rented": 67, "left": 799.2}


def test_the_ends_of_a_range_of_whole_things_are_among_them() -> None:
    """Ends that are whole in their own unit are so but for rounding in base units: each of some GPU-hours a month."""
    inputs = {"price": "1 USD/server", "fee": "10 USD"}
    servers = {"inputs": inputs, "formulas": {"cost": "fee + price * servers_needed"}}
    monthly = {"inputs": {"hardware_cost_per_month": "1,000 USD/month"}}
    hours = {f"{low} to {low + 7} gpu*hour/month": (low, low + 7) for low in range(93, 96)}
    for scenario, figure, name, ranges in (
        (servers, "cost", "servers_needed", {"2 to 7 servers": (7, 2)}),
        (monthly, "hardware_cost_per_gpu_hour", "gpu_hours_per_month", hours),
    ):
        for range_text, ends in ranges.items():
            for sense, end in zip(("maximise", "minimise"), ends, strict=True):
                found = chosen(goal({**scenario, "find": {sense: figure, "over": {name: range_text}}}))
                assert found == {name: pytest.approx(end, rel=1e-9)}, (sense, range_text)


def test_a_goal_that_is_met_up_to_the_last_choice_but_one_says_so() -> None:
    for choices, stretches in (([1, 2, 3], [[2, 2]]), ([1, 2], []), ([1, 2, 2.5, 3], [[2, 2.5]])):
        find = {"x": {"smallest within": choices, "so that": ["y >= 4", "y <= 5"]}}
        found = goal({"formulas": {"y": "x + x"}, "show": ["y"], "find": find})
        assert found["values"]["x"]["value"] == 2
        assert found["holds_within"] == stretches, choices


def test_hours_that_do_in_the_middle_of_a_range_alone_are_found_whole() -> None:
    # $1,000 a month: at most $9 an hour from 1,000 / 9 = 111.1 hours on, at least $5 up to 200.
    inputs = {"hardware_cost_per_month": "1,000 USD/month"}
    conditions = [f"hardware_cost_per_gpu_hour {each} USD/gpu/hour" for each in ("<= 9", ">= 5")]
    for sense, hours in (("smallest", 112), ("largest", 200)):
        find = {"gpu_hours_per_month": {f"{sense} within": "1 to 999 gpu*hour/month", "so that": conditions}}
        assert chosen(goal({"inputs": inputs, "find": find})) == {
            "gpu_hours_per_month": pytest.approx(hours, rel=1e-12)
        }


def test_of_two_stretches_the_first_is_sought_in_every_sample() -> None:
    # At least 0 between the first two of 2, 4 and 8, and from the third on.
    formulas = {"y": "(x - first) * (x - second) * (x - third)"}
    inputs = {"first": "1.9 to 2.1", "second": "4", "third": "8"}
    find = {"x": {"smallest within": "1 to 10", "so that": "y >= 0"}}
    found = goal({"inputs": inputs, "formulas": formulas, "find": find}, samples=1024)
    # Of uncertain conditions 33 values are looked at, 0.28 apart.
    assert found["holds_within"] == [pytest.approx([2, 4], abs=0.28), pytest.approx([8, 10], abs=0.28)]
    spread = found["over_samples"]
    assert [spread[key] for key in ("p10", "p50", "p90")] == pytest.approx([1.92, 2, 2.08], abs=2e-3)


def test_samples_in_which_the_end_of_the_range_does_are_counted() -> None:
    # 5 kW and more: of 4 to 6 kW half fit at once, and 10 % of the samples only from 5.8 kW on.
    find = {"rack_power_rated": {"smallest within": "5 to 25 kW", "so that": "servers_per_rack_by_power >= 1"}}
    found = goal({"inputs": {"server_power": "4 to 6 kW"}, "find": find}, samples=1024)["over_samples"]
    assert found["share_at_bound"] == pytest.approx(0.5, abs=2e-3)
    assert (found["p10"], found["p90"]) == (5, pytest.approx(5.8, rel=1e-3))


def test_a_value_is_found_to_its_digits_however_small_it_and_its_range_are() -> None:
    for scale in (1.0, 1e-15, 1e15):
        limit = math.pi / 10 * scale
        find = {"x": {"largest within": f"0 to {scale!r}", "so that": "y <= limit"}}
        inputs = {"limit": repr(limit), "one": "1"}
        found = goal({"inputs": inputs, "formulas": {"y": "x * one"}, "find": find})
        assert found["values"]["x"]["value"] == pytest.approx(limit, rel=2e-9, abs=0)


def test_points_may_be_ranked_by_an_axis() -> None:
    best = {"minimise": "rack_power_rated", "pareto": ["minimise rack_power_rated", "maximise servers_per_rack"]}
    sweep = {"rack_power_rated": "5 to 25 kW step 5 kW", "so that": "servers_per_rack >= 2", **best}
    [case] = study("sweep", {"inputs": SERVER, "show": ["servers_per_rack"], "sweep": sweep})["cases"]
    assert (case["best"], case["worst"]) == (1, 4)
    assert case["pareto"] == [1, 2, 3, 4]


def test_too_many_samples_of_a_sweep_are_refused_where_only_they_can_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario: dict[str, Any] = {"inputs": {"servers_needed": "200 to 300 servers", "server_power": "4.5 kW"}}
    sweep = {"rack_power_rated": "5 to 14 kW in 10 steps", "show": ["racks_needed"]}
    sure = "racks_needed <= 100 racks with 80 % confidence"
    # 10 points of 500 samples; without a confidence the likely values decide, and no range is shown.
    for most, condition, is_drawn in ((5000, sure, True), (4999, "racks_needed <= 100 racks", False)):
        monkeypatch.setattr("calc.study.sweep.MAX_DRAWN", most)
        found = study("sweep", {**scenario, "sweep": {**sweep, "so that": condition}}, samples=500)["cases"][0]
        assert [each["name"] for each in found["columns"] if "p10" in each] == (["racks_needed"] if is_drawn else [])
    with pytest.raises(CalcError, match="10 points with 500 samples each are too many for a confidence"):
        study("sweep", {**scenario, "sweep": {**sweep, "so that": sure}}, samples=500)


def test_an_input_that_stands_outside_the_range_given_for_it_is_moved_to_where_it_stands() -> None:
    inputs = {"server_power": "4.5 kW", "rack_power_rated": "30 kW"}
    asked = {"flip": ["servers_per_rack >= 6"], "within": {"rack_power_rated": "10 to 20 kW"}}
    [case] = study("sensitivity", {"inputs": inputs, "show": ["servers_per_rack"], "sensitivity": asked})["cases"]
    [flip] = case["flips"]
    # It holds at 30 kW and nowhere up to 20 kW.
    assert (flip["holds"], flip["flips_at"], flip["high"]) == (True, [27], 30)


@pytest.mark.parametrize("text", ["0.1 to 0.7 kW step 0.2 kW", "0.1 to 0.7 kW in 4 steps"])
def test_values_of_an_axis_are_those_that_are_written(text: str) -> None:
    problems = calc.run({"inputs": {}, "sweep": {"rack_power_rated": text}, "show": ["rack_power_usable"]})
    [case] = problems.to_dict()["studies"]["sweep"]["cases"]
    assert case["columns"][0]["values"] == [0.1, 0.3, 0.5, 0.7]
    for at, value in enumerate((0.1, 0.3, 0.5, 0.7)):
        alone = calc.run({"inputs": {"rack_power_rated": f"{value} kW"}, "show": ["rack_power_usable"]})
        assert case["columns"][1]["values"][at] == alone.cases["base"]["rack_power_usable"].value


def test_steps_of_what_comes_whole_are_whole_in_its_own_unit() -> None:
    """Of GPU-hours a month, which are no whole numbers of GPUs."""
    axis = {"gpu_hours_per_month": "100 to 101.5 gpu*hour/month in 4 steps"}
    scenario = {"inputs": {"hardware_cost_per_month": "1,000 USD/month"}, "show": ["hardware_cost_per_gpu_hour"]}
    [case] = study("sweep", {**scenario, "sweep": axis})["cases"]
    # 100, 100.5, 101, 101.5: halves go to the even number
    assert case["columns"][0]["values"] == [100, 101, 102]
    # 1,000 / 100
    assert case["columns"][1]["values"][0] == pytest.approx(10)


def test_an_axis_wins_over_a_case_and_says_so() -> None:
    cases = {"small": {"rack_power_rated": "10 kW"}, "as it is": {}}
    scenario = {
        "inputs": SERVER,
        "cases": cases,
        "show": ["racks_needed"],
        "sweep": {"rack_power_rated": ["5 kW", "25 kW"]},
    }
    result = calc.run({**scenario, "inputs": {**SERVER, "rack_power_rated": "15 kW"}})
    for case in result.to_dict()["studies"]["sweep"]["cases"]:
        assert case["columns"][1]["values"] == [250, 50]
    assert any("case `small`" in each and "`rack_power_rated`" in each for each in result.warnings)


def test_an_axis_over_a_default_fact_and_over_an_uncertain_input() -> None:
    facts = {"inputs": {"server_power": "4 to 5 kW", "rack_power_rated": "25 kW"}, "show": ["servers_per_rack"]}
    [case] = study("sweep", {**facts, "sweep": {"server_power": ["4 kW", "5 kW"]}}, samples=100)["cases"]
    assert [each["values"] for each in case["columns"][1:]] == [[6, 5]]
    assert "p10" not in case["columns"][1]
    scenario = {"inputs": {"gpus": "100 gpus", "gpu_utilisation": "50 %"}, "show": ["gpu_hours_per_month"]}
    [case] = study("sweep", {**scenario, "sweep": {"hours_per_month": ["700", "730"]}})["cases"]
    assert case["columns"][1]["values"] == [35_000, 36_500]


def test_a_one_point_axis_and_a_list_in_any_order() -> None:
    axes = {"rack_power_rated": "25 kW", "server_power": ["6.5 kW", "4500 W"]}
    inputs = {"servers_needed": "250 servers"}
    [case] = study("sweep", {"inputs": inputs, "sweep": axes, "show": ["racks_needed"]})["cases"]
    assert [each["values"] for each in case["columns"]] == [[25, 25], [6.5, 4.5], [84, 50]]


def test_points_without_value_meet_no_condition_and_are_never_best() -> None:
    sweep = {
        "rack_power_rated": ["4 kW", "5 kW", "25 kW"],
        "maximise": "racks_needed",
        "so that": "racks_needed <= 250",
    }
    [case] = study("sweep", {"inputs": SERVER, "sweep": sweep, "show": ["racks_needed"]})["cases"]
    assert case["columns"][1]["values"] == [None, 250, 50]
    assert (case["holds"], case["best"], case["worst"]) == ([False, True, True], 1, 2)


@pytest.mark.parametrize("confidence", ["", " with 90 % confidence"])
@pytest.mark.parametrize(
    "find",
    [
        "{rack_power_rated: {smallest within: 20 to 30 kW, so that: CONDITION}}",
        "{minimise: rack_power_usable, over: {rack_power_rated: 20 to 30 kW}, so that: CONDITION}",
    ],
)
def test_a_search_is_sized_before_its_samples_are_drawn(find: str, confidence: str, tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    find = find.replace("CONDITION", f"servers_per_rack >= 5{confidence}")
    path.write_text(f"inputs: {{server_power: 4 to 5 kW}}\nshow: [servers_per_rack]\nfind: {find}\n", encoding="utf-8")
    # 8 bytes each, of one quantity and more: at least 2,400 GB
    words = [sys.executable, "-m", "calc", "find", str(path), "--samples", "300000000000"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "error[E-TOO-LARGE]: 300,000,000,000 samples of" in done.stderr
    assert "take fewer `samples`" in done.stderr


def test_values_with_commas_between_them_are_a_list() -> None:
    power = {"2 kW, 4 kW": [2, 4], "2, 4, 8 kW": [2, 4, 8], "1,000 W, 2,500 W": [1, 2.5], "[2 kW, 4 kW]": [2, 4]}
    scenario = {"inputs": {**SERVER, "rack_power_rated": "25 kW"}, "show": ["servers_per_rack"]}
    for text, values in power.items():
        swept = calc.sweep(scenario, {"server_power": text})
        assert swept["axes"][0]["values"] == pytest.approx(values), text
    plain = calc.sweep("serve-70b", {"tensor_parallel": "2,4,8"}, samples=20, cases=["own"], show=["replicas"])
    assert plain["axes"][0]["values"] == [2, 4, 8]
    chosen_of = calc.find(scenario, "minimise racks_needed", over={"rack_power_rated": "5, 25 kW"})
    assert chosen_of["goals"][0]["cases"][0]["values"]["rack_power_rated"]["value"] == 25


def test_an_input_that_moves_nothing_is_not_to_be_searched_wider() -> None:
    """More GPUs do not make a reply faster: the requests at a replica do, which follow from the accepted time."""
    asked = "smallest serving_gpus within 4 to 64 gpus so that time_per_token <= 40 ms"
    found = calc.find("serve-70b", asked, samples=50, cases=["own"])
    [case] = found["goals"][0]["cases"]
    assert case["without_effect"] == ["serving_gpus"]
    assert "time_per_token_limit" in case["moved_by"]
    assert "request_rate_peak" not in case["moved_by"]


def test_a_goal_that_its_input_does_not_move_names_what_does() -> None:
    inputs = (
        "inputs: {server_power: 4.5 kW, servers_needed: 250 servers, rack_power_rated: 12 kW}\nshow: [racks_needed]\n"
    )
    for condition, movers in (
        ("racks_needed <= 2 racks", "; what does: `server_power`, `servers_needed` or `rack_power_rated`"),
        # A standard fact is given by nobody who could give another value.
        ("rack_power_derating <= 50 %", ""),
    ):
        find = f"find: {{pue: {{largest within: 1 to 2, so that: {condition}}}}}\n"
        problems = Problems()
        found = answer(resolve(load_text(inputs + find, "goal.yaml", problems), Options(), problems))
        [error] = found.studies.missed()
        assert error.hint == f"no value of `pue` changes that{movers}"


def test_a_search_by_samples_tells_its_work_before_it_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Two seconds a value: the three of the list, and as often as a stretch is halved.
    clock = iter([1.0, 3.0])
    monkeypatch.setattr("calc.study.find.process_time", clock.__next__)
    sure = {"largest within": ["10 kW", "20 kW", "30 kW"], "so that": "racks_needed >= 9 racks with 90 % confidence"}
    find = {"rack_power_rated": sure}
    goal({"inputs": {"servers_needed": "20 to 30 servers", "server_power": "4.5 kW"}, "find": find}, samples=500)
    count = 3 + _HALVINGS
    assert capsys.readouterr().err == f"500 samples at each of about {count} values, about {2 * count} seconds\n"


def test_a_point_with_few_samples_without_a_value_is_told_and_can_be_best() -> None:
    """Of 9 to 13 kW a quarter does not fit into 12 kW, and three quarters not into 10 kW."""
    inputs = {"server_power": "9 to 13 kW", "rack_power_rated": "12 kW", "servers_needed": "4 servers"}
    scenario = {"inputs": inputs, "show": ["racks_needed"]}
    swept = calc.sweep(scenario, {"rack_power_rated": "10, 12 kW"}, minimise="racks_needed")["cases"][0]
    [column] = [each for each in swept["columns"] if each["name"] == "racks_needed"]
    assert column["share_without_value"] == pytest.approx([0.75, 0.25], abs=2e-3)
    assert column["p50"] == [None, 4]
    assert swept["best"] == 1
    run = calc.run(scenario)
    figure = run.to_dict()["cases"][0]["results"]["racks_needed"]
    assert (figure["p50"], figure["headline"]) == (4, "4 racks, no value in 25 % of the samples")
    found = calc.find(scenario, "minimise racks_needed", over={"rack_power_rated": "10, 12 kW"})["goals"][0]["cases"][0]
    assert found["values"]["rack_power_rated"]["value"] == 12


def test_a_list_of_choices_reaches_from_the_least_to_the_greatest() -> None:
    choices = {"smallest within": ["4 servers", "2 servers", "8 servers"], "so that": "gpus >= 60 gpus"}
    inputs = {"gpus_per_server": "8 gpus/server"}
    found = calc.run({"inputs": inputs, "find": {"servers": choices}, "show": ["gpus"]}).studies["find"]["goals"][0]
    assert found["goal"].startswith("the smallest servers within 2 servers to 8 servers")
    assert found["cases"][0]["values"]["servers"]["value"] == 8
