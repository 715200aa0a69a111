"""Taking and placing elements, under NumPy's names."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.dtypes.kinds import result_type
from ..core.kin import Way
from ..core.recording import stood_in
from ..core.tensor import Tensor
from ..core.views import view
from ..ops import elementwise as e, shape as s
from ..ops.broadcast import broadcast_to
from ..ops.indexing.gather import block, gather, ravel_index, scatter_set, slice_set, unslice
from ..ops.indexing.index import fit_value, index_set, taken
from ..ops.join import stack
from .arrays.manipulation import normal_axis, on_a_line, ravel
from .methods.elements import guard, replace
from .protocols.lift import PYTHON_NUMBERS, to_tensor
from .protocols.output import into
from .protocols.values import concrete

__all__ = [
    "choose", "compress", "copyto", "diag", "diag_indices", "diag_indices_from", "diagflat", "diagonal", "extract",
    "fill_diagonal", "ix_", "mask_indices", "place", "put", "put_along_axis", "putmask", "ravel_multi_index", "select",
    "take", "take_along_axis", "tril", "tril_indices", "tril_indices_from", "triu", "triu_indices", "triu_indices_from",
    "unravel_index",
]  # fmt: skip


# -- taking ----------------------------------------------------------------------------------------


def take(a: Any, indices: Any, axis: int | None = None, out: Any = None, mode: str = "raise") -> Tensor:
    """As ``numpy.take``; the indices may be a tensor, one for each example under `vmap`."""
    x, index = to_tensor(a, "take"), integers(indices, "take")
    x, place = on_a_line(x, axis)
    taken = gather(x, _in_bounds(index, x.shape[place], mode), axis=place)
    return taken if out is None else into(out, taken, "take")


def integers(indices: Any, op: str) -> Any:
    """Indices as an array of integers, or as a tensor of them.

    Raises:
        TypeError: they are not integers.
    """
    index = stood_in(to_tensor(indices, op))
    if index.size == 0 and isinstance(indices, (list, tuple)):
        index = Tensor(index._value.astype(numpy.intp))
    if index.dtype.kind not in "iub":
        raise TypeError(
            f"[{op}] the indices have dtype {index.dtype}, wanted integers; write indices.astype(int) to cut off what "
            "is behind the decimal point"
        )
    if type(index._value) is Abstract:
        return index if index.dtype.kind != "b" else e.astype(index, dtype=numpy.dtype(numpy.intp))
    return index._value if index.dtype.kind != "b" else numpy.asarray(index._value).astype(numpy.intp)


def _in_bounds(index: Any, length: int, mode: str) -> Any:
    if mode == "wrap":
        return e.remainder(index, length)
    if mode == "clip":
        return e.maximum(e.minimum(index, length - 1), 0)
    if mode != "raise":
        raise ValueError(f"clipmode must be one of 'clip', 'raise', or 'wrap' (got {mode!r})")
    return index


def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Tensor:
    """As ``numpy.take_along_axis``; the indices may be a tensor, as from `argsort`."""
    x, index, place = _along_axis(arr, indices, axis, "take_along_axis")
    return taken(x, _mesh(index, x.shape, place))


def _along_axis(arr: Any, indices: Any, axis: int | None, op: str) -> tuple[Tensor, Any, int]:
    """The array, the indices with as many axes, and the axis."""
    x, index = to_tensor(arr, op), to_tensor(indices, op)
    if index.dtype.kind not in "iu":
        raise IndexError("`indices` must be an integer array")
    if axis is None:
        if index.ndim != 1:
            raise ValueError("when axis=None, `indices` must have a single dimension.")
        x, axis = ravel(x), 0
    if x.ndim != index.ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    return x, index if type(index._value) is Abstract else index._value, normal_axis(axis, x.ndim)


def _mesh(index: Any, shape: tuple[int, ...], axis: int) -> tuple[Any, ...]:
    """Indices along an axis as an index into all axes."""
    count = len(shape)
    mesh = [numpy.arange(n).reshape(-1, *(1,) * (count - i - 1)) for i, n in enumerate(shape)]
    mesh[axis] = index
    return tuple(mesh)


def compress(condition: Any, a: Any, axis: int | None = None, out: Any = None) -> Tensor:
    """As ``numpy.compress``; how many elements there are depends on the condition, so it is constant under `vmap`."""
    mask = numpy.asarray(concrete(to_tensor(condition, "compress"), "compress"), bool)
    if mask.ndim != 1:
        raise ValueError("condition must be a 1-d array")
    return take(a, numpy.flatnonzero(mask), axis, out)


def extract(condition: Any, arr: Any) -> Tensor:
    """As ``numpy.extract``; as for `compress`, the condition is constant under `vmap`."""
    return compress(ravel(condition), arr)


def choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Tensor:
    """As ``numpy.choose``; differentiable in the choices."""
    index = integers(a, "choose")
    weak = [c if type(c) in (int, float, complex) else to_tensor(c, "choose") for c in choices]
    options = [to_tensor(c, "choose") for c in weak]
    if mode == "raise" and type(index) is not Tensor and numpy.any((index < 0) | (index >= len(options))):
        raise ValueError(
            f"[choose] the indices are {numpy.min(index)} to {numpy.max(index)}, wanted 0 to {len(options) - 1}, one "
            "for each choice; write mode='wrap' or mode='clip' for others"
        )
    shape = numpy.broadcast_shapes(index.shape, *[o.shape for o in options])
    dtype = result_type(*[o.dtype if type(o) is Tensor else o for o in weak])
    stacked = stack(*[broadcast_to(e.astype(o, dtype=dtype), shape=shape) for o in options], axis=0)
    index = broadcast_to(_in_bounds(index, len(options), mode), shape=shape)
    taken = take_along_axis(stacked, s.reshape(index, shape=(1, *shape)), 0)
    result = s.reshape(taken, shape=shape)
    return result if out is None else into(out, result, "choose")


def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Tensor:
    """As ``numpy.select``; a choice that was not taken leaves no trace in a derivative."""
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    if not condlist:
        raise ValueError("select with an empty condition list is not possible")
    conditions = [to_tensor(c, "select") for c in condlist]
    for i, condition in enumerate(conditions):
        if condition.dtype.kind != "b":
            raise TypeError(f"invalid entry {i} in condlist: should be boolean ndarray")
    choices = [c if type(c) in (int, float, complex) else to_tensor(c, "select") for c in (*choicelist, default)]
    dtype = result_type(*[c.dtype if type(c) is Tensor else c for c in choices])
    *choices, result = [e.astype(to_tensor(c), dtype=dtype) for c in choices]
    for condition, choice in zip(conditions[::-1], choices[::-1], strict=True):
        result = e.where(condition, choice, result)
    return result


# -- diagonals and triangles -----------------------------------------------------------------------


def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """As ``numpy.diagonal``: a view, which sees writes to `a` but is read-only itself."""
    x = to_tensor(a, "diagonal")
    if x.ndim < 2:
        raise ValueError("diag requires an array of at least two dimensions")
    first, second = normal_axis(axis1, x.ndim), normal_axis(axis2, x.ndim)
    if first == second:
        raise ValueError("axis1 and axis2 cannot be the same")
    axes = (*(i for i in range(x.ndim) if i not in (first, second)), first, second)
    return view(x, DIAGONAL, _DIAGONAL_IS_READ_ONLY, axes=axes, offset=offset)


def _diagonal(x: Any, axes: tuple[int, ...], offset: int) -> Any:
    """The diagonal of what are the last two axes when the axes are ordered so."""
    if type(x) is not Tensor:
        return numpy.diagonal(x, offset, *axes[-2:])
    *lead, rows, columns = (x.shape[axis] for axis in axes)
    flat = s.reshape(s.transpose(x, axes=axes), shape=(*lead, rows * columns))
    return block(flat, index=(..., _diagonal_places(rows, columns, offset)))


DIAGONAL = Way(_diagonal, None)

_DIAGONAL_IS_READ_ONLY = (
    "what np.diagonal gives was written to, which is read-only, as in NumPy, wanted the tensor that it belongs to; "
    "write np.fill_diagonal(x, v), or x[i, i] = v with i = np.arange(n)"
)


def _diagonal_places(rows: int, columns: int, offset: int) -> slice:
    """Where a diagonal is in the flattened matrix: every (columns + 1)-th element."""
    start = offset if offset >= 0 else -offset * columns
    count = min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns)
    return slice(start, start + (count - 1) * (columns + 1) + 1, columns + 1) if count > 0 else slice(0, 0)


def diag(v: Any, k: int = 0) -> Tensor:
    """As ``numpy.diag``: the diagonal of a matrix, or the matrix with a diagonal."""
    x = to_tensor(v, "diag")
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise ValueError("Input must be 1- or 2-d.")
    size = x.size + abs(k)
    flat = unslice(x, index=(_diagonal_places(size, size, k),), shape=(size * size,))
    return s.reshape(flat, shape=(size, size))


def diagflat(v: Any, k: int = 0) -> Tensor:
    """As ``numpy.diagflat``."""
    return diag(ravel(v), k)


def tril(m: Any, k: int = 0) -> Tensor:
    """As ``numpy.tril``."""
    return _masked(m, lambda rows, columns: numpy.tri(rows, columns, k, bool), "tril")


def triu(m: Any, k: int = 0) -> Tensor:
    """As ``numpy.triu``."""
    return _masked(m, lambda rows, columns: ~numpy.tri(rows, columns, k - 1, bool), "triu")


def _masked(m: Any, mask: Callable[[int, int], Any], op: str) -> Tensor:
    x = to_tensor(m, op)
    if not x.ndim:
        raise ValueError(f"[{op}] the tensor is a scalar, wanted a matrix or a vector; write x.reshape(1, 1)")
    rows, columns = (x.shape * 2)[-2:]
    return e.where(mask(rows, columns), x, numpy.zeros((), x.dtype))


def _tensors(arrays: Any) -> tuple[Tensor, ...]:
    return tuple(Tensor(array) for array in arrays)


def tril_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Tensor, ...]:
    """As ``numpy.tril_indices``."""
    return _tensors(numpy.tril_indices(n, k, m))


def triu_indices(n: int, k: int = 0, m: int | None = None) -> tuple[Tensor, ...]:
    """As ``numpy.triu_indices``."""
    return _tensors(numpy.triu_indices(n, k, m))


def tril_indices_from(arr: Any, k: int = 0) -> tuple[Tensor, ...]:
    """As ``numpy.tril_indices_from``."""
    return _tensors(numpy.tril_indices_from(_shape_only(arr), k))


def triu_indices_from(arr: Any, k: int = 0) -> tuple[Tensor, ...]:
    """As ``numpy.triu_indices_from``."""
    return _tensors(numpy.triu_indices_from(_shape_only(arr), k))


def _shape_only(a: Any) -> Any:
    """An array of the shape of `a` that takes no memory."""
    return numpy.broadcast_to(numpy.False_, to_tensor(a).shape)


def diag_indices(n: int, ndim: int = 2) -> tuple[Tensor, ...]:
    """As ``numpy.diag_indices``."""
    return _tensors(numpy.diag_indices(n, ndim))


def diag_indices_from(arr: Any) -> tuple[Tensor, ...]:
    """As ``numpy.diag_indices_from``."""
    return _tensors(numpy.diag_indices_from(_shape_only(arr)))


def mask_indices(n: int, mask_func: Callable[..., Any], k: Any = 0) -> tuple[Tensor, ...]:
    """As ``numpy.mask_indices``."""
    chosen = mask_func(numpy.ones((n, n), int), k)
    return _tensors(numpy.nonzero(concrete(to_tensor(chosen), "mask_indices")))


# -- indices ---------------------------------------------------------------------------------------


def ix_(*args: Any) -> tuple[Tensor, ...]:
    """As ``numpy.ix_``: an open mesh, to index a block with."""
    return _tensors(
        numpy.ix_(*[a if isinstance(a, list) and not a else concrete(to_tensor(a, "ix_"), "ix_") for a in args])
    )


def unravel_index(indices: Any, shape: Any, order: str = "C") -> tuple[Tensor, ...]:
    """As ``numpy.unravel_index``."""
    index = integers(indices, "unravel_index")
    if type(index) is not Tensor:
        return _tensors(numpy.asarray(i) for i in numpy.unravel_index(index, shape, order))  # type: ignore[call-overload]
    lengths = tuple(shape) if numpy.iterable(shape) else (shape,)
    steps = [math.prod(lengths[i + 1 :] if order == "C" else lengths[:i]) for i in range(len(lengths))]
    return tuple(index // step % length for step, length in zip(steps, lengths, strict=True))


def ravel_multi_index(multi_index: Any, dims: Any, mode: Any = "raise", order: str = "C") -> Tensor:
    """As ``numpy.ravel_multi_index``."""
    indices = [integers(i, "ravel_multi_index") for i in multi_index]
    if not any(type(i) is Tensor for i in indices):
        return Tensor(numpy.asarray(numpy.ravel_multi_index(indices, dims, mode, order)))  # type: ignore[call-overload]
    modes = mode if isinstance(mode, tuple) else (mode,) * len(dims)
    fitted = [_in_bounds(i, n, m) for i, n, m in zip(indices, dims, modes, strict=True)]
    lengths = tuple(dims)
    return ravel_index(*fitted, lengths=lengths) if order == "C" else ravel_index(*fitted[::-1], lengths=lengths[::-1])


# -- writing: NumPy's functions that change their first argument ------------------------------------


def _target(a: Any, op: str) -> Tensor:
    """The tensor that is written to.

    Raises:
        TypeError: it is something else, which could not keep a derivative.
        RuntimeError: it is a leaf, outside ``no_grad()``.
    """
    if type(a) is not Tensor:
        raise TypeError(
            f"[{op}] the first argument is a {type(a).__name__}, wanted a tensor to write to, since an array cannot "
            "carry a derivative; write x = np.asarray(x) first"
        )
    guard(a, op)
    return a


def copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    """As ``numpy.copyto``, into a tensor; differentiable in both."""
    target, source = _target(dst, "copyto"), to_tensor(src, "copyto")
    if type(src) in PYTHON_NUMBERS:
        numpy.copyto(numpy.empty((), target.dtype), src, casting)  # raises for a number that does not fit
    elif not numpy.can_cast(source.dtype, target.dtype, casting):
        raise TypeError(
            f"Cannot cast array data from {source.dtype!r} to {target.dtype!r} according to the rule '{casting}'"
        )
    if where is not True:
        source = e.where(to_tensor(where, "copyto"), fit_value(source, target.shape, target.dtype), target)
    target.copy_(source)


def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None) -> None:
    """As ``numpy.put_along_axis``, into a tensor; of several writes to a place the last wins."""
    target = _target(arr, "put_along_axis")
    x, index, place = _along_axis(target, indices, axis, "put_along_axis")
    written = index_set(x, _mesh(index, x.shape, place), values)
    replace(target, s.reshape(written, shape=target.shape))


def _write_flat(target: Tensor, places: Any, values: Any) -> None:
    """Write at places in the flattened tensor."""
    flat = s.reshape(target, shape=(target.size,))
    fitted = fit_value(values, places.shape, target.dtype)
    replace(target, s.reshape(scatter_set(flat, fitted, places, axis=0), shape=target.shape))


def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    """As ``numpy.put``, into a tensor; differentiable in the tensor and the values."""
    target = _target(a, "put")
    places = _in_bounds(integers(ind, "put"), target.size, mode)
    if places.size and not target.size:
        raise IndexError("cannot replace elements of an empty array")
    if places.size and to_tensor(v, "put").size:
        _write_flat(target, places, _repeated(v, places.size, places.shape))


def _repeated(values: Any, count: int, shape: tuple[int, ...]) -> Tensor:
    """The values over and over again, until there are `count`."""
    flat = ravel(values)
    return s.reshape(gather(flat, numpy.arange(count) % max(flat.size, 1), axis=0), shape=shape)


def place(arr: Any, mask: Any, vals: Any) -> None:
    """As ``numpy.place``, into a tensor: the values in turn go where the mask is true."""
    target = _target(arr, "place")
    places = numpy.flatnonzero(concrete(to_tensor(mask, "place"), "place"))
    if places.size:
        if to_tensor(vals, "place").size == 0:
            raise ValueError("Cannot insert from an empty array!")
        _write_flat(target, places, _repeated(vals, places.size, places.shape))


def putmask(a: Any, mask: Any, values: Any) -> None:
    """As ``numpy.putmask``, into a tensor: each place has its own value, repeated if there are too few."""
    target = _target(a, "putmask")
    if to_tensor(values, "putmask").size == 0:
        return
    new = fit_value(_repeated(values, target.size, target.shape), target.shape, target.dtype)
    condition = e.not_equal(to_tensor(mask, "putmask"), 0)
    replace(target, e.where(s.reshape(condition, shape=target.shape), new, target))


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """As ``numpy.fill_diagonal``, into a tensor; differentiable in the tensor and the value."""
    target = _target(a, "fill_diagonal")
    if target.ndim < 2:
        raise ValueError("array must be at least 2-d")
    if target.ndim > 2 and len(set(target.shape)) > 1:
        raise ValueError("All dimensions of input must be of equal length")
    if to_tensor(val, "fill_diagonal").size == 0:
        return
    columns = target.shape[1]
    step = columns + 1 if target.ndim == 2 else 1 + sum(numpy.cumprod(target.shape[:-1]).tolist())
    end = target.size if wrap or target.ndim > 2 else min(columns * columns, target.size)
    places = numpy.arange(0, end, step)
    index = (slice(0, end, step),)
    values = fit_value(_repeated(val, places.size, places.shape), places.shape, target.dtype)
    flat = s.reshape(target, shape=(target.size,))
    replace(target, s.reshape(slice_set(flat, values, index=index), shape=target.shape))
