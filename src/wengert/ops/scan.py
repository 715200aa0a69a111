"""Scans: cumulative sums and products along one axis. ``axis`` is non-negative; ``reverse`` starts at the end."""

from __future__ import annotations

from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.primitive import Primitive
from ..core.recording import general as bind_general
from . import elementwise as e
from .linear_maps import adjoint, linear, maps_for, scale
from .shape import broadcast_to


def along_axis(name: str, evaluate: Any, operands: tuple[str, ...], *rules: Any) -> Any:
    """Define an operation along one axis that keeps the shape of its operands, and give the function to call."""

    def shape(*forms: Any, **params: Any) -> Abstract:
        samples = [numpy.zeros((1,), f.dtype) for f in forms]
        return Abstract(forms[0].shape, evaluate(*samples, **{**params, "axis": 0}).dtype)

    def batch(size: int, operands: Any, batched: Any, node: Any) -> Any:
        given = [o if b else broadcast_to(o, shape=(size, *o.shape)) for o, b in zip(operands, batched, strict=True)]
        return operation(*given, **{**node.params, "axis": node.params["axis"] + 1})

    primitive = Primitive(name, evaluate, operands, shape, maps_for(operands, rules), batch=batch)
    primitive.operation = operation = bind_general(primitive)
    return operation


def part(array: Any, axis: int, start: int | None, stop: int | None) -> Any:
    """A slice along one axis."""
    return array[(*(slice(None),) * axis, slice(start, stop))]


def _turned(evaluate: Any) -> Any:
    """A raw scan that can also start at the end."""

    def run(*arrays: Any, axis: int, reverse: bool) -> Any:
        if not reverse:
            return evaluate(*arrays, axis=axis)
        return numpy.flip(evaluate(*[numpy.flip(a, axis) for a in arrays], axis=axis), axis)

    return run


# -- shifts ----------------------------------------------------------------------------------------


def _shift(x: Any, axis: int, by: int, fill: int) -> Any:
    out = numpy.full_like(x, fill)
    if by > 0:
        part(out, axis, by, None)[...] = part(x, axis, None, -by)
    else:
        part(out, axis, None, by)[...] = part(x, axis, -by, None)
    return out


shift = along_axis(
    "shift",
    _shift,
    ("x",),
    linear(
        lambda dx, axis, by: shift(dx, axis=axis, by=by, fill=0),
        lambda ct, axis, by: shift(ct, axis=axis, by=-by, fill=0),
    ),
)
"""``shift(x, axis=, by=, fill=)``: every element `by` places further along; `fill` moves in, the last move out."""

# -- sums ------------------------------------------------------------------------------------------

cumsum = along_axis(
    "cumsum",
    _turned(numpy.cumsum),
    ("x",),
    linear(
        lambda dx, axis, reverse: cumsum(dx, axis=axis, reverse=reverse),
        lambda ct, axis, reverse: cumsum(ct, axis=axis, reverse=not reverse),
    ),
)
"""``cumsum(x, axis=, reverse=)``."""

# -- linear recurrences, and with them products ----------------------------------------------------


def _recur(a: Any, b: Any, axis: int) -> Any:
    """By doubling, in log2(n) steps on whole arrays; one by one where that overflows.

    Source: W. D. Hillis and G. L. Steele, "Data parallel algorithms" (1986); applied to pairs (a, b) as in
    G. E. Blelloch, "Prefix sums and their applications" (1990), section 1.4.
    """
    with numpy.errstate(over="ignore", invalid="ignore"):
        doubled = _recur_by_doubling(a, b, axis)
    return doubled if numpy.all(numpy.isfinite(doubled)) else _recur_one_by_one(a, b, axis)


def _recur_by_doubling(a: Any, b: Any, axis: int) -> Any:
    """Step k composes each span of length k with the one before it: (a, b) after (a', b') is (a a', a b' + b)."""
    a, b = numpy.array(a), numpy.array(b, numpy.result_type(a, b))
    span = 1
    while span < a.shape[axis]:
        b_new = part(a, axis, span, None) * part(b, axis, None, -span)
        a_new = part(a, axis, span, None) * part(a, axis, None, -span)
        part(b, axis, span, None)[...] += b_new
        part(a, axis, span, None)[...] = a_new
        span *= 2
    return b


def _recur_one_by_one(a: Any, b: Any, axis: int) -> Any:
    a, out = numpy.moveaxis(a, axis, 0), numpy.array(b, numpy.result_type(a, b))
    rows = numpy.moveaxis(out, axis, 0)
    for i in range(1, len(rows)):
        rows[i] += a[i] * rows[i - 1]
    return out


def _previous(out: Any, axis: int, reverse: bool, fill: int) -> Any:
    """For each element the one that the scan met before it."""
    return shift(out, axis=axis, by=-1 if reverse else 1, fill=fill)


def _recur_back(ct: Any, a: Any, axis: int, reverse: bool) -> Any:
    """The transpose of `recur` in b: r_i = ct_i + conj(a_(i+1)) r_(i+1)."""
    following = shift(adjoint(a), axis=axis, by=1 if reverse else -1, fill=0)
    return recur(following, ct, axis=axis, reverse=not reverse)


recur = along_axis(
    "recur",
    _turned(_recur),
    ("a", "b"),
    linear(
        lambda da, a, out, axis, reverse: recur(
            a, scale(da, _previous(out, axis, reverse, 0)), axis=axis, reverse=reverse
        ),
        lambda ct, a, out, axis, reverse: scale(
            _recur_back(ct, a, axis, reverse), adjoint(_previous(out, axis, reverse, 0))
        ),
    ),
    linear(lambda db, a, axis, reverse: recur(a, db, axis=axis, reverse=reverse), _recur_back),
)
"""``recur(a, b, axis=, reverse=)``: s_i = a_i s_(i-1) + b_i, from 0; `a` and `b` have the same shape."""

cumprod = along_axis(
    "cumprod",
    _turned(numpy.cumprod),
    ("x",),
    linear(
        lambda dx, x, out, axis, reverse: recur(
            x, scale(dx, _previous(out, axis, reverse, 1)), axis=axis, reverse=reverse
        ),
        lambda ct, x, out, axis, reverse: scale(
            _recur_back(ct, x, axis, reverse), adjoint(_previous(out, axis, reverse, 1))
        ),
    ),
)
"""``cumprod(x, axis=, reverse=)``: its derivative obeys dy_i = x_i dy_(i-1) + y_(i-1) dx_i; nothing is divided."""

# -- phases ----------------------------------------------------------------------------------------


def _unwrap(x: Any, axis: int, discont: float | None, period: float) -> Any:
    return numpy.unwrap(x, discont, axis, period=period)


unwrap = along_axis("unwrap", _unwrap, ("x",), linear(lambda dx: e.positive(dx), lambda ct: ct))
"""``unwrap(x, axis=, discont=, period=)``: adds whole periods, which are constant."""
