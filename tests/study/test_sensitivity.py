"""Drivers and flips against pen and paper: over years, in parts, of checks, of comparisons of cases, and never."""

from __future__ import annotations

import math
from typing import Any

import pytest

import calc
from calc.engine.catalogue import standard_catalogue
from calc.errors import CalcErrors
from calc.report.report import Paragraph
from calc.report.sensitivity_report import sections
from calc.study import flip
from calc.study.evaluator import Evaluator

HOURS = 8760


def sensitivity(scenario: dict[str, Any], **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = calc.run(scenario, **options).to_dict()["studies"]["sensitivity"]
    return found


def flips(found: list[dict[str, Any]]) -> dict[tuple[str, str], list[float]]:
    return {(each["verdict"], each["input"]): each["flips_at"] for each in found}


# cost is 8,760 h times MW times USD/MWh: 80, 82.4, 84.872 USD/MWh and 1, 2, 2.5 MW at the likely values
YEARLY: dict[str, Any] = {
    "years": "2026 to 2028",
    "inputs": {
        "electricity": {"start": "70 to 90 USD/MWh", "grows": "1 to 5 %/year"},
        "power": {"by year": {2026: "1 MW", 2027: "1.5 to 2.5 MW", 2028: "2 to 3 MW"}},
        "one_year": "1 year",
    },
    "formulas": {"cost": "power * electricity * one_year", "cost_in_all": "total(cost)"},
    "show": ["cost", "cost_in_all"],
}


def test_every_year_has_a_tornado_and_inputs_of_all_years_move_as_a_whole() -> None:
    [case] = sensitivity({**YEARLY, "sensitivity": YEARLY["show"]}, samples=8192)["cases"]
    assert list(case["figures"]) == ["cost in 2026", "cost in 2027", "cost in 2028", "cost_in_all"]
    last = {each["name"]: each for each in case["figures"]["cost in 2028"]["inputs"]}
    assert set(last) == {"power", "electricity", "growth of electricity"}
    # 2.1 and 2.9 MW in 2028; the first year that is uncertain is 2027 with 1.6 and 2.4 MW
    assert (last["power"]["year"], last["power"]["p10"], last["power"]["p90"]) == (2027, 1.6, 2.4)
    ends = [last["power"][key] for key in ("at_p10", "at_p90")]
    assert ends == pytest.approx([2.1 * 84.872 * HOURS, 2.9 * 84.872 * HOURS])
    # 72 and 88 USD/MWh in 2026 grow by 3 % twice
    ends = [last["electricity"][key] for key in ("at_p10", "at_p90")]
    assert ends == pytest.approx([2.5 * 72 * 1.03**2 * HOURS, 2.5 * 88 * 1.03**2 * HOURS])
    # 1.4 and 4.6 % a year
    growth = last["growth of electricity"]
    assert (growth["p10"], growth["p90"], growth["unit"]) == (pytest.approx(0.014), pytest.approx(0.046), "1")
    ends = [growth[key] for key in ("at_p10", "at_p90")]
    assert ends == pytest.approx([2.5 * 80 * 1.014**2 * HOURS, 2.5 * 80 * 1.046**2 * HOURS])
    # A product: 1 % more is 1 % more; of the growth g (1 + g)^2 it is 2 g / (1 + g)
    elasticities = [last[name]["elasticity"] for name in ("power", "electricity", "growth of electricity")]
    assert elasticities == pytest.approx([1, 1, 2 * 0.03 / 1.03], rel=1e-6)
    # Only the price is uncertain in 2026.
    [first] = case["figures"]["cost in 2026"]["inputs"]
    assert first["name"] == "electricity"
    assert first["first_order"] == pytest.approx(1, abs=0.03)
    # Variances over squared means: of the power (1 / 2.5)^2 / 12, of the price (20 / 80)^2 / 12
    whole = 0.4**2 / 12 + 0.25**2 / 12
    assert last["power"]["first_order"] == pytest.approx(0.4**2 / 12 / whole, abs=0.04)


def test_one_year_may_be_named() -> None:
    [case] = sensitivity({**YEARLY, "sensitivity": {"of": ["cost in 2027"]}}, samples=500)["cases"]
    assert list(case["figures"]) == ["cost in 2027"]
    assert case["figures"]["cost in 2027"]["value"] == pytest.approx(2 * 82.4 * HOURS)


# With one input uncertain all samples are alike wherever it is moved to, and the verdict is plain arithmetic.
SURE_POWER = {"by year": {2026: "1 MW", 2027: "2 MW", 2028: "2.5 MW"}}
SURE_PRICE = {"start": "80 USD/MWh", "grows": "3 %/year"}


def yearly(**inputs: Any) -> dict[str, Any]:
    return {**YEARLY, "inputs": {**YEARLY["inputs"], **inputs}}


def test_flips_of_a_total_of_every_year_and_of_one_year() -> None:
    verdicts = ["cost_in_all <= $4M", "cost in 2027 <= $1.5M", "cost <= $1.9M"]
    asked = {"flip": verdicts}
    scenarios = {
        "power": yearly(electricity=SURE_PRICE),
        "start": yearly(power=SURE_POWER, electricity={"start": "70 to 90 USD/MWh", "grows": "3 %/year"}),
        "growth": yearly(power=SURE_POWER, electricity={"start": "80 USD/MWh", "grows": "1 to 5 %/year"}),
    }
    found = {
        name: flips(sensitivity({**each, "sensitivity": asked}, samples=500)["cases"][0]["flips"])
        for name, each in scenarios.items()
    }
    # power: 80 + 82.4 (1.5 + u) + 84.872 (2 + u) = 4,000,000 / 8,760 = 456.621; 373.344 + 167.272 u
    share = (4e6 / HOURS - 373.344) / 167.272
    assert found["power"][verdicts[0], "share below power"] == [pytest.approx(share, rel=1e-6)]
    # price: p (1 + 2 x 1.03 + 2.5 x 1.0609) = 456.621
    assert found["start"][verdicts[0], "electricity"] == [pytest.approx(4e6 / HOURS / 5.71225 * 1e-6 * 1e6, rel=1e-6)]
    # growth: 80 (1 + 2 q + 2.5 q^2) = 456.621: q = (-2 + sqrt(4 + 10 x 4.70776)) / 5
    q = (-2 + (4 + 10 * (4e6 / HOURS / 80 - 1)) ** 0.5) / 5
    assert found["growth"][verdicts[0], "growth of electricity"] == [pytest.approx(q - 1, rel=1e-5)]
    # in 2027: 82.4 (1.5 + u) = 171.233
    assert found["power"][verdicts[1], "share below power"] == [pytest.approx(1.5e6 / HOURS / 82.4 - 1.5, rel=1e-6)]
    # in every year: 2028 is the dearest, 84.872 (2 + u) = 216.895
    assert found["power"][verdicts[2], "share below power"] == [pytest.approx(1.9e6 / HOURS / 84.872 - 2, rel=1e-6)]


def test_a_flip_is_where_half_of_the_samples_hold_while_the_others_vary() -> None:
    scenario = {
        "inputs": {"power": "1 to 3 MW", "electricity": "70 to 90 USD/MWh", "one_year": "1 year"},
        "formulas": {"cost": "power * electricity * one_year"},
        "show": ["cost", "power"],
        "checks": ["cost <= $1.3M"],
    }
    figures = calc.run({**scenario, "checks": []}).cases["base"]
    asked = {**scenario, "sensitivity": ["cost"]}
    [flip] = [each for each in sensitivity(asked)["cases"][0]["flips"] if each["input"] == "electricity"]
    # With the price at p, cost is 8,760 h p times the power: half of the samples are below its median, about 2 MW.
    power = figures["power"].p50 or 0.0
    assert power == pytest.approx(2, rel=1e-3)
    assert flip["flips_at"] == [pytest.approx(1.3e6 / HOURS / power, rel=1e-8)]
    # Goal-seek finds the same value, on the same samples, and there the check holds in half of them.
    goal = {"electricity": {"largest within": "70 to 90 USD/MWh", "so that": "cost <= $1.3M"}}
    found = calc.run({**scenario, "find": goal}).studies["find"]["goals"][0]["cases"][0]
    assert found["values"]["electricity"]["value"] == pytest.approx(flip["flips_at"][0], rel=1e-8)
    assert found["probability"] == pytest.approx(0.5, abs=1e-4)
    sides = [
        calc.run(scenario, settings={"electricity": f"{flip['flips_at'][0] * by!r} USD/MWh"}) for by in (0.999, 1.001)
    ]
    assert [each.cases["base"].checks[0]["passed"] for each in sides] == [True, False]
    # What the run says: 2 MW x 80 USD/MWh x 8,760 h = 1.4M is above 1.3M, and the check fails as it stands.
    [check] = calc.run(scenario).cases["base"].checks
    assert (flip["holds"], flip["probability"]) == (check["passed"], check["probability"])


def test_a_flip_is_sought_in_few_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """The range was looked through with 4,096 samples at 201 places, and the value sought in 8,192 at 36."""
    looked: list[int] = []

    class Counted(Evaluator):
        def grid_rows(self, columns: Any, shape: tuple[int, ...], yearly: Any = ()) -> Any:
            looked.append(math.prod(shape))
            return super().grid_rows(columns, shape, yearly)

    monkeypatch.setattr(flip, "Evaluator", Counted)
    scenario = {"inputs": {"a": "0 to 10", "b": "0 to 10"}, "formulas": {"c": "a + b"}, "checks": ["c <= 10"]}
    [one, other] = sensitivity({**scenario, "sensitivity": ["c"]}, samples=8192)["cases"][0]["flips"]
    # Half of the samples of the other are below 5.
    assert one["flips_at"] + other["flips_at"] == pytest.approx([5, 5], rel=1e-3)
    # 512 at 201 places, 4,096 at the 52 of them where the share is within 0.13 of a half, 8,192 at both ends three
    # times, and the few that differ there at 36: 2 x 370,000, and not 2 x 1,120,000.
    assert sum(looked) < 800_000


def test_samples_that_are_alike_on_both_sides_of_a_flip_may_differ_in_between() -> None:
    # Up to 5.02 it holds where u is below 0.4, beyond it where u is below 0.6: that is where half of the samples flip.
    # From 5.001 to 5.01 it holds where u is between the two: 0.2 of all, and all of those that differ at the ends.
    scenario = {
        "inputs": {
            "x": "0 to 10",
            "u": "0 to 1",
            "low": "0.4",
            "high": "0.6",
            "step": "5.02",
            "a": "5.001",
            "b": "5.01",
        },
        "formulas": {
            "between": "where(u < high, where(low < u, 1, 0), 0)",
            "below": "where(u < where(x < step, low, high), 1, 0)",
            "fine": "where(x < b, where(a < x, between, below), below)",
        },
        "show": ["fine"],
        "checks": ["fine >= 1"],
        "sensitivity": ["fine"],
    }
    found = {each["input"]: each for each in sensitivity(scenario, samples=8192)["cases"][0]["flips"]}
    assert found["x"]["flips_at"] == [pytest.approx(5.02, rel=1e-9)]


def test_a_verdict_that_holds_in_just_half_of_the_samples_holds() -> None:
    # Of 512 Sobol points 256 lie in the lower half of 0 to 2.
    for limit, holds, share in (("1", True, 0.5), ("0.99", False, pytest.approx(0.495, abs=2e-3))):
        scenario = {"inputs": {"x": "0 to 2", "limit": limit}, "formulas": {"y": "x - limit"}, "show": ["y"]}
        [case] = sensitivity({**scenario, "sensitivity": {"flip": ["y <= 0"]}}, samples=512)["cases"]
        assert [(each["holds"], each["probability"]) for each in case["flips"]] == [(holds, share)]


def test_a_value_by_year_moves_from_its_likely_share_to_the_ends_of_its_spread() -> None:
    """From 0 to 1 of spreads with ends, from 1 % to 99 % where one has tails."""
    # Below the likely value of a triangle lies (likely - low) / (high - low) of it, of even draws half.
    triangle = {"low": "1 MW", "likely": "1.5 MW", "high": "3 MW"}
    tails = {"p10": "1 MW", "p90": "3 MW"}
    for first, second, share, ends, whole in (
        (triangle, "1 to 2 MW", 0.25, (0, 1), True),
        ("1 to 2 MW", triangle, 0.5, (0, 1), True),
        (triangle, tails, 0.25, (0.01, 0.99), False),
    ):
        power = {"by year": {2026: "1 MW", 2027: first, 2028: second}}
        scenario = yearly(electricity=SURE_PRICE, power=power)
        [case] = sensitivity({**scenario, "sensitivity": {"flip": ["cost_in_all <= $4M"]}}, samples=500)["cases"]
        [found] = case["flips"]
        assert found["input"] == "share below power"
        assert found["value"] == pytest.approx(share, abs=1e-8)
        assert (found["low"], found["high"]) == ends
        assert (found["range"] == "whole") is whole


def test_never_within_its_range_over_years() -> None:
    # At most 3 MW x 90 x 1.05^2: 2.6M; with one moved alone at most 90 x 1.03^2 x 2.5, 2.09M, and 84.872 x 3, 2.23M
    [case] = sensitivity({**YEARLY, "sensitivity": {"flip": ["cost <= $2.3M"]}}, samples=500)["cases"]
    assert list(flips(case["flips"]).values()) == [[], [], []]
    assert all(each["holds"] for each in case["flips"])


def test_a_range_moves_the_first_year_of_a_growing_input_and_keeps_its_growth() -> None:
    scenario = yearly(electricity=SURE_PRICE, power=SURE_POWER)
    asked = {"flip": ["cost in 2028 <= $2M"], "within": {"electricity": "50 to 150 USD/MWh"}}
    [case] = sensitivity({**scenario, "sensitivity": asked}, samples=500)["cases"]
    # p x 1.0609 x 2.5 MW = 228.311
    found = flips(case["flips"])["cost in 2028 <= $2M", "electricity"]
    assert found == [pytest.approx(2e6 / HOURS / 2.5 / 1.0609, rel=1e-6)]


def test_a_range_for_a_value_by_year_is_refused() -> None:
    asked = {"flip": ["cost_in_all <= $4M"], "within": {"power": "0.5 to 5 MW"}}
    with pytest.raises(CalcErrors, match="`power` has a value for each year"):
        sensitivity({**YEARLY, "sensitivity": asked}, samples=500)


def test_comparisons_of_cases_over_years() -> None:
    cases = {"one": {}, "two": {"power": "2 MW"}}
    verdict = "cost in 2028 in one < cost in 2028 in two"
    found = sensitivity({**YEARLY, "cases": cases, "sensitivity": {"flip": [verdict]}}, samples=500)
    at = {each["input"]: each for each in found["flips_between_cases"]}
    # 2 + u MW against 2: never less; the price cancels
    assert at["share below power in one"]["holds"] is False
    assert at["electricity"]["flips_at"] == []
    verdict = "cost_in_all in one < cost_in_all in two"
    scenario = {**yearly(electricity=SURE_PRICE), "cases": cases}
    found = sensitivity({**scenario, "sensitivity": {"flip": [verdict]}}, samples=500)
    at = {each["input"]: each for each in found["flips_between_cases"]}
    # 80 + 82.4 (1.5 + u) + 84.872 (2 + u) = 2 x 247.272: 373.344 + 167.272 u = 494.544
    assert at["share below power in one"]["flips_at"] == [pytest.approx(121.2 / 167.272, rel=1e-6)]
    found = sensitivity({**YEARLY, "cases": cases, "sensitivity": {"flip": [verdict]}}, samples=500)
    at = {each["input"]: each for each in found["flips_between_cases"]}
    # 80 + 164.8 q + 212.18 q^2 against 160 + 164.8 q + ... with q = 1 + g: 2.5 q^2 - 2 q^2 = 1: q = sqrt(2), beyond 5 %
    assert at["growth of electricity"]["flips_at"] == []


# ---------------------------------------------------------------- checks and comparisons of cases, without years

TWO: dict[str, Any] = {
    "inputs": {"server_power": "4 to 5 kW", "servers_needed": "200 to 300 servers"},
    "cases": {"small": {"rack_power_rated": "10 kW"}, "large": {"rack_power_rated": "14 kW"}},
    "show": ["racks_needed", "rack_power_stranded"],
}


def test_a_check_flips_where_the_last_rack_is_full() -> None:
    found = sensitivity({**TWO, "checks": ["racks_needed <= 120 racks"], "sensitivity": ["racks_needed"]}, samples=500)
    small = flips(next(each["flips"] for each in found["cases"] if each["name"] == "small"))
    # two of 4 to 5 kW in 10 kW: 125 racks for 250 servers, 120 for 240
    assert small["racks_needed <= 120 racks", "servers_needed"] == [pytest.approx(240, rel=1e-6)]
    assert small["racks_needed <= 120 racks", "server_power"] == []
    large = flips(next(each["flips"] for each in found["cases"] if each["name"] == "large"))
    # three up to 14 / 3 kW: 84 racks; two beyond: 125
    assert large["racks_needed <= 120 racks", "server_power"] == [pytest.approx(14 / 3, rel=1e-6)]
    assert large["racks_needed <= 120 racks", "servers_needed"] == []


def test_a_condition_that_is_a_check_too_is_told_once() -> None:
    check = "racks_needed <= 120 racks"
    study = {"of": ["racks_needed"], "flip": [check]}
    found = sensitivity({**TWO, "checks": [check], "sensitivity": study}, samples=500)
    told = [(case["name"], each["verdict"], each["input"]) for case in found["cases"] for each in case["flips"]]
    assert told
    assert len(told) == len(set(told)), told


def test_a_comparison_of_two_cases_flips_where_floors_part() -> None:
    verdict = "rack_power_stranded in small < rack_power_stranded in large"
    found = flips(sensitivity({**TWO, "sensitivity": {"flip": [verdict]}}, samples=500)["flips_between_cases"])
    # 10 - 2 p against 14 - 3 p up to p = 14 / 3: equal at p = 4, then less in large; beyond 14 - 2 p is more
    assert found[verdict, "server_power"] == [pytest.approx(14 / 3, rel=1e-6)]


def test_flips_in_a_part_by_an_input_of_the_part() -> None:
    verdict = "site_cost in 2027 <= $2.6M"

    def found_with(training: Any, inference: str, grows: str, *more: str) -> dict[tuple[str, str], list[float]]:
        scenario = {
            "years": "2026 to 2027",
            "inputs": {"electricity": {"start": "80 USD/MWh", "grows": grows}, "one_year": "1 year"},
            "parts": {
                "training": {"inputs": {"power": {"by year": training}}},
                "inference": {"inputs": {"power": inference}},
            },
            "formulas": {"cost": "power * electricity * one_year"},
            "totals": {"site_cost": "sum of cost"},
            "show": ["cost", "site_cost"],
            "sensitivity": {"flip": [verdict, "cost <= $2.2M", *more]},
        }
        return flips(sensitivity(scenario, samples=500)["cases"][0]["flips"])

    sure, spread = {2026: "1.5 MW", 2027: "2.5 MW"}, {2026: "1 to 2 MW", 2027: "2 to 3 MW"}
    # 83.2 USD/MWh (2.5 + p) = 296.80
    found = found_with(sure, "0.5 to 1.5 MW", "4 %/year")
    assert found[verdict, "power in inference"] == [pytest.approx(2.6e6 / HOURS / 83.2 - 2.5, rel=1e-6)]
    assert found["inference: cost <= $2.2M", "power in inference"] == []
    found = found_with(spread, "1 MW", "4 %/year", "cost in training <= $1.75M")
    assert found[verdict, "share below power in training"] == [pytest.approx(2.6e6 / HOURS / 83.2 - 3, rel=1e-6)]
    # in training alone: 83.2 (2 + u) = 199.77
    share = pytest.approx(1.75e6 / HOURS / 83.2 - 2, rel=1e-6)
    assert found["cost in training <= $1.75M", "share below power in training"] == [share]
    assert ("training: cost <= $2.2M", "share below power in training") in found
    # 80 (1 + g) 3.5 = 296.80
    assert found_with(sure, "1 MW", "3 to 5 %/year")[verdict, "growth of electricity"] == []


def test_a_check_with_a_confidence_flips_where_the_share_of_samples_does() -> None:
    scenario = {
        "inputs": {"server_power": "4 to 5 kW", "rack_power_rated": "24 kW"},
        "show": ["servers_per_rack"],
        "checks": ["servers_per_rack >= 5 with 90 % confidence"],
        "sensitivity": {"of": ["servers_per_rack"], "within": {"rack_power_rated": "20 to 30 kW"}},
    }
    found = {each["input"]: each for each in sensitivity(scenario, samples=8192)["cases"][0]["flips"]}
    rack, server = found["rack_power_rated"], found["server_power"]
    # Five servers fit into 24 kW up to 4.8 kW each, in 80 % of the samples; 90 % are below 4.9 kW, and need 24.5 kW.
    assert (rack["holds"], rack["probability"]) == (False, pytest.approx(0.8, abs=1e-3))
    assert rack["flips_at"] == [pytest.approx(24.5, rel=1e-3)]
    # With the power of a server known, all samples are alike.
    assert server["flips_at"] == [pytest.approx(4.8, rel=1e-6)]


def test_the_growth_varies_while_the_start_of_a_check_with_a_confidence_is_moved() -> None:
    inputs = {"electricity": {"start": "70 to 90 USD/MWh", "grows": "0 to 10 %/year"}, "power": "1 MW"}
    check = "cost <= $800,000 with 80 % confidence"
    scenario = {
        "years": "2026 to 2027",
        "inputs": {**inputs, "one_year": "1 year"},
        "formulas": {"cost": "power * electricity * one_year"},
        "show": ["cost"],
        "checks": [check],
        "sensitivity": ["cost"],
    }
    found = flips(sensitivity(scenario, samples=8192)["cases"][0]["flips"])
    # 91.324 USD/MWh make 800,000 USD in 8,760 h. Growth is below 8 % in 80 % of the samples, the start below 86.
    assert found[check, "electricity"] == [pytest.approx(8e5 / HOURS / 1.08, rel=1e-3)]
    assert found[check, "growth of electricity"] == [pytest.approx(8e5 / HOURS / 86 - 1, rel=1e-2)]


def test_shares_of_correlated_inputs_say_that_they_take_them_as_independent() -> None:
    base: dict[str, Any] = {
        "inputs": {"server_power": "4 to 5 kW", "servers_per_rack": "4 to 5 servers/rack"},
        "show": ["rack_power_drawn"],
        "sensitivity": {"of": ["rack_power_drawn"]},
    }
    tied = {**base, "uncertainty": {"correlate": {"server_power with servers_per_rack": "0.5"}}}
    apart, found = sensitivity(base, samples=500), sensitivity(tied, samples=500)
    drivers = [each["cases"][0]["figures"]["rack_power_drawn"]["inputs"] for each in (apart, found)]
    assert drivers[0] == drivers[1], "the shares are the same"
    # 4.5 kW and 4.5 servers on average; what goes together is more often both large, 1/12 x 0.5 more
    means = [each["cases"][0]["figures"]["rack_power_drawn"]["mean"] for each in (apart, found)]
    assert means == pytest.approx([20.25, 20.25 + 0.5 / 12], rel=1e-3)
    assert "notes" not in apart
    note = "the shares take the inputs as independent, although `correlate` ties some"
    assert found["notes"] == [note]
    catalogue = standard_catalogue()
    last = sections(found, catalogue)[-1].blocks[-1]
    assert isinstance(last, Paragraph)
    assert last.text == note
    assert not [each for each in sections(apart, catalogue) if Paragraph(note) in each.blocks]


def test_a_comparison_that_lacks_a_case_says_so() -> None:
    scenario = {
        "inputs": {"server_power": "4 to 5 kW", "servers_needed": "100 servers"},
        "cases": {"small": {"rack_power_rated": "10 kW"}, "large": {"rack_power_rated": "25 kW"}},
        "show": ["racks_needed"],
        "sensitivity": {"flip": ["racks_needed in small < racks_needed in large"]},
    }
    said = "`racks_needed in small < racks_needed in large` is not looked at, without case `large`"
    assert said in calc.run(scenario, cases=["small"]).to_dict()["warnings"]
    assert said not in calc.run(scenario).to_dict()["warnings"]
