"""What a comparison says: figures side by side, and for each difference the steps that lead to it."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from calc.engine.explain import figure_text
from calc.engine.flat import SHARED, qualified
from calc.records import replace
from calc.report.csv import table
from calc.report.explain_report import value_text
from calc.report.json import STATISTICS, figure_dict, number, statistics_dict
from calc.report.report import (
    SPREAD,
    Block,
    Cell,
    Column,
    Paragraph,
    Row,
    Section,
    Table,
    Tone,
    Words,
    name_cell,
    notices,
    section,
    signed,
    unit_text,
    words_in,
    written,
)
from calc.scenario.years import span_text
from calc.study.change import FORMULAS, USE, YEARS
from calc.study.headline import percentile_text
from calc.units.format import amount_text, clean, compact, decimal_text, digits_apart, percent_text
from calc.value import Moment

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue, Quantity
    from calc.scenario.case import Scenario
    from calc.study.change import Side, Step, Waterfall
    from calc.study.compare import Compared, CompareFigure
    from calc.value import Value

_OFF = "value_percentile"
# Of more years than these only the first and the last are told.
_YEARS = 2
_METHODS = {
    "shapley": "each change by its effect averaged over all orders of making them (Shapley)",
    "sequential": "the changes made one after the other in this order",
    "price_volume_mix": "hours at the planned price, then their mix, then their price; then what has no planned hours",
    "together": "the changes made together, because none of them can be made alone",
}


def difference_lines(first: str, row: dict[str, Any], words: Words) -> list[str]:
    """Return the differences of a figure to the first case, in a line each."""
    lines = []
    for each in row["to_first"]:
        samples = each["samples"] or {}
        difference = samples.get("p50", each["difference"])
        if difference:
            lines.append(
                f"{_label(row)}: {each['case']} is {_signed(words, row['name'], difference).alone} against {first}"
            )
    return lines


def sections(found: dict[str, Any], catalogue: Catalogue) -> list[Section]:
    """Return the figures side by side, and for each difference the steps that lead to it."""
    told = notices([words_in(line, catalogue) for line in _flips(found)], "warning")
    sections = section("The verdict flips", told, "verdict flips")
    at = len(sections)
    for pair in dict.fromkeys(row.get("pair", "") for row in found["figures"]):
        rows = [row for row in found["figures"] if row.get("pair", "") == pair]
        sections += _compared(found["cases"], rows, Words(catalogue), f", {pair}" if pair else "")
    if sections[at:]:
        sections[at].blocks += [Paragraph(each) for each in found["notes"]]
    return sections


def _flips(body: dict[str, Any]) -> list[str]:
    """Return which verdicts are others than in the first case, and what each case's is."""
    return [
        (f"{each['of']}: " if each["of"] else "")
        + "; ".join(f"{case}: {words}" for case, words in zip(body["cases"], each["told"], strict=True))
        for each in body.get("verdicts", ())  # a bill has none
        if each["flips"]
    ]


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
            of = (
                "of the samples with a value"
                if any("p50" in each for each in row["values"])
                else "at the likely values"
            )
            words_of = f"{_label(row)}: {of}; no value in {' and '.join(shares)}"
            side.blocks.append(Paragraph(words_of))
    sections = [side]
    alone = _alone(rows)
    if alone:
        # What is certain of a difference stands in the table already.
        open_ones = [
            (row, each["samples"])
            for row in rows
            for each in row["to_first"]
            if each["samples"] and 0 < each["samples"]["probability_lower"] < 1
        ]
        told = [f"{_label(row)}: {_difference(each, words.catalogue[row['name']])}" for row, each in open_ones]
        text = f"one change alone makes all of these differences: {alone}"
        return [side, Section("", [Paragraph(text), *map(Paragraph, told)], "steps")]
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


def _alone(rows: list[dict[str, Any]]) -> str:
    """Return the one change that leads from the first case to the other for every figure that differs, or nothing."""
    ways = [each["waterfall"] for row in rows for each in row["to_first"] if each["waterfall"]]
    steps = {_inputs(way["steps"][0]) if len(way["steps"]) == 1 else "" for way in ways}
    return steps.pop() if len(steps) == 1 and len(ways) > 1 and len(rows[0]["to_first"]) == 1 else ""


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
    uncertain = any("p50" in each and each["p10"] != each["p90"] for each in values)
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
    return Cell() if value is None else signed(words.cell(name, value), value)


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
    heads = [Column(kind="words"), Column("change", unit=unit), Column(_label(row), unit=unit, is_name=True)]
    table = Table([*heads, Column(kind="strip")])
    levels = [0.0, way["from"], *(step["after"] for step in way["steps"]), way["to"]]
    low, wide = min(levels), max(levels) - min(levels)

    def span(begin: float, end: float) -> Cell:
        tone: Tone = "" if begin == 0 else "more" if end > begin else "less"
        return Cell(span=((begin - low) / wide, (end - low) / wide) if wide else None, tone=tone)

    decimals = _decimals([way["from"], way["to"], *(step["change"] for step in way["steps"])], quantity)
    scale = _scale(quantity)

    def shown(value: float) -> float:
        return round(value * scale, decimals)

    def cell(rounded: float, exact: float, *, sign: bool = False) -> Cell:
        # What is too small for these decimals is told by itself; it changes no digit of the sum.
        text = decimal_text(rounded or exact * scale, decimals, sign=sign)
        found = Cell(text, "", exact * quantity.unit.factor, quantity.unit, "number")
        return signed(found, exact) if sign else found

    before = shown(way["from"])
    table.rows.append(Row([Cell(first), Cell(), cell(before, way["from"]), span(0.0, way["from"])]))
    level = way["from"]
    for step in way["steps"]:
        after = shown(step["after"])
        table.rows.append(
            Row(
                [
                    Cell(_inputs(step)),
                    cell(after - before, step["change"], sign=True),
                    cell(after, step["after"]),
                    span(level, step["after"]),
                ]
            )
        )
        before, level = after, step["after"]
    whole = cell(before - shown(way["from"]), way["to"] - way["from"], sign=True)
    table.rows.append(Row([Cell(each["case"]), whole, cell(before, way["to"]), span(0.0, way["to"])]))
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


def lines(body: dict[str, Any], catalogue: Catalogue) -> list[str]:
    """Return in a few lines how the cases differ."""
    words = Words(catalogue)
    flips = [f"the verdict flips: {line}" for line in _flips(body)]
    return flips + [line for row in body["figures"] for line in difference_lines(body["cases"][0], row, words)]


# ---------------------------------------------------------------- the JSON result


_DIGITS = 15


def as_dict(scenario: Scenario, found: Compared) -> dict[str, Any]:
    """Return every figure in all cases; `to_first` has one entry for each case but the first.

    Of scenarios whose cases are compared in pairs `cases` are the scenarios, and each figure names its `pair`.
    """
    figures = _figure_dicts(found)
    for name, each in found.pairs.items():
        figures += [{"pair": name, **row} for row in _figure_dicts(each)]
    del scenario  # each side has its own
    return {
        "cases": [side.label for side in found.sides],
        "figures": figures,
        "notes": found.notes,
        "verdicts": [each._asdict() for each in found.verdicts],
    }


def _figure_dicts(found: Compared) -> list[dict[str, Any]]:
    catalogue = found.sides[0].scenario.catalogue
    return [_figure_dict(found.sides, row, catalogue[row.name]) for row in found.figures]


def _figure_dict(sides: list[Side], row: CompareFigure, quantity: Quantity) -> dict[str, Any]:
    values = [
        {**figure_dict(each, quantity), **statistics_dict(found, share, quantity, without)}
        for each, found, share, without in zip(row.figures, row.statistics, row.shares, row.without, strict=True)
    ]
    to_first = []
    for at, side in enumerate(sides[1:]):
        difference, ratio, spread = row.differences[at], row.ratios[at], row.spreads[at]
        entry: dict[str, Any] = {
            "case": side.label,
            "difference": difference and _difference_of(values[0]["value"], values[at + 1]["value"]),
            "ratio": None if ratio is None else clean(ratio),
            "samples": None,
            "waterfall": _waterfall_dict(sides[0], side, row.waterfalls[at], quantity),
        }
        if spread is not None:
            entry["samples"] = {
                **{key: number(getattr(spread, key), quantity.unit) for key in STATISTICS},
                "ratio": None if spread.ratio is None else clean(spread.ratio),
                "probability_lower": spread.lower,
            }
        to_first.append(entry)
    dated = {} if row.year is None else {"year": row.year}
    return {"name": row.name, **dated, "unit": quantity.unit_text, "values": values, "to_first": to_first}


def _difference_of(before: float, after: float) -> float:
    decimals = _decimals_of([before, after])
    return _less(round(after, decimals), round(before, decimals))


def _less(after: float, before: float) -> float:
    """Return the difference of two numbers as they are written, without the noise of binary fractions."""
    return float(Decimal(repr(after)) - Decimal(repr(before))) + 0.0


def _waterfall_dict(first: Side, second: Side, found: Waterfall | None, quantity: Quantity) -> dict[str, Any] | None:
    if found is None:
        return None
    numbers = [number(each, quantity.unit) for each in (found.start, *(step.after for step in found.steps), found.end)]
    decimals = _decimals_of(numbers)
    # All have as many decimals, and each step is the difference of two of them as they are written, so that they add up
    # to the last digit.
    start, *afters, end = (round(each, decimals) + 0.0 for each in numbers)
    steps, before = [], start
    for step, after in zip(found.steps, afters, strict=True):
        steps.append({"inputs": _changed(first, second, step), "change": _less(after, before), "after": after})
        before = after
    return {"from": start, "to": end, "method": found.method, "steps": steps, "reason": None}


def _decimals_of(numbers: list[float]) -> int:
    """Return how many decimals numbers can have so that the largest of them has no more digits than a float."""
    return _DIGITS - 1 - max((Decimal(repr(each)).adjusted() for each in numbers if each), default=0)


def _changed(first: Side, second: Side, step: Step) -> list[dict[str, Any]]:
    return [{"name": name, **dict(zip(("from", "to"), _both(first, second, name), strict=True))} for name in step.names]


def _both(first: Side, second: Side, name: str) -> tuple[str | None, str | None]:
    """Return what both sides say of an input or a variant, in words; None for one that says nothing."""
    if name == FORMULAS:
        return None, None
    if name == YEARS:
        one, other = (span_text(side.scenario.years) or None for side in (first, second))
        return one, other
    if name.startswith(USE):
        return _variant(first, name.removeprefix(USE)), _variant(second, name.removeprefix(USE))
    values = [_value(side, name) for side in (first, second)]
    if all(value is not None and value.by_year for value in values):
        # Of values by year those that differ tell.
        years = [dict(value.by_year) for value in values if value is not None]
        same = {year for year in years[0] if years[1].get(year, Moment(0.0)).point == years[0][year].point}
        kept = (tuple(each for each in value.by_year if each[0] not in same) for value in values if value is not None)
        values = [replace(value, by_year=each) for value, each in zip(values, kept, strict=True) if value is not None]
    one, other = (_value_text(side, name, value) for side, value in zip((first, second), values, strict=True))
    return one, other


def _value(side: Side, name: str) -> Value | None:
    """Return a value of a side, of a part that gives none that of all parts."""
    values = side.case.values
    return values.get(name) or values.get(name.partition(" in ")[0])


def _value_text(side: Side, name: str, value: Value | None) -> str | None:
    if value is None:
        return None
    quantity = side.scenario.catalogue[name]
    if not value.is_yearly:
        # The rate that an amount goes through is a change of its own.
        if value.original:
            return value.original
        return figure_text(value.point, quantity, given=True)
    growth = None if value.growth is None else Moment(value.growth.point)
    years = tuple((year, Moment(each.point)) for year, each in value.by_year)
    return value_text(replace(value, distribution=None, growth=growth, by_year=years), quantity)


def _variant(side: Side, chosen: str) -> str:
    catalogue, use = side.scenario.catalogue, side.case.use
    base, _, part = chosen.partition(" in ")
    choice = catalogue.choices.get(base)
    bound = choice.binds[0] if choice else base
    found = use.get(qualified(base, part)) or use.get(qualified(bound, part))
    return next(iter(catalogue[bound].formulas)) if found in {None, SHARED} else str(found)


# ---------------------------------------------------------------- CSV


COLUMNS = (
    "figure", "kind", "case", "name", "from", "to", "value", "unit", "difference", "ratio", "change", "after",
    "probability_lower", "year", "pair", "p10", "p50", "p90", "share_without_value",
)  # fmt: skip


def csv(body: dict[str, Any]) -> str:
    """Return the result as CSV with a header line."""
    return table(COLUMNS, _csv_rows(body))


def _csv_rows(body: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for row in body["figures"]:
        where = {"figure": row["name"], "year": row.get("year"), "pair": row.get("pair"), "unit": row["unit"]}
        changes = [{"difference": None, "ratio": None, "samples": None}, *row["to_first"]]
        for case, value, change in zip(body["cases"], row["values"], changes, strict=True):
            lower = (change["samples"] or {}).get("probability_lower")
            spread = {key: value.get(key) for key in ("p10", "p50", "p90", "share_without_value")}
            rows.append({**where, **change, "kind": "figure", "case": case, "value": value["value"],
                         "probability_lower": lower, **spread})  # fmt: skip
        for change in row["to_first"]:
            for step in (change["waterfall"] or {}).get("steps", []):
                named = {key: "; ".join(str(each[key]) for each in step["inputs"]) for key in ("name", "from", "to")}
                rows.append({**where, "kind": "step", "case": change["case"], **step, **named})
    return rows
