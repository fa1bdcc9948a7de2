"""`place`: the plan of a case, made at the likely values, and its numbers as values that everything else follows from.

A figure that is wanted or in a condition has to grow in a straight line with servers and cabinets. How it does is found
by evaluating it with nothing placed and with one of each, and checked where much is placed.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from calc.engine.figures import NotIncluded, NoValue, Series, at_year
from calc.engine.flat import key_of, qualified
from calc.engine.graph import known_names
from calc.errors import CalcError, quote
from calc.placement.hall import SLACK, Hall, Kind, Objective, Row, Server, fits, needs_of
from calc.placement.plan import Planner
from calc.records import replace
from calc.scenario.place_section import PLACED, RACKS, SERVERS
from calc.scenario.resolve_study import flat_case, flat_scenario
from calc.study.evaluator import Evaluator
from calc.study.results import Placed
from calc.units.format import amount_text

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    from calc.engine.figures import Figure
    from calc.scenario.case import ResolvedCase, Scenario
    from calc.scenario.conditions import Condition
    from calc.scenario.place_section import Placing
    from calc.value import Value

# What sets a limit where it is given, in the order in which a report names what was not.
_LIMITS_OF_HALL = (
    "hall_it_power", "grid_power", "generator_power", "hall_air_cooling", "hall_liquid_cooling", "hall_racks",
    "hall_floor_area", "floor_load_limit",
)  # fmt: skip
_LIMITS_OF_KIND = ("rack_height", "rack_weight_limit", "rack_air_cooling")
_LIMITS_OF_SERVER = ("server_height", "server_weight")
_OF_SERVER = ("server_power", "server_height", "server_weight", "liquid_share")
_OF_KIND = (
    "racks_available", "rack_power_usable", "rack_power_rated", "rack_feed_power", "rack_power_reserved", "rack_height",
    "rack_height_reserved", "rack_weight_limit", "rack_weight_fitted", "rack_air_cooling", "rack_liquid_cooling",
    "floor_area_per_rack", "feed_phase_factor",
)  # fmt: skip
_OF_HALL = (
    "hall_it_power", "network_power", "grid_power", "generator_power", "pue", "hall_air_cooling", "hall_liquid_cooling",
    "hall_racks", "hall_floor_area", "floor_load_limit", "facility_capex_per_power",
)  # fmt: skip


class Problem:
    """The hall of one case as a function of what a study varies: numbers, rows and the objective from its figures."""

    def __init__(self, scenario: Scenario, case: ResolvedCase, changing: tuple[str, ...] = ()) -> None:
        """Prepare a flat case; scenario: one whose catalogue knows the parts."""
        if scenario.placing is None:
            raise AssertionError(case.name)
        self.placing: Placing = scenario.placing
        self.scenario, self.case = scenario, case
        # In the order of names, so that the plan does not depend on the order in which they are written.
        self.parts, self.kinds = sorted(self.placing.parts), sorted(self.placing.kinds)
        self.free = [part for part in self.parts if self._is_free(part)]
        # The values that stand where a study varies some of them.
        self.variables = [qualified(SERVERS, part) for part in self.parts] + [
            qualified(RACKS, kind) for kind in self.kinds
        ]
        self.nothing: dict[str, float] = {str(name): 0.0 for name in self.variables}
        self.names = self._known()
        self.evaluator = Evaluator(scenario, case, [*self.names, *self.placing.names], [*changing, *self.variables])
        fleets = [qualified(SERVERS, part) for part in self.parts if part not in self.free]
        self.fleets = Evaluator(scenario, case, fleets, changing) if fleets else None

    def _is_free(self, part: str) -> bool:
        value = self.case.values.get(qualified(SERVERS, part))
        return value is not None and value.status == PLACED

    def _known(self) -> list[str]:
        """Return the names of numbers of the hall that can be computed; the others are not given."""
        asked: list[str] = [qualified(name, part) for part in self.parts for name in _OF_SERVER]
        asked += [qualified(name, kind) for kind in self.kinds for name in _OF_KIND]
        asked += list(_OF_HALL)
        years = bool(self.scenario.years)
        known = known_names(self.scenario.catalogue, asked, {*self.case.values}, self.case.use, has_years=years)
        return [name for name in asked if name in known]

    # ------------------------------------------------------------ numbers

    def at(self, values: Mapping[str, float]) -> tuple[Hall, dict[str, Figure]]:
        """Return the hall at values of what a study varies, with the figures that it is made of.

        Raises CalcError where a figure cannot be placed by.
        """
        figures = self._figures({**values, **self.nothing})
        fleets = self.fleets.at(values) if self.fleets else {}
        servers = tuple(self._server(part, figures, fleets) for part in self.parts)
        area = self._one(figures, "floor_load_limit")
        kinds = tuple(self._kind(kind, figures, area) for kind in self.kinds)
        self._refuse_homeless(servers, kinds)
        if not self.placing.names and not any(each.fleet for each in servers):
            hint = "give `servers` in a part, or say under `place` what to `maximise`, as in `place: {maximise: gpus}`"
            raise self._error("no part says how many servers it has, and `place` wants nothing", hint)
        hall = Hall(kinds, servers)
        rows = tuple(self._rows_of_hall(hall, figures))
        objective, wishes = self._straight_lines(values, hall)
        return replace(hall, rows=(*rows, *wishes), objective=objective), figures

    def _figures(self, values: Mapping[str, float]) -> dict[str, Figure]:
        """Return the figures at numbers of servers and cabinets."""
        try:
            return self.evaluator.at(values)
        except CalcError as error:
            if error.code != "E-NOT-FINITE":
                raise
            hint = "name an amount that adds up; a ratio has no value where nothing stands"
            raise self._error(f"what is wanted is a ratio: {error.message}", hint) from None

    def _one(self, figures: Mapping[str, Figure], name: str) -> float | None:
        """Return a number of the hall, None where it is not given.

        Raises CalcError for one that differs from year to year, or has no value.
        """
        figure = figures.get(name)
        if figure is None or isinstance(figure, NotIncluded):
            return None
        if isinstance(figure, Series):
            hint = "give one value: a plan is made once, for all years"
            raise self._error(f"`{name}` differs from year to year", hint)
        if isinstance(figure, NoValue):
            raise self._error(f"`{name}` has no value: {figure.reason}", "look at what it is computed from")
        return float(figure)

    def _whole(self, figures: Mapping[str, Figure], name: str) -> int:
        number = self._one(figures, name)
        if number is None or abs(number - round(number)) > SLACK * max(1.0, number):
            text = "no value" if number is None else amount_text(number, self.scenario.catalogue[name].unit)
            raise self._error(f"`{name}` is {text}, and only whole ones are placed", "give a whole number")
        return round(number)

    def _server(self, part: str, figures: Mapping[str, Figure], fleets: Mapping[str, Figure]) -> Server:
        power, height, weight, share = (self._one(figures, qualified(name, part)) for name in _OF_SERVER)
        if not power:
            raise self._error(f"a server of part {quote(part)} draws no power", "give its `server_power`, above 0 kW")
        fleet = None if part in self.free else self._whole(fleets, qualified(SERVERS, part))
        in_liquid = power * (share or 0.0)
        return Server(part, power, height or 0.0, weight or 0.0, power - in_liquid, in_liquid, fleet)

    def _kind(self, kind: str, figures: Mapping[str, Figure], floor_load: float | None) -> Kind:
        found = {name: self._one(figures, qualified(name, kind)) for name in _OF_KIND}
        usable = found["rack_power_usable"] or 0.0
        rated = next(
            (each for each in (found["rack_power_rated"], found["rack_feed_power"]) if each is not None), usable
        )
        reserved, own = found["rack_power_reserved"] or 0.0, found["rack_weight_fitted"] or 0.0
        carried = [each for each in (found["rack_weight_limit"],) if each is not None]
        if floor_load is not None and found["floor_area_per_rack"] is not None:
            carried.append(floor_load * found["floor_area_per_rack"])

        def rest(whole: float | None, taken: float | None) -> float:
            return math.inf if whole is None else max(0.0, whole - (taken or 0.0))

        return Kind(
            kind, self._whole(figures, qualified("racks_available", kind)), max(rated, usable), usable, reserved,
            rest(found["rack_height"], found["rack_height_reserved"]), rest(min(carried, default=None), own),
            rest(found["rack_air_cooling"], reserved), found["rack_liquid_cooling"] or 0.0, own,
        )  # fmt: skip

    def _refuse_homeless(self, servers: tuple[Server, ...], kinds: tuple[Kind, ...]) -> None:
        """Refuse servers that are needed and fit into no kind of cabinets; of others none is placed, and noted why."""
        self.notes: list[str] = []
        ones = [tuple(int(each == at) for each in range(len(servers))) for at in range(len(servers))]
        homeless = [at for at, one in enumerate(ones) if not any(fits(kind, servers, one) for kind in kinds)]
        named = {key_of(name).part for each in self.placing.conditions for name in each.names}
        for server in (servers[at] for at in homeless if servers[at].fleet != 0):
            reasons = {kind.name: self._why_not(server, kind) for kind in kinds}
            if server.fleet or server.name in named or len(homeless) == len(servers):
                told = "; ".join(f"{quote(kind)}: {', '.join(each)}" for kind, each in reasons.items())
                hint = "give a kind of cabinets that holds it, or leave the part out"
                raise self._error(f"a server of part {quote(server.name)} fits into no cabinet: {told}", hint)
            nearest = min(reasons, key=lambda kind: len(reasons[kind]))
            self.notes.append(
                f"no server of part {quote(server.name)} is placed: it fits into no cabinet, and in the nearest, "
                f"{quote(nearest)}, {', '.join(reasons[nearest])}"
            )

    def _why_not(self, server: Server, kind: Kind) -> list[str]:
        """Return everything that keeps a server out of an empty cabinet."""
        units = ("kW", "U", "kg", "kW", "kW")
        factors = (1000.0, 1.0, 1.0, 1000.0, 1000.0)
        words = ("", "", "", " of air cooling", " of liquid cooling")
        found = []
        for need, cap, unit, factor, word in zip(needs_of(server), kind.caps, units, factors, words, strict=True):
            if need > cap + SLACK * max(need, cap):
                found.append(f"needs {need / factor:,.6g} {unit}{word}, has {cap / factor:,.6g}")
        return found

    def _rows_of_hall(self, hall: Hall, figures: Mapping[str, Figure]) -> list[Row]:
        """Return what the hall gives to all cabinets together, as far as it is given."""
        one = {name: self._one(figures, name) for name in _OF_HALL}
        power, reserved = [each.power for each in hall.servers], [each.reserved for each in hall.kinds]
        none, count = [0.0] * len(hall.kinds), [1.0] * len(hall.kinds)
        network = one["network_power"] or 0.0
        found: list[Row] = []

        def limit(name: str, servers: list[float], kinds: list[float], high: float | None) -> None:
            if high is not None:
                found.append(Row(name, tuple(servers), tuple(kinds), high=max(0.0, high)))

        limit(
            "hall_it_power", power, reserved, None if one["hall_it_power"] is None else one["hall_it_power"] - network
        )
        for name in ("grid_power", "generator_power"):
            given = one[name]
            if given is not None:
                pue = one["pue"]
                if pue is None:
                    hint = "give `pue` under `inputs:`; it holds for the whole hall"
                    raise self._error(f"`{name}` limits the hall through its `pue`, which is not given", hint)
                limit(name, [each * pue for each in power], [each * pue for each in reserved], given - network * pue)
        air = one["hall_air_cooling"]
        limit(
            "hall_air_cooling", [each.in_air for each in hall.servers], reserved, None if air is None else air - network
        )
        limit("hall_liquid_cooling", [each.in_liquid for each in hall.servers], none, one["hall_liquid_cooling"])
        limit("hall_racks", [0.0] * len(power), count, one["hall_racks"])
        areas = [self._one(figures, qualified("floor_area_per_rack", kind)) for kind in self.kinds]
        if one["hall_floor_area"] is not None:
            if all(each is not None for each in areas):
                limit("hall_floor_area", [0.0] * len(power), [each or 0.0 for each in areas], one["hall_floor_area"])
            if one["floor_load_limit"] is not None:
                area = one["hall_floor_area"]
                weights = [each.weight / area for each in hall.servers]
                limit(
                    "floor_load_limit", weights, [each.own_weight / area for each in hall.kinds],
                    one["floor_load_limit"],
                )  # fmt: skip
        return found

    # ------------------------------------------------------------ what is wanted

    def _straight_lines(self, values: Mapping[str, float], hall: Hall) -> tuple[Objective | None, list[Row]]:
        """Return what is minimised, and the conditions as rows."""
        placing, years = self.placing, self.scenario.years
        if not placing.names:
            return None, []
        points: list[dict[str, float]] = [{}, *({str(name): 1.0} for name in self.variables), *self._far(hall)]
        found = [self._figures({**values, **self.nothing, **point}) for point in points]

        def line(text: str, value: Callable[[Mapping[str, Figure]], float]) -> tuple[float, list[float]]:
            return self._line(text, [value(each) for each in found], points)

        objective = None
        if placing.wanted:
            sign = -1.0 if placing.sense == "maximise" else 1.0
            base, slopes = line(
                placing.text, lambda each: math.fsum(self._figure(each, name) for name in placing.wanted)
            )
            if not any(slopes):
                hint = "name a figure of servers or of cabinets that are used, as in `maximise: gpus`"
                raise self._error(f"nothing that is placed changes what is wanted, {quote(placing.text)}", hint)
            objective = Objective(*self._split([sign * each for each in slopes]), base)
        rows: list[Row] = []
        for condition in placing.conditions:
            for at in range(max(1, len(years))):
                base, slopes = line(condition.text, partial(self._margin, condition, at))
                row = self._wish(condition, base, slopes)
                if row not in rows:
                    rows.append(row)
        return objective, rows

    def _far(self, hall: Hall) -> list[dict[str, float]]:
        """Return three points at which much is placed, the same on every run."""
        most = [1.0 + sum(kind.available for kind in hall.kinds) * 8.0] * len(self.parts)
        most += [1.0 + kind.available for kind in hall.kinds]
        golden = (math.sqrt(5) - 1) / 2
        numbered = list(enumerate(zip(self.variables, most, strict=True), 1))
        return [
            {str(name): float(math.floor(top * (at * turn * golden % 1))) for at, (name, top) in numbered}
            for turn in range(1, 4)
        ]

    def _line(self, text: str, values: list[float], points: list[dict[str, float]]) -> tuple[float, list[float]]:
        """Return a figure with nothing placed and what one of each adds, checked where much is placed.

        Raises CalcError for what does not grow in a straight line.
        """
        base, ones = values[0], values[1 : 1 + len(self.variables)]
        slopes = [value - base for value in ones]
        for value, point in zip(values[1 + len(self.variables) :], points[1 + len(self.variables) :], strict=True):
            terms = [base, *(slope * point[name] for slope, name in zip(slopes, self.variables, strict=True))]
            if abs(value - math.fsum(terms)) > 1e-6 * max(abs(value), *map(abs, terms)):
                hint = "name an amount that adds up, such as a cost or GPUs; a ratio or a rounded figure does not"
                message = f"{quote(text)} does not grow in a straight line with servers and cabinets"
                raise self._error(message, hint)
        return base, slopes

    def _figure(self, figures: Mapping[str, Figure], name: str) -> float:
        figure = figures[name]
        if isinstance(figure, Series):
            hint = f"want a sum over the years, such as `total({key_of(name).name})`, as a formula"
            raise self._error(f"`{name}` differs from year to year", hint)
        return self._number(figure, name)

    def _number(self, figure: Figure, name: str) -> float:
        if isinstance(figure, NotIncluded):
            raise self._error(f"`{name}` is {figure.reason}", "give what it needs, or name another figure")
        if isinstance(figure, NoValue):
            hint = "name an amount that adds up; a ratio has no value where nothing stands"
            raise self._error(
                f"{quote(name)} is a ratio: with nothing placed it has no value, because {figure.reason}", hint
            )
        assert isinstance(figure, float | int)  # noqa: S101  # what else a figure can be was looked at
        return float(figure)

    def _margin(self, condition: Condition, year: int, figures: Mapping[str, Figure]) -> float:
        """Return the left side less the right one in a year."""
        left, right = (at_year(side, year) for side in condition.sides(figures, self.scenario.years))
        return self._number(left, condition.text) - self._number(right, condition.text)

    def _wish(self, condition: Condition, base: float, slopes: list[float]) -> Row:
        """Return a condition as a row; what is strict is so by as little as can be told apart."""
        small = 0.0 if condition.op.or_equal else 1e-6 * max(1.0, abs(base))
        servers, kinds = self._split(slopes)
        if condition.op.is_less:
            return Row(condition.text, servers, kinds, high=-base - small, is_wish=True)
        return Row(condition.text, servers, kinds, low=-base + small, is_wish=True)

    def _split(self, slopes: list[float]) -> tuple[tuple[float, ...], tuple[float, ...]]:
        return tuple(slopes[: len(self.parts)]), tuple(slopes[len(self.parts) :])

    def _error(self, message: str, hint: str) -> CalcError:
        where = "" if self.case.name == "base" else f" in case {quote(self.case.name)}"
        return CalcError("E-PLACE", f"{message}{where}", place=self.placing.place, hint=hint)


def problem_of(scenario: Scenario, case: ResolvedCase) -> Problem:
    """Return the problem of a case as it stands."""
    return Problem(flat_scenario(scenario), flat_case(scenario.catalogue, case, scenario.years))


def place_case(scenario: Scenario, case: ResolvedCase) -> Placed:
    """Return the plan of a case, and make its numbers values of its parts.

    Raises CalcError.
    """
    problem = problem_of(scenario, case)
    hall, figures = problem.at({})
    _note_used(case, problem)
    planner = Planner(hall)
    plan = planner.plan()
    found = Placed(case.name, problem.placing, hall, planner, figures, plan)
    given = {name for name, each in figures.items() if not isinstance(each, NotIncluded)}
    found.not_limited = _not_limited(problem.kinds, problem.parts, given)
    found.notes = [*problem.notes, *_without_need(problem.kinds, problem.parts, given)]
    if plan is None:
        found.ways = planner.ways_out()
        # What follows from a plan that does not exist has no figures.
        for column in (case, *case.parts):
            column.wanted, column.needed = [], []
        case.totals = {}
        return found
    put(case, found)
    return found


def _note_used(case: ResolvedCase, problem: Problem) -> None:
    """Note the given values that the plan uses, so that a report lists them too."""
    columns = {"": case, **{part.name: part for part in case.parts}}
    for key in map(key_of, problem.evaluator.plan.leaves):
        users = [key.part] if key.part else list(columns)
        for column in (columns[each] for each in users):
            value = column.values.get(key.name)
            if value is not None and value.status != PLACED and (key.part or column is case):
                column.studied.append(key.name)


def place_cases(scenario: Scenario) -> list[Placed]:
    """Return the plan of every case; its numbers are then values of the case, and of what studies make of it.

    Raises CalcError.
    """
    studies = scenario.studies
    for asked in studies.asked.values():
        asked.study.refuse_place(asked.request)
    found = [place_case(scenario, case) for case in scenario.cases]
    by_name = {each.case: each for each in found}
    for case in studies.cases(*(name for name, each in studies.asked.items() if not each.study.plans_itself)):
        if case.name in by_name:
            put(case, by_name[case.name])
            if case.whole is not None:
                put(case.whole, by_name[case.name])
    return found


def put(case: ResolvedCase, found: Placed) -> None:
    """Give a case, or one whose parts are names, the numbers of a plan."""
    source = found.placing.text or "all servers, in the least rated power"
    for name, number in found.values.items():
        for key, values in _places(case, name):
            known = values.get(key)
            if known is not None and known.status == PLACED:
                values[key] = replace(known, point=number * 1.0, source=source)


def _places(case: ResolvedCase, name: str) -> list[tuple[str, dict[str, Value]]]:
    for part in case.parts:
        for base in (SERVERS, RACKS):
            if name == qualified(base, part.name):
                return [(base, part.values)]
    return [(name, case.values)]


def _not_limited(kinds: Sequence[str], parts: Sequence[str], given: Container[str]) -> list[str]:
    """Return what would set a limit and is given nowhere."""
    found = [name for name in _LIMITS_OF_HALL if name not in given]
    for names, places in ((_LIMITS_OF_KIND, kinds), (_LIMITS_OF_SERVER, parts)):
        for name in names:
            without = [place for place in places if qualified(name, place) not in given]
            found += [name] if len(without) == len(places) else [qualified(name, place) for place in without]
    return found


def _without_need(kinds: Sequence[str], parts: Sequence[str], given: Container[str]) -> list[str]:
    """Return a warning for every limit of cabinets that some part does not say what it takes of."""
    found = []
    pairs = (
        ("rack_height", "server_height"),
        ("rack_weight_limit", "server_weight"),
        ("floor_load_limit", "server_weight"),
    )
    for limit, need in pairs:
        if limit in given or any(qualified(limit, kind) in given for kind in kinds):
            lacking = [part for part in parts if qualified(need, part) not in given]
            if lacking:
                found.append(f"`{limit}` sets no limit to {', '.join(lacking)}: `{need}` is not given there")
    liquid = any(qualified("rack_liquid_cooling", kind) in given for kind in kinds)
    if (liquid or "hall_liquid_cooling" in given) and not any(qualified("liquid_share", p) in given for p in parts):
        limit = "rack_liquid_cooling" if liquid else "hall_liquid_cooling"
        found.append(f"`{limit}` cools no server: no part gives `liquid_share`, so air takes all heat")
    return found
