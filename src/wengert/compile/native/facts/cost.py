"""What operations cost, about."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ....core.abstract import Abstract
from ....core.graph import GraphNode, subgraphs
from ....ops.contract import matmul
from ....ops.einsum import is_einsum

WORTH_A_CALL = 50_000
"""The cost from which on a program is worth the call of a prelude: some microseconds."""

PER_ELEMENT = 0.1
"""The cost of a multiply-add of a matrix product, in elements read or written."""

A_LOOP = 1e6
"""The cost of a loop or a branch, whose number of turns is not known."""


def cost(nodes: Iterable[GraphNode]) -> float:
    """Estimate the cost of operations, in elements read and written."""
    return sum(map(_cost_of, nodes))


def _cost_of(node: GraphNode) -> float:
    """Estimate the cost of an operation, in elements read and written."""
    if subgraphs(node):
        return A_LOOP
    sizes = [form.size for form in (*node.operand_forms, node.form) if isinstance(form, Abstract)]
    if node.primitive is matmul.primitive or is_einsum(node.primitive):
        return PER_ELEMENT * math.sqrt(math.prod(sizes))
    form = node.form
    return sum(sizes) if type(form) is not tuple else sum(sizes) + sum(math.prod(f.shape) for f in form)
