"""Facts of one's own over those that ship: in one book, so that everything that looks for facts finds them."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from calc.facts.book import FactBook
from calc.facts.dates import latest_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from calc.facts.book import Fact


class OwnBook(FactBook):
    """The facts that ship, and layers of facts of one's own over them; a later layer wins, in a layer the later date.

    A fact of one's own wins over all that ship of the same subject and quantity, whatever their dates.
    own: one's own facts by id, which has the date where a subject has several of one quantity.
    """

    def __init__(self, shipped: FactBook, layers: Sequence[Sequence[Fact]], years: Sequence[int] = ()) -> None:
        super().__init__()
        self.shipped = shipped.for_years(years)
        names = Counter((fact.subject, fact.quantity) for layer in layers for fact in layer)
        self.layers = [
            FactBook(
                [
                    fact._replace(id=f"{fact.id}@{fact.as_of}")
                    if names[fact.subject, fact.quantity] > 1 and "@" not in fact.id
                    else fact
                    for fact in layer
                ]
            ).for_years(years)
            for layer in layers
        ]
        self.own = {name: fact for layer in self.layers for name, fact in layer.by_id.items()}

    @cached_property
    def by_id(self) -> dict[str, Fact]:
        """Return every fact; of two with one id that of one's own."""
        return {**self.shipped.by_id, **self.own}

    @cached_property
    def subjects(self) -> dict[str, dict[str, Fact]]:
        """Return the bundle of every subject."""
        names = dict.fromkeys((*self.shipped.subjects, *(fact.subject for fact in self.own.values())))
        return {name: self.bundle(name) or {} for name in names}

    def bundle(self, subject: str) -> dict[str, Fact] | None:
        """Return quantity to fact for a subject: what ships, and one's own instead."""
        found = dict(self.shipped.bundle(subject) or {})
        for layer in self.layers:
            found |= layer.bundle(subject) or {}
        return found or None

    def find(self, identifier: str) -> Fact | None:
        """Return the fact with an id; an id without date means one's own, or else the latest that ships."""
        subject, _, quantity = identifier.rpartition(".")
        found = self.own.get(identifier) if "@" in identifier else (self.bundle(subject) or {}).get(quantity)
        return found if found is not None and found.file else self.shipped.find(identifier)

    def for_quantity(self, quantity: str) -> list[Fact]:
        """Return every fact of a quantity, one's own first, the newest of each first."""
        own = [fact for fact in self.own.values() if fact.quantity == quantity]
        shipped = [fact for fact in self.shipped.for_quantity(quantity) if fact.id not in self.own]
        return [*sorted(own, key=latest_key, reverse=True), *shipped]

    def _of(self, subject: str) -> list[Fact]:
        return [fact for fact in self.by_id.values() if fact.subject == subject]
