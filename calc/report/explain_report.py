"""The explanation of a figure: a tree down to the source of every number."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from calc.engine.explain import Explainable, Explained, explain
from calc.errors import CalcError, quote
from calc.report.assumptions import value_text
from calc.report.json import by_year
from calc.report.json_values import figure_entry, number
from calc.report.report import Paragraph, Report, Section, Tree, name_cell, notices, section
from calc.scenario.display import shown_value
from calc.study.headline import error_of_mean, off_median, percentile_words
from calc.study.points import line_amounts
from calc.study.statistics import rank_share
from calc.text import did_you_mean, or_list
from calc.units import RATIO
from calc.units.format import amount_text, bare_text, digits_apart, percent_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.engine.catalogue import Catalogue, Quantity
    from calc.study.results import Answer, CaseAnswer


def explain_report(answer: Answer, name: str, *, depth: int | None = None) -> Report:
    """Return the tree under figure `name`, once a case. depth: levels below the figure, None for all of them."""
    found = Report("", name=name)
    trees = list(_trees(answer, name, depth, widest_first=True))
    for case, node in trees:
        title = case.label if len(trees) > 1 else ""
        if depth is not None:
            _close_absent(node)
        found.sections.append(Section(title, [_tree(node, case, answer)], "explanation"))
    if depth is not None and any(_is_cut(node) for _, node in trees):
        path = answer.scenario.path
        told = f"deeper: `--depth {depth + 1}` to `--depth all`; any figure of it: `calc explain {path} NAME`"
        found.sections.append(Section("", [Paragraph(told, "quiet")], "deeper"))
    found.sections += section("Warnings", notices(_warnings(answer, trees), "warning"), "warnings")
    return found


def _close_absent(node: Explained) -> None:
    """Leave of what is not included its name and the reason: how it would be computed is for those who ask for all."""
    for each in node.children:
        _close_absent(each)
        if each.status == "not included":
            each.children, each.formula, each.formula_source, each.assumption = [], "", "", ""
            each.conventions, each.cut = [], False


def _is_cut(node: Explained) -> bool:
    return node.cut or any(_is_cut(each) for each in node.children)


def as_dict(answer: Answer, name: str, *, depth: int | None = None) -> dict[str, Any]:
    """Return the same as plain dictionaries and lists, schema `calc.explain/1`."""
    catalogue, trees = answer.scenario.catalogue, list(_trees(answer, name, depth))
    return {
        "schema": "calc.explain/1",
        "scenario": answer.scenario.path,
        "name": name,
        **({"years": list(answer.years)} if answer.years else {}),
        "cases": [_entry(case, as_tree(node, case, catalogue)) for case, node in trees],
        "warnings": _warnings(answer, trees),
    }


def asked_name(name: str) -> str:
    """Return the quantity that `NAME` or `NAME in PART` is about."""
    return name.partition(" in ")[0].strip()


def _warnings(answer: Answer, trees: list[tuple[CaseAnswer, Explained]]) -> list[str]:
    """Return the warnings of an answer that are about what the trees show."""
    used = {name for case, _ in trees for name in case.plan.leaves}
    found = []
    for text in answer.warnings:
        head, mark, names = text.partition("no source: ")
        kept = [each for each in names.split(", ") if each in used] if mark and not head else []
        if (kept or head or not mark) and not text.startswith("unused "):
            found.append(f"{mark}{', '.join(kept)}" if kept else text)
    return found


def _trees(
    answer: Answer, name: str, depth: int | None, *, widest_first: bool = False
) -> Iterator[tuple[CaseAnswer, Explained]]:
    """Yield every case or part that answers a figure, with its tree; of `NAME in PART` that part alone.

    Raises CalcError where there is no such part.
    """
    base, mark, where = asked_name(name), *name.partition(" in ")[1:]
    part = where.strip() if where.strip() in answer.scenario.parts else where.strip().removeprefix("part ")
    if mark and part not in answer.scenario.parts:
        hint = did_you_mean(part, answer.scenario.parts)
        if part in map(str, answer.years):
            hint = f"name the figure alone, `{base}`: the tree has every year"
        parts = f"its parts are {or_list(answer.scenario.parts)}" if answer.scenario.parts else f"write `{base}`"
        raise CalcError("E-PART", f"the scenario has no part {quote(part)}", hint=hint or parts)
    columns = [case for case in answer.columns if case.shows(base)]
    inside = [case for case in columns if case.inside and case.case.name == part]
    if mark and not inside:
        raise CalcError("E-PART", f"`{base}` is a figure of the whole, and of no part", hint=f"write `{base}`")
    for case in inside if mark else columns:
        yield case, explain(base, _explainable(answer, case, widest_first=widest_first), depth)


def _widest_first(answer: Answer, case: CaseAnswer, name: str, needs: tuple[str, ...]) -> tuple[str, ...]:
    """Return what a figure needs, the largest parts of a sum first, or what moves it most; then the rest in order."""
    shares = {each: _share(answer, case, each, name) for each in needs if each in case.figures}
    if not any(shares.values()) and name in case.samples:
        shares = rank_share(case.ranked(name), {each: case.ranked(each) for each in needs if each in case.samples})
    return tuple(sorted(needs, key=lambda each: -shares.get(each, 0.0)))


def _share(answer: Answer, case: CaseAnswer, part: str, whole: str) -> float:
    """Return which share a part is of a figure that is a sum, at the likely values; 0 where it is none."""
    catalogue, value, total = answer.scenario.catalogue, case.figures[part], case.figures[whole]
    one, other = catalogue[part].unit.dimension, catalogue[whole].unit.dimension
    if not isinstance(value, float | int) or not isinstance(total, float | int) or one != other or one.is_ratio:
        return 0.0
    return value / total if 0 < value <= total and line_amounts(case, whole, catalogue) else 0.0


def _explainable(answer: Answer, case: CaseAnswer, *, widest_first: bool) -> Explainable:
    parts = {part.case.name: _explainable(answer, part, widest_first=widest_first) for part in case.parts}
    values = {name: shown_value(name, case.case.values, answer.years) for name in case.case.values}
    order = partial(_widest_first, answer, case) if widest_first else None
    return Explainable(
        answer.scenario.catalogue, values, case.figures, case.case.use, answer.years, case.case.totals, parts, order
    )


def _entry(case: CaseAnswer, tree: dict[str, Any]) -> dict[str, Any]:
    return (
        {"name": case.inside, "part": case.case.name, "tree": tree}
        if case.inside
        else {"name": case.case.name, "tree": tree}
    )


def _inside(node: Explained, case: CaseAnswer) -> CaseAnswer:
    """Return the case, or its part, that a node and all under it belong to."""
    return next((part for part in case.parts if part.case.name == node.part), case)


def as_tree(node: Explained, case: CaseAnswer, catalogue: Catalogue) -> dict[str, Any]:
    """Return the tree as dictionaries; values are in the unit beside them."""
    case = _inside(node, case)
    figure, quantity, value = case.figures[node.name], catalogue[node.name], node.value
    statistics = case.statistics(node.name) or {}
    return {
        "name": node.name,
        "meaning": node.meaning,
        "value": None,
        "reason": None,
        **figure_entry(figure, quantity.unit),
        "unit": quantity.unit_text,
        "text": node.text,
        "status": node.status,
        "formula": node.formula or None,
        "substituted": node.substituted or None,
        "formula_source": node.formula_source or None,
        "assumes": node.assumption or None,
        "binding": node.binding,
        "source": value.source if value else None,
        "url": value.url if value else None,
        "note": value.note if value else None,
        "fact": value.fact if value else None,
        "fact_status": value.fact_status if value else None,
        "place": str(value.place) if value and value.place else None,
        **{
            key: number(statistics[key], quantity.unit) if statistics else None for key in ("mean", "p10", "p50", "p90")
        },
        "largest_contributor": _contributor(node.name, case),
        **({"by_year": _by_year(node, case, quantity)} if node.by_year else {}),
        **({"part": node.part} if node.part else {}),
        "repeated": node.repeated,
        "cut": node.cut,
        "children": [as_tree(child, case, catalogue) for child in node.children],
    }


def _by_year(node: Explained, case: CaseAnswer, quantity: Quantity) -> list[dict[str, Any]]:
    """Return a row a year, as in a result of `calc run`, with the words beside it."""
    rows = by_year(case, node.name, quantity, [year for year, _ in node.by_year])
    return [{**row, "text": words} for row, (_, words) in zip(rows, node.by_year, strict=True)]


def _contributor(name: str, case: CaseAnswer) -> dict[str, Any] | None:
    found = case.largest_contributor(name)
    return None if found is None else {"name": found[0], "share": number(found[1], RATIO)}


def _tree(node: Explained, case: CaseAnswer, answer: Answer, above: str = "") -> Tree:
    """Return a figure with what is said of it and what is under it; above: the figure that it is a part of."""
    case, catalogue = _inside(node, case), answer.scenario.catalogue
    shown = value_text(node.value, catalogue[node.name]) if node.value else node.text
    below = [_tree(each, case, answer, node.name) for each in node.children]
    return Tree(
        name_cell(node.name), _lines(node, case, catalogue), below,
        node.part, "" if shown == node.status else shown, node.status, bool(node.reason),
        _share(answer, case, node.name, above) if above in case.figures else 0.0,
    )  # fmt: skip


def _lines(node: Explained, case: CaseAnswer, catalogue: Catalogue) -> list[str]:
    lines = [node.meaning]
    if node.by_year:
        lines.append("; ".join(f"{year}: {words}" for year, words in node.by_year))
    if node.reason:
        lines.append(node.reason if node.reason.startswith("not included") else f"no value: {node.reason}")
    if node.formula:
        lines.append(f"= {node.formula}")
    if node.substituted:
        lines.append(f"= {node.substituted}")
    lines += node.binding
    lines += node.conventions
    if node.assumption:
        lines.append(f"assumes: {node.assumption}")
    if node.formula_source:
        lines.append(f"formula: {node.formula_source.rstrip('.')}")
    lines += _statistics(node.name, case, catalogue)
    if node.repeated:
        lines.append("(what it was computed from stands further up)")
    if node.cut:
        lines.append("(what it was computed from lies deeper)")
    return [*lines, *_origin(node)]


def _origin(node: Explained) -> list[str]:
    value = node.value
    if value is None:
        return []
    lines = [f"source: {value.source}" if value.source else "source: none given"]
    if value.url and not value.url.endswith(": none"):
        lines.append(f"see: {value.url.removeprefix('document: ')}")
    if value.note:
        lines.append(f"note: {value.note}")
    if value.converted:
        lines.append(f"{value.original} converted with {value.converted}")
    if value.fact:
        lines.append(f"fact: {value.fact}{f' ({value.fact_status})' if value.fact_status else ''}")
    if value.replaces:
        lines.append(f"instead of fact: {value.replaces}")
    if value.place:
        lines.append(f"place: {value.place}")
    return lines


def _statistics(name: str, case: CaseAnswer, catalogue: Catalogue) -> list[str]:
    found = case.statistics(name)
    if found is None:
        share = case.share_without_value(name)
        return [f"no value in {percent_text(share)} of the samples"] if share else []
    if found["p10"] == found["p90"]:
        return []
    quantity = catalogue[name]
    share, texts = quantity.is_share, []
    digits = digits_apart(found["p10"], found["p90"], quantity.unit, share=share)
    for key, value in found.items():
        shown = key in {"p50", "p90"} or (key == "mean" and error_of_mean(case, name))
        error = case.sampling_error(name, key) if shown else 0.0
        text = f"{key} {amount_text(value, quantity.unit, share=share, digits=digits)}"
        sure = bare_text(error, quantity.unit, share=share, digits=2)
        texts.append(f"{text} ± {sure}" if error else text)
    lines = [f"{', '.join(texts)} (±: sampling error)" if any("±" in each for each in texts) else ", ".join(texts)]
    shares = off_median(case, name)
    if shares and shares[0] is not None:
        lines.append(f"the figure at the likely values lies {percentile_words(shares[0])} of the samples")
    largest = case.largest_contributor(name)
    if largest is not None:
        most = percent_text(largest[1], digits=2)
        lines.append(f"most of the spread comes from {largest[0]} ({most} of the variance of ranks)")
    return lines
