"""Elements put where indices or masks say, into the tensor itself or a copy of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

import wengert.numpy as np
from wengert.fronts.face import behind

from ..registry import METHODS, method, offer
from ..tensor import Tensor, of, tensor_of
from .indexing import scatter_add_

__all__: list[str] = []


@method
def index_put_(self: Tensor, indices: Any, values: Any, accumulate: bool = False) -> Tensor:
    """Write (or add) values where a tuple of indices says; the tensor itself."""
    places = tuple(behind(list(indices)))
    if accumulate:
        np.add.at(self._tensor, places, behind(values))
    else:
        self._tensor[places] = behind(values)
    return self


@method
def put_(self: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """Write (or add) values at indices of all elements in one row; the tensor itself."""
    places = np.unravel_index(index._tensor, self._tensor.shape)
    return index_put_(self, [of(each) for each in places], source, accumulate)


@method
def masked_scatter_(self: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """Write the first elements of `source` where the mask is true; the tensor itself."""
    where = np.broadcast_to(mask._tensor, self._tensor.shape)
    self._tensor[where] = np.ravel(source._tensor)[: int(np.sum(where))]
    return self


REDUCTIONS = {"sum": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum}
"""What several values at one place become together, by PyTorch's names."""

FIRST = {"sum": 0.0, "prod": 1.0, "amax": -numpy.inf, "amin": numpy.inf}
"""What changes nothing."""


@method
def scatter_reduce_(
    self: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """Let elements at the indices along an axis be the sum, product, mean or extreme of those of `src` that go there.

    Raises:
        ValueError: the reduction is another.
    """
    if reduce not in (*REDUCTIONS, "mean"):
        raise ValueError(
            f"[scatter_reduce] reduce is {reduce!r}, wanted one of {', '.join(REDUCTIONS)}, mean; write reduce='sum'"
        )
    grid = np.indices(index._tensor.shape, sparse=True)
    places = tuple(index._tensor if axis == dim % self._tensor.ndim else each for axis, each in enumerate(grid))
    given = src._tensor[tuple(map(slice, index._tensor.shape))]
    how = "sum" if reduce == "mean" else reduce
    if not include_self:
        self._tensor[places] = FIRST[how]
    REDUCTIONS[how].at(self._tensor, places, given)
    if reduce == "mean":
        counts = of(np.full(self._tensor.shape, float(include_self), self._tensor.dtype))
        scatter_add_(counts, dim, index, of(np.ones_like(given)))
        self._tensor[...] = self._tensor / np.maximum(counts._tensor, 1)
    return self


def _of_a_copy(name: str) -> Callable[..., Tensor]:
    write = METHODS[f"{name}_"]

    def apply(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return write(of(tensor_of(input, name).clone()), *args, **kwargs)

    apply.__name__, apply.__doc__ = name, f"`{name}_` of a copy."
    return apply


for _name in ("index_put", "put", "masked_scatter", "scatter_reduce", "index_add", "index_copy", "index_fill"):
    offer(_of_a_copy(_name), _name)


def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Tensor:
    """A copy with other elements at an index of an axis."""
    copy = of(tensor_of(input, "select_scatter").clone())
    copy._tensor[(slice(None),) * (dim % copy._tensor.ndim) + (index,)] = src._tensor
    return copy


def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Tensor:
    """A copy with other elements in a range of an axis."""
    copy = of(tensor_of(input, "slice_scatter").clone())
    copy._tensor[(slice(None),) * (dim % copy._tensor.ndim) + (slice(start, end, step),)] = src._tensor
    return copy


def argwhere(input: Tensor) -> Tensor:
    """The indices of elements that are not 0, a row each."""
    return of(np.argwhere(tensor_of(input, "argwhere")))


for _function in (select_scatter, slice_scatter, argwhere):
    offer(_function)
