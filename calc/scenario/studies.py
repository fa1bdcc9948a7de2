"""The studies of a scenario: its sections read, and for each study the cases with the values that it chooses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from calc.errors import CalcError

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue
    from calc.scenario.axis import Axis, Range
    from calc.scenario.case import Context, ResolvedCase
    from calc.scenario.study_sections import Best, Comparison, Goal, Sensitivity, Sweep


@dataclass(slots=True)
class Studies:
    """What a scenario studies, each with its cases; a section that it lacks is None or empty.

    catalogue: that of the scenario, which also knows the quantities of parts and years that the studies are about.
    broken: inputs of sections that cannot be read; what lacks them is not missing too.
    """

    sweep: Sweep | None = None
    sweep_cases: list[ResolvedCase] = field(default_factory=list)
    goals: list[Goal | Best] = field(default_factory=list)
    goal_cases: list[list[ResolvedCase]] = field(default_factory=list)
    sensitivity: Sensitivity | None = None
    sensitivity_cases: list[ResolvedCase] = field(default_factory=list)
    comparison: Comparison | None = None
    comparison_cases: list[ResolvedCase] = field(default_factory=list)
    catalogue: Catalogue | None = None
    broken: set[str] = field(default_factory=set)

    @property
    def chosen(self) -> set[str]:
        """Return the inputs whose values the sweep and the goals choose."""
        axes = {axis.name for axis in self.sweep.axes} if self.sweep else set()
        return axes | {name for goal in self.goals for name in goal.names} | self.broken

    @property
    def ranges(self) -> list[Axis | Range]:
        """Return the inputs that studies vary, each time that they do."""
        found: list[Axis | Range] = [*(self.sweep.axes if self.sweep else ())]
        for goal in self.goals:
            found += goal.ranges
        return [*found, *(self.sensitivity.ranges if self.sensitivity else ())]

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is studied."""
        return not (self.sweep or self.goals or self.sensitivity or self.comparison)


def read_studies(context: Context) -> Studies:
    """Read the sections; what is wrong is added to the context's problems."""
    if not context.document.studies:
        return Studies()
    from calc.scenario.case import study_inputs
    from calc.scenario.study_sections import read_comparison, read_find, read_sensitivity, read_sweep

    readers = {"sweep": read_sweep, "find": read_find, "sensitivity": read_sensitivity, "compare": read_comparison}
    found: dict[str, Any] = {}
    broken: set[str] = set()
    for name, node in context.document.studies.items():
        try:
            found[name] = readers[name](node, context)
        except CalcError as error:
            context.problems.add(error)
            broken.update(each for each, _, _ in study_inputs({name: node}))
    return Studies(
        sweep=found.get("sweep"),
        goals=found.get("find") or [],
        sensitivity=found.get("sensitivity"),
        comparison=found.get("compare"),
        broken=broken,
    )
