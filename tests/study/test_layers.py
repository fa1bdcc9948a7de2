"""Layers of given values: facts < extends < inputs < case < --set; either of a share and an amount; contradictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from calc.errors import CalcError, CalcErrors, Place, Problems
from calc.scenario.load import load
from calc.scenario.resolve import Options, resolve
from calc.study.answer import answer

if TYPE_CHECKING:
    from pathlib import Path

    from calc.study.results import CaseAnswer


def run(folder: Path, text: str, *settings: str) -> list[CaseAnswer]:
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    problems = Problems()
    return answer(resolve(load(str(path), problems), Options(settings=settings), problems)).cases


def errors_of(folder: Path, text: str, *settings: str) -> list[CalcError]:
    with pytest.raises(CalcErrors) as caught:
        run(folder, text, *settings)
    return caught.value.errors


def marked(place: Place | None) -> str:
    assert place is not None
    line = place.source.line(place.line)
    return line[place.column - 1 : place.column - 1 + place.length]


# ---------------------------------------------------------------- which layer wins

# From the lowest layer to the highest, what each says about rack_power_rated, in kW.
LAYERS = {"facts": 5, "extends": 10, "inputs": 15, "case": 20, "--set": 25}


@pytest.mark.parametrize("highest", LAYERS)
def test_the_highest_layer_wins(tmp_path: Path, highest: str) -> None:
    names = list(LAYERS)
    present = names[: names.index(highest) + 1]
    says = {name: f", rack_power_rated: {LAYERS[name]} kW" if name in present else "" for name in names}
    parent = f"facts: [ordinary-rack]\ninputs: {{server_power: 1 kW{says['extends']}}}\n"
    (tmp_path / "parent.yaml").write_text(parent, encoding="utf-8")
    case = "rack_power_rated: 20 kW" if "case" in present else ""
    text = (
        f"extends: parent.yaml\ninputs: {{servers_needed: 9 servers{says['inputs']}}}\ncases: {{only: {{{case}}}}}\n"
        "show: [servers_per_rack_by_power]\n"
    )
    (case_answer,) = run(tmp_path, text, *(["rack_power_rated=25 kW"] if "--set" in present else []))
    value = case_answer.case.values["rack_power_rated"]
    assert value.point == LAYERS[highest] * 1000
    # One server a kilowatt.
    assert case_answer.figures["servers_per_rack_by_power"] == LAYERS[highest]
    assert value.status == ("default" if highest == "facts" else "overridden")
    lowest = "ordinary-rack.rack_power_rated"
    assert (value.fact, value.replaces) == ((lowest, None) if highest == "facts" else (None, lowest))


def test_status_source_and_place_of_each_value(tmp_path: Path) -> None:
    (found,) = run(
        tmp_path,
        "facts: [lingang-a100-server, ordinary-rack]\n"
        'inputs:\n  rack_power_rated: {value: 10 kW, source: "survey"}\n  servers_needed: 250 servers\n'
        "show: [racks_needed]\n",
        "servers_needed=300 servers",
    )
    values = found.case.values
    default = values["server_power"]
    assert (default.status, default.place, default.fact) == ("default", None, "lingang-a100-server.server_power")
    assert default.fact_status == "claim"
    assert default.as_of == "2023-04"
    assert "OFweek" in (default.source or "")
    replaced = values["rack_power_rated"]
    assert (replaced.status, replaced.source) == ("overridden", "survey")
    assert marked(replaced.place) == "10 kW"
    given = values["servers_needed"]
    assert (given.status, given.fact, given.point) == ("given", None, 300)
    assert marked(given.place) == "300 servers"
    assert values["rack_power_derating"].fact == "defaults.rack_power_derating"


def test_a_single_fact_as_an_input_is_given_with_its_source(tmp_path: Path) -> None:
    (found,) = run(
        tmp_path,
        "inputs: {server_power: {fact: dgx-a100.server_power}, rack_power_rated: 10 kW}\nshow: [rack_power_drawn]\n",
    )
    value = found.case.values["server_power"]
    assert (value.status, value.fact, value.point) == ("given", "dgx-a100.server_power", 6500)
    assert marked(value.place) == "dgx-a100.server_power"


def test_the_nearer_file_of_a_chain_wins(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("inputs: {server_power: 1 kW, rack_power_rated: 10 kW}\n", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("extends: a.yaml\ninputs: {server_power: 2 kW}\n", encoding="utf-8")
    (found,) = run(tmp_path, "extends: b.yaml\nshow: [servers_per_rack_by_power]\n")
    assert found.figures["servers_per_rack_by_power"] == 5


def test_inputs_win_over_the_bundle_of_a_case(tmp_path: Path) -> None:
    """A bundle fills inputs wherever it is named; only what a case itself gives lies above them."""
    (found,) = run(
        tmp_path,
        "inputs: {server_power: 5 kW, rack_power_rated: 10 kW}\ncases: {only: {facts: [lingang-high-rack]}}\n"
        "show: [servers_per_rack_by_power]\n",
    )
    assert found.figures["servers_per_rack_by_power"] == 2
    assert found.case.values["rack_power_rated"].replaces == "lingang-high-rack.rack_power_rated"


def test_cases_do_not_see_each_other(tmp_path: Path) -> None:
    found = run(
        tmp_path,
        "inputs: {server_power: 5 kW, rack_power_rated: 10 kW}\n"
        "cases: {small: {rack_power_rated: 5 kW}, plain: {}, large: {rack_power_rated: 20 kW}}\n"
        "show: [servers_per_rack_by_power]\n",
    )
    assert [(each.case.name, each.figures["servers_per_rack_by_power"]) for each in found] == [
        ("small", 1),
        ("plain", 2),
        ("large", 4),
    ]


# ---------------------------------------------------------------- a later layer withdraws the other name

SHOW = "show: [compute_share, compute_budget]\n"
SHARES = "inputs: {budget_total: $50M, compute_share: 40 %}\n"
AMOUNTS = "inputs: {budget_total: $50M, compute_budget: $20M}\n"


def lines(found: CaseAnswer) -> tuple[object, object, set[str]]:
    """Return share, amount and which of the two are given."""
    given = set(found.case.values) & {"compute_share", "compute_budget"}
    return found.figures["compute_share"], found.figures["compute_budget"], given


def test_an_amount_in_a_case_withdraws_the_share(tmp_path: Path) -> None:
    plain, moved, shared = run(
        tmp_path,
        f"{SHARES}{SHOW}cases: {{plain: {{}}, moved: {{compute_budget: $30M}}, other: {{compute_share: 50 %}}}}\n",
    )
    assert lines(plain) == (0.4, pytest.approx(20e6), {"compute_share"})
    # 30 / 50
    assert lines(moved) == (pytest.approx(0.6), 30e6, {"compute_budget"})
    assert lines(shared) == (0.5, 25e6, {"compute_share"})


def test_a_share_on_the_command_line_withdraws_the_amount_of_the_case(tmp_path: Path) -> None:
    text = f"{SHARES}{SHOW}cases: {{moved: {{compute_budget: $30M}}}}\n"
    (found,) = run(tmp_path, text, "compute_share=10 %")
    assert lines(found) == (0.1, pytest.approx(5e6), {"compute_share"})


def test_a_share_in_inputs_withdraws_the_amount_of_a_fact(tmp_path: Path) -> None:
    (found,) = run(tmp_path, f"facts: [guangnian-plan]\ninputs: {{compute_share: 10 %}}\n{SHOW}")
    assert lines(found) == (0.1, pytest.approx(5e6), {"compute_share"})
    # The other lines of the plan stay.
    assert found.case.values["people_budget"].point == 20e6


def test_an_amount_withdraws_the_share_of_what_is_extended(tmp_path: Path) -> None:
    (tmp_path / "parent.yaml").write_text(SHARES + SHOW, encoding="utf-8")
    (found,) = run(tmp_path, "extends: parent.yaml\ninputs: {compute_budget: $30M}\n")
    assert lines(found) == (pytest.approx(0.6), 30e6, {"compute_budget"})


def test_another_line_withdraws_nothing(tmp_path: Path) -> None:
    text = f"{SHARES}{SHOW}cases: {{other: {{people_budget: $30M}}, total: {{budget_total: $100M}}}}\n"
    other, total = run(tmp_path, text)
    assert lines(other) == (0.4, pytest.approx(20e6), {"compute_share"})
    assert lines(total) == (0.4, pytest.approx(40e6), {"compute_share"})


def test_an_amount_stays_when_the_total_changes(tmp_path: Path) -> None:
    (found,) = run(tmp_path, f"{AMOUNTS}{SHOW}cases: {{total: {{budget_total: $100M}}}}\n")
    assert lines(found) == (0.2, 20e6, {"compute_budget"})


# ---------------------------------------------------------------- both names in one layer


@pytest.mark.parametrize("amount", ["$20M", "20 MUSD", "20,000,000.01 USD"])
def test_both_in_one_layer_may_agree(tmp_path: Path, amount: str) -> None:
    # 20,000,000.01 / 50,000,000 is 0.4 to 5e-10.
    text = f'inputs: {{budget_total: $50M, compute_share: 40 %, compute_budget: "{amount}"}}\n{SHOW}'
    (found,) = run(tmp_path, text)
    assert lines(found)[2] == {"compute_share", "compute_budget"}


@pytest.mark.parametrize("amount", ["$21M", "20,000,000.1 USD"])
def test_both_in_one_layer_may_not_differ(tmp_path: Path, amount: str) -> None:
    # 20,000,000.1 / 50,000,000 differs from 0.4 by 5e-9 of it.
    text = f"inputs:\n  budget_total: $50M\n  compute_share: 40 %\n  compute_budget: {amount}\n{SHOW}"
    (error,) = errors_of(tmp_path, text)
    assert error.code == "E-CONTRADICTION"
    places = [error.place, *(place for _, place in error.related)]
    assert sorted(marked(place) for place in places) == sorted(["40 %", amount])
    assert "give one of the two" in (error.hint or "")


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        (f"{SHARES}{SHOW}cases:\n  bad: {{compute_share: 50 %, compute_budget: $30M}}\n", ()),
        (f"{SHARES}{SHOW}", ("compute_share=50 %", "compute_budget=$30M")),
    ],
    ids=["case", "--set"],
)
def test_any_layer_must_agree_with_itself(tmp_path: Path, text: str, settings: tuple[str, ...]) -> None:
    (error,) = errors_of(tmp_path, text, *settings)
    assert error.code == "E-CONTRADICTION"
    assert sorted(marked(place) for place in [error.place, error.related[0][1]]) == ["$30M", "50 %"]


def test_two_ranges_that_follow_from_each_other_are_refused(tmp_path: Path) -> None:
    text = f"inputs: {{budget_total: $50M, compute_share: 30 to 50 %, compute_budget: $15M to $25M}}\n{SHOW}"
    (error,) = errors_of(tmp_path, text)
    assert error.code == "E-CONTRADICTION"
    assert "both have a range" in error.message


BOTH = "inputs: {compute_share: 40 %, compute_budget: $20M"


def test_both_names_must_agree_with_a_total_that_a_case_gives(tmp_path: Path) -> None:
    """40 % of $60M are $24M, not $20M: the two names are still both given, so the case contradicts itself."""
    (error,) = errors_of(
        tmp_path, f"{BOTH}}}\ncases: {{fits: {{budget_total: $50M}}, not: {{budget_total: $60M}}}}\n{SHOW}"
    )
    assert error.code == "E-CONTRADICTION"


def test_both_names_must_still_agree_when_a_case_changes_the_total(tmp_path: Path) -> None:
    (error,) = errors_of(tmp_path, f"{BOTH}, budget_total: $50M}}\ncases: {{not: {{budget_total: $60M}}}}\n{SHOW}")
    assert error.code == "E-CONTRADICTION"


def test_both_names_must_still_agree_when_the_command_line_changes_the_total(tmp_path: Path) -> None:
    (error,) = errors_of(tmp_path, f"{BOTH}, budget_total: $50M}}\n{SHOW}", "budget_total=$60M")
    assert error.code == "E-CONTRADICTION"
