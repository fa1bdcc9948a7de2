"""What an answer holds: the figures, samples, checks, promises and plans of every case."""

from __future__ import annotations

import re
from math import isfinite
from typing import TYPE_CHECKING, Any

from calc.arrays import np
from calc.engine.explain import binding
from calc.engine.figures import Figure, NotIncluded, Single
from calc.engine.flat import qualified
from calc.engine.graph import Plan, formula_of, reached
from calc.errors import CalcError
from calc.records import NamedTuple, dataclass, field, replace
from calc.scenario.place_section import RACKS, SERVERS
from calc.scenario.studies import Studied
from calc.study.statistics import rank_share, ranks, shares_without_value, summary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from calc.engine.catalogue import Catalogue
    from calc.placement.hall import Hall
    from calc.placement.plan import Plan as HallPlan
    from calc.placement.plan import Planner, Wish
    from calc.scenario.case import ResolvedLine
    from calc.scenario.conditions import Condition
    from calc.scenario.fact_values import Doubt
    from calc.scenario.place_section import Placing
    from calc.scenario.requested import Expectation
    from calc.scenario.resolve import ResolvedCase, Scenario
    from calc.study.statistics import Tally


# A check that holds in fewer samples is told as doubtful.
DOUBTFUL = 0.8


class CheckResult(NamedTuple):
    """How a check came out.

    value, limit: the left and right side at the point values, in coherent base units, or why there is none; of yearly
    figures, those of the year in which it holds least, which is then `year`.
    probability: share of samples in which it holds, in all years; None without uncertainty.
    p50, limit_p50: the medians of the left and right side; None without uncertainty, or where samples have no value.
    """

    condition: Condition
    passed: bool
    value: Single
    limit: Single
    probability: float | None
    meaning: str = ""
    year: int | None = None
    p50: float | None = None
    limit_p50: float | None = None

    @property
    def is_doubtful(self) -> bool:
        """Tell whether it holds at the median and all the same not in most samples; a stated confidence is no doubt."""
        share = self.probability
        return self.passed and self.condition.confidence is None and share is not None and share < DOUBTFUL


class Told(NamedTuple):
    """A model's verdict in words, by its name.

    texts: sentences, of several each begins with the years in which it holds. probability: share of samples in which
    the same sentences hold; None without uncertainty.
    """

    name: str
    texts: tuple[str, ...]
    probability: float | None

    @property
    def text(self) -> str:
        """Return all sentences."""
        return "; ".join(self.texts)

    @property
    def in_short(self) -> str:
        """Return who wins, without the terms, as in `owning saves $2.4M (NPV)`."""
        found = []
        for each in self.texts:
            years, _, rest = each.partition(": ") if len(self.texts) > 1 else ("", "", each)
            concluded = re.search(r", so ([^;:,]+)", rest)
            short = concluded[1] if concluded else re.split(r"[;:]| above | below ", rest, maxsplit=1)[0]
            found.append(f"{years}: {short}" if years else short)
        return "; ".join(found)

    @property
    def winner(self) -> str:
        """Return who wins, without by how much: `owning saves`."""
        return re.sub(r" -?[$\d][^;]*", "", self.in_short)


class Broken(NamedTuple):
    """A promise that does not hold, with the figure that breaks it, of one year; message: it in words."""

    promise: Expectation
    figure: Single
    message: str


@dataclass(slots=True)
class CaseAnswer:
    """One case, or one part of a case, computed.

    label: what a reader knows it by. inside: the name of the case that this is a part of.
    figures: every name needed, at the point values, in coherent base units. samples: for the names that are uncertain,
    float64 arrays of shape (samples, years), or (samples, 1) for what is the same in every year. tallies: where there
    are more samples than are kept, what was counted of all of them, one a year; `samples` are then the first.
    truths: of as many samples, in how many each check holds, by its text. errors: the standard errors of a
    figure, where there are samples.
    opened: what `breakdown` found sums to add up.
    """

    case: ResolvedCase
    plan: Plan
    label: str
    inside: str = ""
    figures: dict[str, Figure] = field(default_factory=dict)
    samples: dict[str, Any] = field(default_factory=dict)
    tallies: dict[str, list[Tally]] = field(default_factory=dict)
    truths: dict[str, Tally] = field(default_factory=dict)
    parts: list[CaseAnswer] = field(default_factory=list)
    checks: list[CheckResult] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    errors: Callable[[CaseAnswer, str], dict[str, float] | None] | None = None
    _known: dict[str, list[dict[str, float] | None]] = field(default_factory=dict)
    verdicts: list[Told] = field(default_factory=list)
    opened: dict[str, dict[str, float]] = field(default_factory=dict)
    _wanted: frozenset[str] = field(default=frozenset(), init=False)
    _ranks: dict[str, Any] = field(default_factory=dict, init=False)
    _shares: dict[str, list[tuple[str, float]]] = field(default_factory=dict, init=False)

    def parts_of(self, total: str) -> list[CaseAnswer]:
        """Return the parts that a sum goes over."""
        over = self.case.over.get(total)
        return [part for part in self.parts if over is None or part.case.name in over]

    @property
    def shown(self) -> list[str]:
        """Return the names to answer; without a `show` list, those that turned out not to be included are left out."""
        return [name for name in self.case.wanted if self.shows(name)]

    def shows(self, name: str) -> bool:
        """Tell whether a name is one of those to answer."""
        if len(self._wanted) < len(self.case.wanted):
            self._wanted = frozenset(self.case.wanted)
        return name in self._wanted and (self.case.is_explicit or not isinstance(self.figures[name], NotIncluded))

    def variants(self, catalogue: Catalogue) -> list[tuple[str, str, str]]:
        """Return name, variant and assumption of every figure in use that has several ways to be computed.

        Figures that one choice binds are said once, by the name of the choice, unless one was chosen apart.
        """
        used = {}
        for name in self.plan.order:
            formula = formula_of(catalogue, name, self.case.use)
            if formula is not None and formula.variant and not isinstance(self.figures[name], NotIncluded):
                used[name] = formula
        bound = {each: name for name, choice in catalogue.choices.items() for each in choice.binds}
        options: dict[str, set[str]] = {}
        for name, formula in used.items():
            options.setdefault(bound.get(name, name), set()).add(formula.variant)
        found = {}
        for name, formula in used.items():
            choice = bound.get(name)
            if choice is not None and catalogue.choices[choice].goes_without_saying(formula.variant):
                continue
            if choice is not None and len(options[choice]) == 1:
                found[choice] = (formula.variant, catalogue.choices[choice].options[formula.variant])
            else:
                found[name] = (formula.variant, formula.assumption.rstrip("."))
        return [(name, variant, meaning) for name, (variant, meaning) in found.items()]

    def largest_contributor(self, name: str) -> tuple[str, float] | None:
        """Return the uncertain input that explains most of the spread of figure `name`, and its share, or None."""
        return next(iter(self.contributors(name)), None)

    def contributors(self, name: str) -> list[tuple[str, float]]:
        """Return the uncertain inputs that explain the spread of figure `name`, each with its share, the most first."""
        values = self.samples.get(name)
        lost = self.share_without_value(name)
        if values is None or name in self.plan.leaves or lost >= 1 / 2:
            return []
        needs, given = self._needs(name), set(self.plan.leaves)
        values_given = self.case.values
        # What varies only because its exchange rate does is moved by that.
        leaves = [
            each
            for each in self.samples
            if each in needs and each in given and (each not in values_given or values_given[each].is_uncertain)
        ]
        if name not in self._shares:
            kept = self._kept_ranks([name, *leaves]) if lost else {each: self.ranked(each) for each in (name, *leaves)}
            shares = rank_share(kept[name], {each: kept[each] for each in leaves})
            self._shares[name] = list(shares.items())
        return self._shares[name]

    def ranked(self, name: str) -> Any:
        """Return the ranks of the samples of `name`, shape (samples,); reports hold them against others many times."""
        if name not in self._ranks:
            self._ranks[name] = ranks(self.samples[name].mean(axis=1))
        return self._ranks[name]

    def _kept_ranks(self, names: list[str]) -> dict[str, Any]:
        """Return the ranks of the samples of some figures in which the first has a value, by name."""
        means = {name: self.samples[name].mean(axis=1) for name in names}
        kept = ~np.isnan(means[names[0]])
        return {name: ranks(each[kept]) for name, each in means.items()}

    def _needs(self, name: str) -> set[str]:
        """Return the names that figure `name` needs, itself included."""

        def below(each: str) -> tuple[str, ...]:
            rate = self.case.values[each].converted if each in self.case.values else None
            return self.plan.needs.get(each, (rate,) if rate else ())

        return reached([name], below)

    def binding(self, name: str, catalogue: Catalogue) -> list[str]:
        """Return which side decided, for every minimum or maximum of figure `name` over at least two included sides."""
        formula = formula_of(catalogue, name, self.case.use) if name in self.plan.needs else None
        if formula is None or isinstance(self.figures[name], NotIncluded):
            return []
        return binding(formula.expression, self.figures, contested=True)

    def left_out(self, name: str) -> list[str]:
        """Return the optional inputs that were not given and that figure `name` leaves out."""
        lacking = self.plan.lacking.get(name, frozenset())
        return [each for each in self.plan.not_included if each in lacking] if lacking else []

    def statistics(self, name: str) -> dict[str, float] | None:
        """Return mean and percentiles in base units, or None without uncertainty or a value in most samples.

        None also for a figure that differs from year to year; see `yearly_statistics`.
        """
        found = self.yearly_statistics(name)
        return found[0] if len(found) == 1 else None

    def standard_errors(self, name: str) -> dict[str, float] | None:
        """Return the standard errors of `statistics`, or None where there are none."""
        if self.statistics(name) is None or self.errors is None:
            return None
        return _finite(name, self.errors(self, name))

    def sampling_error(self, name: str, key: str) -> float:
        """Return the standard error of mean or a percentile, as `standard_errors` has it, or 0 where there is none."""
        found = self.standard_errors(name)
        return found[key] if found else 0.0

    def yearly_statistics(self, name: str) -> list[dict[str, float] | None]:
        """Return the statistics of every year of a figure; an empty list where there is no uncertainty."""
        if name not in self.samples:
            return []
        if name not in self._known:
            values = self.samples[name]
            counted = [each.summary() for each in self.tallies.get(name, [])]
            self._known[name] = counted or [summary(values[:, at]) for at in range(values.shape[1])]
            for found in self._known[name]:
                _finite(name, found)
        return self._known[name]

    def share_without_value(self, name: str) -> float:
        """Return the share of samples in which the figure has no value, over all years."""
        shares = self.yearly_shares_without_value(name)
        return sum(shares) / len(shares) if shares else 0.0

    def yearly_shares_without_value(self, name: str) -> list[float]:
        """Return the share of samples in which the figure has no value, of every year; none without uncertainty."""
        if name in self.tallies:
            return [each.without / (each.without + sum(each.counts)) for each in self.tallies[name]]
        return shares_without_value(self.samples[name]) if name in self.samples else []


def _finite(name: str, statistics: dict[str, float] | None) -> dict[str, float] | None:
    """Return statistics, all of which are numbers."""
    if statistics and not all(map(isfinite, statistics.values())):
        message = f"the samples of `{name}` are too large for a mean and its error"
        raise CalcError("E-NOT-FINITE", message, hint="look for an input that is given in the wrong unit")
    return statistics


# ---------------- the plan of a hall


class Limit(NamedTuple):
    """A limit of the hall as a report tells it.

    name: the quantity, a kind of cabinets for `racks_available`, or a wish as written. quantity: whose unit the amounts
    are in. used, available: base units. more: how much more was tried. gain: what that adds to the objective, in its
    base units, towards what is wanted. is_wish: it was wished for.
    """

    name: str
    quantity: str
    used: float
    available: float
    more: float
    gain: float
    is_wish: bool = False

    @property
    def binds(self) -> bool:
        """Tell whether more of it adds something."""
        return self.gain > 0


@dataclass(slots=True)
class Placed:
    """The plan of a case.

    plan: None where the wishes cannot all be met; ways: what to give up then. sign: -1 where much is wanted.
    not_limited: what was not given. checks: the models' own that the plan was held against, with the part they are of.
    """

    case: str
    placing: Placing
    hall: Hall
    planner: Planner
    figures: Mapping[str, Figure]
    plan: HallPlan | None
    ways: list[list[Wish]] = field(default_factory=list)
    limits: list[Limit] = field(default_factory=list)
    not_limited: list[str] = field(default_factory=list)
    broken: dict[str, float] = field(default_factory=dict)
    checks: list[tuple[str, CheckResult]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def sign(self) -> int:
        """Return -1 where much is wanted, else 1."""
        return -1 if self.placing.sense == "maximise" else 1

    @property
    def reached(self) -> float:
        """Return what is wanted, in base units."""
        constant = self.hall.objective.constant if self.hall.objective else 0.0
        return constant + self.sign * (self.plan.value if self.plan else 0.0)

    @property
    def three_phases(self) -> set[str]:
        """Return the kinds of cabinets whose feeds have three phases: the square of their factor is about three."""
        names = {each.name: self.figures.get(qualified("feed_phase_factor", each.name)) for each in self.hall.kinds}
        return {name for name, each in names.items() if isinstance(each, float | int) and round(each * each) == 3}

    @property
    def values(self) -> dict[str, float]:
        """Return what was decided, by the name of the figure with its part, in base units."""
        if self.plan is None:
            return {}
        numbers, used = self.plan.servers(self.hall), self.plan.used(self.hall)
        found = {qualified(SERVERS, each.name): float(n) for each, n in zip(self.hall.servers, numbers, strict=True)}
        found |= {qualified(RACKS, each.name): float(n) for each, n in zip(self.hall.kinds, used, strict=True)}
        return {str(name): value for name, value in found.items()}


@dataclass(slots=True)
class LineAnswer:
    """One line computed.

    case: the case, or the part of it, that the figures are from.
    status: STATED where all computed figures were given as facts, FOLLOWS where they follow from sourced figures,
    ASSUMES where they rest on what nobody states. assumptions: the names of these.
    """

    line: ResolvedLine
    answer: Answer
    case: CaseAnswer
    status: str
    assumptions: list[str]


@dataclass(slots=True)
class Answer:
    """A scenario's answer: its cases in order, and what to tell the reader.

    unheeded: remarks, by name, on what was given and is not used because of a variant that was chosen; they stand among
    the warnings too, and a report begins with them. placements: the plan of each case, where servers are placed.
    """

    scenario: Scenario
    cases: list[CaseAnswer]
    warnings: list[str]
    studies: Studied = field(default_factory=Studied)
    lines: list[LineAnswer] = field(default_factory=list)
    unheeded: dict[str, str] = field(default_factory=dict)
    placements: list[Placed] = field(default_factory=list)
    # Reports ask for them once a case.
    _columns: list[CaseAnswer] = field(default_factory=list, init=False)

    @property
    def columns(self) -> list[CaseAnswer]:
        """Return what stands side by side in a report: every case, or its parts and then the whole of it."""
        if not self._columns:
            self._columns = [each for case in self.cases for each in (*case.parts, case)]
        return self._columns

    @property
    def other_warnings(self) -> list[str]:
        """Return the warnings with which a report ends."""
        return self.warnings[len(self.unheeded) :]

    @property
    def years(self) -> tuple[int, ...]:
        """Return the years of the scenario."""
        return self.scenario.years

    @property
    def doubts(self) -> list[Doubt]:
        """Return what is doubtful about values given and found, here and in the scenarios of a table's lines."""
        answers = (self, *(line.answer for line in self.lines))
        return [each for one in answers for each in (*one.scenario.doubts, *one.studies.doubts)]

    @property
    def is_uncertain(self) -> bool:
        """Tell whether any figure has samples."""
        return any(each.samples for each in self.columns)

    @property
    def is_fine(self) -> bool:
        """Tell whether every check passed and every promise held."""
        columns = self.columns
        own = all(check.passed for each in columns for check in each.checks) and not any(
            each.broken for each in columns
        )
        own = own and not self.studies.missed() and all(each.plan is not None for each in self.placements)
        return own and all(line.answer.is_fine for line in self.lines)


def on_the_way(answer: Answer) -> Answer:
    """Return an answer that shows the figures computed on the way instead of those asked for."""
    return _showing(answer, asked=False)


def with_all_figures(answer: Answer) -> Answer:
    """Return an answer that shows the figures asked for, and after them those computed on the way."""
    return _showing(answer, asked=True)


def _showing(answer: Answer, *, asked: bool) -> Answer:
    return replace(answer, cases=[_case(case, asked=asked) for case in answer.cases])


def _case(found: CaseAnswer, *, asked: bool) -> CaseAnswer:
    between = [name for name in found.plan.order if not found.shows(name)]
    case = replace(found.case, wanted=[*(found.shown if asked else ()), *between], is_explicit=True)
    return replace(found, case=case, opened={}, parts=[_case(part, asked=asked) for part in found.parts])
