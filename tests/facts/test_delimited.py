"""Delimited text: what spreadsheets write is read, what can be two things is refused, and places are those of cells."""

from __future__ import annotations

import pytest
from rows import each_row

from calc.errors import CalcError, Problems, SourceText
from calc.facts.delimited import Delimited, Numbers


def table(text: str) -> Delimited:
    return Delimited(SourceText("t.csv", text))


DRESSES = {
    "commas": "a,b\n1,x\n",
    "semicolons": "a;b\n1;x\n",
    "tabs": "a\tb\n1\tx\n",
    "bars": "a|b\n1|x\n",
    "windows": "a,b\r\n1,x\r\n",
    "old mac": "a,b\r1,x\r",
    "sep line": "sep=;\r\na;b\r\n1;x\r\n",
    "blank lines": "\n\na,b\n\n1,x\n,\n\n",
    "quotes": '"a","b"\n"1","x"\n',
    "no last line end": "a,b\n1,x",
    "empty columns": "a,b,,\n1,x,,\n",
}


@each_row("text", DRESSES)
def test_one_table_in_many_dresses(text: str) -> None:
    found = table(text)
    assert found.columns[:2] == ["a", "b"]
    assert [row.cells[:2] for row in found.rows(Problems())] == [["1", "x"]]


def test_places_are_those_of_cells() -> None:
    found = table('a,b,c\n1,"x, ""y""\nz",  3\n4,5,6\n')
    first, second = found.rows(Problems())
    # The quoted cell goes over a line end, so the third cell stands in line 3: `z",  3`, column 5 after two blanks.
    assert str(found.place(first.line, 1)) == "t.csv:2:3"
    assert str(found.place(first.line, 2)) == "t.csv:3:6"
    assert (str(found.place(second.line, 2)), second.line) == ("t.csv:4:5", 4)


def test_rows_of_another_length() -> None:
    problems = Problems()
    rows = [row.cells for row in table("a,b\n1\n1,2,3\n1,2,\n").rows(problems)]
    # What is left out at the end is empty; one cell too many is most often a comma without quotes.
    assert rows == [["1", ""], ["1", "2", ""]]
    assert [str(each.place) for each in problems.errors] == ["t.csv:3:5"]


def test_what_is_large_is_refused_or_read_at_once() -> None:
    with pytest.raises(CalcError, match="has more columns"):
        table("," * 1_000_000)
    with pytest.raises(CalcError, match="is empty"):
        table("\n" * 1_000_000)
    found = table("\n" * 1_000_000 + "a,b\n1,x\n")
    assert (found.head_line, [row.line for row in found.rows(Problems())]) == (1_000_001, [1_000_002])


def test_what_is_no_table_is_refused() -> None:
    for text, words in {"": "is empty", "\n \n": "is empty", 'a,b\n"1,2\n': "is no CSV"}.items():
        with pytest.raises(CalcError, match=words):
            list(table(text).rows(Problems()))


READ = {
    "points": (("2.5", "1234"), "2.5 1234"),
    "commas": (("2,5", "1.234", "1.234,5"), "2.5 1234 1234.5"),
    "grouped points": (("1,234.5", "1,234"), "1234.5 1234"),
    "two groups": (("1.234.567", "2.500"), "1234567 2500"),
    "below one": (("0,123", "1,234"), "0.123 1.234"),
    "exponent": (("3e-06",), "3e-06"),
    "signs": (("-3.5", "+2"), "-3.5 2"),
}


@each_row(("texts", "wanted"), READ)
def test_numbers_of_a_file_are_written_in_one_way(texts: tuple[str, ...], wanted: str) -> None:
    def place() -> object:
        raise AssertionError

    numbers = Numbers([(each, place) for each in texts], comma_parts_cells=False)  # type: ignore[misc]  # never asked
    assert [numbers.read(each, place) for each in texts] == [float(each) for each in wanted.split()]  # type: ignore[arg-type]  # never asked


REFUSED = {
    "mixed": ("2.5", "2,5"), "either": ("1,234",), "point": ("1.234",), "word": ("n/a",), "script": ("\u0663",),
    "nan": ("nan",), "underscore": ("1_0",), "hex": ("0x5",), "unit": ("5 kW",), "broken groups": ("1,23,456.5",),
}  # fmt: skip


@each_row("texts", REFUSED)
def test_numbers_that_may_be_two_or_none_are_refused(texts: tuple[str, ...]) -> None:
    at = table("a\n1\n").at(2)

    def read() -> list[float]:
        numbers = Numbers([(each, lambda: at) for each in texts], comma_parts_cells=False)
        return [numbers.read(each, lambda: at) for each in texts]

    with pytest.raises(CalcError, match=r"may be|no number|decimal comma"):
        read()


def test_where_commas_part_cells_a_point_is_that_of_decimals() -> None:
    at = table("a\n1\n").at(2)
    assert Numbers([("1.234", lambda: at)], comma_parts_cells=True).read("1.234", lambda: at) == 1.234
