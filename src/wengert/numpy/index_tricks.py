"""NumPy's shorthands with square brackets, and functions applied to parts of an array."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy
from numpy import index_exp, ndindex, s_

from ..core.abstract import Abstract
from ..core.tensor import Tensor
from ..ops import elementwise as e, shape as s
from ..ops.broadcast import broadcast_to
from ..ops.indexing.gather import move_axes
from ..ops.indexing.index import index_set
from ..ops.operands import holds_tensor
from .arrays.joining import concatenate, stack
from .arrays.manipulation import moveaxis, normal_axis
from .protocols.lift import to_tensor

__all__ = [
    "apply_along_axis", "apply_over_axes", "c_", "index_exp", "mgrid", "ndindex", "ogrid", "piecewise",
    "r_", "s_",
]  # fmt: skip


class _Joiner:
    """The object behind ``np.r_`` and ``np.c_``: joins what is between the brackets.

    Args:
        theirs: NumPy's object, for keys without tensors.
        fit: brings each part to the number of axes that are joined.
        axis: the axis along which they are joined.
    """

    def __init__(self, theirs: Any, fit: Callable[[Tensor], Tensor], axis: int) -> None:
        self._theirs = theirs
        self._fit = fit
        self._axis = axis

    def __getitem__(self, key: Any) -> Tensor:
        entries = key if isinstance(key, tuple) else (key,)
        if not holds_tensor(entries):
            return Tensor(numpy.asarray(self._theirs[key]))
        if isinstance(entries[0], str):
            raise ValueError(
                f"[r_] the directive {entries[0]!r} was given with tensors, wanted arrays only; write "
                "np.concatenate or np.stack with an axis"
            )
        return concatenate([self._fit(self._part(entry)) for entry in entries], self._axis)

    @staticmethod
    def _part(entry: Any) -> Tensor:
        return Tensor(numpy.r_[entry]) if isinstance(entry, slice) else to_tensor(entry, "r_")


def _row(part: Tensor) -> Tensor:
    return part if part.ndim else s.reshape(part, shape=(1,))


def _column(part: Tensor) -> Tensor:
    return part if part.ndim > 1 else s.reshape(part, shape=(part.size, 1))


r_: Final = _Joiner(numpy.r_, _row, 0)
"""As ``numpy.r_``, differentiable; with tensors, directives such as ``'0,2'`` are not understood."""

c_: Final = _Joiner(numpy.c_, _column, -1)
"""As ``numpy.c_``, differentiable."""


class _Grid:
    """The object behind ``np.mgrid`` and ``np.ogrid``: constant tensors."""

    def __init__(self, theirs: Any) -> None:
        self._theirs = theirs

    def __getitem__(self, key: Any) -> Any:
        made = self._theirs[key]
        return tuple(Tensor(part) for part in made) if isinstance(made, tuple) else Tensor(made)


mgrid: Final = _Grid(numpy.mgrid)
"""As ``numpy.mgrid``."""

ogrid: Final = _Grid(numpy.ogrid)
"""As ``numpy.ogrid``."""


# -- functions of parts ----------------------------------------------------------------------------


def apply_along_axis(func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any) -> Tensor:
    """As ``numpy.apply_along_axis``: a Python loop over the vectors along an axis (`vmap` evaluates all at once)."""
    x = to_tensor(arr, "apply_along_axis")
    place = normal_axis(axis, x.ndim)
    lead = (*x.shape[:place], *x.shape[place + 1 :])
    last = moveaxis(x, place, -1)
    results = [to_tensor(func1d(last[i], *args, **kwargs), "apply_along_axis") for i in ndindex(*lead)]
    if not results:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    made = stack(results)
    rest = made.shape[1:]
    return move_axes(s.reshape(made, shape=(*lead, *rest)), len(lead), len(rest), place)


def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Tensor:
    """As ``numpy.apply_over_axes``."""
    x = to_tensor(a, "apply_over_axes")
    for axis in axes if numpy.iterable(axes) else (axes,):
        made = to_tensor(func(x, axis), "apply_over_axes")
        place = normal_axis(axis, x.ndim)
        kept = made.ndim == x.ndim
        x = made if kept else s.reshape(made, shape=(*made.shape[:place], 1, *made.shape[place:]))
    return x


def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Tensor:
    """As ``numpy.piecewise``; a function sees only the elements that are its own (inside `vmap`, all of them)."""
    x = to_tensor(x, "piecewise")
    conditions = _conditions(x, condlist, len(funclist))
    y = Tensor(numpy.zeros(x.shape, x.dtype))
    for condition, function in zip(conditions, funclist, strict=True):
        if not callable(function):
            y = e.where(condition, e.astype(to_tensor(function), dtype=x.dtype), y)
        elif type(condition._value) is Abstract:
            y = e.where(condition, e.astype(to_tensor(function(x, *args, **kw)), dtype=x.dtype), y)
        elif condition._value.any():
            y = index_set(y, condition, function(x[condition], *args, **kw))
    return y


def _conditions(x: Tensor, condlist: Any, count: int) -> list[Tensor]:
    """One condition a function; the last, if it is left out, is that no other holds."""
    several = isinstance(condlist, (list, tuple)) and (x.ndim == 0 or to_tensor(condlist[0]).ndim > 0)
    listed = condlist if several else [condlist]
    conditions = [broadcast_to(e.astype(to_tensor(c), dtype=bool), shape=x.shape) for c in listed]
    if len(conditions) == count - 1:
        some = conditions[0]
        for condition in conditions[1:]:
            some = e.logical_or(some, condition)
        return [*conditions, e.logical_not(some)]
    if len(conditions) != count:
        given = len(conditions)
        raise ValueError(f"with {given} condition(s), either {given} or {given + 1} functions are expected")
    return conditions
