"""Dataclasses and named tuples as those of the standard library, which cost little until one is made.

The standard library compiles up to eight methods for every class when its module is read, and reads every annotation of
a named tuple: with the hundred classes of a short command a fifth of all that it does. Here `__init__` is compiled when
the first record of a class is made, and the other methods are shared. A class stands alone: for one that extends
another, or whose fields are asked for, take the standard library's.
"""

from __future__ import annotations

from collections import namedtuple
from dataclasses import MISSING, Field, FrozenInstanceError, field
from inspect import get_annotations
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass, replace
    from typing import NamedTuple

__all__ = ["NamedTuple", "dataclass", "field", "replace"]

T = TypeVar("T")


def _dataclass(*, slots: bool, frozen: bool = False, eq: bool = True) -> Callable[[type], type]:
    """Return what makes a class with slots a record: with `frozen` one that nobody changes and that can be a key."""
    if not slots:
        raise TypeError

    def made(plain: type) -> type:
        declared = {name: plain.__dict__.get(name, MISSING) for name in get_annotations(plain)}
        fields = {name: each if isinstance(each, Field) else field(default=each) for name, each in declared.items()}
        compared = attrgetter(*(name for name, each in fields.items() if each.compare))
        shown = [name for name, each in fields.items() if each.repr]

        def init(self: Any, *values: Any, **named: Any) -> None:
            found.__init__ = _init(found, fields)
            found.__init__(self, *values, **named)

        def text(self: Any) -> str:
            return f"{plain.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

        def equal(self: Any, other: Any) -> Any:
            return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

        methods: dict[str, Any] = {"__init__": init, "__repr__": text}
        if eq:
            methods |= {"__eq__": equal, "__hash__": (lambda self: hash(compared(self))) if frozen else None}
        if frozen:
            methods |= {"__setattr__": _refuse, "__delattr__": _refuse}
            methods["__reduce__"] = lambda self: (found, tuple(getattr(self, name) for name in found.__match_args__))
        own = {name: each for name, each in plain.__dict__.items() if name not in {*fields, "__dict__", "__weakref__"}}
        if own.get("__hash__", 0) is None and "__eq__" not in own:
            del own["__hash__"]
        names = {"__slots__": tuple(fields), "__match_args__": tuple(n for n, each in fields.items() if each.init)}
        found: Any = type(plain)(plain.__name__, plain.__bases__, {**methods, **own, **names})
        found.__qualname__ = plain.__qualname__
        return found  # type: ignore[no-any-return]  # a class

    return made


def _init(record: type, fields: dict[str, Field[Any]]) -> Callable[..., None]:
    """Compile `__init__` as it would be written by hand; the slots' own setters write what nobody may change later."""
    known: dict[str, Any] = {"MISSING": MISSING}
    head, body = ["self"], ["pass"]
    for name, each in fields.items():
        value = name if each.init else f"default_{name}"
        if each.default is not MISSING:
            known[f"default_{name}"] = each.default
            head += [f"{name}=default_{name}"] if each.init else []
        elif each.default_factory is not MISSING:
            known[f"make_{name}"] = each.default_factory
            head += [f"{name}=MISSING"] if each.init else []
            value = f"make_{name}() if {name} is MISSING else {name}" if each.init else f"make_{name}()"
        else:
            head.append(name)
        known[f"set_{name}"] = getattr(record, name).__set__
        body.append(f"set_{name}(self, {value})")
    exec(f"def __init__({', '.join(head)}):\n " + "\n ".join(body), known)  # noqa: S102  # our own fields
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{record.__qualname__}.__init__"
    return init


def _refuse(record: object, name: str, *_: object) -> None:
    message = f"cannot change field {name!r} of {type(record).__name__}"
    raise FrozenInstanceError(message)


def _replace(record: T, **changes: object) -> T:
    """Return a dataclass, of this file or of the standard library, with other values for some fields."""
    kind: Any = type(record)
    made: T = kind(**{name: getattr(record, name) for name in kind.__match_args__ if name not in changes}, **changes)
    return made


class _NamedTuples(type):
    """Makes a named tuple of a class's annotated names, without reading the annotations, which are text here."""

    def __new__(cls, name: str, bases: tuple[type, ...], inside: dict[str, Any]) -> Any:
        if not bases:
            return super().__new__(cls, name, bases, inside)
        names = list(inside.get("__annotations__", ()))
        defaults = [inside.pop(each) for each in names if each in inside]
        found: Any = namedtuple(name, names, defaults=defaults, module=inside["__module__"])  # type: ignore[misc]  # noqa: PYI024  # what is made here
        for each, value in inside.items():
            if each not in _OF_A_CLASS_BODY:
                setattr(found, each, value)
        return found


_OF_A_CLASS_BODY = ("__module__", "__annotations__", "__firstlineno__", "__static_attributes__", "__classcell__")

if not TYPE_CHECKING:
    dataclass, replace = _dataclass, _replace

    class NamedTuple(metaclass=_NamedTuples):
        """A named tuple."""
