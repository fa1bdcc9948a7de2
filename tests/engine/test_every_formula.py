"""Free tests: they hold for every formula, input and check of the catalogue, also for those that are yet to come."""

from __future__ import annotations

import inspect
import math
import re
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest
from every_formula import CATALOGUE, DRAWS, FORMULAS, INPUTS, arguments, every_formula, every_input, every_quantity
from spreadsheet import sheet_text

from calc.engine.evaluate import evaluate_formula, evaluate_samples
from calc.engine.figures import Series
from calc.expression import is_left_out, names
from calc.facts import standard_facts
from calc.models import MODELS
from calc.scenario.conditions import read_condition

if TYPE_CHECKING:
    from calc.engine.catalogue import ModelCheck, Quantity
    from calc.engine.formula import Formula
    from calc.report.sheet_formula import Line


def test_there_are_formulas_of_every_model() -> None:
    """The list that all tests below are made from is not empty and not out of date."""
    models = {CATALOGUE[each.name].model for each in FORMULAS.values()}
    assert {"rack", "budget", "compute", "people", "data"} <= models
    assert {each.model for each in CATALOGUE.quantities.values()} == set(MODELS)


@every_formula
def test_units_are_right(formula: Formula) -> None:
    symbol = formula.trace()
    assert symbol.dimension in {None, formula.result.unit.dimension}
    assert formula.result.unit.dimension == CATALOGUE[formula.name].unit.dimension


@every_formula
def test_source_is_clean(formula: Formula) -> None:
    """Only arithmetic and ops, no literal but 0, 1, -1 and 2, no call of another formula, and a source line."""
    assert [str(error) for error in formula.lint()] == []
    assert formula.source


@every_formula
def test_text_says_what_it_is(formula: Formula) -> None:
    assert formula.text.endswith(".")
    assert len(formula.text) > 10
    assert not formula.text.startswith(("Source:", "Assumes:", "TODO"))


@every_formula
def test_every_parameter_is_used(formula: Formula) -> None:
    assert set(names(formula.expression)) == set(formula.parameters)


@every_formula
def test_what_is_left_out_follows_from_the_expression(formula: Formula) -> None:
    """A formula tells it from the names in its body or from sets of names, the expression from each operation."""
    random = np.random.default_rng(len(formula.parameters))
    for share in (0.2, 0.5, 0.8, 1.0):
        for each in formula.parameters:
            absent = {each, *(name for name in formula.parameters if random.random() < share)}
            for those in (absent, {each}):
                assert formula.is_left_out(those) == is_left_out(formula.expression, those), those


@every_formula
def test_one_name_has_one_unit(formula: Formula) -> None:
    """A parameter is annotated with the very unit that its owner declares, not only one of the same dimension."""
    stated = {name: measure.text for name, measure in formula.measures.items()}
    assert stated == {name: CATALOGUE[name].unit_text for name in formula.parameters}


@every_formula
def test_batch_equals_loop_equals_trace(formula: Formula) -> None:
    """The plain function on arrays, on floats, and its traced expression on both give the same numbers."""
    arrays = arguments(formula)
    if formula.is_over_years:
        _years_equal_loop(formula, arrays)
        return
    rows = [{name: float(values[at]) for name, values in arrays.items()} for at in range(DRAWS)]
    loop = [formula.function(**row) for row in rows]
    traced = [evaluate_formula(formula.name, formula.expression, row, {}) for row in rows]
    assert all(isinstance(each, float | int) and math.isfinite(each) for each in loop)
    np.testing.assert_allclose(np.asarray(traced, dtype=float), loop, rtol=1e-12, atol=0)
    np.testing.assert_allclose(np.asarray(formula.function(**arrays)), loop, rtol=1e-12, atol=0)
    samples = evaluate_samples(formula.name, formula.expression, arrays, {})
    np.testing.assert_allclose(np.broadcast_to(samples, (DRAWS,)), loop, rtol=1e-12, atol=0)


def _years_equal_loop(formula: Formula, arrays: dict[str, npt.NDArray[np.float64]]) -> None:
    """A formula over years: its expression on lists of yearly floats and on arrays gives the same numbers."""
    years = range(2026, 2031)
    shaped = {name: values.reshape(-1, len(years)) for name, values in arrays.items()}
    samples = np.asarray(evaluate_samples(formula.name, formula.expression, shaped, {}, years))
    for at in range(DRAWS // len(years)):
        figures = {name: Series(tuple(values[at].tolist())) for name, values in shaped.items()}
        found = evaluate_formula(formula.name, formula.expression, figures, {}, years)
        point = found.values if isinstance(found, Series) else (found,)
        numbers = [each if isinstance(each, float | int) else math.nan for each in point]
        np.testing.assert_allclose(samples[at], numbers, rtol=1e-12, atol=1e-12)


@every_formula
def test_inputs_are_not_changed(formula: Formula) -> None:
    arrays = arguments(formula)
    kept = {name: values.copy() for name, values in arrays.items()}
    for values in arrays.values():
        values.setflags(write=False)
    shaped = {name: values.reshape(-1, 5) for name, values in arrays.items()}
    evaluate_samples(formula.name, formula.expression, shaped, {}, range(2026, 2031))
    for name, values in arrays.items():
        np.testing.assert_array_equal(values, kept[name])


@every_formula
def test_a_spreadsheet_formula_can_be_written(formula: Formula) -> None:
    steps: list[Line] = []
    whole = sheet_text(formula.expression, lambda name: f"cell_{name}", steps)
    text = " ".join([whole, *(str(each) for line in steps for each, _ in line.cells.values())])
    assert text.count("(") == text.count(")")
    assert "{" not in text
    assert any(f"cell_{name}" in text for name in formula.parameters)


@every_formula
def test_a_formula_fits_on_a_screen(formula: Formula) -> None:
    # A label is a declaration that stands in a paragraph of its own.
    text = re.sub(r"\n    Label: .*\n", "", inspect.getsource(formula.function))
    assert len(text.splitlines()) < 20


@pytest.mark.parametrize(
    "name", [name for name, each in CATALOGUE.quantities.items() if any(each.formulas)], ids=lambda name: name
)
def test_variants_say_what_they_assume(name: str) -> None:
    formulas = CATALOGUE[name].formulas
    assert len(formulas) > 1, "one way to compute a quantity needs no variant"
    assert all(formulas)
    assumptions = [each.assumption for each in formulas.values()]
    assert all(assumptions)
    assert len(set(assumptions)) == len(assumptions)


@every_quantity
def test_quantity_has_a_name_a_text_and_a_place(quantity: Quantity) -> None:
    assert quantity.name.isascii()
    assert quantity.name == quantity.name.lower()
    assert len(quantity.text.strip()) > 5
    assert quantity.place is not None
    assert quantity.place.source.name == f"calc/models/{quantity.model}.py"
    line = quantity.place.source.line(quantity.place.line)
    assert line[quantity.place.column - 1 :].startswith(quantity.name)


@every_input
def test_input_has_a_text_and_sensible_bounds(quantity: Quantity) -> None:
    assert not quantity.text.endswith("."), "an input's text is a noun phrase"
    if quantity.low is not None and quantity.high is not None:
        # What is not modelled yet can only be 0, and says so.
        is_refused = quantity.low == quantity.high == 0 and quantity.why.endswith("not modelled yet")
        assert quantity.low < quantity.high or is_refused


@every_input
def test_input_is_used(quantity: Quantity) -> None:
    """An input that no formula reads is dead; exchange rates are read by conversions.

    Figures of accelerators, of what was observed, and reference figures are there to be compared and to be used in a
    scenario's own formulas.
    """
    used = {name for formula in FORMULAS.values() for name in formula.parameters}
    assert quantity.name in used or quantity.model in {"accelerator", "currency", "observed", "reference"}


@pytest.mark.parametrize("check", CATALOGUE.checks, ids=lambda check: check.name)
def test_model_check_parses(check: ModelCheck) -> None:
    condition = read_condition(check.check.condition, CATALOGUE, None)
    assert condition.names
    assert check.check.text
    place = check.where()
    assert place.source.name.startswith("calc/models/")
    assert place.source.line(place.line).startswith(f"{check.name} = Check(")


def test_over_allocation_is_among_the_model_checks() -> None:
    assert "the lines add up to more than the budget" in {each.check.text for each in CATALOGUE.checks}


def test_every_default_is_a_fact_of_an_input() -> None:
    bundle = standard_facts().bundle("defaults")
    assert bundle
    assert set(bundle) <= set(INPUTS)
