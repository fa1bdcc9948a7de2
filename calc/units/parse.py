"""Unit expressions as people write them: `kW/server`, `USD/(gpu*hour)`, `gpu-hours`, `$/kWh`, `kW per rack`."""

from __future__ import annotations

import re
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING

from calc.errors import quote
from calc.text import did_you_mean, name_code_points, or_list, pattern
from calc.units.table import ALIASES, UNITS
from calc.units.unit import OWN_COUNTS, Exponents, Unit, definition, make_unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MAX_LENGTH = 200
_TOKEN = pattern(
    r"""\s*(?:
        (?P<carbon>[^\W\d]*\s*(?:of\s+)?CO2(?:[ -]?e(?:q|quiv|quivalent)?)?(?!\w))
      | (?P<square>(?:sq\.?|square)\s*(?:ft|foot|feet|m|met(?:er|re)s?)\b\.?)
      | (?P<yearly>p\.\s?a\.)
      | (?P<name>(?:US|HK|NT|CA|[ACSR])\$|[kMB]?[$€£₹₩]|[¢%]|[^\W\d²³](?:[^\W²³]|-(?=[^\W\d²³]))*)
      | (?P<power>(?:\*\*|\^)\s*-?\d+|[²³])
      | (?P<op>[*/()·×])
      | (?P<one>1)(?=\s*/)
      | (?P<bad>\S)
    )""",
    re.VERBOSE,
)
# Signs that belong to one currency alone; those of several (¥, kr) are questions.
_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW"}
_SIGNS_OF_ONE_SIZE = {
    "US$": "USD", "CA$": "CAD", "C$": "CAD", "A$": "AUD", "S$": "SGD", "HK$": "HKD", "NT$": "TWD", "R$": "BRL",
    "¢": "US_cent", "%": "percent",
}  # fmt: skip
# The two words of a product that people write with a blank: GPU hours.
_COUNTED = {"gpu", "server", "rack", "person"}
_SUPERSCRIPTS = {"²": 2, "³": 3}


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


# The counts that the scenario which is being read declares.
_DECLARED: ContextVar[frozenset[str]] = ContextVar("counts of the scenario", default=frozenset())


@contextmanager
def own_counts(names: Iterable[str]) -> Iterator[None]:
    """Let units hold counts that a scenario declares, such as `ticket`, and their plurals, while it is read."""
    declared = frozenset(names)
    for name in declared:
        OWN_COUNTS[name] = f"{name[:-1]}ies" if re.search("[^aeiou]y$", name) else f"{name}s"
        if name.endswith(("s", "x", "ch", "sh")):
            OWN_COUNTS[name] = f"{name}es"
    token = _DECLARED.set(declared)
    try:
        yield
    finally:
        _DECLARED.reset(token)


def is_countable(name: str) -> bool:
    """Tell whether a word may name a count: lower-case letters, at least three, perhaps joined by `_`."""
    return re.fullmatch(r"[a-z]{3,30}(_[a-z]{2,30})*", name) is not None


def singular(name: str) -> str:
    """Return the name of one of what a word counts: ticket for tickets, query for queries."""
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    if name.endswith(("xes", "sses", "shes")):
        return name.removesuffix("es")
    return name.removesuffix("s") if len(name) > 4 and not name.endswith(("ss", "us", "is")) else name


def is_taken(name: str) -> bool:
    """Tell whether a word means a unit, or what one measures, or is asked about, so that no scenario may declare it."""
    bases = {base for _, exponents in UNITS.values() for base, _ in exponents}
    return name in UNITS or name in ALIASES or name in bases or bool(_question(name))


def lookup(name: str) -> str | None:
    """Return the canonical name of a unit spelling, or None."""
    if OWN_COUNTS:
        found = next((each for each in _DECLARED.get() if name in {each, OWN_COUNTS[each]}), None)
        if found or name in OWN_COUNTS:
            return found
    if name in UNITS:
        return name
    if name in ALIASES:
        return ALIASES[name]
    if name[-1:] in _SIGNS and name[:-1] in {"", "k", "M", "B"}:
        return name[:-1] + _SIGNS[name[-1]]
    return _SIGNS_OF_ONE_SIZE.get(name)


def parse_unit(text: str) -> Unit:
    """Read a unit expression.

    A quotient has one `/` (or `per`) at a time: `USD/gpu/hour`; a product below the line stands in brackets or is
    hyphenated: `USD/(gpu*hour)`, `USD/kW-month`. An empty text or `1` is a pure ratio.

    Raises UnitError with a message, a hint and the part of the text that is wrong.
    """
    return _parsed(text, _DECLARED.get())


@lru_cache(maxsize=2048)
def _parsed(text: str, _declared: frozenset[str]) -> Unit:
    """Return what a text means to a scenario that declares such counts."""
    if len(text) > _MAX_LENGTH:
        raise UnitError("the unit is too long", f"a unit has at most {_MAX_LENGTH} characters")
    try:
        return make_unit(_plain(text) or _Reader(text).read())
    except OverflowError:
        raise UnitError("the unit is larger or smaller than any number", "take fewer or lower powers") from None


def _plain(text: str) -> Exponents:
    """Return what a unit, or a quotient of two, comes down to where both have their own spelling; else nothing."""
    above, slash, below = text.partition("/")
    if OWN_COUNTS or above not in UNITS or (slash and (below not in UNITS or below in {above, "percent"})):
        return ()
    return ((above, 1), (below, -1)) if slash else ((above, 1),)


class _Reader:
    """Reads one unit expression from left to right; there is no nesting beyond one pair of brackets."""

    def __init__(self, text: str) -> None:
        self.text = text.replace("₂", "2")
        self.atoms: dict[str, int] = {}
        self.sign = 1
        self.in_brackets = False
        self.expect_unit = True
        self.seen_slash = False
        self.divided_by_word = False
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
        if name == "per" or self._is_for_each(name, start):
            self._op("/", start)
            self.divided_by_word = True
            return
        if not self.expect_unit and self._counts_hours(name):
            self._take(str(lookup(name)), start)
            return
        if not self.expect_unit and ("percent" in self.atoms or name == "%"):
            hint = "a percentage stands alone, as in `5 %`, or a year, as in `5 %/year`"
            raise UnitError("a percentage of a unit is not a unit", hint, start, len(name))
        strange = None if lookup(name) else next((part for part in name.split("-") if not lookup(part)), None)
        if not self.expect_unit and strange:
            raise _unknown(strange, start + name.index(strange))
        if not self.expect_unit:
            joint = "-" if self.seen_slash and not self.in_brackets else "*"
            before = name_before(self.text, start)
            begin = self.text.rindex(before, 0, start)
            hint = f"write `{before}{joint}{name}` for their product; a quotient has `/`"
            raise UnitError(f"two units stand side by side at {quote(name)}", hint, begin, start + len(name) - begin)
        # A hyphenated word is a product that binds tightest, as in `USD/kW-month`.
        parts = [name] if lookup(name) else name.split("-")
        if self.sign < 0 and not self.in_brackets and sum(_is_time(part) for part in parts) > 1:
            raise self._two_times(parts, name, start)
        position = start
        for part in parts:
            canonical = lookup(part)
            if canonical is None:
                raise _unknown(part, position)
            self._take(canonical, start)
            position += len(part) + 1
        if "-" in name and not lookup(name):
            self.last = None

    def _is_for_each(self, name: str, start: int) -> bool:
        """Tell whether this is the `a` of `300 requests a month`: between two units, where no ampere can stand."""
        after = self.text[start + len(name) :].split()
        joins = bool(after) and not self.expect_unit and lookup(after[0]) is not None
        if name == "and" and joins and self.seen_slash:
            whole = re.sub(r"\s*(?:/|\b(?:per|and|an?)\b)\s*", "/", self.text.strip())
            raise UnitError("`and` cannot stand in a unit", f"write `{whole}`", start, len(name))
        return joins and name in {"a", "an"}

    def _two_times(self, parts: list[str], name: str, start: int) -> UnitError:
        above = re.fullmatch(r"([^/]+?)\s*(?:/|\bper)\s*", self.text[:start])
        first, rest = parts[0], "*".join(parts[1:])
        hint = "put what stands below the line in brackets, as in `USD/(kW*month)`"
        if above:
            hint = f"write `{above[1]}*{rest}/{first}` or `{above[1]}/({first}*{rest})`"
        return UnitError(f"{quote(name)} after `/` can be read in two ways", hint, 0, start + len(name))

    def _counts_hours(self, name: str) -> bool:
        """Tell whether this is the second word of `GPU hours`; after a `/` that could be read in two ways."""
        counted = self.last is not None and self.last[0] in _COUNTED
        return counted and not self.in_brackets and self.divided_by_word == self.seen_slash and _is_time(name)

    def _carbon(self, text: str, start: int) -> None:
        mass, gas = re.split(r"\s+(?:of\s+)?|(?=CO2)", text, maxsplit=1)
        unit = f"{ALIASES.get(mass, mass)}CO2e"
        hint = None
        if mass in {"MT", "mt"}:
            hint = "is it a metric ton or a megatonne? Write `tCO2e` or `MtCO2e`"
        elif mass in {"ton", "tons"}:
            hint = "a metric ton of it is `tCO2e`"
        elif unit not in UNITS:
            hint = "as in `gCO2e`, `kgCO2e` or `tCO2e`"
        elif gas.endswith("CO2"):
            hint = f"CO2 alone leaves other greenhouse gases out; if the figure counts them too, write `{unit}`"
        if hint:
            raise UnitError(f"{quote(text)} is not a unit", hint, start, len(text))
        self._name(unit, start)

    def _square(self, text: str, start: int) -> None:
        self._name("m2" if re.search(r"\sm|^sqm", text) else "ft2", start)

    def _yearly(self, _text: str, start: int) -> None:
        self._op("/", start)
        self._name("year", start)

    def _take(self, canonical: str, start: int) -> None:
        if canonical == "percent" and (self.atoms or self.seen_slash):
            hint = "a percentage stands alone, as in `5 %`, or a year, as in `5 %/year`"
            raise UnitError("a percentage of a unit is not a unit", hint, start)
        if "percent" in self.atoms and self.sign > 0:
            hint = "a percentage stands alone, as in `5 %`, or a year, as in `5 %/year`"
            raise UnitError("a percentage of a unit is not a unit", hint, start)
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
        self.divided_by_word = False

    def _times(self, start: int) -> None:
        if self.expect_unit:
            raise UnitError("a unit is missing before `*`", None, start)
        if self.seen_slash and not self.in_brackets:
            hint = "put what stands below the line in brackets, as in `USD/(kW*month)`"
            raise UnitError("a `*` after `/` can be read in two ways", hint, start)
        self.expect_unit, self.last = True, None

    def _one(self, _text: str, start: int) -> None:
        if self.atoms or self.seen_slash or start != len(self.text) - len(self.text.lstrip()):
            raise UnitError("a number inside a unit", "write the number once, before the unit", start)

    def _bad(self, char: str, start: int) -> None:
        rest = self.text[start:].strip()
        if rest == "1" and not self.atoms and not self.seen_slash:
            self.expect_unit = False
            return
        asked = _question(char)
        if asked:
            raise UnitError(f"{quote(char)} is not a unit", asked, start)
        raise UnitError(f"{quote(rest, 30)} cannot stand in a unit", "units are names joined by `*` and `/`", start)


def _is_time(name: str) -> bool:
    canonical = lookup(name)
    return canonical is not None and definition(canonical)[1] == (("time", 1),)


def name_before(text: str, start: int) -> str:
    """Return the word that ends before position `start`."""
    words = re.findall(r"[^\s*/()]+", text[:start])
    return words[-1] if words else ""


def _unknown(name: str, start: int) -> UnitError:
    asked = _question(name)
    if asked:
        return UnitError(f"{quote(name)} is not a unit", asked, start, len(name))
    folded = name.casefold()
    known = [*UNITS, *ALIASES, *_DECLARED.get()]
    spellings = [spelling for spelling in known if spelling.casefold() == folded]
    odd = name_code_points(name)
    if spellings:
        hint: str | None = f"did you mean {or_list(spellings)}? Capitals matter in units"
    elif odd:
        hint = f"it holds {odd}; units are written in plain letters"
    else:
        # Short words are close to a unit by chance: tps to TOPS, Mio to mo.
        alike = [each for each in known if each[0].casefold() == folded[0] and len(folded) > 3]
        hint = did_you_mean(name, alike) or "`calc` knows SI units, bytes, FLOP, counts and currencies"
        if is_countable(name) and hint.startswith("`calc`"):
            hint = f"{hint}; a count of your own is declared under `units:`"
    return UnitError(f"{quote(name)} is not a unit", hint, start, len(name))


# ---------------- spellings that mean two things, or that are refused, each with what to write instead

_QUESTIONS = {
    **dict.fromkeys(("¥", "￥"), "is it CNY or JPY? Write `CNY` or `JPY`"),
    **dict.fromkeys(("dollar", "dollars", "bucks"), "write `USD`"),
    "US": "US dollars are `USD`, US cents `cent`",
    **dict.fromkeys(("euro", "euros"), "write `EUR`"),
    "yen": "write `JPY`",
    "yuan": "write `CNY`",
    "kr": "which krone or krona? Write `SEK`, `NOK` or `DKK`",
    **dict.fromkeys(("c", "ct", "cts"), "cents of which currency? Write `cent` for US cents or `eurocent`"),
    "p": "write `pence`",
    "b": "is it bit or byte? Write `bit` or `B`; a billion is `B` glued to the number, as in `5B USD`",
    "C": "temperatures are not used here",
    "F": "temperatures are not used here",
    "kWp": "a peak of solar panels is no power that is drawn",
    "M": "a million is glued to the number, as in `5M USD`",
    "K": "a thousand is glued to the number, as in `5K USD`",
    "k": "a thousand is glued to the number, as in `5k USD`",
    "T": "glue it to the number, as in `5T tokens`; a tonne is `t`",
    **dict.fromkeys(
        ("thousand", "million", "billion", "bn", "trillion"),
        "it stands directly after the number, as in `5 million USD`",
    ),
    **dict.fromkeys(("lakh", "crore"), "a lakh is 100,000 and a crore 10,000,000; write the number out"),
    **dict.fromkeys(("ton", "tons", "MT"), "is it 1,000 kg or a US ton of 2,000 lb? A tonne is `t`"),
    "in": "it stands before a number of steps, as in `in 10 steps`; an inch is `inch`",
    "to": "it stands between the two ends of a range, as in `5 to 25 kW`",
    **dict.fromkeys(("Mio", "Mln", "mln", "mn"), "a million is glued to the number, as in `5M USD`"),
    **dict.fromkeys(("Mrd", "bln", "Mds"), "a billion is glued to the number, as in `5B USD`"),
    **dict.fromkeys(("tps", "TPS"), "tokens or transactions a second? Tokens are counted in `token/s`"),
    **dict.fromkeys(("host", "hosts", "machine", "machines"), "write `servers`"),
    **dict.fromkeys(("chip", "chips", "device", "devices", "card", "cards", "TPU", "TPUs"), "write `accelerators`"),
    "BTU": "write energy in `kWh`; a BTU is 1,055.06 J",
    "therm": "write energy in `kWh`; a therm is 29.3 kWh",
}


def _question(name: str) -> str | None:
    """Return what to ask or to write about a spelling that is refused, or None for one that is not known at all."""
    flops = re.fullmatch(r"([kMGTPEZY]?)flops", name, re.IGNORECASE)
    if flops:
        unit = f"{flops[1]}FLOP"
        return f"is it a count or a rate? Write `{unit}` for operations, `{unit}/s` for operations a second"
    bits = re.fullmatch(r"([kKmMGgTtPp]?)bps", name, re.IGNORECASE)
    if bits and bits[1]:
        return f"write `{_prefix(bits[1])}bit/s`"
    if bits:
        return "is it bits a second or basis points? Write `bit/s`, or a percentage: 25 basis points are `0.25 %`"
    bits = re.fullmatch(r"([kKmMGgTt])b", name)
    if bits:
        prefix = _prefix(bits[1])
        return f"is it bit or byte? Write `{prefix}bit` or `{prefix}B`"
    if re.fullmatch(r"[A-Z]{1,3}[0-9]{2,4}[A-Za-z]{0,3}", name):
        return "a bundle of facts says which GPU it is; write `gpus`"
    return _QUESTIONS.get(name)


def _prefix(letter: str) -> str:
    return "k" if letter in "kK" else letter.upper()
