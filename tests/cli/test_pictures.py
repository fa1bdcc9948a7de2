"""The golden picture of every command's output and help, on a narrow and a wide terminal.

More of `run`, `explain`, `list` and `describe` stand with the tests of their layout.

After a wanted change: `CALC_UPDATE_SNAPSHOTS=1 pytest tests/cli`, then read the difference.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from calc_command import calc, compare_with_snapshot

from calc.cli import COMMANDS

if TYPE_CHECKING:
    from pathlib import Path

WIDTHS = (40, 120)
PICTURES: tuple[tuple[str, ...], ...] = (
    ("run", "lingang-racks", "--case", "25 kW", "--case", "5 kW, 80 % rule"),
    ("run", "lingang-racks", "--case", "25 kW", "--quiet"),
    ("run", "lingang-racks", "--case", "25 kW", "--verbose"),
    ("run", "lingang-racks", "--case", "25 kW", "--show", "racks_needed", "--format", "csv"),
    ("run", "lingang-racks", "--case", "25 kW", "--show", "racks_needed", "--format", "json"),
    ("run", "lingang-racks", "--case", "25 kW", "--show", "racks_needed", "--format", "markdown"),
    ("explain", "lingang-racks", "racks_needed", "--case", "25 kW, 80 % rule"),
    ("explain", "fifty-million", "gpu_hours_affordable", "--case", "as planned", "--depth", "1"),
    ("explain", "lingang-racks", "racks_needed", "--case", "25 kW", "--depth", "1", "--format", "markdown"),
    ("check", "lingang-racks", "fifty-million"),
    ("check", "lingang-rack"),
    ("list", "scenarios", "lingang", "--format", "json"),
    ("list", "facts", "--subject", "dgx-h100", "--format", "csv"),
    ("describe", "servers_per_rack"),
    ("facts", "new", "server_price", "gpu_hour_price"),
    ("import", "skypilott", "vms.csv"),
    ("run", "cabinet-sweep"),
    ("sweep", "cabinet-sweep"),
    ("sweep", "lingang-racks", "--case", "25 kW", "--axis", "server_power=3 to 9 kW step 1 kW"),
    ("find", "cabinet-sweep"),
    ("find", "largest-model-for-20m"),
    ("find", "best-split-of-50m"),
    ("sensitivity", "what-flips-own-or-rent", "--case", "own hall"),
    ("compare", "own-colo-rent", "own hall", "colocation", "--figure", "owning_cost_per_gpu_hour"),
    ("sensitivity", "lingang-racks", "--case", "25 kW"),
    ("backtest",),
    ("backtest", "--lint"),
    ("new",),
    ("new", "--from", "lingang-racks"),
    ("help", "E-LOOP"),
    ("--version",),
    ("--help",),
    *((name, "--help") for name in COMMANDS),
)


def file_name(arguments: tuple[str, ...], width: int) -> str:
    """Return the name of a picture: the words of the line, joined; what a terminal's width cannot change has one."""
    words = re.sub(r"[^A-Za-z0-9]+", "-", " ".join(arguments)).strip("-")
    fixed = "--format" in arguments or (arguments[0] == "new" and "--help" not in arguments)
    return f"picture-{words}.txt" if fixed else f"picture-{words}-{width}.txt"


def test_every_command_has_a_picture_and_one_of_its_help() -> None:
    drawn = {arguments[0] for arguments in PICTURES if "--help" not in arguments}
    assert set(COMMANDS) - drawn == {"schema"}, "the schema is as long as the catalogue; tests/scenario reads it"
    assert {arguments[0] for arguments in PICTURES if arguments[1:] == ("--help",)} == set(COMMANDS)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("arguments", PICTURES, ids=" ".join)
def test_picture(arguments: tuple[str, ...], width: int, tmp_path: Path) -> None:
    done = calc(*arguments, cwd=tmp_path, COLUMNS=str(width))
    messages = re.sub(r"\d+ ms", "0 ms", done.err)
    text = done.out + (f"--- standard error, exit code {done.code}\n{messages}" if messages else "")
    compare_with_snapshot(file_name(arguments, width), text)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("arguments", [("--help",), *((name, "--help") for name in COMMANDS)], ids=" ".join)
def test_help_fits_the_terminal(arguments: tuple[str, ...], width: int) -> None:
    for line in calc(*arguments, COLUMNS=str(width)).out.splitlines():
        assert len(line) <= width, line
