"""The commands by name; a command's file is imported when the command is used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# The name on the command line, and the function in the file of that name in `calc/cli/`.
COMMANDS = {
    "run": "run.run",
    "explain": "explain.explain",
    "check": "check.check",
    "sweep": "sweep.sweep",
    "find": "find.find",
    "sensitivity": "sensitivity.sensitivity",
    "compare": "compare.compare",
    "list": "list_.list_things",
    "describe": "describe.describe",
    "new": "new.new",
    "schema": "schema.schema",
    "backtest": "backtest.backtest",
}


def command(name: str) -> Callable[..., int]:
    """Return the function of a command."""
    module, _, function = COMMANDS[name].partition(".")
    found: Callable[..., int] = getattr(importlib.import_module(f"calc.cli.{module}"), function)
    return found
