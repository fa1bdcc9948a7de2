"""JSON Schema of what stands for a quantity: a given value in all its forms, and a promised figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.distribution import FORMS
from calc.facts import standard_facts
from calc.scenario.examples import example

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calc.engine.catalogue import Quantity

_SOURCE = {"type": "string", "description": "Where the figure comes from, or a key of `sources`."}
_NOTE = {"type": "string", "description": "Anything a reader should know."}
_INDEPENDENT = {"type": "boolean", "description": "Draw each year anew; else one draw holds for all years."}
_FORMS = {f"{', '.join(names[:-1])} and {names[-1]}": names for names in FORMS.values()}


def quantity_schema(quantity: Quantity) -> dict[str, Any]:
    """Return the schema of a quantity's given value: what it is, its unit, and an example to begin with."""
    shown = example(quantity, standard_facts())
    found = {"allOf": [{"$ref": "#/definitions/value"}], "examples": [shown], "default": shown}
    if quantity.unit.dimension.is_ratio:
        return {"description": f"{quantity.text.rstrip('.')}.", **found}
    return {
        "description": f"{quantity.text.rstrip('.')} ({quantity.unit_text}).",
        **found,
        "type": ["string", "object"],
        "errorMessage": f"a number needs its unit, as in `{shown}`",
    }


def value_schema(fact_ids: Iterable[str], series: Iterable[str]) -> dict[str, Any]:
    """Return the schema of a given value in all its forms.

    They have titles but no descriptions, so that an editor shows the description of the quantity.
    """
    plain = {"title": "value", "type": ["string", "number"]}
    forms = [_form(title, dict.fromkeys(keys, plain)) for title, keys in _FORMS.items()]
    fact = _form("fact", {"fact": {"type": "string", "enum": list(fact_ids)}})
    moment = {"anyOf": [plain, *forms, fact]}
    growth = {"anyOf": [{"title": "growth", "type": "string", "examples": ["3 %/year"]}, *forms, fact]}
    years = {"type": "object", "patternProperties": {"^[0-9]{4}$": moment}, "additionalProperties": False}
    forms += [
        fact,
        _form("start and growth", {"start": moment, "grows": growth}),
        _form("value by year", {"by year": years}, {"independent": _INDEPENDENT}),
        _form(
            "fact by year", {"fact by year": {"type": "string", "enum": list(series)}}, {"independent": _INDEPENDENT}
        ),
    ]
    wrapped = _form("value and source", {"value": {"anyOf": [plain, *forms]}})
    snippets = {"value and source": ("value", "source"), **_FORMS, "start and growth": ("start", "grows")}
    return {
        "anyOf": [plain, wrapped, *forms],
        "defaultSnippets": [{"label": title, "body": _snippet(keys)} for title, keys in snippets.items()],
    }


def _snippet(keys: tuple[str, ...]) -> str:
    """Return what an editor inserts: a place to fill in for each key."""
    return "{" + ", ".join(f"{key}: ${at}" for at, key in enumerate(keys, 1)) + "}"


def _form(title: str, parts: dict[str, Any], spare: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "title": title,
        "type": "object",
        "required": list(parts),
        "properties": {**parts, **(spare or {}), "source": _SOURCE, "note": _NOTE},
        "additionalProperties": False,
    }


def promise_schema() -> dict[str, Any]:
    """Return the schema of a promised figure."""
    amount = {
        "title": "promise",
        "type": ["string", "number"],
        "description": "The figure, to the digits that are promised; or `no value`.",
    }
    within = {
        "title": "promise within a tolerance",
        "type": "object",
        "required": ["value", "within"],
        "properties": {"value": amount, "within": {**amount, "description": "As in `0.1 %`."}},
        "additionalProperties": False,
    }
    years = {
        "title": "promises by year",
        "type": "object",
        "required": ["by year"],
        "properties": {"by year": {"type": "object", "patternProperties": {"^[0-9]{4}$": {"anyOf": [amount, within]}}}},
        "additionalProperties": False,
    }
    return {"anyOf": [amount, within, years]}
