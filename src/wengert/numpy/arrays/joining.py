"""Joining arrays, and taking them apart, under NumPy's names."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy

from ...core.dtypes.kinds import as_dtype
from ...core.tensor import Tensor
from ...core.views import tied
from ...ops import join, shape as s
from ...ops.elementwise import astype as cast
from ...ops.indexing.gather import ALL
from ...ops.indexing.views import BLOCK
from ..protocols.lift import to_tensor
from ..protocols.output import into
from .creation import copied
from .manipulation import atleast_1d, atleast_2d, atleast_3d, normal_axis, of_rank

__all__ = [
    "append", "array_split", "block", "column_stack", "concat", "concatenate", "dsplit", "dstack", "hsplit",
    "hstack", "split", "stack", "unstack", "vsplit", "vstack",
]  # fmt: skip


def concatenate(
    arrays: Any, /, axis: int | None = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind"
) -> Tensor:
    """As ``numpy.concatenate``."""
    parts = _parts(arrays, "concatenate")
    if axis is None:
        parts, axis = [s.reshape(p, shape=(p.size,)) for p in parts], 0
    ranks = [p.ndim for p in parts]
    if not all(ranks):
        raise ValueError(
            "[concatenate] zero-dimensional arrays cannot be concatenated, wanted one sequence of arrays that have "
            "axes; write np.concatenate([x, y]), or np.stack for scalars"
        )
    if len(set(ranks)) > 1:
        raise ValueError(
            f"[concatenate] the arrays have {', '.join(map(str, ranks))} axes, wanted the same number; write "
            "np.expand_dims for one more, or np.vstack"
        )
    return _delivered(join.concatenate(*parts, axis=normal_axis(axis, ranks[0])), out, dtype, casting)


concat = concatenate


def stack(arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind") -> Tensor:
    """As ``numpy.stack``."""
    parts = _parts(arrays, "stack")
    made = join.stack(*parts, axis=normal_axis(axis, parts[0].ndim + 1))
    return _delivered(made, out, dtype, casting)


def _parts(arrays: Any, op: str) -> list[Tensor]:
    parts = [to_tensor(a, op) for a in arrays]
    if not parts:
        raise ValueError(f"need at least one array to {op}")
    return parts


def _delivered(made: Tensor, out: Any, dtype: Any, casting: Any) -> Tensor:
    """What was joined, in another dtype or in a tensor that was given."""
    if dtype is not None and made.dtype != dtype:
        if not numpy.can_cast(made.dtype, dtype, casting):
            raise TypeError(f"Cannot cast array data from {made.dtype!r} to {as_dtype(dtype)!r} according to the "
                            f"rule '{casting}'")  # fmt: skip
        made = cast(made, dtype=as_dtype(dtype))
    if out is None:
        return made
    return into(out, made, "concatenate", casting)


def vstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Tensor:
    """As ``numpy.vstack``."""
    return concatenate([atleast_2d(a) for a in tup], 0, dtype=dtype, casting=casting)


def hstack(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Tensor:
    """As ``numpy.hstack``."""
    parts = [atleast_1d(a) for a in tup]
    return concatenate(parts, 0 if parts and parts[0].ndim == 1 else 1, dtype=dtype, casting=casting)


def dstack(tup: Any) -> Tensor:
    """As ``numpy.dstack``."""
    return concatenate([atleast_3d(a) for a in tup], 2)


def column_stack(tup: Any) -> Tensor:
    """As ``numpy.column_stack``."""
    parts = [to_tensor(a, "column_stack") for a in tup]
    return concatenate([p if p.ndim > 1 else s.reshape(p, shape=(p.size, 1)) for p in parts], 1)


def block(arrays: Any) -> Tensor:
    """As ``numpy.block``: assembled from nested lists of blocks, the innermost along the last axis."""
    depth = _depth(arrays, "arrays")
    rank = max(depth, *[x.ndim for x in _blocks(arrays)])
    return _assembled(arrays, depth, rank)


def _depth(arrays: Any, place: str) -> int:
    """How deep the lists are nested."""
    if isinstance(arrays, tuple):
        raise TypeError(f"{place} is a tuple. Only lists can be used to arrange blocks, and np.block does not allow it")
    if not isinstance(arrays, list):
        return 0
    if not arrays:
        raise ValueError(f"List at {place} cannot be empty")
    depths = [_depth(a, f"{place}[{i}]") for i, a in enumerate(arrays)]
    if len(set(depths)) > 1:
        raise ValueError(
            f"[block] the lists at {place} are nested to the depths {', '.join(map(str, depths))}, wanted one depth; "
            "write a list of lists for a matrix of blocks"
        )
    return 1 + depths[0]


def _blocks(arrays: Any) -> list[Tensor]:
    return [b for a in arrays for b in _blocks(a)] if isinstance(arrays, list) else [to_tensor(arrays, "block")]


def _assembled(arrays: Any, depth: int, rank: int) -> Tensor:
    if not isinstance(arrays, list):
        x = to_tensor(arrays, "block")
        lead = (1,) * (rank - x.ndim)
        return copied(s.reshape(x, shape=(*lead, *x.shape)))
    return concatenate([_assembled(a, depth - 1, rank) for a in arrays], axis=-depth)


def append(arr: Any, values: Any, axis: int | None = None) -> Tensor:
    """As ``numpy.append``."""
    return concatenate((arr, values), axis)


# -- splitting -------------------------------------------------------------------------------------


def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """As ``numpy.array_split``: a list of views."""
    x = to_tensor(ary, "array_split")
    place = normal_axis(axis, x.ndim)
    if not numpy.iterable(indices_or_sections):
        bounds = _even_bounds(x.shape[place], int(indices_or_sections))
        sizes = tuple(b - a for a, b in pairwise(bounds))
        parts = zip(join.split(x, axis=place, sizes=sizes), pairwise(bounds), strict=True)
        return [tied(part, x, BLOCK, {"index": (*(ALL,) * place, slice(a, b))}) for part, (a, b) in parts]
    bounds = [0, *(int(i) for i in indices_or_sections), None]
    return [x[(*(ALL,) * place, slice(a, b))] for a, b in pairwise(bounds)]


def _even_bounds(length: int, sections: int) -> list[int]:
    if sections <= 0:
        raise ValueError("number sections must be larger than 0.")
    each, extra = divmod(length, sections)
    return [i * each + min(i, extra) for i in range(sections + 1)]


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """As ``numpy.split``: a list of views."""
    x = to_tensor(ary, "split")
    length = x.shape[normal_axis(axis, x.ndim)]
    if not numpy.iterable(indices_or_sections) and length % int(indices_or_sections):
        raise ValueError(
            f"[split] array split does not result in an equal division: the axis has {length} elements, wanted a "
            f"number of parts that divides it; write np.array_split(x, {indices_or_sections})"
        )
    return array_split(x, indices_or_sections, axis)


def hsplit(ary: Any, indices_or_sections: Any) -> list[Tensor]:
    """As ``numpy.hsplit``: a list of views."""
    x = of_rank(ary, 1, "hsplit")
    return split(x, indices_or_sections, 0 if x.ndim == 1 else 1)


def vsplit(ary: Any, indices_or_sections: Any) -> list[Tensor]:
    """As ``numpy.vsplit``: a list of views."""
    return split(of_rank(ary, 2, "vsplit"), indices_or_sections, 0)


def dsplit(ary: Any, indices_or_sections: Any) -> list[Tensor]:
    """As ``numpy.dsplit``: a list of views."""
    return split(of_rank(ary, 3, "dsplit"), indices_or_sections, 2)


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Tensor, ...]:
    """As ``numpy.unstack``: views."""
    x = to_tensor(x, "unstack")
    if not x.ndim:
        raise ValueError("Input array must be at least 1-d.")
    place = normal_axis(axis, x.ndim)
    parts = enumerate(join.unstack(x, axis=place))
    return tuple(tied(part, x, BLOCK, {"index": (*(ALL,) * place, i)}) for i, part in parts)
