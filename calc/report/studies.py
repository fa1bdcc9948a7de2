"""Results of studies as text: on a terminal, as Markdown, as comma-separated values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.report.blocks import Block, draw, markdown
from calc.report.compare_blocks import compare_blocks
from calc.report.console import drawn, heading, prose
from calc.report.find_blocks import find_blocks
from calc.report.heat_map import can_map, draw_maps
from calc.report.markdown_text import bullets, text
from calc.report.sensitivity_blocks import sensitivity_blocks
from calc.report.sweep_blocks import sweep_blocks
from calc.study.remarks import ASIDE, unheeded_by_studies

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue
    from calc.report.console import Console
    from calc.scenario.resolve import Scenario


def draw_studies(console: Console, found: dict[str, Any], catalogue: Catalogue) -> None:
    """Print the results of studies, by the name of their section."""
    for name, body in found.items():
        if name == "sweep":
            mapped = draw_maps(console, body, catalogue) if can_map(body) else set()
            draw(console, sweep_blocks(body, catalogue, mapped))
        else:
            bar = "█" if console.can_write("█") else "#"
            draw(console, _blocks(name, body, catalogue, bar))


def study_table(name: str, scenario: Scenario, body: dict[str, Any], *, to_file: bool) -> str:
    """Return the result of one study as text, for the terminal or for a file."""

    def lay_out(console: Console) -> None:
        prose(console, scenario.heading, style="bold")
        _print_section(console, ASIDE, unheeded_by_studies(scenario))
        draw_studies(console, {name: body}, scenario.catalogue)
        _print_section(console, "Warnings", scenario.warnings)

    return drawn(lay_out, to_file=to_file)


def _print_section(console: Console, title: str, lines: list[str]) -> None:
    if lines:
        heading(console, title)
    for line in lines:
        prose(console, line, 2)


def study_markdown(name: str, scenario: Scenario, body: dict[str, Any]) -> str:
    """Return the result of one study as a Markdown document."""
    parts = [
        f"# {text(scenario.heading)}\n",
        bullets(ASIDE, unheeded_by_studies(scenario)),
        studies_markdown({name: body}, scenario.catalogue),
        bullets("Warnings", scenario.warnings),
    ]
    return "\n".join(filter(None, parts))


def studies_markdown(found: dict[str, Any], catalogue: Catalogue) -> str:
    """Return the results of studies as Markdown."""
    parts = [markdown(_blocks(name, body, catalogue, "█")) for name, body in found.items()]
    return "\n".join(part for part in parts if part)


def _blocks(name: str, body: dict[str, Any], catalogue: Catalogue, bar: str) -> list[Block]:
    if name == "sweep":
        return sweep_blocks(body, catalogue)
    if name == "find":
        return find_blocks(body, catalogue)
    if name == "sensitivity":
        return sensitivity_blocks(body, catalogue, bar=bar)
    return compare_blocks(body, catalogue)
