"""What the passes share: copying a graph with some nodes replaced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from operator import is_
from typing import Any

from ...core.abstract import Abstract
from ...core.graph import Graph, GraphNode, form_of_operand, standing_for
from ...core.primitive import Primitive
from ...core.recording import PICK, weak_form
from ...ops.elementwise import stop_gradient

Rewrite = Callable[[GraphNode, list[Any]], Any]
"""From a node and its (already rewritten) operands to what replaces it: a node or a constant; ``None`` keeps it."""


def rewritten(graph: Graph, rewrite: Rewrite) -> Graph:
    """The graph with every node replaced as `rewrite` says, earliest first.

    What replaces a node may be the last of several new nodes; what nobody uses any more is left out.
    """
    replaced: dict[GraphNode, Any] = {}

    for node in graph.nodes:
        operands = standing_for(node.operands, replaced)
        result = rewrite(node, operands)
        if result is None:
            result = with_operands(node, operands)
        else:
            assert _is_alike(result, node), f"a pass has replaced {node.primitive.name} by what has another form"
        replaced[node] = result
    return gathered(graph.inputs, standing_for(graph.outputs, replaced))


def _is_alike(result: Any, node: GraphNode) -> bool:
    """Whether what replaces a node has its form; one with many results may have more, or be their tuple."""
    form = node.form
    return not isinstance(form, Abstract) or form_of_operand(result) == form


def gathered(inputs: Sequence[GraphNode], outputs: Sequence[Any]) -> Graph:
    """The graph of all nodes between inputs and outputs, each after those whose results it uses."""
    done: dict[GraphNode, None] = dict.fromkeys(inputs)
    stack = [o for o in reversed(outputs) if isinstance(o, GraphNode)]
    while stack:
        node = stack[-1]
        waiting = [o for o in node.operands if isinstance(o, GraphNode) and o not in done]
        if node in done or not waiting:
            done[stack.pop()] = None
        else:
            stack.extend(reversed(waiting))
    given = frozenset(inputs)
    return Graph(inputs, [node for node in done if node not in given], outputs)


def with_operands(node: GraphNode, operands: Sequence[Any]) -> GraphNode:
    """The node itself, or a copy of it with other operands."""
    if all(map(is_, node.operands, operands)):
        return node
    return GraphNode(node.primitive, operands, node.params, node.form, node.line)


def number_of_uses(graph: Graph) -> Counter[GraphNode]:
    """How often the result of each node is used, as an operand or an output."""
    used = [*graph.outputs, *(operand for node in graph.nodes for operand in node.operands)]
    return Counter(operand for operand in used if isinstance(operand, GraphNode))


def replayed_on(graph: Graph, values: Mapping[GraphNode, Any]) -> tuple[list[GraphNode], list[Any]]:
    """The operations and the outputs of a graph with other nodes or constants in the place of some of its own."""
    replaced: dict[GraphNode, Any] = dict(values)

    nodes = []
    for node in graph.nodes:
        if node in values:
            continue
        replaced[node] = with_operands(node, standing_for(node.operands, replaced))
        nodes.append(replaced[node])
    return nodes, standing_for(graph.outputs, replaced)


def apply(primitive: Primitive, operands: Sequence[Any], params: dict[str, Any]) -> GraphNode:
    """A new node whose form follows from its operands."""
    forms = [o.form if isinstance(o, GraphNode) else weak_form(o) for o in operands]
    return GraphNode(primitive, operands, params, primitive.shape(*forms, **params))


def pick_of(node: GraphNode, index: int) -> GraphNode:
    """A result of a node with many."""
    forms = node.form
    return GraphNode(PICK, [node], {"index": index, "count": len(forms)}, forms[index])


def unstopped(x: Any) -> Any:
    """What an operand is behind `stop_gradient`, which changes no value."""
    while isinstance(x, GraphNode) and x.primitive is stop_gradient.primitive:
        (x,) = x.operands
    return x
