"""NetBox: device types and rack types (YAML), and power feeds (CSV export): heights, weights, limits and feeds.

The power of a server is never made of its ports: they hold what its supplies are rated for. Their sum is told as the
most that it can draw, and the draw itself is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.errors import CalcError, Problems, quote
from calc.facts.delimited import plain_number
from calc.importers.base import Asked, Imported, Table, named
from calc.scenario.yaml_reader import Mapping, Scalar, Sequence, read_document

if TYPE_CHECKING:
    from collections.abc import Sequence as Many

    from calc.errors import SourceText

_KG = {"kg": 1.0, "g": 0.001, "lb": 0.45359237, "oz": 0.45359237 / 16}
_FEEDS = ("rack", "type", "phase", "voltage", "amperage")
_OPTIONAL = ("supply", "max_utilization", "status")
_IGNORED = (
    "id",
    "name",
    "site",
    "location",
    "power_panel",
    "mark_connected",
    "tenant",
    "description",
    "comments",
    "tags",
)
_PHASES = {"single-phase": 1.0, "three-phase": 1.7320508075688772}


def read(sources: Many[SourceText], asked: Asked) -> Imported:
    """Return heights, weights and limits of device and rack types, and the feeds of racks; raises CalcError."""
    as_of, found = asked.date("a type of NetBox has no date"), Imported()
    for source in sources:
        said = {"source": asked.source or f"NetBox, {source.name}", "as_of": as_of, "status": "claim"}
        if source.name.casefold().endswith((".yaml", ".yml")):
            _type(source, asked, found, said)
        else:
            _feeds(source, asked, found, said)
    return found


def _type(source: SourceText, asked: Asked, found: Imported, said: dict[str, str]) -> None:
    """Add what a device type or a rack type says."""
    root = read_document(source)
    maker, model = _text(root, "manufacturer"), _text(root, "model")
    if not maker or not model:
        hint = "a device type or a rack type has `manufacturer`, `model` and `u_height`"
        raise CalcError("E-IMPORT", "this is no type of NetBox", place=root.place, hint=hint)
    if not asked.wants(maker, model):
        return
    subject = asked.subject or named(_text(root, "slug") or f"{maker}-{model}")
    is_rack = "max_weight" in root.entries or "form_factor" in root.entries or "width" in root.entries
    thing, note = "rack" if is_rack else "server", f"{maker} {model}"
    height, unit = _number(root, "u_height"), _text(root, "weight_unit") or "kg"
    if unit not in _KG:
        hint = "NetBox has kg, g, lb and oz"
        raise CalcError("E-IMPORT", f"{quote(unit)} is no unit of weight of NetBox", place=root.place, hint=hint)
    weight = {name: each * _KG[unit] for name in ("weight", "max_weight") if (each := _number(root, name))}
    if height:
        found.add(subject, f"{thing}_height", height, f"rack_unit/{thing}", **said, note=note)
    names = (
        {"weight": "rack_weight_fitted", "max_weight": "rack_weight_limit"} if is_rack else {"weight": "server_weight"}
    )
    for key, name in names.items():
        if key in weight:
            found.add(subject, name, weight[key], f"kg/{thing}", **said, note=note)
    if not is_rack:
        found.notes.append(_power(root, subject))


def _power(root: Mapping, subject: str) -> str:
    """Return what ports say of the power of a server, which is no draw, and that the draw is asked for."""
    ports = root.get("power-ports")
    rated = [
        each
        for port in (ports.items if isinstance(ports, Sequence) else ())
        if isinstance(port, Mapping) and (each := _number(port, "maximum_draw"))
    ]
    if not rated:
        return f"{subject}: says nothing of power; give `server_power` from its data sheet"
    most = sum(rated) / 1000
    return (
        f"{subject}: its {len(rated)} power ports are rated for {most:,.6g} kW in sum, at best the most that it can "
        "draw and often wrong; give `server_power` from its data sheet"
    )


def _feeds(source: SourceText, asked: Asked, found: Imported, said: dict[str, str]) -> None:
    """Add the feeds of every rack; feeds of the type `redundant` are spare."""
    problems = Problems()
    table = Table(source, _FEEDS, _OPTIONAL, found, "an export of power feeds", ignored=_IGNORED)
    racks: dict[str, list[dict[str, str]]] = {}
    for row in table.rows(problems):
        if asked.wants(row["rack"]):
            racks.setdefault(row["rack"], []).append(row)
    problems.raise_if_any()
    for rack, rows in racks.items():
        supplies = {row.get("supply", "").casefold() for row in rows}
        kinds = {
            tuple(row.get(name, "").casefold() for name in ("phase", "voltage", "amperage", "max_utilization"))
            for row in rows
        }
        phase = rows[0]["phase"].casefold()
        if not rack or supplies - {"", "ac"} or phase not in _PHASES or len(kinds) > 1:
            found.leave_out("feeds of direct current, of no rack, or that differ within a rack", rows[0][""])
            continue
        subject, spare = named(rack), sum(row["type"].casefold() == "redundant" for row in rows)
        numbers = {
            name: table.number(rows[0], name) for name in ("voltage", "amperage", "max_utilization") if name in rows[0]
        }
        facts = [
            ("rack_feeds", float(len(rows)), "/rack"), ("rack_feeds_spare", float(spare), "/rack"),
            ("feed_voltage", abs(numbers["voltage"] or 0.0), "V"), ("feed_current", numbers["amperage"] or 0.0, "A"),
            ("feed_phase_factor", _PHASES[phase], "1"),
        ]  # fmt: skip
        if numbers.get("max_utilization"):
            facts.append(("rack_power_derating", (numbers["max_utilization"] or 0.0) / 100, "1"))
        for name, value, unit in facts:
            found.add(
                subject, name, value, unit, **said, note=f"{len(rows)} feeds of {rack}; the voltage is the one given"
            )


def _text(node: Mapping, name: str) -> str:
    value = node.get(name)
    return value.text.strip() if isinstance(value, Scalar) and not value.is_null else ""


def _number(node: Mapping, name: str) -> float | None:
    """Return a number of a type, None where there is none; raises CalcError for what is no number."""
    text, value = _text(node, name), node.get(name)
    if not text:
        return None
    number = plain_number(text)
    if number is None or number < 0:
        raise CalcError("E-IMPORT", f"`{name}` is {quote(text)}, no amount", place=value.place if value else node.place)
    return number
