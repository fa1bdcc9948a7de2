"""Files, folders and streams that cannot be read as they are named, and options that say nothing."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TYPE_CHECKING

import pytest
from calc_command import calc
from rows import each_row

import calc as package
from calc.errors import CalcError, Problems
from calc.scenario import facts_files, load

if TYPE_CHECKING:
    from pathlib import Path

RACK = "inputs: {rack_power_rated: 10 kW, server_power: 2 kW}\nshow: [servers_per_rack]\n"
CSV = "subject,quantity,value,unit,source,as_of\nbox,server_power,6.5,kW/server,Q,2026\n"
BOX = "facts_from: [%s]\nfacts: [box]\ninputs: {rack_power_rated: 20 kW}\nshow: [servers_per_rack]\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with scenarios, and files of facts of every kind."""
    there = tmp_path_factory.mktemp("hard")
    (there / "outside.csv").write_text(CSV)
    here = there / "here"
    (here / "prices" / "deep" / "deeper").mkdir(parents=True)
    (here / "prices" / "deep" / "deeper" / "box.csv").write_text(CSV)
    (here / "prices" / "notes.txt").write_text("no facts")
    (here / "links").mkdir()
    (here / "links" / "box.csv").symlink_to(there / "outside.csv")
    (here / "circle").symlink_to("circle")
    (here / "latin.csv").write_bytes(CSV.replace("Q", "Zürich").encode("latin-1"))
    (here / "rack.yaml").write_text(RACK)
    (here / "table.yaml").write_text(
        "table:\n  racks: {scenario: rack.yaml, stated: [servers_per_rack], computed: [servers_per_rack]}\n"
    )
    for at in range(52):
        (here / f"e{at}.yaml").write_text(f"extends: e{at + 1}.yaml\n")
    (here / "e52.yaml").write_text(RACK)
    return here


# What stands under `facts_from`, and what is told.
FACTS = {
    "a link out of the folder": ("links", "`links/box.csv` is outside the folder of the scenario", "name a file in the"),  # noqa: E501  # a file
    "a name that is too long": ("x" * 300 + ".csv", "cannot be read: File name too long", "check the path"),
    "a circle of links": ("circle/box.csv", "`circle/box.csv` cannot be read: its links go round in a circle", "check the path"),  # noqa: E501  # a file
    "a file that is no UTF-8": ("latin.csv", "latin.csv:2:33: error[E-ENCODING]: the byte 0xfc", "save the file as"),
}  # fmt: skip


@each_row(("entry", "message", "hint"), FACTS)
def test_facts_that_cannot_be_read(folder: Path, entry: str, message: str, hint: str) -> None:
    (folder / "s.yaml").write_text(BOX % entry)
    done = calc("run", "s.yaml", cwd=folder)
    assert done.code == 2, done.err
    assert message in done.err
    assert hint in done.err


def test_facts_of_a_folder_are_read_from_all_folders_below_it(folder: Path) -> None:
    (folder / "s.yaml").write_text(BOX % "prices")
    done = calc("run", "s.yaml", "--json", cwd=folder)
    assert done.code == 0, done.err
    # 20 kW / 6.5 kW, rounded down; notes.txt is passed over.
    assert done.results("base")["servers_per_rack"]["value"] == 3


def test_a_folder_of_more_files_than_are_read_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts_files, "MAX_FILES", 1)
    (folder / "many").mkdir()
    for name in ("a.csv", "b.csv"):
        (folder / "many" / name).write_text(CSV)
    path = folder / "s.yaml"
    path.write_text(BOX % "many")
    with pytest.raises(CalcError, match="`many` names 2 files") as found:
        package.run(str(path))
    assert "at most 1 are read; put them together" in str(found.value)


def test_a_scenario_of_no_file_names_no_files(folder: Path) -> None:
    done = calc("run", "-", stdin=BOX % "prices", cwd=folder)
    assert done.code == 2
    assert "a scenario that stands in no file names no files" in done.err
    assert "give `--facts FILE`, or save it to a file" in done.err


PROJECTS = {
    "a link out of its folder": (None, "`calc.toml` is a link out of its folder", "put the file itself there"),
    "too large a file": (
        f'facts = ["prices"]\n{"#" * 64_000}',
        "`calc.toml` has more than 64,000 bytes",
        "at most 64,000",
    ),
}


@each_row(("text", "message", "hint"), PROJECTS)
def test_a_project_that_cannot_be_read(folder: Path, tmp_path: Path, text: str | None, message: str, hint: str) -> None:
    (tmp_path / "rack.yaml").write_text(RACK)
    project = tmp_path / "calc.toml"
    project.unlink(missing_ok=True)
    if text is None:
        project.symlink_to(folder / "rack.yaml")
    else:
        project.write_text(text)
    done = calc("run", "rack.yaml", cwd=tmp_path)
    assert done.code == 2, done.err
    assert message in done.err
    assert hint in done.err


# The words of a command, and what is told.
LINES = {
    "a name that is too long": (["run", "x" * 300], "cannot be read: File name too long", "check the path"),
    "a folder that is none": (["run", "rack.yaml", "--allow-folder", "nothere"], "`nothere` is no folder",
                              "as in `--allow-folder ../shared`"),
    "too many files that extend each other": (["run", "e0.yaml"], "more than 50 files extend each other",
                                              "lay fewer files over each other"),
    "an axis without values": (["sweep", "rack.yaml", "--axis", "frog"], "`frog` is no `NAME=VALUES`",
                               'as in `--axis "rack_power_rated=5 to 25 kW step 2.5 kW"`'),
    "a goal that is none": (["find", "rack.yaml", "--goal", "hello"], "`hello` is no goal",
                            'as in `--goal "smallest rack_power_rated within 5 to 60 kW so that servers_per_rack >= 5"`'),  # noqa: E501  # a file
    "bytes that are no text": (["sweep", "rack.yaml", "--axis", "rack_power_rated=[5 kW, 6 kW]", "--so-that", "servers\udcff >= 5"],  # noqa: E501  # a line
                               "`servers\\udcff` is no formula", "write arithmetic over quantity names"),
    "bytes in a value that is set": (["run", "rack.yaml", "--set", "server_power={value: 2 kW\udcff}"],
                                     "--set:1:26: error[E-CHARACTER]: the character U+DCFF cannot be seen", "delete it"),  # noqa: E501  # a line
    "a bell in a list": (["sweep", "rack.yaml", "--axis", "server_power=[2 kW, \a3 kW]"],
                         "--axis:1:21: error[E-CHARACTER]: the character U+0007 cannot be seen", "delete it"),
    "a study of a table alone": (["sweep", "table.yaml", "--axis", "rack_power_rated=[5 kW, 6 kW]"],
                                 "a table has no figures of its own to study", "name the scenario of a line instead"),
}  # fmt: skip


@each_row(("words", "message", "hint"), LINES)
def test_lines_that_name_nothing(folder: Path, words: list[str], message: str, hint: str) -> None:
    done = calc(*words, cwd=folder)
    assert done.code == 2, done.err
    assert message in done.err
    assert hint in done.err


def test_a_value_that_a_study_chooses_is_set_as_the_hint_says(folder: Path) -> None:
    (folder / "s.yaml").write_text(
        "sweep: {gpus_per_server: [1 gpu/server, 2 gpu/server]}\ninputs: {servers: 3 servers}\nshow: [gpus]\n"
    )
    done = calc("explain", "s.yaml", "gpus", cwd=folder)
    assert done.code == 2
    assert 'a study chooses it; say at which value, as in `--set "gpus_per_server=10 gpus"`' in done.err
    # 3 x 10
    assert "30 gpus" in calc("explain", "s.yaml", "gpus", "--set", "gpus_per_server=10 gpus", cwd=folder).out


def test_options_say_what_a_section_says(folder: Path) -> None:
    goal = "smallest rack_power_rated within 5 to 25 kW so that servers_per_rack >= 5"
    sure = calc("find", "rack.yaml", "--goal", f"{goal} with 80 % confidence", "--json", cwd=folder)
    assert sure.code == 0, sure.err
    apart = calc("find", "rack.yaml", "--goal", goal, "--confidence", "80 %", "--json", cwd=folder)
    assert sure.json["goals"] == apart.json["goals"]
    # 10 kW feed 5 servers of 2 kW, 20 kW 10, and 11 kW no more than 10 kW do: that point is on no front.
    words = ["sweep", "rack.yaml", "--axis", "rack_power_rated=[10 kW, 11 kW, 20 kW]"]
    pareto = calc(*words, "--pareto", "minimise rack_power_rated, maximise servers_per_rack", cwd=folder)
    assert pareto.code == 0, pareto.err
    front = pareto.out.partition("Pareto front")[2]
    assert [line.split() for line in front.splitlines() if line.strip()[:1].isdigit()] == [["10", "5"], ["20", "10"]]


def test_what_stands_at_standard_input(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    problems = Problems()
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(CalcError, match="standard input is closed") as closed:
        load.load("-", problems)
    assert closed.value.hint == "give a file, or send one, as in `calc run - < FILE`"
    only = os.open(folder / "written", os.O_WRONLY | os.O_CREAT)
    with io.TextIOWrapper(os.fdopen(only, "rb")) as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        with pytest.raises(CalcError, match="`standard input` cannot be read: Bad file descriptor"):
            load.load("-", problems)


def test_names_that_no_file_has() -> None:
    with pytest.raises(CalcError, match="is no file name") as found:
        package.run("rack\0.yaml")
    assert found.value.hint == "give a path to a YAML file"


def test_a_folder_that_cannot_be_looked_up_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(path: Path) -> Path:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    # No file does that to order.
    monkeypatch.setattr(type(folder), "resolve", fails)
    with pytest.raises(CalcError, match="cannot be read: Input/output error"):
        load.load(str(folder / "rack.yaml"), Problems())
