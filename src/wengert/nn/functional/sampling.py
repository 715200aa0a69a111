"""Values of an image between its places: grids of places, and what is read there, under PyTorch's names.

Source: M. Jaderberg et al., "Spatial transformer networks" (2015), equations 1 to 5.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy

import wengert as wg
import wengert.numpy as np

from ..errors import wrong
from .mixed import singly
from .resampling import weights_of_neighbours

__all__ = ["affine_grid", "grid_sample"]

TAPS = {"bilinear": 2, "bicubic": 4}
"""From how many neighbours along an axis a value is computed."""


def affine_grid(theta: Any, size: Sequence[int], align_corners: bool = False) -> wg.Tensor:
    """The places where each place of an image comes from, by an affine map.

    Args:
        theta: maps of shape (N, 2, 3), or (N, 3, 4) for volumes: of (x, y, 1), where -1 and 1 are the ends of an axis.
        size: the shape of the image, (N, C, H, W) or (N, C, D, H, W).
        align_corners: -1 and 1 are the first and the last place of an axis, instead of its edges.

    Returns:
        Places of shape (N, H, W, 2) or (N, D, H, W, 3), the last axis of the image first, for `grid_sample`.

    Raises:
        ValueError: the shapes do not fit.

    >>> import wengert as wg
    >>> wg.nn.functional.affine_grid([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]], (1, 1, 1, 2))
    tensor([[[[-0.5,  0. ],
              [ 0.5,  0. ]]]])
    """
    theta, space = np.asarray(theta), tuple(size)[2:]
    wanted = (size[0], len(space), len(space) + 1)
    if theta.shape != wanted:
        raise wrong("affine_grid", f"theta of shape {theta.shape} for size={tuple(size)}", f"shape {wanted}", ADVICE)
    along = [_evenly(length, align_corners) for length in space]
    places = numpy.stack([*numpy.meshgrid(*along, indexing="ij")[::-1], numpy.ones(space)], axis=-1)
    rows = np.asarray(places.reshape(-1, len(space) + 1).astype(theta.dtype))
    return (rows @ np.swapaxes(theta, 1, 2)).reshape(size[0], *space, len(space))


ADVICE = "write one map of shape (2, 3) for each image of (N, C, H, W)"


def _evenly(length: int, align_corners: bool) -> numpy.ndarray:
    """The places along an axis, from -1 to 1."""
    ends = 1.0 if align_corners else (length - 1) / length
    return numpy.linspace(-ends, ends, length) if length > 1 else numpy.zeros(1)


@singly
def grid_sample(
    x: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool = False
) -> wg.Tensor:
    """The values of images at places between their own.

    Args:
        x: images of shape (N, C, H, W), or volumes (N, C, D, H, W).
        grid: places of shape (N, ..., 2) or (N, ..., 3), with as many axes as `x`: the place along the last axis first;
            -1 and 1 are the ends of an axis.
        mode: ``"bilinear"`` (of volumes, trilinear), ``"nearest"``, or ``"bicubic"`` for images.
        padding_mode: what is outside: ``"zeros"``, ``"border"`` (the nearest place) or ``"reflection"``.
        align_corners: -1 and 1 are the first and the last place of an axis, instead of its edges.

    Returns:
        Of shape (N, C, ...).

    Raises:
        ValueError: the shapes do not fit, or a mode is none.

    >>> import wengert as wg
    >>> wg.nn.functional.grid_sample([[[[1.0, 3.0]]]], [[[[0.0, 0.0], [0.25, 0.0]]]])
    tensor([[[[2. , 2.5]]]])
    """
    x, grid = np.asarray(x), np.asarray(grid)
    _check(x, grid, mode, padding_mode)
    lengths = x.shape[2:]
    ends = [_ends(length, align_corners) for length in lengths]
    places = [_in_places(grid[..., -1 - axis], length, align_corners) for axis, length in enumerate(lengths)]
    outside = OUTSIDE[padding_mode]
    if mode != "bicubic":
        places = [outside(place, *end) for place, end in zip(places, ends, strict=True)]
        outside = _as_it_is
    neighbours = [_neighbours(place, mode) for place in places]
    total: Any = 0
    for taps in product(*neighbours):
        indices = [outside(index, *end) for (index, _), end in zip(taps, ends, strict=True)]
        weight = prod((weight for _, weight in taps), start=np.ones((), x.dtype))
        total = total + _at(x, indices) * np.expand_dims(weight.astype(x.dtype), 1)
    return total


def _check(x: wg.Tensor, grid: wg.Tensor, mode: str, padding_mode: str) -> None:
    rank = x.ndim - 2
    if rank not in (2, 3) or grid.ndim != x.ndim or grid.shape[-1] != rank or len(grid) != len(x):
        raise wrong(
            "grid_sample",
            f"x of shape {x.shape} with a grid of shape {grid.shape}",
            "(N, C, H, W) with (N, ..., 2), or (N, C, D, H, W) with (N, ..., 3)",
            "write grid = affine_grid(theta, x.shape)",
        )
    modes = ("bilinear", "nearest", "bicubic")[: 5 - rank]
    if mode not in modes:
        raise wrong("grid_sample", f"mode={mode!r} for {x.ndim} axes", ", ".join(modes), 'write mode="bilinear"')
    if padding_mode not in OUTSIDE:
        raise wrong("grid_sample", f"padding_mode={padding_mode!r}", ", ".join(OUTSIDE), 'write padding_mode="zeros"')


def _in_places(coordinate: wg.Tensor, length: int, align_corners: bool) -> wg.Tensor:
    """From -1 to 1 to the numbers of places along an axis."""
    if align_corners:
        return (coordinate + 1) / 2 * (length - 1)
    return ((coordinate + 1) * length - 1) / 2


def _ends(length: int, align_corners: bool) -> tuple[int, float, float]:
    """The length of an axis, and between which numbers a place is inside."""
    return (length, 0.0, length - 1.0) if align_corners else (length, -0.5, length - 0.5)


def _as_it_is(place: wg.Tensor, length: int, low: float, high: float) -> wg.Tensor:
    return place


def _at_border(place: wg.Tensor, length: int, low: float, high: float) -> wg.Tensor:
    return np.clip(place, 0, length - 1)


def _reflected(place: wg.Tensor, length: int, low: float, high: float) -> wg.Tensor:
    """A place thrown back at both ends as often as needed."""
    span = high - low
    if span == 0:
        return np.zeros_like(place)
    turns = np.floor(np.abs(place - low) / span)
    rest = np.abs(place - low) - turns * span
    return np.clip(np.where(turns % 2 == 0, low + rest, high - rest), 0, length - 1)


OUTSIDE: dict[str, Callable[..., wg.Tensor]] = {"zeros": _as_it_is, "border": _at_border, "reflection": _reflected}
"""Which place stands for one that may be outside."""


def _neighbours(place: wg.Tensor, mode: str) -> list[tuple[wg.Tensor, Any]]:
    """The numbers of the places around, and how much each counts."""
    if mode == "nearest":
        return [(np.rint(place), np.ones((1,) * place.ndim, place.dtype))]
    first = np.floor(place)
    return [(first + offset, weight) for offset, weight in weights_of_neighbours(place - first, TAPS[mode])]


def _at(x: wg.Tensor, indices: Sequence[wg.Tensor]) -> wg.Tensor:
    """The values of images at whole places of shape (N, ...); 0 outside."""
    lengths, rows = x.shape[2:], np.zeros((), np.int64)
    inside: Any = True
    for index, length in zip(indices, lengths, strict=True):
        inside = inside & (index >= 0) & (index <= length - 1)
        rows = rows * length + np.clip(index, 0, length - 1).astype(np.int64)
    flat = x.reshape(*x.shape[:2], prod(lengths))
    found = np.take_along_axis(flat, rows.reshape(len(x), 1, -1), 2).reshape(*x.shape[:2], *rows.shape[1:])
    return np.where(np.expand_dims(inside, 1), found, 0)
