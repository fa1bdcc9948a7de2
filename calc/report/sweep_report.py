"""What a sweep says: figures at every point, as maps where there are two axes, what is best and worst, the front."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.report.report import (
    Block,
    Cell,
    Column,
    HeatMap,
    Paragraph,
    Row,
    Section,
    Table,
    chart,
    named_column,
    section,
)
from calc.report.study_words import SPREAD, Words, label_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calc.engine.catalogue import Catalogue

MAX_ROWS = 60
MAX_CELLS = 1200
_LEVELS = 5
# A chart has so many points at least, and so many figures have one.
_FEW, _CHARTS = 4, 2


def sweep_sections(found: dict[str, Any], catalogue: Catalogue) -> list[Section]:
    """Return the points of every case with what they say together, and the Pareto front."""
    words, sections = Words(catalogue), list[Section]()
    for case in map(_without_news, found["cases"]):
        label = label_of(case, ": ")
        maps = _maps(found, case, words) if _can_map(found) else []
        told: list[Block] = [Paragraph(line) for line in _verdicts(found, case, words)]
        charts = _charts(found, case, words) if len(found["axes"]) == 1 else []
        sections.append(Section(f"Sweep{label}", [*maps, *_points(case, found, words), *charts, *told], "points"))
        if found["pareto_of"]:
            blocks: list[Block] = [Paragraph(f"{' and '.join(found['pareto_of'])}: no other point is better in both")]
            blocks.append(_table(case, case["columns"], len(found["axes"]), words, case["pareto"][:MAX_ROWS]))
            if len(case["pareto"]) > MAX_ROWS:
                blocks.append(Paragraph(f"{MAX_ROWS} of {len(case['pareto']):,} points"))
            sections += section(f"Pareto front{label}", blocks, "front")
    return sections


def sweep_lines(found: dict[str, Any], catalogue: Catalogue) -> list[str]:
    """Return what the points of every case say together, without the table of points."""
    words = Words(catalogue)
    lines = []
    for case in map(_without_news, found["cases"]):
        before = label_of(case, "")
        told = _verdicts(found, case, words) or [f"{case['points']:,} points"]
        # What is best stands first, what has no value last.
        told.sort(key=_weight)
        lines += [f"{before}: {line}" if before else line for line in told]
    return lines


def _weight(line: str) -> int:
    first = line.partition(":")[0]
    return {"best": 0, "worst": 1, "no value": 3}.get(first, 2)


def leading(column: dict[str, Any]) -> list[float | None]:
    """Return what a report leads with of a column: medians, or values where nothing is uncertain."""
    found: list[float | None] = column["p50" if "p50" in column else "values"]
    return found


def _held(case: dict[str, Any]) -> int:
    """Return how many points meet the conditions."""
    return int(case["held"] if "held" in case else sum(case["holds"]))


def _without_news(case: dict[str, Any]) -> dict[str, Any]:
    """Return a case with the models' own checks where one does not hold at some point: else they are no news."""
    if case["holds"] is None or _held(case) < case["points"]:
        return {**case, "conditions": [*case["conditions"], *case["model_checks"]]}
    return case if case["conditions"] else {**case, "holds": None}


def _is_same(case: dict[str, Any], column: dict[str, Any]) -> bool:
    same = column["same"] if "same" in column else len(set(column["values"])) == 1
    return bool(case["points"] > 1 and same and "p10" not in column)


def _points(case: dict[str, Any], found: dict[str, Any], words: Words) -> list[Block]:
    count, axes = case["points"], len(found["axes"])
    constant = [each for each in case["columns"][axes:] if _is_same(case, each)]
    varying = [each for each in case["columns"] if each not in constant]
    blocks: list[Block] = [_table(case, varying, axes, words, range(min(count, MAX_ROWS)))]
    if count > MAX_ROWS:
        blocks.append(Paragraph(f"{MAX_ROWS} of {count:,} points; `--format csv` writes them all"))
    if constant:
        texts = [f"{each['name']} = {words.text(each['name'], each['values'][0])}" for each in constant]
        blocks.append(Paragraph(f"the same at every point: {', '.join(texts)}"))
    return blocks


def _table(
    case: dict[str, Any], columns: list[dict[str, Any]], axes: int, words: Words, positions: Iterable[int]
) -> Table:
    heads: list[Column] = []
    for at, each in enumerate(columns):
        name = each["name"] if each["year"] is None else f"{each['name']} {each['year']}"
        key = _key(case, each) if at >= axes else None
        for statistic in SPREAD if "p50" in each else ("",):
            head = f"{name} {statistic}".rstrip()
            # A map shows the median alone.
            shown = key if statistic in {"", SPREAD[0]} else None
            heads.append(named_column(words.catalogue[each["name"]], head, key=shown))
    has_conditions = case["holds"] is not None
    table = Table(heads + ([Column("holds")] if has_conditions else []), keys=axes)
    for at in positions:
        cells: list[Cell] = []
        for each in columns:
            if "p50" in each:
                numbers = [each[key][at] for key in SPREAD]
                cells += words.spread(each["name"], numbers, (numbers[1], numbers[2]))
            else:
                cells.append(words.cell(each["name"], each["values"][at]))
        if has_conditions:
            holds = bool(case["holds"][at])
            cells.append(Cell("yes" if holds else "no", tone="good" if holds else "bad"))
        table.rows.append(Row(cells))
    return table


def _key(case: dict[str, Any], column: dict[str, Any]) -> tuple[str, str, int | None]:
    return case["name"], column["name"], column["year"]


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
            where = _point_text(case, found, case[which], words)
            lines.append(f"{which}: {name} = {words.text(name, value)} at {where}")
    return lines


def _point_text(case: dict[str, Any], found: dict[str, Any], at: int, words: Words) -> str:
    """Return the inputs at a point in words."""
    columns = case["columns"][: len(found["axes"])]
    return ", ".join(f"{each['name']} = {words.text(each['name'], each['values'][at], digits=6)}" for each in columns)


# ---------------------------------------------------------------- maps


def _can_map(found: dict[str, Any]) -> bool:
    """Tell whether a sweep is over two axes of several values each, small enough to be looked at, and all there."""
    sizes = [len(each["values"]) for each in found["axes"]]
    if any(len(case["columns"][0]["values"]) < case["points"] for case in found["cases"]):
        return False
    return len(sizes) == 2 and min(sizes) > 1 and sizes[0] * sizes[1] <= MAX_CELLS


def _maps(found: dict[str, Any], case: dict[str, Any], words: Words) -> list[HeatMap]:
    """Return a map for every figure that is not the same everywhere."""
    down, across = (
        (words.with_unit(axis["name"]), [words.cell(axis["name"], value) for value in axis["values"]])
        for axis in found["axes"]
    )
    maps, width = [], len(across[1])
    for column in case["columns"][2:]:
        if _is_same(case, column):
            continue
        title = words.with_unit(column["name"], column["year"]) + (" p50" if "p50" in column else "")
        values = leading(column)
        numbers = [each for each in values if each is not None]
        ends = (min(numbers), max(numbers)) if numbers else (0.0, 0.0)
        cells = [_map_cell(case, column, at, words) for at in range(len(values))]
        levels = [_level(each, ends) for each in values]
        rows = range(0, len(values), width)
        maps.append(
            HeatMap(
                f"{title}{label_of(case, ': ')}", down, across,
                [cells[at : at + width] for at in rows], [levels[at : at + width] for at in rows],
                _key(case, column), case["holds"] is not None,
            )
        )  # fmt: skip
    return maps


def _charts(found: dict[str, Any], case: dict[str, Any], words: Words) -> list[Block]:
    """Return a chart over the only axis for the first figures that are not the same everywhere."""
    (axis,) = found["axes"]
    if len(axis["values"]) < _FEW or len(case["columns"][0]["values"]) < case["points"]:
        return []
    heads = [words.text(axis["name"], axis["values"][at]) for at in (0, -1)]
    varying = [each for each in case["columns"][1:] if not _is_same(case, each)][:_CHARTS]
    blocks: list[Block] = []
    for column in varying:
        quantity = words.catalogue[column["name"]]
        values = [None if each is None else each * quantity.unit.factor for each in leading(column)]
        dated = "" if column["year"] is None else f" {column['year']}"
        blocks.append(chart(f"{column['name']}{dated} over {axis['name']}", values, quantity, heads))
    return blocks


def _map_cell(case: dict[str, Any], column: dict[str, Any], at: int, words: Words) -> Cell:
    found = words.cell(column["name"], leading(column)[at])._replace(whole="", tone="")
    misses = case["holds"] is not None and not case["holds"][at]
    return found._replace(text=f"({found.text})", tone="quiet") if misses else found


def _level(value: float | None, ends: tuple[float, float]) -> int | None:
    """Return how large a value is among those of a map, from 0 to 4."""
    if value is None:
        return None
    least, most = ends
    share = (value - least) / (most - least) if most > least else 0.0
    return min(int(share * _LEVELS), _LEVELS - 1)
