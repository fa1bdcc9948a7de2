"""Runs the command line as a user does: in processes of their own, with a clean environment."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# What every interpreter imports that the tests start: it refuses the network.
GUARD = ROOT / "tests" / "guard"
SNAPSHOTS = Path(__file__).resolve().parent / "snapshots"
SCENARIOS = sorted(path.stem for path in (ROOT / "scenarios").glob("*.yaml"))
# 23 November 2026: from this day the age of prices is counted.
TODAY = "1795392000"
# What a forked process may be told beside; other variables are read when an interpreter starts.
_FORKED = {
    "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TERM", "SOURCE_DATE_EPOCH", "PYTHONIOENCODING",
    "COMP_WORDS", "COMP_CWORD", "_CALC_COMPLETE", "_TYPER_COMPLETE_ARGS", "_TYPER_COMPLETE_FISH_ACTION",
}  # fmt: skip
_KEPT = ("PATH", "HOME", "TMPDIR", "SYSTEMROOT", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "COVERAGE_FILE")


@dataclass(frozen=True)
class Ended:
    """How a command ended; raw is standard output before it was decoded, peak its memory in bytes if it was forked."""

    code: int
    out: str
    err: str
    raw: bytes = field(default=b"", compare=False, repr=False)
    peak: int = field(default=0, compare=False, repr=False)

    @property
    def json(self) -> dict[str, Any]:
        """Return standard output as the JSON object it must be."""
        found: dict[str, Any] = json.loads(self.out)
        return found

    def results(self, case: str) -> dict[str, dict[str, Any]]:
        """Return the results of one case."""
        found: dict[str, dict[str, Any]] = next(each["results"] for each in self.json["cases"] if each["name"] == case)
        return found


def environment(**extra: str) -> dict[str, str]:
    """Return an environment that knows this checkout and nothing of the terminal and settings that the tests run in."""
    kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
    path = os.pathsep.join((str(ROOT), str(GUARD)))
    return {**kept, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", "SOURCE_DATE_EPOCH": TODAY, **extra}


def python(*arguments: str, stdin: str = "", cwd: Path | None = None, **extra: str) -> Ended:
    """Run the interpreter of the tests; keywords in capitals are environment variables."""
    done = subprocess.run(
        [sys.executable, *arguments],
        input=stdin.encode(), cwd=cwd, env=environment(**extra), capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    encoding = extra.get("PYTHONIOENCODING", "utf-8")
    out, err = (stream.decode(encoding, "backslashreplace") for stream in (done.stdout, done.stderr))
    return Ended(done.returncode, out, err, done.stdout)


def calc(*arguments: str, stdin: str = "", cwd: Path | None = None, **extra: str) -> Ended:
    """Run `calc` with arguments, in a process that is forked from one that has imported it, where that can be.

    Where PYTHONOPTIMIZE is given it is forked from another one, which knows it.
    """
    if not hasattr(os, "fork") or extra.keys() - _FORKED - {"PYTHONOPTIMIZE"}:
        return python("-m", "calc", *arguments, stdin=stdin, cwd=cwd, **extra)
    given = environment(**extra)
    with TemporaryDirectory() as name:
        streams = [Path(name, each) for each in ("stdin", "stdout", "stderr")]
        for path, content in zip(streams, (stdin.encode(), b"", b""), strict=True):
            path.write_bytes(content)
        wanted = {
            "words": arguments,
            "folder": str(cwd or Path.cwd()),
            "environment": given,
            "streams": [*map(str, streams)],
        }
        if "CALC_TESTS_IN_ONE_PROCESS" in os.environ:
            code, peak = _in_this_process([*arguments], cwd or Path.cwd(), given, streams), 0
        else:
            code, peak = _answer(json.dumps(wanted), extra.get("PYTHONOPTIMIZE", ""))
        raw, err = (path.read_bytes() for path in streams[1:])
    out, told = (each.decode(given["PYTHONIOENCODING"].partition(":")[0], "backslashreplace") for each in (raw, err))
    return Ended(code, out, told, raw, peak)


def _in_this_process(words: list[str], folder: Path, given: dict[str, str], streams: list[Path]) -> int:
    """Become `calc` for a while, so that what measures the tests sees what they run; not as true as a process apart."""
    from calc.cli.main import main

    before, place, old = dict(os.environ), Path.cwd(), (sys.argv, sys.stdin, sys.stdout, sys.stderr)
    encoding, _, errors = given["PYTHONIOENCODING"].partition(":")
    modes = (("r", errors or "strict"), ("w", errors or "strict"), ("w", "backslashreplace"))
    opened = [path.open(mode, encoding=encoding, errors=how) for path, (mode, how) in zip(streams, modes, strict=True)]
    try:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(given)
        sys.argv, sys.stdin, sys.stdout, sys.stderr = ["calc", *words], *opened
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.argv, sys.stdin, sys.stdout, sys.stderr = old
        os.chdir(place)
        os.environ.clear()
        os.environ.update(before)
        gc.enable()
        for each in opened:
            each.close()


@cache
def _server(optimize: str) -> subprocess.Popen[str]:
    """Return the process that others are forked from; it ends with the tests, when nobody can ask it any more."""
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("fork_server.py"))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(PYTHONOPTIMIZE=optimize),
    )  # fmt: skip


def _answer(line: str, optimize: str) -> tuple[int, int]:
    """Return exit code and peak memory."""
    server = _server(optimize)
    assert server.stdin
    assert server.stdout
    server.stdin.write(line + "\n")
    server.stdin.flush()
    code, peak = server.stdout.readline().split()
    return int(code), int(peak)


def compare_with_snapshot(name: str, text: str) -> None:
    """Hold a text against `snapshots/NAME`; `CALC_UPDATE_SNAPSHOTS=1 pytest tests/cli` writes it anew."""
    path = SNAPSHOTS / name
    if os.environ.get("CALC_UPDATE_SNAPSHOTS") == "1":
        SNAPSHOTS.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), "run CALC_UPDATE_SNAPSHOTS=1 pytest tests/cli"
    assert text == path.read_text(encoding="utf-8")
