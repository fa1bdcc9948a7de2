"""A sweep as tables: a row a point, what is best and worst, the Pareto front."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.report.blocks import SPREAD, Block, Words
from calc.scenario.resolved import BASE

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from calc.engine.catalogue import Catalogue

MAX_ROWS = 60


def leading(column: dict[str, Any]) -> list[float | None]:
    """Return what a report leads with of a column: medians, or values where nothing is uncertain."""
    found: list[float | None] = column["p50" if "p50" in column else "values"]
    return found


def sweep_blocks(
    found: dict[str, Any], catalogue: Catalogue, mapped: Collection[tuple[str, str, int | None]] = ()
) -> list[Block]:
    """Return the tables of a sweep.

    mapped: figures of a case, with their year, that are shown as maps over two axes, and not here again.
    """
    words, blocks = Words(catalogue), []
    for case in map(without_news, found["cases"]):
        label = "" if case["name"] == BASE else f": {case['name']}"
        title = f"Sweep{label}"
        axes = len(found["axes"])
        rest = [each for each in case["columns"][axes:] if (case["name"], each["name"], each["year"]) not in mapped]
        if rest or not mapped:
            blocks.append(_points({**case, "columns": [*case["columns"][:axes], *rest]}, found, words, title))
        verdicts = _verdicts(found, case, words)
        if verdicts:
            blocks.append(Block(title if mapped and not rest else "", before=verdicts))
        if found["pareto_of"]:
            front = _rows(case, words, case["pareto"][:MAX_ROWS])
            block = Block(f"Pareto front{label}", _head(case, words), front, lead=0, keys=len(found["axes"]))
            block.before = [f"{' and '.join(found['pareto_of'])}: no other point is better in both"]
            if len(case["pareto"]) > MAX_ROWS:
                block.after.append(f"{MAX_ROWS} of {len(case['pareto']):,} points")
            blocks.append(block)
    return blocks


def _held(case: dict[str, Any]) -> int:
    """Return how many points meet the conditions."""
    return int(case["held"] if "held" in case else sum(case["holds"]))


def without_news(case: dict[str, Any]) -> dict[str, Any]:
    """Return a case with the models' own checks where one does not hold at some point: else they are no news."""
    if case["holds"] is None or _held(case) < case["points"]:
        return {**case, "conditions": [*case["conditions"], *case["model_checks"]]}
    return case if case["conditions"] else {**case, "holds": None}


def _points(case: dict[str, Any], found: dict[str, Any], words: Words, title: str) -> Block:
    count, axes = case["points"], len(found["axes"])
    columns, constant = list(case["columns"][:axes]), list[dict[str, Any]]()
    for each in case["columns"][axes:]:
        is_same = each["same"] if "same" in each else len(set(each["values"])) == 1
        same = count > 1 and is_same and "p10" not in each
        (constant if same else columns).append(each)
    shown = {**case, "columns": columns}
    block = Block(title, _head(shown, words), _rows(shown, words, range(min(count, MAX_ROWS))), lead=0, keys=axes)
    if count > MAX_ROWS:
        block.after.append(f"{MAX_ROWS} of {count:,} points; `--format csv` writes them all")
    if constant:
        texts = [f"{each['name']} = {words.text(each['name'], each['values'][0])}" for each in constant]
        block.after.append(f"the same at every point: {', '.join(texts)}")
    return block


def _absent(case: dict[str, Any]) -> list[str]:
    """Return why figures have no value at some points, and which are not included at any."""
    said: dict[str, list[str]] = {}
    for each in case["columns"]:
        if each.get("reason"):
            said.setdefault(each["reason"], []).append(each["name"])
    lines = [f"no value: {', '.join(dict.fromkeys(names))} ({reason})" for reason, names in said.items()]
    return lines + [f"{name} is {reason}" for name, reason in case["not_included"].items()]


def _verdicts(found: dict[str, Any], case: dict[str, Any], words: Words) -> list[str]:
    lines = _absent(case)
    if case.get("at_likely_values"):
        lines.append("samples at every point would be too many: figures and conditions are at the likely values")
    if case["holds"] is not None:
        lines.append(f"{_held(case):,} of {case['points']:,} points meet {' and '.join(case['conditions'])}")
    if found["best_of"] and case["best"] is None:
        lines.append(f"{found['best_of']}: no point has a value and meets the conditions")
    elif found["best_of"]:
        name = found["best_of"].partition(" ")[2]
        for which in ("best", "worst"):
            value = leading(next(each for each in case["columns"] if each["name"] == name))[case[which]]
            lines.append(
                f"{which}: {name} = {words.text(name, value)} at {point_text(case, found, case[which], words)}"
            )
    return lines


def point_text(case: dict[str, Any], found: dict[str, Any], at: int, words: Words) -> str:
    """Return the inputs at a point in words."""
    columns = case["columns"][: len(found["axes"])]
    return ", ".join(f"{each['name']} = {words.text(each['name'], each['values'][at], digits=6)}" for each in columns)


def _head(case: dict[str, Any], words: Words) -> list[str]:
    head = []
    for each in case["columns"]:
        name = words.head(each["name"], each["year"])
        head += [f"{name} {key}" for key in SPREAD] if "p50" in each else [name]
    return head + (["holds"] if case["holds"] is not None else [])


def _rows(case: dict[str, Any], words: Words, positions: Sequence[int]) -> list[list[str]]:
    rows = []
    for at in positions:
        row = []
        for each in case["columns"]:
            if "p50" in each:
                numbers = [each[key][at] for key in SPREAD]
                row += words.spread(each["name"], numbers, (numbers[1], numbers[2]))
            else:
                row.append(words.bare(each["name"], each["values"][at]))
        rows.append(row + ([] if case["holds"] is None else ["yes" if case["holds"][at] else "no"]))
    return rows
