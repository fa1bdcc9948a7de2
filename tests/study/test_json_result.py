"""The JSON result: keys of its schema, values in declared units, no NaN, nulls where there is nothing to say."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from shipped import answered

from calc import __version__
from calc.errors import Problems
from calc.files import data_folder
from calc.report.json import render
from calc.scenario.load import load, shipped_scenarios
from calc.scenario.resolve import Options, resolve
from calc.study.answer import answer

if TYPE_CHECKING:
    from pathlib import Path

    from calc.study.results import Answer


def _refuse(constant: str) -> NoReturn:
    raise AssertionError(constant)


def result(name: str) -> dict[str, Any]:
    problems = Problems()
    return read(answer(resolve(load(name, problems), Options(), problems)))


def read(told: Answer) -> dict[str, Any]:
    text = render(told)
    assert text.endswith("}\n")
    found: dict[str, Any] = json.loads(text, parse_constant=_refuse)
    return found


def result_of(folder: Path, text: str) -> dict[str, Any]:
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    return result(str(path))


@pytest.mark.parametrize("name", shipped_scenarios())
def test_schema_of_every_shipped_scenario(name: str) -> None:
    found = read(answered(name))
    assert {"schema", "calc_version", "scenario", "uncertainty", "cases", "warnings"} <= set(found)
    assert (found["schema"], found["calc_version"]) == ("calc.run/1", __version__)
    data = (data_folder("scenarios") / f"{name}.yaml").read_bytes()
    assert found["scenario"]["path"] == name
    assert found["scenario"]["title"]
    assert found["scenario"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert all(isinstance(each, str) for each in found["warnings"])
    for case in found["cases"]:
        assert {"name", "results", "inputs", "not_included", "checks"} <= set(case)
        for each in case["results"].values():
            assert {"value", "unit", "text", "status", "formula", "mean", "p10", "p50", "p90"} <= set(each)
            assert each["status"] in {"derived", "given", "default", "overridden", "not included"}
            assert (each["value"] is None) == ("reason" in each)
        for each in case["inputs"].values():
            assert {"value", "unit", "status", "source", "fact", "place", "distribution"} <= set(each)
            assert each["status"] in {"given", "default", "overridden"}
            assert isinstance(each["value"], float)
            # Every number has a source or a place to be found at.
            assert each["source"] or each["place"]
        for each in case["checks"]:
            assert {"check", "passed", "value", "probability"} <= set(each)


CABINET = """\
title: Cabinets
facts: [lingang-a100-server]
inputs: {rack_power_rated: {value: 25000 W, source: survey, note: rounded}, servers_needed: 1000 servers}
show: [servers_per_rack, rack_power_stranded, racks_needed]
checks: [rack_power_stranded <= 4000 W]
"""


def test_results_inputs_and_checks_of_a_certain_case(tmp_path: Path) -> None:
    found = result_of(tmp_path, CABINET)
    assert found["uncertainty"] is None
    (case,) = found["cases"]
    assert case["name"] == "base"
    assert list(case["results"]) == ["servers_per_rack", "rack_power_stranded", "racks_needed"]
    # 25 / 4.5 = 5.6 servers; 25 - 22.5 = 2.5 kW; 1,000 / 5 = 200 racks
    assert case["results"]["servers_per_rack"] == {
        "value": 5.0,
        "unit": "server/rack",
        "text": "5 servers/rack",
        "headline": "5 servers/rack",
        "status": "derived",
        "formula": case["results"]["servers_per_rack"]["formula"],
        "left_out": [
            "rack_power_reserved", "rack_height", "server_height", "rack_weight_limit", "server_weight",
            "floor_load_limit", "floor_area_per_rack", "rack_air_cooling", "liquid_share", "feed_voltage",
        ],
        "mean": None,
        "p10": None,
        "p50": None,
        "p90": None,
    }  # fmt: skip
    limits = set(re.findall(r"servers_per_rack_by_\w+", case["results"]["servers_per_rack"]["formula"]))
    ways = ("power", "space", "weight", "floor_load", "air_cooling", "liquid_cooling")
    assert limits == {f"servers_per_rack_by_{each}" for each in ways}
    stranded = case["results"]["rack_power_stranded"]
    assert (stranded["value"], stranded["unit"], stranded["text"]) == (2.5, "kW/rack", "2.5 kW/rack")
    assert case["results"]["racks_needed"]["value"] == 200
    rated = case["inputs"]["rack_power_rated"]
    assert (rated["value"], rated["unit"]) == (25.0, "kW/rack")
    assert (rated["status"], rated["source"], rated["note"], rated["fact"]) == ("given", "survey", "rounded", None)
    assert rated["place"].endswith("scenario.yaml:3:36")
    power = case["inputs"]["server_power"]
    assert (power["value"], power["unit"], power["status"], power["place"]) == (4.5, "kW/server", "default", None)
    assert power["fact"] == "lingang-a100-server.server_power"
    assert power["distribution"] is None
    assert set(case["not_included"]) == set(case["results"]["servers_per_rack"]["left_out"])
    (check,) = case["checks"]
    assert (check["check"], check["passed"]) == ("rack_power_stranded <= 4000 W", True)
    assert (check["value"], check["probability"]) == (2.5, None)


def test_value_is_in_the_declared_unit_whatever_unit_was_written(tmp_path: Path) -> None:
    text = "inputs: {compute_budget: 0.02 BUSD, gpu_hour_price: 48 USD/gpu/day, programme_duration: 24 months}\n"
    (case,) = result_of(tmp_path, f"{text}show: [gpu_hours_rentable, programme_duration]\n")["cases"]
    # 20,000,000 / 2
    assert case["results"]["gpu_hours_rentable"]["value"] == pytest.approx(1e7, rel=1e-14)
    assert case["results"]["gpu_hours_rentable"]["unit"] == "gpu*hour"
    duration = case["results"]["programme_duration"]
    assert (duration["value"], duration["unit"], duration["status"]) == (2.0, "year", "given")
    assert case["inputs"]["gpu_hour_price"]["value"] == 2.0
    assert case["inputs"]["compute_budget"]["value"] == 20e6


def test_no_value_is_null_with_a_reason(tmp_path: Path) -> None:
    (case,) = result_of(tmp_path, CABINET.replace("25000 W", "4 kW"))["cases"]
    racks = case["results"]["racks_needed"]
    assert (racks["value"], racks["reason"], racks["text"]) == (None, "servers_per_rack is 0", "no value")
    assert case["results"]["servers_per_rack"]["value"] == 0
    assert "reason" not in case["results"]["servers_per_rack"]


def test_not_included_is_null_with_a_reason(tmp_path: Path) -> None:
    (case,) = result_of(tmp_path, CABINET.replace("racks_needed]", "floor_area]"))["cases"]
    assert case["results"]["floor_area"]["value"] is None
    assert "`floor_area_per_rack` is not given" in case["results"]["floor_area"]["reason"]


UNCERTAIN = """\
inputs:
  rack_power_rated: 10 kW
  server_power: {low: 4 kW, likely: 5 kW, high: 8 kW}
  servers_needed: 90 servers
show: [servers_per_rack, rack_power_drawn, racks_needed]
uncertainty: {samples: 4000, seed: 3}
"""


def test_uncertain_inputs_give_distributions_and_statistics(tmp_path: Path) -> None:
    found = result_of(tmp_path, UNCERTAIN)
    assert found["uncertainty"] == {"samples": 4000, "seed": 3, "method": "sobol"}
    (case,) = found["cases"]
    assert case["inputs"]["server_power"]["distribution"] == {
        "kind": "triangular",
        "low": 4.0,
        "likely": 5.0,
        "high": 8.0,
    }
    assert case["inputs"]["rack_power_rated"]["distribution"] is None
    drawn = case["results"]["rack_power_drawn"]
    assert drawn["value"] == 10.0
    # Two servers of up to 5 kW, else one of 5 to 8 kW: between 5 and 10 kW, in the declared unit.
    assert 5 <= drawn["p10"] <= drawn["p50"] <= drawn["p90"] <= 10
    assert drawn["p10"] < drawn["mean"] < drawn["p90"]
    # Half of 90 or all of them; at most a quarter of the samples fit two: p = (5 - 4)^2 / (4 x 1) = 1/4.
    racks = case["results"]["racks_needed"]
    assert (racks["value"], racks["p10"], racks["p50"], racks["p90"]) == (45, 45, 90, 90)
    assert "share_without_value" not in racks


def test_an_uncertain_input_that_no_figure_needs_leaves_no_uncertainty(tmp_path: Path) -> None:
    found = result_of(
        tmp_path, UNCERTAIN.replace("servers_per_rack, rack_power_drawn, racks_needed", "rack_power_usable")
    )
    assert found["uncertainty"] is None
    assert found["cases"][0]["results"]["rack_power_usable"]["p50"] is None


def test_statistics_are_of_the_samples_with_a_value_beside_the_share_of_the_others(tmp_path: Path) -> None:
    (case,) = result_of(tmp_path, UNCERTAIN.replace("rack_power_rated: 10 kW", "rack_power_rated: 6 kW"))["cases"]
    racks = case["results"]["racks_needed"]
    # One server of 5 kW fits into 6 kW: 90 racks. Above 6 kW none does: p = (8 - 6)^2 / (4 x 3) = 1/3.
    assert racks["value"] == 90
    assert [racks[each] for each in ("mean", "p10", "p50", "p90")] == [90] * 4
    assert racks["headline"].startswith("90 racks, no value in 33")
    # Standard error sqrt(1/3 x 2/3 / 4000) = 0.00745
    assert racks["share_without_value"] == pytest.approx(1 / 3, abs=4 * 0.00745)
    assert case["results"]["servers_per_rack"]["p10"] == 0
    assert "share_without_value" not in case["results"]["servers_per_rack"]


def test_cases_stand_in_the_order_written(tmp_path: Path) -> None:
    found = result_of(tmp_path, f"{CABINET}cases: {{z: {{}}, a: {{rack_power_rated: 5 kW}}, m: {{}}}}\n")
    assert [case["name"] for case in found["cases"]] == ["z", "a", "m"]


def test_text_of_people_stays_as_written(tmp_path: Path) -> None:
    found = result_of(tmp_path, CABINET.replace("title: Cabinets", 'title: "機櫃 “5 kW” — ü"'))
    assert found["scenario"]["title"] == "機櫃 “5 kW” — ü"
