"""A report as a piece of HTML, for notebooks; every text is escaped, and what a reader looks up later is folded."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from calc.report.report import Cell, Notice, Paragraph, Table, Tree
from calc.text import escape as visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.report.report import Block, Column, Report, Row, Section


def render(report: Report) -> str:
    """Return a report as HTML without a page around it; a heat map is the table that stands beside it."""
    question = f"<p>{text(report.question)}</p>" if report.question else ""
    closing = f"<p><strong>{text(report.closing.text)}</strong></p>" if report.closing else ""
    sections = "".join(map(_section, (*report.front, *report.sections)))
    return f"<h1>{text(report.title or report.name)}</h1>{question}{closing}{sections}"


def _section(section: Section) -> str:
    body = "".join(_blocks(section.blocks))
    if not section.title:
        return body
    if section.is_detail:
        return f"<details><summary>{text(section.title)}</summary>{body}</details>"
    return f"<h2>{text(section.title)}</h2>{body}"


def _blocks(blocks: list[Block]) -> Iterator[str]:
    items: list[str] = []
    for block in blocks:
        if isinstance(block, Notice):
            items.append(_notice(block))
            continue
        if items:
            yield f"<ul>{''.join(items)}</ul>"
            items = []
        if isinstance(block, Paragraph):
            yield f"<p>{text(block.text)}</p>"
        elif isinstance(block, Table):
            yield table(block)
        elif isinstance(block, Tree):
            yield f"<ul>{_branch(block)}</ul>"
    if items:
        yield f"<ul>{''.join(items)}</ul>"


def _notice(notice: Notice) -> str:
    mark = f"<strong>{text(notice.mark)}</strong> " if notice.mark else ""
    return f"<li>{mark}{text(notice.text)}</li>"


def table(found: Table) -> str:
    """Return a table; its rows are named by their first column."""
    head = "".join(_head(each) for each in found.columns)
    named = f"<thead><tr>{head}</tr></thead>" if any(each.head for each in found.columns) else ""
    has_unit = any(each.kind == "unit" for each in found.columns)
    rows = "".join(_row(row, found.columns, has_unit=has_unit) for row in found.rows)
    return f"<table>{named}<tbody>{rows}</tbody></table>"


def _head(column: Column) -> str:
    title = "unit" if column.kind == "unit" else column.title
    return f'<th scope="col">{text(title)}</th>' if title else "<td></td>"


def _row(row: Row, columns: list[Column], *, has_unit: bool) -> str:
    cells = []
    for at, (cell, column) in enumerate(zip(row.cells, columns, strict=True)):
        if at == 0:
            cells.append(f'<th scope="row">{_cell(cell)}</th>')
        elif column.kind == "strip":
            cells.append('<td aria-hidden="true"></td>')
        elif column.kind == "bar":
            width = round(100 * (cell.base or 0.0))
            bar = f'<div style="width: {width}px; height: 0.8em; background: currentColor"></div>'
            cells.append(f'<td aria-hidden="true">{bar}</td>')
        elif column.kind == "number" and not column.unit and not has_unit:
            cells.append(f"<td>{text(cell.alone)}</td>")
        else:
            cells.append(f"<td>{_cell(cell)}</td>")
    return f"<tr>{''.join(cells)}</tr>"


def _cell(cell: Cell) -> str:
    if cell.stack:
        parts = [f" {_cell(each)}" if each.is_name else f"<br>{_cell(each)}" for each in cell.stack]
        return "".join(parts).removeprefix("<br>")
    return f"<code>{text(cell.text)}</code>" if cell.is_name and cell.text else text(cell.text)


def _branch(node: Tree) -> str:
    figure = f" = {text(node.value)}" if node.value else ""
    part = f"{text(node.part)}: " if node.part else ""
    label = f"{part}<strong><code>{text(node.label.text)}</code>{figure}</strong> ({text(node.status)})"
    lines = "".join(f"<br>{text(line)}" for line in node.lines)
    below = f"<ul>{''.join(map(_branch, node.children))}</ul>" if node.children else ""
    return f"<li>{label}{lines}{below}</li>"


def text(words: object) -> str:
    """Return a text as HTML shows it; no tag, and no character that a reader cannot see."""
    return escape(visible(str(words)))
