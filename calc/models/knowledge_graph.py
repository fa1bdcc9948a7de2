"""Knowledge graph: what entities cost to extract, check and store, and what knowing their accuracy costs."""

from calc import ops
from calc.declarations import Input
from calc.units.vocabulary import USD, Entities, Ratio, Share, USD_per_entity, USD_per_TB, kB_per_entity

entities = Input(Entities, "Entities in the graph")
extraction_cost_per_entity = Input(USD_per_entity, "Cost of extracting one entity with its statements")
checking_cost_per_entity = Input(USD_per_entity, "Cost of having a person check one entity")
entities_checked_share = Input(Share, "Share of the entities that a person checks")
entity_size = Input(kB_per_entity, "Stored size of one entity with its statements")
entity_copies = Input(
    Ratio,
    "Copies that are kept of every entity, with indexes counted as copies",
    low=1,
    high=1000,
    why="what is kept is kept once at least; 1,000 copies are a slip",
)
storage_price = Input(USD_per_TB, "Price of storage")
accuracy_expected = Input(Share, "Share of correct entities that is expected")
accuracy_margin = Input(
    Share,
    "Half-width of the interval in which the true accuracy has to lie",
    low=0.0001,
    why="an interval of no width would need endless checks",
)
confidence_quantile = Input(
    Ratio,
    "Quantile of the standard normal distribution for the confidence wanted",
    high=10,
    why="at 10 the chance of an error is 1e-23",
)


def storage_cost_per_entity(
    entity_size: kB_per_entity, entity_copies: Ratio, storage_price: USD_per_TB
) -> USD_per_entity:
    """Cost of the storage that one entity takes.

    Source: definition.
    """
    return entity_size * entity_copies * storage_price


def cost_per_entity(
    extraction_cost_per_entity: USD_per_entity,
    entities_checked_share: Share,
    checking_cost_per_entity: USD_per_entity,
    storage_cost_per_entity: USD_per_entity,
) -> USD_per_entity:
    """Cost of one entity: extracted, checked where its turn comes, and stored.

    Source: definition; cost per statement as a measure of a graph follows Paulheim 2018, How much is a Triple?
    """
    return extraction_cost_per_entity + entities_checked_share * checking_cost_per_entity + storage_cost_per_entity


def accuracy_sample_of_many(accuracy_expected: Share, accuracy_margin: Share, confidence_quantile: Ratio) -> Ratio:
    """Entities to draw from a graph without end, so that the accuracy is known to the margin.

    Source: Cochran 1977, Sampling Techniques, 3rd ed., section 4.4: z ** 2 * p * (1 - p) / d ** 2.
    """
    return confidence_quantile**2 * accuracy_expected * (1 - accuracy_expected) / accuracy_margin**2


def accuracy_sample(accuracy_sample_of_many: Ratio, entities: Entities) -> Entities:
    """Entities to draw and check, so that the graph's accuracy is known to the margin.

    Source: Cochran 1977, Sampling Techniques, 3rd ed., section 4.4, with the correction for a finite population.
    """
    finite = 1 + (accuracy_sample_of_many - 1) / ops.number(entities, "entity")
    return ops.amount(ops.ceil(accuracy_sample_of_many / finite), "entity")


def accuracy_sampling_cost(accuracy_sample: Entities, checking_cost_per_entity: USD_per_entity) -> USD:
    """Cost of having people check the drawn entities.

    Label: cost of the sample.

    Source: definition.
    """
    return accuracy_sample * checking_cost_per_entity


def knowledge_graph_cost(entities: Entities, cost_per_entity: USD_per_entity, accuracy_sampling_cost: USD) -> USD:
    """Cost of the whole graph with one measurement of its accuracy.

    Label: cost of the graph.

    Source: definition.
    """
    return entities * cost_per_entity + accuracy_sampling_cost


def entity_cost_affordable(data_budget: USD, accuracy_sampling_cost: USD, entities: Entities) -> USD_per_entity:
    """What one entity may cost for the data budget to pay for the whole graph.

    Label: affordable entity cost.

    Source: definition; knowledge_graph_cost solved for the cost of one entity.
    """
    return (data_budget - accuracy_sampling_cost) / entities


def entities_affordable(data_budget: USD, accuracy_sampling_cost: USD, cost_per_entity: USD_per_entity) -> Entities:
    """Whole entities that the data budget pays for.

    Label: affordable entities.

    Source: definition; knowledge_graph_cost solved for the number of entities.
    """
    return ops.floor((data_budget - accuracy_sampling_cost) / cost_per_entity)
