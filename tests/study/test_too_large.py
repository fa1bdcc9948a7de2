"""Figures beyond all numbers: wherever one comes about, the error says so and the report holds none."""

from __future__ import annotations

import json
from typing import Any

import pytest

import calc
from calc.errors import CalcError

# What is squared five times is raised to the power of 32.
SQUARES = {f"a{at + 1}": f"a{at} * a{at}" for at in range(5)}


def run(inputs: dict[str, Any], formulas: dict[str, str], **more: Any) -> dict[str, Any]:
    given = {"inputs": inputs, "formulas": formulas, "show": list(formulas)[-1:], **more}
    found: dict[str, Any] = calc.run(given, samples=500).to_dict()
    results: dict[str, Any] = found["cases"][0]["results"]
    return results


@pytest.mark.parametrize(
    ("inputs", "formulas", "more", "code", "words"),
    [
        # A GW is 1e9 m**2 kg / s**3; to the power of 64 or 96 it is no float.
        ({"a0": "10 GW"}, {**SQUARES, "a6": "a5 ** 2", "a7": "1 / a6"}, {}, "E-FORMULA-DIMENSION", "no unit"),
        ({"a0": "10 GW"}, {**SQUARES, "a6": "a5 * a5 * a5"}, {}, "E-FORMULA-DIMENSION", "no unit"),
        ({"a0": "1e30 USD"}, SQUARES, {}, "E-NOT-FINITE", "overflows"),
        ({"a0": "1e30"}, SQUARES, {}, "E-NOT-FINITE", "overflows"),
        ({"a0": {"low": "1e20", "likely": "2e20", "high": "1e30"}}, SQUARES, {}, "E-NOT-FINITE", "overflows"),
        # 1e308 USD/s is 3.6e311 USD/hour.
        ({"a": "1e307 USD/second", "b": "1 USD/hour"}, {"c": "maximum(b, a)"}, {}, "E-NOT-FINITE", "overflows in"),
        # Squares of the samples, which their spread is made of, are 1e400.
        ({"a": {"low": "1e100", "likely": "2e100", "high": "3e100"}}, {"b": "a * a"}, {}, "E-NOT-FINITE",
         "too large for a mean"),
        ({"a": {"start": "$1", "grows": "1e5 /year"}}, {"b": "a * 2"}, {"years": "2026 to 2100"}, "E-NOT-FINITE",
         "exceeds every number"),
    ],
)  # fmt: skip
def test_too_large_is_an_error_of_the_scenario(
    inputs: dict[str, Any], formulas: dict[str, str], more: dict[str, Any], code: str, words: str
) -> None:
    with pytest.raises(CalcError) as caught:
        run(inputs, formulas, **more)
    assert caught.value.code == code
    assert words in str(caught.value)


def test_a_sum_over_parts_that_overflows_is_named() -> None:
    parts = {name: {"inputs": {"a": "1e308 USD"}} for name in ("one", "other")}
    given: dict[str, Any] = {"parts": parts, "formulas": {"b": "a * 1"}, "totals": {"c": "sum of b"}, "show": ["c"]}
    with pytest.raises(CalcError, match="`c` overflows"):
        calc.run(given)


def test_large_figures_that_are_numbers_are_answered() -> None:
    # 10^32
    assert run({"a0": "10 kWh"}, SQUARES)["a5"]["value"] == pytest.approx(1e32)
    assert json.dumps(run({"a": "1e300 USD"}, {"b": "a * 2"}), allow_nan=False)
