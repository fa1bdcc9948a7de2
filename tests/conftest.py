"""Lets tests import what their folder shares, which pytest's importlib mode would not find."""

from __future__ import annotations

import sys
from pathlib import Path

for folder in ("cli", "engine"):
    sys.path.insert(0, str(Path(__file__).resolve().parent / folder))
