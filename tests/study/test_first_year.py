"""The first of a scenario's years is an input that nobody has to give."""

from __future__ import annotations

from typing import Any

import calc

HALL = {
    "racks_demand": {"by year": {2024: "1 rack", 2025: "5 racks", 2026: "9 racks"}},
    "hall_racks": "4 racks",
    "gpus_demand": "10 gpus",
}


def run(**more: Any) -> calc.Result:
    return calc.run({"inputs": HALL, "years": "2024 to 2026", "show": ["hall_full_year"], **more})


def test_it_is_that_of_the_section() -> None:
    case = run().cases["base"]
    assert (case["hall_full_year"].value, case["hall_full_year"].text) == (2025.0, "2025")
    given = run().to_dict()["cases"][0]["inputs"]["first_year"]
    assert (given["value"], given["status"], given["source"]) == (2024.0, "default", "the first of `years`")


def test_a_given_one_wins() -> None:
    assert run(inputs={**HALL, "first_year": "2030 AD"}).cases["base"]["hall_full_year"].value == 2031.0


def test_a_scenario_that_does_not_need_it_hears_nothing_of_it() -> None:
    found = run(show=["racks_demand"])
    assert [each for each in found.warnings if "first_year" in each] == []
    assert "first_year" not in found.to_dict()["cases"][0]["inputs"]


def test_a_later_file_changes_it_with_the_years() -> None:
    # In growth-of-compute the years begin in 2023; the hall is full in the third year
    found = calc.run("when-does-the-hall-fill", samples=10).cases["as the article"]["hall_full_year"].value
    assert found == 2025.0
    moved = calc.run({"extends": "when-does-the-hall-fill", "years": "2030 to 2035"}, samples=10)
    assert moved.cases["as the article"]["hall_full_year"].value == 2032.0


def test_a_year_is_written_as_people_write_it_and_is_read_so() -> None:
    """Without `AD`, in what the answer says and in checks and promises; an input has its unit as any other."""
    kept = {"checks": ["hall_full_year <= 2025"], "expect": {"hall_full_year": 2025}}
    assert run(**kept).is_fine
    broken = run(checks=["hall_full_year >= 2026"], expect={"hall_full_year": 2026})
    told = " ".join(str(each) for each in broken.failures)
    assert "2025 against 2026" in told
    assert "`hall_full_year` is 2025; promised is 2026" in told
    assert "AD" not in told
