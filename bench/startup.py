"""Measure how long whole `calc` processes take, against `python -c "import numpy"` in the same run.

Each command runs in pairs with the import of numpy, one after the other, so that a busy machine slows both alike.
The figure is the median of the pairs' ratios. With `--processor` it is processor time, one thread a process, which
other work on the machine changes least. Exit code 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import compileall
import importlib.util
import os
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

BASELINE = (sys.executable, "-c", "import numpy")
PAIRS = 15
# What would slow or change one side only: no bytecode, import timing, coverage of child processes.
_DROPPED = ("PYTHONDONTWRITEBYTECODE", "PYTHONPROFILEIMPORTTIME", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")


@dataclass(frozen=True)
class Goal:
    """A command and how many times the import of numpy it may take."""

    arguments: tuple[str, ...]
    limit: float

    @property
    def name(self) -> str:
        """Return the command as a user types it."""
        return " ".join(("calc", *self.arguments))


@dataclass(frozen=True)
class Measured:
    """A goal and the ratios measured for it, one a pair; times are in seconds."""

    goal: Goal
    ratios: list[float]
    commands: list[float]
    baselines: list[float]

    @property
    def median(self) -> float:
        """Return the median ratio."""
        return statistics.median(self.ratios)

    @property
    def is_met(self) -> bool:
        """Tell whether the goal is met."""
        return self.median <= self.goal.limit


GOALS = (
    Goal(("--help",), 1.0),
    Goal(("run", "lingang-racks"), 2.0),
    Goal(("run", "fifty-million"), 3.0),
)


def calc_command() -> tuple[str, ...]:
    """Return the installed `calc` beside this interpreter, or the module where there is no such script."""
    script = Path(sys.executable).with_name("calc.exe" if os.name == "nt" else "calc")
    return (str(script),) if script.is_file() else (sys.executable, "-m", "calc")


def environment(processor: bool) -> dict[str, str]:
    """Return the environment of both sides.

    Counted in processor time, both use one thread: those that numpy's linear algebra starts and never uses, spinning
    until they are stopped, would count for the import of numpy alone.
    """
    kept = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    return {**kept, "OPENBLAS_NUM_THREADS": "1"} if processor else kept


def compile_bytecode() -> None:
    """Compile the package; what it imports is compiled by the first, unmeasured run of each command."""
    found = importlib.util.find_spec("calc")
    for folder in (found.submodule_search_locations or ()) if found else ():
        compileall.compile_dir(folder, quiet=2)


def seconds(command: tuple[str, ...], processor: bool) -> float:
    """Run a process to its end and return how long it took, or how much processor time.

    Raises CalledProcessError when it fails: a quick error is no quick answer.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(  # noqa: S603  # our own commands
        command, env=environment(processor), stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    taken = time.perf_counter() - start
    done.check_returncode()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime if processor else taken


def measure(goal: Goal, pairs: int, processor: bool) -> Measured:
    """Measure one command in pairs with the baseline; the side that runs first changes from pair to pair."""
    command = (*calc_command(), *goal.arguments)
    for each in (BASELINE, command):
        seconds(each, processor)
    commands, baselines = [], []
    for number in range(pairs):
        if number % 2:
            commands.append(seconds(command, processor))
            baselines.append(seconds(BASELINE, processor))
        else:
            baselines.append(seconds(BASELINE, processor))
            commands.append(seconds(command, processor))
    return Measured(goal, [one / other for one, other in zip(commands, baselines, strict=True)], commands, baselines)


def measure_all(pairs: int = PAIRS, processor: bool = False) -> list[Measured]:
    """Measure every goal."""
    compile_bytecode()
    return [measure(goal, pairs, processor) for goal in GOALS]


def table(found: list[Measured]) -> str:
    """Return the measurements as a Markdown table."""
    lines = [
        "| command | goal | median ratio | minimum | maximum | command, ms | import numpy, ms | |",
        "|---|---:|---:|---:|---:|---:|---:|---|",
    ]
    for each in found:
        times = (statistics.median(each.commands) * 1000, statistics.median(each.baselines) * 1000)
        lines.append(
            f"| `{each.goal.name}` | {each.goal.limit:.1f} | {each.median:.2f} | {min(each.ratios):.2f} "
            f"| {max(each.ratios):.2f} | {times[0]:.0f} | {times[1]:.0f} | {'met' if each.is_met else 'missed'} |"
        )
    return "\n".join(lines)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def main() -> int:
    """Measure, print the table, return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pairs", type=_positive, default=PAIRS, metavar="N", help="pairs a command (default 15)")
    parser.add_argument("--processor", action="store_true", help="processor time of one thread, not time on the clock")
    given = parser.parse_args()
    found = measure_all(given.pairs, given.processor)
    print(table(found))
    return 0 if all(each.is_met for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
