"""The only importer of pint, which is the authority on what our units mean."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

DEFINITIONS = Path(__file__).with_name("definitions.txt")


@lru_cache(maxsize=1)
def pint_registry() -> Any:
    """Return one pint registry made from our own definitions file."""
    import pint

    return pint.UnitRegistry(str(DEFINITIONS), cache_folder=None)


def definition_names() -> list[tuple[str, list[str]]]:
    """Return (canonical, all spellings) for every unit of the definitions file, in its order."""
    found = []
    for raw in DEFINITIONS.read_text(encoding="utf-8").splitlines():
        line = raw.partition("#")[0].strip()
        if not line:
            continue
        name, _relation, *spellings = (part.strip() for part in line.split("="))
        symbol = spellings[0] if spellings and spellings[0] != "_" else name
        names = list(dict.fromkeys([symbol, name, *(each for each in spellings if each != "_")]))
        found.append((symbol, names))
    return found
