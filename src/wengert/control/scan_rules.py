"""Derivative and batch of a loop with a known number of turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.graph import Graph
from ..core.node import Node
from ..ops.elementwise import add
from ..transforms.following import followed_params
from ..transforms.vectorize import move_axis
from ..walks.point import zeros
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
from .loop_primitives import scan
from .pullback_rules import pulled_by_recomputing
from .recompute import halves
from .subgraphs import (
    EVERYTHING,
    batched_outputs,
    chosen,
    forms_of,
    graph_of,
    inexact,
    input_forms,
    output_forms,
    parts,
    pull,
    spread,
    zeros_for,
)


class ScanMap:
    """The linear map of a counted loop.

    Forward the loop carries tangents along. In reverse a second loop, which keeps what the pullback of a turn needs,
    is followed by one that goes through the turns in the other order. (The first of the two repeats what the
    loop itself does, until a compiler makes them one.)
    """

    needs = EVERYTHING

    @staticmethod
    def apply(tangents: Sequence[Any], residuals: Sequence[Any], node: Node, bit: int) -> Any:
        operands, params = residuals[:-1], node.params
        captured, carried = params["captured"], params["carried"]
        marks = [t is not None and inexact(o) for t, o in zip(tangents, operands, strict=True)]
        moving, ends = moving_inputs(params["body"], marks, captured, carried)
        tangents = zeros_for(tangents, forms_of(node)[:-1], moving)
        return tuple(spread(_pushed(operands, tangents, moving, ends, **params), ends))

    @staticmethod
    def transpose(
        cotangent: Any, residuals: Sequence[Any], node: Node, wanted: Sequence[bool], bit: int
    ) -> Sequence[Any]:
        operands, params = list(residuals[:-1]), followed_params(node, bit)
        marks = [bool(w) and inexact(o) for w, o in zip(wanted, operands, strict=True)]
        counts = params["captured"], params["carried"]
        moving, ends = moving_inputs(params["body"], marks, *counts)
        moving, ends = reached_back(params["body"], moving, ends, [c is not None for c in cotangent], *counts)
        cotangents = zeros_for(cotangent, forms_of(node)[-1], ends)
        if params["memory"] is None:
            found = _pulled(operands, cotangents, moving, ends, **params)
        else:
            found = pulled_by_recomputing(params["length"], operands, cotangents, moving, ends, **params)
        return spread(found, moving)


def _pulled(
    operands: list[Any],
    cotangents: list[Any],
    moving: list[bool],
    ends: list[bool],
    *,
    body: Graph,
    captured: int,
    carried: int,
    **params: Any,
) -> list[Any]:
    """The cotangents of the moving operands, by a loop that keeps and one that goes back."""
    count = len(body.inputs)

    def with_pullback(*values: Any) -> Sequence[Any]:
        outputs, found = pull(body, values[:count], values[count:], moving, ends)
        return *outputs, *found

    joined = graph_of(with_pullback, [*input_forms(body), *chosen(output_forms(body), ends)])
    cut = halves(joined, count, len(body.outputs), captured)
    turning = [joined.inputs[i] for i in cut.needed if captured <= i < captured + carried]
    ahead = Graph(cut.ahead.inputs, cut.ahead.nodes, [*cut.ahead.outputs, *turning])
    stacks = scan(*operands, body=ahead, captured=captured, carried=carried, **params)[len(body.outputs) :]
    kept, carries = parts(stacks, cut.kept)
    shared = [operands[i] for i in cut.needed if i < captured]
    xs = [operands[i] for i in cut.needed if i >= captured + carried]
    sums = [zeros(form) for form in chosen(input_forms(body), [*moving[:captured], *(False,) * (count - captured)])]
    ends_carried = sum(ends[:carried])
    back = _going_back(cut.back, [len(shared), len(carries), len(xs), cut.kept], len(sums), ends_carried)
    return list(
        scan(
            *[*shared, *sums, *cotangents[:ends_carried], *carries, *xs, *kept, *cotangents[ends_carried:]],
            body=back,
            captured=len(shared),
            carried=len(sums) + ends_carried,
            **{**params, "reverse": not params["reverse"]},
        )
    )


def _going_back(back: Graph, needed: list[int], sums: int, carried: int) -> Graph:
    """The body of the loop that goes back: from (captured; sums, cotangents; carries, xs, kept, cotangents)."""
    shared, *stacked = needed
    forms = input_forms(back)

    def body(*values: Any) -> Sequence[Any]:
        given, totals, carry, slices = parts(values, shared, sums, carried)
        kept, ends = parts(slices, sum(stacked))
        found = back(*given, *kept, *carry, *ends)
        return *map(add, totals, found), *found[sums:]

    given, kept, ends = parts(forms, shared, sum(stacked))
    return graph_of(body, [*given, *output_forms(back)[:sums], *ends[:carried], *kept, *ends[carried:]])


def _pushed(
    operands: Sequence[Any],
    tangents: Sequence[Any],
    moving: Sequence[bool],
    ends: Sequence[bool],
    *,
    body: Graph,
    captured: int,
    carried: int,
    **params: Any,
) -> list[Any]:
    """The tangents of the results that move."""
    found = scan(
        *interleaved([*operands, *tangents], interleaving(moving, captured, carried)),
        body=pushed_body(body, moving, ends, captured, carried),
        captured=captured + sum(moving[:captured]),
        carried=carried + sum(ends[:carried]),
        **params,
    )
    return interleaved(found, inverse(interleaving(ends, 0, carried)))[len(ends) :]


# -- batches ---------------------------------------------------------------------------------------


def batched_scan(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Node) -> tuple[Any, ...]:
    params = node.params
    body, captured, carried = params["body"], params["captured"], params["carried"]
    marks = batched_carry(body, batched, captured, carried)
    given = [o if b or not m else with_batch(o, size) for o, b, m in zip(operands, batched, marks, strict=True)]
    start = captured + carried
    given[start:] = [move_axis(x, 0, 1) if b else x for x, b in zip(given[start:], batched[start:], strict=True)]
    ends = [*marks[captured:start], *batched_outputs(body, marks)[carried:]]
    found = scan(*given, **{**params, "body": batched_body(body, size, marks, ends)})
    whole = [value if has else with_batch(value, size) for value, has in zip(found, ends, strict=True)]
    moved = zip(whole[carried:], ends[carried:], strict=True)
    return (*whole[:carried], *(move_axis(y, 1, 0) if has else y for y, has in moved))
