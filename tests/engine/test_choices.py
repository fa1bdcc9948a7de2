"""Choices that bind the variants of several quantities: what the catalogue refuses, and what a scenario gets."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING

import pytest

import calc
from calc import ops
from calc.declarations import Choice, Input
from calc.engine.catalogue import build_catalogue
from calc.errors import CalcError, CalcErrors
from calc.units.vocabulary import USD, Years

if TYPE_CHECKING:
    from collections.abc import Callable

PEAKS = {"gpu_peak_bf16": "989.4 TFLOP/s/gpu", "gpu_peak_fp8": "1979 TFLOP/s/gpu"}
FASTER = {"formulas": {"twice": "gpu_peak + gpu_peak"}}


def price__bought(list_price: USD) -> USD:
    """Price.

    Assumes: bought.

    Source: definition.
    """
    return list_price


def price__lent(list_price: USD) -> USD:
    """Price.

    Assumes: lent.

    Source: definition.
    """
    return list_price / 2


def _module(**declared: object) -> types.ModuleType:
    module = types.ModuleType("shop")
    given: dict[str, object] = {"list_price": Input(USD, "Price on the list"), **declared}
    module.__file__ = "shop.py"
    for name, value in given.items():
        if isinstance(value, types.FunctionType):
            value.__module__ = "shop"
        setattr(module, name, value)
    return module


def _refusal(**declared: object) -> CalcError:
    with pytest.raises(CalcError) as caught:
        build_catalogue([_module(**declared)])
    return caught.value


FORMULAS: dict[str, Callable[..., float]] = {"price__bought": price__bought, "price__lent": price__lent}
BOTH = {"bought": "paid once", "lent": "given back"}


def test_a_choice_binds_the_variants_that_are_its_options() -> None:
    catalogue = build_catalogue([_module(deal=Choice("How", BOTH, ("price",)), **FORMULAS)])
    assert list(catalogue.choices) == ["deal"]


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        (Choice("How", {**BOTH, "stolen": "taken"}, ("price",)), "binds `price`, which has the variants bought, lent"),
        (Choice("How", BOTH, ("list_price",)), "binds `list_price`, which has no variants"),
        (Choice("How", BOTH, ("prize",)), "binds `prize`, which has no variants"),
        (Choice("How", BOTH, ()), "decides nothing"),
        (Choice("How", {}, ("price",)), "decides nothing"),
    ],
)
def test_a_choice_that_does_not_fit_its_quantities_is_refused(choice: Choice, words: str) -> None:
    assert words in str(_refusal(deal=choice, **FORMULAS))


def test_a_choice_has_a_name_of_its_own() -> None:
    module, other = _module(**FORMULAS), types.ModuleType("other")
    other.__file__ = "other.py"
    other.price = Choice("How", BOTH, ("price",))  # type: ignore[attr-defined]  # a module is an open bag
    with pytest.raises(CalcError, match="is a quantity and a choice"):
        build_catalogue([module, other])


def test_two_models_do_not_own_one_choice() -> None:
    other = types.ModuleType("other")
    other.__file__ = "other.py"
    other.deal = Choice("How", BOTH, ("price",))  # type: ignore[attr-defined]  # a module is an open bag
    with pytest.raises(CalcErrors, match="`deal` has two owners"):
        build_catalogue([_module(deal=Choice("How", BOTH, ("price",)), **FORMULAS), other])


def test_the_first_option_is_the_default_and_is_said() -> None:
    case = calc.run({"inputs": PEAKS, "show": ["gpu_peak"]}).to_dict()["cases"][0]
    assert case["results"]["gpu_peak"]["value"] == 989.4
    assert case["variants"]["dtype"]["variant"] == "bf16"


def test_a_choice_is_made_in_a_case_for_all_that_it_binds() -> None:
    cases = {"half": {}, "quarter": {"use": {"dtype": "fp8"}}}
    result = calc.run({"inputs": PEAKS, "cases": cases, "show": ["gpu_peak", "twice"], **FASTER})
    assert result.cases["half"]["twice"].value == 2 * 989.4
    assert result.cases["quarter"]["twice"].value == 2 * 1979


def test_a_variant_named_by_itself_wins_over_the_choice() -> None:
    use = {"gpu_peak": "bf16", "dtype": "fp8"}
    assert calc.run({"inputs": PEAKS, "use": use, "show": ["gpu_peak"]}).cases["base"]["gpu_peak"].value == 989.4


@pytest.mark.parametrize(("use", "words"), [({"dtyp": "fp8"}, "`dtype`"), ({"dtype": "fp16"}, "`fp64`")])
def test_what_is_misspelt_is_suggested(use: dict[str, str], words: str) -> None:
    with pytest.raises(CalcError, match="did you mean") as caught:
        calc.run({"inputs": PEAKS, "use": use, "show": ["gpu_peak"]})
    assert words in str(caught.value)


# ---------------------------------------------------------------- amounts of pure numbers


def rate__monthly(list_price: USD, span: Years) -> USD:
    """Payment over a month.

    Source: definition.
    """
    return list_price * ops.amount(1, "month") / span


def test_amount_gives_a_pure_number_its_unit() -> None:
    # $24 a year for two years: 24 / 2 years = 12 a year = 1 a month
    formula = build_catalogue([_module(span=Input(Years, "How long"), payment=rate__monthly)])["payment"].formulas[""]
    from calc.engine.evaluate import evaluate_formula

    year = 31_536_000.0
    assert evaluate_formula("payment", formula.expression, {"list_price": 24.0, "span": 2 * year}, {}) == 1.0


def test_amount_in_a_scenario_formula() -> None:
    given = {"inputs": {**PEAKS, "hours": "3"}, "formulas": {"work": 'gpu_peak * amount(hours, "hour")'}}
    figure = calc.run({**given, "show": ["work"]}).cases["base"]["work"]
    # 989.4 TFLOP/s x 3 x 3600 s
    assert figure.to_pint().to("TFLOP/gpu").magnitude == pytest.approx(989.4 * 3 * 3600)


@pytest.mark.parametrize(
    ("formula", "words"),
    [('amount(gpu_peak, "hour")', "amount takes a pure number"), ('amount(2, "fortnight")', "fortnight")],
)
def test_amount_refuses_what_has_a_unit_and_units_that_are_none(formula: str, words: str) -> None:
    with pytest.raises(CalcError, match=words):
        calc.run({"inputs": PEAKS, "formulas": {"work": formula}, "show": ["work"]})


def test_number_and_amount_are_inverse_on_floats() -> None:
    assert ops.number(ops.amount(2.5, "year"), "year") == 2.5
    assert isinstance(ops.amount(1, "month") + 0.0, float)


def test_a_gigawatt_hour_is_no_literal() -> None:
    """A unit of a literal is an amount; arithmetic on it outside a quantity is refused as any literal is."""
    with pytest.raises(CalcError, match="literal"):
        calc.run({"inputs": PEAKS, "formulas": {"work": "amount(3, 'hour')"}, "show": ["work"]})


def test_a_quantity_chosen_apart_from_its_choice_is_said_by_its_own_name() -> None:
    inputs = {"server_capex": "$48", "server_life": "4 years", "network_capex": "$10", "discount_rate": "5 %/year"}
    show = ["server_cost_per_month", "network_cost_per_month"]
    found = calc.run({"inputs": inputs, "show": show, "use": {"network_amortisation": "annuity_yearly"}}).to_dict()
    variants = {name: each["variant"] for name, each in found["cases"][0]["variants"].items()}
    assert variants == {
        "server_amortisation": "annuity_monthly", "network_amortisation": "annuity_yearly", "price_terms": "nominal",
    }  # fmt: skip
    alike = calc.run({"inputs": inputs, "show": show}).to_dict()["cases"][0]["variants"]
    assert sorted(alike) == ["amortisation", "price_terms"]
