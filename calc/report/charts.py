"""Charts on a terminal, in columns of blocks, or of marks that any terminal has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

if TYPE_CHECKING:
    from calc.report.report import Chart, Stacked
    from calc.report.terminal import Pen

_HEIGHT = 8
_MOST, _LEAST = 72, 8
_EIGHTHS = " ▁▂▃▄▅▆▇█"
# Stretches are told apart by their marks, also without colour; what is left beyond them is one more.
_MARKS, _PLAIN_MARKS = "█▒▓░▚▖", "#=+:o."
_COLOURS = ("number", "more", "warning", "good", "less", "quiet")


def draw_chart(pen: Pen, chart: Chart) -> None:
    """Draw a chart as wide as there is room for, up to 72 columns."""
    is_plain = not pen.screen.can_write(_EIGHTHS)
    label = max(map(cell_len, chart.ends))
    room = max(8, min(pen.screen.width - label - 5, _MOST))
    values = chart.values if len(chart.values) <= room else _fewer(chart.values, room)
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


def _fewer(values: list[float | None], room: int) -> list[float | None]:
    """Return so many values, each the largest of its neighbours."""
    groups = [values[at * len(values) // room : (at + 1) * len(values) // room] for at in range(room)]
    return [max((each for each in group if each is not None), default=None) for group in groups]


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
    marks = _MARKS if pen.screen.can_write(_MARKS) else _PLAIN_MARKS
    parts = _largest(stacked.parts, len(marks))
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
        out = _stretches([(number, -values[at]) for number, (_, values) in enumerate(parts)], scale)
        into = _stretches([(number, values[at]) for number, (_, values) in enumerate(parts)], scale)
        line = [(f"{head:>{label}} {' ' * (left - sum(wide for _, wide in out))}", "")]
        line += [(marks[number] * wide, _COLOURS[number]) for number, wide in reversed(out)]
        line += [("|" if pen.is_ascii else "│", "quiet")]
        line += [(marks[number] * wide, _COLOURS[number]) for number, wide in into]
        line += [(f"{' ' * (right - sum(wide for _, wide in into))}  {stacked.totals[at].text:>{total}}", "")]
        pen.pieces(line, indent=2)
    for number, (name, _) in enumerate(parts):
        pen.pieces([(" " * (label + 1), ""), (marks[number] * 2, _COLOURS[number]), (f" {name}", "")], indent=2)


def _stretches(amounts: list[tuple[int, float]], scale: float) -> list[tuple[int, int]]:
    """Return how wide each amount above 0 is; the ends are rounded, so that a bar is as long as its sum."""
    found, end, begin = [], 0.0, 0
    for number, amount in amounts:
        end += max(0.0, amount) * scale
        found.append((number, round(end) - begin))
        begin = round(end)
    return found


def _largest(parts: list[tuple[str, list[float]]], most: int) -> list[tuple[str, list[float]]]:
    """Return parts, of too many the largest and what the others are together."""
    if len(parts) <= most:
        return parts
    ranked = sorted(parts, key=lambda part: -sum(map(abs, part[1])))
    rest = [sum(values) for values in zip(*(values for _, values in ranked[most - 1 :]), strict=True)]
    return [*ranked[: most - 1], ("others", rest)]
