"""`expect:` the figures that a scenario file promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from calc.errors import CalcError, Place, Problems, quote
from calc.scenario.amount import Amount, parse_amount, to_base
from calc.scenario.expressions import unknown_name
from calc.scenario.fit import unit_of
from calc.scenario.nodes import Mapping, Node, Scalar
from calc.scenario.refusals import AmountError
from calc.text import did_you_mean, or_list
from calc.units import RATIO

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue

NO_VALUE = "no value"
_SLACK = 1e-9


@dataclass(frozen=True, slots=True)
class Expectation:
    """A promised figure of one case.

    base, tolerance: in coherent base units; base is None for a promised `no value`.
    """

    case: str
    name: str
    base: float | None
    tolerance: float
    text: str
    place: Place

    def holds(self, figure: float) -> bool:
        """Tell whether a figure in base units rounds to the digits written, or lies within the stated tolerance."""
        if self.base is None:
            return False
        slack = _SLACK * max(abs(self.base), abs(figure))
        return abs(figure - self.base) <= self.tolerance + slack


def read_expectations(
    section: Mapping | None, cases: list[str], catalogue: Catalogue, problems: Problems
) -> list[Expectation]:
    """Read `expect:`; with cases, names of cases stand above the names of quantities."""
    if section is None:
        return []
    if not cases:
        return _read_case("base", section, catalogue, problems)
    found = []
    for name, (key, node) in section.entries.items():
        if name not in cases:
            hint = (
                did_you_mean(name, cases)
                or f"with `cases:`, the names of cases stand under `expect:`: {or_list(cases)}"
            )
            problems.add(CalcError("E-CASE", f"there is no case {quote(name)}", place=key.place, hint=hint))
        elif not isinstance(node, Mapping):
            problems.add(
                CalcError(
                    "E-VALUE",
                    f"the promises of {quote(name)} are a mapping",
                    place=node.place,
                    hint="as in `{servers_per_rack: 4}`",
                )
            )
        else:
            found.extend(_read_case(name, node, catalogue, problems))
    return found


def _read_case(case: str, section: Mapping, catalogue: Catalogue, problems: Problems) -> list[Expectation]:
    found = []
    for name, (key, node) in section.entries.items():
        try:
            if name not in catalogue:
                raise unknown_name(name, catalogue, key.place)
            found.append(_read(case, name, node, catalogue))
        except CalcError as error:
            problems.add(error)
    return found


def _read(case: str, name: str, node: Node, catalogue: Catalogue) -> Expectation:
    within = None
    value = node
    if isinstance(node, Mapping):
        if set(node.entries) != {"value", "within"}:
            raise CalcError(
                "E-VALUE",
                f"the promise for `{name}` has another form",
                place=node.place,
                hint="write `4.5 kW`, `no value` or `{value: 1.826 USD/gpu/hour, within: 0.1 %}`",
            )
        value, within = node.entries["value"][1], _share(node.entries["within"][1])
    if not isinstance(value, Scalar) or value.is_null:
        raise CalcError(
            "E-MISSING-VALUE",
            f"the promise for `{name}` is missing a value",
            place=node.place,
            hint="write `4.5 kW` or `no value`",
        )
    text = value.text.strip()
    if text == NO_VALUE:
        return Expectation(case, name, None, 0.0, text, value.place)
    amount = _amount(text, value.place)
    quantity = catalogue[name]
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
    return Expectation(case, name, amount.base, tolerance, text, value.place)


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
