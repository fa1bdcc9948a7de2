"""Formulas of a workbook: what a trace computes, as the text of a cell over other cells.

Every cell holds its figure in the declared unit of its quantity. A text may therefore be off by a factor from the
amount in coherent base units that the trace computes with; the factors of products and quotients are multiplied out, so
that most formulas are as short as a person would write them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc import ops
from calc.engine.figures import Series
from calc.expression import Call, Expression, Name, Number, UnitOf, expression_text
from calc.op import CALL
from calc.records import NamedTuple, dataclass, field
from calc.report.year_rows import YEAR_ROWS
from calc.units.format import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from calc.engine.figures import Figure

# The cell of one year, or of one case; both stand in the columns after the words.
FIRST = 3
# A longer text that is used twice gets a cell of its own.
_LONG = 60
# A cell holds 8,192 characters, and a reader fewer.
_LONGEST = 1500
_NEGLIGIBLE = 1e-13
_ARITHMETIC = frozenset({"add", "subtract", "multiply", "divide"})
# The arguments that are of one dimension, and the result's too; -1 for what all further ones are.
_ALIKE = frozenset({"add", "subtract", "minimum", "maximum", "clip", "if_included"})
_TESTS = frozenset({"less", "less_equal", "greater", "greater_equal"})
# The result is of the first argument's dimension, and the others are pure numbers.
_OF_FIRST = frozenset(
    {
        "total", "cumulative", "discounted", "grow", "cohort", "cohort_within", "serving", "ahead", "later", "present",
    }
)  # fmt: skip
_WHICHEVER = frozenset({"internal_rate", "payback"})


@dataclass(eq=False, slots=True)
class Line:
    """A line of a sheet: a figure of every case, or of one case in every year.

    name: empty for a step on the way, which has words alone. label: what readers call it, on a sheet of words.
    years: of a line by year. row: where it comes to stand. cells: by column a number, or a formula without its `=`,
    with what it shows.
    """

    sheet: str
    name: str
    words: str
    unit: str = ""
    years: Sequence[int] = ()
    row: int = -1
    label: str = ""
    cells: dict[int, tuple[float | str, Any]] = field(default_factory=dict)

    def at(self, column: int, last: int | None = None) -> str:
        """Return a mark for a cell, or for the cells up to a last one; `placed` turns it into a reference."""
        return f"\x01{id(self)}:{column}:{column if last is None else last}\x02"


class Term(NamedTuple):
    """A text that is an amount in base units divided by `factor`.

    strength: how strongly it holds together. number: of a literal. is_plain: it may stand twice.
    """

    text: str
    factor: float = 1.0
    strength: int = CALL
    number: float | None = None
    is_plain: bool = False

    def over(self, factor: float) -> Term:
        """Return the same amount divided by another factor."""
        times = self.factor / factor
        if self.number is not None:
            return Term(_number(self.number * times), factor, CALL, clean(self.number * times), is_plain=True)
        if abs(times - 1) < _NEGLIGIBLE:
            return self._replace(factor=factor)
        text = self.text if self.strength >= _PRODUCT else f"({self.text})"
        up, down = _number(times), _number(1 / times)
        return Term(f"{text}*{up}" if len(up) <= len(down) else f"{text}/{down}", factor, _PRODUCT)


_PRODUCT = ops.TABLE["multiply"].precedence


def literal(value: float) -> Term:
    """Return a number."""
    return Term(_number(value), 1.0, CALL, value, is_plain=True)


def _number(value: float) -> str:
    text = f"{clean(value):.15g}".replace("e+", "E+").replace("e-", "E-")
    return f"({text})" if text.startswith("-") else text


class _Row:
    """A line by year as templates of operations over years name it."""

    def __init__(self, line: Line, year: int) -> None:
        self._line, self._year = line, year

    def __format__(self, _spec: str) -> str:
        return self._line.at(FIRST + self._year)

    def _span(self, start: int, stop: int) -> str:
        return self._line.at(FIRST + start, FIRST + stop)

    @property
    def before(self) -> str:
        return self._line.at(FIRST + self._year - 1)

    @property
    def past(self) -> str:
        return self._span(0, self._year - 1)

    @property
    def upto(self) -> str:
        return self._span(0, self._year)

    @property
    def all(self) -> str:
        return self._span(0, len(self._line.years) - 1)

    @property
    def first(self) -> str:
        return self._line.at(FIRST)

    @property
    def last(self) -> str:
        return self._line.at(FIRST + len(self._line.years) - 1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the formulas of a case or part find and leave their cells.

    named: the term of a name in a year, or of one without a time; None for what is not included.
    figures: by name; what has a value a year is a Series. years: those of the scenario; calendar: the line of them.
    lines: the line whose cells terms are, year by year, or None.
    step, yearly_step: a line for a step on the way, told by its words. column: of the case.
    """

    named: Callable[[str, int | None], Term | None]
    figures: dict[str, Figure]
    years: Sequence[int]
    calendar: Callable[[], Line]
    lines: Callable[[Sequence[Term]], Line | None]
    step: Callable[[str], Line]
    yearly_step: Callable[[str], Line]
    column: int

    def term(self, root: Expression, year: int | None = None) -> Term | None:
        """Return an expression in a year, or one without a time; None where it is not included."""
        found: dict[int, Term | None] = {}
        uses = _uses(root)
        for node in _steps(root):
            if not isinstance(node, Call):
                term = self._leaf(node, year)
            elif ops.TABLE[node.op].years:
                term = self._over_years(node, year)
            else:
                term = self._call(node, [found[id(each)] for each in node.args], year)
            if term is not None and node is not root and isinstance(node, Call):
                is_long = len(_shown(term.text)) > (_LONG if uses[id(node)] > 1 else _LONGEST)
                term = self._set_apart(term, node, year) if is_long else term
            found[id(node)] = term
        return found[id(root)]

    def _leaf(self, node: Expression, year: int | None) -> Term | None:
        if isinstance(node, Name):
            return self.named(node.name, year)
        return literal(node.value) if isinstance(node, Number) else Term("1", 1.0, CALL, 1.0, is_plain=True)

    def _call(self, node: Call, given: list[Term | None], year: int | None) -> Term | None:
        op = ops.TABLE[node.op]
        decided = op.settled([each is None for each in given])
        if decided is not None:
            return given[decided]
        if op.is_choice:
            test = given[0]
            branches = _alike([each for each in given[1:] if each is not None])
            if test is None or not branches:
                return None
            factor = branches[0].factor
            texts = [each.over(factor).text if each is not None else "NA()" for each in given[1:]]
            return Term(op.spreadsheet.format(test.text, *texts), factor)
        args = [each for each in given if each is not None]
        if len(args) < len(given):
            return None
        unit = node.args[-1]
        if isinstance(unit, UnitOf):
            size = 1 / unit.factor if node.op == "number" else unit.factor
            return args[0]._replace(factor=args[0].factor * size)
        args, factor = _scaled(node, args)
        if node.op == "multiply" and any(each.number == 1 for each in args):
            return args[args[0].number == 1]._replace(factor=factor)
        args = [
            self._set_apart(each, node.args[at], year)
            if not each.is_plain and op.spreadsheet.count(f"{{{at}}}") > 1
            else each
            for at, each in enumerate(args)
        ]
        if node.op in _ARITHMETIC or node.op in _TESTS:
            texts = [
                each.text if each.strength >= least else f"({each.text})"
                for each, least in zip(args, op.brackets, strict=True)
            ]
            return Term(op.text.replace(" ", "").format(*texts), factor, op.precedence)
        texts = [
            each.text if each.strength == CALL or _is_alone(op.spreadsheet, at) else f"({each.text})"
            for at, each in enumerate(args)
        ]
        return Term(op.spreadsheet.format(*texts), factor)

    def _set_apart(self, term: Term, node: Expression, year: int | None) -> Term:
        """Return a cell of its own that holds a term."""
        words = expression_text(node)
        if year is None:
            line = self.step(words)
            line.cells[self.column] = (term.text, None)
            return Term(line.at(self.column), term.factor, is_plain=True)
        line = self.yearly_step(words)
        line.cells[FIRST + year] = (term.text, None)
        return Term(line.at(FIRST + year), term.factor, is_plain=True)

    # ---------------------------------------------------------------- over all years

    def _over_years(self, node: Call, year: int | None) -> Term | None:
        op, form = ops.TABLE[node.op], YEAR_ROWS[node.op]
        keeps = node.op in _OF_FIRST
        rows: list[Line | Term] = []
        factor = 1.0
        for at, each in enumerate(node.args):
            is_free = (keeps and at == 0) or node.op in _WHICHEVER
            found = self._row(each, None if is_free else 1.0)
            if found is None:
                return None
            line, size = found
            factor = size if keeps and at == 0 else factor
            rows.append(line)
        named: dict[str, Line] = {"year": self.calendar()}
        words = expression_text(node)
        for name in form.rows:
            named[name] = self.yearly_step(words if name == "own" else f"{name} in {words}")
        self._fill(form.rows, named, rows)
        if op.years == "series":
            return None if year is None else Term(named["own"].at(FIRST + year), factor, is_plain=True)
        once: dict[str, str] = {}
        for name, template in form.once.items():
            line = self.step(f"{name} in {words}")
            line.cells[self.column] = (self._written(template, named, once, rows, 0), None)
            once[name] = line.at(self.column)
        text = self._written(form.result, named, once, rows, 0)
        return Term(
            text, factor, CALL if node.op not in {"internal_rate", "rate_of_return"} else ops.TABLE["add"].precedence
        )

    def _fill(self, templates: dict[str, tuple[str, str]], named: dict[str, Line], rows: Sequence[Line | Term]) -> None:
        for name, (first, later) in templates.items():
            for year in range(len(self.years)):
                text = self._written(later if year else first, named, {}, rows, year)
                named[name].cells[FIRST + year] = (text, None)

    def _written(
        self, template: str, named: dict[str, Line], once: dict[str, str], rows: Sequence[Line | Term], year: int
    ) -> str:
        args = [_Row(each, year) if isinstance(each, Line) else each.text for each in rows]
        return template.format(*args, **{name: _Row(line, year) for name, line in named.items()}, **once)

    def _row(self, node: Expression, factor: float | None) -> tuple[Line | Term, float] | None:
        """Return the line by year that an argument stands in, and what its cells are divided by.

        factor: what they have to be divided by.
        """
        terms = [self.term(node, year) for year in range(len(self.years))]
        known = [each for each in terms if each is not None]
        if len(known) < len(terms):
            return None
        size = known[0].factor if factor is None else factor
        there = self.lines(known)
        if there is not None and all(abs(each.factor / size - 1) < _NEGLIGIBLE for each in known):
            return there, size
        line = self.yearly_step(expression_text(node))
        for year, each in enumerate(known):
            line.cells[FIRST + year] = (each.over(size).text, None)
        return line, size


def _is_alone(template: str, at: int) -> bool:
    """Tell whether an argument stands as one of a function, so that it needs no brackets."""
    before, _, after = template.partition(f"{{{at}}}")
    return before[-1:] in {"(", ","} and after[:1] in {")", ","}


def _scaled(node: Call, args: list[Term]) -> tuple[list[Term], float]:
    """Return arguments as an operation takes them, and what its result is divided by."""
    factors = [each.factor for each in args]
    if node.op == "multiply":
        return args, factors[0] * factors[1]
    if node.op in {"divide", "divide_by_count"}:
        return args, factors[0] / factors[1]
    if node.op == "negate":
        return args, factors[0]
    if node.op == "raise" and args[1].number is not None:
        return args, factors[0] ** args[1].number
    if node.op in _ALIKE or node.op in _TESTS:
        alike = _alike(args)
        return alike, 1.0 if node.op in _TESTS else alike[0].factor
    return [each.over(1.0) for each in args], 1.0


def _alike(terms: list[Term]) -> list[Term]:
    """Return terms divided by one factor: that of the first that is no number."""
    factor = next((each.factor for each in terms if each.number is None), 1.0)
    return [each.over(factor) for each in terms]


def is_by_year(root: Expression, figures: dict[str, Figure]) -> bool:
    """Tell whether an expression has a value a year."""
    found: dict[int, bool] = {}
    for node in _steps(root):
        if isinstance(node, Call):
            over = ops.TABLE[node.op].years
            found[id(node)] = over == "series" if over else any(found[id(each)] for each in node.args)
        else:
            found[id(node)] = isinstance(node, Name) and isinstance(figures.get(node.name), Series)
    return found[id(root)]


def _steps(root: Expression) -> list[Expression]:
    """Return the nodes of an expression once, each after its arguments; none under an operation over all years."""
    order: list[Expression] = []
    seen: set[int] = set()
    stack = [root]
    while stack:
        node = stack[-1]
        args = node.args if isinstance(node, Call) and not ops.TABLE[node.op].years else ()
        fresh = [each for each in args if id(each) not in seen]
        if fresh:
            stack.extend(reversed(fresh))
            continue
        stack.pop()
        if id(node) not in seen:
            seen.add(id(node))
            order.append(node)
    return order


def _uses(root: Expression) -> dict[int, int]:
    """Return how often each node is an argument."""
    count: dict[int, int] = {}
    for node in _steps(root):
        count.setdefault(id(node), 0)
        if isinstance(node, Call):
            for each in node.args:
                count[id(each)] = count.get(id(each), 0) + 1
    return count


def _shown(text: str) -> str:
    """Return a text about as long as it is once its marks are references."""
    import re

    return re.sub("\x01[^\x02]*\x02", "Sheet!A1", text)
