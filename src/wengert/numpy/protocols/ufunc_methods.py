"""What NumPy's universal functions do with a tensor among their operands: calls with options, and methods.

``numpy.add.reduce(t)`` comes here, and so does ``np.add.reduce``, by way of NumPy's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate as running
from typing import Any

import numpy

from ... import numpy as np
from ...core.dtypes.kinds import result_type
from ...core.tensor import Tensor
from ...ops import elementwise as e
from ...ops.axes import reduce as r
from ...ops.broadcast import broadcast_to
from ...ops.elementwise import astype
from ...ops.indexing.gather import scatter_set
from ...ops.indexing.index import index_add
from ...ops.join import unstack
from ...ops.shape import reshape
from .counterparts import counterpart
from .lift import to_tensor
from .output import into
from .ufuncs import in_order, with_options
from .values import concrete, raw, refuse_watched, without_rule


def on_ufunc(theirs: numpy.ufunc, method: str, inputs: Sequence[Any], options: dict[str, Any]) -> Any:
    """What a universal function of NumPy or SciPy gives for inputs with a tensor among them, or in ``out``."""
    if method != "__call__":
        return _OF_METHOD[method](theirs, *inputs, **options)
    own = counterpart(theirs)
    if own is None:
        return without_rule(theirs, inputs, options)
    if theirs.signature is not None:
        return own(*inputs, **options)
    return with_options(own, theirs, inputs, in_order(theirs.__name__, options))


REDUCTIONS = {
    numpy.add: ("sum", {"dtype", "initial", "where"}),
    numpy.multiply: ("prod", {"dtype", "initial", "where"}),
    numpy.maximum: ("max", {"initial", "where"}),
    numpy.minimum: ("min", {"initial", "where"}),
    numpy.logical_and: ("all", {"where"}),
    numpy.logical_or: ("any", {"where"}),
}
"""Our reductions of the same meaning, and the options that they take."""

SCANS = {numpy.add: "cumsum", numpy.multiply: "cumprod"}


def reduce(
    theirs: numpy.ufunc,
    array: Any,
    axis: Any = 0,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """``ufunc.reduce``: by our reduction of that meaning; by one call after the other if there is none."""
    x, out = to_tensor(array, theirs.__name__), _single(out)
    options = {"dtype": dtype, "initial": initial, "where": None if where is True else where}
    given = {name: value for name, value in options.items() if value is not None}
    name, takes = REDUCTIONS.get(theirs, ("", set()))
    if name and given.keys() <= takes:
        return getattr(np, name)(x, axis=axis, out=out, keepdims=keepdims, **given)
    axes = np.reductions.loop_axes(axis, x.ndim)
    x = np.astype(x, theirs.reduce(_hardly_any(x), axis=axes, dtype=dtype).dtype)
    merged = r.merge_axes(x, axes) if x.ndim else reshape(x, shape=(1,))
    mask = None if where is True else r.merge_axes(broadcast_to(to_tensor(where), shape=x.shape), axes)
    found = reshape(_folded(theirs, merged, initial, mask), shape=r.reduced_shape(x.shape, axes, keepdims))
    return found if out is None else into(out, found, f"{theirs.__name__}.reduce")


def _hardly_any(x: Tensor) -> Any:
    """An array of as many axes and hardly any elements: on it, NumPy raises its errors, and tells dtypes."""
    return numpy.ones((1,) * x.ndim, x.dtype)


def _single(out: Any) -> Any:
    return out[0] if isinstance(out, tuple) and len(out) == 1 else out


def _folded(theirs: numpy.ufunc, x: Tensor, initial: Any, mask: Any) -> Tensor:
    """The elements along the last axis, combined one after the other."""
    own: Any = counterpart(theirs)
    elements, masks = _apart(x), _apart(mask) if mask is not None else None
    identity = theirs.identity if initial is None else initial
    if initial is None and elements and masks is None:
        result, elements = elements[0], elements[1:]
    elif identity is None:
        raise ValueError(
            f"[{theirs.__name__}.reduce] there may be no element to combine, and nothing that stands for none, wanted "
            "initial= for that; write initial=0 or what else is right"
        )
    else:
        result = broadcast_to(astype(to_tensor(identity), dtype=x.dtype), shape=x.shape[:-1])
    if own is None:
        raise without_namesake(theirs)
    for i, element in enumerate(elements):
        combined = own(result, element)
        result = combined if masks is None else e.where(masks[i], combined, result)
    return result


def without_namesake(theirs: numpy.ufunc) -> TypeError:
    return TypeError(
        f"[{theirs.__name__}] it has no derivative here, wanted a function that has one; write it with functions of "
        "wengert.numpy"
    )


def _apart(x: Tensor) -> list[Tensor]:
    return list(unstack(x, axis=x.ndim - 1))


def accumulate(theirs: numpy.ufunc, array: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
    """``ufunc.accumulate``: as `reduce`, with all that is on the way."""
    x, out = to_tensor(array, theirs.__name__), _single(out)
    own = getattr(np, SCANS.get(theirs, ""), None)
    if own is not None and x.ndim:
        return own(x, axis=axis, dtype=dtype, out=out)
    x = np.astype(x, theirs.accumulate(_hardly_any(x), axis=axis, dtype=dtype).dtype)
    last = np.moveaxis(x, axis, -1)
    elements = _apart(last)
    found = np.moveaxis(np.stack(list(running(elements, counterpart(theirs))), -1), -1, axis) if elements else x
    return found if out is None else into(out, found, f"{theirs.__name__}.accumulate")


def outer(theirs: numpy.ufunc, a: Any, b: Any, /, **options: Any) -> Any:
    """``ufunc.outer``: of each element of one with each of the other."""
    a, b = to_tensor(a, theirs.__name__), to_tensor(b, theirs.__name__)
    return on_ufunc(theirs, "__call__", (reshape(a, shape=(*a.shape, *(1,) * b.ndim)), b), options)


def reduceat(theirs: numpy.ufunc, array: Any, indices: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
    """``ufunc.reduceat``: of the parts that begin at the indices, each up to the next; only the element, if that is
    not behind it."""
    x, out = to_tensor(array, theirs.__name__), _single(out)
    starts = numpy.asarray(concrete(to_tensor(indices), "reduceat"))
    dtype = theirs.reduceat(numpy.ones(x.shape, x.dtype), starts, axis=axis, dtype=dtype).dtype
    last = np.moveaxis(x, axis, -1)
    ends = [*starts[1:].tolist(), last.shape[-1]]
    parts = [
        reduce(theirs, last[..., i : j if j > i else i + 1], -1, dtype)
        for i, j in zip(starts.tolist(), ends, strict=True)
    ]
    found = np.moveaxis(np.stack(parts, -1), -1, axis) if parts else np.take(x, starts, axis)
    return found if out is None else into(out, found, f"{theirs.__name__}.reduceat")


def at(theirs: numpy.ufunc, target: Any, index: Any, *operand: Any) -> None:
    """``ufunc.at``: operate in place on the elements at the index, repeatedly where it repeats."""
    if type(target) is not Tensor:
        refuse_watched(theirs, (target, operand), "write x[index] = value, or give it x.detach()")
        theirs.at(target, raw(index), *raw(operand))
    elif theirs in (numpy.add, numpy.subtract):
        update = to_tensor(operand[0])
        weak = operand[0] if type(operand[0]) in (int, float, complex) else update.dtype
        _check_kept(theirs, result_type(target.dtype, weak), target)
        target[...] = index_add(target, index, update if theirs is numpy.add else np.negative(update))
    else:
        target[...] = _operated_at(theirs, target, raw(index), operand)


def _operated_at(theirs: numpy.ufunc, x: Tensor, index: Any, operand: Sequence[Any]) -> Tensor:
    """In as many rounds as the most frequent place is named, so that no round has a place twice."""
    own: Any = counterpart(theirs)
    places = numpy.arange(x.size).reshape(x.shape)[index]
    shape, places = places.shape, places.ravel()
    values = [reshape(broadcast_to(to_tensor(v), shape=shape), shape=(places.size,)) for v in operand]
    flat, rounds = reshape(x, shape=(x.size,)), _occurrences(places)
    for turn in range(int(rounds.max(initial=-1)) + 1):
        now = numpy.flatnonzero(rounds == turn)
        made = own(flat[places[now]], *(v[now] for v in values))
        _check_kept(theirs, made.dtype, x)
        flat = scatter_set(flat, astype(made, dtype=x.dtype), places[now], axis=0)
    return reshape(flat, shape=x.shape)


def _check_kept(theirs: numpy.ufunc, dtype: Any, x: Tensor) -> None:
    """Refuse results that a tensor cannot keep in its own dtype."""
    if not numpy.can_cast(dtype, x.dtype, "same_kind"):
        raise TypeError(
            f"[{theirs.__name__}.at] the results have dtype {dtype}, wanted one that casts to {x.dtype}, which the "
            f"tensor keeps; write x = x.astype({str(dtype)!r}) first"
        )


def _occurrences(places: Any) -> Any:
    """How often each place was named before."""
    order = numpy.argsort(places, kind="stable")
    _, counts = numpy.unique(places, return_counts=True)
    starts = numpy.repeat(numpy.cumsum(counts) - counts, counts)
    found = numpy.empty(places.size, int)
    found[order] = numpy.arange(places.size) - starts
    return found


_OF_METHOD: dict[str, Callable[..., Any]] = {
    "reduce": reduce,
    "accumulate": accumulate,
    "outer": outer,
    "reduceat": reduceat,
    "at": at,
}
