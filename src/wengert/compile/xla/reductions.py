"""Reductions, scans and orders along axes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...core.primitive import Primitive, by_primitive
from ...ops.axes import reduce as r, scan, softmax as sm, sort, standardize as st
from ...ops.axes.norms import euclidean_norm
from ...ops.broadcast import reduced_shape
from .elementwise import guarded_product, is_complex
from .imported import jnp, lax

Axes = tuple[int, ...]


def _over(function: Any) -> Callable[..., Any]:
    """A reduction that NumPy and JAX call alike."""
    return lambda x, axis, keepdims: function(x, axis=axis, keepdims=keepdims)


def _position(function: Any) -> Callable[..., Any]:
    return lambda x, axis, keepdims: function(x, axis=axis[0], keepdims=keepdims)


# -- exponentials ----------------------------------------------------------------------------------


def _below_top(x: Any, axis: Axes) -> tuple[Any, Any, Any]:
    """By how much elements are below the largest, 0 where infinite as it is; the largest; NaN if it is -inf, else 0."""
    top = jnp.max(x.real, axis=axis, keepdims=True, initial=-math.inf)
    gaps = jnp.where(x == top, 0, x - top)
    return gaps, top, jnp.where(top == -math.inf, math.nan, 0).astype(x.real.dtype)


def _log_total(gaps: Any, axis: Axes) -> Any:
    """The logarithm of the sum of exponentials, of which the largest are 1: these are counted, the others by log1p."""
    if is_complex(gaps):
        return jnp.log(jnp.sum(jnp.exp(gaps), axis=axis, keepdims=True))
    is_top = gaps == 0
    ties = jnp.maximum(jnp.sum(is_top, axis=axis, keepdims=True, dtype=gaps.dtype), 1)
    rest = jnp.sum(jnp.where(is_top, 0, jnp.exp(gaps)), axis=axis, keepdims=True)
    return jnp.log1p(rest / ties) + jnp.log(ties)


def _softmax(x: Any, axis: Axes) -> Any:
    gaps, _, nothing = _below_top(x, axis)
    terms = jnp.exp(gaps + nothing)
    return terms / jnp.sum(terms, axis=axis, keepdims=True)


def _softmax_pull(v: Any, shares: Any, axis: Axes) -> Any:
    """With the mean taken out twice, as `wengert.ops.axes.softmax` says."""
    for _ in range(2):
        v = v - jnp.sum(guarded_product(v, shares), axis=axis, keepdims=True)
    return guarded_product(v, shares)


def _log_softmax(x: Any, axis: Axes) -> Any:
    gaps, _, nothing = _below_top(x, axis)
    return gaps + nothing - _log_total(gaps, axis)


def _logsumexp(x: Any, axis: Axes, keepdims: bool) -> Any:
    gaps, top, _ = _below_top(x, axis)
    out = top + _log_total(gaps, axis)
    return out if keepdims else out.reshape(reduced_shape(x.shape, axis, False))


# -- sizes -----------------------------------------------------------------------------------------


def _standardized(x: Any, axis: Axes, number: float) -> Any:
    centred = x - jnp.mean(x, axis=axis, keepdims=True)
    return centred / jnp.sqrt(jnp.mean(jnp.square(centred), axis=axis, keepdims=True) + number)


def _standardized_pull(v: Any, x: Any, axis: Axes, number: float) -> Any:
    mean = lambda y: jnp.mean(y, axis=axis, keepdims=True)
    centred = x - mean(x)
    scale = jnp.sqrt(mean(jnp.square(centred)) + number)
    out = centred / scale
    return (v - mean(v) - out * mean(v * out)) / scale


def _euclidean_norm(x: Any, axis: Axes, keepdims: bool) -> Any:
    """Of numbers divided by a power of two near the largest, so that squares neither over- nor underflow."""
    sizes = jnp.abs(x)
    largest = jnp.max(sizes, axis=axis, keepdims=True, initial=0)
    is_plain = (largest > 0) & jnp.isfinite(largest)
    exponent = jnp.where(is_plain, jnp.frexp(jnp.where(is_plain, largest, 1))[1], 0)
    whole = jnp.sqrt(jnp.sum(jnp.square(jnp.ldexp(sizes, -exponent)), axis=axis, keepdims=True))
    out = jnp.ldexp(whole, exponent)
    return out if keepdims else out.reshape(reduced_shape(x.shape, axis, False))


# -- scans -----------------------------------------------------------------------------------------


def _recur(a: Any, b: Any, axis: int, reverse: bool) -> Any:
    """s_i = a_i s_(i-1) + b_i, one by one, with guarded products."""
    a, b = (jnp.moveaxis(v, axis, 0) for v in (a, b))

    def turn(before: Any, pair: Any) -> tuple[Any, Any]:
        found = guarded_product(pair[0], before) + pair[1]
        return found, found

    _, out = lax.scan(turn, jnp.zeros(b.shape[1:], b.dtype), (a, b), reverse=reverse)
    return jnp.moveaxis(out, 0, axis)


# -- order -----------------------------------------------------------------------------------------


def _sort(x: Any, axis: int, descending: bool) -> Any:
    ordered = jnp.sort(x, axis=axis)
    return jnp.flip(ordered, axis) if descending else ordered


def _argsort(x: Any, axis: int, descending: bool) -> Any:
    if not descending:
        return jnp.argsort(x, axis=axis, stable=True)
    backwards = jnp.argsort(jnp.flip(x, axis), axis=axis, stable=True)
    return x.shape[axis] - 1 - jnp.flip(backwards, axis)


REDUCTION_FORMS: dict[Primitive, Callable[..., Any]] = by_primitive(
    {
        r.sum: _over(jnp.sum),
        r.prod: _over(jnp.prod),
        r.max: _over(jnp.max),
        r.min: _over(jnp.min),
        r.nanmax: _over(jnp.nanmax),
        r.nanmin: _over(jnp.nanmin),
        r.any: _over(jnp.any),
        r.all: _over(jnp.all),
        r.count_nonzero: _over(jnp.count_nonzero),
        r.argmax: _position(jnp.argmax),
        r.argmin: _position(jnp.argmin),
        r.nanargmax: _position(jnp.nanargmax),
        r.nanargmin: _position(jnp.nanargmin),
        r.logsumexp: _logsumexp,
        sm.softmax: _softmax,
        sm.SOFTMAX_PULL: _softmax_pull,
        sm.log_softmax: _log_softmax,
        st.standardized: _standardized,
        st.STANDARDIZED_PULL: _standardized_pull,
        euclidean_norm: _euclidean_norm,
        scan.cumsum: lambda x, axis, reverse: lax.cumsum(x, axis, reverse=reverse),
        scan.cumprod: lambda x, axis, reverse: lax.cumprod(x, axis, reverse=reverse),
        scan.recur: _recur,
        scan.unwrap: lambda x, axis, discont, period: jnp.unwrap(x, discont, axis, period=period),
        sort.sort: _sort,
        sort.argsort: _argsort,
        sort.lexsort: lambda *keys, axis: jnp.lexsort(keys, axis),
        sort.searchsorted: lambda a, v, side: jnp.searchsorted(a, v, side=side),
    }
)
"""What combines elements along axes, or orders them."""
