"""The bar on the terminal while many samples are drawn: on a terminal only, on standard error only."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="needs a pseudo-terminal")
ASK = ("run", "what-flips-own-or-rent", "--case", "own hall", "--show", "owning_cost_per_gpu_hour", "-q")


def seen_on_a_terminal(samples: int) -> tuple[str, str]:
    """Return standard output, and what a terminal on standard error was sent."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    environment.pop("NO_COLOR", None)
    sent: list[bytes] = []

    def read() -> None:
        try:
            while piece := os.read(ours, 4096):
                sent.append(piece)
        except OSError:
            pass

    # A bar that is drawn again and again would fill the terminal's buffer.
    reader = threading.Thread(target=read)
    reader.start()
    done = subprocess.run(
        [sys.executable, "-m", "calc", *ASK, "--samples", str(samples)],
        stdout=subprocess.PIPE, stderr=theirs, stdin=subprocess.DEVNULL, env=environment, check=True, timeout=120,
    )  # fmt: skip
    os.close(theirs)
    reader.join(10)
    os.close(ours)
    return done.stdout.decode(), b"".join(sent).decode()


def test_many_samples_show_a_bar_with_the_time_left_and_the_answer_stays_clean() -> None:
    out, sent = seen_on_a_terminal(20_000_000)
    assert "samples" in sent
    assert "%" in sent
    assert "0:00:" in sent, "the time left"
    assert "owning_cost_per_gpu_hour" in out
    assert "\x1b" not in out


def test_few_samples_are_done_before_a_bar_could_be_read() -> None:
    assert seen_on_a_terminal(1000)[1] == ""
