"""The pullback of a loop that runs it again: for an unknown number of turns, and within a budget of memory.

The pullback is one primitive, with derivatives of its own: for a loop L with cotangent w, let B be the loop that
carries tangents along. The tangent of ``P(c, w) = L'(c)^T w`` in a direction (dc, dw) is the part of c in the pullback
of B at (c, dc) with the cotangents (dw, w); and a cotangent v of P gives ``L'(c) v`` to w, and to c its part in the
pullback of B at (c, v) with (0, w). So all orders are loops and pullbacks of loops.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.abstract import Abstract
from ..core.graph import Graph
from ..core.node import Node
from ..transforms.vectorize import move_axis
from ..walks.point import zeros
from .active import moving_inputs
from .bodies import (
    batched_body,
    batched_carry,
    interleaved,
    interleaving,
    inverse,
    pushed_body,
    with_batch,
)
from .loop_primitives import loop_pullback, scan
from .rule_loops import per_example, repeat
from .subgraphs import (
    EVERYTHING,
    chosen,
    forms_of,
    graph_of,
    inexact,
    input_forms,
    output_forms,
    pull,
    spread,
    with_axis,
    zeros_for,
)


def pulled_by_recomputing(
    turns: Any,
    operands: Sequence[Any],
    cotangents: Sequence[Any],
    moving: Sequence[bool],
    ends: Sequence[bool],
    *,
    body: Graph,
    captured: int,
    carried: int,
    length: int | None,
    reverse: bool,
    memory: int | None,
) -> Sequence[Any]:
    """The cotangents of the moving operands of a loop from those of its moving results."""
    count = len(body.inputs)

    def going_back(*values: Any) -> Sequence[Any]:
        return pull(body, values[:count], values[count:], moving, ends)[1]

    back = graph_of(going_back, [*input_forms(body), *chosen(output_forms(body), ends)])
    return loop_pullback(
        turns,
        *operands,
        *cotangents,
        body=body,
        back=back,
        captured=captured,
        carried=carried,
        moving=tuple(moving),
        ends=tuple(ends),
        length=length,
        reverse=reverse,
        memory=memory,
    )


class PullbackMap:
    """The linear map of the pullback of a loop, by the loop that carries tangents along."""

    needs = EVERYTHING

    @staticmethod
    def apply(tangents: Sequence[Any], residuals: Sequence[Any], node: Node, bit: int) -> Any:
        turns, *given = residuals[:-1]
        body, carried = node.params["body"], node.params["carried"]
        count = len(body.inputs)
        operands, cotangents = given[:count], given[count:]
        marks = [t is not None and inexact(o) for t, o in zip(tangents[1 : count + 1], operands, strict=True)]
        moving, ends = moving_inputs(body, marks, node.params["captured"], carried)
        directions = zeros_for(tangents[1 : count + 1], forms_of(node)[1 : count + 1], moving)
        changes = zeros_for(tangents[count + 1 :], forms_of(node)[count + 1 : -1], [True] * len(cotangents))
        targets = node.params["moving"]
        return tuple(_along(turns, operands, directions, moving, ends, changes, cotangents, targets, node.params)[0])

    @staticmethod
    def transpose(
        cotangent: Any, residuals: Sequence[Any], node: Node, wanted: Sequence[bool], bit: int
    ) -> Sequence[Any]:
        turns, *given = residuals[:-1]
        params = node.params
        count = len(params["body"].inputs)
        operands, cotangents = given[:count], given[count:]
        moving, ends = params["moving"], params["ends"]
        directions = zeros_for(cotangent, forms_of(node)[-1], [True] * len(forms_of(node)[-1]))
        changes = [zeros(form) for form in forms_of(node)[count + 1 : -1]]
        targets = [bool(w) and inexact(o) for w, o in zip(wanted[1 : count + 1], operands, strict=True)]
        along, forward = _along(turns, operands, directions, moving, ends, changes, cotangents, targets, params)
        return [None, *spread(along, targets), *forward()]


def _along(
    turns: Any,
    operands: Sequence[Any],
    directions: Sequence[Any],
    moving: Sequence[bool],
    ends: Sequence[bool],
    changes: Sequence[Any],
    cotangents: Sequence[Any],
    targets: Sequence[bool],
    params: dict[str, Any],
) -> tuple[list[Any], Any]:
    """The change of a pullback along directions of its operands, and the function of the change of the results.

    Args:
        turns: how many.
        operands: of the loop.
        directions: those of the operands in `moving`.
        moving: which operands move along.
        ends: which results do.
        changes: the tangents of the cotangents.
        cotangents: those of the pullback.
        targets: the operands whose part is wanted.
        params: those of the pullback.
    """
    body, captured, carried = params["body"], params["captured"], params["carried"]
    inner = interleaving(moving, captured, carried)
    outer = interleaving(ends, 0, carried)
    both = pushed_body(body, moving, ends, captured, carried)
    counts = {"captured": captured + sum(moving[:captured]), "carried": carried + sum(ends[:carried])}
    rest = {name: params[name] for name in ("length", "reverse", "memory")}
    values = interleaved([*operands, *directions], inner)
    primal = interleaved([*targets, *(False,) * sum(moving)], inner)
    own, final = moving_inputs(both, primal, counts["captured"], counts["carried"])
    forms = output_forms(body)
    straight = [*spread(changes, params["ends"]), *chosen(spread(cotangents, params["ends"]), ends)]
    kinds = [*forms, *chosen(forms, ends)]
    found = pulled_by_recomputing(
        turns,
        values,
        _filled(interleaved(straight, outer), interleaved(kinds, outer), final, counts["carried"], params["length"]),
        own,
        final,
        body=both,
        **counts,
        **rest,
    )
    along = chosen(spread(found, own), primal)
    return along, lambda: _pushed_results(turns, values, both, outer, len(ends), params, counts)


def _filled(values: Sequence[Any], forms: Sequence[Abstract], marks: Sequence[bool], carried: int, length: Any) -> Any:
    """The cotangents of the results that are marked: of the carry, and stacks of the others; ``None`` is zero."""
    stacked = [f if i < carried else with_axis(f, length) for i, f in enumerate(forms)]
    return zeros_for(values, stacked, marks)


def _pushed_results(
    turns: Any, values: Sequence[Any], both: Graph, outer: Sequence[int], count: int, params: Any, counts: Any
) -> list[Any]:
    """The tangents of the results of a loop that carries tangents along."""
    if params["length"] is None:
        found = repeat(turns, values, both, counts["captured"])
    else:
        rest = {name: params[name] for name in ("length", "reverse", "memory")}
        found = scan(*values, body=both, **counts, **rest)
    return interleaved(found, inverse(outer))[count:]


def batched_pullback(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Node) -> tuple[Any, ...]:
    """The pullback of a batch of loops that all make as many turns; else of each example."""
    if batched[0]:
        return per_example(size, operands, batched, node)
    params = node.params
    body, captured, carried = params["body"], params["captured"], params["carried"]
    count = len(body.inputs)
    start = captured + carried
    turns, *given = operands
    marked = [b or m for b, m in zip(batched[1 : count + 1], params["moving"], strict=True)]
    marks = [*batched_carry(body, marked, captured, carried), *(True,) * (len(given) - count)]
    whole = [o if b or not m else with_batch(o, size) for o, b, m in zip(given, batched[1:], marks, strict=True)]
    stacks = [*range(start, count), *range(count + sum(params["ends"][:carried]), len(given))]
    for i in stacks:
        whole[i] = move_axis(whole[i], 0, 1) if marks[i] else whole[i]
    ends = [*marks[captured:start], *(True,) * (len(body.outputs) - carried)]
    found = pulled_by_recomputing(
        turns,
        whole[:count],
        whole[count:],
        params["moving"],
        params["ends"],
        body=batched_body(body, size, marks[:count], ends),
        **{name: params[name] for name in ("captured", "carried", "length", "reverse", "memory")},
    )
    fixed = sum(params["moving"][:start])
    return (*found[:fixed], *(move_axis(stack, 1, 0) for stack in found[fixed:]))
