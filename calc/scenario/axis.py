"""What a study varies, the values of an axis or a range, and the words that all sections of studies share."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

from calc.errors import CalcError, Problems, quote
from calc.records import dataclass, replace
from calc.scenario.amount import AmountError, as_meant, parse_amount
from calc.scenario.conditions import EVERY_PART, SLACK, quantity_of, read_reference, read_study_condition
from calc.scenario.fact_values import example, example_range
from calc.scenario.sections import SENSES
from calc.scenario.shapes import AND, COMMA, broken_braces, is_option, read_scalar, scalar, split, unknown_key
from calc.scenario.unit_check import spelled
from calc.scenario.values import read_value
from calc.scenario.yaml_reader import Mapping, Node, Scalar, Sequence
from calc.text import pattern
from calc.units.format import clean

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable

    from calc.engine.catalogue import Quantity
    from calc.errors import Place
    from calc.scenario.case import Context
    from calc.scenario.conditions import Condition
    from calc.value import Value

# How far a value may be moved to one with few digits: conditions would not tell.
ROUND = 2 * SLACK
MAX_AXIS = 100_000_000
_STEP = pattern(r"(.*\S)\s+step\s+(\S.*)")
_COUNT = pattern(r"(.*\S)\s+in\s+([1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)\s+(log\s+)?steps?")


# Between the amounts of a list, not between the digits of one.
_BETWEEN = pattern(r"\s*,(?:\s+|(?!\d{3}(?!\d)))")
_BARE = pattern(r"[-+]?[\d.,_]+")


@dataclass(frozen=True, slots=True)
class Axis:
    """The values that an input takes, in coherent base units, in the order written.

    everywhere: it was said that the input is moved in every part, whatever a part gives itself.
    """

    name: str
    values: tuple[float, ...]
    place: Place
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """Where the value of an input lies, in coherent base units.

    choices: the only values it may take, in rising order; empty for any value. unit_step: the size of one thing, for
    an input that comes in whole things. everywhere: as for an axis. written: the size of the unit that its ends are
    written in, 0 where that is not known.
    """

    name: str
    low: float
    high: float
    choices: tuple[float, ...]
    unit_step: float | None
    place: Place
    everywhere: bool = False
    written: float = 0.0

    def simplest(self, value: float, factor: float, fits: Callable[[float], bool]) -> float:
        """Return a value with as few digits as fit, in the unit that is shown or the one written; itself if none does.

        factor: the size of the unit that is shown. What is one of a few or comes in whole things stays as it is.
        """
        if self.choices or self.unit_step:
            return value
        sizes = [size for size in (factor, self.written) if size]
        near = (each * size for digits in range(1, 11) for size in sizes for each in _neighbours(value / size, digits))
        return next((each for each in near if self.low <= each <= self.high and fits(each)), value)


def _neighbours(number: float, digits: int) -> list[float]:
    """Return the two numbers of so many digits around a number, the nearer one first."""
    written = Decimal(f"{number:.{digits - 1}e}")
    unit = Decimal(1).scaleb(written.adjusted() - digits + 1)
    return [float(written), float(written + (unit if Decimal(number) > written else -unit))]


def read_axis(name: str, node: Node, context: Context) -> Axis:
    """Read the values of an axis: a list, a range with `step`, or one `in N steps` or `in N log steps`, both ends in.

    Raises CalcError.
    """
    quantity, everywhere = known_input(name, node.place, context)
    name, node = quantity.name, _unbracketed(node)
    if isinstance(node, Sequence):
        values = [_point(each, quantity, context) for each in node.items]
        if not values:
            raise CalcError("E-AXIS", f"`{name}` takes no value", place=node.place, hint="write its values in the list")
        return Axis(name, tuple(values), node.place, everywhere)
    if not isinstance(node, Scalar) or node.is_null:
        raise _no_axis(name, quantity, node.place, context)
    if " to " in node.text:
        values = _stepped(node, quantity, context)
        if not values:
            low, high = _ends(node, node.text, quantity, context)
            example = f"{node.text.strip()} in 10 steps"
            raise CalcError(
                "E-AXIS", f"{quote(node.text)} has no steps", place=node.place,
                hint=f"write `{example}`, or a step, as in `5 to 25 kW step 2.5 kW`" if low < high else None,
            )  # fmt: skip
        return Axis(name, tuple(values), node.place, everywhere)
    return Axis(name, (_point(node, quantity, context),), node.place, everywhere)


def read_range(name: str, node: Node, context: Context) -> Range:
    """Read where a value lies: `5 to 60 kW`, perhaps with steps, or a list of choices.

    Raises CalcError.
    """
    quantity, everywhere = known_input(name, node.place, context)
    name, node = quantity.name, _unbracketed(node)
    is_thing = quantity.unit.dimension.is_count and not quantity.unit.dimension.is_ratio
    step = quantity.unit.factor if is_thing else None
    if isinstance(node, Sequence):
        choices = sorted({_point(each, quantity, context) for each in node.items})
        if len(choices) < 2:
            raise CalcError("E-AXIS", f"`{name}` has no choice", place=node.place, hint="give two values or more")
        return Range(name, choices[0], choices[-1], tuple(choices), step, node.place, everywhere)
    if not isinstance(node, Scalar) or " to " not in node.text:
        hint = f"as in `{name}: {example_range(quantity, context.facts)}`"
        raise CalcError("E-AXIS", f"`{name}` has no range to search", place=node.place, hint=hint)
    values = _stepped(node, quantity, context)
    if values:
        return Range(name, values[0], values[-1], tuple(values), step, node.place, everywhere)
    low, high = _ends(node, node.text, quantity, context)
    if step and math.ceil(low / step - SLACK) > math.floor(high / step + SLACK):
        message = f"no whole number of {spelled(quantity)} lies within {quote(node.text)}"
        raise CalcError("E-AXIS", message, place=node.place, hint="widen the range")
    return Range(name, low, high, (), step, node.place, everywhere, _unit_size(node.text, high, quantity))


def _unit_size(text: str, high: float, quantity: Quantity) -> float:
    """Return the size of the unit that a range is written in, 0 where its higher end does not say it."""
    number = parse_amount(as_meant(text.rpartition(" to ")[2], quantity.unit.dimension)).number
    return high / number if number else 0.0


def _unbracketed(node: Node) -> Node:
    """Return amounts with commas between them, as in `2, 4, 8 kW`, as the list that they are; a last unit is of all."""
    if not isinstance(node, Scalar) or " to " in node.text or len(texts := _BETWEEN.split(node.text.strip())) < 2:
        return node
    unit = _BARE.sub("", texts[-1], count=1) if _BARE.match(texts[-1]) else ""
    whole = [f"{each}{unit}" if _BARE.fullmatch(each) else each for each in texts]
    return Sequence([replace(node, text=each) for each in whole], node.place)


def known(name: str, place: Place, context: Context) -> Quantity:
    """Return the quantity of a name, which may name a part and a year, as in `racks_needed in training in 2028`.

    Raises CalcError for a name that nobody declares, and for an unknown part or year.
    """
    reference = read_reference(name, place, context)
    if reference.part == EVERY_PART:
        hint = f"write `{reference.name}` alone, or name one part"
        raise CalcError("E-PART", f"a figure in {EVERY_PART} is several figures", place=place, hint=hint)
    return quantity_of(reference, context)


def known_input(name: str, place: Place, context: Context) -> tuple[Quantity, bool]:
    """Return the quantity that a study varies, and whether it was said that every part takes it.

    Raises CalcError, as `known` does, and for an input of one year or with a single possible value.
    """
    reference = read_reference(name, place, context)
    if reference.year is not None:
        whole = reference._replace(year=None).flat
        hint = f"vary `{whole}` where it is one value for all years or grows; tables by year go under `cases`"
        raise CalcError("E-YEARS", f"{quote(name)} is one year of an input", place=place, hint=hint)
    quantity = quantity_of(reference, context)
    if quantity.low is not None and quantity.low == quantity.high:
        message = f"{quote(name)} can only be {example(quantity, context.facts)}"
        raise CalcError("E-AXIS", message, place=place, hint=quantity.why or None)
    return quantity, reference.part == EVERY_PART


def _no_axis(name: str, quantity: Quantity, place: Place, context: Context) -> CalcError:
    hint = f"as in `{name}: {example_range(quantity, context.facts)} in 4 steps`, or a list of values"
    return CalcError("E-AXIS", f"`{name}` is no axis", place=place, hint=hint)


def _read(node: Node, quantity: Quantity, context: Context) -> Value:
    """Return a value; what is wrong with it is raised, so that it is told once."""
    problems = Problems()
    value = read_value(node, quantity, quantity.name, context.reading._replace(problems=problems))
    problems.raise_if_any()
    if value is None:
        raise AssertionError(quantity.name)
    return value


def _point(node: Node, quantity: Quantity, context: Context) -> float:
    value = _read(node, quantity, context)
    if value.currency:
        raise other_currency(value.currency, quantity, node.place)
    if value.is_uncertain or value.is_yearly:
        hint = f"write one amount in `{quantity.unit_text}`"
        message = f"a value of the axis `{quantity.name}` is not one amount"
        raise CalcError("E-AXIS", message, place=node.place, hint=hint)
    return value.point


def other_currency(currency: str, quantity: Quantity, place: Place) -> CalcError:
    """Return the error for an amount of a study in another currency than its quantity's."""
    declared = str(quantity.unit.dimension.currency)
    message = f"a study gives `{quantity.name}` in {declared}, not in {currency}"
    hint = f"divide by the exchange rate and write `{quantity.unit_text}`, or vary the rate"
    return CalcError("E-CURRENCY", message, place=place, hint=hint)


def _ends(node: Scalar, text: str, quantity: Quantity, context: Context) -> tuple[float, float]:
    value = _read(replace(node, text=text), quantity, context)
    ends = value.distribution.support if value.distribution else None
    if value.currency:
        raise other_currency(value.currency, quantity, node.place)
    if ends is None:
        raise _no_axis(quantity.name, quantity, node.place, context)
    return ends


def _stepped(node: Scalar, quantity: Quantity, context: Context) -> list[float]:
    """Return the values of a range with steps, an empty list for one without."""
    text = node.text.strip()
    match = _STEP.fullmatch(text)
    if match:
        low, high = _ends(node, match[1], quantity, context)
        free = replace(quantity, low=None, high=None)
        at = node.place.shifted(match.start(2) + len(node.text) - len(node.text.lstrip()), len(match[2]))
        step = _point(replace(node, text=match[2], place=at if node.plain else node.place), free, context)
        if step <= 0:
            message, hint = f"the step of `{quantity.name}` is not above 0", "leave it out for one value"
            raise CalcError("E-AXIS", message, place=node.place, hint=hint)
        count = math.floor((high - low) / step * (1 + SLACK) + SLACK) + 1
        _refuse_many(quantity.name, count, node.place)
        return [_written(low + step * at, quantity) for at in range(count)]
    match = _COUNT.fullmatch(text)
    if match is None:
        return []
    low, high = _ends(node, match[1], quantity, context)
    count = int(match[2].replace(",", "")[:25])
    _refuse_many(quantity.name, count, node.place)
    if count < 2:
        raise CalcError("E-AXIS", "a range has two steps or more", place=node.place, hint="both ends are steps")
    if match[3] and low <= 0:
        hint = "begin above 0, or take steps of one size"
        raise CalcError("E-AXIS", f"log steps of `{quantity.name}` begin at 0 or below", place=node.place, hint=hint)
    return _steps(low, high, count, quantity, is_log=bool(match[3]))


def spaced(low: float, high: float, count: int, *, is_log: bool) -> list[float]:
    """Return so many values from low to high, both ends in: as far apart as can be, or as large a multiple."""
    shares = [at / (count - 1) for at in range(count - 1)]
    return [*(low * (high / low) ** each if is_log else low + (high - low) * each for each in shares), high]


def _steps(low: float, high: float, count: int, quantity: Quantity, *, is_log: bool) -> list[float]:
    found = [*(_written(each, quantity) for each in spaced(low, high, count, is_log=is_log)[:-1]), high]
    dimension = quantity.unit.dimension
    if dimension.is_count and not dimension.is_ratio:
        # Things come whole.
        factor = quantity.unit.factor
        return list(dict.fromkeys(round(each / factor) * factor for each in found))
    return found


def _written(base: float, quantity: Quantity) -> float:
    """Return a value as it is when somebody writes it in the unit of its quantity: without noise in the last digit."""
    factor = quantity.unit.factor
    return clean(base / factor) * factor


def _refuse_many(name: str, count: int, place: Place) -> None:
    if count > MAX_AXIS:
        message = f"the axis `{name}` has {count:,} values"
        raise CalcError("E-TOO-LARGE", message, place=place, hint=f"take at most {MAX_AXIS:,}")


# ---------------- what the sections of studies share


@dataclass(frozen=True, slots=True)
class Wanted:
    """A figure and whether much or little of it is wanted; sense: maximise or minimise."""

    sense: str
    name: str

    @property
    def sign(self) -> int:
        """Return what to multiply the figure with so that less is better."""
        return -1 if self.sense == "maximise" else 1


def read_conditions(node: Node, context: Context, confidence: float | None = None) -> list[Condition]:
    """Read `so that`: one condition or a list of them.

    confidence: that of the goal, for conditions that say none of their own.
    Raises CalcError.
    """
    found = []
    for item in _listed(node, AND, context):
        text = read_scalar(item, "so that", "servers_per_rack >= 5")
        condition = read_study_condition(text.text, text.place, context, exact_place=text.plain)
        if condition.confidence is None and confidence is not None:
            condition = condition._replace(confidence=confidence, of_goal=True)
        found.append(condition)
    return found


def _listed(node: Node, at: re.Pattern[str], context: Context) -> list[Node]:
    """Return the items of a list, those of the command line split where it lists several in one text."""
    found: list[Node] = []
    for each in node.items if isinstance(node, Sequence) else [node]:
        if isinstance(each, Scalar) and is_option(each):
            source = each.place.source.name
            found += [scalar(source, text) for text in split(each.text, at, context.document.parts)]
        else:
            found.append(each)
    return found


def read_confidence(node: Node | None) -> float | None:
    """Read `confidence: 80 %`.

    Raises CalcError.
    """
    if node is None:
        return None
    scalar = read_scalar(node, "confidence", "80 %")
    hint = "as in `confidence: 80 %`, above 0 % and below 100 %"
    try:
        amount = parse_amount(scalar.text)
    except AmountError as error:
        raise CalcError("E-VALUE", f"`confidence`: {error.message}", place=scalar.place, hint=hint) from None
    is_share = amount.unit is None or amount.unit.dimension.is_ratio
    if not is_share or not 0 < amount.base < 1:
        raise CalcError("E-VALUE", f"a confidence of {quote(scalar.text)}", place=scalar.place, hint=hint)
    return amount.base


def read_names(node: Node, what: str, context: Context) -> list[str]:
    """Read the name of a figure, or a list of names.

    Raises CalcError.
    """
    scalars = [read_scalar(each, what, "racks_needed") for each in _listed(node, COMMA, context)]
    return [known(each.text.strip(), each.place, context).name for each in scalars]


def read_wanted(node: Node, context: Context) -> Wanted:
    """Read `minimise NAME` or `maximise NAME`.

    Raises CalcError.
    """
    scalar = read_scalar(node, "pareto", "minimise rack_power_stranded")
    sense, _, name = scalar.text.strip().partition(" ")
    if sense not in SENSES or not name.strip():
        meant = scalar.text.split()[-1:]
        wanted = meant[0] if meant and meant[0] in context.catalogue else "racks_needed"
        hint = f"write `minimise {wanted}` or `maximise {wanted}`"
        raise CalcError("E-VALUE", f"{quote(scalar.text)} says not what is wanted", place=scalar.place, hint=hint)
    return Wanted(SENSES[sense], known(name.strip(), scalar.place, context).name)


def sense_of(node: Mapping) -> str | None:
    """Return `maximise` or `minimise`, as the mapping writes it, or None where it has neither.

    Raises CalcError where it has both.
    """
    found = [key for key in node.entries if key in SENSES]
    if len(found) > 1:
        place = node.entries[found[1]][0].place
        message = f"`{found[0]}` and `{found[1]}` cannot both be reached"
        raise CalcError("E-GOAL", message, place=place, hint="keep one; the other may be a condition under `so that`")
    return found[0] if found else None


def wanted_of(node: Mapping, key: str, context: Context) -> Wanted:
    """Return the figure that a mapping's `maximise` or `minimise` names.

    Raises CalcError.
    """
    scalar = read_scalar(node.entries[key][1], key, "compute_optimal_loss")
    return Wanted(SENSES[key], known(scalar.text.strip(), scalar.place, context).name)


def refuse_other_keys(node: Mapping, allowed: Iterable[str], where: str) -> None:
    """Refuse a key that means nothing here.

    Raises CalcError.
    """
    keys = list(allowed)
    for name, (key, value) in node.entries.items():
        if name in keys:
            continue
        if node.flow and isinstance(value, Scalar) and value.is_null and not value.text:
            raise broken_braces(key)
        raise unknown_key(key, keys, where)


def first_place(node: Node, key: str) -> Place:
    """Return the place of a key of a mapping, or that of the node."""
    return node.entries[key][0].place if isinstance(node, Mapping) and key in node.entries else node.place
