"""``x.at[index]``: places in an array, of which new arrays are made that have something else there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

import wengert.numpy as np
from wengert.fronts.face import behind

from .array import Array, as_tensor, of
from .indexing import clipped, fenced, is_within, within

__all__ = ["At", "Places"]

MODES = {"clip", "drop", "fill", "promise_in_bounds", None}
"""What may be asked for where an index is beyond the end."""


class At:
    """An array, and then places in it: ``x.at[index]`` has methods that give a new array."""

    __slots__ = ("_array",)

    def __init__(self, array: Array) -> None:
        self._array = array

    def __getitem__(self, index: Any) -> Places:
        if isinstance(index, list):
            raise TypeError(
                "[at] the index is a list, wanted a number, a slice, an array or a tuple of them; write "
                "x.at[jnp.array(index)]"
            )
        return Places(self._array, behind(index))


class Places:
    """Places in an array, of which new arrays are made that have something else there.

    What is written beyond the end is dropped, and what is read there is the nearest element, unless ``mode`` says
    otherwise: ``"clip"``, ``"drop"``, ``"fill"`` (with `fill_value` where something is read).
    """

    __slots__ = ("_array", "_index")

    def __init__(self, array: Array, index: Any) -> None:
        self._array, self._index = array, index

    def _written(self, write: Callable[[Any, Any], None], mode: str | None) -> Array:
        """A new array on which `write(array, index)` was called."""
        new, index, shape = self._array._tensor.copy(), self._index, self._array.shape
        if _checked(mode) == "clip":
            write(new, clipped(index, shape))
        elif mode in ("drop", "fill") or not is_within(index, shape):
            new, index = fenced(new, index, 0)
            write(new, index)
            new = new[tuple(slice(0, length) for length in shape)]
        else:
            write(new, index)
        return of(new, type(self._array))

    def _accumulated(self, ufunc: Any, values: Any, mode: str | None) -> Array:
        given = as_tensor(values).astype(self._array.dtype)
        return self._written(lambda new, index: ufunc.at(new, index, given), mode)

    def set(self, values: Any, *, mode: str | None = None, **_: Any) -> Array:
        """The array with values there; of a place that is named twice, the last."""
        given = as_tensor(values).astype(self._array.dtype)
        return self._written(lambda new, index: new.__setitem__(index, given), mode)

    def get(self, *, mode: str | None = None, fill_value: Any = None, **_: Any) -> Array:
        """What is there."""
        found, index = self._array._tensor, self._index
        if _checked(mode) == "fill":
            found, index = fenced(found, index, _outside(found.dtype) if fill_value is None else fill_value)
        else:
            index = (clipped if mode == "clip" else within)(index, found.shape)
        return of(found[index], type(self._array))

    def apply(self, func: Callable[[Any], Any], *, mode: str | None = None, **_: Any) -> Array:
        """The array with what a function makes of what is there."""

        def write(new: Any, index: Any) -> None:
            new[index] = as_tensor(func(of(new[index]))).astype(new.dtype)

        return self._written(write, mode)

    def add(self, values: Any, *, mode: str | None = None, **_: Any) -> Array:
        """The array with values added there, each time that a place is named."""
        return self._accumulated(np.add, values, mode)

    def subtract(self, values: Any, *, mode: str | None = None, **_: Any) -> Array:
        """The array with values subtracted there."""
        return self._accumulated(np.subtract, values, mode)

    def multiply(self, values: Any, *, mode: str | None = None, **_: Any) -> Array:
        """The array with what is there times values."""
        return self._accumulated(np.multiply, values, mode)

    mul = multiply

    def divide(self, values: Any, *, mode: str | None = None, **_: Any) -> Array:
        """The array with what is there divided by values."""
        return self._accumulated(np.multiply, 1 / as_tensor(values), mode)

    def power(self, values: Any, *, mode: str | None = None, **_: Any) -> Array:
        """The array with what is there to the power of values."""
        return self.apply(lambda there: there**values, mode=mode)

    def min(self, values: Any, *, mode: str | None = None, **_: Any) -> Array:
        """The array with the smaller one of what is there and values."""
        return self._accumulated(np.minimum, values, mode)

    def max(self, values: Any, *, mode: str | None = None, **_: Any) -> Array:
        """The array with the larger one of what is there and values."""
        return self._accumulated(np.maximum, values, mode)


def _checked(mode: str | None) -> str | None:
    if mode not in MODES:
        raise ValueError(f'[at] mode={mode!r} was given, wanted "clip", "drop", "fill" or None; write mode="drop"')
    return mode


def _outside(dtype: Any) -> Any:
    """What is read beyond the end: something that is not a number, or the least of the integers (the largest of those
    without sign)."""
    if dtype.kind in "iu":
        return numpy.iinfo(dtype).min if dtype.kind == "i" else numpy.iinfo(dtype).max
    return dtype.kind == "b" or numpy.nan
