"""numpy, imported when something of it is first used, and the types of arrays.

Modules that compute with floats as well as with arrays take `np` from here, so that a run without uncertainty does not
wait for numpy; modules that compute with arrays alone import it themselves.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, TypeAlias

    import numpy as np
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]
    Truths: TypeAlias = NDArray[np.bool_]
    # Positions in an array, whole numbers that are counted, and bits.
    Positions: TypeAlias = NDArray[np.intp]
    Counts: TypeAlias = NDArray[np.int64]
    Bits: TypeAlias = NDArray[np.uint64]
else:

    class _Numpy:
        def __getattr__(self, name: str) -> Any:
            found = getattr(import_module("numpy"), name)
            setattr(self, name, found)
            return found

    np = _Numpy()

__all__ = ["np"]
