"""Work counted in calls of Python functions, which is the same on every machine, and which stops what has no end."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


class TooMuchWorkError(Exception):
    """More functions were called than a test allows."""


@contextmanager
def at_most(calls: int) -> Iterator[None]:
    """Raise TooMuchWorkError once more than `calls` Python functions have been called inside."""
    with _counting(calls):
        yield


def calls_of(work: Callable[[], object]) -> int:
    """Return how many Python functions a piece of work calls."""
    with _counting(sys.maxsize) as count:
        work()
    return count[0]


@contextmanager
def _counting(most: int) -> Iterator[list[int]]:
    count = [0]

    def profile(_frame: FrameType, event: str, _arg: object) -> None:
        if event == "call":
            count[0] += 1
            if count[0] > most:
                sys.setprofile(None)
                raise TooMuchWorkError(count[0])

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        yield count
    finally:
        sys.setprofile(before)
