"""The explanation of a figure: a tree down to the source of every number."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from calc.engine.explain import Explainable, Explained, explain
from calc.errors import CalcError, quote
from calc.records import NamedTuple, replace
from calc.report.json import by_year, figure_entry, number
from calc.report.report import (
    Block,
    Cell,
    Column,
    Paragraph,
    Report,
    Row,
    Section,
    Table,
    Tree,
    name_cell,
    notices,
    section,
)
from calc.scenario.display import shown_value
from calc.study.headline import error_of_mean, off_median, percentile_words
from calc.study.points import line_amounts
from calc.study.statistics import rank_share
from calc.text import did_you_mean, or_list, shorten
from calc.units import RATIO
from calc.units.format import GIVEN_DIGITS, amount_text, bare_text, digits_apart, percent_text, range_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.engine.catalogue import Catalogue, Quantity
    from calc.study.results import Answer, CaseAnswer
    from calc.value import Value


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
        shown = key in {"p50", "p90"} or (key == "mean" and error_of_mean(case, name, value))
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


# ---------------------------------------------------------------- assumptions

_SOURCE_WIDTH, _REST_WIDTH = 40, 20


class _Given(NamedTuple):
    """An input with one value: its name, the value, its status, its source, the fact it is, and what else is said."""

    name: str
    amount: Cell
    status: str
    source: str
    fact: str
    rest: str

    def about(self, *, status: str = "", subject: str = "") -> str:
        """Return what is said of it beside its source; status, subject: what was said for several already."""
        is_told = bool(subject) and self.fact == f"{subject}.{self.name}"
        fact = f"fact {self.fact}" if self.fact and not is_told else ""
        return _joined("" if self.status == status else self.status, fact, self.rest)


def assumptions(answer: Answer, *, notes: bool = False, years: bool = False) -> list[Section]:
    """Return each input once, or once for each of its values when cases differ; those of one source as one block.

    notes: with notes and the addresses of sources. years: of what differs from year to year every year, not both ends.
    """
    blocks: dict[str, list[_Given]] = {}
    for each in _given(answer, notes=notes, years=years):
        blocks.setdefault(each.source, []).append(each)
    heads = [Column(kind="label"), Column("value"), Column("status", "words")]
    alone = Table([*heads, Column("source", "prose", least=_SOURCE_WIDTH)], plain=True)
    alone.rows = [
        Row([name_cell(one.name), one.amount, Cell(one.status), Cell(_joined(source, one.about(status=one.status)))])
        for source, (one, *others) in blocks.items()
        if not others
    ]
    found: list[Block] = [alone] if alone.rows else []
    for source, together in blocks.items():
        if len(together) > 1:
            found += _block(source, together)
    return section("Assumptions", found, "assumptions", detail=True)


def _block(source: str, together: list[_Given]) -> list[Block]:
    """Return inputs of one source, which is told once, and so are the status and the bundle that all have."""
    statuses, subjects = {each.status for each in together}, {each.fact.rpartition(".")[0] for each in together}
    status = statuses.pop() if len(statuses) == 1 else ""
    subject = subjects.pop() if len(subjects) == 1 else ""
    table = Table([Column(kind="label"), Column(), Column(kind="prose", least=_REST_WIDTH)], plain=True)
    table.rows = [
        Row([name_cell(each.name), each.amount, Cell(each.about(status=status, subject=subject))], 1)
        for each in together
    ]
    head = _joined(source, f"facts of {subject}" if subject else "", status)
    return [Paragraph(head), table]


def _given(answer: Answer, *, notes: bool, years: bool) -> Iterator[_Given]:
    given: dict[str, list[CaseAnswer]] = {}
    for case in answer.columns:
        for name in case.plan.leaves:
            given.setdefault(name, []).append(case)
    for name, columns in given.items():
        quantity = answer.scenario.catalogue[name]
        groups: dict[tuple[str, str, str, str, str], list[str]] = {}
        places: dict[tuple[str, str, str, str, str], dict[str, None]] = {}
        bases: dict[tuple[str, str, str, str, str], float] = {}
        for case in columns:
            value = shown_value(name, case.case.values, answer.years)
            key = value_text(value, quantity, years=years), _status_of(value), *_source_of(value, notes=notes)
            groups.setdefault(key, []).append(case.label)
            bases.setdefault(key, value.point)
            if value.place:
                places.setdefault(key, {})[str(value.place)] = None
        for key, cases in groups.items():
            text, status, source, fact, rest = key
            where = "" if len(groups) == 1 else f"in {_listed(cases)}"
            amount = Cell(text, base=bases[key], unit=quantity.unit, tone="number")
            places_told = _listed(list(places.get(key, {})))
            yield _Given(name, amount, status, source, fact, _joined(where, rest, places_told))


def _joined(*parts: str) -> str:
    return "; ".join(each for each in parts if each)


def _listed(cases: list[str]) -> str:
    shown = "; ".join(shorten(case, 40) for case in cases[:2])
    return shown if len(cases) <= 2 else f"{shown}; {len(cases) - 2} more"


def value_text(value: Value, quantity: Quantity, *, years: bool = False) -> str:
    """Return a given value with its range, such as `2 years (1 to 3)`, and of a yearly one the years or the growth.

    years: every year, not only the first and the last.
    """
    if value.by_year:
        ends = (
            [*value.by_year] if years else [value.by_year[0], *([value.by_year[-1]] if len(value.by_year) > 1 else [])]
        )
        moments = (replace(value, point=each.point, distribution=each.distribution, by_year=()) for _, each in ends)
        texts = (f"{_spread_text(moment, quantity)} in {year}" for moment, (year, _) in zip(moments, ends, strict=True))
        text = ("; " if years else " … ").join(texts)
    else:
        text = _spread_text(value, quantity)
    if value.growth is not None:
        grows = replace(value, point=value.growth.point, distribution=value.growth.distribution, growth=None)
        before = " before conversion" if value.by_year else ""
        text += f", grows {_spread_text(grows, _growth_quantity())}/year{before}"
    return text + (f", {value.draws}" if value.draws else "")


@lru_cache(maxsize=1)
def _growth_quantity() -> Quantity:
    from calc.engine.catalogue import Quantity

    return Quantity("growth_share", RATIO, "1", "Growth", None, None, optional=False, model="scenario")


def _spread_text(value: Value, quantity: Quantity) -> str:
    digits = GIVEN_DIGITS
    # What a conversion or a median makes of a figure has no more digits than it deserves.
    if value.converted or (value.distribution is not None and value.distribution.kind == "lognormal"):
        digits = 6
    text = amount_text(value.point, quantity.unit, share=quantity.is_share, digits=digits)
    if value.distribution is None:
        return text
    ends = dict(value.distribution.parameters)
    keys = ("low", "high") if "low" in ends else ("p10", "p90") if "p10" in ends else ("mean", "sd")
    share = quantity.is_share
    if keys[1] == "sd":
        return f"{text} (sd {bare_text(ends['sd'], quantity.unit, share=share, digits=digits)})"
    first, second = range_texts(ends[keys[0]], ends[keys[1]], quantity.unit, share=share, digits=digits)
    head = f"{keys[0]} " if keys[0] == "p10" else ""
    middle = "median, " if "median" in ends else ""
    return f"{text} ({middle}{head}{first} to {keys[1] + ' ' if head else ''}{second})"


def _status_of(value: Value) -> str:
    return f"{value.status}, {value.fact_status}" if value.fact_status else value.status


def _source_of(value: Value, *, notes: bool) -> tuple[str, str, str]:
    """Return where a value comes from, the fact that it is, and what else is said of it."""
    parts = [f"{value.original} converted with {value.converted}"] if value.converted else []
    parts += [f"instead of fact {value.replaces}"] if value.replaces else []
    parts += [f"note: {value.note}"] if notes and value.note else []
    source = value.source or "no source"
    return f"{source}; {value.url}" if notes and value.url else source, value.fact or "", "; ".join(parts)
