"""The operations that look at all years: by hand, on lists against arrays, and as formulas of a scenario."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import calc
from calc import ops
from calc.engine.evaluate import NotIncluded, NoValue, Series, evaluate_formula, evaluate_samples
from calc.engine.symbol import RefusalError, Symbol
from calc.errors import CalcError
from calc.units import parse_unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from calc.engine.figures import Figure
    from calc.expression import Expression

YEARS = range(2026, 2031)
AMOUNTS = st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), min_size=5, max_size=5)
RATES = st.lists(st.floats(-0.5, 2.0).map(lambda x: round(x, 4)), min_size=5, max_size=5)
LIVES = st.lists(st.sampled_from([0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 10.0]), min_size=5, max_size=5)
NEEDS = st.lists(st.integers(0, 1000).map(float), min_size=5, max_size=5)

# Formulas see floats; the trace hands them symbols, as these are.
usd: Any = Symbol.named("usd", parse_unit("USD"))
rate: Any = Symbol.named("rate", parse_unit("1"))
server: Any = Symbol.named("server", parse_unit("server"))
rack: Any = Symbol.named("rack", parse_unit("rack"))


def traced(symbol: Any) -> Expression:
    assert isinstance(symbol, Symbol)
    return symbol.expression


def form(op: str, *args: Any) -> Any:
    return ops.TABLE[op].scalar(*args)


def test_arrays_may_have_any_axes_before_the_years() -> None:
    """Points of a sweep by samples by years are what each row of years is alone."""
    random = np.random.default_rng(2026)
    over_years = {name: op for name, op in ops.TABLE.items() if op.years}
    assert len(over_years) > 10
    for name, op in over_years.items():
        rows = random.uniform(0.5, 1.0, (len(op.arguments), 6, len(YEARS)))
        # What is paid first comes back later, for what asks when.
        rows[0, :, 0] *= -2
        with np.errstate(all="ignore"):
            alone = op.array(*rows)
            together = op.array(*rows.reshape(-1, 2, 3, len(YEARS)))
        np.testing.assert_array_equal(together.reshape(6, -1), alone.reshape(6, -1), err_msg=name)


# ---------------------------------------------------------------- by hand


def test_total_and_cumulative() -> None:
    assert form("total", [1.0, 2.0, 3.0]) == 6.0
    assert form("cumulative", [1.0, -2.0, 3.0]) == [1.0, -1.0, 2.0]


def test_discounted_leaves_the_first_year_alone() -> None:
    # 110 / 1.1 = 100; 121 / 1.1 ** 2 = 100
    assert form("discounted", [100.0, 110.0, 121.0], [0.1] * 3) == pytest.approx([100.0, 100.0, 100.0])
    # A rate of its own a year: 110 / 1.1 = 100; 132 / (1.1 x 1.2) = 100
    assert form("discounted", [100.0, 110.0, 132.0], [0.5, 0.1, 0.2]) == pytest.approx([100.0, 100.0, 100.0])


def test_grow() -> None:
    # 80 x 1.03 = 82.4; x 1.03 = 84.872
    assert form("grow", [80.0] * 3, [0.03] * 3) == pytest.approx([80.0, 82.4, 84.872])


def test_cohort_buys_again_what_has_served_its_life() -> None:
    # 100 wanted for 7 years, each lasting 3: bought in the years 1, 4 and 7.
    assert form("cohort", [100.0] * 7, [3.0] * 7) == [100, 0, 0, 100, 0, 0, 100]
    # Growth is bought when it comes, and replaced when it has served: 50 more in year 2 are due in year 4.
    assert form("cohort", [100.0, 150.0, 150.0, 150.0], [2.0] * 4) == [100, 50, 100, 50]
    # Less is needed: nothing is bought until what is there has worn out.
    assert form("cohort", [100.0, 40.0, 40.0, 40.0], [2.0] * 4) == [100, 0, 40, 0]
    # A life that ends within a year is replaced within it: at 2.5 years, and at 5 at the start of a year.
    assert form("cohort", [100.0] * 6, [2.5] * 6) == [100, 0, 100, 0, 0, 100]
    assert form("cohort_within", [100.0] * 6, [2.5] * 6) == [0, 0, 100, 0, 0, 0]
    # Of one as of a hundred: the date is a mean.
    for count in (1.0, 100.0):
        for found in both("cohort_date", [count] * 6, [2.5] * 6):
            np.testing.assert_array_equal(np.atleast_2d(found), [[0, 0, 0.5, 0, 0, 0]] * 2)
    # Growth at the start of year 2 and a replacement within it are told apart.
    assert form("cohort_within", [100.0, 100.0, 150.0], [2.5] * 3) == [0, 0, 100]


def test_what_serves_counts_for_the_part_of_the_year_in_which_it_does() -> None:
    # 12 a year for 2.5 years, bought at the middle of the first year
    assert form("serving", [12.0, 0.0, 0.0, 0.0], [0.5] * 4, [2.5] * 4, [0.0] * 4) == [6, 12, 12, 0]
    # What falls by half each year: (1 - 1/2) / ln 2 in the first year, half of that in the second
    found = form("serving", [1.0, 0.0], [0.0] * 2, [5.0] * 2, [math.log(2)] * 2)
    assert found == pytest.approx([0.5 / math.log(2), 0.25 / math.log(2)])


def test_what_is_leased_for_a_term_is_paid_to_its_end() -> None:
    # 8 for one year are bound for 2.5; needed for longer they are kept by the day, and 2 more are bound from then on.
    assert form("leased", [8.0, 0.0, 0.0, 0.0], [2.5] * 4) == [8, 8, 4, 0]
    assert form("leased", [8.0, 8.0, 8.0, 0.0], [2.5] * 4) == [8, 8, 8, 0]
    assert form("leased", [8.0, 8.0, 10.0, 0.0, 0.0], [2.5] * 5) == [8, 8, 10, 2, 1]
    # Less is needed: no more is taken on while what is bound is enough.
    assert form("leased", [8.0, 2.0, 6.0, 6.0], [2.5] * 4) == [8, 8, 0.5 * 8 + 0.5 * 6, 6]
    # A plan shorter than the term pays all of it: two years in its last one; with 4 more, three of these
    assert form("leased", [8.0, 8.0], [4.0] * 2) == [8, 8 + 16]
    assert form("leased", [8.0, 12.0], [4.0] * 2) == [8, 12 + 16 + 12]


def test_what_stands_when_a_year_begins() -> None:
    # 8 bought at 0.5 for 2.5 years, halved each year: not yet there at 0, aged half a year at 1, gone at 3
    found = form("standing", [8.0, 0.0, 0.0, 0.0], [0.5] * 4, [2.5] * 4, [math.log(2)] * 4)
    assert found == pytest.approx([0, 8 / 2**0.5, 8 / 2**1.5, 0])


def test_what_leads_is_spent_before_its_date() -> None:
    # 60 ready after 2.5 years, over 1.5 years before: from 1 to 2.5
    assert form("ahead", [0.0, 0.0, 60.0], [0.5] * 3, [1.5] * 3) == pytest.approx([0, 40, 20])
    # In the middle of the second year, and of the first half of the third
    assert form("ahead_date", [0.0, 0.0, 60.0], [0.5] * 3, [1.5] * 3, [0.5] * 3) == pytest.approx([0, 0.5, 0.25])
    # What would be spent before the plan is at its beginning: 30 of 60, and 30 in the middle of the half year after.
    assert form("ahead", [60.0, 0.0], [0.5] * 2, [1.0] * 2) == [60, 0]
    assert form("ahead_date", [60.0, 0.0], [0.5] * 2, [1.0] * 2, [0.5] * 2) == [0.125, 0]


def test_present_discounts_from_the_date() -> None:
    # 110 / 1.1^0.5; 121 / 1.1 / 1.21^0.5, as the second year has a rate of its own
    found = form("present", [110.0, 121.0], [0.5] * 2, [0.1, 0.21])
    assert found == pytest.approx([110 / 1.1**0.5, 121 / 1.1 / 1.1])


def test_what_runs_over_a_part_of_a_year_is_discounted_from_there() -> None:
    # 12 a year for 1.5 years from 0.25 of the first: 9 through three quarters, 9 through three quarters of the second;
    # in the middle of each, at 0.625 and 1.375 years
    found = form("serving_present", [12.0, 0.0], [0.25] * 2, [1.5] * 2, [0.5] * 2, [0.1, 0.21])
    assert found == pytest.approx([9 / 1.1**0.625, 9 / 1.1 / 1.21**0.375])
    # At rate 0 what serves; paid at its beginning and at its end
    for timing, dates in ((0.0, (0.25, 0.0)), (1.0, (1.0, 0.75))):
        found = form("serving_present", [12.0, 0.0], [0.25] * 2, [1.5] * 2, [timing] * 2, [0.1] * 2)
        assert found == pytest.approx([9 / 1.1 ** dates[0], 9 / 1.1 ** (1 + dates[1])])


def test_rates_of_dated_flows() -> None:
    none = [0.0] * 4
    # -100 at once, 40 in the middle of each year: 100 = 40 (1 + r)^0.5 (1 - (1 + r)^-4) / r at 29.07 %
    found = form("rate_of_return", [-100.0, 0.0, 0.0, 0.0], none, none, none, none, [40.0] * 4, [0.5] * 4, none)
    assert 40 * (1 + found) ** 0.5 * (1 - (1 + found) ** -4) / found == pytest.approx(100)
    # Year by year there is no change of sign, by date there is one; and what never changes has no rate.
    found = form("rate_of_return", [-100.0, 0.0, 0.0, 0.0], none, none, none, none, [120.0] * 4, [1.0] * 4, none)
    assert found == pytest.approx(1.1431, abs=1e-4)
    # 110 for the 100 of three months before, whichever of both amounts is the sale: 1.1^4 - 1
    sale = ([-100.0, 0.0], [0.25, 0.0], [110.0, 0.0], [0.5, 0.0])
    assert form("rate_of_return", [0.0] * 2, *sale, *[[0.0] * 2] * 3) == pytest.approx(1.1**4 - 1)
    assert form("rate_of_return", [100.0, 0.0, 0.0, 0.0], none, none, none, none, [120.0] * 4, [1.0] * 4, none) is None


def test_payback_of_dated_flows() -> None:
    none = [0.0] * 2
    assert form("payback_time", [-100.0, 0.0], *[none] * 4, [80.0, 80.0], none) == pytest.approx(1.25)
    # Paid at 1.25 years, but 50 more are due at 1.5: -100 + 80 + 40 - 50 = -30, and 30 of the 80 a year bring them back
    late = ([0.0, -50.0], [0.0, 0.5])
    found = form("payback_time", [-100.0, 0.0], *late, none, none, [80.0, 80.0], none)
    assert found == pytest.approx(1.875)
    # What is sold at the date of a purchase goes off it: nothing is below 0 again after 1.25 years. Sold at 1.75, it
    # brings the sum back then: -100 + 140 - 50 = -10, and 20 more.
    sold = form("payback_time", [-100.0, 0.0], *late, [0.0, 40.0], [0.0, 0.5], [80.0, 80.0], none)
    assert sold == pytest.approx(1.25)
    later = form("payback_time", [-100.0, 0.0], *late, [0.0, 20.0], [0.0, 0.75], [80.0, 80.0], none)
    assert later == pytest.approx(1.75)
    # So at the start of a year.
    at_once = form("payback_time", [-60.0, -50.0], none, none, [0.0, 40.0], [0.0, 0.0], [80.0, 80.0], none)
    assert at_once == pytest.approx(0.75)
    # The end of the plan alone pays.
    assert form("payback_time", [-100.0, 0.0], *[none] * 4, [20.0, 20.0], [0.0, 70.0]) == 2
    assert form("payback_time", [-100.0, 0.0], *[none] * 4, [20.0, 20.0], none) is None
    assert form("payback_time", [0.0, 0.0], *[none] * 4, [20.0, 20.0], none) == 0


def test_dated_flows_are_the_same_as_lists_and_as_arrays() -> None:
    """The lists are the definition; with arrays all rows are computed at once, also those with nothing or no value."""
    draw = np.random.default_rng(2026)
    shape = (400, 5)

    def amounts(low: float, high: float, share: float) -> NDArray[np.float64]:
        return draw.uniform(low, high, shape) * (draw.random(shape) < share)

    date = draw.choice([0.0, 0.25, 1 / 3, 0.5, 0.9], shape)
    lead = draw.choice([0.0, 1e-9, 0.5, 1.0, 1.5, 2.25], shape)
    timing = np.broadcast_to(draw.choice([0.0, 0.5, 1.0], (400, 1)), shape)
    bought = amounts(0, 10, 0.7)
    sold, sold_at = amounts(0, 3, 0.3), date[::-1]
    flows = (amounts(-10, 2, 0.4), amounts(-3, 3, 0.3), date, sold, sold_at, amounts(-1, 4, 1), amounts(-1, 3, 0.3))
    asked = {
        "ahead": (bought, date, lead), "ahead_date": (bought, date, lead, timing),
        "later": (bought, date, lead), "later_date": (bought, date, lead), "payback_time": flows,
    }  # fmt: skip
    for name, rows in asked.items():
        unknown = [each.copy() for each in rows]
        unknown[0][7, 2] = np.nan
        found = ops.TABLE[name].array(*unknown)
        assert np.isnan(found[7]).all(), name
        for at in set(range(400)) - {7}:
            one = form(name, *(each[at].tolist() for each in rows))
            single = [math.nan if one is None else one] if ops.TABLE[name].years == "one" else one
            assert found[at].tolist() == pytest.approx(single, rel=1e-12, nan_ok=True), (name, at)


def test_internal_rate_by_hand() -> None:
    # -100 + 60 / 1.1306... + 60 / 1.1306... ** 2 = 0: with x = 1 / (1 + r), 60 x^2 + 60 x - 100 = 0
    x = (-60 + math.sqrt(60**2 + 4 * 60 * 100)) / 120
    assert form("internal_rate", [-100.0, 60.0, 60.0]) == pytest.approx(1 / x - 1, rel=1e-12)
    assert form("internal_rate", [-100.0, 0.0, 110.25]) == pytest.approx(0.05, rel=1e-12)
    # A loss: 30 x^2 + 30 x - 100 = 0 has x = (-30 + sqrt(12,900)) / 60 = 1.39297, and 1 / x - 1 = -28.21 %
    assert form("internal_rate", [-100.0, 30.0, 30.0]) == pytest.approx(-0.2821, abs=1e-4)
    # Borrowing first and paying later has a rate too.
    assert form("internal_rate", [100.0, -110.0]) == pytest.approx(0.1, rel=1e-12)


@pytest.mark.parametrize(
    "flow", [[1.0, 2.0], [-1.0, -2.0], [0.0, 0.0], [-100.0, 230.0, -132.0], [-1e9, 1.0], [-1.0, 2e4]]
)
def test_internal_rate_needs_one_change_of_sign(flow: list[float]) -> None:
    """-100, 230, -132 has two rates, 10 % and 20 %; neither is the answer. -1e9 and 1 have -99.9999999 %."""
    # -1 and 20,000 have 1,999,900 %; in small money too.
    for scale in (1.0, 1e-9):
        few = [scale * each for each in flow]
        assert form("internal_rate", few) is None
        assert np.isnan(ops.TABLE["internal_rate"].array(np.array([few]))).all()


def test_rates_and_paybacks_do_not_depend_on_how_much_money_it_is() -> None:
    """In dollars, in billions and in millionths."""
    flows = ([-100.0, 60.0, 60.0, 5.0, 5.0], [-100.0, 110.0], [-100.0, 60.0])
    for op, flow in itertools.product(("internal_rate", "payback"), flows):
        whole = math.nan if (rate := form(op, flow)) is None else rate
        for scale in (1e-9, 1e-3, 1e9):
            for found in both(op, [scale * each for each in flow]):
                np.testing.assert_allclose(found, whole, rtol=1e-9, err_msg=f"{op} {scale}")


def test_payback_by_hand() -> None:
    # -100, -40, 20: the second year's 60 has to bring 40 of the way.
    assert form("payback", [-100.0, 60.0, 60.0]) == pytest.approx(1 + 40 / 60)
    assert form("payback", [-100.0, 100.0]) == 1.0
    assert form("payback", [5.0, 5.0]) == 0.0
    assert form("payback", [-100.0, 60.0, 30.0]) is None
    # Above 0, below again, and then for good: -10, 5, -5, 5.
    assert form("payback", [-10.0, 15.0, -10.0, 10.0]) == pytest.approx(2.5)


# ---------------------------------------------------------------- lists and arrays


def both(op: str, *args: list[float]) -> tuple[Any, Any]:
    single = form(op, *args)
    together = ops.TABLE[op].array(*(np.array([each, each]) for each in args))
    expected = single if isinstance(single, list) else [math.nan if single is None else single]
    return np.array([expected, expected]), together


@settings(deadline=None)
@given(AMOUNTS)
def test_sums_agree(amounts: list[float]) -> None:
    for op in ("total", "cumulative"):
        one, other = both(op, amounts)
        np.testing.assert_allclose(other, one, rtol=1e-12, atol=1e-6)


@settings(deadline=None)
@given(AMOUNTS, RATES)
def test_growth_agrees(amounts: list[float], rates: list[float]) -> None:
    for op in ("grow", "discounted"):
        one, other = both(op, amounts, rates)
        np.testing.assert_allclose(other, one, rtol=1e-12)


@settings(deadline=None)
@given(NEEDS, LIVES)
def test_cohorts_agree_and_cover_what_is_needed(needs: list[float], lives: list[float]) -> None:
    one, other = both("cohort", needs, lives)
    np.testing.assert_allclose(other, one, rtol=1e-12)
    for op in ("cohort_within", "cohort_date", "leased"):
        part, parts = both(op, needs, lives)
        np.testing.assert_allclose(parts, part, rtol=1e-12)
    for year, need in enumerate(needs):
        # At the start of a year, those bought before live on whose life goes beyond it.
        within = form("cohort_within", needs, lives)
        alive = sum(one[0][made] - within[made] for made in range(year + 1) if made + lives[made] > year)
        late = sum(each for made, each in enumerate(within[:year]) if made + 1 + lives[made] > year)
        assert alive + late >= need


DATES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.9]), min_size=5, max_size=5)
TIMING = st.sampled_from([0.0, 0.5, 1.0]).map(lambda each: [each] * 5)


@settings(deadline=None)
@given(AMOUNTS, DATES, LIVES, RATES, TIMING)
def test_dated_operations_agree(
    amounts: list[float], dates: list[float], lives: list[float], rates: list[float], timing: list[float]
) -> None:
    calls: dict[str, tuple[list[float], ...]] = {
        "serving": (amounts, dates, lives, [abs(each) for each in rates]),
        "standing": (amounts, dates, lives, [abs(each) for each in rates]),
        "ahead": (amounts, dates, lives),
        "ahead_date": ([abs(each) for each in amounts], dates, lives, timing),
        "present": (amounts, dates, rates),
        "serving_present": (amounts, dates, lives, timing, rates),
        "payback_time": (amounts, amounts[::-1], dates, amounts, dates[::-1], rates, [0.0] * 4 + amounts[:1]),
    }
    for op, args in calls.items():
        one, other = both(op, *args)
        wide, alike = np.broadcast_arrays(other, one)
        np.testing.assert_allclose(wide, alike, rtol=1e-9, atol=1e-9, err_msg=op)


@settings(deadline=None)
@given(AMOUNTS)
def test_rates_and_paybacks_agree(amounts: list[float]) -> None:
    for op in ("internal_rate", "payback"):
        one, other = both(op, amounts)
        np.testing.assert_allclose(other, one, rtol=1e-9, atol=1e-12)


@settings(deadline=None)
@given(AMOUNTS)
def test_at_the_internal_rate_the_present_value_is_nothing(amounts: list[float]) -> None:
    found = form("internal_rate", amounts)
    if found is not None and -0.9 < found < 100:
        value = math.fsum(each / (1 + found) ** at for at, each in enumerate(amounts))
        assert abs(value) <= 1e-8 * max(abs(each) / (1 + found) ** at for at, each in enumerate(amounts))


# ---------------------------------------------------------------- in expressions


def test_a_constant_totals_to_as_many_times_itself() -> None:
    expression = traced(ops.total(usd))
    assert evaluate_formula("x", expression, {"usd": 7.0}, {}, YEARS) == 35.0
    assert float(evaluate_samples("x", expression, {"usd": np.array([[7.0]])}, {}, YEARS)[0, 0]) == 35.0


def test_years_run_through_ordinary_arithmetic() -> None:
    expression = traced(ops.total(usd * usd / usd) + usd)
    series = Series((1.0, 2.0, 3.0, 4.0, 5.0))
    found = evaluate_formula("x", expression, {"usd": series}, {}, YEARS)
    assert found == Series((16.0, 17.0, 18.0, 19.0, 20.0))
    array = np.array([[1.0, 2.0, 3.0, 4.0, 5.0], [1.0] * 5])
    sampled = evaluate_samples("x", expression, {"usd": array}, {}, YEARS)
    np.testing.assert_array_equal(sampled, [[16, 17, 18, 19, 20], [6] * 5])


def test_one_year_without_a_value_leaves_the_others_alone() -> None:
    figures: dict[str, Figure] = {"server": 10.0, "rack": Series((2.0, 0.0))}
    quotient = traced(server / rack)
    assert evaluate_formula("x", quotient, figures, {}, (2026, 2027)) == Series((5.0, NoValue("rack is 0")))
    total = traced(ops.total(server / rack))
    assert evaluate_formula("x", total, figures, {}, (2026, 2027)) == NoValue("rack is 0")


def test_what_is_not_included_is_not_included_in_a_total() -> None:
    expression = traced(ops.total(usd))
    assert evaluate_formula("x", expression, {"usd": NotIncluded(("usd",))}, {}, YEARS) == NotIncluded(("usd",))


def test_a_rate_that_is_none_says_why() -> None:
    expression = traced(ops.internal_rate(usd))
    found = evaluate_formula("x", expression, {"usd": 1.0}, {}, YEARS)
    assert isinstance(found, NoValue)
    assert "exactly once" in found.reason


def test_what_lasts_for_no_time_is_no_purchase() -> None:
    # A life of a hundredth of a year is the shortest: 100 purchases a year.
    assert form("cohort", [1.0], [0.01]) == pytest.approx([100])
    expression = traced(ops.cohort(rate, ops.number(server, "server")))
    with pytest.raises(CalcError, match="has no real value"):
        evaluate_formula("x", expression, {"rate": 1.0, "server": 0.009}, {}, YEARS)


def test_rates_and_lives_are_pure_numbers() -> None:
    for op in (ops.grow, ops.discounted, ops.cohort):
        with pytest.raises(RefusalError, match="pure number"):
            op(usd, usd)


def test_an_overflow_names_its_year() -> None:
    expression = traced(ops.exp(rate))
    with pytest.raises(CalcError, match="overflows in 2027"):
        evaluate_formula("x", expression, {"rate": Series((1.0, 1000.0))}, {}, (2026, 2027))


# ---------------------------------------------------------------- in scenarios

SCENARIO: dict[str, Any] = {
    "years": "2026 to 2028",
    "inputs": {"server_price": "$100k/server", "growth": "10 %"},
    "formulas": {"price": "grow(server_price, growth)", "sum": "total(price)"},
    "show": ["price", "sum"],
}


def test_a_scenario_by_year() -> None:
    base = calc.run(SCENARIO).cases["base"]
    # 100,000 + 110,000 + 121,000
    assert base["sum"].value == pytest.approx(331_000)
    assert base["price"].value is None
    rows = base["price"].by_year
    assert rows is not None
    assert [(row["year"], round(row["value"])) for row in rows] == [(2026, 100_000), (2027, 110_000), (2028, 121_000)]


def test_without_years_it_is_refused() -> None:
    with pytest.raises(CalcError, match="several years") as caught:
        calc.run({key: each for key, each in SCENARIO.items() if key != "years"})
    assert "years: 2026 to 2030" in str(caught.value)


@pytest.mark.parametrize("years", ["2026 to 2026", "2026"])
def test_one_year_is_a_scenario_too(years: str) -> None:
    assert calc.run({**SCENARIO, "years": years}).cases["base"]["sum"].value == 100_000
