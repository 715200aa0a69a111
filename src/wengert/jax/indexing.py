"""Indices beyond the end of an array: JAX reads the nearest element there, and writes nothing.

What is beyond the end is seen where an index has a value; a compiled function that meets one is run without being
compiled. ``mode="clip"``, ``"fill"`` and ``"drop"`` are compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..core.abstract import Abstract

__all__ = ["clipped", "fenced", "is_within", "within"]

ALL = slice(None)


def within(index: Any, shape: Sequence[int]) -> Any:
    """An index; what is known of it to be beyond the end is the nearest element."""
    if type(index) is slice or is_within(index, shape):
        return index
    return clipped(index, shape)


def clipped(index: Any, shape: Sequence[int]) -> Any:
    """An index, which is the nearest element where it is beyond the end, whether that is known or not."""
    return _moved(index, shape, lambda entry, length: np.clip(_counted(entry, length), 0, length - 1))


def is_within(index: Any, shape: Sequence[int]) -> bool:
    """Whether nothing of an index is known to be beyond the end."""
    return all(_is_inside(entry, length) for entry, length in _along(index, shape) if _is_whole(entry))


def fenced(array: Any, index: Any, fill: Any) -> tuple[Any, Any]:
    """An array with one more element along each axis where an index has whole numbers, and the index, which is there
    where it was beyond the end."""
    edges = [(0, int(_is_whole(entry))) for entry, _ in _along(index, array.shape) for _ in range(_axes_of(entry))]
    return np.pad(array, edges, constant_values=fill), _moved(index, array.shape, _at_the_fence)


def _moved(index: Any, shape: Sequence[int], move: Callable[[Any, Any], Any]) -> tuple[Any, ...]:
    """An index, each whole number of which is moved, as it goes along an axis of a length."""
    return tuple(move(entry, length) if _is_whole(entry) else entry for entry, length in _along(index, shape))


def _along(index: Any, shape: Sequence[int]) -> list[tuple[Any, int]]:
    """The entries of an index, without an ellipsis, each with the length of the first axis that it goes along."""
    entries = list(index) if isinstance(index, tuple) else [index]
    rest = [ALL] * (len(shape) - sum(map(_axes_of, entries)))
    place = next((place for place, entry in enumerate(entries) if entry is Ellipsis), len(entries))
    entries[place : place + 1] = rest
    starts = numpy.cumsum([0, *map(_axes_of, entries)])
    lengths = [*shape, 0]
    return [(entry, lengths[start]) for entry, start in zip(entries, starts, strict=False)]


def _axes_of(entry: Any) -> int:
    """How many axes an entry of an index goes along."""
    if entry is None or entry is Ellipsis or isinstance(entry, (bool, numpy.bool_)):
        return 0
    return entry.ndim if getattr(getattr(entry, "dtype", None), "kind", "") == "b" else 1


def _is_whole(entry: Any) -> bool:
    """Whether an entry of an index is a whole number, or an array of them."""
    if isinstance(entry, (bool, slice)):
        return False
    return isinstance(entry, int) or getattr(getattr(entry, "dtype", None), "kind", "") in ("i", "u")


def _is_inside(entry: Any, length: int) -> bool:
    """Whether whole numbers are indices of an axis; of what has no value yet, nothing else is known."""
    if isinstance(entry, wg.Tensor) and type(entry._value) is Abstract:
        return True
    known = numpy.asarray(entry)
    return bool(((known >= -length) & (known < length)).all())


def _counted(entry: Any, length: int) -> Any:
    """Whole numbers, those counted from the end from the front."""
    numbers = np.asarray(entry)
    return np.where(numbers < 0, numbers + length, numbers)


def _at_the_fence(entry: Any, length: int) -> Any:
    found = _counted(entry, length)
    return np.where((found < 0) | (found >= length), length, found)
