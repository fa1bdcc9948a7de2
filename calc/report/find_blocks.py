"""Goal-seek as tables: what was found for each goal and case, why, and the figures there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.report.blocks import SPREAD, Block, Words, unit_of
from calc.scenario.resolved import BASE
from calc.study.headline import percentile_text
from calc.units.format import percent_text

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue

OFF = "value_percentile"


def find_blocks(found: dict[str, Any], catalogue: Catalogue) -> list[Block]:
    """Return a block for every goal."""
    return [_goal(goal, catalogue) for goal in found["goals"]]


def _goal(goal: dict[str, Any], catalogue: Catalogue) -> Block:
    words, block = Words(catalogue), Block("Goal", before=[goal["goal"]])
    cases = goal["cases"]
    alone = len(cases) == 1 and cases[0]["name"] == BASE
    for case in cases:
        prefix = "" if alone else f"{case['name']}: "
        block.before.append(f"{prefix}{_answer(case, words)}")
        block.before += _remarks(case, words)
    names = list(dict.fromkeys(name for case in cases for name in case["results"]))
    results = [each for case in cases for each in case["results"].values()]
    uncertain = any("p10" in each for each in results)
    keys = [*(("p10", "p90") if uncertain else ()), *(["likely at"] if any(OFF in each for each in results) else [])]
    block.head = ["the figures there", "", *_heads(cases, keys, alone=alone)]
    block.lead = 2
    for name in names:
        row = [name, unit_of(catalogue[name])]
        for case in cases:
            result = case["results"].get(name, {})
            row += _cells(words, name, result, keys)
        block.rows.append(row)
    return block


def _heads(cases: list[dict[str, Any]], keys: list[str], *, alone: bool) -> list[str]:
    heads = []
    for case in cases:
        first = "p50" if keys else "figure"
        heads += [first if alone else f"{case['name']} p50" if keys else case["name"], *keys]
    return heads


def _cells(words: Words, name: str, result: dict[str, Any], keys: list[str]) -> list[str]:
    middle, low, high = _cell(words, name, result), "", ""
    if "p50" in result:
        middle, low, high = words.spread(name, [result[key] for key in SPREAD], (result["p10"], result["p90"]))
    off = percentile_text(result[OFF] / 100) if OFF in result else ""
    return [middle, *({"p10": low, "p90": high, "likely at": off}[key] for key in keys)]


def _cell(words: Words, name: str, result: dict[str, Any]) -> str:
    if not result:
        return ""
    if "headline" in result:
        return str(result["headline"])
    return words.bare(name, result["value"]) if result["value"] is not None else result["text"]


def _answer(case: dict[str, Any], words: Words) -> str:
    if not case["reached"]:
        return f"NOT REACHED: {case['explanation']}"
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
        lines.append(f"  not monotone: of the values tried, the conditions hold within {' and '.join(spans)} only")
    if case["over_samples"]:
        lines.append(f"  {_over_samples(case['over_samples'], words)}")
    idle = "any value of its range will do" if case["reached"] else "the conditions do not depend on it"
    lines += [f"  {each} changes nothing: {idle}" for each in case["without_effect"]]
    absent = {
        name: each["reason"] if each["text"] == "not included" else f"no value, {each['reason']}"
        for name, each in case["results"].items()
        if "by_year" not in each and each.get("reason")
    }
    lines += [f"  {name}: {reason}" for name, reason in absent.items()]
    lines += [f"  beside it the check `{each}` fails there" for each in case["failed_checks"]]
    return lines


def _over_samples(spread: dict[str, Any], words: Words) -> str:
    """Return in a line what the value sought is from sample to sample."""
    name, keys = spread["name"], ("p10", "p50", "p90")
    known = [key for key in keys if spread[key] is not None]
    texts = [f"{key} {(words.text if key == known[-1] else words.bare)(name, spread[key])}" for key in known]
    parts = [", ".join(texts)] if texts else []
    if len(known) < len(keys):
        parts.append(f"{' and '.join(key for key in keys if key not in known)} beyond the range")
    if spread["share_without"]:
        parts.append(f"none within the range in {percent_text(spread['share_without'])} of the samples")
    if spread["share_at_bound"]:
        parts.append(f"at the end of the range already in {percent_text(spread['share_at_bound'])}")
    return f"sample by sample {name} would be {'; '.join(parts)}"
