"""Facts: sourced figures of `seeds/`, by id and by bundle."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from calc.errors import CalcError, Place, SourceText
from calc.paths import data_folder

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = (
    "id", "subject", "quantity", "value", "low", "high", "unit", "as_of", "currency_year", "source", "url", "status",
    "note",
)  # fmt: skip
# A file whose facts come with a standard deviation, or a standard error, has this column too.
SD = "sd"
STATUSES = ("measured", "vendor", "estimate", "claim", "assumption", "unverified")
DEFAULTS = "defaults"


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of a seed file.

    id: subject.quantity, with @date where a subject has several of one quantity.
    value, low, high: numbers in `unit`; low and high are None when the source gives no range, value when it gives
    nothing but a range.
    as_of: ISO date, possibly only a year or a month. currency_year: the year of the money, None where `unit` holds no
    currency. status: one of STATUSES. sd: standard deviation of a normal distribution around value, None for none.
    """

    id: str
    subject: str
    quantity: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    as_of: str
    currency_year: int | None
    source: str
    url: str
    status: str
    note: str
    sd: float | None = None
    place: Place | None = field(default=None, compare=False, repr=False)


class FactBook:
    """All facts; `bundle` gives the latest fact of each quantity of a subject."""

    def __init__(self, facts: list[Fact]) -> None:
        self.by_id = {fact.id: fact for fact in facts}
        self.subjects: dict[str, dict[str, Fact]] = {}
        for fact in facts:
            bundle = self.subjects.setdefault(fact.subject, {})
            known = bundle.get(fact.quantity)
            if known is None or known.as_of < fact.as_of:
                bundle[fact.quantity] = fact

    def __len__(self) -> int:
        return len(self.by_id)

    def bundle(self, subject: str) -> dict[str, Fact] | None:
        """Return quantity to latest fact for a subject, or None when there is no such subject."""
        return self.subjects.get(subject)

    def find(self, identifier: str) -> Fact | None:
        """Return the fact with an id; an id without date means the latest."""
        fact = self.by_id.get(identifier)
        if fact is not None:
            return fact
        subject, _, quantity = identifier.rpartition(".")
        return self.subjects.get(subject, {}).get(quantity)

    def dated(self, name: str) -> list[Fact]:
        """Return the facts of one subject and quantity (`subject.quantity`), oldest first."""
        subject, _, quantity = name.rpartition(".")
        found = [fact for fact in self.by_id.values() if (fact.subject, fact.quantity) == (subject, quantity)]
        return sorted(found, key=lambda fact: fact.as_of)

    def series_names(self) -> list[str]:
        """Return subject and quantity of all facts, as `fact by year` takes them."""
        return list(dict.fromkeys(f"{fact.subject}.{fact.quantity}" for fact in self.by_id.values()))

    def for_quantity(self, quantity: str) -> list[Fact]:
        """Return every fact of a quantity, newest first."""
        found = [fact for fact in self.by_id.values() if fact.quantity == quantity]
        return sorted(found, key=lambda fact: (fact.as_of, fact.id), reverse=True)


@lru_cache(maxsize=1)
def standard_facts() -> FactBook:
    """Return the facts that ship."""
    facts = []
    for path in sorted(data_folder("seeds").glob("*.csv")):
        facts.extend(read_facts(path))
    return FactBook(facts)


def read_facts(path: Path) -> list[Fact]:
    """Read one seed file.

    Raises CalcError with file and line for a row that lacks a column or whose figure is no number.
    """
    text = path.read_text(encoding="utf-8")
    source = SourceText(f"seeds/{path.name}", text)
    reader = csv.DictReader(text.splitlines())
    if tuple(reader.fieldnames or ()) not in {COLUMNS, (*COLUMNS, SD)}:
        raise CalcError(
            "E-FACT", f"the columns of {source.name} are not {', '.join(COLUMNS)}", place=Place(source, 1, 1)
        )
    return [_fact(row, Place(source, reader.line_num, 1)) for row in reader]


def _fact(row: dict[str, str], place: Place) -> Fact:
    try:
        return Fact(
            row["id"], row["subject"], row["quantity"],
            _optional(row["value"]), _optional(row["low"]), _optional(row["high"]),
            row["unit"], row["as_of"], int(row["currency_year"]) if row["currency_year"] else None,
            row["source"], row["url"], row["status"], row["note"], _optional(row.get(SD, "")), place,
        )  # fmt: skip
    except (TypeError, ValueError) as error:
        raise CalcError(
            "E-FACT", f"this fact cannot be read: {error}", place=place, hint="one figure a column"
        ) from None


def _optional(text: str) -> float | None:
    return float(text) if text else None
