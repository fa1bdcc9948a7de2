"""Scaling laws: the compute-optimal model of both fits, its spread, and models away from the optimum."""

from __future__ import annotations

from typing import Any

import pytest

import calc

CHINCHILLA = {"training_flop_budget": "5.76e23 FLOP"}
HOFFMANN = {"scaling_law": "hoffmann_2022"}


def figure(name: str, inputs: dict[str, Any], use: dict[str, str] | None = None) -> Any:
    return calc.run({"inputs": inputs, "show": [name], "use": use or {}}).cases["base"][name]


def test_besiroglu_at_the_budget_of_chinchilla() -> None:
    assert figure("compute_optimal_parameters", CHINCHILLA).value == pytest.approx(7.225e10, rel=1e-4)
    assert figure("compute_optimal_tokens", CHINCHILLA).value == pytest.approx(1.329e12, rel=5e-4)
    assert figure("compute_optimal_tokens_per_parameter", CHINCHILLA).value == pytest.approx(18.39, abs=0.01)


@pytest.mark.parametrize("use", [{}, HOFFMANN])
def test_the_optimum_spends_all_flop_and_no_other_split_is_better(use: dict[str, str]) -> None:
    size = figure("compute_optimal_parameters", CHINCHILLA, use).value
    tokens = figure("compute_optimal_tokens", CHINCHILLA, use).value
    assert 6 * size * tokens == pytest.approx(5.76e23, rel=1e-12)
    best = figure("compute_optimal_loss", CHINCHILLA, use).value
    for factor in (0.8, 1.25):
        split = {"parameters": f"{size * factor} parameters", "training_tokens": f"{tokens / factor} tokens"}
        assert figure("predicted_loss", split, use).value > best


def test_hoffmann_as_printed() -> None:
    # L(70e9, 1.4e12) = 1.69 + 406.4 / 70e9^0.34 + 410.7 / 1.4e12^0.28
    model = {"parameters": "70B parameters", "training_tokens": "1.4T tokens"}
    expected = 1.69 + 406.4 / 70e9**0.34 + 410.7 / 1.4e12**0.28
    assert figure("predicted_loss", model, HOFFMANN).value == pytest.approx(expected, rel=1e-12)


def test_standard_errors_reach_the_answer() -> None:
    """The paper finds 4 to 40 tokens a parameter (80 %) from 1e26 FLOP on."""
    found = figure("compute_optimal_tokens_per_parameter", {"training_flop_budget": "1e26 FLOP"})
    assert 4 <= found.p10 < 8
    assert 25 < found.p90 <= 45


def test_an_error_of_one_moves_both_constants_of_a_term() -> None:
    one = {"besiroglu_data_error": "1", "besiroglu_floor_error": "0", "besiroglu_size_error": "0"}
    names = ["loss_floor", "size_coefficient", "size_exponent", "data_coefficient", "data_exponent"]
    found = calc.run({"inputs": one, "show": names}).cases["base"]
    # B + 1293.23 and beta + 0.02; the others stay
    assert [found[name].value for name in names] == pytest.approx([1.8172, 482.01, 0.3478, 3378.66, 0.3858])
    assert found["data_exponent"].p10 is None


def test_hoffmann_has_no_spread() -> None:
    assert figure("compute_optimal_parameters", CHINCHILLA, HOFFMANN).p10 is None


def test_over_training_of_llama_3_8b() -> None:
    llama = {"parameters": "8.03B parameters", "training_tokens": "15T tokens"}
    # 15e12 / 8.03e9
    assert figure("tokens_per_parameter", llama).value == pytest.approx(1868, abs=0.5)
    size = 8.03e9
    optimum = (0.3658 * 2085.43 / (0.3478 * 482.01) * size**0.3478) ** (1 / 0.3658)
    assert figure("over_training_factor", llama).value == pytest.approx(15e12 / optimum, rel=1e-9)
    # and at the optimum the factor is 1
    best = {"parameters": "72247683540 parameters", "training_tokens": "1328763760000 tokens"}
    assert figure("over_training_factor", best).value == pytest.approx(1, abs=2e-3)
