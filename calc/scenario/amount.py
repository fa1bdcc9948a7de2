"""An amount as people write it: a number, perhaps a magnitude or a currency sign, and a unit.

pint never sees this text: it would read `$50M` as 50 molar, `4,5 kW` as 45 kW and hang on `9**9**9`.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple

from calc.errors import quote
from calc.scenario.refusals import AmountError, no_number, refuse_number, refuse_other_kinds
from calc.units import RATIO, Dimension, Unit, UnitError, make_unit, parse_unit

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_LENGTH = 200
_MAGNITUDES = {"k": 3, "K": 3, "M": 6, "B": 9, "T": 12}
_WORDS = {"thousand": "k", "million": "M", "billion": "B", "bn": "B", "trillion": "T"}
_WORD = re.compile(rf"\s*((?i:{'|'.join(_WORDS)}))(?!\w)")
# Groups of thousands are parted by one and the same comma, underscore or no-break space.
_NUMBER = re.compile(
    r"(?:[1-9][0-9]{0,2}([,_\u00a0\u2009\u202f])[0-9]{3}(?:\1[0-9]{3})*(?![0-9,_\u00a0\u2009\u202f]*[0-9,_])|[0-9]+)"
    r"(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?"
)
_APART = str.maketrans("", "", ",_\u00a0\u2009\u202f")
# A sign or a code of a currency before the number.
_CURRENCY = re.compile(r"([A-Z]{0,2}\$|[kMB]?[$€£₹₩]|[kMB]?[A-Z]{3})\s*(?=[.0-9])")
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


_FLOPS = re.compile(r"(?<![A-Za-z])([kMGTPEZY]?)(?:FLOPS|FLOPs|flops|Flops)\b(?!\s*/\s*s)")


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
        raise AmountError(
            f"{quote(after)} after a number is no unit",
            "write the count with its unit, as in `8 gpus`",
            position,
            len(after),
        )
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
        if stripped and not re.match(r"/|per\b", stripped):
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
