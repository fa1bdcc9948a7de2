"""The stretches of a scan in which conditions hold."""

from __future__ import annotations


def stretches_of(values: list[float], truth: list[bool]) -> list[tuple[float, float]]:
    """Return the stretches of the scan in which the conditions hold, each by its first and last value."""
    found: list[tuple[float, float]] = []
    begun = None
    for value, fine in zip(values, truth, strict=True):
        if fine:
            begun = value if begun is None else begun
            last = value
        elif begun is not None:
            found.append((begun, last))
            begun = None
    return [*found, (begun, last)] if begun is not None else found
