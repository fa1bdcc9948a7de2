"""JSON Schema of a scenario file, for editors: every section, every quantity with its text and unit, examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.plugins import known_catalogue
from calc.facts import DEFAULTS, standard_facts
from calc.scenario.document import MAX_SAMPLES, METHODS
from calc.scenario.load import shipped_scenarios
from calc.scenario.schema_studies import study_schemas
from calc.scenario.schema_values import promise_schema, quantity_schema, value_schema

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue

_TEXT = {"type": "string"}
_OWN_NAME = "^[a-z_][a-z0-9_]*$"
# A scenario has names of its own where one of these sections stands; elsewhere an unknown name is a slip.
_NAMING = ("formulas", "models", "extends", "totals")


def scenario_schema() -> dict[str, Any]:
    """Return the schema (draft 7) as a dictionary; it is made from the catalogue and the facts, so it cannot drift."""
    catalogue, facts = known_catalogue(), standard_facts()
    names = list(catalogue.quantities)
    message = "this is no quantity; inputs of your own need `formulas` that use them"
    only_known = {"propertyNames": {"enum": names, "errorMessage": message}}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "calc.schema.json",
        "title": "calc scenario",
        "description": "Assumptions about AI infrastructure with units and sources, and the figures asked for.",
        "type": "object",
        "additionalProperties": False,
        "properties": _sections(catalogue, [subject for subject in facts.subjects if subject != DEFAULTS]),
        "if": {"not": {"anyOf": [{"required": [name]} for name in _NAMING]}},
        # As a pattern, because an editor would offer a second `inputs` for a property.
        "then": {"patternProperties": {"^inputs$": only_known}},
        "definitions": {
            "quantities": {name: quantity_schema(each) for name, each in catalogue.quantities.items()},
            "value": value_schema(facts.by_id, facts.series_names()),
            "promise": promise_schema(),
        },
    }


def _sections(catalogue: Catalogue, bundles: list[str]) -> dict[str, Any]:
    names = list(catalogue.quantities)
    given = {name: {"$ref": f"#/definitions/quantities/{name}"} for name in names}
    other = {"$ref": "#/definitions/value"}
    facts = {
        "type": "array",
        "items": {"title": "bundle of facts", "enum": bundles},
        "description": "Bundles of sourced facts that fill inputs; `inputs` win over them.",
        "examples": [["dgx-a100"]],
    }
    use = _use(catalogue)
    inputs = {
        "type": "object",
        "description": "Given values; a given value wins over a formula of the same name.",
        "properties": given,
        "additionalProperties": other,
    }
    part = {
        "type": ["object", "null"],
        "properties": {"facts": facts, "use": use, "inputs": inputs},
        "additionalProperties": False,
    }
    parts = {
        "type": "object",
        "description": "Several clusters or sites, by name; what stands outside holds for all of them.",
        "additionalProperties": part,
    }
    promise = {"$ref": "#/definitions/promise"}
    promises = {"type": "object", "properties": dict.fromkeys(names, promise)}
    known = {"title": "quantity", "enum": names}
    return {
        "title": {**_TEXT, "description": "What the scenario is about.", "examples": ["Which cabinet?"]},
        "question": {**_TEXT, "description": "The question in full."},
        "extends": {
            **_TEXT,
            "description": "A scenario to change: a shipped one by name, or a file in the same folder or below it.",
            "examples": [*shipped_scenarios(), "cabinets.yaml"],
        },
        "models": {
            "type": "array",
            "items": _TEXT,
            "description": "Python files with own inputs and formulas; they run only with --allow-models.",
            "examples": [["./my_rack.py"]],
        },
        "facts": facts,
        "use": use,
        "inputs": inputs,
        "formulas": {
            "type": "object",
            "description": "Your own figures in one line.",
            "additionalProperties": _TEXT,
            "propertyNames": {"pattern": _OWN_NAME},
            "examples": [{"cost_per_gpu": "server_price / gpus_per_server"}],
        },
        "parts": parts,
        "totals": {
            "type": "object",
            "description": "Sums over the parts.",
            "additionalProperties": {"type": "string", "pattern": r"^\s*sum of [a-z_][a-z0-9_]*\s*$"},
            "propertyNames": {"pattern": _OWN_NAME},
            "examples": [{"site_power": "sum of facility_power"}],
        },
        "cases": {
            "type": "object",
            "description": "Choices side by side, by name.",
            "additionalProperties": {
                "type": ["object", "null"],
                "properties": {"facts": facts, "use": use, "parts": parts, **given},
                "additionalProperties": other,
            },
        },
        "years": {
            "type": ["string", "integer"],
            "pattern": r"^\s*\d{4}(\s+to\s+\d{4})?\s*$",
            "description": "The years that the scenario looks at.",
            "examples": ["2026 to 2030"],
        },
        "show": {
            "type": "array",
            "items": {"anyOf": [known, {"title": "own figure", "type": "string", "pattern": _OWN_NAME}]},
            "description": "The figures to answer, in order.",
        },
        **study_schemas(names),
        "checks": {
            "type": "array",
            "items": _TEXT,
            "description": "Conditions that must hold.",
            "examples": [["rack_power_stranded <= 4 kW", "racks_needed <= 20 racks with 80 % confidence"]],
        },
        "expect": {
            **promises,
            "description": "Figures that this file promises; with cases, under the names of the cases.",
            "additionalProperties": {
                "anyOf": [promise, {**promises, "additionalProperties": {"anyOf": [promise, promises]}}]
            },
        },
        "uncertainty": {
            "type": "object",
            "description": "How the uncertain inputs are sampled.",
            "additionalProperties": False,
            "properties": {
                "samples": {
                    "type": ["integer", "string"],
                    "maximum": MAX_SAMPLES,
                    "minimum": 1,
                    "description": "How many samples are drawn.",
                    "examples": [20000],
                },
                "seed": {
                    "type": ["integer", "string"],
                    "minimum": 0,
                    "description": "Which samples are drawn.",
                    "examples": [7],
                },
                "method": {"enum": list(METHODS), "description": "Sobol points, or pseudo-random samples."},
                "correlate": {
                    "type": "object",
                    "description": "Rank correlations of pairs of uncertain inputs.",
                    "propertyNames": {"pattern": r"^\s*[a-z_][a-z0-9_]*\s+with\s+[a-z_][a-z0-9_]*\s*$"},
                    "additionalProperties": {"type": ["number", "string"]},
                    "examples": [{"mfu with effective_time_share": 0.5}],
                },
            },
        },
        "table": _table(),
        "sources": {
            "type": "object",
            "description": "Sources by key, to be referred to from `source`.",
            "additionalProperties": {"anyOf": [_TEXT, _SOURCE]},
        },
    }


_SOURCE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["title"],
    "properties": {"title": _TEXT, "url": _TEXT, "date": {"type": ["string", "number"]}},
}


def _table() -> dict[str, Any]:
    names = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
    line = {
        "type": "object",
        "additionalProperties": False,
        "required": ["scenario", "computed"],
        "properties": {
            "scenario": {
                **_TEXT,
                "description": "The scenario that the figures are from: a shipped one, or a file.",
                "examples": [*shipped_scenarios()],
            },
            "case": {**_TEXT, "description": "Its case."},
            "part": {**_TEXT, "description": "Its part."},
            "stated": {**names, "description": "Figures as somebody states them."},
            "computed": {**names, "description": "Figures as they are computed."},
            "note": {**_TEXT, "description": "Anything a reader should know."},
        },
    }
    text = "Lines that hold a figure as stated against one as computed, each from another scenario."
    return {"type": "object", "description": text, "additionalProperties": line}


def _use(catalogue: Catalogue) -> dict[str, Any]:
    options = {
        name: {"enum": variants, "description": quantity.text}
        for name, quantity in catalogue.quantities.items()
        if (variants := [each for each in quantity.formulas if each])
    }
    options.update(
        {name: {"enum": list(each.options), "description": each.text} for name, each in catalogue.choices.items()}
    )
    return {
        "type": "object",
        "description": "Which variant of a quantity to compute, or which option of a choice to take.",
        "properties": options,
        "additionalProperties": False,
    }
