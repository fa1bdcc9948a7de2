"""What reaches the terminal: pipes that close, colour, narrow encodings, Ctrl-C and internal errors."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from calc_command import calc, environment, python

ESC = "\x1b"


# ---------------------------------------------------------------- pipes


@pytest.mark.parametrize(
    "command",
    ["run lingang-racks", "run a100-rack-choices --format json", "explain lingang-racks racks_needed", "--help"],
)
@pytest.mark.parametrize("reader", ["head -1", "true"])
def test_a_reader_that_leaves_is_no_error(command: str, reader: str) -> None:
    script = f'"$PYTHON" -m calc {command} | {reader}; echo "${{PIPESTATUS[0]}}" >&2'
    done = subprocess.run(
        ["bash", "-c", script], env=environment(PYTHON=sys.executable), capture_output=True, timeout=60, check=False
    )
    assert done.stderr.decode() == "0\n"
    assert len(done.stdout.decode().splitlines()) == (1 if reader == "head -1" else 0)


def test_a_closed_stdout_is_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", '"$PYTHON" -m calc run lingang-racks >&-'],
        env=environment(PYTHON=sys.executable, TMPDIR=str(tmp_path)), capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr.decode().startswith("error[E-OUTPUT]: ")
    assert "Traceback" not in done.stderr.decode()


@pytest.mark.parametrize("line", ["run -", "check -", "explain - racks_needed", "sweep -", "compare - -"])
@pytest.mark.parametrize("closed", ["<&-", "<&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_internal_error(line: str, closed: str, tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", f'"$PYTHON" -m calc {line} {closed}'],
        env=environment(PYTHON=sys.executable, TMPDIR=str(tmp_path)), capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    wanted = (2, "error[E-FILE]: standard input is closed") if closed == "<&-" else (3, "")
    assert (done.returncode, done.stderr.decode().partition("\n")[0]) == wanted
    assert done.stdout == b""
    assert not list(tmp_path.glob("calc-error-*"))


# ---------------------------------------------------------------- colour


def on_a_terminal(*arguments: str, **extra: str) -> str:
    """Run `calc` with a pseudo-terminal as its output and return what it wrote there."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "calc", *arguments],
        env=environment(**{"TERM": "xterm-256color", "COLUMNS": "100", **extra}), stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    written = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        written += part
    os.close(ours)
    assert process.wait(timeout=60) == 0
    return written.decode()


@pytest.mark.parametrize("arguments", [("run", "lingang-racks"), ("explain", "lingang-racks", "racks_needed")])
def test_piped_output_has_no_escapes(arguments: tuple[str, ...]) -> None:
    assert ESC not in calc(*arguments).out
    assert ESC not in calc(*arguments, TERM="xterm-256color").out
    assert ESC not in calc(*arguments, NO_COLOR="1").out


def test_a_terminal_gets_colour_and_the_same_words() -> None:
    coloured = on_a_terminal("run", "lingang-racks")
    assert f"{ESC}[36m" in coloured
    plain = re.sub(rf"{ESC}\[[0-9;]*m", "", coloured).replace("\r\n", "\n")
    piped = calc("run", "lingang-racks", COLUMNS="100").out
    assert [line.rstrip() for line in plain.splitlines()] == piped.splitlines()


@pytest.mark.parametrize("extra", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["NO_COLOR", "dumb"])
def test_no_color_holds_on_a_terminal(extra: dict[str, str]) -> None:
    assert ESC not in on_a_terminal("run", "lingang-racks", **extra)


def test_force_color_gives_colour_in_a_pipe() -> None:
    coloured = calc("run", "lingang-racks", FORCE_COLOR="1")
    assert f"{ESC}[" in coloured.out
    assert re.sub(rf"{ESC}\[[0-9;]*m", "", coloured.out).split() == calc("run", "lingang-racks").out.split()


# ---------------------------------------------------------------- encodings


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "latin-1", "cp1252", "utf-8"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "lingang-racks", "--details"),
        ("explain", "lingang-racks", "racks_needed", "--case", "25 kW", "--depth", "all"),
    ],
    ids=["run", "explain"],
)
def test_narrow_encodings_do_not_crash(arguments: tuple[str, ...], encoding: str) -> None:
    done = calc(*arguments, PYTHONIOENCODING=encoding, COLUMNS="200")
    assert (done.code, done.err) == (0, "")
    title = "百模大戰" if encoding in {"utf-8", "gbk"} else "\\u767e\\u6a21\\u5927\\u6230"
    assert title in done.out
    assert "OFweek" in done.out


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "latin-1", "utf-8"])
def test_json_is_json_whatever_the_terminal_writes(encoding: str, tmp_path: Path) -> None:
    """JSON is UTF-8 (RFC 8259) or plain ASCII with escapes; `\\xe9` and `\\U0001f600` are no JSON."""
    title = "Café 服务器 \U0001f600?"
    (tmp_path / "rack.yaml").write_text(f"title: {title}\nextends: lingang-racks\n", encoding="utf-8")
    done = calc("run", "rack.yaml", "--format", "json", cwd=tmp_path, PYTHONIOENCODING=encoding)
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.raw)["scenario"]["title"] == title


def test_a_message_in_a_narrow_encoding(tmp_path: Path) -> None:
    (tmp_path / "preis.yaml").write_text("inputs:\n  服务器: 4,5 kW\n", encoding="utf-8")
    done = calc("check", "preis.yaml", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert done.code == 2
    assert "preis.yaml:2:3: error[E-NAME]" in done.err
    assert "Traceback" not in done.err


# ---------------------------------------------------------------- the end


def resident_bytes(process: int) -> int:
    """Return how much memory a process holds, or 0 when it has ended."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


@pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="needs /proc")
def test_control_c_is_130_and_silent() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "calc", "run", "fifty-million", "--samples", "1200000"],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while resident_bytes(process.pid) < 150e6 and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
    assert process.poll() is None, "it ended before samples of hundreds of megabytes were drawn"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == b""
    assert b"Traceback" not in err
    assert len(err.splitlines()) <= 1


SURE = "smallest rack_power_rated within 5 to 60 kW so that servers_per_rack >= 5 with 80 % confidence"
POWER = "server_power={mean: 4.5 kW, sd: 0.1 kW}"


@pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="needs /proc")
@pytest.mark.parametrize(
    "words",
    [
        ("find", "cabinet-sweep", "--set", POWER, "--goal", SURE, "--samples", "20000000"),
        ("sensitivity", "cabinet-sweep", "--set", POWER, "--set", "rack_power_rated=20 to 25 kW",
         "--flip", "rack_power_stranded <= 1 kW", "--samples", "20000000"),
        ("compare", "two-clusters", "two-clusters", "--samples", "1000000"),
    ],
    ids=lambda words: words[0],
)  # fmt: skip
def test_control_c_ends_a_study_within_half_a_second(words: tuple[str, ...]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "calc", *words],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    # numpy alone takes less than 40 MB, and comes right before what is computed
    deadline = time.monotonic() + 60
    while resident_bytes(process.pid) < 40e6 and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.002)
    assert process.poll() is None, "it ended before it was interrupted"
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, b"")
    assert time.monotonic() - begun < 0.5
    assert b"Traceback" not in err


BROKEN = """
import sys
import calc.cli.answering
def broken(*_, **__):
    raise RuntimeError("the drawing board fell over")
calc.cli.answering.answered = broken
sys.argv = ["calc", "run", "lingang-racks"]
from calc.cli.main import main
main()
"""


def test_an_internal_error_is_4_and_its_traceback_goes_to_a_file(tmp_path: Path) -> None:
    done = python("-c", BROKEN, TMPDIR=str(tmp_path))
    assert (done.code, done.out) == (4, "")
    assert "error[E-INTERNAL]" in done.err
    assert "Traceback" not in done.err
    assert 'File "' not in done.err
    [file] = tmp_path.iterdir()
    assert str(file) in done.err
    saved = file.read_text(encoding="utf-8")
    assert saved.startswith("Traceback (most recent call last):")
    assert "RuntimeError: the drawing board fell over" in saved


def test_an_internal_error_without_a_place_for_the_file_is_still_4(tmp_path: Path) -> None:
    nowhere = BROKEN.replace("def broken", "import tempfile\ntempfile.tempdir = sys.argv[1]\ndef broken")
    done = python("-c", nowhere, str(tmp_path / "missing"))
    assert done.code == 4
    assert "error[E-INTERNAL]" in done.err
    assert "Traceback" not in done.err
