"""Broadcasting and summing over axes: each is the transpose of the other.

In all reductions ``axis`` is a tuple of non-negative ints, ``keepdims`` a bool.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy

from ..core.abstract import Abstract
from ..core.dtypes.kinds import WIDER
from ..core.dtypes.short import evaluated
from ..core.node import UNTRACKED, Node
from ..core.primitive import Primitive
from ..core.recording import named, record
from ..core.state import RECORDING, observers, records
from ..core.tensor import Tensor
from .facts import MOVEMENT, REDUCTION, state_facts
from .linear_maps import linear, maps_for
from .shape import form_of, reshape, structural


def _batch_broadcast_to(x: Any, node: Any) -> Any:
    shape = node.params["shape"]
    form = form_of(node)
    padded = (x.shape[0], *(1,) * (len(shape) - form.ndim), *form.shape)
    return broadcast_to(reshape(x, shape=padded), shape=(x.shape[0], *shape))


broadcast_to: Final = structural(
    "broadcast_to",
    lambda x, shape: numpy.broadcast_to(x, shape),
    transpose=lambda ct, node: unbroadcast(ct, form_of(node).shape),
    shape=lambda x, shape: shape,
    batch=_batch_broadcast_to,
)
"""``broadcast_to(x, shape=)``."""


def unbroadcast(cotangent: Any, shape: tuple[int, ...]) -> Any:
    """Sum over the axes along which `shape` was broadcast: the transpose of `broadcast_to`."""
    given = cotangent.shape
    lead = len(given) - len(shape)
    axes = tuple(i for i, length in enumerate(given) if i < lead or (shape[i - lead] == 1 and length != 1))
    if axes:
        cotangent = sum(cotangent, axis=axes, keepdims=False)
    return cotangent if cotangent.shape == shape else reshape(cotangent, shape=shape)


# -- reductions ------------------------------------------------------------------------------------


def reduction(name: str, evaluate: Any, rule: Any) -> Any:
    """Define a reduction of one operand `x`, and give the function that calls it."""

    def batch(size: int, operands: Any, batched: Any, node: Any) -> Any:
        axis = tuple(a + 1 for a in node.params["axis"])
        return operation(operands[0], axis=axis, keepdims=node.params["keepdims"])

    def shape(x: Any, axis: tuple[int, ...], keepdims: bool) -> Abstract:
        dtype = numpy.dtype(evaluate(numpy.ones((1,), x.dtype), axis=(0,), keepdims=False).dtype)
        return Abstract(reduced_shape(x.shape, axis, keepdims), dtype)

    primitive = Primitive(name, evaluate, ("x",), shape, maps_for(("x",), [rule]), batch=batch)
    primitive.operation = operation = _bind(primitive)
    return operation


def _bind(primitive: Primitive) -> Any:
    """The function that calls a reduction: `record`, in as few steps as can be where there are values."""
    evaluate = primitive.evaluate
    keep_x, keep_out = primitive.keeps((True,))

    def call(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
        if type(x) is not Tensor:
            return evaluated(primitive, (x,), {"axis": axis, "keepdims": keepdims})
        node = x._node
        value = x._value
        watch = node.watch & records()
        params = {"axis": axis, "keepdims": keepdims}
        if watch >= RECORDING or type(value) is Abstract or observers or value.dtype in WIDER:
            return record(primitive, (x,), params)
        out = evaluate(value, axis=axis, keepdims=keepdims)
        if not watch or not primitive.differentiable:
            return Tensor(out, UNTRACKED)
        residuals = (value if keep_x else None, out if keep_out else None)
        forms = (Abstract(value.shape, value.dtype), Abstract(out.shape, out.dtype))
        return Tensor(out, Node(primitive, (node,), residuals, params, forms, watch))

    return named(call, primitive)


def reduced_shape(shape: tuple[int, ...], axis: tuple[int, ...], keepdims: bool) -> tuple[int, ...]:
    if keepdims:
        return tuple(1 if i in axis else length for i, length in enumerate(shape))
    return tuple(length for i, length in enumerate(shape) if i not in axis)


def expand(reduced: Any, like: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """Give a reduced array its reduced axes back, with length 1."""
    return reduced if keepdims else reshape(reduced, shape=reduced_shape(like.shape, axis, True))


def _spread(ct: Any, like: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    return broadcast_to(expand(ct, like, axis, keepdims), shape=like.shape)


# -- sums ------------------------------------------------------------------------------------------

COPIED_ELEMENTS = 1 << 12
"""Up to so many elements, writing a copy takes less time than making a view (measured)."""


def _spread_values(ct: Any, residuals: Any, node: Any) -> Any:
    """`_spread` of raw values."""
    shape = node.forms[0].shape
    axis, keepdims = node.params["axis"], node.params["keepdims"]
    if math.prod(shape) > COPIED_ELEMENTS:
        return numpy.broadcast_to(numpy.reshape(ct, reduced_shape(shape, axis, True)), shape)
    out = numpy.empty(shape, ct.dtype)
    out[...] = ct if keepdims or not ct.shape else ct.reshape(reduced_shape(shape, axis, True))
    return out


def _sum_map(operands: Any, position: int) -> Any:
    rule = linear(lambda dx, axis, keepdims: sum(dx, axis=axis, keepdims=keepdims), _spread)(operands, position)
    rule.unguarded = _spread_values
    return rule


sum: Final = reduction("sum", lambda x, axis, keepdims: numpy.add.reduce(x, axis=axis, keepdims=keepdims), _sum_map)
"""``sum(x, axis=, keepdims=)``."""

state_facts(MOVEMENT, broadcast_to)
state_facts(REDUCTION, sum)
