"""Amounts in another currency: converted only through a dated fact, and shown with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import calc
from calc.errors import CalcError, CalcErrors, Problems
from calc.report.json import render
from calc.scenario.load import load
from calc.scenario.resolve import Options, resolve
from calc.study.answer import answer
from calc.units import CURRENCIES

if TYPE_CHECKING:
    from pathlib import Path

    from calc.study.results import Answer


def run(folder: Path, text: str, *settings: str) -> Answer:
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    problems = Problems()
    return answer(resolve(load(str(path), problems), Options(settings=settings), problems))


def case_of(found: Answer) -> dict[str, Any]:
    case: dict[str, Any] = json.loads(render(found))["cases"][0]
    return case


def errors_of(folder: Path, text: str) -> list[CalcError]:
    with pytest.raises(CalcErrors) as caught:
        run(folder, text)
    return caught.value.errors


PRICE = "server_price: 1000000 CNY/server"
WANTED = "show: [servers_affordable]\n"


def test_every_currency_is_converted_through_a_rate_of_its_own(tmp_path: Path) -> None:
    # Each within the bounds of its rate.
    numbers = {"INR": 20, "JPY": 20, "KRW": 200}
    for currency in set(CURRENCIES) - {"USD"}:
        number = numbers.get(currency, 2)
        rate = f"{currency.lower()}_per_usd: {{value: {number} {currency}/USD, source: our bank}}"
        case = case_of(run(tmp_path, f"inputs: {{budget_total: {currency} 5 million, {rate}}}\nshow: [budget_total]"))
        assert case["results"]["budget_total"]["value"] == pytest.approx(5e6 / number, rel=1e-12), currency
        [error] = errors_of(tmp_path, f"inputs: {{budget_total: {currency} 5 million}}\nshow: [budget_total]")
        assert f"`{currency.lower()}_per_usd`" in error.message


def test_a_price_in_renminbi_goes_through_the_latest_dated_rate(tmp_path: Path) -> None:
    case = case_of(run(tmp_path, f"facts: [fx]\ninputs: {{{PRICE}, compute_budget: $20M}}\n{WANTED}"))
    price = case["inputs"]["server_price"]
    # 1,000,000 / 6.86337 = 145,700.99...; 20,000,000 / 145,700.99 = 137.3
    assert price["value"] == pytest.approx(1e6 / 6.86337, rel=1e-12)
    assert price["unit"] == "USD/server"
    assert price["status"] == "given"
    assert price["converted_with"] == "cny_per_usd"
    assert case["results"]["servers_affordable"]["value"] == 137
    rate = case["inputs"]["cny_per_usd"]
    assert (rate["value"], rate["unit"], rate["status"]) == (6.86337, "CNY/USD", "default")
    assert rate["fact"] == "fx.cny_per_usd@2026"
    assert rate["as_of"] == "2026-01 to 2026-06"
    assert rate["source"]


def test_the_rate_of_a_year_can_be_chosen(tmp_path: Path) -> None:
    text = f"inputs: {{{PRICE}, compute_budget: $20M, cny_per_usd: {{fact: fx.cny_per_usd@2014}}}}\n{WANTED}"
    case = case_of(run(tmp_path, text))
    assert case["inputs"]["server_price"]["value"] == pytest.approx(1e6 / 6.1428, rel=1e-12)
    # 20,000,000 x 6.1428 / 1,000,000 = 122.856
    assert case["results"]["servers_affordable"]["value"] == 122
    assert case["inputs"]["cny_per_usd"]["fact"] == "fx.cny_per_usd@2014"


def test_a_range_is_converted_whole(tmp_path: Path) -> None:
    text = f"facts: [fx]\ninputs: {{server_price: 900000 to 1100000 CNY/server, compute_budget: $20M}}\n{WANTED}"
    spread = case_of(run(tmp_path, text))["inputs"]["server_price"]["distribution"]
    assert spread["kind"] == "uniform"
    assert spread["low"] == pytest.approx(9e5 / 6.86337, rel=1e-12)
    assert spread["high"] == pytest.approx(1.1e6 / 6.86337, rel=1e-12)


def test_without_a_rate_there_is_no_conversion(tmp_path: Path) -> None:
    (error,) = errors_of(tmp_path, f"inputs:\n  {PRICE}\n  compute_budget: $20M\n{WANTED}")
    assert error.code == "E-CURRENCY"
    assert "`server_price` is in CNY and needs USD" in error.message
    assert error.place is not None
    assert (error.place.line, error.place.column) == (2, 17)
    assert "facts: [fx]" in (error.hint or "")
    assert "fx.cny_per_usd@2026" in (error.hint or "")


def test_every_currency_that_is_read_has_a_shipped_rate(tmp_path: Path) -> None:
    for currency in sorted(set(CURRENCIES) - {"USD"}):
        price = f"{{server_price: '9 {currency}/server', compute_budget: $20M}}"
        value = case_of(run(tmp_path, f"facts: [fx]\ninputs: {price}\n{WANTED}"))["inputs"]["server_price"]
        assert value["converted_with"] == f"{currency}_per_usd".lower()


@pytest.mark.parametrize(("rate", "code"), [("0 CNY/USD", "E-BOUNDS"), ("6 to 7 CNY/USD", "E-CURRENCY")])
def test_a_rate_that_is_none_is_refused(tmp_path: Path, rate: str, code: str) -> None:
    errors = errors_of(tmp_path, f"inputs: {{{PRICE}, compute_budget: $20M, cny_per_usd: {rate}}}\n{WANTED}")
    assert {error.code for error in errors} == {code}


def test_the_other_way_round_is_no_rate(tmp_path: Path) -> None:
    errors = errors_of(tmp_path, f"inputs: {{{PRICE}, compute_budget: $20M, cny_per_usd: 0.14 USD/CNY}}\n{WANTED}")
    assert "E-DIMENSION" in {error.code for error in errors}


def test_dollars_and_renminbi_are_never_added(tmp_path: Path) -> None:
    (error,) = errors_of(tmp_path, "facts: [fx]\ninputs: {a: 3 CNY, b: 4 USD}\nformulas: {c: a + b}\nshow: [c]\n")
    assert error.code == "E-FORMULA-DIMENSION"
    # A scenario's own quantities convert by an explicit rate: 3 / 6.86337 + 4
    found = run(tmp_path, "facts: [fx]\ninputs: {a: 3 CNY, b: 4 USD}\nformulas: {c: a / cny_per_usd + b}\nshow: [c]\n")
    assert found.cases[0].figures["c"] == pytest.approx(3 / 6.86337 + 4, rel=1e-12)


# ---------------------------------------------------------------- share and amount, the amount in renminbi

SHARE = "facts: [fx]\ninputs: {budget_total: $50M, compute_share: 40 %, compute_budget: "


def test_share_and_amount_agree_after_conversion(tmp_path: Path) -> None:
    # 20,000,000 USD x 6.86337 CNY/USD = 137,267,400 CNY
    found = run(tmp_path, f"{SHARE}137.2674 MCNY}}\nshow: [compute_share, compute_budget]\n")
    assert found.cases[0].figures["compute_budget"] == pytest.approx(20e6, rel=1e-12)


def test_share_and_amount_contradict_each_other_after_conversion(tmp_path: Path) -> None:
    """20 MCNY are $2.8M and no 40 % of $50M, although the bare numbers would agree."""
    (error,) = errors_of(tmp_path, f"{SHARE}20 MCNY}}\nshow: [compute_share, compute_budget]\n")
    assert error.code == "E-CONTRADICTION"


def test_what_a_currency_buys_is_shown_per_that_currency() -> None:
    # 5 servers for $10 are 0.5 a dollar; at 0.5 EUR/USD that is 1 a euro, and a dollar a server is 0.5 euros.
    inputs = {name: {"value": value, "source": "a bank"} for name, value in
              {"eur_per_usd": "0.5 EUR/USD", "money": "10 USD", "things": "5 servers"}.items()}  # fmt: skip
    formulas = {"each_buys": "things / money", "each_costs": "money / things"}
    scenario = {"currency": "EUR", "inputs": inputs, "formulas": formulas, "show": [*formulas]}
    found = calc.run(scenario).cases["base"]
    assert {name: found[name].text for name in formulas} == {"each_buys": "1 server/EUR", "each_costs": "1 EUR/server"}
