"""From a document to cases with values: everything that is wrong with names, values, units and layers, all at once.

Layers, later wins: default facts < facts < extends < inputs < case < --set.
"""

from __future__ import annotations

import os
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING

from calc.engine.catalogue import catalogue_with, known_catalogue, spread
from calc.engine.flat import Key
from calc.errors import CalcError, Place, Problems, quote
from calc.records import NamedTuple, replace
from calc.scenario.axis import Axis
from calc.scenario.case import (
    BASE,
    Chosen,
    Context,
    Options,
    ResolvedCase,
    Scenario,
    Stated,
    default_layer,
    fact_layer,
    read_correlations,
    read_layer,
    without_effect,
)
from calc.scenario.conditions import Condition, base_name, read_condition, read_study_condition
from calc.scenario.display import apply_money, checks_in, display, note_units, options_to_show, read_currency
from calc.scenario.fact_values import Doubt, Reading, doubt, doubts
from calc.scenario.facts_files import book_of, doubtful, files_of, passed_over, replaced, told_unused
from calc.scenario.load import load_bytes, load_file, read_settings, settings_by_part, shipped_scenarios
from calc.scenario.place_section import join_cabinets, read_place
from calc.scenario.requested import read_expectations
from calc.scenario.resolve_case import Levels, read_use, resolve_case
from calc.scenario.shapes import Case
from calc.scenario.studies import Studies, read_studies
from calc.scenario.user_formulas import add_own_quantities
from calc.scenario.yaml_reader import Mapping
from calc.text import did_you_mean, or_list
from calc.units import own_counts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.engine.catalogue import Catalogue
    from calc.scenario.document import Document, Loaded
    from calc.scenario.facts_files import FactsFile
    from calc.scenario.requested import Expectation
    from calc.scenario.yaml_reader import Node, Scalar


def catalogue_of(document: Document, problems: Problems, *, allowed: bool) -> Catalogue:
    """Return the catalogue for a document: all known models, and its own where the user allows them to run.

    allowed: the user gave `--allow-models`. What is wrong is added to `problems`.
    """
    files = []
    for node, folder in document.models or []:
        if not allowed:
            message = f"{quote(node.text)} is Python code, which would run with your rights"
            hint = "read the file; if you trust it, add `--allow-models`"
            problems.add(CalcError("E-MODELS", message, place=node.place, hint=hint))
            continue
        try:
            files.append((model_file(node, folder), node.place))
        except CalcError as error:
            problems.add(error)
    try:
        return catalogue_with(files) if files else known_catalogue()
    except CalcError as error:
        problems.add(error)
        return known_catalogue()


def model_file(node: Scalar, folder: Path | None) -> Path:
    """Return the file inside the folder of the scenario that names it.

    Raises CalcError where it is not there.
    """
    if folder is None:
        message = "a scenario that stands in no file has no models of its own"
        raise CalcError("E-MODELS", message, place=node.place, hint="save it to a file beside the model")
    try:
        path = (folder / node.text).resolve()
        inside = path.is_relative_to(folder) and not node.text.startswith(("/", "~")) and "\\" not in node.text
        there = inside and path.is_file()
    except (OSError, ValueError, RuntimeError):  # a name that is too long; before Python 3.13 a circle of links
        inside, there = True, False
    if not inside:
        hint = "name a file in the same folder or below it, as in `./my_rack.py`"
        raise CalcError("E-MODELS", f"{quote(node.text)} is outside the scenario's folder", place=node.place, hint=hint)
    if not there or path.suffix != ".py":
        hint = did_you_mean(node.text, [each.name for each in folder.glob("*.py")]) or "as in `./my_rack.py`"
        raise CalcError("E-MODELS", f"there is no Python file {quote(node.text)}", place=node.place, hint=hint)
    return path


# ---------------- where a scenario comes from, complete


class Origin(NamedTuple):
    """The texts and options that a scenario was resolved from; it can be pickled.

    name: what the user called the scenario. shown: what errors call its file. text: a scenario that stands in no file.
    files: bytes by path from the folder that holds all of them, its own file first; none for a text, and for a scenario
    that ships. folders: the same of folders that files may be extended from.
    """

    name: str
    shown: str
    text: bytes | None
    files: tuple[tuple[str, bytes], ...]
    options: Options
    folders: tuple[str, ...] = ()


def origin_of(loaded: Loaded, options: Options) -> Origin:
    """Return the origin of a scenario that was loaded and is resolved with options."""
    shown = loaded.document.source.name
    if loaded.file is None:
        return Origin(loaded.path, shown, loaded.data, (), options)
    files = dict(loaded.files)
    for node, folder in (loaded.document.models or []) if options.allow_models else []:
        # Models that cannot be read have been refused by now.
        files[Path(os.path.normpath((folder or Path()) / node.text))] = model_file(node, folder).read_bytes()
    root = Path(os.path.commonpath([path.parent for path in files] or [loaded.file.parent]))
    named = tuple((path.relative_to(root).as_posix(), data) for path, data in files.items())
    # A folder above all files is as good as the one that holds them all.
    folders = (each.relative_to(root).as_posix() if each.is_relative_to(root) else "." for each in loaded.folders)
    return Origin(loaded.path, shown, None, named, options, tuple(folders))


# ---------------- from a document to cases with values

# Layers, later wins: default facts < facts < extends < inputs < case < --set.


__all__ = ["Options", "ResolvedCase", "Scenario", "resolve"]

DEFAULT_SAMPLES = 20_000
DEFAULT_SEED = 0
_OF_FACTS = frozenset({"E-MISSING", "E-FACT", "E-NOTHING"})


def resolve(loaded: Loaded, options: Options, problems: Problems) -> Scenario:
    """Resolve a loaded document.

    problems: what loading found wrong; it is raised together with what is found here.
    Raises CalcErrors with everything that is wrong.
    """
    with own_counts(loaded.document.units):
        return _resolve(loaded, options, problems)


def _resolve(loaded: Loaded, options: Options, problems: Problems) -> Scenario:
    # Kinds of cabinets become parts of it, and another may want to resolve the same file.
    document = copy(loaded.document)
    options, shown_in = options_to_show(options)
    document.studies = {**({} if options.alone else document.studies), **dict(options.studies)}
    catalogue = catalogue_of(document, problems, allowed=options.allow_models)
    before, warnings = len(problems.errors), list[str]()
    files = files_of(loaded, options.facts, problems) if options.read_facts is None else list(options.read_facts)
    facts = book_of(files, catalogue.quantities, problems, warnings, document.years)
    broken = problems.errors[before:]
    reading = Reading(document.sources, facts, problems, warnings, [], _bundles(document))
    context = Context(document, options, problems, facts, reading, catalogue, read_settings(options.settings, problems))
    # Kinds of cabinets, quantities of its own, and what is to be placed by them.
    join_cabinets(context)
    add_own_quantities(context)
    read_place(context)
    settings = settings_by_part(context)

    levels = Levels(
        facts=[default_layer(context), fact_layer(context, document.facts or [])],
        inputs=[read_layer(context, entries) for entries in document.layers],
        high=read_layer(context, settings.get("", {})),
        use=read_use(context, document.use),
        high_in={part: read_layer(context, each) for part, each in settings.items() if part},
    )
    levels.facts[0].broken |= {name for name in context.unsaid | document.torn if name in context.catalogue}
    note_units(context, {**document.shown_in, **shown_in})
    money = read_currency(context, [*levels.facts, *levels.inputs, levels.high], levels.facts[0])
    studies = read_studies(context)
    context.varied = frozenset(studies.chosen)
    if options.as_it_stands:
        studies = Studies()
    context.chosen = frozenset(studies.chosen)
    checks = [each for node in document.checks or [] if (each := _read_check(context, node))]
    checked = list(dict.fromkeys(name for check in checks for name in check.names))
    expectations = read_expectations(_own_promises(document), list(document.cases), list(document.parts), context)
    chosen = _chosen_cases(context)
    correlated = read_correlations(context)
    promised: dict[str, list[Expectation]] = {}
    for promise in expectations:
        promised.setdefault(promise.case, []).append(promise)
    cases = []
    for name, case in chosen.items():
        cases.append(resolve_case(context, name, case, levels, checked, promised.get(name, [])))
    if not studies.is_empty:
        from calc.scenario.resolve_study import resolve_study_cases

        resolve_study_cases(context, studies, chosen, levels, checked, cases)
    _note_studied(studies, cases)
    if money is not None:
        apply_money(context, money, cases)
    _drop_follow_ups(context)
    if broken:
        # What the files were to give is not missing too.
        problems.errors = [error for error in problems.errors if error in broken or error.code not in _OF_FACTS]
    problems.raise_if_any()
    display(context, [context.catalogue, studies.catalogue], money)
    figures = _figures(context, checked)
    expectations, passed = _tell_of_facts(context, files, cases, expectations)
    _warn_of_missing_sources(context, levels, cases)
    found = _doubts(context, studies, cases)
    computed = [*cases, *studies.cases()]
    reading.warnings.extend(without_effect(correlated, [each for case in computed for each in (case, *case.parts)]))
    return Scenario(
        title=document.title,
        question=document.question,
        path=loaded.path,
        place=Place(document.source, 1, 1),
        data=loaded.data,
        catalogue=context.catalogue,
        cases=cases,
        years=document.years,
        checks=checks_in(checks, money),
        model_checks=[
            (read_condition(each.check.condition, context.catalogue, None), each.check.text)
            for each in context.catalogue.checks
        ],
        expectations=[each for each in expectations if each.case in chosen],
        samples=options.samples or document.samples or DEFAULT_SAMPLES,
        seed=next(each for each in (options.seed, document.seed, DEFAULT_SEED) if each is not None),
        warnings=list(dict.fromkeys([*passed, *(each.text for each in found), *reading.warnings])),
        doubts=found,
        method=document.method or "sobol",
        headlines=tuple(each.text for each in document.headline),
        passed_over=passed,
        correlated=correlated,
        correlated_at=next((key.place for key, _ in reversed(document.correlate.values())), None),
        parts=tuple(document.parts),
        totals={name: total.of for name, total in document.totals.items()},
        studies=studies,
        origin=origin_of(loaded, options._replace(read_facts=tuple(files))),
        figures=figures,
        defaults=frozenset(name for name, each in levels.facts[0].values.items() if each.is_uncertain),
        stated=_stated(context, studies),
        placing=context.placing,
    )


def _figures(context: Context, checked: list[str]) -> tuple[str, ...] | None:
    """Return what the file itself asks for, checks and promises; None where it asks for all that follows."""
    document = context.document
    show, expect = document.before_line or (document.show, document.expect)
    if not show:
        return None
    names = [*(node.text for node in (*show, *document.headline)), *checked, *_keys(expect)]
    return tuple(dict.fromkeys(name for name in names if name in context.catalogue))


def _keys(node: Node | None) -> Iterator[str]:
    """Yield the keys of a mapping and of those in it."""
    for key, (_, value) in node.entries.items() if isinstance(node, Mapping) else ():
        yield key
        yield from _keys(value)


def _tell_of_facts(
    context: Context, files: list[FactsFile], cases: list[ResolvedCase], promises: list[Expectation]
) -> tuple[list[Expectation], list[str]]:
    """Tell what facts of one's own do and do not; return the promises that still hold, and which are not used."""
    reading, facts = context.reading, context.facts
    given = [each for case in cases for one in (case, *case.parts) for each in one.values.items()]
    changed = "`--set`" if context.options.settings else replaced(files, facts, given)
    if changed and promises:
        reading.warnings.append(f"the file's promises (`expect`) are not tested with {changed}")
    used = [value for _, value in given if value.file]
    passed = passed_over(files, facts, given, context.document.source.name)
    reading.warnings.extend(told_unused(files, facts, used, reading.used, passed))
    reading.doubts.extend(doubtful(facts, used, context.catalogue))
    return [] if changed else promises, passed


def _stated(context: Context, studies: Studies) -> Stated:
    """Return what the file itself states, unless an answer holds but a part of what it says."""
    document, options = context.document, context.options
    if options.show or options.cases or options.settings or options.studies or options.alone or not studies.is_empty:
        return Stated()

    def own(place: Place) -> bool:
        return place.source is document.source

    choices, declared = context.catalogue.choices, known_catalogue().choices
    written = {("", ""): document.use}
    written.update({("", name): each.use for name, each in document.parts.items()})
    for name, case in document.cases.items():
        written[name, ""] = case.use
        written.update({(name, part): each.use for part, each in case.parts.items()})
    use = {
        where: [
            Chosen(
                name,
                tuple(spread(choices, {name: node.text})),
                own(key.place),
                tuple(each for each in declared[name].binds if each in document.formulas) if name in declared else (),
            )
            for name, (key, node) in entries.items()
        ]
        for where, entries in written.items()
        if entries
    }
    facts = [document.facts or [], *(each.facts for each in (*document.cases.values(), *document.parts.values()))]
    return Stated(
        tuple(name for name, each in document.formulas.items() if own(each.key.place)),
        tuple(name for name, total in document.totals.items() if own(total.place)),
        use,
        tuple(dict.fromkeys(node.text for nodes in facts for node in nodes if own(node.place))),
        any(each is not None for each in (document.samples, document.seed, document.method)),
    )


def _bundles(document: Document) -> frozenset[str]:
    """Return the bundles of facts that a document names anywhere."""
    choices = [*document.cases.values(), *document.parts.values()]
    choices += [part for case in document.cases.values() for part in case.parts.values()]
    return frozenset(node.text for nodes in [document.facts or [], *(each.facts for each in choices)] for node in nodes)


def _doubts(context: Context, studies: Studies, cases: list[ResolvedCase]) -> list[Doubt]:
    """Return what is doubtful about sources, given values and the ends of what a sweep varies, each once."""
    catalogue, years = context.catalogue, context.document.years
    unused = {
        f"the source {quote(name)} is one that no value refers to": at for name, at in context.document.uncited.items()
    }
    columns = [column for case in cases for column in (case, *case.parts)]
    found = [*context.reading.doubts, *(Doubt(text, place) for text, place in unused.items())]
    found += [each for column in columns for each in doubts(catalogue, column.values, column.use, years, context.facts)]
    for axis in (each for each in studies.ranges if isinstance(each, Axis)):
        text = doubt(catalogue[base_name(axis.name)], ((each, None) for each in axis.values))
        found += [Doubt(text, axis.place)] if text else []
    first = {each.text: each for each in reversed(found)}.values()
    return sorted(first, key=lambda each: (each.place.source.name, each.place.line, each.place.column))


def _note_studied(studies: Studies, cases: list[ResolvedCase]) -> None:
    """Note the given values that only studies use, so that a report lists them too."""
    studied: dict[str, list[ResolvedCase]] = {}
    for one in studies.cases():
        studied.setdefault(one.name, []).append(one)
    for case in cases:
        used = [name for each in studied.get(case.name, ()) for name in each.studied]
        case.studied = [name for name in dict.fromkeys(used) if name in case.values]


def _warn_of_missing_sources(context: Context, levels: Levels, cases: list[ResolvedCase]) -> None:
    layers = [*levels.inputs, *(read_layer(context, part.inputs) for part in context.document.parts.values())]
    resolved = [each for case in cases for each in (case, *case.parts)]
    in_use = {str(value.place) for each in resolved for value in each.values.values()}
    unsourced = [
        name
        for layer in layers
        for name, value in layer.values.items()
        if value.source is None and str(value.place) in in_use
    ]
    if unsourced:
        context.reading.warnings.append(f"no source: {', '.join(dict.fromkeys(unsourced))}")


def _own_promises(document: Document) -> Mapping | None:
    """Return what the file promises of its own cases; what stands under the label of a line is the line's."""
    section = document.expect
    if section is None or not document.table:
        return section
    entries = {name: entry for name, entry in section.entries.items() if name not in document.table}
    return replace(section, entries=entries) if entries else None


def _drop_follow_ups(context: Context) -> None:
    """Drop complaints that are no mistakes of their own.

    A name is not unknown when its formula or its value is what is wrong, nor what the models that were not loaded would
    declare, nor what the file that could not be extended would; no year is missing when `years` could not be read, and
    no value that a bundle which nobody knows, or a plan of what cannot be placed, was to give.
    """
    problems, document = context.problems, context.document
    errors = _without_idle_inputs(context, problems.errors)
    broken = {
        f"{quote(name)} is no quantity"
        for name in (*document.formulas, *document.named, *document.totals, *document.torn, *context.unread)
    }
    if document.is_torn or any(error.code == "E-MODELS" for error in errors):
        errors = [error for error in errors if error.code not in {"E-NAME", "E-MISSING", "E-CASE", "E-PART"}]
    if context.lacks_giver:
        errors = [error for error in errors if error.code != "E-MISSING"]
    if document.years_at is not None and not document.years and "years" not in document.cleared:
        errors = [error for error in errors if error.code != "E-YEARS" or str(error.place) == str(document.years_at)]
    if any(error.message not in broken for error in errors):
        errors = [error for error in errors if error.message not in broken]
    problems.errors = errors or problems.errors


def _without_idle_inputs(context: Context, errors: list[CalcError]) -> list[CalcError]:
    """Drop complaints about inputs that nothing uses where a name that something uses is unknown: it may be meant."""
    unknown = [error for error in errors if error.code == "E-NAME" and error.message not in context.strange]
    hints = " ".join(error.hint or "" for error in unknown)
    dropped = {
        message
        for message, name in context.strange.items()
        if unknown and (name in context.idle or f"`{name}`" in hints)
    }
    return [error for error in errors if error.message not in dropped]


def _chosen_cases(context: Context) -> dict[str, Case]:
    document = context.document
    # A table with nothing to answer beside it has no cases of its own.
    cases = document.cases or ({BASE: Case(None)} if document.has_figures else {})
    if context.options.alone and not cases:
        hint = "name the scenario of a line instead"
        context.problems.add(CalcError("E-TABLE", "a table has no figures of its own to study", hint=hint))
    if not context.options.cases:
        return cases
    known = [*cases, *(() if context.options.alone else document.table)]
    for name in context.options.cases:
        if name not in known:
            hint = did_you_mean(name, known) or (f"its cases are {or_list(known)}" if known else "it has no cases")
            context.problems.add(CalcError("E-CASE", f"there is no case {quote(name)}", hint=hint))
    return {name: case for name, case in cases.items() if name in context.options.cases}


def _read_check(context: Context, node: Scalar) -> Condition | None:
    hint = "write it without; `so that` of a study may name one part or year"
    try:
        found = read_study_condition(node.text, node.place, context, exact_place=node.plain)
    except CalcError as error:
        if error.code in {"E-PART", "E-YEARS"}:
            error.hint = f"a check has to hold in every part and year; {hint}"
        context.problems.add(error)
        return None
    of_one = next((each for each in found.names if isinstance(each, Key)), None)
    if of_one is not None:
        message = f"{quote(of_one)} is of one part or year, and a check has to hold in all"
        context.problems.add(CalcError("E-CHECK", message, place=node.place, hint=hint))
    return found if of_one is None else None


# ---------------- a scenario made again from its origin, in another process or on another machine


def again(origin: Origin) -> Scenario:
    """Return the scenario of an origin.

    Raises CalcError when it ships elsewhere but not here.
    """
    from tempfile import TemporaryDirectory

    problems = Problems()
    if origin.text is not None:
        return resolve(load_bytes(origin.text, origin.name, origin.shown, problems), origin.options, problems)
    if not origin.files:
        shipped = shipped_scenarios().get(origin.name)
        if shipped is None:
            hint = "install the same version of calc everywhere"
            raise CalcError("E-CLUSTER", f"a worker does not know the scenario {quote(origin.name)}", hint=hint)
        return resolve(load_file(shipped, origin.name, origin.shown, problems), origin.options, problems)
    with TemporaryDirectory(prefix="calc-") as folder:
        root = Path(folder).resolve()
        for name, data in origin.files:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        folders = [(root / each).resolve() for each in origin.folders]
        loaded = load_file(root / origin.files[0][0], origin.name, origin.shown, problems, folders)
        return resolve(loaded, origin.options, problems)
