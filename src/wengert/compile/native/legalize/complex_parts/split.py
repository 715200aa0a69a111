"""A graph of complex numbers as one of their parts.

What goes in and comes out of a program stays as NumPy has it, the parts of each number side by side; between, and in
what loops carry, each part is an array of its own, so that all that is known of real numbers (fusion, vectors,
registers, products, threads) serves complex ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from .....core.abstract import Abstract
from .....core.graph import Graph, GraphNode, input_node, subgraphs
from .....core.recording import PICK
from ....passes.rewriting import gathered, with_operands
from .loops import LOOPS
from .number import COMPLEX_DTYPES, Complex
from .operands import parts_of
from .rules import ON_PARTS
from .steps import NumPyStep, of_whole, step, whole_form, whole_of


def has_complex_numbers(graph: Graph) -> bool:
    """Whether a value in a graph, or in a loop in it, is complex."""
    nodes = (*graph.inputs, *graph.nodes)
    return any(_is_complex(form) for node in nodes for form in node.result_forms) or any(
        has_complex_numbers(inner) for node in graph.nodes for inner in subgraphs(node).values()
    )


def _is_complex(form: Abstract) -> bool:
    return form.dtype in COMPLEX_DTYPES


def in_parts(graph: Graph) -> Graph:
    """The graph, in which each complex input and output is an array with both parts of each number side by side."""
    if not has_complex_numbers(graph):
        return graph
    split = _Split()
    inputs = [split.whole_input(node) if _is_complex(node.form) else node for node in graph.inputs]
    split.nodes(graph)
    return gathered(inputs, [_output(split.value(o)) if isinstance(o, GraphNode) else o for o in graph.outputs])


def _output(value: Any) -> Any:
    if not isinstance(value, Complex):
        return value
    if isinstance(value.real, GraphNode) or isinstance(value.imag, GraphNode):
        return whole_of(value)
    return numpy.stack(numpy.broadcast_arrays(value.real, value.imag), axis=-1)


def in_planes(graph: Graph) -> Graph:
    """The graph of a loop or a branch, in which each complex input and output is two: its parts."""
    split = _Split()
    inputs = [part for node in graph.inputs for part in split.inputs_for(node)]
    split.nodes(graph)
    return gathered(inputs, [part for o in graph.outputs for part in flattened(split.value(o))])


def flattened(value: Any) -> tuple[Any, ...]:
    """A real value, or the parts of a complex one."""
    is_complex = isinstance(value, Complex) or (not isinstance(value, GraphNode) and numpy.iscomplexobj(value))
    if not is_complex:
        return (value,)
    value = parts_of(value)
    return value.real, value.imag


def described_step(node: GraphNode) -> str:
    """The name of a step in NumPy on complex numbers; of a loop or a branch also what in it has no form in parts."""
    names = sorted(map(described_step, steps_within(node)))
    return f"{node.primitive.name} with {' and '.join(dict.fromkeys(names))}" if names else node.primitive.name


def steps_within(node: GraphNode) -> list[GraphNode]:
    """The steps in NumPy on complex numbers in a loop or a branch that is one itself; none in other operations."""
    inner = subgraphs(GraphNode(node.primitive, (), node.params["params"], node.form)).values()
    return [n for graph in map(in_planes, inner) for n in graph.nodes if isinstance(n.primitive, NumPyStep)]


class _Split:
    """One run over a graph: what stands for each node."""

    def __init__(self) -> None:
        self.known: dict[GraphNode, Any] = {}

    def value(self, operand: Any) -> Any:
        return self.known.get(operand, operand) if isinstance(operand, GraphNode) else operand

    def whole_input(self, node: GraphNode) -> GraphNode:
        whole = input_node(whole_form(node.form))
        self.known[node] = of_whole(whole)
        return whole

    def inputs_for(self, node: GraphNode) -> list[GraphNode]:
        if not _is_complex(node.form):
            return [node]
        form = Abstract(node.form.shape, COMPLEX_DTYPES[node.form.dtype])
        parts = [input_node(form), input_node(form)]
        self.known[node] = Complex(*parts)
        return parts

    def nodes(self, graph: Graph) -> None:
        for node in graph.nodes:
            self.known[node] = self._result(node, [self.value(o) for o in node.operands])

    def _result(self, node: GraphNode, operands: Sequence[Any]) -> Any:
        if node.primitive is PICK and type(operands[0]) is tuple:
            return operands[0][node.params["index"]]
        if subgraphs(node) and any(map(has_complex_numbers, subgraphs(node).values())):
            split = LOOPS[node.primitive](node, operands, in_planes) if node.primitive in LOOPS else None
            return step(node, operands) if split is None else split
        is_complex = any(isinstance(o, Complex) for o in operands) or any(map(_is_complex, node.result_forms))
        if not is_complex:
            return with_operands(node, operands)
        rule = ON_PARTS.get(node.primitive)
        return step(node, operands) if rule is None else rule(node, operands)
