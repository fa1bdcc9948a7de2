"""What is no amount, or could be read in two ways, each with what to write instead."""

from __future__ import annotations

import re
import unicodedata

from calc.errors import quote
from calc.text import name_code_points
from calc.units import UnitError, parse_unit

_SPACES = str.maketrans("\u00a0\u2009\u202f", "   ")
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
        raise AmountError(f"{quote(text)} looks like a time of day", _duration(text), 0, len(text))
    if text.isascii():
        return
    # What letters of another width mean is plain; a power after a unit and a subscript in CO2 are right as they stand.
    spaced = re.sub(r"(?<=[A-Za-z])[²³₂]", "2", text).translate(_SPACES).replace("…", "..")
    plain = unicodedata.normalize("NFKC", spaced)
    if any(char.isdigit() and not char.isascii() for char in spaced) or (plain != spaced and plain.isascii()):
        readable = plain.isascii() and not re.search("[⁰¹²³⁴-⁹₀-₉]", text)
        hint = f"write `{plain}`" if readable else "write plain digits 0 to 9"
        raise AmountError(f"{quote(text)} holds {name_code_points(text)}", hint, 0, len(text))


def _duration(text: str) -> str:
    """Return how to write what may be a time of day as a duration."""
    parts = re.fullmatch(r"([0-9]{1,4}):([0-5][0-9])(?::([0-5][0-9]))?", text.strip())
    if parts is None:
        return "a duration is written as in `12.5 hours` or `1-02:30:00`"
    first, second = int(parts[1]), parts[2]
    hours = f"{first // 24}-{first % 24:02}:{second}:{parts[3] or '00'}"
    if parts[3]:
        return f"for a duration write `{hours}`"
    minutes = f"{first // 1440}-{first // 60 % 24:02}:{first % 60:02}:{second}"
    return f"hours or minutes? For a duration write `{hours}` or `{minutes}`"


def no_number(text: str, rest: str) -> AmountError:
    """Return the error for a text in which no number stands where one should; `rest` is it without sign or currency."""
    if rest[:1] in tuple("¥￥"):
        amount = rest[1:].strip()
        sign = text[: text.index(rest)]
        hint = f"is it CNY or JPY? Write `{sign}CNY {amount}` or `{sign}JPY {amount}`"
        return AmountError(f"`{rest[0]}` is not a unit", hint, 0, len(text))
    if text[0] in "=(" or (rest and rest[0] in "+-("):
        return AmountError(
            f"{quote(text)} is a calculation", "write the result, or name it under `formulas:`", 0, len(text)
        )
    if text[0] == "$":
        return AmountError("a number is missing after `$`", "as in `$50M`", 0, len(text))
    try:
        parse_unit(text)
    except UnitError:
        hint = "write a number and its unit, as in `4.5 kW`"
        return AmountError(f"{quote(text)} is not an amount", hint, 0, len(text))
    return AmountError(
        f"{quote(text)} is a unit without a number", f"write a number before it, as in `4.5 {text}`", 0, len(text)
    )


def refuse_number(digits: str, after: str, rest: str, currency: str) -> None:
    """Refuse numbers that can be read in two ways.

    digits: the number that was recognised; after: what follows it; rest: both; currency: what stands before it.
    Raises AmountError.
    """
    whole = re.match(r"[0-9,._]*[0-9]|[0-9._,]*", rest)
    shown = whole.group() if whole else digits
    if re.match(r"0[0-9]", digits):
        plain = digits.lstrip("0") or "0"
        plain = f"0{plain}" if plain.startswith(".") else plain
        hint = f"write `{plain[:40]}`; zeros in front are dropped"
        raise AmountError(f"{quote(digits)} begins with a zero", hint, 0, len(digits))
    _refuse_power(digits, after, rest)
    found = _RANGE.match(after)
    if found:
        raise AmountError(f"{quote(rest)} looks like a range", _range(digits, found, after, currency), 0, len(rest))
    apart = re.match(r"[0-9]{1,3}(?:[ \u00a0\u2009\u202f'\u2019][0-9]{3})+(?:[.,][0-9]+)?(?![0-9])", rest)
    if apart and apart.end() > len(digits):
        plain = re.sub(r"[^0-9.,]", "", apart.group()).replace(",", ".")
        wrong = "an apostrophe stands" if {"'", "\u2019"} & set(apart.group()) else "spaces stand"
        point = len(plain.partition(".")[0])
        hint = f"write `{int(plain[:point]):,}{plain[point:]}{rest[apart.end() :]}`"
        raise AmountError(f"{wrong} between digits", hint, 0, len(rest))
    if after[:1] in {",", "."} or re.match(r"[,.]?[0-9]", after):
        raise _points(shown)
    if after.startswith("_") or ("_" in shown and not re.fullmatch(r"[1-9][0-9]{0,2}(_[0-9]{3})+(\.[0-9]+)?", shown)):
        hint = "an underscore parts groups of three digits, as in `1_000`"
        raise AmountError(
            f"{quote(shown if after[1:2].isdigit() else digits + after)} is not a number", hint, 0, len(rest)
        )
    if re.match(r"\s*(?:\*|\^|\+|-|<|>|=|\(|j\b)", after) and not re.match(r"\s*-\s*$", after):
        hint = "write the result, or name it under `formulas:`"
        raise AmountError(f"{quote(rest)} is a calculation", hint, 0, len(rest))
    if re.match(r"\s+[0-9]|\s*±", after):
        hint = "one number stands before its unit; a spread is written as in `4 to 6 kW`"
        raise AmountError(f"{quote(rest)} holds two numbers", hint, 0, len(rest))


def _refuse_power(digits: str, after: str, rest: str) -> None:
    """Refuse a power of ten that is written out, such as 3.8 x 10^25."""
    power = re.match(r"\s*[*x×·]\s*10(?:\^|\*\*)([+-]?[0-9]+)(?![0-9^*])", after)
    if power is None and digits == "10":
        power, digits = re.match(r"(?:\^|\*\*)([+-]?[0-9]+)(?![0-9^*])", after), "1"
    if power:
        hint = f"write `{digits}e{power[1]}{after[power.end() :]}`"
        raise AmountError(f"{quote(rest)} is a calculation", hint, 0, len(rest))


def _range(digits: str, dash: re.Match[str], after: str, currency: str) -> str:
    """Return how to write a range whose ends are joined by a dash, dots or a tilde."""
    unit, right = dash.group(1).strip(), after[dash.end() :].strip()
    left = f"{digits} {unit}" if unit else digits
    if ":" in right:
        return "a duration is written as in `12.5 hours` or `1-02:30:00`"
    if currency and not right.startswith(currency):
        right = f"{currency}{' ' if currency[-1].isalpha() else ''}{right}"
    if re.search(r"[0-9][kKMBT](?:$|[\s/])|[0-9]\s*(?:thousand|[mb]illion|bn|trillion)\b", right) and not unit:
        return "`to` stands between the ends, and the magnitude at both, as in `$5M to $10M`"
    return f"write `{left} to {right}`"


def _points(shown: str) -> AmountError:
    """Return the error for a number whose commas and points are not where English has them."""
    if re.fullmatch(r"[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}", shown):
        return AmountError(f"{quote(shown)} is not a number", f"write `{shown.replace('.', ',')}`", 0, len(shown))
    grouped = re.fullmatch(r"[1-9][0-9]{0,2}(,[0-9]{3})+", shown)
    if not grouped and re.fullmatch(r"[0-9]{1,3}(\.[0-9]{3})*,[0-9]+|[0-9]+,[0-9]+", shown):
        # Thousands are parted by points, or not at all: the comma is that of decimals.
        hint = f"write a decimal point: `{shown.replace('.', '').replace(',', '.')}`"
        return AmountError(f"the comma in {quote(shown)} separates no thousands", hint, 0, len(shown))
    return AmountError(f"{quote(shown)} is not a number", "as in `1,000,000` or `1000000.5`", 0, len(shown))
