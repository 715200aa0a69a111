"""Primitives that move elements, each its own derivative."""

from __future__ import annotations

from typing import Any, Final

from ..core.abstract import Abstract
from ..core.node import UNTRACKED, Node
from ..core.primitive import Primitive
from ..core.recording import named, record
from ..core.state import RECORDING, observers, records
from ..core.tensor import Tensor
from .facts import MOVEMENT, state_facts
from .linear_maps import Map

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
        moves=True,
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


def form_of(node: Any) -> Abstract:
    """The shape and dtype of the one operand."""
    return node.forms[0]


reshape: Final = structural(
    "reshape",
    lambda x, shape: x.reshape(shape),
    transpose=lambda ct, node: reshape(ct, shape=form_of(node).shape),
    shape=lambda x, shape: shape,
    batch=lambda x, node: reshape(x, shape=(x.shape[0], *node.params["shape"])),
)
"""``reshape(x, shape=)``: `shape` is complete, without -1."""

transpose: Final = structural(
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


state_facts(MOVEMENT, reshape, transpose)
