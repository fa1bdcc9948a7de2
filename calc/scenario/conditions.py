"""Conditions: one comparison of quantities, expressions and amounts, perhaps with a confidence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from calc.engine.symbol import Symbol
from calc.errors import CalcError, Place, quote
from calc.expression import Number, names, required
from calc.scenario.amount import parse_amount
from calc.scenario.expressions import NOWHERE, ParsedFormula, symbol_of, unknown_name
from calc.scenario.fit import unit_of
from calc.scenario.refusals import AmountError
from calc.units import RATIO

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue

_COMPARISON = re.compile(r"(<=|>=|==|!=|<|>|=)")
_CONFIDENCE = re.compile(r"\s+with\s+([0-9]+(?:\.[0-9]+)?)\s*%\s+confidence\s*$")


class Condition(NamedTuple):
    """A comparison of two expressions, perhaps with a confidence.

    text: as written. op: less, less_equal, greater or greater_equal. confidence: a share, or None.
    """

    text: str
    left: Symbol
    op: str
    right: Symbol
    confidence: float | None
    place: Place | None

    @property
    def required(self) -> list[str]:
        """Return the names outside any `if_included`."""
        return list(dict.fromkeys([*required(self.left.expression), *required(self.right.expression)]))

    @property
    def names(self) -> list[str]:
        """Return every name on both sides, each once."""
        return list(dict.fromkeys([*names(self.left.expression), *names(self.right.expression)]))


def read_condition(text: str, catalogue: Catalogue, place: Place | None, *, exact_place: bool = False) -> Condition:
    """Read a condition such as `rack_power_stranded <= 4 kW with 80 % confidence`.

    One side is a quantity or an expression, the other may be an amount, whose per-thing may be left out as in inputs.
    Raises CalcError.
    """
    where = place
    body, confidence = _split_confidence(text, where)
    parts = _COMPARISON.split(body)
    if len(parts) != 3 or not parts[0].strip() or not parts[2].strip():
        hint = "write one comparison, as in `rack_power_stranded <= 4 kW`"
        raise CalcError("E-CHECK", f"{quote(text)} is no condition", place=where, hint=hint)
    if parts[1] in {"=", "==", "!="}:
        hint = "use <= or >=; a figure that is promised stands under `expect:`"
        raise CalcError("E-CHECK", f"`{parts[1]}` compares rounded figures", place=where, hint=hint)
    op = {"<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal"}[parts[1]]
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
    return Condition(text.strip(), left, op, right, confidence, place)


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
    return parsed.trace({name: symbol_of(catalogue[name]) for name in parsed.names})


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
        amount = parse_amount(text.strip())
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
