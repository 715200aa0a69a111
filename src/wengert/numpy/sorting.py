"""Sorting and searching, under NumPy's names.

Everything here follows the stable order: of equal elements the first stays first, and the derivative
belongs to it. So `sort` is stable whatever its ``kind``, and `partition` sorts.
"""

from __future__ import annotations

from typing import Any

import numpy

from ..core.tensor import Tensor
from ..ops.axes import sort as o
from ..ops.elementwise import astype
from ..ops.indexing.gather import gather
from .arrays.manipulation import atleast_1d, flat, normal_axis
from .protocols.lift import to_tensor
from .protocols.values import concrete

__all__ = [
    "argpartition", "argsort", "argwhere", "digitize", "flatnonzero", "lexsort", "nonzero", "partition",
    "searchsorted", "sort", "sort_complex",
]  # fmt: skip


def _line(a: Any, axis: int | None) -> tuple[Tensor, int]:
    """A tensor and a non-negative axis to sort along; ``None`` flattens."""
    x = to_tensor(a)
    return (flat(x), 0) if axis is None else (x, normal_axis(axis, x.ndim))


def _line_of_places(a: Any, axis: int | None) -> tuple[Tensor, int]:
    """The same, of functions that give places: for them a scalar is an array of one element."""
    return _line(atleast_1d(a), axis)


# -- sorting ---------------------------------------------------------------------------------------


def sort(
    a: Any,
    axis: int | None = -1,
    kind: Any = None,
    order: Any = None,
    *,
    stable: bool | None = None,
    descending: bool = False,
) -> Tensor:
    """As ``numpy.sort``, always stable; `descending` is the array API's."""
    _check_options("sort", kind, order, stable)
    x, place = _line(a, axis)
    return o.sort(x, axis=place, descending=descending)


def sort_complex(a: Any) -> Tensor:
    """As ``numpy.sort_complex``: by the real part, then the imaginary part, as complex numbers."""
    x = to_tensor(a, "sort_complex")
    wide = x.dtype if x.dtype.kind == "c" else numpy.sort_complex(numpy.empty(0, x.dtype)).dtype
    return sort(x if x.dtype == wide else astype(x, dtype=wide))


def argsort(
    a: Any,
    axis: int | None = -1,
    kind: Any = None,
    order: Any = None,
    *,
    stable: bool | None = None,
    descending: bool = False,
) -> Tensor:
    """As ``numpy.argsort``, always stable; `descending` is the array API's."""
    _check_options("argsort", kind, order, stable)
    x, place = _line_of_places(a, axis)
    return o.argsort(x, axis=place, descending=descending)


def partition(a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect", order: Any = None) -> Tensor:
    """As ``numpy.partition``: of the orders that it allows, the sorted one."""
    _check_selection("partition", kind, order)
    x, place = _line(a, axis)
    _check_kth(kth, x, place)
    return o.sort(x, axis=place, descending=False)


def argpartition(a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect", order: Any = None) -> Tensor:
    """As ``numpy.argpartition``: of the orders that it allows, the sorted one."""
    _check_selection("argpartition", kind, order)
    x, place = _line_of_places(a, axis)
    _check_kth(kth, x, place)
    return o.argsort(x, axis=place, descending=False)


def _check_options(op: str, kind: Any, order: Any, stable: bool | None) -> None:
    """Any kind of sorting will do, as all are stable here; NumPy raises its errors on an array of no elements."""
    _check_order(op, order)
    if kind is not None or stable is not None:
        numpy.sort(numpy.empty(0), kind=kind, stable=stable)


def _check_selection(op: str, kind: Any, order: Any) -> None:
    _check_order(op, order)
    if kind != "introselect":
        numpy.partition(numpy.empty(1), 0, kind=kind)


def _check_order(op: str, order: Any) -> None:
    if order is not None:
        raise ValueError(
            f"[{op}] order={order!r} was given, wanted none, since there are no arrays with fields here; write "
            "np.lexsort to sort by several keys"
        )


def _check_kth(kth: Any, x: Tensor, axis: int) -> None:
    length = x.shape[axis]
    if type(kth) is Tensor:
        kth = concrete(kth, "partition")
    for k in numpy.atleast_1d(kth):
        if numpy.result_type(k).kind not in "iu":
            raise TypeError("Partition index must be integer")
        if x.size and not -length <= k < length:
            raise ValueError(f"kth(={k}) out of bounds ({length})")


def lexsort(keys: Any, axis: int = -1) -> Tensor:
    """As ``numpy.lexsort``: the last key counts first."""
    tensors = [to_tensor(key) for key in keys]
    if not tensors:
        raise TypeError("need sequence of keys with len > 0 in lexsort")
    if all(t.ndim == 0 for t in tensors):
        normal_axis(axis, 1)
        return Tensor(numpy.zeros((), numpy.intp))
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
    x, bins = to_tensor(x), to_tensor(bins)
    edges = concrete(bins, "digitize")
    if x.dtype.kind == "c" or bins.dtype.kind == "c":
        raise TypeError("x may not be complex")
    if edges.ndim != 1:
        raise ValueError("object of too small depth for desired array")
    side = "left" if right else "right"
    if _is_increasing(edges):
        return searchsorted(bins, x, side)
    return edges.size - searchsorted(bins[::-1], x, side)


def _is_increasing(edges: Any) -> bool:
    """Whether bins increase (or are all the same); if not, they decrease.

    Raises:
        ValueError: they do neither.
    """
    rises, falls = edges[1:] > edges[:-1], edges[1:] < edges[:-1]
    changes = numpy.flatnonzero(edges[1:] != edges[:-1])
    increasing = changes.size == 0 or bool(rises[changes[0]])
    if numpy.any(falls if increasing else rises):
        raise ValueError("bins must be monotonically increasing or decreasing")
    return increasing


def nonzero(a: Any) -> tuple[Tensor, ...]:
    """As ``numpy.nonzero``; looks at the values, so not within `vmap`."""
    return tuple(Tensor(index) for index in numpy.nonzero(concrete(to_tensor(a), "nonzero")))


def flatnonzero(a: Any) -> Tensor:
    """As ``numpy.flatnonzero``; looks at the values, so not within `vmap`."""
    return nonzero(flat(to_tensor(a)))[0]


def argwhere(a: Any) -> Tensor:
    """As ``numpy.argwhere``; looks at the values, so not within `vmap`."""
    return Tensor(numpy.argwhere(concrete(to_tensor(a), "argwhere")))
