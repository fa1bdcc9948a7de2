"""Which formulas an answer needs, in which order, and what is missing for it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Protocol

from calc.engine.left_out import is_left_out, required
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


class LoopError(CalcError):
    """Figures that depend on themselves.

    names: those of the loop. users: figures outside it that need one of them.
    """

    def __init__(self, names: list[str], users: list[str]) -> None:
        self.names, self.users = list(dict.fromkeys(names)), users
        shown = " needs ".join(f"`{name}`" for name in [*self.names[::-1], self.names[-1]])
        hint = f"give a value for {or_list(sorted(self.names))}"
        super().__init__("E-LOOP", f"the figures depend on themselves: {shown}", hint=hint)


@dataclass(slots=True)
class Plan:
    """What it takes to answer.

    order: names with a formula to compute, each after what it needs. leaves: given names that are used.
    missing: names without a value, each with the names that need it. not_included: optional names without a value.
    over_years: names whose formula looks at all years of the scenario. totals: sums over the parts that are used.
    left_out: figures that lack such an optional name, whatever the rest of what they need would be, each with those
    names; the rest is not asked for.
    """

    order: list[str] = field(default_factory=list)
    leaves: list[str] = field(default_factory=list)
    missing: dict[str, list[str]] = field(default_factory=dict)
    not_included: list[str] = field(default_factory=list)
    over_years: list[str] = field(default_factory=list)
    totals: list[str] = field(default_factory=list)
    left_out: dict[str, tuple[str, ...]] = field(default_factory=dict)

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
    Raises LoopError when a wanted name depends on itself; the message shows the loop and asks for one of its names.
    """
    wanted = list(dict.fromkeys(wanted))
    plan, needs = _walk(catalogue, wanted, given, use, totals, frozenset())
    order, loop = _ordered(needs)
    if plan.not_included and (plan.missing or loop):
        # What only a figure that is left out anyway would need is not missing, and no loop.
        absent = _absent(catalogue, needs, plan.not_included, use)
        plan, needs = _walk(catalogue, wanted, given, use, totals, absent)
        order, loop = _ordered(needs)
    if loop:
        outside = [name for name in needs if name not in loop]
        raise LoopError(loop, [name for name in outside if not set(loop).isdisjoint(needs[name])])
    for name in plan.missing:
        plan.missing[name] = [user for user, parameters in needs.items() if name in parameters]
    plan.order = [name for name in order if name in needs]
    for name in plan.order:
        if name in plan.left_out:
            names = [one for each in needs[name] for one in plan.left_out.get(each, (each,))]
            plan.left_out[name] = tuple(dict.fromkeys(names))
    return plan


def _walk(
    catalogue: Catalogue,
    wanted: list[str],
    given: AbstractSet[str],
    use: Mapping[str, str],
    totals: AbstractSet[str],
    absent: AbstractSet[str],
) -> tuple[Plan, dict[str, tuple[str, ...]]]:
    """Return what the wanted names come down to, and what each formula needs; of an absent one only what is absent."""
    plan = Plan()
    needs: dict[str, tuple[str, ...]] = {}
    queue = deque(wanted)
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
            if name in absent:
                needs[name] = tuple(each for each in required(formula.expression) if each in absent)
                plan.left_out[name] = ()
            elif formula.is_over_years:
                plan.over_years.append(name)
            fresh = [each for each in needs[name] if each not in seen]
            queue.extend(fresh)
            seen.update(fresh)
    return plan, needs


def _ordered(needs: Mapping[str, tuple[str, ...]]) -> tuple[list[str], list[str]]:
    """Return the names, each after what it needs, or else the names of a loop."""
    try:
        return list(TopologicalSorter(needs).static_order()), []
    except CycleError as error:
        return [], list(error.args[1])


def _absent(
    catalogue: Catalogue, needs: Mapping[str, tuple[str, ...]], not_included: list[str], use: Mapping[str, str]
) -> set[str]:
    """Return the optional names that were not given, and every figure that is left out for lack of them."""
    users: dict[str, list[str]] = {}
    for name, parameters in needs.items():
        for each in parameters:
            users.setdefault(each, []).append(name)
    absent, queue = set(not_included), deque(not_included)
    while queue:
        for user in users.get(queue.popleft(), ()):
            formula = formula_of(catalogue, user, use)
            if user not in absent and formula is not None and is_left_out(formula.expression, absent):
                absent.add(user)
                queue.append(user)
    return absent


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
        if formula is not None and name not in plan.left_out and not unknown.isdisjoint(formula.parameters):
            unknown.add(name)
    return set(asked) - unknown


def derivable(
    catalogue: Catalogue,
    given: AbstractSet[str],
    use: Mapping[str, str],
    defaults: AbstractSet[str] = frozenset(),
    *,
    has_years: bool = False,
) -> list[str]:
    """Return every name that formulas can compute from the given names and at least one of them, in catalogue order.

    defaults: given names that count for what they let others compute only; what follows from them alone is left out.

    Optional names that were not given hold nothing up, nor do formulas that need nothing else; what turns out not to
    be included for lack of them is left out by the caller, who sees it in the results.
    has_years: the scenario has years, which some formulas need.
    """
    known, plain = set(given), set(defaults)
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
    while queue or (queue := deque(_held_up(formulas, waiting, absent))):
        done = queue.popleft()
        for name in users.get(done, ()):
            waiting[name] -= 1
            if waiting[name]:
                continue
            parameters = formulas[name].parameters
            if any(each in known for each in parameters):
                known.add(name)
                if any(each in known and each not in plain for each in parameters):
                    found.add(name)
                else:
                    plain.add(name)
            else:
                absent.add(name)
            queue.append(name)
    return [name for name in catalogue.quantities if name in found]


def _held_up(formulas: Mapping[str, AnyFormula], waiting: dict[str, int], absent: set[str]) -> list[str]:
    """Return the figures that wait for a name although they are left out anyway; they wait no more and are absent."""
    found = [
        name
        for name, count in waiting.items()
        if count > 0 and not absent.isdisjoint(formulas[name].parameters)
        if is_left_out(formulas[name].expression, absent)
    ]
    absent.update(found)
    waiting.update(dict.fromkeys(found, -1))
    return found
