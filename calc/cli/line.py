"""The quick reader of a command line: an ordinary line is run without typer, whose import costs as much as an answer.

It takes commands, arguments, options by their whole names and `--name=value`. Everything else (help, completion,
mistakes, `--`, short options joined) it leaves to the typer application, which is made of the same declarations.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from calc.cli.commands import COMMANDS, command
from calc.cli.declarations import Option, Parameter, parameters_of

if TYPE_CHECKING:
    from collections.abc import Callable


def run_quickly(words: list[str]) -> int | None:
    """Run the command of an ordinary line and return its exit code; None when the line is left to typer."""
    # Completion speaks through the environment; on Windows typer also puts files in the place of `*.yaml`.
    if os.name == "nt" or "_CALC_COMPLETE" in os.environ or not words or words[0] not in COMMANDS:
        return None
    function = command(words[0])
    arguments = read(function, words[1:])
    return None if arguments is None else function(**arguments)


def read(function: Callable[..., int], words: list[str]) -> dict[str, Any] | None:
    """Return what a line gives for the parameters of a command's function, or None when the line is not ordinary."""
    parameters = parameters_of(function)
    options = {name: each for each in parameters if isinstance(each.declared, Option) for name in each.declared.names}
    texts: dict[str, list[str]] = {}
    positional: list[str] = []
    rest = iter(words)
    for word in rest:
        if not word.startswith("-") or word == "-":
            positional.append(word)
            continue
        name, equals, value = word.partition("=")
        option = options.get(name)
        if option is None or (equals and (option.kind is bool or not name.startswith("--"))):
            return None
        if option.kind is not bool and not equals:
            following = next(rest, None)
            if following is None:
                return None
            value = following
        texts.setdefault(option.name, []).append(value)
    return _filled(parameters, positional, texts)


def _filled(parameters: list[Parameter], positional: list[str], texts: dict[str, list[str]]) -> dict[str, Any] | None:
    found: dict[str, Any] = {}
    for each in parameters:
        given = texts.get(each.name, [])
        if not isinstance(each.declared, Option):
            given, positional = (positional, []) if each.is_list else (positional[:1], positional[1:])
        if not given:
            if each.default is ...:
                return None
            found[each.name] = each.default
        elif each.kind is bool:
            found[each.name] = True
        elif each.is_list:
            found[each.name] = given
        elif each.is_whole:
            least = each.declared.minimum if isinstance(each.declared, Option) else None
            if not given[-1].isascii() or not given[-1].isdecimal() or int(given[-1]) < (least or 0):
                return None
            found[each.name] = int(given[-1])
        else:
            found[each.name] = given[-1]
    return None if positional else found
