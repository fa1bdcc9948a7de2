"""Lists of what there is: quantities, facts, bundles and scenarios as rows, and everything about one quantity."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from calc.engine.catalogue import known_catalogue
from calc.errors import CalcError, quote
from calc.expression import expression_text
from calc.facts import standard_facts
from calc.facts.book import FACT_COLUMNS, MEDIAN, PERCENTILES, holds_words, search
from calc.report.report import Block, Cell, Column, Kind, Paragraph, Report, Row, Section, Table, section
from calc.text import or_list, spelling
from calc.units.format import compact

if TYPE_CHECKING:
    from calc.declarations import Choice
    from calc.engine.catalogue import Catalogue, Quantity
    from calc.facts import Fact, FactBook

QUANTITY_COLUMNS: tuple[str, ...] = ("name", "unit", "model", "kind", "text")
BUNDLE_COLUMNS: tuple[str, ...] = ("name", "facts", "as_of", "quantities")
SCENARIO_COLUMNS: tuple[str, ...] = ("name", "title")

# From so many facts on, the sources stand once below the list.
_MANY = 12
# So many facts that hold the words are listed, the best first.
MOST_FOUND = 40


def quantities(model: str | None = None, words: str | None = None) -> list[dict[str, Any]]:
    """Return every quantity in order of model and name; `words` filters by name and text."""
    found = [_quantity(each) for each in known_catalogue().quantities.values()]
    found = [row for row in found if (model is None or row["model"] == model) and holds_words(row, words)]
    return sorted(found, key=lambda row: (row["model"], row["name"]))


def _quantity(quantity: Quantity) -> dict[str, Any]:
    kind = "formula" if quantity.formulas else "optional input" if quantity.optional else "input"
    return {
        "name": quantity.name,
        "unit": quantity.unit_text,
        "model": quantity.model,
        "kind": kind,
        "text": quantity.text.rstrip("."),
        "low": quantity.low,
        "high": quantity.high,
        "variants": [variant for variant in quantity.formulas if variant],
    }


def bundles(
    quantity: str | None = None, words: str | None = None, book: FactBook | None = None
) -> list[dict[str, Any]]:
    """Return what a scenario may name under `facts`: how many facts each bundle has, the latest date, what it gives."""
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in search(book=book):
        grouped.setdefault(row["subject"], []).append(row)
    found = []
    for name, rows in sorted(grouped.items()):
        gives = list(dict.fromkeys(row["quantity"] for row in rows))
        latest = max(row["as_of"] for row in rows)
        bundle = {"name": name, "facts": len(rows), "as_of": latest, "quantities": ", ".join(gives)}
        if (quantity is None or quantity in gives) and holds_words(bundle, words):
            found.append(bundle)
    return found


def scenarios(words: str | None = None) -> list[dict[str, Any]]:
    """Return the shipped scenarios by name, with their titles and questions."""
    from calc.errors import Problems
    from calc.scenario.load import load, shipped_scenarios

    found = []
    for name in shipped_scenarios():
        document = load(name, Problems()).document
        found.append({"name": name, "title": document.title or "", "question": (document.question or "").strip()})
    return [row for row in found if holds_words(row, words)]


def best(rows: list[dict[str, Any]], words: str) -> list[dict[str, Any]]:
    """Return the facts whose subject and quantity hold these words, whole or at their beginning, best first.

    First whole words, then subjects that begin with the first of them, then short names. All rows where none does.
    """
    wanted = words.casefold().split()
    found: list[tuple[tuple[int, bool, int, str], dict[str, Any]]] = []
    for row in rows:
        name = row["id"].casefold()
        parts = re.split(r"[-_.@]", name)
        if all(any(part.startswith(word) for part in parts) or ("_" in word and word in name) for word in wanted):
            key = (sum(word not in parts for word in wanted), parts[0] != wanted[0], row["subject"].count("-"), name)
            found.append((key, row))
    return [row for _, row in sorted(found, key=lambda each: each[0])] or rows


def list_report(
    kind: str, columns: tuple[str, ...], rows: list[dict[str, Any]], *, wide: bool = False, more: int = 0
) -> Report:
    """Return rows as a report; the first column is the one that a reader looks for.

    more: how many rows are left out.
    wide: all columns. Without it quantities stand below their models, without what `calc describe` tells.
    """
    hidden = {"url", "note", "low", "high", "currency_year", "seen", *(["kind"] if columns == FACT_COLUMNS else [])}
    grouped = columns == QUANTITY_COLUMNS and not wide
    hidden |= {"model", "kind"} if grouped else set()
    if wide:
        hidden -= {"url", "note", "low", "high"} & set(columns)
    shown = [column for column in columns if column not in hidden and any(_shows(row, column) for row in rows)]
    body = [[_cell(row, column) for column in shown] for row in rows]
    sources = _numbered(body) if shown[-1] == "source" and len(rows) > _MANY else {}
    kinds: dict[str, Kind] = {shown[-1]: "words" if sources else "prose", "value": "number", shown[0]: "label"}
    table = Table([Column(each, kinds.get(each, "words")) for each in shown], plain=True)
    model = ""
    for row, texts in zip(rows, body, strict=True):
        if grouped and row["model"] != model:
            model = row["model"]
            table.rows.append(Row([Cell(model, tone="strong"), *(Cell() for _ in shown[1:])]))
        cells = [Cell(text, is_name=at == 0) for at, text in enumerate(texts)]
        if "value" in shown:
            at = shown.index("value")
            cells[at] = cells[at]._replace(base=row["value"], tone="number")
        table.rows.append(Row(cells, int(grouped)))
    numbered = [Paragraph(f"{number} {source}", "quiet") for source, number in sources.items()]
    if more:
        numbered.append(Paragraph(f"and {more:,} more with these words; `--wide` lists all", "quiet"))
    return Report("", sections=[Section("", [table, *numbered], kind)], name=kind)


def _numbered(body: list[list[str]]) -> dict[str, str]:
    """Put a number in the place of each source, and return the numbers by source: a long list has few of them."""
    numbers: dict[str, str] = {}
    for row in body:
        row[-1] = numbers.setdefault(row[-1], f"[{len(numbers) + 1}]")
    return numbers


def _shows(row: dict[str, Any], column: str) -> bool:
    found = row["low"] if column == "value" and row["value"] is None else row[column]
    return found is not None and found != ""


def _cell(row: dict[str, Any], column: str) -> str:
    if column == "value":
        return _range(row)
    if column == "as_of" and not row["as_of"]:
        return "no date"
    money = row.get("currency_year") if column == "as_of" else None
    # The year of the money goes without saying where it is that of the figure.
    return f"{row['as_of']}, money of {money}" if money and str(money) != row["as_of"][:4] else _text(row[column])


def _range(row: dict[str, Any]) -> str:
    if row["low"] is None:
        return _text(row["value"])
    # That a value is the median of its ends is said where one fact is shown: in a long list the word takes the room.
    kind = row["kind"] if row["kind"] == PERCENTILES else None
    ends = ends_text(_text(row["low"]), _text(row["high"]), kind)
    return ends if row["value"] is None else f"{_text(row['value'])} ({ends})"


def ends_text(low: str, high: str, kind: str | None) -> str:
    """Return the range of a fact, and what its value is in it: `1 to 3`, `median, 1 to 3`, `median, p10 1 to p90 3`."""
    if kind == PERCENTILES:
        return f"median, p10 {low} to p90 {high}"
    return f"median, {low} to {high}" if kind == MEDIAN else f"{low} to {high}"


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.12g}" if isinstance(value, float) else "ratio" if value == "1" else str(value)


# ---------------------------------------------------------------- one quantity

# So many facts stand in a description; the newest come first.
_DESCRIBED = 20


def describe(name: str, book: FactBook | None = None) -> dict[str, Any]:
    """Return what there is to know about a quantity, or about a choice that is made under `use:`.

    book: the facts at hand, without one those that ship.
    Raises CalcError for a name that no model declares.
    """
    catalogue, book = known_catalogue(), book or standard_facts()
    if name in catalogue.choices:
        return _choice(name, catalogue.choices[name])
    if name not in catalogue:
        own = (
            f"`calc list facts --quantity {name}`, with the same files, shows facts of it"
            if book.for_quantity(name)
            else None
        )
        hint = (
            own
            or spelling(name, [*catalogue.quantities, *catalogue.choices])
            or "`calc list quantities` shows the names"
        )
        raise CalcError("E-NAME", f"{quote(name)} is no quantity", hint=hint)
    quantity = catalogue[name]
    formulas = [
        {
            "variant": formula.variant or None,
            "formula": expression_text(formula.expression),
            "needs": list(formula.parameters),
            "assumes": formula.assumption or None,
            "source": formula.source.rstrip("."),
        }
        for formula in quantity.formulas.values()
    ]
    users = [each.name for each in catalogue.quantities.values() if _needs(each.formulas, name)]
    return {
        "name": name,
        "text": quantity.text.rstrip("."),
        "unit": quantity.unit_text,
        "low": quantity.low,
        "high": quantity.high,
        "bounds_reason": quantity.why or None,
        "model": quantity.model,
        "optional": quantity.optional,
        "written_per": quantity.omittable,
        "formulas": formulas,
        "choices": [_choice(each, catalogue.choices[each]) for each in _deciding(catalogue, name)],
        "used_by": users,
        "facts": [_fact_entry(each) for each in book.for_quantity(name)],
    }


def _choice(name: str, choice: Choice) -> dict[str, Any]:
    return {
        "name": name,
        "text": choice.text,
        "options": dict(choice.options),
        "default": next(iter(choice.options)),
        "unless_given": {option: list(names) for option, names in choice.when.items()},
        "decides": list(choice.binds),
    }


def _deciding(catalogue: Catalogue, name: str) -> list[str]:
    """Return the choices that bind a quantity or anything that it needs, however far down."""
    reached, ahead = {name}, [name]
    while ahead:
        formulas = catalogue[ahead.pop()].formulas.values()
        fresh = {each for formula in formulas for each in formula.parameters if each in catalogue} - reached
        reached |= fresh
        ahead += fresh
    return [each for each, choice in catalogue.choices.items() if reached & set(choice.binds)]


def _needs(formulas: dict[str, Any], name: str) -> bool:
    return any(name in formula.parameters for formula in formulas.values())


def _fact_entry(fact: Fact) -> dict[str, Any]:
    return {
        "id": fact.id, "value": fact.value, "low": fact.low, "high": fact.high, "kind": fact.kind, "unit": fact.unit,
        "as_of": fact.as_of, "currency_year": fact.currency_year, "status": fact.status, "source": fact.source,
        "file": fact.file,
    }  # fmt: skip


def describe_report(name: str, book: FactBook | None = None) -> Report:
    """Return everything about a quantity: unit and formulas, what needs it, and the facts that fit.

    Raises what `describe` does.
    """
    found = describe(name, book)
    if "options" in found:
        return _choice_report(found)
    kind = "optional input" if found["optional"] else "formula" if found["formulas"] else "input"
    unit = "a ratio" if found["unit"] == "1" else f"unit {found['unit']}"
    about = [f"{unit}, {kind} of the model `{found['model']}`{_bounds(found)}"]
    about += [f"bounds: {found['bounds_reason']}"] if found["bounds_reason"] else []
    if found["written_per"]:
        about.append(f'"per {found["written_per"]}" may be left out of a value: the name says it.')
    report = Report(
        found["name"], f"{found['text']}.", [Section("", [Paragraph(each, "quiet") for each in about])], name
    )
    for formula in found["formulas"]:
        title = f"variant {formula['variant']}" if formula["variant"] else "formula"
        blocks: list[Block] = [Paragraph(f"= {formula['formula']}", "number")]
        blocks += [Paragraph(f"{word}: {formula[word]}", "quiet") for word in ("assumes", "source") if formula[word]]
        report.sections.append(Section(title, blocks, "formula"))
    report.sections += section("choices that decide it (`use:`)", _decided(found["choices"]), "choices")
    users = [Paragraph(", ".join(found["used_by"]))] if found["used_by"] else []
    report.sections += section("used by", users, "used by")
    facts: list[Block] = []
    for fact in found["facts"][:_DESCRIBED]:
        facts += [Paragraph(_fact_text(fact), "number"), Paragraph(fact["source"], "quiet", 1)]
    more = len(found["facts"]) - _DESCRIBED
    if more > 0:
        facts.append(Paragraph(f"and {more} earlier ones: `calc list facts --quantity {found['name']}`"))
    report.sections.append(Section("facts that fit", facts or [Paragraph("no fact gives it")], "facts"))
    return report


def _decided(choices: list[dict[str, Any]]) -> list[Block]:
    """Return the choices with what holds where nothing is said; those that what is given makes, by name alone."""
    blocks: list[Block] = []
    for each in choices:
        if not each["unless_given"]:
            others = or_list([option for option in each["options"] if option != each["default"]])
            meaning = each["options"][each["default"]]
            blocks.append(Paragraph(f"{each['name']}: {each['default']} ({meaning}), else {others}"))
    given = [each["name"] for each in choices if each["unless_given"]]
    return [*blocks, *([Paragraph(f"by what is given: {', '.join(given)}")] if given else [])]


def _choice_report(found: dict[str, Any]) -> Report:
    about = Section("", [Paragraph(f"a choice, made as in `use: {{{found['name']}: {found['default']}}}`", "quiet")])
    report = Report(found["name"], f"{found['text']}.", [about], found["name"])
    for option, meaning in found["options"].items():
        given = found["unless_given"].get(option)
        held = ["the default"] if option == found["default"] else []
        held += [f"holds where {' or '.join(given)} is given"] if given else []
        blocks: list[Block] = [Paragraph(meaning)]
        blocks += [Paragraph(each, "quiet") for each in held]
        report.sections.append(Section(option, blocks, "option"))
    report.sections += section("decides", [Paragraph(", ".join(found["decides"]))], "decides")
    return report


def _fact_text(fact: dict[str, Any]) -> str:
    ends = "" if fact["low"] is None else ends_text(f"{fact['low']:,.12g}", f"{fact['high']:,.12g}", fact["kind"])
    value = ends if fact["value"] is None else f"{fact['value']:,.12g}{f' ({ends})' if ends else ''}"
    unit = "" if fact["unit"] == "1" else f"{fact['unit']} "
    money = f", money of {fact['currency_year']}" if fact["currency_year"] else ""
    told = ", ".join(each for each in (f"{fact['as_of'] or 'no date'}{money}", fact["status"], fact["file"]) if each)
    return f"{fact['id']}: {value} {unit}({told})"


def _bounds(found: dict[str, Any]) -> str:
    low, high = found["low"], found["high"]
    if low is None and high is None:
        return ""
    if high is None:
        return f", at least {compact(low)}"
    return f", at most {compact(high)}" if low is None else f", from {compact(low)} to {compact(high)}"
