"""The shipped scenarios run, hold their promises, and give the figures that the article's questions ask for."""

from __future__ import annotations

from functools import cache

import pytest
from calc_command import SCENARIOS, Ended, calc


@cache
def answered(scenario: str) -> Ended:
    done = calc("run", scenario, "--format", "json")
    assert done.code == 0, done.err
    return done


def value(scenario: str, case: str, name: str) -> float:
    found = answered(scenario).results(case)[name]["value"]
    assert isinstance(found, float), found
    return found


def test_the_shipped_scenarios_are_these() -> None:
    assert {"lingang-racks", "fifty-million", "a100-rack-choices"} <= set(SCENARIOS)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_check_passes_in_silence(scenario: str) -> None:
    assert calc("check", scenario) == Ended(0, "", "")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_run_succeeds_and_promises_hold(scenario: str) -> None:
    for case in answered(scenario).json["cases"]:
        assert case["broken_promises"] == []
        assert all(check["passed"] for check in case["checks"])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_input_has_a_source_unless_it_is_the_choice(scenario: str) -> None:
    cases = answered(scenario).json["cases"]
    for case in cases:
        # with parts, a case may hold no input of its own
        blocks = [case, *case.get("parts", [])]
        assert any(block["inputs"] for block in blocks)
        for name, given in ((name, given) for block in blocks for name, given in block["inputs"].items()):
            is_choice = len({each["inputs"][name]["value"] for each in cases if name in each["inputs"]}) > 1
            assert given["source"] or is_choice, name
            assert given["fact"] or given["place"], name


# ---------------------------------------------------------------- lingang-racks


@pytest.mark.parametrize(
    ("case", "servers", "stranded", "racks", "stranded_total"),
    [
        # 1,000 servers of 4.5 kW draw 4,500 kW; the cabinets' usable power less that is stranded
        ("5 kW", 1, 0.5, 1000, 500),
        ("10 kW", 2, 1, 500, 500),
        ("25 kW", 5, 2.5, 200, 500),
        ("10 kW, 80 % rule", 1, 3.5, 1000, 3500),
        ("25 kW, 80 % rule", 4, 2, 250, 500),
    ],
)
def test_lingang_racks(case: str, servers: float, stranded: float, racks: float, stranded_total: float) -> None:
    assert value("lingang-racks", case, "servers_per_rack") == servers
    assert value("lingang-racks", case, "rack_power_stranded") == stranded
    assert value("lingang-racks", case, "racks_needed") == racks
    assert value("lingang-racks", case, "stranded_power_total") == stranded_total


def test_a_cabinet_that_feeds_no_server_has_no_value_and_says_why() -> None:
    done = answered("lingang-racks")
    results = done.results("5 kW, 80 % rule")
    assert done.code == 0
    assert results["servers_per_rack"]["value"] == 0.0
    assert results["rack_power_stranded"]["value"] == 4.0
    for name in ("racks_needed", "stranded_power_total"):
        assert results[name]["value"] is None
        assert results[name]["text"] == "no value"
        assert "servers_per_rack" in results[name]["reason"]
        assert results[name]["unit"] == ("rack" if name == "racks_needed" else "kW")


def test_about_four_servers_implies_72_to_90_percent_usable() -> None:
    # 4 x 4.5 / 25 = 0.72 and 5 x 4.5 / 25 = 0.9
    assert value("lingang-racks", "25 kW", "usable_share_from") == 0.72
    assert value("lingang-racks", "25 kW", "usable_share_below") == 0.9


@pytest.mark.parametrize(("share", "servers"), [("71.9 %", 3), ("72 %", 4), ("89.9 %", 4), ("90 %", 5)])
def test_the_implied_shares_are_where_the_servers_change(share: str, servers: float) -> None:
    done = calc(
        "run", "lingang-racks", "--case", "25 kW", "--set", f"rack_power_derating={share}", "--format", "json"
    )  # fmt: skip
    assert done.results("25 kW")["servers_per_rack"]["value"] == servers


def test_the_80_percent_rule_replaces_the_default_and_says_so() -> None:
    for case in answered("lingang-racks").json["cases"]:
        derating = case["inputs"]["rack_power_derating"]
        ruled = "80 %" in case["name"]
        assert derating["value"] == (0.8 if ruled else 1.0)
        assert derating["status"] == ("overridden" if ruled else "default")
        assert derating["replaces" if ruled else "fact"] == "defaults.rack_power_derating"


def test_the_server_power_is_the_articles_claim() -> None:
    given = answered("lingang-racks").json["cases"][0]["inputs"]["server_power"]
    assert (given["value"], given["unit"], given["status"]) == (4.5, "kW/server", "default")
    assert given["fact"] == "lingang-a100-server.server_power"
    assert "OFweek" in given["source"]
    assert "2023-04" in given["as_of"]


def test_space_is_not_included_and_listed_as_such() -> None:
    for case in answered("lingang-racks").json["cases"]:
        assert {"rack_height", "server_height"} <= set(case["not_included"])


# ---------------------------------------------------------------- fifty-million


@pytest.mark.parametrize(
    ("case", "compute", "people", "data"),
    [("as planned", 0.4, 0.4, 0.2), ("$10M from people to compute", 0.6, 0.2, 0.2)],
)
def test_fifty_million_shares(case: str, compute: float, people: float, data: float) -> None:
    assert value("fifty-million", case, "compute_share") == compute
    assert value("fifty-million", case, "people_share") == people
    assert value("fifty-million", case, "data_share") == data
    assert value("fifty-million", case, "budget_unallocated") == 0.0


def test_fifty_million_buys() -> None:
    # 20,000,000 x (1 - 0.19) / 148,390 = 109.17 servers of 8 GPUs; 20,000,000 / 2.38; 10,000,000 / 0.001
    assert value("fifty-million", "as planned", "servers_affordable") == 109.0
    assert value("fifty-million", "as planned", "gpus_affordable") == 872.0
    assert value("fifty-million", "as planned", "gpu_hours_rentable") == pytest.approx(8_403_361.34, abs=0.01)
    assert value("fifty-million", "as planned", "tokens_affordable") == 1e10
    # 20,000,000 / (206,000 x 1.325) = 73.27 person-years, over two years 36.64 people
    assert value("fifty-million", "as planned", "person_years_affordable") == pytest.approx(73.2735, abs=1e-4)
    assert value("fifty-million", "as planned", "headcount_affordable") == pytest.approx(36.6368, abs=1e-4)


def test_ten_million_moved_buys_half_as_many_servers_again() -> None:
    # 30,000,000 x 0.81 / 148,390 = 163.76
    assert value("fifty-million", "$10M from people to compute", "servers_affordable") == 163.0
    moved = value("fifty-million", "$10M from people to compute", "person_years_affordable")
    assert moved == pytest.approx(value("fifty-million", "as planned", "person_years_affordable") / 2)


def test_fifty_million_has_ranges_with_seed_and_samples() -> None:
    found = answered("fifty-million")
    assert found.json["uncertainty"] == {"samples": 20000, "seed": 0, "method": "sobol"}
    for name in ("servers_affordable", "gpu_hours_rentable", "headcount_affordable", "items_affordable"):
        result = found.results("as planned")[name]
        assert result["p10"] < result["p50"] < result["p90"], name
        assert result["p10"] < result["mean"] < result["p90"], name
    certain = found.results("as planned")["compute_share"]
    assert [certain[each] for each in ("mean", "p10", "p50", "p90")] == [None] * 4


# ---------------------------------------------------------------- a100-rack-choices


def test_six_and_a_half_kilowatts_do_not_fit_into_five() -> None:
    assert value("a100-rack-choices", "6.5 kW in 5 kW", "servers_per_rack") == 0.0
    assert value("a100-rack-choices", "6.5 kW in 5 kW", "rack_power_stranded_share") == 1.0


def test_four_and_a_half_kilowatts_strand_forty_percent_of_seven_and_a_half() -> None:
    assert value("a100-rack-choices", "4.5 kW in 7.5 kW", "rack_power_stranded_share") == 0.4
    assert value("a100-rack-choices", "4.5 kW in 7.5 kW", "rack_power_stranded") == 3.0


@pytest.mark.parametrize("server", [3.43, 4.5, 6.5])
@pytest.mark.parametrize("rack", [5, 7.5, 10, 15, 20, 25])
def test_every_choice_against_plain_arithmetic(server: float, rack: float) -> None:
    case = f"{server:g} kW in {rack:g} kW"
    servers = int(round(rack * 100) // round(server * 100))
    assert value("a100-rack-choices", case, "servers_per_rack") == servers
    assert value("a100-rack-choices", case, "rack_power_stranded") == pytest.approx(rack - servers * server)
