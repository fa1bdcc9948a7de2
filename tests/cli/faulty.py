"""Lets the n-th call of the system that concerns a folder or a standard stream fail, in a forked process of `calc`.

Every way to the disk that calc takes goes through `os`, `fcntl` or a file object: the functions are patched, and files
are raw files whose calls are. As a program: serves like `fork_server`, with what is to fail beside each command.
"""

from __future__ import annotations

import builtins
import errno
import fcntl
import io
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

import fork_server

if TYPE_CHECKING:
    from collections.abc import Callable

# Calls by what they take: paths, or a number of a file that is open.
BY_PATH = ("open", "stat", "lstat", "replace", "rename", "unlink", "remove", "mkdir", "rmdir", "chmod", "chown", "link",
           "symlink", "readlink", "scandir", "listdir", "access", "statvfs", "utime", "truncate")  # fmt: skip
BY_NUMBER = ("write", "fsync", "fdatasync", "close", "lseek", "ftruncate", "fstat", "fchmod", "fchown")
STREAMS = {1: "standard output", 2: "standard error"}
real_link, real_exit = os.readlink, os._exit


class Faults:
    """What is to fail.

    folder: what lies there is watched. call, nth: the n-th call of a kind, and all behind it if it is for_ever. number:
    what it fails with. is_deaf: standard error cannot be written. log: a file for how often each kind was called.
    """

    def __init__(
        self, folder: str, call: str, nth: int, number: int, log: str, *, for_ever: bool, is_deaf: bool
    ) -> None:
        self.folder, self.call, self.nth, self.number, self.log = folder, call, nth, number, log
        self.for_ever, self.is_deaf = for_ever, is_deaf
        self.seen: dict[str, int] = {}

    def concerns(self, target: object) -> str | None:
        """Return the stream that a number is of, nothing for what lies in the folder, None for what is not watched."""
        try:
            path = (
                real_link(f"/proc/self/fd/{target}")
                if isinstance(target, int)
                else str(Path(self.folder).parent / str(target))
            )
        except OSError:
            return None
        if isinstance(target, int) and target in STREAMS:
            return None if path == os.devnull else STREAMS[target]
        return "" if path.startswith(self.folder) else None

    def meet(self, call: str, target: object) -> None:
        """Count a call; raises OSError where it is to fail."""
        where = self.concerns(target)
        if where is None:
            return
        if where == STREAMS[2]:
            if self.is_deaf:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return
        name = f"{call} {where}".strip()
        self.seen[name] = count = self.seen.get(name, 0) + 1
        if name == self.call and (count == self.nth or (self.for_ever and count > self.nth)):
            raise OSError(self.number, os.strerror(self.number), *([str(target)] if call in BY_PATH else []))

    def tell(self) -> None:
        """Write the log."""
        with REAL_OPEN(self.log, "w", encoding="utf-8") as file:
            json.dump(self.seen, file)


REAL_OPEN = io.open
_faults: list[Faults] = []


class FaultyFile(io.FileIO):
    """A raw file whose calls may fail."""

    def __init__(self, file: Any, mode: str = "r", *rest: Any, **named: Any) -> None:
        if not isinstance(file, int):
            _faults[0].meet("open", file)
        super().__init__(file, mode, *rest, **named)

    def write(self, data: Any) -> int:
        _faults[0].meet("write", self.fileno())
        return super().write(data)

    def truncate(self, size: int | None = None) -> int:
        _faults[0].meet("ftruncate", self.fileno())
        return super().truncate(size)

    def seek(self, *where: int) -> int:
        _faults[0].meet("lseek", self.fileno())
        return super().seek(*where)

    def close(self) -> None:
        if self.closed:
            return
        try:
            if self.closefd:
                _faults[0].meet("close", self.fileno())
        finally:
            # One that answers with an error is closed all the same.
            super().close()


def opened(file: Any, mode: str = "r", *rest: Any, **named: Any) -> Any:
    """Open as `open` does, what is watched through a file that may fail."""
    faults = _faults[0]
    if faults.concerns(file) is None or (isinstance(file, int) and file in STREAMS):
        return REAL_OPEN(file, mode, *rest, **named)
    raw = FaultyFile(file, mode.replace("b", "").replace("t", ""), closefd=named.get("closefd", True))
    if rest[:1] == (0,) or named.get("buffering") == 0:
        return raw
    kind = io.BufferedRandom if "+" in mode else io.BufferedReader if "r" in mode else io.BufferedWriter
    buffer: Any = kind(raw)
    if "b" in mode:
        return buffer
    return io.TextIOWrapper(buffer, named.get("encoding"), named.get("errors"), named.get("newline"))


def install(faults: Faults) -> None:
    """Let calls fail from now on."""
    _faults[:] = [faults]

    def failing(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(target: Any, *rest: Any, **named: Any) -> Any:
            faults.meet(name, target)
            return real(target, *rest, **named)

        return call

    for name in (*BY_PATH, *BY_NUMBER):
        setattr(os, name, failing(name, getattr(os, name)))
    real_lock = fcntl.lockf

    def lockf(file: Any, *rest: Any) -> None:
        faults.meet("lockf", file if isinstance(file, int) else file.fileno())
        real_lock(file, *rest)

    fcntl.lockf = lockf
    io.FileIO = FaultyFile  # type: ignore[misc]  # what standard streams are made of
    io.open = builtins.open = opened
    os.fdopen = opened  # type: ignore[assignment]  # takes less than what it stands for


def serve() -> None:
    """Run what the lines of standard input ask for, each with what is to fail in it; answer with the exit code."""
    for name in [*fork_server.modules(), "xlsxwriter", "pyarrow.parquet", "tempfile", "rich.console"]:
        __import__(name)
    fork_server.know()
    for line in sys.stdin:
        wanted = json.loads(line)
        faults = Faults(**wanted.pop("faults"))
        child = os.fork()
        if child == 0:

            def leave(code: int, faults: Faults = faults) -> None:
                faults.tell()
                real_exit(code)

            os._exit = leave  # type: ignore[assignment]  # where the process ends
            install(faults)
            fork_server._run(**wanted)  # noqa: SLF001  # with faults, what it does for each line
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    serve()
