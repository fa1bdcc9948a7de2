"""The memory that samples take, known before any are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.figures import Series
from calc.errors import CalcError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from calc.engine.figures import Figure

MAX_SAMPLE_BYTES = 2_000_000_000
# Elements of an array: few enough to stay near the processor while a block is computed, and so many that numpy's calls
# take a small part of the time. Twice and half as many were slower.
BLOCK = 1 << 15


def block_size(years: int) -> int:
    """Return how many samples make a block, of a scenario with so many years."""
    return max(1 << 10, BLOCK >> max(0, years - 1).bit_length())


def arrays_of(figures: Iterable[Figure], years: Sequence[int]) -> int:
    """Return how many numbers a sample of figures holds: of a yearly one, one a year."""
    return sum(len(years) if isinstance(each, Series) else 1 for each in figures)


def check_memory(samples: int, arrays: int, kept: int | None = None) -> None:
    """Refuse samples that would not fit into memory; kept: how many of them are, if not all.

    Raises CalcError.
    """
    size = arrays * (samples if kept is None else kept) * 8
    if size > MAX_SAMPLE_BYTES:
        raise CalcError(
            "E-TOO-LARGE",
            f"{samples:,} samples of {arrays} quantities are {size / 1e9:,.1f} GB",
            hint=f"at most {MAX_SAMPLE_BYTES / 1e9:,.0f} GB are used; take fewer `samples`, or ask for fewer figures",
        )
