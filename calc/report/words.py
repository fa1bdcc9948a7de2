"""Quantities by words: the label that is declared beside one, or its name with spaces and the field's capitals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from calc.text import pattern

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue, Quantity

_CAPITALS = {
    "ai": "AI", "api": "API", "co2e": "CO2e", "flop": "FLOP", "flops": "FLOPS", "gpu": "GPU", "gpus": "GPUs",
    "hfu": "HFU", "irr": "IRR", "it": "IT", "llm": "LLM", "mfu": "MFU", "moe": "MoE", "mtbf": "MTBF", "npv": "NPV",
    "pue": "PUE", "tco": "TCO", "ups": "UPS", "usd": "USD", "wue": "WUE",
}  # fmt: skip
# In backticks a name stays what it is, and so does a part of a fact's.
_NAME = pattern(r"`[^`]*`|(?<![.@/-])\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b(?!@|\.\w)")


def label(quantity: Quantity) -> str:
    """Return what a reader calls a quantity, of a part or a year with that: `racks needed in 2027`."""
    base, joint, rest = quantity.name.partition(" in ")
    declared = quantity.label or next((each.label for each in quantity.formulas.values() if each.label), "")
    return f"{declared or words_of(base)}{joint}{rest}"


def words_of(name: str) -> str:
    """Return a name as words: `owning cost per GPU-hour`."""
    words = " ".join(_CAPITALS.get(word, word) for word in name.split("_"))
    return re.sub(r"\bGPUs? (hours?)\b", r"GPU-\1", words)


def without_names(text: str) -> str:
    """Return a text with every name in it as words, whatever it is the name of."""
    return _NAME.sub(lambda found: found[0] if found[0].startswith("`") else words_of(found[0]), text)


def words_in(sentence: str, catalogue: Catalogue) -> str:
    """Return a sentence with the names of quantities in it as words."""

    def named(found: re.Match[str]) -> str:
        quantity = catalogue.quantities.get(found[0])
        return label(quantity) if quantity else found[0]

    return _NAME.sub(named, sentence)
