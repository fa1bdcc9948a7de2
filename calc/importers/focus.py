"""A billing export in the columns of FOCUS, the FinOps Open Cost and Usage Specification, versions 1.0 to 1.3.

BilledCost is what is paid, EffectiveCost what ran costs once commitments are spread over their use: a commitment paid
at once is a Purchase with a billed cost and no effective one, and its usage has an effective cost and no billed one.
So the two are never added. Corrections and credits are negative. An instance-hour is no GPU-hour: how many GPUs an
instance has comes from a table of the user's.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from calc.errors import CalcError, Problems, quote, quote_path
from calc.facts.book import is_period
from calc.importers.base import Asked, Imported, Table, named
from calc.records import NamedTuple
from calc.units import CURRENCIES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.errors import SourceText

_NEEDED = ("BilledCost", "EffectiveCost", "BillingCurrency", "ChargeCategory", "ChargePeriodStart", "ServiceName")
_OPTIONAL = (
    "BillingPeriodStart", "RegionId", "CommitmentDiscountStatus", "SkuPriceDetails", "ConsumedQuantity", "ConsumedUnit",
    "PricingQuantity", "PricingUnit",
)  # fmt: skip
_IGNORED = (
    "AllocatedMethodDetails", "AllocatedMethodId", "AllocatedResourceId", "AllocatedResourceName", "AllocatedTags",
    "AvailabilityZone", "BillingAccountId", "BillingAccountName", "BillingAccountType", "BillingPeriodEnd",
    "CapacityReservationId", "CapacityReservationStatus", "ChargeClass", "ChargeDescription", "ChargeFrequency",
    "ChargePeriodEnd", "CommitmentDiscountCategory", "CommitmentDiscountId", "CommitmentDiscountName",
    "CommitmentDiscountQuantity", "CommitmentDiscountType", "CommitmentDiscountUnit", "ContractApplied",
    "ContractedCost", "ContractedUnitPrice", "HostProviderName", "InvoiceId", "InvoiceIssuerName", "ListCost",
    "ListUnitPrice", "PricingCategory", "PricingCurrency", "PricingCurrencyContractedUnitPrice",
    "PricingCurrencyEffectiveCost", "PricingCurrencyListUnitPrice", "ProviderName", "PublisherName", "RegionName",
    "ResourceId", "ResourceName", "ResourceType", "ServiceCategory", "ServiceProviderName", "ServiceSubcategory",
    "SkuId", "SkuMeter", "SkuPriceId", "SubAccountId", "SubAccountName", "SubAccountType", "Tags",
)  # fmt: skip
_HOURS = re.compile(r"(?:instance[ -]?)?h(?:ou)?rs?", re.IGNORECASE)


class Charge(NamedTuple):
    """One row of a bill.

    month: of the period of the charge, of a purchase that of the bill. hours: of instances, 0 for what is none.
    where: its file and line.
    """

    service: str
    region: str
    month: str
    category: str
    billed: float
    effective: float
    currency: str
    is_unused: bool
    instance: str
    hours: float
    where: str


def charges(source: SourceText, found: Imported) -> list[Charge]:
    """Return the rows of a bill; columns that are not read are told.

    Raises CalcErrors for what cannot be read.
    """
    table, problems, rows = Table(source, _NEEDED, _OPTIONAL, found, "a FOCUS export", ignored=_IGNORED), Problems(), []
    for row in table.rows(problems):
        try:
            rows.append(_charge(table, row))
        except CalcError as error:
            problems.add(error)
    problems.raise_if_any()
    if not rows:
        raise CalcError("E-FILE", f"{quote_path(source.name)} holds no charge", hint="give a bill with rows")
    return rows


def _charge(table: Table, row: dict[str, str]) -> Charge:
    billed, effective = table.number(row, "BilledCost"), table.number(row, "EffectiveCost")
    if billed is None or effective is None:
        column = "BilledCost" if billed is None else "EffectiveCost"
        hint = "a cost that is 0 is written as 0"
        raise CalcError("E-VALUE", f"`{column}` is empty", place=table.place(row[""], column), hint=hint)
    is_bought = row["ChargeCategory"] == "Purchase" and bool(row.get("BillingPeriodStart"))
    column = "BillingPeriodStart" if is_bought else "ChargePeriodStart"
    month = row[column][:7]
    if len(month) != 7 or not is_period(month):
        message = f"{quote(row[column])} is no time such as 2026-09-01T00:00:00Z"
        raise CalcError("E-VALUE", message, place=table.place(row[""], column), hint="FOCUS writes ISO 8601 in UTC")
    if row["BillingCurrency"] not in CURRENCIES:
        message = f"{quote(row['BillingCurrency'])} is no currency that can be converted"
        hint = f"known are {', '.join(sorted(CURRENCIES))}"
        raise CalcError("E-UNIT", message, place=table.place(row[""], "BillingCurrency"), hint=hint)
    instance = _instance(row.get("SkuPriceDetails", ""))
    hours = 0.0
    for amount, unit in (("ConsumedQuantity", "ConsumedUnit"), ("PricingQuantity", "PricingUnit")):
        if instance and not hours and row["ChargeCategory"] == "Usage" and _HOURS.fullmatch(row.get(unit, "")):
            hours = table.number(row, amount) or 0.0
    unused = row.get("CommitmentDiscountStatus", "") == "Unused"
    return Charge(
        row["ServiceName"], row.get("RegionId", ""), month, row["ChargeCategory"], billed, effective,
        row["BillingCurrency"], unused, instance, 0.0 if unused else hours, row[""],
    )  # fmt: skip


def _instance(text: str) -> str:
    """Return the type of the instance that the details of a price name, or ""."""
    try:
        found = json.loads(text) if text.startswith("{") else {}
    except (ValueError, RecursionError):
        return ""
    return str(found.get("InstanceType", "")) if isinstance(found, dict) else ""


def read(sources: Sequence[SourceText], asked: Asked) -> Imported:
    """Return money paid and used by service, region and month, and what a GPU-hour cost; raises CalcError."""
    found = Imported()
    for source in sources:
        rows = [
            each
            for each in charges(source, found)
            if asked.wants(each.service, each.region, each.category, each.instance)
        ]
        said = {"source": asked.source or f"Bill, {source.name}", "status": "measured"}
        sums: dict[tuple[str, ...], float] = {}
        for each in rows:
            subject = named(asked.subject or "bill", each.service, each.region)
            key = (subject, each.month, each.currency)
            for quantity, amount in (("billed_cost", each.billed), ("effective_cost", each.effective)):
                sums[(*key, quantity)] = sums.get((*key, quantity), 0.0) + amount
            if each.is_unused:
                sums[(*key, "commitment_unused_cost")] = (
                    sums.get((*key, "commitment_unused_cost"), 0.0) + each.effective
                )
        for (subject, month, currency, quantity), amount in sums.items():
            found.add(subject, quantity, amount, f"{currency}/month", **said, as_of=month, note=_NOTES[quantity])
        _gpu_hours(found, rows, asked, said)
    return found


_NOTES = {
    "billed_cost": "What was paid in the month, taxes, credits and corrections with it",
    "effective_cost": "What ran in the month, commitments spread over their use; not to be added to what was paid",
    "commitment_unused_cost": "Commitments that nothing used; part of the effective cost",
}


def _gpu_hours(found: Imported, rows: list[Charge], asked: Asked, said: dict[str, str]) -> None:
    """Add GPU-hours and what one cost, of instances whose GPUs are known."""
    groups: dict[tuple[str, str, str, str], list[float]] = {}
    for each in rows:
        if not each.instance or not each.hours:
            continue
        if each.instance not in (asked.gpus or {}):
            found.leave_out(
                "GPU-hours of instances whose GPUs no `--gpus FILE` gives", f"{each.instance} ({each.where})"
            )
            continue
        count = (asked.gpus or {})[each.instance]
        if not count:
            continue
        key = (named(asked.subject or "bill", each.instance, each.region), each.month, each.currency, f"{count:g}")
        total = groups.setdefault(key, [0.0, 0.0])
        total[0] += each.effective
        total[1] += each.hours * count
    for (subject, month, currency, gpus), (cost, hours) in groups.items():
        note = f"{hours:,.6g} GPU-hours of instances with {gpus} GPUs, effective cost"
        if hours <= 0 or cost <= 0:
            found.leave_out("GPU-hours without a cost", f"{subject} in {month}")
            continue
        found.add(subject, "gpu_hour_price", cost / hours, f"{currency}/(gpu*hour)", **said, as_of=month, note=note)
        found.add(
            subject,
            "gpu_hours_used",
            hours,
            "gpu*hour",
            **said,
            as_of=month,
            note="Hours of instances times their GPUs",
        )
