"""A comparison as tables: figures side by side, and for each difference the steps that lead to it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from calc.report.blocks import Block, Words, per_cent, unit_of
from calc.report.find_blocks import OFF
from calc.study.headline import percentile_text
from calc.units.format import amount_text

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue, Quantity

_YEARS = 2
_METHODS = {
    "shapley": "each change by its effect averaged over all orders of making them (Shapley)",
    "sequential": "the changes made one after the other in this order",
    "together": "the changes made together, because none of them can be made alone",
}


def compare_blocks(found: dict[str, Any], catalogue: Catalogue) -> list[Block]:
    """Return the figures side by side, then a block a difference that has steps."""
    words, cases = Words(catalogue), found["cases"]
    side = Block("Side by side", ["", "", *cases], lead=2)
    for other in cases[1:]:
        side.head += [f"{other} less {cases[0]}" if len(cases) > 2 else "difference", "ratio"]
    for row in found["figures"]:
        side.rows += _rows(row, words)
    if any("p50" in each for row in found["figures"] for each in row["values"]):
        text = "uncertain figures are medians, their 80 % ranges below; so are differences and ratios"
        side.after.append(f"{text}, over shared samples: they need not be those of the medians")
    side.after += found["notes"]
    blocks, rows = [side], found["figures"]
    for row in rows:
        name, ways = row["name"], [each for each in row["to_first"] if each["waterfall"]]
        same = [each["year"] for each in rows if each["name"] == name and "year" in each]
        if len(same) > _YEARS and row["year"] not in (same[0], same[-1]):
            if row["year"] == same[1] and any(each["waterfall"] for one in rows for each in one["to_first"]):
                text = f"{name}: the steps of the years between are in `--format json` and `--format csv`"
                blocks.append(Block(before=[text]))
            continue
        blocks += [_waterfall(found, row, each, catalogue[name]) for each in ways]
    return blocks


def _rows(row: dict[str, Any], words: Words) -> list[list[str]]:
    """Return the row of a figure with its differences, and below it those of its spread."""
    name, values = row["name"], row["values"]

    def bare(each: dict[str, Any]) -> str:
        if "p50" in each:
            return words.bare(name, each["p50"])
        return words.bare(name, each["value"]) if each["value"] is not None else str(each["text"])

    lines = [[_label(row), unit_of(words.catalogue[name]), *map(bare, values)]]
    for each in row["to_first"]:
        samples = each["samples"] or {}
        difference, ratio = samples.get("p50", each["difference"]), samples.get("ratio", each["ratio"])
        lines[0].append("" if difference is None else _signed(words.bare(name, difference), difference))
        lines[0].append("" if ratio is None else f"{ratio:.4g}")
    if not any("p50" in each for each in values):
        return lines
    lines[0][0] += " p50"
    for key in ("p10", "p90"):
        line = [f"  {key}", "", *(words.bare(name, each[key]) if key in each else "" for each in values)]
        for each in row["to_first"]:
            samples = each["samples"]
            line += [_signed(words.bare(name, samples[key]), samples[key]) if samples else "", ""]
        lines.append(line)
    off = [percentile_text(each[OFF] / 100) if OFF in each else "" for each in values]
    if any(off):
        lines.append(["  likely at", "", *off, *[""] * (2 * len(row["to_first"]))])
    return lines


def _label(row: dict[str, Any]) -> str:
    """Return the name of a figure, of a yearly one with the year."""
    return f"{row['name']} in {row['year']}" if "year" in row else str(row["name"])


def _signed(text: str, number: float) -> str:
    return f"+{text}" if number > 0 else text


def _waterfall(found: dict[str, Any], row: dict[str, Any], each: dict[str, Any], quantity: Quantity) -> Block:
    way = each["waterfall"]
    block = Block(f"{_label(row)}: from {found['cases'][0]} to {each['case']}", lead=1)
    if each["samples"]:
        spread = each["samples"]
        middle, low, high = (_exact(spread[key], quantity) for key in ("p50", "p10", "p90"))
        block.after.append(
            f"the difference over shared samples: p50 {middle}, p10 {low}, p90 {high}; below 0 in "
            f"{per_cent(spread['probability_lower'])} of them"
        )
    if not way["steps"]:
        block.before.append("no input explains it")
        return block
    if any("p50" in value for value in row["values"]):
        block.before.append("at the likely values, where the steps add up to the difference")
    block.before.append(_METHODS[way["method"]])
    block.head = ["", f"change ({unit_of(quantity)})", f"{_label(row)} ({unit_of(quantity)})"]
    decimals = _decimals([way["from"], way["to"], *(step["change"] for step in way["steps"])], quantity)
    scale = 100 if quantity.is_share else 1

    def shown(number: float) -> float:
        return round(number * scale, decimals)

    before = shown(way["from"])
    block.rows.append([found["cases"][0], "", f"{before:,.{max(0, decimals)}f}"])
    for step in way["steps"]:
        # What is printed are differences of what is printed, so that a reader can add them up.
        after = shown(step["after"])
        change = after - before
        block.rows.append([_inputs(step), f"{change:+,.{max(0, decimals)}f}", f"{after:,.{max(0, decimals)}f}"])
        before = after
    block.rows.append(
        [each["case"], f"{before - shown(way['from']):+,.{max(0, decimals)}f}", f"{before:,.{max(0, decimals)}f}"]
    )
    return block


def _inputs(step: dict[str, Any]) -> str:
    parts = []
    for each in step["inputs"]:
        if each["name"] == "formulas":
            parts.append("the formulas of the scenario")
        else:
            parts.append(f"{each['name']}: {each['from'] or 'not given'} to {each['to'] or 'not given'}")
    return "; ".join(parts)


def _decimals(numbers: list[float], quantity: Quantity) -> int:
    """Return decimals that show money to the dollar, or to the cent below a thousand, and others to six digits."""
    scale = 100 if quantity.is_share else 1
    largest = max((abs(each) * scale for each in numbers), default=0.0)
    if largest == 0:
        return 0
    magnitude = math.floor(math.log10(largest))
    if all(each * scale == int(each * scale) for each in numbers):
        return 0
    is_money = [atom for atom, _ in quantity.unit.atoms] == ["USD"]
    if is_money:
        return 0 if magnitude >= 3 else 2
    return min(max(0, 5 - magnitude), 12)


def _exact(number: float, quantity: Quantity) -> str:
    return amount_text(number * quantity.unit.factor, quantity.unit, share=quantity.is_share)
