"""Products of small matrices as loops without tiles and panels, which would take longer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from llvmlite import ir

from ...facts.views import StridedView
from ...ir.loops import emit_loop
from ...ir.types import INDEX, TYPES, Builder, Value
from .product import Product
from .tiles import place_at

MOST_WORK = 1 << 13
"""Multiplications in a product that is done so, at most."""
VECTOR = 64
"""Bytes in a vector."""
MOST_SUMS = 8
"""Vectors that are summed at the same time: so many hide how long an addition takes."""


def is_small(left: StridedView, right: StridedView) -> bool:
    """Whether a product of stacks of matrices is done without panels: small, and with lines that follow memory."""
    (m, k), n = left.shape[-2:], right.shape[-1]
    if m * k * n > MOST_WORK:
        return False
    return right.strides[-1] == 1 or n == 1 or left.strides[-1] == 1 == right.strides[-2]


class Matrix(NamedTuple):
    """A matrix in memory, and how far apart its rows and columns are."""

    memory: Value
    across: int
    along: int


class SmallProduct(Product):
    """As `Product`, without panels: each matrix of a stack is a cell."""

    def _oriented(self, left: StridedView, right: StridedView) -> tuple[StridedView, StridedView]:
        return left, right

    def _cut(self) -> None:
        super()._cut()
        self.parts, self.length = 1, self.stack
        self.chunk_length: int = math.ceil(self.stack / self.chunks)
        self.chunks: int = math.ceil(self.stack / self.chunk_length)

    def _function(self, name: str) -> ir.Function:
        function = self._cells(self.module, name)
        function.linkage = "internal"
        return function

    def _cell(self, number: Value) -> None:
        x, y, result, _, _ = self.builder.function.args
        x, y = self._member(x, self.left, number), self._member(y, self.right, number)
        result = place_at(self.builder, result, (number, self.m * self.n))
        left, right = Matrix(x, *self.left.strides[-2:]), Matrix(y, *self.right.strides[-2:])
        writer = Tiles(self.builder, self.dtype.name, self.k)
        if self.n == 1 and left.across == 1:  # the transpose: a row times a matrix
            writer.by_columns(Matrix(y, 0, right.across), Matrix(x, left.along, 1), result, 1, self.m)
        elif left.along == 1 == right.across and (self.n == 1 or right.along != 1):
            writer.by_sums(left, right, result, self.m, self.n)
        else:
            writer.by_columns(left, right, result, self.m, self.n)


class Tiles:
    """Writes products of matrices with `k` terms in each sum, tile by tile."""

    def __init__(self, builder: Builder, dtype: str, k: int) -> None:
        self.builder = builder
        self.kind: Any = TYPES[dtype]
        self.most = VECTOR // (8 if dtype == "float64" else 4)
        self.k = k

    # -- columns side by side ----------------------------------------------------------------------

    def by_columns(self, left: Matrix, right: Matrix, result: Value, m: int, n: int) -> None:
        """Vectors of columns: a number of the left times a part of a row of the right, added up."""
        whole = n // (MOST_SUMS * self.most)
        block = MOST_SUMS * self.most
        rest = _widths(n - whole * block, self.most)
        rows = max(1, min(m, MOST_SUMS // max(len(rest), 1))) if not whole else 1

        def write(row: Value, count: int) -> None:
            def at(column: Value, widths: Sequence[int]) -> None:
                self._columns(left, right, result, n, [self._plus(row, i) for i in range(count)], column, widths)

            if whole:
                end = INDEX(whole * block)
                emit_loop(self.builder, INDEX(0), end, lambda c: at(c, [self.most] * MOST_SUMS), step=block)
            if rest:
                at(INDEX(whole * block), rest)

        self._in_steps(m, rows, write)

    def _columns(
        self,
        left: Matrix,
        right: Matrix,
        result: Value,
        n: int,
        rows: Sequence[Value],
        column: Value,
        widths: Sequence[int],
    ) -> None:
        """Some rows and columns of the result."""
        starts = [self._plus(column, sum(widths[:i])) for i in range(len(widths))]
        parts = max(1, min(self.k, 4 // (len(rows) * len(widths))))  # sums of their own, so that none waits
        tile = [(row, start, width) for row in rows for start, width in zip(starts, widths, strict=True)]
        sums = [[self._zero(width) for _, _, width in tile] for _ in range(parts)]

        def add(term: Value, part: int) -> None:
            loaded = [self._load(right, term, start, width) for start, width in zip(starts, widths, strict=True)]
            numbers = [self._load(left, row, term, 1) for row in rows]
            products = [(x, y, w) for x in numbers for y, w in zip(loaded, widths, strict=True)]
            for place, (x, y, width) in zip(sums[part], products, strict=True):
                self._add(place, self._spread(x, width), y)

        self._terms(parts, add)
        for i, (row, start, _) in enumerate(tile):
            total = self._total([self.builder.load(part[i]) for part in sums])
            self._store(total, Matrix(result, n, 1), row, start)

    def _terms(self, parts: int, add: Callable[[Value, int], None]) -> None:
        """Every term of the sums, so many at a time."""
        whole = self.k // parts * parts

        def turn(term: Value) -> None:
            for part in range(parts):
                add(self._plus(term, part), part)

        emit_loop(self.builder, INDEX(0), INDEX(whole), turn, step=parts)
        for term in range(whole, self.k):
            add(INDEX(term), 0)

    # -- sums along memory -------------------------------------------------------------------------

    def by_sums(self, left: Matrix, right: Matrix, result: Value, m: int, n: int) -> None:
        """Vectors of terms, added up in the end."""
        columns = min(n, 4)

        def write(row: Value) -> None:
            def some(column: Value, count: int) -> None:
                self._inner(left, right, result, n, row, [self._plus(column, i) for i in range(count)])

            self._in_steps(n, columns, some)

        if n > 1 or m == 1:
            emit_loop(self.builder, INDEX(0), INDEX(m), write)
        else:  # a matrix and a vector: the same, transposed
            transposed = Matrix(right.memory, right.along, right.across), Matrix(left.memory, left.along, left.across)
            self.by_sums(*transposed, result, 1, m)

    def _inner(self, left: Matrix, right: Matrix, result: Value, n: int, row: Value, columns: Sequence[Value]) -> None:
        """Some elements of a row."""
        builder, block = self.builder, self.most
        whole = self.k // block * block
        sums = [self._zero(block) for _ in columns]

        def add(term: Value) -> None:
            x = self._load(left, row, term, block)
            for place, column in zip(sums, columns, strict=True):
                self._add(place, x, self._load(right, term, column, block))

        if whole:
            emit_loop(builder, INDEX(0), INDEX(whole), add, step=block)
        for place, column in zip(sums, columns, strict=True):
            total = [self._sum(builder.load(place), block)] if whole else []
            term = whole
            for width in _widths(self.k - whole, block):
                x, y = self._load(left, row, INDEX(term), width), self._load(right, INDEX(term), column, width)
                total.append(self._sum(builder.fmul(x, y), width))
                term += width
            self._store(self._total(total), Matrix(result, n, 1), row, column)

    # -- pieces ------------------------------------------------------------------------------------

    def _in_steps(self, count: int, step: int, write: Callable[[Value, int], None]) -> None:
        whole = count // step * step
        if whole:
            emit_loop(self.builder, INDEX(0), INDEX(whole), lambda i: write(i, step), step=step)
        if whole < count:
            write(INDEX(whole), count - whole)

    def _plus(self, index: Value, number: int) -> Value:
        return self.builder.add(index, INDEX(number)) if number else index

    def _type(self, width: int) -> ir.Type:
        return self.kind if width == 1 else ir.VectorType(self.kind, width)

    def _zero(self, width: int) -> Value:
        """A place for a sum."""
        kind = self._type(width)
        with self.builder.goto_entry_block():
            place = self.builder.alloca(kind)
        self.builder.store(ir.Constant(kind, 0.0 if width == 1 else [0.0] * width), place)
        return place

    def _add(self, place: Value, x: Value, y: Value) -> None:
        builder = self.builder
        product = builder.fmul(x, y, flags=("contract",))
        builder.store(builder.fadd(builder.load(place), product, flags=("contract",)), place)

    def _total(self, values: Sequence[Value]) -> Value:
        while len(values) > 1:
            pairs = [self.builder.fadd(x, y) for x, y in zip(values[::2], values[1::2], strict=False)]
            values = [*pairs, *values[2 * len(pairs) :]]
        return values[0]

    def _sum(self, vector: Value, width: int) -> Value:
        """The elements of a vector, added up by halves."""
        while width > 1:
            width //= 2
            low, high = self._half(vector, 0, width), self._half(vector, width, width)
            vector = self.builder.fadd(low, high)
        return vector

    def _half(self, vector: Value, start: int, width: int) -> Value:
        if width == 1:
            return self.builder.extract_element(vector, ir.IntType(32)(start))
        lanes = ir.Constant(ir.VectorType(ir.IntType(32), width), list(range(start, start + width)))
        return self.builder.shuffle_vector(vector, ir.Constant(vector.type, ir.Undefined), lanes)

    def _spread(self, number: Value, width: int) -> Value:
        """A number in every element of a vector."""
        if width == 1:
            return number
        empty = ir.Constant(self._type(width), ir.Undefined)
        first = self.builder.insert_element(empty, number, ir.IntType(32)(0))
        return self.builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(ir.IntType(32), width), [0] * width))

    def _place(self, matrix: Matrix, row: Value, column: Value, width: int) -> Value:
        builder = self.builder
        offset = builder.add(builder.mul(row, INDEX(matrix.across)), builder.mul(column, INDEX(matrix.along)))
        return builder.bitcast(builder.gep(matrix.memory, [offset]), self._type(width).as_pointer())

    def _load(self, matrix: Matrix, row: Value, column: Value, width: int) -> Value:
        return self.builder.load(self._place(matrix, row, column, width), align=self._alignment)

    def _store(self, value: Value, matrix: Matrix, row: Value, column: Value) -> None:
        width = value.type.count if isinstance(value.type, ir.VectorType) else 1
        self.builder.store(value, self._place(matrix, row, column, width), align=self._alignment)

    @property
    def _alignment(self) -> int:
        return 8 if isinstance(self.kind, ir.DoubleType) else 4


def _widths(count: int, most: int) -> list[int]:
    """Powers of two that add up to a count, the largest first."""
    return [most] * (count // most) + [1 << i for i in reversed(range(int(math.log2(most)))) if count % most >> i & 1]
