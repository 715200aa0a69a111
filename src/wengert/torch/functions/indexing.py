"""Elements taken and written by tensors of indices, order, and parts of matrices."""

from __future__ import annotations

from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.fronts.face import behind

from ..promotion import promoted
from ..registry import function, method, offer
from ..tensor import Tensor, of, tensor_of
from .reductions import found

__all__: list[str] = []


def gather(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """The element of `input` at each index along an axis, and at the place of the index along the others.

    >>> from wengert import torch
    >>> torch.gather(torch.tensor([[1, 2], [3, 4]]), 1, torch.tensor([[0, 0], [1, 0]]))
    tensor([[1, 1],
            [4, 3]])
    """
    x, places = tensor_of(input, "gather"), tensor_of(index, "gather", "index")
    return of(np.take_along_axis(_as_long(x, places.shape, dim), places, dim))


def _as_long(x: Any, shape: tuple[int, ...], dim: int) -> Any:
    """What is reached of `x` by indices of a shape: along the other axes only so many elements."""
    dim = dim % x.ndim
    lengths = tuple(x.shape[axis] if axis == dim else length for axis, length in enumerate(shape))
    return x if lengths == x.shape else x[tuple(map(slice, lengths))]


def _places(dim: int, index: Any) -> tuple[Any, ...]:
    """An index of whole arrays for what `gather` reaches."""
    grid = np.indices(index.shape, sparse=True)
    return tuple(index if axis == dim % index.ndim else each for axis, each in enumerate(grid))


@method
def scatter_(
    self: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: Any = None
) -> Tensor:
    """Write the elements of `src` (or one value) at the indices along an axis; the tensor itself."""
    places, given = _places(dim, index._tensor), behind(src if value is None else value)
    if isinstance(given, wg.Tensor):
        given = given[tuple(map(slice, index._tensor.shape))]
    if reduce == "add":
        np.add.at(self._tensor, places, given)
    elif reduce == "multiply":
        np.multiply.at(self._tensor, places, given)
    else:
        self._tensor[places] = given
    return self


@method
def scatter_add_(self: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """Add the elements of `src` at the indices along an axis; the tensor itself."""
    return scatter_(self, dim, index, src, reduce="add")


def scatter(
    input: Tensor, dim: int, index: Tensor, src: Any = None, *, value: Any = None, reduce: Any = None
) -> Tensor:
    """`scatter_` of a copy."""
    return scatter_(of(tensor_of(input, "scatter").clone()), dim, index, src, value=value, reduce=reduce)


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """`scatter_add_` of a copy."""
    return scatter_add_(of(tensor_of(input, "scatter_add").clone()), dim, index, src)


def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """What is at each index of an axis."""
    return of(np.take(tensor_of(input, "index_select"), index._tensor, axis=dim))


@method
def index_add_(self: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: Any = 1) -> Tensor:
    """Add what is at each place along an axis of `source` at the index that is there; the tensor itself."""
    places = (slice(None),) * (dim % self._tensor.ndim) + (index._tensor,)
    np.add.at(self._tensor, places, source._tensor if alpha == 1 else alpha * source._tensor)
    return self


@method
def index_copy_(self: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """Write what is at each place along an axis of `source` at the index that is there; the tensor itself."""
    self._tensor[(slice(None),) * (dim % self._tensor.ndim) + (index._tensor,)] = source._tensor
    return self


@method
def index_fill_(self: Tensor, dim: int, index: Tensor, value: Any) -> Tensor:
    """Write one value at each index of an axis; the tensor itself."""
    self._tensor[(slice(None),) * (dim % self._tensor.ndim) + (index._tensor,)] = behind(value)
    return self


def take(input: Tensor, index: Tensor) -> Tensor:
    """The elements at indices of all elements in one row."""
    return of(np.take(np.ravel(tensor_of(input, "take")), index._tensor))


def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """The element at each index along an axis, broadcast."""
    x = tensor_of(input, "take_along_dim")
    return of(np.take_along_axis(x, indices._tensor, dim))


def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """The elements, but one value where the mask is true."""
    x = tensor_of(input, "masked_fill")
    return of(np.where(mask._tensor, np.asarray(behind(value)).astype(x.dtype), x))


def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where the mask is true, in a row."""
    x, where = np.broadcast_arrays(tensor_of(input, "masked_select"), mask._tensor)
    return of(x[where])


for _function in (
    gather, scatter, scatter_add, index_select, take, take_along_dim, masked_select,
):  # fmt: skip
    offer(_function)
offer(masked_fill, writes=True)


# -- order -----------------------------------------------------------------------------------------


def sort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """The elements in order along an axis, and where they were; equal ones stay in their order."""
    x = tensor_of(input, "sort")
    order = _order(x, dim, descending)
    return found("sort")(of(np.take_along_axis(x, order, dim)), of(order))


def argsort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Tensor:
    """Where the elements are that would be in order along an axis."""
    return of(_order(tensor_of(input, "argsort"), dim, descending))


def _order(x: Any, dim: int, descending: bool) -> Any:
    if not descending:
        return np.argsort(x, axis=dim, stable=True)
    turned = np.argsort(np.flip(x, dim), axis=dim, stable=True)  # so that equal ones stay in their order
    return np.flip(x.shape[dim] - 1 - turned, dim)


def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The `k` largest (or smallest) elements along an axis in order, and where they are."""
    x = tensor_of(input, "topk")
    if not 0 <= k <= x.shape[dim]:
        raise RuntimeError(
            f"[topk] k is {k}, wanted 0 to {x.shape[dim]}, the length of axis {dim}; write x.topk(min(k, x.size(dim)))"
        )
    order = _order(x, dim, largest)[(slice(None),) * (dim % x.ndim) + (slice(k),)]
    return found("topk")(of(np.take_along_axis(x, order, dim)), of(order))


def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The `k`-th smallest element along an axis, and where it is."""
    values, indices = topk(input, k, dim, largest=False)
    last = slice(k - 1, k)
    taken = (each._tensor[(slice(None),) * (dim % each._tensor.ndim) + (last,)] for each in (values, indices))
    return found("kthvalue")(*(of(each if keepdim else np.squeeze(each, dim)) for each in taken))


def msort(input: Tensor) -> Tensor:
    """The elements in order along the first axis."""
    return sort(input, 0).values


for _function in (sort, argsort, topk, kthvalue, msort):
    offer(_function)


def unique(
    input: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False,
    dim: int | None = None,
) -> Any:  # fmt: skip
    """The different elements in order; where each element is among them and how often each is there, if asked for."""
    x = tensor_of(input, "unique").detach()
    results = np.unique(x, return_inverse=return_inverse, return_counts=return_counts, axis=dim)
    if not (return_inverse or return_counts):
        return of(results)
    values, *others = results
    if return_inverse and dim is None:
        others[0] = others[0].reshape(x.shape)
    return of(values), *map(of, others)


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each number from 0 on is there, or the sum of its weights."""
    return of(np.bincount(tensor_of(input, "bincount"), behind(weights), minlength))


def nonzero(input: Tensor, *, as_tuple: bool = False) -> Any:
    """The indices of elements that are not 0: a row for each, or a tensor for each axis."""
    found_at = np.nonzero(tensor_of(input, "nonzero"))
    return tuple(map(of, found_at)) if as_tuple else of(np.stack(found_at, axis=-1))


def searchsorted(sorted_sequence: Tensor, values: Any, *, right: bool = False, side: str | None = None) -> Tensor:
    """Before which element of a sequence in order each value belongs."""
    side = side or ("right" if right else "left")
    return of(np.searchsorted(tensor_of(sorted_sequence, "searchsorted"), behind(values), side=side))


def bucketize(input: Tensor, boundaries: Tensor, *, right: bool = False) -> Tensor:
    """In which bucket between boundaries each element is."""
    return searchsorted(boundaries, input, right=right)


def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements are in each of `bins` ranges from `min` to `max` (from the least to the greatest if equal)."""
    x = tensor_of(input, "histc").detach()
    bounds = (min, max) if min != max else (float(np.min(x)), float(np.max(x)))
    return of(np.histogram(x, bins, bounds)[0].astype(x.dtype))


for _function in (unique, bincount, nonzero, histc):
    offer(_function)
offer(searchsorted, method=False)
offer(bucketize, method=False)


# -- parts of matrices -----------------------------------------------------------------------------


def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """0 below a diagonal."""
    return of(np.triu(tensor_of(input, "triu"), diagonal))


def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """0 above a diagonal."""
    return of(np.tril(tensor_of(input, "tril"), diagonal))


def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """The diagonal of a matrix, or a matrix with a diagonal."""
    return of(np.diag(tensor_of(input, "diag"), diagonal))


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The diagonal of two axes, as the last axis."""
    return of(np.diagonal(tensor_of(input, "diagonal"), offset, dim1, dim2))


def diag_embed(input: Tensor, offset: int = 0) -> Tensor:
    """Matrices with the last axis as their diagonals."""
    x = tensor_of(input, "diag_embed")
    size = x.shape[-1] + abs(offset)
    rows = numpy.arange(x.shape[-1]) + max(-offset, 0)
    made = np.zeros((*x.shape[:-1], size, size), x.dtype)
    made[..., rows, rows + offset] = x
    return of(made)


def trace(input: Tensor) -> Tensor:
    """The sum of the diagonal of a matrix."""
    return of(np.trace(tensor_of(input, "trace")))


offer(triu, writes=True)
offer(tril, writes=True)
for _function in (diag, diagonal, diag_embed, trace):
    offer(_function)


def _triangle(below: Any, name: str) -> Any:
    def places(row: int, col: int, offset: int = 0, **_: Any) -> Tensor:
        return of(wg.tensor(numpy.stack(below(row, offset, col))))

    places.__name__, places.__doc__ = name, "The rows and columns of the elements of a triangle."
    return places


function(_triangle(numpy.triu_indices, "triu_indices"))
function(_triangle(numpy.tril_indices, "tril_indices"))


@method
def fill_diagonal_(self: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """One value along the diagonal; the tensor itself."""
    np.fill_diagonal(self._tensor, behind(fill_value), wrap)
    return self


# -- comparison ------------------------------------------------------------------------------------


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Which elements are close."""
    return of(np.isclose(*promoted(input, other), rtol=rtol, atol=atol, equal_nan=equal_nan))


def allclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements are close."""
    return bool(np.all(isclose(input, other, rtol, atol, equal_nan)._tensor))


def equal(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have the same shape and elements."""
    return bool(np.array_equal(tensor_of(input, "equal"), tensor_of(other, "equal", "other")))


def isin(elements: Any, test_elements: Any, *, invert: bool = False) -> Tensor:
    """Which elements are among others."""
    return of(np.isin(behind(elements), behind(test_elements), invert=invert))


for _function in (isclose, allclose, equal):
    offer(_function)
offer(isin, method=False)
