"""From a document to cases with values: layers, choices of variants, exchange rates, and everything that is missing.

Layers, later wins: default facts < facts < extends < inputs < case < --set.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from calc.engine.catalogue import Catalogue, Quantity, standard_catalogue
from calc.engine.evaluate import evaluate_formula
from calc.engine.graph import derivable, formula_of, make_plan
from calc.engine.symbol import Symbol
from calc.errors import CalcError, Place, Problems, SourceText, quote
from calc.facts import DEFAULTS, Fact, FactBook, standard_facts
from calc.scenario.amount import from_base
from calc.scenario.document import Case, Document
from calc.scenario.expectations import Expectation, read_expectations
from calc.scenario.expressions import Condition, UserFormula, parse_scalar, read_condition, symbol_of, unknown_name
from calc.scenario.nodes import Scalar
from calc.scenario.values import Reading, fact_value, fitting, read_value
from calc.text import did_you_mean, or_list
from calc.units import RATIO, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calc.scenario.load import Loaded
    from calc.scenario.nodes import Node
    from calc.scenario.expressions import ParsedFormula
    from calc.value import Value

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
    sha256: str
    catalogue: Catalogue
    cases: list[ResolvedCase]
    checks: list[Condition]
    model_checks: list[tuple[Condition, str]]
    expectations: list[Expectation]
    samples: int
    seed: int
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line adds: names and values of `--set`, cases to keep, names to show, samples and seed."""

    settings: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    show: tuple[str, ...] = ()
    samples: int | None = None
    seed: int | None = None


def resolve(loaded: Loaded, options: Options, problems: Problems) -> Scenario:
    """Resolve a loaded document.

    Raises CalcErrors with everything that is wrong with names, values, units and layers, all at once.
    """
    return _Resolver(loaded, options, problems).resolve()


@dataclass(slots=True)
class _Layer:
    """Values given at one level; a later layer wins."""

    values: dict[str, Value] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)


class _Resolver:
    def __init__(self, loaded: Loaded, options: Options, problems: Problems) -> None:
        self.loaded = loaded
        self.document: Document = loaded.document
        self.options = options
        self.problems = problems
        self.facts: FactBook = standard_facts()
        self.reading = Reading(self.document.sources, self.facts, problems, [])
        self.catalogue = standard_catalogue()
        self.settings = self._settings()

    def resolve(self) -> Scenario:
        self._own_quantities()
        base = [self._default_facts(), self._fact_layer(self.document.facts or [])]
        inputs = [self._layer(entries) for entries in self.document.layers]
        settings = self._layer(self.settings)
        use = self._use(self.document.use)
        cases = self._chosen_cases()
        checks = [each for node in self.document.checks or [] if (each := self._condition(node))]
        expectations = read_expectations(self.document.expect, list(self.document.cases), self.catalogue, self.problems)
        resolved = []
        for name, case in cases.items():
            extra = self._fact_layer(case.facts)
            own = self._layer(case.inputs)
            layers = [*base, extra, *inputs, own, settings]
            chosen = {**use, **self._use(case.use)}
            asked = [each for check in checks for each in check.names]
            asked += [each.name for each in expectations if each.case == name]
            resolved.append(self._case(name, layers, chosen, asked))
        self.problems.raise_if_any()
        unsourced = [name for layer in inputs for name, value in layer.values.items() if value.source is None]
        if unsourced:
            self.reading.warnings.append(f"no source: {', '.join(dict.fromkeys(unsourced))}")
        return Scenario(
            title=self.document.title,
            question=self.document.question,
            path=self.loaded.path,
            sha256=self.loaded.sha256,
            catalogue=self.catalogue,
            cases=resolved,
            checks=checks,
            model_checks=self._model_checks(),
            expectations=[each for each in expectations if each.case in cases],
            samples=self.options.samples or self.document.samples or DEFAULT_SAMPLES,
            seed=next(each for each in (self.options.seed, self.document.seed, DEFAULT_SEED) if each is not None),
            warnings=list(dict.fromkeys(self.reading.warnings)),
        )

    # ------------------------------------------------------------ names

    def _settings(self) -> dict[str, tuple[Scalar, Node]]:
        """Read `--set name=value` as a layer of inputs."""
        found: dict[str, tuple[Scalar, Node]] = {}
        for text in self.options.settings:
            source = SourceText("--set", text)
            name, mark, value = text.partition("=")
            key = Scalar(name.strip(), plain=True, place=Place(source, 1, 1, max(1, len(name))))
            if not mark or not name.strip():
                self.problems.add(
                    CalcError("E-SET", f"{quote(text)} sets nothing", place=key.place, hint="write `--set name=value`")
                )
            elif key.text in found:
                self.problems.add(
                    CalcError("E-SET", f"`{key.text}` is set twice", place=key.place, hint="set each name once")
                )
            else:
                lead = len(name) + 1 + len(value) - len(value.lstrip())
                place = Place(source, 1, lead + 1, max(1, len(value.strip())))
                found[key.text] = (key, self._setting_value(value.strip(), place))
        return found

    def _setting_value(self, text: str, place: Place) -> Node:
        from calc.scenario.yaml_reader import read_yaml

        if text.startswith("{"):
            try:
                return read_yaml(SourceText("--set", text), self.problems)
            except CalcError as error:
                self.problems.add(error)
        return Scalar(text, plain=True, place=place)

    def _all_inputs(self) -> Iterable[tuple[str, Scalar, Node]]:
        for entries in (*self.document.layers, *(case.inputs for case in self.document.cases.values()), self.settings):
            for name, (key, node) in entries.items():
                yield name, key, node

    def _own_quantities(self) -> None:
        """Add the scenario's formulas, and the inputs that only they use, to the catalogue."""
        parsed = self._parsed_formulas()
        used = {name for formula in parsed.values() for name in formula.names}
        own: dict[str, Quantity] = {}
        for name, key, node in self._all_inputs():
            if name in used and name not in self.catalogue and name not in parsed and name not in own:
                value = read_value(node, None, name, self.reading)
                unit = value.unit if value else RATIO
                own[name] = _own_quantity(name, unit, "An input of this scenario", key.place)
        self.catalogue = self.catalogue.with_quantities(own.values())
        self._trace_formulas(parsed)

    def _parsed_formulas(self) -> dict[str, ParsedFormula]:
        parsed = {}
        for name, (key, node) in self.document.formulas.items():
            known = self.catalogue.quantities.get(name)
            if known is not None:
                self.problems.add(
                    CalcError(
                        "E-DUPLICATE",
                        f"`{name}` has two owners: this scenario and the model `{known.model}`",
                        place=key.place,
                        hint="choose another name for the formula, or give a value for the name under `inputs:`",
                        related=[("also declared at", known.place)] if known.place else [],
                    )
                )
            elif not name.isidentifier() or not name.isascii() or len(name) > 64 or name != name.lower():
                hint = "names are lower-case words joined by `_`, as in `cost_per_gpu`"
                self.problems.add(
                    CalcError("E-NAME", f"{quote(name)} is no name for a quantity", place=key.place, hint=hint)
                )
            else:
                try:
                    parsed[name] = parse_scalar(node)
                except CalcError as error:
                    self.problems.add(error)
        return parsed

    def _trace_formulas(self, parsed: dict[str, ParsedFormula]) -> None:
        pending = dict(parsed)
        while pending:
            ready = [name for name, formula in pending.items() if not any(each in pending for each in formula.names)]
            if not ready:
                circle = list(pending)
                place = self.document.formulas[circle[0]][0].place
                self.problems.add(
                    CalcError(
                        "E-LOOP",
                        f"the formulas {or_list(circle)} need each other",
                        place=place,
                        hint="break the circle",
                    )
                )
                return
            for name in ready:
                self._trace_formula(name, pending.pop(name), parsed)

    def _trace_formula(self, name: str, formula: ParsedFormula, parsed: dict[str, ParsedFormula]) -> None:
        key, node = self.document.formulas[name]
        unknown = [each for each in formula.names if each not in self.catalogue]
        for each in unknown:
            if each not in self.document.formulas:
                self.problems.add(self._unknown(each, node.place))
        if unknown:
            return
        try:
            symbol = formula.trace({each: symbol_of(self.catalogue[each]) for each in formula.names})
        except CalcError as error:
            self.problems.add(error)
            return
        quantity = _own_quantity(name, _shown_unit(symbol), f"Defined here as {node.text}", key.place)
        quantity.formulas[""] = UserFormula(name, symbol, node.text.strip(), node.place)  # type: ignore[assignment]
        self.catalogue = self.catalogue.with_quantities([quantity])

    def _unknown(self, name: str, place: Place | None) -> CalcError:
        return unknown_name(name, self.catalogue, place)

    # ------------------------------------------------------------ layers

    def _layer(self, entries: dict[str, tuple[Scalar, Node]]) -> _Layer:
        layer = _Layer()
        for name, (key, node) in entries.items():
            quantity = self.catalogue.quantities.get(name)
            if quantity is None:
                if name not in self.document.formulas:
                    self.problems.add(self._unknown(name, key.place))
                continue
            value = read_value(node, quantity, name, self.reading)
            if value is None:
                layer.broken.add(name)
            else:
                layer.values[name] = value
        return layer

    def _default_facts(self) -> _Layer:
        bundle = self.facts.bundle(DEFAULTS) or {}
        return self._facts_as_layer(bundle.values(), None)

    def _fact_layer(self, bundles: list[Scalar]) -> _Layer:
        layer = _Layer()
        owners: dict[str, tuple[str, Place]] = {}
        for node in bundles:
            bundle = self.facts.bundle(node.text)
            if bundle is None:
                hint = (
                    did_you_mean(node.text, self.facts.subjects)
                    or "`{fact: subject.quantity}` under `inputs:` takes one fact"
                )
                self.problems.add(
                    CalcError("E-FACT", f"there is no bundle of facts {quote(node.text)}", place=node.place, hint=hint)
                )
                continue
            for quantity in bundle:
                if quantity in owners:
                    other, place = owners[quantity]
                    self.problems.add(
                        CalcError(
                            "E-CONFLICT",
                            f"the bundles `{other}` and `{node.text}` both give `{quantity}`",
                            place=node.place,
                            hint=f"give `{quantity}: {{fact: {other}.{quantity}}}` under `inputs:` and drop one bundle",
                            related=[("also at", place)],
                        )
                    )
                owners[quantity] = (node.text, node.place)
            layer.values.update(self._facts_as_layer(bundle.values(), node.place).values)
        return layer

    def _facts_as_layer(self, facts: Iterable[Fact], place: Place | None) -> _Layer:
        layer = _Layer()
        for fact in facts:
            quantity = self.catalogue.quantities.get(fact.quantity)
            if quantity is None:
                continue
            try:
                layer.values[fact.quantity] = fact_value(fact, quantity, fact.quantity, self.reading, place)
            except CalcError as error:
                self.problems.add(error)
        return layer

    def _use(self, entries: dict[str, tuple[Scalar, Scalar]]) -> dict[str, str]:
        chosen = {}
        for name, (key, node) in entries.items():
            quantity = self.catalogue.quantities.get(name)
            variants = [each for each in quantity.formulas if each] if quantity else []
            if not variants:
                having = [each.name for each in self.catalogue.quantities.values() if len(each.formulas) > 1]
                hint = did_you_mean(name, having) or f"variants exist for {', '.join(having)}"
                self.problems.add(CalcError("E-USE", f"{quote(name)} has no variants", place=key.place, hint=hint))
            elif node.text not in variants:
                hint = did_you_mean(node.text, variants) or f"its variants are {or_list(variants)}"
                self.problems.add(
                    CalcError("E-USE", f"`{name}` has no variant {quote(node.text)}", place=node.place, hint=hint)
                )
            else:
                chosen[name] = node.text
        return chosen

    def _chosen_cases(self) -> dict[str, Case]:
        cases = self.document.cases or {BASE: Case(None)}
        if not self.options.cases:
            return cases
        for name in self.options.cases:
            if name not in cases:
                hint = did_you_mean(name, cases) or f"its cases are {or_list(cases)}"
                self.problems.add(CalcError("E-CASE", f"there is no case {quote(name)}", hint=hint))
        return {name: case for name, case in cases.items() if name in self.options.cases}

    def _condition(self, node: Scalar) -> Condition | None:
        try:
            return read_condition(node.text, self.catalogue, node.place, exact_place=node.plain)
        except CalcError as error:
            self.problems.add(error)
            return None

    # ------------------------------------------------------------ one case

    def _case(self, name: str, layers: list[_Layer], use: dict[str, str], also: list[str]) -> ResolvedCase:
        values = self._lay(layers, use)
        broken = {each for layer in layers for each in layer.broken}
        given = set(values) | broken
        wanted = self._wanted(given, use)
        try:
            plan = make_plan(self.catalogue, [*wanted, *also], given, use)
        except CalcError as error:
            self.problems.add(error)
            return ResolvedCase(name, values, use, wanted, is_explicit=bool(self.options.show or self.document.show))
        for missing, users in plan.missing.items():
            self._missing(missing, users, name)
        values = self._convert(values, set(plan.leaves))
        return ResolvedCase(name, values, use, wanted, is_explicit=bool(self.options.show or self.document.show))

    def _lay(self, layers: list[_Layer], use: dict[str, str]) -> dict[str, Value]:
        """Lay the layers over each other; a later one that gives a name of a loop withdraws the loop's other names."""
        values: dict[str, Value] = {}
        for layer in layers:
            withdrawn = self._withdrawn(values, layer, use)
            for name in withdrawn:
                del values[name]
            for name, value in layer.values.items():
                earlier = values.get(name)
                if earlier is not None and earlier.status in {"default", "overridden"} and value.status == "given":
                    value = replace(value, status="overridden", fact=value.fact or earlier.fact)
                values[name] = value
            self._agree(values, layer, use)
        return values

    def _withdrawn(self, values: dict[str, Value], layer: _Layer, use: dict[str, str]) -> list[str]:
        candidates = [name for name in values if name not in layer.values and self.catalogue[name].formulas]
        given = {*values, *layer.values, *layer.broken}
        return [
            old
            for old in candidates
            if any(
                self._in_one_loop(old, new, given, use)
                for new in (*layer.values, *layer.broken)
                if self.catalogue[new].formulas
            )
        ]

    def _in_one_loop(self, one: str, other: str, given: set[str], use: dict[str, str]) -> bool:
        """Tell whether two given names would each be computed from the other if it were not given."""
        return self._reaches(one, other, given, use) and self._reaches(other, one, given, use)

    def _reaches(self, start: str, goal: str, given: set[str], use: dict[str, str]) -> bool:
        stack, seen = [start], {start}
        while stack:
            name = stack.pop()
            formula = formula_of(self.catalogue, name, use)
            for each in formula.parameters if formula else ():
                if each == goal:
                    return True
                if each not in seen and each not in given:
                    seen.add(each)
                    stack.append(each)
        return False

    def _agree(self, values: dict[str, Value], layer: _Layer, use: dict[str, str]) -> None:
        """Two names of a loop given in one layer must agree to 1e-9."""
        names = [name for name in layer.values if self.catalogue[name].formulas]
        for position, one in enumerate(names):
            for other in names[position + 1 :]:
                if self._in_one_loop(one, other, set(values), use):
                    self._compare(one, other, values, use)

    def _compare(self, one: str, other: str, values: dict[str, Value], use: dict[str, str]) -> None:
        try:
            plan = make_plan(self.catalogue, [one], set(values) - {one}, use)
        except CalcError:
            return
        if plan.missing:
            return
        figures: dict[str, float] = {name: value.point for name, value in values.items()}
        del figures[one]
        for name in plan.order:
            formula = formula_of(self.catalogue, name, use)
            if formula is not None and all(each in figures for each in formula.parameters):
                result = evaluate_formula(name, formula.expression, figures, {})
                if isinstance(result, float):
                    figures[name] = result
        stated, follows = values[one].point, figures.get(one)
        uncertain = values[one].distribution or values[other].distribution
        if follows is None or (not uncertain and abs(stated - follows) <= 1e-9 * max(abs(stated), abs(follows))):
            return
        unit = self.catalogue[one].unit
        said = f"{from_base(stated, unit):.12g}, but {from_base(follows, unit):.12g} follows from `{other}`"
        place = values[other].place
        message = f"`{one}` and `{other}` contradict each other: `{one}` is {said}"
        if uncertain:
            message = f"`{one}` and `{other}` both have a range, and each follows from the other"
        related = [("the other", place)] if place else []
        self.problems.add(
            CalcError(
                "E-CONTRADICTION",
                message,
                place=values[one].place,
                hint="give one of the two; the other follows",
                related=related,
            )
        )

    def _wanted(self, given: set[str], use: dict[str, str]) -> list[str]:
        if self.options.show:
            for name in self.options.show:
                if name not in self.catalogue:
                    self.problems.add(self._unknown(name, None))
            return [name for name in self.options.show if name in self.catalogue]
        if self.document.show:
            for node in self.document.show:
                if node.text not in self.catalogue and node.text not in self.document.formulas:
                    self.problems.add(self._unknown(node.text, node.place))
            return list(dict.fromkeys(node.text for node in self.document.show if node.text in self.catalogue))
        found = derivable(self.catalogue, given, use)
        if not found and not self.problems.errors:
            hint = "give the `inputs:` of a formula, or name what you want under `show:` to see what is missing"
            self.problems.add(CalcError("E-NOTHING", "nothing follows from what is given", hint=hint))
        return found

    def _missing(self, name: str, users: list[str], case: str) -> None:
        for_case = "" if case == BASE else f" in case {quote(case)}"
        needed = (
            f"; {or_list(users[:3]).replace(' or ', ' and ')} need{'s' if len(users) == 1 else ''} it" if users else ""
        )
        from calc.scenario.fit import spelled

        quantity = self.catalogue[name]
        example = f"give it under `inputs:`, as in `{name}: 1 {spelled(quantity)}`".replace("1 %", "50 %")
        facts = fitting(name, self.facts)
        hint = f"{example}; {facts}" if facts else example
        self.problems.add(
            CalcError(
                "E-MISSING",
                f"`{name}` ({quantity.text[:1].lower()}{quantity.text[1:]}) has no value{for_case}{needed}",
                hint=hint,
            )
        )

    def _convert(self, values: dict[str, Value], used: set[str]) -> dict[str, Value]:
        """Convert amounts in another currency through the exchange rate that the scenario's facts give."""
        converted = dict(values)
        for name, value in values.items():
            if value.currency is None:
                continue
            declared = self.catalogue[name].unit.dimension.currency
            rate_name = f"{value.currency.lower()}_per_{str(declared).lower()}"
            rate = values.get(rate_name)
            if rate is None or rate.distribution is not None:
                if name in used:
                    self._no_rate(name, value, str(declared), rate_name, rate)
                continue
            factor = 1 / rate.point
            spread = value.distribution.scaled(factor) if value.distribution else None
            point = spread.point if spread else value.point * factor
            converted[name] = replace(value, point=point, distribution=spread, converted=rate_name)
        return converted

    def _no_rate(self, name: str, value: Value, declared: str, rate_name: str, rate: Value | None) -> None:
        facts = fitting(rate_name, self.facts)
        hint = "take a dated exchange rate, as in `facts: [fx]`" if facts else f"write it in {declared}"
        if facts:
            hint += f", or name one under `inputs:`; {facts}"
        message = f"`{name}` is in {value.currency} and needs {declared}, and no `{rate_name}` is given"
        if rate is not None:
            message = f"`{rate_name}` has a range, and a conversion needs one rate"
        self.problems.add(CalcError("E-CURRENCY", message, place=value.place, hint=hint))

    # ------------------------------------------------------------ promises, model checks, warnings

    def _model_checks(self) -> list[tuple[Condition, str]]:
        return [
            (read_condition(each.check.condition, self.catalogue, None), each.check.text)
            for each in self.catalogue.checks
        ]


def _own_quantity(name: str, unit: Unit, text: str, place: Place) -> Quantity:
    return Quantity(name, unit, str(unit), text, None, None, optional=False, model="scenario", where=lambda: place)


def _shown_unit(symbol: Symbol) -> Unit:
    """Return the unit to show a scenario's own figure in."""
    if symbol.dimension is None or symbol.dimension.is_ratio:
        return RATIO
    return symbol.unit
