"""Shares of exponentials, and their logarithms, along axes: ``axis`` is a tuple of non-negative ints.

The derivative of a share p is p (v - m), where m is the mean of the tangents v by the shares. Where one share is all
but 1, its v - m is a difference of almost equal numbers, of which few digits are left, or none. What is left is small,
though, and the derivative at v - m is the same as at v: with the mean taken out a second time, what was rounded the
first time cancels, and all digits are there. (As one orthogonalises twice: W. Kahan in B. N. Parlett, "The Symmetric
Eigenvalue Problem" (1980), section 6.9.)
"""

from __future__ import annotations

from typing import Any, Final

import numpy

from ...core.abstract import Abstract
from ...core.primitive import Primitive
from ...core.recording import general as bind_general
from ...core.routines import by_size
from .. import elementwise as e
from ..broadcast import sum
from ..factors import adjoint, scale
from ..facts import HARMLESS, state_facts
from ..linear_maps import linear, maps_for


def _over_axes(name: str, evaluate: Any, rule: Any, has_routine: bool = False) -> Any:
    """Define an operation over axes that keeps the form of its operand `x`, and give the function that calls it."""

    def batch(size: int, operands: Any, batched: Any, node: Any) -> Any:
        return operation(operands[0], axis=tuple(a + 1 for a in node.params["axis"]))

    def shape(x: Any, axis: tuple[int, ...]) -> Abstract:
        return Abstract(x.shape, x.dtype)

    primitive = Primitive(name, evaluate, ("x",), shape, maps_for(("x",), [rule]), batch=batch)
    if has_routine:
        primitive.evaluate = by_size(primitive)
    primitive.operation = operation = bind_general(primitive)
    return operation


def _below_top(x: Any, axis: tuple[int, ...]) -> tuple[Any, Any]:
    """By how much elements are below the largest, 0 for all that are infinite as it is; NaN if all of them are -inf."""
    top = numpy.maximum.reduce(x.real, axis=axis, keepdims=True, initial=-numpy.inf)
    with numpy.errstate(invalid="ignore"):
        gaps = numpy.where(x == top, 0, x - top)
        return gaps, numpy.where(top == -numpy.inf, top - top, x.dtype.type(0))


def _softmax(x: Any, axis: tuple[int, ...]) -> Any:
    gaps, nothing = _below_top(x, axis)
    terms = numpy.exp(gaps + nothing)
    return terms / numpy.add.reduce(terms, axis=axis, keepdims=True)


def _log_softmax(x: Any, axis: tuple[int, ...]) -> Any:
    gaps, nothing = _below_top(x, axis)
    return gaps + nothing - _log_total(gaps, axis)


def _log_total(gaps: Any, axis: tuple[int, ...]) -> Any:
    """The logarithm of the sum of exponentials, of which the largest are 1: these are counted, the others by log1p."""
    if gaps.dtype.kind == "c":
        return numpy.log(numpy.add.reduce(numpy.exp(gaps), axis=axis, keepdims=True))
    is_top = gaps == 0
    ties = numpy.maximum(numpy.add.reduce(is_top, axis=axis, keepdims=True, dtype=gaps.dtype), 1)
    rest = numpy.add.reduce(numpy.where(is_top, 0, numpy.exp(gaps)), axis=axis, keepdims=True)
    return numpy.log1p(rest / ties) + numpy.log(ties)


def _without_mean(v: Any, shares: Any, axis: tuple[int, ...]) -> Any:
    """What is left of tangents without their mean by the shares, taken out twice."""
    for _ in range(2):
        v = v - sum(scale(v, shares), axis=axis, keepdims=True)
    return v


def _without_sum(ct: Any, shares: Any, axis: tuple[int, ...]) -> Any:
    """The transpose: what is left of cotangents without their sum, shared out, taken out twice."""
    for _ in range(2):
        ct = ct - scale(sum(ct, axis=axis, keepdims=True), shares)
    return ct


def _scaled_gap(v: Any, shares: Any, axis: tuple[int, ...]) -> Any:
    return scale(_without_mean(v, shares, axis), shares)


SOFTMAX_PULL = Primitive(
    "softmax_pull", _scaled_gap, ("v", "shares"), lambda v, shares, axis: Abstract(v.shape, v.dtype)
)
SOFTMAX_PULL.evaluate = by_size(SOFTMAX_PULL)
"""The derivative of shares along v, of raw arrays."""


def _pulled(v: Any, shares: Any, axis: tuple[int, ...]) -> Any:
    if type(v) is numpy.ndarray and type(shares) is numpy.ndarray:
        return SOFTMAX_PULL.evaluate(v, shares, axis=axis)
    return _scaled_gap(v, shares, axis)


softmax: Final = _over_axes(
    "softmax",
    _softmax,
    linear(
        lambda dx, out, axis: _pulled(dx, out, axis),
        lambda ct, out, axis: _pulled(ct, adjoint(out), axis),
    ),
    has_routine=True,
)
"""``softmax(x, axis=)``: exp(x) / sum(exp(x)); NaN where all are -inf, equal shares where several are +inf."""

log_softmax: Final = _over_axes(
    "log_softmax",
    _log_softmax,
    linear(
        lambda dx, out, axis: _without_mean(dx, e.exp(out), axis),
        lambda ct, out, axis: _without_sum(ct, adjoint(e.exp(out)), axis),
    ),
)
"""``log_softmax(x, axis=)``: the logarithm of `softmax`, without its underflow."""

state_facts(HARMLESS, softmax, log_softmax, SOFTMAX_PULL)
