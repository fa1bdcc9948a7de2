"""What the sections of studies give values for, read just far enough to know each input's name and unit."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from calc.scenario.nodes import Mapping, Node, Scalar, Sequence
from calc.scenario.sections import GOAL, SECTIONS, SENSES

if TYPE_CHECKING:
    from collections.abc import Iterator

_STEPS = re.compile(r"\s+(step\s.*|in\s+[\d,]+\s+(log\s+)?steps?)$")


def study_inputs(studies: dict[str, Node]) -> Iterator[tuple[str, Scalar, Node]]:
    """Yield name, key and a value of every input that a sweep varies or a search chooses."""
    for section in ("sweep", "find"):
        node = studies.get(section)
        for name, (key, value) in node.entries.items() if isinstance(node, Mapping) else ():
            if section == "find" and name == "over" and isinstance(value, Mapping):
                for inner, (inner_key, each) in value.entries.items():
                    yield from _one(inner, inner_key, each)
            elif section == "find" and isinstance(value, Mapping):
                ends = [value.entries[end][1] for end in GOAL.keys if end.endswith("within") and end in value.entries]
                for each in ends:
                    yield from _one(name, key, each)
            elif section == "sweep" and name not in SECTIONS["sweep"].keys and name not in SENSES:
                yield from _one(name, key, value)


def _one(name: str, key: Scalar, node: Node) -> Iterator[tuple[str, Scalar, Node]]:
    value = node.items[0] if isinstance(node, Sequence) and node.items else node
    if isinstance(value, Scalar) and not value.is_null:
        # Of `servers in training` the quantity is `servers`.
        yield name.partition(" in ")[0].strip(), key, replace(value, text=_STEPS.sub("", value.text.strip()))
