"""Facts of `seeds/`: figures with source, date and status.

In come the CSV files of `seeds/`, read for the bundles that are asked for. Out go facts by id and by bundle. Begin with
`book`.
"""

import sys
from types import ModuleType
from typing import Any

from calc.facts.book import COLUMNS, DEFAULTS, KINDS, STATUSES, Fact, FactBook, read_seeds, search, standard_facts

__all__ = ["COLUMNS", "DEFAULTS", "KINDS", "STATUSES", "Fact", "FactBook", "read_seeds", "standard_facts"]


class _Callable(ModuleType):
    """This package, which is a public function too: `calc.facts(subject="dgx-h100")` looks facts up."""

    def __call__(
        self, words: str = "", *, subject: str | None = None, quantity: str | None = None, status: str | None = None
    ) -> list[dict[str, Any]]:
        """Return what `calc.facts.book.search` finds."""
        return search(words, subject=subject, quantity=quantity, status=status)


# Importing a package puts it into the one above it, in the place of a function of the same name.
sys.modules[__name__].__class__ = _Callable
