"""Sums of a figure over the parts of a case."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from calc.engine.figures import Figure, NotIncluded, NoValue, Series, Single, at_year
from calc.errors import CalcError

if TYPE_CHECKING:
    from calc.study.results import CaseAnswer


def add_up(found: CaseAnswer, total: str, added: str) -> None:
    """Add the sum of figure `added` over the parts to a case, at the point values.

    A part in which the figure is not included is left out of the sum; a remark says so.
    """
    all_parts = found.parts_of(total)
    parts = [part for part in all_parts if not isinstance(part.figures[added], NotIncluded)]
    if not parts:
        names = [name for part in all_parts for name in _left_out(part.figures[added])]
        found.figures[total] = NotIncluded(tuple(dict.fromkeys(names)))
        return
    figures = {part.case.name: part.figures[added] for part in parts}
    years = max((len(each.values) for each in figures.values() if isinstance(each, Series)), default=0)
    if years:
        found.figures[total] = Series(tuple(_sum(total, added, figures, at) for at in range(years)))
    else:
        found.figures[total] = _sum(total, added, figures, 0)


def _left_out(figure: Figure) -> tuple[str, ...]:
    return figure.names if isinstance(figure, NotIncluded) else ()


def _sum(total: str, added: str, figures: dict[str, Figure], year: int) -> Single:
    result = 0.0
    for part, figure in figures.items():
        single = at_year(figure, year)
        if isinstance(single, NoValue):
            return NoValue(f"part {part}: {single.reason}")
        if not isinstance(single, NotIncluded):
            result += single
    if not isfinite(result):
        raise CalcError("E-NOT-FINITE", f"`{total}` overflows", hint=f"it adds up `{added}` over the parts")
    return result
