"""Distinct elements and sets of them, under NumPy's names."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy

from ..core.dtypes.kinds import result_type
from ..core.tensor import Tensor
from ..ops import elementwise as e
from ..ops.indexing.gather import gather
from .arrays.joining import concatenate
from .arrays.manipulation import flat, normal_axis
from .indexing import extract
from .protocols.lift import to_tensor
from .protocols.values import concrete
from .reductions import cast
from .sorting import searchsorted, sort

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


def unique_all(x: Any) -> UniqueAllResult:
    """As ``numpy.unique_all``: every NaN is distinct."""
    return UniqueAllResult(*unique(x, True, True, True, equal_nan=False))


def unique_counts(x: Any) -> UniqueCountsResult:
    """As ``numpy.unique_counts``: every NaN is distinct."""
    return UniqueCountsResult(*unique(x, return_counts=True, equal_nan=False))


def unique_inverse(x: Any) -> UniqueInverseResult:
    """As ``numpy.unique_inverse``: every NaN is distinct."""
    return UniqueInverseResult(*unique(x, return_inverse=True, equal_nan=False))


def unique_values(x: Any) -> Tensor:
    """As ``numpy.unique_values``: every NaN is distinct."""
    return unique(x, equal_nan=False)


def isin(
    element: Any, test_elements: Any, assume_unique: bool = False, invert: bool = False, *, kind: str | None = None
) -> Tensor:
    """As ``numpy.isin``; `assume_unique` and `kind`, which choose how NumPy searches, change nothing.

    Raises:
        ValueError: `kind` is none of ``None``, ``"sort"`` and ``"table"``.
    """
    if kind not in (None, "sort", "table"):
        raise ValueError(f"Invalid kind: '{kind}'. Please use None, 'sort' or 'table'.")
    x, tests = to_tensor(element), flat(to_tensor(test_elements))
    if tests.size == 0:
        return Tensor(numpy.full(x.shape, invert))
    common = result_type(x.dtype, tests.dtype)
    known, asked = sort(cast(tests, common)), cast(x, common)
    places = e.minimum(searchsorted(known, asked), tests.size - 1)
    found = e.equal(gather(known, places, axis=0), asked)
    return e.logical_not(found) if invert else found


def union1d(ar1: Any, ar2: Any) -> Tensor:
    """As ``numpy.union1d``; looks at the values."""
    return unique(concatenate([flat(to_tensor(ar1)), flat(to_tensor(ar2))]))


def intersect1d(ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False) -> Any:
    """As ``numpy.intersect1d``; the derivative belongs to `ar1`. Looks at the values."""
    first, second = flat(to_tensor(ar1)), flat(to_tensor(ar2))
    options = {"assume_unique": assume_unique, "return_indices": True}
    _, place, other = numpy.intersect1d(*(concrete(x, "intersect1d") for x in (first, second)), **options)
    shared = gather(cast(first, result_type(first.dtype, second.dtype)), place, axis=0)
    return (shared, Tensor(place), Tensor(other)) if return_indices else shared


def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Tensor:
    """As ``numpy.setdiff1d``; looks at the values."""
    first = flat(to_tensor(ar1)) if assume_unique else unique(ar1)
    return extract(isin(first, ar2, invert=True), first)


def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Tensor:
    """As ``numpy.setxor1d``; looks at the values."""
    return sort(concatenate([setdiff1d(ar1, ar2, assume_unique), setdiff1d(ar2, ar1, assume_unique)]))
