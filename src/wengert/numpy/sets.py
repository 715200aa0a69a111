"""Distinct elements and sets of them, under NumPy's names."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy

from ..core.tensor import Tensor
from ..ops import elementwise as e, reduce as r
from ..ops.gather import gather
from ..ops.shape import reshape
from .indexing import extract
from .lift import to_tensor
from .manipulation import concatenate, flat, normal_axis
from .methods import concrete
from .sorting import sort

__all__ = [
    "intersect1d", "isin", "setdiff1d", "setxor1d", "union1d", "unique", "unique_all", "unique_counts",
    "unique_inverse", "unique_values",
]  # fmt: skip


def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    """As ``numpy.unique``; the derivative of a value belongs to its first occurrence. Looks at the values."""
    x = to_tensor(ar)
    raw = concrete(x, "unique")
    _, index, places, counts = numpy.unique(raw, True, True, True, axis, equal_nan=equal_nan)
    along, line = (flat(x), 0) if axis is None else (x, normal_axis(axis, x.ndim))
    values = gather(along, index, axis=line)
    asked = zip((return_index, return_inverse, return_counts), (index, places, counts), strict=True)
    others = [Tensor(extra) for wanted, extra in asked if wanted]
    return (values, *others) if others else values


class UniqueAllResult(NamedTuple):
    """What `unique_all` gives."""

    values: Tensor
    indices: Tensor
    inverse_indices: Tensor
    counts: Tensor


class UniqueCountsResult(NamedTuple):
    """What `unique_counts` gives."""

    values: Tensor
    counts: Tensor


class UniqueInverseResult(NamedTuple):
    """What `unique_inverse` gives."""

    values: Tensor
    inverse_indices: Tensor


def unique_all(x: Any, /) -> UniqueAllResult:
    """As ``numpy.unique_all``: every NaN is distinct."""
    return UniqueAllResult(*unique(x, True, True, True, equal_nan=False))


def unique_counts(x: Any, /) -> UniqueCountsResult:
    """As ``numpy.unique_counts``: every NaN is distinct."""
    return UniqueCountsResult(*unique(x, return_counts=True, equal_nan=False))


def unique_inverse(x: Any, /) -> UniqueInverseResult:
    """As ``numpy.unique_inverse``: every NaN is distinct."""
    return UniqueInverseResult(*unique(x, return_inverse=True, equal_nan=False))


def unique_values(x: Any, /) -> Tensor:
    """As ``numpy.unique_values``: every NaN is distinct."""
    return unique(x, equal_nan=False)


def isin(element: Any, test_elements: Any, *, invert: bool = False) -> Tensor:
    """As ``numpy.isin``."""
    x, tests = to_tensor(element), flat(to_tensor(test_elements))
    found = r.any(e.equal(reshape(x, shape=(*x.shape, 1)), tests), axis=(x.ndim,), keepdims=False)
    return e.logical_not(found) if invert else found


def union1d(ar1: Any, ar2: Any) -> Tensor:
    """As ``numpy.union1d``; looks at the values."""
    return unique(concatenate([flat(to_tensor(ar1)), flat(to_tensor(ar2))]))


def intersect1d(ar1: Any, ar2: Any) -> Tensor:
    """As ``numpy.intersect1d``; the derivative belongs to `ar1`. Looks at the values."""
    first = unique(ar1)
    return extract(isin(first, ar2), first)


def setdiff1d(ar1: Any, ar2: Any) -> Tensor:
    """As ``numpy.setdiff1d``; looks at the values."""
    first = unique(ar1)
    return extract(isin(first, ar2, invert=True), first)


def setxor1d(ar1: Any, ar2: Any) -> Tensor:
    """As ``numpy.setxor1d``; looks at the values."""
    return sort(concatenate([setdiff1d(ar1, ar2), setdiff1d(ar2, ar1)]))
