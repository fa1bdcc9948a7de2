"""Cost calculator for AI infrastructure: unit-checked scenarios, sourced figures, explained answers.

>>> import calc
>>> result = calc.run("lingang-racks")
>>> result.cases["25 kW"]["servers_per_rack"].value
5.0
"""

import os
import sys

# `python -m calc` looks for modules where it is started before it looks where they are installed: nothing that lies
# there is ours to run, unless calc itself does. This comes before all other imports.
if sys.argv[:1] == ["-m"] and not sys.flags.safe_path and os.path.split(__path__[0])[0] != sys.path[0]:
    del sys.path[0]

TYPE_CHECKING = False  # but for type checkers, which know the name

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
    from typing import Any

    from calc.api import CaseResult, Figure, Result, Study, compare, explain, facts, find, run, sensitivity, sweep
    from calc.errors import CalcError


def __getattr__(name: str) -> "Any":
    """Import a public name when it is first used, so that the command line starts without it."""
    import importlib

    if name in __all__:
        return getattr(importlib.import_module("calc.errors" if name == "CalcError" else "calc.api"), name)
    raise AttributeError(f"module 'calc' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
