"""Draws of uncertain inputs: one number for every stream and position, whatever is drawn together, where and when."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from calc.engine.flat import key_of
from calc.errors import CalcError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from calc.scenario.resolved import ResolvedCase, Scenario
    from calc.study.sobol import Coordinate
    from calc.value import Moment, Value

GROWTH = " grows"
_FEWEST = 32


@dataclass(slots=True)
class Draws:
    """Random streams by name.

    method: "sobol" for points that fill the space of all streams evenly, "random" for pseudo-random numbers.
    dimensions: the coordinate of the Sobol sequence that a stream is; streams without one are pseudo-random.
    mixed: for correlated streams, the streams they are mixed from as standard normal values, with the weights.
    """

    seed: int
    method: str
    dimensions: dict[str, int]
    mixed: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    _coordinates: dict[str, Coordinate] = field(default_factory=dict)
    # Cases and parts that are computed side by side share what they draw.
    _latest: dict[object, Any] = field(default_factory=dict)
    _position: tuple[int, int] = (0, 0)

    def uniform(self, stream: str, start: int, count: int) -> Any:
        """Return the numbers inside (0, 1) at positions `start` to `start + count` of a stream."""
        parts = self.mixed.get(stream)
        if parts is None:
            return self._own(stream, start, count)
        from calc import normal

        mixed = sum(weight * normal.quantile(self._own(each, start, count)) for each, weight in parts)
        return normal.shares_below(mixed)

    def _own(self, stream: str, start: int, count: int) -> Any:
        if self.method == "random" or stream not in self.dimensions:
            return _pseudo_random(f"{self.seed}:{stream}", start, count)
        if stream not in self._coordinates:
            from calc.study.sobol import Coordinate

            self._coordinates[stream] = Coordinate(self.dimensions[stream], f"{self.seed}:{stream}")
        return self._coordinates[stream].points(start, count)

    def value(self, stream: str, value: Value, years: Sequence[int], start: int, count: int) -> Any:
        """Return samples of a given value in coherent base units, shape (count,), or (years, count) if it has years.

        The years of one value share a draw: what is dear in one year is dear in all. Where they are independent each
        has a stream of its own, pseudo-random, so that a further year changes no other. Growth has one of its own too.
        """
        if self._position != (start, count):
            self._latest.clear()
            self._position = (start, count)
        key = stream, id(value)
        if key not in self._latest:
            # Nothing that is kept may be collected, or its identity could be another's.
            self._latest[key] = value, self._drawn(stream, value, years, start, count)
        return self._latest[key][1]

    def _drawn(self, stream: str, value: Value, years: Sequence[int], start: int, count: int) -> Any:
        import numpy as np

        if value.by_year:
            moments = dict(value.by_year)
            if value.independent:
                return np.stack(
                    [
                        self._moment(moments[year], self.uniform(f"{stream} in {year}", start, count), count)
                        for year in years
                    ]
                )
            uniform = self.uniform(stream, start, count)
            return np.stack([self._moment(moments[year], uniform, count) for year in years])
        first = self._moment(value.moments[0], self.uniform(stream, start, count), count)
        if value.growth is None:
            return first
        growth = self.growth(stream, value.growth, start, count)
        return first * (1 + growth) ** np.arange(len(years))[:, np.newaxis]

    def growth(self, stream: str, growth: Moment, start: int, count: int) -> Any:
        """Return samples of the growth of what has a stream, a pure number a year of shape (count,)."""
        uniform = self.uniform(f"{stream}{GROWTH}", start, count) if growth.distribution else None
        return self._moment(growth, uniform, count)

    @staticmethod
    def _moment(moment: Moment, uniform: Any, count: int) -> Any:
        import numpy as np

        spread = moment.distribution
        return np.full(count, moment.point) if spread is None else spread.quantile(uniform)


def _pseudo_random(key: str, start: int, count: int) -> Any:
    import hashlib

    import numpy as np

    digest = hashlib.sha256(key.encode()).digest()
    bits = np.random.Philox(key=int.from_bytes(digest[:16], "little"))
    # A step of the counter makes four numbers.
    bits.advance(start // 4)
    found = np.random.Generator(bits).random(start % 4 + count)[start % 4 :]
    # The open interval keeps the tails finite.
    return np.clip(found, 2.0**-54, 1 - 2.0**-53)


def draws_of(scenario: Scenario, seed: int | None = None) -> Draws:
    """Return the draws of all uncertain values that a scenario gives, asked for or not.

    Raises CalcError when correlations contradict each other.
    """
    columns = [each for case in scenario.cases for each in (case, *case.parts)]
    streams: set[str] = set()
    for column in columns:
        for name, value in column.values.items():
            if value.is_uncertain and not value.independent:
                stream = column.streams.get(name, name)
                streams.add(stream)
                if value.growth is not None and value.growth.distribution is not None:
                    streams.add(f"{stream}{GROWTH}")
    try:
        pairs = _pairs(scenario, columns)
        mixed = _mixed(pairs, _parts_of(columns))
    except CalcError as error:
        error.place = scenario.correlated_at
        raise
    return Draws(scenario.seed if seed is None else seed, scenario.method, allot(streams), mixed)


def as_chosen(scenario: Scenario, cases: Iterable[ResolvedCase]) -> Scenario:
    """Return a scenario whose draws are those of a run in which the values that a study chooses are set.

    What is set is not drawn, and Sobol points depend on all that is drawn together.
    cases: those of the study.
    """
    return replace(scenario, cases=[each.whole or each for each in cases])


def with_certain(scenario: Scenario, key: str) -> Scenario:
    """Return a scenario whose draws are those of a run in which one input, perhaps of a part, is set."""
    wanted = key_of(key)

    def certain(column: ResolvedCase, *, is_part: bool) -> ResolvedCase:
        value = column.values.get(wanted.name)
        owner = column.name if is_part and wanted.name in column.streams else ""
        values = column.values
        if value is not None and owner == wanted.part:
            values = {**values, wanted.name: replace(value, distribution=None)}
        return replace(column, values=values, parts=[certain(each, is_part=True) for each in column.parts])

    return replace(scenario, cases=[certain(each, is_part=False) for each in scenario.cases])


def allot(streams: Iterable[str]) -> dict[str, int]:
    """Return a dimension for every stream, from its name; the later name of two that meet takes the next free one.

    Few streams share the first dimensions, whose points are the most even. Streams beyond the last dimension get none.
    """
    import hashlib

    from calc.study.sobol import dimensions

    names = sorted(streams)[: dimensions()]
    # Twice as many as needed, so that few names meet; a power of two, so that another name seldom moves the others.
    count = min(dimensions(), max(_FEWEST, 1 << (2 * len(names) - 1).bit_length()))
    taken: dict[int, str] = {}
    for stream in names:
        at = int.from_bytes(hashlib.sha256(stream.encode()).digest()[:8], "little") % count
        while at in taken:
            at = (at + 1) % count
        taken[at] = stream
    return {stream: at for at, stream in taken.items()}


def _pairs(scenario: Scenario, columns: Sequence[ResolvedCase]) -> dict[tuple[str, str], float]:
    """Return the wanted rank correlation of pairs of streams, names in order."""
    found = {}
    for column in columns:
        uncertain = {name for name, value in column.values.items() if value.is_uncertain}
        for (one, other), correlation in scenario.correlated.items():
            if {one, other} <= uncertain:
                anew = next((name for name in (one, other) if column.values[name].independent), None)
                if anew:
                    message = f"`{anew}` draws each year anew, so that it has no one draw to go with another"
                    raise CalcError("E-CORRELATE", message, hint="leave out `independent`, or the correlation")
                streams = sorted(column.streams.get(name, name) for name in (one, other))
                found[streams[0], streams[1]] = correlation
    return found


def _parts_of(columns: Sequence[ResolvedCase]) -> dict[str, str]:
    """Return the part of every stream that only one part draws."""
    found: dict[str, set[str]] = {}
    for column in columns:
        for stream in column.streams.values():
            found.setdefault(stream, set()).add(column.name)
    return {stream: next(iter(parts)) for stream, parts in found.items() if len(parts) == 1}


def _mixed(pairs: dict[tuple[str, str], float], part_of: Mapping[str, str]) -> dict[str, list[tuple[str, float]]]:
    """Return what correlated streams are mixed from: the rows of the Cholesky factor of their correlations.

    A Gaussian copula with Pearson correlation 2 sin(pi r / 6) has rank correlation r.
    Source: W. H. Kruskal, Ordinal measures of association, J. Am. Stat. Assoc. 53 (1958).
    part_of: the part of each stream that is not shared.
    """
    if not pairs:
        return {}
    import numpy as np

    names = sorted({name for pair in pairs for name in pair})
    matrix = np.eye(len(names))
    for (one, other), correlation in pairs.items():
        at = names.index(one), names.index(other)
        matrix[at] = matrix[at[::-1]] = 2 * math.sin(math.pi * correlation / 6)
    try:
        _join_parts(matrix, [part_of.get(name) for name in names])
        factor = np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        message = f"the correlations of {', '.join(names)} contradict each other"
        hint = "two inputs that both go with a third cannot go against each other; take correlations nearer to 0"
        raise CalcError("E-CORRELATE", message, hint=hint) from None
    rows = {
        name: [(each, float(w)) for each, w in zip(names, factor[at], strict=True) if w]
        for at, name in enumerate(names)
    }
    return {name: parts for name, parts in rows.items() if len(parts) > 1}


def _join_parts(matrix: Any, parts: Sequence[str | None]) -> None:
    """Fill in the correlations between streams of different parts: independent of each other, given what is shared.

    No one gives these. Without shared streams they are 0; with 0 beside a shared one that both follow closely there
    would be no such streams at all.
    """
    import numpy as np

    shared = [at for at, part in enumerate(parts) if part is None]
    own = [at for at, part in enumerate(parts) if part is not None]
    follow = matrix[np.ix_(own, shared)]
    through = follow @ np.linalg.solve(matrix[np.ix_(shared, shared)], follow.T)
    for row, one in enumerate(own):
        for column, other in enumerate(own):
            if parts[one] != parts[other]:
                matrix[one, other] = through[row, column]
