"""Figures from the catalogue's formulas, outside any scenario: given values in, numbers or samples out."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from calc.engine.catalogue import implied, spread, standard_catalogue
from calc.engine.evaluate import NotIncluded, evaluate_formula, evaluate_samples
from calc.engine.graph import formula_of, make_plan
from calc.errors import CalcError
from calc.facts import DEFAULTS, standard_facts
from calc.units import parse_unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from calc.engine.graph import Plan


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
    catalogue = standard_catalogue()
    chosen = {**implied(catalogue.choices, set(given)), **spread(catalogue.choices, use or {})}
    figures = {name: _column(value) * catalogue[name].unit.factor for name, value in given.items()}
    figures = {**_defaults(), **figures}
    plan = _plan(tuple(wanted), frozenset(figures), tuple(sorted(chosen.items())))
    if plan.missing:
        names = ", ".join(f"`{name}`" for name in plan.missing)
        lacking = " and ".join(f"`{name}`" for name in wanted)
        raise CalcError("E-MISSING", f"{lacking} needs {names}", hint="give a value")
    figures.update({name: NotIncluded((name,)) for name in plan.not_included})
    for name in plan.order:
        formula = formula_of(catalogue, name, chosen)
        if formula is None:
            continue
        if any(hasattr(figures[each], "shape") for each in formula.parameters):
            figures[name] = evaluate_samples(name, formula.expression, figures, {})
        else:
            figures[name] = evaluate_formula(name, formula.expression, figures, {})
    return {name: _result(figures[name] / catalogue[name].unit.factor) for name in wanted}


@lru_cache(maxsize=1)
def _defaults() -> dict[str, float]:
    """Return the figures of the bundle of defaults, in coherent base units."""
    facts = (standard_facts().bundle(DEFAULTS) or {}).items()
    return {name: fact.value * parse_unit(fact.unit).factor for name, fact in facts if fact.value is not None}


@lru_cache(maxsize=256)
def _plan(wanted: tuple[str, ...], given: frozenset[str], chosen: tuple[tuple[str, str], ...]) -> Plan:
    return make_plan(standard_catalogue(), wanted, given, dict(chosen))


def _result(found: Any) -> Any:
    return found.ravel() if hasattr(found, "shape") else float(found)


def _column(value: Any) -> Any:
    """Return an array of samples in the shape that formulas take, (samples, 1)."""
    return value.reshape(-1, 1) if hasattr(value, "shape") and value.shape else value
