"""Measure samples, sweeps, studies and single evaluations against the same done by hand with numpy (by_hand.py).

Each figure is a ratio of two workloads (workloads.py), one after the other in processes of their own, so that a busy
machine slows both alike; the median of the pairs counts. Times are taken inside the process, after imports. Exit code 1
when a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

WORKLOADS = Path(__file__).resolve().with_name("workloads.py")


@dataclass(frozen=True)
class Goal:
    """Two sides (workload, size, workers), and how large the ratio of what they took may be, or how small for a gain.

    memory: of the first side, in MB. seconds: of the first side, at best.
    is_exact: it does not depend on the machine, one pair will do.
    """

    name: str
    one: tuple[str, int, int]
    other: tuple[str, int, int]
    limit: float
    is_gain: bool = False
    memory: float | None = None
    seconds: float | None = None
    is_exact: bool = False


GOALS = (
    Goal("3e6 samples of a small model / by hand", ("small_run", 3 * 10**6, 1), ("small_by_hand", 3 * 10**6, 1), 0.45),
    Goal("1e6 samples, one process / by hand", ("our_run", 10**6, 1), ("run_by_hand", 10**6, 1), 0.35),
    Goal("1e7 samples, two workers / by hand", ("our_run", 10**7, 2), ("run_by_hand", 10**7, 1), 0.22, memory=200),
    Goal("1e8 samples / 1e7 samples", ("our_run", 10**8, 2), ("our_run", 10**7, 2), 11, memory=200),
    Goal("arrays of 1e5 with units / raw numpy", ("our_arrays", 10**5, 1), ("raw_arrays", 10**5, 1), 1.0),
    Goal("one evaluation: pint / ours", ("pint_scalar", 1, 1), ("our_scalar", 1, 1), 100, is_gain=True),
    Goal("1e7-point sweep: flat numpy grid / ours", ("flat_grid", 10, 1), ("our_sweep", 10, 1), 20, is_gain=True),
    Goal("`calc sweep`, 1e8 points / 1e7 points", ("sweep_command", 14, 1), ("sweep_command", 10, 1), 12, memory=200),
    Goal("Sobol indices / as many plain samples", ("our_indices", 1 << 15, 1), ("plain_samples", 1 << 15, 1), 1.5),
    Goal("goal-seek in 1e5 samples: find_root / ours", ("find_root", 10**5, 1), ("our_goal_seek", 10**5, 1), 1.5,
         is_gain=True),
    Goal("samples for P95 to 0.5 %: random / Sobol", ("random_needs", 0, 1), ("sobol_needs", 0, 1), 3,
         is_gain=True, is_exact=True),
    Goal("check of all shipped scenarios at once / one by one", ("checked_at_once", 0, 1), ("checked_one_by_one", 0, 1),
         0.25),
    Goal("`calc check` of a folder, 1,000 scenarios / 100", ("folder_checked", 1000, 1), ("folder_checked", 100, 1), 10,
         seconds=10),
    Goal("`calc run`, 2,000 parts / their file read by PyYAML", ("parts_command", 2000, 1), ("parts_read", 2000, 1), 4,
         seconds=10),
    Goal("`calc run`, 2,000 parts / 400 parts", ("parts_command", 2000, 1), ("parts_command", 400, 1), 6),
    Goal("`calc run`, 10,000 cases / their file read by PyYAML", ("cases_command", 10**4, 1), ("cases_read", 10**4, 1),
         4, seconds=30),
    Goal("`calc run`, 10,000 cases / 2,000 cases", ("cases_command", 10**4, 1), ("cases_command", 2000, 1), 6),
)  # fmt: skip


def measure(side: tuple[str, int, int]) -> tuple[list[float], float]:
    """Return what one side took, and its peak memory in MB, in a process of its own."""
    name, size, workers = side
    line = [sys.executable, str(WORKLOADS), name, str(size), str(workers)]
    done = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603  # our own code
    took, memory = json.loads(done.stdout.splitlines()[-1])
    return took if isinstance(took, list) else [took], memory


@dataclass(frozen=True)
class Measured:
    """A goal with the ratios of its pairs, or of the outputs where it is exact.

    memory, seconds: the first side's largest, and its best.
    """

    goal: Goal
    ratios: list[float]
    memory: float
    seconds: float

    @property
    def is_met(self) -> bool:
        """Tell whether the goal is met."""
        median, goal = statistics.median(self.ratios), self.goal
        fits = goal.memory is None or self.memory <= goal.memory
        fits = fits and (goal.seconds is None or self.seconds <= goal.seconds)
        return fits and (median >= goal.limit if goal.is_gain else median <= goal.limit)


def measure_goal(goal: Goal, pairs: int) -> Measured:
    """Measure the two sides of a goal in pairs."""
    ratios, memory, seconds = [], 0.0, float("inf")
    for number in range(1 if goal.is_exact else pairs):
        found = {side: measure(side) for side in ((goal.one, goal.other) if number % 2 else (goal.other, goal.one))}
        ratios += [one / other for one, other in zip(found[goal.one][0], found[goal.other][0], strict=True)]
        memory, seconds = max(memory, found[goal.one][1]), min(seconds, *found[goal.one][0])
    return Measured(goal, ratios, memory, seconds)


def table(found: list[Measured]) -> str:
    """Return the measurements as a Markdown table."""
    lines = ["| what | goal | median | minimum | maximum | peak memory, MB | |", "|---|---:|---:|---:|---:|---:|---|"]
    for each in found:
        goal = f"{'at least' if each.goal.is_gain else 'at most'} {each.goal.limit:g}"
        goal += f"; {each.goal.memory:g} MB" if each.goal.memory else ""
        goal += f"; {each.goal.seconds:g} s" if each.goal.seconds else ""
        verdict = ("met" if each.is_met else "missed") + (f", {each.seconds:.3g} s" if each.goal.seconds else "")
        lines.append(
            f"| {each.goal.name} | {goal} | {statistics.median(each.ratios):.3g} | {min(each.ratios):.3g} "
            f"| {max(each.ratios):.3g} | {each.memory:.0f} | {verdict} |"
        )
    for each in found:
        if each.goal.is_exact:
            outputs = ", ".join(f"{ratio:.3g}" for ratio in each.ratios)
            lines += ["", f"{each.goal.name}: the median over the outputs, which are {outputs}."]
    return "\n".join(lines)


def main() -> int:
    """Measure, print the table, return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pairs", type=int, default=5, metavar="N", help="pairs a goal (default 5)")
    parser.add_argument("--only", default="", metavar="TEXT", help="goals whose name holds the text")
    chosen = parser.parse_args()
    found = [measure_goal(goal, chosen.pairs) for goal in GOALS if chosen.only in goal.name]
    print(table(found))
    return 0 if all(each.is_met for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
