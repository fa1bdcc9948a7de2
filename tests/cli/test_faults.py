"""Each call of the system on the way to a file fails, the n-th, once and for ever: nothing is torn, lost or left.

The ordinary suite tries the first of each kind for two commands; all, for every command and format, take minutes.
"""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from calc_command import environment
from rows import each_row
from test_import_command import SKYPILOT
from test_plan_against_actual import BILL, HEAD, PLAN

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="names open files by /proc")

OLD = b"what stood here before\n"
SCENARIO = """
title: A small one
inputs: {server_power: 4 to 5 kW, rack_power_rated: 25 kW, servers_needed: 25 servers}
show: [servers_per_rack, racks_needed]
uncertainty: {samples: 2000}
"""
SWEEP = ("--axis", "rack_power_rated=10 to 25 kW in 4 steps")
GOAL = ("--goal", "smallest rack_power_rated within 10 to 60 kW so that servers_per_rack >= 3")
SUFFIXES = {"table": "txt", "markdown": "md", "github": "txt"}
# What a command reads, by the name of its file.
FILES = {
    "s.yaml": SCENARIO,
    "plan.yaml": PLAN,
    "bill.csv": "".join([HEAD, *BILL]),
    "prices.csv": "subject,quantity,value,unit,source,as_of\nours,server_power,4.4,kW/server,Offer 7,2026-10\n",
    "catalogue.csv": SKYPILOT,
    "old.yaml": f"{SCENARIO}expect: {{servers_per_rack: 4}}\n",
}
# Every command that writes, by what it is called here: the first word or two are the command's.
LINES = {
    "run": ("run", "s.yaml"), "explain": ("explain", "s.yaml", "racks_needed"),
    "sweep": ("sweep", "s.yaml", *SWEEP), "find": ("find", "s.yaml", *GOAL),
    "sensitivity": ("sensitivity", "s.yaml"),
    "compare": ("compare", "lingang-racks", "--case", "10 kW", "--case", "25 kW"),
    "compare with a bill": ("compare", "plan.yaml", "--actual", "bill.csv"),
    "list": ("list", "facts", "a100"), "describe": ("describe", "server_power"),
    "facts": ("facts", "--facts", "prices.csv"), "facts stale": ("facts", "stale"),
    "facts new": ("facts", "new", "server_power"), "facts diff": ("facts", "diff", "prices.csv", "s.yaml"),
    "import": ("import", "skypilot", "catalogue.csv", "--as-of", "2026-11-03"),
    "new": ("new", "--for", "cabinets"), "new from": ("new", "--from", "lingang-racks"),
    "schema": ("schema",), "backtest": ("backtest",), "backtest of serving": ("backtest", "serving"),
    "backtest --lint": ("backtest", "--lint"),
}  # fmt: skip


@cache
def writers() -> dict[str, list[str]]:
    """Return the commands that have an option for a file to write, each with its formats, as the program has them."""
    import click
    import typer

    from calc.cli.options import FORMATS, app

    found = dict[str, list[str]]()

    def look(command: Any, name: str) -> None:
        options = {each.name for each in command.params}
        if "output" in options:
            found[name] = [*FORMATS[name.partition(" ")[0]]] if "form" in options else []
        for inner in getattr(command, "commands", {}):
            look(command.commands[inner], f"{name} {inner}")

    root: Any = typer.main.get_command(app)
    context = click.Context(root)
    for name in root.list_commands(context):
        look(root.get_command(context, name), name)
    return found


def formats() -> dict[str, tuple[str, ...]]:
    """Return the lines of every command that writes, in every format that it has."""
    found: dict[str, tuple[str, ...]] = {}
    for command, forms in writers().items():
        lines = {name: words for name, words in LINES.items() if command_of(words) == command}
        for name, words in lines.items():
            found |= {f"{name} {form}": (*words, "--format", form) for form in forms} or {name: words}
    return found


def command_of(words: tuple[str, ...]) -> str:
    """Return the command of a line, with the word behind it that is one of its own."""
    two = " ".join(words[:2])
    return two if two in writers() else words[0]


class Case(NamedTuple):
    """A command, and what fails.

    how: to a new file, over an old one, refused since there is one, to the screen, or into its own file.
    """

    words: tuple[str, ...]
    how: str
    call: str = ""
    nth: int = 0
    for_ever: bool = False
    is_deaf: bool = False
    number: int = errno.EIO


class Ended(NamedTuple):
    """How a command ended: its exit code, what it said, what lies in its folder, and how often it called what."""

    code: int
    out: bytes
    err: str
    files: dict[str, bytes]
    calls: dict[str, int]


@cache
def server() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("faulty.py"))],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip


def target(words: tuple[str, ...]) -> str:
    """Return the file that a command is to write."""
    form = words[words.index("--format") + 1] if "--format" in words else "json" if words[0] == "schema" else "yaml"
    return f"out/answer.{SUFFIXES.get(form, form)}"


def ended(case: Case, folder: Path) -> Ended:
    shutil.rmtree(folder, ignore_errors=True)
    out = folder / "out"
    out.mkdir(parents=True)
    for each, text in FILES.items():
        (folder / each).write_text(text, encoding="utf-8")
    name = target(case.words)
    if case.how == "update":
        (folder / "old.yaml").replace(folder / name)
    elif case.how != "output":
        if case.how != "new":
            (folder / name).write_bytes(OLD)
        case = case._replace(words=(*case.words, "-o", name, *(["--force"] if case.how == "old" else [])))
    streams = [folder / each for each in ("stdin", "stdout", "stderr")]
    for path in streams:
        path.write_bytes(b"")
    faults = {
        "folder": str(out), "call": case.call, "nth": case.nth, "number": case.number, "for_ever": case.for_ever,
        "is_deaf": case.is_deaf, "log": str(folder / "log"),
    }  # fmt: skip
    wanted = {
        "words": case.words, "folder": str(folder), "environment": environment(),
        "streams": [str(each) for each in streams], "faults": faults,
    }  # fmt: skip
    process = server()
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(wanted) + "\n")
    process.stdin.flush()
    code = int(process.stdout.readline())
    files = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    log = json.loads((folder / "log").read_text())
    return Ended(code, streams[1].read_bytes(), streams[2].read_text(), files, log)


def wrong(case: Case, fine: Ended, found: Ended) -> str | None:
    """Return what is wrong with how a command ended; None for nothing. fine: how it ends when nothing fails."""
    name = target(case.words)
    file = name.partition("/")[2]
    before = {"old": {file: OLD}, "refused": {file: OLD}, "update": {file: FILES["old.yaml"].encode()}}.get(
        case.how, {}
    )
    # What cannot be taken away is left.
    rest = {
        each: text
        for each, text in found.files.items()
        if each == file or not (case.call == "unlink" and case.for_ever)
    }
    if case.how == "update" and found.code == 2:
        # What cannot be read is as it was, or written anew and not read again.
        said = case.is_deaf or f"error[E-FILE]: `{name}` cannot be read" in found.err
        return None if said and rest in (before, fine.files) else f"not read, and left {sorted(found.files)}"
    if "Traceback" in found.err or found.code not in {fine.code, 3}:
        return f"code {found.code}"
    if found.code == 3 and case.how != "output" and rest != before:
        return f"failed, and left {sorted(found.files)}"
    # The file, or the folder that it is to be in.
    places = ("standard output",) if "standard output" in case.call else (name, "out")
    if found.code == 3 and not case.is_deaf and not any(f"error[E-OUTPUT]: `{each}`" in found.err for each in places):
        return "no place"
    if found.code == 3 and "wrote" in found.err:
        return "told as written"
    if found.code != 3 and (rest != fine.files or found.out != fine.out):
        return f"well, with {sorted(found.files)}"
    return None


def cases(words: tuple[str, ...], how: str, calls: dict[str, int], *, all_of_them: bool) -> Iterator[Case]:
    """Yield what is to fail, for calls as often as they were counted."""
    for call, count in calls.items():
        numbers = {"lockf": (errno.ENOLCK, errno.EOPNOTSUPP, errno.EIO)}.get(call, (errno.EIO,))
        if call.startswith("write"):
            numbers = (errno.ENOSPC,)
        for nth in range(1, (count if all_of_them else 1) + 1):
            for number in numbers:
                yield Case(words, how, call, nth, for_ever=True, number=number)
                if all_of_them:
                    yield Case(words, how, call, nth, for_ever=False, number=number)
                    yield Case(words, how, call, nth, for_ever=True, is_deaf=True, number=number)


def tried(words: tuple[str, ...], folder: Path, hows: tuple[str, ...], *, all_of_them: bool) -> tuple[int, list[str]]:
    """Return how many faults were tried with a command, and what was wrong."""
    count, found = 0, list[str]()
    for how in hows:
        if how == "output" and words[-1] in {"xlsx", "parquet"}:
            continue
        fine = ended(Case(words, how), folder)
        assert fine.code == (2 if how == "refused" else 0), fine.err
        for case in cases(words, how, fine.calls, all_of_them=all_of_them):
            count += 1
            end = ended(case, folder)
            said = wrong(case, fine, end)
            if said is not None:
                found.append(f"{case}: {said}: {end.code} {end.err[:300]!r}")
    return count, found


def test_every_command_that_writes_is_tried() -> None:
    assert {command_of(words) for words in LINES.values()} == set(writers())
    assert len(formats()) > 50


@each_row(
    "words", {"run": ("run", "s.yaml", "--format", "json"), "sweep": ("sweep", "s.yaml", *SWEEP, "--format", "parquet")}
)
def test_the_first_call_of_each_kind_fails(words: tuple[str, ...], tmp_path: Path) -> None:
    count, found = tried(words, tmp_path / "x", ("new",), all_of_them=False)
    assert count >= 6
    assert not found, "\n".join(found)


@pytest.mark.faults
@pytest.mark.parametrize("command", [*dict.fromkeys(words[0] for words in LINES.values()), "check"])
def test_every_call_fails_for_every_command_and_format(command: str, tmp_path: Path) -> None:
    total, found = 0, list[str]()
    lines = {name: words for name, words in formats().items() if words[0] == command}
    if command == "check":
        lines = {"check --update": ("check", "--update", "out/answer.yaml")}
    seen: set[str] = set()
    for name, words in lines.items():
        # How a file comes to its place is one code for all formats; a command's first format tries all there is.
        hows = (
            ("new",) if words[0] in seen else ("update",) if command == "check" else ("new", "old", "refused", "output")
        )
        seen.add(words[0])
        count, some = tried(words, tmp_path / "x", hows, all_of_them=True)
        total, found = total + count, found + some
        print(f"{name}: {count:,} faults, {len(some)} wrong", flush=True)
    assert total >= 10
    assert not found, f"{len(found)} of {total}:\n" + "\n".join(found)
