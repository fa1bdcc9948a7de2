"""The explanation of a figure as an indented tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.explain import Explained, explain
from calc.report.assumptions import value_text
from calc.report.console import drawn, heading, prose
from calc.text import escape, wrapped
from calc.units.format import amount_text

if TYPE_CHECKING:
    from rich.console import Console

    from calc.engine.catalogue import Catalogue
    from calc.study.results import Answer, CaseAnswer

_ASCII_GUIDES = str.maketrans("│├└─", "|+`-")


def render(answer: Answer, name: str, *, to_file: bool = False) -> str:
    """Return the tree under figure `name` as text, once a case."""
    return drawn(lambda console: _draw(console, answer, name), to_file=to_file)


def _draw(console: Console, answer: Answer, name: str) -> None:
    catalogue = answer.scenario.catalogue
    for position, case in enumerate(answer.cases):
        if len(answer.cases) > 1:
            heading(console, case.case.name) if position else prose(console, case.case.name, style="bold")
        node = explain(name, catalogue, case.case.values, case.figures, case.case.use)
        _branch(console, node, case, catalogue, "", "")


def _branch(console: Console, node: Explained, case: CaseAnswer, catalogue: Catalogue, first: str, rest: str) -> None:
    """Print a figure and what is under it; `first` and `rest` are the guides before its first and its other lines."""
    text = value_text(node.value, catalogue[node.name]) if node.value else node.text
    # A no-break space keeps a number and its unit on one line.
    figure = "" if text == node.status else f" = {escape(text).replace(' ', chr(0xA0))}"
    style = "bold yellow" if node.reason else "bold cyan"
    for position, line in enumerate(wrapped(f"{node.name}{figure} ({node.status})", console.width - len(rest))):
        _line(console, first if position == 0 else rest, line, style)
    for paragraph in _lines(node, case, catalogue):
        for line in wrapped(escape(paragraph), console.width - len(rest)):
            _line(console, rest, line, "")
    for position, child in enumerate(node.children):
        last = position == len(node.children) - 1
        _branch(
            console, child, case, catalogue, rest + ("└── " if last else "├── "), rest + ("    " if last else "│   ")
        )


def _line(console: Console, guides: str, line: str, style: str) -> None:
    from rich.text import Text

    guides = guides if _draws_lines(console) else guides.translate(_ASCII_GUIDES)
    console.print(Text.assemble((guides, "dim"), (line, style)), soft_wrap=True)


def _draws_lines(console: Console) -> bool:
    try:
        "│├└─".encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


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
