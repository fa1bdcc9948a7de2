"""What a figure is made up of: the lines of the sum that it is, or that it is so much of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from calc.engine.figures import NotIncluded
from calc.engine.graph import formula_of
from calc.expression import Call, Expression, Name, Number

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue
    from calc.study.results import CaseAnswer


class Line(NamedTuple):
    """One line of a sum: its name, its amount in base units of the figure that is broken down, and its share of it."""

    name: str
    amount: float
    share: float


def breakdown(found: CaseAnswer, name: str, catalogue: Catalogue) -> list[Line]:
    """Return the lines that figure `name` adds up, largest first; empty for a ratio, or where it is no sum of several.

    Sums inside a sum are opened. A cost per GPU-hour is broken down as the cost is, each line per GPU-hour.
    Lines that are not included are left out. With a line below 0 or by year there is no breakdown.
    """
    figure = found.figures.get(name)
    formula = None if name in found.case.values else formula_of(catalogue, name, found.case.use)
    is_ratio = catalogue[name].unit.dimension.is_ratio
    if formula is None or is_ratio or not isinstance(figure, float | int) or figure <= 0:
        return []
    root = formula.expression
    if isinstance(root, Call) and root.op in {"divide", "divide_by_count"}:
        root = root.args[0]
    lines = _Sum(found, catalogue).lines(root) or []
    amounts = {each: found.figures[each] for each in lines if not isinstance(found.figures[each], NotIncluded)}
    numbers = {each: amount for each, amount in amounts.items() if isinstance(amount, float | int) and amount > 0}
    if len(numbers) < 2 or len(numbers) < len([each for each in amounts.values() if each != 0]):
        return []
    whole = sum(numbers.values())
    shares = sorted(numbers.items(), key=lambda item: -item[1])
    return [Line(each, figure * amount / whole, amount / whole) for each, amount in shares]


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
