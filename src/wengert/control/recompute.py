"""Checkpointing within a turn of a loop: what it keeps for its pullback, and what that computes again."""

from __future__ import annotations

from typing import NamedTuple

from ..core.graph import Graph, GraphNode, cut
from ..core.recording import PICK
from ..ops.facts import facts_of


class Halves(NamedTuple):
    """A turn and its pullback.

    Attributes:
        ahead: from the inputs of the turn to its outputs, and what is kept.
        back: from `needed`, what is kept and the cotangents to the cotangents.
        needed: the inputs of the turn that the pullback reads, by position.
        kept: how many values are kept.
    """

    ahead: Graph
    back: Graph
    needed: list[int]
    kept: int


def halves(joined: Graph, inputs: int, outputs: int, captured: int) -> Halves:
    """Cut the graph of a turn with its pullback in two.

    Args:
        joined: from the inputs of the turn and the cotangents to its outputs and the cotangents of its inputs.
        inputs: how many inputs the turn has.
        outputs: how many outputs it has.
        captured: so many of its inputs are the same on every turn.
    """
    given, cotangents = joined.inputs[:inputs], joined.inputs[inputs:]
    behind = joined.reached(cotangents)
    turning = joined.reached(given[captured:])
    again: set[GraphNode] = set()
    met: dict[GraphNode, None] = {}
    stack = [o for node in joined.nodes if node in behind for o in node.operands]
    stack += joined.outputs[outputs:]
    while stack:
        node = stack.pop()
        if not isinstance(node, GraphNode) or node in behind or node in met or node in again:
            continue
        if node in given or (node in turning and not is_cheap(node)):
            met[node] = None
        else:
            again.add(node)
            stack.extend(node.operands)
    kept = [node for node in joined.nodes if node in met]
    needed = [i for i, node in enumerate(given) if node in met]
    nodes = [node for node in joined.nodes if node in behind or node in again]
    back = cut([*(given[i] for i in needed), *kept, *cotangents], nodes, joined.outputs[outputs:])
    ahead = Graph(given, joined.nodes, [*joined.outputs[:outputs], *kept]).pruned()
    return Halves(ahead, back, needed, len(kept))


def is_cheap(node: GraphNode) -> bool:
    """Whether it takes less to compute a node's result again than to keep it."""
    made = node.operands[0] if node.primitive is PICK else node
    return facts_of(made.primitive).is_cheap
