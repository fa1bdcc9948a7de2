"""Sobol indices: the share of a figure's variance that comes from each uncertain input, alone and with the others.

Source: Saltelli et al. 2010 (Computer Physics Communications 181, 259): equation (b) of table 2 for first-order
indices, Jansen's (f) for total ones, on centred figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Index:
    """The first-order and total index of one input for one figure, with their standard errors."""

    first: float
    total: float
    first_error: float
    total_error: float


def uniforms(names: list[str], samples: int, seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return two independent sets of uniform numbers inside (0, 1), a column of shape (samples,) for each input.

    They depend on the seed and the name alone, so that another input does not change them.
    """
    import hashlib

    import numpy as np

    def column(name: str, which: str) -> Any:
        digest = hashlib.sha256(f"{seed}:{name}:{which}".encode()).digest()
        stream = np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))
        # One number in each of as many equal cells (a Latin hypercube): as good as more samples, and unbiased.
        cells = (stream.permutation(samples) + stream.random(samples)) / samples
        return np.clip(cells, 2.0**-54, 1 - 2.0**-53)

    return {name: column(name, "A") for name in names}, {name: column(name, "B") for name in names}


def indices(
    evaluate: Callable[[Mapping[str, Any]], Mapping[str, Any]], first: Mapping[str, Any], second: Mapping[str, Any]
) -> dict[str, dict[str, Index]]:
    """Return the indices of every figure for every input.

    evaluate: columns of inputs, shape (samples,), to columns of figures. first, second: independent samples of all
    inputs. A figure without a value in some sample, or without variance, has no indices.
    """
    import numpy as np

    at_first, at_second = evaluate(first), evaluate(second)
    found: dict[str, dict[str, Index]] = {}
    usable = {}
    for name, one in at_first.items():
        both = np.concatenate([one, at_second[name]])
        mean, variance = both.mean(), both.var()
        if np.isfinite(variance) and variance > (1e-12 * abs(mean)) ** 2:
            usable[name] = (one - mean, at_second[name] - mean, mean, variance)
            found[name] = {}
    for name in first:
        mixed = evaluate({**first, name: second[name]})
        for figure, (one, other, mean, variance) in usable.items():
            both = mixed[figure] - mean
            if np.isnan(both).any():
                found.pop(figure, None)
                continue
            alone, whole = other * (both - one) / variance, (one - both) ** 2 / (2 * variance)
            root = np.sqrt(len(one))
            index = Index(
                float(alone.mean()), float(whole.mean()), float(alone.std() / root), float(whole.std() / root)
            )
            if figure in found:
                found[figure][name] = index
    return found
