"""Products with sparse matrices as passes over the numbers of each row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from ....core.graph import GraphNode
from ....core.primitive import Primitive, by_primitive
from ....ops.elementwise import astype
from ....ops.matrices.sparse import Pattern, sampled, spread
from ..facts.sparse_rows import sparse_row_products, sparse_row_sums, sparse_row_sums_of_moved


def _sums(data: Any, x: Any, pattern: Pattern) -> Any:
    if not pattern.is_turned:
        return sparse_row_sums(data, x, *_as_indices(pattern))
    by_rows, order = pattern.by_rows
    if isinstance(data, numpy.ndarray):
        return sparse_row_sums(data[order], x, *_as_indices(by_rows))
    return sparse_row_sums_of_moved(data, x, *_as_indices(by_rows), _as_index(order))


def _products(u: Any, x: Any, pattern: Pattern) -> Any:
    """Rows and columns change places with the factors."""
    if pattern.is_turned:
        return _products(x, u, pattern.T)
    return sparse_row_products(u, x, *_as_indices(pattern))


def _as_indices(pattern: Pattern) -> tuple[Any, Any]:
    return _as_index(pattern.indices), _as_index(pattern.pointers)


def _as_index(places: Any) -> Any:
    """Places in as few bytes as machine code reads them."""
    is_small = not places.size or places.max() <= numpy.iinfo(numpy.int32).max
    return numpy.ascontiguousarray(places, numpy.int32 if is_small else numpy.int64)


def _in_rows(product: Callable[..., Any]) -> Callable[[GraphNode], Any]:
    def rule(node: GraphNode) -> Any:
        dtype, pattern = node.form.dtype, node.params["pattern"]
        if dtype.kind == "b":
            return None
        if not pattern.count:
            return lambda *_: numpy.zeros(node.form.shape, dtype)
        return lambda *operands: product(*(_in_dtype(o, dtype) for o in operands), pattern)

    return rule


def _in_dtype(x: Any, dtype: numpy.dtype) -> Any:
    return x if x.dtype == dtype else astype(x, dtype=dtype)


SPARSE: dict[Primitive, Callable[[GraphNode], Any]] = by_primitive(
    {spread: _in_rows(_sums), sampled: _in_rows(_products)}
)
"""For each its function of the operands of a node; ``None`` where the node stays as it is."""
