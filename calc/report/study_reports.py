"""What studies say: what was found, what drives a figure, what leads from one case to another, a figure at every point.

They are made of a study's JSON result, whose numbers are in the declared unit of their quantity.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from calc.report.compare_report import compare_sections, difference_lines
from calc.report.report import (
    Block,
    Cell,
    Column,
    Paragraph,
    Report,
    Row,
    Section,
    Table,
    bar_cell,
    name_cell,
    named_column,
    notices,
    section,
    written,
)
from calc.report.study_words import SPREAD, Words, label_of
from calc.scenario.case import BASE
from calc.study.remarks import ASIDE, unheeded_by_studies
from calc.study.results import percentile_text
from calc.units.format import compact, percent_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from calc.engine.catalogue import Catalogue
    from calc.scenario.resolve import Scenario

_OFF = "value_percentile"
# Of more years than these only the first and the last are told.
_YEARS = 2


def study_report(name: str, scenario: Scenario, body: dict[str, Any]) -> Report:
    """Return what one study of a scenario says."""
    found = Report(scenario.heading, name=name)
    found.sections += section(ASIDE, notices(unheeded_by_studies(scenario), "warning"), "given but not used")
    found.sections += study_sections(name, body, scenario.catalogue)
    found.sections += section("Warnings", notices(scenario.warnings, "warning"), "warnings")
    return found


def study_sections(name: str, body: dict[str, Any], catalogue: Catalogue) -> list[Section]:
    """Return the sections of a study, by the name of its section in a scenario."""
    if name == "sweep":
        from calc.report.sweep_report import sweep_sections

        return sweep_sections(body, catalogue)
    makers: dict[str, Callable[[dict[str, Any], Catalogue], list[Section]]] = {
        "find": find_sections, "sensitivity": sensitivity_sections, "compare": compare_sections,
    }  # fmt: skip
    return makers[name](body, catalogue)


def study_lines(name: str, body: dict[str, Any], catalogue: Catalogue) -> list[str]:
    """Return in a few lines what a study found, the most important first."""
    words = Words(catalogue)
    if name == "sweep":
        from calc.report.sweep_report import sweep_lines

        return sweep_lines(body, catalogue)
    if name == "find":
        return [
            f"{label_of(case, '')}{': ' if label_of(case, '') else ''}{_reached(case, words)}"
            for goal in body["goals"]
            for case in goal["cases"]
        ]
    if name == "sensitivity":
        return [*_driven(body), *_flipped(body, words)]
    return [line for row in body["figures"] for line in difference_lines(body["cases"][0], row, words)]


def _reached(case: dict[str, Any], words: Words) -> str:
    return _answer(case, words) if case["reached"] else f"NOT REACHED: {case['explanation']}"


def _driven(body: dict[str, Any]) -> list[str]:
    lines = []
    for case in body["cases"]:
        for name, figure in case["figures"].items():
            inputs = sorted(figure["inputs"], key=lambda each: -_width(each))[:2]
            shares = [f" ({_share(each['total'])})" if each["total"] is not None else "" for each in inputs]
            parts = [f"{each['name']}{share}" for each, share in zip(inputs, shares, strict=True)]
            if parts:
                lines.append(f"{name}{label_of(case, ', ')}: {', '.join(parts)}")
    return lines


def _flipped(body: dict[str, Any], words: Words) -> list[str]:
    flips = [*body["flips_between_cases"], *(each for case in body["cases"] for each in case["flips"])]
    found = [each for each in flips if each["flips_at"]]
    lines = [
        f"`{each['verdict']}` flips at {each['input']} = "
        + " and ".join(words.text(each["quantity"], value) for value in each["flips_at"])
        for each in found
    ]
    return lines or [f"`{each['verdict']}`: nothing flips it" for each in flips[:1]]


# ---------------------------------------------------------------- find


def find_sections(found: dict[str, Any], catalogue: Catalogue) -> list[Section]:
    """Return what was found for every goal in each case, why, and the figures there."""
    return [Section("Goal", _goal(goal, Words(catalogue)), "goal") for goal in found["goals"]]


def _goal(goal: dict[str, Any], words: Words) -> list[Block]:
    blocks: list[Block] = [Paragraph(goal["goal"])]
    cases = goal["cases"]
    alone = len(cases) == 1
    if alone:
        case, prefix = cases[0], "" if cases[0]["name"] == BASE else f"{cases[0]['name']}: "
        reached = case["reached"]
        blocks.append(Paragraph(f"{prefix}{_reached(case, words)}", "" if reached else "bad"))
        blocks += [Paragraph(line, level=1) for line in _remarks(case, words)]
    else:
        blocks.append(_by_case(cases, words))
        same: dict[tuple[str, bool], list[str]] = {}
        for case in cases:
            told = "; ".join([case["explanation"], *_remarks(case, words)])
            same.setdefault((told, case["reached"]), []).append(case["name"])
        for (told, reached), names in same.items():
            where = "every case" if len(names) == len(cases) else "; ".join(names)
            blocks.append(Paragraph(f"{where}: {told}", "" if reached else "bad"))
    return [*blocks, *_figures_there(cases, words)]


def _by_case(cases: list[dict[str, Any]], words: Words) -> Table:
    """Return what was found, a row a case."""
    names = list(dict.fromkeys(name for case in cases for name in case["values"]))
    heads = [named_column(words.catalogue[name], name) for name in names]
    table = Table([Column(kind="label"), *heads, Column("holds in")])
    for case in cases:
        found = [case["values"].get(name) for name in names]
        pairs = zip(names, found, strict=True)
        cells = [Cell() if each is None else words.cell(name, each["value"], digits=6) for name, each in pairs]
        if not case["reached"]:
            cells[0] = Cell("NOT REACHED", tone="bad")
        share = "" if case["probability"] is None else percent_text(case["probability"])
        table.rows.append(Row([Cell(case["name"]), *cells, written(share, case["probability"])]))
    return table


def _figures_there(cases: list[dict[str, Any]], words: Words) -> list[Block]:
    """Return the figures at what was found: a row a figure, and with several cases below it a row a case."""
    names = list(dict.fromkeys(name for case in cases for name in case["results"]))
    results = [each for case in cases for each in case["results"].values()]
    uncertain = any("p10" in each for each in results)
    keys = [*(("p10", "p90") if uncertain else ()), *(["likely at"] if any(_OFF in each for each in results) else [])]
    heads = [Column(each) for each in ("p50" if keys else "figure", *keys)]
    table = Table([Column("the figures there", "label"), Column(kind="unit"), *heads])
    for name in names:
        rows = [(case["name"], _cells(words, name, case["results"].get(name, {}), keys)) for case in cases]
        if len(cases) == 1:
            table.rows.append(Row([name_cell(name), words.unit(name), *rows[0][1]]))
            continue
        table.rows.append(Row([name_cell(name), words.unit(name), *(Cell() for _ in heads)]))
        table.rows += [Row([Cell(case), Cell(), *cells], 1) for case, cells in rows if any(each.text for each in cells)]
    return [table] if names else []


def _cells(words: Words, name: str, result: dict[str, Any], keys: list[str]) -> list[Cell]:
    middle, low, high = _cell(words, name, result), Cell(), Cell()
    if "p50" in result:
        middle, low, high = words.spread(name, [result[key] for key in SPREAD], (result["p10"], result["p90"]))
    off = Cell(percentile_text(result[_OFF] / 100) if _OFF in result else "")
    return [middle, *({"p10": low, "p90": high, "likely at": off}[key] for key in keys)]


def _cell(words: Words, name: str, result: dict[str, Any]) -> Cell:
    if not result:
        return Cell()
    if "headline" in result:
        return written(str(result["headline"]))
    return words.cell(name, result["value"]) if result["value"] is not None else written(result["text"])


def _answer(case: dict[str, Any], words: Words) -> str:
    values = ", ".join(f"{name} = {words.text(name, each['value'], digits=6)}" for name, each in case["values"].items())
    share = (
        ""
        if case["probability"] is None or case["how"] == "samples"
        else f", in {percent_text(case['probability'])} of the samples"
    )
    return f"{values}{share} ({case['explanation']})"


def _remarks(case: dict[str, Any], words: Words) -> list[str]:
    lines = []
    if case["holds_within"]:
        name = next(iter(case["values"]))
        spans = [words.span(name, low, high) for low, high in case["holds_within"]]
        lines.append(f"not monotone: of the values tried, the conditions hold within {' and '.join(spans)} only")
    if case["over_samples"]:
        lines.append(_over_samples(case["over_samples"], words))
    idle = "any value of its range will do" if case["reached"] else "the conditions do not depend on it"
    lines += [f"{each} changes nothing: {idle}" for each in case["without_effect"]]
    absent = {
        name: each["reason"] if each["text"] == "not included" else f"no value, {each['reason']}"
        for name, each in case["results"].items()
        if "by_year" not in each and each.get("reason")
    }
    lines += [f"{name}: {reason}" for name, reason in absent.items()]
    return lines + [f"beside it the check `{each}` fails there" for each in case["failed_checks"]]


def _over_samples(spread: dict[str, Any], words: Words) -> str:
    """Return in a line what the value sought is from sample to sample."""
    name, keys = spread["name"], ("p10", "p50", "p90")
    known = [key for key in keys if spread[key] is not None]
    cells = {key: words.cell(name, spread[key]) for key in known}
    texts = [f"{key} {each.alone if key == known[-1] else each.text}" for key, each in cells.items()]
    parts = [", ".join(texts)] if texts else []
    if len(known) < len(keys):
        parts.append(f"{' and '.join(key for key in keys if key not in known)} beyond the range")
    if spread["share_without"]:
        parts.append(f"none within the range in {percent_text(spread['share_without'])} of the samples")
    if spread["share_at_bound"]:
        parts.append(f"at the end of the range already in {percent_text(spread['share_at_bound'])}")
    return f"sample by sample {name} would be {'; '.join(parts)}"


# ---------------------------------------------------------------- sensitivity


def sensitivity_sections(found: dict[str, Any], catalogue: Catalogue) -> list[Section]:
    """Return a tornado for each figure with shares of the variance, and what flips a verdict."""
    words, sections = Words(catalogue), list[Section]()
    for case in found["cases"]:
        label = label_of(case, ", ")
        if not case["figures"]:
            text = "nothing moves the figures: no input that they need is uncertain"
            hint = "give one a range, such as `4 to 5 kW`"
            sections.append(Section(f"What drives the figures{label}", [Paragraph(f"{text}; {hint}")], "drivers"))
        dated = {name: _whole(name, figure) for name, figure in case["figures"].items() if "year" in figure}
        for name, figure in case["figures"].items():
            years = [each for each, whole in dated.items() if whole == dated.get(name)]
            if "year" not in figure or len(years) <= _YEARS or name in {years[0], years[-1]}:
                sections.append(_tornado(name, figure, words, label))
            elif name == years[1]:
                text = f"{dated[name]} in the years between: name one, as in `of: [{name}]`, or see `--format json`"
                sections.append(Section("", [Paragraph(text)], "drivers"))
        absent: list[Block] = [
            Paragraph(f"{name}: no drivers, {reason}") for name, reason in case["not_driven"].items()
        ]
        sections += section("", absent, "drivers")
        moved = [each for figure in case["figures"].values() for each in figure["inputs"]]
        sections += [Section("", [Paragraph(_legend(moved), "quiet")], "legend")] if moved else []
        sections += _flips(case["flips"], words, label)
    sections += _flips(found["flips_between_cases"], words, "")
    return sections + section("", [Paragraph(each) for each in found.get("notes", ())], "notes")


def _whole(name: str, figure: dict[str, Any]) -> str:
    """Return the figure that one year is of."""
    return name.removesuffix(f" in {figure['year']}")


def _tornado(name: str, figure: dict[str, Any], words: Words, label: str) -> Section:
    found = Section(f"What drives {name}{label}", [], "drivers")
    inputs, point = figure["inputs"], words.text(name, figure["value"])
    if not inputs:
        found.blocks.append(Paragraph(f"{point}; no uncertain input moves it"))
        return found
    median = ""
    if "p50" in figure:
        low, high = (words.cell(name, figure[key], digits=3).text for key in ("p10", "p90"))
        median = f"{words.text(name, figure['p50'])} ({low} to {high}); "
    told = f"{median}{point} at the likely values, and from there each input moved alone, p10 to p90"
    heads = [Column("input", "label"), Column(kind="bar")]
    heads += [Column(each) for each in ("p10", "p90", "at p10", "at p90", "% per %", "alone", "in all")]
    table = Table(heads)
    widths = [_width(each) for each in inputs]
    most = max(widths) or 1.0
    for each, width in zip(inputs, widths, strict=True):
        moved, ends = (each["p10"], each["p90"]), (each["at_p10"], each["at_p90"])
        elasticity, shares = each["elasticity"], (each["first_order"], each["total"])
        table.rows.append(
            Row(
                [
                    Cell(words.with_unit(each["name"], each.get("year")), is_name=True),
                    bar_cell(width / most),
                    *words.spread(each["name"], moved, moved),
                    *(cell._replace(whole="") for cell in words.spread(name, ends, ends)),
                    written("jumps") if elasticity is None else written(compact(elasticity, digits=3), elasticity),
                    *(written(_share(share), share) for share in shares),
                ]
            )
        )
    table.rows = [row._replace(cells=[each._replace(whole="") for each in row.cells]) for row in table.rows]
    found.blocks += [Paragraph(told), table]
    return found


def _legend(inputs: list[dict[str, Any]]) -> str:
    """Return what the columns are, once for all figures of a case."""
    return (
        "at p10, at p90: the figure where the input is there; % per %: elasticity, per cent of the figure for one per "
        "cent of the input; alone, in all: its share of the variance by itself and with all it acts together with "
        f"(Sobol indices{_errors(inputs)})"
    )


def _width(each: dict[str, Any]) -> float:
    if each["at_p10"] is None or each["at_p90"] is None:
        return 0.0
    return float(abs(each["at_p90"] - each["at_p10"]))


def _share(index: float | None) -> str:
    if index is None:
        return ""
    # An estimate is sure to a point or so; what is less than half of one is small, not nothing.
    return "<1 %" if 0 < index < 0.005 else f"{max(0.0, index) * 100:.0f} %"


def _errors(inputs: list[dict[str, Any]]) -> str:
    """Return how sure the indices are, by the largest of their standard errors."""
    errors = [each[key] for each in inputs for key in ("first_order_error", "total_error") if each[key] is not None]
    return f", standard error at most {max(1, math.ceil(max(errors) * 100))} points" if errors else ""


def _flips(flips: list[dict[str, Any]], words: Words, label: str) -> list[Section]:
    sections = []
    for verdict in dict.fromkeys(each["verdict"] for each in flips):
        mine = [each for each in flips if each["verdict"] == verdict]
        share, blocks = mine[0]["probability"], list[Block]()
        if share is None:
            holds = "holds" if mine[0]["holds"] else "does not hold"
            blocks.append(Paragraph(f"{verdict}: {holds} at the likely values"))
        else:
            blocks.append(Paragraph(f"{verdict}: holds in {percent_text(share)} of the samples"))
            tail = "" if mine[0]["confidence"] else ", and flips it where it holds in half of them"
            told = f"each input moved stands at one value in all samples, while the others vary{tail}"
            blocks.append(Paragraph(told))
        heads = [Column("input", "label"), *(Column(each, "words") for each in ("at", "flips at", "looked at"))]
        table = Table(heads)
        for each in mine:
            name = each["quantity"]
            at = [words.cell(name, value, digits=6 if share is None else 4) for value in each["flips_at"]]
            tail = "" if each["range"] == "whole" else ", p1 to p99"
            never = Cell("never within its range")
            flip = Cell(" and ".join(cell.alone for cell in at), "", at[0].base, at[0].unit) if at else never
            looked = Cell(f"{words.span(name, each['low'], each['high'])}{tail}")
            point = words.cell(name, each["value"])
            table.rows.append(
                Row([name_cell(each["input"]), Cell(point.alone, "", point.base, point.unit), flip, looked])
            )
        sections.append(Section(f"What flips it{label}", [*blocks, table], "flips"))
    return sections
