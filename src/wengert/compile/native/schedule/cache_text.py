"""A graph as text, in which everything is told apart that its machine code could depend on.

Nodes go by their numbers and primitives by their names, numbers by their bits (zeros have signs, and NaNs payloads).
Of an array that is an input, only what code may know is told: its shape, its dtype and the range of its integers.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy

from ....core.abstract import Abstract
from ....core.graph import Graph, GraphNode
from ...passes.lifting import CONSTANT
from .arena import ArenaPlan
from .integer_ranges import range_of_array
from .stages import Group, RowBlocks, Schedule, Stage, nodes_of


class NamelessError(TypeError):
    """Something that cannot be told from others of its kind."""


def text_of_graph(graph: Graph) -> str:
    """The graph, as text."""
    numbers: dict[GraphNode, int] = {}
    lines = []
    for node in graph.inputs:
        numbers[node] = len(numbers)
        known = range_of_array(node.params["value"]) if node.primitive is CONSTANT else None
        lines.append(f"{_text(node.form)} {known}")
    for node in graph.nodes:
        operands = _operands(node.operands, numbers)
        lines.append(f"{node.primitive.name}({operands}){_text(node.params)} {_text(node.form)}")
        numbers[node] = len(numbers)
    return "\n".join([*lines, _operands(graph.outputs, numbers)])


def text_of_places(schedule: Schedule, plan: ArenaPlan, places: Mapping[Any, int]) -> str:
    """The order of the stages, and where the values are in a frame and in its arena, as text."""
    numbers = {node: number for number, node in enumerate((*schedule.graph.inputs, *schedule.operands))}
    lines = [f"{_shape_of(part)} {[numbers[n] for n in nodes_of(part)]} at {i}" for i, part in schedule.every_part()]
    lines += [
        f"{stage.length} rows in blocks of {stage.block}" for stage in schedule.stages if isinstance(stage, RowBlocks)
    ]
    lines += [f"{numbers.get(key, key)} is at {place}" for key, place in places.items()]
    lines += [f"{numbers[node]} is behind {offset}" for node, offset in plan.offsets.items()]
    lines += [f"{numbers[n]} {numbers[v.base]} {v.offset} {v.shape} {v.strides}" for n, v in schedule.views.items()]
    return "\n".join(lines)


def _shape_of(stage: Stage) -> str:
    return f"{type(stage).__name__} along {stage.rows}" if isinstance(stage, Group) else type(stage).__name__


def _operands(values: Iterable[Any], numbers: Mapping[GraphNode, int]) -> str:
    return ",".join([f"%{numbers[v]}" if isinstance(v, GraphNode) else _text(v) for v in values])


def _text(value: Any) -> str:
    write = _WRITERS.get(type(value))
    if write is None:
        write = next((w for kind, w in _FAMILIES if isinstance(value, kind)), _refuse)
    return write(value)


def _sequence(name: str) -> Callable[[Any], str]:
    return lambda values: f"{name}[{','.join(map(_text, values))}]"


def _dict(values: dict[Any, Any]) -> str:
    return "{" + ",".join([f"{_text(key)}:{_text(value)}" for key, value in values.items()]) + "}"


def _array(value: Any) -> str:
    if value.dtype.hasobject:
        _refuse(value)
    return f"{_dtype(value.dtype)}{value.shape}{hashlib.sha256(value.tobytes()).hexdigest()}"


def _dtype(dtype: numpy.dtype) -> str:
    return str(dtype.descr) if dtype.names else dtype.str


def _type(kind: type) -> str:
    return f"type {kind.__qualname__}" if kind.__module__ in ("builtins", "numpy") else _refuse(kind)


def _refuse(value: Any) -> str:
    raise NamelessError(type(value).__name__)


_WRITERS: dict[type, Callable[[Any], str]] = {
    **dict.fromkeys([int, bool, str, bytes, type(None), type(...)], repr),
    float: lambda value: struct.pack("<d", value).hex() + "f",
    complex: lambda value: struct.pack("<dd", value.real, value.imag).hex() + "c",
    tuple: _sequence("tuple"),
    list: _sequence("list"),
    dict: _dict,
    slice: lambda value: f"slice({_text(value.start)},{_text(value.stop)},{_text(value.step)})",
    range: repr,
    Abstract: lambda form: f"{_dtype(form.dtype)}{form.shape}",
    Graph: lambda graph: f"<{text_of_graph(graph)}>",
}

_FAMILIES: list[tuple[type, Callable[[Any], str]]] = [
    (numpy.ndarray, _array),
    (numpy.generic, lambda value: "scalar " + _array(value)),
    (numpy.dtype, _dtype),
    (type, _type),
    (tuple, _sequence("tuple")),
]
