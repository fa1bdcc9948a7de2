"""Second computations: cabinets, halls, clusters, energy, carbon, budgets, data and people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from second import HOURS, Given, down, of_those_included, up

if TYPE_CHECKING:
    from second import Second, Yearly


def _beside(for_servers: float, each: float) -> float:
    """Return whole servers, each taking `each`, in what is left after other things, which may be less than nothing."""
    return down(max(for_servers, 0) / each)


def _in_cabinets(whole: float, each: float, cabinet: float, per_cabinet: float) -> float:
    """Return how many things of size `each` a limit holds: full cabinets that take something themselves, and a last."""
    full = down(whole / (per_cabinet * each + cabinet))
    rest = whole - full * (per_cabinet * each + cabinet) - cabinet
    return full * per_cabinet + _beside(rest, each)


def _heat(q: Given) -> float:
    return q.server_heat_in_air or q.server_power


def _hall_power(q: Given) -> float:
    least = min(q.hall_it_power, q.hall_power_by_grid, q.hall_power_by_generators)
    return max(least - q.maybe("network_power", 0), 0)


def _energy(q: Given) -> float:
    idle_overhead = (q.pue - 1) * q.maybe("pue_fixed_share", 0)
    return q.it_energy_per_year * q.pue + idle_overhead * (q.it_power * HOURS - q.it_energy_per_year)


def _phases(q: Given) -> float:
    phases = round(q.feed_phase_factor**2)
    fair = q.servers_per_rack / phases
    return max(up(fair) / fair - 1, 1 - down(fair) / fair)


def _idle_carbon(q: Given) -> float:
    idle = q.facility_power * HOURS * q.idle_power_share * (1 - q.gpu_utilisation)
    # Without any energy there are no emissions of it either, whatever it is divided by.
    return q.operational_carbon_per_year * min(1, idle / (q.facility_energy_per_year or 1))


def _cabinets_power(q: Given) -> float:
    return q.racks_needed * q.rack_power_rated + q.maybe("network_power", 0)


def _liquid_per_rack(q: Given) -> float:
    if q.liquid_share == 0:
        return q.servers_per_rack_by_power
    return down(q.maybe("rack_liquid_cooling", 0) / (q.server_power * q.liquid_share))


def _spoilt(q: Given, error_rate: float) -> float:
    return q.data_tokens * max(1 - error_rate * (1 + q.maybe("bad_token_harm", 0)), 0)


def _sample(q: Given) -> float:
    many = q.accuracy_sample_of_many
    return up(many / (1 + (many - 1) / q.entities))


SITE: dict[str, Second] = {
    # accelerator, budget
    "gpu_peak__bf16": lambda q: q.gpu_peak_bf16,
    "gpu_peak__fp8": lambda q: q.gpu_peak_fp8,
    "gpu_peak__fp4": lambda q: q.gpu_peak_fp4,
    "gpu_peak__tf32": lambda q: q.gpu_peak_tf32,
    "gpu_peak__fp32": lambda q: q.gpu_peak_fp32,
    "gpu_peak__fp64": lambda q: q.gpu_peak_fp64,
    "gpu_peak__int8": lambda q: q.gpu_peak_int8,
    "compute_share": lambda q: q.compute_budget / q.budget_total,
    "people_share": lambda q: q.people_budget / q.budget_total,
    "data_share": lambda q: q.data_budget / q.budget_total,
    "compute_budget": lambda q: q.compute_share * q.budget_total,
    "people_budget": lambda q: q.people_share * q.budget_total,
    "data_budget": lambda q: q.data_share * q.budget_total,
    "budget_unallocated": lambda q: q.budget_total - (q.compute_budget + q.people_budget + q.data_budget),
    # carbon: a million grams are a tonne
    "location_based_carbon_per_year": lambda q: q.facility_energy_per_year * q.grid_carbon_intensity / 1e6,
    "market_based_carbon_per_year": lambda q: q.facility_energy_per_year * q.market_carbon_intensity / 1e6,
    "operational_carbon_per_year__location_based": lambda q: q.location_based_carbon_per_year,
    "operational_carbon_per_year__market_based": lambda q: q.market_based_carbon_per_year,
    "carbon_cost_per_month": lambda q: q.operational_carbon_per_year / 12 * q.carbon_price,
    "idle_carbon_per_year": _idle_carbon,
    "server_embodied_carbon": lambda q: (
        q.embodied_carbon_base
        + of_those_included(q, "embodied_carbon_memory", "embodied_carbon_storage")
        + q.maybe("embodied_carbon_cpus", 0)
    ),
    "embodied_carbon_per_server": lambda q: q.server_embodied_carbon + q.gpus_per_server * q.gpu_embodied_carbon,
    "hardware_embodied_carbon_per_year": lambda q: q.servers * q.embodied_carbon_per_server / 1e3 / q.server_life,
    "facility_embodied_carbon_per_year": lambda q: (
        q.it_power * q.facility_embodied_carbon_per_power / 1e3 / q.facility_life
    ),
    "embodied_carbon_per_year": lambda q: (
        q.hardware_embodied_carbon_per_year + q.maybe("facility_embodied_carbon_per_year", 0)
    ),
    "carbon_per_year": lambda q: q.operational_carbon_per_year + q.embodied_carbon_per_year,
    "carbon_over_life": lambda q: q.carbon_per_year * q.server_life,
    "carbon_per_gpu_hour": lambda q: q.carbon_per_year * 1e3 / (q.gpus * HOURS * q.hours_counted_share),
    "embodied_carbon_per_gpu_hour": lambda q: (
        q.embodied_carbon_per_server / q.gpus_per_server / (q.server_life * HOURS * q.hours_counted_share)
    ),
    "training_embodied_carbon": lambda q: q.training_gpu_hours * q.embodied_carbon_per_gpu_hour / 1e3,
    "training_idle_carbon": lambda q: q.training_idle_energy * 1e3 * q.grid_carbon_intensity / 1e6,
    "training_life_cycle_carbon": lambda q: (
        q.training_carbon + q.training_embodied_carbon + q.maybe("training_idle_carbon", 0)
    ),
    # cluster, compute
    "servers": lambda q: up(q.gpus / q.gpus_per_server),
    "servers_placed__anywhere": lambda q: q.servers,
    "servers_placed__in_cabinets": lambda q: q.servers if q.servers_per_rack else None,
    "gpus": lambda q: q.gpus_per_server * q.servers,
    "server_capex__server_price": lambda q: q.server_price * q.servers,
    "server_capex__gpu_price": lambda q: q.gpu_price * q.gpus * q.server_price_multiplier,
    "network_capex": lambda q: q.server_capex / (1 - q.network_share) - q.server_capex,
    "storage_capex": lambda q: q.storage_price * q.storage_capacity,
    "spares_capex": lambda q: q.spares_share * q.server_capex,
    "cluster_capex": lambda q: (
        q.server_capex + of_those_included(q, "network_capex", "storage_capex") + q.maybe("spares_capex", 0)
    ),
    "cluster_budget": lambda q: q.compute_budget - q.compute_budget * q.maybe("power_and_hosting_share", 0),
    "servers_affordable": lambda q: down(q.cluster_budget * (1 - q.maybe("network_share", 0)) / q.server_price),
    "gpus_affordable": lambda q: q.gpus_per_server * q.servers_affordable,
    "gpu_hours_affordable__from_the_first_day": lambda q: (
        q.gpus_affordable * q.programme_duration * HOURS * q.availability
    ),
    "gpu_hours_affordable__even_delivery": lambda q: (
        q.gpus_affordable * q.programme_duration * HOURS / 2 * q.availability
    ),
    "gpu_hours_rentable": lambda q: q.compute_budget / q.gpu_hour_price,
    # data, data quality, knowledge graphs (Cochran 1977: z^2 p (1 - p) / d^2)
    "tokens_affordable": lambda q: q.data_budget / q.token_price,
    "items_affordable": lambda q: down(q.data_budget / q.label_price),
    "items_licensable": lambda q: down(q.data_budget / q.licensed_item_price),
    "licence_duration_affordable": lambda q: q.data_budget / q.licence_price,
    "usable_token_value": lambda q: q.token_price,
    "error_rate_mean": lambda q: (
        q.error_rate_before - q.data_checked_share * (q.error_rate_before - q.error_rate_after)
    ),
    "usable_tokens_before": lambda q: _spoilt(q, q.error_rate_before),
    "usable_tokens": lambda q: _spoilt(q, q.error_rate_mean),
    "usable_tokens_gained": lambda q: q.usable_tokens - q.usable_tokens_before,
    "checking_cost": lambda q: q.checking_price * q.data_tokens * q.data_checked_share,
    "checking_value": lambda q: q.usable_token_value * q.usable_tokens_gained,
    "checking_net_value": lambda q: q.checking_value - q.checking_cost,
    "checking_price_breakeven": lambda q: q.checking_value / q.data_tokens / q.data_checked_share,
    "storage_cost_per_entity": lambda q: q.entity_size * 1e3 / 1e12 * q.entity_copies * q.storage_price,
    "cost_per_entity": lambda q: (
        q.extraction_cost_per_entity + q.storage_cost_per_entity + q.entities_checked_share * q.checking_cost_per_entity
    ),
    "accuracy_sample_of_many": lambda q: (
        (q.confidence_quantile / q.accuracy_margin) ** 2 * (q.accuracy_expected - q.accuracy_expected**2)
    ),
    "accuracy_sample": _sample,
    "accuracy_sampling_cost": lambda q: q.checking_cost_per_entity * q.accuracy_sample,
    "knowledge_graph_cost": lambda q: q.accuracy_sampling_cost + q.entities * q.cost_per_entity,
    "entity_cost_affordable": lambda q: (q.data_budget - q.accuracy_sampling_cost) / q.entities,
    "entities_affordable": lambda q: down((q.data_budget - q.accuracy_sampling_cost) / q.cost_per_entity),
    # facility (The Green Grid 2007 and 2011: PUE multiplies IT energy; site water is on IT, source water on all energy)
    "it_power": lambda q: q.servers_placed * q.server_power + q.maybe("network_power", 0),
    "facility_power": lambda q: q.pue * q.it_power,
    "it_energy_per_year__average": lambda q: q.it_power * HOURS * q.average_power_share,
    "it_energy_per_year__with_use": lambda q: (
        q.it_power * HOURS * q.idle_power_share + q.it_energy_of_use * q.gpu_utilisation
    ),
    "it_energy_of_use__average": lambda _: 0.0,
    "it_energy_of_use__with_use": lambda q: q.it_power * HOURS * (q.average_power_share - q.idle_power_share),
    "facility_energy_per_year": _energy,
    "facility_energy_of_use": lambda q: (
        q.it_energy_of_use + q.it_energy_of_use * (q.pue - 1) * (1 - q.maybe("pue_fixed_share", 0))
    ),
    "energy_paid_per_year": lambda q: max(q.facility_energy_per_year, q.maybe("take_or_pay_power", 0) * HOURS),
    "electricity_cost_per_year": lambda q: q.electricity_price * q.energy_paid_per_year,
    "hosting_power__it_power": lambda q: q.it_power,
    "hosting_power__cabinets": _cabinets_power,
    "facility_capex__it_power": lambda q: (
        q.it_power * 1e3 * q.facility_capex_per_power * q.maybe("redundancy_factor", 1)
    ),
    "facility_capex__cabinets": lambda q: (
        q.hosting_power * 1e3 * q.facility_capex_per_power * q.maybe("redundancy_factor", 1)
    ),
    "stranded_power_cost": lambda q: q.stranded_power_total * 1e3 * q.facility_capex_per_power,
    "water_site_per_year": lambda q: q.wue_site * q.it_energy_per_year,
    "water_source_per_year": lambda q: q.wue_source * q.facility_energy_per_year,
    "water_per_year": lambda q: of_those_included(q, "water_site_per_year", "water_source_per_year"),
    # hall
    "hall_it_power": lambda q: (
        (q.ups_modules - q.ups_modules_spare) * q.ups_module_power * q.maybe("ups_load_share", 1)
    ),
    "hall_power_by_grid": lambda q: q.grid_power * 1e3 / q.pue,
    "hall_power_by_generators": lambda q: q.generator_power / q.pue,
    "hall_power_for_servers": _hall_power,
    "hall_servers_by_power__anywhere": lambda q: down(q.hall_power_for_servers / q.server_power),
    "hall_servers_by_power__in_cabinets": lambda q: _in_cabinets(
        q.hall_power_for_servers, q.server_power, q.maybe("rack_power_reserved", 0), q.servers_per_rack
    ),
    "hall_racks_by_area": lambda q: down(q.hall_floor_area / q.floor_area_per_rack),
    "hall_servers_by_racks": lambda q: min(q.hall_racks, q.hall_racks_by_area) * q.servers_per_rack,
    "hall_servers_by_air_cooling__anywhere": lambda q: (
        down(q.hall_air_cooling / _heat(q)) + (0 if q.server_heat_in_air else q.hall_servers_by_power)
    ),
    "hall_servers_by_air_cooling__in_cabinets": lambda q: (
        _in_cabinets(q.hall_air_cooling, _heat(q), q.maybe("rack_power_reserved", 0), q.servers_per_rack)
        + (0 if q.server_heat_in_air else q.hall_servers_by_power)
    ),
    "hall_servers_by_liquid_cooling": lambda q: (
        down(q.hall_liquid_cooling / (q.server_power * q.liquid_share))
        if q.liquid_share
        else down(q.hall_liquid_cooling / q.server_power) + q.hall_servers_by_power
    ),
    "hall_servers_by_floor_load__anywhere": lambda q: down(q.floor_load_limit * q.hall_floor_area / q.server_weight),
    "hall_servers_by_floor_load__in_cabinets": lambda q: _in_cabinets(
        q.floor_load_limit * q.hall_floor_area, q.server_weight, q.maybe("rack_weight_fitted", 0), q.servers_per_rack
    ),
    "hall_servers__anywhere": lambda q: min(
        q.hall_servers_by_power,
        q.maybe("hall_servers_by_air_cooling", float("inf")),
        q.maybe("hall_servers_by_liquid_cooling", float("inf")),
        q.maybe("hall_servers_by_floor_load", float("inf")),
    ),
    "hall_servers__in_cabinets": lambda q: min(
        q.hall_servers_by_power,
        q.maybe("hall_servers_by_racks", float("inf")),
        q.maybe("hall_servers_by_air_cooling", float("inf")),
        q.maybe("hall_servers_by_liquid_cooling", float("inf")),
        q.maybe("hall_servers_by_floor_load", float("inf")),
    ),
    "hall_power_reserved": lambda q: q.racks_needed * q.rack_power_reserved,
    "hall_power_drawn": lambda q: q.it_power + q.maybe("hall_power_reserved", 0),
    "hall_heat_in_liquid": lambda q: q.liquid_share * q.server_power * q.servers_placed,
    "hall_weight": lambda q: q.servers_needed * q.server_weight + q.racks_needed * q.maybe("rack_weight_fitted", 0),
    # rack
    "feed_apparent_power": lambda q: q.feed_phase_factor * q.feed_voltage * q.feed_current / 1e3,
    "rack_feed_power": lambda q: (q.rack_feeds - q.rack_feeds_spare) * q.feed_apparent_power * q.power_factor,
    "rack_power_usable__rated": lambda q: (
        min(q.rack_power_rated, q.maybe("rack_feed_power", float("inf"))) * q.rack_power_derating
    ),
    "rack_power_usable__feeds": lambda q: q.rack_feed_power * q.rack_power_derating,
    "servers_per_rack_by_power": lambda q: _beside(
        q.rack_power_usable - q.maybe("rack_power_reserved", 0), q.server_power
    ),
    "servers_per_rack_by_space": lambda q: _beside(q.rack_height - q.maybe("rack_height_reserved", 0), q.server_height),
    "servers_per_rack_by_weight": lambda q: _beside(
        q.rack_weight_limit - q.maybe("rack_weight_fitted", 0), q.server_weight
    ),
    "servers_per_rack_by_floor_load": lambda q: _beside(
        q.floor_load_limit * q.floor_area_per_rack - q.maybe("rack_weight_fitted", 0), q.server_weight
    ),
    "server_heat_in_air": lambda q: q.server_power - q.server_power * q.maybe("liquid_share", 0),
    "servers_per_rack_by_air_cooling": lambda q: (
        _beside(q.rack_air_cooling - q.maybe("rack_power_reserved", 0), _heat(q))
        + (0 if q.server_heat_in_air else q.servers_per_rack_by_power)
    ),
    "servers_per_rack_by_liquid_cooling": _liquid_per_rack,
    "servers_per_rack": lambda q: min(
        q.servers_per_rack_by_power,
        q.maybe("servers_per_rack_by_space", float("inf")),
        q.maybe("servers_per_rack_by_weight", float("inf")),
        q.maybe("servers_per_rack_by_floor_load", float("inf")),
        q.maybe("servers_per_rack_by_air_cooling", float("inf")),
        q.maybe("servers_per_rack_by_liquid_cooling", float("inf")),
    ),
    "rack_power_drawn": lambda q: q.server_power * q.servers_per_rack,
    "rack_weight": lambda q: q.server_weight * q.servers_per_rack + q.maybe("rack_weight_fitted", 0),
    "rack_power_after_feed_loss": lambda q: (
        (q.rack_feeds - 1) * q.feed_apparent_power * q.power_factor * q.rack_power_derating
    ),
    "server_supplies_left": lambda q: q.server_supplies - up(q.server_supplies / q.rack_feeds),
    "server_supplies_to_spare": lambda q: q.server_supplies_left - q.server_supplies_needed,
    "server_power_after_feed_loss": lambda q: min(
        q.maybe("server_supplies_left", float("inf")) * q.supply_power,
        q.rack_power_after_feed_loss / q.servers_per_rack,
    ),
    "phase_imbalance": _phases,
    "rack_power_stranded": lambda q: q.rack_power_usable - q.rack_power_drawn - q.maybe("rack_power_reserved", 0),
    "rack_power_stranded_share": lambda q: q.rack_power_stranded / q.rack_power_usable,
    "rack_power_utilisation": lambda q: q.rack_power_drawn / q.rack_power_rated,
    "servers_needed": lambda q: q.servers,
    "racks_needed": lambda q: up(q.servers_needed / q.servers_per_rack) if q.servers_per_rack else None,
    "stranded_power_total": lambda q: (
        q.racks_needed * (q.rack_power_usable - q.maybe("rack_power_reserved", 0)) - q.servers_needed * q.server_power
    ),
    "racks_left": lambda q: q.racks_available - q.racks_used,
    "racks_power_rated": lambda q: q.rack_power_rated * q.racks_used,
    "racks_floor_area": lambda q: q.floor_area_per_rack * q.racks_used,
    "floor_area": lambda q: q.floor_area_per_rack * q.racks_needed,
    # what was observed, reference figures, people
    "server_power_share": lambda q: q.server_power_measured / q.server_power,
    "server_power_with_pauses": lambda q: (
        q.gpu_utilisation * q.server_power_measured + (1 - q.gpu_utilisation) * q.server_idle_power
    ),
    "server_energy_per_token": lambda q: q.server_power_measured / 3600 / q.server_throughput * 1e6,
    "sector_energy_share": lambda q: q.facility_energy_per_year / (q.sector_energy * 1e9),
    "cost_per_person_year": lambda q: q.loaded_cost_multiplier * q.salary,
    "person_years_affordable": lambda q: q.people_budget / q.cost_per_person_year,
    "headcount_affordable": lambda q: q.person_years_affordable / q.programme_duration,
}

SITE_YEARS: dict[str, Yearly] = {
    "carbon_over_years": lambda q: sum(q.carbon_per_year),
}
