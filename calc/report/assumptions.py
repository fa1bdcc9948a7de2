"""Every input in use, its value, its status and its source."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from calc.report.report import Cell, Column, Row, Section, Table, name_cell, section
from calc.scenario.display import shown_value
from calc.text import shorten
from calc.units import RATIO
from calc.units.format import GIVEN_DIGITS, amount_text, bare_text, range_texts

if TYPE_CHECKING:
    from calc.engine.catalogue import Quantity
    from calc.study.results import Answer, CaseAnswer
    from calc.value import Value

_SOURCE_WIDTH = 40


def assumptions(answer: Answer, *, notes: bool = False, years: bool = False) -> list[Section]:
    """Return each input once, or once for each of its values when cases differ.

    notes: with notes and the addresses of sources. years: of what differs from year to year every year, not both ends.
    """
    rows = _rows(answer, notes=notes, years=years)
    heads = [
        Column(kind="label"),
        Column("value"),
        Column("status", "words"),
        Column("source", "prose", least=_SOURCE_WIDTH),
    ]
    return section("Assumptions", [Table(heads, rows, plain=True)] if rows else [], "assumptions", detail=True)


def _rows(answer: Answer, *, notes: bool, years: bool) -> list[Row]:
    rows = []
    given: dict[str, list[CaseAnswer]] = {}
    for case in answer.columns:
        for name in case.plan.leaves:
            given.setdefault(name, []).append(case)
    for name, columns in given.items():
        quantity = answer.scenario.catalogue[name]
        groups: dict[tuple[str, str, str], list[str]] = {}
        places: dict[tuple[str, str, str], dict[str, None]] = {}
        bases: dict[tuple[str, str, str], float] = {}
        for case in columns:
            value = shown_value(name, case.case.values, answer.years)
            key = (value_text(value, quantity, years=years), _status(value), _source(value, notes=notes))
            groups.setdefault(key, []).append(case.label)
            bases.setdefault(key, value.point)
            if value.place:
                places.setdefault(key, {})[str(value.place)] = None
        for key, cases in groups.items():
            text, status, source = key
            where = "" if len(groups) == 1 else _listed(cases)
            found = _listed(list(places.get(key, {})))
            whole = f"{source}; {found}" if found else source
            amount = Cell(text, base=bases[key], unit=quantity.unit, tone="number")
            label, about = name_cell(name), f"{where}: {whole}" if where else whole
            rows.append(Row([label, amount, Cell(status), Cell(about)]))
    return rows


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
