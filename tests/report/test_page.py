"""The page: one file, small, self-contained, with names for who cannot see it; the pictures are checked by numbers."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from calc_command import calc
from rows import each_row

from calc.errors import Problems
from calc.report import svg
from calc.report.answer_report import answer_page
from calc.report.html import page
from calc.scenario.load import load, load_text
from calc.scenario.resolve import Options, resolve
from calc.study.answer import answer

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 400_000
VOID = {"meta", "br", "rect", "line", "circle", "polygon", "polyline", "path"}
# Ranges in cases, years, all studies, many formulas.
SHOWN = ("own-colo-rent", "h100-cluster-4-years", "fifty-million", "cabinet-sweep", "two-clusters")
HOSTILE = """\
title: "<script>alert(1)</script> & <img src=x onerror=alert(1)>"
question: "</title><style>*{display:none}</style>"
inputs:
  server_power: {value: 4 to 5 kW, source: "javascript:alert(1) <a href='http://x'>y</a>"}
  rack_power_rated: 25 kW
cases: {"<b>bold</b>": {}, "\\"quoted\\" --> ]]>": {rack_power_rated: 30 kW}}
show: [servers_per_rack, rack_power_stranded]
"""


class Page(HTMLParser):
    """Reads a page and holds what stands in it."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


@cache
def page_of(name: str) -> str:
    problems = Problems()
    loaded = load_text(HOSTILE, "hostile.yaml", problems) if name == "hostile" else load(name, problems)
    return page(answer_page(answer(resolve(loaded, Options(samples=2000), problems))))


def read(text: str) -> Page:
    page = Page()
    page.feed(text)
    page.close()
    assert page.open == []
    return page


def test_what_stands_in_backquotes_is_code() -> None:
    """Also markup in them is words; one backquote alone stays."""
    text = """\
title: Do `servers_needed` fit?
question: From `rack_power_rated` and `<b>x</b>`, or a ` alone.
inputs: {rack_power_rated: 25 kW, server_power: 4.5 kW, hall_it_power: 1 MW}
show: [servers_per_rack]
checks: [servers_per_rack <= 4]
"""
    problems = Problems()
    shown = page(answer_page(answer(resolve(load_text(text, "page.yaml", problems), Options(), problems))))
    seen = Page()
    seen.feed(shown)
    assert "<title>Do servers_needed fit?</title>" in shown
    assert "<h1>Do <code>servers_needed</code> fit?</h1>" in shown
    assert "From <code>rack_power_rated</code> and <code>&lt;b&gt;x&lt;/b&gt;</code>, or a ` alone." in shown
    assert seen.text.count("`") == 1, re.findall(r".{20}`.{20}", seen.text)


def test_a_page_says_each_figure_once_above_what_is_folded() -> None:
    """Of make-or-buy what is saved leads, a row a stage; all else stands under the results alone."""
    short, _, below = page_of("make-or-buy").partition("<h2>")
    assert "model architecture" in short
    for each in ("cost made in-house", "all made", "7 more figures"):
        assert each not in short.partition('class="answer"')[2]
    assert "cost made in-house" in below


@each_row("name", {name: name for name in (*SHOWN, "hostile")})
def test_a_page_is_small_fetches_nothing_and_runs_nothing(name: str) -> None:
    text = page_of(name)
    page = read(text)
    assert len(text.encode()) < LARGEST
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "a", "form"}
    assert not re.search(r"url\(|@import|javascript:", "".join(re.findall("<style>.*?</style>", text, re.DOTALL)))
    for _, attributes in page.tags:
        assert not {key for key in attributes if key.startswith("on") or key in {"src", "href", "srcset"}}


@each_row("name", {name: name for name in SHOWN})
def test_tables_have_heads_and_pictures_have_names_and_data(name: str) -> None:
    page = read(page_of(name))
    for tag, attributes in page.tags:
        if tag == "th":
            assert attributes.get("scope") in {"col", "row"}
        if tag == "svg":
            assert attributes.get("aria-label") or attributes.get("aria-hidden") == "true"
    # A picture stands with a table: in the same section, or folded below it.
    pictures = [each for each in re.split(r"<h2>", page_of(name)) if '<svg viewBox="0 0 480' in each]
    assert all("<table" in each for each in pictures)


def test_a_page_says_the_answer_first_and_how_it_was_made() -> None:
    text = read(page_of("own-colo-rent")).text
    assert text.index("owning wins above") < text.index("Results")
    assert all(each in text for each in ("How it was made", "SHA-256", "seed", "calc run own-colo-rent"))
    assert "Formulas with their values" in text


def test_hostile_text_is_text() -> None:
    page = read(page_of("hostile"))
    assert "<script>alert(1)</script> & <img src=x onerror=alert(1)>" in page.text
    assert "</title><style>*{display:none}</style>" in page.text


def test_marks_are_round_and_enclose_what_is_drawn() -> None:
    # 0 to 7.3 in fifths is 1.46 a step, the next round number is 2; from -3 to 8 it is 2.2, so 2.5.
    assert svg.ticks(0, 7.3) == [0, 2, 4, 6, 8]
    assert svg.ticks(-3, 8) == [-5, -2.5, 0, 2.5, 5, 7.5, 10]
    assert svg.ticks(0.00123, 0.00124)[0] <= 0.00123
    assert svg.ticks(5, 5)[0] <= 5 < svg.ticks(5, 5)[-1]


def test_steps_begin_where_the_last_one_ended() -> None:
    # The scale goes from 0 to 15 over 180 to 410, 230 / 15 a unit: 10 ends at 333.3, 5 more at 410, 3 less at 364.
    drawn = svg.steps("from a to b", [("a", 10, True), ("more", 5, False), ("less", -3, False), ("b", 12, True)], str)
    bars = re.findall(r'<rect class="(\w+)" x="([\d.]+)" y="\d+" width="([\d.]+)"', drawn)
    assert bars == [
        ("total", "180.0", "153.3"),
        ("more", "333.3", "76.7"),
        ("less", "364.0", "46.0"),
        ("total", "180.0", "184.0"),
    ]


def test_a_histogram_is_as_high_as_its_counts() -> None:
    drawn = svg.histogram("h", [0, 1, 2], [10, 5], [("P50", 1.0)], str)
    heights = [float(each) for each in re.findall(r'<rect class="s0"[^>]*height="([\d.]+)"', drawn)]
    assert heights[0] == pytest.approx(2 * heights[1])
    assert "P50 1.0" in drawn


def test_the_command_writes_a_page(tmp_path: Path) -> None:
    done = calc("run", "lingang-racks", "-o", "rack.html", cwd=tmp_path)
    assert done.code == 0
    assert (tmp_path / "rack.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_figures_are_called_by_words_and_the_years_of_all_cases_are_drawn_once() -> None:
    name = "h100-cluster-4-years"
    page = page_of(name)
    told, _, folded = page.partition("<summary>Assumptions</summary>")
    found = answer(resolve(load(name, Problems()), Options(samples=2), Problems()))
    for figure in {each for case in found.columns for each in case.shown}:
        assert not re.search(rf"(?<![.\w]){figure}\b", told), figure
        assert f"<code>{figure}</code>" in folded or figure in folded, figure
    # Nine figures by year, of which those of three cases have three lines.
    years = told.partition("Year by year</h2>")[2].partition("<details>")[0]
    assert years.count("<figure>") == 9
    assert "NPV of owning" in told
    # What a year is made up of is a bar a year.
    assert "cash flow of owning is made up of" in told
    assert "--details" not in page
