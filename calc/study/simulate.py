"""Samples of the figures of all cases, block by block, the first of them kept; and how sure their statistics are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from statistics import linear_regression
from time import process_time
from typing import TYPE_CHECKING, Any

import numpy as np

from calc import __version__
from calc.engine.figures import NotIncluded, Series
from calc.engine.graph import formula_of
from calc.errors import CalcError
from calc.longrun.work import Work
from calc.records import NamedTuple
from calc.scenario.display import varies
from calc.study.checks import sampled_sides
from calc.study.draws import draws_of
from calc.study.evaluator import Evaluator
from calc.study.headline import compute_for_verdicts, verdict_names
from calc.study.points import at_points, line_amounts
from calc.study.statistics import (
    BATCHES,
    KEYS,
    MOST,
    PERCENTILES,
    Bracket,
    Ranked,
    Tally,
    block_size,
    brackets,
    check_memory,
    summary,
    with_value,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from calc.longrun import Resources
    from calc.longrun.work import Packed
    from calc.scenario.case import Scenario
    from calc.scenario.conditions import Condition
    from calc.study.results import Answer, CaseAnswer


Key = tuple[int, str]


class Simulation:
    """All cases and parts of a scenario on samples.

    columns: the computed cases and parts, each part before its case. names: what is wanted of each.
    """

    def __init__(self, scenario: Scenario, cases: Iterable[CaseAnswer], names: Iterable[Iterable[str]]) -> None:
        self.scenario = scenario
        self.columns = [each for case in cases for each in (*case.parts, case)]
        self.wholes = {id(part): case for case in self.columns for part in (*case.parts, case)}
        self.draws = draws_of(scenario)
        self.size = block_size(len(scenario.years))
        self.names: dict[int, list[str]] = {}
        self.evaluators: dict[int, Evaluator] = {}
        self.added: dict[int, Evaluator] = {}
        self._own: dict[int, set[str]] = {}
        for column, wanted in zip(self.columns, names, strict=True):
            self._prepare(column, list(wanted))

    def _prepare(self, column: CaseAnswer, wanted: list[str]) -> None:
        scenario, whole = self.scenario, self.wholes[id(column)]
        sums = whole.case.totals.items() if column is not whole else ()
        summed = [added for total, added in sums if any(part is column for part in whole.parts_of(total))]
        if id(whole) not in self._own:
            # Each part comes before its case: what varies in the parts is found once, with the first of them.
            self._own[id(whole)] = {name for part in whole.parts for name in self._varying(part, set())}
        parts_vary = {total for total, added in whole.case.totals.items() if added in self._own[id(whole)]}
        varying = self._varying(column, parts_vary)
        names = [name for name in dict.fromkeys(wanted) if name in varying]
        self.names[id(column)] = names
        given = {total: column.figures[total] for total in whole.case.totals if total in column.figures}
        if names:
            self.evaluators[id(column)] = Evaluator(scenario, column.case, names, given=given)
        summed = [name for name in dict.fromkeys(summed) if name in varying]
        if summed:
            self.added[id(column)] = Evaluator(scenario, column.case, summed)

    def _varying(self, column: CaseAnswer, totals: set[str]) -> set[str]:
        """Return the names of a column that differ from sample to sample."""
        values = column.case.values
        found = {name for name in values if varies(name, values)[0]} | totals
        for name in column.plan.order:
            formula = formula_of(self.scenario.catalogue, name, column.case.use)
            if formula is not None and name not in column.plan.left_out and not found.isdisjoint(formula.parameters):
                found.add(name)
        return {name for name in found if not isinstance(column.figures.get(name), NotIncluded)}

    @property
    def is_uncertain(self) -> bool:
        """Tell whether anything that is wanted varies."""
        return any(self.names.values())

    def width(self, column: CaseAnswer, name: str) -> int:
        """Return how many years a figure has values for."""
        return len(self.scenario.years) if isinstance(column.figures[name], Series) else 1

    def block(self, start: int, count: int) -> Iterator[tuple[int, str, Any]]:
        """Yield position of the column, name and samples of every wanted figure, of shape (years or 1, count)."""
        totals: dict[int, dict[str, Any]] = {}
        for at, column in enumerate(self.columns):
            whole = self.wholes[id(column)]
            if id(whole) not in totals:
                totals[id(whole)] = self._totals(whole, start, count)
            evaluator = self.evaluators.get(id(column))
            if evaluator is None:
                continue
            moving = {name: each for name, each in totals[id(whole)].items() if name in evaluator.plan.totals}
            for name, each in evaluator.block(self.draws, start, count, {}, moving).items():
                yield at, name, np.broadcast_to(each, (self.width(column, name), count))

    def sample(self, samples: int, *, is_yearly: bool = True) -> dict[Key, Any]:
        """Return the first samples of wanted figures, shape (years or 1, samples); is_yearly: also of yearly ones."""
        found: dict[Key, Any] = {}
        for start in range(0, samples, self.size):
            count = min(self.size, samples - start)
            for at, name, each in self.block(start, count):
                if is_yearly or len(each) == 1:
                    if (at, name) not in found:
                        found[at, name] = np.empty((len(each), samples))
                    found[at, name][:, start : start + count] = each
        return found

    def _totals(self, whole: CaseAnswer, start: int, count: int) -> dict[str, Any]:
        """Return the samples of sums over the parts, for those that vary."""
        from calc.engine.evaluate import as_array

        blocks = {}
        for part in whole.parts:
            if id(part) in self.added:
                block = self.added[id(part)].block(self.draws, start, count, {}, {})
                blocks[part.case.name] = {name: each.copy() for name, each in block.items()}
        found = {}
        for total, added in whole.case.totals.items():
            if any(added in block for block in blocks.values()):
                terms = []
                # In the order in which the likely values are added up.
                for part in sorted(whole.parts_of(total), key=lambda each: each.case.name):
                    if isinstance(part.figures[added], NotIncluded):
                        continue
                    point = as_array(part.figures[added])
                    fixed = point.T if isinstance(part.figures[added], Series) else point
                    terms.append(blocks.get(part.case.name, {}).get(added, fixed))
                found[total] = sum(terms[1:], start=terms[0])
        return found


def simulation_of(scenario: Scenario, cases: list[CaseAnswer], *, everything: bool) -> Simulation:
    """Return the simulation of what an answer needs, or of all its figures."""
    columns = [each for case in cases for each in (*case.parts, case)]
    names = [found.plan.answered if everything else _wanted(scenario, found) for found in columns]
    return Simulation(scenario, cases, names)


def _wanted(scenario: Scenario, found: CaseAnswer) -> list[str]:
    """Return the names whose samples an answer needs: what is asked for and made up of, and what it is judged by."""
    lines: list[str] = []
    if scenario.samples <= MOST:
        lines = [line for name in found.case.wanted for line in line_amounts(found, name, scenario.catalogue)]
    checked = (name for each in scenario.checks for name in each.names)
    names = dict.fromkeys([*found.case.asked, *lines, *checked, *verdict_names(scenario, found)])
    return [name for name in names if name in found.plan.answered]


# Up to so many samples are kept; of more, the first ones, by which percentiles are found and inputs compared.
KEPT = 1_000_000
FIRST = 1 << 17
# So many samples of every figure on the way take little room.
FEW = 1 << 16


def simulate(scenario: Scenario, result: Answer, resources: Resources, *, everything: bool | None = None) -> None:
    """Compute what is uncertain in an answer on samples.

    everything: all figures on the way too; None for where they are few.
    Raises CalcError when the samples to be kept would not fit into memory.
    """
    if everything is None:
        everything = scenario.samples <= FEW
    simulation = simulation_of(scenario, result.cases, everything=everything)
    if not simulation.is_uncertain:
        return
    kept = scenario.samples if scenario.samples <= KEPT else FIRST
    arrays = sum(simulation.width(each, name) for each in result.columns for name in simulation.names[id(each)])
    check_memory(scenario.samples, arrays, kept)
    begun = process_time()
    for (at, name), array in simulation.sample(kept).items():
        simulation.columns[at].samples[name] = array.T
    seconds = (process_time() - begun) / kept * scenario.samples
    errors = SamplingErrors(scenario, result.cases)
    for column in result.columns:
        column.errors = errors.of
    if kept < scenario.samples:
        from calc.longrun import tell_cost

        if resources.cluster is None:
            tell_cost(f"{scenario.samples:,} samples", seconds, resources.workers)
        count(simulation, resources, everything=everything)


# A piece is so many samples, and more where there would be very many pieces, but never more than are soon done again.
CHUNK = 1 << 19
MANY = 256
LARGEST = 1 << 28
# Each pass splits a bracket into 4,096; six of them tell all floating-point numbers apart.
_PASSES = 8


class Piece(NamedTuple):
    """Samples `start` to `end`, to be counted in these brackets."""

    start: int
    end: int
    brackets: dict[Key, list[list[Bracket]]]


@dataclass(frozen=True, slots=True)
class SampleWork(Work):
    """The samples of all figures of an answer."""

    def task(self, scenario: Scenario) -> Callable[[Piece], dict[Key, list[Tally]]]:
        """Return the function that counts a piece."""
        cases, _ = at_points(scenario)
        compute_for_verdicts(scenario, cases)
        everything, samples = self.options
        return partial(count_piece, simulation_of(scenario, cases, everything=everything), samples)

    def pack(self, result: dict[Key, list[Tally]]) -> Packed:
        """Return tallies as what JSON can hold, and arrays."""
        meta, arrays = [], []
        for (at, name), tallies in result.items():
            each = [tally.pack() for tally in tallies]
            meta.append([at, name, [plain for plain, _ in each]])
            arrays += [array for _, some in each for array in some]
        return meta, arrays

    def unpack(self, packed: Packed, piece: Piece) -> dict[Key, list[Tally]]:
        """Return the tallies that were packed."""
        meta, rest = packed[0], iter(packed[1])
        return {
            (at, name): [
                Tally.unpack(plain, rest, each) for plain, each in zip(plains, piece.brackets[at, name], strict=True)
            ]
            for at, name, plains in meta
        }


def count(simulation: Simulation, resources: Resources, *, everything: bool) -> None:
    """Count all samples of all wanted figures, and leave tallies in their columns, one a year of each figure.

    everything: figures on the way are wanted too. The first samples have been kept. Tallies are added up in the order
    of the samples, whoever counts them.
    """
    if simulation.scenario.placing is not None:
        # Another process would not know the plan.
        message = f"{simulation.scenario.samples:,} samples are too many where servers are placed"
        raise CalcError("E-TOO-LARGE", message, hint=f"take {KEPT:,} samples or fewer")
    # What keeps its samples, as most runs do, needs none of these.
    from calc.longrun import watched
    from calc.longrun.checkpoint import opened
    from calc.longrun.executor import executor_for, in_order
    from calc.longrun.work import fingerprint, parts_of

    samples = simulation.scenario.samples
    size = piece_size(samples)
    ends = [(start, min(samples, start + size)) for start in range(0, samples, size)]
    found = {
        (at, name): [Tally(brackets(values[:, year])) for year in range(values.shape[1])]
        for at, column in enumerate(simulation.columns)
        for name, values in column.samples.items()
    }
    # How often a check holds is counted beside the figures, by the text of the check.
    found |= {(at, each.text): [Tally([])] for at in range(len(simulation.columns)) for each in checks(simulation, at)}
    task = partial(count_piece, simulation, samples)
    parts = parts_of(simulation.scenario)
    work = SampleWork(simulation.scenario.origin, __version__, fingerprint(parts), (everything, samples))
    manifest = {**parts, "command": "run", "all figures": everything, "samples in a piece": size}
    with opened(resources.checkpoint, manifest) as kept, executor_for(work, task, resources, len(ends)) as executor:
        wanted = dict(found)
        for number in range(1, _PASSES + 1):
            started = {key: [each.brackets for each in tallies] for key, tallies in wanted.items()}
            pieces = [Piece(start, end, started) for start, end in ends]
            _add(wanted, watched(in_order(executor, work, pieces, f"samples-{number}", kept, is_counted), len(pieces)))
            found.update(wanted)
            fresh = {key: [each.unsure() for each in tallies] for key, tallies in wanted.items()}
            wanted = {
                key: [Tally(new or each.brackets) for each, new in zip(wanted[key], better, strict=True)]
                for key, better in fresh.items()
                if any(better)
            }
            if not wanted:
                break
    for (at, name), tallies in found.items():
        if name in simulation.columns[at].samples:
            simulation.columns[at].tallies[name] = tallies
        else:
            simulation.columns[at].truths[name] = tallies[0]


def piece_size(samples: int) -> int:
    """Return how many samples a piece of so many has."""
    return min(LARGEST, CHUNK * max(1, -(-samples // (CHUNK * MANY))))


def is_counted(found: dict[Key, list[Tally]], piece: Piece) -> bool:
    """Tell whether what somebody has kept for a piece is what counting it gives; its figures may yet be others."""
    size = piece.end - piece.start
    return found.keys() == piece.brackets.keys() and all(
        each.may_be_of(size) for some in found.values() for each in some
    )


def _add(found: dict[Key, list[Tally]], pieces: Iterable[dict[Key, list[Tally]]]) -> None:
    for counted in pieces:
        for key, tallies in counted.items():
            for tally, each in zip(found[key], tallies, strict=True):
                tally.merge(each)


def count_piece(simulation: Simulation, samples: int, piece: Piece) -> dict[Key, list[Tally]]:
    """Return the tallies of one piece of all samples."""
    found = {key: [Tally(each) for each in years] for key, years in piece.brackets.items()}
    start = piece.start
    while start < piece.end:
        batch = start * BATCHES // samples
        # A block belongs to one batch.
        limit = min(piece.end, start - start % simulation.size + simulation.size, -(-(batch + 1) * samples // BATCHES))
        blocks: dict[int, dict[str, Any]] = {}
        for at, name, each in simulation.block(start, limit - start):
            blocks.setdefault(at, {})[name] = each
            for tally, values in zip(found.get((at, name), ()), each, strict=False):
                tally.add(values, batch)
        for at, drawn in blocks.items():
            _count_checks(simulation, at, drawn, batch, found)
        start = limit
    for tally in (each for years in found.values() for each in years):
        tally.settle()
    return found


def checks(simulation: Simulation, at: int) -> list[Condition]:
    """Return the scenario's checks about figures of a column that differ from sample to sample."""
    column = simulation.columns[at]
    moving = set(simulation.names[id(column)])
    return [
        each
        for each in simulation.scenario.checks
        if all(name in column.figures for name in each.names) and not moving.isdisjoint(each.names)
    ]


def _count_checks(
    simulation: Simulation, at: int, drawn: dict[str, Any], batch: int, found: dict[Key, list[Tally]]
) -> None:
    """Count in how many samples of a block the checks of a column hold."""
    size = next(iter(drawn.values())).shape[1]
    for condition in checks(simulation, at):
        if (at, condition.text) in found:
            columns = {name: each.T for name, each in drawn.items()}
            sides = sampled_sides(condition, simulation.columns[at], columns, simulation.scenario.years)
            if sides is not None:
                whole = np.broadcast_to(condition.op.held(*sides).all(axis=-1), (size,)).astype(float)
                found[at, condition.text][0].add(whole, batch)


# ---------------- sampling errors: by how much mean and percentiles would differ with other draws of as many samples

# For pseudo-random samples theory says it. The points of a Sobol sequence fill the space more evenly than chance, so
# that their own scatter overstates the error; what they are worth is seen when everything is drawn again, scrambled
# anew. Of many samples fewer are drawn, and the error of all follows from how it falls with their number.

Errors = dict[str, float]
# How often everything is drawn again: as it is, or less of it more often.
_WHOLE, _LESS = 8, 16
# So many samples are drawn again of each case, as they are or fewer, and of all cases, but a few of each at least.
_MOST_WHOLE, _MOST_LESS, _OF_ALL, _FEWEST = 1 << 20, 1 << 18, 1 << 22, 1 << 14
# The error of n samples falls as n to the power of one of these: pseudo-random ones, and the best that points can do.
_SLOWEST, _FASTEST = 0.5, 1.5
# Replicates draw with seeds that nobody gives.
_SEED = 1 << 64
_TOO_FEW = 32


class SamplingErrors:
    """The sampling errors of all figures of an answer, found when they are first asked for."""

    def __init__(self, scenario: Scenario, cases: list[CaseAnswer]) -> None:
        self.scenario = scenario
        self.cases = cases
        self.columns = [each for case in cases for each in (*case.parts, case)]
        self._places = {(each.inside, each.label): at for at, each in enumerate(self.columns)}
        self._found: dict[bool, dict[Key, Errors]] = {}

    def of(self, column: CaseAnswer, name: str) -> Errors | None:
        """Return the standard errors of mean and percentiles of a figure that is the same in every year.

        None where there are none: of very few samples, or where too many have no value.
        """
        if self.scenario.samples < _TOO_FEW:
            return None
        if self.scenario.method == "random":
            return by_chance(column.samples[name][:, 0], self.scenario.samples)
        # What is asked for is told more often than what is on the way.
        at = self._places[column.inside, column.label]
        asked = name in self.columns[at].case.wanted
        if asked not in self._found:
            self._found[asked] = self._replicated(asked=asked)
        return self._found[asked].get((at, name))

    def _replicated(self, *, asked: bool) -> dict[Key, Errors]:
        from calc.longrun import each_told

        names = [[n for n in (each.case.wanted if asked else each.plan.answered) if n in each.samples]
                 for each in self.columns]  # fmt: skip
        simulation = Simulation(self.scenario, self.cases, names)
        times, sizes = replicates(self.scenario.samples, len(self.columns))
        drawn: dict[Key, list[list[Mapping[str, float] | None]]] = {}
        for again in each_told(range(1, times + 1), "further draws of everything, for the sampling errors"):
            simulation.draws = draws_of(self.scenario, self.scenario.seed + again * _SEED)
            for key, (values,) in simulation.sample(sizes[0], is_yearly=False).items():
                drawn.setdefault(key, []).append([summary(values[:size]) for size in sizes])
        found = {key: errors_of(each, sizes, self.scenario.samples) for key, each in drawn.items()}
        return {key: each for key, each in found.items() if each is not None}


def replicates(samples: int, columns: int) -> tuple[int, list[int]]:
    """Return how often so many samples are drawn again, and how many of them: a size, and a quarter and less of it."""
    share = max(_FEWEST, _OF_ALL // columns)
    if _WHOLE * samples <= min(_MOST_WHOLE, share):
        return _WHOLE, [samples]
    most = min(_MOST_LESS, share)
    # Halved again and again: how even a beginning of the sequence is depends on the first bits of its length.
    halvings = (samples * _LESS // most).bit_length()
    return _LESS, [samples >> halvings, samples >> halvings + 2, samples >> halvings + 4]


def errors_of(
    drawn: Sequence[Sequence[Mapping[str, float] | None]], sizes: Sequence[int], samples: int
) -> Errors | None:
    """Return the standard errors of so many samples, from the statistics of replicates, each of some sizes."""
    levels = [[each for one in drawn if (each := one[at]) is not None] for at in range(len(sizes))]
    if len(levels[0]) < 2:
        return None
    found = {}
    for key in KEYS:
        # What is too large is infinite, which whoever asks refuses.
        with np.errstate(all="ignore"):
            spreads = [float(np.std([each[key] for each in one], ddof=1)) if len(one) > 1 else 0.0 for one in levels]
        found[key] = spreads[0] if sizes[0] == samples else extrapolated(spreads, sizes, samples)
    return found


def extrapolated(spreads: Sequence[float], sizes: Sequence[int], samples: int) -> float:
    """Return the spread at so many samples, from those at smaller sizes: by a power of the size, fitted to them."""
    known = [(math.log(size), math.log(each)) for size, each in zip(sizes, spreads, strict=True) if each > 0]
    if not spreads[0]:
        return 0.0
    rate = -linear_regression(*zip(*known, strict=True)).slope if len(known) > 1 else _SLOWEST
    rate = min(_FASTEST, max(_SLOWEST, rate))
    return float(spreads[0] * (sizes[0] / samples) ** rate)


def by_chance(values: Any, samples: int) -> Errors | None:
    """Return the standard errors of so many pseudo-random samples, the first of which are these.

    The mean: the standard deviation over the root of their number. A percentile: its rank has that of a binomial count.
    """
    known = with_value(values)
    if known is None:
        return None
    count = samples * len(known) / len(values)
    ranked, found = Ranked(known), {}
    with np.errstate(all="ignore"):
        found["mean"] = float(np.std(known, ddof=1)) / math.sqrt(count)
    for key, share in PERCENTILES.items():
        off = math.sqrt(share * (1 - share) / count)
        found[key] = (ranked.at(min(1.0, share + off)) - ranked.at(max(0.0, share - off))) / 2
    return found
