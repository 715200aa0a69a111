"""What makes groups differ: equal operations on equal views are one function, called with other pointers."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy

from ....core.graph import GraphNode
from ....core.primitive import primitives
from ....ops.indexing.gather import ravel_index
from ....ops.threefry import random_words
from ..facts.lowered import dtype_of
from ..facts.views import StridedView
from .stages import Group, Schedule

_OF_MORE = primitives(random_words, ravel_index)
"""Operations whose code depends on more than their operands and dtypes."""


def key_of_group(
    schedule: Schedule, group: Group, accesses: Mapping[tuple[str, GraphNode], tuple[int, StridedView]]
) -> Hashable | None:
    """What the code of a group depends on; ``None`` if that is not told here: of gathers, scatters, random words."""
    if any(node.primitive in _OF_MORE or node in schedule.indexed for node in group.nodes):
        return None
    numbers: dict[Any, int] = {}
    operations = []
    for node in group.nodes:
        operands = tuple(_operand(operand, numbers) for operand in schedule.operands[node])
        operations.append((node.primitive, dtype_of(node), operands))
        numbers[node] = len(numbers)
    views = tuple(
        (kind, numbers[node], base, dtype_of(view.base), view.offset, view.shape, view.strides)
        for (kind, node), (base, view) in accesses.items()
    )
    return group.domain, group.axes, group.is_serial, group.rows, tuple(operations), views


def _operand(operand: Any, numbers: dict[Any, int]) -> Hashable:
    """The number of a value, a new one if it is read from memory; or a constant to the bit."""
    if isinstance(operand, GraphNode):
        return numbers.setdefault(operand, len(numbers)), dtype_of(operand)
    array = numpy.asarray(operand)
    return type(operand), array.dtype, array.shape, array.tobytes()
