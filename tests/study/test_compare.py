"""Comparisons: cases, parts, years and files side by side, and waterfalls that add up to the last digit."""

from __future__ import annotations

import itertools
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from calc_command import calc as command

import calc
from calc.errors import Problems
from calc.scenario.load import load_text
from calc.scenario.resolve import Options, resolve
from calc.study.change import Side, Step, explain

if TYPE_CHECKING:
    from pathlib import Path

SITE = """
inputs: {rack_power_rated: 25 kW}
parts:
  training:  {inputs: {server_power: 4.5 kW, servers_needed: 128 servers}}
  inference: {inputs: {server_power: 10.2 kW, servers_needed: 40 servers}}
totals: {site_racks: sum of racks_needed}
show: [racks_needed, site_racks]
"""
CASES = """
cases:
  plan: {}
  dense: {parts: {training: {inputs: {rack_power_rated: 50 kW, servers_needed: 200 servers}}}}
  alike: {servers_needed: 300 servers}
"""


def compared(*words: object) -> dict[str, Any]:
    done = command("compare", *map(str, words), "--format", "json")
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def written(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def row(found: dict[str, Any], name: str, year: int | None = None) -> dict[str, Any]:
    found_row: dict[str, Any] = next(
        each for each in found["figures"] if (each["name"], each.get("year")) == (name, year)
    )
    return found_row


def steps(found: dict[str, Any], name: str, year: int | None = None, at: int = 0) -> dict[str, float]:
    way = row(found, name, year)["to_first"][at]["waterfall"]
    return {" and ".join(each["name"] for each in step["inputs"]): step["change"] for step in way["steps"]}


def assert_adds_up(found: dict[str, Any]) -> int:
    """Assert that the steps of every waterfall add up to the difference exactly, as decimals; return their number."""
    count = 0
    for each in found["figures"]:
        for at, change in enumerate(each["to_first"], 1):
            way = change["waterfall"]
            if way is None:
                continue
            first, other = (each["values"][position]["value"] for position in (0, at))
            # A figure much smaller than the other has no more decimals than that.
            slack = 1e-14 * max(abs(first), abs(other))
            assert (way["from"], way["to"]) == pytest.approx((first, other), rel=0, abs=slack)
            total = sum((Decimal(repr(step["change"])) for step in way["steps"]), Decimal(0))
            assert total == Decimal(repr(way["to"])) - Decimal(repr(way["from"])) == Decimal(repr(change["difference"]))
            afters = [way["from"], *(step["after"] for step in way["steps"])]
            for (before, after), step in zip(itertools.pairwise(afters), way["steps"], strict=True):
                assert Decimal(repr(after)) - Decimal(repr(before)) == Decimal(repr(step["change"]))
            count += 1
    return count


# ---------------------------------------------------------------- parts


def test_parts_side_by_side_with_steps_of_single_parts(tmp_path: Path) -> None:
    found = compared(written(tmp_path, "site.yaml", SITE + CASES), "plan", "dense", "alike")
    assert [each["name"] for each in found["figures"]] == [
        "racks_needed in training", "racks_needed in inference", "site_racks",
    ]  # fmt: skip
    # 50 kW hold 11: 200 / 11 = 19 racks. The cabinet first: 26 to 12 to 19; the servers first: 26 to 40 to 19.
    # The cabinet: (-14 - 21) / 2, the servers (7 + 14) / 2
    wanted = {"rack_power_rated in training": -17.5, "servers_needed in training": 10.5}
    assert steps(found, "racks_needed in training") == steps(found, "site_racks") == wanted
    assert row(found, "racks_needed in inference")["to_first"][0]["waterfall"] is None
    # 300 / 5 = 60 racks, 300 / 2 = 150
    assert steps(found, "site_racks", at=1) == {"servers_needed in inference": 130, "servers_needed in training": 34}
    [step] = row(found, "racks_needed in training")["to_first"][1]["waterfall"]["steps"]
    assert step["inputs"] == [
        {"name": "servers_needed in training", "from": "128 servers", "to": "300 servers"},
    ]  # fmt: skip
    way = row(found, "site_racks")["to_first"][0]["waterfall"]["steps"][0]["inputs"]
    assert way == [{"name": "rack_power_rated in training", "from": "25 kW/rack", "to": "50 kW/rack"}]
    assert assert_adds_up(found) == 5


def test_the_section_and_the_command_compare_parts_alike(tmp_path: Path) -> None:
    text = f"{SITE}{CASES}compare: {{cases: [plan, dense], of: [site_racks, racks_needed in training]}}\n"
    path = written(tmp_path, "site.yaml", text)
    section = calc.run(path).to_dict()["studies"]["compare"]
    assert [each["name"] for each in section["figures"]] == ["site_racks", "racks_needed in training"]
    line = compared(path, "plan", "dense")
    assert {each["name"]: each for each in section["figures"]}.items() <= {
        each["name"]: each for each in line["figures"]
    }.items()


def test_a_shared_input_that_changes_is_one_step(tmp_path: Path) -> None:
    text = f"{SITE}cases: {{plan: {{}}, wide: {{rack_power_rated: 50 kW}}}}\n"
    found = compared(written(tmp_path, "site.yaml", text), "plan", "wide")
    # 12 and 10 racks
    assert steps(found, "site_racks") == {"rack_power_rated": 22 - 46}


def test_a_variant_of_all_parts_is_one_step_and_that_of_one_part_its_own(tmp_path: Path) -> None:
    text = """
inputs: {gpu_peak_bf16: 1000 TFLOP/s/gpu, gpu_peak_fp8: 2000 TFLOP/s/gpu, gpus: 10 gpus}
formulas: {peak: gpu_peak * gpus}
parts: {a: {}, b: {}}
totals: {all_peak: sum of peak}
cases:
  sixteen: {}
  eight: {use: {dtype: fp8}}
  mixed: {parts: {b: {use: {dtype: fp8}}}}
show: [all_peak]
"""
    found = compared(written(tmp_path, "peak.yaml", text), "sixteen", "eight", "mixed")
    assert steps(found, "all_peak") == {"use: dtype": 20_000}
    assert steps(found, "all_peak", at=1) == {"use: dtype in b": 10_000}
    way = row(found, "all_peak")["to_first"][1]["waterfall"]["steps"][0]
    assert way["inputs"] == [{"name": "use: dtype in b", "from": "bf16", "to": "fp8"}]


def test_spreads_of_a_comparison_share_the_draws(tmp_path: Path) -> None:
    text = """
inputs: {rack_power_rated: 20 to 30 kW}
parts: {a: {inputs: {rack_power_derating: 50 to 100 %}}, b: {inputs: {rack_power_derating: 50 %}}}
totals: {usable: sum of rack_power_usable}
cases: {now: {}, later: {parts: {b: {inputs: {rack_power_derating: 70 %}}}}}
show: [usable]
"""
    found = compared(written(tmp_path, "site.yaml", text), "now", "later")
    # a fifth of the cabinet's power, whatever part a draws: from 20 to 30 kW, p10 4.2, p90 5.8
    samples = row(found, "usable")["to_first"][0]["samples"]
    assert (samples["p10"], samples["p90"]) == pytest.approx((4.2, 5.8), rel=1e-3)


# ---------------------------------------------------------------- years

YEARLY = """
years: 2026 to 2029
inputs:
  electricity: {start: 80 USD/MWh, grows: 3 %/year}
  power: {by year: {2026: 1 MW, 2027: 2 MW, 2028: 2 MW, 2029: 2 MW}}
  one_year: 1 year
formulas: {cost: power * electricity * one_year, cost_in_all: total(cost)}
show: [cost, cost_in_all]
"""


def test_yearly_figures_are_compared_year_by_year(tmp_path: Path) -> None:
    text = f"""{YEARLY}
cases:
  plan: {{}}
  later:
    electricity: {{start: 100 USD/MWh, grows: 3 %/year}}
    power: {{by year: {{2026: 1 MW, 2027: 1 MW, 2028: 2 MW, 2029: 2 MW}}}}
"""
    found = compared(written(tmp_path, "cost.yaml", text), "plan", "later")
    assert [(each["name"], each.get("year")) for each in found["figures"]] == [
        *(("cost", year) for year in range(2026, 2030)), ("cost_in_all", None),
    ]  # fmt: skip
    # 1 MW x 8,760 h x 20 USD more
    assert steps(found, "cost", 2026) == {"electricity": 175_200}
    # 2 MW at 82.4 become 1 MW at 103. The price first: 2 x 20.6, then -103; the power first: -82.4, then 20.6.
    # The price: (41.2 + 20.6) / 2 = 30.9, the power: -(103 + 82.4) / 2 = -92.7
    assert steps(found, "cost", 2027) == pytest.approx({"power": -92.7 * 8760, "electricity": 30.9 * 8760})
    inputs = [each["inputs"][0] for each in row(found, "cost", 2027)["to_first"][0]["waterfall"]["steps"]]
    assert inputs == [
        {"name": "power", "from": "2 MW in 2027", "to": "1 MW in 2027"},
        {"name": "electricity", "from": "$80/MWh, grows 3 %/year", "to": "$100/MWh, grows 3 %/year"},
    ]
    # The shares of a sum are the sums of the shares.
    total = {
        name: sum(steps(found, "cost", year).get(name, 0) for year in range(2026, 2030))
        for name in ("power", "electricity")
    }
    assert steps(found, "cost_in_all") == pytest.approx(total)
    assert assert_adds_up(found) == 5


def test_the_table_shows_the_steps_of_the_first_and_the_last_year_and_says_so(tmp_path: Path) -> None:
    text = f"{YEARLY}cases: {{plan: {{}}, dear: {{electricity: 100 USD/MWh, one_year: 2 years}}}}\n"
    done = command("compare", str(written(tmp_path, "cost.yaml", text)), "plan", "dear")
    assert "cost in 2026: from plan to dear" in done.out
    assert "cost in 2027: from" not in done.out
    assert "the steps of the years between are in `--format json`" in " ".join(done.out.split())


def test_one_change_that_makes_every_difference_is_told_once(tmp_path: Path) -> None:
    text = f"{YEARLY}cases: {{plan: {{}}, dear: {{electricity: 100 USD/MWh}}}}\n"
    done = command("compare", str(written(tmp_path, "cost.yaml", text)), "plan", "dear")
    told = " ".join(done.out.split())
    assert told.count("one change alone makes all of these differences: electricity:") == 1
    assert "from plan to dear" not in told


def test_one_year_or_one_part_may_be_asked_for(tmp_path: Path) -> None:
    text = f"{YEARLY}cases: {{plan: {{}}, dear: {{electricity: 100 USD/MWh}}}}\n"
    found = compared(written(tmp_path, "cost.yaml", text), "plan", "dear", "--figure", "cost in 2028,cost_in_all")
    assert [(each["name"], each.get("year")) for each in found["figures"]] == [("cost", 2028), ("cost_in_all", None)]
    found = compared(
        written(tmp_path, "site.yaml", SITE + CASES), "plan", "dense", "--figure", "racks_needed in training"
    )
    assert [each["name"] for each in found["figures"]] == ["racks_needed in training"]


# ---------------------------------------------------------------- files

ONE = """
facts: [dgx-a100]
inputs:
  servers: 125 servers
  electricity_price: 0.08 USD/kWh
  pue: 1.3
  facility_life: 15 years
  server_life: 5 years
  discount_rate: 8 %/year
  average_power_share: 75 %
  gpu_utilisation: 60 %
  facility_capex_per_power: 11.5 USD/W
  colocation_price: 184 USD/kW-month
show: [owning_cost_per_month, owning_cost_per_gpu_hour]
"""
OTHER = """
facts: [dgx-h100]
inputs:
  servers: 100 servers
  electricity_price: 90 USD/MWh
  pue: 1.2
  facility_life: 15 years
  server_life: 4 years
  discount_rate: 8 %/year
  average_power_share: 75 %
  gpu_utilisation: 70 %
  colocation_price: 184 USD/kW-month
  server_price: {value: 0.26 MUSD/server, source: offer}
use: {site: colocation}
show: [owning_cost_per_month, owning_cost_per_gpu_hour]
"""


def test_two_files_differ_in_facts_inputs_and_a_variant_to_the_last_cent(tmp_path: Path) -> None:
    one, other = (
        written(tmp_path, "one.yaml", ONE),
        written(tmp_path, "other.yaml", OTHER),
    )
    found = compared(one, other)
    assert found["cases"] == ["one", "other"]
    names = set(steps(found, "owning_cost_per_month"))
    # A hall of one's own needs its price and a rented one none, so that both change together.
    assert names == {
        "servers", "server_price", "server_power", "server_life", "electricity_price", "pue",
        "facility_capex_per_power and use: site",
    }  # fmt: skip
    # What servers cost alone, by the share of the months: none of it is left in a cost per hour.
    assert set(steps(found, "owning_cost_per_gpu_hour")) == names - {"servers"} | {"gpu_utilisation"}
    assert assert_adds_up(found) == 2
    for each in found["figures"]:
        assert each["to_first"][0]["waterfall"]["method"] == "shapley"


def test_steps_do_not_depend_on_the_order_of_the_lines(tmp_path: Path) -> None:
    lines = OTHER.strip().splitlines()
    turned = "\n".join([*lines[:2], *reversed(lines[2:-2]), *lines[-2:]])
    one = written(tmp_path, "one.yaml", ONE)
    found = [
        steps(compared(one, written(tmp_path, name, text)), "owning_cost_per_month")
        for name, text in (("a.yaml", OTHER), ("b.yaml", turned))
    ]
    assert found[0] == pytest.approx(found[1], rel=1e-9)


def test_an_input_that_only_one_file_gives(tmp_path: Path) -> None:
    text = "facts: [dgx-a100]\ninputs: {rack_power_rated: 25 kW, servers_needed: 250 servers%s}\nshow: [racks_needed]\n"
    one = written(tmp_path, "one.yaml", text % "")
    other = written(tmp_path, "other.yaml", text % ", rack_power_derating: 80 %, server_height: 8 U, rack_height: 16 U")
    found = compared(one, other)
    # 3 of 6.5 kW: 84; 80 %: 20 / 6.5 = 3: 84; 16 / 8 = 2: 125. Without the cabinet's height that of the server says
    # nothing, and with it 6 U of the data sheet and 8 U come to the same.
    [step] = row(found, "racks_needed")["to_first"][0]["waterfall"]["steps"]
    assert step["change"] == 125 - 84
    assert step["inputs"] == [{"name": "rack_height", "from": None, "to": "16 U/rack"}]
    assert assert_adds_up(found) == 1


def test_other_formulas_are_a_step(tmp_path: Path) -> None:
    text = "inputs: {price: %s, count: 3}\nformulas: {cost: %s}\nshow: [cost]\n"
    one = written(tmp_path, "one.yaml", text % ("10 USD", "price * count"))
    other = written(tmp_path, "other.yaml", text % ("20 USD", "price * count + price"))
    found = compared(one, other)
    # 30 to 80: the price 30 or 40, the formula 10 or 20
    assert steps(found, "cost") == {"price": 35, "formulas": 15}


def test_a_formula_and_the_input_that_only_it_needs_are_one_step(tmp_path: Path) -> None:
    one = written(
        tmp_path, "one.yaml", "inputs: {price: 10 USD, count: 3}\nformulas: {cost: price * count}\nshow: [cost]\n"
    )
    text = "inputs: {price: 20 USD, count: 3, extra: 2 USD}\nformulas: {cost: price * count + extra}\nshow: [cost]\n"
    found = compared(one, written(tmp_path, "other.yaml", text))
    assert steps(found, "cost") == {"price": 30, "extra and formulas": 2}


def test_a_figure_in_other_units_is_said_and_not_compared(tmp_path: Path) -> None:
    text = (
        "inputs: {price: %s, count: 3}\nformulas: {cost: price * count, twice: count + count}\nshow: [cost, twice%s]\n"
    )
    one = written(tmp_path, "one.yaml", text % ("10 USD", ", count"))
    other = written(tmp_path, "other.yaml", text % ("10 USD/year", ""))
    found = compared(one, other)
    assert [each["name"] for each in found["figures"]] == ["twice"]
    assert "`cost` is not compared" in found["notes"][0]
    assert "one answers `count`, and other does not" in found["notes"]
    done = command("compare", str(one), str(other))
    assert "`cost` is not compared" in " ".join(done.out.split())


def test_nothing_in_common_is_an_error_that_says_why(tmp_path: Path) -> None:
    one = written(tmp_path, "one.yaml", "inputs: {a: 1, b: 2}\nformulas: {c: a * b}\nshow: [c]\n")
    other = written(tmp_path, "other.yaml", "inputs: {a: 1, b: 2}\nformulas: {d: a * b}\nshow: [d]\n")
    done = command("compare", str(one), str(other))
    assert done.code == 2
    assert "E-NOTHING" in done.err
    assert "one answers `c`, and other does not" in done.err


def test_files_that_look_at_other_years(tmp_path: Path) -> None:
    one = written(
        tmp_path, "one.yaml", YEARLY.replace("{by year: {2026: 1 MW, 2027: 2 MW, 2028: 2 MW, 2029: 2 MW}}", "2 MW")
    )
    text = YEARLY.replace("2026 to 2029", "2027 to 2030").replace("80 USD", "90 USD")
    other = written(
        tmp_path, "other.yaml", text.replace("{by year: {2026: 1 MW, 2027: 2 MW, 2028: 2 MW, 2029: 2 MW}}", "2 MW")
    )
    found = compared(one, other)
    assert [each.get("year") for each in found["figures"]] == [2027, 2028, 2029, None]
    assert "one looks at 2026 to 2029, other at 2027 to 2030" in found["notes"]
    # The price grows from the first year on, 2027 in the other: 2 MW x 8,760 h x (82.4 to 90)
    changes = steps(found, "cost", 2027)
    assert sum(changes.values()) == pytest.approx(2 * 8760 * (90 - 82.4))
    # With the price of 2026 first the years lower it by 2.4, with that of 2027 by 2.7.
    assert changes == pytest.approx({"years": -2 * 8760 * 2.55, "electricity": 2 * 8760 * 10.15})
    assert steps(found, "cost_in_all") == pytest.approx({"electricity": 2 * 8760 * 10 * (1.03**4 - 1) / 0.03})
    assert assert_adds_up(found) == 4


def test_a_value_by_year_that_lacks_the_other_years_changes_with_them(tmp_path: Path) -> None:
    one = written(tmp_path, "one.yaml", YEARLY)
    text = YEARLY.replace("2026 to 2029", "2026 to 2027").replace(", 2028: 2 MW, 2029: 2 MW", "")
    found = compared(one, written(tmp_path, "other.yaml", text))
    assert [each.get("year") for each in found["figures"]] == [2026, 2027, None]
    assert steps(found, "cost_in_all") == pytest.approx({"power and years": -2 * 8760 * 80 * (1.03**2 + 1.03**3)})
    assert assert_adds_up(found) == 1


def test_files_of_one_name_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    text = "inputs: {a: %s, b: 2}\nformulas: {c: a * b}\nshow: [c]\n"
    one, other = written(tmp_path, "a/x.yaml", text % "1"), written(tmp_path, "b/x.yaml", text % "3")
    assert compared(one, other)["cases"] == [str(one), str(other)]


def test_many_changes_are_made_in_one_order_and_add_up(tmp_path: Path) -> None:
    names = [f"x{at}" for at in range(14)]
    formulas = f"formulas: {{product: {' * '.join(names)}}}\nshow: [product]\n"
    one = "inputs: {" + ", ".join(f"{name}: 1.1" for name in names) + "}\n" + formulas
    other = "inputs: {" + ", ".join(f"{name}: {1 + at / 7}" for at, name in enumerate(names)) + "}\n" + formulas
    found = compared(written(tmp_path, "one.yaml", one), written(tmp_path, "other.yaml", other))
    way = row(found, "product")["to_first"][0]["waterfall"]
    assert way["method"] == "sequential"
    assert [step["inputs"][0]["name"] for step in way["steps"]] == names
    # The first change alone: 1.1 to 1 beside 1.1^13
    assert way["steps"][0]["change"] == pytest.approx(-0.1 * 1.1**13, rel=1e-10)
    assert assert_adds_up(found) == 1


def test_figures_of_very_different_size_still_add_up(tmp_path: Path) -> None:
    text = "inputs: {a: %s USD, b: %s, c: %s}\nformulas: {d: a * b / c}\nshow: [d]\n"
    one = written(tmp_path, "one.yaml", text % ("1234567.8912345", "3.3", "0.7"))
    other = written(tmp_path, "other.yaml", text % ("0.0123456789", "1.7", "3.1"))
    assert assert_adds_up(compared(one, other)) == 1


def test_an_input_that_has_no_effect_is_no_step(tmp_path: Path) -> None:
    text = 'inputs: {a: %s, b: %s}\nformulas: {c: "minimum(a, b)"}\nshow: [c]\n'
    one, other = written(tmp_path, "one.yaml", text % ("1", "5")), written(tmp_path, "other.yaml", text % ("2", "6"))
    assert steps(compared(one, other), "c") == {"a": 1}


def test_a_difference_is_that_of_the_figures_and_rounding_is_none() -> None:
    # 0.1 + 0.2 is 0.30000000000000004; -0.1 - 0.2 is as far from 0, and 0.6 away.
    pairs = {
        "first": ("0.1", "0.2"),
        "as good as alike": ("0.3", "0"),
        "below": ("-0.1", "-0.2"),
        "near": ("0.1", "0.201"),
    }
    cases = {name: {"a": a, "b": b} for name, (a, b) in pairs.items()}
    given = {"formulas": {"c": "a + b"}, "show": ["c"], "cases": cases, "compare": {"cases": list(cases)}}
    found = calc.run(given).to_dict()["studies"]["compare"]
    differences = [each["difference"] for each in row(found, "c")["to_first"]]
    assert differences == [0.0, pytest.approx(-0.6), pytest.approx(0.001)]


def test_a_figure_that_the_changes_do_not_lead_to_is_one_step() -> None:
    problems = Problems()
    text = "formulas: {c: a + b}\nshow: [c]\ncases: {one: {a: 1, b: 2}, other: {a: 3, b: 4}}\n"
    text += "compare: {cases: [one, other]}\n"
    scenario = resolve(load_text(text, "two.yaml", problems), Options(), problems)
    first, second = (Side(case.name, scenario, case) for case in scenario.studies.cases("compare"))
    # 1 + 2 and 3 + 4; somebody else's figures are 5 apart, and no step leads from one to the other.
    [way] = explain(first, second, "c", [None], [(3.0, 7.0)])
    assert (way.method, [each.change for each in way.steps]) == ("shapley", [2.0, 2.0])
    [way] = explain(first, second, "c", [None], [(3.0, 8.0)])
    assert (way.method, way.steps) == ("together", (Step(("a", "b"), 5.0, 8.0),))


def test_a_case_without_value_has_no_steps(tmp_path: Path) -> None:
    text = f"{SITE}cases: {{plan: {{}}, small: {{rack_power_rated: 8 kW}}}}\n"
    found = compared(written(tmp_path, "site.yaml", text), "plan", "small")
    change = row(found, "site_racks")["to_first"][0]
    assert (change["difference"], change["ratio"], change["waterfall"]) == (None, None, None)
    assert row(found, "site_racks")["values"][1]["text"] == "no value"


def test_changes_that_only_work_together_are_one_step(tmp_path: Path) -> None:
    # No server of 10.2 kW fits into 8 kW, so that the change of one alone has no value.
    text = """
inputs: {servers_needed: 40 servers}
cases:
  small: {rack_power_rated: 8 kW, server_power: 4 kW}
  large: {rack_power_rated: 31 kW, server_power: 10.2 kW}
show: [racks_needed]
"""
    found = compared(written(tmp_path, "racks.yaml", text), "small", "large")
    way = row(found, "racks_needed")["to_first"][0]["waterfall"]
    # 2 of 4 kW: 20 racks, 3 of 10.2 kW: 14
    assert (way["method"], [step["change"] for step in way["steps"]]) == ("together", [-6])
    assert [each["name"] for each in way["steps"][0]["inputs"]] == ["rack_power_rated", "server_power"]


@pytest.mark.parametrize(
    "words",
    [
        ("own-colo-rent", "own hall", "abilene", "as published"),
        ("own-colo-rent", "own hall", "colocation"),
        ("gpt3", "FLOP and rate", "devices and days"),
        ("own-colo-rent", "own hall", "h100-cluster-4-years", "own hall"),
        ("fifty-million", "as planned", "train-on-fifty-million", "rented", "--figure", "gpu_hours_rentable"),
    ],
)
def test_shipped_scenarios_are_compared_to_the_last_digit(words: tuple[str, ...]) -> None:
    found = compared(*words, "--samples", "100")
    assert assert_adds_up(found) > 0


def test_samples_of_all_sides_are_sized_before_they_are_drawn(tmp_path: Path) -> None:
    text = "inputs: {server_power: 4 to 5 kW}\ncases: {a: {rack_power_rated: 20 kW}, b: {rack_power_rated: 25 kW}}\n"
    path = written(tmp_path, "large.yaml", f"{text}show: [servers_per_rack]\n")
    done = command("compare", str(path), "--samples", "300000000000")
    assert done.code == 2
    # two sides of 300 billion numbers of 8 bytes
    assert "error[E-TOO-LARGE]: 300,000,000,000 samples of 2 quantities are 4,800.0 GB" in done.err
