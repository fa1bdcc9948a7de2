"""What `nvidia-smi --query-gpu=timestamp,index,name,utilization.gpu,power.draw,memory.used --format=csv -l 5` writes.

Units stand in the head or in each cell. A card that does not measure something says `[N/A]`. Samples come at uneven
times, so each holds until the next one of its card. Utilisation is the share of the time in which a kernel ran, not
of the peak.
"""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from calc.errors import CalcError, Problems, quote, quote_path
from calc.importers.base import Asked, Imported, Table, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.errors import SourceText

_MEASURED = {"power.draw": "W", "utilization.gpu": "%", "memory.used": "MiB"}
_IGNORED = (
    "uuid", "pci.bus_id", "driver_version", "pstate", "power.limit", "memory.total", "memory.free", "temperature.gpu",
    "utilization.memory", "clocks.current.sm", "clocks.sm", "clocks.mem", "fan.speed", "power.draw.average",
    "power.draw.instant", "count", "serial",
)  # fmt: skip
_CELL = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z%]*)")
_ABSENT = {"[n/a]", "n/a", "[not supported]", "[unknown error]", "[insufficient permissions]", ""}
_FORMATS = ("%Y/%m/%d %H:%M:%S.%f", "%Y/%m/%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S")
_GB_PER_MIB = 1024 * 1024 / 1e9


def read(sources: Sequence[SourceText], asked: Asked) -> Imported:
    """Return average draw, utilisation and memory of each kind of card, weighed by time; raises CalcError."""
    found = Imported()
    series: dict[tuple[str, str, str], dict[str, list[tuple[datetime, float]]]] = {}
    for source in sources:
        problems = Problems()
        table = Table(source, ("timestamp",), ("index", "name", *_MEASURED), found, "nvidia-smi", ignored=_IGNORED)
        if not _MEASURED.keys() & table.columns.keys():
            hint = "ask for `power.draw`, `utilization.gpu` or `memory.used`"
            raise CalcError("E-FILE", f"{quote_path(source.name)} measures nothing that is read", hint=hint)
        for row in table.rows(problems):
            try:
                card = (source.name, row.get("name", ""), row.get("index", ""))
                if asked.wants(*card):
                    _sample(table, row, series.setdefault(card, {}), found)
            except CalcError as error:
                problems.add(error)
        problems.raise_if_any()
    source_text = asked.source or f"nvidia-smi, {', '.join(each.name for each in sources)}"
    _add(found, series, asked, {"source": source_text, "status": "measured"})
    return found


def _sample(table: Table, row: dict[str, str], into: dict[str, list[tuple[datetime, float]]], found: Imported) -> None:
    at = _time(table, row)
    for column, unit in _MEASURED.items():
        text = row.get(column, "")
        if text.casefold() in _ABSENT:
            if text:
                found.leave_out(f"`{column}` that the card does not measure", row[""])
            continue
        cell = _CELL.fullmatch(text)
        said = (cell[2] if cell else "") or table.units.get(column, "")
        if cell is None or said != unit:
            hint = f"as in `412.37 {unit}`, or with `[{unit}]` in the head"
            message = f"{quote(text)} under `{column}` is not in {unit}"
            raise CalcError("E-VALUE", message, place=table.place(row[""], column), hint=hint)
        into.setdefault(column, []).append((at, float(cell[1])))


def _time(table: Table, row: dict[str, str]) -> datetime:
    for form in _FORMATS:
        try:
            return datetime.strptime(row["timestamp"], form)  # the file says no zone, and only spans count
        except ValueError:
            continue
    message = f"{quote(row['timestamp'])} is no time such as 2026/09/01 08:00:00.000"
    raise CalcError("E-VALUE", message, place=table.place(row[""], "timestamp"), hint="as nvidia-smi writes it")


def _mean(samples: list[tuple[datetime, float]]) -> float | None:
    """Return the mean over time: each sample holds until the next; None where there is no span."""
    ordered = sorted(samples)
    spans = [((after - at).total_seconds(), value) for (at, value), (after, _) in pairwise(ordered)]
    total = sum(span for span, _ in spans)
    return sum(span * value for span, value in spans) / total if total > 0 else None


def _add(
    found: Imported,
    series: dict[tuple[str, str, str], dict[str, list[tuple[datetime, float]]]],
    asked: Asked,
    said: dict[str, str],
) -> None:
    kinds: dict[str, list[tuple[str, str, str]]] = {}
    for card in series:
        kinds.setdefault(card[1], []).append(card)
    for name, cards in kinds.items():
        times = [at for card in cards for samples in series[card].values() for at, _ in samples]
        if not times:
            continue
        first, last = min(times).date(), max(times).date()
        as_of = f"{first}" if first == last else f"{first} to {last}"
        for column, (quantity, unit, factor, note) in _FACTS.items():
            means = [each for card in cards if (each := _mean(series[card].get(column, []))) is not None]
            if not means:
                found.leave_out(f"`{column}`: fewer than two times", name or "the card")
                continue
            scaled = [each * factor for each in means]
            note_of = f"{note}; mean over time of {len(means)} {'cards' if len(means) > 1 else 'card'}"
            spread = f", from {min(scaled):.4g} to {max(scaled):.4g}" if len(means) > 1 else ""
            value = sum(scaled) / len(scaled)
            found.add(
                named(asked.subject or name), quantity, value, unit, **said, as_of=as_of, note=f"{note_of}{spread}"
            )


_FACTS = {
    "power.draw": ("gpu_average_power", "W/gpu", 1.0, "Draw of the card, without its share of the host"),
    "utilization.gpu": ("gpu_utilisation", "1", 0.01, "Share of the time in which a kernel ran, not of the peak"),
    "memory.used": ("gpu_memory_used", "GB/gpu", _GB_PER_MIB, "Memory in use"),
}
