"""Every formula of the catalogue against a second computation in plain Python, in the units that people write.

A new formula fails here until it has one, in one of the files `second_*.py`: a function written from the source that
the formula names, not from its body. Both get the same random quantities; each optional one is left out once.
"""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

import numpy as np
from every_formula import CATALOGUE, FORMULAS, every_formula
from second import Given, Years
from second_cost import COST, COST_YEARS
from second_dates import DATES
from second_money import MONEY
from second_plan import PLAN
from second_serving import SERVING
from second_site import SITE, SITE_YEARS
from second_work import WORK, WORK_YEARS
from second_years import YEARS

from calc import ops
from calc.engine.evaluate import evaluate_formula
from calc.engine.figures import Figure, NotIncluded, NoValue, Series
from calc.expression import Call, Name, Number, steps

if TYPE_CHECKING:
    from calc.engine.formula import Formula

ONE_YEAR = {**SITE, **WORK, **SERVING, **COST, **PLAN, **MONEY}
ALL_YEARS = {**SITE_YEARS, **WORK_YEARS, **COST_YEARS, **YEARS, **DATES}
# How many cases a formula is tried with, and plans of how many years; in how many of them what is optional is left out.
CASES, PLANS, NUMBER, LEFT_OUT = 30, 12, 6, 6
_ROUND, _EQUAL = 0.5, 0.2
# Bounds farther apart than this stand far from all that is.
_WIDE = 100
# Where a formula has a pole, or floats overflow.
_AT_LEAST = {"tax_life": 2.5, "plan_years": 6.0, "mtbf": 5.0, "decode_draw_full": 1.5}
_AT_MOST = {"plan_discount_rate": 1.0, "price_fall": 1.0}
_DATES = ("owning_late_date", "owning_resale_date", "flow_timing", "left_timing")


def test_every_formula_has_a_second_computation_and_each_is_of_a_formula() -> None:
    over_years = {name for name, each in FORMULAS.items() if each.is_over_years}
    assert set(ALL_YEARS) == over_years
    assert set(ONE_YEAR) == set(FORMULAS) - over_years
    parts = (SITE, WORK, SERVING, COST, PLAN, MONEY)
    assert sum(len(each) for each in parts) == len(ONE_YEAR), "one is there twice"


def _draw(name: str, count: int, random: np.random.Generator) -> list[float]:
    """Return plausible values in the declared unit, over three orders of magnitude or inside narrow bounds."""
    low, high = CATALOGUE[name].low or 0.0, _AT_MOST.get(name, CATALOGUE[name].high)
    low = max(low, _AT_LEAST.get(name, low))
    if name in _DATES:
        values = random.choice([0.0, 0.25, 0.5, 1.0], count)
    elif name.endswith("_life") and count > 1:
        # Lives that end within a plan, at the start of a year and in the midst of one.
        values = np.maximum(low, random.choice([0.5, 1.0, 1.5, 2.0, 2.25, 3.0, 4.5, 10.0], count))
    elif name == "years_left":
        values = np.arange(count)[::-1].astype(float)
    elif high is None or high - low > _WIDE:
        values = low + 10.0 ** random.uniform(-1, 2, count)
        # Amounts such as 4.5 kW, so that whole quotients occur too.
        values = np.where(random.random(count) < _ROUND, np.maximum(np.round(values, 1), low + 0.1), values)
    else:
        values = low + random.uniform(0.01, 0.99, count) * (high - low)
    return [float(each) for each in values]


def _random(formula: Formula) -> np.random.Generator:
    digest = hashlib.sha256(f"second {formula.name}__{formula.variant}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little"))


@every_formula
def test_both_computations_agree(formula: Formula) -> None:
    key = f"{formula.name}__{formula.variant}".removesuffix("__")
    random = _random(formula)
    asked: set[str] = set()
    for at in range(PLANS if formula.is_over_years else CASES):
        if formula.is_over_years:
            values = {name: _signed(key, name, _draw(name, NUMBER, random), random) for name in formula.parameters}
            _make_equal(formula, values, random)
            asked |= _compare_years(key, formula, values, None)
        else:
            values = {name: _draw(name, 1, random) for name in formula.parameters}
            _make_equal(formula, values, random)
            single = {name: value for name, [value] in values.items()}
            asked |= _compare(key, formula, single, None)
        for name in sorted(asked) if 0 < at <= LEFT_OUT else ():
            if formula.is_over_years:
                _compare_years(key, formula, values, name)
            else:
                _compare(key, formula, single, name)


def _make_equal(formula: Formula, values: dict[str, list[float]], random: np.random.Generator) -> None:
    """Let what is compared with a quantity or a number be equal to it now and then, where it turns round."""
    tests = [each for each in steps(formula.expression) if isinstance(each, Call) and ops.TABLE[each.op].is_test]
    for one, other in (each.args for each in tests):
        if isinstance(one, Name) and isinstance(other, Name | Number):
            for at in range(len(values[one.name])):
                if random.random() < _EQUAL:
                    values[one.name][at] = values[other.name][at] if isinstance(other, Name) else other.value


def _signed(key: str, name: str, values: list[float], random: np.random.Generator) -> list[float]:
    """Return purchases first and what they save later, for what asks when money comes back; else the values."""
    if not key.startswith(("owning_internal_rate", "selling_internal_rate", "owning_payback")):
        return values
    if name in {"owning_begun", "owning_at_once", "owning_against_renting_cash_flow"}:
        return [-20 * values[0], *(each - values[0] / 4 for each in values[1:])]
    if name == "owning_late":
        return [each * float(random.integers(0, 2)) for each in values]
    return values


def _figure(name: str, formula: Formula, value: float) -> float:
    return value * formula.measures[name].unit.factor


def _compare(key: str, formula: Formula, values: dict[str, float], left_out: str | None) -> set[str]:
    second = Given({name: None if name == left_out else value for name, value in values.items()})
    figures: dict[str, Figure] = {
        name: NotIncluded((name,)) if name == left_out else _figure(name, formula, value)
        for name, value in values.items()
    }
    _same(ONE_YEAR[key](second), evaluate_formula(key, formula.expression, figures, {}), formula, values)
    return second.optional


def _compare_years(key: str, formula: Formula, values: dict[str, list[float]], left_out: str | None) -> set[str]:
    second = Years({name: None if name == left_out else value for name, value in values.items()})
    figures: dict[str, Figure] = {
        name: NotIncluded((name,))
        if name == left_out
        else Series(tuple(_figure(name, formula, each) for each in value))
        for name, value in values.items()
    }
    years = range(2026, 2026 + NUMBER)
    _same(ALL_YEARS[key](second), evaluate_formula(key, formula.expression, figures, {}, years), formula, values)
    return second.optional


def _same(second: list[float] | float | None, figure: Figure, formula: Formula, values: object) -> None:
    found = figure.values if isinstance(figure, Series) else (figure,)
    wanted = second if isinstance(second, list) else [second] * len(found)
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        if other is None:
            assert isinstance(one, NoValue), values
            continue
        assert isinstance(one, float | int), (one, values)
        ours = one / formula.result.unit.factor
        assert math.isclose(ours, other, rel_tol=1e-9, abs_tol=1e-12), (ours, other, values)
