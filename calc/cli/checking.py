"""Scenarios checked one by one, or many of them side by side by processes that are forked from this one."""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import redirect_stderr
from functools import partial
from io import StringIO
from typing import TYPE_CHECKING

from calc.cli import BAD_INPUT
from calc.cli.answering import answered, report_doubts, report_failures
from calc.colour import say, say_error
from calc.errors import CalcError, quote_path
from calc.scenario.load import in_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from calc.scenario.case import Options
    from calc.study.results import Answer

    Update = Callable[[str, Answer], bool]

# Fewer are soon done here; so many are handed to a process at a time, and it takes so many processes at most.
MANY = 16
_AT_A_TIME = 8
_MOST = 16


def found_in(scenarios: Sequence[str]) -> list[str]:
    """Return what is to be checked, for a folder the scenarios in it.

    Raises CalcError for a folder without any.
    """
    found = []
    for name in scenarios:
        inside = in_folder(name)
        if inside == []:
            hint = "the name of a scenario's file ends in .yaml or .yml"
            raise CalcError("E-FILE", f"{quote_path(name)} is a folder without scenarios", hint=hint)
        found += [name] if inside is None else inside
    return found


def check_all(names: Sequence[str], wanted: Options, update: Update | None = None) -> Iterator[int]:
    """Check scenarios and say what is wrong with each, in their order; yield an exit code for each.

    update: writes the promises of a file anew, and tells whether any has changed.
    """
    count = 1 if update or len(names) <= MANY else _processors()
    # One here first: what is imported, read and traced for it is there for the others, whoever checks them.
    here, rest = (names[:1], names[1:]) if count > 1 else (names, [])
    yield from (check_one(name, wanted, update) for name in here)
    if not rest:
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    pieces = [rest[at : at + _AT_A_TIME] for at in range(0, len(rest), _AT_A_TIME)]
    gc.freeze()
    pool = ProcessPoolExecutor(min(count, len(pieces)), multiprocessing.get_context("fork"), _begin)
    try:
        for piece in pool.map(partial(_checked, wanted), pieces):
            for code, text in piece:
                if text:
                    say(text)
                yield code
    finally:
        # At once, also where Ctrl-C ends it.
        pool.shutdown(wait=False, cancel_futures=True)


def check_one(name: str, wanted: Options, update: Update | None = None) -> int:
    """Check a scenario, say what is wrong with it, and return the exit code."""
    try:
        found = answered(name, wanted)
        if update and update(name, found):
            found = answered(name, wanted)
        report_doubts(found)
        return report_failures(found)
    except CalcError as error:
        say_error(error)
        return BAD_INPUT


def _processors() -> int:
    """Return how many processes may work at a time: one where they are not forked, and would begin anew."""
    return min(_MOST, len(os.sched_getaffinity(0))) if sys.platform == "linux" else 1


def _begin() -> None:
    """Prepare a process: it ends with the one that has forked it, and leaves Ctrl-C and colours to that."""
    from calc.longrun.processes import end_with_parent

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ["NO_COLOR"] = "1"
    gc.enable()
    end_with_parent()


def _checked(wanted: Options, names: Sequence[str]) -> list[tuple[int, str]]:
    """Return the exit code of each scenario and what is to be said about it."""
    found = []
    for name in names:
        with redirect_stderr(StringIO()) as said:
            code = check_one(name, wanted)
        found.append((code, said.getvalue().removesuffix("\n")))
    return found
