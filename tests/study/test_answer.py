"""Answers from scenario text to figures: by hand, without value, missing, not included, by variant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

import calc
from calc.engine.evaluate import NotIncluded, NoValue
from calc.errors import CalcError, CalcErrors, Problems
from calc.facts import standard_facts
from calc.scenario.load import load
from calc.scenario.requested import model_checks
from calc.scenario.resolve import Options, resolve
from calc.study.answer import answer
from calc.study.results import on_the_way, with_all_figures

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


def in_unit(found: Answer, name: str, case: int = 0) -> float:
    """Return a figure in its declared unit."""
    figure = found.cases[case].figures[name]
    assert isinstance(figure, float | int)
    return figure / found.scenario.catalogue[name].unit.factor


# ---------------------------------------------------------------- cabinets, by hand

CABINET = "facts: [lingang-a100-server]\ninputs: {servers_needed: 1000 servers}\n"

# Rated kW, usable share; servers, stranded kW a rack, racks for 1,000 servers, stranded kW in all of them.
CABINETS = [
    # 5 / 4.5 = 1.1; 5 - 4.5; 1,000 / 1; 1,000 x 5 - 1,000 x 4.5
    (5, 100, 1, 0.5, 1000, 500),
    # 10 / 4.5 = 2.2; 10 - 9; 1,000 / 2; 500 x 10 - 4,500
    (10, 100, 2, 1, 500, 500),
    # 25 / 4.5 = 5.6; 25 - 22.5; 1,000 / 5; 200 x 25 - 4,500
    (25, 100, 5, 2.5, 200, 500),
    # 8 / 4.5 = 1.8; 8 - 4.5; 1,000 / 1; 1,000 x 8 - 4,500
    (10, 80, 1, 3.5, 1000, 3500),
    # 20 / 4.5 = 4.4; 20 - 18; 1,000 / 4; 250 x 20 - 4,500
    (25, 80, 4, 2, 250, 500),
    # 18 / 4.5 = 4 exactly; nothing stranded
    (18, 100, 4, 0, 250, 0),
    # Seven servers of 4.5 kW a rack of 31.5 kW: 1,000 / 7 = 142.9, so 143 racks; 143 x 31.5 - 4,500 = 4.5
    (31.5, 100, 7, 0, 143, 4.5),
]


@pytest.mark.parametrize(("rated", "usable", "servers", "stranded", "racks", "total"), CABINETS)
def test_cabinets(
    tmp_path: Path, rated: float, usable: int, servers: int, stranded: float, racks: int, total: float
) -> None:
    case = f"cases: {{only: {{rack_power_rated: {rated} kW, rack_power_derating: {usable} %}}}}\n"
    show = "[servers_per_rack, rack_power_stranded, rack_power_stranded_share, rack_power_utilisation, racks_needed, "
    found = run(tmp_path, f"{CABINET}{case}show: {show}stranded_power_total]\n")
    assert in_unit(found, "servers_per_rack") == servers
    assert in_unit(found, "rack_power_stranded") == pytest.approx(stranded, abs=1e-9)
    assert in_unit(found, "rack_power_stranded_share") == pytest.approx(stranded / (rated * usable / 100), abs=1e-12)
    assert in_unit(found, "rack_power_utilisation") == pytest.approx(servers * 4.5 / rated)
    assert in_unit(found, "racks_needed") == racks
    assert in_unit(found, "stranded_power_total") == pytest.approx(total, abs=1e-6)


@pytest.mark.parametrize(
    ("height", "servers"),
    # 25 kW feed five servers of 4.5 kW; 42U hold seven of 6U, 24U hold four, 5U none.
    [(42, 5), (30, 5), (24, 4), (5, 0)],
)
def test_the_lesser_of_power_and_height(tmp_path: Path, height: int, servers: int) -> None:
    text = (
        f"facts: [lingang-high-rack]\ninputs: {{server_power: 4.5 kW, rack_height: {height} U, server_height: 6 U}}\n"
    )
    found = run(tmp_path, f"{text}show: [servers_per_rack]\n")
    assert in_unit(found, "servers_per_rack") == servers
    assert {"rack_height", "server_height"}.isdisjoint(found.cases[0].plan.not_included)


def test_a_cabinet_that_feeds_no_server_leaves_the_other_figures_and_cases_alone(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        f"{CABINET}cases: {{small: {{rack_power_rated: 4 kW}}, large: {{rack_power_rated: 10 kW}}}}\n"
        "show: [servers_per_rack, rack_power_stranded, racks_needed, stranded_power_total]\n",
    )
    small = found.cases[0].figures
    assert small["servers_per_rack"] == 0
    assert in_unit(found, "rack_power_stranded") == 4
    assert small["racks_needed"] == NoValue("servers_per_rack is 0")
    assert small["stranded_power_total"] == NoValue("servers_per_rack is 0")
    assert in_unit(found, "racks_needed", 1) == 500
    assert found.is_fine


# ---------------------------------------------------------------- what is answered without `show`


def test_without_show_everything_that_follows_is_answered(tmp_path: Path) -> None:
    (case,) = run(tmp_path, "inputs: {server_power: 4.5 kW, rack_power_rated: 10 kW}\n").cases
    assert "racks_needed" not in case.shown
    assert set(case.shown) >= {
        "rack_power_usable",
        "servers_per_rack_by_power",
        "servers_per_rack",
        "rack_power_drawn",
        "rack_power_stranded",
        "rack_power_stranded_share",
        "rack_power_utilisation",
    }
    # Every limit of a cabinet that is not given sets none, and is listed.
    assert set(case.plan.not_included) == {
        "feed_voltage", "floor_area_per_rack", "floor_load_limit", "liquid_share", "rack_air_cooling", "rack_height",
        "rack_power_reserved", "rack_weight_limit", "server_height", "server_supplies", "server_weight", "supply_power",
    }  # fmt: skip


def test_the_figures_on_the_way_stand_instead_of_those_asked_for_or_after_them(tmp_path: Path) -> None:
    text = "inputs: {a: 2}\nformulas: {half: a / 2, one: half * 2, two: half + a, three: half - a}\n"
    found = run(tmp_path, f"{text}show: [three, one, two]\ncases: {{only: {{}}}}\n")
    asked = ["three", "one", "two"]
    assert [each.shown for each in found.columns] == [asked]
    assert [each.shown for each in on_the_way(found).columns] == [["half"]]
    assert [each.shown for each in with_all_figures(found).columns] == [[*asked, "half"]]
    assert [each.shown for each in found.columns] == [asked]


@pytest.mark.parametrize("inputs", ["{servers_needed: 250 servers}", "{budget_total: $50M}"])
def test_when_nothing_follows_it_is_said(tmp_path: Path, inputs: str) -> None:
    (error,) = errors_of(tmp_path, f"inputs: {inputs}\n")
    assert error.code == "E-NOTHING"


# ---------------------------------------------------------------- missing and not included


def test_a_missing_input_is_an_error_that_lists_facts_and_never_zero(tmp_path: Path) -> None:
    (error,) = errors_of(tmp_path, "inputs: {compute_budget: $20M}\nshow: [servers_affordable]\n")
    assert error.code == "E-MISSING"
    assert "`server_price` (price of one server with its GPUs) has no value" in error.message
    assert "`servers_affordable` needs it" in error.message
    hint = error.hint or ""
    assert "USD/server" in hint
    # The newest of each bundle, those of the newest chips first, and how to see the rest.
    facts = ("hgx-h200-server.server_price@2025-01", "dgx-b200.server_price", "mi300x-board.server_price")
    places = [hint.index(f"`{fact}`") for fact in facts]
    assert places == sorted(places)
    assert hint.count("hgx-h200-server.") == hint.count("mi300x-board.") == 1
    assert "`calc list facts --quantity server_price`" in hint


def test_a_missing_rent_lists_few_of_two_hundred_facts_and_how_to_see_them_all(tmp_path: Path) -> None:
    (error,) = errors_of(tmp_path, "inputs: {compute_budget: $20M}\nshow: [gpu_hours_rentable]\n")
    hint = error.hint or ""
    found = re.search(r"and (\d+) more \(`calc list facts --quantity gpu_hour_price`\)", hint)
    assert found
    shown = re.findall(r"`([a-z0-9-]+)\.gpu_hour_price(?:@[\d-]+)?`", hint)
    assert len(set(shown)) == len(shown) == 6
    assert int(found[1]) + 6 == len(standard_facts().for_quantity("gpu_hour_price")) > 200
    assert len(hint) < 600


def test_two_real_bundles_that_give_one_name_are_an_error_that_names_both(tmp_path: Path) -> None:
    text = "facts: [dgx-h100, region-virginia, dgx-b200]\nshow: [rack_power_usable]\n"
    conflicts = [error for error in errors_of(tmp_path, text) if error.code == "E-CONFLICT"]
    shared = "`gpus_per_server`, `server_power`, `server_height` and 5 more"
    assert [(error.message, error.place.column) for error in conflicts if error.place] == [
        (f"the bundles `dgx-h100` and `dgx-b200` both give {shared}", 36)
    ]
    assert "cases: {dgx-h100: {facts: [dgx-h100]}, dgx-b200: {facts: [dgx-b200]}}" in (conflicts[0].hint or "")


def test_a_server_and_a_region_go_together(tmp_path: Path) -> None:
    text = "facts: [dgx-h100, region-virginia, region-gcp-northern-virginia]\ninputs: {rack_power_rated: 25 kW}\n"
    values = run(tmp_path, f"{text}show: [servers_per_rack]\n").cases[0].case.values
    assert values["electricity_price"].fact == "region-virginia.electricity_price@2024"
    grid = values["grid_carbon_intensity"].fact
    assert grid == "region-gcp-northern-virginia.grid_carbon_intensity@2024-07"


def test_everything_missing_is_shown_at_once_with_its_case(tmp_path: Path) -> None:
    errors = errors_of(
        tmp_path,
        "cases: {bare: {}, half: {server_power: 4 kW}}\ninputs: {servers_needed: 9 servers}\nshow: [racks_needed]\n",
    )
    assert {error.code for error in errors} == {"E-MISSING"}
    words = [error.message for error in errors]
    assert sum("`server_power`" in each.split("(")[0] and "case `bare`" in each for each in words) == 1
    # What several cases lack is told once.
    assert sum("`rack_power_rated`" in each.split("(")[0] and "cases `bare` and `half`" in each for each in words) == 1
    assert len(words) == 2


def test_what_is_not_given_and_optional_is_listed_and_no_number(tmp_path: Path) -> None:
    (case,) = run(tmp_path, f"{CABINET}cases: {{only: {{rack_power_rated: 10 kW}}}}\nshow: [floor_area]\n").cases
    assert case.figures["floor_area"] == NotIncluded(("floor_area_per_rack",))
    assert set(case.plan.not_included) == {"floor_area_per_rack"}


def test_a_figure_that_is_not_included_stands_only_where_it_was_asked_for(tmp_path: Path) -> None:
    (case,) = run(tmp_path, f"{CABINET}cases: {{only: {{rack_power_rated: 10 kW}}}}\n").cases
    assert "floor_area" not in case.shown
    assert "racks_needed" in case.shown
    (asked,) = run(
        tmp_path, f"{CABINET}cases: {{only: {{rack_power_rated: 10 kW, floor_area_per_rack: 3 m2}}}}\n"
    ).cases
    # 500 racks of 3 m2
    assert asked.figures["floor_area"] == 1500


# ---------------------------------------------------------------- what $50M buy, by hand

BUDGET = """\
facts: [guangnian-plan, hgx-a100-80gb, cluster-cost-structure]
inputs:
  server_price: 148390 USD/server
  gpu_hour_price: 2.38 USD/gpu/hour
  programme_duration: 2 years
  availability: 90 %
  salary: 206000 USD/(person*year)
  loaded_cost_multiplier: 1.3x
  token_price: 0.001 USD/token
  label_price: 6 USD/item
"""

BOUGHT = {
    "servers_affordable": 109,  # 20,000,000 x 0.81 / 148,390 = 109.17
    "gpus_affordable": 872,  # 109 x 8
    "gpu_hours_affordable": 13_749_696,  # 872 x 2 x 8,760 x 0.9
    "gpu_hours_rentable": 20e6 / 2.38,
    "cost_per_person_year": 267_800,  # 206,000 x 1.3
    "person_years_affordable": 20e6 / 267_800,  # 74.7
    "headcount_affordable": 10e6 / 267_800,  # over two years
    "tokens_affordable": 10e9,  # 10,000,000 / 0.001
    "items_affordable": 1_666_666,  # 10,000,000 / 6 = 1,666,666.7
    "compute_share": 0.4,
    "data_share": 0.2,
    "budget_unallocated": 0,
}


def test_what_the_budget_buys(tmp_path: Path) -> None:
    found = run(tmp_path, f"{BUDGET}show: [{', '.join(BOUGHT)}]\n")
    for name, expected in BOUGHT.items():
        assert in_unit(found, name) == pytest.approx(expected, rel=1e-12, abs=1e-6), name
    assert found.cases[0].plan.not_included == ["power_and_hosting_share"]


def test_money_kept_for_power_buys_no_servers(tmp_path: Path) -> None:
    found = run(tmp_path, f"{BUDGET}  power_and_hosting_share: 25 %\nshow: [cluster_budget, servers_affordable]\n")
    assert in_unit(found, "cluster_budget") == 15e6
    # 15,000,000 x 0.81 / 148,390 = 81.88
    assert in_unit(found, "servers_affordable") == 81


# ---------------------------------------------------------------- variants


# ---------------------------------------------------------------- how much there is of it


def test_many_cases_and_parts_are_sized_by_a_few_of_each_kind(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One case, or part, of those that give a number and of those that give a range is computed, the others counted."""
    monkeypatch.setattr("calc.study.answer.MANY", 4)
    monkeypatch.setattr("calc.longrun._LONG", -1.0)
    sure = {f"c{at}": {"a": f"{at + 2}"} for at in range(4)}
    ranges = {f"r{at}": {"a": f"1 to {at + 2}"} for at in range(3)}
    scenario = {"formulas": {"b": "a + a"}, "show": ["b"]}
    parts = {name: {"inputs": {"a": each["a"]}} for name, each in {**sure, **ranges}.items()}
    two = {"cases": {"one": {"c": "1"}, "other": {"c": "2"}}, "formulas": {"b": "a * c"}}
    rows: tuple[tuple[dict[str, Any], str, int], ...] = (
        ({**scenario, "cases": {**sure, **ranges}}, "7 cases", 3),
        ({**scenario, "parts": parts}, "7 parts", 3),
        # Each of the three parts in each of both cases.
        ({**scenario, "parts": parts, **two}, "2 cases of 7 parts", 6),
    )
    for given, told, arrays in rows:
        calc.run(given, samples=1000)
        assert re.match(rf"{told}, about \d+ seconds\n", capsys.readouterr().err)
        # Of 100,000 samples only what is shown is kept, of 1,000 also `a`; four arrays of 20,000 fit.
        monkeypatch.setattr("calc.study.statistics.MAX_SAMPLE_BYTES", 4 * 20_000 * 8)
        with pytest.raises(
            CalcError, match=rf"100,000 samples of {arrays} quantities are 0\.0 GB, and would take about"
        ):
            calc.run(given, samples=100_000)
        monkeypatch.setattr("calc.study.statistics.MAX_SAMPLE_BYTES", 2 * arrays * 999 * 8)
        with pytest.raises(CalcError, match=rf"1,000 samples of {2 * arrays} quantities are 0\.0 GB, and would"):
            calc.run(given, samples=1000)
        monkeypatch.setattr("calc.study.statistics.MAX_SAMPLE_BYTES", 2e9)


def test_how_long_many_cases_take_follows_from_what_a_few_more_take(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("calc.study.answer.MANY", 4)
    monkeypatch.setattr("calc.study.answer._SOME_SAMPLES", 200)
    sure = {f"c{at}": {"a": f"{at + 2}"} for at in range(30)}
    ranges = {f"r{at}": {"a": f"1 to {at + 2}"} for at in range(3)}
    for cases, samples, told in (
        # One, and eleven more of its kind, in 9 - 2 s: 7 / 11 s each, 30 of them in 19 s.
        (sure, 1000, "30 cases, about 19 seconds"),
        # Two, and eleven more: 33 x 7 / 11 = 21 s; with three times the samples that were drawn three times as long.
        ({**sure, **ranges}, 200, "33 cases, about 21 seconds"),
        ({**sure, **ranges}, 600, "33 cases, about 63 seconds"),
    ):
        # The first answer counts for nothing: what it loads is loaded then.
        clock = iter([0.0, 50.0, 50.0, 52.0, 52.0, 61.0])
        monkeypatch.setattr("calc.study.answer.process_time", clock.__next__)
        calc.run({"formulas": {"b": "a + a"}, "show": ["b"], "cases": cases}, samples=samples)
        assert capsys.readouterr().err == f"{told}\n"


def test_a_number_that_is_none_in_the_unit_it_is_written_in_is_refused() -> None:
    # 1e307 USD/s are 3.6e310 USD/h, 1e304 USD/s 3.6e307.
    def found(a: str) -> Any:
        given = {"inputs": {"a": a, "b": "1 USD/hour"}, "formulas": {"c": "maximum(b, a)"}, "show": ["c"]}
        return calc.run(given).cases["base"]["c"].value

    assert found("1e304 USD/second") == pytest.approx(3.6e307)
    with pytest.raises(CalcError, match="`c` overflows in `USD/hour`"):
        found("1e307 USD/second")


def test_use_chooses_a_variant_and_the_answer_names_it(tmp_path: Path) -> None:
    text = f"{BUDGET}show: [gpu_hours_affordable]\nuse: {{gpu_hours_affordable: even_delivery}}\n"
    found = run(tmp_path, f"{text}cases: {{a: {{}}, b: {{use: {{gpu_hours_affordable: from_the_first_day}}}}}}\n")
    assert in_unit(found, "gpu_hours_affordable", 0) == pytest.approx(BOUGHT["gpu_hours_affordable"] / 2, rel=1e-12)
    assert in_unit(found, "gpu_hours_affordable", 1) == pytest.approx(BOUGHT["gpu_hours_affordable"], rel=1e-12)
    named = [each.variants(found.scenario.catalogue) for each in found.cases]
    assert [(name, variant) for each in named for name, variant, _ in each] == [
        ("gpu_hours_affordable", "even_delivery"),
        ("gpu_hours_affordable", "from_the_first_day"),
    ]
    assert "half of it on average" in named[0][0][2]
    assert "from the first day" in named[1][0][2]


def test_without_use_the_first_variant_is_used_and_named(tmp_path: Path) -> None:
    found = run(tmp_path, f"{BUDGET}show: [gpu_hours_affordable]\n")
    ((name, variant, assumes),) = found.cases[0].variants(found.scenario.catalogue)
    assert (name, variant) == ("gpu_hours_affordable", "from_the_first_day")
    assert assumes


@pytest.mark.parametrize(
    ("use", "message", "hint"),
    [
        ("gpu_hours_affordable: even_delivry", "no variant `even_delivry`", "did you mean `even_delivery`?"),
        ("gpu_hours_affordable: never", "no variant `never`", "`from_the_first_day` and `even_delivery`"),
        ("gpu_hours_afordable: even_delivery", "has no variants", "did you mean `gpu_hours_affordable`?"),
        ("racks_needed: even_delivery", "has no variants", "`calc list quantities` shows the names"),
    ],
)
def test_use_of_what_does_not_exist(tmp_path: Path, use: str, message: str, hint: str) -> None:
    (error,) = errors_of(tmp_path, f"{BUDGET}use: {{{use}}}\nshow: [gpu_hours_affordable]\n")
    assert error.code == "E-USE"
    assert message in error.message
    assert hint in (error.hint or "")


def test_a_check_of_sums_is_asked_where_one_of_what_may_be_added_is_known(tmp_path: Path) -> None:
    """`if_included(compute_budget, 0) + ... <= budget_total` says nothing of a budget alone."""
    scenario = run(
        tmp_path, "inputs: {server_power: 4 kW, rack_power_rated: 12 kW}\nshow: [servers_per_rack]\n"
    ).scenario
    lacking = 0
    for condition, _ in scenario.model_checks:
        required = set(condition.required)
        for more in [*(set(condition.names) - required), None]:
            given = required if more is None else {*required, more}
            found = [each for each in model_checks(scenario, given, {}) if each.condition is condition]
            # What is not given may follow, or have a value by itself.
            is_known = more is not None or required == set(condition.names)
            assert len(found) == 1 if is_known else not found or set(found[0].names) > required, condition.text
            lacking += not found
    assert lacking
