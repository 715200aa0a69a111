"""The pullback of a loop that runs it again: for an unknown number of turns, and within a budget of memory.

The pullback is one primitive, with derivatives of its own: for a loop L with cotangent w, let B be the loop that
carries tangents along. The tangent of ``P(c, w) = L'(c)^T w`` in a direction (dc, dw) is the part of c in the pullback
of B at (c, dc) with the cotangents (dw, w); and a cotangent v of P gives ``L'(c) v`` to w, and to c its part in the
pullback of B at (c, v) with (0, w). So all orders are loops and pullbacks of loops.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.graph import Graph
from ..core.node import Node
from ..core.primitive import Primitive
from ..core.recording import general
from ..core.replay import interpreted
from ..ops.facts import Facts, state_facts
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
from .revolve import go_back
from .subgraphs import (
    EVERYTHING,
    chosen,
    forms_of,
    graph_of,
    inexact,
    input_forms,
    output_forms,
    parts,
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


class _Going:
    """The state of a walk back through a loop on raw values."""

    def __init__(self, turns: int, operands: Sequence[Any], params: dict[str, Any]) -> None:
        body, captured, carried, moving = (params[name] for name in ("body", "captured", "carried", "moving"))
        self.turns = turns
        self.reverse = params["reverse"]
        self.carried = carried
        self.body, self.back = interpreted(body), interpreted(params["back"])
        self.shared, self.carry, rest = parts(operands, captured, carried)
        self.xs, rest = parts(rest, len(body.inputs) - captured - carried)
        self.cotangents, self.ys = parts(rest, sum(params["ends"][:carried]))
        forms = output_forms(params["back"])
        counts = sum(moving[:captured]), sum(moving[captured : captured + carried])
        sums, _, slices = parts(forms, *counts)
        self.counts = counts
        self.sums: list[Any] = [zeros(form) for form in sums]
        lengths = [x.shape[0] for x in chosen(self.xs, moving[captured + carried :])]
        self.found = [numpy.empty((n, *f.shape), f.dtype) for n, f in zip(lengths, slices, strict=True)]

    def slices(self, t: int) -> list[Any]:
        return [x[self.place(t)] for x in self.xs]

    def place(self, t: int) -> int:
        return self.turns - 1 - t if self.reverse else t

    def advance(self, carry: Sequence[Any], first: int, last: int) -> Sequence[Any]:
        for t in range(first, last):
            carry = self.body([*self.shared, *carry, *self.slices(t)])[: self.carried]
        return carry

    def step(self, t: int, carry: Sequence[Any]) -> None:
        ends = [y[self.place(t)] for y in self.ys]
        found = self.back([*self.shared, *carry, *self.slices(t), *self.cotangents, *ends])
        sums, self.cotangents, slices = parts(found, *self.counts)
        self.sums = [total + part for total, part in zip(self.sums, sums, strict=True)]
        for stack, value in zip(self.found, slices, strict=True):
            stack[self.place(t)] = value


def _evaluate(turns: Any, *operands: Any, memory: int | None, length: int | None, **params: Any) -> tuple[Any, ...]:
    going = _Going(int(turns), operands, params)
    go_back(going.turns, going.carry, memory, going.advance, going.step)
    return (*going.sums, *map(numpy.array, going.cotangents), *going.found)


def _shape(turns: Any, *operands: Any, body: Graph, back: Graph, **params: Any) -> tuple[Abstract, ...]:
    start = params["captured"] + params["carried"]
    moving = params["moving"]
    stacks = chosen(operands[start : len(body.inputs)], moving[start:])
    found = output_forms(back)
    return (*found[: len(found) - len(stacks)], *stacks)


class _Map:
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
    from .scan_primitive import scan
    from .while_primitive import repeat

    if params["length"] is None:
        found = repeat(turns, values, both, counts["captured"])
    else:
        rest = {name: params[name] for name in ("length", "reverse", "memory")}
        found = scan(*values, body=both, **counts, **rest)
    return interleaved(found, inverse(outer))[count:]


def _batch(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Node) -> tuple[Any, ...]:
    """The pullback of a batch of loops that all make as many turns; else of each example."""
    from .scan_primitive import per_example

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


PULLBACK = Primitive("loop_pullback", _evaluate, ("turns", "*operands"), _shape, joint=_Map(), batch=_batch, many=True)
loop_pullback = PULLBACK.operation = general(PULLBACK)
"""``loop_pullback(turns, *captured, *carry, *xs, *cotangents, ...)``: the cotangents of a loop's moving operands.

The cotangents are those of the results that `ends` marks (carry, then stacks); `back` takes the inputs of `body` and
the cotangents of one turn, and gives those of the inputs in `moving`. At most `memory` carries are kept at a time.
"""

state_facts(Facts(has_graphs=True), PULLBACK)
