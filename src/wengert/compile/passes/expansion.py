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
        totals: for each log-sum-exp that was expanded its operand, the maximum that was taken out, and what was summed.
        large: sums that are 1 or more (or NaN), so that their reciprocals lose nothing. Multiplying is much faster.
    """

    def __init__(self) -> None:
        self.totals: dict[Node, tuple[Node, Node, Node]] = {}
        self.large: set[Node] = set()

    def rewrite(self, node: Node, operands: list[Any]) -> Any:
        if not all(isinstance(operand, Node) for operand in operands):
            return None
        if node.primitive is reduce.logsumexp.primitive and form_of_node(node).dtype.kind == "f":
            return self._logsumexp(node, *operands)
        rule = {reduce.sum.primitive: self._total, e.divide.primitive: self._divide}.get(node.primitive)
        return None if rule is None or form_of_node(node).dtype.kind != "f" else rule(node, *operands)

    def _logsumexp(self, node: Node, x: Node) -> Any:
        """As `ops.reduce` has it: the largest terms are counted, and the rest is added by log1p."""
        form = form_of_node(node)
        if form_of_node(x).dtype != form.dtype or form_of_node(x).size == 0:
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

    def _total(self, node: Node, terms: Node) -> Any:
        """A sum of exponentials from which their maximum is taken out is noted: it is 1 or more."""
        if terms.primitive is not e.exp.primitive:
            return None
        gap = named_by(terms.parents[0])
        if gap.primitive not in (e.gap.primitive, e.subtract.primitive) or len(gap.parents) != 2:
            return None
        x, high = map(named_by, gap.parents)
        if not _is_maximum_of(high, x):
            return None
        total = apply(node.primitive, [terms], node.params)
        self.large.add(total)
        return total

    def _divide(self, node: Node, x: Node, total: Node) -> Any:
        x, total = self._softmax(x, total) or (x, total)
        base = total
        while base.primitive is shape.reshape.primitive:
            base = named_by(base.parents[0])
        if base not in self.large or form_of_node(total).size >= form_of_node(x).size:
            return None
        return apply(e.multiply.primitive, [x, apply(e.reciprocal.primitive, [total], {})], {})

    def _softmax(self, terms: Node, total: Node) -> tuple[Node, Node] | None:
        """Shares exp(x - l) / sum(exp(x - l)) are the same for every l: the maximum is there before the log-sum-exp."""
        if terms.primitive is not e.exp.primitive or total.primitive is not reduce.sum.primitive:
            return None
        (gap,) = map(named_by, terms.parents)
        if named_by(total.parents[0]) is not terms or gap.primitive is not e.gap.primitive:
            return None
        x, subtracted = map(named_by, gap.parents)
        while subtracted.primitive is shape.reshape.primitive:
            subtracted = named_by(subtracted.parents[0])
        known, high, found = self.totals.get(subtracted, (None, x, x))
        if known is not x or form_of_node(high).shape != form_of_node(total).shape:
            return None
        return _terms(x, high), found


def _is_maximum_of(high: Any, x: Node) -> bool:
    """Whether a value is the maximum of another, or 0 where that is not finite."""
    while isinstance(high, Node):
        if high.primitive is reduce.max.primitive:
            return _through(named_by(high.parents[0])) is _through(x)
        if high.primitive not in _PASSED:
            return False
        high = named_by(high.parents[1 if high.primitive is e.where.primitive else 0])
    return False


def _through(x: Node) -> Node:
    while x.primitive is e.stop_gradient.primitive:
        x = named_by(x.parents[0])
    return x


_PASSED = {shape.reshape.primitive, e.stop_gradient.primitive, e.where.primitive}


def _terms(x: Node, high: Any) -> Node:
    return apply(e.exp.primitive, [apply(e.gap.primitive, [x, high], {})], {})
