"""Budget: a total split over compute, people and data, given as amounts or as shares."""

from calc.declarations import Check, Input
from calc.units.vocabulary import USD, Share

budget_total = Input(USD, "The whole budget", band=(1e3, 1e13))

budget_not_over_allocated = Check(
    "if_included(compute_budget, 0) + if_included(people_budget, 0) + if_included(data_budget, 0) <= budget_total",
    "the lines add up to more than the budget",
)


def compute_share(compute_budget: USD, budget_total: USD) -> Share:
    """Share of the budget that goes to compute.

    Source: definition.
    """
    return compute_budget / budget_total


def people_share(people_budget: USD, budget_total: USD) -> Share:
    """Share of the budget that goes to people.

    Source: definition.
    """
    return people_budget / budget_total


def data_share(data_budget: USD, budget_total: USD) -> Share:
    """Share of the budget that goes to data.

    Source: definition.
    """
    return data_budget / budget_total


def compute_budget(budget_total: USD, compute_share: Share) -> USD:
    """Money for compute.

    Source: definition.
    """
    return budget_total * compute_share


def people_budget(budget_total: USD, people_share: Share) -> USD:
    """Money for people.

    Source: definition.
    """
    return budget_total * people_share


def data_budget(budget_total: USD, data_share: Share) -> USD:
    """Money for data.

    Source: definition.
    """
    return budget_total * data_share


def budget_unallocated(budget_total: USD, compute_budget: USD, people_budget: USD, data_budget: USD) -> USD:
    """Money that no line has taken; it is shown and never spread.

    Label: unallocated budget.

    Source: definition.
    """
    return budget_total - compute_budget - people_budget - data_budget
