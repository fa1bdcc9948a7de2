"""Workbooks: every cell gives what `calc` gives, as delivered and with other inputs; texts stay texts."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from calc_command import calc
from rows import each_row
from spreadsheet import Workbook, changed, read

from calc import ops
from calc.cli.answering import answered, options
from calc.errors import CalcError
from calc.report.xlsx import render
from calc.scenario.load import shipped_scenarios

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.study.results import Answer

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


@cache
def with_settings(scenario: str, *settings: str) -> Answer | None:
    """Return the figures alone, without studies, which take most of the time; None if these values are refused."""
    try:
        return answered(scenario, options(setting=list(settings), samples="2")._replace(as_it_stands=True))
    except CalcError:
        return None


def workbook(scenario: str) -> bytes:
    return render(answered(scenario, options(samples="2")))


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
    (after,) = (at for at, text in heads.items() if text == "name")
    cases = {at for at, text in heads.items() if _WORDS <= at < after and not text.endswith("all parts")}
    rows: dict[int, dict[int, object]] = {}
    for (sheet, row, at), shown in book.shown.items():
        if sheet == "Inputs" and row > _HEAD:
            rows.setdefault(row, {})[at] = shown
    found = {}
    for row, here in rows.items():
        name, words, unit = (str(here.get(at)) for at in (after, 1, 2))
        is_plain = not words.endswith(("growth a year", "as it was written")) and cases <= here.keys()
        cells = {("Inputs", row, at): each for at, each in here.items() if isinstance(each, float)}
        numbers = {where: each for where, each in cells.items() if where not in book.formulas}
        if is_plain and any(numbers.values()):
            found[name] = ("" if unit == "1" else unit, numbers)
    return found


def with_changes(scenario: str) -> tuple[bytes, Workbook]:
    """Return a workbook with three inputs changed and nothing computed anew, and what `calc` writes for them."""
    changes = []
    for name, (unit, numbers) in rows_of_inputs(read(delivered(scenario))).items():
        other = float(f"{next(iter(numbers.values())) * 0.93:.6g}")
        changes.append((f"{name}={other:.15g} {unit}".strip(), dict.fromkeys(numbers, other)))
    chosen = changes[:3]
    answer = with_settings(scenario, *(setting for setting, _ in chosen))
    if answer is None:
        # What comes in whole numbers, or belongs to what else is given, cannot be changed: which it is is tried.
        chosen = []
        for change in changes:
            if len(chosen) < 3 and with_settings(scenario, *(setting for setting, _ in [*chosen, change])) is not None:
                chosen.append(change)
        answer = with_settings(scenario, *(setting for setting, _ in chosen))
    assert len(chosen) == 3
    assert answer is not None
    cells = {where: other for _, here in chosen for where, other in here.items()}
    return changed(delivered(scenario), cells), read(render(answer))


# A table of other scenarios takes no settings; where servers are placed a change asks for another plan, which a
# workbook cannot make.
NOT_CHANGED = ("article", "fill-the-hall", "hall-2mw", "lingang-hall", "serving-fleet")


@each_row("scenario", [each for each in SCENARIOS if each not in NOT_CHANGED])
def test_three_changed_inputs_give_what_set_gives(scenario: str) -> None:
    data, expected = with_changes(scenario)
    assert differences(read(data), expected) == []


# ---------------------------------------------------------------- in LibreOffice

_ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>
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
        if scenario not in NOT_CHANGED:
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


# ---------------------------------------------------------------- what formulas may be made of

OPERATIONS = """
years: 2026 to 2030
inputs:
  flow: {by year: {2026: -$10M, 2027: $2M, 2028: $0, 2029: $9M, 2030: $4M}}
  late: {by year: {2026: -$10M, 2027: -$2M, 2028: -$1M, 2029: $1M, 2030: $2M}}
  need: {by year: {2026: 100 servers, 2027: 150 servers, 2028: 120 servers, 2029: 260 servers, 2030: 300 servers}}
  price: {start: $200k/server, grows: -8 %/year}
  rate: {by year: {2026: 0.08, 2027: 0.07, 2028: 0.1, 2029: 0.05, 2030: 0.09}}
  flat: 0.06
  life: 2.5
  date: 0.25
  lead: 1.5
  steps: {by year: {2026: $0, 2027: $0, 2028: $6M, 2029: $1M, 2030: $2M}}
  fee: $1M
  power: 700 W
  hours: 90 minutes
formulas:
  sum_of_flow: total(flow)
  sum_of_fee: total(fee)
  so_far: cumulative(flow - fee)
  worth: total(discounted(flow, rate))
  present_flat: discounted(flow + fee, flat)
  grown: grow(fee, rate)
  bought: cohort(need, life)
  bought_late: cohort_within(need, life)
  bought_at: cohort_date(need, life)
  spent: total(bought * price)
  in_service: serving(flow, date, life, flat) + serving(fee, 0, life, 0)
  stood: standing(fee, date, life, flat)
  bound: leased(need, life)
  built: ahead(steps, date, lead) + ahead(fee, date, 0)
  built_at: ahead_date(steps, date, lead, date)
  ended: later(flow, date, life)
  ended_at: later_date(steps, date, life)
  worth_at_date: present(flow + fee, date, rate)
  lent_for: serving_present(flow + fee, date, life, date, rate)
  dated_rate: rate_of_return(flow, -fee, date, fee / 2, date / 2, fee + fee, 1, steps)
  dated_at_once: rate_of_return(-steps, 0 * fee, 0, 0 * fee, 0, fee, 0, fee)
  dated_none: rate_of_return(fee, fee, date, fee, 0, fee, date, steps)
  paid_at: payback_time(flow, -fee / 2, date, fee / 2, date / 2, fee, steps)
  paid_late: payback_time(0 * fee, -steps - fee, date, 0 * fee, 0, fee + fee + steps, fee)
  paid_net: payback_time(flow, -fee, 0, fee, 0, fee + fee, 0 * fee)
  never_paid_at: payback_time(flow - fee - fee, fee, date, 0 * fee, 0, 0 * fee, 0 * fee)
  rate_of_flow: internal_rate(flow)
  rate_of_late: internal_rate(late)
  rate_of_none: internal_rate(flow + flow * flow / fee)
  paid_after: payback(flow)
  never_paid: payback(late)
  paid_at_once: payback(need)
  nested: total(cumulative(discounted(flow, flat)) + grow(fee, flat)) / (total(fee) - fee)
  order: fee - (fee - sum_of_flow) * 2 / (fee / (fee + fee)) - -fee
  energy: power * hours
  squared: (-flat) ** 2 - flat ** -1
  whole: floor((need + need) / (need - 1 * need / 2) / flat) + ceil(life / flat)
  chosen: where(flow > fee, minimum(flow, 2 * fee), maximum(-fee, flow))
  clipped: clip(flow, -fee, 2 * fee)
  lent: annuity(flat, life) + compound(flat, life) + exp(flat) + log(life) + power(life, flat)
  unit_price: number(price, "USD/server") * amount(life, "year")
checks:
  - so_far >= -$30M
  - sum_of_flow < $5M
show: [sum_of_flow, sum_of_fee, so_far, worth, present_flat, grown, bought, spent, rate_of_flow, rate_of_late,
  rate_of_none, paid_after, never_paid, paid_at_once, nested, order, energy, squared, whole, chosen, clipped, lent,
  unit_price, bought_late, bought_at, in_service, built, built_at, ended, ended_at, worth_at_date,
  lent_for, stood, bound, dated_rate, dated_at_once, dated_none, paid_at, paid_late, paid_net, never_paid_at]
"""


def file_of(folder: Path, text: str) -> str:
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_every_operation_gives_what_calc_gives(tmp_path: Path) -> None:
    scenario = file_of(tmp_path, OPERATIONS)
    assert all(f"{name}(" in OPERATIONS for name in ops.FUNCTIONS if name != "if_included")
    book = read(workbook(scenario))
    assert differences(book, book) == []
    # -10 + 2 + 0 + 9 + 4 = 5; the check wants less than that.
    assert book.shown[where_figures_stand(book)["Formulas", "base", "sum_of_flow", None]] == 5e6
    assert [book.value(("Checks", row, 5)) for row in (3, 4)] == ["holds", "fails"]
    for name, changes in (("flow", [-9e6, 1e6, 2e6, 3e6, 7e6]), ("rate", [0.1, 0.02, 0.03, 0.04, 0.05])):
        settings = ", ".join(
            f"{year}: {each:.15g} {'' if name == 'rate' else 'USD'}" for year, each in enumerate(changes, 2026)
        )
        (row,) = (
            where[1]
            for where, text in book.shown.items()
            if where[0] == "Inputs" and where[2] == _WORDS + len(changes) and text == name
        )
        for at, each in enumerate(changes):
            book.change(("Inputs", row, _WORDS + at), each)
        scenario = file_of(
            tmp_path,
            re.sub(
                f"(?m)^  {name}: .*$",
                f"  {name}: {{by year: {{{settings}}}}}",
                Path(scenario).read_text(encoding="utf-8"),
            ),
        )
        assert differences(book, read(workbook(scenario))) == []


def test_formulas_are_as_short_as_a_person_would_write_them() -> None:
    book = read(delivered("lingang-racks"))
    formulas = {
        book.shown.get((sheet, row, 0)): text
        for (sheet, row, at), text in book.formulas.items()
        if (sheet, at) == ("Formulas", 3)
    }
    rows = {text: where[1] + 1 for where, text in book.shown.items() if where[0] == "Inputs"}
    # What readers call an input stands first, its name last.
    assert rows["rated power per rack"] == rows["rack_power_rated"]
    assert formulas["rack_power_usable"] == f"Inputs!D{rows['rack_power_rated']}*Inputs!D{rows['rack_power_derating']}"


def test_inputs_are_named_cells() -> None:
    book = read(delivered("own-colo-rent"))
    for name in ("server_price", "pue"):
        where = book.names[name]
        assert where not in book.formulas
        assert isinstance(book.shown[where], float)
    # Three cases take the price from one cell.
    row = book.names["server_price"][1]
    assert [book.formulas.get(("Inputs", row, at)) for at in range(3, 6)] == [None, *[f"D{row + 1}"] * 2]


HOSTILE = """
title: =HYPERLINK("http://a.example", "title")
question: http://q.example/
inputs:
  server_power: {value: 4.5 kW, source: "@SUM(1+1)|cmd", note: "+1+1"}
  rack_power_rated: {value: 25 kW, source: "https://s.example/x"}
  rack_power_derating: {value: 80 %, source: "-1"}
cases:
  "=1+1": {rack_power_rated: 25 kW}
  "http://c.example": {rack_power_rated: 10 kW}
  "{=2}": {rack_power_rated: 5 kW}
show: [servers_per_rack]
"""


def test_text_of_a_scenario_is_never_a_formula_or_a_link(tmp_path: Path) -> None:
    book = read(workbook(file_of(tmp_path, HOSTILE)))
    texts = set(map(str, book.shown.values()))
    assert {'=HYPERLINK("http://a.example", "title")', "=1+1", "{=2}", "http://q.example/", "@SUM(1+1)|cmd"} <= texts
    assert book.links == 0
    assert [text for text in book.formulas.values() if "example" in text or "cmd" in text or "1+1" in text] == []
    assert all(re.fullmatch(r"\w+(\.\w+)?", name) for name in book.names)


def test_a_workbook_is_the_same_bytes_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1760000000")
    assert workbook("lingang-racks") == workbook("lingang-racks")


def test_the_command_writes_it_by_format_and_by_suffix(tmp_path: Path) -> None:
    for line in (["-o", "by-suffix.xlsx"], ["--format", "xlsx", "-o", "by-format"]):
        done = calc("run", "lingang-racks", *line, cwd=tmp_path)
        assert (done.code, done.out) == (0, "")
        assert read((tmp_path / line[-1]).read_bytes()).names["server_power"][0] == "Inputs"
    done = calc("run", "lingang-racks", "--format", "xlsx")
    assert done.code == 2
    assert "a workbook is not text" in done.err
    assert "-o answer.xlsx" in done.err


def test_without_the_package_an_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(CalcError, match="XlsxWriter, which is not installed") as caught:
        workbook("lingang-racks")
    assert "pip install 'ai-infra-calc[xlsx]'" in str(caught.value)


# ---------------------------------------------------------------- studies

STUDIES = """
title: Which cabinet, and what decides it?
inputs:
  server_power: {value: {low: 3 kW, likely: 4.5 kW, high: 6 kW}, source: plan}
  servers_needed: 1000 servers
cases: {small: {rack_power_rated: 10 kW}, large: {rack_power_rated: 25 kW}}
show: [racks_needed]
sweep: {rack_power_rated: 10 to 20 kW step 5 kW}
find: {rack_power_rated: {smallest within: 5 to 60 kW, so that: servers_per_rack >= 5}}
sensitivity: {of: [racks_needed]}
compare: {of: [racks_needed]}
"""


def sheet(book: Workbook, name: str) -> list[object]:
    return [shown for (page, _, _), shown in sorted(book.shown.items()) if page == name]


def test_studies_have_sheets_of_values(tmp_path: Path) -> None:
    path = tmp_path / "asked.yaml"
    path.write_text(STUDIES, encoding="utf-8")
    book = read(render(answered(str(path), options(samples="256"))))
    assert not any(page in {"Sweep", "Find", "Sensitivity", "Compare"} for page, _, _ in book.formulas)
    # 10, 15, 20 kW are written as numbers
    assert {10.0, 15.0, 20.0} <= {each for each in sheet(book, "Sweep") if isinstance(each, float)}
    for name in ("Sweep", "Find", "Sensitivity", "Compare"):
        cells = sheet(book, name)
        assert cells[0] == name
        assert any(isinstance(each, float) for each in cells), name
        assert "do not follow a changed input" in str(cells[1])


def test_the_workbook_of_a_study_has_every_point(tmp_path: Path) -> None:
    target = tmp_path / "points.xlsx"
    axis = "rack_power_rated=5 to 25 kW step 0.2 kW"
    done = calc("sweep", "lingang-racks", "--case", "25 kW", "--axis", axis, "-o", str(target))
    assert done.code == 0, done.err
    cells = sheet(read(target.read_bytes()), "Sweep")
    # 5 to 25 kW in steps of 0.2 are 101 points, of which a report shows 60
    numbers = [each for each in cells[cells.index("Every point") :] if isinstance(each, float)]
    assert 24.8 in [round(each, 9) for each in numbers]
    assert len(numbers) >= 101
    assert calc("sweep", "lingang-racks", "--axis", axis, "--format", "xlsx").code == 2
