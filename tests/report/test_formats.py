"""No two formats say different things: every renderer writes every section, statement and figure of a report."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from as_text import as_html, as_markdown
from markdown_it import MarkdownIt

from calc.errors import Problems
from calc.report.answer_report import answer_report
from calc.report.report import Cell, HeatMap, Notice, Paragraph, Report, Row, Section, Table, Tree
from calc.report.terminal import Screen, render
from calc.scenario.load import load_text
from calc.scenario.resolve import Options, resolve
from calc.study.answer import answer, answer_lines, resolve_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from calc.study.results import Answer

# Everything that a scenario can ask for: cases, years, ranges, a table, all studies, a check that fails and one that is
# doubtful, a figure without value, and texts that a format could obey.
EVERYTHING = """\
title: Everything | at *once* <b>
question: "What does `it` cost, [here](http://x)?"
years: 2026 to 2027
facts: [lingang-a100-server]
inputs:
  servers_needed: {value: 100 servers, source: "plan | of *May* <i>"}
  rack_power_rated: {value: 20 to 30 kW, source: vendor}
  server_power: {low: 4 kW, likely: 4.5 kW, high: 6 kW, source: measured}
  gpu_utilisation: {value: 50 % to 70 %, source: guess}
  token_price: {start: 3 USD/Mtoken, grows: 5 %/year, source: list}
  tokens_used: {value: 2B tokens, source: plan}
  low_fee: {value: 5 USD, source: test}
  high_fee: {value: 2 to 4 USD, source: test}
formulas:
  yearly_bill: token_price * tokens_used
  fees: low_fee + high_fee
  per_rack: fees / servers_per_rack
cases:
  small | one: {rack_power_rated: 5 to 6 kW}
  large: {high_fee: 6 to 8 USD}
  none fits: {rack_power_rated: 3 kW}
show: [servers_per_rack, racks_needed, fees, per_rack, yearly_bill, low_fee]
checks:
  - fees <= 10 USD
  - racks_needed <= 30 racks
table:
  "first | line": {scenario: lingang-racks, case: 25 kW, stated: rack_power_rated, computed: [servers_per_rack],
                   note: "as *told*"}
sweep: {low_fee: [4 USD, 5 USD, 6 USD], high_fee: [1 USD, 2 USD]}
find: {low_fee: {smallest within: 1 to 9 USD, so that: fees >= 6 USD}}
sensitivity: {of: [fees], flip: [fees <= 10 USD]}
compare: {cases: [small | one, large], of: [fees, servers_per_rack]}
uncertainty: {samples: 200}
"""
RENDERERS: dict[str, Callable[[Answer], str]] = {
    # So wide that the words of two columns are not mixed line by line.
    "table": lambda found: render(answer_report(found, likely=True), on=Screen(5000, colour=False, encoding="utf-8")),
    "markdown": as_markdown,
    "html": as_html,
}


@cache
def everything() -> Answer:
    problems = Problems()
    loaded = load_text(EVERYTHING, "everything.yaml", problems)
    options = Options()
    lines = resolve_lines(loaded.document, options, problems)
    found = answer(resolve(loaded, options, problems))
    found.lines = answer_lines(lines)
    return found


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def words_of(form: str, text: str) -> str:
    """Return what a reader of a format sees, blanks and line ends as single blanks."""
    if form == "html":
        reader = _Words()
        reader.feed(text)
        text = " ".join(reader.found)
    if form == "markdown":
        tokens = MarkdownIt("commonmark").enable("table").parse(text)
        # A token of a line break or of `strong` has no words; cells and paragraphs end their words.
        text = " ".join(
            "".join(each.content for each in token.children or []) for token in tokens if token.type == "inline"
        )
    return " ".join(text.replace("\u200b", "").split())


def statements(report: Report) -> Iterator[str]:
    yield report.title
    yield report.question
    for section in report.sections:
        yield section.title
        for block in section.blocks:
            if isinstance(block, Paragraph | Notice):
                yield block.text
            elif isinstance(block, Tree):
                yield from block.lines


def figures(report: Report) -> Iterator[Cell]:
    for section in report.sections:
        for block in section.blocks:
            # A map says by brackets which points hold, in the place of a column of `yes` and `no`.
            mapped = any(isinstance(each, HeatMap) for each in section.blocks)
            if isinstance(block, Table):
                for row in block.rows:
                    cells = [each for each in row.cells if each.text and not row.again]
                    yield from (each for each in cells if not mapped or each.base is not None)


def lost_figures(report: Report, words: str) -> list[str]:
    """Return the figures that are not among words, alone or as they read beside their unit."""
    return [
        each.text
        for each in figures(report)
        for part in (each.stack or (each,))
        if said(part.text) not in words and said(part.alone) not in words
    ]


def said(text: str) -> str:
    """Return words without what breaks a line: a narrow head parts a name after `_`."""
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("form", RENDERERS)
def test_every_format_writes_every_section_statement_and_figure(form: str) -> None:
    report = answer_report(everything(), likely=True)
    words = said(words_of(form, RENDERERS[form](everything())))
    # A page shows what stands in backquotes as code.
    unmarked = (lambda each: each.replace("`", "")) if form == "html" else str
    missing = [each for each in statements(report) if said(unmarked(each)) not in words]
    assert not missing, missing
    lost = lost_figures(report, words)
    assert not lost, lost


def test_the_report_has_everything_that_an_answer_can_have() -> None:
    keys = {section.key for section in answer_report(everything(), likely=True).sections}
    wanted = {
        "table", "results", "uncertainty", "by year", "what binds", "no value", "breakdown", "checks", "points", "goal",
        "drivers", "flips", "figures", "steps", "notes", "assumptions", "conventions", "not included", "warnings",
    }  # fmt: skip
    assert wanted - keys <= {"conventions", "what binds"}
    kinds = {type(block) for section in answer_report(everything(), likely=True).sections for block in section.blocks}
    assert {Paragraph, Notice, Table} <= kinds


def test_sections_stand_in_the_same_order_in_all_formats() -> None:
    titles = [section.title for section in answer_report(everything(), likely=True).sections if section.title]
    for form, write in RENDERERS.items():
        words, at = said(words_of(form, write(everything()))), 0
        for title in (each.replace("`", "") if form == "html" else each for each in titles):
            found = words.find(said(title), at)
            assert found >= 0, (form, title)
            at = found


def test_a_format_that_loses_a_figure_is_caught() -> None:
    """The test above would find it: a report with one more figure is not what the formats wrote."""
    more = answer_report(everything(), likely=True)
    more.sections.append(Section("One more", [Table([], [Row([Cell("123.456")])])]))
    words = said(words_of("table", RENDERERS["table"](everything())))
    assert lost_figures(more, words) == ["123.456"]
