"""Solving, inverting and determinants of stacks of matrices.

Source of the derivatives: M. Giles, "An extended collection of matrix derivative results for forward
and reverse mode algorithmic differentiation" (2008), section 2.
"""

from __future__ import annotations

from typing import Any

import numpy

from ..core.abstract import Abstract
from ..core.primitive import Primitive
from ..core.recording import general as bind_general
from .contract import adjoint_matrix, matmul
from .linear_maps import general, linear, maps_for
from .shape import reshape, unbroadcast


def inexact(dtype: Any) -> Any:
    """The dtype in which LAPACK works: that of the operand, or float64 for integers."""
    dtype = numpy.dtype(dtype)
    return dtype if dtype.kind in "fc" else numpy.dtype(numpy.float64)


def stack_batch(size: int, operands: Any, batched: Any, node: Any) -> Any:
    """Batch an operation on stacks of matrices: the batch axis is one more leading axis."""
    rank = max(len(form.shape) for form in node.forms[: len(operands)])
    lined_up = [
        reshape(o, shape=(size, *(1,) * (rank - len(form.shape)), *form.shape)) if is_batched else o
        for o, form, is_batched in zip(operands, node.forms, batched, strict=False)
    ]
    return node.primitive.operation(*lined_up, **node.params)


# -- solving ---------------------------------------------------------------------------------------


def _solve_shape(a: Any, b: Any) -> Abstract:
    lead = numpy.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return Abstract((*lead, *b.shape[-2:]), inexact(numpy.result_type(a.dtype, b.dtype)))


def _solve_by_matrix_transpose(ct: Any, a: Any, out: Any, like: Any) -> Any:
    return unbroadcast(-matmul(solve(adjoint_matrix(a), ct), adjoint_matrix(out)), like.shape)


_SOLVE = Primitive(
    "solve",
    numpy.linalg.solve,
    ("a", "b"),
    _solve_shape,
    maps_for(
        ("a", "b"),
        [
            linear(lambda da, a, out: -solve(a, matmul(da, out)), _solve_by_matrix_transpose),
            linear(
                lambda db, a: solve(a, db),
                lambda ct, a, like: unbroadcast(solve(adjoint_matrix(a), ct), like.shape),
            ),
        ],
    ),
    batch=stack_batch,
)
solve = _SOLVE.operation = bind_general(_SOLVE)
"""``solve(a, b)``: the x with a x = b; both with at least two axes, stacks broadcast."""

_INV = Primitive(
    "inv",
    numpy.linalg.inv,
    ("x",),
    lambda x: Abstract(x.shape, inexact(x.dtype)),
    maps_for(("x",), [general(lambda dx, out: -matmul(matmul(out, dx), out))]),
    batch=stack_batch,
)
inv = _INV.operation = bind_general(_INV)
"""``inv(x)`` of a stack of square matrices: d(X^-1) = -X^-1 dX X^-1."""
