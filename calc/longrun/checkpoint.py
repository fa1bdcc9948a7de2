"""Finished pieces of a long run in a folder, so that the same command goes on where it was stopped, however it was.

A file is written under another name, forced to disk and renamed, so that it is there whole or not at all; a checksum
tells where that failed. `manifest.json` says what the pieces are of.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calc.errors import CalcError, quote, quote_path
from calc.locks import locked
from calc.longrun.codec import Packed, decoded, encoded
from calc.longrun.fingerprint import fingerprint
from calc.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

_MANIFEST, _LOCK = "manifest.json", "lock"
_SCHEMA = "calc.checkpoint/1"
_FRESH = ".new"
_SHOWN = 3


class Checkpoint:
    """A folder with the pieces of one run."""

    def __init__(self, folder: Path, mark: str) -> None:
        self.folder = folder
        self.mark = mark
        self.damaged = 0

    def read(self, stage: str, number: int) -> Packed | None:
        """Return the packed result of a piece; None where there is none, or it is damaged."""
        path = self._path(stage, number)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return decoded(data, self._label(stage, number))
        except ValueError:
            self.damaged += 1
            return None

    def write(self, stage: str, number: int, packed: Packed) -> None:
        """Keep the packed result of a piece."""
        path = self._path(stage, number)
        path.parent.mkdir(exist_ok=True)
        write_whole(path, encoded(packed, self._label(stage, number)))

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
    path.mkdir(parents=True, exist_ok=True)
    busy = f"another run is writing to {quote_path(folder)}"
    with locked(path / _LOCK, busy, "wait for it, or name another folder"):
        _match(path, wanted)
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
        if found.damaged:
            word = "piece" if found.damaged == 1 else "pieces"
            _tell(f"{found.damaged:,} damaged {word} in {folder} computed again")


def _tell(text: str) -> None:
    print(escape(text), file=sys.stderr)


def _match(folder: Path, wanted: dict[str, Any]) -> None:
    """Write the manifest of a new folder; hold that of one in use against what is wanted."""
    path = folder / _MANIFEST
    if not path.exists():
        if any(each.name not in {_LOCK, _MANIFEST + _FRESH} for each in folder.iterdir()):
            message = f"the folder {quote_path(str(folder))} holds other things than pieces of a run"
            raise CalcError("E-CHECKPOINT", message, hint="name a new or empty folder for `--checkpoint`")
        write_whole(path, json.dumps(wanted, indent=1, sort_keys=True).encode() + b"\n")
        return
    try:
        found = json.loads(path.read_bytes())
        schema = found["schema"]
    except (ValueError, TypeError, KeyError):
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
    for left_over in folder.glob(f"*/*{_FRESH}"):
        left_over.unlink(missing_ok=True)


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
    return f"{value:,}" if type(value) is int else str(value)


# ------------------------------------------------------------ files


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all, also after a power failure."""
    fresh = path.with_name(path.name + _FRESH)
    with fresh.open("wb") as file:
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
