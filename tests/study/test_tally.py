"""Statistics of more samples than are kept, where they are hard to count: ties, gaps, counts, huge ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from calc.errors import Problems
from calc.scenario.load import load_text
from calc.scenario.resolve import Options, resolve
from calc.study.answer import answer
from calc.study.statistics import BATCHES, BINS, PERCENTILES, Bracket, Tally, brackets, summary

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE = 1_000_000
FIRST = 1 << 17
UNIFORM = np.random.default_rng(1).random(SIZE)
NORMAL = np.random.default_rng(2).standard_normal(SIZE)

HARD: dict[str, Callable[[Any, Any], Any]] = {
    "normal": lambda _, z: z,
    "lognormal over 400 orders of magnitude": lambda _, z: np.exp(100 * z),
    "heavy tails on both sides": lambda u, _: np.tan(np.pi * (u - 0.5)) ** 5,
    "half of it nothing": lambda u, _: np.maximum(u - 0.5, 0),
    "a tenth of it nothing": lambda u, _: np.maximum(u - 0.1, 0),
    "capped": lambda u, _: np.minimum(u, 0.9),
    "below nothing": lambda u, _: np.minimum(u - 0.5, 0),
    "yes or no": lambda u, _: np.where(u < 0.5, 0.0, 1.0),
    "tiny or huge": lambda u, z: np.where(u < 0.5, z * 1e-9, 1e9 + z),
    "a few values": lambda u, _: np.floor(u * 50) / 7,
    "a gap at the percentile": lambda u, _: np.where(u < 0.9, u, 1e15 * u),
    "one value": lambda u, _: np.full(len(u), 3.3),
    "near one": lambda u, _: 1 + u * 1e-13,
    "denormal": lambda u, _: u * 1e-310,
    "a first part unlike the rest": lambda u, _: np.concatenate([u[:FIRST] * 1e-3, u[FIRST:]]),
    "counts": lambda u, _: np.ceil(u * 8e5),
    "counts of a million million": lambda u, _: np.ceil(u * 1e12),
    "counts, then fractions": lambda u, _: np.concatenate([np.ceil(u[:FIRST] * 100), u[FIRST:] * 100]),
}


def counted(values: Any, passes: int = 8) -> tuple[Tally, int]:
    """Count as a long run does, batch by batch and pass by pass; return the tally and how many passes it took."""
    found, number = Tally(brackets(values[:FIRST])), 0
    for number in range(1, passes + 1):
        found = Tally(found.brackets)
        for batch, part in enumerate(np.array_split(values, BATCHES)):
            found.add(part, batch)
        better = found.unsure()
        if better is None or number == passes:
            break
        found = Tally(better)
    return found, number


@pytest.mark.parametrize("name", HARD)
def test_ranks_are_off_by_no_more_than_a_hundred_thousandth(name: str) -> None:
    values = HARD[name](UNIFORM, NORMAL)
    found, passes = counted(values)
    told, ordered = found.summary(), np.sort(values)
    assert told is not None
    assert passes < 8
    for key, share in PERCENTILES.items():
        below, up_to = (np.searchsorted(ordered, told[key], side) / SIZE for side in ("left", "right"))
        assert below - 1.1e-5 <= share <= up_to + 1.1e-5, (key, told[key])


@pytest.mark.parametrize("name", ["counts", "counts of a million million", "yes or no", "a few values", "one value"])
def test_counts_and_ties_are_exact(name: str) -> None:
    values = HARD[name](UNIFORM, NORMAL)
    found, exact = counted(values)[0].summary(), summary(values)
    assert found is not None
    assert exact is not None
    assert {key: found[key] for key in PERCENTILES} == {key: exact[key] for key in PERCENTILES}


def test_a_percentile_at_the_very_end_of_equal_values_is_theirs() -> None:
    """Of 10,000 samples just so many are one value, and those above it differ: nothing smaller will do."""
    for key, share in PERCENTILES.items():
        equal = round(share * 10_000)
        values = np.concatenate([np.full(equal, 0.7), 0.7 + np.arange(1, 10_001 - equal) / 9])
        found, exact = counted(np.random.default_rng(4).permutation(values))[0].summary(), summary(values)
        assert found is not None
        assert exact is not None
        assert found[key] == exact[key] == 0.7


def test_bins_of_floating_point_numbers_are_in_their_order_through_0() -> None:
    values = np.array([-2.0, -1.0, -1e-300, -5e-324, -0.0, 0.0, 5e-324, 1e-300, 0.5, 1.0, 3.0])
    bracket = Bracket(-2.0, 3.0, "bits", whole=False, atom=np.nan)
    positions = bracket.positions(values).tolist()
    assert positions == sorted(positions)
    assert (positions[0], positions[4]) == (0, positions[5])
    assert 0 <= positions[-1] < BINS
    for value, position in zip(values, positions, strict=True):
        assert bracket.value(position, 0.0) <= value <= bracket.value(position, 1.0)


def test_what_most_samples_can_do_without_costs_one_pass() -> None:
    for name in ("normal", "half of it nothing", "capped", "yes or no", "one value"):
        assert counted(HARD[name](UNIFORM, NORMAL))[1] == 1, name


def test_where_the_passes_end_the_last_of_them_counts() -> None:
    found, _ = counted(HARD["a gap at the percentile"](UNIFORM, NORMAL), passes=2)
    told = found.summary()
    assert told is not None
    assert told["p50"] == pytest.approx(0.5, abs=0.01)


def test_counts_that_turn_out_to_be_fractions_are_answered_as_such() -> None:
    """The first samples are whole numbers, those after them are not: everywhere, or only near the last percentiles."""
    for whole_below in (0.0, 0.85):
        rest = UNIFORM[FIRST:] * 9973.3
        rest = np.where(UNIFORM[FIRST:] < whole_below, np.ceil(rest), rest)
        values = np.concatenate([np.ceil(UNIFORM[:FIRST] * 9973.3), rest])
        found, exact = counted(values)[0].summary(), summary(values)
        assert found is not None
        assert exact is not None
        assert exact["p90"] != round(exact["p90"])
        assert found["p90"] == pytest.approx(exact["p90"], abs=0.2)
        assert (found["p10"] == round(found["p10"])) is (whole_below > 0)


def test_what_somebody_has_kept_is_taken_for_a_tally_only_where_it_can_be_one() -> None:
    values = np.where(UNIFORM < 0.001, np.nan, NORMAL)[:5000]

    def kept(change: Callable[[Any], object] | None = None, size: int = 5000) -> bool:
        tally = Tally(brackets(values))
        for batch, part in enumerate(np.array_split(values, BATCHES)):
            tally.add(part, batch)
        tally.settle()
        if change is not None:
            change(tally)
        return tally.may_be_of(size)

    assert kept()
    assert Tally(brackets(values)).may_be_of(5000), "what was not begun"
    assert not kept(size=4999)
    changes: dict[str, Callable[[Any], object]] = {
        "a count less": lambda tally: tally.counts.__setitem__(0, tally.counts[0] - 1),
        "a count below 0": lambda tally: tally.counts.__setitem__(slice(0, 2), [-1, sum(tally.counts[:2]) + 1]),
        "a count that is none": lambda tally: tally.counts.__setitem__(0, float(tally.counts[0])),
        "too few counts": lambda tally: (tally.counts.append(0), tally.sums.append(0.0)),
        "a sum that is none": lambda tally: tally.sums.__setitem__(0, "1"),
        "one sum too many": lambda tally: tally.sums.append(0.0),
        "marks of another shape": lambda tally: setattr(tally, "below", tally.below[:, :-1]),
        "atoms of another shape": lambda tally: setattr(tally, "atoms", tally.atoms[:1]),
        "bins of another shape": lambda tally: tally.bins.__setitem__((0, 0), tally.bins[0, 0][:-1]),
        "bins that are no counts": lambda tally: tally.bins.__setitem__((0, 0), tally.bins[0, 0] * 1.0),
        "bins below 0": lambda tally: tally.bins.__setitem__((0, 0), tally.bins[0, 0] - 1),
        "bins that hold too much": lambda tally: tally.bins.__setitem__((0, 0), tally.bins[0, 0] + 10**6),
        "a bracket that is not there": lambda tally: tally.bins.__setitem__((0, 9), tally.bins[0, 0]),
        "a batch that is not there": lambda tally: tally.bins.__setitem__((BATCHES, 0), tally.bins[0, 0]),
        "nothing begun, and counted": lambda tally: setattr(tally, "below", np.zeros(0, dtype=np.int64)),
    }
    for what, change in changes.items():
        assert not kept(change), what


def test_a_figure_that_is_often_nothing_is_answered_beyond_a_million_samples() -> None:
    text = """\
inputs:
  outage_days: {value: 0 to 10 days, source: a guess}
  free_days: {value: 4 days, source: the contract}
  zero_days: {value: 0 days, source: nothing}
  rate: {value: 1000 USD/day, source: the contract}
  wanted: {value: "100,000 to 900,000 servers", source: a guess}
formulas:
  penalty: maximum(outage_days - free_days, zero_days) * rate
  fleet: ceil(wanted)
show: [penalty, fleet]
"""
    problems = Problems()
    [case] = answer(resolve(load_text(text, "often.yaml", problems), Options(samples=1_500_000), problems)).cases
    penalty, fleet = case.statistics("penalty"), case.statistics("fleet")
    assert penalty is not None
    assert fleet is not None
    # 40 % of the days are free; the 90th percentile of 0 to 10 days is 9, of which 5 cost
    assert penalty["p10"] == 0
    assert penalty["p90"] == pytest.approx(5000, rel=1e-4)
    assert fleet["p10"] == round(fleet["p10"]) == pytest.approx(180_000, rel=1e-4)


def test_how_often_a_check_holds_is_counted_over_all_samples() -> None:
    text = """\
inputs: {server_power: {value: 4 to 5 kW, source: a guess}, rack_power_rated: {value: 22.75 kW, source: a guess}}
show: [servers_per_rack]
checks: [servers_per_rack >= 5 with 10 % confidence]
uncertainty: {method: random}
"""
    shares = {}
    for samples in (1_000_000, 3_000_000):
        problems = Problems()
        scenario = resolve(load_text(text, "often.yaml", problems), Options(samples=samples), problems)
        for workers in (1, 2):
            [check] = answer(scenario, workers=workers).cases[0].checks
            shares[samples, workers] = check.probability
    # five servers of at most 4.55 kW: 55 % of 4 to 5 kW; 131,072 samples would be off by 0.0014, a million by 0.0005
    assert shares[3_000_000, 1] == shares[3_000_000, 2]
    assert shares[3_000_000, 1] != shares[1_000_000, 1]
    assert shares[3_000_000, 1] == pytest.approx(0.55, abs=4 * 0.000287)
