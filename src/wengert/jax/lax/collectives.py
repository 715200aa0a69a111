"""``jax.lax.psum`` and its like: what the examples of a batch have together, by the name of the axis of `jax.vmap`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import wengert as wg
import wengert.numpy as np

from ..array import WEAK, Array, arrays, as_tensor, of

__all__ = [
    "all_gather", "all_to_all", "axis_index", "axis_size", "pmax", "pmean", "pmin", "ppermute", "pshuffle", "psum",
    "psum_scatter", "pswapaxes",
]  # fmt: skip


def _names(axis_name: Any) -> tuple[Any, ...]:
    return tuple(axis_name) if isinstance(axis_name, (list, tuple)) else (axis_name,)


def _all(x: Any, axis_name: Any) -> Any:
    """What all examples have, stacked along a first axis; of several names the first changes most slowly."""
    tensor = as_tensor(x)
    shape = tensor.shape
    for name in reversed(_names(axis_name)):
        tensor = wg.all_examples(tensor, name)
    return tensor.reshape((-1, *shape))


def _mapped(f: Callable[[Any], Any], tree: Any) -> Any:
    """A tree of arrays, with what a function makes of the tensor behind each."""
    return wg.trees.map(lambda leaf: as_tensor(f(leaf)), arrays(tree))


def _together(below: Callable[..., Any], x: Any, axis_name: Any) -> Any:
    return _mapped(lambda leaf: below(_all(leaf, axis_name), axis=0), x)


def psum(x: Any, axis_name: Any) -> Any:
    """The sum over the examples; of a number of Python's its multiple.

    >>> from wengert import jax
    >>> jax.vmap(lambda x: x / jax.lax.psum(x, "i"), axis_name="i")(jax.numpy.array([1.0, 3.0]))
    Array([0.25, 0.75], dtype=float32)
    """
    return x * axis_size(axis_name) if type(x) in WEAK else _together(np.sum, x, axis_name)


def pmean(x: Any, axis_name: Any) -> Any:
    """The mean over the examples."""
    return _together(np.mean, x, axis_name)


def pmax(x: Any, axis_name: Any) -> Any:
    """The greatest over the examples."""
    return _together(np.max, x, axis_name)


def pmin(x: Any, axis_name: Any) -> Any:
    """The least over the examples."""
    return _together(np.min, x, axis_name)


def axis_index(axis_name: Any) -> Array:
    """The number of the example."""
    place: Any = 0
    for name in _names(axis_name):
        place = place * wg.example_count(name) + wg.example_number(name)
    return of(place.astype("int32"))


def axis_size(axis_name: Any) -> int:
    """The number of examples."""
    return math.prod([wg.example_count(name) for name in _names(axis_name)])


def all_gather(x: Any, axis_name: Any, *, axis: int = 0, tiled: bool = False) -> Any:
    """What all examples have, along a new axis; `tiled` along one that is there."""

    def gathered(leaf: Any) -> Any:
        found = _all(leaf, axis_name)
        return np.concatenate(tuple(found), axis=axis) if tiled else np.moveaxis(found, 0, axis)

    return _mapped(gathered, x)


def ppermute(x: Any, axis_name: Any, perm: Sequence[tuple[int, int]]) -> Any:
    """What another example has: `perm` are (from, to); who gets none has zeros."""
    sources = {to: source for source, to in perm}
    of_each = [sources.get(to, -1) for to in range(axis_size(axis_name))]

    def permuted(leaf: Any) -> Any:
        source = np.asarray(of_each)[axis_index(axis_name)._tensor]
        found = _all(leaf, axis_name)[np.maximum(source, 0)]
        return np.where(source < 0, np.zeros_like(found), found)

    return _mapped(permuted, x)


def pshuffle(x: Any, axis_name: Any, perm: Sequence[int]) -> Any:
    """What another example has, whose number is in `perm`."""
    return ppermute(x, axis_name, [(source, to) for to, source in enumerate(perm)])


def all_to_all(x: Any, axis_name: Any, split_axis: int, concat_axis: int, *, tiled: bool = False) -> Any:
    """Each example gives each other one a part along an axis; `tiled` if that has several elements."""

    def exchanged(leaf: Any) -> Any:
        mine = _part(leaf, axis_name, split_axis, tiled)
        return np.concatenate(tuple(mine), axis=concat_axis) if tiled else np.moveaxis(mine, 0, concat_axis)

    return _mapped(exchanged, x)


def pswapaxes(x: Any, axis_name: Any, axis: int) -> Any:
    """With the axis of the examples and another one exchanged."""
    return all_to_all(x, axis_name, axis, axis)


def psum_scatter(x: Any, axis_name: Any, *, scatter_dimension: int = 0, tiled: bool = False) -> Any:
    """Of the sum over the examples each one's part along an axis; `tiled` if that has several elements."""
    return _mapped(lambda leaf: np.sum(_part(leaf, axis_name, scatter_dimension, tiled), axis=0), x)


def _part(leaf: Any, axis_name: Any, axis: int, tiled: bool) -> Any:
    """Of what all examples have, the part along an axis that is this one's.

    Raises:
        ValueError: the axis cannot be cut in so many parts.
    """
    size, found = axis_size(axis_name), np.moveaxis(_all(leaf, axis_name), axis % leaf.ndim + 1, 1)
    length = found.shape[1]
    if length % size or not (tiled or length == size):
        raise ValueError(
            f"[lax] axis {axis} of shape {leaf.shape} was to be cut in parts for {size} examples, wanted its length to "
            f"be {'a multiple of ' * tiled}{size}; write an array with such an axis"
        )
    parts = found.reshape((size, size, length // size, *found.shape[2:]))
    mine = np.take(parts, axis_index(axis_name)._tensor, axis=1)
    return np.moveaxis(mine, 1, axis % leaf.ndim + 1) if tiled else mine[:, 0]
