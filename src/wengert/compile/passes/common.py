"""Common subexpressions, done once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy

from ...core.graph import Graph, GraphNode
from .rewriting import rewritten, with_operands

LARGEST = 4096
"""Constants of more elements are not compared one by one: to read them would take longer than it saves."""


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
    """A parameter as it can be looked up (slices cannot in every Python, arrays by what is in them)."""
    if isinstance(value, tuple):
        return tuple(map(_hashable, value))
    if isinstance(value, numpy.ndarray):
        return _contents(value)
    return (slice, value.start, value.stop, value.step) if isinstance(value, slice) else value


def identity(operand: Any) -> Any:
    """What makes two operands the same: the node, or the type and every bit of the numbers (of many, which array)."""
    if isinstance(operand, GraphNode) or getattr(operand, "size", 1) > LARGEST:
        return id(operand)
    return type(operand), *_contents(numpy.asarray(operand))


def _contents(array: numpy.ndarray) -> tuple[Any, ...]:
    """Every bit of an array."""
    return array.dtype, array.shape, hashlib.sha256(array.tobytes()).digest()
