"""One base error with a code, a place, a message and a hint; one renderer for all, and how messages are told."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from calc.records import dataclass
from calc.text import escape, pattern, shorten, width

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TextIO


_EXCERPT_COLUMNS = 100
# Longer than the systems that it runs on let a path be.
_LONGEST_PATH = 5000
MAX_ERRORS = 100


class SourceText:
    """A text that errors point into: a file, standard input or a command-line option.

    name: what the user calls it, shown before the line number.
    text: the whole text, or a function that reads it; it is read and split only when an error needs a line.
    """

    __slots__ = ("_lines", "_text", "name")

    def __init__(self, name: str, text: str | Callable[[], str]) -> None:
        self.name = name
        self._text = text
        self._lines: list[str] | None = None

    def __reduce__(self) -> tuple[object, ...]:
        return SourceText, (self.name, self.text)

    @property
    def text(self) -> str:
        """Return the whole text."""
        if not isinstance(self._text, str):
            self._text = self._text()
        return self._text

    def line(self, number: int) -> str:
        """Return line `number` (from 1), or an empty string beyond the end."""
        if self._lines is None:
            self._lines = self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: source text, line and column (both from 1), and how many characters it covers."""

    source: SourceText
    line: int
    column: int
    length: int = 1

    def __str__(self) -> str:
        return f"{escape(self.source.name)}:{self.line}:{self.column}"

    def shifted(self, columns: int, length: int) -> Place:
        """Return the place `columns` characters further on the same line."""
        return Place(self.source, self.line, self.column + columns, length)


class CalcError(Exception):
    """An error that a person can act on.

    code: stable identifier such as `E-DIMENSION`.
    message: what is wrong, in one sentence.
    place: where, if it stands in a text.
    hint: what to do about it.
    related: further places that belong to the error, each with a word on why.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        place: Place | None = None,
        hint: str | None = None,
        related: Sequence[tuple[str, Place]] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.place = place
        self.hint = hint
        self.related = tuple(related)

    def __reduce__(self) -> tuple[object, ...]:
        # An error that another process met is told by this one.
        return _again, (self.code, self.message, self.place, self.hint, self.related)

    def __str__(self) -> str:
        return render(self)


class CalcErrors(CalcError):  # noqa: N818  # a plural reads better than CalcErrorsError
    """Several errors that were found together, so that a person can mend them all at once."""

    def __init__(self, errors: Iterable[CalcError]) -> None:
        self.errors = sorted(flatten(errors), key=_order)
        first = self.errors[0]
        super().__init__(first.code, first.message, place=first.place, hint=first.hint)

    def __reduce__(self) -> tuple[object, ...]:
        return CalcErrors, (self.errors,)

    def __str__(self) -> str:
        return "\n\n".join(render(error) for error in self.errors)


def _again(
    code: str, message: str, place: Place | None, hint: str | None, related: tuple[tuple[str, Place], ...]
) -> CalcError:
    return CalcError(code, message, place=place, hint=hint, related=related)


class Problems:
    """Collects errors while reading goes on, so that a file's errors are all shown at once, up to a hundred."""

    def __init__(self) -> None:
        self.errors: list[CalcError] = []
        self._seen: set[tuple[str, str, str]] = set()

    def add(self, error: CalcError) -> None:
        """Keep an error; one that is there already (same place, code and words) is kept once.

        Raises CalcErrors when there are too many to be read.
        """
        for each in flatten([error]):
            key = (each.code, each.message, str(each.place))
            if key not in self._seen:
                self._seen.add(key)
                self.errors.append(each)
        if len(self.errors) >= MAX_ERRORS:
            more = CalcError("E-MANY", f"there are more than these {len(self.errors)} errors", hint="mend these first")
            raise CalcErrors([*self.errors, more])

    def raise_if_any(self) -> None:
        """Raise what was collected.

        Raises CalcErrors when there is at least one error.
        """
        if self.errors:
            raise CalcErrors(self.errors)


def flatten(errors: Iterable[CalcError]) -> list[CalcError]:
    """Return single errors in the place of groups."""
    flat: list[CalcError] = []
    for error in errors:
        flat.extend(error.errors if isinstance(error, CalcErrors) else [error])
    return flat


def _order(error: CalcError) -> tuple[str, int, int]:
    if error.place is None:
        return ("\uffff", 0, 0)
    return (error.place.source.name, error.place.line, error.place.column)


def render(error: CalcError) -> str:
    """Return the error as a person reads it: place, code, message, the line with a caret, the hint.

    Message and hint are one line each, whatever text of a user's they hold.
    """
    head = f"error[{error.code}]: {escape(error.message)}"
    parts = [f"{error.place}: {head}" if error.place else head]
    if error.place:
        parts.extend(_excerpt(error.place))
    for word, place in error.related:
        parts.append(f"  {escape(word)}: {place}")
        parts.extend(_excerpt(place))
    if error.hint:
        parts.append(f"  hint: {escape(error.hint)}")
    return "\n".join(parts)


def _excerpt(place: Place) -> list[str]:
    """Return the line of a place and a caret line below it, both cut around the caret when the line is long."""
    line = place.source.line(place.line).rstrip("\n")
    if not line.strip():
        return []
    start = place.column - 1
    cut = max(0, start - _EXCERPT_COLUMNS // 2) if len(line) > _EXCERPT_COLUMNS else 0
    end = start + min(place.length, _EXCERPT_COLUMNS)
    shown = max(end, cut + _EXCERPT_COLUMNS)
    before, marked, after = (
        escape(each.replace("\t", " ")) for each in (line[cut:start], line[start:end], line[end:shown].rstrip())
    )
    lead, after = "…" if cut else "", f"{after}…" if line[shown:].strip() else after
    number = f"{place.line:>5} | "
    caret = " " * (width(lead + before)) + "^" * max(1, width(marked))
    return [f"{number}{lead}{before}{marked}{after}", f"{' ' * 5} | {caret}"]


def quote_path(text: str) -> str:
    """Return the name of a file in backquotes, whole: two that are cut may look alike."""
    return quote(text, _LONGEST_PATH)


def quote(text: str, limit: int = 60) -> str:
    """Return a user's text in backquotes, escaped and shortened, for use inside a message."""
    return f"`{shorten(text, limit)}`"


# ---------------------------------------------------------------- messages

_CODES = {"red": "31", "bold red": "1;31", "yellow": "33", "cyan": "36", "green": "32"}
_ERROR = pattern(r"(?!\s*\d+ \| )(.*?)(error)\[(E-[A-Z0-9-]+)\](: .*)")
_WARNING = pattern(r"(?!\s*\d+ \| )((?:\S.*?:\d+:\d+: )?)(warning: .*)")
_CARET = pattern(r"( *\| *)(\^+)")
_HINT = pattern(r"(  )(hint:)(.*)")


def wants_colour(stream: TextIO | None) -> bool:
    """Tell whether a stream is to be coloured; NO_COLOR and a dumb terminal win over FORCE_COLOR."""
    # Without colour there is no bold either: a reader who sets NO_COLOR wants no escape codes at all.
    if stream is None or os.environ.get("NO_COLOR") or os.environ.get("TERM", "").lower() in {"dumb", "unknown"}:
        return False
    forced = os.environ.get("FORCE_COLOR")
    if forced:
        return forced.lower() not in {"0", "false"}
    # An old Windows console shows the codes as they are.
    return stream.isatty() and (os.name != "nt" or "WT_SESSION" in os.environ)


def paint(text: str, colour: str) -> str:
    """Return a text between the codes of a colour."""
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if text else ""


def painted(message: str) -> str:
    """Return a message with its errors red and their codes bold, warnings yellow, carets red and hints marked."""
    return "\n".join(map(_line, message.split("\n")))


def _line(line: str) -> str:
    if found := _ERROR.fullmatch(line):
        place, word, code, words = found.groups()
        return f"{place}{paint(f'{word}[', 'red')}{paint(code, 'bold red')}{paint(f']{words}', 'red')}"
    if found := _WARNING.fullmatch(line):
        return f"{found[1]}{paint(found[2], 'yellow')}"
    if found := _CARET.fullmatch(line):
        return f"{found[1]}{paint(found[2], 'red')}"
    if found := _HINT.fullmatch(line):
        return f"{found[1]}{paint(found[2], 'cyan')}{found[3]}"
    return line


def say(message: str) -> None:
    """Write a message to standard error, in colour where that is wanted."""
    print(painted(message) if wants_colour(sys.stderr) else message, file=sys.stderr)


def warn(words: str, place: Place | None = None) -> None:
    """Write a warning to standard error, in one line whatever it quotes."""
    say(f"{f'{place}: ' if place else ''}warning: {escape(words)}")


def say_error(error: CalcError) -> None:
    """Write an error to standard error, and behind several how many there are, which is what is left on a screen."""
    say(str(error))
    if isinstance(error, CalcErrors) and len(error.errors) > 1:
        files = list(dict.fromkeys(each.place.source.name for each in error.errors if each.place))
        where = f" in {escape(files[0])}" if len(files) == 1 else ""
        say(f"\n{len(error.errors)} errors{where}; nothing was computed")
