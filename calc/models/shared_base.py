"""Shared base: one training stack for several modalities against one stack for each."""

from calc import ops
from calc.declarations import Input
from calc.units.vocabulary import USD, Models, Person_years, Ratio, USD_per_person_year

modalities = Input(
    Ratio,
    "Modalities to be trained, such as vision, language and text-to-image",
    high=1000,
    why="people have five senses, robots some dozens",
)
stack_effort = Input(Person_years, "Work to build a training stack for one modality")
base_effort = Input(Person_years, "Work to build a training stack that any modality can use")
modality_effort = Input(Person_years, "Work to bring one modality onto the shared stack")


def separate_stacks_cost(
    modalities: Ratio, stack_effort: Person_years, cost_per_person_year: USD_per_person_year
) -> USD:
    """Cost of one training stack for every modality.

    Label: cost of separate stacks.

    Source: definition.
    """
    return modalities * stack_effort * cost_per_person_year


def shared_base_cost(
    modalities: Ratio,
    base_effort: Person_years,
    modality_effort: Person_years,
    cost_per_person_year: USD_per_person_year,
) -> USD:
    """Cost of one shared training stack with every modality brought onto it.

    Label: cost of shared stack.

    Source: definition; a platform and what is derived from it follow Meyer and Lehnerd 1997, The Power of Product
    Platforms.
    """
    return (base_effort + modalities * modality_effort) * cost_per_person_year


def shared_base_saving(separate_stacks_cost: USD, shared_base_cost: USD) -> USD:
    """What the shared stack saves; below 0 it costs more than separate ones.

    Label: saved by sharing.

    Source: definition.
    """
    return separate_stacks_cost - shared_base_cost


def modalities_that_save(modalities: Ratio, stack_effort: Person_years, modality_effort: Person_years) -> Models:
    """Models that need less work on the shared stack than with one of their own: all of them, or none.

    Source: definition.
    """
    return ops.where(stack_effort > modality_effort, ops.amount(modalities, "model"), 0)


def shared_base_breakeven_modalities(
    modalities: Ratio,
    modalities_that_save: Models,
    base_effort: Person_years,
    stack_effort: Person_years,
    modality_effort: Person_years,
) -> Ratio:
    """Modalities from which on the shared stack has paid for itself.

    Label: break-even modalities.

    Source: break-even of a fixed cost against a saving per unit; no value where nothing is saved per modality.
    """
    mix = ops.amount(modalities, "model") / modalities_that_save
    saving = ops.where(stack_effort > modality_effort, stack_effort - modality_effort, stack_effort)
    return ops.ceil(mix * (base_effort / saving))
