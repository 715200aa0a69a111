"""Changing shape, repeating, reordering, under NumPy's names."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy

from ...core.dtypes.kinds import as_dtype
from ...core.kin import View
from ...core.tensor import Tensor
from ...core.views import gives_view, view
from ...ops import broadcast, join, shape as s
from ...ops.elementwise import astype as cast
from ...ops.indexing.gather import ALL, block, gather, move_axes
from ...ops.indexing.views import SPREAD, reshaped, transposed
from ...ops.operands import whole_number
from ..protocols.lift import to_tensor
from ..protocols.values import concrete
from .creation import array, check_device, copied

__all__ = [
    "astype", "atleast_1d", "atleast_2d", "atleast_3d", "broadcast_arrays", "broadcast_shapes", "broadcast_to",
    "copy", "delete", "expand_dims", "flip", "fliplr", "flipud", "insert", "matrix_transpose", "moveaxis", "ndim",
    "permute_dims", "ravel", "repeat", "reshape", "resize", "roll", "rollaxis", "rot90", "shape", "size", "squeeze",
    "swapaxes", "tile", "transpose", "trim_zeros",
]  # fmt: skip


def normal_axis(axis: int, ndim: int) -> int:
    """An axis as a non-negative number.

    Raises:
        AxisError: there is no such axis.
    """
    place = whole_number(axis, "axis")
    if not -ndim <= place < ndim:
        raise _no_such_axis(place, ndim)
    return place % ndim


def _no_such_axis(axis: int, ndim: int) -> numpy.exceptions.AxisError:
    wanted = f"one from {-ndim} to {ndim - 1}; write axis=-1 for the last" if ndim else "an axis; write x.reshape(1)"
    return numpy.exceptions.AxisError(
        f"[axis] axis {axis} is out of bounds for array of dimension {ndim}, wanted {wanted}"
    )


def on_a_line(x: Tensor, axis: int | None) -> tuple[Tensor, int]:
    """A tensor and an axis of it; without one it is flattened, and a scalar is an array of one element."""
    if axis is None or x.ndim == 0:
        normal_axis(axis or 0, 1)
        return flat(x), 0
    return x, normal_axis(axis, x.ndim)


def normal_axes(axis: Any, ndim: int) -> tuple[int, ...]:
    """One axis or several as distinct non-negative numbers, in the order given."""
    given = axis if isinstance(axis, (tuple, list, range)) else (axis,)
    axes = tuple(normal_axis(a, ndim) for a in given)
    if len(set(axes)) != len(axes):
        raise ValueError("repeated axis")
    return axes


def lengths_of(shape: Any) -> tuple[int, ...]:
    """A shape that may have been given as one int."""
    return tuple(whole_number(n, "shape") for n in (shape if numpy.iterable(shape) else (shape,)))


def flat(x: Tensor) -> Tensor:
    """`x` with one axis."""
    return s.reshape(x, shape=(x.size,))


def of_rank(ary: Any, least: int, op: str) -> Tensor:
    x = to_tensor(ary, op)
    if x.ndim < least:
        raise ValueError(f"{op} only works on arrays of {least} or more dimensions")
    return x


# -- shape -----------------------------------------------------------------------------------------


def shape(a: Any) -> tuple[int, ...]:
    """As ``numpy.shape``: a tuple of ints."""
    return to_tensor(a, "shape").shape


def ndim(a: Any) -> int:
    """As ``numpy.ndim``: an int."""
    return to_tensor(a, "ndim").ndim


def size(a: Any, axis: Any = None) -> int:
    """As ``numpy.size``: an int."""
    x = to_tensor(a, "size")
    return x.size if axis is None else math.prod(x.shape[i] for i in normal_axes(axis, x.ndim))


def reshape(a: Any, /, shape: Any, order: str = "C", *, copy: bool | None = None) -> Tensor:
    """As ``numpy.reshape``."""
    x = a if type(a) is Tensor else to_tensor(a, "reshape")
    lengths = complete(shape, x._value.size)
    if order == "F":
        made = _reversed(reshape(_reversed(x), lengths[::-1]))
    elif type(x._kin) is not View or gives_view(x, lambda given: given.reshape(lengths)):
        made = reshaped(x, lengths)
    else:
        made = s.reshape(x, shape=lengths)
    return copied(made) if copy else made


def complete(shape: Any, size: int) -> tuple[int, ...]:
    """The shape of `size` elements, without -1; NumPy raises its errors on an array that takes no memory."""
    if type(shape) is int:
        shape = (shape,)
    if type(shape) is tuple:
        known = math.prod(shape)
        if known == size and -1 not in shape:
            return shape
        if type(known) is int and known < 0 and size % known == 0 and shape.count(-1) == 1:
            return tuple([size // -known if length == -1 else length for length in shape])
    try:
        return numpy.broadcast_to(numpy.False_, (size,)).reshape(shape).shape
    except ValueError as error:
        raise ValueError(
            f"[reshape] {error}, wanted lengths whose product is the number of elements; write -1 for one of them, "
            "which is computed then"
        ) from None


def _reversed(x: Tensor) -> Tensor:
    return transposed(x, tuple(range(x._value.ndim - 1, -1, -1)))


def ravel(a: Any, order: str = "C") -> Tensor:
    """As ``numpy.ravel``: a view if the elements are in this order in memory."""
    x = to_tensor(a, "ravel")
    if order == "F":
        x = _reversed(x)
    lengths = (x.size,)
    return reshaped(x, lengths) if gives_view(x, numpy.ravel) else s.reshape(x, shape=lengths)


def transpose(a: Any, axes: Sequence[int] | None = None) -> Tensor:
    """As ``numpy.transpose``."""
    x = a if type(a) is Tensor else to_tensor(a, "transpose")
    if axes is None:
        return _reversed(x)
    order = normal_axes(tuple(axes), x.ndim)
    if len(order) != x.ndim:
        raise ValueError("axes don't match array")
    return transposed(x, order)


permute_dims = transpose


def matrix_transpose(x: Any, /) -> Tensor:
    """As ``numpy.matrix_transpose``: the last two axes swapped."""
    x = to_tensor(x, "matrix_transpose")
    if x.ndim < 2:
        raise ValueError(f"Input array must be at least 2-dimensional, but it is {x.ndim}")
    return swapaxes(x, -1, -2)


def swapaxes(a: Any, axis1: int, axis2: int) -> Tensor:
    """As ``numpy.swapaxes``."""
    x = to_tensor(a, "swapaxes")
    first, second = normal_axis(axis1, x.ndim), normal_axis(axis2, x.ndim)
    order = list(range(x.ndim))
    order[first], order[second] = second, first
    return transposed(x, tuple(order))


def moveaxis(a: Any, source: Any, destination: Any) -> Tensor:
    """As ``numpy.moveaxis``."""
    x = to_tensor(a, "moveaxis")
    moved, places = normal_axes(source, x.ndim), normal_axes(destination, x.ndim)
    if len(moved) != len(places):
        raise ValueError("`source` and `destination` arguments must have the same number of elements")
    order = [i for i in range(x.ndim) if i not in moved]
    for place, axis in sorted(zip(places, moved, strict=True)):
        order.insert(place, axis)
    return transposed(x, tuple(order))


def rollaxis(a: Any, axis: int, start: int = 0) -> Tensor:
    """As ``numpy.rollaxis``."""
    x = to_tensor(a, "rollaxis")
    source, before = normal_axis(axis, x.ndim), start + x.ndim if start < 0 else start
    if not 0 <= before <= x.ndim:
        raise numpy.exceptions.AxisError(
            f"[rollaxis] start={start} was given for an array of dimension {x.ndim}, wanted one from {-x.ndim} to "
            f"{x.ndim}; write np.moveaxis(x, axis, place)"
        )
    order = [i for i in range(x.ndim) if i != source]
    order.insert(before - (source < before), source)
    return transposed(x, tuple(order))


def expand_dims(a: Any, axis: Any = 0) -> Tensor:
    """As ``numpy.expand_dims``."""
    x = to_tensor(a, "expand_dims")
    given = axis if isinstance(axis, (tuple, list)) else (axis,)
    total = x.ndim + len(given)
    places, rest = normal_axes(given, total), iter(x.shape)
    return reshaped(x, tuple(1 if i in places else next(rest) for i in range(total)))


def squeeze(a: Any, axis: Any = None) -> Tensor:
    """As ``numpy.squeeze``."""
    x = to_tensor(a, "squeeze")
    if x.ndim == 0 and axis in (0, -1):
        return x
    axes = [i for i, n in enumerate(x.shape) if n == 1] if axis is None else normal_axes(axis, x.ndim)
    if any(x.shape[i] != 1 for i in axes):
        raise ValueError(
            f"[squeeze] cannot select an axis to squeeze out which has size not equal to one: the shape is {x.shape}, "
            "wanted axes of length 1; write np.squeeze(x) for all that are"
        )
    return reshaped(x, tuple(n for i, n in enumerate(x.shape) if i not in axes))


def broadcast_shapes(*args: Any) -> tuple[int, ...]:
    """As ``numpy.broadcast_shapes``: a tuple of ints."""
    return numpy.broadcast_shapes(*args)


def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Tensor:
    """As ``numpy.broadcast_to``: a view, which sees writes to `array` but is read-only itself."""
    x, lengths = to_tensor(array, "broadcast_to"), lengths_of(shape)
    own = x.shape
    if len(own) > len(lengths) or any(n not in (1, m) for n, m in zip(own[::-1], lengths[::-1], strict=False)):
        raise ValueError(
            f"[broadcast_to] the array has shape {own} and was to be broadcast to {lengths}, wanted lengths that are, "
            "from the last axis on, equal or 1; write x[:, None] or np.reshape to line the axes up"
        )
    return view(x, SPREAD, _SPREAD_IS_READ_ONLY, shape=lengths)


_SPREAD_IS_READ_ONLY = (
    "what np.broadcast_to gives was written to, which is read-only, as in NumPy, since an element may be seen in "
    "several places, wanted a tensor with elements of its own; write np.broadcast_to(x, shape).copy()"
)


def broadcast_arrays(*args: Any, subok: bool = False) -> list[Tensor]:
    """As ``numpy.broadcast_arrays``; a list, as the array API standard says, of views that are read-only."""
    tensors = [to_tensor(a, "broadcast_arrays") for a in args]
    lengths = numpy.broadcast_shapes(*[t.shape for t in tensors])
    return [view(t, SPREAD, _SPREAD_IS_READ_ONLY, shape=lengths) for t in tensors]


def _at_least(count: int, shapes: Any, tensors: Sequence[Any], op: str) -> Any:
    made = [x if x.ndim >= count else reshaped(x, shapes(x.shape)) for x in (to_tensor(t, op) for t in tensors)]
    return made[0] if len(made) == 1 else tuple(made)


def atleast_1d(*arys: Any) -> Any:
    """As ``numpy.atleast_1d``."""
    return _at_least(1, lambda lengths: (1,), arys, "atleast_1d")


def atleast_2d(*arys: Any) -> Any:
    """As ``numpy.atleast_2d``."""
    return _at_least(2, lambda lengths: (1, *(lengths or (1,))), arys, "atleast_2d")


def atleast_3d(*arys: Any) -> Any:
    """As ``numpy.atleast_3d``."""
    return _at_least(3, lambda n: (1, *(n or (1,)), 1) if len(n) < 2 else (*n, 1), arys, "atleast_3d")


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Tensor:
    """As ``numpy.astype``; integers and booleans have no derivative."""
    check_device(device, "astype")
    x, dtype = to_tensor(x, "astype"), as_dtype(dtype)
    if x.dtype.kind == "c" and dtype.kind not in "cb":
        message = "Casting complex values to real discards the imaginary part"
        warnings.warn(message, numpy.exceptions.ComplexWarning, stacklevel=2)
    if x.dtype == dtype:
        return copied(x) if copy else x
    return cast(x, dtype=dtype)


def copy(a: Any, order: str = "K", subok: bool = False) -> Tensor:
    """As ``numpy.copy``; with the derivatives of what it copies."""
    return array(a)


# -- repeating and reordering ----------------------------------------------------------------------


def tile(A: Any, reps: Any) -> Tensor:
    """As ``numpy.tile``."""
    x, counts = to_tensor(A, "tile"), lengths_of(reps)
    rank = max(x.ndim, len(counts))
    own, counts = (1,) * (rank - x.ndim) + x.shape, (1,) * (rank - len(counts)) + counts
    spread = broadcast.broadcast_to(
        s.reshape(x, shape=tuple(n for length in own for n in (1, length))),
        shape=tuple(n for pair in zip(counts, own, strict=True) for n in pair),
    )
    return s.reshape(spread, shape=tuple(c * n for c, n in zip(counts, own, strict=True)))


def repeat(a: Any, repeats: Any, axis: int | None = None) -> Tensor:
    """As ``numpy.repeat``; `repeats` is constant, since the shape of the result depends on it."""
    x = to_tensor(a, "repeat")
    x, place = on_a_line(x, axis)
    counts = concrete(repeats, "repeat") if type(repeats) is Tensor else repeats
    return gather(x, numpy.repeat(numpy.arange(x.shape[place]), counts), axis=place)


def resize(a: Any, new_shape: Any) -> Tensor:
    """As ``numpy.resize``: the elements repeated as often as needed to fill the shape."""
    x, lengths = to_tensor(a, "resize"), lengths_of(new_shape)
    if any(length < 0 for length in lengths):
        raise ValueError(
            f"[resize] the shape {tuple(lengths)} was given, wanted lengths that are not negative; write "
            "np.reshape(x, shape) for a length -1 that is found from the others"
        )
    if x.size == 0:
        return Tensor(numpy.zeros(lengths, x.dtype))
    flat = gather(s.reshape(x, shape=(x.size,)), numpy.arange(math.prod(lengths)) % x.size, axis=0)
    return s.reshape(flat, shape=lengths)


def roll(a: Any, shift: Any, axis: Any = None) -> Tensor:
    """As ``numpy.roll``; a shift may be a tensor, one for each example under `vmap`."""
    x = to_tensor(a, "roll")
    if axis is None:
        return s.reshape(roll(ravel(x), shift, 0), shape=x.shape)
    shifts, axes = (_one_by_one(v) for v in (shift, axis))
    count = max(len(shifts), len(axes))
    if any(len(v) not in (1, count) for v in (shifts, axes)):
        raise ValueError("'shift' and 'axis' should be scalars or 1D sequences")
    pairs = zip(*(v if len(v) == count else v * count for v in (shifts, axes)), strict=True)
    for each, place in pairs:
        x = _rolled(x, each, normal_axis(place, x.ndim))
    return x


def _one_by_one(numbers: Any) -> Any:
    if isinstance(numbers, numpy.ndarray) and numbers.ndim == 1:
        return numbers.tolist()
    return numbers if isinstance(numbers, (tuple, list)) else (numbers,)


def _rolled(x: Tensor, shift: Any, axis: int) -> Tensor:
    length = x.shape[axis]
    if not length:
        return x
    if not hasattr(shift, "__index__") or type(shift) is Tensor:
        return gather(x, (numpy.arange(length) - shift) % length, axis=axis)
    first = -shift.__index__() % length  # the element that comes first in the result
    parts = (slice(first, None), slice(first)) if first else (ALL,)
    return join.concatenate(*(block(x, (*(ALL,) * axis, part)) for part in parts), axis=axis)


def flip(m: Any, axis: Any = None) -> Tensor:
    """As ``numpy.flip``."""
    x = to_tensor(m, "flip")
    axes = range(x.ndim) if axis is None else normal_axes(axis, x.ndim)
    return x[tuple(slice(None, None, -1) if i in axes else ALL for i in range(x.ndim))]


def flipud(m: Any) -> Tensor:
    """As ``numpy.flipud``."""
    return flip(of_rank(m, 1, "flipud"), 0)


def fliplr(m: Any) -> Tensor:
    """As ``numpy.fliplr``."""
    return flip(of_rank(m, 2, "fliplr"), 1)


def rot90(m: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Tensor:
    """As ``numpy.rot90``."""
    x = to_tensor(m, "rot90")
    if len(axes) != 2:
        raise ValueError("len(axes) must be 2.")
    first, second = normal_axes(tuple(axes), x.ndim)
    turns = k % 4
    if turns == 2:
        return flip(x, (first, second))
    if turns == 0:
        return x
    return swapaxes(flip(x, second), first, second) if turns == 1 else flip(swapaxes(x, first, second), second)


# -- adding and taking away ------------------------------------------------------------------------


def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Tensor:
    """As ``numpy.insert``; differentiable in the array and the values."""
    x = to_tensor(arr, "insert")
    if axis is None:
        x, axis = ravel(x), 0
    place = normal_axis(axis, x.ndim)
    where = obj if isinstance(obj, slice) else _positions(obj)
    new = cast(to_tensor(values, "insert"), dtype=x.dtype)
    new = s.reshape(new, shape=(1,) * (x.ndim - new.ndim) + new.shape)
    if not isinstance(where, slice) and where.ndim == 0:
        new = move_axes(new, 0, 1, place)
    length = x.shape[place]
    single = not isinstance(where, slice) and where.size == 1
    count = new.shape[place] if single else numpy.insert(numpy.arange(length), where, -1).size - length
    fitted = broadcast.broadcast_to(new, shape=(*x.shape[:place], count, *x.shape[place + 1 :]))
    order = numpy.insert(numpy.arange(length), where, length + numpy.arange(count))
    return gather(join.concatenate(x, fitted, axis=place), order, axis=place)


def _positions(obj: Any) -> Any:
    """The places to insert at, as an array."""
    places = numpy.asarray(concrete(obj, "insert") if type(obj) is Tensor else obj)
    return places if places.size else places.astype(numpy.intp)


def delete(arr: Any, obj: Any, axis: int | None = None) -> Tensor:
    """As ``numpy.delete``."""
    x = to_tensor(arr, "delete")
    if axis is None:
        x, axis = ravel(x), 0
    place = normal_axis(axis, x.ndim)
    gone = concrete(obj, "delete") if type(obj) is Tensor else obj
    return gather(x, numpy.delete(numpy.arange(x.shape[place]), gone), axis=place)


def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Tensor:
    """As ``numpy.trim_zeros``; what is trimmed depends on the values, so not inside `vmap`."""
    x = to_tensor(filt, "trim_zeros")
    axes = range(x.ndim) if axis is None else normal_axes(axis, x.ndim)
    places = numpy.argwhere(concrete(x, "trim_zeros"))
    if not len(places):
        return x[tuple(slice(0, 0) if i in axes else ALL for i in range(x.ndim))]
    first, last = places.min(axis=0), places.max(axis=0) + 1
    sides = str(trim).lower()
    front, back = "f" in sides, "b" in sides
    kept = (slice(first[i] if front else None, last[i] if back else None) for i in range(x.ndim))
    return x[tuple(k if i in axes else ALL for i, k in enumerate(kept))]
