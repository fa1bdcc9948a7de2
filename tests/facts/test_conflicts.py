"""Where sources contradict each other or themselves: the facts hold the figure that means what the quantity says.

Each trap was seen in a published table: sparse peaks printed as dense, a system's power as a chip's, an instance's
bandwidth as a chip's, two chips' memory as one's, a board's price as a server's, and units a thousandfold off.
"""

from __future__ import annotations

import re

import pytest
from rows import each_row

from calc.facts import Fact, standard_facts
from calc.units import parse_unit

BOOK = standard_facts()
ALL = list(BOOK.by_id.values())


def fact(identifier: str) -> Fact:
    found = BOOK.find(identifier)
    assert found is not None, identifier
    return found


def ends(one: Fact, unit: str | None = None) -> tuple[float, float]:
    """Return the least and the largest figure of a fact, in `unit` where one is named."""
    factor = parse_unit(one.unit).factor / parse_unit(unit).factor if unit else 1.0
    figures = [each * factor for each in (one.low, one.value, one.high) if each is not None]
    return min(figures), max(figures)


def latest(quantity: str) -> dict[str, Fact]:
    """Return the latest fact of a quantity by subject."""
    subjects = {each.subject for each in BOOK.for_quantity(quantity)}
    return {subject: fact(f"{subject}.{quantity}") for subject in subjects}


# ---------------------------------------------------------------- dense, not sparse

DENSE = {
    "h100-sxm.gpu_peak_bf16": 989.4,  # 1,979 is with 2:4 sparsity
    "h100-sxm.gpu_peak_fp8": 1979,  # the same figure, but dense in FP8
    "l40s.gpu_peak_bf16": 362,  # 733 is with 2:4 sparsity
    "b200.gpu_peak_bf16": 2250,  # 4,500 is with 2:4 sparsity
    "a100-80gb-sxm.gpu_peak_bf16": 312,
}


@each_row("identifier", list(DENSE))
def test_peaks_are_dense(identifier: str) -> None:
    assert fact(identifier).value == DENSE[identifier]


# Chips that are built so: INT8 is all but gone in Blackwell Ultra; Cambricon, Groq and Trainium3 are made for 8 bits.
MADE_FOR_8_BITS = {"cambricon-mlu370-x4", "cambricon-mlu370-x8", "groq-lpu-v1", "trainium3"}
WITHOUT_INT8 = {"b300", "gb300"}


@each_row("subject", sorted(set(latest("gpu_peak_bf16")) - MADE_FOR_8_BITS))
def test_half_the_bits_are_at_most_twice_the_peak(subject: str) -> None:
    """A sparse figure in one of two columns shows as a factor of four; TF32 is from a quarter to all of 16 bits."""
    bundle = BOOK.bundle(subject) or {}
    sixteen = ends(bundle["gpu_peak_bf16"])
    for name, low, high in (("gpu_peak_fp8", 0.99, 2.05), ("gpu_peak_int8", 0.99, 2.25), ("gpu_peak_tf32", 0.25, 1.01)):
        if name in bundle and not (subject in WITHOUT_INT8 and name == "gpu_peak_int8"):
            other = ends(bundle[name])
            assert low <= other[0] / sixteen[0] <= high, name
            assert low <= other[1] / sixteen[1] <= high, name


def test_no_nvidia_chip_has_one_peak_for_16_and_8_bits() -> None:
    for chip in ("a100-80gb-sxm", "h100-sxm", "h100-pcie", "h200-sxm", "l4", "l40s", "b200", "gb200", "h20"):
        bundle = BOOK.bundle(chip) or {}
        eight = bundle.get("gpu_peak_fp8", bundle.get("gpu_peak_int8"))
        assert eight is not None
        assert ends(eight)[0] == pytest.approx(2 * ends(bundle["gpu_peak_bf16"])[0], rel=0.03), chip


# ---------------------------------------------------------------- chip, not system


def test_tpu_v3_says_that_its_sources_disagree() -> None:
    """220 W (Epoch) against 450 W (Patterson); 283 W were measured with the host."""
    rated = fact("tpu-v3.gpu_power")
    assert (rated.value, rated.low, rated.high, rated.status) == (None, 220, 450, "estimate")
    measured = fact("tpu-v3.gpu_system_power")
    assert (measured.value, measured.status) == (283, "measured")


def test_tpu_v4_keeps_chip_and_system_apart() -> None:
    assert fact("tpu-v4.gpu_power").value == 192
    assert fact("tpu-v4.gpu_system_power@2021-12").value == 326
    assert fact("tpu-v4.gpu_system_power").value == 378.5


def test_gb200_is_a_share_of_the_rack_and_no_halved_superchip() -> None:
    """120 kW over 72 GPUs are 1.67 kW; 0.6 kW, half of a superchip's 1,200 W, is 2.8 times too little."""
    rack, gpus = fact("gb200-nvl72.server_power").value, fact("gb200-nvl72.gpus_per_server").value
    assert rack is not None
    assert gpus is not None
    assert fact("gb200.gpu_system_power").value == pytest.approx(1000 * rack / gpus, rel=1e-5)
    assert fact("gb200.gpu_power").value == 1200


def test_b300_chip_power_is_not_the_share_of_the_system() -> None:
    assert fact("b300.gpu_power").value == 1100
    assert fact("b300.gpu_system_power").value == 1750


def test_a_system_draws_more_than_its_chips() -> None:
    """Except where the figure was measured in use: rated power is what a chip may draw at most."""
    for subject, system in latest("gpu_system_power").items():
        if system.status != "measured":
            assert ends(system)[0] > ends(fact(f"{subject}.gpu_power"))[1], subject


def test_a_server_draws_more_than_its_gpus_alone() -> None:
    for server, chip in (
        ("dgx-a100", "a100-80gb-sxm"),
        ("dgx-h100", "h100-sxm"),
        ("dgx-h200", "h200-sxm"),
        ("dgx-b200", "b200"),
    ):
        bundle = BOOK.bundle(server) or {}
        chips = ends(bundle["gpus_per_server"])[0] * ends(fact(f"{chip}.gpu_power"))[1] / 1000
        assert 1.3 * chips < ends(bundle["server_power"])[0] < 2.5 * chips, server


# ---------------------------------------------------------------- one chip, not an instance or a pair


def test_trainium1_bandwidth_is_one_chips() -> None:
    """The instance of 16 chips has 9.8 TB/s, which one table prints for the chip."""
    found = fact("trainium1.gpu_memory_bandwidth")
    assert (found.value, found.status) == (0.82, "unverified")


def test_gb200_memory_is_one_gpus() -> None:
    """The row of the NVL2 holds two GPUs: 384 GB and 16 TB/s."""
    assert ends(fact("gb200.gpu_memory")) == (186, 192)
    assert fact("gb200.gpu_memory_bandwidth").value == 8


def test_h800_double_precision_is_the_cut_one() -> None:
    found = fact("h800-sxm.gpu_peak_fp64")
    assert (found.value, found.status) == (1, "unverified")
    assert "29.65" in found.note


# ---------------------------------------------------------------- board, not system


def test_boards_and_systems_are_subjects_of_their_own() -> None:
    for each in BOOK.for_quantity("server_price"):
        if each.subject.endswith("-board"):
            assert "alone" in each.note, each.id
        elif each.subject.startswith("dgx-"):
            assert "whole system" in each.note, each.id


def test_a_system_costs_more_than_its_board() -> None:
    """H100 in 2023: a board of 8 at $248,956 is $31,120 a GPU, the low end of that year's range."""
    board, system = fact("hgx-h100-board.server_price@2023-09"), fact("dgx-h100.server_price@2023-05")
    assert board.value is not None
    assert system.value is not None
    assert board.value < system.value
    eighth = fact("h100-sxm-eighth-of-board.gpu_price@2023-09").value
    assert eighth == pytest.approx(board.value / 8, abs=1)
    assert fact("h100-sxm-eighth-of-server.gpu_price@2023-05").value == system.value / 8


def test_a_price_of_a_gpu_says_in_its_name_what_is_priced() -> None:
    """A range of boards, shares of whole systems and market prices under one name meant nothing."""
    meanings = r"-(list|market|worth|amazon|(eighth|quarter|sixteenth)-of-(board|server|system|station)|server-of-one)$"
    for each in BOOK.for_quantity("gpu_price"):
        assert re.search(meanings, each.subject), each.id


def test_estimates_of_what_is_not_sold_are_no_prices_of_a_vendor() -> None:
    for each in BOOK.for_quantity("gpu_price"):
        if each.subject.startswith("tpu-"):
            assert each.status == "estimate", each.id
            assert "not sold" in each.note


# ---------------------------------------------------------------- no factor of a thousand

# Their memory is SRAM on the chip, read in microseconds.
ON_CHIP = {"groq-lpu-v1", "cerebras-wse-2", "cerebras-wse-3"}
# Unit, least and largest plausible figure. Narrower than a thousandfold, so that a slip of 1,000 falls outside.
BANDS = {
    "gpu_peak_fp64": ("TFLOP/(s*gpu)", 0.2, 170),
    "gpu_peak_fp32": ("TFLOP/(s*gpu)", 2, 200),
    "gpu_peak_tf32": ("TFLOP/(s*gpu)", 50, 1500),
    "gpu_peak_bf16": ("TFLOP/(s*gpu)", 20, 15_000),  # a whole wafer has the most
    "gpu_peak_fp8": ("TFLOP/(s*gpu)", 150, 20_000),
    "gpu_peak_fp4": ("TFLOP/(s*gpu)", 1500, 50_000),
    "gpu_peak_int8": ("TFLOP/(s*gpu)", 100, 5100),
    "gpu_memory": ("GB/gpu", 0.5, 450),
    "gpu_memory_bandwidth": ("TB/(s*gpu)", 0.1, 25),
    "gpu_power": ("W/gpu", 50, 1500),
    "gpu_system_power": ("W/gpu", 200, 2200),
    "gpu_price": ("USD/gpu", 100, 50_000),
    "gpu_hour_price": ("USD/(gpu*hour)", 0.15, 25),
    "gpus_per_server": ("gpu/server", 2, 100),
    "server_power": ("kW/server", 0.3, 240),
    "server_height": ("rack_unit/server", 1, 60),
    "server_price": ("USD/server", 5_000, 4_000_000),
    "rack_power_rated": ("kW/rack", 2, 310),
    "servers_per_rack": ("server/rack", 1, 50),
    "electricity_price": ("USD/kWh", 0.03, 0.5),
    "grid_carbon_intensity": ("gCO2e/kWh", 1.5, 1200),
    "market_carbon_intensity": ("gCO2e/kWh", 1.5, 1200),
    "facility_capex_per_power": ("USD/W", 3, 30),
    "pue": ("1", 1.0, 3),
    "wue_site": ("L/kWh", 0, 3),
    "wue_source": ("L/kWh", 0.5, 20),
    "colocation_price": ("USD/(kW*month)", 50, 500),
    "server_life": ("year", 2, 10),
    "network_life": ("year", 2, 10),
    "facility_life": ("year", 5, 40),
    "discount_rate": ("percent/year", 1, 20),
    "gpu_embodied_carbon": ("kgCO2e/gpu", 50, 3000),
    "server_embodied_carbon": ("kgCO2e/server", 200, 10_000),
    "embodied_carbon_per_server": ("kgCO2e/server", 500, 20_000),
    "salary": ("USD/(person*year)", 20_000, 2_000_000),
    "cost_per_person_year": ("USD/(person*year)", 20_000, 2_000_000),
    "cny_per_usd": ("CNY/USD", 5, 10),
    "sector_energy": ("TWh/year", 50, 2000),
}


@each_row("quantity", list(BANDS))
def test_no_fact_is_off_by_a_thousand(quantity: str) -> None:
    unit, low, high = BANDS[quantity]
    on_chip = ON_CHIP if quantity.startswith("gpu_memory") else set()
    assert high < 1000 * low or low == 0
    found = [each for each in BOOK.for_quantity(quantity) if each.subject not in on_chip]
    assert found
    for each in found:
        least, largest = ends(each, unit)
        assert low <= least, each.id
        assert largest <= high, each.id


def test_no_grid_emits_more_than_coal_does() -> None:
    (coal,) = [each for each in ALL if each.id == "electricity-from-coal.grid_carbon_intensity"]
    for each in BOOK.for_quantity("grid_carbon_intensity"):
        # By Ember the plants of Uzbekistan burn more than the average coal plant.
        assert ends(each)[1] <= (1200 if each.subject == "region-uzbekistan" else ends(coal)[1]) < 1201, each.id


@each_row("subject", sorted(set(latest("gpu_power")) & set(latest("gpu_peak_bf16"))))
def test_arithmetic_for_a_joule_is_plausible(subject: str) -> None:
    """From 0.07 TFLOP/J of a P100 to 2.8 of a Gaudi3 or a Blackwell: a slip of units or a sparse peak stands out."""
    power, peak = ends(fact(f"{subject}.gpu_power")), ends(fact(f"{subject}.gpu_peak_bf16"))
    assert peak[0] / power[1] > 0.05
    assert peak[1] / power[0] < 3


@each_row("subject", sorted((set(latest("gpu_memory")) & set(latest("gpu_memory_bandwidth"))) - ON_CHIP))
def test_a_memory_is_read_in_a_tenth_of_a_second(subject: str) -> None:
    """Memory over bandwidth is 12 to 110 ms for every chip; an instance's bandwidth or a pair's memory stands out."""
    memory, bandwidth = ends(fact(f"{subject}.gpu_memory")), ends(fact(f"{subject}.gpu_memory_bandwidth"))
    assert memory[0] / bandwidth[1] > 12
    assert memory[1] / bandwidth[0] < 110


def test_electricity_and_colocation_are_billed_by_the_kilowatt() -> None:
    """A published model prints $0.04 per kW and month and uses $0.04 per W and month, a thousand times as much."""
    for each in BOOK.for_quantity("colocation_price"):
        by_watt = ends(each, "USD/(W*month)")
        assert 0.05 < by_watt[0] <= by_watt[1] < 0.5, each.id


def test_a_rent_pays_the_purchase_back_within_months_to_years() -> None:
    """Price over yearly rent: a slip in either stands out."""
    for chip, rent in (
        ("h100-sxm", "rent-h100-sxm"),
        ("a100-80gb-sxm", "rent-a100-80gb"),
        ("h100-pcie", "rent-h100-pcie"),
    ):
        price, hourly = ends(fact(f"{chip}-list.gpu_price")), ends(fact(f"{rent}.gpu_hour_price"))
        assert price[0] / (hourly[1] * 8760) > 0.1
        assert price[1] / (hourly[0] * 8760) < 5
