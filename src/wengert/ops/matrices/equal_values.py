"""Eigenvalues and singular values that are equal, and cotangents that tell them apart.

The vectors of equal values may be any basis of a space, and which value is which is not known. A function of
values and vectors that is smooth there treats them alike: its cotangent has equal numbers for equal values, and does
not change when the basis is turned. For any other there is no derivative, and the error names the pair.
"""

from __future__ import annotations

from typing import Any

import numpy

from ...core.abstract import Abstract
from ...core.tensor import Tensor
from ..axes.reduce import any as any_over, largest as largest_of
from ..elementwise import (
    absolute,
    greater,
    less_equal,
    logical_and,
    logical_or,
    ones_like,
    unsettled,
    where,
)
from ..shape import reshape
from .parts import as_column, as_row, total

TOLD_APART = 0.75
"""Numbers differ if they do by more than the rounding unit to this power, relative to the largest."""


def tolerance(values: Any) -> Any:
    """By how much equal values of each matrix may differ: by a rounding for each of them, and eight at least."""
    size = absolute(values)
    unit = max(8, values.shape[-1]) * float(numpy.finfo(values.dtype).eps)
    return unit * largest_of(size, axis=(len(size.shape) - 1,), keepdims=True)


def are_equal(values: Any) -> Any:
    """The matrix that says which values of each matrix are equal to rounding."""
    return less_equal(absolute(as_row(values) - as_column(values)), as_row(tolerance(values)))


def inverse_gaps(values: Any) -> Any:
    """The matrix of 1 / (v_j - v_i), and 0 where the two are equal.

    Of equal values only the sum has a derivative that is known, so what they enter has none.
    """
    gaps = as_row(values) - as_column(values)
    return _settled(_inverse_unless(gaps, are_equal(values)), gaps, values)


def inverse_sums(values: Any) -> Any:
    """The matrix of 1 / (v_j + v_i), and 0 where both are 0."""
    sums = as_row(values) + as_column(values)
    return _settled(_inverse_unless(sums, are_zero(values)), as_row(values) - as_column(values), values)


def inverse_values(values: Any) -> Any:
    """1 / v, and 0 where v is 0."""
    inverses = _inverse_unless(values, less_equal(absolute(values), tolerance(values)))
    return unsettled(inverses, values, _have_equals(values)) if type(values) is Tensor else inverses


def _settled(pairs: Any, gaps: Any, values: Any) -> Any:
    """What is computed from pairs of values, with a derivative where neither has an equal."""
    if type(values) is not Tensor:
        return pairs
    flags = _have_equals(values)
    return unsettled(pairs, gaps, logical_or(as_row(flags), as_column(flags)))


def _have_equals(values: Any) -> Any:
    """Which values of each matrix are equal to others."""
    others = logical_and(are_equal(values), ~numpy.eye(values.shape[-1], dtype=bool))
    return any_over(others, axis=(len(others.shape) - 1,), keepdims=False)


def _inverse_unless(x: Any, is_zero: Any) -> Any:
    return where(is_zero, 0, 1 / where(is_zero, ones_like(x), x))


def are_zero(values: Any) -> Any:
    """The matrix that says of which pairs of singular values both are 0 to rounding."""
    return less_equal(as_row(values) + as_column(values), as_row(tolerance(values)))


def differing(numbers: Any, *parts: Any) -> Any:
    """The matrix that says which pairs of numbers differ by more than the rounding of the parts they are sums of."""
    among = total(*(None if part is None else absolute(part) for part in parts))
    return counting(as_row(numbers) - as_column(numbers), as_row(among))


def counting(x: Any, among: Any) -> Any:
    """Which elements of each matrix are more than the rounding of the matrix `among` from which it was computed."""
    sizes = absolute(among)
    largest = largest_of(sizes, axis=tuple(range(len(sizes.shape)))[-2:], keepdims=True)
    return greater(absolute(x), float(numpy.finfo(sizes.dtype).eps) ** TOLD_APART * largest)


def refuse(op: str, derivative: Any, values: Any, told_apart: Any) -> Any:
    """The derivative; an error if equal values are told apart, and NaN where that is not known yet."""
    flags = value_of(told_apart)
    if flags is None:
        rank, axes = len(derivative.shape), tuple(range(len(told_apart.shape)))[-2:]
        mark = any_over(told_apart, axis=axes, keepdims=True)
        shape = (*mark.shape[:-2], *(1,) * (rank - len(mark.shape) + 2))
        return derivative + where(reshape(mark, shape=shape), numpy.nan, 0.0)
    if numpy.any(flags):
        *place, i, j = (int(k) for k in numpy.argwhere(flags)[0])
        raise numpy.linalg.LinAlgError(_message(op, value_of(values)[tuple(place)], *sorted((i, j))))
    return derivative


def _message(op: str, values: Any, i: int, j: int) -> str:
    equal = "is 0" if i == j else f"and number {j} are equal ({values[i]:.6g})"
    return (
        f"[{op}] value number {i} {equal}, and the derivative that was asked for depends on the choice of their "
        "vectors, of their order, or (a second one in forward mode) on what is between them; wanted that of a "
        "function which treats them alike, by reverse mode first; write (v * g(w)) @ v.mT of eigh or (u * g(s)) @ vh "
        "of svd as one product, wengert.scipy.linalg.funm(x, g), or wengert.hessian"
    )


def value_of(x: Any) -> Any:
    """The raw value; ``None`` if it is not known."""
    value = x._value if type(x) is Tensor else x
    return None if type(value) is Abstract else numpy.asarray(value)
