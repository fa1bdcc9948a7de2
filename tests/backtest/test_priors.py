"""The priors in seeds/ are what the script computes: steps as measured, elsewhere what published runs leave."""

from __future__ import annotations

import numpy as np
import pytest

from calc.backtest import priors
from calc.backtest.backtest import Backtester
from calc.backtest.runs import accelerators, measured_utilisation, published_runs
from calc.backtest.utilisation import Features, Range
from calc.engine.catalogue import standard_catalogue
from calc.facts import standard_facts
from calc.files import data_folder
from calc.scenario.fact_values import fact_value
from calc.value import Distribution


def test_the_file_is_what_the_script_writes() -> None:
    path = data_folder("seeds") / "priors.csv"
    assert path.read_text(encoding="utf-8") == priors.text(), "run `python -m calc.backtest.priors`"


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


def test_every_measured_line_is_a_fact_with_its_percentiles() -> None:
    """The line with most rows has the name of its accelerator, format and class; others stand beside it as they are."""
    book = standard_facts()
    for subject, lines in measured_utilisation().items():
        for at, line in enumerate(lines):
            fact = book.find(f"{line.own_subject if at else subject}.mfu")
            assert fact is not None
            assert (fact.low, fact.value, fact.high, fact.kind) == (line.p10, line.median, line.p90, "percentiles")
            assert fact.status == "measured"
            assert f"{line.rows} measured steps" in fact.note
            assert all(f"{each.code} in {each.rows} others" in fact.note for each in lines if each is not line)
    assert {
        name: [line.rows for line in lines] for name, lines in measured_utilisation().items() if len(lines) > 1
    } == {
        "prior-h100-fp8": [13, 12],
        "prior-gb200-fp8": [24, 7],
    }
    assert len(measured_utilisation()) == 15


@pytest.mark.parametrize(
    ("subject", "ends"),
    [
        # H100 in sixteen bits, dense: 70 steps; a mixture of experts in FP8: 14 steps.
        ("prior-h100", (0.229, 0.384, 0.425)),
        ("prior-h100-fp8-mixture", (0.070, 0.112, 0.127)),
        ("prior-a100-40gb", (0.338, 0.456, 0.524)),
    ],
)
def test_draws_of_a_measured_mfu_have_its_percentiles(subject: str, ends: tuple[float, float, float]) -> None:
    found = _spread(subject, "mfu").quantile(np.array([0.1, 0.5, 0.9]))
    assert found == pytest.approx(ends, rel=1e-12)


def test_a_measured_share_is_over_the_peak_of_the_catalogue() -> None:
    """Within the rounding of 989.4 to 989."""
    for lines in measured_utilisation().values():
        for line in lines:
            fact = standard_facts().find(f"{line.bundle}.gpu_peak_{line.format}")
            assert fact is not None
            peaks = [each for each in (fact.value, fact.low, fact.high) if each is not None]
            assert any(line.peak == pytest.approx(peak, rel=5e-4) for peak in peaks), line


def test_accelerators_with_measured_steps_have_no_other_prior() -> None:
    bundles = {line.bundle for lines in measured_utilisation().values() for line in lines}
    generations = {each.generation for each in accelerators().values() if each.bundle in bundles}
    assert generations & set(priors.GENERATIONS) == set()
    # What is left is every generation with runs that count, and nothing else.
    counted = {each.features.generation for each in Backtester().observations}
    assert counted - generations == set(priors.GENERATIONS)


def test_two_triangles_have_the_percentiles_asked_for() -> None:
    for wanted in (Range(0.2, 0.4, 0.8), Range(0.1, 0.25, 0.45), Range(0.3, 0.31, 0.32)):
        found = priors.between(wanted)
        spread = Distribution("median", (("low", found.p10), ("median", found.p50), ("high", found.p90)))
        values = spread.quantile(np.array([0.1, 0.5, 0.9]))
        assert values == pytest.approx([wanted.p10, wanted.p50, wanted.p90], rel=1e-12), wanted


@pytest.mark.parametrize(("generation", "subject"), [(key, name) for key, (name, _) in priors.GENERATIONS.items()])
def test_mfu_times_effective_time_share_is_billed_hours_utilisation(generation: str, subject: str) -> None:
    stream = np.random.default_rng(1)
    product = np.ones(200_000)
    for name in ("mfu", "effective_time_share"):
        product = product * _spread(subject, name).quantile(stream.random(200_000))
    billed = Backtester().prior(None).predict(Features(generation, 100.0))
    percentiles = np.quantile(product, [0.1, 0.5, 0.9])
    # A product with a range that has ends is no lognormal: its percentiles meet those of the prior within a tenth.
    assert percentiles == pytest.approx([billed.p10, billed.p50, billed.p90], rel=0.1)


def test_the_note_says_how_many_runs_and_their_range() -> None:
    fact = standard_facts().find("prior-v100.mfu")
    assert fact is not None
    assert fact.status == "estimate"
    assert "3 runs of 3 families took 2.69 % to 19.7 %" in fact.note
    assert "its ends are no observations" in fact.note


def _spread(subject: str, name: str) -> Distribution:
    fact = standard_facts().find(f"{subject}.{name}")
    assert fact is not None
    found = fact_value(fact, standard_catalogue()[name], name, [], None).distribution
    assert found is not None
    return found
