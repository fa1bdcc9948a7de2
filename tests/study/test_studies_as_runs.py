"""A study answers as a run does: over all shipped scenarios, their cases, parts and years, and all their inputs.

The ordinary suite looks at all inputs of a case at once, and at each input alone in the first scenario that has it;
`pytest -m exhaustive` looks at each input alone in every case of every scenario.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from calc.engine.flat import key_of, qualified
from calc.errors import CalcError, Place, Problems
from calc.report.json import as_dict, studies_dict
from calc.scenario.load import load, shipped_scenarios
from calc.scenario.resolve import Options, resolve
from calc.scenario.shapes import scalar
from calc.scenario.studies import listed, read_goal
from calc.scenario.yaml_reader import Mapping, Node, Scalar, Sequence
from calc.study.answer import answer, of_studies, run_studies

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calc.engine.catalogue import Quantity
    from calc.scenario.case import Scenario
    from calc.value import Value

# Below 32 samples a run draws no further ones for standard errors, which nothing here looks at.
SAMPLES = 31
SCENARIOS = [name for name in shipped_scenarios() if name != "article"]  # a table of the others


def resolved(name: str, **options: Any) -> Scenario:
    problems = Problems()
    loaded = load(name, problems)
    loaded.document.table = {}
    return resolve(loaded, Options(samples=SAMPLES, **options), problems)


def ran(name: str, case: str, settings: tuple[str, ...] = (), **options: Any) -> dict[str, Any]:
    """Return a case of a run without its studies, as its JSON has it."""
    chosen = () if case == "base" else (case,)
    scenario = resolved(name, cases=chosen, settings=with_lacking(name, settings), alone=True, **options)
    found = as_dict(answer(scenario))["cases"]
    (only,) = found
    return dict(only)


def studied(name: str, case: str, section: str, node: Node, **options: Any) -> dict[str, Any]:
    """Return the result of one study of a case, as its JSON has it."""
    chosen = () if case == "base" else (case,)
    # What a study chooses is not set too.
    varied = node.entries if section in {"sweep", "find"} and isinstance(node, Mapping) else ()
    settings = with_lacking(name, (), varied)
    chosen_study = {"studies": ((section, node),), "alone": True, "settings": settings}
    scenario = of_studies(resolved(name, cases=chosen, **chosen_study, **options))
    found: dict[str, Any] = studies_dict(scenario, run_studies(scenario))[section]
    return found


@dataclass(frozen=True)
class Given:
    """An input of a case, as it is called in studies, with its value."""

    case: str
    name: str
    value: Value
    text: str


@cache
def lacking(name: str) -> dict[str, str]:
    """Return values for what only the studies of a scenario choose, where it cannot do without."""
    try:
        resolved(name, alone=True)
    except CalcError as error:
        scenario, missing = resolved(name), str(error)
        studies = scenario.studies
        sweep = studies.request("sweep")
        ends = {each.name: each.values[0] for each in (sweep.axes if sweep else ())}
        ends |= {each.name: each.high for goal in studies.request("find") or () for each in goal.ranges}
        lacked = {name: value for name, value in ends.items() if f"`{name}`" in missing}
        return {name: written(value, scenario.catalogue[name]) for name, value in lacked.items()}
    return {}


def with_lacking(name: str, settings: tuple[str, ...], without: Iterable[str] = ()) -> tuple[str, ...]:
    set_or_chosen = {*(each.partition("=")[0] for each in settings), *without}
    return (*settings, *(f"{key}={text}" for key, text in lacking(name).items() if key not in set_or_chosen))


@cache
def plain(name: str) -> Scenario:
    """Return a scenario without its studies."""
    return resolved(name, alone=True, settings=with_lacking(name, ()))


def written(base: float, quantity: Any) -> str:
    """Return an amount that is read as exactly this value."""
    unit = quantity.unit_text
    if unit == "1":
        return repr(base / quantity.unit.factor)
    if unit.startswith("1/"):
        return f"{base / quantity.unit.factor * 100!r} %/{unit[2:]}"
    return f"{base / quantity.unit.factor!r} {unit}"


@cache
def inputs_of(name: str) -> list[Given]:
    """Return what a run of each case uses; what differs from year to year has no one value to be set to."""
    scenario = plain(name)
    found = answer(scenario)
    inputs: dict[tuple[str, str], Given] = {}
    for whole in found.cases:
        for column in (*whole.parts, whole):
            for leaf in column.plan.leaves:
                value = column.case.values.get(leaf)
                if value is None or value.is_yearly or value.converted:
                    continue
                part = column.case.name if column is not whole and leaf in column.case.streams else ""
                key = qualified(leaf, part)
                text = written(value.point, scenario.catalogue[leaf])
                inputs.setdefault((whole.case.name, key), Given(whole.case.name, key, value, text))
    return list(inputs.values())


def figures_of(case: dict[str, Any]) -> dict[tuple[str, int | None], dict[str, Any]]:
    """Return the results of a case and its parts, as studies call them, one a year where they differ by year."""
    found: dict[tuple[str, int | None], dict[str, Any]] = {}
    for column in (*case.get("parts", []), case):
        part = column["name"] if column is not case else ""
        for name, result in column["results"].items():
            if "by_year" in result:
                found.update({(qualified(name, part), row["year"]): row for row in result["by_year"]})
            else:
                found[qualified(name, part), None] = result
    return found


def checks_pass(case: dict[str, Any]) -> bool:
    return all(check["passed"] for column in (*case.get("parts", []), case) for check in column["checks"])


def is_certain(result: dict[str, Any]) -> bool:
    return result.get("mean") is None and not result.get("share_without_value")


def same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-300)


def statistics_differ(column: dict[str, Any], at: int, result: dict[str, Any]) -> list[str]:
    """Return which statistics of a figure differ; one that is certain has none in a run, and itself in a sweep."""
    wrong = []
    for statistic in ("mean", "p10", "p50", "p90"):
        expected = result["value"] if is_certain(result) else result.get(statistic)
        if statistic in column and not same(column[statistic][at], expected):
            wrong.append(f"{statistic} {column[statistic][at]} instead of {expected}")
    return wrong if "p10" in column or result.get("p10") is None else [*wrong, "without percentiles"]


def differences(point: dict[str, Any], at: int, run: dict[str, Any], axes: set[str]) -> list[str]:
    """Return in which figures, words and verdicts a point of a sweep differs from a run."""
    wrong, columns = [], {(each["name"], each["year"]): each for each in point["columns"]}
    expected = {key: each for key, each in figures_of(run).items() if key[0] not in axes}
    for key, result in expected.items():
        if result.get("status") == "not included" or str(result.get("reason", "")).startswith("not included"):
            if f"{result['reason']}" != point["not_included"].get(key[0], result["reason"] if key[1] else None):
                wrong.append(f"{key}: not said to be {result['reason']}")
            continue
        column = columns.get(key)
        if column is None:
            wrong.append(f"{key}: dropped")
            continue
        if not same(column["values"][at], result["value"]):
            wrong.append(f"{key}: {column['values'][at]} instead of {result['value']}")
        if result["value"] is None and column["values"][at] is None:
            # In a study the figures of a part are called with the part.
            part = key_of(key[0]).part
            reason = column.get("reason", "")
            reason = reason.replace(f" in {part}", "") if part else reason
            wrong += [] if reason == result["reason"] else [f"{key}: {reason} instead of {result['reason']}"]
        wrong += [f"{key}: {one}" for one in statistics_differ(column, at, result)]
    wrong += [f"{key}: not in the run" for key in columns if key not in expected and key[0] not in axes]
    holds = True if point["holds"] is None else point["holds"][at]
    if holds != checks_pass(run):
        wrong.append(f"holds is {holds}, the checks of the run say {checks_pass(run)}")
    return wrong


def swept(each: Given, scenario: str, texts: list[str]) -> dict[str, Any]:
    """Return the sweep of a case over one input at some values."""
    values = listed("--axis", texts)
    assert values is not None
    axis = Mapping({each.name: (scalar("--axis", each.name), values)}, PLACE)
    found: dict[str, Any] = studied(scenario, each.case, "sweep", axis)["cases"][0]
    return found


def is_thing(quantity: Quantity) -> bool:
    """Tell whether a quantity counts whole things."""
    return quantity.unit.dimension.is_count and not quantity.unit.dimension.is_ratio


def moved(each: Given, scenario: str, factor: float = 1.1) -> str | None:
    """Return another value that the input may take, or None."""
    quantity = plain(scenario).catalogue[key_of(each.name).name]
    # Goal-seek takes whole things only.
    one = quantity.unit.factor if is_thing(quantity) else 0.0
    for other in (factor, 2 - factor):
        base = each.value.point + math.copysign(one, other - 1) if one else each.value.point * other
        inside = (quantity.low is None or base >= quantity.low) and (quantity.high is None or base <= quantity.high)
        if base and inside:
            return written(base, quantity)
    return None


def one_by_one(scenario: str, inputs: list[Given]) -> list[str]:
    """Return where a sweep over one input, at its given value and at another, is not the run with that value set."""
    wrong, runs = [], dict[str, dict[str, Any]]()
    for each in inputs:
        texts = [each.text, *([other] if (other := moved(each, scenario)) else [])]
        try:
            point = swept(each, scenario, texts)
            for at, text in enumerate(texts):
                if at == 0 and not each.value.is_uncertain:
                    run = runs[each.case] = runs.get(each.case) or ran(scenario, each.case)
                else:
                    run = ran(scenario, each.case, (f"{each.name}={text}",))
                found = differences(point, at, run, {each.name})
                wrong += [f"{scenario}, {each.case}, {each.name} = {text}: {one}" for one in found]
        except CalcError as error:
            wrong.append(f"{scenario}, {each.case}, {each.name}: {error.message}")
    return wrong


def at_once(scenario: str, case: str, inputs: list[Given]) -> list[str]:
    """Return where a sweep over all certain inputs of a case, at their given values, is not the run."""
    axes = {each.name: (scalar("--axis", each.name), scalar("--axis", each.text)) for each in inputs}
    point = studied(scenario, case, "sweep", Mapping({**axes}, PLACE))["cases"][0]
    return [f"{scenario}, {case}: {one}" for one in differences(point, 0, ran(scenario, case), set(axes))]


PLACE = Place(plain("lingang-racks").place.source, 1, 1)


def told(wrong: list[str]) -> str:
    return f"{len(wrong)}:\n" + "\n".join(wrong[:40])


MOST_AXES = 30
# Of the inputs that are swept alone one in so many is tried each time; all of them take minutes.
FEW = 8


def test_a_sweep_over_all_given_values_is_the_run() -> None:
    wrong = []
    for scenario in SCENARIOS:
        inputs = inputs_of(scenario)
        for case in dict.fromkeys(each.case for each in inputs):
            certain = [each for each in inputs if each.case == case and not each.value.is_uncertain]
            # A sweep takes so many axes; a scenario of a hall has more certain inputs.
            for first in range(0, len(certain), MOST_AXES):
                wrong += at_once(scenario, case, certain[first : first + MOST_AXES])
    assert not wrong, told(wrong)


def test_a_sweep_over_one_input_is_the_run_with_it_set() -> None:
    wrong, alone = [], set[str]()
    for scenario in SCENARIOS:
        inputs = inputs_of(scenario)
        fresh = {each.name: each for each in inputs if key_of(each.name).name not in alone}
        alone |= {key_of(name).name for name in fresh}
        # The test below takes them all.
        wrong += one_by_one(scenario, list(fresh.values())[::FEW])
    assert not wrong, told(wrong)


@pytest.mark.exhaustive
def test_a_sweep_over_any_input_is_the_run_with_it_set() -> None:
    wrong = [each for scenario in SCENARIOS for each in one_by_one(scenario, inputs_of(scenario))]
    assert not wrong, told(wrong)


@dataclass(frozen=True)
class Question:
    """A figure of a case that an input moves, and a limit that it passes between two values of the input."""

    given: Given
    figure: str
    limit: str
    span: tuple[float, float]
    rises: bool

    @property
    def condition(self) -> str:
        return f"{self.figure} {'>=' if self.rises else '<='} {self.limit}"


def headline(result: dict[str, Any]) -> float | None:
    """Return what a condition is tested at: the median of an uncertain figure."""
    found: float | None = result["value"] if result.get("p50") is None else result["p50"]
    return found


def questions(scenario: str, inputs: list[Given], most: int) -> list[Question]:
    """Return what can be asked of inputs: a figure of the whole case that differs where the input is another."""
    found: list[Question] = []
    for each in inputs:
        other = moved(each, scenario)
        if other is None or each.value.point == 0 or len(found) == most:
            continue
        here, there = (ran(scenario, each.case, (f"{each.name}={text}",)) for text in (each.text, other))
        catalogue = plain(scenario).catalogue
        for name, result in here["results"].items():
            before, after = headline(result), headline(there["results"][name])
            if name == each.name or before is None or after is None or math.isclose(before, after, rel_tol=1e-6):
                continue
            factor = float(other.split()[0]) / float(each.text.split()[0])
            span = sorted((each.value.point, each.value.point * factor))
            rises = (after > before) == (factor > 1)
            limit = written((before + after) / 2 * catalogue[name].unit.factor, catalogue[name])
            found.append(Question(each, name, limit, (span[0], span[1]), rises))
            break
    return found


def holds_in_a_run(scenario: str, question: Question, base: float) -> bool:
    """Tell whether the condition, as a check of the file, passes in a run with the input set."""
    text = written(base, plain(scenario).catalogue[key_of(question.given.name).name])
    case = () if question.given.case == "base" else (question.given.case,)
    problems = Problems()
    loaded = load(scenario, problems)
    loaded.document.table, loaded.document.checks = {}, [scalar("checks", question.condition)]
    settings = with_lacking(scenario, (f"{question.given.name}={text}",))
    found = resolve(loaded, Options(samples=SAMPLES, cases=case, settings=settings, alone=True), problems)
    (only,) = as_dict(answer(found))["cases"]
    (check,) = [each for each in only["checks"] if each["check"] == question.condition]
    return bool(check["passed"])


def disagreements(scenario: str, question: Question) -> list[str]:
    """Return where goal-seek, the flip and runs on both sides do not agree on one question."""
    each, catalogue = question.given, plain(scenario).catalogue
    where = f"{scenario}, {each.case}: {question.condition} by {each.name}"
    quantity = catalogue[key_of(each.name).name]
    low, high = (written(end, quantity) for end in question.span)
    sought = f"smallest {each.name} within {low} to {high} so that {question.condition}"
    found = studied(scenario, each.case, "find", Mapping(read_goal(sought), PLACE))["goals"][0]["cases"][0]
    if not found["reached"]:
        return [f"{where}: not reached"]
    value = found["values"][each.name]["value"] * quantity.unit.factor
    step = quantity.unit.factor if is_thing(quantity) else abs(value) * 1e-6
    wrong = []
    # Where it stands at the snap of a whole number, the last digit of a text would decide.
    if not holds_in_a_run(scenario, question, value if is_thing(quantity) else value + step * 1e-4):
        wrong.append(f"{where}: a run with {value:.12g}, which goal-seek found, does not hold")
    if found["how"] != "bound" and holds_in_a_run(scenario, question, value - step):
        wrong.append(f"{where}: a run below {value:.12g} holds too")
    entries: dict[str, tuple[Scalar, Node]] = {
        "flip": (scalar("--flip", "flip"), scalar("--flip", question.condition)),
        "within": (PLAIN, Mapping({each.name: (PLAIN, scalar("--within", f"{low} to {high}"))}, PLACE)),
    }
    flips = studied(scenario, each.case, "sensitivity", Mapping(entries, PLACE))["cases"][0]["flips"]
    rows = [row for row in flips if row["verdict"] == question.condition and row["input"] == each.name]
    at = [edge * quantity.unit.factor for row in rows for edge in row["flips_at"]]
    if found["how"] != "bound" and not any(-1e-6 * abs(edge) <= value - edge <= step + 1e-8 * abs(edge) for edge in at):
        wrong.append(f"{where}: goal-seek finds {value:.12g}, the flip {at}")
    return wrong


PLAIN = scalar("--within", "within")


@cache
def without_plan() -> list[str]:
    """Return the scenarios that place no servers: where they do, goal-seek is refused."""
    return [each for each in SCENARIOS if plain(each).placing is None]


def test_goal_seek_flips_and_runs_agree_at_the_value_found() -> None:
    wrong, count = [], 0
    for scenario in without_plan():
        for question in questions(scenario, spread(inputs_of(scenario)), most=1):
            count += 1
            wrong += disagreements(scenario, question)
    assert not wrong, told(wrong)
    assert count >= 0.9 * len(without_plan())


@pytest.mark.exhaustive
def test_goal_seek_flips_and_runs_agree_on_every_input() -> None:
    wrong = [
        each
        for scenario in without_plan()
        for question in questions(scenario, inputs_of(scenario), most=1000)
        for each in disagreements(scenario, question)
    ]
    assert not wrong, told(wrong)


def spread(inputs: list[Given]) -> list[Given]:
    """Return inputs in an order that does not begin with what stands first in files."""
    return sorted(inputs, key=lambda each: hashlib.sha256(each.name.encode()).hexdigest())


def test_the_figures_of_a_comparison_are_those_of_its_runs() -> None:
    wrong = []
    for scenario in SCENARIOS:
        names = [case.name for case in plain(scenario).cases]
        if len(names) < 2:
            continue
        node = Mapping({"cases": (PLAIN, Sequence([scalar("compare", name) for name in names], PLACE))}, PLACE)
        found = studied(scenario, "base", "compare", node)
        runs = [figures_of(ran(scenario, name)) for name in names]
        for row in found["figures"]:
            for name, run, value in zip(names, runs, row["values"], strict=True):
                expected = run.get((row["name"], row.get("year"))) or run[row["name"], None]
                if not same(value["value"], expected["value"]):
                    wrong.append(f"{scenario}, {name}, {row['name']}: {value['value']} instead of {expected['value']}")
        # A figure that is not included anywhere is left out of both, unless it was asked for.
        compared = {row["name"] for row in found["figures"]}
        shared = set.intersection(*({key for key, _ in run} for run in runs)) - compared
        wrong += [f"{scenario}: {name} is dropped" for name in shared]
    assert not wrong, told(wrong)


def test_what_the_studies_of_shipped_scenarios_find_is_what_runs_say() -> None:
    wrong = []
    for scenario in SCENARIOS:
        found = as_dict(answer(resolved(scenario))).get("studies", {})
        for case in found.get("sweep", {}).get("cases", []):
            axes = [each["name"] for each in found["sweep"]["axes"]]
            catalogue = plain(scenario).catalogue
            for at in range(0, case["points"], max(1, case["points"] // 3)):
                values = {each["name"]: each["values"][at] for each in case["columns"] if each["name"] in axes}
                texts = (f"{name}={written(value * catalogue[name].unit.factor, catalogue[name])}"
                         for name, value in values.items())  # fmt: skip
                run = ran(scenario, case["name"], tuple(texts))
                wrong += [f"{scenario} at {values}: {one}" for one in differences(case, at, run, set(axes))
                          if "holds" not in one]  # fmt: skip
        for goal_found in found.get("find", {}).get("goals", []):
            for case in goal_found["cases"]:
                texts = (f"{name}={written_in(each)}" for name, each in case["values"].items())
                run = ran(scenario, case["name"], tuple(texts), show=tuple(case["results"]))
                for name, each in case["results"].items():
                    expected = run["results"][name]
                    wrong += [f"{scenario}, {name}, {key}: {each.get(key)} instead of {expected[key]}"
                              for key in ("value", "p10", "p90")
                              if each.get(key) is not None and expected[key] is not None
                              and not math.isclose(each[key], expected[key], rel_tol=1e-9)]  # fmt: skip
    assert not wrong, told(wrong)


def written_in(found: dict[str, Any]) -> str:
    return repr(found["value"]) if found["unit"] == "1" else f"{found['value']!r} {found['unit']}"
