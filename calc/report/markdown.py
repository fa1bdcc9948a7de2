"""A report as Markdown that shows every text as it is: no formatting, links, mentions or tags of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from calc.report.report import Cell, HeatMap, Notice, Paragraph, Table, Tree
from calc.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.report.report import Block, Column, Report, Row, Section

# A `_` inside a word and a `*` between blanks mean nothing; at the start of a line a `*` begins a list.
_SPECIAL = re.compile(r"([\\`\[\]|~#]|(?<![^\W_])_|_(?![^\W_])|\*(?! )|(?<! )\*)")
_START = re.compile(r"^(?=>|[+-](?: |$)|-{2,}|=+$|:-)")
_NUMBERED = re.compile(r"^(\d{1,9})([.)])(?= |$)")
_ENTITY = re.compile(r"&(?=#|[A-Za-z][A-Za-z0-9]*;)")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_BAR = 24


def render(report: Report) -> str:
    """Return a report as a Markdown document; a heat map is the table that stands beside it."""
    parts = [f"# {text(report.title or report.name)}\n"]
    if report.question:
        parts.append(f"{text(report.question)}\n")
    for section in report.sections:
        parts += _section(section)
    return "\n".join(part for part in parts if part)


def _section(section: Section) -> Iterator[str]:
    blocks = [each for each in section.blocks if not isinstance(each, HeatMap)]
    if section.title and blocks:
        yield f"## {text(section.title)}\n"
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, Notice):
            lines.append(_notice(block))
            continue
        if lines:
            yield "".join(lines)
            lines = []
        yield _block(block)
    if lines:
        yield "".join(lines)


def _block(block: Block) -> str:
    if isinstance(block, Paragraph):
        return f"{text(block.text)}\n"
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Tree):
        return "\n".join(_bullets(block, 0)) + "\n"
    raise AssertionError(block)


def _notice(notice: Notice) -> str:
    mark = f"**{notice.mark.lower()}**: " if notice.severity == "error" and notice.mark else ""
    mark = mark or (f"{notice.mark}: " if notice.mark else "")
    return f"- {mark}{text(notice.text)}\n"


def _table(found: Table) -> str:
    columns = found.columns
    head = [_head(each) for each in columns]
    if not any(head):
        head = [_unnamed(found, at) for at in range(len(columns))]
    has_unit = any(each.kind == "unit" for each in columns)
    numeric = {at for at, each in enumerate(columns) if each.kind == "number"}
    body = []
    label = unit = Cell()
    for row in found.rows:
        if not row.level:
            label, unit = (
                row.cells[0],
                next((row.cells[at] for at, each in enumerate(columns) if each.kind == "unit"), unit),
            )
        if row.level or any(cell.text for cell in row.cells[1 + has_unit :]) or len(columns) == 1:
            body.append([_in_row(row, at, each, label, unit, has_unit=has_unit) for at, each in enumerate(columns)])
    return table(head, body, numeric)


def _head(column: Column) -> str:
    if column.kind == "unit":
        return "unit"
    unit = f" {text(f'({column.unit})')}" if column.unit else ""
    words = " ".join(column.head.split())
    return f"{text(words)}{unit}"


def _unnamed(found: Table, at: int) -> str:
    """Return the head of a column of names and figures, whose heads go without saying on a terminal."""
    if len(found.columns) == 2 and at == 1:
        return "figure"
    return {"label": "", "number": ""}.get(found.columns[at].kind, "")


def _in_row(row: Row, at: int, column: Column, label: Cell, unit: Cell, *, has_unit: bool) -> str:
    cell = row.cells[at]
    if column.kind == "label" and row.level:
        return f"{_cell(label)} {text(cell.text)}"
    if column.kind == "unit" and row.level:
        return _cell(unit)
    if column.kind == "bar":
        return "█" * max(round((cell.base or 0.0) * _BAR), int(bool(cell.base)))
    if column.kind == "number" and not column.unit and not has_unit:
        return text(cell.alone)
    return _cell(cell)


def _cell(cell: Cell) -> str:
    if cell.stack:
        parts = [f" {_cell(each)}" if each.is_name else f"<br>{_cell(each)}" for each in cell.stack]
        return "".join(parts).removeprefix("<br>")
    return code(cell.text) if cell.is_name and cell.text else text(cell.text)


def _bullets(node: Tree, level: int) -> Iterator[str]:
    words = "; ".join(text(line.rstrip(".")) for line in node.lines)
    figure = f" = {text(node.value)}" if node.value else ""
    part = text(f"{node.part}: ") + " " if node.part else ""
    yield f"{'  ' * level}- {part}**{code(node.label.text)}{figure}** ({text(node.status)}): {words}"
    for child in node.children:
        yield from _bullets(child, level + 1)


# ---------------------------------------------------------------- texts


def text(words: object) -> str:
    """Return a text that Markdown and HTML show as it is: no formatting, links, mentions or tags.

    Only what would be interpreted is escaped, so that the text reads well without a renderer too.
    """
    safe = _SPECIAL.sub(r"\\\1", escape(" ".join(str(words).split())))
    safe = _NUMBERED.sub(r"\1\\\2", _START.sub(r"\\", safe))
    # Mentions are looked for after entities are resolved; a zero-width space after the sign is what stops them.
    return _TAG.sub("&lt;", _ENTITY.sub("&amp;", safe)).replace("@", "@\u200b")


def code(words: str) -> str:
    """Return a name as code; what code could not hold is shown as a text."""
    name, _, after = words.partition(" ")
    if not re.fullmatch(r"[\w./-]+", name):
        return text(words)
    return f"`{name}`{f' {text(after)}' if after else ''}"


def table(head: list[str], rows: list[list[str]], numeric: set[int]) -> str:
    """Return a Markdown table; cells are Markdown already, columns in `numeric` are aligned right."""
    ruler = ["---:" if position in numeric else "---" for position in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ruler, *rows]) + "\n"
