"""What an operation is: one entry holds every form of it, and all that reads, computes or writes formulas asks there.

The entries of Python's operators stand at the end, those of functions in `calc.ops`. Unit rules take the dimensions of
the arguments; None stands for a literal 0, which fits any dimension.
"""

from __future__ import annotations

import operator
from bisect import insort
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, Self, TypeAlias, TypeVar, cast

from calc.arrays import np
from calc.units.unit import RATIO, Dimension

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from calc.arrays import Array

    # The dimension of a result from those of the arguments.
    Rule: TypeAlias = Callable[[Sequence[Dimension | None]], Dimension]
    # Another template where some arguments are numbers (None for the others), with numbers to put in their places.
    Special: TypeAlias = Callable[[Sequence[float | None]], tuple[str, dict[int, float]] | None]

P = ParamSpec("P")
F = TypeVar("F", bound="Callable[..., Any]")

TRUTH = Dimension((("truth", 1),))
# How strongly a call, a name or a number holds together in a text; operators less.
CALL = 9
_SIGN = 3
# The inverse of a smaller number may overflow, and it has fewer digits.
TINY = 1e-300


class NotFiniteFoundError(Exception):
    """Something in a block of arrays left the finite numbers, or seems to have done so."""


class UnitRefusalError(Exception):
    """An operation that the units of its arguments do not allow."""

    def __init__(self, message: str, hint: str, code: str = "E-FORMULA-DIMENSION") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code


class OfLiterals(float):
    """The value of an operation on literals alone, as in `ops.log(2)`; the trace reads off what it was made of."""

    op: str
    args: tuple[int, ...]

    @classmethod
    def made(cls, value: float, op: str, args: tuple[int, ...]) -> OfLiterals:
        """Return a value that remembers its operation."""
        found = cls(value)
        found.op, found.args = op, args
        return found


def in_base_units(x: Any, unit: str) -> Any:
    """Return the amount of `x` in the named unit as a bare number in coherent base units."""
    from calc.units.parse import parse_unit

    return x * parse_unit(unit).factor


class PlainAmount(float):
    """An amount of a literal, such as one month: a float in base units that a trace can still tell from a literal."""

    __slots__ = ("number", "unit")

    number: float
    unit: str

    def __new__(cls, number: float, unit: str) -> Self:
        """Return the amount of `number` in the named unit."""
        self = super().__new__(cls, in_base_units(number, unit))
        self.number, self.unit = number, unit
        return self


class Op(NamedTuple):
    """One operation in all its forms.

    arguments: their names.
    scalar: on floats; None where there is no value; may raise ArithmeticError or ValueError.
    array: on float64 arrays, where NaN stands for no value; may leave NaN or infinity, which the evaluation finds.
    dimension: of the result, or UnitRefusalError.
    text, spreadsheet, code: templates over the arguments' texts, for a reader, a cell and Python on floats.
    precedence: how strongly the text holds together; an argument that does so less than its entry in `brackets` is
    written in brackets.
    hides: the arguments whose infinity may leave a finite result.
    unit: from those of the arguments the unit to show the result in; without it, that of the first of its dimension.
    block: a template for float64 arrays without NaN, with `{out}` for an output that may be an operand, or `{new}` for
    one that must not be, `{spare}` for arrays to write over and `{shared}` for the template `shared`, which depends on
    the first argument alone. Without it `array` is called, and what comes out looked at. constant: see `Special`.
    absent: what it does with an argument that is not included. "needed": there is no result. "ignored": the others
    decide. "replaced": the next argument stands in. "tested": the first is a comparison that says which of the others
    counts, and only that one is looked at.
    years: "" for an operation on one moment; "series" for one on all years that has a value a year, "one" for one that
    has a single value. Their scalar form takes lists; `report/year_rows.py` has them as rows of a spreadsheet.
    words: how a reader with pen and paper carries out one that looks at all years.
    no_value: a template for why it may have no value. infinite: why arrays may show infinity.
    proper: the operation that it is where its last argument is a number, which then has a value.
    """

    name: str
    arguments: tuple[str, ...]
    scalar: Callable[..., Any]
    array: Callable[..., Any]
    dimension: Rule
    text: str
    spreadsheet: str
    code: str
    precedence: int
    brackets: tuple[int, ...]
    hides: tuple[int, ...]
    unit: Callable[..., Any] | None = None
    block: str = ""
    shared: str = ""
    constant: Special | None = None
    absent: str = "needed"
    years: str = ""
    words: str = ""
    no_value: str = ""
    infinite: str = "overflows"
    proper: str = ""

    @property
    def is_test(self) -> bool:
        """Tell whether the result is a truth value."""
        return self.dimension is comparison

    @property
    def is_quotient(self) -> bool:
        """Tell whether it divides its first argument by its second."""
        return self.dimension is quotient

    @property
    def is_choice(self) -> bool:
        """Tell whether the first argument says which of the others counts."""
        return self.absent == "tested"

    def settled(self, out: Sequence[bool]) -> int | None:
        """Return which argument is the result, where that follows from which of them are not included (`out`)."""
        if self.absent == "tested":
            return 0 if out[0] else None
        if self.absent == "needed" or (self.absent == "ignored" and not any(out)):
            return None
        return next((at for at, each in enumerate(out) if not each), 0 if self.absent == "ignored" else len(out) - 1)

    def is_left_out(self, out: Sequence[bool]) -> bool:
        """Tell whether the result is not included whatever the other arguments are; out: those that are not."""
        at = self.settled(out)
        return out[at] if at is not None else all(out[1:]) if self.absent == "tested" else any(out)


TABLE: dict[str, Op] = {}
# The names of operations that are called as functions, in alphabetical order, and of those over all years.
FUNCTIONS: list[str] = []
OVER_YEARS: set[str] = set()
HELPERS: dict[str, Callable[..., Any]] = {}


def in_blocks(function: F) -> F:
    """Let the templates for blocks call a function, as they call numpy's."""
    HELPERS[function.__name__] = function
    return function


def _entered(
    name: str, arguments: tuple[str, ...], scalar: Callable[..., Any], array: str | Callable[..., Any], **forms: Any
) -> Op:
    """Put an operation into the table; `array` is a function, or the name of numpy's, which then is the block too."""
    if isinstance(array, str):
        texts = ", ".join(f"{{{at}}}" for at in range(len(arguments)))
        forms.setdefault("block", f"{array}({texts}{{out}})")
        array = _numpy_function(array)
    forms.setdefault("hides", tuple(range(len(arguments))))
    TABLE[name] = entry = Op(name, arguments, scalar, array, **forms)
    if entry.precedence == CALL:
        insort(FUNCTIONS, name)
    if entry.years:
        OVER_YEARS.add(name)
    return entry


def _numpy_function(name: str) -> Callable[..., Any]:
    def call(*args: Array) -> Array:
        return cast("Array", getattr(np, name)(*args))

    return call


def operator_of(
    name: str, sign: str, scalar: Callable[..., Any], dimension: Rule, array: str | Callable[..., Any],
    strength: int, *, strict: tuple[int, ...] = (), **forms: Any,
) -> None:  # fmt: skip
    """Enter an arithmetic operator or a comparison.

    strength: its precedence. strict: the arguments that stand in brackets at equal precedence too.
    """
    arguments = ("x",) if strength == _SIGN else ("x", "y")
    text = f"{sign}{{0}}" if strength == _SIGN else f"{{0}} {sign} {{1}}"
    cell = f"({text.replace(' ', '').replace('**', '^')})"
    brackets = tuple(strength + (at in strict) for at in range(len(arguments)))
    written = {"text": text, "spreadsheet": cell, "code": f"({text})", "precedence": strength, "brackets": brackets}
    _entered(name, arguments, scalar, array, dimension=dimension, **{**written, **forms})


def operation(
    dimension: Rule, array: str | Callable[..., Any], **forms: Any
) -> Callable[[Callable[P, Any]], Callable[P, float]]:
    """Enter a function as an operation; the body is its float form, and what comes back takes floats, arrays, symbols.

    dimension, array, forms: as in `Op`; `array` may be the name of numpy's function. Most operations need no more than
    `spreadsheet`: forms that are not given are calls of the function's name.
    """

    def enter(function: Callable[P, Any]) -> Callable[P, float]:
        name, code = function.__name__, function.__code__
        arguments = code.co_varnames[: code.co_argcount]
        texts = [f"{{{at}}}" for at in range(len(arguments))]
        cell = f"{name.upper()}({','.join(texts)})"
        call = f"{name}({', '.join(texts)})"
        written = {"text": call, "spreadsheet": cell, "code": call, "precedence": CALL, "brackets": ()}
        entry = _entered(name, arguments, function, array, dimension=dimension, **{**written, **forms})

        @wraps(function)
        def call_of(*args: Any) -> float:
            for each in args:
                symbolic = getattr(each, "apply_op", None)
                if symbolic is not None:
                    return cast("float", symbolic(name, args))
            if any(hasattr(each, "dtype") for each in args):
                return cast("float", entry.array(*args))
            if all(isinstance(each, int) for each in args):
                return OfLiterals.made(function(*args), name, args)  # type: ignore[call-arg]  # by position
            return cast("float", function(*args))  # type: ignore[call-arg]  # by position

        return call_of  # type: ignore[return-value]  # it takes what the function takes

    return enter


# ---------------------------------------------------------------- unit rules


def known(dimension: Dimension | None) -> Dimension:
    """Return the dimension, a pure number for the literal 0."""
    return RATIO.dimension if dimension is None else dimension


def _alike(one: Dimension, other: Dimension) -> str:
    """Return how two dimensions that are to be one may become it."""
    if one.currency and other.currency and one.currency != other.currency:
        foreign = other.currency if one.currency == "USD" else one.currency
        rate = f"`{foreign.lower()}_per_{'usd' if 'USD' in {one.currency, other.currency} else other.currency.lower()}`"
        return f"convert one side: divide what is in {foreign} by the exchange rate {rate}"
    return "both sides need the same dimension"


def same(what: str) -> Rule:
    """Return the rule that all arguments have one dimension, which is also the result's."""

    def rule(given: Sequence[Dimension | None]) -> Dimension:
        known = [each for each in given if each is not None]
        for each in known[1:]:
            if each != known[0]:
                raise UnitRefusalError(
                    f"{what} {known[0].describe()} and {each.describe()}",
                    _alike(known[0], each),
                )
        return known[0] if known else RATIO.dimension

    return rule


def countable(verb: str) -> Rule:
    """Return the rule that the argument is a count or a ratio."""

    def rule(given: Sequence[Dimension | None]) -> Dimension:
        dimension = known(given[0])
        if not dimension.is_count:
            raise UnitRefusalError(
                f"{verb} rounds {dimension.describe()}, whose whole numbers depend on the unit",
                "round counts and ratios only; divide by what one thing needs first",
                "E-FORMULA-ROUNDING",
            )
        return dimension

    return rule


def pure(function: str) -> Rule:
    """Return the rule that all arguments and the result are pure numbers."""

    def rule(given: Sequence[Dimension | None]) -> Dimension:
        for each in given:
            if each is not None and not each.is_ratio:
                raise UnitRefusalError(
                    f"{function} takes pure numbers, not {each.describe()}",
                    'take the pure number in a named unit first, as in ops.number(x, "year")',
                )
        return RATIO.dimension

    return rule


def comparison(given: Sequence[Dimension | None]) -> Dimension:
    """Return the rule of a comparison: both sides have one dimension, the result is a truth value."""
    same("a comparison of")(given)
    return TRUTH


def choice(given: Sequence[Dimension | None]) -> Dimension:
    """Return the rule of a choice: a truth value, then two sides of one dimension."""
    if given[0] != TRUTH:
        raise UnitRefusalError("the first argument of where is not a comparison", "as in ops.where(a < b, x, y)")
    return same("a choice between")(given[1:])


def product(given: Sequence[Dimension | None]) -> Dimension:
    """Multiply two dimensions."""
    return known(given[0]) * known(given[1])


def quotient(given: Sequence[Dimension | None]) -> Dimension:
    """Divide two dimensions."""
    return known(given[0]) / known(given[1])


def first(given: Sequence[Dimension | None]) -> Dimension:
    """Keep the dimension of the first argument."""
    return known(given[0])


def ratio(_given: Sequence[Dimension | None]) -> Dimension:
    """Return a pure number, whatever the arguments are."""
    return RATIO.dimension


def first_at_rate(function: str) -> Rule:
    """Return the rule that the second argument is a pure number a year, and the result like the first."""

    def rule(given: Sequence[Dimension | None]) -> Dimension:
        pure(function)(given[1:])
        return known(given[0])

    return rule


# ---------------------------------------------------------------- arithmetic and comparisons


def by_inverse(values: Sequence[float | None]) -> tuple[str, dict[int, float]] | None:
    """Return the product with the inverse of a number that is divided by."""
    below = values[1]
    return ("multiply({0}, {1}{out})", {1: 1.0 / below}) if below is not None and abs(below) > TINY else None


def _count_quotient(above: Array, below: Array) -> Array:
    """Divide arrays; where the count below is 0 there is no value, which arrays show as NaN."""
    none = np.equal(below, 0.0)
    return np.where(none, np.nan, above / np.where(none, 1.0, below))


def _whole_power(values: Sequence[float | None]) -> tuple[str, dict[int, float]] | None:
    templates = {2.0: "square({0}{new})", -1.0: "divide(1.0, {0}{new})", 1.0: "positive({0}{new})"}
    found = templates.get(values[1]) if values[1] is not None else None
    return None if found is None else (found, {})


def _compare(test: Callable[[Any, Any], Any]) -> Callable[[Array, Array], Array]:
    """Return a comparison on arrays: 1 where it holds, 0 where not, NaN where a side has no value."""

    def call(left: Array, right: Array) -> Array:
        known = ~(np.isnan(left) | np.isnan(right))
        return np.where(known, np.asarray(test(left, right), dtype=float), np.nan)

    return call


operator_of("add", "+", operator.add, same("a sum of"), "add", 1, hides=())
operator_of("subtract", "-", operator.sub, same("a difference of"), "subtract", 1, strict=(1,), hides=())
operator_of("multiply", "*", operator.mul, product, "multiply", 2, hides=(), unit=operator.mul)
operator_of(
    "divide", "/", operator.truediv, quotient, "divide", 2,
    strict=(1,), hides=(1,), unit=operator.truediv, constant=by_inverse, infinite="divides by zero",
)  # fmt: skip
# A count that is 0 in reality (no server fits) leaves no value; any other division by zero is an error.
operator_of(
    "divide_by_count", "/", lambda above, below: None if below == 0 else above / below, quotient, _count_quotient, 2,
    strict=(1,), hides=(), unit=operator.truediv, no_value="{1} is 0", proper="divide",
    spreadsheet="IF({1}=0,NA(),{0}/{1})",
)  # fmt: skip
operator_of("negate", "-", operator.neg, first, "negative", 3, hides=())
# The dimension of a whole power depends on the exponent's value; the trace supplies it.
operator_of(
    "raise", "**", operator.pow, first, operator.pow, 4,
    strict=(0, 1), block="power({0}, {1}{new})", constant=_whole_power,
)  # fmt: skip
for _name, _sign, _test in (
    ("less", "<", operator.lt), ("less_equal", "<=", operator.le),
    ("greater", ">", operator.gt), ("greater_equal", ">=", operator.ge),
):  # fmt: skip
    operator_of(_name, _sign, _test, comparison, _compare(_test), 0, block=f"{_name}({{0}}, {{1}}{{out}})")
