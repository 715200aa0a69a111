"""One matrix product, or a stack of them, as chunks for the threads.

BLAS is asked for one thread and our threads share the work: a stack by its members, a single product by panels of
rows or columns. How it is cut depends on the sizes only, so the result does not depend on the number of threads.
"""

from __future__ import annotations

import math
from typing import Any

import numpy
from llvmlite import ir

from ...core.node import Node
from .blas import Blas
from .kernel import INDEX, emit_loop, smaller
from .scalar import TYPES, Builder, Value
from .schedule import Schedule, dtype_of
from .views import View, blas_layout

CHUNK_FLOPS = 1 << 23
MOST_CHUNKS = 16
PANEL = 16
"""Panels are a multiple of so many lines, as BLAS's own kernels like them."""


class Product:
    """The function of a product: ``product(left, right, result, gemm, begin, end)``.

    Attributes:
        bases: the values behind the three pointers.
        chunks: how many there are, each of `chunk_length` members, rows or columns of `length`.
    """

    def __init__(self, module: ir.Module, name: str, schedule: Schedule, node: Node) -> None:
        left, right = product_views(schedule, node)
        self.lead = left.shape[:-2]
        self.left, self.right = left, right
        self.m, self.k = left.shape[-2:]
        self.n = right.shape[-1]
        self.dtype = dtype_of(node)
        self.bases = [left.base, right.base, node]
        self.stack = math.prod(self.lead)
        self.by_rows = self.m >= self.n
        self.length, self.chunk_length, self.chunks = self._chunks()
        pointer = TYPES[self.dtype.name].as_pointer()
        signature = ir.FunctionType(ir.VoidType(), [pointer] * 3 + [INDEX] * 3)
        self.function = ir.Function(module, signature, name)
        self.function.linkage = "internal"
        self.builder = ir.IRBuilder(self.function.append_basic_block())
        self._emit()
        self.builder.ret_void()

    def _chunks(self) -> tuple[int, int, int]:
        work = 2 * self.m * self.k * self.n
        count = max(1, min(self.stack * work // CHUNK_FLOPS, MOST_CHUNKS))
        if self.stack > 1:
            length, unit = self.stack, 1
        else:
            length, unit = (self.m if self.by_rows else self.n), PANEL
        chunk = math.ceil(length / count / unit) * unit
        return length, chunk, math.ceil(length / chunk)

    def _emit(self) -> None:
        x, y, result, address, begin, end = self.function.args
        if self.stack > 1:
            emit_loop(self.builder, begin, end, lambda i: self._member(x, y, result, address, i))
            return
        size = self.builder.sub(end, begin)
        if self.by_rows:
            x = self._at(x, self.left.offset, (begin, self.left.strides[-2]))
            y = self._at(y, self.right.offset)
            self._gemm(address, x, y, self._at(result, 0, (begin, self.n)), (size, self.k, self.n))
        else:
            x = self._at(x, self.left.offset)
            y = self._at(y, self.right.offset, (begin, self.right.strides[-1]))
            self._gemm(address, x, y, self._at(result, 0, (begin, 1)), (self.m, self.k, size))

    def _member(self, x: Value, y: Value, result: Value, address: Value, index: Value) -> None:
        """One product of a stack."""
        positions = self._unravel(index)
        x = self._at(x, self.left.offset, *zip(positions, self.left.strides, strict=False))
        y = self._at(y, self.right.offset, *zip(positions, self.right.strides, strict=False))
        self._gemm(address, x, y, self._at(result, 0, (index, self.m * self.n)), (self.m, self.k, self.n))

    def _unravel(self, index: Value) -> list[Value]:
        """The place of a member along each leading axis."""
        positions = []
        for length in reversed(self.lead):
            positions.append(self.builder.urem(index, ir.Constant(INDEX, length)))
            index = self.builder.udiv(index, ir.Constant(INDEX, length))
        return positions[::-1]

    def _at(self, pointer: Value, offset: int, *moves: tuple[Value, int]) -> Value:
        place = ir.Constant(INDEX, offset)
        for index, stride in moves:
            place = self.builder.add(place, self.builder.mul(index, ir.Constant(INDEX, stride)))
        return self.builder.gep(pointer, [place])

    def _gemm(self, address: Value, x: Value, y: Value, result: Value, sizes: Any) -> None:
        left, right = blas_layout(matrix(self.left)), blas_layout(matrix(self.right))
        assert left is not None
        assert right is not None
        Blas(self.builder, self.dtype.name).gemm(address, (x, *left), (y, *right), result, sizes, self.n)

    def chunk_end(self, builder: Builder, begin: Value) -> Value:
        end = builder.add(begin, ir.Constant(INDEX, self.chunk_length))
        return smaller(builder, end, ir.Constant(INDEX, self.length))


def matrix(view: View) -> View:
    """The view of one member of a stack."""
    return View(view.base, view.offset, view.shape[-2:], view.strides[-2:])


def product_views(schedule: Schedule, node: Node) -> tuple[View, View]:
    """The operands of a product as stacks of matrices with the same leading axes."""
    left, right = (schedule.views[operand] for operand in schedule.operands[node])
    if len(left.shape) == 1:
        left = View(left.base, left.offset, (1, *left.shape), (left.shape[0], *left.strides))
    if len(right.shape) == 1:
        right = View(right.base, right.offset, (*right.shape, 1), (*right.strides, 1))
    lead = numpy.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    return left.over((*lead, *left.shape[-2:])), right.over((*lead, *right.shape[-2:]))
