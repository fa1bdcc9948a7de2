"""More samples than are kept, counted piece by piece, by whoever is there to do it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from calc import __version__
from calc.longrun.checkpoint import opened
from calc.longrun.executor import crew_for, in_order
from calc.longrun.fingerprint import fingerprint, parts_of
from calc.longrun.progress import watched
from calc.longrun.work import Work
from calc.study.checks import sampled_sides
from calc.study.points import at_points
from calc.study.simulate import Key, Simulation, simulation_of
from calc.study.statistics import BATCHES
from calc.study.tally import Bracket, Tally, brackets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from calc.longrun.codec import Packed
    from calc.longrun.resources import Means
    from calc.scenario.conditions import Condition
    from calc.scenario.resolved import Scenario

# A piece is so many samples, and more where there would be very many pieces, but never more than are soon done again.
CHUNK = 1 << 19
MANY = 256
MOST = 1 << 28
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


def count(simulation: Simulation, means: Means, *, everything: bool) -> None:
    """Count all samples of all wanted figures, and leave tallies in their columns, one a year of each figure.

    everything: figures on the way are wanted too. The first samples have been kept. Tallies are added up in the order
    of the samples, whoever counts them.
    """
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
    with opened(means.checkpoint, manifest) as kept, crew_for(work, task, means, len(ends)) as crew:
        wanted = dict(found)
        for number in range(1, _PASSES + 1):
            started = {key: [each.brackets for each in tallies] for key, tallies in wanted.items()}
            pieces = [Piece(start, end, started) for start, end in ends]
            _add(wanted, watched(in_order(crew, work, pieces, f"samples-{number}", kept), len(pieces)))
            found.update(wanted)
            fresh = {key: [each.unsure() for each in tallies] for key, tallies in wanted.items()}
            wanted = {
                key: [
                    Tally(new or each.brackets, errors=each.standard_errors())
                    for each, new in zip(wanted[key], better, strict=True)
                ]
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
    return min(MOST, CHUNK * max(1, -(-samples // (CHUNK * MANY))))


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
    import numpy as np

    size = next(iter(drawn.values())).shape[1]
    for condition in checks(simulation, at):
        if (at, condition.text) in found:
            columns = {name: each.T for name, each in drawn.items()}
            sides = sampled_sides(condition, simulation.columns[at], columns, simulation.scenario.years)
            if sides is not None:
                whole = np.broadcast_to(condition.op.held(*sides).all(axis=-1), (size,)).astype(float)
                found[at, condition.text][0].add(whole, batch)
