"""Inputs that are made of others: a price in steps by volume, and a mix of named facts.

Each becomes a formula over inputs of the scenario's own when the file is read, so that all that holds for formulas and
inputs holds for them: units, ranges, sources, explanations, studies.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from calc.errors import CalcError, Problems, quote
from calc.scenario.amount import parse_amount
from calc.scenario.nodes import Mapping, Node, Scalar
from calc.scenario.refusals import AmountError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from calc.errors import Place

MIX = "mix"
STEPS = re.compile(r"steps by ([a-z_][a-z0-9_]*)")
_WITH = ("source", "note", "as_of", "status")
# Shares of a mix that add up to all of it.
_SLACK = 1e-9
Entries = dict[str, tuple[Scalar, Node]]


def composed_key(node: Node) -> str | None:
    """Return the key of a value by which it is made of others, or None."""
    keys = node.entries if isinstance(node, Mapping) else ()
    return next((key for key in keys if key == MIX or STEPS.fullmatch(key)), None)


def take_apart(entries: Entries, problems: Problems) -> tuple[Entries, dict[str, tuple[Scalar, Scalar]]]:
    """Return the inputs with those that are made of others taken apart and the formulas that make them.

    What is wrong is added to `problems`.
    """
    plain: Entries = {}
    formulas: dict[str, tuple[Scalar, Scalar]] = {}
    for name, (key, node) in entries.items():
        found = composed_key(node)
        if found is None or not isinstance(node, Mapping):
            plain[name] = (key, node)
            continue
        try:
            text = _mix(name, node, plain) if found == MIX else _steps(name, node, found, plain)
        except CalcError as error:
            problems.add(error)
            continue
        formulas[name] = (key, Scalar(text, plain=False, place=node.place))
    return plain, formulas


def _steps(name: str, node: Mapping, key: str, plain: Entries) -> str:
    """Add the beginnings and values of steps to the inputs, and return the formula that picks one.

    The first step begins at 0 or with the first thing, so that there is a value for every volume.
    """
    volume = key.removeprefix("steps by ")
    hint = f"as in `{{steps by {volume}: {{1 gpu: 3 USD/gpu/hour, 64 gpus: 2.60 USD/gpu/hour}}}}`"
    steps = list(_inner(name, node, key, hint))
    begins = [_amount(text, at.place, name) for text, at, _ in steps]
    if begins != sorted(set(begins)):
        message = f"the steps of `{name}` do not begin at more and more {volume}"
        raise CalcError("E-VALUE", message, place=node.entries[key][1].place, hint="write the smallest first")
    if begins[0] > 1:
        message = f"the first step of `{name}` begins at {steps[0][0]}, and nothing says what holds below"
        raise CalcError("E-VALUE", message, place=steps[0][1].place, hint="begin with 0 or 1, as in `1 gpu`")
    formula = ""
    for number, (text, at, value) in reversed(list(enumerate(steps, 1))):
        step, begin = f"{name}_step_{number}", f"{name}_step_{number}_from"
        plain[step] = (at, _sourced(value, node))
        if number > 1:
            plain[begin] = (at, _sourced(Scalar(text, plain=True, place=at.place), node))
        formula = f"where({volume} < {name}_step_{number + 1}_from, {step}, {formula})" if formula else step
    return formula


def _mix(name: str, node: Mapping, plain: Entries) -> str:
    """Add the facts and shares of a mix to the inputs, and return the formula of their weighted mean."""
    hint = "as in `{mix: {rent-h100-sxm-lambda: 60 %, rent-h100-sxm-lambda-1y: 40 %}}`"
    parts = list(_inner(name, node, MIX, hint))
    shares = []
    for _, _, value in parts:
        text = value.text if isinstance(value, Scalar) else ""
        share = _amount(text, value.place, name)
        if not isinstance(value, Scalar) or not 0 <= share <= 1:
            raise CalcError("E-VALUE", f"a part of the mix of `{name}` is no share", place=value.place, hint=hint)
        shares.append(share)
    if abs(sum(shares) - 1) > _SLACK:
        message = f"the shares of the mix of `{name}` add up to {sum(shares) * 100:.6g} %"
        raise CalcError("E-VALUE", message, place=node.entries[MIX][1].place, hint="they add up to 100 %")
    for number, (subject, key, value) in enumerate(parts, 1):
        # A fact by its id, or the one of this quantity in a bundle.
        fact = subject if "." in subject else f"{subject}.{name}"
        named = Scalar(fact, plain=key.plain, place=key.place)
        plain[f"{name}_mix_{number}"] = (key, Mapping({"fact": (key, named)}, key.place, flow=True))
        plain[f"{name}_share_{number}"] = (key, _sourced(value, node))
    return " + ".join(f"{name}_share_{number} * {name}_mix_{number}" for number in range(1, len(parts) + 1))


def _inner(name: str, node: Mapping, key: str, hint: str) -> Iterator[tuple[str, Scalar, Node]]:
    strange = next((each for each in node.entries if each != key and each not in _WITH), None)
    if strange:
        place = node.entries[strange][0].place
        raise CalcError("E-KEY", f"{quote(strange)} does not stand beside `{key}`", place=place, hint=hint)
    section = node.entries[key][1]
    if not isinstance(section, Mapping) or not section.entries:
        raise CalcError("E-VALUE", f"`{key}` of `{name}` is a mapping", place=section.place, hint=hint)
    for text, (at, value) in section.entries.items():
        yield text, at, value


def _amount(text: str, place: Place, name: str) -> float:
    try:
        return parse_amount(text).base
    except AmountError as error:
        raise CalcError("E-VALUE", f"`{name}`: {error.message}", place=place, hint=error.hint) from None


def _sourced(value: Node, whole: Mapping) -> Node:
    """Return a value with the source and the notes of the whole, unless it has its own."""
    about = {key: entry for key, entry in whole.entries.items() if key in _WITH}
    if isinstance(value, Mapping) or not about:
        return value
    return Mapping({"value": (next(iter(about.values()))[0], value), **about}, value.place, flow=True)
