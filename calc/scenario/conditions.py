"""Conditions: one comparison of quantities, expressions and amounts; and names such as `NAME in PART in YEAR`."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from calc.arrays import np
from calc.engine.catalogue import Catalogue
from calc.engine.evaluate import evaluate_formula, evaluate_samples
from calc.engine.figures import Figure, NotIncluded, Series, at_year
from calc.engine.flat import Key, qualified, rename
from calc.engine.symbol import Symbol
from calc.errors import CalcError, Place, quote
from calc.expression import Name, Number, names, required
from calc.records import NamedTuple, replace
from calc.scenario.amount import AmountError, amount_at, as_meant, in_dollars, parse_amount
from calc.scenario.expressions import NOWHERE, ParsedFormula, symbol_of, unknown_name
from calc.scenario.unit_check import unit_of
from calc.scenario.years import YEAR, read_year, span_text
from calc.text import did_you_mean, or_list, pattern
from calc.units import RATIO, Unit, reduced_unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from calc.arrays import Array, Truths
    from calc.engine.catalogue import Quantity
    from calc.scenario.case import Context

_COMPARISON = pattern(r"(<=|>=|==|!=|<|>|=)")
_CONFIDENCE = pattern(r"\s+with\s+([0-9]+(?:\.[0-9]+)?)\s*%\s+confidence\s*$")
_QUOTED = pattern(r"""^(\s*)(["'])(.*)\2(\s*)$""")
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

    def held(self, left: Array, right: Array) -> Truths:
        """Return where it holds for arrays whose last axis is 1 or the years, as booleans of at least two axes."""
        return np.atleast_2d(self.margin(left, right) >= 0)

    def breach(self, left: Any, right: Any) -> Any:
        """Return how far a comparison is from holding, relative to the larger side: 0 where it holds, NaN at NaN."""
        margin, gap, larger = self.margin(left, right), abs(left - right), _larger(left, right)
        if isinstance(margin, float | int):
            return 0.0 if margin >= 0 else max(gap / max(larger, _TINY), _LEAST_BREACH)
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

    def side_arrays(self, columns: Mapping[str, Any], years: Sequence[int]) -> tuple[Array, Array] | None:
        """Return both sides over points or samples; None where one is not included.

        columns: figures, or float64 arrays whose last axis is 1 or the years; a name that is absent is not included.
        """
        inputs = {name: columns.get(name, NotIncluded((name,))) for name in self.names}
        left, right = (
            evaluate_samples("check", side.expression, inputs, {}, years) for side in (self.left, self.right)
        )
        return None if isinstance(left, NotIncluded) or isinstance(right, NotIncluded) else (left, right)

    def held(self, columns: Mapping[str, Any], years: Sequence[int]) -> Truths:
        """Return where it holds in every year, as booleans of the shape of the columns without the years."""
        sides = self.side_arrays(columns, years)
        if sides is None:
            return np.zeros(1, dtype=bool)
        found: Truths = np.logical_and.reduce(self.op.held(*sides), axis=-1)
        return found


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
        message = f"{quote(text)} compares {left.dimension.describe()} and {right.dimension.describe()}"
        raise CalcError("E-DIMENSION", message, place=where, hint="both sides need the same dimension")
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
    name = text.strip()
    if name.isidentifier() and not iskeyword(name) and name in catalogue:
        return symbol_of(catalogue[name])
    where = _place(text, place, offset, exact_place=exact_place)
    parsed = ParsedFormula(name, where, exact_place=exact_place) if where else _of_a_model(name)
    for each in parsed.names:
        if each not in catalogue:
            raise unknown_name(each, catalogue, where)
    symbol = parsed.trace({each: symbol_of(catalogue[each]) for each in parsed.names})
    # A single name has the unit that it is declared in.
    return (
        symbol
        if isinstance(symbol.expression, Name)
        else Symbol(symbol.expression, symbol.dimension, reduced(symbol.unit))
    )


@lru_cache(maxsize=1000)
def _of_a_model(text: str) -> ParsedFormula:
    """Return a side of a model's check, which every scenario reads."""
    return ParsedFormula(text, NOWHERE, exact_place=False)


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
    written = as_meant(text.strip(), other.dimension)
    amount = in_dollars(amount_at(written, place, exact_place=exact_place), catalogue.rates)
    if amount.unit is None and amount.number == 0:
        return Symbol(Number(0.0), None, RATIO)
    named = [each for each in names(other.expression) if each in catalogue]
    quantity = (
        catalogue[named[0]] if len(set(named)) == 1 and catalogue[named[0]].unit.dimension == other.dimension else None
    )
    if quantity is not None:
        # A count is in whole things of its declared unit, so its unit may be left out, as in a promise.
        if amount.unit is None and quantity.unit.dimension.needs_no_unit:
            amount = amount._replace(unit=quantity.unit)
        _, currency = unit_of(amount, quantity, place)
        if currency:
            message = f"`{quantity.name}` is compared in {currency}"
            raise CalcError("E-CURRENCY", message, place=place, hint=f"write the amount in `{quantity.unit_text}`")
        return Symbol(Number(amount.base), other.dimension, other.unit)
    unit = amount.unit or RATIO
    return Symbol(Number(amount.base), unit.dimension, unit)


# ---------------- names inside studies


EVERY_PART = "every part"
# No quantity has this sign in its name, and Python's parser takes it inside one.
_FILLER = "·"


class Reference(NamedTuple):
    """A name, and the part, year and case that it is looked at in; empty or None where none is named."""

    name: str
    part: str = ""
    year: int | None = None
    case: str = ""

    @property
    def flat(self) -> Key:
        """Return what the quantity is called where parts and years are names."""
        part = "" if self.part == EVERY_PART else self.part
        return qualified(self.name, part, self.year)


def base_name(name: str) -> str:
    """Return the name of the quantity that a name such as `servers in training` is about."""
    # No quantity has a blank in its name, so that its end is plain in a text too.
    return name.name if isinstance(name, Key) else name.partition(" in ")[0].strip()


def read_reference(text: str, place: Place, context: Context, cases: Iterable[str] = ()) -> Reference:
    """Read a name with what stands after `in`, of which the order does not matter.

    cases: names of cases that may stand there. `part`, `year` or `case` may stand before what is one.
    Raises CalcError for a name that nobody declares, an unknown part or year, or a text that can be read in two ways.
    """
    known_cases = list(cases)
    labels = _labels(context, known_cases)
    readings = list(dict.fromkeys(_readings(text.strip(), Reference(""), labels)))
    # A sum over the parts is of none of them.
    readings = [each for each in readings if not each.part or each.name not in context.document.totals] or readings
    if len(readings) > 1:
        ways = " or ".join(_spelled(each) for each in readings[:2])
        hint = f"write {or_list([_spelled(each, exact=True) for each in readings])}, or give one of them another name"
        raise CalcError("E-NAME", f"{quote(text)} may be {ways}", place=place, hint=hint)
    twice = _named_twice(text.strip(), Reference(""), labels)
    if not readings and twice:
        message = f"{quote(text)} names both {' and '.join(twice)}"
        raise CalcError("E-NAME", message, place=place, hint="name one, as in `servers in training`")
    name, mark, where = text.strip().partition(" in ")
    if name.strip() not in context.catalogue:
        raise unknown_name(name.strip(), context.catalogue, place)
    if not readings and mark:
        raise _nowhere(_unknown_label(text.strip(), labels) or where.strip(), place, context, known_cases)
    return readings[0]


_Labels = list[tuple[str, str, str]]


def _labels(context: Context, cases: list[str]) -> _Labels:
    """Return what may stand after `in`: the words, what they name, and its name; first what is said at length."""
    document = context.document
    named = [("part", each) for each in document.parts] + [("year", str(each)) for each in document.years]
    named += [("case", each) for each in cases]
    found = [(f"{kind} {name}", kind, name) for kind, name in named] + [(name, kind, name) for kind, name in named]
    # A fiscal year may be named by its number alone.
    found += [(f"{each:d}", "year", str(each)) for each in document.years if str(each) != f"{each:d}"]
    return found + ([(EVERY_PART, "part", EVERY_PART)] if document.parts else [])


def _readings(text: str, found: Reference, labels: _Labels) -> Iterator[Reference]:
    """Yield every way to read a text from its end: a name, perhaps with a part, a year and a case."""
    if " in " not in text:
        yield found._replace(name=text)
    for label, kind, name in labels:
        rest = _before(text, label)
        if rest is not None and not _says(found, kind):
            yield from _readings(rest, _with(found, kind, name), labels)


def _before(text: str, label: str) -> str | None:
    """Return what stands before `in LABEL` at the end of a text, or None."""
    match = re.search(rf"\sin\s+{re.escape(label)}$", text)
    return text[: match.start()].rstrip() if match else None


def _with(found: Reference, kind: str, name: str) -> Reference:
    if kind == "year":
        return found._replace(year=read_year(name))
    return found._replace(part=name) if kind == "part" else found._replace(case=name)


def _says(found: Reference, kind: str) -> str:
    said = getattr(found, kind)
    return "" if said is None else str(said)


def _named_twice(text: str, found: Reference, labels: _Labels) -> tuple[str, str] | None:
    """Return two parts, years or cases that a text names, or None."""
    for label, kind, name in labels:
        rest = _before(text, label)
        if rest is None:
            continue
        if _says(found, kind):
            return _says(found, kind), name
        twice = _named_twice(rest, _with(found, kind, name), labels)
        if twice:
            return twice
    return None


def _unknown_label(text: str, labels: _Labels) -> str:
    """Return what is left after `in` when all that is known was taken from the end."""
    rests = [rest for label, _, _ in labels if (rest := _before(text, label)) is not None and " in " in rest]
    if rests:
        return _unknown_label(min(rests, key=len), labels)
    return text.partition(" in ")[2].strip()


def _spelled(found: Reference, *, exact: bool = False) -> str:
    """Return a reference in words, or as it can be written without doubt."""
    parts = [("part", found.part), ("year", "" if found.year is None else str(found.year)), ("case", found.case)]
    if exact:
        return " in ".join([found.name, *(f"{kind} {name}" for kind, name in parts if name)])
    return " of ".join([quote(found.name), *(f"{kind} {quote(name)}" for kind, name in parts if name)])


def _nowhere(where: str, place: Place, context: Context, cases: list[str]) -> CalcError:
    document = context.document
    if re.fullmatch(YEAR, where):
        message = f"the scenario has no year {where}"
        hint = f"`years` are {span_text(document.years)}" if document.years else "add `years: 2026 to 2030`"
        return CalcError("E-YEARS", message, place=place, hint=hint)
    if document.parts:
        hint = did_you_mean(where, [*document.parts, *cases]) or f"its parts are {or_list(document.parts)}"
        return CalcError("E-PART", f"there is no part {quote(where)}", place=place, hint=hint)
    message = f"there is no case {quote(where)}" if cases else f"the scenario has no part {quote(where)}"
    hint = (
        (did_you_mean(where, cases) or "as in `NAME in CASE < NAME in CASE`")
        if cases
        else "name the quantity alone; only parts and years stand after `in`"
    )
    return CalcError("E-CASE" if cases else "E-PART", message, place=place, hint=hint)


def quantity_of(reference: Reference, context: Context) -> Quantity:
    """Return the quantity that a reference is about, under its qualified name; a figure of a year is noted."""
    if reference.year is not None:
        context.dated.add((reference.name, reference.part, reference.year))
    return replace(context.catalogue[reference.name], name=reference.flat)


def read_study_condition(text: str, place: Place, context: Context, *, exact_place: bool) -> Condition:
    """Read a condition whose names may have a part or a year after `in`.

    Raises CalcError.
    """
    masks: dict[str, str] = {}
    quantities: dict[str, Quantity] = {}

    def masked(match: re.Match[str]) -> str:
        # As long as what it stands for, so that places in messages stay where they are.
        quantity = quantity_of(read_reference(match[0], place, context), context)
        end = str(len(masks))
        mask = match[1] + _FILLER * (len(match[0]) - len(match[1]) - len(end)) + end
        masks[mask] = match[0]
        quantities[mask] = quantities[quantity.name] = quantity
        return mask

    plain = _references(context).sub(masked, text) if "in" in text.split() else text
    if not masks:
        return read_condition(text, context.catalogue, place, exact_place=exact_place)
    known = context.catalogue
    catalogue = Catalogue({**known.quantities, **quantities}, known.checks, known.choices, known.verdicts)
    try:
        return read_condition(plain, catalogue, place, exact_place=exact_place)._replace(text=text.strip())
    except CalcError as error:
        for mask, original in masks.items():
            error.message = error.message.replace(mask, original)
        raise


def _references(context: Context) -> re.Pattern[str]:
    labels = sorted([*context.document.parts, EVERY_PART], key=len, reverse=True)
    either = "|".join([*(rf"(?:part\s+)?{re.escape(each)}" for each in labels), rf"(?:year\s+)?{YEAR}", r"[a-z_]\w*"])
    return re.compile(rf"(?<![\w.])([a-z_][a-z0-9_]*)((?:\s+in\s+(?:{either})(?!\w))+)")
