"""Remarks that go with an answer: inputs nothing needed, unverified facts, prices of long ago."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from calc.engine.figures import NotIncluded
from calc.units import CURRENCIES

if TYPE_CHECKING:
    from calc.study.results import Answer

_OLD_DAYS = 365


def today() -> date:
    """Return the date that ages are counted to; SOURCE_DATE_EPOCH fixes it for repeatable output."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    try:
        return datetime.fromtimestamp(int(epoch), tz=UTC).date()
    except (ValueError, OverflowError, OSError):
        return date.today()


def remarks(answer: Answer) -> list[str]:
    """Return the remarks, each one line."""
    return [
        *_unused(answer),
        *_without_effect(answer),
        *_partial_totals(answer),
        *_old_prices(answer),
        *_unverified(answer),
    ]


def _unused(answer: Answer) -> list[str]:
    given: dict[str, None] = {}
    used = set()
    for case in answer.columns:
        used.update(case.plan.leaves)
        used.update(value.converted for value in case.case.values.values() if value.converted)
        # A default was not asked for, so that nobody minds when nothing needs it.
        asked = {name: each for name, each in case.case.values.items() if each.status != "default"}
        given.update((name, None) for name, value in asked.items() if value.place is not None)
    idle = [name for name in given if name not in used and name not in answer.unheeded]
    return (
        [f"unused input: {', '.join(idle)} (no figure asked for needs {'it' if len(idle) == 1 else 'them'})"]
        if idle
        else []
    )


def _without_effect(answer: Answer) -> list[str]:
    """Return what the scenario says beside values and no figure of the answer needs."""
    stated, columns = answer.scenario.stated, answer.columns
    answered = {name for case in columns for name in case.plan.answered}
    computed = {name for case in columns for name in case.plan.order}
    subjects = {
        fact.rpartition(".")[0]
        for case in columns
        for name in (*case.plan.leaves, *(value.converted for value in case.case.values.values() if value.converted))
        for fact in (case.case.values[name].fact, case.case.values[name].replaces)
        if fact
    }
    kinds = {
        "formula": [name for name in stated.formulas if name not in answered],
        "total": [name for name in stated.totals if name not in answered],
        "choice under `use`": [name for name, binds in stated.use if computed.isdisjoint(binds)],
        "facts": [name for name in stated.facts if name not in subjects],
        "section": ["uncertainty"] if stated.uncertainty and not answer.is_uncertain else [],
    }
    return [f"unused {kind}: {', '.join(names)} (nothing asked for needs it)" for kind, names in kinds.items() if names]


def _partial_totals(answer: Answer) -> list[str]:
    """Return a line for every sum that leaves out parts whose figure is not included."""
    lines = []
    for case in answer.cases:
        for total, added in case.case.totals.items():
            parts = case.parts_of(total)
            out = [part.case.name for part in parts if isinstance(part.figures[added], NotIncluded)]
            if out and len(out) < len(parts):
                lines.append(f"{total} leaves out {', '.join(out)}, where {added} is not included")
    return lines


def _used_facts(answer: Answer) -> dict[str, tuple[str, str, str]]:
    """Return name, as_of and status of every fact in use, by id."""
    found = {}
    for case in answer.columns:
        rates = [value.converted for value in case.case.values.values() if value.converted]
        for name in (*case.plan.leaves, *rates):
            value = case.case.values[name]
            if value.fact:
                found[value.fact] = (name, value.as_of or "", value.fact_status or "")
    return found


def _old_prices(answer: Answer) -> list[str]:
    old = []
    for fact, (name, as_of, _) in _used_facts(answer).items():
        # A price is money per something; a sum of money, such as a budget, does not age.
        unit = answer.scenario.catalogue[name].unit
        currencies = [base for base, _ in unit.dimension.exponents if base in CURRENCIES]
        is_price = len(currencies) == 1 and len(unit.atoms) > 1
        if is_price and (today() - _date(as_of)).days > _OLD_DAYS:
            old.append(f"{fact} ({as_of})")
    return [f"price older than a year: {', '.join(old)}"] if old else []


def _unverified(answer: Answer) -> list[str]:
    found = [fact for fact, (_, _, status) in _used_facts(answer).items() if status == "unverified"]
    return [f"unverified fact: {', '.join(found)}"] if found else []


def _date(as_of: str) -> date:
    """Return the last day that a date, a month or a year may mean."""
    parts = [int(each) for each in as_of.split("-")]
    if len(parts) == 3:
        return date(*parts)
    year, month = (parts[0], parts[1]) if len(parts) == 2 else (parts[0], 12)
    return date(year, month, 28)
