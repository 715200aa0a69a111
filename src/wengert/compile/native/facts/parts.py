"""Values that are put together from parts: each is written where it belongs, and nothing is copied afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ....core.graph import GraphNode, form_of_operand
from ....core.primitive import Primitive
from ....ops import gather as g, join
from .views import (
    StridedView,
    dense,
    is_basic,
    taken,
)


@dataclass(frozen=True)
class AssembledPart:
    """What is written where, when a value is assembled; what is written to the `is_ground` part overwrites it."""

    value: Any
    view: StridedView
    is_ground: bool = False


def _concatenated(node: GraphNode, operands: Sequence[Any]) -> list[AssembledPart]:
    whole, axis = dense(node, node.form.shape), node.params["axis"]
    parts, start = [], 0
    for operand in operands:
        length = form_of_operand(operand).shape[axis]
        parts.append(AssembledPart(operand, taken(whole, (*(slice(None),) * axis, slice(start, start + length)))))
        start += length
    return parts


def _stacked(node: GraphNode, operands: Sequence[Any]) -> list[AssembledPart]:
    whole, axis = dense(node, node.form.shape), node.params["axis"]
    return [AssembledPart(operand, taken(whole, (*(slice(None),) * axis, i))) for i, operand in enumerate(operands)]


def _unsliced(node: GraphNode, operands: Sequence[Any]) -> list[AssembledPart]:
    if not is_basic(node.params["index"]):
        return []
    whole = dense(node, node.form.shape)
    zero = node.form.dtype.type(0)
    return [AssembledPart(zero, whole, is_ground=True), AssembledPart(operands[0], taken(whole, node.params["index"]))]


def _overwritten(node: GraphNode, operands: Sequence[Any]) -> list[AssembledPart]:
    if not is_basic(node.params["index"]):
        return []
    whole = dense(node, node.form.shape)
    return [
        AssembledPart(operands[0], whole, is_ground=True),
        AssembledPart(operands[1], taken(whole, node.params["index"])),
    ]


ASSEMBLED: dict[Primitive, Callable[[GraphNode, Sequence[Any]], list[AssembledPart]]] = {
    join.concatenate.primitive: _concatenated,
    join.stack.primitive: _stacked,
    g.unslice.primitive: _unsliced,
    g.slice_set.primitive: _overwritten,
}
"""Operations that put their operands side by side, or into a whole."""
