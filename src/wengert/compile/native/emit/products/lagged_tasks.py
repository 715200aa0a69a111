"""Sums and products at several lags of any sizes: functions that are compiled once, and told the sizes in a frame.

A frame is words of 64 bits, the fields of a tuple here: addresses, sizes, and distances in elements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from llvmlite import ir

from ...facts.lowered import SINGLE_OR_DOUBLE
from ...ir.loops import smaller
from ...ir.types import INDEX, TYPES, Value
from ...machine.host import registers
from ...machine.llvm import Source
from ...machine.module_parts import Module, parts_of
from ...machine.pool_code import TASK
from .lagged import emit_products, emit_sums, loop_unless_empty
from .tiles import Shape, lanes_of, place_at

TileBody = Callable[[Value, int], None]


class SumsFrame(NamedTuple):
    """What a task of sums is told.

    Attributes:
        stretch: the places of a cell, whole vectors; there are `stretches` of them in `count`.
        cells: members of the batch times groups times stretches; a chunk has `chunk` of them.
    """

    x: Any
    x_member: Any
    x_group: Any
    x_channel: Any
    weights: Any
    weights_group: Any
    lags: Any
    taps: Any
    groups: Any
    channels: Any
    outputs: Any
    result: Any
    count: Any
    stretch: Any
    stretches: Any
    cells: Any
    chunk: Any


class ProductsFrame(NamedTuple):
    """What a task of products is told.

    Attributes:
        members: those whose products are added up; a cell has those of a `part`, of which there are `parts`.
        length: of a line, as many as are whole vectors.
        block: the columns of a cell; there are `blocks` of them.
        cells: parts times groups times blocks; a chunk has `chunk` of them.
    """

    y: Any
    y_group: Any
    y_output: Any
    y_member: Any
    x: Any
    x_channel: Any
    x_group: Any
    x_member: Any
    lags: Any
    taps: Any
    groups: Any
    outputs: Any
    columns: Any
    members: Any
    part: Any
    parts: Any
    length: Any
    block: Any
    blocks: Any
    result: Any
    cells: Any
    chunk: Any


TileSizes = Mapping[int, Sequence[int]]


def tiles_of_sums(count: int) -> TileSizes:
    """How many vectors wide tiles of sums may be, by how many outputs they have, in so many registers."""
    if count < MANY_REGISTERS:
        return {4: (3, 1), 2: (4, 1), 1: (8, 2, 1)}
    return {8: (3, 1), 4: (6, 1), 2: (8, 1), 1: (12, 4, 1)}


def tiles_of_products(count: int) -> TileSizes:
    """How many columns tiles of products may have, by how many outputs they have, in so many registers."""
    if count < MANY_REGISTERS:
        return {2: (5, 1), 1: (8, 4, 1)}
    return {4: (6, 3, 1), 2: (8, 3, 1), 1: (12, 4, 1)}


MANY_REGISTERS = 32


def task_name(kind: str, dtype: str) -> str:
    return f"{kind}_{dtype}"


def written() -> Source:
    """The tasks of both dtypes."""
    module = Module("lagged")
    for dtype in SINGLE_OR_DOUBLE:
        _Sums(module, dtype).emit()
        _Products(module, dtype).emit()
    return Source(parts_of(module), {})


class _Task:
    """Writes ``task(frame, chunk)``."""

    kind: str
    layout: Any

    def __init__(self, module: Module, dtype: str) -> None:
        self.dtype = dtype
        self.module = module.library
        self.function = ir.Function(self.module, TASK, task_name(self.kind, dtype))
        self.builder = ir.IRBuilder(self.function.append_basic_block())
        self.pointer = TYPES[dtype].as_pointer()
        frame, self.number = self.function.args
        words = self.builder.bitcast(frame, INDEX.as_pointer())
        read = [self.builder.load(self.builder.gep(words, [INDEX(i)])) for i in range(len(self.layout._fields))]
        self.frame = self.layout(*read)

    def emit(self) -> None:
        builder, frame = self.builder, self.frame
        begin = builder.mul(self.number, frame.chunk)
        end = smaller(builder, builder.add(begin, frame.chunk), frame.cells)
        loop_unless_empty(builder, begin, end, self.cell, 1)
        builder.ret_void()

    def cell(self, number: Value) -> None:
        raise NotImplementedError

    def memory(self, address: Value) -> Value:
        return self.builder.inttoptr(address, self.pointer)

    def lags(self) -> Value:
        return self.builder.inttoptr(self.frame.lags, INDEX.as_pointer())

    def unravel(self, number: Value, *lengths: Value) -> list[Value]:
        """The place along each axis, of which the last varies fastest, and before them what is left."""
        found = []
        for length in reversed(lengths):
            found.append(self.builder.urem(number, length))
            number = self.builder.udiv(number, length)
        return [number, *found[::-1]]

    def in_tiles(self, begin: Value, end: Value, sizes: Sequence[int], unit: int, body: TileBody) -> None:
        """As many tiles of the first size as there is room for, and then of the following ones."""
        builder = self.builder
        for size in sizes:
            step = INDEX(size * unit)
            last = builder.add(begin, builder.mul(builder.udiv(builder.sub(end, begin), step), step))
            loop_unless_empty(builder, begin, last, lambda i, size=size: body(i, size), size * unit)
            begin = last

    def stretch(self, number: Value, size: Value, length: Value) -> tuple[Value, Value]:
        begin = self.builder.mul(number, size)
        return begin, smaller(self.builder, self.builder.add(begin, size), length)


class _Sums(_Task):
    kind = "sums"
    layout = SumsFrame

    def cell(self, number: Value) -> None:
        builder, f = self.builder, self.frame
        tiles, lanes = tiles_of_sums(registers().count), lanes_of(self.dtype)
        member, group, stretch = self.unravel(number, f.groups, f.stretches)
        begin, end = self.stretch(stretch, f.stretch, f.count)
        x = place_at(builder, self.memory(f.x), (member, f.x_member), (group, f.x_group))
        weights = place_at(builder, self.memory(f.weights), (group, f.weights_group))
        line = builder.add(builder.mul(member, f.groups), group)
        result = place_at(builder, self.memory(f.result), (line, builder.mul(f.outputs, f.count)))

        def rows(o: Value, count: int) -> None:
            def columns(q: Value, vectors: int) -> None:
                function = emit_sums(self.module, Shape(self.dtype, count, vectors * lanes))
                given = [place_at(builder, x, (q, 1)), f.x_channel, place_at(builder, weights, (o, 1)), f.outputs]
                into = place_at(builder, result, (o, f.count), (q, 1))
                builder.call(function, [*given, self.lags(), f.channels, f.taps, into, f.count])

            self.in_tiles(begin, end, tiles[count], lanes, columns)

        self.in_tiles(INDEX(0), f.outputs, list(tiles), 1, rows)


class _Products(_Task):
    kind = "products"
    layout = ProductsFrame

    def cell(self, number: Value) -> None:
        builder, f = self.builder, self.frame
        tiles = tiles_of_products(registers().count)
        part, group, block = self.unravel(number, f.groups, f.blocks)
        first, last = self.stretch(part, f.part, f.members)
        begin, end = self.stretch(block, f.block, f.columns)
        y = place_at(builder, self.memory(f.y), (group, f.y_group), (first, f.y_member))
        x = place_at(builder, self.memory(f.x), (group, f.x_group), (first, f.x_member))
        line = builder.add(builder.mul(part, f.groups), group)
        result = place_at(builder, self.memory(f.result), (line, builder.mul(f.outputs, f.columns)))
        members = builder.sub(last, first)
        vectors = builder.udiv(f.length, INDEX(lanes_of(self.dtype)))

        def rows(o: Value, count: int) -> None:
            def columns(m: Value, width: int) -> None:
                function = emit_products(self.module, Shape(self.dtype, count, width))
                of_y = [place_at(builder, y, (o, f.y_output)), f.y_output, f.y_member]
                into = place_at(builder, result, (o, f.columns), (m, 1))
                sizes = [self.lags(), f.taps, m, vectors, members]
                builder.call(function, [*of_y, x, f.x_channel, f.x_member, *sizes, into, f.columns])

            self.in_tiles(begin, end, tiles[count], 1, columns)

        self.in_tiles(INDEX(0), f.outputs, list(tiles), 1, rows)
