"""The headline of an uncertain figure is its median, and checks are tested there: against pen and paper."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from as_text import as_table
from calc_command import calc as command

import calc
from calc.errors import Problems
from calc.scenario.load import load_text
from calc.scenario.resolve import Options, resolve
from calc.study.answer import answer
from calc.study.headline import percentile_text, percentile_words, share_off_median

if TYPE_CHECKING:
    from pathlib import Path

# A triangle from 1 to 3 with its mode at 1.2: of 2 x 1.8 half is above m where (3 - m)^2 = 1.8. p50 is 3 - sqrt(1.8),
# 1.6584; p10 is 1 + sqrt(0.1 x 2 x 0.2) = 1.2, the likely value; p90 is 3 - sqrt(0.1 x 2 x 1.8) = 2.4.
SKEWED = {"low": "1M gpu-hours", "likely": "1.2M gpu-hours", "high": "3M gpu-hours"}
MEDIAN, P90 = 3 - math.sqrt(1.8), 2.4


def cost(**more: Any) -> dict[str, Any]:
    return {
        "inputs": {"gpu_hours": SKEWED, "gpu_hour_price": "2 USD/gpu/hour"},
        "formulas": {"run_cost": "gpu_hours * gpu_hour_price"},
        "show": ["run_cost"],
        **more,
    }


def words(scenario: dict[str, Any], **options: Any) -> str:
    problems = Problems()
    found = answer(resolve(load_text(json.dumps(scenario), "test.yaml", problems), Options(), problems))
    return " ".join(as_table(found, **options).split())


def test_reports_lead_with_the_median_and_say_where_the_likely_value_lies() -> None:
    figure = calc.run(cost()).cases["base"]["run_cost"]
    assert (figure.value, figure.text) == (2.4e6, "$2.4M")
    assert [figure.p50, figure.p10, figure.p90] == pytest.approx([2e6 * MEDIAN, 2.4e6, 4.8e6], rel=1e-3)
    assert figure.headline == "$3.317M ($2.4M to $4.8M)"
    said = words(cost())
    assert re.search(r"run_cost USD \$3\.317M \$2\.4M \$4\.8M \$3\.467M p10", said)
    assert "likely at p10: the figure at the likely values lies at the 10th percentile of the samples" in said
    assert "values $3.317M" not in said
    assert re.search(r"p10 \$2\.4M", words(cost(), verbose=True)), "-v has the figure at the likely values"
    html = calc.run(cost())._repr_html_()
    assert "$3.317M ($2.4M to $4.8M)</td>" in html


def test_a_likely_value_near_the_median_is_not_told() -> None:
    even = cost(inputs={"gpu_hours": "1M to 3M gpu-hours", "gpu_hour_price": "2 USD/gpu/hour"})
    result = calc.run(even).to_dict()["cases"][0]["results"]["run_cost"]
    assert "value_percentile" not in result
    assert "likely at" not in words(even)
    certain = cost(inputs={"gpu_hours": "1M gpu-hours", "gpu_hour_price": "2 USD/gpu/hour"}, checks=["run_cost <= $3M"])
    assert "holds run_cost <= $3M Assumptions" in words(certain)
    assert calc.run(certain).cases["base"]["run_cost"].headline == "$2M"


def test_percentiles_in_words() -> None:
    for share, text, told in (
        (0.001, "< p1", "below the 1st percentile"), (0.2, "p20", "at the 20th percentile"),
        (0.71, "p71", "at the 71st percentile"), (0.999, "> p99", "above the 99th percentile"),
        (0.0, "< p1", "below the 1st percentile"), (0.004, "< p1", "below the 1st percentile"),
        (0.006, "p1", "at the 1st percentile"), (0.02, "p2", "at the 2nd percentile"),
        (0.03, "p3", "at the 3rd percentile"), (0.11, "p11", "at the 11th percentile"),
        (0.12, "p12", "at the 12th percentile"), (0.21, "p21", "at the 21st percentile"),
        (0.5, "p50", "at the 50th percentile"), (0.93, "p93", "at the 93rd percentile"),
        (0.994, "p99", "at the 99th percentile"), (0.996, "> p99", "above the 99th percentile"),
        (1.0, "> p99", "above the 99th percentile"),
    ):  # fmt: skip
        assert (percentile_text(share), percentile_words(share)) == (text, told)


def test_a_check_without_a_confidence_holds_where_half_of_the_samples_do() -> None:
    # Below x there are 1 - (3 - x)^2 / 3.6 of the samples, of x = 1.4 (where 1.2, the point, holds), 2.05 and 2.5
    limits = {"run_cost <= $2.8M": 0.28889, "run_cost <= $4.1M": 0.74931, "run_cost <= $5M": 0.93056}
    found = calc.run(cost(checks=list(limits)))
    checks = found.cases["base"].checks
    assert [each["probability"] for each in checks] == pytest.approx(list(limits.values()), abs=1e-3)
    assert [each["passed"] for each in checks] == [False, True, True]
    assert [each["value"] for each in checks] == [2.4e6] * 3
    assert [each["p50"] for each in checks] == pytest.approx([2e6 * MEDIAN] * 3, rel=1e-3)
    assert found.failures == [
        "`run_cost <= $2.8M` does not hold; at the median $3.317M against $2.8M; it holds in 28.9 % of the samples"
    ]
    doubt = "`run_cost <= $4.1M` holds at the median, but only in 74.9 % of the samples"
    assert [each for each in found.warnings if "samples" in each] == [doubt]
    # A stated confidence is held to that, and there is nothing to warn of.
    sure = calc.run(cost(checks=[f"{each} with 20 % confidence" for each in limits]))
    assert sure.is_fine
    assert not [each for each in sure.warnings if "samples" in each]


def test_promises_are_tested_at_the_likely_values() -> None:
    assert calc.run(cost(expect={"run_cost": "$2.4M"})).is_fine
    assert not calc.run(cost(expect={"run_cost": "$3.3M"})).is_fine


def test_of_two_uncertain_sides_the_median_of_their_difference_decides() -> None:
    inputs = {
        "mine": {"low": "0 kW", "likely": "0.1 kW", "high": "10 kW"},
        "yours": {"low": "0 kW", "likely": "9.9 kW", "high": "10 kW"},
        "apart": "6 kW",
    }
    formulas = {"difference": "yours - mine", "moved": "mine + apart"}
    scenario = {"inputs": inputs, "formulas": formulas, "show": ["difference", "mine", "yours"]}
    found = calc.run({**scenario, "checks": ["moved <= yours"]}).cases["base"]
    figures, [check] = [found[name].p50 or 0.0 for name in ("difference", "mine", "yours")], found.checks
    # Medians near 3 and 7 kW are 4 apart, fewer than 6.
    assert figures[0] < 6
    assert check["probability"] < 0.5
    assert check["passed"] is False
    # A limit between the median of the difference and the difference of the medians tells the two apart.
    middle = (figures[0] + figures[2] - figures[1]) / 2
    assert abs(figures[0] - (figures[2] - figures[1])) > 1e-3
    scenario["inputs"] = {**inputs, "apart": f"{middle!r} kW"}
    [check] = calc.run({**scenario, "checks": ["moved <= yours"]}).cases["base"].checks
    assert check["passed"] is (figures[0] >= middle)
    assert check["passed"] is not (figures[2] - figures[1] >= middle)
    assert check["p50"] == pytest.approx(figures[1] + middle)


def test_samples_without_a_value_do_not_hold() -> None:
    # No server of more than 10 kW fits into 10 kW: 3 of 4 samples of 9 to 13 kW have no cabinets.
    scenario = {
        "inputs": {"server_power": "9 to 13 kW", "rack_power_rated": "10 kW", "servers_needed": "4 servers"},
        "show": ["racks_needed"],
        "checks": ["racks_needed <= 10 racks", "racks_needed <= 10 racks with 20 % confidence"],
    }
    plain, sure = calc.run(scenario).cases["base"].checks
    assert [plain["probability"], sure["probability"]] == pytest.approx([0.25, 0.25], abs=1e-3)
    assert (plain["passed"], plain["p50"], sure["passed"]) == (False, None, True)
    assert "no value in 75 %" in words(scenario)


def test_over_years_a_check_has_to_hold_in_all_of_them_in_half_of_the_samples() -> None:
    scenario = {
        "years": "2026 to 2027",
        "inputs": {"drawn": {"by year": {2026: "1 to 3 MW", 2027: "2 to 4 MW"}}},
        "formulas": {"both": "drawn + drawn"},
        "show": ["both"],
        "checks": ["both <= 6.8 MW", "both <= 5.8 MW"],
    }
    found = calc.run(scenario).cases["base"]
    # One draw for both years: 2027 is the tighter one, 70 % and 45 % below
    fine, bad = found.checks
    assert (fine["passed"], fine["year"], bad["passed"], bad["year"]) == (True, 2027, False, 2027)
    assert [fine["probability"], bad["probability"]] == pytest.approx([0.7, 0.45], abs=1e-3)
    assert fine["p50"] == pytest.approx(6, rel=1e-3)
    said = words(scenario)
    assert "both p50 MW 4 6 p10 2.4 4.4 p90 5.6 7.6" in said


def test_a_check_of_more_samples_than_are_kept_counts_all() -> None:
    [check] = calc.run(cost(checks=["run_cost <= $4.1M"]), samples=1_100_000).cases["base"].checks
    assert check["passed"]
    assert check["probability"] == pytest.approx(0.7493, abs=1e-4)
    assert check["p50"] == pytest.approx(2e6 * MEDIAN, rel=1e-5)


def test_a_models_own_check_is_tested_in_the_samples_too() -> None:
    # 5 servers in 25 kW are too many above 5 kW: of 4 to 6.2 kW in 6 of 11, to 5.5 kW in a third, to 5.1 in 1 of 11.
    def run(power: str) -> tuple[list[bool], list[str]]:
        inputs = {"server_power": power, "rack_power_rated": "25 kW", "servers_per_rack": "5 servers/rack"}
        found = calc.run({"inputs": inputs, "show": ["rack_power_rated"]})
        return [each["passed"] for each in found.cases["base"].checks], [w for w in found.warnings if "samples" in w]

    assert run("4 to 6.2 kW")[0] == [False]
    passed, [warning] = run("4 to 5.5 kW")
    assert passed == [True]
    assert re.search(r"in 33\.3 % of the samples .*: `.*` holds in 66\.7 % of the samples", warning)
    assert run("4 to 5.1 kW") == ([], [])


def test_calc_check_says_so(tmp_path: Path) -> None:
    path = tmp_path / "doubtful.yaml"
    path.write_text(json.dumps(cost(checks=["run_cost <= $4.1M"])), encoding="utf-8")
    done = command("check", str(path))
    assert (done.code, done.out) == (0, "")
    doubt = "warning: `run_cost <= $4.1M` holds at the median, but only in 74.9 % of the samples\n"
    assert done.err.startswith(str(path))
    assert done.err.endswith(doubt)


def test_the_mean_of_a_wide_lognormal_shows_its_sampling_error() -> None:
    prices = {"price": {"p10": "0.05 USD", "p90": "20 USD"}}
    scenario = {"inputs": prices, "formulas": {"twice": "price + price"}, "uncertainty": {"samples": 500}}
    result = calc.run(scenario).to_dict()["cases"][0]["results"]["twice"]
    share = result["standard_errors"]["mean"] / result["mean"]
    assert share > 0.05
    said = words(scenario)
    assert f"± {share * 100:.2g} %" in said
    # of p50, the geometric middle of the ends, twice $1, and of p90 it is small
    assert "sampling error, at most: p50 ±" in said
    assert result["p50"] == pytest.approx(2, rel=0.05)


def test_lines_of_a_sum_are_medians_and_their_shares_those_of_the_likely_values() -> None:
    scenario = {
        "inputs": {"one": SKEWED, "other": "1M to 3M gpu-hours"},
        "formulas": {"both": "one + other"},
        "show": ["both"],
    }
    lines = {each["name"]: each for each in calc.run(scenario).to_dict()["cases"][0]["results"]["both"]["breakdown"]}
    assert (lines["one"]["value"], lines["other"]["value"]) == (1.2e6, 2e6)
    assert lines["one"]["share"] == pytest.approx(1.2 / 3.2)
    assert lines["one"]["p50"] == pytest.approx(MEDIAN * 1e6, rel=1e-3)
    assert "amounts are medians, which do not add up; shares are those at the likely values, which do" in words(
        scenario
    )
    lines = calc.run(scenario, samples=70_000).to_dict()["cases"][0]["results"]["both"]["breakdown"]
    assert all("p50" not in each for each in lines), "so many samples of the lines are not kept"


def test_a_verdict_is_that_of_the_medians() -> None:
    # Owning breaks even at owning / renting x utilisation; a price skewed to the high end lowers it
    price = {"low": "1 USD/gpu/hour", "likely": "1.1 USD/gpu/hour", "high": "5 USD/gpu/hour"}
    inputs = {
        "owning_cost_per_month": "7300 USD/month",
        "gpus": "10 gpus",
        "gpu_hour_price": price,
        "gpu_utilisation": "60 %",
    }
    case = calc.run({"inputs": inputs, "show": ["breakeven_utilisation"]}).to_dict()["cases"][0]
    [told], figure = case["verdicts"], case["results"]["breakeven_utilisation"]
    # 7,300 / 10 / 730 = 1 USD an hour over p50 of the price, 5 - sqrt(0.5 x 4 x 3.9) = 2.207
    assert figure["p50"] == pytest.approx(1 / (5 - math.sqrt(7.8)), rel=1e-3)
    assert figure["value"] == pytest.approx(1 / 1.1)
    assert told["text"].startswith(f"owning wins above {figure['headline']} utilisation")
    assert not told["text"].endswith("so renting wins"), "at the likely price renting would win"


def test_a_sweep_leads_with_the_median_and_holds_there() -> None:
    prices = "1 to 3 USD/gpu/hour step 1 USD/gpu/hour"
    sweep = {"gpu_hour_price": prices, "so that": "run_cost <= $3M", "maximise": "run_cost"}
    found = calc.run(cost(sweep=sweep)).studies["sweep"]["cases"][0]
    column = next(each for each in found["columns"] if each["name"] == "run_cost")
    assert column["p50"] == pytest.approx([MEDIAN * 1e6 * each for each in (1, 2, 3)], rel=1e-3)
    assert column["values"] == pytest.approx([1.2e6, 2.4e6, 3.6e6])
    # 1.66 M holds; 3.32 M does not, although 2.4M at the likely values would
    assert found["holds"] == [True, False, False]
    assert (found["best"], found["worst"]) == (0, 0)
    assert "run_cost p50 (USD)" in words(cost(sweep=sweep))
    many = {**sweep, "gpu_hour_price": "1 to 3 USD/gpu/hour in 2000 steps"}
    found = calc.run(cost(sweep=many)).studies["sweep"]["cases"][0]
    assert found["at_likely_values"] is True
    assert "samples at every point would be too many: figures and conditions are at" in words(cost(sweep=many))


def test_a_comparison_leads_with_the_median_and_adds_up_at_the_likely_values() -> None:
    cases = {"cheap": {"gpu_hour_price": "2 USD/gpu/hour"}, "dear": {"gpu_hour_price": "3 USD/gpu/hour"}}
    scenario = cost(cases=cases, compare={"cases": ["cheap", "dear"]})
    [row] = calc.run(scenario).studies["compare"]["figures"]
    assert [each["p50"] for each in row["values"]] == pytest.approx([2e6 * MEDIAN, 3e6 * MEDIAN], rel=1e-3)
    [change] = row["to_first"]
    assert (change["difference"], change["ratio"]) == (1.2e6, 1.5)
    # the same hours in both: a dollar more for each of 1.658M
    assert change["samples"]["p50"] == pytest.approx(1e6 * MEDIAN, rel=1e-3)
    assert change["samples"]["ratio"] == pytest.approx(1.5)
    said = words(scenario)
    assert re.search(r"run_cost p50 USD \$3\.317M \$4\.975M \+\$1\.658M 1\.5 p10 \$2\.4M \$3\.6M", said)
    assert "at the likely values, where the steps add up to the difference" in said


def test_a_range_that_is_one_point_says_nothing_beside_its_median() -> None:
    """A growth that is not known moves nothing in the first year: 115.28 kW, not 115.3 kW (115 to 115)."""
    power = {"value": {"start": "115.28 kW", "grows": "1 to 5 %/year"}, "source": "test"}
    scenario = {"years": "2026 to 2027", "inputs": {"draw": power}, "formulas": {"drawn": "draw"}, "show": ["drawn"]}
    headline = calc.run(scenario).cases["base"]["drawn"].headline
    assert headline.startswith("115.3 kW in the first year"), headline


def test_the_models_own_checks_fail_in_a_study_where_they_fail_in_a_run() -> None:
    """At the likely values 20 + 20 + 10 are the 50; the compute line's median is 60 - sqrt(50 x 40 / 2) = 28.38."""
    wide = {"low": "10 MUSD", "likely": "20 MUSD", "high": "60 MUSD"}
    inputs = {
        "budget_total": "50 MUSD",
        "compute_budget": wide,
        "people_budget": "20 MUSD",
        "data_budget": "10 MUSD",
        "gpu_hour_price": "2 USD/gpu/hour",
    }
    seek = {"largest within": "1 to 4 USD/gpu/hour", "so that": "gpu_hours_rentable >= 9M gpu-hours"}
    scenario = {
        "inputs": inputs,
        "show": ["gpu_hours_rentable"],
        "cases": {"as it is": {}, "dear": {"gpu_hour_price": "3 USD/gpu/hour"}},
        "find": {"gpu_hour_price": seek},
        "compare": {"cases": ["as it is", "dear"]},
    }
    answer = calc.run(scenario, samples=2000).to_dict()
    (failed,) = [each for each in answer["cases"][0]["checks"] if not each["passed"]]
    (goal,) = answer["studies"]["find"]["goals"]
    assert [case["failed_checks"] for case in goal["cases"]] == [[failed["check"]]] * 2
    notes = answer["studies"]["compare"]["notes"]
    assert [f"the check `{failed['check']}` does not hold in {each}" for each in ("as it is", "dear")] == [
        each for each in notes if "does not hold" in each
    ]
    # A check of the scenario's own is tested at the median there too: 28.38 / 2 = 14.19, and 28.38 / 3 = 9.46; at the
    # likely values 20 / 2 = 10 would hold.
    own = {**scenario, "checks": ["gpu_hours_rentable <= 12M gpu-hours"]}
    notes = calc.run(own, samples=2000).to_dict()["studies"]["compare"]["notes"]
    assert "the check `gpu_hours_rentable <= 12M gpu-hours` does not hold in as it is" in notes
    assert "the check `gpu_hours_rentable <= 12M gpu-hours` does not hold in dear" not in notes


def test_half_of_the_samples_that_are_the_likely_figure_lie_below_it() -> None:
    # Two below 3, four of 3 and four of 9: 2 + 4 / 2 of ten; the median is 3, and 9 is told apart from it.
    values = np.array([1.0, 2.0, *[3.0] * 4, *[9.0] * 4])
    statistics = {"p10": 1.0, "p50": 3.0, "p90": 9.0}
    for point, share in ((1.5, 0.1), (1.0, 0.05), (9.0, 0.8), (9.5, 1.0), (3.0, None)):
        assert share_off_median(values, point, statistics) == share
    # Of eight that have a value one and a half lie below.
    values[-2:] = np.nan
    assert share_off_median(values, 2.0, statistics) == 1.5 / 8
    assert share_off_median(values, 2.0, None) is None
