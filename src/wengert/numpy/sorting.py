"""Sorting and searching, under NumPy's names.

Everything here follows the stable order: of equal elements the first stays first, and the derivative
belongs to it. So `sort` is stable whatever its ``kind``, and `partition` sorts.
"""

from __future__ import annotations

from typing import Any

import numpy

from ..core.tensor import Tensor
from ..ops import sort as o
from ..ops.gather import gather
from .lift import to_tensor
from .manipulation import flat, normal_axis
from .methods import concrete

__all__ = [
    "argpartition", "argsort", "argwhere", "digitize", "flatnonzero", "lexsort", "nonzero", "partition",
    "searchsorted", "sort",
]  # fmt: skip


def _line(a: Any, axis: int | None) -> tuple[Tensor, int]:
    """A tensor and a non-negative axis to sort along; ``None`` flattens."""
    x = to_tensor(a)
    return (flat(x), 0) if axis is None else (x, normal_axis(axis, x.ndim))


# -- sorting ---------------------------------------------------------------------------------------


def sort(
    a: Any, axis: int | None = -1, kind: Any = None, *, stable: bool | None = None, descending: bool = False
) -> Tensor:
    """As ``numpy.sort``, always stable; `descending` is the array API's."""
    x, place = _line(a, axis)
    return o.sort(x, axis=place, descending=descending)


def argsort(
    a: Any, axis: int | None = -1, kind: Any = None, *, stable: bool | None = None, descending: bool = False
) -> Tensor:
    """As ``numpy.argsort``, always stable; `descending` is the array API's."""
    x, place = _line(a, axis)
    return o.argsort(x, axis=place, descending=descending)


def partition(a: Any, kth: Any, axis: int | None = -1) -> Tensor:
    """As ``numpy.partition``: of the orders that it allows, the sorted one."""
    x, place = _line(a, axis)
    _check_kth(kth, x.shape[place])
    return o.sort(x, axis=place, descending=False)


def argpartition(a: Any, kth: Any, axis: int | None = -1) -> Tensor:
    """As ``numpy.argpartition``: of the orders that it allows, the sorted one."""
    x, place = _line(a, axis)
    _check_kth(kth, x.shape[place])
    return o.argsort(x, axis=place, descending=False)


def _check_kth(kth: Any, length: int) -> None:
    for k in numpy.atleast_1d(kth):
        if not -length <= k < length:
            raise ValueError(f"kth(={k}) out of bounds ({length})")


def lexsort(keys: Any, axis: int = -1) -> Tensor:
    """As ``numpy.lexsort``: the last key counts first."""
    tensors = [to_tensor(key) for key in keys]
    return o.lexsort(*tensors, axis=normal_axis(axis, tensors[0].ndim))


# -- searching -------------------------------------------------------------------------------------


def searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Tensor:
    """As ``numpy.searchsorted``: indices, without a derivative."""
    x, v = to_tensor(a), to_tensor(v)
    if side not in ("left", "right"):
        raise ValueError(f"[searchsorted] side={side!r}, wanted 'left' or 'right'; write side='left'")
    if x.ndim != 1:
        raise ValueError(f"[searchsorted] a has shape {x.shape}, wanted one axis; write np.ravel(a)")
    if sorter is not None:
        x = gather(x, to_tensor(sorter), axis=0)
    return o.searchsorted(x, v, side=side)


def digitize(x: Any, bins: Any, right: bool = False) -> Tensor:
    """As ``numpy.digitize``: indices, without a derivative; looks at whether the bins increase or decrease."""
    bins = to_tensor(bins)
    edges = concrete(bins, "digitize")
    if numpy.all(edges[1:] >= edges[:-1]):
        return searchsorted(bins, x, "left" if right else "right")
    if not numpy.all(edges[1:] <= edges[:-1]):
        raise ValueError("bins must be monotonically increasing or decreasing")
    return edges.size - searchsorted(bins[::-1], x, "right" if right else "left")


def nonzero(a: Any) -> tuple[Tensor, ...]:
    """As ``numpy.nonzero``; looks at the values, so not within `vmap`."""
    return tuple(Tensor(index) for index in numpy.nonzero(concrete(to_tensor(a), "nonzero")))


def flatnonzero(a: Any) -> Tensor:
    """As ``numpy.flatnonzero``; looks at the values, so not within `vmap`."""
    return nonzero(flat(to_tensor(a)))[0]


def argwhere(a: Any) -> Tensor:
    """As ``numpy.argwhere``; looks at the values, so not within `vmap`."""
    return Tensor(numpy.argwhere(concrete(to_tensor(a), "argwhere")))
