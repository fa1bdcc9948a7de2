"""YAML read as events with an explicit stack: located text in, a tree of nodes or one located error out.

Scalars stay text, so `no`, `1e6`, `12:30` and `010` are left to the reader that knows what is wanted. Tags, merge keys,
second documents and keys that are not text are refused; depth, nodes and expanded aliases are limited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from calc.errors import CalcError, Place, Problems, SourceText, quote
from calc.scenario.decode import is_refused
from calc.scenario.nodes import Mapping, Node, Scalar, Sequence
from calc.scenario.yaml_syntax import syntax_error
from calc.text import name_code_points

if TYPE_CHECKING:
    from collections.abc import Iterator

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
            raise CalcError("E-EMPTY", f"{quote(self.source.name)} is empty", hint="start with `title:` and `inputs:`")
        return self.root

    def _place(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        length = end.column - start.column if end.line == start.line else 1
        return Place(self.source, start.line + 1, start.column + 1, max(1, length))

    def _document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            raise CalcError(
                "E-DOCUMENTS",
                "a second document begins here",
                place=self._place(event),
                hint="one file holds one scenario",
            )

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
            raise CalcError(
                "E-TOO-LARGE",
                f"a text of {len(text):,} characters",
                place=place,
                hint=f"at most {MAX_SCALAR:,} are read",
            )
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
            raise CalcError(
                "E-DEPTH",
                f"nested deeper than {MAX_DEPTH} levels",
                place=place,
                hint="scenarios need about five levels",
            )
        is_mapping = type(event).__name__ == "MappingStartEvent"
        if self.stack and self.stack[-1].is_mapping and self.stack[-1].key is None:
            raise CalcError(
                "E-KEY",
                "a key is a list or a mapping",
                place=place,
                hint="keys are plain text; quote one that holds `{` or `[`",
            )
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
            raise CalcError(
                "E-TOO-LARGE",
                f"aliases expand to more than {MAX_EXPANDED:,} nodes",
                place=place or node.place,
                hint="write the values out",
            )
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
