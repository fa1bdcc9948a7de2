"""Following a hint: what it says to write, put in the place that its error points at."""

from __future__ import annotations

import re

# One or several things to write: "write `A`", "write `A` for operations, `B` for operations a second", "did you mean
# `A`, `B` or `C`?". What stands after "as in" or "such as" is an example and no replacement.
_SAYS = re.compile(
    r"(?:write|did you mean)(?: a decimal point:| a duration)? "
    r"(`[^`]+`(?:(?: for [\w ]+?)?(?:,| or|, or) `[^`]+`)*)",
    re.IGNORECASE,
)


def offers(hint: str | None) -> list[str]:
    """Return what a hint says to write instead, each reading where it asks which one is meant."""
    return [text for said in _SAYS.findall(hint or "") for text in re.findall(r"`([^`]+)`", said)]


def examples(hint: str | None) -> list[str]:
    """Return what a hint shows as examples."""
    said = re.findall(r"(?:as in|such as) (`[^`]+`(?:(?:,| or|, or) `[^`]+`)*)", hint or "")
    return [text for each in said for text in re.findall(r"`([^`]+)`", each)]


def units(hint: str | None) -> list[str]:
    """Return the units that a hint asks for: "give it in `kW`", "its unit after the number, such as `kW`"."""
    return re.findall(r"(?:give it in|unit after the number, such as) `([^`]+)`", hint or "")


def followed(text: str, start: int, length: int, offer: str) -> str:
    """Return a text with what was wrong in it replaced."""
    return text[:start] + offer + text[start + length :]
