"""Given figures far from all known ones are warned of, in every format, and no others are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from calc_command import calc as command

import calc
from calc.facts.extremes import EXTREMES
from calc.facts.generate import TABLE, table_text

if TYPE_CHECKING:
    from pathlib import Path


def warnings(inputs: dict[str, Any], **sections: Any) -> list[str]:
    """Return the warnings about doubtful values."""
    whole = {"facts": ["dgx-h100", "h100-sxm"], "inputs": inputs, "show": ["servers_per_rack_by_power"], **sections}
    whole["inputs"] = {"rack_power_rated": "40 kW", **inputs}
    marks = ("known (", "usual", "sparsity")
    return [each for each in calc.run(whole).warnings if any(mark in each for mark in marks)]


def test_the_table_is_what_the_generator_writes() -> None:
    assert TABLE.read_text(encoding="utf-8") == table_text(), "run `python -m calc.facts.generate`"


# What is given, and what the warning says. The dearest known electricity is 0.3528 USD/kWh, the cheapest of 0.036.
FAR = [
    ({"electricity_price": "95 USD/kWh"}, "95 USD/kWh, 270 times the largest known (`region-hawaii"),  # 95 / 0.3528
    ({"electricity_price": "82 USD/kWh"}, "82 USD/kWh, 230 times the largest known"),  # 82 / 0.3528 = 232
    ({"electricity_price": "0.08 to 82 USD/kWh"}, "82 USD/kWh, 230 times"),  # a range at its ends
    (
        {"electricity_price": "{low: 1 USD/MWh, likely: 80 USD/MWh, high: 90 USD/MWh}"},
        "36 times less than the smallest",
    ),
    # A price misread by its point: the cheapest known server, of 2013, costs 7,700 USD; 7,700 / 148.39 = 51.9.
    ({"server_price": "148.390 USD/server"}, "52 times less than the smallest known (`barroso-2013.server_price`"),
    # 25,000 kW / 300 kW = 83
    ({"rack_power_rated": "25 MW"}, "25,000 kW/rack, 83 times the largest known (`dell-xe8812-rack.rack_power_rated`"),
    # 82 USD/kWh as 574 CNY/kWh at 7 CNY/USD
    ({"electricity_price": "574 CNY/kWh", "cny_per_usd": "{value: 7 CNY/USD, source: x}"}, "82 USD/kWh, 230 times"),
    # Twice 989.4 is 1978.8; two data sheets print 1,979.
    ({"gpu_peak_bf16": "1979 TFLOP/s"}, "twice the dense peak `h100-sxm.gpu_peak_bf16` (989.4 TFLOP/s-gpu): sparsity?"),
    ({"gpu_peak": "1979 TFLOP/s"}, "twice the dense peak `h100-sxm.gpu_peak_bf16`"),
    # No fact tells what a tonne of carbon costs; the model gives a band.
    ({"carbon_price": "20000 USD/tCO2e"}, "outside of what is usual: 0.1 USD/tCO2e to 3,000 USD/tCO2e"),
]
NEAR = [
    {"electricity_price": "3.5 USD/kWh"},  # 9.9 times the largest
    {"electricity_price": "0 USD/kWh"},  # none is meant
    {"electricity_price": "{fact: region-hawaii.electricity_price}"},
    {"server_price": "780 USD/server"},  # 9.9 times below the smallest
    {"gpu_peak_bf16": "989 TFLOP/s"},
    {"gpu_peak_bf16": "1500 TFLOP/s"},
    {"gpu_peak_fp8": "1979 TFLOP/s"},  # that is its dense peak in FP8
    {"budget_total": "50B USD"},  # how much money there is, is for the scenario to say
    {"carbon_price": "90 USD/tCO2e"},
]


@pytest.mark.parametrize(("inputs", "words"), FAR, ids=[str(row[0]) for row in FAR])
def test_far_from_all_known_figures_is_a_warning(inputs: dict[str, str], words: str) -> None:
    inputs = {name: calc_value(text) for name, text in inputs.items()}
    assert [words in each for each in warnings(inputs)] == [True], warnings(inputs)


def calc_value(text: str) -> Any:
    """Return what YAML makes of a mapping in braces, or the text."""
    if not text.startswith("{"):
        return text
    return dict(each.split(": ", 1) for each in text[1:-1].split(", "))


@pytest.mark.parametrize("inputs", NEAR, ids=map(str, NEAR))
def test_near_a_known_figure_is_none(inputs: dict[str, str]) -> None:
    assert warnings({name: calc_value(text) for name, text in inputs.items()}) == []


def test_values_by_year_and_growth_are_judged_at_their_ends() -> None:
    years = "2026 to 2045"
    by_year = {"by year": {2026: "0.1 USD/kWh", 2045: "50 USD/kWh"}}
    by_year["by year"].update(dict.fromkeys(range(2027, 2045), "0.1 USD/kWh"))
    (said,) = warnings({"electricity_price": by_year}, years=years)
    assert "50 USD/kWh in 2045, 140 times" in said
    # 0.3 x 1.2^19 = 9.584 USD/kWh in the twentieth year; over 0.3528 it is 27
    (said,) = warnings({"electricity_price": {"start": "0.3 USD/kWh", "grows": "20 %/year"}}, years=years)
    assert "9.58" in said
    assert "in 2045, 27 times" in said


def test_amounts_at_the_ends_of_floats_are_judged_too() -> None:
    (said,) = warnings({"electricity_price": "1e-290 USD/kWh"})
    assert "over 1T times less than the smallest known" in said
    grows = {"start": "0.1 USD/kWh", "grows": "1e300 %/year"}
    assert warnings({"electricity_price": grows}, years="2026 to 2045") == []


def test_a_sweep_and_what_is_found_are_judged_the_range_searched_is_not() -> None:
    (said,) = warnings({}, sweep={"rack_power_rated": "5 to 25000 kW in 3 steps"})
    assert "25,000 kW/rack, 83 times" in said
    goal = {"smallest within": "5 to 60000 kW", "so that": "servers_per_rack_by_power >= 3"}
    assert warnings({}, find={"rack_power_rated": goal}) == []
    # 500 servers of 10.2 kW take 5,100 kW; 5,100 / 300 = 17
    (said,) = warnings({}, find={"rack_power_rated": {**goal, "so that": "servers_per_rack_by_power >= 500"}})
    assert said.startswith("found: `rack_power_rated` is 5,100 kW/rack, 17 times")


def test_every_format_and_calc_check_say_it(tmp_path: Path) -> None:
    path = tmp_path / "far.yaml"
    path.write_text(
        "facts: [dgx-h100]\ninputs: {rack_power_rated: 25 MW}\nshow: [servers_per_rack_by_power]\n", encoding="utf-8"
    )
    said = "25,000 kW/rack, 83 times the largest known"
    for form in ("table", "markdown", "json", "csv"):
        done = command("run", str(path), "--format", form)
        # The rows of a table of numbers hold nothing else.
        shown = (done.err if form == "csv" else done.out).replace("\\", "")
        assert said in " ".join(shown.replace("`", "").split()), form
    checked = command("check", str(path))
    assert (checked.code, checked.out) == (0, "")
    assert checked.err.startswith(f"{path}:2:28: warning: `rack_power_rated` is {said}")
    found = json.loads(
        command("sweep", str(path), "--axis", "rack_power_rated=10 kW to 25 MW in 2 steps", "--format", "json").out
    )
    assert any(said in each for each in found["warnings"])


def test_sizes_and_shares_are_not_compared_with_facts() -> None:
    assert not {"budget_total", "training_tokens", "parameters", "gpus", "network_share", "mfu"} & set(EXTREMES)
