"""What an answer says in lines of words: verdicts, what binds, why there is no value, conventions, what is left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from calc.engine.figures import NotIncluded, NoValue, Series
from calc.text import shorten
from calc.units.format import percent_text

if TYPE_CHECKING:
    from calc.engine.figures import Figure
    from calc.study.results import Answer, CaseAnswer

# What holds in fewer of the samples than this is told to be open.
_OPEN = 0.6


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
            open_end = ": open" if told.probability is not None and told.probability < _OPEN else ""
            lines.append(f"{where}{told.text}{share}{open_end}")
    return lines


def verdicts_in_short(answer: Answer) -> list[str]:
    """Return for every case that has one who wins, without the terms, and in what share of the samples."""
    found: list[str] = []
    for case in answer.columns:
        for told in case.verdicts:
            where = f"{shorten(case.label)}: " if len(answer.columns) > 1 else ""
            who = re.split(r"[;:]| above | below ", told.text, maxsplit=1)[0].rpartition(", so ")[2]
            share = "" if told.probability is None else f" in {percent_text(told.probability)}"
            share += " of the samples" if share and not found else ""
            # Of two ways one wins in half of the samples by chance.
            open_end = " (open)" if told.probability is not None and told.probability < _OPEN else ""
            found.append(f"{where}{who}{share}{open_end}")
    return found


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
    """Return what was left out, a line a topic, and then once a figure which of it the figure leaves out."""
    catalogue = answer.scenario.catalogue
    cases: dict[str, list[str]] = {}
    figures: dict[str, dict[str, None]] = {}
    for case in answer.columns:
        for name in case.plan.not_included:
            cases.setdefault(name, []).append(shorten(case.label))
        for shown in case.shown:
            for name in case.left_out(shown):
                figures.setdefault(shown, {})[name] = None

    def told(name: str) -> str:
        where = f", in {'; '.join(cases[name])}" if len(cases[name]) < len(answer.columns) else ""
        return f"{catalogue[name].text}{where}"

    topics: dict[str, list[str]] = {}
    for name in cases:
        topics.setdefault(catalogue[name].topic.partition(":")[0], []).append(name)
    alone = [f"{name}: {told(name)}" for name in topics.pop("", [])]
    together = [f"{topic}: {', '.join(f'{each} ({told(each)})' for each in names)}" for topic, names in topics.items()]
    alike: dict[str, list[str]] = {}
    for shown, left in figures.items():
        alike.setdefault(_some_of([name for name in cases if name in left], list(cases), topics), []).append(shown)
    return [*alone, *together, *(f"left out of {', '.join(shown)}: {words}" for words, shown in alike.items())]


def _some_of(left: list[str], names: list[str], topics: dict[str, list[str]]) -> str:
    """Return some of many names in the fewest words; those of one topic may be told by it."""
    rest = [each for each in names if each not in left]
    if not rest:
        return "this" if len(names) == 1 else "all of these"
    some, others = (_by_topic(each, topics) for each in (left, rest))
    return ", ".join(some) if len(some) <= len(others) + 1 else f"all of these but {', '.join(others)}"


def _by_topic(names: list[str], topics: dict[str, list[str]]) -> list[str]:
    """Return names, those of a topic that is there in whole as its word."""
    whole = {name: topic for topic, within in topics.items() if len(within) > 1 and {*within} <= {*names}
             for name in within}  # fmt: skip
    return list(dict.fromkeys(f"all of `{whole[name]}`" if name in whole else name for name in names))
