"""Activity analysis: what moves in a graph when some of its inputs do, through loops and branches."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.dtypes.kinds import is_inexact
from ..core.graph import Graph, GraphNode
from ..core.recording import PICK
from .subgraphs import (
    chosen,
    output_forms,
    parts,
    settled,
)


def moving_outputs(graph: Graph, moving: Sequence[bool]) -> list[bool]:
    """Which outputs have a tangent when these inputs have one."""
    found = set(chosen(graph.inputs, moving))
    results: dict[GraphNode, list[bool]] = {}
    for node in graph.nodes:
        operands = node.operands
        reads = [isinstance(o, GraphNode) and o in found for o in operands]
        if not any(reads):
            continue
        if node.primitive is PICK:
            moves = results[operands[0]][node.params["index"]] if operands[0] in results else True
        else:
            inner = _moving_results(node, reads)
            moves = node.primitive.differentiable if inner is None else any(inner)
            results |= {} if inner is None else {node: inner}
        found |= {node} if moves else set()
    forms = output_forms(graph)
    return [
        isinstance(o, GraphNode) and o in found and is_inexact(f.dtype)
        for o, f in zip(graph.outputs, forms, strict=True)
    ]


def _moving_results(node: GraphNode, reads: Sequence[bool]) -> list[bool] | None:
    """The same for the results of a loop or a branch; ``None`` if the node is neither."""
    params = node.params
    if "branches" in params:
        return moving_ends(params["branches"], reads[1:])
    if "body" not in params or "back" in params:
        return None
    body, captured = params["body"], params["captured"]
    carried = params.get("carried", len(reads) - captured)
    ends = moving_inputs(body, reads, captured, carried)[1]
    return [*ends, False] if "test" in params else ends


def moving_ends(branches: Sequence[Graph], moving: Sequence[bool]) -> list[bool]:
    """Which results have a tangent in any branch."""
    return [any(marks) for marks in zip(*[moving_outputs(branch, moving) for branch in branches], strict=True)]


def moving_inputs(body: Graph, marks: Sequence[bool], captured: int, carried: int) -> tuple[list[bool], list[bool]]:
    """Which inputs and outputs of a body move on any turn, if these operands do."""
    shared, carry, xs = parts(marks, captured, carried)

    def after(moving: list[bool]) -> list[bool]:
        return moving_outputs(body, [*shared, *moving, *xs])[:carried]

    moving = [*shared, *settled(carry, after), *xs]
    ends = moving_outputs(body, moving)
    return moving, [*moving[captured : captured + carried], *ends[carried:]]


def reached_back(
    body: Graph, moving: Sequence[bool], ends: Sequence[bool], given: Sequence[bool], captured: int, carried: int
) -> tuple[list[bool], list[bool]]:
    """Which of the moving inputs and outputs of a body a cotangent comes to, if these results are given one."""
    starts = [moves and is_given for moves, is_given in zip(ends, given, strict=True)]

    def before(carry: list[bool]) -> list[bool]:
        return _both(moving, _read(body, [*carry, *starts[carried:]]))[captured : captured + carried]

    carry = settled(starts[:carried], before)
    ends = [*carry, *starts[carried:]]
    shared, _, xs = parts(_both(moving, _read(body, ends)), captured, carried)
    return [*shared, *carry, *xs], ends


def _both(first: Sequence[bool], second: Sequence[bool]) -> list[bool]:
    return [a and b for a, b in zip(first, second, strict=True)]


def _read(graph: Graph, marks: Sequence[bool]) -> list[bool]:
    """Which inputs the marked outputs depend on."""
    needed = graph.needed(chosen(graph.outputs, marks))
    return [node in needed for node in graph.inputs]
