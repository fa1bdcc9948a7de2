"""Facts of `seeds/`: figures with source, date and status.

In come the CSV files of `seeds/`, read for the bundles that are asked for. Out go facts by id and by bundle. Begin with
`book`.
"""

from calc.facts.book import COLUMNS, DEFAULTS, KINDS, STATUSES, Fact, FactBook, read_seeds, standard_facts

__all__ = ["COLUMNS", "DEFAULTS", "KINDS", "STATUSES", "Fact", "FactBook", "read_seeds", "standard_facts"]
