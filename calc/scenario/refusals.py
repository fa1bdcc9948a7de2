"""What is no amount, or could be read in two ways, each with what to write instead."""

from __future__ import annotations

import re
import unicodedata

from calc.errors import quote
from calc.text import name_code_points
from calc.units import UnitError, parse_unit

_ELLIPSIS = re.compile(r"([+-]?[\d.,]+)\s*…\s*(.+)$")
_THOUSANDS = re.compile(r"(?<=\d)[ \u00a0\u2009\u202f](?=\d{3}(?:\D|$))")
_DATE = re.compile(r"\d{4}-\d\d?(-\d\d?)?([T ].*)?$")
_TIME = re.compile(r"\d+(:\d+)+")
# A dash, dots or a tilde between two numbers, the first perhaps with its unit.
_RANGE = re.compile(r"((?:\s*[A-Za-z%][A-Za-z%/]*)?)\s*(?:-|–|—|\.{2,}|…|~)\s*(?=[\d.$])")
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


def refuse_other_kinds(text: str) -> None:
    """Refuse words, dates, times, values that are not finite and digits of other scripts.

    Raises AmountError.
    """
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
    if _ELLIPSIS.match(text):
        left, right = _ELLIPSIS.split(text)[1:3]
        raise AmountError(f"{quote(text)} looks like a range", f"write `{left} to {right}`", 0, len(text))
    plain = unicodedata.normalize("NFKC", text)
    if plain != text:
        plain = _THOUSANDS.sub(",", plain)
    if any(char.isdigit() and not char.isascii() for char in text) or (plain != text and plain.isascii()):
        hint = (
            f"write `{plain}`"
            if plain.isascii() and "²" not in text and "³" not in text
            else "write plain digits 0 to 9"
        )
        if not re.fullmatch(r"[\x20-\x7e]*[A-Za-z][²³][\x20-\x7e]*", text):
            raise AmountError(f"{quote(text)} holds {name_code_points(text)}", hint, 0, len(text))


def no_number(text: str, rest: str, currency: str) -> AmountError:
    """Return the error for a text in which no number stands where one should; `rest` is it without sign and `$`."""
    first = rest[:1]
    if first in "€£¥￥" and first:
        try:
            parse_unit(first)
        except UnitError as error:
            return AmountError(error.message, error.hint, 0, len(text))
    if currency and not rest:
        return AmountError("a number is missing after `$`", "as in `$50M`", 0, len(text))
    if text[0] in "=(" or (rest and rest[0] in "+-("):
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


def refuse_number(digits: str, after: str, rest: str) -> None:
    """Refuse numbers that can be read in two ways.

    digits: the number that was recognised; after: what follows it; rest: both.
    Raises AmountError.
    """
    whole = re.match(r"[\d,._]*\d|[\d._,]*", rest)
    shown = whole.group() if whole else digits
    if re.match(r"0\d", digits):
        plain = digits.lstrip("0") or "0"
        hint = f"write `{plain[:40]}`; zeros in front are dropped"
        raise AmountError(f"{quote(shown)} begins with a zero", hint, 0, len(shown))
    found = _RANGE.match(after)
    if found:
        unit, right = found.group(1).strip(), after[found.end() :].strip()
        left = f"{digits} {unit}" if unit else digits
        raise AmountError(f"{quote(rest)} looks like a range", f"write `{left} to {right}`", 0, len(rest))
    if after[:1] in {",", "."} or re.match(r"[,.]?\d", after):
        grouped = re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+", shown)
        if not grouped and re.fullmatch(r"\d{1,3}(\.\d{3})*,\d+|\d+,\d+", shown):
            hint = f"write a decimal point: `{shown.replace('.', '').replace(',', '.')}`"
            raise AmountError(f"the comma in {quote(shown)} separates no thousands", hint, 0, len(shown))
        raise AmountError(f"{quote(shown)} is not a number", "write it like `1,000,000` or `1000000.5`", 0, len(shown))
    if _THOUSANDS.search(digits[-1] + after[:5]):
        raise AmountError("spaces stand between digits", f"write `{_THOUSANDS.sub(',', rest)}`", 0, len(rest))
    if after.startswith("_"):
        hint = "an underscore stands between digits, as in `1_000`"
        raise AmountError(f"{quote(digits + after)} is not a number", hint, 0, len(rest))
    if re.match(r"\s*(?:\*|\^|\+|-|<|>|=|\(|j\b)", after) and not re.match(r"\s*-\s*$", after):
        hint = "write the result, or name it under `formulas:`"
        raise AmountError(f"{quote(rest)} is a calculation", hint, 0, len(rest))
    if re.match(r"\s+\d", after):
        raise AmountError(f"{quote(rest)} holds two numbers", "write one number and its unit", 0, len(rest))
