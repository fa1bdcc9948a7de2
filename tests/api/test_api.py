"""`import calc`: figures with units, dictionaries as scenarios, errors in the words of the command line."""

import doctest
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from calc_command import calc as command

import calc
from calc import api


def test_the_public_names_are_exactly_all() -> None:
    public = {name for name in dir(calc) if not name.startswith("_")} | {"__version__"}
    assert public == set(calc.__all__)
    for name in calc.__all__:
        assert getattr(calc, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = calc.nothing


def test_examples_in_docstrings_hold() -> None:
    assert doctest.testmod(api).attempted == 3
    assert doctest.testmod(api).failed == 0
    assert doctest.testmod(calc).attempted == 3
    assert doctest.testmod(calc).failed == 0


def test_a_figure_has_value_unit_and_spread() -> None:
    result = calc.run("fifty-million")
    servers = result.cases["as planned"]["servers_affordable"]
    # 20,000,000 x (1 - 0.19) / 148,390 = 109.17
    assert servers.value == 109
    assert servers.unit == "server"
    assert servers.p90 is not None
    assert servers.p10 is not None
    assert servers.p10 <= servers.value <= servers.p90 + 1
    assert result.is_fine
    assert list(result.cases)[:2] == ["as planned", "$10M from people to compute"]


def test_to_pint_is_in_the_declared_unit() -> None:
    result = calc.run("lingang-racks", cases=["25 kW"])
    stranded = result.cases["25 kW"]["stranded_power_total"].to_pint()
    assert stranded.to("MW").magnitude == pytest.approx(0.5)
    share = result.cases["25 kW"]["rack_power_stranded_share"].to_pint()
    assert share.magnitude == pytest.approx(0.1)
    price = calc.run({"inputs": {"p": "2 USD/gpu/hour"}, "formulas": {"q": "p * 2"}}).cases["base"]["q"].to_pint()
    assert price.to("USD/gpu/day").magnitude == pytest.approx(96)


def test_no_value_has_a_reason_and_no_pint() -> None:
    racks = calc.run("lingang-racks", cases=["5 kW, 80 % rule"]).cases["5 kW, 80 % rule"]["racks_needed"]
    assert racks.value is None
    assert racks.reason == "servers_per_rack is 0"
    with pytest.raises(ValueError, match="racks_needed has no value: servers_per_rack is 0"):
        racks.to_pint()


def test_a_dictionary_is_a_scenario() -> None:
    inputs = {"server_power": "4.5 kW", "rack_power_rated": "25 kW", "servers_needed": "1,000 servers"}
    base = calc.run({"title": "Racks: a test", "inputs": inputs, "show": ["racks_needed"]}).cases["base"]
    assert base["racks_needed"].value == 200
    assert list(base) == ["racks_needed"]
    assert len(base) == 1
    assert base.inputs["server_power"]["value"] == 4.5


def test_settings_and_show_win() -> None:
    result = calc.run("fifty-million", settings={"server_price": "200,000 USD/server"}, show=["servers_affordable"])
    # 20,000,000 x 0.81 / 200,000 = 81
    assert result.cases["as planned"]["servers_affordable"].value == 81


def test_errors_have_the_words_of_the_command_line(tmp_path: Path) -> None:
    scenario = tmp_path / "bad.yaml"
    scenario.write_text("inputs:\n  server_power: 4.5 kWh\nshow: [servers_per_rack]\n", encoding="utf-8")
    with pytest.raises(calc.CalcError) as caught:
        calc.run(scenario)
    done = subprocess.run(
        [sys.executable, "-m", "calc", "run", str(scenario)], capture_output=True, text=True, check=False
    )
    words, counted = done.stderr.strip().rsplit("\n\n", 1)
    assert words == str(caught.value)
    assert counted == f"2 errors in {scenario}; nothing was computed"
    with pytest.raises(calc.CalcError, match="not a whole number"):
        calc.run("fifty-million", samples=-1)


def test_failures_are_told_and_not_raised() -> None:
    inputs = {"server_power": "4.5 kW", "rack_power_rated": "5 kW"}
    result = calc.run({"inputs": inputs, "show": ["servers_per_rack"], "checks": ["servers_per_rack >= 4 servers"]})
    assert not result.is_fine
    assert result.failures == [
        "`servers_per_rack >= 4 servers` does not hold; 1 server/rack against 4 servers/rack",
    ]


def test_html_is_escaped() -> None:
    inputs = {"server_power": "4.5 kW", "rack_power_rated": "5 kW"}
    title = "<script>alert(1)</script>"
    html = calc.run({"title": title, "inputs": inputs, "show": ["servers_per_rack"]})._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "1 server/rack" in html


def test_importing_calc_is_light() -> None:
    code = "import calc, sys; print(sorted({'numpy', 'pint', 'yaml', 'rich', 'typer'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_samples_are_arrays_in_the_declared_unit_and_one_draw_a_place() -> None:
    case = calc.run("own-colo-rent", samples=500).cases["own hall"]
    costs, hours = (case.samples[name] for name in ("owning_cost_per_gpu_hour", "gpu_hours_per_month"))
    assert costs.shape == hours.shape == (500,)
    median = case["owning_cost_per_gpu_hour"].p50
    assert median is not None
    assert float(np.quantile(costs, 0.5, method="inverted_cdf")) == pytest.approx(median, rel=1e-12)
    # A share of hours and what an hour costs move against each other, draw by draw.
    assert np.corrcoef(costs, hours)[0, 1] < -0.5
    yearly = calc.run("h100-cluster-4-years", samples=50).cases["colocation"].samples
    assert {each.shape for each in yearly.values()} <= {(50,), (50, 4)}


def test_a_frame_has_a_row_a_number() -> None:
    case = calc.run("own-colo-rent", samples=50).cases["own hall"]
    frame = calc.run("own-colo-rent", samples=50).to_frame()
    assert list(frame.columns) == ["case", "part", "quantity", "year", "statistic", "value", "unit"]
    name = "owning_cost_per_gpu_hour"
    row = frame[(frame["case"] == "own hall") & (frame["quantity"] == name) & (frame["statistic"] == "p50")]
    assert row["value"].to_list() == [case[name].p50]
    result = calc.run("h100-cluster-4-years", samples=50)
    wide = result.to_frame(wide=True)
    assert list(wide.columns)[5:] == ["value", "2025", "2026", "2027", "2028"]
    yearly = wide[
        (wide["case"] == "colocation") & (wide["quantity"] == "owning_cash_flow") & (wide["statistic"] == "value")
    ]
    by_year = result.cases["colocation"]["owning_cash_flow"].by_year
    assert by_year is not None
    assert yearly[["2025", "2026", "2027", "2028"]].to_numpy()[0].tolist() == [each["value"] for each in by_year]


def test_without_pandas_a_frame_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="needs pandas, which is not installed"):
        calc.run("lingang-racks").to_frame()


def test_an_unknown_name_is_a_key_error_with_a_suggestion() -> None:
    result = calc.run("own-colo-rent", samples=50)
    case = result.cases["own hall"]
    for get, hint in (
        (lambda: result.cases["own hal"], "did you mean 'own hall'"),
        (lambda: case["owning_cost_per_gpu_hou"], "did you mean 'owning_cost_per_gpu_hour'"),
        (lambda: case.inputs["server_prize"], "did you mean 'server_price'"),
        (lambda: case.samples["server_prize"], "did you mean 'server_price'"),
        (lambda: case.parts["training"], "there is no 'training'"),
        (lambda: result.studies["sweeps"], "there is no 'sweeps'"),
    ):
        with pytest.raises(KeyError, match=hint):
            get()
    assert "own hal" not in result.cases


def test_studies_give_what_their_commands_give() -> None:
    settings = {"server_power": "6.5 kW"}
    axis = "rack_power_rated=5 to 25 kW step 5 kW"
    goal = "smallest rack_power_rated within 5 to 60 kW so that servers_per_rack >= 5"
    line = ["lingang-racks", "--set", "server_power=6.5 kW", "--case", "10 kW", "--format", "json"]
    for study, given, options in (
        (calc.sweep("lingang-racks", axis, cases="10 kW", settings=settings), "sweep", ["--axis", axis]),
        (calc.find("lingang-racks", goal, cases=["10 kW"], settings=settings), "find", ["--goal", goal]),
    ):
        assert dict(study) == command(given, *line, *options).json
    two = calc.compare("lingang-racks", "10 kW", "25 kW", figure="racks_needed", settings=settings)
    cases = ["10 kW", "25 kW", "--figure", "racks_needed", "--set", "server_power=6.5 kW", "--format", "json"]
    assert dict(two) == command("compare", "lingang-racks", *cases).json
    driven = calc.sensitivity("fifty-million", "servers_affordable", cases="as planned", samples=200)
    options = ["--figure", "servers_affordable", "--case", "as planned", "--samples", "200", "--format", "json"]
    assert dict(driven) == command("sensitivity", "fifty-million", *options).json
    tree = calc.explain("lingang-racks", "racks_needed", cases="25 kW", depth=1)
    options = ["racks_needed", "--case", "25 kW", "--depth", "1", "--format", "json"]
    assert dict(tree) == command("explain", "lingang-racks", *options).json
    known = command("list", "facts", "--subject", "dgx-h100", "--format", "json").json["facts"]
    # By now the package of this name has been imported, and is callable all the same.
    assert calc.facts(subject="dgx-h100") == known


def test_a_missed_goal_is_no_exception() -> None:
    goal = "smallest rack_power_rated within 5 to 6 kW so that servers_per_rack >= 5"
    found = calc.find("lingang-racks", goal, cases="5 kW")
    assert len(found.failures) == 1
    assert found["goals"][0]["cases"][0]["reached"] is False
    with pytest.raises(ValueError, match="explain is no table"):
        calc.explain("lingang-racks", "racks_needed").to_frame()


def test_an_option_that_there_is_not_is_an_error() -> None:
    """It was passed over in silence, and the answer was that of the scenario as it stands."""
    with pytest.raises(TypeError, match=r"`?set`?.*settings"):
        calc.run("lingang-racks", set={"server_power": "6 kW"})  # type: ignore[call-arg]  # what is tested
