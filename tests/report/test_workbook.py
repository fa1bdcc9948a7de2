"""Workbooks: every cell gives what `calc` gives, as delivered and with other inputs; texts stay texts."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING

import pytest
from rows import each_row
from spreadsheet import Workbook, changed, read

from calc.cli.answering import answered, options
from calc.errors import CalcError
from calc.report.xlsx import render
from calc.scenario.load import shipped_scenarios

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What these ask is a study alone; its results are values.
STUDIES_ALONE = {"cabinet-sweep", "largest-model-for-20m"}
SCENARIOS = [each for each in shipped_scenarios() if each not in STUDIES_ALONE]
# Sheet, case, name and year of a figure.
Key = tuple[str, str, str, int | None]
_WORDS, _HEAD = 3, 2


@pytest.fixture(autouse=True)
def _deep() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    yield
    sys.setrecursionlimit(before)


def workbook(scenario: str, *settings: str) -> bytes:
    return render(answered(scenario, options(setting=list(settings), samples="2")))


@cache
def delivered(scenario: str) -> bytes:
    return workbook(scenario)


def where_figures_stand(book: Workbook) -> dict[Key, tuple[str, int, int]]:
    """Return the cell of every figure that has a name."""
    found: dict[Key, tuple[str, int, int]] = {}
    block = _HEAD
    for where in sorted(each for each in book.shown if each[0] in {"Formulas", "Years"}):
        sheet, row, at = where
        if sheet == "Years" and at == 1 and book.shown[where] == "by year":
            block = row
        name = book.shown.get((sheet, row, 0))
        if where not in book.formulas or not isinstance(name, str):
            continue
        if sheet == "Formulas":
            found[sheet, str(book.shown[sheet, _HEAD, at]), name, None] = where
        else:
            year = book.shown[sheet, block, at]
            assert isinstance(year, float)
            found[sheet, str(book.shown[sheet, block, 0]), name, int(year)] = where
    return found


def differences(book: Workbook, expected: Workbook) -> list[str]:
    """Return where figures of a workbook, computed anew, are not those that `calc` wrote into another one."""
    here, there = where_figures_stand(book), where_figures_stand(expected)
    assert there
    wrong = []
    for key, where in there.items():
        shown, value = expected.shown[where], book.value(here[key])
        if not same(value, shown):
            wrong.append(f"{key}: {value!r} in the workbook, {shown!r} in calc: ={book.formulas.get(here[key])}")
    return wrong


def same(one: object, other: object) -> bool:
    if isinstance(one, float | int) and isinstance(other, float | int):
        return abs(one - other) <= 1e-9 * max(abs(one), abs(other))
    return one == other


# ---------------------------------------------------------------- figures


@each_row("scenario", SCENARIOS)
def test_every_cell_gives_what_calc_gives(scenario: str) -> None:
    book = read(delivered(scenario))
    told = {where: shown for where, shown in book.shown.items() if where in book.formulas and shown is not None}
    assert told
    assert [
        f"{where} ={book.formulas[where]}: {book.value(where)!r}, in calc {shown!r}"
        for where, shown in told.items()
        if not same(book.value(where), shown)
    ] == []


def rows_of_inputs(book: Workbook) -> dict[str, tuple[str, dict[tuple[str, int, int], float]]]:
    """Return inputs that every case has and that do not differ from year to year: unit, and cells to change."""
    heads = {where[2]: str(text) for where, text in book.shown.items() if where[:2] == ("Inputs", _HEAD)}
    cases = {at for at, text in heads.items() if at >= _WORDS and not text.endswith("all parts")}
    rows: dict[int, dict[int, object]] = {}
    for (sheet, row, at), shown in book.shown.items():
        if sheet == "Inputs" and row > _HEAD:
            rows.setdefault(row, {})[at] = shown
    found = {}
    for row, here in rows.items():
        name, words, unit = (str(here.get(at)) for at in range(_WORDS))
        is_plain = not words.endswith(("growth a year", "as it was written")) and cases <= here.keys()
        cells = {("Inputs", row, at): each for at, each in here.items() if isinstance(each, float)}
        numbers = {where: each for where, each in cells.items() if where not in book.formulas}
        if is_plain and any(numbers.values()):
            found[name] = ("" if unit == "1" else unit, numbers)
    return found


def with_changes(scenario: str) -> tuple[bytes, Workbook]:
    """Return a workbook with three inputs changed and nothing computed anew, and what `calc` writes for them."""
    settings: list[str] = []
    cells: dict[tuple[str, int, int], float] = {}
    for name, (unit, numbers) in rows_of_inputs(read(delivered(scenario))).items():
        other = float(f"{next(iter(numbers.values())) * 0.93:.6g}")
        setting = f"{name}={other:.15g} {unit}".strip()
        try:
            answered(scenario, options(setting=[*settings, setting], samples="2"))
        except CalcError:
            # What comes in whole numbers, or belongs to what else is given.
            continue
        settings.append(setting)
        cells.update(dict.fromkeys(numbers, other))
        if len(settings) == 3:
            return changed(delivered(scenario), cells), read(workbook(scenario, *settings))
    raise AssertionError(settings)


@each_row("scenario", [each for each in SCENARIOS if each != "article"])
def test_three_changed_inputs_give_what_set_gives(scenario: str) -> None:
    data, expected = with_changes(scenario)
    assert differences(read(data), expected) == []


# ---------------------------------------------------------------- in LibreOffice

_ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value>
</prop></item></oor:items>
"""


@pytest.mark.office
def test_libreoffice_gives_what_calc_gives_as_delivered_and_changed(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("needs LibreOffice Calc, see CONTRIBUTING.md")
    profile = tmp_path / "profile" / "user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(_ALWAYS_RECALCULATE, encoding="utf-8")
    expected = {}
    for scenario in SCENARIOS:
        # Nothing is shown beside the formulas, so that what comes back is computed by LibreOffice.
        (tmp_path / f"{scenario}.xlsx").write_bytes(changed(delivered(scenario), {}))
        expected[scenario] = read(delivered(scenario))
        if scenario != "article":
            data, other = with_changes(scenario)
            (tmp_path / f"{scenario}-changed.xlsx").write_bytes(data)
            expected[f"{scenario}-changed"] = other
    files = [str(tmp_path / f"{name}.xlsx") for name in expected]
    target = tmp_path / "computed"
    command = [office, "--headless", f"-env:UserInstallation={profile.parent.as_uri()}", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", str(target), *files], check=True, capture_output=True, timeout=600)
    wrong = []
    for name, other in expected.items():
        computed = read((target / f"{name}.xlsx").read_bytes())
        here = where_figures_stand(read((tmp_path / f"{name}.xlsx").read_bytes()))
        for key, where in where_figures_stand(other).items():
            shown = computed.shown.get(here[key])
            wrong += [] if same(shown, other.shown[where]) else [f"{name} {key}: {shown!r} for {other.shown[where]!r}"]
    assert wrong == []
