"""What the shell completes: names of scenarios and quantities. Called only while the user presses Tab."""

from __future__ import annotations


def scenario_names(incomplete: str) -> list[str]:
    """Return the shipped scenarios that begin so; the shell adds files by itself where none does."""
    from calc.scenario.load import shipped_scenarios

    return [name for name in shipped_scenarios() if name.startswith(incomplete)]


def quantity_names(incomplete: str) -> list[str]:
    """Return the quantities that begin so."""
    from calc.engine.plugins import known_catalogue

    return [name for name in known_catalogue().quantities if name.startswith(incomplete)]


def shown_names(incomplete: str) -> list[str]:
    """Return completions of the last name in a comma-separated list."""
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in quantity_names(last)]


def setting_names(incomplete: str) -> list[str]:
    """Return the quantities that begin so, with the `=` of `--set`."""
    return [] if "=" in incomplete else [f"{name}=" for name in quantity_names(incomplete)]


def list_kinds(incomplete: str) -> list[str]:
    """Return what `calc list` lists."""
    return _begun(incomplete, "quantities", "facts", "bundles", "scenarios")


def run_formats(incomplete: str) -> list[str]:
    """Return the formats of `calc run`."""
    return _begun(incomplete, "table", "json", "csv", "markdown")


def tree_formats(incomplete: str) -> list[str]:
    """Return the formats of `calc explain`."""
    return _begun(incomplete, "table", "json", "markdown")


def list_formats(incomplete: str) -> list[str]:
    """Return the formats of `calc list`."""
    return _begun(incomplete, "table", "json", "csv")


def text_formats(incomplete: str) -> list[str]:
    """Return the formats of `calc describe`."""
    return _begun(incomplete, "table", "json")


def _begun(incomplete: str, *words: str) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]
