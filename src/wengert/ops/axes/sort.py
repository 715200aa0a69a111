"""Sorting and searching. Derivatives follow the stable order: of equal elements the first stays first.

``axis`` is non-negative; ``descending`` puts the largest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy

from ...core.abstract import Abstract
from ...core.primitive import Primitive
from ...core.recording import general as bind_general
from ..broadcast import broadcast_to
from ..elementwise import astype, logical_and, where, with_parameters
from ..facts import MOVEMENT, state_facts
from ..join import stack
from ..linear_maps import linear
from .scan import along_axis

# -- order -----------------------------------------------------------------------------------------


def _sort(x: Any, axis: int, descending: bool) -> Any:
    ordered = numpy.sort(x, axis)
    return numpy.flip(ordered, axis) if descending else ordered


def _argsort(x: Any, axis: int, descending: bool) -> Any:
    if not descending:
        return numpy.argsort(x, axis, kind="stable")
    backwards = numpy.argsort(numpy.flip(x, axis), axis, kind="stable")
    return x.shape[axis] - 1 - numpy.flip(backwards, axis)


argsort: Final = along_axis("argsort", _argsort, ("x",), None)
"""``argsort(x, axis=, descending=)``: the stable order."""


def _inverse(order: Any, axis: int) -> Any:
    places = numpy.arange(order.shape[axis]).reshape(-1, *(1,) * (order.ndim - 1 - axis))
    out = numpy.empty_like(order)
    numpy.put_along_axis(out, order, places, axis)
    return out


inverse: Final = along_axis("inverse", _inverse, ("order",), None)
"""``inverse(order, axis=)``: the permutations that undo others."""

permute: Final = along_axis(
    "permute",
    lambda x, order, axis: numpy.take_along_axis(x, order, axis),
    ("x", "order"),
    linear(
        lambda dx, order, axis: permute(dx, order, axis=axis),
        lambda ct, order, axis: permute(ct, inverse(order, axis=axis), axis=axis),
    ),
    None,
)
permute.primitive.moves = True
"""``permute(x, order, axis=)``: each line along the axis in an order of its own; `order` has the shape of `x`."""

sort: Final = along_axis(
    "sort",
    _sort,
    ("x",),
    linear(
        lambda dx, x, axis, descending: permute(dx, argsort(x, axis=axis, descending=descending), axis=axis),
        lambda ct, x, axis, descending: permute(
            ct, inverse(argsort(x, axis=axis, descending=descending), axis=axis), axis=axis
        ),
    ),
)
"""``sort(x, axis=, descending=)``."""


def _lexsort_batch(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
    keys = [o if b else broadcast_to(o, shape=(size, *o.shape)) for o, b in zip(operands, batched, strict=True)]
    return lexsort(*keys, axis=node.params["axis"] + 1)


_LEXSORT = Primitive(
    "lexsort",
    lambda *keys, axis: numpy.lexsort(keys, axis),
    ("*keys",),
    lambda *keys, axis: Abstract(keys[0].shape, numpy.dtype(numpy.intp)),
    batch=_lexsort_batch,
)
lexsort: Final = bind_general(_LEXSORT)
_LEXSORT.operation = lexsort
"""``lexsort(*keys, axis=)``: the order by the last key, then by the one before it, ..."""

# -- places in a sorted array ----------------------------------------------------------------------


def _searchsorted_batch(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Any) -> Any:
    a, v = operands
    if not batched[0]:
        return searchsorted(a, v, **node.params)
    each = [searchsorted(a[i], v[i] if batched[1] else v, **node.params) for i in range(size)]
    return stack(*each, axis=0)


_SEARCHSORTED = Primitive(
    "searchsorted",
    lambda a, v, side: numpy.searchsorted(a, v, side),
    ("a", "v"),
    lambda a, v, side: Abstract(v.shape, numpy.dtype(numpy.intp)),
    batch=_searchsorted_batch,
)
searchsorted: Final = bind_general(_SEARCHSORTED)
_SEARCHSORTED.operation = searchsorted
"""``searchsorted(a, v, side=)``: where to insert each element of `v` into `a`, which has one axis."""

# -- quantiles -------------------------------------------------------------------------------------

CONTINUOUS = {
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "linear": (1.0, 1.0),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}
"""The plotting positions (alpha, beta) of the methods in which the place moves with q.

Source: R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages" (1996), table 1.
"""


def _place(q: Any, count: Any, method: Any) -> Any:
    """NumPy's own place: that is what the quantile of 0, 1, ..., count - 1 is."""
    q, count = numpy.broadcast_arrays(q, count)
    found = numpy.zeros(q.shape)
    for n in numpy.unique(count[count > 0]):
        found[count == n] = numpy.quantile(numpy.arange(float(n)), q[count == n], method=method)
    return found


def _place_slope(dq: Any, q: Any, count: Any, method: str) -> Any:
    if method not in CONTINUOUS:
        return dq * 0
    alpha, beta = CONTINUOUS[method]
    slope = count + 1 - alpha - beta
    unbounded = slope * q + alpha - 1
    inside = logical_and(unbounded >= 0, unbounded <= count - 1)
    return where(inside, slope * astype(dq, dtype=numpy.dtype(float)), 0)


place: Final = with_parameters("place", _place, ("q", "count"), linear(_place_slope, _place_slope), None)
"""``place(q, count, method=)``: the index, with a fraction, of a quantile among `count` sorted elements."""

state_facts(MOVEMENT, permute)
