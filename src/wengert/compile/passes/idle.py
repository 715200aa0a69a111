"""Dead code of loops and branches: unused results, and what is carried, read and computed for these alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy

from ...control.cond_primitive import COND
from ...control.loop_primitives import PULLBACK, SCAN, WHILE
from ...core.graph import Graph, GraphNode
from ...core.primitive import Primitive
from ...core.recording import PICK
from .less import Inputs, Less, live_of, reads_of
from .pullbacks import pullback_with_less
from .rewriting import pick_of, rewritten


def without_idle_results(graph: Graph) -> Graph:
    """The graph with loops and branches without dead results, carries and inputs.

    What a loop carries without changing it becomes something that it reads.
    """
    used: dict[GraphNode, set[int]] = {}
    for node in graph.nodes:
        if node.primitive is PICK:
            used.setdefault(node.operands[0], set()).add(node.params["index"])
    replaced: dict[GraphNode, dict[int, Any]] = {}

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        if node.primitive is PICK:
            results = replaced.get(node.operands[0])
            return None if results is None else results[node.params["index"]]
        rule = _RULES.get(node.primitive)
        if rule is None:
            return None
        less = rule(node, operands, used.get(node, set()))
        found = GraphNode(node.primitive, less.operands, less.params, less.forms, node.line)
        replaced[node] = {**less.known, **{old: pick_of(found, new) for new, old in enumerate(less.results)}}
        return found

    return rewritten(graph, rewrite)


def _branches(node: GraphNode, operands: list[Any], used: set[int]) -> Less:
    index, *shared = operands
    branches, results = node.params["branches"], sorted(used)
    read = set().union(*(reads_of(branch, results) for branch in branches))
    inputs = Inputs(shared, sorted(read))
    smaller = tuple([inputs.of(branch, [], results) for branch in branches])
    return Less(node, [index, *inputs.operands], {"branches": smaller}, results, {})


def _scan(node: GraphNode, operands: list[Any], used: set[int]) -> Less:
    body, captured, carried = (node.params[name] for name in ("body", "captured", "carried"))
    if node.params["length"] == 0:
        return Less(node, operands, {}, [], _without_turns(node, operands[captured : captured + carried]))
    end = captured + carried
    carry = live_of(body, captured, carried, used)
    results = [*carry, *sorted(i for i in used if i >= carried)]
    fixed = _unchanged(body, captured, carry)
    turning = [i for i in carry if i not in fixed]
    kept = [i for i in results if i not in fixed]
    read = reads_of(body, kept)
    inputs = Inputs(operands, sorted(i for i in read if i < captured) + [captured + i for i in sorted(fixed)])
    rest = [captured + i for i in turning] + sorted(i for i in read if i >= end)
    params = {"body": inputs.of(body, rest, kept), "captured": len(inputs.operands), "carried": len(turning)}
    known = {i: operands[captured + i] for i in fixed}
    return Less(node, [*inputs.operands, *(operands[i] for i in rest)], params, kept, known)


def _without_turns(node: GraphNode, carry: Sequence[Any]) -> dict[int, Any]:
    stacks = [numpy.empty(form.shape, form.dtype) for form in node.form[len(carry) :]]
    return dict(enumerate([*carry, *stacks]))


def _while(node: GraphNode, operands: list[Any], used: set[int]) -> Less:
    test, body, captured = (node.params[name] for name in ("test", "body", "captured"))
    carried = len(body.outputs)
    carry = live_of(body, captured, carried, used, reads_of(test, [0]))
    fixed = _unchanged(body, captured, carry)
    turning = [i for i in carry if i not in fixed]
    read = reads_of(test, [0]) | reads_of(body, turning)
    inputs = Inputs(operands, sorted(i for i in read if i < captured) + [captured + i for i in sorted(fixed)])
    rest = [captured + i for i in turning]
    smaller = {"test": inputs.of(test, rest, [0]), "body": inputs.of(body, rest, turning)}
    params = {**smaller, "captured": len(inputs.operands)}
    known = {i: operands[captured + i] for i in fixed}
    return Less(node, [*inputs.operands, *(operands[i] for i in rest)], params, [*turning, carried], known)


def _unchanged(body: Graph, captured: int, carry: Iterable[int]) -> set[int]:
    return {i for i in carry if body.outputs[i] is body.inputs[captured + i]}


_RULES: dict[Primitive, Callable[[GraphNode, list[Any], set[int]], Less]] = {
    COND: _branches,
    SCAN: _scan,
    WHILE: _while,
    PULLBACK: pullback_with_less,
}
