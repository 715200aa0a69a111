"""Values that are put together from parts: each is written where it belongs, and nothing is copied afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy

from ....core.abstract import Abstract
from ....core.graph import GraphNode, form_of_operand
from ....core.primitive import Primitive
from ....core.recording import general
from ....ops import join
from ....ops.indexing import gather as g
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


def _placed_parts(node: GraphNode, operands: Sequence[Any]) -> list[AssembledPart]:
    whole, fill = dense(node, node.form.shape), node.params["fill"]
    ground = [] if fill is None else [AssembledPart(node.form.dtype.type(fill), whole, is_ground=True)]
    each = zip(operands, node.params["indices"], strict=True)
    return ground + [AssembledPart(operand, taken(whole, index)) for operand, index in each]


def _place(*parts: Any, indices: Sequence[Any], shape: tuple[int, ...], fill: float | None) -> Any:
    out = numpy.full(shape, 0 if fill is None else fill, parts[0].dtype)
    for part, index in zip(parts, indices, strict=True):
        out[index] = part
    return out


_PLACED = Primitive("placed", _place, ("*parts",), lambda *parts, shape, **_: Abstract(shape, parts[0].dtype))
placed: Final = general(_PLACED)
_PLACED.operation = placed
"""``placed(*parts, indices=, shape=, fill=)``: each part at its index, and `fill` elsewhere: ``None`` if nothing is."""


def _interleaved(node: GraphNode, operands: Sequence[Any]) -> list[AssembledPart]:
    whole = dense(node, node.form.shape)
    return [AssembledPart(operand, taken(whole, (..., i))) for i, operand in enumerate(operands)]


INTERLEAVED = Primitive(
    "interleaved",
    lambda real, imag: numpy.stack([real, imag], -1),
    ("real", "imag"),
    lambda real, imag: Abstract((*real.shape, 2), real.dtype),
)
interleaved: Final = general(INTERLEAVED)
INTERLEAVED.operation = interleaved
"""``interleaved(real, imag)``: the parts of each complex number side by side, as NumPy has them in memory."""

ASSEMBLED: dict[Primitive, Callable[[GraphNode, Sequence[Any]], list[AssembledPart]]] = {
    join.concatenate.primitive: _concatenated,
    join.stack.primitive: _stacked,
    g.unslice.primitive: _unsliced,
    g.slice_set.primitive: _overwritten,
    _PLACED: _placed_parts,
    INTERLEAVED: _interleaved,
}
"""Operations that put their operands side by side, or into a whole."""
