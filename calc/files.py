"""Files: where those that ship are, and those that one process at a time may write to."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from calc.errors import CalcError, quote_path

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE = Path(__file__).resolve().parent
# What a system answers when somebody else holds a lock; any other answer means that it has no locks.
_BUSY = {errno.EACCES, errno.EAGAIN}


def data_folder(name: str) -> Path:
    """Return the folder `seeds` or `scenarios`, from a checkout, an editable install or a wheel alike."""
    packed = _PACKAGE / "_data" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name


@contextmanager
def locked(path: Path, busy: str, hint: str, *, is_left: bool = True) -> Iterator[BinaryIO]:
    """Yield a file to append to, made where there is none, that no other process holds, where the system can tell.

    is_left: whether it stays when it is not needed any more, however that comes.
    Raises CalcError, with the words of `busy`, when one does, and for a link that somebody has put there.
    """
    is_ours, file = False, None
    try:
        file = _opened(path)
        _lock(file, path, busy, hint)
        is_ours = True
        yield file
    except CalcError:
        is_left = is_left or not is_ours
        raise
    finally:
        # What matters of it has been written before, or something else has failed.
        with suppress(OSError):
            # One that is interrupted before it is locked is empty, unless it is that of another process.
            if not is_left and (_is_at(file, path) if is_ours and file else not path.stat().st_size):
                path.unlink()
        with suppress(OSError):
            if file:
                file.close()


def _is_at(file: BinaryIO, path: Path) -> bool:
    """Tell whether an open file is still what has a name; it is where the system cannot tell."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.lstat())
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _lock(file: BinaryIO, path: Path, busy: str, hint: str) -> None:
    try:
        import fcntl
    except ImportError:
        return
    try:
        # Unlike other kinds of lock, this one does not pass to worker processes, which may outlive a killed run.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _BUSY:
            raise CalcError("E-BUSY", busy, hint=hint) from None
        # As on some network file systems.
        where = quote_path(str(path.parent))
        print(f"warning: the file system of {where} has no locks; see that no other run writes there", file=sys.stderr)
    if not _is_at(file, path):
        # Who held it has given it its name meanwhile.
        raise CalcError("E-BUSY", busy, hint=hint)


def _opened(path: Path) -> BinaryIO:
    """Open a file of a known name, but nothing that its name leads to elsewhere."""
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags, 0o666)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise _is_link(path) from None
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        os.close(handle)
        raise _is_link(path)
    return os.fdopen(handle, "ab")


def _is_link(path: Path) -> CalcError:
    return CalcError("E-EXISTS", f"{quote_path(str(path))} is a link to another file", hint="delete it")
