"""Figures from the catalogue's formulas, outside any scenario: given values in, numbers or samples out."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from calc.engine.catalogue import implied, spread, standard_catalogue
from calc.engine.compile import Floats, UnsupportedError, build
from calc.engine.evaluate import NotIncluded, evaluate_formula, evaluate_samples
from calc.engine.graph import formula_of, make_plan
from calc.errors import CalcError
from calc.facts import DEFAULTS, standard_facts
from calc.units import parse_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from calc.engine.figures import Figure
    from calc.engine.graph import AnyFormula, Plan


def compute(wanted: str, given: Mapping[str, Any], use: Mapping[str, str] | None = None) -> Any:
    """Return a quantity in its declared unit: a float, or an array of shape (samples,) where one was given.

    given, use and errors as in `compute_all`.
    """
    return compute_all([wanted], given, use)[wanted]


def compute_all(
    wanted: Sequence[str], given: Mapping[str, Any], use: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return quantities in their declared units: floats, or arrays of shape (samples,) where one was given.

    given: numbers, or float64 arrays of shape (samples,), by quantity, in their declared units. The bundle of defaults
    fills what is left.
    use: the variant of a quantity, or of a choice, as in a scenario's `use:`; what is given makes the other choices.
    Raises CalcError when something is missing or a figure is not finite.
    """
    names, variants = tuple(given), tuple(sorted((use or {}).items()))
    if not any(hasattr(value, "shape") for value in given.values()):
        compiled = _compiled(tuple(wanted), names, variants)
        if compiled is not None:
            try:
                return compiled(given)
            except (ArithmeticError, ValueError, TypeError):
                pass  # it has no value there, or it is an error: the slow way tells
    catalogue = standard_catalogue()
    plan, chosen = _plan(tuple(wanted), names, variants)
    figures: dict[str, Any] = {**_fixed(plan)}
    figures |= {name: _column(value) * catalogue[name].unit.factor for name, value in given.items()}
    for name, formula in _formulas(plan, chosen):
        is_array = any(hasattr(figures[each], "shape") for each in formula.parameters)
        figures[name] = (evaluate_samples if is_array else evaluate_formula)(name, formula.expression, figures, {})
    return {name: _result(figures[name] / catalogue[name].unit.factor) for name in wanted}


@lru_cache(maxsize=1)
def _defaults() -> dict[str, float]:
    """Return the figures of the bundle of defaults, in coherent base units."""
    facts = (standard_facts().bundle(DEFAULTS) or {}).items()
    return {name: fact.value * parse_unit(fact.unit).factor for name, fact in facts if fact.value is not None}


@lru_cache(maxsize=256)
def _plan(
    wanted: tuple[str, ...], given: tuple[str, ...], use: tuple[tuple[str, str], ...]
) -> tuple[Plan, dict[str, str]]:
    """Return what to compute in which order, and the variants chosen.

    Raises CalcError when something is missing.
    """
    catalogue = standard_catalogue()
    chosen = {**implied(catalogue.choices, set(given)), **spread(catalogue.choices, dict(use))}
    plan = make_plan(catalogue, wanted, {*_defaults(), *given}, chosen)
    if plan.missing:
        lacking, lack = (" and ".join(f"`{name}`" for name in wanted), ", ".join(f"`{name}`" for name in plan.missing))
        raise CalcError("E-MISSING", f"{lacking} needs {lack}", hint="give a value")
    return plan, chosen


def _fixed(plan: Plan) -> dict[str, Figure]:
    """Return the bundle of defaults, and what is not included."""
    return {**_defaults(), **{name: NotIncluded((name,)) for name in plan.not_included}}


def _formulas(plan: Plan, chosen: Mapping[str, str]) -> Iterator[tuple[str, AnyFormula]]:
    for name in plan.order:
        formula = formula_of(standard_catalogue(), name, chosen)
        if formula is not None:
            yield name, formula


@lru_cache(maxsize=256)
def _compiled(
    wanted: tuple[str, ...], given: tuple[str, ...], use: tuple[tuple[str, str], ...]
) -> Callable[[Mapping[str, float]], dict[str, Any]] | None:
    """Return all formulas as one function of what is given, in declared units; None where they are no such function."""
    plan, chosen = _plan(wanted, given, use)
    formulas = ((name, formula.expression) for name, formula in _formulas(plan, chosen))
    try:
        floats = Floats(build(formulas, _fixed(plan), dict.fromkeys(given, False)), wanted)
    except UnsupportedError:
        return None
    catalogue = standard_catalogue()
    ins = {name: catalogue[name].unit.factor for name in given}
    outs = {name: catalogue[name].unit.factor for name in wanted}

    def compute_once(values: Mapping[str, float]) -> dict[str, Any]:
        found = floats({name: values[name] * factor for name, factor in ins.items()})
        return {name: _number(found[name]) / factor for name, factor in outs.items()}

    return compute_once


def _number(figure: Figure) -> float:
    if isinstance(figure, float | int):
        return float(figure)
    raise TypeError  # it has no value: the slow way tells why


def _result(found: Any) -> Any:
    return found.ravel() if hasattr(found, "shape") else float(found)


def _column(value: Any) -> Any:
    """Return an array of samples in the shape that formulas take, (samples, 1)."""
    return value.reshape(-1, 1) if hasattr(value, "shape") and value.shape else value
