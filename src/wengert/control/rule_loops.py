"""Loops by which rules are written: an operation for each example of a batch, and a body some number of times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from ..core.abstract import Abstract, form_of
from ..core.graph import Graph
from ..core.node import Node
from ..core.recording import record
from ..core.tensor import Tensor
from ..ops.elementwise import add, less
from .loop_primitives import COUNT, scan, while_loop
from .subgraphs import chosen, graph_of, input_forms, parts, without_axis


def per_example(size: int, operands: Sequence[Any], batched: Sequence[bool], node: Node) -> tuple[Any, ...]:
    """A node for each example of a batch, in a loop over the examples."""
    shared = [o for o, b in zip(operands, batched, strict=True) if not b]
    xs = chosen(operands, batched)

    def one(*values: Any) -> Sequence[Any]:
        rest, slices = iter(values[: len(shared)]), iter(values[len(shared) :])
        return record(node.primitive, [next(slices) if b else next(rest) for b in batched], node.params)

    forms = [*map(_form, shared), *(without_axis(_form(x)) for x in xs)]
    body = graph_of(one, forms)
    return scan(*shared, *xs, body=body, captured=len(shared), carried=0, length=size, reverse=False, memory=None)


def _form(operand: Any) -> Abstract:
    return form_of(operand._value if type(operand) is Tensor else operand)


def repeat(turns: Any, operands: Sequence[Any], body: Graph, captured: int) -> Sequence[Any]:
    """The carry after so many turns."""
    count = len(body.inputs)
    shared, carry = parts(input_forms(body), captured)
    forms = [*shared, COUNT, *carry, COUNT]

    def counted(*values: Any) -> Sequence[Any]:
        own = [*values[:captured], *values[captured + 1 : count + 1]]
        return *body(*own), add(values[-1], numpy.int64(1))

    test = graph_of(lambda *values: [less(values[-1], values[captured])], forms)
    given = [*operands[:captured], turns, *operands[captured:], numpy.asarray(0, numpy.int64)]
    found = while_loop(*given, test=test, body=graph_of(counted, forms), captured=captured + 1, memory=None)
    return found[:-2]
