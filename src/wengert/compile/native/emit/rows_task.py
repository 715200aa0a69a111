"""Formulas of rows: of any number and length, with sums over each row, as tasks that are compiled once.

A row has parts, which lie apart in memory, and whose elements are neighbours: a channel of a batch of images has one
for each image.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy
from llvmlite import ir

from ....core.primitive import Primitive, by_primitive
from ....ops.axes.softmax import SOFTMAX_PULL, softmax
from ....ops.axes.standardize import STANDARDIZED_PULL, standardized
from ..ir.loops import emit_fold, emit_loop, smaller
from ..ir.scalar import Scalar, literal, load, store
from ..ir.types import INDEX, TYPES, Builder, Value
from ..machine.llvm import Source
from ..machine.module_parts import Module, parts_of
from ..machine.pool_code import TASK
from .scalars.elementwise import guarded_product, maximum
from .scalars.maths import exponential

OfElements = Callable[..., Scalar]
"""A function of the elements of all operands at one place."""


class RowsFrame(NamedTuple):
    """What a task is told, in words of 64 bits.

    Attributes:
        first, second: the addresses of the operands, of which the second may be none.
        result: that of the result.
        number: that of a number.
        rows: how many there are, of which a chunk has `chunk`.
        row: how far they are apart, in elements.
        parts: how many a row has; they are `part` apart, and have `length` elements.
    """

    first: Any
    second: Any
    result: Any
    number: Any
    rows: Any
    chunk: Any
    row: Any
    parts: Any
    part: Any
    length: Any


class _Row:
    """One row in the making: sums over it, and what becomes of its elements."""

    def __init__(
        self, builder: Builder, frame: RowsFrame, dtype: numpy.dtype, places: Sequence[Value], out: Value
    ) -> None:
        self.builder = builder
        self.frame = frame
        self.dtype = dtype
        self.places = places
        self.out = out
        self.number = load(builder, builder.inttoptr(frame.number, TYPES[dtype.name].as_pointer()), dtype)
        elements = Scalar(builder, builder.mul(frame.parts, frame.length), numpy.int64)
        self.count = elements.to_float(dtype)

    def _at(self, part: Value, index: Value) -> Value:
        return self.builder.add(self.builder.mul(part, self.frame.part), index)

    def _elements(self, place: Value) -> list[Scalar]:
        return [load(self.builder, self.builder.gep(array, [place]), self.dtype) for array in self.places]

    def _combined(self, start: float, combine: Callable[[Scalar, Scalar], Scalar], f: OfElements) -> Scalar:
        builder, frame = self.builder, self.frame

        def of_part(part: Value, total: Value) -> Value:
            def turn(index: Value, total: Value) -> Value:
                value = f(*self._elements(self._at(part, index)))
                return combine(value.like(total), value).value

            return emit_fold(builder, frame.length, total, turn)

        return Scalar(builder, emit_fold(builder, frame.parts, literal(start, self.dtype), of_part), self.dtype)

    def total(self, f: OfElements) -> Scalar:
        """The sum of a function of the elements, in any order."""
        return self._combined(0.0, _sum_in_any_order, f)

    def mean(self, f: OfElements) -> Scalar:
        return self.total(f) / self.count

    def largest(self, f: OfElements) -> Scalar:
        """The largest value; NaN if there is one."""
        return self._combined(-math.inf, maximum, f)

    def write(self, f: OfElements) -> None:
        builder, frame = self.builder, self.frame

        def of_part(part: Value) -> None:
            def turn(index: Value) -> None:
                place = self._at(part, index)
                store(builder, f(*self._elements(place)), builder.gep(self.out, [place]))

            emit_loop(builder, INDEX(0), frame.length, turn)

        emit_loop(builder, INDEX(0), frame.parts, of_part)


def _sum_in_any_order(total: Scalar, value: Scalar) -> Scalar:
    return total.like(total.builder.fadd(total.value, value.value, flags=("reassoc",)))


# -- the formulas ----------------------------------------------------------------------------------


def _scale_of(row: _Row, x_of: OfElements) -> tuple[Scalar, Scalar]:
    """The mean, and the reciprocal of the root of the variance and the number."""
    mean = row.mean(x_of)

    def squared(*elements: Scalar) -> Scalar:
        centred = x_of(*elements) - mean
        return centred * centred

    return mean, 1.0 / (row.mean(squared) + row.number).sqrt()


def _standardized(row: _Row) -> OfElements:
    mean, scale = _scale_of(row, lambda x: x)
    return lambda x: (x - mean) * scale


def _standardized_pull(row: _Row) -> OfElements:
    mean, scale = _scale_of(row, lambda ct, x: x)
    level = row.mean(lambda ct, x: ct)
    slope = row.mean(lambda ct, x: ct * ((x - mean) * scale))
    return lambda ct, x: scale * (ct - level - (x - mean) * scale * slope)


def _softmax(row: _Row) -> OfElements:
    top = row.largest(lambda x: x)

    def share(x: Scalar) -> Scalar:
        gap = x.constant(0.0).where(x.compare("==", top), x - top)
        return exponential.exp(gap)

    total = row.total(share)
    total = total.constant(math.nan).where(top.compare("==", -math.inf), total)
    return lambda x: share(x) / total


def _softmax_pull(row: _Row) -> OfElements:
    first = row.total(guarded_product)
    second = row.total(lambda ct, p: guarded_product(ct - first, p))
    return lambda ct, p: guarded_product(ct - first - second, p)


class RowFormula(NamedTuple):
    """What becomes of a row of so many operands."""

    operands: int
    written: Callable[[_Row], OfElements]


ROW_FORMULAS: dict[Primitive, RowFormula] = by_primitive(
    {
        standardized: RowFormula(1, _standardized),
        STANDARDIZED_PULL: RowFormula(2, _standardized_pull),
        softmax: RowFormula(1, _softmax),
        SOFTMAX_PULL: RowFormula(2, _softmax_pull),
    }
)


# -- the tasks -------------------------------------------------------------------------------------


def written_rows(primitive: Primitive, dtype: numpy.dtype) -> Source:
    """The task of a formula, which has its name."""
    module = Module(primitive.name)
    formula = ROW_FORMULAS[primitive]
    nest = _emit_rows(module, formula, dtype)
    builder = ir.IRBuilder(ir.Function(module, TASK, primitive.name).append_basic_block())
    words, chunk = builder.function.args
    frame = _loaded(builder, words)
    begin = builder.mul(chunk, frame.chunk)
    end = smaller(builder, builder.add(begin, frame.chunk), frame.rows)
    pointers = [
        builder.inttoptr(word, TYPES[dtype.name].as_pointer()) for word in frame[: RowsFrame._fields.index("number")]
    ]
    builder.call(nest, [*pointers, words, begin, end])
    builder.ret_void()
    return Source(parts_of(module), {})


def _loaded(builder: Builder, words: Value) -> RowsFrame:
    words = builder.bitcast(words, INDEX.as_pointer())
    return RowsFrame(*(builder.load(builder.gep(words, [INDEX(i)])) for i in range(len(RowsFrame._fields))))


def _emit_rows(module: ir.Module, formula: RowFormula, dtype: numpy.dtype) -> ir.Function:
    """The loop over some rows, which do not overlap with the result."""
    pointer = TYPES[dtype.name].as_pointer()
    words = TASK.args[0]
    kind = ir.FunctionType(ir.VoidType(), [pointer, pointer, pointer, words, INDEX, INDEX])
    function = ir.Function(module, kind, "rows")
    function.linkage = "internal"
    for argument in function.args[:4]:
        argument.add_attribute("noalias")
    builder = ir.IRBuilder(function.append_basic_block())
    first, second, out, frame_words, begin, end = function.args
    frame = _loaded(builder, frame_words)

    def turn(number: Value) -> None:
        offset = builder.mul(number, frame.row)
        given = [builder.gep(place, [offset]) for place in (first, second)[: formula.operands]]
        row = _Row(builder, frame, dtype, given, builder.gep(out, [offset]))
        row.write(formula.written(row))

    emit_loop(builder, begin, end, turn)
    builder.ret_void()
    return function
