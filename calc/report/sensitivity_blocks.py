"""A sensitivity study as tables: a tornado for each figure with shares of the variance, and what flips a verdict."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from calc.report.blocks import Block, Words
from calc.scenario.resolved import BASE
from calc.units.format import compact, percent_text

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue

_BAR = 10
_YEARS = 2


def sensitivity_blocks(found: dict[str, Any], catalogue: Catalogue, *, bar: str = "█") -> list[Block]:
    """Return the tables of a sensitivity study; `bar` is what bars are drawn with."""
    words, blocks = Words(catalogue), []
    for case in found["cases"]:
        label = "" if case["name"] == BASE else f", {case['name']}"
        if not case["figures"]:
            text = "nothing moves the figures: no input that they need is uncertain"
            hint = "give one a range, such as `4 to 5 kW`"
            blocks.append(Block(f"What drives the figures{label}", before=[f"{text}; {hint}"]))
        dated = {name: _whole(name, figure) for name, figure in case["figures"].items() if "year" in figure}
        for name, figure in case["figures"].items():
            years = [each for each, whole in dated.items() if whole == dated.get(name)]
            if "year" not in figure or len(years) <= _YEARS or name in {years[0], years[-1]}:
                blocks.append(_tornado(name, figure, words, label, bar))
            elif name == years[1]:
                text = f"{dated[name]} in the years between: name one, as in `of: [{name}]`, or see `--format json`"
                blocks.append(Block(before=[text]))
        blocks += [Block(before=[f"{name}: no drivers, {reason}"]) for name, reason in case["not_driven"].items()]
        moved = [each for figure in case["figures"].values() for each in figure["inputs"]]
        blocks += [_legend(moved)] if moved else []
        blocks += _flips(case["flips"], words, label)
    blocks += _flips(found["flips_between_cases"], words, "")
    return blocks + ([Block(before=found["notes"])] if "notes" in found else [])


def _whole(name: str, figure: dict[str, Any]) -> str:
    """Return the figure that one year is of."""
    return name.removesuffix(f" in {figure['year']}")


def _tornado(name: str, figure: dict[str, Any], words: Words, label: str, bar: str) -> Block:
    block = Block(f"What drives {name}{label}")
    inputs = figure["inputs"]
    point = words.text(name, figure["value"])
    if not inputs:
        block.before.append(f"{point}; no uncertain input moves it")
        return block
    median = ""
    if "p50" in figure:
        low, high = (words.bare(name, figure[key], digits=3) for key in ("p10", "p90"))
        median = f"{words.text(name, figure['p50'])} ({low} to {high}); "
    block.before.append(f"{median}{point} at the likely values, and from there each input moved alone, p10 to p90")
    block.head = ["input", "", "p10", "p90", "at p10", "at p90", "% per %", "alone", "in all"]
    block.lead, block.spare = 2, 1
    widths = [_width(each) for each in inputs]
    most = max(widths) or 1.0
    for each, width in zip(inputs, widths, strict=True):
        moved, found = (each["p10"], each["p90"]), (each["at_p10"], each["at_p90"])
        block.rows.append(
            [
                words.head(each["name"], each.get("year")),
                bar * max(1 if width else 0, round(width / most * _BAR)),
                *words.spread(each["name"], moved, moved),
                *words.spread(name, found, found),
                "jumps" if each["elasticity"] is None else compact(each["elasticity"], digits=3),
                _share(each["first_order"]),
                _share(each["total"]),
            ]
        )
    return block


def _legend(inputs: list[dict[str, Any]]) -> Block:
    """Return what the columns are, once for all figures of a case."""
    note = (
        "at p10, at p90: the figure where the input is there; % per %: elasticity, per cent of the figure for one per "
        "cent of the input; alone, in all: its share of the variance by itself and with all it acts together with "
        f"(Sobol indices{_errors(inputs)})"
    )
    return Block(before=[note])


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


def _flips(flips: list[dict[str, Any]], words: Words, label: str) -> list[Block]:
    blocks = []
    for verdict in dict.fromkeys(each["verdict"] for each in flips):
        mine = [each for each in flips if each["verdict"] == verdict]
        block = Block(f"What flips it{label}", ["input", "at", "flips at", "looked at"], lead=4)
        share = mine[0]["probability"]
        if share is None:
            block.before.append(f"{verdict}: {'holds' if mine[0]['holds'] else 'does not hold'} at the likely values")
        else:
            block.before.append(f"{verdict}: holds in {percent_text(share)} of the samples")
            tail = "" if mine[0]["confidence"] else ", and flips it where it holds in half of them"
            block.before.append(f"each input moved stands at one value in all samples, while the others vary{tail}")
        for each in mine:
            name = each["quantity"]
            at = " and ".join(words.text(name, value, digits=6 if share is None else 4) for value in each["flips_at"])
            tail = "" if each["range"] == "whole" else ", p1 to p99"
            block.rows.append(
                [
                    each["input"],
                    words.text(name, each["value"]),
                    at or "never within its range",
                    f"{words.span(name, each['low'], each['high'])}{tail}",
                ]
            )
        blocks.append(block)
    return blocks
