"""Quantities of the parts and years of a scenario as quantities of their own: `racks_needed in training in 2028`.

With them a case with parts is one case without: a formula of a part is the same formula over the names of that part,
what all parts share is passed on to each, and a total is a sum over the parts. Whatever works on a case then works on
one with parts, and what the parts have in common is computed once.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from calc import ops
from calc.engine.catalogue import Catalogue, Quantity
from calc.expression import Call, Expression, Name, Number, fold, is_left_out
from calc.records import dataclass, field, replace
from calc.text import pattern
from calc.units import RATIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from calc.engine.graph import AnyFormula

# The variant of a part's figure that takes the value which all parts share.
SHARED = "shared by all parts"
_YEAR = pattern(r"(?:FY)?\d{4}(?:/\d{2})?")


class Key(str):
    """What a quantity of a part or a year is called: `racks_needed in training in 2028`, with what it is made of.

    name: of the quantity. part: empty for the whole case. year: None for all years. A text alone cannot be taken apart,
    because a part may be called `built in 2026`. A part called as a year is, `2026`, stands as `in part 2026`.
    """

    __slots__ = ("name", "part", "year")
    name: str
    part: str
    year: int | None

    def __new__(cls, name: str, part: str = "", year: int | None = None) -> Self:
        """Return the key of a quantity, of a part and of a year where they are named."""
        shown = f"part {part}" if _YEAR.fullmatch(part) else part
        text = f"{name}{f' in {shown}' if part else ''}{'' if year is None else f' in {year}'}"
        found = super().__new__(cls, text)
        found.name, found.part, found.year = str(name), str(part), year
        return found

    def __reduce__(self) -> tuple[type[Key], tuple[str, str, int | None]]:
        return Key, (self.name, self.part, self.year)


def qualified(name: str, part: str = "", year: int | None = None) -> Key:
    """Return what a quantity of a part or a year is called."""
    return Key(name, part, year)


def dated(key: str, year: int) -> Key:
    """Return what one year of a quantity, which may be of a part, is called."""
    known = key_of(key)
    return Key(known.name, known.part, year)


def key_of(name: str) -> Key:
    """Return a name as a key; one that is no key yet is of no part and of no year."""
    return name if isinstance(name, Key) else Key(name)


def growth_of(name: str) -> str:
    """Return what the growth of an input from year to year is called."""
    return f"growth of {name}"


def share_of(name: str) -> str:
    """Return what the share of the draws of a value by year that lie below it is called."""
    return f"share below {name}"


def flag_of(year: int) -> str:
    """Return the name of what is 1 in a year and 0 in all others."""
    return f"is {year}"


def flat_catalogue(
    catalogue: Catalogue,
    parts: Sequence[str],
    totals: Mapping[str, str],
    of_years: Iterable[tuple[str, str, int]] = (),
    growing: Iterable[str] = (),
    over: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Catalogue:
    """Return a catalogue that also has every quantity of every part, the totals as formulas, and figures of one year.

    totals: what each adds up. of_years: name, part (empty for none) and year of figures that are looked at in one year.
    growing: inputs, by their qualified names, that differ from year to year and are moved. over: the parts that a total
    goes over, where they are not all.
    """
    found = dict(catalogue.quantities)
    for part in parts:
        keys = {name: qualified(name, part) for name in catalogue.quantities}
        found.update((keys[name], _of_part(one, keys)) for name, one in catalogue.quantities.items())
    for total, added in totals.items():
        if total in catalogue:
            for each in _total(catalogue[total], added, over.get(total, parts)):
                found[each.name] = each
    for name, part, year in of_years:
        for each in _dated(found[qualified(name, part)], year):
            found[each.name] = each
    for name in growing:
        for label in (growth_of(name), share_of(name)):
            # Between 0 and 1 it is printed as a percentage.
            found[label] = replace(found[name], name=label, measured=RATIO, unit_text="1", low=0, high=1, formulas={})
    return Catalogue(found, catalogue.checks, catalogue.choices, catalogue.verdicts)


@dataclass(frozen=True, slots=True)
class FlatFormula:
    """A formula over the names of a part, or one that joins parts or years; it has what a model's formula has."""

    name: str
    variant: str
    parameters: tuple[str, ...]
    whole: AnyFormula | None
    part: str
    _written: list[Expression] = field(default_factory=list, repr=False, compare=False)

    # A study has one for every formula of every part and reads few: nothing is made before it is asked for.

    @property
    def label(self) -> str:
        """Return what a reader calls the figure of the part; empty where the formula that it was has no label."""
        return self.whole.label if self.whole else ""

    @property
    def source(self) -> str:
        """Return the source of the formula that it was; empty for one that joins."""
        return self.whole.source if self.whole else ""

    @property
    def assumption(self) -> str:
        """Return what the formula that it was assumes; empty for one that joins."""
        return self.whole.assumption if self.whole else ""

    @property
    def is_over_years(self) -> bool:
        """Tell whether it looks at all years at once."""
        if self.whole is not None:
            return self.whole.is_over_years
        (written,) = self._written
        return isinstance(written, Call) and bool(ops.TABLE[written.op].years)

    def is_left_out(self, absent: AbstractSet[str]) -> bool:
        """Tell whether there is no figure without the absent names."""
        return is_left_out(self.expression, absent)

    @property
    def expression(self) -> Expression:
        """Return the expression over the names of the part, made when it is first needed."""
        if not self._written and self.whole is not None:
            renamed = {name: qualified(name, self.part) for name in self.whole.parameters}
            self._written.append(rename(self.whole.expression, renamed))
        return self._written[0]


def rename(expression: Expression, renamed: Mapping[str, str]) -> Expression:
    """Return an expression with other names."""

    def visit(node: Expression, args: list[Expression]) -> Expression:
        if isinstance(node, Name):
            return Name(renamed.get(node.name, node.name))
        return Call(node.op, tuple(args)) if isinstance(node, Call) else node

    return fold(expression, visit)


def _joined(name: str, expression: Expression, parameters: Sequence[str], variant: str = "") -> FlatFormula:
    return FlatFormula(name, variant, tuple(parameters), None, "", [expression])


def _of_part(quantity: Quantity, keys: Mapping[str, Key]) -> Quantity:
    """Return a quantity of a part; keys: what the part's quantities are called."""
    name = keys[quantity.name]
    passed_on = _joined(name, Name(quantity.name), [quantity.name], SHARED if quantity.formulas else "")
    formulas = {
        variant: FlatFormula(name, variant, tuple(keys[each] for each in formula.parameters), formula, name.part)
        for variant, formula in quantity.formulas.items()
    }
    formulas[passed_on.variant] = passed_on
    return replace(quantity, name=name, formulas=formulas)  # type: ignore[arg-type]  # they are AnyFormula


def _total(total: Quantity, added: str, parts: Sequence[str]) -> Iterable[Quantity]:
    """Yield a sum over the parts, one after the other by their names; one that does not include the figure is left out.

    So the last digits do not depend on the order in which the parts are written.
    """
    parts = sorted(parts)
    before: str = qualified(added, parts[0])
    for at, part in enumerate(parts[1:], 2):
        name = total.name if at == len(parts) else f"{total.name} of {at} parts"
        sums, each = Name(before), Name(qualified(added, part))
        either = Call("if_included", (sums, each))
        whole = Call("if_included", (Call("add", (sums, each)), either))
        yield replace(total, name=name, formulas={"": _joined(name, whole, [before, each.name])})  # type: ignore[dict-item]  # it has what a Formula has, AnyFormula
        before = name
    if len(parts) == 1:
        yield replace(total, formulas={"": _joined(total.name, Name(before), [before])})  # type: ignore[dict-item]  # it has what a Formula has, AnyFormula


def _dated(quantity: Quantity, year: int) -> Iterable[Quantity]:
    flag, name = flag_of(year), dated(quantity.name, year)
    yield replace(quantity, name=flag, told=f"1 in {year}", measured=RATIO, unit_text="1", optional=False, formulas={})
    chosen = Call("total", (Call("where", (Name(flag), Name(quantity.name), Number(0.0))),))
    formula = _joined(name, chosen, [flag, quantity.name])
    yield replace(quantity, name=name, optional=False, formulas={"": formula})  # type: ignore[dict-item]  # it has what a Formula has, AnyFormula
