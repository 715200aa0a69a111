"""Checkpointed graphs, put in the place of the nodes that run them."""

from __future__ import annotations

from typing import Any

from ...control.checkpoint_primitive import CHECKPOINT
from ...core.graph import Graph, GraphNode
from ...core.recording import PICK
from .rewriting import replayed_on, rewritten


def with_checkpoints_inside(graph: Graph) -> Graph:
    """The graph with the operations of checkpointed graphs among its own.

    What a backward walk computes again stands in it twice, the second time of operands of `wengert.ops.after`.
    """
    results: dict[GraphNode, list[Any]] = {}

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        if node.primitive is CHECKPOINT:
            inner = with_checkpoints_inside(node.params["graph"])
            results[node] = replayed_on(inner, dict(zip(inner.inputs, operands, strict=True)))[1]
            return None
        if node.primitive is PICK and node.operands[0] in results:
            return results[node.operands[0]][node.params["index"]]
        return None

    return rewritten(graph, rewrite)
