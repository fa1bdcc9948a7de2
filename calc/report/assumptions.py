"""The assumptions part of the table report: every input in use, its status and its source."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from calc.report.console import cell, fits, fixed, heading, prose, prose_cell
from calc.report.grid import Table
from calc.scenario.exchange import shown_value
from calc.text import shorten
from calc.units import RATIO
from calc.units.format import GIVEN_DIGITS, amount_text, bare_text, range_texts

if TYPE_CHECKING:
    from calc.engine.catalogue import Quantity
    from calc.report.console import Console
    from calc.study.results import Answer, CaseAnswer
    from calc.value import Value

_SOURCE_WIDTH = 40
_LONG_WORD = 60


def print_assumptions(console: Console, answer: Answer, *, notes: bool = False) -> None:
    """Print each input once, or once for each of its values when cases differ.

    notes: with notes and the addresses of sources.
    """
    rows = _rows(answer, notes=notes)
    if not rows:
        return
    heading(console, "Assumptions")
    table = _table(rows)
    # A long name in a source stays whole; an address may be broken.
    words = [word for row in rows for word in row.source.split() if len(word) <= _LONG_WORD]
    narrow = _table([row._replace(where="", source="x" * max(_SOURCE_WIDTH, *map(len, words))) for row in rows])
    if fits(console, narrow):
        console.print(table)
        return
    for row in rows:
        if row.name:
            fixed(console, f"  {row.name}")
        prose(console, f"{row.text} ({row.where})" if row.where else row.text, 4, "cyan")
        prose(console, f"{row.status}: {row.source}", 4, "dim")


class _Row(NamedTuple):
    """One value of an input; the name is empty below the first, where says in which cases it holds."""

    name: str
    text: str
    status: str
    where: str
    source: str


def _table(rows: list[_Row]) -> Table:
    table = Table(ruled=True)
    table.add_column()
    table.add_column(cell("value"), right=True)
    table.add_column(cell("status"))
    table.add_column(cell("source"))
    for row in rows:
        source = f"{row.where}: {row.source}" if row.where else row.source
        table.add_row(cell(row.name), cell(row.text, "cyan"), cell(row.status), prose_cell(source))
    return table


def _rows(answer: Answer, *, notes: bool) -> list[_Row]:
    rows = []
    given: dict[str, list[CaseAnswer]] = {}
    for case in answer.columns:
        for name in case.plan.leaves:
            given.setdefault(name, []).append(case)
    for name, columns in given.items():
        quantity = answer.scenario.catalogue[name]
        groups: dict[tuple[str, str, str], list[str]] = {}
        places: dict[tuple[str, str, str], dict[str, None]] = {}
        for case in columns:
            value = shown_value(name, case.case.values, answer.years)
            key = (value_text(value, quantity), _status(value), _source(value, notes=notes))
            groups.setdefault(key, []).append(case.label)
            if value.place:
                places.setdefault(key, {})[str(value.place)] = None
        for position, (key, cases) in enumerate(groups.items()):
            text, status, source = key
            where = "" if len(groups) == 1 else _listed(cases)
            found = _listed(list(places.get(key, {})))
            whole = f"{source}; {found}" if found else source
            rows.append(_Row(name if position == 0 else "", text, status, where, whole))
    return rows


def _listed(cases: list[str]) -> str:
    shown = "; ".join(shorten(case, 40) for case in cases[:2])
    return shown if len(cases) <= 2 else f"{shown}; {len(cases) - 2} more"


def value_text(value: Value, quantity: Quantity) -> str:
    """Return a given value with its range, such as `2 years (1 to 3)`, and of a yearly one the years or the growth."""
    if value.by_year:
        ends = [value.by_year[0], *([value.by_year[-1]] if len(value.by_year) > 1 else [])]
        moments = (replace(value, point=each.point, distribution=each.distribution, by_year=()) for _, each in ends)
        texts = (f"{_spread_text(moment, quantity)} in {year}" for moment, (year, _) in zip(moments, ends, strict=True))
        text = " … ".join(texts)
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


def _source(value: Value, *, notes: bool) -> str:
    parts = [value.source or "no source"]
    if value.converted:
        parts.append(f"{value.original} converted with {value.converted}")
    if value.fact:
        parts.append(f"fact {value.fact}")
    if value.replaces:
        parts.append(f"instead of fact {value.replaces}")
    if notes:
        parts += [value.url] if value.url else []
        parts += [f"note: {value.note}"] if value.note else []
    return "; ".join(parts)
