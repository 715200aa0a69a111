"""Products with sparse matrices, whose places are operands like their numbers: what machine code does row by row."""

from __future__ import annotations

from typing import Any, Final

from ....core.abstract import Abstract
from ....core.primitive import Primitive, primitives
from ....core.recording import general
from ....ops.matrices.sparse import Pattern, sampled, spread


def _pattern(rows: int, length: int, columns: Any, pointers: Any) -> Pattern:
    return Pattern((rows, length), columns, pointers)


_SUMS = Primitive(
    "sparse_row_sums",
    lambda data, x, columns, pointers: spread.primitive.evaluate(
        data, x, pattern=_pattern(len(pointers) - 1, len(x), columns, pointers)
    ),
    ("data", "x", "columns", "pointers"),
    lambda data, x, columns, pointers: Abstract((pointers.shape[0] - 1, *x.shape[1:]), data.dtype),
)
sparse_row_sums: Final = general(_SUMS)
_SUMS.operation = sparse_row_sums
"""``sparse_row_sums(data, x, columns, pointers)``: out[i, l] = sum over k of row i of data[k] x[columns[k], l].

The numbers of row i begin at pointers[i], and end before pointers[i + 1].
"""

_MOVED_SUMS = Primitive(
    "sparse_row_sums_of_moved",
    lambda data, x, columns, pointers, order: _SUMS.evaluate(data[order], x, columns, pointers),
    ("data", "x", "columns", "pointers", "order"),
    lambda data, x, columns, pointers, order: _SUMS.shape(data, x, columns, pointers),
)
sparse_row_sums_of_moved: Final = general(_MOVED_SUMS)
_MOVED_SUMS.operation = sparse_row_sums_of_moved
"""The same of ``data[order]``."""

_PRODUCTS = Primitive(
    "sparse_row_products",
    lambda u, x, columns, pointers: sampled.primitive.evaluate(
        u, x, pattern=_pattern(len(u), len(x), columns, pointers)
    ),
    ("u", "x", "columns", "pointers"),
    lambda u, x, columns, pointers: Abstract(columns.shape, u.dtype),
)
sparse_row_products: Final = general(_PRODUCTS)
_PRODUCTS.operation = sparse_row_products
"""``sparse_row_products(u, x, columns, pointers)``: out[k] = sum over l of u[i, l] x[columns[k], l], for k of row i."""

SPARSE_ROWS = primitives(sparse_row_sums, sparse_row_sums_of_moved, sparse_row_products)
