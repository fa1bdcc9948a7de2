"""The sections `cases`, `parts` and `totals`: choices side by side, several clusters or sites, and their sums."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from calc.errors import CalcError, Place, Problems, quote
from calc.scenario.nodes import Node, Scalar
from calc.scenario.sections import CASE, PART, Keys
from calc.scenario.shapes import read_entries, read_list, read_mapping, read_texts
from calc.text import is_visible

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUM = re.compile(r"sum of ([a-z_][a-z0-9_]*)")


@dataclass(slots=True)
class Case:
    """A choice or a part: what it gives, which variants it uses, which facts it takes; a case may change parts."""

    name: Scalar | None
    inputs: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)
    use: dict[str, tuple[Scalar, Scalar]] = field(default_factory=dict)
    facts: list[Scalar] = field(default_factory=list)
    parts: dict[str, Case] = field(default_factory=dict)


class Total(NamedTuple):
    """A sum over the parts: its name as written, and the quantity that is added up."""

    key: Scalar
    of: str
    place: Place


def read_cases(node: Node, problems: Problems) -> dict[str, Case]:
    """Read `cases`: by name, each with values, and perhaps `use`, `facts` and `parts`."""
    cases = {}
    for name, key, value in _named(node, "cases", "case", problems):
        cases[name] = case = Case(key)
        try:
            if not isinstance(value, Scalar) or not value.is_null:
                _fill(case, read_entries(value, f"case {name[:40]}", problems), CASE, problems)
        except CalcError as error:
            problems.add(error)
    return cases


def read_parts(node: Node, problems: Problems) -> dict[str, Case]:
    """Read `parts`: by name, each with `facts`, `use` and `inputs`."""
    return _read_parts(node, "parts", "part", problems)


def read_cabinets(node: Node, problems: Problems) -> dict[str, Case]:
    """Read `cabinets`: kinds of cabinets by name, each with `facts`, `use` and `inputs`."""
    return _read_parts(node, "cabinets", "kind of cabinets", problems)


def _read_parts(node: Node, section: str, what: str, problems: Problems) -> dict[str, Case]:
    parts = {}
    for name, key, value in _named(node, section, what, problems):
        parts[name] = part = Case(key)
        try:
            if not isinstance(value, Scalar) or not value.is_null:
                _fill(part, read_mapping(value, f"{what} {name[:40]}").entries, PART, problems)
        except CalcError as error:
            problems.add(error)
    return parts


def _named(node: Node, section: str, what: str, problems: Problems) -> Iterator[tuple[str, Scalar, Node]]:
    for name, (key, value) in read_mapping(node, section).entries.items():
        if is_visible(name):
            yield name, key, value
        else:
            message, hint = f"the name of a {what} shows nothing", "give it a name that can be read"
            problems.add(CalcError("E-KEY", message, place=key.place, hint=hint))


def _fill(case: Case, entries: dict[str, tuple[Scalar, Node]], shape: Keys, problems: Problems) -> None:
    for inner, (key, value) in entries.items():
        if inner not in shape.keys:
            # A part keeps its values under `inputs`, as a file does; a case holds them beside its sections.
            if shape.rest is None:
                hint = f"`{inner}: ...` stands under `inputs:` of the part"
                problems.add(CalcError("E-KEY", f"{quote(inner)} is no section of a part", place=key.place, hint=hint))
            case.inputs[inner] = (key, value)
        elif inner == "use":
            case.use = read_texts(value, "use", problems)
        elif inner == "facts":
            case.facts = read_list(value, inner, shape.keys[inner].example)
        elif inner == "parts":
            case.parts = {**case.parts, **read_parts(value, problems)}
        elif inner == "cabinets":
            case.parts = {**case.parts, **read_cabinets(value, problems)}
        else:
            case.inputs.update(read_entries(value, "inputs", problems))


def read_totals(node: Node, problems: Problems) -> dict[str, Total]:
    """Read `totals`: names and what is added up over the parts, as in `site_power: sum of facility_power`."""
    found = {}
    for name, (key, value) in read_texts(node, "totals", problems).items():
        match = _SUM.fullmatch(value.text.strip())
        if match is None:
            message = f"{quote(value.text)} says not what is added up"
            hint = f"as in `{name if name.isidentifier() else 'site_power'}: sum of facility_power`"
            problems.add(CalcError("E-TOTAL", message, place=value.place, hint=hint))
        elif not name.isidentifier() or not name.isascii() or name != name.lower() or len(name) > 64:
            hint = "names are lower-case words joined by `_`, as in `site_power`"
            problems.add(CalcError("E-NAME", f"{quote(name)} is no name for a total", place=key.place, hint=hint))
        else:
            found[name] = Total(key, match[1], value.place)
    return found
