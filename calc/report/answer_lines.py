"""What an answer says in lines of words: verdicts, what binds, why there is no value, conventions, what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.explain import figure_text
from calc.engine.figures import NotIncluded, NoValue, Series
from calc.report.report import (
    Block,
    Cell,
    Column,
    Notice,
    Paragraph,
    Row,
    Section,
    Table,
    label,
    name_cell,
    number,
    stacked,
    words_in,
    written,
)
from calc.scenario.facts_files import own_of
from calc.scenario.sections import STUDIES
from calc.study.answer import ASSUMES
from calc.study.headline import headline_text, off_median, percentile_text
from calc.study.points import breakdown, worth_of_left_out
from calc.study.remarks import alike_checks
from calc.text import and_list, shorten
from calc.units.format import percent_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from calc.engine.catalogue import Quantity
    from calc.engine.figures import Figure
    from calc.report.report import Severity
    from calc.study.results import Answer, CaseAnswer, CheckResult, LineAnswer

# What is left out is told in so many characters, about two lines.
_ROOM_FOR_LEFT_OUT = 110
_SMALL = 0.005
# What is left out of another figure than the headline is told where it is likely to change it by so much.
_LARGE = 0.05
# With it a fact and what takes it, both with long names, are told whole.
_ROOM_FOR_WARNING = 240
# A sum of so many parts is told whole.
_MOST_PARTS = 3
# What holds in fewer of the samples than this is told to be open.
_OPEN = 0.6
NOT_STATED = "no figure"
_LISTED = 3


def figure_in(case: CaseAnswer, name: str) -> Figure | None:
    """Return a figure that a column answers, or None."""
    return case.figures.get(name) if case.shows(name) else None


def figure_cell(figure: Figure, quantity: Quantity, after: str = "") -> Cell:
    """Return a figure as a cell, or the words for its absence; after: words that follow it."""
    if isinstance(figure, float | int):
        return number(figure, quantity, after=after)
    return written(f"{figure_text(figure, quantity)}{after}")


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
            so = "so" if len(told.texts) == 1 else "all of this"
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
            share = "" if told.probability is None else f" in {percent_text(told.probability)}"
            share += " of the samples" if share and not found else ""
            # Of two ways one wins in half of the samples by chance.
            open_end = " (open)" if told.probability is not None and told.probability < _OPEN else ""
            found.append(f"{where}{told.in_short}{share}{open_end}")
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


# ---------------------------------------------------------------- what a reader must know on the first screen


def plans(answer: Answer) -> list[Notice]:
    """Return what binds a plan and what it strands."""
    if not answer.placements:
        return []
    from calc.report.placement import plan_notices

    return [*plan_notices(answer)]


def first_of(blocks: Sequence[Block], most: int, what: str) -> list[Block]:
    """Return the first blocks, and how many more there are of what."""
    more = len(blocks) - most
    return [*blocks[:most], *([Paragraph(f"and {more} more {what}", "bad")] if more > 0 else [])]


def checks_told(answer: Answer) -> list[Notice]:
    """Return what fails or is doubtful, what fails first."""
    found: list[Notice] = []

    def told(check: CheckResult) -> str:
        return "" if check.passed and not check.is_doubtful else f"{check.passed} {check.probability}"

    for alike in alike_checks(answer, told):
        check, labels = alike[0][1], [shorten(case.label) for case, _ in alike]
        is_all = len(labels) > 1 and len(labels) == len(answer.cases)
        where = f" ({'every case' if is_all else '; '.join(labels)})" if len(answer.columns) > 1 else ""
        words = (not check.passed and check.meaning) or f"`{check.condition.text}`"
        year = f" in {check.year}" if check.year is not None else ""
        share = f": holds in {percent_text(check.probability)} of the samples" if check.probability is not None else ""
        severity: Severity = "warning" if check.passed else "error"
        found.append(Notice(f"{words}{where}{year}{share}", severity, "DOUBTFUL" if check.passed else "FAILS"))
    for case in answer.columns:
        found += [Notice(each.message, "error", "FAILS") for each in case.broken]
    return sorted(found, key=lambda each: each.severity != "error")


def drivers(answer: Answer, name: str | None) -> list[Notice]:
    """Return what the headline depends on most: the inputs that spread it, or the largest parts of a sum."""
    if name is None:
        return []
    case = next(case for case in answer.columns if case.shows(name))
    catalogue = answer.scenario.catalogue
    shares = [(each, share) for each, share in case.contributors(name)[:2] if share >= _SMALL]
    if shares and name in case.samples:
        texts = [f"{label(catalogue[each])} ({percent_text(share, digits=2)})" for each, share in shares]
        return [Notice(", ".join(texts).replace(" %)", " % of the spread)", 1), "", "driven by")]
    lines = breakdown(case, name, catalogue)
    if lines:
        shown = lines if len(lines) <= _MOST_PARTS else lines[: _MOST_PARTS - 1]
        parts = [f"{label(catalogue[each.name])} ({percent_text(each.share, digits=2)})" for each in shown]
        more = len(lines) - len(shown)
        return [Notice(", ".join(parts) + (f" and {more} more" if more else ""), "", "made up of")]
    decided = case.binding(name, catalogue)
    return [Notice(words_in(decided[0], catalogue), "", "decided by")] if decided else []


def study_lines(answer: Answer) -> list[list[Notice]]:
    """Return what each study found, in lines of which the first say most."""
    if answer.studies.is_empty:
        return []
    from calc.report.json import studies_dict
    from calc.report.report import report_of

    studied = answer.studies.scenario or answer.scenario
    return [
        [Notice(words_in(line, studied.catalogue), "", STUDIES[name].front)
         for line in report_of(name).lines(body, studied.catalogue)]
        for name, body in studies_dict(answer.scenario, answer.studies).items()
    ]  # fmt: skip


def without_value(answer: Answer) -> list[Block]:
    """Return the first reason for which figures have no value."""
    lines = reason_lines(answer)
    return [Notice(words_in(lines[0], answer.scenario.catalogue), "warning", "no value")] if lines else []


def left_out(answer: Answer, name: str | None) -> list[Block]:
    """Return what the headline leaves out, first what is likely to be worth most."""
    if name is None:
        return []
    case, catalogue = next(case for case in answer.columns if case.shows(name)), answer.scenario.catalogue
    worth = worth_of_left_out(answer.scenario, case, name)
    if not worth:
        return []
    shares: dict[str, float] = {}
    within: dict[str, dict[str, None]] = {}
    for each in worth:
        topic, _, part = catalogue[each.name].topic.partition(": ")
        words = topic or label(catalogue[each.name])
        shares[words] = max(shares.get(words, 0.0), each.share or 0.0, key=abs)
        within.setdefault(words, {}).update({part: None} if part else {})
    parts = []
    for words, share in shares.items():
        about = f" ({', '.join(within[words])})" if within[words] else ""
        parts.append(f"{words}{about}" + (f" (likely {_percent(share)})" if abs(share) >= _SMALL else ""))
    shown = max(1, sum(1 for at in range(len(parts)) if len(", ".join(parts[: at + 1])) <= _ROOM_FOR_LEFT_OUT))
    more = len(parts) - shown
    tail = f" and {more} more" if more > 0 else ""
    return [Notice(f"{', '.join(parts[:shown])}{tail}", "", "not in it")]


def _percent(share: float) -> str:
    """Return a likely change in two digits, written out: -1,100 % and not -1.1e+03 %."""
    return f"{float(f'{share * 100:.2g}'):+,.10g} %"


def from_files(answer: Answer) -> list[Block]:
    """Return which inputs come from which file of facts of one's own."""
    used = ((name, case.case.values[name]) for case in answer.columns for name in case.plan.leaves)
    found = own_of(answer.scenario.origin.options.read_facts or (), used)
    return [Paragraph(f"from {file}: {shorten(', '.join(names), _ROOM_FOR_LEFT_OUT)}") for file, names in found.items()]


def left_out_elsewhere(answer: Answer, lead: str | None, names: list[str]) -> list[Block]:
    """Return what figures beside the headline leave out, where it is likely to change them much."""
    if len(answer.columns) != 1:
        return []
    case, catalogue = answer.columns[0], answer.scenario.catalogue
    told = set(case.left_out(lead)) if lead else set()
    found: list[tuple[float, str]] = []
    for name in names:
        lacking = [each for each in case.left_out(name) if each not in told]
        worth = worth_of_left_out(answer.scenario, case, name, lacking)
        if worth and abs(share := worth[0].share or 0.0) >= _LARGE:
            told.add(worth[0].name)
            found.append(
                (share, f"of {label(catalogue[name])}: {label(catalogue[worth[0].name])} (likely {_percent(share)})")
            )
    return [Notice(text, "", "not in it") for _, text in sorted(found, key=lambda each: -abs(each[0]))[:1]]


def warnings_told(answer: Answer, most: int) -> list[Block]:
    """Return the first warnings, and how many more there are; that a fact of one's own is not used is always told."""
    passed_over = answer.scenario.passed_over
    others = [each for each in answer.warnings if not each.startswith("`") or "holds at the median" not in each]
    told, most = list(dict.fromkeys([*passed_over, *others])), max(most, len(passed_over))
    found: list[Block] = [Notice(shorten(line, _ROOM_FOR_WARNING), "warning", "!") for line in told[:most]]
    more = len(told) - most
    tail = f"and {more} more warning{'s' if more > 1 else ''}"
    return [*found, *([Paragraph(tail, "warning")] if more > 0 else [])]


# ---------------------------------------------------------------- a table of other scenarios' figures


def table_section(answer: Answer) -> list[Section]:
    """Return a scenario's table: each line with its figure as stated, as computed, and what it rests on."""
    if not answer.lines:
        return []
    heads = [
        Column(kind="label"),
        *(Column(each, "words") for each in ("as stated", "as computed", "status", "scenario")),
    ]
    table = Table(heads)
    for found in answer.lines:
        stated, computed = (_line_cell(found, names) for names in (found.line.stated, found.line.computed))
        path = Cell(found.line.path, is_name=True)
        table.rows.append(Row([Cell(found.line.label), stated, computed, Cell(_status(found)), path]))
    return [Section("Table", [table], "table")]


def _line_cell(found: LineAnswer, names: list[str]) -> Cell:
    """Return figures, each with its name below it."""
    if not names:
        return Cell(NOT_STATED, tone="quiet")
    return stacked(each for name, text in line_figures(found, names) for each in (written(text), name_cell(name)))


def line_figures(found: LineAnswer, names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield names and figures with their ranges: of a given value its own, of a computed one its headline."""
    from calc.report.explain_report import value_text

    catalogue, case = found.answer.scenario.catalogue, found.case
    for name in names:
        quantity = catalogue[name]
        given = case.case.values.get(name)
        if given is not None:
            yield name, value_text(given, quantity)
            continue
        off = [each for each in off_median(case, name) if each is not None]
        likely = f", likely at {percentile_text(off[0])}" if off else ""
        yield name, f"{headline_text(case, name, quantity)}{likely}"


def _status(found: LineAnswer) -> str:
    """Return whether the figures are stated, follow, or need assumptions, and which."""
    if found.status != ASSUMES:
        return found.status
    listed, more = found.assumptions[:_LISTED], len(found.assumptions) - _LISTED
    words = ", ".join(listed) + f" and {more} more" if more > 0 else and_list(listed)
    return f"{found.status}: {words}".replace("`", "")
