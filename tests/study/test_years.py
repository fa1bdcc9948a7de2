"""Values and figures by year: growth, tables by year, dated facts, uncertainty, checks and promises, by hand."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import calc
from calc.errors import CalcError, CalcErrors


def scenario(value: Any, **sections: Any) -> dict[str, Any]:
    return {
        "years": "2026 to 2028",
        "inputs": {"budget_total": value, "compute_share": "50 %"},
        "show": ["compute_budget"],
        **sections,
    }


def rows(value: Any, **sections: Any) -> list[dict[str, Any]]:
    found = calc.run(scenario(value, **sections)).cases["base"]["compute_budget"].by_year
    assert found is not None
    return found


def test_growth_runs_from_the_first_year() -> None:
    # 10 x 1.1 = 11; x 1.1 = 12.1; half of each
    found = rows({"start": "$10M", "grows": "10 %/year"})
    assert [row["year"] for row in found] == [2026, 2027, 2028]
    assert [row["value"] for row in found] == pytest.approx([5e6, 5.5e6, 6.05e6], rel=1e-12)


def test_a_rate_of_another_period_is_refused_with_both_of_its_meanings() -> None:
    # 1.1^12 = 3.138428, 1.01^365 = 37.783434; 1.01^12 = 1.126825
    for given, compounded, added in (
        ({"start": "$10M", "grows": "10 %/month"}, 3.138428 - 1, 1.2),
        ({"start": "$10M", "grows": "1 %/day"}, 37.783434 - 1, 3.65),
        ({"start": "$10M", "grows": "0.01/month"}, 1.126825 - 1, 0.12),
    ):
        with pytest.raises(CalcErrors) as caught:
            rows(given)
        error = next(each for each in caught.value.errors if each.code == "E-UNIT")
        assert "`grows` is a rate a year" in error.message, given
        meant = [float(each) / 100 for each in re.findall(r"`([\d.]+) %/year`", (error.hint or "").replace(",", ""))]
        assert meant == pytest.approx([compounded, added], rel=1e-6), given
        # Either, as the hint writes it, is accepted and means that.
        for text, rate in zip(re.findall(r"`([^`]+)`", error.hint or ""), meant, strict=True):
            at = [row["value"] for row in rows({"start": "$10M", "grows": text})]
            assert at[1] == pytest.approx(5e6 * (1 + rate), rel=1e-12), given


def test_a_percentage_of_a_period_is_a_number_in_its_own_period_only() -> None:
    text = {"inputs": {"r": "1 %/month"}, "formulas": {"k": 'number(r, "1/month")'}, "show": ["k"]}
    assert calc.run(text).cases["base"]["k"].value == pytest.approx(0.01, rel=1e-12)
    for unit in ("1/year", "%/year", "1/day"):
        with pytest.raises(CalcErrors, match=r"`%/month` has two numbers"):
            calc.run({**text, "formulas": {"k": f'number(r, "{unit}")'}})
    # What is no percentage is as many in a year as it is: 1 / 2 years
    life = {"inputs": {"life": "24 months"}, "formulas": {"k": 'number(1 / life, "1/year")'}, "show": ["k"]}
    assert calc.run(life).cases["base"]["k"].value == pytest.approx(0.5, rel=1e-12)


def test_values_by_year_may_hold_more_years_than_are_looked_at() -> None:
    found = rows({"by year": {2020: "$1M", 2026: "$2M", 2027: "$4M", 2028: "$6M"}})
    assert [row["value"] for row in found] == [1e6, 2e6, 3e6]


def test_dated_facts_make_a_series() -> None:
    given = {
        "years": "2020 to 2021",
        "inputs": {"server_price": {"fact by year": "dgx-a100.server_price"}, "gpus_per_server": "8 gpus"},
        "formulas": {"per_gpu": "server_price / gpus_per_server"},
        "show": ["per_gpu"],
    }
    case = calc.run(given).cases["base"]
    assert case["per_gpu"].by_year is not None
    # 199,000 / 8 and 300,000 / 8
    assert [row["value"] for row in case["per_gpu"].by_year] == [24_875, 37_500]
    assert case.inputs["server_price"]["fact"] == "dgx-a100.server_price"
    assert "2020 to 2021" in case.inputs["server_price"]["source"]


def test_another_currency_is_converted_in_every_year() -> None:
    rate = {"value": "7 CNY/USD", "source": "made up for a test"}
    yearly = {"by year": {year: f"{70 + year - 2026}M CNY" for year in (2026, 2027, 2028)}}
    given = scenario(yearly)
    given["inputs"]["cny_per_usd"] = rate
    found = calc.run(given).cases["base"]["compute_budget"].by_year
    assert found is not None
    assert [row["value"] for row in found] == pytest.approx([5e6, 71e6 / 14, 72e6 / 14], rel=1e-12)


def test_a_figure_without_time_stays_one_figure() -> None:
    found = calc.run(scenario("$10M")).cases["base"]["compute_budget"]
    assert (found.value, found.by_year) == (5e6, None)


def test_a_range_grows_as_a_whole() -> None:
    """All years of one sample come from one draw: percentiles grow as the value does."""
    found = rows({"start": "$8M to $12M", "grows": "10 %/year"})
    for key in ("p10", "p50", "p90", "mean"):
        assert found[2][key] == pytest.approx(found[0][key] * 1.21, rel=1e-9)
    # p10 of 4 to 6 is 4.2; 20,000 samples are within a hundredth of that
    assert found[0]["p10"] == pytest.approx(4.2e6, rel=0.01)


def test_uncertain_growth_widens_the_range_from_year_to_year() -> None:
    found = rows({"start": "$10M", "grows": "0 to 20 %/year"})
    widths = [row["p90"] - row["p10"] for row in found]
    assert widths[0] == 0
    # p10 and p90 of 0 to 20 % are 2 and 18 %
    assert found[1]["p90"] == pytest.approx(5e6 * 1.18, rel=0.01)
    assert widths[1] < widths[2]


def test_ranges_by_year_share_a_draw() -> None:
    """What is dear in one year is dear in all: the total of three equal years is as wide as three times one."""
    year = "$8M to $12M"
    found = calc.run(
        scenario(
            {"by year": {2026: year, 2027: year, 2028: year}}, formulas={"sum": "total(budget_total)"}, show=["sum"]
        )
    ).cases["base"]["sum"]
    assert found.p10 is not None
    assert found.p90 is not None
    assert found.p90 - found.p10 == pytest.approx(3 * 0.8 * 4e6, rel=0.02)


def test_a_promise_without_a_year_holds_in_every_year() -> None:
    growing = {"start": "$10M", "grows": "10 %/year"}
    assert calc.run(scenario("$10M", expect={"compute_budget": "$5M"})).is_fine
    assert not calc.run(scenario(growing, expect={"compute_budget": "$5M"})).is_fine
    by_year = {"by year": {2026: "$5.0M", 2027: "$5.5M", 2028: {"value": "$6M", "within": "1 %"}}}
    assert calc.run(scenario(growing, expect={"compute_budget": by_year})).is_fine


def test_a_check_is_held_in_the_year_that_is_hardest() -> None:
    growing = {"start": "$10M", "grows": "10 %/year"}
    case = calc.run(scenario(growing, checks=["compute_budget <= $6M", "compute_budget >= $5M"])).cases["base"]
    found = [(check["passed"], check["year"], round(check["value"])) for check in case.checks]
    assert found == [(False, 2028, 6_050_000), (True, 2026, 5_000_000)]


def test_a_confidence_is_that_of_all_years_together() -> None:
    # 5 x 1.1^2 of 4 to 6 is 4.84 to 7.26: at most 6.05 in half of the samples, and then in the years before too.
    given = scenario({"start": "$8M to $12M", "grows": "10 %/year"}, checks=["compute_budget <= $6.05M"])
    assert calc.run(given).cases["base"].checks[0]["probability"] == pytest.approx(0.5, abs=0.01)


def test_draws_do_not_depend_on_the_years_looked_at() -> None:
    one, other = (
        calc.run({**scenario({"start": "$8M to $12M", "grows": "0 to 10 %/year"}), "years": years}).cases["base"]
        for years in ("2026 to 2027", "2026 to 2035")
    )
    first, second = one["compute_budget"].by_year, other["compute_budget"].by_year
    assert first is not None
    assert second is not None
    np.testing.assert_array_equal([row["p90"] for row in first], [row["p90"] for row in second[:2]])


def test_years_run_through_an_extended_file(tmp_path: Any) -> None:
    (tmp_path / "low.yaml").write_text(
        "years: 2026 to 2027\ninputs: {budget_total: {start: $10M, grows: 10 %/year}, compute_share: 50 %}\n"
        "show: [compute_budget]\n"
    )
    (tmp_path / "high.yaml").write_text("extends: low.yaml\nyears: 2026 to 2028\n")
    found = calc.run(tmp_path / "high.yaml").cases["base"]["compute_budget"].by_year
    assert found is not None
    assert len(found) == 3


def test_what_is_not_asked_for_needs_no_years() -> None:
    """A file may hold a series that nothing asked for uses; without a `show` list it is part of the answer."""
    given = {"inputs": {"budget_total": {"start": "$10M", "grows": "3 %/year"}, "compute_share": "50 %"}}
    with pytest.raises(CalcError, match="has no years"):
        calc.run(given)
    given = {**given, "inputs": {**given["inputs"], "rack_power_rated": "5 kW"}}
    assert calc.run({**given, "show": ["rack_power_usable"]}).cases["base"]["rack_power_usable"].value == 5
