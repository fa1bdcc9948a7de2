"""What the parts of the resolver share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from calc.scenario.study_inputs import study_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.engine.catalogue import Catalogue
    from calc.errors import Problems
    from calc.facts import FactBook
    from calc.scenario.document import Document
    from calc.scenario.facts_files import FactsFile
    from calc.scenario.nodes import Node, Scalar
    from calc.scenario.place_section import Placing
    from calc.scenario.values import Reading


class Options(NamedTuple):
    """What the command line adds: names and values of `--set`, cases to keep, names to show, samples and seed.

    allow_models: Python files that a scenario names under `models:` may run.
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
