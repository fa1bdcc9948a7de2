"""The sides of a comparison as a line names them: cases of a scenario, or scenarios, each with cases of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.errors import CalcError, Problems, quote, quote_path
from calc.records import dataclass, replace
from calc.scenario.case import BASE
from calc.scenario.conditions import base_name
from calc.scenario.options import COMMA, split
from calc.scenario.resolve import resolve
from calc.scenario.resolve_study import flat_case, flat_scenario
from calc.scenario.studies import Studied
from calc.scenario.yaml_reader import Mapping
from calc.study.answer import answer, resolved
from calc.study.change import Side
from calc.study.compare import Compared, SidesTold
from calc.study.compare import compare as compared
from calc.study.studies import of_studies, placed, run_studies
from calc.text import did_you_mean, or_list

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from calc.scenario.document import Loaded
    from calc.scenario.resolve import Options, Scenario
    from calc.scenario.yaml_reader import Node
    from calc.study.results import Told

# A path is shown whole as far as it can be.


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
        found = {name: compared(pair) for name, pair in pairs.items()}
        notes = _notes(found)
        return first[0].scenario, Compared(first, [], [*_alone(files, sides, pairs), *notes], found)
    for file, each in zip(files, sides, strict=True):
        if len(files) > 1 and len(each) > 1 and not file.picked:
            raise _several(file, each)
    together = [one for each in sides for one in each]
    if len(together) < 2:
        raise _nothing_else()
    return together[0].scenario, compared(_told_apart(together))


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


def _notes(pairs: dict[str, Compared]) -> list[str]:
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
