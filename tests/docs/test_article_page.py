"""The page of the article: its rows are those of the table that ships, and its scenarios are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from calc.files import data_folder

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "article.md").read_text(encoding="utf-8")
ROWS = {int(row): line for line in PAGE.splitlines() for row in re.findall(r"^\| (\d+) \|", line)}
SHIPPED = {path.stem for path in data_folder("scenarios").glob("*.yaml")}
LINES = yaml.safe_load((data_folder("scenarios") / "article.yaml").read_text(encoding="utf-8"))["table"]


def test_all_seventeen_rows_stand_once_and_in_order() -> None:
    assert list(ROWS) == list(range(1, 18))
    assert [int(label.split()[0]) for label in LINES] == list(range(1, 18))


@pytest.mark.parametrize("row", ROWS)
def test_a_row_names_the_scenario_that_its_line_runs(row: int) -> None:
    named = re.findall(r"`([a-z0-9-]+)`", ROWS[row].split("|")[4])
    line = next(line for label, line in LINES.items() if label.split()[0] == str(row))
    assert line["scenario"] == named[0]
    assert set(named) <= SHIPPED


def test_rows_without_a_figure_state_none() -> None:
    without = {int(label.split()[0]) for label, line in LINES.items() if "stated" not in line}
    told = re.search(r"no figure for rows ([\d, and]+):", PAGE)
    assert told is not None
    assert without == {int(each) for each in re.findall(r"\d+", told[1])}


def test_every_scenario_of_the_article_is_on_the_page() -> None:
    named = set(re.findall(r"`([a-z0-9-]+)`", "\n".join(ROWS.values())))
    assert {line["scenario"] for line in LINES.values()} <= named
