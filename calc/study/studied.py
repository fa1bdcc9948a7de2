"""What the studies of a scenario found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calc.scenario.case import Scenario
    from calc.scenario.fact_values import Doubt
    from calc.scenario.study_sections import Best, Goal
    from calc.study.compare import Compared
    from calc.study.find import Found
    from calc.study.flip import Flip
    from calc.study.sensitivity import SensitivityCase
    from calc.study.sweep import SweepCase


@dataclass(slots=True)
class Studied:
    """The results of all studies; what a scenario does not ask for is empty or None.

    scenario: what was studied, with the quantities of its parts and years in its catalogue.
    doubts: values found that lie far from all known ones.
    """

    scenario: Scenario | None = None
    sweep: list[SweepCase] = field(default_factory=list)
    goals: list[tuple[Goal | Best, list[Found]]] = field(default_factory=list)
    sensitivity: list[SensitivityCase] = field(default_factory=list)
    between: list[Flip] = field(default_factory=list)
    comparison: Compared | None = None
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was studied."""
        return not (self.sweep or self.goals or self.sensitivity or self.comparison)

    @property
    def is_reached(self) -> bool:
        """Tell whether every goal is reached in every case."""
        return all(found.reached for _, cases in self.goals for found in cases)
