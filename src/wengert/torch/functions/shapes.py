"""Other shapes: views where PyTorch has views; joining, splitting, and order of axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

import wengert.numpy as np

from ..creation import sizes
from ..registry import function, method, offer
from ..size import Size
from ..tensor import Tensor, of, tensor_of
from .elementwise import with_out

__all__: list[str] = []


def reshape(input: Tensor, *shape: Any) -> Tensor:
    """The elements in another shape; one length may be -1."""
    return of(tensor_of(input, "reshape").reshape(sizes(shape)))


offer(reshape)


@method
def view(self: Tensor, *shape: Any) -> Tensor:
    """The elements in another shape (one length may be -1), or, of another dtype, the same memory."""
    if len(shape) == 1 and hasattr(shape[0], "numpy") and hasattr(shape[0], "is_floating_point"):
        return of(self._tensor.view(shape[0].numpy))
    return reshape(self, *shape)


@method
def view_as(self: Tensor, other: Tensor) -> Tensor:
    """The elements in the shape of another."""
    return reshape(self, *other.shape)


@method
def reshape_as(self: Tensor, other: Tensor) -> Tensor:
    """The elements in the shape of another."""
    return reshape(self, *other.shape)


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two axes exchanged."""
    return of(np.swapaxes(tensor_of(input, "transpose"), dim0, dim1))


offer(transpose, "transpose", "swapaxes", "swapdims")


def t(input: Tensor) -> Tensor:
    """A matrix transposed; a vector as it is."""
    return of(tensor_of(input, "t").T)


def permute(input: Tensor, *dims: Any) -> Tensor:
    """The axes in another order."""
    return of(np.transpose(tensor_of(input, "permute"), sizes(dims)))


def squeeze(input: Tensor, dim: Any = None) -> Tensor:
    """Without axes of length 1: all of them, or those of `dim` that are."""
    x = tensor_of(input, "squeeze")
    if dim is not None:
        dims = (dim,) if isinstance(dim, int) else dim
        dim = tuple(each for each in dims if x.ndim and x.shape[each] == 1)
    return of(np.squeeze(x, axis=dim))


def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """With another axis of length 1."""
    return of(np.expand_dims(tensor_of(input, "unsqueeze"), dim))


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """With the axes from one to another made one."""
    x = tensor_of(input, "flatten")
    if x.ndim == 0:
        return of(x.reshape(1))
    start, end = start_dim % x.ndim, end_dim % x.ndim
    return of(x.reshape((*x.shape[:start], -1, *x.shape[end + 1 :])) if end > start else x)


def unflatten(input: Tensor, dim: int, sizes: Any) -> Tensor:
    """With an axis made several."""
    x = tensor_of(input, "unflatten")
    dim = dim % x.ndim
    return of(x.reshape((*x.shape[:dim], *sizes, *x.shape[dim + 1 :])))


def ravel(input: Tensor) -> Tensor:
    """All elements along one axis."""
    return of(np.ravel(tensor_of(input, "ravel")))


for _function in (t, permute, squeeze, unsqueeze, flatten, unflatten, ravel):
    offer(_function)


@method
def expand(self: Tensor, *size: Any) -> Tensor:
    """Axes of length 1 repeated, as a view; -1 leaves a length as it is."""
    x, wanted = self._tensor, sizes(size)
    there = (None,) * (len(wanted) - x.ndim) + x.shape
    return of(np.broadcast_to(x, tuple(old if new == -1 else new for old, new in zip(there, wanted, strict=True))))


@method
def expand_as(self: Tensor, other: Tensor) -> Tensor:
    """Broadcast to the shape of another."""
    return of(np.broadcast_to(self._tensor, other._tensor.shape))


def broadcast_to(input: Tensor, size: Any) -> Tensor:
    """Broadcast to a shape."""
    return of(np.broadcast_to(tensor_of(input, "broadcast_to"), sizes([size])))


offer(broadcast_to)


@function
def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Tensors broadcast to the shape that they have together, as views."""
    return tuple(map(of, np.broadcast_arrays(*_behind(tensors, "broadcast_tensors"))))


@function
def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that tensors of these shapes have together."""
    return Size(np.broadcast_shapes(*shapes))


@method
def repeat(self: Tensor, *sizes_: Any) -> Tensor:
    """So many copies along each axis."""
    return of(np.tile(self._tensor, sizes(sizes_)))


def tile(input: Tensor, *dims: Any) -> Tensor:
    """So many copies along each axis."""
    return of(np.tile(tensor_of(input, "tile"), sizes(dims)))


def repeat_interleave(input: Tensor, repeats: Any, dim: int | None = None) -> Tensor:
    """Each element so many times."""
    counts = repeats._tensor if isinstance(repeats, Tensor) else repeats
    return of(np.repeat(tensor_of(input, "repeat_interleave"), counts, axis=dim))


def flip(input: Tensor, *dims: Any) -> Tensor:
    """With the order along axes turned round."""
    return of(np.flip(tensor_of(input, "flip"), sizes(dims)))


def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    """Moved along axes; what leaves at one end comes in at the other."""
    return of(np.roll(tensor_of(input, "roll"), shifts, axis=dims))


for _function in (tile, repeat_interleave, flip, roll):
    offer(_function)


# -- joining and splitting -------------------------------------------------------------------------


def _behind(tensors: Sequence[Tensor], op: str) -> list[Any]:
    return [tensor_of(each, op, f"tensors[{place}]") for place, each in enumerate(tensors)]


def cat(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Tensors one after another along an axis; empty vectors count for nothing.

    >>> from wengert import torch
    >>> torch.cat([torch.ones(2), torch.zeros(1)])
    tensor([1., 1., 0.])
    """
    given = _behind(tensors, "cat")
    parts = [each for each in given if each.shape != (0,)] or given[:1]
    return with_out(np.concatenate(parts, axis=dim), out)


offer(cat, "cat", "concat", "concatenate", method=False)


@function
def stack(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Tensors of one shape along a new axis."""
    return with_out(np.stack(_behind(tensors, "stack"), axis=dim), out)


def _joining(below: Callable[..., Any], name: str) -> Callable[..., Tensor]:
    def join(tensors: Sequence[Tensor]) -> Tensor:
        return of(below(_behind(tensors, name)))

    join.__name__, join.__doc__ = name, f"`wengert.numpy.{name}`."
    return join


for _name in ("hstack", "vstack", "dstack", "column_stack", "row_stack"):
    offer(_joining(getattr(np, "vstack" if _name == "row_stack" else _name), _name), _name, method=False)


def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Views of so many elements each along an axis (the last may be shorter), or of these lengths."""
    x = tensor_of(tensor, "split")
    length = x.shape[dim]
    if isinstance(split_size_or_sections, int):
        ends = list(range(split_size_or_sections, length, split_size_or_sections))
    else:
        ends = list(numpy.cumsum(split_size_or_sections)[:-1])
    return tuple(map(of, np.split(x, ends, axis=dim)))


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most so many views of the same length along an axis (the last may be shorter)."""
    length = tensor_of(input, "chunk").shape[dim]
    return split(input, max(-(-length // chunks), 1), dim)


def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The views along an axis."""
    x = np.moveaxis(tensor_of(input, "unbind"), dim, 0)
    return tuple(of(x[place]) for place in range(x.shape[0]))


def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """So many elements along an axis, as a view."""
    x = tensor_of(input, "narrow")
    return of(x[(slice(None),) * (dim % x.ndim) + (slice(int(start), int(start) + int(length)),)])


def select(input: Tensor, dim: int, index: int) -> Tensor:
    """What is at an index of an axis, as a view."""
    x = tensor_of(input, "select")
    return of(x[(slice(None),) * (dim % x.ndim) + (int(index),)])


for _function in (split, chunk, unbind, narrow, select):
    offer(_function)


@function
def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Coordinates of the points of a grid."""
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
    return tuple(map(of, np.meshgrid(*_behind(given, "meshgrid"), indexing=indexing)))


# -- what it is ------------------------------------------------------------------------------------


def numel(input: Tensor) -> int:
    """The number of elements."""
    return tensor_of(input, "numel").size


offer(numel)
offer(numel, "nelement", function=False)


@method
def dim(self: Tensor) -> int:
    """The number of axes."""
    return self._tensor.ndim


@method
def stride(self: Tensor, dim: int | None = None) -> Any:
    """Elements in memory from one to the next along each axis, or one."""
    found = tuple(each // self._tensor.dtype.itemsize for each in np.asarray(self._tensor).strides)
    return found if dim is None else found[dim]


Tensor.T = property(lambda self: of(self._tensor.T), doc="The axes in the opposite order.")  # type: ignore[attr-defined]
Tensor.mT = property(lambda self: of(self._tensor.mT), doc="Each matrix transposed.")  # type: ignore[attr-defined]
