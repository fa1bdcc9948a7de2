"""Values that the command line sets: `--set name=value`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.errors import CalcError, Place, Problems, SourceText, quote
from calc.scenario.nodes import Scalar
from calc.scenario.yaml_reader import read_yaml

if TYPE_CHECKING:
    from calc.scenario.nodes import Node


def read_settings(settings: tuple[str, ...], problems: Problems) -> dict[str, tuple[Scalar, Node]]:
    """Read `--set name=value` as a layer of inputs."""
    found: dict[str, tuple[Scalar, Node]] = {}
    for text in settings:
        source = SourceText("--set", text)
        name, mark, value = text.partition("=")
        key = Scalar(name.strip(), plain=True, place=Place(source, 1, 1, max(1, len(name))))
        if not mark or not name.strip():
            problems.add(
                CalcError("E-SET", f"{quote(text)} sets nothing", place=key.place, hint="write `--set name=value`")
            )
        elif key.text in found:
            problems.add(CalcError("E-SET", f"`{key.text}` is set twice", place=key.place, hint="set each name once"))
        else:
            lead = len(name) + 1 + len(value) - len(value.lstrip())
            place = Place(source, 1, lead + 1, max(1, len(value.strip())))
            found[key.text] = (key, _setting_value(text, lead, place))
    return found


def _setting_value(text: str, lead: int, place: Place) -> Node:
    value = text[lead:].strip()
    if value.startswith("{"):
        # Blanks in the place of the name keep the columns those of the option as it was typed.
        return read_yaml(place.source, text=" " * lead + text[lead:])
    return Scalar(value, plain=True, place=place)
