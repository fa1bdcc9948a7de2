"""One mistake makes one message: what follows from an unknown name, a loop or a misspelt section is not told too."""

from __future__ import annotations

import pytest
from rows import each_row

from calc.errors import CalcError, Problems, flatten
from calc.scenario.load import load_text
from calc.scenario.resolve import Options, resolve


def told(text: str) -> list[str]:
    """Return code, message and hint of all that is wrong with a scenario."""
    problems = Problems()
    try:
        resolve(load_text(text, "s.yaml", problems), Options(), problems)
    except CalcError as error:
        return [f"{each.code} {each.message}: {each.hint}" for each in flatten([error])]
    return []


OWN = "inputs: {team: 12 people, pay: $300k/person/year}\n"
LOOP = """\
inputs: {gpus: 256 gpus, gpu_hour_price: $2.40/gpu/hour, months: 3 months, share: 20 %}
formulas:
  compute_budget: gpus * gpu_hour_price * months
  team_cost: total_cost * share
  total_cost: team_cost + compute_budget
  twice: total_cost * 2
show: [total_cost, compute_budget, twice]
"""
SECTION = "formulas: {payroll: team * pay}\nshow: [payroll, server_price]\nchecks: [payroll <= $5M]\n"
ONE = {
    "a short name misspelt in a formula": (f"{OWN}formulas: {{payroll: team * pey}}\nshow: [payroll]\n",
                                           "E-NAME `pey` is no quantity: did you mean `pay`?"),
    "in a check": (f"{OWN}formulas: {{staff: team * 2}}\nshow: [staff]\nchecks: [pey <= $1/person/year]\n",
                   "E-NAME `pey` is no quantity"),
    "a loop beside a formula that is right": (LOOP, "E-LOOP the formulas `team_cost` and `total_cost` need each other"),
    "a section in the singular": (f"input: {{team: 12 people, pay: $3/person, server_price: $250k/server}}\n{SECTION}",
                                  "E-SECTION `input` is no section of a scenario: did you mean `inputs`?"),
    "a section twice, once misspelt": (f"inputs: {{team: 12 people}}\ninput: {{pay: $3/person, server_price: $9/server}}\n{SECTION}",  # noqa: E501  # a file
                                       "E-SECTION `input` is no section of a scenario"),
    "formulas called otherwise": (f"{OWN}formula: {{payroll: team * pay}}\nshow: [payroll]\n",
                                  "E-SECTION `formula` is no section"),
    "an abbreviation": ("formulas: {a: rack_pwr * 2}\nshow: [a]\n", "did you mean `rack_power_rated`"),
    "an amount in a formula": ("formulas: {a: server_power * 1150 tokens}\nshow: [a]\n",
                               "make `1150 tokens` an input of your own"),
    "a price in a formula": ("formulas: {a: servers * $2.40/gpu}\nshow: [a]\n", "make `$2.40/gpu` an input"),
    "a chip for a unit": ("inputs: {gpus: 256 H100}\nshow: [gpus]\n", "`gpus`, and name it, as in `facts: [h100-sxm]`"),
}  # fmt: skip


@each_row(("text", "wanted"), ONE)
def test_one_mistake_is_told_once(text: str, wanted: str) -> None:
    found = told(text)
    assert len(found) == 1, found
    assert wanted in found[0]


def test_mistakes_that_are_not_one_are_all_told() -> None:
    two = "formulas: {a: b * 2, b: a * 2, c: d * 2, d: c * 2, e: a * 2}\nshow: [a, c, e]\n"
    assert len(told(two)) == 2
    assert len(told("inputs: {lunch: 12 USD, server_powr: 4 kW}\nshow: [server_power]\n")) == 2


def test_where_a_model_that_ships_declares_a_quantity_is_no_place_of_the_user() -> None:
    problems = Problems()
    text = "inputs: {gpus: 2 gpus, gpu_hour_price: $2/gpu/hour}\nformulas: {compute_budget: gpus * gpu_hour_price}\n"
    with pytest.raises(CalcError, match="computes USD per time, it needs USD") as found:
        resolve(load_text(text, "s.yaml", problems), Options(), problems)
    assert "calc/models" not in str(found.value)


SHARES = {
    "bare": ("busy", "45", "`busy` is 45, which is 4,500 %; write `45 %` if that is meant"),
    "a range": ("hit_rate", "0.4 to 45", "`hit_rate` is 45"),
    "percent": ("passed", "145 %", "`passed` is 145 %, more than all; write `1.45` if it is no share"),
    "all of it": ("busy", "100 %", ""),
    "a share as a number": ("busy_share", "0.45", ""),
    "a plain number": ("plain", "45", ""),
    "an exchange rate": ("fx_rate", "7.1", ""),
    "a rate with a unit": ("rate", "45 tokens/s", ""),
}


@each_row(("name", "value", "wanted"), SHARES)
def test_a_share_of_ones_own_above_all_of_it_is_doubted(name: str, value: str, wanted: str) -> None:
    problems = Problems()
    text = f"inputs: {{{name}: {{value: {value}, source: x}}}}\nformulas: {{twice: {name} * 2}}\nshow: [twice]\n"
    found = resolve(load_text(text, "s.yaml", problems), Options(), problems).warnings
    assert [each[: len(wanted)] for each in found] == ([wanted] if wanted else [])


def test_what_is_missing_in_several_cases_is_told_once() -> None:
    plan = (
        "years: 2026 to 2029\ninputs: {servers: 1 server, gpus_per_server: 8 gpus, server_price: $100k/server,\n"
        "  server_life: 4 years, owning_cost_per_month: $5k/month, tax_rate: 21 %}\n"
    )
    cases = "cases: {one: {}, two: {servers: 2 servers}, three: {discount_rate: 8 %/year}}\nshow: [owning_npv]\n"
    (missing,) = told(plan + cases)
    assert "`discount_rate` (yearly cost of capital) has no value in cases `one` and `two`; `plan_discount" in missing
    # Six shares of one table, which one bundle of facts gives.
    (missing,) = told(
        plan.replace("owning_cost_per_month", "hosting_cost_per_month") + "show: [hardware_tax_depreciation]\n"
    )
    assert "`tax_share_year_1` to `tax_share_year_6` (6 inputs) have no value" in missing
    assert "`facts: [macrs-5-year]` gives them all" in missing
