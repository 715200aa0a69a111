"""``autograd.scipy.signal``: convolutions along some axes, with sums of products over others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import wengert.numpy as np
from wengert.windows import correlate

from ..plain import meeting

__all__ = ["convolve"]

Pair = Sequence[Sequence[int]]


def _convolve(A: Any, B: Any, axes: Pair | None = None, dot_axes: Pair = ((), ()), mode: str = "full") -> Any:
    """The convolution of arrays.

    Args:
        A, B: the arrays.
        axes: along which axes of each; by default along the last ones of A, all of B's.
        dot_axes: over which axes of each their products are summed.
        mode: ``"full"`` or ``"valid"``.

    Returns:
        An array whose axes are the other ones of A, the other ones of B, and those of the convolution.

    Raises:
        ValueError: the mode is another.
    """
    if mode not in ("full", "valid"):
        raise ValueError(f'[convolve] mode={mode!r} was given, wanted "full" or "valid"; write mode="full"')
    x, kernel = np.asarray(A), np.asarray(B)
    along = axes or (list(range(x.ndim - kernel.ndim, x.ndim)), list(range(kernel.ndim)))
    free = [_others(each.ndim, own, summed) for each, own, summed in zip((x, kernel), along, dot_axes, strict=True)]
    images = np.transpose(x, [*free[0], *dot_axes[0], *along[0]])
    filters = np.flip(np.transpose(kernel, [*free[1], *dot_axes[1], *along[1]]), tuple(range(-len(along[1]), 0)))
    counts = [len(each) for each in free]
    outer = [images.shape[: counts[0]], filters.shape[: counts[1]]]
    space = images.shape[-len(along[0]) :], filters.shape[-len(along[1]) :]
    edges = [(n - 1, n - 1) if mode == "full" else (0, 0) for n in space[1]]
    channels = int(np.prod(np.asarray(images.shape[counts[0] : images.ndim - len(space[0])], dtype=int)))
    batch = np.pad(images.reshape((-1, channels, *space[0])), [(0, 0), (0, 0), *edges])
    found = correlate(batch, filters.reshape((-1, channels, *space[1])))
    return found.reshape((*outer[0], *outer[1], *found.shape[2:]))


def _others(ndim: int, *taken: Sequence[int]) -> list[int]:
    used = {axis % ndim for axes in taken for axis in axes}
    return [axis for axis in range(ndim) if axis not in used]


convolve: Final = meeting(_convolve)
