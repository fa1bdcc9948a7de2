"""What tests of every formula share: the formulas, and values for their parameters."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from rows import each_row

from calc.engine.catalogue import standard_catalogue

if TYPE_CHECKING:
    from calc.engine.formula import Formula

CATALOGUE = standard_catalogue()
FORMULAS = {f"{each.name}__{each.variant}".removesuffix("__"): each for each in CATALOGUE.formulas}
INPUTS = {name: each for name, each in CATALOGUE.quantities.items() if not each.formulas}
DRAWS = 50
# Bounds farther apart than this stand far from all that is, where exponentials overflow.
_WIDE = 100

every_formula = each_row("formula", FORMULAS)
every_input = each_row("quantity", INPUTS)
every_quantity = each_row("quantity", CATALOGUE.quantities)


def arguments(formula: Formula) -> dict[str, npt.NDArray[np.float64]]:
    """Return values in base units for every parameter: inside its bounds, above 0, over three orders of magnitude.

    They depend on the formula's name alone, so that a failure can be repeated.
    """
    digest = hashlib.sha256(f"{formula.name}__{formula.variant}".encode()).digest()
    random = np.random.default_rng(int.from_bytes(digest[:8], "little"))
    found = {}
    for name, measure in formula.measures.items():
        low, high = CATALOGUE[name].low or 0.0, CATALOGUE[name].high
        if high is None or high - low > _WIDE:
            values = low + 10.0 ** random.uniform(-1, 2, DRAWS)
        else:
            values = low + random.uniform(0.01, 0.99, DRAWS) * (high - low)
        # Ordinary amounts such as 4.5 kW, so that whole quotients occur too.
        values[::2] = np.maximum(np.round(values[::2], 1), low + 0.1)
        found[name] = values * measure.unit.factor
    return found
