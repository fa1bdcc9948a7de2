"""`calc` from Python: run a scenario, look at its figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a case.

    value: in `unit` at the likely values, or None where there is none, for the `reason`. text: the same in words.
    headline: as reports print it; of an uncertain figure the median with its 80 % range.
    status: derived, given, default or overridden. by_year: a row a year, for a figure that differs from year to year.
    mean, p10, p50, p90: None without uncertainty.
    """

    name: str
    value: float | None
    unit: str
    text: str
    status: str
    reason: str | None = None
    by_year: list[dict[str, Any]] | None = None
    mean: float | None = None
    p10: float | None = None
    p50: float | None = None
    p90: float | None = None
    headline: str = ""

    def to_pint(self) -> Any:
        """Return the value as a pint quantity of calc's own registry.

        Raises ValueError when the figure has no value.
        """
        from calc.units.registry import pint_registry

        if self.value is None:
            raise ValueError(f"{self.name} has no value: {self.reason}")
        registry = pint_registry()
        return registry.Quantity(self.value, registry.parse_units("" if self.unit == "1" else self.unit))


class CaseResult(Mapping[str, Figure]):
    """The figures of one case by name, in the order asked for.

    inputs: what was given or assumed, by name, as in the JSON result. not_included: optional inputs left out.
    parts: the parts of a case by name; the figures here are then those of the whole.
    """

    def __init__(self, found: dict[str, Any]) -> None:
        self.name: str = found["name"]
        self.inputs: dict[str, dict[str, Any]] = found["inputs"]
        self.not_included: list[str] = found["not_included"]
        self.checks: list[dict[str, Any]] = found["checks"]
        self.parts = {part["name"]: CaseResult(part) for part in found.get("parts", [])}
        keys = set(Figure.__dataclass_fields__) - {"name"}
        self._figures = {
            name: Figure(name, **{key: value for key, value in result.items() if key in keys})
            for name, result in found["results"].items()
        }

    def __getitem__(self, name: str) -> Figure:
        return self._figures[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._figures)

    def __len__(self) -> int:
        return len(self._figures)

    def __repr__(self) -> str:
        return (
            f"CaseResult({self.name!r}, {{{', '.join(f'{name}: {figure.headline}' for name, figure in self.items())}}})"
        )


class Result:
    """The answer to a scenario.

    title: what it is about. cases: by name, "base" where the scenario has none. warnings: what a reader should know.
    studies: results of `sweep`, `find`, `sensitivity` and `compare` by name, as in the JSON result.
    is_fine: every check passed and every promise of the file held. failures: those that did not, in words.
    """

    def __init__(self, found: dict[str, Any], failures: list[str]) -> None:
        self._found = found
        self.title: str = found["scenario"]["title"] or found["scenario"]["path"]
        self.cases: dict[str, CaseResult] = {case["name"]: CaseResult(case) for case in found["cases"]}
        self.warnings: list[str] = found["warnings"]
        self.studies: dict[str, dict[str, Any]] = found.get("studies", {})
        self.failures = failures
        self.is_fine = not failures

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON result (schema `calc.run/1`) as dictionaries and lists."""
        return self._found

    def __repr__(self) -> str:
        return f"Result({self.title!r}, cases={list(self.cases)!r})"

    def _repr_html_(self) -> str:
        from calc.report.html import table

        return table(self._found)


def run(  # noqa: PLR0913  # all but the first are options of the command line, by keyword
    scenario: str | Path | Mapping[str, Any],
    *,
    cases: str | Iterable[str] = (),
    settings: Mapping[str, object] | None = None,
    show: str | Iterable[str] = (),
    samples: int | None = None,
    seed: int | None = None,
    facts: str | Path | Iterable[str | Path] = (),
    allow_models: bool = False,
) -> Result:
    """Answer a scenario.

    scenario: a path, the name of a shipped scenario, or a dictionary with the sections of a scenario file.
    cases: answer these only. settings: values that win over all others, as texts with their unit.
    show: the figures to answer. samples, seed: of the uncertain inputs.
    facts: CSV files with facts of one's own, which win over those that ship.
    allow_models: Python files that the scenario names under `models` may run.
    Raises CalcError with the same words as the command line for everything that is wrong.

    >>> result = run({"inputs": {"server_power": "4.5 kW", "rack_power_rated": "25 kW"}, "show": ["servers_per_rack"]})
    >>> result.cases["base"]["servers_per_rack"].text
    '5 servers/rack'
    """
    from pathlib import Path

    from calc.errors import Problems
    from calc.report.json import as_dict
    from calc.scenario.document import read_whole
    from calc.scenario.load import load, load_text
    from calc.scenario.resolve import Options, resolve
    from calc.scenario.tables import resolve_lines
    from calc.study.answer import answer
    from calc.study.failures import failures
    from calc.study.lines import answer_lines

    problems = Problems()
    if isinstance(scenario, Mapping):
        loaded = load_text(_as_yaml(scenario), "<dictionary>", problems)
    else:
        loaded = load(str(scenario), problems)
    options = Options(
        settings=tuple(f"{name}={value}" for name, value in (settings or {}).items()),
        cases=_names(cases),
        show=_names(show),
        samples=None if samples is None else read_whole(str(samples), "samples"),
        seed=None if seed is None else read_whole(str(seed), "seed"),
        allow_models=allow_models,
        facts=tuple(str(each) for each in ([facts] if isinstance(facts, str | Path) else facts)),
    )
    lines = resolve_lines(loaded.document, options, problems)
    found = answer(resolve(loaded, options, problems))
    found.lines = answer_lines(lines)
    return Result(as_dict(found), [error.message for error in failures(found)])


def _as_yaml(scenario: Mapping[str, Any]) -> str:
    import yaml

    return str(yaml.safe_dump(_plain(scenario), sort_keys=False, allow_unicode=True, width=1000))


def _plain(value: object) -> object:
    """Return what a scenario file can hold; a number of another library, such as numpy's, is written as it prints."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if value is None or type(value) in {str, int, float, bool}:
        return value
    return str(value)


def _names(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
