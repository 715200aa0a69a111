"""Turn sums of products into matrix products, which are the fastest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ...core.graph import Graph, GraphNode
from ...ops import contract, elementwise as e, shape
from ...ops.axes import reduce
from ...ops.einsum import is_einsum
from .rewriting import apply, rewritten


def with_matrix_products(graph: Graph) -> Graph:
    """The graph with einsums of two operands as transposes, reshapes and a stacked matrix product.

    Where a sum would widen what einsum leaves as narrow as it is, booleans and short integers, the einsum stays.
    """

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        if not is_einsum(node.primitive) or not all(isinstance(o, GraphNode) for o in operands):
            return None
        product = _product(operands, node.params["inputs"], node.params["output"])
        return product if product is not None and product.form == node.form else None

    return rewritten(graph, rewrite)


def _product(operands: Sequence[GraphNode], terms: Sequence[str], output: str) -> GraphNode | None:
    if any(len(set(term)) < len(term) for term in terms):
        return None
    if len(operands) == 1:
        return _alone(operands[0], terms[0], output)
    if len(operands) == 2 and operands[0].form.dtype == operands[1].form.dtype:
        return _pair(operands, terms, output)
    return None


def _alone(x: GraphNode, term: str, output: str) -> GraphNode:
    """One operand: a sum and a transpose."""
    x, term = _summed(x, term, output)
    return _ordered(x, term, output)


def _pair(operands: Sequence[GraphNode], terms: Sequence[str], output: str) -> GraphNode:
    """Two operands: letters in both and in the output are stacked, in both only are summed, the rest is free."""
    first, second = terms
    x, first = _summed(operands[0], first, output + second)
    y, second = _summed(operands[1], second, output + first)
    stacked = [a for a in output if a in first and a in second]
    summed = [a for a in first if a in second and a not in output]
    rows = [a for a in output if a in first and a not in second]
    columns = [a for a in output if a in second and a not in first]
    lengths = dict(zip(first, _shape(x), strict=True)) | dict(zip(second, _shape(y), strict=True))
    if not summed:
        return apply(e.multiply.primitive, [_spread(x, first, output), _spread(y, second, output)], {})
    x = _grouped(_ordered(x, first, "".join(stacked + rows + summed)), lengths, stacked, rows, summed)
    y = _grouped(_ordered(y, second, "".join(stacked + summed + columns)), lengths, stacked, summed, columns)
    product = apply(contract.matmul.primitive, [x, y], {})
    order = "".join(stacked + rows + columns)
    return _ordered(_reshaped(product, tuple(lengths[a] for a in order)), order, output)


def _shape(x: GraphNode) -> tuple[int, ...]:
    return x.form.shape


def _summed(x: GraphNode, term: str, needed: str) -> tuple[GraphNode, str]:
    """Sum over the letters that nobody else has."""
    axis = tuple(i for i, a in enumerate(term) if a not in needed)
    if not axis:
        return x, term
    return apply(reduce.sum.primitive, [x], {"axis": axis, "keepdims": False}), "".join(a for a in term if a in needed)


def _ordered(x: GraphNode, term: str, wanted: str) -> GraphNode:
    """The axes in another order."""
    if term == wanted:
        return x
    return apply(shape.transpose.primitive, [x], {"axes": tuple(term.index(a) for a in wanted)})


def _reshaped(x: GraphNode, wanted: tuple[int, ...]) -> GraphNode:
    return x if _shape(x) == wanted else apply(shape.reshape.primitive, [x], {"shape": wanted})


def _grouped(x: GraphNode, lengths: dict[str, int], *groups: list[str]) -> GraphNode:
    """Each group of axes as one; no leading axis if nothing is stacked."""
    stacked, *rest = (math.prod(lengths[a] for a in group) for group in groups)
    return _reshaped(x, (stacked, *rest) if groups[0] else tuple(rest))


def _spread(x: GraphNode, term: str, output: str) -> GraphNode:
    """The axes in the order of the output, with length 1 where the operand has none."""
    x = _ordered(x, term, "".join(a for a in output if a in term))
    following = iter(_shape(x))
    return _reshaped(x, tuple(next(following) if a in term else 1 for a in output))
