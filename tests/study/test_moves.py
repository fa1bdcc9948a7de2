"""One input moved at a time: the same figures as computed anew, over the shipped scenarios and at the edges."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from calc.errors import CalcError, Problems
from calc.files import data_folder
from calc.scenario.load import load
from calc.scenario.resolve import Options, resolve
from calc.study.draws import draws_of
from calc.study.evaluator import Evaluator
from calc.study.placing import place_cases
from calc.study.sensitivity import Moves

if TYPE_CHECKING:
    from pathlib import Path

    from calc.scenario.case import Scenario

SHIPPED = sorted(path.stem for path in data_folder("scenarios").glob("*.yaml"))
SIZE = 200


def scenario(source: str) -> Scenario:
    problems = Problems()
    found = resolve(load(source, problems), Options(), problems)
    if found.placing is not None:
        place_cases(found)
    return found


def anew(evaluator: Evaluator, columns: dict[str, Any]) -> dict[str, Any]:
    last = {name: each.T if each.ndim == 2 else each[:, None] for name, each in columns.items()}
    return {name: each[..., 0] if each.shape[-1] == 1 else each.T for name, each in evaluator.arrays(last, {}).items()}


def agree(found: dict[str, Any], expected: dict[str, Any]) -> None:
    for name, values in found.items():
        wanted = expected[name]
        # A difference of large numbers is as exact as they are.
        small = 1e-12 * np.nanmax(np.abs(wanted), initial=0.0)
        np.testing.assert_allclose(np.broadcast_to(values, wanted.shape), wanted, rtol=1e-12, atol=small)


@pytest.mark.parametrize("name", SHIPPED)
def test_moved_figures_are_those_computed_anew(name: str) -> None:
    found = scenario(name)
    draws, others = draws_of(found), draws_of(found, seed=8)
    for case in found.cases:
        for column in case.parts or [case]:
            wanted = [each for each in column.asked if each not in case.totals]
            uncertain = [each for each, value in column.values.items() if value.is_uncertain]
            evaluator = Evaluator(found, column, wanted, uncertain)
            if evaluator.plan.totals or evaluator.plan.missing or not evaluator.uncertain:
                continue
            inputs = {each: column.values[each].is_yearly for each in evaluator.uncertain}
            first, second = ({each: evaluator.draw(one, each, 0, SIZE) for each in inputs} for one in (draws, others))
            moves = Moves(evaluator, inputs)
            before = anew(evaluator, first)
            agree(moves.at(first), before)
            for each in inputs:
                expected = anew(evaluator, {**first, each: second[each]})
                moved = moves.again(each, second[each])
                agree(moved, expected)
                for figure in set(before) - set(moved):
                    np.testing.assert_array_equal(before[figure], expected[figure])


def small(folder: Path, text: str) -> Evaluator:
    path = folder / "model.yaml"
    path.write_text(text, encoding="utf-8")
    found = scenario(str(path))
    return Evaluator(found, found.cases[0], found.cases[0].asked, list(found.cases[0].values))


ANNUITY = """
inputs: {r: 0 to 0.1, n: 4 to 5}
formulas:
  a: annuity(r, n)
show: [a]
"""
RACKS = """
inputs: {rack_power_rated: 5 to 20 kW, server_power: 4 to 5 kW, servers_needed: 10 servers}
show: [racks_needed, rack_power_stranded]
"""


def test_an_annuity_at_a_rate_of_0_is_a_share_a_period(tmp_path: Path) -> None:
    evaluator = small(tmp_path, ANNUITY)
    found = Moves(evaluator, {"r": False, "n": False}).at({"r": np.array([0.0, 0.1]), "n": np.array([4.0, 5.0])})
    # the annuity at 10 % over five years
    np.testing.assert_allclose(found["a"], [0.25, 0.1 / (1 - 1.1**-5)], rtol=1e-14)
    assert evaluator.at({"r": 0.1, "n": 5.0})["a"] == pytest.approx(found["a"][1], rel=1e-14)


def test_an_annuity_that_overflows_is_an_error_and_not_0(tmp_path: Path) -> None:
    evaluator = small(tmp_path, ANNUITY)
    moves = Moves(evaluator, {"r": False, "n": False})
    moves.at({"r": np.array([0.1, 0.1]), "n": np.array([4.0, 5.0])})
    # 0.1^-1000 is beyond all floats
    with pytest.raises(CalcError, match="`a`"):
        moves.at({"r": np.array([0.1, -0.9]), "n": np.array([4.0, 1000.0])})


def test_what_has_no_value_somewhere_is_told_so_there_alone(tmp_path: Path) -> None:
    evaluator = small(tmp_path, RACKS)
    moves = Moves(evaluator, {"rack_power_rated": False, "server_power": False})
    columns = {"rack_power_rated": np.array([9000.0, 20_000.0]), "server_power": np.array([4000.0, 5000.0])}
    # 2 and 4 servers a cabinet
    assert moves.at(columns)["racks_needed"].tolist() == [5, 3]
    found = moves.again("rack_power_rated", np.array([3000.0, 10_000.0]))
    assert math.isnan(found["racks_needed"][0])
    assert found["racks_needed"][1] == 5
    assert found["rack_power_stranded"].tolist() == [3000, 0]
