"""Answers: every case computed, checked and held against its promises; the lines of a table, the studies, or one."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from time import process_time
from typing import TYPE_CHECKING, Any

from calc.engine.explain import figure_text
from calc.engine.figures import Figure, NotIncluded
from calc.engine.graph import formula_of
from calc.errors import CalcError, Place, Problems, flatten, quote
from calc.records import replace
from calc.scenario.case import ResolvedLine
from calc.scenario.load import load_named
from calc.scenario.requested import model_checks, no_mapping
from calc.scenario.resolve import resolve
from calc.scenario.studies import Studied, Studies, entries_of, study_of
from calc.scenario.yaml_reader import Mapping, Scalar
from calc.study.checks import check, given_in, held_checks, hold
from calc.study.headline import compute_for_verdicts, tell
from calc.study.points import at_points, varies
from calc.study.remarks import doubts, remarks, unheeded
from calc.study.results import Answer, CaseAnswer, CheckResult, LineAnswer
from calc.study.statistics import MOST, check_memory
from calc.text import did_you_mean, or_list, pattern

if TYPE_CHECKING:
    from collections import abc
    from collections.abc import Iterable, Iterator, Sequence

    from calc.longrun import Resources
    from calc.scenario.document import Document, Loaded
    from calc.scenario.requested import Expectation
    from calc.scenario.resolve import Options, Scenario
    from calc.scenario.shapes import Case, Line
    from calc.scenario.yaml_reader import Node
    from calc.value import Value


__all__ = ["Answer", "CaseAnswer", "answer", "figure_text"]

# What machines do is no fault of a scenario.
NOT_OF_SCENARIO = {"E-BUSY", "E-CHECKPOINT", "E-CLUSTER", "E-USAGE", "E-WORKER"}


def answer(
    scenario: Scenario, *, everything: bool | None = None, workers: int = 1, resources: Resources | None = None
) -> Answer:
    """Compute every case of a scenario.

    everything: keep the samples of all figures on the way, not only of those asked for; None for where they are few.
    workers: processes for long runs; resources: that, and what else they may use. Neither changes the result.
    Raises CalcError when a formula leaves the finite numbers or the samples would not fit into memory.
    """
    with placed(scenario):
        placements = []
        if scenario.placing is not None:
            from calc.study.placed import price_limits
            from calc.study.placing import place_cases

            placements = place_cases(scenario)
            for each in placements:
                price_limits(each)
        cases, answered = at_points(scenario)
        compute_for_verdicts(scenario, cases)
        result = Answer(scenario, cases, [], placements=placements)
        if any(_may_vary(each) for each in result.columns):
            from calc.longrun import Resources
            from calc.study.simulate import simulate

            simulate(scenario, result, resources or Resources(workers), everything=everything)
        without_plan = {each.case for each in placements if each.plan is None}
        _judge(scenario, [each for each in zip(cases, answered, strict=True) if each[0].case.name not in without_plan])
        if placements:
            from calc.study.placed import check_placed, share_broken

            share_broken(scenario, placements)
            check_placed(scenario, cases, placements)
        result.studies = run_studies(scenario, is_placed=True)
    result.unheeded = unheeded(scenario, ((each.case, each.plan) for each in result.columns))
    told = [*(each.text for each in result.studies.doubts), *(doubt for _, doubt in doubts(result))]
    result.warnings = [*result.unheeded.values(), *scenario.warnings, *told, *remarks(result)]
    return result


# ---------------- what is large is looked at before it is begun

# Of fewer cases and parts it is soon known how large they are.
MANY = 200
_FEW = 12
_SOME_SAMPLES = 20_000
# What is written beside a value for the reader.
_WORDS = {"source", "note"}
_NUMBERS = pattern(r"[\d.,]+")


def resolved(loaded: Loaded, options: Options, problems: Problems, *, everything: bool | None = None) -> Scenario:
    """Resolve a scenario that is to be answered, and of very many cases and parts a few first.

    From those follows whether the samples of all of them fit, and how long they take, which is said where it is long.
    everything: see `answer`. problems: what loading found wrong.
    Raises CalcErrors with everything that is wrong.
    """
    document = loaded.document
    names = [name for name in document.cases if not options.cases or name in options.cases]
    if max(1, len(names)) * max(1, len(document.parts)) >= MANY and not problems.errors:
        try:
            _size_up(loaded, options, names, everything=everything)
        except CalcError as error:
            # What else is wrong is said of all of them.
            if error.code == "E-TOO-LARGE":
                error.place = error.place or Place(document.source, 1, 1)
                raise
    return resolve(loaded, options, problems)


def _size_up(loaded: Loaded, options: Options, names: list[str], *, everything: bool | None) -> None:
    """Answer a few cases and parts, one of each kind, and refuse all of them where they would not fit into memory.

    Raises CalcError.
    """
    from calc.longrun import tell_cost
    from calc.study.simulate import FEW, FIRST, KEPT, simulation_of

    document = loaded.document
    cases, parts = _kinds({name: document.cases[name] for name in names}), _kinds(document.parts)
    whole = max(1, len(names)) * max(1, len(document.parts))

    def answered(cases: Sequence[str], parts: Sequence[str]) -> tuple[Answer, float]:
        begun = process_time()
        few = replace(
            document,
            cases={name: each for name, each in document.cases.items() if name in cases},
            parts={name: each for name, each in document.parts.items() if name in parts},
        )
        scenario = resolve(loaded._replace(document=few), options._replace(cases=()), Problems())
        scenario = replace(scenario, samples=min(scenario.samples, _SOME_SAMPLES), studies=Studies())
        return answer(scenario, everything=everything), process_time() - begun

    first = [each[0] for each in cases], [each[0] for each in parts]
    answered(*first)
    found, once = answered(*first)
    samples = options.samples or document.samples or found.scenario.samples
    kept = samples if samples <= KEPT else FIRST
    simulation = simulation_of(
        found.scenario, found.cases, everything=samples <= FEW if everything is None else everything
    )
    many = {each[0]: len(each) for each in (*cases, *parts)}
    arrays = 0
    for case in found.cases:
        for column in (*case.parts, case):
            times = many.get(case.case.name, 1) * (many[column.case.name] if column is not case else 1)
            arrays += times * sum(simulation.width(column, name) for name in simulation.names[id(column)])
    few = max(1, len(first[0])) * max(1, len(first[1]))
    more = [[*each, *(kinds[0][1:_FEW] if kinds else ())] for each, kinds in zip(first, (cases, parts), strict=True)]
    further = max(1, len(more[0])) * max(1, len(more[1])) - few
    each = (answered(*more)[1] - once) / further if further else once / few
    seconds = each * whole * (max(1.0, samples / _SOME_SAMPLES) if arrays else 1)
    check_memory(samples, arrays, kept, seconds)
    if samples <= KEPT:
        what = {"cases": len(names), "parts": len(document.parts)}
        tell_cost(" of ".join(f"{count:,} {each}" for each, count in what.items() if count > 1), seconds)


def _kinds(choices: abc.Mapping[str, Case]) -> list[list[str]]:
    """Return the names of cases or parts by what they give; few kinds, the one of most names first."""
    found: dict[object, list[str]] = {}
    for name, each in choices.items():
        found.setdefault(_kind(each), []).append(name)
    return sorted(found.values(), key=len, reverse=True)[:_FEW]


def _kind(choice: Case) -> object:
    given = [(name, _form(node)) for name, (_, node) in choice.inputs.items()]
    use = [(name, node.text) for name, (_, node) in choice.use.items()]
    parts = [(name, _kind(each)) for name, each in choice.parts.items()]
    return *sorted(given), *sorted(use), *(node.text for node in choice.facts), *sorted(parts)


def _form(node: Node) -> str:
    """Return a value as it is written, without its numbers."""
    if isinstance(node, Scalar):
        return _NUMBERS.sub("", node.text)
    if isinstance(node, Mapping):
        return " ".join(f"{key}: {_form(each)}" for key, (_, each) in sorted(node.entries.items()) if key not in _WORDS)
    return " ".join(map(_form, node.items))


def _judge(scenario: Scenario, cases: Iterable[tuple[CaseAnswer, set[str]]]) -> None:
    """Hold cases and their parts against checks and promises; each case comes with the names that it answers."""
    promises: dict[tuple[str, str], list[Expectation]] = {}
    for promise in scenario.expectations:
        promises.setdefault((promise.case, promise.part), []).append(promise)
    for found, names in cases:
        for column in (*found.parts, found):
            _check(scenario, found, column, names)
            part = "" if column is found else column.case.name
            for promise in promises.get((found.case.name, part), ()):
                hold(column, promise, scenario)


def _check(scenario: Scenario, whole: CaseAnswer, found: CaseAnswer, answered: set[str]) -> None:
    """Hold a case or a part against the checks that its figures answer.

    answered: the names that the whole case was asked for, with all that they need.
    """
    for condition in scenario.checks:
        # What the whole case answers is no question to its parts.
        is_whole = all(name in answered for name in condition.names)
        if is_whole == (found is whole) and all(name in found.figures for name in condition.names):
            found.checks.append(check(found, condition, scenario.years))
    found.checks += _failed_model_checks(scenario, found, whole.case.totals)
    tell(scenario, found)


def _failed_model_checks(scenario: Scenario, found: CaseAnswer, totals: dict[str, str]) -> list[CheckResult]:
    """Return the models' own checks that fail, asked for or not; those that hold in most samples are no news.

    They are tested as the scenario's are: where a figure is uncertain, by the samples.
    """
    case, given = found.case, given_in(scenario, found.case)
    question = ("model checks", given, frozenset(case.use.items()), frozenset(totals), bool(scenario.years))
    checks = scenario.catalogue.once(question, lambda: model_checks(scenario, given, case.use, totals))
    if not checks:
        return []
    results = held_checks(scenario, found, checks, totals, partial(further_samples, scenario, found))
    return [each for each in results if not each.passed or each.is_doubtful]


def _may_vary(found: CaseAnswer) -> bool:
    """Tell whether something that a case or part may need is uncertain."""
    # What sums over parts need is no part of the parts' own plans.
    names = found.case.values if found.parts or found.inside else found.plan.leaves
    values = found.case.values
    return any(values[name].is_uncertain for name in names if name in values)


def further_samples(
    scenario: Scenario, found: CaseAnswer, figures: abc.Mapping[str, Figure], names: Iterable[str]
) -> dict[str, Any]:
    """Return samples of those figures that are uncertain: arrays of shape (samples, years or 1).

    found: the case or part, with the samples that it has; what they hold is not drawn again. figures: at the point
    values, names and those of `found` among them. Of many samples the first ones say enough.
    """
    if not found.samples and not any(each.is_uncertain for each in found.case.values.values()):
        return {}
    names = [name for name in names if not isinstance(figures[name], NotIncluded)]
    size = len(next(iter(found.samples.values()))) if found.samples else scenario.samples
    size = min(size, MOST)
    known = {name: found.samples[name][:size] for name in names if name in found.samples}
    lacking = [name for name in names if name not in known]
    if not any(varies(found, name, scenario.catalogue) for name in lacking):
        return known
    # A run without uncertain inputs needs none of what follows.
    from calc.study.evaluator import Evaluator

    there = {*found.case.totals, *found.samples}
    given = {name: figures[name] for name in there if name in figures}
    evaluator = Evaluator(scenario, found.case, lacking, given=given)
    moving = {name: found.samples[name].T for name in evaluator.plan.totals if name in found.samples}
    return known | evaluator.sample({}, size, None, moving=moving)


# ---------------- a table: its lines, each with its own scenario, for the figures that it names alone

STATED, FOLLOWS, ASSUMES = "stated", "follows", "needs an assumption"
_OPEN_STATUSES = {"assumption", "unverified"}
_OPEN_WORDS = ("assumption", "choice")


def resolve_lines(document: Document, options: Options, problems: Problems) -> list[ResolvedLine]:
    """Resolve the scenario of every line, for the figures that the line names alone.

    Names asked for and values set are those of the scenario's own figures; the table is left out then.
    What is wrong with a line is added to `problems`, at the line's own place.
    """
    if document.table and (options.show or options.settings):
        if not document.has_figures:
            option = "--show" if options.show else "--set"
            hint = "ask the scenario of a line; the table names it"
            problems.add(CalcError("E-USAGE", f"`{option}` cannot change a table", hint=hint))
        return []
    found = []
    for label, (_, node) in (document.expect.entries if document.expect else {}).items():
        if label in document.table and not isinstance(node, Mapping):
            problems.add(no_mapping(label, node))
    for label, line in document.table.items():
        if options.cases and label not in options.cases:
            continue
        try:
            found.append(_resolved(line, document, options))
        except CalcError as error:
            for each in flatten([error]):
                each.place = each.place or line.label.place
                problems.add(each)
    return found


def _resolved(line: Line, document: Document, options: Options) -> ResolvedLine:
    inner = Problems()
    loaded = load_named(line.scenario, document.source.name, line.folder, inner)
    if loaded.document.table:
        message = f"{quote(line.scenario.text)} is a table itself"
        raise CalcError("E-TABLE", message, place=line.scenario.place, hint="name the scenario that its line names")
    case = _case(line, loaded.document)
    _refuse_unknown_part(line, loaded.document)
    # As if the scenario asked for them itself, so that what is wrong with a name is told where the line has it.
    loaded.document.before_line = loaded.document.show, loaded.document.expect
    loaded.document.show = [*line.stated, *line.computed]
    wanted = options._replace(cases=(case,) if case else (), settings=())
    _promise(line, document, loaded.document, case)
    scenario = resolve(loaded, wanted, inner)
    stated, computed = ([each.text for each in column] for column in (line.stated, line.computed))
    part = line.part.text if line.part else None
    return ResolvedLine(line.label.text, line.label.place, loaded.path, scenario, part, stated, computed, line.note)


def _promise(line: Line, document: Document, other: Document, case: str | None) -> None:
    """Add what the table promises of a line to what its scenario promises of the line's case."""
    promised = document.expect.get(line.label.text) if document.expect else None
    if not isinstance(promised, Mapping):
        return
    own = other.expect.get(case) if other.expect and case else other.expect
    entries = {**(own.entries if isinstance(own, Mapping) else {}), **promised.entries}
    section = Mapping(entries, promised.place)
    other.expect = Mapping({case: (line.label, section)}, promised.place) if case else section


def _case(line: Line, document: Document) -> str | None:
    """Return the case that a line takes; of several it has to name one."""
    names = list(document.cases)
    if line.case is None:
        if len(names) > 1:
            hint = f"add `case:`, one of {or_list(names)}"
            message = f"{quote(line.scenario.text)} has several cases"
            raise CalcError("E-TABLE", message, place=line.scenario.place, hint=hint)
        return names[0] if names else None
    if line.case.text not in names:
        hint = did_you_mean(line.case.text, names) or f"its cases are {or_list(names)}"
        message = f"{quote(line.scenario.text)} has no case {quote(line.case.text)}"
        raise CalcError("E-CASE", message, place=line.case.place, hint=hint)
    return line.case.text


def _refuse_unknown_part(line: Line, document: Document) -> None:
    names = list(document.parts)
    if line.part is not None and line.part.text not in names:
        hint = did_you_mean(line.part.text, names) or (
            f"its parts are {or_list(names)}" if names else "it has no parts"
        )
        message = f"{quote(line.scenario.text)} has no part {quote(line.part.text)}"
        raise CalcError("E-PART", message, place=line.part.place, hint=hint)


def answer_lines(lines: list[ResolvedLine]) -> list[LineAnswer]:
    """Compute the lines of a table.

    Raises CalcError when a line names a figure of parts, and what `answer` raises.
    """
    return [_answer_line(line) for line in lines]


def _answer_line(line: ResolvedLine) -> LineAnswer:
    """Compute the scenario of a line and find what its figures rest on."""
    found = answer(line.scenario)
    whole = found.cases[0]
    case = next((part for part in whole.parts if part.case.name == line.part), whole)
    for name in line.names:
        if name not in case.figures:
            parts = or_list([part.case.name for part in whole.parts_of(name)])
            message = f"line {quote(line.label)}: `{name}` is a figure of the parts of {quote(line.path)}"
            raise CalcError("E-TABLE", message, place=line.place, hint=f"add `part:`, one of {parts}")
    under = _leaves(found, whole, case, line.computed)
    assumptions = list(dict.fromkeys(name for name, value in under if _is_open(value)))
    given = all(name in case.case.values for name in line.computed)
    # A table holds the answers of many scenarios; samples of what it does not show would fill the memory.
    for column in found.columns:
        column.samples = {name: column.samples[name] for name in line.names if name in column.samples}
    status = ASSUMES if assumptions else STATED if given else FOLLOWS
    return LineAnswer(line, found, case, status, assumptions)


def _leaves(found: Answer, whole: CaseAnswer, case: CaseAnswer, names: list[str]) -> list[tuple[str, Value]]:
    """Return what was given below figures of a case or a part, names with values; a total rests on every part."""
    stack = [(case, name) for name in reversed(names)]
    seen = {(id(case), name) for name in names}
    leaves = []
    while stack:
        at, name = stack.pop()
        if name in at.case.values:
            value = at.case.values[name]
            leaves.append((name, value))
            below = [(at, value.converted)] if value.converted else []
        elif name in whole.case.totals:
            below = [(part, whole.case.totals[name]) for part in whole.parts]
        else:
            formula = formula_of(found.scenario.catalogue, name, at.case.use)
            below = [(at, each) for each in (formula.parameters if formula else ())]
        fresh = [each for each in below if (id(each[0]), each[1]) not in seen]
        seen.update((id(each), needed) for each, needed in fresh)
        stack.extend(reversed(fresh))
    return leaves


def _is_open(value: Value) -> bool:
    """Tell whether a value is an assumption or a choice, and no figure that somebody published."""
    if value.fact_status is not None:
        return value.fact_status in _OPEN_STATUSES
    return value.source is None or value.source.casefold().startswith(_OPEN_WORDS)


# ---------------- studies


def of_studies(scenario: Scenario) -> Scenario:
    """Return a scenario as its studies see it: a part or a year of a quantity is a quantity with a name of its own."""
    catalogue = scenario.studies.catalogue
    return scenario if catalogue is None else replace(scenario, catalogue=catalogue)


def run_studies(scenario: Scenario, *, is_placed: bool = False) -> Studied:
    """Run the studies that a scenario asks for.

    is_placed: its cases have their plans already. A sweep makes one at every point.
    Raises CalcError when one would take too much room or a formula leaves the finite numbers.
    """
    asked = scenario.studies.asked
    if not asked:
        return Studied()
    if scenario.placing is not None and not is_placed and not all(each.study.plans_itself for each in asked.values()):
        from calc.study.placing import place_cases

        place_cases(scenario)
    scenario = of_studies(scenario)
    result = Studied(scenario)
    for name, each in asked.items():
        found = each.study.run(scenario)
        if found:
            result.found[name] = found
            result.doubts += each.study.doubts(scenario, found)
    return result


# ---------------------------------------------------------------- one study alone


def study_alone(study: str, loaded: Loaded, problems: Problems, given: dict[str, Any], wanted: Options) -> Scenario:
    """Resolve a scenario with one study of it, whatever others its file asks for.

    given: what was given for each option of the study, by the name of its parameter.
    Raises CalcErrors with everything that is wrong.
    """
    place = Place(loaded.document.source, 1, 1)
    kind = study_of(study)
    node = kind.section(given, entries_of(study, given), loaded.document.studies.get(study), place)
    if node is None:
        raise CalcError("E-USAGE", f"the scenario has no section `{study}`", hint=kind.missing_hint)
    return of_studies(resolve(loaded, wanted._replace(studies=((study, node),), alone=True), problems))


def run_alone(scenario: Scenario) -> tuple[Scenario, Studied]:
    """Run the study of a scenario; the scenario comes back with what the study says of it."""
    with placed(scenario):
        found = run_studies(scenario)
    warnings = [*scenario.warnings, *(each.text for each in found.doubts)]
    return replace(scenario, warnings=warnings, doubts=[*scenario.doubts, *found.doubts]), found


@contextmanager
def placed(scenario: Scenario) -> Iterator[None]:
    """Give errors the place of the scenario where they have none."""
    try:
        yield
    except CalcError as error:
        if error.code not in NOT_OF_SCENARIO:
            error.place = error.place or scenario.place
        raise
