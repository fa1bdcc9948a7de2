"""Every input in use, its value, its status and its source."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from calc.records import replace
from calc.report.report import Block, Cell, Column, Paragraph, Row, Section, Table, name_cell, section
from calc.scenario.display import shown_value
from calc.text import shorten
from calc.units import RATIO
from calc.units.format import GIVEN_DIGITS, amount_text, bare_text, range_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.engine.catalogue import Quantity
    from calc.study.results import Answer, CaseAnswer
    from calc.value import Value

_SOURCE_WIDTH, _REST_WIDTH = 40, 20


class _Given(NamedTuple):
    """An input with one value: its name, the value, its status, its source, the fact it is, and what else is said."""

    name: str
    amount: Cell
    status: str
    source: str
    fact: str
    rest: str

    def about(self, *, status: str = "", subject: str = "") -> str:
        """Return what is said of it beside its source; status, subject: what was said for several already."""
        is_told = bool(subject) and self.fact == f"{subject}.{self.name}"
        fact = f"fact {self.fact}" if self.fact and not is_told else ""
        return _joined("" if self.status == status else self.status, fact, self.rest)


def assumptions(answer: Answer, *, notes: bool = False, years: bool = False) -> list[Section]:
    """Return each input once, or once for each of its values when cases differ; those of one source as one block.

    notes: with notes and the addresses of sources. years: of what differs from year to year every year, not both ends.
    """
    blocks: dict[str, list[_Given]] = {}
    for each in _given(answer, notes=notes, years=years):
        blocks.setdefault(each.source, []).append(each)
    heads = [Column(kind="label"), Column("value"), Column("status", "words")]
    alone = Table([*heads, Column("source", "prose", least=_SOURCE_WIDTH)], plain=True)
    alone.rows = [
        Row([name_cell(one.name), one.amount, Cell(one.status), Cell(_joined(source, one.about(status=one.status)))])
        for source, (one, *others) in blocks.items()
        if not others
    ]
    found: list[Block] = [alone] if alone.rows else []
    for source, together in blocks.items():
        if len(together) > 1:
            found += _block(source, together)
    return section("Assumptions", found, "assumptions", detail=True)


def _block(source: str, together: list[_Given]) -> list[Block]:
    """Return inputs of one source, which is told once, and so are the status and the bundle that all have."""
    statuses, subjects = {each.status for each in together}, {each.fact.rpartition(".")[0] for each in together}
    status = statuses.pop() if len(statuses) == 1 else ""
    subject = subjects.pop() if len(subjects) == 1 else ""
    table = Table([Column(kind="label"), Column(), Column(kind="prose", least=_REST_WIDTH)], plain=True)
    table.rows = [
        Row([name_cell(each.name), each.amount, Cell(each.about(status=status, subject=subject))], 1)
        for each in together
    ]
    head = _joined(source, f"facts of {subject}" if subject else "", status)
    return [Paragraph(head), table]


def _given(answer: Answer, *, notes: bool, years: bool) -> Iterator[_Given]:
    given: dict[str, list[CaseAnswer]] = {}
    for case in answer.columns:
        for name in case.plan.leaves:
            given.setdefault(name, []).append(case)
    for name, columns in given.items():
        quantity = answer.scenario.catalogue[name]
        groups: dict[tuple[str, str, str, str, str], list[str]] = {}
        places: dict[tuple[str, str, str, str, str], dict[str, None]] = {}
        bases: dict[tuple[str, str, str, str, str], float] = {}
        for case in columns:
            value = shown_value(name, case.case.values, answer.years)
            key = value_text(value, quantity, years=years), _status(value), *_source(value, notes=notes)
            groups.setdefault(key, []).append(case.label)
            bases.setdefault(key, value.point)
            if value.place:
                places.setdefault(key, {})[str(value.place)] = None
        for key, cases in groups.items():
            text, status, source, fact, rest = key
            where = "" if len(groups) == 1 else f"in {_listed(cases)}"
            amount = Cell(text, base=bases[key], unit=quantity.unit, tone="number")
            places_told = _listed(list(places.get(key, {})))
            yield _Given(name, amount, status, source, fact, _joined(where, rest, places_told))


def _joined(*parts: str) -> str:
    return "; ".join(each for each in parts if each)


def _listed(cases: list[str]) -> str:
    shown = "; ".join(shorten(case, 40) for case in cases[:2])
    return shown if len(cases) <= 2 else f"{shown}; {len(cases) - 2} more"


def value_text(value: Value, quantity: Quantity, *, years: bool = False) -> str:
    """Return a given value with its range, such as `2 years (1 to 3)`, and of a yearly one the years or the growth.

    years: every year, not only the first and the last.
    """
    if value.by_year:
        ends = (
            [*value.by_year] if years else [value.by_year[0], *([value.by_year[-1]] if len(value.by_year) > 1 else [])]
        )
        moments = (replace(value, point=each.point, distribution=each.distribution, by_year=()) for _, each in ends)
        texts = (f"{_spread_text(moment, quantity)} in {year}" for moment, (year, _) in zip(moments, ends, strict=True))
        text = ("; " if years else " … ").join(texts)
    else:
        text = _spread_text(value, quantity)
    if value.growth is not None:
        grows = replace(value, point=value.growth.point, distribution=value.growth.distribution, growth=None)
        before = " before conversion" if value.by_year else ""
        text += f", grows {_spread_text(grows, _growth_quantity())}/year{before}"
    return text + (f", {value.draws}" if value.draws else "")


@lru_cache(maxsize=1)
def _growth_quantity() -> Quantity:
    from calc.engine.catalogue import Quantity

    return Quantity("growth_share", RATIO, "1", "Growth", None, None, optional=False, model="scenario")


def _spread_text(value: Value, quantity: Quantity) -> str:
    digits = GIVEN_DIGITS
    # What a conversion or a median makes of a figure has no more digits than it deserves.
    if value.converted or (value.distribution is not None and value.distribution.kind == "lognormal"):
        digits = 6
    text = amount_text(value.point, quantity.unit, share=quantity.is_share, digits=digits)
    if value.distribution is None:
        return text
    ends = dict(value.distribution.parameters)
    keys = ("low", "high") if "low" in ends else ("p10", "p90") if "p10" in ends else ("mean", "sd")
    share = quantity.is_share
    if keys[1] == "sd":
        return f"{text} (sd {bare_text(ends['sd'], quantity.unit, share=share, digits=digits)})"
    first, second = range_texts(ends[keys[0]], ends[keys[1]], quantity.unit, share=share, digits=digits)
    head = f"{keys[0]} " if keys[0] == "p10" else ""
    middle = "median, " if "median" in ends else ""
    return f"{text} ({middle}{head}{first} to {keys[1] + ' ' if head else ''}{second})"


def _status(value: Value) -> str:
    return f"{value.status}, {value.fact_status}" if value.fact_status else value.status


def _source(value: Value, *, notes: bool) -> tuple[str, str, str]:
    """Return where a value comes from, the fact that it is, and what else is said of it."""
    parts = [f"{value.original} converted with {value.converted}"] if value.converted else []
    parts += [f"instead of fact {value.replaces}"] if value.replaces else []
    parts += [f"note: {value.note}"] if notes and value.note else []
    source = value.source or "no source"
    return f"{source}; {value.url}" if notes and value.url else source, value.fact or "", "; ".join(parts)
