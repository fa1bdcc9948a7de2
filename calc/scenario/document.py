"""One scenario file as sections: shapes are checked here, values and names later."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from calc.errors import CalcError, Place, Problems, SourceText, quote
from calc.records import NamedTuple, dataclass, field, replace
from calc.scenario.display import read_show
from calc.scenario.sections import FORMULA, MEANT, METHODS, SECTIONS, SOURCE, STUDIES, UNCERTAINTY, Listed, Matching
from calc.scenario.shapes import (
    Case,
    Line,
    Total,
    read_choices,
    read_entries,
    read_lines,
    read_list,
    read_mapping,
    read_scalar,
    read_text,
    read_texts,
    read_totals,
    unknown_key,
)
from calc.scenario.values import take_apart
from calc.scenario.yaml_reader import Mapping, Node, Scalar, Sequence
from calc.scenario.years import read_years
from calc.text import spelling, suggest
from calc.units import COUNTS
from calc.units.parse import is_countable, is_taken, singular

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from calc.scenario.sections import Whole


class Written(NamedTuple):
    """A formula as it is written: its name, what it computes, where one is named the unit to show it in, its label."""

    key: Scalar
    node: Scalar
    unit: Scalar | None = None
    label: str = ""


@dataclass(slots=True)
class Document:
    """The sections of one file, or of a file and what it extends.

    layers: the `inputs` sections from the farthest ancestor to this file, each a layer of its own.
    uncited: this file's own sources that no value refers to. cited: what stands after any `source:`.
    composed: the formulas of inputs that are made of others. torn: such inputs that cannot be read.
    named: this file's formulas, also those that cannot be read. is_torn: what it extends could not be read.
    show, facts: None where the file has no such section; no names under `show` for all figures. shown_in: by name, the
    unit to show it in. currency: that of all money. expect: this file's own promises. studies: as written.
    before_line: what `show` and `expect` were before a line of a table asked for its own figures.
    """

    source: SourceText
    title: str | None = None
    question: str | None = None
    extends: list[Scalar] = field(default_factory=list)
    headline: list[Scalar] = field(default_factory=list)
    models: list[tuple[Scalar, Path | None]] | None = None
    facts: list[Scalar] | None = None
    units: list[str] = field(default_factory=list)
    facts_from: list[tuple[Scalar, Path | None]] | None = None
    use: dict[str, tuple[Scalar, Scalar]] = field(default_factory=dict)
    layers: list[dict[str, tuple[Scalar, Node]]] = field(default_factory=list)
    formulas: dict[str, Written] = field(default_factory=dict)
    composed: dict[str, Written] = field(default_factory=dict)
    torn: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    parts: dict[str, Case] = field(default_factory=dict)
    totals: dict[str, Total] = field(default_factory=dict)
    cabinets: dict[str, Case] = field(default_factory=dict)
    place: Mapping | None = None
    cases: dict[str, Case] = field(default_factory=dict)
    years: tuple[int, ...] = ()
    years_at: Place | None = None
    show: list[Scalar] | None = None
    shown_in: dict[str, Scalar] = field(default_factory=dict)
    currency: Scalar | None = None
    checks: list[Scalar] | None = None
    expect: Mapping | None = None
    samples: int | None = None
    seed: int | None = None
    method: str | None = None
    correlate: dict[str, tuple[Scalar, Scalar]] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    uncited: dict[str, Place] = field(default_factory=dict)
    cited: set[str] = field(default_factory=set)
    studies: dict[str, Node] = field(default_factory=dict)
    table: dict[str, Line] = field(default_factory=dict)
    cleared: set[str] = field(default_factory=set)
    is_torn: bool = False
    before_line: tuple[list[Scalar] | None, Mapping | None] | None = None

    @property
    def has_figures(self) -> bool:
        """Tell whether it has something to answer beside the lines of a table."""
        own = [self.cases, self.show, self.checks, self.facts, self.formulas, self.parts, *self.layers]
        return not self.table or any(own)


class Loaded(NamedTuple):
    """A document with all it extends, and the file that the user named.

    path: as the user gave it, with the suffix that was left out, or the shipped name.
    data: that file's bytes. file: where it is, None for a text in none.
    files: the bytes of this file and of those that it extends, by their places, but for what ships. folders: where else
    these may be than in its own folder.
    """

    document: Document
    path: str
    data: bytes
    file: Path | None
    files: dict[Path, bytes]
    folders: tuple[Path, ...] = ()


def read_sections(root: Mapping, source: SourceText, problems: Problems, folder: Path | None = None) -> Document:
    """Read the sections of one document; what has the wrong shape is added to `problems`.

    folder: where the file stands, None for a text in no file; its models are looked for there.
    """
    document = Document(source)
    for name, (key, node) in root.entries.items():
        if name not in SECTIONS:
            problems.add(_unknown_section(name, key.place))
            _read_as_meant(name, node, root, document, folder)
            continue
        if isinstance(node, Mapping | Sequence) and not (node.entries if isinstance(node, Mapping) else node.items):
            document.cleared.add(name)
        if isinstance(node, Scalar) and node.is_null:
            shape = SECTIONS[name].shape
            empty = "[]" if isinstance(shape, Listed) else "{}"
            hint = f"write something after `{name}:`; `{name}: {empty}` clears what is inherited"
            if isinstance(shape, Matching) or shape in ("text", "scenario", "currency"):
                hint = "write something after it, or delete the line"
            problems.add(CalcError("E-MISSING-VALUE", f"`{name}` is missing a value", place=key.place, hint=hint))
            continue
        try:
            _read_section(name, node, document, problems, folder)
        except CalcError as error:
            problems.add(error)
    written = root.get("formulas")
    document.named = set(written.entries) if isinstance(written, Mapping) else set()
    document.formulas = {**document.composed, **document.formulas}
    document.cited = _cited(root)
    document.uncited = {name: place for name, place in document.uncited.items() if name not in document.cited}
    return document


def _read_as_meant(name: str, node: Node, root: Mapping, document: Document, folder: Path | None) -> None:
    """Read a section under the name that is probably meant, so that what it gives is not missing too."""
    meant, within = next(iter(_meant_sections(name)), ""), Problems()
    if isinstance(node, Scalar):
        return
    try:
        if meant and meant not in root.entries:
            _read_section(meant, node, document, within, folder)
            return
    except CalcError:
        pass
    document.is_torn = True


def _meant_sections(name: str) -> list[str]:
    meant = MEANT.get(name.casefold())
    return [meant] if meant else suggest(name, SECTIONS)


def _read_section(name: str, node: Node, document: Document, problems: Problems, folder: Path | None) -> None:
    """Read one section into the document; raises CalcError."""
    if name in STUDIES:
        # Kept as it is written; it is read when the names of the scenario are known.
        document.studies |= {} if name in document.cleared else {name: node}
    elif name == "inputs":
        plain, composed = take_apart(read_entries(node, name, problems), problems, document.torn)
        document.layers.append(plain)
        document.composed = {each: Written(*found) for each, found in composed.items()}
    elif name == "years":
        document.years_at = node.place
        document.years = read_years(node)
    elif name == "uncertainty":
        _uncertainty(node, document, problems)
    elif name == "sources":
        _sources(node, document, problems)
    elif name == "show":
        document.show, document.shown_in = read_show(node, problems)
    elif name in {"models", "facts_from"}:
        setattr(document, name, [(each, folder) for each in read_list(node, name, SECTIONS[name].example)])
    elif name == "table":
        document.table = read_lines(node, problems, folder)
    else:
        setattr(document, name, _held(name, node, problems))


def _held(name: str, node: Node, problems: Problems) -> object:
    """Return what a section holds that is kept under its name, by its shape where that says all."""
    readers: dict[str, Callable[[Node, Problems], object]] = {
        **dict.fromkeys(("parts", "cabinets", "cases"), lambda node, problems: read_choices(node, name, problems)),
        "totals": read_totals,
        "expect": lambda node, _: read_mapping(node, name), "place": lambda node, _: read_mapping(node, name),
        "formulas": _formulas, "units": _units,
    }  # fmt: skip
    section = SECTIONS[name]
    if name in readers:
        return readers[name](node, problems)
    if section.shape == "text":
        return read_text(node, name)
    if isinstance(section.shape, str) and section.shape in {"scenario", "currency", "figure"}:
        return read_scalar(node, name, section.example)
    return (
        read_list(node, name, section.example)
        if isinstance(section.shape, Listed)
        else read_texts(node, name, problems)
    )


def _formulas(node: Node, problems: Problems) -> dict[str, Written]:
    """Read `formulas`: by name, each a text or `{formula: ..., in: UNIT, label: WORDS}`."""
    found = {}
    plain: dict[str, tuple[Scalar, Node]] = {}
    section = read_mapping(node, "formulas")
    for name, (key, value) in section.entries.items():
        if not isinstance(value, Mapping):
            plain[name] = (key, value)
            continue
        texts = read_texts(value, "formulas", problems)
        strange = next((each for each in value.entries if each not in FORMULA.keys), None)
        if strange:
            problems.add(unknown_key(value.entries[strange][0], FORMULA.keys, f"the formula {quote(name)}"))
        if "formula" in texts:
            words = texts["label"][1].text.strip() if "label" in texts else ""
            found[name] = Written(key, texts["formula"][1], texts["in"][1] if "in" in texts else None, words)
        elif "formula" not in value.entries and not strange:
            hint = "as in `{formula: server_price / gpus_per_server, in: USD/gpu}`"
            problems.add(CalcError("E-KEY", f"{quote(name)} has no `formula`", place=value.place, hint=hint))
    for name, (key, text) in read_texts(replace(section, entries=plain), "formulas", problems).items():
        found[name] = Written(key, text)
    return {name: found[name] for name in section.entries if name in found}


def _units(node: Node, problems: Problems) -> list[str]:
    """Read `units`: the names of counts that the scenario declares."""
    found = []
    for name, (key, kind) in read_texts(node, "units", problems).items():
        if kind.text != "count":
            hint = f"write `count`, as in `{name}: count`; other units are made of known ones, as in `USD/{name}`"
            message = f"{quote(kind.text)} is no kind of unit"
            problems.add(CalcError("E-UNIT", message, place=kind.place, hint=hint))
        elif is_taken(name):
            message = f"{quote(name)} means something in units already"
            hint = "it is a count already: leave it out" if name in COUNTS else "choose another word"
            problems.add(CalcError("E-UNIT", message, place=key.place, hint=hint))
        elif not is_countable(name):
            hint = "as in `ticket: count`: one lower-case word, in the singular, or several joined by `_`"
            problems.add(CalcError("E-UNIT", f"{quote(name)} is no name for a count", place=key.place, hint=hint))
        else:
            found.append(singular(name))
    return found


def _cited(root: Mapping) -> set[str]:
    """Return every text that stands after `source:`, at any depth."""
    found: set[str] = set()
    stack: list[Node] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, Sequence):
            stack.extend(node.items)
        elif isinstance(node, Mapping):
            source = node.get("source")
            found.update({source.text} if isinstance(source, Scalar) else ())
            stack.extend(each for _, each in node.entries.values())
    return found


def _unknown_section(name: str, place: Place) -> CalcError:
    meant = MEANT.get(name.casefold())
    hint = f"did you mean `{meant}`?" if meant else spelling(name, SECTIONS)
    message, hint = f"{quote(name)} is no section of a scenario", hint or f"sections are {', '.join(SECTIONS)}"
    return CalcError("E-SECTION", message, place=place, hint=hint)


def _uncertainty(node: Node, document: Document, problems: Problems) -> None:
    for name, (key, value) in read_mapping(node, "uncertainty").entries.items():
        if name == "correlate":
            document.correlate = read_texts(value, name, problems)
        elif name == "method":
            _method(read_scalar(value, name, "random"), document, problems)
        elif name not in UNCERTAINTY.keys:
            problems.add(unknown_key(key, UNCERTAINTY.keys, "`uncertainty`"))
        else:
            try:
                scalar = read_scalar(value, name, "20000")
                setattr(document, name, read_whole(scalar.text, name, scalar.place))
            except CalcError as error:
                problems.add(error)


def _method(scalar: Scalar, document: Document, problems: Problems) -> None:
    if scalar.text in METHODS:
        document.method = scalar.text
        return
    message = f"{quote(scalar.text)} is no way to draw samples"
    hint = spelling(scalar.text, METHODS) or "write `sobol` (points that fill the space evenly) or `random`"
    problems.add(CalcError("E-VALUE", message, place=scalar.place, hint=hint))


def read_whole(text: str, what: str, place: Place | None = None) -> int:
    """Read `samples` or `seed`, also from the options `--samples` and `--seed`.

    Raises CalcError when it is no whole number in range.
    """
    parted = re.fullmatch(r"[1-9][0-9]{0,2}(?:([,_])[0-9]{3})(?:\1[0-9]{3})*", text.strip())
    plain = re.sub("[,_]", "", text.strip()) if parted else text.strip()
    key = UNCERTAINTY.keys["samples" if "samples" in what else "seed"]
    low, high = cast("Whole", key.shape)
    if not plain.isascii() or not plain.isdigit():
        example = f"{what}{' ' if what.startswith('-') else ': '}{key.example}"
        message = f"`{what}` is {quote(text)}, not a whole number"
        raise CalcError("E-VALUE", message, place=place, hint=f"as in `{example}`")
    number = int(plain) if len(plain) <= 25 else high + 1
    if not low <= number <= high:
        shown = f"{number:,}" if len(plain) <= 25 else quote(plain, 20)
        raise CalcError("E-BOUNDS", f"`{what}` is {shown}", place=place, hint=f"it lies from {low:,} to {high:,}")
    return number


def _sources(node: Node, document: Document, problems: Problems) -> None:
    for name, (key, value) in read_mapping(node, "sources").entries.items():
        document.uncited[name] = key.place
        if isinstance(value, Scalar) and not value.is_null:
            document.sources[name] = value.text
            continue
        if isinstance(value, Mapping):
            strange = next((key for key in value.entries if key not in SOURCE.keys), None)
            texts = {
                key: each.text
                for key, (_, each) in value.entries.items()
                if isinstance(each, Scalar) and not each.is_null
            }
            if strange is None and len(texts) == len(value.entries) and "title" in texts:
                document.sources[name] = ", ".join(texts[key] for key in ("title", "date", "url") if key in texts)
                continue
        hint = "as in `nec: {title: NEC 210.20(A), date: 2023, url: ...}`"
        problems.add(CalcError("E-VALUE", f"the source {quote(name)} is not described", place=value.place, hint=hint))


def merge(parent: Document, child: Document) -> Document:
    """Lay a file over what it extends: mappings by name, lists whole; an empty section clears the inherited one.

    The promises (`expect`) are each file's own, and so is the question of a file that has a title.
    """

    def either(name: str) -> object:
        return getattr(parent if getattr(child, name) is None else child, name)

    found: dict[str, Any] = {name: either(name) for name in ("models", "facts_from", "facts", "checks")}
    found |= {
        name: getattr(child, name) or getattr(parent, name)
        for name in ("title", "place", "years", "years_at", "currency")
    }
    for name in ("use", "formulas", "parts", "cabinets", "totals", "cases", "table", "sources"):
        found[name] = {**({} if name in child.cleared else getattr(parent, name)), **getattr(child, name)}
    found |= {name: getattr(parent, name) | getattr(child, name) for name in ("torn", "named", "cited")}
    if "uncertainty" not in child.cleared:
        found |= {name: either(name) for name in ("samples", "seed", "method")}
        found["correlate"] = {**parent.correlate, **child.correlate}
    # A file with a title of its own asks a question of its own.
    found["question"] = child.question or (None if child.title else parent.question)
    # What a file shows of its own, it leads with.
    found["headline"] = child.headline or (parent.headline if child.show is None else [])
    found["units"] = [] if "units" in child.cleared else list(dict.fromkeys([*parent.units, *child.units]))
    # A later layer wins: what this file computes is not what a file below it gives.
    given = [{name: each for name, each in layer.items() if name not in child.formulas} for layer in parent.layers]
    found["layers"] = [] if "inputs" in child.cleared else [*given, *child.layers]
    shown = parent if child.show is None else child
    kept = {name: node for name, node in parent.studies.items() if name not in child.cleared}
    return replace(
        child, **found, show=shown.show, shown_in=shown.shown_in, studies={**kept, **child.studies},
        cleared=set(), is_torn=parent.is_torn,
    )  # fmt: skip
