"""`calc` from Python: run a scenario, look at its figures and samples, study it, explain it, look up facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, TypedDict, TypeVar, Unpack

from calc.text import did_you_mean, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from calc.arrays import Array
    from calc.engine.catalogue import Catalogue
    from calc.errors import Problems
    from calc.scenario.document import Loaded
    from calc.scenario.resolve import Options, Scenario
    from calc.scenario.studies import Studied
    from calc.study.results import Answer, CaseAnswer

    AnyScenario = str | Path | Mapping[str, Any]
    Names = str | Iterable[str]

T = TypeVar("T")


class RunOptions(TypedDict, total=False):
    """What `run`, studies and `explain` take by keyword, as the options of the command line.

    cases: answer these only. settings: values that win over all others, as texts with their unit.
    show: the figures to answer. samples, seed: of the uncertain inputs.
    facts: CSV files with facts of one's own, which win over those that ship.
    allow_models: Python files that the scenario names under `models` may run. allow_folders: it may extend files there.
    """

    cases: Names
    settings: Mapping[str, object] | None
    show: Names
    samples: int | None
    seed: int | None
    facts: str | Path | Iterable[str | Path]
    allow_models: bool
    allow_folders: Names


class Named(dict[str, T]):
    """A dictionary by name; a name that it lacks is a KeyError that says which is meant."""

    def __missing__(self, name: str) -> NoReturn:
        raise KeyError(_unknown(name, self))


def _unknown(name: object, known: Iterable[str]) -> str:
    names = [str(each) for each in known]
    hint = did_you_mean(str(name), names) or f"there are {shorten(', '.join(names), 200)}"
    return f"there is no {name!r}; {hint}".replace("`", "'")


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
        from calc.units.generate import pint_registry

        if self.value is None:
            raise ValueError(f"{self.name} has no value: {self.reason}")
        registry = pint_registry()
        return registry.Quantity(self.value, registry.parse_units("" if self.unit == "1" else self.unit))


class CaseResult(Mapping[str, Figure]):
    """The figures of one case by name, in the order asked for.

    inputs: what was given or assumed, by name, as in the JSON result. not_included: optional inputs left out.
    parts: the parts of a case by name; the figures here are then those of the whole.
    """

    def __init__(self, found: dict[str, Any], answered: CaseAnswer, catalogue: Catalogue) -> None:
        self.name: str = found["name"]
        self.inputs: dict[str, dict[str, Any]] = Named(found["inputs"])
        self.not_included: list[str] = found["not_included"]
        self.checks: list[dict[str, Any]] = found["checks"]
        pairs = zip(found.get("parts", []), answered.parts, strict=True)
        self.parts: dict[str, CaseResult] = Named(
            (part["name"], CaseResult(part, each, catalogue)) for part, each in pairs
        )
        self._answered, self._catalogue = answered, catalogue
        keys = set(Figure.__dataclass_fields__) - {"name"}
        self._figures = {
            name: Figure(name, **{key: value for key, value in result.items() if key in keys})
            for name, result in found["results"].items()
        }

    def __getitem__(self, name: str) -> Figure:
        if name not in self._figures:
            raise KeyError(_unknown(name, self._figures))
        return self._figures[name]

    @property
    def samples(self) -> dict[str, Array]:
        """Return the samples of every uncertain figure and input, in its declared unit; NaN is no value.

        Arrays of shape (samples,), or (samples, years) for what differs from year to year. The same place in every
        array of a result is the same draw. Of more than a million samples they are the first.
        """
        found = self._answered.samples
        return Named(
            (name, (each[:, 0] if each.shape[1] == 1 else each) / self._catalogue[name].unit.factor)
            for name, each in found.items()
        )

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

    def __init__(self, found: dict[str, Any], failures: list[str], answered: Answer) -> None:
        self._found = found
        self._answer = answered
        self.title: str = found["scenario"]["title"] or found["scenario"]["path"]
        catalogue, pairs = answered.scenario.catalogue, zip(found["cases"], answered.cases, strict=True)
        self.cases: dict[str, CaseResult] = Named(
            (case["name"], CaseResult(case, each, catalogue)) for case, each in pairs
        )
        self.warnings: list[str] = found["warnings"]
        self.studies: dict[str, dict[str, Any]] = Named(found.get("studies", {}))
        self.failures = failures
        self.is_fine = not failures

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON result (schema `calc.run/1`) as dictionaries and lists."""
        return self._found

    def to_frame(self, *, wide: bool = False) -> pd.DataFrame:
        """Return every number as a pandas table: case, part, quantity, year, statistic, value, unit.

        wide: with the years across. Raises ImportError where pandas is not installed.
        """
        from calc.report.csv import COLUMNS, tidy_rows, widened

        rows = tidy_rows(self._found)
        columns, rows = widened(rows) if wide else (COLUMNS, rows)
        return _pandas().DataFrame(rows, columns=list(columns))

    def __repr__(self) -> str:
        return f"Result({self.title!r}, cases={list(self.cases)!r})"

    def _repr_html_(self) -> str:
        from calc.report.answer_report import answer_report
        from calc.report.html import render

        return render(answer_report(self._answer, likely=True))


class Study(Named[Any]):
    """What a study found, an explanation or the like: a JSON result, by name.

    failures: goals that were not reached, in words.
    """

    failures: list[str]

    def to_frame(self) -> pd.DataFrame:
        """Return the rows of the study's CSV as a pandas table.

        Raises ImportError where pandas is not installed, ValueError for what has no rows.
        """
        import io

        from calc.scenario.sections import STUDIES

        name = str(self["schema"]).removeprefix("calc.").partition("/")[0]
        if name not in STUDIES:
            raise ValueError(f"{name} is no table")
        from calc.report.report import report_of

        return _pandas().read_csv(io.StringIO(report_of(name).csv(dict(self))))


def run(scenario: AnyScenario, **options: Unpack[RunOptions]) -> Result:
    """Answer a scenario.

    scenario: a path, the name of a shipped scenario, or a dictionary with the sections of a scenario file.
    options: see `RunOptions`.
    Raises CalcError with the same words as the command line for everything that is wrong.

    >>> result = run({"inputs": {"server_power": "4.5 kW", "rack_power_rated": "25 kW"}, "show": ["servers_per_rack"]})
    >>> result.cases["base"]["servers_per_rack"].text
    '5 servers/rack'
    """
    from calc.report.json import as_dict
    from calc.study.remarks import failures

    found = _answered(scenario, _options(options))
    return Result(as_dict(found), [error.message for error in failures(found)], found)


def sweep(
    scenario: AnyScenario,
    axis: Mapping[str, str] | Names = (),
    *,
    so_that: Names = (),
    maximise: str | None = None,
    minimise: str | None = None,
    pareto: str | None = None,
    **options: Unpack[RunOptions],
) -> Study:
    """Answer a scenario at every point of a grid; the JSON result `calc.sweep/1`.

    axis: values of inputs by name, as in `{"rack_power_rated": "5 to 25 kW step 5 kW"}`; without, those of the file.
    so_that: conditions. maximise, minimise: the figure whose best point is looked for. pareto: as in the option.
    Raises CalcError.
    """
    given = {
        "axis": _pairs(axis),
        "so_that": _names(so_that),
        "maximise": maximise,
        "minimise": minimise,
        "pareto": pareto,
    }
    return _study("sweep", scenario, given, options)


def find(
    scenario: AnyScenario,
    goal: Names = (),
    *,
    over: Mapping[str, str] | Names = (),
    so_that: Names = (),
    adding_up_to: str | None = None,
    confidence: str | None = None,
    **options: Unpack[RunOptions],
) -> Study:
    """Find the value of an input so that conditions hold, or the best of several; the JSON result `calc.find/1`.

    goal: as in `"smallest rack_power_rated within 5 to 60 kW so that servers_per_rack >= 5"`, or that of the file.
    over: ranges by name. so_that: further conditions. adding_up_to, confidence: as in the options.
    Raises CalcError; a goal that is not reached is none, and stands in `failures`.
    """
    given = {
        "goal": _names(goal), "over": _pairs(over), "so_that": _names(so_that), "adding_up_to": adding_up_to,
        "confidence": confidence,
    }  # fmt: skip
    return _study("find", scenario, given, options)


def sensitivity(
    scenario: AnyScenario,
    figure: Names = (),
    *,
    flip: Names = (),
    within: Mapping[str, str] | Names = (),
    **options: Unpack[RunOptions],
) -> Study:
    """Show which inputs drive figures, and which value of each flips a check; the JSON result `calc.sensitivity/1`.

    figure: those looked at, all that are shown without. flip: checks or verdicts. within: ranges of inputs by name.
    Raises CalcError.
    """
    given = {"figure": _names(figure), "flip": _names(flip), "within": _pairs(within)}
    return _study("sensitivity", scenario, given, options)


def compare(*scenarios: AnyScenario, figure: Names = (), **options: Unpack[RunOptions]) -> Study:
    """Compare cases of a scenario, or several scenarios, with what explains the difference; `calc.compare/1`.

    scenarios: one and names of its cases, or several, each with cases of it. figure: those to compare.
    Raises CalcError.
    """
    from calc.study.compare import compare_files, side_files

    wanted = _options(options)
    named = ((_called(each), partial(_loaded, each, folders=wanted.allow_folders)) for each in scenarios)
    resolved, found = compare_files(side_files(named, wanted.cases), _names(figure) or wanted.show, wanted)
    return _study_of("compare", resolved, found)


def explain(scenario: AnyScenario, name: str, *, depth: int | None = None, **options: Unpack[RunOptions]) -> Study:
    """Return what a figure was computed from, down to the source of every number: `calc.explain/1`, a tree a case.

    depth: levels below the figure, None for all.
    Raises CalcError.
    """
    from calc.report.explain_report import as_dict, asked_name

    wanted = _options(options)._replace(show=(asked_name(name),), as_it_stands=True)
    found = _answered(scenario, wanted, everything=True)
    return _as_study(as_dict(found, name, depth=depth))


def facts(
    words: str = "", *, subject: str | None = None, quantity: str | None = None, status: str | None = None
) -> list[dict[str, Any]]:
    """Return the facts that ship, in order of their id: those of a subject, quantity and status, with all the words.

    >>> [fact["value"] for fact in facts(subject="lingang-a100-server", quantity="server_power")]
    [4.5]
    """
    from calc.facts.book import search

    return search(words, subject=subject, quantity=quantity, status=status)


# ---------------------------------------------------------------- what they share


def _options(given: RunOptions) -> Options:
    from calc.scenario.document import read_whole
    from calc.scenario.resolve import Options

    for name in given:
        if name not in RunOptions.__annotations__:
            raise TypeError(_unknown(name, RunOptions.__annotations__))
    samples, seed, own = given.get("samples"), given.get("seed"), given.get("facts", ())
    return Options(
        settings=tuple(f"{name}={value}" for name, value in (given.get("settings") or {}).items()),
        cases=_names(given.get("cases", ())),
        show=_names(given.get("show", ())),
        samples=None if samples is None else read_whole(str(samples), "samples"),
        seed=None if seed is None else read_whole(str(seed), "seed"),
        allow_models=given.get("allow_models", False),
        allow_folders=_names(given.get("allow_folders", ())),
        facts=(str(own),) if not isinstance(own, Iterable) or isinstance(own, str) else tuple(map(str, own)),
    )


def _loaded(scenario: AnyScenario, problems: Problems, folders: Iterable[str] = ()) -> Loaded:
    from calc.scenario.load import load, load_text

    if isinstance(scenario, Mapping):
        return load_text(_as_yaml(scenario), "<dictionary>", problems)
    return load(str(scenario), problems, folders)


def _called(scenario: AnyScenario) -> str:
    return "<dictionary>" if isinstance(scenario, Mapping) else str(scenario)


def _answered(scenario: AnyScenario, wanted: Options, *, everything: bool | None = None) -> Answer:
    from calc.errors import Problems
    from calc.study.answer import answer, answer_lines, resolve_lines, resolved

    problems = Problems()
    loaded = _loaded(scenario, problems, wanted.allow_folders)
    lines = resolve_lines(loaded.document, wanted, problems)
    found = answer(resolved(loaded, wanted, problems, everything=everything), everything=everything)
    found.lines = answer_lines(lines)
    return found


def _study(name: str, scenario: AnyScenario, given: dict[str, Any], options: RunOptions) -> Study:
    from calc.errors import Problems
    from calc.study.answer import run_alone, study_alone

    wanted, problems = _options(options), Problems()
    resolved = study_alone(
        name,
        _loaded(scenario, problems, wanted.allow_folders),
        problems,
        {**given, "show": ",".join(wanted.show)},
        wanted,
    )
    return _study_of(name, *run_alone(resolved))


def _study_of(name: str, resolved: Scenario, found: Studied) -> Study:
    from calc.report.json import studies_dict, study_dict

    result = _as_study(study_dict(name, resolved, studies_dict(resolved, found).get(name, {})))
    result.failures = [error.message for error in found.missed()]
    return result


def _as_study(found: dict[str, Any]) -> Study:
    result = Study(found)
    result.failures = []
    return result


def _pandas() -> Any:
    try:
        import pandas as pd
    except ImportError:
        raise ImportError("a table needs pandas, which is not installed; `pip install pandas`") from None
    return pd


def _pairs(given: Mapping[str, str] | Names) -> tuple[str, ...]:
    """Return `NAME=VALUES` texts."""
    if isinstance(given, Mapping):
        return tuple(f"{name}={values}" for name, values in given.items())
    return _names(given)


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
