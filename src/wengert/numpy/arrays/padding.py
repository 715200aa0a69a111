"""`pad`, in all the modes of NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from ...core.tensor import Tensor
from ...ops.axes.scan import part
from ...ops.broadcast import broadcast_to
from ...ops.elementwise import astype, multiply, round
from ...ops.indexing.gather import ALL, gather, slice_set
from ...ops.join import concatenate
from ...ops.shape import reshape
from ..protocols.lift import to_tensor
from ..reductions import max as largest, mean, min as smallest
from ..statistics.quantiles import median

__all__ = ["pad"]

Sides = tuple[int, int]


def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Tensor:
    """As ``numpy.pad``; differentiable in the array and, where it has them, in the constant and end values.

    A function as `mode` is NumPy's, and works on arrays; so write such a padding with ``np.concatenate``.
    """
    x = to_tensor(array, "pad")
    widths = _pairs(pad_width, x.ndim)
    _check(x, widths, mode, kwargs)
    value = kwargs.get("constant_values", 0)
    if mode == "empty" or (mode == "constant" and isinstance(value, (int, float, complex))):
        return _surrounded(x, widths, value)
    side_by_side = _MODES[mode](**kwargs)
    for axis, width in enumerate(widths):
        if width != (0, 0):
            x = side_by_side(x, axis, width)
    return x


def _pairs(widths: Any, count: int) -> list[Sides]:
    """For each axis the widths before and after it."""
    if isinstance(widths, dict):
        pairs = [(0, 0)] * count
        for axis, width in widths.items():
            pairs[axis] = tuple(numpy.broadcast_to(width, 2).tolist())
        return pairs
    given = numpy.asarray(widths)
    if given.dtype.kind not in "iu":
        raise TypeError("`pad_width` must be of integral type.")
    return [tuple(pair) for pair in numpy.broadcast_to(given, (count, 2)).tolist()]


def _check(x: Tensor, widths: list[Sides], mode: Any, options: dict[str, Any]) -> None:
    """Let NumPy raise its errors, on an array that is as empty as this one and otherwise short."""
    if callable(mode):
        raise TypeError(
            "[pad] mode is a function, wanted the name of a mode, since a function writes into an array and leaves no "
            "derivative; write np.concatenate((before, x, after), axis)"
        )
    if mode not in _OPTIONS:
        raise ValueError(f"mode '{mode}' is not supported")
    if any(width < 0 for pair in widths for width in pair):
        raise ValueError("index can't contain negative values")
    unknown = options.keys() - _OPTIONS[mode]
    if unknown:
        raise ValueError(f"unsupported keyword arguments for mode '{mode}': {unknown}")
    for axis, (length, pair) in enumerate(zip(x.shape, widths, strict=True)):
        if length == 0 and pair != (0, 0) and mode not in ("constant", "empty"):
            raise ValueError(f"can't extend empty axis {axis} using modes other than 'constant' or 'empty' ({mode!r})")
    lengths = options.get("stat_length")
    if x.ndim and mode in ("maximum", "minimum") and lengths is not None and numpy.any(numpy.equal(lengths, 0)):
        raise ValueError("stat_length of 0 yields no value for padding")


_OPTIONS = {
    "constant": {"constant_values"},
    "linear_ramp": {"end_values"},
    "reflect": {"reflect_type"},
    "symmetric": {"reflect_type"},
    **{name: {"stat_length"} for name in ("maximum", "mean", "median", "minimum")},
    **{name: set() for name in ("edge", "empty", "wrap")},
}

places: Callable[..., Any] = numpy.pad

Padder = Callable[[Tensor, int, Sides], Tensor]


def _for_axis(given: Any, axis: int, count: int) -> tuple[Any, Any]:
    """The value before and after an axis, from what broadcasts to ``(count, 2)``."""
    if given is None:
        return None, None
    both = to_tensor(given, "pad")
    both = broadcast_to(both, shape=(count, 2))
    return both[axis, 0], both[axis, 1]


def _spread(value: Any, x: Tensor, axis: int, width: int) -> Tensor:
    """A block of the dtype of `x` that is `width` long, from something that broadcasts to it."""
    value = value if value.dtype == x.dtype else astype(value, dtype=x.dtype)
    return broadcast_to(value, shape=(*x.shape[:axis], width, *x.shape[axis + 1 :]))


def _surrounded(x: Tensor, widths: list[Sides], value: Any) -> Tensor:
    """The array in the middle of a larger one that has one value everywhere else."""
    shape = tuple(before + n + after for n, (before, after) in zip(x.shape, widths, strict=True))
    middle = tuple(slice(before, before + n) for n, (before, _) in zip(x.shape, widths, strict=True))
    surroundings = numpy.empty(shape, x.dtype)
    surroundings[...] = value
    return slice_set(surroundings, x, index=middle)


def _constant(constant_values: Any = 0) -> Padder:
    def padder(x: Tensor, axis: int, width: Sides) -> Tensor:
        values = _for_axis(constant_values, axis, x.ndim)
        before, after = (_spread(v, x, axis, w) for v, w in zip(values, width, strict=True))
        return concatenate(before, x, after, axis=axis)

    return padder


def _selection(mode: str) -> Callable[..., Padder]:
    """A mode that repeats elements: its places are those of NumPy's padding of 0, 1, 2, ..."""

    def with_options(reflect_type: str = "even") -> Padder:
        def padder(x: Tensor, axis: int, width: Sides) -> Tensor:
            if reflect_type == "odd" and x.shape[axis] > 1:
                return _turned(x, axis, width, 0 if mode == "symmetric" else 1)
            return gather(x, places(numpy.arange(x.shape[axis]), width, mode), axis=axis)

        return padder

    return with_options


def _turned(x: Tensor, axis: int, width: Sides, first: int) -> Tensor:
    """Continued by what half a turn about each end makes of it, over and over again; `first` is 1 to leave the end."""
    before, after = width
    while before or after:
        most = x.shape[axis] - first
        left, right = min(before, most), min(after, most)
        count = x.shape[axis]
        front = 2 * part(x, axis, 0, 1) - _backwards(x, axis, first, first + left)
        back = 2 * part(x, axis, count - 1, count) - _backwards(x, axis, count - first - right, count - first)
        x = concatenate(*(astype(piece, dtype=x.dtype) for piece in (front, x, back)), axis=axis)
        before, after = before - left, after - right
    return x


def _backwards(x: Tensor, axis: int, start: int, stop: int) -> Tensor:
    return gather(x, numpy.arange(stop - 1, start - 1, -1), axis=axis)


def _linear_ramp(end_values: Any = 0) -> Padder:
    def padder(x: Tensor, axis: int, width: Sides) -> Tensor:
        ends = _for_axis(end_values, axis, x.ndim)
        before = _ramp(ends[0], x[(*(ALL,) * axis, slice(0, 1))], axis, width[0], rising=True)
        after = _ramp(ends[1], x[(*(ALL,) * axis, slice(-1, None))], axis, width[1], rising=False)
        return concatenate(before, x, after, axis=axis)

    return padder


def _ramp(end: Any, edge: Any, axis: int, width: int, rising: bool) -> Any:
    """A straight line from an end value to (but without) the edge, or back."""
    steps = numpy.arange(width)
    steps = reshape(steps if rising else steps[::-1], shape=(width, *(1,) * (edge.ndim - axis - 1)))
    made = multiply(steps, (edge - end) / max(width, 1)) + end
    if edge.dtype.kind in "iu":
        made = made // 1
    return astype(made, dtype=edge.dtype)


def _statistic(function: Callable[..., Tensor]) -> Callable[..., Padder]:
    def with_options(stat_length: Any = None) -> Padder:
        def padder(x: Tensor, axis: int, width: Sides) -> Tensor:
            count = x.shape[axis]
            lengths = (count, count) if stat_length is None else _lengths(stat_length, x.ndim)[axis]
            before = _statistic_of(function, x, axis, slice(0, lengths[0]))
            after = _statistic_of(function, x, axis, slice(max(count - lengths[1], 0), count))
            return concatenate(_spread(before, x, axis, width[0]), x, _spread(after, x, axis, width[1]), axis=axis)

        return padder

    return with_options


def _lengths(given: Any, count: int) -> Any:
    """For each axis how many elements count at its two ends."""
    lengths = numpy.broadcast_to(given, (count, 2))
    if numpy.any(lengths < 0):
        raise ValueError("index can't contain negative values")
    return lengths


def _statistic_of(function: Callable[..., Tensor], x: Tensor, axis: int, part: slice) -> Any:
    value = function(x[(*(ALL,) * axis, part)], axis=axis, keepdims=True)
    return round(value, decimals=0) if x.dtype.kind in "iu" else value


_MODES: dict[str, Callable[..., Padder]] = {
    "constant": _constant,
    "linear_ramp": _linear_ramp,
    **{name: _selection(name) for name in ("edge", "reflect", "symmetric", "wrap")},
    "maximum": _statistic(largest),
    "mean": _statistic(mean),
    "median": _statistic(median),
    "minimum": _statistic(smallest),
}
