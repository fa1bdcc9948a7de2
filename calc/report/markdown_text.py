"""Words and tables as Markdown that shows them as they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from calc.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterable

# A `_` inside a word and a `*` between blanks mean nothing; at the start of a line a `*` begins a list.
_SPECIAL = re.compile(r"([\\`\[\]|~#]|(?<![^\W_])_|_(?![^\W_])|\*(?! )|(?<! )\*)")
_START = re.compile(r"^(?=>|[+-](?: |$)|-{2,}|=+$|:-)")
_NUMBERED = re.compile(r"^(\d{1,9})([.)])(?= |$)")
_ENTITY = re.compile(r"&(?=#|[A-Za-z][A-Za-z0-9]*;)")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def text(words: object) -> str:
    """Return a text that Markdown and HTML show as it is: no formatting, links, mentions or tags.

    Only what would be interpreted is escaped, so that the text reads well without a renderer too.
    """
    safe = _SPECIAL.sub(r"\\\1", escape(" ".join(str(words).split())))
    safe = _NUMBERED.sub(r"\1\\\2", _START.sub(r"\\", safe))
    # Mentions are looked for after entities are resolved; a zero-width space after the sign is what stops them.
    return _TAG.sub("&lt;", _ENTITY.sub("&amp;", safe)).replace("@", "@\u200b")


def bullets(title: str, lines: Iterable[str]) -> str:
    """Return a section with a list, or nothing where there are no lines."""
    items = "".join(f"- {text(line)}\n" for line in lines)
    return f"## {title}\n\n{items}" if items else ""


def table(head: list[str], rows: list[list[str]], numeric: set[int]) -> str:
    """Return a Markdown table; cells are Markdown already, columns in `numeric` are aligned right."""
    ruler = ["---:" if position in numeric else "---" for position in range(len(head))]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ruler, *rows]) + "\n"
