"""Lets tests import what their folder shares, which pytest's importlib mode would not find."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import pytest

# Thousands of commands are started, and each would compile all of `calc` where nothing keeps what was compiled.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

for folder in (".", "cli", "engine", "models", "guard"):
    sys.path.insert(0, str(Path(__file__).resolve().parent / folder))
# As in every interpreter that the tests start: no network. The interpreter may have had one of its own.
sys.modules.pop("sitecustomize", None)
importlib.import_module("sitecustomize")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes minutes, unless it is asked for, as in `pytest -m faults`."""
    for marker in ("faults", "exhaustive", "office", "browser"):
        for item in items if marker not in config.option.markexpr else ():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=f"takes minutes; run it with `pytest -m {marker}`"))
