"""Faults that readers of the first version found, each with the test that would have shown it."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from calc.errors import CalcError, Problems
from calc.facts import standard_facts
from calc.report.csv import render as render_csv
from calc.report.json import as_dict, studies_dict
from calc.scenario.load import load
from calc.scenario.resolve import Options, resolve
from calc.study.answer import Answer, answer, of_studies, run_studies
from calc.study.remarks import failures

RACK = "inputs: {server_power: 4 kW, rack_power_rated: 10 kW}\nshow: [servers_per_rack]\n"


def run(folder: Path, text: str, **options: object) -> Answer:
    path = folder / "s.yaml"
    path.write_text(text, encoding="utf-8")
    problems = Problems()
    return answer(resolve(load(str(path), problems), Options(**options), problems))  # type: ignore[arg-type]


@pytest.mark.parametrize("check", ["outlay <= 30M CNY", "outlay <= 30M EUR", "server_price <= 260k CNY/server"])
def test_a_check_never_compares_bare_numbers_of_two_currencies(tmp_path: Path, check: str) -> None:
    text = (
        "facts: [fx]\ninputs: {server_price: 250k USD/server, servers_needed: 100 servers}\n"
        f"formulas: {{outlay: server_price * servers_needed}}\nshow: [outlay]\nchecks: ['{check}']\n"
    )
    with pytest.raises(CalcError, match=r"E-CURRENCY|E-DIMENSION"):
        run(tmp_path, text)


def test_a_check_may_leave_out_the_unit_of_a_count(tmp_path: Path) -> None:
    assert run(tmp_path, f"{RACK}checks: [servers_per_rack >= 2]\n").is_fine


def test_facts_of_a_case_that_inputs_hide_are_named(tmp_path: Path) -> None:
    text = (
        "inputs: {server_power: 4.5 kW, rack_power_rated: 25 kW}\n"
        "cases: {ours: {}, H100: {facts: [dgx-h100]}}\nshow: [servers_per_rack]\n"
    )
    warnings = run(tmp_path, text).warnings
    assert "case `H100`: its facts give server_power, but `inputs` win" in warnings


def test_a_fact_that_replaces_a_fact_keeps_its_own_name_and_warnings(tmp_path: Path) -> None:
    text = (
        "facts: [rent-a100-80gb]\ninputs:\n  compute_budget: $1M\n"
        "  gpu_hour_price: {fact: rent-a100-80gb-runpod.gpu_hour_price@2023}\nshow: [gpu_hours_rentable]\n"
    )
    found = run(tmp_path, text)
    value = found.cases[0].case.values["gpu_hour_price"]
    fact = "rent-a100-80gb-runpod.gpu_hour_price@2023"
    assert (value.fact, value.replaces) == (fact, "rent-a100-80gb.gpu_hour_price@2026")
    assert any(f"price older than a year: {fact} (2023-05-23)" in line for line in found.warnings)


def test_a_fact_that_nobody_has_verified_is_named_by_its_own_name(tmp_path: Path) -> None:
    known = [each for each in standard_facts().by_id.values() if each.quantity == "gpu_peak_bf16"]
    for unverified in (True, False):
        fact = next(each.id for each in known if (each.status == "unverified") is unverified)
        text = f"inputs: {{gpu_peak_bf16: {{fact: {fact}}}}}\nshow: [gpu_peak_bf16]\n"
        told = [each for each in run(tmp_path, text).warnings if "unverified" in each]
        assert told == ([f"unverified fact: {fact}"] if unverified else [])


def test_a_failure_says_of_which_cases_and_parts_it_is(tmp_path: Path) -> None:
    check = "show: [b]\nformulas: {b: a * 2}\nchecks: [b <= 10]\n"
    for cases, where in (
        ("inputs: {a: 6}", ""),
        ("cases: {x: {a: 6}}", " in case `x`"),
        ("cases: {x: {a: 6}, y: {a: 5}}", " in case `x`"),
        ("cases: {x: {a: 6}, y: {a: 6}}", " in every case"),
        ("cases: {x: {a: 6}, y: {a: 6}, z: {a: 5}}", " in cases `x`, `y`"),
        ("parts: {x: {inputs: {a: 6}}, y: {inputs: {a: 5}}}", " in part `x`"),
    ):
        [failed] = failures(run(tmp_path, f"{cases}\n{check}"))
        assert failed.message.startswith(f"`b <= 10` does not hold{where}; "), failed.message


@pytest.mark.parametrize(
    "formula", ["floor + 1", "ops", "ops * 2", "where", "minimum(1, floor)", "ops.floor", "floor.x"]
)
def test_words_of_ops_are_no_quantities(tmp_path: Path, formula: str) -> None:
    with pytest.raises(CalcError, match=r"E-NAME|E-FORMULA"):
        run(tmp_path, f"inputs: {{server_power: 4 kW}}\nformulas: {{a: '{formula}'}}\nshow: [a]\n")


def test_a_formula_may_have_the_name_of_a_function(tmp_path: Path) -> None:
    """Which of both is meant is seen by the bracket behind it: 4.5 x 2 + floor(4.5 / 1) kW."""
    formulas = "{floor: server_power, a: floor * 2 + floor(floor / unit_power) * unit_power}"
    inputs = "{server_power: 4.5 kW, unit_power: 1 kW}"
    found = run(tmp_path, f"inputs: {inputs}\nformulas: {formulas}\nshow: [a]\n")
    assert found.cases[0].figures["a"] == 13_000


def test_a_long_chain_of_formulas_in_the_wrong_order_is_quick(tmp_path: Path) -> None:
    lines = "".join(f"  x{number}: x{number - 1} + x0\n" for number in range(4000, 0, -1))
    found = run(tmp_path, f"inputs: {{x0: 1 USD}}\nshow: [x4000]\nformulas:\n{lines}")
    assert found.cases[0].figures["x4000"] == 4001


def test_no_more_than_a_hundred_errors_are_collected(tmp_path: Path) -> None:
    with pytest.raises(CalcError, match="there are more than these 100 errors"):
        run(tmp_path, "inputs:\n" + "".join(f"  servr_{number}: 1 kW\n" for number in range(5000)))


def test_petaflop_per_second_days_are_a_question(tmp_path: Path) -> None:
    with pytest.raises(CalcError, match=r"petaflop\*day/s"):
        run(tmp_path, "inputs: {a: 5 petaflop/s-day}\nformulas: {b: a * 2}\n")


def test_confidence_counts_samples_also_where_the_likely_value_has_none(tmp_path: Path) -> None:
    # A server of more than 9.9 kW fits nowhere: (10.5 - 9.9)^2 / ... is a small share of the samples.
    text = (
        "inputs:\n  server_power: {low: 1 kW, likely: 10 kW, high: 10.5 kW}\n  rack_power_rated: 9.9 kW\n"
        "  servers_needed: 10 servers\nshow: [racks_needed]\nchecks: [racks_needed <= 10 racks with 50 % confidence]\n"
    )
    (check,) = run(tmp_path, text).cases[0].checks
    # P(power <= 9.9) = 8.9^2 / (9.5 x 9) = 0.9264
    assert check.probability == pytest.approx(0.9264, abs=5 * (0.9264 * 0.0736 / 20000) ** 0.5)
    assert check.passed


def test_an_empty_section_clears_samples_and_sources(tmp_path: Path) -> None:
    parent = "inputs: {server_power: 4 to 5 kW, rack_power_rated: 25 kW}\nuncertainty: {samples: 77, seed: 3}\n"
    (tmp_path / "parent.yaml").write_text(parent, encoding="utf-8")
    problems = Problems()
    child = tmp_path / "child.yaml"
    child.write_text("extends: parent.yaml\nuncertainty: {}\nshow: [servers_per_rack]\n", encoding="utf-8")
    scenario = resolve(load(str(child), problems), Options(), problems)
    assert (scenario.samples, scenario.seed) == (20_000, 0)


def test_a_rate_without_source_converts_from_the_command_line_alone(tmp_path: Path) -> None:
    text = "inputs: {compute_budget: 14M CNY, gpu_hour_price: 2 USD/gpu/hour}\nshow: [gpu_hours_rentable]\n"
    found = run(tmp_path, text, settings=("cny_per_usd=7 CNY/USD",))
    # 14,000,000 / 7 / 2 GPU-hours, in seconds
    assert found.cases[0].figures["gpu_hours_rentable"] == pytest.approx(3.6e9, rel=1e-12)
    assert "no source: cny_per_usd" in found.warnings
    with pytest.raises(CalcError, match="`cny_per_usd` has no source, and `compute_budget` is converted with it"):
        run(tmp_path, text.replace("inputs: {", "inputs: {cny_per_usd: 7 CNY/USD, "))


def test_a_zero_that_divides_is_pointed_at(tmp_path: Path) -> None:
    with pytest.raises(CalcError) as caught:
        run(tmp_path, "inputs: {rack_power_rated: 5 kW, server_power: 0 kW}\nshow: [servers_per_rack]\n")
    assert caught.value.place is not None
    assert caught.value.place.column == len("inputs: {rack_power_rated: 5 kW, server_power: ") + 1


def test_the_source_of_a_layer_that_lost_is_not_missed(tmp_path: Path) -> None:
    (tmp_path / "parent.yaml").write_text("inputs: {rack_power_rated: 10 kW}\n", encoding="utf-8")
    text = (
        "extends: parent.yaml\ninputs:\n  rack_power_rated: {value: 12 kW, source: survey}\n"
        "  server_power: {value: 4 kW, source: survey}\nshow: [servers_per_rack]\n"
    )
    assert not [line for line in run(tmp_path, text).warnings if line.startswith("no source")]


def test_a_withdrawn_input_is_mentioned(tmp_path: Path) -> None:
    text = "inputs: {budget_total: $50M, compute_budget: $20M}\nshow: [compute_budget]\n"
    warnings = run(tmp_path, text, settings=("compute_share=50 %",)).warnings
    assert "compute_budget: withdrawn, because a later layer gives what it follows from" in warnings


def test_promises_are_not_tested_with_settings(tmp_path: Path) -> None:
    text = f"{RACK}expect: {{servers_per_rack: 2}}\n"
    assert run(tmp_path, text).is_fine
    changed = run(tmp_path, text, settings=("server_power=9 kW",))
    assert changed.is_fine
    assert "the file's promises (`expect`) are not tested with `--set`" in changed.warnings


# Of triangular(131, 132, 150) kW the share (132 - 131) / (150 - 131) = 1 / 19 lies up to 132 kW, which 165 kW at 80 %
# just feed: 94.7 % of the samples have no cabinet that takes a server.
MOSTLY_NOTHING = """\
inputs:
  server_power: {low: 131 kW, likely: 132 kW, high: 150 kW}
  servers_needed: 10 servers
  rack_power_derating: 80 %
  rack_power_rated: 165 kW
show: [racks_needed]
checks: [racks_needed <= 10 racks]
find: {rack_power_rated: {smallest within: 166 to 170 kW, so that: server_power >= 0 kW}}
"""
LARGER = "cases:\n  one: {}\n  two: {rack_power_rated: 175 kW}\ncompare: [one, two]\n"


def studies_of(found: Answer) -> dict[str, Any]:
    scenario = of_studies(found.scenario)
    return studies_dict(scenario, run_studies(scenario))


def test_a_figure_without_value_in_most_samples_leads_with_that(tmp_path: Path) -> None:
    found = run(tmp_path, MOSTLY_NOTHING)
    told = "no value in 94.7 % of the samples, 10 racks at the likely values"
    assert as_dict(found)["cases"][0]["results"]["racks_needed"]["headline"] == told
    # 166 kW feed 132.8 kW: (150 - 132.8)**2 / ((150 - 131) * (150 - 132)) = 86.5 % of the samples lie above it.
    at_goal = studies_of(found)["find"]["goals"][0]["cases"][0]["results"]
    assert at_goal["racks_needed"]["headline"].startswith("no value in 86.5 % of the samples")
    rows = csv.DictReader(io.StringIO(render_csv(found)))
    assert [row["value"] for row in rows if row["statistic"] == "share_without_value"] == ["0.94735"]


def test_a_share_without_value_is_that_of_each_year(tmp_path: Path) -> None:
    """Of 131 to 132 to 150 kW 94.7 % lie above 132 kW and none above 150 kW: 165 and 187.5 kW at 80 %."""
    rated = "{by year: {2026: 165 kW, 2027: 187.5 kW}}"
    text = MOSTLY_NOTHING.partition("checks")[0].replace("rated: 165 kW", f"rated: {rated}")
    found = run(tmp_path, f"years: 2026 to 2027\n{text}")
    rows = csv.DictReader(io.StringIO(render_csv(found)))
    shares = {row["year"]: float(row["value"]) for row in rows if row["statistic"] == "share_without_value"}
    assert shares == {"2026": pytest.approx(18 / 19, abs=1e-3), "2027": 0}


def test_a_failed_check_never_says_that_a_figure_breaks_the_limit_that_it_keeps(tmp_path: Path) -> None:
    found = run(tmp_path, MOSTLY_NOTHING)
    [error] = failures(found)
    assert "at the likely values 10 racks against 10 racks, but some samples have no value" in error.message


def test_a_comparison_says_where_samples_have_no_value(tmp_path: Path) -> None:
    found = run(tmp_path, MOSTLY_NOTHING.partition("checks")[0] + LARGER)
    first, second = studies_of(found)["compare"]["figures"][0]["values"]
    assert first["share_without_value"] == pytest.approx(18 / 19, abs=1e-3)
    # 175 kW feed 140 kW: (150 - 140)**2 / (19 * 18) = 29.2 % lie above it.
    assert second["share_without_value"] == pytest.approx(100 / 342, abs=1e-3)
