"""Dimensions and units as small immutable values."""

from __future__ import annotations

from functools import cache

from calc.records import dataclass
from calc.units.table import UNITS

Exponents = tuple[tuple[str, int], ...]

# Dimensions of things that come in whole numbers; only they (and pure ratios) may be rounded.
COUNTS = frozenset(
    {
        "gpu", "server", "rack", "rack_unit", "person", "token", "parameter", "entity", "item", "model",
        "request", "replica", "query", "image", "user", "seat", "node", "VM", "core",
    }
)  # fmt: skip
# Counts that scenarios declare, dimensions of their own too: by their names, the plural. A figure keeps its unit after
# its scenario is read, so that what was declared once stays; `calc.units.parse` says where it may be written.
OWN_COUNTS: dict[str, str] = {}
CURRENCIES = (
    "USD", "CNY", "EUR", "GBP", "JPY",
    "AUD", "BRL", "CAD", "CHF", "DKK", "HKD", "INR", "KRW", "MYR", "NOK", "SEK", "SGD", "TWD",
)  # fmt: skip


def definition(atom: str) -> tuple[float, Exponents]:
    """Return how many coherent base units a unit is, and of what; KeyError for an unknown one."""
    return (1.0, ((atom, 1),)) if atom in OWN_COUNTS else UNITS[atom]


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
    "VM": "VM",
    "computation": "floating-point operation",
    "carbon": "CO2e",
    "apparent_power": "apparent power",
}
_PLURAL = {
    **{base: f"{_PLAIN.get(base, base)}s" for base in (*COUNTS, "computation", "operation")},
    "person": "people",
    "entity": "entities",
    "query": "queries",
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
        return all(base in COUNTS or base in OWN_COUNTS for base, _ in self.exponents)

    @property
    def needs_no_unit(self) -> bool:
        """Tell whether a number alone says all beside a figure: one of a count, in its declared unit, or a date."""
        return self.is_count or self.exponents == (("calendar_year", 1),)

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
            _PLURAL.get(base, OWN_COUNTS.get(base, base)) if power == 1 else _powered(base, power)
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
        factor, exponents = definition(atom)
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
    "parameter": "parameter", "entity": "entity", "item": "item", "model": "model", "request": "request",
    "query": "query", "image": "image", "user": "user", "seat": "seat", "node": "node", "VM": "VM",
    "core": "core", "operation": "OP", "calendar_year": "AD", "voltage": "V",
    "apparent_power": "kVA", **{currency: currency for currency in CURRENCIES},
}  # fmt: skip


def plain_unit(dimension: Dimension) -> Unit:
    """Return the unit that a figure of this dimension is shown in when its formula suggests none: kW, kWh, hours."""
    rest, atoms = dict(dimension.exponents), []
    for name, exponents in (("kW", _NAMES[0][1]), ("kWh", _NAMES[1][1])):
        for sign in (1, -1):
            if all(rest.get(base) == sign * power for base, power in exponents):
                atoms.append((name, sign))
                rest = {base: power for base, power in rest.items() if base not in dict(exponents)}
    atoms += [(_PREFERRED.get(base, base), power) for base, power in rest.items()]
    return _build(tuple(sorted(atoms, key=lambda atom: atom[1] < 0)))


_SHORT = ("s", "minute", "hour")


def reduced_unit(unit: Unit) -> Unit:
    """Return the unit that a person would write for a product or quotient of units.

    What measures one thing above and below the line cancels: `USD*s/(hour*token)` is `USD/token`, `USD*MW/(kW*month)`
    is `USD/month`. Power times time is energy; an energy a second or an hour is a power, one a month stays an energy a
    month. Computation a second over a second is a count. OverflowError where no number could hold it.
    """
    atoms = {atom: power for atom, power in unit.atoms if definition(atom)[1] or len(unit.atoms) == 1}
    _join_energy(atoms, 1)
    _join_energy(atoms, -1)
    _cancel(atoms)
    energy = next((atom for atom in atoms if _measures(atom) == _ENERGY), None)
    power = next((atom for atom in atoms if _measures(atom) == _POWER), None)
    span = next((atom for atom in atoms if _measures(atom) == _TIME_ALONE), None)
    if energy and power and atoms[energy] == -atoms[power]:
        # Power by energy is by time: kW x USD/kWh is USD/hour.
        _put(atoms, "hour", atoms[energy])
        del atoms[energy], atoms[power]
        _cancel(atoms)
    elif energy and span in _SHORT and span and atoms[energy] == -atoms[span]:
        _put(atoms, "kW", atoms[energy])
        del atoms[energy], atoms[span]
    others = [atom for atom in atoms if atom != "s"]
    if atoms.get("s") == 1 and len(unit.atoms) > 1 and all(atom in COUNTS and atoms[atom] == 1 for atom in others):
        # How long something takes, or how long so many take, is written in hours: gpu-hours.
        atoms = {**dict.fromkeys(others, 1), "hour": 1}
    return _build(tuple(sorted(((atom, each) for atom, each in atoms.items() if each), key=lambda atom: atom[1] < 0)))


_POWER, _ENERGY, _TIME_ALONE = _NAMES[0][1], _NAMES[1][1], (("time", 1),)


def _measures(atom: str) -> Exponents:
    return definition(atom)[1]


def _put(atoms: dict[str, int], atom: str, power: int) -> None:
    atoms[atom] = atoms.get(atom, 0) + power


def _join_energy(atoms: dict[str, int], sign: int) -> None:
    """Replace power and time on one side of the line by energy; below it a price a kW and month stays one."""
    power = next((atom for atom, each in atoms.items() if each == sign and _measures(atom) == _POWER), None)
    spans = [atom for atom, each in atoms.items() if each == sign and _measures(atom) == _TIME_ALONE]
    span = next((atom for atom in spans if sign > 0 or atom in _SHORT), None)
    if power and span:
        del atoms[power], atoms[span]
        # What is by the second is small: J/token.
        _put(atoms, "J" if span == "s" else "kWh", sign)


def _cancel(atoms: dict[str, int]) -> None:
    """Cancel atoms that measure one thing above and below the line; the one that is left over keeps its unit."""
    for one in [atom for atom, power in atoms.items() if power > 0]:
        for other in [atom for atom, power in atoms.items() if power < 0 and _measures(atom) == _measures(one)]:
            common = min(atoms.get(one, 0), -atoms[other])
            if common > 0:
                atoms[one] -= common
                atoms[other] += common
    for atom in [atom for atom, power in atoms.items() if not power]:
        del atoms[atom]
