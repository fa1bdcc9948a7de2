"""The sections `cabinets` and `place`: kinds of cabinets, and what decides which servers go into them.

A kind of cabinets is a part of the scenario, as a cluster is: it has figures of its own, and totals go over it. `place`
decides `servers in PART` of every part that does not say how many it has, and `racks_used in KIND` of every kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.flat import key_of, qualified
from calc.engine.graph import LoopError, formula_of, reached
from calc.errors import CalcError, Place, quote
from calc.records import dataclass
from calc.scenario.axis import read_conditions, refuse_other_keys, sense_of
from calc.scenario.case import Layer
from calc.scenario.conditions import read_reference
from calc.scenario.sections import SENSES
from calc.text import or_list
from calc.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from calc.scenario.case import Context
    from calc.scenario.conditions import Condition
    from calc.scenario.requested import Asking
    from calc.scenario.shapes import Case

PLACED = "placed"
# The source of what is placed, until it is.
_UNDECIDED = "decided by `place`"
SERVERS, RACKS = "servers", "racks_used"
# What is a matter of cabinets, and what of servers.
_OF_CABINETS = ("rack_", "racks_", "feed_")
_OF_SERVERS = ("server_", "servers", "gpu_", "gpus")
_SINGLE = {"power_factor": True, "liquid_share": False, "supply_power": False}
# What the plan asks of a part, and of a kind of cabinets; the rest sets no limit where it is not given.
NEEDED_OF_SERVERS = ("server_power",)
NEEDED_OF_CABINETS = ("rack_power_usable", "racks_available")


@dataclass(frozen=True, slots=True)
class Placing:
    """What is to be placed.

    sense: maximise or minimise, or empty. wanted: names of figures that are added up for that, with their parts.
    conditions: what has to hold. parts: kinds of servers; kinds: of cabinets; both in the order written.
    text: what is wanted, in words.
    """

    parts: tuple[str, ...]
    kinds: tuple[str, ...]
    place: Place
    sense: str = ""
    wanted: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    text: str = ""

    @property
    def names(self) -> list[str]:
        """Return the names of all figures that are wanted or in a condition."""
        return list(dict.fromkeys([*self.wanted, *(name for each in self.conditions for name in each.names)]))


def is_of_cabinets(name: str) -> bool | None:
    """Tell whether a quantity is a matter of cabinets, False for one of servers, None for one of neither alone."""
    if name in _SINGLE:
        return _SINGLE[name]
    if name.startswith(_OF_SERVERS):
        return False
    return True if name.startswith(_OF_CABINETS) else None


def join_cabinets(context: Context) -> None:
    """Make the kinds of cabinets parts of the document, and note what is to be placed.

    What is wrong with them is added to the context's problems.
    """
    document = context.document
    if not document.cabinets and document.place is None:
        return
    asked = document.place or next(iter(document.cabinets.values())).name
    at = asked.place if asked else Place(document.source, 1, 1)
    if not document.cabinets or not document.parts:
        lacks, example = (
            "cabinets",
            "cabinets: {25 kW: {inputs: {racks_available: 92 racks, rack_power_rated: 25 kW}}}",
        )
        if document.cabinets:
            lacks, example = "parts", "parts: {training: {facts: [dgx-h100]}}"
        message = f"servers are placed in `cabinets`, and the scenario has no `{lacks}`"
        context.problems.add(CalcError("E-PLACE", message, place=at, hint=f"as in `{example}`"))
        context.lacks_giver = True
        return
    for name, kind in document.cabinets.items():
        if name in document.parts and kind.name:
            message = f"{quote(name)} is a kind of cabinets and a part too"
            hint = "give one of them another name"
            context.problems.add(CalcError("E-PLACE", message, place=kind.name.place, hint=hint))
            context.lacks_giver = True
    context.placing = Placing(tuple(document.parts), tuple(document.cabinets), at)
    for name, part in document.parts.items():
        _refuse_misplaced(context, name, part, of_cabinets=True)
    for name, kind in document.cabinets.items():
        _refuse_misplaced(context, name, kind, of_cabinets=False)
    document.parts = {**document.parts, **document.cabinets}


def _refuse_misplaced(context: Context, part: str, case: Case, *, of_cabinets: bool) -> None:
    """Refuse what stands in a part and is a matter of cabinets, or the other way round, and what is decided."""
    for name, (key, _) in case.inputs.items():
        if is_of_cabinets(name) is of_cabinets:
            what, where = ("cabinets", "`cabinets:`") if of_cabinets else ("servers", "`parts:`")
            message = (
                f"`{name}` stands in {'part' if of_cabinets else 'the cabinets'} {quote(part)} and is about {what}"
            )
            hint = f"it belongs under {where}, to a kind of {what}"
            context.problems.add(CalcError("E-PLACE", message, place=key.place, hint=hint))
        elif name == RACKS:
            hint = "a bound on it is a condition, as in `so that: [racks_used in ... <= 20 racks]`"
            context.problems.add(CalcError("E-PLACE", f"`{RACKS}` is what `place` decides", place=key.place, hint=hint))


def read_place(context: Context) -> None:
    """Read what is wanted, when the names of the scenario are known; what is wrong is added to the problems."""
    placing, node = context.placing, context.document.place
    if placing is None or node is None:
        return
    try:
        refuse_other_keys(node, [*SENSES, "so that"], "`place`")
        key = sense_of(node)
        wanted: tuple[str, ...] = ()
        text = ""
        if key:
            scalar = node.entries[key][1]
            text = getattr(scalar, "text", "").strip()
            wanted = _wanted(text, scalar.place, context)
        so_that = node.get("so that")
        conditions = tuple(read_conditions(so_that, context)) if so_that else ()
        for each in conditions:
            _refuse_unplaceable(each, context)
        context.placing = Placing(
            placing.parts, placing.kinds, node.place, SENSES[key] if key else "", wanted, conditions,
            f"{SENSES[key]} {text}" if key else "",
        )  # fmt: skip
    except CalcError as error:
        context.problems.add(error)
        context.placing = placing


def _wanted(text: str, place: Place, context: Context) -> tuple[str, ...]:
    """Return the figures that are added up: one of the whole scenario or of one part, or that of every part."""
    reference = read_reference(text, place, context)
    if reference.year is not None:
        hint = f"take a sum over the years, such as `total({reference.name})`, as a formula"
        raise CalcError("E-PLACE", f"{quote(text)} is one year of a figure", place=place, hint=hint)
    if reference.part or reference.name in context.document.totals or is_of_whole(context, reference.name):
        return (reference.flat,)
    return tuple(qualified(reference.name, part) for part in home(context, reference.name))


def _refuse_unplaceable(condition: Condition, context: Context) -> None:
    if condition.confidence is not None:
        hint = "leave it out; the report says in what share of the samples a limit is broken"
        message = f"{quote(condition.text)} asks for a confidence, and a plan is made at the likely values"
        raise CalcError("E-PLACE", message, place=condition.place, hint=hint)
    for key in map(key_of, condition.names):
        if not key.part and not is_of_whole(context, key.name):
            ways = or_list([qualified(key.name, part) for part in home(context, key.name)][:3])
            message = f"`{key.name}` is a figure of each part"
            hint = f"write {ways}; or a total over them, as in `totals: {{all: sum of {key.name}}}`"
            raise CalcError("E-PART", message, place=condition.place, hint=hint)


# ---------------------------------------------------------------- where a figure is at home


def _needs_of(context: Context, name: str) -> set[str]:
    """Return a name with all that it needs where its first formula is used and nothing below is given."""

    def below(each: str) -> tuple[str, ...]:
        formula = formula_of(context.catalogue, each, {}) if each in context.catalogue else None
        return formula.parameters if formula else ()

    return reached([name], below)


def home(context: Context, name: str) -> tuple[str, ...]:
    """Return the parts that a figure is one of each of: the kinds of servers, or those of cabinets."""
    placing = context.placing
    if placing is None:
        return tuple(context.document.parts)
    own = is_of_cabinets(name)
    if own is None:
        needs = _needs_of(context, name)
        cabinets = any(is_of_cabinets(each) for each in needs)
        servers = any(is_of_cabinets(each) is False for each in needs)
        if not cabinets and not servers:
            given = {each: set(context.document.parts[each].inputs) for each in (*placing.parts, *placing.kinds)}
            cabinets = any(not needs.isdisjoint(given[each]) for each in placing.kinds)
            servers = any(not needs.isdisjoint(given[each]) for each in placing.parts)
        own = cabinets and not servers
    return placing.kinds if own else placing.parts


def parts_of_totals(context: Context) -> dict[str, tuple[str, ...]]:
    """Return by total the parts that it goes over, where they are not all."""
    totals = {} if context.placing is None else context.document.totals
    return {name: home(context, total.of) for name, total in totals.items()}


def is_of_whole(context: Context, name: str) -> bool:
    """Tell whether a figure follows from totals, or from nothing that parts have."""
    totals = context.document.totals
    needs = _needs_of(context, name)
    if not needs.isdisjoint(totals):
        return True
    shared = {each for layer in context.document.layers for each in layer}
    return name in shared and is_of_cabinets(name) is None


# ---------------------------------------------------------------- values that are placed


def without_misplaced(context: Context, part: str, layers: Iterable[Layer]) -> list[Layer]:
    """Return layers without what is no matter of a part: cabinets in a kind of servers, servers in one of cabinets."""
    placing = context.placing
    if placing is None or not part:
        return list(layers)
    wrong = part not in placing.kinds

    def kept(values: Mapping[str, Value]) -> dict[str, Value]:
        return {name: value for name, value in values.items() if is_of_cabinets(name) is not wrong}

    return [
        Layer(kept(each.values), {name for name in each.broken if is_of_cabinets(name) is not wrong}) for each in layers
    ]


def placed_name(context: Context, asking: Asking) -> str:
    """Return the name that is decided in a part, or empty: for the whole scenario, and for servers that are a fleet."""
    placing = context.placing
    if placing is None or not asking.part:
        return ""
    if asking.part in placing.kinds:
        return RACKS
    try:
        return SERVERS if asking.plan([SERVERS]).missing else ""
    except LoopError:
        return SERVERS


def placed_value(context: Context, name: str) -> Value:
    """Return the value that stands in for what is decided, until it is."""
    assert context.placing is not None  # noqa: S101  # the caller asked for the name that is placed
    unit = context.catalogue[name].unit
    return Value(0.0, None, unit, PLACED, _UNDECIDED, place=context.placing.place)


def refuse_undecided(values: Mapping[str, Value], names: Iterable[str]) -> None:
    """Refuse to compute with what is not placed yet, whose value means nothing.

    Raises CalcError.
    """
    for name in names:
        value = values.get(name)
        if value is not None and value.source == _UNDECIDED and value.status == PLACED:
            hint = "a plan is made first, and there is none"
            raise CalcError("E-PLACE", f"`{name}` is decided by `place`", place=value.place, hint=hint)


def needed_of(context: Context, part: str) -> list[str]:
    """Return what the plan asks of a part, or of the whole scenario."""
    placing = context.placing
    if placing is None:
        return []
    asked = [key.name for key in map(key_of, placing.names) if key.part == part]
    if not part:
        return asked
    return [*asked, *(NEEDED_OF_CABINETS if part in placing.kinds else (SERVERS, *NEEDED_OF_SERVERS))]
