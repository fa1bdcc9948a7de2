"""Large scenarios: the work grows as they do, and nothing is as deep as they are long.

Work is counted in calls of functions, so that a busy machine changes nothing; what would never end is stopped.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest
from as_text import as_markdown, as_table
from as_text import explained as explain
from counted import at_most, calls_of

import calc
from calc.cli.options import app
from calc.engine import flat, graph
from calc.errors import CalcError, Problems
from calc.report.csv import render as as_csv
from calc.report.json import render as as_json
from calc.scenario import resolve_case, resolve_study
from calc.scenario.load import load, load_text
from calc.scenario.resolve import Options, resolve
from calc.study import draws, points
from calc.study.answer import MANY, answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from calc.study.results import Answer

# Twice as much may take so many times the work; a bit more than twice for tables that are laid out again and again.
TWICE = 2.3
RACKS = ["servers_per_rack", "rack_power_stranded", "rack_power_stranded_share", "racks_needed", "stranded_power_total"]


def chain(length: int, formula: str = "x{0} + a", **more: Any) -> dict[str, Any]:
    """Return formulas that need each other one after the other, as deep as they are many."""
    formulas = {f"x{at}": formula.format(at - 1) for at in range(1, length + 1)}
    return {"inputs": {"x0": "$1", "a": "$1"}, "formulas": formulas, **more}


def parts(count: int) -> dict[str, Any]:
    """Return clusters of the size of those in `lingang-racks`, with sums over them."""
    each = {f"p{at}": {"facts": ["lingang-a100-server", "lingang-high-rack"],
                       "inputs": {"servers_needed": f"{1000 + at} servers"}} for at in range(count)}  # fmt: skip
    totals = {"racks": "sum of racks_needed", "stranded": "sum of stranded_power_total"}
    return {"parts": each, "totals": totals, "show": [*RACKS, *totals]}


def cases(count: int) -> dict[str, Any]:
    """Return as many choices of the number of servers."""
    each = {f"c{at}": {"servers_needed": f"{1000 + at} servers"} for at in range(count)}
    return {"facts": ["lingang-a100-server", "lingang-high-rack"], "cases": each, "show": RACKS}


def sums(count: int, **more: Any) -> dict[str, Any]:
    """Return as many choices of one line of a sum, which reports break down."""
    each = {f"c{at}": {"a": f"${at + 1}"} for at in range(count)}
    formulas = {"sum_of_all": "a + b + c"}
    return {
        "inputs": {"a": "$1", "b": "$2", "c": "$3"},
        "formulas": formulas,
        "cases": each,
        "show": [*formulas],
        **more,
    }


def promises(count: int) -> dict[str, Any]:
    """Return as many choices, each with a promise that is not kept."""
    return sums(count, expect={f"c{at}": {"sum_of_all": "$1"} for at in range(count)})


def studied(count: int) -> dict[str, Any]:
    """Return as many choices with studies of each, whose inputs a report notes."""
    goal = {"b": {"smallest within": "$1 to $9", "so that": "twice >= $4"}}
    return sums(count, sweep={"b": ["$1", "$2"]}, find=goal, formulas={"sum_of_all": "a + b + c", "twice": "b + d"},
                inputs={"a": "$1", "b": "$2", "c": "$3", "d": "$1"})  # fmt: skip


def compared(count: int) -> dict[str, Any]:
    """Return as many choices that are compared, all with the first."""
    return sums(count + 1, compare=[f"c{at}" for at in range(count + 1)])


def axes(count: int, **more: Any) -> dict[str, Any]:
    """Return a sweep over as many axes, the last with two values."""
    found = chain(count, show=[f"x{count}"])
    names = [f"a{at}" for at in range(1, count + 1)]
    found["formulas"] = {f"x{at}": f"x{at - 1} + a{at}" for at in range(1, count + 1)}
    return {**found, "inputs": {"x0": "$1", **dict.fromkeys(names, "$1")}, "cases": {},
            "sweep": {**{each: ["$1"] for each in names}, names[-1]: ["$1", "$2"]}, **more}  # fmt: skip


def driven(count: int, **more: Any) -> dict[str, Any]:
    """Return a sum of as many uncertain inputs, each of which is moved."""
    found = axes(count, sweep={}, sensitivity=more or [f"x{count}"], uncertainty={"samples": 200})
    return {**found, "inputs": dict.fromkeys(found["inputs"], "$1 to $3")}


def answered(scenario: dict[str, Any]) -> Answer:
    """Return the answer of a scenario that is written as a dictionary."""
    problems = Problems()
    text = json.dumps(scenario)
    return answer(resolve(load_text(text, "here", problems), Options(), problems))


def work(scenario: dict[str, Any]) -> int:
    """Return the work of an answer and of all its reports."""

    def whole() -> None:
        found = answered(scenario)
        for render in (as_json, as_csv, as_markdown, as_table):
            render(found)

    return calls_of(whole)


@pytest.mark.parametrize(
    ("make", "size"),
    [
        (parts, 40),
        (cases, 40),
        (chain, 200),
        (lambda size: chain(size, show=[f"x{size}"]), 400),
        (sums, 20),
        (promises, 20),
        (studied, 5),
        (compared, 10),
        (axes, 12),
        (driven, 40),
        (lambda size: driven(size, flip=[f"x{size} <= {2 * size} USD"]), 20),
    ],
    ids=[
        "parts",
        "cases",
        "formulas, all shown",
        "formulas, the last shown",
        "sums",
        "promises",
        "studies",
        "compared",
        "axes",
        "drivers",
        "flips",
    ],
)
def test_twice_as_much_takes_twice_the_work(make: Callable[[int], dict[str, Any]], size: int) -> None:
    work(make(2))
    base, one, two = (work(make(each)) for each in (1, size, 2 * size))
    assert two - base < TWICE * (one - base), (base, one, two)


def test_a_sweep_has_as_many_axes_as_arrays_have_dimensions() -> None:
    """Beyond that numpy raised, and calc failed with an internal error."""
    inputs = {"x0": {"start": "$1 to $2", "grows": "1 %/year"}, **{f"a{at}": "$1" for at in range(1, 31)}}
    found = calc.run(axes(30, years="2026 to 2027", inputs=inputs, checks=["x30 >= $31 with 80 % confidence"]))
    columns = {each["name"] for each in found.studies["sweep"]["cases"][0]["columns"]}
    assert {"a30", "x30"} <= columns
    with pytest.raises(CalcError, match="`sweep` has 31 axes"):
        answered(axes(31))


def test_plans_are_made_once_for_all_cases_and_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each case and each of the models' checks had one of its own, and more where figures stand on a loop: 180."""
    problems = Problems()
    scenario = resolve(load("lingang-racks", problems), Options(), problems)
    walk = Mock(wraps=graph.formula_of)
    monkeypatch.setattr(graph, "formula_of", walk)
    answer(scenario)
    # Once a name and plan: 596 of 205 names; with a plan for each case and check it was thousands.
    assert 0 < walk.call_count < 1000


def test_what_a_study_needs_again_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Goal-seek drew the samples anew at each of 70 values; `place` renamed all quantities of a part twice."""
    drawn, renamed = Mock(wraps=draws.draws_of), Mock(wraps=flat.flat_catalogue)
    monkeypatch.setattr(draws, "draws_of", drawn)
    monkeypatch.setattr(resolve_study, "flat_catalogue", renamed)
    goal = {"b": {"largest within": "$1 to $9", "so that": "c <= $12"}}
    calc.run({"inputs": {"a": "$1 to $9", "b": "$1"}, "formulas": {"c": "a + b"}, "find": goal})
    assert 0 < drawn.call_count < 20
    calc.run("hall-2mw")
    assert renamed.call_count == 1


def test_parts_are_added_up() -> None:
    # 200, 201 and 201 cabinets of five servers for 1,000, 1,001 and 1,002.
    found = calc.run(parts(3)).to_dict()["cases"][0]["results"]
    assert found["racks"]["value"] == 200 + 201 + 201


def run_long_chain(folder: Path, length: int, command: str, *more: str) -> None:
    """Give a command a file of formulas, each one dollar more than the one before, or as much."""
    lines = [f"  x{at}: minimum(x{at - 1} + a, most)" for at in range(1, length + 1)]
    path = folder / "chain.yaml"
    inputs = "inputs: {x0: $1, a: $1, most: $1M}"
    path.write_text("\n".join([inputs, "formulas:", *lines, f"show: [x{length}]", ""]), encoding="utf-8")
    assert app([command, str(path), *more], standalone_mode=False, prog_name="calc") == 0


def test_ten_thousand_formulas_one_after_the_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_long_chain(tmp_path, 10_000, "run", "--format", "json")
    assert json.loads(capsys.readouterr().out)["cases"][0]["results"]["x10000"]["value"] == 10_001


@pytest.mark.parametrize(
    "line",
    [
        ("run",),
        ("check",),
        ("explain", "x2000", "--depth", "2000", "--format", "markdown"),
        ("find", "--goal", "largest x0 within 1 to 300 USD so that x2000 <= 2100 USD"),
        ("sweep", "--axis", "x0=1 to 3 USD in 3 steps"),
    ],
    ids=lambda line: line[0],
)
def test_no_command_is_as_deep_as_formulas_are_many(tmp_path: Path, line: tuple[str, ...]) -> None:
    command, *more = line
    run_long_chain(tmp_path, 2_000, command, *more)


def test_a_tree_is_cut_where_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_long_chain(tmp_path, 2_000, "explain", "x2000", "--format", "json")
    node, depth = json.loads(capsys.readouterr().out)["cases"][0]["tree"], 0
    while node["children"]:
        node, depth = node["children"][0], depth + 1
    assert (depth, node["name"], node["cut"]) == (100, "x1900", True)


def test_a_tree_of_which_each_figure_needs_the_two_before_is_not_written_out() -> None:
    """With a depth, a figure is opened again only where more of it is shown: not 2^40 times."""
    fibonacci = {f"x{at}": f"x{at - 1} + x{at - 2}" for at in range(2, 41)}
    found = answered({"inputs": {"x0": "$1", "x1": "$1"}, "formulas": fibonacci, "show": ["x40"]})
    with at_most(3_000_000):
        explain(found, "x40", "markdown", depth=40)


def test_a_loop_of_thousands_shows_some_of_its_names() -> None:
    around = chain(3000, show=["x3000"])
    around["formulas"]["x0"], around["inputs"] = "x3000 - a", {"a": "$1"}
    with pytest.raises(CalcError) as caught:
        calc.run(around)
    assert len(str(caught.value)) < 3000


def test_a_name_that_nobody_knows_among_very_many_is_looked_for_in_some_of_them() -> None:
    """20,000 unknown names in formulas took 50 s, three searches of all names for each of a hundred errors."""

    def searched(count: int) -> int:
        formulas = {f"x{at}": f"a + othr_{at}" for at in range(count)}

        def refused() -> None:
            with pytest.raises(CalcError, match="is no quantity"):
                answered({"inputs": {"a": "$1"}, "formulas": formulas, "show": ["x0"]})

        return calls_of(refused)

    searched(200)
    assert searched(4800) < 6 * searched(1200)


def test_what_stands_side_by_side_is_gathered_once() -> None:
    """Reports ask for it once a case: 50,000 cases took the square of their number."""
    found = answered(cases(3))
    assert found.columns is found.columns
    assert [each.label for each in found.columns] == ["c0", "c1", "c2"]


@pytest.mark.parametrize("many", [parts, cases], ids=["parts", "cases"])
def test_what_is_too_large_is_refused_before_it_is_resolved(
    many: Callable[[int], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """5,000 cases with a range were resolved and computed first, which took 7 s; 40,000 x 20,000 x 8 are 6.4 GB."""
    resolved, computed = (Mock(wraps=each) for each in (resolve_case.finish, points.compute))
    monkeypatch.setattr(resolve_case, "finish", resolved)
    monkeypatch.setattr(points, "compute", computed)
    scenario = {**many(5000), "inputs": {"server_power": "4 to 5 kW"}}
    with pytest.raises(
        CalcError, match=r"samples of 4\d,\d{3} quantities are 6\.\d GB, and would take about \d+ (sec|min)"
    ):
        calc.run(scenario)
    # A few of each kind, three times.
    assert 0 < resolved.call_count < 60
    assert 0 < computed.call_count < 200


def test_very_many_cases_tell_how_long_they_take(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from calc import longrun

    monkeypatch.setattr(longrun, "_LONG", 0.0)
    calc.run({**parts(20), "cases": {f"c{at}": {"server_power": f"{4 + at / 10} kW"} for at in range(12)}})
    assert re.search(r"^12 cases of 20 parts, about \d+ seconds$", capsys.readouterr().err, re.MULTILINE)
    calc.run(cases(MANY - 1))
    assert "about" not in capsys.readouterr().err


def test_few_cases_with_a_range_are_none_of_the_many_without() -> None:
    """Were all 400 alike, 400 x 5 x 150,000 x 8 bytes would be 2.4 GB; ten of them are 60 MB."""
    each = {f"c{at}": {"servers_needed": "1,000 servers" if at % 40 else "900 to 1,100 servers"} for at in range(400)}
    found = calc.run({**cases(0), "cases": each, "uncertainty": {"samples": 150_000}}).to_dict()["cases"]
    assert sum(case["results"]["racks_needed"].get("p50") is not None for case in found) == 10
    with pytest.raises(CalcError, match=r"150,000 samples of 2,000 quantities are 2\.4 GB"):
        calc.run({**cases(400), "inputs": {"server_power": "4 to 5 kW"}, "uncertainty": {"samples": 150_000}})


def test_verdicts_and_sampling_errors_tell_how_long_they_take(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each verdict is held against each input, and everything is drawn again for the errors of figures."""
    from calc import longrun

    monkeypatch.setattr(longrun, "_LONG", 0.0)
    limits = [f"z <= {at}" for at in range(2, 7)]
    found = {"inputs": {"x": "1 to 2", "y": "1 to 2"}, "formulas": {"z": "x * y"}, "show": ["z"],
             "uncertainty": {"samples": 100}}  # fmt: skip
    path = tmp_path / "long.yaml"
    path.write_text(json.dumps({**found, "sensitivity": {"flip": limits}}), encoding="utf-8")
    for more, told in (([], "5 verdicts"), (["--details"], "8 further draws of everything, for the sampling errors")):
        app(["run", str(path), *more], standalone_mode=False, prog_name="calc")
        assert re.search(rf"^{told}, about \d+ seconds$", capsys.readouterr().err, re.MULTILINE)


@pytest.mark.parametrize("command", ["run", "check", "find"])
def test_what_takes_long_is_told_before_it_begins(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import calc.longrun
    from calc.study import simulate

    monkeypatch.setattr(calc.longrun, "_LONG", 0.0)
    monkeypatch.setattr(simulate, "KEPT", 1000)
    monkeypatch.setattr(simulate, "FIRST", 1000)
    path = tmp_path / "long.yaml"
    path.write_text(json.dumps({"inputs": {"x": "1 to 2", "y": "1"}, "formulas": {"z": "x * y"}, "show": ["z"],
                                "uncertainty": {"samples": 5000}}), encoding="utf-8")  # fmt: skip
    goal = "smallest y within 1 to 5 so that z >= 2 with 80 % confidence"
    more = ["--goal", goal] if command == "find" else []
    app([command, str(path), *more], standalone_mode=False, prog_name="calc")
    told = capsys.readouterr().err
    assert "5,000 samples" in told
    assert "about 1 seconds" in told
