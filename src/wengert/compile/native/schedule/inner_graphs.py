"""The graphs within loops and branches, as machine code runs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from ....control.cond_primitive import COND
from ....control.loop_primitives import PULLBACK, SCAN, WHILE
from ....core.graph import Graph, GraphNode, form_of_operand, input_node
from ....ops.elementwise import add
from ...passes.rewriting import apply
from .integer_ranges import IntegerRange, Ranges, counted

Pairs = list[tuple[int, int]]
"""Outputs that may be written where an input is, by their positions: what a turn makes of what it was given."""


class InnerGraph(NamedTuple):
    """A graph that a loop or a branch runs.

    Attributes:
        graph: the graph.
        pairs: outputs that may be written where an input is.
        known: between which numbers inputs are, by their positions.
    """

    graph: Graph
    pairs: Pairs
    known: Mapping[int, IntegerRange] = MappingProxyType({})


def graphs_of(node: GraphNode, ranges: Ranges) -> list[InnerGraph]:
    """The graphs that a loop or a branch runs, where this is known of what is outside."""
    return _GRAPHS[node.primitive](node.operands, ranges, **node.params)


def _carried(captured: int, carried: int) -> Pairs:
    return [(i, captured + i) for i in range(carried)]


def _known(
    operands: Sequence[Any], ranges: Ranges, body: Graph, captured: int, carried: int, turns: int
) -> dict[int, IntegerRange]:
    """Between which numbers the inputs of a body are: what does not change, slices, and counters."""
    known = {i: ranges.of(operand) for i, operand in enumerate(operands[: len(body.inputs)])}
    for i, output in enumerate(body.outputs[:carried], captured):
        known[i] = counted(output, body.inputs[i], known[i], turns)
    return {i: found for i, found in known.items() if found is not None}


def _of_scan(
    operands: Sequence[Any], ranges: Ranges, body: Graph, captured: int, carried: int, length: int, **params: Any
) -> list[InnerGraph]:
    known = _known(operands, ranges, body, captured, carried, length)
    return [InnerGraph(body, _carried(captured, carried), known)]


def _of_while(
    operands: Sequence[Any], ranges: Ranges, test: Graph, body: Graph, captured: int, **params: Any
) -> list[InnerGraph]:
    return [InnerGraph(test, []), InnerGraph(body, _carried(captured, len(body.outputs)))]


def _of_branches(operands: Sequence[Any], ranges: Ranges, branches: tuple[Graph, ...]) -> list[InnerGraph]:
    return [InnerGraph(branch, []) for branch in branches]


def _of_pullback(
    operands: Sequence[Any], ranges: Ranges, body: Graph, back: Graph, captured: int, carried: int, **params: Any
) -> list[InnerGraph]:
    turns, moving = operands[0], params["moving"]
    count = 0 if isinstance(turns, GraphNode) else int(turns)
    known = _known(operands[1:], ranges, body, captured, carried, count)
    sums, turning = sum(moving[:captured]), sum(moving[captured : captured + carried])
    ahead = Graph(body.inputs, body.nodes, body.outputs[:carried])
    pairs = [(i, i) for i in range(sums)] + [(sums + i, sums + len(body.inputs) + i) for i in range(turning)]
    known_back = {sums + i: found for i, found in known.items()}
    return [InnerGraph(ahead.pruned(), [], known), InnerGraph(with_sums(back, sums), pairs, known_back)]


def with_sums(graph: Graph, count: int) -> Graph:
    """The graph with sums as its first inputs, to which it adds its first outputs."""
    sums = [input_node(form_of_operand(output)) for output in graph.outputs[:count]]
    added = [apply(add.primitive, [total, part], {}) for total, part in zip(sums, graph.outputs, strict=False)]
    return Graph([*sums, *graph.inputs], [*graph.nodes, *added], [*added, *graph.outputs[count:]])


_GRAPHS = {SCAN: _of_scan, WHILE: _of_while, COND: _of_branches, PULLBACK: _of_pullback}
