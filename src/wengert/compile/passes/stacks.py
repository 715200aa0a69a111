"""Stacks of matrix products as single ones: one large product is faster than many small ones."""

from __future__ import annotations

import math
from typing import Any

import numpy

from ...core.graph import Graph, GraphNode, form_of_operand
from ...ops import contract, elementwise as e, shape
from ...ops.axes import reduce
from .rewriting import apply, number_of_uses, rewritten, with_operands


def with_single_products(graph: Graph) -> Graph:
    """The graph with the stacks of products that share an operand, or are summed over, as one product each."""
    uses = number_of_uses(graph)
    stacks: dict[GraphNode, list[Any]] = {}  # the operands of products that nobody uses twice

    def rewrite(node: GraphNode, operands: list[Any]) -> Any:
        if node.primitive is contract.matmul.primitive:
            single = _product(*operands)
            if single is not None:
                return single
            product = with_operands(node, operands)
            if uses[node] == 1:
                stacks[product] = operands
            return product
        if node.primitive is reduce.sum.primitive and isinstance(operands[0], GraphNode) and operands[0] in stacks:
            return _sum_of_products(node, *stacks[operands[0]])
        return None

    return rewritten(graph, rewrite)


def _product(x: Any, y: Any) -> Any:
    """A product with one matrix for all members of a stack, with the identity, or without anything to sum."""
    left, right = form_of_operand(x), form_of_operand(y)
    if left.dtype != right.dtype or min(left.ndim, right.ndim) < 2:
        return None
    if left.shape[-1] == 1:
        return apply(e.multiply.primitive, [x, y], {})
    if _is_identity(x) or _is_identity(y):
        return y if _is_identity(x) else x
    if right.ndim == 2 < left.ndim:
        return _shared_right(x, y)
    if left.ndim == 2 < right.ndim and right.shape[-1] == 1:
        return _shared_left(x, y)
    return None


def _shared_right(x: Any, y: Any) -> Any:
    """The rows of all members, below each other."""
    *lead, k = form_of_operand(x).shape
    return _reshaped(_or_idle(_reshaped(x, (math.prod(lead), k)), y), (*lead, form_of_operand(y).shape[1]))


def _shared_left(x: Any, y: Any) -> Any:
    """One matrix and a stack of columns: the columns are the rows of another matrix."""
    *lead, k, _ = form_of_operand(y).shape
    product = _or_idle(_reshaped(y, (math.prod(lead), k)), _transposed(x, (1, 0)))
    return _reshaped(product, (*lead, form_of_operand(x).shape[0], 1))


def _or_idle(x: Any, y: Any) -> Any:
    return y if _is_identity(x) else apply(contract.matmul.primitive, [x, y], {})


def _sum_of_products(node: GraphNode, x: Any, y: Any) -> Any:
    """The sum of X_i Y_i: all X_i beside each other, times all Y_i below each other."""
    if min(len(form_of_operand(x).shape), len(form_of_operand(y).shape)) < 2:
        return None
    *stack, m, k = form_of_operand(x).shape
    *other, _, n = form_of_operand(y).shape
    axes = tuple(range(len(stack)))
    if not stack or stack != other or node.params != {"axis": axes, "keepdims": False}:
        return None
    length = math.prod(stack) * k
    left = _reshaped(_transposed(x, (*axes, len(stack) + 1, len(stack))), (length, m))
    return apply(contract.matmul.primitive, [_transposed(left, (1, 0)), _reshaped(y, (length, n))], {})


def _is_identity(operand: Any) -> bool:
    """Whether a constant is an identity matrix."""
    if isinstance(operand, GraphNode) or operand.ndim != 2 or operand.shape[0] != operand.shape[1]:
        return False
    return bool(numpy.array_equal(operand, numpy.eye(len(operand))))


def _reshaped(x: Any, wanted: tuple[int, ...]) -> Any:
    if not isinstance(x, GraphNode):
        return numpy.reshape(x, wanted)
    return x if x.form.shape == wanted else apply(shape.reshape.primitive, [x], {"shape": wanted})


def _transposed(x: Any, axes: tuple[int, ...]) -> Any:
    if not isinstance(x, GraphNode):
        return numpy.transpose(x, axes)
    return apply(shape.transpose.primitive, [x], {"axes": axes})
