"""The shipped table of the article: seventeen rows with the figures that the article states and what follows."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from calc_command import calc as command

import calc

ROWS = range(1, 18)


@cache
def lines() -> dict[int, dict[str, Any]]:
    found = calc.run("article").to_dict()["table"]
    return {int(line["line"].split()[0]): line for line in found}


def test_all_rows_are_there_in_order() -> None:
    assert list(lines()) == list(ROWS)


STATED = [
    (1, "rack_power_rated", 25.0),
    (1, "servers_stated", 4.0),
    (2, "rack_power_rated", 5.0),
    (3, "server_power", 4.5),
    (5, "parameters_growth", 10.0),
    (5, "parameters_growth_span", 5.0),
    (6, "compute_growth_total", 1e6),
    (6, "compute_growth_span", 10.0),
    (9, "adaptation_share", 0.06),
    (10, "claim_ratio", 0.01),
    (11, "entities", 5e9),
    (12, "warm_start_ratio", 0.125),
    (16, "budget_total", 50e6),
    (16, "compute_budget", 20e6),
    (16, "people_budget", 20e6),
    (16, "data_budget", 10e6),
]


@pytest.mark.parametrize(("row", "name", "value"), STATED)
def test_what_the_article_states_is_a_claim_of_the_article(row: int, name: str, value: float) -> None:
    stated = lines()[row]["stated"][name]
    assert stated["value"] == value
    assert "OFweek" in stated["source"]


def test_nothing_else_is_shown_as_stated() -> None:
    shown = {(row, name) for row, line in lines().items() for name in line["stated"]}
    assert shown == {(row, name) for row, name, _ in STATED}


@pytest.mark.parametrize(
    ("row", "name", "value"),
    [
        (1, "usable_share_from", 0.72),  # 4 x 4.5 / 25
        (1, "usable_share_below", 0.9),  # 5 x 4.5 / 25
        (5, "parameters_growth_total", 1e5),  # 10 ** 5
        (5, "parameters_doubling_time", 3.61236),  # 12 x log 2 / log 10
        (6, "compute_growth", 3.98107),  # 10 ** 0.6
        (6, "compute_doubling_time", 6.0206),  # 120 x log 2 / log 1,000,000
        (9, "scenario_model_share", 0.0036),  # 6 % x 6 %
        (10, "claimed_energy", 12.87),  # 1,287 x 1 %
        (10, "energy_from_devices", 44.60544),  # 512 x 240 h x 0.33 kW x 1.1
        (10, "ratio_from_devices", 0.0346585),  # 44.60544 / 1,287
        (12, "warm_start_cost", 1.25e6),  # 10M / 8
        (16, "compute_share", 0.4),
        (16, "people_share", 0.4),
        (16, "data_share", 0.2),
    ],
)
def test_what_follows(row: int, name: str, value: float) -> None:
    assert lines()[row]["computed"][name]["value"] == pytest.approx(value, rel=2e-6)


def test_the_status_of_every_row() -> None:
    found: dict[str, set[int]] = {}
    for row, line in lines().items():
        found.setdefault(line["status"], set()).add(row)
    assert found["stated"] == {3}
    assert found["follows"] == {1, 5, 6, 9, 10, 16}
    assert found["needs an assumption"] == {2, 4, 7, 8, 11, 12, 13, 14, 15, 17}


def test_a_row_without_a_figure_names_its_assumptions() -> None:
    for row in (4, 7, 8, 13, 14, 15, 17):
        assert lines()[row]["stated"] == {}
        assert lines()[row]["assumptions"]


@pytest.mark.parametrize("width", [40, 120])
def test_the_table_shows_every_row(width: int) -> None:
    done = command("run", "article", "-q", COLUMNS=str(width))
    assert done.code == 0
    starts = [line.split()[0] for line in done.out.splitlines() if line.strip() and line.split()[0].isdigit()]
    assert [str(row) for row in ROWS if str(row) not in starts] == []
    assert "12.87 MWh" in done.out
    assert max(map(len, done.out.splitlines())) <= width or width == 40
