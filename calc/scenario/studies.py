"""The studies of a scenario: its sections read, and for each study the cases with the values that it chooses."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from calc.errors import CalcError
from calc.scenario.asked import shown_names
from calc.scenario.layers import Layer
from calc.scenario.resolve_case import Levels, resolve_study_case
from calc.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calc.scenario.axis import Axis, Range
    from calc.scenario.cases import Case
    from calc.scenario.compare_section import Comparison
    from calc.scenario.context import Context
    from calc.scenario.find_section import Best, Goal
    from calc.scenario.nodes import Node
    from calc.scenario.resolved import ResolvedCase
    from calc.scenario.sensitivity_section import Sensitivity
    from calc.scenario.sweep_section import Sweep


@dataclass(slots=True)
class Studies:
    """What a scenario studies, each with its cases; a section that it lacks is None or empty."""

    sweep: Sweep | None = None
    sweep_cases: list[ResolvedCase] = field(default_factory=list)
    goals: list[Goal | Best] = field(default_factory=list)
    goal_cases: list[list[ResolvedCase]] = field(default_factory=list)
    sensitivity: Sensitivity | None = None
    sensitivity_cases: list[ResolvedCase] = field(default_factory=list)
    comparison: Comparison | None = None
    comparison_cases: list[ResolvedCase] = field(default_factory=list)

    @property
    def chosen(self) -> set[str]:
        """Return the inputs whose values the sweep and the goals choose."""
        axes = {axis.name for axis in self.sweep.axes} if self.sweep else set()
        return axes | {name for goal in self.goals for name in goal.names}

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is studied."""
        return not (self.sweep or self.goals or self.sensitivity or self.comparison)


def read_studies(context: Context) -> Studies:
    """Read the sections; what is wrong is added to the context's problems."""
    if not context.document.studies:
        return Studies()
    from calc.scenario.compare_section import read_comparison
    from calc.scenario.find_section import read_find
    from calc.scenario.sensitivity_section import read_sensitivity
    from calc.scenario.sweep_section import read_sweep

    readers = {"sweep": read_sweep, "find": read_find, "sensitivity": read_sensitivity, "compare": read_comparison}
    found: dict[str, Any] = {}
    for name, node in context.document.studies.items():
        try:
            _refuse_parts(name, node, context)
            found[name] = readers[name](node, context)
        except CalcError as error:
            context.problems.add(error)
    return Studies(
        sweep=found.get("sweep"),
        goals=found.get("find") or [],
        sensitivity=found.get("sensitivity"),
        comparison=found.get("compare"),
    )


def _refuse_parts(name: str, node: Node, context: Context) -> None:
    if context.document.parts:
        message = f"`{name}` is not supported in a scenario with `parts`"
        hint = "study one part in a scenario of its own"
        raise CalcError("E-UNSUPPORTED", message, place=node.place, hint=hint)


def resolve_studies(
    context: Context, studies: Studies, cases: dict[str, Case], levels: Levels, checked: list[str]
) -> None:
    """Resolve the cases of every study: what a study chooses lies above all other layers."""
    if studies.is_empty:
        return
    from calc.scenario.find_section import Best, Goal

    shown = shown_names(context)
    study = _Resolver(context, cases, levels)
    if studies.sweep:
        figures = studies.sweep.figures
        if shown is not None and not studies.sweep.show:
            figures = list(dict.fromkeys([*shown, *figures]))
        needed = [name for each in studies.sweep.conditions for name in each.names]
        wanted = figures if figures and (shown is not None or studies.sweep.show) else None
        stand_ins = [_at_axis(axis, context) for axis in studies.sweep.axes]
        studies.sweep_cases = study.cases(stand_ins, wanted, [*figures, *needed, *checked])
    for goal in studies.goals:
        ranges = [goal.range] if isinstance(goal, Goal) else goal.ranges
        needed = [name for each in goal.conditions for name in each.names]
        needed += [goal.wanted.name] if isinstance(goal, Best) else []
        stand_ins = [_at_range(each, context) for each in ranges]
        studies.goal_cases.append(study.cases(stand_ins, shown or [], [*needed, *checked]))
    if studies.sensitivity:
        names = list(studies.sensitivity.figures) or shown
        needed = [name for each in studies.sensitivity.conditions for name in each.names]
        needed += [side[0] for each in studies.sensitivity.between for side in (each.left, each.right)]
        studies.sensitivity_cases = study.cases([], names, [*needed, *checked])
    if studies.comparison:
        names = list(studies.comparison.figures) or shown
        compared = {name: cases[name] for name in studies.comparison.cases if name in cases}
        studies.comparison_cases = _Resolver(context, compared, levels).cases([], names, [])


class _Resolver:
    """Cases with a further layer of values; remarks on them were made already, where the scenario was resolved."""

    def __init__(self, context: Context, cases: dict[str, Case], levels: Levels) -> None:
        self.context = replace(context, reading=context.reading._replace(warnings=[]), chosen=frozenset())
        self.chosen = cases
        self.levels = levels

    def cases(
        self, stand_ins: Iterable[tuple[str, Value]], wanted: list[str] | None, needed: list[str]
    ) -> list[ResolvedCase]:
        layer = Layer(dict(stand_ins))
        return [
            resolve_study_case(self.context, name, case, self.levels, layer, wanted, needed)
            for name, case in self.chosen.items()
        ]


def _at_axis(axis: Axis, context: Context) -> tuple[str, Value]:
    return axis.name, Value(axis.values[0], None, context.catalogue[axis.name].unit, "given", "axis", place=axis.place)


def _at_range(found: Range, context: Context) -> tuple[str, Value]:
    unit = context.catalogue[found.name].unit
    return found.name, Value(found.low, None, unit, "given", "choice", place=found.place)
