"""JSON Schema of the sections of studies."""

from __future__ import annotations

from typing import Any

_TEXT = {"type": "string"}
# Also of one part or one year, as in `racks_needed in training in 2028`.
_OWN_NAME = "^[a-z_][a-z0-9_]*( in .+)?$"
_CONDITIONS = {
    "anyOf": [_TEXT, {"type": "array", "items": _TEXT}],
    "description": "Conditions that have to hold.",
    "examples": ["servers_per_rack >= 5"],
}
_CONFIDENCE = {
    "type": ["string", "number"],
    "description": "The share of the samples in which they have to hold.",
    "examples": ["80 %"],
}
_VALUES = {
    "anyOf": [_TEXT, {"type": "array", "items": {"type": ["string", "number"]}}],
    "examples": ["5 to 25 kW step 2.5 kW", "1 to 1000 servers in 10 log steps", ["4 kW", "6 kW"]],
}


def study_schemas(names: list[str]) -> dict[str, Any]:
    """Return the schemas of `sweep`, `find`, `sensitivity` and `compare`; names: the quantities of the catalogue."""
    figure = {"anyOf": [{"enum": names}, {"type": "string", "pattern": _OWN_NAME}]}
    figures = {"anyOf": [figure, {"type": "array", "items": figure}]}
    senses = {each: {**figure, "description": f"The figure to {each}."} for each in ("maximise", "minimise")}
    axes = dict.fromkeys(names, _VALUES)
    goal = {
        "type": "object",
        "properties": {
            "smallest within": _VALUES, "largest within": _VALUES, "so that": _CONDITIONS, "confidence": _CONFIDENCE,
        },
        "required": ["so that"],
        "additionalProperties": False,
    }  # fmt: skip
    return {
        "sweep": {
            "type": "object",
            "description": "Inputs as axes; the figures at every point of the grid.",
            "properties": {
                "show": figures, "so that": _CONDITIONS, **senses, **axes,
                "pareto": {"type": "array", "items": _TEXT, "minItems": 2, "maxItems": 2,
                           "examples": [["minimise racks_needed", "minimise rack_power_stranded"]]},
            },
            "additionalProperties": _VALUES,
        },
        "find": {
            "type": "object",
            "description": "The value of an input so that conditions hold, or the best of several inputs.",
            "properties": {
                **dict.fromkeys(names, goal), **senses,
                "over": {"type": "object", "additionalProperties": _VALUES, "description": "The inputs to choose."},
                "so that": _CONDITIONS, "confidence": _CONFIDENCE,
                "adding up to": {"type": ["string", "number"], "description": "The sum of the inputs."},
            },
            "additionalProperties": goal,
        },
        "sensitivity": {
            "description": "What drives the figures, and which value of an input flips a verdict.",
            "anyOf": [
                {"type": "array", "items": figure},
                {
                    "type": "object",
                    "properties": {
                        "of": figures,
                        "flip": _CONDITIONS,
                        "within": {"type": "object", "additionalProperties": _VALUES},
                    },
                    "additionalProperties": False,
                },
            ],
        },
        "compare": {
            "description": "Cases side by side, and what explains their difference.",
            "anyOf": [
                {"type": "array", "items": _TEXT},
                {
                    "type": "object",
                    "properties": {"cases": {"type": "array", "items": _TEXT}, "of": figures},
                    "additionalProperties": False,
                },
            ],
        },
    }  # fmt: skip
