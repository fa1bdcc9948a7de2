"""A word on the terminal while many samples are drawn."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# What a person notices: fewer samples are done before a status could be read.
MANY_SAMPLES = 200_000


@contextmanager
def waiting(samples: int) -> Iterator[None]:
    """Show on standard error that samples are drawn, if there are many and a person is looking."""
    if samples < MANY_SAMPLES or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(f"{samples:,} samples", spinner="line"):
        yield
