"""The exponential of a sparse matrix times vectors, beside that of a dense one."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import scipy.linalg
import scipy.sparse
import scipy.sparse.linalg

import wengert as wg
import wengert.numpy as np
from wengert.scipy import sparse
from wengert.scipy.linalg import expm
from wengert.scipy.sparse.linalg import LinearOperator, expm_multiply

RNG = numpy.random.default_rng(6)
MATRIX: Any = scipy.sparse.random_array((8, 8), density=0.3, rng=RNG, format="csr")
B = RNG.standard_normal((8, 2))


@pytest.mark.part(6)
@pytest.mark.parametrize("scale", [0.0, 1e-3, 1.0, -20.0, 60.0])
@pytest.mark.parametrize("form", [sparse.csr_array, sparse.dia_array, lambda A: A.toarray()])
def test_product(scale: float, form: Any) -> None:
    expected = scipy.linalg.expm(scale * MATRIX.toarray())
    for b in (B, B[:, 0]):
        for f in (expm_multiply, wg.jit(expm_multiply)):
            found = f(form(MATRIX * scale), b).numpy()
            numpy.testing.assert_allclose(found, expected @ b, rtol=1e-11, atol=1e-11 * abs(expected @ b).max())


def test_at_times() -> None:
    expected = scipy.sparse.linalg.expm_multiply(MATRIX, B, 0.5, 2.0, 4)
    numpy.testing.assert_allclose(expm_multiply(MATRIX, B, 0.5, 2.0, 4).numpy(), expected, rtol=1e-11)


def test_complex_matrices() -> None:
    expected = scipy.linalg.expm(3j * MATRIX.toarray()) @ B
    numpy.testing.assert_allclose(expm_multiply(MATRIX * 3j, B).numpy(), expected, rtol=1e-11, atol=1e-12)


def test_derivatives() -> None:
    """In the numbers and in B, to second order, eager and compiled."""
    ours = sparse.csr_array(3.0 * MATRIX)

    def f(data: Any, b: Any, dense: bool = False) -> Any:
        A = ours.with_data(data)
        return np.sum((expm(A.toarray()) @ b if dense else expm_multiply(A, b)) ** 2)

    direction = RNG.standard_normal(ours.nnz), RNG.standard_normal(B.shape)

    def curved(data: Any, b: Any, dense: bool = False) -> Any:
        gradient = wg.grad(lambda data, b: f(data, b, dense), (0, 1))
        return wg.jvp(gradient, (data, b), direction)[1]

    for derive in (wg.grad(f, (0, 1)), curved):
        expected = wg.trees.leaves(derive(ours.data, B, True))
        for found in (derive(ours.data, B), wg.jit(derive)(ours.data, B)):
            for one, other in zip(wg.trees.leaves(found), expected, strict=True):
                numpy.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10 * numpy.abs(other).max())


def test_what_it_refuses() -> None:
    with pytest.raises(TypeError, match="expm_multiply") as error:
        expm_multiply(LinearOperator((8, 8), lambda v: v), B)
    assert str(error.value) == (
        "[expm_multiply] an operator was given, wanted a matrix of numbers, whose norm says how many products it "
        "takes; write a sparse matrix, or wengert.scipy.integrate.solve_ivp for y' = A y"
    )
    with pytest.raises(ValueError, match="expm_multiply") as shapes:
        expm_multiply(MATRIX, B[:5])
    assert str(shapes.value) == (
        "[expm_multiply] the matrix has the shape (8, 8) and B (5, 2), wanted a square matrix and a vector, or a "
        "matrix, of as many rows; write B.T for columns that are rows"
    )
