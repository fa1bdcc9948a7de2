"""Words and tables as Markdown that shows them as they are."""

from __future__ import annotations

import re

from calc.text import escape

_SPECIAL = re.compile(r"([\\`*_\[\]|~#])")
_START = re.compile(r"^(?=[+\->=])")
_NUMBERED = re.compile(r"^(\d{1,9})([.)])")


def text(words: object) -> str:
    """Return a text that Markdown and HTML show as it is: no formatting, links, mentions or tags."""
    safe = _SPECIAL.sub(r"\\\1", escape(" ".join(str(words).split())))
    safe = _NUMBERED.sub(r"\1\\\2", _START.sub(r"\\", safe))
    # Mentions are looked for after entities are resolved; a zero-width space after the sign is what stops them.
    return safe.replace("&", "&amp;").replace("<", "&lt;").replace("@", "@\u200b")


def table(head: list[str], rows: list[list[str]], numeric: set[int]) -> str:
    """Return a Markdown table; cells are Markdown already, columns in `numeric` are aligned right."""
    ruler = ["---:" if position in numeric else "---" for position in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ruler, *rows]) + "\n"
