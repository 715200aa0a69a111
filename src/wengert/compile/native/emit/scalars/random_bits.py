"""Random words at a counter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy

from .....ops.threefry import threefry
from ...ir.scalar import Scalar

UINT32, UINT64 = numpy.dtype(numpy.uint32), numpy.dtype(numpy.uint64)


def random_word(operands: Sequence[Scalar], count: Scalar, dtype: numpy.dtype) -> Scalar:
    """One result of `random_words`: of the two words of a key and a start, so many counters further on."""
    *key, start = operands
    counter = start.cast(UINT64) + count.cast(UINT64)
    high, low = threefry((key[0], key[1]), ((counter >> 32).cast(UINT32), counter.cast(UINT32)))
    if dtype == UINT32:
        return high ^ low
    return (high.cast(dtype) << 32) | low.cast(dtype)
