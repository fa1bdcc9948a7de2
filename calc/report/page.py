"""One self-contained page: what a report says, readable without script or network, in light, in dark and in print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc import __version__
from calc.report import html
from calc.report.report import Block, Cell, Paragraph, Report, Section, Table, Tree, pairs
from calc.report.svg import text

if TYPE_CHECKING:
    from calc.study.results import Answer

# Explanations are long; a page that is sent around should stay small.
MOST_CHARACTERS = 60_000
_STYLE = """
html{color-scheme:light dark}body{margin:0;font:16px/1.45 system-ui,-apple-system,"Segoe UI",sans-serif}
.calc{min-height:100vh;box-sizing:border-box;padding:1.2rem 1rem 3rem}.calc main{max-width:58rem;margin:0 auto}
.calc .answer{background:var(--soft);border-left:4px solid var(--c0);padding:.6rem 1rem;margin:1rem 0}
.calc .answer p{margin:.2em 0}.calc footer{max-width:58rem;margin:2rem auto 0;color:var(--quiet);font-size:.85em}
@media print{.calc{--paper:#fff;--ink:#000;padding:0}.calc .scroll{overflow:visible}
.calc figure,.calc tr{break-inside:avoid}.calc h2{break-after:avoid}
.calc details::details-content{content-visibility:visible;block-size:auto}}
@media (max-width:30rem){.calc th,.calc td{padding-right:.45em}.calc ul{padding-left:1em}}
"""


def render(report: Report) -> str:
    """Return a report as one HTML file; nothing in it is fetched, and nothing in it runs."""
    title = text(report.title or report.name)
    closing = f"<p><strong>{text(report.closing.text)}</strong></p>" if report.closing else ""
    front = "".join(map(html.section_of, report.front))
    answer = f'<div class="answer">{closing}{front}</div>' if closing or front else ""
    question = f"<p>{text(report.question)}</p>" if report.question else ""
    told = "".join(map(html.section_of, report.sections))
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
    found.sections += _formulas(answer)
    found.sections.append(Section("How it was made", [_made(answer)], "made", is_detail=True))
    return found


def _formulas(answer: Answer) -> list[Section]:
    """Return how each figure shown was computed, case by case, as long as the page stays small."""
    from calc.report.explain_report import explain_report

    trees, written, left = list[Tree](), 0, 0
    for name in dict.fromkeys(name for case in answer.columns for name in case.shown):
        for section in explain_report(answer, name).sections:
            for tree in section.blocks:
                if not isinstance(tree, Tree):
                    continue
                written += _size(tree)
                if written > MOST_CHARACTERS:
                    left += 1
                    continue
                trees.append(tree)
                tree.part = section.title
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
