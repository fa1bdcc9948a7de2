"""How commands declare what they take: one declaration for the quick reader of a line and for typer's help."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Argument(NamedTuple):
    """What a command takes by position.

    complete: the words that Tab offers for what has been typed; a second parameter takes the scenario on the line.
    """

    metavar: str
    help: str
    complete: Callable[..., list[str]] | None = None


class Option(NamedTuple):
    """What a command takes by name; a bool is a switch, a list may be repeated.

    minimum: the least whole number taken.
    """

    names: tuple[str, ...]
    help: str
    metavar: str | None = None
    complete: Callable[..., list[str]] | None = None
    minimum: int | None = None


class Parameter(NamedTuple):
    """A parameter of a command's function: its name, its declaration, its type and its default (`...` for none)."""

    name: str
    declared: Argument | Option
    kind: object
    default: object

    @property
    def is_list(self) -> bool:
        """Tell whether it holds several texts."""
        return self.kind in {list[str], list[str] | None}

    @property
    def is_whole(self) -> bool:
        """Tell whether it holds a whole number."""
        return self.kind == int | None


def parameters_of(function: Callable[..., int]) -> list[Parameter]:
    """Return the parameters of a command's function, in order; each is annotated with a declaration."""
    code, defaults = function.__code__, function.__defaults__ or ()
    names = code.co_varnames[: code.co_argcount]
    padded = (*[...] * (len(names) - len(defaults)), *defaults)
    found = []
    for name, default in zip(names, padded, strict=True):
        annotation = function.__annotations__[name]
        found.append(Parameter(name, annotation.__metadata__[0], annotation.__origin__, default))
    return found
