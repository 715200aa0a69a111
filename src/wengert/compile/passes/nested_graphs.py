"""Bodies of loops and branches, simplified; loops that carry the same are fused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...control.loop_primitives import SCAN
from ...core.graph import Graph, GraphNode, form_of_operand, subgraphs
from ...core.recording import PICK
from .common import identity
from .rewriting import pick_of, replayed_on, rewritten


def with_simple_bodies(graph: Graph, simplify: Callable[[Graph], Graph]) -> Graph:
    """The graph with every graph within it simplified."""

    def simple(value: Any) -> Any:
        if type(value) is tuple:
            return tuple(map(simple, value))
        return simplify(value) if isinstance(value, Graph) else value

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        if not subgraphs(node):
            return None
        params = {name: simple(value) for name, value in node.params.items()}
        return GraphNode(node.primitive, operands, params, node.form, node.line)

    return rewritten(graph, rewrite)


# -- loops that are done twice ---------------------------------------------------------------------


def with_joint_scans(graph: Graph, simplify: Callable[[Graph], Graph]) -> Graph:
    """The graph with one scan for all that carry the same and differ in their stacks only."""
    scans: dict[Any, list[GraphNode]] = {}
    for node in graph.nodes:
        if node.primitive is SCAN:
            scans.setdefault(_turns_of(node, graph), []).append(node)
    joint: dict[GraphNode, tuple[GraphNode, int]] = {}
    bodies: dict[GraphNode, Graph] = {}
    for first, *others in scans.values():
        body: Graph = first.params["body"]
        for node in others:
            both = _joint_body(body, node, simplify)
            if both is not None:
                joint[node] = first, len(body.outputs)
                bodies[first] = body = both
    return _with_bodies(graph, joint, bodies) if joint else graph


def _turns_of(node: GraphNode, graph: Graph) -> Any:
    numbers = tuple(node.params[name] for name in ("captured", "carried", "length", "reverse"))
    return numbers, tuple(map(identity, node.operands))


def _joint_body(body: Graph, node: GraphNode, simplify: Callable[[Graph], Graph]) -> Graph | None:
    """The body with the further outputs of another scan's; ``None`` if they do not carry the same."""
    other, carried = node.params["body"], node.params["carried"]
    nodes, outputs = replayed_on(other, dict(zip(other.inputs, body.inputs, strict=True)))
    count = len(body.outputs)
    both = simplify(Graph(body.inputs, [*body.nodes, *nodes], [*body.outputs, *outputs]))
    again = both.outputs[count : count + carried]
    if any(a is not b for a, b in zip(both.outputs, again, strict=False)):
        return None
    return Graph(both.inputs, both.nodes, [*both.outputs[:count], *both.outputs[count + carried :]])


def _with_bodies(graph: Graph, joint: dict[GraphNode, tuple[GraphNode, int]], bodies: dict[GraphNode, Graph]) -> Graph:
    made: dict[GraphNode, GraphNode] = {}

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        if node in joint:
            return made[joint[node][0]]
        if node in bodies:
            made[node] = _extended(node, operands, bodies[node])
            return made[node]
        if node.primitive is not PICK:
            return None
        first, begin = joint.get(node.operands[0], (None, 0))
        index = node.params["index"]
        if first is not None and index >= first.params["carried"]:
            index += begin - first.params["carried"]
        return pick_of(operands[0], index) if operands[0] in made.values() else None

    return rewritten(graph, rewrite)


def _extended(node: GraphNode, operands: list[Any], body: Graph) -> GraphNode:
    forms = node.form
    length = node.params["length"]
    further = [form_of_operand(o) for o in body.outputs[len(forms) :]]
    stacks = [type(form)((length, *form.shape), form.dtype) for form in further]
    return GraphNode(node.primitive, operands, {**node.params, "body": body}, (*forms, *stacks), node.line)
