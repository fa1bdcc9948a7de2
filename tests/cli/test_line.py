"""The quick reader of a command line reads what typer reads, and leaves to typer what it does not take."""

from __future__ import annotations

import random
from typing import Any

import pytest
import typer
from calc_command import calc

from calc.cli.app import app
from calc.cli.commands import COMMANDS, command
from calc.cli.line import read, run_quickly

GROUP: Any = typer.main.get_command(app)


def by_typer(name: str, words: list[str]) -> dict[str, Any] | None:
    """Return what typer reads from a line, or None where it has something to say instead."""
    try:
        parameters: dict[str, Any] = GROUP.commands[name].make_context(name, list(words)).params
    except Exception as error:
        if hasattr(error, "format_message") or type(error).__name__ == "Exit":
            return None
        raise
    return {key: (list(each) or None) if isinstance(each, tuple | list) else each for key, each in parameters.items()}


ORDINARY = [
    ("run", ["lingang-racks"]),
    ("run", ["-"]),
    ("run", ["--case", "5 kW", "lingang-racks", "--case", "25 kW, 80 % rule", "-q"]),
    (
        "run",
        ["a.yaml", "--set", "server_power=6.5 kW", "--set=b=1", "--show", "a,b", "--seed", "-1"],
    ),
    ("run", ["a.yaml", "-o", "b.json", "--force", "--allow-models", "--format=json", "--format", "csv"]),
    ("run", ["a.yaml", "--case", "", "--show="]),
    ("run", ["a.yaml", "--case", "--force"]),
    ("explain", ["lingang-racks", "racks_needed", "--depth", "2"]),
    ("explain", ["--depth=0", "lingang-racks", "racks_needed"]),
    ("check", ["a.yaml", "--allow-models", "b.yaml"]),
    ("list", []),
    ("list", ["facts", "a100", "price", "--status", "vendor"]),
    ("describe", ["server_power", "--output", "-"]),
    ("new", ["--from", "lingang-racks"]),
    ("schema", []),
]


@pytest.mark.parametrize(
    ("name", "words"), ORDINARY, ids=lambda each: " ".join(each) if isinstance(each, list) else each
)
def test_an_ordinary_line_is_read_as_typer_reads_it(name: str, words: list[str]) -> None:
    found = read(command(name), words)
    assert found is not None
    assert found == by_typer(name, words)


LEFT = [
    ("run", []),
    ("run", ["--help"]),
    ("run", ["a.yaml", "b.yaml"]),
    ("run", ["a.yaml", "--smaples", "3"]),
    ("run", ["a.yaml", "--case"]),
    ("run", ["a.yaml", "--force=1"]),
    ("run", ["a.yaml", "-ob.json"]),
    ("run", ["a.yaml", "-qo", "b.json"]),
    ("run", ["--", "-a.yaml"]),
    ("explain", ["lingang-racks"]),
    ("explain", ["lingang-racks", "racks_needed", "--depth", "-1"]),
    ("explain", ["lingang-racks", "racks_needed", "--depth", "two"]),
    ("explain", ["lingang-racks", "racks_needed", "--depth", "1_0"]),
    ("explain", ["lingang-racks", "racks_needed", "--depth", "٣"]),
    ("explain", ["lingang-racks", "racks_needed", "--depth", "²"]),
    ("check", ["--allow-models"]),
]


@pytest.mark.parametrize(("name", "words"), LEFT, ids=str)
def test_every_other_line_is_left_to_typer(name: str, words: list[str]) -> None:
    assert read(command(name), words) is None


@pytest.mark.parametrize("words", [[], ["--help"], ["--version"], ["chek", "a.yaml"], ["--format", "json"]])
def test_a_line_without_a_command_is_left_to_typer(words: list[str]) -> None:
    assert run_quickly(words) is None


def test_completion_is_left_to_typer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_CALC_COMPLETE", "complete_bash")
    assert run_quickly(["schema"]) is None


@pytest.mark.parametrize("name", COMMANDS)
def test_lines_of_all_sorts_are_read_alike_or_left(name: str) -> None:
    """What the quick reader takes it reads as typer does; seeded, so that a failure comes again."""
    choose = random.Random(name)  # noqa: S311  # no secret hangs on it
    options = [option for parameter in GROUP.commands[name].params for option in (*parameter.opts, "--oops")]
    words = ["a.yaml", "b", "-", "--", "", "7", "x=1", "-1", *options, *(f"{option}=3" for option in options)]
    taken = 0
    for _ in range(2000):
        line = [choose.choice(words) for _ in range(choose.randrange(6))]
        found = read(command(name), line)
        if found is not None:
            taken += 1
            assert found == by_typer(name, line), line
    assert taken > 30


def test_a_line_that_is_left_to_typer_answers_the_same() -> None:
    ordinary = calc("run", "lingang-racks", "--quiet", "--case", "25 kW")
    assert ordinary.code == 0
    assert calc("run", "-q", "--case", "25 kW", "--", "lingang-racks") == ordinary
