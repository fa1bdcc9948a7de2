"""What a case or a part is asked for, and what is missing for the answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from calc.engine.catalogue import spread
from calc.engine.flat import qualified
from calc.engine.graph import LoopError, derivable, make_plan
from calc.errors import CalcError, Place, quote
from calc.scenario.display import ALL
from calc.scenario.examples import example, fitting
from calc.scenario.expressions import unknown_name
from calc.scenario.resolved import BASE
from calc.text import and_list, or_list

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from calc.engine.graph import Plan
    from calc.scenario.context import Context


@dataclass(frozen=True, slots=True)
class Asking:
    """A case or a part that is asked: what is given there, the variants in use, and the sums it may refer to.

    case, part: its names, for messages; part is empty for a case. defaults: given names that are facts of no bundle
    which the scenario names. rates: by given name, the exchange rate that it goes through.
    """

    context: Context
    case: str
    part: str
    given: AbstractSet[str]
    use: dict[str, str]
    totals: AbstractSet[str] = frozenset()
    defaults: AbstractSet[str] = frozenset()
    rates: Mapping[str, str] = field(default_factory=dict)

    def plan(self, names: list[str]) -> Plan:
        """Return the plan for the names; the exchange rates that it goes through are leaves, given or not.

        Raises CalcError where one of them depends on itself.
        """
        plan = make_plan(self.context.catalogue, names, self.given, self.use, self.totals)
        rates = dict.fromkeys(self.rates[name] for name in plan.leaves if name in self.rates)
        return replace(plan, leaves=[*plan.leaves, *(rate for rate in rates if rate not in plan.leaves)])

    def checked_plan(self, names: list[str]) -> Plan | None:
        """Return the plan for the names, or None with the errors added: a loop, missing values, missing years."""
        context = self.context
        try:
            plan = self.plan(names)
        except LoopError as error:
            context.problems.add(self.loop_error(names, error))
            # As if one of its names were given, so that what else is missing is told at once.
            replace(self, given={*self.given, *error.names}).checked_plan(names)
            return None
        for missing, users in plan.missing.items():
            context.problems.add(self._missing(missing, users, names))
        if plan.over_years and not context.document.years:
            listed = and_list(plan.over_years[:3])
            message = f"{listed} look{'s' if len(plan.over_years) == 1 else ''} at several years{self._where()}"
            hint = "add `years: 2026 to 2030`"
            context.problems.add(CalcError("E-YEARS", message, place=self._asked_at(plan.over_years[0]), hint=hint))
        return plan

    def follows_from_totals(self, name: str) -> bool:
        """Tell whether a figure needs a sum over the parts."""
        if name in self.totals:
            return True
        try:
            return bool(self.plan([name]).totals)
        except CalcError:
            return False

    def derivable(self, *, with_totals: bool = False) -> list[str]:
        """Return every name that follows from what is given, or from that and the totals."""
        given = self.given | self.totals if with_totals else self.given
        has_years = bool(self.context.document.years)
        return derivable(self.context.catalogue, given, self.use, self.defaults, has_years=has_years)

    def _where(self) -> str:
        placing = self.context.placing
        what = "the cabinets" if placing and self.part in placing.kinds else "part"
        in_part = f" in {what} {quote(self.part)}" if self.part else ""
        return in_part + ("" if self.case == BASE else f" in case {quote(self.case)}")

    def _asked_at(self, needed: str | None) -> Place:
        """Return the entry of `show` that cannot be answered for lack of `needed` (None: because of a loop)."""
        document = self.context.document
        for node in document.show or []:
            try:
                plan = self.plan([node.text]) if node.text in self.context.catalogue else None
            except CalcError:
                return node.place
            if plan and needed is not None and needed in {*plan.missing, *plan.over_years}:
                return node.place
        return Place(document.source, 1, 1)

    def _example(self, name: str) -> str:
        return f"`{name}: {self._amount(name)}`"

    def _amount(self, name: str) -> str:
        return example(self.context.catalogue[name], self.context.facts, self.context.reading.used)

    def _spared(self, name: str, asked: list[str]) -> str:
        """Return the end of a hint that says with which variant what is missing is not needed, if that is so."""
        catalogue = self.context.catalogue
        for choice, option in (
            (at, each.spares[name]) for at, each in catalogue.choices.items() if name in each.spares
        ):
            use = {**self.use, **spread(catalogue.choices, {choice: option})}
            try:
                missing = make_plan(catalogue, asked, self.given, use, self.totals).missing
            except LoopError:
                return ""
            return "" if name in missing else f"; or count without it: `use: {{{choice}: {option}}}`"
        return ""

    def loop_error(self, names: list[str], loop: LoopError) -> CalcError:
        """Return the error for figures that depend on themselves, by a formula of the scenario or for lack of a value.

        names: what was asked for.
        """
        written = self.context.document.formulas
        own = [each for each in written if each in loop.names]
        if not own:
            return self._one_of(names, loop)
        # The way round begins at the first formula, so that one circle is one message.
        at = loop.names[::-1].index(own[0])
        circle = [*loop.names[::-1][at:], *loop.names[::-1][:at]]
        steps = " needs ".join(f"`{each}`" for each in [*circle, circle[0]])
        what, one = ("is a formula", "it") if len(own) == 1 else ("are formulas", "one of them")
        hint = f"{and_list(own)} {what} of this scenario: compute {one} from other figures, or give a value"
        if len(circle) > 1:
            hint = (
                f"{hint} for {or_list([each for each in circle if each not in own][:5] or circle[:5])} under `inputs:`"
            )
        else:
            hint = f"give what `{own[0]}` is now another name under `inputs:`, and compute `{own[0]}` from that"
        return CalcError(
            "E-LOOP",
            f"the figures depend on themselves{self._where()}: {steps}",
            place=written[own[0]].node.place,
            hint=hint,
        )

    def _one_of(self, names: list[str], loop: LoopError) -> CalcError:
        """Return the error for figures of which each follows from another, as `servers` and `gpus` do: give one."""
        ways = self._ways(names, loop.names)
        first = next(iter(ways))
        users = loop.users[:3]
        needed = f"; {and_list(users)} need{'s' if len(users) == 1 else ''} one of them" if users else ""
        message = f"none of {and_list(ways)} has a value{self._where()}{needed}"
        if len(ways) == 2:
            message = f"neither {' nor '.join(f'`{each}`' for each in ways)} has a value{self._where()}{needed}"
        choices = [f"`{each}`{f' with {and_list(others)}' if others else ''}" for each, others in ways.items()]
        # The one figure that needs them may be given too, unless it is what was asked for.
        choices += [f"`{users[0]}` itself"] if len(loop.users) == 1 and users[0] not in names else []
        hint = f"give {', '.join(choices[:-1])} or {choices[-1]} under `inputs:`, as in {self._example(first)}"
        return CalcError("E-MISSING", message, place=self._asked_at(None), hint=hint)

    def _ways(self, names: list[str], loop: list[str]) -> dict[str, list[str]]:
        """Return the names of a loop, each with what would have to be given beside it and not beside the others.

        What needs least stands first, then what a model declares first.
        """
        missing: dict[str, set[str]] = {}
        for each in loop:
            try:
                missing[each] = set(replace(self, given={*self.given, each}).plan(names).missing)
            except LoopError:
                missing[each] = set()
        common = set.intersection(*missing.values())
        declared = list(self.context.catalogue.quantities)
        order = sorted(loop, key=lambda each: (len(missing[each] - common), declared.index(each)))
        return {each: sorted(missing[each] - common) for each in order}

    def _missing(self, name: str, users: list[str], asked: list[str]) -> CalcError:
        quantity = self.context.catalogue[name]
        listed = and_list(users[:3]) if users else ""
        needed = f"; {listed} need{'s' if len(users) == 1 else ''} it" if users else ""
        example = f"give it under `inputs:`, as in {self._example(name)}"
        facts = fitting(name, self.context.facts, self.context.reading.used)
        meaning = quantity.text.rstrip(".")
        # An abbreviation keeps its capitals.
        meaning = meaning if meaning[1:2].isupper() else meaning[:1].lower() + meaning[1:]
        message = f"`{name}` ({meaning}) has no value{self._where()}{needed}"
        hint = f"{example}; {facts}" if facts else example
        hint += self._spared(name, asked)
        here = qualified(name, self.part)
        if name in self.context.varied or here in self.context.varied:
            chosen = name if name in self.context.varied else here
            hint = f"a study chooses it; say at which value, as in `--set {chosen}={self._amount(name)}`"
        return CalcError("E-MISSING", message, place=self._asked_at(name), hint=hint)


def shown_names(context: Context) -> list[str] | None:
    """Return the names that `--show` or `show` asks for, without those that are unknown; None where nothing does."""
    catalogue, document = context.catalogue, context.document
    if context.options.show:
        for name in context.options.show:
            if name not in catalogue and name != ALL:
                context.problems.add(unknown_name(name, catalogue, None))
        return None if ALL in context.options.show else [name for name in context.options.show if name in catalogue]
    shown = list(document.show or [])
    if document.headline is not None:
        shown.append(document.headline)
    for node in shown:
        if node.text not in catalogue and node.text not in {*document.formulas, *document.totals}:
            context.problems.add(unknown_name(node.text, catalogue, node.place))
    if not document.show:
        return None
    return list(dict.fromkeys(node.text for node in shown if node.text in catalogue))


def nothing_follows(context: Context) -> None:
    """Complain that there is nothing to answer, unless something else is wrong already."""
    if not context.problems.errors:
        hint = "give the `inputs:` of a formula, or name what you want under `show:` to see what is missing"
        place = Place(context.document.source, 1, 1)
        context.problems.add(CalcError("E-NOTHING", "nothing follows from what is given", place=place, hint=hint))
