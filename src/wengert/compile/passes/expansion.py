"""Write operations of several steps as these steps, so that they can be fused with what is around them."""

from __future__ import annotations

from typing import Any

import numpy

from ...core.graph import Graph, form_of_node
from ...core.node import Node
from ...core.recording import named_by
from ...ops import elementwise as e, reduce, shape
from .rewriting import apply, rewritten


def with_steps(graph: Graph) -> Graph:
    """The graph with log-sum-exps as maxima, exponentials, sums and logarithms."""
    expansion = _Expansion()
    return rewritten(graph, expansion.rewrite)


class _Expansion:
    """One run over a graph.

    Attributes:
        highest: for each log-sum-exp that was expanded its operand, and the maximum that was taken out.
    """

    def __init__(self) -> None:
        self.highest: dict[Node, tuple[Node, Node]] = {}

    def rewrite(self, node: Node, operands: list[Any]) -> Any:
        if not all(isinstance(operand, Node) for operand in operands):
            return None
        if node.primitive is reduce.logsumexp.primitive and form_of_node(node).dtype.kind == "f":
            return self._logsumexp(node, *operands)
        return self._softmax(*operands) if node.primitive is e.divide.primitive else None

    def _logsumexp(self, node: Node, x: Node) -> Any:
        """As `ops.reduce` has it: the largest terms are counted, and the rest is added by log1p."""
        form = form_of_node(node)
        if form_of_node(x).dtype != form.dtype:
            return None
        over = {"axis": node.params["axis"], "keepdims": True}
        high = apply(reduce.max.primitive, [x], over)
        is_top = apply(e.equal.primitive, [x, high], {})
        zero, one = numpy.zeros((), form.dtype), numpy.ones((), form.dtype)
        rest = apply(reduce.sum.primitive, [apply(e.where.primitive, [is_top, zero, _terms(x, high)], {})], over)
        ties = apply(reduce.sum.primitive, [apply(e.where.primitive, [is_top, one, zero], {})], over)
        count = apply(e.maximum.primitive, [ties, one], {})
        small = apply(e.log1p.primitive, [apply(e.divide.primitive, [rest, count], {})], {})
        large = apply(e.add.primitive, [high, small], {})
        out = apply(e.add.primitive, [large, apply(e.log_of.primitive, [count], {})], {})
        self.highest[out] = x, high
        return out if node.params["keepdims"] else apply(shape.reshape.primitive, [out], {"shape": form.shape})

    def _softmax(self, terms: Node, total: Node) -> Any:
        """Shares exp(x - l) / sum(exp(x - l)) are the same for every l: the maximum is there before the log-sum-exp."""
        if terms.primitive is not e.exp.primitive or total.primitive is not reduce.sum.primitive:
            return None
        (gap,) = map(named_by, terms.parents)
        if named_by(total.parents[0]) is not terms or gap.primitive is not e.gap.primitive:
            return None
        x, subtracted = map(named_by, gap.parents)
        while subtracted.primitive is shape.reshape.primitive:
            subtracted = named_by(subtracted.parents[0])
        known, high = self.highest.get(subtracted, (None, x))
        if known is not x or form_of_node(high).shape != form_of_node(total).shape:
            return None
        terms = _terms(x, high)
        return apply(e.divide.primitive, [terms, apply(reduce.sum.primitive, [terms], total.params)], {})


def _terms(x: Node, high: Any) -> Node:
    return apply(e.exp.primitive, [apply(e.gap.primitive, [x, high], {})], {})
