"""Products of matrices that are used transposed, made as they are used: what reads them then goes along memory."""

from __future__ import annotations

from typing import Any

from ...core.graph import Graph, GraphNode, form_of_operand
from ...ops import contract, shape
from .rewriting import apply, number_of_uses, rewritten


def with_products_turned(graph: Graph) -> Graph:
    """The graph with (X Y)^T as Y^T X^T, where nobody uses X Y: so is the gradient of a layer's weight made."""
    uses = number_of_uses(graph)

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        if node.primitive is not shape.transpose.primitive or not _turns(node.params["axes"]):
            return None
        (product,) = operands
        if uses[node.operands[0]] > 1 or not _is_of_matrices(product):
            return None
        x, y = product.operands
        return apply(contract.matmul.primitive, [_turned(y), _turned(x)], {})

    return rewritten(graph, rewrite)


def _turns(axes: tuple[int, ...]) -> bool:
    """Whether a transpose exchanges the last two axes, and leaves the others."""
    last = len(axes) - 1
    return len(axes) > 1 and axes == (*range(last - 1), last, last - 1)


def _is_of_matrices(node: Any) -> bool:
    if not isinstance(node, GraphNode) or node.primitive is not contract.matmul.primitive:
        return False
    return all(isinstance(operand, GraphNode) and len(form_of_operand(operand).shape) > 1 for operand in node.operands)


def _turned(x: GraphNode) -> GraphNode:
    if x.primitive is shape.transpose.primitive and _turns(x.params["axes"]):
        return x.operands[0]
    last = len(x.form.shape) - 1
    return apply(shape.transpose.primitive, [x], {"axes": (*range(last - 1), last, last - 1)})
