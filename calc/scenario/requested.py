"""What a case is asked for, what is missing for the answer, what models tell besides, and what a file promises."""

from __future__ import annotations

import re
from functools import partial
from string import Formatter
from typing import TYPE_CHECKING, NamedTuple

from calc.engine.catalogue import spread
from calc.engine.figures import NoValue
from calc.engine.flat import qualified
from calc.engine.graph import LoopError, derivable, known_names, make_plan
from calc.errors import CalcError, Place, quote
from calc.records import dataclass, field, replace
from calc.scenario.amount import Amount, amount_at, as_meant, in_dollars, to_base
from calc.scenario.case import BASE
from calc.scenario.conditions import SLACK, read_condition
from calc.scenario.display import ALL
from calc.scenario.expressions import unknown_name
from calc.scenario.fact_values import example, fitting
from calc.scenario.shapes import read_mapping
from calc.scenario.unit_check import unit_of
from calc.scenario.yaml_reader import Mapping, Node, Scalar
from calc.scenario.years import read_year, span_text
from calc.text import and_list, did_you_mean, or_list
from calc.units import RATIO

if TYPE_CHECKING:
    from collections import abc
    from collections.abc import Set as AbstractSet

    from calc.declarations import Verdict
    from calc.engine.catalogue import Catalogue
    from calc.engine.figures import Single
    from calc.engine.graph import Plan
    from calc.errors import Problems
    from calc.scenario.case import Context, Scenario
    from calc.scenario.conditions import Condition

# So many names are listed in a message; of more it says how many.
_LISTED = 4


class _MissingError(CalcError):
    """What is missing in one case or several, told once for all in which it is missing alike.

    words: the message before and after where it is missing; there: the part. cases: the names of the cases.
    """

    def __init__(self, words: tuple[str, str], there: str, case: str, place: Place, hint: str) -> None:
        self.words, self.there = words, there
        self.cases: list[str] = []
        super().__init__("E-MISSING", "", place=place, hint=hint)
        self.also(case)

    def also(self, case: str) -> None:
        """Say that it is missing in a further case too."""
        self.cases += [case] if case not in self.cases else []
        where = ""
        if self.cases != [BASE]:
            many = len(self.cases) > _LISTED
            where = f" in {len(self.cases)} cases" if many else f" in case{'s' * (len(self.cases) > 1)} "
            where += "" if many else and_list(self.cases)
        self.message = f"{self.words[0]}{self.there}{where}{self.words[1]}"

    def tell(self, problems: Problems) -> None:
        """Add it, unless it is told of another case already."""
        for each in problems.errors:
            alike = isinstance(each, _MissingError) and each.words == self.words and each.there == self.there
            if isinstance(each, _MissingError) and alike and each.place == self.place:
                each.also(self.cases[0])
                return
        problems.add(self)


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
    rates: abc.Mapping[str, str] = field(default_factory=dict)

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
            found = self.loop_error(names, error)
            if isinstance(found, _MissingError):
                found.tell(context.problems)
            else:
                context.problems.add(found)
            # As if one of its names were given, so that what else is missing is told at once.
            replace(self, given={*self.given, *error.names}).checked_plan(names)
            return None
        for together, users in self._missing_together(plan):
            self._missing(together, users, names).tell(context.problems)
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

    def _there(self) -> str:
        placing = self.context.placing
        what = "the cabinets" if placing and self.part in placing.kinds else "part"
        return f" in {what} {quote(self.part)}" if self.part else ""

    def _where(self) -> str:
        return self._there() + ("" if self.case == BASE else f" in case {quote(self.case)}")

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
        asking = [node.place for node in document.checks or [] if needed and re.search(rf"\b{needed}\b", node.text)]
        return asking[0] if asking else Place(document.source, 1, 1)

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
        message = f"the figures depend on themselves{self._where()}: {steps}"
        return CalcError("E-LOOP", message, place=written[own[0]].node.place, hint=hint)

    def _one_of(self, names: list[str], loop: LoopError) -> CalcError:
        """Return the error for figures of which each follows from another, as `servers` and `gpus` do: give one."""
        ways = self._ways(names, loop.names)
        first = next(iter(ways))
        users = loop.users[:3]
        needed = f"; {and_list(users)} need{'s' if len(users) == 1 else ''} one of them" if users else ""
        message = f"none of {and_list(ways)} has a value"
        if len(ways) == 2:
            message = f"neither {' nor '.join(f'`{each}`' for each in ways)} has a value"
        choices = [f"`{each}`{f' with {and_list(others)}' if others else ''}" for each, others in ways.items()]
        # The one figure that needs them may be given too, unless it is what was asked for.
        choices += [f"`{users[0]}` itself"] if len(loop.users) == 1 and users[0] not in names else []
        hint = f"give {', '.join(choices[:-1])} or {choices[-1]} under `inputs:`, as in {self._example(first)}"
        return _MissingError((message, needed), self._there(), self.case, self._asked_at(None), hint)

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

    def _missing_together(self, plan: Plan) -> list[tuple[list[str], list[str]]]:
        """Return what is missing with what needs it: those together that one bundle of facts alone gives."""
        found: dict[tuple[str, ...], tuple[list[str], list[str]]] = {}
        for name, users in plan.missing.items():
            subjects = {fact.subject for fact in self.context.facts.for_quantity(name)}
            key = (*users, *subjects) if len(subjects) == 1 else (name,)
            found.setdefault(key, ([], users))[0].append(name)
        return list(found.values())

    def _missing(self, names: list[str], users: list[str], asked: list[str]) -> _MissingError:
        name = names[0]
        quantity = self.context.catalogue[name]
        listed = and_list(users[:3]) if users else ""
        it = "it" if len(names) == 1 else "them"
        needed = f"; {listed} need{'s' if len(users) == 1 else ''} {it}" if users else ""
        if len(names) > 1:
            subject = self.context.facts.for_quantity(name)[0].subject
            many = f"`{names[0]}` to `{names[-1]}` ({len(names)} inputs)"
            message = f"{many if len(names) > _LISTED else and_list(names)} have no value"
            hint = f"`facts: [{subject}]` gives them all; or give each under `inputs:`"
            return _MissingError((message, needed), self._there(), self.case, self._asked_at(name), hint)
        example = f"give it under `inputs:`, as in {self._example(name)}"
        facts = fitting(name, self.context.facts, self.context.reading.used)
        meaning = quantity.text.rstrip(".")
        # An abbreviation keeps its capitals.
        meaning = meaning if meaning[1:2].isupper() else meaning[:1].lower() + meaning[1:]
        message = f"`{name}` ({meaning}) has no value"
        hint = f"{example}; {facts}" if facts else example
        hint += self._spared(name, asked)
        here = qualified(name, self.part)
        if name in self.context.varied or here in self.context.varied:
            chosen = name if name in self.context.varied else here
            hint = f'a study chooses it; say at which value, as in `--set "{chosen}={self._amount(name)}"`'
        return _MissingError((message, needed), self._there(), self.case, self._asked_at(name), hint)


def shown_names(context: Context) -> list[str] | None:
    """Return the names that `--show` or `show` asks for, without those that are unknown; None where nothing does."""
    catalogue, document = context.catalogue, context.document
    if context.options.show:
        for name in context.options.show:
            if name not in catalogue and name != ALL:
                context.problems.add(unknown_name(name, catalogue, None))
        return None if ALL in context.options.show else [name for name in context.options.show if name in catalogue]
    shown = [*(document.show or ()), *document.headline]
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


# ---------------- `expect:` the figures that a scenario file promises


NO_VALUE = "no value"


class Expectation(NamedTuple):
    """A promised figure of one case, and of one part where that is not empty.

    base, tolerance: in coherent base units; base is None for a promised `no value`.
    year: the year that is promised; None for all of them.
    """

    case: str
    part: str
    name: str
    base: float | None
    tolerance: float
    text: str
    place: Place
    year: int | None = None

    def is_kept(self, figure: Single) -> bool:
        """Tell whether a figure in base units rounds to the digits written, or lies within the stated tolerance."""
        if self.base is None:
            return isinstance(figure, NoValue)
        if not isinstance(figure, float | int):
            return False
        slack = SLACK * max(abs(self.base), abs(figure))
        return abs(figure - self.base) <= self.tolerance + slack


def read_expectations(
    section: Mapping | None, cases: list[str], parts: list[str], context: Context
) -> list[Expectation]:
    """Read `expect:`; with cases, their names stand above the names of parts and quantities."""
    if section is None:
        return []
    if not cases:
        return _read_case(BASE, section, parts, context)
    found = []
    for name, (key, node) in section.entries.items():
        if name not in cases:
            hint = (
                did_you_mean(name, cases)
                or f"with `cases:`, the names of cases stand under `expect:`: {or_list(cases)}"
            )
            context.problems.add(CalcError("E-CASE", f"there is no case {quote(name)}", place=key.place, hint=hint))
        elif isinstance(node, Mapping):
            found.extend(_read_case(name, node, parts, context))
        else:
            context.problems.add(no_mapping(name, node))
    return found


def no_mapping(name: str, node: Node) -> CalcError:
    """Return the error for promises of a case, a part or a line of a table that have no names."""
    hint = "as in `{servers_per_rack: 4}`"
    return CalcError("E-VALUE", f"the promises of {quote(name)} are a mapping", place=node.place, hint=hint)


def _read_case(case: str, section: Mapping, parts: list[str], context: Context) -> list[Expectation]:
    found = []
    for name, (key, node) in section.entries.items():
        if name not in parts:
            found += _read_names(case, "", {name: (key, node)}, context)
        elif isinstance(node, Mapping):
            found += _read_names(case, name, node.entries, context)
        else:
            context.problems.add(no_mapping(name, node))
    return found


def _read_names(case: str, part: str, entries: dict[str, tuple[Scalar, Node]], context: Context) -> list[Expectation]:
    found = []
    for name, (key, node) in entries.items():
        try:
            if name not in context.catalogue:
                raise _no_line(name, node, key, context) or unknown_name(name, context.catalogue, key.place)
            for year, each in _by_year(node, context.document.years):
                found.append(_read(partial(Expectation, case, part, name, year=year), name, each, context.catalogue))
        except CalcError as error:
            context.problems.add(error)
    return found


def _no_line(name: str, node: Node, key: Scalar, context: Context) -> CalcError | None:
    """Return the error for promises of a line that the table does not have, or None where none is meant."""
    lines = list(context.document.table)
    meant = did_you_mean(name, lines)
    if not lines or not (meant or isinstance(node, Mapping)):
        return None
    hint = meant or f"its lines are {or_list(lines[:5])}"
    return CalcError("E-TABLE", f"the table has no line {quote(name)}", place=key.place, hint=hint)


def _by_year(node: Node, years: tuple[int, ...]) -> list[tuple[int | None, Node]]:
    """Return the promises by year that a node holds, or the one for all years."""
    if not isinstance(node, Mapping) or list(node.entries) != ["by year"]:
        return [(None, node)]
    found: list[tuple[int | None, Node]] = []
    for text, (key, each) in read_mapping(node.entries["by year"][1], "by year").entries.items():
        year = read_year(text, key.place)
        if year not in years:
            hint = f"`years` are {span_text(years)}" if years else "add `years: 2026 to 2030`"
            raise CalcError("E-YEARS", f"the scenario has no year {year}", place=key.place, hint=hint)
        found.append((year, each))
    return found


def _read(promise: partial[Expectation], name: str, node: Node, catalogue: Catalogue) -> Expectation:
    """Read a promise; promise: makes it of its figure, with all else that is known of it."""
    within = None
    value = node
    if isinstance(node, Mapping):
        if set(node.entries) != {"value", "within"}:
            hint = "as in `4.5 kW`, `no value` or `{value: 1.826 USD/gpu/hour, within: 0.1 %}`"
            raise CalcError("E-VALUE", f"the promise for `{name}` has another form", place=node.place, hint=hint)
        value, within = node.entries["value"][1], _share(node.entries["within"][1])
    if not isinstance(value, Scalar) or value.is_null:
        message, hint = f"the promise for `{name}` is missing a value", "as in `4.5 kW` or `no value`"
        raise CalcError("E-MISSING-VALUE", message, place=node.place, hint=hint)
    text = value.text.strip()
    promise = partial(promise, text=text, place=value.place)
    if text == NO_VALUE:
        return promise(base=None, tolerance=0.0)
    quantity = catalogue[name]
    amount = in_dollars(
        amount_at(as_meant(text, quantity.unit.dimension), value.place, exact_place=True), catalogue.rates
    )
    # A count is promised in whole things of its declared unit, so its unit may be left out; nothing else's may.
    if amount.unit is None and quantity.unit.dimension.needs_no_unit:
        amount = Amount(amount.number, quantity.unit, amount.step, amount.bare_text)
    _, currency = unit_of(amount, quantity, value.place, name)
    if currency:
        message, hint = f"`{name}` is promised in {currency}", f"write it in `{quantity.unit_text}`"
        raise CalcError("E-CURRENCY", message, place=value.place, hint=hint)
    unit = amount.unit or RATIO
    tolerance = to_base(amount.step, unit) / 2 if within is None else abs(amount.base) * within
    return promise(base=amount.base, tolerance=tolerance)


def _share(node: Node) -> float:
    if isinstance(node, Scalar) and not node.is_null:
        amount = amount_at(node.text, node.place, exact_place=True)
        if amount.unit is not None and amount.unit.dimension.is_ratio and 0 < amount.base < 1:
            return amount.base
    raise CalcError("E-VALUE", "`within` is a percentage", place=node.place, hint="as in `within: 0.1 %`")


# ---------------- what models tell of figures though nobody asks: checks and verdicts


class ModelCheck(NamedTuple):
    """A models' check that figures can answer; names: those of its names that have one. meaning: of its failure."""

    condition: Condition
    meaning: str
    names: list[str]


def model_checks(
    scenario: Scenario,
    given: AbstractSet[str],
    use: abc.Mapping[str, str],
    totals: abc.Iterable[str] = (),
    parts: abc.Iterable[str] = ("",),
) -> list[ModelCheck]:
    """Return the models' checks that can be answered with what is given, those of parts by names of their own.

    A check needs figures of all names that it requires; of the others one is enough.
    """
    catalogue, has_years = scenario.catalogue, bool(scenario.years)
    asked = [(_of_part(each, part), meaning) for part in parts for each, meaning in scenario.model_checks]
    every = [name for condition, _ in asked for name in condition.names if name in catalogue]
    known = known_names(catalogue, every, given, use, set(totals), has_years=has_years)
    found = []
    for condition, meaning in asked:
        here, required = [name for name in condition.names if name in known], set(condition.required)
        if required.issubset(here) and (len(here) > len(required) or len(condition.names) == len(required)):
            found.append(ModelCheck(condition, meaning, here))
    return found


def _of_part(condition: Condition, part: str) -> Condition:
    if not part:
        return condition
    return condition.in_part(part, {name: qualified(name, part) for name in condition.names})


def names_of(verdict: Verdict, catalogue: Catalogue) -> list[str]:
    """Return every figure that the conditions and sentences of a verdict name."""
    compared = [name for text in verdict.sentences if text for name in read_condition(text, catalogue, None).names]
    printed = [name for text in verdict.sentences.values() for _, name, _, _ in Formatter().parse(text) if name]
    return list(dict.fromkeys([*compared, *printed]))
