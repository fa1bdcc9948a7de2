"""The priors in seeds/ are what the script computes, and MFU times effective time share is billed-hours utilisation."""

from __future__ import annotations

import numpy as np
import pytest

from calc.distribution import Distribution
from calc.facts import standard_facts
from calc.facts.runs import published_runs
from calc.paths import data_folder
from calc.study import priors
from calc.study.backtest import Backtester
from calc.study.utilisation import Features, Range


def test_the_file_is_what_the_script_writes() -> None:
    path = data_folder("seeds") / "priors.csv"
    assert path.read_text(encoding="utf-8") == priors.text(), "run `python -m calc.study.priors`"


def test_effective_time_shares_are_those_of_runs_that_publish_both() -> None:
    # PaLM: 0.3039 / 0.462; Llama 3.1 405B: 0.3458 / 0.41. UL2 would be above 1: its "month" is rounded.
    assert priors.time_shares(published_runs()) == pytest.approx(
        {
            "palm-540b": 0.6577,
            "llama31-405b": 0.8435,
            "mt-nlg-530b": 0.7337,
            "tinyllama-1.1b": 0.9107,
            "megatron-8.3b": 0.4572,
        },
        abs=0.0005,
    )


@pytest.mark.parametrize("wanted", [Range(0.2, 0.4, 0.8), Range(0.1, 0.25, 0.45), Range(0.3, 0.31, 0.32)])
def test_a_triangle_has_the_percentiles_asked_for(wanted: Range) -> None:
    found = priors.triangle(wanted)
    values = _distribution(found.low, found.likely, found.high).quantile(np.array([0.1, 0.9]))
    assert values == pytest.approx([wanted.p10, wanted.p90], rel=1e-6)
    assert found.likely == wanted.p50


@pytest.mark.parametrize(("generation", "subject"), [(key, name) for key, (name, _) in priors.GENERATIONS.items()])
def test_mfu_times_effective_time_share_is_billed_hours_utilisation(generation: str, subject: str) -> None:
    bundle = standard_facts().bundle(subject)
    assert bundle is not None
    stream = np.random.default_rng(1)
    product = np.ones(200_000)
    for name in ("mfu", "effective_time_share"):
        fact = bundle[name]
        assert fact.status == "estimate"
        assert fact.low is not None
        assert fact.value is not None
        assert fact.high is not None
        product = product * _distribution(fact.low, fact.value, fact.high).quantile(stream.random(200_000))
    billed = Backtester().prior(None).predict(Features(generation, 70.0))
    percentiles = np.quantile(product, [0.1, 0.5, 0.9])
    # A product of two triangles is no lognormal: its percentiles meet those of the prior within a tenth.
    assert percentiles == pytest.approx([billed.p10, billed.p50, billed.p90], rel=0.1)


def test_the_note_says_how_many_runs_and_their_range() -> None:
    fact = standard_facts().find("prior-h100.mfu")
    assert fact is not None
    assert "14 runs of 5 families took 5.04 % to 37.2 %" in fact.note
    assert "its ends are no observations" in fact.note


def _distribution(low: float, likely: float, high: float) -> Distribution:
    return Distribution("triangular", (("low", low), ("likely", likely), ("high", high)))
