"""NetBox: device and rack types (YAML), racks and power feeds (CSV exports): heights, weights, limits, feeds, numbers.

Racks that are alike, in their feeds too, are one kind of cabinets, and how many there are is its `racks_available`.

The power of a server is never made of its ports: they hold what its supplies are rated for. Their sum is told as the
most that it can draw, and the draw itself is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.errors import CalcError, Problems, quote
from calc.facts.delimited import plain_number
from calc.importers.base import Asked, Imported, Table, named
from calc.records import NamedTuple
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
_RACK = ("name", "u_height")
_OF_RACK = ("rack_type", "status", "weight", "max_weight", "weight_unit")
_IGNORED_OF_RACK = (
    *_IGNORED, "facility_id", "role", "form_factor", "width", "serial", "asset_tag", "airflow", "mounting_depth",
    "outer_width", "outer_height", "outer_depth", "outer_unit", "starting_unit", "desc_units",
)  # fmt: skip
_GONE = ("deprecated", "decommissioning", "retired")
_PHASES = {"single-phase": 1.0, "three-phase": 1.7320508075688772}


def read(sources: Many[SourceText], asked: Asked) -> Imported:
    """Return heights, weights and limits of device and rack types, and the feeds of racks; raises CalcError."""
    as_of, found = asked.date("a type of NetBox has no date"), Imported()
    racks: list[tuple[dict[str, str], Kind]] = []
    feeds: dict[str, tuple[dict[str, str], Kind]] = {}
    for source in sources:
        said = {"source": asked.source or f"NetBox, {source.name}", "as_of": as_of, "status": "claim"}
        if source.name.casefold().endswith((".yaml", ".yml")):
            _type(source, asked, found, said)
        elif "u_height" in source.text.partition("\n")[0].casefold():
            racks += [(said, each) for each in _racks(source, asked, found)]
        else:
            feeds |= {name: (said, each) for name, each in _feeds(source, asked, found).items()}
    _group(racks, feeds, found)
    return found


class Kind(NamedTuple):
    """What a rack is: its name, how a kind of its like is called, its facts as quantity, value and unit."""

    name: str
    called: str
    facts: tuple[tuple[str, float, str], ...]


def _group(
    racks: list[tuple[dict[str, str], Kind]], feeds: dict[str, tuple[dict[str, str], Kind]], found: Imported
) -> None:
    """Add a kind of cabinets for all racks that are alike, and feeds of racks that no file lists for each of these."""
    kinds: dict[tuple[object, ...], list[tuple[dict[str, str], Kind]]] = {}
    for said, rack in racks:
        of_feeds = feeds[rack.name][1].facts if rack.name in feeds else ()
        kinds.setdefault((rack.called, rack.facts, of_feeds), []).append((said, rack))
    taken: dict[str, int] = {}
    for alike in kinds.values():
        said, first = alike[0]
        taken[first.called] = taken.get(first.called, 0) + 1
        subject = first.called if taken[first.called] == 1 else f"{first.called}-{taken[first.called]}"
        note = f"{len(alike)} racks, {first.name} to {alike[-1][1].name}" if len(alike) > 1 else f"rack {first.name}"
        found.add(subject, "racks_available", float(len(alike)), "rack", **said, note=note)
        for name, value, unit in first.facts:
            found.add(subject, name, value, unit, **said, note=note)
        of, kind = feeds.get(first.name, (said, first._replace(facts=())))
        for name, value, unit in kind.facts:
            found.add(subject, name, value, unit, **of, note=f"feeds of {first.name}; the voltage is the one given")
        if not kind.facts:
            found.notes.append(f"{subject}: says nothing of power; give `rack_power_rated`, or the export of its feeds")
    listed = {rack.name for _, rack in racks}
    for name, (said, kind) in feeds.items():
        for quantity, value, unit in kind.facts if name not in listed else ():
            note = f"{kind.facts[0][1]:g} feeds of {name}; the voltage is the one given"
            found.add(kind.called, quantity, value, unit, **said, note=note)


def _racks(source: SourceText, asked: Asked, found: Imported) -> list[Kind]:
    """Return the racks of an export; those that are going or gone are left out."""
    problems, racks = Problems(), []
    table = Table(source, _RACK, _OF_RACK, found, "an export of racks", ignored=_IGNORED_OF_RACK)
    for row in table.rows(problems):
        if not asked.wants(row["name"], row.get("rack_type", "")):
            continue
        status, unit = row.get("status", "").casefold(), row.get("weight_unit", "").casefold() or "kg"
        height = table.number(row, "u_height")
        if not row["name"] or status in _GONE or not height or unit not in _KG:
            found.leave_out("racks without a name, height or known unit of weight, or that are going", row[""])
            continue
        facts = [("rack_height", height, "rack_unit/rack")]
        for column, name in (("weight", "rack_weight_fitted"), ("max_weight", "rack_weight_limit")):
            weight = table.number(row, column) if column in row else None
            if weight:
                facts.append((name, weight * _KG[unit], "kg/rack"))
        racks.append(Kind(row["name"], named(row.get("rack_type") or f"rack-{height:g}u"), tuple(facts)))
    problems.raise_if_any()
    return racks


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
    lacking = [] if height else [f"{thing}_height"]
    lacking += [name for key, name in names.items() if key not in weight]
    if lacking:
        listed = " and ".join(f"`{name}`" for name in lacking)
        found.notes.append(f"{subject}: says nothing of {listed}, which then set no limit")
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


def _feeds(source: SourceText, asked: Asked, found: Imported) -> dict[str, Kind]:
    """Return the feeds of every rack by its name; feeds of the type `redundant` are spare."""
    problems, of_racks = Problems(), {}
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
        spare = sum(row["type"].casefold() == "redundant" for row in rows)
        numbers = {
            name: table.number(rows[0], name) for name in ("voltage", "amperage", "max_utilization") if name in rows[0]
        }
        voltage, current = numbers["voltage"], numbers["amperage"]
        if not voltage or not current:
            found.leave_out("feeds without a voltage or a current", rows[0][""])
            continue
        facts = [
            ("rack_feeds", float(len(rows)), "/rack"), ("rack_feeds_spare", float(spare), "/rack"),
            ("feed_voltage", abs(voltage), "V"), ("feed_current", current, "A"),
            ("feed_phase_factor", _PHASES[phase], "1"),
        ]  # fmt: skip
        if numbers.get("max_utilization"):
            facts.append(("rack_power_derating", (numbers["max_utilization"] or 0.0) / 100, "1"))
        of_racks[rack] = Kind(rack, named(rack), tuple(facts))
    return of_racks


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
