"""What was computed on the way to an answer, as an answer of its own that every report can show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calc.study.results import Answer, CaseAnswer


def on_the_way(answer: Answer) -> Answer:
    """Return an answer that shows the figures computed on the way instead of those asked for."""
    return _showing(answer, asked=False)


def with_all_figures(answer: Answer) -> Answer:
    """Return an answer that shows the figures asked for, and after them those computed on the way."""
    return _showing(answer, asked=True)


def _showing(answer: Answer, *, asked: bool) -> Answer:
    return replace(answer, cases=[_case(case, asked=asked) for case in answer.cases])


def _case(found: CaseAnswer, *, asked: bool) -> CaseAnswer:
    between = [name for name in found.plan.order if not found.shows(name)]
    case = replace(found.case, wanted=[*(found.shown if asked else ()), *between], is_explicit=True)
    return replace(found, case=case, opened={}, parts=[_case(part, asked=asked) for part in found.parts])
