"""The YAML language server, which editors run, completes and checks a scenario with the schema of `calc schema`.

It comes from npm and is no part of the test extra:

    npm install --prefix .npm yaml-language-server
    CALC_YAML_LANGUAGE_SERVER=.npm/node_modules/.bin/yaml-language-server pytest -m editor
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from language_client import LanguageClient

from calc.engine.catalogue import known_catalogue
from calc.facts import DEFAULTS, standard_facts
from calc.report.json import as_json
from calc.scenario.load import shipped_scenarios
from calc.scenario.schema import scenario_schema
from calc.scenario.sections import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER = os.environ.get("CALC_YAML_LANGUAGE_SERVER") or shutil.which("yaml-language-server")
LINE = "# yaml-language-server: $schema=calc.schema.json\n"

pytestmark = [
    pytest.mark.editor,
    pytest.mark.skipif(
        SERVER is None, reason="needs yaml-language-server from npm; CONTRIBUTING.md (Editor) says how to get it"
    ),
]


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageClient]:
    folder = tmp_path_factory.mktemp("editor")
    (folder / "calc.schema.json").write_text(as_json(scenario_schema()), encoding="utf-8")
    with LanguageClient(os.path.abspath(SERVER or ""), folder) as client:  # noqa: PTH100  # a bare name stays one
        yield client


@pytest.mark.parametrize("name", shipped_scenarios())
def test_a_shipped_scenario_has_no_slips(editor: LanguageClient, name: str) -> None:
    assert editor.slips(LINE + shipped_scenarios()[name].read_text(encoding="utf-8")) == []


def test_sections_are_offered(editor: LanguageClient) -> None:
    assert sorted(editor.offered(f"{LINE}|")) == sorted(SECTIONS)


@pytest.mark.parametrize(
    "before",
    ["inputs:\n  |", "inputs:\n  server_po|", "cases:\n  large:\n    |", "cases:\n  large: {rack|}", "show: [|]",
     "show:\n  - |", "expect:\n  |", "expect:\n  large:\n    |", "parts:\n  training:\n    inputs:\n      |"],
)  # fmt: skip
def test_quantities_are_offered(editor: LanguageClient, before: str) -> None:
    found = editor.offered(LINE + before)
    assert set(known_catalogue().quantities) <= set(found)
    assert len(found) == len(set(found))


@pytest.mark.parametrize("before", ["facts: [|]", "facts:\n  - |", "cases:\n  large:\n    facts:\n      - |"])
def test_bundles_are_offered(editor: LanguageClient, before: str) -> None:
    assert set(editor.offered(LINE + before)) == set(standard_facts().subjects) - {DEFAULTS}


def test_facts_variants_and_options_are_offered(editor: LanguageClient) -> None:
    assert editor.offered(f"{LINE}use:\n  gpu_hours_affordable: |") == ["from_the_first_day", "even_delivery"]
    assert set(editor.offered(f"{LINE}use:\n  dtype: |")) == set(known_catalogue().choices["dtype"].options)
    assert set(editor.offered(f"{LINE}inputs:\n  server_power: {{fact: |}}")) == set(standard_facts().by_id)


def test_forms_of_a_value_are_offered(editor: LanguageClient) -> None:
    found = editor.offered(f"{LINE}inputs:\n  server_power: |")
    assert found == [
        "10 kW", "value and source", "low, likely and high", "low, median and high", "p10 and p90",
        "p10, median and p90", "mean and sd", "start and growth",
    ]  # fmt: skip
    assert {"value", "source", "note", "low", "likely", "p10", "fact"} <= set(
        editor.offered(f"{LINE}inputs:\n  server_power:\n    |")
    )
    assert {"source", "note"} <= set(editor.offered(f"{LINE}inputs:\n  server_power: {{value: 4.5 kW, s|}}"))


@pytest.mark.parametrize(
    "before",
    ["inputs:\n  server_p|ower: 4.5 kW", "inputs:\n  server_p|ower: {value: 4.5 kW, source: list}",
     "cases:\n  large: {server_p|ower: 4.5 kW}"],
)  # fmt: skip
def test_a_quantity_is_explained(editor: LanguageClient, before: str) -> None:
    assert "Power that one server draws at full load (kW/server)." in editor.shown(LINE + before)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_is_explained(editor: LanguageClient, section: str) -> None:
    described = scenario_schema()["properties"][section]["description"].replace("`", r"\`")
    value = {"title": "x", "question": "x", "extends": "lingang-racks", "years": "2026"}.get(section)
    lists = {"models", "facts", "show", "checks"}
    shown = editor.shown(f"{LINE}{section[:2]}|{section[2:]}: {value or ('[]' if section in lists else '{}')}")
    assert described in shown


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("inptus: {}", "Property inptus is not allowed"),
        ("inputs: {server_powr: 4.5 kW}", "this is no quantity"),
        ("inputs: {server_power: 4.5}", "a number needs its unit, as in `10 kW`"),
        ("facts: [dgx-a10]", "Value is not accepted"),
        ("use: {gpu_hours_affordable: never}", "Value is not accepted"),
        ("use: {gpu_hours: even_delivery}", "is not allowed"),
        ("inputs: {server_power: {fact: no.such}}", "Value is not accepted"),
        ("inputs: {server_power: [4.5 kW]}", "number needs its unit"),
        ("uncertainty: {sample: 5}", "Property sample is not allowed"),
        ("show: {}", "Incorrect type"),
        ("title: a\ntitle: b", "Map keys must be unique"),
    ],
)
def test_a_slip_is_marked(editor: LanguageClient, text: str, words: str) -> None:
    assert any(words in each for each in editor.slips(LINE + text))


@pytest.mark.parametrize(
    "text",
    [
        "inputs: {cost: 4 USD}\nformulas: {double: cost * 2}",
        "extends: lingang-racks\ninputs: {servers_stated: 4 servers/rack}",
        "inputs: {rack_power_derating: 0.8, mfu: 40 %}\nmodels: [./own.py]",
        "years: 2026 to 2030\ninputs: {electricity: {start: 80 USD/MWh, grows: 3 %/year}}\nformulas: {e: electricity}",
        "inputs: {server_price: {by year: {2026: 1 kUSD/server, 2027: {low: 1 USD, likely: 2 USD, high: 3 USD}}}}",
        "parts: {a: {facts: [dgx-a100], inputs: {servers_needed: 4 servers}}}\ntotals: {all: sum of racks_needed}",
        "cases: {a: {}, b: }\nexpect: {a: {racks_needed: no value, servers_per_rack: {value: 4, within: 1 %}}}",
    ],
)
def test_what_calc_takes_is_no_slip(editor: LanguageClient, text: str) -> None:
    assert editor.slips(LINE + text) == []
