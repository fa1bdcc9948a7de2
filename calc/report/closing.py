"""The result of an answer in one sentence, which is what is left when the rest has scrolled away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.figures import Series
from calc.report.answer_front import headline_name, study_notices
from calc.report.answer_lines import verdict_lines, verdicts_in_short
from calc.report.report import (
    Notice,
    Paragraph,
)
from calc.report.words import label
from calc.study.remarks import failures
from calc.study.results import headline, headline_text
from calc.study.table import ASSUMES, FOLLOWS, STATED
from calc.text import shorten

# So many parts are told one by one: they are no choices between a least and a most.
_MOST_PARTS = 4

if TYPE_CHECKING:
    from calc.study.results import Answer, CaseAnswer


def closing(answer: Answer) -> Paragraph:
    """Return the result in one sentence, which is what is left when the rest has scrolled away."""
    errors = failures(answer)
    if errors:
        count = f"{len(errors)} checks and promises failed; the first: " if len(errors) > 1 else "Failed: "
        return Paragraph(f"{count}{errors[0].message}", "bad")
    told = [(case, each) for case in answer.columns for each in case.verdicts]
    if len(told) == 1:
        return Paragraph(_sentence(verdict_lines(answer)[0]), "strong")
    if told:
        return Paragraph(_sentence("; ".join(verdicts_in_short(answer))), "strong")
    if answer.lines:
        return Paragraph(_of_lines(answer), "strong")
    name = headline_name(answer)
    if name is None:
        lines = [each.text for each in study_notices(answer, 1) if isinstance(each, Notice)]
        return Paragraph(_sentence(lines[0] if lines else "nothing is asked for"), "strong")
    return _of_figure(answer, name)


def _of_figure(answer: Answer, name: str) -> Paragraph:
    quantity, columns = answer.scenario.catalogue[name], [case for case in answer.columns if case.shows(name)]
    words = label(quantity)
    if len(answer.placements) == 1 and answer.placements[0].plan is not None and len(columns) == 1:
        from calc.report.placement import plan_proof

        proof = plan_proof(answer.placements[0].plan)
        return Paragraph(_sentence(f"{words}: {headline_text(columns[0], name, quantity)}, {proof}"), "strong")
    known = [(case, middle) for case in columns if isinstance(middle := _total(headline(case, name)), float | int)]
    if len(columns) == 1 or len(known) < 2:
        case = known[0][0] if known else columns[0]
        where = f" ({shorten(case.label)})" if len(answer.columns) > 1 else ""
        return Paragraph(_sentence(f"{words}{where}: {headline_text(case, name, quantity)}"), "strong")
    if all(case.inside for case in columns) and len(columns) <= _MOST_PARTS:
        parts = [f"{shorten(case.label)} {_in_last_year(answer, case, name)}" for case in columns]
        return Paragraph(_sentence(f"{words}: {'; '.join(parts)}"), "strong")
    least, most = min(known, key=lambda each: each[1]), max(known, key=lambda each: each[1])
    absent = len(columns) - len(known)
    if least[1] == most[1] and absent:
        known_words = f"{_in_last_year(answer, least[0], name)} in {len(known)} cases, no value in {absent}"
        return Paragraph(_sentence(f"{words}: {known_words}"), "strong")
    if least[1] == most[1]:
        return Paragraph(_sentence(f"{words}: {_in_last_year(answer, least[0], name)} in every case"), "strong")
    ends = [f"{_in_last_year(answer, case, name)} ({shorten(case.label)})" for case, _ in (least, most)]
    return Paragraph(_sentence(f"{words}: from {ends[0]} to {ends[1]}"), "strong")


def _of_lines(answer: Answer) -> str:
    """Return how many lines of a table are stated, follow, and need assumptions."""
    counts = {status: sum(each.status == status for each in answer.lines) for status in (STATED, FOLLOWS, ASSUMES)}
    words = {STATED: "stated", FOLLOWS: "follow from what is stated", ASSUMES: "need assumptions"}
    parts = [f"{count} {words[status]}" for status, count in counts.items() if count]
    return f"Of {len(answer.lines)} lines {', '.join(parts)}."


def _in_last_year(answer: Answer, case: CaseAnswer, name: str) -> str:
    quantity = answer.scenario.catalogue[name]
    if not isinstance(case.figures[name], Series):
        return headline_text(case, name, quantity)
    return f"{headline_text(case, name, quantity, len(answer.years) - 1)} in {answer.years[-1]}"


def _total(figure: object) -> object:
    return figure.values[-1] if isinstance(figure, Series) else figure


def _sentence(words: str) -> str:
    first = words[:1].upper() + words[1:]
    return first if first.endswith((".", "!", "?")) else f"{first}."
