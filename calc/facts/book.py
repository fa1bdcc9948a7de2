"""Facts: sourced figures of `seeds/`, by id and by bundle."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from calc.errors import CalcError, Place, SourceText
from calc.paths import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COLUMNS = ("id", "subject", "quantity", "value", "low", "high", "unit", "as_of", "source", "url", "status", "note")
STATUSES = ("measured", "vendor", "estimate", "claim", "assumption", "unverified")
DEFAULTS = "defaults"


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of a seed file.

    id: subject.quantity, with @date where a subject has several of one quantity.
    value, low, high: numbers in `unit`; low and high are None when the source gives no range, value when it gives
    nothing but a range.
    as_of: ISO date, possibly only a year or a month. status: one of STATUSES.
    """

    id: str
    subject: str
    quantity: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    as_of: str
    source: str
    url: str
    status: str
    note: str
    place: Place | None = field(default=None, compare=False, repr=False)


class FactBook:
    """All facts; `bundle` gives the latest fact of each quantity of a subject.

    The lines of a subject are read when it is asked for, so that a run costs the same however many facts there are.
    """

    def __init__(self, files: list[SourceText]) -> None:
        self._files = files
        self._bundles: dict[str, dict[str, Fact]] = {}

    def __len__(self) -> int:
        return len(self.by_id)

    @cached_property
    def by_id(self) -> dict[str, Fact]:
        """Return every fact."""
        return {fact.id: fact for file in self._files for fact in _facts(file)}

    @cached_property
    def subjects(self) -> list[str]:
        """Return every subject, in the order of the files."""
        return list(dict.fromkeys(fact.subject for fact in self.by_id.values()))

    def bundle(self, subject: str) -> dict[str, Fact] | None:
        """Return quantity to latest fact for a subject, or None when there is no such subject."""
        if subject not in self._bundles:
            self._bundles[subject] = {}
            for fact in self._of(subject):
                known = self._bundles[subject].get(fact.quantity)
                if known is None or known.as_of < fact.as_of:
                    self._bundles[subject][fact.quantity] = fact
        return self._bundles[subject] or None

    def find(self, identifier: str) -> Fact | None:
        """Return the fact with an id; an id without date means the latest."""
        subject, _, quantity = identifier.rpartition(".")
        dated = next((fact for fact in self._of(subject) if fact.id == identifier), None)
        return dated or (self.bundle(subject) or {}).get(quantity)

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

    def _of(self, subject: str) -> list[Fact]:
        found = [fact for file in self._files for fact in _facts(file, f"{subject}.")]
        return [fact for fact in found if fact.subject == subject]


@lru_cache(maxsize=1)
def standard_facts() -> FactBook:
    """Return the facts that ship."""
    return FactBook([read_seeds(path) for path in sorted(data_folder("seeds").glob("*.csv"))])


def read_seeds(path: Path) -> SourceText:
    """Return the text of one seed file: a head and a line a fact.

    Raises CalcError when its columns are others than COLUMNS.
    """
    source = SourceText(f"seeds/{path.name}", path.read_text(encoding="utf-8"))
    if source.text.partition("\n")[0] != ",".join(COLUMNS):
        message = f"the columns of {source.name} are not {', '.join(COLUMNS)}"
        raise CalcError("E-FACT", message, place=Place(source, 1, 1))
    return source


def _facts(source: SourceText, beginning: str = "") -> Iterator[Fact]:
    """Yield the facts of a seed file whose lines, which begin with the id, begin so.

    Raises CalcError with file and line for a row that is no fact.
    """
    text = source.text
    at = text.find(f"\n{beginning}")
    while at >= 0:
        end = text.find("\n", at + 1)
        line = text[at + 1 :] if end < 0 else text[at + 1 : end]
        if line:
            yield _fact(line, Place(source, text.count("\n", 0, at + 1) + 1, 1))
        at = text.find(f"\n{beginning}", at + 1)


def _fact(line: str, place: Place) -> Fact:
    cells = next(csv.reader([line]))
    if len(cells) != len(COLUMNS):
        message = f"this fact has {len(cells)} columns, not {len(COLUMNS)}"
        raise CalcError("E-FACT", message, place=place, hint="one line a fact; quote a cell that holds a comma")
    identifier, subject, quantity, *figures = cells[:6]
    try:
        value, low, high = (float(text) if text else None for text in figures)
    except ValueError as error:
        message = f"this fact cannot be read: {error}"
        raise CalcError("E-FACT", message, place=place, hint="one figure a column") from None
    unit, as_of, origin, url, status, note = cells[6:]
    return Fact(identifier, subject, quantity, value, low, high, unit, as_of, origin, url, status, note, place)
