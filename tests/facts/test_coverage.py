"""What the facts have to cover: enough chips, servers, rents, prices and regions for a planner to find theirs."""

from __future__ import annotations

import pytest

import calc
from calc.facts import standard_facts
from calc.report.listing import describe

BOOK = standard_facts()
SPECIFICATION = ("gpu_memory", "gpu_memory_bandwidth", "gpu_power")


def subjects(quantity: str) -> set[str]:
    return {each.subject for each in BOOK.for_quantity(quantity)}


def test_every_fact_is_of_a_quantity_that_is_described() -> None:
    """`calc describe` of its quantity names it, so that whoever looks for a figure finds it."""
    described = {
        name: {each["id"] for each in describe(name)["facts"]}
        for name in {each.quantity for each in BOOK.by_id.values()}
    }
    lost = [each.id for each in BOOK.by_id.values() if each.id not in described[each.quantity]]
    assert lost == []


def test_prices_of_tokens_and_measured_power_answer_a_shipped_scenario() -> None:
    for scenario, fact in (
        ("api-or-own", "api-groq-gpt-oss-120b.api_output_price"),
        ("measured-power", "b200x8-air-llama2-70b-99-server.server_power_measured"),
        ("measured-power", "h200x8-capped.server_idle_power"),
        ("measured-power", "h200-cap-500w-llama2-70b-server.power_cap_throughput_ratio"),
    ):
        taken = {
            value.get("fact") for case in calc.run(scenario).to_dict()["cases"] for value in case["inputs"].values()
        }
        assert fact in taken, (scenario, fact)


def test_a_chip_has_one_peak_by_number_format() -> None:
    """A range of two chips is two subjects: B300 and GB300 differ by a ninth."""
    ranges = [each.id for name in ("gpu_peak_bf16", "gpu_peak_fp8", "gpu_power") for each in BOOK.for_quantity(name)
              if each.value is None and "300" in each.subject]  # fmt: skip
    assert ranges == []


def test_25_accelerators_have_peak_memory_bandwidth_and_power() -> None:
    whole = set.intersection(*(subjects(each) for each in SPECIFICATION))
    peaks = subjects("gpu_peak_bf16") | subjects("gpu_peak_fp8")
    assert len(whole & peaks) >= 30


def test_12_servers_and_racks() -> None:
    assert len(subjects("server_power") & subjects("gpus_per_server")) >= 12
    assert len(subjects("server_price")) >= 10


def test_120_dated_rents() -> None:
    rents = [each for each in BOOK.for_quantity("gpu_hour_price") if each.status == "vendor"]
    assert len(rents) >= 200
    assert len({each.subject.split("-")[-1] for each in rents}) >= 15


def test_35_regions_have_a_dated_price_or_carbon_intensity() -> None:
    named = {
        each for each in subjects("electricity_price") | subjects("grid_carbon_intensity") if each.startswith("region-")
    }
    assert len(named) >= 100
    assert len({each for each in named if each.startswith("region-gcp-")}) == 40


@pytest.mark.parametrize(
    ("quantity", "least"),
    [
        ("pue", 10), ("wue_site", 5), ("facility_capex_per_power", 10), ("colocation_price", 3), ("server_life", 5),
        ("facility_life", 4), ("discount_rate", 5), ("gpu_embodied_carbon", 6), ("embodied_carbon_per_server", 4),
        ("salary", 5), ("licensed_item_price", 5), ("cny_per_usd", 1), ("rent_commitment_discount", 8),
        ("gpu_price", 25),
    ],
)  # fmt: skip
def test_bundles_that_give(quantity: str, least: int) -> None:
    assert len(subjects(quantity)) >= least


def test_electricity_in_the_united_states_by_year() -> None:
    found = {each.as_of: each.value for each in BOOK.for_quantity("electricity_price") if each.subject == "region-us"}
    assert sorted(found) == [str(year) for year in range(2010, 2026)]
    assert (found["2010"], found["2022"], found["2025"]) == (0.0677, 0.0832, 0.0826)


def test_a_date_of_entry_is_no_date_of_the_figure() -> None:
    """Where the source has none the date is empty; the day of entry stands in a column of its own."""
    for each in BOOK.by_id.values():
        assert not (each.as_of and "gives no date" in each.note), each.id
        assert each.seen, each.id
