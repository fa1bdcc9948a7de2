"""The article's figures and systems as facts: what it states is a claim, what it leaves open is an assumption."""

from __future__ import annotations

import pytest
from rows import each_row

from calc.engine.catalogue import standard_catalogue
from calc.facts import Fact, standard_facts
from calc.units import parse_unit

CATALOGUE = standard_catalogue()
FACTS = list(standard_facts().by_id.values())
MODELS = {
    "data_quality", "demand", "energy_claim", "growth", "industry_chain", "knowledge_graph", "layers", "learning",
    "make_or_buy", "shared_base", "sourcing", "warm_start",
}  # fmt: skip
OF_THE_MODELS = [fact for fact in FACTS if CATALOGUE[fact.quantity].model in MODELS]

STATED = {
    # Row 5: almost one order of magnitude a year, over five years.
    "large-models.parameters_growth": (10, "1"),
    "large-models.parameters_growth_span": (5, "year"),
    # Row 6: more than a million times over ten years.
    "best-algorithms.compute_growth_total": (1e6, "1"),
    "best-algorithms.compute_growth_span": (10, "year"),
    # Row 9: adapting costs 5 to 7 % of the layer above.
    "huawei-layers.adaptation_share": ((0.05, 0.07), "1"),
    # Row 10: 1 % of GPT-3's energy.
    "alibaba-m6.claim_ratio": (0.01, "1"),
    # Row 11: more than 5 billion entities.
    "baidu-graph.entities": (5e9, "entity"),
    # Row 12: one eighth of the cold start's cost.
    "tencent-warm-start.warm_start_ratio": (0.125, "1"),
}
# A system that the article names without a figure: its figures are assumptions, under its name.
NAMED = [
    (4, "own-centre-programme"),
    (8, "chain-data-preparation"),
    (8, "chain-model-building"),
    (8, "chain-model-product"),
    (10, "alibaba-base"),
    (11, "baidu-graph-quality"),
    (13, "labelling-stage"),
    (13, "quality-stage"),
    (13, "architecture-stage"),
    (14, "anomalo-checks"),
    (15, "google-loop"),
]


@each_row("identifier", list(STATED))
def test_stated_figures_are_exact_claims(identifier: str) -> None:
    figure, unit = STATED[identifier]
    fact = standard_facts().find(identifier)
    assert fact is not None
    assert ((fact.low, fact.high) if fact.value is None else fact.value) == figure
    assert fact.unit == str(parse_unit(unit))
    assert fact.status == "claim"
    assert "OFweek" in fact.source
    assert fact.note.startswith("Row ")


@pytest.mark.parametrize(
    ("identifier", "word"),
    [
        ("large-models.parameters_growth", "almost"),
        ("best-algorithms.compute_growth_total", "more than"),
        ("baidu-graph.entities", "more than"),
    ],
)
def test_what_the_article_says_roughly_is_noted_as_such(identifier: str, word: str) -> None:
    fact = standard_facts().find(identifier)
    assert fact is not None
    assert word in fact.note.casefold()


@pytest.mark.parametrize(("row", "subject"), NAMED)
def test_a_system_without_a_figure_has_assumptions(row: int, subject: str) -> None:
    bundle = standard_facts().bundle(subject)
    assert bundle
    for fact in bundle.values():
        assert fact.status == "assumption"
        assert "OFweek" not in fact.source, "an assumption is not the article's"
    assert any(f"Row {row}" in fact.note for fact in bundle.values())


def test_there_are_facts_of_the_models() -> None:
    assert len(OF_THE_MODELS) > 40


@each_row("fact", {fact.id: fact for fact in OF_THE_MODELS})
def test_a_figure_is_sourced_or_marked_as_an_assumption(fact: Fact) -> None:
    """A source that is calc itself is none: then the status has to say so."""
    assert fact.source
    assert fact.as_of
    if fact.url in {"document: calc", "document: none"}:
        assert fact.status in {"assumption", "unverified"}
    else:
        assert not fact.source.startswith("assumption")
    assert (fact.status == "assumption") or "assumption" not in fact.source


def test_only_the_articles_own_figures_name_it_as_their_source() -> None:
    named = [fact for fact in FACTS if "OFweek" in fact.source]
    assert {fact.status for fact in named} == {"claim"}
    assert {fact.place.source.name for fact in named if fact.place} == {"seeds/article.csv"}
