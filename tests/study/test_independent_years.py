"""Years of one value share a draw, or each is drawn anew; reports say which."""

from __future__ import annotations

import math
from typing import Any

import pytest

import calc
from calc.errors import CalcError, CalcErrors

RANGE = "70 to 90 USD/MWh"


def scenario(last: int, **more: Any) -> dict[str, Any]:
    years = dict.fromkeys(range(2026, last + 1), RANGE)
    return {
        "years": f"2026 to {last}",
        "inputs": {
            "anew": {"by year": years, "independent": True, "source": "test"},
            "shared": {"by year": years, "source": "test"},
            "grown": {"start": RANGE, "grows": "3 %/year", "source": "test"},
            "other": {"value": "1 to 2 MWh", "source": "test"},
            "energy": {"value": "1 MWh", "source": "test"},
        },
        "formulas": {
            "anew_cost": "total(anew * energy)",
            "shared_cost": "total(shared * energy)",
            "anew_by_year": "anew * energy",
            "grown_cost": "total(grown * other)",
        },
        "show": ["anew_cost", "shared_cost", "anew_by_year", "grown_cost", "anew", "other"],
        **more,
    }


def answered(last: int, **more: Any) -> dict[str, Any]:
    (found,) = calc.run(scenario(last, **more)).to_dict()["cases"]
    result: dict[str, Any] = found
    return result


def test_good_and_bad_years_even_out_where_each_is_drawn_anew() -> None:
    """Ten years of 70 to 90 USD: sd of one 20 / sqrt(12) = 5.774; of ten alike 57.74, of ten apart 18.26."""
    results = answered(2035)["results"]
    half = {name: (results[name]["p90"] - results[name]["p10"]) / 2 for name in ("anew_cost", "shared_cost")}
    # p10 and p90 of a uniform range lie 0.4 of its width from the middle: 10 x 8 = 80. A sum of ten is nearly normal.
    assert half["shared_cost"] == pytest.approx(80, rel=0.01)
    assert half["anew_cost"] == pytest.approx(1.2816 * 20 / math.sqrt(12) * math.sqrt(10), rel=0.03)


@pytest.mark.parametrize("method", ["sobol", "random"])
def test_a_further_year_changes_no_other(method: str) -> None:
    uncertainty = {"uncertainty": {"method": method}}
    fewer, more = (answered(last, **uncertainty)["results"] for last in (2028, 2029))
    assert more["anew_by_year"]["by_year"][:3] == fewer["anew_by_year"]["by_year"]
    assert more["other"] == fewer["other"]


def test_each_year_has_its_own_draw_and_cases_share_them() -> None:
    cases: dict[str, Any] = {"one": {}, "two": {}}
    one, two = calc.run(scenario(2028, cases=cases)).to_dict()["cases"]
    assert one["results"] == two["results"]
    years = one["results"]["anew_by_year"]["by_year"]
    assert len({each["mean"] for each in years}) == 3


def test_json_says_which_of_the_two_holds() -> None:
    inputs = answered(2028)["inputs"]
    assert {name: each.get("independent") for name, each in inputs.items()} == {
        "anew": True, "shared": False, "grown": False, "other": None, "energy": None,
    }  # fmt: skip


def refusal(inputs: dict[str, Any], **more: Any) -> str:
    whole = scenario(2028, **more)
    whole["inputs"] |= inputs
    with pytest.raises((CalcError, CalcErrors)) as caught:
        calc.run(whole)
    return str(caught.value)


def test_what_has_no_one_draw_is_refused_where_one_is_needed() -> None:
    grown = {"start": RANGE, "grows": "3 %/year", "independent": True}
    assert "the start and the growth of `grown` are one draw each" in refusal({"grown": grown})
    assert "neither true nor false" in refusal({"anew": {"by year": {2026: RANGE}, "independent": "perhaps"}})
    correlated = {"uncertainty": {"correlate": {"anew with other": 0.5}}}
    assert "`anew` draws each year anew" in refusal({}, **correlated)
    assert "`anew` draws each year anew" in refusal({}, sensitivity={"of": ["anew_cost"]})
