"""Gathers and scatters: memory that is read or written at an index, which is itself a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy

from ....core.graph import GraphNode, form_of_operand
from ....core.primitive import Primitive
from ....ops import elementwise as e
from ....ops.axes import reduce
from ....ops.indexing import gather as g
from ...passes.rewriting import apply
from ..facts.failures import CHECK_INDEX
from ..facts.views import StridedView
from .integer_ranges import IntegerRange

SCATTERED = Primitive("scattered", lambda v, index: v, ("v", "index"), lambda v, index: v)
"""Writing `v`, or adding it, at the index: a part of a scatter."""


@dataclass(frozen=True)
class Indexed:
    """Where a gather reads or a scatter writes.

    Attributes:
        view: over the turns of the loops, with the index at 0: its own axes do not move it.
        stride: how far the memory goes on with the index.
        length: what is added to a negative index; ``None`` if there is none.
        adds: whether a scatter adds to what is there.
    """

    view: StridedView
    stride: int
    length: int | None
    adds: bool = False

    @classmethod
    def along(
        cls, whole: StridedView, axis: int, index: tuple[int, ...], known: IntegerRange | None, adds: bool = False
    ) -> Indexed:
        """With an index of this shape, and of this range if it is known, in place of an axis of a view."""
        shape = (*whole.shape[:axis], *index, *whole.shape[axis + 1 :])
        strides = (*whole.strides[:axis], *(0,) * len(index), *whole.strides[axis + 1 :])
        length = None if known is not None and known[0] >= 0 else whole.shape[axis]
        return cls(StridedView(whole.base, whole.offset, shape, strides), whole.strides[axis], length, adds)


def indices_of(node: GraphNode, operands: Sequence[Any]) -> list[tuple[Any, int, int]]:
    """The indices that an operation reads, each with the number and length of its axis."""
    if node.primitive is g.ravel_index.primitive:
        return [(o, axis, n) for axis, (o, n) in enumerate(zip(operands, node.params["lengths"], strict=True))]
    whole = form_of_operand(operands[0]) if node.primitive is g.gather.primitive else node.form
    return [(operands[-1], node.params["axis"], whole.shape[node.params["axis"]])]


def needs_check(known: IntegerRange | None, length: int) -> bool:
    """Whether an index of this range could be out of bounds."""
    return known is None or known[0] < -length or known[1] >= length


def index_check(index: GraphNode, axis: int, length: int) -> list[tuple[GraphNode, list[Any]]]:
    """The operations that check an index, each with its operands."""
    steps: list[tuple[GraphNode, list[Any]]] = []

    def step(primitive: Primitive, *operands: Any, **params: Any) -> GraphNode:
        steps.append((apply(primitive, operands, params), list(operands)))
        return steps[-1][0]

    every = tuple(range(len(index.form.shape)))
    lowest = step(reduce.min.primitive, index, axis=every, keepdims=False)
    highest = step(reduce.max.primitive, index, axis=every, keepdims=False)
    is_above = step(e.greater_equal.primitive, lowest, numpy.array(-length))
    is_below = step(e.less.primitive, highest, numpy.array(length))
    is_inside = step(e.logical_and.primitive, is_above, is_below)
    step(CHECK_INDEX, is_inside, index, axis=axis, length=length)
    return steps
