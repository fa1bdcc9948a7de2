"""Runs commands that take a while, and stops them in the middle."""

from __future__ import annotations

import importlib
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from calc_command import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MODEL = str(ROOT / "bench" / "model.yaml")
LIMIT = 60.0
# dask.distributed brings it; it has no types.
psutil: Any = importlib.import_module("psutil")


@contextmanager
def begun(*words: str, cwd: Path, code: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """Yield a command that has been started, and leave nothing of it behind; code: runs it in a way of its own."""
    with subprocess.Popen(
        [sys.executable, *(["-c", code] if code else ["-m", "calc", *words])],
        cwd=cwd, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            family = workers_of(process)
            process.kill()
            for each in family:
                each.kill()


def workers_of(process: subprocess.Popen[bytes]) -> list[Any]:
    """Return the processes that a process has started."""
    try:
        found: list[Any] = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return found


def until(happened: Callable[[], object], what: str) -> None:
    """Wait until something has happened."""
    end = time.monotonic() + LIMIT
    while not happened():
        assert time.monotonic() < end, f"{what}: not within {LIMIT:.0f} s"
        time.sleep(0.005)


def kept(folder: Path) -> int:
    """Return how many pieces a checkpoint holds."""
    return len(list(folder.glob("*/*.piece")))


def are_gone(processes: list[Any]) -> bool:
    """Tell whether processes have ended."""
    return not any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in processes)


def interrupted(process: subprocess.Popen[bytes]) -> tuple[int, float]:
    """Press Ctrl-C; return the exit code, and how long it took."""
    start = time.monotonic()
    process.send_signal(signal.SIGINT)
    code = process.wait(LIMIT)
    return code, time.monotonic() - start
