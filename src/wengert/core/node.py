"""One line of the Wengert list."""

from __future__ import annotations

import itertools
from typing import Any, Final

from .primitive import Identity, Primitive
from .state import DEFINE_BY_RUN

next_sequence: Final = itertools.count(0, -1).__next__
"""Sequence numbers count *down*: the latest node has the smallest, and a min-heap meets it first."""


class Node:
    """One line of the list: a primitive was applied to operands and gave a result.

    Attributes:
        primitive: the operation.
        parents: for each operand the node that made it, or `UNTRACKED`.
        residuals: for each operand its raw value and, last, the raw result; ``None`` where no rule
            needs it. The whole tuple is ``None`` once a backward walk has freed the node.
        params: the keyword parameters of the operation.
        forms: for each operand its `Abstract` and, last, that of the result; ``None`` if all are the same
            (or, for a product of matrices and vectors, if no rule needs them).
        watch: the watches that depend on the result.
        sequence: place in the list (smaller is later).
    """

    __slots__ = ("forms", "params", "parents", "primitive", "residuals", "sequence", "watch")

    def __init__(
        self,
        primitive: Primitive,
        parents: tuple[Node, ...],
        residuals: Any,
        params: dict[str, Any],
        forms: tuple[Any, ...] | None,
        watch: int,
    ) -> None:
        self.primitive: Primitive = primitive
        self.parents: tuple[Node, ...] = parents
        self.residuals: Any = residuals
        self.params: dict[str, Any] = params
        self.forms: tuple[Any, ...] | None = forms
        self.watch: int = watch
        self.sequence: int = next_sequence()


LEAF = Primitive(
    "leaf",
    lambda x: x,
    ("x",),
    lambda x: x,
    (Identity(),),
    batch=lambda size, operands, batched, node: operands[0],
    moves=True,
)
"""The primitive of a leaf: the identity, for the watches that reach beyond it to what its value came from."""
LEAF.simple = False  # a backward walk stops there, to deliver


class Leaf(Node):
    """The identity of a tensor with ``requires_grad``: it receives `grad` from a backward walk."""

    __slots__ = ("grad", "hooks")

    def __init__(self, watch: int, parent: Node) -> None:
        super().__init__(LEAF, (parent,), (None, None), {}, None, watch)
        self.grad: Any = None
        self.hooks: dict[int, Any] = {}


class Point(Node):
    """The alias of what a transformation is asked at: where its watch begins.

    The watch has the number of an earlier one, which what the point was made from may have been watched by.
    """

    __slots__ = ("bit",)
    bit: int


UNTRACKED = Node(LEAF, (), (), {}, None, 0)
"""The node of every tensor that nobody watches."""


def is_left_out(node: Node) -> bool:
    """Whether a node was computed under ``no_grad()``, of something that ``backward()`` follows."""
    if node.watch & DEFINE_BY_RUN or not node.primitive.differentiable:
        return False
    return any(parent.watch & DEFINE_BY_RUN for parent in node.parents)
