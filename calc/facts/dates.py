"""The day, month, year or period that a figure holds for, as `as_of` has it."""

from __future__ import annotations

import re
from datetime import date, timedelta

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


def period(as_of: str) -> tuple[date, date] | None:
    """Return the first and the last day of `2026-10-12`, `2026-10`, `2026` or `2026-01 to 2026-06`.

    None for what is no such date.
    """
    first, _, last = as_of.partition(" to ")
    begin, end = _days(first), _days(last or first)
    if begin is None or end is None or begin[0] > end[1]:
        return None
    return begin[0], end[1]


def _days(text: str) -> tuple[date, date] | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(each) if each else None for each in found.groups())
    try:
        if month and day:
            return date(year, month, day), date(year, month, day)  # type: ignore[arg-type]  # the pattern has a year
        first = date(year, month or 1, 1)  # type: ignore[arg-type]  # the pattern has a year
        after = date(first.year + 1, 1, 1) if not month or month == 12 else date(first.year, month + 1, 1)
    except (ValueError, OverflowError):
        return None
    return first, after - timedelta(days=1)
