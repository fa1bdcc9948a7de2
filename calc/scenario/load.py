"""From what a user names (a path, a shipped scenario, standard input) to one document with all it extends."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from calc.errors import CalcError, Problems, quote
from calc.paths import data_folder
from calc.scenario.decode import MAX_BYTES, decode
from calc.scenario.document import Document, merge, read_sections
from calc.scenario.yaml_reader import read_document
from calc.text import did_you_mean

if TYPE_CHECKING:
    from calc.scenario.nodes import Scalar


# A path is shown whole as far as it can be; its end is what a person looks for.
_PATH = 300
MAX_EXTENDS = 50
# What may be left out of the name of a file.
_SUFFIXES = (".yaml", ".yml")
_MOST_HERE = 1000
_LISTS = "`calc list scenarios` shows those that ship"


class Loaded(NamedTuple):
    """A document with all it extends, and the file that the user named.

    path: as the user gave it, with the suffix that was left out, or the shipped name.
    data: that file's bytes. file: where it is, None for a text in none.
    files: the bytes of this file and of those that it extends, by their places, but for what ships.
    """

    document: Document
    path: str
    data: bytes
    file: Path | None
    files: dict[Path, bytes]


def shipped_scenarios() -> dict[str, Path]:
    """Return the scenarios that ship, by name."""
    found = {path.stem: path for path in data_folder("scenarios").glob("*.yaml")}
    return dict(sorted(found.items()))


def load(name: str, problems: Problems) -> Loaded:
    """Load a scenario: a path, `-` for standard input, or the name of a shipped scenario.

    Shape errors are added to `problems`. Raises CalcError when the file cannot be read at all.
    """
    if name == "-":
        return load_bytes(_standard_input(), name, "<stdin>", problems)
    path = _find(name)
    if path == shipped_scenarios().get(name):
        return load_file(path, name, path.name, problems)
    name = name if _is_file(Path(name)) or not _is_file(path) else str(path)
    return load_file(path, name, name, problems)


def shadowed(name: str) -> str | None:
    """Return in words that a shipped scenario is taken although a file of that name stands here, else None."""
    if name not in shipped_scenarios() or _is_file(Path(name)):
        return None
    beside = next((f"{name}{suffix}" for suffix in _SUFFIXES if _is_file(Path(f"{name}{suffix}"))), None)
    return f"{quote(name)} is the scenario that ships; write {quote(beside)} for the file here" if beside else None


def load_file(path: Path, name: str, shown: str, problems: Problems) -> Loaded:
    """Load a scenario from a file.

    name: what the user calls it. shown: what errors call it.
    Raises CalcError when it cannot be read at all.
    """
    data, folder = _read(path, name), path.parent.resolve()
    files = {} if path == shipped_scenarios().get(name) else {folder / path.name: data}
    document = _read_chain(data, shown, folder, problems, [path.resolve()], files)
    return Loaded(document, name, data, folder / path.name, files)


def load_text(text: str, name: str, problems: Problems) -> Loaded:
    """Load a scenario from a text that stands in no file; it extends shipped scenarios only.

    Raises CalcError when it cannot be read at all.
    """
    return load_bytes(text.encode(), name, name, problems)


def load_bytes(data: bytes, name: str, shown: str, problems: Problems) -> Loaded:
    """Load a scenario from bytes that stand in no file."""
    return Loaded(_read_chain(data, shown, None, problems, [], {}), name, data, None, {})


def load_named(node: Scalar, shown: str, folder: Path | None, problems: Problems) -> Loaded:
    """Load the scenario that a line of a table names: a shipped one, or a file in the folder of the table or below it.

    shown: the table's own file. folder: where it stands, None for a text in no file.
    Raises CalcError when it cannot be read at all.
    """
    try:
        path = _extended(node, folder)
        _read(path, node.text)
    except CalcError as error:
        hint = (error.hint or "").replace("extend a file", "name a file") or None
        message = error.message.removesuffix(" to extend")
        raise CalcError("E-TABLE", message, place=node.place, hint=hint) from None
    is_shipped = shipped_scenarios().get(node.text) == path
    name = node.text if is_shipped else str(Path(shown).parent / node.text)
    return load_file(path, name, path.name, problems)


def _find(name: str) -> Path:
    try:
        path = Path(name)
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise _unreadable(name, error) from None
    except ValueError:
        raise CalcError("E-FILE", f"{quote(name, _PATH)} is no file name", hint="give a path to a YAML file") from None
    else:
        if not path.is_dir():
            return path
    shipped = shipped_scenarios()
    if name in shipped:
        return shipped[name]
    for suffix in _SUFFIXES:
        if name and _is_file(Path(f"{name}{suffix}")):
            return Path(f"{name}{suffix}")
    if Path(name).is_dir():
        return Path(name)
    hint = (
        did_you_mean(Path(name).stem, [*shipped, *_here(Path(name).parent)])
        or f"give a path, or the name of a shipped scenario; {_LISTS}"
    )
    raise CalcError("E-FILE", f"there is no file and no shipped scenario {quote(name, _PATH)}", hint=hint)


def _here(folder: Path) -> list[str]:
    """Return what YAML files of a folder are called without their suffix."""
    try:
        return [path.stem for path in sorted(folder.iterdir())[:_MOST_HERE] if path.suffix in _SUFFIXES]
    except OSError:
        return []


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise CalcError(
            "E-FILE", "standard input is closed", hint="give a file, or send one, as in `calc run - < FILE`"
        )
    try:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    except OSError as error:
        raise _unreadable("standard input", error) from None


def _unreadable(name: str, error: OSError) -> CalcError:
    reason = error.strerror or type(error).__name__
    hint = "check the path and its permissions"
    return CalcError("E-FILE", f"{quote(name, _PATH)} cannot be read: {reason}", hint=hint)


def _read(path: Path, name: str) -> bytes:
    if path.is_dir():
        raise CalcError("E-FILE", f"{quote(name, _PATH)} is a folder", hint="give the path of a YAML file in it")
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _unreadable(name, error) from None


def _read_chain(
    data: bytes, shown: str, folder: Path | None, problems: Problems, chain: list[Path], files: dict[Path, bytes]
) -> Document:
    source = decode(data, shown)
    document = read_sections(read_document(source, problems), source, problems, folder)
    if document.extends is None:
        return document
    try:
        parent = _read_parent(document.extends, shown, folder, problems, chain, files)
    except CalcError as error:
        error.place = error.place or document.extends.place
        problems.add(error)
        document.is_torn = True
        return document
    return merge(parent, document)


def _read_parent(
    node: Scalar, shown: str, folder: Path | None, problems: Problems, chain: list[Path], files: dict[Path, bytes]
) -> Document:
    path = _extended(node, folder)
    if path.resolve() in chain:
        message = f"{quote(node.text)} extends itself in a circle"
        hint = "break the circle: one of the files must not extend the other"
        raise CalcError("E-EXTENDS", message, place=node.place, hint=hint)
    if len(chain) > MAX_EXTENDS:
        message = f"more than {MAX_EXTENDS} files extend each other"
        raise CalcError("E-EXTENDS", message, place=node.place, hint="lay fewer files over each other")
    is_shipped = shipped_scenarios().get(node.text) == path
    name = path.name if is_shipped or folder is None else str(Path(shown).parent / node.text)
    data = _read(path, node.text)
    if not is_shipped and folder is not None:
        # Under the name as written, which may be that of a link.
        files[Path(os.path.normpath(folder / node.text))] = data
    return _read_chain(data, name, path.parent.resolve(), problems, [*chain, path.resolve()], files)


def _extended(node: Scalar, folder: Path | None) -> Path:
    """Return the file that `extends` names: a shipped scenario, or a file inside the folder of the one that extends."""
    text = node.text
    shipped = shipped_scenarios()
    if text in shipped:
        return shipped[text]
    refused = CalcError(
        "E-EXTENDS",
        f"{quote(text)} is outside the scenario's folder",
        place=node.place,
        hint="extend a file in the same folder or below it, by a relative path, or a shipped scenario by its name",
    )
    if folder is None:
        raise CalcError(
            "E-EXTENDS",
            "a scenario from standard input extends shipped scenarios only",
            place=node.place,
            hint=_LISTS,
        )
    if "://" in text or text.startswith(("/", "~", "\\")) or "\\" in text or text[1:2] == ":" or "\x00" in text:
        raise refused
    try:
        path = (folder / text).resolve()
    except (OSError, ValueError, RuntimeError):
        raise refused from None
    if not path.is_relative_to(folder):
        raise refused
    if not _is_file(path):
        hint = did_you_mean(text, [*shipped, *(each.name for each in folder.glob("*.y*ml"))])
        raise CalcError(
            "E-EXTENDS",
            f"there is no file {quote(text)} to extend",
            place=node.place,
            hint=hint or _LISTS,
        )
    return path


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
