"""`import calc`: figures with units, dictionaries as scenarios, errors in the words of the command line."""

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

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
    assert doctest.testmod(api).attempted == 2
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
    assert done.stderr.strip() == str(caught.value)
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
