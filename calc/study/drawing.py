"""Samples of an answer: kept up to a million, beyond that counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.study.room import check_room
from calc.study.simulate import keep, simulation_of

if TYPE_CHECKING:
    from calc.longrun.resources import Means
    from calc.scenario.resolved import Scenario
    from calc.study.results import Answer

# Up to so many samples are kept; of more, the first ones, by which percentiles are found and inputs compared.
KEPT = 1_000_000
FIRST = 1 << 17
# So many samples of every figure on the way take little room.
_FEW = 1 << 16


def simulate(scenario: Scenario, result: Answer, means: Means, *, everything: bool | None = None) -> None:
    """Compute what is uncertain in an answer on samples.

    everything: all figures on the way too; None for where they are few.
    Raises CalcError when the samples to be kept would not fit into memory.
    """
    if everything is None:
        everything = scenario.samples <= _FEW
    simulation = simulation_of(scenario, result.cases, everything=everything)
    if not simulation.is_uncertain:
        return
    kept = scenario.samples if scenario.samples <= KEPT else FIRST
    arrays = sum(simulation.width(each, name) for each in result.columns for name in simulation.names[id(each)])
    check_room(scenario.samples, arrays, kept)
    keep(simulation, kept)
    if kept < scenario.samples:
        from calc.study.counting import count

        count(simulation, means, everything=everything)
