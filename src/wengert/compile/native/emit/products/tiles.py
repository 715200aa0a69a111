"""What a matrix product is made of: a tile of the result in registers, and the packing of what it reads.

Goto and van de Geijn (2008), Anatomy of High-Performance Matrix Multiplication: a tile of rows times vectors is summed
in registers, from a panel of the right matrix that lies in the nearest cache. Every function here is made once
for a module, and called by all of its products.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy
from llvmlite import ir

from ...ir.loops import emit_loop
from ...ir.types import INDEX, TYPES, Builder, Value
from ...machine.host import registers

_LANE = ir.IntType(32)
SQUARE = 8
"""Lines of the squares that are transposed in registers: larger ones take long to compile."""
FETCHED_AHEAD = 20
"""Terms of a sum before they are needed: what lies far apart is not fetched by itself."""
DOT_COLUMNS = 8
"""Columns of the right matrix that are multiplied with one row at a time, where both lie along the sum."""


@dataclass(frozen=True)
class Shape:
    """The size of a tile: `rows` times `width` numbers, in vectors of `lanes`."""

    dtype: str
    rows: int
    width: int

    @property
    def lanes(self) -> int:
        return lanes_of(self.dtype)

    @property
    def vectors(self) -> int:
        return -(-self.width // self.lanes)

    @property
    def padded(self) -> int:
        """The width in whole vectors."""
        return self.vectors * self.lanes

    @property
    def scalar(self) -> Any:
        return TYPES[self.dtype]

    @property
    def vector(self) -> Any:
        return ir.VectorType(self.scalar, self.lanes)

    def lanes_in(self, vector: int) -> int:
        """How many numbers of a vector are within the width."""
        return min(self.lanes, self.width - vector * self.lanes)


def lanes_of(dtype: str) -> int:
    """Numbers in a vector register."""
    return registers().bytes // numpy.dtype(dtype).itemsize


def tile_type(dtype: str) -> Any:
    pointer = TYPES[dtype].as_pointer()
    kinds = [pointer, INDEX, INDEX, pointer, INDEX, pointer, INDEX, INDEX, ir.IntType(1)]
    return ir.FunctionType(ir.VoidType(), kinds)


def pack_type(dtype: str) -> Any:
    pointer = TYPES[dtype].as_pointer()
    return ir.FunctionType(ir.VoidType(), [pointer, INDEX, INDEX, pointer, INDEX])


def emit_tile(module: ir.Module, shape: Shape) -> ir.Function:
    """``tile(x, row, step, y, down, result, line, depth, adds)``: `shape` numbers of a product.

    Row i of the left matrix is at ``x + i * row``, its numbers `step` apart; row p of the right one at
    ``y + p * down``; row i of the result at ``result + i * line``, to which is added, if `adds`.
    """
    return once(module, "tile", shape, tile_type(shape.dtype), lambda builder: _tile(builder, shape))


def emit_dots(module: ir.Module, shape: Shape) -> ir.Function:
    """The same for one row, and columns that are contiguous and `down` apart: inner products."""
    return once(module, "dots", shape, tile_type(shape.dtype), lambda builder: _dots(builder, shape))


def emit_pack(module: ir.Module, shape: Shape, unit: str) -> ir.Function:
    """``pack(y, down, across, panel, depth)``: rows of a panel, `shape.vectors` vectors each, one after the other.

    The lanes beyond the width are left as they are: nobody reads them.
    """
    emit = {"across": _pack_rows, "down": _pack_columns}.get(unit, _pack_numbers)
    return once(module, f"pack_{unit}", shape, pack_type(shape.dtype), lambda builder: emit(builder, shape))


def once(module: ir.Module, name: str, shape: Shape, kind: Any, emit: Callable[[Builder], None]) -> Any:
    """A function of the module, emitted when it is first asked for."""
    name = f"{name}_{shape.dtype}_{shape.rows}x{shape.width}"
    if name in module.globals:
        return module.globals[name]
    function = ir.Function(module, kind, name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    for argument in function.args:
        if isinstance(argument.type, ir.PointerType):
            argument.add_attribute("noalias")
    builder: Any = ir.IRBuilder(function.append_basic_block())
    emit(builder)
    if not builder.block.is_terminated:
        builder.ret_void()
    return function


# -- memory ----------------------------------------------------------------------------------------


def place_at(builder: Builder, pointer: Value, *moves: tuple[Value, Value | int]) -> Value:
    """The place that is some strides further."""
    for count, stride in moves:
        if not (isinstance(count, ir.Constant) and count.constant == 0):
            moved = count if stride == 1 else builder.mul(count, INDEX(stride) if isinstance(stride, int) else stride)
            pointer = builder.gep(pointer, [moved])
    return pointer


def load_vector(builder: Builder, pointer: Value, lanes: int) -> Value:
    kind = pointer.type.pointee
    place = builder.bitcast(pointer, ir.VectorType(kind, lanes).as_pointer())
    return builder.load(place, align=bytes_of_number(kind))


def store_vector(builder: Builder, value: Value, pointer: Value) -> None:
    kind = pointer.type.pointee
    builder.store(value, builder.bitcast(pointer, value.type.as_pointer()), align=bytes_of_number(kind))


def bytes_of_number(kind: Any) -> int:
    return 8 if isinstance(kind, ir.DoubleType) else 4


def pieces(lanes: int) -> list[tuple[int, int]]:
    """Lanes as parts whose lengths are powers of two: where each begins, and its length."""
    parts, begin = [], 0
    while lanes:
        length = 1 << (lanes.bit_length() - 1)
        parts.append((begin, length))
        begin, lanes = begin + length, lanes - length
    return parts


def permuted(builder: Builder, x: Value, y: Value, lanes: Sequence[int]) -> Value:
    return builder.shuffle_vector(x, y, ir.Constant(ir.VectorType(_LANE, len(lanes)), list(lanes)))


def undefined(kind: Any) -> Value:
    return ir.Constant(kind, ir.Undefined)


@contextmanager
def carrying_loop(builder: Builder, count: Value, start: Sequence[Value]) -> Any:
    """A loop of `count` turns (perhaps none) that carries values from turn to turn.

    Gives the turn, what the values are in it, and a list to put what they become in; afterwards the list
    has what they are in the end.
    """
    before = builder.block
    head, turn, after = (builder.append_basic_block() for _ in range(3))
    builder.branch(head)
    builder.position_at_end(head)
    number = builder.phi(INDEX)
    number.add_incoming(INDEX(0), before)
    carried = [builder.phi(value.type) for value in start]
    for value, first in zip(carried, start, strict=True):
        value.add_incoming(first, before)
    builder.cbranch(builder.icmp_unsigned("<", number, count), turn, after)
    builder.position_at_end(turn)
    following: list[Value] = []
    yield number, carried, following
    number.add_incoming(builder.add(number, INDEX(1), flags=("nuw", "nsw")), builder.block)
    for value, last in zip(carried, following, strict=True):
        value.add_incoming(last, builder.block)
    builder.branch(head)
    builder.position_at_end(after)
    following[:] = carried


# -- tiles -----------------------------------------------------------------------------------------


def _tile(builder: Builder, shape: Shape) -> None:
    x, row, step, y, down, result, line, depth, adds = builder.function.args
    zero = ir.Constant(shape.vector, None)
    distances = _multiples(builder, builder.mul(row, INDEX(bytes_of_number(shape.scalar))), shape.rows)
    ahead = _opaque(builder, builder.mul(step, INDEX(FETCHED_AHEAD * bytes_of_number(shape.scalar))))
    with carrying_loop(builder, depth, [zero] * (shape.rows * shape.vectors)) as (p, sums, following):
        column = builder.bitcast(place_at(builder, x, (p, step)), ir.IntType(8).as_pointer())
        _fetch(builder, column, ahead)
        line_of_right = place_at(builder, y, (p, down))
        places = [place_at(builder, line_of_right, (INDEX(v * shape.lanes), 1)) for v in range(shape.vectors)]
        right = [load_vector(builder, place, shape.lanes) for place in places]
        for i in range(shape.rows):
            place = builder.bitcast(builder.gep(column, [_multiple(builder, distances, i)]), x.type)
            left = in_every_lane(builder, builder.load(place), shape.vector)
            for v, factor in enumerate(right):
                following.append(multiply_add(builder, left, factor, sums[i * shape.vectors + v]))
    for i in range(shape.rows):
        place = place_at(builder, result, (INDEX(i), line))
        for v, total in enumerate(following[i * shape.vectors : (i + 1) * shape.vectors]):
            _write(builder, total, place_at(builder, place, (INDEX(v * shape.lanes), 1)), shape.lanes_in(v), adds)


def _fetch(builder: Builder, place: Value, distance: Value) -> None:
    """Ask for what is at a distance, before it is needed."""
    kind = ir.FunctionType(ir.VoidType(), [place.type, *[_LANE] * 3])
    function = _intrinsic(builder, "llvm.prefetch.p0i8", ir.VoidType(), kind.args)
    builder.call(function, [builder.gep(place, [distance]), _LANE(0), _LANE(3), _LANE(1)])


def _multiples(builder: Builder, number: Value, count: int) -> dict[int, Value]:
    """The odd multiples of a number: others are these times 2, 4 or 8, which addressing does by the way."""
    return {factor: _opaque(builder, builder.mul(number, INDEX(factor))) for factor in range(1, count, 2)}


def _opaque(builder: Builder, number: Value) -> Value:
    """A number of which LLVM does not know where it comes from: else it would add up addresses, one after the other."""
    kind = ir.FunctionType(number.type, [number.type])
    return builder.asm(kind, "", "=r,0", [number], side_effect=False)


def _multiple(builder: Builder, odd: dict[int, Value], factor: int) -> Value:
    """A multiple of the number whose odd multiples are given."""
    twos = (factor & -factor).bit_length() - 1
    return builder.shl(odd[factor >> twos], INDEX(twos)) if factor else INDEX(0)


def in_every_lane(builder: Builder, number: Value, kind: Any) -> Value:
    """A number in every lane."""
    one = builder.insert_element(undefined(kind), number, ir.Constant(_LANE, 0))
    return permuted(builder, one, undefined(kind), [0] * kind.count)


def multiply_add(builder: Builder, x: Value, y: Value, z: Value) -> Value:
    """``x * y + z``, rounded once where the processor can."""
    name = f"llvm.fmuladd.v{x.type.count}f{8 * bytes_of_number(x.type.element)}"
    return builder.call(_intrinsic(builder, name, x.type, [x.type] * 3), [x, y, z])


def _intrinsic(builder: Builder, name: str, result: Any, operands: Sequence[Any]) -> Any:
    found = builder.module.globals.get(name)
    return found or ir.Function(builder.module, ir.FunctionType(result, operands), name)


def _write(builder: Builder, value: Value, place: Value, lanes: int, adds: Value) -> None:
    """Store (or add, if `adds`) the first lanes of a vector."""
    for begin, length in pieces(lanes):
        part = value
        if length < value.type.count:
            part = permuted(builder, value, undefined(value.type), range(begin, begin + length))
        there = builder.bitcast(place_at(builder, place, (INDEX(begin), 1)), part.type.as_pointer())
        loaded = builder.load(there, align=bytes_of_number(part.type.element))
        before = builder.select(adds, loaded, ir.Constant(part.type, None))
        builder.store(builder.fadd(before, part), there, align=bytes_of_number(part.type.element))


def _dots(builder: Builder, shape: Shape) -> None:
    x, _, _, y, down, result, _, depth, adds = builder.function.args
    lanes = INDEX(shape.lanes)
    zeros = [ir.Constant(shape.vector, None)] * shape.width
    with carrying_loop(builder, builder.udiv(depth, lanes), zeros) as (p, sums, following):
        start = builder.mul(p, lanes)
        left = load_vector(builder, place_at(builder, x, (start, 1)), shape.lanes)
        for j, total in enumerate(sums):
            right = load_vector(builder, place_at(builder, y, (INDEX(j), down), (start, 1)), shape.lanes)
            following.append(multiply_add(builder, left, right, total))
    totals = [sum_of_lanes(builder, vector) for vector in following]
    done = builder.sub(depth, builder.urem(depth, lanes))
    with carrying_loop(builder, builder.sub(depth, done), totals) as (p, sums, following):
        p = builder.add(p, done)
        left = builder.load(place_at(builder, x, (p, 1)))
        for j, total in enumerate(sums):
            right = builder.load(place_at(builder, y, (INDEX(j), down), (p, 1)))
            following.append(builder.fadd(total, builder.fmul(left, right)))
    for j, total in enumerate(following):
        place = place_at(builder, result, (INDEX(j), 1))
        before = builder.select(adds, builder.load(place), ir.Constant(shape.scalar, 0.0))
        builder.store(builder.fadd(before, total), place)


def sum_of_lanes(builder: Builder, vector: Value) -> Value:
    """The sum of all lanes: halves are added until one is left."""
    while vector.type.count > 1:
        half = vector.type.count // 2
        low, high = (permuted(builder, vector, vector, range(b, b + half)) for b in (0, half))
        vector = builder.fadd(low, high)
    return builder.extract_element(vector, ir.Constant(_LANE, 0))


# -- packing ---------------------------------------------------------------------------------------


def _pack_rows(builder: Builder, shape: Shape) -> None:
    """Rows that are contiguous: copied."""
    y, down, _, panel, depth = builder.function.args

    def copy(p: Value) -> None:
        for v in range(shape.vectors):
            for begin, length in pieces(shape.lanes_in(v)):
                place = INDEX(v * shape.lanes + begin)
                value = load_vector(builder, place_at(builder, y, (p, down), (place, 1)), length)
                store_vector(builder, value, place_at(builder, panel, (p, shape.padded), (place, 1)))

    emit_loop(builder, INDEX(0), depth, copy)


def _pack_columns(builder: Builder, shape: Shape) -> None:
    """Columns that are contiguous: transposed in squares, and what is left number by number."""
    depth = builder.function.args[4]
    side = min(shape.lanes, SQUARE)
    with carrying_loop(builder, builder.udiv(depth, INDEX(side)), []) as (block, _, _):
        p = builder.mul(block, INDEX(side))
        if shape.width >= side:
            with carrying_loop(builder, INDEX(shape.width // side), []) as (number, _, _):
                _pack_square(builder, shape, (p, builder.mul(number, INDEX(side))), (side, side))
        if shape.width % side:
            _pack_square(builder, shape, (p, INDEX(shape.width // side * side)), (side, shape.width % side))
    done = builder.sub(depth, builder.urem(depth, INDEX(side)))
    with carrying_loop(builder, builder.sub(depth, done), []) as (rest, _, _):
        _pack_row(builder, shape, builder.add(rest, done), 1)


def _pack_square(builder: Builder, shape: Shape, place: tuple[Value, Value], size: tuple[int, int]) -> None:
    """Some columns, as long as `size` says first and as many as it says then, as rows at a place of the panel."""
    y, _, across, panel, _ = builder.function.args
    (p, j), (side, count) = place, size
    columns = [
        load_vector(builder, place_at(builder, y, (p, 1), (builder.add(j, INDEX(i)), across)), side)
        for i in range(count)
    ]
    columns += [undefined(ir.VectorType(shape.scalar, side))] * (side - count)
    for i, line in enumerate(transposed(builder, columns)):
        store_vector(builder, line, place_at(builder, panel, (builder.add(p, INDEX(i)), shape.padded), (j, 1)))


def transposed(builder: Builder, lines: list[Value]) -> list[Value]:
    """A square of vectors: blocks beside the diagonal change places, then those in each block, down to single lanes.

    J. O. Eklundh, "A fast computer method for matrix transposing", IEEE Transactions on Computers 21 (1972).
    """
    count = size = len(lines)
    while size := size // 2:
        low = [lane + count - size if lane & size else lane for lane in range(count)]
        high = [lane + count if lane & size else lane + size for lane in range(count)]
        for i in range(count):
            if not i & size:
                x, y = lines[i], lines[i + size]
                lines[i], lines[i + size] = permuted(builder, x, y, low), permuted(builder, x, y, high)
    return lines


def _pack_numbers(builder: Builder, shape: Shape) -> None:
    """Numbers at any distance."""
    _, down, _, _, depth = builder.function.args
    emit_loop(builder, INDEX(0), depth, lambda p: _pack_row(builder, shape, p, down))


def _pack_row(builder: Builder, shape: Shape, p: Value, down: Value | int) -> None:
    y, _, across, panel, _ = builder.function.args

    def copy(j: Value) -> None:
        value = builder.load(place_at(builder, y, (p, down), (j, across)))
        builder.store(value, place_at(builder, panel, (p, shape.padded), (j, 1)))

    emit_loop(builder, INDEX(0), INDEX(shape.width), copy)
