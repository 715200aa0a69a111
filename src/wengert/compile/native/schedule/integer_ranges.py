"""Range analysis of integers: an index that is known to be in bounds needs no check."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy

from ....core.abstract import Abstract
from ....core.graph import GraphNode
from ....core.primitive import Primitive, by_primitive
from ....core.recording import ALIAS, PICK
from ....ops import elementwise as e, shape as s
from ....ops.axes import reduce as r
from ....ops.axes.sort import argsort, inverse, sort
from ....ops.broadcast import broadcast_to
from ....ops.indexing import gather as g
from ....ops.join import concatenate, stack
from ...passes.lifting import CONSTANT
from ..facts.lowered import COPY
from ..facts.ordering import SORT_LINES

IntegerRange = tuple[int, int]
"""The lowest and the highest number, both included."""


class Ranges:
    """What is known of the nodes noted so far, each after its operands."""

    def __init__(self, known: Mapping[GraphNode, IntegerRange] = MappingProxyType({})) -> None:
        self._known: dict[GraphNode, IntegerRange | None] = dict(known)

    def note(self, node: GraphNode, operands: Sequence[Any]) -> None:
        """Find the range of a node's result from those of its operands."""
        form = node.form
        if isinstance(form, Abstract) and form.dtype.kind in "biu":
            self._known[node] = _within(_RULES.get(node.primitive, _unknown)(self, node, operands), form.dtype)

    def of(self, value: Any) -> IntegerRange | None:
        """The range of a node or a constant; ``None`` if nothing is known."""
        if isinstance(value, GraphNode):
            if value.primitive is CONSTANT and value not in self._known:
                self._known[value] = range_of_array(value.params["value"])
            return self._known.get(value)
        return range_of_array(numpy.asarray(value))


def counted(output: Any, given: GraphNode, first: IntegerRange | None, turns: int) -> IntegerRange | None:
    """Of an input of a body, to which each of the turns adds a constant, from a number on; ``None`` of others."""
    is_step = isinstance(output, GraphNode) and output.primitive is e.add.primitive and given in output.operands
    steps = (
        [range_of_array(numpy.asarray(o)) for o in output.operands if not isinstance(o, GraphNode)] if is_step else []
    )
    if first is None or turns < 1 or not steps or steps[0] is None:
        return None
    ends = [begin + step * turn for begin in first for step in steps[0] for turn in (0, turns - 1)]
    return _within((min(ends), max(ends)), given.form.dtype)


def range_of_array(array: Any) -> IntegerRange | None:
    return (int(array.min()), int(array.max())) if array.size and array.dtype.kind in "biu" else None


def _within(found: IntegerRange | None, dtype: numpy.dtype) -> IntegerRange | None:
    """The range, unless numbers may have wrapped around; at least that of a small dtype."""
    low, high = (0, 1) if dtype.kind == "b" else (numpy.iinfo(dtype).min, numpy.iinfo(dtype).max)
    if found is not None and low <= found[0] and found[1] <= high:
        return found
    return (int(low), int(high)) if dtype.itemsize < 8 else None


RangeRule = Callable[[Ranges, GraphNode, Sequence[Any]], IntegerRange | None]


def _unknown(ranges: Ranges, node: GraphNode, operands: Sequence[Any]) -> IntegerRange | None:
    return None


def _same(ranges: Ranges, node: GraphNode, operands: Sequence[Any]) -> IntegerRange | None:
    """Elements of the first operand."""
    return ranges.of(operands[0])


def _any(ranges: Ranges, node: GraphNode, operands: Sequence[Any]) -> IntegerRange | None:
    """Elements of any operand."""
    found = [ranges.of(operand) for operand in operands]
    known = [r for r in found if r is not None]
    return (min(r[0] for r in known), max(r[1] for r in known)) if len(known) == len(found) else None


def _corners(operation: Callable[[int, int], int]) -> RangeRule:
    """An operation whose extremes are at the ends of the ranges."""

    def rule(ranges: Ranges, node: GraphNode, operands: Sequence[Any]) -> IntegerRange | None:
        x, y = (ranges.of(operand) for operand in operands)
        if x is None or y is None:
            return None
        corners = [operation(a, b) for a in x for b in y]
        return min(corners), max(corners)

    return rule


def _bounded(operation: Callable[[int, int], int]) -> RangeRule:
    """A maximum or minimum, also where little is known of one side."""

    def rule(ranges: Ranges, node: GraphNode, operands: Sequence[Any]) -> IntegerRange | None:
        dtype = node.form.dtype
        if dtype.kind == "b":
            return None
        info = numpy.iinfo(dtype)
        x, y = (ranges.of(operand) or (int(info.min), int(info.max)) for operand in operands)
        return operation(x[0], y[0]), operation(x[1], y[1])

    return rule


def _remainder(ranges: Ranges, node: GraphNode, operands: Sequence[Any]) -> IntegerRange | None:
    """Of the sign of the divisor."""
    divisor = ranges.of(operands[1])
    return (0, divisor[1] - 1) if divisor is not None and divisor[0] > 0 else None


def _position(ranges: Ranges, node: GraphNode, operands: Sequence[Any]) -> IntegerRange | None:
    shape = operands[0].form.shape if isinstance(operands[0], GraphNode) else numpy.shape(operands[0])
    return 0, math.prod(shape[axis] for axis in node.params["axis"]) - 1


def _ordered(ranges: Ranges, node: GraphNode, operands: Sequence[Any]) -> IntegerRange | None:
    """A permutation."""
    return 0, node.form.shape[node.params["axis"]] - 1


def _picked(ranges: Ranges, node: GraphNode, operands: Sequence[Any]) -> IntegerRange | None:
    """The places of an order are permutations."""
    picked, index = operands[0], node.params["index"]
    is_order = picked.primitive is SORT_LINES and index == 1
    return (0, picked.result_forms[1].shape[picked.params["axis"]] - 1) if is_order else None


def _raveled(ranges: Ranges, node: GraphNode, operands: Sequence[Any]) -> IntegerRange | None:
    return 0, math.prod(node.params["lengths"]) - 1


_RULES: dict[Primitive, RangeRule] = by_primitive(
    {
        **dict.fromkeys((ALIAS, COPY, e.stop_gradient, e.positive, *e.CASTS), _same),
        **dict.fromkeys((s.reshape, s.transpose, broadcast_to, g.block, g.gather, r.max, r.min, sort), _same),
        **dict.fromkeys((concatenate, stack), _any),
        **dict.fromkeys((r.argmax, r.argmin, r.nanargmax, r.nanargmin), _position),
        **dict.fromkeys((argsort, inverse), _ordered),
        PICK: _picked,
        e.where: lambda ranges, node, operands: _any(ranges, node, operands[1:]),
        e.add: _corners(lambda x, y: x + y),
        e.subtract: _corners(lambda x, y: x - y),
        e.multiply: _corners(lambda x, y: x * y),
        e.maximum: _bounded(max),
        e.minimum: _bounded(min),
        e.remainder: _remainder,
        g.ravel_index: _raveled,
    }
)
