"""Find arrays outside that are worth a guard as constants: those from which alone expensive operations are computed."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping
from typing import Any, Final

from ...core.abstract import form_of
from ...core.graph import subgraphs
from ...core.node import UNTRACKED, Node
from ...core.recording import named_by
from ...ops.contract import matmul
from ...ops.matrices.determinants import adjugate, det, slogdet
from ...ops.matrices.solving import (
    cholesky,
    inv,
    solve,
    solve_triangular,
)
from ...ops.matrices.spectral import (
    eig,
    eigh,
    qr,
    svd,
)
from ..state.arrays import ArrayPlace

FACTORIZATIONS = frozenset(
    f.primitive for f in (adjugate, cholesky, det, eig, eigh, inv, qr, slogdet, solve, solve_triangular, svd)
)

SOLVE: Final = solve.primitive
"""A solve factors its matrix first, whatever the right-hand side is."""

MATMUL = matmul.primitive  # type: ignore[attr-defined]

DEAR_ELEMENTS = 100
"""Elements from which on a factorisation costs more than the comparison that a guard makes."""

DEAR_PRODUCTS = 100_000
"""Multiplications from which on a product costs more than the comparison."""


def worth_comparing(
    nodes: Iterable[Node], inputs: Mapping[Node, ArrayPlace], noticed: Container[Any]
) -> list[ArrayPlace]:
    """The places of unchanged arrays from which alone an expensive operation is computed.

    Args:
        nodes: a program, each node after those that it is computed from.
        inputs: which of its inputs are arrays.
        noticed: the places of what has been seen to change.
    """
    alone = {node: {place} for node, place in inputs.items() if has_stayed(place, noticed)}
    dear: set[ArrayPlace] = set()
    for node in nodes:
        makers = [alone.get(named_by(parent)) for parent in node.parents if parent is not UNTRACKED]
        if node not in alone and makers and None not in makers:
            alone[node] = set().union(*(maker for maker in makers if maker is not None))
            if _is_dear(node):
                dear |= alone[node]
        elif node.primitive is SOLVE and makers[0] and _is_dear(node):
            dear |= makers[0]
    return list(dear)


def has_stayed(place: ArrayPlace, noticed: Container[Any]) -> bool:
    """Whether no change of an array has been observed."""
    return not any(fact in noticed for fact in place.facts)


def _is_dear(node: Node) -> bool:
    """Whether an operation costs more than to compare its operands; loops and branches do."""
    sizes = [math.prod(form_of(value).shape) for value in node.residuals if value is not None]
    if node.primitive in FACTORIZATIONS:
        return max(sizes) >= DEAR_ELEMENTS
    if node.primitive is MATMUL:
        return math.sqrt(math.prod(sizes)) >= DEAR_PRODUCTS
    return bool(subgraphs(node))
