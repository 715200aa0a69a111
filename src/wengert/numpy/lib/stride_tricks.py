"""Windows that move over an array, and other selections by strides, as in ``numpy.lib.stride_tricks``.

They select elements, as an index does: so they differentiate, and what they give is no view to write to.
"""

from __future__ import annotations

from typing import Any

import numpy

from ...core.tensor import Tensor
from ...ops.indexing.gather import gather
from ...ops.shape import reshape
from ..arrays.manipulation import broadcast_arrays, broadcast_shapes, broadcast_to, flat
from ..protocols.lift import to_tensor

__all__ = ["as_strided", "broadcast_arrays", "broadcast_shapes", "broadcast_to", "sliding_window_view"]


def sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Tensor:
    """As ``numpy.lib.stride_tricks.sliding_window_view``; differentiable."""
    x = to_tensor(x, "sliding_window_view")
    _refuse_writes("sliding_window_view", writeable)
    places = numpy.lib.stride_tricks.sliding_window_view(_places(x), window_shape, axis)
    return _selected(x, places)


def as_strided(
    x: Any,
    shape: Any = None,
    strides: Any = None,
    subok: bool = False,
    writeable: bool = False,
    *,
    check_bounds: bool = True,
) -> Tensor:
    """As ``numpy.lib.stride_tricks.as_strided`` of an array in rows; differentiable.

    Raises:
        ValueError: strides are no whole number of elements, or lead out of the array.
    """
    x = to_tensor(x, "as_strided")
    _refuse_writes("as_strided", writeable)
    size = x.dtype.itemsize
    given = numpy.empty(x.shape, x.dtype).strides if strides is None else tuple(strides)
    lengths = x.shape if shape is None else tuple(shape)
    if any(step % size for step in given):
        raise ValueError(
            f"[as_strided] the strides are {given}, wanted multiples of the {size} bytes of an element; write "
            "strides=(step * x.itemsize, ...)"
        )
    places = numpy.zeros(lengths, int)
    for axis, (length, step) in enumerate(zip(lengths, given, strict=True)):
        places += (numpy.arange(length) * (step // size)).reshape(-1, *(1,) * (len(lengths) - axis - 1))
    if places.size and not 0 <= places.min() <= places.max() < x.size:
        raise ValueError(
            f"[as_strided] the strides {given} and the shape {lengths} lead out of an array of {x.size} elements, "
            "wanted places within it; write a smaller shape"
        )
    return _selected(x, places)


def _refuse_writes(op: str, writeable: bool) -> None:
    if writeable:
        raise ValueError(
            f"[{op}] writeable=True was given, wanted False, since elements may be there more than once; write to the "
            "array itself"
        )


def _places(x: Tensor) -> Any:
    return numpy.arange(x.size).reshape(x.shape)


def _selected(x: Tensor, places: Any) -> Tensor:
    return reshape(gather(flat(x), places.ravel(), axis=0), shape=places.shape)
