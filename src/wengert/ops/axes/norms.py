"""The Euclidean norm along axes."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy

from ...core.abstract import Abstract
from ...core.primitive import Primitive
from ...core.recording import general as bind_general
from ..broadcast import expand, reduced_shape, sum as sum_over
from ..elementwise import (
    absolute,
    conjugate,
    equal,
    greater,
    imag,
    less,
    logical_and,
    logical_or,
    multiply,
    ratio,
    real,
    sqrt,
    where,
)
from ..factors import scale, scale_alone
from ..linear_maps import linear, maps_for
from ..sizes import noted
from ..slope import limit_at_zero


class Range(NamedTuple):
    """Numbers whose squares are neither so small nor so large that digits are lost, and what brings others there."""

    least: float
    most: float
    raising: float
    lowering: float


RANGES = {
    32: Range(2.0**-50, 2.0**45, 2.0**90, 2.0**-80),
    64: Range(2.0**-480, 2.0**486, 2.0**600, 2.0**-600),
}
"""By the bits of a real number."""


def _range_of(dtype: Any) -> Range:
    return RANGES[32 if numpy.finfo(dtype).bits < 64 else 64]


def is_in_range(out: Any) -> Any:
    """Where a norm has all its digits by the plain sum of squares."""
    own = _range_of(out.dtype)
    return logical_and(greater(out, own.least), less(out, own.most))


def _evaluate(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """By the plain sum of squares, if that is in range."""
    if axis == (0,) and x.ndim == 1 and not keepdims:
        out = numpy.sqrt(numpy.vdot(x, x).real)
        least, most, *_ = _range_of(x.dtype)
        if least < out < most:
            return out
    with numpy.errstate(all="ignore"):
        squares = x.real**2 + x.imag**2 if x.dtype.kind == "c" else x * x
        out = numpy.sqrt(numpy.add.reduce(squares, axis=axis, keepdims=keepdims))
        return out if is_in_range(out).all() else norm_by_sizes(x, axis, keepdims)


def norm_by_sizes(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """Sums of squares of the small, the large and the other numbers, the first two brought into range.

    Source: J. Blue, "A portable Fortran program to find the Euclidean norm of a vector" (1978).
    """
    own = _range_of(x.dtype)
    sizes = absolute(x) if x.dtype.kind == "c" else x
    is_large, is_small = greater(absolute(sizes), own.most), less(absolute(sizes), own.least)

    def sum_of_squares(chosen: Any) -> Any:
        return sum_over(multiply(chosen, chosen), axis=axis, keepdims=keepdims)

    large = sum_of_squares(where(is_large, sizes * own.lowering, 0))
    small = sum_of_squares(where(is_small, sizes * own.raising, 0))
    others = sum_of_squares(where(logical_or(is_large, is_small), 0, sizes))
    with_large = sqrt(large + others * own.lowering * own.lowering) / own.lowering
    with_small = where(equal(others, 0), sqrt(small) / own.raising, sqrt(others + small / own.raising / own.raising))
    return where(equal(large, 0), with_small, with_large)


def _shape(x: Any, axis: tuple[int, ...], keepdims: bool) -> Abstract:
    return Abstract(reduced_shape(x.shape, axis, keepdims), numpy.zeros((), x.dtype).real.dtype)


def _direction(x: Any, out: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """x / norm, and 0 where the norm is 0: there every derivative is 0."""
    length = expand(out, x, axis, keepdims)
    if x.dtype.kind == "c":  # by parts: complex division squares the length
        return ratio(real(x), length) + 1j * ratio(imag(x), length)
    return ratio(x, length)


def _apply(dx: Any, x: Any, out: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    def along(y: Any) -> Any:
        part = real(scale(dx, conjugate(y))) if x.dtype.kind == "c" else scale(dx, y)
        return sum_over(part, axis=axis, keepdims=keepdims)

    return noted(along(_direction(x, out, axis, keepdims)), out, lambda: along(x))


def _transpose(ct: Any, x: Any, out: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """ct x / norm. A smooth function of the square has a ct that vanishes with the norm, and a Hessian at 0."""
    cotangent = scale(expand(ct, x, axis, keepdims), _direction(x, out, axis, keepdims))
    limit = limit_at_zero(ct, out)
    return cotangent if limit is None else cotangent + scale_alone(expand(limit, x, axis, keepdims), x)


def _batch(size: int, operands: Any, batched: Any, node: Any) -> Any:
    axis = tuple(a + 1 for a in node.params["axis"])
    return euclidean_norm(operands[0], axis=axis, keepdims=node.params["keepdims"])


_NORM = Primitive(
    "euclidean_norm", _evaluate, ("x",), _shape, maps_for(("x",), [linear(_apply, _transpose)]), batch=_batch
)
euclidean_norm: Final = bind_general(_NORM)
_NORM.operation = euclidean_norm
"""``euclidean_norm(x, axis=, keepdims=)``: the root of the sum of the squared sizes of a real or complex x."""
