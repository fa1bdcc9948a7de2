"""`use:` which variant of a quantity is computed, and which option of a choice is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.catalogue import spread
from calc.errors import CalcError, quote
from calc.text import and_list, did_you_mean

if TYPE_CHECKING:
    from calc.scenario.context import Context
    from calc.scenario.nodes import Scalar


def read_use(context: Context, entries: dict[str, tuple[Scalar, Scalar]]) -> dict[str, str]:
    """Return quantity to variant for one `use:` section; what is wrong is added to the context's problems."""
    chosen = {}
    catalogue = context.catalogue
    for name, (key, node) in entries.items():
        quantity, choice = catalogue.quantities.get(name), catalogue.choices.get(name)
        found = quantity.formulas if quantity else choice.options if choice else {}
        variants = [each for each in found if each]
        if not variants:
            varied = [each.name for each in catalogue.quantities.values() if len(each.formulas) > 1]
            having = [*catalogue.choices, *varied]
            hint = did_you_mean(name, having) or f"variants exist for {', '.join(having)}"
            message = f"{quote(name)} has no variants"
            if name in context.document.formulas:
                message, hint = f"{message}: a formula of this scenario computes it", "leave out one of the two"
            context.problems.add(CalcError("E-USE", message, place=key.place, hint=hint))
        elif node.text not in variants:
            hint = did_you_mean(node.text, variants) or f"its variants are {and_list(variants)}"
            message = f"`{name}` has no variant {quote(node.text)}"
            context.problems.add(CalcError("E-USE", message, place=node.place, hint=hint))
        else:
            chosen[name] = node.text
    return spread(catalogue.choices, chosen)
