"""`table:` the lines of a scenario that hold a figure as stated against one as computed, as they are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from calc.errors import CalcError, Problems
from calc.scenario.nodes import Node, Scalar, Sequence
from calc.scenario.sections import LINE, OneOf
from calc.scenario.shapes import read_list, read_mapping, read_scalar, unknown_key

if TYPE_CHECKING:
    from pathlib import Path


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
    entries = read_mapping(node, f"line {key.text[:40]}").entries
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
