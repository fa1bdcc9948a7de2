"""The section `compare`: cases side by side, and the figures whose difference is explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from calc.errors import CalcError, quote
from calc.scenario.nodes import Node, Sequence
from calc.scenario.sections import SECTIONS
from calc.scenario.shapes import read_mapping, read_scalar
from calc.scenario.study_words import read_names, refuse_other_keys
from calc.text import did_you_mean

if TYPE_CHECKING:
    from calc.scenario.context import Context


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
