"""Pictures in a terminal: what a cost is made up of, that year by year, and the steps between two cases."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from calc.report.report import Cell, Column, Report, Row, Section, Stacked, Table
from calc.report.terminal import Screen, render

if TYPE_CHECKING:
    from pathlib import Path

YEARS = """\
title: Which year is dear?
years: 2026 to 2028
inputs:
  rent: {value: {by year: {2026: $6, 2027: $3, 2028: $0}}, source: plan}
  pay: {value: $3, source: plan}
  sold: {value: {by year: {2026: $0, 2027: $0, 2028: $9}}, source: plan}
formulas: {flow: sold - rent - pay, spent: rent + pay}
"""


def lines(block: Stacked | Table, width: int, *, encoding: str = "utf-8") -> list[str]:
    report = Report("", sections=[Section("", [block], "x")])
    return render(report, on=Screen(width, colour=False, encoding=encoding)).splitlines()


def stacked() -> Stacked:
    # What comes in stands right of the line at 0, what goes out left of it.
    parts = [("sold", [0.0, 0.0, 9.0]), ("rent", [-6.0, -3.0, 0.0]), ("pay", [-3.0, -3.0, -3.0])]
    return Stacked("flow", ["2026", "2027", "2028"], parts, [Cell("-9"), Cell("-6"), Cell("6")])


def test_stretches_are_as_long_as_what_they_stand_for() -> None:
    # 4 columns for the year, 2 for the total and 7 for what is between leave 36, 2 for each of 18
    assert lines(stacked(), 49) == [
        "  flow",
        f"  2026 {'▓' * 6}{'▒' * 12}│{' ' * 18}  -9",
        f"  2027 {' ' * 6}{'▓' * 6}{'▒' * 6}│{' ' * 18}  -6",
        f"  2028 {' ' * 12}{'▓' * 6}│{'█' * 18}   6",
        "       ██ sold",
        "       ▒▒ rent",
        "       ▓▓ pay",
    ]


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_bars_fit_every_width_and_plain_terminals(width: int) -> None:
    for encoding in ("utf-8", "ascii"):
        drawn = lines(stacked(), width, encoding=encoding)
        assert max(map(len, drawn)) <= width
        assert "\n".join(drawn).isascii() == (encoding == "ascii")
        # The line at 0 stands below itself.
        assert len({re.search(r"[|│]", line).start() for line in drawn[1:4]}) == 1  # type: ignore[union-attr]  # fails too


def test_the_smallest_of_many_parts_are_told_together() -> None:
    many = [(f"part {at}", [float(at + 1)]) for at in range(9)]
    drawn = lines(Stacked("", ["2026"], many, [Cell("45")]), 80)
    # 9, 8, 7, 6, 5 by themselves, and 1 to 4 together
    assert [line.split(maxsplit=1)[1] for line in drawn[1:]] == [
        "part 8", "part 7", "part 6", "part 5", "part 4", "others",
    ]  # fmt: skip


def test_a_step_begins_where_the_last_one_ended() -> None:
    rows = [("a", (0.0, 0.5)), ("more", (0.5, 1.0)), ("less", (1.0, 0.2)), ("b", (0.0, 0.2))]
    table = Table([Column(kind="words"), Column("now"), Column(kind="strip")])
    table.rows = [Row([Cell(name), Cell("1"), Cell(span=span)]) for name, span in rows]
    drawn = [line.partition("1  ")[2] for line in lines(table, 80)[2:]]
    # 30 columns are the whole
    assert drawn == ["█" * 15, " " * 15 + "█" * 15, " " * 6 + "█" * 24, "█" * 6]
    assert not any("█" in line for line in lines(table, 14))


def test_details_and_plot_show_what_years_are_made_up_of(tmp_path: Path) -> None:
    from calc_command import calc

    path = tmp_path / "years.yaml"
    path.write_text(YEARS, encoding="utf-8")
    for option in ("--details", "--plot"):
        text = calc("run", str(path), option, COLUMNS="80").out
        # 6 + 3, 3 + 3, 3
        assert re.search(r"2026 [▓▒█]+│ +-\$?9", text), text
        assert re.search(r"2028 +[▓▒█]+│█+ +\$?6", text), text
