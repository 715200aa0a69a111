"""Operations under their plain names, on arrays of one dtype."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import wengert as wg
import wengert.numpy as np
from wengert.scipy import special

from ..array import Array, as_tensor, combined, of, operands
from ..dtypes import canonical
from ..lifting import lifted
from ..numpy.tables import FUNCTIONS

__all__ = [
    "PLAIN", "broadcast", "broadcast_in_dim", "broadcasted_iota", "clamp", "collapse", "convert_element_type",
    "cumlogsumexp", "cummax", "cummin", "cumprod", "cumsum", "dot", "dot_general", "expand_dims", "full", "iota",
    "reduce", "rsqrt", "select", "select_n", "sort_key_val", "squeeze", "stop_gradient", "top_k",
]  # fmt: skip


def select(pred: Any, on_true: Any, on_false: Any) -> Array:
    """Elements of one array where a condition holds, of another elsewhere."""
    return FUNCTIONS["where"](pred, on_true, on_false)


def clamp(min: Any, x: Any, max: Any) -> Array:
    """The elements, but none beyond bounds."""
    return FUNCTIONS["clip"](x, min, max)


def stop_gradient(x: Any) -> Any:
    """The value, which nothing is differentiated through."""
    return wg.trees.map(wg.stop_gradient, x)


def convert_element_type(operand: Any, new_dtype: Any) -> Array:
    """The elements in another dtype."""
    return of(as_tensor(operand).astype(canonical(new_dtype)))


def iota(dtype: Any, size: int) -> Array:
    """The numbers from 0 on."""
    return of(np.arange(size).astype(canonical(dtype)))


def rsqrt(x: Any) -> Array:
    """1 / sqrt(x)."""
    return combined(lambda given: 1 / np.sqrt(given), x)


def full(shape: Sequence[int], fill_value: Any, dtype: Any = None, **_: Any) -> Array:
    """An array with one value everywhere."""
    return of(np.broadcast_to(as_tensor(fill_value, dtype), tuple(shape)))


def broadcasted_iota(dtype: Any, shape: Sequence[int], dimension: int) -> Array:
    """The numbers from 0 on along one axis."""
    numbers = iota(dtype, shape[dimension])
    return broadcast_in_dim(numbers, shape, (dimension,))


def select_n(which: Any, *cases: Any) -> Array:
    """Elements of the array whose number is given, of arrays of one shape."""
    number = as_tensor(which).astype("int32")
    stacked = np.stack(operands(*cases))
    places = np.broadcast_to(number, stacked.shape[1:])[None]
    return of(np.take_along_axis(stacked, places, 0)[0])


def sort_key_val(keys: Any, values: Any, dimension: int = -1, is_stable: bool = True) -> tuple[Array, Array]:
    """Keys in order, and the values that belong to them."""
    given = as_tensor(keys)
    order = np.argsort(given, axis=dimension, stable=is_stable)
    return tuple(of(np.take_along_axis(each, order, dimension)) for each in (given, as_tensor(values)))  # type: ignore[return-value]


def collapse(operand: Any, start_dimension: int, stop_dimension: int | None = None) -> Array:
    """With several axes as one."""
    x = as_tensor(operand)
    stop = x.ndim if stop_dimension is None else stop_dimension
    return of(x.reshape((*x.shape[:start_dimension], -1, *x.shape[stop:])))


def top_k(operand: Any, k: int) -> list[Array]:
    """The `k` largest elements along the last axis in order, and where they are."""
    x = as_tensor(operand)
    turned = np.argsort(np.flip(x, -1), axis=-1, stable=True)
    order = np.flip(x.shape[-1] - 1 - turned, -1)[..., :k]
    return [of(np.take_along_axis(x, order, -1)), of(order)]


def dot_general(lhs: Any, rhs: Any, dimension_numbers: Any, **_: Any) -> Array:
    """Sums of products: ``((axes, axes), (batch axes, batch axes))``."""
    (contracted, other), (batch, other_batch) = dimension_numbers
    x, y = operands(lhs, rhs)
    names = iter(range(x.ndim + y.ndim))
    left = [next(names) for _ in range(x.ndim)]
    right = [next(names) for _ in range(y.ndim)]
    for one, another in [*zip(contracted, other, strict=True), *zip(batch, other_batch, strict=True)]:
        right[another] = left[one]
    free = [left[axis] for axis in range(x.ndim) if axis not in (*contracted, *batch)]
    others = [right[axis] for axis in range(y.ndim) if axis not in (*other, *other_batch)]
    return of(np.einsum(x, left, y, right, [*(left[axis] for axis in batch), *free, *others]))


def dot(lhs: Any, rhs: Any, **_: Any) -> Array:
    """The product of vectors or matrices."""
    return of(np.dot(*operands(lhs, rhs)))


def broadcast(operand: Any, sizes: Sequence[int]) -> Array:
    """Repeated along new first axes."""
    x = as_tensor(operand)
    return of(np.broadcast_to(x, (*sizes, *x.shape)))


def broadcast_in_dim(operand: Any, shape: Sequence[int], broadcast_dimensions: Sequence[int]) -> Array:
    """Repeated to a shape, of which its axes are those of `broadcast_dimensions`."""
    x = as_tensor(operand)
    lengths = [1] * len(shape)
    for length, axis in zip(x.shape, broadcast_dimensions, strict=True):
        lengths[axis] = length
    return of(np.broadcast_to(x.reshape(lengths), tuple(shape)))


def expand_dims(array: Any, dimensions: Sequence[int]) -> Array:
    """With axes of length 1."""
    return of(np.expand_dims(as_tensor(array), tuple(dimensions)))


def squeeze(array: Any, dimensions: Sequence[int]) -> Array:
    """Without axes of length 1."""
    return of(np.squeeze(as_tensor(array), tuple(dimensions)))


def reduce(operands: Any, init_values: Any, computation: Callable[[Any, Any], Any], dimensions: Sequence[int]) -> Array:
    """Results of a function of two numbers, one after another along axes."""
    x = np.moveaxis(as_tensor(operands), tuple(dimensions), tuple(range(len(dimensions))))
    rows = x.reshape((-1, *x.shape[len(dimensions) :]))
    start = np.broadcast_to(as_tensor(init_values).astype(x.dtype), rows.shape[1:])
    return wg.scan(lambda total, row: (computation(total, row), None), of(start), of(rows))[0]


def cumsum(operand: Any, axis: int = 0, reverse: bool = False) -> Array:
    """Running sums."""
    return _running_of(np.cumsum, operand, axis, reverse)


def cumprod(operand: Any, axis: int = 0, reverse: bool = False) -> Array:
    """Running products."""
    return _running_of(np.cumprod, operand, axis, reverse)


def cummax(operand: Any, axis: int = 0, reverse: bool = False) -> Array:
    """Running maxima."""
    return _running_of(np.maximum.accumulate, operand, axis, reverse)


def cummin(operand: Any, axis: int = 0, reverse: bool = False) -> Array:
    """Running minima."""
    return _running_of(np.minimum.accumulate, operand, axis, reverse)


def cumlogsumexp(operand: Any, axis: int = 0, reverse: bool = False) -> Array:
    """Logarithms of running sums of exponentials."""
    return _running_of(np.logaddexp.accumulate, operand, axis, reverse)


def _running_of(below: Callable[..., Any], operand: Any, axis: int, reverse: bool) -> Array:
    x = as_tensor(operand)
    x = np.flip(x, axis) if reverse else x
    found = below(x, axis=axis).astype(x.dtype)
    return of(np.flip(found, axis) if reverse else found)


OF_NUMPY = {
    "abs": "abs", "acos": "arccos", "acosh": "arccosh", "add": "add", "argmax": "argmax", "argmin": "argmin",
    "asin": "arcsin", "asinh": "arcsinh", "atan": "arctan", "atan2": "arctan2", "atanh": "arctanh", "ceil": "ceil",
    "concatenate": "concatenate", "cos": "cos", "cosh": "cosh", "div": "divide", "eq": "equal", "exp": "exp",
    "expm1": "expm1", "floor": "floor", "ge": "greater_equal", "gt": "greater", "integer_pow": "power",
    "is_finite": "isfinite", "le": "less_equal", "log": "log", "log1p": "log1p", "lt": "less", "max": "maximum",
    "min": "minimum", "mul": "multiply", "ne": "not_equal", "neg": "negative", "pow": "power", "real": "real",
    "imag": "imag", "rem": "fmod", "reshape": "reshape", "rev": "flip", "round": "round", "sign": "sign", "sin": "sin",
    "sinh": "sinh", "sort": "sort", "sqrt": "sqrt", "square": "square", "sub": "subtract", "tan": "tan", "tanh": "tanh",
    "transpose": "transpose", "zeros_like_array": "zeros_like", "full_like": "full_like", "conj": "conj",
    "bitwise_and": "bitwise_and", "bitwise_or": "bitwise_or", "bitwise_xor": "bitwise_xor", "bitwise_not": "invert",
    "exp2": "exp2", "reciprocal": "reciprocal", "nextafter": "nextafter", "shift_left": "left_shift",
    "shift_right_arithmetic": "right_shift", "tile": "tile", "stack": "stack", "reduce_sum": "sum", "reduce_max": "max",
    "reduce_min": "min", "reduce_prod": "prod", "reduce_and": "all", "reduce_or": "any", "batch_matmul": "matmul",
    "population_count": "bitwise_count",
}  # fmt: skip
"""Operations that are functions of ``jax.numpy`` too."""


OF_OTHERS = {
    "erf": special.erf, "erfc": special.erfc, "erf_inv": special.erfinv, "lgamma": special.gammaln,
    "digamma": special.digamma, "logistic": special.expit, "cbrt": np.cbrt, "betainc": special.betainc,
    "igamma": special.gammainc, "igammac": special.gammaincc, "polygamma": special.polygamma, "zeta": special.zeta,
    "bessel_i0e": special.i0e, "bessel_i1e": special.i1e,
}  # fmt: skip
"""Operations that are elsewhere in the engine."""

PLAIN: dict[str, Any] = {name: FUNCTIONS[below] for name, below in OF_NUMPY.items()} | {
    name: lifted(below, name) for name, below in OF_OTHERS.items()
}
"""Operations that are other functions under plain names."""
