"""Sums of exp(x - max(x)) along rows too long for the cache: the maximum and the sum in one pass.

A row is cut into blocks. Each takes out its own maximum m_i, and sums its exponentials to s_i while it is in the cache.
With the maximum m of all blocks the sum is that of s_i exp(m_i - m), and an exponential is exp(x - m_i) exp(m_i - m):
what was read three times is read once, no exponential is computed twice, and what is made of them afterwards is made of
the exponentials that were kept.

Source: M. Milakov and N. Gimelshein, "Online normalizer calculation for softmax" (2018), theorem 1, whose steps are
blocks here; the largest terms are counted apart, as P. Blanchard, D. J. Higham and N. J. Higham do, "Accurately
computing the log-sum-exp and softmax functions" (2021), algorithm 4.1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy

from ....core.abstract import Abstract
from ....core.graph import Graph, GraphNode, form_of_operand
from ....core.primitive import Primitive
from ....core.python.once import once
from ....core.python.search import first
from ....ops import elementwise as e, shape as s
from ....ops.axes import reduce as r
from ....ops.indexing import gather as g
from ...passes.rewriting import apply, rewritten, unstopped
from ..facts.lowered import is_lowered
from ..facts.parts import ASSEMBLED, AssembledPart
from ..facts.views import StridedView, dense, taken

ROW_BLOCK = 2048
"""Elements of a block: as many as stay in the first cache while they are read twice."""
LONG_ROW = 1 << 14
"""Elements of a row that is cut."""


def with_running_maxima(graph: Graph) -> Graph:
    """The graph with such sums, and what is made of their terms, done block by block."""
    roles = _Roles(graph)
    if not roles.maxima:
        return graph
    rewriting = _Rewriting(graph, roles)
    return _ordered(rewritten(graph, rewriting.rewrite), {n.top for n in rewriting.normalizers.values()})


def _ordered(graph: Graph, tops: set[GraphNode]) -> Graph:
    """The graph with what waits for the maxima behind the rest, which is then done with the maxima of the blocks."""
    waiting = set(tops)
    for node in graph.nodes:
        if any(isinstance(o, GraphNode) and o in waiting for o in node.operands):
            waiting.add(node)
    first = [node for node in graph.nodes if node not in waiting]
    return Graph(graph.inputs, [*first, *(node for node in graph.nodes if node in waiting)], graph.outputs)


# -- which operations take part --------------------------------------------------------------------


class _Roles:
    """What operations are in such sums, each with the maximum that is taken out.

    Attributes:
        maxima: the maxima of long rows.
        terms: exponentials, and whether what is taken out of them is 0 where the maximum is not finite.
        rests: the terms without the largest.
        ties: ones in the places of the largest.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.maxima: set[GraphNode] = set()
        self.terms: dict[GraphNode, tuple[GraphNode, bool]] = {}
        self.rests: dict[GraphNode, GraphNode] = {}
        self.ties: dict[GraphNode, GraphNode] = {}
        for node in graph.nodes:
            if node.primitive is e.exp.primitive:
                self._note_terms(node)
            elif node.primitive is e.where.primitive:
                self._note_choice(node)

    def _note_terms(self, node: GraphNode) -> None:
        (gap,) = node.operands
        if not isinstance(gap, GraphNode) or gap.primitive not in (e.gap.primitive, e.subtract.primitive):
            return
        x, high = gap.operands
        top, is_finite = self._top(high, x)
        if top is not None and is_finite == (gap.primitive is e.subtract.primitive):
            self.maxima.add(top)
            self.terms[node] = top, is_finite

    def _note_choice(self, node: GraphNode) -> None:
        """Zero, or one, where an element is the maximum."""
        is_top, x, y = node.operands
        if not isinstance(is_top, GraphNode) or is_top.primitive is not e.equal.primitive:
            return
        value, high = is_top.operands
        top, is_finite = self._top(high, value)
        if top is None or is_finite:
            return
        if _is_number(x, 0) and isinstance(y, GraphNode) and self.terms.get(y) == (top, False):
            self.rests[node] = top
        elif _is_number(x, 1) and _is_number(y, 0):
            self.ties[node] = top

    def _top(self, high: Any, x: Any) -> tuple[GraphNode | None, bool]:
        """The maximum along the last axis of a value that is long, and whether it is 0 where that is not finite."""
        is_finite = False
        while isinstance(high, GraphNode) and high.primitive is not r.max.primitive:
            operands = high.operands
            if high.primitive is e.where.primitive and _is_number(operands[2], 0):
                is_finite, operands = True, operands[1:]
            elif high.primitive not in (s.reshape.primitive, e.stop_gradient.primitive):
                return None, False
            high = operands[0]
        if not isinstance(high, GraphNode) or not isinstance(x, GraphNode):
            return None, False
        (of,) = high.operands
        form = x.form
        is_long = (
            high.params["axis"] == (len(form.shape) - 1,) and form.shape[-1] >= LONG_ROW and form.dtype.kind == "f"
        )
        return (high if is_long and unstopped(of) is unstopped(x) else None), is_finite


def _is_number(value: Any, number: float) -> bool:
    return not isinstance(value, GraphNode) and numpy.ndim(value) == 0 and value == number


# -- blocks ----------------------------------------------------------------------------------------


class Cut(NamedTuple):
    """A long last axis as blocks, and a rest that is shorter than one; all in blocks if there is no rest.

    A value has two parts then: ``(..., count, BLOCK)`` and ``(..., rest)``.
    """

    length: int

    @property
    def count(self) -> int:
        return self.length // ROW_BLOCK

    @property
    def inner(self) -> int:
        """Elements in blocks."""
        return self.count * ROW_BLOCK

    def parts(self, value: Any) -> list[Any]:
        """The parts of a value that broadcasts."""
        shape = numpy.shape(value) if not isinstance(value, GraphNode) else value.form.shape
        if shape == ():
            return [value, value][: self.number]
        if shape[-1] == 1:
            return [_reshaped(value, (*shape, 1)), value][: self.number]
        blocks, rest = (_last(value, begin, end) for begin, end in ((0, self.inner), (self.inner, self.length)))
        return [_reshaped(blocks, (*shape[:-1], self.count, ROW_BLOCK)), rest][: self.number]

    @property
    def number(self) -> int:
        return 1 if self.inner == self.length else 2


def _last(value: Any, begin: int, end: int) -> Any:
    """A stretch of the last axis."""
    if not isinstance(value, GraphNode):
        return value[..., begin:end]
    shape = value.form.shape
    if (begin, end) == (0, shape[-1]) or begin == end:
        return value
    index = (*(slice(None),) * (len(shape) - 1), slice(begin, end))
    return apply(g.block.primitive, [value], {"index": index})


def _reshaped(value: Any, shape: tuple[int, ...]) -> Any:
    if not isinstance(value, GraphNode):
        return numpy.reshape(value, shape)
    return value if value.form.shape == shape else apply(s.reshape.primitive, [value], {"shape": shape})


def _joined(*parts: Any) -> Any:
    """Blocks and the rest as one array."""
    blocks = parts[0].reshape(*parts[0].shape[:-2], -1)
    return numpy.concatenate([blocks, *parts[1:]], axis=-1)


def _joined_form(*parts: Any) -> Abstract:
    blocks, *rest = parts
    length = blocks.shape[-2] * blocks.shape[-1] + sum(part.shape[-1] for part in rest)
    return Abstract((*blocks.shape[:-2], length), blocks.dtype)


JOINED = [Primitive("joined", _joined, names, _joined_form) for names in (("blocks",), ("blocks", "rest"))]


def _joined_parts(node: GraphNode, operands: Sequence[Any]) -> list[AssembledPart]:
    whole = dense(node, node.form.shape)
    shape = form_of_operand(operands[0]).shape
    inner = shape[-2] * shape[-1]
    parts = [AssembledPart(operands[0], StridedView(node, 0, shape, (*whole.strides[:-1], shape[-1], 1)))]
    return parts + [AssembledPart(rest, taken(whole, (..., slice(inner, None)))) for rest in operands[1:]]


ASSEMBLED.update(dict.fromkeys(JOINED, _joined_parts))


# -- maxima and sums -------------------------------------------------------------------------------


class _Normalizer:
    """A maximum along the last axis, and sums of which it is taken out.

    Attributes:
        tops: the maximum of each block, and of the rest: without the last axis.
        top: the maximum of all.
    """

    def __init__(self, x: GraphNode) -> None:
        self.dtype: Any = x.form.dtype
        self.parts: list[Any] = Cut(x.form.shape[-1]).parts(x)
        self.tops: list[GraphNode] = [_over_last(r.max, part) for part in self.parts]
        self.top: GraphNode = _together(r.max, e.maximum, self.tops)
        self.known: dict[bool, Shifted] = {}

    def shifted(self, is_finite: bool) -> Shifted:
        """The exponentials; is what is taken out of them 0 where the maximum is not finite?"""
        if is_finite not in self.known:
            self.known[is_finite] = (ShiftedFinitely if is_finite else Shifted)(self)
        return self.known[is_finite]

    @once
    def whole_tops(self) -> list[GraphNode]:
        """The maximum of all, as it broadcasts to those of the blocks, and to that of the rest."""
        return [_with_axis(self.top), self.top][: len(self.parts)]

    @once
    def _are_top(self) -> list[GraphNode]:
        """In each part, which elements are its maximum."""
        return _each(lambda x, top: _made(e.equal, x, _with_axis(top)), self.parts, self.tops)

    @once
    def _own_ties(self) -> list[GraphNode]:
        one, zero = self.number(1), self.number(0)
        return [_over_last(r.sum, _made(e.where, is_top, one, zero)) for is_top in self._are_top]

    @once
    def _have_top(self) -> list[GraphNode]:
        """Which parts have the maximum of all."""
        return _each(lambda own, top: _made(e.equal, own, top), self.tops, self.whole_tops)

    def number(self, number: float) -> Any:
        return numpy.asarray(number, self.dtype)

    def rest(self) -> GraphNode:
        """The sum of the exponentials without the largest: of other parts than those of the maximum also these."""
        shifted = self.shifted(False)
        zero = self.number(0)

        def brought(has_top: GraphNode, rest: GraphNode, ties: GraphNode, by: GraphNode) -> GraphNode:
            return _made(e.where, has_top, rest, _made(e.multiply, _made(e.add, rest, ties), by))

        rests = _each(lambda t, x: _over_last(r.sum, _made(e.where, t, zero, x)), self._are_top, shifted.own)
        return _sum(_each(brought, self._have_top, rests, self._own_ties, shifted.factors))

    def ties(self) -> GraphNode:
        """How many elements are the maximum."""
        zero = self.number(0)
        return _sum(_each(lambda has_top, ties: _made(e.where, has_top, ties, zero), self._have_top, self._own_ties))


class Shifted:
    """The exponentials of x - m; 1 where both are infinite.

    Attributes:
        own: of each part, its own maximum taken out.
        factors: what brings them to the maximum of all.
    """

    def __init__(self, normalizer: _Normalizer) -> None:
        tops, parts = normalizer.tops, normalizer.parts
        self.own: list[Any] = _each(lambda x, top: _exp_of(e.gap, x, _with_axis(top)), parts, tops)
        self.factors: list[Any] = _each(lambda own, top: _exp_of(e.gap, own, top), tops, normalizer.whole_tops)

    def terms(self) -> list[GraphNode]:
        """The exponentials, the maximum of all taken out."""
        return self.brought(self.own, [_with_axis(by) for by in self.factors])

    def total(self) -> GraphNode:
        return _sum(self.brought([_over_last(r.sum, own) for own in self.own], self.factors))

    def brought(self, values: Sequence[GraphNode], factors: Sequence[GraphNode]) -> list[GraphNode]:
        """Values of the parts, brought to the maximum of all."""
        return _each(lambda x, by: _made(e.multiply, x, by), values, factors)


class ShiftedFinitely(Shifted):
    """The exponentials of x - m, and of x where m is not finite.

    Of x they may be larger than any number, and are 0 where exp(x - m_i) is: the factor is two, both of them finite.
    """

    def __init__(self, normalizer: _Normalizer) -> None:
        zero = normalizer.number(0)

        def finite(top: GraphNode) -> GraphNode:
            return _made(e.where, _made(e.isfinite, top), top, zero)

        def bounded_root(own: GraphNode) -> GraphNode:
            root = _made(e.exp, _made(e.multiply, finite(own), normalizer.number(0.5)))
            return _made(e.minimum, root, normalizer.number(numpy.finfo(normalizer.dtype).max))

        def factor(own: GraphNode, top: GraphNode) -> GraphNode:
            return _made(e.where, _made(e.isfinite, top), _exp_of(e.gap, own, top), bounded_root(own))

        def second_factor(own: GraphNode, top: GraphNode) -> GraphNode:
            return _made(e.where, _made(e.isfinite, top), normalizer.number(1), bounded_root(own))

        tops, parts = normalizer.tops, normalizer.parts
        self.own: list[Any] = _each(lambda x, top: _exp_of(e.subtract, x, _with_axis(finite(top))), parts, tops)
        self.factors: list[Any] = _each(factor, tops, normalizer.whole_tops)
        self.second_factors: list[Any] = _each(second_factor, tops, normalizer.whole_tops)

    def brought(self, values: Sequence[GraphNode], factors: Sequence[GraphNode]) -> list[GraphNode]:
        once = super().brought(values, factors)
        shapes = [factor.form.shape for factor in factors]
        return super().brought(once, _each(_reshaped, self.second_factors, shapes))


def _each(f: Callable[..., Any], *values: Sequence[Any]) -> list[Any]:
    """A function of each part."""
    return [f(*own) for own in zip(*values, strict=True)]


def _together(reduction: Any, two: Any, values: Sequence[GraphNode]) -> GraphNode:
    """What belongs to all blocks and the rest, of what belongs to each."""
    whole = _over_last(reduction, values[0])
    return _made(two, whole, values[1]) if len(values) > 1 else whole


def _sum(values: Sequence[GraphNode]) -> GraphNode:
    return _together(r.sum, e.add, values)


def _made(operation: Any, *operands: Any) -> GraphNode:
    return apply(operation.primitive, operands, {})


def _over_last(reduction: Any, x: GraphNode) -> GraphNode:
    return apply(reduction.primitive, [x], {"axis": (len(x.form.shape) - 1,), "keepdims": False})


def _with_axis(x: GraphNode) -> GraphNode:
    return _reshaped(x, (*x.form.shape, 1))


def _exp_of(gap: Any, x: GraphNode, y: GraphNode) -> GraphNode:
    return _made(e.exp, _made(gap, x, y))


# -- the graph -------------------------------------------------------------------------------------


class _Rewriting:
    """One run over a graph.

    Attributes:
        normalizers: of the maxima.
        parts: of values that are made block by block.
    """

    def __init__(self, graph: Graph, roles: _Roles) -> None:
        self.graph = graph
        self.roles = roles
        self.normalizers: dict[GraphNode, _Normalizer] = {}
        self.parts: dict[GraphNode, list[Any]] = {}

    def rewrite(self, node: GraphNode, operands: list[Any]) -> Any:
        roles = self.roles
        if node in roles.maxima:
            self.normalizers[node] = normalizer = _Normalizer(unstopped(operands[0]))
            return _reshaped(normalizer.top, node.form.shape)
        if node in roles.terms:
            top, is_finite = roles.terms[node]
            return self._join(self.normalizers[top].shifted(is_finite).terms())
        if node.primitive is r.sum.primitive and (total := self._total(node)) is not None:
            return _reshaped(total, node.form.shape)
        return self._in_parts(node, operands)

    def _join(self, parts: list[GraphNode]) -> GraphNode:
        whole = apply(JOINED[len(parts) - 1], parts, {})
        self.parts[whole] = parts
        return whole

    def _total(self, node: GraphNode) -> GraphNode | None:
        """A sum along the long axis of terms, of all but the largest, or of their number."""
        (summed,) = node.operands
        if not isinstance(summed, GraphNode) or node.params["axis"] != (len(summed.form.shape) - 1,):
            return None
        if summed in self.roles.terms:
            top, is_finite = self.roles.terms[summed]
            return self.normalizers[top].shifted(is_finite).total()
        if summed in self.roles.rests:
            return self.normalizers[self.roles.rests[summed]].rest()
        if summed in self.roles.ties and self.roles.ties[summed] in self.normalizers:
            return self.normalizers[self.roles.ties[summed]].ties()
        return None

    def _in_parts(self, node: GraphNode, operands: list[Any]) -> GraphNode | None:
        """What is made, element by element, of a value in parts is in parts too."""
        form = node.form
        if not any(isinstance(o, GraphNode) and o in self.parts for o in operands) or not isinstance(form, Abstract):
            return None
        dtypes = [form_of_operand(o).dtype for o in operands]
        if not is_lowered(node.primitive, dtypes, form.dtype) or form.shape[-1:] != self._length_of(operands):
            return None
        own = zip(*(self._parts_of(o, Cut(form.shape[-1])) for o in operands), strict=True)
        parts = [apply(node.primitive, list(part), node.params) for part in own]
        return self._join(parts) if all(part.form.dtype == form.dtype for part in parts) else None

    def _length_of(self, operands: Sequence[Any]) -> tuple[int, ...]:
        return first(o.form.shape[-1:] for o in operands if isinstance(o, GraphNode) and o in self.parts)

    def _parts_of(self, value: Any, cut: Cut) -> list[Any]:
        return self.parts[value] if isinstance(value, GraphNode) and value in self.parts else cut.parts(value)
