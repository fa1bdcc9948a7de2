"""What the parts of the resolver share."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from calc.scenario.nodes import Mapping, Node, Scalar, Sequence
from calc.scenario.sections import GOAL, SECTIONS, SENSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.engine.catalogue import Catalogue
    from calc.errors import Problems
    from calc.facts import FactBook
    from calc.scenario.document import Document
    from calc.scenario.facts_files import FactsFile
    from calc.scenario.nodes import Node
    from calc.scenario.place_section import Placing
    from calc.scenario.values import Reading
    from calc.units import Unit


class Options(NamedTuple):
    """What the command line adds: names and values of `--set`, cases to keep, names to show, samples and seed.

    allow_models: Python files that a scenario names under `models:` may run. allow_folders: it may extend files there.
    studies: sections of studies that stand in for those of the file; with `alone` it has no others.
    as_it_stands: no study is run, and what needs a value that only a study chooses is missing it.
    facts: files with facts of one's own. read_facts: those files and all others, when they have been read already.
    """

    settings: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    show: tuple[str, ...] = ()
    samples: int | None = None
    seed: int | None = None
    allow_models: bool = False
    allow_folders: tuple[str, ...] = ()
    studies: tuple[tuple[str, Node], ...] = ()
    alone: bool = False
    as_it_stands: bool = False
    facts: tuple[str, ...] = ()
    read_facts: tuple[FactsFile, ...] | None = None


@dataclass(slots=True)
class Context:
    """A document being resolved.

    catalogue: grows by the scenario's own quantities. settings: the `--set` values as a layer of inputs.
    varied: inputs whose values studies choose. chosen: those of studies that are run; figures that lack them are left
    to the studies. dated: name, part and year of the figures that studies look at in one year.
    placing: what `place` is to decide, None for a scenario without cabinets.
    unread: own inputs of which no value can be read, so that nobody knows their unit.
    units: by name, the unit that the scenario wants a figure shown in.
    without_bundle: a bundle of facts is unknown, and so is what it was to give.
    """

    document: Document
    options: Options
    problems: Problems
    facts: FactBook
    reading: Reading
    catalogue: Catalogue
    settings: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)
    varied: frozenset[str] = frozenset()
    chosen: frozenset[str] = frozenset()
    dated: set[tuple[str, str, int]] = field(default_factory=set)
    placing: Placing | None = None
    unread: set[str] = field(default_factory=set)
    units: dict[str, Unit] = field(default_factory=dict)
    without_bundle: bool = False

    def all_inputs(self) -> Iterator[tuple[str, Scalar, Node]]:
        """Yield name, key and value of everything that the scenario and the command line give, in any layer."""
        document = self.document
        choices = [*document.cases.values(), *document.parts.values()]
        choices += [part for case in document.cases.values() for part in case.parts.values()]
        for entries in (*document.layers, *(each.inputs for each in choices), self.settings):
            for name, (key, node) in entries.items():
                # `--set` may say `servers in training=...`.
                yield name.partition(" in ")[0].strip(), key, node
        yield from study_inputs(document.studies)


# ---------------------------------------------------------------- what studies give values for


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
