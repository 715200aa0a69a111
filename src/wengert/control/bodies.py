"""The body of a loop, made into that of its tangents or of its batch.

A body takes what is captured, the carry and slices, and gives the next carry and further results.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ..core.graph import Graph
from ..ops.broadcast import broadcast_to
from .subgraphs import (
    batched_call,
    batched_outputs,
    chosen,
    graph_of,
    input_forms,
    output_forms,
    parts,
    push,
    settled,
    with_axis,
)


def turns(length: int, reverse: bool) -> range:
    """The numbers of the turns, in the order in which they are run."""
    return range(length - 1, -1, -1) if reverse else range(length)


def pushed_body(body: Graph, moving: Sequence[bool], ends: Sequence[bool], captured: int, carried: int) -> Graph:
    """The body of a loop that carries tangents along.

    Inputs are what is captured with its tangents, the carry with its tangents, the slices with theirs; outputs the
    carry with its tangents and the results with theirs (where they move).
    """
    order = interleaving(moving, captured, carried)
    count = len(body.inputs)

    def f(*values: Any) -> Sequence[Any]:
        straight = [values[i] for i in inverse(order)]
        outputs, tangents = push(body, straight[:count], straight[count:], moving, ends)
        return interleaved([*outputs, *tangents], interleaving(ends, 0, carried))

    forms = input_forms(body)
    return graph_of(f, interleaved([*forms, *chosen(forms, moving)], order))


def interleaving(marks: Sequence[bool], captured: int, carried: int) -> list[int]:
    """Where captured values, carry and slices, each followed by its tangents, are in (all values, marked tangents)."""
    tangent = dict(zip(chosen(range(len(marks)), marks), range(len(marks), 2 * len(marks)), strict=False))
    order: list[int] = []
    for part in parts(range(len(marks)), captured, carried):
        order += [*part, *(tangent[i] for i in part if marks[i])]
    return order


def interleaved(values: Sequence[Any], order: Sequence[int]) -> list[Any]:
    return [values[i] for i in order]


def inverse(order: Sequence[int]) -> list[int]:
    """The order that undoes an order."""
    return sorted(range(len(order)), key=order.__getitem__)


def batched_body(body: Graph, size: int, inputs: Sequence[bool], outputs: Sequence[bool]) -> Graph:
    """The body of a batch of loops; all outputs that are marked get a batch axis."""
    marks = batched_outputs(body, inputs)
    forms = output_forms(body)

    def f(*values: Any) -> list[Any]:
        found = batched_call(body, size, values, inputs)
        return [
            broadcast_to(value, shape=(size, *form.shape)) if wanted and not has else value
            for value, form, wanted, has in zip(found, forms, outputs, marks, strict=True)
        ]

    return graph_of(
        f, [with_axis(form, size) if b else form for form, b in zip(input_forms(body), inputs, strict=True)]
    )


def batched_carry(body: Graph, marks: Sequence[bool], captured: int, carried: int) -> list[bool]:
    """Which inputs of a body have a batch axis on any turn, if these operands have."""
    shared, carry, xs = parts(marks, captured, carried)
    return [*shared, *settled(carry, lambda c: batched_outputs(body, [*shared, *c, *xs])[:carried]), *xs]


def with_batch(operand: Any, size: int) -> Any:
    """An operand that all examples share, once for each."""
    return broadcast_to(operand, shape=(size, *numpy.shape(operand)))
