"""Slices whose places may be computed, and padding."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

import numpy

import wengert.numpy as np

from ..array import Array, as_tensor, of

__all__ = [
    "dynamic_index_in_dim", "dynamic_slice", "dynamic_slice_in_dim", "dynamic_update_index_in_dim",
    "dynamic_update_slice", "dynamic_update_slice_in_dim", "index_in_dim", "pad", "slice", "slice_in_dim", "strided",
]  # fmt: skip


def _starts(array: Any, start_indices: Any, sizes: Sequence[int]) -> list[Any]:
    """Where a slice begins along each axis: within the array, as in JAX."""
    given = start_indices if isinstance(start_indices, (list, tuple)) else list(as_tensor(start_indices))
    return [
        np.clip(as_tensor(start), 0, length - size)
        for start, length, size in zip(given, array.shape, sizes, strict=True)
    ]


def dynamic_slice(operand: Any, start_indices: Any, slice_sizes: Sequence[int]) -> Array:
    """So many elements along each axis, from indices that may be computed; they are moved into the array."""
    x = as_tensor(operand)
    starts = _starts(x, start_indices, slice_sizes)
    return of(x[np.ix_(*[start + numpy.arange(size) for start, size in zip(starts, slice_sizes, strict=True)])])


def dynamic_update_slice(operand: Any, update: Any, start_indices: Any) -> Array:
    """The array with others from indices on."""
    x, new = as_tensor(operand).copy(), as_tensor(update)
    starts = _starts(x, start_indices, new.shape)
    x[np.ix_(*[start + numpy.arange(size) for start, size in zip(starts, new.shape, strict=True)])] = new
    return of(x)


def dynamic_slice_in_dim(operand: Any, start_index: Any, slice_size: int, axis: int = 0) -> Array:
    """So many elements along one axis, from an index that may be computed."""
    x = as_tensor(operand)
    starts = [start_index if place == axis % x.ndim else 0 for place in range(x.ndim)]
    return dynamic_slice(
        x, starts, [slice_size if s is start_index else n for s, n in zip(starts, x.shape, strict=True)]
    )


def dynamic_index_in_dim(operand: Any, index: Any, axis: int = 0, keepdims: bool = True) -> Array:
    """What is at an index of an axis."""
    found = dynamic_slice_in_dim(operand, index, 1, axis)
    return found if keepdims else of(np.squeeze(found._tensor, axis))


def dynamic_update_index_in_dim(operand: Any, update: Any, index: Any, axis: int) -> Array:
    """The array with another at an index of an axis."""
    x, new = as_tensor(operand), as_tensor(update)
    new = new if new.ndim == x.ndim else np.expand_dims(new, axis)
    return dynamic_update_slice(x, new, [index if place == axis % x.ndim else 0 for place in range(x.ndim)])


def slice(operand: Any, start_indices: Sequence[int], limit_indices: Sequence[int], strides: Any = None) -> Array:
    """Elements from one index to another along each axis."""
    bounds = zip(start_indices, limit_indices, strides or [1] * len(start_indices), strict=True)
    return of(as_tensor(operand)[tuple(_range(*each) for each in bounds)])


def _range(start: Any, stop: Any, step: Any = None) -> Any:
    return builtins.slice(start, stop, step)


def slice_in_dim(operand: Any, start_index: Any, limit_index: Any, stride: int = 1, axis: int = 0) -> Array:
    """Elements from one index to another along one axis."""
    x = as_tensor(operand)
    return of(x[(_range(None, None),) * (axis % x.ndim) + (_range(start_index, limit_index, stride),)])


def index_in_dim(operand: Any, index: int, axis: int = 0, keepdims: bool = True) -> Array:
    """What is at an index of an axis."""
    return dynamic_index_in_dim(operand, index, axis, keepdims)


def dynamic_update_slice_in_dim(operand: Any, update: Any, start_index: Any, axis: int) -> Array:
    """The array with others from an index of an axis on."""
    x = as_tensor(operand)
    return dynamic_update_slice(x, update, [start_index if place == axis % x.ndim else 0 for place in range(x.ndim)])


def strided(x: Any, starts: Sequence[int], strides: Sequence[int], counts: Sequence[int]) -> Any:
    """So many elements along each axis, so far apart, from indices on."""
    bounds = zip(starts, strides, counts, strict=True)
    return x[tuple(_range(start, start + (count - 1) * step + 1, step) for start, step, count in bounds)]


def pad(operand: Any, padding_value: Any, padding_config: Sequence[tuple[int, int, int]]) -> Array:
    """With a value before, after, and (so many times) between elements."""
    x = as_tensor(operand)
    inner = tuple(n + max(n - 1, 0) * between for n, (_, _, between) in zip(x.shape, padding_config, strict=True))
    spread = np.broadcast_to(as_tensor(padding_value).astype(x.dtype), inner).copy()
    spread[tuple(_range(None, None, between + 1) for _, _, between in padding_config)] = x
    edges = [(max(low, 0), max(high, 0)) for low, high, _ in padding_config]
    spread = np.pad(spread, edges, constant_values=as_tensor(padding_value))
    return of(spread[tuple(_range(max(-low, 0), n + max(low, 0) + max(high, 0) - max(-high, 0) if high < 0 else None)
                           for n, (low, high, _) in zip(inner, padding_config, strict=True))])  # fmt: skip
