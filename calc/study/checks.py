"""Checks and promises held against a computed case, conditions against samples, and promises written anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.arrays import np
from calc.engine.explain import figure_text
from calc.engine.figures import NotIncluded, NoValue, Series, Single, at_year
from calc.engine.flat import qualified
from calc.errors import CalcError, quote
from calc.expression import Expression, Name
from calc.records import NamedTuple
from calc.scenario.case import BASE
from calc.scenario.conditions import MEDIAN
from calc.scenario.requested import NO_VALUE, model_checks
from calc.study.evaluator import Evaluator
from calc.study.points import compute, plan_of
from calc.study.results import Broken, CaseAnswer, CheckResult
from calc.study.statistics import MOST, Ranked
from calc.text import pattern, shorten
from calc.units.format import amount_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from calc.arrays import Array, Truths
    from calc.engine.catalogue import Quantity
    from calc.engine.figures import Figure
    from calc.errors import Place
    from calc.scenario.case import ResolvedCase, Scenario
    from calc.scenario.conditions import Condition
    from calc.scenario.requested import Expectation, ModelCheck
    from calc.study.results import Answer


def check(found: CaseAnswer, condition: Condition, years: Sequence[int], meaning: str = "") -> CheckResult:
    """Return how a condition came out; both sides are compared with a relative slack of 1e-9, in every year.

    Of uncertain figures it holds where it does in all years of at least half of the samples, or of as many as its
    confidence asks for: then the medians keep it. meaning: what a failure means, for a model's own check.
    """
    sides = condition.sides(found.figures, years)
    margins = condition.margins(*sides)
    drawn = sampled_sides(condition, found, found.samples, years)
    held = None if drawn is None else condition.op.held(*drawn)
    at = _tightest(margins, held)
    left, right = (at_year(side, at) for side in sides)
    probability = None if held is None else _probability(found, condition, held)
    passed = margins[at] >= 0 if probability is None else probability >= condition.share
    year = years[at] if any(isinstance(side, Series) for side in sides) else None
    medians: list[float | None] = [None, None]
    if drawn is not None:
        expressions = (condition.left.expression, condition.right.expression)
        medians = [_median(found, each, side, at) for each, side in zip(expressions, drawn, strict=True)]
    return CheckResult(condition, passed, left, right, probability, meaning, year, *medians)


def sampled_sides(
    condition: Condition, found: CaseAnswer, samples: Mapping[str, Array], years: Sequence[int]
) -> tuple[Array, Array] | None:
    """Return both sides in samples of some figures; None where none of them is in the condition, or is not included."""
    if samples.keys().isdisjoint(condition.names):
        return None
    return condition.side_arrays({**found.figures, **samples}, years)


def _median(found: CaseAnswer, expression: Expression, drawn: Array, year: int) -> float | None:
    """Return the median of a side in a year, in base units; None where some samples have no value."""
    name = expression.name if isinstance(expression, Name) else ""
    statistics = found.yearly_statistics(name)
    if statistics:
        known = statistics[year if len(statistics) > 1 else 0]
        return known["p50"] if known else None
    wide = np.atleast_2d(np.asarray(drawn, dtype=float))
    column = wide[:, year if wide.shape[1] > 1 else 0]
    return None if np.isnan(column).any() else Ranked(column).at(MEDIAN)


def _tightest(margins: list[float], held: Truths | None) -> int:
    """Return the position of the year in which a condition holds least: in the fewest samples, then by its margin.

    held: in which samples and years it does; None without uncertainty.
    """
    years = range(len(margins))
    shares = [0.0 for _ in years] if held is None or held.shape[1] != len(years) else held.mean(axis=0).tolist()
    return min(years, key=lambda at: (shares[at], margins[at]))


def _probability(found: CaseAnswer, condition: Condition, held: Truths) -> float:
    """Return the share of all samples in which a condition holds in every year; held: of the samples that are kept."""
    counted = found.truths.get(condition.text)
    if counted is not None and any(counted.counts):
        return counted.mean
    return float(held.all(axis=-1).mean())


def rests_on_samples(condition: Condition, evaluator: Evaluator) -> bool:
    """Tell whether a condition is about figures that are uncertain where the evaluator's changing inputs are not."""
    scenario, case, changing = evaluator.scenario, evaluator.case, evaluator.changing
    # A model's own check may name what is not included here.
    known = [name for name in condition.names if name in evaluator.plan.answered]
    return bool(type(evaluator)(scenario, case, known, changing, evaluator.given).drawn(changing))


def share_held(conditions: Iterable[Condition], drawn: Mapping[str, Array], years: Sequence[int]) -> float:
    """Return the share of samples, given by name, in which all conditions hold together in every year."""
    together: Truths | None = None
    for condition in conditions:
        held = condition.held(drawn, years)
        together = held if together is None else together & held
    return 1.0 if together is None else float(together.mean())


def by_confidence(conditions: Iterable[Condition]) -> list[tuple[float, list[Condition]]]:
    """Return shares of the samples with the conditions that have to hold together in so many of them."""
    together: dict[float, list[Condition]] = {}
    alone = []
    for each in conditions:
        if each.of_goal:
            together.setdefault(each.share, []).append(each)
        else:
            alone.append((each.share, [each]))
    return [*together.items(), *alone]


# ---------------- what a study of a case holds its figures against


def applicable(scenario: Scenario, case: ResolvedCase, conditions: Iterable[Condition]) -> list[Condition]:
    """Return the conditions that the figures of a case answer; one on figures of parts becomes one for each."""
    known, found = set(case.asked), []
    for condition in conditions:
        ours = [name for name in condition.names if name not in known]
        if not ours:
            found.append(condition)
            continue
        for part in scenario.parts:
            names = {name: qualified(name, part) for name in ours}
            if known.issuperset(names.values()):
                found.append(condition.in_part(part, names))
    return found


def passes(condition: Condition, evaluator: Evaluator, values: Mapping[str, float]) -> bool:
    """Tell whether a condition holds at values of some inputs as in a run: of uncertain figures, in enough samples."""
    scenario = evaluator.scenario
    if rests_on_samples(condition, evaluator):
        drawn = evaluator.sample(values, min(scenario.samples, MOST), scenario.seed)
        return share_held([condition], drawn, scenario.years) >= condition.share
    lacking = {name: NotIncluded((name,)) for name in condition.names}
    return condition.holds({**lacking, **evaluator.at(values)}, scenario.years)


def given_in(scenario: Scenario, case: ResolvedCase) -> frozenset[str]:
    """Return the names that a case gives values that can be computed with; those by year need a scenario with years."""
    return frozenset(name for name, value in case.values.items() if scenario.years or not value.is_yearly)


def held_checks(
    scenario: Scenario,
    found: CaseAnswer,
    checks: Iterable[ModelCheck],
    totals: dict[str, str],
    samples: Callable[[dict[str, Figure], list[str]], dict[str, Array]] | None = None,
) -> list[CheckResult]:
    """Return how models' checks come out in a case or part, at figures that it has and that follow.

    samples: of those of some names that are uncertain, from the figures at the likely values; None where nothing is.
    """
    names = list(dict.fromkeys(name for each in checks for name in each.names))
    points = CaseAnswer(
        found.case, plan_of(scenario, found.case, names, totals), found.label, figures=dict(found.figures)
    )
    compute(scenario, points, points.plan)
    lacking = dict.fromkeys(name for each in checks for name in each.condition.names if name not in names)
    points.figures.update((name, NotIncluded((name,))) for name in lacking)
    if samples is not None:
        points.samples = samples(points.figures, names)
    return [
        check(points, each.condition, scenario.years, each.meaning)
        for each in checks
        if not any(isinstance(points.figures[name], NotIncluded) for name in each.condition.required)
    ]


def _checks_of(scenario: Scenario, case: ResolvedCase) -> list[ModelCheck]:
    return model_checks(scenario, given_in(scenario, case), case.use, parts=("", *scenario.parts))


def changed_checks(scenario: Scenario, case: ResolvedCase, values: Mapping[str, float]) -> list[ModelCheck]:
    """Return the models' checks that a study of some inputs can break, and those that are broken whatever it chooses.

    values: one value of each of the inputs.
    """
    found = []
    for check in _checks_of(scenario, case):
        evaluator = Evaluator(scenario, case, check.names, values)
        is_held = _is_held(check, evaluator, values)
        if is_held is False or (is_held and not values.keys().isdisjoint(evaluator.plan.leaves)):
            found.append(check)
    return found


def broken_checks(scenario: Scenario, case: ResolvedCase, values: Mapping[str, float]) -> list[Condition]:
    """Return the models' checks that do not hold where some inputs have these values."""
    return [
        check.condition
        for check in _checks_of(scenario, case)
        if _is_held(check, Evaluator(scenario, case, check.names, values), values) is False
    ]


def _is_held(check: ModelCheck, evaluator: Evaluator, values: Mapping[str, float]) -> bool | None:
    """Tell whether a check holds, None where a figure that it requires is not included."""
    try:
        figures = evaluator.at(values)
        if any(isinstance(figures[name], NotIncluded) for name in check.condition.required):
            return None
        return passes(check.condition, evaluator, values)
    except CalcError:
        # A formula that leaves the finite numbers is told of by what asks for it.
        return True


# ---------------- promises

_NUMBER = pattern(r"[0-9][0-9,]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+")
# A promise that is written anew is as near as this to the figure, as a share of it.
_NEAR = 5e-5
_MOST_DECIMALS = 12


def hold(found: CaseAnswer, promise: Expectation, scenario: Scenario) -> None:
    """Add the promise to the broken ones unless it holds, in the year it names or else in every year."""
    figure = found.figures[promise.name]
    for at, year in enumerate(scenario.years or (None,)):
        single = at_year(figure, at)
        if (promise.year is None or promise.year == year) and not promise.is_kept(single):
            dated = year if promise.year is not None or isinstance(figure, Series) else None
            found.broken.append(Broken(promise, single, _broken_text(promise, single, dated, scenario)))
            return


def _broken_text(promise: Expectation, figure: Single, year: int | None, scenario: Scenario) -> str:
    quantity = scenario.catalogue.quantities[promise.name]
    got = figure_text(figure, quantity)
    where = f" in part {quote(promise.part)}" if promise.part else ""
    where += "" if promise.case == BASE else f" in case {quote(promise.case)}"
    where += "" if year is None else f" in {year}"
    exact = ""
    if isinstance(figure, float | int):
        number = f"{figure / quantity.unit.factor:,.12g}"
        said = number in got or number.replace(",", "") in got
        exact = "" if quantity.is_share or said else f" ({number} {quantity.unit_text})"
    return f"`{promise.name}` is {got}{exact}{where}; promised is {shorten(promise.text)}"


class Renewed(NamedTuple):
    """A promise as it is to stand in the file."""

    place: Place
    text: str


def renewed(answer: Answer) -> list[Renewed]:
    """Return a new text for every promise that is not kept, in the unit and with the digits of the old one."""
    found = {(each.place.line, each.place.column): each for each in _all(answer)}
    return list(found.values())


def _all(answer: Answer) -> Iterator[Renewed]:
    for broken in (each for column in answer.columns for each in column.broken):
        quantity = answer.scenario.catalogue[broken.promise.name]
        yield Renewed(broken.promise.place, _text(broken.promise, broken.figure, quantity))
    for line in answer.lines:
        yield from _all(line.answer)


def _text(promise: Expectation, figure: Single, quantity: Quantity) -> str:
    if not isinstance(figure, float | int):
        return NO_VALUE if isinstance(figure, NoValue) else promise.text
    number = _NUMBER.search(promise.text)
    if promise.base is None or not promise.base or number is None:
        return amount_text(figure, quantity.unit, share=quantity.is_share, digits=6).replace(",", "")
    written = float(number[0].replace(",", ""))
    # The unit stays, whatever it is; so does a sign unless it changes.
    size = abs(written * figure / promise.base)
    before, after = promise.text[: number.start()].rstrip("-\u2212+ "), promise.text[number.end() :]
    sign = "-" if figure < 0 else ""
    joint = f"{before}{sign}" if before.endswith("$") or not before else f"{before} {sign}"
    return f"{joint}{_digits(size, number[0])}{after}"


def _digits(number: float, written: str) -> str:
    """Return a number with as many decimals as were written, and more where it takes them to be near."""
    decimals = len(written.partition(".")[2])
    for places in range(decimals, _MOST_DECIMALS):
        text = f"{number:{',' if ',' in written else ''}.{places}f}"
        if abs(float(text.replace(",", "")) - number) <= _NEAR * number:
            return text
    return f"{number:.6g}"


def rewritten(text: str, promises: list[Renewed]) -> str:
    """Return the text of a file with promises written anew; the quotes around an old one stay."""
    lines = text.splitlines(keepends=True)
    for each in sorted(promises, key=lambda one: (one.place.line, one.place.column), reverse=True):
        line, start = lines[each.place.line - 1], each.place.column - 1
        old = line[start : start + each.place.length]
        quotes = old[:1] if old[:1] in {'"', "'"} and old[-1:] == old[:1] else ""
        lines[each.place.line - 1] = f"{line[:start]}{quotes}{each.text}{quotes}{line[start + each.place.length :]}"
    return "".join(lines)
