"""Which formulas an answer needs, in which order, and what is missing for it."""

from __future__ import annotations

from collections import deque
from functools import partial
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Protocol, TypeVar

from calc.errors import CalcError
from calc.expression import required
from calc.records import dataclass, field
from calc.text import or_list, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from calc.engine.catalogue import Catalogue
    from calc.expression import Expression


T = TypeVar("T")


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

    def is_left_out(self, absent: AbstractSet[str]) -> bool:
        """Tell whether there is no figure without the absent names."""

    @property
    def label(self) -> str:
        """What a reader calls the figure, empty where its name says it."""

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
        circle = " needs ".join(f"`{name}`" for name in [*self.names[::-1], self.names[-1]])
        hint = f"give a value for {or_list(sorted(self.names)[:20])}"
        super().__init__("E-LOOP", f"the figures depend on themselves: {shorten(circle, 1000)}", hint=hint)


@dataclass(frozen=True, slots=True)
class Plan:
    """What it takes to answer; plans are shared, and nobody changes one.

    needs: names with a formula, each with what that needs; of one that is left out only what it lacks.
    order: the same names, each after what it needs. leaves: given names that are used.
    missing: names without a value, each with the names that need it. not_included: optional names without a value.
    over_years: names whose formula looks at all years of the scenario. totals: sums over the parts that are used.
    left_out: figures that lack such an optional name, whatever the rest of what they need would be, each with those
    names; the rest is not asked for.
    loop: names that are not in the order, because they need themselves or what does, if some do.
    lacking: by name, the optional names without a value that are found below it.
    """

    needs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    leaves: list[str] = field(default_factory=list)
    missing: dict[str, list[str]] = field(default_factory=dict)
    not_included: list[str] = field(default_factory=list)
    over_years: list[str] = field(default_factory=list)
    totals: list[str] = field(default_factory=list)
    left_out: dict[str, tuple[str, ...]] = field(default_factory=dict)
    loop: list[str] = field(default_factory=list)
    lacking: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def answered(self) -> set[str]:
        """Return every name that has a figure, or words for its absence, after the computation."""
        return {*self.order, *self.leaves, *self.not_included, *self.totals}


def reached(start: Iterable[T], below: Callable[[T], Iterable[T]]) -> set[T]:
    """Return all that beginnings lead to: they, what lies below them, what lies below that."""
    found = set(start)
    stack = list(found)
    while stack:
        fresh = [each for each in below(stack.pop()) if each not in found]
        found.update(fresh)
        stack.extend(fresh)
    return found


def formula_of(catalogue: Catalogue, name: str, use: Mapping[str, str]) -> AnyFormula | None:
    """Return the formula that computes `name` under the chosen variants, or None for a plain input."""
    formulas = catalogue.quantities[name].formulas
    if not formulas:
        return None
    chosen = use.get(name)
    return formulas[chosen] if chosen in formulas else next(iter(formulas.values()))


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
    plan = _plan(catalogue, wanted, given, use, totals)
    if plan.loop:
        try:
            TopologicalSorter(plan.needs).prepare()
        except CycleError as error:
            # Names that need each other in a circle, the first at the end again.
            circle = list(error.args[1])
            inside = set(circle)
            users = [name for name, needs in plan.needs.items() if name not in inside and not inside.isdisjoint(needs)]
            raise LoopError(circle, users) from None
    return plan


def _plan(
    catalogue: Catalogue,
    wanted: Iterable[str],
    given: AbstractSet[str],
    use: Mapping[str, str],
    totals: AbstractSet[str],
) -> Plan:
    """Return the plan for the wanted names, perhaps with a loop; the same question has the same plan."""
    names = tuple(dict.fromkeys(wanted))

    def find() -> Plan:
        plan = _walk(catalogue, names, given, use, totals, frozenset())
        if plan.not_included and (plan.missing or plan.loop):
            # What only a figure that is left out anyway would need is not missing, and no loop.
            return _walk(catalogue, names, given, use, totals, _absent(catalogue, plan, use))
        return plan

    return catalogue.once((names, frozenset(given), frozenset(use.items()), frozenset(totals)), find)


def _walk(
    catalogue: Catalogue,
    wanted: Iterable[str],
    given: AbstractSet[str],
    use: Mapping[str, str],
    totals: AbstractSet[str],
    absent: AbstractSet[str],
) -> Plan:
    """Return what the wanted names come down to; of an absent one is asked only what is absent."""
    plan = Plan()
    names = list(wanted)
    seen = set(names)
    for name in names:
        if name in given or name in totals:
            (plan.leaves if name in given else plan.totals).append(name)
            continue
        formula = formula_of(catalogue, name, use)
        if formula is None and catalogue[name].optional:
            plan.not_included.append(name)
        elif formula is None:
            plan.missing[name] = []
        else:
            needs = formula.parameters
            if name in absent:
                found = catalogue.once(("required", name, formula.variant), partial(required, formula.expression))
                needs = tuple(each for each in found if each in absent)
                plan.left_out[name] = ()
            elif formula.is_over_years:
                plan.over_years.append(name)
            plan.needs[name] = needs
            fresh = [each for each in needs if each not in seen]
            names.extend(fresh)
            seen.update(fresh)
    _put_in_order(plan)
    return plan


def _put_in_order(plan: Plan) -> None:
    """Add the order, or the loop that stands in its way, who needs what is missing, and what left-out names lack."""
    users, waiting = _users(plan.needs), dict[str, int]()
    for name, needs in plan.needs.items():
        waiting[name] = len(set(needs))
        for each in needs:
            waiting.setdefault(each, 0)
    ready = [name for name, count in waiting.items() if not count]
    for name in ready:
        for user in users.get(name, ()):
            waiting[user] -= 1
            if not waiting[user]:
                ready.append(user)
    plan.order.extend(name for name in ready if name in plan.needs)
    plan.loop.extend(name for name, count in waiting.items() if count)
    plan.missing.update((name, users.get(name, [])) for name in plan.missing)
    plan.lacking.update((name, frozenset((name,))) for name in plan.not_included)
    for name in plan.order if plan.not_included else ():
        if name in plan.left_out:
            lacking = [one for each in plan.needs[name] for one in plan.left_out.get(each, (each,))]
            plan.left_out[name] = tuple(dict.fromkeys(lacking))
        below = [plan.lacking[each] for each in plan.needs[name] if each in plan.lacking]
        plan.lacking.update({name: below[0].union(*below[1:])} if below else {})


def _absent(catalogue: Catalogue, plan: Plan, use: Mapping[str, str]) -> set[str]:
    """Return the optional names that were not given, and every figure that is left out for lack of them."""
    users = _users(plan.needs)
    absent, queue = set(plan.not_included), deque(plan.not_included)
    while queue:
        for user in users.get(queue.popleft(), ()):
            formula = formula_of(catalogue, user, use)
            if user not in absent and formula is not None and formula.is_left_out(absent):
                absent.add(user)
                queue.append(user)
    return absent


def _users(needs: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Return by name what needs it."""
    users: dict[str, list[str]] = {}
    for name, parameters in needs.items():
        for each in dict.fromkeys(parameters):
            users.setdefault(each, []).append(name)
    return users


def known_names(
    catalogue: Catalogue,
    names: Collection[str],
    given: AbstractSet[str],
    use: Mapping[str, str],
    totals: AbstractSet[str] = frozenset(),
    *,
    has_years: bool,
) -> set[str]:
    """Return those of the names that can be computed: nothing is missing for them and they are on no loop.

    has_years: the scenario says which years it is about, which operations over time need.
    """
    plan = _plan(catalogue, names, given, use, totals)
    unknown = {*plan.missing, *(() if has_years else plan.over_years), *plan.needs.keys() - set(plan.order)}
    for name in plan.order:
        if name not in plan.left_out and not unknown.isdisjoint(plan.needs[name]):
            unknown.add(name)
    return set(names) - unknown


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
    has_years: the scenario has years, which some formulas need. Optional names that were not given hold nothing up, nor
    do formulas that need nothing else; what turns out not to be included for lack of them the caller leaves out.
    """

    def find() -> list[str]:
        known, plain = set(given), set(defaults)
        unknown = [quantity for name, quantity in catalogue.quantities.items() if name not in known]
        absent = {quantity.name for quantity in unknown if quantity.optional}
        formulas = {
            quantity.name: formula
            for quantity in unknown
            if (formula := formula_of(catalogue, quantity.name, use)) and (has_years or not formula.is_over_years)
        }
        needs = {name: set(formula.parameters) for name, formula in formulas.items()}
        users, waiting = _users(needs), {name: len(each) for name, each in needs.items()}
        found: set[str] = set()
        queue = deque([*known, *absent, *(name for name, count in waiting.items() if count == 0)])
        while queue or (queue := deque(_held_up(formulas, waiting, absent))):
            for name in users.get(queue.popleft(), ()):
                waiting[name] -= 1
                if waiting[name]:
                    continue
                follows = needs[name] & known
                if follows - plain:
                    found.add(name)
                elif follows:
                    plain.add(name)
                (known if follows else absent).add(name)
                queue.append(name)
        return [name for name in catalogue.quantities if name in found]

    return catalogue.once((frozenset(given), frozenset(use.items()), frozenset(defaults), has_years), find)


def _held_up(formulas: Mapping[str, AnyFormula], waiting: dict[str, int], absent: set[str]) -> list[str]:
    """Return the figures that wait for a name although they are left out anyway; they wait no more and are absent."""
    waits = [name for name, count in waiting.items() if count > 0 and not absent.isdisjoint(formulas[name].parameters)]
    found = [name for name in waits if formulas[name].is_left_out(absent)]
    absent.update(found)
    waiting.update(dict.fromkeys(found, -1))
    return found
