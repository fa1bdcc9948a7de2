"""The README's examples run as they stand there."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the README's scenario in it."""
    scenario = next(text for kind, text in BLOCKS if kind == "yaml")
    (tmp_path / "my-rack.yaml").write_text(scenario, encoding="utf-8")
    return tmp_path


def test_first_two_blocks_are_the_two_commands() -> None:
    first, second = (text.strip() for _, text in BLOCKS[:2])
    assert first.endswith(".venv/bin/calc run lingang-racks")
    assert second.endswith(".venv/bin/python -m pytest --quiet --numprocesses auto")
    assert "\n" not in first
    assert "\n" not in second


def test_commands_on_the_scenario_run(folder: Path) -> None:
    lines = [line for kind, text in BLOCKS[2:] if kind == "sh" for line in text.splitlines()]
    assert len(lines) == 8
    for line in lines:
        words = shlex.split(line, comments=True)
        assert words[0] == "calc"
        arguments = [each for word in words[1:] for each in (["my-rack.yaml"] if word == "*.yaml" else [word])]
        done = subprocess.run([sys.executable, "-m", "calc", *arguments], cwd=folder, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        assert done.stdout or words[1] in {"check", "new"}


def test_every_further_scenario_runs_without_a_doubt(tmp_path: Path) -> None:
    scenarios = [text for kind, text in BLOCKS if kind == "yaml"][1:]
    assert len(scenarios) == 2
    for text in scenarios:
        (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
        line = [sys.executable, "-m", "calc", "check", "own.yaml"]
        done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_values_of_the_table_are_read() -> None:
    from calc.scenario.amount import parse_amount

    table = README.split("## Values")[1].split("## Sections")[0]
    row = next(line for line in table.splitlines() if line.endswith("| an amount |"))
    texts = re.findall(r"`([^`]+)`", row)
    assert len(texts) == 7
    for text in texts:
        assert parse_amount(text).number > 0


def test_sections_table_is_complete() -> None:
    from calc.scenario.sections import SECTIONS

    table = README.split("## Sections")[1].split("## Exit codes")[0]
    named = {
        name
        for line in table.splitlines()
        if line.startswith("|")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert named == set(SECTIONS)
