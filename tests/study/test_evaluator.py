"""The evaluator: floats, grids and samples agree with the evaluation formula by formula, over the shipped scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from calc import __version__
from calc.engine.figures import Series
from calc.errors import CalcError, Problems
from calc.files import data_folder
from calc.scenario.load import load
from calc.scenario.resolve import Options, resolve
from calc.study.answer import answer
from calc.study.draws import draws_of
from calc.study.evaluator import Evaluator
from calc.study.simulate import Piece, SampleWork, is_counted, simulation_of
from calc.study.statistics import brackets

if TYPE_CHECKING:
    from pathlib import Path

    from calc.engine.figures import Figure
    from calc.scenario.case import Scenario

SHIPPED = sorted(path.stem for path in data_folder("scenarios").glob("*.yaml"))


def scenario(source: str, **options: Any) -> Scenario:
    problems = Problems()
    return resolve(load(source, problems), Options(**options), problems)


def numbers(figure: Figure) -> list[float]:
    values = figure.values if isinstance(figure, Series) else (figure,)
    return [each if isinstance(each, float | int) else float("nan") for each in values]


@pytest.mark.parametrize("name", SHIPPED)
def test_all_ways_agree_on_every_shipped_scenario(name: str) -> None:
    found = scenario(name)
    draws = draws_of(found)
    compared = 0
    for case in found.cases:
        for column in case.parts or [case]:
            wanted = [each for each in column.asked if each not in case.totals]
            changing = [each for each, value in column.values.items() if not value.is_yearly]
            evaluator = Evaluator(found, column, wanted, changing)
            if evaluator.plan.totals or evaluator.plan.missing:
                continue
            inputs = [each for each in evaluator.plan.leaves if each in changing]
            points = {each: column.values[each].point for each in inputs}
            expected = evaluator.points(points)
            at = evaluator.at(points)
            grid = evaluator.grid({each: np.full(3, point) for each, point in points.items()})
            for each in wanted:
                np.testing.assert_allclose(numbers(at[each]), numbers(expected[each]), rtol=1e-12, atol=0)
                if each in grid:
                    row = np.ravel(np.broadcast_to(grid[each], np.shape(grid[each]) or (1,))[:1])
                    np.testing.assert_allclose(row, numbers(expected[each])[: len(row)], rtol=1e-12, atol=0)
                    compared += 1
            drawn = {each: evaluator.draw(draws, each, 0, 500) for each in evaluator.uncertain}
            if drawn:
                last = {each: a.T if a.ndim == 2 else a[:, None] for each, a in drawn.items()}
                slow = evaluator.arrays(last, {})
                for each, values in evaluator.sample(None, 500, found.seed).items():
                    np.testing.assert_allclose(values, np.broadcast_to(slow[each], values.shape), rtol=1e-12, atol=0)
    # A scenario may ask for nothing but a study.
    assert compared or any(case.totals or not case.asked for case in found.cases)


MODEL = """
inputs: {x: 1 to 2, y: {low: 3, likely: 4, high: 6}, z: {p10: 5, p90: 9}}
formulas: {a: x * y, b: a + z, c: floor(b)}
show: [a, b, c]
"""


def test_samples_do_not_depend_on_how_many_are_asked_for_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(MODEL, encoding="utf-8")
    found = scenario(str(path))
    evaluator = Evaluator(found, found.cases[0], ["b", "c"])
    whole = evaluator.sample(None, 5000, 7)
    for start, count in ((0, 1), (17, 1000), (1023, 2), (4097, 903)):
        part = evaluator.sample(None, count, 7, start)
        for name, values in part.items():
            np.testing.assert_array_equal(values, whole[name][start : start + count])


def test_single_values_of_years_give_the_same_formula_by_formula(tmp_path: Path) -> None:
    path = tmp_path / "years.yaml"
    path.write_text("years: 2026 to 2028\ninputs: {x: 2, y: 3}\nformulas: {a: x * y}\nshow: [a]\n", encoding="utf-8")
    found = scenario(str(path))
    evaluator = Evaluator(found, found.cases[0], ["a"], ["x"])
    for value, product in ((Series((1.0, 4.0, 9.0)), Series((3.0, 12.0, 27.0))), (5, 15.0)):
        assert evaluator.at({"x": value}) == evaluator.points({"x": value}) == {"a": product}


def test_samples_are_those_of_formula_by_formula_and_need_them_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A block of a figure by year has a row a year, of another one no rows."""
    text = MODEL.replace("show: [a, b, c]", "show: [a, b, grown]").replace("c: floor(b)", "grown: a * w")
    path = tmp_path / "years.yaml"
    path.write_text(
        f"years: 2026 to 2028\n{text}".replace("x: 1", "w: {start: 2, grows: 1 to 5 %/year}, x: 1"), "utf-8"
    )
    found = scenario(str(path))
    evaluator = Evaluator(found, found.cases[0], ["b", "grown"])
    draws = draws_of(found)
    slow = evaluator.slowly({name: evaluator.draw(draws, name, 0, 20) for name in evaluator.uncertain}, {})
    assert {name: each.shape for name, each in slow.items()} == {"b": (20,), "grown": (3, 20)}

    def refused(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Evaluator, "slowly", refused)
    for name, each in evaluator.block(draws, 0, 20, {}, {}).items():
        np.testing.assert_allclose(np.broadcast_to(each, slow[name].shape), slow[name], rtol=1e-12)


def test_more_samples_than_are_kept_tell_how_long_they_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(MODEL, encoding="utf-8")
    for name, value in (("KEPT", 1000), ("FIRST", 500)):
        monkeypatch.setattr(f"calc.study.simulate.{name}", value)
    # Three seconds for the first 500 of 5,000: 30.
    monkeypatch.setattr("calc.study.simulate.process_time", iter([1.0, 4.0]).__next__)
    answer(scenario(str(path), samples=5000))
    assert capsys.readouterr().err == "5,000 samples, about 30 seconds\n"


def test_counts_of_a_piece_come_back_as_they_were_packed(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(f"{MODEL}checks: [b <= 20]\n", encoding="utf-8")
    found = scenario(str(path))
    work = SampleWork(found.origin, __version__, "", (False, 4000))
    count = work.task(found)
    marks = {(0, name): [brackets(answer(found).cases[0].samples[name][:, 0])] for name in ("a", "b", "c")}
    piece = Piece(0, 4000, {**marks, (0, "b <= 20"): [[]]})
    counted = count(piece)
    again = work.unpack(work.pack(counted), piece)
    assert is_counted(counted, piece)
    assert is_counted(again, piece)
    assert not is_counted(again, piece._replace(end=4001))
    for key, tallies in counted.items():
        assert [each.summary() for each in again[key]] == [each.summary() for each in tallies]
        assert [each.counts for each in again[key]] == [each.counts for each in tallies]


def test_workers_are_sent_what_is_asked_for_and_what_verdicts_need(tmp_path: Path) -> None:
    """A worker computes the cases anew: its samples have to be those of the same figures."""
    text = """
inputs: {owning_cost_per_month: "500,000 to 600,000 USD/month", gpus: 800 gpus, gpu_utilisation: 60 %,
         gpu_hour_price: 2 USD/gpu/hour}
show: [breakeven_utilisation]
"""
    path = tmp_path / "model.yaml"
    path.write_text(text, encoding="utf-8")
    found = scenario(str(path))
    [case] = answer(found).cases
    assert case.verdicts
    for everything in (False, True):
        here = simulation_of(found, [case], everything=everything)
        work = SampleWork(found.origin, __version__, "", (everything, 1000))
        count: Any = work.task(found)
        there = count.args[0]
        assert list(there.names.values()) == list(here.names.values())
        assert everything or set(*here.names.values()) > {"breakeven_utilisation"}


def test_standard_errors_are_those_of_other_seeds_on_the_way_too(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(MODEL.replace("show: [a, b, c]", "show: [b]"), encoding="utf-8")
    errors: dict[str, list[Any]] = {"a": [], "b": []}
    for order in (("a", "b"), ("b", "a")):
        [case] = answer(scenario(str(path), samples=512, seed=7)).cases
        for name in order:
            errors[name].append(case.standard_errors(name))
    means: dict[str, list[float]] = {"a": [], "b": []}
    for seed in range(20):
        [case] = answer(scenario(str(path), samples=512, seed=seed)).cases
        for name, found in means.items():
            found.append(float(case.samples[name].mean()))
    for name, (one, other) in errors.items():
        assert one == other, "whichever is asked for first"
        # Eight replicates and twenty seeds: each deviation is known to a quarter.
        assert one["mean"] == pytest.approx(np.std(means[name], ddof=1), rel=0.8)


def test_workers_do_not_change_a_digit_and_tallies_agree_with_what_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from calc.study import simulate

    path = tmp_path / "model.yaml"
    path.write_text(MODEL, encoding="utf-8")
    kept = answer(scenario(str(path), samples=600_000)).cases[0]
    monkeypatch.setattr(simulate, "KEPT", 1000)
    monkeypatch.setattr(simulate, "CHUNK", 1 << 16)
    one = answer(scenario(str(path), samples=600_000)).cases[0]
    two = answer(scenario(str(path), samples=600_000), workers=2).cases[0]
    for name in ("a", "b", "c"):
        assert one.statistics(name) == two.statistics(name)
        assert one.standard_errors(name) == two.standard_errors(name)
        for each in (one, kept):
            errors = each.standard_errors(name)
            assert errors is not None
            assert each.sampling_error(name, "p90") == errors["p90"]
        exact, counted = kept.statistics(name), one.statistics(name)
        assert exact is not None
        assert counted is not None
        assert counted["mean"] == pytest.approx(exact["mean"], rel=1e-12)
        ordered = np.sort(kept.samples[name][:, 0])
        for key, share in (("p5", 0.05), ("p10", 0.1), ("p50", 0.5), ("p90", 0.9), ("p95", 0.95)):
            if name == "c":
                assert counted[key] == exact[key], "a count stays whole"
            else:
                assert abs(np.searchsorted(ordered, counted[key]) / len(ordered) - share) < 1e-5 + 2e-6


@pytest.mark.parametrize("wanted", [0.7, -0.5])
def test_correlated_inputs_have_the_rank_correlation_wanted(tmp_path: Path, wanted: float) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(f"{MODEL}uncertainty: {{samples: 20000, correlate: {{x with z: {wanted}}}}}\n", encoding="utf-8")
    samples = answer(scenario(str(path))).cases[0].samples
    ranks = [np.argsort(np.argsort(samples[name][:, 0])) for name in ("x", "z", "y")]
    assert np.corrcoef(ranks[0], ranks[1])[0, 1] == pytest.approx(wanted, abs=0.01)
    assert np.corrcoef(ranks[0], ranks[2])[0, 1] == pytest.approx(0, abs=0.02)


PARTS = (
    "inputs: {rack_power_rated: 20 to 25 kW}\n"
    "parts:\n"
    "  one: {inputs: {server_power: 4 to 5 kW, servers_needed: 100 servers}}\n"
    "  two: {inputs: {server_power: 4 to 5 kW, servers_needed: 100 servers}}\n"
    "show: [rack_power_drawn]\n"
)


@pytest.mark.parametrize("wanted", [0.5, 0.9, -0.9])
def test_inputs_of_two_parts_may_follow_a_shared_one_closely(tmp_path: Path, wanted: float) -> None:
    path = tmp_path / "parts.yaml"
    correlate = f"correlate: {{server_power with rack_power_rated: {wanted}}}"
    path.write_text(f"{PARTS}uncertainty: {{{correlate}}}\n", encoding="utf-8")
    draws = draws_of(scenario(str(path)))
    drawn = [draws.uniform(name, 0, 16384) for name in ("rack_power_rated", "one: server_power", "two: server_power")]
    found = np.atleast_2d(np.corrcoef(drawn))
    assert found[0, 1:] == pytest.approx([wanted, wanted], abs=0.01)
    # Given the shared one the parts are independent: for normal values r with Pearson correlation p = 2 sin(pi r / 6)
    # theirs is p x p, and their rank correlation 6 / pi x asin(p x p / 2).
    through = 6 / np.pi * np.arcsin((2 * np.sin(np.pi * wanted / 6)) ** 2 / 2)
    assert found[1, 2] == pytest.approx(through, abs=0.02)


def test_correlations_that_contradict_each_other_are_refused_where_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    pairs = "{x with z: 0.9, x with y: 0.9}"
    path.write_text(f"{MODEL}uncertainty:\n  correlate: {pairs}\n", encoding="utf-8")
    with pytest.raises(CalcError, match="contradict") as caught:
        draws_of(scenario(str(path)))
    assert caught.value.place is not None
    assert (caught.value.place.line, caught.value.place.column) == (MODEL.count("\n") + 2, 15 + len("x with z: 0.9, "))


ONE, TWO = "server_power", "rack_power_rated"
PAIR = "show: [racks_needed]\nuncertainty: {samples: 100, correlate: {server_power with rack_power_rated: 0.9}}\n"


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        ("server_power: 4 to 5 kW, rack_power_rated: 25 kW}", "`rack_power_rated` is certain"),
        ("server_power: 4 kW, rack_power_rated: 25 kW}", "`server_power` is certain and `rack_power_rated` is certain"),
        (
            f"}}\ncases: {{a: {{{ONE}: 4 to 5 kW, {TWO}: 9 kW}}, b: {{{ONE}: 4 kW, {TWO}: 8 to 9 kW}}}}",
            "no case has a range for both",
        ),
        ("server_power: 4 to 5 kW}\ncases: {a: {rack_power_rated: 9 kW}, b: {rack_power_rated: 8 to 9 kW}}", None),
    ],
)
def test_a_correlation_without_effect_is_said(tmp_path: Path, inputs: str, why: str | None) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(f"inputs: {{servers_needed: 100 servers, {inputs}\n{PAIR}", encoding="utf-8")
    said = [each for each in scenario(str(path)).warnings if "correlated" in each]
    assert said == ([f"`server_power` and `rack_power_rated` are not correlated: {why}"] if why else [])


def test_pseudo_random_samples_are_an_option(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    found = {}
    for method in ("sobol", "random"):
        path.write_text(f"{MODEL}uncertainty: {{samples: 4096, method: {method}}}\n", encoding="utf-8")
        found[method] = answer(scenario(str(path))).cases[0].samples["x"][:, 0].mean()
    # The mean of 4096 Sobol points misses 1.5 by much less than 1 / sqrt(12 x 4096) = 0.0045.
    assert abs(found["sobol"] - 1.5) < 1e-4
    assert abs(found["random"] - 1.5) > 1e-4
