"""Linear maps of which only products are known."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import scipy.sparse

import wengert as wg
import wengert.numpy as np
from wengert.scipy import sparse
from wengert.scipy.sparse.linalg import LinearOperator, aslinearoperator, jacobian_operator

RNG = numpy.random.default_rng(2)
DENSE = RNG.standard_normal((3, 4))
X, Y, COLUMNS = RNG.standard_normal(4), RNG.standard_normal(3), RNG.standard_normal((4, 2))


def same(found: Any, expected: Any) -> None:
    numpy.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize(
    "given",
    [DENSE, scipy.sparse.csc_array(DENSE), sparse.csr_array(DENSE), LinearOperator((3, 4), lambda v: DENSE @ v)],
    ids=["dense", "scipy", "ours", "function"],
)
def test_products(given: Any) -> None:
    operator = aslinearoperator(given)
    same(operator @ X, DENSE @ X)
    same(operator(X), DENSE @ X)
    same(operator @ COLUMNS, DENSE @ COLUMNS)
    same(operator.T @ Y, DENSE.T @ Y)
    same(operator.T.T @ X, DENSE @ X)
    same((operator.T @ operator) @ X, DENSE.T @ DENSE @ X)
    same((operator.T @ operator).T @ X, DENSE.T @ DENSE @ X)
    same((2.0 * operator + -operator) @ X, DENSE @ X)
    same((2.0 * operator + -operator).T @ Y, DENSE.T @ Y)
    same(wg.jit(lambda x: operator @ x)(X), DENSE @ X)


def test_adjoint_of_complex_numbers() -> None:
    matrix = DENSE + 1j * DENSE[::-1]
    same(aslinearoperator(matrix).rmatvec(Y), matrix.conj().T @ Y)
    same(LinearOperator((3, 4), lambda v: matrix @ v, dtype=complex).rmatvec(Y + 0j), matrix.conj().T @ Y)


def test_jacobian() -> None:
    def f(x: Any) -> Any:
        return np.sin(DENSE @ x)

    jacobian, operator = wg.jacobian(f)(X).numpy(), jacobian_operator(f, X)
    assert operator.shape == (3, 4)
    same(operator @ X, jacobian @ X)
    same(operator.T @ Y, jacobian.T @ Y)
    assert repr(operator) == "<LinearOperator of dtype float64, shape (3, 4)>"


def test_says_what_to_write() -> None:
    with pytest.raises(ValueError, match="LinearOperator") as error:
        _ = aslinearoperator(DENSE) @ Y
    assert str(error.value) == (
        "[LinearOperator] the shapes are (3, 4) and (3,), wanted a vector of 4 numbers, or a matrix of as many rows; "
        "write A.T for the operator transposed"
    )
    with pytest.raises(ValueError, match="aslinearoperator") as error:
        aslinearoperator(X)
    assert str(error.value) == (
        "[aslinearoperator] an array of shape (4,) was given, wanted a matrix; write LinearOperator(shape, matvec) for "
        "a function"
    )
