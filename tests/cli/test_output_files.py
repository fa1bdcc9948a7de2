"""`-o FILE`: the suffix picks the format, the file is written whole or not at all, and never over another unasked."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from calc_command import Ended, calc, environment, python

if TYPE_CHECKING:
    from pathlib import Path

RUN = ("run", "lingang-racks")
EXPLAIN = ("explain", "fifty-million", "servers_affordable")
LIST = ("list", "facts")
DESCRIBE = ("describe", "server_power")
FORMATS = {"json": "json", "csv": "csv", "md": "markdown", "markdown": "markdown", "txt": "table", "JSON": "json"}
FITTING = [
    *((RUN, suffix) for suffix in FORMATS),
    *((EXPLAIN, suffix) for suffix in ("json", "md", "txt")),
    *((LIST, suffix) for suffix in ("json", "csv", "txt")),
    *((DESCRIBE, suffix) for suffix in ("json", "txt")),
]
BAD = "inputs: {server_power: 4.5 kWh, rack_power_rated: 10 kW}\n"
FAILING = "inputs: {server_power: 4.5 kW, rack_power_rated: 10 kW}\nchecks: [servers_per_rack >= 3 servers]\n"
OLD = "what stood here before\n"


def files(folder: Path) -> list[str]:
    """Return every name in a folder, also hidden ones."""
    return sorted(path.name for path in folder.iterdir())


def without_privileges(*arguments: str, cwd: Path) -> Ended:
    """Run `calc` so that permissions count; root may write everywhere unless it gives that right away."""
    humble = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.getuid() == 0 else []
    if humble and shutil.which("setpriv") is None:
        pytest.skip("root needs setpriv")
    command = [*humble, sys.executable, "-m", "calc", *arguments]
    done = subprocess.run(command, cwd=cwd, env=environment(), capture_output=True, timeout=60, check=False)
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())


# ---------------------------------------------------------------- format and content


@pytest.mark.parametrize(("command", "suffix"), FITTING, ids=lambda each: each if isinstance(each, str) else each[0])
def test_the_file_holds_what_standard_output_gives(command: tuple[str, ...], suffix: str, tmp_path: Path) -> None:
    done = calc(*command, "-o", f"report.{suffix}", cwd=tmp_path, FORCE_COLOR="1", COLUMNS="33")
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith(f"wrote report.{suffix} (")
    assert files(tmp_path) == [f"report.{suffix}"]
    written = (tmp_path / f"report.{suffix}").read_bytes()
    # a table in a file is 100 columns wide, whatever the terminal is
    plain = calc(*command, "--format", FORMATS[suffix], cwd=tmp_path, COLUMNS="100")
    assert written == plain.raw != b""
    assert b"\x1b" not in written
    assert b"\r" not in written


def test_force_color_does_colour_the_terminal() -> None:
    """The test above would hold without any colour too."""
    assert "\x1b[" in calc(*RUN, FORCE_COLOR="1").out


@pytest.mark.parametrize("command", [RUN, EXPLAIN, LIST, DESCRIBE], ids=lambda each: each[0])
def test_a_file_is_utf_8_whatever_standard_output_is(command: tuple[str, ...], tmp_path: Path) -> None:
    for encoding in ("ascii", "gbk"):
        done = calc(*command, "-o", f"{encoding}.json", cwd=tmp_path, PYTHONIOENCODING=encoding)
        assert done.code == 0
    plain = calc(*command, "--format", "json", cwd=tmp_path).raw
    assert (tmp_path / "ascii.json").read_bytes() == (tmp_path / "gbk.json").read_bytes() == plain


@pytest.mark.parametrize(
    ("command", "name", "known"),
    [
        (RUN, "report.pdf", ".json, .csv, .md"),
        (RUN, "report", ".json, .csv, .md"),
        (RUN, ".json", ".json, .csv, .md"),
        (RUN, "report.json.bak", ".json, .csv, .md"),
        (EXPLAIN, "report.csv", ".json, .md"),
        (LIST, "report.md", ".json, .csv, .txt"),
        (DESCRIBE, "report.csv", ".json, .txt"),
    ],
)
def test_a_suffix_that_names_no_format_is_2(command: tuple[str, ...], name: str, known: str, tmp_path: Path) -> None:
    done = calc(*command, "-o", name, cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error[E-USAGE]: the suffix of `{name}` names no format")
    assert known in done.err
    assert "--format" in done.err
    assert files(tmp_path) == []


def test_the_format_option_wins_over_the_suffix(tmp_path: Path) -> None:
    for name in ("report.txt", "report", "report.pdf"):
        assert calc(*RUN, "--format", "csv", "-o", name, cwd=tmp_path).code == 0
        assert (tmp_path / name).read_bytes() == calc(*RUN, "--format", "csv").raw
    done = calc(*RUN, "--format", "pdf", "-o", "other.json", cwd=tmp_path)
    assert done.code == 2
    assert not (tmp_path / "other.json").exists()


# ---------------------------------------------------------------- what stands there already


@pytest.mark.parametrize("command", [RUN, EXPLAIN, LIST, DESCRIBE], ids=lambda each: each[0])
def test_a_file_is_replaced_only_by_force(command: tuple[str, ...], tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text(OLD, encoding="utf-8")
    done = calc(*command, "-o", "report.json", cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err == "error[E-EXISTS]: `report.json` is there already\n  hint: add `--force` to replace it\n"
    assert target.read_text(encoding="utf-8") == OLD
    assert calc(*command, "-o", "report.json", "--force", cwd=tmp_path).code == 0
    assert target.read_bytes() == calc(*command, "--format", "json").raw
    assert files(tmp_path) == ["report.json"]


def test_a_link_that_leads_nowhere_is_something_that_stands_there(tmp_path: Path) -> None:
    link = tmp_path / "report.json"
    link.symlink_to("elsewhere.json")
    done = calc(*RUN, "-o", "report.json", cwd=tmp_path)
    assert done.code == 2
    assert "E-EXISTS" in done.err
    assert link.is_symlink()


@pytest.mark.parametrize("name", [".", "folder", "folder/"])
def test_a_folder_is_no_file_to_write(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    done = calc(*RUN, "-o", name, "--format", "json", "--force", cwd=tmp_path)
    assert done.code in {2, 3}
    assert f"`{name}`" in done.err, "the name that the user wrote"
    assert ".calc-" not in done.err
    assert files(tmp_path) == ["folder"]
    assert files(tmp_path / "folder") == []


def test_a_name_that_ends_like_a_folder_makes_no_file(tmp_path: Path) -> None:
    done = calc(*RUN, "-o", "reports/", "--format", "json", cwd=tmp_path)
    assert done.code in {2, 3}
    assert files(tmp_path) == []


# ---------------------------------------------------------------- what is no file to replace

SWEEP = ("sweep", "lingang-racks", "--case", "25 kW", "--axis", "rack_power_derating=80 % to 100 % in 3 steps")
WRITERS = [("run", "lingang-racks"), ("new",), ("schema",), ("list", "facts"), SWEEP]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("command", WRITERS, ids=lambda each: each[0])
def test_a_pipe_is_written_into(command: tuple[str, ...], tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe.json", []
    os.mkfifo(pipe)
    form = ("--format", "csv") if command is SWEEP else ()
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    done = calc(*command, *form, "-o", "pipe.json", cwd=tmp_path)
    if done.code:
        # Nobody has written: let the reader go.
        os.close(os.open(pipe, os.O_RDWR | os.O_NONBLOCK))
    reader.join(60)
    assert (done.code, done.err) == (0, "")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert read[0]
    assert files(tmp_path) == ["pipe.json"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_that_waits_for_its_reader_says_so(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    line = [sys.executable, "-m", "calc", "run", "lingang-racks", "-o", "pipe.csv"]
    with subprocess.Popen(line, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "waiting for a reader of pipe.csv\n"
        assert pipe.read_text(encoding="utf-8").startswith("case,part,quantity")
        assert process.stderr.read() == ""
    assert process.returncode == 0


def test_a_name_as_long_as_can_be_is_written(tmp_path: Path) -> None:
    """Also by a long sweep, whose file is called by its name and more until it is whole."""
    long = ("sweep", "lingang-racks", "--case", "25 kW", "--axis", "rack_power_derating=80 % to 100 % in 60000 steps")
    for command in (("run", "lingang-racks"), SWEEP, long):
        for name in ("n" * 251, "\u5317" * 83)[: 1 if command is long else 2]:
            done = calc(*command, "--format", "csv", "-o", f"{name}.csv", cwd=tmp_path)
            assert (done.code, files(tmp_path)) == (0, [f"{name}.csv"]), done.err
            (tmp_path / f"{name}.csv").unlink()


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root makes devices")
@pytest.mark.parametrize("command", WRITERS, ids=lambda each: each[0])
def test_a_device_stays_a_device(command: tuple[str, ...], tmp_path: Path) -> None:
    """As `-o /dev/null --force`, with devices of the test's own: the null device, and the one that is always full."""
    null, full = tmp_path / "null.csv", tmp_path / "full.csv"
    for path, minor in ((null, 3), (full, 7)):
        try:
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, minor))
            path.write_bytes(b"")
        except PermissionError:
            pytest.skip("this machine has no devices")
    assert calc(*command, "-o", "null.csv", "--force", cwd=tmp_path).code == 0
    failed = calc(*command, "-o", "full.csv", "--force", cwd=tmp_path)
    assert (failed.code, "`full.csv`: No space left on device" in failed.err) == (3, True)
    assert all(stat.S_ISCHR(path.stat().st_mode) for path in (null, full))
    assert files(tmp_path) == ["full.csv", "null.csv"]


@pytest.mark.skipif(os.name != "posix", reason="needs symbolic links")
@pytest.mark.parametrize("command", WRITERS, ids=lambda each: each[0])
def test_a_link_is_followed_and_a_file_keeps_its_rights(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    target, link = tmp_path / "elsewhere" / "real.csv", tmp_path / "link.csv"
    target.write_text(OLD, encoding="utf-8")
    target.chmod(0o640)
    is_root = os.getuid() == 0
    if is_root:
        os.chown(target, 12345, 54321)
    link.symlink_to("elsewhere/real.csv")
    assert "E-EXISTS" in calc(*command, "-o", "link.csv", cwd=tmp_path).err
    assert calc(*command, "-o", "link.csv", "--force", cwd=tmp_path).code == 0
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") != OLD
    found = target.stat()
    assert stat.S_IMODE(found.st_mode) == 0o640
    assert not is_root or (found.st_uid, found.st_gid) == (12345, 54321)
    assert files(tmp_path) == ["elsewhere", "link.csv"]
    assert files(target.parent) == ["real.csv"]


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root makes files of others")
def test_a_file_of_somebody_else_stays_theirs(tmp_path: Path) -> None:
    """Who may write a file, but not give one away, writes into it."""
    target = tmp_path / "report.json"
    target.write_text(OLD, encoding="utf-8")
    target.chmod(0o666)
    os.chown(target, 12345, 54321)
    if shutil.which("setpriv") is None:
        pytest.skip("root needs setpriv")
    humble = ["setpriv", "--bounding-set=-chown,-fowner"]
    command = [*humble, sys.executable, "-m", "calc", *RUN, "-o", "report.json", "--force"]
    subprocess.run(command, cwd=tmp_path, env=environment(), timeout=60, check=True)
    found = target.stat()
    assert target.read_text(encoding="utf-8") != OLD
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (12345, 54321, 0o666)


# ---------------------------------------------------------------- whole or not at all


def test_bad_input_leaves_the_old_file_alone(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(BAD, encoding="utf-8")
    (tmp_path / "report.json").write_text(OLD, encoding="utf-8")
    assert calc("run", "bad.yaml", "-o", "report.json", "--force", cwd=tmp_path).code == 2
    assert calc("run", "bad.yaml", "-o", "new.json", cwd=tmp_path).code == 2
    assert (tmp_path / "report.json").read_text(encoding="utf-8") == OLD
    assert files(tmp_path) == ["bad.yaml", "report.json"]


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
def test_a_folder_that_may_not_be_written_is_3_and_names_the_file(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    (locked / "report.json").write_text(OLD, encoding="utf-8")
    locked.chmod(0o555)
    done = without_privileges(*RUN, "-o", "locked/report.json", "--force", cwd=tmp_path)
    locked.chmod(0o755)
    assert (done.code, done.out) == (3, "")
    assert "Permission denied" in done.err
    assert (locked / "report.json").read_text(encoding="utf-8") == OLD
    assert files(locked) == ["report.json"]
    assert "`locked/report.json`" in done.err, "the file that the user named, not a temporary one"


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX limits")
def test_a_disk_that_fills_up_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(OLD, encoding="utf-8")
    # lingang-racks takes 38 kB
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
        "from calc.cli.main import main; main()"
    )
    done = python("-c", code, *RUN, "-o", "report.json", "--force", cwd=tmp_path, PYTHONDONTWRITEBYTECODE="1")
    assert done.code == 3
    assert "E-OUTPUT" in done.err
    assert (tmp_path / "report.json").read_text(encoding="utf-8") == OLD
    assert files(tmp_path) == ["report.json"]


def test_a_folder_that_is_not_there_is_3_and_is_not_made(tmp_path: Path) -> None:
    done = calc(*RUN, "-o", "nowhere/report.json", cwd=tmp_path)
    assert (done.code, done.out) == (3, "")
    assert "`nowhere`: there is no such folder" in done.err
    assert files(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
@pytest.mark.parametrize(("mask", "rights"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664), (0o000, 0o666)])
def test_a_new_file_has_the_rights_of_the_users_other_files(mask: int, rights: int, tmp_path: Path) -> None:
    code = f"import os; os.umask({mask}); from calc.cli.main import main; main()"
    assert python("-c", code, *DESCRIBE, "-o", "report.json", cwd=tmp_path).code == 0
    assert stat.S_IMODE((tmp_path / "report.json").stat().st_mode) == rights


# ---------------------------------------------------------------- failures of the answer


@pytest.mark.parametrize("suffix", ["json", "csv", "md", "txt"])
def test_a_failed_check_still_writes_the_file_and_is_1(suffix: str, tmp_path: Path) -> None:
    (tmp_path / "failing.yaml").write_text(FAILING, encoding="utf-8")
    done = calc("run", "failing.yaml", "-o", f"report.{suffix}", cwd=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert "failing.yaml:2:10: error[E-CHECK-FAILED]" in done.err
    plain = calc("run", "failing.yaml", "--format", FORMATS[suffix], cwd=tmp_path, COLUMNS="100")
    assert (tmp_path / f"report.{suffix}").read_bytes() == plain.raw


# ---------------------------------------------------------------- standard output by name, and links that are names


def test_a_dash_is_standard_output(tmp_path: Path) -> None:
    for command in (RUN, EXPLAIN, LIST, DESCRIBE, ("schema",), ("new",)):
        assert calc(*command, "-o", "-", cwd=tmp_path) == calc(*command, cwd=tmp_path)
    assert files(tmp_path) == []
    assert "a workbook is not text" in calc(*RUN, "--format", "xlsx", "-o", "-", cwd=tmp_path).err


@pytest.mark.skipif(os.name != "posix", reason="needs hard links")
def test_another_name_of_a_file_keeps_what_it_was(tmp_path: Path) -> None:
    """A file that is replaced is another file: a backup by hard links stays the backup that it was."""
    (tmp_path / "backup.json").write_text(OLD, encoding="utf-8")
    os.link(tmp_path / "backup.json", tmp_path / "report.json")
    assert calc(*RUN, "-o", "report.json", "--force", cwd=tmp_path).code == 0
    assert (tmp_path / "backup.json").read_text(encoding="utf-8") == OLD
    assert (tmp_path / "report.json").read_bytes() == calc(*RUN, "--format", "json").raw
