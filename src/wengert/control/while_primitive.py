"""The primitive of a loop that runs while a test holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.graph import Graph
from ..core.node import Node
from ..core.primitive import Primitive
from ..core.recording import general
from ..core.replay import interpreted, replayed
from ..ops.elementwise import add, less
from ..ops.facts import Facts, state_facts
from .active import moving_inputs, reached_back
from .bodies import (
    batched_body,
    batched_carry,
    interleaved,
    interleaving,
    inverse,
    pushed_body,
    with_batch,
)
from .following import followed_params
from .pullback import pulled_by_recomputing
from .scan_primitive import per_example
from .subgraphs import (
    EVERYTHING,
    batched_outputs,
    forms_of,
    graph_of,
    inexact,
    input_forms,
    output_forms,
    parts,
    spread,
    zeros_for,
)


def _evaluate(*operands: Any, test: Graph, body: Graph, captured: int, memory: int | None) -> tuple[Any, ...]:
    shared, carry = parts(operands, captured)
    goes_on, run = interpreted(test), interpreted(body)
    turns = 0
    while goes_on([*shared, *carry])[0]:
        carry = run([*shared, *carry])
        turns += 1
    return (*(carry if turns else map(numpy.array, carry)), numpy.asarray(turns, numpy.int64))


def _shape(*operands: Any, test: Graph, body: Graph, captured: int, memory: int | None) -> tuple[Abstract, ...]:
    return (*output_forms(body), COUNT)


COUNT = Abstract((), numpy.dtype(numpy.int64))
"""The form of a number of turns."""


class _Map:
    """The linear map of a loop: forward it carries tangents along; its pullback runs it again."""

    needs = EVERYTHING

    @staticmethod
    def apply(tangents: Sequence[Any], residuals: Sequence[Any], node: Node, bit: int) -> Any:
        operands, params = residuals[:-1], node.params
        body, captured = params["body"], params["captured"]
        carried = len(operands) - captured
        marks = [t is not None and inexact(o) for t, o in zip(tangents, operands, strict=True)]
        moving, ends = moving_inputs(body, marks, captured, carried)
        order = interleaving(moving, captured, carried)
        values = interleaved([*operands, *zeros_for(tangents, forms_of(node)[:-1], moving)], order)
        pushed = pushed_body(body, moving, ends, captured, carried)
        test = replayed(params["test"])
        still = graph_of(lambda *flat: test(*[flat[i] for i in inverse(order)][: len(operands)]), input_forms(pushed))
        found = while_loop(
            *values, test=still, body=pushed, captured=captured + sum(moving[:captured]), memory=params["memory"]
        )
        straight = interleaved(found[:-1], inverse(interleaving(ends, 0, carried)))
        return (*spread(straight[carried:], ends), None)

    @staticmethod
    def transpose(
        cotangent: Any, residuals: Sequence[Any], node: Node, wanted: Sequence[bool], bit: int
    ) -> Sequence[Any]:
        *operands, results = residuals
        params = followed_params(node, bit)
        carried = len(operands) - params["captured"]
        marks = [bool(w) and inexact(o) for w, o in zip(wanted, operands, strict=True)]
        counts = params["captured"], carried
        moving, ends = moving_inputs(params["body"], marks, *counts)
        moving, ends = reached_back(params["body"], moving, ends, [c is not None for c in cotangent[:-1]], *counts)
        found = pulled_by_recomputing(
            results[-1],
            operands,
            zeros_for(cotangent[:-1], forms_of(node)[-1][:-1], ends),
            moving,
            ends,
            body=params["body"],
            captured=params["captured"],
            carried=carried,
            length=None,
            reverse=False,
            memory=params["memory"],
        )
        return spread(found, moving)


def _batch(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Node) -> tuple[Any, ...]:
    """A test common to all examples runs the loop of the batch; else each example runs its own."""
    params = node.params
    captured, body = params["captured"], params["body"]
    carried = len(operands) - captured
    marks = batched_carry(body, batched, captured, carried)
    if any(batched_outputs(params["test"], marks)):
        return per_example(size, operands, batched, node)
    given = [o if b or not m else with_batch(o, size) for o, b, m in zip(operands, batched, marks, strict=True)]
    inner = batched_body(body, size, marks, marks[captured:])
    test = replayed(params["test"])
    unbatched = [not m for m in marks]
    still = graph_of(
        lambda *values: test(*[v if own else None for v, own in zip(values, unbatched, strict=True)]),
        input_forms(inner),
    )
    found = while_loop(*given, **{**params, "body": inner, "test": still})
    flags = [*marks[captured:], False]
    return tuple(value if has else with_batch(value, size) for value, has in zip(found, flags, strict=True))


WHILE = Primitive("while_loop", _evaluate, ("*operands",), _shape, joint=_Map(), batch=_batch, many=True)
while_loop = WHILE.operation = general(WHILE)
"""``while_loop(*captured, *carry, test=graph, body=graph, captured=, memory=)``: the last carry, and the turns made."""

state_facts(Facts(has_graphs=True), WHILE)


def repeat(turns: Any, operands: Sequence[Any], body: Graph, captured: int) -> Sequence[Any]:
    """The carry after so many turns."""
    count = len(body.inputs)
    shared, carry = parts(input_forms(body), captured)
    forms = [*shared, COUNT, *carry, COUNT]

    def counted(*values: Any) -> Sequence[Any]:
        own = [*values[:captured], *values[captured + 1 : count + 1]]
        return *replayed(body)(*own), add(values[-1], numpy.int64(1))

    test = graph_of(lambda *values: [less(values[-1], values[captured])], forms)
    given = [*operands[:captured], turns, *operands[captured:], numpy.asarray(0, numpy.int64)]
    found = while_loop(*given, test=test, body=graph_of(counted, forms), captured=captured + 1, memory=None)
    return found[:-2]
