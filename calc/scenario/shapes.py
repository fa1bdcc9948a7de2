"""Shapes of sections and options: a text, a list, a mapping; `cases`, `parts`, `totals` and `table` as written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from calc.errors import CalcError, Place, Problems, SourceText, quote
from calc.records import NamedTuple, dataclass, field, replace
from calc.scenario.sections import CASE, LINE, PART, Keys, OneOf
from calc.scenario.yaml_reader import Mapping, Node, Scalar, Sequence
from calc.text import is_visible, pattern, shorten, spelling

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def read_scalar(node: Node, what: str, example: str) -> Scalar:
    """Return a node that has to be one text."""
    if not isinstance(node, Scalar) or node.is_null:
        raise CalcError("E-VALUE", f"`{what}` wants one text", place=node.place, hint=f"as in `{what}: {example}`")
    return node


def read_text(node: Node, what: str) -> str:
    """Return a text that shows something."""
    scalar = read_scalar(node, what, "How many servers fit?")
    if not is_visible(scalar.text):
        raise CalcError("E-VALUE", f"`{what}` shows nothing", place=scalar.place, hint="write a sentence")
    return scalar.text


def read_list(node: Node, what: str, example: str) -> list[Scalar]:
    """Return a node that has to be a list of texts; one text alone is a list of one."""
    if isinstance(node, Scalar) and not node.is_null and "," not in node.text:
        return [read_scalar(node, what, example)]
    if isinstance(node, Scalar) and not node.is_null:
        written = f"[{node.text}]"
        hint = f"write `{written}`" if shorten(written) == written else "put it in brackets, `[` and `]`"
        raise CalcError("E-VALUE", f"`{what}` is a list", place=node.place, hint=hint)
    if not isinstance(node, Sequence):
        raise CalcError("E-VALUE", f"`{what}` is a list", place=node.place, hint=f"as in `{what}: [{example}]`")
    found = []
    for item in node.items:
        if isinstance(item, Mapping) and len(item.entries) == 1:
            raise CalcError(
                "E-VALUE", f"`{what}` holds a mapping", place=item.place, hint="quote a text that holds `: `"
            )
        found.append(read_scalar(item, f"an item of {what}", example))
    return found


def read_mapping(node: Node, what: str) -> Mapping:
    """Return a node that has to be a mapping."""
    if not isinstance(node, Mapping):
        message, hint = f"`{what}` is a mapping of names to values", "write one `name: value` a line, indented"
        raise CalcError("E-VALUE", message, place=node.place, hint=hint)
    return node


def read_entries(node: Node, what: str, problems: Problems) -> dict[str, tuple[Scalar, Node]]:
    """Return a mapping's entries; `{servers: 1,000 servers}`, which YAML reads as two keys, is explained and mended."""
    found: dict[str, tuple[Scalar, Node]] = {}
    last = ""
    mapping = read_mapping(node, what)
    for name, (key, value) in mapping.entries.items():
        previous = found[last][1] if last else None
        if (
            mapping.flow
            and isinstance(value, Scalar)
            and value.is_null
            and not value.text
            and isinstance(previous, Scalar)
        ):
            problems.add(broken_braces(key))
            found[last] = (found[last][0], replace(previous, text=f"{previous.text},{name}"))
        else:
            found[name] = (key, value)
            last = name
    return found


def broken_braces(key: Scalar) -> CalcError:
    """Return the error for a comma in braces that was meant as part of a value."""
    message = f"inside braces a comma begins a new key, and {quote(key.text)} has no value"
    hint = "put the text before it in quotes, or write one name a line"
    return CalcError("E-BRACES", message, place=key.place, hint=hint)


def read_texts(node: Node, what: str, problems: Problems) -> dict[str, tuple[Scalar, Scalar]]:
    """Return a mapping of names to texts; entries of another shape are added to `problems`."""
    found = {}
    for name, (key, value) in read_mapping(node, what).entries.items():
        if isinstance(value, Scalar) and not value.is_null:
            found[name] = (key, value)
        else:
            hint = (
                "as in `gpu_hours_affordable: even_delivery`"
                if what == "use"
                else "as in `cost_per_gpu: server_price / gpus_per_server`"
            )
            problems.add(CalcError("E-VALUE", f"{quote(name)} wants one text", place=value.place, hint=hint))
    return found


def unknown_key(key: Scalar, keys: Iterable[str], where: str, holds: str = "") -> CalcError:
    """Return the error for a key that means nothing in a mapping.

    keys: those that it may hold. where: what the mapping is. holds: how they are listed where none is like the key.
    """
    known = list(keys)
    hint = spelling(key.text, known) or holds or f"it holds {', '.join(f'`{each}`' for each in known)}"
    return CalcError("E-KEY", f"{quote(key.text)} is no part of {where}", place=key.place, hint=hint)


def refuse_broken_braces(node: Mapping) -> None:
    """Explain `{servers: 1,000 servers}`, which YAML reads as two keys."""
    if not node.flow:
        return
    for key, (place, value) in node.entries.items():
        if (
            isinstance(value, Scalar)
            and value.is_null
            and value.plain
            and not value.text
            and key not in {"value", "fact"}
        ):
            raise broken_braces(place)


# ---------------- texts of the command line

# What a place on the command line is called where a value of `--set` stands.
OPTION = "--set"
AND, COMMA = re.compile(r"\s+and\s+"), re.compile(r",")


def scalar(option: str, text: str) -> Scalar:
    """Return the text of an option as a place in a scenario."""
    return Scalar(text.strip(), plain=True, place=Place(SourceText(option, text), 1, 1, max(1, len(text))))


def is_option(node: Scalar) -> bool:
    """Tell whether a text stands in an option of the command line."""
    return node.place.source.name.startswith("--")


def split(text: str, at: re.Pattern[str], labels: Iterable[str]) -> list[str]:
    """Return what a text of the line lists, without blanks around; a name of a part or case is not split inside.

    labels: those names, which may stand after `in`.
    """
    whole = [each for each in sorted(labels, key=len, reverse=True) if at.search(each)]
    spans = [found.span() for each in whole for found in re.finditer(rf"(?<=\sin\s){re.escape(each)}(?!\w)", text)]
    cuts = [each for each in at.finditer(text) if not any(low <= each.start() < high for low, high in spans)]
    ends = zip([0, *(each.end() for each in cuts)], [*(each.start() for each in cuts), len(text)], strict=True)
    return [piece for low, high in ends if (piece := text[low:high].strip())]


# ---------------- the sections `cases`, `parts` and `totals`


_SUM = pattern(r"sum of ([a-z_][a-z0-9_]*)")


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


# What a section of choices holds, in words, and the shape of each.
_CHOICES = {"cases": ("case", CASE), "parts": ("part", PART), "cabinets": ("kind of cabinets", PART)}


def read_choices(node: Node, section: str, problems: Problems) -> dict[str, Case]:
    """Read `cases`, `parts` or `cabinets`: by name, each with values and perhaps `use` and `facts`."""
    what, shape = _CHOICES[section]
    found = {}
    for name, key, value in _named(node, section, what, problems):
        found[name] = one = Case(key)
        try:
            if not isinstance(value, Scalar) or not value.is_null:
                called = f"{what} {shorten(name, 40)}"
                entries = (
                    read_mapping(value, called).entries if shape is PART else read_entries(value, called, problems)
                )
                _fill(one, entries, shape, problems)
        except CalcError as error:
            problems.add(error)
    return found


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
        elif inner in _CHOICES:
            case.parts = {**case.parts, **read_choices(value, inner, problems)}
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


# ---------------- `table


MAX_LINES = 200


@dataclass(slots=True)
class Line:
    """One line as it is written: where its figures come from and their names.

    folder: that of the file it stands in, None for a text in no file; other files are looked for there.
    """

    label: Scalar
    folder: Path | None
    scenario: Scalar
    case: Scalar | None = None
    part: Scalar | None = None
    stated: list[Scalar] = field(default_factory=list)
    computed: list[Scalar] = field(default_factory=list)
    note: str | None = None


def read_lines(node: Node, problems: Problems, folder: Path | None) -> dict[str, Line]:
    """Read the `table` section; a line of another shape is added to `problems`."""
    found = {}
    lines = read_mapping(node, "table").entries
    if len(lines) > MAX_LINES:
        hint = f"each line runs a scenario; take at most {MAX_LINES}"
        raise CalcError("E-TOO-LARGE", f"the table has {len(lines):,} lines", place=node.place, hint=hint)
    for label, (key, value) in lines.items():
        try:
            found[label] = _line(key, value, folder)
        except CalcError as error:
            problems.add(error)
    return found


def _line(key: Scalar, node: Node, folder: Path | None) -> Line:
    entries = read_mapping(node, f"line {shorten(key.text, 40)}").entries
    for name, (inner, _) in entries.items():
        if name not in LINE.keys:
            raise unknown_key(inner, LINE.keys, "a line", f"a line holds {', '.join(LINE.keys)}")
    for name, declared in LINE.keys.items():
        if declared.is_required and name not in entries:
            hint = "as in `{scenario: three-layers, stated: adaptation_share, computed: scenario_model_share}`"
            raise CalcError("E-MISSING-VALUE", f"the line has no `{name}`", place=key.place, hint=hint)
    texts = {
        name: read_scalar(entries[name][1], name, "three-layers")
        for name, declared in LINE.keys.items()
        if name in entries and not isinstance(declared.shape, OneOf)
    }
    note = texts.get("note")
    return Line(
        key,
        folder,
        texts["scenario"],
        texts.get("case"),
        texts.get("part"),
        _names(entries["stated"][1], "stated") if "stated" in entries else [],
        _names(entries["computed"][1], "computed"),
        note.text if note else None,
    )


def _names(node: Node, what: str) -> list[Scalar]:
    """Return one name, or the names of a list."""
    example = "adaptation_share"
    return read_list(node, what, example) if isinstance(node, Sequence) else [read_scalar(node, what, example)]
