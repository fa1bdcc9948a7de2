"""A SkyPilot catalogue, `vms.csv`: dollars an instance-hour, by region; the file says no date.

Rows repeat by zone. A row without InstanceType is the price of an accelerator without its machine, and what counts as
one accelerator of a TPU is a slice of several chips: neither is a price of a GPU-hour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.errors import Problems
from calc.facts.delimited import price_of
from calc.importers.base import Asked, Imported, Table, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.errors import SourceText

_NEEDED = ("InstanceType", "Price", "Region")
_OPTIONAL = ("AcceleratorName", "AcceleratorCount", "SpotPrice")
_IGNORED = ("vCPUs", "MemoryGiB", "AvailabilityZone", "GpuInfo", "Arch")


def read(sources: Sequence[SourceText], asked: Asked) -> Imported:
    """Return the price of each instance, and of each of its GPUs, by region; raises CalcError."""
    as_of, found = asked.date("a SkyPilot catalogue has no date"), Imported()
    for source in sources:
        problems = Problems()
        table = Table(source, _NEEDED, _OPTIONAL, found, "a SkyPilot catalogue", ignored=_IGNORED)
        prices: dict[tuple[str, str, str, float, bool], list[float]] = {}
        for row in table.rows(problems):
            texts = (row["InstanceType"], row.get("AcceleratorName", ""), row["Region"])
            if not asked.wants(*texts):
                continue
            if not row["InstanceType"] or row.get("AcceleratorName", "").casefold().startswith("tpu"):
                found.leave_out("the price of an accelerator without its machine, or of a slice", row[""])
                continue
            count = table.number(row, "AcceleratorCount") or 0.0
            for column in ("Price", "SpotPrice"):
                price = table.number(row, column)
                why = price_of(price, row.get(column, ""))
                if price is not None and why is None:
                    prices.setdefault((*texts, count, column == "SpotPrice"), []).append(price)
                elif why and (why != "no price" or column == "Price"):
                    found.leave_out(f"{column}: {why}", row[""])
        problems.raise_if_any()
        _add(found, prices, as_of, asked.source or f"SkyPilot catalogue, {source.name}")
    return found


def _add(
    found: Imported, prices: dict[tuple[str, str, str, float, bool], list[float]], as_of: str, source: str
) -> None:
    for (instance, accelerator, region, count, spot), each in prices.items():
        subject = named(instance, region, "spot" if spot else "")
        low, high = min(each), max(each)
        said = {"source": source, "as_of": as_of, "status": "vendor"}
        zones = "Differs by zone. " if low < high else ""
        what = f"{zones}{'May be taken away at any time' if spot else 'On demand'}, {region}"
        sizes = [("instance_price", "USD/(server*hour)", 1.0)]
        if count >= 1:
            found.add(subject, "gpus_per_server", count, "gpu/server", **said, note=f"{count:g} {accelerator}")
            sizes.append(("gpu_hour_price", "USD/(gpu*hour)", count))
        for quantity, unit, size in sizes:
            value = low / size if low == high else None
            ends = {} if low == high else {"low": low / size, "high": high / size}
            of = f"{instance} with {count:g} {accelerator}" if accelerator else instance
            found.add(subject, quantity, value, unit, **ends, **said, note=f"{of}. {what}")
