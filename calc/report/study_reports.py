"""What studies say: what was found, what drives a figure, what leads from one case to another, a figure at every point.

They are made of a study's JSON result, whose numbers are in the declared unit of their quantity.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

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
    notices,
    section,
    unit_text,
    written,
)
from calc.report.study_words import SPREAD, Words, label_of
from calc.scenario.resolved import BASE
from calc.study.headline import percentile_text
from calc.study.remarks import ASIDE, unheeded_by_studies
from calc.units.format import amount_text, compact, decimal_text, digits_apart, percent_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from calc.engine.catalogue import Catalogue, Quantity
    from calc.scenario.resolve import Scenario

_OFF = "value_percentile"
# Of more years than these only the first and the last are told.
_YEARS = 2
_METHODS = {
    "shapley": "each change by its effect averaged over all orders of making them (Shapley)",
    "sequential": "the changes made one after the other in this order",
    "price_volume_mix": "hours at the planned price, then their mix, then their price; then what has no planned hours",
    "together": "the changes made together, because none of them can be made alone",
}


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


# ---------------------------------------------------------------- find


def find_sections(found: dict[str, Any], catalogue: Catalogue) -> list[Section]:
    """Return what was found for every goal in each case, why, and the figures there."""
    return [Section("Goal", _goal(goal, Words(catalogue)), "goal") for goal in found["goals"]]


def _goal(goal: dict[str, Any], words: Words) -> list[Block]:
    blocks: list[Block] = [Paragraph(goal["goal"])]
    cases = goal["cases"]
    alone = len(cases) == 1 and cases[0]["name"] == BASE
    for case in cases:
        prefix = "" if alone else f"{case['name']}: "
        if case["reached"]:
            blocks.append(Paragraph(f"{prefix}{_answer(case, words)}"))
        else:
            blocks.append(Paragraph(f"{prefix}NOT REACHED: {case['explanation']}", "bad"))
        blocks += [Paragraph(f"  {line}") for line in _remarks(case, words)]
    names = list(dict.fromkeys(name for case in cases for name in case["results"]))
    results = [each for case in cases for each in case["results"].values()]
    uncertain = any("p10" in each for each in results)
    keys = [*(("p10", "p90") if uncertain else ()), *(["likely at"] if any(_OFF in each for each in results) else [])]
    table = Table([Column("the figures there", "label"), Column(kind="unit"), *_heads(cases, keys, alone=alone)])
    for name in names:
        cells = [each for case in cases for each in _cells(words, name, case["results"].get(name, {}), keys)]
        table.rows.append(Row([name_cell(name), words.unit(name), *cells]))
    return [*blocks, *([table] if names else [])]


def _heads(cases: list[dict[str, Any]], keys: list[str], *, alone: bool) -> list[Column]:
    heads = []
    for case in cases:
        first = "p50" if keys else "figure"
        heads += [first if alone else f"{case['name']} p50" if keys else case["name"], *keys]
    return [Column(each) for each in heads]


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


# ---------------------------------------------------------------- compare


def compare_sections(found: dict[str, Any], catalogue: Catalogue) -> list[Section]:
    """Return the figures side by side, and for each difference the steps that lead to it."""
    sections: list[Section] = []
    for pair in dict.fromkeys(row.get("pair", "") for row in found["figures"]):
        rows = [row for row in found["figures"] if row.get("pair", "") == pair]
        sections += _compared(found["cases"], rows, Words(catalogue), f", {pair}" if pair else "")
    if sections:
        sections[0].blocks += [Paragraph(each) for each in found["notes"]]
    return sections


def _compared(cases: list[str], rows: list[dict[str, Any]], words: Words, label: str) -> list[Section]:
    """Return rows of figures side by side, then the steps of each difference; label: of which case they are."""
    heads = [Column(kind="label"), Column(kind="unit"), *(Column(each) for each in cases)]
    for other in cases[1:]:
        heads += [Column(f"{other} less {cases[0]}" if len(cases) > 2 else "difference"), Column("ratio")]
    side = Section(
        f"Side by side{label}", [Table(heads, [each for row in rows for each in _rows(row, words)])], "figures"
    )
    if any("p50" in each for row in rows for each in row["values"]):
        text = "uncertain figures are medians, their 80 % ranges below; so are differences and ratios"
        side.blocks.append(Paragraph(f"{text}, over shared samples: they need not be those of the medians"))
    for row in rows:
        shares = [
            f"{percent_text(each['share_without_value'])} of the samples of {case}"
            for case, each in zip(cases, row["values"], strict=True)
            if _lacks_some(each)
        ]
        if shares:
            words_of = f"{_label(row)}: at the likely values; no value in {' and '.join(shares)}"
            side.blocks.append(Paragraph(words_of))
    sections = [side]
    for row in rows:
        name, ways = row["name"], [each for each in row["to_first"] if each["waterfall"]]
        same = [each["year"] for each in rows if each["name"] == name and "year" in each]
        if len(same) > _YEARS and row["year"] not in (same[0], same[-1]):
            if row["year"] == same[1] and any(each["waterfall"] for one in rows for each in one["to_first"]):
                text = f"{name}: the steps of the years between are in `--format json` and `--format csv`"
                sections.append(Section("", [Paragraph(text)], "steps"))
            continue
        sections += [_waterfall(cases[0], row, each, words.catalogue[name], label) for each in ways]
    return sections


def _rows(row: dict[str, Any], words: Words) -> list[Row]:
    """Return the row of a figure with its differences, and below it those of its spread."""
    name, values = row["name"], row["values"]

    def spread(each: dict[str, Any]) -> list[Cell]:
        if "p50" in each:
            return words.spread(name, [each[key] for key in SPREAD], (each["p10"], each["p90"]))
        if _lacks_some(each):
            return [written(f"no value in {percent_text(each['share_without_value'])}"), Cell(), Cell()]
        middle = words.cell(name, each["value"]) if each["value"] is not None else written(str(each["text"]))
        return [middle, Cell(), Cell()]

    middle, low, high = zip(*map(spread, values), strict=True)
    uncertain = any("p50" in each for each in values)
    first = [name_cell(_label(row), " p50" if uncertain else ""), words.unit(name), *middle]
    for value, each in zip(values[1:], row["to_first"], strict=True):
        if _lacks_some(values[0]) or _lacks_some(value):
            # There is a difference at the likely values only, which do not stand here.
            first += [Cell(), Cell()]
            continue
        samples = each["samples"] or {}
        difference, ratio = samples.get("p50", each["difference"]), samples.get("ratio", each["ratio"])
        first += [_signed(words, name, difference), Cell() if ratio is None else written(compact(ratio), ratio)]
    lines = [Row(first)]
    if not uncertain:
        return lines
    for key, texts in (("p10", low), ("p90", high)):
        cells = [Cell(key), Cell(), *texts]
        for each in row["to_first"]:
            cells += [_signed(words, name, (each["samples"] or {}).get(key)), Cell()]
        lines.append(Row(cells, 1))
    off = [Cell(percentile_text(each[_OFF] / 100) if _OFF in each else "") for each in values]
    if any(each.text for each in off):
        lines.append(Row([Cell("likely at"), Cell(), *off, *[Cell()] * (2 * len(row["to_first"]))], 1))
    return lines


def _lacks_some(each: dict[str, Any]) -> bool:
    """Tell whether a figure has a value at the likely values, and none in some samples."""
    return "share_without_value" in each and each["value"] is not None


def _label(row: dict[str, Any]) -> str:
    """Return the name of a figure, of a yearly one with the year."""
    return f"{row['name']} in {row['year']}" if "year" in row else str(row["name"])


def _signed(words: Words, name: str, value: float | None) -> Cell:
    if value is None:
        return Cell()
    found = words.cell(name, value)
    return found._replace(text=f"+{found.text}", whole=f"+{found.alone}") if value > 0 else found


def _waterfall(first: str, row: dict[str, Any], each: dict[str, Any], quantity: Quantity, label: str) -> Section:
    way, blocks = each["waterfall"], list[Block]()
    found = Section(f"{_label(row)}{label}: from {first} to {each['case']}", blocks, "steps")
    if not way["steps"]:
        blocks.append(Paragraph("no input explains it"))
    else:
        if any("p50" in value for value in row["values"]):
            blocks.append(Paragraph("at the likely values, where the steps add up to the difference"))
        blocks += [Paragraph(_METHODS[way["method"]]), _steps(first, row, each, quantity)]
    if each["samples"]:
        blocks.append(Paragraph(_difference(each["samples"], quantity)))
    return found


def _difference(spread: dict[str, Any], quantity: Quantity) -> str:
    p50, p10, p90 = (spread[key] * quantity.unit.factor for key in SPREAD)
    share = quantity.is_share
    digits = digits_apart(p10, p90, quantity.unit, share=share)
    middle, low, high = (amount_text(one, quantity.unit, share=share, digits=digits) for one in (p50, p10, p90))
    lower = percent_text(spread["probability_lower"])
    return f"the difference over shared samples: p50 {middle}, p10 {low}, p90 {high}; below 0 in {lower} of them"


def _steps(first: str, row: dict[str, Any], each: dict[str, Any], quantity: Quantity) -> Table:
    """Return the steps of a difference; shown are differences of what is shown, so that a reader can add them up."""
    way, unit = each["waterfall"], unit_text(quantity)
    table = Table([Column(kind="words"), Column("change", unit=unit), Column(_label(row), unit=unit, is_name=True)])
    decimals = _decimals([way["from"], way["to"], *(step["change"] for step in way["steps"])], quantity)
    scale = _scale(quantity)

    def shown(value: float) -> float:
        return round(value * scale, decimals)

    def cell(rounded: float, exact: float, *, sign: bool = False) -> Cell:
        # What is too small for these decimals is told by itself; it changes no digit of the sum.
        text = decimal_text(rounded or exact * scale, decimals, sign=sign)
        return Cell(text, "", exact * quantity.unit.factor, quantity.unit, "number")

    before = shown(way["from"])
    table.rows.append(Row([Cell(first), Cell(), cell(before, way["from"])]))
    for step in way["steps"]:
        after = shown(step["after"])
        table.rows.append(
            Row([Cell(_inputs(step)), cell(after - before, step["change"], sign=True), cell(after, step["after"])])
        )
        before = after
    whole = cell(before - shown(way["from"]), way["to"] - way["from"], sign=True)
    table.rows.append(Row([Cell(each["case"]), whole, cell(before, way["to"])]))
    return table


def _scale(quantity: Quantity) -> int:
    """Return what a number in the declared unit is multiplied with to be one in the unit of the heading."""
    return 100 if unit_text(quantity).startswith("%") else 1


def _inputs(step: dict[str, Any]) -> str:
    parts = []
    for each in step["inputs"]:
        if each["name"] == "formulas":
            parts.append("the formulas of the scenario")
        elif each["from"] == each["to"] == "":
            parts.append(each["name"])
        else:
            parts.append(f"{each['name']}: {each['from'] or 'not given'} to {each['to'] or 'not given'}")
    return "; ".join(parts)


def _decimals(numbers: list[float], quantity: Quantity) -> int:
    """Return decimals that show money to the dollar, or to the cent below a thousand, and others to six digits."""
    scale = _scale(quantity)
    largest = max((abs(each) * scale for each in numbers), default=0.0)
    if largest == 0:
        return 0
    magnitude = math.floor(math.log10(largest))
    if all(each * scale == int(each * scale) for each in numbers):
        return 0
    is_money = [atom for atom, _ in quantity.unit.atoms] == ["USD"]
    if is_money:
        return 0 if magnitude >= 3 else max(2, min(3 - magnitude, 12)) if magnitude < 0 else 2
    return min(max(0, 5 - magnitude), 12)
