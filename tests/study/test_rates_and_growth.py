"""Exchange rates and growth as part of the graph: every study sees them as the run does, by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import calc
from calc.engine.figures import Series
from calc.errors import CalcErrors, Problems
from calc.report.explain_report import as_dict as explained
from calc.scenario.load import load
from calc.scenario.resolve import Options, resolve
from calc.study.answer import answer
from calc.study.draws import draws_of
from calc.study.evaluator import Evaluator

if TYPE_CHECKING:
    from pathlib import Path

HOUR_PRICE = {"value": "2 USD/gpu/hour", "source": "offer"}
RATE = {"value": "0.92 EUR/USD", "source": "our bank"}
EURO: dict[str, Any] = {
    "inputs": {
        "compute_budget": {"value": "100M EUR", "source": "plan"},
        "eur_per_usd": RATE,
        "gpu_hour_price": HOUR_PRICE,
    },
    "show": ["gpu_hours_rentable"],
}
# 80 + 88 + 96.8 USD/MWh times 1 MWh: 264.80 USD
GROWING: dict[str, Any] = {
    "years": "2026 to 2028",
    "inputs": {"p": {"start": "80 USD/MWh", "grows": "10 %/year"}, "e": "1 MWh"},
    "formulas": {"cost": "total(p * e)", "yearly": "p * e"},
    "show": ["cost"],
}


def studies(scenario: dict[str, Any], **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = calc.run(scenario, **options).to_dict()["studies"]
    return found


def with_inputs(scenario: dict[str, Any], **inputs: Any) -> dict[str, Any]:
    return {**scenario, "inputs": {**scenario["inputs"], **inputs}}


def swept(scenario: dict[str, Any], figure: str, axes: dict[str, Any], year: int | None = None) -> list[float]:
    [case] = studies({**scenario, "sweep": axes})["sweep"]["cases"]
    [column] = [each for each in case["columns"] if (each["name"], each["year"]) == (figure, year)]
    values: list[float] = column["values"]
    return values


def found_at(scenario: dict[str, Any], goal: dict[str, Any]) -> dict[str, Any]:
    [found] = studies({**scenario, "find": goal})["find"]["goals"]
    case: dict[str, Any] = found["cases"][0]
    return case


def value_of(scenario: dict[str, Any], name: str, **options: Any) -> float:
    value = calc.run(scenario, **options).cases["base"][name].value
    assert value is not None
    return value


# ---------------------------------------------------------------- exchange rates


def test_a_sweep_over_the_rate_moves_what_was_converted() -> None:
    found = swept(EURO, "gpu_hours_rentable", {"eur_per_usd": "0.8 to 1.2 EUR/USD step 0.1 EUR/USD"})
    # 100,000,000 / rate / 2
    assert found == pytest.approx([100e6 / each / 2 for each in (0.8, 0.9, 1.0, 1.1, 1.2)], rel=1e-12)
    assert found[:3] == pytest.approx([62.5e6, 55.5555555556e6, 50e6], rel=1e-9)


def test_a_sweep_without_a_list_of_figures_shows_what_follows_from_the_rate() -> None:
    asked = {key: each for key, each in EURO.items() if key != "show"}
    found = swept(asked, "gpu_hours_rentable", {"eur_per_usd": ["0.8 EUR/USD"]})
    assert found == pytest.approx([62.5e6], rel=1e-12)


def test_find_over_a_rate_agrees_with_a_run_at_what_it_finds() -> None:
    condition = "gpu_hours_rentable >= 40e6 gpu-hours"
    found = found_at(EURO, {"eur_per_usd": {"largest within": "0.8 to 2 EUR/USD", "so that": condition}})
    # 100,000,000 / 1.25 / 2 = 40,000,000
    assert found["values"]["eur_per_usd"]["value"] == pytest.approx(1.25, rel=1e-9)
    at = value_of(EURO, "gpu_hours_rentable", settings={"eur_per_usd": "1.25 EUR/USD"})
    assert at == pytest.approx(found["results"]["gpu_hours_rentable"]["value"], rel=1e-9)
    # What was converted is reported at the rate that is given.
    assert found["inputs"]["compute_budget"]["value"] == pytest.approx(100e6 / 0.92, rel=1e-12)


def test_the_best_of_a_rate_and_a_price() -> None:
    over = {"eur_per_usd": "0.8 to 1.2 EUR/USD", "gpu_hour_price": "2 to 3 USD/gpu/hour"}
    [found] = studies({**EURO, "find": {"maximise": "gpu_hours_rentable", "over": over}})["find"]["goals"]
    # 100,000,000 / 0.8 / 2
    assert found["cases"][0]["results"]["gpu_hours_rentable"]["value"] == pytest.approx(62.5e6, rel=1e-6)


def test_a_flip_over_a_rate() -> None:
    asked = {"flip": ["gpu_hours_rentable >= 50e6 gpu-hours"], "within": {"eur_per_usd": "0.8 to 1.2 EUR/USD"}}
    [case] = studies({**EURO, "sensitivity": asked})["sensitivity"]["cases"]
    [flip] = case["flips"]
    assert (flip["input"], flip["holds"]) == ("eur_per_usd", True)
    assert flip["flips_at"] == [pytest.approx(1.0, rel=1e-8)]


def test_a_rate_that_is_a_range_spreads_what_goes_through_it() -> None:
    scenario = with_inputs(EURO, eur_per_usd={"value": "0.8 to 1.2 EUR/USD", "source": "bank"})
    result = calc.run(scenario, samples=20_000).cases["base"]["gpu_hours_rentable"]
    # Uniform between 0.8 and 1.2: p10 of the hours is at 1.16, p90 at 0.84
    assert result.value == pytest.approx(50e6, rel=1e-12)
    assert (result.p10, result.p90) == pytest.approx((50e6 / 1.16, 50e6 / 0.84), rel=2e-3)
    [case] = studies({**scenario, "sensitivity": ["gpu_hours_rentable"]}, samples=512)["sensitivity"]["cases"]
    [swing] = case["figures"]["gpu_hours_rentable"]["inputs"]
    assert swing["name"] == "eur_per_usd"
    assert (swing["at_p10"], swing["at_p90"]) == pytest.approx((50e6 / 0.84, 50e6 / 1.16), rel=1e-9)
    # -1: one per cent more of the rate is one per cent less of the hours
    assert swing["elasticity"] == pytest.approx(-1, rel=1e-6)


def test_an_uncertain_amount_at_an_uncertain_rate_moves_with_both() -> None:
    rate = {"value": "0.9 to 1.1 EUR/USD", "source": "bank"}
    scenario = with_inputs(EURO, compute_budget={"value": "90M to 110M EUR", "source": "plan"}, eur_per_usd=rate)
    [case] = studies({**scenario, "sensitivity": ["gpu_hours_rentable"]}, samples=512)["sensitivity"]["cases"]
    swings = {each["name"]: each for each in case["figures"]["gpu_hours_rentable"]["inputs"]}
    # 92 and 108 MEUR at 1 EUR/USD; 100 MEUR at 0.92 and 1.08
    ends = [(swings[name]["at_p10"], swings[name]["at_p90"]) for name in ("compute_budget", "eur_per_usd")]
    assert ends[0] == pytest.approx((46e6, 54e6), rel=1e-9)
    assert ends[1] == pytest.approx((50e6 / 0.92, 50e6 / 1.08), rel=1e-9)


def test_a_sweep_over_an_amount_with_an_uncertain_rate_keeps_the_rest_of_the_rate() -> None:
    rate = {"value": "0.8 to 1.2 EUR/USD", "source": "bank"}
    scenario = with_inputs(EURO, eur_per_usd=rate, power_cost={"value": "10M EUR", "source": "bill"})
    scenario["formulas"] = {"rest": "compute_budget - power_cost / eur_per_usd"}
    # An amount in dollars goes through no rate: 100M - 10M / 1
    assert swept({**scenario, "show": ["rest"]}, "rest", {"compute_budget": ["100 MUSD"]}) == [90e6]


def test_a_rate_by_year_converts_each_year_at_its_own() -> None:
    scenario = {
        "years": "2026 to 2028",
        "inputs": {
            "budget_total": {"start": "100M EUR", "grows": "10 %/year"},
            "compute_share": "50 %",
            "eur_per_usd": {"value": {"by year": {2026: "1 EUR/USD", 2027: "1.1 EUR/USD", 2028: "0.5 EUR/USD"}},
                            "source": "bank"},
        },
        "show": ["compute_budget"],
    }  # fmt: skip
    case = calc.run(scenario).cases["base"]
    # 100 / 1, 110 / 1.1, 121 / 0.5 millions, half of each
    assert [row["value"] for row in case["compute_budget"].by_year or []] == pytest.approx([50e6, 50e6, 121e6])
    # The input is shown in each year too.
    assert [row["value"] for row in case.inputs["budget_total"]["by_year"]] == pytest.approx([100e6, 100e6, 242e6])
    # The start in euros that a study chooses in dollars goes through no rate: 200 x 1.1^2 / 2
    assert swept(scenario, "compute_budget", {"budget_total": ["200 MUSD"]}, 2028) == [pytest.approx(121e6, rel=1e-12)]
    with pytest.raises(CalcErrors, match="`eur_per_usd` has a value for each year"):
        swept(scenario, "compute_budget", {"eur_per_usd": ["1 EUR/USD"]})


def test_a_rate_that_grows_is_varied_by_its_start() -> None:
    scenario = {
        "years": "2026 to 2027",
        "inputs": {
            "budget_total": "100M EUR",
            "compute_share": "50 %",
            "eur_per_usd": {"start": "1 EUR/USD", "grows": "25 %/year", "source": "bank"},
        },
        "show": ["compute_budget"],
    }
    rows = calc.run(scenario).cases["base"]["compute_budget"].by_year or []
    assert [row["value"] for row in rows] == pytest.approx([50e6, 40e6])
    # 100 / (0.8 x 1.25) / 2
    assert swept(scenario, "compute_budget", {"eur_per_usd": ["0.8 EUR/USD"]}, 2027) == [pytest.approx(50e6, rel=1e-12)]


def test_cases_differ_by_the_rate_alone() -> None:
    scenario = {**EURO, "cases": {"a": {}, "b": {"eur_per_usd": {"value": "1 EUR/USD", "source": "forward"}}}}
    figure = studies({**scenario, "compare": ["a", "b"]})["compare"]["figures"][0]
    [step] = figure["to_first"][0]["waterfall"]["steps"]
    # 50M less 54.35M hours, all of it from the rate
    assert [each["name"] for each in step["inputs"]] == ["eur_per_usd"]
    assert step["change"] == pytest.approx(50e6 - 100e6 / 0.92 / 2, rel=1e-9)
    # 120M at 1 EUR/USD: 60M hours less 54.35M; of the amount alone +10.87M or +10M, of the rate -4.35M or -5.22M
    scenario["cases"]["b"]["compute_budget"] = {"value": "120M EUR", "source": "plan"}
    figure = studies({**scenario, "compare": ["a", "b"]})["compare"]["figures"][0]
    found = figure["to_first"][0]["waterfall"]["steps"]
    steps = {each["inputs"][0]["name"]: each["change"] for each in found}
    written = {each["inputs"][0]["name"]: (each["inputs"][0]["from"], each["inputs"][0]["to"]) for each in found}
    assert written["compute_budget"] == ("100M EUR", "120M EUR")
    hours = {(amount, rate): amount * 1e6 / rate / 2 for amount in (100, 120) for rate in (0.92, 1)}
    amount = (hours[120, 0.92] - hours[100, 0.92] + hours[120, 1] - hours[100, 1]) / 2
    rate = (hours[100, 1] - hours[100, 0.92] + hours[120, 1] - hours[120, 0.92]) / 2
    assert steps == {"compute_budget": pytest.approx(amount), "eur_per_usd": pytest.approx(rate)}


def test_facts_in_another_currency_follow_the_rate() -> None:
    scenario = {
        "facts": ["fx"],
        "inputs": {"server_price": {"value": "1.4M CNY/server", "source": "offer"}, "compute_budget": "$20M"},
        "show": ["servers_affordable"],
    }
    # 20,000,000 / (1,400,000 / 7) = 100; at 14 CNY/USD 200
    found = swept(scenario, "servers_affordable", {"cny_per_usd": ["7 CNY/USD", "14 CNY/USD"]})
    assert found == [100, 200]


def test_a_study_may_give_the_rate_that_a_file_lacks() -> None:
    scenario = {**EURO, "inputs": {name: each for name, each in EURO["inputs"].items() if name != "eur_per_usd"}}
    for asked in (scenario, {**scenario, "show": []}):
        assert swept(asked, "gpu_hours_rentable", {"eur_per_usd": ["0.8 EUR/USD"]}) == [62.5e6]
    with pytest.raises(CalcErrors, match="no `eur_per_usd` is given"):
        calc.run(scenario)


def test_parts_with_rates_of_their_own() -> None:
    price = {"value": "7 MCNY/server", "source": "offer"}
    scenario = {
        "inputs": {"server_price": price, "cny_per_usd": {"value": "7 CNY/USD", "source": "bank"}},
        "parts": {
            "one": {"inputs": {"servers": "2 servers"}},
            "two": {"inputs": {"servers": "3 servers", "cny_per_usd": {"value": "3.5 CNY/USD", "source": "bank"}}},
        },
        "formulas": {"money": "server_price * servers"},
        "totals": {"all_money": "sum of money"},
        "show": ["money", "all_money"],
    }
    case = calc.run(scenario).cases["base"]
    # 2 x 1M + 3 x 2M
    assert case["all_money"].value == pytest.approx(8e6, rel=1e-12)
    # 2 x 1M + 3 x 7M / 1.75
    found = swept(scenario, "all_money", {"cny_per_usd in two": ["3.5 CNY/USD", "1.75 CNY/USD"]})
    assert found == pytest.approx([8e6, 14e6], rel=1e-12)
    found = swept(scenario, "all_money", {"cny_per_usd in every part": ["7 CNY/USD", "14 CNY/USD"]})
    # 5 x 1M; 5 x 0.5M
    assert found == pytest.approx([5e6, 2.5e6], rel=1e-12)


def test_the_conversion_is_a_step_down_to_the_source_of_the_rate(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text(json.dumps(EURO), encoding="utf-8")
    problems = Problems()
    found = answer(resolve(load(str(path), problems), Options(), problems))
    tree = explained(found, "gpu_hours_rentable")["cases"][0]["tree"]
    budget = next(each for each in tree["children"] if each["name"] == "compute_budget")
    assert (budget["formula"], budget["substituted"]) == ("100M EUR / eur_per_usd", "100M EUR / 0.92 EUR/USD")
    [rate] = budget["children"]
    assert (rate["name"], rate["source"], rate["status"]) == ("eur_per_usd", "our bank", "given")


# ---------------------------------------------------------------- growth


def test_a_sweep_varies_the_start() -> None:
    assert value_of(GROWING, "cost") == pytest.approx(264.8, rel=1e-12)
    # 3.31 times the start
    assert swept(GROWING, "cost", {"p": ["80 USD/MWh", "100 USD/MWh"]}) == pytest.approx([264.8, 331], rel=1e-12)


def test_find_flip_and_the_command_line_vary_the_start() -> None:
    found = found_at(GROWING, {"p": {"largest within": "50 to 200 USD/MWh", "so that": "cost <= 331 USD"}})
    assert found["values"]["p"]["value"] == pytest.approx(100e-6 * 1e6, rel=1e-9)
    assert value_of(GROWING, "cost", settings={"p": "100 USD/MWh"}) == pytest.approx(331, rel=1e-12)
    asked = {"flip": ["cost <= 331 USD"], "within": {"p": "50 to 200 USD/MWh"}}
    [case] = studies({**GROWING, "sensitivity": asked})["sensitivity"]["cases"]
    assert case["flips"][0]["flips_at"] == [pytest.approx(100, rel=1e-8)]


def test_a_case_that_gives_one_amount_gives_the_start() -> None:
    cases = {"as it is": {}, "dear": {"p": "100 USD/MWh"}, "flat": {"p": {"start": "80 USD/MWh", "grows": "0 %/year"}}}
    found = calc.run({**GROWING, "cases": cases})
    values = [each["cost"].value for each in found.cases.values()]
    assert values == pytest.approx([264.8, 331, 240], rel=1e-12)
    assert sum("it still grows by 10 %/year" in each for each in found.warnings) == 1


def test_an_uncertain_growth_stays_uncertain_where_the_start_is_chosen() -> None:
    scenario = with_inputs(GROWING, p={"start": "80 USD/MWh", "grows": "0 to 20 %/year"})
    run = calc.run(scenario, samples=4000).cases["base"]["cost"]
    [case] = studies({**scenario, "sweep": {"p": ["80 USD/MWh"]}}, samples=4000)["sweep"]["cases"]
    columns = {each["name"]: each for each in case["columns"]}
    assert columns["cost"]["values"] == pytest.approx([264.8], rel=1e-12)
    ends = [columns["cost"]["p10"][0], columns["cost"]["p90"][0]]
    assert ends == pytest.approx([run.p10, run.p90], rel=1e-12)
    goal = {"p": {"largest within": "50 to 200 USD/MWh", "so that": "cost <= 331 USD", "confidence": "90 %"}}
    found = found_at(scenario, goal)
    assert run.p90 is not None
    # What scales with the start reaches 331 USD at p90 there.
    assert found["values"]["p"]["value"] == pytest.approx(80 * 331 / run.p90, rel=2e-3)
    assert found["over_samples"]["p50"] == pytest.approx(100, rel=0.01)


@pytest.mark.parametrize("form", [
    {"by year": {2026: "80 USD/MWh", 2027: "90 USD/MWh", 2028: "70 USD/MWh"}},
    {"by year": {2026: "80 USD/MWh", 2027: "90 to 95 USD/MWh", 2028: "70 to 99 USD/MWh"}},
])  # fmt: skip
def test_a_value_by_year_is_never_flattened(form: dict[str, Any]) -> None:
    scenario = with_inputs(GROWING, p=form)
    whole = {"largest within": "50 to 200 USD/MWh", "so that": "cost <= 331 USD"}
    sections: list[dict[str, Any]] = [
        {"sweep": {"p": ["80 USD/MWh"]}},
        {"find": {"p": whole}},
        {"find": {"minimise": "cost", "over": {"p": "50 to 200 USD/MWh"}}},
        {"sensitivity": {"flip": ["cost <= 331 USD"], "within": {"p": "50 to 200 USD/MWh"}}},
    ]
    for section in sections:
        with pytest.raises(CalcErrors) as caught:
            calc.run({**scenario, **section})
        [error] = caught.value.errors
        assert error.code == "E-YEARS", section
        assert "`p` has a value for each year" in error.message, section
        assert "`{start: ..., grows: ...}`" in (error.hint or ""), section
        assert error.place is not None, section


def test_dated_facts_are_never_flattened() -> None:
    scenario = {
        "years": "2020 to 2021",
        "inputs": {"server_price": {"fact by year": "dgx-a100.server_price"}, "gpus_per_server": "8 gpus"},
        "formulas": {"per_gpu": "server_price / gpus_per_server"},
        "show": ["per_gpu"],
    }
    with pytest.raises(CalcErrors, match="`server_price` has a value for each year"):
        swept(scenario, "per_gpu", {"server_price": ["200,000 USD/server"]})


def test_parts_vary_the_start_that_they_share_and_their_own() -> None:
    growing = {"start": "80 USD/MWh", "grows": "10 %/year"}
    scenario = {
        "years": "2026 to 2028",
        "inputs": {"p": growing},
        "parts": {
            "one": {"inputs": {"e": "1 MWh"}},
            "two": {"inputs": {"e": "2 MWh", "p": {"start": "10 USD/MWh", "grows": "0 to 20 %/year"}}},
        },
        "formulas": {"cost": "total(p * e)"},
        "totals": {"all_cost": "sum of cost"},
        "show": ["cost", "all_cost"],
    }
    # 264.8 + 2 x 33.1
    assert calc.run(scenario, samples=64).cases["base"]["all_cost"].value == pytest.approx(331, rel=1e-12)
    # 264.8 + 2 x 3.31 x 10 and 20
    found = swept(scenario, "all_cost", {"p in two": ["10 USD/MWh", "20 USD/MWh"]})
    assert found == pytest.approx([331, 264.8 + 132.4], rel=1e-12)
    # 3 x 3.31 x 100
    assert swept(scenario, "all_cost", {"p in every part": ["100 USD/MWh"]}) == pytest.approx([993], rel=1e-12)


def test_a_case_that_grows_is_compared_with_one_that_does_not() -> None:
    cases = {"flat": {"p": "80 USD/MWh", "e": "1 MWh"}, "dear": {"p": GROWING["inputs"]["p"], "e": "2 MWh"}}
    scenario = {**GROWING, "inputs": {}, "cases": cases, "compare": ["flat", "dear"]}
    [found] = studies(scenario)["compare"]["figures"][0]["to_first"]
    steps = {each["inputs"][0]["name"]: each["change"] for each in found["waterfall"]["steps"]}
    # 240 to 529.60 USD; of p alone +24.8 or +49.6, of e alone +240 or +264.8
    assert steps == {"p": pytest.approx((24.8 + 49.6) / 2), "e": pytest.approx((240 + 264.8) / 2)}


def test_all_ways_to_evaluate_agree_on_starts_and_rates(tmp_path: Path) -> None:
    scenario = {
        "years": "2026 to 2028",
        "inputs": {
            "p": {"start": "80 USD/MWh", "grows": "0 to 20 %/year"},
            "budget_total": {"start": "90M to 110M CNY", "grows": "5 %/year", "source": "plan"},
            "cny_per_usd": {"start": "7 CNY/USD", "grows": "-2 to 2 %/year", "source": "bank"},
            "compute_share": "50 %",
            "e": "1 MWh",
        },
        "formulas": {"left": "compute_budget - p * e"},
        "show": ["left"],
        "sweep": {"p": ["80 USD/MWh"], "cny_per_usd": ["7 CNY/USD"]},
    }
    path = tmp_path / "scenario.yaml"
    path.write_text(json.dumps(scenario), encoding="utf-8")
    problems = Problems()
    found = resolve(load(str(path), problems), Options(), problems)
    evaluator = Evaluator(found, found.studies.cases("sweep")[0], ["left"], ["p", "cny_per_usd"])
    # In base units an energy is in joules: 100 USD/MWh; 100 / 8 in the first year, 105 / 8 and 110.25 / 8 later
    chosen = {"p": 100 / 3.6e9, "cny_per_usd": 8.0}
    by_hand = [100e6 / 16 * 1.05**at - 100 * 1.1**at for at in range(3)]
    for each in (evaluator.at(chosen), evaluator.points(chosen)):
        assert isinstance(each["left"], Series)
        assert each["left"].values == pytest.approx(by_hand, rel=1e-12)
    columns = {name: np.array([value, 2 * value]) for name, value in chosen.items()}
    slow = evaluator.arrays({name: each[:, None] for name, each in columns.items()}, {})["left"]
    assert evaluator.grid(columns)["left"] == pytest.approx(slow, rel=1e-12)
    assert slow[0] == pytest.approx(by_hand, rel=1e-12)
    # Growths are drawn beside what is chosen; block by block and formula by formula.
    drawn = evaluator.drawn(chosen)
    assert drawn == {"budget_total": True, "growth of p": False, "growth of cny_per_usd": False}
    draws = draws_of(found)
    fast = evaluator.block(draws, 0, 64, chosen, {})["left"]
    arrays = {name: evaluator.draw(draws, name, 0, 64) for name in drawn}
    last = {name: each.T if each.ndim == 2 else each[:, None] for name, each in arrays.items()}
    assert pytest.approx(evaluator.arrays(last, chosen)["left"], rel=1e-12) == fast.T
    growth = arrays["growth of cny_per_usd"]
    budget = arrays["budget_total"] / (8 / 7 * (1 + growth) ** np.arange(3)[:, None])
    price = 100 * (1 + arrays["growth of p"]) ** np.arange(3)[:, None]
    assert fast == pytest.approx(budget / 2 - price, rel=1e-9)
