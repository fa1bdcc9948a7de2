"""The symbolic value that a formula is called with once; it records what the body does and refuses what it must not."""

from __future__ import annotations

from typing import Any, NoReturn

from calc import ops
from calc.expression import Call, Expression, Name, Number, UnitOf
from calc.text import shorten
from calc.units import RATIO, Dimension, Unit, UnitError, parse_unit

LITERALS = (0, 1, -1, 2)
# What a body writes as `1 / 2`, the power of a square root, is computed before the trace sees it.
_HALF = 1 / 2


class RefusalError(Exception):
    """Something that a formula's body may not do; the tracer adds the place.

    code: error code; message and hint are for people.
    """

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class Symbol:
    """A quantity inside a formula: an expression with its dimension and the unit it would be shown in.

    dimension: None for the literal 0, which fits any dimension.
    """

    __slots__ = ("dimension", "expression", "unit")

    def __init__(self, expression: Expression, dimension: Dimension | None, unit: Unit) -> None:
        self.expression = expression
        self.dimension = dimension
        self.unit = unit

    @classmethod
    def named(cls, name: str, unit: Unit) -> Symbol:
        """Return the symbol of a declared quantity."""
        return cls(Name(name), unit.dimension, unit)

    def apply_op(self, op: str, args: tuple[Any, ...]) -> Symbol:
        """Return the symbol of an operation; called by `calc.ops` when an argument is a symbol."""
        return apply(op, *args)

    def number_in(self, unit_text: str) -> Symbol:
        """Return the pure number of this symbol in a named unit."""
        unit = _unit(unit_text)
        if self.dimension is not None and unit.dimension != self.dimension:
            raise RefusalError(
                "E-FORMULA-DIMENSION",
                f"{self.dimension.describe()} has no number in `{unit_text}`, which is {unit.dimension.describe()}",
                f"name a unit of the same dimension, as in `{self.unit}`",
            )
        return Symbol(Call("number", (self.expression, UnitOf(str(unit), unit.factor))), RATIO.dimension, RATIO)

    def amount_in(self, unit_text: str) -> Symbol:
        """Return the amount of this pure number in a named unit."""
        if self.dimension is not None and not self.dimension.is_ratio:
            message = f"amount takes a pure number, not {self.dimension.describe()}"
            hint = 'take the pure number first, as in ops.number(x, "year")'
            raise RefusalError("E-FORMULA-DIMENSION", message, hint)
        unit = _unit(unit_text)
        return Symbol(Call("amount", (self.expression, UnitOf(str(unit), unit.factor))), unit.dimension, unit)

    def __add__(self, other: object) -> Symbol:
        return apply("add", self, other)

    def __radd__(self, other: object) -> Symbol:
        return apply("add", other, self)

    def __sub__(self, other: object) -> Symbol:
        return apply("subtract", self, other)

    def __rsub__(self, other: object) -> Symbol:
        return apply("subtract", other, self)

    def __mul__(self, other: object) -> Symbol:
        return apply("multiply", self, other)

    def __rmul__(self, other: object) -> Symbol:
        return apply("multiply", other, self)

    def __truediv__(self, other: object) -> Symbol:
        return _divide(self, _coerce(other))

    def __rtruediv__(self, other: object) -> Symbol:
        return _divide(_coerce(other), self)

    def __neg__(self) -> Symbol:
        return apply("negate", self)

    def __pos__(self) -> Symbol:
        return self

    def __pow__(self, power: object) -> Symbol:
        if isinstance(power, bool) or not isinstance(power, int) or power not in LITERALS:
            hint = "use ops.power on pure numbers, with the exponent as a sourced input"
            raise RefusalError("E-FORMULA-LITERAL", "`**` takes the whole powers 0, 1, -1 and 2 only", hint)
        dimension = (self.dimension or RATIO.dimension) ** power
        try:
            unit = self.unit**power
        except OverflowError:
            raise _too_large(dimension) from None
        return Symbol(Call("raise", (self.expression, Number(float(power)))), dimension, unit)

    def __lt__(self, other: object) -> Symbol:
        return apply("less", self, other)

    def __le__(self, other: object) -> Symbol:
        return apply("less_equal", self, other)

    def __gt__(self, other: object) -> Symbol:
        return apply("greater", self, other)

    def __ge__(self, other: object) -> Symbol:
        return apply("greater_equal", self, other)

    def __eq__(self, other: object) -> NoReturn:
        raise RefusalError(
            "E-FORMULA-BRANCH", "`==` compares floating-point numbers", "compare with `<` or `>` in ops.where"
        )

    __hash__ = None  # type: ignore[assignment]  # a symbol is no key

    def __bool__(self) -> NoReturn:
        hint = "use ops.where, ops.minimum or ops.maximum"
        raise RefusalError("E-FORMULA-BRANCH", "the body decides on a value (`if`, `and`, `min`, `max`)", hint)

    def _refuse_number(self, *_args: object) -> NoReturn:
        message = "the body hands a quantity to a function that wants a bare number (`math`, `round`, `abs`, `int`)"
        raise RefusalError("E-FORMULA-CALL", message, f"use the functions of ops: {', '.join(ops.FUNCTIONS)}")

    __float__ = __int__ = __index__ = __complex__ = _refuse_number
    __round__ = __floor__ = __ceil__ = __trunc__ = __abs__ = _refuse_number

    def _refuse_whole(self, _other: object) -> NoReturn:
        raise RefusalError("E-FORMULA-CALL", "`//` and `%` do not snap to whole numbers", "use ops.floor(a / b)")

    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __divmod__ = __rdivmod__ = _refuse_whole

    def _refuse_in_place(self, _other: object) -> NoReturn:
        raise RefusalError(
            "E-FORMULA-INPLACE", "the body changes a value in place", "give the new value a name of its own"
        )

    __iadd__ = __isub__ = __imul__ = __itruediv__ = __ifloordiv__ = __ipow__ = __imod__ = _refuse_in_place

    def _refuse_container(self, *_args: object) -> NoReturn:
        raise RefusalError("E-FORMULA-CALL", "a quantity is no list", "bodies are arithmetic and ops")

    __iter__ = __len__ = __getitem__ = __setitem__ = __contains__ = _refuse_container

    def __array_ufunc__(self, ufunc: Any, *_args: object, **_kwargs: object) -> NoReturn:
        name = getattr(ufunc, "__name__", "a numpy function")
        raise RefusalError("E-FORMULA-CALL", f"the body calls numpy's `{name}`", f"use ops: {', '.join(ops.FUNCTIONS)}")

    def __array_function__(self, function: Any, *_args: object) -> NoReturn:
        self.__array_ufunc__(function)


def _unit(text: str) -> Unit:
    try:
        return parse_unit(text)
    except UnitError as error:
        raise RefusalError("E-FORMULA-DIMENSION", error.message, error.hint or "name a known unit") from None


def _coerce(value: object) -> Symbol:
    if isinstance(value, Symbol):
        return value
    if isinstance(value, ops.PlainAmount):
        return _coerce(value.number).amount_in(value.unit)
    if isinstance(value, ops.OfLiterals):
        return apply(value.op, *value.args)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RefusalError("E-FORMULA-CALL", f"{type(value).__name__} is no quantity", "bodies are arithmetic and ops")
    if value == _HALF:
        return _divide(_coerce(1), _coerce(2))
    if value not in LITERALS:
        hint = "make it an input whose value is a sourced fact; only 0, 1, -1 and 2 may stand in a formula"
        raise RefusalError("E-FORMULA-LITERAL", f"the number {value:g} has no unit and no source", hint)
    return Symbol(Number(float(value)), None if value == 0 else RATIO.dimension, RATIO)


def _divide(above: Symbol, below: Symbol) -> Symbol:
    # Only a quotient by a count may have no value.
    dimension = below.dimension
    counted = dimension is not None and dimension.is_count and not dimension.is_ratio
    return apply("divide_by_count" if counted else "divide", above, below)


def apply(op: str, *args: object) -> Symbol:
    """Return the symbol of operation `op` on symbols and allowed literals.

    Raises RefusalError when units or literals do not allow it.
    """
    symbols = [_coerce(each) for each in args]
    entry = ops.TABLE[op]
    if any(each.dimension == ops.TRUTH for each in symbols[1 if entry.is_choice else 0 :]):
        raise RefusalError("E-FORMULA-BRANCH", "a comparison is no figure", "choose with it: ops.where(a < b, x, y)")
    try:
        dimension = entry.dimension([each.dimension for each in symbols])
    except ops.UnitRefusalError as refusal:
        raise RefusalError(refusal.code, refusal.message, refusal.hint) from None
    unit = RATIO
    if dimension != ops.TRUTH and not dimension.is_ratio:
        alike = (each.unit for each in symbols if each.dimension == dimension)
        try:
            unit = entry.unit(*(each.unit for each in symbols)) if entry.unit else next(alike)
        except OverflowError:
            raise _too_large(dimension) from None
    return Symbol(Call(op, tuple(each.expression for each in symbols)), dimension, unit)


def _too_large(dimension: Dimension) -> RefusalError:
    message = f"the result is {shorten(dimension.describe(), 200)}, which has no unit that a number could hold"
    hint = "divide by an amount of the same kind before it is multiplied so often"
    return RefusalError("E-FORMULA-DIMENSION", message, hint)
