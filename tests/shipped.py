"""The answers of the shipped scenarios, computed once for all tests of a process: some take seconds."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from calc.cli.answering import answered as answer_of
from calc.cli.answering import options

if TYPE_CHECKING:
    from calc.study.results import Answer


@cache
def answered(name: str) -> Answer:
    """Return what `calc run NAME` shows; tests look at it and change nothing."""
    return answer_of(name, options(), everything=None)
