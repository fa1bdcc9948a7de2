"""Measure samples, sweeps and single evaluations against the same model written by hand with numpy (by_hand.py).

Each figure is a ratio of two times taken one after the other in processes of their own, so that a busy machine slows
both alike; the median of the pairs counts. Times are taken inside the process, after imports. Exit code 1 when a goal
is missed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent

COMMON = """
import json, resource, sys, time
sys.path.insert(0, {here!r})
import numpy as np
import by_hand
from calc.errors import Problems
from calc.scenario.load import load
from calc.scenario.resolve import Options, resolve
from calc.study.answer import answer
from calc.study.evaluator import Evaluator
import calc.study.simulate

def scenario(samples=1000):
    problems = Problems()
    return resolve(load({model!r}, problems), Options(samples=samples), problems)

def run(samples, workers=1):
    found = answer(scenario(samples), workers=workers)
    return [found.cases[0].statistics(name) for name in by_hand.OUTPUTS]

def best(call, times):
    found = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return min(found)

def told(seconds):
    both = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    own, children = (resource.getrusage(who).ru_maxrss / 1024 for who in both)
    print(json.dumps([seconds, max(own, children)]))

# What is imported on the way is not measured.
run(1000), by_hand.run(1000)
start = time.perf_counter()
"""

POINTS = "evaluator = Evaluator(scenario(), scenario().cases[0], by_hand.OUTPUTS, list(inputs))\n"
DRAWN = "inputs = by_hand.draw({size})\n"
AXES = """
axes = {{"u_gpus": (3900, 4300), "u_gpu_price": (24000, 34000), "u_pue": (1.1, 1.45), "u_electricity": (0.05, 0.12),
        "u_mfu": (0.3, 0.5), "u_staff": (20, 40), "u_rate": (0.06, 0.14)}}
axes = {{name: np.linspace(low, high, {size}) for name, (low, high) in axes.items()}}
"""
# How many samples it takes until the root mean square error of the 95th percentile of f24, over seeds, is 0.5 %.
NEEDS = """
found = scenario()
found.method = "{method}"
evaluator = Evaluator(found, found.cases[0], ["f24"])
exact = np.quantile(evaluator.sample(None, 1 << 21, 1)["f24"], 0.95)
sizes, errors = [1 << power for power in range(5, 14)], []
for size in sizes:
    off = [np.quantile(evaluator.sample(None, size, seed)["f24"], 0.95) / exact - 1 for seed in range(100, 200)]
    errors.append(np.sqrt(np.mean(np.square(off))))
told(float(np.exp(np.interp(-np.log(0.005), -np.log(errors), np.log(sizes)))))
"""
CODE = {
    "hand": "by_hand.run({size})\ntold(time.perf_counter() - start)",
    "ours": "run({size}, {workers})\ntold(time.perf_counter() - start)",
    "raw arrays": DRAWN + "by_hand.evaluate(**inputs)\ntold(best(lambda: by_hand.evaluate(**inputs), 20))",
    "our arrays": DRAWN + POINTS + "evaluator.grid(inputs)\ntold(best(lambda: evaluator.grid(inputs), 20))",
    "our scalar": "inputs = {{name: float(each[0]) for name, each in by_hand.draw(1).items()}}\n" + POINTS
    + "evaluator.at(inputs)\ntold(best(lambda: [evaluator.at(inputs) for _ in range(1000)], 20) / 1000)",
    "pint": """
import pint
registry = pint.UnitRegistry()
drawn = by_hand.draw(1)
inputs = {{name: registry.Quantity(float(each[0]), "dimensionless") for name, each in drawn.items()}}
by_hand.evaluate(**inputs)
told(best(lambda: by_hand.evaluate(**inputs), 20))
""",
    "our sweep": AXES + """
evaluator = Evaluator(scenario(), scenario().cases[0], by_hand.OUTPUTS, list(axes))
columns = {{name: each.reshape([-1 if at == place else 1 for at in range(len(axes))])
           for place, (name, each) in enumerate(axes.items())}}
first, second = list(axes)[:2]
start = time.perf_counter()
for one in range({size}):
    for other in range({size}):
        part = {{first: columns[first][one : one + 1], second: columns[second][:, other : other + 1]}}
        least = [each.min() for each in evaluator.grid(columns | part).values()]
told(time.perf_counter() - start)
""",
    "flat grid": AXES + """
values = scenario().cases[0].values
points = {{name: values[name].point for name in by_hand.draw(1)}}
start = time.perf_counter()
mesh = {{name: each.ravel() for name, each in zip(axes, np.meshgrid(*axes.values(), indexing="ij"))}}
least = [each.min() for each in by_hand.evaluate(**(points | mesh))]
told(time.perf_counter() - start)
""",
    "random needs": NEEDS.format(method="random"),
    "sobol needs": NEEDS.format(method="sobol"),
}  # fmt: skip


@dataclass(frozen=True)
class Goal:
    """Two sides, and how large the ratio of their times may be, or how small where it is a gain; memory in MB."""

    name: str
    one: tuple[str, int, int]
    other: tuple[str, int, int]
    limit: float
    is_gain: bool = False
    memory: float | None = None


GOALS = (
    Goal("1e6 samples, one process / by hand", ("ours", 10**6, 1), ("hand", 10**6, 1), 0.45),
    Goal("1e7 samples, two workers / by hand", ("ours", 10**7, 2), ("hand", 10**7, 1), 0.22, memory=200),
    Goal("1e8 samples / 1e7 samples", ("ours", 10**8, 2), ("ours", 10**7, 2), 11),
    Goal("arrays of 1e5 with units / raw numpy", ("our arrays", 10**5, 1), ("raw arrays", 10**5, 1), 1.0),
    Goal("one evaluation: pint / ours", ("pint", 1, 1), ("our scalar", 1, 1), 100, is_gain=True),
    Goal("1e7-point sweep: flat numpy grid / ours", ("flat grid", 10, 1), ("our sweep", 10, 1), 20, is_gain=True),
    Goal("1e8-point sweep / 1e7-point sweep", ("our sweep", 14, 1), ("our sweep", 10, 1), 12, memory=200),
    Goal("samples for P95 to 0.5 %: random / Sobol", ("random needs", 0, 1), ("sobol needs", 0, 1), 3, is_gain=True),
)


def measure(side: tuple[str, int, int]) -> tuple[float, float]:
    """Return seconds and peak memory in MB of one side, in a process of its own."""
    kind, size, workers = side
    head = COMMON.format(here=str(HERE), model=str(HERE / "model.yaml"))
    code = head + CODE[kind].format(size=size, workers=workers)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603  # our own code
    seconds, memory = json.loads(done.stdout.splitlines()[-1])
    return seconds, memory


@dataclass(frozen=True)
class Measured:
    """A goal with the ratios of its pairs and the largest memory of the first side."""

    goal: Goal
    ratios: list[float]
    memory: float

    @property
    def is_met(self) -> bool:
        """Tell whether the goal is met."""
        median, goal = statistics.median(self.ratios), self.goal
        fits = goal.memory is None or self.memory <= goal.memory
        return fits and (median >= goal.limit if goal.is_gain else median <= goal.limit)


def measure_goal(goal: Goal, pairs: int) -> Measured:
    """Measure the two sides of a goal in pairs."""
    ratios, memory = [], 0.0
    for number in range(pairs):
        found = {side: measure(side) for side in ((goal.one, goal.other) if number % 2 else (goal.other, goal.one))}
        ratios.append(found[goal.one][0] / found[goal.other][0])
        memory = max(memory, found[goal.one][1])
    return Measured(goal, ratios, memory)


def table(found: list[Measured]) -> str:
    """Return the measurements as a Markdown table."""
    lines = ["| what | goal | median | minimum | maximum | peak memory, MB | |", "|---|---:|---:|---:|---:|---:|---|"]
    for each in found:
        goal = f"{'at least' if each.goal.is_gain else 'at most'} {each.goal.limit:g}"
        goal += f"; {each.goal.memory:g} MB" if each.goal.memory else ""
        lines.append(
            f"| {each.goal.name} | {goal} | {statistics.median(each.ratios):.3g} | {min(each.ratios):.3g} "
            f"| {max(each.ratios):.3g} | {each.memory:.0f} | {'met' if each.is_met else 'missed'} |"
        )
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
