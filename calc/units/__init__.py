"""Units: definitions, dimensions, unit expressions and the vocabulary of annotated types.

In come texts of units (`parse`), known from a table that `generate` makes of `definitions.txt`. Out go units (`unit`),
words for them (`format`), and the types that formulas are annotated with (`vocabulary`). Begin with `unit`.
"""

from calc.units.parse import UnitError, own_counts, parse_unit
from calc.units.unit import COUNTS, CURRENCIES, RATIO, Dimension, Unit, make_unit, plain_unit, reduced_unit

__all__ = [
    "COUNTS",
    "CURRENCIES",
    "RATIO",
    "Dimension",
    "Unit",
    "UnitError",
    "make_unit",
    "own_counts",
    "parse_unit",
    "plain_unit",
    "reduced_unit",
]
