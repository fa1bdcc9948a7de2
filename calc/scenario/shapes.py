"""Shapes of scenario sections: one text, a list, a mapping; another shape is an error that shows the right one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from calc.errors import CalcError, Problems, quote
from calc.scenario.nodes import Mapping, Node, Scalar, Sequence
from calc.text import is_visible, spelling

if TYPE_CHECKING:
    from collections.abc import Iterable


def read_scalar(node: Node, what: str, example: str) -> Scalar:
    """Return a node that has to be one text."""
    if not isinstance(node, Scalar) or node.is_null:
        raise CalcError("E-VALUE", f"`{what}` wants one text", place=node.place, hint=f"as in `{what}: {example}`")
    return node


def read_text(node: Node, what: str) -> str:
    """Return a text that shows something."""
    scalar = read_scalar(node, what, "How many servers fit?")
    if not is_visible(scalar.text):
        raise CalcError("E-VALUE", f"`{what}` shows nothing", place=scalar.place, hint="write a sentence")
    return scalar.text


def read_list(node: Node, what: str, example: str) -> list[Scalar]:
    """Return a node that has to be a list of texts; one text alone is a list of one."""
    if isinstance(node, Scalar) and not node.is_null and "," not in node.text:
        return [read_scalar(node, what, example)]
    if isinstance(node, Scalar) and not node.is_null:
        raise CalcError("E-VALUE", f"`{what}` is a list", place=node.place, hint=f"write `[{node.text[:40]}]`")
    if not isinstance(node, Sequence):
        raise CalcError("E-VALUE", f"`{what}` is a list", place=node.place, hint=f"as in `{what}: [{example}]`")
    found = []
    for item in node.items:
        if isinstance(item, Mapping) and len(item.entries) == 1:
            raise CalcError(
                "E-VALUE", f"`{what}` holds a mapping", place=item.place, hint="quote a text that holds `: `"
            )
        found.append(read_scalar(item, f"an item of {what}", example))
    return found


def read_mapping(node: Node, what: str) -> Mapping:
    """Return a node that has to be a mapping."""
    if not isinstance(node, Mapping):
        raise CalcError(
            "E-VALUE",
            f"`{what}` is a mapping of names to values",
            place=node.place,
            hint="write one `name: value` a line, indented",
        )
    return node


def read_entries(node: Node, what: str, problems: Problems) -> dict[str, tuple[Scalar, Node]]:
    """Return a mapping's entries; `{servers: 1,000 servers}`, which YAML reads as two keys, is explained and mended."""
    found: dict[str, tuple[Scalar, Node]] = {}
    last = ""
    mapping = read_mapping(node, what)
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


def read_texts(node: Node, what: str, problems: Problems) -> dict[str, tuple[Scalar, Scalar]]:
    """Return a mapping of names to texts; entries of another shape are added to `problems`."""
    found = {}
    for name, (key, value) in read_mapping(node, what).entries.items():
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


def unknown_key(key: Scalar, keys: Iterable[str], where: str, holds: str = "") -> CalcError:
    """Return the error for a key that means nothing in a mapping.

    keys: those that it may hold. where: what the mapping is. holds: how they are listed where none is like the key.
    """
    known = list(keys)
    hint = spelling(key.text, known) or holds or f"it holds {', '.join(f'`{each}`' for each in known)}"
    return CalcError("E-KEY", f"{quote(key.text)} is no part of {where}", place=key.place, hint=hint)


def refuse_broken_braces(node: Mapping) -> None:
    """Explain `{servers: 1,000 servers}`, which YAML reads as two keys."""
    if not node.flow:
        return
    for key, (place, value) in node.entries.items():
        if (
            isinstance(value, Scalar)
            and value.is_null
            and value.plain
            and not value.text
            and key not in {"value", "fact"}
        ):
            raise broken_braces(place)
