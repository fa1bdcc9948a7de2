"""Text that is safe and measurable on a terminal: escaping, shortening, display width, spelling suggestions."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Categories that a terminal may obey or that a reader cannot see: control, format (bidi, zero width), surrogate,
# private use, unassigned, line and paragraph separators.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters that are drawn as nothing; a name made of them looks empty.
_INVISIBLE_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_ZERO_WIDTH_JOINER = "\u200d"


def is_unsafe(char: str) -> bool:
    """Tell whether a character could change or hide what a terminal shows.

    The zero-width joiner is allowed: it is part of ordinary emoji.
    """
    if " " <= char <= "~" or char == _ZERO_WIDTH_JOINER:
        return False
    return unicodedata.category(char) in _UNSAFE_CATEGORIES or char in _INVISIBLE_LETTERS


def escape(text: str) -> str:
    r"""Return `text` with every unsafe character written as a code point, such as `\u202e`, on one line."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_code_point(char) if is_unsafe(char) else char for char in text)


def _code_point(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def is_visible(text: str) -> bool:
    """Tell whether `text` shows at least one mark on paper."""
    return any(not char.isspace() and not is_unsafe(char) and char != _ZERO_WIDTH_JOINER for char in text)


def shorten(text: str, limit: int = 60) -> str:
    """Return `text` escaped and cut to at most `limit` characters, the cut shown by an ellipsis."""
    safe = escape(text[: limit * 2])
    if len(safe) <= limit and len(text) <= limit * 2:
        return safe
    return safe[: limit - 1] + "…"


def width(text: str) -> int:
    """Return how many terminal columns `text` takes (East Asian wide characters take two)."""
    if text.isascii():
        return len(text)
    columns = 0
    for char in text:
        if unicodedata.combining(char) or char == _ZERO_WIDTH_JOINER:
            continue
        columns += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return columns


def name_code_points(text: str) -> str:
    """Describe the non-ASCII characters of a name, because a look-alike letter cannot be seen.

    Returns an empty string for a plain ASCII name.
    """
    odd = [char for char in text if not char.isascii()][:3]
    return ", ".join(f"U+{ord(char):04X} {unicodedata.name(char, 'unnamed')}" for char in odd)


def suggest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return up to `count` known names that are spelled like `name`, best first."""
    import difflib

    candidates = list(known)
    if len(name) > 200:
        return []
    folded = unicodedata.normalize("NFKC", name).casefold().replace("-", "_").replace(" ", "_")
    exact = [candidate for candidate in candidates if candidate.casefold() == folded]
    close = difflib.get_close_matches(folded, candidates, n=count, cutoff=0.7)
    parts = [candidate for candidate in candidates if len(folded) > 3 and candidate.startswith(folded)]
    return list(dict.fromkeys(exact + close + parts))[:count]


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return a hint such as "did you mean `server_power`?", or None when nothing is close."""
    found = suggest(name, known)
    return f"did you mean {or_list(found)}?" if found else None


def or_list(names: Iterable[str]) -> str:
    """Join names as "`a`, `b` or `c`"."""
    quoted = [f"`{shorten(name)}`" for name in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " or " + quoted[-1]
