"""The console and its tables: widths, wide characters, colour and what the output's encoding can write."""

from __future__ import annotations

import pytest

from calc.report.console import Console, cell, fits, fixed, make_console, prose, prose_cell
from calc.report.grid import Table


def console(width: int = 40, *, colour: bool = False, encoding: str = "utf-8") -> Console:
    return Console(width, colour=colour, encoding=encoding)


def small_table() -> Table:
    table = Table(ruled=True)
    table.add_column()
    table.add_column(cell("value"), right=True)
    table.add_column(cell("source"))
    table.add_row(cell("power"), cell("4.5 kW"), prose_cell("a report of the year 2023"))
    table.add_row(cell("height"), cell("6 U"))
    return table


def test_columns_are_as_wide_as_their_cells() -> None:
    found = console(80)
    found.print(small_table())
    assert found.lines == [
        "         value  source",
        "─────────────────────────────────────────",
        "power   4.5 kW  a report of the year 2023",
        "height     6 U",
    ]
    # 6 + 2 + 6 + 2 + 25
    assert small_table().width() == 41
    assert fits(console(41), small_table())
    assert not fits(console(40), small_table())


def test_words_wrap_in_the_last_column_and_a_long_word_is_folded() -> None:
    found = console(28)
    table = small_table()
    table.add_row(cell("url"), cell(""), prose_cell("https://example.org/a"))
    found.print(table)
    assert found.lines == [
        "         value  source",
        "────────────────────────────",
        "power   4.5 kW  a report of",
        "                the year",
        "                2023",
        "height     6 U",
        "url             https://exam",
        "                ple.org/a",
    ]


def test_wide_characters_take_two_columns() -> None:
    table = Table(ruled=False)
    table.add_column()
    table.add_column(right=True)
    table.add_row(cell("服务器"), cell("4"))
    table.add_row(cell("racks"), cell("250"))
    found = console()
    found.print(table)
    assert found.lines == ["服务器    4", "racks   250"]


def test_heads_of_several_lines_stand_on_the_rule() -> None:
    table = Table(ruled=True)
    table.add_column(cell("at the\nlikely\nvalues"), right=True)
    table.add_column(cell("p10"), right=True)
    table.add_row(cell("1"), cell("2"))
    found = console()
    found.print(table)
    assert found.lines == ["at the", "likely", "values  p10", "───────────", "     1    2"]


def test_styles_do_not_move_columns() -> None:
    table = Table(ruled=False)
    table.add_column()
    table.add_column(right=True)
    table.add_row(cell("a", "dim"), cell("4 kW", "cyan"))
    table.add_row(cell("long"), cell("no value", "yellow"))
    found = console(colour=True)
    found.print(table)
    assert found.lines == ["\x1b[2ma\x1b[0m         \x1b[36m4 kW\x1b[0m", "long  \x1b[33mno value\x1b[0m"]


@pytest.mark.parametrize(("encoding", "rule"), [("utf-8", "─"), ("gbk", "─"), ("ascii", "-"), ("no-such", "-")])
def test_the_rule_is_what_the_encoding_can_write(encoding: str, rule: str) -> None:
    found = console(encoding=encoding)
    found.print(small_table())
    assert set(found.lines[1]) == {rule}


def test_hostile_text_is_inert_in_cells_and_prose() -> None:
    found = console(200)
    table = Table(ruled=False)
    table.add_column()
    table.add_row(prose_cell("\x1b[31m\u202e[bold]x[/bold]"))
    found.print(table)
    prose(found, "\x1b]8;;http://a\x07b")
    fixed(found, "a\x07")
    assert found.lines == ["\\x1b[31m\\u202e[bold]x[/bold]", "\\x1b]8;;http://a\\x07b", "a\\x07"]


@pytest.mark.parametrize(
    ("environment", "colour"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "0"}, False),
        ({"FORCE_COLOR": "false"}, False),
        ({"FORCE_COLOR": ""}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": ""}, True),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, False),
    ],
)
def test_colour_is_what_the_environment_says(
    environment: dict[str, str], colour: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert make_console().colour is colour
    assert not make_console(to_file=True).colour


@pytest.mark.parametrize(("columns", "width"), [("120", 120), ("5", 20), ("0", None), ("wide", None), ("١٢٠", None)])
def test_columns_says_how_wide(columns: str, width: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    otherwise = make_console().width
    monkeypatch.setenv("COLUMNS", columns)
    assert make_console().width == (width or otherwise)
    assert make_console(to_file=True).width == 100
