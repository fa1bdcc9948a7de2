"""The schema for editors and the scenarios to begin with."""

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest
import yaml
from calc_command import calc

from calc.engine.catalogue import known_catalogue
from calc.scenario.load import shipped_scenarios
from calc.scenario.schema import scenario_schema
from calc.scenario.sections import SECTIONS

SCHEMA = scenario_schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def test_the_schema_is_one_and_covers_every_section_and_quantity() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert set(SCHEMA["properties"]) == set(SECTIONS)
    inputs = SCHEMA["properties"]["inputs"]["properties"]
    assert set(inputs) == set(known_catalogue().quantities)
    assert inputs["server_power"] == {"$ref": "#/definitions/quantities/server_power"}
    described = SCHEMA["definitions"]["quantities"]["server_power"]["description"]
    assert described == "Power that one server draws at full load (kW/server)."


def loaded(text: str) -> object:
    """Return what YAML says as an editor reads it: keys are texts, also where they are years, and dates are texts."""
    return json.loads(json.dumps(yaml.safe_load(text), default=date.isoformat))


@pytest.mark.parametrize("name", shipped_scenarios())
def test_every_shipped_scenario_is_valid(name: str) -> None:
    found = loaded(shipped_scenarios()[name].read_text(encoding="utf-8"))
    assert list(VALIDATOR.iter_errors(found)) == []


@pytest.mark.parametrize(
    "text",
    [
        "inptus: {}",
        "uncertainty: {sample: 5}",
        "uncertainty: {seed: 9223372036854775808}",
        "facts: [dgx-a10]",
        "facts: dgx-a10",
        "cases: {a: {facts: [dgx-a10]}}",
        "parts: {a: {facts: [dgx-a10], inputs: {servers: 2 servers}}}",
        "inputs: {electricity_price: {fact by year: region-uss.electricity_price}}",
        "cases: {a: {server_power: {value: {fact: no.such_fact}}}}",
        "use: {gpu_hours_affordable: never}",
        "inputs: {server_power: [1 kW]}",
        "inputs: {server_power: {low: 1 kW, high: 2 kW}}",
        "inputs: {server_power: {fact: no.such_fact}}",
        "inputs: {server_powr: 1 kW}",
        "inputs: {server_power: 4.5}",
        "years: soon",
        "show: [Servers]",
        "- a list",
    ],
)
def test_slips_are_marked(text: str) -> None:
    assert list(VALIDATOR.iter_errors(yaml.safe_load(text)))


@pytest.mark.parametrize(
    "text",
    [
        "facts_from: [prices.csv]\nfacts: [our-hall]\ninputs: {pue: {fact: our-hall.pue}}",
        "facts_from: prices.csv\ncases: {a: {facts: our-hall, pue: {value: {fact: our-hall.pue}}}}",
        "extends: base.yaml\nparts: {a: {facts: [our-hall]}}",
        "facts_from: [p.csv]\ninputs: {electricity_price: {fact by year: our-hall.electricity_price}}",
        # Names of cases that are words of the language.
        "cases: {fact: {facts: [dgx-a100]}, facts: {server_power: 4 kW}}",
    ],
)
def test_what_files_bring_is_no_slip(text: str) -> None:
    assert list(VALIDATOR.iter_errors(yaml.safe_load(text))) == []


@pytest.mark.parametrize("text", ["parts: {one: , two: {facts: [dgx-a100]}}", "cases: {as it is: }"])
def test_a_part_and_a_case_may_be_empty(text: str) -> None:
    assert list(VALIDATOR.iter_errors(loaded(f"show: [gpus]\n{text}"))) == []


def test_the_command_prints_the_schema(tmp_path: Path) -> None:
    assert json.loads(calc("schema", cwd=tmp_path).out) == SCHEMA
    assert calc("schema", "-o", "calc.schema.json", cwd=tmp_path).code == 0
    assert json.loads((tmp_path / "calc.schema.json").read_text(encoding="utf-8")) == SCHEMA


@pytest.mark.parametrize("source", [None, *shipped_scenarios()])
def test_a_new_scenario_is_valid_and_keeps_its_promises(tmp_path: Path, source: str | None) -> None:
    options = ["--from", source] if source else []
    assert calc("new", *options, "-o", "mine.yaml", cwd=tmp_path).code == 0
    text = (tmp_path / "mine.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=calc.schema.json\n")
    assert list(VALIDATOR.iter_errors(loaded(text))) == []
    checked = calc("check", "mine.yaml", cwd=tmp_path)
    assert (checked.code, checked.out, checked.err) == (0, "", "")


def test_new_refuses_what_does_not_ship(tmp_path: Path) -> None:
    done = calc("new", "--from", "lingang-rack", cwd=tmp_path)
    assert done.code == 2
    assert "did you mean `lingang-racks` or `lingang-hall`?" in done.err
