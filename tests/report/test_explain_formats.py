"""`explain` as JSON and Markdown, and a reviewer's pen and paper: every figure is computed again from its formula."""

from __future__ import annotations

import ast
import json
import math
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import shipped
from as_text import explained as render
from markdown_it import MarkdownIt
from pen_and_paper import CALLED, NO_VALUE, NOT_INCLUDED, Known, computed

from calc.cli.options import app
from calc.errors import Problems
from calc.facts import standard_facts
from calc.report import json as report_json
from calc.report.explain_report import as_dict as tree_of
from calc.scenario.load import load_text, shipped_scenarios
from calc.scenario.resolve import Options, resolve
from calc.study.answer import Answer, answer
from calc.units import parse_unit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Tree = dict[str, Any]
KEYS = {
    "name", "meaning", "value", "unit", "text", "status", "reason", "formula", "substituted", "formula_source",
    "assumes", "binding", "source", "note", "fact", "fact_status", "place", "mean", "p10", "p50", "p90", "repeated",
    "children",
}  # fmt: skip
# Paths that no shipped scenario takes: height binds or ties, a variant, an optional share, and a quotient by none.
OTHERS = {
    "height": """\
extends: lingang-racks
inputs: {server_height: 6 U, rack_height: 24 U, floor_area_per_rack: 2.5 m2}
show: [servers_per_rack, racks_needed, floor_area, rack_power_utilisation, rack_power_stranded_share]
""",
    "variant": """\
extends: fifty-million
inputs: {power_and_hosting_share: 12.5 %}
use: {gpu_hours_affordable: even_delivery}
show: [gpu_hours_affordable, servers_affordable, items_affordable]
""",
    "own formulas": """\
inputs: {a: 3 kWh, b: 40 minutes, c: 3 servers}
formulas: {mean_power: a / b, each: (a - a / 2) / c, bounded: "minimum(maximum(mean_power, a / b), 2 * mean_power)"}
""",
}


@cache
def answered(name: str) -> Answer:
    if name not in OTHERS:
        return shipped.answered(name)
    problems = Problems()
    return answer(resolve(load_text(OTHERS[name], "<text>", problems), Options(), problems))


@cache
def document(name: str, figure: str, depth: int | None = None) -> dict[str, Any]:
    # Written on one line: an indented tree of 200 figures takes a second.
    found: dict[str, Any] = json.loads(json.dumps(tree_of(answered(name), figure, depth=depth), allow_nan=False))
    assert (found["schema"], found["name"]) == ("calc.explain/1", figure)
    return found


def explained(name: str, figure: str, depth: int | None = None) -> dict[str, Tree]:
    """Return the tree of a figure by what it stands in: a case, a part, or a part of a case."""
    cases = document(name, figure, depth)["cases"]
    return {f"{case['name']}: {case['part']}" if "part" in case else case["name"]: case["tree"] for case in cases}


def figures(name: str) -> list[str]:
    return list(dict.fromkeys(figure for column in answered(name).columns for figure in column.shown))


every_scenario = pytest.mark.parametrize("name", [*shipped_scenarios(), *OTHERS])


def nodes(tree: Tree, *, with_parts: bool = True) -> Iterator[Tree]:
    yield tree
    for child in tree["children"]:
        if with_parts or not child.get("part"):
            yield from nodes(child, with_parts=with_parts)


# ---------------------------------------------------------------- pen and paper


def coherent(node: Tree) -> Known:
    """Return a node's value in coherent units, one a year where they differ, or the words for its absence."""
    factor = parse_unit(node["unit"]).factor
    if "by_year" in node:
        return [str(row["text"]) if row["value"] is None else row["value"] * factor for row in node["by_year"]]
    return str(node["text"]) if node["value"] is None else float(node["value"]) * factor


def spaces(tree: Tree) -> Iterator[list[Tree]]:
    """Yield the nodes of a case, and those of every part under it; the same name may be another figure in each."""
    whole = list(nodes(tree, with_parts=False))
    yield whole
    for node in whole:
        yield from (list(nodes(child)) for child in node["children"] if child.get("part"))


def by_name(found: list[Tree]) -> dict[str, Known]:
    known: dict[str, Known] = {}
    for node in found:
        value = coherent(node)
        assert known.setdefault(node["name"], value) == value, "one name has one value in a case"
    return known


def agrees(found: Known, stated: Known) -> bool:
    if isinstance(found, list) or isinstance(stated, list):
        assert isinstance(found, list)
        assert isinstance(stated, list)
        return all(agrees(one, other) for one, other in zip(found, stated, strict=True))
    if isinstance(found, str) or isinstance(stated, str):
        return found == stated
    return math.isclose(found, stated, rel_tol=1e-9)


@every_scenario
def test_every_shown_figure_can_be_computed_again(name: str) -> None:
    for figure in figures(name):
        steps = 0
        years = len(document(name, figure).get("years", []))
        for tree in explained(name, figure).values():
            for inside in spaces(tree):
                steps += computed_again(inside, years)
            steps += added_up(tree)
        assert steps > 0 or all(tree["status"] != "derived" for tree in explained(name, figure).values()), figure


def computed_again(inside: list[Tree], years: int) -> int:
    """Hold every figure against its formula; return how many there are."""
    known, steps = by_name(inside), 0
    for node in inside:
        # A figure that is left out asks for no figures beyond those that it lacks.
        if node["formula"] is None or node["status"] == NOT_INCLUDED or node["formula"].startswith("sum of "):
            continue
        assert agrees(computed(node["formula"], known, years), known[node["name"]]), (node["name"], node["formula"])
        steps += 1
    return steps


def added_up(tree: Tree) -> int:
    """Hold every sum over the parts against what stands under it; return how many there are."""
    sums = [node for node in nodes(tree, with_parts=False) if (node["formula"] or "").startswith("sum of ")]
    sums = [node for node in sums if not node["repeated"] and node["status"] != NOT_INCLUDED]
    for node in sums:
        (added,) = {child["name"] for child in node["children"]}
        assert node["formula"] == f"sum of {added} over {', '.join(child['part'] for child in node['children'])}"
        lines = [coherent(child) for child in node["children"]]
        # A part in which the figure is not included adds nothing.
        columns = [line if isinstance(line, list) else [line] for line in lines if line != NOT_INCLUDED]
        wide = max(map(len, columns))
        totals = [math.fsum(float(each[at % len(each)]) for each in columns) for at in range(wide)]
        assert agrees([*totals] if wide > 1 else totals[0], coherent(node))
    return len(sums)


def test_pen_and_paper_notices_a_wrong_number() -> None:
    tree = explained("lingang-racks", "stranded_power_total")["25 kW"]
    known = by_name(list(nodes(tree)))
    assert computed(tree["formula"], known) == pytest.approx(500_000 * parse_unit("W").factor)
    wrong = {**known, "server_power": 4.6 * parse_unit("kW/server").factor}
    assert computed(tree["formula"], wrong) == pytest.approx(400_000 * parse_unit("W").factor)
    assert computed("floor(a / b)", {"a": 18.0 - 1e-10, "b": 4.5}) == 4
    assert computed("ceil(a / b)", {"a": 1.0, "b": 0.0}) == NO_VALUE
    assert computed("2 - if_included(a, 1)", {"a": NOT_INCLUDED}) == 1


def test_what_is_not_included_takes_no_room_unless_all_is_asked_for() -> None:
    """Five limits that nobody gave took 60 of 134 lines, and stood in the numbers of the sum."""
    text, whole = (render(answered("lingang-racks"), "servers_per_rack", depth=depth) for depth in (2, None))
    assert "minimum(5 servers/rack" not in text
    assert "servers_per_rack_by_weight (not included)" in text
    assert "rack_weight_fitted" in whole
    assert "rack_weight_fitted" not in text
    # of the numbers only those that are there
    assert explained("lingang-racks", "servers_per_rack")["25 kW"]["substituted"] == "5 servers/rack"


# ---------------------------------------------------------------- the tree as JSON


@every_scenario
def test_the_tree_names_the_source_of_every_number(name: str) -> None:
    shared = ("value", "unit", "text", "formula", "mean", "p10", "p50", "p90")
    for figure in figures(name):
        result = results(name, figure)
        assert list(explained(name, figure)) == list(result)
        for where, tree in explained(name, figure).items():
            assert {key: tree[key] for key in shared} == {key: result[where][key] for key in shared}
            rows = [{key: row[key] for key in row if key != "text"} for row in tree.get("by_year", [])]
            assert rows == result[where].get("by_year", [])
            for inside in spaces(tree):
                full = {node["name"]: node for node in inside if not node["repeated"]}
                for node in inside:
                    assert node["repeated"] <= (node["name"] in full), "what is not repeated stands elsewhere"
                    names_its_source(node, answered(name))


@cache
def as_dict(name: str) -> dict[str, Any]:
    return report_json.as_dict(answered(name))


def results(name: str, figure: str) -> dict[str, dict[str, Any]]:
    """Return what `calc run` says of a figure, by what it stands in, in the order of a report."""
    found = {}
    for case in as_dict(name)["cases"]:
        for part in case.get("parts", []):
            found[f"{case['name']}: {part['name']}"] = part["results"]
        found[case["name"]] = case["results"]
    return {where: each[figure] for where, each in found.items() if figure in each}


def is_first_year(node: Tree) -> bool:
    """Tell whether a node is the one default that no fact gives: the scenario's own `years` do."""
    return node["name"] == "first_year" and node["source"] == "the first of `years`" and bool(node["place"])


def names_its_source(node: Tree, found: Answer) -> None:
    assert set(node) >= KEYS
    parse_unit(node["unit"])
    for row in (node, *node.get("by_year", ())):
        assert (row["value"] is None) == bool(row.get("reason"))
    if (node["formula"] or "").startswith("sum of "):
        added = node["formula"].split()[2]
        # Kinds of cabinets are parts too, and have other figures than servers.
        parts = [part.case.name for part in found.cases[0].parts if added in part.figures]
        assert [child["part"] for child in node["children"]] == parts * (not node["repeated"])
    elif node["formula"] and not node["repeated"]:
        names = {each.id for each in ast.walk(ast.parse(node["formula"])) if isinstance(each, ast.Name)}
        below = {child["name"] for child in node["children"]}
        assert below <= names - CALLED
        assert below == names - CALLED or node["status"] == NOT_INCLUDED
    elif not node["formula"]:
        assert node["children"] == []
        assert node["status"] in {"given", "default", "overridden", "placed", NOT_INCLUDED}
        assert node["status"] == NOT_INCLUDED or node["source"] or node["place"]
        if node["status"] == "default" and not is_first_year(node):
            fact = standard_facts().find(node["fact"])
            assert fact is not None
            assert fact.source in node["source"]


YEARS = """\
years: 2026 to 2028
inputs:
  price: {by year: {2026: $10, 2027: $12, 2028: $14}}
  rent: {start: $5, grows: 10 %/year}
  rate: 7 %
formulas:
  worth: ops.total(ops.discounted(price + rent, rate))
  plain: price + rent
"""


def test_what_is_yearly_shows_its_years_and_how_to_go_over_them(tmp_path: Path) -> None:
    path = tmp_path / "years.yaml"
    path.write_text(YEARS, encoding="utf-8")
    found = document(str(path), "worth")
    (case,) = found["cases"]
    price, rent, _ = case["tree"]["children"]
    assert found["years"] == [2026, 2027, 2028]
    assert [(row["year"], row["value"], row["text"]) for row in price["by_year"]] == [
        (2026, 10, "$10"),
        (2027, 12, "$12"),
        (2028, 14, "$14"),
    ]
    # 5, 5 x 1.1, 5 x 1.21
    assert [row["value"] for row in rent["by_year"]] == pytest.approx([5, 5.5, 6.05], rel=1e-12)
    # 15 + 17.5 / 1.07 + 20.05 / 1.1449
    assert case["tree"]["value"] == pytest.approx(48.8676, abs=5e-5)
    assert case["tree"]["substituted"] == (
        "total(discounted($10 in 2026 … $14 in 2028 + $5 in 2026 … $6.05 in 2028, 7 %))"
    )
    words = " ".join(render(answered(str(path)), "worth").split())
    assert "total: the sum over the years; what is the same every year counts once for each (2026 to 2028)" in words
    assert "discounted: each year's amount / (1 + rate) of every year after the first up to it (2026 to 2028)" in words
    assert "2026: $10; 2027: $12; 2028: $14" in words
    # Elsewhere a formula holds year by year, and one year shows how.
    assert document(str(path), "plain")["cases"][0]["tree"]["substituted"] == "$10 in 2026 + $5 in 2026"


def test_percentiles_stand_where_a_number_is_uncertain_and_nowhere_else() -> None:
    tree = explained("fifty-million", "gpu_hours_affordable")["as planned"]
    found = {node["name"]: node for node in nodes(tree)}
    # 90 to 97 %, uniform: a tenth of the way up is 90.7 %, nine tenths 96.3 %
    assert found["availability"]["p10"] == pytest.approx(0.907, abs=0.002)
    assert found["availability"]["p90"] == pytest.approx(0.963, abs=0.002)
    for name in ("gpu_hours_affordable", "gpus_affordable", "servers_affordable"):
        node = found[name]
        assert node["p10"] < node["p50"] < node["p90"]
        assert node["p10"] < node["mean"] < node["p90"]
    for name in ("compute_budget", "network_share", "gpus_per_server", "cluster_budget"):
        assert [found[name][key] for key in ("mean", "p10", "p50", "p90")] == [None] * 4


def test_a_figure_without_value_says_why_in_every_node_above() -> None:
    tree = explained("lingang-racks", "stranded_power_total")["5 kW, 80 % rule"]
    racks = next(node for node in nodes(tree) if node["name"] == "racks_needed")
    assert (tree["text"], tree["reason"], racks["reason"]) == (NO_VALUE, *["servers_per_rack is 0"] * 2)


# ---------------------------------------------------------------- depth


def near(tree: Tree, depth: int) -> set[str]:
    """Return the names within `depth` steps of the figure, whichever path is the shortest."""
    below = {node["name"]: {child["name"] for child in node["children"]} for node in nodes(tree) if node["children"]}
    found = {tree["name"]}
    for _ in range(depth):
        found |= {child for name in found for child in below.get(name, ())}
    return found


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
@pytest.mark.parametrize(
    ("name", "figure"),
    [
        ("lingang-racks", "stranded_power_total"),
        ("lingang-racks", "racks_needed"),
        ("fifty-million", "headcount_affordable"),
    ],
)
def test_depth_keeps_all_that_is_so_near(name: str, figure: str, depth: int) -> None:
    for case, tree in explained(name, figure, depth).items():
        whole = explained(name, figure)[case]
        assert {node["name"] for node in nodes(tree)} == near(whole, depth)
        assert {key: tree[key] for key in KEYS - {"children", "repeated"}} == {
            key: whole[key] for key in KEYS - {"children", "repeated"}
        }


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_what_was_cut_off_is_not_said_to_stand_elsewhere(form: str) -> None:
    assert "not repeated here" not in render(answered("lingang-racks"), "racks_needed", form, depth=0)


def test_the_command_line_takes_depth(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["explain", "lingang-racks", "racks_needed", "--format", "json", "--case", "25 kW", "--depth"]
    for depth in (0, 1, 2):
        assert app([*asked, str(depth)], standalone_mode=False, prog_name="calc") == 0
        (case,) = json.loads(capsys.readouterr().out)["cases"]
        assert case == {"name": "25 kW", "tree": explained("lingang-racks", "racks_needed", depth)["25 kW"]}


# ---------------------------------------------------------------- Markdown


def says(words: str, node: Tree) -> bool:
    """Tell whether an item of a list says of a figure what its explanation says."""
    shown = [node[key] or "" for key in ("formula", "substituted", "source", "fact", "place", "reason")]
    value = node["value"] is None or f"{node['name']} = {node['text']}" in words
    return words.startswith(node["name"]) and value and all(each.rstrip(".") in words for each in shown)


@pytest.mark.parametrize(
    ("name", "figure"), [("lingang-racks", "racks_needed"), ("fifty-million", "gpu_hours_affordable")]
)
def test_markdown_is_the_tree_as_a_nested_list(name: str, figure: str) -> None:
    # Below the tree stands what a reader is warned of.
    tree_alone = render(answered(name), figure, "markdown").partition("\n## Warnings")[0]
    tokens = MarkdownIt("commonmark").parse(tree_alone)
    wanted = [node for tree in explained(name, figure).values() for node in nodes(tree)]
    heads = [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"]
    assert len(heads) == 1 + len(explained(name, figure))
    items = [tokens[at + 2] for at, token in enumerate(tokens) if token.type == "list_item_open"]
    assert len(items) == len(wanted)
    # A zero-width space after @ keeps a source from mentioning anybody.
    told = ["".join(each.content for each in item.children or []).replace("\u200b", "") for item in items]
    # Markdown shows the widest contribution first, the JSON result the order of the formula.
    for node in wanted:
        words = next((each for each in told if says(each, node)), None)
        assert words, node["name"]
        told.remove(words)
    deepest = max(token.level for token in tokens if token.type == "list_item_open")

    def levels(tree: Tree) -> int:
        return 1 + max((levels(child) for child in tree["children"]), default=0)

    assert (deepest + 1) // 2 == max(levels(tree) for tree in explained(name, figure).values())
