"""Ctrl-C, SIGTERM and SIGKILL at any moment: answered at once, nothing left, no worker outlives who started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest
from calc_command import calc, environment
from long_runs import are_gone, begun, kept, psutil, until, workers_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")

# Two cases, two pieces.
TWO = "inputs: {a: 2 USD}\nformulas: {b: a + a}\nshow: [b]\ncases: {x: {a: 2 USD}, y: {a: 3 USD}}\n"
TWO += "sweep: {a: 1 to 3 USD in 4 steps}\n"
LINE = ("sweep", "s.yaml", "-o", "o.csv", "--workers", "2")
# Whose workers have each a piece that takes ten minutes.
LONG = f"""
import sys, time
import calc.longrun.processes as processes
from calc.cli.main import main
processes.do = lambda *_: time.sleep(600)
sys.argv = ["calc", *{LINE!r}]
main()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_workers_do_not_outlive_a_run_that_is_ended_in_a_long_piece(number: int, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(TWO, encoding="utf-8")
    with begun(cwd=tmp_path, code=LONG) as process:
        until(lambda: len(workers_of(process)) == 2, "the workers have started")
        workers = workers_of(process)
        # Meanwhile another run cannot write the same file.
        done = calc(*LINE, cwd=tmp_path)
        busy = "error[E-BUSY]: another run is writing `o.csv`\n  hint: wait for it, or name another file\n"
        assert (done.code, done.err) == (2, busy)
        process.send_signal(number)
        assert process.wait(60) == {signal.SIGTERM: 143, signal.SIGKILL: -9, signal.SIGINT: 130}[signal.Signals(number)]
        until(lambda: are_gone(workers), "the workers have ended")
    left = {each.name for each in tmp_path.iterdir()} - {"s.yaml"}
    assert left == (set() if number != signal.SIGKILL else {".o.csv.calc-part"})
    # What a killed run leaves is used by the next one.
    assert calc(*LINE, cwd=tmp_path).code == 0
    assert {each.name for each in tmp_path.iterdir()} == {"s.yaml", "o.csv"}


def test_sigterm_says_what_ctrl_c_says(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(TWO.replace("4 steps", "130000 steps"), encoding="utf-8")
    for number, code in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
        with begun(*LINE[:4], "--force", "--checkpoint", str(int(number)), cwd=tmp_path) as process:
            folder = tmp_path / str(int(number))
            until(partial(kept, folder), "a piece")
            process.send_signal(number)
            _, err = process.communicate(timeout=60)
        words = f"stopped; the same command goes on from what is in {int(number)}\n"
        assert (process.returncode, err.decode()) == (code, words)
    assert not list(tmp_path.glob("*.csv*"))


# Whose processes have each a scenario that takes ten minutes, but for the first one, which is checked here.
CHECKED = """
import sys, time
import calc.cli.answering as checking
from calc.cli.main import main
here = checking.check_one
checking.check_one = lambda name, *rest: here(name, *rest) if name.endswith("00.yaml") else time.sleep(600)
sys.argv = ["calc", "check", "many"]
main()
"""


def many(folder: Path) -> list[str]:
    """Write a folder of scenarios, and return their names."""
    (folder / "many").mkdir()
    names = [f"{at:02}.yaml" for at in range(40)]
    for name in names:
        (folder / "many" / name).write_text(TWO, encoding="utf-8")
    return names


@pytest.mark.skipif(sys.platform != "linux", reason="a folder is checked by forked processes there alone")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_processes_that_check_a_folder_do_not_outlive_it(number: int, tmp_path: Path) -> None:
    names = many(tmp_path)
    with begun(cwd=tmp_path, code=CHECKED) as process:
        count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
        until(lambda: len(workers_of(process)) == min(count, 5) or process.poll() is not None, "all are at work")
        workers = workers_of(process)
        assert workers or count == 1
        sent = time.monotonic()
        process.send_signal(number)
        assert process.wait(60) == {signal.SIGTERM: 143, signal.SIGKILL: -9, signal.SIGINT: 130}[signal.Signals(number)]
        assert time.monotonic() - sent < 10
        until(lambda: are_gone(workers), "the processes have ended")
        _, err = process.communicate()
    assert err == b""
    assert sorted(each.name for each in (tmp_path / "many").iterdir()) == names


# ------------------------------------------------------------ at any moment

LARGE = TWO.replace("4 steps", "60000 steps")
MANY = {
    "table": ("sweep", "s.yaml"),
    "csv": ("sweep", "s.yaml", "-o", "o.csv"),
    "parquet": ("sweep", "s.yaml", "-o", "o.parquet"),
    "workers": (*LINE, "--checkpoint", "pieces"),
    "json": ("sweep", "s.yaml", "-o", "o.json"),
    "run": ("run", "fifty-million", "--samples", "600000", "-o", "o.json"),
    "long run": ("run", "fifty-million", "--samples", "1500000", "-o", "o.html"),
    "workbook": ("run", "fifty-million", "-o", "o.xlsx"),
    "folder": ("check", "many"),
}
# A machine that has other things to do answers later: what it does until then is then held against the goal.
PATIENCE = 0.5
# How many moments of each run; many more (CALC_TEST_MOMENTS=50) find rarer ones, and take as much longer.
MOMENTS = int(os.environ.get("CALC_TEST_MOMENTS", "5"))


def seconds_of(pid: int) -> float:
    """Return the processor time that a process has taken."""
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


@pytest.mark.faults
@pytest.mark.parametrize("name", MANY)
def test_signals_at_moments_all_over_a_run_are_answered_at_once(name: str, tmp_path: Path) -> None:
    """From the start of the interpreter to the last piece and the end: within half a second, and nothing is left."""
    answers: list[tuple[float, float]] = []

    def start(folder: Path) -> subprocess.Popen[bytes]:
        folder.mkdir()
        (folder / "s.yaml").write_text(LARGE, encoding="utf-8")
        many(folder)
        line = [sys.executable, "-m", "calc", *MANY[name]]
        return subprocess.Popen(line, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    begin = time.monotonic()
    with start(tmp_path / "whole") as process:
        process.communicate()
    whole = time.monotonic() - begin
    for at in range(MOMENTS):
        folder = tmp_path / str(at)
        before = sum(os.times()[2:4])
        with start(folder) as process:
            try:
                process.wait((at + 0.5) / MOMENTS * whole)
                continue
            except subprocess.TimeoutExpired:
                pass
            workers = workers_of(process)
            number = (signal.SIGINT, signal.SIGTERM)[at % 2]
            used = sum(map(seconds_of, [process.pid, *(each.pid for each in workers)]))
            process.send_signal(number)
            sent = time.monotonic()
            _, err = process.communicate(timeout=60)
        took = time.monotonic() - sent
        answers.append((took, max(0.0, sum(os.times()[2:4]) - before - used)))
        # The interpreter itself answers while it starts, before it comes to calc, and while it ends.
        is_calc = b"/calc/" in err
        ended = {signal.SIGINT: {130, -2, 0, *(() if is_calc else {1})}, signal.SIGTERM: {143, -15, 0}}[number]
        assert process.returncode in ended, (process.returncode, err)
        assert b"Traceback" not in err or not is_calc, err
        until(partial(are_gone, workers), "the workers have ended")
        if process.returncode:
            assert not [each.name for each in folder.iterdir() if "calc-part" in each.name or ".calc-" in each.name]
    print(f"{name}: {whole:.1f} s in all; seconds until answered, and of a processor:",
          *(f"{took:.2f} ({used:.2f})" for took, used in answers))  # fmt: skip
    assert len(answers) >= MOMENTS // 2
    late = [each for each in answers if each[0] >= PATIENCE]
    assert all(used < PATIENCE / 2 for _, used in late), answers
