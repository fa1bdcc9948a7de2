"""A scenario made again from its origin, in another process or on another machine."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from calc.errors import CalcError, Problems, quote
from calc.scenario.load import load_bytes, load_file, shipped_scenarios
from calc.scenario.resolve import resolve

if TYPE_CHECKING:
    from calc.scenario.origin import Origin
    from calc.scenario.resolved import Scenario


def again(origin: Origin) -> Scenario:
    """Return the scenario of an origin.

    Raises CalcError when it ships elsewhere but not here.
    """
    problems = Problems()
    if origin.text is not None:
        return resolve(load_bytes(origin.text, origin.name, origin.shown, problems), origin.options, problems)
    if not origin.files:
        shipped = shipped_scenarios().get(origin.name)
        if shipped is None:
            hint = "install the same version of calc everywhere"
            raise CalcError("E-CLUSTER", f"a worker does not know the scenario {quote(origin.name)}", hint=hint)
        return resolve(load_file(shipped, origin.name, origin.shown, problems), origin.options, problems)
    with TemporaryDirectory(prefix="calc-") as folder:
        root = Path(folder).resolve()
        for name, data in origin.files:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        folders = [(root / each).resolve() for each in origin.folders]
        loaded = load_file(root / origin.files[0][0], origin.name, origin.shown, problems, folders)
        return resolve(loaded, origin.options, problems)
