"""The recipes of CONTRIBUTING.md work when they are followed to the letter, each in a copy of this checkout.

A fence says what a newcomer does with a block: ```python PATH, ```csv PATH and ```yaml PATH are added to the end of
that file, which may be new, or with a further word above the line that begins so; lines of ```sh are typed.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```(\w+)(?: (\S+))?(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SAID = {
    "Add a formula": ["rack power headroom", "passed", "quantities.md"],
    "Add a fact": ["250,000", "passed"],
    "Add a scenario": ["", "servers_per_rack = 3 servers/rack"],
    "Add a study": ["rack_power_stranded with server_power doubled: 12 kW/rack", "rack_power_stranded,12", "passed"],
}


def recipe(title: str) -> list[tuple[str, str, str, str]]:
    """Return the blocks of a recipe: language, path, what the line below begins with, and text."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    part = page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    return [(match[1], match[2] or "", match[3] or "", match[4]) for match in _FENCE.finditer(part)]


def typed(line: str, folder: Path) -> str:
    """Type a line in a copy of the checkout, whose `calc` it is, and return what it prints."""
    command, *rest = shlex.split(line)
    started = {"calc": ["-m", "calc"], "pytest": ["-m", "pytest", "-q", "-p", "no:cacheprovider"], "python": []}[
        command
    ]
    known = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, *started, *rest], cwd=folder, env=known, capture_output=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    return done.stdout.decode()


@pytest.mark.parametrize("title", _SAID)
def test_the_recipe_works(title: str, tmp_path: Path) -> None:
    for name in ("calc", "seeds", "scenarios", "docs", "tests"):
        # What is compiled goes along, as in a checkout that was used: a file keeps its time.
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("hostile"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    said = []
    for kind, path, below, text in recipe(title):
        if kind == "sh":
            said += [typed(line, tmp_path) for line in text.splitlines()]
            continue
        file = tmp_path / path
        there = file.read_text(encoding="utf-8") if file.exists() else ""
        at = there.index(f"\n{below}") + 1 if below else len(there)
        gap = "\n\n" if kind == "python" and there else ""
        file.write_text(f"{there[:at]}{'' if below else gap}{text}{gap if below else ''}{there[at:]}", encoding="utf-8")
    assert len(said) == len(_SAID[title])
    for output, words in zip(said, _SAID[title], strict=True):
        assert words in output
    assert title != "Add a scenario" or said[0] == "", "check prints nothing when all is well"
