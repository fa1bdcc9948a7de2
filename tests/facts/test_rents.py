"""Rents: one row a provider, chip, term and year, and for each chip and year a row that is computed from them."""

from __future__ import annotations

import re
from statistics import median

import numpy as np
import pytest
from rows import each_row

from calc.engine.catalogue import standard_catalogue
from calc.facts import Fact, standard_facts
from calc.facts.book import latest_key
from calc.scenario.fact_values import fact_value

BOOK = standard_facts()
RENTS = [each for each in BOOK.for_quantity("gpu_hour_price") if each.subject.startswith("rent-")]
BY_YEAR = [each for each in RENTS if "median over providers" in each.source]
# What is not the on-demand price of one provider makes no year's median, nor does what has no date, what is told at
# second hand, the least of many offers (`-from`), a price of one region of several, and one with hardly any supply.
OTHER_TERMS = (
    "-1y", "-3y", "-block", "-spot", "-median", "-from", "-page", "-floor", "-neocloud", "-hyperscaler", "-index",
    "-ratecards", "-retail", "-market",
)  # fmt: skip
REGION = re.compile(r"-(us|europe|asia)-[a-z]+\d$")


CHIPS = {each.subject for each in BY_YEAR}
ON_DEMAND = [
    each
    for each in RENTS
    if each not in BY_YEAR
    and each.status == "vendor"
    and each.as_of
    and not each.subject.endswith(OTHER_TERMS)
    and not REGION.search(each.subject)
]


def chip_of(row: Fact) -> str:
    """Return the subject of a row's chip; of two that fit it is the longer: `rent-a100-80gb`, not `rent-a100`."""
    return max((name for name in CHIPS if row.subject.startswith(f"{name}-")), key=len, default="")


def on_demand(chip: str, year: str) -> dict[str, Fact]:
    """Return the last dated on-demand row of each provider of a chip in a year."""
    rows = [each for each in ON_DEMAND if chip_of(each) == chip and each.as_of[:4] == year]
    rows.sort(key=latest_key)
    return {each.subject.removeprefix(f"{chip}-"): each for each in rows}


def test_every_dated_on_demand_price_is_in_one_median() -> None:
    used = [row.id for each in BY_YEAR for row in on_demand(each.subject, each.as_of[:4]).values()]
    last = {(each.subject, each.as_of[:4]): each.id for each in sorted(ON_DEMAND, key=latest_key)}
    assert sorted(used) == sorted(last.values())
    assert len(used) >= 180


@each_row("row", {row.id: row for row in BY_YEAR})
def test_the_row_of_a_year_follows_from_its_providers(row: Fact) -> None:
    rows = on_demand(row.subject, row.as_of[:4])
    assert rows
    lows = [each.low if each.low is not None else each.value for each in rows.values()]
    highs = [each.high if each.high is not None else each.value for each in rows.values()]
    least, largest = min(each or 0 for each in lows), max(each or 0 for each in highs)
    # A range counts by its middle, as everywhere else.
    middles = [((low or 0) + (high or 0)) / 2 for low, high in zip(lows, highs, strict=True)]
    assert row.value == pytest.approx(median(middles), rel=1e-12)
    # A median needs three; of one or two the row says that its value is none.
    assert row.kind == ("median" if len(rows) >= 3 else "likely")
    said = "Median and range" if len(rows) >= 3 else "too few for a median" if len(rows) == 2 else "(no median)"
    assert said in row.note
    if least < largest:
        assert (row.low, row.high) == (least, largest)
    else:
        assert (row.low, row.high, row.value) == (None, None, least)
    assert row.status == "estimate"
    assert row.id == f"{row.subject}.gpu_hour_price@{row.as_of[:4]}"
    # It is of the last day on which one of them was seen.
    assert row.as_of.startswith(max(each.as_of for each in rows.values())[: len(row.as_of)])


@each_row("row", {row.id: row for row in BY_YEAR})
def test_the_note_of_a_year_lists_its_prices(row: Fact) -> None:
    listed = re.findall(r"([a-z0-9-]+) (\d+(?:\.\d+)?)(?: to (\d+(?:\.\d+)?))?(?:,|$)", row.note)
    rows = on_demand(row.subject, row.as_of[:4])
    assert [provider for provider, _, _ in listed] == sorted(rows)
    for provider, low, high in listed:
        each = rows[provider]
        assert (float(low), float(high or low)) == (
            (each.value, each.value) if each.low is None else (each.low, each.high)
        )


def test_a_commitment_is_cheaper_than_the_year_on_demand() -> None:
    for each in RENTS:
        for term in ("-1y", "-3y"):
            if each.subject.endswith(term):
                same_year = f"{each.subject.removesuffix(term)}.gpu_hour_price@{each.as_of[:4]}"
                demand = BOOK.find(same_year) or BOOK.find(same_year.partition("@")[0])
                assert demand is not None
                assert (each.high or each.value or 0) < (demand.high or demand.value or 0), each.id
                assert (each.low or each.value or 0) < (demand.low or demand.value or 0), each.id


def test_the_middle_rent_of_an_h100_is_what_half_of_the_draws_lie_below() -> None:
    """Four of nine providers ask less than 3.95, four more. As the peak of a triangle it would have a p50 near 6."""
    quantity = standard_catalogue()["gpu_hour_price"]
    fact = BOOK.find("rent-h100-sxm.gpu_hour_price@2025")
    assert fact is not None
    spread = fact_value(fact, quantity, quantity.name, [], None).distribution
    assert spread is not None
    assert float(spread.quantile(np.array(0.5))) * 3600 == pytest.approx(3.95, rel=1e-12)
    # Below: 2.45 + 1.5 sqrt(0.2); above: 12.29 - 8.34 sqrt(0.2).
    assert float(spread.quantile(np.array(0.1))) * 3600 == pytest.approx(3.1208, abs=1e-4)
    assert float(spread.quantile(np.array(0.9))) * 3600 == pytest.approx(8.5602, abs=1e-4)


def test_the_rent_of_an_h100_is_a_series_of_years() -> None:
    years = {each.as_of[:4]: each.value for each in BY_YEAR if each.subject == "rent-h100-sxm"}
    # 2023: databricks 5.00, fluidstack 4.76, lambda 1.99, latitude 4.03 to 4.40, oracle 10.00; the middle one is 4.76.
    # 2024: cr8dl 3.95, lambda 2.99 to 3.49, novonimbus 4.78, oblivus 3.45, runpod 3.99; the middle one is 3.95.
    # 2025: aws 12.29, coreweave 6.155, cr8dl 3.95, cudo 2.45, gcp 11.06, lambda 3.29, oblivus 2.94, oracle 10.00,
    # runpod 2.99. 2026: of twelve, vast 4.0002 and nebius 4.50 are in the middle.
    assert years == {"2023": 4.76, "2024": 3.95, "2025": 3.95, "2026": pytest.approx((4.0002 + 4.5) / 2)}


def test_the_rent_of_an_h200_is_the_median_of_eleven_providers() -> None:
    """It was one list price, 13.78, shown as a median; the sixth of eleven is that of Nebius."""
    fact = BOOK.find("rent-h200-sxm.gpu_hour_price")
    assert fact is not None
    assert (fact.value, fact.kind, len(on_demand("rent-h200-sxm", "2026"))) == (5.4, "median", 11)
