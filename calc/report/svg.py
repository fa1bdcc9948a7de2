"""Pictures as inline SVG: histograms, lines, bars of stretches, steps; no script, and every text escaped.

Colours are classes (`s0`, `s1` ...) that the page gives in light and in dark; a line is told from another by its marker
too. Values are in the unit they are written in; `write` makes the text of one.
"""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from calc.records import NamedTuple
from calc.text import escape as visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Write = Callable[[float], str]

WIDTH, HEIGHT = 480, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 66, 12, 14, 34
COLOURS = 7
_TICKS = 5


def text(words: object) -> str:
    """Return a text as HTML shows it; no tag, and no character that a reader cannot see."""
    return escape(visible(str(words)))


class Line(NamedTuple):
    """A line: what it is called, its values, None where there is none, and the ends of its band where it has one."""

    label: str
    values: Sequence[float | None]
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()


class _Scale(NamedTuple):
    """A stretch of values drawn on a stretch of the picture."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> str:
        """Return where a value lies."""
        return f"{self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start):.1f}"


def ticks(low: float, high: float, count: int = _TICKS) -> list[float]:
    """Return about so many round values from `low` or below to `high` or above."""
    if high <= low:
        high = low + (abs(low) or 1.0)
    raw = (high - low) / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(each * power for each in (1, 2, 2.5, 5, 10) if each * power >= raw * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(f"{at * step:.12g}") for at in range(first, max(last, first + 1) + 1)]


def histogram(title: str, edges: Sequence[float], counts: Sequence[int], marks: Sequence[tuple[str, float]],
              write: Write) -> str:  # fmt: skip
    """Return bars of how often a figure falls between edges, with marks such as P10, P50, P90."""
    across = ticks(edges[0], edges[-1])
    x = _Scale(across[0], across[-1], _LEFT - 40, WIDTH - 30)
    y = _Scale(0, max(counts), HEIGHT - _BOTTOM, _TOP + 22)
    body = list(_across(x, across, write, (_TOP + 22, HEIGHT - _BOTTOM, HEIGHT - 16), has_zero=False))
    for left, right, count in zip(edges, edges[1:], counts, strict=False):
        wide = max(0.8, float(x.at(right)) - float(x.at(left)) - 0.8)
        tall = float(y.at(0)) - float(y.at(count))
        body.append(f'<rect class="s0" x="{x.at(left)}" y="{y.at(count)}" width="{wide:.1f}" height="{tall:.1f}"/>')
    for row, (label, value) in enumerate(marks):
        at, high = x.at(value), _TOP + 10 * (row % 2)
        body += [
            f'<line class="mark" x1="{at}" x2="{at}" y1="{high + 3}" y2="{HEIGHT - _BOTTOM}"/>',
            f'<text x="{at}" y="{high}" text-anchor="middle">{text(label)} {text(write(value))}</text>',
        ]
    return _svg(title, body)


def lines(title: str, places: Sequence[str], found: Sequence[Line], write: Write) -> str:
    """Return lines over years, or over the values of an axis; a value is marked, and a band drawn behind it."""
    drawn = [each for line in found for side in (line.values, line.low, line.high) for each in side if each is not None]
    if not drawn:
        return ""
    up = ticks(min(0.0, *drawn), max(0.0, *drawn))
    y = _Scale(up[0], up[-1], HEIGHT - _BOTTOM, _TOP)
    x = _Scale(0, max(1, len(places) - 1), _LEFT + 8, WIDTH - _RIGHT - 16)
    body = list(_up(y, up, write))
    every = -(-len(places) // 8)
    for at, place in enumerate(places):
        if at % every == 0:
            body.append(f'<text x="{x.at(at)}" y="{HEIGHT - 16}" text-anchor="middle">{text(place)}</text>')
    for number, line in enumerate(found):
        colour = f"s{number % COLOURS}"
        band = [
            (at, low, high)
            for at, (low, high) in enumerate(zip(line.low, line.high, strict=False))
            if low is not None and high is not None
        ]
        if len(band) > 1:
            path = [f"{x.at(at)},{y.at(low)}" for at, low, _ in band]
            path += [f"{x.at(at)},{y.at(high)}" for at, _, high in reversed(band)]
            body.append(f'<polygon class="{colour} band" points="{" ".join(path)}"/>')
        points = [(at, value) for at, value in enumerate(line.values) if value is not None]
        path = [f"{x.at(at)},{y.at(value)}" for at, value in points]
        body.append(f'<polyline class="{colour} line" points="{" ".join(path)}"/>')
        if len(points) <= 24:
            body += [_marker(number, float(x.at(at)), float(y.at(value))) for at, value in points]
    return _svg(title, body) + _legend([line.label for line in found])


def ranges(title: str, found: Sequence[tuple[str, float, float, float]], write: Write) -> str:
    """Return a row for each label: its median as a mark on the bar of its range from the second to the third number."""
    across = ticks(min(0.0, *(each[2] for each in found)), max(each[3] for each in found))
    high = 30 * len(found) + 34
    x = _Scale(across[0], across[-1], 150, WIDTH - 30)
    body = list(_across(x, across, write, (6, high - 26, high - 10)))
    for row, (label, middle, low, end) in enumerate(found):
        y, wide = 22 + 30 * row, max(1.0, float(x.at(end)) - float(x.at(low)))
        body += [
            f'<text x="142" y="{y + 4}" text-anchor="end">{text(label)}</text>',
            f'<rect class="s0 band" x="{x.at(low)}" y="{y - 6}" width="{wide:.1f}" height="12" rx="3"/>',
            f'<circle class="s0" cx="{x.at(middle)}" cy="{y}" r="5"/>',
        ]
    return _svg(title, body, high)


def steps(title: str, found: Sequence[tuple[str, float, bool]], write: Write) -> str:
    """Return a waterfall: each step begins where the last one ended; the third of each says that it is a total."""
    ends, level = [0.0], 0.0
    spans = []
    for _, amount, is_total in found:
        start = 0.0 if is_total else level
        level = amount if is_total else level + amount
        spans.append((start, level))
        ends += [start, level]
    up = ticks(min(ends), max(ends))
    high = 26 * len(found) + 30
    x = _Scale(up[0], up[-1], 180, WIDTH - 70)
    body = []
    for row, ((label, amount, is_total), (start, end)) in enumerate(zip(found, spans, strict=True)):
        y, left, right = 8 + 26 * row, min(start, end), max(start, end)
        kind = "total" if is_total else "more" if amount >= 0 else "less"
        wide = max(1.0, float(x.at(right)) - float(x.at(left)))
        sign = "" if is_total or amount < 0 else "+"
        body += [
            f'<text x="172" y="{y + 13}" text-anchor="end">{text(label)}</text>',
            f'<rect class="{kind}" x="{x.at(left)}" y="{y}" width="{wide:.1f}" height="18"/>',
            f'<text x="{float(x.at(right)) + 4:.1f}" y="{y + 13}">{sign}{text(write(amount))}</text>',
        ]
    return _svg(title, body, high)


def stacked(title: str, heads: Sequence[str], parts: Sequence[tuple[str, Sequence[float]]], write: Write) -> str:
    """Return a bar for each head, made of stretches; what is below 0 stands left of the line at 0."""
    sums = [
        sum(max(0.0, sign * values[at]) for _, values in parts) * sign for at in range(len(heads)) for sign in (-1, 1)
    ]
    across = ticks(min(0.0, *sums), max(0.0, *sums))
    high = 26 * len(heads) + 30
    x = _Scale(across[0], across[-1], 60, WIDTH - 30)
    body = list(_across(x, across, write, (4, high - 24, high - 8)))
    for row, head in enumerate(heads):
        y, ends = 8 + 26 * row, {False: 0.0, True: 0.0}
        body.append(f'<text x="52" y="{y + 13}" text-anchor="end">{text(head)}</text>')
        for number, (_, values) in enumerate(parts):
            begin, is_out = ends[values[row] < 0], values[row] < 0
            ends[is_out] = begin + values[row]
            left, right = sorted((begin, ends[is_out]))
            wide = float(x.at(right)) - float(x.at(left))
            if wide >= 0.1:
                colour = f"s{number % COLOURS}"
                body.append(f'<rect class="{colour}" x="{x.at(left)}" y="{y}" width="{wide:.1f}" height="18"/>')
    return _svg(title, body, high) + _legend([name for name, _ in parts])


def _across(
    x: _Scale, values: Sequence[float], write: Write, rows: tuple[int, int, int], *, has_zero: bool = True
) -> Iterator[str]:
    """Yield the lines of a scale and what they stand for; rows: the top and bottom of the lines, and of the texts."""
    top, bottom, below = rows
    for value in values:
        kind = "zero" if value == 0 and has_zero else "grid"
        yield f'<line class="{kind}" x1="{x.at(value)}" x2="{x.at(value)}" y1="{top}" y2="{bottom}"/>'
        yield f'<text x="{x.at(value)}" y="{below}" text-anchor="middle">{text(write(value))}</text>'


def _up(y: _Scale, values: Sequence[float], write: Write) -> Iterator[str]:
    for value in values:
        kind = "zero" if value == 0 else "grid"
        yield f'<line class="{kind}" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y.at(value)}" y2="{y.at(value)}"/>'
        yield f'<text x="{_LEFT - 6}" y="{float(y.at(value)) + 4:.1f}" text-anchor="end">{text(write(value))}</text>'


def _marker(number: int, x: float, y: float) -> str:
    """Return a mark that tells a line from others without its colour."""
    colour = f"s{number % COLOURS}"
    if number % 3 == 0:
        return f'<circle class="{colour}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
    if number % 3 == 1:
        return f'<rect class="{colour}" x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6"/>'
    return f'<path class="{colour}" d="M{x:.1f} {y - 4:.1f}l4 7h-8z"/>'


def _legend(labels: Sequence[str]) -> str:
    if len(labels) < 2:
        return ""
    marks = (
        f'<li><svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">{_marker(at, 6, 6)}</svg> '
        f"{text(label)}</li>"
        for at, label in enumerate(labels)
    )
    return f'<ul class="legend">{"".join(marks)}</ul>'


def _svg(title: str, body: Sequence[str], high: int = HEIGHT) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {high}" role="img" aria-label="{text(title)}">{"".join(body)}</svg>'
