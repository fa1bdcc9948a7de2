"""The lines of a table ready to be computed: each with its scenario, resolved for the figures that it names alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from calc.errors import CalcError, Place, Problems, flatten, quote
from calc.scenario.expectations import no_mapping
from calc.scenario.load import load_named
from calc.scenario.nodes import Mapping
from calc.scenario.resolve import resolve
from calc.text import did_you_mean, or_list

if TYPE_CHECKING:
    from calc.scenario.document import Document
    from calc.scenario.lines import Line
    from calc.scenario.resolve import Options, Scenario


class ResolvedLine(NamedTuple):
    """A line with its scenario ready to be computed: one case or a part of it, and the names of both columns."""

    label: str
    place: Place
    path: str
    scenario: Scenario
    part: str | None
    stated: list[str]
    computed: list[str]
    note: str | None

    @property
    def names(self) -> list[str]:
        """Return the names of both columns, each once."""
        return list(dict.fromkeys([*self.stated, *self.computed]))


def resolve_lines(document: Document, options: Options, problems: Problems) -> list[ResolvedLine]:
    """Resolve the scenario of every line, for the figures that the line names alone.

    Names asked for and values set are those of the scenario's own figures; the table is left out then.
    What is wrong with a line is added to `problems`, at the line's own place.
    """
    if document.table and (options.show or options.settings):
        if not document.has_figures:
            option = "--show" if options.show else "--set"
            hint = "ask the scenario of a line; the table names it"
            problems.add(CalcError("E-USAGE", f"`{option}` cannot change a table", hint=hint))
        return []
    found = []
    for label, (_, node) in (document.expect.entries if document.expect else {}).items():
        if label in document.table and not isinstance(node, Mapping):
            problems.add(no_mapping(label, node))
    for label, line in document.table.items():
        if options.cases and label not in options.cases:
            continue
        try:
            found.append(_resolved(line, document, options))
        except CalcError as error:
            for each in flatten([error]):
                each.place = each.place or line.label.place
                problems.add(each)
    return found


def _resolved(line: Line, document: Document, options: Options) -> ResolvedLine:
    inner = Problems()
    loaded = load_named(line.scenario, document.source.name, line.folder, inner)
    if loaded.document.table:
        message = f"{quote(line.scenario.text)} is a table itself"
        raise CalcError("E-TABLE", message, place=line.scenario.place, hint="name the scenario that its line names")
    case = _case(line, loaded.document)
    _refuse_unknown_part(line, loaded.document)
    # As if the scenario asked for them itself, so that what is wrong with a name is told where the line has it.
    loaded.document.show = [*line.stated, *line.computed]
    wanted = options._replace(cases=(case,) if case else (), settings=())
    _promise(line, document, loaded.document, case)
    scenario = resolve(loaded, wanted, inner)
    stated, computed = ([each.text for each in column] for column in (line.stated, line.computed))
    part = line.part.text if line.part else None
    return ResolvedLine(line.label.text, line.label.place, loaded.path, scenario, part, stated, computed, line.note)


def _promise(line: Line, document: Document, other: Document, case: str | None) -> None:
    """Add what the table promises of a line to what its scenario promises of the line's case."""
    promised = document.expect.get(line.label.text) if document.expect else None
    if not isinstance(promised, Mapping):
        return
    own = other.expect.get(case) if other.expect and case else other.expect
    entries = {**(own.entries if isinstance(own, Mapping) else {}), **promised.entries}
    section = Mapping(entries, promised.place)
    other.expect = Mapping({case: (line.label, section)}, promised.place) if case else section


def _case(line: Line, document: Document) -> str | None:
    """Return the case that a line takes; of several it has to name one."""
    names = list(document.cases)
    if line.case is None:
        if len(names) > 1:
            hint = f"add `case:`, one of {or_list(names)}"
            message = f"{quote(line.scenario.text)} has several cases"
            raise CalcError("E-TABLE", message, place=line.scenario.place, hint=hint)
        return names[0] if names else None
    if line.case.text not in names:
        hint = did_you_mean(line.case.text, names) or f"its cases are {or_list(names)}"
        message = f"{quote(line.scenario.text)} has no case {quote(line.case.text)}"
        raise CalcError("E-CASE", message, place=line.case.place, hint=hint)
    return line.case.text


def _refuse_unknown_part(line: Line, document: Document) -> None:
    names = list(document.parts)
    if line.part is not None and line.part.text not in names:
        hint = did_you_mean(line.part.text, names) or (
            f"its parts are {or_list(names)}" if names else "it has no parts"
        )
        message = f"{quote(line.scenario.text)} has no part {quote(line.part.text)}"
        raise CalcError("E-PART", message, place=line.part.place, hint=hint)
