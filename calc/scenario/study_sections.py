"""The sections `sweep`, `find`, `sensitivity` and `compare`, read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.errors import CalcError, quote
from calc.records import dataclass, field
from calc.scenario.amount import amount_at
from calc.scenario.axis import (
    Axis,
    Range,
    Wanted,
    first_place,
    known_input,
    other_currency,
    read_axis,
    read_conditions,
    read_confidence,
    read_names,
    read_range,
    read_wanted,
    refuse_other_keys,
    sense_of,
    wanted_of,
)
from calc.scenario.conditions import (
    COMPARISONS,
    SLACK,
    Condition,
    base_name,
    quantity_of,
    read_reference,
    read_study_condition,
)
from calc.scenario.sections import GOAL, SECTIONS, SENSES
from calc.scenario.shapes import read_mapping, read_scalar
from calc.scenario.unit_check import unit_of
from calc.scenario.yaml_reader import Mapping, Node, Sequence
from calc.text import did_you_mean, pattern

if TYPE_CHECKING:
    from calc.errors import Place
    from calc.scenario.case import Context
    from calc.scenario.conditions import Comparison as Relation
    from calc.scenario.yaml_reader import Scalar


@dataclass(frozen=True, slots=True)
class Sweep:
    """A sweep as written.

    axes: in the order written; the last runs fastest. show: the figures, empty for those of the scenario.
    conditions: beside the scenario's checks. best: the figure that ranks the points. pareto: figures to trade off.
    """

    axes: tuple[Axis, ...]
    show: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    best: Wanted | None = None
    pareto: tuple[Wanted, ...] = field(default=())

    @property
    def ranked(self) -> list[str]:
        """Return the figures by which the points are ranked."""
        return [*([self.best.name] if self.best else ()), *(each.name for each in self.pareto)]

    @property
    def figures(self) -> list[str]:
        """Return the figures that the sweep itself names."""
        return list(dict.fromkeys([*self.show, *self.ranked]))


# Arrays have at most 32 dimensions, of which samples and years take one each.
MAX_AXES = 30


def read_sweep(node: Node, context: Context) -> Sweep:
    """Read `sweep: {rack_power_rated: 5 to 25 kW step 2.5 kW}`.

    Raises CalcError.
    """
    mapping = read_mapping(node, "sweep")
    axes = []
    for name, (key, value) in mapping.entries.items():
        if name not in SECTIONS["sweep"].keys and name not in SENSES:
            known_input(name, key.place, context)
            axes.append(read_axis(name, value, context))
    if not axes:
        hint = "name an input, as in `sweep: {rack_power_rated: 5 to 25 kW step 2.5 kW}`"
        raise CalcError("E-AXIS", "`sweep` has no axis", place=node.place, hint=hint)
    if len(axes) > MAX_AXES:
        hint = f"take at most {MAX_AXES}; what has one value stands under `inputs`"
        raise CalcError("E-TOO-LARGE", f"`sweep` has {len(axes):,} axes", place=node.place, hint=hint)
    so_that, shown, pareto = mapping.get("so that"), mapping.get("show"), mapping.get("pareto")
    sense = sense_of(mapping)
    return Sweep(
        tuple(axes),
        tuple(read_names(shown, "show", context)) if shown else (),
        tuple(read_conditions(so_that, context)) if so_that else (),
        wanted_of(mapping, sense, context) if sense else None,
        _pareto(pareto, context) if pareto else (),
    )


def _pareto(node: Node, context: Context) -> tuple[Wanted, ...]:
    found = tuple(read_wanted(each, context) for each in node.items) if isinstance(node, Sequence) else ()
    if len(found) != 2:
        hint = "as in `pareto: [maximise servers_per_rack, minimise rack_power_stranded]`"
        raise CalcError("E-VALUE", "`pareto` wants a list of two figures", place=node.place, hint=hint)
    return found


# ---------------- the section `find`


_ENDS = tuple(key for key in GOAL.keys if key.endswith(" within"))
_BEST_KEYS = tuple(key for key in SECTIONS["find"].keys if key not in SENSES)
_EXAMPLE = "rack_power_rated: {smallest within: 5 to 60 kW, so that: servers_per_rack >= 5}"


@dataclass(frozen=True, slots=True)
class Goal:
    """The value of one input so that conditions hold; end: smallest or largest."""

    end: str
    range: Range
    conditions: tuple[Condition, ...]
    place: Place

    @property
    def ranges(self) -> tuple[Range, ...]:
        """Return the one range, as a search for a best has several."""
        return (self.range,)

    @property
    def names(self) -> list[str]:
        """Return the inputs that are chosen."""
        return [self.range.name]


@dataclass(frozen=True, slots=True)
class Best:
    """The values of several inputs that make a figure as large or small as can be.

    total: what the inputs add up to, in base units, or None.
    """

    wanted: Wanted
    ranges: tuple[Range, ...]
    conditions: tuple[Condition, ...]
    total: float | None
    place: Place

    @property
    def names(self) -> list[str]:
        """Return the inputs that are chosen."""
        return [each.name for each in self.ranges]


def read_find(node: Node, context: Context) -> list[Goal | Best]:
    """Read goals by the name of the input, or `maximise` or `minimise` over several inputs.

    Raises CalcError.
    """
    mapping = read_mapping(node, "find")
    key = sense_of(mapping)
    if key:
        return [_best(mapping, key, context)]
    goals: list[Goal | Best] = []
    for name, (at, value) in mapping.entries.items():
        if name in _BEST_KEYS:
            hint = "add `maximise: NAME` or `minimise: NAME`"
            raise CalcError("E-GOAL", "`find` says not what is wanted", place=first_place(node, name), hint=hint)
        known_input(name, at.place, context)
        goals.append(_goal(name, value, context))
    return goals


def _goal(name: str, node: Node, context: Context) -> Goal:
    if not isinstance(node, Mapping):
        raise CalcError("E-GOAL", f"`{name}` has no goal", place=node.place, hint=f"as in `{_EXAMPLE}`")
    refuse_other_keys(node, GOAL.keys, "a goal")
    ends = [key for key in node.entries if key in _ENDS]
    if len(ends) != 1 or "so that" not in node.entries:
        message = f"the goal for `{name}` needs `smallest within` or `largest within`, and `so that`"
        raise CalcError("E-GOAL", message, place=node.place, hint=f"as in `{_EXAMPLE}`")
    confidence = read_confidence(node.get("confidence"))
    conditions = read_conditions(node.entries["so that"][1], context, confidence)
    found = read_range(name, node.entries[ends[0]][1], context)
    return Goal(ends[0].removesuffix(" within"), found, tuple(conditions), node.place)


def _best(node: Mapping, key: str, context: Context) -> Best:
    refuse_other_keys(node, (key, *_BEST_KEYS), "`find`")
    over = node.get("over")
    if over is None:
        hint = "add `over: {compute_share: 20 to 80 %}`"
        raise CalcError("E-GOAL", f"`{key}` says not what is chosen", place=node.entries[key][0].place, hint=hint)
    ranges = tuple(read_range(name, value, context) for name, (_, value) in read_mapping(over, "over").entries.items())
    if not ranges:
        raise CalcError("E-GOAL", "`over` names no input", place=over.place, hint="as in `{compute_share: 20 to 80 %}`")
    confidence, so_that = read_confidence(node.get("confidence")), node.get("so that")
    conditions = read_conditions(so_that, context, confidence) if so_that else []
    total_node = node.get("adding up to")
    total = _total(total_node, ranges, context) if total_node else None
    return Best(wanted_of(node, key, context), ranges, tuple(conditions), total, node.place)


def _total(node: Node, ranges: tuple[Range, ...], context: Context) -> float:
    scalar = read_scalar(node, "adding up to", "100 %")
    quantities = [context.catalogue[base_name(each.name)] for each in ranges]
    if len({each.unit.dimension for each in quantities}) > 1:
        message = "inputs of several dimensions add up to nothing"
        raise CalcError("E-DIMENSION", message, place=scalar.place, hint="delete `adding up to`")
    amount = amount_at(scalar.text, scalar.place)
    _, currency = unit_of(amount, quantities[0], scalar.place)
    if currency:
        raise other_currency(currency, quantities[0], scalar.place)
    low, high = sum(each.low for each in ranges), sum(each.high for each in ranges)
    if not low * (1 - SLACK) <= amount.base <= high * (1 + SLACK) or len(ranges) < 2:
        message = f"{quote(scalar.text)} cannot be reached within the ranges of `over`"
        raise CalcError("E-GOAL", message, place=scalar.place, hint="widen a range, or name another sum")
    if any(each.choices for each in ranges):
        message = "inputs that add up cannot have steps or lists"
        raise CalcError("E-GOAL", message, place=scalar.place, hint="give plain ranges, as in `20 to 80 %`")
    return amount.base


# ---------------- the section `sensitivity`


_SIDES = pattern(r"(.+?)\s*(<=|>=|<|>)\s*(.+)")
_REFERENCE = pattern(r"[a-z_]\w*(\s+in\s+.+)?")


@dataclass(frozen=True, slots=True)
class Between:
    """A comparison of figures of two cases."""

    text: str
    left: tuple[str, str]
    op: Relation
    right: tuple[str, str]
    place: Place


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What is asked: figures (empty for those of the scenario), verdicts beside its checks, ranges of inputs."""

    figures: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    between: tuple[Between, ...] = ()
    ranges: tuple[Range, ...] = ()


def read_sensitivity(node: Node, context: Context) -> Sensitivity:
    """Read `sensitivity: {of: [racks_needed], flip: [racks_needed <= 20 racks], within: {rack_power_rated: ...}}`.

    Raises CalcError.
    """
    if isinstance(node, Sequence):
        return Sensitivity(tuple(read_names(node, "sensitivity", context)))
    mapping = read_mapping(node, "sensitivity")
    refuse_other_keys(mapping, SECTIONS["sensitivity"].keys, "`sensitivity`")
    figures, flips, within = (mapping.get(key) for key in ("of", "flip", "within"))
    conditions, between = [], []
    for item in flips.items if isinstance(flips, Sequence) else [flips] if flips else []:
        scalar = read_scalar(item, "flip", "racks_needed <= 20 racks")
        found = _verdict(scalar, context)
        if isinstance(found, Between):
            between.append(found)
        else:
            conditions.append(found)
    entries = read_mapping(within, "within").entries.items() if within else ()
    return Sensitivity(
        tuple(read_names(figures, "of", context)) if figures else (),
        tuple(conditions),
        tuple(between),
        tuple(read_range(name, value, context) for name, (_, value) in entries),
    )


def _verdict(scalar: Scalar, context: Context) -> Condition | Between:
    text, place, cases = scalar.text.strip(), scalar.place, context.document.cases
    match = _SIDES.fullmatch(text)
    sides = [each for each in (match[1], match[3]) if _REFERENCE.fullmatch(each)] if match else []
    if match is None or len(sides) < 2 or not any(" in " in each for each in sides):
        return read_study_condition(text, place, context, exact_place=scalar.plain)
    references = [read_reference(each, place, context, cases) for each in sides]
    if not any(each.case for each in references):
        return read_study_condition(text, place, context, exact_place=scalar.plain)
    if not all(each.case for each in references):
        message = f"{quote(text)} names a case on one side"
        raise CalcError("E-CASE", message, place=place, hint="as in `NAME in CASE < NAME in CASE`")
    quantities = [quantity_of(each, context) for each in references]
    if quantities[0].unit.dimension != quantities[1].unit.dimension:
        one, other = (each.unit.dimension.describe() for each in quantities)
        message = f"{quote(scalar.text)} compares {one} and {other}"
        raise CalcError("E-DIMENSION", message, place=place, hint="both sides need the same dimension")
    left, right = ((each.name, reference.case) for each, reference in zip(quantities, references, strict=True))
    return Between(text, left, COMPARISONS[match[2]], right, place)


# ---------------- the section `compare`: cases side by side, and the figures whose difference is explained


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is compared: the first case with each of the others; figures is empty for those of the scenario."""

    cases: tuple[str, ...]
    figures: tuple[str, ...] = ()


def read_comparison(node: Node, context: Context) -> Comparison:
    """Read `compare: [as planned, more compute]`, or the same with figures: `{cases: [...], of: [...]}`.

    Raises CalcError.
    """
    figures: tuple[str, ...] = ()
    cases: Node | None = node
    if not isinstance(node, Sequence):
        mapping = read_mapping(node, "compare")
        refuse_other_keys(mapping, SECTIONS["compare"].keys, "`compare`")
        cases, of = mapping.get("cases"), mapping.get("of")
        figures = tuple(read_names(of, "of", context)) if of else ()
    names = list(context.document.cases)
    if cases is not None:
        if not isinstance(cases, Sequence):
            hint = "as in `compare: [as planned, more compute]`"
            raise CalcError("E-VALUE", "`compare` wants a list of cases", place=cases.place, hint=hint)
        names = []
        for each in cases.items:
            scalar = read_scalar(each, "compare", "as planned")
            if scalar.text not in context.document.cases:
                hint = did_you_mean(scalar.text, context.document.cases) or "cases stand under `cases:`"
                raise CalcError("E-CASE", f"there is no case {quote(scalar.text)}", place=scalar.place, hint=hint)
            names.append(scalar.text)
    if len(dict.fromkeys(names)) < 2:
        raise CalcError("E-CASE", "`compare` needs two cases", place=node.place, hint="name two cases of this scenario")
    return Comparison(tuple(dict.fromkeys(names)), figures)
