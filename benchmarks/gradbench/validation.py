"""When two answers are the same: GradBench's rule, which is ADBench's."""

from __future__ import annotations

from typing import Any

import numpy

TOLERANCE = 1e-4


def difference(a: Any, b: Any) -> float:
    """The largest of |a - b| / max(1, |a| + |b|); NaN differs from everything."""
    a, b = numpy.asarray(a, float), numpy.asarray(b, float)
    if a.shape != b.shape:
        return float("inf")
    found = abs(a - b) / numpy.maximum(1, abs(a) + abs(b))
    return float(numpy.nan_to_num(found, nan=numpy.inf).max(initial=0))
