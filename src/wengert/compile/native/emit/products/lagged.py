"""Sums and products at several lags, as tiles in registers.

As in a product of matrices a tile of the result is summed in registers; but what it is multiplied with is read where it
is, at each lag, and never laid out as a matrix (E. Georganas et al., "Anatomy of high-performance deep learning
convolutions on SIMD architectures", 2018).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from llvmlite import ir

from .....core.graph import GraphNode
from ...facts.lagged import lagged_sums
from ...ir.loops import emit_loop, smaller
from ...ir.types import INDEX, TYPES, Builder, Value
from ...machine.host import registers
from ...machine.module_parts import Module
from ...schedule.stages import Schedule
from .product import MOST_PRODUCT_CHUNKS, best_tile
from .tiles import (
    Shape,
    carrying_loop,
    in_every_lane,
    load_vector,
    multiply_add,
    once,
    permuted,
    pieces,
    place_at,
    store_vector,
    sum_of_lanes,
    undefined,
)
from .window_cells import WindowCells, most_chunks

PART_BYTES = 1 << 19
"""What a part of a sum over a batch reads, about: it is read again for each tile, from the second cache."""


class LaggedCells(WindowCells):
    """What sums and products at several lags have in common."""

    def __init__(self, module: Module, name: str, schedule: Schedule, node: GraphNode) -> None:
        self.lags: tuple[int, ...] = node.params["lags"]
        self.count: int = node.params["count"]
        super().__init__(module, name, schedule, node)

    def _prepare(self, module: ir.Module) -> None:
        self.table: Value = _table(module, self.lags)

    def _in_tiles(self, begin: Any, end: Any, step: int, length: int, tile: Callable[[Value, int], None]) -> None:
        """Whole tiles of so many from one place to another, and at the end of the length a smaller one."""
        builder, last = self.builder, length - length % step
        if last:
            loop_unless_empty(builder, begin, smaller(builder, end, INDEX(last)), lambda i: tile(i, step), step)
        if last < length:
            with builder.if_then(builder.icmp_unsigned("==", end, INDEX(length))):
                tile(INDEX(last), length - last)


def lagged_cells(module: Module, name: str, schedule: Schedule, node: GraphNode) -> LaggedCells:
    """The function of a sum or product at several lags."""
    kind = LaggedSums if node.primitive is lagged_sums.primitive else LaggedProducts
    return kind(module, name, schedule, node)


# -- sums: an element of the result from all channels and lags -------------------------------------


class LaggedSums(LaggedCells):
    """For one member of the batch, one group and some places after the other, all outputs."""

    def _cut(self) -> None:
        x, weights = self.views
        self.batch, self.groups, self.channels, _ = x.shape
        self.outputs: int = weights.shape[-1]
        self.rows, vectors = best_tile(self.outputs, -(-self.count // self.lanes), registers().count)
        self.width: int = vectors * self.lanes
        members = self.batch * self.groups
        flops = 2 * self.size * self.channels * len(self.lags)
        wanted = most_chunks(flops)
        tiles = math.ceil(self.count / self.width)
        self.stretch: int = math.ceil(tiles / min(max(1, math.ceil(wanted / members)), tiles)) * self.width
        self.stretches: int = math.ceil(self.count / self.stretch)
        self.parts = 1
        self._into_chunks(members * self.stretches, flops)

    def _cell(self, number: Value) -> None:
        builder = self.builder
        member, group, stretch = self._unravel(number, self.batch, self.groups, self.stretches)
        x, weights, result = self.places
        view, of_weights = self.views
        x = place_at(builder, x, (INDEX(view.offset), 1), (member, view.strides[0]), (group, view.strides[1]))
        weights = place_at(builder, weights, (INDEX(of_weights.offset), 1), (group, of_weights.strides[0]))
        line = self.outputs * self.count
        result = place_at(builder, result, (member, self.groups * line), (group, line))
        begin = builder.mul(stretch, INDEX(self.stretch))
        end = smaller(builder, builder.add(begin, INDEX(self.stretch)), INDEX(self.count))

        def column(q: Value, width: int) -> None:
            def row(o: Value, rows: int) -> None:
                function = emit_sums(builder.module, Shape(self.dtype.name, rows, width))
                given = [place_at(builder, x, (q, 1)), INDEX(view.strides[2]), place_at(builder, weights, (o, 1))]
                into = place_at(builder, result, (o, self.count), (q, 1))
                sizes = [INDEX(self.outputs), self.table, INDEX(self.channels), INDEX(len(self.lags))]
                builder.call(function, [*given, *sizes, into, INDEX(self.count)])

            self._in_tiles(INDEX(0), INDEX(self.outputs), self.rows, self.outputs, row)

        self._in_tiles(begin, end, self.width, self.count, column)


def emit_sums(module: ir.Module, shape: Shape) -> ir.Function:
    """``sums(x, channel, weights, step, lags, channels, count, result, line)``: some outputs at some places."""
    pointer = TYPES[shape.dtype].as_pointer()
    kinds = [pointer, INDEX, pointer, INDEX, INDEX.as_pointer(), INDEX, INDEX, pointer, INDEX]
    signature = ir.FunctionType(ir.VoidType(), kinds)
    return once(module, "lagged_sums", shape, signature, lambda builder: _sums(builder, shape))


def _sums(builder: Builder, shape: Shape) -> None:
    x, channel, weights, step, lags, channels, count, result, line = builder.function.args
    zeros = [ir.Constant(shape.vector, None)] * (shape.rows * shape.vectors)
    each = builder.mul(count, step)
    with carrying_loop(builder, channels, zeros) as (c, before, after):
        of_x, of_weights = place_at(builder, x, (c, channel)), place_at(builder, weights, (c, each))
        with carrying_loop(builder, count, before) as (j, sums, following):
            shifted = place_at(builder, of_x, (builder.load(builder.gep(lags, [j])), 1))
            places = [place_at(builder, shifted, (INDEX(v * shape.lanes), 1)) for v in range(shape.vectors)]
            right = [load_vector(builder, place, shape.lanes) for place in places]
            row = place_at(builder, of_weights, (j, step))
            for i in range(shape.rows):
                left = in_every_lane(builder, builder.load(place_at(builder, row, (INDEX(i), 1))), shape.vector)
                for v, factor in enumerate(right):
                    following.append(multiply_add(builder, left, factor, sums[i * shape.vectors + v]))
        after.extend(following)
    for i in range(shape.rows):
        for v, total in enumerate(after[i * shape.vectors : (i + 1) * shape.vectors]):
            place = place_at(builder, result, (INDEX(i), line), (INDEX(v * shape.lanes), 1))
            _write_lanes(builder, total, place, shape.lanes_in(v))


def _write_lanes(builder: Builder, value: Value, place: Value, lanes: int) -> None:
    """Store the first lanes of a vector."""
    for begin, length in pieces(lanes):
        whole = length == value.type.count
        part = value if whole else permuted(builder, value, undefined(value.type), range(begin, begin + length))
        store_vector(builder, part, place_at(builder, place, (INDEX(begin), 1)))


# -- products: an element of the result from all places --------------------------------------------


class Sources(NamedTuple):
    """What a tile of products reads and how far apart it is: lines of outputs, and lines of channels at each lag.

    Each is the line of the first member; those of the others are `next_y` and `next_x` further.
    """

    y: Value
    line_of_y: int
    next_y: int
    x: Value
    line_of_x: int
    next_x: int


class LaggedProducts(LaggedCells):
    """For one part of the batch, one group and some channels and lags after the other, all outputs."""

    def _cut(self) -> None:
        y, x = self.views
        self.groups, self.outputs, self.members, _ = y.shape
        self.columns: int = x.shape[0] * len(self.lags)
        self.rows, self.width = _best_block(self.outputs, self.columns, registers().count)
        flops = 2 * self.size * self.members * self.count
        read = (self.outputs + x.shape[0]) * self.groups * self.count * self.dtype.itemsize
        most = min(MOST_PRODUCT_CHUNKS, max(1, self.members * read // PART_BYTES))
        self.members_in_part: int = math.ceil(self.members / most)
        self.parts: int = math.ceil(self.members / self.members_in_part)
        self.tiles: int = math.ceil(self.columns / self.width)
        self._into_chunks(self.parts * self.groups * self.tiles, flops)

    def _cell(self, number: Value) -> None:
        builder = self.builder
        part, group, tile = self._unravel(number, self.parts, self.groups, self.tiles)
        first = builder.mul(part, INDEX(self.members_in_part))
        last = smaller(builder, builder.add(first, INDEX(self.members_in_part)), INDEX(self.members))
        (of_y, of_x), (y, x, result) = self.views, self.places
        sources = Sources(
            place_at(builder, y, (INDEX(of_y.offset), 1), (group, of_y.strides[0]), (first, of_y.strides[2])),
            of_y.strides[1],
            of_y.strides[2],
            place_at(builder, x, (INDEX(of_x.offset), 1), (group, of_x.strides[1]), (first, of_x.strides[2])),
            of_x.strides[0],
            of_x.strides[2],
        )
        count = builder.sub(last, first)
        result = place_at(builder, result, (part, self.size), (group, self.outputs * self.columns))
        begin = builder.mul(tile, INDEX(self.width))
        end = smaller(builder, builder.add(begin, INDEX(self.width)), INDEX(self.columns))

        def column(m: Value, width: int) -> None:
            def row(o: Value, rows: int) -> None:
                function = emit_products(builder.module, Shape(self.dtype.name, rows, width))
                moved = sources._replace(y=place_at(builder, sources.y, (o, sources.line_of_y)))
                numbers = [INDEX(n) if isinstance(n, int) else n for n in moved]
                into = place_at(builder, result, (o, self.columns), (m, 1))
                sizes = [self.table, INDEX(len(self.lags)), m, INDEX(self.count // self.lanes), count]
                builder.call(function, [*numbers, *sizes, into, INDEX(self.columns)])

            self._in_tiles(INDEX(0), INDEX(self.outputs), self.rows, self.outputs, row)

        self._in_tiles(begin, end, self.width, self.columns, column)


def _best_block(rows: int, columns: int, count: int) -> tuple[int, int]:
    """How many outputs and columns are summed at once, in so many registers: the most products a number loaded."""
    fits = [
        (r, c)
        for r in range(1, min(rows, 6) + 1)
        for c in range(1, min(columns, 16) + 1)
        if r * c + min(r, c) + 1 < count
    ]
    return max(fits, key=lambda block: (_products_a_load(*block, rows, columns), block))


def _products_a_load(height: int, width: int, rows: int, columns: int) -> float:
    """With what is lost at the edges; loads at a lag are no aligned ones and count twice."""
    tiles = math.ceil(rows / height) * math.ceil(columns / width)
    return min(1, height * width / (height + 2 * width)) * rows * columns / (tiles * (height * width + 2))


def emit_products(module: ir.Module, shape: Shape) -> ir.Function:
    """``products(y, line_y, next_y, x, line_x, next_x, lags, taps, first, vectors, members, result, line)``.

    `shape.rows` outputs times `shape.width` columns, from the first on; a column is a channel and a lag.
    """
    pointer = TYPES[shape.dtype].as_pointer()
    line = [pointer, INDEX, INDEX]
    kinds = [*line, *line, INDEX.as_pointer(), INDEX, INDEX, INDEX, INDEX, pointer, INDEX]
    signature = ir.FunctionType(ir.VoidType(), kinds)
    return once(module, "lagged_products", shape, signature, lambda builder: _products(builder, shape))


def _products(builder: Builder, shape: Shape) -> None:
    y, line_of_y, next_y, x, line_of_x, next_x, lags, taps, first, vectors, members, result, line = (
        builder.function.args
    )
    columns = [_column(builder, line_of_x, lags, taps, builder.add(first, INDEX(i))) for i in range(shape.width)]
    zeros = [ir.Constant(shape.vector, None)] * (shape.rows * shape.width)
    with carrying_loop(builder, members, zeros) as (n, before, after):
        of_y, of_x = place_at(builder, y, (n, next_y)), place_at(builder, x, (n, next_x))
        with carrying_loop(builder, vectors, before) as (number, sums, following):
            q = builder.mul(number, INDEX(shape.lanes))
            rows = [place_at(builder, of_y, (q, 1), (INDEX(i), line_of_y)) for i in range(shape.rows)]
            left = [load_vector(builder, place, shape.lanes) for place in rows]
            for i, distance in enumerate(columns):
                right = load_vector(builder, place_at(builder, of_x, (q, 1), (distance, 1)), shape.lanes)
                totals = sums[i * shape.rows : (i + 1) * shape.rows]
                following.extend(multiply_add(builder, one, right, t) for one, t in zip(left, totals, strict=True))
        after.extend(following)
    for number, total in enumerate(after):
        i, r = divmod(number, shape.rows)
        builder.store(sum_of_lanes(builder, total), place_at(builder, result, (INDEX(r), line), (INDEX(i), 1)))


def _column(builder: Builder, line: Value, lags: Value, taps: Value, number: Value) -> Value:
    """How far a column is from the first channel without lag."""
    lag = builder.load(builder.gep(lags, [builder.urem(number, taps)]))
    return builder.add(builder.mul(builder.udiv(number, taps), line), lag)


# -- pieces ----------------------------------------------------------------------------------------


def loop_unless_empty(builder: Builder, begin: Value, end: Value, body: Callable[[Value], None], step: int) -> None:
    with builder.if_then(builder.icmp_unsigned("<", begin, end)):
        emit_loop(builder, begin, end, body, step=step)


def _table(module: ir.Module, numbers: Sequence[int]) -> Value:
    """Numbers in memory."""
    kind = ir.ArrayType(INDEX, len(numbers))
    table: Any = ir.GlobalVariable(module, kind, module.get_unique_name("lags"))
    table.linkage = "internal"
    table.global_constant = True
    table.initializer = ir.Constant(kind, list(numbers))
    return table.gep([ir.IntType(32)(0), ir.IntType(32)(0)])
