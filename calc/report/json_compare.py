"""The result of a comparison as plain dictionaries: figures side by side, differences, and the way between them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from calc.engine.explain import figure_text
from calc.engine.flat import SHARED, qualified
from calc.report.assumptions import value_text
from calc.report.json_values import STATISTICS, figure_dict, number, statistics_dict
from calc.scenario.years import span_text
from calc.study.change import FORMULAS, USE, YEARS
from calc.units.format import clean
from calc.value import Moment

if TYPE_CHECKING:
    from calc.engine.catalogue import Quantity
    from calc.study.change import Side
    from calc.study.compare import Compared, CompareFigure, Step, Waterfall
    from calc.value import Value

_DIGITS = 15


def compare_dict(found: Compared) -> dict[str, Any]:
    """Return every figure in all cases; `to_first` has one entry for each case but the first.

    Of scenarios whose cases are compared in pairs `cases` are the scenarios, and each figure names its `pair`.
    """
    figures = _figures(found)
    for name, each in found.pairs.items():
        figures += [{"pair": name, **row} for row in _figures(each)]
    return {
        "cases": [side.label for side in found.sides],
        "figures": figures,
        "notes": found.notes,
    }


def _figures(found: Compared) -> list[dict[str, Any]]:
    catalogue = found.sides[0].scenario.catalogue
    return [_figure(found.sides, row, catalogue[row.name]) for row in found.figures]


def _figure(sides: list[Side], row: CompareFigure, quantity: Quantity) -> dict[str, Any]:
    values = [
        {**figure_dict(each, quantity), **statistics_dict(found, share, quantity, without)}
        for each, found, share, without in zip(row.figures, row.statistics, row.shares, row.without, strict=True)
    ]
    to_first = []
    for at, side in enumerate(sides[1:]):
        difference, ratio, spread = row.differences[at], row.ratios[at], row.spreads[at]
        entry: dict[str, Any] = {
            "case": side.label,
            "difference": difference and _difference(values[0]["value"], values[at + 1]["value"]),
            "ratio": None if ratio is None else clean(ratio),
            "samples": None,
            "waterfall": _waterfall(sides[0], side, row.waterfalls[at], quantity),
        }
        if spread is not None:
            entry["samples"] = {
                **{key: number(getattr(spread, key), quantity.unit) for key in STATISTICS},
                "ratio": None if spread.ratio is None else clean(spread.ratio),
                "probability_lower": spread.lower,
            }
        to_first.append(entry)
    dated = {} if row.year is None else {"year": row.year}
    return {"name": row.name, **dated, "unit": quantity.unit_text, "values": values, "to_first": to_first}


def _difference(before: float, after: float) -> float:
    decimals = _decimals([before, after])
    return _less(round(after, decimals), round(before, decimals))


def _less(after: float, before: float) -> float:
    """Return the difference of two numbers as they are written, without the noise of binary fractions."""
    return float(Decimal(repr(after)) - Decimal(repr(before))) + 0.0


def _waterfall(first: Side, second: Side, found: Waterfall | None, quantity: Quantity) -> dict[str, Any] | None:
    if found is None:
        return None
    numbers = [number(each, quantity.unit) for each in (found.start, *(step.after for step in found.steps), found.end)]
    decimals = _decimals(numbers)
    # All have as many decimals, and each step is the difference of two of them as they are written, so that they add up
    # to the last digit.
    start, *afters, end = (round(each, decimals) + 0.0 for each in numbers)
    steps, before = [], start
    for step, after in zip(found.steps, afters, strict=True):
        steps.append({"inputs": _words(first, second, step), "change": _less(after, before), "after": after})
        before = after
    return {"from": start, "to": end, "method": found.method, "steps": steps, "reason": None}


def _decimals(numbers: list[float]) -> int:
    """Return how many decimals numbers can have so that the largest of them has no more digits than a float."""
    return _DIGITS - 1 - max((Decimal(repr(each)).adjusted() for each in numbers if each), default=0)


def _words(first: Side, second: Side, step: Step) -> list[dict[str, Any]]:
    return [{"name": name, **dict(zip(("from", "to"), _both(first, second, name), strict=True))} for name in step.names]


def _both(first: Side, second: Side, name: str) -> tuple[str | None, str | None]:
    """Return what both sides say of an input or a variant, in words; None for one that says nothing."""
    if name == FORMULAS:
        return None, None
    if name == YEARS:
        one, other = (span_text(side.scenario.years) or None for side in (first, second))
        return one, other
    if name.startswith(USE):
        return _variant(first, name.removeprefix(USE)), _variant(second, name.removeprefix(USE))
    values = [_value(side, name) for side in (first, second)]
    if all(value is not None and value.by_year for value in values):
        # Of values by year those that differ tell.
        years = [dict(value.by_year) for value in values if value is not None]
        same = {year for year in years[0] if years[1].get(year, Moment(0.0)).point == years[0][year].point}
        kept = (tuple(each for each in value.by_year if each[0] not in same) for value in values if value is not None)
        values = [replace(value, by_year=each) for value, each in zip(values, kept, strict=True) if value is not None]
    one, other = (_text(side, name, value) for side, value in zip((first, second), values, strict=True))
    return one, other


def _value(side: Side, name: str) -> Value | None:
    """Return a value of a side, of a part that gives none that of all parts."""
    values = side.case.values
    return values.get(name) or values.get(name.partition(" in ")[0])


def _text(side: Side, name: str, value: Value | None) -> str | None:
    if value is None:
        return None
    quantity = side.scenario.catalogue[name]
    if not value.is_yearly:
        # The rate that an amount goes through is a change of its own.
        if value.original:
            return value.original
        return figure_text(value.point, quantity, given=True)
    growth = None if value.growth is None else Moment(value.growth.point)
    years = tuple((year, Moment(each.point)) for year, each in value.by_year)
    return value_text(replace(value, distribution=None, growth=growth, by_year=years), quantity)


def _variant(side: Side, chosen: str) -> str:
    catalogue, use = side.scenario.catalogue, side.case.use
    base, _, part = chosen.partition(" in ")
    choice = catalogue.choices.get(base)
    bound = choice.binds[0] if choice else base
    found = use.get(qualified(base, part)) or use.get(qualified(bound, part))
    return next(iter(catalogue[bound].formulas)) if found in {None, SHARED} else str(found)
