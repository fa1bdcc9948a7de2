"""Work in pieces: on this process, on several, or on a dask cluster, with pieces kept so that a run can go on.

In: a `work.Work` and the pieces that it is cut into. Out: the result of each piece, in order, byte-equal wherever it
was computed. Begin with `executor`, which picks who does it and shows how far it is; `Resources` says what a user
allowed, `checkpoint` keeps what is finished, and `work` says which run a piece belongs to.
"""

from __future__ import annotations

from typing import NamedTuple


class Resources(NamedTuple):
    """What a long run may use; none of it changes the result.

    workers: processes here. cluster: the address of a dask scheduler. checkpoint: a folder that keeps finished pieces.
    """

    workers: int = 1
    cluster: str | None = None
    checkpoint: str | None = None
