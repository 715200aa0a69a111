"""From a graph to something that runs: machine code where there is LLVM, NumPy otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy

from ..core.graph import Graph, form_of_node
from ..core.node import Node


def lowered(graph: Graph, donors: Mapping[int, int] | None = None) -> Any:
    """The graph in machine code; node by node in NumPy where there is no LLVM, nothing to do, or foreign byte order.

    `donors` gives for outputs (by position) the inputs whose memory they may take.
    """
    if find_spec("llvmlite") is None or any(0 in f.shape or not f.dtype.isnative for f in _forms(graph)):
        return Interpreted(graph)
    from .native.program import NativeProgram

    return NativeProgram(graph, donors)


def _forms(graph: Graph) -> list[Any]:
    return [form for node in (*graph.inputs, *graph.nodes) for form in as_tuple(form_of_node(node))]


def as_tuple(form: Any) -> tuple[Any, ...]:
    return form if isinstance(form, tuple) else (form,)


class Interpreted:
    """Evaluates the nodes of a graph one by one.

    Attributes:
        overwritten: the inputs that are written to: none.
        shared: the outputs that are inputs or constants, of which a caller gets a copy.
    """

    overwritten: tuple[int, ...] = ()

    def __init__(self, graph: Graph) -> None:
        slots: dict[Node, int] = {node: i for i, node in enumerate((*graph.inputs, *graph.nodes))}
        self.constants: list[Any] = []

        def slot_of(operand: Any) -> int:
            if isinstance(operand, Node):
                return slots[operand]
            self.constants.append(operand)
            return len(slots) + len(self.constants) - 1

        self.room = [None] * len(graph.nodes)
        self.steps = [
            (node.primitive.evaluate, [slot_of(o) for o in graph.operands(node)], node.params, slots[node])
            for node in graph.nodes
        ]
        self.ends = [slot_of(o) for o in graph.outputs]
        made = {slots[node] for node in graph.nodes}
        self.shared = [i for i, end in enumerate(self.ends) if end not in made and graph.outputs[i] is not None]

    def __call__(self, inputs: Sequence[Any], spare: Mapping[int, Any] | None = None) -> list[Any]:
        values = [*inputs, *self.room, *self.constants]
        with numpy.errstate(all="ignore"):  # as machine code, which does not warn
            for evaluate, operands, params, place in self.steps:
                values[place] = evaluate(*[values[i] for i in operands], **params)
        outputs = [values[i] for i in self.ends]
        for i in self.shared:
            outputs[i] = numpy.array(outputs[i])
        return outputs

    def facts(self) -> list[str]:
        """What a report says of it."""
        return [f"{len(self.steps)} NumPy steps: no native code"]
