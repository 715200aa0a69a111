"""Bodies of loops and branches as graphs: recording them, and the graphs of their derivatives and batches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from ..core.abstract import DERIVATIVE, Abstract
from ..core.dtypes.kinds import is_inexact
from ..core.graph import Graph, GraphNode, form_of_operand
from ..core.node import Node
from ..core.recording import (
    PICK,
    UNFOLLOWED,
    named_by,
    record,
    unfollowed,
)
from ..core.state import compilation
from ..transforms.closures import subgraph
from ..transforms.derivatives import jvp, vjp
from ..walks.batch import loop_over_examples
from ..walks.point import zeros

EVERYTHING = range(-1, sys.maxsize)
"""What the linear maps of loops and branches read of a node: all operands, and the results."""


def graph_of(f: Callable[..., Sequence[Any]], forms: Sequence[Any]) -> Graph:
    """Record a function of flat arguments that reads nothing from outside; the tensors that it makes are constants."""
    graph, captured = subgraph(DERIVATIVE, f, forms)
    if not captured:
        return graph
    constants = [compilation().constant(named_by(tensor._node)) for tensor in captured]
    return graph_of(lambda *values: graph(*constants, *values), forms)


# -- forms and what depends on what ---------------------------------------------------------------


def output_forms(graph: Graph) -> list[Abstract]:
    """The form of each output."""
    found = map(form_of_operand, graph.outputs)
    return [Abstract(form.shape, form.dtype) for form in found]


def forms_of(node: Node) -> Sequence[Any]:
    """The forms of a node's operands and, last, the tuple of those of its results."""
    assert node.forms is not None  # only an elementwise operation on equal forms keeps none
    return node.forms


def input_forms(graph: Graph) -> list[Abstract]:
    """The form of each input."""
    return [Abstract(form.shape, form.dtype) for form in (node.form for node in graph.inputs)]


def inexact(value: Any) -> bool:
    """Whether a value or form can have a derivative."""
    return is_inexact(value.dtype)


def holds_graph(node: GraphNode) -> bool:
    """Whether a node is a loop or a branch."""
    return bool(graphs_of(node))


def graphs_of(node: GraphNode) -> list[Graph]:
    """The body of a loop, the sides of a branch."""
    values = [v for value in node.params.values() for v in (value if isinstance(value, tuple) else (value,))]
    return [value for value in values if isinstance(value, Graph)]


def with_axis(form: Abstract, size: int) -> Abstract:
    """The form of a batch."""
    return Abstract((size, *form.shape), form.dtype)


def without_axis(form: Abstract) -> Abstract:
    """The form of one example, or of the value of one turn."""
    return Abstract(form.shape[1:], form.dtype)


def zeros_for(cotangents: Sequence[Any], forms: Sequence[Abstract], ends: Sequence[bool]) -> list[Any]:
    """The (co)tangents of what `ends` marks; ``None`` is zero."""
    filled = zip(chosen(cotangents, ends), chosen(forms, ends), strict=True)
    return [zeros(form) if vector is None else vector for vector, form in filled]


def batched_outputs(graph: Graph, batched: Sequence[bool]) -> list[bool]:
    """Which outputs have a batch axis when these inputs have one."""
    found = graph.reached(chosen(graph.inputs, batched))
    return [isinstance(o, GraphNode) and o in found for o in graph.outputs]


def settled(carry: Sequence[bool], after: Callable[[list[bool]], Sequence[bool]]) -> list[bool]:
    """The marks of a carry that a turn leaves as they are: the least that contain the given ones."""
    marks = list(carry)
    while True:
        grown = [a or b for a, b in zip(marks, after(marks), strict=True)]
        if grown == marks:
            return marks
        marks = grown


# -- derivatives and batches of a graph ------------------------------------------------------------


def chosen(values: Sequence[Any], marks: Sequence[bool]) -> list[Any]:
    """The values that are marked."""
    return [value for value, is_marked in zip(values, marks, strict=True) if is_marked]


def spread(values: Sequence[Any], marks: Sequence[bool]) -> list[Any]:
    """The values back in the places that are marked, ``None`` in the others."""
    following = iter(values)
    return [next(following) if is_marked else None for is_marked in marks]


def parts(values: Sequence[Any], *counts: int) -> list[list[Any]]:
    """Consecutive parts of a list, and what remains."""
    found, start = [], 0
    for count in counts:
        found.append(list(values[start : start + count]))
        start += count
    return [*found, list(values[start:])]


def push(
    graph: Graph, inputs: Sequence[Any], tangents: Sequence[Any], moving: Sequence[bool], ends: Sequence[bool]
) -> tuple[Sequence[Any], Sequence[Any]]:
    """The outputs of a graph, and the tangents of those that `ends` marks, from those of the moving inputs."""
    f = of_moving(graph, inputs, moving, ends)
    if not any(moving):
        return f()[1], [zeros(form) for form in chosen(output_forms(graph), ends)]
    _, found, outputs = jvp(f, chosen(inputs, moving), list(tangents), has_aux=True)
    return outputs, found


def pull(
    graph: Graph, inputs: Sequence[Any], cotangents: Sequence[Any], moving: Sequence[bool], ends: Sequence[bool]
) -> tuple[Sequence[Any], Sequence[Any]]:
    """The outputs of a graph, and the cotangents of the moving inputs, from those of the outputs in `ends`."""
    f = of_moving(graph, inputs, moving, ends)
    if not any(moving) or not any(ends):
        return f(*chosen(inputs, moving))[1], [zeros(form) for form in chosen(input_forms(graph), moving)]
    _, pullback, outputs = vjp(f, *chosen(inputs, moving), has_aux=True)
    return outputs, pullback(tuple(cotangents))


def of_moving(graph: Graph, inputs: Sequence[Any], moving: Sequence[bool], ends: Sequence[bool]) -> Any:
    """The function of the moving inputs that gives the outputs in `ends`, and all outputs."""

    def run(*values: Any) -> Any:
        following = iter(values)
        outputs = graph(*[next(following) if m else x for m, x in zip(moving, inputs, strict=True)])
        return tuple(chosen(outputs, ends)), outputs

    return run


def batched_call(graph: Graph, size: int, operands: Sequence[Any], batched: Sequence[bool]) -> list[Any]:
    """The outputs of a graph for a batch; those that `batched_outputs` names have a leading batch axis."""
    values: dict[GraphNode, Any] = dict(zip(graph.inputs, operands, strict=True))
    marked = {node for node, is_batched in zip(graph.inputs, batched, strict=True) if is_batched}
    for node in graph.nodes:
        given = [values[o] if isinstance(o, GraphNode) else o for o in node.operands]
        marks = [isinstance(o, GraphNode) and o in marked for o in node.operands]
        if any(marks):
            marked.add(node)
            values[node] = (node.primitive.batch or loop_over_examples)(size, given, marks, _as_node(node))
        elif node.primitive is PICK:
            values[node] = PICK.evaluate(*given, **node.params)
        elif node.primitive is UNFOLLOWED:
            values[node] = unfollowed(*given)
        else:
            values[node] = record(node.primitive, given, node.params)
    return [values[o] if isinstance(o, GraphNode) else o for o in graph.outputs]


def _as_node(node: GraphNode) -> Node:
    """What a batch rule asks of a recorded node: its parameters and the forms of its operands and results."""
    return Node(node.primitive, (), None, node.params, (*node.operand_forms, node.form), 0)
