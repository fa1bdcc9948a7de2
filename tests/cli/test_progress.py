"""The word on the terminal while many samples are drawn: on a terminal only, on standard error only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="needs a pseudo-terminal")
ASK = (
    "run",
    "lingang-racks",
    "--case",
    "25 kW",
    "--set",
    "server_power=4 to 5 kW",
    "--show",
    "rack_power_stranded",
    "-q",
)


def seen_on_a_terminal(samples: int) -> tuple[str, str]:
    """Return standard output, and what a terminal on standard error was sent."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    environment.pop("NO_COLOR", None)
    done = subprocess.run(
        [sys.executable, "-m", "calc", *ASK, "--samples", str(samples)],
        stdout=subprocess.PIPE, stderr=theirs, stdin=subprocess.DEVNULL, env=environment, check=True, timeout=60,
    )  # fmt: skip
    os.close(theirs)
    sent = b""
    os.set_blocking(ours, False)
    try:
        while piece := os.read(ours, 4096):
            sent += piece
    except OSError:
        pass
    os.close(ours)
    return done.stdout.decode(), sent.decode()


def test_many_samples_are_told_on_the_terminal_and_the_answer_stays_clean() -> None:
    out, sent = seen_on_a_terminal(400_000)
    assert "400,000 samples" in sent
    assert "rack_power_stranded" in out
    assert "\x1b" not in out


def test_few_samples_are_done_before_a_word_could_be_read() -> None:
    assert seen_on_a_terminal(1000)[1] == ""
