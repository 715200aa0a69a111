"""Operations of several steps, expanded into these, so that they can be fused with what is around them."""

from __future__ import annotations

from typing import Any

import numpy

from ...core.graph import Graph, GraphNode
from ...ops import elementwise as e, reduce, shape
from .rewriting import apply, rewritten, unstopped


def with_steps(graph: Graph) -> Graph:
    """The graph with log-sum-exps as maxima, exponentials, sums and logarithms."""
    expansion = _Expansion()
    return rewritten(graph, expansion.rewrite)


class _Expansion:
    """One run over a graph.

    Attributes:
        totals: for each log-sum-exp that was expanded its operand, the maximum that was taken out, and what was summed.
        large: sums that are 1 or more (or NaN), so that their reciprocals lose nothing. Multiplying is much faster.
    """

    def __init__(self) -> None:
        self.totals: dict[GraphNode, tuple[GraphNode, GraphNode, GraphNode]] = {}
        self.large: set[GraphNode] = set()

    def rewrite(self, node: GraphNode, operands: list[Any]) -> Any:
        if not all(isinstance(operand, GraphNode) for operand in operands):
            return None
        if node.primitive is reduce.logsumexp.primitive and node.form.dtype.kind == "f":
            return self._logsumexp(node, *operands)
        rule = {reduce.sum.primitive: self._total, e.divide.primitive: self._divide}.get(node.primitive)
        return None if rule is None or node.form.dtype.kind != "f" else rule(node, *operands)

    def _logsumexp(self, node: GraphNode, x: GraphNode) -> Any:
        """As `ops.reduce` has it: the largest terms are counted, and the rest is added by log1p."""
        form = node.form
        if x.form.dtype != form.dtype or x.form.size == 0:
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
        total = apply(e.add.primitive, [rest, ties], {})
        self.totals[out] = x, high, total
        self.large.add(total)
        return out if node.params["keepdims"] else apply(shape.reshape.primitive, [out], {"shape": form.shape})

    def _total(self, node: GraphNode, terms: GraphNode) -> Any:
        """A sum of exponentials from which their maximum is taken out is noted: it is 1 or more."""
        if terms.primitive is not e.exp.primitive:
            return None
        (gap,) = terms.operands
        if not isinstance(gap, GraphNode) or gap.primitive not in (e.gap.primitive, e.subtract.primitive):
            return None
        x, high = gap.operands
        if not _is_maximum_of(high, x):
            return None
        total = apply(node.primitive, [terms], node.params)
        self.large.add(total)
        return total

    def _divide(self, node: GraphNode, x: GraphNode, total: GraphNode) -> Any:
        x, total = self._softmax(x, total) or (x, total)
        base = total
        while base.primitive is shape.reshape.primitive:
            (base,) = base.operands
        if base not in self.large or total.form.size >= x.form.size:
            return None
        return apply(e.multiply.primitive, [x, apply(e.reciprocal.primitive, [total], {})], {})

    def _softmax(self, terms: GraphNode, total: GraphNode) -> tuple[GraphNode, GraphNode] | None:
        """Shares exp(x - l) / sum(exp(x - l)) are the same for every l: the maximum is there before the log-sum-exp."""
        if terms.primitive is not e.exp.primitive or total.primitive is not reduce.sum.primitive:
            return None
        (gap,) = terms.operands
        is_gap = isinstance(gap, GraphNode) and gap.primitive is e.gap.primitive
        if not is_gap or total.operands[0] is not terms:
            return None
        x, subtracted = gap.operands
        while isinstance(subtracted, GraphNode) and subtracted.primitive is shape.reshape.primitive:
            (subtracted,) = subtracted.operands
        if not isinstance(subtracted, GraphNode) or subtracted not in self.totals:
            return None
        known, high, found = self.totals[subtracted]
        if known is not x or high.form.shape != total.form.shape:
            return None
        return _terms(x, high), found


def _is_maximum_of(high: Any, x: Any) -> bool:
    """Whether a value is the maximum of another, or 0 where that is not finite."""
    while isinstance(high, GraphNode):
        if high.primitive is reduce.max.primitive:
            return unstopped(high.operands[0]) is unstopped(x)
        if high.primitive not in _PASSED:
            return False
        high = high.operands[1 if high.primitive is e.where.primitive else 0]
    return False


_PASSED = {shape.reshape.primitive, e.stop_gradient.primitive, e.where.primitive}


def _terms(x: GraphNode, high: Any) -> GraphNode:
    return apply(e.exp.primitive, [apply(e.gap.primitive, [x, high], {})], {})
