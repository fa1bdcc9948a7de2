"""Golden cases: every YAML file here is a scenario with hand calculations whose promises hold."""

from __future__ import annotations

from pathlib import Path

import pytest

import calc

FILES = sorted(Path(__file__).parent.glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_promises_hold(path: Path) -> None:
    result = calc.run(str(path))
    assert result.failures == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_case_promises_something(path: Path) -> None:
    """A case without a promise would pass whatever it answers."""
    import yaml

    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    promised = found["expect"]
    assert promised
    for case in found.get("cases") or {}:
        assert promised.get(case), case
