"""Unit expressions as people write them: `kW/server`, `USD/(gpu*hour)`, `gpu-hours`, `$/kWh`, `kW per rack`."""

from __future__ import annotations

import re
from functools import lru_cache

from calc.errors import quote
from calc.text import did_you_mean, name_code_points, or_list
from calc.units.table import ALIASES, UNITS
from calc.units.unit import Exponents, Unit, make_unit

_MAX_LENGTH = 200
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<name>(?:US|[kMB])?\$|%|[^\W\d²³](?:[^\W²³]|-(?=[^\W\d²³]))*)
      | (?P<power>(?:\*\*|\^)\s*-?\d+|[²³])
      | (?P<op>[*/()·×])
      | (?P<one>1)(?=\s*/)
      | (?P<bad>\S)
    )""",
    re.VERBOSE,
)
_DOLLAR = {"$": "USD", "k$": "kUSD", "M$": "MUSD", "B$": "BUSD"}
_SUPERSCRIPTS = {"²": 2, "³": 3}

# Spellings that mean two things, or one that we refuse, each with what to write instead.
_QUESTIONS = {
    "¥": "is it CNY or JPY? Write `CNY` or `JPY`",
    "￥": "is it CNY or JPY? Write `CNY` or `JPY`",
    "€": "write `EUR` after the number, as in `5 EUR`",
    "£": "write `GBP` after the number, as in `5 GBP`",
    "b": "is it bit or byte? Write `bit` or `B`; for a billion write `B` glued to the number, as in `5B USD`",
    "Gb": "is it bit or byte? Write `Gbit` or `GB`",
    "Mb": "is it bit or byte? Write `Mbit` or `MB`",
    "Tb": "is it bit or byte? Write `Tbit` or `TB`",
    "kb": "is it bit or byte? Write `kbit` or `kB`",
    "bps": "is it bits a second or basis points? Write `bit/s`, or a percentage as in `0.25 %`",
    "C": "temperatures are not used here",
    "F": "temperatures are not used here",
    "kVA": "apparent power is not used here; write real power in `kW`",
    "M": "glue it to the number, as in `5M USD`; a metre is `m`",
    "k": "glue it to the number, as in `5k USD`",
    "T": "glue it to the number, as in `5T tokens`; a tonne is `t`",
    "million": "write `M` glued to the number, as in `5M USD`",
    "billion": "write `B` glued to the number, as in `5B USD`",
    "trillion": "write `T` glued to the number, as in `5T tokens`",
    "US$": "write `USD`, or `$` before the number, as in `$5`",
    "US": "write `USD`",
    "dollar": "write `USD`",
    "dollars": "write `USD`",
    "yuan": "write `CNY`",
}


class UnitError(ValueError):
    """A unit expression that cannot be read.

    message and hint are for people; start and length locate the trouble within the text.
    """

    def __init__(self, message: str, hint: str | None = None, start: int = 0, length: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.start = start
        self.length = length


def lookup(name: str) -> str | None:
    """Return the canonical name of a unit spelling, or None."""
    if name in UNITS:
        return name
    return ALIASES.get(name) or _DOLLAR.get(name) or ("percent" if name == "%" else None)


@lru_cache(maxsize=2048)
def parse_unit(text: str) -> Unit:
    """Read a unit expression.

    A quotient has one `/` (or `per`) at a time: `USD/gpu/hour`; a product below the line stands in brackets or is
    hyphenated: `USD/(gpu*hour)`, `USD/kW-month`. An empty text or `1` is a pure ratio.

    Raises UnitError with a message, a hint and the part of the text that is wrong.
    """
    if len(text) > _MAX_LENGTH:
        raise UnitError("the unit is too long", f"a unit has at most {_MAX_LENGTH} characters")
    try:
        return make_unit(_Reader(text).read())
    except OverflowError:
        raise UnitError("the unit is larger or smaller than any number", "take fewer or lower powers") from None


class _Reader:
    """Reads one unit expression from left to right; there is no nesting beyond one pair of brackets."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.atoms: dict[str, int] = {}
        self.sign = 1
        self.in_brackets = False
        self.expect_unit = True
        self.seen_slash = False
        self.last: tuple[str, int] | None = None

    def read(self) -> Exponents:
        for match in _TOKEN.finditer(self.text):
            kind = str(match.lastgroup)
            getattr(self, f"_{kind}")(match.group(kind), match.start(kind))
        end = len(self.text)
        if self.in_brackets:
            raise UnitError("a bracket is not closed in the unit", "add `)`", self.text.index("("), 1)
        if self.expect_unit and (self.atoms or self.seen_slash):
            raise UnitError("the unit ends where another unit is needed", None, max(0, end - 1))
        return tuple((atom, power) for atom, power in self.atoms.items() if power)

    def _name(self, name: str, start: int) -> None:
        if name == "per":
            self._op("/", start)
            return
        if not self.expect_unit and ("percent" in self.atoms or name == "%"):
            raise UnitError(
                "a percentage of a unit is not a unit", "write `5 %`, or the amount itself", start, len(name)
            )
        if not self.expect_unit:
            joint = "-" if self.seen_slash and not self.in_brackets else "*"
            raise UnitError(
                f"two units stand side by side at {quote(name)}",
                f"write a product as `{name_before(self.text, start)}{joint}{name}`, a quotient with `/`",
                start,
                len(name),
            )
        # A hyphenated word is a product that binds tightest, as in `USD/kW-month`.
        parts = [name] if lookup(name) else name.split("-")
        if self.sign < 0 and not self.in_brackets and sum(_is_time(part) for part in parts) > 1:
            above = "*".join(atom for atom, power in self.atoms.items() if power > 0)
            first, rest = parts[0], "*".join(parts[1:])
            hint = f"write `{above}*{rest}/{first}` or `{above}/({first}*{rest})`"
            raise UnitError(f"{quote(name)} after `/` can be read in two ways", hint, start, len(name))
        position = start
        for part in parts:
            canonical = lookup(part)
            if canonical is None:
                raise _unknown(part, position)
            self._take(canonical, start)
            position += len(part) + 1
        if "-" in name and not lookup(name):
            self.last = None

    def _take(self, canonical: str, start: int) -> None:
        if canonical == "percent" and (self.atoms or self.seen_slash):
            raise UnitError("a percentage of a unit is not a unit", "write `5 %`, or the amount itself", start)
        if "percent" in self.atoms and self.sign > 0:
            raise UnitError("a percentage of a unit is not a unit", "write `5 %`, or the amount itself", start)
        self.atoms[canonical] = self.atoms.get(canonical, 0) + self.sign
        self.last = (canonical, self.sign)
        self.expect_unit = False

    def _power(self, text: str, start: int) -> None:
        power = _SUPERSCRIPTS.get(text) or int(text.replace("*", "").replace("^", "")[:4] or 0)
        if self.last is None or not 1 <= power <= 9 or len(text) > 6:
            raise UnitError("a power in a unit is a whole number from 1 to 9 after one unit", "as in `m**2`", start)
        atom, sign = self.last
        self.atoms[atom] += sign * (power - 1)
        self.last = None

    def _op(self, op: str, start: int) -> None:
        if op == "(":
            if not self.expect_unit or self.in_brackets:
                raise UnitError("brackets hold the product below a `/`", "as in `USD/(gpu*hour)`", start)
            self.in_brackets = True
        elif op == ")":
            if not self.in_brackets or self.expect_unit:
                raise UnitError("this bracket closes nothing", "as in `USD/(gpu*hour)`", start)
            self.in_brackets, self.last = False, None
        elif op == "/":
            self._slash(start)
        else:
            self._times(start)

    def _slash(self, start: int) -> None:
        if self.in_brackets:
            raise UnitError("a `/` inside brackets is hard to read", "as in `USD/(gpu*hour)`", start)
        if self.expect_unit and (self.seen_slash or self.atoms):
            raise UnitError("a unit is missing between two divisions", "as in `USD/gpu/hour`", start)
        self.sign, self.seen_slash, self.expect_unit, self.last = -1, True, True, None

    def _times(self, start: int) -> None:
        if self.expect_unit:
            raise UnitError("a unit is missing before `*`", None, start)
        if self.seen_slash and not self.in_brackets:
            raise UnitError(
                "a `*` after `/` can be read in two ways",
                "put what stands below the line in brackets, as in `USD/(kW*month)`",
                start,
            )
        self.expect_unit, self.last = True, None

    def _one(self, _text: str, start: int) -> None:
        if self.atoms or self.seen_slash or start != len(self.text) - len(self.text.lstrip()):
            raise UnitError("a number inside a unit", "write the number once, before the unit", start)

    def _bad(self, char: str, start: int) -> None:
        rest = self.text[start:].strip()
        if rest == "1" and not self.atoms and not self.seen_slash:
            self.expect_unit = False
            return
        question = _QUESTIONS.get(char)
        if question:
            raise UnitError(f"{quote(char)} is not a unit", question, start)
        raise UnitError(f"{quote(rest, 30)} cannot stand in a unit", "units are names joined by `*` and `/`", start)


def _is_time(name: str) -> bool:
    canonical = lookup(name)
    return canonical is not None and UNITS[canonical][1] == (("time", 1),)


def name_before(text: str, start: int) -> str:
    """Return the word that ends before position `start`."""
    words = re.findall(r"[^\s*/()]+", text[:start])
    return words[-1] if words else ""


def _question(name: str) -> str | None:
    flops = re.fullmatch(r"([kMGTPEZY]?)flops", name, re.IGNORECASE)
    if flops:
        unit = f"{flops.group(1)}FLOP"
        return f"is it a count or a rate? Write `{unit}` for operations, `{unit}/s` for operations a second"
    return _QUESTIONS.get(name)


def _unknown(name: str, start: int) -> UnitError:
    question = _question(name)
    if question:
        return UnitError(f"{quote(name)} is not a unit", question, start, len(name))
    folded = name.casefold()
    spellings = [spelling for spelling in (*UNITS, *ALIASES) if spelling.casefold() == folded]
    odd = name_code_points(name)
    if spellings:
        hint: str | None = f"did you mean {or_list(spellings)}? Capitals matter in units"
    elif odd:
        hint = f"it holds {odd}; units are written in plain letters"
    else:
        hint = did_you_mean(name, [*UNITS, *ALIASES]) or "`calc` knows SI units, bytes, FLOP, counts and currencies"
    return UnitError(f"{quote(name)} is not a unit", hint, start, len(name))
