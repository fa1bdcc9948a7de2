"""The section `sensitivity`: figures whose drivers are looked for, and verdicts that an input could flip."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from calc.errors import CalcError, quote
from calc.scenario.axis import Range, read_range
from calc.scenario.conditions import COMPARISONS
from calc.scenario.nodes import Node, Sequence
from calc.scenario.references import quantity_of, read_reference, read_study_condition
from calc.scenario.sections import SECTIONS
from calc.scenario.shapes import read_mapping, read_scalar
from calc.scenario.study_words import read_names, refuse_other_keys

if TYPE_CHECKING:
    from calc.errors import Place
    from calc.scenario.conditions import Comparison, Condition
    from calc.scenario.context import Context
    from calc.scenario.nodes import Scalar

_SIDES = re.compile(r"(.+?)\s*(<=|>=|<|>)\s*(.+)")
_REFERENCE = re.compile(r"[a-z_]\w*(\s+in\s+.+)?")


@dataclass(frozen=True, slots=True)
class Between:
    """A comparison of figures of two cases."""

    text: str
    left: tuple[str, str]
    op: Comparison
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
