"""A case with parts as a case without.

What each part gives itself stands under a name of its own, such as `servers in training`; everything else is shared.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from calc.engine.flat import SHARED, flag_of, flat_catalogue, qualified
from calc.units import RATIO
from calc.value import Moment, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from calc.engine.catalogue import Catalogue
    from calc.scenario.resolved import ResolvedCase, Scenario


def flat_case(
    catalogue: Catalogue, case: ResolvedCase, years: Sequence[int], dated: Iterable[int] = ()
) -> ResolvedCase:
    """Return a case without parts that has all figures of the case and its parts.

    catalogue: without quantities of parts. years: those of the scenario. dated: those that figures are looked at in.
    """
    values, use, streams = dict(case.values), dict(case.use), dict(case.streams)
    for part in case.parts:
        use.update((qualified(name, part.name), variant) for name, variant in part.use.items())
        for name, value in part.values.items():
            known = values.get(name)
            if name not in part.streams and (known is None or known.currency):
                # A part may have converted what the whole case does not need.
                values[name] = known = value
            has_own_rate = value.converted in part.streams
            if name in part.streams or known is None or known.moments != value.moments or has_own_rate:
                rate = qualified(str(value.converted), part.name) if has_own_rate else value.converted
                values[qualified(name, part.name)] = replace(value, converted=rate)
                streams[qualified(name, part.name)] = part.streams.get(name, name)
            elif catalogue[name].formulas:
                use[qualified(name, part.name)] = SHARED
    for year in dated:
        moments = tuple((each, Moment(float(each == year))) for each in years)
        values[flag_of(year)] = Value(moments[0][1].point, None, RATIO, "given", by_year=moments)
    wanted = [qualified(name, part.name) for name, part in _figures(case.parts, "wanted")]
    needed = [qualified(name, part.name) for name, part in _figures(case.parts, "needed")]
    return replace(
        case, values=values, use=use, streams=streams, parts=[], wanted=[*wanted, *case.wanted],
        needed=[*needed, *case.needed], totals={},
    )  # fmt: skip


def _figures(parts: Sequence[ResolvedCase], which: str) -> list[tuple[str, ResolvedCase]]:
    """Return names and parts, all parts of one name together."""
    names = dict.fromkeys(name for part in parts for name in getattr(part, which))
    return [(name, part) for name in names for part in parts if name in getattr(part, which)]


def flat_scenario(scenario: Scenario) -> Scenario:
    """Return a scenario whose catalogue knows every quantity of every part, for cases that are flat."""
    if not scenario.parts:
        return scenario
    over = scenario.cases[0].over if scenario.cases else {}
    return replace(scenario, catalogue=flat_catalogue(scenario.catalogue, scenario.parts, scenario.totals, over=over))
