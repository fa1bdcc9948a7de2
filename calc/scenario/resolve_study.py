"""The cases of every study, resolved with the values that it chooses above all others, their parts as names."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from calc.engine.flat import SHARED, flag_of, flat_catalogue, key_of, qualified
from calc.engine.graph import derivable
from calc.errors import CalcError, quote
from calc.records import replace
from calc.scenario.axis import Axis
from calc.scenario.case import Layer
from calc.scenario.conditions import EVERY_PART, base_name
from calc.scenario.display import plan_of_values
from calc.scenario.place_section import PLACED, RACKS, SERVERS, home, needed_of, parts_of_totals
from calc.scenario.requested import shown_names
from calc.scenario.resolve_case import choices_of, finish, follows, is_at_site, lay_case, streams_of
from calc.text import and_list, or_list
from calc.units import RATIO
from calc.value import Moment, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from calc.engine.catalogue import Catalogue
    from calc.scenario.axis import Range
    from calc.scenario.case import Context, ResolvedCase, Scenario
    from calc.scenario.place_section import Placing
    from calc.scenario.requested import Asking
    from calc.scenario.resolve_case import Levels
    from calc.scenario.shapes import Case
    from calc.scenario.studies import Studies


# The values that a study chooses: in all parts under the empty name, and in single ones.
Chosen = dict[str, Layer]


def _chosen_names(chosen: Chosen) -> set[str]:
    """Return the names that a study chooses, those of a part with it."""
    return {qualified(name, part) for part, layer in chosen.items() for name in layer.values}


class _Resolution:
    """A case and its parts with what a study chooses laid over them."""

    def __init__(self, context: Context, name: str, case: Case, levels: Levels, chosen: Chosen) -> None:
        self.context = context
        self.name = name
        self.chosen = chosen
        self.site = lay_case(context, name, "", [case], levels, [chosen.get("", Layer())])
        self.parts = {
            part: lay_case(
                context, name, part, choices_of(context, case, part), levels,
                [chosen.get("", Layer()), chosen.get(part, Layer())],
            )
            for part in context.document.parts
        }  # fmt: skip

    def case(self, wanted: list[str] | None, needed: list[str]) -> ResolvedCase:
        if wanted is None and self.context.placing is not None:
            wanted = self._decided(self.context.placing)
        names = self._following() if wanted is None else self._placed(wanted)
        also = self._placed(needed)
        years = {year for each in [*names, *also] if (year := key_of(each).year) is not None}
        document, asked = self.context.document, self.site.asking.totals
        over = parts_of_totals(self.context)
        found = finish(
            self.context, self.site, self._of([*names, *also], ""), needed_of(self.context, ""), is_explicit=True
        )
        for part, laid in self.parts.items():
            totals = [
                one.of for each, one in document.totals.items() if each in asked and part in over.get(each, (part,))
            ]
            totals += needed_of(self.context, part)
            inner = finish(self.context, laid, self._of([*names, *also], part), totals, is_explicit=True)
            inner.name, inner.streams = part, streams_of(part, laid.values, self.site.values)
            found.parts.append(inner)
        found.over = over
        flat = flat_case(self.context.catalogue, found, self.context.document.years, years)
        flat.name, flat.wanted, flat.needed, flat.whole = self.name, names, also, found
        return flat

    @staticmethod
    def _decided(placing: Placing) -> list[str]:
        """Return what is wanted of a plan, and what it decides."""
        servers = [qualified(SERVERS, part) for part in placing.parts]
        return [*placing.wanted, *servers, *(qualified(RACKS, kind) for kind in placing.kinds)]

    def _following(self) -> list[str]:
        """Return all that follows from what the study chooses, or all that follows where it chooses nothing."""
        everything = not _chosen_names(self.chosen)
        found: list[str] = []
        for part, laid in self.parts.items():
            own = self._own(part)
            names = [each for each in laid.asking.derivable() if everything or _needs(laid.asking, each, own)]
            found += [qualified(each, part) for each in names]
        names = follows(self.site.asking)
        if self.parts:
            return [*_grouped(found), *(each for each in names if everything or self._is_touched(each))]
        return [each for each in names if everything or _needs(self.site.asking, each, self._own(""))]

    def _own(self, part: str) -> set[str]:
        """Return the names that the study chooses in a part, or everywhere for the empty one."""
        return {name for each in {"", part} if each in self.chosen for name in self.chosen[each].values}

    def _is_touched(self, name: str) -> bool:
        """Tell whether a figure of the whole case needs something that the study chooses."""
        plan = self.site.asking.plan([name])
        if not self._own("").isdisjoint(plan.leaves):
            return True
        for total in plan.totals:
            added = self.context.document.totals[total].of
            for part in home(self.context, added):
                if _needs(self.parts[part].asking, added, self._own(part)):
                    return True
        return False

    def _placed(self, names: Iterable[str]) -> list[str]:
        """Return names of figures with the parts that they are of: one of each part for what is not of the whole."""
        found: list[str] = []
        for name in names:
            key = key_of(name)
            is_whole = not self.parts or key.part or is_at_site(self.site.asking, key.name)
            found += (
                [name] if is_whole else [qualified(key.name, part, key.year) for part in home(self.context, key.name)]
            )
        return list(dict.fromkeys(found))

    def _of(self, names: Iterable[str], part: str) -> list[str]:
        """Return the quantities that are asked of a part, or of the whole case."""
        return list(dict.fromkeys(key.name for key in map(key_of, names) if key.part == part))


def study_catalogue(context: Context, driven: Iterable[ResolvedCase] = ()) -> Catalogue:
    """Return the catalogue that also knows the quantities of the parts and years which studies are about.

    driven: cases of which each figure is looked at in each year, and whose inputs that differ by year are moved.
    """
    document, driven = context.document, list(driven)
    growing = {name for case in driven for name, value in case.values.items() if value.is_yearly and value.is_uncertain}
    if not document.parts and not document.years and not context.dated:
        return context.catalogue
    totals = {name: total.of for name, total in document.totals.items()}
    dated = {(name, part, year) for name, part, year in context.dated if part}
    dated |= {(name, part, year) for name, none, year in context.dated if not none for part in ("", *document.parts)}
    figures = {key for case in driven for key in map(key_of, case.wanted) if key.year is None}
    dated |= {(key.name, key.part, year) for key in figures for year in document.years}
    return flat_catalogue(
        context.catalogue, list(document.parts), totals, sorted(dated), sorted(growing), parts_of_totals(context)
    )


def refuse_ambiguous(context: Context, varied: Iterable[Axis | Range], cases: Iterable[ResolvedCase]) -> None:
    """Refuse an input that parts give themselves, unless it is said which of them is meant."""
    cases = list(cases)
    for each in varied:
        parts = dict.fromkeys(part.name for case in cases for part in case.parts if each.name in part.streams)
        if parts and not each.everywhere:
            givers = " and ".join(f"part {quote(part)}" for part in [*parts][:3])
            message = f"`{each.name}` is given by {givers}"
            ways = or_list([qualified(each.name, part) for part in context.document.parts][:3])
            hint = f"write {ways}; `{each.name} in {EVERY_PART}` moves it in all of them"
            context.problems.add(CalcError("E-PART", message, place=each.place, hint=hint))


def look_over_years(context: Context, varied: Iterable[Axis | Range], cases: Iterable[ResolvedCase]) -> None:
    """Refuse an input that has a value of its own for each year, and say of one that grows that its start is varied."""
    columns = [(part.name, part) for case in cases for part in case.parts]
    columns += [("", case) for case in cases]
    for each in varied:
        base = base_name(each.name)
        values = [
            column.values[base]
            for part, column in columns
            if base in column.values and each.name in {base, qualified(base, part)}
        ]
        yearly = next((value for value in values if value.by_year), None)
        if yearly is not None:
            message = f"`{each.name}` has a value for each year, and a study would give all years one value"
            hint = (
                f"give `{base}` as `{{start: ..., grows: ...}}`, whose start a study varies, or as one value; "
                "tables by year side by side go under `cases`"
            )
            related = [("given at", yearly.place)] if yearly.place else []
            context.problems.add(CalcError("E-YEARS", message, place=each.place, hint=hint, related=related))
        elif any(value.growth for value in values):
            context.reading.warnings.append(f"{each.name}: the study varies its start, and its growth stays")


def _needs(asking: Asking, name: str, chosen: Iterable[str]) -> bool:
    return not set(chosen).isdisjoint(asking.plan([name]).leaves)


def _grouped(names: list[str]) -> list[str]:
    """Return names with those of one quantity together."""
    order = {name: at for at, name in enumerate(dict.fromkeys(base_name(each) for each in names))}
    return sorted(names, key=lambda each: order[base_name(each)])


# ---------------------------------------------------------------- a case with parts as a case without


def flat_case(
    catalogue: Catalogue, case: ResolvedCase, years: Sequence[int], dated: Iterable[int] = ()
) -> ResolvedCase:
    """Return a case without parts that has all figures of the case and its parts.

    catalogue: without quantities of parts. years: those of the scenario. dated: those that figures are looked at in.
    """
    values, use, streams = dict(case.values), dict(case.use), dict(case.streams)
    for part in case.parts:
        use.update((qualified(name, part.name), variant) for name, variant in part.use.items())
        for name, value in part.values.items():
            known = values.get(name)
            if name not in part.streams and (known is None or known.currency):
                # A part may have converted what the whole case does not need.
                values[name] = known = value
            has_own_rate = value.converted in part.streams
            if name in part.streams or known is None or known.moments != value.moments or has_own_rate:
                rate = qualified(str(value.converted), part.name) if has_own_rate else value.converted
                values[qualified(name, part.name)] = replace(value, converted=rate)
                streams[qualified(name, part.name)] = part.streams.get(name, name)
            elif catalogue[name].formulas:
                use[qualified(name, part.name)] = SHARED
    for year in dated:
        moments = tuple((each, Moment(float(each == year))) for each in years)
        values[flag_of(year)] = Value(moments[0][1].point, None, RATIO, "given", by_year=moments)
    wanted = [qualified(name, part.name) for name, part in _figures(case.parts, "wanted")]
    needed = [qualified(name, part.name) for name, part in _figures(case.parts, "needed")]
    return replace(
        case, values=values, use=use, streams=streams, parts=[], wanted=[*wanted, *case.wanted],
        needed=[*needed, *case.needed], totals={},
    )  # fmt: skip


def _figures(parts: Sequence[ResolvedCase], which: str) -> list[tuple[str, ResolvedCase]]:
    """Return names and parts, all parts of one name together."""
    names = dict.fromkeys(name for part in parts for name in getattr(part, which))
    return [(name, part) for name in names for part in parts if name in getattr(part, which)]


def flat_scenario(scenario: Scenario) -> Scenario:
    """Return a scenario whose catalogue knows every quantity of every part, for cases that are flat."""
    if not scenario.parts:
        return scenario
    catalogue, parts, totals = scenario.catalogue, scenario.parts, scenario.totals
    over = scenario.cases[0].over if scenario.cases else {}
    question = ("flat", parts, frozenset(totals.items()), frozenset((name, tuple(each)) for name, each in over.items()))
    flat = catalogue.once(question, lambda: flat_catalogue(catalogue, parts, totals, over=over))
    return replace(scenario, catalogue=flat)


# ---------------- the cases of every study, each with the values that the study chooses above all others


def resolve_study_cases(
    context: Context,
    studies: Studies,
    cases: dict[str, Case],
    levels: Levels,
    checked: list[str],
    resolved: list[ResolvedCase],
) -> None:
    """Resolve the cases of every study: what a study chooses lies above all other layers.

    resolved: the cases as they stand.
    """
    refuse_ambiguous(context, studies.ranges, resolved)
    look_over_years(context, studies.ranges, resolved)
    _refuse_alike(context)
    _refuse_settings(context, studies)
    _warn_of_cases(context, studies, cases)
    _warn_of_computed(context, studies, resolved)
    resolver = _StudyCases(context, cases, levels, checked)
    for each in studies.asked.values():
        each.groups = each.study.cases(each.request, resolver)
    driven = [name for name, each in studies.asked.items() if each.study.by_year]
    studies.catalogue = study_catalogue(context, studies.cases(*driven) if driven else ())
    _refuse_several(context, studies)


def _warn_of_cases(context: Context, studies: Studies, cases: dict[str, Case]) -> None:
    """Say where a case gives what a study chooses, which has no effect, and what a study will not look at."""
    for name, case in cases.items():
        for each in sorted({base_name(one) for one in studies.chosen} & set(case.inputs)):
            context.reading.warnings.append(f"case {quote(name)}: what it gives for `{each}` gives way to the study")
    for asked in studies.asked.values():
        asked.study.look_over(asked.request, context, cases)


def _warn_of_computed(context: Context, studies: Studies, resolved: list[ResolvedCase]) -> None:
    """Say where a study chooses figures that follow from what is given: their formulas are not used then."""
    columns = [column for case in resolved for column in (case, *case.parts)]
    names = dict.fromkeys(base_name(each.name) for each in studies.ranges)
    has_years = bool(context.document.years)
    found = []
    for name in names:
        without = [each for each in columns if name not in each.values and context.catalogue[name].formulas]
        follows = (derivable(context.catalogue, {*each.values}, each.use, has_years=has_years) for each in without)
        if len(without) == len(columns) and any(name in each for each in follows):
            found.append(name)
    if found:
        context.reading.warnings.append(f"the study chooses {and_list(found)}, which would follow from what is given")


def _refuse_settings(context: Context, studies: Studies) -> None:
    """Refuse to set what the one study asked for chooses: the value would have no effect."""
    if not context.options.alone:
        return
    for name, (key, _) in context.settings.items():
        # What is chosen in one part may be set in the others.
        chosen = [each for each in map(key_of, studies.chosen) if each.name == base_name(name)]
        if any(not each.part or each == name for each in chosen):
            message = f"`{name}` is set, and the study chooses it"
            hint = "leave out one of the two; an axis may have a single value"
            context.problems.add(CalcError("E-SET", message, place=key.place, hint=hint))


def _refuse_alike(context: Context) -> None:
    """Refuse two parts that cannot be told apart where each year has a name: `built` and `built in 2026`."""
    document = context.document
    known: dict[str, str] = {}
    for part in document.parts:
        for year in (None, *document.years):
            other = known.setdefault(qualified("", part, year), part)
            if other != part:
                message = f"the parts {quote(other)} and {quote(part)} cannot be told apart in some year"
                name = document.parts[part].name
                place = name.place if name else None
                hint = "give one of them another name"
                context.problems.add(CalcError("E-PART", message, place=place, hint=hint))


def _refuse_several(context: Context, studies: Studies) -> None:
    """Refuse to rank by a figure that each part has."""
    ranked = [one for each in studies.asked.values() for one in each.study.ranked(each.request, each.groups)]
    for name, place, cases in ranked:
        if context.document.parts and any(name not in case.asked for case in cases):
            ways = or_list([qualified(name, part) for part in context.document.parts][:3])
            message = f"`{name}` is a figure of each part"
            hint = f"write {ways}, or a total over the parts"
            context.problems.add(CalcError("E-PART", message, place=place, hint=hint))


class _StudyCases:
    """Resolves the cases of studies; remarks on them were made already, where the scenario was resolved.

    What is wanted of a case is None for all that follows from what the study chooses, or from anything where it chooses
    nothing.
    """

    def __init__(self, context: Context, cases: dict[str, Case], levels: Levels, checked: list[str]) -> None:
        self.shown = shown_names(context)
        self.asks_to_show = bool(context.options.show)
        self.checked = checked
        self._context = replace(context, reading=context.reading._replace(warnings=[]), chosen=frozenset())
        self._named = cases
        self._flat = study_catalogue(context)
        self._levels = levels

    def resolve(
        self, varied: Iterable[Axis | Range], wanted: list[str] | None, needed: list[str], only: Iterable[str] = ()
    ) -> list[ResolvedCase]:
        chosen: Chosen = {}
        for each in varied:
            key = key_of(each.name)
            chosen.setdefault(key.part, Layer()).values[key.name] = self._value_of(each)
        names = [name for name in only if name in self._named] if only else [*self._named]
        found = []
        for name in names:
            case = _Resolution(self._context, name, self._named[name], self._levels, chosen).case(wanted, needed)
            found.append(case)
            # What is missing or depends on itself was told where it was asked for.
            with suppress(CalcError):
                leaves = plan_of_values(self._flat, case.asked, case.values, case.use).leaves
                apart = {*_chosen_names(chosen), *(flag_of(year) for year in self._context.document.years)}
                apart |= {each for each, value in case.values.items() if value.status == PLACED}
                case.studied = [each for each in leaves if each not in apart]
        return found

    def _value_of(self, varied: Axis | Range) -> Value:
        unit = self._context.catalogue[base_name(varied.name)].unit
        point, what = (varied.values[0], "axis") if isinstance(varied, Axis) else (varied.low, "choice")
        return Value(point, None, unit, "given", what, place=varied.place)
