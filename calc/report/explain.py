"""The explanation of a figure as an indented tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.explain import Explained, explain
from calc.report.assumptions import value_text
from calc.report.console import drawn, heading, plain
from calc.text import escape
from calc.units.format import amount_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

    from calc.engine.catalogue import Catalogue
    from calc.study.results import Answer, CaseAnswer


def render(answer: Answer, name: str, *, to_file: bool = False) -> str:
    """Return the tree under figure `name` as text, once a case."""
    return drawn(lambda console: _draw(console, answer, name), to_file=to_file)


def _draw(console: Console, answer: Answer, name: str) -> None:
    from rich.tree import Tree

    catalogue = answer.scenario.catalogue
    for position, case in enumerate(answer.cases):
        if len(answer.cases) > 1:
            heading(console, case.case.name) if position else console.print(plain(case.case.name, "bold"))
        node = explain(name, catalogue, case.case.values, case.figures, case.case.use)
        tree = Tree(_label(node, case, catalogue), guide_style="dim")
        _grow(tree, node, case, catalogue)
        console.print(tree)


def _grow(tree: Tree, node: Explained, case: CaseAnswer, catalogue: Catalogue) -> None:
    for child in node.children:
        branch = tree.add(_label(child, case, catalogue))
        _grow(branch, child, case, catalogue)


def _label(node: Explained, case: CaseAnswer, catalogue: Catalogue) -> Text:
    label = plain(f"{node.name} = ", "bold")
    text = value_text(node.value, catalogue[node.name]) if node.value else node.text
    label.append(escape(text), "cyan" if not node.reason else "yellow")
    label.append(f"  {node.status}", "dim")
    for line in _lines(node, case, catalogue):
        label.append("\n" + escape(line), "dim")
    return label


def _lines(node: Explained, case: CaseAnswer, catalogue: Catalogue) -> list[str]:
    lines = [node.meaning]
    if node.reason:
        lines.append(node.reason if node.reason.startswith("not included") else f"no value: {node.reason}")
    if node.formula:
        lines.append(f"= {node.formula}")
    if node.substituted:
        lines.append(f"= {node.substituted}")
    lines += node.binding
    if node.assumption:
        lines.append(f"assumes: {node.assumption}")
    if node.formula_source:
        lines.append(f"formula: {node.formula_source.rstrip('.')}")
    lines += _statistics(node.name, case, catalogue)
    if node.repeated:
        lines.append("(its inputs are shown above)")
    return [*lines, *_origin(node)]


def _origin(node: Explained) -> list[str]:
    value = node.value
    if value is None:
        return []
    lines = [f"source: {value.source}" if value.source else "source: none given"]
    if value.note:
        lines.append(f"note: {value.note}")
    if value.converted:
        lines.append(f"{value.original} converted with {value.converted}")
    if value.fact:
        word = "instead of fact" if value.status == "overridden" else "fact"
        status = f" ({value.fact_status})" if value.fact_status and value.status != "overridden" else ""
        lines.append(f"{word}: {value.fact}{status}")
    if value.place:
        lines.append(f"place: {value.place}")
    return lines


def _statistics(name: str, case: CaseAnswer, catalogue: Catalogue) -> list[str]:
    found = case.statistics(name)
    if found is None:
        share = case.share_without_value(name)
        return [f"no value in {share * 100:.3g} % of the samples"] if share else []
    quantity = catalogue[name]
    texts = [f"{key} {amount_text(value, quantity.unit, share=quantity.is_share)}" for key, value in found.items()]
    return [", ".join(texts)]
