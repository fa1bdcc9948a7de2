"""The tree under one figure: what it was computed from, down to the source of every number."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING

from calc import ops
from calc.engine.figures import Figure, NotIncluded, NoValue, Series, at_year
from calc.engine.graph import formula_of
from calc.expression import Call, Expression, Name, expression_text, fold, is_left_out, names, operations
from calc.records import dataclass, field
from calc.units.format import GIVEN_DIGITS, RESULT_DIGITS, amount_text, digits_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from calc.engine.catalogue import Catalogue, Quantity
    from calc.value import Value

# Whoever reads a tree, and whatever writes it, goes down so many levels and no further.
MOST_LEVELS = 100


@dataclass(slots=True)
class Explained:
    """One figure of the tree.

    text: the figure in its declared unit. status: derived, given, default, overridden, not included or no value.
    formula: the expression with names; substituted: the same with values. binding: which branch of a minimum, maximum
    or choice decided. conventions: what a year or month stands for where the formula mixes spans of time, and what an
    operation over all years does.
    value: what was given, for a leaf. repeated: its branches stand further up.
    cut: its branches lie deeper than was asked for. by_year: years and the figure of each, where they differ.
    part: the part of the scenario that the figure and all under it belong to, where a sum over parts stands above.
    """

    name: str
    meaning: str
    text: str
    status: str
    reason: str = ""
    formula: str = ""
    substituted: str = ""
    formula_source: str = ""
    assumption: str = ""
    binding: list[str] = field(default_factory=list)
    conventions: list[str] = field(default_factory=list)
    value: Value | None = None
    repeated: bool = False
    cut: bool = False
    by_year: list[tuple[int, str]] = field(default_factory=list)
    part: str = ""
    children: list[Explained] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Explainable:
    """What a tree is made from: a computed case or part.

    values: what is given. figures: what came out. use: the variants chosen. years: those of the scenario.
    sums: for every total, what it adds up; parts: over what, by name. order: in which order to show what a
    figure needs; left out, that of its formula.
    """

    catalogue: Catalogue
    values: Mapping[str, Value]
    figures: Mapping[str, Figure]
    use: Mapping[str, str]
    years: Sequence[int] = ()
    sums: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Explainable] = field(default_factory=dict)
    order: Callable[[str, tuple[str, ...]], tuple[str, ...]] | None = None

    def parts_with(self, added: str) -> tuple[str, ...]:
        """Return the parts that a sum of a figure goes over: those that have it."""
        return tuple(name for name, part in self.parts.items() if added in part.figures)


def figure_text(figure: Figure, quantity: Quantity, *, given: bool = False, digits: int = RESULT_DIGITS) -> str:
    """Return a figure as text in its declared unit, or the words for its absence; of a yearly one both ends.

    given: show all digits, as for a value that somebody wrote down. digits: how many else.
    """
    digits = GIVEN_DIGITS if given else digits
    if isinstance(figure, NoValue):
        return "no value"
    if isinstance(figure, NotIncluded):
        return "not included"
    if isinstance(figure, Series):
        ends = figure.values[0], figure.values[-1]
        if isinstance(ends[0], float | int) and isinstance(ends[1], float | int):
            digits = digits_apart(ends[0], ends[1], quantity.unit, share=quantity.is_share, digits=digits)
        first, last = (figure_text(each, quantity, digits=digits) for each in ends)
        if all(each == figure.values[0] for each in figure.values):
            return f"{first} every year"
        return f"{first} in the first year, {last} in the last"
    return amount_text(figure, quantity.unit, share=quantity.is_share, digits=digits)


class Texts(Mapping[str, str]):
    """The texts of figures by name, made only when an error shows them."""

    def __init__(self, names: tuple[str, ...], figures: Mapping[str, Figure], catalogue: Catalogue) -> None:
        self._names = names
        self._figures = figures
        self._catalogue = catalogue

    def __getitem__(self, name: str) -> str:
        return figure_text(self._figures[name], self._catalogue[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def sum_text(added: str, parts: Iterable[str]) -> str:
    """Return the formula of a sum of figure `added` over parts."""
    return f"sum of {added} over {', '.join(parts)}"


def explain(name: str, found: Explainable, depth: int | None = None) -> Explained:
    """Return the tree under figure `name` of a computed case or part, of at most 100 levels.

    depth: levels below the figure, None for all of these. A figure that stands in several places is opened once, and
    again only where a given depth shows more below it.
    """
    whole = MOST_LEVELS if depth is None else min(depth, MOST_LEVELS)
    return _Explainer(found, {}, once=depth is None).explain(name, whole)


@dataclass(frozen=True, slots=True)
class _Explainer:
    """A walk down the tree.

    seen: the figures that were opened already, each with how many levels were left below it. once: open none again.
    """

    found: Explainable
    seen: dict[str, int]
    once: bool

    def explain(self, name: str, depth: int) -> Explained:
        node = self._node(name)
        value = self.found.values.get(name)
        below = depth - 1
        if value is not None:
            if value.converted and depth != 0:
                node.children = [self._node(value.converted)]
            return node
        formula = formula_of(self.found.catalogue, name, self.found.use)
        added = self.found.sums.get(name)
        needs = formula.parameters if formula else self.found.parts_with(added) if added else ()
        if formula and self.found.order:
            needs = self.found.order(name, needs)
        if not needs:
            return node
        if depth == 0:
            node.cut = True
        elif name in self.seen and (self.once or self.seen[name] >= depth):
            node.repeated = True
        else:
            self.seen[name] = depth
            if added:
                node.children = [self._part(part, added, below) for part in needs]
            else:
                # A figure that is left out has no figures for what else it would need.
                node.children = [self.explain(each, below) for each in needs if each in self.found.figures]
        return node

    def _part(self, part: str, added: str, depth: int) -> Explained:
        node = _Explainer(self.found.parts[part], {}, once=self.once).explain(added, depth)
        node.part = part
        return node

    def _node(self, name: str) -> Explained:
        """Return a figure without what is under it."""
        found, catalogue, figures = self.found, self.found.catalogue, self.found.figures
        quantity, figure = catalogue[name], figures[name]
        node = Explained(name, quantity.text, figure_text(figure, quantity), "derived")
        if isinstance(figure, NoValue | NotIncluded):
            node.reason = figure.reason
            node.status = "not included" if isinstance(figure, NotIncluded) else node.status
        if isinstance(figure, Series):
            node.by_year = [
                (year, figure_text(each, quantity, given=name in found.values))
                for year, each in zip(found.years, figure.values, strict=True)
            ]
        if name in found.values:
            value = found.values[name]
            node.status, node.value = value.status, value
            if value.converted:
                node.formula = f"{value.original} / {value.converted}"
                node.substituted = f"{value.original} / {self._shown(value.converted)}"
            return node
        formula = formula_of(catalogue, name, found.use)
        if name in found.sums:
            node.formula = sum_text(found.sums[name], found.parts_with(found.sums[name]))
            node.formula_source = "this scenario"
        elif formula is None:
            node.status = "not included"
        else:
            node.formula = expression_text(formula.expression)
            over_years = ops.OVER_YEARS.intersection(operations(formula.expression))
            if not isinstance(figure, NotIncluded):
                shown = self._shown_over_years if over_years else self._shown
                absent = {each for each in formula.parameters if isinstance(figures.get(each), NotIncluded)}
                node.substituted = expression_text(without_absent(formula.expression, absent), shown)
                node.binding = binding(formula.expression, figures)
            node.formula_source, node.assumption = formula.source, formula.assumption
            node.conventions = _spans(quantity, [catalogue[each] for each in formula.parameters])
            node.conventions += _operations(over_years, found.years)
        return node

    def _shown(self, name: str) -> str:
        """Return a figure as it stands inside a formula: of a yearly one, the first year's."""
        figure = self.found.figures[name]
        text = figure_text(at_year(figure, 0), self.found.catalogue[name], given=name in self.found.values)
        return f"{text} in {self.found.years[0]}" if isinstance(figure, Series) else text

    def _shown_over_years(self, name: str) -> str:
        """Return a figure as it stands in a formula over all years: of a yearly one, both ends."""
        figure, years = self.found.figures[name], self.found.years
        if not isinstance(figure, Series):
            return self._shown(name)
        quantity, given = self.found.catalogue[name], name in self.found.values
        ends = (f"{figure_text(figure.values[at], quantity, given=given)} in {years[at]}" for at in (0, -1))
        return " … ".join(ends)


_SPANS = {"year": "a year is 8,760 hours", "month": "a month is 730 hours"}


def _spans(quantity: Quantity, needs: list[Quantity]) -> list[str]:
    """Return what a year or a month stands for, where a formula turns one span of time into another."""
    spans = {atom for each in (quantity, *needs) for atom, _ in each.unit.atoms if atom in {"hour", *_SPANS}}
    return [text for span, text in _SPANS.items() if span in spans] if len(spans) > 1 else []


def _operations(used: AbstractSet[str], years: Sequence[int]) -> list[str]:
    """Return what the operations over all years in a formula do, and over which years."""
    span = f"{years[0]} to {years[-1]}" if len(years) > 1 else f"{years[0]}" if years else ""
    return [f"{name}: {op.words} ({span})" for name, op in ops.TABLE.items() if name in used]


def without_absent(expression: Expression, absent: AbstractSet[str]) -> Expression:
    """Return what an expression comes down to where the figures `absent` are not included."""

    def visit(node: Expression, args: list[tuple[Expression, bool]]) -> tuple[Expression, bool]:
        if not isinstance(node, Call):
            return node, isinstance(node, Name) and node.name in absent
        op, out = ops.TABLE[node.op], [is_out for _, is_out in args]
        decided = op.settled(out)
        return (
            args[decided]
            if decided is not None
            else (Call(node.op, tuple(each for each, _ in args)), op.is_left_out(out))
        )

    return fold(expression, visit)[0]


# ---------------------------------------------------------------- which side decides


def binding(expression: Expression, figures: Mapping[str, Figure], *, contested: bool = False) -> list[str]:
    """Return a sentence for every minimum or maximum over names: which of them decided, also where several are nested.

    contested: only where at least two of the names are included.
    """
    found = []
    if not any(ops.TABLE[each].absent == "ignored" for each in operations(expression)):
        return []
    absent = {name for name in names(expression) if isinstance(figures.get(name), NotIncluded)}
    for op, sides in _choices(expression, absent):
        left_out = [each for each in sides if each in absent]
        included = [each for each in sides if each not in left_out]
        numbers = {each: figure for each in included if isinstance(figure := figures[each], float | int)}
        if len(included) == 1:
            winners = included
        elif included and len(numbers) == len(included):
            best = reduce(ops.TABLE[op].scalar, numbers.values())
            winners = [each for each in included if numbers[each] == best]
        else:
            continue
        if contested and len(included) < 2:
            continue
        ways = f"{' and '.join(winners)} are equal" if len(winners) > 1 else f"{winners[0]} binds"
        listed = " and ".join((", ".join(left_out[:-1]), left_out[-1])) if len(left_out) > 1 else "".join(left_out)
        without = f"; {listed} {'is' if len(left_out) == 1 else 'are'} not included" if left_out else ""
        found.append(ways + without)
    return found


def _choices(expression: Expression, absent: AbstractSet[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield every minimum or maximum in use whose sides are all names, nested ones of one kind as a whole."""
    stack, seen = [expression], set()
    while stack:
        node = stack.pop()
        if not isinstance(node, Call) or id(node) in seen:
            continue
        seen.add(id(node))
        op = ops.TABLE[node.op]
        if op.absent == "replaced":
            stack.append(node.args[1 if is_left_out(node.args[0], absent) else 0])
            continue
        sides = _sides(node, node.op) if op.absent == "ignored" else []
        named = [each.name for each in sides if isinstance(each, Name)]
        if sides and len(named) == len(sides):
            yield node.op, list(dict.fromkeys(named))
        else:
            stack.extend(node.args)


def _sides(node: Call, op: str) -> list[Expression]:
    """Return what an operation chooses among, with what operations of its kind inside it do."""
    inner, seen = [], {id(node)}
    stack: list[Expression] = [node]
    while stack:
        each = stack.pop()
        if isinstance(each, Call) and each.op == op:
            fresh = [arg for arg in each.args if id(arg) not in seen]
            seen.update(map(id, fresh))
            stack.extend(reversed(fresh))
        else:
            inner.append(each)
    return inner
