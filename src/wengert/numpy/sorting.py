"""Sorting, searching, order statistics, histograms, interpolation, under NumPy's names.

Everything here follows the stable order: of equal elements the first stays first, and the derivative
belongs to it. So `sort` is stable whatever its ``kind``, and `partition` sorts.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy

from ..core.tensor import Tensor
from ..ops import elementwise as e, reduce as r, sort as o
from ..ops.gather import gather, scatter_add
from ..ops.index import getitem
from ..ops.shape import astype, reshape, transpose
from .indexing import extract
from .lift import to_tensor
from .manipulation import concatenate, normal_axis
from .methods import concrete
from .reductions import Axis, cast, every_axis, inexact

__all__ = [
    "argpartition", "argsort", "argwhere", "bincount", "digitize", "flatnonzero", "histogram",
    "histogram_bin_edges", "interp", "intersect1d", "isin", "lexsort", "median", "nanmedian", "nanpercentile",
    "nanquantile", "nonzero", "partition", "percentile", "quantile", "searchsorted", "setdiff1d", "setxor1d", "sort",
    "union1d", "unique", "unique_all", "unique_counts", "unique_inverse", "unique_values",
]  # fmt: skip


def flat(x: Tensor) -> Tensor:
    """`x` with one axis."""
    return reshape(x, shape=(x.size,))


def _line(a: Any, axis: int | None) -> tuple[Tensor, int]:
    """A tensor and a non-negative axis to sort along; ``None`` flattens."""
    x = to_tensor(a)
    return (flat(x), 0) if axis is None else (x, normal_axis(axis, x.ndim))


# -- sorting ---------------------------------------------------------------------------------------


def sort(
    a: Any, axis: int | None = -1, kind: Any = None, *, stable: bool | None = None, descending: bool = False
) -> Tensor:
    """As ``numpy.sort``, always stable; `descending` is the array API's."""
    x, place = _line(a, axis)
    return o.sort(x, axis=place, descending=descending)


def argsort(
    a: Any, axis: int | None = -1, kind: Any = None, *, stable: bool | None = None, descending: bool = False
) -> Tensor:
    """As ``numpy.argsort``, always stable; `descending` is the array API's."""
    x, place = _line(a, axis)
    return o.argsort(x, axis=place, descending=descending)


def partition(a: Any, kth: Any, axis: int | None = -1) -> Tensor:
    """As ``numpy.partition``: of the orders that it allows, the sorted one."""
    x, place = _line(a, axis)
    _check_kth(kth, x.shape[place])
    return o.sort(x, axis=place, descending=False)


def argpartition(a: Any, kth: Any, axis: int | None = -1) -> Tensor:
    """As ``numpy.argpartition``: of the orders that it allows, the sorted one."""
    x, place = _line(a, axis)
    _check_kth(kth, x.shape[place])
    return o.argsort(x, axis=place, descending=False)


def _check_kth(kth: Any, length: int) -> None:
    for k in numpy.atleast_1d(kth):
        if not -length <= k < length:
            raise ValueError(f"kth(={k}) out of bounds ({length})")


def lexsort(keys: Any, axis: int = -1) -> Tensor:
    """As ``numpy.lexsort``: the last key counts first."""
    tensors = [to_tensor(key) for key in keys]
    return o.lexsort(*tensors, axis=normal_axis(axis, tensors[0].ndim))


# -- order statistics ------------------------------------------------------------------------------


class _Lines:
    """An array whose axes to reduce are merged into the last and sorted, NaN last.

    Attributes:
        ordered: the sorted lines.
        count: how many elements of a line count: an int, or a tensor with one for each line.
    """

    def __init__(self, a: Any, axis: Axis, keepdims: bool, without_nan: bool) -> None:
        x = to_tensor(a)
        axes = every_axis(axis, x.ndim)
        merged = r.merge_axes(x, axes)
        self.shape = r.reduced_shape(x.shape, axes, keepdims)
        self.last = merged.ndim - 1
        self.ordered = o.sort(merged, axis=self.last, descending=False)
        self.has_nan = None
        self.count: Any = merged.shape[-1]
        if without_nan:
            self.count = r.sum(e.logical_not(e.isnan(merged)), axis=(self.last,), keepdims=True)
        elif x.dtype.kind in "fc" and self.count:
            self.has_nan = e.isnan(self.ordered[..., -1:])

    def at(self, places: Any) -> Tensor:
        """The elements of each line at integer places: the same of every line, or some for each."""
        if places.ndim <= 1:
            return gather(self.ordered, places, axis=self.last)
        return take_along(self.ordered, places)

    def shaped(self, found: Tensor, lead: tuple[int, ...]) -> Tensor:
        """What was found in each line, its axis in the shape `lead` and to the front; NaN if the line has one."""
        if self.has_nan is not None:
            found = e.where(self.has_nan, numpy.nan, found)
        if self.last:
            found = transpose(found, axes=(self.last, *range(self.last)))
        return reshape(found, shape=(*lead, *self.shape))


def take_along(x: Tensor, places: Any) -> Tensor:
    """The elements of each line of the last axis at places of its own."""
    rows = [numpy.arange(n).reshape(*(1,) * i, n, *(1,) * (x.ndim - 1 - i)) for i, n in enumerate(x.shape[:-1])]
    return getitem(x, (*rows, places))


def median(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Tensor:
    """As ``numpy.median``."""
    return _median(_Lines(inexact(to_tensor(a)), axis, keepdims, without_nan=False))


def nanmedian(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Tensor:
    """As ``numpy.nanmedian``."""
    return _median(_Lines(inexact(to_tensor(a)), axis, keepdims, without_nan=True))


def _median(lines: _Lines) -> Tensor:
    """The mean of the two elements in the middle, which are one and the same of an odd number."""
    count = lines.count if type(lines.count) is Tensor else numpy.asarray([lines.count])
    if lines.ordered.shape[-1] == 0:
        return lines.shaped(_nothing(lines.ordered), ())
    low, high = lines.at(_not_negative((count - 1) // 2)), lines.at(_within(lines, count // 2))
    return lines.shaped(0.5 * (low + high), ())


def _not_negative(places: Any) -> Any:
    return e.maximum(places, 0)


def _within(lines: _Lines, places: Any) -> Any:
    return e.minimum(places, lines.ordered.shape[-1] - 1)


def _nothing(x: Tensor) -> Tensor:
    """NaN for each line without elements, as the mean of nothing, with NumPy's warning."""
    return r.sum(x, axis=(x.ndim - 1,), keepdims=True) / 0


def quantile(a: Any, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False) -> Tensor:
    """As ``numpy.quantile``, with derivatives in `q` too."""
    return _quantile(a, _fractions(q, a), axis, method, keepdims, without_nan=False)


def nanquantile(a: Any, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False) -> Tensor:
    """As ``numpy.nanquantile``, with derivatives in `q` too."""
    return _quantile(a, _fractions(q, a), axis, method, keepdims, without_nan=True)


def percentile(a: Any, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False) -> Tensor:
    """As ``numpy.percentile``, with derivatives in `q` too."""
    return _quantile(a, _hundredths(q, a), axis, method, keepdims, without_nan=False)


def nanpercentile(a: Any, q: Any, axis: Axis = None, *, method: str = "linear", keepdims: bool = False) -> Tensor:
    """As ``numpy.nanpercentile``, with derivatives in `q` too."""
    return _quantile(a, _hundredths(q, a), axis, method, keepdims, without_nan=True)


def _fractions(q: Any, a: Any) -> Tensor:
    """q, in the dtype of `a` if it is a number."""
    dtype = to_tensor(a).dtype
    return cast(to_tensor(q), dtype if isinstance(q, (int, float)) and dtype.kind == "f" else None)


def _hundredths(q: Any, a: Any) -> Tensor:
    """q / 100, in the dtype of `a` if `q` is a Python number."""
    dtype = to_tensor(a).dtype
    hundred = dtype.type(100) if dtype.kind == "f" else 100
    return to_tensor(numpy.true_divide(q, hundred)) if type(q) in (int, float) else to_tensor(q) / hundred


def _quantile(a: Any, q: Tensor, axis: Axis, method: str, keepdims: bool, without_nan: bool) -> Tensor:
    x = to_tensor(a)
    if x.dtype.kind == "c":
        raise TypeError("a must be an array of real numbers")
    lines = _Lines(x, axis, keepdims, without_nan)
    if lines.ordered.shape[-1] == 0:
        raise ValueError("[quantile] an empty axis was given, wanted at least one element; write np.nan for those")
    return lines.shaped(_at_fraction(lines, o.place(flat(q), lines.count, method=method), method, q), q.shape)


DISCRETE = ("inverted_cdf", "closest_observation", "lower", "higher", "nearest")
"""The methods that give an element itself, and so in its dtype; so does the linear one for the integers 0 and 1."""


def _at_fraction(lines: _Lines, place: Any, method: str, q: Tensor) -> Tensor:
    """The elements at places with a fraction, interpolated between neighbours."""
    below = e.floor(place)
    low = lines.at(astype(below, dtype=numpy.dtype(int)))
    if method in DISCRETE or (method == "linear" and q.dtype.kind not in "fc"):
        return low
    high = lines.at(_within(lines, astype(below, dtype=numpy.dtype(int)) + 1))
    fraction = cast(place - below, numpy.result_type(lines.ordered.dtype, inexact(q).dtype))
    return low + fraction * (high - low)


# -- searching -------------------------------------------------------------------------------------


def searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Tensor:
    """As ``numpy.searchsorted``: indices, without a derivative."""
    x, v = to_tensor(a), to_tensor(v)
    if side not in ("left", "right"):
        raise ValueError(f"[searchsorted] side={side!r}, wanted 'left' or 'right'; write side='left'")
    if x.ndim != 1:
        raise ValueError(f"[searchsorted] a has shape {x.shape}, wanted one axis; write np.ravel(a)")
    if sorter is not None:
        x = gather(x, to_tensor(sorter), axis=0)
    return o.searchsorted(x, v, side=side)


def digitize(x: Any, bins: Any, right: bool = False) -> Tensor:
    """As ``numpy.digitize``: indices, without a derivative; looks at whether the bins increase or decrease."""
    bins = to_tensor(bins)
    edges = concrete(bins, "digitize")
    if numpy.all(edges[1:] >= edges[:-1]):
        return searchsorted(bins, x, "left" if right else "right")
    if not numpy.all(edges[1:] <= edges[:-1]):
        raise ValueError("bins must be monotonically increasing or decreasing")
    return edges.size - searchsorted(bins[::-1], x, "right" if right else "left")


def nonzero(a: Any) -> tuple[Tensor, ...]:
    """As ``numpy.nonzero``; looks at the values, so not within `vmap`."""
    return tuple(Tensor(index) for index in numpy.nonzero(concrete(to_tensor(a), "nonzero")))


def flatnonzero(a: Any) -> Tensor:
    """As ``numpy.flatnonzero``; looks at the values, so not within `vmap`."""
    return nonzero(flat(to_tensor(a)))[0]


def argwhere(a: Any) -> Tensor:
    """As ``numpy.argwhere``; looks at the values, so not within `vmap`."""
    return Tensor(numpy.argwhere(concrete(to_tensor(a), "argwhere")))


# -- distinct elements -----------------------------------------------------------------------------


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


# -- histograms ------------------------------------------------------------------------------------


def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Tensor:
    """As ``numpy.bincount``, with derivatives in `weights`; looks at the values of `x`."""
    places = concrete(to_tensor(x), "bincount")
    counts = numpy.bincount(places, minlength=minlength)
    if weights is None:
        return Tensor(counts)
    w = to_tensor(weights)
    if w.shape != places.shape:
        raise ValueError("The weights and list don't have the same length.")
    if w.dtype.kind == "c":
        raise TypeError(
            f"[bincount] weights of dtype {w.dtype}, wanted real ones; write "
            "np.bincount(x, w.real) + 1j * np.bincount(x, w.imag)"
        )
    return scatter_add(cast(w, numpy.float64), places, axis=0, length=counts.size)


def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Tensor:
    """As ``numpy.histogram_bin_edges``, without a derivative; looks at the values."""
    return Tensor(numpy.histogram_bin_edges(concrete(to_tensor(a), "histogram"), _raw(bins), range, _raw(weights)))


def _raw(value: Any) -> Any:
    return concrete(value, "histogram") if type(value) is Tensor else value


def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None
) -> tuple[Tensor, Tensor]:
    """As ``numpy.histogram``, with derivatives in `weights` alone; looks at the values of `a`."""
    values = concrete(to_tensor(a), "histogram")
    counts, edges = numpy.histogram(values, _raw(bins), range)
    found = Tensor(counts) if weights is None else _weighted_histogram(values, edges, to_tensor(weights))
    if density:
        found = cast(found, numpy.float64) / numpy.diff(edges) / r.sum(found, axis=(0,), keepdims=False)
    return found, Tensor(edges)


def _weighted_histogram(values: Any, edges: Any, weights: Tensor) -> Tensor:
    """The sum of the weights in each bin; the last bin has both its edges."""
    count = edges.size - 1
    places = numpy.searchsorted(edges, values.ravel(), "right") - 1
    places[values.ravel() == edges[-1]] = count - 1
    inside = numpy.flatnonzero((places >= 0) & (places < count))
    return scatter_add(gather(flat(weights), inside, axis=0), places[inside], axis=0, length=count)


# -- interpolation ---------------------------------------------------------------------------------


def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None) -> Tensor:
    """As ``numpy.interp``, with derivatives in `x`, `xp` and `fp`: at a knot, those of the side to its right."""
    x, xp = cast(to_tensor(x), numpy.float64), cast(to_tensor(xp), numpy.float64)
    fp = to_tensor(fp)
    fp = cast(fp, numpy.complex128 if fp.dtype.kind == "c" else numpy.float64)
    if xp.ndim != 1 or xp.shape != fp.shape or xp.size == 0:
        raise ValueError(
            f"[interp] xp has shape {xp.shape} and fp {fp.shape}, wanted the same shape with one axis that is not empty"
        )
    if period == 0:
        raise ValueError("period must be a non-zero value")
    if period is not None:
        return _interpolate(x % abs(period), *_wrapped(xp, fp, abs(period)))
    inner = _interpolate(x, xp, fp)
    inner = e.where(x < xp[0], fp[0] if left is None else left, inner)
    return e.where(x > xp[-1], fp[-1] if right is None else right, inner)


def _interpolate(x: Tensor, xp: Tensor, fp: Tensor) -> Tensor:
    last = xp.size - 1
    found = o.searchsorted(xp, x, side="right") - 1
    low = e.maximum(e.minimum(found, last - 1), 0)
    high = e.minimum(low + 1, last)
    x0, x1, y0, y1 = (gather(v, i, axis=0) for v in (xp, fp) for i in (low, high))
    return y0 + e.ratio(y1 - y0, x1 - x0) * (x - x0)


def _wrapped(xp: Tensor, fp: Tensor, period: float) -> tuple[Tensor, Tensor]:
    """The knots within one period, sorted, with one more on either side."""
    xp = xp % period
    order = o.argsort(xp, axis=0, descending=False)
    xp, fp = gather(xp, order, axis=0), gather(fp, order, axis=0)
    return concatenate([xp[-1:] - period, xp, xp[:1] + period]), concatenate([fp[-1:], fp, fp[:1]])
