"""What an answer holds: the figures, samples, checks and promises of every case, and what a report leads with."""

from __future__ import annotations

import math
import re
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

from calc.arrays import np
from calc.engine.explain import binding, figure_text
from calc.engine.figures import Figure, NotIncluded, Series, Single, at_year
from calc.engine.graph import Plan, formula_of
from calc.errors import CalcError
from calc.records import dataclass, field, replace
from calc.scenario.studies import Studied
from calc.study.statistics import rank_share, ranks, shares_without_value, summary
from calc.units.format import RESULT_DIGITS, percent_text, range_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.engine.catalogue import Catalogue, Quantity
    from calc.errors import Place
    from calc.scenario.case import ResolvedLine
    from calc.scenario.fact_values import Doubt
    from calc.scenario.resolve import ResolvedCase, Scenario
    from calc.study.check_result import CheckResult
    from calc.study.placed import Placed
    from calc.study.sampling_errors import SamplingErrors
    from calc.study.statistics import Tally


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
    """A promise that does not hold, in words."""

    name: str
    place: Place
    message: str


@dataclass(slots=True)
class CaseAnswer:
    """One case, or one part of a case, computed.

    label: what a reader knows it by. inside: the name of the case that this is a part of.
    figures: every name needed, at the point values, in coherent base units. samples: for the names that are uncertain,
    float64 arrays of shape (samples, years), or (samples, 1) for what is the same in every year. tallies: where there
    are more samples than are kept, what was counted of all of them, one a year; `samples` are then the first.
    truths: of as many samples, in how many each check holds, by its text. errors: how sure statistics of samples are.
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
    errors: SamplingErrors | None = field(default=None, repr=False)
    _known: dict[str, list[dict[str, float] | None]] = field(default_factory=dict, repr=False)
    verdicts: list[Told] = field(default_factory=list)
    opened: dict[str, dict[str, float]] = field(default_factory=dict, repr=False)
    _wanted: frozenset[str] = field(default=frozenset(), init=False, repr=False)
    _ranks: dict[str, Any] = field(default_factory=dict, init=False, repr=False)
    _shares: dict[str, list[tuple[str, float]]] = field(default_factory=dict, init=False, repr=False)

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
        import numpy as np

        means = {name: self.samples[name].mean(axis=1) for name in names}
        kept = ~np.isnan(means[names[0]])
        return {name: ranks(each[kept]) for name, each in means.items()}

    def _needs(self, name: str) -> set[str]:
        """Return the names that figure `name` needs, itself included."""
        found, stack = {name}, [name]
        while stack:
            each = stack.pop()
            rate = self.case.values[each].converted if each in self.case.values else None
            needed = self.plan.needs.get(each, (rate,) if rate else ())
            fresh = [part for part in needed if part not in found]
            found.update(fresh)
            stack.extend(fresh)
        return found

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
        return _finite(name, self.errors.of(self, name))

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
    _columns: list[CaseAnswer] = field(default_factory=list, init=False, repr=False)

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


# ---------------- what a report leads with

# A figure at the likely values of all inputs need not be likely itself; `off_median` tells where among the samples it
# is.


# The likely value may be so far from the median, as a share of the range from p10 to p90, before a report says so.
APART = 0.1
# A mean that samples leave this unsure, as a share of it, is shown with its sampling error.
UNSURE = 0.05
_NOISE = 1e-9
_SPREAD_DIGITS = 3


def headline(found: CaseAnswer, name: str) -> Figure:
    """Return the median of a figure in base units, of a yearly one that of each year; the figure where it is certain.

    Samples that have no value are left out; where these are half of them or more there is no median, and it is the
    figure at the likely values.
    """
    return median_of(found.figures[name], found.yearly_statistics(name))


def median_of(figure: Figure, statistics: Sequence[dict[str, float] | None]) -> Figure:
    """Return the median of a figure, as `headline` does; statistics: those of every year, empty without any."""
    if not any(statistics):
        return figure
    singles = [each["p50"] if each else at_year(figure, at) for at, each in enumerate(statistics)]
    return Series(tuple(singles)) if isinstance(figure, Series) else singles[0]


def headline_text(
    found: CaseAnswer, name: str, quantity: Quantity, year: int | None = None, *, digits: int = RESULT_DIGITS
) -> str:
    """Return the headline of a figure in words, such as `$4.6M ($3.9M to $5.8M)`.

    year: the position of the one year that is wanted of a yearly figure, None for its first and its last year.
    digits: of the median.
    """
    statistics, without = found.yearly_statistics(name), found.yearly_shares_without_value(name)
    return text_of(headline(found, name), statistics, quantity, year, digits=digits, without=without)


def text_of(
    figure: Figure,
    statistics: Sequence[dict[str, float] | None],
    quantity: Quantity,
    year: int | None = None,
    *,
    digits: int = RESULT_DIGITS,
    without: Sequence[float] = (),
) -> str:
    """Return a headline in words, as `headline_text` does; statistics: those of every year, empty without any.

    without: the share of samples that have no value, of every year, empty without samples.
    """
    texts = [
        _single_text(each, statistics[at] if statistics else None, quantity, digits, without[at] if without else 0.0)
        for at, each in enumerate(figure.values if isinstance(figure, Series) else (figure,))
    ]
    if not isinstance(figure, Series):
        return texts[0]
    if year is not None:
        return texts[year]
    same = len(set(texts)) == 1
    return f"{texts[0]} every year" if same else f"{texts[0]} in the first year, {texts[-1]} in the last"


def _single_text(
    figure: Single, statistics: dict[str, float] | None, quantity: Quantity, digits: int, without: float
) -> str:
    text = figure_text(figure, quantity, digits=digits)
    if without and not statistics and isinstance(figure, float | int):
        # What is there at the likely values alone is no headline.
        return f"no value in {percent_text(without)} of the samples, {text} at the likely values"
    lost = f", no value in {percent_text(without)} of the samples" if without and statistics else ""
    if not statistics or statistics["p10"] == statistics["p90"]:
        # A range that is one point says nothing beside its median.
        return f"{text}{lost}"
    p10, p90 = statistics["p10"], statistics["p90"]
    ends = range_texts(p10, p90, quantity.unit, share=quantity.is_share, digits=_SPREAD_DIGITS)
    return f"{text} ({' to '.join(ends)}){lost}"


def off_median(found: CaseAnswer, name: str) -> list[float | None]:
    """Return for every year which share of the samples lies below the likely value; None where that is the median.

    That is, where the two differ by no more than a tenth of the range from p10 to p90. Samples that are equal to the
    likely value count half. Of more samples than are kept, the first ones tell. Empty where there is no uncertainty.
    """
    found_shares: list[float | None] = []
    for at, statistics in enumerate(found.yearly_statistics(name)):
        point = at_year(found.figures[name], at)
        found_shares.append(share_off_median(found.samples[name][:, at], point, statistics))
    return found_shares


def share_off_median(values: Any, point: Single, statistics: dict[str, float] | None) -> float | None:
    """Return the same of samples of one year, shape (samples,), with their statistics."""
    if statistics is None or not isinstance(point, float | int):
        return None
    apart = abs(statistics["p50"] - point)
    width = statistics["p90"] - statistics["p10"]
    if apart <= max(APART * width, _NOISE * max(abs(statistics["p50"]), abs(point))):
        return None
    below, up_to = np.count_nonzero(values < point), np.count_nonzero(values <= point)
    return float(below + up_to) / (2 * np.count_nonzero(~np.isnan(values)))


def percentile_text(share: float) -> str:
    """Return where a share of the samples lies below, as in `p20`; `< p1` and `> p99` at the ends."""
    rank = round(share * 100)
    return "< p1" if rank < 1 else "> p99" if rank > 99 else f"p{rank}"


def percentile_words(share: float) -> str:
    """Return the same in words, as in `at the 20th percentile`."""
    rank = round(share * 100)
    if not 1 <= rank <= 99:
        return "below the 1st percentile" if rank < 1 else "above the 99th percentile"
    ending = "th" if rank // 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"at the {rank}{ending} percentile"


def error_of_mean(found: CaseAnswer, name: str) -> float:
    """Return the sampling error of the mean of a figure that is the same every year, as a share of it, if it is large.

    0 where it is not large, or where there is none.
    """
    statistics = found.statistics(name)
    if not statistics or not statistics["mean"]:
        return 0.0
    # No points are worse than those of chance, whose error takes no further draws.
    with np.errstate(all="ignore"):
        most = float(np.nanstd(found.samples[name])) / math.sqrt(len(found.samples[name]))
    if most <= UNSURE * abs(statistics["mean"]):
        return 0.0
    return share if (share := found.sampling_error(name, "mean") / abs(statistics["mean"])) > UNSURE else 0.0
