"""What a figure is made up of: the lines of the sum that it is, or that it is so much of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from calc.engine.figures import NotIncluded
from calc.engine.graph import formula_of
from calc.expression import Call, Expression, Name, Number
from calc.study.statistics import Ranked

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue
    from calc.study.results import CaseAnswer

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
    return [Line(each, figure * amount / whole, amount / whole, medians.get(each)) for each, amount in shares]


def line_amounts(found: CaseAnswer, name: str, catalogue: Catalogue) -> dict[str, float]:
    """Return the lines that figure `name` adds up, or is so much of, as they are likely; empty where `breakdown` is."""
    figure = found.figures.get(name)
    formula = None if name in found.case.values else formula_of(catalogue, name, found.case.use)
    is_ratio = catalogue[name].unit.dimension.is_ratio
    if formula is None or is_ratio or not isinstance(figure, float | int) or figure <= 0:
        return {}
    root = formula.expression
    if isinstance(root, Call) and root.op in {"divide", "divide_by_count"}:
        root = root.args[0]
    lines = _Sum(found, catalogue).lines(root) or []
    amounts = {each: found.figures[each] for each in lines if not isinstance(found.figures[each], NotIncluded)}
    numbers = {each: amount for each, amount in amounts.items() if isinstance(amount, float | int) and amount > 0}
    if len(numbers) < 2 or len(numbers) < len([each for each in amounts.values() if each != 0]):
        return {}
    return numbers


def _medians(found: CaseAnswer, name: str, lines: list[str], catalogue: Catalogue) -> dict[str, float]:
    """Return the median of every line of figure `name`; nothing where a line varies whose samples are not kept."""
    whole = found.samples.get(name)
    if (
        whole is None
        or len(whole) > MOST
        or any(each not in found.samples and varies(found, each, catalogue) for each in lines)
    ):
        return {}
    import numpy as np

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


class _Sum:
    """A walk through sums of names, to the names that are no sums themselves."""

    def __init__(self, found: CaseAnswer, catalogue: Catalogue) -> None:
        self.found = found
        self.catalogue = catalogue

    def lines(self, node: Expression) -> list[str] | None:
        """Return the names that an expression adds up, or None when it does something else."""
        if isinstance(node, Name):
            return self._opened(node.name)
        if not isinstance(node, Call):
            return None
        if node.op == "add":
            sides = [self.lines(each) for each in node.args]
            return None if sides[0] is None or sides[1] is None else sides[0] + sides[1]
        nothing = node.op == "if_included" and isinstance(node.args[1], Number) and node.args[1].value == 0
        return self.lines(node.args[0]) if nothing else None

    def _opened(self, name: str) -> list[str]:
        """Return the lines of a name that is a sum itself, or the name."""
        given = name in self.found.case.values
        formula = None if given else formula_of(self.catalogue, name, self.found.case.use)
        below = self.lines(formula.expression) if formula is not None else None
        return [name] if below is None else below
