"""A graph as text, in which everything is told apart that what is made of it could depend on.

Nodes go by their numbers and primitives by their names, numbers by their bits (zeros have signs, and NaNs payloads).
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from operator import attrgetter
from typing import Any

import numpy

from ....core.abstract import Abstract
from ....core.graph import Graph, GraphNode
from ....core.primitive import Primitive


class NamelessError(TypeError):
    """Something that cannot be told from others of its kind."""


class GraphText:
    """Writes graphs, and the values in them.

    Args:
        name_of: what primitives are called; it may raise `NamelessError`.
    """

    def __init__(self, name_of: Callable[[Primitive], str]) -> None:
        self._name_of = name_of
        self._writers: dict[type, Callable[[Any], str]] = {
            **_WRITERS,
            tuple: lambda values: self._sequence("tuple", values),
            list: lambda values: self._sequence("list", values),
            dict: self._dict,
            slice: lambda value: self._sequence("slice", (value.start, value.stop, value.step)),
            Graph: lambda graph: f"<{self.of_graph(graph)}>",
        }
        self._families = [*_FAMILIES, (tuple, self._writers[tuple])]

    def of_graph(self, graph: Graph) -> str:
        """The graph, as text.

        Raises:
            NamelessError: something in it has no text.
        """
        numbers: dict[GraphNode, int] = {node: i for i, node in enumerate(graph.inputs)}
        lines = [self.of(node.form) for node in graph.inputs]
        for node in graph.nodes:
            operands = self._operands(node.operands, numbers)
            lines.append(f"{self._name_of(node.primitive)}({operands}){self.of(node.params)} {self.of(node.form)}")
            numbers[node] = len(numbers)
        return "\n".join([*lines, self._operands(graph.outputs, numbers)])

    def of(self, value: Any) -> str:
        """A parameter, a form or a constant, as text.

        Raises:
            NamelessError: it has none.
        """
        write = self._writers.get(type(value))
        if write is None:
            write = next((w for kind, w in self._families if isinstance(value, kind)), _refuse)
        return write(value)

    def _operands(self, values: Iterable[Any], numbers: Mapping[GraphNode, int]) -> str:
        return ",".join([f"%{numbers[v]}" if isinstance(v, GraphNode) else self.of(v) for v in values])

    def _sequence(self, name: str, values: Iterable[Any]) -> str:
        return f"{name}[{','.join(map(self.of, values))}]"

    def _dict(self, values: dict[Any, Any]) -> str:
        return "{" + ",".join([f"{self.of(key)}:{self.of(value)}" for key, value in values.items()]) + "}"


def _array(value: Any) -> str:
    if value.dtype.hasobject:
        _refuse(value)
    return f"{_dtype(value.dtype)}{value.shape}{hashlib.sha256(value.tobytes()).hexdigest()}"


@cache
def _dtype(dtype: numpy.dtype) -> str:
    return str(dtype.descr) if dtype.names else f"{dtype.str} {dtype.name}"


def _type(kind: type) -> str:
    return f"type {kind.__qualname__}" if kind.__module__ in ("builtins", "numpy") else _refuse(kind)


def _refuse(value: Any) -> str:
    raise NamelessError(type(value).__name__)


_WRITERS: dict[type, Callable[[Any], str]] = {
    **dict.fromkeys([int, bool, str, bytes, type(None), type(...)], repr),
    float: lambda value: struct.pack("<d", value).hex() + "f",
    complex: lambda value: struct.pack("<dd", value.real, value.imag).hex() + "c",
    range: repr,
    Abstract: lambda form: f"{_dtype(form.dtype)}{form.shape}",
}

_FAMILIES: list[tuple[type, Callable[[Any], str]]] = [
    (numpy.ndarray, _array),
    (numpy.generic, lambda value: "scalar " + _array(value)),
    (numpy.dtype, _dtype),
    (type, _type),
]

BY_NAME = GraphText(attrgetter("name"))
"""It calls primitives as the list does: of those that have machine code no two share a name."""
