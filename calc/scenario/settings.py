"""Values that the command line sets: `--set name=value`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.errors import CalcError, Place, Problems, SourceText, quote
from calc.scenario.nodes import Scalar
from calc.scenario.yaml_reader import read_yaml

if TYPE_CHECKING:
    from calc.scenario.context import Context
    from calc.scenario.nodes import Node

# What a place on the command line is called where such a value stands.
OPTION = "--set"


def read_settings(settings: tuple[str, ...], problems: Problems) -> dict[str, tuple[Scalar, Node]]:
    """Read `--set name=value` as a layer of inputs."""
    found: dict[str, tuple[Scalar, Node]] = {}
    for text in settings:
        source = SourceText(OPTION, text)
        name, mark, value = text.partition("=")
        key = Scalar(name.strip(), plain=True, place=Place(source, 1, 1, max(1, len(name))))
        if not mark or not name.strip():
            problems.add(
                CalcError("E-SET", f"{quote(text)} sets nothing", place=key.place, hint="as in `--set name=value`")
            )
        elif key.text in found:
            problems.add(CalcError("E-SET", f"`{key.text}` is set twice", place=key.place, hint="set each name once"))
        else:
            lead = len(name) + 1 + len(value) - len(value.lstrip())
            place = Place(source, 1, lead + 1, max(1, len(value.strip())))
            found[key.text] = (key, _setting_value(text, lead, place))
    return found


def settings_by_part(context: Context) -> dict[str, dict[str, tuple[Scalar, Node]]]:
    """Return what the command line sets by part, under the empty name what it sets everywhere.

    What is wrong with the names is added to the context's problems.
    """
    found: dict[str, dict[str, tuple[Scalar, Node]]] = {}
    for name, entry in context.settings.items():
        if " in " not in name:
            found.setdefault("", {})[name] = entry
            continue
        # Only a name with a part needs all that reads such names.
        from calc.scenario.references import EVERY_PART, read_reference

        try:
            reference = read_reference(name, entry[0].place, context)
        except CalcError as error:
            context.problems.add(error)
            continue
        if reference.year is not None:
            hint = "set all years, as in `{by year: {2026: $10M, 2027: $12M}}`"
            message = f"{quote(name)} is one year of a value"
            context.problems.add(CalcError("E-SET", message, place=entry[0].place, hint=hint))
        part = "" if reference.part == EVERY_PART else reference.part
        inner = found.setdefault(part, {})
        if reference.name in inner:
            message = f"`{reference.flat}` is set twice"
            context.problems.add(CalcError("E-SET", message, place=entry[0].place, hint="set each name once"))
        inner[reference.name] = entry
    return found


def _setting_value(text: str, lead: int, place: Place) -> Node:
    value = text[lead:].strip()
    if value.startswith("{"):
        # Blanks in the place of the name keep the columns those of the option as it was typed.
        return read_yaml(place.source, text=" " * lead + text[lead:])
    return Scalar(value, plain=True, place=place)
