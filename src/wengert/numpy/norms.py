"""Norms of vectors and matrices. Where a norm is 0, and where an element or a singular value in it is 0,
its derivative there is 0, to every order."""

from __future__ import annotations

from typing import Any

import numpy

from ..core.dtypes.kinds import is_inexact
from ..core.tensor import Tensor
from ..names import teaches_keywords
from ..ops import elementwise as e
from ..ops.axes import reduce as r
from ..ops.axes.norms import euclidean_norm
from ..ops.elementwise import astype
from ..ops.matrices.spectral import svd as svd_op
from ..ops.shape import reshape, transpose
from .arrays.manipulation import normal_axes
from .protocols.lift import to_tensor
from .reductions import total


def inexact(x: Any) -> Tensor:
    """The tensor; integers as float64, as LAPACK wants them."""
    x = to_tensor(x)
    return x if is_inexact(x.dtype) else astype(x, dtype=numpy.dtype(numpy.float64))


@teaches_keywords
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Tensor:
    """As ``numpy.linalg.norm``; where the norm is 0 its derivatives are 0."""
    x = inexact(x)
    if axis is None and (ord is None or (ord in ("f", "fro") and x.ndim == 2) or (ord == 2 and x.ndim == 1)):
        return euclidean_norm(x, axis=tuple(range(x.ndim)), keepdims=keepdims)
    axes = tuple(range(x.ndim)) if axis is None else normal_axes(axis, x.ndim)
    if len(axes) == 1:
        return _of_vector(x, 2 if ord is None else ord, axes, keepdims)
    if len(axes) == 2:
        return _of_matrix(x, "fro" if ord is None else ord, axes, keepdims)
    raise ValueError(
        f"[norm] ord={ord!r} for {len(axes)} axes of a tensor of shape {x.shape}, wanted one axis for a vector norm or "
        "two for a matrix norm; write axis=(-2, -1), or vector_norm(x, ord=...) for all axes"
    )


@teaches_keywords
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Tensor:
    """As ``numpy.linalg.vector_norm``; where the norm is 0 its derivatives are 0."""
    x = inexact(x)
    axes = tuple(range(x.ndim)) if axis is None else normal_axes(axis, x.ndim)
    return _of_vector(x, ord, axes, keepdims)


@teaches_keywords
def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Tensor:
    """As ``numpy.linalg.matrix_norm``; where the norm is 0 its derivatives are 0."""
    x = inexact(x)
    if x.ndim < 2:
        raise ValueError(f"[matrix_norm] the shape is {x.shape}, wanted at least two axes; write vector_norm(x)")
    return _of_matrix(x, ord, (x.ndim - 2, x.ndim - 1), keepdims)


def _of_vector(x: Tensor, order: Any, axis: tuple[int, ...], keepdims: bool) -> Tensor:
    if order == 2:
        return euclidean_norm(x, axis=axis, keepdims=keepdims)
    if isinstance(order, str):
        raise ValueError(f"[norm] ord={order!r} for a vector, wanted a number; write axis=(-2, -1) for a matrix norm")
    sizes = e.absolute(x)
    if order == numpy.inf:
        return r.largest(sizes, axis=axis, keepdims=keepdims)
    if order == -numpy.inf:
        return r.min(sizes, axis=axis, keepdims=keepdims)
    if order == 0:
        return r.sum(astype(e.not_equal(x, 0), dtype=sizes.dtype), axis=axis, keepdims=keepdims)
    if order == 1:
        return r.sum(sizes, axis=axis, keepdims=keepdims)
    total = r.sum(e.power(sizes, order), axis=axis, keepdims=keepdims)
    return _power_of_sum(total, 1 / order)


def _power_of_sum(total: Tensor, exponent: float) -> Tensor:
    """total ** exponent, with derivatives 0 where the total is 0 or infinite."""
    flat = e.logical_or(e.equal(total, 0), e.isinf(total))
    safe = e.where(flat, 1, total)
    return e.where(flat, e.power(e.stop_gradient(total), exponent), e.power(safe, exponent))


def _of_matrix(x: Tensor, order: Any, axis: tuple[int, ...], keepdims: bool) -> Tensor:
    if order in ("fro", "f"):
        return euclidean_norm(x, axis=axis, keepdims=keepdims)
    rows, columns = axis
    if order in (1, -1):
        return _extreme_of_sums(x, order, rows, columns, keepdims)
    if order in (numpy.inf, -numpy.inf):
        return _extreme_of_sums(x, order, columns, rows, keepdims)
    if order in (2, -2, "nuc"):
        return _of_singular_values(x, order, axis, keepdims)
    raise ValueError(f"[norm] ord={order!r} for a matrix, wanted 'fro', 'nuc', 1, -1, 2, -2, inf or -inf")


def _extreme_of_sums(x: Tensor, order: float, summed: int, searched: int, keepdims: bool) -> Tensor:
    """The largest (or, for a negative order, smallest) sum of sizes."""
    sums = r.sum(e.absolute(x), axis=(summed,), keepdims=True)
    extreme = (r.largest if order > 0 else r.min)(sums, axis=(searched,), keepdims=True)
    return extreme if keepdims else reshape(extreme, shape=r.reduced_shape(x.shape, (summed, searched), False))


def _of_singular_values(x: Tensor, order: Any, axis: tuple[int, ...], keepdims: bool) -> Tensor:
    rest = tuple(i for i in range(x.ndim) if i not in axis)
    _, s, _ = svd_op(transpose(x, axes=(*rest, *axis)))
    # Singular values are at least 0 as it is; the absolute value gives those that are 0 the derivative 0.
    reduce = {2: r.largest, -2: r.min, "nuc": total}[order]
    out = reduce(e.absolute(s), (s.ndim - 1,), False)
    return reshape(out, shape=r.reduced_shape(x.shape, axis, keepdims))
