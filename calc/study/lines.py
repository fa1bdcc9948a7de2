"""The lines of a table computed: each in its own scenario, with what its figures rest on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from calc.engine.graph import formula_of
from calc.errors import CalcError, quote
from calc.study.answer import answer
from calc.text import or_list

if TYPE_CHECKING:
    from calc.scenario.tables import ResolvedLine
    from calc.study.results import Answer, CaseAnswer
    from calc.value import Value

STATED, FOLLOWS, ASSUMES = "stated", "follows", "needs an assumption"
_OPEN_STATUSES = {"assumption", "unverified"}
_OPEN_WORDS = ("assumption", "choice")


@dataclass(slots=True)
class LineAnswer:
    """One line computed.

    case: the case, or the part of it, that the figures are from.
    status: STATED where all computed figures were given as facts, FOLLOWS where they follow from sourced figures,
    ASSUMES where they rest on what nobody states. assumptions: the names of these.
    """

    line: ResolvedLine
    answer: Answer
    case: CaseAnswer
    status: str
    assumptions: list[str]


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
