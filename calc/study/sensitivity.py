"""What drives a figure: each uncertain input moved alone (a tornado), its shares of the variance, its elasticity."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from calc.arrays import np
from calc.engine.blocks import Blocks, NotFiniteFoundError
from calc.engine.compile import UnsupportedError
from calc.engine.figures import NotIncluded, NoValue, Series
from calc.engine.flat import dated, key_of
from calc.errors import quote
from calc.longrun import each_told
from calc.records import NamedTuple, dataclass, field
from calc.scenario.studies import Study, entry, laid_over
from calc.scenario.study_sections import Sensitivity, read_sensitivity
from calc.scenario.yaml_reader import Mapping, Sequence
from calc.study.evaluator import Evaluator
from calc.study.factors import Factors
from calc.study.flip import Flip, flips
from calc.study.statistics import summary

if TYPE_CHECKING:
    from collections import abc
    from collections.abc import Callable, Iterable, Iterator

    from calc.arrays import Array
    from calc.errors import Place
    from calc.scenario.axis import Axis, Range
    from calc.scenario.case import Context, ResolvedCase, Scenario
    from calc.scenario.shapes import Case
    from calc.scenario.studies import StudyCases
    from calc.scenario.yaml_reader import Node, Scalar


# Half of the width of the step, in logarithms, over which an elasticity is measured.
_STEP = 1e-4
_SMOOTH = 0.01
_BASE_SAMPLES = 8192
_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Swing:
    """A figure with one input at its p10 and p90, all others at their likely values.

    name: the input, or its growth. low, high: p10 and p90 of it, of one that differs from year to year those of `year`;
    at_low, at_high: the figure there, None where it has no value.
    elasticity: per cent that the figure changes by for one per cent of the input; None where either is 0 or absent.
    index: shares of the variance; None where the figure has none.
    """

    name: str
    low: float
    high: float
    at_low: float | None
    at_high: float | None
    elasticity: float | None
    index: Index | None
    year: int | None = None

    @property
    def width(self) -> float:
        """Return how far the figure swings."""
        return abs(self.at_high - self.at_low) if self.at_low is not None and self.at_high is not None else math.inf


@dataclass(slots=True)
class SensitivityCase:
    """What drives the figures of one case.

    tornado: for every figure its swings, widest first; one that differs from year to year has a tornado for each, as
    `NAME in YEAR`. points: the figures at the likely values; statistics: of their samples, as in a run. years: of which
    year a number is. flips: for every verdict and input where it changes. absent: figures without a tornado, and why.
    """

    case: ResolvedCase
    points: dict[str, float] = field(default_factory=dict)
    statistics: dict[str, dict[str, float] | None] = field(default_factory=dict)
    tornado: dict[str, list[Swing]] = field(default_factory=dict)
    flips: list[Flip] = field(default_factory=list)
    years: dict[str, int] = field(default_factory=dict)
    samples: int = 0
    absent: dict[str, str] = field(default_factory=dict)


class Sensitivities(NamedTuple):
    """The sensitivities of every case, and the flips of comparisons between cases."""

    cases: list[SensitivityCase]
    between: list[Flip]


def run_sensitivity(scenario: Scenario) -> Sensitivities:
    """Return what the section `sensitivity` asks for."""
    asked: Sensitivity = scenario.studies.request("sensitivity")
    cases = [_Drivers(scenario, case).run() for case in each_told(scenario.studies.cases("sensitivity"), "cases")]
    within, between = flips(scenario, asked)
    for found in cases:
        found.flips = [each for each in within if each.case == found.case.name]
    return Sensitivities(cases, between)


class _Drivers:
    """One case whose inputs are moved."""

    def __init__(self, scenario: Scenario, case: ResolvedCase) -> None:
        self.scenario = scenario
        self.case = case
        self.years = scenario.years
        uncertain = [each for each in case.studied if case.values[each].is_uncertain]
        self.factors = Factors(case, uncertain, self.years)
        self.evaluator = Evaluator(scenario, case, case.wanted, uncertain)
        # The figure that each number is of, which may be one year of it.
        self.of = {name: name for name in case.wanted}
        self.of |= {each: name for each, name, _ in self._of_years()}

    def run(self) -> SensitivityCase:
        at_points = self._numbers(self.factors.at())
        found = SensitivityCase(self.case, points=at_points, absent=self._absent())
        wanted = set(self.case.wanted)
        found.years = {each: year for each, _, year in self._of_years() if each in at_points and each not in wanted}
        figures = [name for name in at_points if self.of[name] not in self.factors.names]
        if not self.factors.found or not figures:
            return found
        found.statistics = self._statistics(figures)
        found.samples = min(self.scenario.samples, _BASE_SAMPLES)
        shares = self._indices(figures, found.samples)
        swings: dict[str, list[Swing]] = {name: [] for name in figures}
        for label in self.factors.found:
            low, high = self.factors.shares(label, (0.1, 0.9))
            at_low, at_high = (self._numbers(self.factors.at(label, each)) for each in (low, high))
            elasticities = self._elasticities(label)
            name, year = self.factors.named(label), self.factors.shown_year(label)
            p10, p90 = self.factors.shown(label, (low, high))
            for figure in figures:
                moves = not at_points.get(figure) == at_low.get(figure) == at_high.get(figure)
                if moves or label in shares.get(figure, {}):
                    index = shares.get(figure, {}).get(label)
                    at = (at_low.get(figure), at_high.get(figure))
                    swings[figure].append(Swing(name, p10, p90, *at, elasticities.get(figure), index, year))
        for figure, each in swings.items():
            moving = [one for one in each if one.width > 0 or (one.index and one.index.total > 1e-9)]
            found.tornado[figure] = sorted(moving, key=lambda one: (-one.width, one.name))
        return found

    def _of_years(self) -> Iterator[tuple[str, str, int]]:
        """Yield what each year of a figure is called, the figure, and the year."""
        for name in self.case.wanted:
            if key_of(name).year is None:
                yield from ((dated(name, year), name, year) for year in self.years)

    def _absent(self) -> dict[str, str]:
        """Return why figures asked for have no number at the likely values, or nothing that drives them."""
        found = {}
        for name, figure in self.evaluator.at(self.factors.at()).items():
            singles = figure.values if isinstance(figure, Series) else (figure,)
            reasons = [each.reason for each in singles if isinstance(each, NoValue | NotIncluded)]
            if len(reasons) == len(singles):
                found[name] = reasons[0]
            elif name in self.factors.names:
                found[name] = "it is given, and nothing drives it"
        return found

    def _statistics(self, figures: list[str]) -> dict[str, dict[str, float] | None]:
        """Return mean and percentiles of the figures, of at most a million samples."""
        evaluator = Evaluator(self.scenario, self.case, dict.fromkeys(self.of[name] for name in figures))
        drawn = evaluator.sample({}, min(self.scenario.samples, _MOST), self.scenario.seed)
        columns = {name: drawn[self.of[name]] for name in figures if self.of[name] in drawn}
        return {
            name: summary(each[:, self._position(name) if each.shape[1] > 1 else 0]) for name, each in columns.items()
        }

    def _numbers(self, values: abc.Mapping[str, float | Series]) -> dict[str, float]:
        """Return the figures that are numbers; one that differs from year to year has a number for each."""
        found: dict[str, float] = {}
        for name, figure in self.evaluator.at(values).items():
            if isinstance(figure, Series):
                for year, each in zip(self.years, figure.values, strict=True):
                    if isinstance(each, float | int):
                        found[dated(name, year)] = float(each)
            elif isinstance(figure, float | int):
                found[name] = float(figure)
        return found

    def _indices(self, figures: list[str], samples: int) -> dict[str, dict[str, Index]]:
        labels, yearly = list(self.factors.found), self.factors.yearly
        first, second = (
            {label: self.factors.found[label].quantile(each) for label, each in columns.items()}
            for columns in uniforms(labels, samples, self.scenario.seed)
        )
        moves = Moves(self.evaluator, {name: name in yearly for name in self.factors.names})

        def columns_of(places: abc.Mapping[str, Array]) -> dict[str, Array]:
            return {name: each.T if name in yearly else each for name, each in self.factors.columns(places).items()}

        def evaluate(places: abc.Mapping[str, Array]) -> dict[str, Array]:
            return picked(moves.at(columns_of(places)), places)

        def moved(label: str, places: abc.Mapping[str, Array]) -> dict[str, Array]:
            # The start and the growth of an input make one column together.
            name = self.factors.found[label].name
            mine = {each: places[each] for each in labels if self.factors.found[each].name == name}
            return picked(moves.again(name, columns_of(mine)[name]), places)

        def picked(found: abc.Mapping[str, Array], places: abc.Mapping[str, Array]) -> dict[str, Array]:
            shape = next(iter(places.values())).shape
            arrays = {name: found[self.of[name]] for name in figures if self.of[name] in found}
            in_year = {
                name: array[self._position(name)] if np.ndim(array) == 2 else array for name, array in arrays.items()
            }
            return {name: np.broadcast_to(each, shape) for name, each in in_year.items()}

        return indices(evaluate, first, second, moved)

    def _position(self, figure: str) -> int:
        """Return the position of the year that a figure is of."""
        year = key_of(figure).year
        return 0 if year is None or self.of[figure] == figure else self.years.index(year)

    def _elasticities(self, label: str) -> dict[str, float]:
        if self.factors.found[label].point == 0:
            return {}
        wide, narrow = (self._slopes(label, step) for step in (_STEP, _STEP / 8))
        # Where a floor or another jump lies within the step, the slope says how small the step is, and nothing else.
        return {figure: each for figure, each in wide.items() if abs(each - narrow.get(figure, math.inf)) < _SMOOTH}

    def _slopes(self, label: str, step: float) -> dict[str, float]:
        above, below = (self._numbers(self.factors.at(label, scale=math.exp(each))) for each in (step, -step))
        return {
            figure: math.log(above[figure] / below[figure]) / (2 * step)
            for figure in above
            if figure in below and above[figure] * below[figure] > 0
        }


class Moves:
    """The figures of an evaluator on columns of its changing inputs.

    inputs: the inputs that the columns are of, and whether each has a value of its own in every year. Columns and
    figures have shape (samples,) or (years, samples), figures also less where they do not vary.
    """

    def __init__(self, evaluator: Evaluator, inputs: abc.Mapping[str, bool]) -> None:
        self.evaluator = evaluator
        self.inputs = {name: yearly for name, yearly in inputs.items() if name in evaluator.plan.leaves}
        self._columns: dict[str, Array] = {}
        self._whole: Blocks | None = None
        self._parts: dict[str, Blocks] = {}
        self._is_fast = False
        self._prepare()

    def _prepare(self) -> None:
        try:
            graph = self.evaluator.graph(self.inputs)
        except UnsupportedError:
            return
        for at, name in enumerate(graph.inputs):
            moved = [each for each in self.evaluator.names if graph.nodes[graph.roots[each]].needs >> at & 1]
            self._parts[name] = Blocks(graph, moved, {**dict.fromkeys(graph.inputs, 0), name: 1})
        also = sorted({node for part in self._parts.values() for node in part.handed})
        self._whole = Blocks(graph, self.evaluator.names, dict.fromkeys(graph.inputs, 1), also=also)

    def at(self, columns: abc.Mapping[str, Array]) -> dict[str, Array]:
        """Return the figures on columns of all inputs; the next call writes over them."""
        self._columns = {name: columns[name] for name in self.inputs}
        if self._whole is not None:
            try:
                found = self._whole.run(self._columns, self._shapes)
            except NotFiniteFoundError:
                pass
            else:
                self._is_fast = True
                return found
        self._is_fast = False
        return self.evaluator.slowly(self._columns, {})

    def again(self, name: str, column: Array) -> dict[str, Array]:
        """Return the figures that depend on an input, with another column of it; the next call writes over them."""
        if name not in self.inputs:
            return {}
        if self._whole is not None and self._is_fast:
            part = self._parts[name]
            part.take(self._whole.nodes)
            try:
                return part.run({name: column}, self._shapes)
            except NotFiniteFoundError:
                pass
        return self.evaluator.slowly({**self._columns, name: column}, {})

    @property
    def _shapes(self) -> dict[int, tuple[int, ...]]:
        """Return the shape of what varies from sample to sample."""
        return {1: next(iter(self._columns.values())).shape[-1:]}


_BLOCK = 1 << 14
_OTHER = " again"


@dataclass(frozen=True, slots=True)
class Index:
    """The first-order and total index of one input for one figure, with their standard errors."""

    first: float
    total: float
    first_error: float
    total_error: float


def uniforms(names: abc.Sequence[str], samples: int, seed: int) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return two independent sets of numbers inside (0, 1) for every input: arrays of shape (samples,).

    Points of one Sobol sequence, scrambled by name, with two dimensions for each input.
    """
    from calc.study.draws import Draws, dimensions

    others = [f"{name}{_OTHER}" for name in names]
    draws = Draws(seed, "sobol", dict(zip([*names, *others], range(dimensions()), strict=False)))
    first, second = (
        {name: draws.uniform(stream, 0, samples) for name, stream in zip(names, streams, strict=True)}
        for streams in (names, others)
    )
    return first, second


def indices(
    evaluate: Callable[[abc.Mapping[str, Array]], abc.Mapping[str, Array]],
    first: abc.Mapping[str, Array],
    second: abc.Mapping[str, Array],
    moved: Callable[[str, abc.Mapping[str, Array]], abc.Mapping[str, Array]] | None = None,
) -> dict[str, dict[str, Index]]:
    """Return the indices of every figure for every input.

    evaluate: columns of inputs, shape (samples,), to columns of figures. first, second: independent samples of all
    inputs. moved: what `evaluate` gives after it was last called, now with another column of the named input; figures
    that do not depend on it may be left out. A figure without a value in some sample, or without variance, has no
    indices.
    """
    samples = len(next(iter(first.values())))
    found: dict[str, _Sums] = {}
    for start in range(0, samples, _BLOCK):
        inside = slice(start, min(samples, start + _BLOCK))
        one, other = ({name: each[inside] for name, each in columns.items()} for columns in (first, second))
        # What is evaluated next writes over it.
        at_second = {name: each.copy() for name, each in evaluate(other).items()}
        at_first = evaluate(one)
        for figure, values in at_first.items():
            if figure not in found:
                found[figure] = _Sums(float(values.mean()))
            found[figure].add(values, at_second[figure])
        for name in first:
            mixed = {**one, name: other[name]}
            for figure, values in (moved(name, mixed) if moved else evaluate(mixed)).items():
                found[figure].move(name, values)
    return {figure: sums.indices(first) for figure, sums in found.items() if sums.varies}


class _Sums:
    """Sums over the samples of one figure; of figures less `middle`, which is near their mean."""

    def __init__(self, middle: float) -> None:
        self.middle = middle
        self.count = 0
        self.total = 0.0
        self.squares = 0.0
        self.moved: dict[str, list[float]] = {}
        self.first = self.second = np.zeros(0)

    def add(self, first: Array, second: Array) -> None:
        """Add a block of figures at both samples."""
        self.first, self.second = first - self.middle, second - self.middle
        self.count += len(first)
        for each in (self.first, self.second):
            self.total += float(each.sum())
            self.squares += _product(each, each)

    def move(self, name: str, values: Array) -> None:
        """Add the same block of the first figures with one input from the second sample."""
        change = values - self.middle
        change -= self.first
        with_second, square = change * self.second, change * change
        sums = (
            float(change.sum()), float(with_second.sum()), float(square.sum()),
            _product(with_second, with_second), _product(with_second, change), _product(square, square),
        )  # fmt: skip
        known = self.moved.get(name, (0.0,) * len(sums))
        self.moved[name] = [one + each for one, each in zip(known, sums, strict=True)]

    @property
    def mean(self) -> float:
        """Return the mean over both samples."""
        return self.total / (2 * self.count)

    @property
    def variance(self) -> float:
        """Return the variance over both samples."""
        return self.squares / (2 * self.count) - self.mean**2

    @property
    def varies(self) -> bool:
        """Tell whether all samples have a value and differ by more than rounding."""
        return math.isfinite(self.variance) and self.variance > (1e-12 * abs(self.middle + self.mean)) ** 2

    def indices(self, names: Iterable[str]) -> dict[str, Index]:
        """Return the indices for every input, or none where a moved figure has no value."""
        found = {name: self._index(self.moved[name]) if name in self.moved else _NONE for name in names}
        return found if all(math.isfinite(each.total) for each in found.values()) else {}

    def _index(self, sums: list[float]) -> Index:
        change, product, square, products, crossed, fourth = (each / self.count for each in sums)
        alone, whole = product - self.mean * change, square / 2
        alone_variance = products - 2 * self.mean * crossed + self.mean**2 * square - alone**2
        whole_variance = fourth / 4 - whole**2
        errors = (math.sqrt(max(0.0, each) / self.count) / self.variance for each in (alone_variance, whole_variance))
        return Index(alone / self.variance, whole / self.variance, *errors)


_NONE = Index(0.0, 0.0, 0.0, 0.0)


def _product(one: Array, other: Array) -> float:
    """Return the sum of products, without an array of them and in the same order on every machine."""
    return float(np.einsum("i,i->", one, other))


class _SensitivityStudy(Study[Sensitivity, Sensitivities]):
    """The section `sensitivity`."""

    by_year = True

    def section(
        self, given: dict[str, Any], entries: dict[str, tuple[Scalar, Node]], written: Node | None, place: Place
    ) -> Node | None:
        del given
        if isinstance(written, Sequence):
            written = Mapping(entry("--figure", "of", written), written.place)
        # Without a section all figures of the scenario are looked at.
        return laid_over(written, entries, place)

    def read(self, node: Node, context: Context) -> Sensitivity:
        return read_sensitivity(node, context)

    def varied(self, request: Sensitivity) -> abc.Sequence[Axis | Range]:
        return request.ranges

    def look_over(self, request: Sensitivity, context: Context, cases: dict[str, Case]) -> None:
        for flip in request.between:
            sides = dict.fromkeys(each for _, each in (flip.left, flip.right))
            absent = [f"case {quote(each)}" for each in sides if each not in cases]
            if absent:
                context.reading.warnings.append(f"{quote(flip.text)} is not looked at, without {' and '.join(absent)}")

    def cases(self, request: Sensitivity, cases: StudyCases) -> list[list[ResolvedCase]]:
        needed = [name for each in request.conditions for name in each.names]
        needed += [side[0] for each in request.between for side in (each.left, each.right)]
        return [cases.resolve((), list(request.figures) or cases.shown, [*needed, *cases.checked])]

    def run(self, scenario: Scenario) -> Sensitivities | None:
        return run_sensitivity(scenario)


STUDY = _SensitivityStudy()
