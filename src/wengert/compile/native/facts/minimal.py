"""Minimal filtering: windows of 3 x 3 elements with less than half the products.

S. Winograd (1980), Arithmetic Complexity of Computations; A. Lavin and S. Gray (2016), "Fast algorithms for
convolutional neural networks": the results Y = A^T [(G k G^T) * (B^T d B)] A for 2 x 2 neighbouring windows, of a
kernel k and the 4 x 4 elements d below, need 16 products instead of 36. Those of all channels are added up before they
are brought back, which makes 16 products of matrices. All factors are sums, differences and halves, so whole numbers
stay exact; errors are relative to the largest of the 16 elements, as those of a sum are to its largest term.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy

from ....core.abstract import Abstract
from ....core.primitive import Primitive, primitives
from ....core.recording import general

WINDOW, STEP, TILE = 3, 2, 4
"""The elements of a window, the windows that are done at once, and the elements below these: along either axis."""
PLANES = TILE * TILE
SCRATCH_BYTES = 1 << 18
"""What some rows of tiles take, of elements and results, at most: they stay in the second cache."""
OF_WINDOW = ((1.0, 0.0, 0.0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0.0, 0.0, 1.0))
"""G: what each of the products along an axis takes of a window."""
OF_ELEMENTS = ((1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, 0, -1))
"""B^T: what each takes of the elements."""
OF_PLACES = ((1, 0), (1, 1), (1, -1), (0, -1))
"""A: what each gives to the results."""

PerAxis = tuple[int, int]


def _both_ways(matrix: Any, x: Any) -> Any:
    """``matrix x matrix^T`` of the last two axes."""
    m = numpy.asarray(matrix, x.dtype)
    return m @ x @ m.T


def _in_tiles(x: Any, size: int, lows: PerAxis, tiles: PerAxis) -> Any:
    """Squares of `size` elements, `STEP` apart, of the last two axes; zeros beyond their ends."""
    ends = [
        max(0, STEP * (n - 1) + size - low - length) for n, low, length in zip(tiles, lows, x.shape[-2:], strict=True)
    ]
    pads = [(0, 0)] * (x.ndim - 2) + [(low, end) for low, end in zip(lows, ends, strict=True)]
    squares = numpy.lib.stride_tricks.sliding_window_view(numpy.pad(x, pads), (size, size), (-2, -1))
    return squares[..., : STEP * tiles[0] : STEP, : STEP * tiles[1] : STEP, :, :]


def tiles_of(counts: Sequence[int]) -> PerAxis:
    """How often `STEP` windows are done along each axis."""
    rows, columns = (-(-count // STEP) for count in counts)
    return rows, columns


def _minimal_sums(x: Any, kernel: Any, planes: Any, lows: PerAxis, counts: PerAxis) -> Any:
    tiles = tiles_of(counts)
    elements = _both_ways(OF_ELEMENTS, _in_tiles(x, TILE, lows, tiles))
    weights = planes[..., : kernel.shape[1]].reshape(TILE, TILE, *planes.shape[1:3], -1)
    sums = numpy.einsum("bgcrsij,ijgco->bgorsij", elements, weights)
    made = _both_ways(numpy.transpose(OF_PLACES), sums).swapaxes(-3, -2)
    whole = made.reshape(*made.shape[:3], STEP * tiles[0], STEP * tiles[1])
    return numpy.ascontiguousarray(whole[..., : counts[0], : counts[1]])


def _minimal_products(y: Any, x: Any, lows: PerAxis) -> Any:
    tiles = tiles_of(y.shape[-2:])
    elements = _both_ways(OF_ELEMENTS, _in_tiles(x, TILE, lows, tiles))
    places = _both_ways(OF_PLACES, _in_tiles(y, STEP, (0, 0), tiles))
    made = numpy.einsum("gonrsij,cgnrsij->gijoc", places, elements)
    return made.reshape(made.shape[0], PLANES, *made.shape[3:])


def _minimal_planes(kernel: Any) -> Any:
    by_place = numpy.moveaxis(kernel, (0, 1), (-2, -1))
    made = numpy.moveaxis(_both_ways(OF_WINDOW, by_place), (-2, -1), (0, 1))
    return numpy.ascontiguousarray(made.reshape(PLANES, *kernel.shape[2:]))


_KERNEL = Primitive(
    "minimal_planes",
    _minimal_planes,
    ("kernel",),
    lambda kernel: Abstract((PLANES, *kernel.shape[2:]), kernel.dtype),
)
minimal_planes: Final = general(_KERNEL)
_KERNEL.operation = minimal_planes
"""``minimal_planes(kernel)``: ``G k G^T`` of a kernel (3, 3, group, channel, output) with whole vectors of outputs."""

_SUMS = Primitive(
    "minimal_sums",
    _minimal_sums,
    ("x", "kernel", "planes"),
    lambda x, kernel, planes, lows, counts: Abstract((*x.shape[:2], kernel.shape[1], *counts), x.dtype),
)
minimal_sums: Final = general(_SUMS)
_SUMS.operation = minimal_sums
"""``minimal_sums(x, kernel, planes, lows=, counts=)``: the correlation with a kernel (group, output, channel, 3, 3).

`x` is (batch, group, channel, rows, columns), before whose rows and columns are as many zeros as `lows` says. `planes`
are ``G k G^T`` as (16, group, channel, output), with whole vectors of outputs.
"""

_PRODUCTS = Primitive(
    "minimal_products",
    _minimal_products,
    ("y", "x"),
    lambda y, x, lows: Abstract((y.shape[0], PLANES, y.shape[1], x.shape[0]), x.dtype),
)
minimal_products: Final = general(_PRODUCTS)
_PRODUCTS.operation = minimal_products
"""``minimal_products(y, x, lows=)``: of a cotangent y (group, output, batch, rows, columns) that of ``G k G^T``.

`x` is (channel, group, batch, rows, columns), the result (group, 16, output, channel).
"""

MINIMAL = primitives(minimal_planes, minimal_sums, minimal_products)
