"""Taking a box of a value: of what was computed of others the box is computed, where that is worth while."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy

from .....core.abstract import Abstract
from .....core.graph import Graph, GraphNode, form_of_operand
from .....core.primitive import Primitive, by_primitive
from .....ops import shape as s
from .....ops.broadcast import broadcast_to
from .....ops.facts import facts_of
from .....ops.indexing import gather as g
from ....passes.rewriting import apply, number_of_uses
from ....passes.squeezing import is_elementwise, squeezed
from .pieces import Box, index_of, lengths_of, reshaped
from .steps import is_regular, steps_of

MOST_REPEATED = 24
"""Operations an element up to which they are done again for what reads them at another place."""
DEAR = 40
"""Operations that one counts as that is not of a few instructions."""


class Boxes:
    """Takes boxes of the values of a graph that is being rewritten.

    Attributes:
        uses: how often each value of the graph is used.
        waiting: values of which only readers use boxes: elementwise operations, sums, and others' boxes.
        origin: for each rewritten value the one in whose place it is.
        left: how many operations may still be done again.
    """

    def __init__(self, graph: Graph, waiting: set[GraphNode], left: int) -> None:
        self.uses = number_of_uses(graph)
        self.waiting = waiting
        self.origin: dict[GraphNode, GraphNode] = {}
        self.left = left
        self._taken: dict[tuple[GraphNode, Box], Any] = {}
        self._costs: dict[GraphNode, int] = {}

    def of(self, value: Any, box: Box) -> Any:
        """The elements of a value in a box, one interval for each of its axes."""
        if not isinstance(value, GraphNode):
            return value if numpy.ndim(value) == 0 else numpy.asarray(value)[index_of(box, numpy.shape(value))]
        if lengths_of(box) == value.form.shape:
            return value
        key = value, box
        if key not in self._taken:
            self._taken[key] = self._new(value, box)
        return self._taken[key]

    def aligned(self, value: Any, box: Box) -> Any:
        """The elements of an operand that broadcasts to an array, for a box of that array."""
        return self.of(value, own_box(form_of_operand(value).shape, box))

    def _new(self, value: GraphNode, box: Box) -> Any:
        rule = _MOVED.get(value.primitive)
        moved = None if rule is None else rule(self, value, box)
        if moved is not None:
            return moved
        if is_elementwise(value) and self._is_repeated(value):
            self.left -= 1
            operands = [self.aligned(operand, box) for operand in value.operands]
            return computed(value, operands, lengths_of(box))
        return apply(g.block.primitive, [value], {"index": index_of(box, value.form.shape)})

    def _is_repeated(self, value: GraphNode) -> bool:
        """Whether a box of what an operation gives is computed, since nobody needs the whole."""
        if self.left <= 0:
            return False
        origin = self.origin.get(value)
        if origin is None:  # made here, of boxes
            return self._cost(value) <= MOST_REPEATED
        return origin in self.waiting and (self.uses[origin] == 1 or self._cost(value) <= MOST_REPEATED)

    def _cost(self, value: Any) -> int:
        """The operations that make an element of a value from what is in memory."""
        if not isinstance(value, GraphNode):
            return 0
        if value not in self._costs:
            self._costs[value] = self._new_cost(value)
        return self._costs[value]

    def _new_cost(self, value: GraphNode) -> int:
        if value.primitive in _MOVED:
            return self._cost(value.operands[0])
        if not is_elementwise(value):
            return 0
        own = 1 if facts_of(value.primitive).is_cheap else DEAR
        return min(own + sum(map(self._cost, value.operands)), 2 * DEAR)


def computed(node: GraphNode, operands: Sequence[Any], shape: tuple[int, ...]) -> Any:
    """An elementwise operation on other operands, of numbers the result."""
    if any(isinstance(operand, GraphNode) for operand in operands):
        made = GraphNode(node.primitive, operands, node.params, Abstract(shape, node.form.dtype))
        return squeezed(made, operands) or made
    with numpy.errstate(all="ignore"):
        return numpy.broadcast_to(node.primitive.evaluate(*operands, **node.params), shape)


def own_box(shape: Sequence[int], box: Box) -> Box:
    """Of an array that broadcasts to another, the box that does to a box of that one."""
    lead = len(box) - len(shape)
    return tuple((0, 1) if n == 1 else interval for n, interval in zip(shape, box[lead:], strict=True))


# -- boxes of what is moved ------------------------------------------------------------------------


def _broadcast(boxes: Boxes, value: GraphNode, box: Box) -> Any:
    return broadcast(boxes.aligned(value.operands[0], box), lengths_of(box))


def broadcast(value: Any, shape: tuple[int, ...]) -> Any:
    """The value broadcast to a shape; if there are as many elements, reshaped."""
    if not isinstance(value, GraphNode):
        return numpy.broadcast_to(value, shape)
    if value.form.size == math.prod(shape):
        return reshaped(value, shape)
    return apply(broadcast_to.primitive, [value], {"shape": shape})


def _transposed(boxes: Boxes, value: GraphNode, box: Box) -> Any:
    axes = value.params["axes"]
    inner = boxes.of(value.operands[0], tuple(box[axes.index(axis)] for axis in range(len(axes))))
    return transposed(inner, axes)


def transposed(value: Any, axes: tuple[int, ...]) -> Any:
    """A value with its axes in another order; if those that are longer than 1 stay in order, it is reshaped."""
    if not isinstance(value, GraphNode):
        return numpy.transpose(value, axes)
    long = [axis for axis in axes if value.form.shape[axis] != 1]
    if long == sorted(long):
        return reshaped(value, tuple(value.form.shape[axis] for axis in axes))
    return apply(s.transpose.primitive, [value], {"axes": axes})


def _reshaped(boxes: Boxes, value: GraphNode, box: Box) -> Any:
    """Where only axes of length 1 come and go."""
    whole = form_of_operand(value.operands[0]).shape
    kept = [interval for interval, n in zip(box, value.form.shape, strict=True) if n != 1]
    if [n for n in value.form.shape if n != 1] != [n for n in whole if n != 1]:
        return None
    following = iter(kept)
    inner = boxes.of(value.operands[0], tuple((0, 1) if n == 1 else next(following) for n in whole))
    return reshaped(inner, lengths_of(box))


def _block(boxes: Boxes, value: GraphNode, box: Box) -> Any:
    """A box of a box is one of the whole."""
    (x,), index = value.operands, value.params["index"]
    shape = form_of_operand(x).shape
    if not is_regular(index, shape):
        return None
    intervals = iter(box)
    inner = [step.inner(next(intervals) if step.is_kept else (0, 1)) for step in steps_of(index, shape) or ()]
    return reshaped(boxes.of(x, tuple(inner)), lengths_of(box))


_MOVED: dict[Primitive, Callable[[Boxes, GraphNode, Box], Any]] = by_primitive(
    {
        broadcast_to: _broadcast,
        s.transpose: _transposed,
        s.reshape: _reshaped,
        g.block: _block,
    }
)
