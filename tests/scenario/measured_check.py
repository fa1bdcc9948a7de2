"""Run `calc check` on many files, each in a process of its own, and measure each: a script of its own.

A process starts with the memory peak of the one that spawned it, so a test session with numpy loaded cannot measure
a small child; this script stays small. Standard input: a JSON list of paths. Standard output: a JSON list of results.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

LIMIT_SECONDS = 30.0
KILOBYTES = 1 if sys.platform == "darwin" else 1024  # the unit of ru_maxrss, in bytes


def check(path: str) -> dict[str, Any]:
    """Return exit code, output, seconds and peak memory of one run; a run that hangs is killed and has code -9."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "calc", "check", path], stdin=subprocess.DEVNULL, stdout=out, stderr=err
        )
        pid = 0
        while pid == 0:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid == 0:
                if time.perf_counter() - start > LIMIT_SECONDS:
                    process.kill()
                time.sleep(0.002)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        out.seek(0)
        err.seek(0)
        return {
            "path": path,
            "code": process.returncode,
            "out": out.read().decode("latin-1"),
            "err": err.read().decode("latin-1"),
            "seconds": seconds,
            "peak": usage.ru_maxrss * KILOBYTES,
        }


if __name__ == "__main__":
    with ThreadPoolExecutor(2) as pool:
        json.dump(list(pool.map(check, json.load(sys.stdin))), sys.stdout)
