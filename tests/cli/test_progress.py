"""The bar on the terminal while many samples are drawn: on a terminal only, on standard error only."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="needs a pseudo-terminal")
ASK = ("run", "what-flips-own-or-rent", "--case", "own hall", "--show", "owning_cost_per_gpu_hour", "-q")


# Two and a half million points, of which it is told how long they take, however long.
SWEEP = """
import sys
import calc.study.sweep_pieces
calc.study.sweep_pieces._TELL_SECONDS = 0
sys.argv = ["calc", "sweep", "cabinet-sweep", "--axis", "rack_power_rated=5 to 25 kW in 500 steps", "--axis",
            "server_power=3 to 7 kW in 5000 steps", "--format", "csv", *sys.argv[1:]]
from calc.cli.main import main
main()
"""


def seen_on_a_terminal(*words: str) -> tuple[str, str]:
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
        [sys.executable, *words],
        stdout=subprocess.PIPE, stderr=theirs, stdin=subprocess.DEVNULL, env=environment, check=True, timeout=120,
    )  # fmt: skip
    os.close(theirs)
    reader.join(10)
    os.close(ours)
    return done.stdout.decode(), b"".join(sent).decode()


def test_many_samples_show_a_bar_with_the_time_left_and_the_answer_stays_clean() -> None:
    out, sent = seen_on_a_terminal("-m", "calc", *ASK, "--samples", "20000000")
    assert "samples" in sent
    assert "%" in sent
    assert "0:00:" in sent, "the time left"
    assert "owning_cost_per_gpu_hour" in out
    assert "\x1b" not in out


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_long_sweep_says_before_it_begins_how_large_it_is(workers: str) -> None:
    out, sent = seen_on_a_terminal("-c", SWEEP, "--workers", workers)
    told = rf"2,500,000 points, about \d+ MB, about \d+ seconds{' with 2 workers' if workers == '2' else ''}\r\n"
    first = re.match(told, sent)
    assert first
    assert "0:00:" in sent[first.end() :], "the time left"
    assert out.count("\n") == 2_500_001


def test_few_samples_are_done_before_a_bar_could_be_read() -> None:
    assert seen_on_a_terminal("-m", "calc", *ASK, "--samples", "1000")[1] == ""
