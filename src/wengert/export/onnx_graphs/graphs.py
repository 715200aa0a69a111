"""From a graph to nodes of ONNX, with loops and branches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy

from ...control.cond_primitive import COND
from ...control.loop_primitives import PULLBACK, SCAN, WHILE
from ...control.subgraphs import output_forms, parts
from ...core.graph import Graph, GraphNode
from ...core.primitive import Primitive, primitives
from ...core.recording import PICK
from ...ops import contract, elementwise as e, join
from ...ops.einsum import is_einsum
from ...ops.elementwise import CASTS
from ...ops.windows.correlate import correlate
from .nodes import Nodes, value
from .operators import END, RULES, operators_of, refused

BOOL, COUNT = numpy.dtype(bool), numpy.dtype(numpy.int64)


def outputs_of(nodes: Nodes, graph: Graph, inputs: Sequence[Any]) -> list[Any]:
    """The values of the outputs of a graph."""
    known: dict[GraphNode, Any] = dict(zip(graph.inputs, inputs, strict=True))

    def given(operand: Any) -> Any:
        return known[operand] if isinstance(operand, GraphNode) else nodes.constant(numpy.asarray(operand))

    for node in graph.nodes:
        if any(form.dtype.kind == "c" for form in node.result_forms):
            raise refused(node)
        operands = [given(o) for o in _typed(node)]
        if node.primitive is PICK:
            known[node] = operands[0][node.params["index"]]
        elif node.primitive in CONTROL:
            known[node] = CONTROL[node.primitive](nodes, node, operands)
        else:
            known[node] = operators_of(nodes, node, _in_one_dtype(nodes, node, operands))
    return [given(output) for output in graph.outputs]


def has_operators(node: GraphNode) -> bool:
    """Whether ONNX has operators for an operation."""
    return node.primitive in RULES or node.primitive in CONTROL or node.primitive is PICK or is_einsum(node.primitive)


def _typed(node: GraphNode) -> list[Any]:
    """The operands, with Python's numbers in the dtype that their partners give them."""
    strong = [form.dtype for o, form in zip(node.operands, node.operand_forms, strict=True) if _is_strong(o, form)]
    return [
        o if _is_strong(o, form) or not hasattr(form, "dtype") else numpy.asarray(o, numpy.result_type(*strong, o))
        for o, form in zip(node.operands, node.operand_forms, strict=True)
    ]


def _is_strong(operand: Any, form: Any) -> bool:
    """Whether an operand has a dtype of its own."""
    return hasattr(form, "dtype") and (isinstance(operand, GraphNode) or hasattr(operand, "dtype"))


def _in_one_dtype(nodes: Nodes, node: GraphNode, operands: list[Any]) -> list[Any]:
    """The operands of arithmetic and the like in one dtype; ONNX converts nothing by itself."""
    dtypes = [numpy.asarray(o).dtype if not isinstance(o, GraphNode) else o.form.dtype for o in _typed(node)]
    first = 1 if node.primitive in CHOICES else 0
    if node.primitive in CASTS or not (node.primitive.is_elementwise or node.primitive in COMBINING):
        return operands
    wanted = node.form.dtype
    if wanted == BOOL and node.primitive not in LOGICAL:
        wanted = numpy.result_type(*dtypes[first:])
    pairs = zip(operands[first:], dtypes[first:], strict=True)
    return [*operands[:first], *(o if dtype == wanted else nodes.cast(o, wanted) for o, dtype in pairs)]


CHOICES = primitives(e.where)
"""Their first operand is a truth value."""
LOGICAL = primitives(e.logical_and, e.logical_or, e.logical_xor, e.logical_not)
"""Functions of truth values, which numbers are where they are not zero."""
COMBINING = primitives(contract.matmul, contract.product_by_rows, join.concatenate, join.stack, correlate)
"""Operations that are not elementwise, and whose operands have one dtype in ONNX."""


# -- loops and branches ----------------------------------------------------------------------------


def _loop(
    nodes: Nodes,
    turns: Any,
    goes_on: Any,
    carry: Sequence[Any],
    forms: Sequence[Any],
    body: Callable[[Any, list[Any]], tuple[Any, list[Any], list[Any]]],
) -> list[Any]:
    """A loop: ``body(turn, carry)`` gives whether it goes on, the next carry, and what is stacked."""
    turn = value(nodes.name("turn"), COUNT, ())
    going = value(nodes.name("going"), BOOL, ())
    inside = [value(nodes.name("carried"), form.dtype, form.shape) for form in forms]
    count = 0

    def run() -> list[Any]:
        nonlocal count
        next_going, after, stacked = body(turn, list(inside))
        count = len(after) + len(stacked)
        return [going if next_going is None else next_going, *after, *stacked]

    graph = nodes.graph("body", [turn, going, *inside], run)
    found = nodes.call("Loop", turns, goes_on, *carry, outputs=max(count, 1), body=graph)
    return found if isinstance(found, list) else [found]


def _slice(nodes: Nodes, x: Any, turn: Any) -> Any:
    return nodes.call("Gather", x, turn, axis=0)


def _place(nodes: Nodes, turn: Any, length: Any, reverse: bool) -> Any:
    """The place of a turn in what is stacked."""
    if not reverse:
        return turn
    return nodes.call("Sub", nodes.call("Sub", length, numpy.int64(1)), turn)


def _backwards(nodes: Nodes, stack: Any) -> Any:
    ends = [nodes.integers([i]) for i in (-1, -END, 0, -1)]
    return nodes.call("Slice", stack, *ends)


def _scan(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> list[Any]:
    body, carried, length, reverse = (node.params[k] for k in ("body", "carried", "length", "reverse"))
    shared, carry, xs = parts(operands, node.params["captured"], carried)
    count = nodes.constant(numpy.int64(length))

    def turn_of(turn: Any, inside: list[Any]) -> tuple[Any, list[Any], list[Any]]:
        place = _place(nodes, turn, count, reverse)
        found = outputs_of(nodes, body, [*shared, *inside, *(_slice(nodes, x, place) for x in xs)])
        return (None, *parts(found, carried))  # type: ignore[return-value]

    found = _loop(nodes, count, numpy.asarray(True), carry, output_forms(body)[:carried], turn_of)
    after, stacks = parts(found, carried)
    return [*after, *(_backwards(nodes, s) if reverse else s for s in stacks)]


def _while(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> list[Any]:
    test, body = node.params["test"], node.params["body"]
    shared, carry = parts(operands, node.params["captured"])
    (goes_on,) = outputs_of(nodes, test, [*shared, *carry])

    def turn_of(turn: Any, inside: list[Any]) -> tuple[Any, list[Any], list[Any]]:
        *state, count = inside
        after = outputs_of(nodes, body, [*shared, *state])
        (next_going,) = outputs_of(nodes, test, [*shared, *after])
        return next_going, [*after, nodes.call("Add", count, numpy.int64(1))], []

    return _loop(nodes, None, goes_on, [*carry, numpy.int64(0)], node.result_forms, turn_of)


def _cond(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> list[Any]:
    index, *given = operands
    return _branch(nodes, nodes.cast(index, COUNT), node.params["branches"], 0, given, len(node.result_forms))


def _branch(
    nodes: Nodes, index: Any, branches: Sequence[Graph], place: int, given: Sequence[Any], count: int
) -> list[Any]:
    """The results of the branch of a number, the first for numbers up to 0, the last for all that are left."""
    if place == len(branches) - 1:
        return outputs_of(nodes, branches[place], given)
    taken = nodes.graph("taken", [], lambda: outputs_of(nodes, branches[place], given))
    others = nodes.graph("others", [], lambda: _branch(nodes, index, branches, place + 1, given, count))
    test = nodes.call("LessOrEqual", index, numpy.int64(place))
    found = nodes.call("If", test, outputs=max(count, 1), then_branch=taken, else_branch=others)
    return found if isinstance(found, list) else [found]


def _pullback(nodes: Nodes, node: GraphNode, operands: Sequence[Any]) -> list[Any]:
    """Forward, with the carries stacked, and then back."""
    params = node.params
    body, back, captured, carried, moving = (params[k] for k in ("body", "back", "captured", "carried", "moving"))
    turns, *rest = operands
    shared, carry, rest = parts(rest, captured, carried)
    xs, rest = parts(rest, len(body.inputs) - captured - carried)
    cotangents, ys = parts(rest, sum(params["ends"][:carried]))
    count = nodes.cast(turns, COUNT)

    def forward(turn: Any, inside: list[Any]) -> tuple[Any, list[Any], list[Any]]:
        place = _place(nodes, turn, count, params["reverse"])
        slices = [_slice(nodes, x, place) for x in xs]
        return None, outputs_of(nodes, body, [*shared, *inside, *slices])[:carried], inside

    found = _loop(nodes, count, numpy.asarray(True), carry, output_forms(body)[:carried], forward)
    kept = found[carried:]
    sizes = sum(moving[:captured]), sum(moving[captured : captured + carried])
    of_sums, of_backs, _ = parts(output_forms(back), *sizes)

    def backward(turn: Any, inside: list[Any]) -> tuple[Any, list[Any], list[Any]]:
        sums, backs = parts(inside, sizes[0])
        nth = _place(nodes, turn, count, True)
        place = _place(nodes, nth, count, params["reverse"])
        states = [_slice(nodes, k, nth) for k in kept]
        slices = [_slice(nodes, x, place) for x in (*xs,)]
        ends = [_slice(nodes, y, place) for y in ys]
        made = outputs_of(nodes, back, [*shared, *states, *slices, *backs, *ends])
        added, handed, rows = parts(made, *sizes)
        totals = [nodes.call("Add", total, part) for total, part in zip(sums, added, strict=True)]
        return None, [*totals, *handed], rows

    zeros = [nodes.constant(numpy.zeros(form.shape, form.dtype)) for form in of_sums]
    made = _loop(nodes, count, numpy.asarray(True), [*zeros, *cotangents], [*of_sums, *of_backs], backward)
    after, stacks = parts(made, sum(sizes))
    return [*after, *(s if params["reverse"] else _backwards(nodes, s) for s in stacks)]


CONTROL: dict[Primitive, Callable[[Nodes, GraphNode, Sequence[Any]], list[Any]]] = {
    SCAN: _scan,
    WHILE: _while,
    COND: _cond,
    PULLBACK: _pullback,
}
"""Operations that run graphs."""
