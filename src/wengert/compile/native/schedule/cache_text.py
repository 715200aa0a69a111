"""A schedule as text, in which everything is told apart that its machine code could depend on.

Of an array that is an input, only what code may know is told: its shape, its dtype and the range of its integers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...passes.lifting import CONSTANT
from ..facts.graph_text import BY_NAME
from .arena import ArenaPlan
from .integer_ranges import range_of_array
from .stages import Group, RowBlocks, Schedule, Stage, nodes_of


def text_of_schedule(schedule: Schedule, plan: ArenaPlan, places: Mapping[Any, int]) -> str:
    """What is computed, in which order, and where the values are in a frame and in its arena.

    Raises:
        NamelessError: a parameter of an operation has no text.
    """
    constants = [node for node in schedule.graph.inputs if node.primitive is CONSTANT]
    ranges = [f"within {range_of_array(node.params['value'])}" for node in constants]
    return "\n".join([BY_NAME.of_graph(schedule.graph), *ranges, *_places(schedule, plan, places)])


def _places(schedule: Schedule, plan: ArenaPlan, places: Mapping[Any, int]) -> list[str]:
    numbers = {node: number for number, node in enumerate((*schedule.graph.inputs, *schedule.operands))}
    lines = [f"{_shape_of(part)} {[numbers[n] for n in nodes_of(part)]} at {i}" for i, part in schedule.every_part()]
    lines += [
        f"{stage.length} rows in blocks of {stage.block}" for stage in schedule.stages if isinstance(stage, RowBlocks)
    ]
    lines += [f"{numbers.get(key, key)} is at {place}" for key, place in places.items()]
    lines += [f"{numbers[node]} is behind {offset}" for node, offset in plan.offsets.items()]
    lines += [f"{numbers[n]} {numbers[v.base]} {v.offset} {v.shape} {v.strides}" for n, v in schedule.views.items()]
    return lines


def _shape_of(stage: Stage) -> str:
    return f"{type(stage).__name__} along {stage.rows}" if isinstance(stage, Group) else type(stage).__name__
