"""Where gathers read and scatters write, at an index that is itself a value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ..ir.scalar import Scalar
from ..schedule.indexed import Indexed
from ..schedule.integer_ranges import IntegerRange

INT64 = numpy.dtype(numpy.int64)


def distance(place: Indexed, index: Scalar) -> Any:
    """How far from the place's view the element is."""
    index = index.cast(INT64)
    if place.length is not None:
        index = normal(index, place.length)
    return (index * place.stride).value


def normal(index: Scalar, length: int) -> Scalar:
    """A negative index counts from the end."""
    return index.where(index.compare(">=", 0), index + length)


def raveled(indices: Sequence[Scalar], lengths: Sequence[int], known: Sequence[IntegerRange | None]) -> Scalar:
    """Indices along several axes as one along these axes merged."""
    flat = indices[0].cast(INT64).constant(0)
    for index, length, limits in zip(indices, lengths, known, strict=True):
        index = index.cast(INT64)
        flat = flat * length + (index if limits is not None and limits[0] >= 0 else normal(index, length))
    return flat
