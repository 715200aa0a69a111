"""Some eigenvalues and singular values, beside those of dense matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
import scipy.sparse

import wengert as wg
import wengert.numpy as np
from wengert.scipy import sparse
from wengert.scipy.sparse.linalg import LinearOperator, aslinearoperator, eigsh, lobpcg, svds

RNG = numpy.random.default_rng(8)
PART = scipy.sparse.random_array((20, 20), density=0.2, rng=RNG)
SYMMETRIC: Any = (PART + PART.T + scipy.sparse.diags_array(numpy.arange(20.0))).tocsr()
ANY: Any = scipy.sparse.random_array((12, 9), density=0.5, rng=RNG, format="csr")
START = RNG.standard_normal((20, 2))
WEIGHTS = RNG.standard_normal((20, 2))
LEFT, RIGHT = RNG.standard_normal((12, 2)), RNG.standard_normal((2, 9))


def turned(vectors: Any) -> Any:
    return vectors * np.sign(vectors[0])


def of_pairs(values: Any, vectors: Any) -> Any:
    return np.sum(values**2 * numpy.array([1.0, 3.0])) + np.sum(turned(vectors) * WEIGHTS)


def dense_pairs(A: Any) -> Any:
    values, vectors = np.linalg.eigh(0.5 * (A + A.T))
    return values[-2:], vectors[:, -2:]


def reversed_pairs(values: Any, vectors: Any) -> Any:
    return values[::-1], vectors[:, ::-1]


def of_triples(left: Any, values: Any, right: Any) -> Any:
    signs = np.sign(left[0])
    return np.sum(values**3) + np.sum(left * signs * LEFT) + np.sum(right * signs[:, None] * RIGHT)


def dense_triples(A: Any) -> Any:
    left, values, right = np.linalg.svd(A, full_matrices=False)
    return left[:, 1::-1], values[1::-1], right[1::-1]


FUNCTIONS: dict[str, tuple[Any, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "eigsh": (
        SYMMETRIC,
        lambda A: of_pairs(*eigsh(0.5 * (A + A.T), 2, which="LA")),
        lambda A: of_pairs(*dense_pairs(A)),
    ),
    "eigsh near a number": (
        SYMMETRIC,
        lambda A: of_pairs(*eigsh(0.5 * (A + A.T), 2, sigma=100.0)),
        lambda A: of_pairs(*dense_pairs(A)),
    ),
    "lobpcg": (
        SYMMETRIC,
        lambda A: of_pairs(*reversed_pairs(*lobpcg(0.5 * (A + A.T), START, tol=1e-11, maxiter=500))),
        lambda A: of_pairs(*dense_pairs(A)),
    ),
    "svds": (ANY, lambda A: of_triples(*svds(A, 2)), lambda A: of_triples(*dense_triples(A))),
}
of_each = pytest.mark.parametrize("name", FUNCTIONS)


def close(found: Any, expected: Any) -> None:
    for one, other in zip(wg.trees.leaves(found), wg.trees.leaves(expected), strict=True):
        size = max(1.0, numpy.abs(numpy.asarray(other)).max())
        numpy.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-7 * size)


@of_each
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_derivatives(name: str) -> None:
    """Values, gradients and directional derivatives, to second order, eager and compiled."""
    matrix, f, dense = FUNCTIONS[name]
    ours = sparse.csr_array(matrix)
    of_data = lambda data: f(ours.with_data(data))
    dense_of_data = lambda data: dense(ours.with_data(data).toarray())
    direction = RNG.standard_normal(ours.nnz)
    derivatives = lambda f: lambda data: (wg.value_and_grad(f)(data), wg.jvp(f, (data,), (direction,))[1])
    curved = lambda f: lambda data: wg.hvp(f, (data,), (direction,))
    close(derivatives(of_data)(ours.data), derivatives(dense_of_data)(ours.data))
    close(wg.jit(derivatives(of_data))(ours.data), derivatives(dense_of_data)(ours.data))
    close(curved(of_data)(ours.data), curved(dense_of_data)(ours.data))


def test_of_operators_and_of_dense_matrices() -> None:
    dense = SYMMETRIC.toarray()
    for given in (SYMMETRIC, dense, aslinearoperator(SYMMETRIC), LinearOperator((20, 20), lambda v: dense @ v)):
        values, vectors = eigsh(given, 2, which="LA")
        numpy.testing.assert_allclose(values.numpy(), numpy.linalg.eigvalsh(dense)[-2:], rtol=1e-10)
        numpy.testing.assert_allclose((dense @ vectors).numpy(), (vectors * values).numpy(), atol=1e-8)
        assert eigsh(given, 2, which="LA", return_eigenvectors=False).shape == (2,)


def test_a_derivative_in_what_an_operator_is_made_of() -> None:
    def lowest(stiffness: Any) -> Any:
        operator = LinearOperator((20, 20), lambda v: SYMMETRIC @ v + stiffness * v)
        return eigsh(operator, 1, which="SA")[0][0]

    value, slope = wg.value_and_grad(lowest)(2.0)
    numpy.testing.assert_allclose(value.item(), numpy.linalg.eigvalsh(SYMMETRIC.toarray())[0] + 2.0, rtol=1e-10)
    numpy.testing.assert_allclose(slope.item(), 1.0, rtol=1e-10)


def test_batched() -> None:
    ours = sparse.csr_array(SYMMETRIC)
    batch = numpy.stack([SYMMETRIC.data, 2.0 * SYMMETRIC.data])
    found = wg.vmap(lambda data: eigsh(ours.with_data(data), 2, which="LA")[0])(batch)
    numpy.testing.assert_allclose(found[1].numpy(), 2.0 * found[0].numpy(), rtol=1e-10)


def test_equal_values_have_no_derivative() -> None:
    ones = sparse.diags_array(numpy.array([3.0, 3.0, 1.0, 0.5, 0.25]))
    of_two = lambda data: eigsh(ones.with_data(data), 2, which="LA")[0].sum()
    of_one = lambda data: eigsh(ones.with_data(data), 1, which="LA")[1].sum()
    with pytest.raises(numpy.linalg.LinAlgError) as error:
        wg.grad(of_two)(ones.data)
    assert str(error.value).partition("\n")[0] == (
        "[eigsh] two of the values that were found are equal, so that their vectors have no derivative, wanted values "
        "that differ; write wengert.numpy.linalg.eigh(A.toarray()), by which a function of a matrix has one"
    )
    with pytest.raises(numpy.linalg.LinAlgError, match="write a larger k"):
        wg.grad(of_one)(ones.data)
    assert numpy.isnan(wg.jit(wg.grad(of_two))(ones.data).numpy()).any()


def test_what_it_refuses() -> None:
    compiled = wg.jit(lambda c: eigsh(LinearOperator((20, 20), lambda v: c * v), 1)[0])
    second: Any = SYMMETRIC
    cases: list[tuple[Callable[[], Any], str]] = [
        (lambda: eigsh(SYMMETRIC * 1j), "[eigsh] the matrix is complex, wanted a real one; "),
        (lambda: eigsh(ANY), "[eigsh] the matrix has the shape (12, 9), wanted a square symmetric one; write"),
        (
            lambda: eigsh(SYMMETRIC, 2, second),
            "[eigsh] a second matrix M was given, wanted none; write the operator",
        ),
        (lambda: lobpcg(SYMMETRIC, START, second), "[lobpcg] a second matrix B was given, wanted none; write the"),
        (
            lambda: compiled(2.0),
            "[eigsh] an operator was given where no values are known (within jit, vmap and",
        ),
    ]
    for call, message in cases:
        with pytest.raises((TypeError, ValueError)) as error:
            call()
        assert str(error.value).startswith(message)
