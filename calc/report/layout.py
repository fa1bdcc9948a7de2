"""How a table is laid out for a width: side by side, turned, with its labels apart, or as a list; and a chart.

Widths are in terminal columns; East Asian wide characters take two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from calc.records import dataclass, field, replace
from calc.report.report import Cell, Column, Row, Table, without_names
from calc.text import escape, wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator

_GAP = 2
_BAR, _SPAN = 24, 30
# Heads are broken no more than the width makes necessary.
_HEADS = (0, 24, 12, 8)
_TURNED = (28, 20, 14, 9)
# Words are broken with the heads, to so many columns; names and numbers never are.
_WORDS = {0: 0, 24: 30, 12: 20, 8: 16}
_LONG_WORD = 60
_STEPS, _PLAIN_STEPS = " ▁▂▃▄▅▆▇█", " .:-=+*#@"

Texts = list[tuple[str, str]]


@dataclass(slots=True)
class Grid:
    """Texts that are laid out: heads, which columns are right-aligned, and rows of texts with their tone.

    apart: lines that stand before a row, by its position. indent: of the whole. has_room: the prose of its last column
    has as much room as it needs.
    """

    heads: list[str]
    right: list[bool]
    rows: list[Texts]
    apart: dict[int, str] = field(default_factory=dict)
    indent: int = 0
    has_room: bool = True

    @property
    def width(self) -> int:
        """Return the terminal columns that it takes."""
        columns = zip(self.heads, *([text for text, _ in row] for row in self.rows), strict=True)
        widths = [max(cell_len(line) for text in column for line in text.split("\n")) for column in columns]
        return self.indent + sum(widths) + _GAP * (len(widths) - 1)


def grids(table: Table, width: int, bar: str) -> Iterator[Grid]:
    """Yield ways to lay out a table, the best first; bar: the character that bars are drawn with."""
    has_bar = any(each.kind in {"bar", "strip"} for each in table.columns)
    ways = ["column", *(["label", "apart"] if table.unit_at is not None else [])]
    if any(each.span for row in table.rows for each in row.cells):
        # Bars that begin where others end are worth more than heads on one line.
        yield from (_grid(table, heads, share, width, bar) for heads in _HEADS for share in (1.0, 0.5))
    for way in ways:
        flat = table if way == "column" else _without_units(table)
        for heads in _HEADS:
            for share in (1.0, 0.5, 0.0) if has_bar else (1.0,):
                yield _grid(flat, heads, share, width, bar, apart=way == "apart")
            if way == "column" and heads == 0 and table.turns:
                yield from (_grid(turned(table, each), 0, 1.0, width, bar) for each in _TURNED)


def _grid(table: Table, heads: int, bars: float, width: int, bar: str, *, apart: bool = False) -> Grid:
    shown = [at for at, each in enumerate(table.columns) if each.kind not in {"bar", "strip"} or bars]
    columns = [table.columns[at] for at in shown]
    # A column without a single text takes no room.
    shown = [at for at in shown if columns_used(table, at)]
    columns = [table.columns[at] for at in shown]
    rows: list[Texts] = []
    lines: dict[int, str] = {}
    before = ""
    for position, row in enumerate(table.rows):
        texts: Texts = []
        for at, column in zip(shown, columns, strict=True):
            each = row.cells[at]
            # Only a stack has lines of its own; a line break in a text could pretend to be a row.
            text, tone = (_safe if each.stack else escape)(each.text), each.tone
            if column.kind == "bar":
                text = bar * max(round((each.base or 0.0) * _BAR * bars), int(bool(each.base)))
            elif column.kind == "strip":
                text, tone = _strip(each, bars, bar), each.tone or "number"
            elif table.names_units(column):
                text = (_safe if each.stack else escape)(each.alone)
            elif column.kind == "label":
                text, before = (("" if text == before and not row.level else text), text)
                if apart and not row.level:
                    lines[position], text = text, ""
                text = f"{'  ' * row.level}{text}"
                text = _in_words(text, heads) if not each.is_name else text
            elif column.kind in {"words", "prose"} and not tone:
                tone = "quiet" if column.kind == "prose" else ""
                text = _in_words(text, heads) if column.kind == "words" and not each.is_name else text
            texts.append((text, tone))
        rows.append(texts)
    titles = [_broken_head(each, heads) if heads else _head(each) for each in columns]
    has_head = any(titles)
    found = Grid(titles, [each.kind == "number" for each in columns], rows, lines, 0 if has_head else 2)
    if columns and columns[-1].kind == "prose":
        _wrap_last(found, columns[-1].least, width, fold=not table.plain)
    return found


def columns_used(table: Table, at: int) -> bool:
    """Tell whether a column of pictures holds any; other columns stand whatever they hold."""
    return table.columns[at].kind != "strip" or any(row.cells[at].strip or row.cells[at].span for row in table.rows)


def _strip(cell: Cell, bars: float, bar: str) -> str:
    if cell.span is not None:
        return _span_text(cell.span, bar, round(_SPAN * bars))
    heights = cell.strip if bars == 1 else tuple(map(max, cell.strip[::2], cell.strip[1::2] or cell.strip))
    return strip_text(heights, is_plain=bar == "#")


def _span_text(span: tuple[float, float], bar: str, room: int) -> str:
    """Return a bar that begins where another ended; what is too small to be seen is a thin mark."""
    begin, end = (round(each * room) for each in sorted(span))
    return f"{' ' * begin}{bar * (end - begin) or '|'}"


def strip_text(heights: tuple[float, ...], *, is_plain: bool) -> str:
    """Return heights from 0 to 1 as a line of blocks."""
    steps = _PLAIN_STEPS if is_plain else _STEPS
    return "".join(steps[min(round(each * (len(steps) - 1)), len(steps) - 1)] for each in heights)


def _in_words(text: str, heads: int) -> str:
    """Return words in lines of as many columns as go with the width of heads."""
    lead = text[: len(text) - len(text.lstrip())]
    room = _WORDS.get(heads, 0)
    return "\n".join(f"{lead}{line}" for line in wrapped(text.strip(), room)) if room else text


def _wrap_last(grid: Grid, least: int, width: int, *, fold: bool) -> None:
    """Wrap the prose of the last column to what is left of the width; where that is too little it stays as it is.

    fold: a very long word may be broken; else it needs as much room as it takes.
    """
    others = Grid(grid.heads[:-1], grid.right[:-1], [row[:-1] for row in grid.rows], indent=grid.indent)
    rest = others.width + _GAP if others.heads else grid.indent
    words = [word for row in grid.rows for word in row[-1][0].split() if not fold or cell_len(word) <= _LONG_WORD]
    room = width - rest
    if room < max([least, *map(cell_len, words)]):
        grid.has_room = False
        return
    for row in grid.rows:
        row[-1] = ("\n".join(piece for line in wrapped(row[-1][0], room) for piece in _folded(line, room)), row[-1][1])


def _folded(line: str, columns: int) -> Iterator[str]:
    """Yield a line in pieces of at most `columns`; only a word longer than a line comes in several."""
    piece = ""
    for char in line:
        if piece and cell_len(piece) + cell_len(char) > columns:
            yield piece
            piece = ""
        piece += char
    yield piece


def _broken_head(column: Column, heads: int) -> str:
    """Return a head in lines; a name that would be broken is told in words."""
    title = _safe(column.title)
    return broken(without_names(title) if column.is_name else title, heads)


def _head(column: Column) -> str:
    head = "\n".join(map(_safe, column.head.split("\n")))
    return (
        f"{head}\n({column.unit})"
        if column.unit and "\n" in head
        else f"{head} ({column.unit})"
        if column.unit
        else head
    )


def _without_units(table: Table) -> Table:
    """Return a table whose units stand behind the labels."""
    rows = []
    for row in table.rows:
        unit = "" if table.unit_at is None else row.cells[table.unit_at].text
        # The numbers stay bare, although no column of units is left.
        first, *cells = (each._replace(whole="") for each in row.cells)
        rows.append(Row([first._replace(text=f"{first.text} ({unit})") if unit else first, *cells], row.level))
    return replace(table, rows=rows).without("unit")


def turned(table: Table, columns: int) -> Table:
    """Return a table with its rows as columns, their heads in lines of about `columns`, and names in words for that."""
    unit, body = table.unit_at, [at for at, each in enumerate(table.columns) if each.kind == "number"]
    heads = [Column(kind="label")]
    is_broken = any(cell_len(row.cells[0].text) > columns for row in table.rows)
    for row in table.rows:
        widest = max([columns, *(cell_len(row.cells[at].text) for at in body)])
        words = row.cells[unit].text if unit is not None else ""
        first = without_names(row.cells[0].text) if is_broken else row.cells[0].text
        head = broken(first, widest) + (f"\n{_split(f'({words})', '/', widest)}" if words else "")
        heads.append(Column(head))
    rows = [
        Row([Cell(table.columns[at].title), *(row.cells[at]._replace(whole="") for row in table.rows)]) for at in body
    ]
    return Table(heads, rows)


def _split(text: str, mark: str, wanted: int) -> str:
    """Break a text after `mark` into lines of about the width of the figures below it."""
    lines: list[str] = []
    for word in text.replace(mark, f"{mark}\n").split("\n"):
        if lines and len(lines[-1]) + len(word) <= wanted:
            lines[-1] += word
        else:
            lines.append(word)
    return "\n".join(lines)


def split_common(table: Table) -> tuple[Table, Table | None]:
    """Return a table without the rows that are the same in all columns, and those as names and figures."""
    body = [at for at, each in enumerate(table.columns) if each.kind == "number"]
    if not table.common or len(body) < 2:
        return table, None
    same = [row for row in table.rows if len(shown := {row.cells[at].alone for at in body}) == 1 and shown != {""}]
    if not same:
        return table, None
    common = Table([Column(kind="label"), Column()], [Row([row.cells[0], row.cells[body[0]]]) for row in same])
    return replace(table, rows=[row for row in table.rows if row not in same], common=False), common


def listed(table: Table) -> Iterator[tuple[str, str, int]]:
    """Yield a table as a list: text, tone and indent of every line; a line of words may be wrapped."""
    unit = table.unit_at
    has_head = any(each.head for each in table.columns)
    above = before = ""
    for row in table.rows:
        indent = 2 + 2 * row.level
        name = row.cells[0].text
        words = row.cells[unit].text if unit is not None else ""
        numbers = [at for at, each in enumerate(table.columns) if each.kind == "number" and row.cells[at].text]
        first = table.columns[0]
        if first.kind == "label" and (name != before or row.level):
            with_unit = f"{name} ({words})" if words and has_head and len(numbers) != 1 else name
            yield with_unit, "strong" if table.plain else "", indent
        if not row.level:
            above, before = words, name
        short = []
        for at, column in enumerate(table.columns):
            each = row.cells[at]
            if (at == 0 and first.kind == "label") or column.kind in {"unit", "bar", "strip"} or not each.text:
                continue
            text = each.alone if not column.unit and not (above and has_head and len(numbers) != 1) else each.text
            if each.stack:
                yield from ((f"{column.title}: {line}", each.tone, indent + 2) for line in _pairs(each))
                continue
            if table.plain and column.kind != "prose":
                short.append(text)
                continue
            head = column.title
            if table.plain:
                # The last words before a sentence say of what kind it is.
                head = short.pop() if table.columns[at - 1].kind == "words" and short else ""
                yield from [("; ".join(short), "number", indent + 2)] if short else []
                short = []
            tone = each.tone if column.kind == "number" else "quiet" if column.kind == "prose" else ""
            yield f"{head}: {text}" if head else text, tone, indent + (0 if at == 0 else 2)
        if short:
            yield "; ".join(short), "number", indent + 2


def _pairs(cell: Cell) -> Iterator[str]:
    """Yield the cells of a stack, each with the name that belongs to it."""
    line = ""
    for each in cell.stack:
        if each.is_name:
            line = f"{line} {each.text}"
        else:
            yield from [line] if line else []
            line = each.text
    yield line


def broken(text: str, columns: int) -> str:
    """Break a text at blanks and after `_` into lines of about `columns`."""
    lines: list[str] = []
    lead = text[: len(text) - len(text.lstrip())]
    for word in text.strip().replace("_", "_\n").replace(" ", " \n").split("\n"):
        if lines and len(lines[-1]) + len(word) <= columns:
            lines[-1] += word
        else:
            lines.append(word)
    return "\n".join(f"{lead}{line.rstrip()}" for line in lines)


def _safe(text: str) -> str:
    return "\n".join(escape(line) for line in text.split("\n"))


# ---------------------------------------------------------------- charts


def fewer(values: list[float | None], room: int) -> list[float | None]:
    """Return so many values, each the largest of its neighbours."""
    groups = [values[at * len(values) // room : (at + 1) * len(values) // room] for at in range(room)]
    return [max((each for each in group if each is not None), default=None) for group in groups]


def stretches(amounts: list[tuple[int, float]], scale: float) -> list[tuple[int, int]]:
    """Return how wide each amount above 0 is; the ends are rounded, so that a bar is as long as its sum."""
    found, end, begin = [], 0.0, 0
    for number, amount in amounts:
        end += max(0.0, amount) * scale
        found.append((number, round(end) - begin))
        begin = round(end)
    return found


def largest(parts: list[tuple[str, list[float]]], most: int) -> list[tuple[str, list[float]]]:
    """Return parts, of too many the largest and what the others are together."""
    if len(parts) <= most:
        return parts
    ranked = sorted(parts, key=lambda part: -sum(map(abs, part[1])))
    rest = [sum(values) for values in zip(*(values for _, values in ranked[most - 1 :]), strict=True)]
    return [*ranked[: most - 1], ("others", rest)]
