"""The flip: the value of an input at which a verdict changes.

Where its figures are uncertain the other inputs vary as in all samples, and the share of these in which it holds is the
verdict: half of them, or as many as a confidence asks for.

Every input with a range is moved through it: a finite support as a whole, a tail from p1 to p99. The range is looked
through at many values at once; around each change the value is found by bisection.
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING

from calc.arrays import np
from calc.engine.flat import qualified
from calc.errors import CalcError, quote
from calc.longrun import each_told
from calc.records import dataclass, replace
from calc.scenario.conditions import MEDIAN
from calc.study.checks import applicable
from calc.study.draws import GROWTH as GROWS
from calc.study.draws import draws_of, with_certain
from calc.study.evaluator import Evaluator
from calc.study.factors import GROWTH, START, Factor, Factors
from calc.text import and_list

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from calc.arrays import Array, Positions, Truths
    from calc.errors import Place
    from calc.scenario.axis import Range
    from calc.scenario.conditions import Condition
    from calc.scenario.resolve import ResolvedCase, Scenario
    from calc.scenario.study_sections import Between, Sensitivity
    from calc.study.draws import Draws


_LOOKS = 1001
_LOOKS_SAMPLED = 201
_ROUNDS = 14
_CLOSE = 1e-10
_FAN = 17


# A case or two as functions of their inputs, each with what can be moved in it; and what is moved, see `_look_at`.
Sides = list[tuple[Evaluator, Factors]]
Moved = dict[str, tuple[Factor, list[str | None]]]


@dataclass(frozen=True, slots=True)
class Flip:
    """What one input does to one verdict.

    verdict: in words. holds: in enough samples with nothing moved; probability: the share of these, None where nothing
    is uncertain; confidence: the share its condition asks for, None for half. name: the input as a reader knows it,
    with the case where one case alone is moved; quantity: what it is. point: the input there; low, high: the range it
    was moved through. whole: the range is all that the input can be, not p1 to p99. values: where the verdict changes,
    in rising order; empty for never. case: empty for a comparison of cases.
    """

    case: str
    verdict: str
    holds: bool
    name: str
    quantity: str
    point: float
    low: float
    high: float
    whole: bool
    values: tuple[float, ...]
    probability: float | None = None
    confidence: float | None = None

    @property
    def nearest(self) -> float | None:
        """Return the change that is nearest to the likely value, or None."""
        return min(self.values, key=lambda each: abs(each - self.point), default=None)


def flips(scenario: Scenario, asked: Sensitivity) -> tuple[list[Flip], list[Flip]]:
    """Return the flips of checks and conditions in every case, and those of comparisons between cases.

    Raises CalcError for a condition or a range that has no effect in any of the cases asked for.
    """
    ranges = {each.name: each for each in asked.ranges}
    within: list[Flip] = []
    cases = {each.name: each for each in scenario.studies.cases("sensitivity")}
    answered: set[str] = set()
    conditions = {each.text: each for each in (*scenario.checks, *asked.conditions)}.values()
    held = [
        (case, one, each) for case in cases.values() for one in conditions for each in applicable(scenario, case, [one])
    ]
    for case, condition, each in each_told(held, "verdicts"):
        rows = [replace(row, confidence=each.confidence) for row in _of_condition(scenario, case, each, ranges)]
        answered.update([condition.text] if rows else [])
        within += rows
    between: list[Flip] = []
    for comparison in asked.between:
        sides = [cases.get(comparison.left[1]), cases.get(comparison.right[1])]
        if sides[0] is not None and sides[1] is not None:
            for each_part in _in_parts(scenario, sides[0], comparison):
                rows = _of_comparison(scenario, sides[0], sides[1], each_part, ranges)
                answered.update([comparison.text] if rows else [])
                between += rows
    refuse_without_effect(scenario, asked, answered, {each.quantity for each in (*within, *between)})
    return within, between


def _in_parts(scenario: Scenario, case: ResolvedCase, comparison: Between) -> list[Between]:
    """Return a comparison of figures that each part has as one for each part."""
    names = [comparison.left[0], comparison.right[0]]
    if all(name in case.asked for name in names):
        return [comparison]
    found = []
    for part in scenario.parts:
        left, right = (name if name in case.asked else qualified(name, part) for name in names)
        text = f"{part}: {comparison.text}"
        found.append(
            replace(comparison, text=text, left=(left, comparison.left[1]), right=(right, comparison.right[1]))
        )
    return found


def _of_condition(
    scenario: Scenario, case: ResolvedCase, condition: Condition, ranges: Mapping[str, Range]
) -> list[Flip]:
    factors = Factors(case, case.studied, scenario.years, ranges)
    sides = [(Evaluator(scenario, case, condition.names, factors.names), factors)]
    moved: Moved = {label: (each, [label]) for label, each in factors.found.items()}

    def held(found: Sequence[Mapping[str, Array]]) -> Truths:
        return condition.held(found[0], scenario.years)

    return _look_at(case.name, condition.text, sides, moved, SampledVerdict(sides, held, condition.share))


def _moved(evaluator: Evaluator, factors: Factors, label: str, places: Array) -> dict[str, Array]:
    """Return figures with one factor at each of the places, as arrays of shape (places, years or 1)."""
    columns = factors.columns({label: places})
    return evaluator.grid_rows(columns, places.shape, factors.yearly & set(columns))


def _of_comparison(
    scenario: Scenario, left: ResolvedCase, right: ResolvedCase, comparison: Between, ranges: Mapping[str, Range]
) -> list[Flip]:
    """Move inputs that both cases share in both, and those that a case has of its own in that case alone."""
    cases, figures = (left, right), (comparison.left[0], comparison.right[0])
    names = dict.fromkeys([*left.studied, *right.studied])
    factors = [Factors(case, [name for name in names if name in case.values], scenario.years, ranges) for case in cases]
    sides = [
        (Evaluator(scenario, case, [name], each.names), each)
        for case, name, each in zip(cases, figures, factors, strict=True)
    ]
    moved: Moved = {}
    for label in dict.fromkeys([*factors[0].found, *factors[1].found]):
        one, other = (each.found.get(label) for each in factors)
        if one is not None and other is not None and left.values[one.name].written == right.values[one.name].written:
            moved[label] = one, [label, label]
            continue
        for case, each, labels in ((left, one, [label, None]), (right, other, [None, label])):
            if each is not None:
                moved[f"{label} in {case.name}"] = each, labels

    def held(found: Sequence[Mapping[str, Array]]) -> Truths:
        arrays = [each.get(figure, np.array([[np.nan]])) for each, figure in zip(found, figures, strict=True)]
        truths: Truths = np.logical_and.reduce(comparison.op.held(*arrays), axis=-1)
        return truths

    return _look_at("", comparison.text, sides, moved, SampledVerdict(sides, held, MEDIAN))


def _look_at(case: str, text: str, sides: Sides, moved: Moved, verdict: SampledVerdict) -> list[Flip]:
    """Return the flips of a verdict on one or two cases, on samples where a figure of theirs is uncertain.

    moved: by what a reader calls it each factor, with what is moved in each case, None for nothing.
    """
    needed = set().union(*(evaluator.plan.leaves for evaluator, _ in sides))
    used = {key: factor for key, (factor, _) in moved.items() if factor.name in needed}
    if any(evaluator.uncertain for evaluator, _ in sides):
        share = verdict.share()

        def roughly(key: str, places: Array) -> Truths:
            return verdict.looked(moved[key][1], places)

        def sampled_edge(key: str, values: Array, change: int) -> float:
            return _sampled_edge(verdict, moved[key][1], values, change)

        found = _look(case, text, share >= verdict.wanted, used, _LOOKS_SAMPLED, roughly, sampled_edge)
        return [replace(each, probability=share) for each in found]

    def truth(key: str, places: Array) -> Truths:
        # A side that the input is not moved in has one value.
        figures = [
            evaluator.grid_rows({}, ()) if label is None else _moved(evaluator, factors, label, places)
            for (evaluator, factors), label in zip(sides, moved[key][1], strict=True)
        ]
        return verdict.held(figures) & np.ones(len(places), dtype=bool)

    def edge(key: str, values: Array, change: int) -> float:
        return _edge(values[change], values[change + 1], partial(truth, key))

    holds = bool(verdict.held([evaluator.grid_rows({}, ()) for evaluator, _ in sides])[0])
    return _look(case, text, holds, used, _LOOKS, truth, edge)


def _look(
    case: str,
    verdict: str,
    holds: bool,
    factors: Mapping[str, Factor],
    looks: int,
    truth: Callable[[str, Array], Truths],
    edge: Callable[[str, Array, int], float],
) -> list[Flip]:
    """Return the flip of every factor; edge: the value of one at a change among values that were looked at."""
    found = []
    for name, factor in factors.items():
        low, high, point = factor.low, factor.high, factor.point
        values = np.unique(np.append(np.linspace(low, high, looks), np.clip(point, low, high)))
        truths = truth(name, values)
        changes = np.flatnonzero(truths[1:] != truths[:-1]).tolist()
        edges = tuple(edge(name, values, each) for each in changes)
        found.append(Flip(case, verdict, holds, name, factor.label, point, low, high, factor.whole, edges))
    return sorted(found, key=_nearness)


def _sampled_edge(verdict: SampledVerdict, labels: list[str | None], values: Array, change: int) -> float:
    """Return where a verdict changes near a change among values that fewer samples have found."""
    every = partial(verdict.holds, labels, most=_MANY)
    ends = values[[max(change - 1, 0), min(change + 2, len(values) - 1)]]
    truths = every(ends)
    if truths[0] == truths[1]:
        ends = values[[change, change + 1]]
        truths = every(ends)
    if truths[0] != truths[1]:
        found = _halved(ends, truths[0], verdict.between(labels, ends))
        # A sample that is alike at both ends may differ in between; then all are looked at everywhere.
        ends = found if (every(found) == truths).all() else _halved(ends, truths[0], every)
    return float(f"{ends.mean():.9g}")


def _halved(ends: Array, first: bool, truth: Callable[[Array], Truths]) -> Array:
    """Return two values as near to each other as is looked for, between which the first truth ends."""
    low, high = ends.tolist()
    while high - low > _CLOSE * max(abs(low), abs(high)):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        low, high = (middle, high) if truth(np.array([middle]))[0] == first else (low, middle)
    return np.array([low, high])


def _edge(low: float, high: float, truth: Callable[[Array], Truths]) -> float:
    """Return where a verdict changes between two values; every round looks at many values at once."""
    for _ in range(_ROUNDS):
        values = np.linspace(low, high, _FAN)
        changes = np.flatnonzero(np.diff(truth(values).astype(int)))
        if not changes.size or values[1] <= values[0]:
            break
        low, high = values[changes[0]], values[changes[0] + 1]
    return float(f"{(low + high) / 2:.9g}")


def _nearness(flip: Flip) -> tuple[bool, float]:
    """Order flips by how far the input has to move, as a share of its range; those that never flip last."""
    if flip.nearest is None:
        return True, 0.0
    return False, abs(flip.nearest - flip.point) / ((flip.high - flip.low) or 1.0)


# The range is looked through with the first samples, and with the very first where these leave no doubt: the share of
# so many is further off than this once in ten million times (Hoeffding). The value found is that of many, as
# goal-seek finds it.
_FEWEST, _DOUBT = 1 << 9, 0.13
_FEW = 1 << 12
_MANY = 1 << 16
# Elements of an array at a time, and samples of one.
_AT_ONCE = 1 << 19
_SHARE_AT_ONCE = 1 << 17
_MOST = 1_000_000


class Sampled:
    """The figures of a case whose inputs are uncertain, on the same samples wherever a factor is moved to."""

    def __init__(self, evaluator: Evaluator, factors: Factors) -> None:
        self.evaluator = evaluator
        self.factors = factors
        self.scenario = evaluator.scenario
        self.draws = draws_of(self.scenario)
        # By the factor that is moved, None for none: the draws, and the inputs that differ from those beside none.
        self._beside: dict[str | None, tuple[Draws, list[str]]] = {}
        self._drawn: dict[str | None, dict[str, Array]] = {}

    def _draws_beside(self, label: str | None) -> tuple[Draws, list[str]]:
        """Return the draws of a run in which the input that a factor is of is set, and the inputs that differ there."""
        factor = self.factors.found[label] if label is not None else None
        if factor is None or factor.kind != START or self.evaluator.case.values[factor.name].growth is not None:
            return self.draws, []
        draws, streams = draws_of(with_certain(self.scenario, factor.name)), self.evaluator.case.streams
        others = [name for name in self.evaluator.uncertain if name != factor.name]
        return draws, [name for name in others if not draws.is_alike(self.draws, streams.get(name, name))]

    def drawn(self, label: str | None, samples: int) -> dict[str, Array]:
        """Return the samples of the inputs beside a factor: (1, samples), or (1, samples, years) of yearly ones."""
        if label not in self._beside:
            # One factor is looked at after the other.
            self._beside = {None: (self.draws, self.evaluator.uncertain), label: self._draws_beside(label)}
            self._drawn = {key: each for key, each in self._drawn.items() if key is None}
        found: dict[str, Array] = {}
        for key in dict.fromkeys((None, label)):
            draws, names = self._beside[key]
            known = self._drawn.get(key, {})
            if not known or next(iter(known.values())).shape[1] < samples:
                known = {name: self.evaluator.draw(draws, name, 0, samples).T[None] for name in names}
                self._drawn[key] = known
            found |= {name: each[:, :samples] for name, each in known.items()}
        return found

    def at(self, label: str | None, places: Array, samples: int, which: Positions | None = None) -> dict[str, Array]:
        """Return figures with a factor at places, or nothing moved: arrays of shape (places, samples, years or 1).

        which: the samples wanted, all by default.
        """
        columns = self.drawn(label, samples)
        if label is not None:
            columns = {**columns, **self._moved(label, places, samples)}
        if which is not None:
            columns = {name: each if each.shape[1] == 1 else each[:, which] for name, each in columns.items()}
        values = self.evaluator.case.values
        shape = len(places) if label is not None else 1, samples if which is None else len(which)
        found = self.evaluator.grid_rows(columns, shape, {name for name in columns if values[name].is_yearly})
        return {name: each.reshape(*shape, each.shape[-1]) for name, each in found.items()}

    def _moved(self, label: str, places: Array, samples: int) -> dict[str, Array]:
        """Return the column of the input that a factor is of; its growth is drawn while its start is moved."""
        factor = self.factors.found[label]
        if factor.kind not in {START, GROWTH}:
            return {name: each[:, None] for name, each in self.factors.columns({label: places}).items()}
        wide = {label: places[:, None]}
        stream = self.evaluator.case.streams.get(factor.name, factor.name)
        for other in self.factors.found.values():
            if other.name == factor.name and other.label != label and other.distribution is not None:
                uniform = self.draws.uniform(f"{stream}{GROWS}" if other.kind == GROWTH else stream, 0, samples)
                wide[other.label] = other.distribution.quantile(uniform)[None]
        return self.factors.columns(wide)


class SampledVerdict:
    """A verdict on figures of one or two cases; it holds where it does in so large a share of the samples.

    held: from the figures of each case, given by name as arrays of shape (..., samples, years or 1), to the samples in
    which the verdict holds, as booleans of shape (..., samples).
    """

    def __init__(self, sides: Sides, held: Callable[[Sequence[Mapping[str, Array]]], Truths], wanted: float) -> None:
        self.sides = sides
        self.held = held
        self.wanted = wanted
        self.years = max(1, len(sides[0][0].scenario.years))
        self.samples = sides[0][0].scenario.samples

    @cached_property
    def cases(self) -> list[Sampled]:
        """Return the cases, which most verdicts on certain figures never draw."""
        return [Sampled(*each) for each in self.sides]

    def share(self) -> float:
        """Return the share of samples, at most a million, in which it holds with nothing moved."""
        total, count_held = min(self.samples, _MOST), 0.0
        for start in range(0, total, _SHARE_AT_ONCE):
            count = min(_SHARE_AT_ONCE, total - start)
            seed = self.cases[0].evaluator.scenario.seed
            found = [case.evaluator.sample({}, count, seed, start) for case in self.cases]
            count_held += count * float(self.held(found).mean())
        return count_held / total

    def holds(self, labels: list[str | None], places: Array, most: int) -> Truths:
        """Return at which places of a factor it holds, by so many samples; labels: the factor in each case."""
        return self._shares(labels, places, most) >= self.wanted

    def looked(self, labels: list[str | None], places: Array) -> Truths:
        """Return the same by few samples, and by fewer where these leave no doubt."""
        shares = self._shares(labels, places, _FEWEST)
        close = np.flatnonzero(np.abs(shares - self.wanted) <= _DOUBT)
        if close.size:
            shares[close] = self._shares(labels, places[close], _FEW)
        return shares >= self.wanted

    def _shares(self, labels: list[str | None], places: Array, most: int) -> Array:
        samples = min(self.samples, most)
        size = max(1, _AT_ONCE // (samples * self.years))
        pieces = (places[at : at + size] for at in range(0, len(places), size))
        return np.concatenate([self._held(labels, some, samples).mean(axis=1) for some in pieces])

    def between(self, labels: list[str | None], ends: Array) -> Callable[[Array], Truths]:
        """Return at which places between two it holds, as a function that looks at samples that differ at these."""
        samples = min(self.samples, _MANY)
        at_ends = self._held(labels, ends, samples)
        sure, differing = np.count_nonzero(at_ends.all(axis=0)), np.flatnonzero(at_ends[0] != at_ends[1])

        def truth(places: Array) -> Truths:
            held = sure + self._held(labels, places, samples, differing).sum(axis=1)
            truths: Truths = held / samples >= self.wanted
            return truths

        return truth

    def _held(self, labels: list[str | None], places: Array, samples: int, which: Positions | None = None) -> Truths:
        """Return in which samples it holds at places of a factor: (places, samples wanted)."""
        found = [case.at(label, places, samples, which) for case, label in zip(self.cases, labels, strict=True)]
        return np.broadcast_to(self.held(found), (len(places), samples if which is None else len(which)))


def refuse_without_effect(
    scenario: Scenario, asked: Sensitivity, answered: Collection[str], moved: Collection[str]
) -> None:
    """Refuse conditions that no input can flip, and ranges of inputs that no condition needs.

    answered: the texts of conditions that have a row. moved: the inputs that do. What the file asks for is not refused
    where the command line leaves out cases of it.
    Raises CalcError.
    """

    def is_ours(place: Place | None) -> bool:
        is_option = place is not None and place.source.name.startswith("--")
        return is_option or not scenario.origin.options.cases

    verdicts: list[tuple[str, Place | None, list[str]]] = [(each.text, each.place, []) for each in asked.conditions]
    verdicts += [(each.text, each.place, [each.left[1], each.right[1]]) for each in asked.between]
    for text, place, sides in verdicts:
        if text not in answered and is_ours(place):
            absent = [each for each in dict.fromkeys(sides) if all(case.name != each for case in scenario.cases)]
            why = f"without case {and_list(absent)}" if absent else "no input that it needs is uncertain or has a range"
            hint = "leave out `--case`" if absent else "give one a range, as in `--within server_power=4 to 6 kW`"
            raise CalcError("E-NOTHING", f"nothing flips {quote(text)}: {why}", place=place, hint=hint)
    for each in asked.ranges:
        if each.name not in moved and is_ours(each.place):
            message = f"the range of `{each.name}` has no effect: no check and no condition under `flip` needs it"
            hint = "name what could flip, as in `--flip 'racks_needed <= 20 racks'`"
            raise CalcError("E-NOTHING", message, place=each.place, hint=hint)
