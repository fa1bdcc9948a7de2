"""The resolver and model rows of the hostile files: references stay in the folder, sizes are checked before use."""

from __future__ import annotations

import csv
import io
import os
import sys
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from calc.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., tuple[int, str, str]]

HOSTILE = Path(__file__).parents[1] / "hostile"
with (HOSTILE / "manifest.tsv").open(encoding="utf-8", newline="") as file:
    ROWS = {row["path"]: row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
RESOLVER = [path for path, row in ROWS.items() if row["layer"] == "resolver"]
MODEL = [path for path, row in ROWS.items() if row["layer"] == "model"]

REST = "inputs: {server_power: 4.5 kW, rack_power_rated: 10 kW}\nshow: [servers_per_rack]\n"
CANARY = "CANARY-7391"
# Mostly YAML that would be taken, so that a leak shows as a figure too: 7391 W.
OUTSIDE = f"title: {CANARY}\ninputs: {{server_power: 7391 W}}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a scenario's folder, with what must not be read around it."""
    (tmp_path / "outside.yaml").write_text(OUTSIDE, encoding="utf-8")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "x.yaml").write_text(OUTSIDE, encoding="utf-8")
    inside = tmp_path / "in"
    (inside / "sub").mkdir(parents=True)
    (inside / "link-to-etc-passwd").symlink_to("../outside.yaml")
    (inside / "up").symlink_to("..", target_is_directory=True)
    (inside / "loop.yaml").symlink_to("loop.yaml")
    os.mkfifo(inside / "pipe.yaml")
    monkeypatch.chdir(inside)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return inside


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Return a function that runs the command line and returns exit code, standard output and standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["calc", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    return run


def assert_refused_without_leak(result: tuple[int, str, str]) -> None:
    code, out, err = result
    assert code == 2
    assert out == ""
    assert "error[E-" in err
    assert "E-INTERNAL" not in err
    for secret in (CANARY, "7391", "7.391", "root:", "daemon"):
        assert secret not in err


def test_the_scenario_without_a_reference_is_fine(folder: Path, command: Command) -> None:
    """The control for everything below: it is `extends` that is refused."""
    (folder / "s.yaml").write_text(f"title: x\n{REST}", encoding="utf-8")
    assert command("run", "s.yaml")[0] == 0


@pytest.mark.parametrize("target", ["base.yaml", "sub/base.yaml", "./sub/../base.yaml", "inner.yaml"])
def test_files_inside_the_folder_are_extended(folder: Path, command: Command, target: str) -> None:
    for path in (folder / "base.yaml", folder / "sub" / "base.yaml"):
        path.write_text(f"title: base\n{REST}", encoding="utf-8")
    (folder / "inner.yaml").symlink_to("sub/base.yaml")
    (folder / "s.yaml").write_text(f"title: x\nextends: {target}\n", encoding="utf-8")
    code, out, err = command("run", "s.yaml")
    assert (code, err) == (0, "")
    assert "2 servers/rack" in out  # floor(10 / 4.5)


@pytest.mark.parametrize("path", RESOLVER)
def test_resolver_row(folder: Path, command: Command, path: str) -> None:
    """The row's `name` is no section; as a `title` the file is wrong in its reference alone."""
    text = (HOSTILE / path).read_text(encoding="utf-8").replace("name: x", "title: x")
    assert "title: x" in text
    name = "injection-inc-self.yaml" if path.endswith("self.yaml") else "s.yaml"
    (folder / name).write_text(text + REST, encoding="utf-8")
    result = command("run", name)
    assert_refused_without_leak(result)
    assert result[2].startswith(f"{name}:1:10: error[E-")
    assert result[2].count("error[") == 1


def test_there_are_ten_resolver_rows_and_seven_model_rows() -> None:
    assert (len(RESOLVER), len(MODEL)) == (10, 7)


REFERENCES = {
    "parent": "../outside.yaml",
    "parent in disguise": "sub/../../outside.yaml",
    "through a linked folder": "up/outside.yaml",
    "a link to itself": "loop.yaml",
    "a named pipe": "pipe.yaml",
    "a folder": "sub",
    "this folder": ".",
    "nothing": "''",
    "a space": "' '",
    "home": "~/x.yaml",
    "another home": "~root/x.yaml",
    "a variable": "$HOME/x.yaml",
    "file URL": "file:///etc/passwd",
    "web URL": "http://evil.example/x.yaml",
    "Windows share": r"\\server\share\x.yaml",
    "a device": "/dev/zero",
    "the environment": "/proc/self/environ",
    "encoded": "..%2foutside.yaml",
    "a list": "[a.yaml, b.yaml]",
    "a long path": "a/" * 3000 + "x.yaml",
    "a long name": "x" * 300 + ".yaml",  # more than the 255 bytes that file systems take
    "an escape": '"\\u3164.yaml"',
}


@pytest.mark.parametrize("kind", REFERENCES)
def test_reference_that_leads_nowhere_good(folder: Path, command: Command, kind: str) -> None:
    (folder / "s.yaml").write_text(f"title: x\nextends: {REFERENCES[kind]}\n{REST}", encoding="utf-8")
    result = command("run", "s.yaml")
    assert_refused_without_leak(result)
    assert result[2].startswith("s.yaml:2:")
    assert max(map(len, result[2].splitlines())) < 400


def test_absolute_path_of_a_good_file_is_refused_too(folder: Path, command: Command) -> None:
    (folder / "s.yaml").write_text(f"title: x\nextends: {folder.parent / 'outside.yaml'}\n{REST}", encoding="utf-8")
    assert_refused_without_leak(command("run", "s.yaml"))


def test_what_is_extended_may_not_leave_the_folder_either(folder: Path, command: Command) -> None:
    (folder / "base.yaml").write_text("title: base\nextends: ../outside.yaml\n", encoding="utf-8")
    (folder / "s.yaml").write_text(f"title: x\nextends: base.yaml\n{REST}", encoding="utf-8")
    result = command("run", "s.yaml")
    assert_refused_without_leak(result)
    assert result[2].startswith("base.yaml:2:10: error[E-EXTENDS]")


def test_a_circle_of_two_files(folder: Path, command: Command) -> None:
    (folder / "a.yaml").write_text("title: a\nextends: b.yaml\n", encoding="utf-8")
    (folder / "b.yaml").write_text("title: b\nextends: a.yaml\n", encoding="utf-8")
    result = command("run", "a.yaml")
    assert_refused_without_leak(result)
    assert "circle" in result[2]
    assert "b.yaml:2:10" in result[2]


def test_standard_input_extends_no_file(folder: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "base.yaml").write_text(OUTSIDE, encoding="utf-8")
    text = f"title: x\nextends: base.yaml\n{REST}".encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert_refused_without_leak(command("run", "-"))


# What each model row is answered with, as it stands.
ANSWERS = {
    "encoding/encoding-homoglyph-key.yaml": ["is no section", "U+0430 CYRILLIC SMALL LETTER A"],
    "structure/structure-dup-case.yaml": ["1:1: error[E-SECTION]: `a` is no", "2:1: error[E-SECTION]: `A` is no"],
    "structure/structure-list-1e6-range.yaml": ["`x` is no section"],
    "structure/structure-mutual-extends.yaml": [
        "s.yaml:1:11: error[E-EXTENDS]: there is no file `x.yaml`",
        "s.yaml:1:19: error[E-EXTENDS]: there is no file `y.yaml`",
    ],
    "structure/structure-samples-huge.yaml": ["`monte_carlo` is no section", "did you mean `uncertainty`?"],
    "structure/structure-self-extends.yaml": ["1:10: error[E-EXTENDS]", "in a circle"],
    "syntax/syntax-python.yaml": ["is no section"],
}


@pytest.mark.parametrize("path", MODEL)
def test_model_row(folder: Path, command: Command, path: str) -> None:
    name = "self-extends.yaml" if path.endswith("self-extends.yaml") else "s.yaml"
    (folder / name).write_bytes((HOSTILE / path).read_bytes())
    code, out, err = command("check", name)
    assert (code, out) == (2, "")
    for words in ANSWERS[path]:
        assert words in err


# The same slips where a scenario has room for them: text, what the answer says.
WRAPPED = [
    ("inputs: {server_p\u043ewer: 4.5 kW}\n", ["U+043E CYRILLIC SMALL LETTER O", "did you mean `server_power`"]),
    ("inputs: {server_power: {v\u0430lue: 4.5 kW}}\n", ["U+0430 CYRILLIC SMALL LETTER A", "did you mean `value`?"]),
    ("uncertainty: {s\u0430mples: 5}\n", ["U+0430 CYRILLIC SMALL LETTER A", "did you mean `samples`?"]),
    ("t\u0456tle: x\n", ["U+0456 CYRILLIC", "did you mean `title`?"]),
    (
        "inputs: {server_power: 4 kW, Server_power: 5 kW}\n",
        ["`Server_power` is no quantity", "did you mean `server_power`"],
    ),
    ("inputs: {server_power: 4 kW, server_power: 5 kW}\n", ["`server_power` stands twice"]),
    ("cases: {a: {server_power: 4 kW}, a: {server_power: 5 kW}}\n", ["`a` stands twice"]),
    ("inputs: {server_power: {linspace: [0, 1, 1000000000]}}\n", ["`linspace` is no part of a value"]),
    # 3,000,000,000,000 samples of 8 bytes are 24,000 GB.
    ("uncertainty: {samples: 3000000000000}\n", ["`samples` is 3,000,000,000,000", "2,000,000,000,000"]),
    (f"uncertainty: {{samples: {'9' * 5000}}}\n", ["2,000,000,000,000"]),
    ("uncertainty: {samples: 0}\n", ["`samples` is 0", "from 1 to 2,000,000,000,000"]),
    ("uncertainty: {samples: -5}\n", ["not a whole number"]),
    ("uncertainty: {samples: 1e12}\n", ["not a whole number"]),
]


@pytest.mark.parametrize(("text", "words"), WRAPPED, ids=lambda each: each[:30] if isinstance(each, str) else "")
def test_slip_inside_a_scenario(folder: Path, command: Command, text: str, words: list[str]) -> None:
    (folder / "s.yaml").write_text(text, encoding="utf-8")
    tracemalloc.start()
    try:
        code, out, err = command("check", "s.yaml")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (code, out) == (2, "")
    for each in words:
        assert each in err
    assert peak < 100e6  # refused before anything of that size is allocated


def test_samples_of_the_command_line_are_sized_too(folder: Path, command: Command) -> None:
    (folder / "s.yaml").write_text(f"title: x\n{REST}".replace("4.5 kW", "4 to 5 kW"), encoding="utf-8")
    assert command("run", "s.yaml", "--samples", "10")[0] == 0
    code, out, err = command("run", "s.yaml", "--samples", "3000000000000")
    assert (code, out) == (2, "")
    assert "2,000,000,000,000" in err
