"""What is given below figures where a study chooses some of it: all years of a start, an amount at its rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.figures import NotIncluded, Series
from calc.engine.flat import growth_of
from calc.expression import Call, Expression, Name, Number
from calc.scenario.exchange import conversion
from calc.scenario.years import figure_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from calc.engine.figures import Figure
    from calc.engine.graph import Plan
    from calc.scenario.resolved import ResolvedCase
    from calc.study.draws import Draws
    from calc.value import Value


def leaves(
    plan: Plan,
    values: Mapping[str, Value],
    totals: Mapping[str, Figure],
    years: Sequence[int],
    chosen: Mapping[str, float | Series],
    without: Iterable[str] = (),
) -> dict[str, Figure]:
    """Return the figures of all that a plan computes nothing for, as they are given: chosen ones, and the case's.

    totals: of those computed elsewhere. without: names to leave out.
    """
    figures: dict[str, Figure] = {name: NotIncluded((name,)) for name in plan.not_included}
    figures.update((name, NotIncluded(lacking)) for name, lacking in plan.left_out.items())
    figures.update((name, totals[name]) for name in plan.totals if name not in without)
    for name in plan.leaves:
        if name in chosen:
            found = chosen[name]
            figures[name] = found if isinstance(found, Series) else float(found)
        elif name not in without:
            figures[name] = figure_of(values[name], years)
    return figures


def following(
    leaves: Iterable[str], values: Mapping[str, Value], inputs: Mapping[str, bool]
) -> Iterator[tuple[str, Expression]]:
    """Yield what leaves are, over what is given for them, for those that are more than that; rates come first.

    inputs: names that have a value beside the case's, and whether they have one in every year.
    """
    given = [(name, values[name]) for name in leaves if name in values]
    for name, value in sorted(given, key=lambda each: each[1].converted is not None):
        written: Expression = Name(name)
        if value.growth is not None and inputs.get(name) is False:
            growth = growth_of(name)
            written = Call("grow", (written, Name(growth) if growth in inputs else Number(value.growth.point)))
        if value.converted or written != Name(name):
            yield name, conversion(written, value)


def drawn(uncertain: Iterable[str], values: Mapping[str, Value], chosen: Iterable[str]) -> dict[str, bool]:
    """Return what is drawn beside single values of chosen inputs, and whether it has a value in every year.

    Of a chosen input that grows it is the growth.
    """
    chosen, found = set(chosen), {}
    for name in uncertain:
        growth = values[name].growth
        if name not in chosen:
            found[name] = values[name].is_yearly
        elif growth is not None and growth.distribution is not None:
            found[growth_of(name)] = False
    return found


def draw(draws: Draws, name: str, case: ResolvedCase, years: Sequence[int], start: int, count: int) -> Any:
    """Return samples of an uncertain input, or of the growth of one, shape (count,) or (years, count)."""
    if name in case.values:
        return draws.value(case.streams.get(name, name), case.values[name], years, start, count)
    owner = next(each for each in case.values if growth_of(each) == name)
    growth = case.values[owner].growth
    if growth is None:
        raise AssertionError(name)
    return draws.growth(case.streams.get(owner, owner), growth, start, count)
