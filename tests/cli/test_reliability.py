"""What must not depend on how Python runs, on what lies in a folder, or on who listens to standard error."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from calc_command import calc, environment

from calc.errors import CalcError
from calc.files import locked
from calc.report.csv import inert
from calc.report.output import whole_file

FULL = Path("/dev/full")


def test_output_does_not_change_where_python_drops_docstrings(tmp_path: Path) -> None:
    """Docstrings hold conventions, sources and help; `python -OO` has none."""
    from calc.cli import COMMANDS

    lines = (
        "run own-colo-rent --details", "explain lingang-racks racks_needed", "describe gpu_hours_affordable",
        "list quantities rack --wide", "facts stale", "check lingang-racks", "sweep cabinet-sweep",
        "find cabinet-sweep", "sensitivity own-colo-rent --format markdown", "import --help",
        "compare own-colo-rent own-colo-rent", "new --from lingang-racks", "schema", "backtest", "help E-UNIT",
    )  # fmt: skip
    assert {line.split()[0] for line in lines} == set(COMMANDS)
    for line in (*lines, "facts stale --help", "check --help", "--help"):
        plain, without = (calc(*line.split(), cwd=tmp_path, PYTHONOPTIMIZE=level) for level in ("", "2"))
        assert (without.code, without.out, without.err) == (plain.code, plain.out, plain.err), line
        assert plain.code == 0


def test_texts_of_other_encodings_are_called_what_they_are(tmp_path: Path) -> None:
    text = "inputs: {a: 1 USD}\n"
    for encoding, called in (("utf-16", "UTF-16"), ("utf-32", "UTF-32")):
        (tmp_path / "s.yaml").write_bytes(text.encode(encoding))
        assert f"`s.yaml` is {called} text" in calc("run", "s.yaml", cwd=tmp_path).err
    (tmp_path / "s.yaml").write_bytes(b"\x00\x00\xfe\xff" + text.encode("utf-32-be"))
    assert "UTF-32" in calc("run", "s.yaml", cwd=tmp_path).err


def test_names_of_files_are_never_cut(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 200) / ("y" * 200)
    folder.mkdir(parents=True)
    for name in ("one.csv", "two.csv"):
        (folder / name).write_text("", encoding="utf-8")
        assert f"/{name}` is empty" in calc("facts", "check", str(folder / name)).err
        assert f"/{name}` cannot be read" in calc("run", "lingang-racks", "--facts", f"{folder}/no/{name}").err


def test_a_file_of_which_not_all_is_read_has_no_size(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_bytes(b"#" * 9_000_000)
    assert "`s.yaml` has more than 8,000,000 bytes" in calc("run", "s.yaml", cwd=tmp_path).err


def test_full_width_signs_begin_no_formula_in_a_spreadsheet() -> None:
    for text in ("=1", "＝1", "＋1", "－1", "＠a", "\uff1d1", "  =1", "\t=1"):
        assert str(inert(text)).startswith("'"), text
    assert inert("a = b") == "a = b"


# ---------------------------------------------------------------- files


def test_a_link_in_the_place_of_a_part_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine", encoding="utf-8")
    for plant in (os.symlink, os.link):
        plant(tmp_path / "precious", tmp_path / ".o.csv.calc-part")
        with pytest.raises(CalcError, match="is a link"), whole_file(str(tmp_path / "o.csv"), force=False) as file:
            file.write(b"x")
        (tmp_path / ".o.csv.calc-part").unlink()
        assert (tmp_path / "precious").read_text(encoding="utf-8") == "mine"


def test_a_file_system_without_locks_is_not_another_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fcntl = pytest.importorskip("fcntl")

    def refuse(number: int) -> None:
        def lockf(*_: object) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(fcntl, "lockf", lockf)

    for number in (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS):
        refuse(number)
        with whole_file(str(tmp_path / "o.csv"), force=True) as file:
            file.write(b"x")
        assert (tmp_path / "o.csv").read_bytes() == b"x"
        assert "has no locks" in capsys.readouterr().err
    refuse(errno.EAGAIN)
    with pytest.raises(CalcError, match="busy"), locked(tmp_path / "lock", "busy", "wait"):
        pass


def test_nothing_is_left_of_a_file_whose_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for failing in ("fsync", "replace"):
        with monkeypatch.context() as patch:

            def fail(*_: object) -> None:
                raise OSError(errno.EIO, "no")

            patch.setattr(os, failing, fail)
            with pytest.raises(OSError, match="no"), whole_file(str(tmp_path / "o.csv"), force=True) as file:
                file.write(b"x")
        assert list(tmp_path.iterdir()) == [], failing


SWEEP = "inputs: {a: 2 USD}\nformulas: {b: a + a}\nshow: [b]\nsweep: {a: 1 to 3 USD in 900000 steps}\n"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_run_that_is_asked_to_end_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text(SWEEP, encoding="utf-8")
    line = [sys.executable, "-m", "calc", "sweep", "s.yaml", "-o", "o.csv", "--workers", "2"]
    with subprocess.Popen(line, cwd=tmp_path, env=environment(), stderr=subprocess.DEVNULL) as process:
        part = tmp_path / ".o.csv.calc-part"
        while process.poll() is None and not part.exists():
            os.sched_yield()
        process.send_signal(signal.SIGTERM)
        code = process.wait(60)
    assert code == 143
    assert [each.name for each in tmp_path.iterdir()] == ["s.yaml"]


# ---------------------------------------------------------------- standard error


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
def test_the_exit_code_is_right_where_standard_error_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("inptus: {}\n", encoding="utf-8")
    (tmp_path / "no.yaml").write_text("inputs: {a: 1 USD}\nshow: [a]\nexpect: {a: 2 USD}\n", encoding="utf-8")
    for line, wanted in (
        ("run bad.yaml", 2), ("run no.yaml", 1), ("run nothing", 2), ("run lingang-racks -o o.json --force", 0),
        ("check lingang-racks", 0), ("run lingang-racks -v", 0), ("run lingang-racks -o none/o.json", 3), ("rnu", 2),
    ):  # fmt: skip
        with FULL.open("w", encoding="utf-8") as full:
            command = [sys.executable, "-m", "calc", *line.split()]
            done = subprocess.run(
                command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=full, check=False
            )
        assert done.returncode == wanted, line
    assert (tmp_path / "o.json").exists()
