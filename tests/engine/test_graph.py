"""Which formulas an answer needs: given beats derived, loops only where they matter, what is missing and optional."""

from __future__ import annotations

import importlib.util
import itertools
from typing import TYPE_CHECKING

import pytest

from calc.engine.catalogue import Catalogue, build_catalogue, standard_catalogue
from calc.engine.graph import derivable, formula_of, known_names, make_plan
from calc.errors import CalcError

if TYPE_CHECKING:
    from pathlib import Path

CATALOGUE = standard_catalogue()
RACK = {"rack_power_rated", "rack_power_derating", "server_power"}
LINES = ("compute_budget", "people_budget", "data_budget")
SHARES = ("compute_share", "people_share", "data_share")


def after(order: list[str], later: str, *earlier: str) -> bool:
    return all(order.index(each) < order.index(later) for each in earlier)


def test_everything_needed_in_an_order_that_works() -> None:
    plan = make_plan(CATALOGUE, ["stranded_power_total"], {*RACK, "servers_needed"}, {})
    # Limits that are not given are left out.
    assert set(plan.order) - plan.left_out.keys() == {
        "stranded_power_total",
        "racks_needed",
        "servers_per_rack",
        "servers_per_rack_by_power",
        "rack_power_usable",
    }
    assert after(plan.order, "stranded_power_total", "racks_needed", "rack_power_usable")
    assert after(plan.order, "racks_needed", "servers_per_rack")
    assert after(plan.order, "servers_per_rack", "servers_per_rack_by_power", "servers_per_rack_by_space")
    assert after(plan.order, "servers_per_rack_by_power", "rack_power_usable")
    assert set(plan.leaves) == {*RACK, "servers_needed"}
    assert plan.missing == {}


def test_given_beats_derived() -> None:
    plan = make_plan(CATALOGUE, ["racks_needed"], {"servers_needed", "servers_per_rack", *RACK}, {})
    assert plan.order == ["racks_needed"]
    assert set(plan.leaves) == {"servers_needed", "servers_per_rack"}
    # Nothing of what the given name would be computed from is asked for.
    assert plan.not_included == []


def test_a_wanted_name_that_is_given_needs_no_formula() -> None:
    plan = make_plan(CATALOGUE, ["racks_needed"], {"racks_needed"}, {})
    assert (plan.order, plan.leaves, plan.missing) == ([], ["racks_needed"], {})


@pytest.mark.parametrize(("given", "derived"), [(SHARES, LINES), (LINES, SHARES)])
def test_shares_or_amounts_either_way(given: tuple[str, ...], derived: tuple[str, ...]) -> None:
    plan = make_plan(CATALOGUE, [*derived, "budget_unallocated"], {"budget_total", *given}, {})
    assert set(plan.leaves) == {"budget_total", *given}
    assert set(derived) <= set(plan.order)
    assert not set(given) & set(plan.order)
    assert plan.missing == {}


def test_a_share_here_and_an_amount_there() -> None:
    given = {"budget_total", "compute_share", "people_budget", "data_share"}
    plan = make_plan(CATALOGUE, ["budget_unallocated"], given, {})
    assert set(plan.order) == {"budget_unallocated", "compute_budget", "data_budget"}


@pytest.mark.parametrize("wanted", ["compute_share", "compute_budget", "servers_affordable", "budget_unallocated"])
def test_a_loop_that_is_needed_shows_itself_and_asks_for_one_of_its_names(wanted: str) -> None:
    given = {"budget_total", "people_share", "data_share", "server_price"}
    with pytest.raises(CalcError) as caught:
        make_plan(CATALOGUE, [wanted], given, {})
    error = caught.value
    assert error.code == "E-LOOP"
    circle = "`compute_share` needs `compute_budget` needs `compute_share`"
    other = "`compute_budget` needs `compute_share` needs `compute_budget`"
    assert circle in error.message or other in error.message
    assert error.hint == "give a value for `compute_budget` or `compute_share`"


def test_a_loop_that_is_not_needed_is_no_error() -> None:
    plan = make_plan(CATALOGUE, ["people_budget"], {"budget_total", "people_share"}, {})
    assert plan.order == ["people_budget"]
    # One of its names given cuts the loop open.
    assert make_plan(CATALOGUE, ["compute_share"], {"budget_total", "compute_budget"}, {}).order == ["compute_share"]


def test_missing_names_are_listed_with_those_that_need_them() -> None:
    plan = make_plan(CATALOGUE, ["rack_power_stranded", "rack_power_drawn"], {"rack_power_derating"}, {})
    assert set(plan.missing) == {"server_power", "rack_power_rated"}
    assert set(plan.missing["server_power"]) == {"servers_per_rack_by_power", "rack_power_drawn"}
    assert plan.missing["rack_power_rated"] == ["rack_power_usable"]


def test_a_wanted_input_without_value_is_missing_itself() -> None:
    plan = make_plan(CATALOGUE, ["server_power"], set(), {})
    assert plan.missing == {"server_power": []}


def test_optional_inputs_are_not_included_and_never_missing() -> None:
    plan = make_plan(CATALOGUE, ["servers_per_rack"], RACK, {})
    assert {"rack_height", "server_height"} <= set(plan.not_included)
    assert plan.missing == {}
    both = make_plan(CATALOGUE, ["servers_per_rack"], {*RACK, "rack_height", "server_height"}, {})
    assert {"rack_height", "server_height"}.isdisjoint(both.not_included)
    assert {"rack_height", "server_height"} <= set(both.leaves)
    one = make_plan(CATALOGUE, ["servers_per_rack"], {*RACK, "rack_height"}, {})
    assert {"rack_height", "server_height"} & set(one.not_included) == {"server_height"}


def test_formula_of_takes_the_chosen_variant_else_the_first() -> None:
    first = formula_of(CATALOGUE, "gpu_hours_affordable", {})
    chosen = formula_of(CATALOGUE, "gpu_hours_affordable", {"gpu_hours_affordable": "even_delivery"})
    assert first is not None
    assert chosen is not None
    assert (first.variant, chosen.variant) == ("from_the_first_day", "even_delivery")
    assert formula_of(CATALOGUE, "server_power", {}) is None


# ---------------------------------------------------------------- derivable


def test_derivable_is_what_follows_from_what_is_given() -> None:
    found = set(derivable(CATALOGUE, RACK, {}))
    assert {"rack_power_usable", "servers_per_rack", "rack_power_drawn", "rack_power_stranded"} <= found
    # It needs the number of servers, which is not given.
    assert "racks_needed" not in found
    # What is given is not derived.
    assert not found & RACK


def test_derivable_follows_loops_from_the_side_that_is_given() -> None:
    assert derivable(CATALOGUE, {"budget_total"}, {}) == []
    assert derivable(CATALOGUE, {"budget_total", "compute_share"}, {})[:1] == ["compute_budget"]
    assert derivable(CATALOGUE, {"budget_total", "compute_budget"}, {})[:1] == ["compute_share"]


def test_derivable_keeps_the_order_of_the_catalogue() -> None:
    found = derivable(CATALOGUE, {*RACK, "servers_needed", "budget_total", *SHARES}, {})
    assert found == [name for name in CATALOGUE.quantities if name in found]


@pytest.mark.parametrize("given", [set(), {"servers_needed"}, {"rack_power_derating"}])
def test_nothing_is_derivable_from_optional_names_alone(given: set[str]) -> None:
    """A formula all of whose inputs are optional follows from nothing; no answer may consist of it."""
    assert derivable(CATALOGUE, given, {}) == []


def test_everything_derivable_can_be_planned() -> None:
    given = {*RACK, "servers_needed", "budget_total", *SHARES, "server_price", "gpu_hour_price"}
    found = derivable(CATALOGUE, given, {})
    assert {"compute_budget", "servers_affordable", "gpu_hours_rentable"} <= set(found)
    assert make_plan(CATALOGUE, found, given, {}).missing == {}


# ---------------------------------------------------------------- a longer loop, in a model of its own

CIRCLE = '''\
from calc import ops
from calc.declarations import Input
from calc.units.vocabulary import USD, Share

start = Input(Share, "A beginning")


def first(third: USD) -> USD:
    """First of three.

    Source: definition.
    """
    return third


def second(first: USD) -> USD:
    """Second of three.

    Source: definition.
    """
    return first


def third(second: USD, start: Share) -> USD:
    """Third of three.

    Source: definition.
    """
    return second * start


def outside(third: USD) -> USD:
    """What needs the loop.

    Source: definition.
    """
    return third
'''


@pytest.fixture
def circle(tmp_path: Path) -> Catalogue:
    path = tmp_path / "circle_model.py"
    path.write_text(CIRCLE, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("circle_model", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return build_catalogue([module])


def test_a_loop_of_three_shows_all_of_its_names_in_order(circle: Catalogue) -> None:
    with pytest.raises(CalcError) as caught:
        make_plan(circle, ["outside"], {"start"}, {})
    error = caught.value
    assert error.code == "E-LOOP"
    needs = [each.strip("`") for each in error.message.split(": ", 1)[1].split(" needs ")]
    assert needs[0] == needs[-1]
    assert set(needs) == {"first", "second", "third"}
    # Each name needs the next one by its own formula.
    assert all(other in circle[one].formulas[""].parameters for one, other in itertools.pairwise(needs))
    assert error.hint == "give a value for `first`, `second` or `third`"


@pytest.mark.parametrize("name", ["first", "second", "third"])
def test_any_of_its_names_cuts_a_loop_open(circle: Catalogue, name: str) -> None:
    plan = make_plan(circle, ["outside"], {"start", name}, {})
    assert plan.order[-1] == "outside"
    assert name not in plan.order
    assert plan.missing == {}


# ---------------------------------------------------------------- what is left out anyway


def test_what_only_a_figure_that_is_left_out_needs_is_not_missing() -> None:
    """Without failures there is no goodput, so nobody asks on how many GPUs the run breaks down."""
    given = {"training_flop", "gpu_peak", "mfu"}
    plan = make_plan(CATALOGUE, ["training_gpu_hours"], given, {})
    assert plan.missing == {}
    assert plan.left_out["mtbf"] == ("failures_observed", "gpus_observed", "time_observed")
    assert plan.left_out["effective_time_share"][0] == "checkpoint_time"
    # Time to restart is optional within what is left out: it is not what is lacking.
    assert "restart_time" not in plan.not_included
    assert "gpus" not in {*plan.order, *plan.leaves, *plan.not_included}
    assert "training_gpu_hours" in derivable(CATALOGUE, given, {})


def test_what_is_no_longer_left_out_is_asked_for() -> None:
    observed = {"failures_observed", "gpus_observed", "time_observed", "checkpoint_time"}
    given = {"training_flop", "gpu_peak", "mfu", *observed, "gpus_per_server"}
    with pytest.raises(CalcError, match="give a value for `gpus` or `servers`"):
        make_plan(CATALOGUE, ["training_gpu_hours"], given, {})
    assert make_plan(CATALOGUE, ["training_gpu_hours"], given | {"gpus"}, {}).left_out == {}


def test_a_loop_under_a_figure_that_is_left_out_is_none() -> None:
    plan = make_plan(CATALOGUE, ["training_gpu_hours"], {"training_flop", "gpu_peak", "mfu", "gpus_per_server"}, {})
    assert plan.missing == {}
    assert "effective_time_share" in plan.left_out


def test_what_only_the_figure_itself_lacks_is_still_missing() -> None:
    plan = make_plan(CATALOGUE, ["training_gpu_hours"], {"gpu_peak", "mfu", "training_tokens"}, {})
    assert set(plan.missing) == {"parameters", "flop_per_parameter_token"}


@pytest.mark.parametrize(
    "given", [set(), RACK, {*RACK, "servers_needed"}, set(LINES), {*LINES, "total_budget"}, set(SHARES)]
)
@pytest.mark.parametrize("has_years", [False, True])
def test_known_names_are_those_that_a_plan_of_their_own_misses_nothing_for(given: set[str], has_years: bool) -> None:
    def alone(name: str) -> bool:
        try:
            plan = make_plan(CATALOGUE, [name], given, {})
        except CalcError:
            return False
        return not plan.missing and (has_years or not plan.over_years)

    wanted = list(CATALOGUE.quantities)
    found = known_names(CATALOGUE, wanted, given, {}, has_years=has_years)
    assert found == {name for name in wanted if alone(name)}
    assert given & set(wanted) <= found
