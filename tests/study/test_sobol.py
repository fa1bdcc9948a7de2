"""Sobol points: the published direction numbers, even strata after scrambling, every position by itself."""

from __future__ import annotations

import numpy as np
import pytest

from calc.study.draws import BITS, Coordinate, Draws, allot, dimensions, direction_numbers


def test_unscrambled_points_are_those_of_scipy() -> None:
    from scipy.stats import qmc

    count = dimensions()
    theirs = qmc.Sobol(count, scramble=False, bits=BITS).random(256)
    bits = np.array([direction_numbers(each)[:8] for each in range(count)], dtype=np.uint64)
    points = np.zeros((256, count), dtype=np.uint64)
    for at in range(8):
        points[np.arange(256) >> at & 1 == 1] ^= bits[:, at]
    ours = points.astype(float) / 2.0**BITS
    # The same set of points; theirs are in the order of a Gray code.
    gray = np.arange(256) ^ (np.arange(256) >> 1)
    np.testing.assert_array_equal(ours[gray], theirs)


@pytest.mark.parametrize("dimension", [0, 1, 7, 100, 159])
def test_scrambled_points_fill_every_stratum_once(dimension: int) -> None:
    points = Coordinate(dimension, "7:x").points(3 << 12, 1 << 12)
    np.testing.assert_array_equal(np.sort((points * (1 << 12)).astype(int)), np.arange(1 << 12))
    assert 0 < points.min() < points.max() < 1


def test_every_position_is_the_same_wherever_a_block_starts() -> None:
    coordinate = Coordinate(5, "7:x")
    whole = coordinate.points(0, 5000)
    for start, count in ((0, 1), (1023, 3), (999, 4001), ((1 << 20) - 2, 5)):
        part = coordinate.points(start, count)
        alone = np.concatenate([coordinate.points(start + at, 1) for at in range(min(count, 50))])
        np.testing.assert_array_equal(part[:50], alone)
        np.testing.assert_array_equal(part[: 5000 - start] if start < 5000 else [], whole[start : start + count])


def test_pseudo_random_positions_are_the_same_wherever_a_block_starts() -> None:
    draws = Draws(7, "random", {})
    whole = draws.uniform("x", 0, 100)
    np.testing.assert_array_equal(draws.uniform("x", 37, 20), whole[37:57])


def test_dimensions_come_from_names_and_never_meet() -> None:
    names = [f"input_{number}" for number in range(300)]
    found = allot(names)
    assert len(set(found.values())) == len(found) == dimensions()
    assert allot(names[:1])[names[0]] == allot([*names[:1], "zz_other"])[names[0]]


def test_the_later_of_two_names_that_meet_takes_the_next_free_dimension() -> None:
    alone = {name: allot([name])[name] for name in (f"input_{number}" for number in range(200))}
    first = alone["input_0"]
    # What takes its place has a name of its own there, and passes too.
    meet = sorted(name for name, at in alone.items() if at == first)[:3]
    behind = next(name for name, at in alone.items() if at == (first + 1) % 32 and name > meet[1])
    assert allot(reversed(meet)) == {name: (first + at) % 32 for at, name in enumerate(meet)}
    assert allot([behind, *meet[:2]]) == {meet[0]: first, meet[1]: (first + 1) % 32, behind: (first + 2) % 32}


def test_few_names_share_the_most_even_dimensions() -> None:
    names = [f"input_{number}" for number in range(40)]
    assert max(allot(names[:12]).values()) < 32
    # a further name moves none of the others, as long as they are not twice as many
    before, after = allot(names[:12]), allot(names[:16])
    moved = [name for name in before if before[name] != after[name]]
    assert len(moved) <= 2
    assert 32 <= max(allot(names).values()) < 128
