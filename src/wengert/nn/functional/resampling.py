"""Arrays made larger or smaller, padded, and with channels turned into space, under PyTorch's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..errors import wrong
from .convolution import for_each
from .pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d

__all__ = ["channel_shuffle", "interpolate", "pad", "pixel_shuffle", "pixel_unshuffle"]

MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
"""What NumPy calls the ways to pad."""


def pad(x: Any, pad: Sequence[int], mode: str = "constant", value: float = 0.0) -> wg.Tensor:
    """An array with more at the ends of its last axes, or less.

    Args:
        x: an array.
        pad: how much before and after the last axis, then the one before it, and so on; negative numbers crop.
        mode: ``"constant"``, ``"reflect"``, ``"replicate"`` or ``"circular"``.
        value: what is added, if constant.

    >>> import wengert as wg
    >>> wg.nn.functional.pad([1.0, 2.0, 3.0], (1, 2), "reflect")
    tensor([2., 1., 2., 3., 2., 1.])
    """
    if mode not in MODES:
        raise wrong("pad", f"mode={mode!r}", ", ".join(map(repr, MODES)), 'write mode="constant"')
    x = np.asarray(x)
    pairs = [tuple(pad[i : i + 2]) for i in range(0, len(pad), 2)][::-1]
    pairs = [(0, 0)] * (x.ndim - len(pairs)) + pairs
    x = x[
        tuple(slice(max(-low, 0), length - max(-high, 0)) for (low, high), length in zip(pairs, x.shape, strict=True))
    ]
    added = [(max(low, 0), max(high, 0)) for low, high in pairs]
    more = {"constant_values": value} if mode == "constant" else {}
    return np.pad(x, added, MODES[mode], **more)


def pixel_shuffle(x: Any, upscale_factor: int) -> wg.Tensor:
    """(..., C r^2, H, W) as (..., C, H r, W r) (W. Shi et al., 2016)."""
    x, r = np.asarray(x), upscale_factor
    *lead, channels, height, width = x.shape
    if channels % (r * r):
        raise wrong("pixel_shuffle", f"{channels} channels", f"a multiple of {r * r}", "write upscale_factor=1")
    split = x.reshape(*lead, channels // (r * r), r, r, height, width)
    n = len(lead)
    moved = np.transpose(split, (*range(n), n, n + 3, n + 1, n + 4, n + 2))
    return moved.reshape(*lead, channels // (r * r), height * r, width * r)


def pixel_unshuffle(x: Any, downscale_factor: int) -> wg.Tensor:
    """The reverse of `pixel_shuffle`."""
    x, r = np.asarray(x), downscale_factor
    *lead, channels, height, width = x.shape
    split = x.reshape(*lead, channels, height // r, r, width // r, r)
    n = len(lead)
    moved = np.transpose(split, (*range(n), n, n + 2, n + 4, n + 1, n + 3))
    return moved.reshape(*lead, channels * r * r, height // r, width // r)


def channel_shuffle(x: Any, groups: int) -> wg.Tensor:
    """The channels (axis 1) of all groups in turn (X. Zhang et al., "ShuffleNet", 2018)."""
    x = np.asarray(x)
    split = x.reshape(x.shape[0], groups, x.shape[1] // groups, *x.shape[2:])
    return np.swapaxes(split, 1, 2).reshape(x.shape)


# -- resampling ------------------------------------------------------------------------------------

AVERAGES = {1: adaptive_avg_pool1d, 2: adaptive_avg_pool2d, 3: adaptive_avg_pool3d}
TAPS = {"nearest": 1, "nearest-exact": 1, "linear": 2, "bilinear": 2, "trilinear": 2, "bicubic": 4}
"""From how many neighbours along an axis a number is computed."""


def interpolate(
    x: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> wg.Tensor:
    """An array of shape ``(N, C, *space)`` with another number of places along the axes of space.

    Args:
        x: the array.
        size: the lengths of the axes of space.
        scale_factor: instead of `size`, by how much they are multiplied.
        mode: ``"nearest"``, ``"nearest-exact"``, ``"linear"``, ``"bilinear"``, ``"bicubic"``, ``"trilinear"`` or
            ``"area"``.
        align_corners: the first and last places stay where they are, instead of the edges of the array.

    >>> import wengert as wg
    >>> wg.nn.functional.interpolate([[[0.0, 1.0]]], scale_factor=2, mode="linear")
    tensor([[[0.  , 0.25, 0.75, 1.  ]]])

    Source: bicubic after R. Keys (1981), with a = -0.75.
    """
    x = np.asarray(x)
    rank = x.ndim - 2
    if (size is None) == (scale_factor is None):
        raise wrong(
            "interpolate", f"size={size}, scale_factor={scale_factor}", "one of the two", "write scale_factor=2"
        )
    factors = for_each(scale_factor, rank, "interpolate")
    lengths = x.shape[2:]
    sizes = (
        for_each(size, rank, "interpolate")
        if scale_factor is None
        else tuple(int(length * f) for length, f in zip(lengths, factors, strict=True))
    )
    if mode == "area":
        return AVERAGES[rank](x, sizes)
    if mode not in TAPS:
        raise wrong("interpolate", f"mode={mode!r}", f"one of {', '.join(TAPS)}, area", 'write mode="nearest"')
    for axis, (count, factor) in enumerate(zip(sizes, factors, strict=True), start=2):
        x = _along(x, axis, count, factor, mode, bool(align_corners))
    return x


def _along(x: wg.Tensor, axis: int, count: int, factor: float | None, mode: str, align_corners: bool) -> wg.Tensor:
    """The array with so many places along an axis."""
    length = x.shape[axis]
    step = (length - 1) / max(count - 1, 1) if align_corners else length / count if factor is None else 1 / factor
    places = numpy.arange(count) * step
    if mode == "nearest":
        return np.take(x, numpy.minimum(places.astype(int), length - 1), axis)
    if not align_corners:
        places = places + (step - 1) / 2
    if mode == "nearest-exact":
        return np.take(x, numpy.clip(numpy.floor(places + 0.5).astype(int), 0, length - 1), axis)
    if mode != "bicubic":
        places = numpy.maximum(places, 0)
    first = numpy.floor(places).astype(int)
    shape = (-1, *(1,) * (x.ndim - 1 - axis))
    total: Any = 0
    for offset, weights in weights_of_neighbours(places - first, TAPS[mode]):
        values = np.take(x, numpy.clip(first + offset, 0, length - 1), axis)
        total = total + values * weights.astype(x.dtype).reshape(shape)
    return total


def weights_of_neighbours(t: Any, taps: int) -> list[tuple[int, Any]]:
    """The neighbours of a place, counted from the one before it, each with how much it counts at a distance t there."""
    if taps == 2:
        return [(0, 1 - t), (1, t)]
    a = -0.75

    def near(d: Any) -> Any:
        return ((a + 2) * d - (a + 3)) * d * d + 1

    def far(d: Any) -> Any:
        return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a

    return [(-1, far(t + 1)), (0, near(t)), (1, near(1 - t)), (2, far(2 - t))]
