"""One self-contained page: what a report says, readable without script or network, in light, in dark and in print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc import __version__
from calc.records import replace
from calc.report import html
from calc.report.report import (
    Block,
    Cell,
    Column,
    HeatMap,
    Notice,
    Paragraph,
    Report,
    Row,
    Section,
    Stacked,
    Table,
    Tree,
    name_cell,
    pairs,
    section,
)
from calc.report.svg import text
from calc.report.words import label, words_in

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue
    from calc.study.results import Answer

# Explanations are long; a page that is sent around should stay small.
MOST_CHARACTERS = 60_000
_STYLE = """
html{color-scheme:light dark}body{margin:0;font:16px/1.45 system-ui,-apple-system,"Segoe UI",sans-serif}
.calc{min-height:100vh;box-sizing:border-box;padding:1.2rem 1rem 3rem}.calc main{max-width:58rem;margin:0 auto}
.calc .answer{background:var(--soft);border-left:4px solid var(--c0);padding:.6rem 1rem;margin:1rem 0}
.calc .answer p{margin:.2em 0}.calc footer{max-width:58rem;margin:2rem auto 0;color:var(--quiet);font-size:.85em}
@page{margin:15mm}@media print{.calc{--paper:#fff;--ink:#000;padding:0}.calc .scroll{overflow:visible}
.calc figure,.calc tr{break-inside:avoid}.calc h2{break-after:avoid}
.calc details::details-content{content-visibility:visible;block-size:auto}}
@media (max-width:30rem){.calc th,.calc td{padding-right:.45em}.calc ul{padding-left:1em}}
"""


def render(report: Report) -> str:
    """Return a report as one HTML file; nothing in it is fetched, and nothing in it runs."""
    title = text(report.title or report.name)
    short = html.answer_of(report)
    answer = f'<div class="answer">{short}</div>' if short else ""
    question = f"<p>{text(report.question)}</p>" if report.question else ""
    told = html.sections_of(report.sections)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{_STYLE}{html.STYLE}</style></head>"
        f'<body class="calc"><main><h1>{title}</h1>{question}{answer}{told}</main>'
        f"<footer>calc {text(__version__)}</footer></body></html>\n"
    )


def answer_page(answer: Answer) -> Report:
    """Return what an answer says, with formulas with values, and how it was made."""
    from calc.report.answer_report import answer_report
    from calc.report.assumptions import assumptions

    found = answer_report(answer, likely=True)
    at = next((at for at, each in enumerate(found.sections) if each.key == "assumptions"), None)
    if at is not None:
        # A page stands alone, so that the addresses of the sources stand on it.
        found.sections[at : at + 1] = assumptions(answer, notes=True, years=True)
    catalogue = answer.scenario.catalogue
    names = list(dict.fromkeys(name for case in answer.columns for name in case.shown))
    found.sections = [each if each.is_detail else in_words(each, catalogue) for each in found.sections]
    found.sections += _formulas(answer)
    found.sections += section("Names of the figures", [_names(names, catalogue)] if names else [], "names", detail=True)
    found.sections.append(Section("How it was made", [_made(answer)], "made", is_detail=True))
    return found


def in_words(told: Section, catalogue: Catalogue) -> Section:
    """Return a section whose figures are called by their labels; their names stand in what is folded."""

    def cell(found: Cell) -> Cell:
        if found.stack:
            return found
        return found._replace(text=words_in(found.text, catalogue), is_name=False) if found.is_name else found

    def block(found: Block) -> Block:
        if isinstance(found, Table):
            columns = [each._replace(head=words_in(each.head, catalogue), is_name=False) for each in found.columns]
            rows = [row._replace(cells=[cell(each) for each in row.cells]) for row in found.rows]
            return replace(found, columns=columns, rows=rows)
        if isinstance(found, Paragraph | Notice):
            return replace(found, text=words_in(found.text, catalogue))
        if isinstance(found, Stacked):
            parts = [(words_in(name, catalogue), values) for name, values in found.parts]
            return replace(found, title=words_in(found.title, catalogue), parts=parts)
        if isinstance(found, HeatMap):
            (down, values), (across, heads) = found.down, found.across
            found = replace(
                found, down=(words_in(down, catalogue), values), across=(words_in(across, catalogue), heads)
            )
        return found if isinstance(found, Tree) else replace(found, title=words_in(found.title, catalogue))

    return replace(told, title=words_in(told.title, catalogue), blocks=[block(each) for each in told.blocks])


def _names(names: list[str], catalogue: Catalogue) -> Table:
    table = Table([Column("called here", "label"), Column("name", "words"), Column("what it is", "prose")])
    for name in names:
        quantity = catalogue[name]
        table.rows.append(Row([Cell(label(quantity)), name_cell(name), Cell(quantity.text)]))
    return table


def _formulas(answer: Answer) -> list[Section]:
    """Return how each figure shown was computed, case by case, as long as the page stays small."""
    from calc.report.explain_report import explain_report

    trees, written, left = list[Tree](), 0, 0
    for name in dict.fromkeys(name for column in answer.columns for name in column.shown):
        for case in explain_report(answer, name).sections:
            for tree in case.blocks:
                if not isinstance(tree, Tree):
                    continue
                written += _size(tree)
                if written > MOST_CHARACTERS:
                    left += 1
                    continue
                trees.append(tree)
                tree.part = case.title
    blocks: list[Block] = [*trees, *([Paragraph(f"{left} more: calc explain")] if left else [])]
    return [Section("Formulas with their values", blocks, "formulas", is_detail=True)] if blocks else []


def _size(tree: Tree) -> int:
    """Return how many characters stand in the lines of a tree."""
    return sum(map(len, tree.lines)) + sum(map(_size, tree.children))


def _made(answer: Answer) -> Table:
    scenario = answer.scenario
    rows = {"calc": __version__, "scenario": scenario.path, "SHA-256": scenario.sha256}
    if any(case.samples for case in answer.columns):
        rows |= {"samples": f"{scenario.samples:,} ({scenario.method})", "seed": str(scenario.seed)}
    rows["command"] = f"calc run {scenario.path}"
    return pairs((Cell(name), Cell(words)) for name, words in rows.items())
