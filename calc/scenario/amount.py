"""An amount as people write it: a number, perhaps a magnitude or a currency sign, and a unit.

pint never sees this text: it would read `$50M` as 50 molar, `4,5 kW` as 45 kW and hang on `9**9**9`.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from calc.errors import quote
from calc.scenario.refusals import AmountError, no_number, refuse_number, refuse_other_kinds
from calc.units import RATIO, Unit, UnitError, parse_unit

MAX_LENGTH = 200
_MAGNITUDES = {"k": 3, "M": 6, "B": 9, "T": 12}
_NUMBER = re.compile(
    r"(?:[1-9]\d{0,2}(?:,\d{3})+(?![\d,])|\d+(?:_\d+)*)(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?"
)


class Amount(NamedTuple):
    """A number in a unit.

    number: the value in `unit`. unit: None when none was written (the number may then be a ratio only).
    step: the value of the last digit written, in `unit`; 4.5 has a step of 0.1, `$20M` one of a million.
    bare_text: the number as written, without its unit, for suggestions; unit_text: the unit as written.
    """

    number: float
    unit: Unit | None
    step: float
    bare_text: str
    has_magnitude: bool = False
    unit_text: str = ""

    @property
    def base(self) -> float:
        """Return the value in coherent base units."""
        return to_base(self.number, self.unit or RATIO)


def to_base(number: float, unit: Unit) -> float:
    """Convert a number to coherent base units; 57 % is 0.57 exactly, which 57 * 0.01 is not."""
    return number * unit.factor if unit.factor >= 1 else number / (1 / unit.factor)


def from_base(value: float, unit: Unit) -> float:
    """Convert a value in coherent base units to a number in `unit`."""
    return value / unit.factor if unit.factor >= 1 else value * (1 / unit.factor)


def parse_amount(text: str) -> Amount:
    """Read an amount such as `4.5 kW`, `$50M`, `0.08 $/kWh`, `70B parameters`, `20 %` or `10x`.

    Raises AmountError for anything that a person could have meant differently, with what to write instead.
    """
    if len(text) > MAX_LENGTH:
        raise AmountError(f"a value of {len(text):,} characters", f"a value has at most {MAX_LENGTH}")
    stripped = text.strip()
    offset = len(text) - len(text.lstrip())
    if not stripped:
        raise AmountError("a value is missing", "write a number and its unit, as in `4.5 kW`")
    refuse_other_kinds(stripped)
    sign, rest, position = _sign(stripped)
    currency = ""
    if rest.startswith("$"):
        number = rest[1:].lstrip()
        currency, rest, position = "USD", number, position + len(rest) - len(number)
    match = _NUMBER.match(rest)
    if match is None:
        raise no_number(stripped, rest, currency)
    digits, after = match.group(), rest[match.end() :]
    try:
        refuse_number(digits, after, rest)
    except AmountError as error:
        error.start += offset + position
        raise
    return _finish(sign, digits, after, currency, offset + position + match.end())


def _sign(text: str) -> tuple[str, str, int]:
    if text[0] in "+-\u2212":
        return ("" if text[0] == "+" else "-"), text[1:], 1
    return "", text, 0


def _finish(sign: str, digits: str, after: str, currency: str, position: int) -> Amount:
    magnitude, unit_text = _magnitude(after, currency, position)
    unit = _unit(unit_text, currency, position + len(after) - len(unit_text))
    mantissa, _, exponent = digits.replace(",", "").replace("_", "").lower().partition("e")
    power = int(exponent[:6] or 0) + (_MAGNITUDES.get(magnitude, 0))
    # One decimal conversion instead of a product keeps 1.4T exactly 1.4e12.
    number = float(f"{sign}{mantissa}e{power}")
    if not math.isfinite(number) or not math.isfinite(to_base(number, unit or RATIO)):
        raise AmountError(f"{quote(sign + digits)} is too large", "the largest number is about 1.8e308", 0, position)
    if to_base(number, unit or RATIO) == 0 and mantissa.strip("0."):
        raise AmountError(f"{quote(sign + digits)} is too small", "it would be read as 0", 0, position)
    decimals = len(mantissa.partition(".")[2])
    bare = f"{'-' if sign else ''}{'$' if currency else ''}{digits}{magnitude}"
    written = "x" if after[len(magnitude) :][:1] == "x" else unit_text.strip()
    return Amount(number + 0.0, unit, 10.0 ** (power - decimals), bare, bool(magnitude), written)


def _magnitude(after: str, currency: str, position: int) -> tuple[str, str]:
    """Split a glued magnitude from what follows: `B parameters` is (B, parameters), `kW` is ("", kW)."""
    if not after or after[0].isspace() or after[0] in "/%$":
        return "", after
    if after[0] == "x" and re.match(r"x(?:$|\s*/)", after):
        return "", after[1:] if after[1:].strip() else "1"
    if after[0] == "x":
        raise AmountError(
            f"{quote(after)} after a number is no unit",
            "write the count with its unit, as in `8 gpus`",
            position,
            len(after),
        )
    glued = after[0] in _MAGNITUDES and re.match(r".(?:$|[\s/])", after) is not None
    if not glued and after[0] in _MAGNITUDES:
        # `5kW` is kilowatts; `50Mtokens` is the unit Mtoken; `5Bparameters` has no such unit and is a magnitude.
        try:
            parse_unit(after)
        except UnitError:
            glued = _is_unit(after[1:])
    if not glued:
        return "", after
    if (not after[1:].strip() or after[1] == "/") and not currency:
        raise AmountError(
            f"the magnitude `{after[0]}` has no unit after it",
            f"write the unit too, as in `5{after[0]} tokens`, or `$5{after[0]}` for money",
            position,
        )
    return after[0], after[1:]


def _is_unit(text: str) -> bool:
    try:
        parse_unit(text)
    except UnitError:
        return False
    return True


def _unit(text: str, currency: str, position: int) -> Unit | None:
    stripped = text.strip()
    prefix = ""
    if currency:
        if stripped and not re.match(r"/|per\b", stripped):
            raise AmountError(
                "`$` before the number and a unit after it",
                "write `$50M`, `$0.08/kWh` or `50 MUSD`",
                position,
                max(1, len(text)),
            )
        prefix = currency if stripped.startswith("/") else f"{currency} "
        stripped = f"{prefix}{stripped}"
    if not stripped:
        return None
    try:
        return parse_unit(stripped)
    except UnitError as error:
        lead = len(text) - len(text.lstrip()) - len(prefix)
        raise AmountError(error.message, error.hint, max(0, position + lead + error.start), error.length) from None
