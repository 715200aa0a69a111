"""Medians, quantiles and percentiles, under NumPy's names."""

from __future__ import annotations

from typing import Any

import numpy

from ..core.tensor import Tensor
from ..ops import elementwise as e, reduce as r, sort as o
from ..ops.gather import gather
from ..ops.index import getitem
from ..ops.shape import astype, reshape, transpose
from .lift import to_tensor
from .manipulation import flat
from .reductions import Axis, cast, every_axis, inexact

__all__ = ["median", "nanmedian", "nanpercentile", "nanquantile", "percentile", "quantile"]


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
