"""A report as a piece of HTML, for notebooks and for the page around it (`page`).

Every text is escaped, and what a reader looks up later is folded. A picture stands before the table that holds its
numbers, and is made of nothing else but that table, or of the bins that are folded below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc import __version__
from calc.report import svg
from calc.report.report import (
    Cell,
    Chart,
    HeatMap,
    Histogram,
    Notice,
    Paragraph,
    Section,
    Stacked,
    Table,
    Tree,
    in_stack,
)
from calc.report.svg import text
from calc.scenario.sections import STUDIES
from calc.text import pattern, shorten
from calc.units import RATIO
from calc.units.format import bare_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from calc.report.report import Block, Column, Report, Row
    from calc.report.svg import Write
    from calc.units import Unit

_NAMED = pattern(r"`([^`]+)`")
_LABEL = 20
_TONES = {"good", "bad", "absent", "quiet", "more", "less"}
# A table that is longer than this is folded below the picture of it.
_FOLDED = 24
STYLE = """
.calc{--ink:#1b1f24;--quiet:#57606a;--paper:#fff;--soft:#f3f5f8;--rule:#d0d7de;--good:#116329;--bad:#b3261e;--warn:#7a4d00;
--c0:#0b6bb0;--c1:#b35900;--c2:#00795c;--c3:#8a3b76;--c4:#8a6d00;--c5:#4a6fa5;--c6:#555;--more:#a34f00;--less:#0b6bb0;--heat:#0b6bb0;
color:var(--ink);background:var(--paper);line-height:1.45}
@media (prefers-color-scheme:dark){.calc{--ink:#e6edf3;--quiet:#a2adb8;--paper:#12161b;--soft:#1d232b;--rule:#3a434e;
--good:#6fdd8b;--bad:#ff8f85;--warn:#f0c060;--c0:#6cb6ff;--c1:#ffb057;--c2:#4fd1a5;--c3:#e79bd0;--c4:#e3c94e;
--c5:#9fc1f0;--c6:#bbb;--more:#ffb057;--less:#6cb6ff;--heat:#1d5f9e}}
.calc h1{font-size:1.5em;line-height:1.2;margin:.2em 0}.calc h2{font-size:1.1em;margin:1.6em 0 .4em}
.calc code{font-size:.92em;overflow-wrap:anywhere}.calc .scroll{overflow-x:auto}.calc .quiet{color:var(--quiet)}
.calc table{border-collapse:collapse;margin:.5em 0;font-size:.92em}.calc tr{background:none}
.calc th,.calc td{padding:.25em .7em .25em 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule);
font-weight:400;white-space:normal}.calc thead th{font-weight:600;vertical-align:bottom}
.calc .n{text-align:right;font-variant-numeric:tabular-nums}.calc td.n{min-width:4.5em}.calc .sub th{padding-left:1.2em}
.calc td.wide{min-width:14em}.calc tbody th{min-width:9em}.calc .map th{min-width:0}
.calc caption{text-align:left;color:var(--quiet)}.calc caption span{display:inline-block;max-width:calc(100vw - 3rem)}
.calc .bar{height:.7em;background:var(--c0);min-width:1px;margin-top:.35em}.calc ul{padding-left:1.3em;margin:.4em 0}
.calc .good{color:var(--good)}.calc .bad,.calc .error{color:var(--bad)}.calc .warning,.calc .absent{color:var(--warn)}
.calc .more{color:var(--more)}.calc .less{color:var(--less)}
.calc summary{cursor:pointer;font-weight:600;margin:1em 0 .3em}.calc details details summary{font-weight:400}
.calc svg{width:100%;max-width:640px;height:auto;display:block;font:12px system-ui,sans-serif;fill:var(--ink)}
.calc svg text{fill:var(--ink)}.calc figure{margin:.6em 0}.calc figcaption{color:var(--quiet);font-size:.92em}
.calc svg .grid{stroke:var(--rule);stroke-width:1}.calc svg .zero,.calc svg .mark{stroke:var(--ink);stroke-width:1}
.calc svg .mark{stroke-dasharray:3 3}
.calc svg .total{fill:var(--c6)}.calc svg .more{fill:var(--more)}.calc svg .less{fill:var(--less)}
.calc .legend{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.2em 1.2em;font-size:.9em}
.calc .legend svg{display:inline;width:12px}.calc .map td,.calc .map th{border:1px solid var(--rule);padding:.25em .5em}
.calc .map td{text-align:right}
""" + "".join(f".calc svg .s{at}{{fill:var(--c{at});stroke:var(--c{at})}}" for at in range(svg.COLOURS)) + "".join(
    f".calc .map .v{at}{{background:color-mix(in srgb,var(--heat) {at * 16}%,var(--paper))}}" for at in range(5)
) + """
.calc svg .line{fill:none;stroke-width:2}.calc svg .band{fill-opacity:.25;stroke:none}
.calc .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));gap:0 1.5rem}
"""  # fmt: skip
_PAGE_STYLE = """
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
    """Return a report as HTML without a page around it."""
    question = f"<p>{prose(report.question)}</p>" if report.question else ""
    sections = "".join(map(section_of, report.sections))
    told = f"<h1>{prose(report.title or report.name)}</h1>{question}{answer_of(report)}{sections}"
    return f'<style>{STYLE}</style><div class="calc">{told}</div>'


def page(report: Report) -> str:
    """Return a report as one HTML file; nothing in it is fetched, and nothing in it runs."""
    title = text((report.title or report.name).replace("`", ""))
    short = answer_of(report)
    answer = f'<div class="answer">{short}</div>' if short else ""
    question = f"<p>{prose(report.question)}</p>" if report.question else ""
    told = sections_of(report.sections)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{title}</title><style>{_PAGE_STYLE}{STYLE}</style></head>"
        f'<body class="calc"><main><h1>{prose(report.title or report.name)}</h1>{question}{answer}{told}</main>'
        f"<footer>calc {text(__version__)}</footer></body></html>\n"
    )


def prose(words: str) -> str:
    """Return words as HTML shows them, what stands in backquotes as code."""
    return _NAMED.sub(r"<code>\1</code>", text(words))


def answer_of(report: Report) -> str:
    """Return the answer in short: its sentence, a row a case, and what no section below tells."""
    closing = f"<p><strong>{prose(report.closing.text)}</strong></p>" if report.closing else ""
    tables = [block for each in report.front if each.key == "answer" for block in each.blocks]
    # Where the first head names the figure that leads, the table has a row a case.
    led = [Section("", [each]) for each in tables[:1] if isinstance(each, Table) and each.columns[0].head]
    below = {"no value", "!", *(each.front for each in STUDIES.values())}
    for each in report.front:
        if each.key in {"failed", "to know"}:
            blocks = [block for block in each.blocks if isinstance(block, Notice) and block.mark not in below]
            led.append(Section("", [*blocks]))
    return closing + "".join(map(section_of, led))


def sections_of(sections: Sequence[Section]) -> str:
    """Return sections; what differs from year to year is drawn once for all cases, above their tables."""
    yearly = [each for each in sections if each.key == "by year"]
    told = []
    for each in sections:
        if len(yearly) > 1 and each is yearly[0]:
            told.append(f"<h2>Year by year</h2>{_beside(_years_of_cases(yearly))}")
        told.append(section_of(each, is_drawn=len(yearly) > 1 and each in yearly))
    return "".join(told)


def section_of(section: Section, *, is_drawn: bool = False) -> str:
    """Return a section, folded where a reader looks it up later; is_drawn: its tables are drawn elsewhere already."""
    if is_drawn:
        within = "".join(table(each, section.title) for each in section.blocks if isinstance(each, Table))
        return f"<details><summary>{prose(section.title)}</summary>{within}</details>"
    within = "".join(_blocks(section))
    if not section.title:
        return within
    if section.is_detail:
        return f"<details><summary>{prose(section.title)}</summary>{within}</details>"
    return f"<h2>{prose(section.title)}</h2>{within}"


def _blocks(section: Section) -> Iterator[str]:
    items, charts = list[str](), list[str]()
    for block in section.blocks:
        if isinstance(block, Notice):
            items.append(_notice(block))
            continue
        yield _list(items)
        items = []
        if isinstance(block, Histogram):
            charts.append(_histogram(block))
        else:
            yield _beside(charts) + _block(block, section)
            charts = []
    yield _list(items) + _beside(charts)


def _list(items: list[str]) -> str:
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _block(block: Block, section: Section) -> str:
    if isinstance(block, Paragraph):
        return f'<p class="{block.tone}">{prose(block.text)}</p>' if block.tone else f"<p>{prose(block.text)}</p>"
    if isinstance(block, Table):
        shown, drawn = table(block, section.title), _beside(_pictures(section, block))
        is_drawn = drawn or any(isinstance(each, HeatMap) for each in section.blocks)
        if is_drawn and len(block.rows) > _FOLDED:
            shown = f"<details><summary>data</summary>{shown}</details>"
        return drawn + shown
    if isinstance(block, Tree):
        return f"<ul>{_branch(block)}</ul>"
    if isinstance(block, HeatMap):
        return _map(block)
    if isinstance(block, Stacked):
        write = _write(block.totals)
        factor = _factor(block.totals[0].unit, is_share=False) if block.totals else 1.0
        parts = [(name, [value / factor for value in values]) for name, values in block.parts]
        return _figure("", svg.stacked(block.title or section.title, block.heads, parts, write), "")
    if isinstance(block, Chart):
        # The same is drawn of the table that holds its numbers.
        return ""
    raise AssertionError(block)


def _notice(notice: Notice) -> str:
    mark = f'<strong class="{notice.severity}">{text(notice.mark)}</strong> ' if notice.mark else ""
    return f"<li>{mark}{prose(notice.text)}</li>"


# ---------------------------------------------------------------- tables


def table(found: Table, name: str = "") -> str:
    """Return a table; its rows are named by their first column. name: what it is about, for who cannot see it."""
    head = "".join(_head(each) for each in found.columns)
    named = f"<thead><tr>{head}</tr></thead>" if any(each.head for each in found.columns) else ""
    rows = "".join(_row(row, found) for row in found.rows)
    # A table that is wider than a phone is moved under a finger, or with the keys.
    around = f'<div class="scroll" role="group" tabindex="0" aria-label="{text(name or "table")}">'
    return f"{around}<table>{named}<tbody>{rows}</tbody></table></div>"


def _head(column: Column) -> str:
    title = "unit" if column.kind == "unit" else column.title
    kind = ' class="n"' if column.kind == "number" else ""
    return f'<th scope="col"{kind}>{text(title)}</th>' if title else "<td></td>"


def _row(row: Row, found: Table) -> str:
    cells = []
    for at, (cell, column) in enumerate(zip(row.cells, found.columns, strict=True)):
        if at == 0:
            cells.append(f'<th scope="row">{_cell(cell)}</th>' if cell.text or cell.stack else "<td></td>")
        elif column.kind == "strip":
            cells.append('<td aria-hidden="true"></td>')
        elif column.kind == "bar":
            bar = f'<div class="bar" style="width:{round(100 * (cell.base or 0.0))}px"></div>'
            cells.append(f'<td aria-hidden="true">{bar}</td>')
        else:
            shown = text(cell.alone) if found.names_units(column) else _cell(cell)
            kind = "n" if column.kind == "number" else "wide" if column.kind == "prose" else ""
            kind = f"{kind} {cell.tone}".strip() if cell.tone in _TONES else kind
            cells.append(f'<td class="{kind}">{shown}</td>' if kind else f"<td>{shown}</td>")
    return f"<tr{' class=sub' if row.level else ''}>{''.join(cells)}</tr>"


def _cell(cell: Cell) -> str:
    if cell.stack:
        return in_stack(cell, _cell)
    return f"<code>{text(cell.text)}</code>" if cell.is_name and cell.text else prose(cell.text)


def _branch(node: Tree) -> str:
    figure = f" = {text(node.value)}" if node.value else ""
    part = f"{text(node.part)}: " if node.part else ""
    label = f"{part}<strong><code>{text(node.label.text)}</code>{figure}</strong> ({text(node.status)})"
    lines = "".join(f"<br>{prose(line)}" for line in node.lines)
    below = f"<ul>{''.join(map(_branch, node.children))}</ul>" if node.children else ""
    return f"<li>{label}{lines}{below}</li>"


# ---------------------------------------------------------------- pictures


def _beside(pictures: Iterable[str]) -> str:
    found = "".join(pictures)
    return f'<div class="charts">{found}</div>' if found else ""


def _pictures(section: Section, found: Table) -> Iterator[str]:
    """Yield what a table shows at a glance: ranges, lines over years or an axis, steps from one case to another."""
    if section.key == "uncertainty":
        for name, rows in _groups(found):
            yield from _ranges(name, rows, found)
    elif section.key == "by year":
        places = [each.title for each in found.columns if each.kind == "number"]
        for name, rows in _groups(found):
            yield _figure(
                name, svg.lines(name, places, [_with_band(name, rows)], _write(rows[0].cells)), _unit(rows[0], found)
            )
    elif section.key == "points" and found.keys == 1 and len(found.rows) > 1:
        places = [row.cells[0].text for row in found.rows]
        for at, column in enumerate(found.columns):
            if at < 1 or column.kind != "number" or column.head.endswith((" p10", " p90")):
                continue
            cells = [row.cells[at] for row in found.rows]
            low, high = (
                (_shown(row.cells[at + side] for row in found.rows) if column.head.endswith(" p50") else [])
                for side in (1, 2)
            )
            line = svg.Line(column.head, _shown(cells), low, high)
            name = f"{column.head} over {found.columns[0].title}"
            yield _figure(name, svg.lines(name, places, [line], _write(cells)), column.unit)
    elif section.key == "steps":
        yield _waterfall(section.title, found)


def _years_of_cases(sections: Sequence[Section]) -> Iterator[str]:
    """Yield a picture a figure with a line a case; of the title of a section its case is told."""
    found: dict[str, list[tuple[svg.Line, list[Row], Table]]] = {}
    for section in sections:
        case = section.title.partition(": ")[2] or section.title
        for block in section.blocks:
            if isinstance(block, Table):
                for name, rows in _groups(block):
                    line = _with_band(case, rows)
                    found.setdefault(name, []).append((line, rows, block))
    for name, drawn in found.items():
        (_, rows, block), lines = drawn[0], [line for line, _, _ in drawn]
        same = all(line.values == lines[0].values for line in lines)
        places = [each.title for each in block.columns if each.kind == "number"]
        shown = lines[:1] if same else lines
        yield _figure(name, svg.lines(name, places, shown, _write(rows[0].cells)), _unit(rows[0], block))


def _with_band(name: str, rows: list[Row]) -> svg.Line:
    by_key = {row.cells[0].text: _shown(row.cells[2:]) for row in rows[1:]}
    return svg.Line(name, _shown(rows[0].cells[2:]), by_key.get("p10", []), by_key.get("p90", []))


def _groups(found: Table) -> Iterator[tuple[str, list[Row]]]:
    """Yield the rows that say something of one figure, with its name."""
    group: list[Row] = []
    for row in found.rows:
        if not row.level and group:
            yield group[0].cells[0].text, group
            group = []
        group.append(row)
    if group:
        yield group[0].cells[0].text, group


def _shown(cells: Iterable[Cell]) -> list[float | None]:
    """Return numbers in the unit that they are written in, in which round ones make good marks."""
    return [None if cell.base is None else cell.base / _factor(cell.unit, is_share=_is_share(cell)) for cell in cells]


def _factor(unit: Unit | None, *, is_share: bool) -> float:
    return 0.01 if is_share else unit.factor if unit else 1.0


def _is_share(cell: Cell) -> bool:
    return cell.alone.endswith(" %")


def _ranges(name: str, rows: list[Row], found: Table) -> Iterator[str]:
    at = {column.head: place for place, column in enumerate(found.columns)}
    bars = []
    for row in rows if len(rows) == 1 else rows[1:]:
        middle, low, high = _shown(row.cells[at[key]] for key in ("p50", "p10", "p90"))
        if middle is not None and low is not None and high is not None:
            bars.append((shorten(row.cells[0].text, _LABEL), middle, low, high))
    if len(bars) > 1:
        cells = [cell for row in rows for cell in row.cells]
        yield _figure(
            f"{name}: median and 80 % range", svg.ranges(f"{name} by case", bars, _write(cells)), _unit(rows[0], found)
        )


def _waterfall(title: str, found: Table) -> str:
    rows, last = found.rows, len(found.rows) - 1
    steps = []
    for number, row in enumerate(rows):
        is_total = number in {0, last}
        (amount,) = _shown([row.cells[2 if is_total else 1]])
        steps.append((shorten(row.cells[0].text, _LABEL), amount or 0.0, is_total))
    return _figure(title, svg.steps(title, steps, _write([row.cells[2] for row in rows])), found.columns[2].unit)


def _histogram(found: Histogram) -> str:
    write, factor = _writing(found.unit, is_share=found.is_share), _factor(found.unit, is_share=found.is_share)
    edges, marks = [each / factor for each in found.edges], [(key, value / factor) for key, value in found.marks]
    drawn = svg.histogram(found.title, edges, found.counts, marks, write)
    heads = "".join(f'<th scope="col" class="n">{text(each)}</th>' for each in ("from", "to", "samples"))
    bins = "".join(
        "<tr>"
        + "".join(f'<td class="n">{text(each)}</td>' for each in (write(low), write(high), f"{count:,}"))
        + "</tr>"
        for low, high, count in zip(edges, edges[1:], found.counts, strict=False)
    )
    data = f"<table><thead><tr>{heads}</tr></thead><tbody>{bins}</tbody></table>"
    data = f"<details><summary>data</summary>{data}</details>"
    return f"<div>{_figure(found.title, drawn, found.words)}{data}</div>"


def _map(found: HeatMap) -> str:
    (down, rows), (across, columns) = found.down, found.across
    head = "".join(f'<th scope="col" class="n">{text(each.text)}</th>' for each in columns)
    body = "".join(
        f'<tr><th scope="row" class="n">{text(label.text)}</th>'
        + "".join(
            f'<td class="{"absent" if level is None else f"v{level}"}">{text(cell.text)}</td>'
            for cell, level in zip(cells, levels, strict=True)
        )
        + "</tr>"
        for label, cells, levels in zip(rows, found.cells, found.levels, strict=True)
    )
    told = "; in brackets: a condition does not hold" if found.has_conditions else ""
    caption = f"{found.title}: {down} down, {across} across{told}"
    return (
        f'<div class="scroll" role="group" tabindex="0" aria-label="{text(found.title)}"><table class="map">'
        f"<caption><span>{prose(caption)}</span></caption><thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _figure(caption: str, drawn: str, unit: str) -> str:
    if not drawn:
        return ""
    words = f"{caption} ({unit})" if unit else caption
    told = f"<figcaption>{prose(words)}</figcaption>" if words else ""
    return f"<figure>{told}{drawn}</figure>"


def _unit(row: Row, found: Table) -> str:
    return "" if found.unit_at is None else row.cells[found.unit_at].text


def _write(cells: Iterable[Cell]) -> Write:
    """Return what writes numbers as these cells do."""
    known = [each for each in cells if each.unit is not None]
    return _writing(known[0].unit or RATIO, is_share=any(map(_is_share, known))) if known else str


def _writing(unit: Unit, *, is_share: bool) -> Write:
    factor = _factor(unit, is_share=is_share)
    return lambda value: bare_text(value * factor, unit, share=is_share)
