"""YAML as located text: bytes decoded, read as events, and left as nodes that know where they stand in the file."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from calc.errors import CalcError, Place, Problems, SourceText, quote, quote_path
from calc.records import dataclass
from calc.text import is_unsafe, name_code_points, pattern, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 8_000_000

_BOM = "\ufeff"
_ALLOWED_CONTROL = frozenset("\n\r\t")
# Everything that `is_unsafe` could refuse, found fast; ordinary text of any script passes in one scan.
# It takes milliseconds to compile, so that a text in plain ASCII has a pattern of its own.
_ASCII_SUSPECT = pattern(r"[^\n\r\t\x20-\x7e]")
_SUSPECT = (
    r"[^\n\r\t\x20-\x7e\u00a0-\u00ac\u00ae-\u05ff\u0620-\u06dc\u0900-\u115e\u1200-\u167f"
    r"\u2010-\u2027\u2030-\u205e\u2070-\u27ff\u2900-\u3163\u3165-\ud7ff\uf900-\ufaff\uff01-\uff9f]"
)
_BINARY = (
    (b"\x1f\x8b", "gzip-compressed data", "unpack it first"),
    (b"PK\x03\x04", "a ZIP archive, as spreadsheets (.xlsx) are", "export the figures and write them as YAML"),
    (b"\x7fELF", "a program", "give a YAML file"),
    (b"%PDF", "a PDF", "give a YAML file"),
    # Before UTF-16, whose mark is the beginning of this one.
    (b"\xff\xfe\x00\x00", "UTF-32 text", "save the file as UTF-8"),
    (b"\x00\x00\xfe\xff", "UTF-32 text", "save the file as UTF-8"),
    (b"\xff\xfe", "UTF-16 text", "save the file as UTF-8"),
    (b"\xfe\xff", "UTF-16 text", "save the file as UTF-8"),
)


def is_refused(char: str) -> bool:
    """Tell whether a scenario may not hold the character: it controls a terminal or hides text.

    Letters that are merely drawn as nothing may stand in a file; they are escaped wherever they are shown.
    """
    return is_unsafe(char) and char not in _ALLOWED_CONTROL and unicodedata.category(char) != "Lo"


def decode(data: bytes, name: str, kind: str = "YAML", limit: int = MAX_BYTES) -> SourceText:
    """Return the text of a file.

    kind: what the file should be, for messages. limit: how many bytes it may have.

    Raises CalcError when it is too large, no UTF-8 text, or holds characters that a reader cannot see.
    """
    if len(data) > limit:
        what = "a scenario" if kind == "YAML" else "a file"
        hint = f"{what} has at most {limit:,} bytes"
        # Of a large file not all is read, so that nobody knows here how large it is.
        raise CalcError("E-TOO-LARGE", f"{quote_path(name)} has more than {limit:,} bytes", hint=hint)
    for start, what, hint in _BINARY:
        if data.startswith(start):
            raise CalcError(
                "E-ENCODING", f"{quote_path(name)} is {what}, not {kind} text", hint=hint.replace("YAML", kind)
            )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        source = SourceText(name, data.decode("utf-8", "replace"))
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        message = f"the byte 0x{data[error.start]:02x} at offset {error.start} is not UTF-8"
        hint = "save the file as UTF-8"
        raise CalcError("E-ENCODING", message, place=Place(source, line, column), hint=hint) from None
    source = SourceText(name, text.removeprefix(_BOM))
    _refuse_unsafe(source)
    return source


def _refuse_unsafe(source: SourceText) -> None:
    suspect = _ASCII_SUSPECT if source.text.isascii() else re.compile(_SUSPECT)
    for match in suspect.finditer(source.text):
        char = match.group()
        if is_refused(char):
            before = source.text[: match.start()].replace("\r\n", "\n").replace("\r", "\n")
            place = Place(source, before.count("\n") + 1, len(before) - before.rfind("\n"))
            message, hint = f"the character U+{ord(char):04X} cannot be seen or is a control character", "delete it"
            raise CalcError("E-CHARACTER", message, place=place, hint=hint)


# ---------------- a YAML document as located text: every scalar is still the text that stands in the file


_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(slots=True, eq=False)
class Scalar:
    """A scalar: its text, whether it was written without quotes, and its place."""

    text: str
    plain: bool
    place: Place

    @property
    def is_null(self) -> bool:
        """Tell whether nothing was written, or YAML's null."""
        return self.plain and self.text in _NULLS


@dataclass(slots=True, eq=False)
class Sequence:
    """A list and its place."""

    items: list[Node]
    place: Place


@dataclass(slots=True, eq=False)
class Mapping:
    """A mapping in the order written; keys are unique scalars. flow: written in braces."""

    entries: dict[str, tuple[Scalar, Node]]
    place: Place
    flow: bool = False

    def get(self, key: str) -> Node | None:
        """Return the value of a key, or None."""
        entry = self.entries.get(key)
        return entry[1] if entry else None


Node = Scalar | Sequence | Mapping


# ---------------- what libyaml says about broken YAML, in words and places that help a person


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
    mark = error.problem_mark
    context = getattr(error, "context_mark", None)
    message, hint = f"this is not YAML: {shorten(problem)}", "check quotes, indents and colons"
    known = next((row for row in _SYNTAX if row[0] in problem), None)
    if known is not None:
        _, message, hint = known
        if "not closed" in message and context is not None:
            mark = context
    # Characters that YAML refuses, the one error without a mark, have been refused before it is read.
    place = Place(source, min(mark.line, source.text.count("\n")) + 1, mark.column + 1)
    line = source.line(place.line)
    if "\t" in line[: max(mark.column, len(line) - len(line.lstrip()))]:
        message, hint = "a tab stands where YAML wants spaces", "indent with spaces"
    if "mapping values" in problem and line.count(":") == 1:
        message, hint = "this line does not fit the lines above it", "give keys of one mapping the same indent"
        if mark.column > 1000:
            message, hint = "a key has more than 1024 characters", "give it a short name"
    if "：" in source.text and ":" not in source.text:
        hint = "the colon is a full-width one (U+FF1A), not `:`"
    return CalcError("E-YAML", message, place=place, hint=hint)


# ---------------- YAML read as events with an explicit stack

# Scalars stay text, so `no`, `1e6`, `12:30` and `010` are left to the reader that knows what is wanted. Tags, merge
# keys, second documents and keys that are not text are refused; depth, nodes and expanded aliases are limited.


MAX_DEPTH = 50
MAX_NODES = 500_000
MAX_EXPANDED = 1_000_000
MAX_SCALAR = 64_000
MAX_KEY = 1024


def read_document(source: SourceText, problems: Problems | None = None) -> Mapping:
    """Return the one document of a YAML text, which is a mapping.

    Raises CalcError as `read_yaml` does, and for any other kind of document.
    """
    root = read_yaml(source, problems)
    if isinstance(root, Mapping):
        return root
    hint = "start with a section, as in `title: My cabinets`"
    if isinstance(root, Scalar) and "：" in root.text:
        hint = "the colon is a full-width one (U+FF1A), not `:`"
    what = "a list" if isinstance(root, Sequence) else "plain text"
    raise CalcError("E-ROOT", f"a scenario is a mapping of sections, not {what}", place=root.place, hint=hint)


def read_yaml(source: SourceText, problems: Problems | None = None, *, text: str | None = None) -> Node:
    """Return the one document of a YAML text as a tree of any kind.

    problems: collects what leaves the rest readable (duplicate and merge keys, tags); without it they are raised.
    text: what to read when only a part of the source is YAML; its lines and columns are those of the source.
    Raises CalcError with line and column for the first thing that stops reading; deeper levels than 50, more than
    500,000 nodes or more than 1,000,000 nodes after aliases are expanded are errors too.
    """
    collected = Problems() if problems is None else problems
    if text is not None:
        # A line of a shell has been through no `decode`.
        _refuse_unsafe(source)
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = _Builder(source, collected).build(yaml.parse(source.text if text is None else text, Loader=loader))
    except yaml.YAMLError as error:
        raise syntax_error(error, source) from None
    if problems is None:
        collected.raise_if_any()
    return root


class _Open:
    """A mapping or sequence that is being read."""

    __slots__ = ("anchor", "dropped", "entries", "expanded", "flow", "is_mapping", "items", "key", "place")

    def __init__(self, event: Any, place: Place, *, is_mapping: bool) -> None:
        self.is_mapping = is_mapping
        self.anchor: str | None = event.anchor
        self.flow = bool(event.flow_style)
        self.place = place
        self.items: list[Node] = []
        self.entries: dict[str, tuple[Scalar, Node]] = {}
        self.key: Scalar | None = None
        self.dropped = False
        self.expanded = 1

    def finish(self) -> Node:
        if self.is_mapping:
            return Mapping(self.entries, self.place, self.flow)
        return Sequence(self.items, self.place)


class _Builder:
    def __init__(self, source: SourceText, problems: Problems) -> None:
        self.source = source
        self.problems = problems
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.nodes = 0
        self.root: Node | None = None
        self.documents = 0

    def build(self, events: Iterator[Any]) -> Node:
        handlers = {
            "ScalarEvent": self._scalar,
            "AliasEvent": self._alias,
            "MappingStartEvent": self._start,
            "SequenceStartEvent": self._start,
            "MappingEndEvent": self._end,
            "SequenceEndEvent": self._end,
            "DocumentStartEvent": self._document,
        }
        for event in events:
            handler = handlers.get(type(event).__name__)
            if handler is not None:
                handler(event)
        if self.root is None or (isinstance(self.root, Scalar) and self.root.is_null):
            raise CalcError(
                "E-EMPTY", f"{quote_path(self.source.name)} is empty", hint="start with `title:` and `inputs:`"
            )
        return self.root

    def _place(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        length = end.column - start.column if end.line == start.line else 1
        return Place(self.source, start.line + 1, start.column + 1, max(1, length))

    def _document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            message, hint = "a second document begins here", "one file holds one scenario"
            raise CalcError("E-DOCUMENTS", message, place=self._place(event), hint=hint)

    def _note(
        self, code: str, message: str, place: Place, hint: str, related: list[tuple[str, Place]] | None = None
    ) -> None:
        """Keep an error that leaves the rest of the document readable."""
        self.problems.add(CalcError(code, message, place=place, hint=hint, related=related or ()))

    def _guard(self, event: Any) -> Place:
        place = self._place(event)
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise CalcError("E-TOO-LARGE", f"more than {MAX_NODES:,} nodes", place=place, hint="split the scenario")
        if event.anchor is not None and event.anchor in self.anchors:
            self._note(
                "E-ANCHOR", f"the anchor {quote(event.anchor)} is set twice", place, "give each anchor its own name"
            )
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._note("E-TAG", f"the tag {quote(tag)} is refused", place, "scenarios hold plain values without tags")
        return place

    def _scalar(self, event: Any) -> None:
        place = self._guard(event)
        text = event.value
        if len(text) > MAX_SCALAR:
            message, hint = f"a text of {len(text):,} characters", f"at most {MAX_SCALAR:,} are read"
            raise CalcError("E-TOO-LARGE", message, place=place, hint=hint)
        for char in text:
            if is_refused(char):
                raise CalcError(
                    "E-CHARACTER",
                    f"the escape for U+{ord(char):04X} makes a character that cannot be seen or controls a terminal",
                    place=place,
                    hint="delete it",
                )
        self._put(Scalar(text, bool(event.implicit[0]), place), 1, event.anchor)

    def _alias(self, event: Any) -> None:
        place = self._place(event)
        known = self.anchors.get(event.anchor)
        if known is None:
            inside = any(each.anchor == event.anchor for each in self.stack)
            message = f"the alias {quote('*' + event.anchor)} {'holds itself' if inside else 'has no anchor before it'}"
            raise CalcError("E-ANCHOR", message, place=place, hint="define `&name` on an earlier value")
        self._put(known[0], known[1], None, place)

    def _start(self, event: Any) -> None:
        place = self._guard(event)
        if len(self.stack) >= MAX_DEPTH:
            message, hint = f"nested deeper than {MAX_DEPTH} levels", "scenarios need about five levels"
            raise CalcError("E-DEPTH", message, place=place, hint=hint)
        is_mapping = type(event).__name__ == "MappingStartEvent"
        if self.stack and self.stack[-1].is_mapping and self.stack[-1].key is None:
            message, hint = "a key is a list or a mapping", "keys are plain text; quote one that holds `{` or `[`"
            raise CalcError("E-KEY", message, place=place, hint=hint)
        self.stack.append(_Open(event, place, is_mapping=is_mapping))

    def _end(self, _event: Any) -> None:
        done = self.stack.pop()
        self._put(done.finish(), done.expanded, done.anchor)

    def _put(self, node: Node, expanded: int, anchor: str | None, place: Place | None = None) -> None:
        if anchor is not None:
            self.anchors[anchor] = (node, expanded)
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        top.expanded += expanded
        if top.expanded > MAX_EXPANDED:
            message, hint = f"aliases expand to more than {MAX_EXPANDED:,} nodes", "write the values out"
            raise CalcError("E-TOO-LARGE", message, place=place or node.place, hint=hint)
        if not top.is_mapping:
            top.items.append(node)
        elif top.key is None:
            top.key = self._key(node, top, place or node.place)
        else:
            if not top.dropped:
                top.entries[top.key.text] = (top.key, node)
            top.key = None

    def _key(self, node: Node, top: _Open, place: Place) -> Scalar:
        if not isinstance(node, Scalar):
            raise CalcError("E-KEY", "a key is a list or a mapping", place=place, hint="keys are plain text")
        first = top.entries.get(node.text)
        top.dropped = True
        if node.text == "<<" and node.plain:
            self._note("E-MERGE", "merge keys (`<<`) are refused", place, "write the values out, or use `extends:`")
        elif not node.text.strip() or len(node.text) > MAX_KEY:
            what = "a key is empty" if not node.text.strip() else f"a key has more than {MAX_KEY} characters"
            self._note("E-KEY", what, place, "give it a short name")
        elif node.text != node.text.strip():
            odd = name_code_points(node.text) or "a space"
            self._note("E-KEY", f"the key {quote(node.text)} begins or ends with {odd}", place, "delete it")
        elif first is not None:
            related = [("first", first[0].place)]
            self._note("E-DUPLICATE-KEY", f"{quote(node.text)} stands twice", place, "keep one of the two", related)
        else:
            top.dropped = False
        return node
