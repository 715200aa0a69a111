"""What moves, joins, takes and puts elements."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ...core.primitive import Primitive, by_primitive
from ...ops import fft as f, join as j, shape as s
from ...ops.axes import scan
from ...ops.axes.sort import inverse, permute
from ...ops.broadcast import broadcast_to
from ...ops.indexing import gather as g
from .imported import jnp, lax

# -- shapes ----------------------------------------------------------------------------------------


def padded(x: Any, ends: Sequence[tuple[int, int, int]], fill: Any = 0) -> Any:
    """The array with `fill` before, behind and between the elements of each axis; negative numbers crop."""
    return lax.pad(x, numpy.asarray(fill, x.dtype), ends)


def _resize(x: Any, shape: Sequence[int]) -> Any:
    return padded(x, [(0, wanted - length, 0) for length, wanted in zip(x.shape, shape, strict=True)])


def _shift(x: Any, axis: int, by: int, fill: int) -> Any:
    return padded(x, [(by, -by, 0) if i == axis else (0, 0, 0) for i in range(x.ndim)], fill)


def _split(x: Any, axis: int, sizes: Sequence[int]) -> tuple[Any, ...]:
    return tuple(jnp.split(x, numpy.cumsum(sizes)[:-1].tolist(), axis))


def _unstack(x: Any, axis: int) -> tuple[Any, ...]:
    return tuple(jnp.unstack(x, axis=axis))


# -- indices that are known ------------------------------------------------------------------------


def _place(x: Any, index: tuple[Any, ...], shape: tuple[int, ...]) -> Any:
    """Zeros of a shape, to which `x` is added at the index; of slices by padding, which is fused."""
    ends = _ends(index, shape)
    if ends is None:
        return jnp.zeros(shape, x.dtype).at[index].add(x)
    lengths = [len(range(length)[entry]) for entry, length in zip(_slices(index, shape), shape, strict=True)]
    return padded(x.reshape(lengths), ends)


def _slices(index: tuple[Any, ...], shape: tuple[int, ...]) -> list[slice]:
    """A slice for each axis, of an index of slices, integers and new axes."""
    entries = [e for e in index if e is not None]
    if Ellipsis in entries:
        at = entries.index(Ellipsis)
        entries[at : at + 1] = [slice(None)] * (len(shape) - len(entries) + 1)
    entries += [slice(None)] * (len(shape) - len(entries))
    return [
        e if isinstance(e, slice) else slice(e % length, e % length + 1)
        for e, length in zip(entries, shape, strict=True)
    ]


def _ends(index: tuple[Any, ...], shape: tuple[int, ...]) -> list[tuple[int, int, int]] | None:
    """By how much what is at an index is padded to fill a shape; ``None`` unless it is of slices that go forward."""
    if any(isinstance(entry, numpy.ndarray | list) for entry in index):
        return None
    ends = []
    for entry, length in zip(_slices(index, shape), shape, strict=True):
        places = range(length)[entry]
        if not places or places.step < 0:
            return None
        ends.append((places[0], length - 1 - places[-1], places.step - 1))
    return ends


def _slice_set(x: Any, v: Any, index: tuple[Any, ...]) -> Any:
    """The last write wins: of integer arrays only that is done."""
    if not any(isinstance(entry, numpy.ndarray) and entry.dtype.kind != "b" for entry in index):
        return jnp.asarray(x).at[index].set(v)
    places = numpy.arange(math.prod(x.shape)).reshape(x.shape)[index].reshape(-1)
    unique, last = numpy.unique(places[::-1], return_index=True)
    values = jnp.broadcast_to(v, jnp.broadcast_shapes(v.shape, numpy.empty(x.shape, bool)[index].shape)).reshape(-1)
    return jnp.asarray(x).reshape(-1).at[unique].set(values[places.size - 1 - last]).reshape(x.shape)


# -- indices that are operands ---------------------------------------------------------------------


def _places(index: Any, length: int) -> Any:
    """Indices without a sign; those out of bounds are `length`, which is read as NaN and not written to.

    JAX need not look for negative ones again.
    """
    index = jnp.asarray(index)
    if index.dtype.kind != "u":
        index = index.astype(numpy.int64)
        index = jnp.where(index < 0, index + length, index)
    return jnp.minimum(index.astype(numpy.uint64), length).astype(numpy.uint32 if length < 1 << 32 else numpy.uint64)


def _gather(x: Any, index: Any, axis: int) -> Any:
    return jnp.take(x, _places(index, x.shape[axis]), axis=axis, mode="fill")


def _scatter_add(v: Any, index: Any, axis: int, length: int) -> Any:
    out = jnp.zeros((*v.shape[:axis], length, *v.shape[axis + index.ndim :]), v.dtype)
    return out.at[(*(slice(None),) * axis, _places(index, length))].add(v, mode="drop")


def _scatter_set(x: Any, v: Any, index: Any, axis: int) -> Any:
    length = x.shape[axis]
    places = jnp.where(_last_writes(index, length), _places(index, length), length)
    return jnp.asarray(x).at[(*(slice(None),) * axis, places)].set(v, mode="drop")


def _last_writes(index: Any, length: int) -> Any:
    places = _places(index, length)
    order = jnp.arange(index.size).reshape(index.shape)
    winner = jnp.full(length, -1, order.dtype).at[places].max(order, mode="drop")
    return winner.at[places].get(mode="fill", fill_value=-1) == order


def _ravel_index(*indices: Any, lengths: tuple[int, ...]) -> Any:
    """Out of the bounds of one axis is out of the bounds of all."""
    flat, is_inside = jnp.zeros((), numpy.int64), True
    for index, length in zip(indices, lengths, strict=True):
        places = _places(index, length)
        flat, is_inside = flat * length + places.astype(numpy.int64), is_inside & (places < length)
    return jnp.where(is_inside, flat, math.prod(lengths))


MOVEMENT_FORMS: dict[Primitive, Callable[..., Any]] = by_primitive(
    {
        s.reshape: lambda x, shape: x.reshape(shape),
        s.transpose: lambda x, axes: x.transpose(axes),
        broadcast_to: lambda x, shape: jnp.broadcast_to(x, shape),
        j.concatenate: lambda *arrays, axis: jnp.concatenate(arrays, axis),
        j.stack: lambda *arrays, axis: jnp.stack(arrays, axis),
        j.split: _split,
        j.unstack: _unstack,
        f.resize: _resize,
        f.rotate: lambda x, shifts, axes: jnp.roll(x, shifts, axes),
        scan.shift: _shift,
        g.block: lambda x, index: jnp.asarray(x)[index],
        g.unslice: _place,
        g.slice_set: _slice_set,
        g.gather: _gather,
        g.scatter_add: _scatter_add,
        g.scatter_set: _scatter_set,
        g.last_writes: _last_writes,
        g.ravel_index: _ravel_index,
        permute: lambda x, order, axis: jnp.take_along_axis(x, order, axis),
        inverse: lambda order, axis: jnp.argsort(order, axis=axis),
    }
)
"""An index out of bounds, which NumPy raises for, reads NaN (of integers the least), and is not written to."""
