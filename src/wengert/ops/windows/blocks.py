"""Windows that lie side by side and hold everything: blocks, whose elements are combined without slices of windows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy

from .geometry import Axes, Axis

LONG = 8
"""Elements in a row from which NumPy's own reduction is the quicker one."""


def are_blocks(axes: Axes, lengths: Sequence[int], size: Sequence[int]) -> bool:
    """Whether windows of a size divide axes of these lengths."""
    return all(
        n and n % m == 0 and (axis == Axis(m) or (m == n and axis == Axis(axis.stride)))
        for axis, n, m in zip(axes, lengths, size, strict=True)
    )


def are_repeats(axes: Axes, lengths: Sequence[int], size: Sequence[int]) -> bool:
    """Whether elements have been moved apart so far that each window holds one, and each is in a block of windows."""
    return all(
        n
        and axis.stride == axis.dilation == 1
        and axis.low == axis.high == m - 1
        and (axis.input_dilation == m or n == 1)
        for axis, n, m in zip(axes, lengths, size, strict=True)
    )


def combined(of_two: Any, x: Any, size: Sequence[int]) -> Any:
    """The elements of each block of the last axes of an array, combined by a function of NumPy."""
    for axis, length in enumerate(size, x.ndim - len(size)):
        if length > 1:
            x = _combined_along(of_two, x, axis, length)
    return x


def _combined_along(of_two: Any, x: Any, axis: int, length: int) -> Any:
    blocks = x.reshape(*x.shape[:axis], -1, length, *x.shape[axis + 1 :])
    if length >= LONG:
        return of_two.reduce(blocks, axis=axis + 1)
    ahead = (slice(None),) * (axis + 1)
    return reduce(of_two, (blocks[(*ahead, k)] for k in range(length)))


def repeated(x: Any, size: Sequence[int]) -> Any:
    """Blocks of equal elements: each is one of the last axes of an array."""
    for axis, length in enumerate(size, x.ndim - len(size)):
        x = numpy.repeat(x, length, axis)
    return x
