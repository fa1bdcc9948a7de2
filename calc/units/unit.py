"""Dimensions and units as small immutable values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from calc.units.table import UNITS

Exponents = tuple[tuple[str, int], ...]

# Dimensions of things that come in whole numbers; only they (and pure ratios) may be rounded.
COUNTS = frozenset({"gpu", "server", "rack", "rack_unit", "person", "token", "parameter", "entity", "item", "model"})
CURRENCIES = (
    "USD", "CNY", "EUR", "GBP", "JPY",
    "AUD", "BRL", "CAD", "CHF", "DKK", "HKD", "INR", "KRW", "MYR", "NOK", "SEK", "SGD", "TWD",
)  # fmt: skip

# What a person calls a dimension, most specific first.
_NAMES: tuple[tuple[str, Exponents], ...] = (
    ("power", (("length", 2), ("mass", 1), ("time", -3))),
    ("energy", (("length", 2), ("mass", 1), ("time", -2))),
    ("area", (("length", 2),)),
    ("volume", (("length", 3),)),
    ("a rate of computation", (("computation", 1), ("time", -1))),
    ("a rate of operations", (("operation", 1), ("time", -1))),
    ("current", (("apparent_power", 1), ("voltage", -1))),
)
_PLAIN = {
    "rack_unit": "rack unit",
    "computation": "floating-point operation",
    "carbon": "CO2e",
    "apparent_power": "apparent power",
}
_PLURAL = {
    **{base: f"{_PLAIN.get(base, base)}s" for base in (*COUNTS, "computation", "operation")},
    "person": "people",
    "entity": "entities",
    "carbon": "CO2e",
    "apparent_power": "apparent power",
}


@dataclass(frozen=True, slots=True)
class Dimension:
    """Exponents of the base dimensions, sorted by name; a pure ratio has none."""

    exponents: Exponents = ()

    def __mul__(self, other: Dimension) -> Dimension:
        return _combine(self.exponents, other.exponents, 1)

    def __truediv__(self, other: Dimension) -> Dimension:
        return _combine(self.exponents, other.exponents, -1)

    def __pow__(self, power: int) -> Dimension:
        return Dimension(tuple((base, exponent * power) for base, exponent in self.exponents if power))

    @property
    def is_ratio(self) -> bool:
        """Tell whether this is a pure number."""
        return not self.exponents

    @property
    def is_count(self) -> bool:
        """Tell whether this is made of counted things alone (servers, servers per rack) or a pure number."""
        return all(base in COUNTS for base, _ in self.exponents)

    @property
    def currency(self) -> str | None:
        """Return the currency in the dimension, if there is one."""
        return next((base for base, _ in self.exponents if base in CURRENCIES), None)

    def describe(self) -> str:
        """Return words for the dimension, such as "power per server"."""
        if not self.exponents:
            return "a pure number"
        rest = dict(self.exponents)
        words: list[str] = []
        divided: list[str] = []
        for name, wanted in _NAMES:
            for sign, group in ((1, words), (-1, divided)):
                if all(rest.get(base) == sign * power for base, power in wanted):
                    group.append(name)
                    rest = {base: power for base, power in rest.items() if base not in dict(wanted)}
        words += [
            _PLURAL.get(base, base) if power == 1 else _powered(base, power)
            for base, power in rest.items()
            if power > 0
        ]
        below = divided + [_powered(base, -power) for base, power in rest.items() if power < 0]
        top = " times ".join(words) or "a number"
        return f"{top} per {' and '.join(below)}" if below else top


def _powered(base: str, power: int) -> str:
    word = _PLAIN.get(base, base)
    return word if power == 1 else f"{word}^{power}"


def _combine(left: Exponents, right: Exponents, sign: int) -> Dimension:
    if not right:
        return Dimension(left)
    total = dict(left)
    for base, power in right:
        total[base] = total.get(base, 0) + sign * power
    return Dimension(tuple(sorted((base, power) for base, power in total.items() if power)))


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit expression.

    atoms: canonical unit names with their exponents, as written.
    factor: how many coherent base units one of it is.
    dimension: what it measures.
    """

    atoms: Exponents
    factor: float
    dimension: Dimension

    def __mul__(self, other: Unit) -> Unit:
        return _build(_merge_atoms(self.atoms, other.atoms, 1))

    def __truediv__(self, other: Unit) -> Unit:
        return _build(_merge_atoms(self.atoms, other.atoms, -1))

    def __pow__(self, power: int) -> Unit:
        return _build(tuple((atom, exponent * power) for atom, exponent in self.atoms if power))

    def __str__(self) -> str:
        above = "*".join(_atom_text(atom, power) for atom, power in self.atoms if power > 0)
        below = [_atom_text(atom, -power) for atom, power in self.atoms if power < 0]
        if not below:
            return above or "1"
        return f"{above or '1'}/{below[0]}" if len(below) == 1 else f"{above or '1'}/({'*'.join(below)})"

    def without(self, atom: str) -> Unit:
        """Return the unit without one of its atoms (`kW/rack` without `rack` is `kW`)."""
        return _build(tuple(pair for pair in self.atoms if pair[0] != atom))


def _atom_text(atom: str, power: int) -> str:
    return atom if power == 1 else f"{atom}**{power}"


def _merge_atoms(left: Exponents, right: Exponents, sign: int) -> Exponents:
    total = dict(left)
    for atom, power in right:
        total[atom] = total.get(atom, 0) + sign * power
    return tuple((atom, power) for atom, power in total.items() if power)


# A unit that so many or so few base units make is none that anybody measures in.
_LARGEST_FACTOR = 1e250
_LARGEST_POWER = 1000


@cache
def _build(atoms: Exponents) -> Unit:
    """Return the unit of atoms with exponents; OverflowError where it is too large or too small for a number."""
    # Factors of numerator and denominator are multiplied apart: 1/(kW*month) is exact, 1/kW/month is rounded twice.
    above = below = 1.0
    dimension = Dimension()
    for atom, power in atoms:
        factor, exponents = UNITS[atom]
        if abs(power) > _LARGEST_POWER:
            raise OverflowError(atom)
        if power > 0:
            above *= factor**power
        else:
            below *= factor**-power
        dimension *= Dimension(exponents) ** power
    if not 1 / _LARGEST_FACTOR < above / below < _LARGEST_FACTOR:
        raise OverflowError(above / below)
    return Unit(atoms, above / below, dimension)


def make_unit(atoms: Exponents) -> Unit:
    """Return the unit made of canonical atoms with exponents, as (("USD", 1), ("kWh", -1)).

    Raises KeyError for an atom that the table lacks.
    """
    return _build(atoms)


RATIO = _build(())


_PREFERRED = {
    "time": "hour", "length": "m", "mass": "kg", "data": "GB", "computation": "FLOP", "carbon": "tCO2e",
    "gpu": "gpu", "server": "server", "rack": "rack", "rack_unit": "rack_unit", "person": "person", "token": "token",
    "parameter": "parameter", "entity": "entity", "item": "item", "model": "model",
    "operation": "OP", "calendar_year": "AD", "voltage": "V", "apparent_power": "kVA",
    **{currency: currency for currency in CURRENCIES},
}  # fmt: skip


def plain_unit(dimension: Dimension) -> Unit:
    """Return the unit that a figure of this dimension is shown in when its formula suggests none: kW, kWh, hours."""
    rest, atoms = dict(dimension.exponents), []
    for name, exponents in (("kW", _NAMES[0][1]), ("kWh", _NAMES[1][1])):
        for sign in (1, -1):
            if all(rest.get(base) == sign * power for base, power in exponents):
                atoms.append((name, sign))
                rest = {base: power for base, power in rest.items() if base not in dict(exponents)}
    atoms += [(_PREFERRED[base], power) for base, power in rest.items()]
    return _build(tuple(sorted(atoms, key=lambda atom: atom[1] < 0)))
