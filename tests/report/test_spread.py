"""What is said of samples above and below a table of spreads."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SCENARIO = "inputs: {server_power: 4 to 5 kW, rack_power_rated: 25 kW}\nshow: [rack_power_drawn]\n"


def printed(folder: Path, *arguments: str) -> str:
    path = folder / "spread.yaml"
    path.write_text(SCENARIO, encoding="utf-8")
    command = [sys.executable, "-X", "utf8", "-m", "calc", "run", str(path), *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True).stdout


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_one_sample_is_not_several(form: str, tmp_path: Path) -> None:
    assert "(1 sample, seed 0)" in printed(tmp_path, "--samples", "1", "--format", form)
    assert "(2 samples, seed 0)" in printed(tmp_path, "--samples", "2", "--format", form)


def test_the_error_of_samples_is_called_a_sampling_error(tmp_path: Path) -> None:
    # Batches of Sobol points complement each other, so that their scatter overstates the error.
    told = " ".join(printed(tmp_path, "--samples", "640").split())
    assert re.search(r"sampling error, at most: p50 ± [\d.e-]+ %, p90 ± [\d.e-]+ %", told)
    assert "sure to" not in told
