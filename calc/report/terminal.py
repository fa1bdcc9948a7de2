"""A report on a terminal, drawn by rich: as wide as the terminal, in colour where it is wanted, and no number cut.

Charts stand in columns of blocks, or of marks that any terminal has.
"""

from __future__ import annotations

import os
import re
import sys
from io import StringIO
from typing import TYPE_CHECKING

from rich.box import Box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as Drawn
from rich.text import Text
from rich.tree import Tree as Branches

from calc.errors import wants_colour
from calc.records import NamedTuple, replace
from calc.report.layout import Grid, fewer, grids, largest, listed, split_common, stretches
from calc.report.report import Chart, HeatMap, Notice, Paragraph, Stacked, Table, Tree
from calc.text import escape, wrapped
from calc.units.format import percent_text

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from rich.console import JustifyMethod

    from calc.report.report import Report, Section

    # What was drawn of sections, to be drawn again.
    Drawings = list[tuple[Section, list[str]]]


MIN_WIDTH = 20
ROWS = 24
_MARKS = 11
_FILE_WIDTH = 100
_DEFAULT_WIDTH = 80
_ENDLESS = 1_000_000
_STYLES: dict[str, str] = {
    "": "", "strong": "bold", "quiet": "dim", "number": "cyan", "absent": "yellow", "good": "green", "bad": "bold red",
    "warning": "yellow", "error": "bold red", "more": "magenta", "less": "bright_blue",
}  # fmt: skip
_RULE = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
_PLAIN_RULE = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
_SHADES, _PLAIN_SHADES = " ░▒▓█", " .:+#"
_SHADE_STYLES = ("dim", "", "cyan", "bold cyan", "bold yellow")


class Screen(NamedTuple):
    """What a report is drawn on: columns, whether it shows colour, and what its encoding can write."""

    width: int
    colour: bool
    encoding: str

    def can_write(self, text: str) -> bool:
        """Tell whether the output's encoding has these characters."""
        try:
            text.encode(self.encoding)
        except (UnicodeEncodeError, LookupError):
            return False
        return True


def screen(*, to_file: bool = False) -> Screen:
    """Return standard output, as wide as COLUMNS or the terminal says.

    to_file: plain text 100 columns wide, whatever the terminal is.
    """
    if to_file:
        return Screen(_FILE_WIDTH, colour=False, encoding="utf-8")
    return Screen(max(_terminal_width(), MIN_WIDTH), wants_colour(sys.stdout), sys.stdout.encoding or "utf-8")


def _terminal_width() -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns[:9]):
        return int(columns[:9])
    for stream in (sys.__stdout__, sys.__stderr__, sys.__stdin__):
        try:
            found = os.get_terminal_size(stream.fileno()).columns if stream else 0
        except (OSError, ValueError):
            continue
        if found:
            return found
    return _DEFAULT_WIDTH


def render(report: Report, *, to_file: bool = False, on: Screen | None = None, brief: bool = False) -> str:
    """Return a report as text for the terminal, or plain for a file; every line has an end.

    brief: what fits on one screen of the answer in short, where there is one.
    """
    where = on or screen(to_file=to_file)
    if brief and report.front:
        drawn: Drawings = []
        text = _brief(report, report.front, where, drawn)
        fronts = report.tighter() if report.tighter else iter(())
        while text.count("\n") > ROWS and (front := next(fronts, None)) is not None:
            text = _brief(report, front, where, drawn)
        return text
    pen = Pen(where)
    if report.title:
        pen.prose(report.title, style="strong")
    if report.question:
        pen.prose(report.question, style="quiet")
    for section in (*report.front, *report.sections):
        if section in report.front and section.key != "more":
            pen.blank()
        pen.section(section)
    if report.closing:
        pen.blank()
        pen.prose(report.closing.text, style=report.closing.tone)
    return pen.text()


def _brief(report: Report, front: list[Section], where: Screen, drawn: Drawings) -> str:
    pen = Pen(where)
    pen.prose(report.title, style="strong")
    counts = ""
    for section in front:
        if section.key in {"answer", "to know"}:
            pen.blank()
        if section.key == "more":
            counts = "".join(f"{each.text} · " for each in section.blocks if isinstance(each, Paragraph))
        else:
            pen.again(section, drawn)
    # Only here is there more to be shown.
    pen.prose(f"{counts}--details", 2, "quiet")
    if report.closing:
        pen.prose(report.closing.text, style=report.closing.tone)
    return pen.text()


class Pen:
    """Draws blocks on a screen."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.is_ascii = not screen.can_write("─│├└")
        self.bar = "█" if screen.can_write("█") else "#"
        self.shades = _SHADES if screen.can_write(_SHADES) else _PLAIN_SHADES
        self._console = Console(
            file=StringIO(), width=_ENDLESS, force_terminal=screen.colour, no_color=not screen.colour, highlight=False,
            color_system="standard" if screen.colour else None, markup=False, emoji=False, legacy_windows=False,
            _environ={},
        )  # fmt: skip
        self._parts: list[str] = []

    def text(self) -> str:
        """Return what was drawn."""
        found = "\n".join(self._parts).strip("\n")
        return f"{found}\n" if found else ""

    def put(self, what: Text | Drawn | Branches) -> None:
        """Draw something below what there is."""
        options = self._console.options.update(no_wrap=True, overflow="ignore", highlight=False)
        options.encoding = "ascii" if self.is_ascii else "utf-8"
        with self._console.capture() as caught:
            for each in self._console.render(what, options):
                self._console._buffer.append(each)  # noqa: SLF001  # `print` would crop to an encoding of its own
        self._parts += [line.rstrip() for line in caught.get().removesuffix("\n").split("\n")]

    def blank(self) -> None:
        """Leave a line empty."""
        if self._parts and self._parts[-1]:
            self._parts.append("")

    def line(self, text: str, style: str = "", indent: int = 0) -> None:
        """Draw one line that is neither wrapped nor cut; it is safe already."""
        if self.screen.colour and style:
            self.put(Text(" " * indent).append(text, _STYLES[style]))
        else:
            self._parts.append(f"{' ' * indent}{text}".rstrip())

    def pieces(self, pieces: list[tuple[str, str]], indent: int = 0) -> None:
        """Draw one line of pieces, each in a style of its own."""
        if not self.screen.colour:
            self.line(escape("".join(text for text, _ in pieces)), indent=indent)
            return
        line = Text(" " * indent)
        for text, style in pieces:
            line.append(escape(text), _STYLES[style])
        self.put(line)

    def prose(self, text: str, indent: int = 0, style: str = "") -> None:
        """Draw words, wrapped between words and indented; no word is broken."""
        if " · " in text and not self.screen.can_write("·"):
            text = text.replace(" · ", "; ")
        for line in wrapped(escape(text), self.screen.width - indent):
            self.line(line, style, indent)

    def heading(self, text: str) -> None:
        """Draw a heading below an empty line."""
        self.blank()
        if text:
            self.prose(text, style="strong")

    def again(self, section: Section, drawn: Drawings) -> None:
        """Draw a section, or what was drawn of an equal one; sections of one key begin alike in every front."""
        lines = next((lines for each, lines in drawn if each == section), None)
        if lines is None:
            before = len(self._parts)
            self.section(section)
            drawn.append((section, self._parts[before:]))
        else:
            self._parts += lines

    def section(self, section: Section) -> None:
        """Draw a section; a figure that is drawn as a map does not stand in its tables again."""
        if not section.blocks:
            return
        blocks = [_without_again(each) if isinstance(each, Table) else each for each in section.blocks]
        mapped = self._maps([each for each in blocks if isinstance(each, HeatMap)])
        rest = [each for each in blocks if not isinstance(each, HeatMap)]
        rest = [each for each in rest if not (isinstance(each, Table) and (not each.rows or _is_shown(each, mapped)))]
        if rest and section.title:
            first = rest[0]
            is_same = isinstance(first, Table) and not split_common(first)[0].rows
            self.heading(f"{section.title}, the same in every case" if is_same else section.title)
        for block in rest:
            if isinstance(block, Table):
                self.table(block, mapped)
            elif isinstance(block, Tree):
                self.tree(block)
            elif isinstance(block, Paragraph):
                self.prose(block.text, 2 + 2 * block.level, block.tone)
            elif isinstance(block, Chart):
                draw_chart(self, block)
            elif isinstance(block, Stacked):
                draw_stacked(self, block)
            elif isinstance(block, Notice):
                self.notice(block, hanging=section.key == "to know")

    def notice(self, notice: Notice, *, hanging: bool = False) -> None:
        """Draw a notice; its mark is in the colour of its severity."""
        tone = {"error": "bad", "warning": "warning", "good": "good", "": ""}[notice.severity]
        if not notice.mark:
            self.prose(notice.text, 2, tone)
            return
        mark = escape(notice.mark)
        if hanging and self.screen.width >= 60:
            self._hanging(mark, notice.text, _STYLES[tone])
            return
        # The blanks behind the mark are no-break, so that it stays with what follows.
        first, *rest = wrapped(f"{mark}\u00a0\u00a0{escape(notice.text)}", self.screen.width - 2)
        if self.screen.colour and first.startswith(mark):
            self.put(Text("  ").append(mark, _STYLES[tone]).append(first.removeprefix(mark)))
        else:
            self.line(first, indent=2)
        for line in rest:
            self.line(line, indent=2)

    def _hanging(self, mark: str, text: str, style: str) -> None:
        """Draw words beside their mark, which stands in a column of its own."""
        lines = wrapped(escape(text), self.screen.width - _MARKS - 3)
        for position, line in enumerate(lines):
            shown = mark if position == 0 else ""
            if self.screen.colour and shown:
                self.put(
                    Text("  ").append(shown, style or "dim").append(f"{' ' * (_MARKS - cell_len(shown) + 1)}{line}")
                )
            else:
                self.line(f"{shown}{' ' * (_MARKS - cell_len(shown) + 1)}{line}", indent=2)

    def table(self, table: Table, mapped: frozenset[Hashable] = frozenset()) -> None:
        """Draw a table in the first layout that fits; heads that are the same in all columns are told once."""
        if mapped:
            table = table.only(
                [at for at, each in enumerate(table.columns) if each.key is None or each.key not in mapped]
            )
        table, common = split_common(table)
        if table.rows:
            self._laid_out(table)
        if common is not None:
            if table.rows:
                self.heading("The same in every case")
            self._laid_out(common)

    def _laid_out(self, table: Table) -> None:
        for grid in grids(table, self.screen.width, self.bar):
            if grid.has_room and grid.width <= self.screen.width:
                self.grid(grid)
                return
        columns = len(table.columns)
        if 0 < table.keys < columns - 1:
            middle = (table.keys + columns) // 2
            for position, (begin, end) in enumerate(((table.keys, middle), (middle, columns))):
                if position:
                    self.blank()
                self._laid_out(table.only([*range(table.keys), *range(begin, end)]))
            return
        for text, tone, indent in listed(table):
            self.prose(text, indent, tone)

    def grid(self, grid: Grid) -> None:
        """Draw a grid as it is laid out."""
        has_head = any(grid.heads)
        drawn = Drawn(
            box=(_PLAIN_RULE if self.is_ascii else _RULE) if has_head else None,
            show_edge=False, pad_edge=False, padding=(0, 1 if has_head else 2, 0, 0), show_header=has_head,
            header_style="",
        )  # fmt: skip
        for head, right in zip(grid.heads, grid.right, strict=True):
            side: JustifyMethod = "right" if right else "left"
            drawn.add_column(Text().append(head, "bold"), justify=side, no_wrap=True, overflow="crop")
        for row in grid.rows:
            drawn.add_row(*(Text().append(text, _STYLES[tone]) for text, tone in row))
        before = len(self._parts)
        self.put(drawn)
        if grid.indent:
            self._parts[before:] = [f"{' ' * grid.indent}{line}".rstrip() for line in self._parts[before:]]
        if grid.apart:
            lines = self._parts[before:]
            top = len(lines) - len(grid.rows)
            self._parts[before:] = lines[:top]
            for at, line in enumerate(lines[top:]):
                if at in grid.apart:
                    self.prose(grid.apart[at])
                if re.sub(r"\x1b\[[0-9;]*m", "", line).strip():
                    self._parts.append(line)

    def tree(self, tree: Tree) -> None:
        """Draw a tree."""
        self.put(self._branch(tree, self.screen.width))

    def _branch(self, node: Tree, width: int) -> Branches:
        # A no-break space keeps a number and its unit on one line.
        value = f" = {escape(node.value).replace(' ', chr(0xA0))}" if node.value else ""
        part = f"{escape(node.part)}: " if node.part else ""
        status = f" ({node.status})" if node.status else ""
        if node.share:
            status += f"  {percent_text(node.share, digits=2)} {self.bar * max(1, round(node.share * 16))}".replace(
                " ", chr(0xA0)
            )
        label = Text()
        lines = wrapped(f"{part}{node.label.text}{value}{status}", width)
        label.append("\n".join(lines), "bold yellow" if node.is_absent else "bold cyan")
        for paragraph in node.lines:
            for line in wrapped(escape(paragraph), width):
                label.append(f"\n{line}")
        branches = Branches(label, guide_style="dim")
        branches.children = [self._branch(child, width - 4) for child in node.children]
        return branches

    def _maps(self, maps: list[HeatMap]) -> frozenset[Hashable]:
        """Draw the maps that there is room for, with either axis across; return the keys of their figures."""
        drawn: list[HeatMap] = []
        for each in maps:
            grid = next((found for found in self._map_grids(each) if found[0].width <= self.screen.width), None)
            if grid is not None:
                self.heading(each.title)
                self.prose(f"down: {grid[1]}; across: {grid[2]}", 2, "quiet")
                self._map(grid[0])
                drawn.append(each)
        if drawn:
            shades = self.shades
            words = f"shades run from the least {shades[0]!r} to the most {shades[-1]!r} of a map"
            words += "; a point in brackets misses a condition" if drawn[0].has_conditions else ""
            self.prose(words, 2, "quiet")
        return frozenset(each.key for each in drawn)

    def _map_grids(self, found: HeatMap) -> Iterator[tuple[Grid, str, str]]:
        shades = self.shades
        axes, cells, levels = (found.down, found.across), found.cells, found.levels
        for turned in (False, True):
            down, across = axes[::-1] if turned else axes
            if turned:
                cells, levels = ([list(each) for each in zip(*rows, strict=True)] for rows in (cells, levels))
            rows = []
            for head, row, sizes in zip(down[1], cells, levels, strict=True):
                shown = [
                    (f"{escape(each.text)} {shades[size] if size is not None else ' '}", each.tone or f"shade {size}")
                    for each, size in zip(row, sizes, strict=True)
                ]
                rows.append([(head.text, "strong"), *shown])
            heads = ["", *(each.text for each in across[1])]
            yield Grid(heads, [True] * len(heads), rows), down[0], across[0]

    def _map(self, grid: Grid) -> None:
        rows = [[(text, tone) for text, tone in row] for row in grid.rows]
        self.grid(Grid(grid.heads, grid.right, rows))


def _without_again(table: Table) -> Table:
    """Return a table without the rows that another one tells in full."""
    return replace(table, rows=[row for row in table.rows if not row.again])


def _is_shown(table: Table, mapped: frozenset[Hashable]) -> bool:
    """Tell whether maps show all that a table holds beside its keys."""
    rest = [each.key in mapped for each in table.columns[table.keys :] if each.head != "holds"]
    return bool(mapped) and bool(rest) and all(rest)


_STYLES |= {f"shade {at}": style for at, style in enumerate(_SHADE_STYLES)} | {"shade None": "dim"}


_HEIGHT = 8
_MOST, _LEAST = 72, 8
_EIGHTHS = " ▁▂▃▄▅▆▇█"
# Stretches are told apart by their marks, also without colour; what is left beyond them is one more.
_STRETCHES, _PLAIN_STRETCHES = "█▒▓░▚▖", "#=+:o."
_COLOURS = ("number", "more", "warning", "good", "less", "quiet")


def draw_chart(pen: Pen, chart: Chart) -> None:
    """Draw a chart as wide as there is room for, up to 72 columns."""
    is_plain = not pen.screen.can_write(_EIGHTHS)
    label = max(map(cell_len, chart.ends))
    room = max(8, min(pen.screen.width - label - 5, _MOST))
    values = chart.values if len(chart.values) <= room else fewer(chart.values, room)
    wide = max(1, room // max(1, len(values)))
    width = wide * len(values)
    known = [each for each in values if each is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    scale = _HEIGHT / (high - low) if high > low else 0.0
    pen.prose(chart.title, 2, "quiet")
    for row in range(_HEIGHT - 1, -1, -1):
        text = "".join(_block(each, low, scale, row, is_plain=is_plain) * wide for each in values)
        end = chart.ends[1] if row == _HEIGHT - 1 else chart.ends[0] if row == 0 else ""
        pen.line(f"{end:>{label}} {'|' if pen.is_ascii else '│'}{text}", indent=2)
    corner, rule = ("+", "-") if pen.is_ascii else ("└", "─")
    pen.line(f"{'':>{label}} {corner}{rule * width}", indent=2)
    if chart.marks:
        pen.line(f"{'':>{label + 2}}{_pointers(chart, width, '^' if is_plain else '▲')}", indent=2)
        pen.prose(", ".join(words for _, words in chart.marks), label + 4)
    if chart.heads:
        pen.line(f"{'':>{label + 2}}{_below(chart.heads, width)}", indent=2)


def _block(value: float | None, low: float, scale: float, row: int, *, is_plain: bool) -> str:
    filled = 0.0 if value is None else (value - low) * scale - row
    if is_plain:
        return "#" if filled >= 0.5 else " "
    return _EIGHTHS[max(0, min(8, round(filled * 8)))]


def _pointers(chart: Chart, width: int, mark: str) -> str:
    line = [" "] * width
    for share, _ in chart.marks:
        line[max(0, min(width - 1, int(share * width)))] = mark
    return "".join(line)


def _below(heads: list[str], width: int) -> str:
    first, last = heads[0], heads[-1] if len(heads) > 1 else ""
    blank = max(1, width - cell_len(first) - cell_len(last))
    return f"{first}{' ' * blank}{last}"


def draw_stacked(pen: Pen, stacked: Stacked) -> None:
    """Draw a bar a year, made of stretches; what is taken away stands left of the line at 0."""
    marks = _STRETCHES if pen.screen.can_write(_STRETCHES) else _PLAIN_STRETCHES
    parts = largest(stacked.parts, len(marks))
    label = max(map(cell_len, stacked.heads))
    total = max(cell_len(each.text) for each in stacked.totals)
    room = min(pen.screen.width - label - total - 7, _MOST)
    if room < _LEAST:
        # The numbers stand in a table.
        return
    years = range(len(stacked.heads))
    below, above = (max(sum(max(0.0, sign * values[at]) for _, values in parts) for at in years) for sign in (-1, 1))
    scale = room / (below + above) if below + above > 0 else 0.0
    left, right = round(below * scale), round(above * scale)
    if stacked.title:
        pen.prose(stacked.title, 2, "quiet")
    for at, head in enumerate(stacked.heads):
        out = stretches([(number, -values[at]) for number, (_, values) in enumerate(parts)], scale)
        into = stretches([(number, values[at]) for number, (_, values) in enumerate(parts)], scale)
        line = [(f"{head:>{label}} {' ' * (left - sum(wide for _, wide in out))}", "")]
        line += [(marks[number] * wide, _COLOURS[number]) for number, wide in reversed(out)]
        line += [("|" if pen.is_ascii else "│", "quiet")]
        line += [(marks[number] * wide, _COLOURS[number]) for number, wide in into]
        line += [(f"{' ' * (right - sum(wide for _, wide in into))}  {stacked.totals[at].text:>{total}}", "")]
        pen.pieces(line, indent=2)
    for number, (name, _) in enumerate(parts):
        pen.pieces([(" " * (label + 1), ""), (marks[number] * 2, _COLOURS[number]), (f" {name}", "")], indent=2)
