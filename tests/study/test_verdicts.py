"""Verdicts: which sentence is told, of which figures, over years and samples, and where it is printed."""

from __future__ import annotations

import json
import re
import types
from typing import Any

import pytest
from as_text import as_markdown, as_table

import calc
from calc.declarations import Input, Verdict
from calc.engine.catalogue import build_catalogue, standard_catalogue
from calc.scenario.load import load_text
from calc.scenario.resolve import Options, resolve
from calc.study.answer import Answer, answer
from calc.study.headline import names_of
from calc.units.vocabulary import Share

INPUTS: dict[str, Any] = {
    "owning_cost_per_month": "584,000 USD/month",
    "gpus": "800 gpus",
    "gpu_utilisation": "60 %",
    "gpu_hour_price": "2 USD/gpu/hour",
}


def told(inputs: dict[str, Any] | None = None, **sections: Any) -> list[dict[str, Any]]:
    """Return the verdicts of a scenario; 800 GPUs x 730 h x 2 USD are 1,168,000 USD a month, so it flips at 50 %."""
    scenario = {"inputs": {**INPUTS, **(inputs or {})}, "show": ["breakeven_utilisation"], **sections}
    found: list[dict[str, Any]] = calc.run(scenario).to_dict()["cases"][0].get("verdicts", [])
    return found


def text(inputs: dict[str, Any] | None = None, **sections: Any) -> str:
    (only,) = told(inputs, **sections)
    return str(only["text"])


def test_owning_wins_above_the_break_even() -> None:
    assert told() == [
        {"verdict": "flip", "text": "owning wins above 50 % utilisation; you assume 60 %", "probability": None}
    ]


def test_renting_wins_below_it_and_at_it() -> None:
    below = "owning wins above 50 % utilisation; you assume 40 %, so renting wins"
    assert text({"gpu_utilisation": "40 %"}) == below
    assert text({"gpu_utilisation": "50 %"}) == below.replace("40 %", "50 %")


def test_what_is_asked_for_to_be_no_dearer_wins_where_both_cost_the_same() -> None:
    """Where it is `<=`, equal sides hold, also two of 0, and half of the samples are enough."""
    tokens = {"api_break_even_tokens": "1e9 tokens/month", "tokens_at_full_load": "2e9 tokens/month"}
    for own, api, share in (
        ("5 USD/month", "5 USD/month", None),
        ("0 USD/month", "0 USD/month", None),
        # Sobol points: of 1,024 exactly 512 lie in the lower half.
        ("0 to 2 USD/month", "1 USD/month", 0.5),
    ):
        given = {**tokens, "self_host_cost_per_month": own, "api_cost_per_month": api}
        scenario = {"inputs": given, "show": ["self_host_cost_per_month"]}
        [only] = calc.run(scenario, samples=1024).to_dict()["cases"][0]["verdicts"]
        assert only["text"].startswith("serving oneself wins"), own
        assert only["probability"] == share


def test_above_100_percent_owning_never_wins() -> None:
    said = text({"gpu_hour_price": "0.8 USD/gpu/hour"})
    assert said.startswith("owning never wins")
    assert "125 %" in said


def test_with_a_commitment_utilisation_decides_nothing() -> None:
    """584,000 of 1,168,000 USD; with a discount of 60 % of 467,200 USD, which is 125 %."""
    neither = "all rented hours are paid, so that utilisation changes neither"
    assert text(use={"rent_terms": "committed"}) == f"owning costs 50 % of renting, so owning wins; {neither}"
    dear = {"rent_commitment_discount": "60 %"}
    wanted = f"owning costs 125 % of renting, so renting wins; {neither}"
    assert text(dear, use={"rent_terms": "committed"}) == wanted


def test_with_a_commitment_there_is_no_break_even() -> None:
    """Not a flag for some samples and a ratio for others, of which a mean would mean nothing."""
    terms = {"inputs": {**INPUTS, "rent_commitment_discount": "20 to 70 %"}, "use": {"rent_terms": "committed"}}
    (case,) = calc.run({**terms, "show": ["breakeven_utilisation"]}).to_dict()["cases"]
    found = case["results"]["breakeven_utilisation"]
    assert (found["value"], found["mean"]) == (None, None)
    assert found["reason"] == "gpus_paid_by_use is 0"
    (only,) = case["verdicts"]
    # Owning costs more from a discount of 50 % on, which is two fifths of the range; at 45 % it costs 50 / 0.55 =
    # 90.91 %, at p10 50 / 0.75 = 66.67 %, at p90 50 / 0.35 = 142.9 %.
    assert only["text"].startswith("owning costs 90.91 % (66.7 to 143) of renting, so owning wins")
    assert only["probability"] == pytest.approx(0.6, abs=0.01)


def test_the_share_of_samples_is_that_in_which_the_sentence_holds() -> None:
    # It flips at 50 %: of 40 to 80 % three quarters lie above.
    (only,) = told({"gpu_utilisation": "40 to 80 %"})
    assert only["probability"] == pytest.approx(0.75, abs=0.02)
    (only,) = told({"gpu_utilisation": "60 to 80 %"})
    assert only["probability"] == 1


def test_years_in_which_another_sentence_holds_are_told_apart() -> None:
    rent = {
        "gpu_hour_price": {
            "by year": {
                year: f"{usd} USD/gpu/hour" for year, usd in zip(range(2026, 2030), (2, 1.8, 1, 0.8), strict=True)
            }
        }
    }
    assert text(rent, years="2026 to 2029") == (
        "2026 to 2027: owning wins above 50 % to 55.56 % utilisation; you assume 60 %; "
        "2028: owning wins above 100 % utilisation; you assume 60 %, so renting wins; "
        "2029: owning never wins: with every hour used it costs more than renting, and breaks even only at 125 % "
        "utilisation, so renting wins"
    )


def test_years_with_one_sentence_are_one() -> None:
    rent = {"gpu_hour_price": {"start": "2 USD/gpu/hour", "grows": "-5 %/year"}}
    assert text(rent, years="2026 to 2027") == "owning wins above 50 % to 52.63 % utilisation; you assume 60 %"


def test_the_share_of_samples_counts_those_that_agree_in_every_year() -> None:
    # At 1.5 USD in the second year it flips at 66.7 %: of 40 to 80 % a quarter is below 50 and a third above 66.7.
    rent = {"gpu_hour_price": {"by year": {2026: "2 USD/gpu/hour", 2027: "1.5 USD/gpu/hour"}}}
    (only,) = told({**rent, "gpu_utilisation": "40 to 80 %"}, years="2026 to 2027")
    # At the likely 60 % owning wins in the first year only, as in the samples between the two.
    assert only["probability"] == pytest.approx((66.67 - 50) / 40, abs=0.02)
    # Each sentence has a share of its own: (80 - 50) / 40 lie above 50 %, (66.67 - 40) / 40 below 66.7 %.
    shares = [float(each) for each in re.findall(r"\(in ([0-9.]+) % of the samples\)", only["text"])]
    assert shares == pytest.approx([75, 66.67], abs=2)


def test_nothing_is_told_of_what_nobody_asked_for_or_what_is_not_known() -> None:
    assert told(show=["gpu_hours_per_month"]) == []
    without = {name: value for name, value in INPUTS.items() if name != "gpu_hour_price"}
    found = calc.run({"inputs": without, "show": ["owning_cost_per_month"]}).to_dict()
    assert "verdicts" not in found["cases"][0]


def test_what_only_the_verdict_needs_is_converted_and_listed() -> None:
    rent = {"gpu_hour_price": "14.2434 CNY/gpu/hour", "cny_per_usd": {"value": "7.1217 CNY/USD", "source": "bank"}}
    found = calc.run({"inputs": {**INPUTS, **rent}, "show": ["owning_cost_per_month"]}).to_dict()["cases"][0]
    assert found["verdicts"][0]["text"].startswith("owning wins above 50 %")
    assert found["inputs"]["gpu_hour_price"]["converted_with"] == "cny_per_usd"
    assert "rent_commitment_discount" in found["not_included"]


@pytest.mark.parametrize(
    "inputs",
    [
        {"gpus": "0 gpus"},  # the break-even divides by them
        {"gpu_hour_price": {"by year": {2026: "2 USD/gpu/hour"}}},  # says nothing about 2027
        {"gpu_hour_price": "0 to 1e-320 USD/gpu/hour"},  # divides by zero in some samples
    ],
    ids=["zero", "year missing", "samples"],
)
def test_a_verdict_that_nobody_asked_for_is_never_an_error(inputs: dict[str, Any]) -> None:
    assert told(inputs, show=["owning_cost_per_month"], years="2026 to 2027") == []


def _answer(yaml: str) -> Answer:
    from calc.errors import Problems

    problems = Problems()
    return answer(resolve(load_text(yaml, "test.yaml", problems), Options(), problems))


def test_reports_print_it_with_the_case_and_the_share_of_samples() -> None:
    yaml = json.dumps(
        {
            "inputs": {**INPUTS, "gpu_utilisation": "60 to 80 %"},
            "cases": {"rent | of today": {}, "half": {"gpu_hour_price": "1 USD/gpu/hour"}},
            "show": ["breakeven_utilisation"],
        }
    )
    found = _answer(yaml)
    said = " ".join(as_table(found).split())
    # the middle of 60 to 80 %; a tenth of the way from either end p10 and p90
    told = "owning wins above 50 % utilisation; you assume 70 % (62 to 78); so in 100 % of the samples"
    assert f"Verdict rent | of today: {told}" in said
    assert "half: owning wins above 100 % utilisation; you assume 70 % (62 to 78), so renting wins" in said
    assert f"- rent \\| of today: {told}" in as_markdown(found)


@pytest.mark.parametrize("name", standard_catalogue().verdicts)
def test_the_verdicts_that_ship_name_quantities(name: str) -> None:
    catalogue = standard_catalogue()
    verdict = catalogue.verdicts[name]
    assert set(verdict.about) <= set(catalogue.quantities)
    assert set(names_of(verdict, catalogue)) <= set(catalogue.quantities)
    assert list(verdict.sentences)[-1] == "", "the last sentence is told when no other is"


def test_a_model_of_ones_own_may_say_something() -> None:
    module = types.ModuleType("mine")
    module.__file__ = "mine.py"
    vars(module).update(
        load=Input(Share, "Load of the line"), word=Verdict(("load",), {"load > 80 %": "full", "": "free"})
    )
    assert list(build_catalogue([module]).verdicts) == ["word"]


def test_two_figures_that_differ_are_not_written_alike() -> None:
    """It flips at 50 %; 50.001 % is above it, although both are 50 % to four digits."""
    assert text({"gpu_utilisation": "50.001 %"}) == "owning wins above 50 % utilisation; you assume 50.001 %"
