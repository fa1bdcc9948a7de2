"""Which verdicts of the models are told of a case: those about what is asked for, where all they name is known."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING

from calc.errors import CalcError
from calc.scenario.conditions import read_condition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calc.declarations import Verdict
    from calc.engine.catalogue import Catalogue
    from calc.scenario.asked import Asking
    from calc.value import Value


def told_of(asking: Asking, wanted: list[str], values: Mapping[str, Value]) -> dict[str, list[str]]:
    """Return the verdicts to tell, each with the figures that it needs."""
    catalogue = asking.context.catalogue
    about = {name: each for name, each in catalogue.verdicts.items() if not set(each.about).isdisjoint(wanted)}
    named = {name: names_of(each, catalogue) for name, each in about.items()}
    return {name: names for name, names in named.items() if _is_known(asking, names, values)}


def names_of(verdict: Verdict, catalogue: Catalogue) -> list[str]:
    """Return every figure that the conditions and sentences of a verdict name."""
    compared = [name for text in verdict.sentences if text for name in read_condition(text, catalogue, None).names]
    printed = [name for text in verdict.sentences.values() for _, name, _, _ in Formatter().parse(text) if name]
    return list(dict.fromkeys([*compared, *printed]))


def _is_known(asking: Asking, names: list[str], values: Mapping[str, Value]) -> bool:
    """Tell whether nothing is missing for the figures; nobody has asked for them, so no error may come of them."""
    try:
        plan = asking.plan(names)
    except CalcError:
        return False
    foreign = any(name in values and values[name].currency for name in plan.leaves)
    return not plan.missing and not foreign and (not plan.over_years or bool(asking.context.document.years))
