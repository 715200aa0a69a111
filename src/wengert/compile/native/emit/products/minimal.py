"""Minimal filtering of windows of 3 x 3 elements: tiles are brought to 16 products of matrices, and back.

Some rows of tiles are done at a time. Channels lie side by side in them, whole vectors of each element, so whatever
windows there are, a tile takes no more than sums of vectors.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from llvmlite import ir

from .....core.graph import GraphNode
from .....core.primitive import Primitive, by_primitive
from ...facts.minimal import (
    OF_ELEMENTS,
    OF_PLACES,
    OF_WINDOW,
    PLANES,
    SCRATCH_BYTES,
    STEP,
    TILE,
    WINDOW,
    minimal_planes,
    minimal_products,
    minimal_sums,
    tiles_of,
)
from ...ir.loops import emit_loop, smaller
from ...ir.types import INDEX, TYPES, Value
from ...machine.host import registers
from ...machine.module_parts import Module
from ...schedule.stages import Schedule
from .minimal_pieces import emit_finite, emit_one_by_one, emit_transform, emit_unpack
from .product import best_tile
from .tiles import (
    Shape,
    emit_pack,
    emit_tile,
    place_at,
    store_vector,
)
from .window_cells import WindowCells, most_chunks


class Image(NamedTuple):
    """Channels in memory, of so many rows and columns, with zeros before these; a row is in order.

    Attributes:
        across, down: how far channels and rows are apart.
    """

    memory: Value
    across: int
    down: int
    channels: int
    lengths: Sequence[int]
    lows: Sequence[int]


class MinimalCells(WindowCells):
    """What sums and products have in common.

    Attributes:
        counts: the windows along each axis.
        lengths: of the image.
        tiles: how often two windows are done at once.
        rows: of tiles that are done at a time; there are so many `stretches` of them.
    """

    channels: int
    outputs: int
    counts: Sequence[int]
    lengths: Sequence[int]
    tiles: tuple[int, int]

    def _into_rows(self) -> None:
        """So many rows of tiles at a time as fit into the scratch memory, about as many each time."""
        row = PLANES * self.tiles[1] * self.dtype.itemsize * (self.whole(self.channels) + self.whole(self.outputs))
        most = max(1, SCRATCH_BYTES // row)
        self.rows: int = math.ceil(self.tiles[0] / math.ceil(self.tiles[0] / most))
        self.stretches: int = math.ceil(self.tiles[0] / self.rows)

    def whole(self, count: int) -> int:
        """A number of channels in whole vectors."""
        return -(-count // self.lanes) * self.lanes

    def _prepare(self, module: ir.Module) -> None:
        """Scratch memory: some rows as they are, and brought to products, of elements and of results."""
        square = (self.rows * STEP + TILE) * (self.tiles[1] * STEP + TILE)
        planes = PLANES * self.rows * self.tiles[1]
        channels, outputs = self.whole(self.channels), self.whole(self.outputs)
        self.near: Value = self._scratch(square * max(channels, outputs))
        self.elements: Value = self._scratch(planes * channels)
        self.results: Value = self._scratch(planes * outputs)

    def _scratch(self, count: int) -> Value:
        memory: Any = self.builder.alloca(TYPES[self.dtype.name], INDEX(count))
        memory.align = 64
        return memory

    def _either_way(self, stretch: Value, body: Callable[[int], None]) -> None:
        """What is done to the rows of a stretch, of which the last may have fewer."""
        last = self.tiles[0] - (self.stretches - 1) * self.rows
        if last == self.rows:
            body(self.rows)
            return
        is_last = self.builder.icmp_unsigned("==", stretch, INDEX(self.stretches - 1))
        with self.builder.if_else(is_last) as (then, otherwise):
            with then:
                body(last)
            with otherwise:
                body(self.rows)

    # -- between images and products ---------------------------------------------------------------

    def _bring_near(self, image: Image, first: Value, size: int, rows: int) -> None:
        """Rows from the first on, that tiles of a size need, with channels side by side and zeros beyond the image."""
        builder, whole, (low, low_of_columns) = self.builder, self.whole(image.channels), image.lows
        height, width = (STEP * (n - 1) + size for n in (rows, self.tiles[1]))
        emit_loop(builder, INDEX(0), INDEX(height * width * whole), self._clear, step=self.lanes)
        pack = emit_pack(builder.module, Shape(self.dtype.name, 1, image.channels), "down")
        count = min(image.lengths[1], width - low_of_columns)

        def row(i: Value) -> None:
            there = builder.sub(builder.add(first, i), INDEX(low))
            with builder.if_then(builder.icmp_unsigned("<", there, INDEX(image.lengths[0]))):
                source = place_at(builder, image.memory, (there, image.down))
                into = place_at(builder, self.near, (i, width * whole), (INDEX(low_of_columns), whole))
                builder.call(pack, [source, INDEX(1), INDEX(image.across), into, INDEX(count)])

        emit_loop(builder, INDEX(0), INDEX(height), row)

    def _clear(self, i: Value) -> None:
        zero = ir.Constant(ir.VectorType(TYPES[self.dtype.name], self.lanes), None)
        store_vector(self.builder, zero, place_at(self.builder, self.near, (i, 1)))

    def _to_products(self, matrix: Sequence[Sequence[float]], planes: Value, channels: int, rows: int) -> None:
        """``M x M^T`` of the squares of each tile."""
        whole, size = self.whole(channels), len(matrix[0])
        line = (STEP * (self.tiles[1] - 1) + size) * whole
        function = emit_transform(self.builder.module, self.dtype.name, matrix)
        plane = self.rows * self.tiles[1] * whole
        given = [INDEX(n) for n in (STEP * line, STEP * whole, line, whole)]
        into = [INDEX(n) for n in (self.tiles[1] * whole, whole, TILE * plane, plane)]
        sizes = [INDEX(n) for n in (rows, self.tiles[1], whole)]
        self.builder.call(function, [*sizes, self.near, *given, planes, *into])

    def _tiled(self, m: int, n: int, tile: Callable[[Value, Value, Shape], None]) -> None:
        """The tiles of a product of m rows and n columns."""
        height, vectors = best_tile(m, -(-n // self.lanes), registers().count)
        width = vectors * self.lanes

        def columns(j: Value, count: int) -> None:
            self._in_tiles(m, height, lambda i, rows: tile(i, j, Shape(self.dtype.name, rows, count)))

        self._in_tiles(n, width, columns)

    def _in_tiles(self, length: int, step: int, body: Callable[[Value, int], None]) -> None:
        """Whole tiles, and at the end a smaller one."""
        last = length - length % step
        if last:
            emit_loop(self.builder, INDEX(0), INDEX(last), lambda i: body(i, step), step=step)
        if last < length:
            body(INDEX(last), length - last)

    def _tile(
        self, shape: Shape, left: Sequence[Any], right: Sequence[Any], into: Sequence[Any], sums: tuple[Any, Any]
    ) -> None:
        """A tile of a product: where its operands and result are, how far apart their lines, and how much is summed."""
        numbers = [INDEX(value) if isinstance(value, int) else value for value in (*left, *right, *into, *sums)]
        self.builder.call(emit_tile(self.builder.module, shape), numbers)


def minimal_cells(module: Module, name: str, schedule: Schedule, node: GraphNode) -> WindowCells:
    """The function of sums or products of minimal filtering."""
    return _KINDS[node.primitive](module, name, schedule, node)


class MinimalPlanes(WindowCells):
    """All of a kernel, which lies in vectors."""

    def _cut(self) -> None:
        self.parts = 1
        self._into_chunks(1, 0)

    def _cell(self, number: Value) -> None:
        (kernel, planes), plane = self.places, self.size // PLANES
        kernel = place_at(self.builder, kernel, (INDEX(self.views[0].offset), 1))
        function = emit_transform(self.builder.module, self.dtype.name, OF_WINDOW)
        numbers = [[INDEX(n) for n in (0, 0, size * plane, plane)] for size in (WINDOW, TILE)]
        self.builder.call(function, [*map(INDEX, (1, 1, plane)), kernel, *numbers[0], planes, *numbers[1]])


class MinimalSums(MinimalCells):
    """For one member of the batch, one group and some rows of tiles after the other, all outputs."""

    def _cut(self) -> None:
        x, kernel, _ = self.views
        self.batch, self.groups, self.channels, *self.lengths = x.shape
        self.outputs: int = kernel.shape[1]
        self.counts: Sequence[int] = self.node.params["counts"]
        self.tiles: tuple[int, int] = tiles_of(self.counts)
        self.parts = 1
        self._into_rows()
        flops = 2 * PLANES * self.batch * self.groups * self.channels * self.outputs * math.prod(self.tiles)
        self._share_rows(flops)
        self._into_chunks(self.batch * self.groups * self.stretches, flops)

    def _share_rows(self, flops: int) -> None:
        """Fewer rows at a time, if there are not enough members for the threads."""
        wanted = most_chunks(flops) / (self.batch * self.groups)
        self.rows: int = min(self.rows, max(1, math.ceil(self.tiles[0] / max(1, math.ceil(wanted)))))
        self.stretches: int = math.ceil(self.tiles[0] / self.rows)

    def _cell(self, number: Value) -> None:
        builder, (x, _, planes, result) = self.builder, self.places
        of_x, _, of_planes = self.views
        member, group, stretch = self._unravel(number, self.batch, self.groups, self.stretches)
        x = place_at(builder, x, (INDEX(of_x.offset), 1), (member, of_x.strides[0]), (group, of_x.strides[1]))
        planes = place_at(builder, planes, (INDEX(of_planes.offset), 1), (group, of_planes.strides[1]))
        line = self.outputs * math.prod(self.counts)
        result = place_at(builder, result, (member, self.groups * line), (group, line))
        image = Image(x, of_x.strides[2], of_x.strides[3], self.channels, self.lengths, self.node.params["lows"])
        first = builder.mul(stretch, INDEX(self.rows * STEP))

        def some(rows: int) -> None:
            self._bring_near(image, first, TILE, rows)
            self._to_products(OF_ELEMENTS, self.elements, self.channels, rows)
            self._multiply(planes, rows * self.tiles[1])
            self._back(rows)
            last = smaller(builder, builder.add(first, INDEX(rows * STEP)), INDEX(self.counts[0]))
            with builder.if_else(self._are_finite(rows), likely=True) as (then, otherwise):
                with then:
                    self._deliver(result, first, last)
                with otherwise:
                    self._one_by_one(image, group, result, first, last)

        self._either_way(stretch, some)

    def _multiply(self, planes: Value, count: int) -> None:
        builder, whole, outputs = self.builder, self.whole(self.channels), self.whole(self.outputs)
        plane, line = self.rows * self.tiles[1], self.views[2].strides[2]

        def product(k: Value) -> None:
            elements = place_at(builder, self.elements, (k, plane * whole))
            weights = place_at(builder, planes, (k, self.views[2].strides[0]))
            results = place_at(builder, self.results, (k, plane * outputs))

            def tile(i: Value, j: Value, shape: Shape) -> None:
                left = place_at(builder, elements, (i, whole)), whole, 1
                into = place_at(builder, results, (i, outputs), (j, 1)), outputs
                never = ir.Constant(ir.IntType(1), 0)
                self._tile(shape, left, (place_at(builder, weights, (j, 1)), line), into, (self.channels, never))

            self._tiled(count, outputs, tile)

        emit_loop(builder, INDEX(0), INDEX(PLANES), product)

    def _back(self, rows: int) -> None:
        """``A^T M A`` of each tile."""
        whole = self.whole(self.outputs)
        line = STEP * self.tiles[1] * whole
        function = emit_transform(self.builder.module, self.dtype.name, [*zip(*OF_PLACES, strict=True)])
        plane = self.rows * self.tiles[1] * whole
        given = [INDEX(n) for n in (self.tiles[1] * whole, whole, TILE * plane, plane)]
        into = [INDEX(n) for n in (STEP * line, STEP * whole, line, whole)]
        sizes = [INDEX(n) for n in (rows, self.tiles[1], whole)]
        self.builder.call(function, [*sizes, self.results, *given, self.near, *into])

    def _are_finite(self, rows: int) -> Value:
        """Whether all results are finite numbers."""
        count = rows * STEP * self.tiles[1] * STEP * self.whole(self.outputs)
        return self.builder.call(emit_finite(self.builder.module, self.dtype.name), [self.near, INDEX(count)])

    def _deliver(self, result: Value, first: Value, last: Value) -> None:
        """Bring the rows of the results to where they belong, each output by itself."""
        builder, (height, width) = self.builder, self.counts
        line = STEP * self.tiles[1] * self.whole(self.outputs)
        unpack = emit_unpack(builder.module, Shape(self.dtype.name, self.outputs, width))

        def row(i: Value) -> None:
            source = place_at(builder, self.near, (builder.sub(i, first), line))
            into = place_at(builder, result, (i, width))
            builder.call(unpack, [source, INDEX(self.whole(self.outputs)), into, INDEX(height * width)])

        emit_loop(builder, first, last, row)

    def _one_by_one(self, image: Image, group: Value, result: Value, first: Value, last: Value) -> None:
        """Every window by itself: what is infinite or NaN in some of a tile says nothing of the others."""
        builder, of_kernel = self.builder, self.views[1]
        kernel = place_at(builder, self.places[1], (INDEX(of_kernel.offset), 1), (group, of_kernel.strides[0]))
        sizes = (*self.lengths, self.channels, *image.lows, *self.counts, self.outputs)
        given = [image.memory, INDEX(image.across), INDEX(image.down), kernel, *map(INDEX, of_kernel.strides[1:])]
        function = emit_one_by_one(builder.module, self.dtype.name)
        builder.call(function, [*given, result, *map(INDEX, sizes), first, last])


class MinimalProducts(MinimalCells):
    """For one part of the batch and one group after the other, all outputs and channels."""

    def _cut(self) -> None:
        y, x = self.views
        self.groups, self.outputs, self.members, *self.counts = y.shape
        self.channels, self.lengths = x.shape[0], x.shape[3:]
        self.tiles: tuple[int, int] = tiles_of(self.counts)
        self._into_rows()
        flops = 2 * self.size * self.members * math.prod(self.tiles)
        self.members_in_part: int = math.ceil(self.members / min(self.members, most_chunks(flops)))
        self.parts: int = math.ceil(self.members / self.members_in_part)
        self._into_chunks(self.parts * self.groups, flops)

    def _cell(self, number: Value) -> None:
        builder = self.builder
        part, group = self._unravel(number, self.parts, self.groups)
        result = place_at(builder, self.places[2], (number, PLANES * self.outputs * self.channels))
        begin = builder.mul(part, INDEX(self.members_in_part))
        end = smaller(builder, builder.add(begin, INDEX(self.members_in_part)), INDEX(self.members))

        def member(n: Value) -> None:
            is_first = builder.icmp_unsigned("==", n, begin)
            emit_loop(builder, INDEX(0), INDEX(self.stretches), lambda s: self._add(group, n, s, result, is_first))

        emit_loop(builder, begin, end, member)

    def _add(self, group: Value, member: Value, stretch: Value, result: Value, is_first: Value) -> None:
        """Add the products of some rows of tiles."""
        builder, (of_y, of_x), (y, x, _) = self.builder, self.views, self.places
        y = place_at(builder, y, (INDEX(of_y.offset), 1), (group, of_y.strides[0]), (member, of_y.strides[2]))
        x = place_at(builder, x, (INDEX(of_x.offset), 1), (group, of_x.strides[1]), (member, of_x.strides[2]))
        image = Image(x, of_x.strides[0], of_x.strides[3], self.channels, self.lengths, self.node.params["lows"])
        cotangent = Image(y, of_y.strides[1], of_y.strides[3], self.outputs, self.counts, (0, 0))
        first = builder.mul(stretch, INDEX(self.rows * STEP))
        starts = builder.and_(is_first, builder.icmp_unsigned("==", stretch, INDEX(0)))

        def some(rows: int) -> None:
            self._bring_near(image, first, TILE, rows)
            self._to_products(OF_ELEMENTS, self.elements, self.channels, rows)
            self._bring_near(cotangent, first, STEP, rows)
            self._to_products(OF_PLACES, self.results, self.outputs, rows)
            self._multiply(result, rows * self.tiles[1], builder.not_(starts))

        self._either_way(stretch, some)

    def _multiply(self, result: Value, count: int, adds: Value) -> None:
        builder, whole, outputs = self.builder, self.whole(self.channels), self.whole(self.outputs)
        plane = self.rows * self.tiles[1]

        def product(k: Value) -> None:
            elements = place_at(builder, self.elements, (k, plane * whole))
            places = place_at(builder, self.results, (k, plane * outputs))
            into = place_at(builder, result, (k, self.outputs * self.channels))

            def tile(i: Value, j: Value, shape: Shape) -> None:
                left = place_at(builder, places, (i, 1)), 1, outputs
                at = place_at(builder, into, (i, self.channels), (j, 1)), self.channels
                self._tile(shape, left, (place_at(builder, elements, (j, 1)), whole), at, (count, adds))

            self._tiled(self.outputs, self.channels, tile)

        emit_loop(builder, INDEX(0), INDEX(PLANES), product)


_KINDS: dict[Primitive, type[WindowCells]] = by_primitive(
    {minimal_planes: MinimalPlanes, minimal_sums: MinimalSums, minimal_products: MinimalProducts}
)
