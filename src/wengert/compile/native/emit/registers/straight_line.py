"""Small arrays in registers: a graph as straight-line code, every element of every array a value of its own.

An array is a NumPy array of `Scalar`: operations that only move elements are done by NumPy, while compiling.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from functools import reduce as folded
from typing import Any

import numpy
from llvmlite import ir

from .....core.graph import Graph, GraphNode
from .....core.primitive import Primitive, by_primitive
from .....core.recording import PICK
from .....ops import contract
from .....ops.axes import reduce as r, scan as scans
from .....ops.indexing import gather as g
from .....ops.threefry import random_words
from ...facts.duration import is_long, work
from ...facts.lowered import dtype_of, is_elementary
from ...facts.registers import ELIMINATED, MOVES
from ...ir.scalar import Scalar, constant
from ...ir.types import Array, Builder, Value, register_type
from ...machine.interrupts import Pauses
from ..scalars.elementwise import (
    lower,
    maximum,
    minimum,
)
from ..scalars.random_bits import random_word
from .elimination import emit_eliminated

MOST_COPIES = 8
"""An elementary function that is there more often is called: its code is long."""
Emit = Callable[["Straight", GraphNode, list[Array]], Any]


def array_of(elements: Sequence[Scalar], shape: tuple[int, ...]) -> Array:
    """The elements, row by row, as an array."""
    array = numpy.empty(len(elements), object)
    array[:] = elements
    return array.reshape(shape)


def constant_array(builder: Builder, value: Any, dtype: numpy.dtype) -> Array:
    numbers = numpy.asarray(value, dtype)
    return array_of([constant(builder, n, dtype) for n in numbers.reshape(-1)], numbers.shape)


def dtype_in(array: Array) -> numpy.dtype:
    return array.flat[0].dtype


def cast(array: Array, dtype: numpy.dtype) -> Array:
    return array_of([x.cast(dtype) for x in array.reshape(-1)], array.shape)


# -- a graph ---------------------------------------------------------------------------------------


class Straight:
    """Where straight-line code is being written.

    Attributes:
        builder: writes it.
        failed: the address of a bit that is set when something fails; the code goes on, and its results are not used.
        rules: for primitives that are not elementwise.
        runtime: the address of the runtime table.
        copies: how often each elementwise primitive is there.
    """

    def __init__(self, builder: Builder, failed: Value, rules: Mapping[Primitive, Emit], runtime: Value) -> None:
        self.builder = builder
        self.failed = failed
        self.rules = rules
        self.runtime = runtime
        self.copies: Counter[Primitive] = Counter()

    def graph(self, graph: Graph, inputs: Sequence[Array]) -> list[Array]:
        """Write the operations of a graph; its outputs."""
        values: dict[GraphNode, Any] = dict(zip(graph.inputs, inputs, strict=True))
        for node in by_urgency(graph):
            given = node.operands
            if node.primitive is PICK:
                values[node] = values[given[0]][node.params["index"]]
                continue
            operands = [
                values[o] if isinstance(o, GraphNode) else _constant_operand(self.builder, o, given) for o in given
            ]
            values[node] = self.rules.get(node.primitive, _elementwise)(self, node, operands)
        return [values[o] if isinstance(o, GraphNode) else self.constant(o, dtype_of(o)) for o in graph.outputs]

    def constant(self, value: Any, dtype: numpy.dtype) -> Array:
        return constant_array(self.builder, value, dtype)

    def with_rules(self, rules: Mapping[Primitive, Emit]) -> Straight:
        """Another one at the same place, with other rules."""
        other = copy(self)
        other.rules, other.copies = rules, Counter()
        return other

    def any(self, bit: Value) -> Value:
        """Whether a bit is set, of one of the examples that are done at a time."""
        return bit

    def fail_if(self, bit: Value) -> None:
        before = self.builder.load(self.failed)
        self.builder.store(self.builder.or_(before, self.any(bit)), self.failed)

    def pauses(self, node: GraphNode, *graphs: Graph) -> Pauses | None:
        """What a loop of these graphs does now and then; nothing if it is short."""

        def leave(stop: Value, after: Any) -> None:
            self.builder.store(self.builder.or_(self.builder.load(self.failed), stop), self.failed)
            with self.builder.if_then(self.builder.load(self.failed), likely=False):
                self.builder.branch(after)

        return Pauses(self.runtime, work(graphs), leave) if is_long(node) else None


def by_urgency(graph: Graph) -> list[GraphNode]:
    """The operations in list-scheduling order: those first whose critical path to the end is longest."""
    left: dict[GraphNode, int] = {}
    for node in reversed(graph.nodes):
        after = left.setdefault(node, 0) + 1
        for operand in node.operands:
            if isinstance(operand, GraphNode):
                left[operand] = max(left.get(operand, 0), after)
    return sorted(graph.nodes, key=lambda node: -left[node])


def _constant_operand(builder: Builder, constant: Any, operands: Sequence[Any]) -> Array:
    """A constant; a Python number takes the dtype that its partners give it."""
    if hasattr(constant, "dtype"):
        return constant_array(builder, constant, constant.dtype)
    partners = [dtype_of(o) for o in operands if hasattr(o, "dtype") or isinstance(o, GraphNode)]
    return constant_array(builder, constant, numpy.result_type(*partners, constant))


# -- elementwise -----------------------------------------------------------------------------------


def _elementwise(straight: Straight, node: GraphNode, operands: list[Array]) -> Array:
    form = node.form
    spread = [numpy.broadcast_to(o, form.shape).reshape(-1) for o in operands]
    primitive = node.primitive
    straight.copies[primitive] += form.size
    is_called = is_elementary(primitive) and straight.copies[primitive] > MOST_COPIES
    apply = _called if is_called else lower
    return array_of([apply(primitive, list(row), form.dtype) for row in zip(*spread, strict=True)], form.shape)


def _called(primitive: Primitive, operands: list[Scalar], result: numpy.dtype) -> Scalar:
    """An elementary function by a call, so that it is compiled once."""
    given = [operand.cast(result) for operand in operands]
    if any(isinstance(x.value, ir.Constant) for x in given):
        return lower(primitive, given, result)
    builder = given[0].builder
    module, kind = builder.module, register_type(builder, result)
    name = f"{primitive.name}.{kind}"
    function = module.globals.get(name)
    if function is None:
        function = ir.Function(module, ir.FunctionType(kind, [kind] * len(given)), name)
        function.linkage = "internal"
        inner = type(builder)(function.append_basic_block())
        inner.ret(lower(primitive, [Scalar(inner, argument, result) for argument in function.args], result).value)
    return Scalar(builder, builder.call(function, [x.value for x in given]), result)


# -- moving elements -------------------------------------------------------------------------------


def _move(straight: Straight, node: GraphNode, operands: list[Array]) -> Any:
    """What NumPy does, to arrays of values in the making."""
    form = node.form
    if isinstance(form, tuple):
        return [numpy.asarray(part, object) for part in node.primitive.evaluate(*operands, **node.params)]
    given = [cast(o, form.dtype) for o in operands]
    moved = numpy.asarray(node.primitive.evaluate(*given, **node.params), object)
    # NumPy puts an array without axes into an array of objects as the object that it is
    return array_of([e.item() if isinstance(e, numpy.ndarray) else e for e in moved.reshape(-1)], form.shape)


def _unslice(straight: Straight, node: GraphNode, operands: list[Array]) -> Array:
    """Zeros with an operand at an index; what goes to the same place adds up."""
    form = node.form
    places = numpy.arange(form.size).reshape(form.shape)[node.params["index"]]
    out = list(straight.constant(numpy.zeros(form.size), form.dtype))
    is_taken = [False] * form.size
    for place, element in zip(numpy.ravel(places).tolist(), operands[0].reshape(-1), strict=True):
        out[place] = out[place] + element if is_taken[place] else element
        is_taken[place] = True
    return array_of(out, form.shape)


def _shift(straight: Straight, node: GraphNode, operands: list[Array]) -> Array:
    axis, by, fill = (node.params[name] for name in ("axis", "by", "fill"))
    (x,) = operands
    filling = straight.constant(numpy.full(x.shape, fill), dtype_in(x))
    both = numpy.concatenate([filling, x, filling], axis)
    length = x.shape[axis]
    return numpy.take(both, numpy.arange(length - by, 2 * length - by), axis)


# -- reductions ------------------------------------------------------------------------------------


def _lines(x: Array, axes: tuple[int, ...]) -> Iterator[list[Scalar]]:
    """The elements that are reduced to one, for each element of the result."""
    kept = [i for i in range(x.ndim) if i not in axes]
    rows = numpy.transpose(x, (*kept, *axes))
    yield from (list(row) for row in rows.reshape(-1, math.prod(x.shape[a] for a in axes)))


def _reduction(combine: Callable[[Any, Any], Any]) -> Emit:
    def emit(straight: Straight, node: GraphNode, operands: list[Array]) -> Array:
        form = node.form
        x = cast(operands[0], form.dtype)
        return array_of([_fold(combine, line) for line in _lines(x, node.params["axis"])], form.shape)

    return emit


_LANES = 8


def _fold(combine: Callable[[Any, Any], Any], elements: list[Any]) -> Any:
    """Short lines from the first to the last; of long ones eight parts at a time, as NumPy does."""
    if len(elements) < _LANES:
        return folded(combine, elements)
    whole = len(elements) // _LANES * _LANES
    parts = [folded(combine, elements[i:whole:_LANES]) for i in range(_LANES)]
    while len(parts) > 1:
        parts = [combine(x, y) for x, y in zip(parts[::2], parts[1::2], strict=True)]
    return folded(combine, elements[whole:], parts[0])


def _either(x: Scalar, y: Scalar) -> Scalar:
    return x.flag(x.builder.or_(x.value, y.value))


def _both(x: Scalar, y: Scalar) -> Scalar:
    return x.flag(x.builder.and_(x.value, y.value))


def _count(straight: Straight, node: GraphNode, operands: list[Array]) -> Array:
    form = node.form
    flags = cast(cast(operands[0], numpy.dtype(bool)), form.dtype)
    return array_of([_fold(lambda x, y: x + y, line) for line in _lines(flags, node.params["axis"])], form.shape)


def _position(operator: str) -> Emit:
    """The place of the first extreme; the first NaN is one."""

    def emit(straight: Straight, node: GraphNode, operands: list[Array]) -> Array:
        form = node.form
        lines = _lines(operands[0], node.params["axis"])
        return array_of([_first(operator, line, form.dtype) for line in lines], form.shape)

    return emit


def _first(operator: str, line: list[Scalar], dtype: numpy.dtype) -> Scalar:
    best, place = line[0], constant(line[0].builder, 0, dtype)
    for index, x in enumerate(line[1:], 1):
        better = x.compare(operator, best)
        if x.is_float:
            is_first_nan = x.builder.and_(x.is_nan(), x.builder.not_(best.is_nan()))
            better = x.builder.or_(better, is_first_nan)
        best, place = x.where(better, best), place.constant(index).where(better, place)
    return place


def _accumulation(combine: Callable[[Any, Any], Any]) -> Emit:
    def emit(straight: Straight, node: GraphNode, operands: list[Array]) -> Array:
        x = cast(operands[0], node.form.dtype)
        out = numpy.empty(x.shape, object)
        lines, results = numpy.moveaxis(x, node.params["axis"], 0), numpy.moveaxis(out, node.params["axis"], 0)
        turns = range(len(lines))
        before = None
        for i in reversed(turns) if node.params["reverse"] else turns:
            before = lines[i] if before is None else _each(combine, before, lines[i])
            results[i, ...] = before
        return out

    return emit


def added(x: Array, y: Array) -> Array:
    return _each(lambda a, b: a + b, x, y)


def _each(combine: Callable[[Any, Any], Any], x: Array, y: Array) -> Array:
    x, y = numpy.asarray(x, object), numpy.asarray(y, object)
    pairs = zip(x.reshape(-1), y.reshape(-1), strict=True)
    return array_of([combine(a, b) for a, b in pairs], x.shape)


def _matmul(straight: Straight, node: GraphNode, operands: list[Array]) -> Array:
    """Inner products, each addition fused with its multiplication."""
    form = node.form
    x, y = (cast(o, form.dtype) for o in operands)
    left = x[None, :] if x.ndim == 1 else x
    right = y[:, None] if y.ndim == 1 else y
    lead = numpy.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    rows = numpy.broadcast_to(left, (*lead, *left.shape[-2:])).reshape(-1, *left.shape[-2:])
    columns = numpy.broadcast_to(right, (*lead, *right.shape[-2:])).reshape(-1, *right.shape[-2:])
    elements = [_inner(row, column) for a, b in zip(rows, columns, strict=True) for row in a for column in b.T]
    return array_of(elements, form.shape)


def _inner(x: Sequence[Scalar], y: Sequence[Scalar]) -> Scalar:
    total = x[0] * y[0]
    for a, b in zip(x[1:], y[1:], strict=True):
        total = a.fma(b, total) if total.is_float else total + a * b
    return total


def _checked(straight: Straight, index: Array, length: int) -> list[Scalar]:
    """The numbers of an index; the code fails if one is out of bounds."""
    numbers = list(index.reshape(-1))
    for number in numbers:
        straight.fail_if(straight.builder.or_(number.compare("<", -length), number.compare(">=", length)))
    return numbers


def _is_at(number: Scalar, place: int, length: int) -> Value:
    """Whether an index means a place; it counts from the end if it is negative."""
    return number.builder.or_(number.compare("==", place), number.compare("==", place - length))


def _gather(straight: Straight, node: GraphNode, operands: list[Array]) -> Array:
    """Each element chosen from all of its line."""
    x, index = operands
    form, axis = node.form, node.params["axis"]
    lines = numpy.moveaxis(x, axis, 0)
    found = [_line_at(number, lines) for number in _checked(straight, index, len(lines))]
    rows = numpy.stack(found).reshape((*index.shape, *lines.shape[1:]))
    return numpy.moveaxis(rows, range(index.ndim), range(axis, axis + index.ndim)).reshape(form.shape)


def _line_at(number: Scalar, lines: Array) -> Array:
    found = numpy.asarray(lines[0], object)
    for place in range(1, len(lines)):
        found = _chosen(_is_at(number, place, len(lines)), lines[place], found)
    return found


def _chosen(bit: Value, x: Array, y: Array) -> Array:
    return _each(lambda a, b: a.where(bit, b), x, y)


def _scatter_set(straight: Straight, node: GraphNode, operands: list[Array]) -> Array:
    x, v, index = operands
    return _scattered(straight, node, x, cast(v, dtype_in(x)), index, lambda old, new: new)


def _scatter_add(straight: Straight, node: GraphNode, operands: list[Array]) -> Array:
    (v, index), form = operands, node.form
    zeros = straight.constant(numpy.zeros(form.shape), form.dtype)
    return _scattered(straight, node, zeros, v, index, added)


def _scattered(straight: Straight, node: GraphNode, x: Array, v: Array, index: Array, combine: Any) -> Array:
    """Every element of each line a choice, for one index after the other."""
    axis = node.params["axis"]
    lines = list(numpy.moveaxis(x, axis, 0))
    rows = numpy.moveaxis(v, range(axis, axis + index.ndim), range(index.ndim))
    rows = rows.reshape((index.size, *numpy.shape(lines[0])))
    for number, row in zip(_checked(straight, index, len(lines)), rows, strict=True):
        for place, line in enumerate(lines):
            lines[place] = _chosen(_is_at(number, place, len(lines)), combine(line, row), line)
    return numpy.moveaxis(numpy.stack([numpy.asarray(line, object) for line in lines]), 0, axis)


def _ravel_index(straight: Straight, node: GraphNode, operands: list[Array]) -> Array:
    """Index arrays, one an axis, as one into these axes merged."""
    form, total = node.form, None
    for index, length in zip(operands, node.params["lengths"], strict=True):
        spread = numpy.broadcast_to(cast(index, form.dtype), form.shape)
        _checked(straight, index, length)
        normal = array_of([(i + length).where(i.compare("<", 0), i) for i in spread.reshape(-1)], form.shape)
        total = normal if total is None else added(_each(lambda x, _, n=length: x * n, total, total), normal)
    return total


def _last_writes(straight: Straight, node: GraphNode, operands: list[Array]) -> Array:
    """For each index whether none behind it means the same place."""
    (index,), length = operands, node.params["length"]
    numbers = [(i + length).where(i.compare("<", 0), i) for i in index.reshape(-1)]
    flags = [_fold(_both, [i.flag(i.compare("!=", j)) for j in numbers[k:]]) for k, i in enumerate(numbers[:-1], 1)]
    return array_of([*flags, *straight.constant(True, numpy.dtype(bool)).reshape(-1)], index.shape)


def _random_words(straight: Straight, node: GraphNode, operands: list[Array]) -> Array:
    """At counters that are known while compiling."""
    form, shape = node.form, node.params["shape"]
    key, start = operands
    ones = (1,) * len(shape)
    given = [x.reshape((*x.shape, *ones)) for x in (key[..., 0], key[..., 1], start)]
    counts = straight.constant(numpy.arange(math.prod(shape)).reshape(shape), numpy.dtype(numpy.int64))
    rows = zip(*(numpy.broadcast_to(x, form.shape).reshape(-1) for x in (*given, counts)), strict=True)
    return array_of([random_word(words, count, shape, form.dtype) for *words, count in rows], form.shape)


RULES: dict[Primitive, Emit] = by_primitive(
    {
        **dict.fromkeys(MOVES, _move),
        g.unslice: _unslice,
        scans.shift: _shift,
        r.sum: _reduction(lambda x, y: x + y),
        r.prod: _reduction(lambda x, y: x * y),
        r.max: _reduction(maximum),
        r.min: _reduction(minimum),
        r.any: _reduction(_either),
        r.all: _reduction(_both),
        r.count_nonzero: _count,
        r.argmax: _position(">"),
        r.argmin: _position("<"),
        scans.cumsum: _accumulation(lambda x, y: x + y),
        scans.cumprod: _accumulation(lambda x, y: x * y),
        contract.matmul: _matmul,
        g.gather: _gather,
        g.scatter_set: _scatter_set,
        g.scatter_add: _scatter_add,
        g.ravel_index: _ravel_index,
        g.last_writes: _last_writes,
        random_words: _random_words,
        **dict.fromkeys(ELIMINATED, emit_eliminated),
    }
)
"""What is not elementwise."""
