"""What a long run may use."""

from __future__ import annotations

from typing import NamedTuple


class Resources(NamedTuple):
    """What a long run may use; none of it changes the result.

    workers: processes here. cluster: the address of a dask scheduler. checkpoint: a folder that keeps finished pieces.
    """

    workers: int = 1
    cluster: str | None = None
    checkpoint: str | None = None
