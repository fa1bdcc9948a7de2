"""Long runs on this machine: any kind of process, killed and interrupted, kept pieces; always the same bytes."""

from __future__ import annotations

import json
import multiprocessing
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from calc_command import calc
from long_runs import MODEL, are_gone, begun, interrupted, kept, until, workers_of

from calc.errors import CalcError, Problems
from calc.longrun.work import Work
from calc.scenario.load import load
from calc.scenario.resolve import Options, Scenario, resolve

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")

# Sixteen pieces.
RUN = ("run", MODEL, "--samples", "8000000", "--format", "json")
SWEEP_FILE = """
title: A million points
inputs: {servers_needed: 250 servers, rack_power_derating: 80 %}
show: [servers_per_rack, racks_needed, rack_power_stranded]
checks: [rack_power_stranded <= 4 kW]
sweep:
  rack_power_rated: 5 to 25 kW in 100 steps
  server_power: 1 to 6 kW in 100 steps
  rack_power_derating: 50 to 100 % in 100 steps
  minimise: racks_needed
  pareto: [minimise racks_needed, minimise rack_power_stranded]
"""
SWEEP = ("sweep", "points.yaml", "-o", "points.csv", "--force")
TABLE = ("sweep", "points.yaml")
# Two boxes, few enough for all points to be held.
HELD = (*TABLE, "--axis", "server_power=1 to 6 kW in 400 steps", "--axis", "rack_power_rated=5 to 25 kW in 200 steps",
        "--minimise", "racks_needed", "--pareto", "minimise racks_needed, minimise rack_power_stranded",
        "--format", "json")  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "points.yaml").write_text(SWEEP_FILE)
    return tmp_path


def written(words: tuple[str, ...], out: bytes, folder: Path) -> bytes:
    """Return what a command has written, to standard output or a file."""
    return (folder / "points.csv").read_bytes() if "points.csv" in words else out


def wrote(words: tuple[str, ...]) -> str:
    """Return the pattern of what a command that ends well says of its file, or nothing."""
    return r"wrote points\.csv \([\d.]+ MB\)\n" if "points.csv" in words else ""


@cache
def expected(words: tuple[str, ...]) -> bytes:
    """Return what a command writes that nobody disturbs, by one process."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "points.yaml").write_text(SWEEP_FILE)
        done = calc(*words, cwd=folder)
        assert done.code == 0, done.err
        return written(words, done.raw, folder)


# ------------------------------------------------------------ processes of any kind


def scenario(path: str, **options: Any) -> Scenario:
    problems = Problems()
    return resolve(load(path, problems), Options(**options), problems)


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_processes_started_in_any_way_count_the_same(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are not forked know of the work only what its description says."""
    from calc.longrun import processes
    from calc.report.json import render
    from calc.study import simulate
    from calc.study.answer import answer

    monkeypatch.setattr(simulate, "KEPT", 1000)
    monkeypatch.setattr(simulate, "CHUNK", 1 << 15)
    found = scenario(MODEL, samples=200_000)
    started: list[str] = []
    real = processes.Workers

    def executor(work: Work, count: int) -> processes.Workers:
        started.append(method)
        return real(work, count, method)

    one = render(answer(found))
    monkeypatch.setattr(processes, "Workers", executor)
    two = render(answer(found, workers=2))
    assert started == [method]
    assert one == two


@pytest.mark.parametrize("words", [RUN, SWEEP, TABLE, HELD])
def test_workers_write_the_same_bytes(words: tuple[str, ...], folder: Path) -> None:
    assert written(words, calc(*words, "--workers", "2", cwd=folder).raw, folder) == expected(words)


def test_a_scenario_travels_with_all_it_extends_and_its_models(tmp_path: Path) -> None:
    import pickle

    from calc.longrun.work import fingerprint, parts_of
    from calc.scenario.resolve import again

    below = tmp_path / "below"
    below.mkdir()
    (below / "base.yaml").write_text("inputs: {server_power: 4 to 5 kW}\n")
    (tmp_path / "mine.py").write_text(
        '"""Mine."""\nfrom calc.declarations import Input\nfrom calc.units.vocabulary import kW_per_rack\n'
        'my_power = Input(kW_per_rack, "Power of my cabinet.")\n'
        "def my_half(my_power: kW_per_rack) -> kW_per_rack:\n"
        '    """Half of it.\n\n    Source: definition.\n    """\n    return my_power / 2\n'
    )
    (tmp_path / "top.yaml").write_text(
        "extends: below/base.yaml\nmodels: [mine.py]\ninputs: {my_power: 10 kW/rack}\nshow: [my_half, server_power]\n"
    )
    found = scenario(str(tmp_path / "top.yaml"), allow_models=True)
    sent = pickle.dumps(found.origin)
    mark = fingerprint(parts_of(found))
    shutil.rmtree(below)
    (tmp_path / "mine.py").unlink()
    (tmp_path / "top.yaml").unlink()
    assert fingerprint(parts_of(again(pickle.loads(sent)))) == mark  # noqa: S301  # written above


def test_an_error_in_a_worker_is_told_with_its_place(tmp_path: Path) -> None:
    """The largest of a few million samples leaves the finite numbers, which the likely values and the first do not."""
    text = "inputs: {x: {mean: 0, sd: 1}}\nformulas: {y: exp(exp(x) * 6.3)}\nshow: [y]\n"
    (tmp_path / "far.yaml").write_text(text)
    words = ("run", "far.yaml", "--samples", "3000000")
    one, two = (calc(*words, "--workers", each, cwd=tmp_path) for each in "12")
    assert one.code == two.code == 2
    assert one.err == two.err
    assert "far.yaml" in one.err


def test_a_piece_that_no_worker_survives_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from calc.longrun import executor, processes

    def fatal(*_: object) -> None:
        import os

        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(processes, "do", fatal)
    found = scenario(MODEL, samples=10)
    work = Work(found.origin, "", "", ())
    gang = processes.Workers(work, 2, "fork")
    try:
        with pytest.raises(CalcError, match="3 worker processes ended by signal 9") as met:
            list(executor.in_order(gang, work, [1] * 4, "stage", None, lambda *_: True))
        assert met.value.code == "E-WORKER"
    finally:
        gang.close()


# ------------------------------------------------------------ killed and interrupted


@pytest.mark.parametrize("words", [RUN, SWEEP])
def test_a_killed_run_goes_on_and_ends_in_the_same_bytes(words: tuple[str, ...], folder: Path) -> None:
    line = (*words, "--workers", "2", "--checkpoint", "pieces")
    pieces = folder / "pieces"
    with begun(*line, cwd=folder) as process:
        until(lambda: kept(pieces) >= 3, "three pieces")
        workers = workers_of(process)
        process.kill()
        process.wait()
        until(lambda: are_gone(workers), "workers notice that they are alone")
    before = {path: path.stat().st_mtime_ns for path in pieces.glob("*/*.piece")}
    assert 3 <= len(before) < 16
    done = calc(*line, cwd=folder)
    assert done.code == 0
    assert re.fullmatch(f"{len(before)} pieces of this run are in pieces\n" + wrote(words), done.err)
    assert written(words, done.raw, folder) == expected(words)
    assert {path: path.stat().st_mtime_ns for path in before} == before, "what was done is not done again"


@pytest.mark.parametrize("words", [RUN, SWEEP])
def test_a_worker_that_is_killed_is_replaced(words: tuple[str, ...], folder: Path) -> None:
    with begun(*words, "--workers", "2", "--checkpoint", "pieces", cwd=folder) as process:
        until(lambda: kept(folder / "pieces") >= 2, "two pieces")
        workers_of(process)[0].kill()
        out, err = process.communicate()
    assert process.returncode == 0
    assert re.fullmatch(wrote(words), err.decode())
    assert written(words, out, folder) == expected(words)


@pytest.mark.parametrize(
    "words",
    [
        ("run", MODEL, "--samples", "2000000000"),
        ("run", MODEL, "--samples", "2000000000", "--workers", "2"),
        SWEEP,
        (*SWEEP, "--workers", "2"),
        (*TABLE, "--workers", "2", "--checkpoint", "pieces"),
    ],
    ids=["run", "run-workers", "sweep", "sweep-workers", "sweep-table"],
)
def test_ctrl_c_ends_it_at_once(words: tuple[str, ...], tmp_path: Path) -> None:
    """Half a second, with no process and no unfinished file left."""
    (tmp_path / "points.yaml").write_text(SWEEP_FILE.replace("in 100 steps", "in 300 steps"))
    with begun(*words, cwd=tmp_path) as process:
        wanted = 2 if "--workers" in words else 0
        until(lambda: len(workers_of(process)) == wanted, "the workers have started")
        time.sleep(1.5)
        workers = workers_of(process)
        assert process.poll() is None
        assert len(workers) == wanted
        code, seconds = interrupted(process)
        assert code == 130
        assert seconds < 0.5
        assert are_gone(workers)
        assert process.stderr
        told = "stopped; the same command goes on from what is in pieces\n" if "--checkpoint" in words else ""
        # How long it will take is told before.
        assert re.sub(r"^[\d,]+ samples, about .*\n", "", process.stderr.read().decode()) == told
    assert [path.name for path in tmp_path.iterdir() if "points.csv" in path.name] == []


# ------------------------------------------------------------ kept pieces


def damage(kind: str, path: Path) -> None:
    data = path.read_bytes()
    other = path.with_name("00000001.piece").read_bytes()
    changed = {
        "flipped": data[:-100] + bytes([data[-100] ^ 1]) + data[-99:],
        "cut": data[: len(data) // 2],
        "empty": b"",
        "of another piece": other,
    }
    path.write_bytes(changed[kind])


@pytest.mark.parametrize("kind", ["flipped", "cut", "empty", "of another piece"])
def test_a_damaged_piece_is_found_and_computed_again(kind: str, folder: Path) -> None:
    line = (*SWEEP, "--checkpoint", "pieces")
    assert written(line, calc(*line, cwd=folder).raw, folder) == expected(SWEEP)
    damage(kind, folder / "pieces" / "sweep" / "00000004.piece")
    done = calc(*line, cwd=folder)
    assert written(line, done.raw, folder) == expected(SWEEP)
    again = r"\d+ pieces of this run are in pieces\n1 damaged piece in pieces computed again\n"
    assert re.fullmatch(again + wrote(line), done.err)
    assert "damaged" not in calc(*line, cwd=folder).err


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda line: [*line, "--seed", "8"], "seed 7 there, 8 here"),
        (lambda line: [*line[:3], "1500000", *line[4:]], "samples 1,200,000 there, 1,500,000 here"),
        (lambda line: [*line, "--set", "u_gpus=4000 to 4200"], "other values"),
        (lambda line: [*line, "--show", "f24"], "other cases and figures"),
    ],
    ids=["seed", "samples", "value", "figures"],
)
def test_pieces_of_another_run_are_refused(change: Callable[[list[str]], list[str]], says: str, tmp_path: Path) -> None:
    line = ["run", MODEL, "--samples", "1200000", "--checkpoint", "pieces", "-q"]
    assert calc(*line, cwd=tmp_path).code == 0
    done = calc(*change(line), cwd=tmp_path)
    assert done.code == 2
    assert "error[E-CHECKPOINT]: the folder `pieces` holds pieces of another run" in done.err
    assert says in done.err


def test_a_change_in_what_is_extended_or_in_the_version_is_named(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("inputs: {server_power: 4 to 5 kW, servers_needed: 250 servers}\n")
    (tmp_path / "top.yaml").write_text("extends: base.yaml\ninputs: {rack_power_rated: 25 kW}\nshow: [racks_needed]\n")
    line = ("run", "top.yaml", "--samples", "1200000", "--checkpoint", "pieces", "-q")
    assert calc(*line, cwd=tmp_path).code == 0
    (tmp_path / "base.yaml").write_text("inputs: {server_power: 4 to 6 kW, servers_needed: 250 servers}\n")
    done = calc(*line, cwd=tmp_path)
    assert "other files (`base.yaml`)" in done.err
    assert "other values" in done.err
    manifest = tmp_path / "pieces" / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "calc": "0.0.9"}))
    assert "calc 0.0.9 there, 0.2.0 here" in calc(*line, cwd=tmp_path).err


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    done = calc("run", MODEL, "--samples", "1200000", "--checkpoint", ".", cwd=tmp_path)
    assert done.code == 2
    assert "holds other things than pieces of a run" in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["thesis.txt"]


def test_one_run_at_a_time_writes_to_a_folder(folder: Path) -> None:
    line = (*RUN, "--checkpoint", "pieces")
    with begun(*line, cwd=folder):
        until(lambda: kept(folder / "pieces") >= 1, "a piece")
        done = calc(*line, cwd=folder)
    assert done.code == 2
    assert "error[E-BUSY]: another run is writing to `pieces`" in done.err


# ------------------------------------------------------------ many random kills


@pytest.mark.faults
@pytest.mark.parametrize("words", [RUN, SWEEP])
@pytest.mark.parametrize("seed", range(18))
def test_killed_again_and_again_at_random(words: tuple[str, ...], seed: int, folder: Path) -> None:
    """The whole family or one worker, at any moment, until a run is through."""
    chance = random.Random(seed)  # noqa: S311  # moments to kill at, to be repeated
    line = (*words, "--workers", "2", "--checkpoint", "pieces")
    for _ in range(6):
        with begun(*line, cwd=folder) as process:
            try:
                process.wait(chance.uniform(0.05, 1.6))
            except subprocess.TimeoutExpired:
                workers = workers_of(process)
                if workers and chance.random() < 0.3:
                    chance.choice(workers).kill()
                    time.sleep(chance.uniform(0, 0.3))
                process.send_signal(chance.choice([signal.SIGKILL, signal.SIGINT, signal.SIGTERM]))
                process.wait()
                until(partial(are_gone, workers), "workers notice that they are alone")
    done = calc(*line, cwd=folder)
    assert done.code == 0
    assert re.fullmatch(r"(\d+ pieces? of this run (is|are) in pieces\n)?(.*, about .*\n)?" + wrote(words), done.err)
    assert written(words, done.raw, folder) == expected(words)


def test_options_for_long_runs_that_have_no_effect_say_so(tmp_path: Path) -> None:
    line = ("run", MODEL, "--samples", "1000", "-q", "--checkpoint", "pieces", "--cluster", "tcp://127.0.0.1:9")
    said = "`--cluster` and `--checkpoint` have no effect on 1,000 samples, which are computed here at once\n"
    assert calc(*line, cwd=tmp_path).err == said
    assert calc(*line[:-2], cwd=tmp_path).err == said.replace("`--cluster` and ", "").replace("have", "has")
    assert list(tmp_path.iterdir()) == []
