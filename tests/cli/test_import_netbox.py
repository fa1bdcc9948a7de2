"""`calc import netbox`: height and weight are taken, power never from the sum of supply ratings."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# As the library of device types has it, its supplies rated as those of a switch; its comment says 6.5 kW.
DGX = """---
manufacturer: NVIDIA
model: DGX A100
slug: nvidia-dgx-a100
u_height: 6.0
is_full_depth: true
weight: 271.5
weight_unit: lb
power-ports:
  - {name: PSU0, type: iec-60320-c20, maximum_draw: 1071}
  - {name: PSU1, type: iec-60320-c20, maximum_draw: 1071}
"""
RACK = (
    "manufacturer: APC\nmodel: AR3300\nslug: apc-ar3300\nwidth: 19\n"
    "u_height: 42\nweight: 134.09\nmax_weight: 1701\nweight_unit: kg\n"
)
FEEDS = (
    "rack,type,supply,phase,voltage,amperage,max_utilization\n"
    "R1,primary,ac,three-phase,400,32,80\nR1,redundant,ac,three-phase,400,32,80\n"
)


def test_types_and_feeds_become_facts_and_power_is_asked_for(tmp_path: Path) -> None:
    for name, text in {"dgx.yaml": DGX, "rack.yaml": RACK, "feeds.csv": FEEDS}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "calc", "import", "netbox"]
    command += ["dgx.yaml", "rack.yaml", "feeds.csv", "--as-of", "2026-11"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    rows = {(row["subject"], row["quantity"]): float(row["value"]) for row in csv.DictReader(io.StringIO(done.stdout))}
    assert rows == {
        ("nvidia-dgx-a100", "server_height"): 6,
        ("nvidia-dgx-a100", "server_weight"): 123.150328455,  # 271.5 lb
        ("apc-ar3300", "rack_height"): 42,
        ("apc-ar3300", "rack_weight_fitted"): 134.09,
        ("apc-ar3300", "rack_weight_limit"): 1701,
        ("r1", "rack_feeds"): 2,
        ("r1", "rack_feeds_spare"): 1,
        ("r1", "feed_voltage"): 400,
        ("r1", "feed_current"): 32,
        ("r1", "feed_phase_factor"): 1.73205080757,
        ("r1", "rack_power_derating"): 0.8,
    }
    assert "rated for 2.142 kW in sum" in done.stderr
    assert "give `server_power` from its data sheet" in done.stderr
