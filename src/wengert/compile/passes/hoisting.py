"""Loop-invariant code, hoisted: what every turn would compute again is computed once before the loop.

Only what cannot fail is moved, since the loop may make no turn at all. Views, and what is larger than all that it is
computed of, stay where they are used: there they cost nothing, or less than to be read from memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...control.invariant_carry import is_harmless
from ...core.graph import Graph, GraphNode, form_of_operand, input_node, subgraphs
from ...core.primitive import primitives
from ...core.recording import PICK, UNFOLLOWED
from ...ops import contract, shape
from ...ops.broadcast import broadcast_to
from ...ops.elementwise import CASTS
from .rewriting import replayed_on, rewritten
from .squeezing import ELEMENTWISE, REDUCTIONS

FREE = primitives(shape.reshape, shape.transpose, broadcast_to, *CASTS, PICK, UNFOLLOWED)
"""Operations that cost nothing where their results are used."""

MOVED = FREE | REDUCTIONS | primitives(contract.matmul)
"""What is moved, beside elementwise operations."""


def with_turns_prepared(graph: Graph) -> Graph:
    """The graph with loop-invariant operations before each loop, also of the loops within."""

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        if not subgraphs(node):
            return None
        params = {name: _prepared(value) for name, value in node.params.items()}
        if "captured" in params:
            operands, params = _with_less_to_do(operands, params)
        return GraphNode(node.primitive, operands, params, node.form, node.line)

    return rewritten(graph, rewrite)


def _prepared(value: Any) -> Any:
    if type(value) is tuple:
        return tuple(map(_prepared, value))
    return with_turns_prepared(value) if isinstance(value, Graph) else value


def _with_less_to_do(operands: list[Any], params: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The operands and parameters of a loop that captures what its graphs would compute of what it captures."""
    first = 1 if "back" in params else 0  # a pullback is given the number of turns
    captured = params["captured"]
    further: list[Any] = []
    places: dict[str, dict[GraphNode, int]] = {}
    for name, graph in _graphs(params).items():
        moved = _worth_moving(graph, captured)
        places[name] = {node: len(further) + i for i, node in enumerate(moved)}
        further += _outside(graph, moved, operands[first : first + captured])
    if not further:
        return operands, params
    for name, graph in _graphs(params).items():
        params[name] = _given(graph, captured, further, places[name])
    if "moving" in params:
        moving = params["moving"]
        params["moving"] = (*moving[:captured], *(False,) * len(further), *moving[captured:])
    place = first + captured
    return [*operands[:place], *further, *operands[place:]], {**params, "captured": captured + len(further)}


def _graphs(params: dict[str, Any]) -> dict[str, Graph]:
    return {name: value for name, value in params.items() if isinstance(value, Graph)}


def _worth_moving(graph: Graph, captured: int) -> list[GraphNode]:
    """The last of the loop-invariant operations that are worth a place in memory."""
    same = set(graph.inputs[:captured])
    for node in graph.nodes:
        operands = [o for o in node.operands if isinstance(o, GraphNode)]
        if operands and same.issuperset(operands) and _can_move(node):
            same.add(node)
    used = [o for node in graph.nodes if node not in same for o in node.operands] + graph.outputs
    found: dict[GraphNode, None] = {}
    while used:
        node = used.pop()
        if isinstance(node, GraphNode) and node in same and node not in graph.inputs and node not in found:
            if _stays(node, graph):
                used += node.operands
            else:
                found[node] = None
    return list(found)


def _can_move(node: GraphNode) -> bool:
    """Whether an operation never raises, and is of those that machine code does as well outside."""
    return is_harmless(node) and (node.primitive in ELEMENTWISE or node.primitive in MOVED)


def _stays(node: GraphNode, graph: Graph) -> bool:
    if node.primitive in FREE:
        return True
    most = max(form_of_operand(o).size for o in node.operands)
    return node.primitive in ELEMENTWISE and node.form.size > most


def _outside(graph: Graph, moved: Sequence[GraphNode], given: Sequence[Any]) -> list[Any]:
    """What is moved, computed of the operands that are captured."""
    inner = Graph(graph.inputs, graph.nodes, moved).pruned()
    return replayed_on(inner, dict(zip(graph.inputs, given, strict=False)))[1]


def _given(graph: Graph, captured: int, further: Sequence[Any], places: dict[GraphNode, int]) -> Graph:
    """The graph with further inputs behind what is captured; some stand for operations."""
    inputs = [input_node(form_of_operand(operand)) for operand in further]
    known = {node: inputs[place] for node, place in places.items()}
    nodes, outputs = replayed_on(graph, known)
    whole = [*graph.inputs[:captured], *inputs, *graph.inputs[captured:]]
    return Graph(whole, nodes, outputs).pruned()
