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


def imported(folder: Path, **files: str) -> tuple[dict[tuple[str, str], float], str]:
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "calc", "import", "netbox", *(name.replace("_", ".") for name in files)]
    done = subprocess.run([*command, "--as-of", "2026-11"], capture_output=True, text=True, check=True, cwd=folder)
    rows = csv.DictReader(io.StringIO(done.stdout))
    return {(row["subject"], row["quantity"]): float(row["value"]) for row in rows}, done.stderr


def test_racks_that_are_alike_are_one_kind_of_cabinets(tmp_path: Path) -> None:
    racks = (
        "name,status,rack_type,u_height,weight,max_weight,weight_unit\n"
        "R1,active,APC AR3300,42,134.09,1701,kg\nR2,active,APC AR3300,42,134.09,1701,kg\n"
        "R3,active,APC AR3300,42,134.09,1701,kg\nR4,planned,,48,,,\nR5,deprecated,APC AR3300,42,134.09,1701,kg\n"
    )
    feeds = FEEDS + "R2,primary,ac,three-phase,400,32,80\nR2,redundant,ac,three-phase,400,32,80\n"
    feeds += "R9,primary,ac,single-phase,230,16,80\nR8,primary,ac,single-phase,,16,80\n"
    rows, told = imported(tmp_path, racks_csv=racks, feeds_csv=feeds)
    # R1 and R2 have the same feeds, R3 has none; R5 is going
    many = {subject: value for (subject, quantity), value in rows.items() if quantity == "racks_available"}
    assert many == {"apc-ar3300": 2, "apc-ar3300-2": 1, "rack-48u": 1}
    assert rows["apc-ar3300", "rack_feeds"] == 2
    assert ("apc-ar3300-2", "rack_feeds") not in rows
    assert ("rack-48u", "rack_weight_limit") not in rows
    # Feeds of a rack that the other file does not list stand for themselves; without a voltage they are none.
    assert rows["r9", "feed_voltage"] == 230
    assert ("r8", "feed_voltage") not in rows
    assert "feeds without a voltage or a current: feeds.csv:7" in told
    assert "apc-ar3300-2: says nothing of power; give `rack_power_rated`" in told


def test_what_a_type_does_not_say_is_told(tmp_path: Path) -> None:
    bare = "manufacturer: M\nmodel: Sled\nslug: m-sled\nu_height: 0\nis_full_depth: true\n"
    rows, told = imported(tmp_path, bare_yaml=bare, dgx_yaml=DGX)
    assert {subject for subject, _ in rows} == {"nvidia-dgx-a100"}
    assert "m-sled: says nothing of `server_height` and `server_weight`" in told
    assert "m-sled: says nothing of power; give `server_power` from its data sheet" in told
