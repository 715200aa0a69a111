"""``jax.lax``: loops and branches, and operations under their plain names."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert.scipy import special

from ..names import missing_name as _missing_name
from .array import Array, arrays, as_tensor, of, operands
from .dtypes import canonical
from .numpy.tables import FUNCTIONS
from .transforms import linear_transpose as _linear_transpose

__all__ = [
    "associative_scan", "broadcast", "broadcast_in_dim", "clamp", "cond", "conv", "conv_general_dilated",
    "convert_element_type", "cumlogsumexp", "cummax", "cummin", "cumprod", "cumsum", "dot", "dot_general",
    "dynamic_index_in_dim", "dynamic_slice", "dynamic_slice_in_dim", "dynamic_update_index_in_dim",
    "dynamic_update_slice", "expand_dims", "fori_loop", "gather", "index_in_dim", "iota", "map", "pad", "reduce",
    "rsqrt", "scan", "select", "slice", "slice_in_dim", "squeeze", "stop_gradient", "switch", "top_k", "while_loop",
]  # fmt: skip


def scan(
    f: Callable[[Any, Any], Any], init: Any, xs: Any = None, length: int | None = None, reverse: bool = False, **_: Any
) -> Any:
    """Carry a value through the turns of a loop, and stack a result of each.

    >>> from wengert import jax
    >>> jax.lax.scan(lambda total, x: (total + x, total), 0.0, jax.numpy.ones(3))[1]
    Array([0., 1., 2.], dtype=float32)
    """
    return wg.scan(f, arrays(init), arrays(xs), length, reverse)


def while_loop(cond_fun: Callable[[Any], Any], body_fun: Callable[[Any], Any], init_val: Any) -> Any:
    """Carry a value through turns as long as a condition holds."""
    return wg.while_loop(lambda value: _tensor(cond_fun(value)), body_fun, arrays(init_val))


def fori_loop(lower: Any, upper: Any, body_fun: Callable[[Any, Any], Any], init_val: Any, **_: Any) -> Any:
    """Carry a value through turns with their numbers."""
    return wg.fori_loop(_tensor(lower), _tensor(upper), lambda i, v: body_fun(of(as_tensor(i)), v), arrays(init_val))


def cond(pred: Any, true_fun: Callable[..., Any], false_fun: Callable[..., Any], *operands: Any) -> Any:
    """One function or the other."""
    return wg.cond(_tensor(pred), true_fun, false_fun, *arrays(operands))


def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """One of several functions; an index outside is the nearest within."""
    return wg.switch(_tensor(index), branches, *arrays(operands))


def map(f: Callable[[Any], Any], xs: Any, **_: Any) -> Any:
    """A function of each slice, one after another."""
    return wg.map(f, arrays(xs))


def _tensor(value: Any) -> Any:
    return value._tensor if isinstance(value, Array) else value


def associative_scan(fn: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0) -> Any:
    """Running results of an associative function, in pairs of pairs (G. Blelloch, 1990)."""
    leaves, structure = wg.trees.flatten(arrays(elems))
    leaves = [np.moveaxis(leaf, axis, 0) for leaf in leaves]
    leaves = [np.flip(leaf, 0) for leaf in leaves] if reverse else leaves

    def combine(one: list[Any], other: list[Any]) -> list[Any]:
        found = fn(wg.trees.unflatten(structure, one), wg.trees.unflatten(structure, other))
        return wg.trees.flatten(found)[0]

    found = _running(combine, leaves)
    found = [np.flip(leaf, 0) for leaf in found] if reverse else found
    return wg.trees.unflatten(structure, [np.moveaxis(leaf, 0, axis) for leaf in found])


def _running(combine: Callable[[list[Any], list[Any]], list[Any]], leaves: list[Any]) -> list[Any]:
    count = leaves[0].shape[0]
    if count < 2:
        return leaves
    pairs = combine([leaf[: count - 1 : 2] for leaf in leaves], [leaf[1::2] for leaf in leaves])
    odd = _running(combine, pairs)
    later = combine([leaf[: (count - 1) // 2] for leaf in odd], [leaf[2::2] for leaf in leaves])
    return [
        _woven(np.concatenate([leaf[:1], even]), other) for leaf, even, other in zip(leaves, later, odd, strict=True)
    ]


def _woven(even: Any, odd: Any) -> Any:
    """What is at even places, and at odd ones."""
    count = even.shape[0] + odd.shape[0]
    order = numpy.argsort(numpy.r_[numpy.arange(0, count, 2), numpy.arange(1, count, 2)], kind="stable")
    return np.concatenate([even, odd])[order]


# -- slices ----------------------------------------------------------------------------------------


def _starts(array: Any, start_indices: Any, sizes: Sequence[int]) -> list[Any]:
    """Where a slice begins along each axis: within the array, as in JAX."""
    given = start_indices if isinstance(start_indices, (list, tuple)) else list(as_tensor(start_indices))
    return [
        np.clip(as_tensor(start), 0, length - size)
        for start, length, size in zip(given, array.shape, sizes, strict=True)
    ]


def dynamic_slice(operand: Any, start_indices: Any, slice_sizes: Sequence[int]) -> Array:
    """So many elements along each axis, from indices that may be computed; they are moved into the array."""
    x = as_tensor(operand)
    starts = _starts(x, start_indices, slice_sizes)
    return of(x[np.ix_(*[start + numpy.arange(size) for start, size in zip(starts, slice_sizes, strict=True)])])


def dynamic_update_slice(operand: Any, update: Any, start_indices: Any) -> Array:
    """The array with others from indices on."""
    x, new = as_tensor(operand).copy(), as_tensor(update)
    starts = _starts(x, start_indices, new.shape)
    x[np.ix_(*[start + numpy.arange(size) for start, size in zip(starts, new.shape, strict=True)])] = new
    return of(x)


def dynamic_slice_in_dim(operand: Any, start_index: Any, slice_size: int, axis: int = 0) -> Array:
    """So many elements along one axis, from an index that may be computed."""
    x = as_tensor(operand)
    starts = [start_index if place == axis % x.ndim else 0 for place in range(x.ndim)]
    return dynamic_slice(
        x, starts, [slice_size if s is start_index else n for s, n in zip(starts, x.shape, strict=True)]
    )


def dynamic_index_in_dim(operand: Any, index: Any, axis: int = 0, keepdims: bool = True) -> Array:
    """What is at an index of an axis."""
    found = dynamic_slice_in_dim(operand, index, 1, axis)
    return found if keepdims else of(np.squeeze(found._tensor, axis))


def dynamic_update_index_in_dim(operand: Any, update: Any, index: Any, axis: int) -> Array:
    """The array with another at an index of an axis."""
    x, new = as_tensor(operand), as_tensor(update)
    new = new if new.ndim == x.ndim else np.expand_dims(new, axis)
    return dynamic_update_slice(x, new, [index if place == axis % x.ndim else 0 for place in range(x.ndim)])


def slice(operand: Any, start_indices: Sequence[int], limit_indices: Sequence[int], strides: Any = None) -> Array:
    """Elements from one index to another along each axis."""
    bounds = zip(start_indices, limit_indices, strides or [1] * len(start_indices), strict=True)
    return of(as_tensor(operand)[tuple(_range(*each) for each in bounds)])


def _range(start: Any, stop: Any, step: Any = None) -> Any:
    return builtins.slice(start, stop, step)


def slice_in_dim(operand: Any, start_index: Any, limit_index: Any, stride: int = 1, axis: int = 0) -> Array:
    """Elements from one index to another along one axis."""
    x = as_tensor(operand)
    return of(x[(_range(None, None),) * (axis % x.ndim) + (_range(start_index, limit_index, stride),)])


def index_in_dim(operand: Any, index: int, axis: int = 0, keepdims: bool = True) -> Array:
    """What is at an index of an axis."""
    return dynamic_index_in_dim(operand, index, axis, keepdims)


# -- operations ------------------------------------------------------------------------------------


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
    return of(1 / np.sqrt(as_tensor(x)))


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


def pad(operand: Any, padding_value: Any, padding_config: Sequence[tuple[int, int, int]]) -> Array:
    """With a value before, after, and (so many times) between elements."""
    x = as_tensor(operand)
    inner = tuple(n + max(n - 1, 0) * between for n, (_, _, between) in zip(x.shape, padding_config, strict=True))
    spread = np.broadcast_to(as_tensor(padding_value).astype(x.dtype), inner).copy()
    spread[tuple(_range(None, None, between + 1) for _, _, between in padding_config)] = x
    edges = [(max(low, 0), max(high, 0)) for low, high, _ in padding_config]
    spread = np.pad(spread, edges, constant_values=as_tensor(padding_value))
    return of(spread[tuple(_range(max(-low, 0), n + max(low, 0) + max(high, 0) - max(-high, 0) if high < 0 else None)
                           for n, (low, high, _) in zip(inner, padding_config, strict=True))])  # fmt: skip


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


def gather(operand: Any, indices: Any, axis: int = 0) -> Array:
    """What is at indices of an axis."""
    return of(np.take(as_tensor(operand), as_tensor(indices), axis=axis))


def conv_general_dilated(
    lhs: Any, rhs: Any, window_strides: Sequence[int], padding: Any, lhs_dilation: Any = None, rhs_dilation: Any = None,
    dimension_numbers: Any = None, feature_group_count: int = 1, **_: Any,
) -> Array:  # fmt: skip
    """A convolution as networks have it: channels first, unless ``dimension_numbers`` says otherwise."""
    x, kernel = operands(lhs, rhs)
    space = x.ndim - 2
    names = dimension_numbers or ("NC" + "HWD"[:space], "OI" + "HWD"[:space], "NC" + "HWD"[:space])
    x = np.transpose(x, [names[0].index(c) for c in "NC" + _space(names[0])])
    kernel = np.transpose(kernel, [names[1].index(c) for c in "OI" + _space(names[1])])
    dilation = tuple(rhs_dilation or (1,) * space)
    edges = _edges(padding, x.shape[2:], kernel.shape[2:], window_strides, dilation)
    x = of(x) if lhs_dilation is None else pad(x, 0.0, [(0, 0, 0)] * 2 + [(0, 0, each - 1) for each in lhs_dilation])
    x = np.pad(x._tensor, [(0, 0), (0, 0), *edges])
    convolve = getattr(wg.nn.functional, f"conv{space}d")
    found = convolve(x, kernel, None, tuple(window_strides), 0, dilation, feature_group_count)
    order = "NC" + _space(names[2])
    return of(np.transpose(found, [order.index(c) for c in names[2]]))


def _space(names: str) -> str:
    """The axes of space, in order."""
    return "".join(c for c in names if c not in "NCOI")


def _edges(padding: Any, lengths: Any, window: Any, strides: Any, dilation: Any) -> list[tuple[int, int]]:
    if not isinstance(padding, str):
        return [tuple(each) for each in padding]
    if padding.upper() == "VALID":
        return [(0, 0)] * len(lengths)
    edges = []
    for length, size, stride, between in zip(lengths, window, strides, dilation, strict=True):
        total = max((-(-length // stride) - 1) * stride + (size - 1) * between + 1 - length, 0)
        edges.append((total // 2, total - total // 2))
    return edges


def conv(lhs: Any, rhs: Any, window_strides: Sequence[int], padding: str, **_: Any) -> Array:
    """A convolution, channels first."""
    return conv_general_dilated(lhs, rhs, window_strides, padding)


linear_transpose = _linear_transpose

PLAIN = {
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
}  # fmt: skip
"""Operations that are functions of ``jax.numpy`` too."""

globals().update({name: FUNCTIONS[below] for name, below in PLAIN.items()})
globals().update(
    {
        name: (lambda x, below=below: of(below(as_tensor(x))))
        for name, below in {
            "erf": special.erf, "erfc": special.erfc, "erf_inv": special.erfinv, "lgamma": special.gammaln,
            "digamma": special.digamma, "logistic": special.expit, "cbrt": np.cbrt,
        }.items()
    }
)  # fmt: skip


def __getattr__(name: str) -> Any:
    raise _missing_name(__name__, name, {}, "jax.lax")
