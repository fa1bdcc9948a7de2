"""What was measured at whole servers: shares of a rating, idle draw, energy of a token; and peaks in four bits."""

from __future__ import annotations

import pytest

import calc
from calc.facts import standard_facts
from calc.report.listing import describe

BOOK = standard_facts()


def figures(scenario: dict[str, object]) -> dict[str, float]:
    found = calc.run(scenario).to_dict()["cases"][0]["results"]
    return {name: float(each["value"]) for name, each in found.items()}


def test_a_measured_server_against_its_rating_and_with_pauses() -> None:
    found = figures(
        {
            "facts": ["b200x8-water", "b200x8-water-llama3-1-405b-offline"],
            "inputs": {"server_power": "14.3 kW", "gpu_utilisation": "50 %"},
            "show": ["server_power_share", "server_power_with_pauses"],
        }
    )
    # 9.892 / 14.3; 2.539 + 0.5 x (9.892 - 2.539)
    assert found == {
        "server_power_share": pytest.approx(0.69175, abs=1e-5),
        "server_power_with_pauses": pytest.approx(6.2155, rel=1e-9),
    }


def test_the_energy_of_a_token_is_power_over_throughput_in_every_measured_run() -> None:
    facts = BOOK.for_quantity("server_energy_per_token")
    assert len(facts) >= 11
    for fact in facts:
        bundle = BOOK.bundle(fact.subject) or {}
        power, tokens = bundle["server_power_measured"].value, bundle["server_throughput"].value
        assert power is not None
        assert tokens is not None
        # kW / (token/s) = kWs/token, / 3,600 s x 1e6 tokens; the power is rounded to watts.
        assert fact.value == pytest.approx(power / tokens / 3600 * 1e6, rel=3e-4), fact.id


def test_eight_b200_draw_63_to_73_percent_of_the_rating() -> None:
    shares = [
        each.value
        for each in BOOK.for_quantity("average_power_share")
        if each.subject.startswith("b200x8-") and "training" not in each.subject and each.subject.count("-") > 1
        # Speech and pictures load them less or otherwise than language does.
        if "llama" in each.subject
    ]
    assert len(shares) == 6
    assert (round(min(each or 0 for each in shares), 2), round(max(each or 0 for each in shares), 2)) == (0.63, 0.73)


def test_four_bits_are_a_choice_of_their_own() -> None:
    text = {
        "facts": ["b200"],
        "inputs": {"mfu": "40 %", "parameters": "70B parameters", "training_tokens": "1T tokens"},
    }
    half = figures({**text, "show": ["training_gpu_hours"]})
    quarter = figures({**text, "show": ["training_gpu_hours"], "use": {"dtype": "fp4"}})
    # 9,000 TFLOP/s in FP4, 2,250 in BF16
    assert quarter["training_gpu_hours"] == pytest.approx(half["training_gpu_hours"] / 4, rel=1e-12)


def test_every_fact_is_told_where_its_quantity_is_described() -> None:
    told = {fact["id"] for name in {each.quantity for each in BOOK.by_id.values()} for fact in describe(name)["facts"]}
    assert told == set(BOOK.by_id)
