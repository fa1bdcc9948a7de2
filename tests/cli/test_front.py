"""The first screen: `calc run` answers every shipped scenario on 24 rows of 80 columns, the result in its last line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from calc_command import SCENARIOS, calc

if TYPE_CHECKING:
    from pathlib import Path

ROWS = 24
RACK = """\
title: Which cabinet?
inputs: {server_power: 4.5 kW, servers_needed: 1000 servers}
cases: {small: {rack_power_rated: 10 kW}, large: {rack_power_rated: 25 kW}}
show: [servers_per_rack, racks_needed]
"""
# 4 to 6 GPU-hours x 2 USD = 8 to 12 USD, 10 at the median, 8.4 to 11.6 from p10 to p90
UNSURE = """\
title: What does it cost?
inputs:
  gpu_hours: {value: 4 to 6 gpu-hours, source: guess}
  gpu_hour_price: {value: 2 USD/gpu/hour, source: offer}
  fee: 3 USD
formulas: {run_cost: gpu_hours * gpu_hour_price, whole_cost: run_cost + fee}
cases: {plain: {}, dear: {gpu_hour_price: 3 USD/gpu/hour}}
show: [whole_cost, run_cost]
"""


def screen(folder: Path, text: str, *more: str, code: int = 0, width: int = 80) -> list[str]:
    path = folder / "asked.yaml"
    path.write_text(text, encoding="utf-8")
    done = calc("run", str(path), *more, COLUMNS=str(width))
    assert done.code == code, done.err
    return done.out.splitlines()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_shipped_scenario_answers_on_one_screen(scenario: str) -> None:
    done = calc("run", scenario, COLUMNS="80")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert 5 <= len(lines) <= ROWS
    assert max(map(len, lines)) <= 80
    assert any("--details" in line for line in lines[-5:])
    # The last sentence ends, and says something with a figure in it.
    assert lines[-1].endswith(".")
    assert re.search(r"\d", " ".join(lines[-4:]))
    # Likely changes of -1.1e+03 % were told, of what is small beside what it is a difference of.
    assert not re.search(r"\de[+-]\d", done.out)


def test_cases_stand_below_each_other_with_words_for_heads(tmp_path: Path) -> None:
    lines = screen(tmp_path, RACK)
    text = "\n".join(lines)
    # 10 / 4.5 kW are 2 servers, 25 / 4.5 kW are 5; 1,000 servers in 500 and 200 cabinets
    assert "servers per rack" in text
    assert "servers_per_rack" not in text
    assert lines[0] == "Which cabinet?"
    assert lines[-1] == "Servers per rack: from 2 servers/rack (small) to 5 servers/rack (large)."


def test_a_hall_answers_with_its_plan() -> None:
    """What was wanted leads, then what binds and what strands; the figures of the whole stood there without numbers."""
    lines = calc("run", "hall-2mw", COLUMNS="80").out.splitlines()
    text = " ".join(" ".join(lines).split())
    assert "same in every case" not in text
    # 100 x 8 x 0.312 + 41 x 18 + 8 x 180 PFLOP/s; 3,915 + 96 + 78.7 + 1,996.3 kW of 6,086
    assert "site peak 2.428M TFLOP/s site GPUs 1,704 gpus site racks 55 racks" in text
    assert "binds hall IT power: 20 kW more adds 22,992 TFLOP/s" in text
    assert "stranded empty cabinets 3,915 kW, height 96 kW, whole servers 78.7 kW; of 6,086 kW rated" in text
    assert lines[-1] == "Site peak: 2.428M TFLOP/s, and no plan does better."


PARTS = """\
parts:
  a: {inputs: {servers: 100 servers, server_power: 10 kW}}
  b: {inputs: {servers: 50 servers, server_power: 5 kW}}
  c: {inputs: {servers: 50 servers, server_power: 6 kW}}
totals: {site_power: sum of it_power}
cases:
  one: {}
  two: {parts: {b: {inputs: {servers: 20 servers}}}}
  three: {parts: {b: {inputs: {servers: 10 servers}}}}
show: [servers, it_power, site_power]
"""


def test_cases_of_many_parts_are_told_whole_and_what_is_cut_is_counted(tmp_path: Path) -> None:
    text = " ".join(" ".join(screen(tmp_path, PARTS)).split())
    # 100 x 10 + 50 x 5 + 50 x 6 kW, then 20 and 10 x 5 in the middle; three cases of three parts and the whole: 12
    assert re.search(r"site power kW 1,550 1,400 1,350", text)
    assert "and 9 more of the cases and their parts" in text


def test_cases_that_disagree_are_all_told() -> None:
    """The screen said that owning the training cluster pays, and hid that renting wins for inference."""
    lines = calc("run", "two-clusters", COLUMNS="80").out.splitlines()
    text = " ".join(" ".join(lines).split())
    assert re.search(r"Training: owning saves \$51\.\d+M.*inference: renting saves \$1\.\d+M", text)
    # A share of about a half is no verdict.
    assert "(open)" in calc("run", "serve-70b", COLUMNS="80").out
    # Parts are no choices: no span from the least to the most.
    assert (
        calc("run", "make-or-buy", COLUMNS="200").out.splitlines()[-1].startswith("Saved by buying: data labelling $")
    )


def test_a_plan_that_uncertain_servers_break_says_so() -> None:
    text = " ".join(calc("run", "hall-2mw", "--set", "server_power in a100=4 to 5 kW", COLUMNS="80").out.split())
    assert re.search(r"! the plan is made at the likely values, and breaks a limit in 4\d\.?\d* % of the samples", text)


def test_what_another_figure_leaves_out_is_told_where_it_is_large(tmp_path: Path) -> None:
    """The cost led, and a founder took the model for promised: trials take a share of its compute."""
    asked = "facts: [h100-sxm, prior-h100]\nformulas: {compute_budget: gpus * gpu_hour_price * programme_duration}\n"
    asked += "inputs: {gpus: 256 gpus, gpu_hour_price: $2/gpu/hour, programme_duration: 3 months}\n"
    text = " ".join(" ".join(screen(tmp_path, asked + "show: [compute_budget, compute_optimal_parameters]\n")).split())
    assert re.search(r"not in it of compute-optimal parameters: experiment multiplier \(likely -\d\d %\)", text)


def test_the_headline_is_the_one_that_is_marked(tmp_path: Path) -> None:
    lines = screen(tmp_path, RACK + "headline: racks_needed\n")
    assert lines[-1] == "Racks needed: from 200 racks (large) to 500 racks (small)."
    # What is not shown is answered because it leads.
    lines = screen(tmp_path, RACK + "headline: rack_power_stranded\n")
    # 10 - 2 x 4.5 = 1 kW; 25 - 5 x 4.5 = 2.5 kW
    assert lines[-1] == "Stranded power per rack: from 1 kW/rack (small) to 2.5 kW/rack (large)."
    done = calc("run", "-", stdin=RACK + "headline: racks_neded\n")
    assert (done.code, "did you mean `racks_needed`" in done.err) == (2, True)


def test_an_uncertain_headline_has_its_range_its_driver_and_the_difference(tmp_path: Path) -> None:
    text = "\n".join(screen(tmp_path, UNSURE))
    # medians of 10 and 15 USD, and 3 USD of fee; 18 / 13 is 38 % more
    assert re.search(r"^plain +\$13 .*\$11\.\d+ to \$14\.\d+", text, re.MULTILINE)
    assert re.search(r"^dear +\$18 .*\+38 %$", text, re.MULTILINE)
    assert "driven by   GPU-hours (100 % of the spread)" in text
    # what else is asked for stands below: 4 to 6 GPU-hours at 2 and at 3 USD
    assert re.search(r"^run cost +USD +\$10 +\$15$", text, re.MULTILINE)
    assert "  3 assumptions, 2 without a source · --details" in text


def test_a_failed_check_stands_first_and_last(tmp_path: Path) -> None:
    lines = screen(tmp_path, RACK + "checks: [racks_needed <= 300 racks]\n", code=1)
    assert lines[1] == "  FAILS  `racks_needed <= 300 racks` (small)"
    assert "Failed: `racks_needed <= 300 racks` does not hold in case `small`" in " ".join(lines[-3:])


def test_what_is_left_out_is_ranked_by_what_others_spend_on_it(tmp_path: Path) -> None:
    """Where a fact says what a network is of a cluster, the figure is computed again with it."""
    text = "inputs: {servers: 10 servers, server_price: 200k USD/server}\nshow: [cluster_capex]\n"
    lines = screen(tmp_path, text)
    (line,) = [each for each in lines if each.startswith("  not in it")]
    assert re.search(r"network \(likely \+\d+ %\)", line)


def test_details_hold_the_screen_and_all_that_it_rests_on(tmp_path: Path) -> None:
    brief, whole = (screen(tmp_path, UNSURE, *more) for more in ((), ("--details",)))
    assert whole[-1] == brief[-1]
    for section in ("Results with uncertainty (20,000 samples, seed 0)", "Assumptions"):
        assert section in whole
        assert section not in brief


@pytest.mark.parametrize("width", [20, 40, 120, 200])
def test_the_screen_fits_other_widths(width: int, tmp_path: Path) -> None:
    for text in (RACK, UNSURE):
        for line in screen(tmp_path, text, width=width):
            assert len(line) <= width or len(line.split()) == 1, line


def test_plot_draws_the_samples_with_their_percentiles(tmp_path: Path) -> None:
    lines = screen(tmp_path, UNSURE, "--plot", "--case", "plain")
    text = "\n".join(lines)
    # fee 3 + 2 x (4.2, 5, 5.8) hours
    assert "p10 $11.40, p50 $13, p90 $14.60" in text
    assert text.count("▲") == 3
    assert lines[-1] == "Whole cost: $13 ($11.40 to $14.60)."
    plain = calc("run", str(tmp_path / "asked.yaml"), "--plot", PYTHONIOENCODING="ascii", COLUMNS="40").out
    assert "#" in plain
    assert plain.isascii()
    assert max(map(len, plain.splitlines())) <= 40


def test_a_sweep_over_one_axis_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "rack.yaml"
    path.write_text(RACK, encoding="utf-8")
    done = calc("sweep", str(path), "--case", "large", "--axis", "server_power=3 to 9 kW step 1 kW", COLUMNS="80")
    # 25 / 3 are 8 servers, the most
    assert re.search(r"servers_per_rack over server_power\n +8 servers/rack │█", done.out)
    assert re.search(r"└─+\n +3 kW/server +9 kW/server\n", done.out)


def test_a_goal_over_several_cases_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "rack.yaml"
    path.write_text(RACK, encoding="utf-8")
    goal = "largest server_power within 1 to 9 kW so that servers_per_rack >= 3"
    done = calc("find", str(path), "--goal", goal, COLUMNS="80")
    # 10 / 3 = 3.333 and 25 / 3 = 8.333 kW
    assert re.search(r"^small +3\.33333$", done.out, re.MULTILINE)
    assert re.search(r"^large +8\.33333$", done.out, re.MULTILINE)
    assert len(done.out.splitlines()) <= 24


def test_quantities_are_listed_below_their_models_and_wide_in_a_table() -> None:
    brief, wide = (calc("list", "quantities", "rack", *more, COLUMNS="100").out for more in ((), ("--wide",)))
    assert "rack" in brief.splitlines()
    assert max(map(len, brief.splitlines())) <= 100
    assert "optional input" not in brief
    assert "optional input" in wide


def test_several_headlines_are_told_in_the_last_line_by_the_words_of_their_formulas(tmp_path: Path) -> None:
    text = UNSURE.replace(
        "run_cost: gpu_hours * gpu_hour_price",
        "run_cost: {formula: gpu_hours * gpu_hour_price, label: price of the run}",
    )
    told = " ".join(" ".join(screen(tmp_path, f"headline: [whole_cost, run_cost]\n{text}")).split())
    # 10 and 15 USD for the run, and 3 USD of fee
    assert told.endswith(
        "Whole cost: from $13 ($11.40 to $14.60) (plain) to $18 ($15.60 to $20.40) (dear); "
        "price of the run: $10 to $15."
    )
    assert "run cost" not in told
    # What extends it and shows figures of its own leads with the first of these.
    (tmp_path / "asked.yaml").rename(tmp_path / "below.yaml")
    above = screen(tmp_path, "extends: below.yaml\nshow: [run_cost]\n", "--case", "plain")
    assert above[-1] == "Price of the run: $10 ($8.40 to $11.60)."


def test_a_site_and_its_parts_each_have_a_table_and_years_their_middle_and_range(tmp_path: Path) -> None:
    text = """\
years: 2026 to 2028
parts:
  a: {inputs: {servers: 100 servers}}
  b: {inputs: {servers: 50 servers}}
inputs:
  server_power: {value: 4 to 6 kW, source: guess}
  power_price: {by year: {2026: 1 USD/kW, 2027: 5 USD/kW, 2028: 2 USD/kW}, source: offer}
totals: {site_bill: sum of bill}
formulas: {bill: servers * server_power * power_price}
show: [site_bill, bill, servers]
"""
    told = "\n".join(screen(tmp_path, text))
    # 150 servers x 5 kW x 1, 5 and 2 USD; of the last year 150 x 4.2 x 2 to 150 x 5.8 x 2
    assert re.search(r"^site bill \(USD\) +\$750 +\$3,750 +\$1,500 +\$1,260 to \$1,740 +▂█▃$", told, re.MULTILINE)
    assert re.search(
        r"^bill \(USD\) *\n  a +\$500 +\$2,500 +\$1,000 .*\n  b +\$250 +\$1,250 +\$500 ", told, re.MULTILINE
    )
    assert re.search(r"^servers +servers +100 +50$", told, re.MULTILINE)
    assert "…" not in told


def test_a_file_that_asks_what_flips_is_answered_by_it() -> None:
    told = " ".join(" ".join(calc("run", "what-flips-own-or-rent", COLUMNS="80").out.splitlines()[-3:]).split())
    assert re.search(
        r"Own hall: owning cost per GPU-hour < rent per GPU-hour flips at GPU-hour price = \$1\.\d+/", told
    )
