"""What the command line gives: values of `--set`, and studies as the sections that a file would hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from calc.errors import CalcError, Place, Problems, SourceText, quote
from calc.scenario.sections import SECTIONS, Key, Keys, Listed
from calc.scenario.yaml_reader import Mapping, Node, Scalar, Sequence, read_yaml
from calc.text import pattern

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calc.scenario.case import Context

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
        from calc.scenario.conditions import EVERY_PART, read_reference

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


# ---------------- studies as the command line asks for them: its options as the sections that a file would hold


_GOAL = pattern(r"(?:the\s+)?(smallest|largest)\s+(\w+(?:\s+in\s+.+?)?)\s+within\s+(.+?)\s+so that\s+(.+)")
_BEST = pattern(r"(maximi[sz]e|minimi[sz]e)\s+(\w+(?:\s+in\s+.+)?)")
_CONFIDENCE = pattern(r"\s+with\s+(\S+\s*%)\s+confidence\s*$")
AND, COMMA = re.compile(r"\s+and\s+"), re.compile(r",")
# A part may have a comma in its name.
_SENSES = pattern(r",\s*(?=(?:max|min)imi[sz]e\s)")
_GOAL_EXAMPLE = '`--goal "smallest rack_power_rated within 5 to 60 kW so that servers_per_rack >= 5"`'


def scalar(option: str, text: str) -> Scalar:
    """Return the text of an option as a place in a scenario."""
    return Scalar(text.strip(), plain=True, place=Place(SourceText(option, text), 1, 1, max(1, len(text))))


def listed(option: str, texts: Iterable[str]) -> Sequence | None:
    """Return texts as a list, None for none."""
    items: list[Node] = [scalar(option, each) for each in texts]
    return Sequence(items, items[0].place) if items else None


def split(text: str, at: re.Pattern[str], labels: Iterable[str]) -> list[str]:
    """Return what a text of the line lists, without blanks around; a name of a part or case is not split inside.

    labels: those names, which may stand after `in`.
    """
    whole = [each for each in sorted(labels, key=len, reverse=True) if at.search(each)]
    spans = [found.span() for each in whole for found in re.finditer(rf"(?<=\sin\s){re.escape(each)}(?!\w)", text)]
    cuts = [each for each in at.finditer(text) if not any(low <= each.start() < high for low, high in spans)]
    ends = zip([0, *(each.end() for each in cuts)], [*(each.start() for each in cuts), len(text)], strict=True)
    return [piece for low, high in ends if (piece := text[low:high].strip())]


def is_option(node: Scalar) -> bool:
    """Tell whether a text stands in an option of the command line."""
    return node.place.source.name.startswith("--")


def named(option: str, texts: Iterable[str]) -> dict[str, tuple[Scalar, Node]]:
    """Return `NAME=VALUES` texts by name; values in brackets are a list, as in a file.

    Raises CalcError.
    """
    found: dict[str, tuple[Scalar, Node]] = {}
    for text in texts:
        name, mark, value = text.partition("=")
        key = scalar(option, text)
        if not mark or not name.strip() or not value.strip():
            hint = f'as in `{option} "rack_power_rated=5 to 25 kW step 2.5 kW"`'
            raise CalcError("E-USAGE", f"{quote(text)} is no `NAME=VALUES`", place=key.place, hint=hint)
        key = Scalar(name.strip(), plain=True, place=key.place)
        refuse_twice(option, {key.text: (key, key)}, found)
        lead = len(name) + 1
        node: Node = Scalar(value.strip(), plain=True, place=key.place)
        if value.strip().startswith("["):
            node = read_yaml(key.place.source, text=" " * lead + value)
        found[key.text] = (key, node)
    return found


def refuse_twice(option: str, entries: dict[str, tuple[Scalar, Node]], known: Iterable[str]) -> None:
    """Refuse what an option names a second time.

    Raises CalcError.
    """
    for name, (key, _) in entries.items():
        if name in known:
            raise CalcError("E-USAGE", f"`{option}` names `{name}` twice", place=key.place, hint="name each once")


def laid_over(section: Node | None, entries: dict[str, tuple[Scalar, Node]], place: Place) -> Mapping:
    """Return a section of a file with entries of the command line in it."""
    below = section.entries if isinstance(section, Mapping) else {}
    return Mapping({**below, **entries}, section.place if section else place)


def entry(option: str, key: str, node: Node | None) -> dict[str, tuple[Scalar, Node]]:
    """Return one entry of a section, none for an option that was not given."""
    return {} if node is None else {key: (scalar(option, key), node)}


def read_goal(text: str) -> dict[str, tuple[Scalar, Node]]:
    """Read a goal in one line, as a report writes it.

    Raises CalcError.
    """
    place = scalar("--goal", text).place
    best = _BEST.fullmatch(text.strip())
    if best:
        return entry("--goal", best[1], scalar("--goal", best[2]))
    body, confidence = text.strip(), None
    match = _CONFIDENCE.search(body)
    if match:
        body, confidence = body[: match.start()], scalar("--goal", match[1])
    found = _GOAL.fullmatch(body)
    if found is None:
        raise CalcError("E-USAGE", f"{quote(text)} is no goal", place=place, hint=f"as in {_GOAL_EXAMPLE}")
    entries = {
        **entry("--goal", f"{found[1]} within", scalar("--goal", found[3])),
        **entry("--goal", "so that", scalar("--goal", found[4])),
        **entry("--goal", "confidence", confidence),
    }
    return entry("--goal", found[2], Mapping(entries, place))


def entries_of(study: str, given: dict[str, Any]) -> dict[str, tuple[Scalar, Node]]:
    """Return the keys of a section that options of the line give; raises CalcError."""
    found: dict[str, tuple[Scalar, Node]] = {}
    for name, key in SECTIONS[study].keys.items():
        if key.option is not None and given[key.option.name]:
            found |= entry(key.option.flag, name, _node(key, key.option.flag, given[key.option.name]))
    return found


def _node(key: Key, flag: str, given: Any) -> Node | None:
    """Return what an option gives, in the shape that its key holds."""
    if isinstance(key.shape, Keys):
        ranges = named(flag, given)
        return Mapping(ranges, next(iter(ranges.values()))[0].place)
    if isinstance(key.shape, Listed):
        return listed(flag, _SENSES.split(given))
    return listed(flag, given) if key.is_repeated else scalar(flag, given)
