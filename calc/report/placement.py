"""What a plan says: cabinets with their fillings, limits and what more of them adds, stranded power, elevations."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from calc.engine.flat import key_of
from calc.placement.hall import used_by
from calc.placement.plan import CAUSES, DRAWN, RESERVED, by_cause, elevation, phase_imbalance
from calc.report.report import Block, Cell, Column, Notice, Paragraph, Row, Section, Table, bar_cell, label, section
from calc.study.placed import wish_text
from calc.units.format import amount_text, clean, compact, percent_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.engine.catalogue import Catalogue, Quantity
    from calc.placement.plan import Cabinets, Plan
    from calc.study.results import Answer, Limit, Placed

_KW = 1000.0
# Wishes are conditions, whose sides are in no unit of their own.
_UNITLESS = 1.0


def placement_dict(answer: Answer, found: Placed) -> dict[str, Any]:
    """Return a plan as plain dictionaries: what a JSON result holds, and what every report is written from."""
    if found.plan is None:
        ways = [[{"wish": each.row.name, "text": wish_text(found, each)} for each in way] for way in found.ways]
        return {"status": "infeasible", "gap": None, "cabinets": [], "give_up": ways}
    hall, plan = found.hall, found.plan
    used = plan.used(hall)
    result: dict[str, Any] = {
        "status": "optimal" if not plan.gap else "bounded",
        "gap": plan.gap,
        "fillings": plan.columns,
        "wanted": _wanted(answer, found),
        "kinds": [
            {"kind": kind.name, "used": used[at], "available": kind.available} for at, kind in enumerate(hall.kinds)
        ],
        "cabinets": [_cabinets(found, each) for each in plan.cabinets],
        "limits": [_limit(answer, found, each) for each in found.limits],
        "stranded": _stranded(found),
        "not_limited": found.not_limited,
        "checks": [{"part": part, "check": each.condition.text, "passed": each.passed} for part, each in found.checks],
    }
    return {**result, "broken": found.broken} if found.broken else result


def _wanted(answer: Answer, found: Placed) -> dict[str, Any]:
    placing = found.placing
    if not placing.wanted or found.plan is None:
        return {"text": "all servers, in the least rated power"}
    quantity = _quantity(answer.scenario.catalogue, placing.wanted[0])
    base = found.reached
    text = amount_text(base, quantity.unit, share=quantity.is_share)
    value = clean(base / quantity.unit.factor)
    return {"text": placing.text, "value": value, "unit": quantity.unit_text, "amount": text}


def _quantity(catalogue: Catalogue, name: str) -> Quantity:
    return catalogue[key_of(name).name]


def _cabinets(found: Placed, each: Cabinets) -> dict[str, Any]:
    hall, kind = found.hall, found.hall.kinds[each.kind]
    power, height, weight, air, liquid = used_by(hall.servers, each.filling)
    servers = {s.name: n for n, s in zip(each.filling, hall.servers, strict=True) if n}
    result: dict[str, Any] = {
        "kind": kind.name, "count": each.number, "servers": servers, "power_drawn": clean(power / _KW),
        "power_available": clean(kind.power / _KW),
        "height_used": _known(height), "height_available": _known(kind.height),
        "weight": _known(weight), "weight_available": _known(kind.weight),
        "heat_in_air": clean(air / _KW), "heat_in_liquid": clean(liquid / _KW),
    }  # fmt: skip
    if kind.name in found.three_phases:
        loads = [s.power for n, s in zip(each.filling, hall.servers, strict=True) for _ in range(n)]
        result["phase_imbalance"] = phase_imbalance(loads)
    rows = [(hall.servers[at].name, low, high) for at, low, high in elevation(hall, each.filling)]
    result["elevation"] = [{"part": name, "from": clean(low), "to": clean(high)} for name, low, high in rows]
    return result


def _known(value: float) -> float | None:
    return clean(value) if math.isfinite(value) and value else None


def _limit(answer: Answer, found: Placed, each: Limit) -> dict[str, Any]:
    """Return a limit; what it adds is in the unit of what is wanted."""
    catalogue = answer.scenario.catalogue
    quantity = None if each.is_wish else catalogue[each.quantity]
    factor = quantity.unit.factor if quantity else _UNITLESS
    result: dict[str, Any] = {
        "name": each.quantity if not each.is_wish else each.name, "part": key_of(each.name).part if quantity else "",
        "used": clean(each.used / factor), "available": clean(each.available / factor),
        "unit": quantity.unit_text if quantity else None, "more": clean(each.more / factor), "binds": each.binds,
        "is_wish": each.is_wish,
    }  # fmt: skip
    wanted = found.placing.wanted
    unit = _quantity(catalogue, wanted[0]).unit if wanted else catalogue["hall_it_power"].unit
    result |= {
        "adds": clean(each.gain / unit.factor),
        "adds_unit": str(unit),
        "adds_text": amount_text(each.gain, unit),
    }
    return {**result, "more_text": amount_text(each.more, quantity.unit) if quantity else "1 % of the wish"}


def _stranded(found: Placed) -> dict[str, Any]:
    """Return the rated power of all cabinets by cause, in kW, and what stranded power cost to build."""
    assert found.plan is not None  # noqa: S101  # only a plan strands power
    causes = by_cause(found.hall, found.plan)
    result: dict[str, Any] = {"unit": "kW", "rated": clean(math.fsum(causes.values()) / _KW)}
    result |= {cause.replace(" ", "_"): clean(causes[cause] / _KW) for cause in CAUSES}
    price = found.figures.get("facility_capex_per_power")
    if isinstance(price, float | int):
        result["cost"] = {"unit": "USD"} | {
            cause.replace(" ", "_"): clean(causes[cause] * price) for cause in CAUSES if cause not in {DRAWN, RESERVED}
        }
    return result


# ---------------------------------------------------------------- in words


def placement_sections(answer: Answer) -> list[Section]:
    """Return the plans of all cases, written from their JSON."""
    found: list[Section] = []
    for each in answer.placements:
        where = f" ({each.case})" if len(answer.placements) > 1 else ""
        body = placement_dict(answer, each)
        if each.plan is None:
            lines: list[Block] = [Notice("no placement meets all that is wished for", "error", "FAILS")]
            lines += [Paragraph(f"give up {' and '.join(one['text'] for one in way)}") for way in body["give_up"]]
            found += section(f"Placement{where}", lines, "placement")
            continue
        found += section(f"Placement{where}", [_proof(body), _cabinet_table(body)], "placement")
        found += section(f"Limits{where}", [_limit_table(body)], "limits")
        found += section(f"Where the rated power goes{where}", [_stranded_table(body)], "stranded")
        found += section(f"In samples{where}", _broken_lines(body), "limits in samples")
        found += section(f"Elevations{where}", _elevations(body), "elevations", detail=True)
        if body["not_limited"]:
            text = f"not given, so no limit: {', '.join(body['not_limited'])}"
            found += section(f"Without limit{where}", [Paragraph(text)], "without limit", detail=True)
    return found


def _limit_name(limit: dict[str, Any]) -> str:
    return f"{limit['name']} in {limit['part']}" if limit["part"] else str(limit["name"])


def _proof(body: dict[str, Any]) -> Paragraph:
    wanted, gap = body["wanted"], body["gap"]
    amount = f": {wanted['amount']}" if "amount" in wanted else ""
    proof = "optimal" if body["status"] == "optimal" else f"at most {percent_text(gap, digits=2)} from the best"
    return Paragraph(f"{wanted['text']}{amount}; {proof}", "strong")


def plan_notices(answer: Answer) -> Iterator[Notice]:
    """Yield what the first screen says of each plan: which limits bind and what more of them adds, and what strands."""
    catalogue = answer.scenario.catalogue
    for each in answer.placements:
        where = f" ({each.case})" if len(answer.placements) > 1 else ""
        body = placement_dict(answer, each)
        if each.plan is None:
            ways = [" and ".join(one["text"] for one in way) for way in body["give_up"]]
            yield Notice(f"no placement meets all that is wished for{where}", "error", "FAILS")
            yield from (Notice(way, "", "give up") for way in ways)
            continue
        adds = "adds" if body["wanted"]["text"].startswith("maximise") else "saves"
        for limit in (one for one in body["limits"] if one["binds"]):
            part = f" in {limit['part']}" if limit["part"] else ""
            name = limit["name"] if limit["is_wish"] else label(_quantity(catalogue, limit["name"]))
            yield Notice(f"{name}{part}: {limit['more_text']} more {adds} {limit['adds_text']}{where}", "", "binds")
        stranded = body["stranded"]
        keys = [cause.replace(" ", "_") for cause in CAUSES if cause not in {DRAWN, RESERVED}]
        most = sorted((key for key in keys if stranded[key]), key=lambda key: -stranded[key])[:3]
        parts = [f"{key.replace('_', ' ')} {stranded[key]:,.1f} kW".replace(".0 kW", " kW") for key in most]
        if parts:
            yield Notice(f"{', '.join(parts)}; of {stranded['rated']:,.6g} kW rated{where}", "", "stranded")
        if share := body.get("broken", {}).get("any"):
            text = "the plan is made at the likely values, and breaks a limit in"
            yield Notice(f"{text} {percent_text(share)} of the samples{where}", "warning", "!")


def plan_proof(plan: Plan) -> str:
    """Return in words how good a plan is."""
    return f"at most {percent_text(plan.gap, digits=2)} from the best" if plan.gap else "and no plan does better"


def _number(value: float | None, after: str = "") -> Cell:
    if value is None:
        return Cell("", tone="quiet")
    # Tenths of kW count beside thousands of them.
    text = f"{value:,.1f}".removesuffix(".0") if abs(value) >= 1 else compact(value)
    return Cell(f"{text}{after}", base=value, tone="number")


def _of(used: float | None, whole: float | None) -> Cell:
    if used is None:
        return Cell("", tone="quiet")
    return _number(used, f" of {whole:,.6g}" if whole is not None else "")


def filling_text(servers: dict[str, int]) -> str:
    """Return what stands in a cabinet: `1 dgx-b200, 2 a100`."""
    return ", ".join(f"{count:,} {name}" for name, count in servers.items())


def _cabinet_table(body: dict[str, Any]) -> Table:
    heads = [Column("cabinets", "label"), Column("used"), Column("filling", "words")]
    table = Table([*heads, Column("power", unit="kW"), Column("height", unit="U"), Column("weight", unit="kg")], keys=1)
    for kind in body["kinds"]:
        used = Cell(f"{kind['used']:,} of {kind['available']:,}", base=kind["used"], tone="number")
        table.rows.append(Row([Cell(kind["kind"]), used, Cell(), Cell(), Cell(), Cell()]))
        for each in (one for one in body["cabinets"] if one["kind"] == kind["kind"]):
            cells = [
                Cell(), _number(each["count"]), Cell(filling_text(each["servers"])),
                _of(each["power_drawn"], each["power_available"]), _of(each["height_used"], each["height_available"]),
                _of(each["weight"], each["weight_available"]),
            ]  # fmt: skip
            table.rows.append(Row(cells, level=1))
    return table


def _limit_table(body: dict[str, Any]) -> Table:
    is_much = body["wanted"]["text"].startswith("maximise")
    table = Table(
        [
            Column("limit", "label"),
            Column("used"),
            Column("available"),
            Column(f"more of it {'adds' if is_much else 'saves'}", "words"),
        ]
    )

    for each in body["limits"]:
        unit = (each["unit"] or "").replace("rack", "racks" if each["unit"] == "rack" else "rack")
        name = _limit_name(each)
        adds = "nothing"
        if each["binds"]:
            adds = f"{each['adds_text']} for {each['more_text']}  <- binds"
        used, available = _number(each["used"]), _number(each["available"], f" {unit}")
        used, available = (Cell(), Cell()) if each["is_wish"] else (used, available)
        table.rows.append(Row([Cell(name, is_name=not each["is_wish"]), used, available, Cell(adds)]))
    return table


def _stranded_table(body: dict[str, Any]) -> Table:
    stranded = body["stranded"]
    cost = stranded.get("cost")
    columns = [Column("cause", "label"), Column("power", unit="kW"), Column("share"), Column("", "bar")]
    table = Table([*columns, *([Column("cost to build", unit="USD")] if cost else [])])
    rated = stranded["rated"]
    for cause in CAUSES:
        key = cause.replace(" ", "_")
        value = stranded[key]
        if value or cause == DRAWN:
            share = value / rated if rated else 0.0
            cells = [Cell(cause), _number(value), Cell(percent_text(share), base=share), bar_cell(share)]
            table.rows.append(Row([*cells, *([_number(cost.get(key))] if cost else [])]))
    table.rows.append(Row([Cell("rated power of all cabinets"), _number(rated), *([Cell()] * (3 if cost else 2))]))
    return table


def _broken_lines(body: dict[str, Any]) -> list[Block]:
    broken = body.get("broken")
    if not broken:
        return []
    share = broken["any"]
    if not share:
        return [Notice("the plan, made at the likely values, keeps every limit in all samples", "good")]
    text = f"the plan, made at the likely values, breaks a limit in {percent_text(share)} of the samples"
    lines = [f"{name}: in {percent_text(each)} of the samples" for name, each in broken.items() if name != "any"]
    return [Notice(text, "warning"), *(Paragraph(each, level=1) for each in lines)]


def _elevations(body: dict[str, Any]) -> list[Block]:
    """Return one picture a filling: from the top down what stands where, the heaviest at the bottom."""
    blocks: list[Block] = []
    for each in body["cabinets"]:
        weight = f", {each['weight']:,.6g} kg" if each["weight"] else ""
        blocks.append(Paragraph(f"{each['count']:,} x {each['kind']}: {each['power_drawn']:,.6g} kW{weight}", "strong"))
        table = Table([Column("from the top", "label"), Column("", "words")], plain=True)
        top = each["elevation"][-1]["to"] if each["elevation"] else 0.0
        if each["height_available"] is not None and each["height_available"] > top:
            free = each["height_available"] - top
            table.rows.append(
                Row([Cell(_units(top, each["height_available"])), Cell(f"free {free:,.6g} U", tone="quiet")])
            )
        runs = [list(run) for _, run in itertools.groupby(each["elevation"], key=lambda one: str(one["part"]))]
        for run in reversed(runs):
            many = f"{len(run)} x " if len(run) > 1 else ""
            size = run[0]["to"] - run[0]["from"]
            of = f" ({size:,.6g} U each)" if many and size else ""
            table.rows.append(Row([Cell(_units(run[0]["from"], run[-1]["to"])), Cell(f"{many}{run[0]['part']}{of}")]))
        blocks.append(table)
    return blocks


def _units(low: float, high: float) -> str:
    """Return rack units, counted from 1 at the bottom; empty where heights are not known."""
    if high <= low:
        return ""
    return f"U {low + 1:g} to {high:g}" if high - low > 1 else f"U {low + 1:g}"
