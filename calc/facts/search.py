"""Facts looked up by subject, quantity, status and words, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.facts.book import standard_facts

if TYPE_CHECKING:
    from calc.facts.book import FactBook

FACT_COLUMNS: tuple[str, ...] = (
    "id", "value", "low", "high", "unit", "as_of", "currency_year", "status", "file", "source", "url", "note",
    "kind", "seen",
)  # fmt: skip


def search(
    words: str = "",
    *,
    subject: str | None = None,
    quantity: str | None = None,
    status: str | None = None,
    book: FactBook | None = None,
) -> list[dict[str, Any]]:
    """Return facts in order of id, filtered by exact subject, quantity and status, and by words anywhere.

    book: without one the facts that ship. `file` is where a fact of one's own stands, and empty for those that ship.
    """
    found = []
    for fact in sorted((book or standard_facts()).by_id.values(), key=lambda each: each.id):
        row = {column: getattr(fact, column) for column in (*FACT_COLUMNS, "subject", "quantity")}
        # Without a range there is nothing that the value could be the middle of.
        row["kind"] = fact.kind if fact.value is not None and fact.low is not None else None
        wanted = ((subject, fact.subject), (quantity, fact.quantity), (status, fact.status))
        if all(want is None or want == have for want, have in wanted) and holds_words(row, words):
            found.append(row)
    return found


def holds_words(row: dict[str, Any], words: str | None) -> bool:
    """Tell whether a row holds all of these words."""
    text = " ".join(str(value) for value in row.values() if value is not None).casefold()
    return all(word in text for word in (words or "").casefold().split())
