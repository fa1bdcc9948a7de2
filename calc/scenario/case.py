"""A scenario while it is resolved, and what that leaves: layers of given values, and cases ready to be computed."""

from __future__ import annotations

import csv
from types import MappingProxyType
from typing import TYPE_CHECKING

from calc.errors import CalcError, Place, quote
from calc.facts import DEFAULTS, Fact
from calc.files import data_folder
from calc.records import NamedTuple, dataclass, field, replace
from calc.scenario.expressions import unknown_name
from calc.scenario.fact_values import fact_value
from calc.scenario.sections import SECTIONS, SENSES, STUDIES, Keys, Shape
from calc.scenario.values import read_value
from calc.scenario.yaml_reader import Mapping, Node, Scalar, Sequence
from calc.text import and_list, did_you_mean, looks_misspelt, pattern, suggest
from calc.value import Value

if TYPE_CHECKING:
    from collections import abc
    from collections.abc import Collection, Iterable, Iterator

    from calc.engine.catalogue import Catalogue
    from calc.errors import Problems
    from calc.facts import FactBook
    from calc.scenario.conditions import Condition
    from calc.scenario.document import Document
    from calc.scenario.fact_values import Doubt, Reading
    from calc.scenario.facts_files import FactsFile
    from calc.scenario.place_section import Placing
    from calc.scenario.requested import Expectation
    from calc.scenario.resolve import Origin
    from calc.scenario.studies import Studies
    from calc.units import Unit

BASE = "base"


class Chosen(NamedTuple):
    """An entry under `use`: the quantities that it picks variants of, and whether the scenario's own file says it.

    overruled: quantities of the same choice that a formula of the scenario computes.
    """

    name: str
    binds: tuple[str, ...]
    is_own: bool
    overruled: tuple[str, ...]


class Stated(NamedTuple):
    """What a scenario's own file says beside values: names of formulas and totals, quantities under `use`, bundles.

    use: by case and part (empty for all), what stands under `use`. uncertainty: it says how samples are drawn.
    """

    formulas: tuple[str, ...] = ()
    totals: tuple[str, ...] = ()
    use: abc.Mapping[tuple[str, str], list[Chosen]] = MappingProxyType({})
    facts: tuple[str, ...] = ()
    uncertainty: bool = False


@dataclass(slots=True)
class ResolvedCase:
    """One case, or one part of a case, ready to be computed.

    values: what is given, by name. use: chosen variants. wanted: the names to answer, in order; with parts, those that
    follow from totals. is_explicit: the names were asked for by `show`, not found by what can be derived.
    needed: further names that checks and promises hold against. studied: given names that only studies of it use.
    parts: the parts of a case. totals: what each sum over the parts adds up.
    streams: the name of the random stream of a given value, where that is not the value's own.
    over: the parts that each sum goes over, where they are not all: those of servers, or the kinds of cabinets.
    whole: of a case whose parts are names, the case with its parts as it was.
    """

    name: str
    values: dict[str, Value]
    use: dict[str, str]
    wanted: list[str]
    is_explicit: bool
    needed: list[str] = field(default_factory=list)
    studied: list[str] = field(default_factory=list)
    parts: list[ResolvedCase] = field(default_factory=list)
    totals: dict[str, str] = field(default_factory=dict)
    streams: dict[str, str] = field(default_factory=dict)
    over: dict[str, tuple[str, ...]] = field(default_factory=dict)
    whole: ResolvedCase | None = None

    @property
    def asked(self) -> list[str]:
        """Return every name that has to be computed for an answer."""
        return list(dict.fromkeys([*self.wanted, *self.needed]))


@dataclass(slots=True)
class Scenario:
    """A scenario ready to be computed; nothing in it is wrong any more.

    headlines: the figures that an answer leads with, where the scenario marks any.
    method: how samples are drawn, "sobol" or "random". correlated: pairs of uncertain inputs with the rank correlation
    wanted; correlated_at: where the last of them stands. parts: their names.
    totals: what each sum over the parts adds up. doubts: those of the warnings that say a value is doubtful;
    passed_over: those that say a fact of one's own is not used.
    figures: those that its file asks for, whatever is asked for this time; None for all that follow.
    defaults: the default facts that are uncertain.
    placing: what `place` is to decide, None without cabinets. origin: what it was resolved from. stated: what it says
    that may turn out to have no effect; empty where only a part of the scenario is answered.
    """

    title: str | None
    question: str | None
    path: str
    place: Place
    data: bytes
    catalogue: Catalogue
    cases: list[ResolvedCase]
    years: tuple[int, ...]
    checks: list[Condition]
    model_checks: list[tuple[Condition, str]]
    expectations: list[Expectation]
    samples: int
    seed: int
    warnings: list[str]
    doubts: list[Doubt]
    studies: Studies
    origin: Origin
    method: str = "sobol"
    headlines: tuple[str, ...] = ()
    passed_over: list[str] = field(default_factory=list)
    correlated: dict[tuple[str, str], float] = field(default_factory=dict)
    correlated_at: Place | None = None
    parts: tuple[str, ...] = ()
    totals: dict[str, str] = field(default_factory=dict)
    figures: tuple[str, ...] | None = None
    defaults: frozenset[str] = frozenset()
    stated: Stated = field(default_factory=Stated)
    placing: Placing | None = None

    @property
    def sha256(self) -> str:
        """Return the hash of the scenario file's bytes."""
        import hashlib  # it loads a cryptography library, which only the JSON result needs

        return hashlib.sha256(self.data).hexdigest()

    @property
    def heading(self) -> str:
        """Return the title, or what the scenario is called."""
        return self.title or ("Scenario from standard input" if self.path == "-" else self.path)


# ---------------- what the parts of the resolver share


class ResolvedLine(NamedTuple):
    """A line with its scenario ready to be computed: one case or a part of it, and the names of both columns."""

    label: str
    place: Place
    path: str
    scenario: Scenario
    part: str | None
    stated: list[str]
    computed: list[str]
    note: str | None

    @property
    def names(self) -> list[str]:
        """Return the names of both columns, each once."""
        return list(dict.fromkeys([*self.stated, *self.computed]))


class Options(NamedTuple):
    """What the command line adds: names and values of `--set`, cases to keep, names to show, samples and seed.

    allow_models: Python files that a scenario names under `models:` may run. allow_folders: it may extend files there.
    studies: sections of studies that stand in for those of the file; with `alone` it has no others.
    as_it_stands: no study is run, and what needs a value that only a study chooses is missing it.
    facts: files with facts of one's own. read_facts: those files and all others, when they have been read already.
    """

    settings: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    show: tuple[str, ...] = ()
    samples: int | None = None
    seed: int | None = None
    allow_models: bool = False
    allow_folders: tuple[str, ...] = ()
    studies: tuple[tuple[str, Node], ...] = ()
    alone: bool = False
    as_it_stands: bool = False
    facts: tuple[str, ...] = ()
    read_facts: tuple[FactsFile, ...] | None = None


@dataclass(slots=True)
class Context:
    """A document being resolved.

    catalogue: grows by the scenario's own quantities. settings: the `--set` values as a layer of inputs.
    varied: inputs whose values studies choose. chosen: those of studies that are run; figures that lack them are left
    to the studies. dated: name, part and year of the figures that studies look at in one year.
    placing: what `place` is to decide, None for a scenario without cabinets.
    unread: own inputs of which no value can be read, so that nobody knows their unit.
    unsaid: names whose formula is wrong: what they are is meant to follow, and not asked for.
    units: by name, the unit that the scenario wants a figure shown in.
    strange: complaints about inputs that are no quantities, with the name of each. idle: those of them that look like
    inputs of one's own which nothing uses.
    lacks_giver: a bundle of facts is unknown or nothing can be placed, and so is unknown what that was to give.
    """

    document: Document
    options: Options
    problems: Problems
    facts: FactBook
    reading: Reading
    catalogue: Catalogue
    settings: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)
    varied: frozenset[str] = frozenset()
    chosen: frozenset[str] = frozenset()
    dated: set[tuple[str, str, int]] = field(default_factory=set)
    placing: Placing | None = None
    unread: set[str] = field(default_factory=set)
    unsaid: set[str] = field(default_factory=set)
    units: dict[str, Unit] = field(default_factory=dict)
    strange: dict[str, str] = field(default_factory=dict)
    idle: set[str] = field(default_factory=set)
    lacks_giver: bool = False

    def all_inputs(self) -> Iterator[tuple[str, Scalar, Node]]:
        """Yield name, key and value of everything that the scenario and the command line give, in any layer."""
        document = self.document
        choices = [*document.cases.values(), *document.parts.values()]
        choices += [part for case in document.cases.values() for part in case.parts.values()]
        for entries in (*document.layers, *(each.inputs for each in choices), self.settings):
            for name, (key, node) in entries.items():
                # `--set` may say `servers in training=...`.
                yield name.partition(" in ")[0].strip(), key, node
        yield from study_inputs(document.studies)


# ---------------------------------------------------------------- what studies give values for


_STEPS = pattern(r"\s+(step\s.*|in\s+[\d,]+\s+(log\s+)?steps?)$")


def study_inputs(studies: dict[str, Node]) -> Iterator[tuple[str, Scalar, Node]]:
    """Yield name, key and a value of every input for which a study chooses values."""
    for section, declared in STUDIES.items():
        node = studies.get(section)
        if not declared.chooses or not isinstance(node, Mapping):
            continue
        known = declared.section.keys
        for name, (key, value) in node.entries.items():
            if name in SENSES:
                continue
            if name not in known:
                for each in _ends(declared.section.shape, value):
                    yield from _one(name, key, each)
            elif _is_ranges(known[name].shape) and isinstance(value, Mapping):
                for inner, (inner_key, each) in value.entries.items():
                    yield from _one(inner, inner_key, each)


def _is_ranges(shape: Shape) -> bool:
    """Tell whether inputs stand here by name, each with its values."""
    return isinstance(shape, Keys) and shape.rest == "values"


def _ends(shape: Shape, value: Node) -> list[Node]:
    """Return the values that stand after the name of an input in a section of this shape."""
    if not isinstance(shape, Keys) or not isinstance(shape.rest, Keys):
        return [value]
    if not isinstance(value, Mapping):
        return []
    ends = [name for name, key in shape.rest.keys.items() if key.shape == "values"]
    return [value.entries[name][1] for name in ends if name in value.entries]


def _one(name: str, key: Scalar, node: Node) -> Iterator[tuple[str, Scalar, Node]]:
    value = node.items[0] if isinstance(node, Sequence) and node.items else node
    if isinstance(value, Scalar) and not value.is_null:
        # Of `servers in training` the quantity is `servers`.
        yield name.partition(" in ")[0].strip(), key, replace(value, text=_STEPS.sub("", value.text.strip()))


# ---------------- layers of given values: default facts, bundles of facts, inputs, a case, the command line


# The quantity that holds the first of the scenario's years.
FIRST_YEAR = "first_year"


@dataclass(slots=True)
class Layer:
    """Values given at one level; a later layer wins."""

    values: dict[str, Value] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)


def read_layer(context: Context, entries: dict[str, tuple[Scalar, Node]]) -> Layer:
    """Return the values that one section of inputs gives; what cannot be read is noted in the context's problems."""
    layer = Layer()
    for name, (key, node) in entries.items():
        quantity = context.catalogue.quantities.get(name)
        if quantity is None:
            if name not in context.document.formulas and name not in context.unread:
                error = unknown_name(name, context.catalogue, key.place)
                context.strange[error.message] = name
                if name in SECTIONS:
                    error.hint = (
                        "a case holds values, `facts`, `use` and changes of `parts`; other sections hold for all cases"
                    )
                elif not looks_misspelt(name, context.catalogue.quantities):
                    context.idle.add(name)
                    about = "input of your own is one that a formula, a check or `show` uses"
                    error.hint = (
                        f"{error.hint} An {about}" if str(error.hint)[-1] == "?" else f"{error.hint}; an {about}"
                    )
                context.problems.add(error)
                # What was probably meant is not reported as missing too.
                layer.broken.update(suggest(name, context.catalogue.quantities, 1))
            continue
        value = read_value(node, quantity, name, context.reading)
        if value is None:
            layer.broken.add(name)
        else:
            layer.values[name] = value
    return layer


def default_layer(context: Context) -> Layer:
    """Return what holds unless a scenario says otherwise: default facts, and the first of the scenario's years."""
    bundle = context.facts.bundle(DEFAULTS) or {}
    layer = _facts_as_layer(context, bundle.values(), None)
    document, quantity = context.document, context.catalogue.quantities.get(FIRST_YEAR)
    if document.years and quantity is not None:
        first, where = float(document.years[0]), document.years_at
        layer.values[FIRST_YEAR] = Value(first, None, quantity.unit, "default", "the first of `years`", place=where)
    return layer


def _priors_of_kin(name: str, subjects: Collection[str]) -> str | None:
    """Return a hint with the priors of the generation of a chip that has none itself, such as `prior-h200`."""
    chip = name.removeprefix("prior-").partition("-")[0]
    table = (data_folder("seeds") / "runs" / "accelerators.csv").read_text(encoding="utf-8")
    rows = [(row["bundle"], row["generation"]) for row in csv.DictReader(table.splitlines())]
    kin = {generation for bundle, generation in rows if bundle.partition("-")[0] == chip}
    own = any(each == f"prior-{chip}" or each.startswith(f"prior-{chip}-") for each in subjects)
    if chip == name or own or len(kin) != 1:
        return None
    chips = {bundle.partition("-")[0] for bundle, generation in rows if generation in kin}
    found = sorted(each for each in subjects if each.startswith("prior-") and each.split("-")[1] in chips)
    return f"of the same generation, {kin.pop().capitalize()}, there are {and_list(found)}" if found else None


def fact_layer(context: Context, bundles: list[Scalar]) -> Layer:
    """Return the values of bundles of facts; two bundles of one list that give the same name are an error."""
    layer = Layer()
    owners: dict[str, Scalar] = {}
    for node in bundles:
        bundle = context.facts.bundle(node.text)
        if bundle is None:
            # What the bundle that was probably meant gives is not reported as missing too.
            meant = suggest(node.text, context.facts.subjects, 1)
            layer.broken.update(context.facts.bundle(meant[0]) or () if meant else ())
            context.lacks_giver |= not meant
            hint = (
                _priors_of_kin(node.text, context.facts.subjects)
                or did_you_mean(node.text, context.facts.subjects)
                or "`{fact: subject.quantity}` under `inputs:` takes one fact"
            )
            message = f"there is no bundle of facts {quote(node.text)}"
            context.problems.add(CalcError("E-FACT", message, place=node.place, hint=hint))
            continue
        clash: dict[str, list[str]] = {}
        for quantity in bundle:
            if quantity in owners:
                clash.setdefault(owners[quantity].text, []).append(quantity)
            owners[quantity] = node
        for other, shared in clash.items():
            context.problems.add(_both_give(other, node, shared, bundles))
        layer.values.update(_facts_as_layer(context, bundle.values(), node.place).values)
    return layer


def _both_give(other: str, node: Scalar, shared: list[str], bundles: list[Scalar]) -> CalcError:
    """Return the error for two bundles of one list that give the same names."""
    more = len(shared) - 3
    listed = f"{', '.join(f'`{each}`' for each in shared[:3])} and {more} more" if more > 0 else and_list(shared)
    cases = f"cases: {{{other}: {{facts: [{other}]}}, {node.text}: {{facts: [{node.text}]}}}}"
    return CalcError(
        "E-CONFLICT",
        f"the bundles `{other}` and `{node.text}` both give {listed}",
        place=node.place,
        hint=f"take one of them, or compare them, as in `{cases}`",
        related=[("also at", next(each.place for each in bundles if each.text == other))],
    )


def _facts_as_layer(context: Context, facts: Iterable[Fact], place: Place | None) -> Layer:
    layer = Layer()
    for fact in facts:
        quantity = context.catalogue.quantities.get(fact.quantity)
        # A formula of the scenario wins over a fact, as a value of the scenario does.
        if quantity is None or fact.quantity in context.document.formulas:
            continue
        try:
            layer.values[fact.quantity] = fact_value(fact, quantity, fact.quantity, context.reading.warnings, place)
        except CalcError as error:
            # A name of the scenario's own, which is something else.
            error.message = f"the fact {quote(fact.id)} does not fit: {error.message}"
            error.hint = f"give the scenario's own `{fact.quantity}` another name, or leave out the facts"
            context.problems.add(error)
    return layer


# ---------------- `correlate:` under `uncertainty`: which uncertain inputs go together, and how closely


_PAIR = pattern(r"(\w+)\s+with\s+(\w+)")
_NUMBER = pattern(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)")


def read_correlations(context: Context) -> dict[tuple[str, str], float]:
    """Read entries such as `mfu with effective_time_share: 0.5`; what is wrong with them is added to the problems.

    Returns the rank correlation of each pair of inputs.
    """
    found: dict[tuple[str, str], float] = {}
    for key, value in context.document.correlate.values():
        try:
            pair = _pair(key, found, context)
            found[pair] = _correlation(value)
        except CalcError as error:
            context.problems.add(error)
    return found


def without_effect(correlated: Iterable[tuple[str, str]], columns: abc.Sequence[ResolvedCase]) -> list[str]:
    """Return a sentence for each pair of inputs that are not uncertain together in any of the cases and parts."""
    if not correlated:
        return []
    uncertain = [{name for name, value in each.values.items() if value.is_uncertain} for each in columns]
    given = {name for each in columns for name in each.values}
    found = []
    for pair in correlated:
        if not columns or any(each.issuperset(pair) for each in uncertain):
            continue
        steady = [name for name in pair if not any(name in each for each in uncertain)]
        why = [f"`{name}` is {'certain' if name in given else 'not given'}" for name in steady]
        why = why or ["no case has a range for both"]
        found.append(f"`{pair[0]}` and `{pair[1]}` are not correlated: {' and '.join(why)}")
    return found


def _pair(key: Scalar, found: abc.Mapping[tuple[str, str], float], context: Context) -> tuple[str, str]:
    match = _PAIR.fullmatch(key.text.strip())
    if match is None or match[1] == match[2]:
        message = f"{quote(key.text)} names no two inputs"
        raise CalcError("E-CORRELATE", message, place=key.place, hint="as in `mfu with effective_time_share: 0.5`")
    for name in match.groups():
        if name not in context.catalogue:
            raise unknown_name(name, context.catalogue, key.place)
    if (match[2], match[1]) in found:
        message = f"{match[1]} and {match[2]} are correlated twice"
        raise CalcError("E-CORRELATE", message, place=key.place, hint="keep one of the two lines")
    return match[1], match[2]


def _correlation(value: Scalar) -> float:
    if _NUMBER.fullmatch(value.text.strip()) is None or not -1 < float(value.text) < 1:
        message = f"{quote(value.text)} is no correlation"
        raise CalcError("E-CORRELATE", message, place=value.place, hint="write a number between -1 and 1, as in 0.5")
    return float(value.text)
