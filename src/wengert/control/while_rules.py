"""Derivative and batch of a loop that runs while a test holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.node import Node
from ..transforms.following import followed_params
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
from .loop_primitives import while_loop
from .pullback_rules import pulled_by_recomputing
from .rule_loops import per_example
from .subgraphs import (
    EVERYTHING,
    batched_outputs,
    forms_of,
    graph_of,
    inexact,
    input_forms,
    spread,
    zeros_for,
)


class WhileMap:
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
        test = params["test"]
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


def batched_while(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Node) -> tuple[Any, ...]:
    """A test common to all examples runs the loop of the batch; else each example runs its own."""
    params = node.params
    captured, body = params["captured"], params["body"]
    carried = len(operands) - captured
    marks = batched_carry(body, batched, captured, carried)
    if any(batched_outputs(params["test"], marks)):
        return per_example(size, operands, batched, node)
    given = [o if b or not m else with_batch(o, size) for o, b, m in zip(operands, batched, marks, strict=True)]
    inner = batched_body(body, size, marks, marks[captured:])
    test = params["test"]
    unbatched = [not m for m in marks]
    still = graph_of(
        lambda *values: test(*[v if own else None for v, own in zip(values, unbatched, strict=True)]),
        input_forms(inner),
    )
    found = while_loop(*given, **{**params, "body": inner, "test": still})
    flags = [*marks[captured:], False]
    return tuple(value if has else with_batch(value, size) for value, has in zip(found, flags, strict=True))
