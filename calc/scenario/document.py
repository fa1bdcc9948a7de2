"""One scenario file as sections: shapes are checked here, values and names later."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from calc.errors import CalcError, Place, Problems, SourceText, quote
from calc.scenario.nodes import Mapping, Node, Scalar, Sequence
from calc.text import did_you_mean, is_visible, name_code_points

if TYPE_CHECKING:
    from collections.abc import Callable

SECTIONS = (
    "title", "question", "extends", "facts", "use", "inputs", "formulas", "cases", "show", "checks", "expect",
    "uncertainty", "sources",
)  # fmt: skip
LATER = {
    "models": "models of your own", "years": "a series by year", "parts": "several parts",
    "totals": "totals over parts", "sweep": "a sweep", "find": "goal-seek",
}  # fmt: skip
_MEANT = {
    "name": "title", "description": "question", "assumptions": "inputs", "parameters": "inputs", "variables": "inputs",
    "values": "inputs", "scenarios": "cases", "outputs": "show", "output": "show", "results": "show", "tests": "expect",
    "monte_carlo": "uncertainty", "simulation": "uncertainty", "include": "extends", "imports": "extends",
    "variants": "use", "asserts": "checks", "references": "sources",
}  # fmt: skip
MAX_SAMPLES = 10_000_000


@dataclass(slots=True)
class Case:
    """A choice: what it gives, which variants it uses and which facts it takes."""

    name: Scalar | None
    inputs: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)
    use: dict[str, tuple[Scalar, Scalar]] = field(default_factory=dict)
    facts: list[Scalar] = field(default_factory=list)


@dataclass(slots=True)
class Document:
    """The sections of one file, or of a file and what it extends.

    layers: the `inputs` sections from the farthest ancestor to this file, each a layer of its own.
    show, facts: None where the file has no such section. expect: this file's own promises.
    """

    source: SourceText
    title: str | None = None
    question: str | None = None
    extends: Scalar | None = None
    facts: list[Scalar] | None = None
    use: dict[str, tuple[Scalar, Scalar]] = field(default_factory=dict)
    layers: list[dict[str, tuple[Scalar, Node]]] = field(default_factory=list)
    formulas: dict[str, tuple[Scalar, Scalar]] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    show: list[Scalar] | None = None
    checks: list[Scalar] | None = None
    expect: Mapping | None = None
    samples: int | None = None
    seed: int | None = None
    sources: dict[str, str] = field(default_factory=dict)
    cleared: set[str] = field(default_factory=set)


def read_sections(root: Mapping, source: SourceText, problems: Problems) -> Document:
    """Read the sections of one document; what has the wrong shape is added to `problems`."""
    document = Document(source)
    readers: dict[str, Callable[[Node], None]] = {
        "title": lambda node: setattr(document, "title", _text(node, "title")),
        "question": lambda node: setattr(document, "question", _text(node, "question")),
        "extends": lambda node: setattr(document, "extends", _scalar(node, "extends", "cabinets.yaml")),
        "facts": lambda node: setattr(document, "facts", _list(node, "facts", "dgx-a100")),
        "use": lambda node: setattr(document, "use", _texts(node, "use", problems)),
        "inputs": lambda node: document.layers.append(_entries(node, "inputs", problems)),
        "formulas": lambda node: setattr(document, "formulas", _texts(node, "formulas", problems)),
        "cases": lambda node: setattr(document, "cases", _cases(node, problems)),
        "show": lambda node: setattr(document, "show", _list(node, "show", "servers_per_rack")),
        "checks": lambda node: setattr(document, "checks", _list(node, "checks", "rack_power_stranded <= 4 kW")),
        "expect": lambda node: setattr(document, "expect", _mapping(node, "expect")),
        "uncertainty": lambda node: _uncertainty(node, document, problems),
        "sources": lambda node: _sources(node, document, problems),
    }
    for name, (key, node) in root.entries.items():
        if name not in readers:
            problems.add(_unknown_section(name, key.place))
            continue
        if isinstance(node, Mapping | Sequence) and not (node.entries if isinstance(node, Mapping) else node.items):
            document.cleared.add(name)
        if isinstance(node, Scalar) and node.is_null:
            hint = f"write something after `{name}:`, or delete the line"
            problems.add(CalcError("E-MISSING-VALUE", f"`{name}` is missing a value", place=key.place, hint=hint))
            continue
        try:
            readers[name](node)
        except CalcError as error:
            problems.add(error)
    return document


def _unknown_section(name: str, place: Place) -> CalcError:
    if name in LATER:
        return CalcError(
            "E-UNSUPPORTED", f"`{name}` ({LATER[name]}) is not supported yet", place=place, hint="delete the section"
        )
    meant = _MEANT.get(name.casefold())
    hint = f"did you mean `{meant}`?" if meant else did_you_mean(name, SECTIONS)
    odd = name_code_points(name)
    if odd:
        hint = f"it holds {odd}" + (f"; {hint}" if hint else "")
    return CalcError(
        "E-SECTION",
        f"{quote(name)} is no section of a scenario",
        place=place,
        hint=hint or f"sections are {', '.join(SECTIONS)}",
    )


def _scalar(node: Node, what: str, example: str) -> Scalar:
    if not isinstance(node, Scalar) or node.is_null:
        raise CalcError("E-VALUE", f"`{what}` wants one text", place=node.place, hint=f"as in `{what}: {example}`")
    return node


def _text(node: Node, what: str) -> str:
    scalar = _scalar(node, what, "How many servers fit?")
    if not is_visible(scalar.text):
        raise CalcError("E-VALUE", f"`{what}` shows nothing", place=scalar.place, hint="write a sentence")
    return scalar.text


def _list(node: Node, what: str, example: str) -> list[Scalar]:
    if isinstance(node, Scalar) and not node.is_null:
        raise CalcError("E-VALUE", f"`{what}` is a list", place=node.place, hint=f"write `{what}: [{node.text[:40]}]`")
    if not isinstance(node, Sequence):
        raise CalcError("E-VALUE", f"`{what}` is a list", place=node.place, hint=f"as in `{what}: [{example}]`")
    found = []
    for item in node.items:
        if isinstance(item, Mapping) and len(item.entries) == 1:
            raise CalcError(
                "E-VALUE", f"`{what}` holds a mapping", place=item.place, hint="quote a text that holds `: `"
            )
        found.append(_scalar(item, f"an item of {what}", example))
    return found


def _mapping(node: Node, what: str) -> Mapping:
    if not isinstance(node, Mapping):
        raise CalcError(
            "E-VALUE",
            f"`{what}` is a mapping of names to values",
            place=node.place,
            hint="write one `name: value` a line, indented",
        )
    return node


def _entries(node: Node, what: str, problems: Problems) -> dict[str, tuple[Scalar, Node]]:
    """Return a mapping's entries; `{servers: 1,000 servers}`, which YAML reads as two keys, is explained and mended."""
    found: dict[str, tuple[Scalar, Node]] = {}
    last = ""
    mapping = _mapping(node, what)
    for name, (key, value) in mapping.entries.items():
        previous = found[last][1] if last else None
        if (
            mapping.flow
            and isinstance(value, Scalar)
            and value.is_null
            and not value.text
            and isinstance(previous, Scalar)
        ):
            problems.add(broken_braces(key))
            found[last] = (found[last][0], replace(previous, text=f"{previous.text},{name}"))
        else:
            found[name] = (key, value)
            last = name
    return found


def broken_braces(key: Scalar) -> CalcError:
    """Return the error for a comma in braces that was meant as part of a value."""
    return CalcError(
        "E-BRACES",
        f"inside braces a comma begins a new key, and {quote(key.text)} has no value",
        place=key.place,
        hint="put the text before it in quotes, or write one name a line",
    )


def _texts(node: Node, what: str, problems: Problems) -> dict[str, tuple[Scalar, Scalar]]:
    found = {}
    for name, (key, value) in _mapping(node, what).entries.items():
        if isinstance(value, Scalar) and not value.is_null:
            found[name] = (key, value)
        else:
            hint = (
                "as in `gpu_hours_affordable: even_delivery`"
                if what == "use"
                else "as in `cost_per_gpu: server_price / gpus_per_server`"
            )
            problems.add(CalcError("E-VALUE", f"{quote(name)} wants one text", place=value.place, hint=hint))
    return found


def _cases(node: Node, problems: Problems) -> dict[str, Case]:
    cases = {}
    for name, (key, value) in _mapping(node, "cases").entries.items():
        if not is_visible(name):
            problems.add(
                CalcError(
                    "E-KEY", "the name of a case shows nothing", place=key.place, hint="give it a name that can be read"
                )
            )
            continue
        case = Case(key)
        cases[name] = case
        try:
            if isinstance(value, Scalar) and value.is_null:
                continue
            for inner, (inner_key, inner_value) in _entries(value, f"case {name[:40]}", problems).items():
                if inner == "use":
                    case.use = _texts(inner_value, "use", problems)
                elif inner == "facts":
                    case.facts = _list(inner_value, "facts", "dgx-a100")
                else:
                    case.inputs[inner] = (inner_key, inner_value)
        except CalcError as error:
            problems.add(error)
    return cases


def _uncertainty(node: Node, document: Document, problems: Problems) -> None:
    for name, (key, value) in _mapping(node, "uncertainty").entries.items():
        if name == "correlate":
            message = "`correlate` (correlated inputs) is not supported yet"
            problems.add(CalcError("E-UNSUPPORTED", message, place=key.place, hint="delete the line"))
        elif name not in {"samples", "seed"}:
            hint = did_you_mean(name, ["samples", "seed"]) or "it holds `samples` and `seed`"
            message = f"{quote(name)} is no part of `uncertainty`"
            problems.add(CalcError("E-KEY", message, place=key.place, hint=hint))
        else:
            try:
                scalar = _scalar(value, name, "20000")
                setattr(document, name, read_whole(scalar.text, name, scalar.place))
            except CalcError as error:
                problems.add(error)


def read_whole(text: str, what: str, place: Place | None = None) -> int:
    """Read `samples` or `seed`.

    Raises CalcError when it is no whole number in range.
    """
    plain = text.replace(",", "").replace("_", "")
    low, high = (1, MAX_SAMPLES) if what == "samples" else (0, 2**63 - 1)
    if not plain.isascii() or not plain.isdigit() or len(plain) > 25:
        raise CalcError(
            "E-VALUE",
            f"`{what}` is {quote(text)}, not a whole number",
            place=place,
            hint=f"as in `{what}: {20000 if what == 'samples' else 7}`",
        )
    number = int(plain)
    if not low <= number <= high:
        size = (
            f"; {number:,} samples of 8 bytes are {number * 8 / 1e9:,.0f} GB for each quantity"
            if number > high and what == "samples"
            else ""
        )
        raise CalcError(
            "E-BOUNDS", f"`{what}` is {number:,}{size}", place=place, hint=f"it lies from {low:,} to {high:,}"
        )
    return number


def _sources(node: Node, document: Document, problems: Problems) -> None:
    for name, (_key, value) in _mapping(node, "sources").entries.items():
        if isinstance(value, Scalar) and not value.is_null:
            document.sources[name] = value.text
            continue
        if isinstance(value, Mapping):
            strange = next((key for key in value.entries if key not in {"title", "url", "date"}), None)
            texts = {
                key: each.text
                for key, (_, each) in value.entries.items()
                if isinstance(each, Scalar) and not each.is_null
            }
            if strange is None and len(texts) == len(value.entries) and "title" in texts:
                document.sources[name] = ", ".join(texts[key] for key in ("title", "date", "url") if key in texts)
                continue
        problems.add(
            CalcError(
                "E-VALUE",
                f"the source {quote(name)} is not described",
                place=value.place,
                hint="as in `nec: {title: NEC 210.20(A), date: 2023, url: ...}`",
            )
        )


def merge(parent: Document, child: Document) -> Document:
    """Lay a file over what it extends: mappings by name, lists whole; an empty section clears the inherited one.

    The title and the promises (`expect`) are each file's own.
    """

    def over(name: str, low: dict[str, object], high: dict[str, object]) -> dict[str, object]:
        return {} if name in child.cleared else {**low, **high}

    merged = Document(child.source, child.title or parent.title, child.question or parent.question, child.extends)
    merged.facts = parent.facts if child.facts is None else child.facts
    merged.use = over("use", parent.use, child.use)  # type: ignore[arg-type, assignment]
    merged.layers = [] if "inputs" in child.cleared else [*parent.layers, *child.layers]
    merged.formulas = over("formulas", parent.formulas, child.formulas)  # type: ignore[arg-type, assignment]
    merged.cases = over("cases", parent.cases, child.cases)  # type: ignore[arg-type, assignment]
    merged.show = parent.show if child.show is None else child.show
    merged.checks = parent.checks if child.checks is None else child.checks
    merged.expect = child.expect
    merged.samples = parent.samples if child.samples is None else child.samples
    merged.seed = parent.seed if child.seed is None else child.seed
    merged.sources = {**parent.sources, **child.sources}
    return merged
