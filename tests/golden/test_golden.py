"""Published calculations with their inputs and results, each a scenario that promises the published figure."""

from __future__ import annotations

from pathlib import Path

import pytest

import calc

FILES = sorted(Path(__file__).parent.glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_golden(path: Path) -> None:
    """Every promise holds, and every input names its source."""
    found = calc.run(path)
    assert found.is_fine
    assert not [each for each in found.warnings if each.startswith("no source")]
