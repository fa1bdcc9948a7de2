"""A comparison as tables: figures side by side, and for each difference the steps that lead to it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from calc.report.blocks import SPREAD, Block, Words, unit_of
from calc.report.find_blocks import OFF
from calc.study.headline import percentile_text
from calc.units.format import amount_text, compact, decimal_text, digits_apart, percent_text

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue, Quantity

_YEARS = 2
_METHODS = {
    "shapley": "each change by its effect averaged over all orders of making them (Shapley)",
    "sequential": "the changes made one after the other in this order",
    "price_volume_mix": "hours at the planned price, then their mix, then their price; then what has no planned hours",
    "together": "the changes made together, because none of them can be made alone",
}


def compare_blocks(found: dict[str, Any], catalogue: Catalogue) -> list[Block]:
    """Return the figures side by side, then a block a difference that has steps."""
    blocks: list[Block] = []
    for pair in dict.fromkeys(row.get("pair", "") for row in found["figures"]):
        rows = [row for row in found["figures"] if row.get("pair", "") == pair]
        blocks += _compared(found["cases"], rows, Words(catalogue), f", {pair}" if pair else "")
    if blocks:
        side = blocks[0]
        side.after += found["notes"]
    return blocks


def _compared(cases: list[str], rows: list[dict[str, Any]], words: Words, label: str) -> list[Block]:
    """Return rows of figures side by side, then a block a difference that has steps; label: of which case they are."""
    side = Block(f"Side by side{label}", ["", "", *cases], lead=2)
    for other in cases[1:]:
        side.head += [f"{other} less {cases[0]}" if len(cases) > 2 else "difference", "ratio"]
    for row in rows:
        side.rows += _rows(row, words)
    if any("p50" in each for row in rows for each in row["values"]):
        text = "uncertain figures are medians, their 80 % ranges below; so are differences and ratios"
        side.after.append(f"{text}, over shared samples: they need not be those of the medians")
    for row in rows:
        shares = [
            f"{percent_text(each['share_without_value'])} of the samples of {case}"
            for case, each in zip(cases, row["values"], strict=True)
            if _lacks_some(each)
        ]
        if shares:
            side.after.append(f"{_label(row)}: at the likely values; no value in {' and '.join(shares)}")
    blocks = [side]
    for row in rows:
        name, ways = row["name"], [each for each in row["to_first"] if each["waterfall"]]
        same = [each["year"] for each in rows if each["name"] == name and "year" in each]
        if len(same) > _YEARS and row["year"] not in (same[0], same[-1]):
            if row["year"] == same[1] and any(each["waterfall"] for one in rows for each in one["to_first"]):
                text = f"{name}: the steps of the years between are in `--format json` and `--format csv`"
                blocks.append(Block(before=[text]))
            continue
        blocks += [_waterfall(cases[0], row, each, words.catalogue[name], label) for each in ways]
    return blocks


def _rows(row: dict[str, Any], words: Words) -> list[list[str]]:
    """Return the row of a figure with its differences, and below it those of its spread."""
    name, values = row["name"], row["values"]

    def spread(each: dict[str, Any]) -> list[str]:
        if "p50" in each:
            return words.spread(name, [each[key] for key in SPREAD], (each["p10"], each["p90"]))
        if _lacks_some(each):
            return [f"no value in {percent_text(each['share_without_value'])}", "", ""]
        return [words.bare(name, each["value"]) if each["value"] is not None else str(each["text"]), "", ""]

    middle, low, high = zip(*map(spread, values), strict=True)
    lines = [[_label(row), unit_of(words.catalogue[name]), *middle]]
    for value, each in zip(values[1:], row["to_first"], strict=True):
        if _lacks_some(values[0]) or _lacks_some(value):
            # There is a difference at the likely values only, which do not stand here.
            lines[0] += ["", ""]
            continue
        samples = each["samples"] or {}
        difference, ratio = samples.get("p50", each["difference"]), samples.get("ratio", each["ratio"])
        lines[0].append("" if difference is None else _signed(words.bare(name, difference), difference))
        lines[0].append("" if ratio is None else compact(ratio))
    if not any("p50" in each for each in values):
        return lines
    lines[0][0] += " p50"
    for key, texts in (("p10", low), ("p90", high)):
        line = [f"  {key}", "", *texts]
        for each in row["to_first"]:
            samples = each["samples"]
            line += [_signed(words.bare(name, samples[key]), samples[key]) if samples else "", ""]
        lines.append(line)
    off = [percentile_text(each[OFF] / 100) if OFF in each else "" for each in values]
    if any(off):
        lines.append(["  likely at", "", *off, *[""] * (2 * len(row["to_first"]))])
    return lines


def _lacks_some(each: dict[str, Any]) -> bool:
    """Tell whether a figure has a value at the likely values, and none in some samples."""
    return "share_without_value" in each and each["value"] is not None


def _label(row: dict[str, Any]) -> str:
    """Return the name of a figure, of a yearly one with the year."""
    return f"{row['name']} in {row['year']}" if "year" in row else str(row["name"])


def _signed(text: str, number: float) -> str:
    return f"+{text}" if number > 0 else text


def _waterfall(first: str, row: dict[str, Any], each: dict[str, Any], quantity: Quantity, label: str) -> Block:
    way = each["waterfall"]
    block = Block(f"{_label(row)}{label}: from {first} to {each['case']}", lead=1)
    if each["samples"]:
        spread = each["samples"]
        p50, p10, p90 = (spread[key] * quantity.unit.factor for key in SPREAD)
        digits = digits_apart(p10, p90, quantity.unit, share=quantity.is_share)
        middle, low, high = (
            amount_text(each, quantity.unit, share=quantity.is_share, digits=digits) for each in (p50, p10, p90)
        )
        block.after.append(
            f"the difference over shared samples: p50 {middle}, p10 {low}, p90 {high}; below 0 in "
            f"{percent_text(spread['probability_lower'])} of them"
        )
    if not way["steps"]:
        block.before.append("no input explains it")
        return block
    if any("p50" in value for value in row["values"]):
        block.before.append("at the likely values, where the steps add up to the difference")
    block.before.append(_METHODS[way["method"]])
    unit = f" ({unit_of(quantity)})" if unit_of(quantity) else ""
    block.head = ["", f"change{unit}", f"{_label(row)}{unit}"]
    decimals = _decimals([way["from"], way["to"], *(step["change"] for step in way["steps"])], quantity)
    scale = _scale(quantity)

    def shown(number: float) -> float:
        return round(number * scale, decimals)

    def text(rounded: float, exact: float, *, sign: bool = False) -> str:
        # What is too small for these decimals is told by itself; it changes no digit of the sum.
        return decimal_text(rounded or exact * scale, decimals, sign=sign)

    before = shown(way["from"])
    block.rows.append([first, "", text(before, way["from"])])
    for step in way["steps"]:
        # What is printed are differences of what is printed, so that a reader can add them up.
        after = shown(step["after"])
        change = after - before
        block.rows.append([_inputs(step), text(change, step["change"], sign=True), text(after, step["after"])])
        before = after
    whole = text(before - shown(way["from"]), way["to"] - way["from"], sign=True)
    block.rows.append([each["case"], whole, text(before, way["to"])])
    return block


def _scale(quantity: Quantity) -> int:
    """Return what a number in the declared unit is multiplied with to be one in the unit of the heading."""
    return 100 if unit_of(quantity).startswith("%") else 1


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
