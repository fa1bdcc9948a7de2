"""`expect:` the figures that a scenario file promises."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from calc.errors import CalcError, Place, quote
from calc.scenario.amount import Amount, as_meant, in_dollars, parse_amount, to_base
from calc.scenario.conditions import SLACK
from calc.scenario.expressions import unknown_name
from calc.scenario.fit import unit_of
from calc.scenario.nodes import Mapping, Node, Scalar
from calc.scenario.refusals import AmountError
from calc.scenario.resolved import BASE
from calc.scenario.shapes import read_mapping
from calc.scenario.years import read_year, span_text
from calc.text import did_you_mean, or_list
from calc.units import RATIO

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue
    from calc.scenario.context import Context

NO_VALUE = "no value"


class Expectation(NamedTuple):
    """A promised figure of one case, and of one part where that is not empty.

    base, tolerance: in coherent base units; base is None for a promised `no value`.
    year: the year that is promised; None for all of them.
    """

    case: str
    part: str
    name: str
    base: float | None
    tolerance: float
    text: str
    place: Place
    year: int | None = None

    def holds(self, figure: float) -> bool:
        """Tell whether a figure in base units rounds to the digits written, or lies within the stated tolerance."""
        if self.base is None:
            return False
        slack = SLACK * max(abs(self.base), abs(figure))
        return abs(figure - self.base) <= self.tolerance + slack


def read_expectations(
    section: Mapping | None, cases: list[str], parts: list[str], context: Context
) -> list[Expectation]:
    """Read `expect:`; with cases, their names stand above the names of parts and quantities."""
    if section is None:
        return []
    if not cases:
        return _read_case(BASE, section, parts, context)
    found = []
    for name, (key, node) in section.entries.items():
        if name not in cases:
            hint = (
                did_you_mean(name, cases)
                or f"with `cases:`, the names of cases stand under `expect:`: {or_list(cases)}"
            )
            context.problems.add(CalcError("E-CASE", f"there is no case {quote(name)}", place=key.place, hint=hint))
        elif isinstance(node, Mapping):
            found.extend(_read_case(name, node, parts, context))
        else:
            context.problems.add(no_mapping(name, node))
    return found


def no_mapping(name: str, node: Node) -> CalcError:
    """Return the error for promises of a case, a part or a line of a table that have no names."""
    hint = "as in `{servers_per_rack: 4}`"
    return CalcError("E-VALUE", f"the promises of {quote(name)} are a mapping", place=node.place, hint=hint)


def _read_case(case: str, section: Mapping, parts: list[str], context: Context) -> list[Expectation]:
    found = []
    for name, (key, node) in section.entries.items():
        if name not in parts:
            found += _read_names(case, "", {name: (key, node)}, context)
        elif isinstance(node, Mapping):
            found += _read_names(case, name, node.entries, context)
        else:
            context.problems.add(no_mapping(name, node))
    return found


def _read_names(case: str, part: str, entries: dict[str, tuple[Scalar, Node]], context: Context) -> list[Expectation]:
    found = []
    for name, (key, node) in entries.items():
        try:
            if name not in context.catalogue:
                raise _no_line(name, node, key, context) or unknown_name(name, context.catalogue, key.place)
            for year, each in _by_year(node, context.document.years):
                found.append(_read(Where(case, part, name, year), each, context.catalogue))
        except CalcError as error:
            context.problems.add(error)
    return found


def _no_line(name: str, node: Node, key: Scalar, context: Context) -> CalcError | None:
    """Return the error for promises of a line that the table does not have, or None where none is meant."""
    lines = list(context.document.table)
    meant = did_you_mean(name, lines)
    if not lines or not (meant or isinstance(node, Mapping)):
        return None
    hint = meant or f"its lines are {or_list(lines[:5])}"
    return CalcError("E-TABLE", f"the table has no line {quote(name)}", place=key.place, hint=hint)


def _by_year(node: Node, years: tuple[int, ...]) -> list[tuple[int | None, Node]]:
    """Return the promises by year that a node holds, or the one for all years."""
    if not isinstance(node, Mapping) or list(node.entries) != ["by year"]:
        return [(None, node)]
    found: list[tuple[int | None, Node]] = []
    for text, (key, each) in read_mapping(node.entries["by year"][1], "by year").entries.items():
        year = read_year(text, key.place)
        if year not in years:
            hint = f"`years` are {span_text(years)}" if years else "add `years: 2026 to 2030`"
            raise CalcError("E-YEARS", f"the scenario has no year {year}", place=key.place, hint=hint)
        found.append((year, each))
    return found


class Where(NamedTuple):
    """What is promised: case, part, name and year."""

    case: str
    part: str
    name: str
    year: int | None


def _read(where: Where, node: Node, catalogue: Catalogue) -> Expectation:
    name = where.name
    within = None
    value = node
    if isinstance(node, Mapping):
        if set(node.entries) != {"value", "within"}:
            raise CalcError(
                "E-VALUE",
                f"the promise for `{name}` has another form",
                place=node.place,
                hint="as in `4.5 kW`, `no value` or `{value: 1.826 USD/gpu/hour, within: 0.1 %}`",
            )
        value, within = node.entries["value"][1], _share(node.entries["within"][1])
    if not isinstance(value, Scalar) or value.is_null:
        raise CalcError(
            "E-MISSING-VALUE",
            f"the promise for `{name}` is missing a value",
            place=node.place,
            hint="as in `4.5 kW` or `no value`",
        )
    text = value.text.strip()
    promise = partial(Expectation, where.case, where.part, name, text=text, place=value.place, year=where.year)
    if text == NO_VALUE:
        return promise(base=None, tolerance=0.0)
    quantity = catalogue[name]
    amount = in_dollars(_amount(as_meant(text, quantity.unit.dimension), value.place), catalogue.rates)
    # A count is promised in whole things of its declared unit, so its unit may be left out; nothing else's may.
    if amount.unit is None and quantity.unit.dimension.is_count:
        amount = Amount(amount.number, quantity.unit, amount.step, amount.bare_text)
    _, currency = unit_of(amount, quantity, value.place, name)
    if currency:
        raise CalcError(
            "E-CURRENCY",
            f"`{name}` is promised in {currency}",
            place=value.place,
            hint=f"write it in `{quantity.unit_text}`",
        )
    unit = amount.unit or RATIO
    tolerance = to_base(amount.step, unit) / 2 if within is None else abs(amount.base) * within
    return promise(base=amount.base, tolerance=tolerance)


def _amount(text: str, place: Place) -> Amount:
    try:
        return parse_amount(text)
    except AmountError as error:
        raise CalcError(
            "E-VALUE", error.message, place=place.shifted(error.start, error.length), hint=error.hint
        ) from None


def _share(node: Node) -> float:
    if isinstance(node, Scalar) and not node.is_null:
        amount = _amount(node.text, node.place)
        if amount.unit is not None and amount.unit.dimension.is_ratio and 0 < amount.base < 1:
            return amount.base
    raise CalcError("E-VALUE", "`within` is a percentage", place=node.place, hint="as in `within: 0.1 %`")
