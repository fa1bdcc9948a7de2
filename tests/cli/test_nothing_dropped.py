"""What a line asks of a study and would have no effect is refused; what a run says, a study says too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from calc.cli.options import app
from calc.errors import CalcError

if TYPE_CHECKING:
    from pathlib import Path

BUDGET = """
title: shares
inputs: {budget_total: $50M, compute_share: 60 %, people_share: 20 %, data_share: 20 %, server_power: 4.5 kW,
         servers_needed: 10 servers}
cases: {small: {rack_power_rated: 3 kW}, large: {rack_power_rated: 10 kW}}
show: [compute_budget, racks_needed, servers_per_rack_by_space]
"""
GOAL = "smallest rack_power_rated within 5 to 60 kW so that servers_per_rack >= 2"


@pytest.fixture
def shares(tmp_path: Path) -> Path:
    path = tmp_path / "shares.yaml"
    path.write_text(BUDGET, encoding="utf-8")
    return path


def study(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    assert app([*map(str, words), "--format", "json"], standalone_mode=False) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_what_would_have_no_effect_is_refused(shares: Path) -> None:
    between = "racks_needed in small < racks_needed in large"
    refused = {
        ("sensitivity", "--flip", "racks_needed <= 20 racks"):
            "nothing flips `racks_needed <= 20 racks`: no input that it needs is uncertain or has a range",
        ("sensitivity", "--case", "small", "--flip", between): f"nothing flips `{between}`: without case `large`",
        ("sensitivity", "--within", "servers_needed=5 to 20 servers"):
            "the range of `servers_needed` has no effect: no check and no condition under `flip` needs it",
        ("sensitivity", "--flip", "racks_needed <= 20 racks", "--within", "budget_total=$1M to $2M"):
            "nothing flips `racks_needed <= 20 racks`: no input that it needs is uncertain or has a range",
        ("sweep", "--axis", "rack_power_rated=[5 kW, 9 kW]", "--set", "rack_power_rated=6 kW"):
            "`rack_power_rated` is set, and the study chooses it",
        ("find", "--goal", GOAL, "--set", "rack_power_rated=6 kW"):
            "`rack_power_rated` is set, and the study chooses it",
        ("find", "--goal", GOAL, "--goal", GOAL): "`--goal` names `rack_power_rated` twice",
        ("find", "--goal", GOAL, "--confidence", "80 %", "--so-that", "racks_needed <= 9 racks"):
            "`find` says not what is wanted",
    }  # fmt: skip
    wrong = {}
    for (name, *words), message in refused.items():
        try:
            app([name, str(shares), *words], standalone_mode=False)
            wrong[name, *words] = "accepted"
        except CalcError as error:
            if error.message != message:
                wrong[name, *words] = error.message
    assert not wrong


def test_the_figures_that_a_line_asks_of_a_sweep_win_over_those_of_its_section(
    shares: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shares.write_text(f"{BUDGET}\nsweep: {{compute_share: [10 %], show: [racks_needed], maximise: compute_budget}}")
    columns = study(capsys, "sweep", shares, "--case", "large", "--show", "servers_per_rack")["cases"][0]["columns"]
    assert [each["name"] for each in columns] == ["compute_share", "servers_per_rack", "compute_budget"]


def test_the_models_own_checks_hold_in_studies(shares: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """20 % of people and 20 % of data leave 60 % for compute; more is an over-allocated budget."""
    (case,) = study(
        capsys, "sweep", shares, "--case", "large", "--axis", "compute_share=[50 %, 60 %, 70 %]", "--maximise",
        "compute_budget",
    )["cases"]  # fmt: skip
    assert case["holds"] == [True, True, False]
    assert case["best"] == 1
    assert [each.endswith("<= budget_total") for each in case["model_checks"]] == [True]
    best = study(capsys, "find", shares, "--case", "large", "--goal", "maximise compute_budget", "--over",
                 "compute_share=10 to 95 %")["goals"][0]["cases"][0]  # fmt: skip
    assert best["values"]["compute_share"]["value"] == pytest.approx(0.6, rel=1e-6)
    goal = "largest compute_share within 10 to 95 % so that compute_budget >= 1 MUSD"
    found = study(capsys, "find", shares, "--case", "large", "--goal", goal)["goals"][0]["cases"][0]
    assert [each.endswith("<= budget_total") for each in found["failed_checks"]] == [True]
    notes = study(capsys, "compare", shares, "small", "large", "--set", "compute_share=70 %")["notes"]
    assert sum(note.startswith("the check") for note in notes) == 2


def test_studies_say_why_there_is_no_number(shares: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (case,) = study(capsys, "sweep", shares, "--case", "large", "--axis", "rack_power_rated=[3 kW, 9 kW]")["cases"]
    reasons = {each["name"]: each.get("reason") for each in case["columns"]}
    assert reasons["racks_needed"] == "servers_per_rack is 0"
    assert case["not_included"] == {
        "servers_per_rack_by_space": "not included: `rack_height` and `server_height` are not given"
    }
    notes = study(capsys, "compare", shares, "small", "large")["notes"]
    assert "racks_needed in small: no value, servers_per_rack is 0" in notes
    driven = study(capsys, "sensitivity", shares, "--case", "small", "--set", "server_power=3.5 to 4 kW")["cases"][0]
    assert driven["not_driven"]["racks_needed"] == "servers_per_rack is 0"
