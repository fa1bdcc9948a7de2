"""What `find` says: what was found for every goal, why, and the figures there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.explain import figure_text
from calc.engine.figures import Series, at_year
from calc.report.csv import table
from calc.report.json import chosen_dict, figure_dict, inputs_of, number
from calc.report.report import (
    SPREAD,
    Block,
    Cell,
    Column,
    Paragraph,
    Row,
    Section,
    Table,
    Words,
    label_of,
    name_cell,
    named_column,
    written,
)
from calc.scenario.case import BASE
from calc.scenario.study_sections import Best, Goal
from calc.study.checks import applicable
from calc.study.headline import percentile_text
from calc.text import shorten
from calc.units.format import amount_text, digits_apart, percent_text

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue
    from calc.scenario.resolve import Scenario
    from calc.study.best import Found
    from calc.study.thresholds import Spread

_OFF = "value_percentile"


# ---------------------------------------------------------------- the JSON result


def as_dict(scenario: Scenario, goals: list[tuple[Goal | Best, list[Found]]]) -> dict[str, Any]:
    """Return every goal with what was found for it in each case."""
    return {"goals": [_goal_dict(scenario, goal, cases) for goal, cases in goals]}


def _goal_dict(scenario: Scenario, goal: Goal | Best, cases: list[Found]) -> dict[str, Any]:
    return {
        "goal": goal_text(scenario, goal),
        "conditions": [each.text for each in goal.conditions],
        "confidence": max((each.confidence or 0.0 for each in goal.conditions), default=0.0) or None,
        "cases": [_found_dict(scenario, goal, found) for found in cases],
    }


def _found_dict(scenario: Scenario, goal: Goal | Best, found: Found) -> dict[str, Any]:
    catalogue = scenario.catalogue
    names = [name for name in found.case.wanted if name in found.figures and name not in goal.names]
    conditions = applicable(scenario, found.case, goal.conditions)
    extra = [name for each in conditions for name in each.names if name in found.figures]
    names = list(dict.fromkeys([*([goal.wanted.name] if isinstance(goal, Best) else []), *names, *extra]))
    names = [name for name in names if name not in goal.names]
    unit = catalogue[goal.names[0]].unit
    return {
        "name": found.case.name,
        "reached": found.reached,
        "values": chosen_dict(found.values, scenario),
        "nearest": chosen_dict(found.near, scenario),
        "how": found.how or None,
        "explanation": explanation(scenario, goal, found),
        "probability": found.probability,
        "over_samples": _spread_dict(scenario, goal.names[0], found.spread),
        "results": {name: _result_dict(scenario, found, name) for name in names},
        "holds_within": [[number(low, unit), number(high, unit)] for low, high in found.stretches],
        "without_effect": found.idle,
        "moved_by": found.movers,
        "failed_checks": [each.text for each in found.failed],
        "inputs": inputs_of(scenario, found.case),
    }


def _result_dict(scenario: Scenario, found: Found, name: str) -> dict[str, Any]:
    """Return a figure at what was found, of a yearly one a row for each of the years too."""
    figure, samples, quantity = found.figures[name], found.samples.get(name), scenario.catalogue[name]
    result = figure_dict(figure, quantity, samples)
    if not isinstance(figure, Series):
        return result
    rows = []
    for at, year in enumerate(scenario.years):
        column = None if samples is None or samples.shape[1] == 1 else samples[:, at : at + 1]
        rows.append({"year": year, **figure_dict(at_year(figure, at), quantity, column)})
    return {**result, "by_year": rows}


def _spread_dict(scenario: Scenario, name: str, spread: Spread | None) -> dict[str, Any] | None:
    """Return the value sought in each sample: its percentiles, null where they lie beyond the range."""
    if spread is None:
        return None
    quantity = scenario.catalogue[name]
    found = {key: None if each is None else number(each, quantity.unit) for key, each in spread.percentiles.items()}
    shares = {"share_without": spread.without, "share_at_bound": spread.at_bound}
    return {"name": name, "unit": quantity.unit_text, **found, **shares, "samples": spread.samples}


def goal_text(scenario: Scenario, goal: Goal | Best) -> str:
    """Return a goal in one line."""
    catalogue = scenario.catalogue

    def span(name: str, low: float, high: float) -> str:
        ends = (figure_text(each, catalogue[name], given=True) for each in (low, high))
        return f"{name} within {' to '.join(ends)}"

    if isinstance(goal, Goal):
        words = f"the {goal.end} {span(goal.range.name, goal.range.low, goal.range.high)}"
    else:
        chosen = ", ".join(span(each.name, each.low, each.high) for each in goal.ranges)
        words = f"{goal.wanted.sense} {goal.wanted.name} over {chosen}"
        if goal.total is not None:
            words += f", adding up to {figure_text(goal.total, catalogue[goal.names[0]], given=True)}"
    if not goal.conditions:
        return words
    conditions = " and ".join(each.text_without_confidence for each in goal.conditions)
    sure = max((each.confidence or 0.0 for each in goal.conditions), default=0.0)
    return f"{words} so that {conditions}" + (f" with {sure * 100:.4g} % confidence" if sure else "")


def explanation(scenario: Scenario, goal: Goal | Best, found: Found) -> str:
    """Return in words why the value is what it is, or why there is none."""
    catalogue = scenario.catalogue
    sure = "" if found.probability is None else percent_text(found.probability)
    if not found.reached:
        name = goal.names[0]
        where = f"even at {name} = {figure_text(found.near[name], catalogue[name])}" if isinstance(goal, Goal) else ""
        share = f"; there they hold in {sure} of the samples" if sure else ""
        words = f"no value within the range meets the conditions, not {where}{share}" if where else ""
        return words or "no combination within the ranges meets the conditions"
    if found.how == "best":
        words = "found by search: differential evolution, then a pattern search"
        return f"{words}, by the median of the samples" if found.in_samples else words
    if found.how == "bound":
        end = "lower" if isinstance(goal, Goal) and goal.end == "smallest" else "upper"
        return f"the conditions hold at the {end} end of the range already"
    decides = shorten(found.decides.text, 120) if found.decides else ""
    upwards = isinstance(goal, Goal) and goal.end == "smallest"
    beyond = "below" if upwards else "above"
    if found.how == "jump" and found.decides and found.before is not None and found.after is not None:
        unit = found.decides.left.unit
        digits = digits_apart(found.before, found.after, unit)
        before, after = (amount_text(each, unit, digits=digits) for each in (found.before, found.after))
        return f"a jump: the left side of `{decides}` goes from {before} to {after} there"
    if found.how == "jump":
        return f"a jump: the left side of `{decides}` has no value {'before' if upwards else 'beyond'} it"
    if found.how == "samples" and sure:
        return f"there the conditions hold in {sure} of the samples, and in fewer {beyond} it"
    if found.how == "step":
        return f"the {'first' if upwards else 'last'} step at which {f'`{decides}`' if decides else 'it'} holds"
    return f"`{decides}` holds {'from exactly there on' if upwards else 'up to exactly there'}" if decides else "exact"


# ---------------------------------------------------------------- in words


def lines(body: dict[str, Any], catalogue: Catalogue) -> list[str]:
    """Return in a few lines what was found, the most important first."""
    words = Words(catalogue)
    return [
        f"{label_of(case, '')}{': ' if label_of(case, '') else ''}{_reached(case, words)}"
        for goal in body["goals"]
        for case in goal["cases"]
    ]


def _reached(case: dict[str, Any], words: Words) -> str:
    return _answer(case, words) if case["reached"] else f"NOT REACHED: {case['explanation']}"


def sections(found: dict[str, Any], catalogue: Catalogue) -> list[Section]:
    """Return what was found for every goal in each case, why, and the figures there."""
    return [Section("Goal", _goal(goal, Words(catalogue)), "goal") for goal in found["goals"]]


def _goal(goal: dict[str, Any], words: Words) -> list[Block]:
    blocks: list[Block] = [Paragraph(goal["goal"])]
    cases = goal["cases"]
    alone = len(cases) == 1
    if alone:
        case, prefix = cases[0], "" if cases[0]["name"] == BASE else f"{cases[0]['name']}: "
        reached = case["reached"]
        blocks.append(Paragraph(f"{prefix}{_reached(case, words)}", "" if reached else "bad"))
        blocks += [Paragraph(line, level=1) for line in _remarks(case, words)]
    else:
        blocks.append(_by_case(cases, words))
        same: dict[tuple[str, bool], list[str]] = {}
        for case in cases:
            told = "; ".join([case["explanation"], *_remarks(case, words)])
            same.setdefault((told, case["reached"]), []).append(case["name"])
        for (told, reached), names in same.items():
            where = "every case" if len(names) == len(cases) else "; ".join(names)
            blocks.append(Paragraph(f"{where}: {told}", "" if reached else "bad"))
    return [*blocks, *_figures_there(cases, words)]


def _by_case(cases: list[dict[str, Any]], words: Words) -> Table:
    """Return what was found, a row a case."""
    names = list(dict.fromkeys(name for case in cases for name in case["values"]))
    heads = [named_column(words.catalogue[name], name) for name in names]
    table = Table([Column(kind="label"), *heads, Column("holds in")])
    for case in cases:
        found = [case["values"].get(name) for name in names]
        pairs = zip(names, found, strict=True)
        cells = [Cell() if each is None else words.cell(name, each["value"], digits=6) for name, each in pairs]
        if not case["reached"]:
            cells[0] = Cell("NOT REACHED", tone="bad")
        share = "" if case["probability"] is None else percent_text(case["probability"])
        table.rows.append(Row([Cell(case["name"]), *cells, written(share, case["probability"])]))
    return table


def _figures_there(cases: list[dict[str, Any]], words: Words) -> list[Block]:
    """Return the figures at what was found: a row a figure, and with several cases below it a row a case."""
    names = list(dict.fromkeys(name for case in cases for name in case["results"]))
    results = [each for case in cases for each in case["results"].values()]
    uncertain = any("p10" in each for each in results)
    keys = [*(("p10", "p90") if uncertain else ()), *(["likely at"] if any(_OFF in each for each in results) else [])]
    heads = [Column(each) for each in ("p50" if keys else "figure", *keys)]
    table = Table([Column("the figures there", "label"), Column(kind="unit"), *heads])
    for name in names:
        rows = [(case["name"], _cells(words, name, case["results"].get(name, {}), keys)) for case in cases]
        if len(cases) == 1:
            table.rows.append(Row([name_cell(name), words.unit(name), *rows[0][1]]))
            continue
        table.rows.append(Row([name_cell(name), words.unit(name), *(Cell() for _ in heads)]))
        table.rows += [Row([Cell(case), Cell(), *cells], 1) for case, cells in rows if any(each.text for each in cells)]
    return [table] if names else []


def _cells(words: Words, name: str, result: dict[str, Any], keys: list[str]) -> list[Cell]:
    middle, low, high = _cell(words, name, result), Cell(), Cell()
    if "p50" in result:
        middle, low, high = words.spread(name, [result[key] for key in SPREAD], (result["p10"], result["p90"]))
    off = Cell(percentile_text(result[_OFF] / 100) if _OFF in result else "")
    return [middle, *({"p10": low, "p90": high, "likely at": off}[key] for key in keys)]


def _cell(words: Words, name: str, result: dict[str, Any]) -> Cell:
    if not result:
        return Cell()
    if "headline" in result:
        return written(str(result["headline"]))
    return words.cell(name, result["value"]) if result["value"] is not None else written(result["text"])


def _answer(case: dict[str, Any], words: Words) -> str:
    values = ", ".join(f"{name} = {words.text(name, each['value'], digits=6)}" for name, each in case["values"].items())
    share = (
        ""
        if case["probability"] is None or case["how"] == "samples"
        else f", in {percent_text(case['probability'])} of the samples"
    )
    return f"{values}{share} ({case['explanation']})"


def _remarks(case: dict[str, Any], words: Words) -> list[str]:
    lines = []
    if case["holds_within"]:
        name = next(iter(case["values"]))
        spans = [words.span(name, low, high) for low, high in case["holds_within"]]
        lines.append(f"not monotone: of the values tried, the conditions hold within {' and '.join(spans)} only")
    if case["over_samples"]:
        lines.append(_over_samples(case["over_samples"], words))
    idle = "any value of its range will do" if case["reached"] else "the conditions do not depend on it"
    moved = "" if case["reached"] or not case["moved_by"] else f"; they do on {', '.join(case['moved_by'][:6])}"
    lines += [f"{each} changes nothing: {idle}{moved}" for each in case["without_effect"]]
    absent = {
        name: each["reason"] if each["text"] == "not included" else f"no value, {each['reason']}"
        for name, each in case["results"].items()
        if "by_year" not in each and each.get("reason")
    }
    lines += [f"{name}: {reason}" for name, reason in absent.items()]
    return lines + [f"beside it the check `{each}` fails there" for each in case["failed_checks"]]


def _over_samples(spread: dict[str, Any], words: Words) -> str:
    """Return in a line what the value sought is from sample to sample."""
    name, keys = spread["name"], ("p10", "p50", "p90")
    known = [key for key in keys if spread[key] is not None]
    cells = {key: words.cell(name, spread[key]) for key in known}
    texts = [f"{key} {each.alone if key == known[-1] else each.text}" for key, each in cells.items()]
    parts = [", ".join(texts)] if texts else []
    if len(known) < len(keys):
        parts.append(f"{' and '.join(key for key in keys if key not in known)} beyond the range")
    if spread["share_without"]:
        parts.append(f"none within the range in {percent_text(spread['share_without'])} of the samples")
    if spread["share_at_bound"]:
        parts.append(f"at the end of the range already in {percent_text(spread['share_at_bound'])}")
    return f"sample by sample {name} would be {'; '.join(parts)}"


# ---------------------------------------------------------------- CSV


COLUMNS = (
    "goal", "case", "reached", "kind", "name", "value", "unit", "mean", "p10", "p50", "p90", "probability",
    "explanation", "share_without", "year", "reason", "share_without_value",
)  # fmt: skip


def csv(body: dict[str, Any]) -> str:
    """Return the result as CSV with a header line."""
    return table(COLUMNS, _csv_rows(body))


def _csv_rows(body: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for goal in body["goals"]:
        for case in goal["cases"]:
            where = {"goal": goal["goal"], "case": case["name"], "reached": case["reached"]}
            said = {"probability": case["probability"], "explanation": case["explanation"]}
            for kind, entries in (("found", case["values"]), ("nearest", case["nearest"]), ("figure", case["results"])):
                beside = said if kind != "figure" else {}
                rows += [
                    {**where, "kind": kind, "name": name, **row, **beside}
                    for name, each in entries.items()
                    for row in each.get("by_year", [each])
                ]
                if kind == "nearest" and case["over_samples"]:
                    rows.append({**where, "kind": "over samples", **case["over_samples"]})
    return rows
