"""Cases side by side: every figure, its difference and ratio to the first case, and what explains the difference."""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

from calc.arrays import np
from calc.engine.figures import NotIncluded, NoValue, Series, at_year
from calc.engine.flat import key_of, qualified
from calc.errors import CalcError, quote
from calc.longrun.progress import each_told
from calc.records import dataclass, field
from calc.scenario.studies import Study
from calc.scenario.study_sections import Comparison, read_comparison
from calc.scenario.years import span_text
from calc.study.change import Change, Side
from calc.study.checks import applicable, broken_checks, passes
from calc.study.evaluator import Evaluator
from calc.study.results import share_off_median
from calc.study.statistics import arrays_of, check_memory, shares_without_value, summary
from calc.text import and_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from calc.engine.figures import Figure, Single
    from calc.scenario.case import Context, ResolvedCase, Scenario
    from calc.scenario.studies import StudyCases
    from calc.scenario.yaml_reader import Node


# Differences of float arithmetic, relative to the figures.
_NOISE = 1e-12


@dataclass(frozen=True, slots=True)
class Spread:
    """The difference of a figure to the first case over shared samples; lower: share of samples in which it is less.

    ratio: the median of the ratio to the first case, None where that is 0 in some sample.
    """

    mean: float
    p10: float
    p50: float
    p90: float
    lower: float
    ratio: float | None


@dataclass(slots=True)
class CompareFigure:
    """One figure in all cases, of a yearly one that of one year.

    statistics: of its samples in every case, None where it is certain or some samples have no value; shares: of these
    samples below the likely value, None where that is near the median; without: of all samples those that have no
    value. differences, ratios, spreads and waterfalls belong to all cases but the first.
    """

    name: str
    year: int | None
    figures: list[Single]
    statistics: list[dict[str, float] | None] = field(default_factory=list)
    shares: list[float | None] = field(default_factory=list)
    without: list[float] = field(default_factory=list)
    differences: list[float | None] = field(default_factory=list)
    ratios: list[float | None] = field(default_factory=list)
    spreads: list[Spread | None] = field(default_factory=list)
    waterfalls: list[Waterfall | None] = field(default_factory=list)


class SidesTold(NamedTuple):
    """A model's verdict on every side; of: the part and the pair that it is about, in words.

    told: who wins on each side, with by how much. flips: whether another wins on a side than on the first.
    """

    name: str
    of: str
    told: list[str]
    flips: bool


@dataclass(slots=True)
class Compared:
    """Sides in the order asked for, and their figures; notes: what cannot be compared, in words.

    pairs: of scenarios with several cases the comparison of each case that they share, by its name; `sides` are then
    those of the first, and `figures` is empty. verdicts: those of the models that there are on all sides.
    """

    sides: list[Side]
    figures: list[CompareFigure]
    notes: list[str] = field(default_factory=list)
    pairs: dict[str, Compared] = field(default_factory=dict)
    verdicts: list[SidesTold] = field(default_factory=list)

    def keep(self, asked: Iterable[str]) -> None:
        """Keep the figures asked for, by name or as `NAME in PART`, `NAME in YEAR` or `NAME in PART in YEAR`.

        Raises CalcError for one that is not compared, and where nothing is.
        """
        wanted, every = list(asked), [self, *self.pairs.values()]
        for name in wanted:
            if not any(name in _called(row) for each in every for row in each.figures):
                hint = self.notes[0] if self.notes else "name figures that both answer, as in `--figure racks_needed`"
                raise CalcError("E-NOTHING", f"{quote(name)} is not compared", hint=hint)
        for each in every if wanted else ():
            each.figures = [row for row in each.figures if not set(wanted).isdisjoint(_called(row))]
        if not any(each.figures for each in every):
            hint = self.notes[0] if self.notes else "name figures that both answer, as in `--figure racks_needed`"
            raise CalcError("E-NOTHING", "they answer no figure in common", hint=hint)


def _called(row: CompareFigure) -> set[str]:
    """Return what a reader may call a row by."""
    key = key_of(row.name)
    return {key.name, key, qualified(key.name, year=row.year), qualified(key.name, key.part, row.year)}


def run_comparison(scenario: Scenario) -> Compared | None:
    """Return the comparison that a scenario's section asks for, None of fewer than two cases."""
    sides = [Side(case.name, scenario, case) for case in scenario.studies.cases("compare")]
    return compare(sides) if len(sides) > 1 else None


def compare(sides: list[Side]) -> Compared:
    """Compare the figures that all sides answer."""
    first, notes = sides[0], _notes(sides)
    names = [name for name in first.case.wanted if all(_same_unit(first, each, name) for each in sides[1:])]
    evaluators = [Evaluator(each.scenario, each.case, names) for each in sides]
    at = [each.at({}) for each in evaluators]
    sampled = [found for each, found in zip(evaluators, at, strict=True) if each.uncertain]
    years = max((side.scenario.years for side in sides), key=len)
    check_memory(first.scenario.samples, sum(arrays_of(each.values(), years) for each in sampled))
    drawn = [_sampled(each, first.scenario) for each in evaluators]
    rows = []
    for name in each_told(names, "figures"):
        figures = [found[name] for found in at]
        if first.case.is_explicit or not all(isinstance(each, NotIncluded) for each in figures):
            found = [CompareFigure(name, year, _in_year(sides, figures, year)) for year in _years(sides, figures)]
            _explain(sides, found, [each.get(name) for each in drawn])
            rows += found
    return Compared(sides, rows, [*notes, *_absences(sides, rows), *_broken(sides)])


def _absences(sides: list[Side], rows: list[CompareFigure]) -> list[str]:
    """Return in words why figures have no value on some side."""
    found: dict[str, None] = {}
    for row in rows:
        for side, figure in zip(sides, row.figures, strict=True):
            if isinstance(figure, NoValue | NotIncluded):
                why = figure.reason if isinstance(figure, NotIncluded) else f"no value, {figure.reason}"
                found[f"{row.name} in {side.label}: {why}"] = None
    return list(found)


def _broken(sides: list[Side]) -> list[str]:
    """Return in words which checks do not hold on a side, those of the models too."""
    found = []
    for side in sides:
        scenario, case = side.scenario, side.case
        checks = applicable(scenario, case, scenario.checks)
        evaluator = Evaluator(scenario, case, [name for each in checks for name in each.names])
        broken = [each for each in checks if not passes(each, evaluator, {})]
        found += [
            f"the check `{each.text}` does not hold in {side.label}"
            for each in (*broken, *broken_checks(scenario, case, {}))
        ]
    return found


def _notes(sides: list[Side]) -> list[str]:
    first, notes = sides[0], []
    for side in sides[1:]:
        both = [name for name in first.case.wanted if name in side.case.wanted]
        other = [name for name in both if not _same_unit(first, side, name)]
        for name in other:
            units = (each.scenario.catalogue[name].unit.dimension.describe() for each in (first, side))
            notes.append(f"`{name}` is not compared: it is {' in one and '.join(units)} in the other")
        for one, two in ((first, side), (side, first)):
            alone = [name for name in one.case.wanted if name not in two.case.wanted]
            if alone:
                more = f" and {len(alone) - 5} more" if len(alone) > 5 else ""
                notes.append(f"{one.label} answers {and_list(alone[:5])}{more}, and {two.label} does not")
        if first.scenario.years != side.scenario.years:
            spans = [span_text(each.scenario.years) or "no years" for each in (first, side)]
            notes.append(f"{first.label} looks at {spans[0]}, {side.label} at {spans[1]}")
    return list(dict.fromkeys(notes))


def _years(sides: list[Side], figures: list[Figure]) -> list[int | None]:
    """Return the years to compare a figure in: those that all sides look at, None where it is the same in all years."""
    if not any(isinstance(each, Series) for each in figures):
        return [None]
    dated = [side.scenario.years for side in sides if side.scenario.years]
    return [year for year in dated[0] if all(year in each for each in dated)]


def _in_year(sides: list[Side], figures: list[Figure], year: int | None) -> list[Single]:
    return [at_year(each, _position(side, year)) for side, each in zip(sides, figures, strict=True)]


def _position(side: Side, year: int | None) -> int:
    return 0 if year is None or not side.scenario.years else side.scenario.years.index(year)


def _explain(sides: list[Side], rows: list[CompareFigure], drawn: list[Any]) -> None:
    """Add to the rows of one figure what each side differs in from the first."""
    first = sides[0]
    for row in rows:
        for position, side in enumerate(sides):
            column = _column(drawn[position], side, row, position)
            found = None if drawn[position] is None else summary(column)
            row.statistics.append(found)
            row.shares.append(share_off_median(column, row.figures[position], found))
            row.without.append(0.0 if drawn[position] is None else shares_without_value(column[:, None])[0])
    for position, side in enumerate(sides[1:], 1):
        changed = []
        for row in rows:
            base, other = row.figures[0], row.figures[position]
            difference = _difference(base, other)
            row.differences.append(difference)
            row.ratios.append(_ratio(base, other))
            row.spreads.append(_spread(_column(drawn[0], first, row, 0), _column(drawn[position], side, row, position)))
            row.waterfalls.append(None)
            if difference:
                changed.append(row)
        if changed:
            ends = [(float(row.figures[0]), float(row.figures[position])) for row in changed]  # type: ignore[arg-type]  # they differ, so they are numbers
            for row, each in zip(
                changed, explain(first, side, rows[0].name, [row.year for row in changed], ends), strict=True
            ):
                row.waterfalls[-1] = each


def _difference(base: Single, other: Single) -> float | None:
    """Return the difference of two numbers; one that rounding alone can make is 0."""
    if not isinstance(base, float | int) or not isinstance(other, float | int):
        return None
    return other - base if abs(other - base) > _NOISE * max(abs(base), abs(other)) else 0.0


def _ratio(base: Single, other: Single) -> float | None:
    numbers = isinstance(base, float | int) and isinstance(other, float | int)
    return other / base if numbers and base else None  # type: ignore[operator]  # numbers, as just asked


def _same_unit(one: Side, other: Side, name: str) -> bool:
    quantity = other.scenario.catalogue.quantities.get(name)
    unit = one.scenario.catalogue[name].unit
    return name in other.case.wanted and quantity is not None and quantity.unit.dimension == unit.dimension


def _sampled(evaluator: Evaluator, first: Scenario) -> dict[str, Any]:
    """Return samples of the figures; sides draw the same ones for inputs that they share."""
    if not evaluator.uncertain:
        return {}
    return evaluator.sample({}, first.samples, first.seed)


def _column(drawn: Any, side: Side, row: CompareFigure, position: int) -> Any:
    """Return the samples of a figure, shape (samples,), or what it is in all of them."""
    if drawn is None:
        return row.figures[position]
    return drawn[:, _position(side, row.year) if drawn.shape[1] > 1 else 0]


def _spread(one: Any, other: Any) -> Spread | None:
    if not any(isinstance(each, np.ndarray) for each in (one, other)):
        return None
    if not all(isinstance(each, np.ndarray | float | int) for each in (one, other)):
        return None
    difference = other - one
    size = np.abs(one).max() + np.abs(other).max()
    if np.isnan(difference).any() or np.abs(difference).max() <= _NOISE * size or np.ptp(difference) <= _NOISE * size:
        return None
    p10, p50, p90 = np.quantile(difference, [0.1, 0.5, 0.9], method="inverted_cdf").tolist()
    ratio = None
    if np.all(one):
        ratio = float(np.quantile(other / one, 0.5, method="inverted_cdf"))
    return Spread(float(difference.mean()), p10, p50, p90, float((difference < 0).mean()), ratio)


__all__ = ["Side", "Step", "Waterfall", "explain"]

# 2^12 combinations are about as many as a reader waits for gladly.
MAX_SHAPLEY = 12
# What float arithmetic in another order may change, relative to the figure.
_REORDERED = 1e-9
# A share that rounding alone can make.
_NONE = 1e-12

Groups = list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Step:
    """What some changes, usually one, do to a figure; after: the figure once they are made too.

    names: inputs, variants as `use: NAME`, `formulas` or `years`. change is `after` less the figure before.
    """

    names: tuple[str, ...]
    change: float
    after: float


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The way from one figure to another; method: shapley, sequential or together, where no change stands alone."""

    start: float
    end: float
    method: str
    steps: tuple[Step, ...]


def explain(
    first: Side, second: Side, name: str, years: Sequence[int | None], ends: Sequence[tuple[float, float]]
) -> list[Waterfall]:
    """Return the steps that lead from a figure of the first side to that of the second, a way for each of the years.

    years: None for a figure that is the same in all years. ends: the figure on both sides, for each of the years.
    """
    change = Change(first, second, name, years)
    for groups in change.groupings():
        try:
            start, end = change.figures(frozenset()), change.figures(frozenset(change.names))
            if not all(_same(pair, each) for pair, each in zip(zip(start, end, strict=True), ends, strict=True)):
                break
            is_short = len(groups) <= MAX_SHAPLEY
            shares = _shapley(change, groups) if is_short else _sequential(change, groups)
        except CalcError:
            continue
        method = "together" if len(groups) == 1 < len(change.names) else "shapley" if is_short else "sequential"
        return [_waterfall(groups, [each[at] for each in shares], ends[at], method) for at in range(len(years))]
    # What the sides differ in cannot be told apart: all of it is one step.
    whole = tuple(change.names)
    return [Waterfall(*pair, "together", (Step(whole, pair[1] - pair[0], pair[1]),) if whole else ()) for pair in ends]


def _same(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return all(abs(a - b) <= _REORDERED * max(abs(a), abs(b)) for a, b in zip(one, other, strict=True))


def _waterfall(groups: Groups, shares: list[float], ends: tuple[float, float], method: str) -> Waterfall:
    start, end = ends
    slack = _NONE * max(abs(each) for each in (start, end, *shares))
    found = [(group, share) for group, share in zip(groups, shares, strict=True) if abs(share) > slack]
    if method == "shapley":
        found.sort(key=lambda each: -abs(each[1]))
    steps, before = [], start
    for at, (group, _) in enumerate(found):
        # The last step ends where the other figure is, so that no rounding is left over.
        after = end if at == len(found) - 1 else start + math.fsum(share for _, share in found[: at + 1])
        steps.append(Step(group, after - before, after))
        before = after
    return Waterfall(start, end, method, tuple(steps))


def _shapley(change: Change, groups: Groups) -> list[list[float]]:
    """Return the Shapley value of every group in every year."""
    count, shares = len(groups), []
    for at, group in enumerate(groups):
        others = [each for position, each in enumerate(groups) if position != at]
        terms: list[list[float]] = [[] for _ in change.years]
        for size in range(count):
            weight = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
            for chosen in combinations(others, size):
                before = frozenset(name for each in chosen for name in each)
                pairs = zip(change.figures(before), change.figures(before | set(group)), strict=True)
                for term, (one, other) in zip(terms, pairs, strict=True):
                    term.append(weight * (other - one))
        shares.append([math.fsum(term) for term in terms])
    return shares


def _sequential(change: Change, groups: Groups) -> list[list[float]]:
    """Return what each group does when they are changed in this order."""
    shares, changed = [], frozenset[str]()
    for group in groups:
        before, changed = change.figures(changed), changed | set(group)
        shares.append([other - one for one, other in zip(before, change.figures(changed), strict=True)])
    return shares


class _CompareStudy(Study[Comparison, Compared]):
    """The section `compare`."""

    def read(self, node: Node, context: Context) -> Comparison:
        return read_comparison(node, context)

    def cases(self, request: Comparison, cases: StudyCases) -> list[list[ResolvedCase]]:
        return [cases.resolve((), list(request.figures) or cases.shown, [], only=request.cases)]

    def run(self, scenario: Scenario) -> Compared | None:
        return run_comparison(scenario)


STUDY = _CompareStudy()
