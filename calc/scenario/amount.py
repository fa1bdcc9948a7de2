"""An amount as people write it: a number, perhaps a magnitude or a currency sign, and a unit.

pint never sees this text: it would read `$50M` as 50 molar, `4,5 kW` as 45 kW and hang on `9**9**9`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass

from calc.errors import quote
from calc.text import name_code_points
from calc.units import RATIO, Unit, UnitError, parse_unit

MAX_LENGTH = 200
_MAGNITUDES = {"k": 3, "M": 6, "B": 9, "T": 12}
_NUMBER = re.compile(r"(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d+(?:_\d+)*)(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?")
_DATE = re.compile(r"\d{4}-\d\d?(-\d\d?)?([T ].*)?$")
_TIME = re.compile(r"\d+(:\d+)+")
_RANGE = re.compile(r"\s*(?:-|–|—|\.{2,}|…|~)\s*[\d.$]")
_WORDS_NOT_NUMBERS = {
    **dict.fromkeys(("true", "false", "yes", "no", "on", "off", "y", "n"), "a truth value"),
    **dict.fromkeys(("nil", "none", "n/a"), "nothing"),
}
_NOT_FINITE = re.compile(r"[+-]?\.?(?:nan|inf|infinity)\b", re.IGNORECASE)


class AmountError(ValueError):
    """A text that is no amount; start and length locate the trouble within the text."""

    def __init__(self, message: str, hint: str | None = None, start: int = 0, length: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.start = start
        self.length = length


@dataclass(frozen=True, slots=True)
class Amount:
    """A number in a unit.

    number: the value in `unit`. unit: None when none was written (the number may then be a ratio only).
    step: the value of the last digit written, in `unit`; 4.5 has a step of 0.1, `$20M` one of a million.
    bare_text: the number as written, without its unit, for suggestions.
    """

    number: float
    unit: Unit | None
    step: float
    bare_text: str
    has_magnitude: bool = False

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
    _refuse_other_kinds(stripped)
    sign, rest, position = _sign(stripped)
    currency = ""
    if rest.startswith("$"):
        number = rest[1:].lstrip()
        currency, rest, position = "USD", number, position + len(rest) - len(number)
    match = _NUMBER.match(rest)
    if match is None:
        raise _no_number(stripped, rest, currency)
    digits, after = match.group(), rest[match.end() :]
    _refuse_number(digits, after, rest)
    return _finish(sign, digits, after, currency, offset + position + match.end())


def _sign(text: str) -> tuple[str, str, int]:
    if text[0] in "+-\u2212":
        return ("" if text[0] == "+" else "-"), text[1:], 1
    return "", text, 0


def _refuse_other_kinds(text: str) -> None:
    word = text.split(maxsplit=1)[0].casefold()
    if word in _WORDS_NOT_NUMBERS:
        raise AmountError(
            f"{quote(text)} is {_WORDS_NOT_NUMBERS[word]}, not an amount",
            "write a number and its unit, as in `4.5 kW`",
            0,
            len(text),
        )
    if _NOT_FINITE.match(text):
        raise AmountError(
            f"{quote(text)} is not a finite number", "a value that is not known is left out, not infinite", 0, len(text)
        )
    if _DATE.match(text):
        raise AmountError(
            f"{quote(text)} looks like a date",
            "write a number and its unit; dates belong in `source` or `note`",
            0,
            len(text),
        )
    if _TIME.match(text):
        raise AmountError(
            f"{quote(text)} looks like a time of day", "write a duration as in `12.5 hours`", 0, len(text)
        )
    plain = unicodedata.normalize("NFKC", text)
    if any(char.isdigit() and not char.isascii() for char in text) or (plain != text and plain.isascii()):
        hint = (
            f"write `{plain}`"
            if plain.isascii() and "²" not in text and "³" not in text
            else "write plain digits 0 to 9"
        )
        if not re.fullmatch(r"[\x20-\x7e]*[A-Za-z][²³][\x20-\x7e]*", text):
            raise AmountError(f"{quote(text)} holds {name_code_points(text)}", hint, 0, len(text))


def _no_number(text: str, rest: str, currency: str) -> AmountError:
    first = rest[:1]
    if first in "€£¥￥" and first:
        try:
            parse_unit(first)
        except UnitError as error:
            return AmountError(error.message, error.hint, 0, len(text))
    if text[0] in "=(" or rest[:1] in "+-(":
        return AmountError(
            f"{quote(text)} is a calculation", "write the result, or name it under `formulas:`", 0, len(text)
        )
    if currency:
        return AmountError("a number is missing after `$`", "as in `$50M`", 0, len(text))
    try:
        parse_unit(text)
    except UnitError:
        return AmountError(
            f"{quote(text)} is not an amount", "write a number and its unit, as in `4.5 kW`", 0, len(text)
        )
    return AmountError(
        f"{quote(text)} is a unit without a number", f"write a number before it, as in `4.5 {text}`", 0, len(text)
    )


def _refuse_number(digits: str, after: str, rest: str) -> None:
    """Refuse numbers that can be read in two ways."""
    whole = re.match(r"[\d,._]*\d|[\d._,]*", rest)
    shown = whole.group() if whole else digits
    if re.match(r"0\d", digits):
        plain = digits.lstrip("0") or "0"
        raise AmountError(
            f"{quote(shown)} begins with a zero", f"write `{plain[:40]}`; zeros in front are dropped", 0, len(shown)
        )
    if _RANGE.match(after):
        right = re.split(r"-|–|—|\.{2,}|…|~", after, maxsplit=1)[1].strip(" .")
        raise AmountError(f"{quote(rest)} looks like a range", f"write `{digits} to {right}`", 0, len(rest))
    if after[:1] in {",", "."} or re.match(r"[,.]?\d", after):
        if re.fullmatch(r"\d{1,3}(\.\d{3})*,\d+", shown) or re.fullmatch(r"\d+,\d+", shown):
            point = shown.replace(".", "").replace(",", ".")
            raise AmountError(
                f"the comma in {quote(shown)} separates no thousands",
                f"write a decimal point: `{point}`",
                0,
                len(shown),
            )
        raise AmountError(f"{quote(shown)} is not a number", "write it like `1,000,000` or `1000000.5`", 0, len(shown))
    if re.match(r"[  ]\d{3}(?:\D|$)", after):
        joined = re.sub(r"(?<=\d)[  ](?=\d{3})", ",", rest)
        raise AmountError("spaces stand between digits", f"write `{joined}`", 0, len(rest))
    if after.startswith("_"):
        raise AmountError(
            f"{quote(digits + after)} is not a number",
            "an underscore stands between digits, as in `1_000`",
            0,
            len(rest),
        )
    if re.match(r"\s*(?:\*|\^|\+|-|<|>|=|\(|j\b)", after) and not re.match(r"\s*-\s*$", after):
        raise AmountError(
            f"{quote(rest)} is a calculation", "write the result, or name it under `formulas:`", 0, len(rest)
        )
    if re.match(r"\s+\d", after):
        raise AmountError(f"{quote(rest)} holds two numbers", "write one number and its unit", 0, len(rest))


def _finish(sign: str, digits: str, after: str, currency: str, position: int) -> Amount:
    magnitude, unit_text = _magnitude(after, currency, position)
    unit = _unit(unit_text, currency, position + len(after) - len(unit_text))
    mantissa, _, exponent = digits.replace(",", "").replace("_", "").lower().partition("e")
    power = int(exponent[:6] or 0) + (_MAGNITUDES.get(magnitude, 0))
    # One decimal conversion instead of a product keeps 1.4T exactly 1.4e12.
    number = float(f"{sign}{mantissa}e{power}")
    if not math.isfinite(number) or not math.isfinite(to_base(number, unit or RATIO)):
        raise AmountError(f"{quote(sign + digits)} is too large", "the largest number is about 1.8e308", 0, position)
    if number == 0 and mantissa.strip("0."):
        raise AmountError(f"{quote(sign + digits)} is too small", "it would be read as 0", 0, position)
    decimals = len(mantissa.partition(".")[2])
    bare = f"{'-' if sign else ''}{'$' if currency else ''}{digits}{magnitude}"
    return Amount(number + 0.0, unit, 10.0 ** (power - decimals), bare, bool(magnitude))


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
            f"write the unit too, as in `5{after[0]} tokens` or `$5{after[0]}`",
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
    if currency:
        if stripped and not re.match(r"/|per\b", stripped):
            raise AmountError(
                "`$` before the number and a unit after it",
                "write `$50M`, `$0.08/kWh` or `50 MUSD`",
                position,
                max(1, len(text)),
            )
        stripped = f"{currency}{stripped if stripped.startswith('/') else ' ' + stripped}"
    if not stripped:
        return None
    try:
        return parse_unit(stripped)
    except UnitError as error:
        lead = len(text) - len(text.lstrip()) - (len(currency) if currency else 0)
        raise AmountError(error.message, error.hint, max(0, position + lead + error.start), error.length) from None
