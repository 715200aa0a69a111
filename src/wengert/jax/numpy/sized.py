"""Functions whose results have as many elements as the values say, or as many as ``size=`` says.

Within a compiled function the number of elements has to be known, so it can be given: what is missing is filled up,
what is too much is cut off.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import wengert.numpy as np

from ..array import Array, as_tensor, combined, of

__all__ = ["SIZED"]


def _fitted(found: Any, size: int | None, fill: Any) -> Any:
    """So many elements of what was found."""
    if size is None:
        return found
    missing = max(size - found.shape[0], 0)
    return np.concatenate([found[:size], np.full((missing, *found.shape[1:]), fill, found.dtype)])


def _places(condition: Any, size: int) -> Any:
    """The numbers of the elements where a condition holds, in order, then those of the others; and how many hold."""
    flat = np.ravel(condition)
    order = np.argsort(np.logical_not(flat), stable=True)
    return order[:size], np.sum(flat)


def nonzero(a: Any, *, size: int | None = None, fill_value: Any = None) -> tuple[Array, ...]:
    """Where elements are not zero, for each axis an array.

    >>> import wengert.jax.numpy as jnp
    >>> jnp.nonzero(jnp.array([0, 3, 4]), size=3, fill_value=-1)
    (Array([ 1,  2, -1], dtype=int32),)
    """
    given = as_tensor(a)
    if size is None:
        return tuple(map(of, np.nonzero(given)))
    order, count = _places(given != 0, size)
    order = np.concatenate([order, np.zeros(max(size - given.size, 0), order.dtype)])
    holds = np.arange(size) < count
    fills = fill_value if isinstance(fill_value, tuple) else (fill_value or 0,) * given.ndim
    found = np.unravel_index(order, given.shape)
    return tuple(of(np.where(holds, each, fill)) for each, fill in zip(found, fills, strict=True))


def flatnonzero(a: Any, *, size: int | None = None, fill_value: Any = None) -> Array:
    """Where elements of the array in one row are not zero."""
    return nonzero(of(np.ravel(as_tensor(a))), size=size, fill_value=fill_value)[0]


def argwhere(a: Any, *, size: int | None = None, fill_value: Any = None) -> Array:
    """Where elements are not zero, for each of them a row."""
    return of(np.stack([each._tensor for each in nonzero(a, size=size, fill_value=fill_value)], axis=-1))


def where(condition: Any, x: Any = None, y: Any = None, /, *, size: int | None = None, fill_value: Any = None) -> Any:
    """Elements of one array or another; where elements are not zero if only a condition is given."""
    if x is None and y is None:
        return nonzero(condition, size=size, fill_value=fill_value)
    return combined(lambda one, other: np.where(as_tensor(condition), one, other), x, y)


def unique(ar: Any, *, size: int | None = None, fill_value: Any = None, **kwargs: Any) -> Any:
    """The elements, in order, each once."""
    found = np.unique(as_tensor(ar), **kwargs)
    if not isinstance(found, tuple):
        return of(_fitted(found, size, found[0] if fill_value is None else fill_value))
    fills = [found[0][0] if fill_value is None else fill_value, *[0] * (len(found) - 1)]
    lengths = [size if each.ndim == 1 and each.shape == found[0].shape else None for each in found]
    return tuple(map(of, map(_fitted, found, lengths, fills)))


def bincount(x: Any, weights: Any = None, minlength: int = 0, *, length: int | None = None) -> Array:
    """How often each number from 0 on is there."""
    found = np.bincount(as_tensor(x), None if weights is None else as_tensor(weights), length or minlength)
    return of(found[:length])


SIZED: dict[str, Callable[..., Any]] = {
    "argwhere": argwhere, "bincount": bincount, "flatnonzero": flatnonzero, "nonzero": nonzero, "unique": unique,
    "where": where,
}  # fmt: skip
"""The functions by name."""
