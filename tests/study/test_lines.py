"""A scenario's table: lines from other scenarios, what they rest on, and what is wrong with them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from as_text import as_html, as_markdown
from calc_command import calc as calc_command

import calc
from calc.errors import CalcError

if TYPE_CHECKING:
    from pathlib import Path

SMALL = """
inputs:
  server_power: {value: 4.5 kW, source: data sheet}
  rack_power_rated: {value: 25 kW, source: %s}
cases: {one: {}, two: {rack_power_rated: {value: 10 kW, source: data sheet}}}
show: [racks_needed]
expect: {one: {servers_per_rack: %s}}
"""


def table_of(
    folder: Path, lines: dict[str, dict[str, Any]], source: str = "data sheet", promised: int = 5, **more: Any
) -> Path:
    (folder / "small.yaml").write_text(SMALL % (source, promised), encoding="utf-8")
    path = folder / "lines.yaml"
    path.write_text(json.dumps({"title": "Lines", "table": lines, **more}), encoding="utf-8")
    return path


def run(*given: Any, **more: Any) -> list[dict[str, Any]]:
    found = calc.run(str(table_of(*given, **more)), samples=50).to_dict()["table"]
    assert isinstance(found, list)
    return found


LINE = {"scenario": "small.yaml", "case": "one", "stated": "rack_power_rated", "computed": "servers_per_rack"}


def test_a_line_answers_figures_that_its_scenario_does_not_show(tmp_path: Path) -> None:
    """`show` there asks for racks_needed, which needs an input that is missing; the line asks for neither."""
    [line] = run(tmp_path, {"A cabinet": LINE})
    assert (line["line"], line["scenario"], line["case"]) == ("A cabinet", str(tmp_path / "small.yaml"), "one")
    assert line["stated"]["rack_power_rated"]["value"] == 25.0
    assert line["stated"]["rack_power_rated"]["source"] == "data sheet"
    assert line["computed"]["servers_per_rack"]["value"] == 5.0


def test_a_line_need_not_name_the_only_case_of_its_scenario(tmp_path: Path) -> None:
    path = table_of(tmp_path, {"a": {key: each for key, each in LINE.items() if key != "case"}})
    for cases, racks in (("one: {}", 5.0), ("two: {rack_power_rated: {value: 10 kW, source: data sheet}}", 2.0)):
        text = (SMALL % ("data sheet", 5)).replace("{one: {servers_per_rack: 5}}", "{}")
        (tmp_path / "small.yaml").write_text(re.sub("cases: .*", f"cases: {{{cases}}}", text), encoding="utf-8")
        [line] = calc.run(str(path)).to_dict()["table"]
        assert (line["case"], line["computed"]["servers_per_rack"]["value"]) == (cases.partition(":")[0], racks)


def test_each_line_has_its_own_case(tmp_path: Path) -> None:
    one, two = run(tmp_path, {"a": LINE, "b": {**LINE, "case": "two"}})
    assert one["computed"]["servers_per_rack"]["value"] == 5.0
    assert two["computed"]["servers_per_rack"]["value"] == 2.0


def test_a_figure_by_year_tells_both_ends_on_the_first_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A figure that has no value in one of its years too."""
    yearly = """
inputs:
  racks_demand: {by year: {2026: 1 rack, 2027: 5 racks, 2028: 9 racks}}
  engineers: {by year: {2026: 0 people, 2027: 5 people, 2028: 2 people}}
formulas: {racks_per_engineer: racks_demand / engineers, twice: racks_demand + racks_demand}
years: 2026 to 2028
show: [twice]
"""
    (tmp_path / "yearly.yaml").write_text(yearly, encoding="utf-8")
    line = {"scenario": "yearly.yaml", "computed": "twice"}
    path = table_of(tmp_path, {"Racks": line, "Each": {**line, "computed": ["racks_per_engineer", "twice"]}})
    monkeypatch.setenv("COLUMNS", "100")
    shown = calc_command("run", str(path)).out
    # 1 + 1 in 2026, 9 + 9 in 2028; 9 racks / 2 people = 4.5.
    assert "\nRacks  2 racks in the first year, 18 racks in the last " in shown
    assert "\nEach   no value in the first year, 4.5 racks/person in the last (+1) " in shown


@pytest.mark.parametrize(
    ("source", "computed", "status", "assumptions"),
    [
        # The derating that ships as a default is an assumption.
        ("data sheet", "servers_per_rack", "needs an assumption", ["rack_power_derating"]),
        ("data sheet", "rack_power_rated", "stated", []),
        ("'assumption: a guess'", "rack_power_rated", "needs an assumption", ["rack_power_rated"]),
        ("'choice: what if'", "servers_per_rack", "needs an assumption", ["rack_power_rated", "rack_power_derating"]),
    ],
)
def test_the_status_is_found_from_what_lies_below(
    tmp_path: Path, source: str, computed: str, status: str, assumptions: list[str]
) -> None:
    [line] = run(tmp_path, {"a": {**LINE, "computed": computed}}, source=source)
    assert (line["status"], line["assumptions"]) == (status, assumptions)


def test_what_has_sources_alone_follows(tmp_path: Path) -> None:
    [line] = run(tmp_path, {"a": {"scenario": "m6-energy", "case": "whole runs", "computed": "claimed_energy"}})
    assert (line["status"], line["assumptions"], line["stated"]) == ("follows", [], {})


def test_a_promise_of_the_line_and_one_of_its_scenario_are_held(tmp_path: Path) -> None:
    fine = table_of(tmp_path, {"a": LINE}, expect={"a": {"servers_per_rack": 5}})
    assert calc.run(str(fine)).failures == []
    wrong = table_of(tmp_path, {"a": LINE}, expect={"a": {"servers_per_rack": 4}})
    [message] = calc.run(str(wrong)).failures
    assert "promised is 4" in message
    below = table_of(tmp_path, {"a": LINE}, promised=3)
    [message] = calc.run(str(below)).failures
    assert "promised is 3" in message
    assert not calc.run(str(below)).is_fine


def test_case_keeps_lines_by_their_label(tmp_path: Path) -> None:
    path = table_of(tmp_path, {"a": LINE, "b": {**LINE, "case": "two"}})
    assert [each["line"] for each in calc.run(str(path), cases="b").to_dict()["table"]] == ["b"]
    with pytest.raises(CalcError, match="there is no case `c`"):
        calc.run(str(path), cases="c")


def test_a_table_may_stand_beside_figures_of_its_own(tmp_path: Path) -> None:
    own: dict[str, Any] = {
        "inputs": {"budget_total": {"value": "$1M", "source": "s"}, "compute_share": {"value": "40 %", "source": "s"}}
    }
    found = calc.run(str(table_of(tmp_path, {"a": LINE}, show=["compute_budget"], **own))).to_dict()
    assert found["cases"][0]["results"]["compute_budget"]["value"] == 400_000.0
    assert len(found["table"]) == 1


WRONG = [
    ({**LINE, "computed": "no_such"}, "E-NAME", "no_such"),
    ({**LINE, "case": "three"}, "E-CASE", "has no case `three`"),
    ({key: each for key, each in LINE.items() if key != "case"}, "E-TABLE", "has several cases"),
    ({**LINE, "scenario": "other.yaml"}, "E-TABLE", "there is no file `other.yaml`"),
    ({**LINE, "scenario": "../small.yaml"}, "E-TABLE", "outside the scenario's folder"),
    ({**LINE, "scenario": "lines.yaml"}, "E-TABLE", "is a table itself"),
    ({**LINE, "status": "follows"}, "E-KEY", "`status` is no part of a line"),
    ({"scenario": "small.yaml"}, "E-MISSING-VALUE", "has no `computed`"),
    ({**LINE, "computed": {"a": "b"}}, "E-VALUE", "`computed` wants one text"),
    ("small.yaml", "E-VALUE", "is a mapping"),
]


@pytest.mark.parametrize(("line", "code", "words"), WRONG, ids=[each[2] for each in WRONG])
def test_what_is_wrong_with_a_line_is_told_with_its_place(tmp_path: Path, line: Any, code: str, words: str) -> None:
    with pytest.raises(CalcError) as caught:
        calc.run(str(table_of(tmp_path, {"a": line})))
    assert f"error[{code}]" in str(caught.value)
    assert words in str(caught.value)
    assert "lines.yaml:1:" in str(caught.value) or code == "E-NAME"


def test_a_table_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CalcError, match="201 lines"):
        calc.run(str(table_of(tmp_path, {f"line {at}": LINE for at in range(201)})))


def test_a_line_may_take_a_part(tmp_path: Path) -> None:
    line = {"scenario": "make-or-buy", "part": "data labelling", "computed": "stage_best_cost"}
    [found] = run(tmp_path, {"a": line})
    assert found["computed"]["stage_best_cost"]["value"] == pytest.approx(1.009091e6, rel=1e-6)
    for wrong, words in (({"part": "serving"}, "has no part `serving`"), ({}, "is a figure of the parts")):
        without = {key: each for key, each in line.items() if key != "part"}
        with pytest.raises(CalcError, match=words):
            run(tmp_path, {"a": {**without, **wrong}})


def test_a_total_rests_on_every_part(tmp_path: Path) -> None:
    [found] = run(tmp_path, {"a": {"scenario": "industry-chain", "computed": "chain_data_cost"}})
    assert found["assumptions"] == ["stage_data_cost"]
    assert found["status"] == "needs an assumption"


def test_every_format_has_every_line(tmp_path: Path) -> None:
    from calc.cli.answering import answered, options
    from calc.report import csv

    path = table_of(tmp_path, {"a | line": {**LINE, "note": "as *told*"}})
    found = answered(str(path), options(samples="50"))
    page = as_markdown(found)
    assert "| a \\| line | 25 kW/rack `rack_power_rated` | 5 servers/rack `servers_per_rack` |" in page
    assert "as \\*told\\*" in page
    rows = csv.render(found).splitlines()
    assert any(row.startswith("a | line,") and ",stated," in row for row in rows)
    assert any(row.startswith("a | line,") and ",computed," in row for row in rows)
    assert '<th scope="row">a | line</th>' in as_html(found)


def test_all_lines_that_are_wrong_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(CalcError) as caught:
        calc.run(str(table_of(tmp_path, {"a": {**LINE, "case": "x"}, "b": {**LINE, "case": "y"}})))
    assert "`x`" in str(caught.value)
    assert "`y`" in str(caught.value)


def test_figures_of_a_table_are_changed_in_their_own_scenarios(tmp_path: Path) -> None:
    path = str(table_of(tmp_path, {"a": LINE}))
    changes: list[dict[str, Any]] = [{"settings": {"server_power": "5 kW"}}, {"show": "servers_per_rack"}]
    for change in changes:
        with pytest.raises(CalcError):
            calc.run(path, **change)


def test_what_stands_beside_a_table_is_answered_without_being_asked_for(tmp_path: Path) -> None:
    """A check beside a table was never tested where nothing was shown."""
    inputs = {"rack_power_rated": "25 kW", "server_power": "4.5 kW/server"}
    path = table_of(tmp_path, {"one": LINE}, inputs=inputs, checks=["servers_per_rack_by_power >= 6 servers/rack"])
    # 25 kW / 4.5 kW is 5 servers.
    assert not calc.run(str(path)).is_fine
