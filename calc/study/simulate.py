"""Samples of the figures of all cases, block by block, and the first of them kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.figures import NotIncluded, Series
from calc.engine.graph import formula_of
from calc.scenario.exchange import varies
from calc.study.breakdown import MOST, line_amounts
from calc.study.draws import draws_of
from calc.study.evaluator import Evaluator
from calc.study.room import block_size
from calc.study.verdicts import verdict_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from calc.scenario.resolved import Scenario
    from calc.study.results import CaseAnswer

Key = tuple[int, str]


class Simulation:
    """All cases and parts of a scenario on samples.

    columns: the computed cases and parts, each part before its case. names: what is wanted of each.
    """

    def __init__(self, scenario: Scenario, cases: Iterable[CaseAnswer], names: Iterable[Iterable[str]]) -> None:
        self.scenario = scenario
        self.columns = [each for case in cases for each in (*case.parts, case)]
        self.wholes = {id(part): case for case in self.columns for part in (*case.parts, case)}
        self.draws = draws_of(scenario)
        self.size = block_size(len(scenario.years))
        self.names: dict[int, list[str]] = {}
        self.evaluators: dict[int, Evaluator] = {}
        self.added: dict[int, Evaluator] = {}
        self._own: dict[int, set[str]] = {}
        for column, wanted in zip(self.columns, names, strict=True):
            self._prepare(column, list(wanted))

    def _prepare(self, column: CaseAnswer, wanted: list[str]) -> None:
        scenario, whole = self.scenario, self.wholes[id(column)]
        sums = whole.case.totals.items() if column is not whole else ()
        summed = [added for total, added in sums if any(part is column for part in whole.parts_of(total))]
        if id(whole) not in self._own:
            # Each part comes before its case: what varies in the parts is found once, with the first of them.
            self._own[id(whole)] = {name for part in whole.parts for name in self._varying(part, set())}
        parts_vary = {total for total, added in whole.case.totals.items() if added in self._own[id(whole)]}
        varying = self._varying(column, parts_vary)
        names = [name for name in dict.fromkeys(wanted) if name in varying]
        self.names[id(column)] = names
        given = {total: column.figures[total] for total in whole.case.totals if total in column.figures}
        if names:
            self.evaluators[id(column)] = Evaluator(scenario, column.case, names, given=given)
        summed = [name for name in dict.fromkeys(summed) if name in varying]
        if summed:
            self.added[id(column)] = Evaluator(scenario, column.case, summed)

    def _varying(self, column: CaseAnswer, totals: set[str]) -> set[str]:
        """Return the names of a column that differ from sample to sample."""
        values = column.case.values
        found = {name for name in values if varies(name, values)[0]} | totals
        for name in column.plan.order:
            formula = formula_of(self.scenario.catalogue, name, column.case.use)
            if formula is not None and name not in column.plan.left_out and not found.isdisjoint(formula.parameters):
                found.add(name)
        return {name for name in found if not isinstance(column.figures.get(name), NotIncluded)}

    @property
    def is_uncertain(self) -> bool:
        """Tell whether anything that is wanted varies."""
        return any(self.names.values())

    def width(self, column: CaseAnswer, name: str) -> int:
        """Return how many years a figure has values for."""
        return len(self.scenario.years) if isinstance(column.figures[name], Series) else 1

    def block(self, start: int, count: int) -> Iterator[tuple[int, str, Any]]:
        """Yield position of the column, name and samples of every wanted figure, of shape (years or 1, count)."""
        import numpy as np

        totals: dict[int, dict[str, Any]] = {}
        for at, column in enumerate(self.columns):
            whole = self.wholes[id(column)]
            if id(whole) not in totals:
                totals[id(whole)] = self._totals(whole, start, count)
            evaluator = self.evaluators.get(id(column))
            if evaluator is None:
                continue
            moving = {name: each for name, each in totals[id(whole)].items() if name in evaluator.plan.totals}
            for name, each in evaluator.block(self.draws, start, count, {}, moving).items():
                yield at, name, np.broadcast_to(each, (self.width(column, name), count))

    def _totals(self, whole: CaseAnswer, start: int, count: int) -> dict[str, Any]:
        """Return the samples of sums over the parts, for those that vary."""
        from calc.engine.evaluate import as_array

        blocks = {}
        for part in whole.parts:
            if id(part) in self.added:
                block = self.added[id(part)].block(self.draws, start, count, {}, {})
                blocks[part.case.name] = {name: each.copy() for name, each in block.items()}
        found = {}
        for total, added in whole.case.totals.items():
            if any(added in block for block in blocks.values()):
                terms = []
                for part in whole.parts_of(total):
                    if isinstance(part.figures[added], NotIncluded):
                        continue
                    point = as_array(part.figures[added])
                    fixed = point.T if isinstance(part.figures[added], Series) else point
                    terms.append(blocks.get(part.case.name, {}).get(added, fixed))
                found[total] = sum(terms[1:], start=terms[0])
        return found


def keep(simulation: Simulation, samples: int) -> None:
    """Keep the first samples of all wanted figures in their columns: arrays of shape (samples, years or 1)."""
    import numpy as np

    arrays: dict[Key, Any] = {}
    for start in range(0, samples, simulation.size):
        count = min(simulation.size, samples - start)
        for at, name, each in simulation.block(start, count):
            if (at, name) not in arrays:
                arrays[at, name] = np.empty((len(each), samples))
            arrays[at, name][:, start : start + count] = each
    for (at, name), array in arrays.items():
        simulation.columns[at].samples[name] = array.T


def simulation_of(scenario: Scenario, cases: list[CaseAnswer], *, everything: bool) -> Simulation:
    """Return the simulation of what an answer needs, or of all its figures."""
    columns = [each for case in cases for each in (*case.parts, case)]
    names = [found.plan.answered if everything else _wanted(scenario, found) for found in columns]
    return Simulation(scenario, cases, names)


def _wanted(scenario: Scenario, found: CaseAnswer) -> list[str]:
    """Return the names whose samples an answer needs: what is asked for and made up of, and what it is judged by."""
    lines: list[str] = []
    if scenario.samples <= MOST:
        lines = [line for name in found.case.wanted for line in line_amounts(found, name, scenario.catalogue)]
    checked = (name for each in scenario.checks for name in each.names)
    names = dict.fromkeys([*found.case.asked, *lines, *checked, *verdict_names(scenario, found)])
    return [name for name in names if name in found.plan.answered]
