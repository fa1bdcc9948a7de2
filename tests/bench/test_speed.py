"""A guard for speed: small sizes against the same by hand, with limits of twice the goals of bench/speed.py or more."""

from __future__ import annotations

import importlib
import re
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

BENCH = Path(__file__).resolve().parents[2] / "bench"
# One side and the other, their size, how large the ratio may be, or how small where it is a gain.
GUARDS = [
    ("our_run", "run_by_hand", 300_000, 0.9, False),
    ("our_arrays", "raw_arrays", 100_000, 2.0, False),
    ("pint_scalar", "our_scalar", 1, 50.0, True),
    ("flat_grid", "our_sweep", 8, 5.0, True),
    ("our_indices", "plain_samples", 8192, 3.0, False),
    ("find_root", "our_goal_seek", 20_000, 0.75, True),
]


def load(name: str) -> ModuleType:
    before = list(sys.path)
    sys.path.insert(0, str(BENCH))
    try:
        return importlib.import_module(name)
    finally:
        sys.path[:] = before


speed, workloads = load("speed"), load("workloads")


@pytest.mark.parametrize(("one", "other", "size", "limit", "is_gain"), GUARDS, ids=str)
def test_speed_stays_near_its_goal(one: str, other: str, size: int, limit: float, *, is_gain: bool) -> None:
    ratios = []
    for number in range(5):
        sides = (one, other) if number % 2 else (other, one)
        took = {side: workloads.WORKLOADS[side](size, 1) for side in sides}
        ratios.append(took[one] / took[other])
        # Three pairs; up to five where a busy machine has spoiled some.
        if number >= 2 and (statistics.median(ratios) >= limit) == is_gain:
            return
    pytest.fail(f"{one} / {other}: {ratios}, wanted {'at least' if is_gain else 'at most'} {limit}")


def test_sobol_points_spare_two_samples_of_three() -> None:
    random, sobol = (workloads.WORKLOADS[name](0, 1) for name in ("random_needs", "sobol_needs"))
    assert statistics.median(one / other for one, other in zip(random, sobol, strict=True)) >= 3


def test_every_workload_of_a_goal_exists() -> None:
    sides = {side[0] for goal in speed.GOALS for side in (goal.one, goal.other)}
    assert sides == set(workloads.WORKLOADS)


def test_a_missed_goal_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    goal = speed.Goal("a / b", ("a", 1, 1), ("b", 1, 1), 2.0, memory=100)
    took = {"a": ([3.0], 90.0), "b": ([1.0], 500.0)}
    monkeypatch.setattr(speed, "measure", lambda side: took[side[0]])
    monkeypatch.setattr(speed, "GOALS", (goal,))
    monkeypatch.setattr(sys, "argv", ["speed.py", "--pairs", "1"])
    assert speed.main() == 1
    assert "| a / b | at most 2; 100 MB | 3 | 3 | 3 | 90 | missed |" in capsys.readouterr().out
    took["a"] = [1.5], 101.0
    assert speed.main() == 1, "too much memory"
    took["a"] = [1.5], 99.0
    assert speed.main() == 0


def test_the_readme_shows_a_run_of_every_goal() -> None:
    text = (BENCH / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| (at (?:most|least) [^|]+?) \|", text, re.MULTILINE)
    for goal in speed.GOALS:
        limit = f"{'at least' if goal.is_gain else 'at most'} {goal.limit:g}"
        limit += f"; {goal.memory:g} MB" if goal.memory else ""
        limit += f"; {goal.seconds:g} s" if goal.seconds else ""
        assert (goal.name, limit) in rows
