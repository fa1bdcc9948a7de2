"""Where a scenario comes from, complete: what another process or machine needs to make the same scenario again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from calc.errors import CalcError
from calc.scenario.models import model_file

if TYPE_CHECKING:
    from calc.scenario.context import Options
    from calc.scenario.load import Loaded


class Origin(NamedTuple):
    """The texts and options that a scenario was resolved from; it can be pickled.

    name: what the user called the scenario. shown: what errors call its file. text: a scenario that stands in no file.
    files: bytes by path from the folder that holds all of them, its own file first; none for a text, and for a scenario
    that ships. folders: the same of folders that files may be extended from.
    """

    name: str
    shown: str
    text: bytes | None
    files: tuple[tuple[str, bytes], ...]
    options: Options
    folders: tuple[str, ...] = ()


def origin_of(loaded: Loaded, options: Options) -> Origin:
    """Return the origin of a scenario that was loaded and is resolved with options."""
    shown = loaded.document.source.name
    if loaded.file is None:
        return Origin(loaded.path, shown, loaded.data, (), options)
    files = dict(loaded.files)
    for node, folder in (loaded.document.models or []) if options.allow_models else []:
        try:
            data = model_file(node, folder).read_bytes()
        except (CalcError, OSError):
            continue  # whoever loads the models tells
        files[Path(os.path.normpath((folder or Path()) / node.text))] = data
    root = Path(os.path.commonpath([path.parent for path in files] or [loaded.file.parent]))
    named = tuple((path.relative_to(root).as_posix(), data) for path, data in files.items())
    # A folder above all files is as good as the one that holds them all.
    folders = (each.relative_to(root).as_posix() if each.is_relative_to(root) else "." for each in loaded.folders)
    return Origin(loaded.path, shown, None, named, options, tuple(folders))
