"""A loop that is a part of another is done by that one.

So are the loop that a function runs and the one that carries its tangents along, which does the same and more; and the
two loops of a gradient that carry the same, and differ in what they stack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import permutations
from typing import Any, NamedTuple

from ...control.loop_primitives import SCAN, WHILE
from ...core.graph import Graph, GraphNode, form_of_operand
from ...core.recording import PICK
from .common import identity
from .rewriting import pick_of, replayed_on, rewritten

Simplify = Callable[[Graph], Graph]


class Joint(NamedTuple):
    """How one loop does another.

    Attributes:
        narrow: the loop that is left out.
        wide: the loop that does what it does.
        body: that of the wide one, which may have further outputs.
        results: for each result of the narrow one its place among those of the wide one.
    """

    narrow: GraphNode
    wide: GraphNode
    body: Graph
    results: Sequence[int]


def with_joint_loops(graph: Graph, simplify: Simplify) -> Graph:
    """The graph in which no loop is a part of another."""
    while joint := next(_joints(graph, simplify), None):
        graph = _joined(graph, joint)
    return graph


def _joints(graph: Graph, simplify: Simplify) -> Iterator[Joint]:
    loops = [node for node in graph.nodes if node.primitive in (SCAN, WHILE)]
    for narrow, wide in permutations(loops, 2):
        places = _places(narrow, wide)
        if places is not None and _may_be_done_by(narrow, wide, graph):
            joint = _joint(narrow, wide, places, simplify)
            if joint is not None:
                yield joint


def _may_be_done_by(narrow: GraphNode, wide: GraphNode, graph: Graph) -> bool:
    """Whether no result would come to be computed from itself, or from an input that it does not depend on.

    A derivative is split into what comes before its cotangents are known, and what comes after.
    """
    sources = _sources(wide)
    return narrow not in sources and sources.intersection(graph.inputs) <= _sources(narrow)


def _places(narrow: GraphNode, wide: GraphNode) -> list[int] | None:
    """Where the operands of one loop are among those of another, in this order; ``None`` if they are not all there."""
    if _turns(narrow) != _turns(wide):
        return None
    places: list[int] = []
    for part, whole in zip(_parts(narrow), _parts(wide), strict=True):
        left = iter(whole)
        for place in part:
            wanted = identity(narrow.operands[place])
            found = next((other for other in left if identity(wide.operands[other]) == wanted), None)
            if found is None:
                return None
            places.append(found)
    return places


def _turns(loop: GraphNode) -> tuple[Any, ...]:
    """What two loops must have in common."""
    return loop.primitive, *(loop.params.get(name) for name in ("length", "reverse", "memory"))


def _parts(loop: GraphNode) -> Sequence[range]:
    """The places of what is captured, carried and read slice by slice."""
    captured, carried = loop.params["captured"], loop.params["carried"] if loop.primitive is SCAN else None
    end = len(loop.operands) if carried is None else captured + carried
    return range(captured), range(captured, end), range(end, len(loop.operands))


def _sources(node: GraphNode) -> set[GraphNode]:
    """All nodes that a node is computed from, the inputs among them."""
    found: set[GraphNode] = set()
    left = [node]
    while left:
        for operand in left.pop().operands:
            if isinstance(operand, GraphNode) and operand not in found:
                found.add(operand)
                left.append(operand)
    return found


def _joint(narrow: GraphNode, wide: GraphNode, places: Sequence[int], simplify: Simplify) -> Joint | None:
    """How one loop does another whose operands are among its own; ``None`` if it does something else to them."""
    captured, carried, _ = _parts(narrow)
    given = wide.params["captured"]
    carries = [places[place] - given for place in carried]
    body = _with_both(narrow.params["body"], wide.params["body"], places, simplify)
    count = len(wide.params["body"].outputs)
    if any(body.outputs[count + k] is not body.outputs[place] for k, place in enumerate(carries)):
        return None
    if narrow.primitive is WHILE:
        inner = [*places[: len(captured)], *(places[place] for place in carried)]
        test = _with_both(narrow.params["test"], wide.params["test"], inner, simplify)
        return (
            Joint(narrow, wide, wide.params["body"], [*carries, count]) if test.outputs[0] is test.outputs[1] else None
        )
    stacks = body.outputs[count + len(carries) :]
    return Joint(
        narrow,
        wide,
        Graph(body.inputs, body.nodes, [*body.outputs[:count], *stacks]),
        [*carries, *range(count, count + len(stacks))],
    )


def _with_both(narrow: Graph, wide: Graph, places: Sequence[int], simplify: Simplify) -> Graph:
    """The graph of one loop with the outputs of another's behind its own, simplified: what is the same is one node."""
    inputs = dict(zip(narrow.inputs, (wide.inputs[place] for place in places), strict=True))
    nodes, outputs = replayed_on(narrow, inputs)
    return simplify(Graph(wide.inputs, [*wide.nodes, *nodes], [*wide.outputs, *outputs]))


def _joined(graph: Graph, joint: Joint) -> Graph:
    made: dict[GraphNode, GraphNode] = {}

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        if node is joint.wide:
            made[node] = _extended(node, operands, joint.body)
            return made[node]
        if node.primitive is PICK and node.operands[0] is joint.narrow:
            return pick_of(made[joint.wide], joint.results[node.params["index"]])
        return None

    return rewritten(_with_first(graph, joint), rewrite)


def _with_first(graph: Graph, joint: Joint) -> Graph:
    """The graph with the wide loop before all that is computed from the narrow one."""
    before = {joint.wide, *_sources(joint.wide)}
    nodes = [node for node in graph.nodes if node in before]
    return Graph(graph.inputs, [*nodes, *(node for node in graph.nodes if node not in before)], graph.outputs)


def _extended(loop: GraphNode, operands: list[Any], body: Graph) -> GraphNode:
    """The loop with a body of further outputs, which are stacked."""
    further = [form_of_operand(o) for o in body.outputs[len(loop.params["body"].outputs) :]]
    stacks = [type(form)((loop.params["length"], *form.shape), form.dtype) for form in further]
    return GraphNode(loop.primitive, operands, {**loop.params, "body": body}, (*loop.form, *stacks), loop.line)
