"""Scans: cumulative sums and products along one axis. ``axis`` is non-negative; ``reverse`` starts at the end."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy

from ...core.abstract import Abstract
from ...core.primitive import Primitive
from ...core.recording import general as bind_general
from .. import elementwise as e
from ..broadcast import broadcast_to
from ..factors import adjoint, guarded_product, scale
from ..facts import HARMLESS, state_facts
from ..linear_maps import linear, maps_for


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


shift: Final = along_axis(
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

cumsum: Final = along_axis(
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


FEW_STEPS = 64
"""Up to so many elements, going along one by one takes less time than in blocks."""


def _recur(a: Any, b: Any, axis: int) -> Any:
    dtype = numpy.result_type(a, b)
    a, b = (numpy.moveaxis(v, axis, 0).astype(dtype) for v in (a, b))
    return numpy.moveaxis(_one_by_one(a, b) if len(b) <= FEW_STEPS else _recur_long(a, b), 0, axis)


def _one_by_one(a: Any, b: Any) -> Any:
    """With guarded products where a result is not finite, as it is tangents and cotangents that are carried."""
    with numpy.errstate(over="ignore", invalid="ignore"):
        out = _carried(numpy.multiply, a, b)
        return out if numpy.all(numpy.isfinite(out)) else _carried(guarded_product, a, b)


def _carried(product: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    out = numpy.array(b)
    for i in range(1, len(out)):
        out[i] += product(a[i], out[i - 1])
    return out


def _recur_long(a: Any, b: Any) -> Any:
    """In blocks; one by one if the products within a block overflow."""
    with numpy.errstate(over="ignore", invalid="ignore"):
        out = _in_blocks(a, b)
    return out if numpy.all(numpy.isfinite(out)) else _one_by_one(a, b)


def _in_blocks(a: Any, b: Any) -> Any:
    """Along all blocks at once from 0, then along the ends of the blocks for what each must begin with.

    Source: G. E. Blelloch, "Prefix sums and their applications" (1990), sections 1.2 and 1.4.
    """
    total, count = len(b), math.isqrt(len(b))
    a, b = (_blocks(v, count) for v in (a, b))
    local, factor = _one_by_one(a, b), numpy.cumprod(a, axis=0)
    carry = numpy.zeros_like(local[-1])
    carry[1:] = _one_by_one(factor[-1, :-1], local[-1, :-1])
    joined = numpy.moveaxis(local + factor * carry, 0, 1)
    return joined.reshape(-1, *joined.shape[2:])[:total]


def _blocks(x: Any, count: int) -> Any:
    """`x` in `count` blocks: the place in a block, then the block; zeros fill the last one."""
    length = -(-len(x) // count)
    filled = numpy.concatenate([x, numpy.zeros((length * count - len(x), *x.shape[1:]), x.dtype)])
    return numpy.ascontiguousarray(numpy.moveaxis(filled.reshape(count, length, *x.shape[1:]), 1, 0))


def before_each(out: Any, axis: int, reverse: bool, fill: int) -> Any:
    """For each element the one that the scan met before it."""
    return shift(out, axis=axis, by=-1 if reverse else 1, fill=fill)


def _recur_back(ct: Any, a: Any, axis: int, reverse: bool) -> Any:
    """The transpose of `recur` in b: r_i = ct_i + conj(a_(i+1)) r_(i+1)."""
    following = shift(adjoint(a), axis=axis, by=1 if reverse else -1, fill=0)
    return recur(following, ct, axis=axis, reverse=not reverse)


recur: Final = along_axis(
    "recur",
    _turned(_recur),
    ("a", "b"),
    linear(
        lambda da, a, out, axis, reverse: recur(
            a, scale(da, before_each(out, axis, reverse, 0)), axis=axis, reverse=reverse
        ),
        lambda ct, a, out, axis, reverse: scale(
            _recur_back(ct, a, axis, reverse), adjoint(before_each(out, axis, reverse, 0))
        ),
    ),
    linear(lambda db, a, axis, reverse: recur(a, db, axis=axis, reverse=reverse), _recur_back),
)
"""``recur(a, b, axis=, reverse=)``: s_i = a_i s_(i-1) + b_i, from 0; `a` and `b` have the same shape.

It carries derivatives: a product of zero and infinity (or NaN) in it is zero, as in `scale`.
"""

cumprod: Final = along_axis(
    "cumprod",
    _turned(numpy.cumprod),
    ("x",),
    linear(
        lambda dx, x, out, axis, reverse: recur(
            x, scale(dx, before_each(out, axis, reverse, 1)), axis=axis, reverse=reverse
        ),
        lambda ct, x, out, axis, reverse: scale(
            _recur_back(ct, x, axis, reverse), adjoint(before_each(out, axis, reverse, 1))
        ),
    ),
)
"""``cumprod(x, axis=, reverse=)``: its derivative obeys dy_i = x_i dy_(i-1) + y_(i-1) dx_i; nothing is divided."""

# -- phases ----------------------------------------------------------------------------------------


def _unwrap(x: Any, axis: int, discont: float | None, period: float) -> Any:
    return numpy.unwrap(x, discont, axis, period=period)


unwrap: Final = along_axis("unwrap", _unwrap, ("x",), linear(lambda dx: e.positive(dx), lambda ct: ct))
"""``unwrap(x, axis=, discont=, period=)``: adds whole periods, which are constant."""

state_facts(HARMLESS, cumsum, cumprod)
