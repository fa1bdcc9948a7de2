"""Draws of uncertain inputs: one number for every stream and position, whatever is drawn together, where and when."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

from calc.arrays import np
from calc.engine.flat import key_of
from calc.engine.graph import LoopError, derivable, known_names
from calc.errors import CalcError
from calc.records import dataclass, field, replace
from calc.scenario.display import plan_of_values
from calc.scenario.requested import model_checks, names_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from calc.arrays import Array, Bits
    from calc.scenario.case import ResolvedCase, Scenario
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
    _latest: dict[object, tuple[Value, Array]] = field(default_factory=dict)
    _position: tuple[int, int] = (0, 0)

    def uniform(self, stream: str, start: int, count: int) -> Array:
        """Return the numbers inside (0, 1) at positions `start` to `start + count` of a stream."""
        parts = self.mixed.get(stream)
        if parts is None:
            return self._own(stream, start, count)
        from calc.value import normal_quantile, normal_shares_below

        mixed = sum(weight * normal_quantile(self._own(each, start, count)) for each, weight in parts)
        return normal_shares_below(mixed)

    def _own(self, stream: str, start: int, count: int) -> Array:
        if self.method == "random" or stream not in self.dimensions:
            return _pseudo_random(f"{self.seed}:{stream}", start, count)
        if stream not in self._coordinates:
            self._coordinates[stream] = Coordinate(self.dimensions[stream], f"{self.seed}:{stream}")
        return self._coordinates[stream].points(start, count)

    def is_alike(self, other: Draws, stream: str) -> bool:
        """Tell whether a stream, and that of its growth, is the same in other draws of the same seed."""
        own = [stream, f"{stream}{GROWTH}"]
        mixed = [self.mixed.get(each) for each in own]
        needed = [*own, *(name for parts in mixed if parts for name, _ in parts)]
        same = mixed == [other.mixed.get(each) for each in own]
        return same and all(self.dimensions.get(each) == other.dimensions.get(each) for each in needed)

    def value(self, stream: str, value: Value, years: Sequence[int], start: int, count: int) -> Array:
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

    def _drawn(self, stream: str, value: Value, years: Sequence[int], start: int, count: int) -> Array:
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

    def growth(self, stream: str, growth: Moment, start: int, count: int) -> Array:
        """Return samples of the growth of what has a stream, a pure number a year of shape (count,)."""
        uniform = self.uniform(f"{stream}{GROWTH}", start, count) if growth.distribution else None
        return self._moment(growth, uniform, count)

    @staticmethod
    def _moment(moment: Moment, uniform: Array | None, count: int) -> Array:
        spread = moment.distribution
        return np.full(count, moment.point) if spread is None or uniform is None else spread.quantile(uniform)


def _pseudo_random(key: str, start: int, count: int) -> Array:
    import hashlib

    digest = hashlib.sha256(key.encode()).digest()
    bits = np.random.Philox(key=int.from_bytes(digest[:16], "little"))
    # A step of the counter makes four numbers.
    bits.advance(start // 4)
    found = np.random.Generator(bits).random(start % 4 + count)[start % 4 :]
    # They are below 1; above 0 the tails are finite.
    return np.maximum(found, 2.0**-54)


def draws_of(scenario: Scenario, seed: int | None = None) -> Draws:
    """Return the draws of all uncertain values that a scenario gives, asked for or not.

    No draw depends on what neither the scenario's own figures nor their checks and verdicts use: that has pseudo-random
    numbers, each by its own name.
    Raises CalcError when correlations contradict each other.
    """
    columns = [each for case in scenario.cases for each in (case, *case.parts)]
    used = set(scenario.defaults)
    for column in columns:
        drawn = {name: each for name, each in column.values.items() if each.is_uncertain and not each.independent}
        # Default facts have their places, used or not.
        reached = _reached(scenario, column, drawn) if drawn.keys() - scenario.defaults else drawn.keys()
        for name, value in drawn.items():
            if name in reached:
                stream = column.streams.get(name, name)
                grows = value.growth is not None and value.growth.distribution is not None
                used |= {stream, f"{stream}{GROWTH}"} if grows else {stream}
    try:
        pairs = _pairs(scenario, columns)
        mixed = _mixed(pairs, _parts_of(columns), used)
    except CalcError as error:
        error.place = scenario.correlated_at
        raise
    return Draws(scenario.seed if seed is None else seed, scenario.method, allot(used), mixed)


def _reached(scenario: Scenario, column: ResolvedCase, drawn: Iterable[str]) -> AbstractSet[str]:
    """Return the given names that the scenario's own figures, their checks and verdicts come down to, whoever asks.

    drawn: those that matter.
    """
    values, use, totals = column.values, column.use, scenario.totals
    names = scenario.figures
    if names is None:
        names = *totals, *derivable(scenario.catalogue, {*values, *totals}, use, has_years=bool(scenario.years))
    try:
        plan = plan_of_values(scenario.catalogue, names, values, use, set(totals))
        added = plan_of_values(scenario.catalogue, [totals[each] for each in plan.totals], values, use)
        found = {*plan.leaves, *added.leaves}
        if found.issuperset(drawn):
            return found
        asked = [name for each in model_checks(scenario, values.keys(), use, totals) for name in each.names]
        about = [each for each in scenario.catalogue.verdicts.values() if not set(each.about).isdisjoint(names)]
        told = {name for each in about for name in names_of(each, scenario.catalogue)}
        known = known_names(scenario.catalogue, told, values.keys(), use, set(totals), has_years=bool(scenario.years))
        asked += sorted(told.intersection(known))
        return found.union(plan_of_values(scenario.catalogue, asked, values, use, set(totals)).leaves)
    except LoopError:
        # They cannot be answered, and something else is.
        return values.keys()


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


def _mixed(
    pairs: dict[tuple[str, str], float], part_of: Mapping[str, str], used: AbstractSet[str]
) -> dict[str, list[tuple[str, float]]]:
    """Return what correlated streams are mixed from: the rows of the Cholesky factor of their correlations.

    A Gaussian copula with Pearson correlation 2 sin(pi r / 6) has rank correlation r.
    Source: W. H. Kruskal, Ordinal measures of association, J. Am. Stat. Assoc. 53 (1958).
    part_of: the part of each stream that is not shared. used: streams that are mixed from none of the others.
    """
    if not pairs:
        return {}
    names = sorted({name for pair in pairs for name in pair}, key=lambda name: (name not in used, name))
    count = sum(name in used for name in names)
    matrix = np.eye(len(names))
    for (one, other), correlation in pairs.items():
        at = names.index(one), names.index(other)
        matrix[at] = matrix[at[::-1]] = 2 * math.sin(math.pi * correlation / 6)
    try:
        _join_parts(matrix, [part_of.get(name) for name in names])
        factor = np.linalg.cholesky(matrix)
        # Their digits are those of a matrix without the others.
        factor[:count, :count] = np.linalg.cholesky(matrix[:count, :count])
    except np.linalg.LinAlgError:
        message = f"the correlations of {', '.join(names)} contradict each other"
        hint = "two inputs that both go with a third cannot go against each other; take correlations nearer to 0"
        raise CalcError("E-CORRELATE", message, hint=hint) from None
    rows = {
        name: [(each, float(w)) for each, w in zip(names, factor[at], strict=True) if w]
        for at, name in enumerate(names)
    }
    return {name: parts for name, parts in rows.items() if len(parts) > 1}


def _join_parts(matrix: Array, parts: Sequence[str | None]) -> None:
    """Fill in the correlations between streams of different parts: independent of each other, given what is shared.

    No one gives these. Without shared streams they are 0; with 0 beside a shared one that both follow closely there
    would be no such streams at all.
    """
    shared = [at for at, part in enumerate(parts) if part is None]
    own = [at for at, part in enumerate(parts) if part is not None]
    follow = matrix[np.ix_(own, shared)]
    through = follow @ np.linalg.solve(matrix[np.ix_(shared, shared)], follow.T)
    for row, one in enumerate(own):
        for column, other in enumerate(own):
            if parts[one] != parts[other]:
                matrix[one, other] = through[row, column]


BITS = 52
# Positions are split into the lowest bits, the bits above them, and the rest.
_LOW = 12
# Bits of a position: enough for a million million points.
_POSITIONS = 41
_ONE = 0x3FF << BITS


@cache
def _table() -> list[tuple[int, tuple[int, ...]]]:
    rows: list[tuple[int, tuple[int, ...]]] = [(0, ())]
    for word in DIRECTIONS.split():
        polynomial, _, first = word.partition(":")
        rows.append((int(polynomial), tuple(map(int, first.split(",")))))
    return rows


def dimensions() -> int:
    """Return how many dimensions there are."""
    return len(_table())


def direction_numbers(dimension: int) -> list[int]:
    """Return the direction numbers of a dimension, counted from 0, as binary fractions of 52 bits."""
    polynomial, first = _table()[dimension]
    degree = len(first)
    found = list(first) if dimension else [1] * BITS
    for _ in range(len(found), BITS):
        each = found[-degree] ^ (found[-degree] << degree)
        for back in range(1, degree):
            if polynomial >> (degree - back) & 1:
                each ^= found[-back] << back
        found.append(each)
    return [each << (BITS - 1 - at) for at, each in enumerate(found)]


class Coordinate:
    """One coordinate of a Sobol sequence, scrambled by a random matrix and a random shift.

    Source: J. Matousek, On the L2-discrepancy for anchored boxes, J. Complexity 14 (1998), for the scrambling.
    """

    def __init__(self, dimension: int, key: str) -> None:
        """Take the words that choose the scrambling from `key`."""
        import hashlib

        words = np.frombuffer(hashlib.shake_256(key.encode()).digest(8 * (BITS + 1)), dtype="<u8")
        ones = np.uint64(1) << np.arange(BITS, dtype=np.uint64)
        # A bit turns into itself and some of those below it: the columns of a lower triangular matrix.
        columns = ones | words[:BITS] & (ones - np.uint64(1))
        plain = np.array(direction_numbers(dimension)[:_POSITIONS], dtype=np.uint64)[:, np.newaxis]
        directions = np.bitwise_xor.reduce(np.where(plain & ones, columns, np.uint64(0)), axis=1)
        self.directions = directions.tolist()
        self.shift = int(words[BITS]) & ((1 << BITS) - 1)
        self.low = _combinations(directions[:_LOW])
        self.middle = _combinations(directions[_LOW : 2 * _LOW])[:, np.newaxis]

    def points(self, start: int, count: int) -> Array:
        """Return the coordinate of points `start` to `start + count`: an array of numbers inside (0, 1)."""
        first, last = start >> _LOW, (start + count - 1 >> _LOW) + 1
        bits = np.empty((last - first, 1 << _LOW), dtype=np.uint64)
        at = first
        while at < last:
            group = at >> _LOW
            end = min(last, group + 1 << _LOW)
            inside = slice(at - (group << _LOW), end - (group << _LOW))
            high = self.middle[inside] ^ np.uint64(self._rest(group))
            np.bitwise_xor(high, self.low, out=bits[at - first : end - first])
            at = end
        values = bits.view(np.float64)
        # The bits stand behind the point of a number in [1, 2); half a step more keeps clear of 0 and of 1.
        np.subtract(values, 1.0 - 2.0 ** -(BITS + 1), out=values)
        offset = start - (first << _LOW)
        return values.reshape(-1)[offset : offset + count]

    def _rest(self, group: int) -> int:
        found = self.shift | _ONE
        for each in self.directions[2 * _LOW :]:
            if group & 1:
                found ^= each
            group >>= 1
        return found


def _combinations(directions: Bits) -> Bits:
    """Return the exclusive or of every subset of directions, by the bits of its position."""
    found = np.zeros(1, dtype=np.uint64)
    for each in directions:
        found = np.concatenate([found, found ^ each])
    return found


DIRECTIONS = """
3:1 7:1,3 11:1,3,1 13:1,1,1 19:1,1,3,3 25:1,3,5,13 37:1,1,5,5,17 41:1,1,5,5,5 47:1,1,7,11,19 55:1,1,5,1,1
59:1,1,1,3,11 61:1,3,5,5,31 67:1,3,3,9,7,49 91:1,1,1,15,21,21 97:1,3,1,13,27,49 103:1,1,1,15,7,5 109:1,3,1,15,13,25
115:1,1,5,5,19,61 131:1,3,7,11,23,15,103 137:1,3,7,13,13,15,69 143:1,1,3,13,7,35,63 145:1,3,5,9,1,25,53
157:1,3,1,13,9,35,107 167:1,3,1,5,27,61,31 171:1,1,5,11,19,41,61 185:1,3,5,3,3,13,69 191:1,1,7,13,1,19,1
193:1,3,7,5,13,19,59 203:1,1,3,9,25,29,41 211:1,3,5,13,23,1,55 213:1,3,7,3,13,59,17 229:1,3,1,3,5,53,69
239:1,1,5,5,23,33,13 241:1,1,7,7,1,61,123 247:1,1,7,9,13,61,49 253:1,3,3,5,3,55,33 285:1,3,1,15,31,13,49,245
299:1,3,5,15,31,59,63,97 301:1,3,1,11,11,11,77,249 333:1,3,1,11,27,43,71,9 351:1,1,7,15,21,11,81,45
355:1,3,7,3,25,31,65,79 357:1,3,1,1,19,11,3,205 361:1,1,5,9,19,21,29,157 369:1,3,7,11,1,33,89,185
391:1,3,3,3,15,9,79,71 397:1,3,7,11,15,39,119,27 425:1,1,3,1,11,31,97,225 451:1,1,1,3,23,43,57,177
463:1,3,7,7,17,17,37,71 487:1,3,1,5,27,63,123,213 501:1,1,3,5,11,43,53,133 529:1,3,5,5,29,17,47,173,479
539:1,3,3,11,3,1,109,9,69 545:1,1,1,5,17,39,23,5,343 557:1,3,1,5,25,15,31,103,499 563:1,1,1,11,11,17,63,105,183
601:1,1,5,11,9,29,97,231,363 607:1,1,5,15,19,45,41,7,383 617:1,3,7,7,31,19,83,137,221 623:1,1,1,3,23,15,111,223,83
631:1,1,5,13,31,15,55,25,161 637:1,1,3,13,25,47,39,87,257 647:1,1,1,11,21,53,125,249,293 661:1,1,7,11,11,7,57,79,323
675:1,1,5,5,17,13,81,3,131 677:1,1,7,13,23,7,65,251,475 687:1,3,5,1,9,43,3,149,11 695:1,1,3,13,31,13,13,255,487
701:1,3,3,1,5,63,89,91,127 719:1,1,3,3,1,19,123,127,237 721:1,1,5,7,23,31,37,243,289 731:1,1,5,11,17,53,117,183,491
757:1,1,1,5,1,13,13,209,345 761:1,1,3,15,1,57,115,7,33 787:1,3,1,11,7,43,81,207,175 789:1,3,1,1,15,27,63,255,49
799:1,3,5,3,27,61,105,171,305 803:1,1,5,3,1,3,57,249,149 817:1,1,3,5,5,57,15,13,159 827:1,1,1,11,7,11,105,141,225
847:1,3,3,5,27,59,121,101,271 859:1,3,5,9,11,49,51,59,115 865:1,1,7,1,23,45,125,71,419 875:1,1,3,5,23,5,105,109,75
877:1,1,7,15,7,11,67,121,453 883:1,3,7,3,9,13,31,27,449 895:1,3,1,15,19,39,39,89,15 901:1,1,1,1,1,33,73,145,379
911:1,3,1,15,15,43,29,13,483 949:1,1,7,3,19,27,85,131,431 953:1,3,3,3,5,35,23,195,349 967:1,3,3,7,9,27,39,59,297
971:1,1,3,9,11,17,13,241,157 973:1,3,7,15,25,57,33,189,213 981:1,1,7,1,9,55,73,83,217 985:1,3,3,13,19,27,23,113,249
995:1,3,5,3,23,43,3,253,479 1001:1,1,5,5,11,5,45,117,217 1019:1,3,3,7,29,37,33,123,147
1033:1,3,1,15,5,5,37,227,223,459 1051:1,1,7,5,5,39,63,255,135,487 1063:1,3,1,7,9,7,87,249,217,599
1069:1,1,3,13,9,47,7,225,363,247 1125:1,3,7,13,19,13,9,67,9,737 1135:1,3,5,5,19,59,7,41,319,677
1153:1,1,5,3,31,63,15,43,207,789 1163:1,1,7,9,13,39,3,47,497,169 1221:1,3,1,7,21,17,97,19,415,905
1239:1,3,7,1,3,31,71,111,165,127 1255:1,1,5,11,1,61,83,119,203,847 1267:1,3,3,13,9,61,19,97,47,35
1279:1,1,7,7,15,29,63,95,417,469 1293:1,3,1,9,25,9,71,57,213,385 1305:1,3,5,13,31,47,101,57,39,341
1315:1,1,3,3,31,57,125,173,365,551 1329:1,3,7,1,13,57,67,157,451,707 1341:1,1,1,7,21,13,105,89,429,965
1347:1,1,5,9,17,51,45,119,157,141 1367:1,3,7,7,13,45,91,9,129,741 1387:1,3,7,1,23,57,67,141,151,571
1413:1,1,3,11,17,47,93,107,375,157 1423:1,3,3,5,11,21,43,51,169,915 1431:1,1,5,3,15,55,101,67,455,625
1441:1,3,5,9,1,23,29,47,345,595 1479:1,3,7,7,5,49,29,155,323,589 1509:1,3,3,7,5,41,127,61,261,717
1527:1,3,7,7,17,23,117,67,129,1009 1531:1,1,3,13,11,39,21,207,123,305 1555:1,1,3,9,29,3,95,47,231,73
1557:1,3,1,9,1,29,117,21,441,259 1573:1,3,1,13,21,39,125,211,439,723 1591:1,1,7,3,17,63,115,89,49,773
1603:1,3,7,13,11,33,101,107,63,73 1615:1,1,5,5,13,57,63,135,437,177 1627:1,1,3,7,27,63,93,47,417,483
1657:1,1,3,1,23,29,1,191,49,23 1663:1,1,3,15,25,55,9,101,219,607 1673:1,3,1,7,7,19,51,251,393,307
1717:1,3,3,3,25,55,17,75,337,3 1729:1,1,1,13,25,17,65,45,479,413 1747:1,1,7,7,27,49,99,161,213,727
1759:1,3,5,1,23,5,43,41,251,857 1789:1,3,3,7,11,61,39,87,383,835 1815:1,1,3,15,13,7,29,7,505,923
1821:1,3,7,1,5,31,47,157,445,501 1825:1,1,3,7,1,43,9,147,115,605 1849:1,3,3,13,5,1,119,211,455,1001
1863:1,1,3,5,13,19,3,243,75,843 1869:1,3,7,7,1,19,91,249,357,589 1877:1,1,1,9,1,25,109,197,279,411
1881:1,3,1,15,23,57,59,135,191,75 1891:1,1,5,15,29,21,39,253,383,349 1917:1,3,3,5,19,45,61,151,199,981
1933:1,3,5,13,9,61,107,141,141,1 1939:1,3,1,11,27,25,85,105,309,979 1969:1,3,3,11,19,7,115,223,349,43
2011:1,1,7,9,21,39,123,21,275,927 2035:1,1,7,13,15,41,47,243,303,437 2041:1,1,1,7,7,3,15,99,409,719
"""
