"""Transposes of what loops multiply with, done in these: a product reads a matrix as it lies, and nothing is copied."""

from __future__ import annotations

from typing import Any

from ...control.loop_primitives import SCAN
from ...core.graph import Graph, GraphNode, input_node
from ...ops import contract, shape
from .algebra import without_idle_operations
from .rewriting import apply, gathered, replayed_on, rewritten

_TRANSPOSE = shape.transpose.primitive


def with_matrices_as_they_lie(graph: Graph) -> Graph:
    """The graph with scans that are given what they capture before it is transposed, if they only multiply with it."""

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        if node.primitive is not SCAN:
            return None
        body, captured = node.params["body"], node.params["captured"]
        places = [i for i in range(captured) if _is_transposed(operands[i]) and _is_only_multiplied(body, i)]
        if not places:
            return None
        given = [operands[i].operands[0] if i in places else operands[i] for i in range(captured)]
        smaller = _transposing(body, {i: operands[i] for i in places})
        return GraphNode(SCAN, [*given, *operands[captured:]], {**node.params, "body": smaller}, node.form)

    return rewritten(graph, rewrite)


def _is_transposed(operand: Any) -> bool:
    if not isinstance(operand, GraphNode) or operand.primitive is not _TRANSPOSE:
        return False
    return isinstance(operand.operands[0], GraphNode)


def _is_only_multiplied(body: Graph, place: int) -> bool:
    """Whether an input is only an operand of products, perhaps transposed."""
    waiting = [body.inputs[place]]
    while waiting:
        value = waiting.pop()
        users = [node for node in body.nodes if any(operand is value for operand in node.operands)]
        if any(output is value for output in body.outputs) or any(
            user.primitive not in (_TRANSPOSE, contract.matmul.primitive) for user in users
        ):
            return False
        waiting += [user for user in users if user.primitive is _TRANSPOSE]
    return True


def _transposing(body: Graph, transposed: dict[int, GraphNode]) -> Graph:
    """The body of inputs that it transposes itself."""
    inputs, known = [*body.inputs], {}
    for place, operand in transposed.items():
        inputs[place] = input_node(operand.operands[0].form)
        known[body.inputs[place]] = apply(_TRANSPOSE, [inputs[place]], operand.params)
    _, outputs = replayed_on(body, known)
    return without_idle_operations(gathered(inputs, outputs))
