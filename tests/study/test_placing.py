"""`place`: the plan of a scenario, what follows from it, and what is refused."""

from __future__ import annotations

import math
import random
import subprocess
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from calc_command import calc as command
from rows import each_row

import calc
from calc.errors import CalcError, CalcErrors
from calc.files import data_folder
from calc.placement.plan import Planner
from calc.records import replace
from calc.study.placing import _without_need as without_need

if TYPE_CHECKING:
    from pathlib import Path

    from calc.placement.plan import Plan


@pytest.fixture(scope="module")
def two_megawatts() -> dict[str, Any]:
    found: dict[str, Any] = calc.run("hall-2mw").to_dict()["cases"][0]
    return found


def limit(found: dict[str, Any], name: str, part: str = "") -> dict[str, Any]:
    [each] = [one for one in found["placement"]["limits"] if (one["name"], one["part"]) == (name, part)]
    return each  # type: ignore[no-any-return]  # of JSON


def test_the_hall_of_two_megawatts_is_planned_to_the_digit(two_megawatts: dict[str, Any]) -> None:
    results, plan = two_megawatts["results"], two_megawatts["placement"]
    # 100 x 8 x 0.312 + 41 x 18 + 8 x 180 PFLOP/s; 800 + 328 + 576 GPUs
    assert results["site_peak"]["value"] == pytest.approx(2_427_600, rel=1e-12)
    assert results["site_gpus"]["value"] == 1704
    assert (plan["status"], plan["gap"]) == ("optimal", 0)
    fillings = {(each["kind"], tuple(each["servers"].items())): each["count"] for each in plan["cabinets"]}
    assert fillings == {
        ("10 kW", (("a100", 2),)): 4,
        ("25 kW", (("a100", 5),)): 2,
        ("25 kW", (("a100", 2), ("dgx-b200", 1))): 41,
        ("liquid", (("nvl72", 1),)): 8,
    }
    assert sum(each["used"] for each in plan["kinds"]) == 55


def test_every_kilowatt_is_drawn_or_stranded_once(two_megawatts: dict[str, Any]) -> None:
    stranded = two_megawatts["placement"]["stranded"]
    # 100 x 10 + 100 x 17.3 + 92 x 25 + 8 x 132
    assert stranded["rated"] == 6086
    # 41 x 1.7 + 2 x 2.5 + 4 x 1 whole servers; 8 x 12 height, where a server of 4.5 kW has no room beside an NVL72
    wanted = {"drawn": 1996.3, "whole_servers": 78.7, "height": 96, "empty_cabinets": 3915}
    assert {name: stranded[name] for name in wanted} == pytest.approx(wanted, rel=1e-12)
    causes = [value for name, value in stranded.items() if name not in {"unit", "rated", "cost"}]
    assert math.fsum(causes) == pytest.approx(stranded["rated"], rel=1e-9)


def test_a_limit_binds_where_more_of_it_adds_something(two_megawatts: dict[str, Any]) -> None:
    power = limit(two_megawatts, "hall_it_power")
    assert (power["used"], power["available"], power["more"]) == (1996.3, 2000, 20)
    assert power["binds"]
    assert power["adds"] == pytest.approx(22_992, rel=1e-9)
    # All eight are used up, and a ninth adds nothing: 9 x 102 kW is more than liquid takes out of the hall.
    liquid = limit(two_megawatts, "racks_available", "liquid")
    assert (liquid["used"], liquid["available"], liquid["binds"]) == (8, 8, False)


CABINETS = {"a": {"inputs": {"racks_available": "10 racks", "rack_power_rated": "12 kW"}}}
H100 = {"inputs": {"server_power": "10.2 kW", "gpus_per_server": "8 gpus", "server_price": "300,000 USD/server"}}
SMALL = {"inputs": {"server_power": "4.5 kW", "gpus_per_server": "8 gpus", "server_price": "100,000 USD/server"}}


def scenario(place: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    found = {"cabinets": CABINETS, "parts": {"x": H100, "y": SMALL}, **more}
    return found if place is None else {**found, "place": place}


def test_the_plan_is_the_same_in_any_order() -> None:
    one = calc.run("hall-2mw")

    text = yaml.safe_load((data_folder("scenarios") / "hall-2mw.yaml").read_text(encoding="utf-8"))
    for section in ("parts", "cabinets"):
        text[section] = dict(reversed(text[section].items()))
    other = calc.run(text)
    assert one.to_dict()["cases"][0]["placement"] == other.to_dict()["cases"][0]["placement"]


def test_costs_follow_from_what_is_placed_and_may_limit_it() -> None:
    totals = {"cost": "sum of server_capex", "all_gpus": "sum of gpus"}
    place = {"maximise": "all_gpus", "so that": ["cost <= $0.5M"]}
    found = calc.run(scenario(place, totals=totals, show=["servers", "cost", "all_gpus"])).cases["base"]
    # Five of $0.1M: two in each of two cabinets of 12 kW, and one
    assert (found["all_gpus"].value, found["cost"].value) == (40, 500_000)
    assert found.parts["y"]["servers"].status == "placed"


def test_what_a_search_over_numbers_misses_is_found() -> None:
    """A search over three numbers of servers ended at 2,776 GPUs (300, 20 and 3 servers), with nothing to say so."""
    powers = {"small": ("4.5 kW", 8), "middle": ("14.3 kW", 8), "large": ("120 kW", 72)}
    parts = {
        name: {"inputs": {"server_power": power, "gpus_per_server": f"{gpus} gpus"}}
        for name, (power, gpus) in powers.items()
    }
    kinds = {
        rated: {"inputs": {"racks_available": "300 racks", "rack_power_rated": rated}}
        for rated in ("10 kW", "17.3 kW", "132 kW")
    }
    place = {"maximise": "all_gpus", "so that": ["servers in small <= 300 servers"]}
    inputs = {"hall_it_power": "2 MW", "hall_racks": "300 racks"}
    totals = {"all_gpus": "sum of gpus"}
    found = calc.run({"cabinets": kinds, "parts": parts, "place": place, "inputs": inputs, "totals": totals}).cases
    # 300 x 8 + 3 x 8 + 5 x 72 GPUs draw 1,350 + 42.9 + 600 = 1,992.9 kW
    assert found["base"]["all_gpus"].value == 2784


def test_a_fleet_is_placed_whole_in_the_least_rated_power() -> None:
    kinds = {**CABINETS, "b": {"inputs": {"racks_available": "10 racks", "rack_power_rated": "25 kW"}}}
    parts = {
        "x": {"inputs": {**H100["inputs"], "gpus": "32 gpus"}},
        "y": {"inputs": {**SMALL["inputs"], "servers": "6 servers"}},
    }
    answer = calc.run({"cabinets": kinds, "parts": parts, "show": ["servers"]})
    # What is placed was told to be an unused input.
    assert not [each for each in answer.warnings if "racks_used" in each]
    found = calc.run({"cabinets": kinds, "parts": parts, "show": ["racks_used"]}).cases["base"]
    # Four of 10.2 and six of 4.5 kW draw 67.8; two of the first take 20.4 of 25, and alone 10.2 of 12.
    # 12 kW each: four and three cabinets, 84. 25 kW: 20.4 + 4.5 = 24.9 twice, then four of 4.5 in two of 12: 74.
    assert (found.parts["a"]["racks_used"].value, found.parts["b"]["racks_used"].value) == (2, 2)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no cabinets": ({"parts": {"x": H100}, "place": {"maximise": "gpus"}}, "the scenario has no `cabinets`"),
    "nothing wanted": (scenario(None), "`place` wants nothing"),
    "a ratio": (
        scenario({"maximise": "r"}, totals={"g": "sum of gpus", "c": "sum of server_capex"}, formulas={"r": "g / c"}),
        "is a ratio: `r` = g / c divides by zero",
    ),
    "rounded": (
        scenario({"maximise": "r"}, totals={"s": "sum of servers"}, inputs={"two": "2 servers"},
                 formulas={"r": "floor(s / two)"}),
        "does not grow in a straight line",
    ),
    "a square": (
        scenario({"maximise": "r"}, totals={"s": "sum of servers"}, formulas={"r": "s * s"}), "straight line",
    ),
    # Straight up to a bound, and only where much is placed another: a least order of five cabinets, of fifty servers.
    "at least so many cabinets": (
        scenario({"minimise": "r", "so that": ["servers in x >= 2 servers"]}, totals={"c": "sum of racks_used"},
                 inputs={"least": "5 racks"}, formulas={"r": "maximum(c, least)"}),
        "straight line",
    ),
    "at least so many servers": (
        scenario({"minimise": "r", "so that": ["servers in x >= 2 servers"]}, totals={"s": "sum of servers"},
                 inputs={"least": "50 servers"}, formulas={"r": "maximum(s, least)"}),
        "straight line",
    ),
    "nothing changes it": (scenario({"maximise": "server_price"}), "nothing that is placed changes what is wanted"),
    "cabinets in a part": (
        scenario({"maximise": "gpus"}, parts={"x": {"inputs": {**H100["inputs"], "rack_height": "42 U"}}}),
        "`rack_height` stands in part `x` and is about cabinets",
    ),
    "servers in cabinets": (
        scenario({"maximise": "gpus"}, cabinets={"a": {"inputs": {**CABINETS["a"]["inputs"], "server_height": "4 U"}}}),
        "`server_height` stands in the cabinets `a` and is about servers",
    ),
    "how many cabinets": (
        scenario({"maximise": "gpus"}, cabinets={"a": {"inputs": {"rack_power_rated": "12 kW"}}}),
        "`racks_available` (cabinets of one kind that the hall has) has no value in the cabinets `a`",
    ),
    "fits nowhere": (
        scenario({"maximise": "servers"}, parts={"x": {"inputs": {"server_power": "14.3 kW"}}}),
        "fits into no cabinet: `a`: needs 14.3 kW, has 12",
    ),
    "confidence": (
        scenario({"maximise": "gpus", "so that": ["servers in x >= 1 with 80 % confidence"]}), "asks for a confidence",
    ),
    "several figures": (scenario({"maximise": "gpus", "so that": ["gpus >= 8 gpus"]}), "is a figure of each part"),
    "with find": (
        scenario({"maximise": "gpus"},
                 find={"hall_it_power": {"smallest within": "1 to 99 kW", "so that": "servers in x >= 1"}}),
        "`find` and `place` cannot stand together",
    ),
}  # fmt: skip


@each_row(("given", "says"), REFUSED)
def test_what_cannot_be_placed_is_refused_with_the_reason(given: dict[str, Any], says: str) -> None:
    with pytest.raises((CalcError, CalcErrors)) as refused:
        calc.run(given)
    assert says in str(refused.value)


def test_wishes_that_cannot_be_met_end_with_1_and_name_the_fewest_to_give_up(tmp_path: Path) -> None:
    file = tmp_path / "hall.yaml"
    file.write_text(
        "cabinets: {a: {inputs: {racks_available: 10 racks, rack_power_rated: 12 kW}}}\n"
        "parts: {x: {inputs: {server_power: 10.2 kW}}, y: {inputs: {server_power: 4.5 kW}}}\n"
        "place: {maximise: servers in x, so that: [servers in x >= 8 servers, servers in y >= 10 servers]}\n",
        encoding="utf-8",
    )
    done = command("run", str(file))
    assert done.code == 1
    # Ten of y take five cabinets and leave five for x; eight of x leave two for four of y.
    assert "`servers in x >= 8 servers` (5 of 8 servers; it runs into" in done.err
    assert "`servers in y >= 10 servers` (4 of 10 servers; it runs into" in done.err
    assert "`racks_available in a` (a cabinet is full by power)" in done.err
    assert "unused" not in done.err


def test_a_fleet_that_does_not_fit_says_how_many_of_it_do() -> None:
    # 150 servers of 8 GPUs; three cabinets of 12 kW hold one of 10.2 kW each.
    kinds = {"a": {"inputs": {"racks_available": "3 racks", "rack_power_rated": "12 kW"}}}
    parts = {"x": {"inputs": {**H100["inputs"], "gpus": "1,200 gpus"}}}
    found = calc.run({"cabinets": kinds, "parts": parts, "show": ["servers"]}).to_dict()["cases"][0]["placement"]
    [[wish]] = found["give_up"]
    assert wish["text"] == (
        "some of the 150 servers of part `x` (at most 3 fit; it runs into `racks_available in a` (a cabinet is full by "
        "power))"
    )


def test_totals_and_checks_need_no_plan_where_there_is_none_yet() -> None:
    """What is not placed was 0 in sums of a hall without a plan, and where checks of a sweep were chosen."""
    place = {"maximise": "site_gpus", "so that": ["servers in x >= 11 servers"]}
    inputs = {"grid_power": "1 MW", "pue": 1.3, "hall_it_power": "120 kW"}
    given = scenario(place, inputs=inputs, totals={"site_gpus": "sum of gpus"}, show=["servers", "site_gpus"])
    missed = calc.run(given)
    # Ten cabinets of 12 kW hold one of 10.2 kW each.
    assert missed.failures == ["no placement meets all that is wished for"]
    assert not [each for each in missed.warnings if "unused" in each or "no figure asked for" in each]
    given["place"] = {"maximise": "site_gpus"}
    given["sweep"] = {"hall_it_power": ["20 kW", "60 kW"], "show": ["site_gpus"]}
    table = calc.run(given).to_dict()["studies"]["sweep"]["cases"][0]
    # 20 / 4.5 = 4.4 and 60 / 4.5 = 13.3 of the small ones
    assert {each["name"]: each["values"] for each in table["columns"]}["site_gpus"] == [32, 104]


def test_a_plan_is_held_against_the_models_own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """They were about one kind of servers and of cabinets, and said nothing of a hall with several."""
    inputs = {"rack_feeds": 2, "server_supplies": 6, "supply_power": "3.3 kW"}
    found = calc.run(scenario({"maximise": "servers in x"}, inputs=inputs, show=["servers"]))
    # Three supplies are left, 9.9 kW: enough for the 4.5 kW of `y`, of which none stands, and not for the 10.2 of `x`.
    [failed] = found.failures
    assert failed.startswith("a server does not run on when its cabinet loses a feed, in the cabinets of a with 1 x")
    assert failed.endswith("10.2 kW/server against 9.9 kW/server")
    plan = Planner.plan

    def twice(planner: Planner) -> Plan | None:
        found = plan(planner)
        assert found is not None
        doubled = [each._replace(filling=tuple(2 * n for n in each.filling)) for each in found.cabinets]
        return replace(found, cabinets=tuple(doubled))

    monkeypatch.setattr(Planner, "plan", twice)
    parts = {"x": {"inputs": {**H100["inputs"], "server_height": "8 U", "server_weight": "130 kg"}}}
    kind = {
        "racks_available": "5 racks",
        "rack_power_rated": "12 kW",
        "rack_height": "12 U",
        "floor_area_per_rack": "1 m2",
    }
    kind |= {"rack_weight_limit": "200 kg", "rack_air_cooling": "11 kW"}
    limits = {
        "hall_it_power": "60 kW", "grid_power": "72 kW", "generator_power": "72 kW", "pue": 1.2,
        "hall_floor_area": "6 m2", "hall_air_cooling": "60 kW", "floor_load_limit": "140 kg/m2",
    }  # fmt: skip
    given = scenario({"maximise": "servers in x"}, parts=parts, inputs=limits, cabinets={"a": {"inputs": kind}})
    case = calc.run({**given, "show": ["servers"]}).to_dict()["cases"][0]
    # Twice the servers in the same cabinets: 20.4 of 12 kW and of 11 of air, 16 of 12 U, 260 of 200 and of 140 kg,
    # 102 of 60 kW, 122.4 of 72 kW, 1,300 of 840 kg; five cabinets still stand on 5 of 6 m2.
    broken = {each["check"] for each in case["placement"]["checks"] if not each["passed"]}
    reserved = "if_included(rack_power_reserved, 0)"
    assert broken == {
        f"rack_power_drawn + {reserved} <= rack_power_usable", "rack_weight <= rack_weight_limit",
        "servers_per_rack * server_height + if_included(rack_height_reserved, 0) <= rack_height",
        f"rack_power_drawn - rack_power_drawn * if_included(liquid_share, 0) + {reserved} <= rack_air_cooling",
        "rack_weight <= floor_load_limit * floor_area_per_rack", "hall_power_drawn <= hall_it_power",
        "hall_power_drawn * pue <= grid_power", "hall_power_drawn * pue <= generator_power",
        "hall_power_drawn - if_included(hall_heat_in_liquid, 0) <= hall_air_cooling",
        "hall_weight <= floor_load_limit * hall_floor_area",
    }  # fmt: skip


def test_what_sets_no_limit_and_what_fits_nowhere_is_told() -> None:
    kind = {
        "racks_available": "2 racks",
        "rack_power_rated": "12 kW",
        "rack_height": "42 U",
        "rack_weight_limit": "900 kg",
    }
    big = {"server_power": "132 kW", "server_height": "48 U", "server_weight": "1,500 kg", "liquid_share": 0.85}
    parts = {"big": {"inputs": big}, "x": {"inputs": {**H100["inputs"], "server_height": "8 U"}}}
    found = calc.run(scenario({"maximise": "servers"}, cabinets={"a": {"inputs": kind}}, parts=parts, show=["servers"]))
    assert [found.cases["base"].parts[each]["servers"].value for each in ("big", "x")] == [0, 2]
    # 132 kW x 85 % is 112.2 in liquid
    assert (
        "no server of part `big` is placed: it fits into no cabinet, and in the nearest, `a`, needs 132 kW, has 12, "
        "needs 48 U, has 42, needs 1,500 kg, has 900, needs 112.2 kW of liquid cooling, has 0"
    ) in found.warnings
    assert "`rack_weight_limit` sets no limit to x: `server_weight` is not given there" in found.warnings
    assert not [each for each in found.warnings if "`rack_height`" in each]


def test_liquid_cooling_that_no_server_uses_is_told() -> None:
    hall, rack, one, other = "hall_liquid_cooling", "rack_liquid_cooling in a", "liquid_share in x", "liquid_share in y"
    for given, told in (
        ([], None), ([hall], "hall_liquid_cooling"), ([rack], "rack_liquid_cooling"),
        ([hall, rack], "rack_liquid_cooling"),
        # One part that uses it is enough.
        ([hall, one], None), ([rack, other], None), ([hall, rack, one, other], None),
    ):  # fmt: skip
        idle = [each.partition(" cools no server")[0] for each in without_need(["a"], ["x", "y"], given)]
        assert idle == ([f"`{told}`"] if told else []), given
    kinds = {"a": {"inputs": {**CABINETS["a"]["inputs"], "rack_liquid_cooling": "6 kW"}}}
    found = calc.run(scenario({"maximise": "servers"}, cabinets=kinds))
    assert [each for each in found.warnings if each.startswith("`rack_liquid_cooling` cools no server: no part gives")]


def test_plans_of_random_scenarios_keep_what_the_file_says() -> None:
    chance = random.Random(23)  # noqa: S311  # it draws halls, no secrets
    for _ in range(8):
        servers = {f"s{at}": (chance.choice([3.4, 4.5, 6.5, 10.2]), chance.choice([2, 6, 8])) for at in range(3)}
        kinds = {f"k{at}": (chance.randint(2, 20), chance.choice([12, 17.3, 25])) for at in range(2)}
        hall, share, reserved = chance.choice([60, 150, 400]), chance.choice([1, 0.9]), chance.choice([0, 0.5])
        of_parts: dict[str, Any] = {
            name: {"inputs": {"server_power": f"{power} kW", "server_height": f"{height} U", "server_weight": "90 kg"}}
            for name, (power, height) in servers.items()
        }
        of_kinds = {
            name: {"inputs": {"racks_available": f"{many} racks", "rack_power_rated": f"{rated} kW"}}
            for name, (many, rated) in kinds.items()
        }
        inputs = {
            "hall_it_power": f"{hall} kW", "rack_power_derating": share, "rack_power_reserved": f"{reserved} kW",
            "rack_height": "42 U", "rack_height_reserved": "2 U", "rack_weight_limit": "700 kg",
            "rack_weight_fitted": "120 kg",
        }  # fmt: skip
        place = {"maximise": "site_power"}
        totals = {"site_power": "sum of it_power"}
        given = {"inputs": inputs, "cabinets": of_kinds, "parts": of_parts, "place": place, "totals": totals}
        case = calc.run({**given, "show": ["site_power"]}).to_dict()["cases"][0]
        plan, drawn = case["placement"], 0.0
        assert not [each for column in (case, *case["parts"]) for each in column["checks"]]
        asked = {each["check"] for each in plan["checks"]}
        assert asked >= {"hall_power_drawn <= hall_it_power", "rack_weight <= rack_weight_limit"}
        assert all(each["passed"] for each in plan["checks"])
        for each in plan["cabinets"]:
            held = [(servers[name], number) for name, number in each["servers"].items()]
            power = sum(kw * number for (kw, _), number in held)
            assert power + reserved <= kinds[each["kind"]][1] * share + 1e-9
            assert sum(height * number for (_, height), number in held) <= 40
            assert sum(90 * number for _, number in held) + 120 <= 700
            drawn += each["count"] * power
        used = {each["kind"]: each["used"] for each in plan["kinds"]}
        assert all(used[name] <= many for name, (many, _) in kinds.items())
        assert drawn + reserved * sum(used.values()) <= hall + 1e-6
        assert drawn == pytest.approx(case["results"]["site_power"]["value"])
        causes = [value for name, value in plan["stranded"].items() if name not in {"unit", "rated", "cost"}]
        assert math.fsum(causes) == pytest.approx(sum(many * kw for many, kw in kinds.values()), rel=1e-9)


def test_cases_and_sweeps_are_placed_anew_at_every_point() -> None:
    inputs = {"hall_it_power": "60 kW"}
    cases = {"small": {}, "large": {"hall_it_power": "120 kW"}}
    found = calc.run(scenario({"maximise": "servers in x"}, inputs=inputs, cases=cases, show=["servers"]))
    # 60 / 10.2 = 5.9; ten cabinets hold ten
    assert [each.parts["x"]["servers"].value for each in found.cases.values()] == [5, 10]
    sweep = {"hall_it_power": ["20 kW", "60 kW"], "show": ["servers in x"]}
    table = calc.run(scenario({"maximise": "servers in x"}, sweep=sweep)).to_dict()["studies"]["sweep"]["cases"][0]
    assert {each["name"]: each["values"] for each in table["columns"]}["servers in x"] == [1, 5]


def test_so_many_plans_are_made_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calc.study.sweep.MAX_PLACED", 2)
    given = scenario({"maximise": "servers in x"}, show=["servers"])
    for powers, refused in ((["20 kW", "60 kW"], False), (["20 kW", "40 kW", "60 kW"], True)):
        given["sweep"] = {"hall_it_power": powers}
        with pytest.raises(CalcError, match="3 points are too many to place") if refused else nullcontext():
            calc.run(given)


def test_a_sweep_on_two_workers_places_as_on_one(tmp_path: Path) -> None:
    sweep = {"hall_it_power": ["20 kW", "60 kW", "120 kW"], "show": ["servers in x"]}
    given = scenario({"maximise": "servers in x"}, sweep=sweep)
    file = tmp_path / "hall.yaml"
    file.write_text(yaml.safe_dump(given), encoding="utf-8")
    done = [command("run", str(file), "--format", "json", "--workers", n).out for n in ("1", "2")]
    one, two = (yaml.safe_load(each)["studies"] for each in done)
    assert one == two
    # 20 / 10.2, 60 / 10.2, and ten cabinets
    assert [each["values"] for each in one["sweep"]["cases"][0]["columns"] if each["name"] == "servers in x"] == [
        [1, 5, 10]
    ]


def test_a_comparison_is_of_the_plans_of_its_cases() -> None:
    """It was of no plan: every number placed was 0."""
    found = calc.compare("lingang-hall")
    by_name = {row["name"]: [each["value"] for each in row["values"]] for row in found["figures"]}
    cases = calc.run("lingang-hall").to_dict()["cases"]
    assert by_name["site_gpus"] == [each["results"]["site_gpus"]["value"] for each in cases]
    assert min(by_name["site_gpus"]) > 0


def test_what_the_plan_used_is_not_called_unused() -> None:
    """The height of the cabinets decided what stands in them, and was told to have no effect."""
    told = calc.sensitivity("fill-the-hall")["warnings"]
    assert not [each for each in told if "does not use it" in each]


def test_what_the_plan_used_is_listed_where_it_was_given() -> None:
    """The limits decide how many servers stand, and no figure that is shown needs them."""
    kinds = {"a": {"inputs": {**CABINETS["a"]["inputs"], "rack_height": "42 U"}}}
    parts = {"x": {"inputs": {**H100["inputs"], "server_height": "8 U"}}, "y": SMALL}
    place, limits = {"maximise": "servers in x"}, {"hall_it_power": "60 kW", "hall_racks": "9 racks"}
    found = calc.run(scenario(place, cabinets=kinds, parts=parts, inputs=limits, show=["servers"]))
    [case] = found.to_dict()["cases"]
    assert {"hall_it_power", "hall_racks"} <= case["inputs"].keys()
    listed = {each["name"]: each["inputs"].keys() for each in case["parts"]}
    assert {"racks_available", "rack_height"} <= listed["a"]
    assert ("server_height" in listed["x"], "server_height" in listed["y"]) == (True, False)


def test_a_plan_at_the_likely_values_says_how_often_it_breaks_a_limit() -> None:
    uncertain = {"inputs": {**H100["inputs"], "server_power": "9.2 to 11.2 kW"}}
    place = {"maximise": "servers in x"}
    given = scenario(place, parts={"x": uncertain}, inputs={"hall_it_power": "102 kW"}, show=["servers"])
    broken = calc.run(given).to_dict()["cases"][0]["placement"]["broken"]
    # Ten of 10.2 kW fill the hall of 102 kW to the brim, so half of the samples are over it; no cabinet is.
    assert broken["any"] == pytest.approx(0.5, abs=0.01)
    assert broken["hall_it_power"] == broken["any"]
    assert set(broken) == {"any", "hall_it_power"}


def test_nothing_but_the_answer_is_printed_and_nobody_else_waits_for_the_solver() -> None:
    code = "import sys, calc; calc.run('lingang-racks'); print('highspy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    answer = command("run", "hall-2mw", "--format", "json")
    assert answer.out.startswith("{")
    assert answer.err == ""


def test_no_figure_is_made_of_what_is_not_placed_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is 0 inside until there is a plan: whatever computes with it then ends with an error."""
    monkeypatch.setattr("calc.study.placing.put", lambda *_: None)
    for ask in (calc.run, calc.sensitivity, calc.compare):
        with pytest.raises((CalcError, CalcErrors), match="decided by `place`"):
            ask("lingang-hall")


def test_the_load_of_a_floor_is_told_in_the_unit_of_its_limit() -> None:
    """It was told as kilograms: 5,000 of "100,000 kg/m2"."""
    inputs = {"hall_floor_area": "100 m2", "floor_load_limit": "1,000 kg/m2"}
    parts = {"x": {"inputs": {**H100["inputs"], "server_weight": "500 kg"}}}
    found = calc.run(scenario({"maximise": "servers in x"}, parts=parts, inputs=inputs)).to_dict()["cases"][0]
    load = limit(found, "floor_load_limit")
    # ten cabinets of 12 kW hold one each: 10 x 500 kg / 100 m2
    assert (load["used"], load["available"], load["unit"]) == (50, 1000, "kg/m2")


def test_without_the_extra_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "highspy", None)
    with pytest.raises(CalcError, match="not installed") as refused:
        calc.run("hall-2mw")
    assert "pip install 'ai-infra-calc[hall]'" in str(refused.value.hint)


def test_a_fleet_that_a_formula_gives_is_swept() -> None:
    """It ended with an internal error: the servers of a part follow from its load and are no value of the file."""
    axis = "request_rate_peak in chat"
    found = calc.sweep("serving-fleet", {axis: "30 to 60 requests/s step 30 requests/s"})
    columns = {each["name"]: each["values"] for each in found["cases"][0]["columns"]}
    runs = [calc.run("serving-fleet", settings={axis: rate}) for rate in ("30 requests/s", "60 requests/s")]
    assert columns
    for at, run in enumerate(runs):
        (case,) = run.to_dict()["cases"]
        for name, result in case["results"].items():
            if "by_year" not in result:
                assert columns[name][at] == pytest.approx(result["value"], rel=1e-12), name
