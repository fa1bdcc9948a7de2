"""Results of pieces as bytes: what JSON can hold, and arrays, counts in the smallest type that holds them."""

from __future__ import annotations

import hashlib
import json
import math
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


# What a piece may take, and its head, which takes ten times as much as objects. Larger ones are not kept.
MOST = 1 << 28
MOST_HEAD = 1 << 24
_CHECKSUM = 32
# What reading whatever JSON may hold as a head ends in.
_WRONG = (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError)


def encoded(packed: Packed, label: str) -> bytes | None:
    """Return a packed result as bytes, None if it is too large.

    They are a checksum, then compressed a head in JSON and the arrays.
    """
    plain, arrays, types = narrowed(packed)
    kinds = [[each.dtype.str, *each.shape] for each in arrays]
    head = json.dumps({"label": label, "plain": plain, "arrays": kinds, "types": types}).encode() + b"\n"
    if len(head) > MOST_HEAD or len(head) + sum(each.nbytes for each in packed[1]) > MOST:
        return None
    body = zlib.compress(b"".join([head, *(np.ascontiguousarray(each).tobytes() for each in arrays)]), 1)
    return hashlib.sha256(body).digest() + body


def decoded(data: bytes, label: str) -> Packed:
    """Return the packed result in bytes, which may be anybody's; it takes no more room than `encoded` gives.

    Raises ValueError when they are damaged, or are those of another piece.
    """
    if hashlib.sha256(data[_CHECKSUM:]).digest() != data[:_CHECKSUM]:
        raise ValueError("damaged")
    try:
        return _read(data, label)
    except (*_WRONG, zlib.error) as error:
        raise ValueError(f"no piece: {error}") from None


def _read(data: bytes, label: str) -> Packed:
    inflate = zlib.decompressobj()
    found = inflate.decompress(memoryview(data)[_CHECKSUM:], MOST + 1)
    end = found.find(b"\n", 0, MOST_HEAD)
    if len(found) > MOST or not inflate.eof or end < 0:
        raise ValueError("too large, or not whole")
    head = json.loads(found[:end])
    if head["label"] != label:
        raise ValueError("another piece")
    arrays, at, room = [], end + 1, 0
    for (kind, *shape), wide in zip(head["arrays"], head["types"], strict=True):
        size = math.prod(shape)
        if not {np.dtype(kind).kind, np.dtype(wide).kind} <= set("biuf") or min((size, *shape)) < 0:
            raise ValueError("no numbers")
        end = at + size * np.dtype(kind).itemsize
        arrays.append(np.frombuffer(found[at:end], dtype=kind).reshape(shape))
        at, room = end, room + size * np.dtype(wide).itemsize
    if at != len(found) or room > MOST:
        raise ValueError("not all of it is read, or it is too large")
    return widened((head["plain"], arrays, head["types"]))
