"""Every hostile file through the command: a clean end, whatever is in it."""

from __future__ import annotations

import csv
import re
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from calc_command import Ended
from calc_command import calc as command
from rows import each_row

HOSTILE = Path(__file__).parents[1] / "hostile"
with (HOSTILE / "manifest.tsv").open(encoding="utf-8", newline="") as file:
    ROWS = {row["path"]: row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}

# What a process takes on a machine that does other things too; the work itself has the row's own limit.
START_SECONDS = 4.0
MAX_PEAK = 300e6
# Nothing but line ends and tabs: control characters of ASCII and of Latin-1, the latter in UTF-8 (C2 80 to C2 9F).
CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")


class Result(NamedTuple):
    """What `calc check` did with a file: a forked process starts with the memory of the one that it comes from."""

    ended: Ended
    seconds: float


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    """Return what `calc check` did with each file, by path."""
    found = {}
    for path in ROWS:
        start = time.perf_counter()
        ended = command("check", str(HOSTILE / path))
        found[path] = Result(ended, time.perf_counter() - start)
    return found


def test_the_manifest_and_the_files_agree() -> None:
    found = {str(path.relative_to(HOSTILE)): path.stat().st_size for path in HOSTILE.glob("*/*")}
    assert found == {path: int(row["bytes"]) for path, row in ROWS.items()}
    assert len(found) == 296


@each_row("path", list(ROWS))
def test_clean_end(path: str, results: dict[str, Result]) -> None:
    result, seconds = results[path]
    text = result.raw + result.err.encode()
    assert result.code in {0, 1, 2}, result.err
    assert b"Traceback" not in text
    assert b"E-INTERNAL" not in text
    assert CONTROL.search(text) is None
    text.decode("utf-8")
    assert seconds < float(ROWS[path]["max_seconds"]) + START_SECONDS
    assert result.peak < MAX_PEAK


@each_row("path", list(ROWS))
def test_messages_are_short_and_say_what_to_do(path: str, results: dict[str, Result]) -> None:
    """Output is for people: a bad file makes messages with a code and a hint, on lines that fit a page."""
    result = results[path].ended
    assert result.out == ""
    if result.code == 2:
        assert re.search(r"error\[E-[A-Z-]+\]: .", result.err)
        assert "hint: " in result.err
    assert max(map(len, result.err.splitlines()), default=0) < 400


def test_no_file_but_the_empty_mapping_is_a_scenario(results: dict[str, Result]) -> None:
    """`{}` promises nothing, so nothing is broken; every other file holds something that is no scenario."""
    assert {path for path, result in results.items() if result.ended.code != 2} <= {
        "structure/structure-empty-map.yaml"
    }


def test_the_measurement_measures(results: dict[str, Result]) -> None:
    """A peak of a few MB or a time of 0 would mean that no Python process was measured."""
    assert all(result.ended.peak > 5e6 for result in results.values())
    assert all(result.seconds > 0.005 for result in results.values())
