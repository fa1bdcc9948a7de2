"""CSV and Markdown: every number of the JSON result stands there, and no text of a scenario is obeyed by its reader."""

from __future__ import annotations

import csv
import io
import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from as_text import as_markdown, as_table
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from shipped import answered

from calc.errors import Problems
from calc.report import csv as report_csv
from calc.report import json as report_json
from calc.report import markdown as markdown_text
from calc.scenario.case import BASE
from calc.scenario.load import load, shipped_scenarios
from calc.scenario.resolve import Options, resolve
from calc.study.answer import Answer, answer
from calc.text import escape
from calc.units.format import bare_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from markdown_it.token import Token

    from calc.engine.catalogue import Catalogue, Quantity

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
STATISTICS = ("mean", "p10", "p50", "p90")
FORMULA_STARTS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", "\r=1")
# What our own reports are made of; anything else would come from a text.
OWN = {"heading", "table", "thead", "tbody", "tr", "th", "td", "paragraph", "bullet_list", "list_item", "strong"}
OWN_LEAVES = {"inline", "text", "code_inline"}
HOSTILE = (
    "# heading", "a | b", "`code`", "**bold**", "[x](http://x.example)", "![x](y.png)", "<b>x</b>", "<http://x.example>",
    "<!-- x", "~~gone~~", "- item", "12. item", "7) item", "1.", "> quoted", "===", "---", "a\n\n# b", "a\n\n    b",
    "&amp;", "&#42;", "\\", "\\|", "x_y_z", "@octocat and @team/x", "[x]: http://x.example", "|---|---|", "```",
    "why #",
)  # fmt: skip
UNCERTAIN = """\
inputs:
  server_power: {mean: 5 kW, sd: 0.5 kW}
  rack_power_rated: 10 to 25 kW
  rack_power_derating: {low: 70 %, likely: 80 %, high: 90 %}
  servers_needed: {p10: 100 servers, p90: 300 servers}
  budget_total: 50 USD
  compute_budget: 51.25 USD
show: [rack_power_usable, rack_power_stranded, racks_needed, excess]
formulas: {excess: budget_total - compute_budget}
"""


def side_by_side(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what stands side by side in a report, from a JSON result: cases, or their parts and then the whole.

    The name of each is the one that a reader knows it by.
    """
    columns = []
    for case in found["cases"]:
        before = "" if case["name"] == BASE else f"{case['name']}: "
        parts = case.get("parts", [])
        columns += [{**part, "name": f"{before}{part['name']}"} for part in parts]
        columns.append({**case, "name": f"{before}all parts"} if parts else case)
    return columns


def answered_text(folder: Path, text: str) -> Answer:
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    problems = Problems()
    return answer(resolve(load(str(path), problems), Options(), problems))


def table(found: Answer) -> list[dict[str, str]]:
    """Return the CSV as a spreadsheet reads it."""
    reader = csv.reader(io.StringIO(report_csv.render(found), newline=""), strict=True)
    head, *body = list(reader)
    return [dict(zip(head, row, strict=True)) for row in body]


def number(cell: str) -> float | None:
    return float(cell) if cell else None


def scenario_of(title: str, source: str, case: str) -> str:
    """Return a scenario with hostile texts; JSON strings are YAML strings too."""
    quoted = [json.dumps(each) for each in (title, source, case)]
    return (
        f"title: {quoted[0]}\nquestion: {quoted[0]}\n"
        f"inputs: {{server_power: {{value: 4.5 kW, source: {quoted[1]}, note: {quoted[1]}}}, rack_power_rated: 9 kW}}\n"
        f"cases: {{{quoted[2]}: {{}}, other: {{}}}}\nshow: [servers_per_rack]\n"
    )


# ---------------------------------------------------------------- CSV


def blocks(result: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield case, part and what the JSON says of them; the part is empty for the whole case."""
    for case in result["cases"]:
        yield case["name"], "", case
        for part in case.get("parts", []):
            yield case["name"], part["name"], part


def by_year(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a figure or input of the JSON as often as it has years."""
    years: list[dict[str, Any]] = found.get("by_year", [found])
    return years


def agree(found: Answer) -> None:
    """Hold the CSV against the JSON: it has every number of it, each in a row of its own."""
    result, rows = report_json.as_dict(found), table(found)
    assert all(list(row) == ["case", "part", "quantity", "year", "statistic", "value", "unit"] for row in rows)
    seen = 0
    for name, part, case in blocks(result):
        here = [row for row in rows if (row["case"], row["part"]) == (name, part)]
        mine = [row for row in here if row["statistic"] != "cabinets"]
        agree_in(case, mine)
        seen += len(mine)
    for case in result["cases"]:
        # the plan of a hall: a row for each kind and filling of its cabinets
        rack = [
            row for row in rows if (row["case"], row["statistic"], row["unit"]) == (case["name"], "cabinets", "rack")
        ]
        planned = [
            (each["kind"], ", ".join(f"{count} {of}" for of, count in each["servers"].items()), each["count"])
            for each in case.get("placement", {}).get("cabinets", ())
        ]
        assert [(row["part"], row["quantity"], number(row["value"])) for row in rack] == planned
        seen += len(rack)
    lines = [(each, column) for each in result.get("table", ()) for column in ("stated", "computed")]
    assert len(rows) == seen + sum(len(each[column]) for each, column in lines)


def agree_in(case: dict[str, Any], mine: list[dict[str, str]]) -> None:
    """Hold the rows of one case or part against what the JSON says of it."""
    found = {(row["quantity"], row["year"], row["statistic"]): number(row["value"]) for row in mine}
    assert len(found) == len(mine)
    expected: dict[tuple[str, str, str], float | None] = {}
    for name, result in case["results"].items():
        for each in by_year(result):
            about = (name, str(each.get("year", "")))
            expected[*about, "value"] = each["value"]
            keys = (*STATISTICS, "p5", "p95", "share_without_value")
            expected.update({(*about, key): each[key] for key in keys if each.get(key) is not None})
    for name, entry in case["inputs"].items():
        for each in by_year(entry):
            about = (name, str(each.get("year", "")))
            expected[*about, "given"] = each["value"]
            spread = {key: value for key, value in (each["distribution"] or {}).items() if key != "kind"}
            expected.update({(*about, f"given {key}"): value for key, value in spread.items()})
        if "growth" in entry:
            expected[name, "", "given growth"] = entry["growth"]["value"]
    for check in case["checks"]:
        about = (" ".join(check["check"].split()), str(check.get("year", "")))
        expected[*about, "holds"] = int(check["passed"])
        expected.update({(*about, "probability"): each for each in [check["probability"]] if each is not None})
    stranded = case.get("placement", {}).get("stranded", {"unit": "kW"})
    causes = {cause: value for cause, value in stranded.items() if cause not in {"unit", "cost"}}
    expected.update({(cause, "", "rated power"): value for cause, value in causes.items()})
    assert all(row["unit"] == stranded["unit"] for row in mine if row["statistic"] == "rated power")
    assert found == expected
    units = {name: each["unit"] for name, each in [*case["results"].items(), *case["inputs"].items()]}
    assert all(row["unit"] == units[row["quantity"]] for row in mine if row["statistic"] in {"value", "p50", "given"})


@pytest.mark.parametrize("name", shipped_scenarios())
def test_csv_of_every_shipped_scenario_agrees_with_the_json(name: str) -> None:
    agree(answered(name))


def test_csv_of_every_kind_of_distribution_agrees_with_the_json(tmp_path: Path) -> None:
    agree(answered_text(tmp_path, UNCERTAIN))


CHECKED = """\
inputs:
  server_power: 4 to 5 kW
  rack_power_rated: 25 kW
show: [servers_per_rack]
checks: [rack_power_stranded <= 4 kW with 80 % confidence, servers_per_rack >= 7]
"""


def test_csv_says_how_checks_came_out(tmp_path: Path) -> None:
    found = answered_text(tmp_path, CHECKED)
    agree(found)
    rows = {(row["quantity"], row["statistic"]): row["value"] for row in table(found)}
    # At 4.5 kW five servers take 22.5 of 25 kW. From 4 kW to 25 / 6 six fit, above 25 / 5 five do, and more than 4 kW
    # are stranded only from 25 / 6 to 21 / 5 = 4.2 kW: a thirtieth of the range.
    share = "rack_power_stranded <= 4 kW with 80 % confidence"
    assert rows[share, "holds"] == "1"
    assert float(rows[share, "probability"]) == pytest.approx(29 / 30, abs=0.004)
    assert rows["servers_per_rack >= 7", "holds"] == "0"


def test_wide_csv_has_the_years_across() -> None:
    found = answered("h100-cluster-4-years")
    head, *body = csv.reader(io.StringIO(report_csv.render(found, wide=True), newline=""), strict=True)
    assert head == ["case", "part", "quantity", "statistic", "unit", "value", "2025", "2026", "2027", "2028"]
    numbers = {(row["case"], row["quantity"], row["statistic"], row["year"]): row["value"] for row in table(found)}
    across = {
        (row[0], row[2], row[3], year): row[at]
        for row in body
        for at, year in ((5, ""), *enumerate(head[6:], 6))
        if row[at]
    }
    assert across == {key: value for key, value in numbers.items() if value}
    assert len({(row[0], row[2], row[3]) for row in body}) == len(body)


def test_a_negative_number_stays_a_number(tmp_path: Path) -> None:
    rows = [row for row in table(answered_text(tmp_path, UNCERTAIN)) if row["quantity"] == "excess"]
    assert [row["value"] for row in rows] == ["-1.25"]


def is_inert(cell: str, words: str) -> bool:
    """Tell whether a cell holds the words behind an apostrophe; line breaks and tabs may have become blanks."""
    return cell.startswith("'") and cell[1:].split() == words.split()


@pytest.mark.parametrize("hostile", FORMULA_STARTS)
def test_no_cell_of_text_begins_like_a_formula(hostile: str) -> None:
    rows = [{"case": hostile, "source": hostile, "value": -1.5, "name": "plain"}]
    (row,) = list(csv.DictReader(io.StringIO(report_csv.table(("case", "name", "value", "source"), rows), newline="")))
    assert is_inert(row["case"], hostile)
    assert is_inert(row["source"], hostile)
    assert (row["value"], row["name"]) == ("-1.5", "plain")


@pytest.mark.parametrize("hostile", [*FORMULA_STARTS, '=HYPERLINK("http://x.example";"x")', "=a,b\"c'd"])
def test_hostile_names_and_sources_are_inert_in_a_whole_report(hostile: str, tmp_path: Path) -> None:
    case = hostile.strip()
    rows = table(answered_text(tmp_path, scenario_of(hostile, hostile, case)))
    assert {row["case"] for row in rows} == {f"'{case}", "other"}


def test_a_line_break_in_a_text_begins_no_row() -> None:
    """A lone carriage return ends a row for every spreadsheet, and `=` after it would begin a formula."""
    for line_end in ("\n", "\r", "\r\n"):
        text = report_csv.table(("source",), [{"source": f"seen{line_end}=1+1"}])
        assert text.splitlines() == ["source", "seen =1+1"]


# ---------------------------------------------------------------- Markdown


def kinds(tokens: list[Token]) -> set[str]:
    """Return the kinds of all tokens, inner ones too, without `_open` and `_close`, and no line breaks of cells."""
    whole = [inner for token in tokens for inner in (token, *(token.children or [])) if inner.content != "<br>"]
    return {re.sub(r"_(open|close)$", "", token.type) for token in whole}


def shown(token: Token) -> str:
    """Return the words that a reader sees of an inline token; a space without width may stand behind an `@`."""
    return "".join(each.content for each in token.children or []).replace("\u200b", "")


def cells(tokens: list[Token]) -> list[list[list[str]]]:
    """Return the tables as rows of cells."""
    tables: list[list[list[str]]] = []
    for before, token in pairwise(tokens):
        if before.type == "table_open":
            tables.append([])
        elif before.type == "tr_open":
            tables[-1].append([])
        if before.type in {"th_open", "td_open"}:
            tables[-1][-1].append(shown(token))
    return tables


def headings(tokens: list[Token]) -> list[str]:
    return [shown(tokens[at + 1]) for at, token in enumerate(tokens) if token.type == "heading_open"]


@pytest.mark.parametrize("name", shipped_scenarios())
def test_markdown_of_every_shipped_scenario_holds_every_figure(name: str) -> None:
    found = answered(name)
    result, text = report_json.as_dict(found), as_markdown(found)
    tokens = READER.parse(text)
    assert kinds(tokens) <= OWN | OWN_LEAVES
    columns = side_by_side(result)
    all_cells = [row for rows in cells(tokens) for row in rows]
    names = [case["name"] for case in columns]
    heads = (names, ["figure"])
    # the answer above calls its figures by their labels; the results below name them
    begin = next((at for at, token in enumerate(tokens) if token.type == "inline" and shown(token) == "Results"), 0)
    below = cells(tokens[begin:])
    tables = [rows for rows in below if rows[0][1:] in heads or [row[0] for row in rows[1:]] == names]
    figures = tables[0] if tables else [[""]]
    # column by column or row by row: every figure stands where its case and its name cross
    if figures[0][1:] in heads:
        figures = [list(row) for row in zip(*[["", *names], *figures[1:]], strict=True)]
    by_case = {row[0]: dict(zip(figures[0][1:], row[1:], strict=True)) for row in figures[1:]}
    for case in columns:
        for figure, each in case["results"].items():
            if "by_year" in each:
                quantity = found.scenario.catalogue[figure]
                is_uncertain = any(year["p50"] is not None for year in each["by_year"])
                for key in ("p50", "p10", "p90", "value") if is_uncertain else ("value",):
                    years = [_bare(year[key], quantity) for year in each["by_year"]]
                    words = {"value": "at the likely values"}.get(key, key)
                    label = f"{figure} {words}" if is_uncertain else figure
                    assert any(row[0] == label and row[2:] == years for row in all_cells), (figure, key)
                continue
            assert by_case[case["name"]][figure].startswith(each["headline"])
            if each["value"] is None:
                assert each["reason"] in text.replace("\\", "")
    inputs = {cell for row in all_cells for cell in row}
    for case in columns:
        for name_of, value in case["inputs"].items():
            assert name_of in inputs
            assert any(cell.startswith(value["text"]) for cell in inputs), name_of
    words = "\n".join(shown(token) for token in tokens if token.type == "inline")
    for left_out in {each for case in columns for each in case["not_included"]}:
        assert left_out in words
    assert all(" ".join(line.split()) in words for line in result["warnings"])
    assert all(told["text"] in words for case in columns for told in case.get("verdicts", []))


def _bare(value: float | None, quantity: Quantity) -> str:
    if value is None:
        return "no value"
    return bare_text(value * quantity.unit.factor, quantity.unit, share=quantity.is_share)


def statements(result: dict[str, Any]) -> Iterator[str | re.Pattern[str]]:
    """Yield every statement of a JSON result that the table report makes, as a piece of what it says there."""
    for case in side_by_side(result):
        for name, each in case["results"].items():
            yield each["headline"] if "by_year" not in each else name
            yield from [each["reason"]] if each["value"] is None and "by_year" not in each else []
            yield from (year["reason"] for year in each.get("by_year", ()) if year["value"] is None)
            yield from (f"{name}: {binding}" for binding in each.get("binding", ()))
            for part in each.get("breakdown", ()):
                yield part["name"]
                yield f"{part['share'] * 100:.1f} %" if abs(part["share"]) > 0.0005 else part["name"]
            yield from each.get("left_out", ())
        for check in case["checks"]:
            failed = None if check["passed"] else check.get("meaning")
            yield f"{'holds' if check['passed'] else 'fails'}: {failed or check['check']}"
        yield from (told["text"] for told in case.get("verdicts", ()))
        for name, each in case["variants"].items():
            yield f"{name}: {each['variant']}" + (f" ({each['assumes']})" if each["assumes"] else "")
    yield from result["warnings"]
    yield from (line["note"] for line in result.get("table", ()) if line["note"])
    studies = result.get("studies", {})
    for goal in studies.get("find", {}).get("goals", ()):
        yield goal["goal"]
        yield from (case["explanation"] for case in goal["cases"])
        yield from (f"the check `{each}` fails there" for case in goal["cases"] for each in case["failed_checks"])
        yield from (f"{each} changes nothing" for case in goal["cases"] for each in case["without_effect"])
    yield from studies.get("compare", {}).get("notes", ())
    yield from studies.get("sensitivity", {}).get("notes", ())
    for case in studies.get("sensitivity", {}).get("cases", ()):
        yield from (flip["verdict"] for flip in case["flips"])


@pytest.mark.parametrize("name", shipped_scenarios())
def test_markdown_of_every_shipped_scenario_makes_every_statement(name: str) -> None:
    found = answered(name)
    result = report_json.as_dict(found)
    tokens = READER.parse(as_markdown(found))
    words = "\n".join(shown(token) for token in tokens if token.type == "inline")
    printed = as_table(found)
    assert ("sampling error" in printed) == ("sampling error" in words)
    missing = [
        each
        for each in statements(result)
        if not (each.search(words) if isinstance(each, re.Pattern) else " ".join(each.split()) in words)
    ]
    assert not missing, missing
    told = left_out_told(words, found.scenario.catalogue)
    left_out: dict[str, set[str]] = {}
    for case in side_by_side(result):
        for figure, each in case["results"].items():
            left_out.setdefault(figure, set()).update(each.get("left_out", ()))
    assert told == {figure: names for figure, names in left_out.items() if names}


def left_out_told(words: str, catalogue: Catalogue) -> dict[str, set[str]]:
    """Return what each figure is said to leave out; `all of these but` and topics are put into names again."""
    lines = re.findall(r"^left out of (.*?): (.*)$", words, re.MULTILINE)
    before = words.partition("left out of ")[0].rpartition("Not included")[2]
    listed = {each for each in re.findall(r"[a-z][a-z0-9_]+", before) if each in catalogue.quantities}
    everything = {each for each in listed if catalogue[each].optional}

    def names(text: str) -> set[str]:
        found: set[str] = set()
        for each in text.split(", "):
            topic = re.fullmatch(r"all of `(.*)`", each)
            of_topic = {name for name in everything if topic and catalogue[name].topic.partition(":")[0] == topic[1]}
            found |= of_topic or {each}
        return found

    def meant(text: str) -> set[str]:
        if not text.startswith(("all of these", "this")):
            return names(text)
        return everything - (names(text.partition(" but ")[2]) if " but " in text else set())

    return {figure: meant(text) for figures, text in lines for figure in figures.split(", ")}


def test_what_markdown_would_not_interpret_is_written_as_it_is() -> None:
    same = ["0.5 kW", "-$0.0024", "+3 %", "1.333", "token_price (USD/token)", "a <= 2.5 kW", "R&D", "2 * 3", "x >= 1"]
    assert [markdown_text.text(each) for each in same] == same


def test_markdown_shows_percentiles_where_there_are_some(tmp_path: Path) -> None:
    found = answered_text(tmp_path, UNCERTAIN)
    statistics = report_json.as_dict(found)["cases"][0]["results"]["rack_power_usable"]
    rows = [row for rows in cells(READER.parse(as_markdown(found))) for row in rows]
    (row,) = [row for row in rows if row[0] == "rack_power_usable" and len(row) > 4]
    for key in STATISTICS:
        # four significant digits, as everywhere
        near = [float(cell.replace(",", "")) for cell in row if re.fullmatch(r"[\d.,e+]+", cell)]
        assert any(each == pytest.approx(statistics[key], rel=1e-3) for each in near), key


def test_markdown_shows_what_an_input_is_in_every_year(tmp_path: Path) -> None:
    inputs = "{price: {by year: {2026: $10, 2027: 10 to 14 USD}}, rent: {start: $5, grows: 3 %/year}}"
    scenario = f"years: 2026 to 2027\ninputs: {inputs}\nformulas: {{both: price + rent}}\n"
    rows = [row for rows in cells(READER.parse(as_markdown(answered_text(tmp_path, scenario)))) for row in rows]
    shown_as = {row[0]: row[1] for row in rows if len(row) == 3 and row[0] in {"price", "rent"}}
    assert shown_as["price"] == "$10 in 2026; $12 ($10 to $14) in 2027, one draw for all years"
    assert shown_as["rent"] == "$5, grows 3 %/year"


@pytest.mark.parametrize("name", shipped_scenarios())
def test_tables_have_equal_columns_in_every_row(name: str) -> None:
    lines = as_markdown(answered(name)).splitlines()
    widths = [len(re.findall(r"(?<!\\)\|", line)) for line in lines if line.startswith("|")]
    groups = [[len(row) for row in rows] for rows in cells(READER.parse("\n".join(lines)))]
    assert len(groups) >= 2
    assert all(len(set(group)) == 1 for group in groups)
    # a row with too many cells would be cut by the parser and go unnoticed above
    assert widths == [width for group in groups for width in [group[0] + 1, *(each + 1 for each in group)]]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_texts_are_shown_and_not_obeyed(hostile: str, tmp_path: Path) -> None:
    case = " ".join(hostile.split())
    tokens = READER.parse(as_markdown(answered_text(tmp_path, scenario_of(hostile, hostile, case))))
    assert kinds(tokens) <= OWN | OWN_LEAVES
    assert headings(tokens)[0] == case
    assert headings(tokens)[1:4] == ["Results", "Assumptions", "Not included"]
    assert set(headings(tokens)[4:]) <= {"Warnings"}
    whole = [cell for rows in cells(tokens) for row in rows for cell in row]
    assert case in whole
    assert any(cell.startswith(case) and cell != case for cell in whole), "the source with its place"
    question = next(at for at, token in enumerate(tokens) if token.type == "paragraph_open")
    assert shown(tokens[question + 1]) == case
    assert {token.type for token in tokens[:question]} == {"heading_open", "inline", "heading_close"}


@settings(max_examples=500, deadline=None)
@given(st.text(st.sampled_from("#a1 .)*_`[]()!|<>&;@\\~-+=:/\n\t\"'$x{}^%\u4e2d"), max_size=14))
def test_any_text_is_shown_as_it_is(words: str) -> None:
    wanted = escape(" ".join(words.split()))
    for before, wrapping in (
        ("# ", {"heading"}),
        ("", {"paragraph"}),
        ("- ", {"bullet_list", "list_item", "paragraph"}),
    ):
        tokens = READER.parse(f"{before}{markdown_text.text(words)}\n")
        inline = [shown(token) for token in tokens if token.type == "inline"]
        assert kinds(tokens) <= wrapping | {"inline", "text"}
        assert "".join(inline) == wanted
    tokens = READER.parse(markdown_text.table(["a", "b"], [[markdown_text.text(words), "x"]], set()))
    assert cells(tokens)[0][1:] == [[wanted, "x"]]


@pytest.mark.parametrize("words", ["@octocat", "see @octocat", "(@team/x)", "@a@b"])
def test_nobody_is_mentioned(words: str) -> None:
    """GitHub looks for mentions in the rendered words, so an entity for `@` does not help (github/cmark-gfm#181)."""
    rendered = READER.render(markdown_text.text(words)).replace("<!-- -->", "\u200b")
    assert "@" in rendered
    assert not re.search(r"@\w", rendered)


def test_the_json_that_all_this_is_compared_with_has_numbers(tmp_path: Path) -> None:
    case = report_json.as_dict(answered_text(tmp_path, UNCERTAIN))["cases"][0]
    assert {each["distribution"]["kind"] for each in case["inputs"].values() if each["distribution"]} == {
        "normal",
        "uniform",
        "triangular",
        "lognormal",
    }
    assert all(case["results"]["rack_power_usable"][key] > 0 for key in STATISTICS)
