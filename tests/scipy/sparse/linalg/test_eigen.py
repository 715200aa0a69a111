"""Some eigenvalues and singular values, beside those of dense matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
import scipy.linalg
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
EYE = sparse.diags_array(numpy.full(20, 4.0))
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


def dense_pairs_of_two(A: Any, M: Any) -> Any:
    """By the symmetric matrix L^-1 A L^-T with M = L L^T."""
    root = np.linalg.inv(np.linalg.cholesky(M))
    values, vectors = dense_pairs(root @ A @ root.T)
    return values, root.T @ vectors


def of_second(A: Any) -> Any:
    """A positive definite matrix that depends on the same numbers, and has more places."""
    return 0.01 * (A @ A.T) + 4.0 * numpy.eye(20) if isinstance(A, wg.Tensor) else 0.01 * (A @ A.T) + EYE


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
    "eigsh of two": (
        SYMMETRIC,
        lambda A: of_pairs(*eigsh(0.5 * (A + A.T), 2, of_second(A), which="LA")),
        lambda A: of_pairs(*dense_pairs_of_two(A, of_second(A))),
    ),
    "lobpcg of two": (
        SYMMETRIC,
        lambda A: of_pairs(*reversed_pairs(*lobpcg(0.5 * (A + A.T), START, of_second(A), tol=1e-11, maxiter=500))),
        lambda A: of_pairs(*dense_pairs_of_two(A, of_second(A))),
    ),
    "svds": (ANY, lambda A: of_triples(*svds(A, 2)), lambda A: of_triples(*dense_triples(A))),
}
WIDE = ("lobpcg of two",)
of_each = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.wide) if name in WIDE else name for name in FUNCTIONS]
)


def close(found: Any, expected: Any) -> None:
    for one, other in zip(wg.trees.leaves(found), wg.trees.leaves(expected), strict=True):
        size = max(1.0, numpy.abs(numpy.asarray(other)).max())
        numpy.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-7 * size)


@pytest.mark.part(5)
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


# -- equal values ----------------------------------------------------------------------------------

SIZE, FOUND = 8, 3
EXACT = numpy.array([-2.0, -1.0, 0.0, 0.5, 1.0, 3.0, 5.0, 5.0])
BASIS = numpy.linalg.qr(RNG.standard_normal((SIZE, SIZE)))[0]
EQUAL = sum(value * numpy.outer(v, v) for value, v in zip(EXACT, BASIS.T, strict=True))
KERNEL = RNG.standard_normal((SIZE, SIZE))
ALIKE: dict[str, tuple[Callable[..., Any], bool]] = {
    "sum": (lambda w, v: w[1] + w[2], True),
    "squares": (lambda w, v: np.sum(w**2), True),
    "space": (lambda w, v: np.sum(v[:, 1:] @ v[:, 1:].T * KERNEL) ** 2, True),
    "another vector": (lambda w, v: w[0] * (v[:, 0] @ KERNEL @ v[:, 0]), True),
    "function": (lambda w, v: np.sum((v * w) @ v.T * KERNEL), False),
}
"""What treats the two equal values alike, and whether its gradient is known."""

MIXED = RNG.standard_normal((SIZE, SIZE))


def directions(at: Any, second: Any) -> dict[str, Any]:
    """Symmetric changes of the matrix: any, one that does not mix the two vectors, one that does nothing else."""
    vectors = eigsh(at, FOUND, second, which="LA")[1].numpy()[:, 1:]
    dual = vectors if second is None else second @ vectors
    across = dual[:, :1] @ dual[:, 1:].T
    inside = vectors.T @ (MIXED + MIXED.T) @ vectors
    return {
        "any": MIXED + MIXED.T,
        "apart": MIXED + MIXED.T - inside[0, 1] * (across + across.T),
        "across": across + across.T,
    }


def slopes(f: Callable[[Any], Any], at: Any, along: Any, then: Any) -> tuple[float, float]:
    """First and second derivative by differences, of a function that SciPy's dense solver evaluates."""
    h = 1e-4
    value = lambda a, b: float(f(at + a * h * along + b * h * then))
    first = (value(1, 0) - value(-1, 0)) / (2 * h)
    return first, (value(1, 1) - value(1, -1) - value(-1, 1) + value(-1, -1)) / (4 * h * h)


ORDERS: dict[str, Callable[..., Any]] = {
    "reverse": lambda f, A, u, v: np.sum(wg.grad(f)(A) * u),
    "forward": lambda f, A, u, v: wg.jvp(f, (A,), (u,))[1],
    "forward-reverse": lambda f, A, u, v: np.sum(wg.jvp(wg.grad(f), (A,), (u,))[1] * v),
    "reverse-reverse": lambda f, A, u, v: np.sum(wg.grad(lambda A: np.sum(wg.grad(f)(A) * u))(A) * v),
}


@pytest.mark.part(2)
@pytest.mark.parametrize("name", ALIKE)
@pytest.mark.parametrize("second", [None, pytest.param(3.0, marks=pytest.mark.wide)])
def test_a_derivative_at_equal_values_is_right_or_refused(name: str, second: float | None) -> None:
    """In reverse mode it is right for what treats them alike."""
    f, is_known = ALIKE[name]
    M = None if second is None else second * numpy.eye(SIZE) + 0.1 * numpy.ones((SIZE, SIZE))
    at = EQUAL if M is None else _scaled(EQUAL, M)
    ours = lambda A: f(*eigsh(0.5 * (A + A.T), FOUND, M, which="LA"))
    dense = lambda A: f(*(part[..., -FOUND:] for part in scipy.linalg.eigh(A, M)))
    refused = set()
    for direction, along in directions(at, M).items():
        expected = slopes(dense, at, along, MIXED + MIXED.T)
        for order, derivative in ORDERS.items():
            try:
                found = derivative(ours, at, along, MIXED + MIXED.T).item()
                assert found == pytest.approx(expected[len(order) > 7], rel=1e-4, abs=1e-4)
            except numpy.linalg.LinAlgError:
                refused.add((order, direction))
    assert ("reverse", "any") in refused or is_known
    assert is_known == (not any(order == "reverse" for order, _ in refused))
    assert ("forward", "across") in refused
    assert ("forward", "apart") not in refused


def _scaled(A: Any, M: Any) -> Any:
    """The matrix with the eigenvalues of A beside M."""
    scaled = numpy.linalg.cholesky(M) @ A @ numpy.linalg.cholesky(M).T
    return 0.5 * (scaled + scaled.T)


def test_equal_values_that_are_told_apart() -> None:
    ones = sparse.diags_array(numpy.array([3.0, 3.0, 1.0, 0.5, 0.25]))
    first = lambda data: eigsh(ones.with_data(data), 2, which="LA")[0][0]
    of_one = lambda data: eigsh(ones.with_data(data), 1, which="LA")[1].sum()
    assert wg.grad(lambda data: eigsh(ones.with_data(data), 2, which="LA")[0].sum())(ones.data).round(9).tolist() == [
        1.0, 1.0, 0.0, 0.0, 0.0,
    ]  # fmt: skip
    with pytest.raises(numpy.linalg.LinAlgError) as error:
        wg.grad(first)(ones.data)
    assert str(error.value).partition("\n")[0] == (
        "[eigsh] value number 0 and number 1 are equal (3), and the derivative that was asked for depends on the "
        "choice of their vectors, of their order, or (in forward mode) on what is between them; wanted that of a "
        "function which treats them alike, in reverse mode; write np.sum(values) or vectors @ vectors.T, or a "
        "function of wengert.numpy.linalg.eigh(A.toarray())"
    )
    with pytest.raises(numpy.linalg.LinAlgError, match="write a larger k"):
        wg.grad(of_one)(ones.data)
    assert numpy.isnan(wg.jit(wg.grad(first))(ones.data).numpy()).any()


def test_equal_singular_values() -> None:
    A = np.array(numpy.diag([3.0, 3.0, 1.0, 0.5])[:, :3] + 0.0)
    slope = wg.grad(lambda A: np.sum(svds(A, 2)[1]))(A)
    numpy.testing.assert_allclose(slope, numpy.eye(4)[:, :3] * [1.0, 1.0, 0.0], atol=1e-9)
    with pytest.raises(numpy.linalg.LinAlgError, match="value number 0 and number 1 are equal"):
        wg.grad(lambda A: svds(A, 2)[1][0])(A)


def test_a_shift_of_all_values_turns_no_vector() -> None:
    pairs = lambda t: eigsh(SYMMETRIC + t * sparse.eye_array(20), 2, which="LA")
    pushed = wg.jvp(pairs, (0.5,), (1.0,))[1]
    numpy.testing.assert_allclose(pushed[0], 1.0)
    numpy.testing.assert_allclose(pushed[1], 0.0, atol=1e-9)


def test_what_it_refuses() -> None:
    compiled = wg.jit(lambda c: eigsh(LinearOperator((20, 20), lambda v: c * v), 1)[0])
    cases: list[tuple[Callable[[], Any], str]] = [
        (lambda: eigsh(SYMMETRIC * 1j), "[eigsh] the matrix is complex, wanted a real one; "),
        (lambda: eigsh(ANY), "[eigsh] the matrix has the shape (12, 9), wanted a square symmetric one; write"),
        (
            lambda: eigsh(SYMMETRIC, 2, ANY),
            "[eigsh] the matrices have the shapes (20, 20) and (12, 9), wanted the same; write the second one with a "
            "row and a column for each of the first",
        ),
        (lambda: lobpcg(SYMMETRIC, START, SYMMETRIC * 1j), "[lobpcg] the matrix is complex, wanted a real one; "),
        (
            lambda: compiled(2.0),
            "[eigsh] an operator was given where no values are known (within jit, vmap and",
        ),
    ]
    for call, message in cases:
        with pytest.raises((TypeError, ValueError)) as error:
            call()
        assert str(error.value).startswith(message)
