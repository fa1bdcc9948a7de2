"""The backtest: what it reached is pinned, no run foretells itself, circular figures are told apart."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import pytest

from calc.backtest.backtest import Backtest, Backtester, Foretold, median
from calc.backtest.figures import (
    TARGETS,
    billed_utilisation,
    carbon_product,
    energy_product,
    mfu_is_billed,
    why_circular,
)
from calc.backtest.runs import Run, published_runs, read_runs
from calc.backtest.utilisation import Features
from calc.errors import SourceText

RUNS = {run.id: run for run in published_runs()}


@cache
def backtest() -> Backtest:
    return Backtester().run()


def found(identifier: str, target: str = "gpu_hours", of: Backtest | None = None) -> Foretold:
    figures = (of or backtest()).figures
    return next(each for each in figures if (each.run.id, each.target) == (identifier, target))


def changed(run: Run, **numbers: float) -> Run:
    return replace(run, numbers={**run.numbers, **numbers})


# ---------------------------------------------------------------- what is reached: README and docs/backtest.md say it


def test_gpu_hours_of_runs_whose_family_was_never_seen() -> None:
    reached = backtest().summary("gpu_hours")
    assert (reached.runs, reached.not_predicted) == (40, 17)
    # Goals: at most 25 %, 75 to 90 % of runs, at most 3.1.
    assert reached.median_error == pytest.approx(0.2121, abs=0.0005)
    assert reached.inside == pytest.approx(0.825, abs=1e-9)
    assert reached.width == pytest.approx(2.935, abs=0.005)


def test_gpu_hours_from_the_published_mfu() -> None:
    # The goal of 15 % is missed by a hair. MFUs of steps alone foretell billed hours worse: lost time is not in them.
    assert backtest().given_mfu().median_error == pytest.approx(0.1565, abs=0.0005)
    assert backtest().given_mfu().runs == 11
    assert backtest().given_mfu(stepping_only=True).median_error == pytest.approx(0.2114, abs=0.0005)
    assert backtest().given_mfu(stepping_only=True).runs == 6


def test_energy_and_carbon_that_are_no_products_are_few() -> None:
    assert [each.run.id for each in backtest().counted("energy")] == ["glam-1.2t", "olmo1-7b"]
    assert [each.run.id for each in backtest().counted("carbon")] == ["bloom-176b"]
    assert backtest().summary("energy").median_error == pytest.approx(0.0492, abs=0.0005)
    # BLOOM's carbon holds idle and embodied carbon, which no prediction does; it lies above the range now.
    assert backtest().summary("carbon").median_error == pytest.approx(0.4383, abs=0.0005)
    assert backtest().summary("carbon").inside == 0


def test_covariates_help() -> None:
    plain = Backtester(covariates=()).run().summary("gpu_hours")
    assert plain.median_error == pytest.approx(0.3629, abs=0.0005)
    assert (backtest().summary("gpu_hours").median_error or 1) < (plain.median_error or 0)


# ---------------------------------------------------------------- no run foretells itself


@pytest.mark.parametrize("identifier", ["palm-540b", "llama31-70b", "deepseek-v3", "mpt-30b"])
def test_what_happened_in_a_family_does_not_change_what_is_foretold_of_it(identifier: str) -> None:
    family = RUNS[identifier].family
    outcome = {"accel_hours": 7.7, "days": 3.3, "mfu": 0.99, "avg_w_per_accel": 9.0, "n_accel": 5.0}
    known = [changed(run, **outcome) if run.family == family else run for run in published_runs()]
    again = found(identifier, of=Backtester(known).run([run for run in known if run.id == identifier]))
    assert again.predicted == found(identifier).predicted
    assert again.published == 7.7


def test_a_run_of_ones_own_is_foretold_without_its_family() -> None:
    head = "id,model,params_active_b,tokens_b,accelerator,accel_hours"
    own = read_runs(SourceText("mine.csv", f"{head}\nmine,Llama 3.3 70B,70.55,15000,H100 SXM,7e6\n"))
    assert own[0].family == "llama"
    (figure,) = Backtester().run(own).figures
    assert figure.predicted == found("llama31-70b").predicted


def test_all_other_families_are_used() -> None:
    tester = Backtester()
    assert tester.prior("llama").runs == 40 - 13
    assert tester.prior("palm").runs == 40 - 1
    assert tester.prior("no such family").runs == 40


# ---------------------------------------------------------------- formulas are the calculator's


def test_hours_follow_from_flop_peak_and_utilisation() -> None:
    # Middle of PaLM: 6 x 540.35e9 x 780e9 = 2.5288e24 FLOP at 275 TFLOP/s and the prior's middle utilisation.
    share = Backtester().prior("palm").predict(Features("tpu-v4", 540.35)).p50
    hours = 6 * 540.35e9 * 780e9 / (275e12 * share) / 3600
    predicted = found("palm-540b").predicted
    assert predicted is not None
    assert predicted.p50 == pytest.approx(hours, rel=1e-9)


def test_published_mfu_gives_hours() -> None:
    # 6 x 405.85e9 x 15600e9 / (989.4e12 x 0.41) / 3600 = 26,012,700 h against 30,840,000 published.
    figure = found("llama31-405b")
    assert figure.given_mfu == pytest.approx(6 * 405.85e9 * 15600e9 / (989.4e12 * 0.41) / 3600, rel=1e-12)
    assert figure.mfu_error == pytest.approx(-0.1565, abs=0.0001)


def test_stepping_and_billed_utilisation_are_two_quantities() -> None:
    palm, mpt = RUNS["palm-540b"], RUNS["mpt-30b"]
    # 2.5288e24 / (8,404,992 h x 3600 s x 275e12) = 0.3039, where steps ran at 46.2 %.
    assert billed_utilisation(palm) == pytest.approx(0.3039, abs=0.0001)
    assert not mfu_is_billed(palm)
    # 1.89e23 / (142,541 h x 3600 s x 989.4e12) = 0.3723: the published 37.2 % was computed so.
    assert mfu_is_billed(mpt)


@pytest.mark.parametrize(
    ("identifier", "energy", "carbon"),
    [
        # Patterson et al. 2021, table 4: chips x days x 24 x W x PUE; x kg/kWh. Days are published rounded.
        ("t5-11b", 85.7, 46.7),
        ("meena", 232, 96.4),
        ("gshard-600b", 24.1, 4.8),
        ("switch-1.5t", 179, 72.2),
        ("gpt3-175b", 1287, 552.1),
        # Chowdhery et al. 2022: 8,404,992 h x 378.5 W x 1.08 = 3,436 MWh; x 0.079 = 271.4 t.
        ("palm-540b", 3436, 271.43),
        # Touvron et al. 2023: 1,022,362 h x 400 W x 1.1 = 449.8 MWh; 449 x 0.385 = 172.9 t.
        ("llama1-65b", 449, 173),
    ],
)
def test_arithmetic_of_circular_figures(identifier: str, energy: float, carbon: float) -> None:
    run = RUNS[identifier]
    assert energy_product(run) == pytest.approx(energy, rel=0.008)
    assert carbon_product(run) == pytest.approx(carbon, rel=0.01)


# ---------------------------------------------------------------- what counts


@pytest.mark.parametrize(
    ("identifier", "target", "circular"),
    [
        ("palm-540b", "gpu_hours", False),
        ("palm-540b", "energy", True),
        ("glam-1.2t", "gpu_hours", True),
        ("glam-1.2t", "energy", False),
        ("bloom-176b", "energy", True),
        ("bloom-176b", "carbon", False),
        # Nobody says so, but 104 MWh x 1.1 x 0.61 kg/kWh = 69.8 t and 324 MWh x 0.231 = 74.8 t.
        ("olmo1-7b", "carbon", True),
        ("opt-175b", "carbon", True),
        # The energy of OLMo was measured and nothing gives it.
        ("olmo1-7b", "energy", False),
    ],
)
def test_circular_figures_are_told_apart(identifier: str, target: str, circular: bool) -> None:
    assert (why_circular(RUNS[identifier], target) is not None) == circular
    assert (found(identifier, target).circular is not None) == circular


def test_circular_hours_teach_nothing() -> None:
    assert "glam" not in {each.family for each in Backtester().observations}


@pytest.mark.parametrize(
    ("identifier", "target", "reason"),
    [
        ("pangu-sigma", "gpu_hours", "no single dense peak is known for Ascend 910"),
        ("t5-11b", "gpu_hours", "tokens are not published"),
        ("strubell-nas", "gpu_hours", "active parameters are not published"),
        ("glam-1.2t", "carbon", "the carbon intensity of the site is not published"),
        ("llama31-405b", "energy", "no other family says what power this accelerator draws"),
    ],
)
def test_what_cannot_be_foretold_has_a_reason(identifier: str, target: str, reason: str) -> None:
    figure = found(identifier, target)
    assert (figure.predicted, figure.inside, figure.error, figure.reason) == (None, None, None, reason)


def test_every_published_figure_is_listed_once() -> None:
    published = {
        (run.id, target) for run in published_runs() for target, column in TARGETS.items() if run.number(column)
    }
    listed = [(each.run.id, each.target) for each in backtest().figures]
    assert sorted(listed) == sorted(published)
    assert backtest().without_figures == ["alexnet-2012", "falcon-7b", "chinchilla-70b"]


def test_ranges_are_ordered_and_energy_is_less_certain_than_hours() -> None:
    for each in backtest().figures:
        if each.predicted is not None:
            assert 0 < each.predicted.p10 < each.predicted.p50 < each.predicted.p90
    hours, energy = found("palm-540b").predicted, found("palm-540b", "energy").predicted
    assert hours is not None
    assert energy is not None
    assert math.log(energy.p90 / energy.p10) > math.log(hours.p90 / hours.p10)


def test_median() -> None:
    assert (median([]), median([3]), median([5, 1]), median([9, 1, 2])) == (None, 3, 3, 2)
