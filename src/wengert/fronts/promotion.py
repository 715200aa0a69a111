"""Dtypes of results by category: truth values, integers, real numbers, complex numbers; a later one wins."""

from __future__ import annotations

from functools import cache
from typing import Any

import wengert.numpy as np

__all__ = ["CATEGORIES", "by_category"]

CATEGORIES = {"b": 0, "u": 1, "i": 1, "f": 2, "V": 2, "c": 3}
"""The categories by kind of the dtype; bfloat16 has one of its own."""


@cache
def by_category(one: Any, other: Any) -> Any:
    """The dtype of a result of two operands: that of a real or complex one, whatever integer the other is.

    >>> import numpy
    >>> by_category(numpy.dtype("int64"), numpy.dtype("float32"))
    dtype('float32')
    """
    low, high = sorted((one, other), key=lambda dtype: CATEGORIES[dtype.kind])
    if CATEGORIES[low.kind] < CATEGORIES[high.kind] >= 2 and CATEGORIES[low.kind] < 2:
        return high
    return np.result_type(low, high)
