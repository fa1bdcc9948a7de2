"""What the shell completes: names of scenarios and quantities. Called only while the user presses Tab."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from calc.facts import FactBook

# Names of cases come from a file; what a shell could obey is typed by hand.
_HARMLESS = re.compile(r"[\w %+=,./-]+")


def scenario_names(incomplete: str) -> list[str]:
    """Return the shipped scenarios that begin so; the shell adds files by itself where none does."""
    from calc.scenario.load import shipped_scenarios

    return [name for name in shipped_scenarios() if name.startswith(incomplete)]


def quantity_names(incomplete: str) -> list[str]:
    """Return the quantities that begin so."""
    from calc.engine.plugins import known_catalogue

    return [name for name in known_catalogue().quantities if name.startswith(incomplete)]


def case_names(incomplete: str, scenario: str) -> list[str]:
    """Return the cases and the lines of the scenario on the line that begin so; none where it cannot be read."""
    from pathlib import Path

    from calc.errors import CalcError, Problems
    from calc.scenario.load import load

    path = Path(scenario)
    if scenario == "-" or (path.exists() and not path.is_file()):
        # What stands in a pipe is for the command itself; it can be read once.
        return []
    try:
        document = load(scenario, Problems()).document
    except (CalcError, OSError):
        return []
    names = [*document.cases, *document.table]
    return [name for name in names if name.startswith(incomplete) and _HARMLESS.fullmatch(name)]


def _book() -> FactBook:
    """Return the facts that ship, and those of this folder's `calc.toml` where they can be read."""
    from calc.errors import CalcError
    from calc.facts import standard_facts
    from calc.scenario.facts_files import own_book

    try:
        return own_book(None)
    except CalcError:
        return standard_facts()


def fact_subjects(incomplete: str) -> list[str]:
    """Return the bundles of facts that begin so."""
    return [subject for subject in _book().subjects if subject.startswith(incomplete)]


def fact_quantities(incomplete: str) -> list[str]:
    """Return the quantities of facts that begin so."""
    found = dict.fromkeys(fact.quantity for fact in _book().by_id.values())
    return [name for name in found if name.startswith(incomplete)]


def fact_statuses(incomplete: str) -> list[str]:
    """Return the statuses of facts that begin so."""
    from calc.facts import STATUSES

    return one_of(STATUSES)(incomplete)


def model_names(incomplete: str) -> list[str]:
    """Return the models that begin so."""
    from calc.engine.plugins import known_catalogue

    found = dict.fromkeys(quantity.model for quantity in known_catalogue().quantities.values())
    return [name for name in found if name.startswith(incomplete)]


def shown_names(incomplete: str) -> list[str]:
    """Return completions of the last name in a comma-separated list."""
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in quantity_names(last)]


def setting_names(incomplete: str) -> list[str]:
    """Return the quantities that begin so, with the `=` of `--set`."""
    return [] if "=" in incomplete else [f"{name}=" for name in quantity_names(incomplete)]


def help_topics(incomplete: str) -> list[str]:
    """Return the codes of errors and the commands that begin so."""
    from calc.cli import COMMANDS
    from calc.error_codes import CODES

    return [word for word in (*CODES, *COMMANDS) if word.startswith(incomplete)]


def one_of(words: Iterable[str]) -> Callable[[str], list[str]]:
    """Return what offers those of some words that begin so."""
    return lambda incomplete: [word for word in words if word.startswith(incomplete)]
