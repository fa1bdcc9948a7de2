"""A report as Markdown that shows every text as it is: no formatting, links, mentions or tags of its own.

A comparison of an old and a new scenario is a comment on a pull request; failures are annotations of its check.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from calc.report.report import PICTURES, Cell, Notice, Paragraph, Table, Tree, Words, in_stack, label
from calc.text import escape, pattern
from calc.units.format import compact, percent_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from calc.engine.catalogue import Catalogue
    from calc.errors import CalcError
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
        found = found.without("unit")
    found = found.without("strip")
    columns, unit_at = found.columns, found.unit_at
    head = [_head(each) for each in columns]
    if not any(head) and len(columns) == 2:
        head = ["", "figure"]
    body, label, unit = list[list[str]](), Cell(), Cell()
    for row in found.rows:
        if not row.level:
            label, unit = row.cells[0], unit if unit_at is None else row.cells[unit_at]
            label = label._replace(text=label.text.removesuffix(" p50"))
        if row.level or any(cell.text for cell in row.cells[1 + (unit_at is not None) :]) or len(columns) == 1:
            body.append([_in_row(found, row, at, label, unit) for at in range(len(columns))])
    return table(head, body, {at for at, each in enumerate(columns) if each.kind == "number"})


def _head(column: Column) -> str:
    if column.kind == "unit":
        return "unit"
    unit = f" {text(f'({column.unit})')}" if column.unit else ""
    words = " ".join(column.head.split())
    return f"{text(words)}{unit}"


def _in_row(found: Table, row: Row, at: int, label: Cell, unit: Cell) -> str:
    cell, column = row.cells[at], found.columns[at]
    if column.kind == "label" and row.level and label.text:
        return f"{_cell(label)} {text(cell.text)}"
    if column.kind == "unit" and row.level:
        return _cell(unit)
    if column.kind == "bar":
        return "█" * max(round((cell.base or 0.0) * _BAR), int(bool(cell.base)))
    return text(cell.alone) if found.names_units(column) else _cell(cell)


def _cell(cell: Cell) -> str:
    if cell.stack:
        return in_stack(cell, _cell)
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


# A comment holds 65,536 characters.
MOST = 65_000
_MOVED = 1e-9
_ROWS = 40


def comment(name: str, body: dict[str, Any], catalogue: Catalogue, broken: Sequence[str], details: str) -> str:
    """Return what moved between two scenarios: the headline in the first line, then what moved, why, and what fails.

    name: of the scenario; a hidden mark with it lets a later comment take the place of this one. body: the JSON result
    of the comparison. broken: checks and promises that fail now and did not before. details: what is folded.
    """
    words = Words(catalogue)
    moved = [row for row in body["figures"] if _has_moved(row)]
    still = len(body["figures"]) - len(moved)
    parts = [_first_line(moved, words, len(broken), _flip(body))]
    if moved:
        rows = [_row(row, words) for row in moved[:_ROWS]]
        parts.append(table(["", "before", "after", ""], rows, {1, 2, 3}))
    more = [f"{len(moved) - _ROWS} more figures moved"] if len(moved) > _ROWS else []
    more += [f"{still} figure{'' if still == 1 else 's'} unchanged"] if still else []
    if more:
        parts.append(f"{', '.join(more)}.\n")
    why = [line for row in moved[:1] for line in _why(row, words)]
    if why:
        parts.append("Because, at the likely values:\n\n" + "".join(f"- {line}\n" for line in why))
    if broken:
        parts.append("Fails now:\n\n" + "".join(f"- {_quoted(each)}\n" for each in broken))
    mark = f"<!-- calc compare: {re.sub(r'[^A-Za-z0-9_./@ -]', '', name).replace('--', '-')} -->\n"
    room = MOST - sum(len(each) + 1 for each in (*parts, mark)) - 200
    if room > 0:
        kept = details if len(details) <= room else details[: details.rfind("\n", 0, room)] + "\n\nShortened.\n"
        parts.append(f"<details><summary>Details</summary>\n\n{kept}\n</details>\n")
    return "\n".join([*parts, mark])


def _quoted(words: str) -> str:
    """Return a condition as code, in which nothing is interpreted."""
    return f"`{' '.join(words.replace('`', '').split())}`"


def _value(row: dict[str, Any], at: int) -> float | None:
    """Return the headline of a side: the median, or the figure where it is certain."""
    found: dict[str, Any] = row["values"][at]
    median = found.get("p50")
    number: float | None = found["value"] if median is None else median
    return number


def _has_moved(row: dict[str, Any]) -> bool:
    before, after = _value(row, 0), _value(row, -1)
    if before is None or after is None:
        return before is not after
    return abs(after - before) > _MOVED * max(abs(before), abs(after))


def _flip(body: dict[str, Any]) -> str:
    """Return the first verdict that another wins now, in words, and how many more there are."""
    flips = [each for each in body.get("verdicts", ()) if each["flips"]]
    if not flips:
        return ""
    of = f" ({text(flips[0]['of'])})" if flips[0]["of"] else ""
    more = f" and {len(flips) - 1} more" if len(flips) > 1 else ""
    return f"**Verdict flips{of}: {text(flips[0]['told'][0])} → {text(flips[0]['told'][-1])}{more}** · "


def _first_line(moved: list[dict[str, Any]], words: Words, broken: int, flip: str) -> str:
    fails = f" · {broken} check{'s' if broken > 1 else ''} now fail{'' if broken > 1 else 's'}" if broken else ""
    if not moved:
        return f"{flip}**No figure changes**{fails}\n"
    row = moved[0]
    before, after, change = _cells(row, words)
    others = f" · {len(moved) - 1} more figure{'' if len(moved) == 2 else 's'} changed" if len(moved) > 1 else ""
    told = f" ({change})" if change else ""
    called = _called(row).replace(row["name"], label(words.catalogue[row["name"]]), 1)
    return f"{flip}**{text(called)}: {before} → {after}{told}**{others}{fails}\n"


def _called(row: dict[str, Any]) -> str:
    dated = f" in {row['year']}" if "year" in row else ""
    return f"{row['name']}{dated}" + (f", {row['pair']}" if "pair" in row else "")


def _row(row: dict[str, Any], words: Words) -> list[str]:
    before, after, change = _cells(row, words)
    label = f"{code(row['name'])}{text(_called(row).removeprefix(row['name']))}"
    return [label, before, after, f"**{change}**" if change else ""]


def _cells(row: dict[str, Any], words: Words) -> tuple[str, str, str]:
    """Return before, after and the change in words: of a share in points, else in per cent."""
    name, before, after = row["name"], _value(row, 0), _value(row, -1)
    digits = 4
    while (
        digits < 12
        and before != after
        and words.text(name, before, digits=digits) == words.text(name, after, digits=digits)
    ):
        digits += 1
    change = ""
    if before is not None and after is not None:
        if words.catalogue[name].is_share:
            change = f"{(after - before) * 100:+.3g} points"
        elif before:
            share = (after / before - 1) * 100 if before > 0 else (after - before) / abs(before) * 100
            change = f"{'+' if share > 0 else '-'}{compact(abs(share), digits=3)} %"
    one, other = (words.text(name, each, digits=digits) for each in (before, after))
    return one, other, change


def _why(row: dict[str, Any], words: Words) -> list[str]:
    """Return the steps that lead from one figure to the other; they add up."""
    found = row["to_first"][-1]["waterfall"]
    if not found or not found["steps"]:
        return []
    name, lines = row["name"], []
    for step in found["steps"]:
        named = []
        for each in step["inputs"]:
            said = f" {text(each['from'] or 'nothing')} → {text(each['to'] or 'nothing')}"
            named.append(code(each["name"]) + (said if each["from"] or each["to"] else ""))
        sign = "+" if step["change"] > 0 else ""
        lines.append(f"{', '.join(named)}: {sign}{words.text(name, step['change'])}")
    start, end = (words.text(name, found[key]) for key in ("from", "to"))
    return [*lines, f"together {start} → {end}"]


# ---------------------------------------------------------------- annotations


def annotation(level: str, error: CalcError) -> str:
    """Return a line that a workflow shows at a line of a file; level: error, warning or notice."""
    words = error.message + (f" ({error.hint})" if error.hint else "")
    return annotated(level, words, error.code, error.place)


def annotated(level: str, words: str, title: str, place: Any = None) -> str:
    """Return a line that a workflow shows, at a place where there is one."""
    about = {"title": title}
    if place is not None and not place.source.name.startswith(("-", "<")):
        about = {"file": place.source.name, "line": str(place.line), "col": str(place.column), **about}
    named = ",".join(f"{key}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}" for key, value in about.items())
    return f"::{level} {named}::{_escaped(words)}\n"


def _escaped(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
