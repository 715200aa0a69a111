"""What a backward walk from some results of a call would pass, had the call been made operation by operation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, NamedTuple

from ...control.cond_primitive import COND
from ...control.subgraphs import chosen
from ...core.graph import Graph, GraphNode
from ...core.recording import PICK
from ...core.replay import interpreted


class Choices(NamedTuple):
    """Which sides of branches a call takes, as far as the values are known on which that depends.

    Attributes:
        graph: where the branches are.
        values: known values of nodes.
    """

    graph: Graph
    values: Mapping[GraphNode, Any]

    def index(self, operand: Any) -> Any:
        """The index of a side, given what computes it; ``None`` if it is not known."""
        if not isinstance(operand, GraphNode):
            return operand
        if operand in self.values:
            return self.values[operand]
        part = Graph(self.graph.inputs, self.graph.nodes, [operand]).pruned()
        needed = part.needed(part.outputs)
        if any(node in needed and node not in self.values for node in part.inputs):
            return None
        return interpreted(part)([self.values.get(node) for node in part.inputs])[0]

    def inside(self, side: Graph, operands: Sequence[Any]) -> Choices:
        """The same for the branches within a side, of which the operands are given."""
        given = ((i, self.index(o)) for i, o in zip(side.inputs, operands, strict=True))
        return Choices(side, {i: value for i, value in given if value is not None})


def passed(graph: Graph, ends: Iterable[Any], moving: Set[GraphNode], choices: Choices) -> set[GraphNode]:
    """The nodes that a walk from `ends` passes among those that are moving; within branches, on the side taken."""
    found = {end for end in ends if isinstance(end, GraphNode)} & moving
    picked: defaultdict[GraphNode, list[int]] = defaultdict(list)
    for node in reversed(graph.nodes):
        if node not in found:
            continue
        if node.primitive is PICK:
            picked[node.operands[0]].append(node.params["index"])
        if node.primitive is COND:
            found |= _through_branch(node, picked[node], moving, choices)
        else:
            found |= {o for o in _linear_operands(node) if isinstance(o, GraphNode)} & moving
    return found


def _through_branch(
    node: GraphNode, indices: Sequence[int], moving: Set[GraphNode], choices: Choices
) -> set[GraphNode]:
    """What is passed of the side taken of a branch (of all, if it is not known which), and its operands reached."""
    index, *operands = node.operands
    found: set[GraphNode] = set()
    for side in sides_taken(node.params["branches"], choices.index(index)):
        begins = chosen(side.inputs, [isinstance(o, GraphNode) and o in moving for o in operands])
        within = passed(side, [side.outputs[i] for i in indices], follow(side, begins), choices.inside(side, operands))
        found |= within | set(chosen(operands, [i in within for i in side.inputs]))
    return found


def sides_taken(sides: Sequence[Graph], index: Any) -> Sequence[Graph]:
    """The side that an index chooses; all, if it is not known."""
    return sides if index is None else [sides[min(max(int(index), 0), len(sides) - 1)]]


def follow(graph: Graph, begins: Iterable[GraphNode]) -> set[GraphNode]:
    """The nodes whose derivatives by some inputs need not be zero."""
    return graph.reached(begins, lambda node: node.primitive.differentiable)


def _linear_operands(node: GraphNode) -> Iterator[Any]:
    """The operands by which an operation has a derivative."""
    primitive = node.primitive
    if primitive.joint is not None:
        return iter(node.operands)
    return (o for i, o in enumerate(node.operands) if primitive.map_of(i) is not None)


def has_branches(graph: Graph) -> bool:
    """Whether values decide what is passed."""
    return any(node.primitive is COND for node in graph.nodes)


def indices_of_sides(graph: Graph) -> list[GraphNode]:
    """What chooses the sides of branches."""
    return [
        node.operands[0] for node in graph.nodes if node.primitive is COND and isinstance(node.operands[0], GraphNode)
    ]


# -- what a walk frees -----------------------------------------------------------------------------


def dropped_by(graph: Graph, output: Any, moving: Set[GraphNode], choices: Choices) -> set[GraphNode]:
    """The nodes that a walk from an output drops."""
    return {node for node in passed(graph, [output], moving, choices) if _is_freed(node)}


def _is_freed(node: GraphNode) -> bool:
    """Whether a node is dropped, as `wengert.walks.backward.release` does."""
    if node.primitive is not PICK:
        return node.primitive.is_freed
    many = node.operands[0].primitive
    return many is not COND and any(many.keeps((True,) * len(node.operands[0].operands)))


class Endings:
    """From which outputs of a graph there is no walk any more after one from another has dropped its nodes."""

    def __init__(self, graph: Graph, watched: Sequence[bool]) -> None:
        self.graph = graph
        self.moving = follow(graph, chosen(graph.inputs, watched))
        self.dropped = self._dropped({})
        self.has_branches = has_branches(graph)

    def is_ended(self, walked: int, index: int, known: Mapping[GraphNode, Any]) -> bool:
        """Whether a walk from one output has ended those from another; where it depends on that, by known values."""
        dropped = self.dropped
        if self.has_branches and dropped[walked] & dropped[index]:
            dropped = self._dropped(known)
        return bool(dropped[walked] & dropped[index])

    def _dropped(self, known: Mapping[GraphNode, Any]) -> list[set[GraphNode]]:
        choices = Choices(self.graph, known)
        return [dropped_by(self.graph, output, self.moving, choices) for output in self.graph.outputs]
