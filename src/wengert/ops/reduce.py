"""Reductions: sums, products, extremes. ``axis`` is a tuple of non-negative ints, ``keepdims`` a bool."""

from __future__ import annotations

import math
from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.node import UNTRACKED, Node
from ..core.primitive import Primitive
from ..core.recording import named, record
from ..core.state import RECORDING, observers, records
from ..core.tensor import Tensor
from . import elementwise as e
from .facts import HARMLESS, REDUCTION, state_facts
from .linear_maps import adjoint, linear, maps_for, scale
from .scan import cumprod, shift
from .shape import astype, broadcast_to, reshape, transpose


def reduction(name: str, evaluate: Any, rule: Any) -> Any:
    """Define a reduction of one operand `x`, and give the function that calls it."""

    def batch(size: int, operands: Any, batched: Any, node: Any) -> Any:
        axis = tuple(a + 1 for a in node.params["axis"])
        return operation(operands[0], axis=axis, keepdims=node.params["keepdims"])

    def shape(x: Any, axis: tuple[int, ...], keepdims: bool) -> Abstract:
        dtype = numpy.dtype(evaluate(numpy.ones((1,), x.dtype), axis=(0,), keepdims=False).dtype)
        return Abstract(reduced_shape(x.shape, axis, keepdims), dtype)

    primitive = Primitive(name, evaluate, ("x",), shape, maps_for(("x",), [rule]), batch=batch)
    primitive.operation = operation = _bind(primitive)
    return operation


def _bind(primitive: Primitive) -> Any:
    """The function that calls a reduction: `record`, in as few steps as can be where there are values."""
    evaluate = primitive.evaluate
    keep_x, keep_out = primitive.keeps((True,))

    def call(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
        if type(x) is not Tensor:
            return evaluate(x, axis=axis, keepdims=keepdims)
        node = x._node
        value = x._value
        watch = node.watch & records()
        params = {"axis": axis, "keepdims": keepdims}
        if watch >= RECORDING or type(value) is Abstract or observers:
            return record(primitive, (x,), params)
        out = evaluate(value, axis=axis, keepdims=keepdims)
        if not watch or not primitive.differentiable:
            return Tensor(out, UNTRACKED)
        residuals = (value if keep_x else None, out if keep_out else None)
        forms = (Abstract(value.shape, value.dtype), Abstract(out.shape, out.dtype))
        return Tensor(out, Node(primitive, (node,), residuals, params, forms, watch))

    return named(call, primitive)


def reduced_shape(shape: tuple[int, ...], axis: tuple[int, ...], keepdims: bool) -> tuple[int, ...]:
    if keepdims:
        return tuple(1 if i in axis else length for i, length in enumerate(shape))
    return tuple(length for i, length in enumerate(shape) if i not in axis)


def expand(reduced: Any, like: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """Give a reduced array its reduced axes back, with length 1."""
    return reduced if keepdims else reshape(reduced, shape=reduced_shape(like.shape, axis, True))


def _spread(ct: Any, like: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    return broadcast_to(expand(ct, like, axis, keepdims), shape=like.shape)


# -- sums ------------------------------------------------------------------------------------------

COPIED_ELEMENTS = 1 << 12
"""Up to so many elements, writing a copy takes less time than making a view (measured)."""


def _spread_values(ct: Any, residuals: Any, node: Any) -> Any:
    """`_spread` of raw values."""
    shape = node.forms[0].shape
    axis, keepdims = node.params["axis"], node.params["keepdims"]
    if math.prod(shape) > COPIED_ELEMENTS:
        return numpy.broadcast_to(numpy.reshape(ct, reduced_shape(shape, axis, True)), shape)
    out = numpy.empty(shape, ct.dtype)
    out[...] = ct if keepdims or not ct.shape else ct.reshape(reduced_shape(shape, axis, True))
    return out


def _sum_map(operands: Any, position: int) -> Any:
    rule = linear(lambda dx, axis, keepdims: sum(dx, axis=axis, keepdims=keepdims), _spread)(operands, position)
    rule.unguarded = _spread_values
    return rule


sum = reduction("sum", lambda x, axis, keepdims: numpy.add.reduce(x, axis=axis, keepdims=keepdims), _sum_map)
"""``sum(x, axis=, keepdims=)``."""


def _logsumexp(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """The largest term taken out, and what is left of the sum by log1p: accurate also near 0.

    Source: P. Blanchard, D. J. Higham and N. J. Higham, "Accurately computing the log-sum-exp and softmax
    functions" (2021), algorithm 4.1.
    """
    if x.dtype.kind not in "fc":
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


def _softmax(x: Any, out: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """The weights exp(x - out); equal ones where all of x is -inf, or several are +inf."""
    terms = e.exp(e.gap(x, expand(out, x, axis, keepdims)))
    return terms / sum(terms, axis=axis, keepdims=True)


def _logsumexp_apply(dx: Any, x: Any, out: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    return sum(scale(dx, _softmax(x, out, axis, keepdims)), axis=axis, keepdims=keepdims)


def _logsumexp_transpose(ct: Any, x: Any, out: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    return scale(expand(ct, x, axis, keepdims), adjoint(_softmax(x, out, axis, keepdims)))


logsumexp = reduction("logsumexp", _logsumexp, linear(_logsumexp_apply, _logsumexp_transpose))
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

max = reduction("max", lambda x, axis, keepdims: numpy.maximum.reduce(x, axis=axis, keepdims=keepdims), _extreme)
"""``max(x, axis=, keepdims=)``: the tied share the derivative equally."""

min = reduction("min", lambda x, axis, keepdims: numpy.minimum.reduce(x, axis=axis, keepdims=keepdims), _extreme)
"""``min(x, axis=, keepdims=)``: the tied share the derivative equally."""


def largest(sizes: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """The largest of numbers that are not negative: 0 if there are none."""
    if math.prod(sizes.shape[a] for a in axis):
        return max(sizes, axis=axis, keepdims=keepdims)
    zeros = numpy.zeros(reduced_shape(sizes.shape, axis, keepdims), sizes.dtype)
    return Tensor(zeros) if type(sizes) is Tensor else zeros


nanmax = reduction("nanmax", lambda x, axis, keepdims: numpy.nanmax(x, axis=axis, keepdims=keepdims), _extreme)
"""``nanmax(x, axis=, keepdims=)``."""

nanmin = reduction("nanmin", lambda x, axis, keepdims: numpy.nanmin(x, axis=axis, keepdims=keepdims), _extreme)
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


prod = reduction(
    "prod",
    lambda x, axis, keepdims: numpy.multiply.reduce(x, axis=axis, keepdims=keepdims),
    linear(_prod_apply, _prod_transpose),
)
"""``prod(x, axis=, keepdims=)``."""

# -- counting and finding: no derivative -----------------------------------------------------------

any = reduction("any", lambda x, axis, keepdims: numpy.any(x, axis=axis, keepdims=keepdims), None)
"""``any(x, axis=, keepdims=)``."""

all = reduction("all", lambda x, axis, keepdims: numpy.all(x, axis=axis, keepdims=keepdims), None)
"""``all(x, axis=, keepdims=)``."""

count_nonzero = reduction(
    "count_nonzero", lambda x, axis, keepdims: numpy.count_nonzero(x, axis=axis, keepdims=keepdims), None
)
"""``count_nonzero(x, axis=, keepdims=)``."""


def _position(name: str, evaluate: Any) -> Any:
    """Define a search along the one axis of `axis`."""
    return reduction(name, lambda x, axis, keepdims: evaluate(x, axis=axis[0], keepdims=keepdims), None)


argmax = _position("argmax", numpy.argmax)
"""``argmax(x, axis=, keepdims=)``: the first of the tied."""
argmin = _position("argmin", numpy.argmin)
"""``argmin(x, axis=, keepdims=)``: the first of the tied."""
nanargmax = _position("nanargmax", numpy.nanargmax)
"""``nanargmax(x, axis=, keepdims=)``."""
nanargmin = _position("nanargmin", numpy.nanargmin)
"""``nanargmin(x, axis=, keepdims=)``."""

state_facts(REDUCTION, sum, prod, max, min)
state_facts(HARMLESS, any, all, argmax, argmin)
