"""Warm start: a large model begins from a smaller trained one, with the donor's cost shown beside it."""

from calc import ops
from calc.declarations import Input
from calc.units.vocabulary import USD, Ratio, Share

cold_start_cost = Input(USD, "Cost of training the model from nothing")
warm_start_ratio = Input(Share, "Cost of a warm-started training as a share of a cold start's")
warm_starts = Input(
    Ratio,
    "Trainings that start from the same donor model",
    low=1,
    high=1e9,
    why="a donor without a start costs for nothing; a billion trainings are more than there will be",
)


def donor_cost(cold_start_cost: USD, donor_cost_share: Ratio) -> USD:
    """Cost of the trained model that warm starts begin from.

    Source: definition.
    """
    return cold_start_cost * donor_cost_share


def donor_cost_share(donor_cost: USD, cold_start_cost: USD) -> Ratio:
    """Cost of the donor model as a share of one cold start's.

    Source: definition.
    """
    return donor_cost / cold_start_cost


def warm_start_cost(cold_start_cost: USD, warm_start_ratio: Share) -> USD:
    """Cost of one warm-started training, without the donor model.

    Label: cost, warm start.

    Source: definition; growing a large model from a small one follows Chen et al. 2016, Net2Net (arXiv:1511.05641).
    """
    return cold_start_cost * warm_start_ratio


def warm_start_saving(cold_start_cost: USD, warm_start_cost: USD) -> USD:
    """What one warm start saves when the donor model counts as there already.

    Label: saved, donor there.

    Source: definition.
    """
    return cold_start_cost - warm_start_cost


def donor_cost_per_warm_start(donor_cost: USD, warm_starts: Ratio) -> USD:
    """Share of the donor model's cost that one warm start carries.

    Label: donor per warm start.

    Source: definition.
    """
    return donor_cost / warm_starts


def warm_start_cost_with_donor(warm_start_cost: USD, donor_cost_per_warm_start: USD) -> USD:
    """Cost of one warm-started training with its share of the donor model.

    Label: cost, donor shared.

    Source: definition.
    """
    return warm_start_cost + donor_cost_per_warm_start


def warm_start_ratio_with_donor(warm_start_ratio: Share, donor_cost_share: Ratio, warm_starts: Ratio) -> Share:
    """Cost of one warm start with its share of the donor model, as a share of a cold start's.

    Label: share of cold start.

    Source: definition.
    """
    return warm_start_ratio + donor_cost_share / warm_starts


def warm_start_saving_with_donor(cold_start_cost: USD, warm_start_cost_with_donor: USD) -> USD:
    """What one warm start saves after its share of the donor model; below 0 it costs more than a cold start.

    Label: saved, donor shared.

    Source: definition.
    """
    return cold_start_cost - warm_start_cost_with_donor


def warm_starts_breakeven(donor_cost: USD, warm_start_saving: USD) -> Ratio:
    """Warm starts from which on the donor model has paid for itself.

    Label: break-even warm starts.

    Source: break-even of a fixed cost against a saving per unit.
    """
    return ops.ceil(donor_cost / warm_start_saving)
