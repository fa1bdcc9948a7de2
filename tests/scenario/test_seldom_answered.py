"""What is answered where few scenarios come: figures and words of it, by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rows import each_row

from calc.engine.catalogue import standard_catalogue
from calc.engine.explain import Texts
from calc.engine.flat import SHARED, flat_catalogue, qualified
from calc.errors import CalcError, Place, Problems, SourceText, flatten
from calc.report.json import as_dict
from calc.scenario.load import load, load_text
from calc.scenario.resolve import Options, resolve
from calc.scenario.studies import study_of
from calc.scenario.yaml_reader import Mapping, Node, Scalar
from calc.study.answer import answer

if TYPE_CHECKING:
    from pathlib import Path

PARTS = "parts: {a: {inputs: {gpus: 3 gpus}}, b: {inputs: {gpus: 4 gpus}}}\ninputs: {price: 3 USD/gpu}\n"
HALL = """\
parts: {a: {facts: [dgx-h100], inputs: {tea: 3 kW}}}
cabinets: {b: {inputs: {racks_available: 4 racks, rack_power_rated: 25 kW, coffee: 4 kW}}}
place: {maximise: gpus}
formulas: {twice: tea * 2, thrice: coffee * 2 + coffee}
show: [gpus, twice, thrice]
"""


def answered(text: str) -> dict[str, Any]:
    problems = Problems()
    return as_dict(answer(resolve(load_text(text, "s.yaml", problems), Options(), problems)))


def test_a_figure_has_the_unit_of_its_formula_where_no_number_holds_a_simpler_one() -> None:
    found = answered(
        "inputs: {y: {value: 1 TFLOP, source: y}, x: {value: 1 EFLOP, source: x}}\n"
        "formulas: {c: y**2, d: c**2, b: d**2*d, z: b/x**2/x**2*b*y}\nshow: [z]\n"
        "checks: [b/x**2/x**2*b*y >= z]\n"
    )
    # 1e12 to the 25th by 1e18 to the 4th is 1e228; what is left over of the former would be 1e12 to the 21st, 1e252.
    (case,) = found["cases"]
    assert (case["results"]["z"]["value"], case["results"]["z"]["unit"]) == (1.0, "TFLOP**25/EFLOP**4")
    assert [(each["passed"], each["unit"]) for each in case["checks"]] == [(True, "TFLOP**25/EFLOP**4")]


# Inputs, formulas, and the value and unit of a figure.
SHOWN = {
    "a comparison of two spans": (
        "h: 3 gpu-hours, y: 2 person-years", "{a: h / y}", "a", (1.5, "gpu*hour/(person*year)")),
    "a figure of a model in a unit that is named": (
        "gpus: 4 gpus, gpu_hour_price: $2/gpu/hour, programme_duration: 3 months",
        "{compute_budget: {formula: gpus * gpu_hour_price * programme_duration, in: kUSD}}", "compute_budget",
        # 4 x 2 x 3 x 730 dollars
        (17.52, "kUSD")),
    "a figure that one choice alone binds": (
        "rack_power_rated: 40 kW", "{rack_power_usable: rack_power_rated * 1}", "rack_power_usable", (40, "kW/rack")),
}  # fmt: skip


@each_row(("inputs", "formulas", "name", "wanted"), SHOWN)
def test_the_unit_that_a_figure_is_shown_in(inputs: str, formulas: str, name: str, wanted: tuple[float, str]) -> None:
    (case,) = answered(f"inputs: {{{inputs}}}\nformulas: {formulas}\nshow: [{name}]\n")["cases"]
    found = case["results"][name]
    assert (found["value"], found["unit"]) == wanted


def test_what_parts_and_cabinets_give_themselves_is_a_figure_of_theirs() -> None:
    (case,) = answered(HALL)["cases"]
    found = {each["name"]: {name: one["value"] for name, one in each["results"].items()} for each in case["parts"]}
    # 2 x 3 kW of the servers, 3 x 4 kW of the cabinets.
    assert (found["a"]["twice"], found["b"]["thrice"]) == (6, 12)
    assert "thrice" not in found["a"]
    assert "twice" not in found["b"]


def columns(found: dict[str, Any]) -> dict[str, list[float]]:
    """Return the columns of the one case of a sweep."""
    (case,) = found["studies"]["sweep"]["cases"]
    return {each["name"]: each["values"] for each in case["columns"]}


def test_a_sweep_that_names_no_figure_answers_what_follows_from_its_input() -> None:
    formulas = "totals: {every: sum of gpus}\nformulas: {cost: every * price, double: price * 2, other: gpus * 2}\n"
    # 3 + 4 GPUs at 1 and 2 dollars; `other` does not follow from the price.
    assert columns(answered(f"{PARTS}{formulas}sweep: {{price: [1 USD/gpu, 2 USD/gpu]}}\n")) == {
        "price": [1, 2], "double in a": [2, 4], "double in b": [2, 4], "cost": [7, 14],
    }  # fmt: skip


def test_a_sweep_that_names_no_figure_of_a_hall_answers_what_the_plan_decides() -> None:
    hall = HALL.partition("formulas")[0].replace(", inputs: {tea: 3 kW}", "").replace(", coffee: 4 kW", "")
    # Servers of 10.2 kW with 8 GPUs: one in each of 4 cabinets of 20 kW, two in each of 30 kW.
    assert columns(answered(f"{hall}sweep: {{rack_power_rated in b: 20 to 30 kW step 10 kW}}\n")) == {
        "rack_power_rated in b": [20, 30], "gpus in a": [32, 64], "servers in a": [4, 8], "racks_used in b": [4, 4],
    }  # fmt: skip


def test_what_flips_a_comparison_of_two_years() -> None:
    found = answered(
        "years: 2026 to 2027\nformulas: {b: a * 2}\nshow: [b, limit]\n"
        "inputs: {a: {start: 3 to 5 kW, grows: 10 %/year}, limit: {by year: {2026: 8 kW, 2027: 7 kW}}}\n"
        "sensitivity: {flip: [b in 2026 < limit in 2027]}\n"
    )
    (flip,) = found["studies"]["sensitivity"]["cases"][0]["flips"]
    # 2 a = 7 kW
    assert (flip["verdict"], flip["flips_at"]) == ("b in 2026 < limit in 2027", [3.5])


def test_a_rate_that_a_study_looks_at_is_named_once() -> None:
    found = answered(
        "inputs: {eur_per_usd: {value: 0.8 EUR/USD, source: x}, price: {value: 3 EUR/server, source: x}}\n"
        "formulas: {cost: price / eur_per_usd}\nshow: [cost]\ncurrency: EUR\n"
        "sensitivity: {within: {eur_per_usd: 0.5 to 1 EUR/USD}, flip: [cost >= 4 EUR/server]}\n"
    )
    assert list(found["cases"][0]["inputs"]).count("eur_per_usd") == 1


def test_a_fact_that_does_not_fit_a_name_of_the_scenario_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text("subject,quantity,value,unit,source,as_of\nshop,fee,3,USD,Q,2026\n")
    path = tmp_path / "s.yaml"
    path.write_text(
        "facts_from: [shop.csv]\nfacts: [shop]\ninputs: {fee: 3 kW}\nformulas: {twice: fee * 2}\nshow: [twice]\n"
    )
    problems = Problems()
    with pytest.raises(CalcError) as found:
        resolve(load(str(path), problems), Options(), problems)
    (error,) = flatten([found.value])
    assert error.message == "the fact `shop.fee` does not fit: `fee` is given as USD, it needs power"
    assert error.hint == "give the scenario's own `fee` another name, or leave out the facts"
    assert error.place is not None
    assert (error.place.line, error.place.column) == (2, 9)


MODEL = """\
from calc.declarations import Input
from calc.units.vocabulary import Ratio

gain = Input(Ratio, "A gain", low=None, high=3)


def gained(gain: Ratio) -> Ratio:
    \"\"\"What is gained.

    Source: definition.
    \"\"\"
    return gain * 2
"""


def test_an_input_that_has_an_upper_bound_alone_says_so(tmp_path: Path) -> None:
    (tmp_path / "gains.py").write_text(MODEL)
    path = tmp_path / "s.yaml"
    path.write_text("models: [gains.py]\ninputs: {gain: 4}\nshow: [gained]\n")
    problems = Problems()
    with pytest.raises(CalcError, match="`gain` is 4, above 3") as found:
        resolve(load(str(path), problems), Options(allow_models=True), problems)
    assert "hint: it lies at or below 3" in str(found.value)


def test_three_figures_of_which_each_follows_from_another_ask_for_one_of_them(tmp_path: Path) -> None:
    formula = 'def {}({}: kW) -> kW:\n    """As much.\n\n    Source: definition.\n    """\n    return {} * 2\n\n\n'
    names = ["drawn", "fed", "metered"]
    steps = [formula.format(each, names[at - 1], names[at - 1]) for at, each in enumerate(names)]
    (tmp_path / "powers.py").write_text(f"from calc.units.vocabulary import kW\n\n\n{''.join(steps)}")
    path = tmp_path / "s.yaml"
    path.write_text("models: [powers.py]\nshow: [fed]\n")
    problems = Problems()
    with pytest.raises(CalcError, match="none of `drawn`, `fed` and `metered` has a value") as found:
        resolve(load(str(path), problems), Options(allow_models=True), problems)
    assert "hint: give `drawn`, `fed` or `metered` under `inputs:`" in str(found.value)


def test_a_study_takes_the_section_of_the_file_and_options_over_it() -> None:
    def named(name: str) -> tuple[Scalar, Node]:
        return Scalar("of", plain=True, place=file), Scalar(name, plain=True, place=file)

    file = Place(SourceText("s.yaml", ""), 1, 1)
    written = Mapping({"of": named("gpus")}, file)
    study = study_of("compare")
    assert study.section({}, {}, written, file) is written
    assert study.section({}, {}, None, file) is None
    # The option wins.
    line = {"of": named("servers")}
    found = study.section({}, line, written, file)
    assert isinstance(found, Mapping)
    assert found.entries == line


def test_a_formula_of_a_part_says_where_it_comes_from() -> None:
    catalogue = standard_catalogue()
    whole = catalogue["server_amortisation"].formulas["straight_line"]
    found = flat_catalogue(catalogue, ["hall"], {})[qualified("server_amortisation", "hall")].formulas
    assert (found["straight_line"].source, found["straight_line"].assumption) == (whole.source, whole.assumption)
    assert "without interest" in whole.assumption
    # What passes on what all parts share says nothing of its own.
    assert (found[SHARED].source, found[SHARED].assumption) == ("", "")


def test_the_texts_of_an_error_are_those_of_the_names_that_it_tells() -> None:
    texts = Texts(("server_power",), {"server_power": 4500.0, "gpus": 8.0}, standard_catalogue())
    assert (len(texts), dict(texts)) == (1, {"server_power": "4.5 kW/server"})


def test_what_a_search_finds_in_a_range_of_flops_is_a_simple_number_of_them() -> None:
    found = answered(
        "inputs: {q: 100 TFLOP/s}\nformulas: {y: q * 2}\nshow: [y]\n"
        "find: {q: {smallest within: 100 to 1000 TFLOPS, so that: y >= 246.6 TFLOP/s}}\n"
    )["studies"]["find"]["goals"][0]["cases"][0]
    # 246.6 / 2, of a quantity that is a rate
    assert found["values"]["q"]["value"] == 123.3
