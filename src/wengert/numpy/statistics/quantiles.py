"""Medians, quantiles and percentiles, under NumPy's names."""

from __future__ import annotations

from typing import Any

import numpy

from ...core.abstract import Abstract
from ...core.dtypes.kinds import is_floating, is_inexact, result_type
from ...core.tensor import Tensor
from ...ops import elementwise as e
from ...ops.axes import reduce as r, sort as o
from ...ops.elementwise import astype
from ...ops.indexing.gather import gather
from ...ops.indexing.index import taken
from ...ops.shape import reshape, transpose
from ..arrays.manipulation import flat
from ..cumulative import cumsum
from ..protocols.lift import to_tensor
from ..protocols.output import into
from ..reductions import (
    Axis,
    aligned_weights,
    cast,
    every_axis,
    inexact,
    nanmean,
)

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
        elif is_inexact(x.dtype) and self.count:
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
    return taken(x, (*rows, places))


def median(a: Any, axis: Axis = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False) -> Tensor:
    """As ``numpy.median``; the input is never overwritten."""
    found = _median(_Lines(inexact(to_tensor(a)), axis, keepdims, without_nan=False))
    return found if out is None else into(out, found, "median")


def nanmedian(
    a: Any, axis: Axis = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False
) -> Tensor:
    """As ``numpy.nanmedian``; the input is never overwritten."""
    found = _median(_Lines(inexact(to_tensor(a)), axis, keepdims, without_nan=True))
    return found if out is None else into(out, found, "nanmedian")


def _median(lines: _Lines) -> Tensor:
    """The mean of the two elements in the middle, which are one and the same of an odd number."""
    count = lines.count if type(lines.count) is Tensor else numpy.asarray([lines.count])
    if lines.ordered.shape[-1] == 0:
        return lines.shaped(_nothing(lines.ordered), ())
    low = lines.at(_not_negative((count - 1) // 2))
    if type(lines.count) is int and lines.count % 2:
        return lines.shaped(low, ())
    return lines.shaped(0.5 * low + 0.5 * lines.at(_within(lines, count // 2)), ())


def _not_negative(places: Any) -> Any:
    return e.maximum(places, 0)


def _within(lines: _Lines, places: Any) -> Any:
    return e.minimum(places, lines.ordered.shape[-1] - 1)


def _nothing(x: Tensor) -> Tensor:
    """NaN for each line without elements, as the mean of nothing, with NumPy's warning."""
    return r.sum(x, axis=(x.ndim - 1,), keepdims=True) / 0


def quantile(
    a: Any,
    q: Any,
    axis: Axis = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Tensor:
    """As ``numpy.quantile``, with derivatives in `q` too; with weights, by the method ``"inverted_cdf"`` alone."""
    found = _quantile(a, _fractions(q, a, method), axis, method, keepdims, weights, without_nan=False)
    return found if out is None else into(out, found, "quantile")


def nanquantile(
    a: Any,
    q: Any,
    axis: Axis = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Tensor:
    """As ``numpy.nanquantile``, with derivatives in `q` too; with weights, by the method ``"inverted_cdf"`` alone."""
    found = _quantile(a, _fractions(q, a, method), axis, method, keepdims, weights, without_nan=True)
    return found if out is None else into(out, found, "nanquantile")


def percentile(
    a: Any,
    q: Any,
    axis: Axis = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Tensor:
    """As ``numpy.percentile``, with derivatives in `q` too; with weights, by the method ``"inverted_cdf"`` alone."""
    found = _quantile(a, _hundredths(q, a), axis, method, keepdims, weights, without_nan=False)
    return found if out is None else into(out, found, "percentile")


def nanpercentile(
    a: Any,
    q: Any,
    axis: Axis = None,
    out: Any = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
    *,
    weights: Any = None,
) -> Tensor:
    """As ``numpy.nanpercentile``, with derivatives in `q` too; with weights, by the method ``"inverted_cdf"`` alone."""
    found = _quantile(a, _hundredths(q, a), axis, method, keepdims, weights, without_nan=True)
    return found if out is None else into(out, found, "nanpercentile")


def _fractions(q: Any, a: Any, method: str) -> Tensor:
    """q, in the dtype of `a` if it is a number; the integers 0 and 1 stay places of the linear method."""
    dtype = to_tensor(a).dtype
    is_weak = type(q) is float or (type(q) is int and method != "linear")
    return cast(to_tensor(q), dtype if is_weak and is_floating(dtype) else None)


def _hundredths(q: Any, a: Any) -> Tensor:
    """q / 100, in the dtype of `a` if `q` is a Python number."""
    dtype = to_tensor(a).dtype
    hundred = dtype.type(100) if is_floating(dtype) else 100
    return to_tensor(numpy.true_divide(q, hundred)) if type(q) in (int, float) else to_tensor(q) / hundred


def _quantile(a: Any, q: Tensor, axis: Axis, method: str, keepdims: bool, weights: Any, without_nan: bool) -> Tensor:
    x = to_tensor(a)
    if x.dtype.kind == "c":
        raise TypeError("a must be an array of real numbers")
    if without_nan and x.size == 0:
        return nanmean(x, axis, keepdims=keepdims)
    if weights is not None:
        return _weighted_quantile(x, q, axis, method, keepdims, to_tensor(weights), without_nan)
    lines = _Lines(x, axis, keepdims, without_nan)
    _refuse_empty(lines, q, method)
    return lines.shaped(_at_fraction(lines, o.place(flat(q), lines.count, method=method), method, q), q.shape)


def _refuse_empty(lines: _Lines, q: Tensor, method: str) -> None:
    if lines.ordered.shape[-1] == 0:
        o.place(flat(q), 1, method=method)
        raise IndexError("[quantile] an empty axis was given, wanted at least one element; write np.nan for those")


def _weighted_quantile(
    x: Tensor, q: Tensor, axis: Axis, method: str, keepdims: bool, weights: Tensor, without_nan: bool
) -> Tensor:
    """The first element at which the sum of the weights up to it has come to the fraction `q` of all of them."""
    if method != "inverted_cdf":
        raise ValueError(f"Only method 'inverted_cdf' supports weights. Got: {method}.")
    lines = _Lines(x, axis, keepdims, without_nan)
    _refuse_empty(lines, q, method)
    shares = _shares(x, axis, aligned_weights(weights, x, axis), lines.last, without_nan)
    fractions = o.place(flat(q), 2, method="linear")  # q itself, once NumPy has looked whether it is a fraction
    shares = reshape(cast(shares, fractions.dtype), shape=(*shares.shape[:-1], 1, shares.shape[-1]))
    passed = e.logical_or(e.less(shares, reshape(fractions, shape=(fractions.size, 1))), e.equal(shares, 0))
    places = _within(lines, r.sum(passed, axis=(passed.ndim - 1,), keepdims=False))
    return lines.shaped(take_along(lines.ordered, places), q.shape)


def _shares(x: Tensor, axis: Axis, weights: Tensor, last: int, without_nan: bool) -> Tensor:
    """The weights up to each element of the sorted lines, as a part of all of them."""
    if type(weights._value) is not Abstract and numpy.any(weights._value < 0):
        raise ValueError("Weights must be non-negative.")
    axes = every_axis(axis, x.ndim)
    if without_nan:
        weights = e.where(e.isnan(x), 0, weights)
    order = o.argsort(r.merge_axes(x, axes), axis=last, descending=False)
    ordered = o.permute(r.merge_axes(cast(e.stop_gradient(weights), numpy.float64), axes), order, axis=last)
    running = cumsum(ordered, axis=last)
    shares = running / running[..., -1:]
    if type(shares._value) is not Abstract and numpy.any(numpy.isnan(shares._value[..., -1])):
        raise ValueError("Weights included NaN, inf or were all zero.")
    return shares


DISCRETE = ("inverted_cdf", "closest_observation", "lower", "higher", "nearest")
"""The methods that give an element itself, and so in its dtype; so does the linear one for the integers 0 and 1."""


def _at_fraction(lines: _Lines, place: Any, method: str, q: Tensor) -> Tensor:
    """The elements at places with a fraction, interpolated between neighbours."""
    below = e.floor(place)
    low = lines.at(astype(below, dtype=numpy.dtype(int)))
    if method in DISCRETE or (method == "linear" and not is_inexact(q.dtype)):
        return low
    high = lines.at(_within(lines, astype(below, dtype=numpy.dtype(int)) + 1))
    fraction = cast(place - below, result_type(lines.ordered.dtype, inexact(q).dtype))
    return _between(low, high, fraction)


def _between(low: Tensor, high: Tensor, fraction: Tensor) -> Tensor:
    """The number at a fraction of the way between two, measured from the nearer: an infinite one stays infinite."""
    if low.dtype.kind == "b":
        raise TypeError(
            "[quantile] an array of dtype bool was given, whose elements have nothing between them, wanted numbers; "
            "write x.astype(float), or method='nearest'"
        )
    low, high = cast(low, fraction.dtype), cast(high, fraction.dtype)
    way = high - low
    return e.where(e.less(fraction, 0.5), low + fraction * way, high - (1 - fraction) * way)
