"""Colour means something: errors, warnings, checks, differences; there is none where it is not wanted."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from calc_command import calc, environment
from rows import each_row

if TYPE_CHECKING:
    from pathlib import Path

RED, BOLD_RED, YELLOW, GREEN, MORE, LESS = (f"\x1b[{code}m" for code in ("31", "1;31", "33", "32", "35", "94"))
RACK = """\
title: Which cabinet?
inputs: {server_power: 4.5 kW, servers_needed: 1000 servers}
cases: {small: {rack_power_rated: 10 kW}, large: {rack_power_rated: 25 kW}}
show: [servers_per_rack, racks_needed]
checks: [servers_per_rack >= 5, racks_needed <= 500 racks]
"""
PRICE = "inputs: {servers: 10 servers, server_price: 148.390 USD/server}\nshow: [server_capex]\n"


@pytest.fixture
def rack(tmp_path: Path) -> str:
    path = tmp_path / "rack.yaml"
    path.write_text(RACK, encoding="utf-8")
    return str(path)


def test_errors_are_red_with_their_code_bold_and_carets_red(rack: str) -> None:
    wrong = ("run", rack, "--set", "server_power=4.5 kWh")
    done = calc(*wrong, FORCE_COLOR="1")
    plain = calc(*wrong).err
    assert f"{RED}error[\x1b[0m{BOLD_RED}E-DIMENSION\x1b[0m{RED}]: " in done.err
    assert f"{RED}^^^" in done.err
    # Without the codes the words are those that a pipe gets.
    assert "".join(part.partition("m")[2] if at else part for at, part in enumerate(done.err.split("\x1b["))) == plain


def test_words_of_a_file_are_not_taken_for_a_message() -> None:
    done = calc("run", "-", stdin="inputs: {gpus: 'error[E-NAME]: x'}\n", FORCE_COLOR="1")
    assert "gpus: 'error[E-NAME]: x'" in done.err


def test_warnings_are_yellow() -> None:
    done = calc("check", "-", stdin=PRICE, FORCE_COLOR="1")
    assert f"<stdin>:1:45: {YELLOW}warning: " in done.err


def test_checks_that_hold_are_green_and_those_that_fail_red(rack: str) -> None:
    done = calc("run", rack, "--details", FORCE_COLOR="1")
    assert done.code == 1
    # 10 / 4.5 = 2 servers, 500 cabinets
    assert f"{BOLD_RED}FAILS\x1b[0m" in done.out
    assert f"{GREEN}holds\x1b[0m" in done.out


def test_plus_and_minus_of_comparisons_differ(rack: str) -> None:
    done = calc("compare", rack, "--case", "small", "--case", "large", FORCE_COLOR="1", COLUMNS="120")
    # 5 - 2 servers, 200 - 500 cabinets
    assert f"{MORE}+3\x1b[0m" in done.out
    assert f"{LESS}-300\x1b[0m" in done.out


@each_row(("asked", "is_coloured"), [
    ({}, False),
    ({"FORCE_COLOR": "1"}, True),
    ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ({"FORCE_COLOR": "1", "TERM": "dumb"}, False),
    ({"FORCE_COLOR": "0"}, False),
])  # fmt: skip
def test_a_pipe_has_colour_only_where_it_is_forced(asked: dict[str, str], is_coloured: bool) -> None:  # a row
    done = calc("run", "-", stdin=RACK, cwd=None, **asked)
    assert ("\x1b" in done.out, "\x1b" in done.err) == (is_coloured, is_coloured)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@each_row(("asked", "is_coloured"), [({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_has_colour_unless_it_does_not_want_it(asked: dict[str, str], is_coloured: bool) -> None:  # a row
    import pty

    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "calc", "run", "no-such-scenario"]
    subprocess.run(command, stderr=theirs, stdout=theirs, env=environment(**asked), timeout=60, check=False)
    os.close(theirs)
    said = os.read(ours, 65536)
    os.close(ours)
    assert b"E-" in said
    assert (b"\x1b[31m" in said) == is_coloured
