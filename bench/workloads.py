"""What speed.py measures: `python workloads.py NAME SIZE WORKERS` prints what it took and the peak memory, as JSON.

A workload gets the size and the workers, and returns seconds, or for another measure a number for each output. What is
imported on the way is not timed: something small of the same kind is done first.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import by_hand
import numpy as np
import yaml

from calc.errors import Problems
from calc.scenario.load import load
from calc.scenario.resolve import Options, resolve
from calc.study.answer import answer
from calc.study.draws import draws_of
from calc.study.evaluator import Evaluator

if TYPE_CHECKING:
    from collections.abc import Callable

    from calc.scenario.case import Scenario

MODEL = Path(__file__).resolve().with_name("model.yaml")
SMALL, SCENARIOS = MODEL.with_name("small.yaml"), MODEL.parents[1] / "scenarios"
AXES = {
    "u_gpus": (3900, 4300), "u_gpu_price": (24000, 34000), "u_pue": (1.1, 1.45), "u_electricity": (0.05, 0.12),
    "u_mfu": (0.3, 0.5), "u_staff": (20, 40), "u_rate": (0.06, 0.14),
}  # fmt: skip
# The largest discount rate at which an hour of a GPU costs at most what it is rented for.
SOUGHT, LOW, HIGH, LIMIT, TOLERANCE = "u_rate", 0.01, 0.5, 2.4, 1e-10
GOAL = f"find:\n  {SOUGHT}: {{largest within: {LOW} to {HIGH}, so that: f26 <= {LIMIT}}}\n"
# The root mean square error, over seeds, that a percentile may have.
ERROR, SEEDS, SIZES = 0.005, range(100, 150), [1 << power for power in range(3, 15)]


def scenario(samples: int = 1000, more: str = "") -> Scenario:
    """Return the model as a scenario, with a further section."""
    problems = Problems()
    with TemporaryDirectory() as folder:
        path = Path(folder, "model.yaml")
        path.write_text(MODEL.read_text(encoding="utf-8") + more, encoding="utf-8")
        return resolve(load(str(path), problems), Options(samples=samples), problems)


def evaluator_of(*changing: str) -> Evaluator:
    """Return the model as a function of some inputs."""
    found = scenario()
    return Evaluator(found, found.cases[0], by_hand.OUTPUTS, changing)


def once(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def used(call: Callable[[], object]) -> float:
    """Return the processor time that a call takes, with that of the commands it gives."""
    before = os.times()
    call()
    return sum(os.times()[:4]) - sum(before[:4])


def best(call: Callable[[], object], times: int) -> float:
    """Return how long a call takes at best."""
    call()
    return min(once(call) for _ in range(times))


# ---------------------------------------------------------------- whole runs


def run(size: int, workers: int) -> list[Any]:
    """Draw, evaluate, and return mean and percentiles of every output."""
    found = answer(scenario(size), workers=workers)
    return [found.cases[0].statistics(name) for name in by_hand.OUTPUTS]


def our_run(size: int, workers: int) -> float:
    """Time a whole run, the scenario read from its file."""
    run(1000, 1)
    return once(lambda: run(size, workers))


def run_by_hand(size: int, _workers: int) -> float:
    """Time the same, written by hand."""
    by_hand.run(1000)
    return once(lambda: by_hand.run(size))


def _command(*words: str) -> object:
    return subprocess.run([sys.executable, "-m", "calc", *words], check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own code


def small_run(size: int, workers: int) -> float:
    """Take the processor time of a whole command, less that of the same with a thousand samples."""
    line = ("run", str(SMALL), "--workers", str(workers), "--samples")
    _command(*line, "1000")
    return used(lambda: _command(*line, str(size))) - used(lambda: _command(*line, "1000"))


def small_by_hand(size: int, _workers: int) -> float:
    """Take the processor time of the same, written by hand."""
    by_hand.run_small(1000)
    return used(lambda: by_hand.run_small(size))


# ---------------------------------------------------------------- many scenarios


def _shipped() -> list[str]:
    return sorted(path.stem for path in SCENARIOS.glob("*.yaml"))


def checked_at_once(_size: int, _workers: int) -> float:
    """Take the processor time of one check of all scenarios that ship."""
    return used(lambda: _command("check", *_shipped()))


def checked_one_by_one(_size: int, _workers: int) -> float:
    """Take the processor time of a check for each of them."""
    return used(lambda: [_command("check", each) for each in _shipped()])


def folder_checked(size: int, _workers: int) -> float:
    """Time the check of a folder with so many scenarios."""
    with TemporaryDirectory() as folder:
        for at in range(size):
            facts = "facts: [lingang-a100-server]"
            given = f"rack_power_rated: {{value: {10 + at % 16} kW, source: bench}}"
            given += f", servers_needed: {{value: {100 + at} servers, source: bench}}"
            text = f"{facts}\ninputs: {{{given}}}\nshow: [racks_needed]\nchecks: [servers_per_rack >= 1]\n"
            Path(folder, f"s{at:04}.yaml").write_text(text, encoding="utf-8")
        return once(lambda: _command("check", folder))


# ---------------------------------------------------------------- formulas alone


def our_arrays(size: int, _workers: int) -> float:
    """Time the formulas on arrays that are there already."""
    inputs = by_hand.draw(size)
    evaluator = evaluator_of(*inputs)
    return best(lambda: evaluator.grid(inputs), 20)


def raw_arrays(size: int, _workers: int) -> float:
    """Time the same, written by hand."""
    inputs = by_hand.draw(size)
    return best(lambda: by_hand.evaluate(**inputs), 20)


def our_scalar(_size: int, _workers: int) -> float:
    """Time one evaluation on floats."""
    inputs = {name: float(each[0]) for name, each in by_hand.draw(1).items()}
    evaluator = evaluator_of(*inputs)
    return best(lambda: [evaluator.at(inputs) for _ in range(1000)], 20) / 1000


def pint_scalar(_size: int, _workers: int) -> float:
    """Time one evaluation on pint's quantities."""
    import pint

    registry: Any = pint.UnitRegistry()
    inputs = {name: registry.Quantity(float(each[0]), "dimensionless") for name, each in by_hand.draw(1).items()}
    return best(lambda: by_hand.evaluate(**inputs), 20)


# ---------------------------------------------------------------- sweeps


def our_sweep(size: int, _workers: int) -> float:
    """Time the least of every output over a grid of seven axes of `size` steps."""
    axes = {name: np.linspace(low, high, size) for name, (low, high) in AXES.items()}
    evaluator = evaluator_of(*axes)
    columns = {
        name: each.reshape([-1 if at == place else 1 for at in range(len(axes))])
        for place, (name, each) in enumerate(axes.items())
    }
    first, second = list(axes)[:2]

    def least(one: int, other: int) -> list[float]:
        part = {first: columns[first][one : one + 1], second: columns[second][:, other : other + 1]}
        return [float(each.min()) for each in evaluator.grid({**columns, **part}).values()]

    least(0, 0)
    return once(lambda: [least(one, other) for one in range(size) for other in range(size)])


def flat_grid(size: int, _workers: int) -> float:
    """Time the same with numpy's `meshgrid`, every formula at every point."""
    axes = {name: np.linspace(low, high, size) for name, (low, high) in AXES.items()}
    values = scenario().cases[0].values
    points = {name: values[name].point for name in by_hand.draw(1)}

    def least() -> list[float]:
        mesh = np.meshgrid(*axes.values(), indexing="ij")
        flat = {name: each.ravel() for name, each in zip(axes, mesh, strict=True)}
        return [float(each.min()) for each in by_hand.evaluate(**{**points, **flat})]

    return once(least)


def sweep_command(size: int, _workers: int) -> float:
    """Time `calc sweep` over the same grid, from its start to the points that it shows."""
    axes = [f"--axis={name}={low} to {high} in {size} steps" for name, (low, high) in AXES.items()]
    line = [sys.executable, "-m", "calc", "sweep", str(MODEL), *axes, "--minimise", "f34"]
    return once(lambda: subprocess.run(line, check=True, stdout=subprocess.DEVNULL))  # noqa: S603  # our own code


# ---------------------------------------------------------------- large scenarios

# What `scenarios/lingang-racks.yaml` asks.
SHOWN = "servers_per_rack, rack_power_stranded, rack_power_stranded_share, racks_needed, stranded_power_total"


def many_parts(size: int) -> str:
    """Return a scenario of so many clusters, with sums over them."""
    bundles = "[lingang-a100-server, lingang-high-rack]"
    needs = (f"{{value: {1000 + at} servers, source: assumption}}" for at in range(size))
    parts = (f"  p{at}: {{facts: {bundles}, inputs: {{servers_needed: {each}}}}}" for at, each in enumerate(needs))
    totals = "totals: {racks: sum of racks_needed, stranded: sum of stranded_power_total}"
    return "\n".join(["parts:", *parts, totals, f"show: [{SHOWN}, racks, stranded]", ""])


def many_cases(size: int) -> str:
    """Return a scenario of so many choices."""
    needs = (f"{{value: {1000 + at} servers, source: assumption}}" for at in range(size))
    cases = (f"  c{at}: {{servers_needed: {each}}}" for at, each in enumerate(needs))
    return "\n".join(["facts: [lingang-a100-server, lingang-high-rack]", "cases:", *cases, f"show: [{SHOWN}]", ""])


def _answered(text: str) -> float:
    """Time `calc run`, from its start to the end of its JSON, on one processor."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "large.yaml")
        path.write_text(text, encoding="utf-8")
        line = [sys.executable, "-m", "calc", "run", str(path), "--format", "json"]
        return used(lambda: subprocess.run(line, check=True, stdout=subprocess.DEVNULL))  # noqa: S603  # our own code


def parts_command(size: int, _workers: int) -> float:
    """Time the answer of a scenario with many parts."""
    return _answered(many_parts(size))


def parts_read(size: int, _workers: int) -> float:
    """Time PyYAML reading the same file."""
    return used(lambda: yaml.safe_load(many_parts(size)))


def cases_command(size: int, _workers: int) -> float:
    """Time the answer of a scenario with many cases."""
    return _answered(many_cases(size))


def cases_read(size: int, _workers: int) -> float:
    """Time PyYAML reading the same file."""
    return used(lambda: yaml.safe_load(many_cases(size)))


# ---------------------------------------------------------------- studies


def our_indices(size: int, _workers: int) -> float:
    """Time first-order and total indices of every output for every input, from `size` base samples."""
    from calc.study.sensitivity import Moves, indices, uniforms

    inputs = list(by_hand.draw(1))
    evaluator = evaluator_of(*inputs)
    values = evaluator.case.values

    def found() -> Any:
        one, other = (
            {name: values[name].distribution.quantile(each) for name, each in columns.items()}  # type: ignore[union-attr]  # all are uncertain
            for columns in uniforms(inputs, size, 7)
        )
        moves = Moves(evaluator, dict.fromkeys(inputs, False))
        return indices(moves.at, one, other, lambda name, columns: moves.again(name, columns[name]))

    return best(found, 3)


def plain_samples(size: int, _workers: int) -> float:
    """Time as many samples as indices take from `size` base samples: drawn and evaluated."""
    evaluator = evaluator_of()
    count = size * (len(evaluator.uncertain) + 2)
    return best(lambda: evaluator.sample({}, count, None), 3)


def _goal_seek(size: int) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Return the same goal-seek in every sample by ours and by scipy, after a look that both find the same."""
    from scipy.optimize.elementwise import find_root

    from calc.scenario.study_sections import Goal
    from calc.study.thresholds import Thresholds

    found = scenario(size, GOAL)
    [goal] = found.studies.request("find")
    if not isinstance(goal, Goal):
        raise TypeError(goal)
    evaluator = Evaluator(found, found.cases[0], ["f26"], [SOUGHT])
    known = {name: evaluator.draw(draws_of(found), name, 0, size) for name in by_hand.draw(1) if name != SOUGHT}

    def ours() -> Any:
        ends = [HIGH, LOW]
        return Thresholds(evaluator, goal, goal.conditions).values(draws_of(found), size, ends, ends)

    def above(rate: Any, *columns: Any) -> Any:
        inputs = dict(zip(known, columns, strict=True))
        return by_hand.evaluate(**inputs, u_rate=rate)[1] - LIMIT

    def theirs() -> Any:
        ends = np.full(size, LOW), np.full(size, HIGH)
        exact = {"xatol": 0, "xrtol": TOLERANCE, "fatol": 0, "frtol": 0}
        return find_root(above, ends, args=tuple(known.values()), tolerances=exact)

    mine, solved = ours(), theirs()
    fine = solved.status == 0
    if fine.mean() < 0.7 or not np.allclose(mine[fine], solved.x[fine], rtol=1e-6, atol=0):
        raise ValueError("they do not solve the same")
    return ours, theirs


def our_goal_seek(size: int, _workers: int) -> float:
    """Time the search in every sample, drawing included."""
    return best(_goal_seek(size)[0], 3)


def find_root(size: int, _workers: int) -> float:
    """Time scipy's search on samples that are there already."""
    return best(_goal_seek(size)[1], 3)


# ---------------------------------------------------------------- samples


def _needed(method: str) -> list[float]:
    """Return how many samples it takes until the 95th percentile of each output is known well enough."""
    found = scenario()
    found.method = method
    evaluator = Evaluator(found, found.cases[0], by_hand.OUTPUTS)
    exact = {name: np.quantile(each, 0.95) for name, each in evaluator.sample(None, 1 << 21, 1).items()}
    errors: dict[str, list[float]] = {name: [] for name in exact}
    for size in SIZES:
        drawn = [evaluator.sample(None, size, seed) for seed in SEEDS]
        for name, known in errors.items():
            off = [np.quantile(each[name], 0.95) / exact[name] - 1 for each in drawn]
            known.append(float(np.sqrt(np.mean(np.square(off)))))
    needed = (np.interp(-np.log(ERROR), -np.log(each), np.log(SIZES)) for each in errors.values())
    return [float(np.exp(each)) for each in needed]


def random_needs(_size: int, _workers: int) -> list[float]:
    """Return how many pseudo-random samples each output needs."""
    return _needed("random")


def sobol_needs(_size: int, _workers: int) -> list[float]:
    """Return how many Sobol points each output needs."""
    return _needed("sobol")


WORKLOADS: dict[str, Callable[[int, int], float | list[float]]] = {
    each.__name__: each
    for each in (
        our_run, run_by_hand, small_run, small_by_hand, checked_at_once, checked_one_by_one, folder_checked,
        our_arrays, raw_arrays, our_scalar, pint_scalar, our_sweep, flat_grid, sweep_command,
        our_indices, plain_samples, our_goal_seek, find_root, random_needs, sobol_needs,
        parts_command, parts_read, cases_command, cases_read,
    )
}  # fmt: skip


def main() -> int:
    """Do one workload and tell what it took."""
    name, size, workers = sys.argv[1:]
    took = WORKLOADS[name](int(size), int(workers))
    both = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    memory = max(resource.getrusage(who).ru_maxrss / 1024 for who in both)
    print(json.dumps([took, memory]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
