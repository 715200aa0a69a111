"""Products that sum: bilinear."""

from __future__ import annotations

from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.primitive import Primitive
from ..core.recording import general as bind_general
from .elementwise import conjugate
from .linear_maps import linear, maps_for
from .shape import reshape, transpose, unbroadcast


def matrix_transpose(x: Any) -> Any:
    """Swap the last two axes."""
    count = len(x.shape)
    return transpose(x, axes=(*range(count - 2), count - 1, count - 2))


def adjoint_matrix(x: Any) -> Any:
    """The conjugate transpose of the last two axes."""
    return conjugate(matrix_transpose(x)) if x.dtype.kind == "c" else matrix_transpose(x)


def _left_transpose(ct: Any, y: Any, like: Any) -> Any:
    return unbroadcast(matmul(ct, adjoint_matrix(y)), like.shape)


def _right_transpose(ct: Any, x: Any, like: Any) -> Any:
    return unbroadcast(matmul(adjoint_matrix(x), ct), like.shape)


def _matmul_shape(x: Any, y: Any) -> Abstract:
    lead = numpy.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    return Abstract((*lead, x.shape[-2], y.shape[-1]), numpy.result_type(x.dtype, y.dtype))


def _matmul_batch(size: int, operands: Any, batched: Any, node: Any) -> Any:
    rank = max(len(f.shape) for f in node.forms[:2])
    lined_up = [
        reshape(o, shape=(o.shape[0], *(1,) * (rank - len(f.shape)), *f.shape)) if b else o
        for o, f, b in zip(operands, node.forms, batched, strict=False)
    ]
    return matmul(*lined_up)


def _make_matmul() -> Any:
    rules = [
        linear(lambda dx, y: matmul(dx, y), _left_transpose),
        linear(lambda dy, x: matmul(x, dy), _right_transpose),
    ]
    primitive = Primitive(
        "matmul", numpy.matmul, ("x", "y"), _matmul_shape, maps_for(("x", "y"), rules), batch=_matmul_batch
    )
    primitive.operation = bind_general(primitive)
    return primitive.operation


matmul = _make_matmul()
"""``matmul(x, y)`` of two stacks of matrices (each with at least two axes)."""
