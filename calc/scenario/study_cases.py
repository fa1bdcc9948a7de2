"""The cases of every study, each with the values that the study chooses above all others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from calc.engine.flat import key_of, qualified
from calc.engine.graph import derivable
from calc.errors import CalcError, quote
from calc.scenario.asked import shown_names
from calc.scenario.find_section import Best
from calc.scenario.references import base_name
from calc.scenario.resolve_study import (
    chosen_values,
    look_over_years,
    refuse_ambiguous,
    resolve_study_case,
    study_catalogue,
)
from calc.text import and_list, or_list
from calc.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calc.scenario.axis import Axis, Range
    from calc.scenario.cases import Case
    from calc.scenario.context import Context
    from calc.scenario.resolve_case import Levels
    from calc.scenario.resolved import ResolvedCase
    from calc.scenario.studies import Studies


def resolve_study_cases(
    context: Context,
    studies: Studies,
    cases: dict[str, Case],
    levels: Levels,
    checked: list[str],
    resolved: list[ResolvedCase],
) -> None:
    """Resolve the cases of every study: what a study chooses lies above all other layers.

    resolved: the cases as they stand.
    """
    refuse_ambiguous(context, studies.ranges, resolved)
    look_over_years(context, studies.ranges, resolved)
    _refuse_alike(context)
    _refuse_settings(context, studies)
    _warn_of_cases(context, studies, cases)
    _warn_of_computed(context, studies, resolved)
    shown = shown_names(context)
    study = _Resolver(context, cases, levels)
    if studies.sweep:
        figures = studies.sweep.figures
        if context.options.show and studies.sweep.show:
            figures = [each for each in figures if each not in studies.sweep.show or each in studies.sweep.ranked]
        if shown is not None and (context.options.show or not studies.sweep.show):
            figures = list(dict.fromkeys([*shown, *figures]))
        needed = [name for each in studies.sweep.conditions for name in each.names]
        wanted = figures if figures and (shown is not None or studies.sweep.show) else None
        stand_ins = [_at_axis(axis, context) for axis in studies.sweep.axes]
        studies.sweep_cases = study.cases(stand_ins, wanted, [*figures, *needed, *checked])
    for goal in studies.goals:
        needed = [name for each in goal.conditions for name in each.names]
        needed += [goal.wanted.name] if isinstance(goal, Best) else []
        stand_ins = [_at_range(each, context) for each in goal.ranges]
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
    studies.catalogue = study_catalogue(context, studies.sensitivity_cases)
    _refuse_several(context, studies)


def _warn_of_cases(context: Context, studies: Studies, cases: dict[str, Case]) -> None:
    """Say where a case gives what a study chooses, which has no effect, and what lacks a case to be compared."""
    for name, case in cases.items():
        for each in sorted({base_name(one) for one in studies.chosen} & set(case.inputs)):
            context.reading.warnings.append(f"case {quote(name)}: what it gives for `{each}` gives way to the study")
    for flip in studies.sensitivity.between if studies.sensitivity else ():
        sides = dict.fromkeys(each for _, each in (flip.left, flip.right))
        absent = [f"case {quote(each)}" for each in sides if each not in cases]
        if absent:
            context.reading.warnings.append(f"{quote(flip.text)} is not looked at, without {' and '.join(absent)}")


def _warn_of_computed(context: Context, studies: Studies, resolved: list[ResolvedCase]) -> None:
    """Say where a study chooses figures that follow from what is given: their formulas are not used then."""
    columns = [column for case in resolved for column in (case, *case.parts)]
    names = dict.fromkeys(base_name(each.name) for each in studies.ranges)
    has_years = bool(context.document.years)
    found = []
    for name in names:
        without = [each for each in columns if name not in each.values and context.catalogue[name].formulas]
        follows = (derivable(context.catalogue, {*each.values}, each.use, has_years=has_years) for each in without)
        if len(without) == len(columns) and any(name in each for each in follows):
            found.append(name)
    if found:
        context.reading.warnings.append(f"the study chooses {and_list(found)}, which would follow from what is given")


def _refuse_settings(context: Context, studies: Studies) -> None:
    """Refuse to set what the one study asked for chooses: the value would have no effect."""
    if not context.options.alone:
        return
    for name, (key, _) in context.settings.items():
        # What is chosen in one part may be set in the others.
        chosen = [each for each in map(key_of, studies.chosen) if each.name == base_name(name)]
        if any(not each.part or each == name for each in chosen):
            message = f"`{name}` is set, and the study chooses it"
            hint = "leave out one of the two; an axis may have a single value"
            context.problems.add(CalcError("E-SET", message, place=key.place, hint=hint))


def _refuse_alike(context: Context) -> None:
    """Refuse two parts that cannot be told apart where each year has a name: `built` and `built in 2026`."""
    document = context.document
    known: dict[str, str] = {}
    for part in document.parts:
        for year in (None, *document.years):
            other = known.setdefault(qualified("", part, year), part)
            if other != part:
                message = f"the parts {quote(other)} and {quote(part)} cannot be told apart in some year"
                name = document.parts[part].name
                place = name.place if name else None
                hint = "give one of them another name"
                context.problems.add(CalcError("E-PART", message, place=place, hint=hint))


def _refuse_several(context: Context, studies: Studies) -> None:
    """Refuse to rank by a figure that each part has."""
    goals = zip(studies.goals, studies.goal_cases, strict=True)
    ranked = [(goal.wanted.name, goal.place, cases) for goal, cases in goals if isinstance(goal, Best)]
    if studies.sweep:
        wanted = [*([studies.sweep.best] if studies.sweep.best else []), *studies.sweep.pareto]
        ranked += [(each.name, studies.sweep.axes[0].place, studies.sweep_cases) for each in wanted]
    for name, place, cases in ranked:
        if context.document.parts and any(name not in case.asked for case in cases):
            ways = or_list([qualified(name, part) for part in context.document.parts][:3])
            message = f"`{name}` is a figure of each part"
            hint = f"write {ways}, or a total over the parts"
            context.problems.add(CalcError("E-PART", message, place=place, hint=hint))


class _Resolver:
    """Cases with a further layer of values; remarks on them were made already, where the scenario was resolved."""

    def __init__(self, context: Context, cases: dict[str, Case], levels: Levels) -> None:
        self.context = replace(context, reading=context.reading._replace(warnings=[]), chosen=frozenset())
        self.chosen = cases
        self.flat = study_catalogue(context)
        self.levels = levels

    def cases(
        self, stand_ins: Iterable[tuple[str, Value]], wanted: list[str] | None, needed: list[str]
    ) -> list[ResolvedCase]:
        chosen = chosen_values(stand_ins)
        return [
            resolve_study_case(self.context, self.flat, each, self.levels, chosen, wanted, needed)
            for each in self.chosen.items()
        ]


def _at_axis(axis: Axis, context: Context) -> tuple[str, Value]:
    unit = context.catalogue[base_name(axis.name)].unit
    return axis.name, Value(axis.values[0], None, unit, "given", "axis", place=axis.place)


def _at_range(found: Range, context: Context) -> tuple[str, Value]:
    unit = context.catalogue[base_name(found.name)].unit
    return found.name, Value(found.low, None, unit, "given", "choice", place=found.place)
