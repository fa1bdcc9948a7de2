"""Our dataclasses and named tuples behave as the standard library's of the same declaration."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from calc import records


def declared(library: Any) -> Any:
    """Return a record of each kind, declared by one library or the other."""

    @library.dataclass(frozen=True, slots=True)
    class Frozen:
        """Nobody changes it."""

        name: str
        sizes: tuple[int, ...] = (1, 2)
        kept: list[int] = dataclasses.field(default_factory=list, repr=False, compare=False)

        @property
        def first(self) -> int:
            """Return the first size."""
            return self.sizes[0]

    @library.dataclass(slots=True)
    class Open:
        """Changed at will."""

        name: str
        rows: list[str] = dataclasses.field(default_factory=list)
        hidden: int = dataclasses.field(default=7, init=False, repr=False)

    @library.dataclass(slots=True, eq=False)
    class Itself:
        """Equal to nothing else."""

        name: str = "x"

    return Frozen, Open, Itself


class Kept(records.NamedTuple):
    """A named tuple."""

    name: str
    size: float = 1.5

    @property
    def twice(self) -> float:
        """Return twice the size."""
        return 2 * self.size


@records.dataclass(frozen=True, slots=True)
class Sent:
    """Goes to another process."""

    name: str
    sizes: tuple[int, ...] = ()


def told(kinds: Any) -> list[object]:
    """Return what one can see of records: text, equality, hash, defaults, errors."""
    frozen, opened, itself = kinds
    one, two = frozen("a", kept=[1]), frozen("a")
    first, second = opened("a"), opened("a", ["r"])
    seen: list[object] = [repr(one).split(".")[-1], one == two, hash(one) == hash(two), one == "a", one.first, one.kept]
    seen += [two.kept, one.__match_args__, frozen.__doc__, frozen.__slots__, frozen.__name__, frozen.__module__]
    seen += [
        repr(second).split(".")[-1],
        first == second,
        first == opened("a"),
        first.rows,
        first.hidden,
        opened.__hash__,
    ]
    first.rows.append("x")
    first.hidden = 8
    seen += [opened("a").rows, first == opened("a", ["x"]), itself() == itself(), hash(itself()) != 0]
    for wrong in (lambda: setattr(one, "name", "b"), lambda: delattr(one, "name"), frozen, lambda: frozen("a", size=1)):
        with pytest.raises((dataclasses.FrozenInstanceError, TypeError)) as error:
            wrong()
        seen.append((error.type, str(error.value).split(".")[-1]))
    with pytest.raises(AttributeError):
        first.other = 1
    return seen


def test_a_record_is_as_one_of_the_standard_library() -> None:
    ours, theirs = told(declared(records)), told(declared(dataclasses))
    at = [number for number, (one, other) in enumerate(zip(ours, theirs, strict=True)) if one != other]
    # Only the words of a refused change may differ.
    assert [(ours[number], theirs[number]) for number in at if not isinstance(ours[number], tuple)] == []
    assert [one[0] for one in ours if isinstance(one, tuple) and len(one) == 2 and isinstance(one[0], type)] == [
        dataclasses.FrozenInstanceError, dataclasses.FrozenInstanceError, TypeError, TypeError,
    ]  # fmt: skip


def test_a_record_is_changed_sent_and_copied() -> None:
    one = Sent("a", (1, 2))
    assert records.replace(one, name="b") == Sent("b", (1, 2))
    assert pickle.loads(pickle.dumps(one)) == one == copy.copy(one)  # noqa: S301  # our own
    plain = dataclasses.make_dataclass("Plain", ["name", "size"])("a", 1)
    assert records.replace(plain, size=2).size == 2
    with pytest.raises(TypeError, match="colour"):
        records.replace(one, colour="red")  # type: ignore[call-arg]  # that is the test


def test_a_named_tuple_is_as_one_of_typing() -> None:
    one = Kept("a")
    assert (one, one.twice, Kept._fields, Kept._field_defaults) == (("a", 1.5), 3, ("name", "size"), {"size": 1.5})
    assert (repr(one), repr(one._replace(size=2))) == ("Kept(name='a', size=1.5)", "Kept(name='a', size=2)")
    assert (Kept.__doc__, Kept.__module__, Kept.__qualname__) == ("A named tuple.", __name__, "Kept")
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301  # our own
    with pytest.raises(TypeError):
        Kept()  # type: ignore[call-arg]  # that is the test
