"""Finished pieces of a long run in a folder, so that the same command goes on where it was stopped, however it was.

A file is written under another name, forced to disk and renamed, so that it is there whole or not at all; a checksum
tells where that failed. `manifest.json` says what the pieces are of. What lies in the folder may be anybody's: it is
read as data of bounded size, held against what a piece has to look like, and no link in it is followed.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import stat
import sys
import zlib
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from calc.errors import CalcError, quote, quote_path
from calc.files import locked
from calc.longrun.work import Packed, fingerprint
from calc.text import escape, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def narrowed(packed: Packed) -> tuple[Any, list[Any], list[str]]:
    """Return a packed result with its counts narrow, and the types that its arrays had."""
    plain, arrays = packed
    return plain, [_narrow(each) for each in arrays], [each.dtype.str for each in arrays]


def widened(narrow: tuple[Any, list[Any], list[str]]) -> Packed:
    """Return the packed result that was made narrow."""
    plain, arrays, types = narrow
    return plain, [array.astype(kind, copy=False) for array, kind in zip(arrays, types, strict=True)]


def _narrow(array: Any) -> Any:
    if array.dtype != np.int64 or not array.size or array.min() < 0:
        return array
    return array.astype(np.min_scalar_type(array.max()))


# What a piece may take, and its head, which takes ten times as much as objects. Larger ones are not kept.
MOST = 1 << 28
MOST_HEAD = 1 << 24
_CHECKSUM = 32
# What reading whatever JSON may hold as a head ends in.
_WRONG = (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError)


def encoded(packed: Packed, label: str) -> bytes | None:
    """Return a packed result as bytes, None if it is too large.

    They are a checksum, then compressed a head in JSON and the arrays.
    """
    plain, arrays, types = narrowed(packed)
    kinds = [[each.dtype.str, *each.shape] for each in arrays]
    head = json.dumps({"label": label, "plain": plain, "arrays": kinds, "types": types}).encode() + b"\n"
    if len(head) > MOST_HEAD or len(head) + sum(each.nbytes for each in packed[1]) > MOST:
        return None
    body = zlib.compress(b"".join([head, *(np.ascontiguousarray(each).tobytes() for each in arrays)]), 1)
    return hashlib.sha256(body).digest() + body


def decoded(data: bytes, label: str) -> Packed:
    """Return the packed result in bytes, which may be anybody's; it takes no more room than `encoded` gives.

    Raises ValueError when they are damaged, or are those of another piece.
    """
    if hashlib.sha256(data[_CHECKSUM:]).digest() != data[:_CHECKSUM]:
        raise ValueError("damaged")
    try:
        return _read(data, label)
    except (*_WRONG, zlib.error) as error:
        raise ValueError(f"no piece: {error}") from None


def _read(data: bytes, label: str) -> Packed:
    inflate = zlib.decompressobj()
    found = inflate.decompress(memoryview(data)[_CHECKSUM:], MOST + 1)
    end = found.find(b"\n", 0, MOST_HEAD)
    if len(found) > MOST or not inflate.eof or end < 0:
        raise ValueError("too large, or not whole")
    head = json.loads(found[:end])
    if head["label"] != label:
        raise ValueError("another piece")
    arrays, at, room = [], end + 1, 0
    for (kind, *shape), wide in zip(head["arrays"], head["types"], strict=True):
        size = math.prod(shape)
        if not {np.dtype(kind).kind, np.dtype(wide).kind} <= set("biuf") or min((size, *shape)) < 0:
            raise ValueError("no numbers")
        end = at + size * np.dtype(kind).itemsize
        arrays.append(np.frombuffer(found[at:end], dtype=kind).reshape(shape))
        at, room = end, room + size * np.dtype(wide).itemsize
    if at != len(found) or room > MOST:
        raise ValueError("not all of it is read, or it is too large")
    return widened((head["plain"], arrays, head["types"]))


# ---------------------------------------------------------------- the folder

T = TypeVar("T")
_MANIFEST, _LOCK = "manifest.json", "lock"
_SCHEMA = "calc.checkpoint/1"
_FRESH = ".new"
_MOST_MANIFEST = 1 << 22
_SHOWN = 3


class Checkpoint:
    """A folder with the pieces of one run."""

    def __init__(self, folder: Path, mark: str) -> None:
        self.folder = folder
        self.mark = mark
        self.damaged = 0
        self.too_large = 0

    def read(self, stage: str, number: int, unpacked: Callable[[Packed], T]) -> T | None:
        """Return the result of a piece; None where there is none, or it is damaged.

        unpacked: makes the result of a packed one; raises ValueError for what is none.
        """
        try:
            data = _bytes_of(self._path(stage, number), MOST)
        except FileNotFoundError:
            return None
        except ValueError:
            self.damaged += 1
            return None
        try:
            return unpacked(decoded(data, self._label(stage, number)))
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, StopIteration):
            self.damaged += 1
            return None

    def write(self, stage: str, number: int, packed: Packed) -> None:
        """Keep the packed result of a piece, unless it is too large."""
        path, data = self._path(stage, number), encoded(packed, self._label(stage, number))
        if data is None:
            self.too_large += 1
            return
        path.parent.mkdir(exist_ok=True)
        if path.parent.is_symlink():
            raise CalcError(
                "E-CHECKPOINT", f"{quote_path(str(path.parent))} is a link to another folder", hint="delete it"
            )
        write_whole(path, data)

    def count(self) -> int:
        """Return how many pieces are kept."""
        return sum(1 for _ in self.folder.glob("*/*.piece"))

    def _path(self, stage: str, number: int) -> Path:
        return self.folder / stage / f"{number:08}.piece"

    def _label(self, stage: str, number: int) -> str:
        return f"{self.mark} {stage} {number}"


@contextmanager
def opened(folder: str | None, parts: dict[str, Any]) -> Iterator[Checkpoint | None]:
    """Yield the checkpoint in a folder, which is made where it is not there; None without a folder.

    parts: what the pieces follow from.
    Raises CalcError when the folder holds pieces of another run or other things, or another process writes to it.
    """
    if folder is None:
        yield None
        return
    path = Path(folder)
    wanted = json.loads(json.dumps({"schema": _SCHEMA, **parts}))
    # What is refused is left as it was.
    _refuse_others(path, wanted)
    path.mkdir(parents=True, exist_ok=True)
    busy = f"another run is writing to {quote_path(folder)}"
    with locked(path / _LOCK, busy, "wait for it, or name another folder"):
        if not _refuse_others(path, wanted):
            write_whole(path / _MANIFEST, json.dumps(wanted, indent=1, sort_keys=True).encode() + b"\n")
        for left_over in path.glob(f"*/*{_FRESH}"):
            left_over.unlink(missing_ok=True)
        found = Checkpoint(path, fingerprint(wanted))
        known = found.count()
        if known:
            _tell(f"{known:,} piece{'s' if known > 1 else ''} of this run {'are' if known > 1 else 'is'} in {folder}")
        try:
            yield found
        except KeyboardInterrupt:
            if found.count():
                _tell(f"stopped; the same command goes on from what is in {folder}")
            raise
        for count, what, end in (
            (found.damaged, "damaged ", f"in {folder} computed again"),
            (found.too_large, "", f"too large to be kept in {folder}"),
        ):
            if count:
                _tell(f"{count:,} {what}piece{'' if count == 1 else 's'} {end}")


def _tell(text: str) -> None:
    print(escape(text), file=sys.stderr)


def _refuse_others(folder: Path, wanted: dict[str, Any]) -> bool:
    """Tell whether a folder holds pieces of the run that is wanted; False where it is empty or not there.

    Raises CalcError when it holds those of another, or other things.
    """
    path = folder / _MANIFEST
    try:
        found = json.loads(_bytes_of(path, _MOST_MANIFEST))
        schema = found["schema"]
    except FileNotFoundError:
        if folder.is_dir() and any(each.name not in {_LOCK, _MANIFEST + _FRESH} for each in folder.iterdir()):
            message = f"the folder {quote_path(str(folder))} holds other things than pieces of a run"
            raise CalcError("E-CHECKPOINT", message, hint="name a new or empty folder for `--checkpoint`") from None
        return False
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        schema, found = None, {}
    if schema != _SCHEMA:
        message = f"{quote_path(str(path))} is no manifest of this version of calc"
        raise CalcError("E-CHECKPOINT", message, hint="remove the folder, or name another for `--checkpoint`")
    differences = list(_differences(found, wanted))
    if differences:
        shown = "; ".join(differences[:_SHOWN])
        more = f"; and {len(differences) - _SHOWN} more" if len(differences) > _SHOWN else ""
        message = f"the folder {quote_path(str(folder))} holds pieces of another run: {shown}{more}"
        hint = "give the command that began it, or name another folder for `--checkpoint`"
        raise CalcError("E-CHECKPOINT", message, hint=hint)
    return True


def _differences(found: dict[str, Any], wanted: dict[str, Any]) -> Iterator[str]:
    for key in dict.fromkeys([*wanted, *found]):
        there, here = found.get(key), wanted.get(key)
        if there == here:
            continue
        if isinstance(there, dict) and isinstance(here, dict):
            names = [name for name in dict.fromkeys([*here, *there]) if there.get(name) != here.get(name)]
            yield f"other {key} ({', '.join(quote(name) for name in names[:_SHOWN])})"
        elif isinstance(there, int) or key in {"calc", "numpy", "command", "rows"}:
            yield f"{key} {_word(there)} there, {_word(here)} here"
        else:
            yield f"other {key}"


def _word(value: object) -> str:
    text = f"{value:,}" if type(value) is int else value
    return shorten(text) if isinstance(text, str) else "something else"


# ------------------------------------------------------------ files


def _bytes_of(path: Path, most: int) -> bytes:
    """Return what a file holds.

    Raises FileNotFoundError, and ValueError for what is no file of its own or is larger than a limit.
    """
    try:
        # What is no file, such as a pipe, would let nobody go on.
        if not stat.S_ISREG(path.lstat().st_mode):
            raise ValueError("no file")
    except NotADirectoryError:
        raise FileNotFoundError(str(path)) from None
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError("too large")
    return data


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all, also after a power failure.

    Raises OSError with its name.
    """
    fresh = path.with_name(path.name + _FRESH)
    try:
        # What stands there is left over from a run that was killed, or a link that somebody has put there.
        fresh.unlink(missing_ok=True)
        with fresh.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        if os.name == "posix":
            # The new name is in the folder, which is written to disk on its own.
            handle = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
    except BaseException as error:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror or str(error), str(path)) from error
        raise
