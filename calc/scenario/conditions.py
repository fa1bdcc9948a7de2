"""Conditions: one comparison of quantities, expressions and amounts, perhaps with a confidence."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from calc.engine.evaluate import evaluate_formula, evaluate_samples
from calc.engine.figures import Figure, NotIncluded, Series, at_year
from calc.engine.flat import rename
from calc.engine.symbol import Symbol
from calc.errors import CalcError, Place, quote
from calc.expression import Name, Number, names, required
from calc.scenario.amount import as_meant, in_dollars, parse_amount
from calc.scenario.expressions import NOWHERE, ParsedFormula, symbol_of, unknown_name
from calc.scenario.fit import unit_of
from calc.scenario.refusals import AmountError
from calc.units import RATIO, Unit, reduced_unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from calc.engine.catalogue import Catalogue

_COMPARISON = re.compile(r"(<=|>=|==|!=|<|>|=)")
_CONFIDENCE = re.compile(r"\s+with\s+([0-9]+(?:\.[0-9]+)?)\s*%\s+confidence\s*$")


_QUOTED = re.compile(r"""^(\s*)(["'])(.*)\2(\s*)$""")
MEDIAN = 0.5
# 0.1 + 0.2 is not more than 0.3: sides that differ by so much of the larger one are equal.
SLACK = 1e-9
_TINY = 1e-300
# A strict comparison of equal sides does not hold, by as good as nothing.
_LEAST_BREACH = 1e-15


class Comparison(NamedTuple):
    """One of <, <=, > and >=. Its sides are floats, or arrays that broadcast, in base units; NaN stands for no value.

    is_less: the left side has to be less. or_equal: or both are equal.
    """

    is_less: bool
    or_equal: bool

    def margin(self, left: Any, right: Any) -> Any:
        """Return the signed distance to holding, in base units: a comparison holds from 0 upwards, never at NaN."""
        gap, slack = (right - left if self.is_less else left - right), SLACK * _larger(left, right)
        if self.or_equal:
            return gap + slack
        return gap - slack - _TINY * (gap == slack)

    def held(self, left: Any, right: Any) -> Any:
        """Return where it holds for arrays whose last axis is 1 or the years, as booleans of at least two axes."""
        import numpy as np

        return np.atleast_2d(self.margin(left, right) >= 0)

    def breach(self, left: Any, right: Any) -> Any:
        """Return how far a comparison is from holding, relative to the larger side: 0 where it holds, NaN at NaN."""
        margin, gap, larger = self.margin(left, right), abs(left - right), _larger(left, right)
        if isinstance(margin, float | int):
            return 0.0 if margin >= 0 else max(gap / max(larger, _TINY), _LEAST_BREACH)
        import numpy as np

        return np.where(margin >= 0, 0.0, np.maximum(gap / np.maximum(larger, _TINY), _LEAST_BREACH))


COMPARISONS = {
    "<": Comparison(is_less=True, or_equal=False),
    "<=": Comparison(is_less=True, or_equal=True),
    ">": Comparison(is_less=False, or_equal=False),
    ">=": Comparison(is_less=False, or_equal=True),
}


def _larger(left: Any, right: Any) -> Any:
    if isinstance(left, float | int) and isinstance(right, float | int):
        return max(abs(left), abs(right))
    import numpy as np

    return np.maximum(np.abs(left), np.abs(right))


class Condition(NamedTuple):
    """A comparison of two expressions, perhaps with a confidence.

    text: as written. confidence: a share, or None; of_goal: it is that of the goal, whose conditions hold together in
    so many samples. A condition with a confidence of its own, or with none, is held to that alone.
    """

    text: str
    left: Symbol
    op: Comparison
    right: Symbol
    confidence: float | None
    place: Place | None
    of_goal: bool = False

    @property
    def share(self) -> float:
        """Return the share of samples in which it has to hold where figures are uncertain: half, if none is stated.

        What holds in half of the samples holds at the median: `x <= 4 kW` where p50 of x is 4 kW or less. Of two
        uncertain sides this is the median of their difference, and not the difference of their medians.
        """
        return MEDIAN if self.confidence is None else self.confidence

    @property
    def text_without_confidence(self) -> str:
        """Return the comparison as written."""
        return _CONFIDENCE.sub("", self.text)

    @property
    def required(self) -> list[str]:
        """Return the names outside any `if_included`."""
        return list(dict.fromkeys([*required(self.left.expression), *required(self.right.expression)]))

    @property
    def names(self) -> list[str]:
        """Return every name on both sides, each once."""
        return list(dict.fromkeys([*names(self.left.expression), *names(self.right.expression)]))

    def in_part(self, part: str, renamed: Mapping[str, str]) -> Condition:
        """Return the same of a part, whose figures have other names."""
        left, right = (
            Symbol(rename(side.expression, renamed), side.dimension, side.unit) for side in (self.left, self.right)
        )
        return self._replace(text=f"{part}: {self.text}", left=left, right=right)

    def sides(self, figures: Mapping[str, Figure], years: Sequence[int]) -> tuple[Figure, Figure]:
        """Return both sides at one point."""
        left, right = (
            evaluate_formula("check", side.expression, figures, {}, years) for side in (self.left, self.right)
        )
        return left, right

    def margins(self, left: Figure, right: Figure) -> list[float]:
        """Return the margin between two sides in each year, -inf for no value; one entry where years are alike."""
        return [self.op.margin(*each) if each else -math.inf for each in _by_year(left, right)]

    def breach(self, figures: Mapping[str, Figure], years: Sequence[int]) -> float:
        """Return how far it is from holding at one point, in the worst year: 0 where it holds, inf for no value."""
        pairs = _by_year(*self.sides(figures, years))
        return max(self.op.breach(*each) if each else math.inf for each in pairs)

    def holds(self, figures: Mapping[str, Figure], years: Sequence[int]) -> bool:
        """Tell whether it holds at one point, in every year."""
        return min(self.margins(*self.sides(figures, years))) >= 0

    def side_arrays(self, columns: Mapping[str, Any], years: Sequence[int]) -> tuple[Any, Any] | None:
        """Return both sides over points or samples; None where one is not included.

        columns: figures, or float64 arrays whose last axis is 1 or the years; a name that is absent is not included.
        """
        inputs = {name: columns.get(name, NotIncluded((name,))) for name in self.names}
        left, right = (
            evaluate_samples("check", side.expression, inputs, {}, years) for side in (self.left, self.right)
        )
        return None if isinstance(left, NotIncluded) or isinstance(right, NotIncluded) else (left, right)

    def held(self, columns: Mapping[str, Any], years: Sequence[int]) -> Any:
        """Return where it holds in every year, as booleans of the shape of the columns without the years."""
        import numpy as np

        sides = self.side_arrays(columns, years)
        return np.zeros(1, dtype=bool) if sides is None else self.op.held(*sides).all(axis=-1)


def _by_year(left: Figure, right: Figure) -> list[tuple[float, float] | None]:
    """Return both sides in each year, None where one has no value; one entry where years are alike."""
    count = max((len(side.values) for side in (left, right) if isinstance(side, Series)), default=1)
    pairs = [(at_year(left, at), at_year(right, at)) for at in range(count)]
    return [
        (one, other) if isinstance(one, float | int) and isinstance(other, float | int) else None
        for one, other in pairs
    ]


def read_condition(text: str, catalogue: Catalogue, place: Place | None, *, exact_place: bool = False) -> Condition:
    """Read a condition such as `rack_power_stranded <= 4 kW with 80 % confidence`.

    One side is a quantity or an expression, the other may be an amount, whose per-thing may be left out as in inputs.
    Raises CalcError.
    """
    where = place
    body, confidence = _split_confidence(text, where)
    # A side in quotes, `budget <= "$2M"`, is what stands in them; blanks keep its place.
    parts = [_QUOTED.sub(r"\1 \3 \4", each) for each in _COMPARISON.split(body)]
    if len(parts) != 3 or not parts[0].strip() or not parts[2].strip():
        hint = "write one comparison, as in `rack_power_stranded <= 4 kW`"
        raise CalcError("E-CHECK", f"{quote(text)} is no condition", place=where, hint=hint)
    if parts[1] in {"=", "==", "!="}:
        hint = "use <= or >=; a figure that is promised stands under `expect:`"
        raise CalcError("E-CHECK", f"`{parts[1]}` compares rounded figures", place=where, hint=hint)
    left_amount, right_amount = _looks_like_amount(parts[0]), _looks_like_amount(parts[2])
    if left_amount and right_amount:
        raise CalcError("E-CHECK", f"{quote(text)} compares two amounts", place=where, hint="one side names a quantity")
    left = None if left_amount else _side(parts[0], catalogue, place, 0, exact_place=exact_place)
    offset = len(parts[0]) + len(parts[1])
    right = None if right_amount else _side(parts[2], catalogue, place, offset, exact_place=exact_place)
    if left is None and right is not None:
        left = _amount(parts[0], right, catalogue, place, 0, exact_place=exact_place)
    elif right is None and left is not None:
        right = _amount(parts[2], left, catalogue, place, offset, exact_place=exact_place)
    if left is None or right is None:
        raise AssertionError(text)
    if left.dimension is not None and right.dimension is not None and left.dimension != right.dimension:
        raise CalcError(
            "E-DIMENSION",
            f"{quote(text)} compares {left.dimension.describe()} and {right.dimension.describe()}",
            place=where,
            hint="both sides need the same dimension",
        )
    return Condition(text.strip(), left, COMPARISONS[parts[1]], right, confidence, place)


def _split_confidence(text: str, place: Place | None) -> tuple[str, float | None]:
    """Return a condition without its `with ... confidence`, and the confidence as a share."""
    match = _CONFIDENCE.search(text)
    if match is None:
        if " with " in text:
            hint = "a confidence stands at its end, as in `with 80 % confidence`"
            raise CalcError("E-CHECK", f"{quote(text)} is no condition", place=place, hint=hint)
        return text, None
    confidence = float(match.group(1)) / 100
    if not 0 < confidence < 1:
        hint = "it lies above 0 % and below 100 %"
        raise CalcError("E-CHECK", f"a confidence of {match.group(1)} %", place=place, hint=hint)
    return text[: match.start()], confidence


def _looks_like_amount(text: str) -> bool:
    """Tell whether a side is meant as an amount: it begins like one and is one, or holds no name or operation."""
    if not re.match(r"\s*[-+\u2212]?\s*(?:[kMB]?[A-Z]{0,3}[$€£₹₩]?\s*[0-9.]|[$¥])", text):
        return False
    try:
        parse_amount(text)
    except AmountError:
        return not re.search(r"[a-z]\w*_\w|[*/+(]", text)
    return True


def _side(text: str, catalogue: Catalogue, place: Place | None, offset: int, *, exact_place: bool) -> Symbol:
    where = _place(text, place, offset, exact_place=exact_place)
    parsed = ParsedFormula(text.strip(), where or NOWHERE, exact_place=exact_place)
    for name in parsed.names:
        if name not in catalogue:
            raise unknown_name(name, catalogue, where)
    symbol = parsed.trace({name: symbol_of(catalogue[name]) for name in parsed.names})
    # A single name has the unit that it is declared in.
    return (
        symbol
        if isinstance(symbol.expression, Name)
        else Symbol(symbol.expression, symbol.dimension, reduced(symbol.unit))
    )


def reduced(unit: Unit) -> Unit:
    """Return a unit reduced, or as it is where no number could hold it."""
    try:
        return reduced_unit(unit)
    except OverflowError:
        return unit


def _place(text: str, place: Place | None, offset: int, *, exact_place: bool) -> Place | None:
    """Return where one side stands, or the place of the whole condition where that is all that is known."""
    lead = len(text) - len(text.lstrip())
    return place.shifted(offset + lead, len(text.strip())) if place and exact_place else place


def _amount(
    text: str, other: Symbol, catalogue: Catalogue, place: Place | None, offset: int, *, exact_place: bool
) -> Symbol:
    """Return an amount as a symbol of the other side's dimension."""
    place = _place(text, place, offset, exact_place=exact_place)
    try:
        amount = in_dollars(parse_amount(as_meant(text.strip(), other.dimension)), catalogue.rates)
    except AmountError as error:
        where = place.shifted(error.start, error.length) if place and exact_place else place
        raise CalcError("E-VALUE", error.message, place=where, hint=error.hint) from None
    if amount.unit is None and amount.number == 0:
        return Symbol(Number(0.0), None, RATIO)
    named = [each for each in names(other.expression) if each in catalogue]
    quantity = (
        catalogue[named[0]] if len(set(named)) == 1 and catalogue[named[0]].unit.dimension == other.dimension else None
    )
    if quantity is not None:
        # A count is in whole things of its declared unit, so its unit may be left out, as in a promise.
        if amount.unit is None and quantity.unit.dimension.is_count:
            amount = amount._replace(unit=quantity.unit)
        _, currency = unit_of(amount, quantity, place)
        if currency:
            message = f"`{quantity.name}` is compared in {currency}"
            raise CalcError("E-CURRENCY", message, place=place, hint=f"write the amount in `{quantity.unit_text}`")
        return Symbol(Number(amount.base), other.dimension, other.unit)
    unit = amount.unit or RATIO
    return Symbol(Number(amount.base), unit.dimension, unit)
