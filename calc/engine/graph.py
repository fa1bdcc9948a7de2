"""Which formulas an answer needs, in which order, and what is missing for it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Protocol

from calc.errors import CalcError
from calc.text import or_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from calc.engine.catalogue import Catalogue
    from calc.expression import Expression


class AnyFormula(Protocol):
    """What a model's formula and a scenario's formula have in common."""

    @property
    def name(self) -> str:
        """The quantity computed."""

    @property
    def variant(self) -> str:
        """The variant, empty for the only way."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names needed."""

    @property
    def expression(self) -> Expression:
        """The traced expression."""

    @property
    def is_over_years(self) -> bool:
        """Whether it looks at all years of a scenario at once."""

    @property
    def text(self) -> str:
        """What it computes, in one line."""

    @property
    def source(self) -> str:
        """Where it comes from."""

    @property
    def assumption(self) -> str:
        """What a variant assumes."""


@dataclass(slots=True)
class Plan:
    """What it takes to answer.

    order: names with a formula to compute, each after what it needs. leaves: given names that are used.
    missing: names without a value, each with the names that need it. not_included: optional names without a value.
    over_years: names whose formula looks at all years of the scenario. totals: sums over the parts that are used.
    """

    order: list[str] = field(default_factory=list)
    leaves: list[str] = field(default_factory=list)
    missing: dict[str, list[str]] = field(default_factory=dict)
    not_included: list[str] = field(default_factory=list)
    over_years: list[str] = field(default_factory=list)
    totals: list[str] = field(default_factory=list)

    @property
    def answered(self) -> set[str]:
        """Return every name that has a figure, or words for its absence, after the computation."""
        return {*self.order, *self.leaves, *self.not_included, *self.totals}


def formula_of(catalogue: Catalogue, name: str, use: Mapping[str, str]) -> AnyFormula | None:
    """Return the formula that computes `name` under the chosen variants, or None for a plain input."""
    formulas = catalogue[name].formulas
    if not formulas:
        return None
    return formulas[use[name]] if use.get(name) in formulas else next(iter(formulas.values()))


def make_plan(
    catalogue: Catalogue,
    wanted: Iterable[str],
    given: AbstractSet[str],
    use: Mapping[str, str],
    totals: AbstractSet[str] = frozenset(),
) -> Plan:
    """Plan the computation of the wanted names.

    given: names that have a value, which wins over any formula. totals: sums over parts, computed elsewhere.
    Raises CalcError when a wanted name depends on itself; the message shows the loop and asks for one of its names.
    """
    plan = Plan()
    needs: dict[str, tuple[str, ...]] = {}
    queue = deque(dict.fromkeys(wanted))
    seen = set(queue)
    while queue:
        name = queue.popleft()
        formula = None if name in given else formula_of(catalogue, name, use)
        if name in given:
            plan.leaves.append(name)
        elif name in totals:
            plan.totals.append(name)
        elif formula is None:
            if catalogue[name].optional:
                plan.not_included.append(name)
            else:
                plan.missing.setdefault(name, [])
        else:
            needs[name] = formula.parameters
            if formula.is_over_years:
                plan.over_years.append(name)
            fresh = [each for each in formula.parameters if each not in seen]
            queue.extend(fresh)
            seen.update(fresh)
    for name in plan.missing:
        plan.missing[name] = [user for user, parameters in needs.items() if name in parameters]
    try:
        order = list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        raise _loop(list(error.args[1])) from None
    plan.order = [name for name in order if name in needs]
    return plan


def known_names(
    catalogue: Catalogue,
    names: Iterable[str],
    given: AbstractSet[str],
    use: Mapping[str, str],
    totals: AbstractSet[str] = frozenset(),
    *,
    has_years: bool,
) -> set[str]:
    """Return those of the names that can be computed: nothing is missing for them and they are on no loop.

    has_years: the scenario says which years it is about, which operations over time need.
    """
    asked = list(dict.fromkeys(names))
    try:
        plan = make_plan(catalogue, asked, given, use, totals)
    except CalcError:
        # A loop of some says nothing about the others.
        alone = [
            known_names(catalogue, [each], given, use, totals, has_years=has_years) for each in asked[1:] and asked
        ]
        return set().union(*alone)
    unknown = {*plan.missing, *(() if has_years else plan.over_years)}
    for name in plan.order:
        formula = formula_of(catalogue, name, use)
        if formula is not None and not unknown.isdisjoint(formula.parameters):
            unknown.add(name)
    return set(asked) - unknown


def _loop(names: list[str]) -> CalcError:
    circle = list(dict.fromkeys(names))
    shown = " needs ".join(f"`{name}`" for name in [*circle[::-1], circle[-1]])
    return CalcError(
        "E-LOOP", f"the figures depend on themselves: {shown}", hint=f"give a value for {or_list(sorted(circle))}"
    )


def derivable(
    catalogue: Catalogue, given: AbstractSet[str], use: Mapping[str, str], *, has_years: bool = False
) -> list[str]:
    """Return every name that formulas can compute from the given names and at least one of them, in catalogue order.

    Optional names that were not given hold nothing up, nor do formulas that need nothing else; what turns out not to
    be included for lack of them is left out by the caller, who sees it in the results.
    has_years: the scenario has years, which some formulas need.
    """
    known = set(given)
    absent = {name for name, quantity in catalogue.quantities.items() if quantity.optional and name not in known}
    users: dict[str, list[str]] = {}
    waiting: dict[str, int] = {}
    formulas = {}
    for name, quantity in catalogue.quantities.items():
        formula = formula_of(catalogue, name, use) if quantity.formulas and name not in known else None
        if formula is not None and (has_years or not formula.is_over_years):
            formulas[name] = formula
            waiting[name] = len(set(formula.parameters))
            for parameter in set(formula.parameters):
                users.setdefault(parameter, []).append(name)
    found: set[str] = set()
    queue = deque([*known, *absent, *(name for name, count in waiting.items() if count == 0)])
    while queue:
        done = queue.popleft()
        for name in users.get(done, ()):
            waiting[name] -= 1
            if waiting[name]:
                continue
            if any(each in known for each in formulas[name].parameters):
                known.add(name)
                found.add(name)
            else:
                absent.add(name)
            queue.append(name)
    return [name for name in catalogue.quantities if name in found]
