"""Matrices built from vectors and blocks."""

from __future__ import annotations

from typing import Any

import numpy

from ..core.dtypes.kinds import result_type
from ..core.tensor import Tensor
from ..numpy.protocols.lift import to_tensor
from ..ops.elementwise import astype, conjugate, multiply
from ..ops.indexing.gather import block, gather
from ..ops.join import concatenate
from ..ops.shape import reshape


def vector(x: Any, op: str) -> Tensor:
    """A vector.

    Raises:
        ValueError: it has more or fewer axes than one.
    """
    x = to_tensor(x)
    if x.ndim != 1:
        raise ValueError(f"[{op}] the shape is {x.shape}, wanted a vector; write x.ravel(), or vmap for a stack")
    return x


def _joined(*parts: Tensor) -> Tensor:
    dtype = result_type(*[x.dtype for x in parts])
    return concatenate(*[astype(x, dtype=dtype) for x in parts], axis=0)


def toeplitz(c: Any, r: Any = None) -> Tensor:
    """As ``scipy.linalg.toeplitz``: constant diagonals, from the first column and the first row."""
    c = vector(c, "toeplitz")
    r = (conjugate(c) if c.dtype.kind == "c" else c) if r is None else vector(r, "toeplitz")
    # The elements from the lower left corner up to the first, and on to the upper right corner.
    edge = _joined(block(c, index=(slice(None, None, -1),)), block(r, index=(slice(1, None),)))
    rows, columns = numpy.arange(c.shape[0])[:, None], numpy.arange(r.shape[0])
    return gather(edge, c.shape[0] - 1 + columns - rows, axis=0)


def circulant(c: Any) -> Tensor:
    """As ``scipy.linalg.circulant``: each column is the one before it, turned by one."""
    c = vector(c, "circulant")
    places = numpy.arange(c.shape[0])
    return gather(c, (places[:, None] - places) % c.shape[0], axis=0)


def hankel(c: Any, r: Any = None) -> Tensor:
    """As ``scipy.linalg.hankel``: constant antidiagonals, from the first column and the last row."""
    c = vector(c, "hankel")
    r = Tensor(numpy.zeros(c.shape, c.dtype)) if r is None else vector(r, "hankel")
    edge = _joined(c, block(r, index=(slice(1, None),)))
    return gather(edge, numpy.arange(c.shape[0])[:, None] + numpy.arange(r.shape[0]), axis=0)


def block_diag(*arrs: Any) -> Tensor:
    """As ``scipy.linalg.block_diag``: zeros but for the given matrices along the diagonal."""
    parts = [_as_matrix(to_tensor(x)) for x in arrs or ([],)]
    width = sum(x.shape[1] for x in parts)
    dtype = result_type(*[x.dtype for x in parts])
    rows, left = [], 0
    for x in parts:
        height, count = x.shape
        before = numpy.zeros((height, left), dtype)
        after = numpy.zeros((height, width - left - count), dtype)
        rows.append(concatenate(before, astype(x, dtype=dtype), after, axis=1))
        left += count
    return concatenate(*rows, axis=0)


def _as_matrix(x: Tensor) -> Tensor:
    if x.ndim > 2:
        raise ValueError(f"[block_diag] a block has the shape {x.shape}, wanted at most two axes")
    return x if x.ndim == 2 else reshape(x, shape=(1, x.size))


def khatri_rao(a: Any, b: Any) -> Tensor:
    """As ``scipy.linalg.khatri_rao``: the Kronecker product of each column of `a` with that of `b`."""
    a, b = to_tensor(a), to_tensor(b)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError(f"[khatri_rao] the shapes are {a.shape} and {b.shape}, wanted matrices with as many columns")
    (m, columns), n = a.shape, b.shape[0]
    return reshape(
        multiply(reshape(a, shape=(m, 1, columns)), reshape(b, shape=(1, n, columns))), shape=(m * n, columns)
    )
