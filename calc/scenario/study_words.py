"""What the sections of studies share: conditions, a confidence, names of figures, senses such as `minimise NAME`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from calc.errors import CalcError, quote
from calc.scenario.amount import parse_amount
from calc.scenario.axis import known
from calc.scenario.nodes import Mapping, Node, Scalar, Sequence
from calc.scenario.references import read_study_condition
from calc.scenario.refusals import AmountError
from calc.scenario.sections import SENSES
from calc.scenario.shapes import broken_braces, read_scalar, unknown_key
from calc.scenario.study_options import AND, COMMA, is_option, scalar, split

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable

    from calc.errors import Place
    from calc.scenario.conditions import Condition
    from calc.scenario.context import Context


@dataclass(frozen=True, slots=True)
class Wanted:
    """A figure and whether much or little of it is wanted; sense: maximise or minimise."""

    sense: str
    name: str

    @property
    def sign(self) -> int:
        """Return what to multiply the figure with so that less is better."""
        return -1 if self.sense == "maximise" else 1


def read_conditions(node: Node, context: Context, confidence: float | None = None) -> list[Condition]:
    """Read `so that`: one condition or a list of them.

    confidence: that of the goal, for conditions that say none of their own.
    Raises CalcError.
    """
    found = []
    for item in _listed(node, AND, context):
        text = read_scalar(item, "so that", "servers_per_rack >= 5")
        condition = read_study_condition(text.text, text.place, context, exact_place=text.plain)
        if condition.confidence is None and confidence is not None:
            condition = condition._replace(confidence=confidence, of_goal=True)
        found.append(condition)
    return found


def _listed(node: Node, at: re.Pattern[str], context: Context) -> list[Node]:
    """Return the items of a list, those of the command line split where it lists several in one text."""
    found: list[Node] = []
    for each in node.items if isinstance(node, Sequence) else [node]:
        if isinstance(each, Scalar) and is_option(each):
            source = each.place.source.name
            found += [scalar(source, text) for text in split(each.text, at, context.document.parts)]
        else:
            found.append(each)
    return found


def read_confidence(node: Node | None) -> float | None:
    """Read `confidence: 80 %`.

    Raises CalcError.
    """
    if node is None:
        return None
    scalar = read_scalar(node, "confidence", "80 %")
    hint = "as in `confidence: 80 %`, above 0 % and below 100 %"
    try:
        amount = parse_amount(scalar.text)
    except AmountError as error:
        raise CalcError("E-VALUE", f"`confidence`: {error.message}", place=scalar.place, hint=hint) from None
    is_share = amount.unit is None or amount.unit.dimension.is_ratio
    if not is_share or not 0 < amount.base < 1:
        raise CalcError("E-VALUE", f"a confidence of {quote(scalar.text)}", place=scalar.place, hint=hint)
    return amount.base


def read_names(node: Node, what: str, context: Context) -> list[str]:
    """Read the name of a figure, or a list of names.

    Raises CalcError.
    """
    scalars = [read_scalar(each, what, "racks_needed") for each in _listed(node, COMMA, context)]
    return [known(each.text.strip(), each.place, context).name for each in scalars]


def read_wanted(node: Node, context: Context) -> Wanted:
    """Read `minimise NAME` or `maximise NAME`.

    Raises CalcError.
    """
    scalar = read_scalar(node, "pareto", "minimise rack_power_stranded")
    sense, _, name = scalar.text.strip().partition(" ")
    if sense not in SENSES or not name.strip():
        hint = "write `minimise NAME` or `maximise NAME`"
        raise CalcError("E-VALUE", f"{quote(scalar.text)} says not what is wanted", place=scalar.place, hint=hint)
    return Wanted(SENSES[sense], known(name.strip(), scalar.place, context).name)


def sense_of(node: Mapping) -> str | None:
    """Return `maximise` or `minimise`, as the mapping writes it, or None where it has neither.

    Raises CalcError where it has both.
    """
    found = [key for key in node.entries if key in SENSES]
    if len(found) > 1:
        place = node.entries[found[1]][0].place
        message = f"`{found[0]}` and `{found[1]}` cannot both be reached"
        raise CalcError("E-GOAL", message, place=place, hint="keep one; the other may be a condition under `so that`")
    return found[0] if found else None


def wanted_of(node: Mapping, key: str, context: Context) -> Wanted:
    """Return the figure that a mapping's `maximise` or `minimise` names.

    Raises CalcError.
    """
    scalar = read_scalar(node.entries[key][1], key, "compute_optimal_loss")
    return Wanted(SENSES[key], known(scalar.text.strip(), scalar.place, context).name)


def refuse_other_keys(node: Mapping, allowed: Iterable[str], where: str) -> None:
    """Refuse a key that means nothing here.

    Raises CalcError.
    """
    keys = list(allowed)
    for name, (key, value) in node.entries.items():
        if name in keys:
            continue
        if node.flow and isinstance(value, Scalar) and value.is_null and not value.text:
            raise broken_braces(key)
        raise unknown_key(key, keys, where)


def first_place(node: Node, key: str) -> Place:
    """Return the place of a key of a mapping, or that of the node."""
    return node.entries[key][0].place if isinstance(node, Mapping) and key in node.entries else node.place
