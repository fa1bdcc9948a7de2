"""Industry chain: what one stage of a programme costs in compute, people and data; stages are parts of a scenario."""

from calc import ops
from calc.declarations import Input
from calc.units.vocabulary import USD, Gpu_hours, Months, Persons, Share, USD_per_gpu_hour, USD_per_person_year

stage_gpu_hours = Input(Gpu_hours, "GPU-hours that the stage uses", optional=True)
stage_headcount = Input(Persons, "Persons who work on the stage, on average over its duration")
stage_duration = Input(Months, "How long the stage takes", band=(0.1, 240))
stage_data_cost = Input(
    USD, "What the stage spends on data: licences, labels, storage", optional=True, label="data of the stage"
)


def stage_compute_cost(stage_gpu_hours: Gpu_hours, gpu_hour_price: USD_per_gpu_hour) -> USD:
    """Rent of the GPUs that the stage uses; without GPU-hours it is not included.

    Label: compute of the stage.

    Source: definition.
    """
    return stage_gpu_hours * gpu_hour_price


def stage_people_cost(
    stage_headcount: Persons, stage_duration: Months, cost_per_person_year: USD_per_person_year
) -> USD:
    """What the stage's people cost.

    Label: people of the stage.

    Source: definition.
    """
    return stage_headcount * stage_duration * cost_per_person_year


def stage_cost(stage_compute_cost: USD, stage_people_cost: USD, stage_data_cost: USD) -> USD:
    """Cost of the stage: compute, people and data.

    Label: cost of the stage.

    Source: definition.
    """
    return ops.if_included(stage_compute_cost, 0) + stage_people_cost + ops.if_included(stage_data_cost, 0)


def stage_people_share(stage_people_cost: USD, stage_cost: USD) -> Share:
    """Share of the stage's cost that goes to people.

    Source: definition.
    """
    return stage_people_cost / stage_cost
