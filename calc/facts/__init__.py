"""Facts of `seeds/`: figures with source, date and status."""

from calc.facts.book import COLUMNS, DEFAULTS, KINDS, STATUSES, Fact, FactBook, read_seeds, standard_facts

__all__ = ["COLUMNS", "DEFAULTS", "KINDS", "STATUSES", "Fact", "FactBook", "read_seeds", "standard_facts"]
