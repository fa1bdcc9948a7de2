"""`explain` as JSON and Markdown, and a reviewer's pen and paper: every figure is computed again from its formula."""

from __future__ import annotations

import ast
import json
import math
import operator
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt

from calc.cli.app import app
from calc.errors import Problems
from calc.facts import standard_facts
from calc.report import json as report_json
from calc.report.explain import render
from calc.scenario.load import load, load_text, shipped_scenarios
from calc.scenario.resolve import Options, resolve
from calc.study.answer import Answer, answer
from calc.units import parse_unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Tree = dict[str, Any]
Known = float | str
NO_VALUE, NOT_INCLUDED = "no value", "not included"
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
    problems = Problems()
    text = OTHERS.get(name)
    loaded = load(name, problems) if text is None else load_text(text, "<text>", problems)
    return answer(resolve(loaded, Options(), problems))


@cache
def explained(name: str, figure: str, depth: int | None = None) -> dict[str, Tree]:
    """Return the tree of a figure by case."""
    found = json.loads(render(answered(name), figure, "json", depth=depth, to_file=True))
    assert (found["schema"], found["name"]) == ("calc.explain/1", figure)
    return {case["name"]: case["tree"] for case in found["cases"]}


def every_figure() -> list[tuple[str, str]]:
    names = [*shipped_scenarios(), *OTHERS]
    return [(name, figure) for name in names for figure in dict.fromkeys(answered(name).cases[0].shown)]


def nodes(tree: Tree) -> Iterator[Tree]:
    yield tree
    for child in tree["children"]:
        yield from nodes(child)


# ---------------------------------------------------------------- pen and paper

OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}  # fmt: skip

FUNCTIONS: dict[str, Callable[..., float]] = {
    "power": operator.pow, "exp": math.exp, "log": math.log,
    "compound": lambda rate, periods: (1 + rate) ** periods,
    "annuity": lambda rate, periods: rate / (1 - (1 + rate) ** -periods) if rate else 1 / periods,
}  # fmt: skip


def snapped(value: float, rounding: Callable[[float], int]) -> float:
    """Round as section 2.5 of the design says: what is nearer than 1e-9 to a whole number is that number."""
    nearest = round(value)
    near = abs(value - nearest) <= min(1e-9 * max(1.0, abs(nearest)), 1e-6)
    return float(nearest if near else rounding(value))


def absent(values: list[Known]) -> str | None:
    return next((each for each in (NOT_INCLUDED, NO_VALUE) if each in values), None)


def computed(formula: str, known: Mapping[str, Known]) -> Known:
    """Return the value of a formula's text in coherent units, or the words for its absence."""
    return _computed(ast.parse(formula, mode="eval").body, known)


def _computed(node: ast.expr, known: Mapping[str, Known]) -> Known:
    if isinstance(node, ast.Name):
        return known[node.id]
    if isinstance(node, ast.Constant):
        return float(str(node.value))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _computed(ast.BinOp(ast.Constant(-1), ast.Mult(), node.operand), known)
    if isinstance(node, ast.BinOp):
        sides = [_computed(each, known) for each in (node.left, node.right)]
        left, right = sides
        if absent(sides) or isinstance(left, str) or isinstance(right, str):
            return str(absent(sides))
        if isinstance(node.op, ast.Div) and right == 0:
            return NO_VALUE
        return OPERATORS[type(node.op)](left, right)
    assert isinstance(node, ast.Call), ast.dump(node)
    assert isinstance(node.func, ast.Name)
    if node.func.id in {"number", "amount"}:
        value, unit = _computed(node.args[0], known), node.args[1]
        assert isinstance(unit, ast.Constant)
        factor = parse_unit(str(unit.value)).factor
        return value if isinstance(value, str) else value / factor if node.func.id == "number" else value * factor
    return called(node.func.id, [_computed(each, known) for each in node.args])


def called(function: str, values: list[Known]) -> Known:
    if function == "if_included":
        return values[1] if values[0] == NOT_INCLUDED else values[0]
    if function in {"minimum", "maximum"}:
        values = [each for each in values if each != NOT_INCLUDED] or [NOT_INCLUDED]
    numbers = [each for each in values if not isinstance(each, str)]
    if len(numbers) < len(values):
        return str(absent(values))
    if function in {"floor", "ceil"}:
        return snapped(numbers[0], math.floor if function == "floor" else math.ceil)
    if function in {"minimum", "maximum"}:
        return min(numbers) if function == "minimum" else max(numbers)
    return FUNCTIONS[function](*numbers)


def coherent(node: Tree) -> Known:
    """Return a node's value in coherent units, or the words for its absence."""
    return str(node["text"]) if node["value"] is None else float(node["value"]) * parse_unit(node["unit"]).factor


def by_name(tree: Tree) -> dict[str, Known]:
    known: dict[str, Known] = {}
    for node in nodes(tree):
        value = coherent(node)
        assert known.setdefault(node["name"], value) == value, "one name has one value in a case"
    return known


@pytest.mark.parametrize(("name", "figure"), every_figure())
def test_every_shown_figure_can_be_computed_again(name: str, figure: str) -> None:
    steps = 0
    for tree in explained(name, figure).values():
        known = by_name(tree)
        for node in nodes(tree):
            # A figure that is left out asks for no figures beyond those that it lacks.
            if node["formula"] is None or node["status"] == NOT_INCLUDED:
                continue
            found, stated = computed(node["formula"], known), coherent(node)
            if isinstance(found, str) or isinstance(stated, str):
                assert found == stated, node["name"]
            else:
                assert math.isclose(found, stated, rel_tol=1e-9), (node["name"], node["formula"])
            steps += 1
    assert steps > 0 or all(tree["status"] != "derived" for tree in explained(name, figure).values())


def test_pen_and_paper_notices_a_wrong_number() -> None:
    tree = explained("lingang-racks", "stranded_power_total")["25 kW"]
    known = by_name(tree)
    assert computed(tree["formula"], known) == pytest.approx(500_000 * parse_unit("W").factor)
    wrong = {**known, "server_power": 4.6 * parse_unit("kW/server").factor}
    assert computed(tree["formula"], wrong) == pytest.approx(400_000 * parse_unit("W").factor)
    assert computed("floor(a / b)", {"a": 18.0 - 1e-10, "b": 4.5}) == 4
    assert computed("ceil(a / b)", {"a": 1.0, "b": 0.0}) == NO_VALUE
    assert computed("2 - if_included(a, 1)", {"a": NOT_INCLUDED}) == 1


# ---------------------------------------------------------------- the tree as JSON


@pytest.mark.parametrize(("name", "figure"), every_figure())
def test_the_tree_names_the_source_of_every_number(name: str, figure: str) -> None:
    result = {case["name"]: case["results"][figure] for case in report_json.as_dict(answered(name))["cases"]}
    assert list(explained(name, figure)) == list(result)
    for case, tree in explained(name, figure).items():
        assert {key: tree[key] for key in ("value", "unit", "text", "mean", "p10", "p50", "p90")} == {
            key: result[case][key] for key in ("value", "unit", "text", "mean", "p10", "p50", "p90")
        }
        full = {node["name"]: node for node in nodes(tree) if not node["repeated"]}
        for node in nodes(tree):
            assert set(node) >= KEYS
            parse_unit(node["unit"])
            assert (node["value"] is None) == bool(node["reason"])
            assert node["repeated"] <= (node["name"] in full), "what is not repeated stands elsewhere"
            if node["formula"] and not node["repeated"]:
                names = {each.id for each in ast.walk(ast.parse(node["formula"])) if isinstance(each, ast.Name)}
                called_names = {"floor", "ceil", "minimum", "maximum", "if_included", "number", "amount", *FUNCTIONS}
                below = {child["name"] for child in node["children"]}
                assert below <= names - called_names
                assert below == names - called_names or node["status"] == NOT_INCLUDED
            elif not node["formula"]:
                assert node["children"] == []
                assert node["status"] in {"given", "default", "overridden", NOT_INCLUDED}
                assert node["status"] == NOT_INCLUDED or node["source"] or node["place"]
                if node["status"] == "default":
                    fact = standard_facts().find(node["fact"])
                    assert fact is not None
                    assert fact.source in node["source"]


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
    assert "not repeated here" not in render(answered("lingang-racks"), "racks_needed", form, depth=0, to_file=True)


def test_the_command_line_takes_depth(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["explain", "lingang-racks", "racks_needed", "--format", "json", "--case", "25 kW", "--depth"]
    for depth in (0, 1, 2):
        assert app([*asked, str(depth)], standalone_mode=False, prog_name="calc") == 0
        (case,) = json.loads(capsys.readouterr().out)["cases"]
        assert case == {"name": "25 kW", "tree": explained("lingang-racks", "racks_needed", depth)["25 kW"]}


# ---------------------------------------------------------------- Markdown


@pytest.mark.parametrize(
    ("name", "figure"), [("lingang-racks", "racks_needed"), ("fifty-million", "gpu_hours_affordable")]
)
def test_markdown_is_the_tree_as_a_nested_list(name: str, figure: str) -> None:
    tokens = MarkdownIt("commonmark").parse(render(answered(name), figure, "markdown", to_file=True))
    wanted = [node for tree in explained(name, figure).values() for node in nodes(tree)]
    heads = [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"]
    assert len(heads) == 1 + len(explained(name, figure))
    items = [tokens[at + 2] for at, token in enumerate(tokens) if token.type == "list_item_open"]
    assert len(items) == len(wanted)
    for item, node in zip(items, wanted, strict=True):
        # A zero-width space after @ keeps a source from mentioning anybody.
        words = "".join(each.content for each in item.children or []).replace("\u200b", "")
        assert words.startswith(node["name"])
        assert node["value"] is None or f"{node['name']} = {node['text']}" in words
        for key in ("formula", "substituted", "source", "fact", "place", "reason"):
            assert (node[key] or "").rstrip(".") in words, key
    deepest = max(token.level for token in tokens if token.type == "list_item_open")

    def levels(tree: Tree) -> int:
        return 1 + max((levels(child) for child in tree["children"]), default=0)

    assert (deepest + 1) // 2 == max(levels(tree) for tree in explained(name, figure).values())
