"""Results of pieces as bytes: what JSON can hold, and arrays, counts in the smallest type that holds them."""

from __future__ import annotations

import hashlib
import json
import zlib
from typing import Any

import numpy as np

Packed = tuple[Any, list[Any]]


def narrowed(packed: Packed) -> tuple[Any, list[Any], list[str]]:
    """Return a packed result with its counts narrow, and the types that its arrays had."""
    plain, arrays = packed
    return plain, [_narrow(each) for each in arrays], [each.dtype.str for each in arrays]


def widened(narrow: tuple[Any, list[Any], list[str]]) -> Packed:
    """Return the packed result that was made narrow."""
    plain, arrays, types = narrow
    return plain, [array.astype(kind, copy=False) for array, kind in zip(arrays, types, strict=True)]


def _narrow(array: Any) -> Any:
    if array.dtype != np.int64 or not array.size or array.min() < 0:
        return array
    return array.astype(np.min_scalar_type(array.max()))


def encoded(packed: Packed, label: str) -> bytes:
    """Return a packed result as bytes: a checksum, then compressed a head in JSON and the arrays."""
    plain, arrays, types = narrowed(packed)
    kinds = [[each.dtype.str, *each.shape] for each in arrays]
    head = json.dumps({"label": label, "plain": plain, "arrays": kinds, "types": types}).encode() + b"\n"
    body = zlib.compress(b"".join([head, *(np.ascontiguousarray(each).tobytes() for each in arrays)]), 1)
    return hashlib.sha256(body).digest() + body


def decoded(data: bytes, label: str) -> Packed:
    """Return the packed result in bytes.

    Raises ValueError when they are damaged, or are those of another piece.
    """
    if hashlib.sha256(data[32:]).digest() != data[:32]:
        raise ValueError("damaged")
    line, _, rest = zlib.decompress(data[32:]).partition(b"\n")
    head = json.loads(line)
    if head["label"] != label:
        raise ValueError("another piece")
    arrays, at = [], 0
    for kind, *shape in head["arrays"]:
        size = int(np.prod(shape, dtype=np.int64)) * np.dtype(kind).itemsize
        arrays.append(np.frombuffer(rest[at : at + size], dtype=kind).reshape(shape))
        at += size
    return widened((head["plain"], arrays, head["types"]))
