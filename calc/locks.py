"""Files that one process at a time may write to."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from calc.errors import CalcError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def locked(path: Path, mode: str, busy: str, hint: str) -> Iterator[Any]:
    """Yield an open file that no other process holds, where the system can tell.

    Raises CalcError, with the words of `busy`, when one does.
    """
    with path.open(mode) as file:
        try:
            import fcntl
        except ImportError:
            yield file
            return
        try:
            # Unlike other kinds of lock, this one does not pass to worker processes, which may outlive a killed run.
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CalcError("E-BUSY", busy, hint=hint) from None
        yield file
