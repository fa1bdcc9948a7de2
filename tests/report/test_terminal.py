"""The terminal: widths, wide characters, colour, what an encoding can write, and texts that are not obeyed."""

from __future__ import annotations

import re

import pytest

from calc.report.report import Cell, Column, Notice, Paragraph, Report, Row, Section, Table, Tree, pairs
from calc.report.terminal import Screen, render, screen

Block = Table | Paragraph | Notice | Tree
HOSTILE = "\x1b[31m\u202e[bold]x[/bold] \x1b]8;;http://a\x07b :smile: [link=http://x]y[/link]"


def drawn(*blocks: Block, width: int = 40, colour: bool = False, encoding: str = "utf-8") -> list[str]:
    report = Report("", sections=[Section("", list(blocks), "x")])
    return render(report, on=Screen(width, colour, encoding)).splitlines()


def small_table() -> Table:
    heads = [Column(kind="label"), Column("value"), Column("source", "prose", least=4)]
    rows = [
        [Cell("power"), Cell("4.5 kW", tone="number"), Cell("a report of the year 2023")],
        [Cell("height"), Cell("6 U", tone="number"), Cell()],
    ]
    return Table(heads, [Row(each) for each in rows])


def test_columns_are_as_wide_as_their_cells() -> None:
    wanted = [
        "         value  source",
        "─────────────────────────────────────────",
        "power   4.5 kW  a report of the year 2023",
        "height     6 U",
    ]
    # 6 + 2 + 6 + 2 + 25
    assert drawn(small_table(), width=41) == wanted
    assert drawn(small_table(), width=200) == wanted
    assert drawn(small_table(), width=40) != wanted


def test_words_wrap_in_the_last_column_and_a_long_word_is_folded() -> None:
    table = small_table()
    address = "https://example.org/" + "a" * 50
    table.rows.append(Row([Cell("url"), Cell(), Cell(address)]))
    lines = drawn(table, width=28)
    assert lines[:6] == [
        "         value  source",
        "────────────────────────────",
        "power   4.5 kW  a report of",
        "                the year",
        "                2023",
        "height     6 U",
    ]
    assert "".join(line[16:] for line in lines[6:]) == address
    assert max(map(len, lines)) == 28


def test_wide_characters_take_two_columns() -> None:
    assert drawn(pairs([(Cell("服务器"), Cell("4")), (Cell("racks"), Cell("250"))])) == [
        "  服务器    4",
        "  racks   250",
    ]


def test_heads_of_several_lines_stand_on_the_rule() -> None:
    table = Table([Column("at the\nlikely\nvalues"), Column("p10")], [Row([Cell("1"), Cell("2")])])
    assert drawn(table) == ["at the", "likely", "values  p10", "───────────", "     1    2"]


def test_styles_do_not_move_columns() -> None:
    table = pairs(
        [(Cell("a", tone="quiet"), Cell("4 kW", tone="number")), (Cell("long"), Cell("no value", tone="absent"))]
    )
    assert drawn(table, colour=True) == [
        "  \x1b[2ma\x1b[0m         \x1b[36m4 kW\x1b[0m",
        "  long  \x1b[33mno value\x1b[0m",
    ]


def test_a_notice_has_the_colour_of_its_severity_and_the_same_words_without() -> None:
    notices = [Notice("a <= 1", "error", "FAILS"), Notice("b <= 1", "good", "holds"), Notice("old", "warning")]
    coloured = drawn(*notices, colour=True)
    assert coloured == ["  \x1b[1;31mFAILS\x1b[0m  a <= 1", "  \x1b[32mholds\x1b[0m  b <= 1", "  \x1b[33mold\x1b[0m"]
    assert [re.sub(r"\x1b\[[\d;]*m", "", line) for line in coloured] == drawn(*notices)


def test_the_rule_and_the_guides_are_what_the_encoding_can_write() -> None:
    tree = Tree(Cell("a"), ["about"], [Tree(Cell("b"), [], [], value="1 kW"), Tree(Cell("c"), ["why"], [])])
    for encoding, rule, guides in (
        ("utf-8", "─", "├└"),
        ("gbk", "─", "├└"),
        ("ascii", "-", "+`"),
        ("no-such", "-", "+`"),
    ):
        assert set(drawn(small_table(), width=80, encoding=encoding)[1]) == {rule}, encoding
        lines = drawn(tree, encoding=encoding)
        assert [line[0] for line in lines] == ["a", "a", guides[0], guides[1], " "], encoding


def test_a_number_is_whole_from_twenty_columns_on() -> None:
    heads = [Column(kind="label"), Column(kind="unit"), *(Column(f"case {at}") for at in range(4))]
    figures = [Cell(f"{at}23,456,789.5", f"{at}23,456,789.5 USD") for at in range(1, 5)]
    table = Table(heads, [Row([Cell("training_cost_of_it_all", is_name=True), Cell("USD"), *figures])], turns=True)
    for width in range(20, 201):
        lines = drawn(table, width=width)
        assert all(any(each.text in line for line in lines) for each in figures), width
        assert all(len(line) <= width or len(line.split()) == 1 for line in lines), (width, lines)


def test_hostile_text_is_inert_everywhere() -> None:
    shown = "\\x1b[31m\\u202e[bold]x[/bold] \\x1b]8;;http://a\\x07b :smile: [link=http://x]y[/link]"
    table = Table([Column(HOSTILE, "label"), Column("n", "prose")], [Row([Cell(HOSTILE), Cell(HOSTILE)])])
    blocks: list[Block] = [
        table,
        Paragraph(HOSTILE),
        Notice(HOSTILE, "warning", HOSTILE),
        Tree(Cell("a"), [HOSTILE], [], value=HOSTILE),
    ]
    report = Report(HOSTILE, HOSTILE, [Section(HOSTILE, [*blocks], "x")])
    for colour in (False, True):
        text = render(report, on=Screen(300, colour, "utf-8"))
        plain = re.sub(r"\x1b\[(?:[1-4]|3[36]|1;3[136])?m|\x1b\[0m", "", text)
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", plain)
        assert plain.count(shown) == 11


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
    assert screen().colour is colour
    assert not screen(to_file=True).colour


@pytest.mark.parametrize(("columns", "width"), [("120", 120), ("5", 20), ("0", None), ("wide", None), ("١٢٠", None)])
def test_columns_says_how_wide(columns: str, width: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    otherwise = screen().width
    monkeypatch.setenv("COLUMNS", columns)
    assert screen().width == (width or otherwise)
    assert screen(to_file=True).width == 100
