"""Models from outside: Python files that a scenario names, and installed packages of the group `calc.models`."""

from __future__ import annotations

import importlib.util
import sys
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from calc.engine.catalogue import Catalogue, build_catalogue, shipped_models, standard_catalogue
from calc.errors import CalcError, Problems

if TYPE_CHECKING:
    from types import ModuleType

    from calc.errors import Place

GROUP = "calc.models"


@lru_cache(maxsize=1)
def installed_models() -> tuple[ModuleType, ...]:
    """Return the model modules of installed packages, in order of their entry points' names.

    Raises CalcError when one cannot be imported.
    """
    if not _any_installed():
        return ()
    from importlib import metadata

    found = []
    for entry in sorted(metadata.entry_points(group=GROUP), key=lambda each: each.name):
        try:
            found.append(entry.load())
        except Exception as error:
            package = entry.dist.name if entry.dist else "an installed package"
            message = f"the models `{entry.name}` of {package} cannot be imported: {type(error).__name__}: {error}"
            raise CalcError("E-MODELS", message, hint=f"mend or uninstall {package}") from error
    return tuple(found)


def _any_installed() -> bool:
    """Tell whether any installed package has an entry point of the group, without the slow import that knows which."""
    for folder in {Path(each or ".") for each in sys.path}:
        for found in folder.glob("*.dist-info/entry_points.txt") if folder.is_dir() else ():
            if f"[{GROUP}]" in found.read_text(encoding="utf-8", errors="replace"):
                return True
    return False


@lru_cache(maxsize=1)
def known_catalogue() -> Catalogue:
    """Return the catalogue of the models that ship and of those that are installed."""
    if not installed_models():
        return standard_catalogue()
    catalogue = build_catalogue([*shipped_models(), *installed_models()])
    verify(catalogue, installed_models())
    return catalogue


def catalogue_with(files: list[tuple[Path, Place]]) -> Catalogue:
    """Return the known catalogue and the models of Python files; their code runs.

    files: each with the place that names it. Raises CalcErrors with all that is wrong with them.
    """
    modules = [_load(path, place) for path, place in files]
    catalogue = build_catalogue([*shipped_models(), *installed_models(), *modules])
    verify(catalogue, modules)
    return catalogue


def verify(catalogue: Catalogue, modules: list[ModuleType] | tuple[ModuleType, ...]) -> None:
    """Lint and trace the formulas of modules that our own tests do not cover.

    Raises CalcErrors.
    """
    problems = Problems()
    names = {module.__name__ for module in modules}
    for formula in catalogue.formulas:
        if formula.function.__module__ not in names:
            continue
        try:
            formula.trace()
        except CalcError as error:
            problems.add(error)
            continue
        for found in formula.lint():
            problems.add(found)
    problems.raise_if_any()


def _load(path: Path, place: Place) -> ModuleType:
    name = f"calc_model_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018  # its name ends in .py
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except CalcError:
        raise
    except Exception as error:
        message = f"`{path.name}` cannot be loaded: {type(error).__name__}: {error}"
        raise CalcError("E-MODELS", message, place=place, hint="run it with python to see the whole error") from error
    return module
