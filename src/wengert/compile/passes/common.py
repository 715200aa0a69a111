"""Common subexpressions, done once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ...core.graph import Graph, GraphNode
from .rewriting import rewritten, with_operands


def without_repetitions(graph: Graph) -> Graph:
    """The graph with equal operations on equal operands merged (common subexpressions)."""
    known: dict[Any, GraphNode] = {}

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        copy = with_operands(node, operands)
        try:
            return known.setdefault(_key(node, operands), copy)
        except TypeError:  # a parameter that cannot be hashed: leave the operation alone
            return copy

    return rewritten(graph, rewrite)


def _key(node: GraphNode, operands: Sequence[Any]) -> Any:
    return (
        node.primitive,
        tuple(map(identity, operands)),
        tuple((name, _hashable(node.params[name])) for name in sorted(node.params)),
    )


def _hashable(value: Any) -> Any:
    """A parameter as it can be looked up (slices cannot in every Python)."""
    if isinstance(value, tuple):
        return tuple(map(_hashable, value))
    return (slice, value.start, value.stop, value.step) if isinstance(value, slice) else value


def identity(operand: Any) -> Any:
    """What makes two operands the same: the node, or the type and every bit of the number (arrays by identity)."""
    if isinstance(operand, GraphNode) or getattr(operand, "size", 1) != 1:
        return id(operand)
    number = numpy.asarray(operand)
    return type(operand), number.dtype, number.tobytes(), number.shape
