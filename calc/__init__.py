"""Cost calculator for AI infrastructure: unit-checked scenarios, sourced figures, explained answers.

>>> import calc
>>> result = calc.run("lingang-racks")
>>> result.cases["25 kW"]["servers_per_rack"].value
5.0
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

__all__ = [
    "CalcError",
    "CaseResult",
    "Figure",
    "Result",
    "Study",
    "__version__",
    "compare",
    "explain",
    "facts",
    "find",
    "run",
    "sensitivity",
    "sweep",
]

if TYPE_CHECKING:
    from calc.api import CaseResult, Figure, Result, Study, compare, explain, facts, find, run, sensitivity, sweep
    from calc.errors import CalcError


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that the command line starts without it."""
    import importlib

    if name in __all__:
        return getattr(importlib.import_module("calc.errors" if name == "CalcError" else "calc.api"), name)
    raise AttributeError(f"module 'calc' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
