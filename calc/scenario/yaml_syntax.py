"""What libyaml says about broken YAML, in words and places that help a person."""

from __future__ import annotations

from typing import Any

from calc.errors import CalcError, Place, SourceText
from calc.text import shorten

# libyaml's words for what went wrong, in the order tried, and ours.
_SYNTAX = (
    ("found character '\\t'", "a tab stands where YAML wants spaces", "indent with spaces"),
    ("cannot start any token", "this character cannot begin a value", "put the value in quotes"),
    ("did not find expected ',' or ']'", "a list in brackets is not closed", "close it with `]`"),
    ("did not find expected ',' or '}'", "a mapping in braces is not closed", "close it with `}`"),
    ("found unexpected end of stream", "a quoted text is not closed", "close the quotation mark"),
    ("unknown escape character", "a backslash in double quotes begins no known escape", "use single quotes for a path"),
    (
        "did not find expected hexdecimal number",
        "a backslash in double quotes begins no known escape",
        "use single quotes for a path",
    ),
    ("invalid Unicode character", "an escape names no Unicode character", "write the character itself"),
    (
        "mapping values are not allowed",
        "a second `:` stands in one line",
        "quote the text, begin a new line, or mend the indent",
    ),
    ("could not find expected ':'", "a `:` is missing after the key", "as in `name: value`"),
    (
        "did not find expected key",
        "this line does not fit the lines above it",
        "give keys of one mapping the same indent",
    ),
    (
        "did not find expected '-' indicator",
        "this line does not fit the list above it",
        "give its items the same indent",
    ),
    (
        "did not find expected <document start>",
        "text stands after the end of the document",
        "one file holds one scenario",
    ),
    ("block sequence entries are not allowed", "a list item `-` cannot stand here", "begin the list on its own line"),
    ("did not find expected node content", "a value is missing here", "write a value, or delete the comma"),
    ("did not find expected alphabetic or numeric", "`*` or `&` begins an alias here", "quote the text"),
)


def syntax_error(error: Any, source: SourceText) -> CalcError:
    """Return the error for a `yaml.YAMLError`, placed where a person has to look."""
    problem = str(getattr(error, "problem", None) or error)
    mark = getattr(error, "problem_mark", None)
    context = getattr(error, "context_mark", None)
    message, hint = f"this is not YAML: {shorten(problem)}", "check quotes, indents and colons"
    known = next((row for row in _SYNTAX if row[0] in problem), None)
    if known is not None:
        _, message, hint = known
        if "not closed" in message and context is not None:
            mark = context
    place = None
    if mark is not None:
        place = Place(source, min(mark.line, source.text.count("\n")) + 1, mark.column + 1)
        line = source.line(place.line)
        if "\t" in line[: max(mark.column, len(line) - len(line.lstrip()))]:
            message, hint = "a tab stands where YAML wants spaces", "indent with spaces"
    if "mapping values" in problem and place is not None and place.source.line(place.line).count(":") == 1:
        message, hint = "this line does not fit the lines above it", "give keys of one mapping the same indent"
        if mark is not None and mark.column > 1000:
            message, hint = "a key has more than 1024 characters", "give it a short name"
    if "：" in source.text and ":" not in source.text:
        hint = "the colon is a full-width one (U+FF1A), not `:`"
    return CalcError("E-YAML", message, place=place, hint=hint)
