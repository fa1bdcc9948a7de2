"""Quantities that a scenario defines itself: units derived, inputs of its own, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from calc.engine.explain import Explainable, explain, figure_text
from calc.errors import CalcError, CalcErrors, Problems
from calc.scenario.amount import parse_amount
from calc.scenario.load import load
from calc.scenario.resolve import Options, resolve
from calc.study.answer import answer
from calc.units import parse_unit

if TYPE_CHECKING:
    from pathlib import Path

    from calc.study.results import Answer


def run(folder: Path, text: str, *settings: str) -> Answer:
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    problems = Problems()
    return answer(resolve(load(str(path), problems), Options(settings=settings), problems))


def errors_of(folder: Path, text: str) -> list[CalcError]:
    with pytest.raises(CalcErrors) as caught:
        run(folder, text)
    return caught.value.errors


def marked(error: CalcError) -> str:
    assert error.place is not None
    line = error.place.source.line(error.place.line)
    return line[error.place.column - 1 : error.place.column - 1 + error.place.length]


def figure(found: Answer, name: str) -> float:
    value = found.cases[0].figures[name]
    assert isinstance(value, float | int)
    return value


# ---------------------------------------------------------------- units are derived, amounts are right

INPUTS = """\
inputs:
  rack_power_rated: 10 kW
  electricity: 0.1 USD/kWh
  price_per_watt: 3 USD/W
  rent: 2 USD/gpu/hour
  duration: 2 years
  gpus: 4 gpus
  rate: 8 %
show: [mine]
formulas:
  kept: electricity * duration * gpus * rate * rent * price_per_watt
  mine: """

FORMULAS = [
    # 10 kW/rack x 3,000 USD/kW
    ("rack_power_rated * price_per_watt", 30_000, "USD/rack"),
    ("price_per_watt * rack_power_rated", 30_000, "USD/rack"),
    # 2 USD x 4 x 2 x 8,760
    ("rent * duration * gpus", 140_160, "USD"),
    ("duration * gpus", 70_080, "gpu*hour"),
    # 10 kW x 17,520 h = 175,200 kWh/rack, at 0.1 USD
    ("electricity * rack_power_rated * duration", 17_520, "USD/rack"),
    ("rack_power_rated / gpus", 2.5, "kW/(rack*gpu)"),
    # 1.08 ** 2 = 1.1664
    ('compound(rate, number(duration, "year"))', 1.1664, "1"),
    ("floor(gpus * 2 / (gpus + gpus + gpus))", 0, "1"),
    ("where(rate < 2 / 2, gpus, 2 * gpus)", 4, "gpu"),
    ("(1 - rate) ** 2", 0.8464, "1"),
    ("-gpus + maximum(gpus, 0)", 0, "gpu"),
]


@pytest.mark.parametrize(("formula", "number", "unit"), FORMULAS, ids=[each[0] for each in FORMULAS])
def test_unit_and_amount_are_derived(tmp_path: Path, formula: str, number: float, unit: str) -> None:
    found = run(tmp_path, f"{INPUTS}{formula}\n")
    quantity = found.scenario.catalogue["mine"]
    assert quantity.unit.dimension == parse_unit(unit).dimension
    assert figure(found, "mine") == pytest.approx(number * parse_unit(unit).factor, rel=1e-12)


@pytest.mark.parametrize(("formula", "number", "unit"), FORMULAS, ids=[each[0] for each in FORMULAS])
def test_the_text_of_a_derived_figure_says_the_same_amount(
    tmp_path: Path, formula: str, number: float, unit: str
) -> None:
    """What a reader sees, read back as an amount, is the figure: no part of its unit may be lost on the way."""
    found = run(tmp_path, f"{INPUTS}{formula}\n")
    text = figure_text(found.cases[0].figures["mine"], found.scenario.catalogue["mine"])
    shown = parse_amount(text.replace("gpu-hours", "gpu*hour"))
    assert shown.unit is None or shown.unit.dimension == parse_unit(unit).dimension, text
    assert shown.base == pytest.approx(number * parse_unit(unit).factor, rel=1e-3), text


def test_a_formula_for_what_a_choice_decides_is_used_whatever_was_chosen(tmp_path: Path) -> None:
    text = "inputs: {gpus: 2 gpus, hours: 100 hours/month}\nshow: [gpu_hours_per_month]\n"
    own = f"{text}formulas: {{hours_counted_per_month: hours}}\n"
    # 2 x 100 hours of GPUs a month, which has 730 hours
    for use in ("", "use: {cost_spread_over: used_hours}\n"):
        assert figure(run(tmp_path, own + use), "gpu_hours_per_month") == pytest.approx(200 / 730)


def test_formulas_build_on_each_other_in_any_order(tmp_path: Path) -> None:
    text = "inputs: {a: 3 USD}\nformulas: {c: b + b, b: 2 * a, d: c / a}\nshow: [c, d]\n"
    found = run(tmp_path, text)
    assert (figure(found, "c"), figure(found, "d")) == (12, 4)


def test_a_formula_over_the_models_figures_is_explained_down_to_them(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        "facts: [ordinary-rack]\ninputs: {server_power: 2 kW, rent: 300 USD/rack}\n"
        "formulas: {rent_per_server: rent / servers_per_rack}\nshow: [rent_per_server]\n",
    )
    # Two servers of 2 kW in 5 kW share 300 USD.
    assert figure(found, "rent_per_server") == 150
    case, catalogue = found.cases[0], found.scenario.catalogue
    tree = explain("rent_per_server", Explainable(catalogue, case.case.values, case.figures, case.case.use))
    assert tree.formula == "rent / servers_per_rack"
    assert [child.name for child in tree.children] == ["rent", "servers_per_rack"]
    assert tree.children[0].status == "given"
    assert tree.children[1].status == "derived"


# ---------------------------------------------------------------- inputs of its own


def test_an_input_of_its_own_has_the_unit_written_in_every_layer(tmp_path: Path) -> None:
    text = "inputs: {pay: 3 USD/hour}\nformulas: {double: 2 * pay}\nshow: [double]\n"
    assert figure(run(tmp_path, text), "double") == pytest.approx(6 / 3600)
    assert figure(run(tmp_path, text, "pay=48 USD/day"), "double") == pytest.approx(4 / 3600)
    (error,) = errors_of(tmp_path, f"{text}cases: {{bad: {{pay: 3 kW}}}}\n")
    assert error.code == "E-DIMENSION"
    assert marked(error) == "3 kW"


def test_an_input_of_its_own_may_come_with_cases(tmp_path: Path) -> None:
    text = "inputs: {x: 2 USD}\nformulas: {y: x * factor}\ncases: {a: {factor: 3x}, b: {factor: 4x}}\nshow: [y]\n"
    found = run(tmp_path, text)
    assert [case.figures["y"] for case in found.cases] == [6, 8]


def test_an_input_of_its_own_may_be_uncertain(tmp_path: Path) -> None:
    found = run(tmp_path, "inputs: {x: 2 to 4 USD}\nformulas: {y: 2 * x}\nshow: [y]\n")
    statistics = found.cases[0].statistics("y")
    assert figure(found, "y") == 6
    assert statistics is not None
    assert 4 <= statistics["p10"] < statistics["p50"] < statistics["p90"] <= 8


def test_a_given_value_beats_a_formula_of_its_own(tmp_path: Path) -> None:
    text = "inputs: {x: 2 USD}\nformulas: {y: 2 * x, z: y + x}\ncases: {plain: {}, given: {y: 10 USD}}\nshow: [z]\n"
    found = run(tmp_path, text)
    assert [case.figures["z"] for case in found.cases] == [6, 12]


def test_a_name_that_no_formula_uses_is_a_mistake(tmp_path: Path) -> None:
    (error,) = errors_of(tmp_path, "inputs: {x: 3 USD, y: 4 kW}\nformulas: {z: 2 * x}\n")
    assert error.code == "E-NAME"
    assert marked(error) == "y"


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("formula", "code", "caret", "hint"),
    [
        ("server_powr * 2", "E-NAME", "", "did you mean `server_power`"),
        ("zzzz * 2", "E-NAME", "", "calc list quantities"),
        ("x + server_power", "E-FORMULA-DIMENSION", "x + server_power", "same dimension"),
        ("x * 3", "E-FORMULA-LITERAL", "3", "make it an input"),
        ("floor(server_power)", "E-FORMULA-ROUNDING", "floor(server_power)", "counts and ratios"),
        ("min(x, x)", "E-FORMULA-CALL", "min(x, x)", "use minimum"),
        ("open(x)", "E-FORMULA-CALL", "open(x)", "use one of"),
        ("x.__class__", "E-FORMULA-BODY", "x.__class__", "arithmetic"),
        ("x if x > 0 else 2 * x", "E-FORMULA-BRANCH", "x if x > 0 else 2 * x", "use where"),
        ("exp(x)", "E-FORMULA-DIMENSION", "exp(x)", "ops.number"),
        ("x ** 3", "E-FORMULA-LITERAL", "3", ""),
        ("x +", "E-FORMULA-SYNTAX", "", "arithmetic"),
        ("minimum(x)", "E-FORMULA-CALL", "minimum(x)", "minimum(x, y)"),
    ],
)
def test_what_a_formula_may_not_hold(tmp_path: Path, formula: str, code: str, caret: str, hint: str) -> None:
    text = f"inputs:\n  x: 3 USD\nformulas:\n  mine: {formula}\n  other: 2 * x\nshow: [mine]\n"
    (error,) = errors_of(tmp_path, text)
    assert error.code == code
    assert error.place is not None
    assert error.place.line == 4
    if caret:
        assert marked(error) == caret
    assert hint in (error.hint or "")


def test_one_mistake_makes_one_message(tmp_path: Path) -> None:
    """The formula is at fault, not the input that only it uses."""
    errors = errors_of(tmp_path, "inputs: {x: 3 USD}\nformulas: {y: x * 3}\nshow: [y]\n")
    assert [error.code for error in errors] == ["E-FORMULA-LITERAL"]


@pytest.mark.parametrize("formulas", ["{a: b + x, b: a + x}", "{a: a + x}", "{a: b + x, b: c + x, c: a + x, d: 2 * x}"])
def test_formulas_that_need_each_other_are_refused(tmp_path: Path, formulas: str) -> None:
    (error,) = errors_of(tmp_path, f"inputs: {{x: 3 USD}}\nformulas: {formulas}\nshow: [a]\n")
    assert error.code == "E-LOOP"
    assert "`a`" in error.message
    assert "`d`" not in error.message
    assert error.place is not None
    assert error.place.line == 2


def test_formulas_that_need_each_other_work_when_one_is_given(tmp_path: Path) -> None:
    """As for the models' names: a loop is an error only when a wanted figure still depends on it."""
    text = "inputs: {x: 3 USD, b: 2 USD}\nformulas: {a: b + x, b: a - x}\nshow: [a]\n"
    assert figure(run(tmp_path, text), "a") == 5


def test_a_name_that_is_no_name(tmp_path: Path) -> None:
    for name in ("Cost", "cost per gpu", "2x", "naïve", "x" * 65):
        errors = errors_of(tmp_path, f'inputs: {{x: 3 USD}}\nformulas: {{"{name}": 2 * x}}\n')
        assert "E-NAME" in {error.code for error in errors}, name
