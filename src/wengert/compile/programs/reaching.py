"""Reachability for backward walks through a compiled call: which nodes eager code would visit and free."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from typing import Any, NamedTuple, TypeVar

from ...control.active import moving_inputs
from ...control.cond_primitive import COND
from ...control.loop_primitives import SCAN, WHILE
from ...control.subgraphs import chosen
from ...core.graph import Graph, GraphNode, form_of_operand
from ...core.recording import PICK
from ...core.replay import interpreted
from ...ops.indexing.gather import INDEXED

Item = TypeVar("Item")


class Choices(NamedTuple):
    """The branches that a call takes, as far as the values that choose them are known.

    Attributes:
        graph: where the branches are.
        values: known values of nodes.
    """

    graph: Graph
    values: Mapping[GraphNode, Any]

    def index(self, operand: Any) -> Any:
        """Evaluate the index of a branch; ``None`` if it is not known."""
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
        """The choices within the side of a branch, given its operands."""
        given = ((i, self.index(o)) for i, o in zip(side.inputs, operands, strict=True))
        return Choices(side, {i: value for i, value in given if value is not None})


def passed(graph: Graph, ends: Iterable[Any], moving: Set[GraphNode], choices: Choices) -> set[GraphNode]:
    """The active nodes a walk from `ends` visits: along the sides taken of branches, turn by turn through loops."""
    found = {end for end in ends if isinstance(end, GraphNode)} & moving
    picked: defaultdict[GraphNode, list[int]] = defaultdict(list)
    for node in reversed(graph.nodes):
        if node not in found:
            continue
        if node.primitive is PICK:
            picked[node.operands[0]].append(node.params["index"])
        if node.primitive is COND:
            found |= _through_branch(node, picked[node], moving, choices)
        elif node.primitive in _LOOPS:
            found |= _through_loop(node, picked[node], moving)
        else:
            found |= {o for o in _linear_operands(node) if isinstance(o, GraphNode)} & moving
    return found


def _through_branch(
    node: GraphNode, indices: Sequence[int], moving: Set[GraphNode], choices: Choices
) -> set[GraphNode]:
    """Visit the side taken of a branch (all, if not known which): its nodes, and the operands reached."""
    index, *operands = node.operands
    found: set[GraphNode] = set()
    for side in sides_taken(node.params["branches"], choices.index(index)):
        begins = chosen(side.inputs, [isinstance(o, GraphNode) and o in moving for o in operands])
        within = passed(side, [side.outputs[i] for i in indices], follow(side, begins), choices.inside(side, operands))
        found |= within | set(chosen(operands, [i in within for i in side.inputs]))
    return found


_LOOPS = {SCAN, WHILE}


def _through_loop(node: GraphNode, indices: Sequence[int], moving: Set[GraphNode]) -> set[GraphNode]:
    """Visit the turns of a loop, from the last one back: the nodes of its body, and the operands reached."""
    body, captured = node.params["body"], node.params["captured"]
    carried = node.params.get("carried", len(node.operands) - captured)
    marks, _ = moving_inputs(body, [isinstance(o, GraphNode) and o in moving for o in node.operands], captured, carried)
    inside = follow(body, chosen(body.inputs, marks))
    found: set[GraphNode] = set()
    stacks = frozenset(i for i in indices if carried <= i < len(body.outputs))

    def before(carry: frozenset[int]) -> frozenset[int]:
        within = passed(body, [body.outputs[i] for i in carry | stacks], inside, Choices(body, {}))
        found.update(within)
        return frozenset(i for i in range(carried) if body.inputs[captured + i] in within)

    end = frozenset(i for i in indices if i < carried)
    start = _iterated(before, end, node.params["length"]) if node.primitive is SCAN else _closed(before, end)
    carry, still = set(body.inputs[captured : captured + carried]), {body.inputs[captured + i] for i in start}
    read = [i in still if i in carry else i in found for i in body.inputs]
    return found | {o for o in chosen(node.operands, read) if isinstance(o, GraphNode)} & moving


def _iterated(function: Callable[[Item], Item], start: Item, times: int) -> Item:
    """A function of finitely many values, applied so many times: from the first repetition on, it goes round."""
    values: dict[Item, int] = {}
    while start not in values and len(values) < times:
        values[start] = len(values)
        start = function(start)
    if len(values) == times:
        return start
    first = values[start]
    return list(values)[first + (times - first) % (len(values) - first)]


def _closed(function: Callable[[frozenset[int]], frozenset[int]], start: frozenset[int]) -> frozenset[int]:
    """What is reached after some number of applications, none among them."""
    while not (after := function(start)) <= start:
        start |= after
    return start


def sides_taken(sides: Sequence[Graph], index: Any) -> Sequence[Graph]:
    """The side of a branch that an index selects; all, if it is not known."""
    return sides if index is None else [sides[min(max(int(index), 0), len(sides) - 1)]]


def follow(graph: Graph, begins: Iterable[GraphNode]) -> set[GraphNode]:
    """The active nodes: those whose derivative by some inputs need not be zero."""
    return graph.reached(begins, lambda node: node.primitive.differentiable)


def _linear_operands(node: GraphNode) -> Iterator[Any]:
    """The operands with respect to which an operation is differentiable."""
    primitive = node.primitive
    if primitive.joint is not None:
        return iter(node.operands)
    return (o for i, o in enumerate(node.operands) if primitive.map_of(i) is not None)


def has_branches(graph: Graph) -> bool:
    """Whether the nodes visited depend on values."""
    return any(node.primitive is COND for node in graph.nodes)


def indices_of_sides(graph: Graph) -> list[GraphNode]:
    """The operands that select the sides of branches."""
    return [
        node.operands[0] for node in graph.nodes if node.primitive is COND and isinstance(node.operands[0], GraphNode)
    ]


# -- what a walk frees -----------------------------------------------------------------------------


def dropped_by(graph: Graph, output: Any, moving: Set[GraphNode], choices: Choices) -> set[GraphNode]:
    """The nodes whose residuals a walk from an output frees."""
    return {node for node in passed(graph, [output], moving, choices) if _is_freed(node)}


def _is_freed(node: GraphNode) -> bool:
    """Whether a walk frees the residuals of a node, as `wengert.walks.backward.release` does."""
    if node.primitive in INDEXED and form_of_operand(node.operands[-1]).shape == ():
        return False  # in eager code an index that is one number is a basic index, which keeps nothing
    if node.primitive is not PICK:
        return node.primitive.is_freed
    many = node.operands[0].primitive
    return many is not COND and many not in _LOOPS and any(many.keeps((True,) * len(node.operands[0].operands)))


class Endings:
    """Which outputs of a graph can no longer be walked from, after a walk from another has freed shared residuals."""

    def __init__(self, graph: Graph, watched: Sequence[bool]) -> None:
        self.graph = graph
        self.moving: set[GraphNode] = follow(graph, chosen(graph.inputs, watched))
        self.dropped: list[set[GraphNode]] = self._dropped({})
        self.has_branches: bool = has_branches(graph)

    def is_ended(self, walked: int, index: int, known: Mapping[GraphNode, Any]) -> bool:
        """Whether a walk from one output rules out one from another; by known values, where it depends on them."""
        dropped = self.dropped
        if self.has_branches and dropped[walked] & dropped[index]:
            dropped = self._dropped(known)
        return bool(dropped[walked] & dropped[index])

    def _dropped(self, known: Mapping[GraphNode, Any]) -> list[set[GraphNode]]:
        choices = Choices(self.graph, known)
        return [dropped_by(self.graph, output, self.moving, choices) for output in self.graph.outputs]
