"""Layers: one foundation model, adapted to industries and these to scenarios, against training each from scratch."""

from calc import ops
from calc.declarations import Input
from calc.units.vocabulary import USD, Models, Ratio, Share

foundation_cost = Input(USD, "Cost of training the foundation model")
adaptation_share = Input(Share, "Cost of adapting a model to the next layer, as a share of the layer above")
industries = Input(
    Ratio,
    "Industries that get a model of their own",
    high=1e6,
    why="the finest classifications of industries have some thousands",
)
scenarios_per_industry = Input(
    Ratio,
    "Scenarios that get a model of their own in each industry",
    high=1e6,
    why="more scenarios than an industry has firms",
)
from_scratch_share = Input(
    Ratio,
    "Cost of training one industry or scenario model from scratch, as a share of the foundation model's",
    high=10,
    why="a model of an industry that costs ten foundation models is the foundation model",
)


def industry_model_cost(foundation_cost: USD, adaptation_share: Share) -> USD:
    """Cost of one industry model, adapted from the foundation model.

    Label: cost, industry model.

    Source: definition; adaptation instead of retraining follows Gururangan et al. 2020 (arXiv:2004.10964).
    """
    return foundation_cost * adaptation_share


def scenario_model_cost(industry_model_cost: USD, adaptation_share: Share) -> USD:
    """Cost of one scenario model, adapted from its industry's model.

    Label: cost, scenario model.

    Source: definition.
    """
    return industry_model_cost * adaptation_share


def industry_model_share(adaptation_share: Share) -> Share:
    """Cost of one industry model as a share of the foundation model's.

    Source: definition.
    """
    return adaptation_share


def scenario_model_share(adaptation_share: Share) -> Share:
    """Cost of one scenario model as a share of the foundation model's.

    Label: scenario model's share.

    Source: definition; two steps of adaptation multiply.
    """
    return adaptation_share**2


def models_adapted(industries: Ratio, scenarios_per_industry: Ratio) -> Models:
    """Industry models and scenario models together.

    Source: definition.
    """
    return ops.amount(industries * (1 + scenarios_per_industry), "model")


def adaptation_cost(
    industries: Ratio, scenarios_per_industry: Ratio, industry_model_cost: USD, scenario_model_cost: USD
) -> USD:
    """Cost of all industry and scenario models, without the foundation model.

    Source: definition.
    """
    return industries * (industry_model_cost + scenarios_per_industry * scenario_model_cost)


def portfolio_cost_layered(foundation_cost: USD, adaptation_cost: USD) -> USD:
    """Cost of the foundation model and all that is adapted from it.

    Label: cost with layers.

    Source: definition.
    """
    return foundation_cost + adaptation_cost


def portfolio_cost_from_scratch(models_adapted: Models, foundation_cost: USD, from_scratch_share: Ratio) -> USD:
    """Cost of training every industry and scenario model from scratch, with no foundation model.

    Label: cost from scratch.

    Source: definition.
    """
    return ops.number(models_adapted, "model") * foundation_cost * from_scratch_share


def layering_saving(portfolio_cost_from_scratch: USD, portfolio_cost_layered: USD) -> USD:
    """What the layers save against training each model from scratch; below 0 they cost more.

    Label: saved by layers.

    Source: definition.
    """
    return portfolio_cost_from_scratch - portfolio_cost_layered


def layering_saving_share(layering_saving: USD, portfolio_cost_from_scratch: USD) -> Ratio:
    """What the layers save, as a share of training each model from scratch.

    Label: share saved.

    Source: definition.
    """
    return layering_saving / portfolio_cost_from_scratch


def models_that_save(models_adapted: Models, portfolio_cost_from_scratch: USD, adaptation_cost: USD) -> Models:
    """Adapted models whose adaptation costs less than training from scratch: in this mix all of them, or none.

    Source: definition.
    """
    return ops.where(portfolio_cost_from_scratch > adaptation_cost, models_adapted, 0)


def foundation_breakeven_models(
    models_that_save: Models,
    models_adapted: Models,
    foundation_cost: USD,
    portfolio_cost_from_scratch: USD,
    adaptation_cost: USD,
) -> Models:
    """Adapted models, in the same mix, from which on the foundation model has paid for itself.

    Label: break-even models.

    Source: break-even of a fixed cost against a saving per unit; no value where adapting saves nothing.
    """
    mix = models_adapted / models_that_save
    saving = ops.where(models_that_save > 0, portfolio_cost_from_scratch - adaptation_cost, foundation_cost)
    return ops.ceil(mix * models_adapted * foundation_cost / saving)


def from_scratch_share_breakeven(portfolio_cost_layered: USD, models_adapted: Models, foundation_cost: USD) -> Ratio:
    """Cost of a model from scratch, as a share of the foundation model's, above which the layers save.

    Label: break-even share.

    Source: definition; the from-scratch share at which layering_saving is 0.
    """
    return portfolio_cost_layered / (ops.number(models_adapted, "model") * foundation_cost)
