"""A sweep over two axes as maps: a cell a point, with its number and a shade for how large that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.report.blocks import Words
from calc.report.console import cell, fits, heading, prose
from calc.report.grid import Table
from calc.report.sweep_blocks import leading, without_news
from calc.scenario.resolved import BASE

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue
    from calc.report.console import Console
    from calc.report.grid import Cell

_SHADES = " ░▒▓█"
_PLAIN_SHADES = " .:+#"
_STYLES = ("dim", "", "cyan", "bold cyan", "bold yellow")
MAX_CELLS = 1200
# A figure of a case by its name, and in a year.
Drawn = tuple[str, str, int | None]


def can_map(found: dict[str, Any]) -> bool:
    """Tell whether a sweep is over two axes of several values each, small enough to be looked at, and all there."""
    sizes = [len(each["values"]) for each in found["axes"]]
    if any(len(case["columns"][0]["values"]) < case["points"] for case in found["cases"]):
        return False
    return len(sizes) == 2 and min(sizes) > 1 and sizes[0] * sizes[1] <= MAX_CELLS


def draw_maps(console: Console, found: dict[str, Any], catalogue: Catalogue) -> set[Drawn]:
    """Draw a map for every figure that has room for one, with either axis across; return those."""
    words, tables = Words(catalogue), []
    for case in map(without_news, found["cases"]):
        for column in case["columns"][2:]:
            for axes in (found["axes"], found["axes"][::-1]):
                table = _table(console, axes, case, column, words)
                if fits(console, table):
                    tables.append((axes, case, column, table))
                    break
    for axes, case, column, table in tables:
        label = "" if case["name"] == BASE else f": {case['name']}"
        median = " p50" if "p50" in column else ""
        heading(console, f"{words.head(column['name'], column['year'])}{median}{label}")
        rows, columns = (words.head(each["name"]) for each in axes)
        prose(console, f"down: {rows}; across: {columns}", 2, "dim")
        console.print(table)
    if tables:
        shades = _shades(console)
        notes = f"shades run from the least {shades[0]!r} to the most {shades[-1]!r} of a map"
        notes += "; a point in brackets misses a condition" if tables[0][1]["holds"] is not None else ""
        prose(console, notes, 2, "dim")
    return {(case["name"], column["name"], column["year"]) for _, case, column, _ in tables}


def _shades(console: Console) -> str:
    return _SHADES if console.can_write(_SHADES) else _PLAIN_SHADES


def _table(
    console: Console, axes: list[dict[str, Any]], case: dict[str, Any], column: dict[str, Any], words: Words
) -> Table:
    down, across = axes
    # The second axis of the sweep runs fastest.
    is_turned = case["columns"][0]["name"] == across["name"]
    table = Table(ruled=True)
    table.add_column(right=True)
    for value in across["values"]:
        table.add_column(cell(words.bare(across["name"], value)), right=True)
    width = len(across["values"])
    numbers = [each for each in leading(column) if each is not None]
    least, most = (min(numbers), max(numbers)) if numbers else (0.0, 0.0)
    height = len(down["values"])
    for row, value in enumerate(down["values"]):
        ends = (least, most)
        places = range(row, row + width * height, height) if is_turned else range(row * width, (row + 1) * width)
        cells = [_cell(console, case, column, at, ends, words) for at in places]
        table.add_row(cell(words.bare(down["name"], value), "bold"), *cells)
    return table


def _cell(
    console: Console, case: dict[str, Any], column: dict[str, Any], at: int, ends: tuple[float, float], words: Words
) -> Cell:
    least, most = ends
    value = leading(column)[at]
    misses = case["holds"] is not None and not case["holds"][at]
    if value is None:
        return cell("(no value)  " if misses else "no value  ", "dim")
    share = (value - least) / (most - least) if most > least else 0.0
    level = min(int(share * len(_SHADES)), len(_SHADES) - 1)
    text = words.bare(column["name"], value)
    return cell(f"{f'({text})' if misses else text} {_shades(console)[level]}", "dim" if misses else _STYLES[level])
