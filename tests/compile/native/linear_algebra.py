"""What tests of linear algebra in machine code share: every operation, and matrices of every kind for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy
from optree import tree_leaves, tree_map

import wengert as wg
import wengert.numpy as np
from wengert.ops.matrices import banded, equations as matrix_equations, solving as ops
from wengert.scipy import linalg as scipy_linalg

TOLERANCE = {"float64": 1e-9, "float32": 2e-4}
SIZES = (1, 2, 3, 5, 32, 100)


def square(shape: tuple[int, ...]) -> Any:
    """Far from singular, and with pivots off the diagonal."""
    n = shape[-1]
    rng = numpy.random.default_rng(n)
    return rng.normal(size=shape) / n**0.5 + 2 * numpy.eye(n)[::-1] * (1 + numpy.arange(n) / n)


def definite(shape: tuple[int, ...]) -> Any:
    x = square(shape)
    return x @ numpy.swapaxes(x, -1, -2) + numpy.diag(1 + numpy.arange(shape[-1]))


def right_side(shape: tuple[int, ...], columns: int = 2) -> Any:
    return numpy.random.default_rng(1).normal(size=(*shape[:-1], columns))


class Operation(NamedTuple):
    """A function, what its matrices are, and whether it takes a right side too."""

    call: Callable[..., Any]
    make: Callable[[tuple[int, ...]], Any] = square
    solves: bool = False

    def operands(self, shape: tuple[int, ...], dtype: str) -> list[Any]:
        matrices = [self.make(shape), right_side(shape)] if self.solves else [self.make(shape)]
        return [matrix.astype(dtype) for matrix in matrices]


OPERATIONS = {
    "solve": Operation(np.linalg.solve, solves=True),
    "solve_transposed": Operation(lambda a, b: np.linalg.solve(np.matrix_transpose(a), b), solves=True),
    "solve_lower": Operation(lambda a, b: ops.solve_triangular(a, b, lower=True, unit_diagonal=False), definite, True),
    "solve_upper": Operation(lambda a, b: ops.solve_triangular(a, b, lower=False, unit_diagonal=False), definite, True),
    "solve_unit": Operation(lambda a, b: ops.solve_triangular(a / 9, b, lower=True, unit_diagonal=True), solves=True),
    "solve_turned": Operation(
        lambda a, b: ops.solve_triangular(np.matrix_transpose(a), b, lower=True, unit_diagonal=False), definite, True
    ),
    "inv": Operation(np.linalg.inv),
    "det": Operation(lambda x: np.linalg.det(x / 3)),
    "slogdet": Operation(lambda x: tuple(np.linalg.slogdet(x))),
    "lu_factor": Operation(lambda x: tuple(scipy_linalg.lu_factor(x))),
    "permutation": Operation(
        lambda x: matrix_equations.permutation(
            matrix_equations.lu_factor(x)[1], size=x.shape[-1], dtype=numpy.dtype(x.dtype)
        )
    ),
    "cholesky": Operation(np.linalg.cholesky, definite),
    "mirrored": Operation(
        lambda x: (matrix_equations.mirrored(x, lower=True), matrix_equations.mirrored(x, lower=False))
    ),
    "eigh": Operation(lambda x: tuple(np.linalg.eigh(x)), definite),
    "eigh_upper": Operation(lambda x: tuple(np.linalg.eigh(x, "U")), definite),
    "eigvalsh": Operation(np.linalg.eigvalsh, definite),
    "svd": Operation(lambda x: tuple(np.linalg.svd(x, full_matrices=False))),
    "svd_full": Operation(lambda x: tuple(np.linalg.svd(x))),
    "svdvals": Operation(np.linalg.svdvals),
    "pinv": Operation(np.linalg.pinv),
    "qr": Operation(lambda x: tuple(np.linalg.qr(x))),
    "qr_complete": Operation(lambda x: tuple(np.linalg.qr(x, mode="complete"))),
    "polar": Operation(lambda x: matrix_equations.unitary_factor(x)),
}
"""By name, of square matrices."""

RECTANGULAR = ("svd", "svd_full", "svdvals", "pinv", "qr", "qr_complete", "lu_factor")
"""Those of matrices of any shape."""


def solve_banded(bands: Any, b: Any) -> Any:
    return banded.solve_banded(bands, b, l_and_u=(2, 1))


def assert_native(f: Callable[..., Any], *args: Any, tolerance: float = 1e-9) -> Any:
    """The compiled function gives what the eager one gives, without a step in NumPy; the compiled function."""
    compiled = wg.jit(f)
    expected = f(*tree_map(np.asarray, args))
    for value, wanted in zip(tree_leaves(compiled(*args)), tree_leaves(expected), strict=True):
        assert (value.shape, value.dtype) == (wanted.shape, wanted.dtype)
        scale = max(1.0, float(numpy.abs(wanted.numpy()).max(initial=0)))
        numpy.testing.assert_allclose(value.numpy(), wanted.numpy(), rtol=0, atol=tolerance * scale)
    assert "NumPy step" not in compiled.report()
    return compiled


def total(f: Callable[..., Any]) -> Callable[..., Any]:
    """A number of which every result is a part, that does not depend on the signs of vectors."""

    def of(*args: Any) -> Any:
        return sum(np.sum(np.sin(out * out)) for out in tree_leaves(f(*args)) if numpy.dtype(out.dtype).kind == "f")

    return of
