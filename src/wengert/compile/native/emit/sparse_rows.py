"""Products with sparse matrices: a loop over rows, each of which reads where its numbers are.

Rows are shared among the threads, and each has sums of its own, so that the result does not depend on their number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy
from llvmlite import ir

from ....core.graph import GraphNode
from ....core.primitive import Primitive, by_primitive
from ..facts.lowered import dtype_of
from ..facts.sparse_rows import sparse_row_products, sparse_row_sums, sparse_row_sums_of_moved
from ..ir.loops import emit_loop, smaller
from ..ir.scalar import load
from ..ir.types import INDEX, TYPES, Builder, Value, memory_type
from ..machine.llvm import Source
from ..machine.module_parts import Module, parts_of
from ..machine.pool_code import TASK
from ..schedule.stages import Schedule, shape_of
from .indexing import INT64
from .kernel import CHUNK_WORK, MOST_CHUNKS

BLOCKS = (16, 8, 4, 2, 1)
"""So many columns of the other matrix are done at once, as many as there still are."""
COLUMNS, POINTERS, ORDER = range(3)
"""The operands that are places."""


class SparseRows:
    """The function of a product: ``rows(*operands, result, width, begin, end)``, for a range of rows.

    Attributes:
        bases: the values behind the pointers.
        width: how many columns the other matrix has.
        chunks: how many there are, each of `chunk_length` of the `length` rows.
    """

    def __init__(self, module: Module, name: str, schedule: Schedule, node: GraphNode) -> None:
        operands = schedule.operands[node]
        self.bases = [*(schedule.views[operand].base for operand in operands), node]
        self.width: int = math.prod(shape_of(operands[1])[1:])
        self.length: int = shape_of(operands[3])[0] - 1
        self.chunk_length, self.chunks = in_chunks(self.length, math.prod(shape_of(operands[2])) * self.width)
        kind = SparseRowsKind(dtype_of(node), tuple(map(dtype_of, operands[2:])), self.width == 1)
        self.function: Any = emit_rows(module, name, node.primitive, kind)


def in_chunks(rows: int, work: int) -> tuple[int, int]:
    """How many rows are a chunk, and how many chunks there are, each worth a thread."""
    wanted = max(1, min(work // (CHUNK_WORK // 4), MOST_CHUNKS, rows))
    length = math.ceil(rows / wanted)
    return length, math.ceil(rows / length)


class SparseRowsKind(NamedTuple):
    """What the code depends on.

    Attributes:
        dtype: of the numbers.
        places: the dtypes of the columns, of the pointers, and of the order, if there is one.
        is_vector: whether the other matrix has one column.
    """

    dtype: numpy.dtype
    places: tuple[numpy.dtype, ...]
    is_vector: bool


def emit_rows(module: ir.Module, name: str, primitive: Primitive, kind: SparseRowsKind) -> ir.Function:
    """The function of a product of a kind."""
    dtypes = (kind.dtype, kind.dtype, *kind.places, kind.dtype)
    pointers = [memory_type(dtype).as_pointer() for dtype in dtypes]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [*pointers, *[INDEX] * 3]), name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    for argument in function.args[: len(pointers)]:
        argument.add_attribute("noalias")
    builder = ir.IRBuilder(function.append_basic_block())
    *places, width, begin, end = function.args
    rows = _Rows(builder, kind, places, INDEX(1) if kind.is_vector else width)
    emit_loop(builder, begin, end, _ROW[primitive](rows))
    builder.ret_void()
    return function


# -- the task of an eager call ---------------------------------------------------------------------


class SparseRowsFrame(NamedTuple):
    """What the task is told, in words of 64 bits.

    Attributes:
        first, x, columns, pointers, result: the addresses of the operands and of the result.
        width: how many columns the other matrix has.
        rows: how many rows there are, of which a chunk has `chunk`.
    """

    first: Any
    x: Any
    columns: Any
    pointers: Any
    result: Any
    width: Any
    rows: Any
    chunk: Any


TASK_OF_ROWS = "sparse_rows_task"
"""The name of the task."""


def written_rows(primitive: Primitive, kind: SparseRowsKind) -> Source:
    """The task of a product of a kind."""
    module = Module("sparse_rows")
    function = emit_rows(module, "sparse_rows", primitive, kind)
    builder = ir.IRBuilder(ir.Function(module, TASK, TASK_OF_ROWS).append_basic_block())
    frame, chunk = builder.function.args
    words = builder.bitcast(frame, INDEX.as_pointer())
    told = SparseRowsFrame(*(builder.load(builder.gep(words, [INDEX(i)])) for i in range(len(SparseRowsFrame._fields))))
    begin = builder.mul(chunk, told.chunk)
    end = smaller(builder, builder.add(begin, told.chunk), told.rows)
    arrays = told[: told._fields.index("width")]
    kinds = [argument.type for argument in function.args[: len(arrays)]]
    places = [builder.inttoptr(address, kind) for address, kind in zip(arrays, kinds, strict=True)]
    builder.call(function, [*places, told.width, begin, end])
    builder.ret_void()
    return Source(parts_of(module), {})


# -- rows ------------------------------------------------------------------------------------------


class _Rows:
    """Loops over the numbers of a row."""

    def __init__(self, builder: Builder, kind: SparseRowsKind, places: Sequence[Value], width: Value) -> None:
        self.builder = builder
        self.kind = kind
        self.first, self.x, *self.places, self.out = places
        self.width = width

    # -- sums --------------------------------------------------------------------------------------

    def sums(self, row: Value) -> None:
        """A row of the result, some columns at a time."""
        out = self._line(self.out, row)
        blocks = (1,) if self.kind.is_vector else BLOCKS
        with self.builder.goto_entry_block():
            done = self.builder.alloca(INDEX)
        self.builder.store(INDEX(0), done)
        for count in blocks:
            self._while_columns(done, count, lambda at, count=count: self._sum(row, out, at, count))

    def _while_columns(self, done: Value, count: int, body: Callable[[Value], None]) -> None:
        """Do so many columns at a time, while there are as many left."""
        builder = self.builder
        turn, after = builder.append_basic_block(), builder.append_basic_block()
        if self.kind.is_vector:
            builder.branch(turn)
        else:
            self._branch_if_left(done, count, turn, after)
        builder.position_at_end(turn)
        at = builder.load(done)
        body(at)
        builder.store(builder.add(at, INDEX(count)), done)
        self._branch_if_left(done, count, turn, after)
        builder.position_at_end(after)

    def _branch_if_left(self, done: Value, count: int, turn: Value, after: Value) -> None:
        if self.kind.is_vector:
            self.builder.branch(after)
            return
        stop = self.builder.add(self.builder.load(done), INDEX(count))
        self.builder.cbranch(self.builder.icmp_unsigned("<=", stop, self.width), turn, after)

    def _sum(self, row: Value, out: Value, at: Value, count: int) -> None:
        """Of so many columns."""
        builder = self.builder
        with builder.goto_entry_block():
            total = builder.alloca(self._vector(count))
        builder.store(ir.Constant(self._vector(count), None if count > 1 else 0), total)

        def turn(number: Value) -> None:
            factor = builder.load(builder.gep(self.first, [self._moved(number)]))
            line = builder.gep(self._line(self.x, self._column(number)), [at])
            term = self._product(self._all(factor, count), self._load(line, count))
            builder.store(self._sum_of(builder.load(total), term), total)

        self._each(row, turn)
        place = builder.bitcast(builder.gep(out, [at]), self._vector(count).as_pointer())
        builder.store(builder.load(total), place, align=self.kind.dtype.itemsize)

    def _vector(self, count: int) -> ir.Type:
        kind = TYPES[self.kind.dtype.name]
        return kind if count == 1 else ir.VectorType(kind, count)

    def _load(self, place: Value, count: int) -> Value:
        place = self.builder.bitcast(place, self._vector(count).as_pointer())
        return self.builder.load(place, align=self.kind.dtype.itemsize)

    def _all(self, number: Value, count: int) -> Value:
        """A vector of equal numbers."""
        if count == 1:
            return number
        empty = ir.Constant(self._vector(count), ir.Undefined)
        first = self.builder.insert_element(empty, number, ir.IntType(32)(0))
        return self.builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(ir.IntType(32), count), [0] * count))

    # -- products ----------------------------------------------------------------------------------

    def products(self, row: Value) -> None:
        """The numbers of a row of the result."""
        line, builder = self._line(self.first, row), self.builder
        with builder.goto_entry_block():
            total = builder.alloca(self._vector(1))

        def turn(number: Value) -> None:
            other = self._line(self.x, self._column(number))
            builder.store(ir.Constant(self._vector(1), 0), total)

            def add(at: Value) -> None:
                factors = [builder.load(builder.gep(place, [at])) for place in (line, other)]
                builder.store(self._sum_of(builder.load(total), self._product(*factors)), total)

            emit_loop(builder, INDEX(0), self.width, add)
            builder.store(builder.load(total), builder.gep(self.out, [number]))

        self._each(row, turn)

    # -- what both have in common ------------------------------------------------------------------

    def _each(self, row: Value, turn: Callable[[Value], None]) -> None:
        """For each number of a row, of which there may be none."""
        begin, end = (self._index(POINTERS, place) for place in (row, self.builder.add(row, INDEX(1))))
        with self.builder.if_then(self.builder.icmp_unsigned("<", begin, end)):
            emit_loop(self.builder, begin, end, turn)

    def _column(self, number: Value) -> Value:
        return self._index(COLUMNS, number)

    def _moved(self, number: Value) -> Value:
        """Where the number of a place is."""
        return self._index(ORDER, number) if len(self.places) > ORDER else number

    def _index(self, which: int, number: Value) -> Value:
        place = self.builder.gep(self.places[which], [number])
        return load(self.builder, place, self.kind.places[which]).cast(INT64).value

    def _line(self, matrix: Value, row: Value) -> Value:
        offset = row if self.kind.is_vector else self.builder.mul(row, self.width)
        return self.builder.gep(matrix, [offset])

    def _product(self, x: Value, y: Value) -> Value:
        if self.kind.dtype.kind != "f":
            return self.builder.mul(x, y)
        return self.builder.fmul(x, y, flags=("contract",))

    def _sum_of(self, x: Value, y: Value) -> Value:
        if self.kind.dtype.kind != "f":
            return self.builder.add(x, y)
        return self.builder.fadd(x, y, flags=("contract",))


_ROW: dict[Primitive, Callable[[_Rows], Callable[[Value], None]]] = by_primitive(
    {
        sparse_row_sums: lambda rows: rows.sums,
        sparse_row_sums_of_moved: lambda rows: rows.sums,
        sparse_row_products: lambda rows: rows.products,
    }
)
