"""Lists of what there is: quantities, facts and scenarios, as rows that every format is rendered from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.engine.plugins import known_catalogue
from calc.facts import standard_facts
from calc.facts.book import MEDIAN, PERCENTILES
from calc.report.console import cell, drawn, fits, fixed, prose, prose_cell
from calc.report.csv import table as csv_table
from calc.report.grid import Table
from calc.report.json import as_json
from calc.report.output import stdout_is_utf8

if TYPE_CHECKING:
    from calc.engine.catalogue import Quantity
    from calc.report.console import Console

QUANTITY_COLUMNS: tuple[str, ...] = ("name", "unit", "model", "kind", "text")
FACT_COLUMNS: tuple[str, ...] = (
    "id", "value", "low", "high", "unit", "as_of", "currency_year", "status", "source", "url", "note", "kind",
    "seen",
)  # fmt: skip
BUNDLE_COLUMNS: tuple[str, ...] = ("name", "facts", "as_of", "quantities")
SCENARIO_COLUMNS: tuple[str, ...] = ("name", "title")

# From so many facts on, the sources stand once below the list.
_MANY = 12


def quantities(model: str | None = None, words: str | None = None) -> list[dict[str, Any]]:
    """Return every quantity in order of model and name; `words` filters by name and text."""
    found = [_quantity(each) for each in known_catalogue().quantities.values()]
    found = [row for row in found if (model is None or row["model"] == model) and _matches(row, words)]
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


def facts(
    subject: str | None = None, quantity: str | None = None, status: str | None = None, words: str | None = None
) -> list[dict[str, Any]]:
    """Return facts in order of id, filtered by exact subject, quantity and status, and by words anywhere."""
    found = []
    for fact in sorted(standard_facts().by_id.values(), key=lambda each: each.id):
        row = {column: getattr(fact, column) for column in (*FACT_COLUMNS, "subject", "quantity")}
        # Without a range there is nothing that the value could be the middle of.
        row["kind"] = fact.kind if fact.value is not None and fact.low is not None else None
        wanted = ((subject, fact.subject), (quantity, fact.quantity), (status, fact.status))
        if all(want is None or want == have for want, have in wanted) and _matches(row, words):
            found.append(row)
    return found


def bundles(quantity: str | None = None, words: str | None = None) -> list[dict[str, Any]]:
    """Return what a scenario may name under `facts`: how many facts each bundle has, the latest date, what it gives."""
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in facts():
        grouped.setdefault(row["subject"], []).append(row)
    found = []
    for name, rows in sorted(grouped.items()):
        gives = list(dict.fromkeys(row["quantity"] for row in rows))
        latest = max(row["as_of"] for row in rows)
        bundle = {"name": name, "facts": len(rows), "as_of": latest, "quantities": ", ".join(gives)}
        if (quantity is None or quantity in gives) and _matches(bundle, words):
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
    return [row for row in found if _matches(row, words)]


def _matches(row: dict[str, Any], words: str | None) -> bool:
    text = " ".join(str(value) for value in row.values() if value is not None).casefold()
    return all(word in text for word in (words or "").casefold().split())


def render(kind: str, columns: tuple[str, ...], rows: list[dict[str, Any]], form: str, *, to_file: bool = False) -> str:
    """Return rows as a table, JSON or CSV; the first column is the one that a reader looks for."""
    if form == "json":
        return as_json({"schema": f"calc.{kind}/1", kind: rows}, ascii_only=not to_file and not stdout_is_utf8())
    if form == "csv":
        return csv_table(columns, rows)
    return drawn(lambda console: _draw(console, columns, rows), to_file=to_file)


def _draw(console: Console, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    hidden = {"url", "note", "low", "high", "currency_year", "seen", *(["kind"] if columns == FACT_COLUMNS else [])}
    shown = [column for column in columns if column not in hidden and any(_shows(row, column) for row in rows)]
    body = [[_cell(row, column) for column in shown] for row in rows]
    sources = _numbered(body) if shown[-1] == "source" and len(rows) > _MANY else {}
    narrow = _table(shown, [[*row[:-1], row[-1] if sources else "x" * 24] for row in body])
    if fits(console, narrow):
        console.print(_table(shown, body))
    else:
        # A number of a source takes no line of its own.
        _draw_blocks(console, [[*row[:-2], f"{row[-2]}  {row[-1]}", ""] for row in body] if sources else body)
    for source, number in sources.items():
        prose(console, f"{number} {source}", style="dim")


def _numbered(body: list[list[str]]) -> dict[str, str]:
    """Put a number in the place of each source, and return the numbers by source: a long list has few of them."""
    numbers: dict[str, str] = {}
    for row in body:
        row[-1] = numbers.setdefault(row[-1], f"[{len(numbers) + 1}]")
    return numbers


def _draw_blocks(console: Console, body: list[list[str]]) -> None:
    for row in body:
        fixed(console, row[0], "bold")
        middle = "  ".join(text for text in row[1:-1] if text)
        if middle:
            prose(console, middle, 2, "cyan")
        if row[-1]:
            prose(console, row[-1], 2, "dim")


def _table(columns: list[str], body: list[list[str]]) -> Table:
    table = Table(ruled=True)
    for column in columns[:-1]:
        table.add_column(cell(column), right=column == "value")
    table.add_column(cell(columns[-1]))
    for row in body:
        table.add_row(*(cell(text) for text in row[:-1]), prose_cell(row[-1]))
    return table


def _shows(row: dict[str, Any], column: str) -> bool:
    found = row["low"] if column == "value" and row["value"] is None else row[column]
    return found is not None and found != ""


def _cell(row: dict[str, Any], column: str) -> str:
    if column == "value":
        return _range(row)
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
