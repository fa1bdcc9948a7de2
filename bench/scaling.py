"""Measure what long runs cost (docs/scaling.md), and how much faster two dask workers are than one.

Without options: samples and sweeps of model.yaml on this machine, each as a whole command in a process of its own, with
what 1e9 and 1e12 of them come to. With `--dask`: a scheduler and workers of one thread each on this machine, one worker
and two in turn; exit code 1 when two are less than 1.7 times as fast.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from calc.study.simulate import piece_size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).resolve().parent
MODEL = str(HERE / "model.yaml")
GOAL = 1.7
CALC = (sys.executable, "-m", "calc")
# A process of its own, so that its children's time and memory are those of one command.
MEASURE = """
import json, os, resource, subprocess, sys, time
start, before = time.perf_counter(), os.times()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
after = os.times()
used = after.children_user + after.children_system - before.children_user - before.children_system
memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(json.dumps([done.returncode, time.perf_counter() - start, used, memory]))
"""
# Seven axes, as in speed.py.
ENDS = {
    "u_gpus": (3900, 4300), "u_gpu_price": (24000, 34000), "u_pue": (1.1, 1.45), "u_electricity": (0.05, 0.12),
    "u_mfu": (0.3, 0.5), "u_staff": (20, 40), "u_rate": (0.06, 0.14),
}  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """What a command took: seconds, processor seconds, MB of its largest process, bytes written."""

    seconds: float
    processor: float
    memory: float
    written: int


def measure(words: list[str], folder: Path) -> Cost:
    """Run a command and return what it took; what it has written into the folder counts as written."""
    done = subprocess.run(  # noqa: S603  # our own code
        [sys.executable, "-c", MEASURE, *CALC, *words], capture_output=True, text=True, check=True, cwd=folder
    )
    code, seconds, used, memory = json.loads(done.stdout)
    if code:
        raise RuntimeError(f"{words}: exit code {code}\n{done.stderr}")
    written = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Cost(seconds, used, memory, written)


def costs(samples: int, steps: int) -> dict[str, tuple[int, Cost]]:
    """Return for every kind of run how many points it had and what it cost, its start taken off."""
    kinds: dict[str, tuple[int, list[str]]] = {}
    for kind, more in (("samples", []), ("samples, kept", ["--checkpoint", "pieces"])):
        kinds[kind] = samples, ["run", MODEL, "--samples", str(samples), "-q", *more]
    axes = [f"--axis={name}={low} to {high} in {steps} steps" for name, (low, high) in ENDS.items()]
    for kind, more in (
        ("sweep, best points", []),
        ("sweep, CSV", ["-o", "points.csv"]),
        ("sweep, CSV, kept", ["-o", "points.csv", "--checkpoint", "pieces"]),
        ("sweep, Parquet", ["-o", "points.parquet"]),
    ):
        kinds[kind] = steps ** len(ENDS), ["sweep", MODEL, *axes, "--minimise", "f34", *more]
    found = {}
    for kind, (points, words) in kinds.items():
        with TemporaryDirectory() as folder:
            found[kind] = points, measure(words, Path(folder))
    return found


def table(found: dict[str, tuple[int, Cost]]) -> str:
    """Return the costs as a Markdown table: measured, and what they come to for more."""
    lines = [
        "| run | measured | processor time | memory, MB | disk | 1e9: core-hours, disk | 1e12: core-hours, disk |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for kind, (points, cost) in found.items():
        cells = [f"{points:.3g}", f"{cost.processor:.1f} s", f"{cost.memory:.0f}", size(cost.written)]
        for wanted in (1e9, 1e12):
            ratio = wanted / points
            if not kind.startswith("sweep"):
                # What is kept of a piece is the same for any number of samples in it.
                ratio = wanted / piece_size(int(wanted)) / (points / piece_size(points))
            disk = cost.written * ratio
            cells.append(f"{cost.processor * wanted / points / 3600:,.2g}, {size(disk)}")
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return "\n".join(lines)


def size(count: float) -> str:
    """Return a number of bytes as a person says it."""
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 1000:
            return f"{count:.3g} {unit}"
    return f"{count / 1000:,.3g} TB"


# ------------------------------------------------------------ dask


@contextmanager
def dask(folder: Path, kind: str, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a scheduler or a worker, as a process that ends afterwards."""
    code = f"from distributed.cli.dask_{kind} import main; main()"
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with (folder / f"{kind}.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  # our own code
            [sys.executable, "-c", code, *words, "--host", "127.0.0.1", "--no-dashboard"],
            stdout=log, stderr=log, cwd=folder, env=environment,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def on_cluster(workers: int, samples: int) -> float:
    """Return how long a run takes on a cluster of so many workers, from the command to its answer."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        known = folder / "scheduler.json"
        with dask(folder, "scheduler", "--port", "0", "--scheduler-file", str(known)):
            wait(lambda: known.exists() and known.read_text().endswith("}"))
            address = json.loads(known.read_text())["address"]
            words = (address, "--nthreads", "1", "--no-nanny", "--local-directory", str(folder))
            with dask(folder, "worker", *words), _second(folder, workers, *words):
                log = folder / "worker.log"
                wait(lambda: log.read_text().count("Registered to") == workers)
                start = time.perf_counter()
                line = [*CALC, "run", MODEL, "--samples", str(samples), "-q", "--cluster", address]
                subprocess.run(line, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own code
                return time.perf_counter() - start


@contextmanager
def _second(folder: Path, workers: int, *words: str) -> Iterator[None]:
    if workers == 1:
        yield
        return
    with dask(folder, "worker", *words):
        yield


def wait(happened: Callable[[], object]) -> None:
    """Wait until something has happened, for a minute at most."""
    end = time.monotonic() + 60
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError("the cluster does not start")
        time.sleep(0.05)


def two_to_one(samples: int, pairs: int) -> tuple[str, bool]:
    """Return the row of the table of speed.py, and whether the goal is met."""
    ratios = []
    for number in range(pairs):
        took = {workers: on_cluster(workers, samples) for workers in ((1, 2) if number % 2 else (2, 1))}
        print(f"one worker {took[1]:.1f} s, two workers {took[2]:.1f} s", file=sys.stderr)
        ratios.append(took[1] / took[2])
    median = statistics.median(ratios)
    row = (
        f"| {samples:.3g} samples, one dask worker / two | at least {GOAL} | {median:.3g} | {min(ratios):.3g} "
        f"| {max(ratios):.3g} | | {'met' if median >= GOAL else 'missed'} |"
    )
    return row, median >= GOAL


def main() -> int:
    """Measure, print, return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--dask", action="store_true", help="two dask workers against one")
    parser.add_argument("--samples", type=float, metavar="N", help="default 1e8, with --dask 1e9")
    parser.add_argument("--steps", type=int, default=10, metavar="N", help="steps on each of seven axes (default 10)")
    parser.add_argument("--pairs", type=int, default=1, metavar="N", help="pairs with --dask (default 1)")
    chosen = parser.parse_args()
    if not chosen.dask:
        print(table(costs(int(chosen.samples or 1e8), chosen.steps)))
        return 0
    row, is_met = two_to_one(int(chosen.samples or 1e9), chosen.pairs)
    print(row)
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main())
