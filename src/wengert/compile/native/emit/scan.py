"""Scans: each element made of the one before it along an axis, in order. Lines are shared among the threads."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from llvmlite import ir

from ....core.graph import GraphNode
from ....core.primitive import Primitive
from ....ops.axes import scan
from ..facts.lowered import dtype_of
from ..ir.loops import emit_loop
from ..ir.scalar import Scalar, load, store
from ..ir.types import INDEX, Builder, Value, memory_type
from ..schedule.stages import Schedule
from .kernel import CHUNK_WORK, MOST_CHUNKS, SUMMED_TOGETHER
from .scalars.elementwise import guarded_product

COMBINED: dict[Primitive, Callable[..., Scalar]] = {
    scan.cumsum.primitive: lambda before, x: before + x,
    scan.cumprod.primitive: lambda before, x: before * x,
    scan.recur.primitive: lambda before, a, b: guarded_product(a.cast(before.dtype), before) + b,
}
"""From what is before and the operands at a place to what is there; the first is the last operand."""


class ScanFunction:
    """The function of a scan: ``scan(operands..., result, begin, end)``.

    The array is seen as `lines`, each of so many `rows` of so many elements, the `width`; an element is made of the
    one a row before it. Memory is in order.

    Attributes:
        bases: the values behind the pointers.
        chunks: how many there are, each of `chunk_length` of the lines, or of the elements of a row if there is one
            line; `length` of them in all.
    """

    def __init__(self, module: ir.Module, name: str, schedule: Schedule, node: GraphNode) -> None:
        self.combine: Callable[..., Scalar] = COMBINED[node.primitive]
        self.bases = [*(schedule.views[o].base for o in schedule.operands[node]), node]
        self.dtypes = [dtype_of(base) for base in self.bases]
        shape, axis = node.form.shape, node.params["axis"]
        self.lines: int = math.prod(shape[:axis])
        self.rows: Any = shape[axis]
        self.width: int = math.prod(shape[axis + 1 :])
        self.reverse: Any = node.params["reverse"]
        self.by_lines: bool = self.lines > 1
        self.length: int = self.lines if self.by_lines else self.width
        self.chunk_length, self.chunks = self._chunks()
        pointers = [memory_type(dtype).as_pointer() for dtype in self.dtypes]
        self.function = ir.Function(module, ir.FunctionType(ir.VoidType(), [*pointers, INDEX, INDEX]), name)
        self.function.linkage = "internal"
        for argument in self.function.args[:-2]:
            argument.add_attribute("noalias")
        self.builder: Builder = ir.IRBuilder(self.function.append_basic_block())
        self._emit(*self.function.args[-2:])
        self.builder.ret_void()

    def _chunks(self) -> tuple[int, int]:
        count = max(1, min(self.lines * self.rows * self.width // CHUNK_WORK, MOST_CHUNKS, self.length))
        length = -(-self.length // count)
        if not self.by_lines:
            length = -(-length // SUMMED_TOGETHER) * SUMMED_TOGETHER
        return length, -(-self.length // length)

    @property
    def bytes_moved(self) -> int:
        """What is read and written."""
        return self.lines * self.rows * self.width * sum(dtype.itemsize for dtype in self.dtypes)

    def _emit(self, begin: Value, end: Value) -> None:
        if self.width == 1:
            emit_loop(self.builder, begin, end, self._line)
        elif self.by_lines:
            emit_loop(self.builder, begin, end, lambda line: self._rows(line, INDEX(0), INDEX(self.width)))
        else:
            self._rows(INDEX(0), begin, end)

    def _line(self, line: Value) -> None:
        """Along one line, with what is before in a register."""
        with self.builder.goto_entry_block():
            register = self.builder.alloca(memory_type(self.dtypes[-1]))

        def turn(row: Value, is_first: bool) -> None:
            place = self._place(line, row, INDEX(0))
            before = None if is_first else Scalar(self.builder, self.builder.load(register), self.dtypes[-1])
            made = self._made(place, before)
            self.builder.store(made.value, register)
            self._store(place, made)

        self._along(turn)

    def _rows(self, line: Value, begin: Value, end: Value) -> None:
        """Row by row, with what is before in memory."""
        step = INDEX(-self.width if not self.reverse else self.width)

        def turn(row: Value, is_first: bool) -> None:
            def element(column: Value) -> None:
                place = self._place(line, row, column)
                before = None if is_first else self._load(-1, self.builder.add(place, step))
                self._store(place, self._made(place, before))

            emit_loop(self.builder, begin, end, element)

        self._along(turn)

    def _along(self, turn: Callable[[Value, bool], None]) -> None:
        """The first row, and then the others."""
        turn(INDEX(0), True)
        emit_loop(self.builder, INDEX(1), INDEX(self.rows), lambda row: turn(row, False))

    def _place(self, line: Value, row: Value, column: Value) -> Value:
        row = self.builder.sub(INDEX(self.rows - 1), row) if self.reverse else row
        rows = self.builder.add(self.builder.mul(line, INDEX(self.rows)), row)
        return self.builder.add(self.builder.mul(rows, INDEX(self.width)), column)

    def _made(self, place: Value, before: Scalar | None) -> Scalar:
        operands = [self._load(i, place).cast(self.dtypes[-1]) for i in range(len(self.bases) - 1)]
        return operands[-1] if before is None else self.combine(before, *operands)

    def _load(self, which: int, place: Value) -> Scalar:
        return load(self.builder, self.builder.gep(self.function.args[:-2][which], [place]), self.dtypes[which])

    def _store(self, place: Value, value: Scalar) -> None:
        store(self.builder, value, self.builder.gep(self.function.args[-3], [place]))
