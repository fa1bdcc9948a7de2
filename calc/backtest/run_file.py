"""Runs from a user's own file, in the columns of the published ones."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from calc.backtest.runs import published_runs, read_runs
from calc.errors import CalcError, quote_path
from calc.scenario.yaml_reader import MAX_BYTES, decode

if TYPE_CHECKING:
    from calc.backtest.runs import Run
    from calc.errors import SourceText


def runs_of(name: str) -> list[Run]:
    """Return the runs of a CSV file, or of standard input under `-`.

    A run whose id is that of a published one has its family, unless the file says another.
    Raises CalcError when the file cannot be read, is no text, holds no run, or a row of it is wrong.
    """
    found = read_runs(source_of(name), {run.id: run for run in published_runs()})
    if not found:
        raise no_runs(name)
    return found


def no_runs(name: str) -> CalcError:
    """Return the error of a file without a run."""
    return CalcError("E-RUNS", f"{quote_path(name)} holds no run", hint="write one run a line below the columns")


def source_of(name: str) -> SourceText:
    """Return the text of a CSV file, or of standard input under `-`.

    Raises CalcError when it cannot be read or is no text.
    """
    if name == "-":
        data, shown = sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>"
    else:
        data, shown = _bytes(name), name
    return decode(data, shown, kind="CSV")


def _bytes(name: str) -> bytes:
    try:
        with Path(name).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no file name"
        raise CalcError(
            "E-FILE", f"{quote_path(name)} cannot be read: {reason}", hint="give a CSV file, or `-` for standard input"
        ) from None
