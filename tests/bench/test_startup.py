"""A guard for start-up: limits are twice the goals of bench/startup.py, which noise does not reach and a slip does."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

BENCH = Path(__file__).resolve().parents[2] / "bench"
LIMITS = {"calc --help": 2.0, "calc run lingang-racks": 4.0, "calc run fifty-million": 6.0}


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_startup", BENCH / "startup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


startup = load()


def test_the_guard_knows_every_goal() -> None:
    assert {goal.name: 2 * goal.limit for goal in startup.GOALS} == LIMITS


@pytest.mark.parametrize("goal", startup.GOALS, ids=lambda goal: goal.name)
def test_start_up_stays_near_its_goal(goal: object) -> None:
    startup.compile_bytecode()
    found = startup.measure(goal, 5, processor=True)
    assert len(found.ratios) == 5
    assert found.median < LIMITS[found.goal.name], startup.table([found])


def test_a_missed_goal_is_told() -> None:
    goal = startup.Goal(("--help",), 1.0)
    met = startup.Measured(goal, [0.5, 0.9, 7.0], [0.05], [0.1])
    missed = startup.Measured(goal, [0.5, 1.1, 1.2], [0.11], [0.1])
    assert met.is_met
    assert not missed.is_met
    lines = startup.table([met, missed]).splitlines()
    assert lines[2] == "| `calc --help` | 1.0 | 0.90 | 0.50 | 7.00 | 50 | 100 | met |"
    assert lines[3] == "| `calc --help` | 1.0 | 1.10 | 0.50 | 1.20 | 110 | 100 | missed |"


@pytest.mark.parametrize(("limit", "code"), [(1e9, 0), (0.0, 1)])
def test_the_exit_code_says_whether_the_goals_are_met(
    limit: float, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(startup, "GOALS", (startup.Goal(("--version",), limit),))
    monkeypatch.setattr(sys, "argv", ["startup.py", "--pairs", "1"])
    assert startup.main() == code
    assert "| `calc --version` |" in capsys.readouterr().out


def test_a_command_that_fails_is_no_quick_answer() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        startup.measure(startup.Goal(("run", "no-such-scenario"), 1.0), 1, processor=True)


def test_the_readme_shows_a_run_of_every_goal() -> None:
    text = (BENCH / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(calc [^`]+)` \| ([\d.]+) \|", text, re.MULTILINE)
    found = [(name, float(limit)) for name, limit in rows]
    goals = [(goal.name, goal.limit) for goal in startup.GOALS]
    assert found == goals * (len(found) // len(goals) or 1)
