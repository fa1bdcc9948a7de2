"""Second computations: training, scaling laws, programmes, growth, and the decisions around building models."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from second import HOURS, Given, factors, of_those_included, up

if TYPE_CHECKING:
    from second import Second, Yearly, Years


def _daly(q: Given) -> float:
    """Daly 2006, equation 37: sqrt(2 d M) (1 + sqrt(d / 2M) / 3 + d / 2M / 9) - d for d < 2M, else M."""
    if q.checkpoint_time >= 2 * q.mtbf:
        return q.mtbf
    small = q.checkpoint_time / (2 * q.mtbf)
    series = 1 + math.sqrt(small) / q.daly_series_divisor + small / q.daly_series_divisor / q.daly_series_divisor
    return float(math.sqrt(2 * q.checkpoint_time * q.mtbf) * series - q.checkpoint_time)


def _exponential(q: Given) -> float:
    """Daly 2006, equation 20: the time of work over M exp(R/M) (exp((t + d) / M) - 1)."""
    tries = math.expm1((q.checkpoint_interval + q.checkpoint_time) / q.mtbf)
    return q.checkpoint_interval / (q.mtbf * math.exp(q.maybe("restart_time", 0) / q.mtbf) * tries)


def _loss(q: Given, size: float, data: float) -> float:
    """Hoffmann et al. 2022, equation 2: E + A / N^alpha + B / D^beta."""
    falling = q.size_coefficient * size**-q.size_exponent + q.data_coefficient * data**-q.data_exponent
    return float(q.loss_floor + falling)


def _balance(q: Given) -> float:
    """The G of equation 4 to the power of alpha + beta: alpha A / (beta B)."""
    return q.size_exponent * q.size_coefficient / (q.data_exponent * q.data_coefficient)


def _optimal_size(q: Given) -> float:
    """Hoffmann et al. 2022, equation 4: N = G (C / 6)^(beta / (alpha + beta))."""
    both = q.size_exponent + q.data_exponent
    pairs = q.training_flop_budget / q.flop_per_parameter_token
    return math.exp((math.log(_balance(q)) + q.data_exponent * math.log(pairs)) / both)


def _flop_by_data(q: Given) -> float:
    """At the optimum alpha A / N^alpha = beta B / D^beta, so that the tokens say the size."""
    tokens = q.tokens_affordable / q.maybe("bought_token_share", 1)
    size = math.exp((math.log(_balance(q)) + q.data_exponent * math.log(tokens)) / q.size_exponent)
    return q.flop_per_parameter_token * size * tokens


def _optimal_tokens_for(q: Given) -> float:
    logs = q.size_exponent * math.log(q.parameters) - math.log(_balance(q))
    return math.exp(logs / q.data_exponent)


def _per_token(q: Given, part: float) -> float:
    """PaLM, appendix B: 6 N + 12 L H Q T for each token; part: of the context that a token looks at."""
    attention = q.attention_flop * q.layers * q.attention_width * q.context_length * part
    return q.training_tokens * (q.flop_per_parameter_token * q.active_parameters + attention)


def _foundation_breakeven(q: Given) -> float | None:
    if q.models_that_save == 0:
        return None
    each = (q.portfolio_cost_from_scratch - q.adaptation_cost) / q.models_adapted
    mix = q.models_adapted / q.models_that_save
    return up(mix * q.foundation_cost / each)


def _stage_breakeven(q: Given) -> float | None:
    if q.stage_items_cheaper_in_house == 0:
        return None
    saved = q.stage_supplier_price_adjusted - q.stage_marginal_cost
    each = saved if saved > 0 else q.stage_supplier_price_adjusted
    fixed = max(q.stage_fixed_cost - q.maybe("stage_integration_cost", 0), 0)
    return q.stage_volume / q.stage_items_cheaper_in_house * fixed / each


def _stacks_breakeven(q: Given) -> float | None:
    if q.modalities_that_save == 0:
        return None
    saved = q.stack_effort - q.modality_effort
    return up(q.modalities / q.modalities_that_save * q.base_effort / (saved if saved > 0 else q.stack_effort))


def _lowest_share(q: Given) -> float:
    saved = q.unit_saving if q.unit_saving > 0 else q.reference_unit_cost
    return max((q.maybe("sharing_cost", 0) - q.fewer_errors_value) / saved / q.customer_volume, 0)


def _highest_share(q: Given) -> float:
    saved = q.unit_saving if q.unit_saving > 0 else q.reference_unit_cost
    return (q.next_volume - q.maybe("learning_cost", 0) / saved) / q.customer_volume


def _wright(reference: float, volume: float, first: float, exponent: float) -> float:
    """Wright 1936: the cost at a volume is that at the reference times the ratio of volumes to the exponent."""
    return reference * math.exp(exponent * math.log(volume / first))


def _first(q: Years, beyond: list[bool], unmet: list[float]) -> list[float]:
    """Return the first year in which something is beyond, as every year of the plan tells it."""
    assert all(unmet)
    before = beyond.index(True) if True in beyond else len(beyond)
    return [first + before for first in q.first_year]


def _above(q: Years, need: str, limit: str) -> list[bool]:
    return [wanted > there for wanted, there in q.rows(need, limit)]


def _gpus_beyond(q: Years, need: str, limit: str) -> float:
    return sum(gpus for gpus, is_beyond in zip(q.gpus_demand, _above(q, need, limit), strict=True) if is_beyond)


def _grown(start: list[float], growth: list[float]) -> list[float]:
    return [each * factor for each, factor in zip(start, factors(growth), strict=True)]


WORK: dict[str, Second] = {
    # training (Kaplan et al. 2020: 6 N D; Chowdhery et al. 2022: HFU counts what is computed twice)
    "training_flop__parameters": lambda q: q.training_tokens * q.active_parameters * q.flop_per_parameter_token,
    "training_flop__attention": lambda q: _per_token(q, 1),
    "training_flop__causal_attention": lambda q: _per_token(q, 0.5),
    "mfu": lambda q: q.hfu / (1 + q.recompute_share),
    "hfu": lambda q: q.mfu + q.mfu * q.recompute_share,
    "training_gpu_hours__flop": lambda q: (
        q.training_flop / (q.gpu_peak * 1e12 * 3600) / q.mfu / q.maybe("effective_time_share", 1)
    ),
    "training_gpu_hours__duration": lambda q: q.training_duration * 24 * q.gpus,
    "training_gpu_hours__throughput": lambda q: q.gpu_hours_per_token * q.training_tokens,
    "training_gpu_hours__budget": lambda q: q.final_run_gpu_hours,
    "training_duration": lambda q: q.training_gpu_hours / q.gpus / 24,
    "billed_mfu": lambda q: q.training_flop / (q.training_gpu_hours * 3600 * q.gpu_peak * 1e12),
    "programme_gpu_hours": lambda q: q.experiment_multiplier * q.training_gpu_hours,
    "gpu_hour_cost__rented": lambda q: q.gpu_hour_price,
    "gpu_hour_cost__owned": lambda q: q.owning_cost_per_gpu_hour,
    "training_cost": lambda q: q.gpu_hour_cost * q.training_gpu_hours,
    "experiment_cost": lambda q: q.experiment_multiplier * q.training_cost - q.training_cost,
    "programme_cost": lambda q: q.experiment_multiplier * q.training_cost,
    "training_power_per_gpu__rated": lambda q: q.average_power_share * q.server_power_multiplier * q.gpu_power,
    "training_power_per_gpu__measured": lambda q: q.gpu_system_power,
    "training_power_per_gpu__gpu_alone": lambda q: q.gpu_power,
    "training_it_energy": lambda q: q.training_gpu_hours * q.training_power_per_gpu / 1e3,
    "training_energy": lambda q: q.pue * q.training_it_energy,
    "training_carbon": lambda q: q.training_energy * q.grid_carbon_intensity / 1e6,
    "training_carbon_market_based": lambda q: q.training_energy * q.market_carbon_intensity / 1e6,
    "training_water_site": lambda q: q.wue_site * q.training_it_energy,
    "training_water_source": lambda q: q.wue_source * q.training_energy,
    "training_water": lambda q: of_those_included(q, "training_water_site", "training_water_source"),
    "training_state": lambda q: q.parameters * q.training_state_per_parameter / 1e9,
    "training_state_per_gpu": lambda q: q.training_state / q.gpus,
    "gpus_for_training_state": lambda q: up(q.training_state / q.gpu_memory),
    # goodput (Young 1974: sqrt(2 d M); half an interval is lost with each failure)
    "failure_rate": lambda q: q.failures_observed / (q.gpus_observed * q.time_observed * 24),
    "mtbf": lambda q: 3600 / (q.failure_rate * q.gpus),
    "checkpoint_interval__young": lambda q: math.sqrt(2 * q.checkpoint_time * q.mtbf),
    "checkpoint_interval__daly": _daly,
    "lost_time_share": lambda q: (
        q.checkpoint_time / q.checkpoint_interval
        + q.checkpoint_interval / (2 * q.mtbf)
        + q.maybe("restart_time", 0) / q.mtbf
    ),
    "effective_time_share__first_order": lambda q: 1 - q.lost_time_share,
    "effective_time_share__exponential": _exponential,
    # scaling laws (Hoffmann et al. 2022; Besiroglu et al. 2024: a standard error moves each constant)
    "loss_floor__besiroglu_2024": lambda q: (
        q.besiroglu_loss_floor + q.besiroglu_floor_error * q.besiroglu_loss_floor_se
    ),
    "loss_floor__hoffmann_2022": lambda q: q.hoffmann_loss_floor,
    "size_coefficient__besiroglu_2024": lambda q: (
        q.besiroglu_size_coefficient
        * (1 + q.besiroglu_size_coefficient_se / q.besiroglu_size_coefficient) ** q.besiroglu_size_error
    ),
    "size_coefficient__hoffmann_2022": lambda q: q.hoffmann_size_coefficient,
    "data_coefficient__besiroglu_2024": lambda q: (
        q.besiroglu_data_coefficient
        * (1 + q.besiroglu_data_coefficient_se / q.besiroglu_data_coefficient) ** q.besiroglu_data_error
    ),
    "data_coefficient__hoffmann_2022": lambda q: q.hoffmann_data_coefficient,
    "size_exponent__besiroglu_2024": lambda q: (
        q.besiroglu_size_exponent + q.besiroglu_size_error * q.besiroglu_size_exponent_se
    ),
    "size_exponent__hoffmann_2022": lambda q: q.hoffmann_size_exponent,
    "data_exponent__besiroglu_2024": lambda q: (
        q.besiroglu_data_exponent + q.besiroglu_data_error * q.besiroglu_data_exponent_se
    ),
    "data_exponent__hoffmann_2022": lambda q: q.hoffmann_data_exponent,
    "compute_optimal_parameters": _optimal_size,
    "compute_optimal_tokens": lambda q: (
        q.training_flop_budget / q.flop_per_parameter_token / q.compute_optimal_parameters
    ),
    "compute_optimal_tokens_per_parameter": lambda q: q.compute_optimal_tokens / q.compute_optimal_parameters,
    "compute_optimal_loss": lambda q: _loss(q, q.compute_optimal_parameters, q.compute_optimal_tokens),
    "predicted_loss": lambda q: _loss(q, q.parameters, q.training_tokens),
    "tokens_per_parameter": lambda q: q.training_tokens / q.parameters,
    "compute_optimal_tokens_for_parameters": _optimal_tokens_for,
    "over_training_factor": lambda q: q.training_tokens / q.compute_optimal_tokens_for_parameters,
    # programme
    "gpu_hours_budgeted__rented": lambda q: q.gpu_hours_rentable,
    "gpu_hours_budgeted__owned": lambda q: q.gpu_hours_affordable,
    "gpus_budgeted__rented": lambda q: q.gpus,
    "gpus_budgeted__owned": lambda q: q.gpus_affordable,
    "final_run_gpu_hours": lambda q: q.gpu_hours_budgeted / q.maybe("experiment_multiplier", 1),
    "final_run_duration": lambda q: q.final_run_gpu_hours / q.gpus_budgeted / 24,
    "training_flop_by_compute": lambda q: (
        q.final_run_gpu_hours * 3600 * q.gpu_peak * 1e12 * q.mfu * q.maybe("effective_time_share", 1)
    ),
    "training_flop_by_data": _flop_by_data,
    "people_budget_needed": lambda q: q.staff_cost_ratio * q.compute_budget,
    "training_flop_by_people": lambda q: q.people_budget / q.people_budget_needed * q.training_flop_by_compute,
    "training_flop_budget": lambda q: q.training_flop_by_compute,
    "programme_flop": lambda q: min(
        q.training_flop_by_compute,
        q.maybe("training_flop_by_people", math.inf),
        q.maybe("training_flop_by_data", math.inf),
    ),
    "programme_parameters": lambda q: (
        q.compute_optimal_parameters
        * (q.programme_flop / q.training_flop_budget) ** (q.data_exponent / (q.size_exponent + q.data_exponent))
    ),
    "programme_tokens": lambda q: q.programme_flop / q.flop_per_parameter_token / q.programme_parameters,
    "data_budget_needed": lambda q: q.token_price * q.compute_optimal_tokens * q.maybe("bought_token_share", 1),
    "data_coverage": lambda q: q.data_budget / q.data_budget_needed,
    "people_coverage": lambda q: q.people_budget / q.people_budget_needed,
    # growth and demand
    "parameters_growth": lambda q: math.exp(math.log(q.parameters_growth_total) / q.parameters_growth_span),
    "parameters_growth_total": lambda q: math.exp(math.log(q.parameters_growth) * q.parameters_growth_span),
    "parameters_doubling_time": lambda q: 12 / math.log2(q.parameters_growth),
    "compute_growth": lambda q: math.exp(math.log(q.compute_growth_total) / q.compute_growth_span),
    "compute_growth_total": lambda q: math.exp(math.log(q.compute_growth) * q.compute_growth_span),
    "compute_doubling_time": lambda q: 12 / math.log2(q.compute_growth),
    "data_growth": lambda q: math.exp(math.log(q.data_growth_total) / q.data_growth_span),
    "data_growth_total": lambda q: math.exp(math.log(q.data_growth) * q.data_growth_span),
    "data_doubling_time": lambda q: 12 / math.log2(q.data_growth),
    "data_storage_demand": lambda q: q.data_demand * q.token_size / 1e12,
    "gpus_demand": lambda q: up(q.compute_demand / (q.gpu_throughput * 1e12 * q.demand_duration * 730 * 3600)),
    "servers_demand": lambda q: up(q.gpus_demand / q.gpus_per_server),
    "power_demand": lambda q: q.pue * q.server_power * q.servers_demand / 1e3,
    "racks_demand": lambda q: up(q.servers_demand / q.servers_per_rack),
    "cost_demand": lambda q: q.compute_price * q.compute_demand / 1e18,
    # claims of energy (Patterson et al. 2021: devices x hours x power x PUE)
    "claimed_energy__absolute": lambda q: q.claim_ratio * q.claim_baseline_energy,
    "claimed_energy__per_parameter": lambda q: (
        q.claim_ratio * q.claim_baseline_energy / q.claim_baseline_parameters * q.claim_parameters
    ),
    "claimed_energy__per_token": lambda q: (
        q.claim_ratio * q.claim_baseline_energy / q.claim_baseline_tokens * q.claim_tokens
    ),
    "energy_from_devices": lambda q: q.claim_gpus * q.claim_duration * 24 * q.claim_gpu_power * q.claim_pue / 1e6,
    "ratio_from_devices__absolute": lambda q: q.energy_from_devices / q.claim_baseline_energy,
    "ratio_from_devices__per_parameter": lambda q: (
        (q.energy_from_devices / q.claim_parameters) / (q.claim_baseline_energy / q.claim_baseline_parameters)
    ),
    "ratio_from_devices__per_token": lambda q: (
        (q.energy_from_devices / q.claim_tokens) / (q.claim_baseline_energy / q.claim_baseline_tokens)
    ),
    "claim_discrepancy": lambda q: q.energy_from_devices / q.claimed_energy,
    "claim_parameters_needed": lambda q: (
        q.energy_from_devices / (q.claim_ratio * q.claim_baseline_energy / q.claim_baseline_parameters)
    ),
    "claim_tokens_needed": lambda q: (
        q.energy_from_devices / (q.claim_ratio * q.claim_baseline_energy / q.claim_baseline_tokens)
    ),
    # layers of models, warm starts, a shared base
    "industry_model_cost": lambda q: q.adaptation_share * q.foundation_cost,
    "scenario_model_cost": lambda q: q.adaptation_share * q.industry_model_cost,
    "industry_model_share": lambda q: q.adaptation_share,
    "scenario_model_share": lambda q: q.adaptation_share * q.adaptation_share,
    "models_adapted": lambda q: q.industries + q.industries * q.scenarios_per_industry,
    "adaptation_cost": lambda q: (
        q.industries * q.industry_model_cost + q.industries * q.scenarios_per_industry * q.scenario_model_cost
    ),
    "portfolio_cost_layered": lambda q: q.adaptation_cost + q.foundation_cost,
    "portfolio_cost_from_scratch": lambda q: q.from_scratch_share * q.foundation_cost * q.models_adapted,
    "layering_saving": lambda q: q.portfolio_cost_from_scratch - q.portfolio_cost_layered,
    "layering_saving_share": lambda q: q.layering_saving / q.portfolio_cost_from_scratch,
    "models_that_save": lambda q: q.models_adapted if q.adaptation_cost < q.portfolio_cost_from_scratch else 0,
    "foundation_breakeven_models": _foundation_breakeven,
    "from_scratch_share_breakeven": lambda q: q.portfolio_cost_layered / q.models_adapted / q.foundation_cost,
    "donor_cost": lambda q: q.donor_cost_share * q.cold_start_cost,
    "donor_cost_share": lambda q: q.donor_cost / q.cold_start_cost,
    "warm_start_cost": lambda q: q.warm_start_ratio * q.cold_start_cost,
    "warm_start_saving": lambda q: q.cold_start_cost - q.warm_start_cost,
    "donor_cost_per_warm_start": lambda q: q.donor_cost / q.warm_starts,
    "warm_start_cost_with_donor": lambda q: q.donor_cost_per_warm_start + q.warm_start_cost,
    "warm_start_ratio_with_donor": lambda q: (q.warm_start_ratio * q.warm_starts + q.donor_cost_share) / q.warm_starts,
    "warm_start_saving_with_donor": lambda q: q.cold_start_cost - q.warm_start_cost_with_donor,
    "warm_starts_breakeven": lambda q: up(q.donor_cost / q.warm_start_saving),
    "separate_stacks_cost": lambda q: q.cost_per_person_year * q.stack_effort * q.modalities,
    "shared_base_cost": lambda q: (
        q.cost_per_person_year * q.base_effort + (q.cost_per_person_year * q.modality_effort * q.modalities)
    ),
    "shared_base_saving": lambda q: q.separate_stacks_cost - q.shared_base_cost,
    "modalities_that_save": lambda q: q.modalities if q.modality_effort < q.stack_effort else 0,
    "shared_base_breakeven_modalities": _stacks_breakeven,
    # industry chain, make or buy, learning (Wright 1936: a doubling of the volume leaves 1 - rate)
    "stage_compute_cost": lambda q: q.gpu_hour_price * q.stage_gpu_hours,
    "stage_people_cost": lambda q: q.stage_headcount * q.stage_duration / 12 * q.cost_per_person_year,
    "stage_cost": lambda q: q.stage_people_cost + of_those_included(q, "stage_compute_cost", "stage_data_cost"),
    "stage_people_share": lambda q: q.stage_people_cost / q.stage_cost,
    "stage_make_cost": lambda q: q.stage_marginal_cost * q.stage_volume + q.stage_fixed_cost,
    "stage_supplier_price_adjusted": lambda q: q.stage_supplier_price / q.stage_quality_ratio,
    "stage_buy_cost": lambda q: q.stage_supplier_price_adjusted * q.stage_volume + q.maybe("stage_integration_cost", 0),
    "stage_best_cost": lambda q: min(q.stage_make_cost, q.maybe("stage_buy_cost", math.inf)),
    "stage_buying_saving": lambda q: q.stage_make_cost - q.stage_buy_cost,
    "stage_items_cheaper_in_house": lambda q: (
        q.stage_volume if q.stage_supplier_price_adjusted > q.stage_marginal_cost else 0
    ),
    "stage_breakeven_volume": _stage_breakeven,
    "cost_learning_exponent": lambda q: math.log2(1 - q.cost_learning_rate),
    "error_learning_exponent": lambda q: math.log2(1 - q.error_learning_rate),
    "unit_cost_unshared": lambda q: _wright(
        q.reference_unit_cost, q.supplier_volume, q.reference_volume, q.cost_learning_exponent
    ),
    "unit_cost_shared": lambda q: _wright(
        q.reference_unit_cost, q.supplier_volume + q.shared_volume, q.reference_volume, q.cost_learning_exponent
    ),
    "error_rate_unshared": lambda q: _wright(
        q.reference_error_rate, q.supplier_volume, q.reference_volume, q.error_learning_exponent
    ),
    "error_rate_shared": lambda q: _wright(
        q.reference_error_rate, q.supplier_volume + q.shared_volume, q.reference_volume, q.error_learning_exponent
    ),
    "unit_saving": lambda q: q.unit_cost_unshared - q.unit_cost_shared,
    "fewer_errors_value": lambda q: q.error_cost * q.customer_volume * (q.error_rate_unshared - q.error_rate_shared),
    "customer_gain": lambda q: (
        q.fewer_errors_value - q.maybe("sharing_cost", 0) + q.passed_on_share * q.customer_volume * q.unit_saving
    ),
    "supplier_gain": lambda q: (
        q.unit_saving * q.next_volume
        - q.unit_saving * q.customer_volume * q.passed_on_share
        - q.maybe("learning_cost", 0)
    ),
    "sharing_gain_of_the_lesser": lambda q: min(q.customer_gain, q.supplier_gain),
    "passed_on_share_lowest": _lowest_share,
    "passed_on_share_highest": _highest_share,
    # sourcing
    "own_delay_cost": lambda q: q.delay_cost_per_month * q.own_centre_delay,
    "own_delay_cost_per_gpu_hour": lambda q: (
        q.own_delay_cost / q.gpu_hours_per_month / (q.programme_duration * HOURS / 730)
    ),
    "own_centre_cost_per_gpu_hour": lambda q: q.owning_cost_per_gpu_hour + q.maybe("own_delay_cost_per_gpu_hour", 0),
    "renting_cost_at_own_quality": lambda q: q.renting_cost_per_gpu_hour / q.rented_quality_ratio,
    "rented_quality_breakeven": lambda q: q.renting_cost_per_gpu_hour / q.own_centre_cost_per_gpu_hour,
    "breakeven_utilisation_adjusted": lambda q: q.rented_quality_ratio * q.breakeven_utilisation,
}

WORK_YEARS: dict[str, Yearly] = {
    "parameters_demand": lambda q: _grown(q.parameters_demand_start, q.parameters_growth),
    "data_demand": lambda q: _grown(q.data_demand_start, q.data_growth),
    "compute_demand": lambda q: _grown(q.compute_demand_start, q.compute_growth),
    "gpu_throughput": lambda q: _grown(
        [peak * mfu for peak, mfu in q.rows("gpu_peak", "mfu")], q.hardware_performance_growth
    ),
    # 1e6 TFLOP are an EFLOP.
    "compute_price": lambda q: [
        price / (peak * 3600 * mfu) * 1e6 / fallen
        for (price, peak, mfu), fallen in zip(
            q.rows("gpu_hour_price", "gpu_peak", "mfu"), factors(q.hardware_value_growth), strict=True
        )
    ],
    "gpus_unpaid": lambda q: _gpus_beyond(q, "cost_demand", "compute_budget"),
    "gpus_without_room": lambda q: _gpus_beyond(q, "racks_demand", "hall_racks"),
    "gpus_without_power": lambda q: _gpus_beyond(q, "power_demand", "grid_power"),
    "budget_short_year": lambda q: _first(q, _above(q, "cost_demand", "compute_budget"), q.gpus_unpaid),
    "hall_full_year": lambda q: _first(q, _above(q, "racks_demand", "hall_racks"), q.gpus_without_room),
    "grid_short_year": lambda q: _first(q, _above(q, "power_demand", "grid_power"), q.gpus_without_power),
}
