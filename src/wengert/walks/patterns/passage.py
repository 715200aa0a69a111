"""What a rule for dependences is asked: one line of a graph, and what is known of its operands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ...core.graph import Graph, GraphNode
from ...core.node import Node

Reach = Any
"""What a result depends on, a `Dependence`; ``None`` if on nothing."""


class Passage(NamedTuple):
    """One line.

    Attributes:
        node: the line.
        found: what each operand depends on; a tuple for one with many results.
        values: the value of each operand, ``None`` where it is not known.
        follow: goes through an inner graph, given the same of its inputs, and gives the same of its outputs.
    """

    node: GraphNode
    found: Sequence[Any]
    values: Sequence[Any]
    follow: Callable[[Graph, Sequence[Any], Sequence[Any]], tuple[list[Any], list[Any]]]

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shape of each operand."""
        return [tuple(form.shape) for form in self.node.operand_forms]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the one result."""
        return tuple(self.node.form.shape)

    @property
    def recorded(self) -> Node:
        """What the linear maps ask of a recorded node: parameters and forms."""
        node = self.node
        return Node(node.primitive, (), None, node.params, (*node.operand_forms, node.form), 0)


PassageRule = Callable[[Passage], Any]
