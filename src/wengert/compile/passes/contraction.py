"""Turn sums of products into matrix products, which are the fastest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ...core.graph import Graph, form_of_node
from ...core.node import Node
from ...ops import contract, elementwise as e, reduce, shape
from ...ops.einsum import is_einsum
from .rewriting import apply, rewritten


def with_matrix_products(graph: Graph) -> Graph:
    """The graph with einsums of two operands as transposes, reshapes and a stacked matrix product.

    Where a sum would widen what einsum leaves as narrow as it is, booleans and short integers, the einsum stays.
    """

    def rewrite(node: Node, operands: list[Any]) -> Any:
        if not is_einsum(node.primitive) or not all(isinstance(o, Node) for o in operands):
            return None
        product = _product(operands, node.params["inputs"], node.params["output"])
        return product if product is not None and form_of_node(product) == form_of_node(node) else None

    return rewritten(graph, rewrite)


def _product(operands: Sequence[Node], terms: Sequence[str], output: str) -> Node | None:
    if any(len(set(term)) < len(term) for term in terms):
        return None
    if len(operands) == 1:
        return _alone(operands[0], terms[0], output)
    if len(operands) == 2 and form_of_node(operands[0]).dtype == form_of_node(operands[1]).dtype:
        return _pair(operands, terms, output)
    return None


def _alone(x: Node, term: str, output: str) -> Node:
    """One operand: a sum and a transpose."""
    x, term = _summed(x, term, output)
    return _ordered(x, term, output)


def _pair(operands: Sequence[Node], terms: Sequence[str], output: str) -> Node:
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


def _shape(x: Node) -> tuple[int, ...]:
    return form_of_node(x).shape


def _summed(x: Node, term: str, needed: str) -> tuple[Node, str]:
    """Sum over the letters that nobody else has."""
    axis = tuple(i for i, a in enumerate(term) if a not in needed)
    if not axis:
        return x, term
    return apply(reduce.sum.primitive, [x], {"axis": axis, "keepdims": False}), "".join(a for a in term if a in needed)


def _ordered(x: Node, term: str, wanted: str) -> Node:
    """The axes in another order."""
    if term == wanted:
        return x
    return apply(shape.transpose.primitive, [x], {"axes": tuple(term.index(a) for a in wanted)})


def _reshaped(x: Node, wanted: tuple[int, ...]) -> Node:
    return x if _shape(x) == wanted else apply(shape.reshape.primitive, [x], {"shape": wanted})


def _grouped(x: Node, lengths: dict[str, int], *groups: list[str]) -> Node:
    """Each group of axes as one; no leading axis if nothing is stacked."""
    stacked, *rest = (math.prod(lengths[a] for a in group) for group in groups)
    return _reshaped(x, (stacked, *rest) if groups[0] else tuple(rest))


def _spread(x: Node, term: str, output: str) -> Node:
    """The axes in the order of the output, with length 1 where the operand has none."""
    x = _ordered(x, term, "".join(a for a in output if a in term))
    following = iter(_shape(x))
    return _reshaped(x, tuple(next(following) if a in term else 1 for a in output))
