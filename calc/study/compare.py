"""Cases side by side: every figure, its difference and ratio to the first case, and what explains the difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.arrays import np
from calc.engine.figures import NotIncluded, NoValue, Series, at_year
from calc.engine.flat import key_of, qualified
from calc.errors import CalcError, Problems, quote, quote_path
from calc.longrun import each_told
from calc.records import NamedTuple, dataclass, field, replace
from calc.scenario.case import BASE
from calc.scenario.conditions import base_name
from calc.scenario.resolve import resolve
from calc.scenario.resolve_study import flat_case, flat_scenario
from calc.scenario.shapes import COMMA, split
from calc.scenario.studies import Studied, Study
from calc.scenario.study_sections import Comparison, read_comparison
from calc.scenario.yaml_reader import Mapping
from calc.scenario.years import span_text
from calc.study.answer import answer, of_studies, placed, resolved, run_studies
from calc.study.change import Side, Waterfall, explain
from calc.study.checks import applicable, broken_checks, passes
from calc.study.evaluator import Evaluator
from calc.study.headline import share_off_median
from calc.study.statistics import arrays_of, check_memory, shares_without_value, summary
from calc.text import and_list, did_you_mean, or_list

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from calc.engine.figures import Figure, Single
    from calc.scenario.case import Context, ResolvedCase, Scenario
    from calc.scenario.document import Loaded
    from calc.scenario.resolve import Options
    from calc.scenario.studies import StudyCases
    from calc.scenario.yaml_reader import Node
    from calc.study.results import Told


# Differences of float arithmetic, relative to the figures.
_NOISE = 1e-12


@dataclass(frozen=True, slots=True)
class Spread:
    """The difference of a figure to the first case over shared samples; lower: share of samples in which it is less.

    ratio: the median of the ratio to the first case, None where that is 0 in some sample.
    """

    mean: float
    p10: float
    p50: float
    p90: float
    lower: float
    ratio: float | None


@dataclass(slots=True)
class CompareFigure:
    """One figure in all cases, of a yearly one that of one year.

    statistics: of its samples in every case, None where it is certain or some samples have no value; shares: of these
    samples below the likely value, None where that is near the median; without: of all samples those that have no
    value. differences, ratios, spreads and waterfalls belong to all cases but the first.
    """

    name: str
    year: int | None
    figures: list[Single]
    statistics: list[dict[str, float] | None] = field(default_factory=list)
    shares: list[float | None] = field(default_factory=list)
    without: list[float] = field(default_factory=list)
    differences: list[float | None] = field(default_factory=list)
    ratios: list[float | None] = field(default_factory=list)
    spreads: list[Spread | None] = field(default_factory=list)
    waterfalls: list[Waterfall | None] = field(default_factory=list)


class SidesTold(NamedTuple):
    """A model's verdict on every side; of: the part and the pair that it is about, in words.

    told: who wins on each side, with by how much. flips: whether another wins on a side than on the first.
    """

    name: str
    of: str
    told: list[str]
    flips: bool


@dataclass(slots=True)
class Compared:
    """Sides in the order asked for, and their figures; notes: what cannot be compared, in words.

    pairs: of scenarios with several cases the comparison of each case that they share, by its name; `sides` are then
    those of the first, and `figures` is empty. verdicts: those of the models that there are on all sides.
    """

    sides: list[Side]
    figures: list[CompareFigure]
    notes: list[str] = field(default_factory=list)
    pairs: dict[str, Compared] = field(default_factory=dict)
    verdicts: list[SidesTold] = field(default_factory=list)

    def keep(self, asked: Iterable[str]) -> None:
        """Keep the figures asked for, by name or as `NAME in PART`, `NAME in YEAR` or `NAME in PART in YEAR`.

        Raises CalcError for one that is not compared, and where nothing is.
        """
        wanted, every = list(asked), [self, *self.pairs.values()]
        hint = self.notes[0] if self.notes else "name figures that both answer, as in `--figure racks_needed`"
        for name in wanted:
            if not any(name in _called(row) for each in every for row in each.figures):
                raise CalcError("E-NOTHING", f"{quote(name)} is not compared", hint=hint)
        for each in every if wanted else ():
            each.figures = [row for row in each.figures if not set(wanted).isdisjoint(_called(row))]
        if not any(each.figures for each in every):
            raise CalcError("E-NOTHING", "they answer no figure in common", hint=hint)


def _called(row: CompareFigure) -> set[str]:
    """Return what a reader may call a row by."""
    key = key_of(row.name)
    return {key.name, key, qualified(key.name, year=row.year), qualified(key.name, key.part, row.year)}


def compare(sides: list[Side]) -> Compared:
    """Compare the figures that all sides answer."""
    first, notes = sides[0], _notes(sides)
    names = [name for name in first.case.wanted if all(_same_unit(first, each, name) for each in sides[1:])]
    evaluators = [Evaluator(each.scenario, each.case, names) for each in sides]
    at = [each.at({}) for each in evaluators]
    sampled = [found for each, found in zip(evaluators, at, strict=True) if each.uncertain]
    years = max((side.scenario.years for side in sides), key=len)
    check_memory(first.scenario.samples, sum(arrays_of(each.values(), years) for each in sampled))
    # Sides draw the same samples for inputs that they share.
    samples, seed = first.scenario.samples, first.scenario.seed
    drawn = [each.sample({}, samples, seed) if each.uncertain else {} for each in evaluators]
    rows = []
    for name in each_told(names, "figures"):
        figures = [found[name] for found in at]
        if first.case.is_explicit or not all(isinstance(each, NotIncluded) for each in figures):
            found = [CompareFigure(name, year, _in_year(sides, figures, year)) for year in _years(sides, figures)]
            _explain(sides, found, [each.get(name) for each in drawn])
            rows += found
    return Compared(sides, rows, [*notes, *_absences(sides, rows), *_broken(sides)])


def _absences(sides: list[Side], rows: list[CompareFigure]) -> list[str]:
    """Return in words why figures have no value on some side."""
    found: dict[str, None] = {}
    for row in rows:
        for side, figure in zip(sides, row.figures, strict=True):
            if isinstance(figure, NoValue | NotIncluded):
                why = figure.reason if isinstance(figure, NotIncluded) else f"no value, {figure.reason}"
                found[f"{row.name} in {side.label}: {why}"] = None
    return list(found)


def _broken(sides: list[Side]) -> list[str]:
    """Return in words which checks do not hold on a side, those of the models too."""
    found = []
    for side in sides:
        scenario, case = side.scenario, side.case
        checks = applicable(scenario, case, scenario.checks)
        evaluator = Evaluator(scenario, case, [name for each in checks for name in each.names])
        broken = [each for each in checks if not passes(each, evaluator, {})]
        found += [
            f"the check `{each.text}` does not hold in {side.label}"
            for each in (*broken, *broken_checks(scenario, case, {}))
        ]
    return found


def _notes(sides: list[Side]) -> list[str]:
    first, notes = sides[0], []
    for side in sides[1:]:
        both = [name for name in first.case.wanted if name in side.case.wanted]
        other = [name for name in both if not _same_unit(first, side, name)]
        for name in other:
            units = (each.scenario.catalogue[name].unit.dimension.describe() for each in (first, side))
            notes.append(f"`{name}` is not compared: it is {' in one and '.join(units)} in the other")
        for one, two in ((first, side), (side, first)):
            alone = [name for name in one.case.wanted if name not in two.case.wanted]
            if alone:
                more = f" and {len(alone) - 5} more" if len(alone) > 5 else ""
                notes.append(f"{one.label} answers {and_list(alone[:5])}{more}, and {two.label} does not")
        if first.scenario.years != side.scenario.years:
            spans = [span_text(each.scenario.years) or "no years" for each in (first, side)]
            notes.append(f"{first.label} looks at {spans[0]}, {side.label} at {spans[1]}")
    return list(dict.fromkeys(notes))


def _years(sides: list[Side], figures: list[Figure]) -> list[int | None]:
    """Return the years to compare a figure in: those that all sides look at, None where it is the same in all years."""
    if not any(isinstance(each, Series) for each in figures):
        return [None]
    dated = [side.scenario.years for side in sides if side.scenario.years]
    return [year for year in dated[0] if all(year in each for each in dated)]


def _in_year(sides: list[Side], figures: list[Figure], year: int | None) -> list[Single]:
    return [at_year(each, _position(side, year)) for side, each in zip(sides, figures, strict=True)]


def _position(side: Side, year: int | None) -> int:
    return 0 if year is None or not side.scenario.years else side.scenario.years.index(year)


def _explain(sides: list[Side], rows: list[CompareFigure], drawn: list[Any]) -> None:
    """Add to the rows of one figure what each side differs in from the first."""
    first = sides[0]
    for row in rows:
        for position, side in enumerate(sides):
            column = _column(drawn[position], side, row, position)
            found = None if drawn[position] is None else summary(column)
            row.statistics.append(found)
            row.shares.append(share_off_median(column, row.figures[position], found))
            row.without.append(0.0 if drawn[position] is None else shares_without_value(column[:, None])[0])
    for position, side in enumerate(sides[1:], 1):
        changed = []
        for row in rows:
            base, other = row.figures[0], row.figures[position]
            difference = _difference(base, other)
            row.differences.append(difference)
            row.ratios.append(_ratio(base, other))
            row.spreads.append(_spread(_column(drawn[0], first, row, 0), _column(drawn[position], side, row, position)))
            row.waterfalls.append(None)
            if difference:
                changed.append(row)
        if changed:
            ends = [(float(row.figures[0]), float(row.figures[position])) for row in changed]  # type: ignore[arg-type]  # they differ, so they are numbers
            for row, each in zip(
                changed, explain(first, side, rows[0].name, [row.year for row in changed], ends), strict=True
            ):
                row.waterfalls[-1] = each


def _difference(base: Single, other: Single) -> float | None:
    """Return the difference of two numbers; one that rounding alone can make is 0."""
    if not isinstance(base, float | int) or not isinstance(other, float | int):
        return None
    return other - base if abs(other - base) > _NOISE * max(abs(base), abs(other)) else 0.0


def _ratio(base: Single, other: Single) -> float | None:
    numbers = isinstance(base, float | int) and isinstance(other, float | int)
    return other / base if numbers and base else None  # type: ignore[operator]  # numbers, as just asked


def _same_unit(one: Side, other: Side, name: str) -> bool:
    quantity = other.scenario.catalogue.quantities.get(name)
    unit = one.scenario.catalogue[name].unit
    return name in other.case.wanted and quantity is not None and quantity.unit.dimension == unit.dimension


def _column(drawn: Any, side: Side, row: CompareFigure, position: int) -> Any:
    """Return the samples of a figure, shape (samples,), or what it is in all of them."""
    if drawn is None:
        return row.figures[position]
    return drawn[:, _position(side, row.year) if drawn.shape[1] > 1 else 0]


def _spread(one: Any, other: Any) -> Spread | None:
    if not any(isinstance(each, np.ndarray) for each in (one, other)):
        return None
    if not all(isinstance(each, np.ndarray | float | int) for each in (one, other)):
        return None
    difference = other - one
    size = np.abs(one).max() + np.abs(other).max()
    if np.isnan(difference).any() or np.abs(difference).max() <= _NOISE * size or np.ptp(difference) <= _NOISE * size:
        return None
    p10, p50, p90 = np.quantile(difference, [0.1, 0.5, 0.9], method="inverted_cdf").tolist()
    ratio = None
    if np.all(one):
        ratio = float(np.quantile(other / one, 0.5, method="inverted_cdf"))
    return Spread(float(difference.mean()), p10, p50, p90, float((difference < 0).mean()), ratio)


# ---------------- the sides as a line names them


@dataclass(slots=True)
class SideFile:
    """A scenario of the line, read once, as a pipe can be; picked: the cases of it that are asked for."""

    name: str
    loaded: Loaded
    problems: Problems
    picked: list[str]
    is_named: bool = False


def side_files(named: Iterable[tuple[str, Callable[[Problems], Loaded]]], cases: Sequence[str]) -> list[SideFile]:
    """Return scenarios, each with the cases that are named after it, or else with `cases`.

    named: what is compared, in order: the name of a scenario with what reads it, or of a case of the one before.
    Raises CalcErrors.
    """
    found: list[SideFile] = []
    for name, load in named:
        if found and name in found[-1].loaded.document.cases:
            found[-1].picked.append(name)
            found[-1].is_named = True
        else:
            problems = Problems()
            found.append(SideFile(name, load(problems), problems, []))
    for file in found:
        if file.picked and len(found) > 1:
            continue
        known = list(file.loaded.document.cases)
        for name in cases:
            if name not in known:
                hint = did_you_mean(name, known) or (f"its cases are {or_list(known)}" if known else "it has none")
                raise CalcError("E-CASE", f"{quote_path(file.name)} has no case {quote(name)}", hint=hint)
        file.picked = list(dict.fromkeys([*file.picked, *cases]))
    return found


def compare_files(files: list[SideFile], figures: Sequence[str], wanted: Options) -> tuple[Scenario, Studied]:
    """Return a comparison of cases or scenarios, with the scenario of the first.

    figures: those to compare, none for all that are shown.
    Raises CalcErrors.
    """
    parts = [name for file in files for name in file.loaded.document.parts]
    asked = [name for text in figures for name in split(text, COMMA, parts)]
    wanted = wanted._replace(cases=(), show=tuple(base_name(each) for each in asked))
    section = files[0].loaded.document.studies.get("compare")
    if len(files) == 1 and not files[0].picked and section is not None:
        scenario, found = _as_written(files[0], section, wanted)
    else:
        scenario, found = _as_named(files, wanted)
    found.keep(asked)
    found.verdicts = _verdicts(files, found, wanted._replace(show=()))
    return scenario, Studied(found={"compare": found})


def _verdicts(files: list[SideFile], found: Compared, wanted: Options) -> list[SidesTold]:
    """Return what the models' verdicts say on the sides: of each case and part those that every side has."""
    told: dict[tuple[str, str], dict[tuple[str, str], Told]] = {}
    for file in files:
        chosen = wanted._replace(cases=tuple(file.picked), studies=(), alone=True)
        scenario = resolve(file.loaded, chosen, Problems())
        if scenario.catalogue.verdicts:
            for case in answer(scenario).cases:
                columns = [("", case), *((part.case.name, part) for part in case.parts)]
                told[scenario.path, case.case.name] = {
                    (part, each.name): each for part, column in columns for each in column.verdicts
                }
    lines = []
    compared_sides = {name: each.sides for name, each in found.pairs.items()} or {"": found.sides}
    for pair, sides in compared_sides.items():
        said = [told.get((side.scenario.path, side.case.name), {}) for side in sides]
        for part, name in said[0]:
            each = [one[part, name] for one in said if (part, name) in one]
            if len(each) == len(sides):
                of = ", ".join(filter(None, (pair, part)))
                lines.append(SidesTold(name, of, [one.in_short for one in each], len({one.winner for one in each}) > 1))
    return lines


def _as_written(file: SideFile, section: Node, wanted: Options) -> tuple[Scenario, Compared]:
    """Return what the section `compare` of a file asks for; figures of the line stand in for its own."""
    if wanted.show and isinstance(section, Mapping):
        section = replace(section, entries={name: each for name, each in section.entries.items() if name != "of"})
    chosen = wanted._replace(studies=(("compare", section),), alone=True)
    scenario = of_studies(resolve(file.loaded, chosen, file.problems))
    with placed(scenario):
        found: Compared | None = run_studies(scenario).found.get("compare")
    if found is None:
        raise _nothing_else()
    return scenario, found


def _as_named(files: list[SideFile], wanted: Options) -> tuple[Scenario, Compared]:
    """Return the comparison of the cases that a line names, or of the cases of one name that its scenarios share."""
    sides = [_sides(file, wanted) for file in files]
    if len(files) > 1 and any(len(each) > 1 for each in sides) and not any(file.is_named for file in files):
        pairs = _pairs(files, sides)
        first = next(iter(pairs.values()))
        found = {name: compare(pair) for name, pair in pairs.items()}
        notes = _noted(found)
        return first[0].scenario, Compared(first, [], [*_alone(files, sides, pairs), *notes], found)
    for file, each in zip(files, sides, strict=True):
        if len(files) > 1 and len(each) > 1 and not file.picked:
            raise _several(file, each)
    together = [one for each in sides for one in each]
    if len(together) < 2:
        raise _nothing_else()
    return together[0].scenario, compare(_told_apart(together))


def _pairs(files: list[SideFile], sides: list[list[Side]]) -> dict[str, list[Side]]:
    """Return the sides of every case that all scenarios have, each side called as its scenario is."""
    by_name = [{side.case.name: side for side in each} for each in sides]
    shared = [name for name in by_name[0] if all(name in each for each in by_name)]
    if not shared:
        raise next(_several(file, each) for file, each in zip(files, sides, strict=True) if len(each) > 1)
    short = [_short(file.name) for file in files]
    labels = [file.name if short.count(each) > 1 else each for file, each in zip(files, short, strict=True)]
    return {
        name: [replace(each[name], label=label) for each, label in zip(by_name, labels, strict=True)] for name in shared
    }


def _noted(pairs: dict[str, Compared]) -> list[str]:
    """Return what pairs note, each with the case that it is of unless all note it."""
    every = dict.fromkeys(note for each in pairs.values() for note in each.notes)
    found = []
    for note in every:
        where = [name for name, each in pairs.items() if note in each.notes]
        found.append(note if len(where) == len(pairs) else f"{', '.join(where)}: {note}")
    return found


def _alone(files: list[SideFile], sides: list[list[Side]], pairs: dict[str, list[Side]]) -> list[str]:
    """Return in words which cases stand alone in a scenario, and are not compared."""
    found = []
    for file, each in zip(files, sides, strict=True):
        lone = [quote(side.case.name) for side in each if side.case.name not in pairs]
        if lone:
            have = "have no counterpart" if len(lone) > 1 else "has no counterpart"
            found.append(f"of {_short(file.name)}, {', '.join(lone)} {have}")
    return found


def _several(file: SideFile, sides: list[Side]) -> CalcError:
    hint = f"name one after it: {', '.join(quote(each.case.name) for each in sides[:4])}"
    return CalcError("E-USAGE", f"{quote_path(file.name)} has {len(sides)} cases", hint=hint)


def _nothing_else() -> CalcError:
    hint = "name two cases of it, or another scenario"
    return CalcError("E-USAGE", "there is nothing to compare with", hint=hint)


def _short(name: str) -> str:
    # What a pipe is called in its folder, such as `63`, says nothing.
    return name if name.startswith("/dev/") else name.rpartition("/")[2].removesuffix(".yaml")


def _sides(file: SideFile, wanted: Options) -> list[Side]:
    """Return the cases of a scenario that are asked for, in the order asked, or all of them."""
    chosen = wanted._replace(cases=tuple(file.picked), studies=(), alone=True)
    scenario = resolved(file.loaded, chosen, file.problems)
    if scenario.placing is not None:
        from calc.study.placing import place_cases

        place_cases(scenario)
    cases = sorted(scenario.cases, key=lambda case: file.picked.index(case.name)) if file.picked else scenario.cases
    labels = [_short(file.name) if case.name == BASE else case.name for case in cases]
    flat = flat_scenario(scenario)
    sides = [flat_case(scenario.catalogue, case, scenario.years) for case in cases]
    return [Side(label, flat, case) for label, case in zip(labels, sides, strict=True)]


def _told_apart(sides: list[Side]) -> list[Side]:
    """Return sides of which no two have the same label."""
    labels = [side.label for side in sides]

    def label(side: Side) -> str:
        if labels.count(side.label) == 1:
            return side.label
        path, case = side.scenario.path, side.case.name
        return path if case == BASE else f"{path}: {case}"

    return [replace(side, label=label(side)) for side in sides]


class _CompareStudy(Study[Comparison, Compared]):
    """The section `compare`."""

    def read(self, node: Node, context: Context) -> Comparison:
        return read_comparison(node, context)

    def cases(self, request: Comparison, cases: StudyCases) -> list[list[ResolvedCase]]:
        return [cases.resolve((), list(request.figures) or cases.shown, [], only=request.cases)]

    def run(self, scenario: Scenario) -> Compared | None:
        sides = [Side(case.name, scenario, case) for case in scenario.studies.cases("compare")]
        return compare(sides) if len(sides) > 1 else None


STUDY = _CompareStudy()
