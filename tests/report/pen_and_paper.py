"""A reviewer's pen and paper: the value of a formula's text, computed without the code that is tested.

A known value is a number in coherent units, a list of one a year, or the words for its absence.
"""

from __future__ import annotations

import ast
import itertools
import math
import operator
from typing import TYPE_CHECKING

import numpy_financial

from calc.units import parse_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Single = float | str
Known = Single | list[Single]
NO_VALUE, NOT_INCLUDED = "no value", "not included"

OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}  # fmt: skip
COMPARISONS: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
FUNCTIONS: dict[str, Callable[..., float]] = {
    "power": operator.pow, "exp": math.exp, "log": math.log,
    "compound": lambda rate, periods: (1 + rate) ** periods,
    "annuity": lambda rate, periods: rate / (1 - (1 + rate) ** -periods) if rate else 1 / periods,
}  # fmt: skip


def _growth(rate: list[float], year: int) -> float:
    """Return what the rates of every year after the first up to one make of 1."""
    return math.prod(1 + each for each in rate[1 : year + 1])


def _payback(amounts: list[float]) -> Single:
    sums = list(itertools.accumulate(amounts))
    last = max((year for year, each in enumerate(sums) if each < 0), default=-1)
    if last == len(sums) - 1:
        return NO_VALUE
    return 0.0 if last < 0 else last - sums[last] / amounts[last + 1]


def _internal_rate(amounts: list[float]) -> Single:
    signs = [each > 0 for each in amounts if each]
    changes = sum(one != other for one, other in itertools.pairwise(signs))
    return float(numpy_financial.irr(amounts)) if changes == 1 else NO_VALUE


def _purchases(needed: list[float], life: list[float]) -> list[tuple[float, float, float]]:
    """Return year, date and amount of each purchase."""
    bought: list[tuple[float, float, float]] = []
    for year, need in enumerate(needed):
        ends = [at + lasts for at, lasts, _ in bought if year < at + lasts < year + 1]
        for now in sorted({float(year), *ends}):
            short = need - sum(each for at, lasts, each in bought if at + lasts > now + 1e-7)
            if short > 0:
                bought.append((now, life[year], short))
    return [(float(int(at)), at - int(at), each) for at, _, each in bought]


def _cohort(needed: list[float], life: list[float]) -> list[float]:
    return [sum(each for at, _, each in _purchases(needed, life) if at == year) for year in range(len(needed))]


def _cohort_within(needed: list[float], life: list[float]) -> list[float]:
    bought = [(at, each) for at, date, each in _purchases(needed, life) if date]
    return [sum(each for at, each in bought if at == year) for year in range(len(needed))]


def _cohort_date(needed: list[float], life: list[float]) -> list[float]:
    moments = [(at, date * each) for at, date, each in _purchases(needed, life)]
    within = _cohort_within(needed, life)
    return [sum(m for at, m in moments if at == year) / each if each else 0.0 for year, each in enumerate(within)]


def _serving(x: list[float], date: list[float], life: list[float], fall: list[float]) -> list[float]:
    found = []
    for year in range(len(x)):
        served = 0.0
        for made, each in enumerate(x):
            begin, end = made + date[made], made + date[made] + life[made]
            young, old = max(begin, year) - begin, min(end, year + 1) - begin
            rate = fall[made]
            falling = (math.exp(-rate * young) - math.exp(-rate * old)) / rate if rate else old - young
            served += each * falling if old > young else 0.0
        found.append(served)
    return found


def _leased(needed: list[float], term: list[float]) -> list[float]:
    # In slices of a twelfth of a year, at whose ends all terms of the tests end.
    taken: list[tuple[float, float]] = []
    found, held = [0.0] * len(needed), 0.0
    for slice_ in range(12 * len(needed)):
        year = slice_ // 12
        if slice_ % 12 == 0:
            taken.append((max(0.0, needed[year] - held), year + term[year]))
        held = max(needed[year], sum(each for each, end in taken if 12 * end > slice_ + 1e-6))
        found[year] += held / 12
    found[-1] += sum(each * max(0.0, end - len(needed)) for each, end in taken)
    return found


def _standing(x: list[float], date: list[float], life: list[float], fall: list[float]) -> list[float]:
    ages = [[year - at - date[at] for at in range(len(x))] for year in range(len(x))]
    return [
        sum(each * math.exp(-fall[at] * old[at]) for at, each in enumerate(x) if -1e-9 < old[at] < life[at] - 1e-9)
        for old in ages
    ]


def _ahead(x: list[float], date: list[float], lead: list[float]) -> list[float]:
    if not any(lead):
        return x
    return [
        sum(each * max(0.0, min(at + date[at], year + 1) - max(at + date[at] - lead[at], year)) / lead[at]
            for at, each in enumerate(x))
        for year in range(len(x))
    ]  # fmt: skip


def _delayed(x: list[float], date: list[float], delay: list[float]) -> list[list[tuple[float, float]]]:
    """Return by year the amounts that come in it, each with its date there."""
    # Within a billionth of a year before it begins, a payment is one of that year, at its start.
    comes = [(at + date[at] + delay[at], each) for at, each in enumerate(x)]
    return [
        [(each, max(0.0, when - year)) for when, each in comes if year <= when + 1e-9 < year + 1]
        for year in range(len(x))
    ]


def _later(x: list[float], date: list[float], delay: list[float]) -> list[float]:
    return [sum(each for each, _ in year) for year in _delayed(x, date, delay)]


def _later_date(x: list[float], date: list[float], delay: list[float]) -> list[float]:
    found = []
    for year in _delayed(x, date, delay):
        amount = sum(each for each, _ in year)
        found.append(sum(each * when for each, when in year) / amount if amount else 0.0)
    return found


def _present(x: list[float], date: list[float], rate: list[float]) -> list[float]:
    return [
        each / math.prod(1 + before for before in rate[:at]) / (1 + rate[at]) ** date[at] for at, each in enumerate(x)
    ]


def _serving_present(
    x: list[float], date: list[float], life: list[float], timing: list[float], rate: list[float]
) -> list[float]:
    found = []
    for year in range(len(x)):
        worth = 0.0
        for at, each in enumerate(x):
            low, high = max(at + date[at], year), min(at + date[at] + life[at], year + 1)
            if high > low:
                when = low - year + (high - low) * timing[year]
                worth += each * (high - low) / math.prod(1 + rate[k] for k in range(year)) / (1 + rate[year]) ** when
        found.append(worth)
    return found


def _rate_of_return(*flows: list[float]) -> Single:
    start, bought, bought_at, sold, sold_at, through, timing, end = flows
    dated = [(float(at), each) for at, each in enumerate(start)] + [(at + 1.0, each) for at, each in enumerate(end)]
    for amounts, date in ((bought, bought_at), (sold, sold_at), (through, timing)):
        dated += [(at + date[at], each) for at, each in enumerate(amounts)]
    yearly = [sum(each) for each in zip(start, bought, sold, through, end, strict=True)]
    if sum(one * other < 0 for one, other in itertools.pairwise([each for each in yearly if each])) != 1:
        return NO_VALUE
    low, high = -0.99, 100.0
    rises = sum(each / (1 + low) ** at for at, each in dated) < 0
    for _ in range(200):
        middle = (low + high) / 2
        above = (sum(each / (1 + middle) ** at for at, each in dated) > 0) != rises
        low, high = (middle, high) if above else (low, middle)
    return low


def _payback_time(*flows: list[float]) -> Single:
    start, bought, bought_at, sold, sold_at, through, end = flows
    # Points of the sum over time, straight between them; a jump begins at a second point of one time.
    points, so_far = [(0.0, 0.0)], 0.0
    for at, each in enumerate(through):
        steps: dict[float, float] = {0.0: start[at]}
        for when, amount in sorted([(bought_at[at], bought[at]), (sold_at[at], sold[at]), (1.0, end[at])]):
            steps[when] = steps.get(when, 0.0) + amount
        for (before, _), (when, amount) in itertools.pairwise([(0.0, 0.0), *steps.items()]):
            so_far += each * (when - before)
            points.append((at + when, so_far))
            so_far += amount
            points.append((at + when, so_far))
    if so_far < 0:
        return NO_VALUE
    pairs = [(one, other) for one, other in itertools.pairwise(points) if one[1] < 0]
    if not pairs:
        return 0.0
    (begin, low), (stop, high) = pairs[-1]
    spent = [at if start[at] else at + bought_at[at] for at in range(len(start)) if start[at] or bought[at]]
    return max(0.0, begin + (stop - begin) * -low / (high - low) - min(spent, default=0))


OVER_YEARS: dict[str, Callable[..., Single | list[float]]] = {
    "total": math.fsum,
    "cumulative": lambda x: list(itertools.accumulate(x)),
    "discounted": lambda x, rate: [each / _growth(rate, at) for at, each in enumerate(x)],
    "grow": lambda x, rate: [each * _growth(rate, at) for at, each in enumerate(x)],
    "cohort": _cohort,
    "cohort_within": _cohort_within,
    "cohort_date": _cohort_date,
    "serving": _serving,
    "standing": _standing,
    "leased": _leased,
    "ahead": _ahead,
    "ahead_date": lambda x, date, lead, _timing: [date[at] if not lead[at] else 0.0 for at in range(len(x))],
    "later": _later,
    "later_date": _later_date,
    "present": _present,
    "serving_present": _serving_present,
    "rate_of_return": _rate_of_return,
    "payback_time": _payback_time,
    "internal_rate": _internal_rate,
    "payback": _payback,
}
CALLED = {
    "floor", "ceil", "minimum", "maximum", "if_included", "number", "amount", "where", *FUNCTIONS, *OVER_YEARS,
}  # fmt: skip


def snapped(value: float, rounding: Callable[[float], int]) -> float:
    """Round as section 2.5 of the design says: what is nearer than 1e-9 to a whole number is that number."""
    nearest = round(value)
    near = abs(value - nearest) <= min(1e-9 * max(1.0, abs(nearest)), 1e-6)
    return float(nearest if near else rounding(value))


def absent(values: list[Single]) -> str | None:
    return next((each for each in (NOT_INCLUDED, NO_VALUE) if each in values), None)


def computed(formula: str, known: Mapping[str, Known], years: int = 0) -> Known:
    """Return the value of a formula's text, by year where it differs."""
    tree = ast.parse(formula, mode="eval").body
    if not _is_yearly(tree, known):
        return _computed(tree, known, 0, years)
    return [_computed(tree, known, year, years) for year in range(years)]


def _is_yearly(node: ast.AST, known: Mapping[str, Known]) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in OVER_YEARS:
        return node.func.id not in {"total", "internal_rate", "payback", "rate_of_return", "payback_time"}
    if isinstance(node, ast.Name):
        return isinstance(known.get(node.id), list)
    return any(_is_yearly(each, known) for each in ast.iter_child_nodes(node))


def _computed(node: ast.expr, known: Mapping[str, Known], year: int, years: int) -> Single:
    if isinstance(node, ast.Name):
        value = known[node.id]
        return value[year] if isinstance(value, list) else value
    if isinstance(node, ast.Constant):
        return float(str(node.value))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _computed(ast.BinOp(ast.Constant(-1), ast.Mult(), node.operand), known, year, years)
    if isinstance(node, ast.BinOp):
        left, right = (_computed(each, known, year, years) for each in (node.left, node.right))
        if isinstance(left, str) or isinstance(right, str):
            return str(absent([left, right]))
        if isinstance(node.op, ast.Div) and right == 0:
            return NO_VALUE
        return OPERATORS[type(node.op)](left, right)
    assert isinstance(node, ast.Call), ast.dump(node)
    assert isinstance(node.func, ast.Name)
    if node.func.id in OVER_YEARS:
        return _over_years(node.func.id, node.args, known, year, years)
    if node.func.id in {"number", "amount"}:
        value, unit = _computed(node.args[0], known, year, years), node.args[1]
        assert isinstance(unit, ast.Constant)
        factor = parse_unit(str(unit.value)).factor
        return value if isinstance(value, str) else value / factor if node.func.id == "number" else value * factor
    if node.func.id == "where":
        return _where(node.args, known, year, years)
    return called(node.func.id, [_computed(each, known, year, years) for each in node.args])


def _where(args: list[ast.expr], known: Mapping[str, Known], year: int, years: int) -> Single:
    test = args[0]
    assert isinstance(test, ast.Compare)
    left, right = (_computed(each, known, year, years) for each in (test.left, test.comparators[0]))
    if isinstance(left, str) or isinstance(right, str):
        return str(absent([left, right]))
    holds = COMPARISONS[type(test.ops[0])](left, right)
    return _computed(args[1] if holds else args[2], known, year, years)


def _over_years(name: str, args: list[ast.expr], known: Mapping[str, Known], year: int, years: int) -> Single:
    columns = [[_computed(each, known, at, years) for at in range(years)] for each in args]
    words = absent([each for column in columns for each in column])
    if words is not None:
        return words
    found = OVER_YEARS[name](*columns)
    return found[year] if isinstance(found, list) else found


def called(function: str, values: list[Single]) -> Single:
    if function == "if_included":
        return values[1] if values[0] == NOT_INCLUDED else values[0]
    if function in {"minimum", "maximum"}:
        values = [each for each in values if each != NOT_INCLUDED] or [NOT_INCLUDED]
    numbers = [each for each in values if not isinstance(each, str)]
    if len(numbers) < len(values):
        return str(absent(values))
    if function in {"floor", "ceil"}:
        return snapped(numbers[0], math.floor if function == "floor" else math.ceil)
    if function in {"minimum", "maximum"}:
        return min(numbers) if function == "minimum" else max(numbers)
    return FUNCTIONS[function](*numbers)
