"""Pools: one number for each window of an array, under PyTorch's names; see `wengert.windows`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, prod
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np
from wengert import windows

from .convolution import Lengths, fitting, for_each
from .mixed import singly

__all__ = [
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d", "adaptive_max_pool2d",
    "adaptive_max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d", "lp_pool1d", "lp_pool2d", "lp_pool3d",
    "max_pool1d", "max_pool2d", "max_pool3d", "max_unpool1d", "max_unpool2d", "max_unpool3d",
]  # fmt: skip


def _padding(
    lengths: Sequence[int],
    size: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    ceil_mode: bool,
) -> list[tuple[int, int]]:
    """What is added at both ends of each axis; with `ceil_mode` also for a last window that begins inside."""
    pads = []
    for length, k, s, p, d in zip(lengths, size, stride, padding, dilation, strict=True):
        window, more = d * (k - 1) + 1, 0
        if ceil_mode:
            places = ceil((length + 2 * p - window) / s) + 1
            places -= (places - 1) * s >= length + p
            more = max(0, (places - 1) * s + window - length - 2 * p)
        pads.append((p, p + more))
    return pads


def _settings(rank: int, op: str, *values: Any) -> list[tuple[int, ...]]:
    return [for_each(value, rank, op) for value in values]


def _max_pool(
    x: Any, rank: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool, indices: bool
) -> Any:
    x, op = np.asarray(x), f"max_pool{rank}d"
    step = kernel_size if stride is None else stride
    size, step, pad, apart = _settings(rank, op, kernel_size, step, padding, dilation)
    pads = _padding(x.shape[-rank:], size, step, pad, apart, ceil_mode)
    if not indices:
        return fitting(windows.max(x, size, step, pads, apart), x, size, op)
    places = numpy.arange(prod(x.shape[-rank:])).reshape(x.shape[-rank:])
    fill = -numpy.inf if np.isdtype(x.dtype, "real floating") else np.iinfo(x.dtype).min
    at_ends = [(0, 0)] * (x.ndim - rank) + pads
    padded = windows.unfold(np.pad(x, at_ends, constant_values=fill), size, step, dilation=apart)
    numbers = windows.unfold(numpy.pad(places, pads, constant_values=-1), size, step, dilation=apart)
    rows = padded.reshape(*padded.shape[:-rank], -1)
    best = np.expand_dims(np.argmax(rows, axis=-1), -1)
    numbers = np.broadcast_to(numbers.reshape(*numbers.shape[:-rank], -1), rows.shape)
    return np.take_along_axis(rows, best, -1)[..., 0], np.take_along_axis(numbers, best, -1)[..., 0]


def max_pool1d(
    x: Any,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    padding: Lengths = 0,
    dilation: Lengths = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest number of each window of the last axis.

    Args:
        x: of shape (N, C, L), or (C, L).
        kernel_size: the length of a window.
        stride: how far a window is from the one before it; the length of a window by default.
        padding: what is added at both ends, and is never the largest.
        dilation: how far the elements of a window are apart.
        ceil_mode: a last window may reach beyond the end.
        return_indices: give a pair of the numbers and their places too (see `max_unpool1d`).

    >>> import wengert as wg
    >>> wg.nn.functional.max_pool1d([[1.0, 3.0, 2.0, 0.0]], 2)
    tensor([[3., 2.]])
    """
    return _max_pool(x, 1, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def max_pool2d(
    x: Any,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    padding: Lengths = 0,
    dilation: Lengths = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """`max_pool1d` of the two last axes."""
    return _max_pool(x, 2, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@singly
def max_pool3d(
    x: Any,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    padding: Lengths = 0,
    dilation: Lengths = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """`max_pool1d` of the three last axes."""
    return _max_pool(x, 3, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def _max_unpool(x: Any, indices: Any, rank: int, kernel_size: Any, stride: Any, padding: Any, output_size: Any) -> Any:
    x, indices, op = np.asarray(x), np.asarray(indices), f"max_unpool{rank}d"
    size, step, pad = _settings(rank, op, kernel_size, kernel_size if stride is None else stride, padding)
    lengths = output_size and tuple(output_size)[-rank:]
    lengths = lengths or tuple(
        (length - 1) * s - 2 * p + k for length, k, s, p in zip(x.shape[-rank:], size, step, pad, strict=True)
    )
    lead = x.shape[:-rank]
    out = np.zeros((*lead, prod(lengths)), x.dtype)
    np.put_along_axis(out, indices.reshape(*lead, -1), x.reshape(*lead, -1), -1)
    return out.reshape(*lead, *lengths)


def max_unpool1d(
    x: Any,
    indices: Any,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    padding: Lengths = 0,
    output_size: Any = None,
) -> wg.Tensor:
    """The numbers of `max_pool1d` at the places where they were, and 0 elsewhere."""
    return _max_unpool(x, indices, 1, kernel_size, stride, padding, output_size)


def max_unpool2d(
    x: Any,
    indices: Any,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    padding: Lengths = 0,
    output_size: Any = None,
) -> wg.Tensor:
    """The numbers of `max_pool2d` at the places where they were, and 0 elsewhere."""
    return _max_unpool(x, indices, 2, kernel_size, stride, padding, output_size)


def max_unpool3d(
    x: Any,
    indices: Any,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    padding: Lengths = 0,
    output_size: Any = None,
) -> wg.Tensor:
    """The numbers of `max_pool3d` at the places where they were, and 0 elsewhere."""
    return _max_unpool(x, indices, 3, kernel_size, stride, padding, output_size)


# -- averages --------------------------------------------------------------------------------------


def _counted(lengths: Any, size: Any, step: Any, pad: Any, pads: Any, with_padding: bool) -> numpy.ndarray:
    """How many elements each window is the average of."""
    counts = numpy.ones(())
    for length, k, s, p, (low, high) in zip(lengths, size, step, pad, pads, strict=True):
        starts = numpy.arange((length + low + high - k) // s + 1) * s - low
        first, end = (-p, length + p) if with_padding else (0, length)
        inside = numpy.minimum(starts + k, end) - numpy.maximum(starts, first)
        counts = numpy.multiply.outer(counts, inside)
    return counts


def _avg_pool(
    x: Any,
    rank: int,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor: int | None,
) -> wg.Tensor:
    x, op = np.asarray(x), f"avg_pool{rank}d"
    size, step, pad = _settings(rank, op, kernel_size, kernel_size if stride is None else stride, padding)
    pads = _padding(x.shape[-rank:], size, step, pad, (1,) * rank, ceil_mode)
    total = fitting(windows.sum(x, size, step, pads), x, size, op)
    if divisor is not None:
        return total / divisor
    if not any(high for _, high in pads):
        return total / prod(size)
    return total / _counted(x.shape[-rank:], size, step, pad, pads, count_include_pad).astype(total.dtype)


def avg_pool1d(
    x: Any,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    padding: Lengths = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> wg.Tensor:
    """The average of each window of the last axis.

    Args:
        x: of shape (N, C, L), or (C, L).
        kernel_size: the length of a window.
        stride: how far a window is from the one before it; the length of a window by default.
        padding: zeros at both ends.
        ceil_mode: a last window may reach beyond the end.
        count_include_pad: the zeros at the ends count.
    """
    return _avg_pool(x, 1, kernel_size, stride, padding, ceil_mode, count_include_pad, None)


def avg_pool2d(
    x: Any,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    padding: Lengths = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> wg.Tensor:
    """`avg_pool1d` of the two last axes; the sum is divided by `divisor_override` if there is one."""
    return _avg_pool(x, 2, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


@singly
def avg_pool3d(
    x: Any,
    kernel_size: Lengths,
    stride: Lengths | None = None,
    padding: Lengths = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> wg.Tensor:
    """`avg_pool1d` of the three last axes; the sum is divided by `divisor_override` if there is one."""
    return _avg_pool(x, 3, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def _lp_pool(x: Any, rank: int, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool) -> wg.Tensor:
    powers = np.power(np.asarray(x), norm_type)
    mean = _avg_pool(powers, rank, kernel_size, stride, 0, ceil_mode, True, None)
    sums = mean * prod(for_each(kernel_size, rank, f"lp_pool{rank}d"))
    return np.power(np.abs(sums), 1 / norm_type) * np.sign(sums)


def lp_pool1d(
    x: Any, norm_type: float, kernel_size: Lengths, stride: Lengths | None = None, ceil_mode: bool = False
) -> wg.Tensor:
    """(sum of x^p)^(1/p) of each window of the last axis, with p = `norm_type`."""
    return _lp_pool(x, 1, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    x: Any, norm_type: float, kernel_size: Lengths, stride: Lengths | None = None, ceil_mode: bool = False
) -> wg.Tensor:
    """`lp_pool1d` of the two last axes."""
    return _lp_pool(x, 2, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    x: Any, norm_type: float, kernel_size: Lengths, stride: Lengths | None = None, ceil_mode: bool = False
) -> wg.Tensor:
    """`lp_pool1d` of the three last axes."""
    return _lp_pool(x, 3, norm_type, kernel_size, stride, ceil_mode)


# -- with a given number of windows ----------------------------------------------------------------


def _adaptive(x: Any, rank: int, output_size: Any, reduce: Callable[..., Any], whole: Callable[..., Any]) -> wg.Tensor:
    """One number for each of so many windows that cover each axis as evenly as can be."""
    x = np.asarray(x)
    given = for_each(output_size, rank, "adaptive_pool")
    sizes = [length if n is None else n for n, length in zip(given, x.shape[-rank:], strict=True)]
    if not any(length % n for n, length in zip(sizes, x.shape[-rank:], strict=True)):
        return whole(x, tuple(length // n for n, length in zip(sizes, x.shape[-rank:], strict=True)))
    for axis, count in zip(range(-rank, 0), sizes, strict=True):
        x = _reduced_along(x, axis, count, reduce)
    return x


def _reduced_along(x: wg.Tensor, axis: int, count: int, reduce: Callable[..., Any]) -> wg.Tensor:
    length = x.shape[axis]
    starts, ends = _ends_of_windows(length, count)
    places = starts[:, None] + numpy.arange((ends - starts).max())
    inside = places < ends[:, None]
    rows = np.moveaxis(np.moveaxis(x, axis, -1)[..., numpy.minimum(places, length - 1)], -2, axis - 1)
    return reduce(rows, inside.reshape(count, *(1,) * (-1 - axis), -1))


def _mean_inside(rows: wg.Tensor, inside: numpy.ndarray) -> wg.Tensor:
    return np.sum(np.where(inside, rows, 0), axis=-1) / inside.sum(-1).astype(rows.dtype)


def _max_inside(rows: wg.Tensor, inside: numpy.ndarray) -> wg.Tensor:
    return np.max(np.where(inside, rows, -numpy.inf), axis=-1)


def _adaptive_max(x: Any, rank: int, output_size: Any, indices: bool) -> Any:
    """The largest number of each window, and its place in the flattened axes if asked for."""
    if not indices:
        return _adaptive(x, rank, output_size, _max_inside, windows.max)
    x = np.asarray(x)
    lead, lengths = x.shape[:-rank], x.shape[-rank:]
    counts = [n or length for n, length in zip(for_each(output_size, rank, "adaptive_pool"), lengths, strict=True)]
    places = _places_of_windows(lengths, counts)
    rows = x.reshape(*lead, -1)[..., places]
    best = np.argmax(rows, axis=-1)
    found = np.take_along_axis(np.broadcast_to(places, rows.shape), np.expand_dims(best, -1), -1)[..., 0]
    return np.max(rows, axis=-1), found


def _places_of_windows(lengths: Sequence[int], counts: Sequence[int]) -> numpy.ndarray:
    """The places of the elements of each window, of shape (*counts, elements), some of them more than once."""
    rank, places = len(counts), numpy.zeros((1,) * (2 * len(counts)), int)
    for axis, (length, count) in enumerate(zip(lengths, counts, strict=True)):
        starts, ends = _ends_of_windows(length, count)
        along = numpy.minimum(starts[:, None] + numpy.arange((ends - starts).max()), ends[:, None] - 1)
        shape = [1] * (2 * rank)
        shape[axis], shape[rank + axis] = along.shape
        places = places * length + along.reshape(shape)
    return places.reshape(*counts, -1)


def _ends_of_windows(length: int, count: int) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Where windows that cover an axis evenly begin and end."""
    return numpy.arange(count) * length // count, -(-(numpy.arange(count) + 1) * length // count)


def adaptive_avg_pool1d(x: Any, output_size: Lengths) -> wg.Tensor:
    """The averages of `output_size` windows that cover the last axis as evenly as can be.

    >>> import wengert as wg
    >>> wg.nn.functional.adaptive_avg_pool1d([[1.0, 2.0, 3.0]], 2)
    tensor([[1.5, 2.5]])
    """
    return _adaptive(x, 1, output_size, _mean_inside, windows.mean)


def adaptive_avg_pool2d(x: Any, output_size: Any) -> wg.Tensor:
    """`adaptive_avg_pool1d` of the two last axes; ``None`` for an axis that stays."""
    return _adaptive(x, 2, output_size, _mean_inside, windows.mean)


@singly
def adaptive_avg_pool3d(x: Any, output_size: Any) -> wg.Tensor:
    """`adaptive_avg_pool1d` of the three last axes; ``None`` for an axis that stays."""
    return _adaptive(x, 3, output_size, _mean_inside, windows.mean)


def adaptive_max_pool1d(x: Any, output_size: Lengths, return_indices: bool = False) -> Any:
    """The largest numbers of `output_size` windows that cover the last axis as evenly as can be.

    Args:
        x: of shape (N, C, L), or (C, L).
        output_size: the number of windows.
        return_indices: give a pair of the numbers and their places too (see `max_unpool1d`).

    >>> import wengert as wg
    >>> wg.nn.functional.adaptive_max_pool1d([[1.0, 2.0, 3.0]], 2, return_indices=True)
    (tensor([[2., 3.]]), tensor([[1, 2]]))
    """
    return _adaptive_max(x, 1, output_size, return_indices)


def adaptive_max_pool2d(x: Any, output_size: Any, return_indices: bool = False) -> Any:
    """`adaptive_max_pool1d` of the two last axes; ``None`` for an axis that stays."""
    return _adaptive_max(x, 2, output_size, return_indices)


def adaptive_max_pool3d(x: Any, output_size: Any, return_indices: bool = False) -> Any:
    """`adaptive_max_pool1d` of the three last axes; ``None`` for an axis that stays."""
    return _adaptive_max(x, 3, output_size, return_indices)
