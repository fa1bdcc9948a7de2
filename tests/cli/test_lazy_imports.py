"""Start-up that feels instant: what a command does not need is not imported."""

from __future__ import annotations

import json

import pytest
from calc_command import python

# Runs the command and, when the interpreter ends, writes which of the costly packages were imported.
PROBE = """
import atexit, json, os, sys
costly = ("numpy", "pint", "yaml", "rich", "xlsxwriter", "pydantic")
def tell():
    sys.stdout.flush()
    os.write(2, json.dumps([each for each in costly if each in sys.modules]).encode())
atexit.register(tell)
sys.argv = ["calc", *json.loads(sys.argv[1])]
from calc.cli.main import main
main()
"""


def imported(*arguments: str) -> set[str]:
    """Return which costly packages a successful command imported."""
    done = python("-c", PROBE, json.dumps(arguments))
    assert done.code == 0, done.err
    assert done.out.strip(), "the command answered nothing"
    return set(json.loads(done.err))


@pytest.mark.parametrize(
    "arguments",
    [(), ("--help",), ("--version",), ("run", "--help"), ("explain", "--help"), ("check", "--help")],
    ids=" ".join,
)
def test_help_imports_nothing_costly(arguments: tuple[str, ...]) -> None:
    assert imported(*arguments) == set()


def test_a_scenario_without_uncertainty_needs_neither_numpy_nor_pint() -> None:
    # yaml shows that the probe sees what is imported; rich draws the terminal, and nothing else
    assert imported("run", "lingang-racks") == {"yaml", "rich"}
    assert imported("run", "lingang-racks", "--format", "markdown") == {"yaml"}
    assert imported("run", "lingang-racks", "--format", "json") == {"yaml"}


def test_explain_needs_neither_numpy_nor_pint() -> None:
    assert imported("explain", "lingang-racks", "racks_needed", "--case", "25 kW") == {"yaml", "rich"}


def test_uncertainty_needs_numpy_but_never_pint() -> None:
    assert imported("run", "fifty-million", "--samples", "100", "--format", "json") == {"yaml", "numpy"}
