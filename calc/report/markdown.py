"""A report as Markdown that shows every text as it is: no formatting, links, mentions or tags of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from calc.report.report import PICTURES, Cell, Notice, Paragraph, Table, Tree
from calc.text import escape, pattern
from calc.units.format import percent_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.report.report import Block, Column, Report, Row, Section

# A `_` inside a word and a `*` between blanks mean nothing; at the start of a line a `*` begins a list.
_SPECIAL = pattern(r"([\\`\[\]|~#]|(?<![^\W_])_|_(?![^\W_])|\*(?! )|(?<! )\*)")
_START = pattern(r"^(?=>|[+-](?: |$)|-{2,}|=+$|:-)")
_NUMBERED = pattern(r"^(\d{1,9})([.)])(?= |$)")
_ENTITY = pattern(r"&(?=#|[A-Za-z][A-Za-z0-9]*;)")
_TAG = pattern(r"<(?=[A-Za-z/!?])")
_BAR = 24


def render(report: Report) -> str:
    """Return a report as a Markdown document; a picture is the table that stands beside it."""
    parts = [f"# {text(report.title or report.name)}\n"]
    if report.question:
        parts.append(f"{text(report.question)}\n")
    if report.closing:
        parts.append(f"**{text(report.closing.text)}**\n")
    for section in (*report.front, *report.sections):
        parts += _section(section)
    return "\n".join(part for part in parts if part)


def _section(section: Section) -> Iterator[str]:
    blocks = [each for each in section.blocks if not isinstance(each, PICTURES)]
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
    if found.turns:
        # Each amount has its unit, as it has none beside it where a reader turns the table.
        kept = [at for at, each in enumerate(found.columns) if each.kind != "unit"]
        rows = [row._replace(cells=[row.cells[at] for at in kept]) for row in found.rows]
        found = Table([found.columns[at] for at in kept], rows)
    if any(each.kind == "strip" for each in found.columns):
        kept = [at for at, each in enumerate(found.columns) if each.kind != "strip"]
        rows = [row._replace(cells=[row.cells[at] for at in kept]) for row in found.rows]
        found = Table([found.columns[at] for at in kept], rows)
    columns = found.columns
    head = [_head(each) for each in columns]
    if not any(head) and len(columns) == 2:
        head = ["", "figure"]
    units = [at for at, each in enumerate(columns) if each.kind == "unit"]
    body, label, unit = list[list[str]](), Cell(), Cell()
    for row in found.rows:
        if not row.level:
            label, unit = row.cells[0], next((row.cells[at] for at in units), unit)
            label = label._replace(text=label.text.removesuffix(" p50"))
        if row.level or any(cell.text for cell in row.cells[1 + len(units) :]) or len(columns) == 1:
            body.append([_in_row(row, at, each, label, unit, has_unit=bool(units)) for at, each in enumerate(columns)])
    return table(head, body, {at for at, each in enumerate(columns) if each.kind == "number"})


def _head(column: Column) -> str:
    if column.kind == "unit":
        return "unit"
    unit = f" {text(f'({column.unit})')}" if column.unit else ""
    words = " ".join(column.head.split())
    return f"{text(words)}{unit}"


def _in_row(row: Row, at: int, column: Column, label: Cell, unit: Cell, *, has_unit: bool) -> str:
    cell = row.cells[at]
    if column.kind == "label" and row.level and label.text:
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
    figure += f", {percent_text(node.share, digits=2)}" if node.share else ""
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
