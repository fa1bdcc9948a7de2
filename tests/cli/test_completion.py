"""Completion in bash, zsh and fish: the scripts, and what Tab offers. Nothing of the user's is touched."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from calc_command import SCENARIOS, Ended, calc, environment, python

from calc.cli import options
from calc.engine.catalogue import standard_catalogue
from calc.models import MODELS

if TYPE_CHECKING:
    from pathlib import Path

QUANTITIES = list(standard_catalogue().quantities)
FORMATS = ("table", "json", "csv", "markdown")
KINDS = ["quantities", "facts", "bundles", "scenarios"]
COMMANDS = {"run", "explain", "check", "list", "describe"}


def pressed(shell: str, line: str, *, action: str = "get-args") -> Ended:
    """Return what the shell's function gets when Tab is pressed at the end of a line."""
    typed = line.split(" ")
    if shell == "bash":
        return calc(_CALC_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=str(len(typed) - 1))
    return calc(_CALC_COMPLETE=f"complete_{shell}", _TYPER_COMPLETE_ARGS=line, _TYPER_COMPLETE_FISH_ACTION=action)


def offered(shell: str, line: str) -> list[str]:
    """Return the words that a shell offers at the end of a line."""
    done = pressed(shell, line)
    assert done.err == ""
    if shell == "zsh":
        if done.out.strip() == "_files":
            return []
        inner = done.out.partition("((")[2].rpartition("))")[0]
        return [each.split('":"')[0].strip('"') for each in inner.splitlines()]
    return [each.split("\t")[0] for each in done.out.splitlines() if each]


def beginning(start: str) -> list[str]:
    return [name for name in QUANTITIES if name.startswith(start)]


# ---------------------------------------------------------------- scripts


@pytest.mark.parametrize(
    ("shell", "words"),
    [
        ("bash", ["complete -o default -F _calc_completion calc", "_CALC_COMPLETE=complete_bash"]),
        ("zsh", ["#compdef calc", "_CALC_COMPLETE=complete_zsh"]),
        ("fish", ["complete --command calc", "_CALC_COMPLETE=complete_fish"]),
    ],
)
def test_a_script_is_printed_and_nothing_is_written(shell: str, words: list[str], tmp_path: Path) -> None:
    done = calc(_CALC_COMPLETE=f"source_{shell}", HOME=str(tmp_path), cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert all(each in done.out for each in words)
    assert list(tmp_path.iterdir()) == []
    if shutil.which(shell):
        checked = subprocess.run([shell, "-n"], input=done.out.encode(), capture_output=True, timeout=30, check=False)
        assert (checked.returncode, checked.stderr) == (0, b"")


@pytest.mark.parametrize("instruction", ["source_tcsh", "nonsense", "complete_tcsh"])
def test_an_unknown_shell_is_an_error_and_no_script(instruction: str) -> None:
    """A profile that holds `eval "$(_CALC_COMPLETE=source_tcsh calc)"` should not run anything."""
    done = calc(_CALC_COMPLETE=instruction)
    assert done.out == ""
    assert done.err != ""
    assert done.code != 0


# ---------------------------------------------------------------- words


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("calc run ling", ["lingang-hall", "lingang-racks"]),
        ("calc run ", SCENARIOS),
        ("calc check fifty-million a1", ["a100-rack-choices"]),
        ("calc explain f", ["fifty-million", "fill-the-hall"]),
        ("calc explain lingang-racks racks_", beginning("racks_")),
        ("calc describe rack_power_s", beginning("rack_power_s")),
        ("calc describe ", QUANTITIES),
        ("calc run lingang-racks --set server_he", ["server_height=", "server_heat_in_air="]),
        (
            "calc run lingang-racks --show racks_needed,rack_h",
            ["racks_needed,rack_height", "racks_needed,rack_height_reserved"],
        ),
        ("calc run lingang-racks --format ", [*options.FORMATS["run"]]),
        ("calc run lingang-racks --format j", ["json"]),
        ("calc sweep lingang-racks --format ", [*options.FORMATS["sweep"]]),
        ("calc sweep lingang-racks --axis server_he", ["server_height=", "server_heat_in_air="]),
        (
            "calc sensitivity lingang-racks --figure racks_needed,rack_h",
            ["racks_needed,rack_height", "racks_needed,rack_height_reserved"],
        ),
        ("calc list ", KINDS),
        ("calc list f", ["facts"]),
        ("calc run --forc", ["--force"]),
        ("calc desc", ["describe"]),
        ("calc list facts --subject dgx-h", ["dgx-h100", "dgx-h200", "dgx-h800"]),
        ("calc list facts --quantity server_h", ["server_height"]),
        ("calc list facts --status v", ["vendor"]),
        ("calc list quantities --model r", [each for each in MODELS if each.startswith("r")]),
    ],
)
def test_tab_offers(shell: str, line: str, wanted: list[str]) -> None:
    assert len(wanted) > 0
    assert offered(shell, line) == wanted


CASES = ["5 kW", "10 kW", "25 kW", "5 kW, 80 % rule", "10 kW, 80 % rule", "25 kW, 80 % rule"]


@pytest.mark.parametrize("command", ["run lingang-racks", "explain lingang-racks racks_needed"])
def test_tab_offers_the_cases_of_the_scenario_on_the_line(command: str) -> None:
    for shell in ("zsh", "fish"):
        assert offered(shell, f"calc {command} --case ") == CASES
        assert offered(shell, f"calc {command} --case 25") == ["25 kW", "25 kW, 80 % rule"]
    # bash inserts the words as they are
    assert offered("bash", f"calc {command} --case 25") == [r"25\ kW", r"25\ kW,\ 80\ %\ rule"]


def test_a_case_of_a_file_is_offered_unless_a_shell_could_obey_it(tmp_path: Path) -> None:
    names = ["plain", "a b", "机柜", "$(touch x)", "`x`", 'a"b', "a'b", "a;b", "a*", "a(b)", "a:b", "a\\b"]
    text = "cases:\n" + "".join(f"  {json.dumps(name)}: {{}}\n" for name in names)
    (tmp_path / "rack.yaml").write_text(text, encoding="utf-8")
    done = calc(
        _CALC_COMPLETE="complete_fish",
        _TYPER_COMPLETE_ARGS="calc run rack.yaml --case ",
        cwd=tmp_path,
        _TYPER_COMPLETE_FISH_ACTION="get-args",
    )
    assert (done.err, done.out.splitlines()) == ("", ["plain", "a b", "机柜"])


@pytest.mark.parametrize("scenario", ["no-such-file.yaml", "-", "", "."])
def test_no_case_is_offered_where_the_scenario_cannot_be_read(scenario: str) -> None:
    assert offered("fish", f"calc run {scenario} --case ") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_tab_offers_the_commands(shell: str) -> None:
    assert set(offered(shell, "calc ")) >= COMMANDS


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    "line",
    ["calc run ./my", "calc describe zz", "calc run x --set server_power=4", "calc list z", "calc run x --show ,z"],
)
def test_tab_offers_nothing_where_nothing_fits(shell: str, line: str) -> None:
    assert offered(shell, line) == []


@pytest.mark.parametrize(
    "command",
    [
        ("run", "lingang-racks"),
        ("explain", "lingang-racks", "racks_needed"),
        ("list", "scenarios"),
        ("describe", "racks_needed"),
    ],
    ids=lambda each: each[0],
)
def test_every_format_offered_is_taken_and_every_other_refused(command: tuple[str, ...]) -> None:
    found = offered("bash", f"calc {' '.join(command)} --format ")
    assert {each: calc(*command, "--format", each).code for each in FORMATS} == {
        each: 0 if each in found else 2 for each in FORMATS
    }


def test_zsh_falls_back_to_files() -> None:
    assert pressed("zsh", "calc run ./my").out.strip() == "_files"


def test_fish_offers_its_files_where_no_word_fits() -> None:
    """The script says `--no-files` on the condition that there are words; without words fish completes paths."""
    assert pressed("fish", "calc run l", action="is-args").code == 0
    assert pressed("fish", "calc run ./my", action="is-args").code == 1


@pytest.mark.skipif(shutil.which("bash") is None or sys.platform == "win32", reason="needs bash")
@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["run", "ling"], ["lingang-hall", "lingang-racks"]),
        (["describe", "racks_n"], ["racks_needed"]),
        (["run", "lingang-racks", "--set", "rack_power_d"], ["rack_power_derating=", "rack_power_drawn="]),
        (["run", "lingang-racks", "--case", "10"], [r"10\ kW", r"10\ kW,\ 80\ %\ rule"]),
    ],
)
def test_bash_itself_completes(words: list[str], wanted: list[str], tmp_path: Path) -> None:
    command = tmp_path / "calc"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m calc "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    script = calc(_CALC_COMPLETE="source_bash").out
    quoted = " ".join(f"'{each}'" for each in ["calc", *words])
    press = (
        f"{script}\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words)}\n"
        '_calc_completion calc\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    known = environment()
    known["PATH"] = f"{tmp_path}:{known['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "--noprofile", "-c", press], env=known, capture_output=True, timeout=60, check=False
    )
    assert done.stderr == b""
    assert sorted(done.stdout.decode().splitlines()) == wanted


def test_completion_works_without_numpy_and_pint() -> None:
    """Tab has to answer at once."""
    code = (
        "import sys; from calc.cli.options import quantity_names, scenario_names; quantity_names('r'); "
        "scenario_names(''); print(sorted({'numpy', 'pint', 'rich'} & set(sys.modules)))"
    )
    assert python("-c", code).out == "[]\n"
