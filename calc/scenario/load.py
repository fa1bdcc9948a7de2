"""From what a user names (a path, a shipped scenario, standard input) and sets to one document with all it extends."""

from __future__ import annotations

import os
import sys
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

from calc.errors import CalcError, Place, Problems, SourceText, quote, quote_path
from calc.files import data_folder
from calc.scenario.document import Document, Loaded, merge, read_sections
from calc.scenario.facts_files import PROJECT, is_file, read_file, unreadable
from calc.scenario.shapes import OPTION
from calc.scenario.yaml_reader import MAX_BYTES, Scalar, decode, read_document, read_yaml
from calc.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from calc.scenario.case import Context
    from calc.scenario.yaml_reader import Node


# A path is shown whole as far as it can be; its end is what a person looks for.
MAX_EXTENDS = 50
MAX_FILES = 500
# What may be left out of the name of a file.
_SUFFIXES = (".yaml", ".yml")
_MOST_HERE = 1000
_LISTS = "`calc list scenarios` shows those that ship"


def shipped_scenarios() -> dict[str, Path]:
    """Return the scenarios that ship, by name."""
    found = {path.stem: path for path in data_folder("scenarios").glob("*.yaml")}
    return dict(sorted(found.items()))


def load(name: str, problems: Problems, folders: Iterable[str] = ()) -> Loaded:
    """Load a scenario: a path, `-` for standard input, or the name of a shipped scenario.

    folders: where else it may extend files from, beside its own folder and that of a `calc.toml` above it.
    Shape errors are added to `problems`. Raises CalcError when the file cannot be read at all.
    """
    if name == "-":
        return load_bytes(_standard_input(), name, "<stdin>", problems)
    try:
        path = _find(name)
        if path == shipped_scenarios().get(name):
            return load_file(path, name, path.name, problems, _allowed(folders))
        shown = name if is_file(Path(name)) or not is_file(path) else str(path)
        return load_file(path, shown, shown, problems, _allowed(folders))
    except OSError as error:
        # Also of the folder that it lies in.
        raise unreadable(name, error) from None


def shadowed(name: str) -> str | None:
    """Return in words that a shipped scenario is taken although a file of that name stands here, else None."""
    if name not in shipped_scenarios() or is_file(Path(name)):
        return None
    beside = next((f"{name}{suffix}" for suffix in _SUFFIXES if is_file(Path(f"{name}{suffix}"))), None)
    if beside is None:
        return None
    return f"{quote_path(name)} is the scenario that ships; write {quote_path(beside)} for the file here"


def _allowed(folders: Iterable[str]) -> list[Path]:
    """Return the folders that the user allows; raises CalcError for what is none."""
    found = [Path(each) for each in folders]
    for each in found:
        if not each.is_dir():
            hint = "as in `--allow-folder ../shared`"
            raise CalcError("E-FILE", f"{quote_path(str(each))} is no folder", hint=hint)
    return [each.resolve() for each in found]


def load_file(path: Path, name: str, shown: str, problems: Problems, folders: Iterable[Path] = ()) -> Loaded:
    """Load a scenario from a file.

    name: what the user calls it. shown: what errors call it. folders: where else it may extend files from.
    Raises CalcError when it cannot be read at all.
    """
    data, folder = _read(path, name), path.parent.resolve()
    files = {} if path == shipped_scenarios().get(name) else {folder / path.name: data}
    allowed = [*folders, *_project_folders(folder)]
    document = _Reader(problems, files, allowed).read(data, shown, folder, [path.resolve()])
    return Loaded(document, name, data, folder / path.name, files, tuple(allowed))


def load_text(text: str, name: str, problems: Problems) -> Loaded:
    """Load a scenario from a text that stands in no file; it extends shipped scenarios only.

    Raises CalcError when it cannot be read at all.
    """
    return load_bytes(text.encode(), name, name, problems)


def load_bytes(data: bytes, name: str, shown: str, problems: Problems) -> Loaded:
    """Load a scenario from bytes that stand in no file."""
    return Loaded(_Reader(problems, {}, []).read(data, shown, None, []), name, data, None, {})


def load_named(node: Scalar, shown: str, folder: Path | None, problems: Problems) -> Loaded:
    """Load the scenario that a line of a table names: a shipped one, or a file in the folder of the table or below it.

    shown: the table's own file. folder: where it stands, None for a text in no file.
    Raises CalcError when it cannot be read at all.
    """
    try:
        path = extended(node, folder)
        _read(path, node.text)
    except CalcError as error:
        hint = (error.hint or "").replace("extend a file", "name a file") or None
        message = error.message.removesuffix(" to extend")
        raise CalcError("E-TABLE", message, place=node.place, hint=hint) from None
    is_shipped = shipped_scenarios().get(node.text) == path
    name = node.text if is_shipped else os.path.normpath(Path(shown).parent / node.text)
    return load_file(path, name, path.name, problems)


def in_folder(name: str) -> list[str] | None:
    """Return the scenarios that stand in a folder, None for what is no folder or cannot be looked into.

    A scenario that ships, or a file with this name and a suffix, is taken before a folder.
    """
    try:
        folder = None if name == "-" else _find(name)
        if folder is None or not folder.is_dir():
            return None
        files = sorted(path.name for path in folder.iterdir() if path.suffix in _SUFFIXES and path.is_file())
    except (CalcError, OSError):
        return None
    return [str(Path(name, each)) for each in files if not each.startswith(".")]


def _find(name: str) -> Path:
    try:
        path = Path(name)
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise unreadable(name, error) from None
    except ValueError:
        raise CalcError("E-FILE", f"{quote_path(name)} is no file name", hint="give a path to a YAML file") from None
    else:
        if not path.is_dir():
            return path
    shipped = shipped_scenarios()
    if name in shipped:
        return shipped[name]
    for suffix in _SUFFIXES:
        if name and is_file(Path(f"{name}{suffix}")):
            return Path(f"{name}{suffix}")
    if Path(name).is_dir():
        return Path(name)
    hint = (
        did_you_mean(Path(name).stem, [*shipped, *_here(Path(name).parent)])
        or f"give a path, or the name of a shipped scenario; {_LISTS}"
    )
    raise CalcError("E-FILE", f"there is no file and no shipped scenario {quote_path(name)}", hint=hint)


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
        raise unreadable("standard input", error) from None


def _read(path: Path, name: str) -> bytes:
    return read_file(path, name, inside="the path of a YAML file")


class _Reader:
    """Reads a file with all that it extends.

    files: the bytes of files that do not ship, by their places. folders: where else a file may be extended from.
    """

    def __init__(self, problems: Problems, files: dict[Path, bytes], folders: Iterable[Path]) -> None:
        self.problems = problems
        self.files = files
        self.folders = list(folders)
        self.count = 0

    def read(self, data: bytes, shown: str, folder: Path | None, chain: list[Path]) -> Document:
        """Return the document of a file; chain: the files that led to it and itself."""
        source = decode(data, shown)
        document = read_sections(read_document(source, self.problems), source, self.problems, folder)
        parents: list[Document] = []
        for node in document.extends:
            try:
                parents.append(self._parent(node, shown, folder, chain))
            except CalcError as error:
                error.place = error.place or node.place
                self.problems.add(error)
                document.is_torn = True
        if not parents:
            return document
        # Of several files the last one wins.
        merged = merge(reduce(merge, parents), document)
        merged.is_torn = document.is_torn or any(each.is_torn for each in parents)
        return merged

    def _parent(self, node: Scalar, shown: str, folder: Path | None, chain: list[Path]) -> Document:
        path = extended(node, folder, self.folders)
        if path.resolve() in chain:
            message = f"{quote_path(node.text)} extends itself in a circle"
            hint = "break the circle: one of the files must not extend the other"
            raise CalcError("E-EXTENDS", message, place=node.place, hint=hint)
        self.count += 1
        if len(chain) > MAX_EXTENDS or self.count > MAX_FILES:
            message = f"more than {MAX_EXTENDS if len(chain) > MAX_EXTENDS else MAX_FILES} files extend each other"
            raise CalcError("E-EXTENDS", message, place=node.place, hint="lay fewer files over each other")
        is_shipped = shipped_scenarios().get(node.text) == path
        name = path.name if is_shipped or folder is None else os.path.normpath(Path(shown).parent / node.text)
        data = _read(path, node.text)
        if not is_shipped and folder is not None:
            # Under the name as written, which may be that of a link.
            written = Path(os.path.normpath(folder / node.text))
            self.files[written if is_file(written) else path] = data
        return self.read(data, name, path.parent.resolve(), [*chain, path.resolve()])


def _project_folders(folder: Path | None) -> list[Path]:
    """Return the folder of the `calc.toml` that is nearest above a scenario, if there is one."""
    above = [] if folder is None else [each for each in (folder, *folder.parents) if is_file(each / PROJECT)]
    return above[:1]


def extended(node: Scalar, folder: Path | None, folders: Iterable[Path] = ()) -> Path:
    """Return the file that `extends` names: a shipped scenario, or a file inside the folder of the one that extends.

    folders: others that the user allows; a name may be that of a file in them. Raises CalcError.
    """
    text = node.text
    shipped = shipped_scenarios()
    if text in shipped:
        return shipped[text]
    refused = CalcError(
        "E-EXTENDS",
        f"{quote(text, 300)} is outside the scenario's folder",
        place=node.place,
        hint="extend a file in the same folder or below it, by a relative path, or a shipped scenario by its name; "
        "`--allow-folder DIR` allows another folder",
    )
    if folder is None:
        message = "a scenario from standard input extends shipped scenarios only"
        raise CalcError("E-EXTENDS", message, place=node.place, hint=_LISTS)
    if "://" in text or text.startswith(("/", "~", "\\")) or "\\" in text or text[1:2] == ":" or "\x00" in text:
        within = [each for each in folders if Path(text).is_relative_to(each)]
        if within:
            refused.hint = f"the folder is allowed: write {quote_path(str(Path(text).relative_to(within[0])))}"
        raise refused
    try:
        path = (folder / text).resolve()
    except (OSError, ValueError, RuntimeError):
        raise refused from None
    allowed = [each.resolve() for each in folders]
    if not is_file(path):
        others = [(each / text).resolve() for each in allowed]
        path = next((each for each in others if is_file(each)), path)
    if not any(path.is_relative_to(each) for each in (folder, *allowed)):
        raise refused
    if not is_file(path):
        hint = did_you_mean(text, [*shipped, *(each.name for each in folder.glob("*.y*ml"))])
        message, hint = f"there is no file {quote(text, 300)} to extend", hint or _LISTS
        raise CalcError("E-EXTENDS", message, place=node.place, hint=hint)
    return path


# ---------------- what the command line sets


def read_settings(settings: tuple[str, ...], problems: Problems) -> dict[str, tuple[Scalar, Node]]:
    """Read `--set name=value` as a layer of inputs."""
    found: dict[str, tuple[Scalar, Node]] = {}
    for text in settings:
        source = SourceText(OPTION, text)
        name, mark, value = text.partition("=")
        key = Scalar(name.strip(), plain=True, place=Place(source, 1, 1, max(1, len(name))))
        if not mark or not name.strip():
            hint = "as in `--set name=value`"
            problems.add(CalcError("E-SET", f"{quote(text)} sets nothing", place=key.place, hint=hint))
        elif key.text in found:
            problems.add(CalcError("E-SET", f"`{key.text}` is set twice", place=key.place, hint="set each name once"))
        else:
            lead = len(name) + 1 + len(value) - len(value.lstrip())
            place = Place(source, 1, lead + 1, max(1, len(value.strip())))
            found[key.text] = (key, _setting_value(text, lead, place))
    return found


def settings_by_part(context: Context) -> dict[str, dict[str, tuple[Scalar, Node]]]:
    """Return what the command line sets by part, under the empty name what it sets everywhere.

    What is wrong with the names is added to the context's problems.
    """
    found: dict[str, dict[str, tuple[Scalar, Node]]] = {}
    for name, entry in context.settings.items():
        if " in " not in name:
            found.setdefault("", {})[name] = entry
            continue
        # Only a name with a part needs all that reads such names.
        from calc.scenario.conditions import EVERY_PART, read_reference

        try:
            reference = read_reference(name, entry[0].place, context)
        except CalcError as error:
            context.problems.add(error)
            continue
        if reference.year is not None:
            hint = "set all years, as in `{by year: {2026: $10M, 2027: $12M}}`"
            message = f"{quote(name)} is one year of a value"
            context.problems.add(CalcError("E-SET", message, place=entry[0].place, hint=hint))
        part = "" if reference.part == EVERY_PART else reference.part
        inner = found.setdefault(part, {})
        if reference.name in inner:
            message = f"`{reference.flat}` is set twice"
            context.problems.add(CalcError("E-SET", message, place=entry[0].place, hint="set each name once"))
        inner[reference.name] = entry
    return found


def _setting_value(text: str, lead: int, place: Place) -> Node:
    value = text[lead:].strip()
    if value.startswith("{"):
        # Blanks in the place of the name keep the columns those of the option as it was typed.
        return read_yaml(place.source, text=" " * lead + text[lead:])
    return Scalar(value, plain=True, place=place)
