"""One matrix product, or a stack of them, as cells of work for the threads.

The result is cut into cells of rows and columns, and if there are few of these the sums are cut too. How it is cut
depends on the sizes only, so the result does not depend on the number of threads.
"""

from __future__ import annotations

import math
from functools import reduce
from typing import Any, NamedTuple

import numpy
from llvmlite import ir

from .....core.graph import GraphNode
from ...facts.lowered import dtype_of
from ...facts.views import StridedView
from ...ir.loops import emit_loop, smaller
from ...ir.types import INDEX, TYPES, Value
from ...machine.host import registers
from ...machine.module_parts import Module
from ...schedule.stages import Schedule
from .cells import PANEL_BYTES, ProductRules, emit_cell
from .tiles import (
    DOT_COLUMNS,
    Shape,
    emit_dots,
    emit_pack,
    emit_tile,
    lanes_of,
    place_at,
)

CHUNK_FLOPS, CHUNK_BYTES = 1 << 21, 1 << 18
MOST_PRODUCT_CHUNKS = 16
LEAST_ROWS, LEAST_BYTES, LEAST_DEPTH = 64, 512, 512
"""Cells are not made smaller than so many rows, so many bytes of a row, and so many terms of a sum."""
FEW_TILES = 2
"""Rows of tiles for which a panel is not packed: packing pays when the panel is used more often, and its lines are not
near each other anyway."""


class Packing(NamedTuple):
    """The function that packs a panel (``None`` where it is read in the matrix), and how far its lines are apart."""

    function: Any
    line: int


class Cells:
    """The function of a product: ``product(left, right, result, begin, end)``, for a range of cells.

    Attributes:
        bases: the values behind the three pointers.
        chunks: how many there are, each of `chunk_length` of the `length` cells.
        parts: in how many parts the sums are cut; if more than one, each is a whole result of a `size` to be added.
    """

    module: Module
    function: ir.Function
    bases: list[Any]
    dtype: numpy.dtype
    size: int
    length: int
    chunk_length: int
    chunks: int
    parts: int

    def emit_sum_of_parts(self) -> ir.Function:
        """``sum(parts, result)``: adds up the parts, one behind the other."""
        pointer = TYPES[self.dtype.name].as_pointer()
        name = self.function.name + "_sum"
        function = ir.Function(self.module, ir.FunctionType(ir.VoidType(), [pointer] * 2), name)
        function.linkage = "internal"
        for argument in function.args:
            argument.add_attribute("noalias")
        builder = ir.IRBuilder(function.append_basic_block())
        parts, result = function.args

        def add(i: Value) -> None:
            places = [builder.gep(parts, [builder.add(i, INDEX(part * self.size))]) for part in range(self.parts)]
            total = reduce(builder.fadd, map(builder.load, places))
            builder.store(total, builder.gep(result, [i]))

        emit_loop(builder, INDEX(0), INDEX(self.size), add)
        builder.ret_void()
        return function


class Product(Cells):
    """A product of matrices, or of stacks of them."""

    def __init__(self, module: Module, name: str, schedule: Schedule, node: GraphNode) -> None:
        self.module = module
        self.left, self.right = left, right = self._oriented(*product_views(schedule, node))
        self.bases: list[Any] = [left.base, right.base, node]
        self.dtype: numpy.dtype[Any] = dtype_of(node)
        self.lead: tuple[int, ...] = left.shape[:-2]
        self.stack: int = math.prod(self.lead)
        self.m, self.k = left.shape[-2:]
        self.n: int = right.shape[-1]
        self.size: int = self.stack * self.m * self.n
        self.is_dots: bool = self.m == 1 and left.strides[-1] == right.strides[-2] == 1
        self._choose_tile()
        self._cut()
        self.function: Any = self._function(name)

    def _function(self, name: str) -> ir.Function:
        """Code that is not to be optimised, nor that which it calls."""
        return self.module.import_from_library(self._cells(self.module.library, name))

    def _cells(self, module: ir.Module, name: str) -> ir.Function:
        """The function of a range of cells."""
        pointer = TYPES[self.dtype.name].as_pointer()
        signature = ir.FunctionType(ir.VoidType(), [pointer] * 3 + [INDEX] * 2)
        function = ir.Function(module, signature, name)
        self.builder = ir.IRBuilder(function.append_basic_block())
        _, _, _, begin, end = function.args
        emit_loop(self.builder, begin, end, self._cell)
        self.builder.ret_void()
        return function

    def _oriented(self, left: StridedView, right: StridedView) -> tuple[StridedView, StridedView]:
        """One column as one row: the transposed result is the same memory."""
        return (_turned(right), _turned(left)) if right.shape[-1] == 1 else (left, right)

    # -- cutting -----------------------------------------------------------------------------------

    def _choose_tile(self) -> None:
        """The rows and the width of a tile, and how much of a sum is done with one panel."""
        if self.is_dots:
            self.rows = 1
            self.width = min(DOT_COLUMNS, self.n)
            self.block = self.k
            return
        lanes = lanes_of(self.dtype.name)
        self.rows, vectors = best_tile(self.m, -(-self.n // lanes), registers().count)
        self.width: int = vectors * lanes
        most = max(1, PANEL_BYTES // (self.width * self.dtype.itemsize))
        self.block: int = math.ceil(self.k / math.ceil(self.k / most))

    def _cut(self) -> None:
        """Halve the rows, columns or sums of a cell, until there is a cell for each chunk."""
        numbers = self.m * self.k + self.k * self.n + self.m * self.n
        work = 2 * self.m * self.k * self.n / CHUNK_FLOPS + numbers * self.dtype.itemsize / CHUNK_BYTES
        wanted = max(1, min(int(self.stack * work), MOST_PRODUCT_CHUNKS))
        rows, columns, depth = self.m, self.n, self.k
        cells = self.stack
        while cells < wanted:
            half_rows, half_columns = half_of(rows, self.rows), half_of(columns, self.width)
            can_halve_rows = LEAST_ROWS <= half_rows < rows
            can_halve_columns = half_columns * self.dtype.itemsize >= LEAST_BYTES and half_columns < columns
            if can_halve_columns and (columns >= rows or not can_halve_rows):
                columns = half_columns
            elif can_halve_rows:
                rows = half_rows
            elif depth >= 2 * LEAST_DEPTH and 2 * cells <= wanted:
                depth = half_of(depth, 1)
            else:
                break
            cells = self.stack * math.ceil(self.m / rows) * math.ceil(self.n / columns) * math.ceil(self.k / depth)
        self.cell_rows: int = rows
        self.cell_columns: int = columns
        self.cell_depth: int = depth
        self.parts: int = math.ceil(self.k / depth)
        self.length = cells
        self.chunk_length: int = math.ceil(cells / wanted)
        self.chunks: int = math.ceil(cells / self.chunk_length)

    # -- one cell ----------------------------------------------------------------------------------

    def _cell(self, number: Value) -> None:
        x, y, result, _, _ = self.builder.function.args
        sizes = [(self.n, self.cell_columns), (self.m, self.cell_rows), (self.k, self.cell_depth)]
        *at, rest = self._unravel(number, [math.ceil(length / size) for length, size in sizes])
        (column, column_end), (row, row_end), (begin, end) = map(self._stretch, at, *zip(*sizes, strict=True))
        member = rest if self.stack > 1 else INDEX(0)
        x, y = self._member(x, self.left, member), self._member(y, self.right, member)
        result = place_at(self.builder, result, (member, self.m * self.n), (at[2], self.size))
        module = self.builder.module
        given = [self._table(module), x, y, result, row, row_end, column, column_end, begin, end]
        self.builder.call(emit_cell(module, self.dtype.name), given)

    def _table(self, module: ir.Module) -> Value:
        """What cells know of this product: sizes, distances, and the functions for full tiles and for smaller ones."""
        last_row, last_column = self.m - self.m % self.rows, self.n - self.n % self.width
        (row, step), (down, across) = self.left.strides[-2:], self.right.strides[-2:]
        packing, last_packing = self._packing(self.width), self._packing(self.n - last_column)
        table = ProductRules(
            rows=self.rows,
            width=self.width,
            block=self.block,
            last_row=last_row,
            last_column=last_column,
            row=row,
            step=step,
            down=down,
            across=across,
            line=packing.line,
            last_line=last_packing.line,
            length=self.n,
            pack=packing.function,
            last_pack=last_packing.function,
            tile=self._tile(self.rows, self.width),
            tile_of_last_row=self._tile(self.m - last_row, self.width),
            tile_of_last_column=self._tile(self.rows, self.n - last_column),
            last_tile=self._tile(self.m - last_row, self.n - last_column),
        )
        return table.emit(module, self.dtype.name)

    def _member(self, pointer: Value, view: StridedView, number: Value) -> Value:
        """Where one matrix of a stack is."""
        positions = self._unravel(number, self.lead[::-1])[:-1][::-1]
        return place_at(self.builder, pointer, (INDEX(view.offset), 1), *zip(positions, view.strides, strict=False))

    def _stretch(self, number: Value, length: int, size: int) -> tuple[Value, Value]:
        """Where one of the stretches of this size begins and ends that make up a length."""
        if size >= length:
            return INDEX(0), INDEX(length)
        begin = self.builder.mul(number, INDEX(size))
        return begin, smaller(self.builder, self.builder.add(begin, INDEX(size)), INDEX(length))

    def _tile(self, rows: int, width: int) -> Any:
        """The function of tiles of this size; ``None`` if there are none."""
        if not (0 < rows <= self.m and 0 < width <= self.n):
            return None
        emit = emit_dots if self.is_dots else emit_tile
        return emit(self.module.library, Shape(self.dtype.name, rows, width))

    def _packing(self, width: int) -> Packing:
        """How panels of this width are put in order."""
        down, across = self.right.strides[-2:]
        if self.is_dots:
            return Packing(None, across)
        is_near = self.k * self.n * self.dtype.itemsize <= PANEL_BYTES
        if across == 1 and width == self.width and (is_near or self.m <= FEW_TILES * self.rows):
            return Packing(None, down)
        shape = Shape(self.dtype.name, 1, width)
        unit = "across" if across == 1 else "down" if down == 1 else "none"
        is_there = 0 < width <= self.n
        return Packing(emit_pack(self.module.library, shape, unit) if is_there else None, shape.padded)

    # -- memory ------------------------------------------------------------------------------------

    def _unravel(self, number: Value, lengths: Any) -> list[Value]:
        """The place along each axis, the first of which varies fastest, and what is left."""
        positions = []
        for length in lengths:
            positions.append(self.builder.urem(number, INDEX(length)) if length > 1 else INDEX(0))
            number = self.builder.udiv(number, INDEX(length)) if length > 1 else number
        return [*positions, number]


def half_of(length: int, unit: int) -> int:
    """Half of a length, as a multiple of a unit."""
    return math.ceil(length / 2 / unit) * unit


def best_tile(rows: int, vectors: int, registers: int) -> tuple[int, int]:
    """The rows and vectors of the largest tile that covers a matrix in (about) the fewest turns of the processor.

    Few sizes are to be compiled, so what gains less than a twentieth does not count. A tile needs a register for each
    of its vectors, for those of the right matrix, and one for the left. A turn multiplies two vectors and loads two; a
    sum can be added to in every fourth turn.
    """
    wide = range(1, min(vectors, registers // 2 if rows == 1 else 6) + 1)
    fits = [(r, v) for v in wide for r in range(1, min(rows, 14) + 1) if r * v + (v + 1) * (r > 1) <= registers]
    turns = {tile: _turns(rows, vectors, *tile) for tile in fits}
    return max((tile for tile in fits if 20 * turns[tile] <= 21 * min(turns.values())), key=lambda t: (t[0] * t[1], t))


def _turns(rows: int, vectors: int, height: int, width: int) -> int:
    """Twice the turns in which every sum gets one term, and something for beginning and ending a tile."""

    def total(height: int, width: int) -> int:
        return max(height * width, height + width, 8) + 1

    (r, rest), (v, last) = divmod(rows, height), divmod(vectors, width)
    turns = r * v * total(height, width)
    turns += v * total(rest, width) if rest else 0
    turns += r * total(height, last) if last else 0
    return turns + (total(rest, last) if rest and last else 0)


def _turned(view: StridedView) -> StridedView:
    """Matrices transposed."""
    *lead, rows, columns = view.shape
    *strides, across, along = view.strides
    return StridedView(view.base, view.offset, (*lead, columns, rows), (*strides, along, across))


def product_views(schedule: Schedule, node: GraphNode) -> tuple[StridedView, StridedView]:
    """The operands of a product as stacks of matrices with the same leading axes."""
    left, right = (schedule.views[operand] for operand in schedule.operands[node])
    if len(left.shape) == 1:
        left = StridedView(left.base, left.offset, (1, *left.shape), (left.shape[0], *left.strides))
    if len(right.shape) == 1:
        right = StridedView(right.base, right.offset, (*right.shape, 1), (*right.strides, 1))
    lead = numpy.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    return left.over((*lead, *left.shape[-2:])), right.over((*lead, *right.shape[-2:]))
