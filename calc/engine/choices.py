"""Choices of the models: which quantities each binds, and the variants that a scenario's `use:` picks through them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from calc.errors import CalcError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from calc.declarations import Choice
    from calc.engine.catalogue import Quantity
    from calc.errors import Place


class ModelChoice(NamedTuple):
    """A choice that a model owns, with its name and where it is declared."""

    name: str
    choice: Choice
    where: Callable[[], Place]


def choice_errors(found: ModelChoice, quantities: Mapping[str, Quantity]) -> Iterator[CalcError]:
    """Yield what is wrong with a choice: its name is a quantity's, or what it binds has other variants."""
    name, choice, where = found.name, found.choice, found.where
    if name in quantities:
        yield CalcError(
            "E-DUPLICATE",
            f"`{name}` is a quantity and a choice",
            place=where(),
            hint="one name has one meaning: rename the choice",
        )
    if not choice.options or not choice.binds:
        hint = "give it options, and the quantities whose variants they are"
        yield CalcError("E-CHOICE", f"the choice `{name}` decides nothing", place=where(), hint=hint)
    for bound in choice.binds:
        variants = set(quantities[bound].formulas) if bound in quantities else set()
        if variants != set(choice.options):
            has = f"has the variants {', '.join(sorted(variants))}" if variants - {""} else "has no variants"
            yield CalcError(
                "E-CHOICE",
                f"the choice `{name}` binds `{bound}`, which {has}",
                place=where(),
                hint=f"write a formula for each option, as in `{bound}__{next(iter(choice.options), 'option')}`",
            )


def implied(choices: Mapping[str, Choice], given: AbstractSet[str]) -> dict[str, str]:
    """Return quantity to variant for the choices that what is given makes."""
    found = {
        name: option
        for name, choice in choices.items()
        for option, names in choice.when.items()
        if not given.isdisjoint(names)
    }
    return spread(choices, found)


def spread(choices: Mapping[str, Choice], chosen: Mapping[str, str]) -> dict[str, str]:
    """Return quantity to variant for what a `use:` section says; a quantity named by itself wins over a choice."""
    bound = {bound: option for name, option in chosen.items() if name in choices for bound in choices[name].binds}
    return {**bound, **{name: variant for name, variant in chosen.items() if name not in choices}}
