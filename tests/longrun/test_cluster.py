"""Long runs on a real dask scheduler with real workers: lost in the middle, of another version, not there at all."""

from __future__ import annotations

import asyncio
import queue
import re
import sys
import threading
import time
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from calc_command import calc
from dask_cluster import Cluster, cluster
from long_runs import MODEL, begun, interrupted, kept, until

import calc.longrun.cluster as module
from calc.errors import CalcError
from calc.longrun.checkpoint import narrowed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")

RUN = ("run", MODEL, "--samples", "8000000", "--format", "json")
SWEEP = ("sweep", MODEL, "--axis", "u_gpus=3900 to 4300 in 100 steps", "--axis", "u_pue=1.1 to 1.45 in 100 steps",
         "--axis", "u_mfu=0.3 to 0.5 in 100 steps", "--show", "f24,f26,f34", "--minimise", "f34", "-o", "points.csv",
         "--force")  # fmt: skip


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Cluster]:
    (tmp_path / "dask").mkdir()
    with cluster(tmp_path / "dask", 2) as found:
        yield found


def written(words: tuple[str, ...], out: bytes, folder: Path) -> bytes:
    return (folder / "points.csv").read_bytes() if "points.csv" in words else out


@pytest.mark.parametrize("words", [RUN, SWEEP], ids=["run", "sweep"])
def test_a_cluster_that_loses_a_worker_writes_the_same_bytes(
    words: tuple[str, ...], two: Cluster, tmp_path: Path
) -> None:
    one = calc(*words, cwd=tmp_path)
    assert one.code == 0, one.err
    alone = written(words, one.raw, tmp_path)
    # The pieces that are kept tell when the run is in the middle.
    with begun(*words, "--cluster", two.address, "--checkpoint", "pieces", cwd=tmp_path) as process:
        until(lambda: kept(tmp_path / "pieces") >= 3, "three pieces")
        two.workers[0].kill()
        assert process.poll() is None
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert re.fullmatch(r"wrote points\.csv \([\d.]+ MB\)\n" if "points.csv" in words else "", err.decode())
    assert written(words, out, tmp_path) == alone


def test_a_run_that_lost_its_scheduler_goes_on_elsewhere(two: Cluster, tmp_path: Path) -> None:
    line = (*RUN, "--checkpoint", "pieces")
    with begun(*line, "--cluster", two.address, cwd=tmp_path) as process:
        until(lambda: kept(tmp_path / "pieces") >= 2, "two pieces")
        two.scheduler.kill()
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    message = f"error[E-CLUSTER]: the scheduler at `{two.address}` does not answer any more\n  hint: "
    assert err.decode().startswith(message)
    assert calc(*line, "--workers", "2", cwd=tmp_path).raw == calc(*RUN).raw


def test_a_cluster_that_lost_all_workers_is_not_waited_for_in_vain(two: Cluster, tmp_path: Path) -> None:
    code = (
        "import sys, calc.longrun.cluster as cluster; cluster.PATIENCE = 0.2; from calc.cli.main import main; "
        f"sys.argv = ['calc', *{RUN!r}, '--cluster', {two.address!r}, '--checkpoint', 'pieces']; main()"
    )
    with begun(*RUN, cwd=tmp_path, code=code) as process:
        until(lambda: kept(tmp_path / "pieces") >= 2, "two pieces")
        for worker in two.workers:
            worker.kill()
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err.decode().startswith(f"error[E-CLUSTER]: the cluster at `{two.address}` has been without workers for")


# At its third result the run waits until the workers are gone.
LATE = """
import sys, time
from pathlib import Path
import calc.longrun.cluster as cluster
from calc.cli.main import main

cluster.PATIENCE = 0.2
told, result = [], cluster.Cluster._result

def late(self, future):
    told.append(future)
    if len(told) == 3:
        Path("third").touch()
        while not Path("gone").exists():
            time.sleep(0.01)
    return result(self, future)

cluster.Cluster._result = late
sys.argv = ["calc", *{words}]
main()
"""


def test_a_result_that_was_lost_with_its_worker_is_not_waited_for_in_vain(two: Cluster, tmp_path: Path) -> None:
    line = (*RUN, "--cluster", two.address, "--checkpoint", "pieces")
    with begun(cwd=tmp_path, code=LATE.replace("{words}", repr(line))) as process:
        until((tmp_path / "third").exists, "the third piece is done")
        for worker in two.workers:
            worker.kill()
            worker.wait()
        (tmp_path / "gone").touch()
        _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert err.decode().startswith(f"error[E-CLUSTER]: the cluster at `{two.address}` has been without workers for")


def test_a_piece_that_no_worker_survives_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "dask").mkdir()
    line = (*RUN, "--checkpoint", "pieces", "--cluster")
    with (
        cluster(tmp_path / "dask", 2, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0") as found,
        begun(*line, found.address, cwd=tmp_path) as process,
    ):
        until(lambda: kept(tmp_path / "pieces") >= 2, "two pieces")
        found.workers[0].kill()
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err.decode().startswith(
        "error[E-CLUSTER]: 1 worker of the cluster ended at the same piece of work\n  hint: "
    )


def test_ctrl_c_leaves_a_cluster_at_once(two: Cluster, tmp_path: Path) -> None:
    with begun(*RUN[:3], "2000000000", "--cluster", two.address, "--checkpoint", "pieces", cwd=tmp_path) as process:
        until(lambda: kept(tmp_path / "pieces") >= 1, "a piece")
        code, seconds = interrupted(process)
        assert process.stderr
        assert (code, process.stderr.read()) == (130, b"stopped; the same command goes on from what is in pieces\n")
        assert seconds < 0.5
    # The cluster is there for the next one.
    time.sleep(0.2)
    assert calc("run", MODEL, "--samples", "1100000", "-q", "--cluster", two.address).code == 0


def test_a_cluster_that_cannot_be_used_is_told_in_seconds(tmp_path: Path) -> None:
    line = ("run", MODEL, "--samples", "1100000", "--cluster")
    start = time.monotonic()
    done = calc(*line, "tcp://127.0.0.1:9")
    assert time.monotonic() - start < 6
    assert done.code == 2
    assert done.err.startswith("error[E-CLUSTER]: no scheduler answers at `tcp://127.0.0.1:9`\n  hint: start one")
    assert "error[E-CLUSTER]: `127.0.0.1` is no address" in calc(*line, "127.0.0.1").err
    with cluster(tmp_path) as found:
        assert f"the cluster at `{found.address}` has no workers" in calc(*line, found.address).err
        found.add_worker_without_calc()
        done = calc(*line, found.address)
        assert done.code == 2
        assert "has no calc, this is calc 0.2.0\n  hint: install the same" in done.err
    (tmp_path / "other").mkdir()
    with cluster(tmp_path / "other", 1) as found:
        found.add_worker_of_another_version()
        assert "has calc 0.0.9, this is calc 0.2.0\n  hint: install the same" in calc(*line, found.address).err


def test_without_the_extra_a_person_is_told_how_to_get_it() -> None:
    from calc_command import python

    code = (
        "import sys; sys.modules['distributed'] = None; from calc.cli.main import main; "
        f"sys.argv = ['calc', 'run', {MODEL!r}, '--samples', '1100000', '--cluster', 'tcp://127.0.0.1:9']; main()"
    )
    done = python("-c", code)
    assert done.code == 2
    assert done.err.startswith("error[E-USAGE]: a cluster needs dask.distributed, which is not installed\n  hint: ")
    assert "`pip install 'ai-infra-calc[cluster]'`" in done.err


def test_workers_and_a_cluster_are_two_ways_to_do_the_same() -> None:
    done = calc("run", MODEL, "--workers", "2", "--cluster", "tcp://127.0.0.1:9")
    assert done.code == 2
    assert "`--workers` and `--cluster`" in done.err


@contextmanager
def running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_a_result_shows_that_there_are_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen without workers at 0 and at 100 seconds, with a result in between, and then for 100 seconds."""
    clock, events = [1.0], iter([(1.0, None), (2.0, "a"), (101.0, None), (102.0, "b"), (103.0, None), (203.0, None)])

    def get(timeout: float) -> str:
        assert timeout < 1
        clock[0], future = next(events)
        if future is None:
            raise queue.Empty
        return future

    async def gather(_future: str, *, asynchronous: bool) -> Any:
        assert asynchronous
        return narrowed(({}, []))

    monkeypatch.setattr(module, "monotonic", lambda: clock[0])
    executor: Any = object.__new__(module.Cluster)
    executor.idle_since, executor.address, executor.pieces = None, "tcp://127.0.0.1:9", {"a": (0, None), "b": (1, None)}
    executor.done, executor.described = SimpleNamespace(get=get), SimpleNamespace(unpack=lambda packed, _: packed)
    with running_loop() as loop:
        executor.client = SimpleNamespace(
            status="running", gather=gather, loop=SimpleNamespace(asyncio_loop=loop),
            scheduler_info=lambda **_: {"workers": {}},
        )  # fmt: skip
        assert [executor.next()[0], executor.next()[0]] == [0, 1]
        with pytest.raises(CalcError, match="without workers"):
            executor.next()
