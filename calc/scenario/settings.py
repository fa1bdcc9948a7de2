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
            found[key.text] = (key, _setting_value(value.strip(), place, problems))
    return found


def _setting_value(text: str, place: Place, problems: Problems) -> Node:
    if text.startswith("{"):
        try:
            return read_yaml(SourceText("--set", text), problems)
        except CalcError as error:
            problems.add(error)
    return Scalar(text, plain=True, place=place)
