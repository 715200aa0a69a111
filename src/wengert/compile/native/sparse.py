"""Products with sparse matrices of raw arrays in machine code of any sizes: what a large eager call takes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy

from ...core.primitive import Primitive, by_primitive
from ...ops.matrices.sparse import sampled, spread
from ..interpreter.layouts import address_of
from .emit.sparse_rows import TASK_OF_ROWS, SparseRowsFrame, SparseRowsKind, in_chunks, written_rows
from .facts.lowered import NATIVE_FLOATS
from .facts.sparse_rows import sparse_row_products, sparse_row_sums
from .machine.disk_cache import key_of
from .machine.llvm import NativeModule
from .machine.pool import Task, prepare_pool

SPARSE_PRODUCTS: dict[Primitive, Primitive] = by_primitive(
    {spread: sparse_row_sums.primitive, sampled: sparse_row_products.primitive}
)
"""For each operation that by which it is done in rows."""

PLACES = (numpy.dtype(numpy.int32), numpy.dtype(numpy.int64))


def routine_with(primitive: Primitive, task_of: Callable[[SparseRowsKind], Task]) -> Callable[..., Any]:
    """The function of raw operands and places by rows, which gives ``None`` for those that it does not know."""
    prepare_pool()
    tasks: dict[SparseRowsKind, Task] = {}
    is_sum = SPARSE_PRODUCTS[primitive] is sparse_row_sums.primitive

    def routine(first: Any, x: Any, columns: Any, pointers: Any) -> Any:
        dtype = x.dtype
        if dtype not in NATIVE_FLOATS or first.dtype != dtype or not {columns.dtype, pointers.dtype} <= {*PLACES}:
            return None
        given = [numpy.ascontiguousarray(array) for array in (first, x, columns, pointers)]
        width, rows = math.prod(x.shape[1:]), len(pointers) - 1
        out = numpy.empty((rows, *x.shape[1:]) if is_sum else columns.shape, dtype)
        kind = SparseRowsKind(dtype, (columns.dtype, pointers.dtype), width == 1)
        if kind not in tasks:
            tasks[kind] = task_of(kind)
        chunk, chunks = in_chunks(rows, len(columns) * width)
        addresses = [address_of(array) for array in (*given, out)]
        tasks[kind].run(SparseRowsFrame._make([*addresses, width, rows, chunk]), chunks)
        return out

    return routine


def task_for(primitive: Primitive, kind: SparseRowsKind) -> Task:
    """The task of an operation, for operands of a kind."""
    product = SPARSE_PRODUCTS[primitive]
    module = NativeModule(lambda: written_rows(product, kind), key_of("sparse rows", product.name, repr(kind)))
    return Task(module, module.address(TASK_OF_ROWS))
