"""The answer as Markdown: results, assumptions with sources, what is not included, warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.report import lines
from calc.report.json import as_dict, side_by_side
from calc.report.markdown_text import bullets, table, text
from calc.report.pieces import samples_text
from calc.report.spread import COLUMNS, POINT, notes, spread_cells
from calc.study.headline import percentile_text
from calc.units.format import GIVEN_DIGITS, amount_text, bare_text, unit_words

if TYPE_CHECKING:
    from calc.engine.catalogue import Catalogue, Quantity
    from calc.study.answer import Answer

_KEYS = {"value": "at the likely values"}
# What would begin a list or a quotation at the start of a line.


def render(answer: Answer) -> str:
    """Return the answer as a Markdown document."""
    found = as_dict(answer)
    scenario = answer.scenario
    parts = [f"# {text(scenario.heading)}\n"]
    if scenario.question:
        parts.append(f"{text(scenario.question)}\n")
    parts += [
        _results(answer, found),
        _lines(answer),
        _verdicts(found),
        _checks(found),
        _studies(found, (answer.studies.scenario or scenario).catalogue),
        _assumptions(found, scenario.catalogue),
        _conventions(found),
        _not_included(answer, found),
        bullets("Warnings", found["warnings"]),
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
    pairs = list(zip(cases, answer.columns, strict=True))
    uncertain = [(case, column, name) for case, column in pairs for name in names if name in column.samples]
    uncertain = [(case, column, name) for case, column, name in uncertain if name in case["results"]]
    if uncertain:
        about = found["uncertainty"]
        block += f"\n## Uncertainty ({samples_text(about['samples'])}, seed {about['seed']})\n\n"
        body = []
        for case, column, name in uncertain:
            quantity, texts = catalogue[name], spread_cells(answer, column, name)
            words = "%" if quantity.is_share else unit_words(quantity.unit, plural=True)
            body.append([f"`{name}`", text(case["name"]), text(words), *(text(each) for each in texts)])
        heads = [" ".join(each.head.split()) for each in (*COLUMNS, POINT)]
        block += table(["", "case", "unit", *heads], body, set(range(3, 3 + len(heads))))
        block += "".join(f"\n{text(line)}\n" for line in notes(answer, names))
    return block + _by_year(found, yearly, catalogue)


def _by_year(found: dict[str, Any], names: list[str], catalogue: Catalogue) -> str:
    """Return a table a case of the figures that differ from year to year, with the ends of their 80 % intervals."""
    block = ""
    for case in side_by_side(found):
        rows = []
        for name in names:
            years, quantity = case["results"].get(name, {}).get("by_year", []), catalogue[name]
            words = "%" if quantity.is_share else unit_words(quantity.unit, plural=True)
            is_uncertain = any(each["p50"] is not None for each in years)
            for key in ("p50", "p10", "p90", "value") if is_uncertain else ("value",) if years else ():
                label = f"`{name}`" + (f" {_KEYS.get(key, key)}" if is_uncertain else "")
                rows.append([label, text(words), *(text(_bare(each[key], quantity)) for each in years)])
            off = [each.get("value_percentile") for each in years]
            if any(each is not None for each in off):
                texts = ("" if each is None else percentile_text(each / 100) for each in off)
                rows.append([f"`{name}` likely at", "", *(text(each) for each in texts)])
        if rows:
            head = ["", "unit", *map(str, found["years"])]
            block += f"\n## By year: {text(case['name'])}\n\n" + table(head, rows, set(range(2, len(head))))
    return block


def _bare(number: float | None, quantity: Quantity) -> str:
    if number is None:
        return "no value"
    return bare_text(number * quantity.unit.factor, quantity.unit, share=quantity.is_share)


def _result(result: dict[str, Any] | None) -> str:
    if result is None:
        return ""
    if result["value"] is None:
        return f"{text(result['text'])}: {text(result['reason'])}"
    return text(result["headline"]) + (" (given)" if result["status"] != "derived" else "")


def _verdicts(found: dict[str, Any]) -> str:
    cases = side_by_side(found)
    lines = []
    for case in cases:
        for told in case.get("verdicts", []):
            where = f"{text(case['name'])}: " if len(cases) > 1 else ""
            share = "" if told["probability"] is None else f"; so in {told['probability'] * 100:.3g} % of the samples"
            lines.append(f"- {where}{text(told['text'])}{share}\n")
    return "## Verdict\n\n" + "".join(lines) if lines else ""


def _checks(found: dict[str, Any]) -> str:
    lines = []
    for case in side_by_side(found):
        for check in case["checks"]:
            verdict = "holds" if check["passed"] else "**fails**"
            share = ""
            if check["probability"] is not None:
                basis = "" if check["check"].endswith("confidence") else ", at the median"
                share = f"{basis}, in {check['probability'] * 100:.3g} % of the samples"
            lines.append(f"- {verdict}: {text(check['check'])} ({text(case['name'])}){share}\n")
    return "## Checks\n\n" + "".join(lines) if lines else ""


def _studies(found: dict[str, Any], catalogue: Catalogue) -> str:
    if "studies" not in found:
        return ""
    from calc.report.studies import studies_markdown

    return studies_markdown(found["studies"], catalogue)


def _assumptions(found: dict[str, Any], catalogue: Catalogue) -> str:
    rows: dict[tuple[str, ...], list[str]] = {}
    for case in side_by_side(found):
        for name, given in case["inputs"].items():
            status = ", ".join(each for each in (given["status"], given["fact_status"]) if each)
            origin = "; ".join(text(each) for each in _origin(given))
            key = (f"`{name}`", _given(given, catalogue[name]), text(status), origin)
            rows.setdefault(key, []).append(case["name"])
    several = len(side_by_side(found)) > 1
    body = []
    for row, cases in rows.items():
        where = "all" if len(cases) == len(side_by_side(found)) else "; ".join(text(each) for each in cases)
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
    if "by_year" in given:
        share = quantity.is_share
        texts = (
            amount_text(row["value"] * quantity.unit.factor, quantity.unit, share=share, digits=GIVEN_DIGITS)
            for row in given["by_year"]
        )
        years = zip(given["by_year"], texts, strict=True)
        return "; ".join(f"{text(words)}{_spread(row)} in {row['year']}" for row, words in years)
    if "growth" in given:
        growth = given["growth"]
        return f"{text(given['text'])}{_spread(given)}, grows {growth['value'] * 100:.6g} %/year{_spread(growth)}"
    return text(given["text"]) + _spread(given)


def _spread(given: dict[str, Any]) -> str:
    if given["distribution"] is None:
        return ""
    parts = ", ".join(f"{name} {value:.6g}" for name, value in given["distribution"].items() if name != "kind")
    return f" ({given['distribution']['kind']}: {parts})"


def _conventions(found: dict[str, Any]) -> str:
    lines = {
        f"- `{name}`: {text(variant['variant'])} ({text(variant['assumes'])})\n": None
        for case in side_by_side(found)
        for name, variant in case["variants"].items()
    }
    return "## Conventions\n\n" + "".join(lines) if lines else ""


def _not_included(answer: Answer, found: dict[str, Any]) -> str:
    names = dict.fromkeys(name for case in side_by_side(found) for name in case["not_included"])
    catalogue = answer.scenario.catalogue
    return (
        "## Not included\n\n" + "".join(f"- `{name}`: {text(catalogue[name].text)}\n" for name in names)
        if names
        else ""
    )
