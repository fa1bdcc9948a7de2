"""What is said of samples above and below a table of spreads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from calc_command import calc

if TYPE_CHECKING:
    from pathlib import Path

SCENARIO = "inputs: {server_power: 4 to 5 kW, rack_power_rated: 25 kW}\nshow: [rack_power_drawn]\n"


def printed(folder: Path, *arguments: str, scenario: str = SCENARIO) -> str:
    path = folder / "spread.yaml"
    path.write_text(scenario, encoding="utf-8")
    return calc("run", str(path), "--details", *arguments).out


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_one_sample_is_not_several(form: str, tmp_path: Path) -> None:
    assert "(1 sample, seed 0)" in printed(tmp_path, "--samples", "1", "--format", form)
    assert "(2 samples, seed 0)" in printed(tmp_path, "--samples", "2", "--format", form)


def test_the_error_of_samples_is_called_a_sampling_error(tmp_path: Path) -> None:
    # Batches of Sobol points complement each other, so that their scatter overstates the error.
    told = " ".join(printed(tmp_path, "--samples", "640").split())
    assert re.search(r"sampling error, at most: p50 ± [\d.e-]+ %, p90 ± [\d.e-]+ %", told)
    assert "sure to" not in told


def test_a_figure_without_value_in_any_sample_needs_no_more_room_than_that(tmp_path: Path) -> None:
    """Servers of 30 to 40 kW fit into no cabinet of 25 kW: what others are at the likely values is not asked for."""
    cases = "cases: {fits: {server_power: 4 to 5 kW}, fits not: {server_power: 30 to 40 kW}}\n"
    scenario = f"inputs: {{rack_power_rated: 25 kW, servers_needed: 100 servers}}\n{cases}show: [racks_needed]\n"
    told = printed(tmp_path, scenario=scenario)
    assert re.search(r"^  fits not +no value$", told, re.MULTILINE)
    assert "likely values" not in told.partition("sampling error")[0].replace("\n", " ")


def test_a_comparison_says_plainly_what_has_no_value_in_any_sample() -> None:
    """A committed rent has no break-even utilisation at all, so that no share of the samples is worth a word."""
    told = calc("compare", "own-colo-rent", "--samples", "500").out
    assert "own hall, rent committed: no value" in told
    assert "100 %" not in told
