"""What a given value may be: every input has bounds with a reason, and no fact lies outside."""

from __future__ import annotations

import pytest

from calc.declarations import Input
from calc.engine.catalogue import shipped_models, standard_catalogue
from calc.errors import CalcError
from calc.facts import standard_facts
from calc.scenario.unit_check import check_bounds
from calc.units import parse_unit

# Inputs that no bound can stand for; the declaration says why.
UNBOUNDED = {"besiroglu_floor_error", "besiroglu_size_error", "besiroglu_data_error"}
# What is not modelled yet can only be 0, and says so.
NOT_MODELLED = {"speculative_tokens", "prefill_gpus"}


def test_every_input_has_bounds_with_a_reason() -> None:
    inputs = [each for each in standard_catalogue().quantities.values() if not each.formulas]
    without_reason = [each.name for each in inputs if not each.why]
    unbounded = {each.name for each in inputs if each.low is None or each.high is None}
    bounded = [each for each in inputs if each.name not in unbounded | NOT_MODELLED]
    backwards = [each.name for each in bounded if not each.low < each.high]  # type: ignore[operator]  # the unbounded are left out
    assert (without_reason, unbounded, backwards) == ([], UNBOUNDED, [])


def test_the_reason_of_an_input_goes_before_that_of_its_type() -> None:
    given = {name: value.why for module in shipped_models() for name, value in vars(module).items()
             if isinstance(value, Input) and value.why}  # fmt: skip
    assert len(given) > 10
    assert {name: standard_catalogue()[name].why for name in given} == given


def test_every_band_lies_within_the_bounds() -> None:
    wrong = [
        each.name
        for each in standard_catalogue().quantities.values()
        if each.band and not (each.low or 0) <= each.band[0] < each.band[1] <= (each.high or 0)
    ]
    assert wrong == []


def test_a_bound_is_an_order_of_magnitude_and_not_a_slip_of_the_hand() -> None:
    # Two digits say what cannot be; else: 2^10, the hours of a month of 31 days, a century in days and weeks (100 x
    # 365.25, 36,525 / 7 = 5,217.9), and a year before any GPU.
    exact = {1024, 744, 36_525, 5218, 1990}
    ends = {
        (each.name, end)
        for each in standard_catalogue().quantities.values()
        for end in (each.low, each.high, *(each.band or ()))
        if end is not None and end not in exact
    }
    assert len(ends) > 1000
    assert [each for each in sorted(ends) if float(f"{each[1]:.1e}") != each[1]] == []


def test_every_fact_lies_within_the_bounds() -> None:
    catalogue, outside = standard_catalogue(), []
    for fact in standard_facts().by_id.values():
        for number in (fact.value, fact.low, fact.high):
            try:
                if number is not None:
                    check_bounds(number * parse_unit(fact.unit).factor, catalogue.quantities[fact.quantity], None)
            except CalcError as error:
                outside.append(f"{fact.id}: {error.message}")
    assert outside == []


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("pue", 3.1),
        ("server_power_multiplier", 11),
        ("experiment_multiplier", 1001),
        ("wue_site", 11),
        ("wue_source", 1001),
        ("grid_carbon_intensity", 2001),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(name: str, number: float) -> None:
    quantity = standard_catalogue()[name]
    with pytest.raises(CalcError) as caught:
        check_bounds(number * quantity.unit.factor, quantity, None)
    assert quantity.why in (caught.value.hint or "")
