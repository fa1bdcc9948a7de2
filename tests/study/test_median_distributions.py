"""Distributions that are given by their median: half of the probability on either side, whatever the ends."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from calc.errors import Problems
from calc.report import csv
from calc.report.explain_report import value_text
from calc.report.json import as_dict
from calc.scenario.load import load
from calc.scenario.resolve import Options, resolve
from calc.scenario.schema import value_schema
from calc.study.answer import answer
from calc.value import Z90, Distribution

if TYPE_CHECKING:
    from pathlib import Path

    from calc.study.results import Answer

SHARES = np.concatenate([np.geomspace(2.0**-54, 0.5, 200), 1 - np.geomspace(2.0**-53, 0.49, 200)])


def run(folder: Path, text: str, **options: Any) -> Answer:
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    problems = Problems()
    return answer(resolve(load(str(path), problems), Options(**options), problems))


def between(low: float, median: float, high: float) -> Distribution:
    return Distribution("median", (("low", low), ("median", median), ("high", high)))


def split(p10: float, median: float, p90: float) -> Distribution:
    return Distribution("split_lognormal", (("p10", p10), ("median", median), ("p90", p90)))


@pytest.mark.parametrize(("low", "median", "high"), [(2.45, 3.62, 12.29), (0.0, 1.0, 1.5), (-4.0, 0.0, 1.0)])
def test_two_triangles_meet_at_the_median(low: float, median: float, high: float) -> None:
    from scipy import integrate, stats

    found = between(low, median, high)
    # scipy's triangles rise to c = 1 and fall from c = 0; each stands for half of the probability.
    below, above = stats.triang(1, low, median - low), stats.triang(0, median, high - median)
    lower = SHARES < 0.5
    expected = np.where(lower, below.ppf(np.minimum(2 * SHARES, 1)), above.isf(np.minimum(2 * (1 - SHARES), 1)))
    np.testing.assert_allclose(found.quantile(SHARES), expected, rtol=1e-12, atol=1e-12)
    assert found.quantile(np.array([0.5])) == pytest.approx([median], rel=1e-15, abs=1e-15)
    assert found.point == median

    # The density by its definition, integrated numerically up to some values, is the probability asked for.
    def density(x: float) -> float:
        return (x - low) / (median - low) ** 2 if x < median else (high - x) / (high - median) ** 2

    for share in (0.05, 0.3, 0.5, 0.8, 0.99):
        at = float(found.quantile(np.array(share)))
        area, _ = integrate.quad(density, low, at, points=[median] if at > median else None)
        assert area == pytest.approx(share, abs=1e-9), share


@pytest.mark.parametrize(("p10", "median", "p90"), [(0.229, 0.384, 0.425), (1.0, 1.1, 50.0)])
def test_two_halves_of_lognormals_meet_at_the_median(p10: float, median: float, p90: float) -> None:
    from scipy import stats

    found = split(p10, median, p90)
    np.testing.assert_allclose(found.quantile(np.array([0.1, 0.5, 0.9])), [p10, median, p90], rtol=1e-14)
    assert found.point == median
    below, above = (stats.lognorm(abs(math.log(end / median)) / Z90, scale=median) for end in (p10, p90))
    expected = np.where(SHARES < 0.5, below.ppf(SHARES), above.isf(1 - SHARES))
    np.testing.assert_allclose(found.quantile(SHARES), expected, rtol=1e-12)
    for value in (p10 / 2, p10, median, p90, 2 * p90):
        share = (below if value < median else above).cdf(value)
        assert found.share_below(value) == pytest.approx(share, abs=1e-12)
        assert found.share_above(value) == pytest.approx(1 - share, abs=1e-12)


def test_halves_of_one_lognormal_are_that_lognormal() -> None:
    whole = Distribution("lognormal", (("p10", 2.0), ("p90", 8.0)))
    np.testing.assert_allclose(split(2.0, 4.0, 8.0).quantile(SHARES), whole.quantile(SHARES), rtol=1e-13)


def test_a_cut_tail_leaves_the_median_where_it_is() -> None:
    """Each half is cut on its own, against scipy's truncated normal; a lognormal that is cut moves its median."""
    from scipy import stats

    cut, beyond = split(0.2, 0.3, 0.5).cut(0.15, 0.8)
    below, above = math.log(0.3 / 0.2) / Z90, math.log(0.5 / 0.3) / Z90
    low, high = math.log(0.15 / 0.3) / below, math.log(0.8 / 0.3) / above
    assert beyond == pytest.approx(stats.norm.cdf(low) + stats.norm.sf(high), rel=1e-12)
    assert cut.quantile(np.array([0.5]))[0] == 0.3
    lower, upper = SHARES[SHARES < 0.5], SHARES[SHARES > 0.5]
    expected = 0.3 * np.exp(below * stats.truncnorm(low, 0).ppf(2 * lower))
    np.testing.assert_allclose(cut.quantile(lower), expected, rtol=1e-9)
    # The upper half is the mirror of one whose tail scipy knows exactly.
    expected = 0.3 * np.exp(-above * stats.truncnorm(-high, 0).ppf(2 * (1 - upper)))
    np.testing.assert_allclose(cut.quantile(upper), expected, rtol=1e-9)
    assert cut.quantile(np.array([2.0**-54, 1 - 2.0**-53])) == pytest.approx([0.15, 0.8], rel=1e-6)


def test_a_half_without_width_is_said_and_drawn(tmp_path: Path) -> None:
    """Half of all draws are the median itself; the other half is spread as ever."""
    for text, end, other in (
        ("{low: 3 USD, median: 3 USD, high: 9 USD}", "low", 9 - 6 * math.sqrt(0.2)),
        ("{p10: 3 USD, median: 3 USD, p90: 9 USD}", "p10", 9.0),
    ):
        found = run(tmp_path, f"inputs: {{x: {text}}}\nformulas: {{y: x + 0}}\nshow: [y]\n", samples=20000, seed=1)
        assert f"x: its {end} is its median, so half of all draws are the median itself" in found.warnings, text
        drawn = found.cases[0].samples["y"]
        assert np.mean(drawn == 3.0) == pytest.approx(0.5, abs=0.001), text
        statistics = found.cases[0].statistics("y")
        assert statistics is not None
        assert [statistics[each] for each in ("p10", "p50")] == pytest.approx([3, 3], rel=1e-3), text
        assert statistics["p90"] == pytest.approx(other, rel=1e-2), text
    upper = split(3.0, 9.0, 9.0)
    assert (upper.share_above(9.0), upper.share_below(9.5), upper.share_above(8.9)) == pytest.approx(
        (0, 1, 0.5), abs=0.01
    )


@pytest.mark.parametrize("method", ["sobol", "random"])
def test_p50_of_samples_is_the_median(tmp_path: Path, method: str) -> None:
    text = (
        "inputs:\n  x: {low: 2.45 USD, median: 3.62 USD, high: 12.29 USD}\n"
        "  z: {p10: 22.9 %, median: 38.4 %, p90: 42.5 %}\nformulas: {y: x + 0, w: z + 0}\nshow: [y, w]\n"
        f"uncertainty: {{samples: 40000, seed: 3, method: {method}}}\n"
    )
    (case,) = run(tmp_path, text).cases
    for name, median, error in (("y", 3.62, 0.02), ("w", 0.384, 0.002)):
        statistics = case.statistics(name)
        assert statistics is not None
        assert case.figures[name] == pytest.approx(median, rel=1e-15)
        assert statistics["p50"] == pytest.approx(median, abs=error)


def test_reports_say_that_it_is_a_median(tmp_path: Path) -> None:
    text = (
        "inputs:\n  gpu_hour_price: {low: $2.45/gpu/hour, median: $3.62/gpu/hour, high: $12.29/gpu/hour}\n"
        "  mfu: {p10: 22.9 %, median: 38.4 %, p90: 42.5 %}\nformulas: {y: gpu_hour_price * mfu}\nshow: [y]\n"
    )
    found = run(tmp_path, text)
    values, catalogue = found.cases[0].case.values, found.scenario.catalogue
    told = [value_text(values[name], catalogue[name]) for name in ("gpu_hour_price", "mfu")]
    assert told == ["$3.62/gpu-hour (median, $2.45 to $12.29)", "38.4 % (median, p10 22.9 to p90 42.5)"]


def test_json_csv_and_schema_know_both_kinds(tmp_path: Path) -> None:
    text = (
        "inputs:\n  server_power: {low: 4 kW, median: 5 kW, high: 8 kW}\n"
        "  mfu: {p10: 22.9 %, median: 38.4 %, p90: 42.5 %}\n"
        "formulas: {y: server_power * mfu}\nshow: [y]\n"
    )
    found = run(tmp_path, text)
    given = as_dict(found)["cases"][0]["inputs"]
    assert given["server_power"]["distribution"] == {"kind": "median", "low": 4.0, "median": 5.0, "high": 8.0}
    assert given["mfu"]["distribution"] == {"kind": "split_lognormal", "p10": 0.229, "median": 0.384, "p90": 0.425}
    rows = {(row["quantity"], row["statistic"]): row["value"] for row in csv.tidy_rows(as_dict(found))}
    assert [rows["server_power", f"given {key}"] for key in ("low", "median", "high")] == [4.0, 5.0, 8.0]
    assert [rows["mfu", f"given {key}"] for key in ("p10", "median", "p90")] == [0.229, 0.384, 0.425]
    forms = [set(each.get("required", ())) for each in value_schema()["anyOf"]]
    assert {"low", "median", "high"} in forms
    assert {"p10", "median", "p90"} in forms
