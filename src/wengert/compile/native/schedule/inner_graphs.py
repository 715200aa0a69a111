"""The graphs within loops and branches, as machine code runs them."""

from __future__ import annotations

from typing import Any

from ....control.cond_primitive import COND
from ....control.loop_primitives import PULLBACK, SCAN, WHILE
from ....core.graph import Graph, GraphNode, form_of_operand, input_node
from ....ops.elementwise import add
from ...passes.rewriting import apply

Pairs = list[tuple[int, int]]
"""Outputs that may be written where an input is, by their positions: what a turn makes of what it was given."""


def graphs_of(node: GraphNode) -> list[tuple[Graph, Pairs]]:
    """The graphs that a loop or a branch runs."""
    return _GRAPHS[node.primitive](**node.params)


def _carried(captured: int, carried: int) -> Pairs:
    return [(i, captured + i) for i in range(carried)]


def _of_scan(body: Graph, captured: int, carried: int, **params: Any) -> list[tuple[Graph, Pairs]]:
    return [(body, _carried(captured, carried))]


def _of_while(test: Graph, body: Graph, captured: int, **params: Any) -> list[tuple[Graph, Pairs]]:
    return [(test, []), (body, _carried(captured, len(body.outputs)))]


def _of_branches(branches: tuple[Graph, ...]) -> list[tuple[Graph, Pairs]]:
    return [(branch, []) for branch in branches]


def _of_pullback(body: Graph, back: Graph, captured: int, carried: int, **params: Any) -> list[tuple[Graph, Pairs]]:
    moving = params["moving"]
    sums, turning = sum(moving[:captured]), sum(moving[captured : captured + carried])
    ahead = Graph(body.inputs, body.nodes, body.outputs[:carried])
    pairs = [(i, i) for i in range(sums)] + [(sums + i, sums + len(body.inputs) + i) for i in range(turning)]
    return [(ahead.pruned(), []), (with_sums(back, sums), pairs)]


def with_sums(graph: Graph, count: int) -> Graph:
    """The graph with sums as its first inputs, to which it adds its first outputs."""
    sums = [input_node(form_of_operand(output)) for output in graph.outputs[:count]]
    added = [apply(add.primitive, [total, part], {}) for total, part in zip(sums, graph.outputs, strict=False)]
    return Graph([*sums, *graph.inputs], [*graph.nodes, *added], [*added, *graph.outputs[count:]])


_GRAPHS = {SCAN: _of_scan, WHILE: _of_while, COND: _of_branches, PULLBACK: _of_pullback}
