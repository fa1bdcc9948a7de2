"""Samples: streams by seed and name, whole percentiles, moments near closed forms, the same bytes on every run."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import calc
from calc.errors import Problems
from calc.scenario.load import load
from calc.scenario.resolve import Options, resolve
from calc.study.answer import answer
from calc.study.draws import Draws
from calc.study.simulate import errors_of, extrapolated, piece_size
from calc.study.statistics import KEYS, Ranked, rank_share, ranks, summary
from calc.value import Distribution

if TYPE_CHECKING:
    from calc.study.results import Answer

SAMPLES = 20_000
SEED = 7
UNIFORM = Distribution("uniform", (("low", 10.0), ("high", 25.0)))


def run(folder: Path, text: str, **options: Any) -> Answer:
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    problems = Problems()
    return answer(resolve(load(str(path), problems), Options(**options), problems))


# ---------------------------------------------------------------- streams


def draw(name: str, distribution: Distribution, samples: int, seed: int, method: str = "random") -> Any:
    return distribution.quantile(Draws(seed, method, {}).uniform(name, 0, samples))


def test_draws_depend_on_seed_and_name_only() -> None:
    first = draw("server_power", UNIFORM, 1000, SEED)
    np.testing.assert_array_equal(first, draw("server_power", UNIFORM, 1000, SEED))
    assert not np.array_equal(first, draw("server_power", UNIFORM, 1000, SEED + 1))
    other = draw("rack_power_rated", UNIFORM, 1000, SEED)
    assert not np.array_equal(first, other)
    # Independent streams: the correlation of n pairs has a standard error of 1 / sqrt(n).
    assert abs(np.corrcoef(first, other)[0, 1]) < 5 / math.sqrt(1000)


def test_more_samples_continue_the_same_stream() -> None:
    np.testing.assert_array_equal(draw("x", UNIFORM, 100, SEED), draw("x", UNIFORM, 1000, SEED)[:100])


RACK = "uncertainty: {samples: 500, seed: 7}\nshow: [rack_power_drawn]\ninputs: {server_power: 4 to 6 kW, "


def test_another_uncertain_input_does_not_change_the_draws_of_the_first(tmp_path: Path) -> None:
    alone = run(tmp_path, f"{RACK}rack_power_rated: 20 kW}}\n").cases[0].samples
    both = run(tmp_path, f"{RACK}rack_power_rated: 15 to 25 kW, rack_power_derating: 70 to 90 %}}\n").cases[0].samples
    assert "rack_power_rated" not in alone
    assert {"rack_power_rated", "rack_power_derating"} <= set(both)
    np.testing.assert_array_equal(alone["server_power"], both["server_power"])
    # The same name with another range moves, but keeps its place in the range.
    wider = run(tmp_path, f"{RACK.replace('4 to 6', '3 to 7')}rack_power_rated: 20 kW}}\n").cases[0].samples
    np.testing.assert_allclose((wider["server_power"] - 3000) / 4000, (alone["server_power"] - 4000) / 2000, atol=1e-9)


def test_cases_share_draws(tmp_path: Path) -> None:
    found = run(tmp_path, f"{RACK}rack_power_rated: 20 kW}}\ncases: {{a: {{}}, b: {{rack_power_rated: 10 kW}}}}\n")
    one, other = (case.samples for case in found.cases)
    np.testing.assert_array_equal(one["server_power"], other["server_power"])
    assert not np.array_equal(one["rack_power_drawn"], other["rack_power_drawn"])


def test_seed_and_samples_come_from_the_file_or_the_command_line(tmp_path: Path) -> None:
    text = f"{RACK}rack_power_rated: 20 kW}}\n"
    here, there = run(tmp_path, text), run(tmp_path, text, seed=8, samples=50)
    assert (here.scenario.seed, here.scenario.samples) == (7, 500)
    assert (there.scenario.seed, there.scenario.samples) == (8, 50)
    assert len(here.cases[0].samples["server_power"]) == 500
    assert len(there.cases[0].samples["server_power"]) == 50
    assert not np.array_equal(here.cases[0].samples["server_power"][:50], there.cases[0].samples["server_power"])


# ---------------------------------------------------------------- moments and percentiles near the closed forms

Z90 = NormalDist().inv_cdf(0.9)  # 1.2816


def _normal_density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def _uniform() -> dict[str, tuple[float, float]]:
    # 10 to 25: mean 17.5, sd 15 / sqrt(12), quantile 10 + 15 p, density 1 / 15 everywhere.
    found = {"mean": (17.5, 15 / math.sqrt(12))}
    return found | {f"p{p}": (10 + 0.15 * p, math.sqrt(p / 100 * (1 - p / 100)) * 15) for p in (10, 50, 90)}


def _triangular() -> dict[str, tuple[float, float]]:
    # 30, 40, 60: mean 130 / 3; variance (900 + 1600 + 3600 - 1200 - 2400 - 1800) / 18 = 700 / 18.
    # Rising side: p = (x - 30)^2 / 300, up to p = 1/3; falling side: 1 - p = (60 - x)^2 / 600.
    # Densities there: 2 (x - 30) / 300 and 2 (60 - x) / 600.
    p10, p50, p90 = 30 + math.sqrt(30), 60 - math.sqrt(300), 60 - math.sqrt(60)
    return {
        "mean": (130 / 3, math.sqrt(700 / 18)),
        "p10": (p10, 0.3 / (2 * (p10 - 30) / 300)),
        "p50": (p50, 0.5 / (2 * (60 - p50) / 600)),
        "p90": (p90, 0.3 / (2 * (60 - p90) / 600)),
    }


def _normal() -> dict[str, tuple[float, float]]:
    # mean 10, sd 1: quantile 10 + z, density that of z.
    return {
        "mean": (10, 1),
        "p10": (10 - Z90, 0.3 / _normal_density(Z90)),
        "p50": (10, 0.5 / _normal_density(0)),
        "p90": (10 + Z90, 0.3 / _normal_density(Z90)),
    }


def _lognormal() -> dict[str, tuple[float, float]]:
    # p10 220, p90 380: logarithms with mean ln sqrt(220 x 380) and sd ln(380 / 220) / (2 z90);
    # mean exp(mu + s^2 / 2), sd of that mean x sqrt(exp(s^2) - 1), density at x that of z over s x.
    spread = math.log(380 / 220) / (2 * Z90)
    middle = math.sqrt(220 * 380)
    mean = middle * math.exp(spread**2 / 2)
    return {
        "mean": (mean, mean * math.sqrt(math.exp(spread**2) - 1)),
        "p10": (220, 0.3 * spread * 220 / _normal_density(Z90)),
        "p50": (middle, 0.5 * spread * middle / _normal_density(0)),
        "p90": (380, 0.3 * spread * 380 / _normal_density(Z90)),
    }


# Each value with what its standard error is over sqrt(n): the sd for a mean, sqrt(p (1 - p)) / density for a quantile.
CLOSED_FORMS = {
    "10 to 25 USD": _uniform(),
    "{low: 30 USD, likely: 40 USD, high: 60 USD}": _triangular(),
    "{mean: 10 USD, sd: 1 USD}": _normal(),
    "{p10: 220 USD, p90: 380 USD}": _lognormal(),
}


@pytest.mark.parametrize("statistic", ["mean", "p10", "p50", "p90"])
@pytest.mark.parametrize("value", CLOSED_FORMS)
def test_statistics_are_near_the_closed_form(tmp_path: Path, value: str, statistic: str) -> None:
    text = f"inputs: {{x: {value}}}\nformulas: {{y: x + 0}}\nshow: [y]\n"
    found = run(tmp_path, text, samples=SAMPLES, seed=SEED).cases[0].statistics("y")
    assert found is not None
    expected, scale = CLOSED_FORMS[value][statistic]
    error = scale / math.sqrt(SAMPLES)
    assert abs(found[statistic] - expected) < 4 * error
    # The tolerance is sharp enough to tell the distribution from one that is 5 % off.
    assert 4 * error < 0.05 * expected


def test_the_point_value_is_midpoint_likely_mean_or_median(tmp_path: Path) -> None:
    points = [17.5, 40, 10, math.sqrt(220 * 380)]
    for value, point in zip(CLOSED_FORMS, points, strict=True):
        found = run(tmp_path, f"inputs: {{x: {value}}}\nformulas: {{y: x + 0}}\nshow: [y]\n")
        assert found.cases[0].figures["y"] == pytest.approx(point, rel=1e-12), value


def test_percentiles_of_counts_are_whole_numbers(tmp_path: Path) -> None:
    found = run(
        tmp_path, "inputs: {compute_budget: $1M to $2M, server_price: 148390 USD/server}\nshow: [servers_affordable]\n"
    )
    statistics = found.cases[0].statistics("servers_affordable")
    assert statistics is not None
    assert all(statistics[each] == int(statistics[each]) for each in ("p10", "p50", "p90"))
    # 1.1, 1.5 and 1.9 million / 148,390 are 7.4, 10.1 and 12.8
    assert [statistics[each] for each in ("p10", "p50", "p90")] == [7, 10, 12]


def test_percentiles_are_samples_even_between_two_of_them() -> None:
    found = summary(np.asarray([1.0, 2.0, 3.0, 4.0]))
    assert found == {"mean": 2.5, "p5": 1.0, "p10": 1.0, "p50": 2.0, "p90": 4.0, "p95": 4.0}
    assert summary(np.asarray([1.0, np.nan])) is None


# ---------------------------------------------------------------- the same bytes


def _json(scenario: str, threads: str | None = None) -> bytes:
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    environment = kept | ({"OMP_NUM_THREADS": threads} if threads else {}) | {"SOURCE_DATE_EPOCH": "1798761600"}
    command = [sys.executable, "-m", "calc", "run", scenario, "--format", "json"]
    folder = Path(calc.__file__).resolve().parent.parent
    done = subprocess.run(command, capture_output=True, check=True, env=environment, cwd=folder)
    assert done.stderr == b""
    return done.stdout


def test_json_is_equal_byte_for_byte_on_every_run_and_thread_count() -> None:
    first = _json("fifty-million")
    assert b'"p90"' in first
    assert first == _json("fifty-million")
    assert first == _json("fifty-million", "1") == _json("fifty-million", "4")


def test_the_largest_contributor_explains_the_spread_of_ranks() -> None:
    # x + y / 2 with x and y uniform on the same range: the variances are 1 and 1/4, so x explains about 80 %.
    # The rank correlation of such a sum is close to the plain one; 2 % is far above the noise of 20,000 samples.
    x = draw("x", Distribution("uniform", (("low", 0.0), ("high", 1.0))), 20_000, 7)
    y = draw("y", Distribution("uniform", (("low", 0.0), ("high", 1.0))), 20_000, 7)
    shares = rank_share(ranks(x + y / 2), {"y": ranks(y), "x": ranks(x)})
    assert list(shares) == ["x", "y"]
    assert shares["x"] == pytest.approx(0.8, abs=0.02)
    assert shares["y"] == pytest.approx(0.2, abs=0.02)
    assert rank_share(ranks(x * 0 + 3), {"x": ranks(x)}) == {}
    # A count of two values is not ranked by chance: it follows x alone.
    assert rank_share(ranks(np.floor(x * 2)), {"x": ranks(x), "y": ranks(y)})["y"] < 0.001


@pytest.mark.parametrize("kind", ["normal", "counts", "equal", "falling"])
def test_ranks_are_those_of_sorted_samples_whatever_is_asked_first(kind: str) -> None:
    random = np.random.default_rng(5)
    values = {
        "normal": random.normal(size=5001),
        "counts": random.poisson(3, 5001).astype(float),
        "equal": np.ones(5001),
        "falling": -np.arange(5001.0),
    }[kind]
    ordered, ranked = np.sort(values), Ranked(values)
    for share in (0.5, 0.05, 0.95, 0.0, 1.0, *random.random(50)):
        assert ranked.at(share) == ordered[min(max(math.ceil(share * 5001 - 1e-9) - 1, 0), 5000)]


def test_standard_errors_are_the_spread_of_replicates_at_the_size_that_is_asked_for() -> None:
    random = np.random.default_rng(3)
    drawn = [[{key: float(each) for key, each in zip(KEYS, row, strict=True)}] for row in random.random((9, 6))]
    for count in (2, 3, 9):
        found = errors_of(drawn[:count], [500], 500)
        assert found is not None
        for key in KEYS:
            # The standard deviation of so many draws of one statistic, over one less than their number.
            values = [each[0][key] for each in drawn[:count]]
            wanted = math.sqrt(sum((each - sum(values) / count) ** 2 for each in values) / (count - 1))
            assert found[key] == pytest.approx(wanted, rel=1e-12), (count, key)
    assert errors_of(drawn[:1], [500], 500) is None
    # Statistics without a value say nothing; two that have one do.
    assert errors_of([[None], *drawn[:1]], [500], 500) is None
    assert errors_of([[None], *drawn[:2]], [500], 500) == errors_of(drawn[:2], [500], 500)
    # Smaller sizes that only one replicate has a value at have no part in it: then the slowest way down, by the root.
    several = [[one[0], one[0]] for one in drawn[:2]]
    several[1][1] = None  # type: ignore[call-overload]  # a statistic without a value
    alone, larger = errors_of(several, [500, 125], 4500), errors_of(drawn[:2], [500], 500)
    assert alone is not None
    assert larger is not None
    assert alone["mean"] == pytest.approx(larger["mean"] / 3)


def test_an_error_of_more_samples_follows_the_power_that_the_smaller_ones_show() -> None:
    sizes = [4096, 1024, 256]
    for power, told in ((0.5, 0.5), (0.9, 0.9), (1.5, 1.5), (2.0, 1.5), (0.2, 0.5)):
        spreads = [3 * (size / 4096) ** -power for size in sizes]
        # Sixteen times the samples: never slower than chance, nor faster than what was seen to hold on.
        assert extrapolated(spreads, sizes, 65_536) == pytest.approx(3 * 16**-told), power
    # Two sizes are enough for a power, one is not.
    assert extrapolated([3, 12, 0], sizes, 65_536) == pytest.approx(3 / 16)
    assert extrapolated([3, 0.0, 0], sizes, 65_536) == pytest.approx(3 / 4)
    assert extrapolated([0, 6, 9], sizes, 65_536) == 0


def test_pieces_grow_where_there_would_be_very_many() -> None:
    # 256 pieces of 2^19 = 524,288 samples, then larger ones, up to 2^28 = 268,435,456.
    small, most = 524_288, 134_217_728
    for samples, size in (
        (1, small), (small + 1, small), (most, small), (most + 1, 2 * small), (2 * most, 2 * small),
        (2 * most + 1, 3 * small), (10**14, 268_435_456),
    ):  # fmt: skip
        assert piece_size(samples) == size, samples
