"""Random words at a counter."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy

from .....ops.threefry import threefry
from ...ir.scalar import Scalar

UINT32, UINT64 = numpy.dtype(numpy.uint32), numpy.dtype(numpy.uint64)


def random_word(operands: Sequence[Scalar], count: Scalar, shape: Sequence[int], dtype: numpy.dtype) -> Scalar:
    """One result of `random_words`: of the two words of a key and a start, so many counters further on."""
    *key, start = operands
    high, low = threefry((key[0], key[1]), _counter(start.cast(UINT64), count, math.prod(shape)))
    if dtype == UINT32:
        return high ^ low
    return (high.cast(dtype) << 32) | low.cast(dtype)


def _counter(start: Scalar, count: Scalar, size: int) -> tuple[Scalar, Scalar]:
    """The two words of a sum, with a carry: wider numbers would be half as many in a vector."""
    begin = start.cast(UINT32)
    low = begin + count.cast(UINT32)
    high = (start >> 32).cast(UINT32) + low.flag(low.compare("<", begin)).cast(UINT32)
    return (high if size <= 1 << 32 else high + (count.cast(UINT64) >> 32).cast(UINT32)), low
