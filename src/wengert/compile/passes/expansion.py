"""Operations of several steps, expanded into these, so that they can be fused with what is around them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy

from ...core.graph import Graph, GraphNode
from ...ops import elementwise as e, shape
from ...ops.axes import reduce, softmax
from .rewriting import apply, rewritten, unstopped


def with_steps(graph: Graph) -> Graph:
    """The graph with log-sum-exps and softmaxes as maxima, exponentials, sums and logarithms."""
    expansion = _Expansion()
    return rewritten(graph, expansion.rewrite)


class _Sums(NamedTuple):
    """The sum of exp(x - max(x)) along axes.

    Attributes:
        high: the maximum.
        total: the sum.
        logarithm: its logarithm.
    """

    high: GraphNode
    total: GraphNode
    logarithm: GraphNode


class _Expansion:
    """One run over a graph.

    Attributes:
        sums: those that were made, by operand and axes.
        logarithms: for each logarithm of shares the shares.
        large: sums that are 1 or more (or NaN), so that their reciprocals lose nothing. Multiplying is much faster.
    """

    def __init__(self) -> None:
        self.sums: dict[tuple[GraphNode, tuple[int, ...]], _Sums] = {}
        self.logarithms: dict[GraphNode, tuple[GraphNode, tuple[int, ...]]] = {}
        self.large: set[GraphNode] = set()
        self.rules = {
            reduce.logsumexp.primitive: self._logsumexp,
            softmax.softmax.primitive: self._softmax,
            softmax.log_softmax.primitive: self._log_softmax,
            reduce.sum.primitive: self._total,
            e.divide.primitive: self._divide,
            e.exp.primitive: self._exp,
        }

    def rewrite(self, node: GraphNode, operands: list[Any]) -> Any:
        rule = self.rules.get(node.primitive)
        if rule is None or node.form.dtype.kind != "f" or not all(isinstance(o, GraphNode) for o in operands):
            return None
        return rule(node, *operands)

    def _sums_of(self, node: GraphNode, x: GraphNode) -> _Sums | None:
        """As `ops.axes.reduce` has it: the largest terms are counted, and the rest is added by log1p."""
        dtype, axis = node.form.dtype, node.params["axis"]
        if x.form.dtype != dtype or x.form.size == 0:
            return None
        if (x, axis) not in self.sums:
            self.sums[x, axis] = _sums(x, axis)
            self.large.add(self.sums[x, axis].total)
        return self.sums[x, axis]

    def _logsumexp(self, node: GraphNode, x: GraphNode) -> Any:
        sums = self._sums_of(node, x)
        if sums is None:
            return None
        out = apply(e.add.primitive, [sums.high, sums.logarithm], {})
        return out if node.params["keepdims"] else apply(shape.reshape.primitive, [out], {"shape": node.form.shape})

    def _softmax(self, node: GraphNode, x: GraphNode) -> Any:
        axis = node.params["axis"]
        if x.form.dtype != node.form.dtype or x.form.size == 0:
            return None
        terms, total = self._terms_and_total(x, axis)
        return apply(e.multiply.primitive, [terms, apply(e.reciprocal.primitive, [total], {})], {})

    def _terms_and_total(self, x: GraphNode, axis: tuple[int, ...]) -> tuple[GraphNode, GraphNode]:
        """Those that are there, if the logarithm of the sum is asked for too; NaN or 0 if there is nothing to share."""
        if (x, axis) in self.sums:
            high, total, _ = self.sums[x, axis]
            return _terms(x, high), _or_nan(total, high)
        high = apply(reduce.max.primitive, [x], {"axis": axis, "keepdims": True})
        is_something = apply(e.greater.primitive, [high, numpy.asarray(-numpy.inf, x.form.dtype)], {})
        terms = _terms(x, apply(e.where.primitive, [is_something, high, numpy.zeros((), x.form.dtype)], {}))
        return terms, apply(reduce.sum.primitive, [terms], {"axis": axis, "keepdims": True})

    def _log_softmax(self, node: GraphNode, x: GraphNode) -> Any:
        sums = self._sums_of(node, x)
        if sums is None:
            return None
        gap = apply(e.gap.primitive, [x, sums.high], {})
        out = apply(e.subtract.primitive, [gap, _or_nan(sums.logarithm, sums.high)], {})
        self.logarithms[out] = x, node.params["axis"]
        return out

    def _exp(self, node: GraphNode, x: GraphNode) -> Any:
        """The exponential of logarithms of shares is the shares, whose terms are there."""
        if x not in self.logarithms:
            return None
        of, axis = self.logarithms[x]
        return self._softmax(GraphNode(softmax.softmax.primitive, [of], {"axis": axis}, node.form), of)

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
        base = total
        while base.primitive is shape.reshape.primitive:
            (base,) = base.operands
        if base not in self.large or total.form.size >= x.form.size:
            return None
        return apply(e.multiply.primitive, [x, apply(e.reciprocal.primitive, [total], {})], {})


def _sums(x: GraphNode, axis: tuple[int, ...]) -> _Sums:
    over = {"axis": axis, "keepdims": True}
    zero, one = numpy.zeros((), x.form.dtype), numpy.ones((), x.form.dtype)
    high = apply(reduce.max.primitive, [x], over)
    is_top = apply(e.equal.primitive, [x, high], {})
    rest = apply(reduce.sum.primitive, [apply(e.where.primitive, [is_top, zero, _terms(x, high)], {})], over)
    ties = apply(reduce.sum.primitive, [apply(e.where.primitive, [is_top, one, zero], {})], over)
    count = apply(e.maximum.primitive, [ties, one], {})
    small = apply(e.log1p.primitive, [apply(e.divide.primitive, [rest, count], {})], {})
    logarithm = apply(e.add.primitive, [small, apply(e.log_of.primitive, [count], {})], {})
    return _Sums(high, apply(e.add.primitive, [rest, ties], {}), logarithm)


def _or_nan(value: GraphNode, high: GraphNode) -> GraphNode:
    """The value; NaN where the maximum is -inf, of which there are no shares."""
    dtype = high.form.dtype
    is_something = apply(e.greater.primitive, [high, numpy.asarray(-numpy.inf, dtype)], {})
    return apply(e.where.primitive, [is_something, value, numpy.asarray(numpy.nan, dtype)], {})


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
