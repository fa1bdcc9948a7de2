"""From a document to cases with values: everything that is wrong with names, values, units and layers, all at once.

Layers, later wins: default facts < facts < extends < inputs < case < --set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from calc.engine.choices import spread
from calc.engine.graph import derivable, make_plan
from calc.errors import CalcError, Place, Problems, quote
from calc.facts import standard_facts
from calc.scenario.conditions import Condition, read_condition
from calc.scenario.context import Context, Options
from calc.scenario.document import Case
from calc.scenario.exchange import convert
from calc.scenario.expectations import Expectation, read_expectations
from calc.scenario.expressions import unknown_name
from calc.scenario.fact_values import fitting
from calc.scenario.fit import spelled
from calc.scenario.given import agree, lay
from calc.scenario.layers import Layer, default_layer, fact_layer, read_layer
from calc.scenario.models import catalogue_of
from calc.scenario.own import add_own_quantities
from calc.scenario.settings import read_settings
from calc.scenario.values import Reading
from calc.text import and_list, did_you_mean, or_list

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from calc.engine.catalogue import Catalogue
    from calc.scenario.document import Document
    from calc.scenario.load import Loaded
    from calc.scenario.nodes import Scalar
    from calc.value import Value

__all__ = ["Options", "ResolvedCase", "Scenario", "resolve"]

DEFAULT_SAMPLES = 20_000
DEFAULT_SEED = 0
BASE = "base"


@dataclass(frozen=True, slots=True)
class ResolvedCase:
    """One case ready to be computed.

    values: what is given, by name. use: chosen variants. wanted: the names to answer, in order.
    is_explicit: the names were asked for by `show`, not found by what can be derived.
    """

    name: str
    values: dict[str, Value]
    use: dict[str, str]
    wanted: list[str]
    is_explicit: bool


@dataclass(slots=True)
class Scenario:
    """A scenario ready to be computed; nothing in it is wrong any more."""

    title: str | None
    question: str | None
    path: str
    place: Place
    sha256: str
    catalogue: Catalogue
    cases: list[ResolvedCase]
    checks: list[Condition]
    model_checks: list[tuple[Condition, str]]
    expectations: list[Expectation]
    samples: int
    seed: int
    warnings: list[str]

    @property
    def heading(self) -> str:
        """Return the title, or what the scenario is called."""
        return self.title or ("Scenario from standard input" if self.path == "-" else self.path)


def resolve(loaded: Loaded, options: Options, problems: Problems) -> Scenario:
    """Resolve a loaded document.

    problems: what loading found wrong; it is raised together with what is found here.
    Raises CalcErrors with everything that is wrong.
    """
    document, facts = loaded.document, standard_facts()
    reading = Reading(document.sources, facts, problems, [])
    settings = read_settings(options.settings, problems)
    catalogue = catalogue_of(document, problems, allowed=options.allow_models)
    context = Context(document, options, problems, facts, reading, catalogue, settings)
    add_own_quantities(context)

    low = [default_layer(context), fact_layer(context, document.facts or [])]
    inputs = [read_layer(context, entries) for entries in document.layers]
    high = read_layer(context, context.settings)
    use = _read_use(context, document.use)
    checks = [each for node in document.checks or [] if (each := _read_check(context, node))]
    expectations = read_expectations(document.expect, list(document.cases), context.catalogue, problems)
    cases = []
    chosen = _chosen_cases(context)
    for name, case in chosen.items():
        chosen_facts = fact_layer(context, case.facts)
        layers = [*low, chosen_facts, *inputs, read_layer(context, case.inputs), high]
        hidden = [each for each in chosen_facts.values if any(each in layer.values for layer in inputs)]
        if hidden:
            reading.warnings.append(f"case {quote(name)}: its facts give {', '.join(hidden)}, but `inputs` win")
        also = [each for check in checks for each in check.names]
        also += [each.name for each in expectations if each.case == name]
        cases.append(_resolve_case(context, name, layers, {**use, **_read_use(context, case.use)}, also))
    _drop_follow_ups(problems, document)
    problems.raise_if_any()
    if options.settings and expectations:
        reading.warnings.append("the file's promises (`expect`) are not tested with `--set`")
        expectations = []
    in_use = {id(value.place) for case in cases for value in case.values.values()}
    unsourced = [
        name
        for layer in inputs
        for name, value in layer.values.items()
        if value.source is None and id(value.place) in in_use
    ]
    if unsourced:
        reading.warnings.append(f"no source: {', '.join(dict.fromkeys(unsourced))}")
    return Scenario(
        title=document.title,
        question=document.question,
        path=loaded.path,
        place=Place(document.source, 1, 1),
        sha256=loaded.sha256,
        catalogue=context.catalogue,
        cases=cases,
        checks=checks,
        model_checks=_model_checks(context.catalogue),
        expectations=[each for each in expectations if each.case in chosen],
        samples=options.samples or document.samples or DEFAULT_SAMPLES,
        seed=next(each for each in (options.seed, document.seed, DEFAULT_SEED) if each is not None),
        warnings=list(dict.fromkeys(reading.warnings)),
    )


def _drop_follow_ups(problems: Problems, document: Document) -> None:
    """Drop the complaint that a name is unknown when its own formula is what is wrong."""
    broken = {f"`{name}` is no quantity" for name in document.formulas}
    if any(error.code == "E-MODELS" for error in problems.errors):
        # What the models that were not loaded would declare is not unknown too.
        problems.errors = [error for error in problems.errors if error.code != "E-NAME"]
    if any(error.message not in broken for error in problems.errors):
        problems.errors = [error for error in problems.errors if error.message not in broken]


def _model_checks(catalogue: Catalogue) -> list[tuple[Condition, str]]:
    return [(read_condition(each.check.condition, catalogue, None), each.check.text) for each in catalogue.checks]


def _read_use(context: Context, entries: dict[str, tuple[Scalar, Scalar]]) -> dict[str, str]:
    chosen = {}
    catalogue = context.catalogue
    for name, (key, node) in entries.items():
        quantity, choice = catalogue.quantities.get(name), catalogue.choices.get(name)
        found = quantity.formulas if quantity else choice.options if choice else {}
        variants = [each for each in found if each]
        if not variants:
            varied = [each.name for each in catalogue.quantities.values() if len(each.formulas) > 1]
            having = [*catalogue.choices, *varied]
            hint = did_you_mean(name, having) or f"variants exist for {', '.join(having)}"
            context.problems.add(CalcError("E-USE", f"{quote(name)} has no variants", place=key.place, hint=hint))
        elif node.text not in variants:
            hint = did_you_mean(node.text, variants) or f"its variants are {and_list(variants)}"
            message = f"`{name}` has no variant {quote(node.text)}"
            context.problems.add(CalcError("E-USE", message, place=node.place, hint=hint))
        else:
            chosen[name] = node.text
    return spread(catalogue.choices, chosen)


def _chosen_cases(context: Context) -> dict[str, Case]:
    cases = context.document.cases or {BASE: Case(None)}
    if not context.options.cases:
        return cases
    for name in context.options.cases:
        if name not in cases:
            hint = did_you_mean(name, cases) or f"its cases are {or_list(cases)}"
            context.problems.add(CalcError("E-CASE", f"there is no case {quote(name)}", hint=hint))
    return {name: case for name, case in cases.items() if name in context.options.cases}


def _read_check(context: Context, node: Scalar) -> Condition | None:
    try:
        return read_condition(node.text, context.catalogue, node.place, exact_place=node.plain)
    except CalcError as error:
        context.problems.add(error)
        return None


def _resolve_case(
    context: Context, name: str, layers: list[Layer], use: dict[str, str], also: Iterable[str]
) -> ResolvedCase:
    values = lay(context, layers, use)
    # A name whose value could not be read is not missing too; one mistake makes one message.
    given = {*values, *(each for layer in layers for each in layer.broken)}
    explicit = bool(context.options.show or context.document.show)
    wanted = _wanted(context, given, use)
    try:
        plan = make_plan(context.catalogue, [*wanted, *also], given, use)
    except CalcError as error:
        error.place = _asking(context, None, given, use)
        context.problems.add(error)
        return ResolvedCase(name, values, use, wanted, explicit)
    for missing, users in plan.missing.items():
        place = _asking(context, missing, given, use)
        context.problems.add(_missing(context, missing, users, name, place))
    values = convert(context, values, set(plan.leaves))
    agree(context, values, use)
    return ResolvedCase(name, values, use, wanted, explicit)


def _wanted(context: Context, given: AbstractSet[str], use: dict[str, str]) -> list[str]:
    """Return the names to answer: those of `--show` or `show`, or all that follows from what is given."""
    catalogue, document = context.catalogue, context.document
    if context.options.show:
        for name in context.options.show:
            if name not in catalogue:
                context.problems.add(unknown_name(name, catalogue, None))
        return [name for name in context.options.show if name in catalogue]
    if document.show:
        for node in document.show:
            if node.text not in catalogue and node.text not in document.formulas:
                context.problems.add(unknown_name(node.text, catalogue, node.place))
        return list(dict.fromkeys(node.text for node in document.show if node.text in catalogue))
    found = derivable(catalogue, given, use)
    if not found and not context.problems.errors:
        hint = "give the `inputs:` of a formula, or name what you want under `show:` to see what is missing"
        place = Place(document.source, 1, 1)
        context.problems.add(CalcError("E-NOTHING", "nothing follows from what is given", place=place, hint=hint))
    return found


def _asking(context: Context, missing: str | None, given: AbstractSet[str], use: dict[str, str]) -> Place:
    """Return the entry of `show` that cannot be answered for lack of `missing` (None: because of a loop)."""
    for node in context.document.show or []:
        try:
            plan = make_plan(context.catalogue, [node.text], given, use) if node.text in context.catalogue else None
        except CalcError:
            return node.place
        if plan and missing in plan.missing:
            return node.place
    return Place(context.document.source, 1, 1)


def _missing(context: Context, name: str, users: list[str], case: str, place: Place) -> CalcError:
    quantity = context.catalogue[name]
    for_case = "" if case == BASE else f" in case {quote(case)}"
    listed = and_list(users[:3]) if users else ""
    needed = f"; {listed} need{'s' if len(users) == 1 else ''} it" if users else ""
    number = "80" if quantity.is_share else "10"
    example = f"give it under `inputs:`, as in `{name}: {number} {spelled(quantity)}`"
    facts = fitting(name, context.facts)
    meaning = quantity.text[:1].lower() + quantity.text[1:].rstrip(".")
    message = f"`{name}` ({meaning}) has no value{for_case}{needed}"
    return CalcError("E-MISSING", message, place=place, hint=f"{example}; {facts}" if facts else example)
