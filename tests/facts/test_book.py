"""The book of facts reads only the lines that are asked for, and reads the same as when it reads them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from calc.errors import CalcError, SourceText
from calc.facts import COLUMNS, FactBook, read_seeds, standard_facts

if TYPE_CHECKING:
    from pathlib import Path

HEAD = ",".join(COLUMNS)
REST = "USD/server,2024,2024,list,x.example,vendor,,2026-11-29"


def book(*rows: str) -> FactBook:
    return FactBook(files=[SourceText("seeds/test.csv", "\n".join([HEAD, *rows]) + "\n")])


def test_a_bundle_reads_what_reading_everything_finds() -> None:
    facts = standard_facts()
    for subject in list(facts.subjects)[::25]:
        assert facts.bundle(subject) == facts.subjects[subject]
    for identifier, fact in facts.by_id.items():
        found = facts.find(identifier)
        assert found == fact
        assert found is not None
        assert (found.place, fact.place) == (fact.place, found.place)


def test_only_the_lines_of_the_subject_are_read() -> None:
    facts = book(f"box.server_price,box,server_price,x,,,{REST}", f"rack.server_price,rack,server_price,5,,,{REST}")
    bundle = facts.bundle("rack")
    assert bundle is not None
    assert bundle["server_price"].value == 5.0
    with pytest.raises(CalcError, match="`x` is no number"):
        facts.bundle("box")


def test_a_figure_of_a_fact_is_a_plain_number() -> None:
    """Python also reads 1_0 as 10, digits of other scripts, and words for infinity."""
    for text in ("1_0", "\u0663", "inf", "nan", " 5", "0x5"):
        with pytest.raises(CalcError, match="is no number"):
            book(f"box.server_price,box,server_price,{text},,,{REST}").bundle("box")


def test_a_subject_that_begins_another_is_another() -> None:
    facts = book(
        f"llama-3.server_price,llama-3,server_price,1,,,{REST}",
        f"llama-3.1.server_price,llama-3.1,server_price,2,,,{REST}",
        f"llama-31.server_price,llama-31,server_price,3,,,{REST}",
    )
    assert list(facts.subjects) == ["llama-3", "llama-3.1", "llama-31"]
    for subject, value in (("llama-3", 1.0), ("llama-3.1", 2.0), ("llama-31", 3.0)):
        assert [fact.value for fact in (facts.bundle(subject) or {}).values()] == [value]
        found = facts.find(f"{subject}.server_price")
        assert found is not None
        assert found.value == value
    assert facts.bundle("llama") is None
    assert facts.find("server_price") is None


def test_the_place_is_the_line() -> None:
    facts = book(f"a.server_price,a,server_price,1,,,{REST}", f"b.server_price,b,server_price,2,,,{REST}")
    assert [str(fact.place) for fact in facts.by_id.values()] == ["seeds/test.csv:2:1", "seeds/test.csv:3:1"]
    assert str((facts.bundle("b") or {})["server_price"].place) == "seeds/test.csv:3:1"


def test_a_line_with_other_columns_is_an_error_at_its_place() -> None:
    with pytest.raises(CalcError) as raised:
        book(f"a.server_price,a,server_price,1,000,,,{REST}").bundle("a")
    assert str(raised.value).splitlines()[0] == ("seeds/test.csv:2:1: error[E-FACT]: this fact has 15 columns, not 14")


def test_a_file_with_other_columns_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("id,value\na.b,1\n", encoding="utf-8")
    with pytest.raises(CalcError, match=r"the columns of seeds/odd\.csv are not id, subject"):
        read_seeds(path)
