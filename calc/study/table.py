"""A table: its lines, each with its own scenario, resolved for the figures that it names alone, and computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.graph import formula_of
from calc.errors import CalcError, Problems, flatten, quote
from calc.scenario.case import ResolvedLine
from calc.scenario.load import load_named
from calc.scenario.requested import no_mapping
from calc.scenario.resolve import resolve
from calc.scenario.yaml_reader import Mapping
from calc.study.answer import answer
from calc.study.results import LineAnswer
from calc.text import did_you_mean, or_list

if TYPE_CHECKING:
    from calc.scenario.document import Document
    from calc.scenario.resolve import Options
    from calc.scenario.shapes import Line
    from calc.study.results import Answer, CaseAnswer
    from calc.value import Value


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


# ---------------- the lines of a table computed: each in its own scenario, with what its figures rest on


STATED, FOLLOWS, ASSUMES = "stated", "follows", "needs an assumption"
_OPEN_STATUSES = {"assumption", "unverified"}
_OPEN_WORDS = ("assumption", "choice")


def answer_lines(lines: list[ResolvedLine]) -> list[LineAnswer]:
    """Compute the lines of a table.

    Raises CalcError when a line names a figure of parts, and what `answer` raises.
    """
    return [_answer_line(line) for line in lines]


def _answer_line(line: ResolvedLine) -> LineAnswer:
    """Compute the scenario of a line and find what its figures rest on."""
    found = answer(line.scenario)
    whole = found.cases[0]
    case = next((part for part in whole.parts if part.case.name == line.part), whole)
    for name in line.names:
        if name not in case.figures:
            parts = or_list([part.case.name for part in whole.parts_of(name)])
            message = f"line {quote(line.label)}: `{name}` is a figure of the parts of {quote(line.path)}"
            raise CalcError("E-TABLE", message, place=line.place, hint=f"add `part:`, one of {parts}")
    under = _leaves(found, whole, case, line.computed)
    assumptions = list(dict.fromkeys(name for name, value in under if _is_open(value)))
    given = all(name in case.case.values for name in line.computed)
    # A table holds the answers of many scenarios; samples of what it does not show would fill the memory.
    for column in found.columns:
        column.samples = {name: column.samples[name] for name in line.names if name in column.samples}
    status = ASSUMES if assumptions else STATED if given else FOLLOWS
    return LineAnswer(line, found, case, status, assumptions)


def _leaves(found: Answer, whole: CaseAnswer, case: CaseAnswer, names: list[str]) -> list[tuple[str, Value]]:
    """Return what was given below figures of a case or a part, names with values; a total rests on every part."""
    stack = [(case, name) for name in reversed(names)]
    seen = {(id(case), name) for name in names}
    leaves = []
    while stack:
        at, name = stack.pop()
        if name in at.case.values:
            value = at.case.values[name]
            leaves.append((name, value))
            below = [(at, value.converted)] if value.converted else []
        elif name in whole.case.totals:
            below = [(part, whole.case.totals[name]) for part in whole.parts]
        else:
            formula = formula_of(found.scenario.catalogue, name, at.case.use)
            below = [(at, each) for each in (formula.parameters if formula else ())]
        fresh = [each for each in below if (id(each[0]), each[1]) not in seen]
        seen.update((id(each), needed) for each, needed in fresh)
        stack.extend(reversed(fresh))
    return leaves


def _is_open(value: Value) -> bool:
    """Tell whether a value is an assumption or a choice, and no figure that somebody published."""
    if value.fact_status is not None:
        return value.fact_status in _OPEN_STATUSES
    return value.source is None or value.source.casefold().startswith(_OPEN_WORDS)
