"""`models:` Python files with a scenario's own inputs and formulas; they are code, so the user has to allow them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from calc.engine.plugins import catalogue_with, known_catalogue
from calc.errors import CalcError, Problems, quote
from calc.text import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

    from calc.engine.catalogue import Catalogue
    from calc.scenario.document import Document
    from calc.scenario.nodes import Scalar


def catalogue_of(document: Document, problems: Problems, *, allowed: bool) -> Catalogue:
    """Return the catalogue for a document: all known models, and its own where the user allows them to run.

    allowed: the user gave `--allow-models`. What is wrong is added to `problems`.
    """
    files = []
    for node, folder in document.models or []:
        if not allowed:
            message = f"{quote(node.text)} is Python code, which would run with your rights"
            hint = "read the file; if you trust it, add `--allow-models`"
            problems.add(CalcError("E-MODELS", message, place=node.place, hint=hint))
            continue
        try:
            files.append((model_file(node, folder), node.place))
        except CalcError as error:
            problems.add(error)
    try:
        return catalogue_with(files) if files else known_catalogue()
    except CalcError as error:
        problems.add(error)
        return known_catalogue()


def model_file(node: Scalar, folder: Path | None) -> Path:
    """Return the file inside the folder of the scenario that names it.

    Raises CalcError where it is not there.
    """
    if folder is None:
        message = "a scenario that stands in no file has no models of its own"
        raise CalcError("E-MODELS", message, place=node.place, hint="save it to a file beside the model")
    try:
        path = (folder / node.text).resolve()
        inside = path.is_relative_to(folder) and not node.text.startswith(("/", "~")) and "\\" not in node.text
        there = inside and path.is_file()
    except (OSError, ValueError):
        inside = there = False
    if not inside:
        hint = "name a file in the same folder or below it, as in `./my_rack.py`"
        raise CalcError("E-MODELS", f"{quote(node.text)} is outside the scenario's folder", place=node.place, hint=hint)
    if not there or path.suffix != ".py":
        hint = did_you_mean(node.text, [each.name for each in folder.glob("*.py")]) or "as in `./my_rack.py`"
        raise CalcError("E-MODELS", f"there is no Python file {quote(node.text)}", place=node.place, hint=hint)
    return path
