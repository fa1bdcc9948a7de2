"""What a figure is made up of: the lines of the sum that it is, or that it is so much of."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

from calc import ops
from calc.arrays import np
from calc.engine.figures import NotIncluded, Series, at_year
from calc.engine.graph import formula_of
from calc.expression import Call, Expression, Name, Number, steps
from calc.study.statistics import Ranked

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue
    from calc.engine.figures import Figure
    from calc.study.results import CaseAnswer

# Names and how often each is added.
Counts = dict[str, float]
# A sum of more lines is one line itself.
_MOST_LINES = 100
# Of so many samples those of the lines are kept too; more would take much room.
MOST = 1 << 16


class Line(NamedTuple):
    """One line of a sum.

    amount: at the likely values, in base units of the figure that is broken down; share: of that figure. p50: the
    median of the amount; None without uncertainty, or where the samples of a line are not kept. Medians do not add up.
    """

    name: str
    amount: float
    share: float
    p50: float | None = None


def breakdown(found: CaseAnswer, name: str, catalogue: Catalogue) -> list[Line]:
    """Return the lines that figure `name` adds up, largest first; empty for a ratio, or where it is no sum of several.

    Sums inside a sum are opened. A cost per GPU-hour is broken down as the cost is, each line per GPU-hour.
    Lines that are not included are left out. With a line below 0 or by year there is no breakdown.
    """
    numbers = line_amounts(found, name, catalogue)
    if not numbers:
        return []
    figure: Any = found.figures[name]
    whole = sum(numbers.values())
    shares = sorted(numbers.items(), key=lambda item: -item[1])
    medians = _medians(found, name, list(numbers), catalogue)
    return [Line(each, figure * (amount / whole), amount / whole, medians.get(each)) for each, amount in shares]


def line_amounts(found: CaseAnswer, name: str, catalogue: Catalogue) -> dict[str, float]:
    """Return the lines that figure `name` adds up, or is so much of, as they are likely; empty where `breakdown` is."""
    figure = found.figures.get(name)
    formula = None if name in found.case.values else formula_of(catalogue, name, found.case.use)
    is_ratio = catalogue[name].unit.dimension.is_ratio
    if formula is None or is_ratio or not isinstance(figure, float | int) or figure <= 0:
        return {}
    root = formula.expression
    if isinstance(root, Call) and ops.TABLE[root.op].is_quotient:
        root = root.args[0]
    counts = _opened(found, catalogue, _terms(root) or {})
    amounts = {
        each: count * amount if isinstance(amount, float | int) else amount
        for each, count in counts.items()
        if not isinstance(amount := found.figures[each], NotIncluded)
    }
    numbers = {each: amount for each, amount in amounts.items() if isinstance(amount, float | int) and amount > 0}
    if len(numbers) < 2 or len(numbers) < len([each for each in amounts.values() if each != 0]):
        return {}
    return numbers if isfinite(sum(numbers.values())) else {}


def yearly_lines(found: CaseAnswer, name: str, catalogue: Catalogue) -> dict[str, list[float]]:
    """Return what each line adds to a figure in every year, in base units, what it takes away below 0.

    A line that is a sum is not opened. Empty where the figure does not differ from year to year, or is no sum of
    several lines that have a value in every year.
    """
    figure = found.figures.get(name)
    formula = None if name in found.case.values else formula_of(catalogue, name, found.case.use)
    if formula is None or not isinstance(figure, Series):
        return {}
    root: Expression = formula.expression
    divisor: Figure = 1.0
    if isinstance(root, Call) and ops.TABLE[root.op].is_quotient:
        root, per = root.args
        if not isinstance(per, Name):
            return {}
        divisor = found.figures[per.name]
    lines: dict[str, list[float]] = {}
    for each, count in (_terms(root, signed=True) or {}).items():
        if isinstance(found.figures[each], NotIncluded):
            continue
        amounts = [at_year(found.figures[each], at) for at in range(len(figure.values))]
        scales = [at_year(divisor, at) for at in range(len(figure.values))]
        numbers = [
            count * amount / per
            for amount, per in zip(amounts, scales, strict=True)
            if isinstance(amount, float | int) and isinstance(per, float | int) and per
        ]
        if len(numbers) < len(amounts) or not all(map(isfinite, numbers)):
            return {}
        if any(numbers):
            lines[each] = numbers
    return lines if len(lines) > 1 else {}


def _medians(found: CaseAnswer, name: str, lines: list[str], catalogue: Catalogue) -> dict[str, float]:
    """Return the median of every line of figure `name`; nothing where a line varies whose samples are not kept."""
    whole = found.samples.get(name)
    if (
        whole is None
        or len(whole) > MOST
        or any(each not in found.samples and varies(found, each, catalogue) for each in lines)
    ):
        return {}
    amounts: dict[str, Any] = {each: found.samples.get(each, found.figures[each]) for each in lines}
    with np.errstate(all="ignore"):
        total = sum(amounts.values())
        drawn = {each: np.broadcast_to(whole * amount / total, whole.shape)[:, 0] for each, amount in amounts.items()}
    if not all(np.isfinite(each).all() for each in drawn.values()):
        return {}
    return {each: Ranked(column).at(0.5) for each, column in drawn.items()}


def varies(found: CaseAnswer, name: str, catalogue: Catalogue) -> bool:
    """Tell whether a figure of a case or part rests on something uncertain, whether or not it was asked for."""
    stack, seen = [name], {name}
    while stack:
        each = stack.pop()
        if each in found.samples:
            return True
        if each in found.case.values:
            if found.case.values[each].is_uncertain:
                return True
            continue
        formula = None if each in found.case.totals else formula_of(catalogue, each, found.case.use)
        fresh = [part for part in (formula.parameters if formula else ()) if part not in seen]
        seen.update(fresh)
        stack.extend(fresh)
    return False


def _terms(root: Expression, *, signed: bool = False) -> Counts | None:
    """Return the names that an expression adds up, and how often; None when it does something else.

    signed: it may also take some away.
    """
    terms: Counts = {}
    times = {id(root): 1.0}
    for node in reversed(steps(root)):
        count = times.get(id(node))
        if count is None:
            continue
        nothing = isinstance(node, Call) and ops.TABLE[node.op].absent == "replaced" and node.args[1] == Number(0.0)
        if isinstance(node, Name):
            terms[node.name] = terms.get(node.name, 0.0) + count
        elif isinstance(node, Call) and (node.op == "add" or nothing):
            for each in node.args[:1] if nothing else node.args:
                times[id(each)] = times.get(id(each), 0.0) + count
        elif isinstance(node, Call) and node.op in {"subtract", "negate"} and signed:
            for each, sign in zip(node.args[::-1], (-1.0, 1.0), strict=False):
                times[id(each)] = times.get(id(each), 0.0) + sign * count
        else:
            return None
    return dict(reversed(terms.items()))


def _opened(found: CaseAnswer, catalogue: Catalogue, terms: Counts) -> Counts:
    """Return the lines of terms: a sum among them is opened, down to names that are no sums themselves."""
    opened, stack = found.opened, list(terms)
    while stack:
        name = stack[-1]
        if name in opened:
            stack.pop()
            continue
        formula = None if name in found.case.values else formula_of(catalogue, name, found.case.use)
        inner = _terms(formula.expression) if formula is not None else None
        if inner is None:
            opened[name] = {name: 1.0}
        elif fresh := [each for each in inner if each not in opened]:
            stack.extend(fresh)
            continue
        else:
            lines = _merged(opened, inner)
            opened[name] = lines if len(lines) <= _MOST_LINES else {name: 1.0}
        stack.pop()
    return _merged(opened, terms)


def _merged(opened: dict[str, Counts], terms: Counts) -> Counts:
    lines: Counts = {}
    for name, times in terms.items():
        for each, count in opened[name].items():
            lines[each] = lines.get(each, 0.0) + times * count
    return lines
