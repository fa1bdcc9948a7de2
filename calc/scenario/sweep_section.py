"""The section `sweep`: inputs as axes, the figures at every point, conditions, what is best."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from calc.errors import CalcError
from calc.scenario.axis import Axis, known_input, read_axis
from calc.scenario.nodes import Node, Sequence
from calc.scenario.sections import SECTIONS, SENSES
from calc.scenario.shapes import read_mapping
from calc.scenario.study_words import (
    Wanted,
    read_conditions,
    read_names,
    read_wanted,
    sense_of,
    wanted_of,
)

if TYPE_CHECKING:
    from calc.scenario.conditions import Condition
    from calc.scenario.context import Context


@dataclass(frozen=True, slots=True)
class Sweep:
    """A sweep as written.

    axes: in the order written; the last runs fastest. show: the figures, empty for those of the scenario.
    conditions: beside the scenario's checks. best: the figure that ranks the points. pareto: figures to trade off.
    """

    axes: tuple[Axis, ...]
    show: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    best: Wanted | None = None
    pareto: tuple[Wanted, ...] = field(default=())

    @property
    def ranked(self) -> list[str]:
        """Return the figures by which the points are ranked."""
        return [*([self.best.name] if self.best else ()), *(each.name for each in self.pareto)]

    @property
    def figures(self) -> list[str]:
        """Return the figures that the sweep itself names."""
        return list(dict.fromkeys([*self.show, *self.ranked]))


def read_sweep(node: Node, context: Context) -> Sweep:
    """Read `sweep: {rack_power_rated: 5 to 25 kW step 2.5 kW}`.

    Raises CalcError.
    """
    mapping = read_mapping(node, "sweep")
    axes = []
    for name, (key, value) in mapping.entries.items():
        if name not in SECTIONS["sweep"].keys and name not in SENSES:
            known_input(name, key.place, context)
            axes.append(read_axis(name, value, context))
    if not axes:
        hint = "name an input, as in `sweep: {rack_power_rated: 5 to 25 kW step 2.5 kW}`"
        raise CalcError("E-AXIS", "`sweep` has no axis", place=node.place, hint=hint)
    so_that, shown, pareto = mapping.get("so that"), mapping.get("show"), mapping.get("pareto")
    sense = sense_of(mapping)
    return Sweep(
        tuple(axes),
        tuple(read_names(shown, "show", context)) if shown else (),
        tuple(read_conditions(so_that, context)) if so_that else (),
        wanted_of(mapping, sense, context) if sense else None,
        _pareto(pareto, context) if pareto else (),
    )


def _pareto(node: Node, context: Context) -> tuple[Wanted, ...]:
    found = tuple(read_wanted(each, context) for each in node.items) if isinstance(node, Sequence) else ()
    if len(found) != 2:
        hint = "as in `pareto: [maximise servers_per_rack, minimise rack_power_stranded]`"
        raise CalcError("E-VALUE", "`pareto` wants a list of two figures", place=node.place, hint=hint)
    return found
