"""Text that is safe and measurable on a terminal: escaping, shortening, display width, spelling suggestions."""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# Categories that a terminal may obey or that a reader cannot see: control, format (bidi, zero width), surrogate,
# private use, unassigned, line and paragraph separators.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters that are drawn as nothing; a name made of them looks empty.
_INVISIBLE_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
# Marks that do not begin a line.
_CLOSING = frozenset("，。、；：？！）》」』】〉”’,.;:?!)]}")
_ZERO_WIDTH_JOINER = "\u200d"


class _Pattern:
    """A regular expression that is not compiled yet; each method takes its place here when it is first asked for."""

    def __init__(self, written: str, flags: int) -> None:
        self._written, self._flags = written, flags

    def __getattr__(self, name: str) -> object:
        found = getattr(re.compile(self._written, self._flags), name)
        setattr(self, name, found)
        return found


def pattern(written: str, flags: int = 0) -> re.Pattern[str]:
    """Return a regular expression that is compiled when it is first used: most runs need few of them."""
    return cast("re.Pattern[str]", _Pattern(written, flags))


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


def wrapped(text: str, columns: int) -> list[str]:
    """Return `text` in lines of at most `columns`, broken at blanks and between wide characters, never inside a word.

    A word that is wider than a line has a line of its own. A no-break space holds its neighbours together as long as
    they fit into a line, and is written as a plain one.
    """
    lines: list[str] = []
    held = (part if width(part) <= columns else part.replace("\u00a0", " ") for part in text.split(" "))
    for word, blank in _words(" ".join(held)):
        if lines and width(lines[-1]) + len(blank) + width(word) <= columns:
            lines[-1] += blank + word
        else:
            lines.append(word)
    return [line.replace("\u00a0", " ") for line in lines] or [""]


def _words(text: str) -> Iterator[tuple[str, str]]:
    """Yield words with the blank before each; every wide character is a word of its own."""
    for position, part in enumerate(part for part in text.split(" ") if part):
        blank, word = " " if position else "", ""
        for char in part:
            if word and width(char) == 2 and char not in _CLOSING:
                yield word, blank
                blank, word = "", ""
            word += char
        yield word, blank


def name_code_points(text: str) -> str:
    """Describe the non-ASCII characters of a name, because a look-alike letter cannot be seen.

    Returns an empty string for a plain ASCII name.
    """
    odd = [char for char in text if not char.isascii()][:3]
    return ", ".join(f"U+{ord(char):04X} {unicodedata.name(char, 'unnamed')}" for char in odd)


def suggest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return up to `count` known names spelled like `name`, best first; blanks, marks and case do not count."""
    # The same name may be asked for several times, against the same names.
    return list(_suggested(name, tuple(known), count))


@lru_cache(maxsize=512)
def _suggested(name: str, known: tuple[str, ...], count: int) -> tuple[str, ...]:
    folded: dict[str, list[str]] = {}
    known = _nearest(name, known)
    for candidate in known:
        folded.setdefault(_folded(candidate), []).append(candidate)
    if len(name) > 200 or not folded:
        return ()
    import difflib

    wanted = _folded(name)
    # One letter of three makes a third of a name.
    cutoff = 0.7 if len(wanted) != 3 else 0.65
    close = difflib.get_close_matches(wanted, _likely(wanted, folded, cutoff), n=count, cutoff=cutoff)
    begun = [candidate for candidate in folded if len(wanted) > 3 and candidate.startswith(wanted)]
    exact = [wanted] if wanted in folded else []
    found = [each for key in dict.fromkeys([*exact, *close, *begun]) for each in folded[key]]
    if not exact and not begun:
        found = [*sorted((each for each in known if _abbreviates(name, each)), key=len), *found]
    return tuple(dict.fromkeys(found))[:count]


# Of more names than a model has, so many are looked through.
_LOOKED_THROUGH = 2000


def _nearest(name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return all names, or of very many those that begin with the same letter and are nearly as long."""
    if len(known) <= _LOOKED_THROUGH:
        return known
    first = name[:1].casefold()
    alike = [each for each in known if each[:1].casefold() == first]
    return tuple(sorted(alike, key=lambda each: abs(len(each) - len(name)))[:_LOOKED_THROUGH])


def _likely(wanted: str, known: Iterable[str], cutoff: float) -> list[str]:
    """Return the names that have enough letters in common to be near; the others need not be compared in full."""
    letters = [(each, wanted.count(each)) for each in set(wanted)]
    return [
        each
        for each in known
        if 2 * sum(min(count, each.count(letter)) for letter, count in letters)
        >= cutoff * (len(wanted) + len(each)) - 1e-9
    ]


def _abbreviates(name: str, known: str) -> bool:
    """Tell whether a known name begins with the words of `name`, which may leave letters out: `pwr` for `power`."""
    if name[:1].casefold() != known[:1]:
        return False
    words, others = name.casefold().split("_"), known.split("_")
    if not 1 < len(words) <= len(others) or not all(each.isalnum() for each in words):
        return False
    for word, other in zip(words, others, strict=False):
        letters = iter(other)
        if word[0] != other[:1] or not all(letter in letters for letter in word):
            return False
    return True


def looks_misspelt(name: str, known: Iterable[str]) -> bool:
    """Tell whether a name is so near to a known one that it is hardly a name of its own: one letter in ten differs."""
    from difflib import SequenceMatcher

    nearest = suggest(name, known, 1)
    return bool(nearest) and SequenceMatcher(None, name, nearest[0]).ratio() > 0.88


@lru_cache(maxsize=4096)
def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in plain if char.isalnum() or not char.isascii()) or plain


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return a hint such as "did you mean `server_power`?", or None when nothing is close."""
    found = suggest(name, known)
    return f"did you mean {or_list(found)}?" if found else None


def spelling(name: str, known: Iterable[str]) -> str | None:
    """Return a hint on how a name may be misspelt: its odd characters, because a look-alike letter cannot be seen."""
    odd, hint = name_code_points(name), did_you_mean(name, known)
    if not odd:
        return hint
    return f"it holds {odd}; {hint}" if hint else f"it holds {odd}"


def and_list(names: Iterable[str]) -> str:
    """Join names as "`a`, `b` and `c`"."""
    quoted = [f"`{shorten(name)}`" for name in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " and " + quoted[-1]


def or_list(names: Iterable[str]) -> str:
    """Join names as "`a`, `b` or `c`"."""
    quoted = [f"`{shorten(name)}`" for name in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " or " + quoted[-1]


@lru_cache(maxsize=4096)
def docstring(function: Callable[..., object]) -> str:
    """Return the docstring of a function, without its indentation; of one that `python -OO` drops, what is written.

    Docstrings hold what formulas are and where they come from, so no output may depend on whether Python keeps them.
    """
    import inspect

    if function.__doc__ or sys.flags.optimize < 2:
        return inspect.getdoc(function) or ""
    code = function.__code__
    return _written_docstrings(code.co_filename).get((code.co_name, code.co_firstlineno), "")


@lru_cache(maxsize=256)
def _written_docstrings(path: str) -> dict[tuple[str, int], str]:
    """Return the docstrings of a Python file by name and first line of their functions."""
    import ast
    from pathlib import Path

    try:
        tree = ast.parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return {}
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return {
        (node.name, min([node.lineno, *(each.lineno for each in node.decorator_list)])): ast.get_docstring(node) or ""
        for node in functions
    }
