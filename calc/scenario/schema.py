"""JSON Schema of a scenario file, for editors: every section, every quantity with its text and unit, examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.plugins import known_catalogue
from calc.facts import DEFAULTS, standard_facts
from calc.scenario.document import MAX_SAMPLES
from calc.scenario.fit import spelled

if TYPE_CHECKING:
    from calc.engine.catalogue import Quantity

_TEXT = {"type": "string"}
_WHOLE = {"type": ["integer", "string"]}
_AMOUNT = {"type": ["string", "number"]}
_SOURCE = {"source": {"type": "string", "description": "Where the figure comes from, or a key of `sources`."}}
_NOTE = {"note": {"type": "string", "description": "Anything a reader should know."}}


def scenario_schema() -> dict[str, Any]:
    """Return the schema (draft 7) as a dictionary; it is made from the catalogue and the facts, so it cannot drift."""
    catalogue, facts = known_catalogue(), standard_facts()
    quantities = catalogue.quantities
    variants = {name: [each for each in found.formulas if each] for name, found in quantities.items()}
    variants.update({name: list(choice.options) for name, choice in catalogue.choices.items()})
    bundles = [subject for subject in facts.subjects if subject != DEFAULTS]
    given = {name: _given(found) for name, found in quantities.items()}
    bundle_list = {
        "type": "array",
        "items": {"enum": bundles},
        "description": "Bundles of sourced facts that fill inputs; `inputs` win over them.",
        "examples": [["dgx-a100"]],
    }
    use = {
        "type": "object",
        "description": "Which variant of a quantity to compute, or which option of a choice to take.",
        "properties": {name: {"enum": names} for name, names in variants.items() if names},
        "additionalProperties": False,
    }
    names = {"anyOf": [{"enum": list(quantities)}, {"type": "string", "pattern": "^[a-z_][a-z0-9_]*$"}]}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "calc.schema.json",
        "title": "calc scenario",
        "description": "Assumptions about AI infrastructure with units and sources, and the figures asked for.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "title": {**_TEXT, "description": "What the scenario is about.", "examples": ["Which cabinet?"]},
            "question": {**_TEXT, "description": "The question in full."},
            "extends": {
                **_TEXT,
                "description": "A scenario to change: a shipped one by name, or a file in the same folder or below it.",
                "examples": ["lingang-racks", "cabinets.yaml"],
            },
            "models": {
                "type": "array",
                "items": _TEXT,
                "description": "Python files with own inputs and formulas; they run only with --allow-models.",
                "examples": [["./my_rack.py"]],
            },
            "facts": bundle_list,
            "use": use,
            "inputs": {
                "type": "object",
                "description": "Given values; a given value wins over a formula of the same name.",
                "properties": given,
                "additionalProperties": {"$ref": "#/definitions/value"},
            },
            "formulas": {
                "type": "object",
                "description": "Your own figures in one line.",
                "additionalProperties": _TEXT,
                "propertyNames": {"pattern": "^[a-z_][a-z0-9_]*$"},
                "examples": [{"cost_per_gpu": "server_price / gpus_per_server"}],
            },
            "cases": {
                "type": "object",
                "description": "Choices side by side, by name.",
                "additionalProperties": {
                    "type": ["object", "null"],
                    "properties": {**given, "use": use, "facts": bundle_list},
                    "additionalProperties": {"$ref": "#/definitions/value"},
                },
            },
            "show": {"type": "array", "items": names, "description": "The figures to answer, in order."},
            "checks": {
                "type": "array",
                "items": _TEXT,
                "description": "Conditions that must hold.",
                "examples": [["rack_power_stranded <= 4 kW", "racks_needed <= 20 racks with 80 % confidence"]],
            },
            "expect": {
                "type": "object",
                "description": "Figures that this file promises; with cases, under the names of the cases.",
                "additionalProperties": {"$ref": "#/definitions/promise"},
            },
            "uncertainty": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "samples": {
                        "type": ["integer", "string"],
                        "maximum": MAX_SAMPLES,
                        "minimum": 1,
                        "examples": [20000],
                    },
                    "seed": {"type": ["integer", "string"], "minimum": 0, "examples": [7]},
                },
            },
            "table": _table(),
            "sources": {
                "type": "object",
                "description": "Sources by key, to be referred to from `source`.",
                "additionalProperties": {
                    "anyOf": [
                        _TEXT,
                        {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["title"],
                            "properties": {"title": _TEXT, "url": _TEXT, "date": {"type": ["string", "number"]}},
                        },
                    ]
                },
            },
        },
        "definitions": {"value": _value(), "promise": _promise()},
    }


def _table() -> dict[str, Any]:
    names = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
    line = {
        "type": "object",
        "additionalProperties": False,
        "required": ["scenario", "computed"],
        "properties": {
            "scenario": {**_TEXT, "description": "The scenario that the figures are from.", "examples": ["m6-energy"]},
            "case": {**_TEXT, "description": "Its case."},
            "stated": {**names, "description": "Figures as somebody states them."},
            "computed": {**names, "description": "Figures as they are computed."},
            "note": _TEXT,
        },
    }
    text = "Lines that hold a figure as stated against one as computed, each from another scenario."
    return {"type": "object", "description": text, "additionalProperties": line}


def _given(quantity: Quantity) -> dict[str, Any]:
    unit = "" if quantity.unit.dimension.is_ratio else f" ({quantity.unit_text})"
    number = "80" if quantity.is_share else "10"
    example = f"{number} {spelled(quantity)}".strip()
    return {
        "description": f"{quantity.text.rstrip('.')}{unit}.",
        "allOf": [{"$ref": "#/definitions/value"}],
        "examples": [example],
        "default": example,
    }


def _value() -> dict[str, Any]:
    def form(*names: str) -> dict[str, Any]:
        return {
            "type": "object",
            "required": list(names),
            "properties": {**dict.fromkeys(names, _AMOUNT), **_SOURCE, **_NOTE},
            "additionalProperties": False,
        }

    forms = [form("low", "likely", "high"), form("p10", "p90"), form("mean", "sd")]
    fact = form("fact")
    fact["properties"]["fact"] = {"enum": list(standard_facts().by_id), "description": "The id of a fact."}
    wrapped = form("value")
    wrapped["properties"]["value"] = {"anyOf": [_AMOUNT, *forms, fact]}
    return {"anyOf": [_AMOUNT, wrapped, *forms, fact]}


def _promise() -> dict[str, Any]:
    within = {
        "type": "object",
        "required": ["value", "within"],
        "properties": {"value": _AMOUNT, "within": _AMOUNT},
        "additionalProperties": False,
    }
    return {"anyOf": [_AMOUNT, within, {"type": "object", "additionalProperties": {"anyOf": [_AMOUNT, within]}}]}
