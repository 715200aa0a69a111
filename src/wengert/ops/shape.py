"""Primitives that move, repeat or convert elements: all linear."""

from __future__ import annotations

from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.node import UNTRACKED, Node
from ..core.primitive import Primitive, primitives
from ..core.recording import general as bind_general, named, record
from ..core.state import RECORDING, observers, records
from ..core.tensor import Tensor
from .facts import MOVEMENT, state_facts
from .linear_maps import Map, batch_elementwise, linear, maps_for
from .operands import number_dtype

NOTHING = (None, None)
"""The residuals of a node of one operand that keeps nothing."""


def structural(name: str, evaluate: Any, transpose: Any, shape: Any, batch: Any) -> Any:
    """Define a primitive of one operand `x` that is its own derivative, and give the function that calls it.

    Args:
        transpose: ``transpose(cotangent, node)``.
        shape: ``shape(form, **params)`` gives the shape of the result.
        batch: ``batch(operand, node)`` evaluates with a leading batch axis.
    """
    own = Map(
        lambda tangent, residuals, node: operation(tangent, **node.params),
        lambda cotangent, residuals, node: transpose(cotangent, node),
        frozenset(),
    )
    primitive = Primitive(
        name,
        evaluate,
        ("x",),
        lambda x, **params: Abstract(shape(x, **params), x.dtype),
        [own],
        batch=lambda size, operands, batched, node: batch(operands[0], node),
    )
    primitive.operation = operation = _keeping_nothing(primitive)
    return operation


def _keeping_nothing(primitive: Primitive) -> Any:
    """The function that calls a primitive of one operand whose derivative needs no values."""
    evaluate = primitive.evaluate

    def call(x: Any, **params: Any) -> Any:
        if type(x) is not Tensor:
            return evaluate(x, **params)
        node, value = x._node, x._value
        watch = node.watch & records()
        if watch >= RECORDING or observers or type(value) is Abstract:
            return record(primitive, (x,), params)
        out = evaluate(value, **params)
        if watch:
            forms = (Abstract(value.shape, value.dtype), Abstract(out.shape, out.dtype))
            return Tensor(out, Node(primitive, (node,), NOTHING, params, forms, watch))
        return Tensor(out, UNTRACKED)

    return named(call, primitive)


def _form(node: Any) -> Abstract:
    return node.forms[0]


reshape = structural(
    "reshape",
    lambda x, shape: x.reshape(shape),
    transpose=lambda ct, node: reshape(ct, shape=_form(node).shape),
    shape=lambda x, shape: shape,
    batch=lambda x, node: reshape(x, shape=(x.shape[0], *node.params["shape"])),
)
"""``reshape(x, shape=)``: `shape` is complete, without -1."""

transpose = structural(
    "transpose",
    lambda x, axes: x.transpose(axes),
    transpose=lambda ct, node: transpose(ct, axes=_inverse(node.params["axes"])),
    shape=lambda x, axes: tuple(x.shape[a] for a in axes),
    batch=lambda x, node: transpose(x, axes=(0, *(a + 1 for a in node.params["axes"]))),
)
"""``transpose(x, axes=)``: `axes` is a permutation, all non-negative."""


def _inverse(axes: tuple[int, ...]) -> tuple[int, ...]:
    """The permutation that undoes another."""
    return tuple(sorted(range(len(axes)), key=axes.__getitem__))


def _batch_broadcast_to(x: Any, node: Any) -> Any:
    shape = node.params["shape"]
    form = _form(node)
    padded = (x.shape[0], *(1,) * (len(shape) - form.ndim), *form.shape)
    return broadcast_to(reshape(x, shape=padded), shape=(x.shape[0], *shape))


broadcast_to = structural(
    "broadcast_to",
    lambda x, shape: numpy.broadcast_to(x, shape),
    transpose=lambda ct, node: unbroadcast(ct, _form(node).shape),
    shape=lambda x, shape: shape,
    batch=_batch_broadcast_to,
)
"""``broadcast_to(x, shape=)``."""


def unbroadcast(cotangent: Any, shape: tuple[int, ...]) -> Any:
    """Sum over the axes along which `shape` was broadcast: the transpose of `broadcast_to`."""
    from .reduce import sum as sum_over

    given = cotangent.shape
    lead = len(given) - len(shape)
    axes = tuple(i for i, length in enumerate(given) if i < lead or (shape[i - lead] == 1 and length != 1))
    if axes:
        cotangent = sum_over(cotangent, axis=axes, keepdims=False)
    return cotangent if cotangent.shape == shape else reshape(cotangent, shape=shape)


def _cast(x: Any, dtype: Any) -> Any:
    """Convert; a complex value that becomes real loses its imaginary part without a warning."""
    if x.dtype.kind == "c" and dtype.kind not in "cb":
        x = numpy.real(x)
    return x.astype(dtype)


def _astype_shape(x: Abstract, dtype: Any) -> Abstract:
    return Abstract(x.shape, numpy.dtype(dtype))


def _make_astype(rule: Any) -> Any:
    primitive = Primitive(
        "astype",
        lambda x, dtype: _cast(numpy.asarray(x), numpy.dtype(dtype)),
        ("x",),
        _astype_shape,
        maps_for(("x",), [rule]),
        batch=batch_elementwise,
    )
    primitive.operation = bind_general(primitive)
    return primitive.operation


_convert = _make_astype(
    linear(lambda dx, dtype: astype(dx, dtype=dtype), lambda ct, like: astype(ct, dtype=like.dtype))
)
_truncate = _make_astype(None)

CASTS = primitives(_convert, _truncate)
"""The primitives of `astype`."""


def astype(x: Any, dtype: Any) -> Any:
    """``astype(x, dtype=)``: linear, but to integers and booleans a step function, without derivative."""
    return (_convert if number_dtype(dtype, "astype").kind in "fc" else _truncate)(x, dtype=dtype)


state_facts(MOVEMENT, reshape, transpose, broadcast_to, *CASTS)
