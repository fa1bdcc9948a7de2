"""A rule that holds for many rows is one test: it tries every row and names each one that breaks the rule."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Test = Callable[..., None]

SHOWN = 40
# For who asks whether any row fails, as bench/mutation.py: rows whose ids hold one of these words are tried first, and
# none after the first that fails.
HURRY: list[str] = []


def each_row(names: str | tuple[str, ...], rows: Mapping[str, object] | Iterable[object]) -> Callable[[Test], Test]:
    """Make one test of a function and many rows: `names` is its parameter, or the parameters a row is unpacked into.

    Rows are a mapping by id, or a list whose items are their own ids. Other parameters are pytest's fixtures, which all
    rows share. A row that asserts, raises or fails is named with where and why; the rows after it are tried too.
    """
    listed = list(rows.items()) if isinstance(rows, Mapping) else [(_identity(row), row) for row in rows]
    by_id: dict[str, Any] = dict(listed)
    assert len(by_id) == len(listed), "two rows with one id: one of them would never be tried"
    parameters = (names,) if isinstance(names, str) else names

    def decorate(rule: Test) -> Test:
        def test(**fixtures: object) -> None:
            failures = []
            for identity, row in sorted(by_id.items(), key=lambda each: not any(word in each[0] for word in HURRY)):
                values = (row,) if isinstance(names, str) else tuple(row)
                try:
                    rule(**dict(zip(parameters, values, strict=True)), **fixtures)
                except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001  # told below, with all others
                    failures.append(f"{identity}\n{_why(error)}")
                    if HURRY:
                        break
            more = f"\n... and {len(failures) - SHOWN} more" if len(failures) > SHOWN else ""
            assert not failures, f"{len(failures)} of {len(by_id)} rows:\n" + "\n".join(failures[:SHOWN]) + more

        assert by_id, "no rows: the rule would hold for nothing"
        signature = inspect.signature(rule)
        kept = [each for name, each in signature.parameters.items() if name not in parameters]
        test.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]  # what pytest reads
        test.__name__, test.__qualname__, test.__doc__ = rule.__name__, rule.__qualname__, rule.__doc__
        test.__module__ = rule.__module__
        return test

    return decorate


def _identity(row: object) -> str:
    return ":".join(str(part) for part in row) if isinstance(row, tuple) else str(row)


def _why(error: BaseException) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    words = "\n".join(f"    {line}" for line in f"{type(error).__name__}: {error}".splitlines()[:12])
    return f"    {place.filename.rsplit('/', 1)[-1]}:{place.lineno}\n{words}"
