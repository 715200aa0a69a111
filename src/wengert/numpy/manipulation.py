"""Changing shape, joining, splitting, repeating, padding, under NumPy's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ..core.tensor import Tensor
from ..ops import join, shape as s
from .creation import asarray

__all__ = [
    "concat", "concatenate", "expand_dims", "moveaxis", "reshape", "stack",
]  # fmt: skip


def normal_axis(axis: int, ndim: int) -> int:
    """An axis as a non-negative number.

    Raises:
        AxisError: there is no such axis.
    """
    place = axis.__index__()
    if not -ndim <= place < ndim:
        raise numpy.exceptions.AxisError(place, ndim)
    return place % ndim


def normal_axes(axis: int | Sequence[int], ndim: int) -> tuple[int, ...]:
    """One axis or several as distinct non-negative numbers, in the order given."""
    given = axis if isinstance(axis, (tuple, list)) else (axis,)
    axes = tuple(normal_axis(a, ndim) for a in given)
    if len(set(axes)) != len(axes):
        raise ValueError("repeated axis")
    return axes


def complete_shape(size: int, shape: Any) -> tuple[int, ...]:
    """A shape with -1 replaced.

    Raises:
        ValueError: an array of that size cannot have the shape.
    """
    return numpy.reshape(numpy.broadcast_to(numpy.False_, (size,)), shape).shape


def reshape(a: Any, /, shape: Any, order: str = "C", *, copy: bool | None = None) -> Tensor:
    """As ``numpy.reshape``."""
    x = asarray(a)
    lengths = complete_shape(x.size, shape)
    if order == "F":
        reverse = s.transpose(x, axes=tuple(range(len(x.shape)))[::-1])
        return s.transpose(s.reshape(reverse, shape=lengths[::-1]), axes=tuple(range(len(lengths)))[::-1])
    return s.reshape(x, shape=lengths)


def moveaxis(a: Any, source: Any, destination: Any) -> Tensor:
    """As ``numpy.moveaxis``."""
    x = asarray(a)
    ndim = len(x.shape)
    moved, places = normal_axes(source, ndim), normal_axes(destination, ndim)
    if len(moved) != len(places):
        raise ValueError("`source` and `destination` arguments must have the same number of elements")
    order = [i for i in range(ndim) if i not in moved]
    for place, axis in sorted(zip(places, moved, strict=True)):
        order.insert(place, axis)
    return s.transpose(x, axes=tuple(order))


def expand_dims(a: Any, axis: Any) -> Tensor:
    """As ``numpy.expand_dims``."""
    x = asarray(a)
    given = axis if isinstance(axis, (tuple, list)) else (axis,)
    places = normal_axes(given, len(x.shape) + len(given))
    rest = iter(x.shape)
    return s.reshape(x, shape=tuple(1 if i in places else next(rest) for i in range(len(x.shape) + len(given))))


def concatenate(arrays: Any, /, axis: int | None = 0, *, dtype: Any = None, casting: str = "same_kind") -> Tensor:
    """As ``numpy.concatenate``."""
    parts = [asarray(a) for a in arrays]
    if not parts:
        raise ValueError("need at least one array to concatenate")
    if axis is None:
        parts, axis = [s.reshape(p, shape=(p.size,)) for p in parts], 0
    if not parts[0].shape:
        raise ValueError("zero-dimensional arrays cannot be concatenated")
    return _cast(join.concatenate(*parts, axis=normal_axis(axis, len(parts[0].shape))), dtype)


def _cast(x: Tensor, dtype: Any) -> Tensor:
    return x if dtype is None or x.dtype == dtype else s.astype(x, dtype=numpy.dtype(dtype))


concat = concatenate


def stack(arrays: Any, axis: int = 0, *, dtype: Any = None, casting: str = "same_kind") -> Tensor:
    """As ``numpy.stack``."""
    parts = [asarray(a) for a in arrays]
    if not parts:
        raise ValueError("need at least one array to stack")
    return _cast(join.stack(*parts, axis=normal_axis(axis, len(parts[0].shape) + 1)), dtype)
