"""Checks of scenarios and models, with and without confidence, and the figures that a file promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from calc.engine.evaluate import NoValue
from calc.errors import CalcError, CalcErrors, Problems
from calc.scenario.load import load
from calc.scenario.resolve import Options, resolve
from calc.study.answer import answer

if TYPE_CHECKING:
    from pathlib import Path

    from calc.study.results import Answer


def run(folder: Path, text: str, *settings: str) -> Answer:
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    problems = Problems()
    return answer(resolve(load(str(path), problems), Options(settings=settings), problems))


def errors_of(folder: Path, text: str) -> list[CalcError]:
    with pytest.raises(CalcErrors) as caught:
        run(folder, text)
    return caught.value.errors


# ---------------------------------------------------------------- checks

# 2 servers of 4.5 kW in 10 kW: 1 kW stranded, 90 % used.
RACK = "inputs: {server_power: 4.5 kW, rack_power_rated: 10 kW}\nshow: [rack_power_stranded]\n"


@pytest.mark.parametrize(
    ("check", "passed"),
    [
        ("rack_power_stranded <= 4 kW", True),
        ("rack_power_stranded <= 1 kW", True),
        ("rack_power_stranded < 1 kW", False),
        ("rack_power_stranded <= 999 W", False),
        ("rack_power_stranded > 0.9 kW", True),
        ("rack_power_stranded >= 1.1 kW", False),
        ("4 kW >= rack_power_stranded", True),
        ("4 kW < rack_power_stranded", False),
        ("rack_power_stranded_share <= 10 %", True),
        ("rack_power_stranded + rack_power_drawn <= rack_power_usable", True),
        ("2 * rack_power_stranded > rack_power_usable", False),
        ("servers_per_rack >= 2 servers", True),
        ("servers_per_rack > 0", True),
        # Without uncertain inputs a confidence adds nothing.
        ("rack_power_stranded <= 4 kW with 80 % confidence", True),
        ("rack_power_stranded >= 4 kW with 80 % confidence", False),
    ],
)
def test_a_check_at_certain_values(tmp_path: Path, check: str, passed: bool) -> None:
    found = run(tmp_path, f"{RACK}checks: ['{check}']\n")
    (result,) = found.cases[0].checks
    assert (result.passed, result.probability) == (passed, None)
    assert found.is_fine is passed


def test_a_check_forgives_the_last_float_digit(tmp_path: Path) -> None:
    """0.1 + 0.2 is 0.30000000000000004 and not more than 0.3."""
    text = "inputs: {a: 10 %, b: 20 %}\nformulas: {c: a + b}\nshow: [c]\n"
    checks = "checks: [c <= 30 %, c >= 30 %, c < 30 %, c > 30 %]\n"
    assert [each.passed for each in run(tmp_path, text + checks).cases[0].checks] == [True, True, False, False]


def test_an_amount_of_money_in_a_check_is_written_in_any_dress(tmp_path: Path) -> None:
    amounts = ["$60M", "$60 million", "USD 60M", "60M USD", "US$ 60 million", "60 MUSD"]
    text = "inputs: {budget_total: $50M}\nshow: [budget_total]\n"
    checks = [*(f"budget_total <= {each}" for each in amounts), *(f"{each} < budget_total" for each in amounts)]
    found = run(tmp_path, f"{text}checks: [{', '.join(checks)}]\n")
    assert [each.passed for each in found.cases[0].checks] == [True] * 6 + [False] * 6


def test_checks_hold_for_each_case_and_need_not_be_shown(tmp_path: Path) -> None:
    text = f"{RACK}cases: {{a: {{}}, b: {{rack_power_rated: 5 kW}}}}\nchecks: [servers_per_rack >= 2 servers]\n"
    found = run(tmp_path, text)
    assert [case.checks[0].passed for case in found.cases] == [True, False]
    assert not found.is_fine


def test_a_check_on_what_has_no_value_fails(tmp_path: Path) -> None:
    text = "inputs: {server_power: 9 kW, rack_power_rated: 5 kW, servers_needed: 9 servers}\nshow: [racks_needed]\n"
    found = run(tmp_path, f"{text}checks: [racks_needed <= 10 racks, racks_needed >= 0 racks with 80 % confidence]\n")
    assert [(each.passed, each.value) for each in found.cases[0].checks] == [
        (False, NoValue("servers_per_rack is 0"))
    ] * 2


def test_what_a_check_needs_is_missing_like_any_other_figure(tmp_path: Path) -> None:
    (error,) = errors_of(tmp_path, f"{RACK}checks: [facility_capex_per_power * rack_power_stranded <= 10 USD/rack]\n")
    assert error.code == "E-MISSING"
    assert "`facility_capex_per_power`" in error.message


# Two servers fit while one draws at most 5 kW: half of a uniform 4 to 6 kW.
UNCERTAIN = "inputs: {server_power: 4 to 6 kW, rack_power_rated: 10 kW}\nshow: [servers_per_rack]\n"


def test_confidence_is_held_against_the_share_of_samples(tmp_path: Path) -> None:
    shares = (40, 49, 51, 60)
    checks = [f"servers_per_rack >= 2 servers with {share} % confidence" for share in shares]
    found = run(tmp_path, f"{UNCERTAIN}checks: [{', '.join(checks)}]\n")
    results = found.cases[0].checks
    asked = zip(results, (share / 100 for share in shares), strict=True)
    # 0.5 with a standard error of sqrt(0.25 / 20,000) = 0.0035; 51 % is 2.8 of them away
    assert all(each.probability == pytest.approx(0.5, abs=5 * 0.0035) for each in results)
    assert [each.passed for each in results] == [(each.probability or 0) >= share for each, share in asked]
    assert (results[0].passed, results[-1].passed) == (True, False)


def test_without_confidence_the_likely_value_decides_and_the_share_is_told(tmp_path: Path) -> None:
    found = run(tmp_path, f"{UNCERTAIN}checks: [servers_per_rack >= 2 servers, server_power <= 4.5 kW]\n")
    two, half = found.cases[0].checks
    # The midpoint is 5 kW: two servers fit, but it is more than 4.5 kW, which a quarter of the samples are below.
    assert (two.passed, half.passed) == (True, False)
    assert two.probability == pytest.approx(0.5, abs=5 * 0.0035)
    assert half.probability == pytest.approx(0.25, abs=5 * 0.0031)


# ---------------------------------------------------------------- the models' own check

LINES = "show: [budget_unallocated]\ninputs: {budget_total: $50M, "


@pytest.mark.parametrize(
    ("given", "passed", "left"),
    [
        ("compute_budget: $30M, people_budget: $20M, data_budget: $10M", False, -10e6),
        ("compute_share: 50 %, people_share: 40 %, data_share: 20 %", False, -5e6),
        ("compute_share: 40 %, people_budget: $20M, data_share: 20.1 %", False, -5e4),
        # 0.4 + 0.4 + 0.2 and 0.1 + 0.2 + 0.7 are all of it, whatever floats say.
        ("compute_share: 40 %, people_share: 40 %, data_share: 20 %", True, 0),
        ("compute_share: 10 %, people_share: 20 %, data_share: 70 %", True, 0),
        # A remainder is shown and not spread.
        ("compute_budget: $20M, people_budget: $20M, data_budget: $4M", True, 6e6),
    ],
)
def test_over_allocation_fails_without_being_asked(tmp_path: Path, given: str, passed: bool, left: float) -> None:
    found = run(tmp_path, f"{LINES}{given}}}\n")
    assert found.is_fine is passed
    # A model's own check that holds is no news.
    failed = ["the lines add up to more than the budget"]
    assert [check.meaning for check in found.cases[0].checks] == ([] if passed else failed)
    assert found.cases[0].figures["budget_unallocated"] == pytest.approx(left, abs=1e-6)


def test_over_allocation_is_seen_whatever_is_shown(tmp_path: Path) -> None:
    given = "compute_budget: $30M, people_budget: $20M, data_budget: $10M"
    found = run(tmp_path, f"inputs: {{budget_total: $50M, {given}}}\nshow: [compute_share]\n")
    assert not found.is_fine


@pytest.mark.parametrize(
    ("given", "fine"),
    [
        ("compute_budget: $60M", False),
        ("compute_budget: $50M", True),
        ("compute_share: 60 %, people_share: 60 %", False),
        ("compute_share: 60 %, people_share: 40 %", True),
    ],
)
def test_the_lines_that_are_known_may_not_exceed_the_budget_alone(tmp_path: Path, given: str, fine: bool) -> None:
    found = run(tmp_path, f"inputs: {{budget_total: $50M, {given}}}\nshow: [compute_share]\n")
    assert found.is_fine is fine


def test_a_check_of_a_model_whose_names_are_unknown_is_not_made(tmp_path: Path) -> None:
    found = run(tmp_path, "inputs: {compute_budget: $60M, server_price: 1 MUSD/server}\nshow: [servers_affordable]\n")
    assert found.cases[0].checks == []
    assert found.is_fine


def test_a_given_count_may_not_overload_the_cabinet(tmp_path: Path) -> None:
    # 5 servers of 4 kW draw 20 kW
    inputs = "inputs: {server_power: 4 kW, rack_power_rated: 10 kW, servers_per_rack: 5 servers}\n"
    found = run(tmp_path, f"{inputs}show: [rack_power_stranded]\n")
    assert [check.meaning for check in found.cases[0].checks] == ["the servers draw more than the cabinet may supply"]


# ---------------------------------------------------------------- expect

# 20,000,000 / 260,000 = 76.923076... person-years
PEOPLE = "inputs: {people_budget: $20M, salary: 200000 USD/(person*year), loaded_cost_multiplier: 1.3x}\n"
WANTED = "show: [person_years_affordable]\nexpect: {person_years_affordable: "


@pytest.mark.parametrize(
    ("promise", "holds"),
    [
        # Digits written: 76.923076923...
        ("76.923077 person*year", True),
        ("76.923076 person*year", False),
        ("76.92 person*year", True),
        ("76.93 person*year", False),
        ("76.9 person*year", True),
        ("77 person*year", True),
        ("76 person*year", False),
        ("80 person*year", False),
        ("7.7e1 person*year", True),
        ("8e1 person*year", True),
        ("923.1 person*month", True),
        ("924 person*month", False),
        # Within a share of the promised value: 1 % of 76.2 reaches 76.96, 0.9 % only 76.89.
        ("{value: 76.2 person*year, within: 1 %}", True),
        ("{value: 76.2 person*year, within: 0.9 %}", False),
        ("{value: 76.923077 person*year, within: 0.0000001 %}", True),
        ("no value", False),
    ],
)
def test_a_promise_holds_to_the_digits_written(tmp_path: Path, promise: str, holds: bool) -> None:
    found = run(tmp_path, f"{PEOPLE}{WANTED}{promise}}}\n")
    assert found.is_fine is holds
    assert len(found.cases[0].broken) == (not holds)


def test_a_broken_promise_says_what_it_got_where(tmp_path: Path) -> None:
    (broken,) = run(tmp_path, f"{PEOPLE}{WANTED}80 person*year}}\n").cases[0].broken
    assert broken.message.startswith("`person_years_affordable` is 76.92 person-years (76.9230769231 person*year)")
    assert broken.message.endswith("promised is 80 person*year")
    place = broken.promise.place
    assert place.source.line(place.line)[place.column - 1 : place.column - 1 + place.length] == "80 person*year"


def test_the_share_of_a_promise_is_more_than_nothing_and_less_than_all(tmp_path: Path) -> None:
    for share in ("0 %", "100 %", "-1 %", "1 kW"):
        [error] = errors_of(tmp_path, f"{PEOPLE}{WANTED}{{value: 76.2 person*year, within: {share}}}}}\n")
        assert (error.code, error.message) == ("E-VALUE", "`within` is a percentage")


NO_SERVER = (
    "inputs: {server_power: 9 kW, rack_power_rated: 5 kW, servers_needed: 9 servers}\nshow: [servers_per_rack]\n"
)


@pytest.mark.parametrize(
    ("promise", "holds"),
    [("no value", True), ("0 racks", False), ("9", False), ("{value: 9 racks, within: 99 %}", False)],
)
def test_no_value_can_be_promised(tmp_path: Path, promise: str, holds: bool) -> None:
    found = run(tmp_path, f"{NO_SERVER}expect: {{servers_per_rack: 0, racks_needed: {promise}}}\n")
    assert found.is_fine is holds


def test_what_is_not_included_is_not_what_has_no_value(tmp_path: Path) -> None:
    assert not run(tmp_path, f"{RACK}expect: {{servers_per_rack_by_space: no value}}\n").is_fine


def test_promises_stand_under_their_cases(tmp_path: Path) -> None:
    text = f"{RACK}cases: {{a: {{}}, b: {{rack_power_rated: 5 kW}}}}\n"
    good = "expect: {a: {servers_per_rack: 2}, b: {servers_per_rack: 1, rack_power_stranded: 0.5 kW}}\n"
    assert run(tmp_path, text + good).is_fine
    bad = run(tmp_path, text + good.replace("servers_per_rack: 1", "servers_per_rack: 2"))
    assert [len(case.broken) for case in bad.cases] == [0, 1]
    assert "in case `b`" in bad.cases[1].broken[0].message


def test_a_promise_is_held_against_the_likely_value(tmp_path: Path) -> None:
    found = run(tmp_path, f"{UNCERTAIN}expect: {{servers_per_rack: 2, rack_power_drawn: 10 kW}}\n")
    assert found.is_fine
