"""A YAML document as located text: every scalar is still the text that stands in the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calc.errors import Place

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(slots=True, eq=False)
class Scalar:
    """A scalar: its text, whether it was written without quotes, and its place."""

    text: str
    plain: bool
    place: Place

    @property
    def is_null(self) -> bool:
        """Tell whether nothing was written, or YAML's null."""
        return self.plain and self.text in _NULLS


@dataclass(slots=True, eq=False)
class Sequence:
    """A list and its place."""

    items: list[Node]
    place: Place


@dataclass(slots=True, eq=False)
class Mapping:
    """A mapping in the order written; keys are unique scalars. flow: written in braces."""

    entries: dict[str, tuple[Scalar, Node]]
    place: Place
    flow: bool = False

    def get(self, key: str) -> Node | None:
        """Return the value of a key, or None."""
        entry = self.entries.get(key)
        return entry[1] if entry else None


Node = Scalar | Sequence | Mapping
