"""An amount as people write it: a number, perhaps a magnitude or a currency sign, and a unit; and what is refused."""

from __future__ import annotations

import math
import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from calc.errors import CalcError, quote
from calc.text import name_code_points, pattern
from calc.units import RATIO, Dimension, Unit, UnitError, make_unit, parse_unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from calc.errors import Place

_SPACES = str.maketrans("\u00a0\u2009\u202f", "   ")
_DATE = pattern(r"\d{4}-\d\d?(-\d\d?)?([T ].*)?$")
_TIME = pattern(r"\d+(:\d+)+")
# A dash, dots or a tilde between two numbers, the first perhaps with its unit.
_RANGE = pattern(r"((?:\s*[A-Za-z%][A-Za-z%/]*)?)\s*(?:-|–|—|\.{2,}|…|~)\s*(?=[\d.$])")
_WORDS_NOT_NUMBERS = {
    **dict.fromkeys(("true", "false", "yes", "no", "on", "off", "y", "n"), "a truth value"),
    **dict.fromkeys(("nil", "none", "n/a"), "nothing"),
}
_NOT_FINITE = pattern(r"[+-]?\.?(?:nan|inf|infinity)\b", re.IGNORECASE)


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
        hint = "write a number and its unit, as in `4.5 kW`"
        raise AmountError(f"{quote(text)} is {_WORDS_NOT_NUMBERS[word]}, not an amount", hint, 0, len(text))
    if _NOT_FINITE.match(text):
        raise AmountError(
            f"{quote(text)} is not a finite number", "a value that is not known is left out, not infinite", 0, len(text)
        )
    if _DATE.match(text):
        hint = "write a number and its unit; dates belong in `source` or `note`"
        raise AmountError(f"{quote(text)} looks like a date", hint, 0, len(text))
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
        hint = f"write {quote(plain)}; zeros in front are dropped"
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


# ---------------- an amount as people write it: a number, perhaps a magnitude or a currency sign, and a unit

# pint never sees this text: it would read `$50M` as 50 molar, `4,5 kW` as 45 kW and hang on `9**9**9`.


MAX_LENGTH = 200
_MAGNITUDES = {"k": 3, "K": 3, "M": 6, "B": 9, "T": 12}
_WORDS = {"thousand": "k", "million": "M", "billion": "B", "bn": "B", "trillion": "T"}
_WORD = pattern(rf"\s*((?i:{'|'.join(_WORDS)}))(?!\w)")
# Groups of thousands are parted by one and the same comma, underscore or no-break space.
_NUMBER = pattern(
    r"(?:[1-9][0-9]{0,2}([,_\u00a0\u2009\u202f])[0-9]{3}(?:\1[0-9]{3})*(?![0-9,_\u00a0\u2009\u202f]*[0-9,_])|[0-9]+)"
    r"(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?"
)
_APART = str.maketrans("", "", ",_\u00a0\u2009\u202f")
# A sign or a code of a currency before the number.
_CURRENCY = pattern(r"([A-Z]{0,2}\$|[kMB]?[$€£₹₩]|[kMB]?[A-Z]{3})\s*(?=[.0-9])")
# What stands below the line may be counted: $10/1M tokens, 10 USD per million tokens, 5 USD per 1,000 servers.
_BELOW = (
    rf"(?P<line>/\s*|\bper\s+)(?P<number>[1-9][0-9]{{0,2}}(?:,[0-9]{{3}})+|[1-9][0-9]*)?"
    rf"(?P<magnitude>\s*(?i:{'|'.join(_WORDS)})(?!\w)|(?<=[0-9])[kKMBT](?=\s)|[kMBT](?=\s+tok))?"
    r"\s*(?P<unit>[A-Za-z]\w*)"
)
# Days, hours, minutes and seconds, as job schedulers write them.
_DURATION = r"([0-9]{1,6})-([01]?[0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])"


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


def in_dollars(amount: Amount, rates: Mapping[str, float]) -> Amount:
    """Return an amount in dollars where it is in a currency of `rates`: how many of each a dollar is."""
    unit = amount.unit
    currency = unit.dimension.currency if unit is not None else None
    if unit is None or currency is None or currency not in rates:
        return amount
    factor, atoms = 1.0, []
    for atom, power in unit.atoms:
        worth = parse_unit(atom)
        is_money = worth.dimension.currency == currency
        factor *= (worth.factor / rates[currency]) ** power if is_money else 1.0
        atoms.append(("USD" if is_money else atom, power))
    number, step = amount.number * factor, amount.step * factor
    return amount._replace(number=number, step=step, unit=make_unit(tuple(atoms)))


_FLOPS = pattern(r"(?<![A-Za-z])([kMGTPEZY]?)(?:FLOPS|FLOPs|flops|Flops)\b(?!\s*/\s*s)")


def as_meant(text: str, dimension: Dimension | None) -> str:
    """Return an amount in which `FLOPS`, a count or a rate, is the one that a quantity of such a dimension wants."""
    exponents = dict(dimension.exponents) if dimension else {}
    if "computation" not in exponents or "FLOPS" not in text.upper():
        return text
    is_rate = exponents.get("time") == -exponents["computation"]
    return _FLOPS.sub(rf"\1FLOP{'/s' if is_rate else ''}", text)


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
    duration = re.fullmatch(_DURATION, stripped) if ":" in stripped else None
    if duration:
        days, hours, minutes, seconds = map(int, duration.groups())
        total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        return Amount(float(total), parse_unit("s"), 1.0, str(total), unit_text="s")
    refuse_other_kinds(stripped)
    sign, rest, position = _sign(stripped)
    found = _CURRENCY.match(rest)
    currency = found[1] if found and _is_money(found[1]) else ""
    if found and currency:
        rest, position = rest[found.end() :], position + found.end()
    match = _NUMBER.match(rest)
    if match is None:
        raise no_number(stripped, rest)
    digits, after = match.group(), rest[match.end() :]
    try:
        refuse_number(digits, after, rest, currency)
    except AmountError as error:
        error.start += offset + position
        raise
    return _finish(sign, digits, after, currency, offset + position + match.end())


def amount_at(text: str, place: Place | None, about: str = "", *, exact_place: bool = False) -> Amount:
    """Read an amount that stands at a place; about: what a message begins with. exact_place: the text begins there.

    Raises CalcError.
    """
    try:
        return parse_amount(text)
    except AmountError as error:
        where = place.shifted(error.start, error.length) if place and exact_place else place
        raise CalcError("E-VALUE", f"{about}{error.message}", place=where, hint=error.hint) from None


def _sign(text: str) -> tuple[str, str, int]:
    if text[0] in "+-\u2212":
        return ("" if text[0] == "+" else "-"), text[1:], 1
    return "", text, 0


def _is_money(text: str) -> bool:
    try:
        unit = parse_unit(text)
    except UnitError:
        return False
    return unit.dimension.currency is not None


def _finish(sign: str, digits: str, after: str, currency: str, position: int) -> Amount:
    magnitude, unit_text = _magnitude(digits, after, currency, position)
    below, one = _below(unit_text)
    unit = _unit(sign, f"{digits}{magnitude}", one, currency, position + max(0, len(after) - len(one)))
    mantissa, _, exponent = digits.translate(_APART).lower().partition("e")
    power = int(exponent[:6] or 0) + (_MAGNITUDES.get(magnitude, 0))
    # One decimal conversion instead of a product keeps 1.4T exactly 1.4e12.
    number = float(f"{sign}{mantissa}e{power}") / below
    if not math.isfinite(number) or not math.isfinite(to_base(number, unit or RATIO)):
        raise AmountError(f"{quote(sign + digits)} is too large", "the largest number is about 1.8e308", 0, position)
    if to_base(number, unit or RATIO) == 0 and mantissa.strip("0."):
        raise AmountError(f"{quote(sign + digits)} is too small", "it would be read as 0", 0, position)
    decimals = len(mantissa.partition(".")[2])
    bare = f"{digits}{magnitude}" if below == 1 else f"{abs(number):.12g}"
    bare = f"{'-' if sign else ''}{currency}{' ' if currency[-1:].isalpha() else ''}{bare}"
    written = "x" if after[len(magnitude) :][:1] == "x" else unit_text.strip()
    return Amount(number + 0.0, unit, 10.0 ** (power - decimals) / below, bare, bool(magnitude), written)


def _below(text: str) -> tuple[int, str]:
    """Return how many of its thing a unit counts below the line, and the unit of one: 8 and `/gpu` of `/8 gpu`.

    A million tokens and a thousand of them are units of their own.
    """
    found = re.search(_BELOW, text) if "/" in text or "per" in text else None
    if found is None or not (found["number"] or found["magnitude"]):
        return 1, text
    written = (found["magnitude"] or "").strip()
    letter, thing = _WORDS.get(written.lower(), written).replace("K", "k"), found["unit"]
    count = int((found["number"] or "1").replace(",", "")[:30]) * 10 ** _MAGNITUDES.get(letter, 0)
    prefix = {1000: "k", 1_000_000: "M"}.get(count, "")
    if prefix and thing.startswith("tok") and _is_unit(prefix + thing):
        count, thing = 1, prefix + thing
    return count, f"{text[: found.start()]}{found['line']}{thing}{text[found.end() :]}"


def _magnitude(digits: str, after: str, currency: str, position: int) -> tuple[str, str]:
    """Split a magnitude from what follows: `B parameters` is (B, parameters), ` million W` is (M, W), `kW` ("", kW)."""
    word = _WORD.match(after)
    if word:
        letter, rest = _WORDS[word[1].lower()], after[word.end() :]
        if not rest.strip() and not currency:
            raise _no_unit(digits, letter, position, len(after))
        return letter, rest
    apart = re.fullmatch(r"\s+([kKMBT])(\s+\S.*)", after)
    if apart and _is_unit(apart[2]):
        hint = f"write `{digits}{apart[1]}{apart[2]}`; a magnitude is glued to the number"
        start = position - len(digits)
        raise AmountError(f"{quote(apart[1])} is not a unit", hint, start, len(digits) + len(after))
    if not after or after[0].isspace() or after[0] in "/%$€£₹₩¢":
        return "", after
    if after[0] == "x" and re.match(r"x(?:$|\s*/)", after):
        return "", after[1:] if after[1:].strip() else "1"
    if after[0] == "x":
        message, hint = f"{quote(after)} after a number is no unit", "write the count with its unit, as in `8 gpus`"
        raise AmountError(message, hint, position, len(after))
    glued = after[0] in _MAGNITUDES and re.match(r".(?:$|[\s/$€£₹₩¢])", after) is not None
    if not glued and after[0] in _MAGNITUDES and after[0] != "K":
        # `5kW` is kilowatts; `50Mtokens` is the unit Mtoken; `5Bparameters` has no such unit and is a magnitude.
        glued = not _is_unit(after) and _is_unit(after[1:])
    if not glued or (after[1:2] in tuple("$€£₹₩") and _is_unit(after)):
        return "", after
    if (not after[1:].strip() or after[1] == "/") and not currency:
        raise _no_unit(digits, after[0], position, 1)
    return after[0], after[1:]


def _no_unit(digits: str, letter: str, position: int, length: int) -> AmountError:
    hint = f"write the unit too, as in `{digits}{letter} tokens`, or `${digits}{letter}` for money"
    return AmountError(f"the magnitude `{letter}` has no unit after it", hint, position, length)


def _is_unit(text: str) -> bool:
    try:
        parse_unit(text)
    except UnitError:
        return False
    return True


def _unit(sign: str, number: str, text: str, currency: str, position: int) -> Unit | None:
    stripped = text.strip()
    prefix = ""
    if currency:
        if stripped and not re.match(r"/|(?:per|an?)\b", stripped):
            hint = _one_currency(sign, number, stripped, currency)
            raise AmountError(f"`{currency}` before the number and a unit after it", hint, 0, position + len(text))
        prefix = currency if stripped.startswith("/") else f"{currency} "
        stripped = f"{prefix}{stripped}"
    if not stripped:
        return None
    try:
        return parse_unit(stripped)
    except UnitError as error:
        lead = len(text) - len(text.lstrip()) - len(prefix)
        raise AmountError(error.message, error.hint, max(0, position + lead + error.start), error.length) from None


def _one_currency(sign: str, number: str, unit: str, currency: str) -> str:
    """Return the hint for an amount with a currency before it and something else after it."""
    letter = re.fullmatch(r"(k|K|m|M|MM|B|T)((?:/|\s).*)?", unit)
    if letter and number[-1:].isdigit():
        magnitude = {"m": "M", "MM": "M"}.get(letter[1], letter[1])
        blank = " " if currency[-1:].isalpha() else ""
        return f"write `{sign}{currency}{blank}{number}{magnitude}{letter[2] or ''}`"
    # A dollar sign is that of any dollar: $5 CAD are Canadian ones.
    if _is_money(unit) and (currency == "$" or parse_unit(unit).dimension == parse_unit(currency).dimension):
        return f"write `{sign}{number} {unit}`"
    try:
        parse_unit(unit)
    except UnitError as error:
        return error.hint or ""
    return "say it once, as in `$50M`, `$0.08/kWh` or `50 MUSD`"
