"""The catalogue: every quantity that models declare, those from outside too, with unit, bounds, formulas, choices."""

from __future__ import annotations

import importlib.util
import re
import sys
from functools import lru_cache, partial
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeVar

from calc.declarations import Check, Choice, Input, Verdict
from calc.engine.formula import Formula, file_place, read_formula
from calc.errors import CalcError, Place, Problems
from calc.models import MODELS
from calc.records import NamedTuple, dataclass, field
from calc.text import did_you_mean
from calc.units.parse import parse_unit
from calc.units.vocabulary import Measure, measure_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet
    from types import ModuleType

    from calc.units import Unit

T = TypeVar("T")
# So many answers are kept.
_QUESTIONS = 10_000
# What installed packages declare their models under.
GROUP = "calc.models"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A name with one meaning and one unit.

    unit_text: the declared unit; measured: the same, as text where nobody has read it yet. told: what it is, in words,
    or the formula that says it. Of all quantities a scenario needs a few, so that both are read late.
    low, high: inclusive bounds of given values in that unit; why: their reason. band: span of what is usual, where a
    model says it.
    formulas: by variant name; empty for a plain input. The first variant is the default.
    optional: an input that may be left out and is then *not included*.
    model: the model that owns it, or "scenario". label: what a reader calls it; empty for its name with spaces.
    topic: what an optional input is about together with others.
    """

    name: str
    measured: Unit | str
    unit_text: str
    told: str | Formula
    low: float | None
    high: float | None
    optional: bool
    model: str
    formulas: dict[str, Formula] = field(default_factory=dict)
    where: Callable[[], Place] | None = None
    why: str = ""
    band: tuple[float, float] | None = None
    label: str = ""
    topic: str = ""

    @property
    def unit(self) -> Unit:
        """Return the unit."""
        return parse_unit(self.measured) if isinstance(self.measured, str) else self.measured

    @property
    def text(self) -> str:
        """Return what it is, in words."""
        return self.told if isinstance(self.told, str) else self.told.text

    @property
    def place(self) -> Place | None:
        """Return where the quantity is declared; files are searched only when an error or a reader asks."""
        return self.where() if self.where else None

    @property
    def is_share(self) -> bool:
        """Tell whether this is a pure number written as a percentage: bounded by 0 and 1, or named a share."""
        bounded = self.low == 0 and self.high == 1
        return self.unit.dimension.is_ratio and (bounded or "share" in self.name.split("_"))

    @property
    def omittable(self) -> str | None:
        """Return the thing that the name itself says the quantity is per, so that a value may leave it out.

        `rack_power_rated` is per rack and `gpus_per_server` per server. Prices and other money never leave it out.
        """
        if self.unit.dimension.currency:
            return None
        for atom, power in self.unit.atoms:
            if power == -1 and (self.name.startswith(f"{atom}_") or self.name.endswith(f"_per_{atom}")):
                return atom
        return None


class ModelCheck(NamedTuple):
    """A check that a model owns, with the file that declares it."""

    name: str
    check: Check
    where: Callable[[], Place]


class ModelChoice(NamedTuple):
    """A choice that a model owns, with its name and where it is declared."""

    name: str
    choice: Choice
    where: Callable[[], Place]


class Catalogue:
    """Quantities by name, and the checks, choices and verdicts of the models."""

    def __init__(
        self,
        quantities: dict[str, Quantity],
        checks: list[ModelCheck],
        choices: dict[str, Choice] | None = None,
        verdicts: dict[str, Verdict] | None = None,
    ) -> None:
        self.quantities = quantities
        self.checks = checks
        self.choices = choices or {}
        self.verdicts = verdicts or {}
        # By currency, how many of it a dollar is, where a scenario wants all money in that currency.
        self.rates: dict[str, float] = {}
        self._found: dict[object, Any] = {}

    def __getitem__(self, name: str) -> Quantity:
        return self.quantities[name]

    def __contains__(self, name: object) -> bool:
        return name in self.quantities

    def with_quantities(self, extra: Iterable[Quantity]) -> Catalogue:
        """Return a catalogue that also knows a scenario's own quantities."""
        quantities = {**self.quantities, **{each.name: each for each in extra}}
        return Catalogue(quantities, self.checks, self.choices, self.verdicts)

    def add(self, quantity: Quantity) -> None:
        """Add a scenario's own quantity to a catalogue that is that scenario's alone."""
        self.quantities[quantity.name] = quantity
        self._found.clear()

    def once(self, question: object, find: Callable[[], T]) -> T:
        """Return what `find` finds out about the catalogue; many cases that ask the same question are answered once.

        Nobody may change what is returned.
        """
        if question not in self._found:
            if len(self._found) >= _QUESTIONS:
                self._found.clear()
            self._found[question] = find()
        found: T = self._found[question]
        return found

    @property
    def formulas(self) -> list[Formula]:
        """Return every formula, all variants."""
        return [formula for quantity in self.quantities.values() for formula in quantity.formulas.values()]


@lru_cache(maxsize=1)
def standard_catalogue() -> Catalogue:
    """Return the catalogue of the models that ship, of which the tests know that they fit together."""
    return build_catalogue(shipped_models(), tested=True)


def shipped_models() -> list[ModuleType]:
    """Return the modules of the models that ship."""
    return [importlib.import_module(f"calc.models.{name}") for name in MODELS]


def build_catalogue(modules: Iterable[ModuleType], *, tested: bool = False) -> Catalogue:
    """Read the public declarations of model modules.

    tested: whether signatures and choices are known to fit what others declare, which takes as long again to find out.

    Raises CalcErrors: a name with two owners (both files are named), a parameter that nobody declares (with a
    suggestion), a parameter whose unit contradicts the declaration (both files), a bad signature.
    """
    problems = Problems()
    quantities: dict[str, Quantity] = {}
    checks: list[ModelCheck] = []
    choices: dict[str, ModelChoice] = {}
    verdicts: dict[str, Verdict] = {}
    for module in modules:
        for name, value in vars(module).items():
            if name.startswith("_"):
                continue
            try:
                if isinstance(value, Check):
                    checks.append(ModelCheck(name, value, partial(_variable_place, module, name)))
                elif isinstance(value, Verdict):
                    verdicts[name] = value
                elif isinstance(value, Choice):
                    _own_choice(choices, ModelChoice(name, value, partial(_variable_place, module, name)))
                else:
                    _own_quantity(quantities, name, value, module, tested=tested)
            except CalcError as error:
                problems.add(error)
    catalogue = Catalogue(quantities, checks, {name: each.choice for name, each in choices.items()}, verdicts)
    for found in () if tested else _conflicts(catalogue, choices.values()):
        problems.add(found)
    problems.raise_if_any()
    return catalogue


def _conflicts(catalogue: Catalogue, choices: Iterable[ModelChoice]) -> Iterable[CalcError]:
    for formula in catalogue.formulas:
        yield from _signature_errors(formula, catalogue)
    for choice in choices:
        yield from choice_errors(choice, catalogue.quantities)


def _own(quantities: dict[str, Quantity], quantity: Quantity) -> None:
    other = quantities.get(quantity.name)
    if other is not None:
        raise _two_owners(quantity.name, quantity.place, other.place)
    quantities[quantity.name] = quantity


def _own_choice(choices: dict[str, ModelChoice], choice: ModelChoice) -> None:
    if choice.name in choices:
        raise _two_owners(choice.name, choice.where(), choices[choice.name].where())
    choices[choice.name] = choice


def _own_quantity(
    quantities: dict[str, Quantity], name: str, value: object, module: ModuleType, *, tested: bool
) -> None:
    """Take an input or a formula; whatever else a module holds is its own business."""
    if isinstance(value, Input):
        _own(quantities, _from_input(name, value, module))
    elif isinstance(value, FunctionType) and value.__module__ == module.__name__:
        _own_formula(quantities, read_formula(name, value, tested=tested), module)


def _own_formula(quantities: dict[str, Quantity], formula: Formula, module: ModuleType) -> None:
    model = module.__name__.rpartition(".")[2]
    measure = formula.result
    known = quantities.get(formula.name)
    if known is None:
        quantities[formula.name] = Quantity(
            formula.name,
            measure.text,
            measure.text,
            formula,
            measure.low,
            measure.high,
            optional=False,
            model=model,
            formulas={formula.variant: formula},
            where=lambda: formula.place,
            why=measure.why,
        )
        return
    if formula.variant in known.formulas or not formula.variant or "" in known.formulas or not known.formulas:
        raise _two_owners(formula.name, formula.place, known.place)
    if measure.text != known.unit_text and measure.unit.dimension != known.unit.dimension:
        raise _conflict(formula.name, measure, formula.place, known)
    known.formulas[formula.variant] = formula


def _from_input(name: str, value: Input, module: ModuleType) -> Quantity:
    where = partial(_variable_place, module, name)
    measure = measure_of(value.unit)
    if measure is None:
        message, hint = f"the input `{name}` has no unit", "give it a type of calc.units.vocabulary"
        raise CalcError("E-FORMULA-SIGNATURE", message, place=where(), hint=hint)
    low = measure.low if value.low is ... else value.low
    high = measure.high if value.high is ... else value.high
    if not (low is None or isinstance(low, int | float)) or not (high is None or isinstance(high, int | float)):
        message, hint = f"the bounds of `{name}` are no numbers", "write low=0, high=1 or None"
        raise CalcError("E-FORMULA-SIGNATURE", message, place=where(), hint=hint)
    model = module.__name__.rpartition(".")[2]
    return Quantity(
        name, measure.text, measure.text, value.text, low, high, optional=value.optional, model=model, where=where,
        why=value.why or measure.why, band=value.band, label=value.label, topic=value.topic,
    )  # fmt: skip


def _signature_errors(formula: Formula, catalogue: Catalogue) -> Iterable[CalcError]:
    quantities = catalogue.quantities
    for parameter, measure in formula.measures.items():
        owner = quantities.get(parameter)
        if owner is None:
            yield CalcError(
                "E-UNDECLARED",
                f"`{formula.name}` needs `{parameter}`, which no model declares",
                place=formula.place,
                hint=did_you_mean(parameter, catalogue.quantities) or "declare it as an Input beside its formula",
            )
        # Nearly always the very words of the owner, which need not be read.
        elif measure.text != owner.unit_text and measure.unit.dimension != owner.unit.dimension:
            yield _conflict(parameter, measure, formula.place, owner)


def _conflict(name: str, measure: Measure, place: Place, owner: Quantity) -> CalcError:
    return CalcError(
        "E-DIMENSION-CONFLICT",
        f"`{name}` is read as {measure.unit.dimension.describe()}, but declared as {owner.unit.dimension.describe()}",
        place=place,
        hint=f"use one unit for one name; the owner says `{owner.unit_text}`",
        related=[("declared at", owner.place)] if owner.place else [],
    )


def _two_owners(name: str, place: Place | None, other: Place | None) -> CalcError:
    return CalcError(
        "E-DUPLICATE",
        f"`{name}` has two owners",
        place=place,
        hint="one name has one meaning: rename one, or write variants as `name__variant`",
        related=[("also declared at", other)] if other else [],
    )


def _variable_place(module: ModuleType, name: str) -> Place:
    """Return where a module assigns a variable; the file is searched only here, so errors stay cheap to prepare."""
    filename = module.__file__ or module.__name__
    path = Path(filename)
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    number = next((at for at, line in enumerate(lines, 1) if re.match(rf"{re.escape(name)}\b\s*[:=]", line)), 1)
    return file_place(filename, number, 1, len(name))


# ---------------------------------------------------------------- choices of the models


def choice_errors(found: ModelChoice, quantities: Mapping[str, Quantity]) -> Iterator[CalcError]:
    """Yield what is wrong with a choice: its name is a quantity's, or what it binds has other variants."""
    name, choice, where = found.name, found.choice, found.where
    if name in quantities:
        yield CalcError(
            "E-DUPLICATE",
            f"`{name}` is a quantity and a choice",
            place=where(),
            hint="one name has one meaning: rename the choice",
        )
    if not choice.options or not choice.binds:
        hint = "give it options, and the quantities whose variants they are"
        yield CalcError("E-CHOICE", f"the choice `{name}` decides nothing", place=where(), hint=hint)
    for bound in choice.binds:
        variants = set(quantities[bound].formulas) if bound in quantities else set()
        if variants != set(choice.options):
            has = f"has the variants {', '.join(sorted(variants))}" if variants - {""} else "has no variants"
            yield CalcError(
                "E-CHOICE",
                f"the choice `{name}` binds `{bound}`, which {has}",
                place=where(),
                hint=f"write a formula for each option, as in `{bound}__{next(iter(choice.options), 'option')}`",
            )


def implied(choices: Mapping[str, Choice], given: AbstractSet[str]) -> dict[str, str]:
    """Return quantity to variant for the choices that what is given makes."""
    found = {
        name: option
        for name, choice in choices.items()
        for option, names in choice.when.items()
        if not given.isdisjoint(names)
    }
    return spread(choices, found)


def spread(choices: Mapping[str, Choice], chosen: Mapping[str, str]) -> dict[str, str]:
    """Return quantity to variant for what a `use:` section says; a quantity named by itself wins over a choice."""
    bound = {bound: option for name, option in chosen.items() if name in choices for bound in choices[name].binds}
    alone = {name: variant for name, variant in chosen.items() if name not in choices}
    wholes = [choice.binds for choice in choices.values() if choice.whole]
    whole = {each: variant for name, variant in alone.items() for binds in wholes if name in binds for each in binds}
    return {**bound, **whole, **alone}


# ---------------- models from outside: Python files that a scenario names, and installed packages of a group


@lru_cache(maxsize=1)
def installed_models() -> tuple[ModuleType, ...]:
    """Return the model modules of installed packages, in order of their entry points' names.

    Raises CalcError when one cannot be imported.
    """
    if not _any_installed():
        return ()
    from importlib import metadata

    found = []
    for entry in sorted(metadata.entry_points(group=GROUP), key=lambda each: each.name):
        try:
            found.append(entry.load())
        except Exception as error:
            package = entry.dist.name if entry.dist else "an installed package"
            message = f"the models `{entry.name}` of {package} cannot be imported: {type(error).__name__}: {error}"
            raise CalcError("E-MODELS", message, hint=f"mend or uninstall {package}") from error
    return tuple(found)


def _any_installed() -> bool:
    """Tell whether any installed package has an entry point of the group, without the slow import that knows which."""
    for folder in {Path(each or ".") for each in sys.path}:
        for found in folder.glob("*.dist-info/entry_points.txt") if folder.is_dir() else ():
            if f"[{GROUP}]" in found.read_text(encoding="utf-8", errors="replace"):
                return True
    return False


@lru_cache(maxsize=1)
def known_catalogue() -> Catalogue:
    """Return the catalogue of the models that ship and of those that are installed."""
    if not installed_models():
        return standard_catalogue()
    catalogue = build_catalogue([*shipped_models(), *installed_models()])
    verify(catalogue, installed_models())
    return catalogue


def catalogue_with(files: list[tuple[Path, Place]]) -> Catalogue:
    """Return the known catalogue and the models of Python files; their code runs.

    files: each with the place that names it. Raises CalcErrors with all that is wrong with them.
    """
    modules = [_load(path, place) for path, place in files]
    catalogue = build_catalogue([*shipped_models(), *installed_models(), *modules])
    verify(catalogue, modules)
    return catalogue


def verify(catalogue: Catalogue, modules: list[ModuleType] | tuple[ModuleType, ...]) -> None:
    """Lint and trace the formulas of modules that our own tests do not cover.

    Raises CalcErrors.
    """
    problems = Problems()
    names = {module.__name__ for module in modules}
    for formula in catalogue.formulas:
        if formula.function.__module__ not in names:
            continue
        try:
            formula.trace()
        except CalcError as error:
            problems.add(error)
            continue
        for found in formula.lint():
            problems.add(found)
    problems.raise_if_any()


def _load(path: Path, place: Place) -> ModuleType:
    name = f"calc_model_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018  # its name ends in .py
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except CalcError:
        raise
    except Exception as error:
        message = f"`{path.name}` cannot be loaded: {type(error).__name__}: {error}"
        raise CalcError("E-MODELS", message, place=place, hint="run it with python to see the whole error") from error
    return module
