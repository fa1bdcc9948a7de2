"""JSON Schema of a scenario file, for editors: its sections as they are declared, every quantity with text and unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.catalogue import known_catalogue
from calc.facts import DEFAULTS, STATUSES, standard_facts
from calc.scenario.fact_values import example
from calc.scenario.load import shipped_scenarios
from calc.scenario.sections import OWN_NAME, SECTIONS, Choice, Key, Keys, Listed, Matching, OneOf, Shape, Whole
from calc.scenario.unit_check import may_be_bare
from calc.units import CURRENCIES
from calc.value import FORMS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calc.engine.catalogue import Catalogue, Quantity
    from calc.facts import FactBook

# A scenario has names of its own where one of these sections stands; elsewhere an unknown name is a slip.
_NAMING = ("formulas", "models", "extends", "totals", "checks", "find", "sweep", "sensitivity", "expect")
_TEXT = {"type": "string"}
_AMOUNT = {"type": ["string", "number"]}


def scenario_schema(facts: FactBook | None = None) -> dict[str, Any]:
    """Return the schema (draft 7) as a dictionary; it is made from the catalogue and the facts, so it cannot drift.

    facts: those that a scenario may take, without any those that ship.
    """
    catalogue, facts = known_catalogue(), facts or standard_facts()
    names = list(catalogue.quantities)
    message = "this is no quantity; inputs of your own need a formula or a check that uses them"
    only_known = {"propertyNames": {"enum": names, "errorMessage": message}}
    # An id without a date is that of the latest.
    ids = dict.fromkeys(each for whole in facts.by_id for each in (whole, whole.partition("@")[0]))
    bundles = [subject for subject in facts.subjects if subject != DEFAULTS]
    whole = _Writer(catalogue).shape(Keys(SECTIONS))
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "calc.schema.json",
        "title": "calc scenario",
        "description": "Assumptions about AI infrastructure with units and sources, and the figures asked for.",
        "type": "object",
        "additionalProperties": False,
        "properties": whole["properties"],
        "if": {"not": {"anyOf": [{"required": [name]} for name in _NAMING]}},
        # As a pattern, because an editor would offer a second `inputs` for a property.
        "then": {"patternProperties": {"^inputs$": only_known}},
        # What other files bring, an editor does not see.
        "allOf": [
            {
                "if": {"not": {"anyOf": [{"required": ["facts_from"]}, {"required": ["extends"]}]}},
                "then": {"$ref": "#/definitions/facts at hand"},
            }
        ],
        "definitions": {
            "quantities": {name: quantity_schema(each) for name, each in catalogue.quantities.items()},
            "fact": _known_or_own("fact", ids),
            "series": _known_or_own("fact by year", facts.series_names()),
            "facts at hand": _at_hand(),
            "bundle": _known_or_own("bundle of facts", bundles),
            "value": value_schema(),
            "promise": promise_schema(),
        },
    }


class _Writer:
    """Writes what is declared as a schema.

    words: the schemas of the shapes that only the catalogue, the facts and the shipped scenarios know.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.names = list(catalogue.quantities)
        self.words: dict[str, dict[str, Any]] = {
            "text": _TEXT,
            "amount": _AMOUNT,
            "values": {
                "anyOf": [_TEXT, {"type": "array", "items": _AMOUNT}],
                "examples": ["5 to 25 kW step 2.5 kW", "1 to 1000 servers in 10 log steps", ["4 kW", "6 kW"]],
            },
            "scenario": {**_TEXT, "examples": [*shipped_scenarios()]},
            "bundle": {"$ref": "#/definitions/bundle"},
            "use": _use(catalogue),
            "value": {"$ref": "#/definitions/value"},
            # Also of one part or one year, as in `racks_needed in training in 2028`.
            "figure": {"anyOf": [{"enum": self.names}, {**_TEXT, "pattern": f"{OWN_NAME[:-1]}( in .+)?$"}]},
            "shown figure": {
                "anyOf": [
                    {"title": "quantity", "enum": self.names},
                    {"title": "own figure", **_TEXT, "pattern": f"{OWN_NAME[:-1]}( in .+)?$"},
                    _IN_UNIT,
                ]
            },
            "currency": {"enum": list(CURRENCIES)},
            "promises": _promises(self.names),
        }

    def key(self, key: Key) -> dict[str, Any]:
        """Return the schema of what stands after a key."""
        found = self.shape(key.shape)
        if key.text:
            lead = {"type": found["type"]} if found.get("type") == "object" else found
            found = {
                **lead,
                "description": key.text,
                **{name: each for name, each in found.items() if name not in lead},
            }
        return {**found, "examples": [*found.get("examples", ()), *key.examples]} if key.examples else found

    def shape(self, shape: Shape) -> dict[str, Any]:
        """Return the schema of a shape."""
        match shape:
            case str():
                return self.words[shape]
            case Whole(low, high):
                return {"type": ["integer", "string"], "minimum": low, "maximum": high}
            case Choice(words):
                return {"enum": list(words)}
            case Matching(pattern, is_number):
                return {"type": ["string", "integer"] if is_number else "string", "pattern": pattern}
            case Listed(of, length):
                found = {"type": "array", "items": self.shape(of)}
                # One text alone is a list of one.
                return (
                    {**found, "minItems": length, "maxItems": length} if length else {"anyOf": [found, self.shape(of)]}
                )
            case OneOf(shapes):
                return {"anyOf": [self.shape(each) for each in shapes]}
        return self._mapping(shape)

    def _mapping(self, shape: Keys) -> dict[str, Any]:
        properties = {name: self.key(key) for name, key in shape.keys.items()}
        if shape.of_quantities and shape.rest is not None:
            values = dict.fromkeys(self.names, self.shape(shape.rest))
            if shape.rest == "value":
                values = {name: {"$ref": f"#/definitions/quantities/{name}"} for name in self.names}
            properties.update(values)
        required = [name for name, key in shape.keys.items() if key.is_required]
        return {
            "type": ["object", "null"] if shape.may_be_null else "object",
            **({"properties": properties} if properties else {}),
            **({"required": required} if required else {}),
            "additionalProperties": False if shape.rest is None else self.shape(shape.rest),
            **({"propertyNames": {"pattern": shape.names}} if shape.names else {}),
        }


def _known_or_own(title: str, known: Iterable[str]) -> dict[str, Any]:
    """Return the schema of a name of facts: those that are known, and others that a file of one's own may bring."""
    return {"title": title, "anyOf": [{"enum": list(known)}, {**_TEXT, "pattern": "[^ ]"}]}


def _at_hand() -> dict[str, Any]:
    """Return the schema of anything in which every bundle and fact is one that is known."""

    def known(name: str) -> dict[str, Any]:
        return {"$ref": f"#/definitions/{name}/anyOf/0"}

    deeper = {"$ref": "#/definitions/facts at hand"}
    named = {"fact": known("fact"), "fact by year": known("series"), "facts": known("bundle")}
    return {
        "patternProperties": {
            f"^{key}$": {
                "if": _TEXT,
                "then": each,
                "else": {"allOf": [deeper, {"items": each} if key == "facts" else {}]},
            }
            for key, each in named.items()
        },
        "additionalProperties": deeper,
        "items": deeper,
    }


_YEAR = "^(FY)?[0-9]{4}(/[0-9]{2})?$"
_IN_UNIT = {
    "title": "figure in a unit",
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "additionalProperties": {"type": "string", "pattern": "^in .+"},
}


def _promises(names: list[str]) -> dict[str, Any]:
    """Return the schema of promised figures, by name or under the names of cases and parts."""
    promise = {"$ref": "#/definitions/promise"}
    promises = {"type": "object", "properties": dict.fromkeys(names, promise)}
    inner = {**promises, "additionalProperties": {"anyOf": [promise, promises]}}
    return {**promises, "additionalProperties": {"anyOf": [promise, inner]}}


def _use(catalogue: Catalogue) -> dict[str, Any]:
    options = {
        name: {"enum": variants, "description": quantity.text}
        for name, quantity in catalogue.quantities.items()
        if (variants := [each for each in quantity.formulas if each])
    }
    choices = {name: {"enum": list(each.options), "description": each.text} for name, each in catalogue.choices.items()}
    return {"type": "object", "properties": {**options, **choices}, "additionalProperties": False}


_SOURCE = {"type": "string", "description": "Where the figure comes from, or a key of `sources`."}
_BESIDE = {
    "as_of": {"type": ["string", "integer"], "description": "When the figure held, as in 2026-10-12, 2026-10 or 2026."},
    "status": {"enum": list(STATUSES), "description": "How sure the figure is."},
}
_NOTE = {"type": "string", "description": "Anything a reader should know."}
_INDEPENDENT = {"type": "boolean", "description": "Draw each year anew; else one draw holds for all years."}
_FORMS = {f"{', '.join(names[:-1])} and {names[-1]}": names for names in FORMS.values()}


def quantity_schema(quantity: Quantity) -> dict[str, Any]:
    """Return the schema of a quantity's given value: what it is, its unit, and an example to begin with."""
    shown = example(quantity, standard_facts())
    found = {"allOf": [{"$ref": "#/definitions/value"}], "examples": [shown], "default": shown}
    text = quantity.text.rstrip(".")
    described = f"{text}." if quantity.unit.dimension.is_ratio else f"{text} ({quantity.unit_text})."
    if may_be_bare(quantity):
        return {"description": described, **found}
    return {
        "description": described,
        **found,
        "type": ["string", "object"],
        "errorMessage": f"a number needs its unit, as in `{shown}`",
    }


def value_schema() -> dict[str, Any]:
    """Return the schema of a given value in all its forms.

    They have titles but no descriptions, so that an editor shows the description of the quantity.
    """
    plain = {"title": "value", "type": ["string", "number"]}
    forms = [_form(title, dict.fromkeys(keys, plain)) for title, keys in _FORMS.items()]
    fact = _form("fact", {"fact": {"$ref": "#/definitions/fact"}})
    moment = {"anyOf": [plain, *forms, fact]}
    growth = {"anyOf": [{"title": "growth", "type": "string", "examples": ["3 %/year"]}, *forms, fact]}
    years = {"type": "object", "patternProperties": {_YEAR: moment}, "additionalProperties": False}
    forms += [
        fact,
        _form("start and growth", {"start": moment, "grows": growth}),
        _form("value by year", {"by year": years}, {"independent": _INDEPENDENT}),
        _form("fact by year", {"fact by year": {"$ref": "#/definitions/series"}}, {"independent": _INDEPENDENT}),
    ]
    shares = {"type": "object", "additionalProperties": {"type": ["string", "number"]}}
    steps = {"type": "object", "additionalProperties": moment}
    stepped = _form("steps by volume", {})
    forms += [_form("mix", {"mix": shares}), {**stepped, "patternProperties": {"^steps by [a-z_][a-z0-9_]*$": steps}}]
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
        "properties": {**parts, **(spare or {}), "source": _SOURCE, "note": _NOTE, **_BESIDE},
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
        "properties": {"by year": {"type": "object", "patternProperties": {_YEAR: {"anyOf": [amount, within]}}}},
        "additionalProperties": False,
    }
    return {"anyOf": [amount, within, years]}
