"""Reductions: sums, products, extremes. ``axis`` is a tuple of non-negative ints, ``keepdims`` a bool."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy

from ...core.dtypes.kinds import is_inexact
from ...core.tensor import Tensor
from .. import elementwise as e
from ..broadcast import expand, reduced_shape, reduction, sum
from ..elementwise import astype
from ..factors import adjoint, scale
from ..facts import HARMLESS, REDUCTION, state_facts
from ..linear_maps import linear
from ..shape import reshape, transpose
from .scan import cumprod, shift
from .softmax import softmax


def _logsumexp(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """The largest term taken out, and what is left of the sum by log1p: accurate also near 0.

    Source: P. Blanchard, D. J. Higham and N. J. Higham, "Accurately computing the log-sum-exp and softmax
    functions" (2021), algorithm 4.1.
    """
    if not is_inexact(x.dtype):
        x = x.astype(float)
    high = numpy.maximum.reduce(x.real, axis=axis, keepdims=True, initial=-numpy.inf)
    top = x.real == high
    with numpy.errstate(invalid="ignore"):
        terms = numpy.exp(numpy.where(x == high, 0, x - high))
    if x.dtype.kind == "c":
        out = high + numpy.log(numpy.add.reduce(terms, axis=axis, keepdims=True))
    else:
        ties = numpy.add.reduce(top, axis=axis, keepdims=True, dtype=x.dtype)
        rest = numpy.add.reduce(numpy.where(top, 0, terms), axis=axis, keepdims=True)
        out = high + numpy.log1p(rest / numpy.maximum(ties, 1)) + numpy.log(numpy.maximum(ties, 1))
    return out if keepdims else numpy.reshape(out, reduced_shape(x.shape, axis, False))


def _shares(x: Any, out: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """The share of each term in the sum; equal ones where all of x is -inf, or several are +inf."""
    is_nothing = e.equal(expand(out, x, axis, keepdims), -math.inf)
    return e.where(is_nothing, 1 / math.prod(x.shape[a] for a in axis), softmax(x, axis=axis))


def _logsumexp_apply(dx: Any, x: Any, out: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    return sum(scale(dx, _shares(x, out, axis, keepdims)), axis=axis, keepdims=keepdims)


def _logsumexp_transpose(ct: Any, x: Any, out: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    return scale(expand(ct, x, axis, keepdims), adjoint(_shares(x, out, axis, keepdims)))


logsumexp: Final = reduction("logsumexp", _logsumexp, linear(_logsumexp_apply, _logsumexp_transpose))
"""``logsumexp(x, axis=, keepdims=)``: log of the sum of exp(x), without overflow."""

# -- extremes --------------------------------------------------------------------------------------


def _tie_weights(x: Any, out: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """One over the number of the tied, for each of them; 0 for the others, and where the result is NaN."""
    ties = astype(e.equal(x, expand(out, x, axis, keepdims)), dtype=x.dtype)
    return e.ratio(ties, sum(ties, axis=axis, keepdims=True))


def _extreme_apply(dx: Any, x: Any, out: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    return sum(scale(dx, _tie_weights(x, out, axis, keepdims)), axis=axis, keepdims=keepdims)


def _extreme_transpose(ct: Any, x: Any, out: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    return scale(expand(ct, x, axis, keepdims), _tie_weights(x, out, axis, keepdims))


_extreme = linear(_extreme_apply, _extreme_transpose)

max: Final = reduction("max", lambda x, axis, keepdims: numpy.maximum.reduce(x, axis=axis, keepdims=keepdims), _extreme)
"""``max(x, axis=, keepdims=)``: the tied share the derivative equally."""

min: Final = reduction("min", lambda x, axis, keepdims: numpy.minimum.reduce(x, axis=axis, keepdims=keepdims), _extreme)
"""``min(x, axis=, keepdims=)``: the tied share the derivative equally."""


def largest(sizes: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """The largest of numbers that are not negative: 0 if there are none."""
    if math.prod(sizes.shape[a] for a in axis):
        return max(sizes, axis=axis, keepdims=keepdims)
    zeros = numpy.zeros(reduced_shape(sizes.shape, axis, keepdims), sizes.dtype)
    return Tensor(zeros) if type(sizes) is Tensor else zeros


nanmax: Final = reduction("nanmax", lambda x, axis, keepdims: numpy.nanmax(x, axis=axis, keepdims=keepdims), _extreme)
"""``nanmax(x, axis=, keepdims=)``."""

nanmin: Final = reduction("nanmin", lambda x, axis, keepdims: numpy.nanmin(x, axis=axis, keepdims=keepdims), _extreme)
"""``nanmin(x, axis=, keepdims=)``."""

# -- products --------------------------------------------------------------------------------------


def merge_axes(x: Any, axis: tuple[int, ...]) -> Any:
    """`x` with the axes `axis` merged into one, the last."""
    if axis == (len(x.shape) - 1,):
        return x
    kept = [i for i in range(len(x.shape)) if i not in axis]
    moved = transpose(x, axes=(*kept, *axis))
    return reshape(moved, shape=(*[x.shape[i] for i in kept], math.prod(x.shape[i] for i in axis)))


def _unmerge_axes(merged: Any, shape: tuple[int, ...], axis: tuple[int, ...]) -> Any:
    """The inverse of `merge_axes`."""
    if axis == (len(shape) - 1,):
        return merged
    order = (*[i for i in range(len(shape)) if i not in axis], *axis)
    apart = reshape(merged, shape=tuple(shape[i] for i in order))
    return transpose(apart, axes=tuple(order.index(i) for i in range(len(shape))))


def _others(x: Any) -> Any:
    """For each element the product of all others along the last axis: those before times those after it."""
    last = len(x.shape) - 1
    before = cumprod(shift(x, axis=last, by=1, fill=1), axis=last, reverse=False)
    after = cumprod(shift(x, axis=last, by=-1, fill=1), axis=last, reverse=True)
    return scale(before, after)


def _prod_apply(dx: Any, x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """Without division, so that zeros need no care."""
    merged = scale(merge_axes(dx, axis), _others(merge_axes(x, axis)))
    summed = sum(merged, axis=(len(merged.shape) - 1,), keepdims=False)
    return expand(summed, x, axis, False) if keepdims else summed


def _prod_transpose(ct: Any, x: Any, axis: tuple[int, ...]) -> Any:
    merged = merge_axes(x, axis)
    spread = scale(reshape(ct, shape=(*merged.shape[:-1], 1)), adjoint(_others(merged)))
    return _unmerge_axes(spread, x.shape, axis)


prod: Final = reduction(
    "prod",
    lambda x, axis, keepdims: numpy.multiply.reduce(x, axis=axis, keepdims=keepdims),
    linear(_prod_apply, _prod_transpose),
)
"""``prod(x, axis=, keepdims=)``."""

# -- counting and finding: no derivative -----------------------------------------------------------

any: Final = reduction("any", lambda x, axis, keepdims: numpy.any(x, axis=axis, keepdims=keepdims), None)
"""``any(x, axis=, keepdims=)``."""

all: Final = reduction("all", lambda x, axis, keepdims: numpy.all(x, axis=axis, keepdims=keepdims), None)
"""``all(x, axis=, keepdims=)``."""

count_nonzero: Final = reduction(
    "count_nonzero", lambda x, axis, keepdims: numpy.count_nonzero(x, axis=axis, keepdims=keepdims), None
)
"""``count_nonzero(x, axis=, keepdims=)``."""


def _position(name: str, evaluate: Any) -> Any:
    """Define a search along the one axis of `axis`."""
    return reduction(name, lambda x, axis, keepdims: evaluate(x, axis=axis[0], keepdims=keepdims), None)


argmax: Final = _position("argmax", numpy.argmax)
"""``argmax(x, axis=, keepdims=)``: the first of the tied."""
argmin: Final = _position("argmin", numpy.argmin)
"""``argmin(x, axis=, keepdims=)``: the first of the tied."""
nanargmax: Final = _position("nanargmax", numpy.nanargmax)
"""``nanargmax(x, axis=, keepdims=)``."""
nanargmin: Final = _position("nanargmin", numpy.nanargmin)
"""``nanargmin(x, axis=, keepdims=)``."""

state_facts(REDUCTION, prod, max, min)
state_facts(HARMLESS, any, all, argmax, argmin)
