"""Scrambled Sobol sequences: points that fill the unit cube evenly, each coordinate at any position at once."""

from __future__ import annotations

from functools import cache
from typing import Any

from calc.study.directions import DIRECTIONS

BITS = 52
# Positions are split into the lowest bits, the bits above them, and the rest.
_LOW = 12
# Bits of a position: enough for a million million points.
_POSITIONS = 41
_ONE = 0x3FF << BITS


@cache
def _table() -> list[tuple[int, tuple[int, ...]]]:
    rows: list[tuple[int, tuple[int, ...]]] = [(0, ())]
    for word in DIRECTIONS.split():
        polynomial, _, first = word.partition(":")
        rows.append((int(polynomial), tuple(map(int, first.split(",")))))
    return rows


def dimensions() -> int:
    """Return how many dimensions there are."""
    return len(_table())


def direction_numbers(dimension: int) -> list[int]:
    """Return the direction numbers of a dimension, counted from 0, as binary fractions of 52 bits."""
    polynomial, first = _table()[dimension]
    degree = len(first)
    found = list(first) if dimension else [1] * BITS
    for _ in range(len(found), BITS):
        each = found[-degree] ^ (found[-degree] << degree)
        for back in range(1, degree):
            if polynomial >> (degree - back) & 1:
                each ^= found[-back] << back
        found.append(each)
    return [each << (BITS - 1 - at) for at, each in enumerate(found)]


class Coordinate:
    """One coordinate of a Sobol sequence, scrambled by a random matrix and a random shift.

    Source: J. Matousek, On the L2-discrepancy for anchored boxes, J. Complexity 14 (1998), for the scrambling.
    """

    def __init__(self, dimension: int, key: str) -> None:
        """Take the words that choose the scrambling from `key`."""
        import hashlib

        import numpy as np

        words = np.frombuffer(hashlib.shake_256(key.encode()).digest(8 * (BITS + 1)), dtype="<u8")
        ones = np.uint64(1) << np.arange(BITS, dtype=np.uint64)
        # A bit turns into itself and some of those below it: the columns of a lower triangular matrix.
        columns = ones | words[:BITS] & (ones - np.uint64(1))
        plain = np.array(direction_numbers(dimension)[:_POSITIONS], dtype=np.uint64)[:, np.newaxis]
        directions = np.bitwise_xor.reduce(np.where(plain & ones, columns, np.uint64(0)), axis=1)
        self.directions = directions.tolist()
        self.shift = int(words[BITS]) & ((1 << BITS) - 1)
        self.low = _combinations(directions[:_LOW])
        self.middle = _combinations(directions[_LOW : 2 * _LOW])[:, np.newaxis]

    def points(self, start: int, count: int) -> Any:
        """Return the coordinate of points `start` to `start + count`: an array of numbers inside (0, 1)."""
        import numpy as np

        first, last = start >> _LOW, (start + count - 1 >> _LOW) + 1
        bits = np.empty((last - first, 1 << _LOW), dtype=np.uint64)
        at = first
        while at < last:
            group = at >> _LOW
            end = min(last, group + 1 << _LOW)
            inside = slice(at - (group << _LOW), end - (group << _LOW))
            high = self.middle[inside] ^ np.uint64(self._rest(group))
            np.bitwise_xor(high, self.low, out=bits[at - first : end - first])
            at = end
        values = bits.view(np.float64)
        # The bits stand behind the point of a number in [1, 2); half a step more keeps clear of 0 and of 1.
        np.subtract(values, 1.0 - 2.0 ** -(BITS + 1), out=values)
        offset = start - (first << _LOW)
        return values.reshape(-1)[offset : offset + count]

    def _rest(self, group: int) -> int:
        found = self.shift | _ONE
        for each in self.directions[2 * _LOW :]:
            if group & 1:
                found ^= each
            group >>= 1
        return found


def _combinations(directions: Any) -> Any:
    """Return the exclusive or of every subset of directions, by the bits of its position."""
    import numpy as np

    found = np.zeros(1, dtype=np.uint64)
    for each in directions:
        found = np.concatenate([found, found ^ each])
    return found
