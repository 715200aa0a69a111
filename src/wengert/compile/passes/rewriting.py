"""What the passes share: copying a graph with some nodes replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...core.abstract import Abstract, form_of
from ...core.graph import Graph, form_of_node
from ...core.node import UNTRACKED, Node
from ...core.primitive import Primitive
from ...core.recording import PICK, named_by, weak_form
from ...core.state import RECORDING

Rewrite = Callable[[Node, list[Any]], Any]
"""From a node and its (already rewritten) operands to what replaces it: a node or a constant; ``None`` keeps it."""


def bound(graph: Graph, constants: Mapping[Node, Any]) -> Graph:
    """The graph with some inputs replaced by constants."""
    rest = rewritten(graph, lambda node, operands: None, constants)
    return Graph([node for node in graph.inputs if node not in constants], rest.nodes, rest.outputs)


def rewritten(graph: Graph, rewrite: Rewrite, constants: Mapping[Node, Any] | None = None) -> Graph:
    """The graph with every node replaced as `rewrite` says, earliest first, and some inputs by constants.

    What replaces a node may be the last of several new nodes; what nobody uses any more is left out.
    """
    replaced: dict[Node, Any] = dict(constants or {})

    def current(operand: Any) -> Any:
        return replaced.get(operand, operand) if isinstance(operand, Node) else operand

    for node in graph.nodes:
        operands = [current(o) for o in graph.operands(node)]
        result = rewrite(node, operands)
        replaced[node] = with_operands(node, operands, graph) if result is None else result
        assert _is_alike(replaced[node], node), f"a pass has replaced {node.primitive.name} by what has another form"
    return gathered(graph.inputs, [current(o) for o in graph.outputs])


def _is_alike(result: Any, node: Node) -> bool:
    """Whether what replaces a node has its form; one with many results may have more, or be their tuple."""
    form = form_of_node(node)
    return not isinstance(form, Abstract) or form_of_operand(result) == form


def gathered(inputs: Sequence[Node], outputs: Sequence[Any]) -> Graph:
    """The graph of all nodes between inputs and outputs, each after those whose results it uses."""
    done: dict[Node, None] = dict.fromkeys(inputs)
    stack = [o for o in reversed(outputs) if isinstance(o, Node)]
    while stack:
        node = stack[-1]
        waiting = [maker for maker in map(named_by, node.parents) if maker.watch and maker not in done]
        if node in done or not waiting:
            done[stack.pop()] = None
        else:
            stack.extend(reversed(waiting))
    given = frozenset(inputs)
    return Graph(inputs, [node for node in done if node not in given], outputs)


def with_operands(node: Node, operands: Sequence[Any], graph: Graph) -> Node:
    """The node itself, or a copy of it with other operands."""
    before = graph.operands(node)
    if all(a is b for a, b in zip(before, operands, strict=True)):
        return node
    return new_node(node.primitive, operands, node.params, form_of_node(node), node.watch)


def new_node(primitive: Primitive, operands: Sequence[Any], params: dict[str, Any], form: Any, watch: int) -> Node:
    """A node of a graph with these operands, nodes or constants."""
    parents = tuple([o if isinstance(o, Node) else UNTRACKED for o in operands])
    watch = watch or RECORDING
    values = [form_of_node(o) if isinstance(o, Node) else o for o in operands]
    return Node(primitive, parents, (*values, form), params, None, watch)


def replayed_on(graph: Graph, values: Mapping[Node, Any]) -> tuple[list[Node], list[Any]]:
    """The operations and the outputs of a graph with other nodes or constants in the place of some of its own."""
    replaced: dict[Node, Any] = dict(values)

    def current(operand: Any) -> Any:
        return replaced.get(operand, operand) if isinstance(operand, Node) else operand

    nodes = []
    for node in graph.nodes:
        if node in values:
            continue
        replaced[node] = with_operands(node, [current(o) for o in graph.operands(node)], graph)
        nodes.append(replaced[node])
    return nodes, [current(o) for o in graph.outputs]


def form_of_operand(operand: Any) -> Abstract:
    """The shape and dtype of a node's result, or of a constant."""
    return form_of_node(operand) if isinstance(operand, Node) else form_of(operand)


def apply(primitive: Primitive, operands: Sequence[Any], params: dict[str, Any]) -> Node:
    """A new node whose form follows from its operands."""
    forms = [form_of_node(o) if isinstance(o, Node) else weak_form(o) for o in operands]
    return new_node(primitive, operands, params, primitive.shape(*forms, **params), RECORDING)


def pick_of(node: Node, index: int) -> Node:
    """A result of a node with many."""
    forms = form_of_node(node)
    return new_node(PICK, [node], {"index": index, "count": len(forms)}, forms[index], node.watch)
