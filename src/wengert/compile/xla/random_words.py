"""Random words, the same bits as everywhere."""

from __future__ import annotations

import math
from typing import Any

import numpy

from ...ops.threefry import threefry
from .imported import jnp


def words(key: Any, start: Any, shape: tuple[int, ...], dtype: Any) -> Any:
    """The random words of keys at the counters from `start` on, as many as fill a shape."""
    lead = numpy.broadcast_shapes(key.shape[:-1], start.shape)
    first = jnp.broadcast_to(start, lead)[..., None]
    counts = first + jnp.arange(math.prod(shape), dtype=numpy.uint64)
    keys = jnp.broadcast_to(key, (*lead, 2))[..., None, :]
    high, low = threefry((keys[..., 0], keys[..., 1]), _halves(counts))
    found = high ^ low if numpy.dtype(dtype).itemsize == 4 else _joined(high, low)
    return found.reshape((*lead, *shape))


def _halves(counts: Any) -> tuple[Any, Any]:
    return (counts >> numpy.uint64(32)).astype(numpy.uint32), counts.astype(numpy.uint32)


def _joined(high: Any, low: Any) -> Any:
    return (high.astype(numpy.uint64) << numpy.uint64(32)) | low.astype(numpy.uint64)
