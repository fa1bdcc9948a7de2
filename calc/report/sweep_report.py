"""What a sweep says: figures at every point, as maps where there are two axes, what is best and worst, the front."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.arrays import np
from calc.report.csv import table
from calc.report.json import inputs_of, number
from calc.report.report import (
    SPREAD,
    Block,
    Cell,
    Column,
    HeatMap,
    Paragraph,
    Row,
    Section,
    Table,
    Words,
    chart,
    label_of,
    named_column,
    section,
)
from calc.study.sweep import broken_of, conditions_of, not_included, reasons_of
from calc.units.format import percent_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calc.engine.catalogue import Catalogue, Quantity
    from calc.scenario.resolve import Scenario
    from calc.scenario.study_sections import Sweep
    from calc.study.sweep import SweepCase
    from calc.study.sweep_pieces import Swept

MAX_ROWS = 60
MAX_CELLS = 1200
_LEVELS = 5
# A chart has so many points at least, and so many figures have one.
_FEW, _CHARTS = 4, 2


def sections(found: dict[str, Any], catalogue: Catalogue) -> list[Section]:
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


def lines(found: dict[str, Any], catalogue: Catalogue) -> list[str]:
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
    lost: dict[str, list[str]] = {}
    for each in case["columns"]:
        if any(each.get("share_without_value", ())):
            lost.setdefault(percent_text(max(each["share_without_value"])), []).append(each["name"])
    told = "of the samples at a point; the others count where they are more than half"
    lines += [f"no value in up to {most} {told}: {', '.join(dict.fromkeys(names))}" for most, names in lost.items()]
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


# ---------------------------------------------------------------- the JSON result


def as_dict(scenario: Scenario, cases: list[SweepCase]) -> dict[str, Any]:
    """Return axes and cases; every column of a case has one number a point, null where there is no value."""
    return {**about(scenario), "cases": [_sweep_case(scenario, case) for case in cases]}


def swept_dict(scenario: Scenario, cases: list[Swept]) -> dict[str, Any]:
    """Return the same of sweeps of which a summary is left: columns hold the points that were kept.

    A column says whether it is the same at all points; `held` is how many points meet the conditions.
    """
    return {**about(scenario), "cases": [_swept_case(scenario, case) for case in cases]}


def about(scenario: Scenario) -> dict[str, Any]:
    """Return what a sweep was asked for: axes, conditions and what ranks the points."""
    catalogue = scenario.catalogue
    sweep: Sweep = scenario.studies.request("sweep")
    axes = [
        {
            "name": axis.name,
            "unit": catalogue[axis.name].unit_text,
            "values": [number(each, catalogue[axis.name].unit) for each in axis.values],
        }
        for axis in sweep.axes
    ]
    return {
        "axes": axes,
        "conditions": [each.text for each in (*scenario.checks, *sweep.conditions)],
        "best_of": f"{sweep.best.sense} {sweep.best.name}" if sweep.best else None,
        "pareto_of": [f"{each.sense} {each.name}" for each in sweep.pareto],
    }


def _swept_case(scenario: Scenario, found: Swept) -> dict[str, Any]:
    run, summary = found
    columns: list[dict[str, Any]] = []
    for at, (name, year, kind) in enumerate(run.columns):
        quantity = scenario.catalogue[name]
        if kind == "values":
            same = at >= len(run.boxes.shape) and not summary.varies[at]
            columns.append({"name": name, "year": year, "unit": quantity.unit_text, "same": same})
        columns[-1][kind] = numbers(summary.rows[:, at], quantity)
    best, worst = summary.ends(run.ranking) or (None, None)
    arrays = {
        (name, year): summary.rows[:, at] for at, (name, year, kind) in enumerate(run.columns) if kind == "values"
    }
    axes = {name: arrays.pop((name, None)) for name in run.run.sweep_names}
    reasons = reasons_of(run.run, axes, arrays)
    for column in columns:
        if (column["name"], column["year"]) in reasons:
            column["reason"] = reasons[column["name"], column["year"]]
    return {
        "name": run.case.name,
        "points": summary.size,
        "columns": columns,
        "conditions": conditions_of(run.run),
        "model_checks": broken_of(run.run, axes, summary.holds),
        "not_included": not_included(run.run),
        **({"at_likely_values": True} if run.run.is_uncertain and not run.run.is_drawn else {}),
        "holds": None if summary.holds is None else summary.holds.tolist(),
        "held": summary.held,
        "best": best,
        "worst": worst,
        "pareto": summary.front(run.ranking),
        "inputs": inputs_of(scenario, run.case),
    }


def _sweep_case(scenario: Scenario, found: SweepCase) -> dict[str, Any]:
    catalogue = scenario.catalogue
    columns: list[dict[str, Any]] = [
        {"name": name, "year": None, "unit": catalogue[name].unit_text, "values": numbers(array, catalogue[name])}
        for name, array in found.axes.items()
    ]
    for (name, year), array in found.columns.items():
        quantity = catalogue[name]
        column: dict[str, Any] = {
            "name": name,
            "year": year,
            "unit": quantity.unit_text,
            "values": numbers(array, quantity),
        }
        for key, ends in (("p50", found.p50), ("p10", found.p10), ("p90", found.p90)):
            if (name, year) in ends:
                column[key] = numbers(ends[name, year], quantity)
        if (name, year) in found.without:
            column["share_without_value"] = found.without[name, year].tolist()
        if (name, year) in found.reasons:
            column["reason"] = found.reasons[name, year]
        columns.append(column)
    return {
        "name": found.case.name,
        "points": found.size,
        "columns": columns,
        "conditions": found.conditions,
        "model_checks": found.model_checks,
        "not_included": found.not_included,
        **({"at_likely_values": True} if found.is_undrawn else {}),
        "holds": None if found.holds is None else found.holds.tolist(),
        "best": found.best,
        "worst": found.worst,
        "pareto": found.front,
        "inputs": inputs_of(scenario, found.case),
    }


def numbers(array: Any, quantity: Quantity) -> list[float | None]:
    """Return an array in base units as numbers in a quantity's unit, None where there is no value."""
    missing = np.isnan(array)
    if not missing.any():
        return [number(each, quantity.unit) for each in array.tolist()]
    return [None if lost else number(each, quantity.unit) for each, lost in zip(array.tolist(), missing, strict=True)]


# ---------------------------------------------------------------- CSV


def csv(body: dict[str, Any]) -> str:
    """Return the result as CSV with a header line: a row a point."""
    columns = sweep_columns(body)
    names = tuple(columns)
    return table(names, [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)])


def sweep_columns(body: dict[str, Any]) -> dict[str, list[Any]]:
    """Return the columns of a sweep over all cases, by a name that says the unit: `racks_needed (rack)`."""
    columns: dict[str, list[Any]] = {"case": []}
    for case in body["cases"]:
        done = len(columns["case"])
        columns["case"] += [case["name"]] * case["points"]
        named = {}
        for each in case["columns"]:
            dated = each["name"] if each["year"] is None else f"{each['name']} {each['year']}"
            for key in ("values", "p50", "p10", "p90"):
                label = dated if key == "values" else f"{dated} {key}"
                if key in each:
                    named[f"{label} ({each['unit']})"] = each[key]
        if case["holds"] is not None:
            named["holds"] = case["holds"]
        for label, values in named.items():
            # A figure that earlier cases lack is empty there.
            columns.setdefault(label, [None] * done).extend(values)
        for label, values in columns.items():
            columns[label] = values + [None] * (done + case["points"] - len(values))
    return columns
