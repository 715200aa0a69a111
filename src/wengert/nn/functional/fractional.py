"""Pools whose windows lie at distances that chance makes uneven, under PyTorch's names.

Source: B. Graham, "Fractional max-pooling" (2014), with pseudorandom regions that may overlap.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..errors import wrong
from .convolution import Lengths, for_each

__all__ = ["fractional_max_pool2d", "fractional_max_pool3d"]


def fractional_max_pool2d(
    x: Any,
    kernel_size: Lengths,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """The largest number of each window of the two last axes, at distances of two whole lengths in random order.

    Args:
        x: of shape (N, C, H, W), or (C, H, W).
        kernel_size: the lengths of a window.
        output_size: how many windows along each axis.
        output_ratio: instead of `output_size`, their share of the length of the axis, between 0 and 1.
        return_indices: give a pair of the numbers and their places too (see `max_unpool2d`).
        _random_samples: numbers from 0 to 1 that place the windows of each channel, the last axis first, of shape
            (N, C, 2); drawn by `wengert.random` if not given.

    Raises:
        ValueError: not one of `output_size` and `output_ratio`, or windows that do not fit.

    >>> import wengert as wg, wengert.numpy as np
    >>> wg.nn.functional.fractional_max_pool2d(np.ones((5, 3, 9, 9)), 2, output_size=(6, 7)).shape
    (5, 3, 6, 7)
    """
    samples = None if _random_samples is None else np.asarray(_random_samples)[..., ::-1]
    return _pooled(np.asarray(x), 2, kernel_size, output_size, output_ratio, return_indices, samples)


def fractional_max_pool3d(
    x: Any,
    kernel_size: Lengths,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """`fractional_max_pool2d` of the three last axes; `_random_samples` are for the first of them first."""
    samples = None if _random_samples is None else np.asarray(_random_samples)
    return _pooled(np.asarray(x), 3, kernel_size, output_size, output_ratio, return_indices, samples)


def _pooled(
    x: wg.Tensor, rank: int, kernel_size: Any, output_size: Any, output_ratio: Any, indices: bool, samples: Any
) -> Any:
    op, lengths = f"fractional_max_pool{rank}d", x.shape[-rank:]
    if x.ndim == rank + 1:
        found = _pooled(x[None], rank, kernel_size, output_size, output_ratio, indices, samples)
        return tuple(each[0] for each in found) if indices else found[0]
    size = for_each(kernel_size, rank, op)
    counts = _counts(lengths, rank, output_size, output_ratio, op)
    _check(lengths, size, counts, op)
    if samples is None:
        samples = wg.random.random(size=(*x.shape[:2], rank), dtype="float32")
    axes = zip(lengths, size, counts, strict=True)
    starts = [_starts(samples[..., axis], *each) for axis, each in enumerate(axes)]
    rows, places = _windows(x, starts, size)
    best = np.expand_dims(np.argmax(rows, axis=-1), -1)
    if not indices:
        return np.max(rows, axis=-1)
    return tuple(np.take_along_axis(each, best, -1)[..., 0] for each in (rows, places))


def _counts(lengths: tuple[int, ...], rank: int, output_size: Any, output_ratio: Any, op: str) -> tuple[int, ...]:
    """How many windows along each axis."""
    if (output_size is None) == (output_ratio is None):
        given = f"output_size={output_size}, output_ratio={output_ratio}"
        raise wrong(op, given, "one of the two", "write output_ratio=0.7")
    if output_size is not None:
        return for_each(output_size, rank, op)
    ratios = output_ratio if isinstance(output_ratio, tuple) else (output_ratio,) * rank
    return tuple(int(length * ratio) for length, ratio in zip(lengths, ratios, strict=True))


def _check(lengths: tuple[int, ...], size: tuple[int, ...], counts: tuple[int, ...], op: str) -> None:
    if not all(1 <= count <= length - k + 1 for length, k, count in zip(lengths, size, counts, strict=True)):
        most = tuple(length - k + 1 for length, k in zip(lengths, size, strict=True))
        raise wrong(op, f"{counts} windows of {size} in {lengths}", f"from 1 to {most}", f"write output_size={most}")


def _starts(sample: wg.Tensor, length: int, size: int, count: int) -> wg.Tensor:
    """Where the windows along an axis begin, of shape (N, C, count); the last one ends with the axis."""
    step = (length - size) / (count - 1) if count > 1 else 0.0
    sample = np.expand_dims(sample, -1).astype(np.float64)
    starts = ((numpy.arange(count) + sample) * step).astype(np.int64) - (sample * step).astype(np.int64)
    return np.where(numpy.arange(count) == count - 1, length - size, starts)


def _windows(x: wg.Tensor, starts: list[wg.Tensor], size: tuple[int, ...]) -> tuple[wg.Tensor, wg.Tensor]:
    """The elements of each window, of shape (N, C, *counts, elements), and their places in the flattened axes."""
    rank, lengths = len(size), x.shape[2:]
    places = np.zeros((1,) * (2 + 2 * rank), np.int64)
    for axis, (start, k, length) in enumerate(zip(starts, size, lengths, strict=True)):
        along = np.expand_dims(start, -1) + numpy.arange(k)
        shape = [1] * (2 * rank)
        shape[axis], shape[rank + axis] = along.shape[2:]
        places = places * length + along.reshape(*along.shape[:2], *shape)
    places = places.reshape(*places.shape[: 2 + rank], -1)
    flat = x.reshape(*x.shape[:2], prod(lengths))
    rows = np.take_along_axis(flat, places.reshape(*places.shape[:2], -1), 2)
    return rows.reshape(places.shape), places
