"""What minimal filtering is made of: sums and differences of vectors, and the way of results to where they belong.

Every function here is made once for a module, and called by all of its correlations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from llvmlite import ir

from ...facts.minimal import WINDOW
from ...ir.loops import emit_loop
from ...ir.types import INDEX, TYPES, Builder, Value
from .tiles import (
    SQUARE,
    Shape,
    carrying_loop,
    lanes_of,
    load_vector,
    multiply_add,
    once,
    permuted,
    pieces,
    place_at,
    store_vector,
    sum_of_lanes,
    transposed,
    undefined,
)

Squares = list[list[Value]]


def emit_transform(module: ir.Module, dtype: str, matrix: Sequence[Sequence[float]]) -> ir.Function:
    """``transform(rows, columns, channels, x, row, column, line, next, y, ...)``: ``M x M^T`` of each tile's square.

    Tiles are `row` and `column` apart, the lines of a square `line`, and the elements in a line, all their channels
    side by side, `next`; so are those that are made, by distances of their own.
    """
    pointer = TYPES[dtype].as_pointer()
    signature = ir.FunctionType(ir.VoidType(), [*[INDEX] * 3, *[pointer, *[INDEX] * 4] * 2])
    shape = Shape(dtype, len(matrix), len(matrix[0]))
    return once(module, "transform", shape, signature, lambda builder: _transform(builder, dtype, matrix))


def _transform(builder: Builder, dtype: str, matrix: Sequence[Sequence[float]]) -> None:
    rows, columns, channels, x, *distances = builder.function.args
    y = distances.pop(4)
    lanes, size = lanes_of(dtype), range(len(matrix[0]))

    def tile(r: Value, c: Value, channel: Value) -> None:
        (source, line, following), (into, line_of_y, next_of_y) = (
            (place_at(builder, memory, (r, row), (c, column), (channel, 1)), line, following)
            for memory, (row, column, line, following) in ((x, distances[:4]), (y, distances[4:]))
        )
        places = [[place_at(builder, source, (INDEX(i), line), (INDEX(j), following)) for j in size] for i in size]
        square = [[load_vector(builder, place, lanes) for place in row] for row in places]
        for i, made in enumerate(_both_ways(builder, matrix, square)):
            for j, value in enumerate(made):
                store_vector(builder, value, place_at(builder, into, (INDEX(i), line_of_y), (INDEX(j), next_of_y)))

    def each(r: Value, c: Value) -> None:
        emit_loop(builder, INDEX(0), channels, lambda channel: tile(r, c, channel), step=lanes)

    emit_loop(builder, INDEX(0), rows, lambda r: emit_loop(builder, INDEX(0), columns, lambda c: each(r, c)))


def _both_ways(builder: Builder, matrix: Sequence[Sequence[float]], square: Squares) -> Squares:
    """``M x M^T``: along the columns, then along the rows."""
    return _turned(_along(builder, matrix, _turned(_along(builder, matrix, square))))


def _turned(square: Squares) -> Squares:
    return [list(line) for line in zip(*square, strict=True)]


def _along(builder: Builder, matrix: Sequence[Sequence[float]], lines: Squares) -> Squares:
    """Sums and differences of lines of vectors."""
    columns = _turned(lines)
    return [[_combined(builder, factors, column) for column in columns] for factors in matrix]


def _combined(builder: Builder, factors: Sequence[float], values: Sequence[Value]) -> Value:
    """The sum of some values with factors, whose sizes are equal: those above 0 first, as there is one."""
    terms = [(factor, value) for factor, value in zip(factors, values, strict=True) if factor]
    (first, total), *rest = sorted(terms, key=lambda term: term[0] < 0)
    for factor, value in rest:
        total = (builder.fadd if factor * first > 0 else builder.fsub)(total, value)
    return total if first == 1 else builder.fmul(total, ir.Constant(total.type, [first] * total.type.count))


def emit_unpack(module: ir.Module, shape: Shape) -> ir.Function:
    """``unpack(x, next, y, line)``: as many lines as `shape` has rows, of numbers that are side by side in x.

    The number at a place of its line is at ``x + place * next + number of the line``.
    """
    pointer = TYPES[shape.dtype].as_pointer()
    signature = ir.FunctionType(ir.VoidType(), [pointer, INDEX, pointer, INDEX])
    return once(module, "unpack", shape, signature, lambda builder: _unpack(builder, shape))


def _unpack(builder: Builder, shape: Shape) -> None:
    """Squares are transposed in registers, and smaller pieces at the ends."""
    side = min(shape.lanes, SQUARE)

    def lines(o: Value, count: int) -> None:
        whole = shape.width // side * side
        if whole:
            emit_loop(
                builder,
                INDEX(0),
                INDEX(whole),
                lambda p: _unpack_square(builder, shape, (o, p), (count, side)),
                step=side,
            )
        if whole < shape.width:
            _unpack_square(builder, shape, (o, INDEX(whole)), (count, shape.width - whole))

    whole = shape.rows // side * side
    if whole:
        emit_loop(builder, INDEX(0), INDEX(whole), lambda o: lines(o, side), step=side)
    if whole < shape.rows:
        lines(INDEX(whole), shape.rows - whole)


def _unpack_square(builder: Builder, shape: Shape, place: tuple[Value, Value], size: tuple[int, int]) -> None:
    """So many lines and places from a place on."""
    x, following, y, line = builder.function.args
    (o, p), (count, length), side = place, size, min(shape.lanes, SQUARE)
    found = [
        load_vector(builder, place_at(builder, x, (builder.add(p, INDEX(i)), following), (o, 1)), side)
        for i in range(length)
    ]
    found += [undefined(ir.VectorType(shape.scalar, side))] * (side - length)
    for i, made in enumerate(transposed(builder, found)[:count]):
        for begin, part in pieces(length):
            value = made if part == side else permuted(builder, made, undefined(made.type), range(begin, begin + part))
            into = place_at(builder, y, (builder.add(o, INDEX(i)), line), (builder.add(p, INDEX(begin)), 1))
            store_vector(builder, value, into)


def emit_finite(module: ir.Module, dtype: str) -> ir.Function:
    """``finite(x, count)``: whether all of so many numbers are, which are whole vectors."""
    signature = ir.FunctionType(ir.IntType(1), [TYPES[dtype].as_pointer(), INDEX])
    return once(module, "finite", Shape(dtype, 1, 1), signature, lambda builder: _finite(builder, dtype))


def _finite(builder: Builder, dtype: str) -> None:
    """A finite number times 0 is 0, and any other NaN."""
    (x, count), lanes = builder.function.args, lanes_of(dtype)
    zero = ir.Constant(ir.VectorType(TYPES[dtype], lanes), None)
    with carrying_loop(builder, builder.udiv(count, INDEX(lanes)), [zero]) as (i, (total,), following):
        vector = load_vector(builder, place_at(builder, x, (i, lanes)), lanes)
        following.append(multiply_add(builder, vector, zero, total))
    builder.ret(builder.fcmp_ordered("==", sum_of_lanes(builder, following[0]), ir.Constant(TYPES[dtype], 0.0)))


def emit_one_by_one(module: ir.Module, dtype: str) -> ir.Function:
    """``direct(x, across, down, kernel, output, channel, row, column, result, *sizes, first, last)``: some rows.

    The distances are those of the kernel; the sizes those of the image, the channels, the padding before rows and
    columns, the places, and the outputs.
    """
    pointer = TYPES[dtype].as_pointer()
    signature = ir.FunctionType(ir.VoidType(), [pointer, INDEX, INDEX, pointer, *[INDEX] * 4, pointer, *[INDEX] * 10])
    return once(module, "one_by_one", Shape(dtype, 1, 1), signature, lambda builder: _one_by_one(builder, dtype))


def _one_by_one(builder: Builder, dtype: str) -> None:
    x, across, down, kernel, *distances, result = builder.function.args[:9]
    rows, columns, channels, low, low_of_columns, height, width, outputs, first, last = builder.function.args[9:]
    with builder.goto_entry_block():
        total = builder.alloca(TYPES[dtype])
    zero = ir.Constant(TYPES[dtype], 0.0)

    def place(o: Value, p: Value, q: Value) -> None:
        builder.store(zero, total)
        _nested(builder, [channels, INDEX(WINDOW), INDEX(WINDOW)], lambda c, i, j: term(o, p, q, c, i, j))
        line = builder.add(builder.mul(o, height), p)
        builder.store(builder.load(total), place_at(builder, result, (line, width), (q, 1)))

    def term(o: Value, p: Value, q: Value, c: Value, i: Value, j: Value) -> None:
        row = builder.sub(builder.add(p, i), low)
        column = builder.sub(builder.add(q, j), low_of_columns)
        is_within = [builder.icmp_unsigned("<", row, rows), builder.icmp_unsigned("<", column, columns)]
        before = builder.block
        with builder.if_then(builder.and_(*is_within)):
            found = builder.load(place_at(builder, x, (c, across), (row, down), (column, 1)))
            within = builder.block
        element = builder.phi(zero.type)
        element.add_incoming(zero, before)
        element.add_incoming(found, within)
        weight = builder.load(place_at(builder, kernel, *zip((o, c, i, j), distances, strict=True)))
        builder.store(builder.fadd(builder.load(total), builder.fmul(element, weight)), total)

    span = builder.sub(last, first)
    _nested(builder, [outputs, span, width], lambda o, p, q: place(o, builder.add(p, first), q))


def _nested(builder: Builder, lengths: Sequence[Value], body: Callable[..., None]) -> None:
    """A loop in a loop for each length."""
    if not lengths:
        body()
        return
    first, *rest = lengths
    emit_loop(builder, INDEX(0), first, lambda i: _nested(builder, rest, partial(body, i)))
