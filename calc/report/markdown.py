"""The answer as Markdown: results, assumptions with sources, what is not included, warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.report import lines
from calc.report.blocks import unit_of
from calc.report.breakdown import breakdowns, line_texts
from calc.report.json import as_dict, side_by_side
from calc.report.markdown_text import bullets, table, text
from calc.report.pieces import samples_text
from calc.report.results import binding_lines, reason_lines
from calc.report.spread import COLUMNS, POINT, notes, spread_cells
from calc.report.table import check_lines, convention_lines, not_included_lines, verdict_lines
from calc.report.yearly import rows_of
from calc.study.remarks import ASIDE
from calc.units.format import GIVEN_DIGITS, amount_text, compact
from calc.value import DRAWS

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue, Quantity
    from calc.study.answer import Answer


def render(answer: Answer) -> str:
    """Return the answer as a Markdown document."""
    found = as_dict(answer)
    scenario = answer.scenario
    parts = [f"# {text(scenario.heading)}\n"]
    if scenario.question:
        parts.append(f"{text(scenario.question)}\n")
    parts += [
        bullets(ASIDE, answer.unheeded.values()),
        _results(answer, found),
        _lines(answer),
        bullets("What binds", binding_lines(answer)),
        bullets("No value", reason_lines(answer)),
        _breakdowns(answer),
        bullets("Verdict", verdict_lines(answer)),
        _checks(answer),
        _studies(found, (answer.studies.scenario or scenario).catalogue),
        _assumptions(found, scenario.catalogue),
        bullets("Conventions", convention_lines(answer)),
        bullets("Not included", not_included_lines(answer)),
        bullets("Warnings", answer.other_warnings),
    ]
    return "\n".join(part for part in parts if part)


def _lines(answer: Answer) -> str:
    """Return the scenario's table, if it has one, with the notes of its lines."""
    if not answer.lines:
        return ""
    head = ["", "as stated", "as computed", "status", "scenario"]
    body = []
    for found in answer.lines:
        columns = (lines.figures(found, names) for names in (found.line.stated, found.line.computed))
        figures = ("<br>".join(f"{text(each)} `{name}`" for name, each in pairs) for pairs in columns)
        stated, computed = figures
        label, words = text(found.line.label), text(lines.status(found))
        body.append([label, stated or lines.NOT_STATED, computed, words, f"`{found.line.path}`"])
    noted = [f"- {text(each.line.label)}: {text(each.line.note)}\n" for each in answer.lines if each.line.note]
    return "## Table\n\n" + table(head, body, set()) + ("\n" + "".join(noted) if noted else "")


def _results(answer: Answer, found: dict[str, Any]) -> str:
    if not found["cases"]:
        return ""
    catalogue = answer.scenario.catalogue
    cases = side_by_side(found)
    names = list(dict.fromkeys(name for case in cases for name in case["results"]))
    yearly = [name for name in names if any("by_year" in case["results"].get(name, {}) for case in cases)]
    names = [name for name in names if name not in yearly]
    head = ["", *(text(case["name"]) for case in cases)] if len(cases) > 1 else ["", "figure"]
    rows = [[f"`{name}`", *(_result(case["results"].get(name)) for case in cases)] for name in names]
    block = "## Results\n\n" + table(head, rows, set(range(1, len(head)))) if rows else ""
    uncertain = [
        (case, name) for case in answer.columns for name in names if name in case.shown and name in case.samples
    ]
    if uncertain:
        about = found["uncertainty"]
        block += f"\n## Uncertainty ({samples_text(about['samples'])}, seed {about['seed']})\n\n"
        body = []
        for column, name in uncertain:
            numbers = (text(each) for each in spread_cells(answer, column, name))
            body.append([f"`{name}`", text(column.label), text(unit_of(catalogue[name])), *numbers])
        heads = [" ".join(each.head.split()) for each in (*COLUMNS, POINT)]
        block += table(["", "case", "unit", *heads], body, set(range(3, 3 + len(heads))))
        block += "".join(f"\n{text(line)}\n" for line in notes(answer, names))
    return block + _by_year(answer, yearly)


def _by_year(answer: Answer, names: list[str]) -> str:
    """Return a table a case of the figures that differ from year to year, with the ends of their 80 % intervals."""
    block = ""
    for case in answer.columns:
        rows = []
        for name in names:
            for label, *rest in rows_of(answer, case, name, verbose=True):
                words = label.removeprefix(name).strip()
                rows.append([f"`{name}` {words}".rstrip(), *(text(each) for each in rest)])
        if rows:
            head = ["", "unit", *map(str, answer.years)]
            block += f"\n## By year: {text(case.label)}\n\n" + table(head, rows, set(range(2, len(head))))
    return block


def _breakdowns(answer: Answer) -> str:
    """Return a table for each figure that is a sum: its parts with their shares."""
    block = []
    for title, remark, parts, quantity in breakdowns(answer):
        body = [
            [f"`{name}`", text(amount), text(share)]
            for name, amount, share, _ in (line_texts(part, quantity) for part in parts)
        ]
        said = f"{text(remark)}\n\n" if remark else ""
        block.append(f"## {text(title)}\n\n{said}" + table(["", "amount", "share"], body, {1, 2}))
    return "\n".join(block)


def _result(result: dict[str, Any] | None) -> str:
    if result is None:
        return ""
    if result["value"] is None:
        return f"{text(result['text'])}: {text(result['reason'])}"
    return text(result["headline"]) + (" (given)" if result["status"] != "derived" else "")


def _checks(answer: Answer) -> str:
    lines = [
        f"- {'**fails**' if verdict == 'FAILS' else verdict}: {text(words)}\n" for verdict, words in check_lines(answer)
    ]
    return "## Checks\n\n" + "".join(lines) if lines else ""


def _studies(found: dict[str, Any], catalogue: Catalogue) -> str:
    if "studies" not in found:
        return ""
    from calc.report.studies import studies_markdown

    return studies_markdown(found["studies"], catalogue)


def _assumptions(found: dict[str, Any], catalogue: Catalogue) -> str:
    rows: dict[tuple[str, ...], list[str]] = {}
    columns = side_by_side(found)
    for case in columns:
        for name, given in case["inputs"].items():
            status = ", ".join(each for each in (given["status"], given["fact_status"]) if each)
            origin = "; ".join(text(each) for each in _origin(given))
            key = (f"`{name}`", _given(given, catalogue[name]), text(status), origin)
            rows.setdefault(key, []).append(case["name"])
    several = len(columns) > 1
    body = []
    for row, cases in rows.items():
        where = "all" if len(cases) == len(columns) else "; ".join(text(each) for each in cases)
        body.append([*row, where] if several else list(row))
    head = ["", "value", "status", "source", *(["cases"] if several else [])]
    return "## Assumptions\n\n" + table(head, body, {1}) if body else ""


def _origin(given: dict[str, Any]) -> list[str]:
    parts = [given["source"] or "no source"]
    if given["converted_with"]:
        parts.append(f"{given['original']} converted with {given['converted_with']}")
    if given["fact"]:
        parts.append(f"fact {given['fact']}")
    if given["replaces"]:
        parts.append(f"instead of fact {given['replaces']}")
    if given["place"]:
        parts.append(given["place"])
    return parts


def _given(given: dict[str, Any], quantity: Quantity) -> str:
    """Return a given value with its spread; of a yearly one the value of each year, or how it grows."""
    after = ""
    if "growth" in given:
        growth = given["growth"]
        before = " before conversion" if "by_year" in given else ""
        after = f", grows {compact(growth['value'] * 100, digits=6)} %/year{_spread(growth)}{before}"
    after += f", {DRAWS[given['independent']]}" if "independent" in given else ""
    if "by_year" in given:
        share = quantity.is_share
        texts = (
            amount_text(row["value"] * quantity.unit.factor, quantity.unit, share=share, digits=GIVEN_DIGITS)
            for row in given["by_year"]
        )
        years = zip(given["by_year"], texts, strict=True)
        return "; ".join(f"{text(words)}{_spread(row)} in {row['year']}" for row, words in years) + after
    return text(given["text"]) + _spread(given) + after


def _spread(given: dict[str, Any]) -> str:
    if given["distribution"] is None:
        return ""
    ends = {name: value for name, value in given["distribution"].items() if name != "kind"}
    parts = ", ".join(f"{name} {compact(value, digits=6)}" for name, value in ends.items())
    return f" ({given['distribution']['kind']}: {parts})"
