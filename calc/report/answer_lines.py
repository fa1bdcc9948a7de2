"""What an answer says in lines of words: verdicts, what binds, why there is no value, conventions, what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.figures import NotIncluded, NoValue, Series
from calc.text import shorten
from calc.units.format import percent_text

if TYPE_CHECKING:
    from calc.engine.figures import Figure
    from calc.study.results import Answer, CaseAnswer


def figure_in(case: CaseAnswer, name: str) -> Figure | None:
    """Return a figure that a column answers, or None."""
    return case.figures.get(name) if case.shows(name) else None


def shown_names(answer: Answer) -> list[str]:
    """Return the names that any case answers."""
    return list(dict.fromkeys(name for case in answer.columns for name in case.shown))


def _reasons(figure: Figure | None) -> list[str]:
    singles = figure.values if isinstance(figure, Series) else (figure,)
    return [each.reason for each in singles if isinstance(each, NoValue | NotIncluded)]


def reason_lines(answer: Answer) -> list[str]:
    """Return why figures have no value or are not included, once a reason."""
    names = shown_names(answer)
    reasons: dict[str, dict[str, None]] = {}
    for case in answer.columns:
        for name in names:
            for reason in _reasons(figure_in(case, name)):
                reasons.setdefault(reason, {})[name] = None
    lines = []
    for reason, found in reasons.items():
        cases = [case.label for case in answer.columns if any(_reasons(figure_in(case, name)) for name in found)]
        where = f" ({'; '.join(map(shorten, cases))})" if len(answer.columns) > 1 else ""
        lines.append(f"{', '.join(found)}: {reason}{where}")
    return lines


def binding_lines(answer: Answer) -> list[str]:
    """Return which side of a minimum or maximum decided, once a sentence."""
    catalogue, names = answer.scenario.catalogue, shown_names(answer)
    found: dict[str, list[str]] = {}
    for case in answer.columns:
        for name in names:
            for sentence in case.binding(name, catalogue) if case.shows(name) else ():
                found.setdefault(f"{name}: {sentence}", []).append(case.label)
    lines = []
    for line, cases in found.items():
        where = f" ({'; '.join(map(shorten, cases))})" if len(cases) < len(answer.columns) else ""
        lines.append(f"{line}{where}")
    return lines


def verdict_lines(answer: Answer) -> list[str]:
    """Return what the models say in words."""
    lines = []
    for case in answer.columns:
        for told in case.verdicts:
            where = f"{shorten(case.label)}: " if len(answer.columns) > 1 else ""
            so = "so" if told.sentences == 1 else "all of this"
            share = "" if told.probability is None else f"; {so} in {percent_text(told.probability)} of the samples"
            lines.append(f"{where}{told.text}{share}")
    return lines


def convention_lines(answer: Answer) -> list[str]:
    """Return which of several ways to compute a figure is in use, and where not everywhere in which cases."""
    found: dict[str, list[str]] = {}
    for case in answer.columns:
        for name, variant, assumption in case.variants(answer.scenario.catalogue):
            meaning = f" ({assumption})" if assumption else ""
            found.setdefault(f"{name}: {variant}{meaning}", []).append(case.label)
    return [
        line + ("" if len(cases) == len(answer.columns) else f" in {', '.join(map(shorten, cases))}")
        for line, cases in found.items()
    ]


def not_included_lines(answer: Answer) -> list[str]:
    """Return what was left out, and beside it the figures shown that leave it out."""
    catalogue = answer.scenario.catalogue
    cases: dict[str, list[str]] = {}
    figures: dict[str, dict[str, None]] = {}
    for case in answer.columns:
        for name in case.plan.not_included:
            cases.setdefault(name, []).append(shorten(case.label))
        for shown in case.shown:
            for name in case.left_out(shown):
                figures.setdefault(name, {})[shown] = None
    lines = []
    for name, where in cases.items():
        text = f"{name}: {catalogue[name].text}"
        if len(where) < len(answer.columns):
            text += f" (in {', '.join(where)})"
        lines.append(f"{text}; left out of {', '.join(figures[name])}" if name in figures else text)
    return lines
