"""The standard normal distribution on floats and arrays, without the costly import of `statistics`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from calc.arrays import np

if TYPE_CHECKING:
    from calc.arrays import Array

# Nine tenths of a standard normal lie below it.
Z90 = 1.2815515655446008

# Source: Wichura 1988, Algorithm AS 241 (PPND16), Applied Statistics 37(3), 477-484. Highest power first.
_MIDDLE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
_TAIL = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
     3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
     0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)  # fmt: skip
_FAR = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
     0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
     0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)  # fmt: skip


def share_below(z: float) -> float:
    """Return the probability of a value below `z` standard deviations."""
    return math.erfc(-z / math.sqrt(2)) / 2


def shares_below(z: Array | float) -> Array:
    """Return the probability of a value below each of an array of standard deviations."""
    flat = [math.erfc(each) / 2 for each in (np.asarray(z).ravel() * -math.sqrt(0.5)).tolist()]
    return np.asarray(flat).reshape(np.shape(z))


def quantile(share: Array) -> Array:
    """Return below how many standard deviations a share of the values lies; `share` is an array inside (0, 1)."""
    share = np.asarray(share, dtype=float)
    offset = share - 0.5
    room = np.asarray(offset * offset)
    np.subtract(0.180625, room, out=room)
    values = _ratio(_MIDDLE, room)
    np.multiply(values, offset, out=values)
    # The tails are few, and their logarithm and root take time.
    outer = np.flatnonzero(room < 0.0)
    if outer.size:
        below = share.ravel()[outer]
        distance = np.minimum(below, 1.0 - below)
        np.log(distance, out=distance)
        np.sqrt(np.negative(distance, out=distance), out=distance)
        tail = _ratio(_TAIL, distance - 1.6)
        far = distance > 5.0
        if far.any():
            tail = np.where(far, _ratio(_FAR, distance - 5.0), tail)
        values.reshape(-1)[outer] = np.copysign(tail, below - 0.5)
    return values


def _ratio(polynomials: tuple[tuple[float, ...], tuple[float, ...]], x: Array) -> Array:
    above, below = (_polynomial(each, x) for each in polynomials)
    return np.divide(above, below, out=above)


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    total = np.asarray(x * coefficients[0])
    for coefficient in coefficients[1:-1]:
        np.add(total, coefficient, out=total)
        np.multiply(total, x, out=total)
    return np.add(total, coefficients[-1], out=total)
