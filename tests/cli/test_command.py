"""The command line as scripts rely on it: exit codes, stdout for data, stderr for messages, options."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from calc_command import ROOT, calc, environment
from hints import offers

if TYPE_CHECKING:
    from pathlib import Path

RACK = "inputs:\n  server_power: 4.5 kW\n  rack_power_rated: 10 kW\nshow: [servers_per_rack]\n"
FAILING = RACK + "expect: {servers_per_rack: 3}\n"
BAD = "inputs:\n  server_power: 4.5 kWh\n  rack_power_rated: 10 kW\n"
UNCERTAIN = """\
inputs:
  server_power: 4 to 5 kW
  rack_power_rated: 25 kW
show: [servers_per_rack, rack_power_stranded]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a good scenario, one that breaks its promise, a bad one and an uncertain one."""
    for name, text in (("rack", RACK), ("failing", FAILING), ("bad", BAD), ("uncertain", UNCERTAIN)):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


# ---------------------------------------------------------------- exit codes


def test_fine_is_0_and_says_nothing_on_stderr(folder: Path) -> None:
    done = calc("run", "rack.yaml", cwd=folder)
    assert (done.code, done.err) == (0, "")
    assert re.search(r"servers per rack +2 servers/rack", done.out)


def test_a_broken_promise_is_1_and_the_answer_is_still_given(folder: Path) -> None:
    done = calc("run", "failing.yaml", cwd=folder)
    assert done.code == 1
    assert re.search(r"servers per rack +2 servers/rack", done.out)
    assert "failing.yaml:5:28: error[E-EXPECT]" in done.err
    assert "E-EXPECT" not in done.out


def test_bad_input_is_2_and_stdout_stays_empty(folder: Path) -> None:
    for command in (["run", "bad.yaml"], ["run", "bad.yaml", "--format", "json"], ["explain", "bad.yaml", "x"]):
        done = calc(*command, cwd=folder)
        assert (done.code, done.out) == (2, "")
        assert "bad.yaml:2:17: error[E-DIMENSION]" in done.err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110  # a device, no path
@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "lingang-racks"],
        ["run", "lingang-racks", "--format", "json"],
        ["explain", "lingang-racks", "racks_needed"],
        ["--help"],
        ["--version"],
    ],
    ids=" ".join,
)
def test_a_full_disk_is_3(arguments: list[str]) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123  # a device
        done = subprocess.run(
            [sys.executable, "-m", "calc", *arguments],
            env=environment(), stdout=full, stderr=subprocess.PIPE, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 3
    assert re.fullmatch(r"error\[E-OUTPUT\]: .*No space left on device.*\n(  hint: .*\n)?", done.stderr.decode())


# ---------------------------------------------------------------- files


def test_a_missing_file_is_2_and_says_where_the_shipped_scenarios_are_listed() -> None:
    done = calc("run", "my-own-plan.yaml")
    assert (done.code, done.out) == (2, "")
    assert "E-FILE" in done.err
    assert "`my-own-plan.yaml`" in done.err
    assert "`calc list scenarios`" in done.err


def test_a_misspelt_shipped_scenario_gets_a_suggestion() -> None:
    done = calc("run", "lingang-rack")
    assert done.code == 2
    assert "did you mean `lingang-racks` or `lingang-hall`?" in done.err


def test_a_long_path_is_shown_whole(tmp_path: Path) -> None:
    path = tmp_path / "a-folder-with-a-long-name" / "another-folder-with-a-long-name" / "cabinets-of-next-year.yaml"
    assert str(path) in calc("check", str(path)).err


def test_a_folder_is_2(folder: Path) -> None:
    done = calc("run", str(folder))
    assert done.code == 2
    assert "is a folder" in done.err


def test_a_folder_is_checked_as_the_scenarios_in_it(folder: Path) -> None:
    (folder / ".hidden.yaml").write_text("nonsense", encoding="utf-8")
    (folder / "prices.csv").write_text("nonsense", encoding="utf-8")
    (folder / "below.yaml").mkdir()
    named = [f"plans/{each}.yaml" for each in ("bad", "failing", "rack", "uncertain")]
    folder.rename(folder.parent / "plans")
    alike = [calc("check", *each, cwd=folder.parent) for each in (["plans"], ["plans/"], named)]
    assert alike[0] == alike[1] == alike[2]
    assert alike[0].code == 2
    assert alike[0].err.index("plans/bad.yaml:") < alike[0].err.index("plans/failing.yaml:")


def test_a_folder_without_scenarios_is_2(tmp_path: Path) -> None:
    done = calc("check", "lingang-racks", str(tmp_path))
    assert done.code == 2
    assert "is a folder without scenarios" in done.err


def test_many_scenarios_are_checked_side_by_side_and_told_in_order(tmp_path: Path) -> None:
    """Up to 16 are checked one by one, more by several processes: their words, order and worst code are the same."""
    for at in range(40):
        text = {3: BAD, 17: FAILING, 33: "title: [", 38: FAILING}.get(at, RACK)
        (tmp_path / f"s{at:02}.yaml").write_text(text, encoding="utf-8")
    names = [f"s{at:02}.yaml" for at in range(40)]
    one_by_one = [calc("check", *names[at : at + 10], cwd=tmp_path) for at in range(0, 40, 10)]
    assert [each.code for each in one_by_one] == [2, 1, 0, 2]
    for colour in ({}, {"FORCE_COLOR": "1"}):
        done = calc("check", *names, cwd=tmp_path, **colour)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", done.err)
        assert (done.code, done.out, plain) == (2, "", "".join(each.err for each in one_by_one))
        assert ("\x1b[31m" in done.err) == bool(colour)
    assert calc("check", *(each for each in names if "3" not in each and each != "s17.yaml"), cwd=tmp_path).err == ""


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="needs /proc")  # noqa: PTH110  # a device, no path
def test_a_file_that_cannot_be_read_is_2() -> None:
    done = calc("check", "/proc/self/mem")
    assert done.code == 2
    assert "E-FILE" in done.err
    assert "cannot be read: Input/output error" in done.err


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
@pytest.mark.parametrize("locked", ["", "rack.yaml"], ids=["folder", "file"])
def test_without_permission_it_says_so(locked: str, tmp_path: Path) -> None:
    inner = tmp_path / "locked"
    inner.mkdir()
    (inner / "rack.yaml").write_text(RACK, encoding="utf-8")
    (inner / locked).chmod(0)
    # root may read everything unless it gives that right away
    humble = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.getuid() == 0 else []
    if humble and shutil.which("setpriv") is None:
        pytest.skip("root needs setpriv")
    command = [*humble, sys.executable, "-m", "calc", "check", str(inner / "rack.yaml")]
    done = subprocess.run(command, env=environment(), capture_output=True, timeout=60, check=False)
    (inner / locked).chmod(0o755)
    assert done.returncode == 2
    assert "E-FILE" in done.stderr.decode()
    assert "Permission denied" in done.stderr.decode()


def test_standard_input() -> None:
    done = calc("run", "-", "--format", "json", stdin=RACK)
    assert done.code == 0
    assert done.results("base")["servers_per_rack"]["value"] == 2.0
    assert calc("check", "-", stdin=BAD).err.startswith("<stdin>:2:17: error[E-DIMENSION]")


# ---------------------------------------------------------------- usage


def test_an_option_that_only_resembles_a_wrong_one_is_not_suggested() -> None:
    """`of:` is a key of the section, and `--flip` asks for something else."""
    done = calc("sensitivity", "lingang-racks", "--of", "racks_needed")
    assert done.code == 2
    assert "did you mean" not in done.err
    assert "calc sensitivity --help" in done.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "lingang-racks", "--smaples", "3"], "--samples"),
        (["run", "lingang-racks", "--sed=3"], "--seed"),
        (["chek", "lingang-racks"], "check"),
        (["frobnicate"], "calc --help"),
        (["run"], "SCENARIO"),
        (["explain", "lingang-racks"], "NAME"),
        (["check"], "SCENARIO"),
        (["run", "lingang-racks", "fifty-million"], "fifty-million"),
        (["run", "lingang-racks", "--format", "jsn"], "json"),
        (["run", "lingang-racks", "--case", "25kW"], "did you mean `25 kW`"),
        (["run", "lingang-racks", "--show", "servers_per_rak"], "did you mean `servers_per_rack`"),
        (["explain", "lingang-racks", "rack_needed"], "did you mean `racks_needed`"),
        (["run", "fifty-million", "--samples", "many"], "--samples"),
        (["run", "fifty-million", "--samples", "0"], "--samples"),
        (["run", "fifty-million", "--seed", "-1"], "--seed"),
        # Ten to Python, and to nobody else.
        (["run", "fifty-million", "--samples", "1_0"], "--samples"),
        (["run", "fifty-million", "--samples", "1,0"], "--samples"),
        (["run", "fifty-million", "--seed", "1_0"], "--seed"),
        (["run", "fifty-million", "--workers", "1_0"], "--workers"),
        (["run", "lingang-racks", "--set", "servers_needed=1_0 servers"], "groups of three digits"),
        (["explain", "lingang-racks", "racks_needed", "--depth", "1_0"], "--depth"),
    ],
)
def test_wrong_usage_is_2_with_a_suggestion(arguments: list[str], words: str) -> None:
    done = calc(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "error[E-" in done.err
    assert "  hint: " in done.err
    assert words in done.err


FOLLOWED = {
    "--smaples": ["run", "lingang-racks", "--smaples", "3"],
    "rn": ["rn", "lingang-racks"],
    "lingang-rack": ["run", "lingang-rack"],
    "jsn": ["run", "lingang-racks", "--format", "jsn"],
    "25kW": ["run", "lingang-racks", "--case", "25kW"],
    "servers_per_rak": ["run", "lingang-racks", "--show", "servers_per_rak"],
    "rack_needed": ["explain", "lingang-racks", "rack_needed"],
    "server_powr": ["describe", "server_powr"],
    "fact": ["list", "fact"],
}


def test_a_word_that_a_hint_offers_is_accepted() -> None:
    wrong = []
    for word, arguments in FOLLOWED.items():
        # The reader of options words its own guess in the message.
        told = re.sub("[Dd]id you mean '([^']+)'", r"did you mean `\1`", calc(*arguments).err)
        best = offers(told)[:1]
        done = [calc(*(offer if each == word else each for each in arguments)) for offer in best]
        if [each.code for each in done] != [0]:
            wrong.append(f"{arguments}: {best}: {done}")
    assert not wrong, "\n".join(wrong)


def test_help_and_version() -> None:
    assert calc().out == calc("--help").out
    for command in ("run", "explain", "check"):
        assert re.search(rf"^  {command} ", calc("--help").out, re.MULTILINE)
        assert calc(command, "--help").out.startswith(f"Usage: calc {command} ")
    assert re.fullmatch(r"calc \d+\.\d+\.\d+\n", calc("--version").out)


# ---------------------------------------------------------------- check


def test_check_prints_nothing_when_all_is_well(folder: Path) -> None:
    done = calc("check", "rack.yaml", "uncertain.yaml", "lingang-racks", cwd=folder)
    assert (done.code, done.out, done.err) == (0, "", "")


def test_check_goes_on_after_a_bad_scenario(folder: Path) -> None:
    done = calc("check", "bad.yaml", "nowhere.yaml", "rack.yaml", "failing.yaml", cwd=folder)
    assert (done.code, done.out) == (2, "")
    assert "bad.yaml:2:17: error[E-DIMENSION]" in done.err
    assert "`nowhere.yaml`" in done.err
    assert "failing.yaml:5:28: error[E-EXPECT]" in done.err
    assert calc("check", "rack.yaml", "failing.yaml", cwd=folder).code == 1


# ---------------------------------------------------------------- options


def test_set_wins_over_everything_several_times() -> None:
    settings = ("--set", "server_power=6.5 kW", "--set", "rack_power_derating = 60 %")
    done = calc("run", "lingang-racks", "--case", "25 kW, 80 % rule", *settings, "--format", "json")
    assert done.code == 0, "the file's promises are not tested with --set, and that is said"
    assert "promises (`expect`) are not tested" in done.out
    assert done.err == ""
    # 25 kW x 60 % = 15 kW hold two servers of 6.5 kW
    assert done.results("25 kW, 80 % rule")["servers_per_rack"]["value"] == 2.0
    inputs = done.json["cases"][0]["inputs"]
    assert inputs["server_power"]["place"] == "--set:1:14"
    assert inputs["rack_power_derating"]["value"] == 0.6


@pytest.mark.parametrize(
    ("option", "place", "words"),
    [
        ("server_power=4.5 kWh", "--set:1:14: error[E-DIMENSION]", "write `4.5 kW`"),
        ("server_power=  4,5 kW", "--set:1:16: error[E-VALUE]", "`4.5`"),
        ("server_powr=4.5 kW", "--set:1:1: error[E-NAME]", "did you mean `server_power`"),
        ("server_power", "--set:1:1: error[E-SET]", "name=value"),
        ("=4.5 kW", "--set:1:1: error[E-SET]", "name=value"),
        ("server_power=", "--set:1:14: error[E-", "4.5 kW"),
        ("rack_power_derating=40", "--set:1:21: error[E-BOUNDS]", "`40 %`"),
        ("server_power={value: 4.5 kWh}", "--set:1:22: error[E-DIMENSION]", "write `4.5 kW`"),
    ],
)
def test_a_bad_set_points_into_the_option(option: str, place: str, words: str) -> None:
    done = calc("run", "lingang-racks", "--set", option)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(place)
    assert f"    1 | {option}\n" in done.err
    assert words in done.err
    assert done.err.count("error[") == 1


def test_a_name_set_twice_is_refused() -> None:
    done = calc("run", "lingang-racks", "--set", "server_power=4 kW", "--set", "server_power=5 kW")
    assert done.code == 2
    assert "twice" in done.err


def test_case_keeps_the_named_cases_in_the_files_order() -> None:
    done = calc("run", "lingang-racks", "--case", "25 kW", "--case", "5 kW", "--format", "json")
    assert [each["name"] for each in done.json["cases"]] == ["5 kW", "25 kW"]


def test_verbose_shows_what_was_computed_on_the_way_and_how_long_it_took() -> None:
    done = calc("run", "lingang-racks", "--case", "25 kW", "--verbose", COLUMNS="400")
    assert done.code == 0
    assert re.fullmatch(r"time: read in \d+ ms, checked in \d+ ms, computed in \d+ ms, written in \d+ ms\n", done.err)
    results, _, rest = done.out.partition("\nComputed on the way\n")
    assert re.search(r"^  servers_per_rack +5 servers/rack$", results, re.MULTILINE)
    # 5 servers of 4.5 kW
    assert re.search(r"^  rack_power_drawn +22\.5 kW/rack$", rest, re.MULTILINE)
    assert re.search(r"^  servers_per_rack_by_power +5 servers/rack$", rest, re.MULTILINE)
    assert "note: About 4.5 kW for one A100 server" in rest
    plain = calc("run", "lingang-racks", "--case", "25 kW", COLUMNS="200")
    assert plain.err == ""
    assert "rack_power_drawn" not in plain.out
    assert "note: " not in plain.out


def test_verbose_json_and_csv_hold_the_shown_figures_first_and_then_the_others() -> None:
    ask = ("run", "lingang-racks", "--case", "25 kW", "--format")
    results, plain = (calc(*ask, "json", *more).results("25 kW") for more in (("-v",), ()))
    assert list(results)[: len(plain)] == list(plain)
    assert {name: results[name] for name in plain} == plain
    assert results["rack_power_drawn"]["value"] == 22.5
    rows = calc(*ask, "csv", "-v").out.splitlines()
    assert sum("rack_power_drawn" in row for row in rows) == 1
    assert "rack_power_drawn" in calc(*ask, "markdown", "-v").out


def test_verbose_and_quiet_are_opposites() -> None:
    done = calc("run", "lingang-racks", "-q", "-v")
    assert (done.code, done.out) == (2, "")
    assert "`--quiet` and `--verbose`" in done.err


def test_show_replaces_the_list() -> None:
    done = calc("run", "lingang-racks", "--show", "racks_needed, rack_power_usable", "--format", "json")
    assert [list(each["results"]) for each in done.json["cases"]] == [["racks_needed", "rack_power_usable"]] * 6


def test_samples_and_seed(folder: Path) -> None:
    ask = ("run", "uncertain.yaml", "--format", "json")
    found = calc(*ask, "--samples", "1,000", "--seed", "7", cwd=folder)
    assert found.json["uncertainty"] == {"samples": 1000, "seed": 7, "method": "sobol"}
    assert found == calc(*ask, "--samples", "1000", "--seed", "7", cwd=folder)
    other = calc(*ask, "--samples", "1000", "--seed", "8", cwd=folder).results("base")
    assert other["rack_power_stranded"]["mean"] != found.results("base")["rack_power_stranded"]["mean"]
    assert other["servers_per_rack"]["value"] == found.results("base")["servers_per_rack"]["value"] == 5.0


def test_all_cases_together_are_sized_before_anything_is_allocated(folder: Path) -> None:
    cases = "".join(f"  {number} kW: {{rack_power_rated: {number} kW}}\n" for number in range(10, 310))
    text = f"inputs: {{server_power: 4 to 5 kW}}\ncases:\n{cases}show: [servers_per_rack]\n"
    # up to a million samples are kept: 300 cases of 1 quantity of 8 bytes are 2.4 GB; the limit is 2 GB
    done = calc("run", "-", "--samples", "1000000", stdin=text)
    assert done.code == 2
    assert "E-TOO-LARGE" in done.err
    assert "GB" in done.err


def test_json_is_one_object_of_the_stated_schema() -> None:
    done = calc("run", "fifty-million", "--format", "json")
    assert done.out.endswith("}\n")
    assert {"schema", "calc_version", "scenario", "uncertainty", "cases", "warnings"} <= set(done.json)
    assert done.json["schema"] == "calc.run/1"
    assert done.json["scenario"]["path"] == "fifty-million"
    file = (ROOT / "scenarios" / "fifty-million.yaml").read_bytes()
    assert done.json["scenario"]["sha256"] == hashlib.sha256(file).hexdigest()
    assert json.dumps(done.json, allow_nan=False)
