"""A dask scheduler and its workers on this machine, as processes with one thread each."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from calc_command import environment
from long_runs import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_RUN = "from distributed.cli.dask_{0} import main; main()"
# As in an environment where calc is not installed.
_WITHOUT_CALC = """
import os, sys
sys.path[:] = [each for each in sys.path if not os.path.isdir(os.path.join(each or ".", "calc", "cli"))]
"""
_OF_ANOTHER_VERSION = "import calc; calc.__version__ = '0.0.9'\n"


class Cluster:
    """Processes that were started; they are the only ones that are ended. Left alone, they end by themselves."""

    def __init__(self, folder: Path, **extra: str) -> None:
        self.folder = folder
        self.extra = extra
        self.processes: list[subprocess.Popen[bytes]] = []
        self.workers: list[subprocess.Popen[bytes]] = []
        self.address = ""
        self.scheduler, _ = self._start(
            "scheduler", "", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(folder / "scheduler.json"),
            "--no-dashboard", "--idle-timeout", "5 minutes",
        )  # fmt: skip

    def is_listening(self) -> bool:
        """Tell whether the scheduler has written its address, all of it."""
        try:
            self.address = json.loads((self.folder / "scheduler.json").read_text())["address"]
        except (FileNotFoundError, ValueError):
            return False
        return True

    def add_worker(self, before: str = "") -> subprocess.Popen[bytes]:
        """Start a worker and wait until the scheduler knows it; before: code that it runs first."""
        folder = str(self.folder / f"worker-{len(self.processes)}")
        words = (self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1",
                 "--death-timeout", "60", "--local-directory", folder)  # fmt: skip
        worker, log = self._start("worker", before, *words)
        self.workers.append(worker)
        until(lambda: "Registered to" in log.read_text(), "the worker is known")
        return worker

    def add_worker_without_calc(self) -> None:
        """Start a worker where calc is not installed."""
        self.add_worker(_WITHOUT_CALC)

    def add_worker_of_another_version(self) -> None:
        """Start a worker with another calc."""
        self.add_worker(_OF_ANOTHER_VERSION)

    def _start(self, kind: str, before: str, *words: str) -> tuple[subprocess.Popen[bytes], Path]:
        log = self.folder / f"{kind}-{len(self.processes)}.log"
        code = f"{before}\n{_RUN.format(kind)}"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-c", code, *words],
                cwd=self.folder, env=environment(**self.extra), stdin=subprocess.DEVNULL, stdout=file, stderr=file,
            )  # fmt: skip
        self.processes.append(process)
        return process, log

    def close(self) -> None:
        """End all of them."""
        for each in self.processes:
            each.kill()
        for each in self.processes:
            each.wait()


@contextmanager
def cluster(folder: Path, workers: int = 0, **extra: str) -> Iterator[Cluster]:
    """Yield a cluster with so many workers; keywords in capitals are environment variables."""
    found = Cluster(folder, **extra)
    try:
        until(found.is_listening, "the scheduler listens")
        for _ in range(workers):
            found.add_worker()
        yield found
    finally:
        found.close()
